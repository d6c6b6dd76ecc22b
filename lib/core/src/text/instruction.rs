//! The text of one instruction, by the op table.

use std::borrow::Cow;
use std::fmt::Write;

use super::literal::float_text;
use super::names::{ModuleText, unique};
use crate::cfg::labels;
use crate::isa::{Field, FuncType, IndexSpace, Inst, Op, Role, SyntaxOperand, Trap, ValType};
use crate::module::{Definition, Kind, NONE, NameSpace, Surroundings, Types};

/// How to write an instruction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Leaves out the types after the mnemonic.
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
    /// The function's type; none when the type index is wrong.
    pub ty: Option<&'a FuncType>,
    /// Parameter types; empty when the type index is wrong.
    pub params: &'a [ValType],
    /// The register after each run, and the run's type word.
    runs: Vec<(usize, u32)>,
    /// The registers that have a name, ascending, and their names.
    registers: Vec<(u32, Box<str>)>,
    register_count: usize,
    /// Words that are branched to, ascending; a label's number is its position.
    labels: Vec<u32>,
}

impl<'a> Surroundings<'a> for FunctionText<'a> {
    fn types(&self) -> &'a Types {
        &self.module.module.types
    }

    fn function_type(&self, function: u32) -> Option<u32> {
        self.module.spaces.func_type(self.module.module, function)
    }

    fn own_type(&self) -> Option<&'a FuncType> {
        self.ty
    }

    fn register_type(&self, register: u16) -> Option<ValType> {
        let register = usize::from(register);
        if let Some(&ty) = self.params.get(register) {
            return Some(ty);
        }
        let run = self.runs.partition_point(|(end, _)| *end <= register);
        ValType::from_word(self.runs.get(run)?.1)
    }
}

impl<'a> FunctionText<'a> {
    /// The function that is definition number `defined` of its module.
    pub fn new(module: &'a ModuleText<'a>, defined: usize) -> Self {
        let code = module.module.function_code(defined);
        let ty = module
            .module
            .functions
            .get(defined)
            .and_then(|row| module.module.types.func(row.ty));
        let params = ty.map_or(&[][..], |ty| &*ty.params);
        let mut end = params.len();
        let runs = module.module.function_runs(defined).iter().map(|run| {
            end += usize::from(run.count);
            (end, run.ty)
        });
        let mut text = FunctionText {
            module,
            index: module.spaces.index_of(Kind::Func, defined),
            code,
            ty,
            params,
            runs: runs.collect(),
            registers: Vec::new(),
            register_count: 0,
            labels: labels(code),
        };
        let count = text.runs.last().map_or(params.len(), |(end, _)| *end);
        text.register_count = count.min(usize::from(u16::MAX));
        text.registers = text.register_names();
        text
    }

    /// Code that belongs to no function that can be read.
    pub fn of_code(module: &'a ModuleText<'a>, code: &'a [u64]) -> Self {
        FunctionText {
            module,
            index: NONE,
            code,
            ty: None,
            params: &[],
            runs: Vec::new(),
            registers: Vec::new(),
            register_count: 0,
            labels: labels(code),
        }
    }

    fn register_names(&self) -> Vec<(u32, Box<str>)> {
        let Some(debug) = &self.module.module.debug else {
            return Vec::new();
        };
        let key = (NameSpace::Register as u32, self.index);
        let first = debug
            .names
            .partition_point(|row| (row.space, row.owner) < key);
        let own = debug.names[first..]
            .iter()
            .take_while(|row| (row.space, row.owner) == key);
        let (mut registers, mut names) = (Vec::new(), Vec::new());
        for row in own {
            let name = debug.strings.get(row.name);
            if !name.is_empty() && (row.index as usize) < self.register_count {
                registers.push(row.index);
                names.push(Some(self.module.cut(name)));
            }
        }
        let texts = unique(names, |at| registers[at], '%');
        registers.into_iter().zip(texts).collect()
    }

