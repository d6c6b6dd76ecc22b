//! Response files: `@FILE` on a command line stands for the words in a file.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;
use std::sync::Arc;

use super::input::unreadable;
use vbc_core::diag::codes::cli::C0013;
use vbc_core::diag::{Diagnostic, Errors, Place};

/// Response files may name response files, nested this deep.
const DEPTH: usize = 16;

/// All files together may have at most this many bytes; one that is named twice counts twice.
const MOST_BYTES: usize = 64 << 20;

/// And at most this many words.
const MOST_WORDS: usize = 1 << 20;

/// What UTF-8 may begin with.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";

/// What UTF-16 begins with, and UTF-32 with the lowest byte first.
const UTF16_MARKS: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Replaces each word `@FILE` by the words in the file, those of files named in it included.
///
/// Words are separated by white space. Quotes of either kind join what is between them, a
/// backslash takes the next character as it is.
///
/// # Errors
///
/// `C0001` to `C0003` for a file that cannot be read, `C0013` for one that is not understood.
pub(super) fn expand(arguments: Vec<OsString>) -> Result<Vec<OsString>, Errors> {
    let mut expansion = Expansion {
        bytes: MOST_BYTES,
        words: MOST_WORDS,
        expanded: Vec::new(),
    };
    for (number, word) in arguments.into_iter().enumerate() {
        match number {
            0 => expansion.expanded.push(word),
            _ => expansion.add(word, 0)?,
        }
    }
    Ok(expansion.expanded)
}

struct Expansion {
    /// How many bytes the files that are still to be read may have.
    bytes: usize,
    /// How many words may be in them.
    words: usize,
    expanded: Vec<OsString>,
}

impl Expansion {
    fn add(&mut self, word: OsString, depth: usize) -> Result<(), Errors> {
        let Some(path) = word.as_bytes().strip_prefix(b"@").filter(|p| !p.is_empty()) else {
            self.expanded.push(word);
            return Ok(());
        };
        let path = Path::new(std::ffi::OsStr::from_bytes(path));
        let name: Arc<str> = Arc::from(path.to_string_lossy());
        let fault = |message: &str| Diagnostic::error(&C0013, Place::File(name.clone()), message);
        if depth == DEPTH {
            return Err(fault("response files name each other more than 16 deep").into());
        }
        let text = read(path, self.bytes).map_err(|error| unreadable(&name, &error))?;
        let text = text.ok_or_else(|| fault("the response files have more than 64 MiB"))?;
        self.bytes -= text.len();
        if UTF16_MARKS.iter().any(|mark| text.starts_with(mark)) {
            let error = fault("the response file is UTF-16, not UTF-8");
            return Err(error.with_help("save it as UTF-8").into());
        }
        let text = text.strip_prefix(UTF8_MARK).unwrap_or(&text);
        if text.contains(&0) {
            return Err(fault("the response file is no text: it holds a zero byte").into());
        }
        let words = words(text, self.words).map_err(fault)?;
        self.words -= words.len();
        for word in words {
            self.add(OsString::from_vec(word), depth + 1)?;
        }
        Ok(())
    }
}

/// The bytes of a file; none when they are more than `most`, of which no more are read then.
fn read(path: &Path, most: usize) -> std::io::Result<Option<Vec<u8>>> {
    let file = File::open(path)?;
    if file.metadata()?.len() > most as u64 {
        return Ok(None);
    }
    let mut text = Vec::new();
    file.take(most as u64 + 1).read_to_end(&mut text)?;
    Ok((text.len() <= most).then_some(text))
}

/// The words of a text, which are at most `most`.
fn words(text: &[u8], most: usize) -> Result<Vec<Vec<u8>>, &'static str> {
    const OPEN: &str = "a quote is not closed";
    let mut words = Vec::new();
    let mut word: Option<Vec<u8>> = None;
    let mut quote = None;
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        match (byte, quote) {
            (b'\\', _) => {
                let next = bytes.next().ok_or(OPEN)?;
                word.get_or_insert_default().push(next);
            }
            (_, Some(open)) if byte == open => quote = None,
            (b'"' | b'\'', None) => {
                quote = Some(byte);
                word.get_or_insert_default();
            }
            (_, None) if byte.is_ascii_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(byte),
        }
        if words.len() > most {
            break;
        }
    }
    words.extend(word);
    match quote {
        _ if words.len() > most => Err("the response files have more than 1,048,576 words"),
        Some(_) => Err(OPEN),
        None => Ok(words),
    }
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

    fn split(text: &[u8], most: usize) -> Result<Vec<String>, &'static str> {
        let words = words(text, most)?.into_iter();
        Ok(words
            .map(|word| String::from_utf8_lossy(&word).into_owned())
            .collect())
    }

    #[test]
    fn words_are_split_as_a_shell_would() {
        let text = b"a  'b c'\n\"d\\\"e\"f \\ g '' \t";
        let expected = ["a", "b c", "d\"ef", " g", ""].map(str::to_owned);
        assert_eq!(split(text, 5), Ok(expected.to_vec()));
        assert_eq!(split(b"'a", 1), Err("a quote is not closed"));
        assert_eq!(split(b"a \\", 1), Err("a quote is not closed"));
        let many = "the response files have more than 1,048,576 words";
        assert_eq!(split(text, 4), Err(many));
        assert_eq!(split(b"a b", 1), Err(many));
        for word in ["plain/word.x", "two words", "quote\"s\\", ""] {
            assert_eq!(split(quoted(word).as_bytes(), 1), Ok(vec![word.to_owned()]));
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

    #[test]
    fn no_more_is_read_than_may_be() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "four").unwrap();
        assert_eq!(read(&path, 4).unwrap(), Some(b"four".to_vec()));
        assert_eq!(read(&path, 3).unwrap(), None);
        // Its size is 0, and it has no end.
        assert_eq!(read(Path::new("/dev/zero"), 1 << 16).unwrap(), None);
        // Five files that name the next one many times would be a thousand million words.
        let name = |number: u32| folder.path().join(number.to_string());
        std::fs::write(name(5), "x ".repeat(1000)).unwrap();
        for number in 0..5 {
            let next = format!("@{} ", name(number + 1).display());
            std::fs::write(name(number), next.repeat(1000)).unwrap();
        }
        let first = format!("@{}", name(0).display());
        let error = expand(vec!["tool".into(), first.into()]).unwrap_err();
        assert_eq!(error.0[0].code.id, "C0013");
    }
}
