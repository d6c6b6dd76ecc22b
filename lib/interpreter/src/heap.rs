//! Cells that read and write objects, inlined into the engines (`docs/heap.md` is about the layout).
//!
//! Fields: `a` is the register that is read into or stored, `b` the struct, `c` and `d` the field's place in bytes.
//! Elements: `b` is the array, `c` the index. References are stored by cells that are called, because the heap may have
//! to note them.

use super::machine::{Next, Regs, Slot};
use vbc_core::isa::Trap;

/// Bytes from an array's start to its length.
const LENGTH: usize = 4;
/// Bytes from an array's start to its elements.
const ELEMENTS: usize = 8;
/// Bytes that a reference counts.
const UNIT: usize = 4;

/// The object in register `b`; none for null.
#[inline(always)]
fn object(m: &Regs) -> Option<*mut u8> {
    let slot: u64 = m.get(m.b());
    if slot == 0 {
        return None;
    }
    // SAFETY: `vm` points at the machine. References in verified code lead to objects of its heap.
    Some(unsafe { (*m.vm).heap.add(slot as usize * UNIT) })
}

/// The place of a field.
#[inline(always)]
fn field<T>(m: &Regs) -> Option<*mut T> {
    let object = object(m)?;
    // SAFETY: the predecoder took the place from the layout of a type that the object has.
    Some(unsafe { object.add(m.cd() as u32 as usize) }.cast())
}

#[inline(always)]
pub(super) fn field_load<T: Copy, R: Slot>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match field::<T>(m) {
        Some(place) => {
            // SAFETY: fields are aligned, and the object lives.
            let value = unsafe { *place };
            m.result(f(value));
            m.next(2)
        }
        None => m.trap(Trap::NullReference),
    }
}

#[inline(always)]
pub(super) fn field_store<T: Slot, R: Copy>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match field::<R>(m) {
        Some(place) => {
            let value = f(m.source_a());
            // SAFETY: as for `field_load`.
            unsafe { *place = value };
            m.next(2)
        }
        None => m.trap(Trap::NullReference),
    }
}

/// The place of an element.
#[inline(always)]
fn element<T>(m: &Regs) -> Result<*mut T, Trap> {
    let array = object(m).ok_or(Trap::NullReference)?;
    let index: u64 = m.source_c();
    // SAFETY: the object is an array, which has a length.
    let length = unsafe { *array.add(LENGTH).cast::<u32>() };
    if index >= u64::from(length) {
        return Err(Trap::ArrayOutOfBounds);
    }
    // SAFETY: the array has so many elements of this size.
    Ok(unsafe { array.add(ELEMENTS + index as usize * size_of::<T>()) }.cast())
}

#[inline(always)]
pub(super) fn element_load<T: Copy, R: Slot>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match element::<T>(m) {
        Ok(place) => {
            // SAFETY: elements are aligned, and the array lives.
            let value = unsafe { *place };
            m.result(f(value));
            m.next(2)
        }
        Err(trap) => m.trap(trap),
    }
}

#[inline(always)]
pub(super) fn element_store<T: Slot, R: Copy>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match element::<R>(m) {
        Ok(place) => {
            let value = f(m.source_a());
            // SAFETY: as for `element_load`.
            unsafe { *place = value };
            m.next(2)
        }
        Err(trap) => m.trap(trap),
    }
}

/// `a` becomes the length of the array in `b`.
#[inline(always)]
pub(super) fn array_len(m: &mut Regs) -> Next {
    match object(m) {
        Some(array) => {
            // SAFETY: the object is an array, which has a length.
            let length = unsafe { *array.add(LENGTH).cast::<u32>() };
            m.result(length);
            m.next(2)
        }
        None => m.trap(Trap::NullReference),
    }
}

/// `a` becomes `b`, which is not null.
#[inline(always)]
pub(super) fn non_null(m: &mut Regs) -> Next {
    let slot: u64 = m.source_b();
    if slot == 0 {
        return m.trap(Trap::NullReference);
    }
    m.result(slot);
    m.next(2)
}
