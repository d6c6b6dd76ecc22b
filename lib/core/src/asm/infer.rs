//! Which instruction a mnemonic without all its types means.

use crate::diag::codes::text::*;
use crate::isa::{Op, Single, Ty, ValType};
use crate::text::Span;
use crate::text::interner::Sym;
use crate::text::parser::comment_help;
use crate::text::parser::type_word;
use crate::text::tree::{Operand, OperandKind, WrittenType};

use super::Assembler;
use super::operand::AsRegister;
use super::synonyms::synonym;

/// What the first word of an instruction means.
#[derive(Clone, Debug)]
pub(super) enum Mnemonic {
    /// One of these; each stands for all its forms.
    Op(Vec<Op>),
    /// A pseudo-instruction.
    Pseudo(Pseudo),
    /// There is no such mnemonic, or not with these types.
    Unknown(bool),
}

/// What text has its own words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pseudo {
    LoadArg,
    Print,
    Write,
    Alloc,
    Free,
}

const PSEUDO_INSTRUCTIONS: &[(&str, Pseudo)] = &[
    ("LOAD_ARG", Pseudo::LoadArg),
    ("PRINT", Pseudo::Print),
    ("WRITE", Pseudo::Write),
    ("ALLOC", Pseudo::Alloc),
    ("FREE", Pseudo::Free),
];

/// Mnemonics by name, each looked up once.
#[derive(Debug, Default)]
pub(super) struct Mnemonics {
    /// By name: a position in `known` plus one.
    by_sym: Vec<u32>,
    known: Vec<std::rc::Rc<Mnemonic>>,
}

fn look_up(word: &str) -> Mnemonic {
    let (base, suffix) = word.split_once('.').unwrap_or((word, ""));
    let base = base.to_ascii_uppercase();
    let pseudo = PSEUDO_INSTRUCTIONS.iter().find(|(name, _)| *name == base);
    if let Some(&(_, pseudo)) = pseudo {
        return match word.contains('.') {
            true => Mnemonic::Unknown(true),
            false => Mnemonic::Pseudo(pseudo),
        };
    }
    let rows = Op::with_mnemonic(&base);
    if rows.is_empty() {
        return Mnemonic::Unknown(false);
    }
    let mut types = Vec::new();
    if word.contains('.') {
        for part in suffix.split('.') {
            match type_word(part) {
                Some(WrittenType::Is(ty)) => types.push(ty),
                _ => return Mnemonic::Unknown(true),
            }
        }
    }
    let fits = |op: &Op| op.info().suffix.starts_with(&types);
    let groups: Vec<Op> = rows.iter().copied().filter(fits).collect();
    match groups.is_empty() {
        true => Mnemonic::Unknown(true),
        // The forms of RETURN are told apart by the number of operands.
        false => Mnemonic::Op(groups),
    }
}

