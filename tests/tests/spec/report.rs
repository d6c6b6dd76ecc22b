//! What has been run, counted, and what is excluded.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

use vbc_tests::{blessing, project};

use crate::script::{Judged, Kind, Verdict};

/// The columns, with what each counts.
const COLUMNS: &[(Kind, &str)] = &[
    (Kind::Action, "modules, calls"),
    (Kind::Return, "return"),
    (Kind::Trap, "trap"),
    (Kind::Exhaustion, "exhaustion"),
    (Kind::Invalid, "invalid"),
    (Kind::Malformed, "malformed"),
    (Kind::Text, "text"),
    (Kind::Unlinkable, "unlinkable"),
];

/// A directive that does not pass, and need not.
#[derive(Clone, Debug)]
pub struct Exclusion {
    /// Folder and file.
    pub file: String,
    /// Line of the directive.
    pub line: usize,
    /// Why.
    pub reason: String,
}

impl Exclusion {
    /// All exclusions: `tests/spec/excluded.txt`.
    ///
    /// # Panics
    ///
    /// When a line of it is not understood.
    pub fn read() -> Vec<Exclusion> {
        let text = include_str!("../../spec/excluded.txt");
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let parse = |line: &str| {
            let (place, reason) = line.split_once(' ')?;
            let (file, line) = place.rsplit_once(':')?;
            Some(Exclusion {
                file: file.to_owned(),
                line: line.parse().ok()?,
                reason: reason.to_owned(),
            })
        };
        lines
            .filter(|line| !line.is_empty())
            .map(|line| parse(line).unwrap_or_else(|| panic!("excluded.txt: {line}")))
            .collect()
    }
}

/// A script's counts.
pub struct Tally {
    name: String,
    passed: BTreeMap<Kind, usize>,
    other_features: usize,
    /// Lines by the line that excludes them.
    excluded: BTreeMap<usize, Vec<usize>>,
}

impl Tally {
    /// Counts what a script came to.
    pub fn new(name: &str, judged: &[Judged]) -> Tally {
        let mut tally = Tally {
            name: name.to_owned(),
            passed: BTreeMap::new(),
            other_features: 0,
            excluded: BTreeMap::new(),
        };
        for one in judged {
            match one.verdict {
                Verdict::Passed => *tally.passed.entry(one.kind).or_default() += 1,
                Verdict::Failed(_) | Verdict::Gone => {}
                Verdict::OtherFeature => tally.other_features += 1,
                Verdict::Excluded(line) => {
                    tally.excluded.entry(line).or_default().push(one.line);
                }
            }
        }
        tally
    }

    fn cells(&self) -> Vec<usize> {
        let passed = COLUMNS.iter().map(|(kind, _)| self.passed.get(kind));
        let mut cells: Vec<usize> = passed.map(|count| count.copied().unwrap_or(0)).collect();
        cells.push(self.excluded.values().map(Vec::len).sum());
        cells.push(self.other_features);
        cells
    }
}

/// All counts as a table, with sums.
pub fn table(tallies: &[Tally]) -> String {
    let mut heads: Vec<&str> = COLUMNS.iter().map(|(_, name)| *name).collect();
    heads.extend(["excluded", "other features"]);
    let mut text = format!("| script | {} |\n", heads.join(" | "));
    let _ = writeln!(text, "| --- |{}", " --- |".repeat(heads.len()));
    let mut sums = vec![0; heads.len()];
    for tally in tallies {
        let cells = tally.cells();
        row(&mut text, &tally.name, &cells);
        for (sum, cell) in sums.iter_mut().zip(&cells) {
            *sum += cell;
        }
    }
    row(&mut text, "**all**", &sums);
    text
}

fn row(text: &mut String, name: &str, cells: &[usize]) {
    let shown = |&cell: &usize| match cell {
        0 => String::new(),
        _ => cell.to_string(),
    };
    let cells: Vec<String> = cells.iter().map(shown).collect();
    let _ = writeln!(text, "| {name} | {} |", cells.join(" | "));
}

/// Whether `docs/spec-tests.md` is what the suite came to, or is rewritten if that is asked for.
pub fn check(tallies: &[Tally], exclusions: &[Exclusion]) {
    let page = page(tallies, exclusions);
    let path = project().join("docs/spec-tests.md");
    if blessing() {
        fs::write(&path, &page).expect("docs/spec-tests.md can be written");
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == page,
        "docs/spec-tests.md is out of date; BLESS=1 cargo test -p vbc-tests --test spec rewrites it"
    );
}

fn page(tallies: &[Tally], exclusions: &[Exclusion]) -> String {
    let mut text = String::from(include_str!("../../spec/page.md"));
    text.push_str(&table(tallies));
    text.push_str("\n## Excluded\n\n| directive | with it | reason |\n| --- | --- | --- |\n");
    for exclusion in exclusions {
        let tally = tallies.iter().find(|tally| tally.name == exclusion.file);
        let lines = tally.and_then(|tally| tally.excluded.get(&exclusion.line));
        let others = lines
            .into_iter()
            .flatten()
            .filter(|&&line| line != exclusion.line);
        let others: Vec<String> = others.map(usize::to_string).collect();
        let _ = writeln!(
            text,
            "| {}:{} | {} | {} |",
            exclusion.file,
            exclusion.line,
            others.join(", "),
            exclusion.reason
        );
    }
    text
}
