//! A running program: its context, and what its code calls.

#![allow(unsafe_code, reason = "compiled code calls it")]

mod natives;

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::context::{Context, Entered, Entry, Hold, HostStack, Natives, Resume, Runtime, Site};
use super::frames::Frames;
use super::map::CodeMap;
use super::read::Reader;
use super::signals::Running;
use super::stack::{Stack, enter, native_thunk, resume, thunk};
use super::thread::Lowest;
use natives::{NativeCalls, Nested, native_call, native_callback, native_stop, native_text};
use vbc_core::isa::Trap;
use vbc_runtime::guest::{Calls, Guest};
use vbc_runtime::host::NativePlace;
use vbc_runtime::{Outcome, Stop, TrapReport};

/// A program with its compiled code. Compiled code knows the address of `context`, which is that of
/// the whole.
#[repr(C)]
pub(crate) struct NativeMachine {
    pub(super) context: Context,
    pub(crate) guest: Guest,
    stack: Stack,
    pub(super) code: Arc<CodeMap>,
    /// What describes the program, when it is one of an object file; otherwise its module does.
    image: Option<Reader>,
    /// Whether traps are signals.
    signals: bool,
    entries: Box<[Entry]>,
    /// By table: the entries of its elements, when it never changes; otherwise nothing.
    constant_tables: Box<[Box<[Entry]>]>,
    /// Where each of those begins; the context has its address.
    _constant_starts: Box<[*const Entry]>,
    /// By imported function: the way to C, when it is C's.
    foreign: Foreign,
    /// What it needs to call native functions.
    natives: NativeCalls,
    /// Why the program was stopped.
    stop: Option<Stop>,
    report: Option<Box<TrapReport>>,
    /// What a function of the host panicked with.
    panic: Option<Box<dyn Any + Send>>,
}

/// From slots to a C function: instance, arguments, results, which are zero before; returns a
/// status.
pub(crate) type Adapter = unsafe extern "C" fn(*mut (), *const u64, *mut u64) -> i32;

/// The functions that C provides.
#[derive(Default)]
pub(crate) struct Foreign {
    /// By imported function.
    pub(crate) adapters: Box<[Option<Adapter>]>,
    /// What they get as their first argument.
    pub(crate) instance: Option<std::ptr::NonNull<()>>,
    /// The code with which one of them has ended the program.
    pub(crate) exit_code: i32,
}

impl Foreign {
    /// What adapters return when the program goes on.
    const DONE: i32 = 0;
    /// What they return when the program ends.
    const EXIT: i32 = 2;
}

// SAFETY: every pointer in it leads to storage that it owns; what C provided may move between
// threads, as `docs/abi.md` states.
unsafe impl Send for NativeMachine {}

/// Bytes that [`NativeMachine::run_below`] itself uses of the thread's stack, and more.
const OWN_FRAMES: usize = 4 << 10;

/// Where the innermost call is.
#[derive(Clone, Copy)]
enum Innermost {
    /// At a place that code passed on.
    Site(Site),
    /// At an instruction.
    Address(usize),
    /// At an instruction whose access to memory met a guard page.
    Fault(usize),
    /// Nowhere: its caller counts.
    Caller,
}

impl Innermost {
    /// The place that code has passed on as a number.
    fn of(site: u64) -> Innermost {
        match Site(site) {
            Site::CALLER => Innermost::Caller,
            site => Innermost::Site(site),
        }
    }
}

