//! Where a trap happened, and the calls that led there.

use super::code::Code;
use super::predecode::predecode;
use super::state::Machine;
use crate::isa::{self, Trap};
use crate::module::{Definition, Kind, NameSpace};
use crate::runtime::{FramePlace, TrapReport};

/// The innermost calls that a report lists; the outermost one is listed too.
const LISTED: usize = 50;

impl Machine {
    /// What is known about the trap at which the machine has stopped.
    pub(super) fn trap_report(&self, trap: Trap) -> TrapReport {
        let mut places: Vec<(u32, usize)> = Vec::new();
        let mut outermost = None;
        let mut depth = 0_usize;
        let mut ranges: Vec<&Code> = self.code.iter().collect();
        ranges.sort_by_key(|code| code.start() as usize);
        let mut add = |ip: *const u64, is_return: bool| {
            let Some((function, offset)) = self.find(&ranges, ip, is_return) else {
                return;
            };
            if self.is_support(function) {
                return;
            }
            depth += 1;
            outermost = Some((function, offset));
            if places.len() < LISTED {
                places.push((function, offset));
            }
        };
        add(self.saved.ip, false);
        let mut csp = self.saved.csp;
        while csp < self.stack.top() {
            // SAFETY: the records from `saved.csp` to the top are those of the active calls.
            add(unsafe { (*csp).ip }, true);
            csp = csp.wrapping_add(1);
        }
        if depth > places.len() {
            places.extend(outermost);
        }
        TrapReport {
            trap,
            omitted: depth - places.len(),
            frames: places
                .into_iter()
                .map(|(function, offset)| self.frame_place(function, offset))
                .collect(),
        }
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
        let module = &self.program.module;
        let places = predecode(self, function, true).places;
        let at = places.partition_point(|&(start, _)| start <= offset);
        let word = at.checked_sub(1).map_or(0, |at| places[at].1);
        FramePlace {
            function,
            name: module.display_name(NameSpace::Func, function),
            instruction: self.instruction_number(function, word),
            source: module.source_place(function, word as u64),
        }
    }

    fn instruction_number(&self, function: u32, word: usize) -> u32 {
        let Some(Definition::Defined(defined)) = self.spaces.get(Kind::Func, function) else {
            return 0;
        };
        let code = self.program.module.function_code(defined);
        let (mut at, mut number) = (0, 0);
        while at < word
            && let Ok(inst) = isa::decode(code, at)
        {
            at += inst.words.len();
            number += 1;
        }
        number
    }
}
