//! What the functions of `vbc1` work on: streams, arguments, environment, clocks, randomness.

#![allow(unsafe_code, reason = "the system is called")]

use std::io::Read;
#[cfg(feature = "wasi")]
use std::time::Duration;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use super::streams::{Input, Outlet, Output, Sink, Source};
use super::waiting::is_past;
use super::{HostOutcome, Stream, Wait};
use crate::{OutputFailure, Stop};

/// What a program is given. The default is nothing but output, to the process's own streams.
pub struct ServicesConfig {
    /// The arguments; by convention, the first is the name of the program.
    pub args: Vec<Vec<u8>>,
    /// The environment.
    pub env: Vec<(Vec<u8>, Vec<u8>)>,
    /// Standard input.
    pub input: Input,
    /// Standard output.
    pub output: Sink,
    /// Whether standard output is written whenever a line ends.
    pub output_by_line: bool,
    /// Standard error, which is not buffered.
    pub error: Sink,
    /// Start of the random numbers; none for ones that cannot be foreseen.
    pub seed: Option<u64>,
    /// Clocks count readings instead of time.
    pub fixed_clock: bool,
    /// Which of standard input, output and error are terminals, as far as the program is told.
    pub terminals: [bool; 3],
}

impl Default for ServicesConfig {
    fn default() -> ServicesConfig {
        ServicesConfig {
            args: Vec::new(),
            env: Vec::new(),
            input: Input::Empty,
            output: Sink::Stdout,
            output_by_line: false,
            error: Sink::Stderr,
            seed: None,
            fixed_clock: false,
            terminals: [false; 3],
        }
    }
}

/// The services of a program.
pub struct Services {
    pub(super) args: Vec<Vec<u8>>,
    pub(super) env: Vec<(Vec<u8>, Vec<u8>)>,
    input: Source,
    output: Output,
    error: Outlet,
    random: Random,
    clock: Clock,
    #[cfg(feature = "wasi")]
    terminals: [bool; 3],
    /// When waiting ends at the latest.
    #[doc(hidden)]
    pub deadline: Option<Instant>,
    /// Nothing is ready, and there is room for half of what is written: a trial.
    pub(crate) reluctant: bool,
}

enum Clock {
    Real(Instant),
    /// What the next reading returns.
    Fixed(u64),
}

enum Random {
    System,
    /// The state of SplitMix64.
    Seeded(u64),
}

/// Nanoseconds that a fixed clock advances at each reading.
const STEP: u64 = 1_000;

impl Default for Services {
    fn default() -> Services {
        Services::new(ServicesConfig::default())
    }
}

impl Services {
    /// Services as `config` specifies.
    pub fn new(config: ServicesConfig) -> Services {
        Services {
            args: config.args,
            env: config.env,
            input: Source::new(config.input),
            output: Output::new(config.output, config.output_by_line),
            error: Outlet::new(config.error),
            random: config.seed.map_or(Random::System, Random::Seeded),
            clock: match config.fixed_clock {
                true => Clock::Fixed(0),
                false => Clock::Real(Instant::now()),
            },
            #[cfg(feature = "wasi")]
            terminals: config.terminals,
            deadline: None,
            reluctant: false,
        }
    }

    /// Writes to a stream what is after the first `done` bytes of a call's, and counts it there. Standard error is not
    /// buffered, and its failures are nobody's business.
    ///
    /// # Errors
    ///
    /// The outcome for the call.
    pub(super) fn write(
        &mut self,
        stream: Stream,
        bytes: &[u8],
        done: &mut u64,
    ) -> Result<(), HostOutcome> {
        let half = self.half(bytes, *done);
        let bytes = half.unwrap_or(bytes);
        match stream {
            Stream::Output => self.output.write(bytes, done)?,
            Stream::Error => self.error.write_heedlessly(bytes, done)?,
        }
        match half {
            Some(_) => Err(Wait::until(Instant::now()).into()),
            None => Ok(()),
        }
    }

