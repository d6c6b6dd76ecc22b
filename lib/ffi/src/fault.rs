//! Says which native function it was when C ends the process by a fault.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::Once;

use libc::{SIGBUS, SIGFPE, SIGILL, SIGSEGV, siginfo_t};
use vbc_runtime::host::NativePlace;

/// The native function that a thread is in.
#[derive(Clone, Copy)]
pub(crate) struct Called {
    /// In words; empty when it is in none, or in a function of the program that the native one has called.
    words: *const CStr,
    /// Where code of a program notes those that it calls by their addresses; null when no such code runs.
    place: *const NativePlace,
}

thread_local! {
    static CALLED: Cell<Called> = const {
        Cell::new(Called {
            words: std::ptr::from_ref(c""),
            place: std::ptr::null(),
        })
    };
}

/// What was called before comes back when it is dropped, also after a panic.
pub(crate) struct Restore(Called);

impl Drop for Restore {
    fn drop(&mut self) {
        CALLED.set(self.0);
    }
}

impl Called {
    /// While the result lives, code runs that calls native functions by their addresses and notes them at `place`.
    pub(crate) fn by_address(place: *const NativePlace) -> Restore {
        let words = std::ptr::from_ref(c"");
        Restore(CALLED.replace(Called { words, place }))
    }

    /// What messages call it; empty when the thread is in none.
    fn words(&self) -> &CStr {
        // SAFETY: names live as long as the calls of their functions, and a place as long as the code that writes it
        // runs.
        unsafe {
            if self.place.is_null() || !(*self.words).is_empty() {
                return &*self.words;
            }
            let place = self.place.read();
            let name = match place.frame > NativePlace::STOPPED {
                true => *place.names.add(place.function as usize),
                false => std::ptr::null(),
            };
            match name.is_null() {
                true => c"",
                false => CStr::from_ptr(name),
            }
        }
    }
}

/// The faults, and what they are.
const FAULTS: [(c_int, &CStr); 4] = [
    (SIGSEGV, c"SIGSEGV, an invalid access to memory"),
    (SIGBUS, c"SIGBUS, an access to memory that is not there"),
    (SIGFPE, c"SIGFPE, a division that has no result"),
    (SIGILL, c"SIGILL, an instruction that does not exist"),
];

/// What the process did about each fault before.
static mut BEFORE: [MaybeUninit<libc::sigaction>; FAULTS.len()] =
    [const { MaybeUninit::uninit() }; FAULTS.len()];

/// Sees to it that faults in native functions are named from now on.
pub(crate) fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for (n, (signal, _)) in FAULTS.iter().enumerate() {
            // SAFETY: the action is filled as the system wants it; nobody reads what was before until it is there.
            unsafe {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = faulted as *const () as usize;
                action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
                libc::sigemptyset(&raw mut action.sa_mask);
                libc::sigaction(*signal, &raw const action, (&raw mut BEFORE[n]).cast());
            }
        }
    });
}

/// Has `work` done as part of the native function `called`, or of none.
pub(crate) fn during<T>(called: Option<&CStr>, work: impl FnOnce() -> T) -> T {
    let before = CALLED.get();
    let words = std::ptr::from_ref(called.unwrap_or(c""));
    let _restore = Restore(CALLED.replace(Called { words, ..before }));
    work()
}

/// The handler. What it says it writes at once, for nothing else may be done here.
unsafe extern "C" fn faulted(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Some(n) = FAULTS.iter().position(|fault| fault.0 == signal) else {
        return;
    };
    // SAFETY: `watch` has filled it before there could be a signal.
    let before = unsafe { (&raw const BEFORE[n]).cast::<libc::sigaction>().read() };
    let called = CALLED.get();
    let called = called.words();
    if called.is_empty() && before.sa_sigaction > libc::SIG_IGN {
        // It is the business of whoever was there before.
        // SAFETY: handlers have one of these two types, as their flags say.
        unsafe {
            if before.sa_flags & libc::SA_SIGINFO != 0 {
                let handler: extern "C" fn(c_int, *mut siginfo_t, *mut c_void) =
                    std::mem::transmute(before.sa_sigaction);
                handler(signal, info, context);
            } else {
                let handler: extern "C" fn(c_int) = std::mem::transmute(before.sa_sigaction);
                handler(signal);
            }
        }
        return;
    }
    if !called.is_empty() {
        for part in [
            c"error: ",
            called,
            c" has been stopped by ",
            FAULTS[n].1,
            c"\n",
        ] {
            // SAFETY: the bytes are those of a text.
            unsafe { libc::write(2, part.as_ptr().cast(), part.count_bytes()) };
        }
    }
    // The fault comes again when this returns, and takes the way that it would have taken.
    // SAFETY: the action is one that the process had before.
    unsafe { libc::sigaction(signal, &raw const before, std::ptr::null_mut()) };
}
