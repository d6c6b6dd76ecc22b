//! What is shown of a program that was run: its results.

use std::io::Write;

use vbc_cli::{Destination, Output, Stop};
use vbc_runtime::Value;

/// Prints the results of an invoked function, one on each line.
pub(super) fn results(results: &[Value]) -> Result<(), Stop> {
    if results.is_empty() {
        return Ok(());
    }
    let mut output = Output::create(&Destination::Stdout)?;
    for value in results {
        writeln!(output, "{value}")?;
    }
    output.finish()?;
    Ok(())
}
