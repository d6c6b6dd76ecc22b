//! Errors of a text, collected by place and turned into diagnostics at the end.

use std::sync::Arc;

use super::Span;
use crate::diag::suggest::Suggester;
use crate::diag::{Code, Diagnostic, Errors, Note, Place, Severity, TextPlace};

/// Beyond this number errors are not collected any more.
const MOST: usize = 100_000;

/// An error at a place of the text.
#[derive(Clone, Debug)]
pub struct TextError {
    /// The code.
    pub code: &'static Code,
    /// Where.
    pub span: Span,
    /// One sentence.
    pub message: String,
    /// The text beside the caret.
    pub label: Option<String>,
    /// Where the register that the label names was defined.
    pub declared: Option<Span>,
    /// What the user can do.
    pub help: Option<String>,
    /// Further places.
    pub notes: Vec<(String, Span)>,
}

/// The errors of one text.
#[derive(Debug, Default)]
pub struct Report {
    errors: Vec<TextError>,
    /// Looks for what was meant.
    pub suggest: Suggester,
}

impl Report {
    /// Adds an error, to which the rest can be added.
    pub fn error(
        &mut self,
        code: &'static Code,
        span: Span,
        message: impl Into<String>,
    ) -> ErrorAt<'_> {
        let error = TextError {
            code,
            span,
            message: message.into(),
            label: None,
            declared: None,
            help: None,
            notes: Vec::new(),
        };
        if self.errors.len() < MOST {
            self.errors.push(error);
            ErrorAt(self.errors.last_mut())
        } else {
            ErrorAt(None)
        }
    }

    /// The number of errors.
    pub fn count(&self) -> usize {
        self.errors.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// The diagnostics in text order.
    pub fn into_errors(mut self, text: &str, file: &str) -> Errors {
        self.errors.sort_by_key(|error| error.span.start);
        let mut spans: Vec<Span> = Vec::new();
        for error in &self.errors {
            spans.push(error.span);
            spans.extend(error.declared);
            spans.extend(error.notes.iter().map(|(_, span)| *span));
        }
        let places = Places::new(text, file, &mut spans);
        let diagnostics = self.errors.into_iter().map(|error| Diagnostic {
            code: error.code,
            severity: Severity::Error,
            message: error.message,
            place: places.of(error.span),
            label: places.label(error.label, error.declared),
            notes: error
                .notes
                .into_iter()
                .map(|(message, span)| Note {
                    message,
                    place: places.of(span),
                })
                .collect(),
            help: error.help,
        });
        Errors(diagnostics.collect())
    }
}

/// An error that was just added.
pub struct ErrorAt<'a>(Option<&'a mut TextError>);

impl ErrorAt<'_> {
    /// Puts words beside the caret.
    pub fn label(self, label: impl Into<String>) -> Self {
        if let ErrorAt(Some(error)) = self {
            error.label = Some(label.into());
            return ErrorAt(Some(error));
        }
        self
    }

    /// Adds to the label where what it names was defined.
    pub fn declared(self, span: Span) -> Self {
        if let ErrorAt(Some(error)) = self {
            error.declared = Some(span);
            return ErrorAt(Some(error));
        }
        self
    }

    /// Tells what the user can do.
    pub fn help(self, help: impl Into<String>) -> Self {
        if let ErrorAt(Some(error)) = self {
            error.help = Some(help.into());
            return ErrorAt(Some(error));
        }
        self
    }

    /// Adds help, if there is some.
    pub fn maybe_help(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// Points at a further place.
    pub fn note(self, message: impl Into<String>, span: Span) -> Self {
        if let ErrorAt(Some(error)) = self {
            error.notes.push((message.into(), span));
            return ErrorAt(Some(error));
        }
        self
    }
}

/// Lines and columns of spans, found in one pass over the text. Spans in one line share its text.
struct Places {
    file: Arc<str>,
    /// Sorted by span.
    places: Vec<(Span, u32, u32, u32, Arc<str>)>,
}

impl Places {
    fn new(text: &str, file: &str, spans: &mut Vec<Span>) -> Places {
        spans.sort();
        spans.dedup();
        let mut places = Vec::with_capacity(spans.len());
        let mut lines = LineWalk::new(text);
        for &span in spans.iter() {
            let (line, column, source) = lines.advance(span.start as usize);
            let length = span.of(text).lines().next().unwrap_or_default();
            let length = length.chars().count().max(1) as u32;
            places.push((span, line, column, length, source));
        }
        Places {
            file: file.into(),
            places,
        }
    }

    fn label(&self, label: Option<String>, declared: Option<Span>) -> Option<String> {
        let line = declared.and_then(|span| match self.of(span) {
            Place::Text(place) => Some(place.line),
            Place::Nowhere | Place::File(_) | Place::Binary(_) => None,
        });
        match (label, line) {
            (Some(label), Some(line)) => Some(format!("{label} (declared at line {line})")),
            (label, _) => label,
        }
    }

    fn of(&self, span: Span) -> Place {
        let found = self.places.binary_search_by_key(&span, |place| place.0);
        let Some((_, line, column, length, source)) = found.ok().and_then(|at| self.places.get(at))
        else {
            return Place::File(self.file.clone());
        };
        Place::Text(TextPlace {
            file: self.file.clone(),
            line: *line,
            column: *column,
            length: *length,
            source: source.clone(),
        })
    }
}

/// Goes through a text once, counting lines and the characters of a line.
struct LineWalk<'a> {
    text: &'a str,
    line: u32,
    start: usize,
    at: usize,
    column: u32,
    source: Option<Arc<str>>,
}

impl<'a> LineWalk<'a> {
    fn new(text: &'a str) -> Self {
        LineWalk {
            text,
            line: 1,
            start: 0,
            at: 0,
            column: 1,
            source: None,
        }
    }

    /// Line, column and text of the line at byte `to`, which is not before the last one asked for.
    fn advance(&mut self, to: usize) -> (u32, u32, Arc<str>) {
        let to = to.min(self.text.len());
        let bytes = self.text.as_bytes();
        while self.at < to {
            if bytes[self.at] == b'\n' {
                self.line += 1;
                self.start = self.at + 1;
                self.column = 1;
                self.source = None;
            } else if !matches!(bytes.get(self.at + 1), Some(0x80..=0xbf)) {
                // The last byte of a character.
                self.column += 1;
            }
            self.at += 1;
        }
        let source = self.source.get_or_insert_with(|| {
            let rest = &self.text[self.start..];
            let line = rest.split('\n').next().unwrap_or_default();
            line.strip_suffix('\r').unwrap_or(line).into()
        });
        (self.line, self.column, source.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let text = "é = ü\r\nsecond\n";
        let mut walk = LineWalk::new(text);
        let (line, column, source) = walk.advance(5);
        assert_eq!((line, column, &*source), (1, 5, "é = ü"));
        let (line, column, source) = walk.advance(9);
        assert_eq!((line, column, &*source), (2, 1, "second"));
        let (line, column, source) = walk.advance(100);
        assert_eq!((line, column, &*source), (3, 1, ""));
    }
}
