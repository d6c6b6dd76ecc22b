//! How long the passes take.

use std::time::{Duration, Instant};

/// Notes passes and their times.
#[derive(Default)]
pub(super) struct Clock {
    /// The passes so far.
    pub passes: Vec<(&'static str, Duration)>,
}

impl Clock {
    /// Does a pass.
    pub fn time<T>(&mut self, pass: &'static str, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let result = work();
        self.passes.push((pass, start.elapsed()));
        result
    }
}
