//! What a program may be given: the host functions that it imports.
//!
//! A host function sees its arguments, its results, the program's memory through
//! [`GuestMemory`], and the [`Services`] that it may use; it returns a [`HostOutcome`]. It never
//! unwinds and never enters the engine again. `docs/host.md` is the specification of the module
//! `vbc1`.

mod memory;
mod native;
mod pointer;
mod services;
mod streams;
mod support;
mod trial;
mod vbc1;
mod waiting;
mod waker;
#[cfg(feature = "wasi")]
mod wasi;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

pub use memory::GuestMemory;
pub use native::{
    NativeCall, NativeCaller, NativeFunction, NativeLibraries, NativePlace, NativeSurroundings,
    Reenter, not_built, not_permitted, text,
};
pub use services::{Services, ServicesConfig};
pub use streams::{Input, Sink};
pub use trial::Trial;
pub use waiting::{Readiness, Wait};
pub use waker::Waker;
#[cfg(feature = "wasi")]
pub use wasi::{Folder, GivenFolder};

use crate::{Memory, Meter, Stop, Value};
use vbc_core::diag::codes::runtime::{R0001, R0002, R0018};
use vbc_core::diag::suggest::Suggester;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::{FuncType, Trap, ValType};
use vbc_core::module::ImportRow;
use vbc_core::module::host::{VBC1, WASI};
use vbc_core::module::native::{Prototype, library};
use vbc_core::module::{Kind, Module};

/// What a host function decided.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostOutcome {
    /// The results are set; the program goes on.
    Done,
    /// The program traps.
    Trap(Trap),
    /// The program ends with this code.
    Exit(i32),
    /// The program's fuel is used up.
    OutOfFuel,
    /// The program's time is up.
    TimedOut,
    /// Output cannot be written any more; [`Services`] knows why. The program ends.
    OutputFailed,
    /// The function has to wait. It has changed nothing, or noted by [`HostCall::set_progress`] what it has done, and
    /// is called again with the same arguments when one of these things may have come.
    Block(Box<Wait>),
}

impl From<Trap> for HostOutcome {
    fn from(trap: Trap) -> HostOutcome {
        HostOutcome::Trap(trap)
    }
}

/// A call of a host function.
pub struct HostCall<'a> {
    ty: &'a FuncType,
    args: &'a [u64],
    results: &'a mut [u64],
    /// The program's memory.
    pub memory: GuestMemory<'a>,
    /// What the host offers.
    pub services: &'a mut Services,
    fuel: Payment<'a>,
    /// What the function has done in attempts before this one; what that counts is its own.
    done: u64,
    /// When it began to wait, where that matters to it.
    #[cfg(feature = "wasi")]
    began: Option<Instant>,
    /// In a trial, it is made again too early.
    early: bool,
}

