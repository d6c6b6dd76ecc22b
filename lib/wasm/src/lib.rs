//! From VITBC to WebAssembly.
//!
//! [`WasmBackend`] turns a program into a module that any engine for 64-bit WebAssembly runs.
//! `docs/wasm.md` describes what becomes of each part.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod blocks;
mod coalesce;
mod code;
mod dwarf;
mod effects;
mod emitter;
mod environment;
mod expressions;
mod function;
mod graph;
mod host;
mod instruction;
mod irreducible;
mod liveness;
mod locals;
mod module;
mod names;
mod operands;
mod plan;
mod segments;
mod structure;
mod trees;
mod wasi;

use std::sync::Arc;

use wasmparser::{Validator, WasmFeatures};

use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::{ManagedOp, Op};
use vbc_core::module::native::first_import;
use vbc_core::module::{Module, NameSpace};
use vbc_core::verify::Verified;
use vbc_linker::{Program, load};
use vbc_runtime::host::check_import;

use function::{MOST_BYTES, MOST_LOCALS, TooLarge};
use vbc_core::diag::codes::wasm::{W0101, W0102, W0103, W0104};

/// Instructions that have no counterpart in WebAssembly yet.
pub const UNSUPPORTED: &[Op] = ManagedOp::ALL;

/// How to make WebAssembly.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Makes a library, whose `_initialize` the host calls first, and not a command with `_start`.
    pub reactor: bool,
    /// Uses the program's memory for the calls of WASI, too.
    pub single_memory: bool,
    /// Leaves native functions to whoever instantiates the module, as imports in which pointers are i64.
    pub keep_native: bool,
    /// Gives a program whose addresses are i32 a memory whose addresses are i64.
    pub mem64: bool,
    /// Leaves names out.
    pub strip: bool,
    /// Adds files, lines and functions for debuggers.
    pub debug: bool,
    /// Lets registers share locals in every function, not only in those that have many: what they hold at different
    /// times then has no name for debuggers.
    pub share_locals: bool,
    /// Makes clocks and randomness of `vbc1` and NaNs from arithmetic the same in every run.
    pub deterministic: bool,
    /// Where deterministic random numbers begin.
    pub seed: u64,
    /// Exports every function, global and the memory as `func#0`, `global#0`, `memory#0`, by their indexes.
    pub export_all: bool,
    /// Threads to use; 0 stands for as many as there are processors.
    pub threads: usize,
}

/// Turns programs into WebAssembly.
///
/// ```
/// let text = b"MAIN\n  LOAD_CONST r0, 5\n  PRINT r0\nEND\n";
/// let module = vbc_core::asm::assemble(text, "five.vitasm", &Default::default())?;
/// let wasm = vbc_lowering::WasmBackend::new().compile(&module)?;
/// assert!(wasm.starts_with(b"\0asm"));
/// # Ok::<(), vbc_core::diag::Errors>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct WasmBackend {
    options: Options,
}

impl WasmBackend {
    /// A back end that makes commands with names.
    pub fn new() -> WasmBackend {
        WasmBackend::default()
    }

    /// Sets how to make them.
    pub fn with_options(options: Options) -> WasmBackend {
        WasmBackend { options }
    }

    /// Verifies a module and makes WebAssembly from it.
    ///
    /// # Errors
    ///
    /// What the verifier finds, and as [`WasmBackend::compile_program`].
    pub fn compile(&self, module: &Module) -> Result<Vec<u8>, Errors> {
        let name = Arc::from("<module>");
        let module = Verified::new(module.clone(), &Default::default())
            .map_err(|rejected| rejected.into_errors(&name))?;
        self.compile_verified("<module>", module)
    }

    /// Makes WebAssembly from a module that has been verified; `name` is its name for messages.
    ///
    /// # Errors
    ///
    /// When symbols are undefined or the data do not fit the memory, and as
    /// [`WasmBackend::compile_program`].
    pub fn compile_verified(&self, name: &str, module: Verified) -> Result<Vec<u8>, Errors> {
        self.compile_program(name, &load(name, module)?)
    }

