//! Diagnostics as JSON: one object a line, schema `vbc-diagnostic/1`.
//!
//! The fields are specified in `docs/cli.md` and `docs/schema/vbc-diagnostic-1.schema.json`.
//! Text is left as it is: JSON itself escapes control characters, and whoever
//! shows a name to a person escapes the others.

use serde::Serialize;

use vbc_core::diag::{Diagnostic, Place, Severity};

/// Name and version of the form of a diagnostic.
pub const SCHEMA: &str = "vbc-diagnostic/1";
/// Name and version of the line that ends a list cut short by `--error-limit`.
pub const SUMMARY_SCHEMA: &str = "vbc-diagnostic-summary/1";
/// Name and version of the form of everything else that a tool reports.
pub const MESSAGE_SCHEMA: &str = "vbc-message/1";

#[derive(Serialize)]
struct Record<'a> {
    schema: &'static str,
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<NoteRecord<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Serialize)]
struct NoteRecord<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<PlaceRecord<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum PlaceRecord<'a> {
    File {
        file: &'a str,
    },
    Text {
        file: &'a str,
        line: u32,
        column: u32,
        length: u32,
        source: &'a str,
    },
    Binary {
        file: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        offset: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        section: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        function: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        instruction: Option<u32>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        source: Option<SourceRecord<'a>>,
    },
}

#[derive(Serialize)]
struct SourceRecord<'a> {
    file: &'a str,
    line: u32,
}

/// What a tool reports that is not a diagnostic.
#[derive(Serialize)]
struct Message<'a, T> {
    schema: &'static str,
    tool: &'a str,
    message: &'a str,
    #[serde(flatten)]
    more: T,
}

#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    errors: usize,
    warnings: usize,
    omitted: usize,
}

/// Each line of what a tool reports, as an object on a line of its own.
pub(super) fn message_lines(tool: &str, text: &str) -> String {
    #[derive(Serialize)]
    struct Nothing {}
    let lines = text.lines();
    lines
        .map(|message| message_line(tool, message, &Nothing {}))
        .collect()
}

/// What the tool called `tool` reports, as one line of JSON with its line end; `more` has the fields that only some
/// messages have.
pub fn message_line(tool: &str, message: &str, more: &impl Serialize) -> String {
    json_line(&Message {
        schema: MESSAGE_SCHEMA,
        tool,
        message,
        more,
    })
}

impl<'a> PlaceRecord<'a> {
    fn new(place: &'a Place) -> Option<Self> {
        match place {
            Place::Nowhere => None,
            Place::File(file) => Some(PlaceRecord::File { file }),
            Place::Text(text) => Some(PlaceRecord::Text {
                file: &text.file,
                line: text.line,
                column: text.column,
                length: text.length,
                source: &text.source,
            }),
            Place::Binary(binary) => Some(PlaceRecord::Binary {
                file: &binary.file,
                offset: binary.offset,
                section: binary
                    .section
                    .map(|tag| String::from_utf8_lossy(&tag).into_owned()),
                function: binary.function.as_deref(),
                instruction: binary.instruction,
                text: binary.text.as_deref(),
                source: binary
                    .source
                    .as_ref()
                    .map(|(file, line)| SourceRecord { file, line: *line }),
            }),
        }
    }
}

/// A diagnostic as one line of JSON, with its line end.
pub fn diagnostic_line(diagnostic: &Diagnostic) -> String {
    let notes = diagnostic.notes.iter();
    json_line(&Record {
        schema: SCHEMA,
        code: diagnostic.code.id,
        severity: match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        },
        message: &diagnostic.message,
        place: PlaceRecord::new(&diagnostic.place),
        label: diagnostic.label.as_deref(),
        notes: notes
            .map(|note| NoteRecord {
                message: &note.message,
                place: PlaceRecord::new(&note.place),
            })
            .collect(),
        help: diagnostic.help.as_deref(),
    })
}

/// The line that states how much `--error-limit` left out, with its line end.
pub fn summary_line(errors: usize, warnings: usize, omitted: usize) -> String {
    json_line(&Summary {
        schema: SUMMARY_SCHEMA,
        errors,
        warnings,
        omitted,
    })
}

fn json_line(record: &impl Serialize) -> String {
    // Fails only for maps with other keys than strings, and there are no maps here.
    let mut line = serde_json::to_string(record).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use vbc_core::diag::codes::cli::C0001;
    use vbc_core::diag::{BinaryPlace, TextPlace};

    #[test]
    fn text_place() {
        let place = Place::Text(TextPlace {
            file: "a\u{1b}.vitasm".into(),
            line: 7,
            column: 15,
            length: 2,
            source: "\tADD".into(),
        });
        let diagnostic = Diagnostic::error(&C0001, place, "wrong \"type\"")
            .with_label("l")
            .with_note("n", Place::File("b".into()))
            .with_note("o", Place::Nowhere)
            .with_help("h");
        assert_eq!(
            diagnostic_line(&diagnostic),
            concat!(
                r#"{"schema":"vbc-diagnostic/1","code":"C0001","severity":"error","message":"wrong \"type\"","#,
                r#""place":{"kind":"text","file":"a\u001b.vitasm","line":7,"column":15,"length":2,"source":"\tADD"},"#,
                r#""label":"l","notes":[{"message":"n","place":{"kind":"file","file":"b"}},{"message":"o"}],"help":"h"}"#,
                "\n"
            )
        );
    }

    #[test]
    fn absent_parts_are_left_out() {
        let place = BinaryPlace {
            file: "m".into(),
            section: Some(*b"CODE"),
            offset: Some(8),
            ..Default::default()
        };
        let diagnostic = Diagnostic::error(&C0001, Place::Binary(Box::new(place)), "m").warning();
        assert_eq!(
            diagnostic_line(&diagnostic),
            concat!(
                r#"{"schema":"vbc-diagnostic/1","code":"C0001","severity":"warning","message":"m","#,
                r#""place":{"kind":"binary","file":"m","offset":8,"section":"CODE"}}"#,
                "\n"
            )
        );
        assert_eq!(
            summary_line(33, 0, 13),
            "{\"schema\":\"vbc-diagnostic-summary/1\",\"errors\":33,\"warnings\":0,\"omitted\":13}\n"
        );
    }
}
