//! Writes the generated files of the project (support code, parts of `docs/`), or checks that they are fresh: the work
//! of `cargo run -p xtask -- --write` and `--check`.
//!
//! The programs must have been built, because they print their man pages themselves.

mod diagnostics;
mod engines;
mod instructions;
mod manual;
mod powers;
mod support;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A generated file: where it lies in the project, and what it holds.
struct Page {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Page {
    fn new(path: impl Into<PathBuf>, bytes: impl Into<Vec<u8>>) -> Page {
        Page {
            path: path.into(),
            bytes: bytes.into(),
        }
    }
}

/// The support code, and the source of it that is a table.
fn support_code(project: &Path) -> Result<Vec<Page>, String> {
    let folder = project.join("lib/support");
    let powers = powers::source();
    let mut pages = Vec::new();
    for width in [32, 64] {
        let image = support::image(&folder, width, &powers)?;
        pages.push(Page::new(
            format!("lib/support/support{width}.vitbc"),
            image,
        ));
    }
    pages.push(Page::new("lib/support/powers.vitasm", powers));
    Ok(pages)
}

fn documentation(_: &Path) -> Result<Vec<Page>, String> {
    let mut pages = vec![
        Page::new("docs/instructions.md", instructions::page()),
        Page::new("docs/diagnostics.md", diagnostics::page()),
        Page::new("docs/engines.md", engines::page()),
    ];
    pages.extend(manual::pages()?);
    Ok(pages)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let write = match arguments.as_slice() {
        [flag] if flag == "--write" => true,
        [flag] if flag == "--check" => false,
        _ => {
            eprintln!("usage: cargo run -p xtask -- --write | --check");
            return ExitCode::from(2);
        }
    };
    let mut stale = 0;
    for generate in [support_code, documentation] {
        match generate(&project).and_then(|pages| renew(&project, &pages, write)) {
            Ok(number) => stale += number,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        }
    }
    if stale > 0 && !write {
        eprintln!("run: cargo run -p xtask -- --write");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Writes or names the files that are not what they should be, and counts them.
fn renew(project: &Path, pages: &[Page], write: bool) -> Result<usize, String> {
    let mut stale = 0;
    for page in pages {
        let path = project.join(&page.path);
        if std::fs::read(&path).is_ok_and(|old| old == page.bytes) {
            continue;
        }
        stale += 1;
        if write {
            write_file(&path, &page.bytes)
                .map_err(|error| format!("{}: {error}", path.display()))?;
        } else {
            eprintln!("stale: {}", page.path.display());
        }
    }
    Ok(stale)
}

fn write_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, bytes)
}