impl NativeMachine {
    /// A machine for a guest with its code. `entries` are those of all functions; `constant_tables` states how many
    /// entries code expects in the copy of each table.
    pub(crate) fn new(
        guest: Guest,
        stack: Stack,
        code: Arc<CodeMap>,
        image: Option<Reader>,
        entries: Box<[Entry]>,
        constant_tables: impl Iterator<Item = Option<usize>>,
        signals: bool,
    ) -> Box<NativeMachine> {
        let constant_tables: Box<[Box<[Entry]>]> = constant_tables
            .map(|len| vec![Entry::NULL; len.unwrap_or(0)].into())
            .collect();
        let starts: Box<[*const Entry]> =
            constant_tables.iter().map(|table| table.as_ptr()).collect();
        let mut machine = Box::new(NativeMachine {
            context: Context {
                stack_limit: stack.limit(),
                memory: std::ptr::dangling_mut(),
                memory_len: 0,
                fuel: 0,
                entries: entries.as_ptr(),
                tables: guest.thread.instance.tables.as_ptr(),
                constant_tables: starts.as_ptr(),
                globals: std::ptr::null_mut(),
                resume: Resume::default(),
                host: HostStack::default(),
                natives: Natives {
                    place: NativePlace {
                        frame: 0,
                        function: 0,
                        names: std::ptr::null(),
                    },
                    hold: Hold::default(),
                    addresses: std::ptr::null(),
                    thunk: native_thunk(),
                    errno: std::ptr::null_mut(),
                },
                runtime: Runtime::ALL.map(runtime),
            },
            guest,
            stack,
            code,
            image,
            signals,
            entries,
            constant_tables,
            _constant_starts: starts,
            foreign: Foreign::default(),
            natives: NativeCalls::default(),
            stop: None,
            report: None,
            panic: None,
        });
        machine.context.globals = machine.guest.thread.instance.globals.as_mut_ptr();
        machine.find_natives();
        machine
    }

    /// Lets code run on another stack.
    #[cfg(all(test, feature = "jit"))]
    pub(crate) fn swap_stack(&mut self, other: &mut Stack) {
        std::mem::swap(&mut self.stack, other);
        self.context.stack_limit = self.stack.limit();
    }

    /// The machine's functions of C's, for the caller to set.
    pub(crate) fn foreign(&mut self) -> &mut Foreign {
        &mut self.foreign
    }

    /// Fills memory and tables.
    pub(crate) fn fill(&mut self) -> Result<(), Outcome> {
        let filled = self.guest.fill();
        self.refresh_tables();
        filled
    }

    /// Calls a function: by the trampoline of its type, with arguments and room for results in slots.
    ///
    /// # Errors
    ///
    /// How the call ended, when it did not return.
    ///
    /// # Panics
    ///
    /// When a function of the host panicked.
    ///
    /// # Safety
    ///
    /// `trampoline` and `code` are those of a function of the machine's code, and the slots are as many
    /// as its type has. Nothing else runs or uses the machine meanwhile, but functions of C's that look
    /// at its memory.
    pub(crate) unsafe fn run(
        machine: *mut NativeMachine,
        trampoline: *const u8,
        code: *const u8,
        args: *const u64,
        results: *mut u64,
    ) -> Result<(), Outcome> {
        // SAFETY: as the caller promises. What native functions run in is used until they are done.
        let ended = unsafe {
            let top = (*machine).stack.range().end;
            let code = (trampoline, code);
            (*machine).report = None;
            (*machine).note_output();
            match (*machine).natives.surroundings.clone() {
                None => NativeMachine::run_below(machine, top, code, args, results),
                Some(surroundings) => {
                    let guest = &raw mut (*machine).guest;
                    let place = &raw const (*machine).context.natives.place;
                    let mut ended = Ok(());
                    let mut run = || {
                        ended = NativeMachine::run_below(machine, top, code, args, results);
                    };
                    let mut nested = Nested { machine };
                    Guest::during_natives(guest, &*surroundings, &mut nested, place, &mut run);
                    ended
                }
            }
        };
        // SAFETY: the code has been left.
        let machine = unsafe { &mut *machine };
        let report = machine.report.take();
        ended.map_err(|stop| match (stop, report) {
            (Stop::Trapped(_), Some(report)) => Outcome::Trapped(report),
            (stop, _) => machine.guest.ended(stop),
        })
    }

