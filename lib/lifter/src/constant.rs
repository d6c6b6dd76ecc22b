//! Constant expressions: those whose value is known now, and code for the others.

use wasmparser::{ConstExpr, Error, HeapType, Operator, RefType};

use super::layout::Entities;
use vbc_core::isa::{Op, ValType};
use vbc_core::module::builder::{Arg, FunctionBuilder, Reg};

/// The value of a constant expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    I32(i32),
    I64(i64),
    /// Bits of an f32.
    F32(u32),
    /// Bits of an f64.
    F64(u64),
    Null(ValType),
    /// A reference to a function, by index.
    Func(u32),
}

impl Value {
    /// An address or an index in a table.
    pub(super) fn offset(self) -> u64 {
        match self {
            Value::I32(value) => u64::from(value as u32),
            Value::I64(value) => value as u64,
            Value::F32(_) | Value::F64(_) | Value::Null(_) | Value::Func(_) => 0,
        }
    }
}

/// The value of a valid constant expression; none when it reads an imported global.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are no constant expressions, which is an error"
)]
pub(super) fn evaluate(expr: &ConstExpr<'_>) -> Result<Option<Value>, Error> {
    let mut stack: Vec<Value> = Vec::new();
    let mut reader = expr.get_operators_reader();
    while !reader.eof() {
        let value = match reader.read()? {
            Operator::I32Const { value } => Value::I32(value),
            Operator::I64Const { value } => Value::I64(value),
            Operator::F32Const { value } => Value::F32(value.bits()),
            Operator::F64Const { value } => Value::F64(value.bits()),
            Operator::RefNull { hty } => Value::Null(null_type(hty)),
            Operator::RefFunc { function_index } => Value::Func(function_index),
            Operator::End => break,
            operator => {
                let (y, x) = (stack.pop(), stack.pop());
                match x.zip(y).and_then(|(x, y)| binary(&operator, x, y)) {
                    Some(value) => value,
                    None => return Ok(None),
                }
            }
        };
        stack.push(value);
    }
    Ok(stack.pop())
}

fn null_type(hty: HeapType) -> ValType {
    match RefType::new(true, hty) {
        Some(ty) if ty.is_extern_ref() => ValType::EXTERNREF,
        _ => ValType::FUNCREF,
    }
}

fn binary(operator: &Operator<'_>, x: Value, y: Value) -> Option<Value> {
    Some(match (operator, x, y) {
        (Operator::I32Add, Value::I32(x), Value::I32(y)) => Value::I32(x.wrapping_add(y)),
        (Operator::I32Sub, Value::I32(x), Value::I32(y)) => Value::I32(x.wrapping_sub(y)),
        (Operator::I32Mul, Value::I32(x), Value::I32(y)) => Value::I32(x.wrapping_mul(y)),
        (Operator::I64Add, Value::I64(x), Value::I64(y)) => Value::I64(x.wrapping_add(y)),
        (Operator::I64Sub, Value::I64(x), Value::I64(y)) => Value::I64(x.wrapping_sub(y)),
        (Operator::I64Mul, Value::I64(x), Value::I64(y)) => Value::I64(x.wrapping_mul(y)),
        _ => return None,
    })
}

/// Writes the code of initialisers, with as few registers as it takes.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) code: FunctionBuilder,
    /// Registers that nobody reads any more.
    free: Vec<(ValType, Reg)>,
}

impl Writer {
    /// A register of the type; it is given back by [`Writer::release`].
    pub(super) fn reg(&mut self, ty: ValType) -> Reg {
        match self.free.iter().position(|&(free, _)| free == ty) {
            Some(at) => self.free.swap_remove(at).1,
            None => self.code.reg(ty),
        }
    }

    /// Declares that the register's value is not read any more.
    pub(super) fn release(&mut self, reg: Reg) {
        if let Some(ty) = self.code.reg_type(reg) {
            self.free.push((ty, reg));
        }
    }

    /// An integer in a register of type i32 or i64.
    pub(super) fn constant(&mut self, ty: ValType, value: u64) -> Reg {
        let reg = self.reg(ty);
        let value = match ty {
            ValType::I32 => i64::from(value as i32),
            ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
                value as i64
            }
        };
        self.code.constant(reg, value);
        reg
    }

    /// Computes a valid constant expression.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others are no constant expressions, which is an error"
    )]
    pub(super) fn expression(
        &mut self,
        expr: &ConstExpr<'_>,
        entities: &Entities,
    ) -> Result<Reg, Error> {
        let mut stack: Vec<Reg> = Vec::new();
        let mut reader = expr.get_operators_reader();
        while !reader.eof() {
            let reg = match reader.read()? {
                Operator::I32Const { value } => self.constant(ValType::I32, value as u64),
                Operator::I64Const { value } => self.constant(ValType::I64, value as u64),
                Operator::F32Const { value } => {
                    self.load(Op::ConstF32, ValType::F32, value.bits().into())
                }
                Operator::F64Const { value } => {
                    self.load(Op::ConstF64, ValType::F64, value.bits() as i64)
                }
                Operator::RefNull { hty } => {
                    let reg = self.reg(null_type(hty));
                    self.code.emit(Op::RefNull, &[reg.into()]);
                    reg
                }
                Operator::RefFunc { function_index } => {
                    let reg = self.reg(ValType::FUNCREF);
                    let func = entities.functions[function_index as usize].func;
                    self.code.emit(Op::RefFunc, &[reg.into(), func.into()]);
                    reg
                }
                Operator::GlobalGet { global_index } => {
                    let (global, ty) = entities.globals[global_index as usize];
                    let reg = self.reg(ty);
                    self.code.emit(Op::GlobalGet, &[reg.into(), global.into()]);
                    reg
                }
                Operator::End => break,
                operator => {
                    let mnemonic = match operator {
                        Operator::I32Add | Operator::I64Add => "ADD",
                        Operator::I32Sub | Operator::I64Sub => "SUB",
                        _ => "MUL",
                    };
                    let Some((y, x)) = stack.pop().zip(stack.pop()) else {
                        break;
                    };
                    self.code.op(mnemonic, &[x.into(), x.into(), y.into()]);
                    self.release(y);
                    x
                }
            };
            stack.push(reg);
        }
        // A valid expression has left one value.
        Ok(stack.pop().unwrap_or(Reg::DISCARD))
    }

    fn load(&mut self, op: Op, ty: ValType, bits: i64) -> Reg {
        let reg = self.reg(ty);
        self.code.emit(op, &[reg.into(), Arg::Imm(bits)]);
        reg
    }
}
