//! The ways in which users run a program: with a tool, or as an executable.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::machine::MachineKind;
use crate::program;

/// What a program is given, as the flags of the tools express it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Surroundings<'a> {
    /// `--dir`
    pub folders: &'a [OsString],
    /// `--env`: names of variables.
    pub variables: &'a [&'a str],
}

/// A program that can be run in one of the ways.
pub struct Way {
    kind: MachineKind,
    program: Program,
}

enum Program {
    /// A module, which the kind's tool runs.
    Module(PathBuf),
    Executable(PathBuf),
}

impl Way {
    /// All ways to run a module, a file whose folder takes what has to be made for them.
    ///
    /// # Panics
    ///
    /// If the module cannot be compiled or linked without a message.
    pub fn all(module: &Path) -> Vec<Way> {
        Way::of(&MachineKind::with_objects(), module)
    }

    /// The same for some kinds; those that no flag of a tool asks for are left out.
    ///
    /// # Panics
    ///
    /// As [`Way::all`].
    pub fn of(kinds: &[MachineKind], module: &Path) -> Vec<Way> {
        let one = |&kind: &MachineKind| {
            let program = match kind {
                MachineKind::Object(signals) => Program::Executable(executable(module, signals)),
                _ => {
                    kind.command()?;
                    Program::Module(module.to_owned())
                }
            };
            Some(Way { kind, program })
        };
        kinds.iter().filter_map(one).collect()
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.kind.name()
    }

    /// The command that runs the program; its arguments are to be added.
    pub fn command(&self, given: Surroundings<'_>) -> Command {
        match &self.program {
            Program::Executable(path) => {
                let mut command = Command::new(path);
                // What is not given must not come from the environment of the tests.
                command.env("VBC_DIR", given.folders.join(";".as_ref()));
                command.env("VBC_ENV", given.variables.join(","));
                command
            }
            Program::Module(path) => {
                let mut command = self.kind.command().expect("a tool that runs modules");
                for folder in given.folders {
                    command.arg("--dir").arg(folder);
                }
                for variable in given.variables {
                    command.args(["--env", variable]);
                }
                command.arg(path);
                command
            }
        }
    }
}

/// Compiles and links a module.
fn executable(module: &Path, signals: bool) -> PathBuf {
    let kind = if signals { "signals" } else { "checks" };
    let (object, executable) = (
        module.with_extension(format!("{kind}.o")),
        module.with_extension(kind),
    );
    let mut compile = Command::new(program("vbc-aot"));
    compile.arg(module).arg("-o").arg(&object);
    if !signals {
        compile.arg("--no-signals");
    }
    in_silence(&mut compile);
    let mut link = Command::new(program("vbc-link"));
    link.arg("--exe").arg(&object).arg("-o").arg(&executable);
    in_silence(&mut link);
    executable
}

/// Runs a command that must succeed and print nothing.
///
/// # Panics
///
/// If it does not.
pub fn in_silence(command: &mut Command) -> Output {
    let done = command.output().expect("the program starts");
    assert!(done.status.success(), "{command:?}: {done:?}");
    assert!(
        done.stdout.is_empty() && done.stderr.is_empty(),
        "{command:?}: {done:?}"
    );
    done
}
