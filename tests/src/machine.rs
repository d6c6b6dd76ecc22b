//! What runs programs for users: the engines of the interpreter, and kinds of native code.

use std::ffi::OsStr;
use std::process::Command;

use vbc::diag::Errors;
use vbc::host::Host;
use vbc::interp::{Config, Engine, Interpreter};
use vbc::jit::{self, CompiledModule, NativeInstance};
use vbc::link::Program;
use vbc::runtime::{Limits, Memory, Outcome, Value};

/// A kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineKind {
    /// The interpreter.
    Interpreter(Engine),
    /// Code in memory.
    Native(Native),
}

/// A kind of native code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Native {
    /// As users run it.
    Fast,
    /// As small as it gets.
    Small,
    /// Not optimised, and no function inside another.
    Plain,
    /// With tests in place of signals and guard pages.
    NoSignals,
    /// With a check of each address, and signals.
    NoGuards,
}

impl MachineKind {
    /// All kinds that this build has.
    pub fn all() -> Vec<MachineKind> {
        let engines = ["match", "tail"].into_iter().filter_map(Engine::named);
        let native = [
            Native::Fast,
            Native::Small,
            Native::Plain,
            Native::NoSignals,
            Native::NoGuards,
        ];
        engines
            .map(MachineKind::Interpreter)
            .chain(native.map(MachineKind::Native))
            .collect()
    }

    /// A kind that differs from what users get only by a flag that they have to give.
    pub fn is_special(self) -> bool {
        matches!(self, MachineKind::Native(kind) if kind != Native::Fast)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            MachineKind::Interpreter(engine) => match format!("{engine:?}").as_str() {
                "Match" => "match",
                _ => "tail",
            },
            MachineKind::Native(Native::Fast) => "native",
            MachineKind::Native(Native::Small) => "native, small",
            MachineKind::Native(Native::Plain) => "native, not optimised",
            MachineKind::Native(Native::NoSignals) => "native without signals",
            MachineKind::Native(Native::NoGuards) => "native without guard pages",
        }
    }

    /// The tool that runs programs like this, with its flags.
    pub fn command(self) -> Command {
        let (tool, flags): (&str, &[&str]) = match self {
            MachineKind::Interpreter(_) => ("vbc-run", &["--engine", self.name()]),
            MachineKind::Native(Native::Fast) => ("vbc-jit", &[]),
            MachineKind::Native(Native::Small) => ("vbc-jit", &["--opt", "size"]),
            MachineKind::Native(Native::Plain) => ("vbc-jit", &["--opt", "none"]),
            MachineKind::Native(Native::NoSignals) => ("vbc-jit", &["--no-signals"]),
            MachineKind::Native(Native::NoGuards) => ("vbc-jit", &["--no-guard-pages"]),
        };
        let mut command = Command::new(crate::program(tool));
        command.args(flags.iter().map(OsStr::new));
        command
    }
}

impl Native {
    /// How such code is made.
    pub fn options(self) -> jit::Options {
        let options = jit::Options {
            threads: Some(1),
            ..jit::Options::default()
        };
        match self {
            Native::Fast => options,
            Native::Small => jit::Options {
                optimise: jit::Optimise::Size,
                ..options
            },
            Native::Plain => jit::Options {
                optimise: jit::Optimise::None,
                inline: false,
                ..options
            },
            Native::NoSignals => jit::Options {
                signals: false,
                ..options
            },
            Native::NoGuards => jit::Options {
                guard_pages: false,
                ..options
            },
        }
    }
}

/// What a machine is given besides its program.
#[derive(Default)]
pub struct Given {
    /// Host functions and services.
    pub host: Host,
    /// Bounds.
    pub limits: Limits,
    /// Support routines run as they are written.
    pub plain_support: bool,
    /// NaNs from arithmetic are all the same.
    pub canonical_nans: bool,
}

/// An instance of a program.
pub enum Machine {
    /// The interpreter.
    Interpreter(Interpreter),
    /// Code in memory.
    Native(NativeInstance),
}

/// Calls a method that both have.
macro_rules! each {
    ($machine:expr, $one:ident => $call:expr) => {
        match $machine {
            Machine::Interpreter($one) => $call,
            Machine::Native($one) => $call,
        }
    };
}

impl Machine {
    /// An instance of `program`, which is compiled unless `code` has it from another one, given the same.
    ///
    /// # Errors
    ///
    /// Unknown imports, and what is beyond the limits.
    pub fn new(
        kind: MachineKind,
        program: &Program,
        given: Given,
        code: &mut Option<CompiledModule>,
    ) -> Result<Machine, Errors> {
        match kind {
            MachineKind::Interpreter(engine) => {
                let config = Config {
                    plain_support: given.plain_support,
                    limits: given.limits,
                    engine: Some(engine),
                    canonical_nans: given.canonical_nans,
                    ..Config::default()
                };
                let interpreter = Interpreter::new(program.clone(), given.host, config);
                interpreter.map(Machine::Interpreter)
            }
            MachineKind::Native(native) => {
                let instance = match code {
                    Some(code) => code.instantiate(given.host, given.limits, given.plain_support),
                    None => {
                        let config = jit::Config {
                            options: jit::Options {
                                canonical_nans: given.canonical_nans,
                                ..native.options()
                            },
                            limits: given.limits,
                            plain_support: given.plain_support,
                        };
                        NativeInstance::new(program.clone(), given.host, config)
                    }
                };
                let instance = instance?;
                *code = Some(instance.compiled());
                Ok(Machine::Native(instance))
            }
        }
    }

    /// Fills memory and tables, and runs the initialisers.
    ///
    /// # Errors
    ///
    /// How it ended, when it did not finish.
    pub fn start(&mut self) -> Result<(), Outcome> {
        each!(self, one => one.start())
    }

    /// Calls a function.
    pub fn invoke(&mut self, function: u32, args: &[Value]) -> Outcome {
        each!(self, one => one.invoke(function, args))
    }

    /// The program.
    pub fn program(&self) -> &Program {
        each!(self, one => one.program())
    }

    /// The host functions and services.
    pub fn host(&mut self) -> &mut Host {
        each!(self, one => one.host())
    }

    /// The memory.
    pub fn memory(&self) -> Option<&Memory> {
        each!(self, one => one.memory())
    }

    /// The value of a global.
    pub fn global(&self, index: u32) -> Option<Value> {
        each!(self, one => one.global(index))
    }

    /// Units of fuel that are left.
    pub fn fuel_left(&self) -> Option<u64> {
        each!(self, one => one.fuel_left())
    }
}
