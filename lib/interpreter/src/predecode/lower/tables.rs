//! Tables and their element segments.

use crate::cell::Cell;
use crate::predecode::Predecoder;
use vbc_core::isa::Inst;

/// Two indexes in one word.
fn two_indexes(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

impl<'a> Predecoder<'a> {
    pub(super) fn table_get(&mut self, inst: &Inst<'a>) {
        let table = self.table_address(inst.table(0));
        self.emit_wide(Cell::TableGet, inst.dst(), inst.src(0), 0, 0, table);
    }

    pub(super) fn table_set(&mut self, inst: &Inst<'a>) {
        let (index, value) = (inst.src(0), inst.src(1));
        self.emit_wide(Cell::TableSet, index, value, 0, 0, inst.table(0).into());
    }

    pub(super) fn table_size(&mut self, inst: &Inst<'a>) {
        self.emit_wide(Cell::TableSize, inst.dst(), 0, 0, 0, inst.table(0).into());
    }

    pub(super) fn table_grow(&mut self, inst: &Inst<'a>) {
        let (d, s, n) = (inst.dst(), inst.src(0), inst.src(1));
        let table = inst.table(0).into();
        self.emit_wide(Cell::TableGrow, d, s, n, u16::from(self.paid), table);
    }

    pub(super) fn table_fill(&mut self, inst: &Inst<'a>) {
        self.bulk_wide(Cell::TableFill, inst, inst.table(0).into());
    }

    pub(super) fn table_copy(&mut self, inst: &Inst<'a>) {
        let tables = two_indexes(inst.table(0), inst.table(1));
        self.bulk_wide(Cell::TableCopy, inst, tables);
    }

    pub(super) fn table_init(&mut self, inst: &Inst<'a>) {
        let both = two_indexes(inst.table(0), inst.elem());
        self.bulk_wide(Cell::TableInit, inst, both);
    }

    pub(super) fn elem_drop(&mut self, inst: &Inst<'a>) {
        self.emit_wide(Cell::ElemDrop, 0, 0, 0, 0, inst.elem().into());
    }
}
