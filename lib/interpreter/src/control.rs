//! Cells that branch, call and return.
//!
//! Distances are in bytes from the start of the cell. A conditional branch loads its distance only
//! in the taken arm, and that arm alone holds an empty assembly statement: otherwise LLVM selects
//! between two addresses without branching, every later cell waits for the compared data, and the
//! whole engine runs at half its speed.

use super::code::FuncEntry;
use super::machine::{CallInfo, Next, Regs, Slot, keep_the_branch};
use vbc_core::isa::Trap;
use vbc_runtime::Table;

/// Continues at the distance in `c:d` when `taken`, else after the cell of `words` words. A
/// `paid` branch, which is a backward one, costs fuel when it is taken.
#[inline(always)]
fn branch(m: &mut Regs, words: usize, paid: bool, taken: bool) -> Next {
    if taken {
        keep_the_branch();
        if paid && !m.charge() {
            return Next::Refuel;
        }
        m.jump(m.cd());
        Next::Taken
    } else {
        m.next(words)
    }
}

#[inline(always)]
pub(super) fn jump(m: &mut Regs, paid: bool) -> Next {
    if paid && !m.charge() {
        return Next::Refuel;
    }
    m.jump(m.cd())
}

#[inline(always)]
pub(super) fn branch_if(m: &mut Regs, paid: bool) -> Next {
    branch(m, 2, paid, m.source_a::<u64>() != 0)
}

#[inline(always)]
pub(super) fn branch_if_not(m: &mut Regs, paid: bool) -> Next {
    branch(m, 2, paid, m.source_a::<u64>() == 0)
}

/// Compares `a` with `b`.
#[inline(always)]
pub(super) fn compare<T: Slot>(m: &mut Regs, paid: bool, f: impl Fn(T, T) -> bool) -> Next {
    branch(m, 2, paid, f(m.source_a(), m.source_b()))
}

/// Compares `a` with word 2.
#[inline(always)]
pub(super) fn compare_imm<T: Slot>(m: &mut Regs, paid: bool, f: impl Fn(T, T) -> bool) -> Next {
    branch(m, 3, paid, f(m.source_a(), T::from_slot(m.word(2))))
}

/// Adds the signed 16 bits of word 2's field 0 to register `a` and compares the sum with `b`,
/// which is another register.
#[inline(always)]
pub(super) fn count<T: Slot>(
    m: &mut Regs,
    paid: bool,
    add: impl Fn(T, T) -> T,
    f: impl Fn(T, T) -> bool,
) -> Next {
    // Read before the step, so that its index is in the processor's register where most handlers have that of their
    // result: with it in another one, loops that count take 10 % longer on AMD's Zen.
    let before = m.get(m.a());
    let sum = add(before, T::from_slot(m.word2_field(0) as i16 as i64 as u64));
    let taken = f(sum, m.get(m.b()));
    if taken && paid && !m.charge() {
        return Next::Refuel;
    }
    m.set(m.a(), sum);
    branch(m, 3, false, taken)
}

/// Adds the register in word 2's field 0 to register `a` and compares the sum with `b`, which is
/// another register.
#[inline(always)]
pub(super) fn stride<T: Slot>(
    m: &mut Regs,
    paid: bool,
    add: impl Fn(T, T) -> T,
    f: impl Fn(T, T) -> bool,
) -> Next {
    let sum = add(m.get(m.a()), m.get(m.word2_field(0)));
    let taken = f(sum, m.get(m.b()));
    if taken && paid && !m.charge() {
        return Next::Refuel;
    }
    m.set(m.a(), sum);
    branch(m, 3, false, taken)
}

