//! Cells that are called instead of being inlined: rare ones, and those whose work is long.
//!
//! Operands lie in `a`, `b` and `c`, what the instruction names in word 2; `d` is 1 where moving
//! costs fuel.

use super::code::FuncEntry;
use super::control;
use super::machine::Regs;
use super::state::Machine;
use vbc_core::isa::Trap;
use vbc_runtime::guest::Guest;
use vbc_runtime::host::Reenter;
use vbc_runtime::{Stop, Table};

type Done = Result<(), Stop>;

/// Whether the cell is one that costs fuel.
fn paid(m: &Regs) -> bool {
    m.d() == 1
}

pub(super) fn memory_grow(vm: &mut Machine, m: &mut Regs) -> Done {
    let before = vm.guest.memory_grow(m.get(m.b()));
    m.set(m.a(), before);
    m.next(2);
    Ok(())
}

pub(super) fn memory_copy_watched(vm: &mut Machine, m: &mut Regs) -> Done {
    let (to, from, count) = (m.get(m.a()), m.get(m.b()), m.get(m.c()));
    vm.guest.memory_copy(to, from, count, paid(m))?;
    m.next(2);
    Ok(())
}

pub(super) fn memory_fill_watched(vm: &mut Machine, m: &mut Regs) -> Done {
    let (to, byte, count) = (m.get(m.a()), m.get::<u64>(m.b()), m.get(m.c()));
    vm.guest.memory_fill(to, byte as u8, count, paid(m))?;
    m.next(2);
    Ok(())
}

/// Word 2 is the number of the defined data row.
pub(super) fn memory_init(vm: &mut Machine, m: &mut Regs) -> Done {
    let (to, from, count) = (m.get(m.a()), m.get(m.b()), m.get(m.c()));
    let row = m.word(2) as usize;
    vm.guest.memory_init(row, to, from, count, paid(m))?;
    m.next(3);
    Ok(())
}

pub(super) fn data_drop(vm: &mut Machine, m: &mut Regs) -> Done {
    vm.guest.data_drop(m.word(2) as usize);
    m.next(3);
    Ok(())
}

/// The table with the index in half `n` of word 2.
fn table(m: &Regs, n: usize) -> u32 {
    m.half(n) as u32
}

pub(super) fn table_set(vm: &mut Machine, m: &mut Regs) -> Done {
    let (index, element) = (m.get(m.a()), m.get(m.b()));
    vm.guest.table_set(table(m, 0), index, element)?;
    m.next(3);
    Ok(())
}

pub(super) fn table_size(vm: &mut Machine, m: &mut Regs) -> Done {
    let tables = &vm.guest.thread.instance.tables;
    let size = tables.get(table(m, 0) as usize).map_or(0, Table::len);
    m.set(m.a(), size as u64);
    m.next(3);
    Ok(())
}

pub(super) fn table_grow(vm: &mut Machine, m: &mut Regs) -> Done {
    let (element, count) = (m.get(m.b()), m.get(m.c()));
    let before = vm.guest.table_grow(table(m, 0), element, count, paid(m))?;
    m.set(m.a(), before);
    m.next(3);
    Ok(())
}

pub(super) fn table_fill(vm: &mut Machine, m: &mut Regs) -> Done {
    let (to, element, count) = (m.get(m.a()), m.get(m.b()), m.get(m.c()));
    vm.guest
        .table_fill(table(m, 0), to, element, count, paid(m))?;
    m.next(3);
    Ok(())
}

/// Half 0 of word 2 is the table that is written, half 1 the one that is read.
pub(super) fn table_copy(vm: &mut Machine, m: &mut Regs) -> Done {
    let (to, from, count) = (m.get(m.a()), m.get(m.b()), m.get(m.c()));
    let tables = (table(m, 0), table(m, 1));
    vm.guest.table_copy(tables, to, from, count, paid(m))?;
    m.next(3);
    Ok(())
}

/// Half 0 of word 2 is the table, half 1 the segment.
pub(super) fn table_init(vm: &mut Machine, m: &mut Regs) -> Done {
    let (to, from, count) = (m.get(m.a()), m.get(m.b()), m.get(m.c()));
    let names = (table(m, 0), table(m, 1));
    vm.guest.table_init(names, to, from, count, paid(m))?;
    m.next(3);
    Ok(())
}

pub(super) fn elem_drop(vm: &mut Machine, m: &mut Regs) -> Done {
    vm.guest.elem_drop(m.word(2) as u32);
    m.next(3);
    Ok(())
}

