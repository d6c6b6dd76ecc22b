//! A function's code as basic blocks.

use std::ops::Range;

use vbc_core::isa::walk::{self, Item, Walk};
use vbc_core::isa::{Effects, Inst, Op};

/// The instructions of a function and the blocks that they form.
pub(super) struct Blocks<'m> {
    /// All instructions, in order.
    pub insts: Vec<Inst<'m>>,
    /// The word at which each instruction begins.
    pub words: Vec<u32>,
    /// The instructions of each block; the first block is the entry.
    pub ranges: Vec<Range<u32>>,
    /// Where each block's successors begin in `successors`; one more than there are blocks.
    pub starts: Vec<u32>,
    /// Successors: the target of a jump; target and next block of a branch; the targets of a
    /// SWITCH, the default last.
    pub successors: Vec<u32>,
}

impl<'m> Blocks<'m> {
    /// Divides verified code.
    pub fn new(code: &'m [u64]) -> Blocks<'m> {
        let (mut insts, mut words) = (Vec::new(), Vec::new());
        for (at, item) in Walk::new(code) {
            if let Item::Inst(inst) = item {
                insts.push(inst);
                words.push(at as u32);
            }
        }
        let labels = walk::labels(code);
        let mut ranges: Vec<Range<u32>> = Vec::new();
        let mut first = 0;
        let mut next_label = labels.iter().copied().peekable();
        for at in 0..insts.len() {
            let ends = insts[at].info().effects.has(Effects::ENDS);
            let following = words.get(at + 1).copied();
            while next_label.next_if(|&label| label <= words[at]).is_some() {}
            if ends || following.is_none() || following == next_label.peek().copied() {
                ranges.push(first as u32..at as u32 + 1);
                first = at + 1;
            }
        }
        let mut blocks = Blocks {
            insts,
            words,
            ranges,
            starts: vec![0],
            successors: Vec::new(),
        };
        blocks.connect();
        blocks
    }

    fn connect(&mut self) {
        for block in 0..self.ranges.len() {
            let last = self.ranges[block].end as usize - 1;
            let inst = self.insts[last];
            for target in walk::targets(inst, self.words[last] as usize) {
                let target = self.block_at(target as u32);
                self.successors.push(target);
            }
            if !inst.info().effects.has(Effects::STOPS) {
                self.successors.push(block as u32 + 1);
            }
            self.starts.push(self.successors.len() as u32);
        }
    }

    /// The block that begins at a word.
    fn block_at(&self, word: u32) -> u32 {
        let first = |range: &Range<u32>| self.words[range.start as usize];
        self.ranges.partition_point(|range| first(range) < word) as u32
    }

    /// The last instruction of a block, if it decides where control goes.
    pub fn terminator(&self, block: u32) -> Option<u32> {
        let last = self.ranges[block as usize].end - 1;
        let ends = self.insts[last as usize].info().effects.has(Effects::ENDS);
        ends.then_some(last)
    }

    /// The instructions of a block but its terminator.
    pub fn body(&self, block: u32) -> Range<u32> {
        let range = self.ranges[block as usize].clone();
        match self.terminator(block) {
            Some(last) => range.start..last,
            None => range,
        }
    }
}

/// Whether the instruction is a SWITCH.
pub(super) fn is_switch(op: Op) -> bool {
    matches!(op, Op::SwitchI32 | Op::SwitchI64)
}
