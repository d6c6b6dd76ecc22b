//! A running program: its context, and what its code calls.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::code::Code;
use super::stack::{Stack, resume};
use crate::codegen::{Context, Entry, Runtime, Site};
use crate::isa::Trap;
use crate::runtime::{Calls, Guest, Stop, TrapReport};

/// A program with its compiled code. Compiled code knows the address of `context`, which is that of
/// the whole.
#[repr(C)]
pub(super) struct Machine {
    pub(super) context: Context,
    pub(super) guest: Guest,
    pub(super) stack: Stack,
    pub(super) code: Arc<Code>,
    /// By artifact: the function that it is.
    pub(super) functions: Arc<[u32]>,
    pub(super) entries: Box<[Entry]>,
    /// By table: the entries of its elements, when it never changes; else nothing.
    pub(super) constant_tables: Box<[Box<[Entry]>]>,
    /// Where each of those begins.
    pub(super) constant_starts: Box<[*const Entry]>,
    /// Why the program was stopped.
    pub(super) stop: Option<Stop>,
    pub(super) report: Option<Box<TrapReport>>,
    /// What a function of the host panicked with.
    pub(super) panic: Option<Box<dyn Any + Send>>,
}

// SAFETY: every pointer in it leads to storage that it owns.
unsafe impl Send for Machine {}

/// Where the innermost call stands.
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

impl Machine {
    /// The code.
    pub(super) fn code(&self) -> &Code {
        &self.code
    }

    /// Tells code where memory is. Only growing changes that.
    pub(super) fn refresh_memory(&mut self) {
        let (base, len) = match &self.guest.instance.memory {
            Some(memory) => (memory.base(), memory.len()),
            None => (std::ptr::dangling_mut(), 0),
        };
        self.context.memory = base;
        self.context.memory_len = len;
    }

