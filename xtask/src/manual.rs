//! Man pages and completions: what the programs themselves print from their flags.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use crate::Page;

/// The forms, and where each goes for a tool of the name.
fn forms(tool: &str) -> [(&'static str, String); 4] {
    [
        ("man", format!("man/{tool}.1")),
        ("bash", format!("completions/{tool}.bash")),
        ("zsh", format!("completions/_{tool}")),
        ("fish", format!("completions/{tool}.fish")),
    ]
}

/// The pages of all tools, which must have been built in the same profile.
///
/// # Errors
///
/// When a program is missing or fails, with what to do.
pub fn pages() -> Result<Vec<Page>, String> {
    let programs = env::current_exe().map_err(|error| error.to_string())?;
    let programs = programs.parent().unwrap_or(Path::new(""));
    let mut pages = Vec::new();
    for tool in tools()? {
        for (form, path) in forms(&tool) {
            let output = Command::new(programs.join(&tool))
                .args(["--generate", form])
                .output()
                .map_err(|error| format!("{tool}: {error}; build the workspace first"))?;
            if !output.status.success() {
                return Err(format!("{tool} --generate {form} fails"));
            }
            pages.push(Page::new(format!("docs/{path}"), output.stdout));
        }
    }
    Ok(pages)
}

/// The names of all tools, in order.
fn tools() -> Result<Vec<String>, String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tools");
    let entries = fs::read_dir(folder).map_err(|error| format!("tools: {error}"))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.path().join("Cargo.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}
