//! The tail-threaded engine.
//!
//! Rules for handlers, each of which LLVM punishes with a real call (and so, in the end, with a
//! native stack overflow): no local whose address escapes, nothing to drop, no seventh integer
//! argument, no adapting of the result of the next handler. What needs any of that is a slow cell,
//! for which the handler keeps its state in the machine.

use super::{refuel, run_slow};
use crate::access::*;
use crate::cell::Cell;
use crate::compute::*;
use crate::control::*;
use crate::heap::*;
use crate::list::for_each_cell;
use crate::machine::{CallInfo, Forwarded, Next, Regs};
use crate::numbers::*;
use crate::objects::*;
use crate::slow::*;
use crate::state::{Machine, Saved};
use crate::superinstructions::for_each_superinstruction;

// All handlers are in one section, which begins a cache line. Where a jump is in its line decides how
// well processors predict it, and a handler is little but a jump; without a section of its own, its
// place follows from the length of whatever the linker puts before it.
#[cfg(target_os = "linux")]
core::arch::global_asm!(
    ".pushsection .text.vbc_handlers,\"ax\",@progbits",
    ".balign 64",
    ".popsection"
);

macro_rules! handler_with {
    ($abi:literal, $(#[$attr:meta])* $vis:vis fn $name:ident($ip:ident, $fp:ident, $mem:ident, $len:ident, $csp:ident, $vm:ident) $body:block) => {
        $(#[$attr])*
        #[cfg_attr(target_os = "linux", unsafe(link_section = ".text.vbc_handlers"))]
        #[allow(non_snake_case)]
        $vis unsafe extern $abi fn $name(
            $ip: *const u64,
            $fp: *mut u64,
            $mem: *mut u8,
            $len: usize,
            $csp: *mut CallInfo,
            $vm: *mut Machine,
        ) -> usize $body
    };
    ($abi:literal) => {
        unsafe extern $abi fn(*const u64, *mut u64, *mut u8, usize, *mut CallInfo, *mut Machine) -> usize
    };
}

/// A handler: six integer arguments, all in registers.
#[cfg(target_arch = "x86_64")]
macro_rules! handler {
    ($($handler:tt)+) => { handler_with!("sysv64", $($handler)+); };
}
#[cfg(not(target_arch = "x86_64"))]
macro_rules! handler {
    ($($handler:tt)+) => { handler_with!("C", $($handler)+); };
}

#[cfg(target_arch = "x86_64")]
type Handler = handler_with!("sysv64");
#[cfg(not(target_arch = "x86_64"))]
type Handler = handler_with!("C");

/// Goes on with the cell at `ip`. In tail position only.
macro_rules! dispatch {
    ($ip:expr, $fp:expr, $mem:expr, $len:expr, $csp:expr, $vm:expr) => {{
        // SAFETY: word 0 of every cell of this engine is a handler.
        unsafe { (*$ip.cast::<Handler>())($ip, $fp, $mem, $len, $csp, $vm) }
    }};
}

handler! {
    /// Ends the run as `vm.trap` or `vm.stop` specifies.
    #[cold]
    fn leave(ip, fp, _mem, _len, csp, vm) {
        // SAFETY: no reference to the machine exists while cells run.
        unsafe { (*vm).saved = Saved { ip, fp, csp } };
        0
    }
}

handler! {
    /// Gets fuel and runs the cell at `ip` again.
    #[cold]
    fn more_fuel(ip, fp, mem, len, csp, vm) {
        // SAFETY: as for `leave`.
        if unsafe { refuel(vm) } {
            dispatch!(ip, fp, mem, len, csp, vm)
        } else {
            // SAFETY: as for `leave`.
            unsafe { leave(ip, fp, mem, len, csp, vm) }
        }
    }
}

/// The machine's next step after a cell's semantics, in tail position.
macro_rules! go_on {
    ($flow:expr, $m:ident) => {
        match $flow {
            Next::Go => dispatch!($m.ip, $m.fp, $m.mem, $m.len, $m.csp, $m.vm),
            Next::Taken => {
                // SAFETY: word 0 of every cell of this engine is a handler.
                let next = own_jump(unsafe { *$m.ip.cast::<Handler>() });
                // SAFETY: the state is that of a cell.
                unsafe { next($m.ip, $m.fp, $m.mem, $m.len, $m.csp, $m.vm) }
            }
            // SAFETY: the state is that of a cell.
            Next::Stop => unsafe { leave($m.ip, $m.fp, $m.mem, $m.len, $m.csp, $m.vm) },
            // SAFETY: the state is that of a cell.
            Next::Refuel => unsafe { more_fuel($m.ip, $m.fp, $m.mem, $m.len, $m.csp, $m.vm) },
        }
    };
}

/// The same handler, of which LLVM knows nothing, so that a taken branch keeps an indirect jump of
/// its own, which processors predict better.
#[inline(always)]
fn own_jump(mut next: Handler) -> Handler {
    // SAFETY: there are no instructions in it.
    #[allow(
        clippy::pointers_in_nomem_asm_block,
        reason = "nothing follows the pointer"
    )]
    unsafe {
        core::arch::asm!("/* {0} */", inout(reg) next, options(nomem, nostack, preserves_flags));
    }
    next
}

/// The semantics of a cell as a type.
trait Semantics {
    fn run(m: &mut Regs) -> Next;
}

