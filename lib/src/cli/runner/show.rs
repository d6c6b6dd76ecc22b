//! What is shown of a program that was run: its results and traps.

use std::io::Write;

use crate::cli::{Output, Session, Stop, Target, tell};
use crate::runtime::{TrapReport, Value};

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
    tell(&trap.text(session.name()));
}
