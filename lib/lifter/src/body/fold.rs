//! Integer operations: constants folded, identities applied, immediates recognised.
//!
//! Floats are left alone: the bits of a NaN and the sign of zero are easily lost.

use super::build::Builder;
use super::ir::{Inst, Kind, Value};
use vbc_core::isa::{Class, Op, ValType};

macro_rules! evaluate {
    ($op:expr, $x:expr, $y:expr; $signed:ident $unsigned:ident:
     $($add:ident $sub:ident $mul:ident $div:ident $divu:ident $rem:ident $remu:ident $and:ident
       $or:ident $xor:ident $shl:ident $shr:ident $shru:ident $rotl:ident $rotr:ident
       $eq:ident $ne:ident $lt:ident $ltu:ident $le:ident $leu:ident $gt:ident $gtu:ident $ge:ident $geu:ident)*) => {{
        let (x, y) = ($x as $signed, $y as $signed);
        let (ux, uy) = (x as $unsigned, y as $unsigned);
        Some(match $op {
            $(
                Op::$add => x.wrapping_add(y).into(),
                Op::$sub => x.wrapping_sub(y).into(),
                Op::$mul => x.wrapping_mul(y).into(),
                Op::$div => x.checked_div(y)?.into(),
                Op::$divu => (ux.checked_div(uy)? as $signed).into(),
                Op::$rem if y != 0 => x.wrapping_rem(y).into(),
                Op::$remu => (ux.checked_rem(uy)? as $signed).into(),
                Op::$and => (x & y).into(),
                Op::$or => (x | y).into(),
                Op::$xor => (x ^ y).into(),
                Op::$shl => x.wrapping_shl(y as u32).into(),
                Op::$shr => x.wrapping_shr(y as u32).into(),
                Op::$shru => (ux.wrapping_shr(y as u32) as $signed).into(),
                Op::$rotl => x.rotate_left(y as u32 % $signed::BITS).into(),
                Op::$rotr => x.rotate_right(y as u32 % $signed::BITS).into(),
                Op::$eq => (x == y).into(),
                Op::$ne => (x != y).into(),
                Op::$lt => (x < y).into(),
                Op::$ltu => (ux < uy).into(),
                Op::$le => (x <= y).into(),
                Op::$leu => (ux <= uy).into(),
                Op::$gt => (x > y).into(),
                Op::$gtu => (ux > uy).into(),
                Op::$ge => (x >= y).into(),
                Op::$geu => (ux >= uy).into(),
            )*
            _ => return None,
        })
    }};
}

/// The result of an operation on two constants; none when it traps.
fn evaluate(op: Op, x: i64, y: i64) -> Option<i64> {
    if op.info().suffix == [ValType::I32] {
        evaluate!(op, x, y; i32 u32: AddI32 SubI32 MulI32 DivI32 DivUI32 RemI32 RemUI32 AndI32 OrI32
            XorI32 ShlI32 ShrI32 ShrUI32 RotlI32 RotrI32 EqI32 NeI32 LtI32 LtUI32 LeI32 LeUI32 GtI32
            GtUI32 GeI32 GeUI32)
    } else {
        evaluate!(op, x, y; i64 u64: AddI64 SubI64 MulI64 DivI64 DivUI64 RemI64 RemUI64 AndI64 OrI64
            XorI64 ShlI64 ShrI64 ShrUI64 RotlI64 RotrI64 EqI64 NeI64 LtI64 LtUI64 LeI64 LeUI64 GtI64
            GtUI64 GeI64 GeUI64)
    }
}

