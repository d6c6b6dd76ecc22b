//! Globals, tables and element segments.

use super::super::translate::Translator;
use vbc_core::isa::{Inst, StateOp as Op};

impl<'p> Translator<'p, '_> {
    /// Translates an instruction of the family.
    pub(super) fn state(&mut self, op: Op, inst: &Inst<'p>) {
        match op {
            Op::GlobalGet => self.global_get(inst),
            Op::GlobalSet => self.global_set(inst),
            Op::TableGet => self.table_get(inst),
            Op::TableSet => self.table_set(inst),
            Op::TableSize => self.table_size(inst),
            Op::TableGrow => self.table_grow(inst),
            Op::TableFill => self.table_fill(inst),
            Op::TableCopy => self.table_copy(inst),
            Op::TableInit => self.table_init(inst),
            Op::ElemDrop => self.elem_drop(inst),
        }
    }
}
