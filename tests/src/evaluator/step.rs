//! What each instruction does: one match over all instructions.

use vbc::isa::{Family, Inst, Op, Trap, ValType};

use super::float;
use super::integer::{self, Sign::Signed, Sign::Unsigned};
use super::value::Value;
use super::{ELEMENT, Evaluator, Fault, Next, PAGE, Stop};

impl Evaluator<'_> {
    /// Executes one instruction, but does not move on from it.
    #[rustfmt::skip] // One instruction a line, as in the op table.
    pub(super) fn step(&mut self, inst: &Inst<'_>) -> Result<Next, Stop> {
        let op = inst.op;
        match op {
            Op::Jump => return Ok(Next::Branch(self.label(inst)?)),
            Op::IfI32 => return self.branch_if(inst, self.int(inst, 0, 32, Signed)? != 0),
            Op::IfI64 => return self.branch_if(inst, self.int(inst, 0, 64, Signed)? != 0),
            Op::IfNotI32 => return self.branch_if(inst, self.int(inst, 0, 32, Signed)? == 0),
            Op::IfNotI64 => return self.branch_if(inst, self.int(inst, 0, 64, Signed)? == 0),
            Op::SwitchI32 | Op::SwitchI64 => return self.switch(inst),
            Op::Call => {
                let callee = self.index(inst, 0)?;
                return self.call_function(inst, callee);
            }
            Op::CallIndirect => {
                let callee = self.indirect_callee(inst)?;
                return self.call_function(inst, callee);
            }
            Op::TailCall => {
                let callee = self.index(inst, 0)?;
                return self.tail_call_function(inst, callee);
            }
            Op::TailCallIndirect => {
                let callee = self.indirect_callee(inst)?;
                return self.tail_call_function(inst, callee);
            }
            Op::Return => return self.return_from(inst),
            Op::Trap => {
                let kind = Trap::from_code(inst.trap_kind());
                return Err(kind.ok_or_else(|| format!("trap kind {}", inst.trap_kind()))?.into());
            }

            Op::ConstI32 | Op::ConstI64 | Op::ConstF32 | Op::ConstF64 => {
                let value = self.operand(inst, 1)?;
                self.put(inst, value)?;
            }
            Op::Move => {
                let value = self.operand(inst, 1)?;
                self.put(inst, value)?;
            }
            Op::Select => {
                let condition = self.int(inst, 1, 32, Signed)?;
                let (x, y) = (self.operand(inst, 2)?, self.operand(inst, 3)?);
                self.put(inst, if condition != 0 { x } else { y })?;
            }
            Op::RefNull => {
                let ty = self.frame.types.get(usize::from(inst.dst()));
                let ty = *ty.ok_or_else(|| format!("register {}", inst.dst()))?;
                self.put(inst, Value::zero_of(&self.module.types, ty))?;
            }
            Op::RefFunc => {
                let function = self.index(inst, 1)?;
                self.put(inst, Value::FuncRef(Some(function)))?;
            }
            Op::RefIsNull => {
                let value = self.operand(inst, 1)?;
                self.put_int(inst, 32, value.is_null().into())?;
            }
            Op::DataAddr => self.data_address(inst, inst.addend())?,

            Op::GlobalGet => {
                let index = self.index(inst, 1)? as usize;
                let value = self.state.globals.get(index).copied();
                self.put(inst, value.ok_or_else(|| format!("global {index}"))?)?;
            }
            Op::GlobalSet => {
                let index = self.index(inst, 0)? as usize;
                let value = self.operand(inst, 1)?;
                let global = self.state.globals.get_mut(index);
                *global.ok_or_else(|| format!("global {index}"))? = value;
            }

            Op::TableGet | Op::TableSet | Op::TableSize | Op::TableGrow | Op::TableFill | Op::TableCopy | Op::TableInit => self.table(inst)?,
            Op::ElemDrop => {
                let index = self.index(inst, 0)? as usize;
                let dropped = self.state.dropped_elements.get_mut(index);
                *dropped.ok_or_else(|| format!("element segment {index}"))? = true;
            }

            Op::MemorySize | Op::MemoryGrow | Op::MemoryCopy | Op::MemoryFill | Op::MemoryInit => self.memory(inst)?,
            Op::DataDrop => {
                let index = self.index(inst, 0)? as usize;
                let dropped = self.state.dropped_data.get_mut(index);
                *dropped.ok_or_else(|| format!("data row {index}"))? = true;
            }

            Op::LoadI32 => self.load(inst, 4, |bits| Value::I32(bits as i32))?,
            Op::Load8I32 => self.load(inst, 1, |bits| Value::I32(integer::read(bits, 8, Signed) as i32))?,
            Op::Load8UI32 => self.load(inst, 1, |bits| Value::I32(bits as i32))?,
            Op::Load16I32 => self.load(inst, 2, |bits| Value::I32(integer::read(bits, 16, Signed) as i32))?,
            Op::Load16UI32 => self.load(inst, 2, |bits| Value::I32(bits as i32))?,
            Op::LoadI64 => self.load(inst, 8, |bits| Value::I64(bits as i64))?,
            Op::Load8I64 => self.load(inst, 1, |bits| Value::I64(integer::read(bits, 8, Signed) as i64))?,
            Op::Load8UI64 => self.load(inst, 1, |bits| Value::I64(bits as i64))?,
            Op::Load16I64 => self.load(inst, 2, |bits| Value::I64(integer::read(bits, 16, Signed) as i64))?,
            Op::Load16UI64 => self.load(inst, 2, |bits| Value::I64(bits as i64))?,
            Op::Load32I64 => self.load(inst, 4, |bits| Value::I64(integer::read(bits, 32, Signed) as i64))?,
            Op::Load32UI64 => self.load(inst, 4, |bits| Value::I64(bits as i64))?,
            Op::LoadF32 => self.load(inst, 4, |bits| Value::F32(bits as u32))?,
            Op::LoadF64 => self.load(inst, 8, Value::F64)?,

            Op::StoreI32 => self.store(inst, ValType::I32, 4)?,
            Op::Store8I32 => self.store(inst, ValType::I32, 1)?,
            Op::Store16I32 => self.store(inst, ValType::I32, 2)?,
            Op::StoreI64 => self.store(inst, ValType::I64, 8)?,
            Op::Store8I64 => self.store(inst, ValType::I64, 1)?,
            Op::Store16I64 => self.store(inst, ValType::I64, 2)?,
            Op::Store32I64 => self.store(inst, ValType::I64, 4)?,
            Op::StoreF32 => self.store(inst, ValType::F32, 4)?,
            Op::StoreF64 => self.store(inst, ValType::F64, 8)?,

            Op::AddI32 => self.binary(inst, 32, Signed, |x, y| Ok(x + y))?,
            Op::SubI32 => self.binary(inst, 32, Signed, |x, y| Ok(x - y))?,
            Op::MulI32 => self.binary(inst, 32, Signed, |x, y| Ok(x * y))?,
            Op::DivI32 => self.binary(inst, 32, Signed, |x, y| integer::divide(x, y, 32, Signed))?,
            Op::DivUI32 => self.binary(inst, 32, Unsigned, |x, y| integer::divide(x, y, 32, Unsigned))?,
            Op::RemI32 => self.binary(inst, 32, Signed, integer::remainder)?,
            Op::RemUI32 => self.binary(inst, 32, Unsigned, integer::remainder)?,
            Op::AndI32 => self.binary(inst, 32, Unsigned, |x, y| Ok(x & y))?,
            Op::OrI32 => self.binary(inst, 32, Unsigned, |x, y| Ok(x | y))?,
            Op::XorI32 => self.binary(inst, 32, Unsigned, |x, y| Ok(x ^ y))?,
            Op::ShlI32 => self.shift(inst, 32, Unsigned, |x, n| x << n)?,
            Op::ShrI32 => self.shift(inst, 32, Signed, |x, n| x >> n)?,
            Op::ShrUI32 => self.shift(inst, 32, Unsigned, |x, n| x >> n)?,
            Op::RotlI32 => self.shift(inst, 32, Unsigned, |x, n| integer::rotate_left(x, n, 32))?,
            Op::RotrI32 => self.shift(inst, 32, Unsigned, |x, n| integer::rotate_left(x, 32 - n, 32))?,
            Op::AddChkI32 => self.binary(inst, 32, Signed, |x, y| integer::checked(x + y, 32))?,
            Op::SubChkI32 => self.binary(inst, 32, Signed, |x, y| integer::checked(x - y, 32))?,
            Op::MulChkI32 => self.binary(inst, 32, Signed, |x, y| integer::checked(x * y, 32))?,
            Op::EqI32 => self.compare(inst, 32, Signed, |x, y| x == y)?,
            Op::NeI32 => self.compare(inst, 32, Signed, |x, y| x != y)?,
            Op::LtI32 => self.compare(inst, 32, Signed, |x, y| x < y)?,
            Op::LtUI32 => self.compare(inst, 32, Unsigned, |x, y| x < y)?,
            Op::LeI32 => self.compare(inst, 32, Signed, |x, y| x <= y)?,
            Op::LeUI32 => self.compare(inst, 32, Unsigned, |x, y| x <= y)?,
            Op::GtI32 => self.compare(inst, 32, Signed, |x, y| x > y)?,
            Op::GtUI32 => self.compare(inst, 32, Unsigned, |x, y| x > y)?,
            Op::GeI32 => self.compare(inst, 32, Signed, |x, y| x >= y)?,
            Op::GeUI32 => self.compare(inst, 32, Unsigned, |x, y| x >= y)?,
            Op::NotI32 => self.unary(inst, 32, Signed, |x| -1 - x)?,
            Op::NegI32 => self.unary(inst, 32, Signed, |x| -x)?,
            Op::ClzI32 => self.unary(inst, 32, Unsigned, |x| integer::leading_zeros(x, 32))?,
            Op::CtzI32 => self.unary(inst, 32, Unsigned, |x| integer::trailing_zeros(x, 32))?,
            Op::PopcntI32 => self.unary(inst, 32, Unsigned, |x| integer::ones(x, 32))?,
            Op::Extend8I32 => self.unary(inst, 32, Unsigned, |x| integer::read(x as u64, 8, Signed))?,
            Op::Extend16I32 => self.unary(inst, 32, Unsigned, |x| integer::read(x as u64, 16, Signed))?,
            Op::IfEqI32 => return self.compare_branch(inst, 32, Signed, |x, y| x == y),
            Op::IfNeI32 => return self.compare_branch(inst, 32, Signed, |x, y| x != y),
            Op::IfLtI32 => return self.compare_branch(inst, 32, Signed, |x, y| x < y),
            Op::IfLtUI32 => return self.compare_branch(inst, 32, Unsigned, |x, y| x < y),
            Op::IfLeI32 => return self.compare_branch(inst, 32, Signed, |x, y| x <= y),
            Op::IfLeUI32 => return self.compare_branch(inst, 32, Unsigned, |x, y| x <= y),
            Op::IfGtI32 => return self.compare_branch(inst, 32, Signed, |x, y| x > y),
            Op::IfGtUI32 => return self.compare_branch(inst, 32, Unsigned, |x, y| x > y),
            Op::IfGeI32 => return self.compare_branch(inst, 32, Signed, |x, y| x >= y),
            Op::IfGeUI32 => return self.compare_branch(inst, 32, Unsigned, |x, y| x >= y),

            Op::AddI64 => self.binary(inst, 64, Signed, |x, y| Ok(x + y))?,
            Op::SubI64 => self.binary(inst, 64, Signed, |x, y| Ok(x - y))?,
            Op::MulI64 => self.binary(inst, 64, Signed, |x, y| Ok(x * y))?,
            Op::DivI64 => self.binary(inst, 64, Signed, |x, y| integer::divide(x, y, 64, Signed))?,
            Op::DivUI64 => self.binary(inst, 64, Unsigned, |x, y| integer::divide(x, y, 64, Unsigned))?,
            Op::RemI64 => self.binary(inst, 64, Signed, integer::remainder)?,
            Op::RemUI64 => self.binary(inst, 64, Unsigned, integer::remainder)?,
            Op::AndI64 => self.binary(inst, 64, Unsigned, |x, y| Ok(x & y))?,
            Op::OrI64 => self.binary(inst, 64, Unsigned, |x, y| Ok(x | y))?,
            Op::XorI64 => self.binary(inst, 64, Unsigned, |x, y| Ok(x ^ y))?,
            Op::ShlI64 => self.shift(inst, 64, Unsigned, |x, n| x << n)?,
            Op::ShrI64 => self.shift(inst, 64, Signed, |x, n| x >> n)?,
            Op::ShrUI64 => self.shift(inst, 64, Unsigned, |x, n| x >> n)?,
            Op::RotlI64 => self.shift(inst, 64, Unsigned, |x, n| integer::rotate_left(x, n, 64))?,
            Op::RotrI64 => self.shift(inst, 64, Unsigned, |x, n| integer::rotate_left(x, 64 - n, 64))?,
            Op::AddChkI64 => self.binary(inst, 64, Signed, |x, y| integer::checked(x + y, 64))?,
            Op::SubChkI64 => self.binary(inst, 64, Signed, |x, y| integer::checked(x - y, 64))?,
            Op::MulChkI64 => self.binary(inst, 64, Signed, |x, y| integer::checked(x * y, 64))?,
            Op::EqI64 => self.compare(inst, 64, Signed, |x, y| x == y)?,
            Op::NeI64 => self.compare(inst, 64, Signed, |x, y| x != y)?,
            Op::LtI64 => self.compare(inst, 64, Signed, |x, y| x < y)?,
            Op::LtUI64 => self.compare(inst, 64, Unsigned, |x, y| x < y)?,
            Op::LeI64 => self.compare(inst, 64, Signed, |x, y| x <= y)?,
            Op::LeUI64 => self.compare(inst, 64, Unsigned, |x, y| x <= y)?,
            Op::GtI64 => self.compare(inst, 64, Signed, |x, y| x > y)?,
            Op::GtUI64 => self.compare(inst, 64, Unsigned, |x, y| x > y)?,
            Op::GeI64 => self.compare(inst, 64, Signed, |x, y| x >= y)?,
            Op::GeUI64 => self.compare(inst, 64, Unsigned, |x, y| x >= y)?,
            Op::NotI64 => self.unary(inst, 64, Signed, |x| -1 - x)?,
            Op::NegI64 => self.unary(inst, 64, Signed, |x| -x)?,
            Op::ClzI64 => self.unary(inst, 64, Unsigned, |x| integer::leading_zeros(x, 64))?,
            Op::CtzI64 => self.unary(inst, 64, Unsigned, |x| integer::trailing_zeros(x, 64))?,
            Op::PopcntI64 => self.unary(inst, 64, Unsigned, |x| integer::ones(x, 64))?,
            Op::Extend8I64 => self.unary(inst, 64, Unsigned, |x| integer::read(x as u64, 8, Signed))?,
            Op::Extend16I64 => self.unary(inst, 64, Unsigned, |x| integer::read(x as u64, 16, Signed))?,
            Op::Extend32I64 => self.unary(inst, 64, Unsigned, |x| integer::read(x as u64, 32, Signed))?,
            Op::IfEqI64 => return self.compare_branch(inst, 64, Signed, |x, y| x == y),
            Op::IfNeI64 => return self.compare_branch(inst, 64, Signed, |x, y| x != y),
            Op::IfLtI64 => return self.compare_branch(inst, 64, Signed, |x, y| x < y),
            Op::IfLtUI64 => return self.compare_branch(inst, 64, Unsigned, |x, y| x < y),
            Op::IfLeI64 => return self.compare_branch(inst, 64, Signed, |x, y| x <= y),
            Op::IfLeUI64 => return self.compare_branch(inst, 64, Unsigned, |x, y| x <= y),
            Op::IfGtI64 => return self.compare_branch(inst, 64, Signed, |x, y| x > y),
            Op::IfGtUI64 => return self.compare_branch(inst, 64, Unsigned, |x, y| x > y),
            Op::IfGeI64 => return self.compare_branch(inst, 64, Signed, |x, y| x >= y),
            Op::IfGeUI64 => return self.compare_branch(inst, 64, Unsigned, |x, y| x >= y),

            Op::AddF32 => self.float_binary(inst, 32, |x, y| x + y)?,
            Op::SubF32 => self.float_binary(inst, 32, |x, y| x - y)?,
            Op::MulF32 => self.float_binary(inst, 32, |x, y| x * y)?,
            Op::DivF32 => self.float_binary(inst, 32, |x, y| x / y)?,
            Op::MinF32 => self.float_binary(inst, 32, float::min)?,
            Op::MaxF32 => self.float_binary(inst, 32, float::max)?,
            Op::EqF32 => self.float_compare(inst, 32, |x, y| x == y)?,
            Op::NeF32 => self.float_compare(inst, 32, |x, y| x != y)?,
            Op::LtF32 => self.float_compare(inst, 32, |x, y| x < y)?,
            Op::LeF32 => self.float_compare(inst, 32, |x, y| x <= y)?,
            Op::GtF32 => self.float_compare(inst, 32, |x, y| x > y)?,
            Op::GeF32 => self.float_compare(inst, 32, |x, y| x >= y)?,
            Op::SqrtF32 => self.float_unary(inst, 32, f64::sqrt)?,
            Op::CeilF32 => self.float_unary(inst, 32, float::ceil)?,
            Op::FloorF32 => self.float_unary(inst, 32, float::floor)?,
            Op::TruncF32 => self.float_unary(inst, 32, float::trunc)?,
            Op::NearestF32 => self.float_unary(inst, 32, float::nearest)?,
            Op::AddF64 => self.float_binary(inst, 64, |x, y| x + y)?,
            Op::SubF64 => self.float_binary(inst, 64, |x, y| x - y)?,
            Op::MulF64 => self.float_binary(inst, 64, |x, y| x * y)?,
            Op::DivF64 => self.float_binary(inst, 64, |x, y| x / y)?,
            Op::MinF64 => self.float_binary(inst, 64, float::min)?,
            Op::MaxF64 => self.float_binary(inst, 64, float::max)?,
            Op::EqF64 => self.float_compare(inst, 64, |x, y| x == y)?,
            Op::NeF64 => self.float_compare(inst, 64, |x, y| x != y)?,
            Op::LtF64 => self.float_compare(inst, 64, |x, y| x < y)?,
            Op::LeF64 => self.float_compare(inst, 64, |x, y| x <= y)?,
            Op::GtF64 => self.float_compare(inst, 64, |x, y| x > y)?,
            Op::GeF64 => self.float_compare(inst, 64, |x, y| x >= y)?,
            Op::SqrtF64 => self.float_unary(inst, 64, f64::sqrt)?,
            Op::CeilF64 => self.float_unary(inst, 64, float::ceil)?,
            Op::FloorF64 => self.float_unary(inst, 64, float::floor)?,
            Op::TruncF64 => self.float_unary(inst, 64, float::trunc)?,
            Op::NearestF64 => self.float_unary(inst, 64, float::nearest)?,
            // These three change the sign bit and nothing else, of NaNs too.
            Op::CopysignF32 => self.sign(inst, |x, y| x & !(1 << 31) | y & 1 << 31)?,
            Op::CopysignF64 => self.sign(inst, |x, y| x & !(1 << 63) | y & 1 << 63)?,
            Op::NegF32 => self.sign(inst, |x, _| x ^ 1 << 31)?,
            Op::NegF64 => self.sign(inst, |x, _| x ^ 1 << 63)?,
            Op::AbsF32 => self.sign(inst, |x, _| x & !(1 << 31))?,
            Op::AbsF64 => self.sign(inst, |x, _| x & !(1 << 63))?,

            Op::WrapI32I64 => self.convert_int(inst, 64, Signed, 32)?,
            Op::ExtendI64I32 => self.convert_int(inst, 32, Signed, 64)?,
            Op::ExtendUI64I32 => self.convert_int(inst, 32, Unsigned, 64)?,
            Op::ToIntI32F32 => self.float_to_int(inst, 32, |x| Ok((32, float::to_int(x, 32, Signed)?)))?,
            Op::ToIntSatI32F32 => self.float_to_int(inst, 32, |x| Ok((32, float::to_int_saturating(x, 32, Signed))))?,
            Op::ToIntUI32F32 => self.float_to_int(inst, 32, |x| Ok((32, float::to_int(x, 32, Unsigned)?)))?,
            Op::ToIntSatUI32F32 => self.float_to_int(inst, 32, |x| Ok((32, float::to_int_saturating(x, 32, Unsigned))))?,
            Op::ToIntI32F64 => self.float_to_int(inst, 64, |x| Ok((32, float::to_int(x, 32, Signed)?)))?,
            Op::ToIntSatI32F64 => self.float_to_int(inst, 64, |x| Ok((32, float::to_int_saturating(x, 32, Signed))))?,
            Op::ToIntUI32F64 => self.float_to_int(inst, 64, |x| Ok((32, float::to_int(x, 32, Unsigned)?)))?,
            Op::ToIntSatUI32F64 => self.float_to_int(inst, 64, |x| Ok((32, float::to_int_saturating(x, 32, Unsigned))))?,
            Op::ToIntI64F32 => self.float_to_int(inst, 32, |x| Ok((64, float::to_int(x, 64, Signed)?)))?,
            Op::ToIntSatI64F32 => self.float_to_int(inst, 32, |x| Ok((64, float::to_int_saturating(x, 64, Signed))))?,
            Op::ToIntUI64F32 => self.float_to_int(inst, 32, |x| Ok((64, float::to_int(x, 64, Unsigned)?)))?,
            Op::ToIntSatUI64F32 => self.float_to_int(inst, 32, |x| Ok((64, float::to_int_saturating(x, 64, Unsigned))))?,
            Op::ToIntI64F64 => self.float_to_int(inst, 64, |x| Ok((64, float::to_int(x, 64, Signed)?)))?,
            Op::ToIntSatI64F64 => self.float_to_int(inst, 64, |x| Ok((64, float::to_int_saturating(x, 64, Signed))))?,
            Op::ToIntUI64F64 => self.float_to_int(inst, 64, |x| Ok((64, float::to_int(x, 64, Unsigned)?)))?,
            Op::ToIntSatUI64F64 => self.float_to_int(inst, 64, |x| Ok((64, float::to_int_saturating(x, 64, Unsigned))))?,
            Op::ToFloatF32I32 => self.int_to_float(inst, 32, Signed, 32)?,
            Op::ToFloatUF32I32 => self.int_to_float(inst, 32, Unsigned, 32)?,
            Op::ToFloatF32I64 => self.int_to_float(inst, 64, Signed, 32)?,
            Op::ToFloatUF32I64 => self.int_to_float(inst, 64, Unsigned, 32)?,
            Op::ToFloatF64I32 => self.int_to_float(inst, 32, Signed, 64)?,
            Op::ToFloatUF64I32 => self.int_to_float(inst, 32, Unsigned, 64)?,
            Op::ToFloatF64I64 => self.int_to_float(inst, 64, Signed, 64)?,
            Op::ToFloatUF64I64 => self.int_to_float(inst, 64, Unsigned, 64)?,
            Op::PromoteF64F32 => { let x = self.float(inst, 1, 32)?; self.put_float(inst, 64, x)?; }
            Op::DemoteF32F64 => { let x = self.float(inst, 1, 64)?; self.put_float(inst, 32, x)?; }
            Op::ReinterpretI32F32 => { let bits = self.float_bits(inst, 1)?; self.put(inst, Value::I32(bits as i32))?; }
            Op::ReinterpretI64F64 => { let bits = self.float_bits(inst, 1)?; self.put(inst, Value::I64(bits as i64))?; }
            Op::ReinterpretF32I32 => { let bits = self.int(inst, 1, 32, Unsigned)?; self.put(inst, Value::F32(bits as u32))?; }
            Op::ReinterpretF64I64 => { let bits = self.int(inst, 1, 64, Unsigned)?; self.put(inst, Value::F64(bits as u64))?; }

            Op::RefAsNonNull | Op::RefEq | Op::RefTest | Op::RefCast | Op::BrOnNull | Op::BrOnCastFail | Op::I31New | Op::I31Get | Op::I31GetU | Op::AnyOfExtern | Op::ExternOfAny | Op::StructNew | Op::StructNewDefault | Op::StructGet | Op::StructGetS | Op::StructGetU | Op::StructSet | Op::ArrayNew | Op::ArrayNewDefault | Op::ArrayNewFixed | Op::ArrayNewData | Op::ArrayNewElem | Op::ArrayGet | Op::ArrayGetS | Op::ArrayGetU | Op::ArraySet | Op::ArrayLen | Op::ArrayFill | Op::ArrayCopy | Op::ArrayInitData | Op::ArrayInitElem | Op::ArrayToMemory | Op::MemoryToArray | Op::CallRef | Op::TailCallRef => {
                let Family::Managed(op) = op.family() else {
                    return Err(Stop::Fault(format!("the family of {op:?}")));
                };
                return self.managed(op, inst);
            }
        }
        Ok(Next::Follow)
    }

    fn branch_if(&self, inst: &Inst<'_>, taken: bool) -> Result<Next, Stop> {
        Ok(if taken {
            Next::Branch(self.label(inst)?)
        } else {
            Next::Follow
        })
    }

    fn switch(&self, inst: &Inst<'_>) -> Result<Next, Stop> {
        let index = self.unsigned(inst, 0)?;
        let targets = inst.targets();
        let last = targets.len() - 1;
        let chosen = usize::try_from(index).map_or(last, |index| index.min(last));
        Ok(Next::Branch(targets[chosen]))
    }

    fn compare_branch(
        &self,
        inst: &Inst<'_>,
        width: u32,
        sign: integer::Sign,
        holds: fn(i128, i128) -> bool,
    ) -> Result<Next, Stop> {
        let x = self.int(inst, 0, width, sign)?;
        let y = self.int(inst, 1, width, sign)?;
        self.branch_if(inst, holds(x, y))
    }

    fn data_address(&mut self, inst: &Inst<'_>, addend: i64) -> Result<(), Stop> {
        let address = self.state.address(self.index(inst, 1)?)?;
        let ty = self.address_type();
        Ok(self.put_index(inst, ty, Some(address.wrapping_add_signed(addend)))?)
    }

    /// The index type of the memory.
    fn address_type(&self) -> ValType {
        match &self.state.memory {
            Some(memory) => memory.index_type,
            None => ValType::I64,
        }
    }

    fn load(&mut self, inst: &Inst<'_>, size: u64, value: fn(u64) -> Value) -> Result<(), Stop> {
        let address = u128::from(self.unsigned(inst, 1)?) + u128::from(inst.offset());
        let memory = self.state.memory.as_mut().ok_or(Trap::MemoryOutOfBounds)?;
        let mut bytes = [0; 8];
        bytes[..size as usize].copy_from_slice(memory.slice(address, size)?);
        Ok(self.put(inst, value(u64::from_le_bytes(bytes)))?)
    }

    fn store(&mut self, inst: &Inst<'_>, ty: ValType, size: usize) -> Result<(), Stop> {
        let address = u128::from(self.unsigned(inst, 0)?) + u128::from(inst.offset());
        let value = self.operand(inst, 2)?;
        let bits = match value {
            Value::I32(x) => u64::from(x as u32),
            Value::F32(bits) => u64::from(bits),
            Value::I64(x) => x as u64,
            Value::F64(bits) => bits,
            other => return Err(Stop::Fault(format!("a store of {other:?}"))),
        };
        if value.ty() != ty {
            return Err(Stop::Fault(format!("a store of {value:?} as {ty}")));
        }
        let memory = self.state.memory.as_mut().ok_or(Trap::MemoryOutOfBounds)?;
        memory
            .slice(address, size as u64)?
            .copy_from_slice(&bits.to_le_bytes()[..size]);
        Ok(())
    }

    fn binary(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        sign: integer::Sign,
        result: impl Fn(i128, i128) -> Result<i128, Trap>,
    ) -> Result<(), Stop> {
        let x = self.int(inst, 1, width, sign)?;
        let y = self.int(inst, 2, width, sign)?;
        Ok(self.put_int(inst, width, result(x, y)?)?)
    }

    fn shift(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        sign: integer::Sign,
        result: impl Fn(i128, u32) -> i128,
    ) -> Result<(), Fault> {
        let x = self.int(inst, 1, width, sign)?;
        let count = self.int(inst, 2, width, Unsigned)?;
        self.put_int(inst, width, result(x, integer::shift_count(count, width)))
    }

    fn compare(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        sign: integer::Sign,
        holds: fn(i128, i128) -> bool,
    ) -> Result<(), Fault> {
        let x = self.int(inst, 1, width, sign)?;
        let y = self.int(inst, 2, width, sign)?;
        self.put_int(inst, 32, holds(x, y).into())
    }

    fn unary(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        sign: integer::Sign,
        result: impl Fn(i128) -> i128,
    ) -> Result<(), Fault> {
        let x = self.int(inst, 1, width, sign)?;
        self.put_int(inst, width, result(x))
    }

    fn float_binary(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        result: fn(f64, f64) -> f64,
    ) -> Result<(), Fault> {
        let x = self.float(inst, 1, width)?;
        let y = self.float(inst, 2, width)?;
        self.put_float(inst, width, result(x, y))
    }

    fn float_compare(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        holds: fn(&f64, &f64) -> bool,
    ) -> Result<(), Fault> {
        let x = self.float(inst, 1, width)?;
        let y = self.float(inst, 2, width)?;
        self.put_int(inst, 32, holds(&x, &y).into())
    }

    fn float_unary(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        result: fn(f64) -> f64,
    ) -> Result<(), Fault> {
        let x = self.float(inst, 1, width)?;
        self.put_float(inst, width, result(x))
    }

    fn sign(&mut self, inst: &Inst<'_>, result: fn(u64, u64) -> u64) -> Result<(), Fault> {
        let x = self.operand(inst, 1)?;
        let bits = self.float_bits(inst, 1)?;
        let other = match inst.operands().len() {
            3 => self.float_bits(inst, 2)?,
            _ => 0,
        };
        let bits = result(bits, other);
        let value = Value::number(x.ty(), bits).ok_or("the sign of a reference")?;
        self.put(inst, value)
    }

    fn convert_int(
        &mut self,
        inst: &Inst<'_>,
        from: u32,
        sign: integer::Sign,
        to: u32,
    ) -> Result<(), Fault> {
        let x = self.int(inst, 1, from, sign)?;
        self.put_int(inst, to, x)
    }

    fn float_to_int(
        &mut self,
        inst: &Inst<'_>,
        from: u32,
        result: fn(f64) -> Result<(u32, i128), Trap>,
    ) -> Result<(), Stop> {
        let (width, integer) = result(self.float(inst, 1, from)?)?;
        Ok(self.put_int(inst, width, integer)?)
    }

    fn int_to_float(
        &mut self,
        inst: &Inst<'_>,
        from: u32,
        sign: integer::Sign,
        to: u32,
    ) -> Result<(), Fault> {
        let x = self.int(inst, 1, from, sign)?;
        let digits = if to == 32 { 24 } else { 53 };
        self.put_float(inst, to, float::from_int(x, digits))
    }

    fn memory(&mut self, inst: &Inst<'_>) -> Result<(), Stop> {
        let ty = self.address_type();
        match inst.op {
            Op::MemorySize => {
                let pages = self
                    .state
                    .memory
                    .as_ref()
                    .map_or(0, |memory| memory.pages());
                self.put_index(inst, ty, Some(pages))?;
            }
            Op::MemoryGrow => {
                let pages = self.unsigned(inst, 1)?;
                let room = self.state.room() / PAGE;
                let former = match &mut self.state.memory {
                    Some(memory) => memory.grow(pages, room),
                    // There is none: it has size 0 and cannot grow.
                    None => (pages == 0).then_some(0),
                };
                self.put_index(inst, ty, former)?;
            }
            Op::MemoryCopy => {
                let to = self.unsigned(inst, 0)?;
                let from = self.unsigned(inst, 1)?;
                let length = self.unsigned(inst, 2)?;
                let buffer = self.memory_range(from, length)?.to_vec();
                self.memory_range(to, length)?;
                self.charge(length / 4096)?;
                self.memory_range(to, length)?.copy_from_slice(&buffer);
            }
            Op::MemoryFill => {
                let to = self.unsigned(inst, 0)?;
                let byte = self.int(inst, 1, 32, Unsigned)? as u8;
                let length = self.unsigned(inst, 2)?;
                self.memory_range(to, length)?;
                self.charge(length / 4096)?;
                self.memory_range(to, length)?.fill(byte);
            }
            _ => {
                let data = self.index(inst, 0)? as usize;
                let to = self.unsigned(inst, 1)?;
                let from = self.unsigned(inst, 2)?;
                let length = self.unsigned(inst, 3)?;
                let bytes = self.state.passive_bytes(self.module, data);
                let end = from + length; // both are i32
                let bytes = bytes.get(from as usize..end as usize);
                let bytes = bytes.ok_or(Trap::MemoryOutOfBounds)?;
                self.memory_range(to, length)?;
                self.charge(length / 4096)?;
                self.memory_range(to, length)?.copy_from_slice(bytes);
            }
        }
        Ok(())
    }

    /// The `length` bytes of memory from `address`.
    pub(super) fn memory_range(&mut self, address: u64, length: u64) -> Result<&mut [u8], Trap> {
        match &mut self.state.memory {
            Some(memory) => memory.slice(address.into(), length),
            None if address == 0 && length == 0 => Ok(&mut []),
            None => Err(Trap::MemoryOutOfBounds),
        }
    }

    /// The number of table number `n` of those that the instruction names.
    fn table_number(&self, inst: &Inst<'_>, n: usize) -> Result<usize, Fault> {
        let number = inst.table(n) as usize;
        if number < self.state.tables.len() {
            Ok(number)
        } else {
            Err(format!("table {number}"))
        }
    }

    fn table(&mut self, inst: &Inst<'_>) -> Result<(), Stop> {
        match inst.op {
            Op::TableGet => {
                let table = self.table_number(inst, 0)?;
                let index = self.unsigned(inst, 2)?;
                let value = self.state.tables[table].slice(index, 1)?[0];
                self.put(inst, value)?;
            }
            Op::TableSet => {
                let table = self.table_number(inst, 0)?;
                let index = self.unsigned(inst, 1)?;
                let value = self.operand(inst, 2)?;
                self.state.tables[table].slice(index, 1)?[0] = value;
            }
            Op::TableSize => {
                let table = &self.state.tables[self.table_number(inst, 0)?];
                let (ty, size) = (table.index_type, table.items.len() as u64);
                self.put_index(inst, ty, Some(size))?;
            }
            Op::TableGrow => {
                let table = self.table_number(inst, 0)?;
                let value = self.operand(inst, 2)?;
                let count = self.unsigned(inst, 3)?;
                let ty = self.state.tables[table].index_type;
                let room = self.state.room() / ELEMENT;
                if self.state.tables[table].may_grow(count, room) {
                    self.charge(count * ELEMENT / 4096)?;
                }
                let former = self.state.tables[table].grow(count, value, room);
                self.put_index(inst, ty, former)?;
            }
            Op::TableFill => {
                let table = self.table_number(inst, 0)?;
                let index = self.unsigned(inst, 1)?;
                let value = self.operand(inst, 2)?;
                let count = self.unsigned(inst, 3)?;
                self.state.tables[table].slice(index, count)?;
                self.charge(count * ELEMENT / 4096)?;
                self.state.tables[table].slice(index, count)?.fill(value);
            }
            Op::TableCopy => {
                let to = self.table_number(inst, 0)?;
                let from = self.table_number(inst, 1)?;
                let (to_index, from_index) = (self.unsigned(inst, 2)?, self.unsigned(inst, 3)?);
                let count = self.unsigned(inst, 4)?;
                let items = self.state.tables[from].slice(from_index, count)?.to_vec();
                self.put_items(to, to_index, &items)?;
            }
            _ => {
                let table = self.table_number(inst, 0)?;
                let segment = self.index(inst, 1)? as usize;
                let to = self.unsigned(inst, 2)?;
                let from = self.unsigned(inst, 3)?;
                let count = self.unsigned(inst, 4)?;
                let items = self.state.element_items(self.module, segment)?;
                let end = from + count; // both are i32
                let items = items.get(from as usize..end as usize);
                self.put_items(table, to, items.ok_or(Trap::TableOutOfBounds)?)?;
            }
        }
        Ok(())
    }

    fn put_items(&mut self, table: usize, index: u64, items: &[Value]) -> Result<(), Stop> {
        let count = items.len() as u64;
        self.state.tables[table].slice(index, count)?;
        self.charge(count * ELEMENT / 4096)?;
        self.state.tables[table]
            .slice(index, count)?
            .copy_from_slice(items);
        Ok(())
    }
}
