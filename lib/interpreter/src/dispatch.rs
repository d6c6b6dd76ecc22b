//! The two engines: how control goes from one cell to the next.
//!
//! The tail engine ends each cell with a call of the next one's function, which LLVM turns into a
//! jump. Nothing on stable Rust guarantees that, so the engine exists only in optimised builds for
//! processors where it was checked, and a probe runs at the start before it is used. The portable
//! engine is a loop around a `match` over the same cells.

use super::cell::Cell;
use super::state::Machine;
use vbc_runtime::Stop;

#[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
mod tail;

mod portable;

/// Which engine runs an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dispatch {
    /// Cells that jump to each other.
    #[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
    Tail,
    /// A loop around a `match`.
    Match,
}

impl Dispatch {
    /// The fastest engine that works here.
    pub fn best() -> Dispatch {
        #[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
        if tail::works() {
            return Dispatch::Tail;
        }
        Dispatch::Match
    }

    /// The engine called `name` (`tail` or `match`), when this build has it and it works.
    pub fn named(name: &str) -> Option<Dispatch> {
        match name {
            "match" => Some(Dispatch::Match),
            "tail" => Some(Dispatch::best()).filter(|&best| best != Dispatch::Match),
            _ => None,
        }
    }

    /// What is in word 0 of a cell.
    pub(super) fn word(self, cell: Cell) -> u64 {
        match self {
            #[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
            Dispatch::Tail => tail::handler_word(cell),
            Dispatch::Match => cell as u64,
        }
    }

    /// What is in word 0 of a superinstruction, whose place is as [`super::superinstructions::find`]
    /// returns it. The portable engine has none: its `match` would only grow.
    pub(super) fn superinstruction_word(self, place: (usize, usize)) -> Option<u64> {
        match self {
            #[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
            Dispatch::Tail => Some(tail::superinstruction_word(place)),
            Dispatch::Match => {
                let _ = place;
                None
            }
        }
    }

    /// Runs from where `vm` is until something stops it.
    ///
    /// # Safety
    ///
    /// `vm.saved` must be a state that [`super::machine::M`] demands, with cells that were
    /// predecoded for this engine.
    pub(super) unsafe fn run(self, vm: &mut Machine) -> Stop {
        vm.stop = None;
        match self {
            #[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
            // SAFETY: the caller's promise.
            Dispatch::Tail => unsafe { tail::run(vm) },
            // SAFETY: the caller's promise.
            Dispatch::Match => unsafe { portable::run(vm) },
        }
        vm.stop.take().unwrap_or(Stop::Trapped(vm.trap))
    }
}

/// Runs a slow cell: `vm.saved` is where it is, and then where to go on. False when it stopped.
#[inline(never)]
unsafe fn run_slow(
    vm: *mut Machine,
    cell: fn(&mut Machine, &mut super::machine::Regs) -> Result<(), Stop>,
) -> bool {
    // SAFETY: no other reference to the machine exists while a cell runs.
    let vm = unsafe { &mut *vm };
    let mut m = vm.registers();
    let done = cell(vm, &mut m);
    (vm.saved.ip, vm.saved.fp, vm.saved.csp) = (m.ip, m.fp, m.csp);
    match done {
        Ok(()) => true,
        Err(stop) => {
            vm.stop = Some(stop);
            false
        }
    }
}

/// Gets fuel for the cell that asked for it. False when there is none.
#[cold]
#[inline(never)]
unsafe fn refuel(vm: *mut Machine) -> bool {
    // SAFETY: no other reference to the machine exists while a cell runs.
    let vm = unsafe { &mut *vm };
    match vm.guest.thread.meter.refuel() {
        Ok(()) => true,
        Err(stop) => {
            vm.stop = Some(stop);
            false
        }
    }
}
