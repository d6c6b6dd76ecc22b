//! Blocks and loops of a function's code.

use vbc_core::cfg::{Blocks, DepthFirst, WordSet};
use vbc_core::isa::{self, Effects, Inst, Op, walk};

/// The most instructions of a block that is copied to where a loop jumps back to it.
const COPIED: usize = 12;

/// The most blocks of a function whose unreachable ones Cranelift finds and removes. It is quadratic in them.
const REMOVED: usize = 1 << 12;

/// What is known about a function's code before it is translated. Everything is linear in its length.
#[derive(Debug, Default)]
pub(super) struct Flow {
    blocks: Blocks,
    /// In a function of many blocks, where those begin that control can get to.
    reachable: WordSet,
    /// There, where those begin that it can get to from a block before.
    entered: WordSet,
    /// How many targets SWITCHes have, in all.
    pub(super) switch_targets: usize,
    /// Each block's first word after the last instruction that leads to it, ascending by the
    /// latter: when that has been translated, all paths to the block are known.
    pub(super) known_behind: Vec<(u32, u32)>,
    /// Loops as ranges of words, from the first to the last jump back; ascending, outer ones first. They are not the
    /// natural loops of the graph: code is made in the order of words, and what only leaves a loop counts as inside
    /// where it lies between the loop's blocks.
    loops: Vec<Loop>,
    /// The jumps back that become a copy of the block at their target.
    rotated: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Loop {
    head: u32,
    /// The last jump back.
    end: u32,
    /// How many jumps back there are, and whether something else than JUMP is among them.
    jumps: u32,
    conditional: bool,
}

impl Flow {
    /// Looks at `code`, which is verified.
    pub(super) fn new(code: &[u64]) -> Flow {
        let mut flow = Flow {
            blocks: Blocks::new(code),
            ..Flow::default()
        };
        let back = flow.find_back(code);
        flow.find_loops(back);
        if flow.is_large() {
            flow.find_reachable(code);
        }
        flow.find_rotations(code);
        flow.find_ways(code);
        flow
    }

    /// How many blocks there are, the end of the code being one.
    pub(super) fn block_count(&self) -> usize {
        self.blocks.len() + 1
    }

    fn is_large(&self) -> bool {
        self.block_count() > REMOVED
    }

    fn find_reachable(&mut self, code: &[u64]) {
        let blocks = &self.blocks;
        let reached = DepthFirst::new(&blocks.successors);
        self.reachable = WordSet::new(code.len());
        self.entered = WordSet::new(code.len());
        self.entered.insert(0);
        for &block in &reached.nodes {
            self.reachable.insert(blocks.range(block).start as usize);
            let later = blocks.successors.of(block).iter().filter(|&&to| to > block);
            for &to in later {
                self.entered.insert(blocks.range(to).start as usize);
            }
        }
    }

    /// Whether the block that begins at the word is one that control cannot get to.
    pub(super) fn is_unreachable(&self, word: usize) -> bool {
        self.is_large() && !self.reachable.contains(word)
    }

    /// The branches backward: target, source, whether it is a JUMP.
    fn find_back(&mut self, code: &[u64]) -> Vec<(u32, u32, bool)> {
        let mut back = Vec::new();
        each(code, |at, inst| {
            self.switch_targets += inst.targets().len();
            let backward = walk::targets(inst, at).filter(|&target| target <= at as i64);
            back.extend(backward.map(|to| (to as u32, at as u32, inst.op == Op::Jump)));
        });
        back
    }

    /// Whether `code`, of which this is the flow, runs from its beginning to one RETURN at its end.
    pub(super) fn is_straight(&self, code: &[u64]) -> bool {
        // What jumps at all jumps back to the one block.
        self.blocks.len() == 1 && self.loops.is_empty() && {
            let mut last = None;
            each(code, |_, inst| last = Some(inst.op));
            matches!(last, Some(Op::Return))
        }
    }

    /// The words at which blocks begin, ascending.
    pub(super) fn leaders(&self) -> impl Iterator<Item = usize> + '_ {
        self.blocks.leaders().iter()
    }

    /// Whether a block begins at the word.
    pub(super) fn is_leader(&self, word: usize) -> bool {
        self.blocks.leaders().contains(word)
    }

