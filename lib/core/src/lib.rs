//! VITBC itself, on which everything else in the toolkit is built.
//!
//! | module | what |
//! | --- | --- |
//! | [`isa`] | the instructions: one table |
//! | [`mod@cfg`] | control flow: blocks, edges, dominators |
//! | [`diag`] | diagnostics, and all codes |
//! | [`module`], [`mod@format`] | modules in memory, and as files |
//! | [`text`], [`asm`] | the text form, and what it means |
//! | [`verify`] | the verifier |
//!
//! Programs that embed VITBC use the crate `vbc`, which re-exports what is meant for them. What is public here and not
//! there serves the toolkit's other crates, and may change with every version.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

pub mod asm;
pub mod cfg;
#[doc(hidden)]
pub mod descriptors;
pub mod diag;
#[cfg(feature = "dwarf")]
pub mod dwarf;
pub mod format;
#[doc(hidden)]
pub mod glob;
#[doc(hidden)]
pub mod interrupt;
pub mod isa;
pub mod module;
mod open;
pub mod storage;
pub mod text;
pub mod verify;

pub use open::{open, open_file, open_with};
