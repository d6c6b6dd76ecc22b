//! Operands as the text form and the builder group them.
//!
//! A row lists every field of the encoding. Whoever writes or reads instructions by hand sees
//! fewer operands: a base register and its offset are one address, a data row and its addend are
//! one place, and the memory, of which there is one, goes unsaid.

use std::sync::LazyLock;

use super::table::ROWS;
use super::{Field, IndexSpace, Op, OpInfo, Role, Signature, Ty, ValType};

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

/// A written operand, and the first of the row's operands that make it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotAt {
    /// What is written.
    pub slot: Slot,
    /// Index in [`OpInfo::operands`].
    pub operand: u8,
}

static SLOTS: LazyLock<Vec<Vec<SlotAt>>> = LazyLock::new(|| ROWS.iter().map(slots_of).collect());

fn slots_of(row: &OpInfo) -> Vec<SlotAt> {
    let mut slots = Vec::new();
    let mut operands = row.operands.iter().enumerate().peekable();
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

/// For each row the range of rows with its mnemonic and suffix.
static FORMS: LazyLock<Vec<(u16, u16)>> = LazyLock::new(|| {
    let mut ranges = vec![(0, 0); ROWS.len()];
    let mut start = 0;
    for i in 1..=ROWS.len() {
        let same = ROWS.get(i).is_some_and(|row| {
            row.mnemonic == ROWS[start].mnemonic && row.suffix == ROWS[start].suffix
        });
        if !same {
            ranges[start..i].fill((start as u16, i as u16));
            start = i;
        }
    }
    ranges
});

impl OpInfo {
    /// The operands as they are written, in order.
    pub fn slots(&self) -> &'static [SlotAt] {
        &SLOTS[self.op.index()]
    }
}

impl Op {
    /// The forms of the instruction: all rows with this one's mnemonic and suffix, those with
    /// narrower constants first.
    pub fn forms(self) -> &'static [Op] {
        let (start, end) = FORMS[self.index()];
        &Op::ALL[usize::from(start)..usize::from(end)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_together() {
        for &op in Op::ALL {
            let same = |other: &&Op| {
                other.info().mnemonic == op.info().mnemonic
                    && other.info().suffix == op.info().suffix
            };
            let all: Vec<Op> = Op::ALL.iter().filter(same).copied().collect();
            assert_eq!(op.forms(), all, "{}", op.info().name);
        }
        assert_eq!(Op::AddI64W.forms(), [Op::AddI64, Op::AddI64I, Op::AddI64W]);
    }

    #[test]
    fn written_operands() {
        let kinds = |op: Op| op.info().slots().len();
        assert_eq!(kinds(Op::LoadI64), 2);
        assert_eq!(kinds(Op::LoadI64W), 2);
        assert_eq!(kinds(Op::DataAddrW), 2);
        assert_eq!(kinds(Op::MemoryCopy), 3);
        assert_eq!(kinds(Op::CallIndirect), 5);
        assert_eq!(kinds(Op::Return), 0);
    }
}
