//! What operands mean.

use crate::diag::codes::text::*;
use crate::isa::{IndexSpace, Op, Trap, ValType};
use crate::module::builder::{Arg, Data, Elem, Func, Global, Label, Reg, Table, TypeId};
use crate::text::Span;
use crate::text::interner::Sym;
use crate::text::number::unquote;
use crate::text::parser::{float_bits, int_bits};
use crate::text::tree::{Flag, Name, Operand, OperandKind};

use super::Assembler;
use super::names::Detail;

/// What an operand is as a register.
#[derive(Clone, Copy, Debug)]
pub(super) enum AsRegister {
    /// This one.
    Known(Reg),
    /// One whose definition was wrong.
    Wrong,
    /// No register has this name (so far).
    Unknown,
    /// The operand is something else.
    Other,
}

impl Assembler<'_> {
    /// The name of an operand: that of a word, or what is quoted. None when that is not a name, which is reported.
    pub(super) fn sym_of(&mut self, operand: &Operand) -> Option<Sym> {
        match operand.kind {
            OperandKind::Word => Some(operand.sym),
            OperandKind::Quoted => {
                let span = self.quoted_part(operand.span);
                let name = unquote(span.of(self.text)).ok();
                match name.and_then(|bytes| String::from_utf8(bytes).ok()) {
                    Some(name) => Some(self.names.intern(&name)),
                    None => {
                        self.error(&A0032, span, "this cannot be a name");
                        None
                    }
                }
            }
            OperandKind::Index => Some(Sym::NONE),
            OperandKind::Register
            | OperandKind::Int
            | OperandKind::Float
            | OperandKind::Address
            | OperandKind::Signature
            | OperandKind::Type
            | OperandKind::Arrow
            | OperandKind::Else => None,
        }
    }

    /// The quoted name at the beginning of an operand that may have an index or addend after it.
    pub(super) fn quoted_part(&self, span: Span) -> Span {
        let mut lexer = crate::text::lexer::Lexer::new(self.text, span.start as usize);
        lexer.token().span
    }

    /// The operand as a reference.
    pub(super) fn name_of(&mut self, operand: &Operand) -> Option<Name> {
        let sym = self.sym_of(operand)?;
        let mut name = operand.name();
        name.sym = sym;
        Some(name)
    }

    /// Looks an operand up among the registers, without complaint unless it is written wrongly.
    pub(super) fn as_register(&mut self, operand: &Operand) -> AsRegister {
        match operand.kind {
            OperandKind::Register => match self.numbered_register(operand.index) {
                Some((reg, _)) => AsRegister::Known(reg),
                None => AsRegister::Unknown,
            },
            OperandKind::Word | OperandKind::Quoted if operand.flag != Flag::Addend => {
                let Some(sym) = self.sym_of(operand) else {
                    return AsRegister::Wrong;
                };
                if operand.index != Operand::NO_INDEX {
                    return match self.numbered_register(operand.index) {
                        Some((reg, name)) if name == sym => AsRegister::Known(reg),
                        _ => AsRegister::Unknown,
                    };
                }
                match self.find_register(sym) {
                    None => AsRegister::Unknown,
                    Some(entry) if entry.repeated => {
                        let shown = self.show_name(sym);
                        let message = format!("several registers are called `{shown}`");
                        self.error(&A0022, operand.span, message)
                            .help("say which one: `NAME#number`");
                        AsRegister::Wrong
                    }
                    Some(entry) => entry.reg.map_or(AsRegister::Wrong, AsRegister::Known),
                }
            }
            OperandKind::Word
            | OperandKind::Quoted
            | OperandKind::Index
            | OperandKind::Int
            | OperandKind::Float
            | OperandKind::Address
            | OperandKind::Signature
            | OperandKind::Type
            | OperandKind::Arrow
            | OperandKind::Else => AsRegister::Other,
        }
    }

    /// A register that is read.
    pub(super) fn source(&mut self, operand: &Operand, mnemonic: &str) -> Option<Reg> {
        self.typed_source(operand, mnemonic, None)
    }

    /// A register that is read, of a type if that is known.
    pub(super) fn typed_source(
        &mut self,
        operand: &Operand,
        mnemonic: &str,
        ty: Option<ValType>,
    ) -> Option<Reg> {
        match self.as_register(operand) {
            AsRegister::Known(reg) => return Some(reg),
            AsRegister::Wrong => self.bad = true,
            AsRegister::Unknown => self.unknown_register(operand),
            AsRegister::Other => {
                let shown = self.shown(operand.span);
                let number = operand.is_number();
                let message = format!("{mnemonic} takes a register here, not `{shown}`");
                let error = self.error(&A0018, operand.span, message);
                if number {
                    error.help(into_register(&shown, ty));
                }
            }
        }
        None
    }

    pub(super) fn unknown_register(&mut self, operand: &Operand) {
        let shown = self.shown(operand.span);
        let message = format!("register `{shown}` is read before anything defines it");
        let simple = operand.index == Operand::NO_INDEX;
        let sym = if simple { self.sym_of(operand) } else { None };
        let help = sym.and_then(|sym| self.near_register(sym).or_else(|| self.other_thing(sym)));
        self.error(&A0014, operand.span, message).maybe_help(help);
        if let Some(sym) = sym {
            self.wrong_register(sym, operand.span);
        }
    }

    /// How the value of something that is not a register, but has its name, gets into one.
    fn other_thing(&self, sym: Sym) -> Option<String> {
        let name = self.show_name(sym);
        let is = |space| {
            self.spaces
                .get(space)
                .find(sym)
                .is_some_and(|it| !it.unknown)
        };
        if is(IndexSpace::Global) {
            return Some(format!(
                "`{name}` is a global: `GLOBAL_GET d, {name}` reads it"
            ));
        }
        is(IndexSpace::Data)
            .then(|| format!("`{name}` is a data row: `DATA_ADDR d, {name}` gives its address"))
    }

    /// Enters a register of whose definition nothing is known.
    pub(super) fn wrong_register(&mut self, sym: Sym, span: Span) {
        if self.find_register(sym).is_none() {
            let name = Name {
                sym,
                index: None,
                span,
            };
            self.add_register(name, None);
        }
    }

    /// A register that is written. One that does not exist comes into being with type `ty`, or wrong
    /// when that is not known.
    pub(super) fn destination(
        &mut self,
        operand: &Operand,
        ty: Option<ValType>,
        mnemonic: &str,
    ) -> Option<Reg> {
        match self.as_register(operand) {
            AsRegister::Known(reg) => return Some(reg),
            AsRegister::Wrong => self.bad = true,
            AsRegister::Unknown if operand.index == Operand::NO_INDEX => {
                let sym = self.sym_of(operand)?;
                if operand.kind == OperandKind::Word && self.names.get(sym) == "_" {
                    let message = format!("{mnemonic} cannot drop its result");
                    self.error(&A0018, operand.span, message);
                    return None;
                }
                let Some(ty) = ty else {
                    self.bad = true;
                    self.wrong_register(sym, operand.span);
                    return None;
                };
                let name = Name {
                    sym,
                    index: None,
                    span: operand.span,
                };
                return self.new_register(name, ty, false);
            }
            AsRegister::Unknown => {
                let shown = self.shown(operand.span);
                let message = format!("there is no register `{shown}`");
                self.error(&A0021, operand.span, message)
                    .help("unnamed registers are declared: `.reg %2..%9: i64`");
            }
            AsRegister::Other => {
                let shown = self.shown(operand.span);
                let message = format!("{mnemonic} writes a register here, not `{shown}`");
                self.error(&A0018, operand.span, message);
            }
        }
        None
    }

    /// A constant of type `ty`: an integer sign-extended, a float's bits.
    pub(super) fn immediate(&mut self, operand: &Operand, ty: ValType) -> Option<i64> {
        let operand = &self.as_literal(operand);
        let value = match (operand.kind, ty) {
            (OperandKind::Int | OperandKind::Float, ValType::F32 | ValType::F64) => {
                float_bits(operand, self.text, ty).map(|bits| bits as i64)
            }
            (OperandKind::Int, ValType::I32) => {
                int_bits(operand, 32).map(|bits| i64::from(bits as u32 as i32))
            }
            (OperandKind::Int, _) => int_bits(operand, 64).map(|bits| bits as i64),
            (OperandKind::Float, _) => None,
            _ => {
                let shown = self.shown(operand.span);
                let message = format!("expected a constant of type {ty}, found `{shown}`");
                self.error(&A0018, operand.span, message);
                return None;
            }
        };
        if value.is_none() {
            let shown = self.shown(operand.span);
            let message = format!("`{shown}` is not a value of type {ty}");
            self.error(&A0020, operand.span, message);
        }
        value
    }

    /// The operand, with `true`, `false`, `inf` and `nan` turned into the numbers that they are.
    pub(super) fn as_literal(&self, operand: &Operand) -> Operand {
        let mut literal = *operand;
        if operand.kind == OperandKind::Word
            && operand.index == Operand::NO_INDEX
            && operand.flag == Flag::Plain
        {
            match self.names.get(operand.sym) {
                "true" => {
                    (literal.kind, literal.flag, literal.value) = (OperandKind::Int, Flag::Other, 1)
                }
                "false" => {
                    (literal.kind, literal.flag, literal.value) = (OperandKind::Int, Flag::Other, 0)
                }
                "inf" | "nan" => literal.kind = OperandKind::Float,
                _ => {}
            }
        }
        literal
    }

    /// A branch target.
    pub(super) fn target(&mut self, operand: &Operand, mnemonic: &str) -> Option<Label> {
        if operand.flag != Flag::Addend
            && operand.index == Operand::NO_INDEX
            && matches!(operand.kind, OperandKind::Word | OperandKind::Quoted)
        {
            let sym = self.sym_of(operand)?;
            return Some(self.label(sym, operand.span));
        }
        let shown = self.shown(operand.span);
        let message = format!("{mnemonic} takes a label here, not `{shown}`");
        self.error(&A0018, operand.span, message);
        None
    }

    /// A function, global, table or element segment, and what is known of it.
    pub(super) fn index(
        &mut self,
        operand: &Operand,
        space: IndexSpace,
        mnemonic: &str,
    ) -> Option<(Arg<'static>, Detail)> {
        if space == IndexSpace::Type {
            let ty = self.type_operand(operand)?;
            return Some((Arg::Type(ty), Detail::Type(Some(ty))));
        }
        if operand.flag == Flag::Addend
            || !matches!(
                operand.kind,
                OperandKind::Word | OperandKind::Quoted | OperandKind::Index
            )
        {
            let shown = self.shown(operand.span);
            let message = format!("{mnemonic} takes a {} here, not `{shown}`", space.title());
            self.error(&A0018, operand.span, message);
            return None;
        }
        let name = self.name_of(operand)?;
        let entry = self.resolve(space, name)?;
        let arg = match space {
            IndexSpace::Func => Arg::Func(Func(entry.handle)),
            IndexSpace::Table => Arg::Table(Table(entry.handle)),
            IndexSpace::Global => Arg::Global(Global(entry.handle)),
            IndexSpace::Data => Arg::Data(Data(entry.handle), 0),
            IndexSpace::Memory | IndexSpace::Elem | IndexSpace::Type | IndexSpace::Tag => {
                Arg::Elem(Elem(entry.handle))
            }
        };
        Some((arg, entry.detail))
    }

    /// A data row, with an addend where the instruction has one.
    pub(super) fn data_place(
        &mut self,
        operand: &Operand,
        addend: bool,
        mnemonic: &str,
    ) -> Option<Arg<'static>> {
        let mut plain = *operand;
        if addend {
            plain.flag = Flag::Plain;
        }
        let (arg, _) = self.index(&plain, IndexSpace::Data, mnemonic)?;
        if let Arg::Data(data, _) = arg
            && operand.flag == Flag::Addend
        {
            return Some(Arg::Data(data, operand.value as i64));
        }
        Some(arg)
    }

    /// A function type: a signature, or the name that `.type` gave it.
    fn type_operand(&mut self, operand: &Operand) -> Option<TypeId> {
        match operand.kind {
            OperandKind::Signature => {
                let signature = self.tree.signatures.get(operand.index as usize)?.clone();
                let ty = self.func_type(&signature);
                Some(self.module.func_type(&ty))
            }
            OperandKind::Word | OperandKind::Quoted | OperandKind::Index
                if operand.flag != Flag::Addend =>
            {
                let name = self.name_of(operand)?;
                match self.resolve(IndexSpace::Type, name)?.detail {
                    Detail::Type(ty) => ty,
                    Detail::Table(..) | Detail::Global(_) | Detail::None => None,
                }
            }
            OperandKind::Word
            | OperandKind::Quoted
            | OperandKind::Index
            | OperandKind::Register
            | OperandKind::Int
            | OperandKind::Float
            | OperandKind::Address
            | OperandKind::Type
            | OperandKind::Arrow
            | OperandKind::Else => {
                let shown = self.shown(operand.span);
                let message = format!("expected a function type, found `{shown}`");
                self.error(&A0018, operand.span, message)
                    .help("write `(i64, i64 -> i64)`");
                None
            }
        }
    }

    /// A trap kind.
    pub(super) fn trap_kind(&mut self, operand: &Operand) -> Option<Trap> {
        let word = if operand.kind == OperandKind::Word && operand.flag == Flag::Plain {
            self.names.get(operand.sym)
        } else {
            ""
        };
        let found = Trap::ALL.iter().find(|trap| trap.word() == word);
        if found.is_none() {
            let words = Trap::ALL.iter().map(|trap| trap.word());
            let help = self.report.suggest.help(word, words);
            let shown = self.shown(operand.span);
            self.error(
                &A0018,
                operand.span,
                format!("`{shown}` is not a trap kind"),
            )
            .maybe_help(help);
        }
        found.copied()
    }

    /// A new register with what lies `address.value` bytes below a register. Offsets of instructions
    /// are added without wrapping and are never negative; the subtraction wraps.
    fn below(&mut self, reg: Reg, address: &Operand) -> Option<Reg> {
        let (op, offset) = match self.body.f.reg_type(reg) {
            Some(ValType::I32) => match u32::try_from(address.value) {
                Ok(offset) => (Op::SubI32, i64::from(offset as i32)),
                Err(_) => {
                    let message = "an offset from an address of type i32 has at most 32 bits";
                    self.error(&A0020, address.span, message);
                    return None;
                }
            },
            Some(ValType::I64) => (Op::SubI64, address.value as i64),
            // The verifier reports that this is not an address.
            _ => return Some(reg),
        };
        let below = self.unnamed(self.body.f.reg_type(reg)?, address.span)?;
        let args = [Arg::Reg(below), Arg::Reg(reg), Arg::Imm(offset)];
        self.body.f.emit(op, &args);
        Some(below)
    }

    /// A new register without a name, for what the text does not write.
    pub(super) fn unnamed(&mut self, ty: ValType, span: Span) -> Option<Reg> {
        let name = Name {
            sym: Sym::NONE,
            index: None,
            span,
        };
        self.new_register(name, ty, false)
    }

    /// An argument of a call: a register, or a literal of the parameter's type, which goes to a new
    /// register. A register of the literal's name comes first.
    pub(super) fn call_argument(
        &mut self,
        operand: &Operand,
        ty: Option<ValType>,
        mnemonic: &str,
    ) -> Option<Reg> {
        let literal = self.as_literal(operand);
        let plain = operand.kind == OperandKind::Word && operand.index == Operand::NO_INDEX;
        let null = plain && self.names.get(operand.sym) == "null";
        let register = plain && self.find_register(operand.sym).is_some();
        if register || !(literal.is_number() || null) {
            return self.source(operand, mnemonic);
        }
        // Without a type something else is wrong, and has been or will be reported: the function is
        // not known, or takes fewer arguments.
        let ty = ty?;
        let op = match ty {
            ValType::I32 => Op::ConstI32,
            ValType::I64 => Op::ConstI64,
            ValType::F32 => Op::ConstF32,
            ValType::F64 => Op::ConstF64,
            ValType::Ref(_) | ValType::Ptr => Op::RefNull,
        };
        if (op == Op::RefNull) != null {
            let shown = self.shown(operand.span);
            let message = format!("`{shown}` is not a value of type {ty}");
            self.error(&A0020, operand.span, message);
            return None;
        }
        if null {
            let reg = self.unnamed(ty, operand.span)?;
            self.body.f.emit(op, &[Arg::Reg(reg)]);
            return Some(reg);
        }
        let value = self.immediate(operand, ty)?;
        let reg = self.unnamed(ty, operand.span)?;
        self.body.f.emit(op, &[Arg::Reg(reg), Arg::Imm(value)]);
        Some(reg)
    }

    /// The address in brackets at the beginning of `operands`.
    pub(super) fn address(&mut self, operands: &[Operand], mnemonic: &str) -> Option<(Reg, u64)> {
        let (address, base) = (operands.first()?, operands.get(1));
        match (address.kind, base) {
            (OperandKind::Address, Some(base)) => {
                let reg = self.source(base, mnemonic)?;
                match address.negative {
                    true => Some((self.below(reg, address)?, 0)),
                    false => Some((reg, address.value)),
                }
            }
            _ => {
                let shown = self.shown(address.span);
                let message = format!("{mnemonic} takes an address here, not `{shown}`");
                let help = match operands
                    .iter()
                    .find(|later| later.kind == OperandKind::Address)
                {
                    Some(later) => format!(
                        "the address comes first: `{mnemonic} {}, {shown}`",
                        self.shown(later.span)
                    ),
                    None => "an address is a register in brackets: `[p + 8]`".to_owned(),
                };
                self.error(&A0018, address.span, message).help(help);
                None
            }
        }
    }
}

/// How a number becomes a register's.
pub(super) fn into_register(number: &str, ty: Option<ValType>) -> String {
    let suffix = ty.map_or_else(String::new, |ty| format!(".{ty}"));
    format!("put the number into a register first: `LOAD_CONST{suffix} t, {number}`")
}
