//! A program with everything that it runs on, whichever engine runs it.

#![allow(unsafe_code, reason = "arguments of host functions lie in frames")]

mod bulk;

use std::sync::Arc;

use crate::host::{Host, Native, World};
use crate::{FramePlace, Instance, Limits, Memory, Meter, Outcome, Stop, TrapReport, Value};
use vbc_core::diag::Errors;
use vbc_core::isa::{FuncType, Trap, ValType};
use vbc_core::module::{Definition, Kind, NameSpace, Spaces};
use vbc_linker::Program;

/// A program, its state, its host and its limits.
pub struct Guest {
    /// The program.
    pub program: Arc<Program>,
    /// Its index spaces.
    pub spaces: Spaces,
    /// Its state.
    pub instance: Instance,
    /// What it is given.
    pub host: Host,
    /// The bounds that it keeps.
    pub limits: Limits,
    /// What is left of its fuel and time.
    pub meter: Meter,
    /// For each function of the support code: native code in its place, and its type.
    natives: Box<[Option<(Native, u32)>]>,
    host_results: Vec<u64>,
}

impl Guest {
    /// An instance of `program`. Nothing runs yet. With `plain_support`, no support routine is
    /// replaced by native code. Memory has guard pages when `guarded`.
    ///
    /// # Errors
    ///
    /// Imports that `host` does not provide; memory or tables beyond the limits.
    pub fn new(
        program: Arc<Program>,
        mut host: Host,
        limits: Limits,
        plain_support: bool,
        guarded: bool,
    ) -> Result<Guest, Errors> {
        host.resolve(program.module())?;
        let meter = Meter::new(&limits);
        host.services.deadline = meter.deadline();
        let mut instance =
            Instance::new(&program, &limits, guarded).map_err(|error| Errors(vec![*error]))?;
        if let Some(memory) = &mut instance.memory
            && host.trial.copies
        {
            memory.refuse_borrows();
        }
        let spaces = program.module().spaces();
        let natives = (program.support_from()..spaces.count(Kind::Func))
            .map(|function| {
                let routine = program.routine(function)?;
                let native = (!plain_support).then(|| host.native(routine.name))??;
                Some((native, spaces.func_type(program.module(), function)?))
            })
            .collect();
        Ok(Guest {
            spaces,
            instance,
            host,
            limits,
            meter,
            natives,
            host_results: Vec::new(),
            program,
        })
    }

    /// Fills memory and tables: what comes before the initialisers.
    pub fn fill(&mut self) -> Result<(), Outcome> {
        let filled = self.instance.fill(&self.program, &self.meter);
        filled.map_err(|stop| self.ended(stop))
    }

    /// Runs routines that may take long as they are written, so that they notice the end of the time.
    pub fn keep_short_natives(&mut self) {
        for native in &mut self.natives {
            *native = native.filter(|(native, _)| native.is_short());
        }
    }

    /// Native code in place of the function, which is then a support routine.
    pub fn native(&self, function: u32) -> Option<Native> {
        let at = function.checked_sub(self.program.support_from())?;
        let (native, _) = self.natives.get(at as usize).copied().flatten()?;
        Some(native)
    }

    /// Whether the host runs function `index`: an import, or a routine with native code.
    pub fn is_host(&self, index: u32) -> bool {
        index < self.spaces.imported(Kind::Func) || self.native(index).is_some()
    }

    /// Whether function `index` is support code, inside which nothing costs fuel and nothing is
    /// shown.
    pub fn is_support(&self, index: u32) -> bool {
        index >= self.program.support_from()
    }

    /// The type of function `index`.
    pub fn function_type(&self, index: u32) -> Option<&FuncType> {
        let module = self.program.module();
        let ty = self.spaces.func_type(module, index)?;
        module.types.func(ty)
    }

    /// The number by which indirect calls compare the type of function `index`.
    pub fn canonical_type(&self, index: u32) -> u32 {
        let ty = self.spaces.func_type(self.program.module(), index);
        let ty = ty.and_then(|ty| self.program.canonical_types().get(ty as usize));
        ty.copied().unwrap_or(0)
    }

    /// The type of function `index`, when arguments fit it.
    pub fn callable(&self, index: u32, args: &[Value]) -> Option<FuncType> {
        let ty = self.function_type(index)?;
        let fit = args.iter().map(Value::ty).eq(ty.params.iter().copied());
        fit.then(|| ty.clone())
    }

