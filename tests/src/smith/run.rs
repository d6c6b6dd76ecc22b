//! Lifted modules on our own engines: every export is called, and what remains is looked at.

use std::collections::BTreeMap;

use crate::machine::{Given, MachineKind, TestMachine};
use vbc::diag::Errors;
use vbc::host::{Host, HostOutcome};
use vbc::isa::{FuncType, PlainRef, Trap, ValType};
use vbc::link::{Program, load};
use vbc::module::{Kind, Module};
use vbc::runtime::{Outcome, Pointer, Value};
use vbc::verify::{Options, Verified};

use super::split_mix;

/// The one external reference that there is.
pub const EXTERNAL: u32 = 7;

/// A call of an export.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The export.
    pub name: String,
    /// The arguments.
    pub args: Vec<Value>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// It returned these results. References are compared by whether they are null.
    Returned(Vec<Value>),
    /// It trapped.
    Trapped(Trap),
    /// It ended in a way that no such module can ask for.
    Other(String),
}

/// What calling a module's exports has shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The trap at which instantiation ended.
    pub start: Option<Trap>,
    /// How the calls ended, in order; none after a trap at the start.
    pub ends: Vec<End>,
    /// Exported globals by name.
    pub globals: BTreeMap<String, Value>,
    /// The memory.
    pub memory: Vec<u8>,
}

/// A module, lifted.
///
/// # Errors
///
/// When lift refuses it.
pub fn lift(wasm: &[u8]) -> Result<Module, Errors> {
    let options = vbc::lift::Options {
        threads: 1,
        ..Default::default()
    };
    vbc::lift::lift("module.wasm", wasm, &options)
}

/// The program that a lifted module makes.
///
/// # Panics
///
/// When the module is invalid or cannot be loaded.
pub fn program(module: Module) -> Program {
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let verified = Verified::new(module, &options);
    let verified = verified.unwrap_or_else(|rejected| panic!("lifted, but not valid: {rejected}"));
    load("module.wasm", verified).unwrap_or_else(|errors| panic!("cannot be loaded: {errors}"))
}

/// Two calls of each exported function, in order, with arguments that `seed` decides.
pub fn calls(program: &Program, seed: u64) -> Vec<Call> {
    let module = program.module();
    let spaces = module.spaces();
    let mut state = seed;
    let mut calls = Vec::new();
    for row in module.exports.iter() {
        let ty = match row.kind() {
            Some(Kind::Func) => spaces.func_type(module, row.index),
            _ => None,
        };
        let Some(ty) = ty.and_then(|ty| module.types.func(ty)) else {
            continue;
        };
        // An import that is exported again is the host's, which is called by programs only.
        if row.index < spaces.imported(Kind::Func) {
            continue;
        }
        for round in 0..2 {
            let args = ty.params.iter();
            calls.push(Call {
                name: module.strings.get(row.name).to_owned(),
                args: args.map(|&ty| argument(ty, round, &mut state)).collect(),
            });
        }
    }
    calls
}

/// Zero in round 0, then something small or random.
fn argument(ty: ValType, round: u32, state: &mut u64) -> Value {
    let random = split_mix(state);
    let number = match round {
        0 => 0,
        // Small numbers find elements of tables and bytes of memory.
        _ if random & 1 == 0 => (random >> 8) % 40,
        _ => random,
    };
    match ty {
        ValType::I32 => Value::I32(number as i32),
        ValType::I64 => Value::I64(number as i64),
        ValType::F32 => Value::F32(number as i64 as f32),
        ValType::F64 => Value::F64(number as i64 as f64),
        ValType::Ref(ty) => match ty.plain() {
            Some(PlainRef::Func) => Value::FuncRef(None),
            Some(PlainRef::Extern) | None => {
                Value::ExternRef((number % 2 == 1).then_some(EXTERNAL))
            }
        },
        ValType::Ptr => Value::Ptr(Pointer::NULL),
    }
}

