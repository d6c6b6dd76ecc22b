//! Says what is missing where libffi cannot be built. Its own build script fails in other words.

use std::process::{Command, Stdio};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let make = Command::new("make")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if !make.is_ok_and(|status| status.success()) {
        println!(
            "cargo::error=native functions need `make` and a C compiler to build libffi: install them, or build \
             without native functions (--no-default-features)"
        );
    }
}
