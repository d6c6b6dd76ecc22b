//! Globals, tables, segments and whole memories.

use wasmparser::Operator;

use super::super::build::Builder;
use super::{NONE, pair};
use vbc_core::isa::{Op, ValType};

impl Builder<'_> {
    /// Operators on globals, tables, segments and whole memories.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "operators of proposals are refused before"
    )]
    pub(super) fn state(&mut self, operator: &Operator<'_>) -> bool {
        let env = self.env;
        let addr = env.memory.unwrap_or(ValType::I32);
        let index_of = |table: u32| env.tables[table as usize].index;
        let elem_of = |table: u32| env.tables[table as usize].elem;
        let (op, operands, ty, imm) = match *operator {
            Operator::GlobalGet { global_index } => {
                let ty = env.globals[global_index as usize].1;
                (Op::GlobalGet, 0, Some(ty), global_index.into())
            }
            Operator::GlobalSet { global_index } => (Op::GlobalSet, 1, None, global_index.into()),
            Operator::RefNull { hty } => {
                let is_func = wasmparser::HeapType::FUNC == hty;
                let ty = if is_func {
                    ValType::FUNCREF
                } else {
                    ValType::EXTERNREF
                };
                self.push_constant(ty, 0);
                return true;
            }
            Operator::RefFunc { function_index } => (
                Op::RefFunc,
                0,
                Some(ValType::FUNCREF),
                function_index.into(),
            ),
            Operator::TableGet { table } => (Op::TableGet, 1, Some(elem_of(table)), table.into()),
            Operator::TableSet { table } => (Op::TableSet, 2, None, table.into()),
            Operator::TableSize { table } => {
                (Op::TableSize, 0, Some(index_of(table)), table.into())
            }
            Operator::TableGrow { table } => {
                (Op::TableGrow, 2, Some(index_of(table)), table.into())
            }
            Operator::TableFill { table } => (Op::TableFill, 3, None, table.into()),
            Operator::TableCopy {
                dst_table,
                src_table,
            } => (Op::TableCopy, 3, None, pair(dst_table, src_table)),
            Operator::TableInit { elem_index, table } => {
                (Op::TableInit, 3, None, pair(table, elem_index))
            }
            Operator::ElemDrop { elem_index } => (Op::ElemDrop, 0, None, elem_index.into()),
            Operator::MemorySize { .. } => (Op::MemorySize, 0, Some(addr), 0),
            Operator::MemoryGrow { .. } => (Op::MemoryGrow, 1, Some(addr), 0),
            Operator::MemoryCopy { .. } => (Op::MemoryCopy, 3, None, 0),
            Operator::MemoryFill { .. } => (Op::MemoryFill, 3, None, 0),
            Operator::MemoryInit { data_index, .. } => (Op::MemoryInit, 3, None, data_index.into()),
            Operator::DataDrop { data_index } => (Op::DataDrop, 0, None, data_index.into()),
            _ => return false,
        };
        let mut uses = [NONE; 3];
        for place in uses[..operands].iter_mut().rev() {
            *place = self.pop();
        }
        let value = self.operation(op, ty, uses, imm);
        if ty.is_some() {
            self.push(value);
        }
        true
    }
}
