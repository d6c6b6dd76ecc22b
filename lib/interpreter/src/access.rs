//! Cells that read and write memory, globals and tables.
//!
//! Loads and stores: `a` is the register that is loaded or stored, `b` the base, `c` and `d` the
//! offset. Indexed ones: `c` is the index; word 2 holds the offset, then in field 2 how far the
//! index is shifted, and in field 3 the register that takes the shifted index; `d` takes the address
//! `b` + (`c` << shift). The file's instructions compute these on the way. Near ones: `c` takes the
//! address, `b` plus the signed 16 bits of `d`.

use super::machine::{Next, Regs, Slot, Unaligned};
use vbc_core::isa::Trap;

#[inline(always)]
pub(super) fn load<T: Copy, R: Slot>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match m.operand_at::<T>() {
        Some(place) => {
            // SAFETY: `operand_at` returns places inside memory.
            let Unaligned(value) = unsafe { *place };
            m.result(f(value));
            m.next(2)
        }
        None => m.trap(Trap::MemoryOutOfBounds),
    }
}

#[inline(always)]
pub(super) fn store<T: Slot, R: Copy>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match m.operand_at::<R>() {
        Some(place) => {
            let value = f(m.source_a());
            // SAFETY: as for `load`.
            unsafe { *place = Unaligned(value) };
            m.next(2)
        }
        None => m.trap(Trap::MemoryOutOfBounds),
    }
}

/// `base` + (`index` << `shift`) and the shifted index, as instructions on i64 compute them.
#[inline(always)]
pub(super) fn sum_u64(base: u64, index: u64, shift: usize) -> (u64, u64) {
    let shifted = index << (shift & 63);
    (base.wrapping_add(shifted), shifted)
}

/// The same as instructions on i32 compute them.
#[inline(always)]
pub(super) fn sum_u32(base: u64, index: u64, shift: usize) -> (u64, u64) {
    let shifted = (index as u32) << (shift & 31);
    let sum = (base as u32).wrapping_add(shifted);
    (u64::from(sum), u64::from(shifted))
}

/// The sum of an i32 register and a constant, which an access is at.
#[inline(always)]
fn near_at<T: Copy>(m: &mut Regs) -> Option<*mut Unaligned<T>> {
    let sum = m.source_b::<u32>().wrapping_add(m.d() as i16 as u32);
    m.set(m.c(), sum);
    m.at(u64::from(sum), 0)
}

#[inline(always)]
pub(super) fn near_load<T: Copy, R: Slot>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    match near_at::<T>(m) {
        Some(place) => {
            // SAFETY: `at` returns places inside memory.
            let Unaligned(value) = unsafe { *place };
            m.result(f(value));
            m.next(2)
        }
        None => m.trap(Trap::MemoryOutOfBounds),
    }
}

#[inline(always)]
pub(super) fn near_store<T: Slot, R: Copy>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    let value = f(m.source_a());
    match near_at::<R>(m) {
        Some(place) => {
            // SAFETY: as for `near_load`.
            unsafe { *place = Unaligned(value) };
            m.next(2)
        }
        None => m.trap(Trap::MemoryOutOfBounds),
    }
}

/// Computes and keeps the address of an indexed access.
#[inline(always)]
fn indexed_at<T: Copy>(
    m: &mut Regs,
    address: impl Fn(u64, u64, usize) -> (u64, u64),
) -> Option<*mut Unaligned<T>> {
    let (sum, shifted) = address(m.get(m.b()), m.get(m.c()), m.word2_field(2));
    m.set(m.word2_field(3), shifted);
    m.set(m.d(), sum);
    m.at(sum, u64::from(m.half(0) as u32))
}

#[inline(always)]
pub(super) fn indexed_load<T: Copy, R: Slot>(
    m: &mut Regs,
    address: impl Fn(u64, u64, usize) -> (u64, u64),
    f: impl Fn(T) -> R,
) -> Next {
    match indexed_at::<T>(m, address) {
        Some(place) => {
            // SAFETY: `at` returns places inside memory.
            let Unaligned(value) = unsafe { *place };
            m.result(f(value));
            m.next(3)
        }
        None => m.trap(Trap::MemoryOutOfBounds),
    }
}

