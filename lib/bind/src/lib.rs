//! Declarations of native functions, from C headers.
//!
//! `docs/bind.md` is the specification. `bind` asks a C compiler, by way of a file that mentions what is wanted, and
//! reads the debug information that it writes:
//!
//! | module | what |
//! | --- | --- |
//! | `pattern`, `signature` | what users write, and what imports are called |

mod declarations;
mod pattern;
mod preprocessed;
mod signature;

pub use pattern::{Pattern, Types};
pub use signature::{Callback, Extent, Type};
