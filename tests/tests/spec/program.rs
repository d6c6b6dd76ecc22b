//! Programs made of the modules of a script: lifted, linked, verified, running.

use std::sync::{Arc, LazyLock};

use vbc::asm::assemble_verified;
use vbc::diag::{Errors, Place};
use vbc::host::Host;
use vbc::interp::{Config, Interpreter};
use vbc::link::{self, Input};
use vbc::module::Kind;
use vbc::runtime::{Outcome, TrapReport, Value};
use vbc::verify::{Options, Verified};
use vbc::wasm::{self, WasmBackend};
use vbc_tests::conformance::{self, Setup, from_engine, to_engine};
use vbc_tests::machine::{MachineKind, TestMachine};
use vbc_tests::webassembly::{self, Instance};

use crate::rename::Imported;

/// Lifts and verifies a module.
///
/// # Errors
///
/// Lift's.
///
/// # Panics
///
/// When what was lifted is not valid: that is lift's fault, whatever the module.
pub fn lift(wasm: &[u8]) -> Result<Verified, Errors> {
    let options = vbc::lift::Options {
        threads: 1,
        ..Default::default()
    };
    let module = vbc::lift::lift("module.wasm", wasm, &options)?;
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let verified = Verified::new(module, &options);
    Ok(verified.unwrap_or_else(|rejected| panic!("lifted, but not valid: {rejected}")))
}

/// An object of the test environment, with the names that it provides.
struct Part {
    names: &'static [&'static str],
    object: Verified,
}

/// The test environment: memory, tables, and the rest.
static SPECTEST: LazyLock<[Part; 4]> = LazyLock::new(|| {
    let part = |names, text: &str| Part {
        names,
        object: assemble_verified(text.as_bytes(), "spectest.vitasm", &Default::default())
            .unwrap_or_else(|errors| panic!("{errors}")),
    };
    [
        part(
            &["memory"],
            include_str!("../../spec/spectest/memory.vitasm"),
        ),
        part(&["table"], include_str!("../../spec/spectest/table.vitasm")),
        part(
            &["table64"],
            include_str!("../../spec/spectest/table64.vitasm"),
        ),
        part(&[], include_str!("../../spec/spectest/rest.vitasm")),
    ]
});

/// The parts of the test environment that the modules of a program import.
fn environment<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'static Verified> {
    let parts = &*SPECTEST;
    let mut needed = [false; 4];
    for name in names {
        let at = parts.iter().position(|part| part.names.contains(&name));
        needed[at.unwrap_or(parts.len() - 1)] = true;
    }
    let needed = parts.iter().zip(needed).filter(|(_, needed)| *needed);
    needed.map(|(part, _)| &part.object).collect()
}

/// A module of a script on its way into programs.
pub struct Object {
    /// What comes before the names of its exports.
    pub prefix: String,
    /// The module.
    pub module: Verified,
    /// Its imports, as the script has them.
    pub imports: Vec<Imported>,
}

impl Object {
    /// Whether it brings the one memory that a program can have.
    pub fn has_memory(&self) -> bool {
        let spectest = |import: &Imported| import.module == "spectest" && import.name == "memory";
        !self.module.memories.is_empty() || self.imports.iter().any(spectest)
    }
}

/// What runs the programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// One of our own engines.
    Machine(MachineKind),
    /// wasmtime, after the program was made WebAssembly again; whether with a 64-bit memory.
    Wasmtime {
        /// See above.
        mem64: bool,
    },
}

/// A running program.
pub enum Program {
    /// On one of our own engines.
    Ours(Box<TestMachine>),
    /// In wasmtime.
    Translated {
        /// Where exports are looked up.
        program: Box<link::Program>,
        /// It as WebAssembly.
        wasm: Vec<u8>,
        /// The instance, once it is there.
        instance: Option<Instance>,
    },
}

