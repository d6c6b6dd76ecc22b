//! `--dependency-file`: what was read, as a rule for make.

use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::ffi::OsStrExt;

use vbc_cli::{Destination, Operand, Output, Stop};
use vbc_core::diag::codes::link::L0018;
use vbc_core::diag::{Diagnostic, Place};

use crate::inputs::Read;

/// Writes the rule.
///
/// # Errors
///
/// When make could not read a name, before anything is written.
pub fn write(target: &Destination, output: &Destination, read: &[&Read]) -> Result<(), Stop> {
    let made = match output {
        Destination::File(path) => path.as_os_str(),
        Destination::Stdout => OsStr::new("<stdout>"),
    };
    let mut text = escaped(made).ok_or_else(|| unwritable(made))?;
    if made.as_bytes().contains(&b'%') {
        return Err(unwritable(made).into());
    }
    text.push(b':');
    let mut files = Vec::new();
    for read in read {
        if let Operand::File(path) = &read.operand {
            let name = path.as_os_str();
            let file = escaped(name).ok_or_else(|| unwritable(name))?;
            text.extend_from_slice(b" \\\n  ");
            text.extend_from_slice(&file);
            files.push(file);
        }
    }
    text.push(b'\n');
    // Each file is a target too: when it is removed, make does not stop at the old rule. One with a
    // % would be the rule of a pattern.
    let mut seen = std::collections::HashSet::new();
    let targets = files.iter().filter(|file| !file.contains(&b'%'));
    for file in targets.filter(|file| seen.insert(*file)) {
        text.push(b'\n');
        text.extend_from_slice(file);
        text.extend_from_slice(b":\n");
    }
    let mut out = Output::create(target)?;
    out.write_all(&text)?;
    out.finish()?;
    Ok(())
}

/// A file's name as GNU make reads it in a rule; none where it has no way to write it.
///
/// A backslash is itself, except before a character that one makes ordinary: there each one that
/// is meant is doubled. Not to be written are control characters, `=`, `;`, `|` and a backslash at
/// the end.
fn escaped(name: &OsStr) -> Option<Vec<u8>> {
    let bytes = name.as_bytes();
    let cannot = |byte: &u8| byte.is_ascii_control() || b"=;|".contains(byte);
    if bytes.iter().any(cannot) || bytes.ends_with(b"\\") {
        return None;
    }
    let mut text = Vec::with_capacity(bytes.len() + 8);
    if bytes.starts_with(b"~") {
        text.extend_from_slice(b"./");
    }
    let mut backslashes = 0;
    for &byte in bytes {
        match byte {
            b' ' | b'#' | b':' | b'*' | b'?' | b'[' => {
                text.extend(std::iter::repeat_n(b'\\', backslashes + 1));
            }
            b'$' => text.push(b'$'),
            _ => {}
        }
        text.push(byte);
        backslashes = match byte {
            b'\\' => backslashes + 1,
            _ => 0,
        };
    }
    Some(text)
}

fn unwritable(name: &OsStr) -> Diagnostic {
    let place = Place::File(name.to_string_lossy().into());
    Diagnostic::error(
        &L0018,
        place,
        "make has no way to write this name in a rule",
    )
    .with_help("rename the file, or leave --dependency-file out")
}
