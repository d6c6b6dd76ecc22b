//! Standard streams of a program.

#![allow(unsafe_code, reason = "the system is called")]

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::time::Instant;

use super::waiting::wait_for_any;

use crate::OutputFailure;
use vbc_core::descriptors;

/// Where a program's output goes.
pub enum Sink {
    /// A writer of the embedder's. Waiting for it is not bounded by a time limit.
    Writer(Box<dyn Write + Send>),
    /// The process's standard output. Waiting for its reader ends with the program's time.
    Stdout,
    /// The process's standard error. Waiting as for standard output.
    Stderr,
}

impl Sink {
    /// Writes all of `bytes`.
    ///
    /// # Errors
    ///
    /// The system's; `TimedOut` when `deadline` came first.
    pub(super) fn write_all(&mut self, bytes: &[u8], deadline: Option<Instant>) -> io::Result<()> {
        match self {
            Sink::Writer(writer) => {
                writer.write_all(bytes)?;
                writer.flush()
            }
            // Nothing can go wrong with nothing.
            _ if bytes.is_empty() => Ok(()),
            // Past the standard library's buffer, which would hide errors until the process ends.
            Sink::Stdout => {
                descriptors::check_open(libc::STDOUT_FILENO)?;
                write_all(io::stdout().as_fd(), bytes, deadline)
            }
            Sink::Stderr => {
                descriptors::check_open(libc::STDERR_FILENO)?;
                write_all(io::stderr().as_fd(), bytes, deadline)
            }
        }
    }
}

/// Bytes that are written between two looks at the clock, where nothing has to be waited for.
const PIECE: usize = 1 << 20;

/// So many bytes go into a pipe without waiting when `poll` says that it can be written.
const ATOMIC: usize = 4096;

