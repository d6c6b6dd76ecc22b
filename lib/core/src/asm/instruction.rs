//! Lowering one instruction.

use crate::diag::codes::text::*;
use crate::isa::{
    Effects, FuncType, IndexSpace, Op, RefType, Single, SyntaxOperand, Trap, Ty, ValType,
};
use crate::module::builder::{Arg, Label, Reg, TypeId, form_of};
use crate::text::Span;
use crate::text::lexer::{Lexer, TokenKind};
use crate::text::tree::{Operand, OperandKind, Statement, StatementKind};

use super::Assembler;
use super::infer::{Mnemonic, positions};
use super::names::Detail;
use super::operand::into_register;

impl Assembler<'_> {
    /// Lowers one instruction, or, when something about it is wrong, assigns its destinations, so that
    /// nothing else is complained about on account of it.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the operands of all others are as their rows say"
    )]
    pub(super) fn instruction(&mut self, statement: &Statement, operands: &[Operand]) {
        let start = statement.start as usize;
        let span = Span::new(start, start + self.names.get(statement.name).len());
        let mnemonic = self.mnemonic(statement.name);
        if statement.kind == StatementKind::Bad {
            self.bad = true;
            self.stand_in(&mnemonic, operands);
            self.excuse_words(start);
            return;
        }
        match &*mnemonic {
            Mnemonic::Unknown(types) => {
                self.unknown_mnemonic(statement.name, span, *types);
                self.stand_in(&mnemonic, operands);
            }
            Mnemonic::Pseudo(pseudo) => self.pseudo(*pseudo, span, operands),
            Mnemonic::Op(groups) => match groups[0] {
                Op::Call | Op::TailCall => self.call(groups[0], span, operands),
                Op::CallIndirect | Op::TailCallIndirect => {
                    self.call_indirect(groups[0], span, operands);
                }
                Op::StructNew | Op::ArrayNewFixed | Op::CallRef | Op::TailCallRef => {
                    self.with_lists(groups[0], span, operands);
                }
                Op::Return => self.ret(span, operands),
                Op::SwitchI32 | Op::SwitchI64 => self.switch(groups, span, operands),
                _ => self.plain(groups, span, operands),
            },
        }
    }

    /// For an instruction that could not be read: the registers that it may write come into being.
    fn stand_in(&mut self, mnemonic: &Mnemonic, operands: &[Operand]) {
        if let Mnemonic::Op(groups) = mnemonic {
            if let [op] = groups[..]
                && let Some(at) = op.syntax().first()
                && let (SyntaxOperand::Dst(Ty::Is(ty), _), Some(operand)) =
                    (at.syntax, operands.first())
                && operand.may_be_register()
            {
                let reg = self.destination(operand, Some(ty), "");
                self.assign(reg);
                return;
            }
            if groups[0].info().effects.has(Effects::STOPS) {
                self.body.f.emit(Op::Trap, &[Arg::Trap(Trap::Unreachable)]);
                return;
            }
        }
        let mut after_arrow = false;
        for (i, operand) in operands.iter().enumerate() {
            after_arrow |= operand.kind == OperandKind::Arrow;
            if (i == 0 || after_arrow) && operand.may_be_register() {
                self.assign_wrong(operand);
            }
        }
    }

    /// Every word of a line that could not be read may have been meant as a register: nothing is
    /// reported about it when it is used later.
    #[expect(clippy::wildcard_enum_match_arm, reason = "other tokens name nothing")]
    fn excuse_words(&mut self, start: usize) {
        let mut lexer = Lexer::new(self.text, start);
        lexer.token();
        loop {
            let token = lexer.token();
            match token.kind {
                TokenKind::Newline | TokenKind::End => return,
                TokenKind::Word => {
                    let sym = self.names.intern(token.span.of(self.text));
                    self.wrong_register(sym, token.span);
                }
                _ => {}
            }
        }
    }

    /// A register that something wrong writes: it is assigned, and comes into being if need be.
    fn assign_wrong(&mut self, operand: &Operand) {
        let is_name = operand.index == Operand::NO_INDEX && operand.kind == OperandKind::Word;
        match self.as_register(operand) {
            super::operand::AsRegister::Known(reg) => self.assign(Some(reg)),
            super::operand::AsRegister::Unknown if is_name => {
                self.wrong_register(operand.sym, operand.span);
            }
            super::operand::AsRegister::Wrong
            | super::operand::AsRegister::Unknown
            | super::operand::AsRegister::Other => {}
        }
    }

    /// Gives a register some value, so that it counts as assigned.
    pub(super) fn assign(&mut self, reg: Option<Reg>) {
        let Some(reg) = reg else { return };
        let (op, value) = match self.body.f.reg_type(reg) {
            Some(ValType::I32) => (Op::ConstI32, Some(Arg::Imm(0))),
            Some(ValType::I64) => (Op::ConstI64, Some(Arg::Imm(0))),
            Some(ValType::F32) => (Op::ConstF32, Some(Arg::Imm(0))),
            Some(ValType::F64) => (Op::ConstF64, Some(Arg::Imm(0))),
            Some(_) => (Op::RefNull, None),
            None => return,
        };
        match value {
            Some(value) => self.body.f.emit(op, &[Arg::Reg(reg), value]),
            None => self.body.f.emit(op, &[Arg::Reg(reg)]),
        };
    }

    pub(super) fn wrong_count(&mut self, span: Span, word: &str, takes: usize, found: usize) {
        let plural = |n: usize| if n == 1 { "operand" } else { "operands" };
        let message = format!("{word} takes {takes} {}, not {found}", plural(takes));
        self.error(&A0017, span, message);
    }

    /// An instruction whose operands all have a place of their own.
    fn plain(&mut self, groups: &[Op], span: Span, operands: &[Operand]) {
        let written = groups[0].syntax();
        let word = groups[0].info().mnemonic;
        let positions = positions(operands);
        if let Some(odd) = operands
            .iter()
            .find(|operand| matches!(operand.kind, OperandKind::Arrow | OperandKind::Else))
        {
            let shown = self.shown(odd.span);
            self.error(&A0006, odd.span, format!("{word} has no `{shown}`"));
        } else if positions.count != written.len() {
            self.wrong_count(span, word, written.len(), positions.count);
        }
        if self.bad {
            let mnemonic = Mnemonic::Op(groups.to_vec());
            return self.stand_in(&mnemonic, operands);
        }
        if self.is_null_constant(groups, operands) {
            return self.null_constant(operands);
        }
        let (op, decided) = match groups {
            [op] => (*op, true),
            _ => self.choose(groups, operands),
        };
        if self.bad {
            let mnemonic = Mnemonic::Op(groups.to_vec());
            return self.stand_in(&mnemonic, operands);
        }
        let mut args = [Arg::Imm(0); 8];
        let mut facts = Facts::default();
        for (number, at) in op.syntax().iter().enumerate() {
            if let SyntaxOperand::Dst(..) = at.syntax {
                continue;
            }
            let own = &operands[positions[number]..];
            if let Some(arg) = self.argument(op, number, own, &mut facts) {
                args[number] = arg;
            }
        }
        let mut destination = None;
        for (number, at) in op.syntax().iter().enumerate() {
            if let SyntaxOperand::Dst(ty, _) = at.syntax {
                let operand = &operands[positions[number]];
                let ty = if decided {
                    self.type_of(ty, &facts)
                } else {
                    None
                };
                destination = self.destination(operand, ty, word);
                args[number] = destination.map_or(Arg::Imm(0), Arg::Reg);
            }
        }
        let args = &args[..written.len()];
        if !self.bad {
            match form_of(op, args) {
                Some(form) => {
                    self.body.f.emit_form(form, args);
                    return;
                }
                None => self.no_form(op, operands, &positions),
            }
        }
        self.assign(destination);
        if op.info().effects.has(Effects::STOPS) {
            self.body.f.emit(Op::Trap, &[Arg::Trap(Trap::Unreachable)]);
        }
    }

    /// What is written for one operand of an instruction, unless it is a destination.
    fn argument(
        &mut self,
        op: Op,
        number: usize,
        operands: &[Operand],
        facts: &mut Facts,
    ) -> Option<Arg<'static>> {
        let word = op.info().mnemonic;
        let operand = operands.first()?;
        match op.syntax()[number].syntax {
            // Reported already, where the address should have been.
            SyntaxOperand::Src(..) if self.bad && operand.kind == OperandKind::Address => None,
            SyntaxOperand::Src(ty, _) => {
                // Another form may take a constant here; a register of this name comes first.
                let constant = constant_type(op, number);
                if let Some(constant) = constant {
                    let literal = self.as_literal(operand);
                    if literal.is_number()
                        && (operand.is_number() || self.find_register(operand.sym).is_none())
                    {
                        return self.immediate(operand, constant).map(Arg::Imm);
                    }
                }
                let wanted = match ty == Ty::Addr {
                    true => Some(self.addr),
                    false => ty.fixed(),
                };
                let reg = self.typed_source(operand, word, wanted)?;
                if facts.source.is_none() {
                    facts.source = self.body.f.reg_type(reg);
                }
                if ty == Ty::Any && facts.any.is_none() {
                    facts.any = self.body.f.reg_type(reg);
                }
                Some(Arg::Reg(reg))
            }
            SyntaxOperand::Imm(ty, _) => self.immediate(operand, ty).map(Arg::Imm),
            SyntaxOperand::Address { .. } => {
                let (reg, offset) = self.address(operands, word)?;
                Some(Arg::Address(reg, offset))
            }
            SyntaxOperand::Label(_) => self.target(operand, word).map(Arg::Label),
            SyntaxOperand::Index(role, _) => {
                let (arg, detail) = self.index(operand, role, word)?;
                match detail {
                    Detail::Global(ty) => facts.global = Some(ty),
                    Detail::Table(elem, index) => facts.tables.push((elem, index)),
                    Detail::Type(ty) => facts.ty = ty.map(|ty| ty.0),
                    Detail::None => {}
                }
                Some(arg)
            }
            SyntaxOperand::Data(..) => self.data_place(operand, op == Op::DataAddr, word),
            SyntaxOperand::TrapKind(_) => self.trap_kind(operand).map(Arg::Trap),
            SyntaxOperand::RefType(_) => {
                facts.ref_type = self.ref_type(operand);
                facts.ref_type.map(Arg::RefType)
            }
            SyntaxOperand::Field(_) => {
                facts.field = self.field_number(operand, facts.source);
                facts.field.map(Arg::Field)
            }
            SyntaxOperand::Dst(..)
            | SyntaxOperand::Targets
            | SyntaxOperand::Args(_)
            | SyntaxOperand::Results(_) => None,
        }
    }

    /// No form has room for the constant.
    fn no_form(&mut self, op: Op, operands: &[Operand], positions: &[usize]) {
        let literal = positions
            .iter()
            .map(|&at| operands[at])
            .find(|operand| self.as_literal(operand).is_number());
        let Some(literal) = literal else {
            let span = operands.first().map_or(Span::default(), |first| first.span);
            self.error(
                &A0018,
                span,
                "no form of the instruction takes these operands",
            );
            return;
        };
        let shown = self.shown(literal.span);
        let word = op.info().full_mnemonic();
        let message = format!("{word} takes constants of 32 bits; `{shown}` has more");
        let help = into_register(&shown, op.info().suffix.first().copied());
        self.error(&A0020, literal.span, message).help(help);
    }

    /// Whether this is `LOAD_CONST r, null`.
    fn is_null_constant(&self, groups: &[Op], operands: &[Operand]) -> bool {
        groups[0].info().mnemonic == "LOAD_CONST"
            && operands.get(1).is_some_and(|operand| {
                operand.kind == OperandKind::Word && self.names.get(operand.sym) == "null"
            })
    }

    fn null_constant(&mut self, operands: &[Operand]) {
        let reg = self.destination(&operands[0], Some(ValType::FUNCREF), "LOAD_CONST");
        if let Some(reg) = reg {
            self.body.f.emit(Op::RefNull, &[Arg::Reg(reg)]);
        }
    }

    /// RETURN with any number of values.
    fn ret(&mut self, span: Span, operands: &[Operand]) {
        let mut values = Vec::with_capacity(operands.len());
        for operand in operands {
            if let Some(reg) = self.source(operand, "RETURN") {
                values.push(reg);
            }
        }
        if let Some(results) = &self.body.results
            && results.len() != operands.len()
        {
            let (wanted, found) = (results.len(), operands.len());
            let plural = if wanted == 1 { "result" } else { "results" };
            let message = format!("the function has {wanted} {plural}, RETURN gives {found}");
            self.error(&A0023, span, message);
        }
        match self.bad {
            true => {
                self.body.f.emit(Op::Trap, &[Arg::Trap(Trap::Unreachable)]);
            }
            false => self.body.f.ret(&values),
        }
    }

    /// SWITCH r, L0, L1, ..., else L.
    fn switch(&mut self, groups: &[Op], span: Span, operands: &[Operand]) {
        let (op, _) = match groups {
            [op] => (*op, true),
            _ => self.choose(groups, &operands[..operands.len().min(1)]),
        };
        let index = operands
            .first()
            .and_then(|operand| self.source(operand, "SWITCH"));
        let mut targets: Vec<Label> = Vec::with_capacity(operands.len());
        let mut default = false;
        let mut rest = operands.iter().skip(1).peekable();
        while let Some(operand) = rest.next() {
            if operand.kind == OperandKind::Else {
                default = true;
                continue;
            }
            if let Some(target) = self.target(operand, "SWITCH") {
                targets.push(target);
            }
            if default && let Some(next) = rest.peek() {
                self.error(&A0006, next.span, "`else L` is the last target");
                break;
            }
        }
        if !self.bad && !default {
            self.error(&A0017, span, "SWITCH needs `else L` for all other values");
        }
        match index {
            Some(index) if !self.bad => {
                self.body
                    .f
                    .emit(op, &[Arg::Reg(index), Arg::Targets(&targets)]);
            }
            _ => {
                self.body.f.emit(Op::Trap, &[Arg::Trap(Trap::Unreachable)]);
            }
        }
    }

    /// CALL or TAIL_CALL f, a, b [-> d, e].
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "called with CALL and TAIL_CALL only"
    )]
    fn call(&mut self, op: Op, span: Span, operands: &[Operand]) {
        let word = op.info().mnemonic;
        let Some((callee, rest)) = operands.split_first() else {
            self.wrong_count(span, word, 1, 0);
            return;
        };
        let target = self.index(callee, IndexSpace::Func, word);
        let (callee, ty) = match target {
            Some((arg, Detail::Type(ty))) => (Some(arg), ty),
            Some((arg, _)) => (Some(arg), None),
            None => (None, None),
        };
        if ty.is_none() {
            self.bad = true;
        }
        let ty = self.func_type_of(ty);
        let Some((args, results)) = self.lists(op, ty, span, rest) else {
            return;
        };
        if let (Some(callee), false) = (callee, self.bad) {
            match op {
                Op::Call => self
                    .body
                    .f
                    .emit(op, &[callee, Arg::Regs(&args), Arg::Regs(&results)]),
                _ => self.body.f.emit(op, &[callee, Arg::Regs(&args)]),
            };
            return;
        }
        self.call_failed(op, &results);
    }

    /// CALL_INDIRECT or TAIL_CALL_INDIRECT table, index, type, a, b [-> d, e].
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "called with CALL_INDIRECT and TAIL_CALL_INDIRECT only"
    )]
    fn call_indirect(&mut self, op: Op, span: Span, operands: &[Operand]) {
        let word = op.info().mnemonic;
        if operands.len() < 3 {
            self.error(
                &A0017,
                span,
                format!("{word} takes a table, an index and a type"),
            );
            self.call_failed(op, &[]);
            return;
        }
        let table = self.index(&operands[0], IndexSpace::Table, word);
        let index = self.source(&operands[1], word);
        let ty = match self.index(&operands[2], IndexSpace::Type, word) {
            Some((_, Detail::Type(ty))) => ty,
            _ => None,
        };
        if ty.is_none() {
            self.bad = true;
        }
        let func = self.func_type_of(ty);
        let Some((args, results)) = self.lists(op, func, span, &operands[3..]) else {
            return;
        };
        if let (Some((table, _)), Some(index), Some(ty), false) = (table, index, ty, self.bad) {
            let fixed = [table, Arg::Reg(index), Arg::Type(ty), Arg::Regs(&args)];
            match op {
                Op::CallIndirect => {
                    let [table, index, ty, args] = fixed;
                    let all = [table, index, ty, args, Arg::Regs(&results)];
                    self.body.f.emit(op, &all)
                }
                _ => self.body.f.emit(op, &fixed),
            };
            return;
        }
        self.call_failed(op, &results);
    }

    pub(super) fn call_failed(&mut self, op: Op, results: &[Reg]) {
        for &reg in results {
            if reg != Reg::DISCARD {
                self.assign(Some(reg));
            }
        }
        if op.info().effects.has(Effects::STOPS) {
            self.body.f.emit(Op::Trap, &[Arg::Trap(Trap::Unreachable)]);
        }
    }

    fn func_type_of(&self, ty: Option<TypeId>) -> Option<FuncType> {
        self.module.type_of(ty?).cloned()
    }

    /// Arguments and results of a call. None when the call is complete without them.
    pub(super) fn lists(
        &mut self,
        op: Op,
        ty: Option<FuncType>,
        span: Span,
        operands: &[Operand],
    ) -> Option<(Vec<Reg>, Vec<Reg>)> {
        let word = op.info().mnemonic;
        let arrow = operands
            .iter()
            .position(|operand| operand.kind == OperandKind::Arrow);
        let (before, after) = operands.split_at(arrow.unwrap_or(operands.len()));
        let mut args = Vec::with_capacity(before.len());
        for (number, operand) in before.iter().enumerate() {
            let param = ty.as_ref().and_then(|ty| ty.params.get(number)).copied();
            if let Some(reg) = self.call_argument(operand, param, word) {
                args.push(reg);
            }
        }
        if let Some(ty) = &ty
            && ty.params.len() != before.len()
        {
            self.wrong_arguments(op, ty, span, before.len());
        }
        let types = ty.as_ref().map(|ty| &*ty.results);
        let results = match arrow {
            Some(_) => {
                let after = &after[1..];
                if op.info().effects.has(Effects::STOPS) {
                    self.error(
                        &A0006,
                        operands[before.len()].span,
                        format!("{word} has no results"),
                    );
                }
                self.results(op, types, span, after)
            }
            None if op.info().effects.has(Effects::STOPS) => Vec::new(),
            None => self.results_unsaid(op, types, span),
        };
        Some((args, results))
    }

    /// The registers after `->`.
    fn results(
        &mut self,
        op: Op,
        types: Option<&[ValType]>,
        span: Span,
        operands: &[Operand],
    ) -> Vec<Reg> {
        if let Some(types) = types
            && types.len() != operands.len()
        {
            let (wanted, found) = (types.len(), operands.len());
            let plural = if wanted == 1 { "result" } else { "results" };
            let what = match op.info().effects.has(Effects::CALLS) {
                true => "the function",
                false => op.info().mnemonic,
            };
            let message = format!("{what} has {wanted} {plural}, not {found}");
            self.error(&A0023, span, message);
        }
        let mut results = Vec::with_capacity(operands.len());
        for (i, operand) in operands.iter().enumerate() {
            let dropped = operand.kind == OperandKind::Word
                && operand.index == Operand::NO_INDEX
                && self.names.get(operand.sym) == "_";
            if dropped {
                results.push(Reg::DISCARD);
                continue;
            }
            let ty = types.and_then(|types| types.get(i)).copied();
            if let Some(reg) = self.destination(operand, ty, "CALL") {
                results.push(reg);
            }
        }
        results
    }

    /// Without `->`: a single result goes to `r0`.
    pub(super) fn implicit_result(&mut self, types: Option<&[ValType]>, span: Span) -> Vec<Reg> {
        let r0 = self.names.intern("r0");
        let ty = match types {
            // What a call of something wrong returns is not known.
            None => {
                self.wrong_register(r0, span);
                return Vec::new();
            }
            Some([]) => return Vec::new(),
            Some([ty]) => *ty,
            Some(many) => {
                let message = format!("the function has {} results", many.len());
                self.error(&A0023, span, message)
                    .help("name the registers for them after `->`; `_` drops a result");
                return Vec::new();
            }
        };
        match self.find_register(r0) {
            None => {
                let name = crate::text::tree::Name {
                    sym: r0,
                    index: None,
                    span,
                };
                self.new_register(name, ty, false).into_iter().collect()
            }
            Some(entry) => {
                let Some(reg) = entry.reg else {
                    self.bad = true;
                    return Vec::new();
                };
                let own = self.body.f.reg_type(reg);
                if own != Some(ty) {
                    let own = own.map_or_else(String::new, |own| own.to_string());
                    let message = format!("the result has type {ty}, but `r0` is {own}");
                    self.error(&A0024, span, message)
                        .note("`r0` comes into being here", entry.span)
                        .help("name a register for the result after `->`");
                    return Vec::new();
                }
                vec![reg]
            }
        }
    }
}

/// What the operands of an instruction tell about the type of its destination.
#[derive(Debug, Default)]
pub(super) struct Facts {
    pub any: Option<ValType>,
    pub global: Option<ValType>,
    pub tables: Vec<(ValType, ValType)>,
    /// Of the first register that is read.
    pub source: Option<ValType>,
    /// The index of the type that is named.
    pub ty: Option<u32>,
    pub ref_type: Option<RefType>,
    pub field: Option<u16>,
}

/// The type of the constant that some form takes at a place.
fn constant_type(op: Op, number: usize) -> Option<ValType> {
    op.forms().iter().find_map(|form| {
        let at = form.syntax().get(number)?;
        match at.syntax.single()? {
            Single::Constant(ty) => Some(ty),
            Single::Written(_) | Single::Read(_) => None,
        }
    })
}
