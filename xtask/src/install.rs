//! Installs the programs, the runtime library where `vbc-link --exe` finds it, and the JavaScript for browsers.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Builds everything and copies it: programs to `bin`, the runtime library to `lib/vbc/TRIPLE`, its header to `include`, JavaScript to `share/vbc/js`.
pub fn install(project: &Path, prefix: &Path) -> Result<(), String> {
    let tools = vbc_tests::tools();
    let mut packages: Vec<&str> = Vec::new();
    for tool in &tools {
        packages.extend(["-p", tool]);
    }
    build(project, &packages)?;
    for tool in &tools {
        copy(
            &project.join("target/release").join(tool),
            &prefix.join("bin").join(tool),
        )?;
    }
    // By itself, so that nothing of what only the tools need becomes a part of it.
    build(project, &["-p", "vbc-rt"])?;
    let library = prefix.join("lib/vbc").join(triple()?).join("libvbcrt.a");
    copy(&project.join("target/release/libvbcrt.a"), &library)?;
    // Without the debug information of its parts it is half as large; that this fails does no harm.
    let _ = Command::new("strip").arg("-g").arg(&library).status();
    copy(
        &project.join("lib/rt/include/vbcrt.h"),
        &prefix.join("include/vbcrt.h"),
    )?;
    for script in vbc_tests::files(&project.join("lib/js"), "js") {
        let name = script.file_name().unwrap_or_default();
        copy(&script, &prefix.join("share/vbc/js").join(name))?;
    }
    Ok(())
}

fn build(project: &Path, packages: &[&str]) -> Result<(), String> {
    let status = Command::new("cargo")
        .current_dir(project)
        .args(["build", "--release"])
        .args(packages)
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("cargo build: {status}")),
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    // A program that is running cannot be written, but replaced.
    let _ = fs::remove_file(to);
    fs::copy(from, to).map_err(|error| format!("{}: {error}", to.display()))?;
    println!("{}", to.display());
    Ok(())
}

/// The target that this program was built for, as compilers call it.
fn triple() -> Result<&'static str, String> {
    match (std::env::consts::ARCH, std::env::consts::OS) {
        ("x86_64", "linux") => Ok("x86_64-unknown-linux-gnu"),
        ("aarch64", "linux") => Ok("aarch64-unknown-linux-gnu"),
        ("riscv64", "linux") => Ok("riscv64gc-unknown-linux-gnu"),
        (arch, os) => Err(format!("executables cannot be made for {arch} and {os}")),
    }
}
