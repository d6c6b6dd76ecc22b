//! How somebody outside ends a program's wait.

use std::io::{self, PipeReader, PipeWriter, Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;

use super::waiting::do_not_wait;

/// Ends the wait of a host function from outside, that is from another thread, which holds a clone of it.
///
/// It is a permit, as for `std::thread::park`: a wait that begins after `wake` ends at once, and uses it up. Several
/// calls of `wake` before that are one.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Pipe>);

#[derive(Debug)]
struct Pipe {
    reader: PipeReader,
    writer: PipeWriter,
}

impl Waker {
    /// A waker that nobody has called yet.
    ///
    /// # Errors
    ///
    /// The system's, which may have no more descriptors to provide.
    pub fn new() -> io::Result<Waker> {
        let (reader, writer) = io::pipe()?;
        do_not_wait(&reader)?;
        do_not_wait(&writer)?;
        Ok(Waker(Arc::new(Pipe { reader, writer })))
    }

    /// Ends the wait, or the next one.
    pub fn wake(&self) {
        // A pipe that is full has woken it already, and no end of it is closed while this lives.
        let _ = (&self.0.writer).write(&[0]);
    }

    /// What can be read when it has been called.
    pub(super) fn fd(&self) -> RawFd {
        self.0.reader.as_raw_fd()
    }

    /// Uses up the permit, if there is one.
    pub(super) fn take(&self) {
        let mut bytes = [0; 64];
        while matches!((&self.0.reader).read(&mut bytes), Ok(64)) {}
    }
}

impl PartialEq for Waker {
    fn eq(&self, other: &Waker) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Waker {}
