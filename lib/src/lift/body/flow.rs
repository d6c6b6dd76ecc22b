//! The shape of the graph of blocks: predecessors, dominators, loops.

use super::ir::{Block, EdgeId, Ir};

/// What is known of the blocks of a function.
#[derive(Debug)]
pub(super) struct Flow {
    first_pred: Vec<u32>,
    preds: Vec<EdgeId>,
    idom: Vec<Block>,
    /// Entry and exit of each block in a walk through the dominator tree.
    visits: Vec<(u32, u32)>,
    /// For each block the header of the innermost loop that it is in; a header is in its own.
    loop_of: Vec<Block>,
    /// For each header that of the loop around.
    outer: Vec<Block>,
    depth: Vec<u32>,
}

impl Flow {
    pub fn new(ir: &Ir) -> Flow {
        let count = ir.blocks.len();
        let mut flow = Flow {
            first_pred: vec![0; count + 1],
            preds: vec![EdgeId(0); ir.edges.len()],
            idom: vec![Block(0); count],
            visits: vec![(0, 0); count],
            loop_of: vec![Block::NONE; count],
            outer: vec![Block::NONE; count],
            depth: vec![0; count],
        };
        flow.find_preds(ir);
        flow.find_dominators(ir);
        flow.find_loops(ir);
        flow
    }

    /// The edges that lead to a block, by ascending number of the block that they come from.
    pub fn preds(&self, block: Block) -> &[EdgeId] {
        let at = block.index();
        &self.preds[self.first_pred[at] as usize..self.first_pred[at + 1] as usize]
    }

    /// Whether every way to `b` leads through `a`.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.visits[a.index()], self.visits[b.index()]);
        a.0 <= b.0 && b.1 <= a.1
    }

    /// The header of the innermost loop that a block is in.
    pub fn loop_of(&self, block: Block) -> Option<Block> {
        let header = self.loop_of[block.index()];
        (header != Block::NONE).then_some(header)
    }

    /// The header of the loop around the loop with this header.
    pub fn outer(&self, header: Block) -> Option<Block> {
        let outer = self.outer[header.index()];
        (outer != Block::NONE).then_some(outer)
    }

    /// The number of loops that a block is in.
    pub fn depth(&self, block: Block) -> u32 {
        self.loop_of(block)
            .map_or(0, |header| self.depth[header.index()])
    }

    /// The block from which the loop with this header is entered.
    pub fn preheader(&self, ir: &Ir, header: Block) -> Block {
        let entry = self.preds(header).first();
        entry.map_or(Block(0), |&edge| ir.edge(edge).from)
    }

    fn find_preds(&mut self, ir: &Ir) {
        let live = |edge: &&super::ir::Edge| edge.to != Block::NONE;
        for edge in ir.edges.iter().filter(live) {
            self.first_pred[edge.to.index() + 1] += 1;
        }
        for i in 1..self.first_pred.len() {
            self.first_pred[i] += self.first_pred[i - 1];
        }
        let mut next = self.first_pred.clone();
        // Edges are made in the order of the blocks that they come from.
        for (i, edge) in ir.edges.iter().enumerate() {
            if edge.to == Block::NONE {
                continue;
            }
            let at = &mut next[edge.to.index()];
            self.preds[*at as usize] = EdgeId(i as u32);
            *at += 1;
        }
    }

    /// Blocks are numbered in reverse postorder and loops have one entry, so one pass over the forward
    /// edges is enough (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm).
    fn find_dominators(&mut self, ir: &Ir) {
        for block in (1..ir.blocks.len() as u32).map(Block) {
            let mut dominator = Block::NONE;
            // From the last: the walk up from one is then seldom repeated for the next.
            for &edge in self.preds(block).iter().rev() {
                let from = ir.edge(edge).from;
                if from >= block {
                    continue;
                }
                let (mut a, mut b) = (dominator, from);
                if a == Block::NONE {
                    a = from;
                }
                while a != b {
                    match a > b {
                        true => a = self.idom[a.index()],
                        false => b = self.idom[b.index()],
                    }
                }
                dominator = a;
            }
            self.idom[block.index()] = match dominator {
                Block::NONE => Block(0),
                dominator => dominator,
            };
        }
        self.number_tree(ir.blocks.len());
    }

    fn number_tree(&mut self, count: usize) {
        let mut child = vec![Block::NONE; count];
        let mut sibling = vec![Block::NONE; count];
        for block in (1..count as u32).rev().map(Block) {
            let parent = self.idom[block.index()];
            sibling[block.index()] = child[parent.index()];
            child[parent.index()] = block;
        }
        let mut clock = 0;
        let mut path = vec![Block(0)];
        while let Some(&block) = path.last() {
            let at = block.index();
            if self.visits[at].0 == 0 {
                clock += 1;
                self.visits[at].0 = clock;
            }
            let next = child[at];
            if next != Block::NONE {
                child[at] = sibling[next.index()];
                path.push(next);
            } else {
                clock += 1;
                self.visits[at].1 = clock;
                path.pop();
            }
        }
    }

    /// Walks back from the edges to each header, inner loops first, which then count as one
    /// block each (Havlak: Nesting of Reducible and Irreducible Loops).
    fn find_loops(&mut self, ir: &Ir) {
        let count = ir.blocks.len() as u32;
        let mut whole: Vec<Block> = (0..count).map(Block).collect();
        let find = |whole: &mut Vec<Block>, block: Block| {
            let mut root = block;
            while whole[root.index()] != root {
                root = whole[root.index()];
            }
            let mut at = block;
            while at != root {
                at = std::mem::replace(&mut whole[at.index()], root);
            }
            root
        };
        let mut work = Vec::new();
        for header in (0..count).rev().map(Block) {
            if !ir.block(header).is_loop {
                continue;
            }
            let from = |edge: &EdgeId| ir.edge(*edge).from;
            work.extend(self.preds(header).iter().map(from).filter(|&b| b >= header));
            if work.is_empty() {
                continue;
            }
            self.loop_of[header.index()] = header;
            while let Some(block) = work.pop() {
                let block = find(&mut whole, block);
                if block == header {
                    continue;
                }
                whole[block.index()] = header;
                match self.loop_of[block.index()] == block {
                    true => self.outer[block.index()] = header,
                    false => self.loop_of[block.index()] = header,
                }
                work.extend(self.preds(block).iter().map(from));
            }
        }
        for header in (0..count).map(Block) {
            if self.loop_of[header.index()] == header {
                let outer = self.outer(header);
                let around = outer.map_or(0, |outer| self.depth[outer.index()]);
                self.depth[header.index()] = around + 1;
            }
        }
    }
}
