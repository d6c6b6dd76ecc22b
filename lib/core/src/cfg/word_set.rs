//! Sets of places in code.

use crate::isa::decode::Value;
use crate::isa::walk::{Item, Walk, targets};
use crate::isa::{Inst, decode};

/// Words of a function's code.
#[derive(Clone, Debug, Default)]
pub struct WordSet {
    bits: Vec<u64>,
}

impl WordSet {
    /// An empty set for code of `words` words; there is also room in it for the word after the last
    /// one.
    pub fn new(words: usize) -> WordSet {
        WordSet {
            bits: vec![0; words / 64 + 1],
        }
    }

    /// Adds a word; one for which there is no room is left out.
    #[inline]
    pub fn insert(&mut self, word: usize) {
        if let Some(bits) = self.bits.get_mut(word / 64) {
            *bits |= 1 << (word % 64);
        }
    }

    /// Adds where an instruction at word `at` may branch to.
    pub(super) fn insert_targets(&mut self, inst: Inst<'_>, at: usize) {
        for target in targets(inst, at) {
            if let Ok(target) = usize::try_from(target) {
                self.insert(target);
            }
        }
    }

    /// Takes out the words that are not in `other`, a set for the same code.
    pub(super) fn intersect(&mut self, other: &WordSet) {
        for (bits, other) in self.bits.iter_mut().zip(&other.bits) {
            *bits &= other;
        }
    }

    /// Whether the word is in the set.
    #[inline]
    pub fn contains(&self, word: usize) -> bool {
        let bits = self.bits.get(word / 64);
        bits.is_some_and(|bits| bits >> (word % 64) & 1 != 0)
    }

    /// The number of words in the set.
    pub fn len(&self) -> usize {
        self.bits
            .iter()
            .map(|bits| bits.count_ones() as usize)
            .sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bits.iter().all(|&bits| bits == 0)
    }

    /// The words, ascending.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let words = self.bits.iter().enumerate();
        words.flat_map(|(n, &bits)| {
            std::iter::successors(Some(bits), |bits| Some(bits & bits.wrapping_sub(1)))
                .take_while(|&bits| bits != 0)
                .map(move |bits| n * 64 + bits.trailing_zeros() as usize)
        })
    }
}

/// Where branches of verified code lead, of those whose distance in words `counts`.
pub fn branch_targets(code: &[u64], counts: impl Fn(i32) -> bool) -> WordSet {
    let mut found = WordSet::new(code.len());
    let mut at = 0;
    while let Ok(inst) = decode(code, at) {
        let mut mark = |distance: i32| {
            if counts(distance) {
                found.insert(at.wrapping_add_signed(distance as isize));
            }
        };
        for operand in inst.operands() {
            match inst.value(operand) {
                Value::Label(distance) => mark(distance),
                Value::Targets(targets) => targets.iter().copied().for_each(&mut mark),
                Value::Reg(_)
                | Value::Imm(_)
                | Value::Offset(_)
                | Value::Addend(_)
                | Value::Index(_)
                | Value::TrapKind(_)
                | Value::RefType(_)
                | Value::Field(_)
                | Value::Count(_)
                | Value::Regs(_) => {}
            }
        }
        at += inst.words.len();
    }
    found
}

/// The places in one function's code, whatever it holds, that have a label: targets of branches at which an instruction
/// begins, ascending.
pub fn labels(code: &[u64]) -> Vec<u32> {
    let mut begins = WordSet::new(code.len());
    let mut found = WordSet::new(code.len());
    for (at, item) in Walk::new(code) {
        begins.insert(at);
        if let Item::Inst(inst) = item {
            found.insert_targets(inst, at);
        }
    }
    found.intersect(&begins);
    found.iter().map(|word| word as u32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::{Op, encode};

    #[test]
    fn labels_are_where_instructions_begin() {
        let mut code = Vec::new();
        // 0: IF to 4; 1: SWITCH to 0, 99, 4; 4: unknown; 5: JUMP into the SWITCH.
        encode(Op::IfI64, &[Value::Reg(0), Value::Label(4)], &mut code);
        let targets = Value::Targets(&[-1, 98, 3]);
        encode(Op::SwitchI64, &[Value::Reg(0), targets], &mut code);
        code.push(0xffff);
        encode(Op::Jump, &[Value::Label(-3)], &mut code);
        assert_eq!(labels(&code), [0, 4]);
        assert!(labels(&[]).is_empty());
    }

    #[test]
    fn words_come_in_order() {
        let mut set = WordSet::new(128);
        assert!(set.is_empty());
        for word in [128, 64, 63, 0, 64, 1000] {
            set.insert(word);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 128]);
        assert_eq!(set.len(), 4);
        assert!(set.contains(63) && !set.contains(62) && !set.contains(1000));
    }
}
