//! Declarations of native functions, from C headers.
//!
//! `docs/bind.md` is the specification. `bind` asks a C compiler, by way of a file that mentions what is wanted, and
//! reads the debug information that it writes:
//!
//! | module | what |
//! | --- | --- |
//! | `pattern`, `signature` | what users write, and what imports are called |
//! | `compiler`, `question` | running the compiler; what it is asked |
//! | `object`, `types` | what the compiler has written |
//! | `convert`, `constant`, `write` | signatures, values, and the text |

mod compiler;
mod constant;
mod convert;
mod declarations;
mod object;
mod pattern;
mod preprocessed;
mod question;
mod signature;
mod types;
mod write;

use vbc_core::diag::{Code, Diagnostic, Errors, Place};

pub use compiler::{Compiler, words};
pub use pattern::{Pattern, Types};
pub use signature::{Callback, Extent, Type};

/// What went wrong, as far as it is known where.
#[derive(Debug)]
enum Failure {
    /// About the header.
    Header(&'static Code, String),
    /// About something else, or more than one thing.
    Diagnostics(Errors),
}

fn failure(code: &'static Code, message: impl Into<String>) -> Failure {
    Failure::Header(code, message.into())
}

impl Failure {
    fn at(self, place: &Place) -> Errors {
        match self {
            Failure::Header(code, message) => {
                Diagnostic::error(code, place.clone(), message).into()
            }
            Failure::Diagnostics(errors) => errors,
        }
    }
}
