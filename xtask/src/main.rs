//! Writes the generated parts of `docs/`, or checks that they are fresh.
//!
//!     cargo build --workspace && cargo run -p xtask -- --write
//!     cargo build --workspace && cargo run -p xtask -- --check
//!
//! The programs must have been built, because they print their man pages themselves.

mod diagnostics;
mod instructions;
mod manual;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// A generated file: where it lies below `docs/`, and what it holds.
struct Page {
    path: PathBuf,
    text: String,
}

fn pages() -> Result<Vec<Page>, String> {
    let mut pages = vec![
        Page {
            path: "instructions.md".into(),
            text: instructions::page(),
        },
        Page {
            path: "diagnostics.md".into(),
            text: diagnostics::page(),
        },
    ];
    pages.extend(manual::pages()?);
    Ok(pages)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let write = match arguments.as_slice() {
        [flag] if flag == "--write" => true,
        [flag] if flag == "--check" => false,
        _ => {
            eprintln!("usage: cargo run -p xtask -- --write | --check");
            return ExitCode::from(2);
        }
    };
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let pages = match pages() {
        Ok(pages) => pages,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let mut stale = 0;
    for page in pages {
        let path = docs.join(&page.path);
        if std::fs::read(&path).is_ok_and(|old| old == page.text.as_bytes()) {
            continue;
        }
        stale += 1;
        if !write {
            eprintln!("stale: docs/{}", page.path.display());
        } else if let Err(error) = write_file(&path, &page.text) {
            eprintln!("docs/{}: {error}", page.path.display());
            return ExitCode::FAILURE;
        }
    }
    if stale > 0 && !write {
        eprintln!("run: cargo build --workspace && cargo run -p xtask -- --write");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn write_file(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
