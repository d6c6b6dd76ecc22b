//! Memory and its data, and globals.

use crate::cell::Cell;
use crate::code::address;
use crate::predecode::Predecoder;
use vbc_core::isa::{Inst, ValType};
use vbc_core::module::Kind;

impl<'a> Predecoder<'a> {
    pub(super) fn access(&mut self, cell: Cell, inst: &Inst<'a>) {
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

    pub(super) fn global(&mut self, cell: Cell, register: u16, inst: &Inst<'a>) {
        let place = &raw const self.facts.guest.instance.globals[inst.global() as usize];
        self.emit_wide(cell, register, 0, 0, 0, address(place));
    }

    pub(super) fn data_address(&mut self, inst: &Inst<'a>) {
        let row = inst.data() as usize;
        let address = self.facts.guest.program.data_addresses().get(row).copied();
        let address = address.unwrap_or(0).wrapping_add_signed(inst.addend());
        let narrow = self.facts.guest.program.module().address_type() == ValType::I32;
        let address = if narrow {
            address & 0xffff_ffff
        } else {
            address
        };
        self.constant_64(inst.dst(), address);
    }

    /// A bulk operation on the three registers that are read: `d` says whether it costs fuel.
    pub(super) fn bulk(&mut self, cell: Cell, inst: &Inst<'a>) {
        let paid = u16::from(self.paid);
        self.emit(cell, inst.src(0), inst.src(1), inst.src(2), paid);
    }

    pub(super) fn bulk_wide(&mut self, cell: Cell, inst: &Inst<'a>, word: u64) {
        self.bulk(cell, inst);
        self.cells.push(word);
    }

    /// The number of a data row among the defined ones.
    fn defined_data(&self, index: u32) -> u64 {
        u64::from(index - self.facts.guest.spaces.imported(Kind::Data))
    }

    pub(super) fn memory_init(&mut self, inst: &Inst<'a>) {
        let row = self.defined_data(inst.data());
        self.bulk_wide(Cell::MemoryInit, inst, row);
    }

    pub(super) fn data_drop(&mut self, inst: &Inst<'a>) {
        let row = self.defined_data(inst.data());
        self.emit_wide(Cell::DataDrop, 0, 0, 0, 0, row);
    }
}
