//! What a running program consists of, whichever engine runs it: values, memory, tables, the
//! instance, its limits, and how a run ends.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

#[cfg(feature = "demangle")]
mod demangle;
pub mod engine;
pub mod guest;
pub mod heap;
pub mod host;
mod instance;
mod limits;
mod memory;
mod meter;
mod table;
mod trap;
pub mod units;
mod value;

pub use instance::globals as first_globals;
pub use instance::{Instance, reference};
pub use limits::{Limits, Outcome, OutputFailure};
pub use memory::GUARD;
pub use memory::Memory;
pub use memory::Reservation;
pub use meter::{Meter, Stop};
pub use table::ELEMENT;
pub use table::Table;
pub use trap::{FramePlace, Names, TrapReport};
pub use value::{Managed, Pointer, Value};
pub use vbc_core::module::PAGE;
