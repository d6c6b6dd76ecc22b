//! All engines under one interface.

use std::io::{self, Cursor, Write};
use std::sync::{Arc, Mutex};

use vbc::diag::Errors;
use vbc::host::{Host, Input, Services, ServicesConfig};
use vbc::isa::Trap;
use vbc::link::Program;
use vbc::runtime::{self, Limits, Managed, TrapReport};

use crate::evaluator::{self, Any, Evaluator, PAGE, Stop, Value};
use crate::machine::{CompiledProgram, Given, MachineKind, TestMachine};

/// What a program is given.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// Standard input.
    pub stdin: Vec<u8>,
    /// Arguments.
    pub args: Vec<Vec<u8>>,
    /// Names and values.
    pub env: Vec<(Vec<u8>, Vec<u8>)>,
    /// Units of fuel.
    pub fuel: Option<u64>,
    /// Most pages of memory; none for as many as the engines allow.
    pub pages: Option<u64>,
    /// Support routines run as the VITBC code that they are, so that even what they leave in their
    /// own data is the same everywhere and may be read by the program.
    pub plain_support: bool,
}

/// What a program has done. Two engines that agree yield equal ones.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// How loading and the initialisers ended, then each call.
    pub ends: Vec<Outcome>,
    /// Bytes written to standard output.
    pub stdout: Vec<u8>,
    /// Bytes written to standard error.
    pub stderr: Vec<u8>,
    /// What the memory holds at the end.
    pub memory: Vec<u8>,
    /// What the globals hold at the end.
    pub globals: Vec<Value>,
    /// Units of fuel that are left.
    pub fuel_left: Option<u64>,
    /// Where each trap happened, with the calls that led there; the evaluator does not tell.
    pub reports: Vec<TrapReport>,
}

/// How a call ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It returned values.
    Returned(Vec<Value>),
    /// It trapped.
    Trapped(Trap),
    /// It exited.
    Exited(i32),
    /// The fuel was used up.
    OutOfFuel,
    /// The program could not be started: these codes tell why.
    Refused(Vec<String>),
    /// Something that no engine should do.
    Broken(String),
}

/// An engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The evaluator, which is right by definition.
    Evaluator,
    /// What users run.
    Machine(MachineKind),
}

impl Engine {
    /// All engines that this build has, the judge first.
    pub fn all() -> Vec<Engine> {
        let machines = MachineKind::with_objects().into_iter().map(Engine::Machine);
        std::iter::once(Engine::Evaluator).chain(machines).collect()
    }

    /// The engines for a random program: all of them for one program in sixteen, otherwise without
    /// the kinds of machines that users have to ask for.
    pub fn for_seed(seed: u64) -> Vec<Engine> {
        let mut engines = Engine::all();
        if !seed.is_multiple_of(16) {
            let is_rare = |kind: MachineKind| {
                let object = matches!(kind, MachineKind::Object(_));
                kind.is_special() || object && !seed.is_multiple_of(4)
            };
            engines.retain(|one| !matches!(one, Engine::Machine(kind) if is_rare(*kind)));
        }
        engines
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Engine::Evaluator => "evaluator",
            Engine::Machine(kind) => kind.name(),
        }
    }

    /// Whether it runs programs with managed objects.
    pub fn runs_managed(self) -> bool {
        match self {
            Engine::Evaluator | Engine::Machine(MachineKind::Interpreter(_)) => true,
            Engine::Machine(MachineKind::Native(_) | MachineKind::Object(_)) => false,
        }
    }

    /// Starts the program and makes the calls, all in one instance.
    pub fn run(self, program: &Program, setup: &Setup, calls: &[(u32, Vec<Value>)]) -> Observation {
        self.prepare(program).run(setup, calls)
    }

    /// The engine for several runs of `program`.
    pub fn prepare(self, program: &Program) -> Prepared<'_> {
        Prepared {
            engine: self,
            program,
            code: None,
        }
    }
}

/// An engine with the program that it runs, which is compiled once where setups are alike.
pub struct Prepared<'p> {
    /// The engine.
    pub engine: Engine,
    program: &'p Program,
    code: Option<CompiledProgram>,
}

impl Prepared<'_> {
    /// Starts the program and makes the calls, all in a new instance.
    pub fn run(&mut self, setup: &Setup, calls: &[(u32, Vec<Value>)]) -> Observation {
        let program = self.program;
        let mut observation = match self.engine {
            Engine::Evaluator => evaluate(program, setup, calls),
            Engine::Machine(kind) => observe(kind, program, &mut self.code, setup, calls),
        };
        hide_support_data(program, &mut observation.memory);
        observation
    }
}

/// What the data rows of support code hold is unspecified: an engine may have native routines.
pub fn hide_support_data(program: &Program, memory: &mut [u8]) {
    let first = program.support_data_from() as usize;
    let rows = program.module().data.iter().zip(program.data_addresses());
    for (row, &address) in rows.skip(first) {
        let end = address.saturating_add(row.size) as usize;
        if let Some(place) = memory.get_mut(address as usize..end) {
            place.fill(0);
        }
    }
}

