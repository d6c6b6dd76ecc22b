//! What runs programs for users: the engines of the interpreter, and kinds of native code.

#![allow(unsafe_code, reason = "objects are entered")]

use std::ffi::OsStr;
use std::process::Command;

use vbc::aot::Compiler;
use vbc::codegen::{Arch, Target};
use vbc::diag::codes::runtime::R0001;
use vbc::diag::{Diagnostic, Errors, Place};
use vbc::engine::Engine;
use vbc::host::{Host, Trial};
use vbc::interp::{Config, Dispatch, Interpreter};
use vbc::jit::{self, CompiledModule, NativeInstance};
use vbc::link::Program;
use vbc::runtime::{Limits, Memory, Outcome, Value};
use vbc_native::ObjectInstance;

/// A kind of machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineKind {
    /// The interpreter.
    Interpreter(Dispatch),
    /// Code in memory.
    Native(Native),
    /// Code from an object file, with signals or without.
    Object(bool),
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
    /// With registers in the frame, as in the largest functions.
    Framed,
}

impl MachineKind {
    /// All kinds that this build has.
    pub fn all() -> Vec<MachineKind> {
        let engines = ["match", "tail"].into_iter().filter_map(Dispatch::named);
        let native = [
            Native::Fast,
            Native::Small,
            Native::Plain,
            Native::NoSignals,
            Native::NoGuards,
            Native::Framed,
        ];
        engines
            .map(MachineKind::Interpreter)
            .chain(native.map(MachineKind::Native))
            .collect()
    }

    /// The same with those that no tool runs at once.
    pub fn with_objects() -> Vec<MachineKind> {
        let mut all = MachineKind::all();
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        all.extend([true, false].map(MachineKind::Object));
        all
    }

    /// A kind that differs from what users get only by a flag that they have to give.
    pub fn is_special(self) -> bool {
        match self {
            MachineKind::Interpreter(_) => false,
            MachineKind::Native(kind) => kind != Native::Fast,
            MachineKind::Object(signals) => !signals,
        }
    }

    /// Whether its host blocks every call once, and its memory lends no bytes. Results must not depend on it, so the
    /// kinds that users have to ask for are always so.
    pub fn is_on_trial(self) -> bool {
        self.is_special() || all_on_trial()
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
            MachineKind::Native(Native::Framed) => "native with registers in the frame",
            MachineKind::Object(true) => "object file",
            MachineKind::Object(false) => "object file without signals",
        }
    }

    /// The tool that runs programs like this, with its flags; none for object files, which are linked first, and for
    /// code that no flag asks for.
    pub fn command(self) -> Option<Command> {
        let (tool, flags): (&str, &[&str]) = match self {
            MachineKind::Interpreter(_) | MachineKind::Native(Native::Fast) if all_on_trial() => {
                ("vbc-trial", &["--engine", self.name()])
            }
            MachineKind::Interpreter(_) => ("vbc-run", &["--engine", self.name()]),
            MachineKind::Native(Native::Fast) => ("vbc-jit", &[]),
            MachineKind::Native(Native::Small) => ("vbc-jit", &["--opt", "size"]),
            MachineKind::Native(Native::Plain) => ("vbc-jit", &["--opt", "none"]),
            MachineKind::Native(Native::NoSignals) => ("vbc-jit", &["--no-signals"]),
            MachineKind::Native(Native::NoGuards) => ("vbc-jit", &["--no-guard-pages"]),
            MachineKind::Native(Native::Framed) | MachineKind::Object(_) => return None,
        };
        let mut command = Command::new(crate::program(tool));
        command.args(flags.iter().map(OsStr::new));
        Some(command)
    }
}

