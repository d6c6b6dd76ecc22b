//! Renumbering: the indexes inside code, pointed at new places.
//!
//! Code refers to everything outside its function by index, and the op table defines which bits of
//! an instruction are an index of what. Whoever moves definitions (the builder, because imports
//! come first; the canonical form, because types are sorted; the linker) makes an [`IndexMap`] and
//! calls [`renumber`].

use crate::isa::decode::length;
use crate::isa::{Form, IndexSpace, Operand, RefType, Role};

use super::rows::{Kind, NONE};

impl From<Kind> for IndexSpace {
    fn from(kind: Kind) -> IndexSpace {
        match kind {
            Kind::Func => IndexSpace::Func,
            Kind::Table => IndexSpace::Table,
            Kind::Memory => IndexSpace::Memory,
            Kind::Global => IndexSpace::Global,
            Kind::Data => IndexSpace::Data,
            Kind::Tag => IndexSpace::Tag,
        }
    }
}

/// The number of index spaces. Sets of them are bits of a byte.
const SPACES: usize = IndexSpace::ALL.len();
const _: () = assert!(SPACES <= u8::BITS as usize);

/// From old indexes to new ones, a table for each space. A space without a table keeps its
/// indexes.
#[derive(Clone, Debug, Default)]
pub struct IndexMap {
    tables: [Option<Vec<u32>>; SPACES],
}

impl IndexMap {
    /// Gives a space its table: the new index of each old one, [`NONE`] for what is gone.
    pub fn set(&mut self, space: impl Into<IndexSpace>, table: Vec<u32>) {
        self.tables[space.into() as usize] = Some(table);
    }

    /// The new index of `old`; none when that is gone or never was.
    pub fn get(&self, space: impl Into<IndexSpace>, old: u32) -> Option<u32> {
        match &self.tables[space.into() as usize] {
            None => Some(old),
            Some(table) => table
                .get(old as usize)
                .copied()
                .filter(|&index| index != NONE),
        }
    }

    fn changed(&self) -> u8 {
        let mut mask = 0;
        for (space, table) in self.tables.iter().enumerate() {
            mask |= u8::from(table.is_some()) << space;
        }
        mask
    }
}

/// Why code cannot be renumbered. Code of a verified module always can, if the map has an entry
/// for each index that it uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenumberError {
    /// No instruction of the table is at this word.
    Code(usize),
    /// The instruction at the word refers to something that is gone according to the map.
    Gone(usize, IndexSpace, u32),
    /// The new index does not fit the field of the instruction at the word.
    Wide(usize),
}

/// A field that holds an index.
#[derive(Clone, Copy)]
struct IndexField {
    /// The word of the instruction, 0 or 1.
    word: u8,
    /// The lowest bit.
    shift: u8,
    /// The number of bits.
    width: u8,
    /// The bit of the word that says whether there is an index, in a type word; none where there always is.
    condition: Option<u8>,
    space: IndexSpace,
}

impl IndexField {
    /// The field of an operand, if it may hold an index.
    fn of(operand: &Operand) -> Option<IndexField> {
        let (word, shift, width) = operand.field.bits()?;
        let (word, shift, width) = (word as u8, shift as u8, width as u8);
        let always = |space| IndexField {
            word,
            shift,
            width,
            condition: None,
            space,
        };
        if let Role::Index(space) = operand.role {
            return Some(always(space));
        }
        matches!(operand.role, Role::RefType).then(|| IndexField {
            width: RefType::INDEXES.trailing_zeros() as u8,
            condition: Some(shift + width - 1),
            ..always(IndexSpace::Type)
        })
    }

    fn mask(&self) -> u64 {
        u64::MAX >> (64 - self.width)
    }

    /// The index in the word of an instruction, if there is one.
    #[inline]
    fn index(&self, word: u64) -> Option<u32> {
        match self.condition {
            Some(bit) if word >> bit & 1 == 0 => None,
            _ => Some((word >> self.shift & self.mask()) as u32),
        }
    }
}

/// The index fields of one row of the op table.
#[derive(Clone, Copy)]
pub(super) struct IndexFields {
    /// The spaces, as bits.
    spaces: u8,
    fields: [Option<IndexField>; 2],
}

