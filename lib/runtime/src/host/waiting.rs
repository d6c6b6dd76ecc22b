//! Waiting for descriptors of the system's, but not longer than a program may.

#![allow(unsafe_code, reason = "the system is called")]

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Instant;

/// Waits until one of the descriptors is ready for what the events of `poll` beside it say, or is
/// not going to be. False when `until` comes first. With no descriptors it only waits.
pub(super) fn wait_for_any(
    descriptors: &[(BorrowedFd<'_>, libc::c_short)],
    until: Option<Instant>,
) -> bool {
    let mut polls: Vec<libc::pollfd> = descriptors
        .iter()
        .map(|(fd, events)| libc::pollfd {
            fd: fd.as_raw_fd(),
            events: *events,
            revents: 0,
        })
        .collect();
    loop {
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        if let (Some(left), true) = (left, polls.is_empty()) {
            // More exact than milliseconds.
            std::thread::sleep(left);
            return false;
        }
        // At most a minute at a time, and not less than the time that is left.
        let wait = left.map_or(60_000, |left| {
            left.as_micros().div_ceil(1_000).min(60_000) as libc::c_int
        });
        // SAFETY: so many structures, which live as long as the call.
        match unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, wait) } {
            0 if left.is_some_and(|left| left.is_zero()) => return false,
            0 => {}
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return true,
        }
    }
}
