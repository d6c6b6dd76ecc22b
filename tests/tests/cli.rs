//! Command-line files: `tests/cli/**/*.test`, as `tests/README.md` describes them.
//!
//! `BLESS=1` rewrites the expectations; look at the difference before you commit it.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use vbc_tests::needs::{self, there_are, there_is_in};
use vbc_tests::{blessing, files, program, programs, project, scratch, tools};

/// Longer output goes into a file of its own when it is blessed, in lines.
const INLINE: usize = 40;
/// Written below a text that does not end in a line end.
const NO_LINE_END: &str = "\\ no line end";

/// One file: everything that it contains, in order.
struct Test {
    path: PathBuf,
    parts: Vec<Part>,
}

enum Part {
    /// A comment or an empty line, kept as it is.
    Remark(String),
    /// `NEEDS: program`: without it the file is skipped.
    Needs(String),
    /// `COPY: path`: a file of the project.
    Copy(String),
    /// `FILE: name` and its contents.
    File(String, String),
    /// `RUN: command` and what it must do.
    Run(String, Outcome),
}

/// What a command did, or has to do.
#[derive(Clone, Default, PartialEq, Eq)]
struct Outcome {
    exit: i32,
    out: Text,
    err: Text,
}

/// A text, and the file beside the test that holds it, if one does.
#[derive(Clone, Default)]
struct Text {
    text: String,
    file: Option<String>,
}

impl PartialEq for Text {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Text {}

impl Test {
    fn read(path: &Path) -> Test {
        let source = fs::read_to_string(path).expect("a test is UTF-8 text");
        let mut lines = source.lines().enumerate().peekable();
        let mut parts = Vec::new();
        while let Some((number, line)) = lines.next() {
            let bad =
                |what: &str| -> ! { panic!("{}:{}: {what}: {line}", path.display(), number + 1) };
            if line.is_empty() || line.starts_with('#') {
                parts.push(Part::Remark(line.to_owned()));
                continue;
            }
            let Some((word, rest)) = line.split_once(':') else {
                bad("not a directive")
            };
            let rest = rest.trim();
            let mut block = || {
                let mut text = String::new();
                while let Some((_, line)) =
                    lines.next_if(|(_, line)| line.starts_with('|') || *line == NO_LINE_END)
                {
                    match line.strip_prefix('|') {
                        Some(line) => {
                            text.push_str(line.strip_prefix(' ').unwrap_or(line));
                            text.push('\n');
                        }
                        None => drop(text.pop()),
                    }
                }
                text
            };
            let mut text = |rest: &str| match rest.strip_prefix('@') {
                // A missing file is an empty expectation, for blessing.
                Some(file) => Text {
                    text: fs::read_to_string(path.with_file_name(file)).unwrap_or_default(),
                    file: Some(file.to_owned()),
                },
                None => Text {
                    text: block(),
                    file: None,
                },
            };
            match (word, parts.last_mut()) {
                ("NEEDS", _) => parts.push(Part::Needs(rest.to_owned())),
                ("COPY", _) => parts.push(Part::Copy(rest.to_owned())),
                ("FILE", _) => parts.push(Part::File(rest.to_owned(), block())),
                ("RUN", _) => parts.push(Part::Run(rest.to_owned(), Outcome::default())),
                ("EXIT", Some(Part::Run(_, outcome))) => {
                    outcome.exit = rest.parse().unwrap_or_else(|_| bad("not an exit code"));
                }
                ("OUT", Some(Part::Run(_, outcome))) => outcome.out = text(rest),
                ("ERR", Some(Part::Run(_, outcome))) => outcome.err = text(rest),
                _ => bad("not a directive, or not here"),
            }
        }
        Test {
            path: path.to_owned(),
            parts,
        }
    }

