//! Control flow: calls and traps. Where branches and returns go is the structure's business.

use wasm_encoder::Instruction as I;

use super::super::function::Body;
use vbc_core::isa::{ControlOp as Op, Inst, Trap};

impl Body<'_, '_> {
    /// An instruction of the family, whose operands lie on the stack.
    pub(super) fn control(&mut self, op: Op, inst: &Inst<'_>) {
        let env = self.env;
        match op {
            Op::Call => self.code.push(I::Call(env.functions[inst.func() as usize])),
            Op::CallIndirect => self.code.push(I::CallIndirect {
                type_index: inst.type_index(),
                table_index: inst.table(0),
            }),
            Op::TailCall => {
                let function = env.functions[inst.func() as usize];
                self.code.push(I::ReturnCall(function));
            }
            Op::TailCallIndirect => self.code.push(I::ReturnCallIndirect {
                type_index: inst.type_index(),
                table_index: inst.table(0),
            }),
            Op::Trap => self.trap(Trap::from_code(inst.trap_kind()).unwrap_or(Trap::Unreachable)),
            Op::Jump | Op::IfI32 | Op::IfI64 | Op::IfNotI32 | Op::IfNotI64 => {}
            Op::SwitchI32 | Op::SwitchI64 | Op::Return => {}
        }
    }

    /// Traps.
    pub(super) fn trap(&mut self, trap: Trap) {
        if let Some(function) = self.env.trap(trap) {
            self.code.push(I::Call(function));
        }
        self.code.push(I::Unreachable);
    }
}
