//! Loops that end by comparing what their variable was before it was advanced.
//!
//! Compilers like to write `if (i != n) repeat` after `j = i + 1`. Both `i` and `j` are then needed at
//! the end, so that `i` cannot become `j` in place. Comparing `j` with `n + 1` is the same where the
//! comparison is for equality; another one is made before `i` changes.

use super::constants::{END, Placement};
use super::flow::Flow;
use super::ir::{Block, EdgeId, Inst, Ir, Kind, Term, Value};
use vbc_core::isa::Op;

/// A branch that repeats a loop.
struct Latch {
    block: Block,
    header: Block,
    /// The edge that repeats it.
    edge: EdgeId,
    /// The comparison.
    cond: Value,
    /// The variable at the header, and advanced.
    old: Value,
    new: Value,
}

/// Frees the variables of loops from their comparisons.
pub(super) fn advance_in_place(ir: &mut Ir, flow: &Flow, uses: &mut Vec<u32>) -> Vec<Placement> {
    let mut placements = Vec::new();
    for number in 0..ir.blocks.len() as u32 {
        if let Some(latch) = find_latch(ir, Block(number)) {
            rewrite(ir, flow, uses, &latch, &mut placements);
        }
    }
    placements
}

fn find_latch(ir: &Ir, block: Block) -> Option<Latch> {
    let Term::Branch {
        cond,
        fused: true,
        then,
        other,
        ..
    } = ir.block(block).term
    else {
        return None;
    };
    let edge = [then, other]
        .into_iter()
        .find(|&edge| ir.edge(edge).to <= block)?;
    let header = ir.edge(edge).to;
    let inst = ir.inst(cond);
    let old = [inst.x, inst.y]
        .into_iter()
        .find(|&value| value.is_some() && ir.is_phi_of(value, header))?;
    let at = old.0 - ir.block(header).first_phi;
    let new = Value(ir.list(ir.edge(edge).args)[at as usize]);
    let advance = ir.inst(new);
    let adds = matches!(advance.op, Op::AddI32 | Op::AddI64);
    if advance.kind != Kind::Imm || !adds || advance.x != old {
        return None;
    }
    Some(Latch {
        block,
        header,
        edge,
        cond,
        old,
        new,
    })
}

fn rewrite(
    ir: &mut Ir,
    flow: &Flow,
    uses: &mut Vec<u32>,
    latch: &Latch,
    placements: &mut Vec<Placement>,
) {
    let mut cond = *ir.inst(latch.cond);
    let step = ir.inst(latch.new).imm;
    let is_equality = matches!(cond.op, Op::EqI32 | Op::NeI32 | Op::EqI64 | Op::NeI64);
    let is_narrow = matches!(cond.op, Op::EqI32 | Op::NeI32);
    if is_equality && cond.kind == Kind::Imm {
        let limit = cond.imm.wrapping_add(step);
        cond.imm = if is_narrow {
            (limit as i32).into()
        } else {
            limit
        };
        cond.x = latch.new;
        ir.insts[latch.cond.index()] = cond;
        uses[latch.old.index()] -= 1;
        uses[latch.new.index()] += 1;
        return;
    }
    if !changes_last(ir, latch) {
        return;
    }
    let limit = if cond.x == latch.old { cond.y } else { cond.x };
    let is_outside = limit.is_some() && limit.0 < ir.block(latch.header).first_phi;
    if is_equality && is_outside {
        let advance = *ir.inst(latch.new);
        let sum = ir.append(Inst {
            x: limit,
            is_moved: true,
            ..advance
        });
        uses.push(1);
        placements.push(Placement {
            block: flow.preheader(ir, latch.header),
            before: END,
            value: sum,
        });
        (cond.x, cond.y) = (latch.new, sum);
        ir.insts[latch.cond.index()] = cond;
        uses[latch.old.index()] -= 1;
        uses[latch.new.index()] += 1;
    } else if !limit.is_some() || limit.0 < latch.new.0 {
        compare_first(ir, uses, latch, placements);
    }
}

/// Whether the variable is advanced in the block that branches, and only the comparison reads it
/// after that.
fn changes_last(ir: &Ir, latch: &Latch) -> bool {
    let data = ir.block(latch.block);
    if latch.new.0 < data.start {
        return false;
    }
    let mut is_read = false;
    for at in latch.new.0 + 1..data.end {
        if Value(at) != latch.cond {
            ir.for_each_use(&ir.insts[at as usize], |value| {
                is_read |= value == latch.old
            });
        }
    }
    ir.for_each_edge(latch.block, |edge| {
        let args = ir.list(ir.edge(edge).args);
        is_read |= edge != latch.edge && args.contains(&latch.old.0);
    });
    !is_read
}

/// Makes the comparison an instruction of its own, before the variable changes.
fn compare_first(ir: &mut Ir, uses: &mut [u32], latch: &Latch, placements: &mut Vec<Placement>) {
    ir.insts[latch.cond.index()].is_moved = true;
    uses[latch.cond.index()] = 1;
    placements.push(Placement {
        block: latch.block,
        before: latch.new.0,
        value: latch.cond,
    });
    if let Term::Branch { fused, .. } = &mut ir.blocks[latch.block.index()].term {
        *fused = false;
    }
}
