//! JSON, written piece by piece into a string.

use super::sink::put_number;
use vbc_cli::is_hidden;

/// Writes JSON values one after another, with commas where they belong.
///
/// It is up to the caller to close what was opened and to give a key before each value of an
/// object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Json {
    /// Whether there is a value before the next one in the same array or object.
    comma: bool,
}

impl Json {
    fn item(&mut self, out: &mut String) {
        if self.comma {
            out.push(',');
        }
        self.comma = true;
    }

    /// Begins an object or array with `{` or `[`.
    pub fn open(&mut self, out: &mut String, bracket: char) {
        self.item(out);
        out.push(bracket);
        self.comma = false;
    }

    /// Ends what [`Json::open`] began, with `}` or `]`.
    pub fn close(&mut self, out: &mut String, bracket: char) {
        out.push(bracket);
        self.comma = true;
    }

    /// The key of the next value.
    pub fn key(&mut self, out: &mut String, key: &str) {
        self.item(out);
        quote(out, key);
        out.push(':');
        self.comma = false;
    }

    /// A string.
    pub fn string(&mut self, out: &mut String, value: &str) {
        self.item(out);
        quote(out, value);
    }

    /// A number.
    pub fn number(&mut self, out: &mut String, value: u64) {
        self.item(out);
        put_number(out, value);
    }

    /// `true`, `false` or `null`, or other text that is JSON already.
    pub fn raw(&mut self, out: &mut String, value: &str) {
        self.item(out);
        out.push_str(value);
    }
}

/// Appends `text` as a JSON string. What must not reach a terminal is written by its number.
pub fn quote(out: &mut String, text: &str) {
    out.push('"');
    quote_part(out, text);
    out.push('"');
}

/// Appends a part of a JSON string, without the quotes around it.
pub fn quote_part(out: &mut String, text: &str) {
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\t' => "\\t",
            c if is_hidden(c) => "",
            _ => continue,
        };
        out.push_str(&text[plain..at]);
        plain = at + c.len_utf8();
        out.push_str(escape);
        if escape.is_empty() {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str("\\u");
                super::sink::put_hex(out, (*unit).into(), 4);
            }
        }
    }
    out.push_str(&text[plain..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_and_escapes() {
        let mut out = String::new();
        let mut json = Json::default();
        json.open(&mut out, '{');
        json.key(&mut out, "a");
        json.open(&mut out, '[');
        json.close(&mut out, ']');
        json.key(&mut out, "b");
        json.open(&mut out, '[');
        json.number(&mut out, 7);
        json.string(&mut out, "x\"\\\n\u{1}\u{202e}\u{e0041}é");
        json.raw(&mut out, "null");
        json.close(&mut out, ']');
        json.close(&mut out, '}');
        assert_eq!(
            out,
            r#"{"a":[],"b":[7,"x\"\\\n\u0001\u202e\udb40\udc41é",null]}"#
        );
        let value: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(value["b"][1], "x\"\\\n\u{1}\u{202e}\u{e0041}é");
    }
}