    /// The first register from `register` on that has a name; none when no more have one.
    pub fn next_named(&self, register: usize) -> Option<usize> {
        let at = self
            .registers
            .partition_point(|(number, _)| (*number as usize) < register);
        Some(self.registers.get(at)?.0 as usize)
    }

    fn register_name(&self, register: u16) -> Option<&str> {
        let number = u32::from(register);
        // Usually all registers have names, or none has.
        let (_, name) = match self.registers.get(usize::from(register)) {
            Some(row) if row.0 == number => row,
            _ => {
                let at = self.registers.binary_search_by_key(&number, |row| row.0);
                self.registers.get(at.ok()?)?
            }
        };
        Some(name)
    }

    /// A field of the struct that a register refers to: its name, or its number where it has none.
    pub fn field_name(&self, register: u16, field: u32) -> Cow<'_, str> {
        let ty = self.register_type(register).and_then(ValType::defined);
        self.module.field_name(ty, field)
    }

    /// The types of its results; empty when the type index is wrong.
    pub fn results(&self) -> &'a [ValType] {
        self.ty.map_or(&[], |ty| &ty.results)
    }

    /// Appends a parameter's name as its declaration writes it: `_` for none.
    pub(super) fn push_parameter(&self, out: &mut String, register: u16) {
        out.push_str(self.register_name(register).unwrap_or("_"));
    }

    /// Appends a register's name.
    pub fn push_register(&self, out: &mut String, register: u16) {
        match self.register_name(register) {
            Some(name) => out.push_str(name),
            None => {
                let _ = write!(out, "%{register}");
            }
        }
    }

    /// The words that have a label, ascending; a label's number is its position.
    pub fn labels(&self) -> &[u32] {
        &self.labels
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
                let _ = write!(out, "{ty}");
            }
        }
        let mut separator = " ";
        for at in inst.shape().syntax() {
            // An empty list leaves no trace.
            match at.syntax {
                SyntaxOperand::Args(_) => {
                    for &register in self.split(inst).0 {
                        out.push_str(separator);
                        self.push_register(out, register);
                        separator = ", ";
                    }
                    continue;
                }
                SyntaxOperand::Results(_) => {
                    separator = " -> ";
                    for &register in self.split(inst).1 {
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
                SyntaxOperand::Dst(..)
                | SyntaxOperand::Src(..)
                | SyntaxOperand::Imm(..)
                | SyntaxOperand::Address { .. }
                | SyntaxOperand::Label(_)
                | SyntaxOperand::Targets
                | SyntaxOperand::Index(..)
                | SyntaxOperand::Data(..)
                | SyntaxOperand::TrapKind(_)
                | SyntaxOperand::RefType(_)
                | SyntaxOperand::Field(_) => out.push_str(separator),
            }
            separator = ", ";
            self.push_operand(out, inst, at.syntax, word);
        }
    }

    fn push_operand(&self, out: &mut String, inst: &Inst<'_>, syntax: SyntaxOperand, word: usize) {
        let raw = |field: Field| inst.field(field);
        match syntax {
            SyntaxOperand::Dst(_, field) | SyntaxOperand::Src(_, field) => {
                self.push_register(out, raw(field) as u16)
            }
            SyntaxOperand::Imm(ty, field) => push_immediate(out, ty, inst, field),
            SyntaxOperand::Address { base, offset } => {
                out.push('[');
                self.push_register(out, raw(base) as u16);
                if raw(offset) != 0 {
                    let _ = write!(out, " + {}", raw(offset));
                }
                out.push(']');
            }
            SyntaxOperand::Label(field) => self.push_label(out, word, raw(field) as u32 as i32),
            SyntaxOperand::Targets => {
                let targets = inst.targets();
                for (i, &target) in targets.iter().enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    out.push_str(if i + 1 == targets.len() { "else " } else { "" });
                    self.push_label(out, word, target);
                }
            }
            SyntaxOperand::Index(IndexSpace::Type, field) => self.push_type(out, raw(field) as u32),
            SyntaxOperand::Index(space, field) => {
                let space = NameSpace::of(space);
                self.module.push_reference(out, space, raw(field) as u32)
            }
            SyntaxOperand::Data(field, addend) => {
                self.module
                    .push_reference(out, NameSpace::Data, raw(field) as u32);
                push_addend(out, addend.map_or(0, |field| raw(field) as i64));
            }
            SyntaxOperand::TrapKind(field) => match Trap::from_code(raw(field) as u16) {
                Some(trap) => out.push_str(trap.word()),
                None => {
                    let _ = write!(out, "{}", raw(field));
                }
            },
            SyntaxOperand::RefType(field) => self.module.push_type_word(out, raw(field) as u32),
            SyntaxOperand::Field(field) => {
                out.push_str(&self.field_name(inst.src(0), raw(field) as u32));
            }
            // Lists are the caller's work.
            SyntaxOperand::Args(_) | SyntaxOperand::Results(_) => {}
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

    /// A type of functions: its signature, or its name where that does not determine it.
    fn push_type(&self, out: &mut String, index: u32) {
        let types = &self.module.module.types;
        if !types.is_signature(index) {
            return self.module.push_reference(out, NameSpace::Type, index);
        }
        let ty = types.func(index);
        let shown = ty.filter(|ty| ty.params.len() + ty.results.len() <= self.module.longest);
        match shown {
            Some(ty) => self.module.push_arrow_signature(out, ty),
            None => {
                let _ = write!(out, "#{index}");
            }
        }
    }

    /// The arguments and results of an instruction with register lists; all are arguments where it is not known how the
    /// list divides.
    pub fn split<'i>(&self, inst: &Inst<'i>) -> (&'i [u16], &'i [u16]) {
        match self.lists(inst) {
            Some(lists) => lists.divide(inst),
            None => (inst.registers(), &[]),
        }
    }

    /// Writes the instruction in the way that text has for it alone, if there is one.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others have no spelling of their own"
    )]
    fn push_spelling(&self, out: &mut String, inst: &Inst<'_>) -> bool {
        match inst.op {
            Op::Move if usize::from(inst.src(0)) < self.params.len() => {
                out.push_str("LOAD_ARG ");
                self.push_register(out, inst.dst());
                out.push_str(", ");
                self.push_register(out, inst.src(0));
                true
            }
            Op::Call => {
                let Some(word) = self.call_spelling(inst) else {
                    return false;
                };
                let (args, results) = self.split(inst);
                if results.contains(&crate::isa::DISCARD) {
                    return false;
                }
                out.push_str(word);
                for (i, &register) in results.iter().chain(args).enumerate() {
                    out.push_str(if i > 0 { ", " } else { " " });
                    let name = self.register_name(register);
                    // What is only quoted is a text to PRINT and WRITE.
                    if name.is_some_and(|name| name.ends_with('"')) {
                        let _ = write!(out, "%{register}");
                    } else {
                        self.push_register(out, register);
                    }
                }
                true
            }
            _ => false,
        }
    }

    /// PRINT, WRITE, ALLOC or FREE, when the instruction is a call that is written so.
    pub fn call_spelling(&self, inst: &Inst<'_>) -> Option<&'static str> {
        if inst.op != Op::Call {
            return None;
        }
        let module = self.module.module;
        let Some(Definition::Import(row)) = self.module.spaces.get(Kind::Func, inst.func()) else {
            return None;
        };
        let row = module.imports.get(row)?;
        if row.module != NONE {
            return None;
        }
        let name = module
            .strings
            .get(row.name)
            .strip_prefix(crate::module::support::PREFIX)?;
        let typed = |ty: &str| ValType::named(ty).is_some_and(|ty| !ty.is_managed());
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

fn push_immediate(out: &mut String, ty: ValType, inst: &Inst<'_>, field: Field) {
    match ty {
        ValType::F32 | ValType::F64 => out.push_str(&float_text(ty, inst.field(field))),
        ValType::I32 | ValType::I64 | ValType::Ref(_) | ValType::Ptr => {
            if let crate::isa::decode::Value::Imm(value) = inst.value_in(Role::Imm(ty), field) {
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