impl HostCall<'_> {
    /// Argument `n`; none when there are not that many.
    pub fn arg(&self, n: usize) -> Option<Value> {
        let (&ty, &slot) = (self.ty.params.get(n)?, self.args.get(n)?);
        Some(Value::from_slot(ty, slot))
    }

    /// Sets result `n`. Nothing happens when there are not that many or the type is another.
    pub fn set_result(&mut self, n: usize, value: Value) {
        if let (Some(&ty), Some(slot)) = (self.ty.results.get(n), self.results.get_mut(n))
            && value.suits(ty)
        {
            *slot = value.to_slot();
        }
    }

    /// What [`HostCall::set_progress`] has noted when this call was made before and had to wait; 0 when it is made for
    /// the first time.
    pub fn progress(&self) -> u64 {
        self.done
    }

    /// Notes how much is done, before an answer of [`HostOutcome::Block`]. What the number counts is the function's
    /// own.
    pub fn set_progress(&mut self, done: u64) {
        self.done = done;
    }

    /// Pays for `bytes` that this call moves into the program's memory or out of it: a unit of fuel for each full
    /// 4 KiB of all that it moves. The functions of `vbc1` and WASI do so; one of an embedder's costs one unit in
    /// all where it does not. To be called before moving, if it is known how much that will be.
    ///
    /// # Errors
    ///
    /// The outcome with which the function is to end: fuel or time is used up.
    pub fn pay(&mut self, bytes: u64) -> Result<(), HostOutcome> {
        self.fuel.pay(bytes)
    }

    /// Fills a range of memory with random bytes; false when the system has none to provide.
    fn fill_random(&mut self, address: u64, length: u64) -> Result<bool, HostOutcome> {
        self.memory.check(address, length)?;
        self.fuel.pay(length)?;
        for (address, length) in memory::parts((address, length), memory::PIECE) {
            if self.services.is_late() {
                return Err(HostOutcome::TimedOut);
            }
            let services = &mut *self.services;
            let filled = self.memory.fill(address, length, |bytes| {
                Ok::<_, Trap>(if services.random(bytes) {
                    bytes.len()
                } else {
                    0
                })
            });
            if filled? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes what lies in ranges of memory to a standard stream, except for what is done already.
    fn write_stream(
        &mut self,
        stream: Stream,
        ranges: impl Iterator<Item = (u64, u64)>,
    ) -> Result<(), HostOutcome> {
        let mut before = 0;
        for (address, length) in ranges.flat_map(|range| memory::parts(range, memory::PIECE)) {
            if before > 0 && self.services.is_late() {
                return Err(HostOutcome::TimedOut);
            }
            // Where nothing is left, it may be that it has been taken and not passed on.
            let from = self.done.saturating_sub(before).min(length);
            let bytes = self.memory.bytes(address + from, length - from)?;
            let mut count = 0;
            let written = self.services.write(stream, &bytes, &mut count);
            self.done = self.done.max(before + from + count);
            written?;
            before += length;
        }
        Ok(())
    }

    /// Makes the call, and makes it again after each wait.
    fn make(
        &mut self,
        trial: Trial,
        mut function: impl FnMut(&mut Self) -> HostOutcome,
    ) -> Result<(), Stop> {
        if trial.blocks {
            self.services.reluctant = true;
            self.services.wait(&Wait::until(Instant::now()))?;
        }
        loop {
            match function(self) {
                HostOutcome::Done => return Ok(()),
                HostOutcome::Block(wait) => self.wait(trial, &wait)?,
                HostOutcome::Trap(trap) => return Err(trap.into()),
                HostOutcome::Exit(code) => return Err(Stop::Exited(code)),
                HostOutcome::OutOfFuel => return Err(Stop::OutOfFuel),
                HostOutcome::TimedOut => return Err(Stop::TimedOut),
                HostOutcome::OutputFailed => return Err(Stop::OutputFailed),
            }
        }
    }

    /// Waits, and prepares for the next attempt.
    #[cold]
    fn wait(&mut self, trial: Trial, wait: &Wait) -> Result<(), Stop> {
        self.results.fill(0);
        self.fuel.bytes = 0;
        self.services.reluctant = false;
        self.early = trial.blocks && !self.early;
        match self.early {
            true => Ok(()),
            false => self.services.wait(wait),
        }
    }

    /// Argument `n` as an unsigned number: an address, a length.
    fn number(&self, n: usize) -> u64 {
        self.args.get(n).copied().unwrap_or(0)
    }

    /// Sets result 0 to a number of bytes, cut to the width of addresses.
    fn set_number(&mut self, number: u64) {
        let narrow = self.ty.results.first() == Some(&ValType::I32);
        if let Some(slot) = self.results.first_mut() {
            *slot = if narrow { number & 0xffff_ffff } else { number };
        }
    }
}

/// A standard stream that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stream {
    Output,
    Error,
}

/// What a call pays for the bytes that it moves.
struct Payment<'a> {
    meter: &'a mut Meter,
    /// Bytes of this attempt.
    bytes: u64,
    /// Units that have been paid, in attempts before this one as well.
    units: u64,
}