    /// The same on the stack below `top`, without an outcome for the whole run.
    ///
    /// # Safety
    ///
    /// As for [`NativeMachine::run`]; and `top` is as for [`enter`].
    unsafe fn run_below(
        machine: *mut NativeMachine,
        top: usize,
        (trampoline, code): (*const u8, *const u8),
        args: *const u64,
        results: *mut u64,
    ) -> Result<(), Stop> {
        let here = &raw const args as usize;
        let lowest = Lowest::of_stack(here);
        if here < lowest.entry {
            return Err(Trap::CallStackExhausted.into());
        }
        // SAFETY: as the caller promises. Only code and what it calls use the machine meanwhile, by this
        // pointer.
        let entered = unsafe {
            (*machine).context.fuel = (*machine).guest.thread.meter.fuel;
            (*machine).refresh_memory();
            let running = (*machine).signals.then(|| Running::new(machine));
            // What belongs to this entry. Code that calls the host may be entered again.
            let outer = ((*machine).context.resume, (*machine).context.host);
            let outer_room = (*machine).context.natives.hold.room;
            (*machine).context.host.limit = lowest.host;
            let has_room = here.saturating_sub(OWN_FRAMES) >= lowest.host;
            (*machine).context.natives.hold.room = u32::from(!has_room);
            (*machine).context.natives.errno = libc::__errno_location();
            let entered = enter(top, trampoline, machine.cast(), code, args, results);
            ((*machine).context.resume, (*machine).context.host) = outer;
            (*machine).context.natives.hold.room = outer_room;
            drop(running);
            (*machine).guest.thread.meter.fuel = (*machine).context.fuel;
            entered
        };
        match entered {
            Entered::Returned => return Ok(()),
            Entered::NoRoom => return Err(Trap::CallStackExhausted.into()),
            Entered::Stopped => {}
        }
        // SAFETY: the code has been left.
        let machine = unsafe { &mut *machine };
        if let Some(panic) = machine.panic.take() {
            std::panic::resume_unwind(panic);
        }
        Err(machine.stop.take().unwrap_or(Trap::HostFault.into()))
    }

    /// Tells code where memory is. Only growing changes that.
    fn refresh_memory(&mut self) {
        let (base, len) = match &self.guest.thread.instance.memory {
            Some(memory) => (memory.base(), memory.len()),
            None => (std::ptr::dangling_mut(), 0),
        };
        self.context.memory = base;
        self.context.memory_len = len;
    }

    /// Copies the entries of all elements of tables that never change, once segments have been copied.
    fn refresh_tables(&mut self) {
        let tables = self.guest.thread.instance.tables.iter();
        for (copy, table) in self.constant_tables.iter_mut().zip(tables) {
            for (entry, &element) in copy.iter_mut().zip(table.elements()) {
                let function = element.checked_sub(1);
                let known = function.and_then(|function| self.entries.get(function as usize));
                *entry = known.copied().unwrap_or(Entry::NULL);
            }
        }
    }

    /// Where traps continue: notes the trap and leaves the program. `pc` is 0 for the trap of a
    /// prologue; `fault` is not 0 when the processor refused an access to memory.
    ///
    /// # Safety
    ///
    /// The machine's code was running, with a frame at `fp`, and this is the thread's own stack, where it has been left.
    pub(super) unsafe extern "C" fn trapped(
        machine: *mut NativeMachine,
        trap: u64,
        pc: usize,
        fp: usize,
        fault: usize,
    ) -> ! {
        let innermost = match (pc, fault) {
            (0, _) => Innermost::Caller,
            (pc, 0) => Innermost::Address(pc),
            (pc, _) => Innermost::Fault(pc),
        };
        // SAFETY: as the caller promises.
        unsafe { leave(machine, trap_kind(trap).into(), innermost, fp) }
    }

