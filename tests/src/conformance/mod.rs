//! Conformance files: programs with what must come of them written in their comments
//! (`tests/README.md`).

mod case;
mod engines;
pub mod literal;
pub mod patch;

pub use case::{Case, End, ExpectedError, ExpectedPlace, Run};
pub use engines::{Engine, Observation, Outcome, Setup};
pub use patch::Patch;
