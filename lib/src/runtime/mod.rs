//! What a running program consists of, whichever engine runs it: values, memory, tables, the
//! instance, its limits, and how a run ends.

pub mod codes;
mod instance;
mod limits;
mod memory;
mod table;
mod trap;
mod value;

pub(crate) use instance::{Instance, reference};
pub use limits::{Limits, Outcome};
pub(crate) use memory::Reservation;
pub use memory::{Memory, PAGE};
pub use table::Table;
pub use trap::{FramePlace, TrapReport};
pub use value::Value;
