//! Operators that work on values and memory: numbers, references, loads and stores.

use wasmparser::{MemArg, Operator};

use super::super::build::Builder;
use super::super::ir::Value;
use super::NONE;
use vbc_core::isa::{Op, ValType};

/// What an operator's instruction looks like.
pub(super) enum Shape {
    /// Two integers, with immediate forms.
    Integer(Op),
    /// Two registers.
    Binary(Op),
    /// One register.
    Unary(Op),
    /// An integer compared with zero.
    Zero(Op, ValType),
    Load(Op, MemArg),
    Store(Op, MemArg),
}

macro_rules! shapes {
    ($operator:expr; $(
        $shape:ident { $($name:ident $op:ident;)* }
    )*) => {
        shapes!(@ $operator; $($shape: $($name $op,)*;)*)
    };
    (@ $operator:expr;
        Integer: $($integer:ident $integer_op:ident,)*;
        Binary: $($binary:ident $binary_op:ident,)*;
        Unary: $($unary:ident $unary_op:ident,)*;
        Load: $($load:ident $load_op:ident,)*;
        Store: $($store:ident $store_op:ident,)*;
    ) => {
        match $operator {
            $(Operator::$integer => Shape::Integer(Op::$integer_op),)*
            $(Operator::$binary => Shape::Binary(Op::$binary_op),)*
            $(Operator::$unary => Shape::Unary(Op::$unary_op),)*
            $(Operator::$load { memarg } => Shape::Load(Op::$load_op, *memarg),)*
            $(Operator::$store { memarg } => Shape::Store(Op::$store_op, *memarg),)*
            Operator::I32Eqz => Shape::Zero(Op::EqI32, ValType::I32),
            Operator::I64Eqz => Shape::Zero(Op::EqI64, ValType::I64),
            _ => return None,
        }
    };
}

/// The shape of an operator that works on values and memory only.
pub(super) fn shape(operator: &Operator<'_>) -> Option<Shape> {
    Some(shapes! { operator;
        Integer {
            I32Add AddI32; I32Sub SubI32; I32Mul MulI32; I32DivS DivI32; I32DivU DivUI32;
            I32RemS RemI32; I32RemU RemUI32; I32And AndI32; I32Or OrI32; I32Xor XorI32;
            I32Shl ShlI32; I32ShrS ShrI32; I32ShrU ShrUI32; I32Rotl RotlI32; I32Rotr RotrI32;
            I32Eq EqI32; I32Ne NeI32; I32LtS LtI32; I32LtU LtUI32; I32LeS LeI32; I32LeU LeUI32;
            I32GtS GtI32; I32GtU GtUI32; I32GeS GeI32; I32GeU GeUI32;
            I64Add AddI64; I64Sub SubI64; I64Mul MulI64; I64DivS DivI64; I64DivU DivUI64;
            I64RemS RemI64; I64RemU RemUI64; I64And AndI64; I64Or OrI64; I64Xor XorI64;
            I64Shl ShlI64; I64ShrS ShrI64; I64ShrU ShrUI64; I64Rotl RotlI64; I64Rotr RotrI64;
            I64Eq EqI64; I64Ne NeI64; I64LtS LtI64; I64LtU LtUI64; I64LeS LeI64; I64LeU LeUI64;
            I64GtS GtI64; I64GtU GtUI64; I64GeS GeI64; I64GeU GeUI64;
        }
        Binary {
            F32Add AddF32; F32Sub SubF32; F32Mul MulF32; F32Div DivF32; F32Min MinF32;
            F32Max MaxF32; F32Copysign CopysignF32; F32Eq EqF32; F32Ne NeF32; F32Lt LtF32;
            F32Le LeF32; F32Gt GtF32; F32Ge GeF32;
            F64Add AddF64; F64Sub SubF64; F64Mul MulF64; F64Div DivF64; F64Min MinF64;
            F64Max MaxF64; F64Copysign CopysignF64; F64Eq EqF64; F64Ne NeF64; F64Lt LtF64;
            F64Le LeF64; F64Gt GtF64; F64Ge GeF64;
        }
        Unary {
            I32Clz ClzI32; I32Ctz CtzI32; I32Popcnt PopcntI32; I32Extend8S Extend8I32;
            I32Extend16S Extend16I32; I64Clz ClzI64; I64Ctz CtzI64; I64Popcnt PopcntI64;
            I64Extend8S Extend8I64; I64Extend16S Extend16I64; I64Extend32S Extend32I64;
            F32Neg NegF32; F32Abs AbsF32; F32Sqrt SqrtF32; F32Ceil CeilF32; F32Floor FloorF32;
            F32Trunc TruncF32; F32Nearest NearestF32;
            F64Neg NegF64; F64Abs AbsF64; F64Sqrt SqrtF64; F64Ceil CeilF64; F64Floor FloorF64;
            F64Trunc TruncF64; F64Nearest NearestF64;
            I32WrapI64 WrapI32I64; I64ExtendI32S ExtendI64I32; I64ExtendI32U ExtendUI64I32;
            I32TruncF32S ToIntI32F32; I32TruncF32U ToIntUI32F32;
            I32TruncF64S ToIntI32F64; I32TruncF64U ToIntUI32F64;
            I64TruncF32S ToIntI64F32; I64TruncF32U ToIntUI64F32;
            I64TruncF64S ToIntI64F64; I64TruncF64U ToIntUI64F64;
            I32TruncSatF32S ToIntSatI32F32; I32TruncSatF32U ToIntSatUI32F32;
            I32TruncSatF64S ToIntSatI32F64; I32TruncSatF64U ToIntSatUI32F64;
            I64TruncSatF32S ToIntSatI64F32; I64TruncSatF32U ToIntSatUI64F32;
            I64TruncSatF64S ToIntSatI64F64; I64TruncSatF64U ToIntSatUI64F64;
            F32ConvertI32S ToFloatF32I32; F32ConvertI32U ToFloatUF32I32;
            F32ConvertI64S ToFloatF32I64; F32ConvertI64U ToFloatUF32I64;
            F64ConvertI32S ToFloatF64I32; F64ConvertI32U ToFloatUF64I32;
            F64ConvertI64S ToFloatF64I64; F64ConvertI64U ToFloatUF64I64;
            F64PromoteF32 PromoteF64F32; F32DemoteF64 DemoteF32F64;
            I32ReinterpretF32 ReinterpretI32F32; I64ReinterpretF64 ReinterpretI64F64;
            F32ReinterpretI32 ReinterpretF32I32; F64ReinterpretI64 ReinterpretF64I64;
            RefIsNull RefIsNull;
        }
        Load {
            I32Load LoadI32; I32Load8S Load8I32; I32Load8U Load8UI32; I32Load16S Load16I32;
            I32Load16U Load16UI32;
            I64Load LoadI64; I64Load8S Load8I64; I64Load8U Load8UI64; I64Load16S Load16I64;
            I64Load16U Load16UI64; I64Load32S Load32I64; I64Load32U Load32UI64;
            F32Load LoadF32; F64Load LoadF64;
        }
        Store {
            I32Store StoreI32; I32Store8 Store8I32; I32Store16 Store16I32;
            I64Store StoreI64; I64Store8 Store8I64; I64Store16 Store16I64; I64Store32 Store32I64;
            F32Store StoreF32; F64Store StoreF64;
        }
    })
}

