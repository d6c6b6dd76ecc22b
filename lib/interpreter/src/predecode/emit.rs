//! Writing cells down, and joining them.

use super::{Fixup, Last, Predecoder};
use crate::cell::Cell;
use crate::fusions::Fusion;
use crate::machine::Forwarded;
#[cfg(any(test, feature = "measuring"))]
use crate::profile::{ADJACENT, Superinstruction};
use crate::superinstructions;

impl Predecoder<'_> {
    /// A cell, or the second half of a superinstruction with the last one.
    pub(super) fn emit(&mut self, cell: Cell, mut a: u16, mut b: u16, mut c: u16, d: u16) {
        if let Some(last) = &self.last {
            let words = self.cells.len() - last.start;
            debug_assert!(words >= last.cell.columns().words.into(), "{:?}", last.cell);
        }
        let joined = self.join(cell, &mut a, &mut b, &mut c, d);
        if !joined {
            self.cells.push(self.facts.dispatch.word(cell));
        }
        let start = self.cells.len() - 1;
        self.cells
            .push(u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48);
        self.last = (!joined && !self.observed).then_some(Last {
            start,
            cell,
            result: superinstructions::result(cell, a, c),
        });
        if let Some(word) = self.pending.take()
            && self.with_places
        {
            self.places.push((start, word));
        }
        self.start = start;
    }

    /// Makes the last cell a superinstruction with `cell`, when there is one. Operands may change places.
    fn join(&mut self, cell: Cell, a: &mut u16, b: &mut u16, c: &mut u16, d: u16) -> bool {
        let Some(Last {
            start,
            cell: first,
            result,
        }) = self.last
        else {
            return false;
        };
        if !self.facts.uses(Fusion::Superinstructions) {
            return false;
        }
        let mut forwarded = Forwarded::Nothing;
        if let Some(result) = result {
            match cell.columns().exchanges {
                Forwarded::A if *b == result => std::mem::swap(a, b),
                Forwarded::B if *c == result => std::mem::swap(b, c),
                Forwarded::Nothing | Forwarded::A | Forwarded::B | Forwarded::C | Forwarded::D => {}
            }
            let operands = [
                (Forwarded::A, *a),
                (Forwarded::B, *b),
                (Forwarded::C, *c),
                (Forwarded::D, d),
            ];
            let handed = |&(forwarded, register): &(Forwarded, u16)| {
                register == result && self.can_forward(first, cell, forwarded)
            };
            forwarded = operands
                .into_iter()
                .find(handed)
                .map_or(forwarded, |one| one.0);
        }
        #[cfg(any(test, feature = "measuring"))]
        if self.facts.recorded {
            self.record(Superinstruction::new(first, cell, forwarded));
            return false;
        }
        let place = superinstructions::find(first, cell, forwarded);
        let Some(word) = place.and_then(|place| self.facts.dispatch.superinstruction_word(place))
        else {
            return false;
        };
        self.cells[start] = word;
        true
    }

    /// Whether `cell` can take over the result of `first` as this operand.
    fn can_forward(&self, first: Cell, cell: Cell, forwarded: Forwarded) -> bool {
        #[cfg(any(test, feature = "measuring"))]
        if self.facts.recorded {
            return cell.columns().forwardable.contains(&forwarded);
        }
        superinstructions::find(first, cell, forwarded).is_some()
    }

    /// Has the run from the last cell to the next one counted, when they could be joined.
    #[cfg(any(test, feature = "measuring"))]
    fn record(&mut self, superinstruction: Superinstruction) {
        if superinstruction.is_possible() {
            let operands = u64::from(ADJACENT) | u64::from(superinstruction.number()) << 32;
            let word = self.facts.dispatch.word(Cell::Observe);
            self.cells.extend([word, operands, 0]);
        }
    }

    /// Records that the last cell hands over what register `result` has.
    pub(super) fn forwards(&mut self, result: u16) {
        if let Some(last) = &mut self.last {
            last.result = Some(result);
        }
    }

    pub(super) fn emit_cd(&mut self, cell: Cell, a: u16, b: u16, cd: u32) {
        self.emit(cell, a, b, cd as u16, (cd >> 16) as u16)
    }

    pub(super) fn emit_wide(&mut self, cell: Cell, a: u16, b: u16, c: u16, d: u16, word: u64) {
        self.emit(cell, a, b, c, d);
        self.cells.push(word);
    }

    /// A cell with its distance in `c:d`, for a branch over `distance` words. Backward ones cost
    /// fuel.
    pub(super) fn emit_branch(&mut self, cell: Cell, a: u16, b: u16, from: usize, distance: i32) {
        let cell = if self.paid && distance <= 0 {
            cell.paid()
        } else {
            cell
        };
        debug_assert!(cell.columns().branches, "{cell:?}");
        self.emit(cell, a, b, 0, 0);
        let start = self.start;
        self.fixups.push(Fixup {
            cell: start,
            half: (start + 1) * 2 + 1,
            target: from.wrapping_add_signed(distance as isize),
        });
    }

    /// Register numbers, four to a word.
    pub(super) fn emit_list(&mut self, registers: impl Iterator<Item = u16>) {
        for (lane, register) in registers.enumerate() {
            if lane % 4 == 0 {
                self.cells.push(0);
            }
            if let Some(word) = self.cells.last_mut() {
                *word |= u64::from(register) << (lane % 4 * 16);
            }
        }
    }
}
