//! Integers, floating point and conversions.

use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, types};

use super::super::compute::{Checked, Division};
use super::super::round::Rounding;
use super::super::translate::Translator;
use vbc_core::isa::{Inst, NumberOp as Op};

impl<'p> Translator<'p, '_> {
    /// Translates an instruction of the family, which is at word `at`.
    pub(super) fn number(&mut self, op: Op, inst: &Inst<'p>, at: usize) {
        match op {
            Op::AddI32 | Op::AddI64 => self.binary(inst, |b, x, y| b.ins().iadd(x, y)),
            Op::SubI32 | Op::SubI64 => self.binary(inst, |b, x, y| b.ins().isub(x, y)),
            Op::MulI32 | Op::MulI64 => self.binary(inst, |b, x, y| b.ins().imul(x, y)),
            Op::AndI32 | Op::AndI64 => self.binary(inst, |b, x, y| b.ins().band(x, y)),
            Op::OrI32 | Op::OrI64 => self.binary(inst, |b, x, y| b.ins().bor(x, y)),
            Op::XorI32 | Op::XorI64 => self.binary(inst, |b, x, y| b.ins().bxor(x, y)),
            Op::ShlI32 | Op::ShlI64 => self.binary(inst, |b, x, y| b.ins().ishl(x, y)),
            Op::ShrI32 | Op::ShrI64 => self.binary(inst, |b, x, y| b.ins().sshr(x, y)),
            Op::ShrUI32 | Op::ShrUI64 => self.binary(inst, |b, x, y| b.ins().ushr(x, y)),
            Op::RotlI32 | Op::RotlI64 => self.binary(inst, |b, x, y| b.ins().rotl(x, y)),
            Op::RotrI32 | Op::RotrI64 => self.binary(inst, |b, x, y| b.ins().rotr(x, y)),
            Op::DivI32 | Op::DivI64 => self.divide(inst, Division::Signed),
            Op::DivUI32 | Op::DivUI64 => self.divide(inst, Division::Unsigned),
            Op::RemI32 | Op::RemI64 => self.divide(inst, Division::SignedRemainder),
            Op::RemUI32 | Op::RemUI64 => self.divide(inst, Division::UnsignedRemainder),
            Op::AddChkI32 | Op::AddChkI64 => self.checked(inst, Checked::Add),
            Op::SubChkI32 | Op::SubChkI64 => self.checked(inst, Checked::Sub),
            Op::MulChkI32 | Op::MulChkI64 => self.checked(inst, Checked::Mul),
            Op::EqI32 | Op::EqI64 => self.compare(inst, IntCC::Equal),
            Op::NeI32 | Op::NeI64 => self.compare(inst, IntCC::NotEqual),
            Op::LtI32 | Op::LtI64 => self.compare(inst, IntCC::SignedLessThan),
            Op::LtUI32 | Op::LtUI64 => self.compare(inst, IntCC::UnsignedLessThan),
            Op::LeI32 | Op::LeI64 => self.compare(inst, IntCC::SignedLessThanOrEqual),
            Op::LeUI32 | Op::LeUI64 => self.compare(inst, IntCC::UnsignedLessThanOrEqual),
            Op::GtI32 | Op::GtI64 => self.compare(inst, IntCC::SignedGreaterThan),
            Op::GtUI32 | Op::GtUI64 => self.compare(inst, IntCC::UnsignedGreaterThan),
            Op::GeI32 | Op::GeI64 => self.compare(inst, IntCC::SignedGreaterThanOrEqual),
            Op::GeUI32 | Op::GeUI64 => self.compare(inst, IntCC::UnsignedGreaterThanOrEqual),
            Op::IfEqI32 | Op::IfEqI64 => self.compare_and_branch(inst, at, IntCC::Equal),
            Op::IfNeI32 | Op::IfNeI64 => self.compare_and_branch(inst, at, IntCC::NotEqual),
            Op::IfLtI32 | Op::IfLtI64 => self.compare_and_branch(inst, at, IntCC::SignedLessThan),
            Op::IfLtUI32 | Op::IfLtUI64 => {
                self.compare_and_branch(inst, at, IntCC::UnsignedLessThan)
            }
            Op::IfLeI32 | Op::IfLeI64 => {
                self.compare_and_branch(inst, at, IntCC::SignedLessThanOrEqual)
            }
            Op::IfLeUI32 | Op::IfLeUI64 => {
                self.compare_and_branch(inst, at, IntCC::UnsignedLessThanOrEqual)
            }
            Op::IfGtI32 | Op::IfGtI64 => {
                self.compare_and_branch(inst, at, IntCC::SignedGreaterThan)
            }
            Op::IfGtUI32 | Op::IfGtUI64 => {
                self.compare_and_branch(inst, at, IntCC::UnsignedGreaterThan)
            }
            Op::IfGeI32 | Op::IfGeI64 => {
                self.compare_and_branch(inst, at, IntCC::SignedGreaterThanOrEqual)
            }
            Op::IfGeUI32 | Op::IfGeUI64 => {
                self.compare_and_branch(inst, at, IntCC::UnsignedGreaterThanOrEqual)
            }
            Op::NotI32 | Op::NotI64 => self.unary(inst, |b, x| b.ins().bnot(x)),
            Op::NegI32 | Op::NegI64 => self.unary(inst, |b, x| b.ins().ineg(x)),
            Op::ClzI32 | Op::ClzI64 => self.unary(inst, |b, x| b.ins().clz(x)),
            Op::CtzI32 | Op::CtzI64 => self.unary(inst, |b, x| b.ins().ctz(x)),
            Op::PopcntI32 | Op::PopcntI64 => self.unary(inst, |b, x| b.ins().popcnt(x)),
            Op::Extend8I32 | Op::Extend8I64 => self.extend_low(inst, types::I8),
            Op::Extend16I32 | Op::Extend16I64 => self.extend_low(inst, types::I16),
            Op::Extend32I64 => self.extend_low(inst, types::I32),
            Op::AddF32 | Op::AddF64 => self.float(inst, |b, x, y| b.ins().fadd(x, y)),
            Op::SubF32 | Op::SubF64 => self.float(inst, |b, x, y| b.ins().fsub(x, y)),
            Op::MulF32 | Op::MulF64 => self.float(inst, |b, x, y| b.ins().fmul(x, y)),
            Op::DivF32 | Op::DivF64 => self.float(inst, |b, x, y| b.ins().fdiv(x, y)),
            Op::MinF32 | Op::MinF64 => self.float(inst, |b, x, y| b.ins().fmin(x, y)),
            Op::MaxF32 | Op::MaxF64 => self.float(inst, |b, x, y| b.ins().fmax(x, y)),
            Op::CopysignF32 | Op::CopysignF64 => {
                self.binary(inst, |b, x, y| b.ins().fcopysign(x, y))
            }
            Op::NegF32 | Op::NegF64 => self.unary(inst, |b, x| b.ins().fneg(x)),
            Op::AbsF32 | Op::AbsF64 => self.unary(inst, |b, x| b.ins().fabs(x)),
            Op::SqrtF32 | Op::SqrtF64 => self.float_unary(inst, |b, x| b.ins().sqrt(x)),
            Op::CeilF32 | Op::CeilF64 => self.round(inst, Rounding::Ceil),
            Op::FloorF32 | Op::FloorF64 => self.round(inst, Rounding::Floor),
            Op::TruncF32 | Op::TruncF64 => self.round(inst, Rounding::Trunc),
            Op::NearestF32 | Op::NearestF64 => self.round(inst, Rounding::Nearest),
            Op::EqF32 | Op::EqF64 => self.compare_floats(inst, FloatCC::Equal),
            Op::NeF32 | Op::NeF64 => self.compare_floats(inst, FloatCC::NotEqual),
            Op::LtF32 | Op::LtF64 => self.compare_floats(inst, FloatCC::LessThan),
            Op::LeF32 | Op::LeF64 => self.compare_floats(inst, FloatCC::LessThanOrEqual),
            Op::GtF32 | Op::GtF64 => self.compare_floats(inst, FloatCC::GreaterThan),
            Op::GeF32 | Op::GeF64 => self.compare_floats(inst, FloatCC::GreaterThanOrEqual),
            Op::WrapI32I64 => self.unary(inst, |b, x| b.ins().ireduce(types::I32, x)),
            Op::ExtendI64I32 => self.unary(inst, |b, x| b.ins().sextend(types::I64, x)),
            Op::ExtendUI64I32 => self.unary(inst, |b, x| b.ins().uextend(types::I64, x)),
            Op::ToIntI32F32 | Op::ToIntI32F64 => self.float_to_int(inst, types::I32, true),
            Op::ToIntUI32F32 | Op::ToIntUI32F64 => self.float_to_int(inst, types::I32, false),
            Op::ToIntSatI32F32 | Op::ToIntSatI32F64 => {
                self.unary(inst, |b, x| b.ins().fcvt_to_sint_sat(types::I32, x))
            }
            Op::ToIntSatUI32F32 | Op::ToIntSatUI32F64 => {
                self.unary(inst, |b, x| b.ins().fcvt_to_uint_sat(types::I32, x))
            }
            Op::ToIntI64F32 | Op::ToIntI64F64 => self.float_to_int(inst, types::I64, true),
            Op::ToIntUI64F32 | Op::ToIntUI64F64 => self.float_to_int(inst, types::I64, false),
            Op::ToIntSatI64F32 | Op::ToIntSatI64F64 => {
                self.unary(inst, |b, x| b.ins().fcvt_to_sint_sat(types::I64, x))
            }
            Op::ToIntSatUI64F32 | Op::ToIntSatUI64F64 => {
                self.unary(inst, |b, x| b.ins().fcvt_to_uint_sat(types::I64, x))
            }
            Op::ToFloatF32I32 | Op::ToFloatF32I64 => {
                self.unary(inst, |b, x| b.ins().fcvt_from_sint(types::F32, x))
            }
            Op::ToFloatUF32I32 | Op::ToFloatUF32I64 => {
                self.unary(inst, |b, x| b.ins().fcvt_from_uint(types::F32, x))
            }
            Op::ToFloatF64I32 | Op::ToFloatF64I64 => {
                self.unary(inst, |b, x| b.ins().fcvt_from_sint(types::F64, x))
            }
            Op::ToFloatUF64I32 | Op::ToFloatUF64I64 => {
                self.unary(inst, |b, x| b.ins().fcvt_from_uint(types::F64, x))
            }
            Op::PromoteF64F32 => self.float_unary(inst, |b, x| b.ins().fpromote(types::F64, x)),
            Op::DemoteF32F64 => self.float_unary(inst, |b, x| b.ins().fdemote(types::F32, x)),
            Op::ReinterpretI32F32 => self.reinterpret(inst, types::I32),
            Op::ReinterpretF32I32 => self.reinterpret(inst, types::F32),
            Op::ReinterpretI64F64 => self.reinterpret(inst, types::I64),
            Op::ReinterpretF64I64 => self.reinterpret(inst, types::F64),
        }
    }
}
