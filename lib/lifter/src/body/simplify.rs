//! What is easier to see when all of a function is there: phis that are no choice, branches on
//! comparisons, code that nothing needs.

use super::flow::Flow;
use super::ir::{Block, Inst, Ir, Kind, List, Term, Value};
use vbc_core::isa::{Effects, Op, ValType};

/// The most passes over the phis.
const ROUNDS: usize = 4;

/// Applies everything. Returns for each value how many instructions, branches and edges read it;
/// a value without readers that has no effects is not to be computed.
pub(super) fn simplify(ir: &mut Ir, flow: &Flow) -> Vec<u32> {
    for _ in 0..ROUNDS {
        if !drop_trivial_phis(ir, flow) {
            break;
        }
    }
    resolve_all(ir);
    for block in 0..ir.blocks.len() {
        simplify_branch(ir, block);
    }
    let mut uses = count_uses(ir, flow);
    for block in 0..ir.blocks.len() {
        fuse_branch(ir, block, &mut uses);
    }
    uses
}

/// Makes every phi whose arguments are one value, apart from itself, stand for that value. Returns
/// whether there was one.
fn drop_trivial_phis(ir: &mut Ir, flow: &Flow) -> bool {
    let mut changed = false;
    // Inner loops first: their phis are the arguments of the outer ones'.
    for block in (0..ir.blocks.len() as u32).rev().map(Block) {
        for (i, phi) in ir.phis(block).enumerate() {
            if ir.inst(phi).kind != Kind::Phi {
                continue;
            }
            let mut one = Value::NONE;
            let same = flow.preds(block).iter().all(|&edge| {
                let arg = ir.edge(edge).args.start as usize + i;
                let arg = ir.resolve(Value(ir.lists[arg]));
                let is_new = arg != phi && arg != one;
                if is_new && one.is_some() {
                    return false;
                }
                if is_new {
                    one = arg;
                }
                true
            });
            if same && one.is_some() {
                let inst = &mut ir.insts[phi.index()];
                inst.kind = Kind::Alias;
                inst.x = one;
                changed = true;
            }
        }
    }
    changed
}

/// Replaces aliases by what they stand for.
fn resolve_all(ir: &mut Ir) {
    for at in 0..ir.insts.len() {
        let inst = ir.insts[at];
        match inst.kind {
            Kind::Op | Kind::Imm | Kind::Set => {
                let mut resolved = |value: Value| match value.is_some() {
                    true => ir.resolve(value),
                    false => value,
                };
                let (x, y, z) = (resolved(inst.x), resolved(inst.y), resolved(inst.z));
                let inst = &mut ir.insts[at];
                (inst.x, inst.y, inst.z) = (x, y, z);
            }
            Kind::List(list) => resolve_list(ir, list.range()),
            Kind::Param
            | Kind::Const
            | Kind::Load
            | Kind::Phi
            | Kind::Alias
            | Kind::Home
            | Kind::Result => {}
        }
    }
    for at in 0..ir.edges.len() {
        resolve_list(ir, ir.edges[at].args.range());
    }
    for at in 0..ir.blocks.len() {
        let mut term = ir.blocks[at].term;
        match &mut term {
            Term::Branch { cond: value, .. } | Term::Switch { index: value, .. } => {
                *value = ir.resolve(*value);
            }
            Term::Return(values) => resolve_list(ir, values.range()),
            Term::Stop | Term::Jump(_) => {}
        }
        ir.blocks[at].term = term;
    }
}

fn resolve_list(ir: &mut Ir, range: std::ops::Range<usize>) {
    for at in range {
        ir.lists[at] = ir.resolve(Value(ir.lists[at])).0;
    }
}

/// Branches on a comparison with zero on what is compared.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are no conditions that can be taken in"
)]
fn simplify_branch(ir: &mut Ir, block: usize) {
    let Term::Branch {
        mut cond,
        mut negated,
        then,
        other,
        ..
    } = ir.blocks[block].term
    else {
        return;
    };
    loop {
        let inst = ir.inst(cond);
        if inst.kind != Kind::Imm || inst.imm != 0 {
            break;
        }
        match inst.op {
            Op::EqI32 | Op::EqI64 => negated = !negated,
            Op::NeI32 | Op::NeI64 => {}
            _ => break,
        }
        cond = inst.x;
    }
    ir.blocks[block].term = Term::Branch {
        cond,
        negated,
        fused: false,
        then,
        other,
    };
}

