//! What all engines do: run a program that has been loaded into one.

#![allow(unsafe_code, reason = "it can replace what engines know")]

use std::fmt;

use crate::guest::{Guest, initialise};
use crate::host::{GuestMemory, Host};
use crate::{Memory, Outcome, OutputFailure, TrapReport, Value};
use vbc_core::diag::codes::runtime::{R0005, R0006, R0007};
use vbc_core::diag::suggest::Suggester;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::FuncType;
use vbc_core::module::{Kind, SymbolRow};
use vbc_linker::Program;

/// A program that an engine runs: the interpreter, or native code.
///
/// Other crates use engines and have none of their own: what a program runs on is not theirs to see.
pub trait Engine {
    /// Whether it makes code when a program is loaded, for which memory has to be executable.
    fn makes_code() -> bool
    where
        Self: Sized,
    {
        false
    }

    /// What the program runs on.
    #[doc(hidden)]
    fn guest(&self) -> &Guest;

    /// What the program runs on, to be changed.
    ///
    /// # Safety
    ///
    /// Program, memory, tables and globals stay those that the engine knows.
    #[doc(hidden)]
    unsafe fn guest_mut(&mut self) -> &mut Guest;

    /// Fills memory and tables.
    #[doc(hidden)]
    fn fill(&mut self) -> Result<(), Outcome> {
        // SAFETY: only their contents change.
        unsafe { self.guest_mut() }.fill()
    }

    /// Calls function `index`, a defined one, with arguments of its parameters' types. After a trap
    /// or another end, it may be called again: memory and globals keep what was written.
    fn invoke(&mut self, index: u32, args: &[Value]) -> Outcome;

    /// Fills memory and tables, and runs the initialisers. Once, before anything is invoked.
    ///
    /// # Errors
    ///
    /// How it ended, when it did not finish.
    fn start(&mut self) -> Result<(), Outcome> {
        self.fill()?;
        let program = self.guest().bound.program.clone();
        initialise(&program, |function| self.invoke(function, &[]))
    }

    /// The type of function `index`.
    fn function_type(&self, index: u32) -> Option<&FuncType> {
        self.guest().bound.function_type(index)
    }

    /// The host functions and services.
    fn host(&mut self) -> &mut Host {
        // SAFETY: the host is none of them.
        &mut unsafe { self.guest_mut() }.shared.host
    }

    /// The program.
    fn program(&self) -> &Program {
        &self.guest().bound.program
    }

    /// The memory, if the program has one.
    fn memory(&self) -> Option<&Memory> {
        self.guest().memory()
    }

    /// The memory, to be read and written, if the program has one.
    fn memory_mut(&mut self) -> Option<GuestMemory<'_>> {
        // SAFETY: no more than the bytes of its memory are given away.
        let guest = unsafe { self.guest_mut() };
        let memory = guest.thread.instance.memory.as_mut();
        memory.map(|memory| GuestMemory::new(Some(memory)))
    }

    /// The value of global `index`.
    fn global(&self, index: u32) -> Option<Value> {
        self.guest().global(index)
    }

    /// Units of fuel that are left; none without a limit.
    fn fuel_left(&self) -> Option<u64> {
        self.guest().thread.meter.left()
    }
}

/// Why a program did not run to its end.
#[derive(Clone, Debug, PartialEq)]
pub enum RunError {
    /// The module cannot be read, is invalid or cannot be run, or the call does not fit it.
    Invalid(Errors),
    /// The program trapped.
    Trapped(Box<TrapReport>),
    /// The program ended itself with this code during a call of [`Loaded::invoke`].
    Exited(i32),
    /// The fuel was used up.
    OutOfFuel,
    /// The time was used up.
    TimedOut,
    /// What the program wrote could not be passed on.
    OutputFailed(OutputFailure),
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RunError::Invalid(errors) => write!(f, "{errors}"),
            RunError::Trapped(report) => write!(f, "{report}"),
            RunError::Exited(code) => write!(f, "the program ended itself with code {code}"),
            RunError::OutOfFuel => f.write_str("out of fuel"),
            RunError::TimedOut => f.write_str("out of time"),
            RunError::OutputFailed(failure) => {
                write!(f, "output cannot be written: {}", failure.reason)
            }
        }
    }
}

impl std::error::Error for RunError {}

impl From<Errors> for RunError {
    fn from(errors: Errors) -> RunError {
        RunError::Invalid(errors)
    }
}

impl From<Diagnostic> for RunError {
    fn from(diagnostic: Diagnostic) -> RunError {
        RunError::Invalid(diagnostic.into())
    }
}

/// A program that has been loaded into an engine, and is called by name. Its initialisers run before the first call.
#[derive(Debug)]
pub struct Loaded<E> {
    engine: E,
    started: bool,
}

impl<E: Engine> Loaded<E> {
    /// A program that has not been started.
    pub fn new(engine: E) -> Loaded<E> {
        Loaded {
            engine,
            started: false,
        }
    }

