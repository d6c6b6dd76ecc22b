//! The text form, `.vitasm` (`docs/text.md`): from text to a tree, and from a module to text.
//!
//! What a tree means as a module is decided in [`crate::asm`].

mod format;
mod instruction;
pub mod interner;
pub mod lexer;
mod literal;
mod names;
pub mod number;
pub mod parser;
mod print;
pub mod report;
pub mod tree;
mod types;

pub use format::format;
pub use instruction::{FunctionText, Style};
pub use literal::{float_text, push_quoted};
pub use names::{ModuleText, is_word, push_name};
pub use print::print;

/// A range of bytes of a text. Texts are at most 1 GiB long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// After the last byte.
    pub end: u32,
}

impl Span {
    /// The span of bytes `start` to `end`.
    pub fn new(start: usize, end: usize) -> Span {
        Span {
            start: start as u32,
            end: end as u32,
        }
    }

    /// From the start of this span to the end of `other`.
    pub fn to(self, other: Span) -> Span {
        Span {
            start: self.start,
            end: other.end.max(self.start),
        }
    }

    /// The part of `text` that the span covers; empty when it lies outside.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}
