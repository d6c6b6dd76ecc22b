//! Telling binary from text by the first bytes.

use std::sync::Arc;

use super::codes::{V0001, V0024, V0025};
use super::header::MAGIC;
use crate::diag::{BinaryPlace, Code, Diagnostic, Place};

/// Bytes at the beginning of an input that tell whether it is text.
const LOOKED_AT: usize = 4096;
const WASM_MAGIC: [u8; 4] = *b"\0asm";

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It begins as every `.vitbc` file does. Everything else about it is still to be checked.
    Binary,
    /// Text, presumably `.vitasm`; not necessarily UTF-8 to its end.
    Text,
}

/// Whether `bytes` begin as every VITBC file does.
pub fn is_binary(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Tells the two forms of a module apart. `name` is the file's name for messages.
///
/// # Errors
///
/// An empty input (V0024), WebAssembly (V0025), and what has neither the magic nor the looks of
/// text (V0001).
pub fn kind(name: &Arc<str>, bytes: &[u8]) -> Result<Kind, Box<Diagnostic>> {
    let fail = |code: &'static Code, message: &str| {
        let place = BinaryPlace {
            file: name.clone(),
            offset: Some(0),
            ..BinaryPlace::default()
        };
        Diagnostic::error(code, Place::Binary(Box::new(place)), message)
    };
    if is_binary(bytes) {
        return Ok(Kind::Binary);
    }
    if bytes.is_empty() {
        return Err(fail(&V0024, "the file is empty").into());
    }
    if bytes.starts_with(&WASM_MAGIC) {
        return Err(fail(&V0025, "this is a WebAssembly module, not VITBC")
            .with_help("`vbc-lift` turns it into a .vitbc file")
            .into());
    }
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let text = match std::str::from_utf8(head) {
        Ok(_) => true,
        // A character that the end of the head cuts in two is no fault.
        Err(error) => error.error_len().is_none() && head.len() < bytes.len(),
    };
    if !text || head.contains(&0) {
        let message = "this is not a VITBC file, or its beginning is damaged";
        return Err(fail(&V0001, message).into());
    }
    Ok(Kind::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        let of = |bytes: &[u8]| kind(&"x".into(), bytes).map_err(|fault| fault.code.id);
        assert_eq!(of(b"VITBC\0\x03\0"), Ok(Kind::Binary));
        assert_eq!(of(b"MAIN\nEND\n"), Ok(Kind::Text));
        assert_eq!(of(b""), Err("V0024"));
        assert_eq!(of(b"\0asm\x01\0\0\0"), Err("V0025"));
        assert_eq!(of(b"\x7fELF\x02\x01\x01\0"), Err("V0001"));
        assert_eq!(of(b"VJTBC\0\x03\0"), Err("V0001"));
        assert_eq!(of(b"MAIN \xff"), Err("V0001"));
        assert_eq!(
            of(b"MAIN \xe8\xaa"),
            Err("V0001"),
            "cut at the end of the file"
        );
        let mut long = vec![b' '; LOOKED_AT - 1];
        long.extend("語".as_bytes());
        assert_eq!(
            of(&long),
            Ok(Kind::Text),
            "cut at the end of what is looked at"
        );
    }
}
