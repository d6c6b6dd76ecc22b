//! The op table boiled down to what decides quickly that an instruction is right.
//!
//! A [`Check`] answers yes or "perhaps not"; in doubt [`super::operands`] decides. A test compares
//! the two on random words.

use std::sync::LazyLock;

use super::quick;
use crate::isa::{
    Effects, Field, Form, FormInfo, IndexSpace, NUMBERS, Role, Signature, Tail, Ty, ValType,
};

/// How to check what is not a register of a fixed type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// Nothing else.
    Plain,
    /// Registers that have the same type, whichever it is: `same`.
    Same,
    /// Arguments and results of the function named in `b:c`.
    Call,
    /// References and objects, of which [`quick`] knows those that are met most.
    Managed,
    /// Anything else: the row itself is read.
    Row,
    /// No instruction of this version.
    None,
}

/// What the second word must not be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Wide {
    /// Nothing is asked of it.
    Free,
    /// A constant that fits 16 bits signed.
    Signed16,
    /// That, and it must fit 32 bits signed.
    Signed16Of32,
    /// A constant that fits 32 bits signed.
    Signed32,
    /// A constant that fits 16 bits unsigned.
    Unsigned16,
    /// Zero.
    Zero,
}

impl Wide {
    /// Whether `word` may be the second word.
    pub fn accepts(self, word: u64) -> bool {
        let value = word as i64;
        match self {
            Wide::Free => true,
            Wide::Signed16 => i64::from(value as i16) != value,
            Wide::Signed16Of32 => {
                i64::from(value as i16) != value && i64::from(value as i32) == value
            }
            Wide::Signed32 => i64::from(value as i32) != value,
            Wide::Unsigned16 => word > 0xffff,
            Wide::Zero => word != 0,
        }
    }
}

/// Bits of `reads` and `same`, and positions in `expect`.
pub(super) const A: usize = 0;
pub(super) const B: usize = 1;
pub(super) const C: usize = 2;
pub(super) const W1A: usize = 3;
pub(super) const W1B: usize = 4;

/// The instruction ends a block.
pub(super) const ENDS: u8 = 1;
/// The next instruction is never reached from it.
pub(super) const STOPS: u8 = 2;
/// `b:c` is a branch target.
pub(super) const LABEL_BC: u8 = 4;
/// The low half of the second word is a branch target.
pub(super) const LABEL_W1: u8 = 8;
/// It has a list of branch targets.
pub(super) const TARGETS: u8 = 16;
/// Field `a` is a register that is written.
pub(super) const WRITES: u8 = 32;
/// It has a list of registers.
pub(super) const LISTS: u8 = 64;

/// What is checked of one row of the op table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Check {
    /// The bits of the fixed words that must be zero.
    pub zero: [u64; 2],
    /// The class of type that the register in `a`, `b`, `c`, `w1.a`, `w1.b` must have, where `mask` is set.
    pub expect: [u8; 5],
    /// 0xff for fields that are a register of a fixed type.
    pub mask: [u8; 5],
    /// Which of the fields are registers that are read.
    pub reads: u8,
    /// Which of the fields are registers that must have the type of the one in `a`.
    pub same: u8,
    pub class: Class,
    pub wide: Wide,
    /// Words of the fixed part.
    pub words: u8,
    pub flags: u8,
}

impl Check {
    const NONE: Check = Check {
        zero: [0; 2],
        expect: [0; 5],
        mask: [0; 5],
        reads: 0,
        same: 0,
        class: Class::None,
        wide: Wide::Free,
        words: 1,
        flags: 0,
    };

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    fn of(info: &FormInfo, address: ValType) -> Check {
        let (zero0, zero1) = info.unused_bits();
        let mut check = Check {
            zero: [zero0, zero1],
            class: Class::Plain,
            words: info.fixed_words() as u8,
            wide: wide(info),
            ..Check::NONE
        };
        for operand in info.operands {
            match operand.role {
                Role::Dst(ty) => {
                    check.flags |= WRITES;
                    check.register(operand.field, ty, address);
                }
                Role::Src(ty) => {
                    check.reads |= 1 << position(operand.field).unwrap_or(0);
                    check.register(operand.field, ty, address);
                }
                Role::Index(IndexSpace::Memory) => {
                    if let Some((word, shift, width)) = operand.field.bits() {
                        check.zero[word] |= (u64::MAX >> (64 - width)) << shift;
                    }
                }
                Role::Label if operand.field == Field::BC => check.flags |= LABEL_BC,
                Role::Label => check.flags |= LABEL_W1,
                Role::Targets => {
                    check.flags |= TARGETS;
                    check.class = Class::Row;
                }
                Role::Index(IndexSpace::Func)
                    if info.tail() == Tail::Registers && !is_tail_call(info) =>
                {
                    check.class = Class::Call;
                }
                Role::Imm(_) | Role::Offset | Role::Addend => {}
                // A call's lists belong to its class.
                Role::Args(Signature::Callee) | Role::Results(Signature::Callee) => {}
                Role::Index(_)
                | Role::TrapKind
                | Role::RefType
                | Role::Field
                | Role::Count
                | Role::Args(_)
                | Role::Results(_) => check.class = Class::Row,
            }
        }
        if info.tail() == Tail::Registers {
            check.flags |= LISTS;
        }
        for (effect, flag) in [(Effects::ENDS, ENDS), (Effects::STOPS, STOPS)] {
            if info.op.info().effects.has(effect) {
                check.flags |= flag;
            }
        }
        if quick::knows(info.op) {
            check.class = Class::Managed;
        }
        if info.operands.is_empty() || is_tail_call(info) {
            // RETURN and tail calls compare themselves with the function's type.
            check.class = Class::Row;
        }
        check
    }

