//! The control flow graph in the order in which code is made of it.

use super::blocks::{Blocks, is_switch};
use super::dominators::{self, Predecessors};

/// What a node of the graph does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: the function begins here, and nothing comes back.
    Start,
    /// The code of this block.
    Block(u32),
    /// Sets the label to a number, on the way to a dispatch.
    SetLabel(u32),
    /// Goes where the label says.
    Dispatch,
}

/// Nodes and edges, before they are put in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Edges {
    pub kinds: Vec<Kind>,
    pub starts: Vec<u32>,
    pub list: Vec<u32>,
}

impl Edges {
    /// The graph of a function's blocks.
    pub fn of(blocks: &Blocks<'_>) -> Edges {
        // The beginning comes first, so that blocks count from 1.
        let code = (0..blocks.ranges.len() as u32).map(Kind::Block);
        let starts = blocks.starts.iter().map(|start| start + 1);
        let list = blocks.successors.iter().map(|block| block + 1);
        Edges {
            kinds: std::iter::once(Kind::Start).chain(code).collect(),
            starts: std::iter::once(0).chain(starts).collect(),
            list: std::iter::once(1).chain(list).collect(),
        }
    }

    /// The nodes that follow `node`.
    pub fn successors(&self, node: u32) -> &[u32] {
        let (start, end) = (self.starts[node as usize], self.starts[node as usize + 1]);
        &self.list[start as usize..end as usize]
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
    /// Where the successors of each node begin; one more than there are nodes.
    pub starts: Vec<u32>,
    /// The successors.
    pub list: Vec<u32>,
    /// The immediate dominator of each node.
    pub dominator: Vec<u32>,
    /// Whether a node is entered by an edge from a node behind it (or from itself).
    pub is_loop: Vec<bool>,
    /// Whether a node must be a label: several forward edges enter it, or one of a SWITCH.
    pub is_merge: Vec<bool>,
    /// Edges to a node behind or at the source that does not dominate it, by their numbers in `Edges`.
    pub irreducible: Vec<(u32, u32)>,
}

struct Order {
    /// Old numbers, in reverse postorder.
    nodes: Vec<u32>,
    /// New numbers of the parents in the depth-first tree.
    parents: Vec<u32>,
    /// New numbers in preorder.
    preorder: Vec<u32>,
    /// From old to new numbers.
    number: Vec<u32>,
}

const UNREACHED: u32 = u32::MAX;

impl Order {
    fn new(edges: &Edges) -> Order {
        let mut parent_of = vec![UNREACHED; edges.len()];
        let mut preorder = vec![0_u32];
        let mut postorder = Vec::new();
        let mut stack = vec![(0_u32, 0_usize)];
        parent_of[0] = 0;
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(&target) = edges.successors(node).get(*next) else {
                postorder.push(node);
                stack.pop();
                continue;
            };
            *next += 1;
            if parent_of[target as usize] == UNREACHED {
                parent_of[target as usize] = node;
                preorder.push(target);
                stack.push((target, 0));
            }
        }
        postorder.reverse();
        let mut number = vec![UNREACHED; edges.len()];
        for (new, &old) in postorder.iter().enumerate() {
            number[old as usize] = new as u32;
        }
        let renumber = |old: &u32| number[*old as usize];
        let parents = postorder
            .iter()
            .map(|&old| renumber(&parent_of[old as usize]));
        Order {
            parents: parents.collect(),
            preorder: preorder.iter().map(renumber).collect(),
            nodes: postorder,
            number,
        }
    }
}

impl Graph {
    /// Orders the nodes that the first one reaches.
    pub fn new(edges: &Edges, blocks: &Blocks<'_>) -> Graph {
        let order = Order::new(edges);
        let count = order.nodes.len();
        let (mut starts, mut list) = (vec![0], Vec::new());
        let mut kinds = Vec::with_capacity(count);
        for &old in &order.nodes {
            let targets = edges.successors(old).iter();
            list.extend(targets.map(|&target| order.number[target as usize]));
            starts.push(list.len() as u32);
            kinds.push(edges.kinds[old as usize].clone());
        }
        let (before_starts, before) = reversed(&starts, &list);
        let dominator = dominators::immediate(&Predecessors {
            starts: &before_starts,
            list: &before,
            parents: &order.parents,
            preorder: &order.preorder,
        });
        let mut graph = Graph {
            kinds,
            starts,
            list,
            dominator,
            is_loop: vec![false; count],
            is_merge: vec![false; count],
            irreducible: Vec::new(),
        };
        graph.classify(blocks, &order);
        graph
    }

    /// The successors of a node.
    pub fn successors(&self, node: u32) -> &[u32] {
        let (start, end) = (self.starts[node as usize], self.starts[node as usize + 1]);
        &self.list[start as usize..end as usize]
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    fn classify(&mut self, blocks: &Blocks<'_>, order: &Order) {
        let spans = self.spans();
        let mut forward = vec![0_u32; self.len()];
        for node in 0..self.len() as u32 {
            let switch = match self.kinds[node as usize] {
                Kind::Block(block) => blocks
                    .terminator(block)
                    .is_some_and(|last| is_switch(blocks.insts[last as usize].op)),
                Kind::Start | Kind::SetLabel(_) => false,
                Kind::Dispatch => true,
            };
            let range =
                self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize;
            for at in range {
                let target = self.list[at];
                if target > node {
                    forward[target as usize] += 1;
                    self.is_merge[target as usize] |= switch || forward[target as usize] > 1;
                    continue;
                }
                self.is_loop[target as usize] = true;
                let (first, last) = spans[target as usize];
                let (node_first, _) = spans[node as usize];
                if !(first..last).contains(&node_first) {
                    let edge = (order.nodes[node as usize], order.nodes[target as usize]);
                    self.irreducible.push(edge);
                }
            }
        }
    }

    /// For each node a range of numbers, which includes those of the nodes that it dominates.
    fn spans(&self) -> Vec<(u32, u32)> {
        // A dominator has a lower number than what it dominates, so sizes add up from the end.
        let mut size = vec![1_u32; self.len()];
        for node in (1..self.len()).rev() {
            size[self.dominator[node] as usize] += size[node];
        }
        let mut spans = vec![(0, self.len() as u32); self.len()];
        let mut next: Vec<u32> = vec![1; self.len()];
        for node in 1..self.len() {
            let above = self.dominator[node] as usize;
            let first = next[above];
            next[above] += size[node];
            next[node] = first + 1;
            spans[node] = (first, first + size[node]);
        }
        spans
    }
}

/// The edges in the other direction.
pub(super) fn reversed(starts: &[u32], list: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let count = starts.len() - 1;
    let mut sizes = vec![0_u32; count + 1];
    for &target in list {
        sizes[target as usize + 1] += 1;
    }
    for at in 0..count {
        sizes[at + 1] += sizes[at];
    }
    let mut next = sizes.clone();
    let mut reversed = vec![0; list.len()];
    for node in 0..count {
        for &target in &list[starts[node] as usize..starts[node + 1] as usize] {
            reversed[next[target as usize] as usize] = node as u32;
            next[target as usize] += 1;
        }
    }
    (sizes, reversed)
}
