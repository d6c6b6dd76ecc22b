//! Which constants need a register, and where they are put into one.
//!
//! An instruction that has no form with the constant reads a register. In a loop that is loaded
//! before the outermost loop; elsewhere before its first reader. A register that was loaded on
//! every path to a reader serves it too.

use super::flow::Flow;
use super::ir::{Block, Inst, Ir, Kind, List, Term, Value};
use super::simplify::compared;
use vbc_core::isa::{Op, ValType};

/// At the end of a block, before what ends it.
pub(super) const END: u32 = u32::MAX;

/// At most this many places are tried when looking for a register that holds a constant already.
const TRIED: usize = 8;

/// An instruction that is placed elsewhere than where it was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placement {
    pub block: Block,
    /// The instruction before which it is placed, or [`END`].
    pub before: u32,
    pub value: Value,
}

/// A register that holds a constant from a place on.
#[derive(Clone, Copy, Debug)]
struct Load {
    at: Placement,
    /// The one before it of the same constant.
    next: u32,
}

struct Placer<'a> {
    flow: &'a Flow,
    loads: Vec<Load>,
    /// For each constant the last of `loads`.
    last: Vec<u32>,
}

/// Gives every reader of a constant that needs it a [`Kind::Load`] to read.
pub(super) fn place_constants(
    ir: &mut Ir,
    flow: &Flow,
    uses: &mut Vec<u32>,
    placements: &mut Vec<Placement>,
) {
    let mut placer = Placer {
        flow,
        loads: Vec::new(),
        last: vec![u32::MAX; ir.insts.len()],
    };
    for number in 0..ir.blocks.len() as u32 {
        let block = Block(number);
        let (start, end) = (ir.block(block).start, ir.block(block).end);
        for at in start..end {
            placer.instruction(ir, uses, block, at);
        }
        placer.end(ir, uses, block);
    }
    placements.extend(placer.loads.iter().map(|load| load.at));
    placements.sort_by_key(|placement| (placement.block, placement.before));
}

impl Placer<'_> {
    fn instruction(&mut self, ir: &mut Ir, uses: &mut Vec<u32>, block: Block, at: u32) {
        let mut inst = ir.insts[at as usize];
        if inst.ty.is_some() && uses[at as usize] == 0 && !super::simplify::has_effects(&inst) {
            return;
        }
        match inst.kind {
            Kind::Op | Kind::Imm => {
                for value in [&mut inst.x, &mut inst.y, &mut inst.z] {
                    self.reader(ir, uses, value, block, at);
                }
                ir.insts[at as usize] = inst;
            }
            Kind::List(list) => self.list(ir, uses, list, block, at),
            Kind::Param
            | Kind::Const
            | Kind::Load
            | Kind::Phi
            | Kind::Alias
            | Kind::Home
            | Kind::Set
            | Kind::Result => {}
        }
    }

    fn list(&mut self, ir: &mut Ir, uses: &mut Vec<u32>, list: List, block: Block, at: u32) {
        for i in list.range() {
            let mut value = Value(ir.lists[i]);
            self.reader(ir, uses, &mut value, block, at);
            ir.lists[i] = value.0;
        }
    }

    fn end(&mut self, ir: &mut Ir, uses: &mut Vec<u32>, block: Block) {
        let mut term = ir.block(block).term;
        match &mut term {
            Term::Branch {
                cond, fused: true, ..
            } => {
                let cond = *cond;
                self.fused(ir, uses, block, cond);
            }
            Term::Branch { cond: value, .. } | Term::Switch { index: value, .. } => {
                self.reader(ir, uses, value, block, END);
            }
            Term::Return(list) => {
                let list = *list;
                self.list(ir, uses, list, block, END);
            }
            Term::Stop | Term::Jump(_) => {}
        }
        ir.blocks[block.index()].term = term;
    }

    /// The comparison of a branch: only 32 bits fit into it.
    fn fused(&mut self, ir: &mut Ir, uses: &mut Vec<u32>, block: Block, cond: Value) {
        let mut inst = *ir.inst(cond);
        if inst.kind == Kind::Imm && i32::try_from(inst.imm).is_err() {
            let ty = compared(inst.op);
            inst.y = self.add(ir, uses, Kind::Const, ty, inst.imm, Value::NONE);
            inst.kind = Kind::Op;
        }
        for value in [&mut inst.x, &mut inst.y] {
            self.reader(ir, uses, value, block, END);
        }
        ir.insts[cond.index()] = inst;
    }

    /// Replaces `value`, if it is a constant, by a register that holds it.
    fn reader(
        &mut self,
        ir: &mut Ir,
        uses: &mut Vec<u32>,
        value: &mut Value,
        block: Block,
        at: u32,
    ) {
        if !value.is_some() || ir.inst(*value).kind != Kind::Const {
            return;
        }
        let constant = *value;
        if let Some(load) = self.placed(constant, block, at) {
            uses[load.index()] += 1;
            *value = load;
            return;
        }
        let (mut block, mut before) = (block, at);
        if let Some(header) = self.flow.outermost(block) {
            (block, before) = (self.flow.preheader(ir, header), END);
        }
        let ty = ir.inst(constant).ty.unwrap_or(ValType::I32);
        let bits = ir.inst(constant).imm;
        let load = self.add(ir, uses, Kind::Load, ty, bits, constant);
        uses[load.index()] = 1;
        self.loads.push(Load {
            at: Placement {
                block,
                before,
                value: load,
            },
            next: self.last[constant.index()],
        });
        self.last[constant.index()] = self.loads.len() as u32 - 1;
        *value = load;
    }

    /// A register that holds the constant whenever `at` in `block` is reached.
    fn placed(&self, constant: Value, block: Block, at: u32) -> Option<Value> {
        let mut next = self.last[constant.index()];
        for _ in 0..TRIED {
            let load = self.loads.get(next as usize)?;
            let is_before = match load.at.block == block {
                true => load.at.before <= at,
                false => self.flow.dominates(load.at.block, block),
            };
            if is_before {
                return Some(load.at.value);
            }
            next = load.next;
        }
        None
    }

    fn add(
        &mut self,
        ir: &mut Ir,
        uses: &mut Vec<u32>,
        kind: Kind,
        ty: ValType,
        imm: i64,
        x: Value,
    ) -> Value {
        let value = ir.append(Inst {
            kind,
            op: Op::Move,
            is_moved: false,
            ty: Some(ty),
            x,
            y: Value::NONE,
            z: Value::NONE,
            imm,
        });
        uses.push(0);
        self.last.push(u32::MAX);
        value
    }
}