macro_rules! tail_engine {
    (fast { $($fast:ident = $f:ident $(::<$($g:tt),+>)? ($($arg:expr),*) $([$exchanges:ident])?,)* }
     slow { $($slow:ident = $s:ident,)* }) => {
        mod handlers {
            use super::*;
            $(
                handler! {
                    pub(super) fn $fast(ip, fp, mem, len, csp, vm) {
                        let mut m = Regs::new(ip, fp, mem, len, csp, vm);
                        go_on!(semantics::$fast::run(&mut m), m)
                    }
                }
            )*
            $(
                handler! {
                    pub(super) fn $slow(ip, fp, _mem, _len, csp, vm) {
                        // SAFETY: as for `leave`.
                        unsafe { (*vm).saved = Saved { ip, fp, csp } };
                        // SAFETY: as for `leave`.
                        if unsafe { run_slow(vm, $s) } {
                            // SAFETY: as for `leave`.
                            let (saved, (mem, len)) = unsafe { ((*vm).saved, (*vm).memory()) };
                            dispatch!(saved.ip, saved.fp, mem, len, saved.csp, vm)
                        } else {
                            0
                        }
                    }
                }
            )*
        }

        mod semantics {
            use super::*;
            $(
                pub(super) enum $fast {}
                impl Semantics for $fast {
                    #[inline(always)]
                    fn run(m: &mut Regs) -> Next {
                        $f $(::<$($g),+>)? (m $(, $arg)*)
                    }
                }
            )*
        }

        /// By cell.
        static HANDLERS: [Handler; Cell::ALL.len()] = [
            $(handlers::$fast,)*
            $(handlers::$slow,)*
        ];
    };
}

for_each_cell!(tail_engine);

macro_rules! superinstruction_handler {
    ($abi:literal) => {
        /// Cell `A`, then cell `B`, which takes A's result as one of its operands.
        #[cfg_attr(target_os = "linux", unsafe(link_section = ".text.vbc_handlers"))]
        unsafe extern $abi fn joined<A: Semantics, B: Semantics, const FORWARDED: u8>(
            ip: *const u64,
            fp: *mut u64,
            mem: *mut u8,
            len: usize,
            csp: *mut CallInfo,
            vm: *mut Machine,
        ) -> usize {
            let mut m = Regs::new(ip, fp, mem, len, csp, vm);
            let flow = match A::run(&mut m) {
                Next::Go => {
                    // The second cell has no word 0.
                    m.ip = m.ip.wrapping_sub(1);
                    m.forwarded = match FORWARDED {
                        1 => Forwarded::A,
                        2 => Forwarded::B,
                        3 => Forwarded::C,
                        4 => Forwarded::D,
                        _ => Forwarded::Nothing,
                    };
                    B::run(&mut m)
                }
                other => other,
            };
            go_on!(flow, m)
        }
    };
}

#[cfg(target_arch = "x86_64")]
superinstruction_handler!("sysv64");
#[cfg(not(target_arch = "x86_64"))]
superinstruction_handler!("C");

macro_rules! superinstruction_tables {
    ($($first:ident { $($second:ident $forwarded:ident,)* })*) => {
        /// As the list has them.
        static SUPERINSTRUCTIONS: &[&[Handler]] = &[$(&[$(
            joined::<semantics::$first, semantics::$second, { Forwarded::$forwarded as u8 }>
        ),*]),*];
    };
}

for_each_superinstruction!(superinstruction_tables);

/// What is in word 0 of a superinstruction.
pub(super) fn superinstruction_word((row, column): (usize, usize)) -> u64 {
    SUPERINSTRUCTIONS[row][column] as usize as u64
}

/// What is in word 0 of a cell.
pub(super) fn handler_word(cell: Cell) -> u64 {
    HANDLERS[cell as usize] as usize as u64
}

/// Runs cells until one stops.
///
/// # Safety
///
/// As for [`super::Dispatch::run`].
pub(super) unsafe fn run(vm: &mut Machine) {
    let m = vm.registers();
    dispatch!(m.ip, m.fp, m.mem, m.len, m.csp, m.vm);
}

/// An address in the frame of a function that the caller calls.
#[inline(never)]
fn stack_address() -> usize {
    let local = 0_u8;
    std::hint::black_box(&raw const local) as usize
}

handler! {
    /// The last cell of the probe.
    fn probe_end(_ip, _fp, _mem, _len, _csp, _vm) {
        stack_address()
    }
}

/// Whether handlers really jump to each other in this build: after 64 of them the native stack must
/// be where it was.
pub(super) fn works() -> bool {
    const CELLS: usize = 64;
    let mut cells = [0_u64; 2 * CELLS + 2];
    for cell in cells.chunks_exact_mut(2) {
        cell[0] = handler_word(Cell::Move);
    }
    cells[2 * CELLS] = probe_end as Handler as usize as u64;
    let mut frame = [0_u64; 1];
    let ip = std::hint::black_box(cells.as_ptr());
    // The cells use neither memory nor calls nor the machine.
    let (mem, csp, vm) = (
        std::ptr::dangling_mut(),
        std::ptr::dangling_mut(),
        std::ptr::dangling_mut(),
    );
    let end = dispatch!(ip, frame.as_mut_ptr(), mem, 0, csp, vm);
    end.abs_diff(stack_address()) < 8 * CELLS
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn handlers_begin_a_cache_line() {
        let others = [leave as Handler, more_fuel as Handler, probe_end as Handler];
        let superinstructions = SUPERINSTRUCTIONS.iter().copied().flatten();
        let first = HANDLERS
            .iter()
            .chain(superinstructions)
            .chain(&others)
            .map(|&handler| handler as usize)
            .min();
        assert_eq!(first.map(|address| address % 64), Some(0));
    }
}
