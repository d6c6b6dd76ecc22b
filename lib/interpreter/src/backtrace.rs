//! The active calls: where the machine has stopped, and what led there.

use super::code::CodeRanges;
use super::predecode::predecode;
use super::stack::Stack;
use super::state::{Machine, Saved};
use vbc_core::isa::Trap;
use vbc_runtime::guest::Calls;
use vbc_runtime::{FramePlace, TrapReport};

/// A native function that has entered the program again.
#[derive(Clone, Copy, Debug)]
pub(super) struct NativeCall {
    /// Where what it has called returns to.
    pub(super) exit: *const u64,
    /// Function index.
    pub(super) function: u32,
}

/// An active call of a function that has cells, or of a native function that has entered the program again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    /// Function index.
    pub(super) function: u32,
    /// The offset in words, in the function's code, of the cell at which it is; for a call that waits for
    /// another, an offset within the cell of that call.
    pub(super) at: usize,
    /// The first slot of its frame.
    pub(super) fp: *mut u64,
}

/// The active calls where a machine has stopped, innermost first. Those of functions without cells are left out (the
/// host's, and what was about to be predecoded), but for native functions that have entered the program again.
pub(super) fn frames<'m>(
    code: &'m mut CodeRanges,
    natives: &'m [NativeCall],
    saved: Saved,
    stack: &'m Stack,
) -> impl Iterator<Item = Frame> + 'm {
    let code = code.sorted();
    let Saved { ip, fp, csp } = saved;
    let records = (0..)
        .map(move |n| csp.wrapping_add(n))
        .take_while(|&record| record < stack.top())
        // SAFETY: the records from `saved.csp` to the top are those of the active calls.
        .map(|record| unsafe { *record })
        .map(|record| (record.ip, record.fp, 1));
    let all = std::iter::once((ip, fp, 0)).chain(records);
    all.filter_map(move |(ip, fp, back)| {
        let Some((code, offset)) = code.find(ip) else {
            let native = natives.iter().find(|native| native.exit == ip)?;
            let function = native.function;
            return Some(Frame {
                function,
                at: 0,
                fp,
            });
        };
        Some(Frame {
            function: code.function,
            at: offset.saturating_sub(back),
            fp,
        })
    })
}

impl Machine {
    /// What is known about the trap at which the machine has stopped.
    pub(super) fn trap_report(&mut self, trap: Trap) -> TrapReport {
        let mut calls = Calls::default();
        for frame in frames(&mut self.code, &self.natives, self.saved, &self.stack) {
            calls.add(&self.guest.bound, frame.function, frame.at);
        }
        calls.report(trap, |function, offset| self.frame_place(function, offset))
    }

    /// The instruction whose cells lie at `offset` in the function's code.
    fn frame_place(&self, function: u32, offset: usize) -> FramePlace {
        if self.guest.bound.is_host(function) {
            return self.guest.bound.frame_place(function, 0);
        }
        let places = predecode(self.facts(), function, true).places;
        let at = places.partition_point(|&(start, _)| start <= offset);
        let word = at.checked_sub(1).map_or(0, |at| places[at].1);
        self.guest.bound.frame_place(function, word)
    }
}