impl IndexFields {
    /// Whether there are any.
    pub(super) fn has_any(&self) -> bool {
        self.spaces != 0
    }
}

/// By opcode number, up to the highest; forms without indexes have no `spaces`.
static INDEX_FIELDS: std::sync::LazyLock<Vec<IndexFields>> = std::sync::LazyLock::new(|| {
    let none = IndexFields {
        spaces: 0,
        fields: [None; 2],
    };
    let highest = Form::all().next_back().map_or(0, Form::number);
    let mut rows = vec![none; usize::from(highest) + 1];
    for form in Form::all() {
        let row = &mut rows[usize::from(form.number())];
        let fields = form.info().operands.iter().filter_map(IndexField::of);
        for (place, field) in row.fields.iter_mut().zip(fields) {
            row.spaces |= 1 << field.space as u8;
            *place = Some(field);
        }
    }
    rows
});

/// Replaces every index in `code`, which is the code of one or more functions, by its new value.
///
/// No instruction changes its size. Time is linear in the number of instructions.
///
/// # Errors
///
/// When a word is not an instruction, or an index has no new value that fits; part of the code has been
/// changed then.
pub fn renumber(code: &mut [u64], map: &IndexMap) -> Result<(), RenumberError> {
    let changed = map.changed();
    if changed == 0 {
        return Ok(());
    }
    let rows: &[IndexFields] = &INDEX_FIELDS;
    let mut at = 0;
    while at < code.len() {
        let first = code[at];
        let words = length(first).ok_or(RenumberError::Code(at))?;
        let inst = code
            .get_mut(at..)
            .and_then(|rest| rest.get_mut(..words))
            .ok_or(RenumberError::Code(at))?;
        match rows.get(usize::from(first as u16)) {
            Some(row) if row.spaces & changed != 0 => renumber_one(inst, row, map, at)?,
            _ => {}
        }
        at += words;
    }
    Ok(())
}

/// The rows of [`INDEX_FIELDS`].
pub(super) fn index_fields() -> &'static [IndexFields] {
    &INDEX_FIELDS
}

/// Replaces the indexes in the instruction at the beginning of `inst`, which is at word `at`.
pub(super) fn renumber_one(
    inst: &mut [u64],
    row: &IndexFields,
    map: &IndexMap,
    at: usize,
) -> Result<(), RenumberError> {
    for field in row.fields.iter().flatten() {
        let Some(table) = &map.tables[field.space as usize] else {
            continue;
        };
        let word = inst
            .get_mut(usize::from(field.word))
            .ok_or(RenumberError::Code(at))?;
        let Some(old) = field.index(*word) else {
            continue;
        };
        let new = match table.get(old as usize) {
            Some(&new) if new != NONE => u64::from(new),
            _ => return Err(RenumberError::Gone(at, field.space, old)),
        };
        let mask = field.mask();
        if new > mask {
            return Err(RenumberError::Wide(at));
        }
        *word = *word & !(mask << field.shift) | new << field.shift;
    }
    Ok(())
}

/// Calls `each` with every index in `code`: the space, the index and the word of its instruction.
///
/// In order of place. Returns the word where the walk ended: the length of the code, or the first
/// word that is not an instruction.
pub fn indexes(code: &[u64], mut each: impl FnMut(IndexSpace, u32, usize)) -> usize {
    let rows: &[IndexFields] = &INDEX_FIELDS;
    let mut at = 0;
    while let Some(&first) = code.get(at) {
        let Some(words) = length(first) else { break };
        let Some(inst) = code[at..].get(..words) else {
            break;
        };
        if let Some(row) = rows.get(usize::from(first as u16))
            && row.spaces != 0
        {
            indexes_of(row, inst, |space, index| each(space, index, at));
        }
        at += words;
    }
    at
}

