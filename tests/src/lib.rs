//! What the tests of the tools share: where the programs are, where files are.
//!
//! The tests run the programs that `cargo build` made for the same profile.
//! Cargo does not build them for a test of another package, so a missing or
//! outdated program is a failure with a sentence that tells what to do.

pub mod browser;
pub mod conformance;
pub mod evaluator;
pub mod flags;
pub mod fuzz;
pub mod generate;
pub mod growth;
pub mod hostile;
pub mod machine;
pub mod needs;
pub mod numbers;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub mod object;
pub mod paths;
#[cfg(target_os = "linux")]
pub mod sandbox;
pub mod schema;
pub mod smith;
pub mod split;
pub mod wasi;
pub mod ways;
pub mod webassembly;

/// The programs of the guides, each of which is compiled and run as a test of documentation.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../../docs/guide/compiler.md")]
    mod compiler {}
    #[doc = include_str!("../../docs/guide/embedding.md")]
    mod embedding {}
}

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

pub use needs::there_are;

/// The folder of the whole project.
pub fn project() -> PathBuf {
    let tests = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ has a parent").to_owned()
}

/// The names of all tools, in order.
pub fn tools() -> Vec<String> {
    let entries = fs::read_dir(project().join("tools"));
    let mut names: Vec<String> = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.expect("an entry of tools/").path())
        .filter(|path| path.join("Cargo.toml").is_file())
        .map(|path| {
            path.file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The folder with the programs of the profile that the test was built with.
pub fn programs() -> PathBuf {
    // target/<profile>/deps/<test>-<hash>
    let test = env::current_exe().expect("the test knows its own path");
    test.ancestors()
        .nth(2)
        .expect("a test lies two folders deep")
        .to_owned()
}

/// The path of a tool, which is there and not older than its sources.
///
/// # Panics
///
/// If it is missing or outdated, with the command that builds it.
pub fn program(name: &str) -> PathBuf {
    let folder = programs();
    let path = folder.join(name);
    let build = match folder.file_name() {
        Some(profile) if profile == "release" => "cargo build --release --workspace",
        _ => "cargo build --workspace",
    };
    let Ok(built) = path.metadata().and_then(|m| m.modified()) else {
        panic!("{} is not built; run `{build}` first", path.display());
    };
    if let Some(source) = newer_source(&folder, name, built) {
        panic!(
            "{} is older than {}; run `{build}` first",
            path.display(),
            source.display()
        );
    }
    path
}

/// A source of a program that changed after the program was built, by cargo's own list beside it.
fn newer_source(folder: &Path, name: &str, built: SystemTime) -> Option<PathBuf> {
    let list = fs::read_to_string(folder.join(format!("{name}.d"))).ok()?;
    let (_, sources) = list.split_once(": ")?;
    // Spaces in names are escaped by a backslash.
    let sources = sources.trim().replace("\\ ", "\0");
    let mut paths = sources
        .split_whitespace()
        .map(|path| PathBuf::from(path.replace('\0', " ")));
    paths.find(|path| {
        path.metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|time| time > built)
    })
}

/// A fresh folder that disappears with the value.
pub fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

/// All files below a folder with the given extension, in order.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Whether `BLESS=1` asks for expectations to be rewritten.
pub fn blessing() -> bool {
    env::var_os("BLESS").is_some_and(|value| value == "1")
}

/// The number in environment variable `name`, or `default` where it is not set.
pub fn number_from_environment(name: &str, default: u64) -> u64 {
    match env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
        Err(_) => default,
    }
}
