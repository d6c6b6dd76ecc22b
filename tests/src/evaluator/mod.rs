//! The slow evaluator: what a program does, worked out from the file's words one instruction at a
//! time.
//!
//! It judges the engines, so it shares nothing with them but the decoder: it has its own
//! arithmetic, memory, tables, calls, traps, fuel and host functions, all written to be obviously
//! right rather than fast. Registers know their types and whether they are assigned, so that a
//! module which the verifier should have refused stops it with a [`Stop::Fault`].

mod control;
mod float;
mod host;
mod integer;
mod managed;
mod operands;
mod state;
mod step;
mod support;
mod value;

use std::rc::Rc;

use vbc::isa::{DecodeError, FuncType, Trap, ValType, decode};
use vbc::link::Program;
use vbc::module::{Definition, Kind, Module, RegisterRun, Spaces};

pub use host::Host;
pub use managed::Object;
use managed::Typing;
pub use state::{ELEMENT, Fault, Memory, PAGE, State, Table};
pub use value::{Any, Value};

/// Calls nest no deeper than this.
const MOST_FRAMES: usize = 100_000;

/// Registers of all frames together.
const MOST_REGISTERS: usize = 4_000_000;

/// Why a program stopped before it returned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A trap.
    Trap(Trap),
    /// The fuel is used up.
    OutOfFuel,
    /// The program asked to end with this code.
    Exit(i32),
    /// The module does what no valid module can do, or the evaluator has no room for it.
    Fault(Fault),
}

impl From<Trap> for Stop {
    fn from(trap: Trap) -> Stop {
        Stop::Trap(trap)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Stop {
        Stop::Fault(fault)
    }
}

/// A finished program (support code included) and its state.
#[derive(Debug)]
pub struct Evaluator<'m> {
    module: &'m Module,
    spaces: Spaces,
    program: &'m Program,
    /// From this function on it is support code: what happens inside costs no fuel.
    support_from: u32,
    /// Memory, tables, globals, segments.
    pub state: State,
    /// What the program was given and has written.
    pub host: Host,
    /// Units left.
    pub fuel: u64,
    /// Instructions that the present support routine may still execute; none outside of one.
    support_steps: Option<u64>,
    typing: Rc<Typing>,
    /// All objects that were ever made.
    pub heap: Vec<Object>,
    /// Bytes that they take.
    heap_bytes: u64,
    /// Bytes that they may take.
    most_heap: u64,
    frame: Frame<'m>,
    callers: Vec<Frame<'m>>,
    registers: usize,
}

/// A function in the middle of its work.
#[derive(Clone, Debug)]
struct Frame<'m> {
    /// Function index.
    function: u32,
    code: &'m [u64],
    /// The word where the current instruction begins.
    at: usize,
    /// None where nothing was written yet.
    registers: Vec<Option<Value>>,
    types: Vec<ValType>,
    typing: Rc<Typing>,
    /// The registers of the caller that take the results.
    results: Vec<u16>,
}

/// Where execution goes after an instruction.
enum Next {
    /// To the following instruction.
    Follow,
    /// By a distance in words from the instruction's first word.
    Branch(i32),
    /// Wherever the frame now points: a function was entered or left.
    Moved,
    /// The outermost function has returned these.
    Done(Vec<Value>),
}

impl<'m> Evaluator<'m> {
    /// An instance of `program` before anything ran, with room for `max_pages` of memory and
    /// `fuel` units.
    pub fn new(program: &'m Program, max_pages: u64, fuel: u64, host: Host) -> Result<Self, Fault> {
        let module = program.module();
        Ok(Evaluator {
            module,
            spaces: module.spaces(),
            program,
            support_from: program.support_from(),
            state: State::new(program, max_pages)?,
            host,
            fuel,
            support_steps: None,
            typing: Typing::new(module),
            heap: Vec::new(),
            heap_bytes: 0,
            most_heap: 1 << 28,
            frame: Frame {
                function: 0,
                code: &[],
                at: 0,
                registers: Vec::new(),
                types: Vec::new(),
                typing: Typing::new(module),
                results: Vec::new(),
            },
            callers: Vec::new(),
            registers: 0,
        })
    }

