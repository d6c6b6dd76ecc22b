//! Diagnostics as people read them.
//!
//! The form is fixed in `docs/cli.md`. All text that may come from a file is
//! escaped here, once, so that no caller has to remember it.

use std::fmt::Write;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::color::{Palette, Style};
use vbc_core::diag::{BinaryPlace, Diagnostic, Place, Severity, TextPlace};
use vbc_core::diag::{escape, is_hidden, push_escaped};

/// Spaces that a tab of a source line becomes.
const TAB: &str = "    ";
/// Columns of a source line that are shown at most.
const WINDOW: usize = 160;
/// Columns before the caret that stay visible when a line is cut.
const LEAD: usize = 60;
/// Characters of a message that are shown at most: names in it may have 100,000.
const MESSAGE: usize = 2000;
/// Marks the cut ends of a line.
const CUT: &str = "...";

/// Lays a diagnostic out for a terminal or a log, with a line end after each line.
pub fn render(diagnostic: &Diagnostic, palette: Palette) -> String {
    let (word, style) = match diagnostic.severity {
        Severity::Error => ("error", Style::Error),
        Severity::Warning => ("warning", Style::Warning),
    };
    let mut out = String::new();
    let head = format!("{word}[{}]", diagnostic.code.id);
    let message = format!(": {}", words(&diagnostic.message, MESSAGE));
    line(
        &mut out,
        format_args!(
            "{}{}",
            palette.paint(style, head),
            palette.paint(Style::Strong, message)
        ),
    );

    let places = || {
        std::iter::once(&diagnostic.place).chain(diagnostic.notes.iter().map(|note| &note.place))
    };
    let margin = Margin {
        width: places().map(number_width).max().unwrap_or(1),
        palette,
    };
    margin.place(
        &mut out,
        &diagnostic.place,
        diagnostic.label.as_deref(),
        style,
    );
    for note in &diagnostic.notes {
        match &note.place {
            Place::Nowhere => margin.remark(&mut out, "note", &note.message),
            place @ (Place::File(_) | Place::Text(_) | Place::Binary(_)) => {
                let message = format!(": {}", words(&note.message, MESSAGE));
                line(
                    &mut out,
                    format_args!(
                        "{}{}",
                        palette.paint(Style::Note, "note"),
                        palette.paint(Style::Strong, message)
                    ),
                );
                margin.place(&mut out, place, None, Style::Note);
            }
        }
    }
    if let Some(help) = &diagnostic.help {
        margin.remark(&mut out, "help", help);
    }
    out
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing into a string cannot fail.
    let _ = out.write_fmt(text);
    out.push('\n');
}