fn write_all(fd: BorrowedFd<'_>, bytes: &[u8], deadline: Option<Instant>) -> io::Result<()> {
    let mut left = bytes;
    let mut next_look = PIECE;
    while !left.is_empty() {
        if bytes.len() - left.len() >= next_look {
            next_look += PIECE;
            if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        let mut piece = left;
        if deadline.is_some() {
            piece = &left[..left.len().min(ATOMIC)];
            if !wait_for_any(&[(fd, libc::POLLOUT)], deadline) {
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
        // SAFETY: the bytes live as long as the call, which reads so many of them.
        let count = unsafe { libc::write(fd.as_raw_fd(), piece.as_ptr().cast(), piece.len()) };
        match usize::try_from(count) {
            Ok(count) => left = left.get(count..).unwrap_or_default(),
            Err(_) => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                // Somebody has made it so that it does not wait.
                error if error.kind() == io::ErrorKind::WouldBlock => {
                    if !wait_for_any(&[(fd, libc::POLLOUT)], deadline) {
                        return Err(io::ErrorKind::TimedOut.into());
                    }
                }
                error => return Err(error),
            },
        }
    }
    Ok(())
}

/// Bytes that are written when there are this many.
const BUFFER: usize = 32 << 10;

/// Buffered output.
pub(super) struct Output {
    sink: Sink,
    buffer: Vec<u8>,
    /// Writes whenever a line ends: somebody is watching.
    by_line: bool,
    failure: Option<OutputFailure>,
}

impl Output {
    pub(super) fn new(sink: Sink, by_line: bool) -> Output {
        Output {
            sink,
            buffer: Vec::new(),
            by_line,
            failure: None,
        }
    }

    /// Takes `bytes`. False when output has failed, now or before.
    pub(super) fn write(&mut self, bytes: &[u8], deadline: Option<Instant>) -> bool {
        if self.buffer.len() + bytes.len() > BUFFER && !self.flush(deadline) {
            return false;
        }
        if bytes.len() >= BUFFER {
            return self.pass(bytes, deadline);
        }
        self.buffer.extend_from_slice(bytes);
        if self.by_line && bytes.contains(&b'\n') {
            return self.flush(deadline);
        }
        self.failure.is_none()
    }

    /// Writes what is in the buffer. False when output has failed, now or before.
    pub(super) fn flush(&mut self, deadline: Option<Instant>) -> bool {
        let buffer = std::mem::take(&mut self.buffer);
        let done = self.pass(&buffer, deadline);
        self.buffer = buffer;
        self.buffer.clear();
        done
    }

    pub(super) fn failure(&self) -> Option<&OutputFailure> {
        self.failure.as_ref()
    }

    fn pass(&mut self, bytes: &[u8], deadline: Option<Instant>) -> bool {
        if self.failure.is_none()
            && let Err(error) = self.sink.write_all(bytes, deadline)
        {
            self.failure = Some(OutputFailure::new(&error));
        }
        self.failure.is_none()
    }
}

/// Where a program's input comes from.
pub enum Input {
    /// Nowhere: it is at its end.
    Empty,
    /// A reader of the embedder's. Waiting for it is not bounded by a time limit.
    Reader(Box<dyn Read + Send>),
    /// The process's standard input. Waiting for it ends with the program's time.
    Stdin,
}

/// Input with what has been read of the process's standard input and not been asked for yet. The
/// standard library keeps such bytes, too, but does not say whether there are any.
pub(super) struct Source {
    input: Input,
    stdin: Option<File>,
    ahead: VecDeque<u8>,
}

/// Bytes that are read at a time at least.
const CHUNK: usize = 8 << 10;

impl Source {
    pub(super) fn new(input: Input) -> Source {
        Source {
            input,
            stdin: None,
            ahead: VecDeque::new(),
        }
    }

    /// Reads into `buffer` once; 0 at the end. None when `deadline` came first.
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> Option<io::Result<usize>> {
        match &mut self.input {
            Input::Empty => Some(Ok(0)),
            Input::Reader(reader) => Some(retry(|| reader.read(buffer))),
            Input::Stdin if !self.ahead.is_empty() => Some(self.ahead.read(buffer)),
            Input::Stdin => {
                let stdin = match opened(&mut self.stdin) {
                    Ok(stdin) => stdin,
                    Err(error) => return Some(Err(error)),
                };
                let mut chunk = [0; CHUNK];
                loop {
                    if !wait_for_any(&[(stdin.as_fd(), libc::POLLIN)], deadline) {
                        return None;
                    }
                    let done = match buffer.len() < CHUNK {
                        true => retry(|| stdin.read(&mut chunk)),
                        false => retry(|| stdin.read(buffer)),
                    };
                    match done {
                        // Somebody has made it so that it does not wait.
                        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                        Ok(count) if buffer.len() < CHUNK => {
                            self.ahead.extend(chunk.iter().take(count));
                            return Some(self.ahead.read(buffer));
                        }
                        done => return Some(done),
                    }
                }
            }
        }
    }

    /// Whether reading would not have to wait.
    #[cfg(feature = "wasi")]
    pub(super) fn is_ready(&self) -> bool {
        let now = Some(Instant::now());
        match &self.input {
            Input::Empty | Input::Reader(_) => true,
            Input::Stdin if !self.ahead.is_empty() => true,
            // Reading is an error, for which nobody waits.
            Input::Stdin if descriptors::check_open(libc::STDIN_FILENO).is_err() => true,
            Input::Stdin => wait_for_any(&[(io::stdin().as_fd(), libc::POLLIN)], now),
        }
    }

    /// The number of bytes that could be read at once, as far as it is known; 0 at the end.
    #[cfg(feature = "wasi")]
    pub(super) fn size(&self) -> u64 {
        match &self.input {
            Input::Empty => 0,
            Input::Reader(_) => 1,
            Input::Stdin if !self.ahead.is_empty() => self.ahead.len() as u64,
            Input::Stdin => rustix::io::ioctl_fionread(io::stdin()).unwrap_or(1),
        }
    }
}

/// Standard input without the buffer of the standard library.
fn opened(stdin: &mut Option<File>) -> io::Result<&mut File> {
    descriptors::check_open(libc::STDIN_FILENO)?;
    if stdin.is_none() {
        *stdin = Some(io::stdin().as_fd().try_clone_to_owned()?.into());
    }
    stdin.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