    /// Copies the entries of all elements of tables that never change, once segments have been copied.
    pub(super) fn refresh_tables(&mut self) {
        let tables = self.guest.instance.tables.iter();
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
    /// The machine's code is running on this stack, with a frame at `fp`.
    pub(super) unsafe extern "C" fn trapped(
        machine: *mut Machine,
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

    /// The active calls from the frame at `fp` outwards.
    ///
    /// # Safety
    ///
    /// `fp` is the frame pointer of a call of compiled code, inside the present run.
    unsafe fn report(&self, trap: Trap, innermost: Innermost, fp: usize) -> TrapReport {
        let mut calls = Calls::default();
        match innermost {
            Innermost::Site(site) => {
                let (function, place) = site.parts();
                if let Some(n) = self.functions.iter().position(|&one| one == function) {
                    self.add(&mut calls, n, place);
                }
            }
            Innermost::Address(pc) => {
                if let Some((n, place)) = self.find(pc) {
                    self.add(&mut calls, n, place);
                }
            }
            Innermost::Fault(pc) => {
                let found = self.code.find(pc).and_then(|(n, offset)| {
                    let artifact = self.code.artifact(n);
                    Some((n, artifact.access_at(offset)?))
                });
                if let Some((n, place)) = found {
                    self.add(&mut calls, n, place);
                }
            }
            Innermost::Caller => {}
        }
        let mut fp = fp;
        loop {
            // SAFETY: every frame begins with the caller's frame pointer and the return address, up to
            // the entry trampoline's frame.
            let (outer, back) = unsafe { (*(fp as *const usize), *(fp as *const usize).add(1)) };
            if outer == self.context.resume.fp || outer == 0 {
                break;
            }
            // The address behind the call may belong to the next instruction.
            if let Some((n, place)) = self.find(back - 1) {
                self.add(&mut calls, n, place);
            }
            fp = outer;
        }
        calls.report(trap, |function, word| {
            self.guest.frame_place(function, word)
        })
    }

    /// The artifact in which an address lies, and the place that its code comes from.
    fn find(&self, address: usize) -> Option<(usize, u32)> {
        let (n, offset) = self.code.find(address)?;
        Some((n, self.code.artifact(n).place_at(offset)?))
    }

    /// Adds the call that stands at a place of an artifact, and those into which its function was
    /// translated.
    fn add(&self, calls: &mut Calls, artifact: usize, place: u32) {
        let own = self.functions.get(artifact).copied().unwrap_or(u32::MAX);
        let mut next = Some(place);
        while let Some(place) = next {
            let (function, word, call) = self.code.artifact(artifact).place(own, place);
            calls.add(&self.guest, function, word as usize);
            next = call;
        }
    }

    /// Lets `f` use the meter with the fuel at hand.
    fn metered<T>(&mut self, paid: bool, f: impl FnOnce(&mut Guest) -> T) -> T {
        if !paid {
            return f(&mut self.guest);
        }
        self.guest.meter.fuel = self.context.fuel;
        let done = f(&mut self.guest);
        self.context.fuel = self.guest.meter.fuel;
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
/// The machine's code is running on this stack, with a frame at `fp`; the caller has nothing to drop.
unsafe fn leave(machine: *mut Machine, stop: Stop, innermost: Innermost, fp: usize) -> ! {
    // SAFETY: code that has called the runtime holds no reference to the machine; the entry
    // trampoline is active.
    unsafe {
        let place = {
            let machine = &mut *machine;
            if let Stop::Trapped(trap) = stop {
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
unsafe fn go_on(done: Result<(), Stop>, machine: *mut Machine, site: u64, fp: usize) {
    if let Err(stop) = done {
        // SAFETY: as the caller promises.
        unsafe { leave(machine, stop, Innermost::Site(Site(site)), fp) }
    }
}

// Each is called by code of the machine only, which passes its own frame pointer where it passes a
// site. While it runs, nobody else uses the machine.

unsafe extern "C" fn raise(machine: *mut Machine, trap: u64, site: u64, fp: usize) {
    let innermost = match Site(site) {
        Site::CALLER => Innermost::Caller,
        site => Innermost::Site(site),
    };
    // SAFETY: see above.
    unsafe { leave(machine, trap_kind(trap).into(), innermost, fp) }
}

unsafe extern "C" fn refuel(machine: *mut Machine, site: u64, fp: usize) {
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(true, |guest| guest.meter.refuel());
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn poll(machine: *mut Machine, site: u64, fp: usize) {
    // SAFETY: see above.
    unsafe {
        let done = (*machine).guest.meter.check_time();
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn host_call(
    machine: *mut Machine,
    function: u64,
    args: *const u64,
    results: *mut u64,
    fp: usize,
) {
    // SAFETY: see above; the slots lie in the frame of the stub.
    unsafe {
        if let Err(stop) = call_host(&mut *machine, function as u32, args, results) {
            leave(machine, stop, Innermost::Caller, fp)
        }
    }
}

unsafe fn call_host(
    machine: &mut Machine,
    function: u32,
    args: *const u64,
    results: *mut u64,
) -> Result<(), Stop> {
    let guest = &mut machine.guest;
    let called = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the stub has put the arguments and has room for the results.
        unsafe {
            let values = guest.call_host(function, args)?;
            results.copy_from_nonoverlapping(values.as_ptr(), values.len());
        }
        Ok(())
    }));
    called.unwrap_or_else(|panic| {
        machine.panic = Some(panic);
        Err(Trap::HostFault.into())
    })
}

unsafe extern "C" fn memory_grow(machine: *mut Machine, pages: u64) -> u64 {
    // SAFETY: see above.
    let machine = unsafe { &mut *machine };
    let before = machine.guest.memory_grow(pages);
    machine.refresh_memory();
    before
}

unsafe extern "C" fn memory_copy(
    machine: *mut Machine,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    let paid = paid != 0;
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(paid, |guest| guest.memory_copy(to, from, count, paid));
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn memory_fill(
    machine: *mut Machine,
    to: u64,
    byte: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    let paid = paid != 0;
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(paid, |guest| guest.memory_fill(to, byte as u8, count, paid));
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn memory_init(
    machine: *mut Machine,
    row: u64,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    let paid = paid != 0;
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(paid, |guest| {
            guest.memory_init(row as usize, to, from, count, paid)
        });
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn data_drop(machine: *mut Machine, row: u64) {
    // SAFETY: see above.
    unsafe { (*machine).guest.data_drop(row as usize) }
}

unsafe extern "C" fn table_grow(machine: *mut Machine, table: u64, element: u64, n: u64) -> u64 {
    // SAFETY: see above.
    unsafe { (*machine).guest.table_grow(table as u32, element, n) }
}

unsafe extern "C" fn table_fill(
    machine: *mut Machine,
    table: u64,
    to: u64,
    element: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    let paid = paid != 0;
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(paid, |guest| {
            guest.table_fill(table as u32, to, element, count, paid)
        });
        go_on(done, machine, site, fp);
    }
}

/// The halves of a number, the low one first.
fn halves(both: u64) -> (u32, u32) {
    (both as u32, (both >> 32) as u32)
}

unsafe extern "C" fn table_copy(
    machine: *mut Machine,
    tables: u64,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    let paid = paid != 0;
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(paid, |guest| {
            guest.table_copy(halves(tables), to, from, count, paid)
        });
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn table_init(
    machine: *mut Machine,
    names: u64,
    to: u64,
    from: u64,
    count: u64,
    paid: u64,
    site: u64,
    fp: usize,
) {
    let paid = paid != 0;
    // SAFETY: see above.
    unsafe {
        let done = (*machine).metered(paid, |guest| {
            guest.table_init(halves(names), to, from, count, paid)
        });
        go_on(done, machine, site, fp);
    }
}

unsafe extern "C" fn elem_drop(machine: *mut Machine, segment: u64) {
    // SAFETY: see above.
    unsafe { (*machine).guest.elem_drop(segment as u32) }
}

/// The address of a function of the runtime.
pub(super) fn runtime(function: Runtime) -> usize {
    let function = match function {
        Runtime::Raise => raise as *const (),
        Runtime::Refuel => refuel as *const (),
        Runtime::Poll => poll as *const (),
        Runtime::HostCall => host_call as *const (),
        Runtime::MemoryGrow => memory_grow as *const (),
        Runtime::MemoryCopy => memory_copy as *const (),
        Runtime::MemoryFill => memory_fill as *const (),
        Runtime::MemoryInit => memory_init as *const (),
        Runtime::DataDrop => data_drop as *const (),
        Runtime::TableGrow => table_grow as *const (),
        Runtime::TableFill => table_fill as *const (),
        Runtime::TableCopy => table_copy as *const (),
        Runtime::TableInit => table_init as *const (),
        Runtime::ElemDrop => elem_drop as *const (),
    };
    function as usize
}
