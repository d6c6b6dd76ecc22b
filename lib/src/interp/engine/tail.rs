//! The tail-threaded engine.
//!
//! Rules for handlers, each of which LLVM punishes with a real call (and so, in the end, with a
//! native stack overflow): no local whose address escapes, nothing to drop, no seventh integer
//! argument, no adapting of the result of the next handler. What needs any of that is a slow cell,
//! for which the handler keeps its state in the machine.

use super::{refuel, run_slow};
use crate::interp::access::*;
use crate::interp::cell::Cell;
use crate::interp::compute::*;
use crate::interp::control::*;
use crate::interp::list::for_each_cell;
use crate::interp::machine::{CallInfo, Flow, M};
use crate::interp::numbers::*;
use crate::interp::slow::*;
use crate::interp::state::{Machine, Saved};

macro_rules! handler_with {
    ($abi:literal, $(#[$attr:meta])* $vis:vis fn $name:ident($ip:ident, $fp:ident, $mem:ident, $len:ident, $csp:ident, $vm:ident) $body:block) => {
        $(#[$attr])*
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
    /// Ends the run: what `vm.trap` or `vm.stop` says.
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

macro_rules! tail_engine {
    (fast { $($fast:ident = $f:ident $(::<$($g:tt),+>)? ($($arg:expr),*),)* }
     slow { $($slow:ident = $s:ident,)* }) => {
        mod handlers {
            use super::*;
            $(
                handler! {
                    pub(super) fn $fast(ip, fp, mem, len, csp, vm) {
                        let mut m = M { ip, fp, mem, len, csp, vm };
                        match $f $(::<$($g),+>)? (&mut m $(, $arg)*) {
                            Flow::Go => dispatch!(m.ip, m.fp, m.mem, m.len, m.csp, m.vm),
                            // SAFETY: the state is that of a cell.
                            Flow::Stop => unsafe { leave(m.ip, m.fp, m.mem, m.len, m.csp, m.vm) },
                            // SAFETY: the state is that of a cell.
                            Flow::Refuel => unsafe { more_fuel(m.ip, m.fp, m.mem, m.len, m.csp, m.vm) },
                        }
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

        /// By cell.
        static HANDLERS: [Handler; Cell::ALL.len()] = [
            $(handlers::$fast,)*
            $(handlers::$slow,)*
        ];
    };
}

for_each_cell!(tail_engine);

/// What stands in word 0 of a cell.
pub(super) fn handler_word(cell: Cell) -> u64 {
    HANDLERS[cell as usize] as usize as u64
}

/// Runs cells until one stops.
///
/// # Safety
///
/// As for [`super::Engine::run`].
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
