//! Conformance files: programs with what must come of them written in their comments
//! (`tests/README.md`).

mod case;
pub mod literal;
pub mod patch;

pub use case::{Case, End, ExpectedError, ExpectedPlace, Run};
pub use patch::Patch;
