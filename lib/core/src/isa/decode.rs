//! From words to instructions.

use super::table::FORMS;
use super::{COUNTED, Field, Form, FormInfo, NUMBERS, Op, OpInfo, Operand, RESERVED, Role, Tail};

/// An instruction at its place in the code.
#[derive(Clone, Copy, Debug)]
pub struct Inst<'a> {
    /// Which instruction.
    pub op: Op,
    /// In which form.
    pub form: Form,
    /// Its words, all of them.
    pub words: &'a [u64],
}

/// The value of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A register number.
    Reg(u16),
    /// An integer constant, sign-extended; a float's bits, zero-extended.
    Imm(i64),
    /// An address offset.
    Offset(u64),
    /// A signed number of bytes added to a data row's address.
    Addend(i64),
    /// A signed distance in words from the instruction.
    Label(i32),
    /// An index of the kind that the operand's role specifies.
    Index(u32),
    /// A trap kind's code.
    TrapKind(u16),
    /// A type word.
    RefType(u32),
    /// The number of a field.
    Field(u16),
    /// The number of arguments in the list.
    Count(u32),
    /// A list's registers. Decoding yields the whole list of the instruction, padding
    /// included; where arguments end and results begin is known from the signature.
    Regs(&'a [u16]),
    /// Branch targets, the default last.
    Targets(&'a [i32]),
}

/// Why no instruction could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecodeError {
    /// The number belongs to no form and is in no reserved range; where the next instruction
    /// begins cannot be known.
    Unknown(u16),
    /// The number is in a reserved range; the instruction has this many words, if that can be known.
    Reserved(u16, Option<usize>),
    /// The code ends inside the instruction, which has this many words.
    Truncated(Form, usize),
    /// There is no word at the position.
    End,
}

/// The number of words of an instruction, from its first word.
///
/// Works for the reserved range whose instructions state it too. None for an unknown number.
#[inline]
pub fn length(first: u64) -> Option<usize> {
    let Some(&(fixed, tail)) = SHAPES.get(usize::from(first as u16)) else {
        let counted = COUNTED.contains(&(first as u16));
        return counted.then_some(1 + usize::from((first >> 16) as u16));
    };
    let tail = match tail {
        Tail::None if fixed == 0 => return None,
        Tail::None => 0,
        Tail::Registers => usize::from((first >> 16) as u16),
        Tail::Targets => (first >> 32) as usize / 2 + 1,
    };
    Some(usize::from(fixed) + tail)
}

/// By opcode number: the number of fixed words, 0 where there is no form, and what follows.
/// Whoever walks over code asks for every instruction's length, so it is not computed
/// from the operands each time.
static SHAPES: [(u8, Tail); NUMBERS] = {
    let mut shapes = [(0, Tail::None); NUMBERS];
    let mut i = 0;
    while i < FORMS.len() {
        shapes[FORMS[i].number as usize] = (FORMS[i].fixed_words() as u8, FORMS[i].tail());
        i += 1;
    }
    shapes
};

/// Whether the number is set aside for a later family.
pub fn is_reserved(number: u16) -> bool {
    RESERVED.iter().any(|(range, _)| range.contains(&number))
}

/// Reads the instruction at word `at` of `code`.
///
/// # Errors
///
/// Where there is none; see [`DecodeError`].
#[inline]
pub fn decode(code: &[u64], at: usize) -> Result<Inst<'_>, DecodeError> {
    let &first = code.get(at).ok_or(DecodeError::End)?;
    let number = first as u16;
    let Some(form) = Form::from_number(number) else {
        return Err(match is_reserved(number) {
            true => DecodeError::Reserved(number, length(first)),
            false => DecodeError::Unknown(number),
        });
    };
    let length = length(first).ok_or(DecodeError::Unknown(number))?;
    match code[at..].get(..length) {
        Some(words) => Ok(Inst {
            op: form.op(),
            form,
            words,
        }),
        None => Err(DecodeError::Truncated(form, length)),
    }
}

impl<'a> Inst<'a> {
    /// The row.
    #[inline]
    pub fn info(&self) -> &'static OpInfo {
        self.op.info()
    }

    /// The form's number, operands and shape.
    #[inline]
    pub fn shape(&self) -> &'static FormInfo {
        self.form.info()
    }

    /// The operands in the order of the text form.
    #[inline]
    pub fn operands(&self) -> &'static [Operand] {
        self.shape().operands
    }

    /// The lanes of a register list, padding included; empty for other instructions.
    #[inline]
    pub fn registers(&self) -> &'a [u16] {
        match self.shape().tail() {
            Tail::Registers => bytemuck::cast_slice(&self.words[self.shape().fixed_words()..]),
            Tail::None | Tail::Targets => &[],
        }
    }

    /// The branch targets of a SWITCH, the default last; empty for other instructions.
    #[inline]
    pub fn targets(&self) -> &'a [i32] {
        match self.shape().tail() {
            Tail::Targets => {
                let lanes: &[i32] = bytemuck::cast_slice(&self.words[self.shape().fixed_words()..]);
                &lanes[..(self.words[0] >> 32) as usize + 1]
            }
            Tail::None | Tail::Registers => &[],
        }
    }

    /// The raw bits of a field, zero-extended; zero for a list.
    #[inline]
    pub(crate) fn field(&self, field: Field) -> u64 {
        match field.bits() {
            Some((word, shift, width)) => self.words[word] >> shift & (u64::MAX >> (64 - width)),
            None => 0,
        }
    }

    /// The value of one of the form's operands.
    #[inline]
    pub fn value(&self, operand: &Operand) -> Value<'a> {
        self.value_in(operand.role, operand.field)
    }

    /// The register of one of the form's operands that is a register.
    #[inline]
    pub fn register(&self, operand: &Operand) -> u16 {
        self.field(operand.field) as u16
    }

    /// The operand that lies in `field` as `role`.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "all other types are held sign-extended"
    )]
    #[inline]
    pub(crate) fn value_in(&self, role: Role, field: Field) -> Value<'a> {
        let raw = self.field(field);
        match role {
            Role::Dst(_) | Role::Src(_) => Value::Reg(raw as u16),
            Role::Imm(ty) => {
                use super::ValType::{F32, F64};
                let width = field.bits().map_or(64, |(_, _, width)| width);
                Value::Imm(match ty {
                    F32 | F64 => raw as i64,
                    _ => (raw << (64 - width)) as i64 >> (64 - width),
                })
            }
            Role::Offset => Value::Offset(raw),
            Role::Addend => Value::Addend(raw as i64),
            Role::Label => Value::Label(raw as u32 as i32),
            Role::Targets => Value::Targets(self.targets()),
            Role::Index(_) => Value::Index(raw as u32),
            Role::TrapKind => Value::TrapKind(raw as u16),
            Role::RefType => Value::RefType(raw as u32),
            Role::Field => Value::Field(raw as u16),
            Role::Count => Value::Count(raw as u32),
            Role::Args(_) | Role::Results(_) => Value::Regs(self.registers()),
        }
    }
}