    /// Fills memory and tables and runs the initialisers.
    pub fn start(&mut self) -> Result<(), Stop> {
        self.state.fill(self.module)??;
        for &function in self.module.initialisers.iter() {
            self.call(function, &[])?;
        }
        Ok(())
    }

    /// Calls a function and returns its results.
    pub fn call(&mut self, function: u32, args: &[Value]) -> Result<Vec<Value>, Stop> {
        self.callers.clear();
        self.registers = 0;
        self.support_steps = None;
        if let Some(Definition::Import(_)) = self.spaces.get(Kind::Func, function) {
            return self.call_host(function, args);
        }
        self.frame = self.enter(function, args, Vec::new())?;
        loop {
            if let Some(results) = self.advance()? {
                return Ok(results);
            }
        }
    }

    /// Executes one instruction; returns the results when the outermost function has returned.
    fn advance(&mut self) -> Result<Option<Vec<Value>>, Stop> {
        self.count_support_steps()?;
        let at = self.frame.at;
        let inst = decode(self.frame.code, at).map_err(|error| self.undecodable(error))?;
        let length = inst.words.len();
        match self.step(&inst)? {
            Next::Follow => self.frame.at = at + length,
            Next::Branch(distance) => {
                let target = at as i64 + i64::from(distance);
                if !(0..self.frame.code.len() as i64).contains(&target) {
                    return Err(Stop::Fault(format!("a branch to word {target}")));
                }
                if distance <= 0 {
                    self.charge(1)?;
                }
                self.frame.at = target as usize;
            }
            Next::Moved => {}
            Next::Done(results) => return Ok(Some(results)),
        }
        Ok(None)
    }

    fn undecodable(&self, error: DecodeError) -> Stop {
        let Frame { function, at, .. } = self.frame;
        Stop::Fault(format!("function {function}, word {at}: {error:?}"))
    }

    /// Takes fuel, except inside support code.
    fn charge(&mut self, units: u64) -> Result<(), Stop> {
        if self.frame.function >= self.support_from {
            return Ok(());
        }
        self.fuel = self.fuel.checked_sub(units).ok_or(Stop::OutOfFuel)?;
        Ok(())
    }

    fn type_number(&self, index: u32) -> Result<&'m FuncType, Fault> {
        let types = &self.module.types;
        types.func(index).ok_or_else(|| format!("type {index}"))
    }

    fn type_of_function(&self, function: u32) -> Result<&'m FuncType, Fault> {
        let index = self.spaces.func_type(self.module, function);
        self.type_number(index.ok_or_else(|| format!("function {function}"))?)
    }

    /// A frame for a defined function.
    fn enter(
        &mut self,
        function: u32,
        args: &[Value],
        results: Vec<u16>,
    ) -> Result<Frame<'m>, Stop> {
        let Some(Definition::Defined(defined)) = self.spaces.get(Kind::Func, function) else {
            return Err(Stop::Fault(format!("function {function} is not defined")));
        };
        let params = &self.type_of_function(function)?.params;
        if !self.all_fit(args, params) {
            return Err(Stop::Fault(format!("arguments {args:?} for {params:?}")));
        }
        let mut frame = Frame {
            function,
            code: self.module.function_code(defined),
            at: 0,
            registers: args.iter().copied().map(Some).collect(),
            types: params.to_vec(),
            typing: self.typing.clone(),
            results,
        };
        for run in self.module.function_runs(defined) {
            let ty = ValType::from_word(run.ty).ok_or_else(|| format!("type {:#x}", run.ty))?;
            let first = (run.flags & RegisterRun::ZEROED != 0)
                .then(|| Value::zero_of(&self.module.types, ty));
            for _ in 0..run.count {
                frame.registers.push(first);
                frame.types.push(ty);
            }
        }
        self.registers += frame.registers.len();
        if self.callers.len() >= MOST_FRAMES || self.registers > MOST_REGISTERS {
            return Err(Stop::Trap(Trap::CallStackExhausted));
        }
        Ok(frame)
    }
}
