//! Integers, floating point and conversions: the table from rows of the op table to WebAssembly.

use wasm_encoder::{BlockType, Ieee32, Ieee64, Instruction as I};

use super::super::function::Body;
use super::super::locals::Extra;
use vbc_core::isa::NumberOp::{self, *};
use vbc_core::isa::{Op, Trap, ValType};

/// How an instruction is lowered. Its operands are evaluated first, a constant one as the last.
pub(in super::super) enum Lowering {
    /// One instruction that means the same.
    Plain(I<'static>),
    /// Like `Plain`, where the result may be a NaN that arithmetic made.
    Float(I<'static>),
    /// What the comparison becomes, and a conditional branch.
    Branch,
    /// Arithmetic that traps on overflow.
    Checked(Checked),
    /// The complement of all bits.
    Not,
    /// The negative of an integer.
    Negate,
}

/// Arithmetic that traps on overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Checked {
    Add,
    Sub,
    Mul,
}

use Lowering::{Branch, Float, Negate, Not, Plain};

/// What `op` becomes.
pub(super) fn number(op: NumberOp) -> Lowering {
    match op {
        IfEqI32 | IfNeI32 | IfLtI32 | IfLtUI32 | IfLeI32 | IfLeUI32 | IfGtI32 => Branch,
        IfGtUI32 | IfGeI32 | IfGeUI32 | IfEqI64 | IfNeI64 | IfLtI64 | IfLtUI64 => Branch,
        IfLeI64 | IfLeUI64 | IfGtI64 | IfGtUI64 | IfGeI64 | IfGeUI64 => Branch,
        AddI32 => Plain(I::I32Add),
        SubI32 => Plain(I::I32Sub),
        MulI32 => Plain(I::I32Mul),
        DivI32 => Plain(I::I32DivS),
        DivUI32 => Plain(I::I32DivU),
        RemI32 => Plain(I::I32RemS),
        RemUI32 => Plain(I::I32RemU),
        AndI32 => Plain(I::I32And),
        OrI32 => Plain(I::I32Or),
        XorI32 => Plain(I::I32Xor),
        ShlI32 => Plain(I::I32Shl),
        ShrI32 => Plain(I::I32ShrS),
        ShrUI32 => Plain(I::I32ShrU),
        RotlI32 => Plain(I::I32Rotl),
        RotrI32 => Plain(I::I32Rotr),
        EqI32 => Plain(I::I32Eq),
        NeI32 => Plain(I::I32Ne),
        LtI32 => Plain(I::I32LtS),
        LtUI32 => Plain(I::I32LtU),
        LeI32 => Plain(I::I32LeS),
        LeUI32 => Plain(I::I32LeU),
        GtI32 => Plain(I::I32GtS),
        GtUI32 => Plain(I::I32GtU),
        GeI32 => Plain(I::I32GeS),
        GeUI32 => Plain(I::I32GeU),
        AddChkI32 => Lowering::Checked(Checked::Add),
        SubChkI32 => Lowering::Checked(Checked::Sub),
        MulChkI32 => Lowering::Checked(Checked::Mul),
        ClzI32 => Plain(I::I32Clz),
        CtzI32 => Plain(I::I32Ctz),
        PopcntI32 => Plain(I::I32Popcnt),
        NotI32 => Not,
        NegI32 => Negate,
        Extend8I32 => Plain(I::I32Extend8S),
        Extend16I32 => Plain(I::I32Extend16S),
        AddI64 => Plain(I::I64Add),
        SubI64 => Plain(I::I64Sub),
        MulI64 => Plain(I::I64Mul),
        DivI64 => Plain(I::I64DivS),
        DivUI64 => Plain(I::I64DivU),
        RemI64 => Plain(I::I64RemS),
        RemUI64 => Plain(I::I64RemU),
        AndI64 => Plain(I::I64And),
        OrI64 => Plain(I::I64Or),
        XorI64 => Plain(I::I64Xor),
        ShlI64 => Plain(I::I64Shl),
        ShrI64 => Plain(I::I64ShrS),
        ShrUI64 => Plain(I::I64ShrU),
        RotlI64 => Plain(I::I64Rotl),
        RotrI64 => Plain(I::I64Rotr),
        EqI64 => Plain(I::I64Eq),
        NeI64 => Plain(I::I64Ne),
        LtI64 => Plain(I::I64LtS),
        LtUI64 => Plain(I::I64LtU),
        LeI64 => Plain(I::I64LeS),
        LeUI64 => Plain(I::I64LeU),
        GtI64 => Plain(I::I64GtS),
        GtUI64 => Plain(I::I64GtU),
        GeI64 => Plain(I::I64GeS),
        GeUI64 => Plain(I::I64GeU),
        AddChkI64 => Lowering::Checked(Checked::Add),
        SubChkI64 => Lowering::Checked(Checked::Sub),
        MulChkI64 => Lowering::Checked(Checked::Mul),
        ClzI64 => Plain(I::I64Clz),
        CtzI64 => Plain(I::I64Ctz),
        PopcntI64 => Plain(I::I64Popcnt),
        NotI64 => Not,
        NegI64 => Negate,
        Extend8I64 => Plain(I::I64Extend8S),
        Extend16I64 => Plain(I::I64Extend16S),
        Extend32I64 => Plain(I::I64Extend32S),
        AddF32 => Float(I::F32Add),
        SubF32 => Float(I::F32Sub),
        MulF32 => Float(I::F32Mul),
        DivF32 => Float(I::F32Div),
        MinF32 => Float(I::F32Min),
        MaxF32 => Float(I::F32Max),
        CopysignF32 => Plain(I::F32Copysign),
        EqF32 => Plain(I::F32Eq),
        NeF32 => Plain(I::F32Ne),
        LtF32 => Plain(I::F32Lt),
        LeF32 => Plain(I::F32Le),
        GtF32 => Plain(I::F32Gt),
        GeF32 => Plain(I::F32Ge),
        NegF32 => Plain(I::F32Neg),
        AbsF32 => Plain(I::F32Abs),
        SqrtF32 => Float(I::F32Sqrt),
        CeilF32 => Float(I::F32Ceil),
        FloorF32 => Float(I::F32Floor),
        TruncF32 => Float(I::F32Trunc),
        NearestF32 => Float(I::F32Nearest),
        AddF64 => Float(I::F64Add),
        SubF64 => Float(I::F64Sub),
        MulF64 => Float(I::F64Mul),
        DivF64 => Float(I::F64Div),
        MinF64 => Float(I::F64Min),
        MaxF64 => Float(I::F64Max),
        CopysignF64 => Plain(I::F64Copysign),
        EqF64 => Plain(I::F64Eq),
        NeF64 => Plain(I::F64Ne),
        LtF64 => Plain(I::F64Lt),
        LeF64 => Plain(I::F64Le),
        GtF64 => Plain(I::F64Gt),
        GeF64 => Plain(I::F64Ge),
        NegF64 => Plain(I::F64Neg),
        AbsF64 => Plain(I::F64Abs),
        SqrtF64 => Float(I::F64Sqrt),
        CeilF64 => Float(I::F64Ceil),
        FloorF64 => Float(I::F64Floor),
        TruncF64 => Float(I::F64Trunc),
        NearestF64 => Float(I::F64Nearest),
        WrapI32I64 => Plain(I::I32WrapI64),
        ExtendI64I32 => Plain(I::I64ExtendI32S),
        ExtendUI64I32 => Plain(I::I64ExtendI32U),
        ToIntI32F32 => Plain(I::I32TruncF32S),
        ToIntSatI32F32 => Plain(I::I32TruncSatF32S),
        ToIntUI32F32 => Plain(I::I32TruncF32U),
        ToIntSatUI32F32 => Plain(I::I32TruncSatF32U),
        ToIntI32F64 => Plain(I::I32TruncF64S),
        ToIntSatI32F64 => Plain(I::I32TruncSatF64S),
        ToIntUI32F64 => Plain(I::I32TruncF64U),
        ToIntSatUI32F64 => Plain(I::I32TruncSatF64U),
        ToIntI64F32 => Plain(I::I64TruncF32S),
        ToIntSatI64F32 => Plain(I::I64TruncSatF32S),
        ToIntUI64F32 => Plain(I::I64TruncF32U),
        ToIntSatUI64F32 => Plain(I::I64TruncSatF32U),
        ToIntI64F64 => Plain(I::I64TruncF64S),
        ToIntSatI64F64 => Plain(I::I64TruncSatF64S),
        ToIntUI64F64 => Plain(I::I64TruncF64U),
        ToIntSatUI64F64 => Plain(I::I64TruncSatF64U),
        ToFloatF32I32 => Plain(I::F32ConvertI32S),
        ToFloatUF32I32 => Plain(I::F32ConvertI32U),
        ToFloatF32I64 => Plain(I::F32ConvertI64S),
        ToFloatUF32I64 => Plain(I::F32ConvertI64U),
        ToFloatF64I32 => Plain(I::F64ConvertI32S),
        ToFloatUF64I32 => Plain(I::F64ConvertI32U),
        ToFloatF64I64 => Plain(I::F64ConvertI64S),
        ToFloatUF64I64 => Plain(I::F64ConvertI64U),
        PromoteF64F32 => Float(I::F64PromoteF32),
        DemoteF32F64 => Float(I::F32DemoteF64),
        ReinterpretI32F32 => Plain(I::I32ReinterpretF32),
        ReinterpretI64F64 => Plain(I::I64ReinterpretF64),
        ReinterpretF32I32 => Plain(I::F32ReinterpretI32),
        ReinterpretF64I64 => Plain(I::F64ReinterpretI64),
    }
}

impl Body<'_, '_> {
    /// An instruction of the family, whose operands lie on the stack.
    pub(super) fn number(&mut self, lowering: Lowering, op: Op) {
        match lowering {
            Plain(instruction) => self.code.push(instruction),
            Float(instruction) => {
                self.code.push(instruction);
                self.canonical_nan(op.info().suffix[0]);
            }
            Lowering::Checked(kind) => match is_i32(op) {
                true => self.checked_i32(kind),
                false => self.checked_i64(kind),
            },
            Not => {
                let narrow = is_i32(op);
                let (ones, xor) = match narrow {
                    true => (I::I32Const(-1), I::I32Xor),
                    false => (I::I64Const(-1), I::I64Xor),
                };
                self.code.push(ones);
                self.code.push(xor);
            }
            Negate => {
                let (minus_one, times) = match is_i32(op) {
                    true => (I::I32Const(-1), I::I32Mul),
                    false => (I::I64Const(-1), I::I64Mul),
                };
                self.code.push(minus_one);
                self.code.push(times);
            }
            // Where it goes is the structure's business.
            Branch => {}
        }
    }

