//! Dominators, by the semi-NCA algorithm of Georgiadis and Tarjan: near-linear, without recursion.

use super::{DepthFirst, Edges};

/// Which nodes dominate which: a node dominates those that are reached from the first one by it alone, and itself.
/// Nodes are numbered by their places in [`DepthFirst::nodes`].
#[derive(Clone, Debug)]
pub struct Dominators {
    /// The immediate dominator of each node; the first one's is itself.
    pub immediate: Vec<u32>,
    /// For each node a range of numbers, of which the first is its own, and which has those of all that it dominates.
    spans: Vec<(u32, u32)>,
}

impl Dominators {
    /// Of a graph whose nodes are numbered as in `order`, with its edges turned around.
    pub fn new(before: &Edges, order: &DepthFirst) -> Dominators {
        let immediate = immediate(before, order);
        let spans = spans(&immediate);
        Dominators { immediate, spans }
    }

    /// Whether `above` dominates `node`.
    #[inline]
    pub fn dominates(&self, above: u32, node: u32) -> bool {
        let (first, last) = self.spans[above as usize];
        (first..last).contains(&self.spans[node as usize].0)
    }
}

fn immediate(before: &Edges, order: &DepthFirst) -> Vec<u32> {
    let count = order.preorder.len();
    // From here on nodes go by their place in preorder.
    let mut place = vec![0_u32; count];
    for (at, &node) in order.preorder.iter().enumerate() {
        place[node as usize] = at as u32;
    }
    let parent = |at: usize| place[order.parents[order.preorder[at] as usize] as usize];
    let mut dominator: Vec<u32> = (0..count).map(parent).collect();
    let mut ancestor = dominator.clone();
    let mut semi: Vec<u32> = (0..count as u32).collect();
    let mut label = semi.clone();
    let mut path = Vec::new();
    for at in (1..count).rev() {
        let mut least = semi[at];
        for &from in before.of(order.preorder[at]) {
            let from = place[from as usize];
            compress(&mut ancestor, &mut label, &semi, from, at as u32, &mut path);
            least = least.min(semi[label[from as usize] as usize]);
        }
        semi[at] = least;
    }
    for at in 1..count {
        let mut candidate = dominator[at];
        while candidate > semi[at] {
            candidate = dominator[candidate as usize];
        }
        dominator[at] = candidate;
    }
    let mut result = vec![0; count];
    for at in 0..count {
        result[order.preorder[at] as usize] = order.preorder[dominator[at] as usize];
    }
    result
}

fn spans(immediate: &[u32]) -> Vec<(u32, u32)> {
    let count = immediate.len();
    // A dominator has a lower number than what it dominates, so sizes add up from the end.
    let mut size = vec![1_u32; count];
    for node in (1..count).rev() {
        size[immediate[node] as usize] += size[node];
    }
    let mut spans = vec![(0, count as u32); count];
    let mut next: Vec<u32> = vec![1; count];
    for node in 1..count {
        let above = immediate[node] as usize;
        let first = next[above];
        next[above] += size[node];
        next[node] = first + 1;
        spans[node] = (first, first + size[node]);
    }
    spans
}

/// Makes `label[from]` the node of least semidominator on the path from `from` up to, but not
/// including, the first node before `last`; only nodes at or after `last` have been linked.
fn compress(
    ancestor: &mut [u32],
    label: &mut [u32],
    semi: &[u32],
    from: u32,
    last: u32,
    path: &mut Vec<u32>,
) {
    let mut at = from;
    // Nodes at or before `last` are roots of the forest so far.
    while at > last && ancestor[at as usize] > last {
        path.push(at);
        at = ancestor[at as usize];
    }
    while let Some(node) = path.pop() {
        let above = ancestor[node as usize];
        let better = label[above as usize];
        if semi[better as usize] < semi[label[node as usize] as usize] {
            label[node as usize] = better;
        }
        ancestor[node as usize] = ancestor[above as usize];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cfg::random;

    /// The dominators of a node by their definition: those without which nothing leads to it.
    fn dominators(edges: &Edges, node: u32) -> Vec<u32> {
        let reaches = |without: Option<u32>| {
            let mut seen = vec![false; edges.len()];
            let mut open: Vec<u32> = (without != Some(0)).then_some(0).into_iter().collect();
            while let Some(at) = open.pop() {
                if !std::mem::replace(&mut seen[at as usize], true) {
                    let targets = edges.of(at).iter().copied();
                    open.extend(targets.filter(|&target| Some(target) != without));
                }
            }
            seen[node as usize]
        };
        let all = 0..edges.len() as u32;
        all.filter(|&above| reaches(None) && !reaches(Some(above)))
            .collect()
    }

    #[test]
    fn as_by_definition() {
        for edges in random::graphs(400) {
            let order = DepthFirst::new(&edges);
            let edges = order.renumbered(&edges);
            let found = Dominators::new(&edges.reversed(), &order);
            for node in 0..edges.len() as u32 {
                let expected = dominators(&edges, node);
                let all = 0..edges.len() as u32;
                let said: Vec<u32> = all.filter(|&above| found.dominates(above, node)).collect();
                assert_eq!(said, expected, "{edges:?}");
                let immediate = found.immediate[node as usize];
                assert!(expected.contains(&immediate) && (node == 0 || immediate != node));
            }
        }
    }
}
