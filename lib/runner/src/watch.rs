//! The limit of time for what does not look at the clock: reading, verifying, compiling one
//! function, waiting for whoever reads the tool's messages.

#![allow(unsafe_code, reason = "the process ends at once")]

use std::path::PathBuf;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::report::Report;
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

/// What a thread of its own does when the time is up.
#[derive(Debug)]
pub(super) struct Watch {
    /// [`RUNNING`], [`LATE`] or the exit code that is about to be returned.
    state: Arc<AtomicI32>,
}

impl Watch {
    /// Leaves the process with exit code 124 soon after `deadline`, unless the run has ended by
    /// then by itself. `words` is what is reported then, `report` the file of `--report`.
    pub(super) fn start(deadline: Instant, words: String, report: Option<PathBuf>) -> Watch {
        let state = Arc::new(AtomicI32::new(RUNNING));
        let seen = state.clone();
        let watch = move || {
            sleep_until(deadline + GRACE);
            match seen.compare_exchange(RUNNING, LATE, Ordering::SeqCst, Ordering::SeqCst) {
                Ok(_) => {
                    say(words, report);
                    leave(exit::LIMIT.into());
                }
                // It has ended and is saying so; it may be that nobody listens.
                Err(code) => {
                    thread::sleep(PATIENCE);
                    leave(code);
                }
            }
        };
        // Without a thread the program still looks at the clock itself.
        let _ = thread::Builder::new().stack_size(256 << 10).spawn(watch);
        Watch { state }
    }

    /// The run has ended, with this exit code: what is still to be reported about it is up to the caller. Does
    /// not return when the time was up before.
    pub(super) fn ended(&self, code: u8) {
        let code = i32::from(code);
        if self
            .state
            .compare_exchange(RUNNING, code, Ordering::SeqCst, Ordering::SeqCst)
            == Err(LATE)
        {
            loop {
                thread::park();
            }
        }
    }
}

fn sleep_until(end: Instant) {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        thread::sleep(left);
    }
}

/// Reports that the time is up, where that can be done without waiting long.
fn say(words: String, report: Option<PathBuf>) {
    let (done, all) = mpsc::channel::<()>();
    let work = move || {
        let mut late = Report::default();
        late.limit("time");
        // The file may be a pipe that nobody reads; nobody is told when it cannot be written.
        let _ = report.map(|path| late.write(&path));
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
