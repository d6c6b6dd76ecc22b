//! A program with everything that it runs on, whichever engine runs it: what is the same for all that run it
//! ([`BoundProgram`]), what the threads of one run share ([`Shared`]), and what each of them has of its own ([`Thread`]).

#![allow(unsafe_code, reason = "arguments of host functions lie in frames")]

mod bound;
mod bulk;
mod objects;

use std::sync::Arc;
use std::time::Instant;

use crate::heap::Ref;
use crate::host::{
    Host, NativeCall, NativeCaller, NativeFunction, NativePlace, NativeSurroundings, Reenter, World,
};
use crate::{FramePlace, Instance, Limits, Memory, Meter, Outcome, Stop, TrapReport, Value};
use vbc_core::diag::Errors;
use vbc_core::isa::{FuncType, HeapType, Trap, ValType};
use vbc_linker::Program;

pub use bound::{BoundProgram, NativeRoutines};
pub use objects::{NewArray, RefTest};

/// What the threads of a run share. There is one thread so far, which owns it.
pub struct Shared {
    /// What the program is given.
    pub host: Host,
    /// The bounds that all threads together keep.
    pub limits: Limits,
}

/// What a thread has of its own.
pub struct Thread {
    /// Memory, tables, globals, segments.
    pub instance: Instance,
    /// What is left of its fuel and time.
    pub meter: Meter,
    /// Results of the last host function that was called.
    host_results: Vec<u64>,
}

/// A thread of a program that runs, with what it shares.
pub struct Guest {
    /// The program. It does not lead to anything that changes, so code made from it may serve other runs.
    pub bound: Arc<BoundProgram>,
    /// What it has in common with other threads.
    pub shared: Shared,
    /// What it has of its own.
    pub thread: Thread,
}

impl Guest {
    /// An instance of `program`, with native code in place of `routines` of its support code. Nothing runs yet. Memory
    /// has guard pages when `guarded`.
    ///
    /// # Errors
    ///
    /// Imports that `host` does not provide; memory or tables beyond the limits.
    pub fn new(
        program: Arc<Program>,
        mut host: Host,
        limits: Limits,
        routines: NativeRoutines,
        guarded: bool,
    ) -> Result<Guest, Errors> {
        let bound = BoundProgram::new(program, &mut host, routines)?;
        let meter = Meter::new(&limits);
        Guest::of(bound, host, limits, meter, guarded)
    }

    /// The same of a program that has been bound to `host`, with what `meter` leaves of fuel and time.
    ///
    /// # Errors
    ///
    /// Memory or tables beyond the limits.
    pub fn of(
        bound: BoundProgram,
        mut host: Host,
        limits: Limits,
        meter: Meter,
        guarded: bool,
    ) -> Result<Guest, Errors> {
        host.services.deadline = meter.deadline();
        let instance = Instance::new(&bound.program, bound.heap_types.as_ref(), &limits, guarded);
        let mut instance = instance.map_err(|error| Errors(vec![*error]))?;
        if let Some(memory) = &mut instance.memory
            && host.trial.copies
        {
            memory.refuse_borrows();
        }
        Ok(Guest {
            bound: Arc::new(bound),
            shared: Shared { host, limits },
            thread: Thread {
                instance,
                meter,
                host_results: Vec::new(),
            },
        })
    }

    /// Fills memory and tables: what comes before the initialisers.
    pub fn fill(&mut self) -> Result<(), Outcome> {
        let thread = &mut self.thread;
        let filled = thread.instance.fill(&self.bound.program, &thread.meter);
        filled.map_err(|stop| self.ended(stop))
    }

    /// Calls host function `function` with arguments at `frame`. Returns its results.
    ///
    /// # Safety
    ///
    /// As many slots as the function has parameters lie at `frame`, outside of this value.
    pub unsafe fn call_host(&mut self, function: u32, frame: *const u64) -> Result<&[u64], Stop> {
        // SAFETY: the caller put the arguments there.
        let unboxed = unsafe { self.unboxed(function, frame)? };
        let Guest {
            bound,
            shared,
            thread,
        } = self;
        let world = World {
            memory: thread.instance.memory.as_mut(),
            meter: &mut thread.meter,
        };
        let args = |count| match &unboxed {
            Some(args) => &args[..count],
            // SAFETY: the caller put the arguments there.
            None => unsafe { std::slice::from_raw_parts(frame, count) },
        };
        let results = &mut thread.host_results;
        match bound.bound_native(function) {
            Some((native, ty)) => {
                let ty = bound.program.module().types.func(ty);
                let ty = ty.ok_or(Trap::HostFault)?;
                shared.host.call_native(native, ty, world, args, results)?;
            }
            None => shared.host.call(function as usize, world, args, results)?,
        }
        if let Some(heap) = &mut thread.instance.heap
            && let Some(ty) = bound.function_type(function)
        {
            for (result, ty) in thread.host_results.iter_mut().zip(&ty.results) {
                if is_extern(*ty) && *result != 0 {
                    *result = heap.alloc_extern(*result, &mut ())?.to_slot();
                }
            }
        }
        Ok(&thread.host_results)
    }

