//! Conformance files: programs with what must come of them written in their comments
//! (`tests/README.md`).

mod case;
mod check;
mod engines;
mod files;
pub mod literal;
pub mod patch;

pub use case::{Case, End, ExpectedError, ExpectedPlace, Run};
pub use check::{Touched, check, diagnostics, function, holds, prepare, round_trips};
pub use engines::{Engine, Observation, Outcome, Prepared, Setup};
pub use files::{File, files, in_parallel};
pub use patch::Patch;
