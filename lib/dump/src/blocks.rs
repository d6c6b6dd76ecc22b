//! Basic blocks, whatever the code holds.

use vbc_core::cfg;
use vbc_core::isa::Effects;
use vbc_core::isa::walk::{Item, Walk, targets};

/// How control leaves a basic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Word at which the next block begins.
    pub to: u32,
    /// Why control goes there.
    pub why: Why,
}

/// Why control takes an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Nothing else is possible, or a branch is not taken.
    Next,
    /// A branch is taken.
    Taken,
    /// A SWITCH takes the target with this number.
    Case(u32),
    /// A SWITCH takes its last target.
    Default,
}

/// A basic block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first word.
    pub start: u32,
    /// The word after its last one.
    pub end: u32,
    /// Where control goes from it. Targets at which no instruction begins are left out.
    pub edges: Vec<Edge>,
}

/// The basic blocks of a function, in order of place.
pub fn blocks(code: &[u64]) -> Vec<Block> {
    let found = cfg::Blocks::new(code);
    let mut blocks: Vec<Block> = Vec::with_capacity(found.len());
    for (at, item) in Walk::new(code) {
        let range = found.range(blocks.len() as u32);
        if at + item.words().len() == range.end as usize {
            blocks.push(Block {
                start: range.start,
                end: range.end,
                edges: edges(item, at, range.end, &found),
            });
        }
    }
    blocks
}

/// The edges after the last item of a block.
fn edges(item: Item<'_>, at: usize, end: u32, blocks: &cfg::Blocks) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut stops = false;
    if let Item::Inst(inst) = item {
        let effects = inst.info().effects;
        stops = effects.has(Effects::STOPS);
        let switch = inst.targets().len();
        for (number, target) in targets(inst, at).enumerate() {
            let why = match switch {
                0 => Why::Taken,
                _ if number + 1 == switch => Why::Default,
                _ => Why::Case(number as u32),
            };
            if let Some(block) = blocks.at(target) {
                let to = blocks.range(block).start;
                edges.push(Edge { to, why });
            }
        }
    }
    if !stops && blocks.at(end.into()).is_some() {
        edges.push(Edge {
            to: end,
            why: Why::Next,
        });
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use vbc_core::isa::decode::Value;
    use vbc_core::isa::{Op, encode};

    fn code() -> Vec<u64> {
        let mut code = Vec::new();
        // 0: IF to 4; 1: SWITCH to 0, 99, 4; 4: unknown; 5: JUMP into the SWITCH; 6: reserved, cut off.
        encode(Op::IfI64, &[Value::Reg(0), Value::Label(4)], &mut code);
        encode(
            Op::SwitchI64,
            &[Value::Reg(0), Value::Targets(&[-1, 98, 3])],
            &mut code,
        );
        code.push(0xffff);
        encode(Op::Jump, &[Value::Label(-3)], &mut code);
        code.push(0x0009_0400);
        code
    }

    #[test]
    fn blocks_and_edges() {
        let code = code();
        let edge = |to, why| Edge { to, why };
        let found = blocks(&code);
        let shape: Vec<_> = found.iter().map(|b| (b.start, b.end)).collect();
        assert_eq!(shape, [(0, 1), (1, 4), (4, 6), (6, 7)]);
        assert_eq!(found[0].edges, [edge(4, Why::Taken), edge(1, Why::Next)]);
        assert_eq!(
            found[1].edges,
            [edge(0, Why::Case(0)), edge(4, Why::Default)]
        );
        assert!(found[2].edges.is_empty() && found[3].edges.is_empty());
        assert!(blocks(&[]).is_empty());
    }
}