/// The type of what an operation computes, for one whose row states it outright.
fn result(op: Op) -> ValType {
    op.result().unwrap_or(ValType::I32)
}

impl Builder<'_> {
    /// Makes the instruction of a shape.
    pub(super) fn shaped(&mut self, shape: Shape) {
        let value = match shape {
            Shape::Integer(op) => {
                let (y, x) = (self.pop(), self.pop());
                self.integer(op, result(op), x, y)
            }
            Shape::Binary(op) => {
                let (y, x) = (self.pop(), self.pop());
                self.operation(op, Some(result(op)), [x, y, NONE], 0)
            }
            Shape::Unary(op) => {
                let x = self.pop();
                self.unary(op, result(op), x)
            }
            Shape::Zero(op, ty) => {
                let x = self.pop();
                let zero = self.constant(ty, 0);
                self.integer(op, ValType::I32, x, zero)
            }
            Shape::Load(op, memarg) => {
                let base = self.pop();
                let (base, offset) = self.address(base, memarg.offset);
                self.operation(op, Some(result(op)), [base, NONE, NONE], offset)
            }
            Shape::Store(op, memarg) => {
                let (value, base) = (self.pop(), self.pop());
                let (base, offset) = self.address(base, memarg.offset);
                self.operation(op, None, [base, value, NONE], offset);
                return;
            }
        };
        self.push(value);
    }

    /// Base and offset of an access. Static addresses all get the base 0, which they share.
    fn address(&mut self, base: Value, offset: u64) -> (Value, i64) {
        let index = self.env.memory.unwrap_or(ValType::I32);
        if let Some(bits) = self.ir.constant(base) {
            let address = match index {
                ValType::I32 => u64::from(bits as u32),
                ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
                    bits as u64
                }
            };
            if let Some(sum) = address.checked_add(offset) {
                return (self.constant(index, 0), sum as i64);
            }
        }
        (base, offset as i64)
    }
}
