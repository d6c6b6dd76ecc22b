//! Calls on paths that end in slashes and dots do what the system does.

use std::fs;
use std::path::Path;
use std::process::Command;

use vbc_tests::conformance::Outcome;
use vbc_tests::paths::{self, Case};
use vbc_tests::webassembly::{Host, in_javascript, tree};
use vbc_tests::{program, scratch};

/// Differences that are shown.
const SHOWN: usize = 40;

/// Makes a folder of its own for each case.
fn fill(top: &Path, cases: &[Case], with_pipes: bool) {
    for n in 0..cases.len() {
        let folder = top.join(n.to_string());
        fs::create_dir_all(&folder).expect("a folder");
        paths::fill(&folder, with_pipes);
    }
}

/// Compares the answers that a program wrote with the system's.
fn compare(output: &[u8], judged: &[(u32, Case)], differences: &mut Vec<String>) {
    let output = String::from_utf8_lossy(output);
    let answers: Vec<&str> = output.lines().collect();
    assert_eq!(answers.len(), judged.len());
    for (answer, (expected, case)) in answers.iter().zip(judged) {
        if *answer != expected.to_string() {
            differences.push(format!("{case:?}: {answer}, the system says {expected}"));
        }
    }
}

fn show(differences: &[String]) {
    let count = differences.len();
    let shown = differences.get(..SHOWN).unwrap_or(differences);
    assert!(count == 0, "{count} differences:\n{}", shown.join("\n"));
}

/// Asks the system about each case, in its folder below `top`.
fn judge(top: &Path, cases: &[Case]) -> Vec<(u32, Case)> {
    let answer = |n: usize, case: &Case| paths::ask_system(&top.join(n.to_string()), case);
    let cases = cases.iter().enumerate();
    cases
        .map(|(n, case)| (answer(n, case), case.clone()))
        .collect()
}

#[test]
fn paths_are_those_of_the_system() {
    paths_with(Command::new(program("vbc-run")));
}

#[test]
fn paths_are_the_same_on_trial() {
    paths_with(Command::new(env!("CARGO_BIN_EXE_vbc-trial")));
}

#[cfg(target_os = "linux")]
#[test]
fn paths_are_the_same_in_a_sandbox() {
    let mut command = Command::new(program("vbc-run"));
    command.arg(vbc_tests::sandbox::flag());
    paths_with(command);
}

/// Compares what a command that runs programs does with what the system does.
fn paths_with(mut command: Command) {
    let cases = paths::cases(true);
    let (system, ours) = (scratch(), scratch());
    fill(system.path(), &cases, true);
    fill(&ours.path().join("box"), &cases, true);
    let judged = judge(system.path(), &cases);
    let text = paths::program(&cases);
    fs::write(ours.path().join("paths.vitasm"), text).expect("the program");
    let done = command
        .current_dir(ours.path())
        .args(["--dir", "box", "--timeout", "100s", "paths.vitasm"])
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let mut differences = Vec::new();
    compare(&done.stdout, &judged, &mut differences);
    for (n, case) in cases.iter().enumerate() {
        let is = paths::contents(&ours.path().join(format!("box/{n}")));
        let should = paths::contents(&system.path().join(n.to_string()));
        if is != should {
            differences.push(format!("{case:?} leaves {is:?}, not {should:?}"));
        }
    }
    show(&differences);
}

#[test]
fn paths_of_our_javascript_are_those_of_the_system() {
    if !Host::Javascript.is_there() {
        return;
    }
    let cases = paths::cases(false);
    let (system, ours) = (scratch(), scratch());
    fill(system.path(), &cases, false);
    fill(&ours.path().join("box"), &cases, false);
    let judged = judge(system.path(), &cases);
    let flags = ["--dir", "box"].map(str::to_owned);
    let text = paths::program(&cases);
    let (instance, end) = in_javascript(ours.path(), &flags, &text, &[], b"");
    assert_eq!(end, Outcome::Returned(Vec::new()));
    let after = instance.tree();
    let output = instance.close();
    let mut differences = Vec::new();
    compare(&output.stdout, &judged, &mut differences);
    let expected = tree::of(system.path());
    for (n, case) in cases.iter().enumerate() {
        let n = n.to_string();
        let (is, should) = (
            &after["folder"]["box"]["folder"][&n],
            &expected["folder"][&n],
        );
        if is != should {
            differences.push(format!("{case:?} leaves {is}, not {should}"));
        }
    }
    show(&differences);
}
