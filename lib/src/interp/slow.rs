//! Cells that are called instead of being inlined: rare ones, and those whose work is long.
//!
//! Operands lie in `a`, `b` and `c`, what the instruction names in word 2; `d` is 1 where moving
//! costs fuel.

use super::code::FuncEntry;
use super::control;
use super::machine::M;
use super::state::{Machine, Stop};
use crate::isa::Trap;
use crate::runtime::Table;

type Done = Result<(), Stop>;

/// Bytes that a bulk operation moves between two looks at the clock.
const PIECE: usize = 16 << 20;

/// The range of `count` from `start`, when it lies within `len`.
fn range(start: u64, count: u64, len: usize) -> Option<std::ops::Range<usize>> {
    let end = start.checked_add(count).filter(|&end| end <= len as u64)?;
    Some(start as usize..end as usize)
}

fn memory_range(m: &M, start: u64, count: u64) -> Result<std::ops::Range<usize>, Trap> {
    range(start, count, m.len).ok_or(Trap::MemoryOutOfBounds)
}

/// Pays for `bytes`, when the cell is one that costs fuel.
fn pay(vm: &mut Machine, m: &M, bytes: u64) -> Done {
    if m.d() == 1 {
        vm.charge_bulk(bytes)
    } else {
        Ok(())
    }
}

fn memory_bytes(vm: &mut Machine) -> &mut [u8] {
    match &mut vm.instance.memory {
        Some(memory) => memory.bytes_mut(),
        None => &mut [],
    }
}

pub(super) fn memory_grow(vm: &mut Machine, m: &mut M) -> Done {
    let pages: u64 = m.get(m.b());
    let memory = vm.instance.memory.as_mut();
    let (before, is_64) = match memory {
        Some(memory) => (memory.grow(pages), memory.is_64()),
        // There is none: it has no pages and cannot get any.
        None => ((pages == 0).then_some(0), true),
    };
    set_index(m, is_64, before);
    m.next(2);
    Ok(())
}

/// `a` becomes a size in the width of an index type, or -1.
fn set_index(m: &mut M, is_64: bool, size: Option<u64>) {
    let size = size.unwrap_or(u64::MAX);
    if is_64 {
        m.set(m.a(), size);
    } else {
        m.set(m.a(), size as u32);
    }
}

pub(super) fn memory_copy_watched(vm: &mut Machine, m: &mut M) -> Done {
    let count: u64 = m.get(m.c());
    let target = memory_range(m, m.get(m.a()), count)?;
    let source = memory_range(m, m.get(m.b()), count)?;
    pay(vm, m, count)?;
    let bytes = memory_bytes(vm);
    if source.len() <= PIECE {
        bytes.copy_within(source, target.start);
    } else if target.start <= source.start {
        for at in (0..source.len()).step_by(PIECE) {
            let part = PIECE.min(source.len() - at);
            let from = source.start + at;
            memory_bytes(vm).copy_within(from..from + part, target.start + at);
            vm.check_time()?;
        }
    } else {
        for end in (0..source.len()).rev().step_by(PIECE) {
            let start = (end + 1).saturating_sub(PIECE);
            let from = source.start + start..source.start + end + 1;
            memory_bytes(vm).copy_within(from, target.start + start);
            vm.check_time()?;
        }
    }
    m.next(2);
    Ok(())
}

pub(super) fn memory_fill_watched(vm: &mut Machine, m: &mut M) -> Done {
    let count: u64 = m.get(m.c());
    let target = memory_range(m, m.get(m.a()), count)?;
    pay(vm, m, count)?;
    let byte = m.get::<u64>(m.b()) as u8;
    for at in target.clone().step_by(PIECE) {
        let end = target.end.min(at + PIECE);
        memory_bytes(vm)[at..end].fill(byte);
        if end < target.end {
            vm.check_time()?;
        }
    }
    m.next(2);
    Ok(())
}

