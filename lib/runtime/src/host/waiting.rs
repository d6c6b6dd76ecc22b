//! Waiting, which is done here and nowhere else (`docs/host.md`, *Waiting*).

#![allow(unsafe_code, reason = "the system is called")]

use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Instant;

use super::{HostOutcome, Waker};
use crate::Stop;
use vbc_core::isa::Trap;

/// What a descriptor of the system's is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// It has something to read, or is at its end.
    Read,
    /// It has room for what is written.
    Write,
}

impl Readiness {
    /// The events of the system's `poll`.
    fn events(self) -> libc::c_short {
        match self {
            Readiness::Read => libc::POLLIN,
            Readiness::Write => libc::POLLOUT,
        }
    }
}

/// What a host function waits for that answers [`HostOutcome::Block`]. The first that comes ends the wait. One that
/// names nothing could not end, and traps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wait {
    /// Descriptors of the system's. One that is not open, or fails, counts as ready: the function finds out.
    pub fds: Vec<(RawFd, Readiness)>,
    /// A moment. One in the past is there at once.
    pub until: Option<Instant>,
    /// Somebody outside who knows.
    pub external: Option<Waker>,
}

impl Wait {
    /// For one descriptor.
    pub fn for_fd(fd: RawFd, readiness: Readiness) -> Wait {
        Wait {
            fds: vec![(fd, readiness)],
            ..Wait::default()
        }
    }

    /// For a moment.
    pub fn until(moment: Instant) -> Wait {
        Wait {
            until: Some(moment),
            ..Wait::default()
        }
    }

    /// For somebody outside.
    pub fn for_waker(waker: Waker) -> Wait {
        Wait {
            external: Some(waker),
            ..Wait::default()
        }
    }

    fn is_nothing(&self) -> bool {
        self.fds.is_empty() && self.until.is_none() && self.external.is_none()
    }

    /// Waits, at most until the program's time is up.
    ///
    /// # Errors
    ///
    /// Why the program does not go on: its time is up, or nothing is waited for.
    pub(super) fn end(&self, deadline: Option<Instant>) -> Result<(), Stop> {
        if self.is_nothing() {
            return Err(Trap::HostFault.into());
        }
        let mut fds = self.fds.clone();
        fds.extend(
            self.external
                .iter()
                .map(|waker| (waker.fd(), Readiness::Read)),
        );
        let until = [self.until, deadline].into_iter().flatten().min();
        if wait_for_any(&fds, until)
            && let Some(waker) = &self.external
        {
            waker.take();
        }
        match is_past(deadline) {
            true => Err(Stop::TimedOut),
            false => Ok(()),
        }
    }
}

impl From<Wait> for HostOutcome {
    fn from(wait: Wait) -> HostOutcome {
        HostOutcome::Block(Box::new(wait))
    }
}

/// Whether there is such a moment and it is not in the future.
pub(super) fn is_past(moment: Option<Instant>) -> bool {
    moment.is_some_and(|moment| Instant::now() >= moment)
}

/// Whether a descriptor is ready now, or is never going to be.
pub(super) fn is_ready(fd: &impl AsRawFd, readiness: Readiness) -> bool {
    wait_for_any(&[(fd.as_raw_fd(), readiness)], Some(Instant::now()))
}

/// Waits until one of the descriptors is ready, or is not going to be. False when `until` comes first. With no
/// descriptors it only waits.
pub(super) fn wait_for_any(descriptors: &[(RawFd, Readiness)], until: Option<Instant>) -> bool {
    let mut polls: Vec<libc::pollfd> = descriptors
        .iter()
        .map(|&(fd, readiness)| libc::pollfd {
            fd,
            events: readiness.events(),
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
        // SAFETY: that many structures, which live as long as the call.
        match unsafe { libc::poll(polls.as_mut_ptr(), polls.len() as libc::nfds_t, wait) } {
            0 if left.is_some_and(|left| left.is_zero()) => return false,
            0 => {}
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return true,
        }
    }
}

/// Makes reading and writing return `WouldBlock` instead of waiting, for everybody who has the same open file.
pub(super) fn do_not_wait(fd: &impl AsRawFd) -> io::Result<()> {
    let fd = fd.as_raw_fd();
    // SAFETY: it only asks for flags of a descriptor.
    let flags = unsafe { libc::fcntl(fd, libc::F_GETFL) };
    // SAFETY: it only sets flags of a descriptor.
    match flags == -1 || unsafe { libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK) } == -1 {
        true => Err(io::Error::last_os_error()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{PipeReader, PipeWriter, Write};
    use std::time::Duration;

    fn pipe() -> (PipeReader, PipeWriter) {
        io::pipe().expect("a pipe")
    }

    fn soon() -> Option<Instant> {
        Some(Instant::now() + Duration::from_millis(20))
    }

    #[test]
    fn the_first_that_comes_ends_a_wait() {
        let (reader, mut writer) = pipe();
        let mut wait = Wait::for_fd(reader.as_raw_fd(), Readiness::Read);
        assert_eq!(wait.end(soon()), Err(Stop::TimedOut));
        wait.until = soon();
        assert_eq!(wait.end(None), Ok(()));
        wait.until = None;
        writer.write_all(b"x").expect("room");
        assert_eq!(wait.end(None), Ok(()));
        let waker = Waker::new().expect("a waker");
        let thread = std::thread::spawn({
            let waker = waker.clone();
            move || waker.wake()
        });
        assert_eq!(Wait::for_waker(waker).end(None), Ok(()));
        thread.join().expect("it wakes");
    }

    #[test]
    fn waking_counts_once_and_before_the_wait() {
        let waker = Waker::new().expect("a waker");
        (0..100_000).for_each(|_| waker.wake());
        let wait = Wait::for_waker(waker);
        assert_eq!(wait.end(None), Ok(()));
        assert_eq!(wait.end(soon()), Err(Stop::TimedOut));
    }

    #[test]
    fn nothing_is_not_waited_for() {
        assert_eq!(Wait::default().end(None), Err(Trap::HostFault.into()));
    }

    #[test]
    fn moments_in_the_past_are_there_unless_the_time_is_up() {
        let now = Some(Instant::now());
        assert_eq!(Wait::until(Instant::now()).end(None), Ok(()));
        let late = Wait::until(Instant::now()).end(now);
        assert_eq!(late, Err(Stop::TimedOut));
    }
}
