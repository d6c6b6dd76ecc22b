//! How instructions are shown, worked out once for each function.

use std::fmt::Write;
use std::ops::Range;

use crate::slots::Slots;
use vbc_core::isa::{self, DISCARD, Inst, Op, Role, ValType};
use vbc_core::module::{Definition, Kind, NameSpace};
use vbc_core::text::{FunctionText, ModuleText, Style};
use vbc_linker::Program;

/// What kind of step an instruction is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Shown after it with what it wrote, or before it with what it reads.
    Plain,
    /// Its value is in its text.
    Constant,
    /// Shown when the call begins, by the callee's name alone.
    Call,
    TailCall,
    Return,
    /// A call that is shown as PRINT or WRITE, with the value as operand.
    Print,
}

/// An instruction as traces show it.
pub(super) struct StepShape {
    pub(super) op: Op,
    pub(super) form: Form,
    pub(super) number: u32,
    pub(super) text: String,
    pub(super) sources: Vec<u16>,
    /// Without results that are dropped.
    pub(super) destinations: Vec<u16>,
}

impl StepShape {
    /// Whether it is shown when its results are known.
    pub(super) fn shows_results(&self) -> bool {
        matches!(self.form, Form::Plain | Form::Constant) && !self.destinations.is_empty()
    }
}

/// The instructions of a function.
pub(super) struct FunctionSteps {
    pub(super) name: String,
    /// By register.
    pub(super) types: Vec<ValType>,
    /// Where they lie.
    pub(super) slots: Slots,
    /// By register.
    pub(super) register_names: Vec<String>,
    /// The parameters.
    pub(super) assigned_at_entry: Range<usize>,
    pub(super) zeroed: Vec<usize>,
    /// By ascending word.
    steps: Vec<(usize, StepShape)>,
}

impl FunctionSteps {
    pub(super) fn new(program: &Program, function: u32) -> FunctionSteps {
        let (types, params, zeroed) = super::registers(program, function);
        let mut made = FunctionSteps {
            name: super::function_name(program, function),
            register_names: Vec::new(),
            types,
            assigned_at_entry: 0..params,
            zeroed,
            slots: Slots::default(),
            steps: Vec::new(),
        };
        let module_text = ModuleText::new(program.module());
        if let Some(Definition::Defined(defined)) = module_text.spaces.get(Kind::Func, function) {
            let text = FunctionText::new(&module_text, defined);
            let runs = program.module().function_runs(defined);
            made.slots = Slots::new(&made.types[..params], runs);
            let registers = 0..made.types.len() as u16;
            made.register_names = registers.map(|register| name_of(&text, register)).collect();
            let (mut word, mut number) = (0, 0);
            while let Ok(inst) = isa::decode(text.code, word) {
                made.steps
                    .push((word, step(program, &text, &inst, word, number)));
                word += inst.words.len();
                number += 1;
            }
        }
        made
    }

    /// The instruction at `word`.
    pub(super) fn at(&self, word: usize) -> Option<&StepShape> {
        let at = self.steps.binary_search_by_key(&word, |step| step.0).ok()?;
        Some(&self.steps[at].1)
    }
}

fn name_of(text: &FunctionText<'_>, register: u16) -> String {
    let mut name = String::new();
    text.push_register(&mut name, register);
    name
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are shown as they are printed"
)]
fn step(
    program: &Program,
    text: &FunctionText<'_>,
    inst: &Inst<'_>,
    word: usize,
    number: u32,
) -> StepShape {
    let (sources, destinations) = operands(text, inst);
    let mut shape = StepShape {
        op: inst.op,
        form: form(inst.op),
        number,
        text: String::new(),
        sources,
        destinations,
    };
    let out = &mut shape.text;
    match inst.op {
        Op::Call | Op::TailCall => {
            let routine = program
                .routine(inst.func())
                .map_or("", |routine| routine.name);
            match spelling(routine) {
                Some((word, Form::Print)) => {
                    out.push_str(word);
                    shape.form = Form::Print;
                }
                Some((word, form)) if inst.op == Op::Call => {
                    let _ = write!(out, "{word} ");
                    let registers = shape.destinations.iter().chain(&shape.sources);
                    for (n, &register) in registers.enumerate() {
                        out.push_str(if n > 0 { ", " } else { "" });
                        text.push_register(out, register);
                    }
                    shape.form = form;
                }
                _ => {
                    let _ = write!(out, "{} ", inst.info().mnemonic);
                    text.module
                        .push_reference(out, NameSpace::Func, inst.func());
                    shape.sources.clear();
                }
            }
        }
        Op::CallIndirect | Op::TailCallIndirect => {
            let _ = write!(out, "{} ", inst.info().mnemonic);
            text.module
                .push_reference(out, NameSpace::Table, inst.table(0));
            out.push_str(", ");
            text.push_register(out, inst.src(0));
            shape.sources.truncate(1);
        }
        _ => text.push_instruction(out, inst, word, Style { bare: true }),
    }
    shape
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are shown as they are printed"
)]
fn form(op: Op) -> Form {
    match op {
        Op::Return => Form::Return,
        Op::Call | Op::CallIndirect => Form::Call,
        Op::TailCall | Op::TailCallIndirect => Form::TailCall,
        Op::ConstI32 | Op::ConstI64 | Op::ConstF32 | Op::ConstF64 | Op::RefNull | Op::RefFunc => {
            Form::Constant
        }
        _ => Form::Plain,
    }
}

/// How a call of a support routine is written, if it has a spelling.
fn spelling(routine: &str) -> Option<(&'static str, Form)> {
    let typed = |prefix: &str| {
        routine
            .strip_prefix(prefix)
            .is_some_and(|ty| ValType::named(ty).is_some_and(|ty| !ty.is_managed()))
    };
    match routine {
        "vbc.alloc" => Some(("ALLOC", Form::Plain)),
        "vbc.free" => Some(("FREE", Form::Plain)),
        _ if typed("vbc.print_") => Some(("PRINT", Form::Print)),
        _ if typed("vbc.write_") => Some(("WRITE", Form::Print)),
        _ => None,
    }
}

/// The registers that an instruction reads and writes, in the order of the text.
fn operands(text: &FunctionText<'_>, inst: &Inst<'_>) -> (Vec<u16>, Vec<u16>) {
    let (mut sources, mut destinations) = (Vec::new(), Vec::new());
    for operand in inst.operands() {
        match operand.role {
            Role::Src(_) => sources.push(inst.register(operand)),
            Role::Dst(_) => destinations.push(inst.register(operand)),
            Role::Args(_) => sources.extend(text.split(inst).0),
            Role::Results(_) => destinations.extend(results(text, inst)),
            Role::Imm(_)
            | Role::Offset
            | Role::Addend
            | Role::Label
            | Role::Targets
            | Role::Index(_)
            | Role::TrapKind
            | Role::RefType
            | Role::Field
            | Role::Count => {}
        }
    }
    (sources, destinations)
}

fn results<'t>(text: &FunctionText<'_>, inst: &Inst<'t>) -> impl Iterator<Item = u16> + use<'t> {
    let results = text.split(inst).1;
    results.iter().copied().filter(|&result| result != DISCARD)
}
