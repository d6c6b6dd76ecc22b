//! `tests/run.sh` on a system that lacks something: what its table shows, and how it ends.

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output};

use vbc_tests::{project, scratch};

/// A folder with every program of `PATH` but one.
fn without(program: &str, folder: &Path) {
    for place in env::split_paths(&env::var_os("PATH").unwrap_or_default()) {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            if entry.file_name() != program {
                // The first of a name is the one that counts.
                let _ = symlink(entry.path(), folder.join(entry.file_name()));
            }
        }
    }
}

/// Runs a test of native code that needs a debugger by `tests/run.sh`, in the profile of this one, which has been built.
fn run(path: &Path, all: &str) -> Output {
    let profile = match cfg!(debug_assertions) {
        true => "dev",
        false => "release",
    };
    Command::new(project().join("tests/run.sh"))
        .args(["--test", "aot", "debuggers_find_lines"])
        .env("PATH", path)
        .env("VBC_PROFILES", profile)
        .env("VBC_ALL", all)
        .output()
        .expect("the script starts")
}

#[test]
fn the_table_says_what_is_skipped() {
    let folder = scratch();
    without("gdb", folder.path());
    let done = run(folder.path(), "0");
    let text = String::from_utf8_lossy(&done.stdout);
    let lines: Vec<&str> = text.lines().collect();
    let why = "): not installed: gdb";
    let row = lines.iter().find(|line| line.ends_with(why));
    let row = row.unwrap_or_else(|| panic!("no {why:?} in\n{text}"));
    assert!(row.starts_with("  aot: "), "{row}");
    assert!(
        lines
            .iter()
            .any(|line| line.starts_with("tests/setup.sh installs"))
    );
    assert_eq!(lines.last(), Some(&"0 passed, 0 failed, 1 skipped"));
    assert!(done.status.success());
}

#[test]
fn what_is_skipped_fails_where_everything_is_asked_for() {
    let folder = scratch();
    without("gdb", folder.path());
    let done = run(folder.path(), "1");
    let text = String::from_utf8_lossy(&done.stdout);
    let lines: Vec<&str> = text.lines().collect();
    let failed = lines.iter().position(|line| *line == "failed:");
    let failed = failed.unwrap_or_else(|| panic!("nothing failed in\n{text}"));
    let row = lines.get(failed + 1).expect("a row");
    assert!(row.starts_with("  tests/aot.rs: "), "{row}");
    assert_eq!(lines.last(), Some(&"0 passed, 1 failed, 0 skipped"));
    assert_eq!(done.status.code(), Some(1));
}
