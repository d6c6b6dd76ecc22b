//! The instruction set: types, the op table, and the encoding that follows from it.

use std::fmt;

pub mod decode;
pub mod encode;
mod roles;
mod row;
mod space;
mod syntax;
mod table;
mod types;
pub mod walk;

pub use decode::{DecodeError, Inst, decode};
pub use encode::{encode, encode_form};
pub use roles::Rhs;
pub use row::{Class, Effects, Field, FormInfo, OpInfo, Operand, Role, Signature, Tail, Ty};
pub use space::IndexSpace;
pub(crate) use syntax::Single;
pub use syntax::{SyntaxOperand, WrittenOperand};
pub use table::{ControlOp, Family, ManagedOp, MemoryOp, NumberOp, Op, StateOp, ValueOp};
pub use types::{FuncType, HeapType, MUTABLE_FIELD, PlainRef, RefType, Trap, ValType};

#[cfg(target_endian = "big")]
compile_error!("code is read in place as little-endian words; big-endian hosts are not supported");

/// In a list of result registers: the result is dropped.
pub const DISCARD: u16 = 0xffff;

/// Opcode numbers lie below this.
pub(crate) const NUMBERS: usize = 0x450;

const NO_FORM: u16 = u16::MAX;

/// From opcode number to index in [`table::FORMS`], [`NO_FORM`] where there is none.
static INDEX: [u16; NUMBERS] = {
    let mut index = [NO_FORM; NUMBERS];
    let mut i = 0;
    while i < Form::COUNT {
        index[table::FORMS[i].number as usize] = i as u16;
        i += 1;
    }
    index
};

/// By instruction: the comparison that it branches on.
static COMPARISONS: [Option<Op>; Op::ALL.len()] = {
    let mut comparisons = [None; Op::ALL.len()];
    let mut i = 0;
    while i < Op::ALL.len() {
        if let Some(branch) = table::ROWS[i].related.branch {
            comparisons[branch as usize] = Some(Op::ALL[i]);
        }
        i += 1;
    }
    comparisons
};

/// Opcode ranges set aside for later families, with what they are for.
pub const RESERVED: &[(std::ops::RangeInclusive<u16>, &str)] = &[
    (0x450..=0x4ff, "managed heap"),
    (0x500..=0x5ff, "exceptions"),
    (0x600..=0x6ff, "tasks"),
    (COUNTED, "debugging"),
    (0x800..=0xbff, "SIMD"),
    (0xc00..=0xcff, "atomics"),
];

/// The part of [`RESERVED`] where field `a` of the first word is the number of words that follow.
pub const COUNTED: std::ops::RangeInclusive<u16> = 0x700..=0x7ff;

/// Rows that documentation shows together, a part of a [`Family`].
#[derive(Clone, Debug)]
pub struct Group {
    /// The opcode numbers that are the group's, used or not.
    pub numbers: std::ops::RangeInclusive<u16>,
    /// A few words.
    pub title: &'static str,
}

/// The groups, by ascending opcode number; every row lies in one.
pub static GROUPS: &[Group] = &[
    group(0x001, 0x00f, "Control flow"),
    group(0x010, 0x01b, "Constants, moves and references"),
    group(0x01c, 0x01f, "Globals"),
    group(0x020, 0x027, "Tables"),
    group(0x028, 0x07f, "Memory"),
    group(0x080, 0x13f, "Integers, i32"),
    group(0x140, 0x1ff, "Integers, i64"),
    group(0x200, 0x21f, "Floating point, f32"),
    group(0x220, 0x23f, "Floating point, f64"),
    group(0x240, 0x2ff, "Conversions"),
    group(0x400, 0x40f, "References"),
    group(0x410, 0x41f, "Structs"),
    group(0x420, 0x42f, "Arrays"),
    group(0x440, 0x44f, "Calls through references"),
];

const fn group(first: u16, last: u16, title: &'static str) -> Group {
    Group {
        numbers: first..=last,
        title,
    }
}

/// A form: one way to encode an instruction. Its order is that of opcode numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Form(u16);

impl Form {
    /// The number of forms.
    pub const COUNT: usize = table::FORMS.len();

    /// All of them, by ascending opcode number.
    pub fn all() -> impl DoubleEndedIterator<Item = Form> + ExactSizeIterator + Clone {
        (0..Form::COUNT as u16).map(Form)
    }

    /// The form with an opcode number.
    #[inline]
    pub fn from_number(number: u16) -> Option<Form> {
        let index = *INDEX.get(usize::from(number))?;
        (index != NO_FORM).then_some(Form(index))
    }

    /// The opcode number.
    #[inline]
    pub fn number(self) -> u16 {
        self.info().number
    }

    /// The position among all forms, for tables with an entry for each.
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The instruction.
    #[inline]
    pub fn op(self) -> Op {
        self.info().op
    }

    /// Number, operands and shape.
    #[inline]
    pub fn info(self) -> &'static FormInfo {
        &table::FORMS[self.index()]
    }
}

impl fmt::Display for Form {
    /// The instruction's full mnemonic, and the opcode number: one mnemonic stands for several forms.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mnemonic = self.op().info().full_mnemonic();
        write!(f, "{mnemonic} ({:#05x})", self.number())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Op {
    /// The position in [`Op::ALL`], for tables with an entry for each instruction.
    #[inline]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The row.
    #[inline]
    pub fn info(self) -> &'static OpInfo {
        &table::ROWS[self.index()]
    }

