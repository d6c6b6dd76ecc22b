//! The references in code, found once for whoever needs them several times.

use crate::isa::IndexSpace;
use crate::isa::decode::length;

use super::renumber::{IndexMap, RenumberError, index_fields, indexes_of, renumber_one};

/// Words of a function beyond this have no room in a [`Place`].
const MOST_WORDS: usize = 1 << 29;

/// The spaces by number, as many as there are numbers of three bits.
const SPACES: [IndexSpace; 8] = {
    let mut spaces = [IndexSpace::Func; 8];
    spaces.copy_from_slice(IndexSpace::ALL);
    spaces
};

/// Everything that the functions of a module refer to by index, and where.
///
/// The code of a module that is large does not fit a processor's caches, a list of what matters in it
/// does, or is at least read faster.
#[derive(Clone, Debug, Default)]
pub struct References {
    list: Vec<Reference>,
    functions: Vec<Function>,
}

/// What is known of a function.
#[derive(Clone, Copy, Debug)]
struct Function {
    /// The end of its part of the list.
    end: u32,
    highest: u16,
}

/// A reference: the word of the instruction in the function, the space, and the index.
#[derive(Clone, Copy, Debug)]
struct Reference {
    place: u32,
    index: u32,
}

impl Reference {
    fn word(self) -> usize {
        (self.place >> 3) as usize
    }

    fn space(self) -> IndexSpace {
        SPACES[(self.place & 7) as usize]
    }
}

impl References {
    /// Finds the references in the code of functions, which come in their order.
    ///
    /// None when some code is not a sequence of instructions, or there is too much of it.
    pub fn find<'c>(functions: impl Iterator<Item = &'c [u64]>) -> Option<References> {
        let mut found = References::default();
        for code in functions {
            if code.len() >= MOST_WORDS {
                return None;
            }
            let highest = found.walk(code)?;
            let end = u32::try_from(found.list.len()).ok()?;
            found.functions.push(Function { end, highest });
        }
        Some(found)
    }

    /// Adds the references of a function; its highest opcode number, none when an instruction cannot be
    /// read.
    fn walk(&mut self, code: &[u64]) -> Option<u16> {
        let rows = index_fields();
        let (mut at, mut highest) = (0, 0);
        while let Some(&first) = code.get(at) {
            let number = first as u16;
            highest = highest.max(number);
            let words = length(first)?;
            if let Some(row) = rows.get(usize::from(number))
                && row.has_any()
            {
                let inst = code.get(at..at + words)?;
                indexes_of(row, inst, |space, index| {
                    let place = (at as u32) << 3 | space as u32;
                    self.list.push(Reference { place, index });
                });
            }
            at += words;
        }
        (at == code.len()).then_some(highest)
    }

    fn part(&self, function: usize) -> &[Reference] {
        let end = self.functions.get(function).map_or(0, |one| one.end);
        let start = match function.checked_sub(1) {
            None => 0,
            Some(before) => self.functions.get(before).map_or(0, |one| one.end),
        };
        let range = start as usize..end as usize;
        self.list.get(range).unwrap_or_default()
    }

    /// The references of a function, in order of place.
    pub fn of(&self, function: usize) -> impl Iterator<Item = (IndexSpace, u32)> {
        let part = self.part(function).iter();
        part.map(|reference| (reference.space(), reference.index))
    }

    /// The highest opcode number in a function.
    pub fn highest(&self, function: usize) -> u16 {
        self.functions.get(function).map_or(0, |one| one.highest)
    }

    /// Replaces the indexes in a copy of a function's code, as [`super::renumber::renumber`] does.
    ///
    /// # Errors
    ///
    /// When an index has no new value that fits.
    pub fn renumber(
        &self,
        function: usize,
        code: &mut [u64],
        map: &IndexMap,
    ) -> Result<(), RenumberError> {
        let rows = index_fields();
        let mut last = None;
        for reference in self.part(function) {
            let at = reference.word();
            // An instruction with two indexes is in the list twice.
            if last.replace(at) == Some(at) {
                continue;
            }
            let inst = code.get_mut(at..).unwrap_or_default();
            let row = inst
                .first()
                .and_then(|&first| rows.get(usize::from(first as u16)));
            let row = row.ok_or(RenumberError::Code(at))?;
            renumber_one(inst, row, map, at)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isa::Op;
    use crate::isa::decode::Value;
    use crate::isa::encode;
    use crate::module::NONE;
    use crate::module::renumber::{indexes, renumber};

    fn code() -> Vec<u64> {
        let mut code = Vec::new();
        let copy = [
            Value::Index(1),
            Value::Index(2),
            Value::Reg(0),
            Value::Reg(1),
            Value::Reg(2),
        ];
        encode(Op::Jump, &[Value::Label(1)], &mut code);
        encode(Op::RefFunc, &[Value::Reg(0), Value::Index(2)], &mut code);
        encode(Op::TableCopy, &copy, &mut code);
        encode(Op::Return, &[], &mut code);
        code
    }

    #[test]
    fn the_list_says_what_a_walk_says() {
        let (code, other) = (code(), code()[1..].to_vec());
        let functions = [&code[..], &other[..]];
        let found = References::find(functions.into_iter()).expect("code");
        for (number, code) in functions.into_iter().enumerate() {
            let mut walked = Vec::new();
            indexes(code, |space, index, _| walked.push((space, index)));
            assert_eq!(found.of(number).collect::<Vec<_>>(), walked);
            assert_eq!(found.highest(number), crate::format::highest_opcode(code));
            let mut map = IndexMap::default();
            map.set(IndexSpace::Func, vec![NONE, 0, 7]);
            map.set(IndexSpace::Table, vec![0, 5, 6]);
            let (mut one, mut all) = (code.to_vec(), code.to_vec());
            assert_eq!(found.renumber(number, &mut one, &map), Ok(()));
            assert_eq!(renumber(&mut all, &map), Ok(()));
            assert_eq!(one, all);
            map.set(IndexSpace::Table, vec![0, 5]);
            assert!(found.renumber(number, &mut one.clone(), &map).is_err());
        }
        assert_eq!(found.of(2).count(), 0);
    }

    #[test]
    fn what_is_no_code_has_no_references() {
        assert!(References::find([&[0xffff][..]].into_iter()).is_none());
        let mut cut = code();
        cut.truncate(cut.len() - 2);
        assert!(References::find([&cut[..]].into_iter()).is_none());
    }
}
