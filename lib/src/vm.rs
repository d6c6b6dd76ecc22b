//! Running programs from Rust.

#![allow(unsafe_code, reason = "it passes on what engines promise")]

use std::path::Path;
use std::sync::Arc;

use crate::diag::codes::runtime::R0005;
use crate::diag::{Diagnostic, Errors, Place};
use crate::interp::{Config, Dispatch, Interpreter, Observer};
use crate::isa::FuncType;
use crate::link::{self, Program};
use crate::module::Module;
use crate::verify::Verified;
use vbc_core::open_file;
use vbc_runtime::engine::{Engine, Loaded, RunError};
use vbc_runtime::guest::Guest;
use vbc_runtime::host::{GuestMemory, Host, HostFunction};
use vbc_runtime::{Limits, Outcome, Value};

/// Runs a program.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("main.vitasm");
/// # std::fs::write(&path, "MAIN -> i32\n  LOAD_CONST.i32 a, 3\n  RETURN a\nEND\n").unwrap();
/// let mut vm = vbc::Vm::new();
/// vm.load_file(&path)?;
/// assert_eq!(vm.run()?, 3);
/// # Ok::<(), vbc::RunError>(())
/// ```
///
/// A function of the program is called by its name; after a trap the program can be called again,
/// and finds its memory and globals as they were left:
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("divide.vitasm");
/// # std::fs::write(&path, "FUNC divide(x, y)\n  DIV d, x, y\n  RETURN d\nEND\n").unwrap();
/// use vbc::{RunError, Vm, runtime::Value};
///
/// let mut vm = Vm::new();
/// vm.load_file(&path)?;
/// match vm.invoke("divide", &[Value::I64(1), Value::I64(0)]) {
///     Err(RunError::Trapped(report)) => assert_eq!(report.trap.message(), "integer divide by zero"),
///     other => panic!("{other:?}"),
/// }
/// assert_eq!(vm.invoke("divide", &[Value::I64(7), Value::I64(2)])?, [Value::I64(3)]);
/// # Ok::<(), RunError>(())
/// ```
#[derive(Default)]
pub struct Vm {
    host: Host,
    config: Config,
    #[cfg(feature = "jit")]
    native: Option<crate::jit::Options>,
    loaded: Option<Loaded<AnyEngine>>,
}

/// What runs the program.
enum AnyEngine {
    Interpreter(Interpreter),
    #[cfg(feature = "jit")]
    Native(crate::jit::NativeInstance),
}

impl AnyEngine {
    fn engine(&self) -> &dyn Engine {
        match self {
            AnyEngine::Interpreter(interpreter) => interpreter,
            #[cfg(feature = "jit")]
            AnyEngine::Native(native) => native,
        }
    }

    fn engine_mut(&mut self) -> &mut dyn Engine {
        match self {
            AnyEngine::Interpreter(interpreter) => interpreter,
            #[cfg(feature = "jit")]
            AnyEngine::Native(native) => native,
        }
    }
}

impl Engine for AnyEngine {
    fn guest(&self) -> &Guest {
        self.engine().guest()
    }

    unsafe fn guest_mut(&mut self) -> &mut Guest {
        // SAFETY: the caller's promise is the same.
        unsafe { self.engine_mut().guest_mut() }
    }

    fn fill(&mut self) -> Result<(), Outcome> {
        self.engine_mut().fill()
    }

    fn invoke(&mut self, index: u32, args: &[Value]) -> Outcome {
        self.engine_mut().invoke(index, args)
    }
}

impl Vm {
    /// A machine without a program. Programs get nothing but the process's standard output and
    /// standard error, and no bounds but those of memory and stack.
    pub fn new() -> Vm {
        Vm::default()
    }

    /// Sets what the next program that is loaded is given.
    pub fn with_host(mut self, host: Host) -> Vm {
        self.host = host;
        self
    }

    /// Sets the bounds of programs that are loaded from now on.
    pub fn with_limits(mut self, limits: Limits) -> Vm {
        self.config.limits = limits;
        self
    }

    /// Makes NaNs from arithmetic all the same. Clock and randomness are the host's business.
    pub fn with_canonical_nans(mut self) -> Vm {
        self.config.canonical_nans = true;
        self
    }

    /// Chooses how the interpreter goes from one cell to the next. Results do not depend on it.
    pub fn with_dispatch(mut self, dispatch: Dispatch) -> Vm {
        self.config.dispatch = Some(dispatch);
        self
    }

    /// Compiles programs that are loaded from now on to native code. Nobody can watch them then.
    ///
    /// A program then has a stack of its own, and its host functions have that of the thread: where less than 256 KiB of
    /// it are left, calling one traps (`call stack exhausted`).
    #[cfg(feature = "jit")]
    pub fn with_native_code(mut self, options: crate::jit::Options) -> Vm {
        self.native = Some(options);
        self
    }

    /// Watches the next program that is loaded.
    pub fn with_observer(mut self, observer: Observer) -> Vm {
        self.config.observer = Some(observer);
        self
    }

