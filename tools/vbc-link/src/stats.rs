//! `--stats`.

use std::fmt::Write;
use std::time::Duration;

use vbc_cli::Session;
use vbc_core::diag::counted;
use vbc_linker::{Input, Linked};

/// Prints how large everything is, how long each pass took, and how much memory was used.
pub fn tell_all(session: &Session, inputs: &[Input], bytes: u64, linked: &Linked) {
    let module = &linked.module;
    let defined: usize = inputs
        .iter()
        .map(|input| input.module.functions.len())
        .sum();
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "stats: {} of input, {}",
        counted(bytes, "byte"),
        counted(inputs.len() as u64, "module")
    );
    let _ = writeln!(
        text,
        "stats: {} of {defined} functions, {} globals, {} data rows, {} symbols, {} types",
        module.functions.len(),
        module.globals.len(),
        module.data.len(),
        module.symbols.len(),
        module.types.len()
    );
    let _ = writeln!(
        text,
        "stats: {} definitions left out, {} literals joined",
        linked.left_out.len(),
        linked.merged_literals
    );
    for (pass, time) in &linked.passes {
        let _ = writeln!(text, "stats: {:>9.3} ms  {pass}", milliseconds(*time));
    }
    let total = session.elapsed();
    let rate = bytes as f64 / 1e6 / total.as_secs_f64().max(1e-9);
    let _ = writeln!(
        text,
        "stats: {:>9.3} ms  in all, with reading, verifying and writing: {rate:.0} MB/s",
        milliseconds(total)
    );
    if let Some(memory) = peak_memory() {
        let _ = writeln!(text, "stats: {memory} KiB of memory at most");
    }
    session.tell(&text);
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// The most memory that the process has had, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().split(' ').next()?.parse().ok()
}