impl Program {
    /// Links the objects, with the environment that they import, and makes an instance.
    ///
    /// # Errors
    ///
    /// What does not fit together, or is not there.
    pub fn new(objects: &[&Object], runner: Runner) -> Result<Program, Errors> {
        let imports = objects.iter().flat_map(|object| &object.imports);
        let spectest = imports.filter(|import| import.module == "spectest");
        let environment = environment(spectest.map(|import| import.name.as_str()));
        let modules: Vec<&Verified> = environment
            .into_iter()
            .chain(objects.iter().map(|object| &object.module))
            .collect();
        let linked = match modules[..] {
            [module] => module.clone(),
            _ => {
                let input = |(number, module): (usize, &&Verified)| Input {
                    name: Arc::from(format!("object {number}")),
                    module: (*module).clone(),
                };
                let inputs: Vec<Input> = modules.iter().enumerate().map(input).collect();
                link::link(&inputs, &Default::default())?
            }
        };
        let program = link::load("program", linked)?;
        Ok(match runner {
            Runner::Machine(kind) => {
                let machine = TestMachine::new(kind, &program, Default::default(), &mut None)?;
                Program::Ours(Box::new(machine))
            }
            Runner::Wasmtime { mem64 } => {
                // It is up to the host to report what cannot be linked.
                Interpreter::new(program.clone(), Host::default(), Config::default())?;
                let options = wasm::Options {
                    mem64,
                    export_all: true,
                    threads: 1,
                    ..wasm::Options::default()
                };
                let backend = WasmBackend::with_options(options);
                Program::Translated {
                    wasm: backend.compile_program("program", &program)?,
                    program: Box::new(program),
                    instance: None,
                }
            }
        })
    }

    /// Fills memory and tables, and runs start functions.
    ///
    /// # Errors
    ///
    /// How it ended, when it did not finish.
    pub fn start(&mut self) -> Result<(), Outcome> {
        match self {
            Program::Ours(machine) => machine.start(),
            Program::Translated { wasm, instance, .. } => {
                let (made, end) =
                    Instance::new(webassembly::Host::Wasmtime, wasm, &Setup::default());
                match outcome(end) {
                    Outcome::Finished(_) => {
                        *instance = Some(made);
                        Ok(())
                    }
                    other => Err(other),
                }
            }
        }
    }

    /// Whether nothing is left of it, because it trapped while it was instantiated.
    pub fn is_gone(&self) -> bool {
        match self {
            Program::Ours(_) => false,
            Program::Translated { instance, .. } => instance.is_none(),
        }
    }

    /// Calls an exported function; none when there is no such function.
    pub fn invoke(&mut self, name: &str, args: &[Value]) -> Option<Outcome> {
        let index = self.export(Kind::Func, name)?;
        Some(match self {
            Program::Ours(machine) => machine.invoke(index, args),
            Program::Translated { instance, .. } => {
                let args: Vec<_> = args.iter().map(|&value| from_engine(value)).collect();
                outcome(instance.as_mut()?.call(index, &args))
            }
        })
    }

    /// The value of an exported global.
    pub fn global(&self, name: &str) -> Option<Value> {
        let index = self.export(Kind::Global, name)?;
        match self {
            Program::Ours(machine) => machine.global(index),
            Program::Translated { instance, .. } => instance.as_ref()?.global(index).map(to_engine),
        }
    }

    fn export(&self, kind: Kind, name: &str) -> Option<u32> {
        let module = match self {
            Program::Ours(machine) => machine.program().module(),
            Program::Translated { program, .. } => program.module(),
        };
        let mut rows = module.exports.iter();
        let row =
            rows.find(|row| row.kind() == Some(kind) && module.strings.get(row.name) == name)?;
        Some(row.index)
    }
}

/// How a call in wasmtime ended, as the interpreter reports it.
fn outcome(end: conformance::Outcome) -> Outcome {
    match end {
        conformance::Outcome::Returned(values) => {
            Outcome::Finished(values.into_iter().map(to_engine).collect())
        }
        conformance::Outcome::Trapped(trap) => Outcome::Trapped(Box::new(TrapReport {
            trap,
            frames: Vec::new(),
            omitted: 0,
        })),
        other => panic!("{other:?}"),
    }
}

/// The codes of some errors, for messages and comparison.
pub fn codes(errors: &Errors) -> Vec<&'static str> {
    errors.0.iter().map(|error| error.code.id).collect()
}

/// The first error in one line.
pub fn first(errors: &Errors) -> String {
    match errors.0.first() {
        Some(error) => match &error.place {
            Place::Binary(place) if place.offset.is_some() => {
                format!("{error} (at {:#x})", place.offset.unwrap_or(0))
            }
            _ => error.to_string(),
        },
        None => "no error is given".to_owned(),
    }
}
