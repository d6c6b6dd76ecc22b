//! WebAssembly's text form.

use std::path::Path;
use std::sync::Arc;

use wast::Wat;
use wast::core::{EncodeOptions, GenerateDwarf};
use wast::parser::{ParseBuffer, parse};

use vbc_core::diag::codes::lift::{W0001, W0005, W0009};
use vbc_core::diag::{Diagnostic, Errors, Place, TextPlace};

/// A text with a line longer than this, in bytes, carries no lines over.
const LONGEST_LINE: usize = 1 << 14;

/// The binary form of a text, with the lines of the text as debug information; none when `bytes`
/// are not a text.
///
/// # Errors
///
/// What is wrong with the text.
pub(super) fn assemble(name: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, Errors> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Ok(None);
    };
    if text.is_empty() || text.contains('\0') {
        return Ok(None);
    }
    if !text.trim_start().starts_with(['(', ';']) {
        let place = Place::File(Arc::from(name));
        let message = "this is neither WebAssembly nor its text form";
        return Err(Diagnostic::error(&W0001, place, message).into());
    }
    if text.trim_start().starts_with("(component") {
        let place = Place::File(Arc::from(name));
        let message = "this is a component, not a plain WebAssembly module";
        return Err(Diagnostic::error(&W0005, place, message).into());
    }
    let binary = encode(name, text).map_err(|error| at(name, text, &error))?;
    Ok(Some(binary))
}

fn encode(name: &str, text: &str) -> Result<Vec<u8>, wast::Error> {
    let mut buffer = ParseBuffer::new(text)?;
    buffer.track_instr_spans(true);
    let mut wat: Wat<'_> = parse(&buffer)?;
    let mut options = EncodeOptions::new();
    // Places in a line are found by searching from its beginning.
    if text.lines().all(|line| line.len() <= LONGEST_LINE) {
        options.dwarf(Path::new(name), text, GenerateDwarf::Lines);
    }
    options.encode_wat(&mut wat)
}

fn at(name: &str, text: &str, error: &wast::Error) -> Diagnostic {
    let (line, column) = error.span().linecol_in(text);
    let source = text.lines().nth(line).unwrap_or_default();
    let before = source.get(..column).unwrap_or_default();
    let place = TextPlace {
        file: Arc::from(name),
        line: line as u32 + 1,
        column: before.chars().count() as u32 + 1,
        length: 1,
        source: Arc::from(source),
    };
    Diagnostic::error(&W0009, Place::Text(place), error.message())
}
