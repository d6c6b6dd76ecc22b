//! Cells that compute: read registers, write one, continue.
//!
//! Layouts: `a` is the destination, `b` the first source, `c` the second; an immediate of 32 bits
//! lies in `c` and `d`, a wide one in word 2.

use super::machine::{Next, Regs, Slot};
use vbc_core::isa::Trap;

#[inline(always)]
pub(super) fn binary<T: Slot, U: Slot, R: Slot>(m: &mut Regs, f: impl Fn(T, U) -> R) -> Next {
    let result = f(m.source_b(), m.source_c());
    m.result(result);
    m.next(2)
}

/// The immediate as a `T`, which sees as many of its bits as it has.
#[inline(always)]
fn immediate<T: Slot>(m: &Regs) -> T {
    T::from_slot(m.cd() as i64 as u64)
}

#[inline(always)]
pub(super) fn binary_imm<T: Slot, U: Slot, R: Slot>(m: &mut Regs, f: impl Fn(T, U) -> R) -> Next {
    let result = f(m.source_b(), immediate(m));
    m.result(result);
    m.next(2)
}

#[inline(always)]
pub(super) fn binary_wide<T: Slot, U: Slot, R: Slot>(m: &mut Regs, f: impl Fn(T, U) -> R) -> Next {
    let result = f(m.source_b(), U::from_slot(m.word(2)));
    m.result(result);
    m.next(3)
}

#[inline(always)]
pub(super) fn checked<T: Slot, R: Slot>(m: &mut Regs, f: impl Fn(T, T) -> Result<R, Trap>) -> Next {
    match f(m.source_b(), m.source_c()) {
        Ok(result) => {
            m.result(result);
            m.next(2)
        }
        Err(trap) => m.trap(trap),
    }
}

#[inline(always)]
pub(super) fn checked_imm<T: Slot, R: Slot>(
    m: &mut Regs,
    f: impl Fn(T, T) -> Result<R, Trap>,
) -> Next {
    match f(m.source_b(), immediate(m)) {
        Ok(result) => {
            m.result(result);
            m.next(2)
        }
        Err(trap) => m.trap(trap),
    }
}

#[inline(always)]
pub(super) fn unary<T: Slot, R: Slot>(m: &mut Regs, f: impl Fn(T) -> R) -> Next {
    let result = f(m.source_b());
    m.result(result);
    m.next(2)
}

#[inline(always)]
pub(super) fn unary_checked<T: Slot, R: Slot>(
    m: &mut Regs,
    f: impl Fn(T) -> Result<R, Trap>,
) -> Next {
    match f(m.source_b()) {
        Ok(result) => {
            m.result(result);
            m.next(2)
        }
        Err(trap) => m.trap(trap),
    }
}

/// `a` becomes a constant.
#[inline(always)]
pub(super) fn constant<T: Slot>(m: &mut Regs) -> Next {
    let value: T = immediate(m);
    m.result(value);
    m.next(2)
}

#[inline(always)]
pub(super) fn constant_wide(m: &mut Regs) -> Next {
    m.result(m.word(2));
    m.next(3)
}

/// `a` becomes `b`, then `c` becomes `d`.
#[inline(always)]
pub(super) fn move_two(m: &mut Regs) -> Next {
    let first: u64 = m.source_b();
    m.set(m.a(), first);
    let second: u64 = m.get(m.d());
    m.result_in(m.c(), second);
    m.next(2)
}

/// `a` becomes `b` when `d` is not zero, else `c`.
#[inline(always)]
pub(super) fn select(m: &mut Regs) -> Next {
    let (x, y): (u64, u64) = (m.source_b(), m.source_c());
    let result = if m.source_d() { x } else { y };
    m.result(result);
    m.next(2)
}

/// The `c:d` registers from `a` become zero.
#[inline(always)]
pub(super) fn zero(m: &mut Regs) -> Next {
    let first = m.a();
    for n in 0..m.cd() as usize {
        m.set(first + n, 0_u64);
    }
    m.next(2)
}

/// `a` becomes `b` combined with `c`, then `word2` field 0 becomes field 1 combined with that.
#[inline(always)]
pub(super) fn binary_then<T: Slot>(
    m: &mut Regs,
    first: impl Fn(T, T) -> T,
    then: impl Fn(T, T) -> T,
) -> Next {
    let part = first(m.source_b(), m.source_c());
    m.set(m.a(), part);
    let result = then(m.get(m.word2_field(1)), part);
    m.result_in(m.word2_field(0), result);
    m.next(3)
}

/// `a` becomes `b` shifted by the constant `c`, then `word2` field 0 becomes field 1 combined with
/// that.
#[inline(always)]
pub(super) fn shift_then<T: Slot>(
    m: &mut Regs,
    shift: impl Fn(T, u32) -> T,
    then: impl Fn(T, T) -> T,
) -> Next {
    let part = shift(m.source_b(), m.c() as u32);
    m.set(m.a(), part);
    let result = then(m.get(m.word2_field(1)), part);
    m.result_in(m.word2_field(0), result);
    m.next(3)
}

/// `a` becomes `b` combined with the constant in `c:d`, then `word2` field 0 becomes that combined
/// with the constant in the upper half of word 2.
#[inline(always)]
pub(super) fn constants<T: Slot, U: Slot, V: Slot>(
    m: &mut Regs,
    first: impl Fn(T, U) -> T,
    then: impl Fn(T, V) -> T,
) -> Next {
    let part = first(m.source_b(), immediate(m));
    m.set(m.a(), part);
    let result = then(part, V::from_slot(i64::from(m.half(1)) as u64));
    m.result_in(m.word2_field(0), result);
    m.next(3)
}
