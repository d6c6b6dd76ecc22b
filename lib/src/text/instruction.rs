//! The text of one instruction, by the op table.

use std::fmt::Write;

use super::literal::float_text;
use super::names::{ModuleText, unique};
use crate::isa::{Field, Inst, Op, Role, Signature, Slot, Trap, ValType, decode};
use crate::module::{Definition, Kind, NONE, NameSpace};

/// How to write an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Leaves out the types behind the mnemonic.
    pub bare: bool,
}

/// A defined function with the names of its registers and the places of its labels.
pub struct FunctionText<'a> {
    /// The module around it.
    pub module: &'a ModuleText<'a>,
    /// The function's index, imports counted.
    pub index: u32,
    /// Its code.
    pub code: &'a [u64],
    /// Parameter and result types; empty when the type index is wrong.
    pub params: &'a [ValType],
    /// See `params`.
    pub results: &'a [ValType],
    registers: Vec<Box<str>>,
    /// Whether each register has a name.
    named: Vec<bool>,
    /// Words that are branched to, ascending; a label's number is its position.
    labels: Vec<u32>,
}

impl<'a> FunctionText<'a> {
    /// The function that is definition number `defined` of its module.
    pub fn new(module: &'a ModuleText<'a>, defined: usize) -> Self {
        let code = module.module.function_code(defined);
        let ty = module
            .module
            .functions
            .get(defined)
            .and_then(|row| module.module.types.get(row.ty as usize));
        let (params, results) = ty.map_or((&[][..], &[][..]), |ty| (&*ty.params, &*ty.results));
        let mut text = FunctionText {
            module,
            index: module.spaces.index_of(Kind::Func, defined),
            code,
            params,
            results,
            registers: Vec::new(),
            named: Vec::new(),
            labels: labels(code),
        };
        let names = text.register_names(defined);
        text.named = names.iter().map(Option::is_some).collect();
        text.registers = unique(names, |out, register| {
            let _ = write!(out, "%{register}");
        });
        text
    }

    fn register_names(&self, defined: usize) -> Vec<Option<Box<str>>> {
        let module = self.module.module;
        let declared: usize = module
            .function_runs(defined)
            .iter()
            .map(|run| usize::from(run.count))
            .sum();
        // More registers than any valid function has are not worth names.
        let count = (self.params.len() + declared).min(usize::from(u16::MAX));
        let mut names = vec![None; count];
        if let Some(debug) = &module.debug {
            let first = debug.names.partition_point(|row| {
                (row.space, row.owner) < (NameSpace::Register as u32, self.index)
            });
            let own = debug.names[first..].iter().take_while(|row| {
                (row.space, row.owner) == (NameSpace::Register as u32, self.index)
            });
            for row in own {
                let text = debug.strings.get(row.name);
                if let Some(name) = names.get_mut(row.index as usize)
                    && !text.is_empty()
                {
                    *name = Some(Box::from(text));
                }
            }
        }
        names
    }

    /// The number of registers, parameters counted.
    pub fn register_count(&self) -> usize {
        self.registers.len()
    }

    /// Whether a register has a name of its own.
    pub fn is_named(&self, register: usize) -> bool {
        self.named.get(register).copied().unwrap_or(false)
    }

    /// Appends a parameter's name as its declaration writes it: `_` for none.
    pub(super) fn push_parameter(&self, out: &mut String, register: u16) {
        if self.is_named(register.into()) {
            self.push_register(out, register)
        } else {
            out.push('_')
        }
    }

    /// Appends a register's name.
    pub fn push_register(&self, out: &mut String, register: u16) {
        match self.registers.get(usize::from(register)) {
            Some(name) => out.push_str(name),
            None => {
                let _ = write!(out, "%{register}");
            }
        }
    }

    /// The number of the label at a word, if one is there.
    pub fn label_at(&self, word: usize) -> Option<usize> {
        self.labels.binary_search(&u32::try_from(word).ok()?).ok()
    }