impl Payment<'_> {
    /// Pays for `bytes` more, unless an attempt before this one has.
    fn pay(&mut self, bytes: u64) -> Result<(), HostOutcome> {
        self.bytes = self.bytes.saturating_add(bytes);
        let units = self.bytes / Meter::BULK_UNIT;
        if units <= self.units {
            return Ok(());
        }
        let unpaid = units - self.units;
        self.units = units;
        let paid = self.meter.charge_bulk(unpaid * Meter::BULK_UNIT);
        paid.map_err(|stop| match stop {
            Stop::OutOfFuel => HostOutcome::OutOfFuel,
            Stop::Finished
            | Stop::Exited(_)
            | Stop::Trapped(_)
            | Stop::TimedOut
            | Stop::OutputFailed => HostOutcome::TimedOut,
        })
    }
}

/// A host function of an embedder's.
pub type HostFunction = Box<dyn FnMut(&mut HostCall<'_>) -> HostOutcome + Send>;

/// What implements an imported function.
#[derive(Clone)]
enum Binding {
    Vbc1(vbc1::Function),
    #[cfg(feature = "wasi")]
    Wasi(&'static wasi::Row),
    Defined(usize),
    Native(Arc<dyn NativeFunction>),
}

/// Native code of a support routine.
#[derive(Clone, Copy)]
#[doc(hidden)]
pub struct Native {
    function: vbc1::Function,
    /// The argument with the number of bytes that it reads, if that is not bounded.
    length: Option<usize>,
}

impl Native {
    /// Whether every call ends soon.
    pub fn is_short(self) -> bool {
        self.length.is_none()
    }

    /// Whether a call with these arguments works for longer than a program may exceed its time.
    pub fn takes_long(self, args: &[u64]) -> bool {
        let length = self.length.and_then(|n| args.get(n));
        length.is_some_and(|&length| length > memory::PIECE)
    }
}

/// The host functions that a program can import, and what they work on.
#[derive(Default)]
pub struct Host {
    /// What the functions of `vbc1` work on.
    pub services: Services,
    /// What is made harder.
    #[doc(hidden)]
    pub trial: Trial,
    #[cfg(feature = "wasi")]
    wasi: wasi::Context,
    names: HashMap<(String, String), usize>,
    defined: Vec<(FuncType, HostFunction)>,
    /// Where native functions are found; none where no library is permitted.
    natives: Option<Box<dyn NativeLibraries>>,
    /// By index of the imported function.
    targets: Vec<(FuncType, Binding)>,
}

impl Host {
    /// A host that offers `vbc1` on these services.
    pub fn new(services: Services) -> Host {
        Host {
            services,
            ..Host::default()
        }
    }

    /// Offers a function of the embedder's as `module:name`, in place of any other of that name.
    pub fn define(&mut self, module: &str, name: &str, ty: FuncType, function: HostFunction) {
        let key = (module.to_owned(), name.to_owned());
        self.names.insert(key, self.defined.len());
        self.defined.push((ty, function));
    }

    /// Permits native functions, of the libraries that these are.
    pub fn permit(&mut self, libraries: Box<dyn NativeLibraries>) {
        self.natives = Some(libraries);
    }

    /// Gives the program a folder, which WASI's functions work on.
    #[cfg(feature = "wasi")]
    pub fn give(&mut self, folder: Folder) {
        self.wasi.give(folder);
    }

    /// Finds a function for each import of the module.
    ///
    /// # Errors
    ///
    /// R0001 or R0002 for each import that cannot be satisfied.
    #[doc(hidden)]
    pub fn resolve(&mut self, module: &Module) -> Result<(), Errors> {
        let addr = module.address_type();
        let mut errors = Vec::new();
        let mut suggest = Suggester::default();
        let mut refused = HashSet::new();
        self.targets.clear();
        #[cfg(feature = "wasi")]
        self.wasi.begin(self.services.is_fixed());
        for import in module.imports.iter() {
            let name = module.strings.get(import.name);
            let from = module.strings.get(import.module);
            if let Some(library) = library(from)
                && !self.is_defined(from, name)
            {
                match self.find_native(library, name, addr) {
                    Ok(found) => self.targets.push(found),
                    // One message for each library that is not there, or not permitted.
                    Err(error) if error.code.id != R0018.id && !refused.insert(library) => {}
                    Err(error) => errors.push(*error),
                }
                continue;
            }
            let Some((ty, target)) = self.find(from, name, addr) else {
                let unknown = unknown_import(import.kind(), from, name);
                errors.push(match (&unknown.help, self.near(from, name, &mut suggest)) {
                    (None, Some(help)) => unknown.with_help(help),
                    _ => unknown,
                });
                continue;
            };
            match (import.kind(), module.types.func(import.ty)) {
                (Some(Kind::Func), Some(wanted)) if *wanted == ty => {
                    self.targets.push((ty, target));
                }
                (Some(Kind::Func), Some(wanted)) => {
                    errors.push(other_type(from, name, &ty, wanted))
                }
                (kind, _) => errors.push(unknown_import(kind, from, name)),
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(Errors(errors))
        }
    }

    /// Whether a support routine may be replaced by native code: those that write must end up in
    /// the same function as their VITBC would.
    fn is_native(&self) -> bool {
        let write = (VBC1.to_owned(), "write".to_owned());
        !self.names.contains_key(&write)
    }

    /// Native code for the support routine called `name`.
    pub(crate) fn native(&self, name: &str) -> Option<Native> {
        self.is_native().then(|| support::find(name)).flatten()
    }

    /// Runs native code of a support routine of type `ty`, as [`Host::call`] does a function.
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    pub(crate) fn call_native<'a>(
        &mut self,
        native: Native,
        ty: &FuncType,
        world: World<'_>,
        args: impl FnOnce(usize) -> &'a [u64],
        results: &mut Vec<u64>,
    ) -> Result<(), Stop> {
        let mut call = world.call(ty, args(ty.params.len()), results, &mut self.services);
        call.make(self.trial, |call| outcome((native.function)(call)))
    }

    /// What was probably meant by an import that is not known.
    fn near(&self, module: &str, name: &str, suggest: &mut Suggester) -> Option<String> {
        let defined = self.names.keys().filter(|(from, _)| from == module);
        // In an order that does not change from run to run.
        let mut names: Vec<&str> = defined.map(|(_, name)| name.as_str()).collect();
        names.sort_unstable();
        if module == VBC1 {
            vbc1::names().for_each(|name| names.push(name));
        }
        #[cfg(feature = "wasi")]
        if module == wasi::MODULE {
            wasi::names().for_each(|name| names.push(name));
        }
        if !names.is_empty() {
            return suggest.help(name, names.iter().copied());
        }
        let modules = self.names.keys().map(|(from, _)| from.as_str());
        let mut modules: Vec<&str> = modules.chain([VBC1, WASI]).collect();
        modules.sort_unstable();
        modules.dedup();
        let near = suggest.nearest(module, modules)?;
        Some(format!("did you mean the module `{near}`?"))
    }

    fn is_defined(&self, module: &str, name: &str) -> bool {
        let key = (module.to_owned(), name.to_owned());
        self.names.contains_key(&key)
    }

    /// The native function with this C signature.
    fn find_native(
        &mut self,
        library: &str,
        name: &str,
        addr: ValType,
    ) -> Result<(FuncType, Binding), Box<Diagnostic>> {
        let libraries = self.natives.as_mut();
        let libraries = libraries.ok_or_else(|| not_permitted(library))?;
        // The verifier has read it.
        let prototype =
            Prototype::parse(name).map_err(|_| unknown_import(Some(Kind::Func), library, name))?;
        let function = libraries.find(library, &prototype)?;
        Ok((prototype.func_type(addr), Binding::Native(function)))
    }

    /// What code that calls native functions by their addresses runs in; none where no library is permitted.
    pub fn native_surroundings(&self) -> Option<Arc<dyn NativeSurroundings>> {
        self.natives.as_ref()?.surroundings()
    }

    /// The native function that imported function `index` is, and its type.
    pub fn native_function(&self, index: u32) -> Option<(&FuncType, &Arc<dyn NativeFunction>)> {
        match self.targets.get(index as usize) {
            Some((ty, Binding::Native(function))) => Some((ty, function)),
            _ => None,
        }
    }

    fn find(&self, module: &str, name: &str, addr: ValType) -> Option<(FuncType, Binding)> {
        let key = (module.to_owned(), name.to_owned());
        if let Some(&index) = self.names.get(&key) {
            return Some((self.defined[index].0.clone(), Binding::Defined(index)));
        }
        match module {
            VBC1 => {
                let (ty, function) = vbc1::find(name, addr, self.natives.is_some())?;
                Some((ty, Binding::Vbc1(function)))
            }
            #[cfg(feature = "wasi")]
            wasi::MODULE => {
                let (ty, row) = wasi::find(name)?;
                Some((ty, Binding::Wasi(row)))
            }
            _ => None,
        }
    }

    /// Calls imported function number `index`. `args` returns as many slots as it is asked for,
    /// holding values as registers do.
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    pub(crate) fn call<'a>(
        &mut self,
        index: usize,
        world: World<'_>,
        args: impl FnOnce(usize) -> &'a [u64],
        results: &mut Vec<u64>,
    ) -> Result<(), Stop> {
        let Some((ty, target)) = self.targets.get(index) else {
            return Err(Trap::HostFault.into());
        };
        let mut call = world.call(ty, args(ty.params.len()), results, &mut self.services);
        call.make(self.trial, |call| match target {
            Binding::Vbc1(function) => outcome(function(call)),
            #[cfg(feature = "wasi")]
            Binding::Wasi(row) => outcome(wasi::call(&mut self.wasi, row, call)),
            Binding::Defined(defined) => (self.defined[*defined].1)(call),
            // Those are not called from here.
            Binding::Native(_) => Trap::HostFault.into(),
        })
    }
}

fn outcome(done: Result<(), HostOutcome>) -> HostOutcome {
    match done {
        Ok(()) => HostOutcome::Done,
        Err(outcome) => outcome,
    }
}

/// What a call works on besides its arguments and the host.
pub(crate) struct World<'a> {
    /// The program's memory.
    pub(crate) memory: Option<&'a mut Memory>,
    /// What pays for it.
    pub(crate) meter: &'a mut Meter,
}

