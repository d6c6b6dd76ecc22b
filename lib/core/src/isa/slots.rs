//! Operands as the text form and the builder group them.
//!
//! A form lists every field of the encoding. Whoever writes or reads instructions by hand sees
//! fewer operands: a base register and its offset are one address, a data row and its addend are
//! one place, and the memory, of which there is one, goes unsaid.

use std::sync::LazyLock;

use super::table::FORMS;
use super::{Field, FormInfo, IndexSpace, Op, Role, Signature, Ty, ValType};

/// One operand as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
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
    /// The registers of an argument list.
    Args(Signature),
    /// The registers of a result list.
    Results(Signature),
}

/// A written operand, and the first of the form's operands that make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotAt {
    /// What is written.
    pub slot: Slot,
    /// Index in [`FormInfo::operands`].
    pub operand: u8,
}

static SLOTS: LazyLock<Vec<Vec<SlotAt>>> = LazyLock::new(|| FORMS.iter().map(slots_of).collect());

fn slots_of(form: &FormInfo) -> Vec<SlotAt> {
    let mut slots = Vec::new();
    let mut operands = form.operands.iter().enumerate().peekable();
    while let Some((i, operand)) = operands.next() {
        let field = operand.field;
        let next = operands.peek().map(|(_, next)| (next.role, next.field));
        let slot = match (operand.role, next) {
            (Role::Src(_), Some((Role::Offset, offset))) => {
                operands.next();
                Slot::Address {
                    base: field,
                    offset,
                }
            }
            (Role::Index(IndexSpace::Data), Some((Role::Addend, addend))) => {
                operands.next();
                Slot::Data(field, Some(addend))
            }
            (Role::Index(IndexSpace::Data), _) => Slot::Data(field, None),
            // The one memory goes unsaid.
            (Role::Index(IndexSpace::Memory), _) => continue,
            (Role::Index(space), _) => Slot::Index(space, field),
            (Role::Dst(ty), _) => Slot::Dst(ty, field),
            (Role::Src(ty), _) => Slot::Src(ty, field),
            (Role::Imm(ty), _) => Slot::Imm(ty, field),
            (Role::Label, _) => Slot::Label(field),
            (Role::Targets, _) => Slot::Targets,
            (Role::TrapKind, _) => Slot::TrapKind(field),
            (Role::Args(signature), _) => Slot::Args(signature),
            (Role::Results(signature), _) => Slot::Results(signature),
            // Neither ever stands alone.
            (Role::Offset | Role::Addend, _) => continue,
        };
        slots.push(SlotAt {
            slot,
            operand: i as u8,
        });
    }
    slots
}

impl FormInfo {
    /// The operands as they are written, in order.
    pub fn slots(&self) -> &'static [SlotAt] {
        &SLOTS[self.form.index()]
    }
}

impl Op {
    /// The operands as they are written in the first of its forms, which says whether a register or a constant is usual.
    pub fn slots(self) -> &'static [SlotAt] {
        self.forms()[0].slots()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_operands() {
        let counts = |op: Op| {
            let counts = op.forms().iter().map(|form| form.slots().len());
            counts.collect::<Vec<_>>()
        };
        assert_eq!(counts(Op::LoadI64), [2, 2]);
        assert_eq!(counts(Op::DataAddr), [2, 2]);
        assert_eq!(counts(Op::MemoryCopy), [3]);
        assert_eq!(counts(Op::CallIndirect), [5]);
        assert_eq!(counts(Op::Return), [0, 1, 1]);
    }
}
