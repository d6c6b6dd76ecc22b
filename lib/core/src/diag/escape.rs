//! Text from a file, made harmless for a terminal.
//!
//! Names in a module are chosen by whoever made it. Control characters could
//! move the cursor or forge output, bidirectional ones reorder a line, invisible
//! ones make two names look alike; all of them are shown by their number.

use std::borrow::Cow;
use std::fmt::Write;

/// Replaces control, bidirectional and invisible characters by escapes such as
/// `\n` or `\u{202e}`, and leaves everything else alone.
///
/// ```
/// # use vbc_core as vbc;
/// assert_eq!(vbc::diag::escape("size\u{1b}[2J"), "size\\u{1b}[2J");
/// ```
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        push_escaped(&mut escaped, c);
    }
    Cow::Owned(escaped)
}

/// Appends one character, escaped where [`escape`] would.
pub fn push_escaped(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if is_hidden(c) => {
            // Writing into a string cannot fail.
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        }
        c => out.push(c),
    }
}

/// Whether a character must not reach a terminal as it is.
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}'                    // soft hyphen
            | '\u{61c}'                 // Arabic letter mark
            | '\u{180e}'                // Mongolian vowel separator
            | '\u{200b}'..='\u{200f}'   // zero width, joiners, direction marks
            | '\u{2028}'..='\u{202e}'   // line and paragraph ends, embeddings, overrides
            | '\u{2060}'..='\u{206f}'   // invisible operators, isolates, deprecated formats
            | '\u{feff}'                // byte order mark
            | '\u{fff9}'..='\u{fffb}'   // interlinear annotation
            | '\u{e0000}'..='\u{e007f}' // tags
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_borrowed() {
        assert!(matches!(
            escape("añb 語 \"x\\y\""),
            Cow::Borrowed("añb 語 \"x\\y\"")
        ));
    }

    #[test]
    fn controls_and_bidi_are_shown_by_number() {
        assert_eq!(escape("a\nb\tc\rd\0e\x7f"), "a\\nb\\tc\\rd\\u{0}e\\u{7f}");
        assert_eq!(escape("\u{9b}31m"), "\\u{9b}31m");
        assert_eq!(
            escape("x\u{202e}y\u{2066}\u{200d}\u{feff}"),
            "x\\u{202e}y\\u{2066}\\u{200d}\\u{feff}"
        );
        assert_eq!(escape("\u{e0041}"), "\\u{e0041}");
    }
}