/// Pages that the evaluator provides when nothing is specified.
const PAGES: u64 = 4096;

/// Units that the evaluator may use when nothing is specified.
const FUEL: u64 = 20_000_000;

fn evaluate(program: &Program, setup: &Setup, calls: &[(u32, Vec<Value>)]) -> Observation {
    let host = evaluator::Host {
        stdin: setup.stdin.clone(),
        args: setup.args.clone(),
        env: setup.env.clone(),
        ..evaluator::Host::default()
    };
    let mut observation = Observation::nothing();
    let pages = setup.pages.unwrap_or(PAGES);
    let fuel = setup.fuel.unwrap_or(FUEL);
    let mut evaluator = match Evaluator::new(program, pages, fuel, host) {
        Ok(evaluator) => evaluator,
        Err(fault) => {
            observation.ends.push(Outcome::Broken(fault));
            return observation;
        }
    };
    let end = |result: Result<Vec<Value>, Stop>| match result {
        Ok(values) => Outcome::Returned(values.into_iter().map(Value::seen).collect()),
        Err(Stop::Trap(trap)) => Outcome::Trapped(trap),
        Err(Stop::Exit(code)) => Outcome::Exited(code),
        Err(Stop::OutOfFuel) if setup.fuel.is_none() => Outcome::Broken("too long".into()),
        Err(Stop::OutOfFuel) => Outcome::OutOfFuel,
        Err(Stop::Fault(fault)) => Outcome::Broken(fault),
    };
    let started = evaluator.start().map(|()| Vec::new());
    let ok = started.is_ok();
    observation.ends.push(end(started));
    if ok {
        for (function, args) in calls {
            observation.ends.push(end(evaluator.call(*function, args)));
        }
    }
    observation.stdout = evaluator.host.stdout;
    observation.stderr = evaluator.host.stderr;
    observation.fuel_left = setup.fuel.map(|_| evaluator.fuel);
    observation.memory = evaluator
        .state
        .memory
        .map_or(Vec::new(), |memory| memory.bytes);
    let globals = evaluator.state.globals.into_iter();
    observation.globals = globals.map(Value::seen).collect();
    observation
}

fn services(setup: &Setup, stdout: &Sink, stderr: &Sink) -> Services {
    Services::new(ServicesConfig {
        args: setup.args.clone(),
        env: setup.env.clone(),
        input: Input::Reader(Box::new(Cursor::new(setup.stdin.clone()))),
        output: vbc::host::Sink::Writer(Box::new(stdout.clone())),
        error: vbc::host::Sink::Writer(Box::new(stderr.clone())),
        seed: Some(1),
        fixed_clock: true,
        ..ServicesConfig::default()
    })
}

fn limits(setup: &Setup) -> Limits {
    Limits {
        fuel: setup.fuel,
        max_memory: setup
            .pages
            .map_or(Limits::DEFAULT_MEMORY, |pages| pages * PAGE),
        ..Limits::default()
    }
}

fn observe(
    kind: MachineKind,
    program: &Program,
    code: &mut Option<CompiledProgram>,
    setup: &Setup,
    calls: &[(u32, Vec<Value>)],
) -> Observation {
    let mut observation = Observation::nothing();
    let (stdout, stderr) = (Sink::default(), Sink::default());
    let given = Given {
        host: Host::new(services(setup, &stdout, &stderr)),
        limits: limits(setup),
        plain_support: setup.plain_support,
        canonical_nans: true,
    };
    let mut machine = match TestMachine::new(kind, program, given, code) {
        Ok(machine) => machine,
        Err(Errors(errors)) => {
            let codes = errors.iter().map(|error| error.code.id.to_owned());
            observation.ends.push(Outcome::Refused(codes.collect()));
            return observation;
        }
    };
    match machine.start() {
        Ok(()) => {
            observation.ends.push(Outcome::Returned(Vec::new()));
            for (function, args) in calls {
                let args: Vec<runtime::Value> = args.iter().map(|&arg| to_engine(arg)).collect();
                let end = machine.invoke(*function, &args);
                observation.keep(end);
            }
        }
        Err(end) => observation.keep(end),
    }
    // Nothing fails on a sink.
    let _ = machine.host().services.flush();
    observation.stdout = stdout.take();
    observation.stderr = stderr.take();
    observation.fuel_left = machine.fuel_left();
    if let Some(memory) = machine.memory() {
        observation.memory = memory.to_vec();
    }
    let globals = (0..program.module().globals.len() as u32).map_while(|n| machine.global(n));
    observation.globals = globals.map(from_engine).collect();
    observation
}

