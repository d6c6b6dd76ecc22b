//! The shape of the graph of blocks: predecessors, dominators, loops.
//!
//! Loops are found by [`vbc_core::cfg`]. Dominators are not: blocks are numbered in reverse postorder as they are made,
//! and loops have one entry, so that one pass over the edges is enough. With a depth-first walk and dominators for any
//! graph, lifting takes 3 to 4 % more instructions (callgrind, `vbc-lift` on four files of `tests/corpus`). Edges have
//! a list of their own, since they carry the values that phis take.

use vbc_core::cfg::Loops;

use super::ir::{Block, EdgeId, Ir};

/// What is known of the blocks of a function.
#[derive(Debug)]
pub(super) struct Flow {
    first_pred: Vec<u32>,
    preds: Vec<EdgeId>,
    idom: Vec<Block>,
    /// Entry and exit of each block in a walk through the dominator tree.
    visits: Vec<(u32, u32)>,
    loops: Loops,
    /// For each header that of the outermost loop around, which may be itself.
    outermost: Vec<Block>,
    /// The nesting of the loops: headers are its nodes, and block number `count` stands for the function.
    nesting: Tree,
}

/// A tree that grows by leaves, in which ancestors are found in logarithmic time: each node knows
/// one that is far up (Myers: An Applicative Random-Access Stack, whose "jump pointers" these are).
#[derive(Debug)]
struct Tree {
    parent: Vec<u32>,
    jump: Vec<u32>,
    depth: Vec<u32>,
}

impl Tree {
    /// Room for `count` nodes, of which `root` is there.
    fn new(count: usize, root: u32) -> Tree {
        Tree {
            parent: vec![root; count],
            jump: vec![root; count],
            depth: vec![0; count],
        }
    }

    /// Adds `node` below `parent`, which is there.
    fn attach(&mut self, node: u32, parent: u32) {
        let depth = |node: u32| self.depth[node as usize];
        let near = self.jump[parent as usize];
        let far = self.jump[near as usize];
        // Two jumps of the same length become one of twice that length, and one step.
        let jump = match depth(parent) - depth(near) == depth(near) - depth(far) {
            true => far,
            false => parent,
        };
        self.depth[node as usize] = depth(parent) + 1;
        self.parent[node as usize] = parent;
        self.jump[node as usize] = jump;
    }

    /// The ancestor of `node` at a depth that is at most its own.
    fn ancestor(&self, mut node: u32, depth: u32) -> u32 {
        while self.depth[node as usize] > depth {
            let jump = self.jump[node as usize];
            node = match self.depth[jump as usize] >= depth {
                true => jump,
                false => self.parent[node as usize],
            };
        }
        node
    }

    /// The deepest node that both are, or are below.
    fn common(&self, a: u32, b: u32) -> u32 {
        let depth = self.depth[a as usize].min(self.depth[b as usize]);
        let (mut a, mut b) = (self.ancestor(a, depth), self.ancestor(b, depth));
        while a != b {
            let jumps = (self.jump[a as usize], self.jump[b as usize]);
            (a, b) = match jumps.0 == jumps.1 {
                true => (self.parent[a as usize], self.parent[b as usize]),
                false => jumps,
            };
        }
        a
    }
}

impl Flow {
    pub fn new(ir: &Ir) -> Flow {
        let count = ir.blocks.len();
        let mut flow = Flow {
            first_pred: vec![0; count + 1],
            preds: vec![EdgeId(0); ir.edges.len()],
            idom: vec![Block(0); count],
            visits: vec![(0, 0); count],
            loops: Loops::default(),
            outermost: vec![Block::NONE; count],
            nesting: Tree::new(count + 1, count as u32),
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

    /// Whether every path to `b` leads through `a`.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        let (a, b) = (self.visits[a.index()], self.visits[b.index()]);
        a.0 <= b.0 && b.1 <= a.1
    }

    /// The header of the innermost loop that a block is in.
    pub fn loop_of(&self, block: Block) -> Option<Block> {
        self.loops.innermost(block.0).map(Block)
    }

    /// The header of the loop around the loop with this header.
    pub fn outer(&self, header: Block) -> Option<Block> {
        self.loops.outer(header.0).map(Block)
    }

    /// The header of the outermost loop that a block is in.
    pub fn outermost(&self, block: Block) -> Option<Block> {
        let header = self.loop_of(block)?;
        Some(self.outermost[header.index()])
    }

    /// Whether a block is in the loop with this header.
    pub fn is_inside(&self, block: Block, header: Block) -> bool {
        let depth = self.nesting.depth[header.index()];
        self.nesting.depth[self.loop_node(block) as usize] >= depth
            && self.nesting.ancestor(self.loop_node(block), depth) == header.0
    }

    /// The header of the outermost loop that `block` is in and `other` is not.
    pub fn outermost_without(&self, block: Block, other: Block) -> Option<Block> {
        let (block, other) = (self.loop_node(block), self.loop_node(other));
        let common = self.nesting.common(block, other);
        let depth = self.nesting.depth[common as usize] + 1;
        let is_deeper = self.nesting.depth[block as usize] >= depth;
        is_deeper.then(|| Block(self.nesting.ancestor(block, depth)))
    }

    fn loop_node(&self, block: Block) -> u32 {
        match self.loop_of(block) {
            Some(header) => header.0,
            None => self.outermost.len() as u32,
        }
    }

    /// The number of loops that a block is in.
    pub fn depth(&self, block: Block) -> u32 {
        self.loops.depth(block.0)
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
    /// edges is enough (Cooper, Harvey, Kennedy: A Simple, Fast Dominance Algorithm), each of which asks the
    /// tree so far.
    fn find_dominators(&mut self, ir: &Ir) {
        let mut tree = Tree::new(ir.blocks.len(), 0);
        for block in (1..ir.blocks.len() as u32).map(Block) {
            let forward = self.preds(block).iter().map(|&edge| ir.edge(edge).from.0);
            let forward = forward.filter(|&from| from < block.0);
            let dominator = forward.reduce(|a, b| tree.common(a, b)).unwrap_or(0);
            tree.attach(block.0, dominator);
            self.idom[block.index()] = Block(dominator);
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

    /// A branch backward leads to the header of a loop, which is its only entry.
    fn find_loops(&mut self, ir: &Ir) {
        let count = ir.blocks.len();
        let before = |block: u32| {
            let edges = self.preds(Block(block)).iter();
            edges.map(|&edge| ir.edge(edge).from.0)
        };
        let loops = Loops::new(count, before, |header, from| from >= header);
        for header in (0..count as u32).filter(|&at| loops.innermost(at) == Some(at)) {
            let outer = loops.outer(header);
            self.outermost[header as usize] =
                outer.map_or(Block(header), |outer| self.outermost[outer as usize]);
            self.nesting.attach(header, outer.unwrap_or(count as u32));
        }
        self.loops = loops;
    }
}
