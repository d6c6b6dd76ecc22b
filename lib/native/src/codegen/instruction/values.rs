//! Constants, moves, references and addresses.

use cranelift_codegen::ir::{InstBuilder, types};

use super::super::translate::Translator;
use vbc_core::isa::{Inst, ValueOp as Op};

impl<'p> Translator<'p, '_> {
    /// Translates an instruction of the family.
    pub(super) fn value(&mut self, op: Op, inst: &Inst<'p>) {
        match op {
            Op::ConstI32 => self.integer_constant(inst, types::I32),
            Op::ConstI64 => self.integer_constant(inst, types::I64),
            Op::ConstF32 => {
                let bits = inst.constant().unwrap_or(0) as u32;
                let value = self.b.ins().f32const(f32::from_bits(bits));
                self.set(inst.dst(), value);
            }
            Op::ConstF64 => {
                let bits = inst.constant().unwrap_or(0) as u64;
                let value = self.b.ins().f64const(f64::from_bits(bits));
                self.set(inst.dst(), value);
            }
            Op::Move => {
                let value = self.get(inst.src(0));
                self.set(inst.dst(), value);
            }
            Op::Select => self.select(inst),
            Op::RefNull => {
                let value = self.b.ins().iconst(types::I64, 0);
                self.set(inst.dst(), value);
            }
            Op::RefFunc => {
                let value = i64::from(inst.func()) + 1;
                let value = self.b.ins().iconst(types::I64, value);
                self.set(inst.dst(), value);
            }
            Op::RefIsNull => self.ref_is_null(inst),
            Op::DataAddr => self.data_address(inst),
        }
    }
}
