//! `--dependency-file`: what was read, as a rule for make.

use std::fmt::Write as _;
use std::io::Write as _;

use vbc::cli::{Operand, Output, Stop, Target};

use crate::inputs::Read;

/// Writes the rule.
pub fn write(target: &Target, output: &Target, read: &[&Read]) -> Result<(), Stop> {
    let files: Vec<String> = read
        .iter()
        .filter(|read| read.operand != Operand::Stdin)
        .map(|read| escaped(&read.name))
        .collect();
    let mut text = format!("{}:", escaped(&output.name()));
    for file in &files {
        // Writing into a string cannot fail.
        let _ = write!(text, " \\\n  {file}");
    }
    text.push('\n');
    // Each file is a target too: when it is removed, make does not stop at the old rule.
    let mut seen = std::collections::HashSet::new();
    for file in files.iter().filter(|file| seen.insert(*file)) {
        let _ = write!(text, "\n{file}:\n");
    }
    let mut out = Output::create(target)?;
    out.write_all(text.as_bytes())?;
    out.finish()?;
    Ok(())
}

/// A file's name as make reads it.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for c in name.chars() {
        match c {
            ' ' | '#' | ':' | '\\' => text.extend(['\\', c]),
            '$' => text.push_str("$$"),
            _ => text.push(c),
        }
    }
    text
}
