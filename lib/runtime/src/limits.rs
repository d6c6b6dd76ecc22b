//! What bounds a run, and how it can end.

use std::io;
use std::time::Duration;

use super::heap::HeapOptions;
use super::{TrapReport, Value};
use vbc_core::diag::system_reason;
use vbc_core::isa::Trap;

/// Bounds of an instance and of everything that runs in it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Units of fuel for all calls together; none for as many as it takes. One unit pays for a
    /// taken backward branch, for a call, and for 4 KiB moved by a bulk instruction, where an
    /// element of a table counts 8 bytes.
    pub fuel: Option<u64>,
    /// Time from the creation of the instance on, for all calls together.
    pub timeout: Option<Duration>,
    /// Bytes of linear memory and of tables together; an element of a table counts 8.
    pub max_memory: u64,
    /// Bytes of registers and call records.
    pub max_stack: u64,
    /// The managed heap, of programs that have one.
    pub heap: HeapOptions,
}

impl Limits {
    /// The default of [`Limits::max_memory`]: a whole memory of 32-bit addresses, and as much as
    /// large tables need.
    pub const DEFAULT_MEMORY: u64 = 5 << 30;
    /// The default of [`Limits::max_stack`].
    pub const DEFAULT_STACK: u64 = 16 << 20;
}

impl Default for Limits {
    /// No bound on fuel and time, 5 GiB of memory and tables, 16 MiB of stack, 4 GiB of heap.
    fn default() -> Limits {
        Limits {
            fuel: None,
            timeout: None,
            max_memory: Limits::DEFAULT_MEMORY,
            max_stack: Limits::DEFAULT_STACK,
            heap: HeapOptions::default(),
        }
    }
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The function returned these results.
    Finished(Vec<Value>),
    /// The program asked to end with this code.
    Exited(i32),
    /// The program trapped.
    Trapped(Box<TrapReport>),
    /// The fuel was used up.
    OutOfFuel,
    /// The time was used up.
    TimedOut,
    /// What the program wrote could not be passed on.
    OutputFailed(OutputFailure),
}

impl Outcome {
    /// A trap outside any call.
    #[doc(hidden)]
    pub fn trapped(trap: Trap) -> Outcome {
        Outcome::Trapped(Box::new(TrapReport {
            trap,
            frames: Vec::new(),
            omitted: 0,
        }))
    }
}

/// Why output could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFailure {
    /// Nobody reads it any more: the other end of a pipe is closed.
    pub closed: bool,
    /// The program's time was up before somebody read it.
    pub late: bool,
    /// The system's reason.
    pub reason: String,
}

impl OutputFailure {
    /// What an error of the system's means.
    #[doc(hidden)]
    pub fn new(error: &io::Error) -> OutputFailure {
        OutputFailure {
            closed: error.kind() == io::ErrorKind::BrokenPipe,
            late: error.kind() == io::ErrorKind::TimedOut,
            reason: system_reason(error),
        }
    }
}
