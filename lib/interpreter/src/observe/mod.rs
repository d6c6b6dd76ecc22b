//! Watching a program: the observer sees every instruction of the program's own functions before
//! it runs, and again after it when it wrote registers. It traces, counts, and knows which
//! registers hold something.
//!
//! For this the predecoder fuses nothing and puts an `Observe` cell before and after each
//! instruction. Support routines get none, so that nothing inside them is seen.

mod shown;
mod snapshot;

use std::collections::HashMap;
use std::sync::Arc;

pub use snapshot::Snapshot;

use super::machine::Regs;
use super::state::Machine;
use shown::{Form, FunctionSteps, StepShape};
use vbc_core::isa::{Op, ValType};
use vbc_core::module::{Definition, Kind, NameSpace};
use vbc_linker::Program;
use vbc_runtime::Value;

/// A function begins.
pub(super) const ENTER: u16 = 0;
/// An instruction is about to run.
pub(super) const BEFORE: u16 = 1;
/// An instruction has written its destinations.
pub(super) const BEHIND: u16 = 2;

/// An instruction that was executed, as a trace shows it.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The function's name.
    pub function: &'a str,
    /// Number of the instruction in the function, from 0.
    pub instruction: u32,
    /// The instruction as text, without the values.
    pub text: &'a str,
    /// The values that it wrote; those that it read, when it writes none.
    pub values: &'a [Value],
    /// Whether `text` is complete only with the values: PRINT and what it printed.
    pub values_are_operands: bool,
}

