//! Says which native function it was when C ends the process by a fault.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};
use std::mem::MaybeUninit;
use std::sync::Once;

use libc::{SIGBUS, SIGFPE, SIGILL, SIGSEGV, siginfo_t};

thread_local! {
    /// The native function that the thread is in, in words; null when it is in none, or in a function of the program that
    /// the native one has called.
    static CALLED: Cell<*const CStr> = const { Cell::new(std::ptr::from_ref(c"")) };
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
    /// Also when `work` panics.
    struct Restore(*const CStr);
    impl Drop for Restore {
        fn drop(&mut self) {
            CALLED.set(self.0);
        }
    }
    let _restore = Restore(CALLED.replace(called.unwrap_or(c"")));
    work()
}

/// The handler. What it says it writes at once, for nothing else may be done here.
unsafe extern "C" fn faulted(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    let Some(n) = FAULTS.iter().position(|fault| fault.0 == signal) else {
        return;
    };
    // SAFETY: `watch` has filled it before there could be a signal; the name lives as long as the call of its function.
    let (before, called) = unsafe {
        (
            (&raw const BEFORE[n]).cast::<libc::sigaction>().read(),
            &*CALLED.get(),
        )
    };
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
