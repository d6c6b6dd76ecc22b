//! Choosing an instruction's form and writing its words.

use super::error::{CallSite, Fault, no_form, no_instruction};
use super::function::Fixup;
use super::{Data, Elem, Func, FunctionBuilder, Global, Label, Reg, Table, TypeId};
use crate::isa::{
    Effects, Field, Form, FormInfo, IndexSpace, Op, RefType, Role, SyntaxOperand, Trap, Ty, ValType,
};

/// An operand, as it is written in the text form ([`crate::isa::FormInfo::syntax`]).
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    /// A register.
    Reg(Reg),
    /// An integer constant, or a float's bits zero-extended.
    Imm(i64),
    /// The address in a register plus an offset in bytes.
    Address(Reg, u64),
    /// A branch target.
    Label(Label),
    /// The targets of a SWITCH, the default last; at least one.
    Targets(&'a [Label]),
    /// A function.
    Func(Func),
    /// A function type.
    Type(TypeId),
    /// A global.
    Global(Global),
    /// A table.
    Table(Table),
    /// An element segment.
    Elem(Elem),
    /// A data row plus a number of bytes, which is 0 except for DATA_ADDR.
    Data(Data, i64),
    /// A trap kind.
    Trap(Trap),
    /// A reference type.
    RefType(RefType),
    /// The number of a field of a struct.
    Field(u16),
    /// Arguments or results.
    Regs(&'a [Reg]),
}

macro_rules! from {
    ($($variant:ident $ty:ty;)*) => {$(
        impl From<$ty> for Arg<'_> {
            fn from(value: $ty) -> Self {
                Arg::$variant(value)
            }
        }
    )*};
}

from! {
    Reg Reg;
    Imm i64;
    Label Label;
    Func Func;
    Type TypeId;
    Global Global;
    Table Table;
    Elem Elem;
    Trap Trap;
    RefType RefType;
}

impl From<Data> for Arg<'_> {
    fn from(data: Data) -> Self {
        Arg::Data(data, 0)
    }
}

pub(super) fn fits(syntax: SyntaxOperand, arg: Arg<'_>) -> bool {
    match syntax {
        SyntaxOperand::Dst(..) | SyntaxOperand::Src(..) => matches!(arg, Arg::Reg(_)),
        SyntaxOperand::Imm(ty, field) => {
            matches!(arg, Arg::Imm(value) if field.fits_constant(ty, value))
        }
        SyntaxOperand::Address { offset, .. } => {
            matches!(arg, Arg::Address(_, value) if offset.fits_unsigned(value))
        }
        SyntaxOperand::Label(_) => matches!(arg, Arg::Label(_)),
        SyntaxOperand::Targets => matches!(arg, Arg::Targets(targets) if !targets.is_empty()),
        SyntaxOperand::Index(space, _) => match space {
            IndexSpace::Func => matches!(arg, Arg::Func(_)),
            IndexSpace::Type => matches!(arg, Arg::Type(_)),
            IndexSpace::Global => matches!(arg, Arg::Global(_)),
            IndexSpace::Table => matches!(arg, Arg::Table(_)),
            IndexSpace::Elem => matches!(arg, Arg::Elem(_)),
            // Written in other ways, or not at all.
            IndexSpace::Memory | IndexSpace::Data | IndexSpace::Tag => false,
        },
        SyntaxOperand::Data(_, addend) => {
            matches!(arg, Arg::Data(_, value) if addend.is_some() || value == 0)
        }
        SyntaxOperand::TrapKind(_) => matches!(arg, Arg::Trap(_)),
        SyntaxOperand::RefType(_) => matches!(arg, Arg::RefType(_)),
        SyntaxOperand::Field(_) => matches!(arg, Arg::Field(_)),
        SyntaxOperand::Args(_) | SyntaxOperand::Results(_) => matches!(arg, Arg::Regs(_)),
    }
}

