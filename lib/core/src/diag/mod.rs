//! Diagnostics: what went wrong, where, under which stable code.
//!
//! Every error that a user can cause is a [`Diagnostic`] with a [`Code`] that is
//! documented in `docs/diagnostics.md` and explained by `--explain`. How one is
//! laid out on a terminal or as JSON is the business of the command line.

pub mod codes;
mod escape;
pub mod suggest;

use std::fmt;
use std::sync::Arc;

pub(crate) use codes::codes;
pub use codes::{ALL, Code, find};
pub use escape::{escape, is_hidden, push_escaped};

/// How much a diagnostic weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The input is refused.
    Error,
    /// The input is accepted; the user should know something.
    Warning,
}

/// A span in a text file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TextPlace {
    /// The file's name as the user gave it, `<stdin>` for standard input.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column of the first character, from 1, counted in characters.
    pub column: u32,
    /// Length of the span in characters, at least 1.
    pub length: u32,
    /// The whole source line, without its line end.
    pub source: Arc<str>,
}

/// A place in a binary file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BinaryPlace {
    /// The file's name as the user gave it, `<stdin>` for standard input.
    pub file: Arc<str>,
    /// Offset from the start of the file in bytes.
    pub offset: Option<u64>,
    /// Tag of the section, four characters.
    pub section: Option<[u8; 4]>,
    /// Name of the function (a symbol, a debug name or `#index`).
    pub function: Option<String>,
    /// Number of the instruction in its function, from 0.
    pub instruction: Option<u32>,
    /// The instruction's text.
    pub text: Option<String>,
    /// Source file and line (from 1) where the line table knows them.
    pub source: Option<(String, u32)>,
}

/// Where a diagnostic points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Place {
    /// Nowhere in particular: a flag, the whole run.
    #[default]
    Nowhere,
    /// A file as a whole, by name.
    File(Arc<str>),
    /// A span of a text file.
    Text(TextPlace),
    /// A place in a binary file.
    Binary(Box<BinaryPlace>),
}

/// A further place that belongs to a diagnostic, such as a first definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Note {
    /// What is to be seen there.
    pub message: String,
    /// Where.
    pub place: Place,
}

/// One finding, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic {
    /// The stable code.
    pub code: &'static Code,
    /// Error or warning.
    pub severity: Severity,
    /// One sentence without a final full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// The text beside the caret.
    pub label: Option<String>,
    /// Further places.
    pub notes: Vec<Note>,
    /// What the user can do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// An error at `place`.
    pub fn error(code: &'static Code, place: Place, message: impl Into<String>) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            place,
            label: None,
            notes: Vec::new(),
            help: None,
        }
    }

    /// The same diagnostic as a warning.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Puts words beside the caret.
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Adds a further place.
    pub fn with_note(mut self, message: impl Into<String>, place: Place) -> Self {
        self.notes.push(Note {
            message: message.into(),
            place,
        });
        self
    }

    /// Tells what the user can do.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    /// One line: code and message. The command line has the full form.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, "{word}[{}]: {}", self.code.id, self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// One or more errors, in the order of their places.
///
/// The error type of everything in this crate that can find more than one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Errors(pub Vec<Diagnostic>);

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, diagnostic) in self.0.iter().enumerate() {
            if i > 0 {
                writeln!(f)?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Errors {}

impl From<Diagnostic> for Errors {
    fn from(diagnostic: Diagnostic) -> Self {
        Errors(vec![diagnostic])
    }
}

/// A number with its noun, which agree: `1 byte`, `2 bytes`. The noun takes an `s`.
pub fn counted(number: u64, noun: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{s}")
}

/// The system's reason for an error, without its number: `No space left on device`.
pub fn system_reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match error
        .raw_os_error()
        .and_then(|code| text.strip_suffix(&format!(" (os error {code})")))
    {
        Some(text) => text.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use super::{counted, system_reason};

    #[test]
    fn numbers_agree_with_their_nouns() {
        let words = [0, 1, 2].map(|number| counted(number, "byte"));
        assert_eq!(words, ["0 bytes", "1 byte", "2 bytes"]);
    }

    #[test]
    fn reasons_are_the_systems_own() {
        let full = Error::from_raw_os_error(28);
        assert_eq!(system_reason(&full), "No space left on device");
        let other = Error::other("x (os error 28)");
        assert_eq!(system_reason(&other), "x (os error 28)");
    }
}