/// Adds the signed 16 bits of `b` to register `a` and compares the sum with word 2.
#[inline(always)]
pub(super) fn count_imm<T: Slot>(
    m: &mut Regs,
    paid: bool,
    add: impl Fn(T, T) -> T,
    f: impl Fn(T, T) -> bool,
) -> Next {
    // As for `count`.
    let before = m.get(m.a());
    let sum = add(before, T::from_slot(m.b() as i16 as i64 as u64));
    let taken = f(sum, T::from_slot(m.word(2)));
    if taken && paid && !m.charge() {
        return Next::Refuel;
    }
    m.set(m.a(), sum);
    branch(m, 3, false, taken)
}

/// Continues at one of the distances after the cell: number `a`, or the last of `c:d`.
#[inline(always)]
pub(super) fn switch(m: &mut Regs, paid: bool) -> Next {
    let index: u64 = m.source_a();
    let last = m.cd() as usize;
    let index = (index.min(last as u64)) as usize;
    let distance = m.half(index);
    if paid && distance <= 0 && !m.charge() {
        return Next::Refuel;
    }
    m.jump(distance)
}

/// Enters the function at `entry`, whose frame begins at register `window` and has `slots`
/// registers. The words after the present cell of `words` words specify where results go.
#[inline(always)]
pub(super) fn enter(
    m: &mut Regs,
    window: usize,
    slots: usize,
    entry: *const u64,
    words: usize,
) -> Next {
    // SAFETY: only compared until the check below.
    let (frame, end, csp) = (
        m.fp.wrapping_add(window),
        m.fp.wrapping_add(window + slots),
        m.csp.wrapping_sub(1),
    );
    if end.cast() > csp {
        return m.trap(Trap::CallStackExhausted);
    }
    // SAFETY: the record lies above the new frame, which lies above the present one.
    unsafe {
        *csp = CallInfo {
            ip: m.ip.add(words),
            fp: m.fp,
        };
    }
    m.csp = csp;
    m.fp = frame;
    m.ip = entry;
    Next::Go
}

/// Calls the function with entry word 2 and `d` registers; `b` and `c` are its first `args`
/// arguments, which are copied to the window at `a`. Others are there already.
#[inline(always)]
pub(super) fn call(m: &mut Regs, paid: bool, args: usize) -> Next {
    if paid && !m.charge() {
        return Next::Refuel;
    }
    let window = m.a();
    // The window lies within this function's frame, so it is written before the check.
    if args > 0 {
        m.set(window, m.get::<u64>(m.b()));
    }
    if args > 1 {
        m.set(window + 1, m.get::<u64>(m.c()));
    }
    let entry = m.word(2) as usize as *const u64;
    enter(m, window, m.d(), entry, 3)
}

/// The function that element `b` of the table in word 2 refers to, when its type is the one in
/// word 3.
#[inline(always)]
fn indirect(m: &Regs) -> Result<*const FuncEntry, Trap> {
    let table = m.word(2) as usize as *const Table;
    // SAFETY: the predecoder put the place of a table there, which never moves.
    let element = unsafe { (*table).get(m.get(m.b())) }.ok_or(Trap::UndefinedElement)?;
    let number = element.checked_sub(1).ok_or(Trap::UninitializedElement)?;
    // SAFETY: references in tables name functions of the instance.
    let function = unsafe { (*m.vm).entries.add(number as usize) };
    // SAFETY: as above.
    if u64::from(unsafe { (*function).ty }) != m.word(3) {
        return Err(Trap::IndirectCallType);
    }
    Ok(function)
}

#[inline(always)]
pub(super) fn call_indirect(m: &mut Regs, paid: bool) -> Next {
    if paid && !m.charge() {
        return Next::Refuel;
    }
    match indirect(m) {
        Ok(function) => {
            // SAFETY: `indirect` returns entries of functions.
            let function = unsafe { &*function };
            enter(m, m.a(), function.slots as usize, function.code, 4)
        }
        Err(trap) => m.trap(trap),
    }
}

