//! Functions: registers, labels, and one statement after another.

use crate::diag::codes::text::*;
use crate::diag::codes::verify::V0170;
use crate::isa::{Trap, ValType};
use crate::module::NONE;
use crate::module::builder::{Arg, FunctionBuilder, Label, Reg};
use crate::text::Span;
use crate::text::interner::Sym;
use crate::text::tree::{
    BodyDirective, DebugMode, Function, Item, Name, NewRegister, Operand, OperandKind, Statement,
    StatementKind,
};

use super::Assembler;

/// A named register of the function at hand.
#[derive(Clone, Copy, Debug)]
pub(super) struct RegEntry {
    pub sym: Sym,
    /// None for one whose definition was wrong: what uses it is not complained about.
    pub reg: Option<Reg>,
    pub span: Span,
    /// Others have the same name.
    pub repeated: bool,
}

#[derive(Clone, Copy, Debug)]
struct LabelEntry {
    sym: Sym,
    label: Label,
    /// Where it is defined.
    defined: Option<Span>,
    /// Where it is used first.
    used: Span,
}

/// From names to entries, for one function at a time: an entry counts if its stamp is the
/// function's.
#[derive(Debug, Default)]
struct BySym(Vec<(u32, u32)>);

impl BySym {
    fn get(&self, sym: Sym, stamp: u32) -> Option<usize> {
        match self.0.get(sym.index()) {
            Some(&(at, entry)) if at == stamp => Some(entry as usize),
            _ => None,
        }
    }

    fn set(&mut self, sym: Sym, stamp: u32, entry: usize) {
        if !sym.is_some() {
            return;
        }
        if self.0.len() <= sym.index() {
            self.0.resize(sym.index() + 1, (0, 0));
        }
        self.0[sym.index()] = (stamp, entry as u32);
    }
}

/// The function at hand.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub f: FunctionBuilder,
    stamp: u32,
    regs_by_sym: BySym,
    regs: Vec<RegEntry>,
    /// By register number, the name that it was defined with.
    numbers: Vec<Sym>,
    labels_by_sym: BySym,
    labels: Vec<LabelEntry>,
    pub params: usize,
    /// Results, none when the function's head could not be read.
    pub results: Option<Vec<ValType>>,
    /// What PRINT of a string uses.
    pub string_regs: Option<(Reg, Reg)>,
}

