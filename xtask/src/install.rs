//! Installs the programs with their man pages and completions, the runtime library where `vbc-link --exe` finds it, and
//! the JavaScript for browsers.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a program prints about itself, and the file below the prefix that it belongs in.
fn pages(tool: &str) -> [(&'static str, String); 5] {
    [
        ("man", format!("share/man/man1/{tool}.1")),
        ("bash", format!("share/bash-completion/completions/{tool}")),
        ("zsh", format!("share/zsh/site-functions/_{tool}")),
        (
            "fish",
            format!("share/fish/vendor_completions.d/{tool}.fish"),
        ),
        // PowerShell has no folder for these; a profile names them.
        ("powershell", format!("share/vbc/powershell/{tool}.ps1")),
    ]
}

/// The tools whose results need the runtime library.
const COMPILERS: [&str; 2] = ["vbc-aot", "vbc-link"];

/// Builds the tools of these names, or all, and copies them below `prefix`: programs to `bin`, what belongs to them to
/// `share`, the runtime library to `lib/vbc/TRIPLE`, its header to `include`.
///
/// # Errors
///
/// When something cannot be built or written, or a tool is unknown.
pub fn install(project: &Path, prefix: &Path, tools: &[&str]) -> Result<(), String> {
    let all = names(&project.join("tools"))?;
    if let Some(unknown) = tools
        .iter()
        .find(|tool| !all.iter().any(|one| one == **tool))
    {
        return Err(format!("there is no tool {unknown}"));
    }
    let is_chosen = |name: &str| tools.is_empty() || tools.contains(&name);
    let chosen: Vec<&str> = all
        .iter()
        .map(String::as_str)
        .filter(|name| is_chosen(name))
        .collect();
    let built = target(project)?.join("release");
    let with_runtime = COMPILERS.into_iter().any(is_chosen);
    let count = chosen.len() + usize::from(with_runtime);
    // Each by itself, because a build of several provides each of them with what any of them needs.
    for (at, tool) in chosen.iter().enumerate() {
        println!("building {tool} ({} of {count})", at + 1);
        build(project, tool)?;
        let installed = prefix.join("bin").join(tool);
        copy(&built.join(tool), &installed)?;
        for (form, place) in pages(tool) {
            write(&prefix.join(place), &printed(&installed, form)?)?;
        }
    }
    if with_runtime {
        println!("building the runtime library ({count} of {count})");
        build(project, "vbc-rt")?;
        let library = prefix.join("lib/vbc").join(triple()?).join("libvbcrt.a");
        copy(&built.join("libvbcrt.a"), &library)?;
        // Without the debug information of its parts it is half as large; that this fails does no harm.
        let _ = Command::new("strip").arg("-g").arg(&library).status();
        let header = "include/vbcrt.h";
        copy(&project.join("lib/rt").join(header), &prefix.join(header))?;
    }
    if is_chosen("vbc-wasm") {
        let scripts = project.join("lib/js");
        for name in names(&scripts)? {
            if Path::new(&name).extension() == Some(OsStr::new("js")) {
                copy(
                    &scripts.join(&name),
                    &prefix.join("share/vbc/js").join(&name),
                )?;
            }
        }
    }
    Ok(())
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        names.push(name.to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

fn cargo(project: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(project);
    command
}

fn build(project: &Path, package: &str) -> Result<(), String> {
    let status = cargo(project)
        .args(["build", "--release", "--locked", "--package", package])
        .status()
        .map_err(|error| format!("cargo: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("cargo build: {status}")),
    }
}

/// The folder that cargo builds in, wherever its configuration puts it.
fn target(project: &Path) -> Result<PathBuf, String> {
    let output = cargo(project)
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked"])
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.split_once("\"target_directory\":\"");
    let folder = found.and_then(|(_, rest)| rest.split_once('"'));
    match folder {
        Some((folder, _)) if output.status.success() => Ok(PathBuf::from(folder)),
        _ => Err(format!(
            "cargo metadata: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}

/// What `--generate` of a program prints.
fn printed(program: &Path, form: &str) -> Result<Vec<u8>, String> {
    let output = Command::new(program)
        .args(["--generate", form])
        .output()
        .map_err(|error| format!("{}: {error}", program.display()))?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(format!(
            "{} --generate {form}: {}",
            program.display(),
            output.status
        )),
    }
}

/// Writes a file, with the folders above it.
fn write(to: &Path, bytes: &[u8]) -> Result<(), String> {
    make_room(to)?;
    fs::write(to, bytes).map_err(|error| format!("{}: {error}", to.display()))?;
    println!("{}", to.display());
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    make_room(to)?;
    fs::copy(from, to).map_err(|error| format!("{}: {error}", to.display()))?;
    println!("{}", to.display());
    Ok(())
}

fn make_room(to: &Path) -> Result<(), String> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    // A program that is running cannot be written, but replaced.
    let _ = fs::remove_file(to);
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
