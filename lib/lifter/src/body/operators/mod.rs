//! What each operator becomes, a family in a file; control flow is in [`super::control`].

mod calls;
mod shapes;
mod state;

use wasmparser::Operator;

use super::BodyError;
use super::build::Builder;
use super::ir::Value;
use shapes::shape;
use vbc_core::isa::ValType;

const NONE: Value = Value::NONE;

/// Two indexes as [`super::ir::Inst::imm`] holds them.
fn pair(first: u32, second: u32) -> i64 {
    (u64::from(first) | u64::from(second) << 32) as i64
}

impl Builder<'_> {
    /// Translates an operator that is reached. Returns false for one without VITBC code.
    ///
    /// # Errors
    ///
    /// [`BodyError`] as documented for the operator's own method.
    #[expect(clippy::wildcard_enum_match_arm, reason = "the table has the others")]
    pub fn operator(&mut self, operator: &Operator<'_>) -> Result<bool, BodyError> {
        match operator {
            Operator::LocalGet { local_index } => {
                let value = self.get_local(*local_index);
                self.push(value);
            }
            Operator::LocalSet { local_index } => {
                let value = self.pop();
                self.put_local(*local_index, value);
            }
            Operator::LocalTee { local_index } => {
                let value = self.pop();
                self.put_local(*local_index, value);
                self.push(value);
            }
            Operator::I32Const { value } => self.push_constant(ValType::I32, (*value).into()),
            Operator::I64Const { value } => self.push_constant(ValType::I64, *value),
            Operator::F32Const { value } => {
                self.push_constant(ValType::F32, (value.bits() as i32).into());
            }
            Operator::F64Const { value } => self.push_constant(ValType::F64, value.bits() as i64),
            Operator::Block { blockty } => self.block(*blockty),
            Operator::Loop { blockty } => self.begin_loop(*blockty),
            Operator::If { blockty } => self.begin_if(*blockty),
            Operator::Else => self.begin_else(),
            Operator::End => self.end()?,
            Operator::Br { relative_depth } => self.br(*relative_depth),
            Operator::BrIf { relative_depth } => self.br_if(*relative_depth),
            Operator::BrTable { targets } => self.br_table(targets)?,
            Operator::Return => self.emit_return(),
            Operator::Unreachable => self.unreachable(),
            Operator::Nop => {}
            Operator::Drop => {
                self.pop();
            }
            Operator::Select | Operator::TypedSelect { .. } => {
                let (cond, y, x) = (self.pop(), self.pop(), self.pop());
                let value = self.select(cond, x, y);
                self.push(value);
            }
            _ => match shape(operator) {
                Some(shape) => self.shaped(shape),
                None => return Ok(self.call(operator) || self.state(operator)),
            },
        }
        Ok(true)
    }

    fn push_constant(&mut self, ty: ValType, bits: i64) {
        let value = self.constant(ty, bits);
        self.push(value);
    }
}
