//! Man pages and completions: what the programs themselves print from their flags.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::Page;

/// The forms, and where each goes for a tool of the name.
fn forms(tool: &str) -> [(&'static str, String); 5] {
    [
        ("man", format!("man/{tool}.1")),
        ("bash", format!("completions/{tool}.bash")),
        ("zsh", format!("completions/_{tool}")),
        ("fish", format!("completions/{tool}.fish")),
        ("powershell", format!("completions/_{tool}.ps1")),
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
    for tool in vbc_tests::tools() {
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