impl Assembler<'_> {
    /// Lowers all functions.
    pub(super) fn functions(&mut self) {
        let items = std::mem::take(&mut self.tree.items);
        let statements = std::mem::take(&mut self.tree.statements);
        let operands = std::mem::take(&mut self.tree.operands);
        let directives = std::mem::take(&mut self.tree.directives);
        let mut number = 0;
        for item in &items {
            let Item::Function(function) = item else {
                continue;
            };
            let handle = self.functions[number];
            number += 1;
            self.sites.begin_function();
            self.begin(function);
            let range = function.statements.start as usize..function.statements.end as usize;
            for at in range.clone() {
                let statement = &statements[at];
                match statement.kind {
                    StatementKind::Directive => {
                        if let Some(directive) = directives.get(statement.operands as usize) {
                            self.body_directive(directive);
                        }
                    }
                    StatementKind::Label => self.define_label(statement),
                    StatementKind::Instruction | StatementKind::Bad => {
                        let first = statement.operands as usize;
                        let own = &operands[first..first + statement.count as usize];
                        self.statement(at as u32, statement, own);
                    }
                }
            }
            self.end(function, statements[range].last());
            let body = std::mem::take(&mut self.body.f);
            self.module.define(handle, body);
        }
        self.tree.items = items;
        self.tree.statements = statements;
        self.tree.operands = operands;
        self.tree.directives = directives;
    }

    fn begin(&mut self, function: &Function) {
        let params: Vec<ValType> = function
            .params
            .iter()
            .map(|&(_, ty)| self.val_type(ty))
            .collect();
        let results = self.function_results(function);
        let body = &mut self.body;
        body.f = FunctionBuilder::new(&params, &results);
        body.stamp += 1;
        body.regs.clear();
        body.numbers.clear();
        body.labels.clear();
        body.params = params.len();
        body.results = (!function.bad_head).then_some(results);
        body.string_regs = None;
        for (number, &(name, _)) in function.params.iter().enumerate() {
            let none = Name {
                sym: Sym::NONE,
                index: None,
                span: function.name.span,
            };
            let reg = self.body.f.param(number as u16);
            self.add_register(name.unwrap_or(none), Some(reg));
        }
    }

    /// Enters a register that has just been made into the name space.
    pub(super) fn add_register(&mut self, name: Name, reg: Option<Reg>) {
        let body = &mut self.body;
        let entry = body.regs.len();
        body.regs.push(RegEntry {
            sym: name.sym,
            reg,
            span: name.span,
            repeated: false,
        });
        let first = body.regs_by_sym.get(name.sym, body.stamp);
        match first {
            Some(first) => {
                body.regs[first].repeated = true;
                let before = body.regs[first].span;
                if name.index.is_none() {
                    let shown = self.show_name(name.sym);
                    self.report
                        .error(
                            &A0012,
                            name.span,
                            format!("register `{shown}` is defined twice"),
                        )
                        .note("the first definition", before);
                }
            }
            None => body.regs_by_sym.set(name.sym, body.stamp, entry),
        }
        let Some(reg) = reg else { return };
        self.body.numbers.push(name.sym);
        self.sites.registers.push(name.span.start);
        if let Some(written) = name.index
            && written != u32::from(reg.number())
        {
            let message = format!("this register has number {}, not {written}", reg.number());
            self.report.error(&A0021, name.span, message);
        }
        if name.sym.is_some() && self.debug != DebugMode::None {
            self.body.f.name(reg, self.names.get(name.sym));
        }
    }

    /// The register that a bare name means, if there is one.
    pub(super) fn find_register(&self, sym: Sym) -> Option<RegEntry> {
        let body = &self.body;
        let entry = body.regs_by_sym.get(sym, body.stamp)?;
        body.regs.get(entry).copied()
    }

    /// The register with a number, if there is one, and its name.
    pub(super) fn numbered_register(&self, number: u32) -> Option<(Reg, Sym)> {
        let &sym = self.body.numbers.get(number as usize)?;
        Some((self.body.f.nth(number as u16)?, sym))
    }

    /// The register that was probably meant.
    pub(super) fn near_register(&mut self, sym: Sym) -> Option<String> {
        let known = self.body.regs.iter().filter(|entry| entry.reg.is_some());
        let names = known.map(|entry| self.names.get(entry.sym));
        self.report.suggest.help(self.names.get(sym), names)
    }

    /// A new register; none when there are too many.
    pub(super) fn new_register(&mut self, name: Name, ty: ValType, zeroed: bool) -> Option<Reg> {
        if self.body.f.reg_count() as u64 >= self.options.limits.registers {
            if !std::mem::replace(&mut self.too_many, true) {
                let most = self.options.limits.registers;
                let message = format!("the function has more than {most} registers");
                self.report.error(&A0026, name.span, message);
            }
            self.bad = true;
            self.add_register(name, None);
            return None;
        }
        let reg = match zeroed {
            true => self.body.f.zeroed_reg(ty),
            false => self.body.f.reg(ty),
        };
        self.add_register(name, Some(reg));
        Some(reg)
    }

    fn body_directive(&mut self, directive: &BodyDirective) {
        match directive {
            BodyDirective::Registers {
                registers,
                ty,
                zeroed,
            } => {
                let ty = self.val_type(*ty);
                if let (true, false, Some(register)) =
                    (*zeroed, ty.has_default(), registers.first())
                {
                    let span = match register {
                        NewRegister::Named(name) => name.span,
                        NewRegister::Unnamed(_, _, span) => *span,
                    };
                    let ty = self.type_text(ty);
                    let message = format!("the registers are zeroed, but {ty} has no null");
                    self.report.error(&V0170, span, message);
                    self.types_are_wrong = true;
                }
                for &register in registers {
                    match register {
                        NewRegister::Named(name) => {
                            self.new_register(name, ty, *zeroed);
                        }
                        NewRegister::Unnamed(first, last, span) => {
                            self.unnamed_registers(first, last, span, ty, *zeroed);
                        }
                    }
                }
            }
            BodyDirective::Loc(place, span) => {
                if self.debug != DebugMode::Explicit {
                    return self.debug_is_implicit(*span);
                }
                match place {
                    None => self.body.f.no_place(),
                    Some((file, line, column)) => match self.files.get(*file as usize) {
                        Some(&file) => self.body.f.place(file, *line, *column),
                        None => {
                            let message = format!("there is no file {file}");
                            self.report.error(&A0029, *span, message);
                        }
                    },
                }
            }
        }
        self.bad = false;
    }

    fn unnamed_registers(&mut self, first: u32, last: u32, span: Span, ty: ValType, zeroed: bool) {
        let next = self.body.f.reg_count() as u32;
        if first != next || last < first {
            let message = format!("unnamed registers have the next numbers, from %{next} on");
            self.report.error(&A0021, span, message);
            return;
        }
        for number in first..=last {
            let name = Name {
                sym: Sym::NONE,
                index: Some(number),
                span,
            };
            if self.new_register(name, ty, zeroed).is_none() {
                return;
            }
        }
    }

    /// The label that a name means, which may be defined later.
    pub(super) fn label(&mut self, sym: Sym, span: Span) -> Label {
        let body = &mut self.body;
        if let Some(entry) = body.labels_by_sym.get(sym, body.stamp) {
            return body.labels[entry].label;
        }
        let label = body.f.label();
        body.labels_by_sym.set(sym, body.stamp, body.labels.len());
        body.labels.push(LabelEntry {
            sym,
            label,
            defined: None,
            used: span,
        });
        label
    }

    fn define_label(&mut self, statement: &Statement) {
        let length = self.names.get(statement.name).len();
        let start = statement.start as usize;
        let mut span = Span::new(start, start + length);
        if self.text.as_bytes().get(start) == Some(&b'"') {
            span = Span::new(start, start + 1);
        }
        let label = self.label(statement.name, span);
        let body = &mut self.body;
        let Some(entry) = body.labels_by_sym.get(statement.name, body.stamp) else {
            return;
        };
        if let Some(first) = body.labels[entry].defined {
            let shown = self.show_name(statement.name);
            self.report
                .error(&A0012, span, format!("label `{shown}` is defined twice"))
                .note("the first definition", first);
            return;
        }
        body.labels[entry].defined = Some(span);
        body.f.bind(label);
    }

    fn statement(&mut self, at: u32, statement: &Statement, operands: &[Operand]) {
        self.bad = false;
        if let (DebugMode::Text, Some(file)) = (self.debug, self.file) {
            self.body.f.place(file, statement.line, statement.column);
        }
        let before = self.body.f.instructions();
        self.instruction(statement, operands);
        let count = self.body.f.instructions() - before;
        self.sites.add(at, count, self.bad);
    }

    /// What comes at END.
    fn end(&mut self, function: &Function, last: Option<&Statement>) {
        self.bad = false;
        let none = self.body.results.as_ref().is_some_and(Vec::is_empty);
        let label_last = last.is_some_and(|last| last.kind == StatementKind::Label);
        if none && self.body.f.is_open() {
            if let (DebugMode::Text, Some(file)) = (self.debug, self.file) {
                let (line, column) = function.end_at;
                self.body.f.place(file, line, column);
            }
            self.body.f.ret(&[]);
            self.sites.add(NONE, 1, false);
        } else if label_last && let Some(last) = last {
            let start = last.start as usize;
            let span = Span::new(start, start + self.names.get(last.name).len());
            self.error(&A0016, span, "no instruction follows this label");
        }
        self.undefined_labels();
        let known = self.body.results.is_some();
        let unclosed = !known && self.body.f.is_open();
        if self.bad || unclosed || self.body.f.instructions() == 0 {
            // Something that labels without a place can be bound to.
            if !self.bad && known {
                let message = "the function has results, but no instruction";
                self.report.error(&A0023, function.name.span, message);
            }
            self.body
                .f
                .emit(crate::isa::Op::Trap, &[Arg::Trap(Trap::Unreachable)]);
            self.sites.add(NONE, 1, true);
        }
        self.too_many = false;
    }

    fn undefined_labels(&mut self) {
        let missing: Vec<LabelEntry> = self
            .body
            .labels
            .iter()
            .filter(|entry| entry.defined.is_none())
            .copied()
            .collect();
        for entry in missing {
            let known = self.body.labels.iter();
            let known = known.filter(|other| other.defined.is_some());
            let names = known.map(|other| self.names.get(other.sym));
            let help = self.report.suggest.help(self.names.get(entry.sym), names);
            let shown = self.show_name(entry.sym);
            self.error(&A0015, entry.used, format!("there is no label `{shown}`"))
                .maybe_help(help);
            self.body.f.bind(entry.label);
        }
    }
}

impl Operand {
    /// Whether the operand names a register, if it names anything.
    pub(super) fn may_be_register(&self) -> bool {
        matches!(
            self.kind,
            OperandKind::Word | OperandKind::Quoted | OperandKind::Register
        )
    }
}