    /// The arguments of a host function with what is the host's out of its boxes; none where there are no boxes.
    ///
    /// # Errors
    ///
    /// The host fault, where an object of the program's is given that is in no box.
    ///
    /// # Safety
    ///
    /// As for [`Guest::call_host`].
    unsafe fn unboxed(&self, function: u32, frame: *const u64) -> Result<Option<Vec<u64>>, Trap> {
        let (Some(heap), Some(ty)) = (
            &self.thread.instance.heap,
            self.bound.function_type(function),
        ) else {
            return Ok(None);
        };
        // SAFETY: the caller put the arguments there.
        let args = unsafe { std::slice::from_raw_parts(frame, ty.params.len()) };
        let unboxed = args.iter().zip(&ty.params).map(|(&arg, &ty)| {
            let object = Ref::from_slot(arg);
            match is_extern(ty) && !object.is_null() {
                true => heap.extern_value(object).ok_or(Trap::HostFault),
                false => Ok(arg),
            }
        });
        unboxed.collect::<Result<Vec<u64>, Trap>>().map(Some)
    }

    /// Whether function `index` is a native one, for [`Guest::call_native`].
    pub fn is_native(&self, index: u32) -> bool {
        self.shared.host.native_function(index).is_some()
    }

    /// Calls native function `function` with arguments at `frame`. Its results are those of [`Guest::host_results`].
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    ///
    /// # Safety
    ///
    /// As many slots as the function has parameters lie at `frame`. Nobody uses a reference to the guest, or to what it
    /// consists of, until this returns: the function may enter the program again by `reenter`, which uses `this`.
    pub unsafe fn call_native(
        this: *mut Guest,
        function: u32,
        frame: *const u64,
        reenter: &mut dyn Reenter,
    ) -> Result<(), Stop> {
        // SAFETY: the caller promises it.
        let guest = unsafe { &mut *this };
        let found = guest.shared.host.native_function(function);
        let (ty, native) = found.ok_or(Trap::HostFault)?;
        let (params, count) = (ty.params.len(), ty.results.len());
        let native: *const dyn NativeFunction = &**native;
        let mut results = std::mem::take(&mut guest.thread.host_results);
        results.clear();
        results.resize(count, 0);
        // The library writes to the same streams.
        guest.shared.host.services.pass_on()?;
        let call = NativeCall {
            // SAFETY: the caller put the arguments there.
            args: unsafe { std::slice::from_raw_parts(frame, params) },
            results: &mut results,
            program: &mut Caller { this, reenter },
        };
        // SAFETY: whoever permitted the library vouches for the function. The host keeps it as long as the program can
        // run.
        let done = unsafe { (*native).call(call) };
        // SAFETY: as above; the call has ended.
        unsafe { (*this).thread.host_results = results };
        done
    }

    /// Has code run that calls native functions by their addresses and notes at `place` which it is in. The functions may
    /// enter the program again by `reenter`.
    ///
    /// # Safety
    ///
    /// As for [`Guest::call_native`], and for [`NativeSurroundings::during`].
    pub unsafe fn during_natives(
        this: *mut Guest,
        surroundings: &dyn NativeSurroundings,
        reenter: &mut dyn Reenter,
        place: *const NativePlace,
        run: &mut dyn FnMut(),
    ) {
        let mut program = Caller { this, reenter };
        // SAFETY: as the caller promises.
        unsafe { surroundings.during(&mut program, place, run) }
    }

    /// The pointer by which native function `import` calls function `slot` of the program, which is its parameter
    /// `param`; null for null.
    ///
    /// # Errors
    ///
    /// A trap when the function is of another type, or there is no room for the code.
    pub fn native_callback(&self, import: u32, param: usize, slot: u64) -> Result<u64, Trap> {
        let (_, native) = self
            .shared
            .host
            .native_function(import)
            .ok_or(Trap::HostFault)?;
        let bound = &self.bound;
        native.callback(param, slot, &|index, ty| {
            bound.function_type(index) == Some(ty)
        })
    }

    /// The results of the last host function.
    pub fn host_results(&self) -> &[u64] {
        &self.thread.host_results
    }