/// Word 2 is the number of the defined data row.
pub(super) fn memory_init(vm: &mut Machine, m: &mut M) -> Done {
    let row = m.word(2) as usize;
    let (from, count): (u64, u64) = (m.get(m.b()), m.get(m.c()));
    let target = memory_range(m, m.get(m.a()), count)?;
    let program = vm.program.clone();
    let content = match vm.instance.dropped_data.get(row) {
        Some(false) => program.module.data_content(row),
        _ => &[],
    };
    let source = range(from, count, content.len()).ok_or(Trap::MemoryOutOfBounds)?;
    pay(vm, m, count)?;
    memory_bytes(vm)[target].copy_from_slice(&content[source]);
    m.next(3);
    Ok(())
}

pub(super) fn data_drop(vm: &mut Machine, m: &mut M) -> Done {
    if let Some(dropped) = vm.instance.dropped_data.get_mut(m.word(2) as usize) {
        *dropped = true;
    }
    m.next(3);
    Ok(())
}

/// The table with the index in half `n` of word 2. The verifier checked that it exists.
fn table<'a>(vm: &'a mut Machine, m: &M, n: usize) -> Result<&'a mut Table, Trap> {
    let index = m.half(n) as u32 as usize;
    vm.instance
        .tables
        .get_mut(index)
        .ok_or(Trap::TableOutOfBounds)
}

fn table_range(table: &Table, start: u64, count: u64) -> Result<std::ops::Range<usize>, Trap> {
    range(start, count, table.len()).ok_or(Trap::TableOutOfBounds)
}

pub(super) fn table_set(vm: &mut Machine, m: &mut M) -> Done {
    let index: u64 = m.get(m.a());
    let elements = table(vm, m, 0)?.elements_mut();
    let place = usize::try_from(index)
        .ok()
        .and_then(|index| elements.get_mut(index))
        .ok_or(Trap::TableOutOfBounds)?;
    *place = m.get(m.b());
    m.next(3);
    Ok(())
}

pub(super) fn table_size(vm: &mut Machine, m: &mut M) -> Done {
    let size = table(vm, m, 0)?.len() as u64;
    m.set(m.a(), size);
    m.next(3);
    Ok(())
}

pub(super) fn table_grow(vm: &mut Machine, m: &mut M) -> Done {
    let (element, count): (u64, u64) = (m.get(m.b()), m.get(m.c()));
    let room = vm.instance.table_room(&vm.limits);
    let table = table(vm, m, 0)?;
    let before = (count <= room)
        .then(|| table.grow(count, element))
        .flatten();
    set_index(m, table.is_64(), before);
    m.next(3);
    Ok(())
}

pub(super) fn table_fill(vm: &mut Machine, m: &mut M) -> Done {
    let count: u64 = m.get(m.c());
    let target = table_range(table(vm, m, 0)?, m.get(m.a()), count)?;
    pay(vm, m, count * 8)?;
    let element = m.get(m.b());
    table(vm, m, 0)?.elements_mut()[target].fill(element);
    m.next(3);
    Ok(())
}

/// Half 0 of word 2 is the table that is written, half 1 the one that is read.
pub(super) fn table_copy(vm: &mut Machine, m: &mut M) -> Done {
    let count: u64 = m.get(m.c());
    let target = table_range(table(vm, m, 0)?, m.get(m.a()), count)?;
    let source = table_range(table(vm, m, 1)?, m.get(m.b()), count)?;
    pay(vm, m, count * 8)?;
    if m.half(0) == m.half(1) {
        table(vm, m, 0)?
            .elements_mut()
            .copy_within(source, target.start);
    } else {
        let (to, from) = (m.half(0) as usize, m.half(1) as usize);
        if let Ok([to, from]) = vm.instance.tables.get_disjoint_mut([to, from]) {
            to.elements_mut()[target].copy_from_slice(&from.elements()[source]);
        }
    }
    m.next(3);
    Ok(())
}

