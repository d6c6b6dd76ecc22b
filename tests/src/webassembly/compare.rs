//! Programs made into WebAssembly, against the judge of the conformance tests.

use vbc::isa::{Effects, Trap, ValType, decode};
use vbc::link::Program;
use vbc::module::{Module, NO_MAX};
use vbc::wasm::{Options, WasmBackend};

use super::{Host, Instance, exports};
use crate::conformance::{
    Case, Engine, Observation, Outcome, Runnable, Setup, hide_support_data, runnable,
};
use crate::evaluator::Value;

/// One memory, which WASI sees.
pub fn single_memory() -> Options {
    Options {
        single_memory: true,
        ..Options::default()
    }
}

/// A 64-bit memory for a program with 32-bit addresses.
pub fn mem64() -> Options {
    Options {
        mem64: true,
        ..Options::default()
    }
}

/// How to make WebAssembly from a program, and what that is called.
pub type Way = (&'static str, Options);

/// With the memories that the program gets without flags, and with others.
fn ways(program: &Program) -> Vec<Way> {
    let other = match program.module().address_type() {
        ValType::I64 => ("one memory", single_memory()),
        _ => ("mem64", mem64()),
    };
    vec![("wasm", Options::default()), other]
}

/// With debug sections, and with registers in as few locals as possible.
pub fn further_ways() -> [Way; 2] {
    let debug = Options {
        debug: true,
        ..Options::default()
    };
    let share = Options {
        share_locals: true,
        ..Options::default()
    };
    [("-g", debug), ("shared locals", share)]
}

/// The result of a way.
type Made = Result<Vec<u8>, vbc::diag::Errors>;

/// A file that is expected to run, and not with managed objects, which have no WebAssembly.
///
/// # Errors
///
/// When it cannot be built, or has managed objects and is not refused for them.
pub fn translatable(case: &Case) -> Result<Option<Runnable>, String> {
    let Some(runnable) = runnable(case)? else {
        return Ok(None);
    };
    if !runnable.program.module().is_managed() {
        return Ok(Some(runnable));
    }
    for (way, wasm) in outputs(&runnable.program) {
        match wasm {
            Ok(_) => return Err(format!("{way}: managed objects are not refused")),
            Err(errors) if errors.0.iter().all(|error| error.code.id == "R0015") => {}
            Err(errors) => return Err(format!("{way}: {errors}")),
        }
    }
    Ok(None)
}

/// A program as WebAssembly in each way, as it is made to be compared.
pub fn outputs(program: &Program) -> Vec<(&'static str, Made)> {
    made(program, ways(program))
}

fn made(program: &Program, ways: Vec<Way>) -> Vec<(&'static str, Made)> {
    let output = |(way, options)| {
        let options = Options {
            reactor: true,
            deterministic: true,
            seed: 1,
            export_all: true,
            threads: 1,
            ..options
        };
        let wasm = WasmBackend::with_options(options).compile_program("program", program);
        (way, wasm)
    };
    ways.into_iter().map(output).collect()
}

/// What a host does with WebAssembly that was made to be compared.
fn run(host: Host, wasm: &[u8], program: &Program, runnable: &Runnable) -> Observation {
    let Runnable { setup, calls, .. } = runnable;
    let (mut instance, end) = Instance::new(host, wasm, setup);
    let started = end == Outcome::Returned(Vec::new());
    let mut ends = vec![end];
    if started {
        ends.extend(
            calls
                .iter()
                .map(|(function, args)| instance.call(*function, args)),
        );
    }
    let mut observation = instance.close();
    observation.ends = ends;
    hide_support_data(program, &mut observation.memory);
    observation
}

/// What WebAssembly's engines do not tell, made the same: which function a reference is, that a number is a
/// pointer, which of two things is outside of a table, and exit codes that WASI does not have. Node's V8 does not tell why an indirect call failed,
/// either.
fn alike(host: Host, mut observation: Observation) -> Observation {
    let hide = |value: &mut Value| match *value {
        Value::FuncRef(Some(_)) => *value = Value::FuncRef(Some(0)),
        Value::Ptr(address) => *value = Value::I64(address as i64),
        _ => {}
    };
    for end in &mut observation.ends {
        match end {
            Outcome::Returned(values) => values.iter_mut().for_each(hide),
            Outcome::Trapped(trap) => *trap = kind(host, *trap),
            Outcome::Exited(code) => *code = (*code & 255).min(125),
            _ => {}
        }
    }
    observation.globals.iter_mut().for_each(hide);
    observation.fuel_left = None;
    observation
}

fn kind(host: Host, trap: Trap) -> Trap {
    match trap {
        Trap::UndefinedElement => Trap::TableOutOfBounds,
        Trap::UninitializedElement if matches!(host, Host::Node | Host::Javascript) => {
            Trap::IndirectCallType
        }
        trap => trap,
    }
}

/// V8 has one message for both traps of a conversion to an integer.
fn same_conversions(found: &mut [Outcome], judge: &[Outcome]) {
    for (found, judge) in found.iter_mut().zip(judge) {
        if *found == Outcome::Trapped(Trap::InvalidConversion)
            && *judge == Outcome::Trapped(Trap::IntegerOverflow)
        {
            *found = judge.clone();
        }
    }
}

/// Pages of a 64-bit memory that V8 takes at most as a maximum.
const V8_PAGES: u64 = 262_144;

/// Whether a host can run a program as the judge does.
fn can_run(host: Host, program: &Program, setup: &Setup) -> bool {
    let rows = &program.module().memories;
    let is_small = rows
        .iter()
        .all(|row| row.max == NO_MAX || row.max <= V8_PAGES);
    // The memory of JavaScript's instances has no limit but its own.
    host == Host::Wasmtime || (setup.pages.is_none() && is_small)
}

/// Whether a program that has no page has one as WebAssembly, which WASI needs, and could notice.
fn has_another_page(program: &Program, wasm: &[u8]) -> bool {
    let module = program.module();
    let has_none = module.memories.iter().all(|row| row.min == 0);
    let has_one = exports::first_pages(wasm).is_some_and(|pages| pages > 0);
    has_none && has_one && asks_for_memory(module)
}

fn asks_for_memory(module: &Module) -> bool {
    let memory = [Effects::READS_MEM, Effects::WRITES_MEM];
    let mut at = 0;
    while let Ok(inst) = decode(&module.code, at) {
        at += inst.words.len();
        let accesses = memory.iter().any(|&effect| inst.info().effects.has(effect));
        if accesses {
            return true;
        }
    }
    false
}

/// Whether a program does in a host what the judge states, in all ways of making WebAssembly from it; false where they
/// cannot be compared.
///
/// # Errors
///
/// The first difference.
pub fn agrees(host: Host, runnable: &Runnable) -> Result<bool, String> {
    agrees_also(host, runnable, &[])
}

/// Like [`agrees`], in further ways, too.
///
/// # Errors
///
/// The first difference.
pub fn agrees_also(host: Host, runnable: &Runnable, further: &[Way]) -> Result<bool, String> {
    let Runnable {
        program,
        setup,
        calls,
    } = runnable;
    let judge = Engine::all()[1].run(program, setup, calls);
    if judge.ends.contains(&Outcome::OutOfFuel) || !can_run(host, program, setup) {
        return Ok(false);
    }
    let judge = alike(host, judge);
    let all = [ways(program), further.to_vec()].concat();
    for (way, wasm) in made(program, all) {
        let wasm = wasm.map_err(|errors| format!("{way}: {errors}"))?;
        if has_another_page(program, &wasm) {
            continue;
        }
        let mut found = alike(host, run(host, &wasm, program, runnable));
        // Arguments and variables lie after what the program knows of its memory, and there is at least a page.
        let moves = judge.memory.is_empty() || !setup.args.is_empty() || !setup.env.is_empty();
        if moves {
            found.memory.truncate(judge.memory.len());
        }
        if host != Host::Wasmtime {
            same_conversions(&mut found.ends, &judge.ends);
        }
        let mut judge = judge.clone();
        // Of what could not be instantiated nothing is left.
        if judge.ends.len() == 1
            && matches!(judge.ends[0], Outcome::Trapped(_))
            && found.memory.is_empty()
        {
            judge.memory.clear();
            judge.globals.clear();
            found.globals.clear();
        }
        if let Some(difference) = found.difference(&judge) {
            return Err(format!("{way}: {difference}"));
        }
    }
    Ok(true)
}