fn outcome(outcome: runtime::Outcome) -> Outcome {
    match outcome {
        runtime::Outcome::Finished(values) => {
            Outcome::Returned(values.into_iter().map(from_engine).collect())
        }
        runtime::Outcome::Trapped(report) => Outcome::Trapped(report.trap),
        runtime::Outcome::Exited(code) => Outcome::Exited(code),
        runtime::Outcome::OutOfFuel => Outcome::OutOfFuel,
        other => Outcome::Broken(format!("{other:?}")),
    }
}

/// A value as the engines have it.
pub fn to_engine(value: Value) -> runtime::Value {
    match value {
        Value::I32(x) => runtime::Value::I32(x),
        Value::I64(x) => runtime::Value::I64(x),
        Value::F32(bits) => runtime::Value::F32(f32::from_bits(bits)),
        Value::F64(bits) => runtime::Value::F64(f64::from_bits(bits)),
        Value::FuncRef(reference) => runtime::Value::FuncRef(reference),
        Value::ExternRef(reference) => runtime::Value::ExternRef(reference),
        Value::Any(None) => runtime::Value::Managed(Managed::Null),
        Value::Any(Some(Any::I31(bits))) => {
            runtime::Value::Managed(Managed::I31((bits << 1) as i32 >> 1))
        }
        Value::Extern(_) | Value::Any(_) => unreachable!("no test gives objects to a program"),
        Value::Ptr(address) => runtime::Value::Ptr(runtime::Pointer::from_address(address)),
    }
}

/// A value of an engine's.
pub fn from_engine(value: runtime::Value) -> Value {
    match value {
        runtime::Value::I32(x) => Value::I32(x),
        runtime::Value::I64(x) => Value::I64(x),
        runtime::Value::F32(x) => Value::F32(x.to_bits()),
        runtime::Value::F64(x) => Value::F64(x.to_bits()),
        runtime::Value::FuncRef(reference) => Value::FuncRef(reference),
        runtime::Value::ExternRef(reference) => Value::ExternRef(reference),
        runtime::Value::Ptr(pointer) => Value::Ptr(pointer.address()),
        runtime::Value::Managed(Managed::Null) => Value::Any(None),
        runtime::Value::Managed(Managed::I31(value)) => {
            Value::Any(Some(Any::I31(value as u32 & 0x7fff_ffff)))
        }
        runtime::Value::Managed(Managed::Object) => Value::OBJECT,
    }
}

impl Observation {
    /// Of a program that has not begun.
    pub fn nothing() -> Observation {
        Observation {
            ends: Vec::new(),
            stdout: Vec::new(),
            stderr: Vec::new(),
            memory: Vec::new(),
            globals: Vec::new(),
            fuel_left: None,
            reports: Vec::new(),
        }
    }

    fn keep(&mut self, end: runtime::Outcome) {
        if let runtime::Outcome::Trapped(report) = &end {
            self.reports.push((**report).clone());
        }
        self.ends.push(outcome(end));
    }

    /// How the calls after this one's traps differ from another's that is not the judge's, if they do.
    /// How deep calls can be nested is each engine's own.
    pub fn other_calls(&self, other: &Observation) -> Option<String> {
        let mut pairs = self.reports.iter().zip(&other.reports);
        let (mine, other) =
            pairs.find(|(mine, other)| mine != other && mine.trap != Trap::CallStackExhausted)?;
        Some(format!("{mine}\nexpected {other}"))
    }

    /// How this one differs from the judge's, if it does.
    pub fn difference(&self, judge: &Observation) -> Option<String> {
        if self.ends != judge.ends {
            return Some(format!("{:?}, expected {:?}", self.ends, judge.ends));
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if self.stdout != judge.stdout {
            let (mine, other) = (text(&self.stdout), text(&judge.stdout));
            return Some(format!("prints {mine:?}, expected {other:?}"));
        }
        if self.stderr != judge.stderr {
            return Some("standard error differs".to_owned());
        }
        if self.globals != judge.globals {
            return Some(format!(
                "globals {:?}, expected {:?}",
                self.globals, judge.globals
            ));
        }
        if self.memory != judge.memory {
            let at = self
                .memory
                .iter()
                .zip(&judge.memory)
                .position(|(x, y)| x != y);
            let sizes = (self.memory.len(), judge.memory.len());
            return Some(format!("memory differs at {at:?}, sizes {sizes:?}"));
        }
        // What is left after a trap, or when there was too little, shows nowhere.
        let stopped = |end: &Outcome| matches!(end, Outcome::Trapped(_) | Outcome::OutOfFuel);
        (self.fuel_left != judge.fuel_left && !self.ends.iter().any(stopped)).then(|| {
            format!(
                "fuel left {:?}, expected {:?}",
                self.fuel_left, judge.fuel_left
            )
        })
    }
}

/// Keeps what is written to it.
#[derive(Clone, Debug, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().expect("no writer panics"))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .expect("no writer panics")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
