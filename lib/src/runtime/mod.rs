//! What a running program consists of, whichever engine runs it: values, memory, tables, the
//! instance, its limits, and how a run ends.

#[cfg(feature = "demangle")]
mod demangle;
mod instance;
mod limits;
mod memory;
mod meter;
mod table;
mod trap;
mod value;
pub mod words;

#[cfg(feature = "aot")]
pub(crate) use instance::globals as first_globals;
pub(crate) use instance::{Instance, reference};
pub use limits::{Limits, Outcome, OutputFailure};
#[cfg(feature = "jit")]
pub(crate) use memory::GUARD;
pub(crate) use memory::Reservation;
pub use memory::{Memory, PAGE};
pub(crate) use meter::{Meter, Stop};
pub(crate) use table::ELEMENT;
pub use table::Table;
pub use trap::{FramePlace, Names, TrapReport};
pub use value::Value;
