//! The guides (`docs/guide`) and README's tour do what they claim to do: what they tell their readers to type is typed,
//! and what they show is what comes out. `tests/README.md` describes the notation.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::ops::Range;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use vbc::isa::Op;
use vbc_tests::needs::{fetched as fetched_for, there_are_for};
use vbc_tests::{blessing, files, program, programs, project, scratch, tools};

/// What is shown in place of the folder in which the commands are run.
const FOLDER: &str = "/home/me/try";

/// A piece of a page, in the order of the page.
enum Part {
    /// What everything up to the next heading needs; before the first one, the whole page.
    Needs(Vec<String>),
    /// A heading of the second level.
    Heading,
    Command(Typed),
}

/// A command that a page tells its readers to type.
struct Typed {
    /// What comes before it and its output in each line.
    indent: &'static str,
    command: String,
    /// The lines of the page, from 0, that show what it prints.
    output: Range<usize>,
    shown: Vec<String>,
}

/// The parts of a page. Commands are in indented or fenced blocks whose first line begins with `$ `.
fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut lines = page.lines().enumerate().peekable();
    let mut before = "";
    while let Some((number, line)) = lines.next() {
        if let Some(list) = line.strip_prefix("<!-- needs: ") {
            let list = list
                .strip_suffix(" -->")
                .expect("the list ends on its line");
            parts.push(Part::Needs(list.split(", ").map(str::to_owned).collect()));
        } else if line.starts_with("## ") {
            parts.push(Part::Heading);
        } else if let Some(language) = line.strip_prefix("```") {
            let mut block = Vec::new();
            while let Some((number, line)) = lines.next_if(|(_, line)| *line != "```") {
                block.push((number, line));
            }
            lines.next().expect("a block that is begun is ended");
            let is_session = block
                .first()
                .is_some_and(|(_, line)| line.starts_with("$ "));
            assert_eq!(is_session, language == "console", "line {}", number + 1);
            if is_session {
                commands("", &block, &mut parts);
            }
        } else if before.is_empty() && line.starts_with("    ") {
            let mut block = vec![(number, &line[4..])];
            while let Some((number, line)) =
                lines.next_if(|(_, line)| line.is_empty() || line.starts_with("    "))
            {
                block.push((number, line.get(4..).unwrap_or("")));
            }
            if block[0].1.starts_with("$ ") {
                commands("    ", &block, &mut parts);
            }
        }
        before = line;
    }
    parts
}

/// The commands of a block, each with what is below it. A command that ends in `\\` continues.
fn commands(indent: &'static str, block: &[(usize, &str)], parts: &mut Vec<Part>) {
    let first = parts.len();
    let mut continues = false;
    for &(number, line) in block {
        if let Some(command) = line.strip_prefix("$ ") {
            parts.push(Part::Command(Typed {
                indent,
                command: command.to_owned(),
                output: number + 1..number + 1,
                shown: Vec::new(),
            }));
        } else if let Some(Part::Command(typed)) = parts[first..].last_mut() {
            if continues {
                let _ = write!(typed.command, "\n{line}");
                typed.output = number + 1..number + 1;
            } else {
                typed.shown.push(line.to_owned());
                typed.output.end = number + 1;
                continue;
            }
        }
        continues = line.ends_with('\\');
    }
    // Empty lines after a block are not in it.
    if let Some(Part::Command(typed)) = parts.last_mut() {
        while typed.shown.last().is_some_and(String::is_empty) {
            typed.shown.pop();
            typed.output.end -= 1;
        }
    }
}

/// Whether the lines fit what a page shows: `...` stands for any text in a line, or alone for any lines.
fn fits(shown: &[String], lines: &[&str]) -> bool {
    match (shown, lines) {
        ([], lines) => lines.is_empty(),
        ([first, rest @ ..], lines) if first.trim() == "..." => {
            (0..=lines.len()).any(|skipped| fits(rest, &lines[skipped..]))
        }
        ([first, rest @ ..], [line, others @ ..]) => {
            line_fits(first.trim_end(), line.trim_end()) && fits(rest, others)
        }
        _ => false,
    }
}

fn line_fits(shown: &str, line: &str) -> bool {
    let Some((before, after)) = shown.split_once("...") else {
        return shown == line;
    };
    line.strip_prefix(before).is_some_and(|rest| {
        let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
        ends.any(|at| line_fits(after, &rest[at..]))
    })
}