    /// Appends the text of the instruction at word `word`, without indentation or line end.
    pub fn push_instruction(&self, out: &mut String, inst: &Inst<'_>, word: usize, style: Style) {
        if self.push_spelling(out, inst) {
            return;
        }
        let info = inst.info();
        out.push_str(info.mnemonic);
        if !style.bare {
            for ty in info.suffix {
                out.push('.');
                out.push_str(ty.name());
            }
        }
        let mut separator = " ";
        for at in info.slots() {
            // An empty list leaves no trace.
            match at.slot {
                Slot::Args(signature) => {
                    for &register in self.split(inst, signature).0 {
                        out.push_str(separator);
                        self.push_register(out, register);
                        separator = ", ";
                    }
                    continue;
                }
                Slot::Results(signature) => {
                    separator = " -> ";
                    for &register in self.split(inst, signature).1 {
                        out.push_str(separator);
                        if register == crate::isa::DISCARD {
                            out.push('_')
                        } else {
                            self.push_register(out, register)
                        }
                        separator = ", ";
                    }
                    continue;
                }
                _ => out.push_str(separator),
            }
            separator = ", ";
            self.push_slot(out, inst, at.slot, word);
        }
    }

    fn push_slot(&self, out: &mut String, inst: &Inst<'_>, slot: Slot, word: usize) {
        let raw = |field: Field| inst.field(field);
        match slot {
            Slot::Dst(_, field) | Slot::Src(_, field) => self.push_register(out, raw(field) as u16),
            Slot::Imm(ty, field) => push_immediate(out, ty, inst, field),
            Slot::Address { base, offset } => {
                out.push('[');
                self.push_register(out, raw(base) as u16);
                if raw(offset) != 0 {
                    let _ = write!(out, " + {}", raw(offset));
                }
                out.push(']');
            }
            Slot::Label(field) => self.push_label(out, word, raw(field) as u32 as i32),
            Slot::Targets => {
                let targets = inst.targets();
                for (i, &target) in targets.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(if i + 1 == targets.len() { "else " } else { "" });
                    self.push_label(out, word, target);
                }
            }
            Slot::Index(Role::Type, field) => self.push_type(out, raw(field) as u32),
            Slot::Index(role, field) => {
                let space = match role {
                    Role::Table => NameSpace::Table,
                    Role::Global => NameSpace::Global,
                    Role::Elem => NameSpace::Elem,
                    _ => NameSpace::Func,
                };
                self.module.push_reference(out, space, raw(field) as u32);
            }
            Slot::Data(field, addend) => {
                self.module
                    .push_reference(out, NameSpace::Data, raw(field) as u32);
                push_addend(out, addend.map_or(0, |field| raw(field) as i64));
            }
            Slot::TrapKind(field) => match Trap::from_code(raw(field) as u16) {
                Some(trap) => out.push_str(trap.word()),
                None => {
                    let _ = write!(out, "{}", raw(field));
                }
            },
            // Lists are the caller's work.
            Slot::Args(_) | Slot::Results(_) => {}
        }
    }

    fn push_label(&self, out: &mut String, word: usize, distance: i32) {
        let target = word as i64 + i64::from(distance);
        match usize::try_from(target)
            .ok()
            .and_then(|target| self.label_at(target))
        {
            Some(label) => {
                let _ = write!(out, "L{label}");
            }
            // Only code that no verifier has accepted branches out of its function.
            None => {
                let _ = write!(out, "@{target}");
            }
        }
    }

    fn push_type(&self, out: &mut String, index: u32) {
        let Some(ty) = self.module.module.types.get(index as usize) else {
            let _ = write!(out, "#{index}");
            return;
        };
        let list = |out: &mut String, types: &[ValType]| {
            for (i, ty) in types.iter().enumerate() {
                out.push_str(if i > 0 { ", " } else { "" });
                out.push_str(ty.name());
            }
        };
        out.push('(');
        list(out, &ty.params);
        out.push_str(if ty.params.is_empty() { "->" } else { " ->" });
        out.push_str(if ty.results.is_empty() { "" } else { " " });
        list(out, &ty.results);
        out.push(')');
    }

    /// The arguments and results of an instruction with register lists.
    pub fn split<'i>(&self, inst: &Inst<'i>, signature: Signature) -> (&'i [u16], &'i [u16]) {
        let module = self.module.module;
        let ty = match signature {
            Signature::Callee => self.module.spaces.func_type(module, inst.bc()),
            Signature::TypeOperand => Some(inst.field(Field::W1Lo) as u32),
            Signature::Own => None,
        };
        let counts = match (signature, ty.and_then(|ty| module.types.get(ty as usize))) {
            (Signature::Own, _) => Some((self.results.len(), 0)),
            (_, Some(ty)) if has_results(inst.op) => Some((ty.params.len(), ty.results.len())),
            (_, Some(ty)) => Some((ty.params.len(), 0)),
            (_, None) => None,
        };
        let lanes = inst.registers();
        let (args, results) = counts.unwrap_or((lanes.len(), 0));
        let (args, rest) = lanes.split_at(args.min(lanes.len()));
        (args, &rest[..results.min(rest.len())])
    }

    /// Writes the instruction in the way that text has for it alone, if there is one.
    fn push_spelling(&self, out: &mut String, inst: &Inst<'_>) -> bool {
        match inst.op {
            Op::Move if usize::from(inst.b()) < self.params.len() => {
                out.push_str("LOAD_ARG ");
                self.push_register(out, inst.a());
                out.push_str(", ");
                self.push_register(out, inst.b());
                true
            }
            Op::Call => {
                let Some(word) = self.call_spelling(inst) else {
                    return false;
                };
                let (args, results) = self.split(inst, Signature::Callee);
                if results.contains(&crate::isa::DISCARD) {
                    return false;
                }
                out.push_str(word);
                for (i, &register) in results.iter().chain(args).enumerate() {
                    out.push_str(if i > 0 { ", " } else { " " });
                    self.push_register(out, register);
                }
                true
            }
            _ => false,
        }
    }

    /// PRINT, WRITE, ALLOC or FREE, when the instruction is a call that is written so.
    pub fn call_spelling(&self, inst: &Inst<'_>) -> Option<&'static str> {
        let module = self.module.module;
        let Some(Definition::Import(row)) = self.module.spaces.get(Kind::Func, inst.bc()) else {
            return None;
        };
        let row = module.imports.get(row)?;
        if row.module != NONE || inst.op != Op::Call {
            return None;
        }
        let name = module
            .strings
            .get(row.name)
            .strip_prefix(crate::module::support::PREFIX)?;
        let typed = |ty: &str| ValType::ALL.iter().any(|known| known.name() == ty);
        match name {
            "alloc" => Some("ALLOC"),
            "free" => Some("FREE"),
            _ => match name.split_once('_')? {
                ("print", ty) if typed(ty) => Some("PRINT"),
                ("write", ty) if typed(ty) => Some("WRITE"),
                _ => None,
            },
        }
    }
}

