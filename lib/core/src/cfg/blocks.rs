//! Basic blocks.

use std::ops::Range;

use super::{Edges, WordSet};
use crate::isa::Effects;
use crate::isa::walk::{Item, Walk, targets};

/// The basic blocks of a function, in order of place.
///
/// Code that was not verified may be divided too: words that are not an instruction end no block, and a branch leads
/// nowhere when no instruction begins at its target.
#[derive(Clone, Debug, Default)]
pub struct Blocks {
    /// The first word of each block, and the number of words of the code.
    bounds: Vec<u32>,
    /// The first words again, for callers that go through the code and ask about each word.
    leaders: WordSet,
    /// From each block to others: the targets of its last instruction in their order, then the next block, unless
    /// control never goes on there.
    pub successors: Edges,
}

impl Blocks {
    /// Divides `code`.
    pub fn new(code: &[u64]) -> Blocks {
        let mut begins = WordSet::new(code.len());
        let mut leaders = WordSet::new(code.len());
        leaders.insert(0);
        for (at, item) in Walk::new(code) {
            begins.insert(at);
            let Item::Inst(inst) = item else { continue };
            leaders.insert_targets(inst, at);
            if inst.info().effects.has(Effects::ENDS) {
                leaders.insert(at + inst.words.len());
            }
        }
        leaders.intersect(&begins);
        let first = leaders.iter().map(|word| word as u32);
        let mut blocks = Blocks {
            bounds: first.chain([code.len() as u32]).collect(),
            leaders,
            successors: Edges::default(),
        };
        blocks.connect(code);
        blocks
    }

    fn connect(&mut self, code: &[u64]) {
        let mut successors = Edges::default();
        for (at, item) in Walk::new(code) {
            let block = successors.len();
            let end = (at + item.words().len()) as u32;
            if end != self.bounds[block + 1] {
                continue;
            }
            let next = (block + 1 < self.len()).then_some(block as u32 + 1);
            match item {
                Item::Inst(inst) => {
                    let stops = inst.info().effects.has(Effects::STOPS);
                    let branches = targets(inst, at).filter_map(|target| self.at(target));
                    successors.push(branches.chain(next.filter(|_| !stops)));
                }
                Item::Words(_) => successors.push(next),
            }
        }
        self.successors = successors;
    }

    /// The number of blocks.
    pub fn len(&self) -> usize {
        self.bounds.len().saturating_sub(1)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words of a block.
    #[inline]
    pub fn range(&self, block: u32) -> Range<u32> {
        self.bounds[block as usize]..self.bounds[block as usize + 1]
    }

    /// The first words of all blocks.
    #[inline]
    pub fn leaders(&self) -> &WordSet {
        &self.leaders
    }

    /// The block that begins at a word.
    pub fn at(&self, word: i64) -> Option<u32> {
        let word = u32::try_from(word).ok()?;
        let found = self.bounds[..self.len()].binary_search(&word);
        found.ok().map(|block| block as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::decode::Value;
    use crate::isa::{Op, encode};

    #[test]
    fn whatever_the_code_holds() {
        let mut code = Vec::new();
        // 0: IF to 4; 1: SWITCH to 0, 99, 4; 4: unknown; 5: JUMP into the SWITCH; 6: reserved, cut off.
        encode(Op::IfI64, &[Value::Reg(0), Value::Label(4)], &mut code);
        let targets = Value::Targets(&[-1, 98, 3]);
        encode(Op::SwitchI64, &[Value::Reg(0), targets], &mut code);
        code.push(0xffff);
        encode(Op::Jump, &[Value::Label(-3)], &mut code);
        code.push(0x0009_0600);
        let blocks = Blocks::new(&code);
        let ranges: Vec<_> = (0..blocks.len() as u32)
            .map(|block| blocks.range(block))
            .collect();
        assert_eq!(ranges, [0..1, 1..4, 4..6, 6..7]);
        let successors: Vec<_> = (0..4).map(|block| blocks.successors.of(block)).collect();
        assert_eq!(successors, [&[2, 1][..], &[0, 2], &[], &[]]);
        assert_eq!(
            (blocks.at(4), blocks.at(5), blocks.at(-1)),
            (Some(2), None, None)
        );
        assert!(Blocks::new(&[]).is_empty());
    }
}