    /// What runs it.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// What runs it, to be changed.
    pub fn engine_mut(&mut self) -> &mut E {
        &mut self.engine
    }

    /// Whether it has an entry function.
    pub fn has_entry(&self) -> bool {
        self.engine.program().module().entry.is_some()
    }

    /// Runs it from its entry. Returns its exit code: what the entry function returns, 0 when it returns nothing, or
    /// what the program ended itself with.
    ///
    /// # Errors
    ///
    /// R0005 without an entry; otherwise how it ended without an exit code.
    pub fn run(&mut self) -> Result<i32, RunError> {
        let Some(entry) = self.engine.program().module().entry else {
            let message = "the module has no entry function";
            let error = Diagnostic::error(&R0005, Place::Nowhere, message).with_help(
                "a program begins at `MAIN`, or at the function of `.module entry=NAME`; `--invoke NAME` calls any other function",
            );
            return Err(error.into());
        };
        match self.call(entry, &[]) {
            Err(RunError::Exited(code)) => Ok(code),
            Err(error) => Err(error),
            Ok(results) => Ok(match results.first() {
                Some(Value::I32(code)) => *code,
                Some(Value::I64(code)) => *code as i32,
                _ => 0,
            }),
        }
    }

    /// Calls the function that is exported as `name`, or has the global symbol `name`.
    ///
    /// # Errors
    ///
    /// R0006 or R0007 when there is no such function or the arguments do not fit it; otherwise how the call ended.
    pub fn invoke(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, RunError> {
        let function = self.function(name)?;
        let bound = &self.engine.guest().bound;
        if let (Some(ty), None) = (
            bound.function_type(function),
            bound.callable(function, args),
        ) {
            let given = args.iter().map(|arg| match arg.is_null_reference() {
                true => "null".to_owned(),
                false => arg.ty().to_string(),
            });
            let given: Vec<String> = given.collect();
            let ty = bound.program.module().func_text(ty);
            let message = format!(
                "`{name}` has type {ty}, the arguments are ({})",
                given.join(", ")
            );
            return Err(Diagnostic::error(&R0007, Place::Nowhere, message).into());
        }
        self.call(function, args)
    }

    /// The index of the function that [`Loaded::invoke`] would call.
    ///
    /// # Errors
    ///
    /// R0006 when there is none.
    pub fn function(&self, name: &str) -> Result<u32, Errors> {
        let program = self.engine.program();
        find_function(program, name).ok_or_else(|| {
            let message = format!("there is no function `{name}`");
            let error = Diagnostic::error(&R0006, Place::Nowhere, message);
            match Suggester::default().help(name, function_names(program)) {
                Some(help) => error.with_help(help).into(),
                None => error.into(),
            }
        })
    }

    fn call(&mut self, index: u32, args: &[Value]) -> Result<Vec<Value>, RunError> {
        let outcome = match self.started {
            true => Ok(()),
            false => self.engine.start(),
        };
        let outcome = match outcome {
            Ok(()) => {
                self.started = true;
                self.engine.invoke(index, args)
            }
            Err(outcome) => outcome,
        };
        let flushed = self.engine.host().services.flush();
        match outcome {
            Outcome::OutputFailed(failure) => Err(RunError::OutputFailed(failure)),
            _ if let Err(failure) = flushed => Err(match failure.late {
                true => RunError::TimedOut,
                false => RunError::OutputFailed(failure),
            }),
            Outcome::Finished(results) => Ok(results),
            Outcome::Exited(code) => Err(RunError::Exited(code)),
            Outcome::Trapped(report) => Err(RunError::Trapped(report)),
            Outcome::OutOfFuel => Err(RunError::OutOfFuel),
            Outcome::TimedOut => Err(RunError::TimedOut),
        }
    }
}

/// Exports first, then symbols that are not local; nothing of the support code's.
#[doc(hidden)]
pub fn find_function(program: &Program, name: &str) -> Option<u32> {
    let module = program.module();
    let is_func = |kind: u32| kind == Kind::Func as u32;
    let export = module
        .exports
        .iter()
        .find(|row| is_func(row.kind) && module.strings.get(row.name) == name);
    if let Some(export) = export {
        return Some(export.index);
    }
    let symbol = module.symbols.iter().find(|row| {
        is_func(row.kind)
            && row.flags & SymbolRow::LOCAL == 0
            && row.index < program.support_from()
            && module.strings.get(row.name) == name
    });
    symbol.map(|row| row.index)
}

/// The names that [`find_function`] finds.
fn function_names(program: &Program) -> impl Iterator<Item = &str> {
    let module = program.module();
    let is_func = |kind: u32| kind == Kind::Func as u32;
    let exports = module.exports.iter().filter(move |row| is_func(row.kind));
    let symbols = module.symbols.iter().filter(move |row| {
        is_func(row.kind) && row.flags & SymbolRow::LOCAL == 0 && row.index < program.support_from()
    });
    let names = exports.map(|row| row.name);
    let names = names.chain(symbols.map(|row| row.name));
    names.map(|name| module.strings.get(name))
}