/// Digits of the number in the margin beside a place.
fn number_width(place: &Place) -> usize {
    let number = match place {
        Place::Text(text) => text.line,
        Place::Binary(binary) if binary.text.is_some() => binary.instruction.unwrap_or(0),
        Place::Nowhere | Place::File(_) | Place::Binary(_) => 0,
    };
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

/// The left margin, as wide for every place of one diagnostic.
struct Margin {
    width: usize,
    palette: Palette,
}

impl Margin {
    fn place(&self, out: &mut String, place: &Place, label: Option<&str>, style: Style) {
        match place {
            Place::Nowhere => {}
            Place::File(file) => self.arrow(out, &escape(file)),
            Place::Text(text) => {
                self.arrow(
                    out,
                    &format!("{}:{}:{}", escape(&text.file), text.line, text.column),
                );
                let shown = Shown::new(text);
                let carets = "^".repeat(shown.carets);
                self.source(
                    out,
                    text.line,
                    &shown.line,
                    shown.indent,
                    &carets,
                    label,
                    style,
                );
                return;
            }
            Place::Binary(binary) => {
                self.arrow(out, &binary_address(binary));
                if let Some(text) = &binary.text {
                    let text = words(text, WINDOW);
                    let carets = match label {
                        Some(_) => "^".repeat(columns(&text).max(1)),
                        None => String::new(),
                    };
                    let number = binary.instruction.unwrap_or(0);
                    self.source(out, number, &text, 0, &carets, label, style);
                    self.source_remark(out, binary);
                    return;
                }
                self.source_remark(out, binary);
            }
        }
        if let Some(label) = label {
            self.remark(out, "note", label);
        }
    }

    fn source_remark(&self, out: &mut String, binary: &BinaryPlace) {
        if let Some((file, number)) = &binary.source {
            self.remark(out, "source", &format!("{file}:{number}"));
        }
    }

    fn arrow(&self, out: &mut String, address: &str) {
        let arrow = self.palette.paint(Style::Frame, "-->");
        line(
            out,
            format_args!("{:indent$}{arrow} {address}", "", indent = self.width + 1),
        );
    }

    /// The frame, the numbered line, and carets below it if there are any.
    #[expect(
        clippy::too_many_arguments,
        reason = "one line of the form, each argument one part of it"
    )]
    fn source(
        &self,
        out: &mut String,
        number: u32,
        text: &str,
        indent: usize,
        carets: &str,
        label: Option<&str>,
        style: Style,
    ) {
        let width = self.width;
        let bar = self.palette.paint(Style::Frame, "|");
        line(out, format_args!("{:width$}  {bar}", ""));
        let number = self.palette.paint(Style::Frame, format!("{number:width$}"));
        let text = text.trim_end();
        let gap = if text.is_empty() { "" } else { " " };
        line(out, format_args!(" {number} {bar}{gap}{text}"));
        if carets.is_empty() {
            return;
        }
        let mut marks = carets.to_owned();
        if let Some(label) = label {
            marks.push(' ');
            marks.push_str(&words(label, MESSAGE));
        }
        let marks = self.palette.paint(style, marks);
        line(
            out,
            format_args!("{:width$}  {bar} {:indent$}{marks}", "", ""),
        );
    }

    /// `= help: ...` and its like.
    fn remark(&self, out: &mut String, word: &str, text: &str) {
        let equals = self.palette.paint(Style::Frame, "=");
        let word = self.palette.paint(Style::Note, word);
        line(
            out,
            format_args!(
                "{:indent$}{equals} {word}: {}",
                "",
                words(text, MESSAGE),
                indent = self.width + 1
            ),
        );
    }
}

/// What is known of a place in a binary file, from the outside inwards.
fn binary_address(place: &BinaryPlace) -> String {
    let mut parts = Vec::new();
    if let Some(offset) = place.offset {
        parts.push(format!("offset {offset:#x}"));
    }
    if let Some(section) = place.section {
        parts.push(format!(
            "section {}",
            escape(&String::from_utf8_lossy(&section))
        ));
    }
    if let Some(function) = &place.function {
        parts.push(format!("function `{}`", words(function, WINDOW)));
    }
    if let Some(instruction) = place.instruction {
        parts.push(format!("instruction {instruction}"));
    }
    let file = escape(&place.file);
    if parts.is_empty() {
        file.into_owned()
    } else {
        format!("{file}: {}", parts.join(", "))
    }
}

/// Text that is harmless and not endless: at most `limit` characters of it.
fn words(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}{CUT}", escape(&text[..end])),
        None => escape(text).into_owned(),
    }
}

/// A source line as it is shown, and where its carets are.
struct Shown {
    line: String,
    indent: usize,
    carets: usize,
}