    fn register(&mut self, field: Field, ty: Ty, address: ValType) {
        let Some(at) = position(field) else {
            self.class = Class::Row;
            return;
        };
        let fixed = match ty {
            // The class of managed references does not tell them apart.
            Ty::Is(ty) if ty.is_managed() => {
                self.class = Class::Row;
                return;
            }
            Ty::Is(ty) => ty,
            Ty::Addr => address,
            // Registers of other types than funcref are looked at more closely.
            Ty::OfFunction => ValType::FUNCREF,
            Ty::Any => {
                self.same |= 1 << at;
                self.class = Class::Same;
                return;
            }
            Ty::AnyRef
            | Ty::Nullable
            | Ty::Result
            | Ty::GlobalType
            | Ty::TableIndex(_)
            | Ty::TableElem(_)
            | Ty::TableLen
            | Ty::Reference
            | Ty::NonNull
            | Ty::AsNullable(_)
            | Ty::SameTop
            | Ty::RefOperand
            | Ty::NewStruct
            | Ty::NewArray
            | Ty::Struct
            | Ty::Array
            | Ty::ByteArray
            | Ty::Function
            | Ty::FieldType
            | Ty::Element
            | Ty::ElementOfType => {
                self.class = Class::Row;
                return;
            }
        };
        self.expect[at] = fixed.class();
        self.mask[at] = 0xff;
    }
}

/// Tail calls return their callee's results as the function's own.
fn is_tail_call(info: &FormInfo) -> bool {
    let effects = info.op.info().effects;
    effects.has(Effects::CALLS) && effects.has(Effects::STOPS)
}

fn position(field: Field) -> Option<usize> {
    match field {
        Field::A => Some(A),
        Field::B => Some(B),
        Field::C => Some(C),
        Field::W1A => Some(W1A),
        Field::W1B => Some(W1B),
        Field::BC | Field::W1 | Field::W1Lo | Field::W1Hi | Field::W1C | Field::List => None,
    }
}

/// What the shortest-form rule and the width of i32 ask of the second word.
fn wide(info: &FormInfo) -> Wide {
    let Some((operand, narrower)) = info.narrower() else {
        return Wide::Free;
    };
    let narrow = narrower
        .operands
        .iter()
        .find(|other| other.name == operand.name);
    match (operand.role, narrow.map(|other| other.field)) {
        (Role::Imm(ValType::I32), Some(Field::C)) => Wide::Signed16Of32,
        (Role::Imm(ValType::I64), Some(Field::C)) => Wide::Signed16,
        (Role::Imm(ValType::I64), Some(Field::BC)) => Wide::Signed32,
        (Role::Offset, Some(Field::C)) => Wide::Unsigned16,
        (Role::Addend, None) => Wide::Zero,
        _ => Wide::Free,
    }
}

/// The checks by opcode number. The last place, which no instruction has, stands for all numbers beyond.
pub(super) struct Checks {
    rows: Box<[Check; NUMBERS]>,
}

impl Checks {
    /// The checks for a module whose memory has index type `address`.
    pub fn of(address: ValType) -> &'static Checks {
        static I32: LazyLock<Checks> = LazyLock::new(|| Checks::new(ValType::I32));
        static I64: LazyLock<Checks> = LazyLock::new(|| Checks::new(ValType::I64));
        match address {
            ValType::I32 => &I32,
            ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => &I64,
        }
    }

    fn new(address: ValType) -> Checks {
        let mut rows = Box::new([Check::NONE; NUMBERS]);
        for form in Form::all() {
            assert!(usize::from(form.number()) < NUMBERS - 1);
            rows[usize::from(form.number())] = Check::of(form.info(), address);
        }
        Checks { rows }
    }

    /// The check of the instruction whose first word is `first`.
    #[inline(always)]
    pub fn get(&self, first: u64) -> &Check {
        &self.rows[usize::from(first as u16).min(NUMBERS - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Assignment relies on it: what is written outside a list lies in `a`.
    #[test]
    fn destinations_lie_in_a() {
        for form in Form::all() {
            for operand in form.info().operands {
                if let Role::Dst(_) = operand.role {
                    assert_eq!(operand.field, Field::A, "{form}");
                }
                if let Role::Src(_) = operand.role {
                    assert!(position(operand.field).is_some(), "{form}");
                }
            }
        }
    }

    #[test]
    fn every_shortest_form_rule_is_known() {
        for form in Form::all() {
            let info = form.info();
            assert_eq!(
                info.narrower().is_some(),
                wide(info) != Wide::Free,
                "{form}"
            );
        }
    }
}