/// The result of an operation with one operand for a constant.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are left to the program"
)]
fn evaluate_unary(op: Op, x: i64) -> Option<i64> {
    let narrow = x as i32;
    Some(match op {
        Op::ClzI32 => narrow.leading_zeros().into(),
        Op::CtzI32 => narrow.trailing_zeros().into(),
        Op::PopcntI32 => narrow.count_ones().into(),
        Op::ClzI64 => x.leading_zeros().into(),
        Op::CtzI64 => x.trailing_zeros().into(),
        Op::PopcntI64 => x.count_ones().into(),
        Op::Extend8I32 | Op::Extend8I64 => (x as i8).into(),
        Op::Extend16I32 | Op::Extend16I64 => (x as i16).into(),
        Op::Extend32I64 | Op::WrapI32I64 | Op::ExtendI64I32 => narrow.into(),
        Op::ExtendUI64I32 => (narrow as u32).into(),
        // Bits are kept sign-extended whatever their type.
        Op::ReinterpretF32I32
        | Op::ReinterpretI32F32
        | Op::ReinterpretF64I64
        | Op::ReinterpretI64F64 => x,
        _ => return None,
    })
}

impl Builder<'_> {
    /// Appends `op` on `x` and a constant.
    fn immediate(&mut self, op: Op, ty: ValType, x: Value, imm: i64) -> Value {
        self.add(Inst {
            kind: Kind::Imm,
            op,
            is_moved: false,
            ty: Some(ty),
            x,
            y: Value::NONE,
            z: Value::NONE,
            imm,
        })
    }

    /// An integer operation with two operands.
    pub fn integer(&mut self, op: Op, ty: ValType, x: Value, y: Value) -> Value {
        let (left, right) = (self.ir.constant(x), self.ir.constant(y));
        match (left, right) {
            (Some(left), Some(right)) => {
                if let Some(result) = evaluate(op, left, right) {
                    return self.constant(ty, result);
                }
            }
            (Some(left), None) => {
                if let Some(op) = op.mirrored() {
                    return self.with_constant(op, ty, y, left);
                }
                match (op, left) {
                    (Op::SubI32, 0) => return self.unary(Op::NegI32, ty, y),
                    (Op::SubI64, 0) => return self.unary(Op::NegI64, ty, y),
                    _ => {}
                }
            }
            (None, None) => {
                let y = self.shift_count(op, y);
                return self.operation(op, Some(ty), [x, y, Value::NONE], 0);
            }
            (None, Some(_)) => {}
        }
        match right {
            Some(right) => self.with_constant(op, ty, x, right),
            None => self.operation(op, Some(ty), [x, y, Value::NONE], 0),
        }
    }

    /// The count of a shift without a mask that the shift applies itself.
    #[expect(clippy::wildcard_enum_match_arm, reason = "others are not shifts")]
    fn shift_count(&self, op: Op, count: Value) -> Value {
        let (mask, and) = match op {
            Op::ShlI32 | Op::ShrI32 | Op::ShrUI32 | Op::RotlI32 | Op::RotrI32 => (31, Op::AndI32),
            Op::ShlI64 | Op::ShrI64 | Op::ShrUI64 | Op::RotlI64 | Op::RotrI64 => (63, Op::AndI64),
            _ => return count,
        };
        let inst = self.ir.inst(count);
        if inst.kind == Kind::Imm && inst.op == and && inst.imm & mask == mask {
            return inst.x;
        }
        count
    }

    /// An integer operation on `x`, which may be a constant too, and a constant.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others have nothing to gain from a constant"
    )]
    fn with_constant(&mut self, op: Op, ty: ValType, x: Value, y: i64) -> Value {
        let (op, y) = match op {
            Op::SubI32 if y != i64::from(i16::MIN) => {
                (Op::AddI32, (y as i32).wrapping_neg().into())
            }
            Op::SubI64 if y != i64::from(i16::MIN) => (Op::AddI64, y.wrapping_neg()),
            Op::ShlI32 | Op::ShrI32 | Op::ShrUI32 | Op::RotlI32 | Op::RotrI32 => (op, y & 31),
            Op::ShlI64 | Op::ShrI64 | Op::ShrUI64 | Op::RotlI64 | Op::RotrI64 => (op, y & 63),
            // Multiplication takes longer than a shift, which is, besides, what addresses are made
            // with.
            Op::MulI32 if y > 1 && y & (y - 1) == 0 => (Op::ShlI32, y.trailing_zeros().into()),
            Op::MulI64 if y > 1 && y & (y - 1) == 0 => (Op::ShlI64, y.trailing_zeros().into()),
            _ => (op, y),
        };
        if let Some(value) = self.identity(op, ty, x, y) {
            return value;
        }
        self.immediate(op, ty, x, y)
    }

    /// The result of an operation with a constant where nothing needs to be computed.
    fn identity(&mut self, op: Op, ty: ValType, x: Value, y: i64) -> Option<Value> {
        use Op::*;
        match (op, y) {
            (AddI32 | OrI32 | XorI32 | ShlI32 | ShrI32 | ShrUI32 | RotlI32 | RotrI32, 0) => Some(x),
            (AddI64 | OrI64 | XorI64 | ShlI64 | ShrI64 | ShrUI64 | RotlI64 | RotrI64, 0) => Some(x),
            (MulI32 | MulI64 | DivI32 | DivI64 | DivUI32 | DivUI64, 1) => Some(x),
            (AndI32 | AndI64, -1) => Some(x),
            (AndI32 | AndI64 | MulI32 | MulI64, 0) | (OrI32 | OrI64, -1) => {
                Some(self.constant(ty, y))
            }
            (EqI32, 0) => {
                let inst = *self.ir.inst(x);
                self.inverted(&inst)
            }
            (NeI32, 0) => self.is_truth(x).then_some(x),
            _ => None,
        }
    }

    /// Whether a value is 0 or 1.
    fn is_truth(&self, value: Value) -> bool {
        let op = self.ir.inst(value).op;
        matches!(self.ir.inst(value).kind, Kind::Op | Kind::Imm)
            && (op.info().class == Class::Compare || op == Op::RefIsNull)
    }

    /// The comparison with the answer opposite to `inst`'s.
    fn inverted(&mut self, inst: &Inst) -> Option<Value> {
        if !matches!(inst.kind, Kind::Op | Kind::Imm) {
            return None;
        }
        let op = inst.op.inverse()?;
        Some(self.add(Inst { op, ..*inst }))
    }

    /// An operation with one operand.
    pub fn unary(&mut self, op: Op, ty: ValType, x: Value) -> Value {
        if let Some(bits) = self.ir.constant(x)
            && let Some(result) = evaluate_unary(op, bits)
        {
            return self.constant(ty, result);
        }
        let inst = self.ir.inst(x);
        let extends = matches!(inst.op, Op::ExtendI64I32 | Op::ExtendUI64I32);
        if op == Op::WrapI32I64 && inst.kind == Kind::Op && extends {
            return inst.x;
        }
        self.operation(op, Some(ty), [x, Value::NONE, Value::NONE], 0)
    }

    /// `x` when `cond` is not zero, else `y`.
    #[expect(clippy::wildcard_enum_match_arm, reason = "others are not comparisons")]
    pub fn select(&mut self, cond: Value, x: Value, y: Value) -> Value {
        if x == y {
            return x;
        }
        if let Some(cond) = self.ir.constant(cond) {
            return if cond != 0 { x } else { y };
        }
        let inst = *self.ir.inst(cond);
        if inst.kind == Kind::Imm && inst.imm == 0 {
            match inst.op {
                Op::EqI32 => return self.select(inst.x, y, x),
                Op::NeI32 => return self.select(inst.x, x, y),
                _ => {}
            }
        }
        let ty = self.ir.inst(x).ty;
        match (ty, self.ir.constant(x), self.ir.constant(y)) {
            (Some(ValType::I32), Some(1), Some(0)) => self.truth(cond),
            (Some(ValType::I32), Some(0), Some(1)) => {
                let zero = self.constant(ValType::I32, 0);
                self.integer(Op::EqI32, ValType::I32, cond, zero)
            }
            _ => self.operation(Op::Select, ty, [cond, x, y], 0),
        }
    }

    /// 1 when `cond` is not zero, else 0.
    fn truth(&mut self, cond: Value) -> Value {
        let zero = self.constant(ValType::I32, 0);
        self.integer(Op::NeI32, ValType::I32, cond, zero)
    }
}