impl Shown {
    fn new(place: &TextPlace) -> Shown {
        let first = place.column.saturating_sub(1) as usize;
        let end = first.saturating_add(place.length.max(1) as usize);
        let lead: usize = place.source.chars().take(first).map(column_count).sum();
        // Where the line is cut on the left: only if the caret would be out of sight.
        let skip = if lead + TAB.len() > WINDOW {
            lead - LEAD
        } else {
            0
        };

        let mut line = String::new();
        if skip > 0 {
            line.push_str(CUT);
        }
        // Where in `line` the span begins and ends.
        let (mut start, mut stop) = (None, None);
        let (mut column, mut used) = (0, line.len());
        let mut cut = false;
        for (i, c) in place.source.chars().enumerate() {
            let count = column_count(c);
            column += count;
            // A line that begins with an accent has its first character in column 0.
            if skip > 0 && column <= skip {
                continue;
            }
            if used + count > WINDOW {
                cut = true;
                break;
            }
            used += count;
            if i >= end {
                stop.get_or_insert(line.len());
            } else if i == first {
                start = Some(line.len());
            }
            match c {
                '\t' => line.push_str(TAB),
                c => push_escaped(&mut line, c),
            }
        }
        let start = start.unwrap_or(line.len());
        let stop = stop.unwrap_or(line.len());
        // What takes no column of its own (a combining accent, a variation selector) is shown in the
        // one of the character before it.
        let attached = line[start..]
            .chars()
            .next()
            .is_some_and(|c| c.width() == Some(0));
        let base = match attached {
            true => line[..start]
                .rfind(|c: char| c.width() != Some(0))
                .unwrap_or(0),
            false => start,
        };
        let indent = columns(&line[..base]);
        let carets = columns(&line[..stop]).saturating_sub(indent).max(1);
        if cut {
            line.push_str(CUT);
        }
        Shown {
            line,
            indent,
            carets,
        }
    }
}

/// Columns that a character of a source line takes once it is shown.
fn column_count(c: char) -> usize {
    match c {
        '\t' => TAB.len(),
        c if is_hidden(c) => {
            let mut escaped = String::new();
            push_escaped(&mut escaped, c);
            escaped.len()
        }
        c => c.width().unwrap_or(0),
    }
}

