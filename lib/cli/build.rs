//! Finds out which commit the tools are built from, for `--version`.
//!
//! `VBC_COMMIT` in the environment decides, for packagers; otherwise `git` is asked, in release
//! builds only, because a new commit then builds this crate and the tools again. In an archive
//! without a repository nothing is found, and that is fine.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=VBC_COMMIT");
    if env::var_os("VBC_COMMIT").is_some() {
        return;
    }
    if env::var("PROFILE").as_deref() == Ok("release")
        && let Some(commit) = commit()
    {
        println!("cargo:rustc-env=VBC_COMMIT={commit}");
    }
}

fn commit() -> Option<String> {
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    let project = package.join("../..").canonicalize().ok()?;
    // An archive unpacked inside another project's repository must not show the commit of that
    // project.
    if Path::new(&git(&project, &["rev-parse", "--show-toplevel"])?)
        .canonicalize()
        .ok()?
        != project
    {
        return None;
    }
    let head = project.join(git(&project, &["rev-parse", "--git-path", "HEAD"])?);
    println!("cargo:rerun-if-changed={}", head.display());
    if let Some(branch) = git(&project, &["symbolic-ref", "-q", "HEAD"]) {
        // A branch is in a file of its own or among the packed ones; a missing file would mean building every time.
        for name in [branch.as_str(), "packed-refs"] {
            let file = project.join(git(&project, &["rev-parse", "--git-path", name])?);
            if file.exists() {
                println!("cargo:rerun-if-changed={}", file.display());
            }
        }
    }
    git(&project, &["rev-parse", "--short=12", "HEAD"])
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
