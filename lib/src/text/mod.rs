//! The text form, `.vitasm` (`docs/text.md`).

mod instruction;
mod literal;
mod names;
mod print;

pub use instruction::{FunctionText, Style};
pub use literal::{float_text, is_hidden, push_quoted};
pub use names::{ModuleText, is_word, push_name};
pub use print::print;
