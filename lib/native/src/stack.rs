//! The stack that compiled code runs on, and the ways onto it and off it.
//!
//! Nothing else runs there. What code calls of the runtime it reaches by a [`thunk`], which goes on where [`enter`] has
//! left the thread's own stack. So a program's stack needs no room for functions of the host, and nothing on it has to
//! be dropped when it is given up.

#![allow(unsafe_code, reason = "the stack is changed")]

use std::io;
use std::mem::offset_of;
use std::ops::Range;

use super::context::{Context, Entered, Resume};
use vbc_runtime::Reservation;

/// Bytes of the largest frame that is made before the limit is looked at.
pub(crate) const FRAME_AHEAD: u32 = 28 << 10;

/// Bytes for the handlers of signals that somebody has installed without `SA_ONSTACK`.
const HANDLERS: usize = 36 << 10;

/// Bytes beyond what the program may use.
const HEADROOM: usize = FRAME_AHEAD as usize + HANDLERS;

/// Bytes below it that nothing can use, see [`Reservation::downwards`].
const GUARD: usize = 64 << 10;

/// A stack.
#[derive(Debug)]
pub(crate) struct Stack {
    pages: Reservation,
}

impl Stack {
    /// A stack of which the program may use `bytes`.
    ///
    /// # Errors
    ///
    /// The system's when it has no room.
    pub(crate) fn new(bytes: u64) -> io::Result<Stack> {
        let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let bytes = bytes
            .checked_add(HEADROOM)
            .and_then(|bytes| bytes.checked_next_multiple_of(4096))
            .ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Stack {
            pages: Reservation::downwards(bytes)?,
        })
    }

    /// A stack of which the program may use `bytes`, with `below` bytes under it that code could write.
    #[cfg(all(test, feature = "jit"))]
    pub(crate) fn above(below: usize, bytes: usize) -> io::Result<(Stack, Reservation)> {
        let all = below + GUARD + bytes + HEADROOM;
        let mut whole = Reservation::new(all)?;
        whole.extend(all)?;
        whole.avoid_huge_pages();
        let (below, pages) = whole.split(below);
        Ok((Stack { pages }, below))
    }

    /// The lowest address that the program's frames may reach.
    pub(super) fn limit(&self) -> usize {
        self.range().start + HEADROOM
    }

    /// The addresses of all its bytes.
    pub(super) fn range(&self) -> Range<usize> {
        let base = self.pages.base() as usize;
        base + GUARD..base + self.pages.reserved()
    }

    /// The word at an address; none outside the stack, or where no word begins.
    ///
    /// # Safety
    ///
    /// Nothing writes the stack meanwhile.
    pub(super) unsafe fn word(&self, address: usize) -> Option<usize> {
        let range = self.range();
        let lies_in = address.is_multiple_of(size_of::<usize>()) && range.contains(&address);
        // SAFETY: the range begins and ends with whole words, and all of it is mapped.
        lies_in.then(|| unsafe { *(address as *const usize) })
    }
}

/// Runs an entry trampoline on the stack below `top`.
///
/// The thread's own stack is left at the beginning of a line of the cache: functions of the host run some tenth faster
/// there than halfway through a line, and so they do it always.
///
/// # Safety
///
/// `trampoline` is one for code of the type of `code`; the context and the slots are as they must be for it. `top` is a
/// multiple of 16 in the stack whose limit the context has, or its end, and nothing below it is in use.
pub(super) unsafe fn enter(
    top: usize,
    trampoline: *const u8,
    context: *mut Context,
    code: *const u8,
    args: *const u64,
    results: *mut u64,
) -> Entered {
    let end: u64;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the trampoline keeps the registers that its convention promises to keep, among them those in which
    // the old stack is saved. That stands as before a call, and nothing below is in use.
    unsafe {
        core::arch::asm!(
            "mov r12, rsp",
            "mov rax, rsp",
            "and rax, -64",
            "mov [rdi + {host}], rax",
            "mov rsp, r13",
            "call r14",
            "mov rsp, r12",
            host = const offset_of!(Context, host.sp),
            in("r13") top,
            in("r14") trampoline,
            out("r12") _,
            in("rdi") context,
            in("rsi") code,
            in("rdx") args,
            in("rcx") results,
            lateout("rax") end,
            clobber_abi("C"),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "mov x20, sp",
            "and x9, x20, -64",
            "str x9, [x0, {host}]",
            "mov sp, x21",
            "blr x22",
            "mov sp, x20",
            host = const offset_of!(Context, host.sp),
            in("x21") top,
            in("x22") trampoline,
            out("x20") _,
            inlateout("x0") context => end,
            in("x1") code,
            in("x2") args,
            in("x3") results,
            clobber_abi("C"),
        );
    }
    #[cfg(target_arch = "riscv64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "mv s2, sp",
            "andi t0, s2, -64",
            "sd t0, {host}(a0)",
            "mv sp, s3",
            "jalr s4",
            "mv sp, s2",
            host = const offset_of!(Context, host.sp),
            in("s3") top,
            in("s4") trampoline,
            out("s2") _,
            inlateout("a0") context => end,
            in("a1") code,
            in("a2") args,
            in("a3") results,
            clobber_abi("C"),
        );
    }
    Entered::of(end as u32)
}

