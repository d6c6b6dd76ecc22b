//! The interpreter. `docs/interpreter.md` describes how cells, frames, calls and fuel work.

#![allow(
    unsafe_code,
    reason = "cells are trusted, and find operands and each other by addresses"
)]
// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod access;
mod backtrace;
mod cell;
mod code;
mod columns;
mod compute;
mod control;
mod dispatch;
mod fusions;
mod heap;
mod list;
mod machine;
mod numbers;
mod objects;
mod observe;
mod predecode;
#[cfg(any(test, feature = "measuring"))]
mod profile;
mod slots;
mod slow;
mod stack;
mod state;
mod superinstructions;

use std::sync::Arc;

pub use dispatch::Dispatch;
#[cfg(feature = "measuring")]
pub use fusions::Fusion;
pub use observe::{Observer, Snapshot, Step, Tracer};
#[cfg(any(test, feature = "measuring"))]
pub use profile::{Profile, Superinstruction, data_file};

use backtrace::{Frame, NativeCall, frames};
use cell::Cell;
use code::{CodeRanges, FuncEntry, FunctionCells};
use machine::CallInfo;
use stack::Stack;
use state::{Machine, Saved};

use vbc_core::diag::codes::runtime::R0009;
use vbc_core::diag::{Diagnostic, Errors, Place, system_reason};
use vbc_core::isa::{Op, Trap};
use vbc_core::module::Kind;
use vbc_linker::Program;
use vbc_runtime::engine::Engine;
use vbc_runtime::guest::{Guest, NativeRoutines};
use vbc_runtime::host::Host;
use vbc_runtime::{Limits, Outcome, Stop, Value};

/// How a program is run.
#[derive(Default)]
pub struct Config {
    /// Bounds.
    pub limits: Limits,
    /// The engine; none for the best one.
    pub dispatch: Option<Dispatch>,
    /// NaNs that arithmetic makes are all the same.
    pub canonical_nans: bool,
    /// Who watches.
    pub observer: Option<Observer>,
    /// Runs support routines as they are written in VITBC, without native code in their place.
    /// Nothing but time depends on it.
    pub plain_support: bool,
    /// For measuring: ways of making fewer cells that are not used.
    #[cfg(feature = "measuring")]
    pub without: Vec<Fusion>,
    /// For measuring: adjacent cells are counted, and none joined; see [`Interpreter::profile`].
    #[cfg(any(test, feature = "measuring"))]
    pub recorded: bool,
}

/// Instructions that the interpreter does not support.
pub const UNSUPPORTED: &[Op] = &[];

/// An instance of a program with the interpreter that runs it.
pub struct Interpreter {
    machine: Box<Machine>,
}

impl Interpreter {
    /// An instance of `program`. Nothing runs yet.
    ///
    /// # Errors
    ///
    /// Imports that `host` does not provide; memory, tables or stack beyond the limits.
    pub fn new(program: Program, host: Host, config: Config) -> Result<Interpreter, Errors> {
        let limits = config.limits;
        let max_stack = limits.max_stack;
        let routines = if config.plain_support {
            NativeRoutines::None
        } else {
            NativeRoutines::All
        };
        let guest = Guest::new(Arc::new(program), host, limits, routines, false)?;
        let stack = Stack::new(max_stack).map_err(|error| {
            let reason = system_reason(&error);
            let message = format!("the stack cannot be reserved: {reason}");
            Diagnostic::error(&R0009, Place::Nowhere, message)
        })?;
        let dispatch = config.dispatch.unwrap_or_else(Dispatch::best);
        let mut machine = Box::new(Machine {
            trap: Trap::Unreachable,
            entries: std::ptr::null_mut(),
            heap: guest.heap_base(),
            saved: Saved {
                ip: std::ptr::null(),
                fp: stack.bottom(),
                csp: stack.top(),
            },
            stop: None,
            dispatch,
            guest,
            functions: Box::default(),
            stubs: Box::default(),
            exit: Vec::new(),
            spare_exits: Vec::new(),
            code: CodeRanges::default(),
            stack,
            polls: 0,
            canonical_nans: config.canonical_nans,
            #[cfg(feature = "measuring")]
            without: config.without,
            #[cfg(not(feature = "measuring"))]
            without: Vec::new(),
            #[cfg(any(test, feature = "measuring"))]
            recorder: config.recorded.then(profile::Recorder::new),
            observer: config.observer.map(Box::new),
            trapped: None,
            natives: Vec::new(),
        });
        machine.make_stubs();
        Ok(Interpreter { machine })
    }

