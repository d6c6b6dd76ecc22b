//! The stack of the thread that runs code: where it ends, and how much of it must be left.

#![allow(unsafe_code, reason = "the system is asked for the thread's stack")]

use std::mem::MaybeUninit;
use std::ops::Range;

/// Bytes for the runtime's own functions: bulk instructions, and reports of traps.
const RUNTIME: usize = 64 << 10;

/// Bytes for a function of the host's or of C's, and the adapter to it.
const HOST: usize = 256 << 10;

thread_local! {
    /// The addresses of this thread's stack; none where the system does not tell.
    static STACK: Range<usize> = first_stack().or_else(own_stack).unwrap_or_default();
}

/// The lowest places at which the thread's stack may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Lowest {
    /// When code is entered.
    pub(super) entry: usize,
    /// When a function of the host is called.
    pub(super) host: usize,
}

impl Lowest {
    /// Those of this thread, which is on the stack with the address `here`. Of one that is not its own, such as a
    /// coroutine's, nobody knows where it ends, and there is no bound.
    pub(super) fn of_stack(here: usize) -> Lowest {
        let start = STACK.with(|stack| stack.contains(&here).then_some(stack.start));
        start.map_or(Lowest::default(), |start| Lowest {
            entry: start + RUNTIME,
            host: start + HOST,
        })
    }
}

/// The bytes below the first thread's stack that Linux leaves free for it at least, whatever its limit is.
const GAP: u64 = 128 << 20;

/// The addresses of the process's first thread's stack, if this is that thread and its limit is an ordinary one. The C
/// library would read the list of all mappings for them.
fn first_stack() -> Option<Range<usize>> {
    let mut limit = MaybeUninit::<libc::rlimit>::uninit();
    // SAFETY: the limit is read only once the system has filled it. What the kernel has put at the end of the stack, the
    // name of the program's file last, is there as long as the process.
    unsafe {
        if libc::getpid() != libc::gettid()
            || libc::getrlimit(libc::RLIMIT_STACK, limit.as_mut_ptr()) != 0
        {
            return None;
        }
        let limit = limit.assume_init().rlim_cur;
        let name = libc::getauxval(libc::AT_EXECFN) as *const libc::c_char;
        if limit > GAP || name.is_null() {
            return None;
        }
        let end = name.addr() + libc::strlen(name) + 1;
        let page = usize::try_from(libc::sysconf(libc::_SC_PAGESIZE)).ok()?;
        let end = end.checked_next_multiple_of(page)?;
        let stack = end.checked_sub(limit as usize)?..end;
        // A process that another thread has forked off has that one's.
        let here = &raw const name as usize;
        stack.contains(&here).then_some(stack)
    }
}

/// Asks the system for the addresses of this thread's stack, which takes a while.
fn own_stack() -> Option<Range<usize>> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut start, mut bytes) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are used only once the system has filled them, and given back afterwards.
    let status = unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let status =
            libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut start, &raw mut bytes);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        status
    };
    let start = start as usize;
    (status == 0).then_some(start..start.checked_add(bytes)?)
}
