//! Control flow: jumps, calls, returns.

use cranelift_codegen::ir::InstBuilder;

use super::super::translate::Translator;
use vbc_core::isa::{ControlOp as Op, Inst, Trap};

impl<'p> Translator<'p, '_> {
    /// Translates an instruction of the family, which is at word `at`.
    pub(super) fn control(&mut self, op: Op, inst: &Inst<'p>, at: usize) {
        match op {
            Op::Jump => self.jump(at, at.wrapping_add_signed(inst.distance() as isize)),
            Op::IfI32 | Op::IfI64 => self.branch_if(inst, at, true),
            Op::IfNotI32 | Op::IfNotI64 => self.branch_if(inst, at, false),
            Op::SwitchI32 | Op::SwitchI64 => self.switch(inst, at),
            Op::Call => self.call(inst),
            Op::CallIndirect => self.call_indirect(inst),
            Op::TailCall => self.tail_call(inst),
            Op::TailCallIndirect => self.tail_call_indirect(inst),
            Op::Return => {
                let results: Vec<u16> = inst.returned(self.body.ty.results.len()).collect();
                self.return_registers(&results);
            }
            Op::Trap => {
                // A block of nothing but a trap would become a part of the branch to it, and the
                // trap would seem to be there.
                self.b.ins().sequence_point();
                self.trap(Trap::from_code(inst.trap_kind()).unwrap_or(Trap::Unreachable));
                self.end();
            }
        }
    }
}