    /// Makes the NaN on the stack, if it is one, the one that all engines produce.
    fn canonical_nan(&mut self, ty: ValType) {
        if !self.env.canonical_nans {
            return;
        }
        let (extra, nan, equal) = match ty {
            ValType::F32 => (
                Extra::Single,
                I::F32Const(Ieee32::new(0x7fc0_0000)),
                I::F32Eq,
            ),
            ValType::I32 | ValType::I64 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => (
                Extra::Double,
                I::F64Const(Ieee64::new(0x7ff8 << 48)),
                I::F64Eq,
            ),
        };
        let local = self.locals.extra(extra);
        self.code.set(local);
        self.code.get(local);
        self.code.push(nan);
        self.code.get(local);
        self.code.get(local);
        self.code.push(equal);
        self.code.push(I::Select);
    }

    /// Both operands are extended to 64 bits, in which nothing overflows.
    fn checked_i32(&mut self, kind: Checked) {
        let result = self.locals.extra(Extra::Result);
        self.code.push(match kind {
            Checked::Add => I::I64Add,
            Checked::Sub => I::I64Sub,
            Checked::Mul => I::I64Mul,
        });
        self.code.set(result);
        self.code.get(result);
        self.code.push(I::I64Extend32S);
        self.code.get(result);
        self.code.push(I::I64Ne);
        self.overflow();
        self.code.get(result);
        self.code.push(I::I32WrapI64);
    }