/// Takes the steps of a trace.
pub type Tracer = Box<dyn FnMut(&Step<'_>) + Send>;

/// What is watched, and what has been seen.
#[derive(Default)]
pub struct Observer {
    tracer: Option<Tracer>,
    /// By position in [`Op::ALL`]: how often the instruction ran. Empty when nothing is counted.
    operations: Vec<u64>,
    /// By function index: how many instructions ran there.
    functions: HashMap<u32, u64>,
    steps: HashMap<u32, Arc<FunctionSteps>>,
    frames: Vec<ObservedFrame>,
    /// An instruction that a trace shows when its results are known.
    pending: Option<Pending>,
    /// The registers of the entry function before its RETURN.
    last: Option<Snapshot>,
}

/// An active call of one of the program's own functions.
struct ObservedFrame {
    function: u32,
    /// By register, a bit: whether it holds something.
    assigned: Vec<u64>,
    /// Word of the instruction that runs.
    word: usize,
}

struct Pending {
    depth: usize,
    word: usize,
}

impl Observer {
    /// An observer that only knows what registers hold.
    pub fn new() -> Observer {
        Observer::default()
    }

    /// Also hands each step to `tracer`.
    pub fn with_tracer(mut self, tracer: Tracer) -> Observer {
        self.tracer = Some(tracer);
        self
    }

    /// Also counts instructions.
    pub fn with_counts(mut self) -> Observer {
        self.operations = vec![0; Op::ALL.len()];
        self
    }

    /// How often each instruction ran, by mnemonic and types, the most frequent ones first.
    pub fn operation_counts(&self) -> Vec<(String, u64)> {
        let all = Op::ALL.iter().zip(&self.operations);
        let mut counts: Vec<(String, u64)> = all
            .filter(|&(_, &count)| count > 0)
            .map(|(op, &count)| (op.info().full_mnemonic(), count))
            .collect();
        counts.sort_by(|(a, more), (b, less)| less.cmp(more).then_with(|| a.cmp(b)));
        counts
    }

    /// How many instructions ran in each function, the busiest first.
    pub fn function_counts(&self) -> Vec<(u32, u64)> {
        let mut counts: Vec<(u32, u64)> = self.functions.iter().map(|(&f, &n)| (f, n)).collect();
        counts.sort_by_key(|&(function, count)| (std::cmp::Reverse(count), function));
        counts
    }

    /// Forgets the frames of a call that was abandoned.
    pub(super) fn begin(&mut self) {
        self.frames.clear();
        self.pending = None;
    }

    /// The program has stopped.
    pub(super) fn end(&mut self) {
        self.flush();
    }

    fn steps(&mut self, program: &Program, function: u32) -> Arc<FunctionSteps> {
        let made = self
            .steps
            .entry(function)
            .or_insert_with(|| Arc::new(FunctionSteps::new(program, function)));
        made.clone()
    }

    fn enter(&mut self, program: &Program, function: u32) {
        let steps = self.steps(program, function);
        let mut assigned = vec![0_u64; steps.types.len() / 64 + 1];
        for register in steps.assigned_at_entry.clone() {
            assigned[register / 64] |= 1 << (register % 64);
        }
        for &register in &steps.zeroed {
            assigned[register / 64] |= 1 << (register % 64);
        }
        self.frames.push(ObservedFrame {
            function,
            assigned,
            word: 0,
        });
    }

    fn before(&mut self, program: &Program, function: u32, word: usize, fp: *const u64) {
        self.flush();
        let steps = self.steps(program, function);
        let Some(shape) = steps.at(word) else { return };
        if let Some(count) = self.operations.get_mut(shape.op.index()) {
            *count += 1;
            *self.functions.entry(function).or_default() += 1;
        }
        let depth = self.frames.len();
        if let Some(frame) = self.frames.last_mut() {
            frame.word = word;
        }
        let leaves = matches!(shape.form, Form::Return | Form::TailCall);
        let ends_program =
            shape.form == Form::Return && depth == 1 && program.module().entry == Some(function);
        if ends_program {
            self.last = self.snapshot_of(program, depth, fp);
        } else if self.tracer.is_some() {
            if shape.shows_results() {
                self.pending = Some(Pending { depth, word });
            } else {
                self.show(&steps, shape, &values(&steps, fp, &shape.sources));
            }
        }
        if leaves {
            self.frames.pop();
        }
    }

    fn behind(&mut self, program: &Program, function: u32, word: usize, fp: *const u64) {
        let steps = self.steps(program, function);
        let Some(shape) = steps.at(word) else { return };
        if let Some(frame) = self.frames.last_mut() {
            for &register in &shape.destinations {
                frame.assigned[usize::from(register) / 64] |= 1 << (register % 64);
            }
        }
        if self.pending.take().is_some() {
            let shown = match shape.form {
                // What a constant becomes is written in it.
                Form::Constant => &[][..],
                Form::Plain | Form::Call | Form::TailCall | Form::Return | Form::Print => {
                    &shape.destinations
                }
            };
            self.show(&steps, shape, &values(&steps, fp, shown));
        }
    }

    /// Shows an instruction whose results never came: it trapped, or ended the program.
    fn flush(&mut self) {
        if let Some(pending) = self.pending.take()
            && let Some(frame) = pending
                .depth
                .checked_sub(1)
                .and_then(|at| self.frames.get(at))
            && let Some(steps) = self.steps.get(&frame.function).cloned()
            && let Some(shape) = steps.at(pending.word)
        {
            self.show(&steps, shape, &[]);
        }
    }

    /// Hands a step with values of the innermost frame to the tracer.
    fn show(&mut self, steps: &FunctionSteps, shape: &StepShape, values: &[Value]) {
        if let Some(tracer) = &mut self.tracer {
            tracer(&Step {
                function: &steps.name,
                instruction: shape.number,
                text: &shape.text,
                values,
                values_are_operands: shape.form == Form::Print,
            });
        }
    }
}

/// What some registers hold in the function's frame at `fp`.
fn values(steps: &FunctionSteps, fp: *const u64, registers: &[u16]) -> Vec<Value> {
    let registers = registers.iter();
    registers
        .filter_map(|&register| value(steps, fp, register))
        .collect()
}

/// What a register holds in the function's frame at `fp`.
fn value(steps: &FunctionSteps, fp: *const u64, register: u16) -> Option<Value> {
    let &ty = steps.types.get(usize::from(register))?;
    // SAFETY: the slot lies in the frame, which lies in the machine's stack.
    let slot = unsafe { *fp.add(steps.slots.of(register).into()) };
    Some(Value::from_slot(ty, slot))
}

impl ObservedFrame {
    fn is_assigned(&self, register: usize) -> bool {
        self.assigned
            .get(register / 64)
            .is_some_and(|bits| bits >> (register % 64) & 1 != 0)
    }
}

/// Shows the observer where `m` is: `a` is the phase, `c:d` the word, word 2 the function.
pub(super) fn observe(vm: &mut Machine, m: &Regs) {
    let (word, function) = (m.cd() as usize, m.word(2) as u32);
    let Some(observer) = &mut vm.observer else {
        return;
    };
    match m.a() as u16 {
        ENTER => observer.enter(&vm.guest.bound.program, function),
        BEFORE => observer.before(&vm.guest.bound.program, function, word, m.fp),
        _ => observer.behind(&vm.guest.bound.program, function, word, m.fp),
    }
}

/// The types of all registers of a function, and which of them are zeroed.
fn registers(program: &Program, function: u32) -> (Vec<ValType>, usize, Vec<usize>) {
    let module = program.module();
    let spaces = module.spaces();
    let params = spaces
        .func_type(module, function)
        .and_then(|ty| module.types.func(ty))
        .map_or(&[][..], |ty| &*ty.params);
    let mut types = params.to_vec();
    let mut zeroed = Vec::new();
    if let Some(Definition::Defined(defined)) = spaces.get(Kind::Func, function) {
        let (all, has_value): (Vec<ValType>, Vec<bool>) = module.registers(defined).unzip();
        zeroed = (params.len()..all.len())
            .filter(|&at| has_value[at])
            .collect();
        types = all;
    }
    // Of references values are shown, for which the hierarchy is enough.
    let types = types.iter().map(|&ty| module.types.hierarchy(ty)).collect();
    (types, params.len(), zeroed)
}

fn function_name(program: &Program, function: u32) -> String {
    program.module().display_name(NameSpace::Func, function)
}
