//! The control flow graph in the order in which code is made from it.

use vbc_core::cfg::{DepthFirst, Dominators, Edges, irreducible};

use super::blocks::{Blocks, is_switch};

/// What a node of the graph does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: the function begins here, and nothing comes back.
    Start,
    /// The code of this block.
    Block(u32),
    /// Sets the label to a number, on the way to a dispatch.
    SetLabel(u32),
    /// Goes where the label points.
    Dispatch,
}

/// Nodes and edges, before they are put in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Nodes {
    pub kinds: Vec<Kind>,
    pub edges: Edges,
}

impl Nodes {
    /// The graph of a function's blocks.
    pub fn of(blocks: &Blocks<'_>) -> Nodes {
        let mut nodes = Nodes::default();
        // The beginning comes first, so that blocks count from 1.
        nodes.push(Kind::Start, [1]);
        for block in 0..blocks.ranges.len() as u32 {
            let successors = blocks.successors.of(block).iter();
            nodes.push(Kind::Block(block), successors.map(|block| block + 1));
        }
        nodes
    }

    /// Adds a node with its edges.
    pub fn push(&mut self, kind: Kind, targets: impl IntoIterator<Item = u32>) {
        self.kinds.push(kind);
        self.edges.push(targets);
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }
}

/// The nodes that can be reached, numbered in reverse postorder, with their dominators.
pub(super) struct Graph {
    /// What each node does.
    pub kinds: Vec<Kind>,
    /// Where each node goes.
    pub edges: Edges,
    /// The immediate dominator of each node.
    pub dominator: Vec<u32>,
    /// Whether a node is entered by an edge from a node after it (or from itself).
    pub is_loop: Vec<bool>,
    /// Whether a node must be a label: several forward edges enter it, or one of a SWITCH.
    pub is_merge: Vec<bool>,
    /// Edges to a node after or at the source that does not dominate it, by their numbers in `Nodes`.
    pub irreducible: Vec<(u32, u32)>,
}

impl Graph {
    /// Orders the nodes that the first one reaches.
    pub fn new(nodes: &Nodes, blocks: &Blocks<'_>) -> Graph {
        let order = DepthFirst::new(&nodes.edges);
        let count = order.nodes.len();
        let edges = order.renumbered(&nodes.edges);
        let kinds = order
            .nodes
            .iter()
            .map(|&old| nodes.kinds[old as usize].clone());
        let dominators = Dominators::new(&edges.reversed(), &order);
        let old = |node: u32| order.nodes[node as usize];
        let irreducible = irreducible(&edges, &dominators).into_iter();
        let mut graph = Graph {
            kinds: kinds.collect(),
            irreducible: irreducible.map(|(from, to)| (old(from), old(to))).collect(),
            edges,
            dominator: dominators.immediate,
            is_loop: vec![false; count],
            is_merge: vec![false; count],
        };
        graph.classify(blocks);
        graph
    }

    /// The successors of a node.
    pub fn successors(&self, node: u32) -> &[u32] {
        self.edges.of(node)
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    fn classify(&mut self, blocks: &Blocks<'_>) {
        let mut forward = vec![0_u32; self.len()];
        for node in 0..self.len() as u32 {
            let switch = match self.kinds[node as usize] {
                Kind::Block(block) => blocks
                    .terminator(block)
                    .is_some_and(|last| is_switch(blocks.insts[last as usize].op)),
                Kind::Start | Kind::SetLabel(_) => false,
                Kind::Dispatch => true,
            };
            for at in self.edges.range(node) {
                let target = self.edges.list()[at];
                if target > node {
                    forward[target as usize] += 1;
                    self.is_merge[target as usize] |= switch || forward[target as usize] > 1;
                } else {
                    self.is_loop[target as usize] = true;
                }
            }
        }
    }
}
