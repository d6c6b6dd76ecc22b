//! How code calls native functions and is called by them: by the runtime, and by their addresses.

use std::ffi::c_char;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::{Innermost, NativeMachine, call_host, halves, host_call, leave, outside};
use crate::context::Runtime;
use crate::stack::thunk;
use vbc_core::isa::{FuncType, Trap};
use vbc_core::module::Kind;
use vbc_core::module::native::{callback_types, imports};
use vbc_runtime::Stop;
use vbc_runtime::guest::Guest;
use vbc_runtime::host::{NativePlace, NativeSurroundings, Reenter, text};

/// What a machine needs to call native functions.
#[derive(Default)]
pub(super) struct NativeCalls {
    /// By the number of a type: the trampoline by which native functions call functions of that type.
    callbacks: Box<[(u64, *const u8)]>,
    /// The native functions that have called the program and wait for it, the outermost first.
    pub(super) waiting: Vec<NativeFrame>,
    /// What code runs in that calls native functions; none when there are no such functions.
    pub(super) surroundings: Option<Arc<dyn NativeSurroundings>>,
    /// By imported function: its address and its name in C; the context has the addresses of both.
    addresses: Box<[usize]>,
    names: Box<[*const c_char]>,
}

/// A native function that code has called.
#[derive(Clone, Copy)]
pub(super) struct NativeFrame {
    /// Function index.
    pub(super) function: u32,
    /// That of the thunk, below which the program's stack is not in use. Its caller is a stub, of which nothing is known in
    /// reports, or code in place of one.
    pub(super) frame: usize,
    /// The frame of the entry trampoline of the calls outside.
    pub(super) entry: usize,
}

impl NativeMachine {
    /// Tells code where native functions are.
    pub(super) fn find_natives(&mut self) {
        let bound = &self.guest.bound;
        if imports(bound.program.module()).next().is_none() {
            return;
        }
        let host = &self.guest.shared.host;
        let imported = 0..bound.spaces.imported(Kind::Func);
        // Outside of their surroundings none may be called by its address.
        let surroundings = host.native_surroundings();
        let natives = imported.map(|index| match (host.native_function(index), &surroundings) {
            (Some((_, native)), Some(_)) => (native.address(), native.name().as_ptr()),
            _ => (0, std::ptr::null()),
        });
        let (addresses, names): (Vec<_>, Vec<_>) = natives.unzip();
        self.natives.surroundings = surroundings;
        self.context.runtime[Runtime::HostCall as usize] = thunk!(host_call_before_c);
        (self.natives.addresses, self.natives.names) = (addresses.into(), names.into());
        self.context.natives.addresses = self.natives.addresses.as_ptr();
        self.context.natives.place.names = self.natives.names.as_ptr();
    }

    /// Lets native functions call functions of the types that they are given, each by the entry trampoline of a type and
    /// its number.
    pub(crate) fn set_callbacks(
        &mut self,
        trampoline: impl Fn(&FuncType, u32) -> Option<*const u8>,
    ) {
        let bound = &self.guest.bound;
        let functions = 0..self.entries.len() as u32;
        let types = callback_types(bound.program.module());
        let found = types.iter().filter_map(|ty| {
            let mut functions = functions.clone();
            // Without a function of the type there is nothing to call.
            let function = functions.find(|&index| bound.function_type(index) == Some(ty))?;
            let number = bound.canonical_type(function);
            Some((number.into(), trampoline(ty, number)?))
        });
        self.natives.callbacks = found.collect();
    }

    /// Tells code whether there is output that C must come after.
    pub(super) fn note_output(&mut self) {
        if self.natives.surroundings.is_some() {
            let has_output = self.guest.shared.host.services.has_output();
            self.context.natives.hold.output = u32::from(has_output);
        }
    }

    /// The native function that code has called last and that has not returned.
    fn innermost_native(&self) -> NativeFrame {
        let NativePlace {
            frame, function, ..
        } = self.context.natives.place;
        NativeFrame {
            function: function as u32,
            frame,
            entry: self.context.resume.fp,
        }
    }

    /// Calls a function while a native one runs, on the part of the stack that the native one's caller does not use.
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    ///
    /// # Safety
    ///
    /// The machine's code has called the native function, and nobody else uses the machine meanwhile. The slots are as
    /// many as the type of function `index` has.
    unsafe fn call_back(
        machine: *mut NativeMachine,
        index: u32,
        args: &[u64],
        results: &mut [u64],
    ) -> Result<(), Stop> {
        // SAFETY: as the caller promises.
        let caller = unsafe { (*machine).innermost_native() };
        let mut waits = Waits {
            machine,
            caller,
            goes_on: false,
        };
        let code = {
            // SAFETY: as the caller promises; the reference ends here.
            let machine = unsafe { &mut *machine };
            machine.natives.waiting.push(caller);
            machine.context.natives.place.frame = 0;
            let entry = machine.entries.get(index as usize);
            let entry = entry.ok_or(Trap::HostFault)?;
            let mut trampolines = machine.natives.callbacks.iter();
            let found = trampolines.find(|(ty, _)| *ty == entry.ty);
            let (_, trampoline) = found.ok_or(Trap::HostFault)?;
            (*trampoline, entry.code)
        };
        let top = caller.frame & !63;
        let (args, results) = (args.as_ptr(), results.as_mut_ptr());
        // SAFETY: as the caller promises; nothing on the stack is in use below.
        let done = unsafe { NativeMachine::run_below(machine, top, code, args, results) };
        waits.goes_on = done.is_ok();
        if let Err(stop) = &done {
            // For code that has called the native function by its address.
            // SAFETY: as the caller promises.
            unsafe { (*machine).stop = Some(*stop) };
        }
        done
    }
}

