//! Native code in memory: compiles a program and runs it. `docs/codegen.md` describes how.
//!
//! ```
//! let text = "MAIN -> i64\n  LOAD_CONST a, 40\n  ADD a, a, 2\n  RETURN a\nEND\n";
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("main.vitasm");
//! # std::fs::write(&path, text).unwrap();
//! use vbc_runtime::Value;
//!
//! let module = vbc_core::module::Module::load(&path)?;
//! let compiled = vbc_native::jit::CraneliftBackend::new_default().compile_module(&module)?;
//! assert_eq!(compiled.run_entry("main", &[])?, [Value::I64(42)]);
//! # Ok::<(), vbc_runtime::engine::RunError>(())
//! ```

mod code;
mod debugger;
#[cfg(test)]
mod frames;
mod instance;

use std::sync::Arc;

pub use crate::codegen::{Optimise, Options, Shown, Stats, UNSUPPORTED};
pub use instance::{Config, NativeInstance};

use vbc_core::diag::Errors;
use vbc_core::module::Module;
use vbc_core::verify::Verified;
use vbc_linker::{Program, load};
use vbc_runtime::engine::{Loaded, RunError, find_function};
use vbc_runtime::guest::{BoundProgram, NativeRoutines};
use vbc_runtime::host::Host;
use vbc_runtime::{Limits, Value};

/// Compiles programs with Cranelift.
#[derive(Clone, Debug, Default)]
pub struct CraneliftBackend {
    options: Options,
}

impl CraneliftBackend {
    /// A compiler that makes fast code.
    pub fn new_default() -> CraneliftBackend {
        CraneliftBackend::default()
    }

    /// A compiler with these options.
    pub fn new(options: Options) -> CraneliftBackend {
        CraneliftBackend { options }
    }

    /// Verifies and compiles a module.
    ///
    /// # Errors
    ///
    /// Whatever the verifier finds, undefined symbols, unknown imports; what the code generator refuses.
    pub fn compile_module(&self, module: &Module) -> Result<CompiledModule, Errors> {
        let module = Verified::new(module.clone(), &Default::default())
            .map_err(|rejected| rejected.into_errors(&Arc::from("<module>")))?;
        let program = Arc::new(load("<module>", module)?);
        let mut host = Host::default();
        let bound = BoundProgram::new(program.clone(), &mut host, NativeRoutines::All)?;
        let compiled = instance::compile(&bound, &self.options, None)?;
        Ok(CompiledModule {
            program,
            options: self.options.clone(),
            compiled: Arc::new(compiled),
        })
    }
}

/// A compiled program, from which any number of instances can be made.
pub struct CompiledModule {
    program: Arc<Program>,
    options: Options,
    compiled: Arc<instance::LoadedCode>,
}

impl CompiledModule {
    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// What compiling took and produced.
    pub fn stats(&self) -> &Stats {
        &self.compiled.stats
    }

    /// Makes an instance. Nothing runs yet. Code for limits and host functions of other kinds than it
    /// was made for is made again. `plain_support` is as in [`Config`].
    ///
    /// # Errors
    ///
    /// Those of [`NativeInstance::new`].
    pub fn instantiate(
        &self,
        host: Host,
        limits: Limits,
        plain_support: bool,
    ) -> Result<NativeInstance, Errors> {
        let config = Config {
            options: self.options.clone(),
            limits,
            plain_support,
        };
        let program = self.program.clone();
        NativeInstance::with_code(program, host, config, Some(&self.compiled))
    }

    /// Runs function `name`, an export or a global symbol, in an instance of its own, which is given
    /// nothing but standard output.
    ///
    /// # Errors
    ///
    /// How the call ended, when it did not return.
    pub fn run_entry(&self, name: &str, args: &[Value]) -> Result<Vec<Value>, RunError> {
        let instance = self.instantiate(Host::default(), Limits::default(), false)?;
        Loaded::new(instance).invoke(name, args)
    }

    /// The index of the function that [`CompiledModule::run_entry`] would call.
    pub fn function(&self, name: &str) -> Option<u32> {
        find_function(&self.program, name)
    }
}
