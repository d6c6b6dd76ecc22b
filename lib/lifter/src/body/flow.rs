//! The shape of the graph of blocks: predecessors, dominators, loops.
//!
//! Dominators and loops are those of [`vbc_core::cfg`], by number of block. Edges have a list of their own, since they carry
//! the values that phis take.

use vbc_core::cfg::{DepthFirst, Dominators, Edges, Loops};

use super::ir::{Block, EdgeId, Ir};

/// What is known of the blocks of a function.
#[derive(Debug)]
pub(super) struct Flow {
    first_pred: Vec<u32>,
    preds: Vec<EdgeId>,
    /// The blocks that are reached, and which of them dominates which.
    order: DepthFirst,
    dominators: Dominators,
    /// For each block the header of the innermost loop that it is in; a header is in its own.
    loop_of: Vec<Block>,
    /// For each header that of the loop around.
    outer: Vec<Block>,
    /// For each header that of the outermost loop around, which may be itself.
    outermost: Vec<Block>,
    depth: Vec<u32>,
    /// The loops in each other: headers are its nodes, and block number `count` stands for the function.
    loops: Tree,
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
        let successors = successors(ir);
        let order = DepthFirst::new(&successors);
        let before = order.renumbered(&successors).reversed();
        let dominators = Dominators::new(&before, &order);
        let loops = Loops::new(&before, &dominators);
        let mut flow = Flow {
            first_pred: vec![0; count + 1],
            preds: vec![EdgeId(0); ir.edges.len()],
            order,
            dominators,
            loop_of: vec![Block::NONE; count],
            outer: vec![Block::NONE; count],
            outermost: vec![Block::NONE; count],
            depth: vec![0; count],
            loops: Tree::new(count + 1, count as u32),
        };
        flow.find_preds(ir);
        flow.note_loops(&loops);
        flow
    }

    /// The edges that lead to a block, by ascending number of the block that they come from.
    pub fn preds(&self, block: Block) -> &[EdgeId] {
        let at = block.index();
        &self.preds[self.first_pred[at] as usize..self.first_pred[at + 1] as usize]
    }

    /// Whether every way to `b` leads through `a`.
    pub fn dominates(&self, a: Block, b: Block) -> bool {
        match (self.order.place(a.0), self.order.place(b.0)) {
            (Some(a), Some(b)) => self.dominators.dominates(a, b),
            _ => false,
        }
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

    /// The header of the outermost loop that a block is in.
    pub fn outermost(&self, block: Block) -> Option<Block> {
        let header = self.loop_of(block)?;
        Some(self.outermost[header.index()])
    }

    /// Whether a block is in the loop with this header.
    pub fn is_inside(&self, block: Block, header: Block) -> bool {
        let depth = self.loops.depth[header.index()];
        self.loops.depth[self.loop_node(block) as usize] >= depth
            && self.loops.ancestor(self.loop_node(block), depth) == header.0
    }

    /// The header of the outermost loop that `block` is in and `other` is not.
    pub fn outermost_without(&self, block: Block, other: Block) -> Option<Block> {
        let (block, other) = (self.loop_node(block), self.loop_node(other));
        let common = self.loops.common(block, other);
        let depth = self.loops.depth[common as usize] + 1;
        let is_deeper = self.loops.depth[block as usize] >= depth;
        is_deeper.then(|| Block(self.loops.ancestor(block, depth)))
    }

    fn loop_node(&self, block: Block) -> u32 {
        match self.loop_of(block) {
            Some(header) => header.0,
            None => self.loop_of.len() as u32,
        }
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

    /// Takes over loops of places in `order`. Headers of outer loops have lower numbers, as blocks too.
    fn note_loops(&mut self, loops: &Loops) {
        let block = |place: u32| Block(self.order.nodes[place as usize]);
        for at in 0..self.loop_of.len() {
            let place = self.order.place(at as u32);
            let Some((place, header)) = place.and_then(|at| Some((at, loops.innermost(at)?)))
            else {
                continue;
            };
            self.loop_of[at] = block(header);
            if place != header {
                continue;
            }
            let outer = loops.outer(header).map(block);
            self.depth[at] = loops.depth(header);
            self.outer[at] = outer.unwrap_or(Block::NONE);
            self.outermost[at] =
                outer.map_or(Block(at as u32), |outer| self.outermost[outer.index()]);
            let above = outer.map_or(self.loop_of.len() as u32, |outer| outer.0);
            self.loops.attach(at as u32, above);
        }
    }
}

/// The blocks to which each block leads.
fn successors(ir: &Ir) -> Edges {
    let mut successors = Edges::default();
    // Edges are made in the order of the blocks that they come from.
    let mut edges = ir.edges.iter().peekable();
    for block in (0..ir.blocks.len() as u32).map(Block) {
        let of_block = std::iter::from_fn(|| edges.next_if(|edge| edge.from == block));
        let live = of_block.filter(|edge| edge.to != Block::NONE);
        successors.push(live.map(|edge| edge.to.0));
    }
    debug_assert!(edges.next().is_none());
    successors
}
