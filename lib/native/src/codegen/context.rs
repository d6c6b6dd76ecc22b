//! What code knows of the context, and how traps are numbered in it.

pub(crate) use crate::{Entered, Entry, Runtime, Site};
use vbc_core::isa::Trap;

/// Offsets of the context's fields.
pub(super) mod offset {
    use crate::{Context, Natives, Resume};
    use std::mem::offset_of;
    use vbc_runtime::host::NativePlace;

    pub(crate) const STACK_LIMIT: i32 = offset_of!(Context, stack_limit) as i32;
    pub(crate) const MEMORY: i32 = offset_of!(Context, memory) as i32;
    pub(crate) const MEMORY_LEN: i32 = offset_of!(Context, memory_len) as i32;
    pub(crate) const FUEL: i32 = offset_of!(Context, fuel) as i32;
    pub(crate) const ENTRIES: i32 = offset_of!(Context, entries) as i32;
    pub(crate) const TABLES: i32 = offset_of!(Context, tables) as i32;
    pub(crate) const CONSTANT_TABLES: i32 = offset_of!(Context, constant_tables) as i32;
    pub(crate) const GLOBALS: i32 = offset_of!(Context, globals) as i32;
    pub(crate) const RESUME_PC: i32 = (offset_of!(Context, resume) + offset_of!(Resume, pc)) as i32;
    pub(crate) const RESUME_SP: i32 = (offset_of!(Context, resume) + offset_of!(Resume, sp)) as i32;
    pub(crate) const RESUME_FP: i32 = (offset_of!(Context, resume) + offset_of!(Resume, fp)) as i32;
    const NATIVES: usize = offset_of!(Context, natives);
    const PLACE: usize = NATIVES + offset_of!(Natives, place);
    pub(crate) const NATIVE_FRAME: i32 = (PLACE + offset_of!(NativePlace, frame)) as i32;
    pub(crate) const NATIVE_FUNCTION: i32 = (PLACE + offset_of!(NativePlace, function)) as i32;
    pub(crate) const NATIVE_HOLD: i32 = (NATIVES + offset_of!(Natives, hold)) as i32;
    pub(crate) const NATIVE_ADDRESSES: i32 = (NATIVES + offset_of!(Natives, addresses)) as i32;
    pub(crate) const NATIVE_THUNK: i32 = (NATIVES + offset_of!(Natives, thunk)) as i32;
    pub(crate) const NATIVE_ERRNO: i32 = (NATIVES + offset_of!(Natives, errno)) as i32;
    pub(crate) const RUNTIME: i32 = offset_of!(Context, runtime) as i32;
}

/// The number of a trap kind among Cranelift's user codes.
pub(super) fn trap_code(trap: Trap) -> cranelift_codegen::ir::TrapCode {
    // Kinds are few; user codes end at 250.
    cranelift_codegen::ir::TrapCode::unwrap_user(trap as u16 as u8 + 1)
}

/// The first of the codes for accesses to memory that may meet a guard page. They are counted, and so
/// tell which one it was: processors can combine an access with the instruction that uses it.
const FIRST_ACCESS: u8 = 64;

/// The number of these codes; user codes end at 250. They begin again after the last.
pub(super) const ACCESS_CODES: usize = 186;

/// The code of access `n` of a function.
pub(super) fn access_code(n: usize) -> cranelift_codegen::ir::TrapCode {
    cranelift_codegen::ir::TrapCode::unwrap_user(FIRST_ACCESS + (n % ACCESS_CODES) as u8)
}

/// The first access of a function that has this code, when it is the code of one.
pub(super) fn first_access(code: u8) -> Option<usize> {
    let n = usize::from(code.checked_sub(FIRST_ACCESS)?);
    (n < ACCESS_CODES).then_some(n)
}

/// The trap kind that a code stands for, and whether it is that of a function's prologue.
pub(crate) fn trap_of(code: u8) -> (Trap, bool) {
    use cranelift_codegen::ir::TrapCode;
    let is = |known: TrapCode| known.as_raw().get() == code;
    if is(TrapCode::STACK_OVERFLOW) {
        return (Trap::CallStackExhausted, true);
    }
    let trap = if is(TrapCode::INTEGER_OVERFLOW) {
        Trap::IntegerOverflow
    } else if is(TrapCode::INTEGER_DIVISION_BY_ZERO) {
        Trap::IntegerDivideByZero
    } else if is(TrapCode::BAD_CONVERSION_TO_INTEGER) {
        Trap::InvalidConversion
    } else if is(TrapCode::HEAP_OUT_OF_BOUNDS) || first_access(code).is_some() {
        Trap::MemoryOutOfBounds
    } else {
        Trap::from_code(u16::from(code).wrapping_sub(1)).unwrap_or(Trap::HostFault)
    };
    (trap, false)
}
