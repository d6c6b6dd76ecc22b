//! Constants, moves, references and addresses.

use super::constant;
use crate::cell::Cell;
use crate::predecode::Predecoder;
use vbc_core::isa::{Inst, ValType, ValueOp as Op};

impl<'a> Predecoder<'a> {
    /// Makes the cells of an instruction of the family.
    pub(super) fn value(&mut self, op: Op, inst: &Inst<'a>) {
        match op {
            Op::ConstI32 | Op::ConstF32 => self.constant_32(inst.dst(), constant(inst) as u32),
            Op::ConstI64 | Op::ConstF64 => self.constant_64(inst.dst(), constant(inst) as u64),
            Op::Move => self.same(Cell::Move, inst),
            Op::Select => self.select(inst),
            Op::RefNull => self.constant_64(inst.dst(), 0),
            Op::RefFunc => self.constant_64(inst.dst(), u64::from(inst.func()) + 1),
            Op::RefIsNull => self.same(Cell::IsZero, inst),
            Op::DataAddr => self.data_address(inst),
        }
    }

    /// A constant in a 32-bit register.
    fn constant_32(&mut self, register: u16, value: u32) {
        self.emit_cd(Cell::Const32, register, 0, value);
    }

    /// A constant in a 64-bit register.
    fn constant_64(&mut self, register: u16, value: u64) {
        match i32::try_from(value as i64) {
            Ok(value) => self.emit_cd(Cell::Const64, register, 0, value as u32),
            Err(_) => self.emit_wide(Cell::ConstWide, register, 0, 0, 0, value),
        }
    }

    /// One of two registers.
    fn select(&mut self, inst: &Inst<'a>) {
        let (x, y) = (inst.src(1), inst.src(2));
        self.emit(Cell::Select, inst.dst(), x, y, inst.src(0));
    }

    fn data_address(&mut self, inst: &Inst<'a>) {
        let row = inst.data() as usize;
        let address = self.facts.bound.program.data_addresses().get(row).copied();
        let address = address.unwrap_or(0).wrapping_add_signed(inst.addend());
        let narrow = self.facts.bound.program.module().address_type() == ValType::I32;
        let address = if narrow {
            address & 0xffff_ffff
        } else {
            address
        };
        self.constant_64(inst.dst(), address);
    }
}
