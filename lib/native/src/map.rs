//! From addresses in code to instructions, while code is added.
//!
//! **Who reads.** Signal handlers, at any moment: in the middle of code, of the host's functions, even of
//! [`CodeMap::add`] on the same thread, while other threads add. So a reader takes no lock, allocates nothing, never
//! waits and never begins again: it announces itself, loads one pointer and searches lists that nobody changes.
//!
//! **Who writes.** Whoever has compiled something, under a lock that readers do not know. A piece is in the map before
//! anybody is told an address in it: a thread that is in a piece has learnt of it after the store that published
//! it, and so loads that list or a later one. Pieces stay as long as the map.
//!
//! **When a list is freed.** It is replaced first, then the readers are counted, all in one order that every thread
//! agrees on (`SeqCst`). Where the count is zero, each reader that comes later has announced itself after the count,
//! and loads its pointer after the replacement: nobody has what was replaced. Where it is not zero, the list is kept
//! for the next time. Whoever adds never waits either, then, and a reader that was interrupted only keeps lists alive.
//!
//! **What it costs.** The pieces lie in sorted runs, each more than twice as long as the next once they are many: a new
//! piece is merged with the runs that are not longer. A piece is copied a logarithmic number of times, and a search
//! looks into a logarithmic number of runs, so that functions may be compiled one by one.

#![allow(
    unsafe_code,
    reason = "readers and whoever adds share lists without a lock"
)]

use std::ops::Range;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use super::context::Site;
use vbc_core::isa::Trap;

/// Takes function and word of a call, those into which a function was translated innermost first.
pub(crate) type Add<'a> = &'a mut dyn FnMut(u32, usize);

/// What is known of code that was compiled at once, wherever it lies.
pub(crate) trait CodePiece: Send + Sync {
    /// The addresses of its bytes, which are nobody else's.
    fn range(&self) -> Range<usize>;

    /// The trap of the instruction at `address`, if it is one that may trap, and whether it is that of a
    /// function's prologue. Allocates nothing and takes no lock.
    fn trap_at(&self, address: usize) -> Option<(Trap, bool)>;

    /// The calls that are at the instruction at `address`, which has trapped; `is_fault` when the
    /// processor refused its access to memory.
    fn at_trap(&self, address: usize, is_fault: bool, add: Add<'_>);

    /// The calls that are at the call which returns to `address`.
    fn at_call(&self, address: usize, add: Add<'_>);

    /// The calls that are at a place which code passed on; false when the place is another piece's.
    fn at_site(&self, site: Site, add: Add<'_>) -> bool;
}

/// A piece of code and where it lies.
#[derive(Clone)]
struct Piece {
    range: Range<usize>,
    code: Arc<dyn CodePiece>,
}

/// Pieces by ascending address.
type Run = Arc<[Piece]>;

/// A list that readers had before the present one.
struct Replaced(*mut Vec<Run>);

// SAFETY: the list is its owner's alone, and what it holds may go anywhere.
unsafe impl Send for Replaced {}

impl Drop for Replaced {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw`, and dropped when no reader has it.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// All code of a program.
pub(crate) struct CodeMap {
    /// The runs, from the longest to the shortest; never null.
    runs: AtomicPtr<Vec<Run>>,
    /// How many look at a list of runs.
    readers: AtomicUsize,
    /// Lists that readers may still have. Held while a piece is added.
    replaced: Mutex<Vec<Replaced>>,
}

/// Counts a reader as long as it lives.
struct Reading<'m>(&'m AtomicUsize);

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

impl CodeMap {
    /// The map of a program with its first piece.
    pub(crate) fn new(code: Arc<dyn CodePiece>) -> CodeMap {
        let map = CodeMap {
            runs: AtomicPtr::new(Box::into_raw(Box::default())),
            readers: AtomicUsize::new(0),
            replaced: Mutex::default(),
        };
        map.add(code);
        map
    }

    /// Adds a piece. Only then may anybody be told an address in it.
    pub(crate) fn add(&self, code: Arc<dyn CodePiece>) {
        let mut replaced = self.replaced.lock().unwrap_or_else(PoisonError::into_inner);
        let mut runs = self.read(<[Run]>::to_vec);
        let range = code.range();
        let mut merged = vec![Piece { range, code }];
        while let Some(run) = runs.pop_if(|run| run.len() <= merged.len()) {
            merged.extend_from_slice(&run);
        }
        merged.sort_by_key(|piece| piece.range.start);
        runs.push(merged.into());
        let runs = Box::into_raw(Box::new(runs));
        replaced.push(Replaced(self.runs.swap(runs, SeqCst)));
        if self.readers.load(SeqCst) == 0 {
            replaced.clear();
        }
    }

    /// Lets `f` look at the runs.
    fn read<R>(&self, f: impl FnOnce(&[Run]) -> R) -> R {
        self.readers.fetch_add(1, SeqCst);
        let _reading = Reading(&self.readers);
        // SAFETY: the list is freed only when it was replaced and no reader is counted who began before.
        f(unsafe { &*self.runs.load(SeqCst) })
    }

    /// Lets `f` look at the piece in which an address lies.
    fn at<R>(&self, address: usize, f: impl FnOnce(&dyn CodePiece) -> R) -> Option<R> {
        self.read(|runs| {
            let piece = runs.iter().find_map(|run| {
                let after = run.partition_point(|piece| piece.range.start <= address);
                let piece = &run[after.checked_sub(1)?];
                piece.range.contains(&address).then_some(piece)
            })?;
            Some(f(&*piece.code))
        })
    }

    /// See [`CodePiece::trap_at`]. For signal handlers, too.
    pub(crate) fn trap_at(&self, address: usize) -> Option<(Trap, bool)> {
        self.at(address, |code| code.trap_at(address)).flatten()
    }

    /// See [`CodePiece::at_trap`].
    pub(crate) fn at_trap(&self, address: usize, is_fault: bool, add: Add<'_>) {
        self.at(address, |code| code.at_trap(address, is_fault, add));
    }

    /// See [`CodePiece::at_call`].
    pub(crate) fn at_call(&self, address: usize, add: Add<'_>) {
        // The address after the call may belong to the next piece.
        self.at(address.wrapping_sub(1), |code| code.at_call(address, add));
    }

    /// The calls that are at a place which code passed on.
    pub(crate) fn at_site(&self, site: Site, add: Add<'_>) {
        self.read(|runs| {
            let mut pieces = runs.iter().flat_map(|run| run.iter());
            pieces.any(|piece| piece.code.at_site(site, add))
        });
    }

    /// How many pieces there are.
    #[cfg(all(test, feature = "jit"))]
    pub(crate) fn pieces(&self) -> usize {
        self.read(|runs| runs.iter().map(|run| run.len()).sum())
    }
}

impl Drop for CodeMap {
    fn drop(&mut self) {
        drop(Replaced(*self.runs.get_mut()));
    }
}

#[cfg(test)]
mod tests;
