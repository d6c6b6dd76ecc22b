//! The machine beyond the registers: everything that outlives a single cell.

use super::backtrace::NativeCall;
use super::code::{CodeRanges, FuncEntry};
use super::dispatch::Dispatch;
use super::fusions::Fusion;
use super::machine::{CallInfo, Regs};
use super::observe::Observer;
use super::predecode::Facts;
use super::stack::Stack;
use vbc_core::isa::Trap;
use vbc_runtime::guest::Guest;
use vbc_runtime::{Stop, TrapReport};

/// Where the machine is while no cell runs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Saved {
    pub(super) ip: *const u64,
    pub(super) fp: *mut u64,
    pub(super) csp: *mut CallInfo,
}

/// An instance and all that runs it.
pub(super) struct Machine {
    /// The kind, when a cell stops for a trap.
    pub(super) trap: Trap,
    /// What calls need to know, by function index.
    pub(super) entries: *mut FuncEntry,
    /// Where references count from, in a program with managed objects.
    pub(super) heap: *mut u8,
    pub(super) saved: Saved,
    /// Why a slow cell stopped; none when a fast one trapped.
    pub(super) stop: Option<Stop>,

    pub(super) dispatch: Dispatch,
    /// The program and what it runs on.
    pub(super) guest: Guest,
    pub(super) functions: Box<[FuncEntry]>,
    /// By function index, two words each: the cells that stand in for a function which has not
    /// been predecoded, or which the host implements.
    pub(super) stubs: Box<[u64]>,
    /// Where the outermost call returns to: registers for its results, and the cell that ends the run.
    pub(super) exit: Vec<u64>,
    /// Room for those of calls that native functions make.
    pub(super) spare_exits: Vec<Vec<u64>>,
    pub(super) code: CodeRanges,
    pub(super) stack: Stack,
    /// Loop heads of support code that were passed.
    pub(super) polls: u32,
    /// NaNs from arithmetic become the canonical one.
    pub(super) canonical_nans: bool,
    /// Ways of making fewer cells that are not used.
    pub(super) without: Vec<Fusion>,
    /// Counts adjacent cells.
    #[cfg(any(test, feature = "measuring"))]
    pub(super) recorder: Option<super::profile::Recorder>,
    pub(super) observer: Option<Box<Observer>>,
    /// About a trap in a function that native code had called: the active calls as they were then.
    pub(super) trapped: Option<TrapReport>,
    /// Native functions that have entered the program again, the innermost last.
    pub(super) natives: Vec<NativeCall>,
}

// SAFETY: every pointer leads to storage that the machine owns.
unsafe impl Send for Machine {}

impl Machine {
    /// What the predecoder has to know.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts {
            bound: &self.guest.bound,
            thread: &self.guest.thread,
            functions: &self.functions,
            stubs: &self.stubs,
            dispatch: self.dispatch,
            canonical_nans: self.canonical_nans,
            observed: self.observer.is_some(),
            #[cfg(any(test, feature = "measuring"))]
            recorded: self.recorder.is_some(),
            without: &self.without,
        }
    }

    /// The machine's registers as they were saved.
    pub(super) fn registers(&mut self) -> Regs {
        let (mem, len) = self.memory();
        let Saved { ip, fp, csp } = self.saved;
        Regs::new(ip, fp, mem, len, csp, self)
    }

    /// Start and size of memory.
    pub(super) fn memory(&self) -> (*mut u8, usize) {
        match self.guest.memory() {
            Some(memory) => (memory.base(), memory.len() as usize),
            None => (std::ptr::dangling_mut(), 0),
        }
    }
}
