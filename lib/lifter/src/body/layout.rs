//! The order of the blocks, and of the instructions in them.
//!
//! A loop's blocks are consecutive: what only leaves a loop follows it. A loop that is left at its
//! header, but repeated by a jump from its last block, gets the header last: then the branch that
//! decides is also the one that repeats.

use super::constants::{END, Placement};
use super::flow::Flow;
use super::ir::{Block, EdgeId, Ir, Term, Value};
use super::simplify::has_effects;

/// Instructions in order. A place in it is a point of time for [`super::liveness`].
#[derive(Debug, Default)]
pub(super) struct Schedule {
    /// The blocks in order.
    pub blocks: Vec<Block>,
    pub values: Vec<Value>,
    /// For each block its range of `values`.
    pub ranges: Vec<(u32, u32)>,
}

impl Schedule {
    pub fn new(ir: &Ir, flow: &Flow, uses: &[u32], placements: &[Placement]) -> Schedule {
        let mut schedule = Schedule {
            blocks: order(ir, flow),
            values: Vec::with_capacity(ir.insts.len()),
            ranges: vec![(0, 0); ir.blocks.len()],
        };
        for at in 0..schedule.blocks.len() {
            schedule.fill(ir, uses, placements, schedule.blocks[at]);
        }
        schedule
    }

    /// The instructions of a block.
    pub fn of(&self, block: Block) -> &[Value] {
        let (start, end) = self.ranges[block.index()];
        &self.values[start as usize..end as usize]
    }

    fn fill(&mut self, ir: &Ir, uses: &[u32], placements: &[Placement], block: Block) {
        let first = placements.partition_point(|placement| placement.block < block);
        let mut placements = placements[first..]
            .iter()
            .take_while(|placement| placement.block == block)
            .peekable();
        let start = self.values.len() as u32;
        let data = ir.block(block);
        for at in data.start..data.end {
            while let Some(placement) = placements.next_if(|placement| placement.before <= at) {
                self.values.push(placement.value);
            }
            let inst = &ir.insts[at as usize];
            let is_placed = Ir::is_placed(inst.kind) && !inst.is_moved;
            if is_placed && (uses[at as usize] > 0 || has_effects(inst)) {
                self.values.push(Value(at));
            }
        }
        for placement in placements {
            debug_assert_eq!(placement.before, END);
            self.values.push(placement.value);
        }
        self.ranges[block.index()] = (start, self.values.len() as u32);
    }
}

/// A loop whose blocks are being written.
struct Open {
    header: Block,
    next: usize,
    rotated: bool,
}

/// The blocks, loop by loop.
fn order(ir: &Ir, flow: &Flow) -> Vec<Block> {
    let children = Children::new(ir, flow);
    let mut blocks = Vec::with_capacity(ir.blocks.len());
    let mut open = vec![Open {
        header: Block::NONE,
        next: 0,
        rotated: false,
    }];
    while let Some(top) = open.last_mut() {
        let Some(&block) = children.of(top.header).get(top.next) else {
            if top.rotated {
                blocks.push(top.header);
            }
            open.pop();
            continue;
        };
        top.next += 1;
        if flow.loop_of(block) == Some(block) && block != top.header {
            let rotated = is_rotated(ir, flow, block, children.of(block));
            if !rotated {
                blocks.push(block);
            }
            open.push(Open {
                header: block,
                next: 0,
                rotated,
            });
        } else if !ir.block(block).is_gone {
            blocks.push(block);
        }
    }
    blocks
}

/// The blocks and inner loops directly in each loop, the header itself aside.
struct Children {
    first: Vec<u32>,
    blocks: Vec<Block>,
}

impl Children {
    fn new(ir: &Ir, flow: &Flow) -> Children {
        let count = ir.blocks.len();
        // The function itself is number `count`.
        let parent = |block: Block| {
            let parent = match flow.loop_of(block) {
                Some(header) if header == block => flow.outer(block),
                header => header,
            };
            parent.map_or(count, Block::index)
        };
        let mut first = vec![0_u32; count + 2];
        for block in (0..count as u32).map(Block) {
            first[parent(block) + 1] += 1;
        }
        for i in 1..first.len() {
            first[i] += first[i - 1];
        }
        let mut next = first.clone();
        let mut blocks = vec![Block(0); count];
        for block in (0..count as u32).map(Block) {
            let at = &mut next[parent(block)];
            blocks[*at as usize] = block;
            *at += 1;
        }
        Children { first, blocks }
    }

    fn of(&self, header: Block) -> &[Block] {
        let at = match header {
            Block::NONE => self.first.len() - 2,
            header => header.index(),
        };
        &self.blocks[self.first[at] as usize..self.first[at + 1] as usize]
    }
}

/// Whether a loop's header is better put after its other blocks.
fn is_rotated(ir: &Ir, flow: &Flow, header: Block, children: &[Block]) -> bool {
    let Term::Branch { then, other, .. } = ir.block(header).term else {
        return false;
    };
    let inside = |edge: EdgeId| flow.is_inside(ir.edge(edge).to, header);
    let leaves = inside(then) != inside(other);
    let repeats = children.last().is_some_and(
        |&last| matches!(ir.block(last).term, Term::Jump(edge) if ir.edge(edge).to == header),
    );
    leaves && repeats
}
