//! What each instruction becomes, a family in a file.

mod control;
mod memory;
mod numbers;
mod state;
mod values;

use super::translate::Translator;
use vbc_core::isa::{Family, Inst};

impl<'p> Translator<'p, '_> {
    /// Translates the instruction at word `at`.
    pub(super) fn instruction(&mut self, inst: &Inst<'p>, at: usize) {
        match inst.op.family() {
            Family::Control(op) => self.control(op, inst, at),
            Family::Value(op) => self.value(op, inst),
            Family::State(op) => self.state(op, inst),
            Family::Memory(op) => self.memory(op, inst),
            Family::Number(op) => self.number(op, inst, at),
            // Loading refuses modules that have these.
            Family::Managed(_) => {}
        }
    }
}
