//! What is shown of a program that was run: its output, results, traps.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;

use crate::cli::{Output, Session, Stop, Target, escape, tell};
use crate::runtime::{TrapReport, Value};

/// Standard output without the standard library's buffer, which is flushed at each line end and
/// hides errors at the end of the process.
#[derive(Default)]
pub(super) struct Stdout {
    file: Option<File>,
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::from(io::stdout().as_fd().try_clone_to_owned()?),
        };
        self.file.insert(file).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Prints the results of an invoked function, one a line.
pub(super) fn results(results: &[Value]) -> Result<(), Stop> {
    if results.is_empty() {
        return Ok(());
    }
    let mut output = Output::create(&Target::Stdout)?;
    for value in results {
        writeln!(output, "{value}")?;
    }
    output.finish()?;
    Ok(())
}

/// Says which trap it was, and the calls that led to it.
pub(super) fn trap(session: &Session, trap: &TrapReport) {
    let mut text = format!("{}: trap: {}\n", session.name(), trap.trap);
    for (n, frame) in trap.frames.iter().enumerate() {
        if trap.omitted > 0 && n + 1 == trap.frames.len() {
            text.push_str(&format!("  ... {} more calls ...\n", trap.omitted));
        }
        text.push_str(&format!("  at {}\n", escape(&frame.to_string())));
    }
    tell(&text);
}
