//! Calls and tail calls.

use wasmparser::Operator;

use super::super::build::Builder;
use super::super::ir::{Kind, List, Term};
use super::pair;
use vbc_core::isa::Op;

impl Builder<'_> {
    /// Calls and tail calls.
    #[expect(clippy::wildcard_enum_match_arm, reason = "called with calls only")]
    pub(super) fn call(&mut self, operator: &Operator<'_>) -> bool {
        match *operator {
            Operator::Call { function_index } => {
                let ty = self.env.functions[function_index as usize].ty;
                self.calls(Op::Call, ty, false, function_index.into());
            }
            Operator::CallIndirect {
                type_index,
                table_index,
            } => self.calls(
                Op::CallIndirect,
                type_index,
                true,
                pair(table_index, type_index),
            ),
            Operator::ReturnCall { function_index } => {
                let ty = self.env.functions[function_index as usize].ty;
                self.calls(Op::TailCall, ty, false, function_index.into());
                self.finish(Term::Stop);
            }
            Operator::ReturnCallIndirect {
                type_index,
                table_index,
            } => {
                let indexes = pair(table_index, type_index);
                self.calls(Op::TailCallIndirect, type_index, true, indexes);
                self.finish(Term::Stop);
            }
            _ => return false,
        }
        true
    }

    fn calls(&mut self, op: Op, ty: u32, indirect: bool, imm: i64) {
        let env = self.env;
        let ty = &env.types[ty as usize];
        let count = ty.params.len() + usize::from(indirect);
        let list: List = self.push_list(count);
        self.stack.truncate(self.stack.len() - count);
        self.emit(Kind::List(list), op, imm);
        if matches!(op, Op::TailCall | Op::TailCallIndirect) {
            return;
        }
        for &ty in &ty.results {
            let value = self.result_of_call(ty);
            self.push(value);
        }
    }
}
