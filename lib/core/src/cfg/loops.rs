//! Natural loops.

use super::{Dominators, Edges};

/// Not in a loop.
const NONE: u32 = u32::MAX;

/// The natural loops of a graph. A back edge is one to a node that dominates its source, the loop's header; a loop has
/// all nodes from which a source of its back edges is reached without passing its header, and the header. Two loops
/// have no node in common, or one has all nodes of the other.
///
/// A cycle that is entered at several nodes has no header and is not, as a whole, a loop: [`irreducible`] finds it.
#[derive(Clone, Debug, Default)]
pub struct Loops {
    innermost: Vec<u32>,
    /// By header.
    outer: Vec<u32>,
    depth: Vec<u32>,
}

impl Loops {
    /// Of a graph of `count` nodes, numbered in reverse postorder: `before` has the sources of the edges to a node, and
    /// `dominates` tells whether the first node, to which an edge leads from the second, dominates it. (In a graph
    /// without other cycles that is so when its number is not higher.)
    ///
    /// Inner loops are found first, and count as one node from then on: each node goes into a loop once, and the edges
    /// that lead to it are looked at then (Havlak: Nesting of Reducible and Irreducible Loops). That is linear, except
    /// for finding the loop that a node is in by now, where paths are shortened as they are followed.
    pub fn new<I: Iterator<Item = u32>>(
        count: usize,
        before: impl Fn(u32) -> I,
        dominates: impl Fn(u32, u32) -> bool,
    ) -> Loops {
        let mut loops = Loops {
            innermost: vec![NONE; count],
            outer: vec![NONE; count],
            depth: vec![0; count],
        };
        let mut whole: Vec<u32> = (0..count as u32).collect();
        let mut open = Vec::new();
        // The header of an inner loop has a higher number.
        for header in (0..count as u32).rev() {
            open.extend(before(header).filter(|&from| dominates(header, from)));
            if !open.is_empty() {
                loops.innermost[header as usize] = header;
                loops.fill(header, &before, &mut whole, &mut open);
            }
        }
        loops.count_depths();
        loops
    }

    /// Puts all nodes into a loop that reach those in `open` without passing its header.
    fn fill<I: Iterator<Item = u32>>(
        &mut self,
        header: u32,
        before: impl Fn(u32) -> I,
        whole: &mut [u32],
        open: &mut Vec<u32>,
    ) {
        while let Some(node) = open.pop() {
            let node = find(whole, node);
            if node == header {
                continue;
            }
            whole[node as usize] = header;
            match self.innermost[node as usize] == node {
                true => self.outer[node as usize] = header,
                false => self.innermost[node as usize] = header,
            }
            open.extend(before(node));
        }
    }

    fn count_depths(&mut self) {
        for node in 0..self.depth.len() {
            let Some(header) = self.innermost(node as u32) else {
                continue;
            };
            // A header has a lower number than what it dominates.
            self.depth[node] = match header as usize == node {
                true => {
                    1 + self
                        .outer(header)
                        .map_or(0, |outer| self.depth[outer as usize])
                }
                false => self.depth[header as usize],
            };
        }
    }

    /// The header of the innermost loop that a node is in; a header is in its own loop.
    #[inline]
    pub fn innermost(&self, node: u32) -> Option<u32> {
        let header = self.innermost[node as usize];
        (header != NONE).then_some(header)
    }

    /// The header of the loop around the loop with this header.
    #[inline]
    pub fn outer(&self, header: u32) -> Option<u32> {
        let outer = self.outer[header as usize];
        (outer != NONE).then_some(outer)
    }

    /// The number of loops that a node is in.
    #[inline]
    pub fn depth(&self, node: u32) -> u32 {
        self.depth[node as usize]
    }
}

/// The outermost loop found so far that a node is in, or the node.
fn find(whole: &mut [u32], node: u32) -> u32 {
    let mut root = node;
    while whole[root as usize] != root {
        root = whole[root as usize];
    }
    let mut at = node;
    while at != root {
        at = std::mem::replace(&mut whole[at as usize], root);
    }
    root
}