/// What the imported function called `name` returns for some arguments.
///
/// # Panics
///
/// When there is no such function or the arguments do not fit it.
pub fn imported(name: &str, args: &[Value]) -> Vec<Value> {
    match (name, args) {
        ("nothing", []) => Vec::new(),
        ("mix", &[Value::I32(a), Value::I64(b)]) => {
            vec![Value::I64(i64::from(a).wrapping_mul(31).wrapping_add(b))]
        }
        ("scale", &[Value::F64(a), Value::F32(b)]) => {
            let small = if b.is_nan() { 0.0 } else { b * 0.5 };
            let large = if a.is_nan() { 0.0 } else { a * 2.0 };
            vec![Value::F32(small), Value::F64(large)]
        }
        ("pass", &[reference @ Value::ExternRef(_), Value::FuncRef(_)]) => vec![reference],
        _ => panic!("host:{name} is called with {args:?}"),
    }
}

fn host() -> Host {
    use ValType::{F32, F64, I32, I64};
    let mut host = Host::default();
    let types = [
        ("nothing", FuncType::new(&[], &[])),
        ("mix", FuncType::new(&[I32, I64], &[I64])),
        ("scale", FuncType::new(&[F64, F32], &[F32, F64])),
        (
            "pass",
            FuncType::new(
                &[ValType::EXTERNREF, ValType::FUNCREF],
                &[ValType::EXTERNREF],
            ),
        ),
    ];
    for (name, ty) in types {
        let count = ty.params.len();
        let function = move |call: &mut vbc::host::HostCall<'_>| {
            let args: Vec<Value> = (0..count).filter_map(|n| call.arg(n)).collect();
            for (n, value) in imported(name, &args).into_iter().enumerate() {
                call.set_result(n, value);
            }
            HostOutcome::Done
        };
        host.define("host", name, ty, Box::new(function));
    }
    host
}

/// Makes the calls, all in one instance, on an engine.
///
/// # Panics
///
/// When the program cannot be instantiated.
pub fn call_all(program: &Program, calls: &[Call], kind: MachineKind) -> Run {
    let given = Given {
        host: host(),
        ..Given::default()
    };
    let machine = TestMachine::new(kind, program, given, &mut None);
    let mut machine = machine.unwrap_or_else(|errors| panic!("cannot be instantiated: {errors}"));
    let start = match machine.start() {
        Ok(()) => None,
        Err(Outcome::Trapped(report)) => Some(report.trap),
        Err(other) => panic!("starting ends: {other:?}"),
    };
    let ends = match start {
        None => calls.iter().map(|call| one(&mut machine, call)).collect(),
        Some(_) => Vec::new(),
    };
    let module = program.module();
    let globals = module.exports.iter().filter_map(|row| {
        let value = match row.kind() {
            Some(Kind::Global) => machine.global(row.index),
            _ => None,
        };
        Some((module.strings.get(row.name).to_owned(), shown(value?)))
    });
    Run {
        start,
        ends,
        globals: globals.collect(),
        memory: machine.memory().map_or(Vec::new(), |m| m.to_vec()),
    }
}

/// The value, without telling which of the engine's own things a reference is to.
fn shown(value: Value) -> Value {
    match value {
        Value::FuncRef(Some(_)) => Value::FuncRef(Some(0)),
        value => value,
    }
}

fn one(machine: &mut TestMachine, call: &Call) -> End {
    let program = machine.program();
    let module = program.module();
    let mut rows = module.exports.iter();
    let row = rows.find(|row| module.strings.get(row.name) == call.name);
    let Some(index) = row.map(|row| row.index) else {
        return End::Other("no such function".to_owned());
    };
    match machine.invoke(index, &call.args) {
        Outcome::Finished(values) => End::Returned(values.into_iter().map(shown).collect()),
        Outcome::Trapped(report) => End::Trapped(report.trap),
        other => End::Other(format!("{other:?}")),
    }
}
