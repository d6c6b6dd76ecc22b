//! Pseudo-instructions: what text has its own words for.

use crate::diag::codes::text::*;
use crate::isa::{IndexSpace, Op, ValType};
use crate::module::builder::{Arg, Func, Reg};
use crate::module::support::{self, print_routine, write_routine};
use crate::text::Span;
use crate::text::number::unquote;
use crate::text::tree::{Flag, Name, Operand, OperandKind};

use super::Assembler;
use super::infer::Pseudo;
use super::names::{Detail, Entry};

impl Assembler<'_> {
    pub(super) fn pseudo(&mut self, pseudo: Pseudo, span: Span, operands: &[Operand]) {
        let (word, count) = match pseudo {
            Pseudo::LoadArg => ("LOAD_ARG", 2),
            Pseudo::Print => ("PRINT", 1),
            Pseudo::Write => ("WRITE", 1),
            Pseudo::Alloc => ("ALLOC", 2),
            Pseudo::Free => ("FREE", 1),
        };
        if operands.len() != count {
            self.wrong_count(span, word, count, operands.len());
            if let (2, Some(first)) = (count, operands.first())
                && first.may_be_register()
            {
                let reg = self.destination(first, None, word);
                self.assign(reg);
            }
            return;
        }
        match pseudo {
            Pseudo::LoadArg => self.load_arg(operands),
            Pseudo::Print => self.print(&operands[0], word, true),
            Pseudo::Write => self.print(&operands[0], word, false),
            Pseudo::Alloc => {
                let size = self.source(&operands[1], word);
                let d = self.destination(&operands[0], Some(self.addr), word);
                match (size, d) {
                    (Some(size), Some(d)) => self.call_support("vbc.alloc", &[size], &[d]),
                    (_, d) => self.assign(d),
                }
            }
            Pseudo::Free => {
                if let Some(p) = self.source(&operands[0], word) {
                    self.call_support("vbc.free", &[p], &[]);
                }
            }
        }
    }

    /// LOAD_ARG d, p.
    fn load_arg(&mut self, operands: &[Operand]) {
        let source = self.source(&operands[1], "LOAD_ARG");
        let ty = source.and_then(|reg| self.body.f.reg_type(reg));
        if let Some(reg) = source
            && usize::from(reg.number()) >= self.body.params
        {
            let shown = self.shown(operands[1].span);
            let message = format!("`{shown}` is not a parameter");
            self.error(&A0018, operands[1].span, message)
                .help("MOVE copies any register");
        }
        let d = self.destination(&operands[0], ty, "LOAD_ARG");
        match (source, d, self.bad) {
            (Some(source), Some(d), false) => {
                self.body.f.emit(Op::Move, &[Arg::Reg(d), Arg::Reg(source)]);
            }
            _ => self.assign(d),
        }
    }

    /// PRINT or WRITE of a register or a string.
    fn print(&mut self, operand: &Operand, word: &str, line: bool) {
        if operand.kind == OperandKind::Quoted
            && operand.flag != Flag::Addend
            && operand.index == Operand::NO_INDEX
        {
            match unquote(operand.span.of(self.text)) {
                Ok(mut bytes) => {
                    if line {
                        bytes.push(b'\n');
                    }
                    self.print_string(bytes, operand.span);
                }
                Err(bad) => {
                    let start = operand.span.start as usize + bad.at;
                    self.error(&A0004, Span::new(start, start + bad.length), bad.reason);
                }
            }
            return;
        }
        let Some(reg) = self.source(operand, word) else {
            return;
        };
        let Some(ty) = self.body.f.reg_type(reg) else {
            return;
        };
        let routine = match line {
            true => print_routine(ty),
            false => write_routine(ty),
        };
        let Some(routine) = routine else {
            let message = format!("{word} takes neither references to managed objects nor ptr");
            self.error(&A0018, operand.span, message);
            return;
        };
        self.call_support(routine, &[reg], &[]);
    }

    /// Address and length of a row with the bytes go to two registers that all strings of the function
    /// share.
    fn print_string(&mut self, bytes: Vec<u8>, span: Span) {
        let length = bytes.len() as i64;
        let row = self.string_row(bytes, span);
        let (address, count) = match self.body.string_regs {
            Some(regs) => regs,
            None => {
                let address = self.unnamed(self.addr, span);
                let count = self.unnamed(self.addr, span);
                let (Some(address), Some(count)) = (address, count) else {
                    return;
                };
                self.body.string_regs = Some((address, count));
                (address, count)
            }
        };
        let constant = match self.addr {
            ValType::I32 => Op::ConstI32,
            ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
                Op::ConstI64
            }
        };
        let f = &mut self.body.f;
        f.emit(Op::DataAddr, &[Arg::Reg(address), Arg::Data(row, 0)]);
        f.emit(constant, &[Arg::Reg(count), Arg::Imm(length)]);
        self.call_support("vbc.write_bytes", &[address, count], &[]);
    }

    fn call_support(&mut self, name: &'static str, args: &[Reg], results: &[Reg]) {
        let sym = self.names.intern(name);
        let name = Name {
            sym,
            index: None,
            span: Span::default(),
        };
        if let Some(entry) = self.resolve(IndexSpace::Func, name) {
            let callee = Arg::Func(Func(entry.handle));
            let all = [callee, Arg::Regs(args), Arg::Regs(results)];
            self.body.f.emit(Op::Call, &all);
        }
    }

    /// Declares a support routine that the text uses without declaring it. Undefined symbols of this
    /// kind come after the written ones.
    pub(super) fn support_entry(&mut self, name: &'static str) -> Option<Entry> {
        let routine = support::routine(name)?;
        let ty = routine.func_type(self.addr);
        let func = self.module.import_func(None, name, &ty);
        let entry = Entry {
            sym: self.names.intern(name),
            span: Span::default(),
            handle: func.0,
            detail: Detail::Type(Some(self.module.func_type(&ty))),
            repeated: false,
            unknown: false,
        };
        self.spaces.get_mut(IndexSpace::Func).add(entry);
        Some(entry)
    }
}