    /// The forms, those with narrower constants first.
    #[inline]
    pub fn forms(self) -> &'static [FormInfo] {
        let (first, count) = self.info().forms;
        &table::FORMS[usize::from(first)..usize::from(first + count)]
    }

    /// The type of the register that is written outside lists, where it is always the same.
    pub fn result(self) -> Option<ValType> {
        let operands = self.forms()[0].operands.iter();
        let mut written = operands.filter_map(|operand| operand.role.written());
        written.next()?.fixed()
    }

    /// For a comparison, the one with the opposite answer, where there is one.
    pub fn inverse(self) -> Option<Op> {
        self.info().related.inverse
    }

    /// The operation that has the same result with its two operands exchanged: itself where it
    /// commutes.
    pub fn mirrored(self) -> Option<Op> {
        self.info().related.mirror
    }

    /// Whether the two operands may be exchanged. (The payload of a NaN may then be different, which is unspecified.)
    pub fn commutes(self) -> bool {
        self.mirrored() == Some(self)
    }

    /// For a comparison, the branch on it, where there is one.
    pub fn branch(self) -> Option<Op> {
        self.info().related.branch
    }

    /// For a branch on a comparison, that comparison.
    pub fn comparison(self) -> Option<Op> {
        COMPARISONS[self.index()]
    }

    /// All instructions with this mnemonic (in capitals), in table order.
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
        for form in Form::all() {
            let info = form.info();
            let mut used = [0xffff_u64, 0];
            if info.tail() == Tail::Registers {
                used[0] |= 0xffff_0000;
            }
            if info.tail() == Tail::Targets {
                used[0] |= 0xffff_ffff_0000_0000;
            }
            for operand in info.operands {
                if let Some((word, shift, width)) = operand.field.bits() {
                    let mask = (u64::MAX >> (64 - width)) << shift;
                    assert_eq!(used[word] & mask, 0, "{} in {form}", operand.name);
                    used[word] |= mask;
                }
            }
        }
    }

    #[test]
    fn every_form_has_one_group() {
        for form in Form::all() {
            let groups = GROUPS
                .iter()
                .filter(|group| group.numbers.contains(&form.number()));
            assert_eq!(groups.count(), 1, "{form}");
        }
    }

    /// Families hold whole groups, which a row of the wrong family would show.
    #[test]
    fn a_group_has_one_family() {
        for group in GROUPS {
            let forms = Form::all().filter(|form| group.numbers.contains(&form.number()));
            let mut families: Vec<_> = forms
                .map(|form| std::mem::discriminant(&form.op().family()))
                .collect();
            families.dedup();
            assert_eq!(families.len(), 1, "{}", group.title);
        }
    }

    #[test]
    fn wide_forms_have_a_narrower_one() {
        let mut count = 0;
        for form in Form::all() {
            let wide = |operand: &&Operand| {
                operand.field == Field::W1 && !matches!(operand.role, Role::Imm(ValType::F64))
            };
            let Some(wide) = form.info().operands.iter().find(wide) else {
                continue;
            };
            let (operand, narrower) = form.info().narrower().expect("a narrower form");
            assert_eq!(operand, wide);
            assert_eq!(narrower.op, form.op());
            assert_eq!(usize::from(form.number() - narrower.number), 1);
            count += 1;
        }
        assert!(count > 80);
    }

    #[test]
    fn forms_belong_to_their_instruction() {
        let mut all = Form::all();
        for &op in Op::ALL {
            assert!(!op.forms().is_empty());
            for form in op.forms().iter().map(|info| info.form) {
                assert_eq!(form.op(), op);
                assert_eq!(all.next(), Some(form));
                assert_eq!(Form::from_number(form.number()), Some(form));
            }
        }
        assert_eq!(all.next(), None);
    }

    #[test]
    fn one_row_for_each_mnemonic_and_suffix() {
        let mut seen = std::collections::BTreeSet::new();
        for op in Op::ALL {
            assert!(seen.insert(op.info().full_mnemonic()), "{op:?}");
        }
    }

    /// What two rows state about each other is the same.
    #[test]
    fn related_instructions() {
        for &op in Op::ALL {
            let info = op.info();
            if let Some(inverse) = op.inverse() {
                assert_eq!(inverse.inverse(), Some(op));
                assert_eq!(inverse.info().suffix, info.suffix);
            }
            if let Some(mirrored) = op.mirrored() {
                assert_eq!(mirrored.mirrored(), Some(op));
                assert_eq!(mirrored.info().suffix, info.suffix);
                assert!(matches!(info.class, Class::Binary | Class::Compare));
            }
            if let Some(branch) = op.branch() {
                assert_eq!(branch.info().class, Class::CompareBranch);
                assert_eq!(branch.comparison(), Some(op));
                assert_eq!(branch.info().mnemonic, format!("IF_{}", info.mnemonic));
                assert_eq!(branch.info().suffix, info.suffix);
            }
            let integer = info.suffix[..] == [ValType::I32] || info.suffix[..] == [ValType::I64];
            assert_eq!(
                op.comparison().is_some(),
                info.class == Class::CompareBranch
            );
            if info.class == Class::Compare {
                assert!(op.mirrored().is_some(), "{op:?}");
                assert_eq!(op.branch().is_some(), integer, "{op:?}");
            }
        }
    }
}
