//! Globals, tables and element segments.

use wasm_encoder::Instruction as I;

use super::super::function::Body;
use vbc_core::isa::{Inst, StateOp as Op};

impl Body<'_, '_> {
    /// An instruction of the family, whose operands lie on the stack.
    pub(super) fn state(&mut self, op: Op, inst: &Inst<'_>) {
        self.code.push(match op {
            Op::GlobalGet => I::GlobalGet(inst.global()),
            Op::GlobalSet => I::GlobalSet(inst.global()),
            Op::TableGet => I::TableGet(inst.table(0)),
            Op::TableSet => I::TableSet(inst.table(0)),
            Op::TableSize => I::TableSize(inst.table(0)),
            Op::TableGrow => I::TableGrow(inst.table(0)),
            Op::TableFill => I::TableFill(inst.table(0)),
            Op::TableCopy => I::TableCopy {
                dst_table: inst.table(0),
                src_table: inst.table(1),
            },
            Op::TableInit => I::TableInit {
                elem_index: inst.elem(),
                table: inst.table(0),
            },
            Op::ElemDrop => I::ElemDrop(inst.elem()),
        });
    }
}
