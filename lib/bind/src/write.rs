//! The text that results.

use std::fmt::Write;

use vbc_core::diag::escape;
use vbc_core::module::native::{PREFIX, Prototype};
use vbc_core::text::{push_name, push_quoted};

/// A text under construction.
#[derive(Debug, Default)]
pub struct Text(String);

impl Text {
    /// Begins a text for a header and a processor.
    pub fn new(header: &str, machine: &str) -> Text {
        let mut text = Text::default();
        text.comment(&format!("From {header}, for {machine}."));
        text
    }

    /// A line with nothing but a comment.
    pub fn comment(&mut self, words: &str) {
        let _ = writeln!(self.0, "; {}", escape(words));
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.0.push('\n');
    }

    /// An import.
    pub fn import(&mut self, library: &str, prototype: &Prototype, name: &str) {
        self.0.push_str(".import func ");
        push_quoted(&mut self.0, format!("{PREFIX}{library}").as_bytes());
        self.0.push(' ');
        push_quoted(&mut self.0, prototype.to_string().as_bytes());
        self.0.push_str(" as ");
        push_name(&mut self.0, name);
        let _ = writeln!(self.0, "{}", prototype.text_type());
    }

    /// A global that never changes.
    pub fn global(&mut self, name: &str, ty: &str, value: &str, comment: Option<&str>) {
        self.0.push_str(".global ");
        push_name(&mut self.0, name);
        let _ = write!(self.0, ": {ty} = {value} .local");
        if let Some(comment) = comment {
            let _ = write!(self.0, "  ; {}", escape(comment));
        }
        self.0.push('\n');
    }

    /// Bytes that never change.
    pub fn data(&mut self, name: &str, bytes: &[u8]) {
        self.0.push_str(".data ");
        push_name(&mut self.0, name);
        self.0.push_str(" readonly = ");
        push_quoted(&mut self.0, bytes);
        self.0.push_str(" .local\n");
    }

    /// The text in its usual layout.
    pub fn finish(self) -> String {
        vbc_core::text::format(&self.0)
    }
}
