//! What compiled code runs on, whether it was compiled into memory or into an object file.

#[cfg(any(feature = "jit", feature = "rt"))]
mod context;
pub mod image;
#[cfg(any(feature = "jit", feature = "rt"))]
mod machine;
#[cfg(any(feature = "jit", feature = "rt"))]
mod map;
#[cfg(feature = "rt")]
mod object;
#[cfg(feature = "rt")]
mod read;
#[cfg(any(feature = "jit", feature = "rt"))]
mod signals;
#[cfg(any(feature = "jit", feature = "rt"))]
mod stack;

#[cfg(feature = "rt")]
pub use object::ObjectInstance;

#[cfg(feature = "jit")]
pub(crate) use context::{Context, Entry, Resume, Runtime, Site};
#[cfg(feature = "jit")]
pub(crate) use machine::Machine;
#[cfg(feature = "jit")]
pub(crate) use map::{Add, CodeMap};
#[cfg(feature = "jit")]
pub(crate) use stack::{FRAME_AHEAD, STUB_FRAME, Stack};
