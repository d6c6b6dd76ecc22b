//! Finds out which commit the tools are built from, for `--version`, and which interpreter engine
//! the build gets.
//!
//! `VBC_COMMIT` in the environment decides, for packagers; else `git` is asked,
//! in release builds only, because a new commit then builds the library again.
//! In an archive without a repository nothing is found, and that is fine.
//!
//! The tail-threaded engine (`src/interp/engine`) relies on sibling calls being turned into jumps,
//! which LLVM does in optimised builds for the processors named here. Profile settings are all that
//! a build script sees: debug assertions that flags turn on are excluded in the source, and a probe
//! at run time finds what is left.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=VBC_COMMIT");
    choose_engine();
    let has = |name: &str| env::var_os(name).is_some();
    if has("VBC_COMMIT") || !has("CARGO_FEATURE_CLI") {
        return;
    }
    if env::var("PROFILE").as_deref() == Ok("release")
        && let Some(commit) = commit()
    {
        println!("cargo:rustc-env=VBC_COMMIT={commit}");
    }
}

fn choose_engine() {
    println!("cargo:rustc-check-cfg=cfg(vbc_tail)");
    let is = |name: &str, values: &[&str]| {
        env::var(name).is_ok_and(|value| values.contains(&value.as_str()))
    };
    if is("CARGO_CFG_TARGET_ARCH", &["x86_64", "aarch64"])
        && is("OPT_LEVEL", &["2", "3", "s", "z"])
        && env::var_os("CARGO_FEATURE_PORTABLE").is_none()
    {
        println!("cargo:rustc-cfg=vbc_tail");
    }
}

fn commit() -> Option<String> {
    let library = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?);
    let project = library.parent()?.canonicalize().ok()?;
    // An archive unpacked inside another project's repository must not show that one's commit.
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
