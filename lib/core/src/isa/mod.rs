//! The instruction set: types, the op table, and the encoding that follows from it.

pub mod decode;
pub mod encode;
mod roles;
mod row;
mod slots;
mod space;
mod table;
mod types;
pub mod walk;

pub use decode::{DecodeError, Inst, decode};
pub use encode::encode;
pub use row::{Effects, Field, OpInfo, Operand, Role, Signature, Tail, Ty};
pub use slots::{Slot, SlotAt};
pub use space::IndexSpace;
pub use table::Op;
pub use types::{FuncType, Trap, ValType};

#[cfg(target_endian = "big")]
compile_error!("code is read in place as little-endian words; big-endian hosts are not supported");

/// In a list of result registers: the result is dropped.
pub const DISCARD: u16 = 0xffff;

/// Opcode numbers lie below this.
const NUMBERS: usize = 0x400;

const NO_ROW: u16 = u16::MAX;

/// From opcode number to index in [`Op::ALL`], [`NO_ROW`] where there is none.
static INDEX: [u16; NUMBERS] = {
    let mut index = [NO_ROW; NUMBERS];
    let mut i = 0;
    while i < Op::ALL.len() {
        let number = Op::ALL[i] as usize;
        assert!(
            i == 0 || (Op::ALL[i - 1] as usize) < number,
            "the op table is not in ascending order"
        );
        index[number] = i as u16;
        i += 1;
    }
    index
};

/// Opcode ranges set aside for later families, with what they are for. In them field `a`
/// of the first word is the number of words that follow.
pub const RESERVED: &[(std::ops::RangeInclusive<u16>, &str)] = &[
    (0x400..=0x4ff, "managed heap"),
    (0x500..=0x5ff, "exceptions"),
    (0x600..=0x6ff, "tasks"),
    (0x700..=0x7ff, "debugging"),
    (0x800..=0xbff, "SIMD"),
    (0xc00..=0xcff, "atomics"),
];

/// Rows that belong together, for documentation.
#[derive(Clone, Debug)]
pub struct Family {
    /// The opcode numbers that are the family's, used or not.
    pub numbers: std::ops::RangeInclusive<u16>,
    /// A few words.
    pub title: &'static str,
}

/// The families, by ascending opcode number; every row lies in one.
pub static FAMILIES: &[Family] = &[
    family(0x001, 0x00f, "Control flow"),
    family(0x010, 0x01b, "Constants, moves and references"),
    family(0x01c, 0x01f, "Globals"),
    family(0x020, 0x027, "Tables"),
    family(0x028, 0x07f, "Memory"),
    family(0x080, 0x13f, "Integers, i32"),
    family(0x140, 0x1ff, "Integers, i64"),
    family(0x200, 0x21f, "Floating point, f32"),
    family(0x220, 0x23f, "Floating point, f64"),
    family(0x240, 0x2ff, "Conversions"),
];

const fn family(first: u16, last: u16, title: &'static str) -> Family {
    Family {
        numbers: first..=last,
        title,
    }
}

impl Op {
    /// The row's instruction with opcode number `number`.
    #[inline]
    pub fn from_number(number: u16) -> Option<Op> {
        let index = *INDEX.get(number as usize)?;
        Op::ALL.get(index as usize).copied()
    }

    /// The opcode number.
    #[inline]
    pub const fn number(self) -> u16 {
        self as u16
    }

    /// The position in [`Op::ALL`], for tables with an entry for each row.
    #[inline]
    pub const fn index(self) -> usize {
        INDEX[self as usize] as usize
    }

    /// The row.
    #[inline]
    pub fn info(self) -> &'static OpInfo {
        &table::ROWS[self.index()]
    }

    /// The rows of one instruction: all with this mnemonic (in capitals), in table order.
    pub fn with_mnemonic(mnemonic: &str) -> &'static [Op] {
        use std::collections::HashMap;
        use std::sync::OnceLock;
        static BY_MNEMONIC: OnceLock<HashMap<&'static str, Vec<Op>>> = OnceLock::new();
        let map = BY_MNEMONIC.get_or_init(|| {
            let mut map: HashMap<_, Vec<Op>> = HashMap::new();
            for row in &table::ROWS {
                map.entry(row.mnemonic).or_default().push(row.op);
            }
            map
        });
        map.get(mnemonic).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operands_do_not_overlap() {
        for row in &table::ROWS {
            let mut used = [0xffff_u64, 0];
            if row.tail() == Tail::Registers {
                used[0] |= 0xffff_0000;
            }
            if row.tail() == Tail::Targets {
                used[0] |= 0xffff_ffff_0000_0000;
            }
            for operand in row.operands {
                if let Some((word, shift, width)) = operand.field.bits() {
                    let mask = (u64::MAX >> (64 - width)) << shift;
                    assert_eq!(used[word] & mask, 0, "{} in {}", operand.name, row.name);
                    used[word] |= mask;
                }
            }
        }
    }

    #[test]
    fn every_row_has_one_family() {
        for row in &table::ROWS {
            let number = row.op.number();
            let families = FAMILIES.iter().filter(|f| f.numbers.contains(&number));
            assert_eq!(families.count(), 1, "{}", row.name);
        }
    }

    #[test]
    fn wide_forms_have_a_narrower_one() {
        let wide: Vec<_> = table::ROWS
            .iter()
            .filter(|row| row.name.ends_with('W'))
            .collect();
        assert!(wide.len() > 80);
        for row in wide {
            let (operand, narrower) = row.narrower().expect(row.name);
            assert_eq!(operand.field, Field::W1);
            assert_eq!(
                format!("{}W", narrower.name.trim_end_matches('I')),
                row.name
            );
        }
    }
}