/// Columns of text that is already escaped. Sequences count as a whole: an emoji with a modifier or
/// a variation selector takes two.
fn columns(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    use super::*;
    use vbc_core::diag::codes::cli::{C0001, C0009};

    fn text(line: u32, column: u32, length: u32, source: &str) -> Place {
        Place::Text(TextPlace {
            file: "area.vitasm".into(),
            line,
            column,
            length,
            source: source.into(),
        })
    }

    fn plain(diagnostic: &Diagnostic) -> String {
        render(diagnostic, Palette::default())
    }

    #[test]
    fn text_place_with_caret_label_and_help() {
        let place = text(7, 15, 2, "  ADD r3, r1, r2");
        let diagnostic = Diagnostic::error(
            &C0001,
            place,
            "operand 2 of ADD.i64 has type f64, expected i64",
        )
        .with_label("`r2` is f64 (declared at line 4)")
        .with_help("convert it first");
        assert_eq!(
            plain(&diagnostic),
            "error[C0001]: operand 2 of ADD.i64 has type f64, expected i64\n\
             \x20 --> area.vitasm:7:15\n\
             \x20  |\n\
             \x207 |   ADD r3, r1, r2\n\
             \x20  |               ^^ `r2` is f64 (declared at line 4)\n\
             \x20 = help: convert it first\n"
        );
    }

    #[test]
    fn the_margin_fits_the_widest_number_and_notes_follow() {
        let diagnostic = Diagnostic::error(
            &C0001,
            text(120, 6, 3, "FUNC add(x)"),
            "`add` is defined twice",
        )
        .with_note("first defined here", text(4, 6, 3, "FUNC add(x)"))
        .with_note("names are unique in a module", Place::Nowhere)
        .warning();
        assert_eq!(
            plain(&diagnostic),
            "warning[C0001]: `add` is defined twice\n\
             \x20   --> area.vitasm:120:6\n\
             \x20    |\n\
             \x20120 | FUNC add(x)\n\
             \x20    |      ^^^\n\
             note: first defined here\n\
             \x20   --> area.vitasm:4:6\n\
             \x20    |\n\
             \x20  4 | FUNC add(x)\n\
             \x20    |      ^^^\n\
             \x20   = note: names are unique in a module\n"
        );
    }

    #[test]
    fn tabs_wide_and_hidden_characters_keep_the_carets_in_place() {
        // A tab takes 4 columns, each ideograph 2, a combining accent none.
        let tab = plain(&Diagnostic::error(&C0001, text(1, 2, 3, "\tADD"), "m"));
        assert!(tab.ends_with(" 1 |     ADD\n   |     ^^^\n"), "{tab}");
        let wide = plain(&Diagnostic::error(
            &C0001,
            text(1, 4, 2, "語言 漢字 x"),
            "m",
        ));
        assert!(
            wide.ends_with(" 1 | 語言 漢字 x\n   |      ^^^^\n"),
            "{wide}"
        );
        let combining = plain(&Diagnostic::error(&C0001, text(1, 4, 1, "e\u{301} x"), "m"));
        assert!(
            combining.ends_with(" 1 | e\u{301} x\n   |   ^\n"),
            "{combining}"
        );
        // The accent itself is meant: it is shown in the column of its letter.
        let accent = plain(&Diagnostic::error(
            &C0001,
            text(1, 3, 1, "xe\u{301} y"),
            "m",
        ));
        assert!(accent.ends_with(" 1 | xe\u{301} y\n   |  ^\n"), "{accent}");
        let both = plain(&Diagnostic::error(
            &C0001,
            text(1, 2, 2, "xe\u{301} y"),
            "m",
        ));
        assert!(both.ends_with("   |  ^\n"), "{both}");
        let many = "a\u{300}\u{301}\u{302}b";
        for column in 1..=4 {
            let shown = plain(&Diagnostic::error(&C0001, text(1, column, 1, many), "m"));
            assert!(shown.ends_with("   | ^\n"), "{shown}");
        }
        let first = plain(&Diagnostic::error(&C0001, text(1, 1, 1, "\u{301}x"), "m"));
        assert!(first.ends_with("   | ^\n"), "{first}");
        // A heart with the selector that makes it an emoji, and a thumb with the colour of its skin.
        for emoji in ["\u{2764}\u{fe0f}", "\u{1f44d}\u{1f3fd}"] {
            let behind = format!("{emoji} x");
            let shown = plain(&Diagnostic::error(&C0001, text(1, 4, 1, &behind), "m"));
            assert!(shown.ends_with("   |    ^\n"), "{shown}");
            let on = plain(&Diagnostic::error(&C0001, text(1, 1, 2, &behind), "m"));
            assert!(on.ends_with("   | ^^\n"), "{on}");
        }
        let tabs = plain(&Diagnostic::error(
            &C0001,
            text(1, 4, 1, "\t\te\u{301}"),
            "m",
        ));
        assert!(tabs.ends_with("   |         ^\n"), "{tabs}");
        let hidden = plain(&Diagnostic::error(&C0001, text(1, 3, 1, "a\u{202e}b"), "m"));
        assert!(
            hidden.ends_with(" 1 | a\\u{202e}b\n   |          ^\n"),
            "{hidden}"
        );
    }

    #[test]
    fn spans_beyond_the_line_still_point() {
        let end = plain(&Diagnostic::error(&C0001, text(3, 4, 1, "ADD"), "m"));
        assert!(end.ends_with(" 3 | ADD\n   |    ^\n"), "{end}");
        let long = plain(&Diagnostic::error(&C0001, text(3, 1, u32::MAX, "ADD"), "m"));
        assert!(long.ends_with(" 3 | ADD\n   | ^^^\n"), "{long}");
        let empty = plain(&Diagnostic::error(&C0001, text(3, 1, 1, ""), "m"));
        assert!(empty.ends_with("   |\n 3 |\n   | ^\n"), "{empty}");
        let zero = plain(&Diagnostic::error(&C0001, text(0, 0, 0, "x"), "m"));
        assert!(zero.ends_with(" 0 | x\n   | ^\n"), "{zero}");
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let source = format!("{}X{}", "a".repeat(1000), "b".repeat(1000));
        let shown = plain(&Diagnostic::error(&C0001, text(1, 1001, 1, &source), "m"));
        let lines: Vec<&str> = shown.lines().collect();
        let caret = lines[4].find('^').unwrap();
        assert_eq!(lines[3].as_bytes()[caret], b'X');
        assert!(
            lines[3].starts_with(" 1 | ...aaa") && lines[3].ends_with("bbb..."),
            "{}",
            lines[3]
        );
        assert!(lines[3].len() <= WINDOW + 5 + CUT.len());
    }

    #[test]
    fn binary_places() {
        let mut place = BinaryPlace {
            file: "area.vitbc".into(),
            offset: Some(0x1a8),
            section: Some(*b"CODE"),
            function: Some("area\u{1b}".into()),
            instruction: Some(12),
            text: Some("ADD.i64 %3, %1, %2".into()),
            source: Some(("area.vitasm".into(), 7)),
        };
        let diagnostic = Diagnostic::error(
            &C0001,
            Place::Binary(Box::new(place.clone())),
            "operand 2 has type f64",
        )
        .with_help("verify the compiler that wrote it");
        assert_eq!(
            plain(&diagnostic),
            "error[C0001]: operand 2 has type f64\n\
             \x20  --> area.vitbc: offset 0x1a8, section CODE, function `area\\u{1b}`, instruction 12\n\
             \x20   |\n\
             \x2012 | ADD.i64 %3, %1, %2\n\
             \x20  = source: area.vitasm:7\n\
             \x20  = help: verify the compiler that wrote it\n"
        );
        let labelled = plain(&diagnostic.with_label("here"));
        assert!(
            labelled.contains("12 | ADD.i64 %3, %1, %2\n    | ^^^^^^^^^^^^^^^^^^ here\n"),
            "{labelled}"
        );

        place = BinaryPlace {
            file: "x".into(),
            offset: Some(16),
            ..BinaryPlace::default()
        };
        let bare = plain(
            &Diagnostic::error(&C0001, Place::Binary(Box::new(place)), "m").with_label("why"),
        );
        assert_eq!(
            bare,
            "error[C0001]: m\n  --> x: offset 0x10\n  = note: why\n"
        );
    }

    #[test]
    fn endless_names_are_cut() {
        let name = "é".repeat(100_000);
        let place = BinaryPlace {
            function: Some(name.clone()),
            text: Some(name.clone()),
            ..BinaryPlace::default()
        };
        let diagnostic = Diagnostic::error(&C0001, Place::Binary(Box::new(place)), &name)
            .with_label(&name)
            .with_help(&name)
            .with_note(&name, Place::Nowhere);
        let shown = plain(&diagnostic);
        assert!(
            shown
                .lines()
                .all(|line| line.chars().count() < MESSAGE + WINDOW + 20)
        );
        assert_eq!(shown.matches(CUT).count(), 6);
    }

    #[test]
    fn everything_from_a_file_is_escaped() {
        let evil = "\u{1b}[2Jx\n\u{202e}";
        let place = Place::Text(TextPlace {
            file: evil.into(),
            line: 1,
            column: 1,
            length: 1,
            source: evil.into(),
        });
        let diagnostic = Diagnostic::error(&C0001, place.clone(), evil)
            .with_label(evil)
            .with_help(evil)
            .with_note(evil, place)
            .with_note(evil, Place::File(evil.into()));
        for c in plain(&diagnostic).chars() {
            assert!(c == '\n' || !is_hidden(c), "{c:?}");
        }
        assert_eq!(plain(&diagnostic).lines().count(), 5 + 5 + 2 + 1);
    }

    #[test]
    fn colour_only_adds_sequences() {
        let diagnostic = Diagnostic::error(&C0009, text(7, 1, 3, "ADD"), "m").with_help("h");
        let mut coloured = render(&diagnostic, Palette::new(true));
        assert!(
            coloured.starts_with("\x1b[1;31merror[C0009]\x1b[0m\x1b[1m: m\x1b[0m\n"),
            "{coloured:?}"
        );
        while let Some(start) = coloured.find('\x1b') {
            let end = start + coloured[start..].find('m').unwrap();
            coloured.replace_range(start..=end, "");
        }
        assert_eq!(coloured, plain(&diagnostic));
    }
}
