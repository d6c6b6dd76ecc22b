//! What went wrong in the use of a builder, in the words of its user.

use std::fmt;

use super::{Arg, Func, Label};
use crate::diag::counted;
use crate::isa::{FormInfo, IndexSpace, Op, SyntaxOperand, ValType};

/// Why there is no module: the first mistake in the use of the builder.
///
/// Functions are called by their symbol, else by their debug name, else `#` and the number of
/// their handle.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BuildError {
    /// A function was declared, but never defined; or defined without having been declared.
    Undefined(String),
    /// A function branches to a label that was never bound.
    Unbound(String, Label),
    /// A function binds a label twice.
    BoundTwice(String, Label),
    /// An instruction of a function does not exist as it was asked for.
    Instruction {
        /// The function.
        function: String,
        /// Number of the instruction in the function, from 0.
        instruction: u32,
        /// What is wrong with it: its mnemonic or an operand.
        reason: String,
    },
    /// A function has more than 65,534 registers, or code longer than a branch can reach.
    TooLarge(String),
    /// There are more than 2^32 - 2 of something, or a pool of strings exceeds 4 GiB.
    TooMany,
    /// A symbol was asked for an import, which has a name already; or two for one definition.
    Symbol(String),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::Undefined(function) => {
                write!(f, "function `{function}` is declared, but not defined")
            }
            BuildError::Unbound(function, label) => {
                write!(f, "function `{function}`: label {} is not bound", label.0)
            }
            BuildError::BoundTwice(function, label) => {
                write!(f, "function `{function}`: label {} is bound twice", label.0)
            }
            BuildError::Instruction {
                function,
                instruction,
                reason,
            } => write!(
                f,
                "function `{function}`, instruction {instruction}: {reason}"
            ),
            BuildError::TooLarge(function) => write!(f, "function `{function}` is too large"),
            BuildError::TooMany => f.write_str("the module has too many parts"),
            BuildError::Symbol(name) => write!(
                f,
                "the symbol `{name}` is given to an import, or to what has a symbol already"
            ),
        }
    }
}

impl std::error::Error for BuildError {}

/// What went wrong first in a function, before it has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An instruction, by its number, and what is wrong with it.
    Instruction(u32, String),
    Unbound(Label),
    BoundTwice(Label),
    TooLarge,
    Undefined,
}

impl Fault {
    pub(super) fn into_error(self, function: String) -> BuildError {
        match self {
            Fault::Instruction(instruction, reason) => BuildError::Instruction {
                function,
                instruction,
                reason,
            },
            Fault::Unbound(label) => BuildError::Unbound(function, label),
            Fault::BoundTwice(label) => BuildError::BoundTwice(function, label),
            Fault::TooLarge => BuildError::TooLarge(function),
            Fault::Undefined => BuildError::Undefined(function),
        }
    }
}

/// A call whose lists are compared with the type of the function when that is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallSite {
    pub instruction: u32,
    pub op: Op,
    pub callee: Func,
    pub args: u32,
    /// None where the instruction has no results of its own.
    pub results: Option<u32>,
}

