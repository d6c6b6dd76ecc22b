//! The initialisers: what happens at instantiation and is not just data.
//!
//! WebAssembly gives globals their values, fills tables, writes active element segments, then active
//! data segments, each in order, and calls the start function. VITBC does the same with constants by
//! itself, before any code. From the first one that must be computed on, all that follows is code,
//! because segments may overlap, and those before one that traps have been written.

use wasmparser::{ConstExpr, Error};

use super::body::TableInfo;
use super::constant::Writer;
use super::layout::Entities;
use vbc_core::isa::{Op, ValType};
use vbc_core::module::builder::{Data, Elem, Func, FunctionBuilder, Global, ModuleBuilder, Reg};

/// An initialiser is closed when it has this many words, far below the limit of a function.
const LONG: usize = 1 << 19;

/// The name of the initialisers for people.
const NAME: &str = "<instantiation>";

/// The code of the initialisers so far.
#[derive(Default)]
pub(super) struct Starter {
    writer: Writer,
    full: Vec<FunctionBuilder>,
    /// A table or memory has been written by code.
    begun: bool,
}

impl Starter {
    /// Whether what is written to tables and memory from here on must be code too.
    pub(super) fn has_begun(&self) -> bool {
        self.begun
    }

    /// The global becomes the value of the expression.
    pub(super) fn set_global(
        &mut self,
        global: Global,
        expr: &ConstExpr<'_>,
        entities: &Entities,
    ) -> Result<(), Error> {
        let value = self.writer.expression(expr, entities)?;
        let code = &mut self.writer.code;
        code.emit(Op::GlobalSet, &[global.into(), value.into()]);
        self.end_step(&[value]);
        Ok(())
    }

    /// The table's first `count` elements, which are all, become the value of the expression.
    pub(super) fn fill_table(
        &mut self,
        info: TableInfo,
        count: u64,
        expr: &ConstExpr<'_>,
        entities: &Entities,
    ) -> Result<(), Error> {
        self.begun = true;
        let writer = &mut self.writer;
        let value = writer.expression(expr, entities)?;
        let start = writer.constant(info.index, 0);
        let count = writer.constant(info.index, count);
        let operands = [info.table.into(), start.into(), value.into(), count.into()];
        writer.code.emit(Op::TableFill, &operands);
        self.end_step(&[value, start, count]);
        Ok(())
    }

    /// The segment of `count` items is copied to the table and dropped. `computed` are items that
    /// it holds null for.
    pub(super) fn init_table(
        &mut self,
        info: TableInfo,
        elem: Elem,
        count: u32,
        offset: &ConstExpr<'_>,
        computed: &[(u64, ConstExpr<'_>)],
        entities: &Entities,
    ) -> Result<(), Error> {
        self.begun = true;
        let writer = &mut self.writer;
        let target = writer.expression(offset, entities)?;
        let from = writer.constant(ValType::I32, 0);
        let length = writer.constant(ValType::I32, count.into());
        let operands = [
            info.table.into(),
            elem.into(),
            target.into(),
            from.into(),
            length.into(),
        ];
        // Nothing is written when not all fits.
        writer.code.emit(Op::TableInit, &operands);
        writer.code.emit(Op::ElemDrop, &[elem.into()]);
        self.end_step(&[target, from, length]);
        for (number, expr) in computed {
            let writer = &mut self.writer;
            let index = writer.expression(offset, entities)?;
            let step = writer.constant(info.index, *number);
            let code = &mut writer.code;
            code.op("ADD", &[index.into(), index.into(), step.into()]);
            let value = writer.expression(expr, entities)?;
            let operands = [info.table.into(), index.into(), value.into()];
            writer.code.emit(Op::TableSet, &operands);
            self.end_step(&[index, step, value]);
        }
        Ok(())
    }

    /// The passive row of `length` bytes is copied to memory and dropped.
    pub(super) fn init_memory(
        &mut self,
        data: Data,
        length: u32,
        offset: &ConstExpr<'_>,
        entities: &Entities,
    ) -> Result<(), Error> {
        self.begun = true;
        let writer = &mut self.writer;
        let target = writer.expression(offset, entities)?;
        let from = writer.constant(ValType::I32, 0);
        let length = writer.constant(ValType::I32, length.into());
        let operands = [data.into(), target.into(), from.into(), length.into()];
        writer.code.emit(Op::MemoryInit, &operands);
        writer.code.emit(Op::DataDrop, &[data.into()]);
        self.end_step(&[target, from, length]);
        Ok(())
    }

    /// Ends what one thing takes: its registers are free again, and what follows may belong to another
    /// function.
    fn end_step(&mut self, registers: &[Reg]) {
        for &register in registers {
            self.writer.release(register);
        }
        self.close_if_long();
    }

    fn close_if_long(&mut self) {
        if self.writer.code.words() >= LONG {
            self.close();
        }
    }

    fn close(&mut self) {
        let mut code = std::mem::take(&mut self.writer).code;
        if code.words() > 0 {
            code.ret(&[]);
            self.full.push(code);
        }
    }

    /// Adds the initialisers, the start function last.
    pub(super) fn finish(mut self, start: Option<Func>, names: bool, to: &mut ModuleBuilder) {
        self.close();
        for code in self.full {
            let func = to.declare(&code.func_type());
            to.define(func, code);
            to.initialiser(func);
            if names {
                to.debug_name(func, NAME);
            }
        }
        if let Some(start) = start {
            to.initialiser(start);
        }
    }
}
