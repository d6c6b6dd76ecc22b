//! Registers that hold something at different times, in one local.
//!
//! Where a function names many registers, each gets the range of code in which what it holds is still wanted, and
//! ranges get locals from the first to the last, as in linear scan register allocation (Poletto and Sarkar, 1999). A
//! place in the code is a number that grows along the bytecode; a range covers everything between its first place and
//! its last, so that two registers in one local never hold something at the same time, whatever path control takes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Range;

use vbc_core::cfg::Edges;

use super::blocks::Blocks;
use super::operands::Signatures;
use super::trees::{Action, Statement, Trees};
use vbc_core::isa::{DISCARD, ValType};

/// Blocks to look at for each instruction of the function, on average, until the registers that are left count as
/// wanted everywhere; a bound that keeps the time linear.
const MOST_STEPS: usize = 48;

/// A function, as far as it determines where registers are wanted.
pub(super) struct LiveInput<'a, 'm> {
    pub blocks: &'a Blocks<'m>,
    pub signatures: &'a Signatures<'m>,
    pub trees: &'a Trees,
    /// The type of each register.
    pub types: &'a [ValType],
    /// How many of them are parameters, whose locals are given.
    pub params: usize,
}

/// The slot of a register that is a parameter, or that no code names.
pub(super) const NONE: u32 = u32::MAX;

/// For each register the number of its slot. Registers with the same number have the same type.
pub(super) fn slots(code: &LiveInput<'_, '_>) -> Vec<u32> {
    let mut finder = Finder::new(code);
    for block in 0..code.blocks.ranges.len() as u32 {
        finder.block(block);
    }
    let mut ranges = finder.ranges();
    ranges.sort_unstable_by_key(|&(register, ref range)| (range.start, register));
    let mut free: BTreeMap<ValType, BinaryHeap<Reverse<u32>>> = BTreeMap::new();
    let mut taken: BinaryHeap<Reverse<(u32, u32, ValType)>> = BinaryHeap::new();
    let mut slots = vec![NONE; code.types.len()];
    let mut count = 0;
    for (register, range) in ranges {
        while let Some(&Reverse((end, slot, ty))) = taken.peek()
            && end <= range.start
        {
            taken.pop();
            free.entry(ty).or_default().push(Reverse(slot));
        }
        let ty = code.types[usize::from(register)];
        let slot = match free.entry(ty).or_default().pop() {
            Some(Reverse(slot)) => slot,
            None => {
                count += 1;
                count - 1
            }
        };
        slots[usize::from(register)] = slot;
        taken.push(Reverse((range.end, slot, ty)));
    }
    slots
}

/// What a block does with a register.
struct Mention {
    register: u16,
    block: u32,
    /// The places from the first to the last.
    range: Range<u32>,
    /// It is read before it is written.
    is_wanted: bool,
    is_written: bool,
}

struct Finder<'a, 'm> {
    code: &'a LiveInput<'a, 'm>,
    mentions: Vec<Mention>,
    /// For each register its latest mention.
    latest: Vec<Option<usize>>,
    /// The next place.
    place: u32,
    /// The places of each block.
    blocks: Vec<Range<u32>>,
    nodes: Vec<u32>,
}

impl<'a, 'm> Finder<'a, 'm> {
    fn new(code: &'a LiveInput<'a, 'm>) -> Finder<'a, 'm> {
        Finder {
            code,
            mentions: Vec::new(),
            latest: vec![None; code.types.len()],
            place: 0,
            blocks: Vec::new(),
            nodes: Vec::new(),
        }
    }

