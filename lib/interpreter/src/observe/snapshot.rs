//! What the registers of a call hold.

use super::{Observer, value};
use crate::backtrace::Frame;
use vbc_linker::Program;
use vbc_runtime::Value;

/// The registers of a call, and the calls around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// The function's name.
    pub function: String,
    /// Name and value of each register; none where it holds nothing.
    pub registers: Vec<(String, Option<Value>)>,
    /// The active calls, innermost first: name of the function, number of the instruction.
    pub calls: Vec<(String, u32)>,
}

impl Observer {
    /// The innermost call where the program stopped; the entry function before its RETURN, when
    /// it finished. None when nothing of the program's own ran.
    /// `frames` are the active calls of the program's own functions, innermost first.
    pub(crate) fn snapshot(&mut self, program: &Program, frames: &[Frame]) -> Option<Snapshot> {
        match self.frames.len() {
            0 => self.last.clone(),
            // A tail call that came to nothing has its frame still, but is not observed any more.
            depth => {
                let innermost = frames.get(frames.len().checked_sub(depth)?)?;
                self.snapshot_of(program, depth, innermost.fp)
            }
        }
    }

    /// The call at `depth`, counted from 1, with its frame at `fp`, and those around it.
    pub(super) fn snapshot_of(
        &mut self,
        program: &Program,
        depth: usize,
        fp: *const u64,
    ) -> Option<Snapshot> {
        let function = self.frames.get(depth.checked_sub(1)?)?.function;
        let steps = self.steps(program, function);
        let frame = &self.frames[depth - 1];
        let registers = steps.register_names.iter().enumerate();
        let registers = registers.map(|(register, name)| {
            let value = frame
                .is_assigned(register)
                .then(|| value(&steps, fp, register as u16))
                .flatten();
            (name.clone(), value)
        });
        Some(Snapshot {
            function: steps.name.clone(),
            registers: registers.collect(),
            calls: self.calls(program, depth),
        })
    }

    fn calls(&mut self, program: &Program, depth: usize) -> Vec<(String, u32)> {
        let places: Vec<(u32, usize)> = self.frames[..depth]
            .iter()
            .rev()
            .map(|frame| (frame.function, frame.word))
            .collect();
        let call = |(function, word)| {
            let steps = self.steps(program, function);
            let number = steps.at(word).map_or(0, |step| step.number);
            (steps.name.clone(), number)
        };
        places.into_iter().map(call).collect()
    }
}
