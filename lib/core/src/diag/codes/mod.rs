//! The register of diagnostic codes.
//!
//! Letters: `V` a binary module is wrong (below 0100 its container, from there
//! its structure and types), `A` a text is wrong, `W` WebAssembly cannot be
//! lifted (below 0100) or made, `L` linking fails, `R` a program cannot be run, `N` an object or an
//! executable cannot be made, `B` bindings cannot be written, `C` the command line
//! or a file is at fault. A code is never given a second meaning; a retired one
//! is not used again.

pub mod aot;
pub mod bind;
pub mod cli;
pub mod dump;
pub mod format;
pub mod lift;
pub mod link;
pub mod runtime;
pub mod text;
pub mod verify;
pub mod wasm;

/// A stable diagnostic code.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Code {
    /// Letter and four digits, `V0137`.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it means, why it is an error, and what to do: one paragraph.
    pub explanation: &'static str,
    /// A minimal failing example, a conformance file (see `tests/README.md`),
    /// or empty where none can be written as a file.
    pub example: &'static str,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $id:ident $example:expr, $title:literal, $explanation:literal;)*) => {
        $(
            #[doc = $title]
            pub static $id: $crate::diag::Code = $crate::diag::Code {
                id: stringify!($id),
                title: $title,
                explanation: $explanation,
                example: $example,
            };
        )*
        /// The codes of this file, ascending.
        pub static CODES: &[&$crate::diag::Code] = &[$(&$id),*];
    };
}

pub(crate) use codes;

/// Every register of codes, in the order of `docs/diagnostics.md`.
pub static ALL: &[&[&Code]] = &[
    format::CODES,
    link::CODES,
    verify::CODES,
    runtime::CODES,
    aot::CODES,
    text::CODES,
    lift::CODES,
    wasm::CODES,
    bind::CODES,
    cli::CODES,
    dump::CODES,
];

/// Looks a code up by its id, in either case.
pub fn find(id: &str) -> Option<&'static Code> {
    ALL.iter()
        .flat_map(|codes| codes.iter())
        .find(|code| code.id.eq_ignore_ascii_case(id))
        .copied()
}
