//! Fuel and time, and the ways in which a run can be stopped.

use std::time::Instant;

use super::Limits;
use vbc_core::isa::Trap;

/// Why an engine was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The outermost call returned.
    Finished,
    /// A host function ended the program.
    Exited(i32),
    /// The program trapped.
    Trapped(Trap),
    /// The fuel is used up.
    OutOfFuel,
    /// The time is used up.
    TimedOut,
    /// Output cannot be written.
    OutputFailed,
}

impl From<Trap> for Stop {
    fn from(trap: Trap) -> Stop {
        Stop::Trapped(trap)
    }
}

/// What is left of fuel and time.
#[derive(Debug)]
pub struct Meter {
    /// Units of fuel at hand. The rest is in `left`.
    pub fuel: u64,
    /// Units of fuel beyond those at hand; none without a limit.
    left: Option<u64>,
    deadline: Option<Instant>,
}

impl Meter {
    /// Units that are taken at a time, so that the clock is looked at now and then.
    const PORTION: u64 = 20_000;

    /// Bytes that one unit of fuel moves, in a bulk instruction or a call of the host.
    pub const BULK_UNIT: u64 = 4096;

    /// A meter that starts now.
    pub fn new(limits: &Limits) -> Meter {
        let deadline = limits
            .timeout
            .and_then(|timeout| Instant::now().checked_add(timeout));
        let limited = limits.fuel.is_some() || deadline.is_some();
        Meter {
            fuel: if limited { 0 } else { u64::MAX },
            left: limits.fuel,
            deadline,
        }
    }

    /// When the time is up.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether paying is needed at all.
    pub fn is_limited(&self) -> bool {
        self.left.is_some() || self.deadline.is_some()
    }

    /// Units that are left, those at hand included; none without a limit.
    pub fn left(&self) -> Option<u64> {
        Some(self.left? + self.fuel)
    }

    /// Gets more fuel, when there is time and fuel left.
    pub fn refuel(&mut self) -> Result<(), Stop> {
        self.check_time()?;
        let portion = match &mut self.left {
            Some(0) => return Err(Stop::OutOfFuel),
            Some(left) => {
                let portion = (*left).min(Meter::PORTION);
                *left -= portion;
                portion
            }
            None => Meter::PORTION,
        };
        self.fuel += portion;
        Ok(())
    }

    /// Pays for `bytes` that a bulk instruction or a host function moves.
    pub fn charge_bulk(&mut self, bytes: u64) -> Result<(), Stop> {
        let mut units = bytes / Meter::BULK_UNIT;
        while units > self.fuel {
            if let Some(left) = &mut self.left {
                // All at once: a huge operation must not be paid in small coin.
                let missing = units - self.fuel;
                if missing > *left {
                    self.fuel = 0;
                    *left = 0;
                    return Err(Stop::OutOfFuel);
                }
                *left -= missing;
                units -= missing;
            } else {
                units = self.fuel;
            }
        }
        self.fuel -= units;
        self.check_time()
    }

    /// Stops when the time is up.
    pub fn check_time(&self) -> Result<(), Stop> {
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stop::TimedOut),
            _ => Ok(()),
        }
    }
}