    fn find_loops(&mut self, mut back: Vec<(u32, u32, bool)>) {
        back.sort_unstable();
        for (head, source, jump) in back {
            match self.loops.last_mut() {
                Some(last) if last.head == head => {
                    last.end = source;
                    last.jumps += 1;
                    last.conditional |= !jump;
                }
                _ => self.loops.push(Loop {
                    head,
                    end: source,
                    jumps: 1,
                    conditional: !jump,
                }),
            }
        }
    }

    /// Where a loop begins with a short block that may leave it, jumps back copy that block.
    fn find_rotations(&mut self, code: &[u64]) {
        for one in &self.loops {
            if one.conditional || one.jumps > 2 {
                continue;
            }
            // With copies where it is jumped to, nothing would lead to the block itself.
            if self.is_large() && !self.entered.contains(one.head as usize) {
                continue;
            }
            let Some((branch, behind, target)) = self.first_decision(code, one.head as usize)
            else {
                continue;
            };
            let inside = |word: usize| (one.head as usize..=one.end as usize).contains(&word);
            // A loop of the one block has nothing to gain.
            if inside(target) != inside(behind) && branch < one.end as usize {
                self.rotated.push(one.head);
            }
        }
    }

    /// The branch that ends the block at `head`, where that is short: its word, the word after it,
    /// its target.
    fn first_decision(&self, code: &[u64], head: usize) -> Option<(usize, usize, usize)> {
        let mut at = head;
        for _ in 0..COPIED {
            let inst = isa::decode(code, at).ok()?;
            let effects = inst.info().effects;
            let behind = at + inst.words.len();
            if effects.has(Effects::CALLS) || effects.has(Effects::STOPS) {
                return None;
            }
            if effects.has(Effects::ENDS) {
                let target = walk::targets(inst, at).next()?;
                return Some((at, behind, target as usize));
            }
            if self.is_leader(behind) {
                return None;
            }
            at = behind;
        }
        None
    }

    /// Whether a JUMP at `at` to `target` becomes a copy of the block there.
    pub(super) fn is_rotated(&self, at: usize, target: usize) -> bool {
        target <= at && self.rotated.binary_search(&(target as u32)).is_ok()
    }

    /// Finds the last instruction that leads to each block.
    fn find_ways(&mut self, code: &[u64]) {
        let mut last = std::collections::BTreeMap::new();
        let mut lead = |from: usize, to: usize| {
            let known = last.entry(to as u32).or_insert(from as u32);
            *known = (*known).max(from as u32);
        };
        each(code, |at, inst| {
            for target in walk::targets(inst, at) {
                let target = target as usize;
                if inst.op == Op::Jump && self.is_rotated(at, target) {
                    if let Some((_, behind, other)) = self.first_decision(code, target) {
                        lead(at, behind);
                        lead(at, other);
                    }
                } else {
                    lead(at, target);
                }
            }
            let behind = at + inst.words.len();
            if !inst.info().effects.has(Effects::STOPS) && self.is_leader(behind) {
                lead(at, behind);
            }
        });
        // Blocks to which nothing leads are known from the beginning.
        for leader in self.blocks.leaders().iter() {
            last.entry(leader as u32).or_insert(0);
        }
        self.known_behind = last.into_iter().map(|(to, from)| (from, to)).collect();
        self.known_behind.sort_unstable();
    }

    /// Whether `target` lies in the innermost loop around `at`.
    pub(super) fn stays(&self, at: usize, target: usize) -> bool {
        let at = at as u32;
        // Ranges that begin after `at` do not hold it; of the others the last that does is the
        // innermost one. Few are looked at: a range that has ended lets the next one decide.
        let before = self.loops.partition_point(|one| one.head <= at);
        let around = self.loops[..before]
            .iter()
            .rev()
            .take(16)
            .find(|one| at <= one.end);
        around.is_some_and(|one| (one.head..=one.end).contains(&(target as u32)))
    }
}

/// Steps through the instructions.
fn each<'a>(code: &'a [u64], mut f: impl FnMut(usize, Inst<'a>)) {
    let mut at = 0;
    while let Ok(inst) = isa::decode(code, at) {
        f(at, inst);
        at += inst.words.len();
    }
}
