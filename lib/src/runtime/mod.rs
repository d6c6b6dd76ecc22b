//! What a running program consists of, whichever engine runs it: values, memory, tables, the
//! instance, its limits, and how a run ends.

mod bulk;
#[cfg(feature = "demangle")]
mod demangle;
mod guest;
mod instance;
mod limits;
mod memory;
mod meter;
mod table;
mod trap;
mod value;
pub mod words;

#[cfg(feature = "jit")]
pub(crate) use guest::canonical_types;
pub(crate) use guest::{Calls, Guest, initialise};
#[cfg(feature = "aot")]
pub(crate) use instance::globals as first_globals;
pub(crate) use instance::{Instance, reference};
pub use limits::{Limits, Outcome};
#[cfg(feature = "jit")]
pub(crate) use memory::GUARD;
pub(crate) use memory::Reservation;
pub use memory::{Memory, PAGE};
pub(crate) use meter::{Meter, Stop};
pub use table::Table;
pub use trap::{FramePlace, Names, TrapReport};
pub use value::Value;