    /// Calls host function `function` with arguments at `frame`. Gives its results.
    ///
    /// # Safety
    ///
    /// As many slots as the function has parameters lie at `frame`, outside of this value.
    pub unsafe fn call_host(&mut self, function: u32, frame: *const u64) -> Result<&[u64], Stop> {
        let world = World {
            memory: self.instance.memory.as_mut(),
            meter: &mut self.meter,
        };
        // SAFETY: the caller put the arguments there.
        let args = |count| unsafe { std::slice::from_raw_parts(frame, count) };
        let results = &mut self.host_results;
        let at = function.checked_sub(self.program.support_from());
        match at.and_then(|at| self.natives.get(at as usize)) {
            Some(&Some((native, ty))) => {
                let ty = self.program.module().types.func(ty);
                let ty = ty.ok_or(Trap::HostFault)?;
                self.host.call_native(native, ty, world, args, results)?;
            }
            Some(None) | None => self.host.call(function as usize, world, args, results)?,
        }
        Ok(&self.host_results)
    }

    /// How the end of a run that neither returned nor trapped looks from outside.
    pub fn ended(&mut self, stop: Stop) -> Outcome {
        match stop {
            Stop::Finished => Outcome::Finished(Vec::new()),
            Stop::Exited(code) => Outcome::Exited(code),
            Stop::Trapped(trap) => Outcome::trapped(trap),
            Stop::OutOfFuel => Outcome::OutOfFuel,
            Stop::TimedOut => Outcome::TimedOut,
            Stop::OutputFailed => match self.host.services.flush() {
                Err(failure) if failure.late => Outcome::TimedOut,
                Err(failure) => Outcome::OutputFailed(failure),
                Ok(()) => Outcome::trapped(Trap::HostFault),
            },
        }
    }

    /// The memory, if the program has one.
    pub fn memory(&self) -> Option<&Memory> {
        self.instance.memory.as_ref()
    }

    /// The value of global `index`.
    pub fn global(&self, index: u32) -> Option<Value> {
        let row = self.program.module().globals.get(index as usize)?;
        let slot = *self.instance.globals.get(index as usize)?;
        Some(Value::from_slot(ValType::from_word(row.ty)?, slot))
    }

    /// The place of the instruction at `word` of function `function`, for a report.
    pub fn frame_place(&self, function: u32, word: usize) -> FramePlace {
        let module = self.program.module();
        FramePlace {
            function,
            name: module.display_name(NameSpace::Func, function),
            instruction: self.instruction_number(function, word),
            source: module.source_place(function, word as u64),
        }
    }

    fn instruction_number(&self, function: u32, word: usize) -> u32 {
        let Some(Definition::Defined(defined)) = self.spaces.get(Kind::Func, function) else {
            return 0;
        };
        let code = self.program.module().function_code(defined);
        let (mut at, mut number) = (0, 0);
        while at < word
            && let Ok(inst) = vbc_core::isa::decode(code, at)
        {
            at += inst.words.len();
            number += 1;
        }
        number
    }
}

/// Collects the active calls of a trap, innermost first; support routines are left out.
#[derive(Debug, Default)]
pub struct Calls {
    /// Function and word of those that a report lists.
    listed: Vec<(u32, usize)>,
    outermost: Option<(u32, usize)>,
    depth: usize,
}

impl Calls {
    /// The innermost calls that a report lists; the outermost one is listed too.
    const LISTED: usize = 50;

    /// The next call outwards, which stands in `function` at a place that the engine knows.
    pub fn add(&mut self, guest: &Guest, function: u32, place: usize) {
        if guest.is_support(function) {
            return;
        }
        self.depth += 1;
        self.outermost = Some((function, place));
        if self.listed.len() < Calls::LISTED {
            self.listed.push((function, place));
        }
    }

    /// The report; `frame` describes a place.
    pub fn report(mut self, trap: Trap, frame: impl Fn(u32, usize) -> FramePlace) -> TrapReport {
        if self.depth > self.listed.len() {
            self.listed.extend(self.outermost);
        }
        TrapReport {
            trap,
            omitted: self.depth - self.listed.len(),
            frames: self
                .listed
                .into_iter()
                .map(|(function, place)| frame(function, place))
                .collect(),
        }
    }
}

/// Calls the initialisers of a program in order, up to one that does not finish.
///
/// # Errors
///
/// How that one ended.
pub fn initialise(program: &Program, invoke: impl FnMut(u32) -> Outcome) -> Result<(), Outcome> {
    let functions = program.module().initialisers.iter().copied();
    let mut ends = functions.map(invoke);
    match ends.find(|end| !matches!(end, Outcome::Finished(_))) {
        Some(end) => Err(end),
        None => Ok(()),
    }
}
