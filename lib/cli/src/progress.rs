//! A line on a terminal that shows how far long work has come.
//!
//! There is one line, at the end of what standard error shows. A thread of its own writes it, so that work that cannot
//! tell how far it has come shows that it goes on; whoever writes text takes the line away first.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two updates of the line.
const INTERVAL: Duration = Duration::from_millis(100);

/// What the terminal shows of it.
#[derive(Debug)]
struct Line {
    shown: bool,
    /// For how many reasons it must not be shown now.
    held: u32,
    /// Since when there has been none.
    free: Option<Instant>,
}

static LINE: Mutex<Line> = Mutex::new(Line {
    shown: false,
    held: 0,
    free: None,
});

/// The line without what it shows; the text that follows appears where it was.
fn erased() -> MutexGuard<'static, Line> {
    let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
    if std::mem::take(&mut line.shown) {
        let _ = io::stderr().write_all(b"\r\x1b[K");
    }
    line
}

/// Writes text to a terminal, or to whatever standard error is, with no progress in between.
pub(super) fn without_line<R>(write: impl FnOnce() -> R) -> R {
    let line = erased();
    let result = write();
    drop(line);
    result
}

/// Keeps the line away until the result is dropped.
pub(super) fn hold() -> Held {
    erased().held += 1;
    Held
}

/// As long as it is there, no line is shown.
#[derive(Debug)]
pub(super) struct Held;

impl Drop for Held {
    fn drop(&mut self) {
        let mut line = erased();
        line.held -= 1;
        line.free = Some(Instant::now());
    }
}

/// Progress of one piece of work, counted in units of the caller's choice, or not counted.
///
/// Shows nothing for the first second, nothing at all when standard error is not a terminal, and
/// removes its line when dropped. May be shared by threads.
#[derive(Debug)]
pub struct Progress {
    work: Arc<Work>,
    /// What writes the line; `None` where none is wanted.
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Work {
    label: &'static str,
    total: u64,
    done: AtomicU64,
    started: Instant,
    ended: Mutex<bool>,
    end: Condvar,
}

impl Progress {
    /// Work of `total` units, shown on standard error if `visible`.
    pub(super) fn new(label: &'static str, total: u64, visible: bool) -> Self {
        let work = Arc::new(Work {
            label,
            total,
            done: AtomicU64::new(0),
            started: Instant::now(),
            ended: Mutex::new(false),
            end: Condvar::new(),
        });
        // Where there can be no thread, there is no line.
        let writer = visible.then(|| {
            let work = Arc::clone(&work);
            let thread = thread::Builder::new().stack_size(64 << 10);
            thread.spawn(move || work.show()).ok()
        });
        Progress {
            work,
            writer: writer.flatten(),
        }
    }

    /// Counts units as done.
    pub fn advance(&self, units: u64) {
        let add = |done: u64| Some(done.saturating_add(units));
        let (order, done) = (Ordering::Relaxed, &self.work.done);
        // The closure always has an answer.
        let _ = done.fetch_update(order, order, add);
    }
}

impl Work {
    /// Writes the line again and again, until the work has ended.
    fn show(&self) {
        let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let mut pause = PATIENCE;
        let mut written = String::new();
        loop {
            let waited = self.end.wait_timeout_while(ended, pause, |ended| !*ended);
            ended = waited.unwrap_or_else(PoisonError::into_inner).0;
            if *ended {
                return;
            }
            pause = INTERVAL;
            let mut line = LINE.lock().unwrap_or_else(PoisonError::into_inner);
            let text = format!("\r{}\x1b[K", self.text());
            let waits = line.held > 0 || line.free.is_some_and(|since| since.elapsed() < PATIENCE);
            if !waits && (!line.shown || text != written) {
                line.shown = true;
                let _ = io::stderr().write_all(text.as_bytes());
                written = text;
            }
        }
    }

    /// A share where there are units to count, otherwise the time that it has taken.
    fn text(&self) -> String {
        match self.total {
            0 | 1 => format!("{}: {} s", self.label, self.started.elapsed().as_secs()),
            total => {
                let done = self.done.load(Ordering::Relaxed).min(total);
                let percent = u128::from(done) * 100 / u128::from(total);
                format!("{}: {percent} %", self.label)
            }
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let Some(writer) = self.writer.take() else {
            return;
        };
        *self
            .work
            .ended
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        self.work.end.notify_all();
        let _ = writer.join();
        drop(erased());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_without_a_terminal() {
        let progress = Progress::new("verifying", 10, false);
        assert_eq!(progress.work.text(), "verifying: 0 %");
        progress.advance(3);
        assert_eq!(progress.work.text(), "verifying: 30 %");
        progress.advance(u64::MAX);
        assert_eq!(progress.work.text(), "verifying: 100 %");
        assert!(progress.writer.is_none());
        let one = Progress::new("linking", 0, false);
        assert_eq!(one.work.text(), "linking: 0 s");
    }
}