/// Whether `VBC_TRIAL` is set, which has everything run so.
fn all_on_trial() -> bool {
    std::env::var_os("VBC_TRIAL").is_some()
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
            Native::Framed => jit::Options {
                registers_in_frame: true,
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

/// A program that has been compiled.
pub enum CompiledProgram {
    /// In memory.
    Native(CompiledModule),
    /// As an object; whether it counts fuel.
    Object(bool, Vec<u8>),
}

/// An instance of a program.
pub enum TestMachine {
    /// The interpreter.
    Interpreter(Interpreter),
    /// Code in memory.
    Native(NativeInstance),
    /// Code of an object, the object, which it does not outlive, and the program, not all of which is in the object.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Object(ObjectInstance, crate::object::Loaded, Box<Program>),
}

/// Calls a method that all have.
macro_rules! each {
    ($machine:expr, $one:ident => $call:expr) => {
        match $machine {
            TestMachine::Interpreter($one) => $call,
            TestMachine::Native($one) => $call,
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            TestMachine::Object($one, ..) => $call,
        }
    };
}

impl TestMachine {
    /// An instance of `program`, which is compiled unless `code` has it from another one, given the same.
    ///
    /// # Errors
    ///
    /// Unknown imports, and what is beyond the limits.
    pub fn new(
        kind: MachineKind,
        program: &Program,
        mut given: Given,
        code: &mut Option<CompiledProgram>,
    ) -> Result<TestMachine, Errors> {
        if kind.is_on_trial() {
            given.host.trial = Trial {
                blocks: true,
                copies: true,
            };
        }
        match kind {
            MachineKind::Interpreter(engine) => {
                let config = Config {
                    plain_support: given.plain_support,
                    limits: given.limits,
                    dispatch: Some(engine),
                    canonical_nans: given.canonical_nans,
                    ..Config::default()
                };
                let interpreter = Interpreter::new(program.clone(), given.host, config);
                interpreter.map(TestMachine::Interpreter)
            }
            MachineKind::Native(native) => {
                let instance = match code {
                    Some(CompiledProgram::Native(code)) => {
                        code.instantiate(given.host, given.limits, given.plain_support)
                    }
                    _ => {
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
                *code = Some(CompiledProgram::Native(instance.compiled()));
                Ok(TestMachine::Native(instance))
            }
            MachineKind::Object(signals) => TestMachine::of_object(signals, program, given, code),
        }
    }

    /// An instance of `program` from an object. Support code runs as it is written in any case, and NaNs
    /// are always canonical.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    fn of_object(
        signals: bool,
        program: &Program,
        given: Given,
        code: &mut Option<CompiledProgram>,
    ) -> Result<TestMachine, Errors> {
        use crate::object::{Fault, Loaded};

        let metered = given.limits.fuel.is_some() || given.limits.timeout.is_some();
        let bytes = match code {
            Some(CompiledProgram::Object(same, bytes)) if *same == metered => &*bytes,
            _ => {
                let bytes = compile(signals, metered, program)?;
                match code.insert(CompiledProgram::Object(metered, bytes)) {
                    CompiledProgram::Object(_, bytes) => &*bytes,
                    CompiledProgram::Native(_) => unreachable!("an object has just been made"),
                }
            }
        };
        let loaded = Loaded::new(bytes).map_err(|fault| match fault {
            // Where other machines find no function of the host's, a linker finds no symbol.
            Fault::Undefined(names) => {
                let missing = names.into_iter().map(|name| {
                    let message = format!("undefined: {name}");
                    Diagnostic::error(&R0001, Place::Nowhere, message)
                });
                Errors(missing.collect())
            }
            Fault::Broken(reason) => panic!("the object is broken: {reason}"),
        })?;
        // SAFETY: the instance is dropped before the object.
        let instance = unsafe { ObjectInstance::new(loaded.image(), given.host, given.limits) };
        Ok(TestMachine::Object(
            instance?,
            loaded,
            Box::new(program.clone()),
        ))
    }

    #[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
    fn of_object(
        _: bool,
        _: &Program,
        _: Given,
        _: &mut Option<CompiledProgram>,
    ) -> Result<TestMachine, Errors> {
        unreachable!("objects cannot be loaded here")
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
        match self {
            TestMachine::Interpreter(one) => one.program(),
            TestMachine::Native(one) => one.program(),
            #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
            TestMachine::Object(.., program) => program,
        }
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

/// An object file of a program, every function of which can be called.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
fn compile(signals: bool, metered: bool, program: &Program) -> Result<Vec<u8>, Errors> {
    let target = Target {
        arch: Arch::X86_64,
        cpu: Vec::new(),
    };
    let compiler = Compiler::new(target)
        .deterministic()
        .with_debug()
        .with_entries(program.module().types.funcs().cloned())
        .with_options(|options| {
            options.signals = signals;
            options.metered = metered;
            options.threads = Some(1);
        });
    Ok(compiler.compile(program)?.bytes)
}
