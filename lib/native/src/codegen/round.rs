//! CEIL, FLOOR, TRUNC and NEAREST where the processor has no instruction for them.
//!
//! Calling C's functions instead would make the result depend on whose they are: some return a signalling NaN as it is.

use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, Type, Value, types};
use cranelift_codegen::isa::TargetIsa;

use super::translate::Translator;
use vbc_core::isa::Inst;

/// To which integer a float is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// The smallest that is not less.
    Ceil,
    /// The largest that is not greater.
    Floor,
    /// The one next to it towards zero.
    Trunc,
    /// The nearest, the even one of two.
    Nearest,
}

/// Whether code for `isa` has instructions that round: on x86-64, those of SSE4.1.
pub(super) fn has_instructions(isa: &dyn TargetIsa) -> bool {
    let mut flags = isa.isa_flags().into_iter();
    match flags.find(|flag| flag.name == "has_sse41") {
        Some(flag) => flag.as_bool().unwrap_or(false),
        None => true,
    }
}

impl Translator<'_, '_> {
    /// CEIL, FLOOR, TRUNC, NEAREST.
    pub(super) fn round(&mut self, inst: &Inst<'_>, rounding: Rounding) {
        let x = self.get(inst.src(0));
        let ins = self.b.ins();
        let value = match (self.plan.rounds, rounding) {
            (true, Rounding::Ceil) => ins.ceil(x),
            (true, Rounding::Floor) => ins.floor(x),
            (true, Rounding::Trunc) => ins.trunc(x),
            (true, Rounding::Nearest) => ins.nearest(x),
            (false, _) => self.rounded(x, rounding),
        };
        let value = self.canonical(value);
        self.set(inst.dst(), value);
    }

    /// Rounds by arithmetic. From `1 / EPSILON` on a float is an integer; a smaller one plus that number is rounded
    /// to the nearest integer by the addition, and the subtraction is exact.
    fn rounded(&mut self, x: Value, rounding: Rounding) -> Value {
        let ty = self.b.func.dfg.value_type(x);
        let large = match ty {
            types::F32 => 1.0 / f64::from(f32::EPSILON),
            _ => 1.0 / f64::EPSILON,
        };
        let large = self.float_constant(ty, large);
        let magnitude = self.b.ins().fabs(x);
        let sum = self.b.ins().fadd(magnitude, large);
        let nearest = self.b.ins().fsub(sum, large);
        let value = match rounding {
            Rounding::Nearest => nearest,
            Rounding::Trunc => {
                let beyond = (FloatCC::GreaterThan, nearest, magnitude);
                self.corrected(nearest, beyond, -1.0)
            }
            Rounding::Floor => {
                let nearest = self.b.ins().fcopysign(nearest, x);
                self.corrected(nearest, (FloatCC::GreaterThan, nearest, x), -1.0)
            }
            Rounding::Ceil => {
                let nearest = self.b.ins().fcopysign(nearest, x);
                self.corrected(nearest, (FloatCC::LessThan, nearest, x), 1.0)
            }
        };
        // What is rounded to zero keeps its sign.
        let value = self.b.ins().fcopysign(value, x);
        let small = self.b.ins().fcmp(FloatCC::LessThan, magnitude, large);
        // The subtraction changes nothing but signalling NaNs, which become quiet.
        let zero = self.float_constant(ty, 0.0);
        let same = self.b.ins().fsub(x, zero);
        self.b.ins().select(small, value, same)
    }

    /// `value`, plus `step` when the comparison holds.
    fn corrected(&mut self, value: Value, when: (FloatCC, Value, Value), step: f64) -> Value {
        let ty = self.b.func.dfg.value_type(value);
        let (condition, x, y) = when;
        let wrong = self.b.ins().fcmp(condition, x, y);
        let step = self.float_constant(ty, step);
        let other = self.b.ins().fadd(value, step);
        self.b.ins().select(wrong, other, value)
    }

    fn float_constant(&mut self, ty: Type, value: f64) -> Value {
        match ty {
            types::F32 => self.b.ins().f32const(value as f32),
            _ => self.b.ins().f64const(value),
        }
    }
}
