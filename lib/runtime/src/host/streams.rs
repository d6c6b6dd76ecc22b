//! Standard streams of a program.

#![allow(unsafe_code, reason = "the system is called")]

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::time::Instant;

use super::waiting::is_ready;
use super::{HostOutcome, Readiness, Wait};
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

/// Why something is not written to its end.
enum Unwritten {
    /// There is no room; it goes on when there is.
    Full(RawFd),
    /// The system's reason.
    Failed(io::Error),
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Unwritten {
        Unwritten::Failed(error)
    }
}

/// How the system is made to take what there is room for, and no more.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// It has room for everything, or fails.
    File,
    /// It is told so with each write.
    #[cfg(target_os = "linux")]
    NoWait,
    /// It is asked before each write.
    Polled,
}

impl Way {
    fn of(fd: BorrowedFd<'_>) -> Way {
        let mut status = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: one structure to be filled, which lives as long as the call.
        let known = unsafe { libc::fstat(fd.as_raw_fd(), status.as_mut_ptr()) } == 0;
        // SAFETY: the system has filled it.
        if known && unsafe { status.assume_init() }.st_mode & libc::S_IFMT == libc::S_IFREG {
            return Way::File;
        }
        #[cfg(target_os = "linux")]
        return Way::NoWait;
        #[cfg(not(target_os = "linux"))]
        Way::Polled
    }

    /// The way to go when the system does not know this one for this descriptor, as for terminals, or for pipes
    /// before Linux 6.4.
    fn instead(self, error: &io::Error) -> Option<Way> {
        #[cfg(target_os = "linux")]
        if matches!(self, Way::NoWait) {
            let reasons = [libc::EOPNOTSUPP, libc::ENOSYS, libc::EINVAL];
            let known = error.raw_os_error();
            return known
                .filter(|known| reasons.contains(known))
                .map(|_| Way::Polled);
        }
        let _ = error;
        None
    }

