//! How long support routines may work: `docs/support.md` bounds them, whatever is in memory.

use super::value::Value;
use super::{Evaluator, Stop};

/// Instructions of a call of the routine, by the largest length that it is given.
///
/// The figures are those of `docs/support.md`.
fn most_steps(routine: &str, length: u64) -> u64 {
    match routine.split_once('_').map_or(routine, |(verb, _)| verb) {
        "vbc.parse" => 400_000 + 40 * length,
        "vbc.alloc" => 10_000,
        _ => 1_000,
    }
}

impl Evaluator<'_> {
    /// Stops where a routine takes longer than it ever may. Before each instruction.
    pub(super) fn count_support_steps(&mut self) -> Result<(), Stop> {
        let function = self.frame.function;
        if function < self.support_from {
            self.support_steps = None;
            return Ok(());
        }
        let name = || {
            let routine = self.program.routine(function);
            routine.map_or("a function of support code", |routine| routine.name)
        };
        let left = match self.support_steps {
            Some(left) => left,
            // The routine's first instruction: its registers are its arguments.
            None => {
                let length = match self.frame.registers.get(1) {
                    Some(Some(Value::I32(length))) => u64::from(*length as u32),
                    Some(Some(Value::I64(length))) => *length as u64,
                    _ => 0,
                };
                most_steps(name(), length.min(1 << 40))
            }
        };
        let Some(left) = left.checked_sub(1) else {
            return Err(Stop::Fault(format!("{} takes too long", name())));
        };
        self.support_steps = Some(left);
        Ok(())
    }
}
