//! The limit of time for what does not look at the clock: reading, verifying, compiling one
//! function, waiting for whoever reads the tool's messages.

#![allow(unsafe_code, reason = "the process ends at once")]

use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::report::{Report, ReportFile};
use vbc_cli::exit;
use vbc_core::storage::tell_within;

/// The time that the program has to notice that its own is up. It is better when it does, because
/// what it has written is then passed on.
const GRACE: Duration = Duration::from_millis(500);

/// The time for the last message and the report.
const PATIENCE: Duration = Duration::from_secs(1);

/// Nothing has ended yet.
const RUNNING: i32 = -1;
/// The time was up before anything had ended.
const LATE: i32 = -2;
/// Nobody is to watch any more.
const STOPPED: i32 = -3;

/// What a thread of its own does when the time is up.
#[derive(Debug)]
pub(super) struct Watch {
    /// [`RUNNING`], [`LATE`], [`STOPPED`] or the exit code that is about to be returned.
    state: Arc<AtomicI32>,
    /// None where the system provides no thread: the program still looks at the clock itself.
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Leaves the process with exit code 124 soon after `deadline`, unless the run has ended by
    /// then by itself. `words` is what is reported then, `report` the file of `--report`.
    pub(super) fn start(deadline: Instant, words: String, report: Option<ReportFile>) -> Watch {
        let state = Arc::new(AtomicI32::new(RUNNING));
        let seen = state.clone();
        let watch = move || {
            sleep_until(deadline + GRACE, || seen.load(Ordering::SeqCst) == STOPPED);
            match seen.compare_exchange(RUNNING, LATE, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => {
                    say(words, report);
                    leave(exit::LIMIT.into());
                }
                Err(STOPPED) => {}
                // It has ended and is saying so; it may be that nobody listens.
                Err(code) => {
                    thread::sleep(PATIENCE);
                    leave(code);
                }
            }
        };
        let thread = thread::Builder::new().stack_size(256 << 10);
        Watch {
            state,
            thread: thread.spawn(watch).ok(),
        }
    }

    /// Ends the watch, and its thread. Does not return when the time was up before.
    pub(super) fn stop(self) {
        self.settle(STOPPED);
        if let Some(thread) = self.thread {
            thread.thread().unpark();
            // Only a panic could be reported, and it does none.
            let _ = thread.join();
        }
    }

    /// The run has ended, with this exit code: what is still to be reported about it is up to the caller. Does
    /// not return when the time was up before.
    pub(super) fn ended(&self, code: u8) {
        self.settle(code.into());
    }

    fn settle(&self, state: i32) {
        if self
            .state
            .compare_exchange(RUNNING, state, Ordering::SeqCst, Ordering::SeqCst)
            == Err(LATE)
        {
            loop {
                thread::park();
            }
        }
    }
}

/// Sleeps until that moment, or until somebody who has made `is_over` true wakes the thread.
fn sleep_until(end: Instant, is_over: impl Fn() -> bool) {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() || is_over() {
            return;
        }
        thread::park_timeout(left);
    }
}

/// Reports that the time is up, where that can be done without waiting long.
fn say(words: String, report: Option<ReportFile>) {
    let (done, all) = mpsc::channel::<()>();
    let work = move || {
        let mut late = Report::default();
        late.limit("time");
        // The file may be a pipe that nobody reads; nobody is told when it cannot be written.
        let _ = report.map(|file| late.write(&file));
        tell_within(&words, PATIENCE);
        drop(done);
    };
    if thread::Builder::new().spawn(work).is_ok() {
        let _ = all.recv_timeout(PATIENCE);
    }
}

/// Ends the process without running anything else of it; files that are not finished disappear.
fn leave(code: i32) -> ! {
    vbc_core::interrupt::tidy_up();
    // SAFETY: nothing is done after it.
    unsafe { libc::_exit(code) }
}
