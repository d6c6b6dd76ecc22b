//! Loops with several entries get one: a dispatch that goes where a label points.
//!
//! Structured control flow has no loop with two entries. As in LLVM's pass for WebAssembly, every
//! edge to an entry of such a loop first notes in a local which entry it means, and then goes to one new
//! node. The rest of the function stays as it is, and so do loops with one entry inside and around.

use vbc_core::cfg::Edges;

use super::blocks::Blocks;
use super::graph::{Graph, Kind, Nodes};

/// Loops that are nested deeper than this, and have a loop with several entries inside, are
/// dispatched as a whole, so that the work stays linear.
const DEPTH: usize = 16;

/// The graph of a function, in which every loop has one entry.
pub(super) fn reducible(blocks: &Blocks<'_>) -> Graph {
    let nodes = Nodes::of(blocks);
    let graph = Graph::new(&nodes, blocks);
    if graph.irreducible.is_empty() {
        return graph;
    }
    let regions = Regions::find(&nodes.edges, &graph);
    Graph::new(&regions.rebuild(&nodes), blocks)
}

/// Not an entry that is dispatched.
const NONE: u32 = u32::MAX;

struct Regions {
    /// For each node, the dispatch by which it is entered.
    dispatch: Vec<u32>,
    /// The entries of each dispatch.
    entries: Vec<Vec<u32>>,
    /// Edges to these nodes do not count in loops further inside.
    cut: Vec<bool>,
}

impl Regions {
    fn find(edges: &Edges, graph: &Graph) -> Regions {
        let mut regions = Regions {
            dispatch: vec![NONE; edges.len()],
            entries: Vec::new(),
            cut: vec![false; edges.len()],
        };
        let mut bad = graph.irreducible.clone();
        let mut region = vec![0_u32; edges.len()];
        for depth in 0.. {
            bad.retain(|&(_, target)| !regions.cut[target as usize]);
            if bad.is_empty() {
                break;
            }
            region = components(edges, &region, &regions.cut);
            let mut wanted: Vec<u32> = bad.iter().map(|&(_, to)| region[to as usize]).collect();
            wanted.sort_unstable();
            wanted.dedup();
            regions.enter(edges, &region, &wanted, depth >= DEPTH);
        }
        regions
    }

    /// Cuts the edges to the entries of the loops `wanted`, and makes a dispatch where there are several.
    fn enter(&mut self, edges: &Edges, region: &[u32], wanted: &[u32], whole: bool) {
        let mut entries: Vec<(u32, u32)> = Vec::new();
        let mut note = |node: u32| {
            if let Ok(at) = wanted.binary_search(&region[node as usize]) {
                entries.push((at as u32, node));
            }
        };
        for node in 0..edges.len() as u32 {
            for &target in edges.of(node) {
                if region[node as usize] != region[target as usize] || whole {
                    note(target);
                }
            }
        }
        entries.sort_unstable();
        entries.dedup();
        for group in entries.chunk_by(|a, b| a.0 == b.0) {
            for &(_, node) in group {
                self.cut[node as usize] = true;
            }
            if group.len() > 1 {
                for &(_, node) in group {
                    self.dispatch[node as usize] = self.entries.len() as u32;
                }
                self.entries
                    .push(group.iter().map(|&(_, node)| node).collect());
            }
        }
    }

    /// The graph with the dispatches in it.
    fn rebuild(&self, nodes: &Nodes) -> Nodes {
        let count = nodes.len() as u32;
        let dispatches = count..count + self.entries.len() as u32;
        let mut place = vec![0_u32; nodes.len()];
        for entries in &self.entries {
            for (at, &node) in entries.iter().enumerate() {
                place[node as usize] = at as u32;
            }
        }
        let mut result = Nodes::default();
        // Nodes that set a label, in the order in which they are found, and where they go.
        let mut setters: Vec<u32> = Vec::new();
        // For each target, its latest setter.
        let mut latest = vec![NONE; nodes.len()];
        for node in 0..count {
            let first = setters.len() as u32;
            let targets = nodes.edges.of(node).iter().map(|&target| {
                if self.dispatch[target as usize] == NONE {
                    return target;
                }
                // A SWITCH may name a target more than once; one setter will do.
                let latest = &mut latest[target as usize];
                if *latest == NONE || *latest < first {
                    *latest = setters.len() as u32;
                    setters.push(target);
                }
                dispatches.end + *latest
            });
            let targets: Vec<u32> = targets.collect();
            result.push(nodes.kinds[node as usize].clone(), targets);
        }
        for entries in &self.entries {
            result.push(Kind::Dispatch, entries.iter().copied());
        }
        for target in setters {
            let kind = Kind::SetLabel(place[target as usize]);
            result.push(kind, [dispatches.start + self.dispatch[target as usize]]);
        }
        result
    }
}

/// The strongly connected components inside each region, by Tarjan's algorithm, leaving out edges
/// between regions and those to nodes that are cut.
fn components(edges: &Edges, region: &[u32], cut: &[bool]) -> Vec<u32> {
    const NEW: u32 = u32::MAX;
    let mut index = vec![NEW; edges.len()];
    let mut low = vec![0_u32; edges.len()];
    let mut component = vec![NEW; edges.len()];
    let (mut open, mut stack) = (Vec::new(), Vec::new());
    let (mut counter, mut found) = (0, 0);
    for root in 0..edges.len() as u32 {
        if index[root as usize] != NEW {
            continue;
        }
        stack.push((root, 0_usize));
        while let Some((node, next)) = stack.last_mut() {
            let (node, at) = (*node, *next);
            *next += 1;
            if at == 0 {
                index[node as usize] = counter;
                low[node as usize] = counter;
                counter += 1;
                open.push(node);
            }
            if let Some(&target) = edges.of(node).get(at) {
                let (from, to) = (node as usize, target as usize);
                if region[from] != region[to] || cut[to] {
                    continue;
                }
                if index[to] == NEW {
                    stack.push((target, 0));
                } else if component[to] == NEW {
                    low[from] = low[from].min(index[to]);
                }
                continue;
            }
            stack.pop();
            if let Some(&(above, _)) = stack.last() {
                low[above as usize] = low[above as usize].min(low[node as usize]);
            }
            if low[node as usize] == index[node as usize] {
                while let Some(member) = open.pop() {
                    component[member as usize] = found;
                    if member == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}
