//! Where registers lie in frames.
//!
//! A frame is a row of slots of 64 bits. The verifier and the file know registers; cells know slots. There is one map
//! from the one to the other for each function, [`Slots`], which the predecoder applies before it makes cells and by
//! which observers read registers. What holds:
//!
//! - *Parameters* are first, in their order, so that the place of argument n follows from the function's type alone: a
//!   caller puts it into its window, which becomes the callee's frame, after the slots of the arguments before it.
//! - *Other registers* follow in their order, those of reference types after all others. So the references of a frame
//!   are one range, and those among the parameters, which the type names.
//! - *The predecoder's own* register is next, then the window. Neither is a place for a reference that lives.
//! - *Results* have no places of their own: RETURN names slots of the function, the words after the call's cell name
//!   slots of the caller, and each result goes from the one to the other at once, wherever they lie. (Those of the
//!   outermost call go below its frame.)
//! - The slots of a register are neighbours, and so are those of a run's registers, which have one type: one cell
//!   clears them.

use std::borrow::Cow;
use std::iter::repeat_n;

use vbc_core::isa::{self, Field, Role, Tail, ValType};
use vbc_core::module::RegisterRun;

/// Registers of one type that lie side by side.
struct Group {
    count: u16,
    /// Slots of each.
    width: u16,
    is_ref: bool,
}

impl Group {
    fn new(ty: ValType, count: u16) -> Group {
        let width = match ty {
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => 1,
            ValType::Ref(_) | ValType::Ptr => 1,
        };
        let is_ref = ty.is_ref();
        Group {
            count,
            width,
            is_ref,
        }
    }

    /// How many slots they take together.
    fn slots(&self) -> u16 {
        self.count * self.width
    }

    fn of_run(run: &RegisterRun) -> Group {
        let ty = ValType::from_word(run.ty).unwrap_or(ValType::I64);
        Group::new(ty, run.count)
    }
}

/// From a function's registers to slots.
#[derive(Debug, Default)]
pub(super) struct Slots {
    /// By register: its first slot. Empty when each register is the slot with its number.
    places: Box<[u16]>,
    /// How many slots the registers take.
    count: u16,
}

impl Slots {
    /// The map of a function with these parameters and further registers.
    pub(super) fn new(params: &[ValType], runs: &[RegisterRun]) -> Slots {
        let params = params.iter().map(|&ty| Group::new(ty, 1));
        Slots::of_groups(params, runs.iter().map(Group::of_run))
    }

    fn of_groups(
        params: impl Iterator<Item = Group> + Clone,
        others: impl Iterator<Item = Group> + Clone,
    ) -> Slots {
        let all = || params.clone().chain(others.clone());
        let count = all().map(|group| group.slots()).sum();
        let is_plain = all().all(|group| group.width == 1)
            && others.clone().is_sorted_by_key(|group| group.is_ref);
        if is_plain {
            let places = Box::default();
            return Slots { places, count };
        }
        let slots = |group: Group| group.slots();
        let numbers = others.clone().filter(|group| !group.is_ref);
        // Where the next of each kind goes.
        let mut param = 0;
        let mut number: u16 = params.clone().map(slots).sum();
        let mut reference = number + numbers.map(slots).sum::<u16>();
        let mut places = Vec::new();
        let mut place = |group: Group, next: &mut u16| {
            for width in repeat_n(group.width, group.count.into()) {
                places.push(*next);
                *next += width;
            }
        };
        params.for_each(|group| place(group, &mut param));
        for group in others {
            let next = match group.is_ref {
                true => &mut reference,
                false => &mut number,
            };
            place(group, next);
        }
        let places = places.into();
        Slots { places, count }
    }

    /// How many slots the registers take.
    pub(super) fn count(&self) -> u16 {
        self.count
    }

    /// The first slot of a register. A number that belongs to none, as that of results which are dropped, stays.
    pub(super) fn of(&self, register: u16) -> u16 {
        let place = self.places.get(usize::from(register));
        place.copied().unwrap_or(register)
    }

    /// The first slot of a run that begins with register `first`, and how many slots it takes.
    pub(super) fn of_run(&self, first: u16, run: &RegisterRun) -> (u16, u16) {
        (self.of(first), Group::of_run(run).slots())
    }

    /// The function's code with slots in the place of registers.
    pub(super) fn rename<'a>(&self, code: &'a [u64]) -> Cow<'a, [u64]> {
        if self.places.is_empty() {
            return Cow::Borrowed(code);
        }
        let mut renamed = code.to_vec();
        let mut at = 0;
        while let Ok(inst) = isa::decode(code, at) {
            let words = &mut renamed[at..at + inst.words.len()];
            for operand in inst.operands() {
                if matches!(operand.role, Role::Src(_) | Role::Dst(_)) {
                    put(words, operand.field, self.of(inst.register(operand)));
                }
            }
            if inst.shape().tail() == Tail::Registers {
                for word in &mut words[inst.shape().fixed_words()..] {
                    *word = self.rename_list(*word);
                }
            }
            at += inst.words.len();
        }
        Cow::Owned(renamed)
    }

    /// Four registers of a list.
    fn rename_list(&self, word: u64) -> u64 {
        let lane = |n: u64| u64::from(self.of((word >> (n * 16)) as u16)) << (n * 16);
        lane(0) | lane(1) | lane(2) | lane(3)
    }
}