    /// How control goes from one cell to the next.
    pub fn dispatch(&self) -> Dispatch {
        self.machine.dispatch
    }

    /// Who watches, if anybody does.
    pub fn observer(&self) -> Option<&Observer> {
        self.machine.observer.as_deref()
    }

    /// What has been recorded so far; none when [`Config::recorded`] did not ask for it.
    #[cfg(any(test, feature = "measuring"))]
    pub fn profile(&self) -> Option<Profile> {
        self.machine
            .recorder
            .as_ref()
            .map(profile::Recorder::profile)
    }

    /// What the registers held where the program stopped; only when somebody watches.
    pub fn snapshot(&mut self) -> Option<Snapshot> {
        let vm = &mut *self.machine;
        let all = frames(&mut vm.code, &vm.natives, vm.saved, &vm.stack);
        let is_own = |frame: &Frame| !vm.guest.bound.is_support(frame.function);
        let own: Vec<Frame> = all.filter(is_own).collect();
        vm.observer
            .as_mut()?
            .snapshot(&vm.guest.bound.program, &own)
    }
}

impl Engine for Interpreter {
    fn guest(&self) -> &Guest {
        &self.machine.guest
    }

    unsafe fn guest_mut(&mut self) -> &mut Guest {
        &mut self.machine.guest
    }

    fn invoke(&mut self, index: u32, args: &[Value]) -> Outcome {
        let Some(ty) = self.machine.guest.bound.callable(index, args) else {
            return Outcome::trapped(Trap::HostFault);
        };
        let vm = &mut *self.machine;
        let args = match vm.guest.argument_slots(args) {
            Ok(args) => args,
            Err(stop) => return vm.guest.ended(stop),
        };
        if let Some(observer) = &mut vm.observer {
            observer.begin();
        }
        vm.natives.clear();
        let whole = (vm.stack.bottom(), vm.stack.top());
        let stop = vm.call(index, &args, ty.results.len(), whole);
        if let Some(observer) = &mut vm.observer {
            observer.end();
        }
        match stop {
            Stop::Finished => {
                let base = vm.stack.bottom();
                let value = |(n, &ty): (usize, _)| {
                    // SAFETY: the finished call left its results at the bottom of the stack.
                    vm.guest.value(ty, unsafe { *base.add(n) })
                };
                Outcome::Finished(ty.results.iter().enumerate().map(value).collect())
            }
            Stop::Trapped(trap) => {
                let report = vm.trapped.take();
                Outcome::Trapped(Box::new(report.unwrap_or_else(|| vm.trap_report(trap))))
            }
            other @ (Stop::Exited(_) | Stop::OutOfFuel | Stop::TimedOut | Stop::OutputFailed) => {
                vm.guest.ended(other)
            }
        }
    }
}

impl Machine {
    /// Gives every function an entry that leads to a cell which knows what it is.
    fn make_stubs(&mut self) {
        let count = self.guest.bound.spaces.count(Kind::Func);
        let mut stubs = Vec::with_capacity(count as usize * 2);
        for index in 0..count {
            let cell = if self.guest.is_native(index) {
                Cell::Native
            } else if self.guest.bound.is_host(index) {
                Cell::Host
            } else {
                Cell::Predecode
            };
            stubs.push(self.dispatch.word(cell));
            stubs.push(u64::from(index) << 32);
        }
        self.stubs = stubs.into();
        self.functions = (0..count)
            .map(|index| {
                let ty = self.guest.bound.function_type(index);
                FuncEntry {
                    code: &raw const self.stubs[index as usize * 2],
                    slots: ty.map_or(0, |ty| ty.params.len().max(ty.results.len()) as u32),
                    ty: self.guest.bound.canonical_type(index),
                }
            })
            .collect();
        self.entries = self.functions.as_mut_ptr();
    }

    /// Predecodes the function, unless that has been done.
    ///
    /// # Errors
    ///
    /// When the time is up.
    fn make_ready(&mut self, function: u32) -> Result<(), Stop> {
        if self.facts().is_ready(function) {
            return Ok(());
        }
        // Many large functions that are called once each cost little fuel.
        self.guest.thread.meter.check_time()?;
        let (code, slots) = self.make_code(function);
        let entry = &mut self.functions[function as usize];
        entry.code = code;
        entry.slots = slots;
        Ok(())
    }