/// The edges, as source and target, that lead to a node of the same or a lower number which does not dominate their
/// source, in a graph whose nodes are numbered in reverse postorder. Without any the graph is reducible: each cycle
/// goes through the header of a natural loop.
pub fn irreducible(edges: &Edges, dominators: &Dominators) -> Vec<(u32, u32)> {
    let all =
        (0..edges.len() as u32).flat_map(|from| edges.of(from).iter().map(move |&to| (from, to)));
    all.filter(|&(from, to)| to <= from && !dominators.dominates(to, from))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfg::{DepthFirst, random};

    fn loops(before: &Edges, dominators: &Dominators) -> Loops {
        Loops::new(
            before.len(),
            |node| before.of(node).iter().copied(),
            |above, node| dominators.dominates(above, node),
        )
    }

    /// The nodes of the loop with this header by their definition; none when it is not a header.
    fn members(edges: &Edges, dominators: &Dominators, header: u32) -> Vec<u32> {
        let all = 0..edges.len() as u32;
        let mut open: Vec<u32> = all
            .clone()
            .filter(|&node| edges.of(node).contains(&header) && dominators.dominates(header, node))
            .collect();
        if open.is_empty() {
            return Vec::new();
        }
        let mut seen = vec![false; edges.len()];
        seen[header as usize] = true;
        while let Some(node) = open.pop() {
            if !std::mem::replace(&mut seen[node as usize], true) {
                open.extend(all.clone().filter(|&from| edges.of(from).contains(&node)));
            }
        }
        all.filter(|&node| seen[node as usize]).collect()
    }

    /// Whether some cycle goes on for ever without a back edge: what is left of the graph without them has one.
    fn has_other_cycle(edges: &Edges, dominators: &Dominators) -> bool {
        let mut gone = vec![false; edges.len()];
        let leads_on = |node: u32, gone: &[bool]| {
            let mut targets = edges.of(node).iter();
            targets.any(|&to| !gone[to as usize] && !dominators.dominates(to, node))
        };
        for _ in 0..edges.len() {
            for node in 0..edges.len() as u32 {
                gone[node as usize] = gone[node as usize] || !leads_on(node, &gone);
            }
        }
        gone.contains(&false)
    }

    #[test]
    fn as_by_definition() {
        let (mut nested, mut shared, mut tangled) = (0, 0, 0);
        for edges in random::graphs(2000) {
            let order = DepthFirst::new(&edges);
            let edges = order.renumbered(&edges);
            let before = edges.reversed();
            let dominators = Dominators::new(&before, &order);
            let loops = loops(&before, &dominators);
            let all = 0..edges.len() as u32;
            let members: Vec<_> = all
                .clone()
                .map(|header| members(&edges, &dominators, header))
                .collect();
            for node in all {
                let mut around: Vec<u32> = (0..edges.len() as u32)
                    .filter(|&header| members[header as usize].contains(&node))
                    .collect();
                // The more nodes it has, the further outside.
                around.sort_by_key(|&header| members[header as usize].len());
                let mut said = Vec::new();
                let mut next = loops.innermost(node);
                while let Some(header) = next {
                    said.push(header);
                    next = loops.outer(header);
                }
                assert_eq!(said, around, "{edges:?}");
                assert_eq!(loops.depth(node) as usize, around.len());
                nested += usize::from(around.len() > 1);
                let sources = before.of(node).iter();
                let sources = sources.filter(|&&from| dominators.dominates(node, from));
                shared += usize::from(sources.count() > 1);
            }
            let is_tangled = !irreducible(&edges, &dominators).is_empty();
            assert_eq!(
                is_tangled,
                has_other_cycle(&edges, &dominators),
                "{edges:?}"
            );
            tangled += usize::from(is_tangled);
        }
        // The graphs have what there is to find.
        assert!(
            nested > 100 && shared > 100 && tangled > 100,
            "{nested} {shared} {tangled}"
        );
    }

    /// The number of steps does not grow faster than the graph: a loop in a loop, and so on, each with a node of its
    /// own that jumps back. Quadratic work would take minutes.
    #[test]
    fn many_loops_in_each_other() {
        let depth = 200_000;
        let mut edges = Edges::default();
        for header in 0..depth {
            edges.push([header + 1]);
        }
        for latch in (0..depth).rev() {
            let next = 2 * depth - latch;
            edges.push([latch].into_iter().chain((latch > 0).then_some(next)));
        }
        let order = DepthFirst::new(&edges);
        let edges = order.renumbered(&edges);
        let before = edges.reversed();
        let loops = loops(&before, &Dominators::new(&before, &order));
        let deepest = (0..edges.len() as u32).map(|node| loops.depth(node)).max();
        assert_eq!(deepest, Some(depth));
    }
}