#[inline(always)]
pub(super) fn indexed_store<T: Slot, R: Copy>(
    m: &mut Regs,
    address: impl Fn(u64, u64, usize) -> (u64, u64),
    f: impl Fn(T) -> R,
) -> Next {
    let value = f(m.source_a());
    match indexed_at::<R>(m, address) {
        Some(place) => {
            // SAFETY: as for `indexed_load`.
            unsafe { *place = Unaligned(value) };
            m.next(3)
        }
        None => m.trap(Trap::MemoryOutOfBounds),
    }
}

/// The place of `count` bytes from register `r` on.
#[inline(always)]
fn range_at(m: &Regs, r: usize, count: u64) -> Option<*mut u8> {
    let (start, len) = (m.get::<u64>(r), m.len as u64);
    if count > len || start > len - count {
        return None;
    }
    // SAFETY: `start` is at most `len`.
    Some(unsafe { m.mem.add(start as usize) })
}

/// Moves `c` bytes from address `b` to address `a`, without paying for it.
#[inline(always)]
pub(super) fn memory_copy(m: &mut Regs) -> Next {
    let count: u64 = m.get(m.c());
    let (Some(target), Some(source)) = (range_at(m, m.a(), count), range_at(m, m.b(), count))
    else {
        return m.trap(Trap::MemoryOutOfBounds);
    };
    let count = count as usize;
    // SAFETY: both ranges lie inside memory; few bytes are all read before one is written.
    unsafe {
        match count {
            0 => {}
            8..=16 => {
                let first = *source.cast::<Unaligned<u64>>();
                let last = *source.add(count - 8).cast::<Unaligned<u64>>();
                *target.cast() = first;
                *target.add(count - 8).cast() = last;
            }
            4..8 => {
                let first = *source.cast::<Unaligned<u32>>();
                let last = *source.add(count - 4).cast::<Unaligned<u32>>();
                *target.cast() = first;
                *target.add(count - 4).cast() = last;
            }
            _ => std::ptr::copy(source, target, count),
        }
    }
    m.next(2)
}

/// Sets the `c` bytes from address `a` to the low byte of `b`, without paying for it.
#[inline(always)]
pub(super) fn memory_fill(m: &mut Regs) -> Next {
    let count: u64 = m.get(m.c());
    let Some(target) = range_at(m, m.a(), count) else {
        return m.trap(Trap::MemoryOutOfBounds);
    };
    let byte = m.get::<u64>(m.b()) as u8;
    // SAFETY: the range lies inside memory.
    unsafe { target.write_bytes(byte, count as usize) };
    m.next(2)
}

/// `a` becomes `b` plus word 2, or an address beyond any memory where that overflows.
#[inline(always)]
pub(super) fn far_address(m: &mut Regs) -> Next {
    let base: u64 = m.get(m.b());
    // An access at the highest address is outside whatever its width: the last page of the
    // address space is never reached.
    m.result(base.saturating_add(m.word(2)));
    m.next(3)
}

/// `a` becomes the global whose place is in word 2.
#[inline(always)]
pub(super) fn global_get(m: &mut Regs) -> Next {
    let place = m.word(2) as usize as *const u64;
    // SAFETY: the predecoder put the place of a global there, which never moves.
    m.result(unsafe { *place });
    m.next(3)
}

#[inline(always)]
pub(super) fn global_set(m: &mut Regs) -> Next {
    let place = m.word(2) as usize as *mut u64;
    // SAFETY: as for `global_get`.
    unsafe { *place = m.source_a() };
    m.next(3)
}

/// `a` becomes the size of memory in pages.
#[inline(always)]
pub(super) fn memory_size(m: &mut Regs) -> Next {
    m.result((m.len / vbc_runtime::PAGE as usize) as u64);
    m.next(2)
}

/// `a` becomes element `b` of the table whose place is in word 2.
#[inline(always)]
pub(super) fn table_get(m: &mut Regs) -> Next {
    let table = m.word(2) as usize as *const vbc_runtime::Table;
    // SAFETY: the predecoder put the place of a table there, which never moves.
    match unsafe { (*table).get(m.get(m.b())) } {
        Some(element) => {
            m.result(element);
            m.next(3)
        }
        None => m.trap(Trap::TableOutOfBounds),
    }
}
