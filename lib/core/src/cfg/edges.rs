//! Edges of a graph.

/// For each node of a graph, numbered from 0, the nodes that its edges lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edges {
    /// Where the edges of each node begin in `list`; one more than there are nodes.
    starts: Vec<u32>,
    list: Vec<u32>,
}

impl Default for Edges {
    fn default() -> Edges {
        Edges {
            starts: vec![0],
            list: Vec::new(),
        }
    }
}

impl Edges {
    /// Adds a node with its edges.
    pub fn push(&mut self, targets: impl IntoIterator<Item = u32>) {
        self.list.extend(targets);
        self.starts.push(self.list.len() as u32);
    }

    /// Where the edges of a node lead, in their order.
    #[inline]
    pub fn of(&self, node: u32) -> &[u32] {
        &self.list[self.range(node)]
    }

    /// The numbers of a node's edges, by which [`Edges::list`] is indexed.
    #[inline]
    pub fn range(&self, node: u32) -> std::ops::Range<usize> {
        self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize
    }

    /// Where all edges lead.
    pub fn list(&self) -> &[u32] {
        &self.list
    }

    /// The number of nodes.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The edges in the other direction; those of each node in ascending order.
    pub fn reversed(&self) -> Edges {
        let count = self.len();
        let mut starts = vec![0_u32; count + 1];
        for &target in &self.list {
            starts[target as usize + 1] += 1;
        }
        for at in 0..count {
            starts[at + 1] += starts[at];
        }
        let mut next = starts.clone();
        let mut list = vec![0; self.list.len()];
        for node in 0..count as u32 {
            for &target in self.of(node) {
                list[next[target as usize] as usize] = node;
                next[target as usize] += 1;
            }
        }
        Edges { starts, list }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reversed_twice_is_sorted() {
        let mut edges = Edges::default();
        assert!(edges.is_empty());
        for targets in [vec![2, 1], vec![0], vec![], vec![2, 2]] {
            edges.push(targets);
        }
        let reversed = edges.reversed();
        assert_eq!(reversed.of(2), [0, 3, 3]);
        assert_eq!((reversed.of(3), reversed.len()), (&[][..], 4));
        assert_eq!(reversed.reversed().of(0), [1, 2]);
        assert_eq!(edges.range(3), 3..5);
    }
}