    /// The calls of the present run that have called the one with its frame at `fp`.
    ///
    /// # Safety
    ///
    /// The machine's code is running, and waits meanwhile.
    unsafe fn frames(&self, fp: usize) -> Frames<'_> {
        // SAFETY: as the caller promises.
        unsafe { Frames::new(&self.stack, fp, self.context.resume.fp) }
    }

    /// The active calls from the frame at `fp` outwards.
    ///
    /// # Safety
    ///
    /// `fp` is the frame pointer of a call of compiled code, inside the present run.
    unsafe fn report(&self, trap: Trap, innermost: Innermost, fp: usize) -> TrapReport {
        let mut calls = Calls::default();
        let mut add = |function, word| calls.add(&self.guest.bound, function, word);
        match innermost {
            Innermost::Site(site) => self.code.at_site(site, &mut add),
            Innermost::Address(pc) => self.code.at_trap(pc, false, &mut add),
            Innermost::Fault(pc) => self.code.at_trap(pc, true, &mut add),
            Innermost::Caller => {}
        }
        // SAFETY: as the caller promises.
        for frame in unsafe { self.frames(fp) } {
            self.code.at_call(frame.return_to, &mut add);
        }
        for native in self.natives.waiting.iter().rev() {
            add(native.function, 0);
            // SAFETY: what waits for the native function does not write its frames.
            let frames = unsafe { Frames::new(&self.stack, native.frame, native.entry) };
            for frame in frames {
                self.code.at_call(frame.return_to, &mut add);
            }
        }
        calls.report(trap, |function, word| match &self.image {
            Some(image) => image.describe(function, word),
            None => self.guest.bound.frame_place(function, word),
        })
    }

    /// Lets `f` use the meter with the fuel at hand.
    fn metered<T>(&mut self, paid: bool, f: impl FnOnce(&mut Guest) -> T) -> T {
        if !paid {
            return f(&mut self.guest);
        }
        self.guest.thread.meter.fuel = self.context.fuel;
        let done = f(&mut self.guest);
        self.context.fuel = self.guest.thread.meter.fuel;
        done
    }
}

fn trap_kind(code: u64) -> Trap {
    Trap::from_code(code as u16).unwrap_or(Trap::HostFault)
}

/// Notes why the program stops, and gives up its frames.
///
/// # Safety
///
/// The machine's code has called the host, or trapped, with a frame at `fp`, and this is the thread's own stack, where it
/// has been left; the caller has nothing to drop.
unsafe fn leave(machine: *mut NativeMachine, stop: Stop, innermost: Innermost, fp: usize) -> ! {
    // SAFETY: code that has called the runtime holds no reference to the machine; the entry
    // trampoline is active.
    unsafe {
        let place = {
            let machine = &mut *machine;
            // What the innermost of nested runs has found says most.
            if let (Stop::Trapped(trap), None) = (stop, &machine.report) {
                machine.report = Some(Box::new(machine.report(trap, innermost, fp)));
            }
            machine.stop = Some(stop);
            machine.context.resume
        };
        resume(place)
    }
}

/// Goes on, or leaves the program from the place that code passed on.
///
/// # Safety
///
/// As for [`leave`].
unsafe fn go_on(done: Result<(), Stop>, machine: *mut NativeMachine, site: u64, fp: usize) {
    if let Err(stop) = done {
        // SAFETY: as the caller promises.
        unsafe { leave(machine, stop, Innermost::Site(Site(site)), fp) }
    }
}

// Each is called by code of the machine only, by way of a `thunk`, so that it runs on the thread's own stack. Code passes
// its own frame pointer where it passes a site. While the function runs, nobody else uses the machine.

unsafe extern "C" fn raise(machine: *mut NativeMachine, trap: u64, site: u64, fp: usize) {
    // SAFETY: see above.
    unsafe { leave(machine, trap_kind(trap).into(), Innermost::of(site), fp) }
}