    /// The sign of a sum is wrong where it differs from those of both operands; of a difference
    /// where the operands' signs differ, and it does not have that of the first.
    fn checked_i64(&mut self, kind: Checked) {
        let (left, right) = (
            self.locals.extra(Extra::Left),
            self.locals.extra(Extra::Right),
        );
        let result = self.locals.extra(Extra::Result);
        let (operate, other) = match kind {
            Checked::Add => (I::I64Add, result),
            Checked::Sub => (I::I64Sub, left),
            Checked::Mul => return self.code.push(I::Call(self.env.multiply)),
        };
        self.code.set(right);
        self.code.set(left);
        self.code.get(left);
        self.code.get(right);
        self.code.push(operate);
        self.code.set(result);
        self.code.get(result);
        self.code.get(left);
        self.code.push(I::I64Xor);
        self.code.get(right);
        self.code.get(other);
        self.code.push(I::I64Xor);
        self.code.push(I::I64And);
        self.code.push(I::I64Const(0));
        self.code.push(I::I64LtS);
        self.overflow();
        self.code.get(result);
    }

    /// Traps if the stack's top is not zero.
    fn overflow(&mut self) {
        self.code.push(I::If(BlockType::Empty));
        self.trap(Trap::IntegerOverflow);
        self.code.push(I::End);
    }
}

/// Whether an instruction of integers works on i32.
pub(in super::super) fn is_i32(op: Op) -> bool {
    op.info().suffix.first() == Some(&ValType::I32)
}
