//! Response files: `@FILE` on a command line stands for the words in a file.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::sync::Arc;

use super::codes::C0013;
use super::input::unreadable;
use crate::diag::{Diagnostic, Errors, Place};

/// Response files may name response files, so deep.
const DEPTH: usize = 16;

/// All words of all files together may have so many bytes.
const MOST: usize = 64 << 20;

/// Replaces each word `@FILE` by the words in the file, those of files named in it included.
///
/// Words are separated by white space. Quotes of either kind join what is between them, a
/// backslash takes the next character as it is.
///
/// # Errors
///
/// `C0001` to `C0003` for a file that cannot be read, `C0013` for one that is not understood.
pub(super) fn expand(arguments: Vec<OsString>) -> Result<Vec<OsString>, Errors> {
    let mut expanded = Vec::new();
    let mut left = MOST;
    for (number, word) in arguments.into_iter().enumerate() {
        match number {
            0 => expanded.push(word),
            _ => add(word, 0, &mut left, &mut expanded)?,
        }
    }
    Ok(expanded)
}

fn add(
    word: OsString,
    depth: usize,
    left: &mut usize,
    expanded: &mut Vec<OsString>,
) -> Result<(), Errors> {
    let Some(path) = word.as_bytes().strip_prefix(b"@").filter(|p| !p.is_empty()) else {
        expanded.push(word);
        return Ok(());
    };
    let path = Path::new(std::ffi::OsStr::from_bytes(path));
    let name: Arc<str> = Arc::from(path.to_string_lossy());
    let fault = |message: &str| {
        Errors::from(Diagnostic::error(
            &C0013,
            Place::File(name.clone()),
            message,
        ))
    };
    if depth == DEPTH {
        return Err(fault("response files name each other more than 16 deep"));
    }
    let text = std::fs::read(path).map_err(|error| unreadable(&name, &error))?;
    *left = left
        .checked_sub(text.len())
        .ok_or_else(|| fault("the response files have more than 64 MiB"))?;
    let words = words(&text).ok_or_else(|| fault("a quote is not closed"))?;
    for word in words {
        add(OsString::from_vec(word), depth + 1, left, expanded)?;
    }
    Ok(())
}

/// The words of a text; none when a quote is not closed.
fn words(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b'\\', _) => word.get_or_insert_default().push(bytes.next()?),
            (_, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (_, None) if byte.is_ascii_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// A word as it is written in a response file.
pub fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut text = String::from("\"");
    for c in word.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(words: Option<Vec<Vec<u8>>>) -> Option<Vec<String>> {
        let words = words?.into_iter();
        Some(
            words
                .map(|word| String::from_utf8_lossy(&word).into_owned())
                .collect(),
        )
    }

    #[test]
    fn words_are_split_as_a_shell_would() {
        let split = text(words(b"a  'b c'\n\"d\\\"e\"f \\ g '' \t"));
        let expected = ["a", "b c", "d\"ef", " g", ""].map(str::to_owned);
        assert_eq!(split, Some(expected.to_vec()));
        assert_eq!(words(b"'a"), None);
        assert_eq!(words(b"a \\"), None);
        for word in ["plain/word.x", "two words", "quote\"s\\", ""] {
            assert_eq!(
                text(words(quoted(word).as_bytes())),
                Some(vec![word.to_owned()])
            );
        }
    }

    #[test]
    fn files_may_name_files_but_not_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
        std::fs::write(path("inner"), "x y").unwrap();
        std::fs::write(path("outer"), format!("-a @{} z", path("inner"))).unwrap();
        std::fs::write(path("circle"), format!("@{}", path("circle"))).unwrap();
        let expanded = |name: &str| {
            expand(vec!["tool".into(), format!("@{}", path(name)).into()]).map(|words| {
                let words = words.into_iter();
                let words = words.map(|word| word.to_string_lossy().into_owned());
                words.collect::<Vec<String>>()
            })
        };
        assert_eq!(expanded("outer").unwrap(), ["tool", "-a", "x", "y", "z"]);
        assert_eq!(expanded("circle").unwrap_err().0[0].code.id, "C0013");
        assert_eq!(expanded("missing").unwrap_err().0[0].code.id, "C0001");
    }
}
