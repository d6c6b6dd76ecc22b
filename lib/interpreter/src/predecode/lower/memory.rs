//! Memory and its data.

use crate::cell::Cell;
use crate::predecode::Predecoder;
use vbc_core::isa::{Inst, MemoryOp as Op};
use vbc_core::module::Kind;

impl<'a> Predecoder<'a> {
    /// Makes the cells of an instruction of the family.
    pub(super) fn memory(&mut self, op: Op, inst: &Inst<'a>) {
        match op {
            Op::MemorySize => self.emit(Cell::MemorySize, inst.dst(), 0, 0, 0),
            Op::MemoryGrow => self.same(Cell::MemoryGrow, inst),
            Op::MemoryCopy if self.watched => self.bulk(Cell::MemoryCopyWatched, inst),
            Op::MemoryCopy => self.bulk(Cell::MemoryCopy, inst),
            Op::MemoryFill if self.watched => self.bulk(Cell::MemoryFillWatched, inst),
            Op::MemoryFill => self.bulk(Cell::MemoryFill, inst),
            Op::MemoryInit => self.memory_init(inst),
            Op::DataDrop => self.data_drop(inst),

            Op::LoadI32 | Op::LoadF32 | Op::Load32UI64 => self.access(Cell::Load32, inst),
            Op::LoadI64 | Op::LoadF64 => self.access(Cell::Load64, inst),
            Op::Load8I32 => self.access(Cell::Load8I32, inst),
            Op::Load8I64 => self.access(Cell::Load8I64, inst),
            Op::Load8UI32 | Op::Load8UI64 => self.access(Cell::Load8U, inst),
            Op::Load16I32 => self.access(Cell::Load16I32, inst),
            Op::Load16I64 => self.access(Cell::Load16I64, inst),
            Op::Load16UI32 | Op::Load16UI64 => self.access(Cell::Load16U, inst),
            Op::Load32I64 => self.access(Cell::Load32I64, inst),
            Op::Store8I32 | Op::Store8I64 => self.access(Cell::Store8, inst),
            Op::Store16I32 | Op::Store16I64 => self.access(Cell::Store16, inst),
            Op::StoreI32 | Op::StoreF32 | Op::Store32I64 => self.access(Cell::Store32, inst),
            Op::StoreI64 | Op::StoreF64 => self.access(Cell::Store64, inst),
        }
    }

    fn access(&mut self, cell: Cell, inst: &Inst<'a>) {
        let (accessed, address) = (inst.accessed(), inst.src(0));
        let offset = inst.offset();
        match u32::try_from(offset) {
            Ok(offset) => self.emit_cd(cell, accessed, address, offset),
            Err(_) => {
                let scratch = self.scratch;
                self.emit_wide(Cell::FarAddress, scratch, address, 0, 0, offset);
                self.emit_cd(cell, accessed, scratch, 0);
            }
        }
    }

    /// A bulk operation on the three registers that are read: `d` determines whether it costs fuel.
    pub(super) fn bulk(&mut self, cell: Cell, inst: &Inst<'a>) {
        let paid = u16::from(self.paid);
        self.emit(cell, inst.src(0), inst.src(1), inst.src(2), paid);
    }

    pub(super) fn bulk_wide(&mut self, cell: Cell, inst: &Inst<'a>, word: u64) {
        self.bulk(cell, inst);
        self.cells.push(word);
    }

    /// The number of a data row among the defined ones.
    pub(super) fn defined_data(&self, index: u32) -> u64 {
        u64::from(index - self.facts.bound.spaces.imported(Kind::Data))
    }

    fn memory_init(&mut self, inst: &Inst<'a>) {
        let row = self.defined_data(inst.data());
        self.bulk_wide(Cell::MemoryInit, inst, row);
    }

    fn data_drop(&mut self, inst: &Inst<'a>) {
        let row = self.defined_data(inst.data());
        self.emit_wide(Cell::DataDrop, 0, 0, 0, 0, row);
    }
}
