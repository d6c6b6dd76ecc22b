//! Integers, floating point and conversions.

use crate::cell::Cell;
use crate::predecode::Predecoder;
use vbc_core::isa::{Inst, NumberOp as Op, Rhs};

impl<'a> Predecoder<'a> {
    /// Makes the cells of an instruction of the family.
    pub(super) fn number(&mut self, op: Op, inst: &Inst<'a>) {
        match op {
            Op::AddI32 => self.binary(Cell::AddI32, Cell::AddI32Imm, inst),
            Op::SubI32 => self.subtract_i32(inst),
            Op::MulI32 => self.binary(Cell::MulI32, Cell::MulI32Imm, inst),
            Op::DivI32 => self.binary(Cell::DivI32, Cell::DivI32Imm, inst),
            Op::DivUI32 => self.binary(Cell::DivUI32, Cell::DivUI32Imm, inst),
            Op::RemI32 => self.binary(Cell::RemI32, Cell::RemI32Imm, inst),
            Op::RemUI32 => self.binary(Cell::RemUI32, Cell::RemUI32Imm, inst),
            Op::ShlI32 => self.binary(Cell::ShlI32, Cell::ShlI32Imm, inst),
            Op::ShrI32 => self.binary(Cell::ShrI32, Cell::ShrI32Imm, inst),
            Op::ShrUI32 => self.binary(Cell::ShrUI32, Cell::ShrUI32Imm, inst),
            Op::RotlI32 => self.binary(Cell::RotlI32, Cell::RotlI32Imm, inst),
            Op::RotrI32 => self.binary(Cell::RotrI32, Cell::RotrI32Imm, inst),
            Op::AddChkI32 => self.binary(Cell::AddChkI32, Cell::AddChkI32Imm, inst),
            Op::SubChkI32 => self.binary(Cell::SubChkI32, Cell::SubChkI32Imm, inst),
            Op::MulChkI32 => self.binary(Cell::MulChkI32, Cell::MulChkI32Imm, inst),
            Op::AddI64 => self.binary_wide(Cell::AddI64, Cell::AddI64Imm, Cell::AddI64Wide, inst),
            Op::SubI64 => self.subtract_i64(inst),
            Op::MulI64 => self.binary_wide(Cell::MulI64, Cell::MulI64Imm, Cell::MulI64Wide, inst),
            Op::DivI64 => self.binary(Cell::DivI64, Cell::DivI64Imm, inst),
            Op::DivUI64 => self.binary(Cell::DivUI64, Cell::DivUI64Imm, inst),
            Op::RemI64 => self.binary(Cell::RemI64, Cell::RemI64Imm, inst),
            Op::RemUI64 => self.binary(Cell::RemUI64, Cell::RemUI64Imm, inst),
            Op::ShlI64 => self.binary(Cell::ShlI64, Cell::ShlI64Imm, inst),
            Op::ShrI64 => self.binary(Cell::ShrI64, Cell::ShrI64Imm, inst),
            Op::ShrUI64 => self.binary(Cell::ShrUI64, Cell::ShrUI64Imm, inst),
            Op::RotlI64 => self.binary(Cell::RotlI64, Cell::RotlI64Imm, inst),
            Op::RotrI64 => self.binary(Cell::RotrI64, Cell::RotrI64Imm, inst),
            Op::AddChkI64 => self.binary(Cell::AddChkI64, Cell::AddChkI64Imm, inst),
            Op::SubChkI64 => self.binary(Cell::SubChkI64, Cell::SubChkI64Imm, inst),
            Op::MulChkI64 => self.binary(Cell::MulChkI64, Cell::MulChkI64Imm, inst),
            Op::AndI32 => self.binary(Cell::And, Cell::AndI32Imm, inst),
            Op::AndI64 => self.binary_wide(Cell::And, Cell::AndI64Imm, Cell::AndI64Wide, inst),
            Op::OrI32 => self.binary(Cell::Or, Cell::OrI32Imm, inst),
            Op::OrI64 => self.binary(Cell::Or, Cell::OrI64Imm, inst),
            Op::XorI32 => self.binary(Cell::Xor, Cell::XorI32Imm, inst),
            Op::XorI64 => self.binary(Cell::Xor, Cell::XorI64Imm, inst),

            Op::EqI32 => self.binary(Cell::Eq, Cell::EqI32Imm, inst),
            Op::EqI64 => self.binary(Cell::Eq, Cell::EqI64Imm, inst),
            Op::NeI32 => self.binary(Cell::Ne, Cell::NeI32Imm, inst),
            Op::NeI64 => self.binary(Cell::Ne, Cell::NeI64Imm, inst),
            Op::LtI32 => self.binary(Cell::LtI32, Cell::LtI32Imm, inst),
            Op::LtI64 => self.binary(Cell::LtI64, Cell::LtI64Imm, inst),
            Op::LtUI32 => self.binary(Cell::LtU, Cell::LtUI32Imm, inst),
            Op::LtUI64 => self.binary(Cell::LtU, Cell::LtUI64Imm, inst),
            Op::LeI32 => self.binary(Cell::LeI32, Cell::LeI32Imm, inst),
            Op::LeI64 => self.binary(Cell::LeI64, Cell::LeI64Imm, inst),
            Op::LeUI32 => self.binary(Cell::LeU, Cell::LeUI32Imm, inst),
            Op::LeUI64 => self.binary(Cell::LeU, Cell::LeUI64Imm, inst),
            Op::GtI32 => self.mirrored(Cell::LtI32, Cell::GtI32Imm, inst),
            Op::GtI64 => self.mirrored(Cell::LtI64, Cell::GtI64Imm, inst),
            Op::GtUI32 => self.mirrored(Cell::LtU, Cell::GtUI32Imm, inst),
            Op::GtUI64 => self.mirrored(Cell::LtU, Cell::GtUI64Imm, inst),
            Op::GeI32 => self.mirrored(Cell::LeI32, Cell::GeI32Imm, inst),
            Op::GeI64 => self.mirrored(Cell::LeI64, Cell::GeI64Imm, inst),
            Op::GeUI32 => self.mirrored(Cell::LeU, Cell::GeUI32Imm, inst),
            Op::GeUI64 => self.mirrored(Cell::LeU, Cell::GeUI64Imm, inst),

            Op::NotI32 => self.same(Cell::NotI32, inst),
            Op::NotI64 => self.same(Cell::NotI64, inst),
            Op::NegI32 => self.same(Cell::NegI32, inst),
            Op::NegI64 => self.same(Cell::NegI64, inst),
            Op::ClzI32 => self.same(Cell::ClzI32, inst),
            Op::ClzI64 => self.same(Cell::ClzI64, inst),
            Op::CtzI32 => self.same(Cell::CtzI32, inst),
            Op::CtzI64 => self.same(Cell::CtzI64, inst),
            Op::PopcntI32 | Op::PopcntI64 => self.same(Cell::Popcnt, inst),
            Op::Extend8I32 => self.same(Cell::Extend8I32, inst),
            Op::Extend8I64 => self.same(Cell::Extend8I64, inst),
            Op::Extend16I32 => self.same(Cell::Extend16I32, inst),
            Op::Extend16I64 => self.same(Cell::Extend16I64, inst),
            Op::Extend32I64 => self.same(Cell::Extend32I64, inst),

            Op::IfEqI32 | Op::IfEqI64 => self.branch(Cell::IfEq, Cell::IfEqImm, inst),
            Op::IfNeI32 | Op::IfNeI64 => self.branch(Cell::IfNe, Cell::IfNeImm, inst),
            Op::IfLtI32 => self.branch(Cell::IfLtI32, Cell::IfLtI32Imm, inst),
            Op::IfLtI64 => self.branch(Cell::IfLtI64, Cell::IfLtI64Imm, inst),
            Op::IfLtUI32 | Op::IfLtUI64 => self.branch(Cell::IfLtU, Cell::IfLtUImm, inst),
            Op::IfLeI32 => self.branch(Cell::IfLeI32, Cell::IfLeI32Imm, inst),
            Op::IfLeI64 => self.branch(Cell::IfLeI64, Cell::IfLeI64Imm, inst),
            Op::IfLeUI32 | Op::IfLeUI64 => self.branch(Cell::IfLeU, Cell::IfLeUImm, inst),
            Op::IfGtI32 => self.branch_mirrored(Cell::IfLtI32, Cell::IfGtI32Imm, inst),
            Op::IfGtI64 => self.branch_mirrored(Cell::IfLtI64, Cell::IfGtI64Imm, inst),
            Op::IfGtUI32 | Op::IfGtUI64 => self.branch_mirrored(Cell::IfLtU, Cell::IfGtUImm, inst),
            Op::IfGeI32 => self.branch_mirrored(Cell::IfLeI32, Cell::IfGeI32Imm, inst),
            Op::IfGeI64 => self.branch_mirrored(Cell::IfLeI64, Cell::IfGeI64Imm, inst),
            Op::IfGeUI32 | Op::IfGeUI64 => self.branch_mirrored(Cell::IfLeU, Cell::IfGeUImm, inst),

            Op::AddF32 => self.float(Cell::AddF32, Cell::CanonicalF32, inst),
            Op::SubF32 => self.float(Cell::SubF32, Cell::CanonicalF32, inst),
            Op::MulF32 => self.float(Cell::MulF32, Cell::CanonicalF32, inst),
            Op::DivF32 => self.float(Cell::DivF32, Cell::CanonicalF32, inst),
            Op::MinF32 => self.float(Cell::MinF32, Cell::CanonicalF32, inst),
            Op::MaxF32 => self.float(Cell::MaxF32, Cell::CanonicalF32, inst),
            Op::SqrtF32 => self.float(Cell::SqrtF32, Cell::CanonicalF32, inst),
            Op::CeilF32 => self.float(Cell::CeilF32, Cell::CanonicalF32, inst),
            Op::FloorF32 => self.float(Cell::FloorF32, Cell::CanonicalF32, inst),
            Op::TruncF32 => self.float(Cell::TruncF32, Cell::CanonicalF32, inst),
            Op::NearestF32 => self.float(Cell::NearestF32, Cell::CanonicalF32, inst),
            Op::CopysignF32 => self.same(Cell::CopysignF32, inst),
            Op::NegF32 => self.same(Cell::NegF32, inst),
            Op::AbsF32 => self.same(Cell::AbsF32, inst),
            Op::EqF32 => self.same(Cell::EqF32, inst),
            Op::NeF32 => self.same(Cell::NeF32, inst),
            Op::LtF32 => self.same(Cell::LtF32, inst),
            Op::LeF32 => self.same(Cell::LeF32, inst),
            Op::GtF32 => self.swapped(Cell::LtF32, inst),
            Op::GeF32 => self.swapped(Cell::LeF32, inst),
            Op::AddF64 => self.float(Cell::AddF64, Cell::CanonicalF64, inst),
            Op::SubF64 => self.float(Cell::SubF64, Cell::CanonicalF64, inst),
            Op::MulF64 => self.float(Cell::MulF64, Cell::CanonicalF64, inst),
            Op::DivF64 => self.float(Cell::DivF64, Cell::CanonicalF64, inst),
            Op::MinF64 => self.float(Cell::MinF64, Cell::CanonicalF64, inst),
            Op::MaxF64 => self.float(Cell::MaxF64, Cell::CanonicalF64, inst),
            Op::SqrtF64 => self.float(Cell::SqrtF64, Cell::CanonicalF64, inst),
            Op::CeilF64 => self.float(Cell::CeilF64, Cell::CanonicalF64, inst),
            Op::FloorF64 => self.float(Cell::FloorF64, Cell::CanonicalF64, inst),
            Op::TruncF64 => self.float(Cell::TruncF64, Cell::CanonicalF64, inst),
            Op::NearestF64 => self.float(Cell::NearestF64, Cell::CanonicalF64, inst),
            Op::CopysignF64 => self.same(Cell::CopysignF64, inst),
            Op::NegF64 => self.same(Cell::NegF64, inst),
            Op::AbsF64 => self.same(Cell::AbsF64, inst),
            Op::EqF64 => self.same(Cell::EqF64, inst),
            Op::NeF64 => self.same(Cell::NeF64, inst),
            Op::LtF64 => self.same(Cell::LtF64, inst),
            Op::LeF64 => self.same(Cell::LeF64, inst),
            Op::GtF64 => self.swapped(Cell::LtF64, inst),
            Op::GeF64 => self.swapped(Cell::LeF64, inst),

            Op::WrapI32I64 => self.same(Cell::WrapI32I64, inst),
            // Sign-extension from 32 bits does not care what lies above them.
            Op::ExtendI64I32 => self.same(Cell::Extend32I64, inst),
            // Registers hold 32-bit types zero-extended, and floats as their bits.
            Op::ExtendUI64I32
            | Op::ReinterpretI32F32
            | Op::ReinterpretI64F64
            | Op::ReinterpretF32I32
            | Op::ReinterpretF64I64 => self.same(Cell::Move, inst),
            Op::ToIntI32F32 => self.same(Cell::ToIntI32F32, inst),
            Op::ToIntSatI32F32 => self.same(Cell::ToIntSatI32F32, inst),
            Op::ToIntUI32F32 => self.same(Cell::ToIntUI32F32, inst),
            Op::ToIntSatUI32F32 => self.same(Cell::ToIntSatUI32F32, inst),
            Op::ToIntI32F64 => self.same(Cell::ToIntI32F64, inst),
            Op::ToIntSatI32F64 => self.same(Cell::ToIntSatI32F64, inst),
            Op::ToIntUI32F64 => self.same(Cell::ToIntUI32F64, inst),
            Op::ToIntSatUI32F64 => self.same(Cell::ToIntSatUI32F64, inst),
            Op::ToIntI64F32 => self.same(Cell::ToIntI64F32, inst),
            Op::ToIntSatI64F32 => self.same(Cell::ToIntSatI64F32, inst),
            Op::ToIntUI64F32 => self.same(Cell::ToIntUI64F32, inst),
            Op::ToIntSatUI64F32 => self.same(Cell::ToIntSatUI64F32, inst),
            Op::ToIntI64F64 => self.same(Cell::ToIntI64F64, inst),
            Op::ToIntSatI64F64 => self.same(Cell::ToIntSatI64F64, inst),
            Op::ToIntUI64F64 => self.same(Cell::ToIntUI64F64, inst),
            Op::ToIntSatUI64F64 => self.same(Cell::ToIntSatUI64F64, inst),
            Op::ToFloatF32I32 => self.same(Cell::ToFloatF32I32, inst),
            Op::ToFloatUF32I32 => self.same(Cell::ToFloatUF32I32, inst),
            Op::ToFloatF32I64 => self.same(Cell::ToFloatF32I64, inst),
            Op::ToFloatUF32I64 => self.same(Cell::ToFloatUF32I64, inst),
            Op::ToFloatF64I32 => self.same(Cell::ToFloatF64I32, inst),
            Op::ToFloatUF64I32 => self.same(Cell::ToFloatUF64I32, inst),
            Op::ToFloatF64I64 => self.same(Cell::ToFloatF64I64, inst),
            Op::ToFloatUF64I64 => self.same(Cell::ToFloatUF64I64, inst),
            Op::PromoteF64F32 => self.float(Cell::PromoteF64F32, Cell::CanonicalF64, inst),
            Op::DemoteF32F64 => self.float(Cell::DemoteF32F64, Cell::CanonicalF32, inst),
        }
    }