impl Assembler<'_> {
    /// What the first word of an instruction means.
    pub(super) fn mnemonic(&mut self, sym: Sym) -> std::rc::Rc<Mnemonic> {
        let table = &mut self.mnemonics;
        if table.by_sym.len() <= sym.index() {
            table.by_sym.resize(sym.index() + 1, 0);
        }
        let at = table.by_sym[sym.index()] as usize;
        if let Some(found) = at.checked_sub(1).and_then(|at| table.known.get(at)) {
            return found.clone();
        }
        let found = std::rc::Rc::new(look_up(self.names.get(sym)));
        table.known.push(found.clone());
        table.by_sym[sym.index()] = table.known.len() as u32;
        found
    }

    pub(super) fn unknown_mnemonic(&mut self, sym: Sym, span: crate::text::Span, types: bool) {
        let word = self.names.get(sym).to_owned();
        let shown = self.show_name(sym);
        if types {
            let base = word
                .split('.')
                .next()
                .unwrap_or_default()
                .to_ascii_uppercase();
            let mut known: Vec<String> = Op::with_mnemonic(&base)
                .iter()
                .map(|op| op.info().full_mnemonic())
                .collect();
            known.dedup();
            let help = match known.is_empty() {
                true => format!("{base} takes no types"),
                false => format!("there are {}", known.join(", ")),
            };
            self.error(&A0019, span, format!("there is no instruction `{shown}`"))
                .help(help);
            return;
        }
        let base = word.split('.').next().unwrap_or_default();
        let help = match comment_help(&word).or_else(|| synonym(base)) {
            Some(help) => Some(help),
            None => {
                let rows = Op::ALL.iter().map(|op| op.info().mnemonic);
                let pseudo = PSEUDO_INSTRUCTIONS.iter().map(|(name, _)| *name);
                self.report.suggest.help(base, rows.chain(pseudo))
            }
        };
        self.error(&A0008, span, format!("there is no instruction `{shown}`"))
            .maybe_help(help);
    }

    /// Chooses among the instructions with one mnemonic by the types of source registers, then that of
    /// the destination, then the form of a literal. Also returns whether anything decided.
    pub(super) fn choose(&mut self, groups: &[Op], operands: &[Operand]) -> (Op, bool) {
        let mut left = Left::new(groups);
        let written = groups[0].syntax();
        let positions = positions(operands);
        let mut wrong = false;
        for reading in [true, false] {
            for (number, at) in written.iter().enumerate() {
                let wanted = match at.syntax.single() {
                    Some(Single::Read(_) | Single::Constant(_)) => reading,
                    Some(Single::Written(_)) => !reading,
                    None => false,
                };
                let Some(operand) = positions.get(number).map(|&at| operands[at]) else {
                    continue;
                };
                if !wanted || left.count == 1 || !operand.may_be_register() {
                    continue;
                }
                let ty = match self.as_register(&operand) {
                    AsRegister::Known(reg) => self.body.f.reg_type(reg),
                    AsRegister::Wrong => {
                        wrong = true;
                        None
                    }
                    AsRegister::Unknown | AsRegister::Other => None,
                };
                let Some(ty) = ty else { continue };
                if reading && groups.iter().all(|op| excludes(*op, number, ty)) {
                    self.no_such_type(groups, ty, operand.span);
                    return (left.ops[0], false);
                }
                keep(&mut left, |op| written_type(*op, number) == Some(ty));
            }
        }
        let decided = left.count == 1 || !wrong;
        if left.count > 1 {
            self.choose_by_literal(&mut left, operands, &positions);
        }
        for ty in [ValType::I64, ValType::F64] {
            keep(&mut left, |op| op.info().suffix.first() == Some(&ty));
        }
        (left.ops[0], decided)
    }

    /// No instruction of this mnemonic takes a register of type `ty`.
    fn no_such_type(&mut self, groups: &[Op], ty: ValType, span: Span) {
        let word = groups[0].info().mnemonic;
        let mut known: Vec<String> = groups.iter().map(|op| op.info().full_mnemonic()).collect();
        known.dedup();
        let instead = match (word, ty) {
            ("MAX", ValType::I32 | ValType::I64) => {
                "; for integers write `GT c, x, y` and `SELECT d, c, x, y`"
            }
            ("MIN", ValType::I32 | ValType::I64) => {
                "; for integers write `LT c, x, y` and `SELECT d, c, x, y`"
            }
            (_, ValType::F32 | ValType::F64) if word.starts_with("IF") => {
                let comparison = match word {
                    "IF" => "NE",
                    "IF_NOT" => "EQ",
                    _ => word.trim_start_matches("IF_").trim_end_matches("_U"),
                };
                &format!("; for floats write `{comparison} c, x, y` and `IF c, label`")
            }
            _ => "",
        };
        let message = format!("there is no {word} for type {ty}");
        self.error(&A0019, span, message)
            .help(format!("there is {}{instead}", known.join(", ")));
    }

    fn choose_by_literal(&self, left: &mut Left, operands: &[Operand], positions: &Positions) {
        for (number, &at) in positions.iter().enumerate() {
            let literal = self.as_literal(&operands[at]);
            let ty = if literal.kind == OperandKind::Int {
                ValType::I64
            } else if literal.kind == OperandKind::Float {
                ValType::F64
            } else {
                continue;
            };
            keep(left, |op| {
                let forms = op.forms().iter();
                let mut operands = forms.filter_map(|form| form.syntax().get(number));
                operands.any(|at| at.syntax.single() == Some(Single::Constant(ty)))
            });
        }
    }
}

/// Where each operand begins: an address takes two places. Only lists have more operands than these, and
/// they are not looked up here.
pub(super) struct Positions {
    at: [usize; 8],
    /// The number of operands, those without a place here included.
    pub count: usize,
}

impl std::ops::Deref for Positions {
    type Target = [usize];

    fn deref(&self) -> &[usize] {
        &self.at[..self.count.min(8)]
    }
}

pub(super) fn positions(operands: &[Operand]) -> Positions {
    let mut positions = Positions {
        at: [0; 8],
        count: 0,
    };
    let mut at = 0;
    while let Some(operand) = operands.get(at) {
        if let Some(place) = positions.at.get_mut(positions.count) {
            *place = at;
        }
        positions.count += 1;
        at += if operand.kind == OperandKind::Address {
            2
        } else {
            1
        };
    }
    positions
}

/// The instructions that are still possible.
struct Left {
    ops: [Op; 8],
    count: usize,
}

impl Left {
    /// No mnemonic stands for more than eight instructions.
    fn new(groups: &[Op]) -> Left {
        let mut ops = [groups[0]; 8];
        let count = groups.len().min(ops.len());
        ops[..count].copy_from_slice(&groups[..count]);
        Left { ops, count }
    }
}

/// Keeps what fits, unless nothing does: the verifier then reports what is wrong.
fn keep(left: &mut Left, fits: impl Fn(&Op) -> bool) {
    let mut count = 0;
    for at in 0..left.count {
        if fits(&left.ops[at]) {
            left.ops.swap(count, at);
            count += 1;
        }
    }
    if count > 0 {
        left.count = count;
    }
}

/// Whether an instruction takes registers of one type at a place, and this is a number of another.
fn excludes(op: Op, number: usize, ty: ValType) -> bool {
    let numeric = !ty.is_ref_or_ptr();
    numeric && written_type(op, number).is_some_and(|own| own != ty)
}

fn written_type(op: Op, number: usize) -> Option<ValType> {
    let forms = op.forms().iter();
    let mut operands = forms.filter_map(|form| form.syntax().get(number));
    operands.find_map(|at| match at.syntax.single() {
        Some(Single::Written(Ty::Is(ty)) | Single::Read(Ty::Is(ty))) => Some(ty),
        Some(Single::Written(_) | Single::Read(_) | Single::Constant(_)) | None => None,
    })
}