    /// In a trial, half of what is left after the first `done` bytes, together with those bytes.
    fn half<'b>(&self, bytes: &'b [u8], done: u64) -> Option<&'b [u8]> {
        let done = done as usize;
        let half = bytes.len().saturating_sub(done) / 2;
        self.reluctant.then(|| &bytes[..done + half])
    }

    /// Writes what is buffered of standard output, as far as there is room.
    ///
    /// # Errors
    ///
    /// The outcome for a call that needs it written.
    #[cfg(feature = "wasi")]
    pub(super) fn write_buffered(&mut self) -> Result<(), HostOutcome> {
        self.output.flush()
    }

    /// Writes what is buffered of standard output, and waits for whoever reads it. For when a program does not run.
    ///
    /// # Errors
    ///
    /// Why some output could not be written, now or before.
    pub fn flush(&mut self) -> Result<(), OutputFailure> {
        self.output.finish(self.deadline);
        match self.output.failure() {
            Some(failure) => Err(failure.clone()),
            None => Ok(()),
        }
    }

    /// Writes what is buffered of standard output, because somebody else is about to write to the same file.
    ///
    /// # Errors
    ///
    /// Output cannot be written.
    pub(crate) fn pass_on(&mut self) -> Result<(), Stop> {
        if self.output.is_empty() {
            return Ok(());
        }
        self.output.finish(self.deadline);
        match self.output.failure() {
            Some(_) => Err(Stop::OutputFailed),
            None => Ok(()),
        }
    }

    /// Whether the program has written output that has not been passed on.
    pub fn has_output(&self) -> bool {
        !self.output.is_empty()
    }

    /// Waits for what a call has declared that it waits for, after output so far has been written.
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    pub(crate) fn wait(&mut self, wait: &Wait) -> Result<(), Stop> {
        // The next call that writes finds out when it has failed.
        self.output.finish(self.deadline);
        wait.end(self.deadline)
    }

    /// Reads standard input once, after output so far has been written.
    ///
    /// # Errors
    ///
    /// The outcome for a call that has to wait.
    pub(super) fn read_input(
        &mut self,
        buffer: &mut [u8],
    ) -> Result<std::io::Result<usize>, HostOutcome> {
        if self.reluctant {
            return Err(Wait::until(Instant::now()).into());
        }
        match self.output.flush() {
            Err(outcome @ HostOutcome::Block(_)) => Err(outcome),
            // Reading goes on when nobody reads what is written.
            _ => self.input.read(buffer),
        }
    }

    /// Nanoseconds since 1970.
    pub(super) fn wall_clock(&mut self) -> i64 {
        match &mut self.clock {
            Clock::Real(_) => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_nanos()).unwrap_or(i64::MAX),
                Err(before) => {
                    i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos)
                }
            },
            Clock::Fixed(next) => advance(next),
        }
    }

    /// Nanoseconds since some moment before the program began.
    pub(super) fn monotonic_clock(&mut self) -> i64 {
        match &mut self.clock {
            Clock::Real(start) => i64::try_from(start.elapsed().as_nanos()).unwrap_or(i64::MAX),
            Clock::Fixed(next) => advance(next),
        }
    }

    /// Nanoseconds for which processors have worked for this process.
    #[cfg(feature = "wasi")]
    pub(super) fn processor_clock(&mut self) -> i64 {
        match &mut self.clock {
            Clock::Real(_) => {
                let mut time = libc::timespec {
                    tv_sec: 0,
                    tv_nsec: 0,
                };
                // SAFETY: one structure to be filled, which lives as long as the call.
                unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
                time.tv_sec * 1_000_000_000 + time.tv_nsec
            }
            Clock::Fixed(next) => advance(next),
        }
    }

    /// The difference between two readings of a clock, in nanoseconds, that can be told apart.
    #[cfg(feature = "wasi")]
    pub(super) fn clock_step(&self) -> u64 {
        match self.clock {
            Clock::Real(_) => 1,
            Clock::Fixed(_) => STEP,
        }
    }

    /// Whether clocks count readings instead of time.
    #[cfg(feature = "wasi")]
    pub(super) fn is_fixed(&self) -> bool {
        matches!(self.clock, Clock::Fixed(_))
    }

    /// Lets `time` pass without waiting, where clocks do not show the time; false where they do,
    /// or there is no such time.
    #[cfg(feature = "wasi")]
    pub(super) fn pass_time(&mut self, time: Option<Duration>) -> bool {
        match (&mut self.clock, time) {
            (Clock::Fixed(next), Some(time)) => {
                let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
                *next = next.saturating_add(time);
                true
            }
            _ => false,
        }
    }

    /// Whether reading input would not have to wait. Where clocks do not show the time, the answer
    /// is never that it would.
    #[cfg(feature = "wasi")]
    pub(super) fn is_input_ready(&self) -> bool {
        self.is_fixed() || self.input.is_ready()
    }

    /// Bytes of input that could be read at once, as far as it is known.
    #[cfg(feature = "wasi")]
    pub(super) fn input_size(&self) -> u64 {
        match self.is_fixed() {
            true => 1,
            false => self.input.size(),
        }
    }

    /// Whether the program's time has passed.
    pub(super) fn is_late(&self) -> bool {
        is_past(self.deadline)
    }

    /// Whether standard stream number `stream` is a terminal.
    #[cfg(feature = "wasi")]
    pub(super) fn is_terminal(&self, stream: usize) -> bool {
        self.terminals.get(stream).copied().unwrap_or(false)
    }

    /// Fills `bytes` with random ones. False when the system has none to provide.
    pub(super) fn random(&mut self, bytes: &mut [u8]) -> bool {
        match &mut self.random {
            Random::System => std::fs::File::open("/dev/urandom")
                .and_then(|mut file| file.read_exact(bytes))
                .is_ok(),
            Random::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    let number = split_mix(state).to_le_bytes();
                    chunk.copy_from_slice(&number[..chunk.len()]);
                }
                true
            }
        }
    }
}

fn advance(next: &mut u64) -> i64 {
    let now = *next;
    *next = now.saturating_add(STEP);
    i64::try_from(now).unwrap_or(i64::MAX)
}

/// The next number of SplitMix64 (Steele, Lea and Flood, 2014).
pub(super) fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut number = *state;
    number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}
