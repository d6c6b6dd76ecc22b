//! The machine behind the registers: everything that outlives a single cell.

use std::sync::Arc;
use std::time::Instant;

use super::code::{Code, FuncEntry};
use super::engine::Engine;
use super::fusions::Fusion;
use super::machine::{CallInfo, M};
use super::observe::Observer;
use super::stack::Stack;
use crate::host::{Host, Native};
use crate::isa::Trap;
use crate::link::Program;
use crate::module::Spaces;
use crate::runtime::{Instance, Limits};

/// Why the engine was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The outermost call returned.
    Finished,
    /// A host function ended the program.
    Exited(i32),
    /// The program trapped.
    Trapped(Trap),
    /// The fuel is used up.
    OutOfFuel,
    /// The time is used up.
    TimedOut,
    /// Output cannot be written.
    OutputFailed,
}

impl From<Trap> for Stop {
    fn from(trap: Trap) -> Stop {
        Stop::Trapped(trap)
    }
}

/// Where the machine stands while no cell runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    pub(super) ip: *const u64,
    pub(super) fp: *mut u64,
    pub(super) csp: *mut CallInfo,
}

/// An instance and all that runs it.
pub(super) struct Machine {
    /// Units of fuel at hand. The rest is in `fuel_left`.
    pub(super) fuel: u64,
    /// The kind, when a cell stops for a trap.
    pub(super) trap: Trap,
    /// What calls need to know, by function index.
    pub(super) entries: *mut FuncEntry,
    pub(super) saved: Saved,
    /// Why a slow cell stopped; none when a fast one trapped.
    pub(super) stop: Option<Stop>,

    pub(super) engine: Engine,
    pub(super) instance: Instance,
    pub(super) program: Arc<Program>,
    pub(super) spaces: Spaces,
    /// By type index: the first type that is equal to it.
    pub(super) canonical_types: Box<[u32]>,
    pub(super) functions: Box<[FuncEntry]>,
    /// By function index, two words each: the cells that stand in for a function which has not
    /// been predecoded, or which the host implements.
    pub(super) stubs: Box<[u64]>,
    /// Where the outermost call returns to: registers for its results, and the cell that ends the run.
    pub(super) exit: Vec<u64>,
    pub(super) host_results: Vec<u64>,
    pub(super) code: Vec<Code>,
    /// For each function of the support code: native code in its place.
    pub(super) natives: Vec<Option<Native>>,
    /// There is to be no such code.
    pub(super) plain_support: bool,
    pub(super) stack: Stack,
    pub(super) host: Host,
    pub(super) limits: Limits,
    /// Units of fuel beyond those at hand; none without a limit.
    pub(super) fuel_left: Option<u64>,
    pub(super) deadline: Option<Instant>,
    /// Loop heads of support code that were passed.
    pub(super) polls: u32,
    /// NaNs from arithmetic become the canonical one.
    pub(super) canonical_nans: bool,
    /// Ways of making fewer cells that are not used.
    #[cfg(feature = "measuring")]
    pub(super) without: Vec<Fusion>,
    pub(super) observer: Option<Box<Observer>>,
}

// SAFETY: every pointer leads to storage that the machine owns.
unsafe impl Send for Machine {}

impl Machine {
    /// Whether cells that cost fuel are needed at all.
    pub(super) fn is_limited(&self) -> bool {
        self.limits.fuel.is_some() || self.deadline.is_some()
    }

    /// Whether the predecoder is to make fewer cells in this way.
    pub(super) fn uses(&self, fusion: Fusion) -> bool {
        #[cfg(feature = "measuring")]
        return !self.without.contains(&fusion);
        #[cfg(not(feature = "measuring"))]
        {
            let _ = fusion;
            true
        }
    }

    /// Whether function `index` is a support routine, inside which nothing costs fuel and nothing
    /// is shown.
    pub(super) fn is_support(&self, index: u32) -> bool {
        index >= self.program.support_from
    }

    /// Units that are taken at a time, so that the clock is looked at now and then.
    const PORTION: u64 = 20_000;

    /// Gets more fuel, when there is time and fuel left.
    pub(super) fn refuel(&mut self) -> Result<(), Stop> {
        self.check_time()?;
        let portion = match &mut self.fuel_left {
            Some(0) => return Err(Stop::OutOfFuel),
            Some(left) => {
                let portion = (*left).min(Machine::PORTION);
                *left -= portion;
                portion
            }
            None => Machine::PORTION,
        };
        self.fuel += portion;
        Ok(())
    }

    /// Pays for `bytes` that a bulk instruction is going to move.
    pub(super) fn charge_bulk(&mut self, bytes: u64) -> Result<(), Stop> {
        let mut units = bytes / 4096;
        while units > self.fuel {
            if let Some(left) = &mut self.fuel_left {
                // All at once: a huge operation must not be paid in small coin.
                let missing = units - self.fuel;
                if missing > *left {
                    self.fuel = 0;
                    *left = 0;
                    return Err(Stop::OutOfFuel);
                }
                *left -= missing;
                units -= missing;
            } else {
                units = self.fuel;
            }
        }
        self.fuel -= units;
        self.check_time()
    }

    pub(super) fn check_time(&self) -> Result<(), Stop> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stop::TimedOut),
            _ => Ok(()),
        }
    }

    /// The machine's registers as they were saved.
    pub(super) fn registers(&mut self) -> M {
        let (mem, len) = self.memory();
        let Saved { ip, fp, csp } = self.saved;
        M::new(ip, fp, mem, len, csp, self)
    }

    /// Start and size of memory.
    pub(super) fn memory(&self) -> (*mut u8, usize) {
        match &self.instance.memory {
            Some(memory) => (memory.base(), memory.len() as usize),
            None => (std::ptr::dangling_mut(), 0),
        }
    }
}
