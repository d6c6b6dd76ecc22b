//! Declarations of native functions, from C headers.
//!
//! `docs/bind.md` is the specification. [`bind`] asks a C compiler, by way of a file that mentions what is wanted, and
//! reads the debug information that it writes:
//!
//! | module | what |
//! | --- | --- |
//! | `pattern` | what users write |
//! | `compiler`, `question` | running the compiler; what it is asked |
//! | `preprocessed`, `declarations`, `select` | names that headers declare; which of them are meant |
//! | `object`, `types` | what the compiler has written |
//! | `convert`, `constant`, `write` | signatures, values, and the text |
//! | `binder` | all of these, one after another |

mod binder;
mod compiler;
mod constant;
mod convert;
mod declarations;
mod object;
mod pattern;
mod preprocessed;
mod question;
mod select;
mod types;
mod write;

use std::path::PathBuf;

use vbc_core::diag::{Code, Diagnostic, Errors, Place};

pub use compiler::{Compiler, words};
pub use pattern::{Pattern, Types};
pub use select::{is_constant, is_type};

/// What to bind, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The header.
    pub header: PathBuf,
    /// Headers that are included before it.
    pub includes: Vec<PathBuf>,
    /// Who says what they mean.
    pub compiler: Compiler,
    /// The library, as the dynamic linker knows it.
    pub library: String,
    /// Functions by name.
    pub functions: Vec<Pattern>,
    /// Whether to take all that the header declares.
    pub all: bool,
    /// Headers, by the ends of their paths, whose functions are all taken.
    pub from: Vec<String>,
    /// Macros and enumerators, by names or patterns.
    pub constants: Vec<String>,
    /// Enums.
    pub enums: Vec<String>,
    /// Structs and unions.
    pub structs: Vec<String>,
    /// Types that pointers hide.
    pub ptr: Vec<String>,
    /// Types that the program has in its memory.
    pub buf: Vec<String>,
    /// Functions, by names or patterns, that give `errno`, too.
    pub errno: Vec<String>,
    /// Functions, by names or patterns, that may wait.
    pub blocking: Vec<String>,
    /// What all names begin with.
    pub prefix: String,
}

/// What has become of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bindings {
    /// The text.
    pub text: String,
    /// Warnings of what is left out.
    pub left_out: Vec<Diagnostic>,
    /// How many functions are bound.
    pub functions: usize,
    /// How many other names are in the text.
    pub constants: usize,
    /// How often the compiler was started.
    pub runs: usize,
}

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

/// Writes bindings.
///
/// # Errors
///
/// B0001 to B0012 except for B0009, which is a warning; C0003.
pub fn bind(request: &Request) -> Result<Bindings, Errors> {
    let place = Place::File(request.header.to_string_lossy().into());
    binder::bind(request, &place).map_err(|failure| failure.at(&place))
}
