//! Runs the second implementation, `tests/independent/`, over the conformance files and the built programs.
//!
//! It is written in Python from the documentation alone; what it and the programs disagree about is a fault of one of
//! them or of the documentation.

use std::path::{Path, PathBuf};
use std::process::Command;

use vbc_tests::there_are;

/// The folder in which Cargo puts the programs of the profile that is tested: two above this test's own.
fn programs() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test.parent().and_then(Path::parent);
    folder
        .expect("the folder of the built programs")
        .to_path_buf()
}

#[test]
fn the_second_implementation_agrees() {
    if !there_are(&["python3"]) {
        return;
    }
    let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("independent/conformance.py");
    let run = Command::new("python3")
        .arg(driver)
        .arg(programs())
        .output()
        .expect("python3 runs");
    let said = String::from_utf8_lossy(&run.stdout);
    println!("{said}");
    assert!(
        run.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}