pub(super) unsafe extern "C" fn native_call(
    machine: *mut NativeMachine,
    function: u64,
    args: *const u64,
    results: *mut u64,
    fp: usize,
    frame: usize,
) {
    // SAFETY: see above; the slots lie in the frame of the stub.
    unsafe {
        outside(machine, fp, || {
            (*machine).context.natives.place.function = function;
            (*machine).context.natives.place.frame = frame;
            let called = call_native(machine, function as u32, args, results);
            (*machine).context.natives.place.frame = 0;
            (*machine).note_output();
            called
        });
    }
}

pub(super) unsafe extern "C" fn native_stop(machine: *mut NativeMachine, site: u64, fp: usize) {
    // SAFETY: see above.
    unsafe {
        (*machine).context.natives.place.frame = 0;
        let stop = (*machine).stop.take().unwrap_or(Trap::HostFault.into());
        leave(machine, stop, Innermost::of(site), fp)
    }
}

/// What stands for a pointer that there is not.
const NO_POINTER: u64 = u64::MAX;

pub(super) unsafe extern "C" fn native_text(machine: *mut NativeMachine, address: u64) -> u64 {
    // SAFETY: see above. Nobody writes the memory meanwhile.
    unsafe {
        let memory = ((*machine).context.memory, (*machine).context.memory_len);
        text(memory, address).unwrap_or(NO_POINTER)
    }
}

pub(super) unsafe extern "C" fn native_callback(
    machine: *mut NativeMachine,
    param: u64,
    function: u64,
) -> u64 {
    let (import, param) = halves(param);
    // SAFETY: see above.
    let guest = unsafe { &(*machine).guest };
    let pointer = guest.native_callback(import, param as usize, function);
    pointer.unwrap_or(NO_POINTER)
}

/// Calls a native function.
///
/// # Safety
///
/// The slots are as the function's type specifies, and nobody else uses the machine but what the function calls.
unsafe fn call_native(
    machine: *mut NativeMachine,
    function: u32,
    args: *const u64,
    results: *mut u64,
) -> Result<(), Stop> {
    // SAFETY: as the caller promises.
    if unsafe { !(*machine).guest.is_native(function) } {
        // An embedder has defined a function of that name.
        // SAFETY: as the caller promises.
        return unsafe { call_host(machine, function, args, results) };
    }
    let called = catch_unwind(AssertUnwindSafe(|| {
        let mut nested = Nested { machine };
        // SAFETY: the stub has put the arguments and has room for the results. No reference into the machine is left
        // when C runs, which may enter the program again.
        unsafe {
            (*machine).guest.thread.meter.fuel = (*machine).context.fuel;
            let guest = &raw mut (*machine).guest;
            let done = Guest::call_native(guest, function, args, &mut nested);
            (*machine).context.fuel = (*machine).guest.thread.meter.fuel;
            done?;
            let values = (*machine).guest.host_results();
            results.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
        Ok(())
    }));
    called.unwrap_or_else(|panic| {
        // SAFETY: as the caller promises.
        unsafe { (*machine).panic = Some(panic) };
        Err(Trap::HostFault.into())
    })
}

/// A machine that waits for a native function.
pub(super) struct Nested {
    pub(super) machine: *mut NativeMachine,
}

/// A native function that waits for a function of the program. When this is dropped, also by a panic, it goes on.
struct Waits {
    machine: *mut NativeMachine,
    caller: NativeFrame,
    /// Whether the program does when the native function returns.
    goes_on: bool,
}

impl Drop for Waits {
    fn drop(&mut self) {
        // SAFETY: nobody else uses the machine until the native function goes on.
        let machine = unsafe { &mut *self.machine };
        machine.natives.waiting.pop();
        machine.note_output();
        let place = &mut machine.context.natives.place;
        place.function = self.caller.function.into();
        place.frame = match self.goes_on {
            true => self.caller.frame,
            false => NativePlace::STOPPED,
        };
    }
}

impl Reenter for Nested {
    fn reenter(&mut self, index: u32, args: &[u64], results: &mut [u64]) -> Result<(), Stop> {
        // SAFETY: whoever waits for the native function does not use the machine meanwhile, and has made sure that the
        // slots are those of the function's type.
        unsafe { NativeMachine::call_back(self.machine, index, args, results) }
    }
}

/// [`host_call`] where the program calls native functions, too: it may have written what they must come after.
pub(super) unsafe extern "C" fn host_call_before_c(
    machine: *mut NativeMachine,
    function: u64,
    args: *const u64,
    results: *mut u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        host_call(machine, function, args, results, fp);
        (*machine).note_output();
    }
}