    /// Predecodes the function. Returns its first cell and the registers of its frame.
    fn make_code(&mut self, function: u32) -> (*const u64, u32) {
        let made = predecode::predecode(self.facts(), function, false);
        let code = FunctionCells::new(made.cells, function, made.slots);
        let start = code.start().cast_const();
        self.code.add(code);
        (start, made.slots)
    }

    /// The code of a support routine, for a call for which its native code would take so long that
    /// the end of the program's time would pass unnoticed. None when native code is right for the
    /// call, whose arguments are at `frame`.
    fn plain_code(&mut self, function: u32, frame: *const u64) -> Option<(*const u64, u32)> {
        self.guest.thread.meter.deadline()?;
        let native = self.guest.bound.native(function)?;
        let params = self.guest.bound.function_type(function)?.params.len();
        // SAFETY: the caller put the arguments there.
        let args = unsafe { std::slice::from_raw_parts(frame, params) };
        if !native.takes_long(args) {
            return None;
        }
        Some(match self.code.of(function) {
            Some(code) => (code.start().cast_const(), code.slots),
            None => self.make_code(function),
        })
    }

    /// Runs function `index` on the part of the stack between `base` and `top`. Its results are left at `base`.
    fn call(
        &mut self,
        index: u32,
        args: &[u64],
        results: usize,
        (base, top): (*mut u64, *mut CallInfo),
    ) -> Stop {
        if let Err(stop) = self.make_ready(index) {
            return stop;
        }
        let entry = &self.functions[index as usize];
        let frame = base.wrapping_add(results);
        let csp = top.wrapping_sub(1);
        self.saved = Saved {
            ip: entry.code,
            fp: frame,
            csp: top,
        };
        // The record's address is below the top, so this also refuses frames that wrap.
        let room = (csp as usize).saturating_sub(base as usize) / 8;
        if results + entry.slots as usize > room {
            return Stop::Trapped(Trap::CallStackExhausted);
        }
        self.exit.clear();
        for n in 0..results.div_ceil(4) {
            let lane = |lane: usize| ((n * 4 + lane) as u64) << (lane * 16);
            self.exit.push(lane(0) | lane(1) | lane(2) | lane(3));
        }
        self.exit.extend([self.dispatch.word(Cell::Finish), 0]);
        if let Some(native) = self.natives.last_mut() {
            native.exit = self.exit.as_ptr();
        }
        // SAFETY: the stack has room for the record, the arguments and the results.
        unsafe {
            *csp = CallInfo {
                ip: self.exit.as_ptr(),
                fp: base,
            };
            for (n, &arg) in args.iter().enumerate() {
                *frame.add(n) = arg;
            }
        }
        self.saved.csp = csp;
        // SAFETY: the entry is a function's of this instance, its frame and record are in place.
        unsafe { self.dispatch.run(self) }
    }

    /// Calls a function while native function `caller` runs, whose arguments lie at `frame`.
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    fn call_nested(
        &mut self,
        index: u32,
        args: &[u64],
        results: &mut [u64],
        (caller, frame): (u32, *mut u64),
    ) -> Result<(), Stop> {
        let spare = self.spare_exits.pop().unwrap_or_default();
        let (saved, exit) = (self.saved, std::mem::replace(&mut self.exit, spare));
        let ty = self.guest.bound.function_type(caller);
        let base = frame.wrapping_add(ty.map_or(0, |ty| ty.params.len()));
        self.natives.push(NativeCall {
            exit: std::ptr::null(),
            function: caller,
        });
        let stop = self.call(index, args, results.len(), (base, saved.csp));
        let done = match stop {
            Stop::Finished => {
                for (n, result) in results.iter_mut().enumerate() {
                    // SAFETY: the finished call left its results there.
                    *result = unsafe { *base.add(n) };
                }
                Ok(())
            }
            Stop::Trapped(trap) => {
                // That of the innermost call says most.
                if self.trapped.is_none() {
                    self.trapped = Some(self.trap_report(trap));
                }
                Err(stop)
            }
            Stop::Exited(_) | Stop::OutOfFuel | Stop::TimedOut | Stop::OutputFailed => Err(stop),
        };
        self.natives.pop();
        self.saved = saved;
        self.spare_exits
            .push(std::mem::replace(&mut self.exit, exit));
        done
    }
}

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;
