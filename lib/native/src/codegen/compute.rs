//! Arithmetic, comparisons, conversions, and the branches that depend on them.

use std::collections::BTreeMap;

use cranelift_codegen::ir::condcodes::{CondCode, FloatCC, IntCC};
use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, JumpTableData, MemFlagsData, Type, Value, types,
};
use cranelift_frontend::FunctionBuilder;

use super::translate::Translator;
use vbc_core::isa::{Inst, Trap};

/// The four divisions of integers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Division {
    Signed,
    Unsigned,
    SignedRemainder,
    UnsignedRemainder,
}

/// The operations whose overflow can be a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    Add,
    Sub,
    Mul,
}

impl<'p> Translator<'p, '_> {
    /// Sources `x` and `y` of an instruction; the latter may be a constant.
    fn sources(&mut self, inst: &Inst<'_>) -> (Value, Value) {
        let x = self.get(inst.src(0));
        let y = match inst.constant() {
            Some(value) => self.integer(self.b.func.dfg.value_type(x), value),
            None => self.get(inst.src(1)),
        };
        (x, y)
    }

    /// LOAD_CONST of an integer type.
    pub(super) fn integer_constant(&mut self, inst: &Inst<'_>, ty: Type) {
        let value = self.integer(ty, inst.constant().unwrap_or(0));
        self.set(inst.dst(), value);
    }

    /// A constant of an integer type.
    fn integer(&mut self, ty: Type, value: i64) -> Value {
        let bits = match ty {
            types::I32 => i64::from(value as u32),
            _ => value,
        };
        self.b.ins().iconst(ty, bits)
    }

    pub(super) fn binary(
        &mut self,
        inst: &Inst<'_>,
        f: impl FnOnce(&mut FunctionBuilder<'_>, Value, Value) -> Value,
    ) {
        let (x, y) = self.sources(inst);
        let value = f(&mut self.b, x, y);
        self.set(inst.dst(), value);
    }

    pub(super) fn unary(
        &mut self,
        inst: &Inst<'_>,
        f: impl FnOnce(&mut FunctionBuilder<'_>, Value) -> Value,
    ) {
        let x = self.get(inst.src(0));
        let value = f(&mut self.b, x);
        self.set(inst.dst(), value);
    }

    /// Arithmetic that traps when it overflows.
    pub(super) fn checked(&mut self, inst: &Inst<'_>, operation: Checked) {
        let (x, y) = self.sources(inst);
        let b = &mut self.b;
        let (value, overflowed) = match (self.plan.has_flags(), operation) {
            (true, Checked::Add) => b.ins().sadd_overflow(x, y),
            (true, Checked::Sub) => b.ins().ssub_overflow(x, y),
            (true, Checked::Mul) => b.ins().smul_overflow(x, y),
            (false, _) => self.compared(operation, x, y),
        };
        self.trap_if(overflowed, Trap::IntegerOverflow);
        self.set(inst.dst(), value);
    }

    /// A result, and whether it overflowed, which is seen from the signs, or from the upper half of a product.
    fn compared(&mut self, operation: Checked, x: Value, y: Value) -> (Value, Value) {
        let ins = |b: &mut FunctionBuilder<'_>, x, y| match operation {
            Checked::Add => b.ins().iadd(x, y),
            Checked::Sub => b.ins().isub(x, y),
            Checked::Mul => b.ins().imul(x, y),
        };
        let differ_both =
            |b: &mut FunctionBuilder<'_>, one: (Value, Value), other: (Value, Value)| {
                let one = b.ins().bxor(one.0, one.1);
                let other = b.ins().bxor(other.0, other.1);
                let both = b.ins().band(one, other);
                b.ins().icmp_imm_s(IntCC::SignedLessThan, both, 0)
            };
        let b = &mut self.b;
        let value = ins(b, x, y);
        let overflowed = match (operation, b.func.dfg.value_type(x)) {
            (Checked::Mul, types::I32) => {
                let [x, y, narrow] = [x, y, value].map(|value| b.ins().sextend(types::I64, value));
                let wide = b.ins().imul(x, y);
                b.ins().icmp(IntCC::NotEqual, wide, narrow)
            }
            (Checked::Mul, _) => {
                let upper = b.ins().smulhi(x, y);
                let signs = b.ins().sshr_imm_u(value, 63);
                b.ins().icmp(IntCC::NotEqual, upper, signs)
            }
            // The sum has another sign than both.
            (Checked::Add, _) => differ_both(b, (value, x), (value, y)),
            // The difference has another sign than the first, which has another than the second.
            (Checked::Sub, _) => differ_both(b, (value, x), (x, y)),
        };
        (value, overflowed)
    }

    pub(super) fn divide(&mut self, inst: &Inst<'_>, division: Division) {
        let (x, y) = self.sources(inst);
        if !self.plan.options.signals {
            let zero = self.b.ins().icmp_imm_u(IntCC::Equal, y, 0);
            self.trap_if(zero, Trap::IntegerDivideByZero);
            if division == Division::Signed {
                let ty = self.b.func.dfg.value_type(x);
                let least = self.integer(
                    ty,
                    if ty == types::I32 {
                        i32::MIN.into()
                    } else {
                        i64::MIN
                    },
                );
                let least = self.b.ins().icmp(IntCC::Equal, x, least);
                let one = self.b.ins().icmp_imm_s(IntCC::Equal, y, -1);
                let overflows = self.b.ins().band(least, one);
                self.trap_if(overflows, Trap::IntegerOverflow);
            }
        }
        let ins = self.b.ins();
        let value = match division {
            Division::Signed => ins.sdiv(x, y),
            Division::Unsigned => ins.udiv(x, y),
            Division::SignedRemainder => ins.srem(x, y),
            Division::UnsignedRemainder => ins.urem(x, y),
        };
        self.set(inst.dst(), value);
    }

    pub(super) fn compare(&mut self, inst: &Inst<'_>, condition: IntCC) {
        let (x, y) = self.sources(inst);
        let truth = self.b.ins().icmp(condition, x, y);
        let truth = self.b.ins().uextend(types::I32, truth);
        self.set(inst.dst(), truth);
    }

    pub(super) fn compare_floats(&mut self, inst: &Inst<'_>, condition: FloatCC) {
        let (x, y) = self.sources(inst);
        let truth = self.b.ins().fcmp(condition, x, y);
        let truth = self.b.ins().uextend(types::I32, truth);
        self.set(inst.dst(), truth);
    }

    /// The low bits of a register, as many as `ty` has, sign-extended.
    pub(super) fn extend_low(&mut self, inst: &Inst<'_>, ty: Type) {
        let x = self.get(inst.src(0));
        let whole = self.b.func.dfg.value_type(x);
        let low = self.b.ins().ireduce(ty, x);
        let value = self.b.ins().sextend(whole, low);
        self.set(inst.dst(), value);
    }

    pub(super) fn float(
        &mut self,
        inst: &Inst<'_>,
        f: impl FnOnce(&mut FunctionBuilder<'_>, Value, Value) -> Value,
    ) {
        let (x, y) = self.sources(inst);
        let value = f(&mut self.b, x, y);
        let value = self.canonical(value);
        self.set(inst.dst(), value);
    }

    pub(super) fn float_unary(
        &mut self,
        inst: &Inst<'_>,
        f: impl FnOnce(&mut FunctionBuilder<'_>, Value) -> Value,
    ) {
        let x = self.get(inst.src(0));
        let value = f(&mut self.b, x);
        let value = self.canonical(value);
        self.set(inst.dst(), value);
    }

    /// The number; the positive quiet NaN without payload for any NaN, where that is asked for.
    pub(super) fn canonical(&mut self, value: Value) -> Value {
        if !self.plan.options.canonical_nans {
            return value;
        }
        let nan = match self.b.func.dfg.value_type(value) {
            types::F32 => self.b.ins().f32const(f32::from_bits(0x7fc0_0000)),
            _ => self.b.ins().f64const(f64::from_bits(0x7ff8_0000_0000_0000)),
        };
        let is_nan = self.b.ins().fcmp(FloatCC::Unordered, value, value);
        self.b.ins().select(is_nan, nan, value)
    }

    /// TO_INT and TO_INT_U.
    pub(super) fn float_to_int(&mut self, inst: &Inst<'_>, ty: Type, signed: bool) {
        let x = self.get(inst.src(0));
        if self.plan.options.signals {
            let ins = self.b.ins();
            let value = match signed {
                true => ins.fcvt_to_sint(ty, x),
                false => ins.fcvt_to_uint(ty, x),
            };
            return self.set(inst.dst(), value);
        }
        let nan = self.b.ins().fcmp(FloatCC::Unordered, x, x);
        self.trap_if(nan, Trap::InvalidConversion);
        let (low, high) = self.bounds(self.b.func.dfg.value_type(x), ty, signed);
        let small = self.b.ins().fcmp(FloatCC::LessThanOrEqual, x, low);
        self.trap_if(small, Trap::IntegerOverflow);
        let large = self.b.ins().fcmp(FloatCC::GreaterThanOrEqual, x, high);
        self.trap_if(large, Trap::IntegerOverflow);
        let ins = self.b.ins();
        let value = match signed {
            true => ins.fcvt_to_sint_sat(ty, x),
            false => ins.fcvt_to_uint_sat(ty, x),
        };
        self.set(inst.dst(), value);
    }

    /// The largest float that is too small for an integer type, and the smallest that is too large.
    fn bounds(&mut self, float: Type, ty: Type, signed: bool) -> (Value, Value) {
        let bits = ty.bits();
        let high = match signed {
            true => 2_f64.powi(bits as i32 - 1),
            false => 2_f64.powi(bits as i32),
        };
        let low = match (signed, float) {
            (false, _) => -1.0,
            (true, types::F32) => f64::from((-high as f32).next_down()),
            (true, _) if bits == 32 => -high - 1.0,
            (true, _) => (-high).next_down(),
        };
        match float {
            types::F32 => (
                self.b.ins().f32const(low as f32),
                self.b.ins().f32const(high as f32),
            ),
            _ => (self.b.ins().f64const(low), self.b.ins().f64const(high)),
        }
    }

    pub(super) fn reinterpret(&mut self, inst: &Inst<'_>, ty: Type) {
        let x = self.get(inst.src(0));
        let value = self.b.ins().bitcast(ty, MemFlagsData::new(), x);
        self.set(inst.dst(), value);
    }

    pub(super) fn select(&mut self, inst: &Inst<'_>) {
        let condition = self.get(inst.src(0));
        let (x, y) = (self.get(inst.src(1)), self.get(inst.src(2)));
        let value = self.b.ins().select(condition, x, y);
        self.set(inst.dst(), value);
    }

    pub(super) fn ref_is_null(&mut self, inst: &Inst<'_>) {
        let reference = self.get(inst.src(0));
        let truth = self.b.ins().icmp_imm_u(IntCC::Equal, reference, 0);
        let truth = self.b.ins().uextend(types::I32, truth);
        self.set(inst.dst(), truth);
    }

    /// IF and, unless `when`, IF_NOT.
    pub(super) fn branch_if(&mut self, inst: &Inst<'_>, at: usize, when: bool) {
        let register = inst.src(0);
        let distance = inst.distance();
        self.branch(at, distance, inst.words.len(), |this, negated| {
            let value = this.get(register);
            match when != negated {
                true => value,
                false => this.b.ins().icmp_imm_u(IntCC::Equal, value, 0),
            }
        });
    }

    pub(super) fn compare_and_branch(&mut self, inst: &Inst<'_>, at: usize, condition: IntCC) {
        let (x, y) = self.sources(inst);
        let distance = inst.distance();
        self.branch(at, distance, inst.words.len(), |this, negated| {
            let condition = match negated {
                true => condition.complement(),
                false => condition,
            };
            this.b.ins().icmp(condition, x, y)
        });
    }

    /// SWITCH.
    pub(super) fn switch(&mut self, inst: &Inst<'_>, at: usize) {
        let index = self.get(inst.src(0));
        let targets = inst.targets();
        // Only paths back have blocks of their own.
        let mut ways: BTreeMap<usize, Block> = BTreeMap::new();
        let blocks: Vec<Block> = targets
            .iter()
            .map(|&distance| {
                let target = at.wrapping_add_signed(distance as isize);
                match target <= at {
                    true => *ways.entry(target).or_insert_with(|| self.way(at, target)),
                    false => self.way(at, target),
                }
            })
            .collect();
        let Some((&default, listed)) = blocks.split_last() else {
            return;
        };
        let index = match self.b.func.dfg.value_type(index) {
            types::I64 => {
                let most = self.b.ins().iconst(types::I64, listed.len() as i64);
                let index = self.b.ins().umin(index, most);
                self.b.ins().ireduce(types::I32, index)
            }
            _ => index,
        };
        let none: [BlockArg; 0] = [];
        let pool = &mut self.b.func.dfg.value_lists;
        let mut call = |block| cranelift_codegen::ir::BlockCall::new(block, none, pool);
        let default = call(default);
        let listed: Vec<_> = listed.iter().map(|&block| call(block)).collect();
        let table = self
            .b
            .create_jump_table(JumpTableData::new(default, &listed));
        self.b.ins().br_table(index, table);
        for (target, way) in ways {
            self.pay_on(at, target, way);
        }
        self.end();
    }
}
