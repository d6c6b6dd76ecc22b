//! What is done with the project as a whole.
//!
//!     cargo run --release -p xtask -- --install FOLDER [TOOL...]
//!     cargo run -p xtask -- --write
//!     cargo run -p xtask -- --check
//!     cargo run -p xtask -- --profile record PROFILE
//!     cargo run -p xtask -- --profile choose PROFILE COUNT
//!
//! `--write` and `--check` are the work of the package `xtask-pages`, which needs the library; installing builds
//! nothing but what is installed. `--profile` is the work of the library's example `profile`.

mod install;
mod profile;

use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let done = match words[..] {
        ["--install", folder, ref tools @ ..] if !folder.starts_with('-') => {
            install::install(&project, Path::new(folder), tools)
        }
        ["--profile", "record", to] => profile::record(&project, to),
        ["--profile", "choose", from, count] => profile::choose(&project, from, count),
        [flag @ ("--write" | "--check")] => pages(&project, flag),
        _ => {
            eprintln!(
                "usage: cargo run -p xtask -- --write | --check | --install FOLDER [TOOL...]\n       \
                 cargo run -p xtask -- --profile record PROFILE | --profile choose PROFILE COUNT"
            );
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes or checks what is generated, in the profile that this program was built in.
///
/// The whole workspace is built and not that package alone, for which the library would be built once more: it has
/// other features then.
fn pages(project: &Path, flag: &str) -> Result<(), String> {
    let mut build = Command::new("cargo");
    build
        .current_dir(project)
        .args(["build", "--workspace", "--quiet"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut pages = Command::new(own.with_file_name("xtask-pages"));
    for (name, command) in [
        ("cargo build", &mut build),
        ("xtask-pages", pages.arg(flag)),
    ] {
        let status = command
            .status()
            .map_err(|error| format!("{name}: {error}"))?;
        if !status.success() {
            return Err(format!("{name}: {status}"));
        }
    }
    Ok(())
}