    /// Makes WebAssembly from a program that is ready to run; `name` is its name for messages.
    ///
    /// # Errors
    ///
    /// When `vbc1` has no such function (R0001, R0002), and when WebAssembly has no room for the program or a
    /// name is taken (W0101 to W0103).
    pub fn compile_program(&self, name: &str, program: &Program) -> Result<Vec<u8>, Errors> {
        let place = Place::File(Arc::from(name));
        program.without_managed()?;
        check_imports(program, &self.options)?;
        let bytes = module::encode(program, &self.options)
            .map_err(|fault| fault.explain(program.module(), &place))?;
        validate(&bytes, &place)?;
        Ok(bytes)
    }
}

/// The text form of a module that [`WasmBackend`] made.
///
/// # Errors
///
/// W0103 when it is not one.
#[cfg(feature = "text")]
pub fn print(wasm: &[u8]) -> Result<String, Errors> {
    wasmprinter::print_bytes(wasm)
        .map_err(|error| Diagnostic::error(&W0103, Place::Nowhere, error.to_string()).into())
}

/// Why a program cannot be expressed.
enum Fault {
    /// A function is too large.
    TooLarge(u32, TooLarge),
    /// The program exports something else under a name that is needed.
    Export(&'static str),
    /// There is no debug information for it.
    Debug(String),
}

impl Fault {
    fn explain(self, module: &Module, place: &Place) -> Diagnostic {
        let (code, message) = match self {
            Fault::TooLarge(function, fault) => {
                let name = module.display_name(NameSpace::Func, function);
                let message = match fault {
                    TooLarge::Locals(count) => {
                        format!(
                            "function `{name}` needs {count} locals, and WebAssembly has {MOST_LOCALS}"
                        )
                    }
                    TooLarge::Bytes(count) => {
                        format!(
                            "function `{name}` becomes {count} bytes, and WebAssembly has {MOST_BYTES}"
                        )
                    }
                };
                (&W0101, message)
            }
            Fault::Export(name) => {
                let message =
                    format!("the export `{name}` is in the way of the one that the result needs");
                (&W0102, message)
            }
            Fault::Debug(message) => (&W0103, format!("no debug information: {message}")),
        };
        Diagnostic::error(code, place.clone(), message)
    }
}

/// What `vbc1` does not have is an error here, because the result is without that module.
fn check_imports(program: &Program, options: &Options) -> Result<(), Errors> {
    let module = program.module();
    if let Some(function) = first_import(module)
        && !options.keep_native
    {
        let message = format!("WebAssembly cannot call native functions, such as {function}");
        let help = "with --keep-native they are imports, which the host has to satisfy";
        let error = Diagnostic::error(&W0104, Place::Nowhere, message);
        return Err(error.with_help(help).into());
    }
    let rows = module.imports.iter();
    let errors: Vec<Diagnostic> = rows
        .filter(|row| module.strings.get(row.module) == plan::HOST)
        .filter_map(|row| check_import(module, row))
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Errors(errors)),
    }
}

/// The features that the result may use.
fn features() -> WasmFeatures {
    WasmFeatures::WASM2
        | WasmFeatures::TAIL_CALL
        | WasmFeatures::MEMORY64
        | WasmFeatures::MULTI_MEMORY
        | WasmFeatures::EXTENDED_CONST
}

fn validate(bytes: &[u8], place: &Place) -> Result<(), Errors> {
    let Err(error) = Validator::new_with_features(features()).validate_all(bytes) else {
        return Ok(());
    };
    let message = error.message();
    let message = format!("{message} (at offset 0x{:x} of the result)", error.offset());
    Err(Diagnostic::error(&W0103, place.clone(), message).into())
}