/// Calls `each` with the indexes in an instruction, which has the fields of `row`.
pub(super) fn indexes_of(row: &IndexFields, inst: &[u64], mut each: impl FnMut(IndexSpace, u32)) {
    for field in row.fields.iter().flatten() {
        if let Some(index) = field.index(inst[usize::from(field.word)]) {
            each(field.space, index);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::decode::{Value, decode};
    use crate::isa::{HeapType, Op, ValType, encode, encode_form};

    /// The type word of references to a declared type.
    fn defined(index: u32) -> u32 {
        ValType::Ref(RefType::new(false, HeapType::Defined(index))).word()
    }

    fn values(form: Form) -> Vec<Value<'static>> {
        form.info()
            .operands
            .iter()
            .map(|operand| match operand.role {
                Role::Dst(_) | Role::Src(_) => Value::Reg(3),
                Role::Imm(_) => Value::Imm(3),
                Role::Offset => Value::Offset(3),
                Role::Addend => Value::Addend(3),
                Role::Label => Value::Label(3),
                Role::Targets => Value::Targets(&[3, 3, 3]),
                Role::TrapKind => Value::TrapKind(3),
                Role::RefType => Value::RefType(defined(3)),
                Role::Field => Value::Field(3),
                Role::Count => Value::Count(3),
                Role::Args(_) | Role::Results(_) => Value::Regs(&[3, 3, 3]),
                Role::Index(_) => Value::Index(3),
            })
            .collect()
    }

    /// In code with every form, exactly the index operands change.
    #[test]
    fn every_index_of_every_form_changes() {
        let mut code = Vec::new();
        for form in Form::all() {
            encode_form(form, &values(form), &mut code);
        }
        let mut map = IndexMap::default();
        for (i, &space) in IndexSpace::ALL.iter().enumerate() {
            map.set(space, vec![NONE, NONE, NONE, 1000 + i as u32]);
        }
        let mut seen = 0;
        let end = indexes(&code, |_, index, _| {
            assert_eq!(index, 3);
            seen += 1;
        });
        assert_eq!(end, code.len());
        assert!(seen > 40);
        renumber(&mut code, &map).expect("all are mapped");
        let mut at = 0;
        for form in Form::all() {
            let inst = decode(&code, at).expect("still an instruction");
            assert_eq!(inst.form, form);
            for (operand, value) in form.info().operands.iter().zip(values(form)) {
                // What is decoded as an index is one that the linker changes.
                let expected = match (operand.role, value) {
                    (Role::Index(space), Value::Index(_)) => Value::Index(1000 + space as u32),
                    (Role::RefType, _) => Value::RefType(defined(1000 + IndexSpace::Type as u32)),
                    (Role::Index(_), value) | (_, value @ Value::Index(_)) => {
                        panic!("{:?} is {value:?}", operand.role)
                    }
                    (_, value) => value,
                };
                match (inst.value(operand), expected) {
                    (Value::Regs(all), Value::Regs(_)) => assert_eq!(all[0], 3),
                    (now, expected) => assert_eq!(now, expected, "{form}"),
                }
            }
            at += inst.words.len();
        }
    }

    #[test]
    fn what_is_gone_is_an_error() {
        let mut code = Vec::new();
        encode(Op::Jump, &[Value::Label(1)], &mut code);
        encode(Op::RefFunc, &[Value::Reg(0), Value::Index(1)], &mut code);
        let mut map = IndexMap::default();
        map.set(IndexSpace::Func, vec![0, NONE]);
        let gone = RenumberError::Gone(1, IndexSpace::Func, 1);
        assert_eq!(renumber(&mut code, &map), Err(gone));
        assert_eq!(map.get(IndexSpace::Func, 1), None);
        assert_eq!(map.get(IndexSpace::Type, 77), Some(77));
    }

    #[test]
    fn a_type_word_without_an_index_stays() {
        let anyref = Value::RefType(ValType::ANYREF.word());
        let mut code = Vec::new();
        encode(
            Op::RefCast,
            &[Value::Reg(0), Value::Reg(1), anyref],
            &mut code,
        );
        let before = code.clone();
        let mut map = IndexMap::default();
        map.set(IndexSpace::Type, vec![7; 20]);
        assert_eq!(renumber(&mut code, &map), Ok(()));
        assert_eq!(code, before);
        indexes(&code, |space, index, _| panic!("{space:?} {index}"));
    }

    #[test]
    fn bad_code_is_an_error() {
        let mut map = IndexMap::default();
        map.set(IndexSpace::Func, vec![0]);
        assert_eq!(renumber(&mut [0xffff], &map), Err(RenumberError::Code(0)));
        let call = 0xffff_0008;
        assert_eq!(renumber(&mut [call], &map), Err(RenumberError::Code(0)));
    }
}
