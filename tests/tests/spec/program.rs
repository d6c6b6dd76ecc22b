//! Programs made of the modules of a script: lifted, linked, verified, running.

use std::sync::{Arc, LazyLock};

use vbc::asm::assemble_verified;
use vbc::diag::{Errors, Place};
use vbc::link::{self, Input};
use vbc::module::Kind;
use vbc::runtime::{Outcome, Value};
use vbc::verify::{Options, Verified};
use vbc_tests::machine::{Machine, MachineKind};

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
    /// What stands before the names of its exports.
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

/// A running program.
pub struct Program {
    machine: Machine,
}

impl Program {
    /// Links the objects, with the environment that they import, and makes an instance.
    ///
    /// # Errors
    ///
    /// What does not fit together, or is not there.
    pub fn new(objects: &[&Object], kind: MachineKind) -> Result<Program, Errors> {
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
        let machine = Machine::new(kind, &program, Default::default(), &mut None)?;
        Ok(Program { machine })
    }

    /// Fills memory and tables, and runs start functions.
    ///
    /// # Errors
    ///
    /// How it ended, when it did not finish.
    pub fn start(&mut self) -> Result<(), Outcome> {
        self.machine.start()
    }

    /// Calls an exported function; none when there is no such function.
    pub fn invoke(&mut self, name: &str, args: &[Value]) -> Option<Outcome> {
        let index = self.export(Kind::Func, name)?;
        Some(self.machine.invoke(index, args))
    }

    /// The value of an exported global.
    pub fn global(&self, name: &str) -> Option<Value> {
        let index = self.export(Kind::Global, name)?;
        self.machine.global(index)
    }

    fn export(&self, kind: Kind, name: &str) -> Option<u32> {
        let module = self.machine.program().module();
        let mut rows = module.exports.iter();
        let row =
            rows.find(|row| row.kind() == Some(kind) && module.strings.get(row.name) == name)?;
        Some(row.index)
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
