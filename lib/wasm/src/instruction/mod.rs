//! What each instruction becomes, a family in a file.

mod control;
mod memory;
mod numbers;
mod state;
mod values;

use super::function::Body;
use vbc_core::isa::{Family, Op};

pub(super) use numbers::{Checked, Lowering, is_i32};

/// How an instruction of numbers is lowered.
pub(super) fn lowering(op: Op) -> Option<Lowering> {
    match op.family() {
        Family::Number(op) => Some(numbers::number(op)),
        Family::Control(_)
        | Family::Value(_)
        | Family::State(_)
        | Family::Memory(_)
        | Family::Managed(_) => None,
    }
}

impl Body<'_, '_> {
    /// An instruction whose operands lie on the stack.
    pub(super) fn instruction(&mut self, at: u32) {
        let inst = self.blocks.insts[at as usize];
        match inst.op.family() {
            Family::Control(op) => self.control(op, &inst),
            Family::Value(op) => self.value(op, &inst),
            Family::State(op) => self.state(op, &inst),
            Family::Memory(op) => self.memory(op, &inst),
            Family::Number(op) => self.number(numbers::number(op), inst.op),
            // Loading refuses modules that have these.
            Family::Managed(_) => {}
        }
    }
}