    /// Offers a host function to the next program that is loaded.
    ///
    /// ```
    /// use vbc::host::HostOutcome;
    /// use vbc::isa::{FuncType, ValType};
    /// use vbc::runtime::Value;
    ///
    /// let mut vm = vbc::Vm::new();
    /// let ty = FuncType::new(&[ValType::I64], &[ValType::I64]);
    /// vm.define("env", "twice", ty, Box::new(|call| {
    ///     if let Some(Value::I64(x)) = call.arg(0) {
    ///         call.set_result(0, Value::I64(x.wrapping_mul(2)));
    ///     }
    ///     HostOutcome::Done
    /// }));
    /// ```
    pub fn define(&mut self, module: &str, name: &str, ty: FuncType, function: HostFunction) {
        self.host.define(module, name, ty, function);
    }

    /// Loads a `.vitbc` or `.vitasm` file in place of what was loaded before.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file, or keeps it from being run here.
    pub fn load_file(&mut self, path: impl AsRef<Path>) -> Result<(), Errors> {
        let path = path.as_ref();
        let module = open_file(path)?;
        self.load_verified(&path.to_string_lossy(), module)
    }

    /// Loads a module in place of what was loaded before.
    ///
    /// # Errors
    ///
    /// Whatever the verifier finds, or keeps the module from being run here.
    pub fn load(&mut self, module: Module) -> Result<(), Errors> {
        let module = Verified::new(module, &Default::default())
            .map_err(|rejected| rejected.into_errors(&Arc::from("<module>")))?;
        self.load_verified("<module>", module)
    }

    /// Loads a module that has been verified; `name` is its name for messages.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from being run here: undefined symbols, unknown imports, sizes beyond the
    /// limits.
    pub fn load_verified(&mut self, name: &str, module: Verified) -> Result<(), Errors> {
        let program = link::load(name, module)?;
        self.loaded = None;
        let host = std::mem::take(&mut self.host);
        #[cfg(feature = "jit")]
        if let Some(options) = &self.native {
            let mut options = options.clone();
            options.canonical_nans |= self.config.canonical_nans;
            let config = crate::jit::Config {
                options,
                limits: self.config.limits.clone(),
                plain_support: false,
            };
            let native = crate::jit::NativeInstance::new(program, host, config)?;
            self.loaded = Some(Loaded::new(AnyEngine::Native(native)));
            return Ok(());
        }
        let config = Config {
            limits: self.config.limits.clone(),
            dispatch: self.config.dispatch,
            canonical_nans: self.config.canonical_nans,
            observer: self.config.observer.take(),
            ..Config::default()
        };
        let interpreter = Interpreter::new(program, host, config)?;
        self.loaded = Some(Loaded::new(AnyEngine::Interpreter(interpreter)));
        Ok(())
    }

    /// Runs the program from its entry. Returns its exit code: what the entry function returns, 0
    /// when it returns nothing, or what the program ended itself with.
    ///
    /// # Errors
    ///
    /// R0005 when nothing is loaded, or it has no entry; otherwise how it ended without an exit
    /// code.
    pub fn run(&mut self) -> Result<i32, RunError> {
        self.loaded_mut()?.run()
    }

    /// Calls the function that is exported as `name`, or has the global symbol `name`.
    ///
    /// # Errors
    ///
    /// R0005 when nothing is loaded, R0006 or R0007 when there is no such function or the arguments do not fit it;
    /// otherwise how the call ended.
    pub fn invoke(&mut self, name: &str, args: &[Value]) -> Result<Vec<Value>, RunError> {
        self.loaded_mut()?.invoke(name, args)
    }

    fn loaded_mut(&mut self) -> Result<&mut Loaded<AnyEngine>, Errors> {
        self.loaded.as_mut().ok_or_else(nothing)
    }

    /// Whether the program has an entry function.
    pub fn has_entry(&self) -> bool {
        self.loaded.as_ref().is_some_and(Loaded::has_entry)
    }

    /// The index of the function that [`Vm::invoke`] would call.
    ///
    /// # Errors
    ///
    /// R0005 when nothing is loaded, R0006 when there is none.
    pub fn function(&self, name: &str) -> Result<u32, Errors> {
        self.loaded.as_ref().ok_or_else(nothing)?.function(name)
    }

    /// The type of function `index` of the program.
    pub fn function_type(&self, index: u32) -> Option<&FuncType> {
        self.loaded.as_ref()?.engine().function_type(index)
    }

    /// The program that is loaded.
    pub fn program(&self) -> Option<&Program> {
        Some(self.loaded.as_ref()?.engine().program())
    }

    /// The memory of the program that is loaded, to be read and written, if it has one.
    pub fn memory_mut(&mut self) -> Option<GuestMemory<'_>> {
        self.loaded.as_mut()?.engine_mut().memory_mut()
    }

    /// The interpreter that runs the program.
    pub fn interpreter(&mut self) -> Option<&mut Interpreter> {
        match self.loaded.as_mut()?.engine_mut() {
            AnyEngine::Interpreter(interpreter) => Some(interpreter),
            #[cfg(feature = "jit")]
            AnyEngine::Native(_) => None,
        }
    }

    /// The native code that runs the program.
    #[cfg(feature = "jit")]
    pub fn native(&mut self) -> Option<&mut crate::jit::NativeInstance> {
        match self.loaded.as_mut()?.engine_mut() {
            AnyEngine::Interpreter(_) => None,
            AnyEngine::Native(native) => Some(native),
        }
    }
}

fn nothing() -> Errors {
    Diagnostic::error(&R0005, Place::Nowhere, "no module is loaded").into()
}
