//! Dominators, by the semi-NCA algorithm of Georgiadis and Tarjan: near-linear, without recursion.

/// A graph whose nodes are numbered in reverse postorder, 0 being the entry.
pub(super) struct Predecessors<'g> {
    /// Where each node's predecessors begin in `list`; one more than there are nodes.
    pub starts: &'g [u32],
    /// The predecessors.
    pub list: &'g [u32],
    /// The parent of each node in the depth-first tree, and the preorder of that tree.
    pub parents: &'g [u32],
    /// The nodes in preorder of the depth-first tree.
    pub preorder: &'g [u32],
}

/// The immediate dominator of each node; the entry's is itself.
pub(super) fn immediate(graph: &Predecessors<'_>) -> Vec<u32> {
    let count = graph.preorder.len();
    // From here on nodes go by their place in preorder.
    let mut place = vec![0_u32; count];
    for (at, &node) in graph.preorder.iter().enumerate() {
        place[node as usize] = at as u32;
    }
    let parent = |at: usize| place[graph.parents[graph.preorder[at] as usize] as usize];
    let mut dominator: Vec<u32> = (0..count).map(parent).collect();
    let mut ancestor = dominator.clone();
    let mut semi: Vec<u32> = (0..count as u32).collect();
    let mut label = semi.clone();
    let mut path = Vec::new();
    for at in (1..count).rev() {
        let node = graph.preorder[at] as usize;
        let mut least = semi[at];
        for &from in &graph.list[graph.starts[node] as usize..graph.starts[node + 1] as usize] {
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
        result[graph.preorder[at] as usize] = graph.preorder[dominator[at] as usize];
    }
    result
}

/// Makes `label[from]` the node of least semidominator on the path from `from` up to, but not
/// including, the first node before `last`; only nodes at or behind `last` have been linked.
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