    /// Runs the commands and returns the test as it would have to be; `None` if something that it needs is missing.
    fn run(&self) -> Option<Test> {
        let (folder, output) = (scratch(), scratch());
        let mut done = Vec::new();
        let mut runs = 0;
        for part in &self.parts {
            done.push(match part {
                Part::Remark(line) => Part::Remark(line.clone()),
                Part::Needs(program) => {
                    let path = self.path.strip_prefix(project()).unwrap_or(&self.path);
                    if !there_is_in(PATH, &path.to_string_lossy(), program) {
                        return None;
                    }
                    Part::Needs(program.clone())
                }
                Part::Copy(path) => {
                    let name = Path::new(path).file_name().expect("COPY names a file");
                    fs::copy(project().join(path), folder.path().join(name)).unwrap_or_else(
                        |error| panic!("{}: COPY {path}: {error}", self.path.display()),
                    );
                    Part::Copy(path.clone())
                }
                Part::File(name, text) => {
                    let path = folder.path().join(name);
                    fs::create_dir_all(path.parent().expect("a file in the folder"))
                        .expect("a folder");
                    fs::write(path, text).expect("a file");
                    Part::File(name.clone(), text.clone())
                }
                Part::Run(command, expected) => {
                    runs += 1;
                    let mut outcome = execute(command, folder.path(), output.path());
                    let stem = self.path.file_stem().expect("a name").to_string_lossy();
                    outcome.out.file =
                        file_for(&outcome.out, &expected.out, &format!("{stem}.{runs}.out"));
                    outcome.err.file =
                        file_for(&outcome.err, &expected.err, &format!("{stem}.{runs}.err"));
                    Part::Run(command.clone(), outcome)
                }
            });
        }
        Some(Test {
            path: self.path.clone(),
            parts: done,
        })
    }

    /// The differences to what really happened, in words; empty if there are none.
    fn differences(&self, actual: &Test) -> String {
        let mut report = String::new();
        for (expected, actual) in self.parts.iter().zip(&actual.parts) {
            if let (Part::Run(command, expected), Part::Run(_, actual)) = (expected, actual)
                && expected != actual
            {
                let _ = writeln!(report, "\n{}: RUN: {command}", self.path.display());
                if expected.exit != actual.exit {
                    let _ = writeln!(
                        report,
                        "  exit code {}, expected {}",
                        actual.exit, expected.exit
                    );
                }
                for (what, expected, actual) in [
                    ("standard output", &expected.out, &actual.out),
                    ("standard error", &expected.err, &actual.err),
                ] {
                    if expected != actual {
                        let _ = writeln!(
                            report,
                            "  {what}:\n{}",
                            comparison(&expected.text, &actual.text)
                        );
                    }
                }
            }
        }
        report
    }