/// Puts a register number into a field of an instruction.
fn put(words: &mut [u64], field: Field, register: u16) {
    if let Some((word, shift, _)) = field.bits() {
        words[word] &= !(0xffff << shift);
        words[word] |= u64::from(register) << shift;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use vbc_core::isa::{DISCARD, Form, encode_form};

    fn group(width: u16, is_ref: bool, count: u16) -> Group {
        Group {
            count,
            width,
            is_ref,
        }
    }

    fn places(params: &[(u16, bool, u16)], others: &[(u16, bool, u16)]) -> (Vec<u16>, u16) {
        let groups = |all: &[(u16, bool, u16)]| {
            let all = all.iter();
            all.map(|&(width, is_ref, count)| group(width, is_ref, count))
                .collect::<Vec<_>>()
        };
        let (params, others) = (groups(params), groups(others));
        let registers: u16 = params.iter().chain(&others).map(|group| group.count).sum();
        let clone = |group: &Group| self::group(group.width, group.is_ref, group.count);
        let slots = Slots::of_groups(params.iter().map(clone), others.iter().map(clone));
        (
            (0..registers).map(|register| slots.of(register)).collect(),
            slots.count(),
        )
    }

    #[test]
    fn registers_keep_their_numbers_when_references_are_last() {
        let (params, numbers, references) = ((1, true, 1), (1, false, 3), (1, true, 2));
        let slots = Slots::new(&[ValType::EXTERNREF], &[]);
        assert!(slots.places.is_empty());
        for others in [&[][..], &[numbers], &[references], &[numbers, references]] {
            let (places, count) = places(&[params], others);
            assert!(places.iter().copied().eq(0..count), "{places:?}");
        }
    }

    #[test]
    fn references_are_last_and_parameters_first() {
        let params = [(1, true, 1), (1, false, 1)];
        let others = [(1, true, 2), (1, false, 1), (1, true, 1), (1, false, 2)];
        assert_eq!(places(&params, &others), (vec![0, 1, 5, 6, 2, 7, 3, 4], 8));
    }

    #[test]
    fn registers_may_take_two_slots() {
        let params = [(2, false, 1), (1, true, 1), (2, false, 1)];
        let others = [(1, false, 1), (1, true, 1), (2, false, 2), (1, false, 1)];
        assert_eq!(
            places(&params, &others),
            (vec![0, 2, 3, 5, 11, 6, 8, 10], 12)
        );
        assert_eq!(places(&[], &[(2, false, 3)]), (vec![0, 2, 4], 6));
    }

    /// Each register of each form has a number of its own, and so has each operand that is not a
    /// register.
    #[test]
    fn registers_are_renamed_and_nothing_else() {
        use isa::decode::Value;
        let slots = Slots {
            places: (0..100).map(|register| 1000 + register).collect(),
            count: 1100,
        };
        for form in Form::all() {
            let operands = form.info().operands.iter();
            let value = |offset: u16| {
                let offset = move |n: u16| n + offset;
                operands
                    .clone()
                    .zip(1..)
                    .map(move |(operand, n): (_, u16)| match operand.role {
                        Role::Dst(_) | Role::Src(_) => Value::Reg(offset(n)),
                        Role::Imm(_) => Value::Imm(n.into()),
                        Role::Offset => Value::Offset(n.into()),
                        Role::Addend => Value::Addend(n.into()),
                        Role::Label => Value::Label(n.into()),
                        Role::Targets => Value::Targets(&[1, 2, 3]),
                        Role::Index(_) => Value::Index(n.into()),
                        Role::TrapKind => Value::TrapKind(n),
                        Role::RefType => Value::RefType(n.into()),
                        Role::Field => Value::Field(n),
                        Role::Count => Value::Count(n.into()),
                        Role::Args(_) | Role::Results(_) if offset(0) == 0 => {
                            Value::Regs(&[50, DISCARD, 51, 52, 53, 54, 55, 56])
                        }
                        Role::Args(_) | Role::Results(_) => {
                            Value::Regs(&[1050, DISCARD, 1051, 1052, 1053, 1054, 1055, 1056])
                        }
                    })
            };
            let (mut before, mut after) = (Vec::new(), Vec::new());
            encode_form(form, &value(0).collect::<Vec<_>>(), &mut before);
            encode_form(form, &value(1000).collect::<Vec<_>>(), &mut after);
            assert_eq!(&*slots.rename(&before), &*after, "{form:?}");
        }
    }
}
