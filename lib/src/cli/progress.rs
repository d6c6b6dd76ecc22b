//! A line that says how far long work has come.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Work shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);
/// Time between two updates of the line.
const INTERVAL: Duration = Duration::from_millis(100);

/// Progress of one piece of work, counted in units of the caller's choice.
///
/// Shows nothing for the first second, nothing at all when standard error is no
/// terminal, and removes its line when dropped. May be shared by threads.
#[derive(Debug)]
pub struct Progress {
    label: &'static str,
    total: u64,
    done: AtomicU64,
    /// When the line was last written, and whether it ever was; `None` where no line is wanted.
    line: Option<Mutex<Line>>,
}

#[derive(Debug)]
struct Line {
    due: Instant,
    shown: bool,
}

impl Progress {
    /// Work of `total` units, shown on standard error if `visible`.
    pub(super) fn new(label: &'static str, total: u64, visible: bool) -> Self {
        let line = visible.then(|| {
            Mutex::new(Line {
                due: Instant::now() + PATIENCE,
                shown: false,
            })
        });
        Progress {
            label,
            total,
            done: AtomicU64::new(0),
            line,
        }
    }

    /// Counts units as done. Cheap, but not meant for every instruction.
    pub fn advance(&self, units: u64) {
        let done = self
            .done
            .fetch_add(units, Ordering::Relaxed)
            .saturating_add(units);
        let Some(line) = &self.line else { return };
        // Whoever finds the line busy leaves it to the other thread.
        let Ok(mut line) = line.try_lock() else {
            return;
        };
        let now = Instant::now();
        if now < line.due {
            return;
        }
        *line = Line {
            due: now + INTERVAL,
            shown: true,
        };
        let percent = done
            .saturating_mul(100)
            .checked_div(self.total)
            .unwrap_or(100)
            .min(100);
        let _ = write!(std::io::stderr(), "\r{}: {percent} %\x1b[K", self.label);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(line) = &mut self.line
            && line.get_mut().is_ok_and(|line| line.shown)
        {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_without_a_terminal() {
        let progress = Progress::new("verifying", 10, false);
        progress.advance(3);
        progress.advance(u64::MAX);
        assert!(progress.line.is_none());
    }
}