    /// How the end of a run that neither returned nor trapped looks from outside.
    pub fn ended(&mut self, stop: Stop) -> Outcome {
        match stop {
            Stop::Finished => Outcome::Finished(Vec::new()),
            Stop::Exited(code) => Outcome::Exited(code),
            Stop::Trapped(trap) => Outcome::trapped(trap),
            Stop::OutOfFuel => Outcome::OutOfFuel,
            Stop::TimedOut => Outcome::TimedOut,
            Stop::OutputFailed => match self.shared.host.services.flush() {
                Err(failure) if failure.late => Outcome::TimedOut,
                Err(failure) => Outcome::OutputFailed(failure),
                Ok(()) => Outcome::trapped(Trap::HostFault),
            },
        }
    }

    /// The memory, if the program has one.
    pub fn memory(&self) -> Option<&Memory> {
        self.thread.instance.memory.as_ref()
    }

    /// The value of global `index`.
    pub fn global(&self, index: u32) -> Option<Value> {
        let row = self.bound.program.module().globals.get(index as usize)?;
        let slot = *self.thread.instance.globals.get(index as usize)?;
        Some(self.value(ValType::from_word(row.ty)?, slot))
    }
}

/// Whether values of a type are the host's.
fn is_extern(ty: ValType) -> bool {
    match ty {
        ValType::Ref(ty) => ty.heap() == HeapType::Extern,
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => false,
    }
}

/// A program that has called a native function.
struct Caller<'a> {
    this: *mut Guest,
    reenter: &'a mut dyn Reenter,
}

/// While it lives, the memory stays where it is, also when something panics.
struct Pinned(*mut Guest);

impl Pinned {
    fn new(this: *mut Guest) -> Pinned {
        // SAFETY: nobody else uses the guest, as whoever called the native function has promised.
        if let Some(memory) = unsafe { (*this).thread.instance.memory.as_mut() } {
            memory.pin();
        }
        Pinned(this)
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        // SAFETY: as above.
        if let Some(memory) = unsafe { (*self.0).thread.instance.memory.as_mut() } {
            memory.unpin();
        }
    }
}

impl NativeCaller for Caller<'_> {
    fn memory(&mut self) -> (*mut u8, u64) {
        // SAFETY: nobody else uses the guest, as whoever made the call has promised.
        let memory = unsafe { (*self.this).thread.instance.memory.as_ref() };
        match memory {
            Some(memory) => (memory.base(), memory.len()),
            None => (std::ptr::dangling_mut(), 0),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        // SAFETY: as above.
        unsafe { (*self.this).thread.meter.deadline() }
    }

    fn keep_memory(&mut self) {
        // SAFETY: as above.
        let memory = unsafe { (*self.this).thread.instance.memory.as_mut() };
        if let Some(memory) = memory {
            memory.keep();
        }
    }

    fn has_type(&self, index: u32, ty: &FuncType) -> bool {
        // SAFETY: as above.
        let bound = unsafe { &(*self.this).bound };
        bound.function_type(index) == Some(ty)
    }

    fn enter(&mut self, index: u32, args: &[u64], results: &mut [u64]) -> Result<(), Stop> {
        // Where nothing of the program runs, nothing can move the memory.
        let _pinned = Pinned::new(self.this);
        self.reenter.reenter(index, args, results)
    }
}

/// Collects the active calls of a trap, innermost first; support routines are left out.
#[derive(Debug, Default)]
pub struct Calls {
    /// Function and word of those that a report lists.
    listed: Vec<(u32, usize)>,
    outermost: Option<(u32, usize)>,
    depth: usize,
}

impl Calls {
    /// The innermost calls that a report lists; the outermost one is listed too.
    const LISTED: usize = 50;

    /// The next call outwards, which stands in `function` at a place that the engine knows.
    pub fn add(&mut self, program: &BoundProgram, function: u32, place: usize) {
        if program.is_support(function) {
            return;
        }
        self.depth += 1;
        self.outermost = Some((function, place));
        if self.listed.len() < Calls::LISTED {
            self.listed.push((function, place));
        }
    }

    /// The report; `frame` describes a place.
    pub fn report(mut self, trap: Trap, frame: impl Fn(u32, usize) -> FramePlace) -> TrapReport {
        if self.depth > self.listed.len() {
            self.listed.extend(self.outermost);
        }
        TrapReport {
            trap,
            omitted: self.depth - self.listed.len(),
            frames: self
                .listed
                .into_iter()
                .map(|(function, place)| frame(function, place))
                .collect(),
        }
    }
}

/// Calls the initialisers of a program in order, up to one that does not finish.
///
/// # Errors
///
/// How that one ended.
pub fn initialise(program: &Program, invoke: impl FnMut(u32) -> Outcome) -> Result<(), Outcome> {
    let functions = program.module().initialisers.iter().copied();
    let mut ends = functions.map(invoke);
    match ends.find(|end| !matches!(end, Outcome::Finished(_))) {
        Some(end) => Err(end),
        None => Ok(()),
    }
}
