//! A function's code as basic blocks.

use std::ops::Range;

use vbc_core::cfg::{self, Edges};
use vbc_core::isa::walk::{Item, Walk};
use vbc_core::isa::{Effects, Inst, Op};

/// The instructions of a function and the blocks that they form.
pub(super) struct Blocks<'m> {
    /// All instructions, in order.
    pub insts: Vec<Inst<'m>>,
    /// The word at which each instruction begins.
    pub words: Vec<u32>,
    /// The instructions of each block; the first block is the entry.
    pub ranges: Vec<Range<u32>>,
    /// Successors: the target of a jump; target and next block of a branch; the targets of a
    /// SWITCH, the default last.
    pub successors: Edges,
}

impl<'m> Blocks<'m> {
    /// Divides verified code.
    pub fn new(code: &'m [u64]) -> Blocks<'m> {
        let blocks = cfg::Blocks::new(code);
        let (mut insts, mut words) = (Vec::new(), Vec::new());
        let mut ranges = Vec::with_capacity(blocks.len());
        for block in 0..blocks.len() as u32 {
            let first = insts.len() as u32;
            let range = blocks.range(block);
            for (at, item) in Walk::new(&code[range.start as usize..range.end as usize]) {
                if let Item::Inst(inst) = item {
                    insts.push(inst);
                    words.push(range.start + at as u32);
                }
            }
            ranges.push(first..insts.len() as u32);
        }
        Blocks {
            insts,
            words,
            ranges,
            successors: blocks.successors,
        }
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
