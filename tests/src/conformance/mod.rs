//! Conformance files: programs with what must result from them written in their comments
//! (`tests/README.md`).

mod case;
mod check;
mod engines;
mod files;
pub mod literal;
pub mod patch;

pub use case::{Case, End, ExpectedError, ExpectedPlace, Run};
pub use check::{
    Runnable, Touched, check, diagnostics, function, holds, prepare, round_trips, runnable,
};
pub use engines::{
    Engine, Observation, Outcome, Prepared, Setup, from_engine, hide_support_data, to_engine,
};
pub use files::{File, files, in_parallel};
pub use patch::Patch;
