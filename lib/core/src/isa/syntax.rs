//! Operands as the text form and the builder group them.
//!
//! A form lists every field of the encoding. Whoever writes or reads instructions by hand sees
//! fewer operands: a base register and its offset are one address, a data row and its addend are
//! one place; the memory, of which there is one, goes unsaid, and so does the number of arguments in a list.

use std::sync::LazyLock;

use super::table::FORMS;
use super::{Field, FormInfo, IndexSpace, Op, Role, Signature, Ty, ValType};

/// One operand as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxOperand {
    /// A register that is written.
    Dst(Ty, Field),
    /// A register that is read.
    Src(Ty, Field),
    /// A constant.
    Imm(ValType, Field),
    /// `[base + offset]`.
    Address {
        /// Where the base register lies.
        base: Field,
        /// Where the offset lies.
        offset: Field,
    },
    /// A branch target.
    Label(Field),
    /// The branch targets of SWITCH.
    Targets,
    /// An index in the space, which is none of data rows or memories.
    Index(IndexSpace, Field),
    /// A data row, and where its addend lies, if the form has one.
    Data(Field, Option<Field>),
    /// A trap kind.
    TrapKind(Field),
    /// A reference type.
    RefType(Field),
    /// A field of a struct.
    Field(Field),
    /// The registers of an argument list.
    Args(Signature),
    /// The registers of a result list.
    Results(Signature),
}

/// What an operand that is a register or a constant by itself asks of its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Single {
    /// A register that is written.
    Written(Ty),
    /// A register that is read.
    Read(Ty),
    /// A constant.
    Constant(ValType),
}

impl SyntaxOperand {
    /// The register or constant that the operand is; none for others.
    pub(crate) const fn single(self) -> Option<Single> {
        match self {
            SyntaxOperand::Dst(ty, _) => Some(Single::Written(ty)),
            SyntaxOperand::Src(ty, _) => Some(Single::Read(ty)),
            SyntaxOperand::Imm(ty, _) => Some(Single::Constant(ty)),
            SyntaxOperand::Address { .. }
            | SyntaxOperand::Label(_)
            | SyntaxOperand::Targets
            | SyntaxOperand::Index(..)
            | SyntaxOperand::Data(..)
            | SyntaxOperand::TrapKind(_)
            | SyntaxOperand::RefType(_)
            | SyntaxOperand::Field(_)
            | SyntaxOperand::Args(_)
            | SyntaxOperand::Results(_) => None,
        }
    }
}

/// A written operand, and the first of the form's operands that make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrittenOperand {
    /// What is written.
    pub syntax: SyntaxOperand,
    /// Index of the first of them in [`FormInfo::operands`].
    pub first: u8,
}

static SYNTAX: LazyLock<Vec<Vec<WrittenOperand>>> =
    LazyLock::new(|| FORMS.iter().map(syntax_of).collect());

fn syntax_of(form: &FormInfo) -> Vec<WrittenOperand> {
    let mut written = Vec::new();
    let mut operands = form.operands.iter().enumerate().peekable();
    while let Some((i, operand)) = operands.next() {
        let field = operand.field;
        let next = operands.peek().map(|(_, next)| (next.role, next.field));
        let syntax = match (operand.role, next) {
            (Role::Src(_), Some((Role::Offset, offset))) => {
                operands.next();
                SyntaxOperand::Address {
                    base: field,
                    offset,
                }
            }
            (Role::Index(IndexSpace::Data), Some((Role::Addend, addend))) => {
                operands.next();
                SyntaxOperand::Data(field, Some(addend))
            }
            (Role::Index(IndexSpace::Data), _) => SyntaxOperand::Data(field, None),
            // The one memory goes unsaid.
            (Role::Index(IndexSpace::Memory), _) => continue,
            (Role::Index(space), _) => SyntaxOperand::Index(space, field),
            (Role::Dst(ty), _) => SyntaxOperand::Dst(ty, field),
            (Role::Src(ty), _) => SyntaxOperand::Src(ty, field),
            (Role::Imm(ty), _) => SyntaxOperand::Imm(ty, field),
            (Role::Label, _) => SyntaxOperand::Label(field),
            (Role::Targets, _) => SyntaxOperand::Targets,
            (Role::TrapKind, _) => SyntaxOperand::TrapKind(field),
            (Role::RefType, _) => SyntaxOperand::RefType(field),
            (Role::Field, _) => SyntaxOperand::Field(field),
            // The length of the list says it.
            (Role::Count, _) => continue,
            (Role::Args(signature), _) => SyntaxOperand::Args(signature),
            (Role::Results(signature), _) => SyntaxOperand::Results(signature),
            // Neither ever occurs alone.
            (Role::Offset | Role::Addend, _) => continue,
        };
        written.push(WrittenOperand {
            syntax,
            first: i as u8,
        });
    }
    written
}

impl FormInfo {
    /// The operands as they are written, in order.
    pub fn syntax(&self) -> &'static [WrittenOperand] {
        &SYNTAX[self.form.index()]
    }
}

impl Op {
    /// The operands as they are written in the first of its forms, which shows whether a register or a constant is
    /// usual.
    pub fn syntax(self) -> &'static [WrittenOperand] {
        self.forms()[0].syntax()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_operands() {
        let counts = |op: Op| {
            let counts = op.forms().iter().map(|form| form.syntax().len());
            counts.collect::<Vec<_>>()
        };
        assert_eq!(counts(Op::LoadI64), [2, 2]);
        assert_eq!(counts(Op::DataAddr), [2, 2]);
        assert_eq!(counts(Op::MemoryCopy), [3]);
        assert_eq!(counts(Op::CallIndirect), [5]);
        assert_eq!(counts(Op::Return), [0, 1, 1]);
    }
}