/// Whether an instruction must stay although nothing reads its value.
pub(super) fn has_effects(inst: &Inst) -> bool {
    let effects = inst.op.info().effects;
    let kept = [
        Effects::WRITES_MEM,
        Effects::WRITES_STATE,
        Effects::TRAPS,
        Effects::CALLS,
        Effects::ENDS,
    ];
    inst.kind == Kind::Set
        || Ir::is_placed(inst.kind) && kept.into_iter().any(|effect| effects.has(effect))
}

/// Counts the readers of each value, those that nothing needs aside.
fn count_uses(ir: &Ir, flow: &Flow) -> Vec<u32> {
    let mut uses = vec![0_u32; ir.insts.len()];
    let mut work: Vec<Value> = Vec::new();
    let mut read = |value: Value, work: &mut Vec<Value>| {
        let count = &mut uses[value.index()];
        *count += 1;
        if *count == 1 {
            work.push(value);
        }
    };
    for inst in &ir.insts {
        if has_effects(inst) {
            ir.for_each_use(inst, |value| read(value, &mut work));
        }
    }
    for block in (0..ir.blocks.len() as u32).map(Block) {
        ir.for_each_use_at_end(block, |value| read(value, &mut work));
    }
    while let Some(value) = work.pop() {
        let inst = ir.inst(value);
        match inst.kind {
            Kind::Phi => {
                let block = Block(inst.x.0);
                let at = (value.0 - ir.block(block).first_phi) as usize;
                for &edge in flow.preds(block) {
                    read(Value(ir.list(ir.edge(edge).args)[at]), &mut work);
                }
            }
            _ if !has_effects(inst) => ir.for_each_use(inst, |value| read(value, &mut work)),
            Kind::Param
            | Kind::Const
            | Kind::Load
            | Kind::Alias
            | Kind::Home
            | Kind::Set
            | Kind::Result
            | Kind::Op
            | Kind::Imm
            | Kind::List(_) => {}
        }
    }
    uses
}

/// Lets a branch compare itself, when it is the only reader of the comparison.
fn fuse_branch(ir: &mut Ir, block: usize, uses: &mut [u32]) {
    let Term::Branch {
        cond,
        negated,
        then,
        other,
        ..
    } = ir.blocks[block].term
    else {
        return;
    };
    let inst = *ir.inst(cond);
    let is_comparison = matches!(inst.kind, Kind::Op | Kind::Imm) && inst.op.branch().is_some();
    if !is_comparison || uses[cond.index()] != 1 {
        return;
    }
    uses[cond.index()] = 0;
    // What was computed last comes first: it is what a loop counts.
    if inst.kind == Kind::Op
        && inst.y > inst.x
        && let Some(op) = inst.op.mirrored()
    {
        ir.insts[cond.index()] = Inst {
            op,
            x: inst.y,
            y: inst.x,
            ..inst
        };
    }
    ir.blocks[block].term = Term::Branch {
        cond,
        negated,
        fused: true,
        then,
        other,
    };
}

/// The type of the registers that a comparison reads.
pub(super) fn compared(op: Op) -> ValType {
    op.info().suffix.first().copied().unwrap_or(ValType::I64)
}

/// Lets blocks that jump to a block which only returns return themselves.
pub(super) fn return_at_once(ir: &mut Ir) {
    let mut edges_left = vec![0_u32; ir.blocks.len()];
    for edge in &ir.edges {
        edges_left[edge.to.index()] += 1;
    }
    for at in 0..ir.blocks.len() {
        let Term::Jump(edge) = ir.blocks[at].term else {
            continue;
        };
        let to = ir.edge(edge).to;
        let data = *ir.block(to);
        let Term::Return(values) = data.term else {
            continue;
        };
        let insts = &ir.insts[data.start as usize..data.end as usize];
        if insts.iter().any(|inst| Ir::is_placed(inst.kind)) {
            continue;
        }
        let args = ir.edge(edge).args;
        let start = ir.lists.len() as u32;
        for i in values.range() {
            let value = ir.lists[i];
            let own = match value.checked_sub(data.first_phi) {
                Some(phi) if phi < data.phis => ir.list(args)[phi as usize],
                _ => value,
            };
            ir.lists.push(own);
        }
        ir.blocks[at].term = Term::Return(List {
            start,
            len: values.len,
        });
        ir.edges[edge.index()].to = Block::NONE;
        edges_left[to.index()] -= 1;
        if edges_left[to.index()] == 0 {
            let gone = &mut ir.blocks[to.index()];
            gone.is_gone = true;
            gone.term = Term::Stop;
            gone.phis = 0;
        }
    }
}