/// The narrowest form of the instruction which takes `args`.
pub fn form_of(op: Op, args: &[Arg<'_>]) -> Option<Form> {
    let takes = |form: &&FormInfo| {
        let operands = form.syntax();
        operands.len() == args.len()
            && operands
                .iter()
                .zip(args)
                .all(|(at, &arg)| fits(at.syntax, arg))
    };
    op.forms().iter().find(takes).map(|form| form.form)
}

impl FunctionBuilder {
    /// Appends the instruction, in its narrowest form that takes `args`.
    pub fn emit(&mut self, op: Op, args: &[Arg<'_>]) {
        match form_of(op, args) {
            Some(form) => self.write(form, args),
            None => self.bad_instruction(no_form(&[op], op.info().mnemonic, args)),
        }
    }

    /// Appends the instruction with this mnemonic, if there is one.
    pub(super) fn emit_named(&mut self, mnemonic: &str, args: &[Arg<'_>]) {
        match self.select(mnemonic, args) {
            Some(op) => self.emit(op, args),
            None => self.bad_instruction(no_instruction(mnemonic, args)),
        }
    }

    /// Appends an instruction in a form that [`form_of`] has returned for these operands.
    pub(crate) fn emit_form(&mut self, form: Form, args: &[Arg<'_>]) {
        self.write(form, args);
    }

    /// What would have been the next instruction cannot be made.
    fn bad_instruction(&mut self, reason: String) {
        let number = self.count;
        self.fault.get_or_insert(Fault::Instruction(number, reason));
    }

    fn write(&mut self, form: Form, args: &[Arg<'_>]) {
        let info = form.info();
        let start = self.code.len();
        let mut fixed = [u64::from(info.number), 0];
        let mut put = |field: Field, value: u64| {
            if let Some((word, shift, width)) = field.bits() {
                fixed[word] |= (value & (u64::MAX >> (64 - width))) << shift;
            }
        };
        for (at, &arg) in info.syntax().iter().zip(args) {
            match (at.syntax, arg) {
                (SyntaxOperand::Dst(_, field) | SyntaxOperand::Src(_, field), Arg::Reg(reg)) => {
                    put(field, reg.0.into());
                }
                (SyntaxOperand::Imm(_, field), Arg::Imm(value)) => put(field, value as u64),
                (SyntaxOperand::Address { base, offset }, Arg::Address(reg, value)) => {
                    put(base, reg.0.into());
                    put(offset, value);
                }
                (SyntaxOperand::Label(field), Arg::Label(label)) => self.fixups.push(Fixup {
                    at: start as u32,
                    field,
                    lane: 0,
                    label,
                }),
                (
                    SyntaxOperand::Index(_, field),
                    Arg::Func(Func(index))
                    | Arg::Type(TypeId(index))
                    | Arg::Global(Global(index))
                    | Arg::Table(Table(index))
                    | Arg::Elem(Elem(index)),
                ) => put(field, index.into()),
                (SyntaxOperand::Data(field, addend), Arg::Data(data, value)) => {
                    put(field, data.0.into());
                    if let Some(addend) = addend {
                        put(addend, value as u64);
                    }
                }
                (SyntaxOperand::TrapKind(field), Arg::Trap(kind)) => put(field, kind as u64),
                (SyntaxOperand::RefType(field), Arg::RefType(ty)) => {
                    put(field, ValType::Ref(ty).word().into());
                }
                (SyntaxOperand::Field(field), Arg::Field(number)) => put(field, number.into()),
                (SyntaxOperand::Args(_), Arg::Regs(regs)) => {
                    let mut operands = info.operands.iter();
                    if let Some(count) = operands.find(|operand| operand.role == Role::Count) {
                        put(count.field, regs.len() as u64);
                    }
                }
                // Lists follow the fixed words.
                (
                    SyntaxOperand::Targets | SyntaxOperand::Args(_) | SyntaxOperand::Results(_),
                    _,
                ) => {}
                // Whoever chose the form has compared them.
                (
                    SyntaxOperand::Dst(..)
                    | SyntaxOperand::Src(..)
                    | SyntaxOperand::Imm(..)
                    | SyntaxOperand::Address { .. }
                    | SyntaxOperand::Label(_)
                    | SyntaxOperand::Index(..)
                    | SyntaxOperand::Data(..)
                    | SyntaxOperand::TrapKind(_)
                    | SyntaxOperand::RefType(_)
                    | SyntaxOperand::Field(_),
                    _,
                ) => self.bad_instruction(no_instruction(info.op.info().mnemonic, args)),
            }
        }
        let words = info.fixed_words();
        self.code.extend_from_slice(&fixed[..words]);
        self.write_lists(start, start + words, args);
        self.note_call(info.op, args);
        self.count += 1;
        self.ends = info.op.info().effects.has(Effects::STOPS);
        if self.code.len() > u32::MAX as usize / 2 {
            self.fault.get_or_insert(Fault::TooLarge);
        }
    }

    /// Remembers a call, whose function need not be declared yet in this builder's eyes.
    fn note_call(&mut self, op: Op, args: &[Arg<'_>]) {
        let (callee, args, results) = match (op, args) {
            (Op::Call, &[Arg::Func(callee), Arg::Regs(args), Arg::Regs(results)]) => {
                (callee, args, Some(results.len() as u32))
            }
            (Op::TailCall, &[Arg::Func(callee), Arg::Regs(args)]) => (callee, args, None),
            _ => return,
        };
        self.calls.push(CallSite {
            instruction: self.count,
            op,
            callee,
            args: args.len() as u32,
            results,
        });
    }

    fn write_lists(&mut self, start: usize, first: usize, args: &[Arg<'_>]) {
        let mut lanes = 0;
        let mut is_list = false;
        for &arg in args {
            match arg {
                Arg::Regs(regs) => {
                    is_list = true;
                    for reg in regs {
                        let word = first + lanes / 4;
                        if word == self.code.len() {
                            self.code.push(0);
                        }
                        self.code[word] |= u64::from(reg.0) << (lanes % 4 * 16);
                        lanes += 1;
                    }
                }
                Arg::Targets(targets) => {
                    self.code[start] |= (targets.len() as u64 - 1) << 32;
                    for (lane, &label) in targets.iter().enumerate() {
                        self.fixups.push(Fixup {
                            at: start as u32,
                            field: Field::List,
                            lane: lane as u32,
                            label,
                        });
                    }
                    self.code
                        .resize(self.code.len() + targets.len().div_ceil(2), 0);
                }
                Arg::Reg(_)
                | Arg::Imm(_)
                | Arg::Address(..)
                | Arg::Label(_)
                | Arg::Func(_)
                | Arg::Type(_)
                | Arg::Global(_)
                | Arg::Table(_)
                | Arg::Elem(_)
                | Arg::Data(..)
                | Arg::Trap(_)
                | Arg::RefType(_)
                | Arg::Field(_) => {}
            }
        }
        if is_list {
            let words = self.code.len() - first;
            if words > usize::from(u16::MAX) {
                self.bad_instruction("the lists of registers are too long".to_owned());
            }
            self.code[start] |= (words as u64 & 0xffff) << 16;
        }
    }

    /// The row that a mnemonic and the types of registers ask for, in any of its forms.
    pub(super) fn select(&self, mnemonic: &str, args: &[Arg<'_>]) -> Option<Op> {
        let (mnemonic, suffix) = mnemonic.split_once('.').unwrap_or((mnemonic, ""));
        let rows = Op::with_mnemonic(mnemonic);
        let type_fits = |ty: Ty, reg: Reg| match ty.fixed() {
            Some(ty) => self.reg_type(reg) == Some(ty),
            None => true,
        };
        let score = |form: &FormInfo| {
            let mut sources = 0;
            let mut destinations = 0;
            let operands = form.syntax();
            if operands.len() != args.len() {
                return None;
            }
            for (at, &arg) in operands.iter().zip(args) {
                match (at.syntax, arg) {
                    (SyntaxOperand::Src(ty, _), Arg::Reg(reg)) => {
                        sources += u32::from(type_fits(ty, reg))
                    }
                    (SyntaxOperand::Dst(ty, _), Arg::Reg(reg)) => {
                        destinations += u32::from(type_fits(ty, reg));
                    }
                    (SyntaxOperand::Imm(..), Arg::Imm(_)) => {}
                    (syntax, arg) if !fits(syntax, arg) => return None,
                    _ => {}
                }
            }
            Some((sources, destinations))
        };
        let named = |op: &&Op| {
            let mut types = op.info().suffix.iter();
            let mut words = suffix.split('.').filter(|word| !word.is_empty());
            words.all(|word| types.next().is_some_and(|ty| ty.name() == Some(word)))
        };
        // The first of equals: the one with the narrowest constant.
        rows.iter()
            .filter(named)
            .flat_map(|op| op.forms())
            .filter_map(|form| Some((score(form)?, form)))
            .rev()
            .max_by_key(|(score, _)| *score)
            .map(|(_, form)| form.op)
    }
}