fn has_results(op: Op) -> bool {
    op.info()
        .operands
        .iter()
        .any(|operand| matches!(operand.role, Role::Results(_)))
}

fn push_immediate(out: &mut String, ty: ValType, inst: &Inst<'_>, field: Field) {
    match ty {
        ValType::F32 | ValType::F64 => out.push_str(&float_text(ty, inst.field(field))),
        _ => {
            if let crate::isa::decode::Value::Imm(value) = inst.value(Role::Imm(ty), field) {
                let _ = write!(out, "{value}");
            }
        }
    }
}

/// Appends ` + N` or ` - N`, nothing for zero.
pub(super) fn push_addend(out: &mut String, addend: i64) {
    if addend != 0 {
        let sign = if addend < 0 { '-' } else { '+' };
        let _ = write!(out, " {sign} {}", addend.unsigned_abs());
    }
}

/// The words that are branched to, ascending and without repetition.
fn labels(code: &[u64]) -> Vec<u32> {
    let mut labels = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let Ok(inst) = decode(code, at) else {
            at += decode::length(code[at]).unwrap_or(1);
            continue;
        };
        let mut add = |distance: i32| {
            let target = at as i64 + i64::from(distance);
            if (0..code.len() as i64).contains(&target) {
                labels.push(target as u32);
            }
        };
        for operand in inst.info().operands {
            match operand.role {
                Role::Label => add(inst.field(operand.field) as u32 as i32),
                Role::Targets => inst.targets().iter().copied().for_each(&mut add),
                _ => {}
            }
        }
        at += inst.words.len();
    }
    labels.sort_unstable();
    labels.dedup();
    labels
}
