//! What compiled code runs on, whether it was compiled into memory or into an object file.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

#[cfg(feature = "aot")]
pub mod aot;
#[cfg(feature = "jit")]
pub mod codegen;
mod context;
#[cfg(feature = "exe")]
pub mod exe;
mod frames;
pub mod image;
#[cfg(feature = "jit")]
pub mod jit;
mod machine;
mod map;
mod object;
mod read;
mod signals;
mod stack;
mod thread;

pub use object::ObjectInstance;

#[cfg(feature = "jit")]
pub(crate) use context::{Context, Entered, Entry, Natives, Resume, Runtime, Site};
#[cfg(feature = "jit")]
pub(crate) use machine::NativeMachine;
#[cfg(feature = "jit")]
pub(crate) use map::{Add, CodeMap, CodePiece};
#[cfg(feature = "jit")]
pub(crate) use stack::{FRAME_AHEAD, Stack};