/// Replaces the present call by one of `function`, whose `count` arguments lie from register
/// `window`.
#[inline(always)]
pub(super) fn replace(
    m: &mut Regs,
    function: *const FuncEntry,
    window: usize,
    count: usize,
) -> Next {
    // SAFETY: callers pass entries of functions.
    let function = unsafe { &*function };
    if m.fp.wrapping_add(function.slots as usize).cast() > m.csp {
        return m.trap(Trap::CallStackExhausted);
    }
    for n in 0..count {
        m.set(n, m.get::<u64>(window + n));
    }
    m.ip = function.code;
    Next::Go
}

/// Goes on as the function whose entry is in word 2, with `c:d` arguments from register `a`.
#[inline(always)]
pub(super) fn tail_call(m: &mut Regs, paid: bool) -> Next {
    if paid && !m.charge() {
        return Next::Refuel;
    }
    let function = m.word(2) as usize as *const FuncEntry;
    replace(m, function, m.a(), m.cd() as usize)
}

/// Goes on as element `b` of a table; see [`call_indirect`] and [`tail_call`].
#[inline(always)]
pub(super) fn tail_call_indirect(m: &mut Regs, paid: bool) -> Next {
    if paid && !m.charge() {
        return Next::Refuel;
    }
    match indirect(m) {
        Ok(function) => replace(m, function, m.a(), m.cd() as usize),
        Err(trap) => m.trap(trap),
    }
}

/// Takes the present call's record off the stack.
#[inline(always)]
pub(super) fn pop(m: &mut Regs) -> CallInfo {
    // SAFETY: every active call has a record; the outermost one's leads to the cell that ends
    // the run.
    let record = unsafe { *m.csp };
    m.csp = m.csp.wrapping_add(1);
    record
}

#[inline(always)]
pub(super) fn return_none(m: &mut Regs) -> Next {
    let caller = pop(m);
    m.fp = caller.fp;
    m.ip = caller.ip;
    Next::Go
}

/// Puts `value` into the register that the caller named.
#[inline(always)]
fn leave_with(m: &mut Regs, value: u64) -> Next {
    let caller = pop(m);
    m.fp = caller.fp;
    m.ip = caller.ip;
    // SAFETY: after the cell of a call with a result is the register for it.
    let register = usize::from(unsafe { *m.ip.cast::<u16>() });
    m.set(register, value);
    m.next(1)
}

#[inline(always)]
pub(super) fn return_one(m: &mut Regs) -> Next {
    leave_with(m, m.source_a())
}

/// Returns the result of a computation on `b` and `c`.
#[inline(always)]
pub(super) fn return_binary<T: Slot>(m: &mut Regs, f: impl Fn(T, T) -> T) -> Next {
    let value = f(m.get(m.b()), m.get(m.c()));
    leave_with(m, value.to_slot())
}

/// Returns the constant in `c:d`.
#[inline(always)]
pub(super) fn return_constant<T: Slot>(m: &mut Regs) -> Next {
    let value = T::from_slot(m.cd() as i64 as u64);
    leave_with(m, value.to_slot())
}

/// Returns the `a` registers that the cell lists from word 2 on.
#[inline(always)]
pub(super) fn return_many(m: &mut Regs) -> Next {
    let (count, from, fp) = (m.a(), m.ip, m.fp);
    let caller = pop(m);
    m.fp = caller.fp;
    m.ip = caller.ip;
    for n in 0..count {
        // SAFETY: both cells list `count` registers, each of its own function.
        unsafe {
            let source = usize::from(*from.cast::<u16>().add(8 + n));
            let target = usize::from(*m.ip.cast::<u16>().add(n));
            *m.fp.add(target) = *fp.add(source);
        }
    }
    m.next(count.div_ceil(4))
}

/// Traps with the kind in `a`.
#[inline(always)]
pub(super) fn trap(m: &mut Regs) -> Next {
    let kind = Trap::from_code(m.a() as u16).unwrap_or(Trap::Unreachable);
    m.trap(kind)
}
