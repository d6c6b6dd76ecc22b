//! Graphs for tests.

use super::Edges;

/// This many small graphs, always the same ones.
pub(super) fn graphs(count: usize) -> impl Iterator<Item = Edges> {
    let mut state = 1_u64;
    let mut below = move |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % limit
    };
    (0..count).map(move |_| {
        let nodes = 1 + below(12);
        let mut edges = Edges::default();
        for _ in 0..nodes {
            let targets: Vec<u32> = (0..below(4)).map(|_| below(nodes) as u32).collect();
            edges.push(targets);
        }
        edges
    })
}