impl<'a> World<'a> {
    fn call(
        self,
        ty: &'a FuncType,
        args: &'a [u64],
        results: &'a mut Vec<u64>,
        services: &'a mut Services,
    ) -> HostCall<'a> {
        results.clear();
        results.resize(ty.results.len(), 0);
        HostCall {
            ty,
            args,
            results,
            memory: GuestMemory::new(self.memory),
            services,
            fuel: Payment {
                meter: self.meter,
                bytes: 0,
                units: 0,
            },
            done: 0,
            #[cfg(feature = "wasi")]
            began: None,
            early: false,
        }
    }
}

/// What is wrong with an import of `vbc1`.
#[doc(hidden)]
pub fn check_import(module: &Module, import: &ImportRow) -> Option<Diagnostic> {
    let name = module.strings.get(import.name);
    let from = module.strings.get(import.module);
    let Some((ty, _)) = vbc1::find(name, module.address_type(), false) else {
        return Some(unknown_import(import.kind(), from, name));
    };
    match (import.kind(), module.types.func(import.ty)) {
        (Some(Kind::Func), Some(wanted)) if *wanted == ty => None,
        (Some(Kind::Func), Some(wanted)) => Some(other_type(from, name, &ty, wanted)),
        (kind, _) => Some(unknown_import(kind, from, name)),
    }
}

fn unknown_import(kind: Option<Kind>, module: &str, name: &str) -> Diagnostic {
    let kind = kind.map_or("thing", Kind::word);
    let message = format!("unknown import: {kind} `{module}:{name}`");
    let unknown = Diagnostic::error(&R0001, Place::Nowhere, message);
    match module {
        "wasi_unstable" => unknown.with_help(
            "this is WASI before preview 1; compile the program for `wasi_snapshot_preview1`",
        ),
        _ => unknown,
    }
}

fn other_type(module: &str, name: &str, has: &FuncType, wanted: &FuncType) -> Diagnostic {
    let message = format!("import `{module}:{name}` has type {has}, the program expects {wanted}");
    Diagnostic::error(&R0002, Place::Nowhere, message)
}
