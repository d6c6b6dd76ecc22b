//! Calls and returns.

use vbc::isa::{Inst, Trap};
use vbc::module::{Definition, Kind};

use super::value::Value;
use super::{Evaluator, Fault, Frame, Next, Stop};

impl<'m> Evaluator<'m> {
    fn arguments(&self, registers: &[u16]) -> Result<Vec<Value>, Fault> {
        registers
            .iter()
            .map(|&number| self.frame.get(number))
            .collect()
    }

    /// Splits an instruction's list into argument and result registers.
    pub(super) fn lists<'i>(
        &self,
        inst: &Inst<'i>,
        params: usize,
        results: usize,
    ) -> Result<(&'i [u16], &'i [u16]), Fault> {
        let lanes = inst.registers();
        match lanes.get(params..params + results) {
            Some(results) => Ok((&lanes[..params], results)),
            None => Err(format!("{} lanes in {}", lanes.len(), inst.info().name)),
        }
    }

    /// CALL and CALL_INDIRECT, once the callee is known.
    pub(super) fn call_function(&mut self, inst: &Inst<'_>, callee: u32) -> Result<Next, Stop> {
        let ty = self.type_of_function(callee)?;
        let (params, results) = self.lists(inst, ty.params.len(), ty.results.len())?;
        let args = self.arguments(params)?;
        self.charge(1)?;
        if let Some(Definition::Import(_)) = self.spaces.get(Kind::Func, callee) {
            let values = self.call_host(callee, &args)?;
            deliver(&mut self.frame, results, &values)?;
            return Ok(Next::Follow);
        }
        let frame = self.enter(callee, &args, results.to_vec())?;
        let mut caller = std::mem::replace(&mut self.frame, frame);
        caller.at += inst.words.len();
        self.callers.push(caller);
        Ok(Next::Moved)
    }

    /// TAIL_CALL and TAIL_CALL_INDIRECT, once the callee is known.
    pub(super) fn tail_call_function(
        &mut self,
        inst: &Inst<'_>,
        callee: u32,
    ) -> Result<Next, Stop> {
        let ty = self.type_of_function(callee)?;
        let (params, _) = self.lists(inst, ty.params.len(), 0)?;
        let args = self.arguments(params)?;
        self.charge(1)?;
        if let Some(Definition::Import(_)) = self.spaces.get(Kind::Func, callee) {
            let values = self.call_host(callee, &args)?;
            return self.return_values(&values);
        }
        self.registers -= self.frame.registers.len();
        let results = std::mem::take(&mut self.frame.results);
        self.frame = self.enter(callee, &args, results)?;
        Ok(Next::Moved)
    }

    /// The function that an indirect call finds in its table.
    pub(super) fn indirect_callee(&mut self, inst: &Inst<'_>) -> Result<u32, Stop> {
        let table = self.index(inst, 0)?;
        let index = self.unsigned(inst, 1)?;
        let expected = self.index(inst, 2)?;
        let table = self
            .state
            .tables
            .get(table as usize)
            .ok_or_else(|| format!("table {table}"))?;
        let item = usize::try_from(index)
            .ok()
            .and_then(|index| table.items.get(index));
        let callee = match item {
            None => return Err(Stop::Trap(Trap::UndefinedElement)),
            Some(Value::FuncRef(None)) => return Err(Stop::Trap(Trap::UninitializedElement)),
            Some(&Value::FuncRef(Some(callee))) => callee,
            Some(other) => return Err(Stop::Fault(format!("a call of {other:?}"))),
        };
        if !self.may_call(callee, expected) {
            return Err(Stop::Trap(Trap::IndirectCallType));
        }
        Ok(callee)
    }

    /// RETURN of all results of the function that the frame belongs to.
    pub(super) fn return_from(&mut self, inst: &Inst<'_>) -> Result<Next, Stop> {
        let count = self.type_of_function(self.frame.function)?.results.len();
        let listed;
        let registers = match count {
            0 => &[],
            1 => {
                listed = [inst.src(0)];
                &listed[..]
            }
            _ => self.lists(inst, count, 0)?.0,
        };
        let values = self.arguments(registers)?;
        self.return_values(&values)
    }

    fn return_values(&mut self, values: &[Value]) -> Result<Next, Stop> {
        let declared = &self.type_of_function(self.frame.function)?.results;
        if !self.all_fit(values, declared) {
            return Err(Stop::Fault(format!("results {values:?} for {declared:?}")));
        }
        self.registers = self.registers.saturating_sub(self.frame.registers.len());
        match self.callers.pop() {
            None => Ok(Next::Done(values.to_vec())),
            Some(caller) => {
                let finished = std::mem::replace(&mut self.frame, caller);
                deliver(&mut self.frame, &finished.results, values)?;
                Ok(Next::Moved)
            }
        }
    }
}

/// Writes results to the registers that a call names for them.
fn deliver(frame: &mut Frame<'_>, registers: &[u16], values: &[Value]) -> Result<(), Fault> {
    if registers.len() != values.len() {
        return Err(format!("{} results for {}", values.len(), registers.len()));
    }
    for (&register, &value) in registers.iter().zip(values) {
        if register != vbc::isa::DISCARD {
            frame.set(register, value)?;
        }
    }
    Ok(())
}