/// The address of code that makes a frame on the program's stack, does what is written for each processor, which changes
/// to the thread's own stack and calls something, and goes back.
///
/// Debuggers are told that it is like the handler of a signal, for they expect only of these that the caller's frame
/// lies on another stack.
macro_rules! changing_stacks {
    (
        [$($x86_64:literal),*],
        [$($aarch64:literal),*],
        [$($riscv64:literal),*],
        $($operands:tt)*
    ) => {{
        #[unsafe(naked)]
        unsafe extern "C" fn thunk() {
            #[cfg(target_arch = "x86_64")]
            core::arch::naked_asm!(
                ".cfi_startproc",
                ".cfi_signal_frame",
                "push rbp",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset rbp, -16",
                "mov rbp, rsp",
                ".cfi_def_cfa_register rbp",
                $($x86_64,)*
                "mov rsp, rbp",
                "pop rbp",
                ".cfi_def_cfa rsp, 8",
                "ret",
                ".cfi_endproc",
                host = const std::mem::offset_of!($crate::context::Context, host.sp),
                $($operands)*
            );
            #[cfg(target_arch = "aarch64")]
            core::arch::naked_asm!(
                ".cfi_startproc",
                ".cfi_signal_frame",
                "stp x29, x30, [sp, -16]!",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset x29, -16",
                ".cfi_offset x30, -8",
                "mov x29, sp",
                ".cfi_def_cfa_register x29",
                $($aarch64,)*
                "mov sp, x29",
                "ldp x29, x30, [sp], 16",
                ".cfi_def_cfa sp, 0",
                "ret",
                ".cfi_endproc",
                host = const std::mem::offset_of!($crate::context::Context, host.sp),
                $($operands)*
            );
            #[cfg(target_arch = "riscv64")]
            core::arch::naked_asm!(
                ".cfi_startproc",
                ".cfi_signal_frame",
                "addi sp, sp, -16",
                ".cfi_def_cfa_offset 16",
                "sd ra, 8(sp)",
                "sd s0, 0(sp)",
                ".cfi_offset ra, -8",
                ".cfi_offset s0, -16",
                "mv s0, sp",
                ".cfi_def_cfa_register s0",
                $($riscv64,)*
                "mv sp, s0",
                "ld ra, 8(sp)",
                "ld s0, 0(sp)",
                "addi sp, sp, 16",
                ".cfi_def_cfa sp, 0",
                "ret",
                ".cfi_endproc",
                host = const std::mem::offset_of!($crate::context::Context, host.sp),
                $($operands)*
            );
        }
        thunk as *const () as usize
    }};
}
pub(super) use changing_stacks;

/// The address by which code calls a function of the runtime: it takes the same parameters, of which the first is the
/// context and which are at most [`MOST_PARAMS`](super::context::MOST_PARAMS), puts the program's stack aside and goes
/// on in the function, on the thread's own stack. Of eight parameters x86-64 passes two on the stack; without such, some
/// words of the caller's frame are passed.
///
/// A function `with_frame` takes four parameters besides the context, and one more: the address below which the
/// program's stack is not in use while the function runs.
macro_rules! thunk {
    ($function:ident) => {
        $crate::stack::changing_stacks!(
            ["mov rsp, [rdi + {host}]", "push [rbp + 24]", "push [rbp + 16]", "call {function}"],
            ["ldr x9, [x0, {host}]", "mov sp, x9", "bl {function}"],
            ["ld sp, {host}(a0)", "call {function}"],
            function = sym $function,
        )
    };
    ($function:ident, with_frame) => {
        $crate::stack::changing_stacks!(
            ["mov rsp, [rdi + {host}]", "mov r9, rbp", "call {function}"],
            ["ldr x9, [x0, {host}]", "mov sp, x9", "mov x5, x29", "bl {function}"],
            ["ld sp, {host}(a0)", "mv a5, s0", "call {function}"],
            function = sym $function,
        )
    };
}
pub(super) use thunk;

/// The address by which code calls C. It takes the parameters of the C function in registers, of which it leaves no
/// general one out, and on the stack the context and the address of the function. It notes its own frame in the context,
/// puts the program's stack aside and calls the function on the thread's own stack. Results lie where C leaves them.
pub(super) fn native_thunk() -> usize {
    changing_stacks!(
        [
            "mov r11, [rbp + 16]",
            "mov [r11 + {frame}], rbp",
            "mov rsp, [r11 + {host}]",
            // At most so many arguments of a variadic function lie in vector registers.
            "mov eax, 8",
            "call [rbp + 24]"
        ],
        [
            "ldp x9, x10, [x29, 16]",
            "str x29, [x9, {frame}]",
            "ldr x9, [x9, {host}]",
            "mov sp, x9",
            "blr x10"
        ],
        [
            "ld t0, 16(s0)",
            "ld t1, 24(s0)",
            "sd s0, {frame}(t0)",
            "ld sp, {host}(t0)",
            "jalr t1"
        ],
        frame = const offset_of!(Context, natives.place.frame),
    )
}

/// Gives up every frame up to the entry trampoline, which then returns.
///
/// # Safety
///
/// An entry trampoline has filled `place` and is active on this stack. No frame between has anything
/// to drop.
pub(super) unsafe fn resume(place: Resume) -> ! {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the trampoline expects nothing but these registers.
    unsafe {
        core::arch::asm!(
            "mov rsp, rcx",
            "mov rbp, rdx",
            "jmp rax",
            in("rax") place.pc,
            in("rcx") place.sp,
            in("rdx") place.fp,
            options(noreturn),
        )
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "mov sp, x1",
            "mov x29, x2",
            "br x0",
            in("x0") place.pc,
            in("x1") place.sp,
            in("x2") place.fp,
            options(noreturn),
        )
    }
    #[cfg(target_arch = "riscv64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!(
            "mv sp, a1",
            "mv s0, a2",
            "jr a0",
            in("a0") place.pc,
            in("a1") place.sp,
            in("a2") place.fp,
            options(noreturn),
        )
    }
}