/// What was run of a page.
#[derive(Default)]
struct Run {
    commands: usize,
    differences: String,
    /// The lines of the page that show something else than what was printed, and what was.
    repairs: Vec<(Range<usize>, String)>,
}

/// Runs what a page tells its readers to run, in a folder of its own that has the project's
/// examples and library.
fn run(name: &str, page: &str, is_there: impl Fn(&[&str]) -> bool) -> Run {
    let folder = scratch();
    for link in ["examples", "lib"] {
        symlink(project().join(link), folder.path().join(link)).expect("a link");
    }
    let mut run = Run::default();
    let (mut is_page_wanted, mut is_wanted, mut is_in_section) = (true, true, false);
    let mut status = 0;
    for part in parts(page) {
        match part {
            Part::Needs(needs) => {
                let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
                is_wanted = is_wanted && is_there(&needs);
                is_page_wanted = is_page_wanted && (is_wanted || is_in_section);
            }
            Part::Heading => (is_wanted, is_in_section) = (is_page_wanted, true),
            Part::Command(_) if !is_wanted => {}
            Part::Command(typed) => {
                run.commands += 1;
                status = check(name, &typed, folder.path(), status, &mut run);
            }
        }
    }
    run
}

/// Runs a command after one that ended with `status`; its exit code. A `cat` of a file that is not there makes it.
fn check(name: &str, typed: &Typed, folder: &Path, status: i32, run: &mut Run) -> i32 {
    let file = typed
        .command
        .strip_prefix("cat ")
        .map(|file| folder.join(file));
    if let Some(file) = file.filter(|file| !file.exists()) {
        fs::write(file, typed.shown.join("\n") + "\n").expect("the file can be written");
        return 0;
    }
    let (status, output) = execute(&typed.command, folder, status);
    let lines: Vec<&str> = output.trim_end().lines().collect();
    if !fits(&typed.shown, &lines) {
        let lines: String = lines
            .iter()
            .map(|line| format!("{}{line}", typed.indent).trim_end().to_owned() + "\n")
            .collect();
        run.repairs.push((typed.output.clone(), lines));
    } else if status == 0 || !typed.shown.is_empty() {
        return status;
    }
    let _ = writeln!(
        run.differences,
        "{name}:{}: $ {}\n(exit code {status})\n{output}",
        typed.output.start, typed.command
    );
    status
}

/// Runs a command after one that ended with `status`; its exit code and all that it prints.
fn execute(command: &str, folder: &Path, status: i32) -> (i32, String) {
    for tool in tools() {
        if command.contains(&tool) {
            program(&tool);
        }
    }
    let fetched = ["node/bin", "guide/bin"].map(|f| project().join("target").join(f));
    let system = env::var("PATH").unwrap_or_default();
    let path = format!(
        "{}:{}:{}:{system}",
        programs().display(),
        fetched[0].display(),
        fetched[1].display()
    );
    let output = Command::new("timeout")
        .args(["--signal=KILL", "300", "bash", "-c"])
        .arg(format!("exec 2>&1; (exit {status}); {command}"))
        .current_dir(folder)
        .env("PATH", path)
        .env("PYTHONPATH", project().join("target/guide/python"))
        .env("LC_ALL", "C.UTF-8")
        // wasmtime shows its own calls with it.
        .env_remove("RUST_BACKTRACE")
        .stdin(Stdio::null())
        .output()
        .expect("`timeout` and `bash` are installed");
    let text = String::from_utf8_lossy(&output.stdout);
    let folder = folder.canonicalize().expect("the folder is there");
    (
        output.status.code().unwrap_or(137),
        text.replace(&*folder.to_string_lossy(), FOLDER),
    )
}

/// Whether the system has these programs and files, and scripts have fetched those in `target`;
/// what is shown on that page is left out without.
fn is_there(page: &str, needs: &[&str]) -> bool {
    let (fetched, installed): (Vec<&str>, Vec<&str>) =
        needs.iter().partition(|name| name.starts_with("target/"));
    fetched.iter().all(|name| {
        let script = match name.starts_with("target/node") {
            true => "tests/wasm/fetch.sh",
            false => "tests/guide/fetch.sh",
        };
        fetched_for(Some(page), &project().join(name), script)
    }) && there_are_for(page, &installed)
}

fn holds(name: &str) {
    let page = fs::read_to_string(project().join(name)).expect("the page is there");
    let run = run(name, &page, |needs| is_there(name, needs));
    if blessing() {
        let mut lines: Vec<String> = page.lines().map(|line| format!("{line}\n")).collect();
        for (range, output) in run.repairs.into_iter().rev() {
            lines.splice(range, [output]);
        }
        fs::write(project().join(name), lines.concat()).expect("the page can be written");
    } else {
        assert!(
            run.differences.is_empty(),
            "\n{}\nBLESS=1 rewrites what is shown",
            run.differences
        );
    }
}

