//! Constants, moves and arithmetic.

use crate::cell::Cell;
use crate::predecode::Predecoder;
use vbc_core::isa::{Inst, Rhs};

impl<'a> Predecoder<'a> {
    /// The register that is written, and one or two that are read.
    pub(super) fn same(&mut self, cell: Cell, inst: &Inst<'a>) {
        let mut sources = inst.srcs();
        let x = sources.next().unwrap_or(0);
        self.emit(cell, inst.dst(), x, sources.next().unwrap_or(0), 0);
    }

    /// The sources change places: greater-than is less-than the other way round.
    pub(super) fn swapped(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit(cell, inst.dst(), inst.src(1), inst.src(0), 0);
    }

    /// Two operands: `cell` for two registers, `immediate` where the second is a constant. Where that is too wide,
    /// it is put into a register.
    pub(super) fn binary(&mut self, cell: Cell, immediate: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => self.emit(cell, inst.dst(), inst.src(0), y, 0),
            Rhs::Constant(value) => {
                if let Some(scratch) = self.immediate(immediate, value, inst) {
                    self.emit(cell, inst.dst(), inst.src(0), scratch, 0);
                }
            }
        }
    }

    /// As [`Predecoder::binary`], with `wide` for a constant that is too wide for `immediate`.
    pub(super) fn binary_wide(&mut self, cell: Cell, immediate: Cell, wide: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => self.emit(cell, inst.dst(), inst.src(0), y, 0),
            Rhs::Constant(value) => self.immediate_wide(immediate, wide, value, inst),
        }
    }

    /// As [`Predecoder::binary`], with a `cell` that takes the operands the other way round: greater than is less than.
    pub(super) fn mirrored(&mut self, cell: Cell, immediate: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => self.emit(cell, inst.dst(), y, inst.src(0), 0),
            Rhs::Constant(value) => {
                if let Some(scratch) = self.immediate(immediate, value, inst) {
                    self.emit(cell, inst.dst(), scratch, inst.src(0), 0);
                }
            }
        }
    }

    /// Makes a cell with a constant, or gives the register that takes one which is too wide.
    pub(super) fn immediate(&mut self, cell: Cell, value: i64, inst: &Inst<'a>) -> Option<u16> {
        match i32::try_from(value) {
            Ok(value) => {
                self.emit_cd(cell, inst.dst(), inst.src(0), value as u32);
                None
            }
            Err(_) => {
                self.emit_wide(Cell::ConstWide, self.scratch, 0, 0, 0, value as u64);
                Some(self.scratch)
            }
        }
    }

    /// `cell` for a narrow and `wide` for a wide constant.
    pub(super) fn immediate_wide(&mut self, cell: Cell, wide: Cell, value: i64, inst: &Inst<'a>) {
        match i32::try_from(value) {
            Ok(value) => self.emit_cd(cell, inst.dst(), inst.src(0), value as u32),
            Err(_) => self.emit_wide(wide, inst.dst(), inst.src(0), 0, 0, value as u64),
        }
    }

    /// Subtracting a constant is adding its negation, wrapping.
    pub(super) fn subtract_i32(&mut self, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(_) => self.same(Cell::SubI32, inst),
            Rhs::Constant(value) => {
                let value = (value as i32).wrapping_neg();
                self.emit_cd(Cell::AddI32Imm, inst.dst(), inst.src(0), value as u32);
            }
        }
    }

    /// As [`Predecoder::subtract_i32`].
    pub(super) fn subtract_i64(&mut self, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(_) => self.same(Cell::SubI64, inst),
            Rhs::Constant(value) => {
                let value = value.wrapping_neg();
                self.immediate_wide(Cell::AddI64Imm, Cell::AddI64Wide, value, inst);
            }
        }
    }

    /// Floating-point arithmetic, whose NaNs may have to be made canonical.
    pub(super) fn float(&mut self, cell: Cell, canonical: Cell, inst: &Inst<'a>) {
        self.same(cell, inst);
        if self.facts.canonical_nans {
            self.emit(canonical, inst.dst(), inst.dst(), 0, 0);
        }
    }

    /// A constant in a 64-bit register.
    pub(super) fn constant_64(&mut self, register: u16, value: u64) {
        match i32::try_from(value as i64) {
            Ok(value) => self.emit_cd(Cell::Const64, register, 0, value as u32),
            Err(_) => self.emit_wide(Cell::ConstWide, register, 0, 0, 0, value),
        }
    }

    /// A constant in a 32-bit register.
    pub(super) fn constant_32(&mut self, register: u16, value: u32) {
        self.emit_cd(Cell::Const32, register, 0, value);
    }

    /// One of two registers.
    pub(super) fn select(&mut self, inst: &Inst<'a>) {
        let (x, y) = (inst.src(1), inst.src(2));
        self.emit(Cell::Select, inst.dst(), x, y, inst.src(0));
    }
}
