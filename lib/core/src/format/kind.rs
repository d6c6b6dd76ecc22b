//! Telling binary from text by the first bytes.

use std::sync::Arc;

use super::header::MAGIC;
use crate::diag::codes::format::{V0001, V0024, V0025};
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
    if let Some((what, help)) = recognised(bytes) {
        let message = format!("this is {what}, not VITBC");
        return Err(fail(&V0001, &message).with_help(help).into());
    }
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    let broken = match std::str::from_utf8(head) {
        Ok(_) => None,
        // A character that the end of the head cuts in two is not a fault.
        Err(error) if error.error_len().is_none() && head.len() < bytes.len() => None,
        Err(error) => Some(error.valid_up_to()),
    };
    if head.contains(&0) {
        let message = "this is not a VITBC file, or its beginning is damaged";
        return Err(fail(&V0001, message).into());
    }
    if let Some(at) = broken {
        return Err(not_utf8(name, bytes, at).into());
    }
    if begins_like_wat(head) {
        let message = "this is the text form of WebAssembly, not VITBC";
        return Err(fail(&V0025, message)
            .with_help("`vbc-lift` turns it into a .vitbc file")
            .into());
    }
    Ok(Kind::Text)
}

/// Files of other kinds that people give to the tools: how they begin, what they are, what to do.
const OTHERS: &[(&[u8], &str, &str)] = &[
    (b"!<arch>\n", "an archive", ARCHIVE),
    (b"!<thin>\n", "a thin archive", ARCHIVE),
    (b"\x7fELF", "an object or executable of the system", OBJECT),
    (
        b"\xcf\xfa\xed\xfe",
        "an object or executable of the system",
        OBJECT,
    ),
    (b"MZ\x90\0", "an executable of the system", OBJECT),
    (
        b"\x1f\x8b",
        "a file compressed with gzip",
        "decompress it first: `gzip -dc FILE`",
    ),
    (
        b"\xfd7zXZ\0",
        "a file compressed with xz",
        "decompress it first: `xz -dc FILE`",
    ),
    (
        b"BZh",
        "a file compressed with bzip2",
        "decompress it first: `bzip2 -dc FILE`",
    ),
    (
        b"\x04\x22\x4d\x18",
        "a file compressed with lz4",
        "decompress it first: `lz4 -dc FILE`",
    ),
    (
        b"\x28\xb5\x2f\xfd",
        "a file compressed with zstd, inside another",
        "decompress it first: `zstd -dc FILE`",
    ),
    (b"PK\x03\x04", "a zip archive", "unpack it first"),
    (b"\xff\xfe", "text in UTF-16", UTF16),
    (b"\xfe\xff", "text in UTF-16", UTF16),
];

const ARCHIVE: &str = "`vbc-link` reads archives; `ar x FILE` takes the modules out of one";
const OBJECT: &str =
    "`vbc-link --exe` makes executables of such objects, which `vbc-aot` compiles from modules";
const UTF16: &str = "text is UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`";

/// What the file is according to its first bytes, and what to do with it.
fn recognised(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let found = OTHERS.iter().find(|(magic, ..)| bytes.starts_with(magic));
    // `BZh` may begin a line of text.
    let (_, what, help) = found.filter(|row| row.0 != b"BZh" || bytes.contains(&0))?;
    Some((what, help))
}

/// The error that the bytes are text except for one, which is shown.
fn not_utf8(name: &Arc<str>, bytes: &[u8], at: usize) -> Diagnostic {
    let place = BinaryPlace {
        file: name.clone(),
        offset: Some(at as u64),
        ..BinaryPlace::default()
    };
    let control = |byte: &u8| byte.is_ascii_control() && !b"\t\n\r\x0c\x1b".contains(byte);
    let head = &bytes[..bytes.len().min(LOOKED_AT)];
    if head.iter().any(control) {
        let message = "this is not a VITBC file, or its beginning is damaged";
        let place = BinaryPlace {
            offset: Some(0),
            ..place
        };
        return Diagnostic::error(&V0001, Place::Binary(Box::new(place)), message);
    }
    let line = bytes[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
    let message = format!(
        "this is neither a VITBC file nor UTF-8 text: byte {:#04x} in line {line} belongs to no character",
        bytes[at]
    );
    Diagnostic::error(&V0001, Place::Binary(Box::new(place)), message)
        .with_help("save the text as UTF-8; of other bytes, strings of data hold `\\xHH`")
}

/// Whether the first thing in a text, comments aside, is a parenthesis: no statement of `.vitasm`
/// begins with one.
fn begins_like_wat(head: &[u8]) -> bool {
    let mut lines = head.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with(b";"));
    first.is_some_and(|line| line.starts_with(b"("))
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
        assert_eq!(of(b"(module)\n"), Err("V0025"));
        assert_eq!(of(b"\n ;; a module\n (module\n"), Err("V0025"));
        assert_eq!(of(b"BZh = 1\n"), Ok(Kind::Text));
        let mut long = vec![b' '; LOOKED_AT - 1];
        long.extend("語".as_bytes());
        assert_eq!(
            of(&long),
            Ok(Kind::Text),
            "cut at the end of what is looked at"
        );
    }
}
