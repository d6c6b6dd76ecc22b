//! Runs every conformance file on every engine, and asks that nothing lacks one.
//!
//! `VBC_FILES=part` runs only the files with `part` in their path.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use vbc::diag;
use vbc::format::Limits;
use vbc::isa::Op;
use vbc_tests::conformance::{Engine, File, check, files, in_parallel};
use vbc_tests::project;

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
        let missing: Vec<&str> = Op::ALL
            .iter()
            .filter(|op| !opcodes.contains(&op.number()))
            .map(|op| op.info().name)
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

fn expected_codes(files: &[File]) -> BTreeSet<String> {
    let errors = files.iter().flat_map(|file| &file.case.errors);
    errors.map(|error| error.code.clone()).collect()
}

#[test]
fn every_diagnostic_has_a_file() {
    let mut known = expected_codes(&files());
    // What concerns the command line and files shows in command-line files.
    let mut folders = vec![project().join("tests/cli")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("tests/cli").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                let codes = text.split("error[").skip(1);
                let codes = codes.filter_map(|rest| rest.split(']').next());
                known.extend(codes.map(str::to_owned));
            }
        }
    }
    let all = diag::ALL.iter().flat_map(|codes| codes.iter());
    // A code without an example is one that no file can show.
    let missing: Vec<&str> = all
        .filter(|code| !code.example.is_empty())
        .map(|code| code.id)
        .filter(|id| !known.contains(*id))
        .collect();
    assert!(missing.is_empty(), "no file shows {missing:?}");
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
    let check = Command::new("python3")
        .arg(project().join("tests/conformance/generate.py"))
        .arg("--check")
        .output();
    match check {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(
                output.status.success(),
                "{text}run tests/conformance/generate.py"
            );
        }
        Err(error) => println!("skipped: python3 cannot be run: {error}"),
    }
}