    /// The register that is written, and one or two that are read.
    pub(super) fn same(&mut self, cell: Cell, inst: &Inst<'a>) {
        let mut sources = inst.srcs();
        let x = sources.next().unwrap_or(0);
        self.emit(cell, inst.dst(), x, sources.next().unwrap_or(0), 0);
    }

    /// The sources change places: greater-than is less-than the other way round.
    fn swapped(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit(cell, inst.dst(), inst.src(1), inst.src(0), 0);
    }

    /// Two operands: `cell` for two registers, `immediate` where the second is a constant. Where that is too wide,
    /// it is put into a register.
    fn binary(&mut self, cell: Cell, immediate: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => self.emit(cell, inst.dst(), inst.src(0), y, 0),
            Rhs::Constant(value) => {
                if let Some(scratch) = self.immediate(immediate, value, inst) {
                    self.emit(cell, inst.dst(), inst.src(0), scratch, 0);
                }
            }
        }
    }

    /// Like [`Predecoder::binary`], with `wide` for a constant that is too wide for `immediate`.
    fn binary_wide(&mut self, cell: Cell, immediate: Cell, wide: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => self.emit(cell, inst.dst(), inst.src(0), y, 0),
            Rhs::Constant(value) => self.immediate_wide(immediate, wide, value, inst),
        }
    }

    /// Like [`Predecoder::binary`], with a `cell` that takes the operands the other way round: greater than is less
    /// than.
    fn mirrored(&mut self, cell: Cell, immediate: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => self.emit(cell, inst.dst(), y, inst.src(0), 0),
            Rhs::Constant(value) => {
                if let Some(scratch) = self.immediate(immediate, value, inst) {
                    self.emit(cell, inst.dst(), scratch, inst.src(0), 0);
                }
            }
        }
    }

    /// Makes a cell with a constant, or returns the register that takes one which is too wide.
    fn immediate(&mut self, cell: Cell, value: i64, inst: &Inst<'a>) -> Option<u16> {
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
    fn immediate_wide(&mut self, cell: Cell, wide: Cell, value: i64, inst: &Inst<'a>) {
        match i32::try_from(value) {
            Ok(value) => self.emit_cd(cell, inst.dst(), inst.src(0), value as u32),
            Err(_) => self.emit_wide(wide, inst.dst(), inst.src(0), 0, 0, value as u64),
        }
    }

    /// Subtracting a constant is adding its negation, wrapping.
    fn subtract_i32(&mut self, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(_) => self.same(Cell::SubI32, inst),
            Rhs::Constant(value) => {
                let value = (value as i32).wrapping_neg();
                self.emit_cd(Cell::AddI32Imm, inst.dst(), inst.src(0), value as u32);
            }
        }
    }

    /// Like [`Predecoder::subtract_i32`].
    fn subtract_i64(&mut self, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(_) => self.same(Cell::SubI64, inst),
            Rhs::Constant(value) => {
                let value = value.wrapping_neg();
                self.immediate_wide(Cell::AddI64Imm, Cell::AddI64Wide, value, inst);
            }
        }
    }

    /// Floating-point arithmetic, whose NaNs may have to be made canonical.
    fn float(&mut self, cell: Cell, canonical: Cell, inst: &Inst<'a>) {
        self.same(cell, inst);
        if self.facts.canonical_nans {
            self.emit(canonical, inst.dst(), inst.dst(), 0, 0);
        }
    }
}