unsafe extern "C" fn refuel(machine: *mut NativeMachine, site: u64, fp: usize) {
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(true, |guest| guest.thread.meter.refuel());
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn poll(machine: *mut NativeMachine, site: u64, fp: usize) {
    // SAFETY: see above.
    unsafe {
        let done = (*machine).guest.thread.meter.check_time();
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn host_call(
    machine: *mut NativeMachine,
    function: u64,
    args: *const u64,
    results: *mut u64,
    fp: usize,
) {
    // SAFETY: see above; the slots lie in the frame of the stub.
    unsafe {
        debug_assert!(
            args.addr() >= (*machine).context.stack_limit,
            "the stub has not looked at the limit"
        );
        outside(machine, fp, || {
            call_host(machine, function as u32, args, results)
        });
    }
}

/// Has a stub call something outside of the runtime, where the thread's stack has room for that; or leaves the program.
///
/// # Safety
///
/// As for [`leave`].
#[inline(always)]
unsafe fn outside(machine: *mut NativeMachine, fp: usize, call: impl FnOnce() -> Result<(), Stop>) {
    // SAFETY: as the caller promises.
    unsafe {
        let HostStack { sp, limit } = (*machine).context.host;
        let called = match sp < limit {
            true => Err(Trap::CallStackExhausted.into()),
            false => call(),
        };
        if let Err(stop) = called {
            leave(machine, stop, Innermost::Caller, fp)
        }
    }
}

/// Calls a function of the host's.
///
/// # Safety
///
/// The slots are as the function's type specifies, and nobody else uses the machine.
#[inline(always)]
unsafe fn call_host(
    machine: *mut NativeMachine,
    function: u32,
    args: *const u64,
    results: *mut u64,
) -> Result<(), Stop> {
    // SAFETY: as the caller promises.
    let adapters = unsafe { &(*machine).foreign.adapters };
    if let Some(&Some(adapter)) = adapters.get(function as usize) {
        // SAFETY: as the caller promises; the adapter is one for that function.
        return unsafe { call_foreign(machine, adapter, function, args, results) };
    }
    // SAFETY: as the caller promises.
    let machine = unsafe { &mut *machine };
    let paid = machine.guest.thread.meter.is_limited();
    let called = catch_unwind(AssertUnwindSafe(|| {
        machine.metered(paid, |guest| {
            // SAFETY: the stub has put the arguments and has room for the results.
            unsafe {
                match guest.call_host(function, args)? {
                    // For one, as most functions have, a call of the C library takes longer than all the rest.
                    &[value] => results.write(value),
                    values => results.copy_from_nonoverlapping(values.as_ptr(), values.len()),
                }
            }
            Ok(())
        })
    }));
    called.unwrap_or_else(|panic| {
        machine.panic = Some(panic);
        Err(Trap::HostFault.into())
    })
}

/// Calls a function of C's.
///
/// # Safety
///
/// As for [`call_host`]; `adapter` is that of the function.
unsafe fn call_foreign(
    machine: *mut NativeMachine,
    adapter: Adapter,
    function: u32,
    args: *const u64,
    results: *mut u64,
) -> Result<(), Stop> {
    // SAFETY: as the caller promises. No reference into the machine is left when C runs, which may look
    // at the memory.
    unsafe {
        let bound = &(*machine).guest.bound;
        let ty = bound.function_type(function);
        let count = ty.map_or(0, |ty| ty.results.len());
        results.write_bytes(0, count);
        let instance = (*machine).foreign.instance;
        let instance = instance.map_or(machine.cast(), std::ptr::NonNull::as_ptr);
        match adapter(instance, args, results) {
            Foreign::DONE => Ok(()),
            Foreign::EXIT => Err(Stop::Exited((*machine).foreign.exit_code)),
            _ => Err(Trap::HostFault.into()),
        }
    }
}

/// Does the work of a bulk instruction with the fuel at hand.
///
/// # Safety
///
/// As for [`go_on`].
unsafe fn bulk(
    machine: *mut NativeMachine,
    paid: u64,
    site: u64,
    fp: usize,
    work: impl FnOnce(&mut Guest, bool) -> Result<(), Stop>,
) {
    let paid = paid != 0;
    // SAFETY: as the caller promises.
    unsafe {
        let done = (*machine).metered(paid, |guest| work(guest, paid));
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn memory_grow(machine: *mut NativeMachine, pages: u64) -> u64 {
    // SAFETY: see above.
    let machine = unsafe { &mut *machine };
    let before = machine.guest.memory_grow(pages);
    machine.refresh_memory();
    before
}

unsafe extern "C" fn memory_copy(
    machine: *mut NativeMachine,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            guest.memory_copy(to, from, count, paid)
        })
    }
}

unsafe extern "C" fn memory_fill(
    machine: *mut NativeMachine,
    to: u64,
    byte: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            guest.memory_fill(to, byte as u8, count, paid)
        })
    }
}