/// Half 0 of word 2 is the table, half 1 the segment.
pub(super) fn table_init(vm: &mut Machine, m: &mut M) -> Done {
    let segment = m.half(1) as u32 as usize;
    let (from, count): (u64, u64) = (m.get(m.b()), m.get(m.c()));
    let target = table_range(table(vm, m, 0)?, m.get(m.a()), count)?;
    let program = vm.program.clone();
    let items = match vm.instance.dropped_elements.get(segment) {
        Some(false) => program.module.element_items(segment),
        _ => &[],
    };
    let source = range(from, count, items.len()).ok_or(Trap::TableOutOfBounds)?;
    pay(vm, m, count * 8)?;
    let elements = &mut table(vm, m, 0)?.elements_mut()[target];
    for (place, &item) in elements.iter_mut().zip(&items[source]) {
        *place = crate::runtime::reference(item);
    }
    m.next(3);
    Ok(())
}

pub(super) fn elem_drop(vm: &mut Machine, m: &mut M) -> Done {
    if let Some(dropped) = vm.instance.dropped_elements.get_mut(m.word(2) as usize) {
        *dropped = true;
    }
    m.next(3);
    Ok(())
}

/// A CALL whose callee may not have been predecoded: does that, turns itself into the cell that
/// calls it directly, and leaves running that to the engine. `d` is the number of copied arguments,
/// plus 4 when the call costs fuel; word 2 is the function index.
pub(super) fn call_unready(vm: &mut Machine, m: &mut M) -> Done {
    let function = m.word(2) as u32;
    vm.make_ready(function);
    let entry = &vm.functions[function as usize];
    let cell = super::predecode::call_cell(m.d() & 3, m.d() & 4 != 0);
    let place = m.ip.cast_mut();
    // SAFETY: `Code` keeps cells behind a raw pointer, so that this one can be written; the new
    // cell has the same size, and its operands are in their places.
    unsafe {
        *place = vm.engine.word(cell);
        *place.cast::<u16>().add(7) = entry.slots as u16;
        *place.add(2) = super::code::address(entry.code);
    }
    Ok(())
}

/// The first cell of every function that has not been predecoded: does that and goes on with the
/// real first cell. `c:d` is the function index.
pub(super) fn predecode_function(vm: &mut Machine, m: &mut M) -> Done {
    let function = m.cd() as u32;
    vm.make_ready(function);
    let FuncEntry { code, slots, .. } = vm.functions[function as usize];
    go_on_at(m, code, slots)
}

/// Goes on with the code of the function that the caller meant to call, whose frame has `slots`
/// registers. The caller has checked the stack for the slots that were known before.
fn go_on_at(m: &mut M, code: *const u64, slots: u32) -> Done {
    if m.fp.wrapping_add(slots as usize).cast() > m.csp {
        return Err(Trap::CallStackExhausted.into());
    }
    m.ip = code;
    Ok(())
}

/// The only cell of a host function, or of a support routine with native code: calls it and returns. `c:d` is the function index.
pub(super) fn host_call(vm: &mut Machine, m: &mut M) -> Done {
    let function = m.cd() as u32;
    if let Some((code, slots)) = vm.plain_code(function, m.fp) {
        return go_on_at(m, code, slots);
    }
    let results = vm.call_host(function, m.fp)?;
    let caller = control::pop(m);
    m.fp = caller.fp;
    m.ip = caller.ip;
    for (n, &result) in results.iter().enumerate() {
        // SAFETY: behind the cell of a call are the registers for its results.
        let register = usize::from(unsafe { *m.ip.cast::<u16>().add(n) });
        m.set(register, result);
    }
    m.next(results.len().div_ceil(4));
    Ok(())
}

/// Loop heads of support code between two looks at the clock.
const POLLS: u32 = 1_000;

/// Where a loop of support code begins, when time is limited: looks at the clock now and then.
pub(super) fn poll(vm: &mut Machine, m: &mut M) -> Done {
    vm.polls += 1;
    if vm.polls == POLLS {
        vm.polls = 0;
        vm.check_time()?;
    }
    m.next(2);
    Ok(())
}

/// Where the outermost call returns to.
pub(super) fn finish(_vm: &mut Machine, _m: &mut M) -> Done {
    Err(Stop::Finished)
}

/// Shows the instruction to the observer. `a` is 0 before it, 1 behind it; `c:d` is its word.
pub(super) fn observe(vm: &mut Machine, m: &mut M) -> Done {
    super::observe::observe(vm, m);
    m.next(3);
    Ok(())
}