    /// Writes the test and the files of its texts.
    fn write(&self) {
        let mut source = String::new();
        for part in &self.parts {
            match part {
                Part::Remark(line) => source.push_str(&format!("{line}\n")),
                Part::Needs(program) => source.push_str(&format!("NEEDS: {program}\n")),
                Part::Copy(path) => source.push_str(&format!("COPY: {path}\n")),
                Part::File(name, text) => {
                    source.push_str(&format!("FILE: {name}\n{}", quoted(text)))
                }
                Part::Run(command, outcome) => {
                    source.push_str(&format!("RUN: {command}\n"));
                    if outcome.exit != 0 {
                        source.push_str(&format!("EXIT: {}\n", outcome.exit));
                    }
                    for (word, text) in [("OUT", &outcome.out), ("ERR", &outcome.err)] {
                        match &text.file {
                            Some(file) => {
                                source.push_str(&format!("{word}: @{file}\n"));
                                fs::write(self.path.with_file_name(file), &text.text)
                                    .expect("the golden file");
                            }
                            None if text.text.is_empty() => {}
                            None => source.push_str(&format!("{word}:\n{}", quoted(&text.text))),
                        }
                    }
                }
            }
        }
        fs::write(&self.path, source).expect("the test file");
    }
}

/// Where blessing puts a text: where it was, or in a new file if it is long.
fn file_for(actual: &Text, expected: &Text, name: &str) -> Option<String> {
    let long = actual.text.lines().count() > INLINE;
    expected
        .file
        .clone()
        .or_else(|| long.then(|| name.to_owned()))
}

/// A text as a block of `|` lines.
fn quoted(text: &str) -> String {
    let mut block = String::new();
    for line in text.lines() {
        block.push_str(if line.is_empty() { "|" } else { "| " });
        block.push_str(line);
        block.push('\n');
    }
    if !text.is_empty() && !text.ends_with('\n') {
        block.push_str(NO_LINE_END);
        block.push('\n');
    }
    block
}

/// The lines of both texts from the first difference on.
fn comparison(expected: &str, actual: &str) -> String {
    let same = expected
        .lines()
        .zip(actual.lines())
        .take_while(|(a, b)| a == b)
        .count();
    let tail = |text: &str, mark: &str| {
        let mut shown = String::new();
        for line in quoted(text).lines().skip(same).take(INLINE) {
            let _ = writeln!(shown, "    {mark}{line}");
        }
        shown
    };
    format!(
        "    from line {}:\n{}{}",
        same + 1,
        tail(expected, "-"),
        tail(actual, "+")
    )
}

/// The tool whose operand is not a file that it reads, but something for a compiler to find.
const NO_READER: &str = "vbc-bind";

/// Where the system's programs are looked for.
const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Runs a command line in a folder, in an environment that is the same everywhere.
fn execute(command: &str, folder: &Path, output: &Path) -> Outcome {
    let tools = tools();
    let words: Vec<&str> = command
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .collect();
    for tool in &tools {
        if words.contains(&tool.as_str()) || words.contains(&"TOOLS") || words.contains(&"READERS")
        {
            program(tool);
        }
    }
    let readers = tools.iter().map(String::as_str);
    let readers: Vec<&str> = readers.filter(|tool| *tool != NO_READER).collect();
    let (out, err) = (output.join("out"), output.join("err"));
    let status = Command::new("timeout")
        .args(["--signal=KILL", "120", "sh", "-c", command])
        .current_dir(folder)
        .env_clear()
        .env("PATH", format!("{}:{PATH}", programs().display()))
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8")
        .env("TOOLS", tools.join(" "))
        .env("READERS", readers.join(" "))
        .stdin(Stdio::null())
        .stdout(File::create(&out).expect("a file for the output"))
        .stderr(File::create(&err).expect("a file for the errors"))
        .status()
        .expect("`timeout` and `sh` are installed");
    let read = |path| Text {
        text: String::from_utf8_lossy(&fs::read(path).expect("what was written")).into_owned(),
        file: None,
    };
    Outcome {
        exit: status.code().unwrap_or(137),
        out: read(&out),
        err: read(&err),
    }
}

#[test]
fn command_line_files() {
    if !there_are(&["timeout"]) {
        return;
    }
    let tests = files(&project().join("tests/cli"), "test");
    assert!(!tests.is_empty(), "there are no tests");
    let mut report = String::new();
    let only = env::var("ONLY").unwrap_or_default();
    for path in tests
        .iter()
        .filter(|path| path.to_string_lossy().contains(&only))
    {
        let test = Test::read(path);
        assert!(
            test.parts.iter().any(|part| matches!(part, Part::Run(..))),
            "{} runs nothing",
            path.display()
        );
        let Some(actual) = test.run() else { continue };
        if blessing() {
            actual.write();
        } else {
            report.push_str(&test.differences(&actual));
        }
    }
    assert!(
        report.is_empty(),
        "{report}\nBLESS=1 rewrites the expectations"
    );
}

/// What the files of `vbc-run` state about programs holds for `vbc-jit`, with its name in the
/// messages.
#[test]
fn native_code_does_as_the_interpreter() {
    if !there_are(&["timeout"]) {
        return;
    }
    let only_interpreted = ["--log", "--dump-vm", "--stats", "--engine", "trace.json"];
    let mut report = String::new();
    let mut runs = 0;
    for path in files(&project().join("tests/cli/run"), "test") {
        let mut test = Test::read(&path);
        test.parts.retain(|part| match part {
            Part::Run(command, _) => !only_interpreted.iter().any(|flag| command.contains(flag)),
            _ => true,
        });
        for part in &mut test.parts {
            if let Part::Run(command, outcome) = part {
                runs += usize::from(command.contains("vbc-run"));
                for text in [command, &mut outcome.out.text, &mut outcome.err.text] {
                    // The schema of reports is the same.
                    *text = text
                        .replace("vbc-run", "vbc-jit")
                        .replace("vbc-jit-report", "vbc-run-report");
                }
            }
        }
        if let Some(actual) = test.run() {
            report.push_str(&test.differences(&actual));
        }
    }
    assert!(report.is_empty(), "{report}");
    assert!(runs > 30, "{runs} runs");
}

/// The declarations that `vbc-bind` is expected to write mean something to the assembler and the verifier: each line by
/// itself, and all of a text together.
#[test]
fn expected_bindings_are_accepted() {
    let assemble = |text: &str, path: &Path| {
        let done = vbc::asm::assemble_verified(text.as_bytes(), "text", &Default::default());
        if let Err(errors) = done {
            panic!("{}:\n{text}\n{errors}", path.display());
        }
    };
    let is_declaration = |line: &&str| {
        let words = [".import ", ".global ", ".data "];
        words.iter().any(|word| line.starts_with(word))
    };
    let is_of_text = |line: &&str| line.is_empty() || line.starts_with(';') || is_declaration(line);
    let mut declarations = BTreeSet::new();
    let mut texts = 0;
    for path in files(&project().join("tests/cli/bind"), "test") {
        for part in Test::read(&path).parts {
            let Part::Run(command, Outcome { out, .. }) = part else {
                continue;
            };
            for line in out.text.lines().filter(is_declaration) {
                if declarations.insert(line.to_owned()) {
                    assemble(&format!("{line}\n"), &path);
                }
            }
            let all = out.text.split("; From ").skip(1);
            if all.clone().count() < command.matches("vbc-bind").count() {
                // Nothing is left of the line where a text begins.
                continue;
            }
            for text in all {
                // Its first line is the rest of a comment; other programs may have written something after it.
                let lines = text.lines().skip(1).take_while(is_of_text);
                let lines: Vec<&str> = lines.collect();
                assemble(&(lines.join("\n") + "\n"), &path);
                texts += 1;
            }
        }
    }
    let count = declarations.len();
    assert!(
        count > 150 && texts > 30,
        "{count} declarations, {texts} texts"
    );
    for kind in [
        "(ptr",
        "-> ptr",
        "funcref",
        "({f64,f64}",
        "){f64,f64}",
        "fn({",
        ",...,",
        "\"!",
        "+errno",
        "buf[#",
        ": ptr =",
    ] {
        let is_there = declarations.iter().any(|line| line.contains(kind));
        assert!(is_there, "no declaration has `{kind}`");
    }
}

/// A file that runs a program which a system may lack declares it, because otherwise it fails
/// there.
#[test]
fn what_commands_need_is_said() {
    let mut unsaid = Vec::new();
    for path in files(&project().join("tests/cli"), "test") {
        let test = Test::read(&path);
        let said = |name: &str| {
            let mut parts = test.parts.iter();
            parts.any(|part| matches!(part, Part::Needs(program) if program == name))
        };
        let commands = test.parts.iter().filter_map(|part| match part {
            Part::Run(command, _) => Some(command.as_str()),
            _ => None,
        });
        let commands: Vec<&str> = commands.collect();
        for (program, package) in needs::known() {
            // The commands that every system has are in these.
            if package == "coreutils" || program.starts_with('/') {
                continue;
            }
            if commands.iter().any(|line| starts(line, program)) && !said(program) {
                unsaid.push(format!("{}: {program}", path.display()));
            }
        }
    }
    assert!(unsaid.is_empty(), "NEEDS is missing: {unsaid:#?}");
}

/// Whether a line for the shell starts a program.
fn starts(line: &str, program: &str) -> bool {
    let parts = line.split(['|', ';', '&', '(', '`']);
    let words = parts.map(|part| {
        let before = ["if", "then", "else", "do", "!", "exec", "env"];
        let mut words = part.split_whitespace();
        words.find(|word| !before.contains(word) && !word.contains('='))
    });
    words.flatten().any(|word| word == program)
}

#[test]
fn every_golden_file_is_in_use() {
    let folder = project().join("tests/cli");
    let mut used = Vec::new();
    for path in files(&folder, "test") {
        for part in Test::read(&path).parts {
            if let Part::Run(_, outcome) = part {
                used.extend(
                    [outcome.out.file, outcome.err.file]
                        .into_iter()
                        .flatten()
                        .map(|f| path.with_file_name(f)),
                );
            }
        }
    }
    for path in files(&folder, "out")
        .into_iter()
        .chain(files(&folder, "err"))
    {
        assert!(
            used.contains(&path),
            "{} belongs to no test",
            path.display()
        );
    }
}

#[test]
fn a_wrong_expectation_is_seen() {
    let folder = scratch();
    let path = folder.path().join("x.test");
    let check = |source: &str| {
        fs::write(&path, source).unwrap();
        let test = Test::read(&path);
        let actual = test.run().unwrap();
        let report = test.differences(&actual);
        actual.write();
        (report, fs::read_to_string(&path).unwrap())
    };
    let good = "# c\nFILE: a\n| x\n|\n| y\nRUN: cat a; printf z >&2; exit 3\nEXIT: 3\nOUT:\n| x\n|\n| y\nERR:\n| z\n\\ no line end\n";
    assert_eq!(check(good), (String::new(), good.to_owned()));
    for (right, wrong) in [
        ("EXIT: 3\n", ""),
        ("OUT:\n| x\n", "OUT:\n"),
        ("| z\n\\ no line end\n", "| z\n"),
    ] {
        let (report, blessed) = check(&good.replace(right, wrong));
        assert!(
            report.contains("RUN: cat a"),
            "{right:?} replaced by {wrong:?} went unnoticed"
        );
        assert_eq!(blessed, good);
    }
}
