//! The order in which a graph is walked depth first.

use super::Edges;

/// Not reached.
const NONE: u32 = u32::MAX;

/// The nodes that node 0 reaches, in the orders of one depth-first walk along the edges as they come.
#[derive(Clone, Debug)]
pub struct DepthFirst {
    /// The nodes in reverse postorder: without a loop, each before those that its edges lead to.
    pub nodes: Vec<u32>,
    /// By place in [`DepthFirst::nodes`]: the place of the node from which this one was reached; the first one's is its
    /// own.
    pub parents: Vec<u32>,
    /// Places in [`DepthFirst::nodes`], in the order in which the nodes were reached.
    pub preorder: Vec<u32>,
    place: Vec<u32>,
}

impl DepthFirst {
    /// Walks a graph that has at least one node.
    pub fn new(edges: &Edges) -> DepthFirst {
        let mut parent_of = vec![NONE; edges.len()];
        let mut reached = vec![0_u32];
        let mut nodes = Vec::new();
        let mut stack = vec![(0_u32, 0_usize)];
        parent_of[0] = 0;
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(&target) = edges.of(node).get(*next) else {
                nodes.push(node);
                stack.pop();
                continue;
            };
            *next += 1;
            if parent_of[target as usize] == NONE {
                parent_of[target as usize] = node;
                reached.push(target);
                stack.push((target, 0));
            }
        }
        nodes.reverse();
        let mut place = vec![NONE; edges.len()];
        for (at, &node) in nodes.iter().enumerate() {
            place[node as usize] = at as u32;
        }
        let place_of = |node: u32| place[node as usize];
        DepthFirst {
            parents: nodes
                .iter()
                .map(|&node| place_of(parent_of[node as usize]))
                .collect(),
            preorder: reached.into_iter().map(place_of).collect(),
            nodes,
            place,
        }
    }

    /// The place of a node in [`DepthFirst::nodes`]; none when node 0 does not reach it.
    #[inline]
    pub fn place(&self, node: u32) -> Option<u32> {
        let place = self.place.get(node as usize).copied();
        place.filter(|&place| place != NONE)
    }

    /// The edges of the graph between places in [`DepthFirst::nodes`], those that lead from other nodes left out.
    pub fn renumbered(&self, edges: &Edges) -> Edges {
        let mut renumbered = Edges::default();
        for &node in &self.nodes {
            let targets = edges.of(node).iter();
            renumbered.push(targets.filter_map(|&target| self.place(target)));
        }
        renumbered
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_come_before_those_behind_them() {
        let mut edges = Edges::default();
        // 0 to 1 and 2, both to 3, back to 1; nothing leads to 4.
        for targets in [vec![1, 2], vec![3], vec![3], vec![1], vec![0]] {
            edges.push(targets);
        }
        let order = DepthFirst::new(&edges);
        assert_eq!(order.nodes, [0, 2, 1, 3]);
        assert_eq!(order.parents, [0, 0, 0, 2]);
        assert_eq!(order.preorder, [0, 2, 3, 1]);
        assert_eq!((order.place(3), order.place(4)), (Some(3), None));
    }
}
