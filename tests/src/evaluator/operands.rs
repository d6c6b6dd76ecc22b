//! Reading and writing an instruction's operands.

use vbc::isa::decode::Value as Raw;
use vbc::isa::{Inst, Role, ValType};

use super::integer::{self, Sign};
use super::value::Value;
use super::{Evaluator, Fault, Frame};

impl Frame<'_> {
    /// What register `number` holds.
    pub(super) fn get(&self, number: u16) -> Result<Value, Fault> {
        let register = self.registers.get(usize::from(number)).copied();
        register
            .ok_or_else(|| format!("function {}: register {number}", self.function))?
            .ok_or_else(|| {
                format!(
                    "function {}, word {}: register {number} is read before it is written",
                    self.function, self.at
                )
            })
    }

    /// Writes register `number`.
    pub(super) fn set(&mut self, number: u16, value: Value) -> Result<(), Fault> {
        let (function, at) = (self.function, self.at);
        match self.types.get(usize::from(number)) {
            Some(&ty) if self.typing.fits(value, ty) => {
                self.registers[usize::from(number)] = Some(value);
                Ok(())
            }
            ty => Err(format!(
                "function {function}, word {at}: {value:?} into register {number} of {ty:?}"
            )),
        }
    }
}

impl Evaluator<'_> {
    /// The value of operand number `n` of the row: a register's, or a constant.
    pub(super) fn operand(&self, inst: &Inst<'_>, n: usize) -> Result<Value, Fault> {
        let operand = &inst.operands()[n];
        match (inst.value(operand), operand.role) {
            (Raw::Reg(number), Role::Src(_)) => self.frame.get(number),
            (Raw::Imm(bits), Role::Imm(ty)) => {
                Value::number(ty, bits as u64).ok_or_else(|| "a reference constant".to_owned())
            }
            (other, _) => Err(format!("operand {n} of {}: {other:?}", inst.info().name)),
        }
    }

    /// Writes the destination, which is the first operand of every row that has one.
    pub(super) fn put(&mut self, inst: &Inst<'_>, value: Value) -> Result<(), Fault> {
        debug_assert!(matches!(inst.operands()[0].role, Role::Dst(_)));
        self.frame.set(inst.dst(), value)
    }

    /// Operand `n`, an integer of `width` bits.
    pub(super) fn int(
        &self,
        inst: &Inst<'_>,
        n: usize,
        width: u32,
        sign: Sign,
    ) -> Result<i128, Fault> {
        match (self.operand(inst, n)?, width) {
            (Value::I32(x), 32) => Ok(integer::read(u64::from(x as u32), 32, sign)),
            (Value::I64(x), 64) => Ok(integer::read(x as u64, 64, sign)),
            (other, _) => Err(format!("{other:?} as integer of {width} bits")),
        }
    }

    /// Writes the low `width` bits of an integer to the destination.
    pub(super) fn put_int(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        value: i128,
    ) -> Result<(), Fault> {
        let value = match width {
            32 => Value::I32(value as i32),
            _ => Value::I64(value as i64),
        };
        self.put(inst, value)
    }

    /// Operand `n`, a float, as f64.
    pub(super) fn float(&self, inst: &Inst<'_>, n: usize, width: u32) -> Result<f64, Fault> {
        match (self.operand(inst, n)?, width) {
            (Value::F32(bits), 32) => Ok(f64::from(f32::from_bits(bits))),
            (Value::F64(bits), 64) => Ok(f64::from_bits(bits)),
            (other, _) => Err(format!("{other:?} as float of {width} bits")),
        }
    }

    /// Rounds a number to `width` bits and writes it to the destination; a NaN is the canonical
    /// one, which is what the engines are told to produce where they are compared.
    pub(super) fn put_float(
        &mut self,
        inst: &Inst<'_>,
        width: u32,
        value: f64,
    ) -> Result<(), Fault> {
        let value = match width {
            32 => Value::F32((value as f32).to_bits()),
            _ => Value::F64(value.to_bits()),
        };
        self.put(inst, value.canonical())
    }

    /// The bits of operand `n`, a float.
    pub(super) fn float_bits(&self, inst: &Inst<'_>, n: usize) -> Result<u64, Fault> {
        match self.operand(inst, n)? {
            Value::F32(bits) => Ok(u64::from(bits)),
            Value::F64(bits) => Ok(bits),
            other => Err(format!("{other:?} as float")),
        }
    }

    /// Operand `n`, an address, index or length in whatever type it has, unsigned.
    pub(super) fn unsigned(&self, inst: &Inst<'_>, n: usize) -> Result<u64, Fault> {
        match self.operand(inst, n)? {
            Value::I32(x) => Ok(u64::from(x as u32)),
            Value::I64(x) => Ok(x as u64),
            other => Err(format!("{other:?} as an index")),
        }
    }

    /// Writes an index or size in `ty` to the destination, -1 for none.
    pub(super) fn put_index(
        &mut self,
        inst: &Inst<'_>,
        ty: ValType,
        value: Option<u64>,
    ) -> Result<(), Fault> {
        let value = value.unwrap_or(u64::MAX);
        self.put(
            inst,
            Value::number(ty, value).ok_or("an index in a reference")?,
        )
    }

    /// The index in operand number `n`: of a function, table, global, segment.
    pub(super) fn index(&self, inst: &Inst<'_>, n: usize) -> Result<u32, Fault> {
        let operand = &inst.operands()[n];
        match inst.value(operand) {
            Raw::Index(index) => Ok(index),
            other => Err(format!("operand {n} of {}: {other:?}", inst.info().name)),
        }
    }

    /// The branch distance.
    pub(super) fn label(&self, inst: &Inst<'_>) -> Result<i32, Fault> {
        let mut values = inst.operands().iter().map(|operand| inst.value(operand));
        let label = values.find_map(|value| match value {
            Raw::Label(distance) => Some(distance),
            _ => None,
        });
        label.ok_or_else(|| format!("{} has no target", inst.info().name))
    }
}
