//! Runs every conformance file on every engine, and asks that nothing lacks one.
//!
//! `VBC_FILES=part` runs only the files with `part` in their path.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use vbc::diag;
use vbc::format::Limits;
use vbc::isa::Form;
use vbc_tests::conformance::{Engine, check, files, in_parallel};
use vbc_tests::needs::{skipped, there_are};
use vbc_tests::{files as sources, project};

#[test]
fn every_file_holds() {
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let mut files = files();
    files.retain(|file| file.path.contains(&part));
    let engines = Engine::all();
    let results = in_parallel(&files, |file| check(&file.case, &engines));
    let mut failures = Vec::new();
    let mut opcodes = BTreeSet::new();
    for (file, result) in files.iter().zip(results) {
        match result {
            Ok(touched) => opcodes.extend(touched.opcodes),
            Err(message) => failures.push(format!("{}: {message}", file.path)),
        }
    }
    let names: Vec<&str> = engines.iter().map(|engine| engine.name()).collect();
    println!("{} files on {}", files.len(), names.join(", "));
    assert!(
        failures.is_empty(),
        "{} of {} files fail:\n{}",
        failures.len(),
        files.len(),
        failures.join("\n")
    );
    if part.is_empty() {
        let missing: Vec<Form> = Form::all()
            .filter(|form| !opcodes.contains(&form.number()))
            .collect();
        assert!(missing.is_empty(), "no file has {missing:?}");
    }
}

/// In release builds, users run the tail engine: it must be there to be tested.
#[test]
#[cfg(all(
    not(debug_assertions),
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
fn the_tail_engine_is_tested() {
    let names: Vec<&str> = Engine::all().iter().map(|engine| engine.name()).collect();
    assert_eq!(names[..3], ["evaluator", "match", "tail"]);
}

/// What cannot be tested on this platform is reported, as is what is missing.
#[test]
fn parts_that_need_another_platform_are_named() {
    let x86_64 = cfg!(target_arch = "x86_64");
    for (part, is_here, platform) in [
        (
            "tail engine",
            x86_64 || cfg!(target_arch = "aarch64"),
            "x86_64 or aarch64",
        ),
        (
            "code of object files in memory",
            x86_64 && cfg!(target_os = "linux"),
            "x86_64 and Linux",
        ),
        (
            "native code where the system forbids it",
            cfg!(target_os = "linux"),
            "Linux",
        ),
    ] {
        if !is_here {
            skipped(Some(part), &format!("needs {platform}"));
        }
    }
}

/// The codes of errors and warnings that the lines of `text` show which `is_shown` takes.
fn shown_codes(text: &str, is_shown: fn(&str) -> bool) -> impl Iterator<Item = String> {
    let lines = text.lines().filter(move |line| is_shown(line));
    let starts = lines.flat_map(|line| ["error[", "warning["].map(|word| line.split(word).skip(1)));
    let codes = starts.flatten().filter_map(|rest| rest.split(']').next());
    codes.map(str::to_owned)
}

/// Every code has something that provokes it and states that: a conformance file; where no file
/// can, a command-line file that shows it in an output, or a test of what no command line reaches.
#[test]
fn every_diagnostic_is_provoked() {
    let read = |path: PathBuf| fs::read_to_string(path).expect("a text");
    let tests = project().join("tests");
    let files = files();
    let expected = files.iter().flat_map(|file| &file.case.errors);
    let mut known: BTreeSet<String> = expected.map(|error| error.code.clone()).collect();
    for (extension, is_shown) in [
        ("test", (|line| line.starts_with("| ")) as fn(&str) -> bool),
        ("out", |_| true),
        ("err", |_| true),
    ] {
        for path in sources(&tests.join("cli"), extension) {
            known.extend(shown_codes(&read(path), is_shown));
        }
    }
    for path in sources(&tests.join("tests"), "rs") {
        known.extend(shown_codes(&read(path), |line| !line.contains("//")));
    }
    let all = diag::ALL.iter().flat_map(|codes| codes.iter());
    let missing: Vec<&str> = all
        .map(|code| code.id)
        .filter(|id| !known.contains(*id))
        .collect();
    assert!(missing.is_empty(), "nothing provokes {missing:?}");
}

#[test]
fn every_limit_has_a_file() {
    let files = files();
    let lowered = files.iter().flat_map(|file| &file.case.limits);
    let lowered: BTreeSet<&str> = lowered.map(|(name, _)| &**name).collect();
    let missing: Vec<&str> = Limits::default()
        .table()
        .into_iter()
        .map(|(name, ..)| name)
        .filter(|name| !lowered.contains(name))
        .collect();
    assert!(missing.is_empty(), "no file meets the limits {missing:?}");
}

#[test]
fn generated_files_are_fresh() {
    if !there_are(&["python3"]) {
        return;
    }
    let check = Command::new("python3")
        .arg(project().join("tests/conformance/generate.py"))
        .arg("--check")
        .output()
        .expect("python3 starts");
    let text = String::from_utf8_lossy(&check.stdout);
    assert!(
        check.status.success(),
        "{text}run tests/conformance/generate.py"
    );
}