/// Why no instruction with a mnemonic, types after it or not, takes the operands.
pub(super) fn no_instruction(mnemonic: &str, args: &[Arg<'_>]) -> String {
    let (base, suffix) = mnemonic.split_once('.').unwrap_or((mnemonic, ""));
    let rows = Op::with_mnemonic(base);
    if rows.is_empty() {
        let upper = base.to_ascii_uppercase();
        return match Op::with_mnemonic(&upper).is_empty() {
            true => format!("unknown mnemonic {base}"),
            false => format!("unknown mnemonic {base}; mnemonics are in capitals: {upper}"),
        };
    }
    let named: Vec<Op> = rows
        .iter()
        .copied()
        .filter(|op| {
            let types: Vec<String> = op.info().suffix.iter().map(|ty| ty.to_string()).collect();
            suffix.is_empty() || types.join(".").starts_with(suffix)
        })
        .collect();
    if named.is_empty() {
        let mut known: Vec<String> = rows.iter().map(|op| op.info().full_mnemonic()).collect();
        known.dedup();
        return format!("there is no {mnemonic}, only {}", known.join(", "));
    }
    no_form(&named, mnemonic, args)
}

/// Why none of some instructions takes the operands.
pub(super) fn no_form(ops: &[Op], mnemonic: &str, args: &[Arg<'_>]) -> String {
    let forms = || ops.iter().flat_map(|op| op.forms());
    let fitting: Vec<&FormInfo> = forms()
        .filter(|form| form.syntax().len() == args.len())
        .collect();
    if fitting.is_empty() {
        let mut takes: Vec<usize> = forms().map(|form| form.syntax().len()).collect();
        takes.sort_unstable();
        takes.dedup();
        let wanted: Vec<String> = takes.iter().map(usize::to_string).collect();
        let wanted = match takes[..] {
            [one] => counted(one as u64, "operand"),
            _ => format!("{} operands", wanted.join(" or ")),
        };
        return format!("{mnemonic} takes {wanted}, {} given", args.len());
    }
    for (number, &arg) in args.iter().enumerate() {
        let takes = |form: &&FormInfo| super::emit::fits(form.syntax()[number].syntax, arg);
        if fitting.iter().any(takes) {
            continue;
        }
        let mut wanted: Vec<&str> = fitting
            .iter()
            .map(|form| operand_words(form.syntax()[number].syntax))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let (number, wanted) = (number + 1, wanted.join(" or "));
        if let Arg::Imm(value) = arg
            && wanted.contains("constant")
        {
            return format!("operand {number} of {mnemonic} is {value}, which does not fit");
        }
        let given = arg_words(arg);
        return format!("operand {number} of {mnemonic} is {given}, not {wanted}");
    }
    format!("no form of {mnemonic} takes these operands together")
}

fn operand_words(syntax: SyntaxOperand) -> &'static str {
    match syntax {
        SyntaxOperand::Dst(..) | SyntaxOperand::Src(..) => "a register",
        SyntaxOperand::Imm(ValType::F32 | ValType::F64, _) => "a constant's bits",
        SyntaxOperand::Imm(..) => "a constant",
        SyntaxOperand::Address { .. } => "an address",
        SyntaxOperand::Label(_) => "a label",
        SyntaxOperand::Targets => "a list of labels",
        SyntaxOperand::Index(space, _) => match space {
            IndexSpace::Func => "a function",
            IndexSpace::Type => "a type",
            IndexSpace::Global => "a global",
            IndexSpace::Table => "a table",
            IndexSpace::Memory => "a memory",
            IndexSpace::Data => "a data row",
            IndexSpace::Elem => "an element segment",
            IndexSpace::Tag => "a tag",
        },
        SyntaxOperand::Data(..) => "a data row",
        SyntaxOperand::TrapKind(_) => "a trap kind",
        SyntaxOperand::RefType(_) => "a reference type",
        SyntaxOperand::Field(_) => "a field",
        SyntaxOperand::Args(_) | SyntaxOperand::Results(_) => "a list of registers",
    }
}

fn arg_words(arg: Arg<'_>) -> &'static str {
    match arg {
        Arg::Reg(_) => "a register",
        Arg::Imm(_) => "a constant",
        Arg::Address(..) => "an address",
        Arg::Label(_) => "a label",
        Arg::Targets([]) => "an empty list of labels",
        Arg::Targets(_) => "a list of labels",
        Arg::Func(_) => "a function",
        Arg::Type(_) => "a type",
        Arg::Global(_) => "a global",
        Arg::Table(_) => "a table",
        Arg::Elem(_) => "an element segment",
        Arg::Data(_, 0) => "a data row",
        Arg::Data(..) => "a data row with a number of bytes added",
        Arg::Trap(_) => "a trap kind",
        Arg::RefType(_) => "a reference type",
        Arg::Field(_) => "a field",
        Arg::Regs(_) => "a list of registers",
    }
}
