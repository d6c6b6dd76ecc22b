//! What the command-line tools do in the same way: input, output, flags,
//! diagnostics, exit codes. `docs/cli.md` is the specification.
//!
//! A tool is a struct of flags that implements [`Tool`]; [`run`] does the rest.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod bytes;
mod color;
mod descriptors;
pub mod exit;
mod flags;
mod input;
mod json;
mod manual;
mod output;
mod progress;
mod render;
mod replace;
mod response;
mod session;
mod tool;
mod version;

pub use bytes::Bytes;
pub use color::{ColorChoice, Painted, Palette, Style};
pub use flags::{BinaryOutput, Common, Generated, TextOutput, prefix_map};
pub use input::{Access, Input, Operand, expand_folders, read, read_together, unreadable};
pub use json::{
    MESSAGE_SCHEMA, SCHEMA, SUMMARY_SCHEMA, diagnostic_line, message_line, summary_line,
};
pub use output::{Destination, Output, WriteError};
pub use progress::Progress;
pub use render::render;
pub use response::quoted;
pub use session::{Session, Stop, tell};
pub use tool::{Examples, Limit, Tool, command, run};
pub use vbc_core::diag::{escape, is_hidden};
pub use version::COMMIT;
