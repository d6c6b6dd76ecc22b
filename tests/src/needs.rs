//! What tests need that a system may lack: programs, and files that scripts fetch.
//!
//! A test whose needs are not met leaves out what it cannot do and says so, in its output and in the file that
//! `tests/run.sh` names in `VBC_SKIPPED`, from which the script makes its table. Every place that leaves something out
//! for such a reason goes through [`skipped`], so that `VBC_ALL=1` turns each into a failure.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::thread;

/// What installs what is missing; its list of programs is the one that tests can ask for.
const SETUP: &str = include_str!("../setup.sh");

/// Whether the system has these programs, without which the test that asks does nothing.
///
/// # Panics
///
/// If `tests/setup.sh` does not know one of them; if one is missing and `VBC_ALL=1` asks for all of them.
pub fn there_are(programs: &[&str]) -> bool {
    is_met(None, missing_programs(programs, &path()))
}

/// Whether the system has these programs, without which the test that asks leaves out the part of that name.
///
/// # Panics
///
/// As [`there_are`].
pub fn there_are_for(part: &str, programs: &[&str]) -> bool {
    is_met(Some(part), missing_programs(programs, &path()))
}

/// Like [`there_are_for`], for a program that is looked for in these folders, separated as in
/// `PATH`.
///
/// # Panics
///
/// As [`there_are`].
pub fn there_is_in(path: &str, part: &str, program: &str) -> bool {
    is_met(Some(part), missing_programs(&[program], path.as_ref()))
}

fn path() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

/// Whether a script has put something there, without which the test that asks leaves out a part, or everything.
///
/// # Panics
///
/// If it is missing and `VBC_ALL=1` asks for everything.
pub fn fetched(part: Option<&str>, path: &Path, script: &str) -> bool {
    let missing = || {
        let name = path.strip_prefix(crate::project()).unwrap_or(path);
        format!("{} is missing, {script} fetches it", name.display())
    };
    is_met(part, (!path.exists()).then(missing))
}

/// Notes that the test that is running leaves out the part of that name, or with `None` everything, and why.
///
/// # Panics
///
/// If `VBC_ALL=1` asks for everything.
pub fn skipped(part: Option<&str>, why: &str) {
    let all = env::var_os("VBC_ALL").is_some_and(|value| value == "1");
    assert!(
        !all,
        "{}{why}",
        part.map_or(String::new(), |part| format!("{part}: "))
    );
    println!(
        "skipped: {}{why}",
        part.map_or(String::new(), |part| format!("{part}: "))
    );
    let Some(path) = env::var_os("VBC_SKIPPED") else {
        return;
    };
    let file = env::current_exe().expect("the test knows its own path");
    let file = file.file_stem().unwrap_or_default().to_string_lossy();
    // The name of the file ends in a hash of how it was built.
    let file = file.rsplit_once('-').map_or(&*file, |(name, _)| name);
    let thread = thread::current();
    // Threads of tests have their names; those that tests start have none.
    let test = thread.name().unwrap_or("");
    let kind = part.map_or("whole", |_| "part");
    let line = format!("{kind}\t{file}\t{test}\t{}\t{why}\n", part.unwrap_or(""));
    let notes = OpenOptions::new().append(true).create(true).open(&path);
    // One write, since several tests write at once.
    let written = notes.and_then(|mut notes| notes.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn is_met(part: Option<&str>, missing: Option<String>) -> bool {
    if let Some(why) = &missing {
        skipped(part, why);
    }
    missing.is_none()
}

/// The sentence about those of the programs that the system lacks.
fn missing_programs(programs: &[&str], path: &OsStr) -> Option<String> {
    let lacks = |program: &&&str| {
        assert!(
            known().any(|(name, _)| name == **program),
            "tests/setup.sh does not know {program}"
        );
        !env::split_paths(path).any(|folder| folder.join(program).is_file())
    };
    let missing: Vec<&str> = programs.iter().filter(lacks).copied().collect();
    (!missing.is_empty()).then(|| format!("not installed: {}", missing.join(", ")))
}

/// The programs and files that tests can ask for, each with the package that has it.
///
/// # Panics
///
/// If `tests/setup.sh` has no such list.
pub fn known() -> impl Iterator<Item = (&'static str, &'static str)> {
    let list = SETUP
        .split("<<'END'\n")
        .nth(1)
        .and_then(|rest| rest.split("\nEND\n").next());
    let list = list.expect("tests/setup.sh has a list");
    let mut lines = list.lines();
    std::iter::from_fn(move || {
        let mut words = lines.next()?.split_whitespace();
        Some((words.next()?, words.next()?))
    })
}
