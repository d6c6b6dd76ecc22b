//! An instance of the program, and how its calls end.

use std::cell::Cell;
use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr::NonNull;

use vbc_core::diag::Errors;
use vbc_core::storage::{End, set_end};
use vbc_native::ObjectInstance;
use vbc_native::image::Image;
use vbc_runtime::Outcome;
use vbc_runtime::OutputFailure;
use vbc_sandbox::{Mode, Sandbox, refusal};

use crate::environment;

/// How a call ended, as C sees it.
pub(crate) mod status {
    use std::ffi::c_int;

    pub(crate) const OK: c_int = 0;
    pub(crate) const TRAP: c_int = 1;
    pub(crate) const EXIT: c_int = 2;
    pub(crate) const FUEL: c_int = 3;
    pub(crate) const TIME: c_int = 4;
    pub(crate) const OUTPUT: c_int = 5;
    pub(crate) const INVALID: c_int = 6;
}

/// The exit codes that the tools have for the same ends.
mod exit {
    use std::ffi::c_int;

    pub(super) const NO: c_int = 1;
    pub(super) const LIMIT: c_int = 124;
    pub(super) const TRAP: c_int = 134;
}

/// Whose process a program runs in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Process {
    /// Its own: `main` does nothing else.
    Own,
    /// That of a C program.
    Foreign,
}

impl Process {
    /// Has the kernel bound the process. Somebody else's is not the program's to bound.
    fn enter(self, mode: Mode, sandbox: Sandbox) -> Result<(), Errors> {
        match (self, mode) {
            (Process::Own, mode) => sandbox.enter(mode).map(drop),
            (Process::Foreign, Mode::Must) => Err(refusal("the process is not the program's own")),
            (Process::Foreign, Mode::Try) => Ok(()),
        }
    }
}

/// What C knows as `vbcrt_instance`.
pub struct Instance {
    pub(crate) object: ObjectInstance,
    /// The program's name in messages.
    name: String,
    /// About the end of the last call.
    pub(crate) message: CString,
    pub(crate) exit_code: c_int,
    pub(crate) running: Cell<bool>,
}

/// The words of `argv`.
///
/// # Safety
///
/// `argc` strings of C's lie at `argv`.
unsafe fn words(argc: c_int, argv: *const *const c_char) -> Vec<Vec<u8>> {
    let count = usize::try_from(argc).unwrap_or(0);
    (0..count)
        .map(|n| {
            // SAFETY: as the caller promises.
            unsafe { CStr::from_ptr(*argv.add(n)).to_bytes().to_vec() }
        })
        .collect()
}

/// The program's name in messages: the last part of its path.
fn short_name(args: &[Vec<u8>]) -> String {
    let path = args.first().map_or(&b"program"[..], |word| &word[..]);
    let last = path.rsplit(|&byte| byte == b'/').next().unwrap_or(path);
    String::from_utf8_lossy(last).into_owned()
}

impl Instance {
    /// An instance whose initialisers have run; otherwise what is to be reported, and the exit
    /// code.
    ///
    /// # Safety
    ///
    /// The image is that of an object that is linked with this library; `argc` strings lie at `argv`.
    pub(crate) unsafe fn new(
        image: &'static Image,
        argc: c_int,
        argv: *const *const c_char,
        process: Process,
    ) -> Result<Box<Instance>, (String, c_int)> {
        // SAFETY: as the caller promises.
        let args = unsafe { words(argc, argv) };
        let name = short_name(&args);
        let words = format!("{name}: out of memory\n");
        set_end(End {
            system: words.as_str().into(),
            limit: words.into(),
            tidy_up: || {},
        });
        let usage = |reason: String| (format!("{name}: {reason}\n"), 2);
        let refused = |errors: Errors| (format!("{errors}\n"), exit::NO);
        let limits = environment::limits().map_err(usage)?;
        let deterministic = ObjectInstance::is_deterministic(image);
        let mode = environment::sandbox().map_err(usage)?;
        let mut sandbox = mode.map(|_| Sandbox::new());
        let mut host = environment::host(args, deterministic, sandbox.as_mut()).map_err(usage)?;
        // SAFETY: as the caller promises.
        if let Some(natives) = unsafe { ObjectInstance::natives(image) } {
            // Who has linked the libraries with the program has permitted them.
            host.permit(natives.map_err(refused)?);
            if let Some(sandbox) = &mut sandbox {
                sandbox.allow_executable_memory();
            }
        }
        if let Some((mode, sandbox)) = mode.zip(sandbox) {
            process.enter(mode, sandbox).map_err(refused)?;
        }
        // SAFETY: as the caller promises.
        let object = unsafe { ObjectInstance::new(image, host, limits) };
        let object = object.map_err(refused)?;
        let mut instance = Box::new(Instance {
            object,
            name,
            message: CString::default(),
            exit_code: 0,
            running: Cell::new(false),
        });
        let address = NonNull::from(&mut *instance).cast();
        instance.object.set_foreign_instance(address);
        instance.running.set(true);
        let started = instance.object.start();
        instance.running.set(false);
        match started {
            Ok(()) => Ok(instance),
            Err(outcome) => {
                instance.note(Err(outcome));
                let message = instance.message.to_string_lossy().into_owned();
                Err((message, instance.exit_code))
            }
        }
    }

    /// Notes how a call ended; returns the status.
    pub(crate) fn note(&mut self, ended: Result<(), Outcome>) -> c_int {
        let flushed = self.object.host().services.flush();
        let name = &self.name;
        let (status, code, message) = match (ended, flushed) {
            (Err(Outcome::OutputFailed(failure)), _) => output_failed(&failure),
            (_, Err(failure)) if failure.late => timed_out(name),
            (_, Err(failure)) => output_failed(&failure),
            (Ok(()) | Err(Outcome::Finished(_)), _) => (status::OK, 0, String::new()),
            (Err(Outcome::Exited(code)), _) => (status::EXIT, code & 0xff, String::new()),
            (Err(Outcome::Trapped(report)), _) => {
                let text = report.text(name, environment::names());
                (status::TRAP, exit::TRAP, text)
            }
            (Err(Outcome::OutOfFuel), _) => {
                let message = format!("{name}: the program ran out of fuel\n");
                (status::FUEL, exit::LIMIT, message)
            }
            (Err(Outcome::TimedOut), _) => timed_out(name),
        };
        self.exit_code = code;
        self.message = CString::new(message.replace('\0', "")).unwrap_or_default();
        status
    }
}

fn timed_out(name: &str) -> (c_int, c_int, String) {
    let message = format!("{name}: the program ran out of time\n");
    (status::TIME, exit::LIMIT, message)
}

/// Nobody reads it any more: that is not an error.
fn output_failed(failure: &OutputFailure) -> (c_int, c_int, String) {
    if failure.closed {
        return (status::OUTPUT, 0, String::new());
    }
    let message = format!(
        "error[C0009]: cannot write the output: {}\n  --> <stdout>\n",
        failure.reason
    );
    (status::OUTPUT, exit::NO, message)
}
