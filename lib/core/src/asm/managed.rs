//! Operands that only instructions of managed objects have, and instructions with lists that name no function.

use crate::diag::codes::text::*;
use crate::diag::counted;
use crate::isa::{Effects, FuncType, Op, RefType, Role, Signature, ValType};
use crate::module::CompositeType;
use crate::module::builder::{Arg, Reg};
use crate::text::Span;
use crate::text::parser::type_word;
use crate::text::tree::{Operand, OperandKind, WrittenType};

use super::Assembler;
use super::names::Detail;

impl Assembler<'_> {
    /// A reference type: `anyref`, `ref null NAME`.
    pub(super) fn ref_type(&mut self, operand: &Operand) -> Option<RefType> {
        let ty = match operand.kind {
            OperandKind::Type => {
                let written = self.tree.types.get(operand.index as usize).copied()?;
                let known = self.bad;
                let ty = self.val_type(written);
                // A name that is unknown has been reported.
                self.bad |= matches!(written, WrittenType::Ref(..)) && ty == ValType::FUNCREF;
                if self.bad && !known {
                    return None;
                }
                Some(ty)
            }
            OperandKind::Word if operand.index == Operand::NO_INDEX => {
                match type_word(self.names.get(operand.sym)) {
                    Some(WrittenType::Is(ty)) => Some(ty),
                    Some(WrittenType::Addr | WrittenType::Ref(..)) | None => None,
                }
            }
            OperandKind::Word
            | OperandKind::Quoted
            | OperandKind::Index
            | OperandKind::Register
            | OperandKind::Int
            | OperandKind::Float
            | OperandKind::Address
            | OperandKind::Signature
            | OperandKind::Arrow
            | OperandKind::Else => None,
        };
        if let Some(ValType::Ref(ty)) = ty {
            return Some(ty);
        }
        let shown = self.shown(operand.span);
        let message = format!("expected a reference type, found `{shown}`");
        self.error(&A0018, operand.span, message)
            .help("write `anyref`, `ref any`, `ref null NAME` or `ref NAME`");
        None
    }

    /// The number of a field of a struct, which is named or numbered. `ty` is that of the register that holds the
    /// struct; where it is not one, the verifier says so.
    pub(super) fn field_number(&mut self, operand: &Operand, ty: Option<ValType>) -> Option<u16> {
        let struct_type = ty.and_then(ValType::defined);
        let number = match operand.kind {
            OperandKind::Int if !operand.negative => u32::try_from(operand.value).ok(),
            OperandKind::Index => Some(operand.index),
            OperandKind::Word | OperandKind::Quoted if struct_type.is_some() => {
                let sym = self.sym_of(operand)?;
                let index = struct_type.unwrap_or_default();
                let numbers = self.fields.get(&(index, sym)).map_or(&[][..], |all| all);
                match (numbers, operand.index) {
                    (&[one], Operand::NO_INDEX) => Some(one),
                    (all, number) if all.contains(&number) => Some(number),
                    (all, number) => {
                        let repeated = all.len() > 1 && number == Operand::NO_INDEX;
                        return self.no_such_field(operand, index, repeated);
                    }
                }
            }
            OperandKind::Word
            | OperandKind::Quoted
            | OperandKind::Int
            | OperandKind::Register
            | OperandKind::Float
            | OperandKind::Address
            | OperandKind::Signature
            | OperandKind::Type
            | OperandKind::Arrow
            | OperandKind::Else => None,
        };
        // Beyond 16 bits there is no field; the verifier reports the highest number as well as any.
        if let Some(number) = number {
            return Some(u16::try_from(number).unwrap_or(u16::MAX));
        }
        let shown = self.shown(operand.span);
        match ty {
            Some(ty) if ty.defined().is_none() => {
                let ty = self.type_text(ty);
                let message = format!("`{shown}` is a field of what? The register has type {ty}");
                self.error(&A0018, operand.span, message)
                    .help("REF_CAST it to a struct type first");
            }
            _ => {
                let message = format!("expected the name or number of a field, found `{shown}`");
                self.error(&A0018, operand.span, message);
            }
        }
        None
    }

    fn no_such_field(&mut self, operand: &Operand, index: u32, repeated: bool) -> Option<u16> {
        let shown = self.shown(operand.span);
        let ty = self.type_name(index);
        if repeated {
            let message = format!("several fields of `{ty}` are called `{shown}`");
            self.error(&A0022, operand.span, message)
                .help("say which one: `NAME#number`");
            return None;
        }
        let own = self.fields.keys().filter(|(of, _)| *of == index);
        let mut names: Vec<&str> = own.map(|&(_, sym)| self.names.get(sym)).collect();
        names.sort_unstable();
        let help = self.report.suggest.help(&shown, names);
        let message = format!("`{ty}` has no field `{shown}`");
        self.error(&A0021, operand.span, message).maybe_help(help);
        None
    }

    /// An instruction with lists that names no function: STRUCT_NEW, ARRAY_NEW_FIXED, CALL_REF, TAIL_CALL_REF.
    pub(super) fn with_lists(&mut self, op: Op, span: Span, operands: &[Operand]) {
        let word = op.info().mnemonic;
        let Some((first, rest)) = operands.split_first() else {
            self.wrong_count(span, word, 1, 0);
            return self.call_failed(op, &[]);
        };
        let (arg, signature) = self.listed(op, first, rest);
        if signature.is_none() {
            self.bad = true;
        }
        let Some((args, results)) = self.lists(op, signature, span, rest) else {
            return;
        };
        if let (Some(arg), false) = (arg, self.bad) {
            let all = [arg, Arg::Regs(&args), Arg::Regs(&results)];
            let count = op.syntax().len();
            self.body.f.emit(op, &all[..count]);
            return;
        }
        self.call_failed(op, &results);
    }

    /// The first operand of such an instruction, and what its lists hold.
    fn listed(
        &mut self,
        op: Op,
        first: &Operand,
        rest: &[Operand],
    ) -> (Option<Arg<'static>>, Option<FuncType>) {
        let word = op.info().mnemonic;
        let mut roles = op.forms()[0].operands.iter().map(|operand| operand.role);
        let is = |signature| Role::Args(signature);
        let signatures = [Signature::Register, Signature::Fields, Signature::Items];
        let own = roles.find(|role| signatures.iter().any(|&signature| *role == is(signature)));
        let lists = signatures
            .into_iter()
            .find(|&signature| own == Some(is(signature)));
        if lists == Some(Signature::Register) {
            let reg = self.source(first, word);
            let ty = reg.and_then(|reg| self.body.f.reg_type(reg));
            let func = ty.and_then(|ty| self.module.types().func(ty.defined()?));
            if let (None, Some(ty), false) = (func, ty, self.bad) {
                let message = format!(
                    "{word} takes a reference to a function of a declared type, not {}",
                    self.type_text(ty)
                );
                self.error(&A0018, first.span, message);
                return (None, None);
            }
            return (reg.map(Arg::Reg), func.cloned());
        }
        let Some((arg, Detail::Type(Some(id)))) =
            self.index(first, crate::isa::IndexSpace::Type, word)
        else {
            return (None, None);
        };
        let Some(composite) = self.module.types().get(id.0).map(|ty| &ty.composite) else {
            return (None, None);
        };
        let params: Vec<ValType> = match (composite, lists) {
            (CompositeType::Struct(fields), Some(Signature::Fields)) => {
                fields.iter().map(|field| field.unpacked()).collect()
            }
            (CompositeType::Array(element), Some(Signature::Items)) => {
                let is_arrow = |operand: &Operand| operand.kind == OperandKind::Arrow;
                let count = rest.iter().position(is_arrow).unwrap_or(rest.len());
                vec![element.unpacked(); count]
            }
            _ => {
                let plural = composite.plural();
                let wanted = match lists {
                    Some(Signature::Fields) => "structs",
                    _ => "arrays",
                };
                let message = format!(
                    "{word} takes a type of {wanted}, `{}` is one of {plural}",
                    self.type_name(id.0)
                );
                self.error(&A0018, first.span, message);
                return (None, None);
            }
        };
        (
            Some(arg),
            Some(FuncType::new(&params, &[id.reference(false)])),
        )
    }

    /// That a list has another number of arguments than it has to have.
    pub(super) fn wrong_arguments(&mut self, op: Op, ty: &FuncType, span: Span, found: usize) {
        let wanted = ty.params.len();
        if op == Op::StructNew {
            let message = format!(
                "the type has {}, not {found}",
                counted(wanted as u64, "field")
            );
            self.error(&A0023, span, message);
            return;
        }
        let message = format!(
            "the function takes {}, not {found}",
            counted(wanted as u64, "argument")
        );
        let help = format!("its type is {}", ty.text(|index| self.type_name(index)));
        self.error(&A0023, span, message).help(help);
    }

    /// The results of an instruction without `->`: those of calls go to `r0`, an object has to go somewhere.
    pub(super) fn results_unsaid(
        &mut self,
        op: Op,
        types: Option<&[ValType]>,
        span: Span,
    ) -> Vec<Reg> {
        if op.info().effects.has(Effects::CALLS) {
            return self.implicit_result(types, span);
        }
        let word = op.info().mnemonic;
        let message = format!("{word} needs `->` and a register for what it makes");
        self.error(&A0017, span, message);
        Vec::new()
    }
}