    fn block(&mut self, block: u32) {
        let trees = self.code.trees;
        let start = self.place;
        self.place += 1;
        for &statement in trees.statements(block) {
            match statement {
                Statement::Set(register, tree) => {
                    self.reads(block, tree);
                    self.mention(block, register, true);
                }
                Statement::Drop(tree) | Statement::Do(tree) => self.reads(block, tree),
                Statement::Spread(tree, at) => {
                    self.reads(block, tree);
                    let inst = &self.code.blocks.insts[at as usize];
                    let (mut uses, mut defs) = (Vec::new(), Vec::new());
                    let signatures = self.code.signatures;
                    signatures.registers(inst, &mut uses, &mut defs);
                    for &register in defs.iter().filter(|&&register| register != DISCARD) {
                        self.mention(block, register, true);
                    }
                }
            }
            self.place += 1;
        }
        if let Some(tree) = trees.terminator(block) {
            self.reads(block, tree);
        }
        self.place += 1;
        self.blocks.push(start..self.place);
    }

    /// Notes what a tree reads, and goes to the place after it.
    fn reads(&mut self, block: u32, tree: u32) {
        self.nodes.push(tree);
        while let Some(node) = self.nodes.pop() {
            if let Action::Get(register) = self.code.trees.node(node).action {
                self.mention(block, register, false);
            }
            self.nodes.extend(self.code.trees.children(node));
        }
        self.place += 1;
    }

    fn mention(&mut self, block: u32, register: u16, is_written: bool) {
        let at = usize::from(register);
        if at < self.code.params {
            return;
        }
        let known = self.latest[at].and_then(|known| self.mentions.get_mut(known));
        if let Some(known) = known.filter(|known| known.block == block) {
            known.range.end = self.place + 1;
            known.is_written |= is_written;
            return;
        }
        self.latest[at] = Some(self.mentions.len());
        self.mentions.push(Mention {
            register,
            block,
            range: self.place..self.place + 1,
            is_wanted: !is_written,
            is_written,
        });
    }

    /// The range of every register that is named.
    fn ranges(mut self) -> Vec<(u16, Range<u32>)> {
        let mut mentions = std::mem::take(&mut self.mentions);
        mentions.sort_by_key(|mention| mention.register);
        let blocks = self.code.blocks;
        let mut walk = Walk {
            before: &blocks.successors.reversed(),
            places: &self.blocks,
            end: self.place,
            is_written: vec![DISCARD; blocks.ranges.len()],
            is_wanted: vec![DISCARD; blocks.ranges.len()],
            pending: Vec::new(),
            steps: MOST_STEPS.saturating_mul(blocks.insts.len()),
        };
        let groups = mentions.chunk_by(|a, b| a.register == b.register);
        groups
            .map(|group| (group[0].register, walk.range(group)))
            .collect()
    }
}

/// Goes backwards from the blocks that want a register to those that write it.
struct Walk<'a> {
    /// The predecessors of each block.
    before: &'a Edges,
    /// The places of each block.
    places: &'a [Range<u32>],
    end: u32,
    /// The last register that was found to be written in each block.
    is_written: Vec<u16>,
    /// The last one that was found to be wanted at its beginning.
    is_wanted: Vec<u16>,
    pending: Vec<u32>,
    /// How many steps may follow.
    steps: usize,
}

impl Walk<'_> {
    /// The range of a register, of which these are all mentions.
    fn range(&mut self, mentions: &[Mention]) -> Range<u32> {
        let register = mentions[0].register;
        let mut range = mentions[0].range.clone();
        for mention in mentions {
            range.start = range.start.min(mention.range.start);
            range.end = range.end.max(mention.range.end);
            let block = mention.block as usize;
            if mention.is_written {
                self.is_written[block] = register;
            }
            if mention.is_wanted {
                self.is_wanted[block] = register;
                self.pending.push(mention.block);
            }
        }
        while let Some(block) = self.pending.pop() {
            range.start = range.start.min(self.places[block as usize].start);
            let before = self.before.of(block);
            self.steps = self.steps.saturating_sub(before.len());
            if self.steps == 0 {
                self.pending.clear();
                return 0..self.end;
            }
            for &from in before {
                range.end = range.end.max(self.places[from as usize].end);
                let at = from as usize;
                if self.is_written[at] != register && self.is_wanted[at] != register {
                    self.is_wanted[at] = register;
                    self.pending.push(from);
                }
            }
        }
        range
    }
}
