//! The descriptors that the process was started with.
//!
//! Rust opens `/dev/null` for a standard descriptor that is closed before `main` begins, so that what is written there
//! would be lost without an error. A function among the initialisers of the process looks before that happens.

#![allow(
    unsafe_code,
    reason = "it runs before the standard library does, and calls the system"
)]

use std::io;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicU8, Ordering};

/// A bit for each standard descriptor that was closed.
static CLOSED: AtomicU8 = AtomicU8::new(0);

#[used]
#[cfg_attr(
    target_vendor = "apple",
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static LOOK: extern "C" fn() = look;

extern "C" fn look() {
    for number in 0..3 {
        // SAFETY: it only asks for flags of a number that may or may not be open.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } == -1 {
            CLOSED.fetch_or(1 << number, Ordering::Relaxed);
        }
    }
}

/// Opens `/dev/null` for each standard descriptor that is closed, as Rust does where `main` is Rust's: files that are
/// opened later must not get their numbers.
pub fn occupy_closed() {
    look();
    for number in 0..3 {
        if is_closed(number) {
            // SAFETY: the name is a string of C's. The lowest number that is free is this one.
            unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        }
    }
}

fn is_closed(number: RawFd) -> bool {
    (0..3).contains(&number) && CLOSED.load(Ordering::Relaxed) >> number & 1 != 0
}

/// Fails when standard descriptor `number` was closed when the process began.
///
/// # Errors
///
/// `EBADF`.
pub fn check_open(number: RawFd) -> io::Result<()> {
    match is_closed(number) {
        true => Err(io::Error::from_raw_os_error(libc::EBADF)),
        false => Ok(()),
    }
}
