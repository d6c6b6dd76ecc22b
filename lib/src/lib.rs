//! The library behind the VITBC tools.
//!
//! VITBC is a typed register bytecode kept in `.vitbc` files. Everything that
//! the command-line tools share lives here; each tool is a thin `main` over one
//! call into this crate.

#[cfg(feature = "aot")]
pub mod aot;
/// Every tool explains every code, whatever it can do itself.
#[cfg(not(feature = "aot"))]
pub mod aot {
    pub mod codes;
}
pub mod asm;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "jit")]
pub mod codegen;
#[doc(hidden)]
pub mod descriptors;
pub mod diag;
#[cfg(feature = "cli")]
pub mod dump;
#[cfg(any(feature = "aot", feature = "wasm"))]
mod dwarf;
#[cfg(feature = "exe")]
pub mod exe;
pub mod format;
pub mod host;
pub mod interp;
#[cfg(any(feature = "cli", feature = "exe"))]
#[doc(hidden)]
pub mod interrupt;
pub mod isa;
#[cfg(feature = "jit")]
pub mod jit;
#[cfg(feature = "lift")]
pub mod lift;
/// Every tool explains every code, whatever it can do itself.
#[cfg(not(feature = "lift"))]
pub mod lift {
    pub mod codes;
}
pub mod link;
pub mod module;
#[cfg(any(feature = "exe", feature = "jit", feature = "rt"))]
pub mod native;
mod open;
pub mod runtime;
pub mod storage;
pub mod text;
pub mod verify;
mod vm;
#[cfg(feature = "wasm")]
pub mod wasm;
/// As for `lift`.
#[cfg(not(feature = "wasm"))]
pub mod wasm {
    pub mod codes;
}

pub use module::Module;
pub use open::{open, open_with};
pub use vm::{RunError, Vm};
