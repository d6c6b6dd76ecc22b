//! What programs do with pointers of native libraries (`docs/ffi.md`). Whether there is anything behind one is the
//! program's responsibility, as in C.

#![allow(
    unsafe_code,
    reason = "what lies behind a pointer is reached by its address"
)]

use std::ffi::{CStr, c_char};

use super::vbc1::Done;
use super::{HostCall, memory};
use vbc_core::isa::Trap;

/// The address of argument 0 and, where there is one, the offset in argument 1 together.
fn address(call: &HostCall<'_>, offset: u64) -> Result<usize, Trap> {
    match call.number(0) {
        0 => Err(Trap::HostFault),
        pointer => Ok(pointer.wrapping_add(offset) as usize),
    }
}

/// Copies bytes behind a pointer into memory.
pub(super) fn read(call: &mut HostCall<'_>) -> Done {
    let from = address(call, call.number(1))?;
    let (to, length) = (call.number(2), call.number(3));
    call.memory.check(to, length)?;
    call.fuel.pay(length)?;
    for (at, length) in memory::parts((0, length), memory::PIECE) {
        let from = (from as *const u8).wrapping_add(at as usize);
        // SAFETY: the program vouches for that many bytes. They may be changed by whoever owns them, so they are copied
        // before anybody looks at them.
        let bytes = unsafe { std::slice::from_raw_parts(from, length as usize) };
        call.memory.write(to + at, bytes)?;
    }
    Ok(())
}

/// Copies bytes of memory to behind a pointer.
pub(super) fn write(call: &mut HostCall<'_>) -> Done {
    let to = address(call, call.number(1))?;
    let (from, length) = (call.number(2), call.number(3));
    call.memory.check(from, length)?;
    call.fuel.pay(length)?;
    for (at, length) in memory::parts((0, length), memory::PIECE) {
        let bytes = call.memory.bytes(from + at, length)?;
        let to = (to as *mut u8).wrapping_add(at as usize);
        // SAFETY: the program vouches for that many bytes.
        unsafe { to.copy_from(bytes.as_ptr(), bytes.len()) };
    }
    Ok(())
}

/// The number of bytes before the first zero byte.
pub(super) fn strlen(call: &mut HostCall<'_>) -> Done {
    let text = address(call, 0)? as *const c_char;
    // SAFETY: the program vouches for a zero byte.
    let length = unsafe { CStr::from_ptr(text) }.count_bytes();
    call.set_number(length as u64);
    Ok(())
}

/// The pointer at an offset.
pub(super) fn ptr_at(call: &mut HostCall<'_>) -> Done {
    let at = address(call, call.number(1))? as *const u64;
    // SAFETY: the program vouches for a pointer there; it need not be aligned.
    let pointer = unsafe { at.read_unaligned() };
    call.set_number(pointer);
    Ok(())
}