/// A CALL whose callee may not have been predecoded: does that, turns itself into the cell that
/// calls it directly, and leaves running that to the engine. `d` is the number of copied arguments,
/// plus 4 when the call costs fuel; word 2 is the function index.
pub(super) fn call_unready(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = m.word(2) as u32;
    vm.make_ready(function)?;
    let entry = &vm.functions[function as usize];
    let cell = super::predecode::call_cell(m.d() & 3, m.d() & 4 != 0);
    let place = m.ip.cast_mut();
    // SAFETY: `Code` keeps cells through a raw pointer, so that this one can be written; the new
    // cell has the same size, and its operands are in their places.
    unsafe {
        *place = vm.dispatch.word(cell);
        *place.cast::<u16>().add(7) = entry.slots as u16;
        *place.add(2) = super::code::address(entry.code);
    }
    Ok(())
}

/// The first cell of every function that has not been predecoded: does that and goes on with the
/// real first cell. `c:d` is the function index.
pub(super) fn predecode_function(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = m.cd() as u32;
    vm.make_ready(function)?;
    let FuncEntry { code, slots, .. } = vm.functions[function as usize];
    go_on_at(m, code, slots)
}

/// Goes on with the code of the function that the caller meant to call, whose frame has `slots`
/// registers. The caller has checked the stack for the slots that were known before.
fn go_on_at(m: &mut Regs, code: *const u64, slots: u32) -> Done {
    if m.fp.wrapping_add(slots as usize).cast() > m.csp {
        return Err(Trap::CallStackExhausted.into());
    }
    m.ip = code;
    Ok(())
}

/// The only cell of a host function, or of a support routine with native code: calls it and returns. `c:d` is the
/// function index.
pub(super) fn host_call(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = m.cd() as u32;
    if let Some((code, slots)) = vm.plain_code(function, m.fp) {
        return go_on_at(m, code, slots);
    }
    // SAFETY: the caller put the arguments into the frame.
    let results = unsafe { vm.guest.call_host(function, m.fp)? };
    give_back(m, results);
    Ok(())
}

/// The only cell of a native function: calls it and returns. `c:d` is the function index.
pub(super) fn native_call(vm: &mut Machine, m: &mut Regs) -> Done {
    let function = m.cd() as u32;
    let machine: *mut Machine = vm;
    let mut nested = Nested {
        machine,
        caller: (function, m.fp),
    };
    // SAFETY: the caller put the arguments into the frame; `vm` is not used before the function has returned.
    unsafe {
        let guest = &raw mut (*machine).guest;
        Guest::call_native(guest, function, m.fp, &mut nested)?;
    }
    // SAFETY: nobody else uses the machine any more.
    give_back(m, unsafe { (*machine).guest.host_results() });
    Ok(())
}

/// Returns from the cell of a function of the host's, with its results.
#[inline(always)]
fn give_back(m: &mut Regs, results: &[u64]) {
    let caller = control::pop(m);
    m.fp = caller.fp;
    m.ip = caller.ip;
    for (n, &result) in results.iter().enumerate() {
        // SAFETY: after the cell of a call are the registers for its results.
        let register = usize::from(unsafe { *m.ip.cast::<u16>().add(n) });
        m.set(register, result);
    }
    m.next(results.len().div_ceil(4));
}

/// A machine that waits for a native function.
struct Nested {
    machine: *mut Machine,
    /// The function, and its frame, in which its arguments are.
    caller: (u32, *mut u64),
}

impl Reenter for Nested {
    fn reenter(&mut self, index: u32, args: &[u64], results: &mut [u64]) -> Result<(), Stop> {
        // SAFETY: whoever waits for the native function does not use the machine meanwhile.
        unsafe { (*self.machine).call_nested(index, args, results, self.caller) }
    }
}

/// Loop heads of support code between two looks at the clock.
const POLLS: u32 = 1_000;

/// Where a loop of support code begins, when time is limited: looks at the clock now and then.
pub(super) fn poll(vm: &mut Machine, m: &mut Regs) -> Done {
    vm.polls += 1;
    if vm.polls == POLLS {
        vm.polls = 0;
        vm.guest.thread.meter.check_time()?;
    }
    m.next(2);
    Ok(())
}

/// Where the outermost call returns to.
pub(super) fn finish(_vm: &mut Machine, _m: &mut Regs) -> Done {
    Err(Stop::Finished)
}

/// Shows the instruction to the observer. `a` is 0 before it, 1 after it; `c:d` is its word.
pub(super) fn observe(vm: &mut Machine, m: &mut Regs) -> Done {
    #[cfg(any(test, feature = "measuring"))]
    if let (Some(recorder), super::profile::ADJACENT) = (&mut vm.recorder, m.a() as u16) {
        recorder.count(m.cd() as u32);
        m.next(3);
        return Ok(());
    }
    super::observe::observe(vm, m);
    m.next(3);
    Ok(())
}