unsafe extern "C" fn memory_init(
    machine: *mut NativeMachine,
    row: u64,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            guest.memory_init(row as usize, to, from, count, paid)
        })
    }
}

unsafe extern "C" fn data_drop(machine: *mut NativeMachine, row: u64) {
    // SAFETY: see above.
    unsafe { (*machine).guest.data_drop(row as usize) }
}

unsafe extern "C" fn table_grow(
    machine: *mut NativeMachine,
    table: u64,
    element: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) -> u64 {
    let mut before = 0;
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            before = guest.table_grow(table as u32, element, count, paid)?;
            Ok(())
        });
    }
    before
}

unsafe extern "C" fn table_fill(
    machine: *mut NativeMachine,
    table: u64,
    to: u64,
    element: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            guest.table_fill(table as u32, to, element, count, paid)
        })
    }
}

/// The halves of a number, the low one first.
fn halves(both: u64) -> (u32, u32) {
    (both as u32, (both >> 32) as u32)
}

unsafe extern "C" fn table_copy(
    machine: *mut NativeMachine,
    tables: u64,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            guest.table_copy(halves(tables), to, from, count, paid)
        })
    }
}

unsafe extern "C" fn table_init(
    machine: *mut NativeMachine,
    names: u64,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    // SAFETY: see above.
    unsafe {
        bulk(machine, paid, site, fp, |guest, paid| {
            guest.table_init(halves(names), to, from, count, paid)
        })
    }
}

unsafe extern "C" fn elem_drop(machine: *mut NativeMachine, segment: u64) {
    // SAFETY: see above.
    unsafe { (*machine).guest.elem_drop(segment as u32) }
}

/// The address by which code calls a function of the runtime.
fn runtime(function: Runtime) -> usize {
    match function {
        Runtime::Raise => thunk!(raise),
        Runtime::Refuel => thunk!(refuel),
        Runtime::Poll => thunk!(poll),
        Runtime::HostCall => thunk!(host_call),
        Runtime::MemoryGrow => thunk!(memory_grow),
        Runtime::MemoryCopy => thunk!(memory_copy),
        Runtime::MemoryFill => thunk!(memory_fill),
        Runtime::MemoryInit => thunk!(memory_init),
        Runtime::DataDrop => thunk!(data_drop),
        Runtime::TableGrow => thunk!(table_grow),
        Runtime::TableFill => thunk!(table_fill),
        Runtime::TableCopy => thunk!(table_copy),
        Runtime::TableInit => thunk!(table_init),
        Runtime::ElemDrop => thunk!(elem_drop),
        Runtime::NativeCall => thunk!(native_call, with_frame),
        Runtime::NativeStop => thunk!(native_stop),
        Runtime::NativeText => thunk!(native_text),
        Runtime::NativeCallback => thunk!(native_callback),
    }
}
