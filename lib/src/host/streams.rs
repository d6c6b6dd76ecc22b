//! Standard streams of a program.

use std::io::{self, Read, Write};
use std::time::Instant;

use crate::diag::system_reason;

/// Why output could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputFailure {
    /// Nobody reads it any more: the other end of a pipe is closed.
    pub closed: bool,
    /// The system's reason.
    pub reason: String,
}

impl OutputFailure {
    fn new(error: &io::Error) -> OutputFailure {
        OutputFailure {
            closed: error.kind() == io::ErrorKind::BrokenPipe,
            reason: system_reason(error),
        }
    }
}

/// Bytes that are written when there are this many.
const BUFFER: usize = 32 << 10;

/// Buffered output.
pub(super) struct Output {
    sink: Box<dyn Write + Send>,
    buffer: Vec<u8>,
    /// Writes whenever a line ends: somebody is watching.
    by_line: bool,
    failure: Option<OutputFailure>,
}

impl Output {
    pub(super) fn new(sink: Box<dyn Write + Send>, by_line: bool) -> Output {
        Output {
            sink,
            buffer: Vec::new(),
            by_line,
            failure: None,
        }
    }

    /// Takes `bytes`. False when output has failed, now or before.
    pub(super) fn write(&mut self, bytes: &[u8]) -> bool {
        if self.buffer.len() + bytes.len() > BUFFER && !self.flush() {
            return false;
        }
        if bytes.len() >= BUFFER {
            return self.pass(|sink| sink.write_all(bytes));
        }
        self.buffer.extend_from_slice(bytes);
        if self.by_line && bytes.contains(&b'\n') {
            return self.flush();
        }
        self.failure.is_none()
    }

    /// Writes what is in the buffer. False when output has failed, now or before.
    pub(super) fn flush(&mut self) -> bool {
        let buffer = std::mem::take(&mut self.buffer);
        let done = self.pass(|sink| {
            sink.write_all(&buffer)?;
            sink.flush()
        });
        self.buffer = buffer;
        self.buffer.clear();
        done
    }

    pub(super) fn failure(&self) -> Option<&OutputFailure> {
        self.failure.as_ref()
    }

    fn pass(&mut self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> bool {
        if self.failure.is_none()
            && let Err(error) = write(&mut *self.sink)
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

impl Input {
    /// Reads into `buffer` once; 0 at the end. None when `deadline` came first.
    pub(super) fn read(
        &mut self,
        buffer: &mut [u8],
        deadline: Option<Instant>,
    ) -> Option<io::Result<usize>> {
        match self {
            Input::Empty => Some(Ok(0)),
            Input::Reader(reader) => Some(retry(|| reader.read(buffer))),
            Input::Stdin => {
                if let Some(deadline) = deadline
                    && !wait_for_stdin(deadline)
                {
                    return None;
                }
                Some(retry(|| io::stdin().lock().read(buffer)))
            }
        }
    }
}

fn retry(mut read: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match read() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// Waits until standard input can be read. False when `deadline` comes first.
fn wait_for_stdin(deadline: Instant) -> bool {
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return false;
        }
        let mut poll = libc::pollfd {
            fd: libc::STDIN_FILENO,
            events: libc::POLLIN,
            revents: 0,
        };
        // At most a minute at a time, and not less than the time that is left.
        let wait = left.as_millis().min(60_000) as libc::c_int + 1;
        // SAFETY: one structure, which lives as long as the call.
        match unsafe { libc::poll(&raw mut poll, 1, wait) } {
            0 => {}
            -1 if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            _ => return true,
        }
    }
}
