//! Globals, tables and element segments.

use crate::cell::Cell;
use crate::code::address;
use crate::predecode::Predecoder;
use vbc_core::isa::{Inst, StateOp as Op};

/// Two indexes in one word.
fn two_indexes(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

impl<'a> Predecoder<'a> {
    /// Makes the cells of an instruction of the family.
    pub(super) fn state(&mut self, op: Op, inst: &Inst<'a>) {
        match op {
            Op::GlobalGet => self.global(Cell::GlobalGet, inst.dst(), inst),
            Op::GlobalSet => self.global(Cell::GlobalSet, inst.src(0), inst),

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

    fn table_get(&mut self, inst: &Inst<'a>) {
        let table = self.table_address(inst.table(0));
        self.emit_wide(Cell::TableGet, inst.dst(), inst.src(0), 0, 0, table);
    }

    fn table_set(&mut self, inst: &Inst<'a>) {
        let (index, value) = (inst.src(0), inst.src(1));
        self.emit_wide(Cell::TableSet, index, value, 0, 0, inst.table(0).into());
    }

    fn table_size(&mut self, inst: &Inst<'a>) {
        self.emit_wide(Cell::TableSize, inst.dst(), 0, 0, 0, inst.table(0).into());
    }

    fn table_grow(&mut self, inst: &Inst<'a>) {
        let (d, s, n) = (inst.dst(), inst.src(0), inst.src(1));
        let table = inst.table(0).into();
        self.emit_wide(Cell::TableGrow, d, s, n, u16::from(self.paid), table);
    }

    fn table_fill(&mut self, inst: &Inst<'a>) {
        self.bulk_wide(Cell::TableFill, inst, inst.table(0).into());
    }

    fn table_copy(&mut self, inst: &Inst<'a>) {
        let tables = two_indexes(inst.table(0), inst.table(1));
        self.bulk_wide(Cell::TableCopy, inst, tables);
    }

    fn table_init(&mut self, inst: &Inst<'a>) {
        let both = two_indexes(inst.table(0), inst.elem());
        self.bulk_wide(Cell::TableInit, inst, both);
    }

    fn elem_drop(&mut self, inst: &Inst<'a>) {
        self.emit_wide(Cell::ElemDrop, 0, 0, 0, 0, inst.elem().into());
    }

    fn global(&mut self, cell: Cell, register: u16, inst: &Inst<'a>) {
        let place = &raw const self.facts.thread.instance.globals[inst.global() as usize];
        self.emit_wide(cell, register, 0, 0, 0, address(place));
    }
}
