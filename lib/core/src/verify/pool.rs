//! Checking functions on several threads, with the same result as on one.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::context::Context;
use super::finding::{Finding, Report};
use super::types::Worker;

/// Code of at most this many words is checked without starting threads.
const SMALL: u64 = 1 << 17;

/// About this many words are given to a thread at a time.
const CHUNK: u64 = 1 << 15;

/// Checks the code of all functions. `threads` of 0 stands for as many as there are processors.
/// Returns the highest opcode number; none when some code could not be followed.
pub(super) fn check_functions(
    context: &Context,
    threads: usize,
    report: &mut Report,
) -> Option<u16> {
    let words = context.module.code.len() as u64;
    let threads = match threads {
        _ if words <= SMALL => 1,
        0 => thread::available_parallelism().map_or(1, |count| count.get()),
        count => count,
    };
    if threads == 1 {
        let mut worker = Worker::new(context);
        for defined in 0..context.module.functions.len() {
            worker.function(defined, report);
            if report.is_full() {
                return None;
            }
        }
        return worker.highest;
    }
    let chunks = chunks(context);
    let next = AtomicUsize::new(0);
    let done: Vec<Mutex<Vec<Finding>>> = chunks.iter().map(|_| Mutex::default()).collect();
    let highest = Mutex::new(Some(0));
    let work = || {
        let mut worker = Worker::new(context);
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(start, end)) = chunks.get(number) else {
                if let Ok(mut highest) = highest.lock() {
                    *highest = highest.zip(worker.highest).map(|(a, b): (u16, _)| a.max(b));
                }
                return;
            };
            let mut chunk = Report::new(report.most());
            for defined in start..end {
                worker.function(defined, &mut chunk);
            }
            if !chunk.findings.is_empty()
                && let Ok(mut findings) = done[number].lock()
            {
                *findings = chunk.findings;
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(chunks.len()) {
            // Where no more threads are available, those that there are do the work.
            let _ = thread::Builder::new().spawn_scoped(scope, work);
        }
        work();
    });
    for findings in done {
        for finding in findings.into_inner().unwrap_or_default() {
            report.add(finding);
        }
    }
    highest.into_inner().unwrap_or_default()
}

/// Consecutive functions with about [`CHUNK`] words together.
fn chunks(context: &Context) -> Vec<(usize, usize)> {
    let functions = &context.module.functions;
    let mut chunks = Vec::new();
    let (mut start, mut words) = (0, 0);
    for (number, row) in functions.iter().enumerate() {
        words += row.words;
        if words >= CHUNK || number + 1 == functions.len() {
            chunks.push((start, number + 1));
            (start, words) = (number + 1, 0);
        }
    }
    chunks
}
