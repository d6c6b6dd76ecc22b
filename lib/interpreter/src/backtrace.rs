//! Where a trap happened, and the calls that led there.

use super::code::Code;
use super::predecode::predecode;
use super::state::Machine;
use vbc_core::isa::Trap;
use vbc_runtime::guest::Calls;
use vbc_runtime::{FramePlace, TrapReport};

impl Machine {
    /// What is known about the trap at which the machine has stopped.
    pub(super) fn trap_report(&self, trap: Trap) -> TrapReport {
        let mut ranges: Vec<&Code> = self.code.iter().collect();
        ranges.sort_by_key(|code| code.start() as usize);
        let mut calls = Calls::default();
        let mut add = |ip: *const u64, is_return: bool| {
            if let Some((function, offset)) = self.find(&ranges, ip, is_return) {
                calls.add(&self.guest, function, offset);
            }
        };
        add(self.saved.ip, false);
        let mut csp = self.saved.csp;
        while csp < self.stack.top() {
            // SAFETY: the records from `saved.csp` to the top are those of the active calls.
            add(unsafe { (*csp).ip }, true);
            csp = csp.wrapping_add(1);
        }
        calls.report(trap, |function, offset| self.frame_place(function, offset))
    }

    /// The function to whose cells `ip` points, and the offset of the cell; for an address behind
    /// a call's cell, an offset within that cell. None for stubs.
    fn find(&self, ranges: &[&Code], ip: *const u64, is_return: bool) -> Option<(u32, usize)> {
        let at = ranges.partition_point(|code| code.start() as usize <= ip as usize);
        let code = ranges.get(at.checked_sub(1)?)?;
        let offset = code.offset_of(ip)?;
        Some((code.function, offset - usize::from(is_return && offset > 0)))
    }

    /// The instruction whose cells lie at `offset` in the function's code.
    fn frame_place(&self, function: u32, offset: usize) -> FramePlace {
        let places = predecode(self.facts(), function, true).places;
        let at = places.partition_point(|&(start, _)| start <= offset);
        let word = at.checked_sub(1).map_or(0, |at| places[at].1);
        self.guest.frame_place(function, word)
    }
}