/// A test for each page, so that they run side by side.
macro_rules! pages {
    ($($test:ident $page:literal)*) => {
        $(#[test]
        fn $test() {
            holds($page);
        })*

        #[test]
        fn every_guide_is_among_the_tests() {
            let pages = [$($page),*];
            for path in files(&project().join("docs/guide"), "md") {
                let name = path.strip_prefix(project()).expect("a file of the project");
                let page = fs::read_to_string(&path).expect("the page is there");
                let has_commands = parts(&page).iter().any(|part| matches!(part, Part::Command(_)));
                let is_tested = pages.contains(&&*name.to_string_lossy());
                assert_eq!(is_tested, has_commands, "{}", name.display());
            }
        }
    };
}

pages! {
    readme "README.md"
    first_program "docs/guide/first-program.md"
    from_c "docs/guide/from-c.md"
    from_cpp "docs/guide/from-cpp.md"
    from_rust "docs/guide/from-rust.md"
    from_zig "docs/guide/from-zig.md"
    calling_c "docs/guide/calling-c.md"
    embedding "docs/guide/embedding.md"
    where_webassembly_goes "docs/guide/where-webassembly-goes.md"
}

#[test]
fn what_a_page_shows_is_compared() {
    let page = "# T\n\n    $ cat a\n    x\n\n    y\n    $ cat a\n    x\n\n    y\n\ntext\n\n    not run\n\n\
                ```console\n$ printf 'p1q\\nr\\ns\\n'; exit 3\np...q\n...\ns\n$ echo $? \\\n  z\n3 z\n```\n";
    let all = |_: &[&str]| true;
    let good = run("page", page, all);
    assert_eq!((good.commands, good.differences.as_str()), (4, ""));
    for (right, wrong) in [
        (
            "    $ cat a\n    x\n\n    y\n\n",
            "    $ cat a\n    x\n    y\n\n",
        ),
        ("p...q\n", "p...p\n"),
        ("...\ns\n", "...\nt\n"),
        ("...\ns\n", "s\n"),
        ("3 z\n", "0 z\n"),
        ("3 z\n", "3 z\n...\nw\n"),
        ("3 z\n```\n", "3 z\n$ false\n```\n"),
    ] {
        assert!(page.contains(right));
        let run = run("page", &page.replace(right, wrong), all);
        assert!(!run.differences.is_empty(), "{wrong:?} went unnoticed");
    }
}

#[test]
fn what_is_missing_is_left_out() {
    let section = |needs: &str| {
        format!(
            "# T\n\n    $ true\n\n## A\n\n<!-- needs: {needs} -->\n\n    $ true\n\n## B\n\n    $ true\n"
        )
    };
    let run = |page: &str| run("page", page, |needs| needs == ["a", "b"]).commands;
    assert_eq!(run(&section("a, b")), 3);
    assert_eq!(run(&section("c")), 2);
    assert_eq!(run(&format!("<!-- needs: c -->\n\n{}", section("a, b"))), 0);
}

/// The table of mnemonics has every one, and none that does not exist.
#[test]
fn every_mnemonic_is_in_the_table() {
    let page = fs::read_to_string(project().join("docs/guide/mnemonics.md"));
    let page = page.expect("the page is there");
    let code = page.split('`').skip(1).step_by(2);
    let words: BTreeSet<&str> = code
        .flat_map(|code| code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .filter(|word| word.len() > 2 && word.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect();
    let spellings = ["ALLOC", "FREE", "LOAD_ARG", "PRINT", "WRITE"];
    let mnemonics: BTreeSet<&str> = (Op::ALL.iter().map(|op| op.info().mnemonic))
        .filter(|mnemonic| mnemonic.len() > 2)
        .chain(spellings)
        .collect();
    assert_eq!(words, mnemonics);
}

#[test]
fn every_example_is_in_the_index() {
    let page = fs::read_to_string(project().join("docs/guide/examples.md"));
    let page = page.expect("the page is there");
    let examples = fs::read_dir(project().join("examples")).expect("the examples are there");
    for example in examples {
        let path = example.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy();
        assert!(
            page.contains(&format!("examples/{name}")) || name == "run.sh",
            "{name}"
        );
    }
}
