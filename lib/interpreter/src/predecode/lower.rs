//! Each instruction's cells, when it is alone; each file has a family of instructions.

mod calls;
mod control;
mod managed;
mod memory;
mod numbers;
mod state;
mod values;

pub(crate) use calls::call_cell;

use super::Predecoder;
use vbc_core::isa::{Family, Inst};

/// The constant of an instruction that has one.
pub(super) fn constant(inst: &Inst<'_>) -> i64 {
    inst.constant().unwrap_or(0)
}

impl<'a> Predecoder<'a> {
    /// Makes the cells of `inst`.
    pub(super) fn lower(&mut self, inst: &Inst<'a>) {
        match inst.op.family() {
            Family::Control(op) => self.control(op, inst),
            Family::Value(op) => self.value(op, inst),
            Family::State(op) => self.state(op, inst),
            Family::Memory(op) => self.memory(op, inst),
            Family::Number(op) => self.number(op, inst),
            Family::Managed(op) => self.managed(op, inst),
        }
    }
}