    /// Writes once.
    fn write(self, fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Way::File => write(fd, bytes),
            #[cfg(target_os = "linux")]
            Way::NoWait => write_now(fd, bytes),
            Way::Polled if is_ready(&fd, Readiness::Write) => {
                write(fd, &bytes[..bytes.len().min(ATOMIC)])
            }
            Way::Polled => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}

/// This many bytes go into a pipe without waiting when `poll` reports that it can be written.
const ATOMIC: usize = 4096;

fn write(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the bytes live as long as the call, which reads that many of them.
    let count = unsafe { libc::write(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// The same, but returns `WouldBlock` where it would have to wait, whoever else has the same open
/// file.
#[cfg(target_os = "linux")]
fn write_now(fd: BorrowedFd<'_>, bytes: &[u8]) -> io::Result<usize> {
    let piece = libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    // SAFETY: the bytes live as long as the call, which reads that many of them. -1 stands for the present position.
    let count =
        unsafe { libc::pwritev2(fd.as_raw_fd(), &raw const piece, 1, -1, libc::RWF_NOWAIT) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// A sink and how it is written.
pub(super) struct Outlet {
    sink: Sink,
    /// Of a descriptor of the system's, when it has been written once.
    way: Option<Way>,
}

impl Outlet {
    pub(super) fn new(sink: Sink) -> Outlet {
        Outlet { sink, way: None }
    }

    /// Writes what is after the first `done` bytes, as far as there is room, and counts it there.
    fn write(&mut self, bytes: &[u8], done: &mut u64) -> Result<(), Unwritten> {
        match &mut self.sink {
            Sink::Writer(writer) => {
                writer.write_all(rest(bytes, *done))?;
                *done = bytes.len() as u64;
                Ok(writer.flush()?)
            }
            // Nothing can go wrong with nothing.
            _ if rest(bytes, *done).is_empty() => Ok(()),
            // Past the standard library's buffer, which would hide errors until the process ends.
            Sink::Stdout => {
                descriptors::check_open(libc::STDOUT_FILENO)?;
                write_some(&mut self.way, io::stdout().as_fd(), bytes, done)
            }
            Sink::Stderr => {
                descriptors::check_open(libc::STDERR_FILENO)?;
                write_some(&mut self.way, io::stderr().as_fd(), bytes, done)
            }
        }
    }

    /// Writes what is after the first `done` bytes of a call's, and counts it there. Failures are nobody's business.
    ///
    /// # Errors
    ///
    /// The outcome for the call: there is no room.
    pub(super) fn write_heedlessly(
        &mut self,
        bytes: &[u8],
        done: &mut u64,
    ) -> Result<(), HostOutcome> {
        match self.write(bytes, done) {
            Err(Unwritten::Full(fd)) => Err(Wait::for_fd(fd, Readiness::Write).into()),
            Ok(()) | Err(Unwritten::Failed(_)) => {
                *done = bytes.len() as u64;
                Ok(())
            }
        }
    }
}

/// What is after the first `done` bytes.
fn rest(bytes: &[u8], done: u64) -> &[u8] {
    bytes.get(done as usize..).unwrap_or_default()
}

fn write_some(
    way: &mut Option<Way>,
    fd: BorrowedFd<'_>,
    bytes: &[u8],
    done: &mut u64,
) -> Result<(), Unwritten> {
    let way = way.get_or_insert_with(|| Way::of(fd));
    while !rest(bytes, *done).is_empty() {
        match way.write(fd, rest(bytes, *done)) {
            Ok(count) => *done += count as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Err(Unwritten::Full(fd.as_raw_fd()));
            }
            Err(error) => *way = way.instead(&error).ok_or(error)?,
        }
    }
    Ok(())
}

/// Bytes that are written when there are this many.
const BUFFER: usize = 32 << 10;

/// Buffered output.
pub(super) struct Output {
    outlet: Outlet,
    buffer: Vec<u8>,
    /// Writes whenever a line ends: somebody is watching.
    by_line: bool,
    /// A line has ended that is still to be written.
    due: bool,
    failure: Option<OutputFailure>,
}

impl Output {
    pub(super) fn new(sink: Sink, by_line: bool) -> Output {
        Output {
            outlet: Outlet::new(sink),
            buffer: Vec::new(),
            by_line,
            due: false,
            failure: None,
        }
    }

    /// Takes what is after the first `done` bytes of a call's, and counts it there.
    ///
    /// # Errors
    ///
    /// The outcome for the call: output has failed, now or before, or there is no room.
    pub(super) fn write(&mut self, bytes: &[u8], done: &mut u64) -> Result<(), HostOutcome> {
        // The path of nearly every call, which has nothing to wait for.
        if *done == 0 && self.buffer.len() + bytes.len() < BUFFER && self.is_quiet() {
            self.buffer.extend_from_slice(bytes);
            *done = bytes.len() as u64;
            return Ok(());
        }
        let left = rest(bytes, *done);
        if self.buffer.len() + left.len() > BUFFER {
            self.flush()?;
        }
        if left.len() >= BUFFER {
            return self.pass(bytes, done);
        }
        self.buffer.extend_from_slice(left);
        self.due |= self.by_line && left.contains(&b'\n');
        *done = bytes.len() as u64;
        match self.due {
            true => self.flush(),
            false => self.check(),
        }
    }

    /// Writes what is in the buffer.
    ///
    /// # Errors
    ///
    /// As for [`Output::write`].
    pub(super) fn flush(&mut self) -> Result<(), HostOutcome> {
        let buffer = std::mem::take(&mut self.buffer);
        let mut done = 0;
        let passed = self.pass(&buffer, &mut done);
        self.buffer = buffer;
        match passed {
            Err(HostOutcome::Block(_)) => drop(self.buffer.drain(..done as usize)),
            _ => {
                self.buffer.clear();
                self.due = false;
            }
        }
        passed
    }

    /// Writes what is in the buffer, and waits for room; not longer than until the deadline, after which nothing is
    /// written any more.
    pub(super) fn finish(&mut self, deadline: Option<Instant>) {
        while let Err(HostOutcome::Block(room)) = self.flush() {
            if room.end(deadline).is_err() {
                let late = io::Error::from(io::ErrorKind::TimedOut);
                self.failure = Some(OutputFailure::new(&late));
            }
        }
    }

    /// Whether everything has been passed on.
    pub(super) fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }

    pub(super) fn failure(&self) -> Option<&OutputFailure> {
        self.failure.as_ref()
    }

    /// Whether bytes for which the buffer has room are only put there.
    fn is_quiet(&self) -> bool {
        !self.by_line && self.failure.is_none()
    }

    fn check(&self) -> Result<(), HostOutcome> {
        match self.failure {
            Some(_) => Err(HostOutcome::OutputFailed),
            None => Ok(()),
        }
    }

    fn pass(&mut self, bytes: &[u8], done: &mut u64) -> Result<(), HostOutcome> {
        self.check()?;
        match self.outlet.write(bytes, done) {
            Ok(()) => Ok(()),
            Err(Unwritten::Full(fd)) => Err(Wait::for_fd(fd, Readiness::Write).into()),
            Err(Unwritten::Failed(error)) => {
                self.failure = Some(OutputFailure::new(&error));
                Err(HostOutcome::OutputFailed)
            }
        }
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
/// standard library keeps such bytes, too, but does not tell whether there are any.
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

    /// Reads into `buffer` once; 0 at the end.
    ///
    /// # Errors
    ///
    /// The outcome for a call that has to wait.
    pub(super) fn read(&mut self, buffer: &mut [u8]) -> Result<io::Result<usize>, HostOutcome> {
        match &mut self.input {
            Input::Empty => Ok(Ok(0)),
            Input::Reader(reader) => Ok(retry(|| reader.read(buffer))),
            Input::Stdin if !self.ahead.is_empty() => Ok(self.ahead.read(buffer)),
            Input::Stdin => match self.read_stdin(buffer) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Err(Wait::for_fd(libc::STDIN_FILENO, Readiness::Read).into())
                }
                done => Ok(done),
            },
        }
    }

    /// Reads standard input, `WouldBlock` where that would have to wait.
    fn read_stdin(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let stdin = opened(&mut self.stdin)?;
        if !is_ready(stdin, Readiness::Read) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if buffer.len() >= CHUNK {
            return retry(|| stdin.read(buffer));
        }
        let mut chunk = [0; CHUNK];
        let count = retry(|| stdin.read(&mut chunk))?;
        self.ahead.extend(chunk.iter().take(count));
        self.ahead.read(buffer)
    }

    /// Whether reading would not have to wait.
    #[cfg(feature = "wasi")]
    pub(super) fn is_ready(&self) -> bool {
        match &self.input {
            Input::Empty | Input::Reader(_) => true,
            Input::Stdin if !self.ahead.is_empty() => true,
            // Reading is an error, for which nobody waits.
            Input::Stdin if descriptors::check_open(libc::STDIN_FILENO).is_err() => true,
            Input::Stdin => is_ready(&io::stdin(), Readiness::Read),
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
