//! The portable engine.

use super::{refuel, run_slow};
use crate::access::*;
use crate::cell::Cell;
use crate::compute::*;
use crate::control::*;
use crate::heap::*;
use crate::list::for_each_cell;
use crate::machine::{Forwarded, Next, Regs};
use crate::numbers::*;
use crate::objects::*;
use crate::slow::*;
use crate::state::{Machine, Saved};

macro_rules! portable_engine {
    (fast { $($fast:ident = $f:ident $(::<$($g:tt),+>)? ($($arg:expr),*) $([$exchanges:ident])?,)* }
     slow { $($slow:ident = $s:ident,)* }) => {
        /// Runs cells until one stops.
        ///
        /// # Safety
        ///
        /// As for [`super::Dispatch::run`].
        pub(super) unsafe fn run(vm: &mut Machine) {
            let machine: *mut Machine = vm;
            // A copy on the native stack, all of which LLVM keeps in registers.
            let mut m = vm.registers();
            loop {
                // There are no superinstructions here, and LLVM is to see that.
                m.forwarded = Forwarded::Nothing;
                let flow = match Cell::from_number(m.word(0)) {
                    $(Cell::$fast => $f $(::<$($g),+>)? (&mut m $(, $arg)*),)*
                    $(Cell::$slow => {
                        // SAFETY: the machine is borrowed by nobody else while cells run.
                        let (flow, after) = unsafe { call_slow(machine, &m, $s) };
                        m = after;
                        flow
                    })*
                };
                match flow {
                    Next::Go | Next::Taken => {}
                    Next::Stop => break,
                    // SAFETY: as above.
                    Next::Refuel => if !unsafe { refuel(machine) } { break },
                }
            }
            // SAFETY: as above.
            unsafe { (*machine).saved = Saved { ip: m.ip, fp: m.fp, csp: m.csp } };
        }
    };
}

for_each_cell!(portable_engine);

/// Runs a slow cell at `m` and returns the registers after it.
#[inline(never)]
unsafe fn call_slow(
    vm: *mut Machine,
    m: &Regs,
    cell: fn(&mut Machine, &mut Regs) -> Result<(), vbc_runtime::Stop>,
) -> (Next, Regs) {
    // SAFETY: the caller's promise.
    unsafe {
        (*vm).saved = Saved {
            ip: m.ip,
            fp: m.fp,
            csp: m.csp,
        };
        let flow = if run_slow(vm, cell) {
            Next::Go
        } else {
            Next::Stop
        };
        (flow, (*vm).registers())
    }
}
