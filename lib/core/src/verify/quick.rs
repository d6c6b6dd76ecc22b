//! Instructions of references and objects that are met most, decided without reading their rows.
//!
//! As with all quick checks, [`super::operands`] decides what is not accepted here, and finds the words. What the fixed
//! words' other bits and the registers of numbers must be has been looked at before.

use crate::isa::{Form, HeapType, Op, RefType, ValType};
use crate::module::{CompositeType, FieldType, Surroundings};

use super::types::Frame;

/// Whether [`is_right`] knows the instruction.
pub(super) fn knows(op: Op) -> bool {
    matches!(
        op,
        Op::RefAsNonNull
            | Op::RefTest
            | Op::RefCast
            | Op::BrOnNull
            | Op::BrOnCastFail
            | Op::StructGet
            | Op::StructGetS
            | Op::StructGetU
            | Op::StructSet
            | Op::ArrayGet
            | Op::ArrayGetS
            | Op::ArrayGetU
            | Op::ArraySet
    )
}

/// Whether an instruction that is known here is right.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are left to their rows"
)]
pub(super) fn is_right(frame: &Frame, words: &[u64]) -> bool {
    let first = words[0];
    let [a, b, c] = [16, 32, 48].map(|shift| (first >> shift) as u16);
    let Some(op) = Form::from_number(first as u16).map(Form::op) else {
        return false;
    };
    let part = || part(frame, b, c, op);
    match op {
        Op::RefAsNonNull | Op::BrOnNull => {
            let Some(source) = reference(frame, b) else {
                return false;
            };
            may_hold(frame, a, ValType::Ref(source.not_null()))
        }
        Op::RefTest => cast(frame, b, words[1] as u32).is_some(),
        Op::RefCast => {
            let to = cast(frame, b, words[1] as u32);
            to.is_some_and(|to| may_hold(frame, a, to))
        }
        Op::BrOnCastFail => {
            let to = cast(frame, b, (words[1] >> 32) as u32);
            to.is_some_and(|to| may_hold(frame, a, to))
        }
        Op::StructGet | Op::ArrayGet => {
            let part = part().filter(|part| !part.is_packed());
            part.is_some_and(|part| may_hold(frame, a, part.unpacked()))
        }
        Op::StructGetS | Op::StructGetU | Op::ArrayGetS | Op::ArrayGetU => {
            let part = part().filter(|part| part.is_packed());
            part.is_some_and(|part| may_hold(frame, a, part.unpacked()))
        }
        Op::StructSet | Op::ArraySet => {
            let part = part().filter(|part| part.is_mutable);
            part.is_some_and(|part| holds(frame, a, part.unpacked()))
        }
        _ => false,
    }
}

/// The type of a register that is a reference.
#[inline]
fn reference(frame: &Frame, register: u16) -> Option<RefType> {
    match frame.register_type(register)? {
        ValType::Ref(ty) => Some(ty),
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => None,
    }
}

/// Whether a value of a type may be written to a register.
#[inline]
fn may_hold(frame: &Frame, register: u16, ty: ValType) -> bool {
    let own = frame.register_type(register);
    own.is_some_and(|own| frame.context.is_subtype(ty, own))
}

/// Whether a register may be read as one of a type.
#[inline]
fn holds(frame: &Frame, register: u16, ty: ValType) -> bool {
    let own = frame.register_type(register);
    own.is_some_and(|own| frame.context.is_subtype(own, ty))
}

/// The type that a type word means, where what a register holds may be cast to it.
#[inline]
fn cast(frame: &Frame, register: u16, word: u32) -> Option<ValType> {
    let to = ValType::from_word(word)?;
    let ValType::Ref(ty) = to else {
        return None;
    };
    if let Some(index) = ty.defined() {
        frame.context.module.types.get(index)?;
    }
    let identity = &frame.context.identity;
    let own = reference(frame, register)?;
    let top = |heap: HeapType| identity.top(heap);
    (top(ty.heap()) == top(own.heap())).then_some(to)
}

/// The field, or the elements, that an instruction reads or writes.
#[inline]
fn part(frame: &Frame, object: u16, field: u16, op: Op) -> Option<FieldType> {
    let ty = reference(frame, object)?.defined()?;
    let composite = &frame.context.module.types.get(ty)?.composite;
    match (op, composite) {
        (
            Op::StructGet | Op::StructGetS | Op::StructGetU | Op::StructSet,
            CompositeType::Struct(fields),
        ) => fields.get(usize::from(field)).copied(),
        (
            Op::ArrayGet | Op::ArrayGetS | Op::ArrayGetU | Op::ArraySet,
            CompositeType::Array(element),
        ) => Some(*element),
        _ => None,
    }
}
