//! What a running program consists of, whichever engine runs it: values, memory, tables, its limits, and how a run
//! ends.

pub use vbc_runtime::units;
pub use vbc_runtime::{
    FramePlace, Limits, Managed, Memory, Names, Outcome, OutputFailure, PAGE, Pointer, Table,
    TrapReport, Value,
};
