//! Whether a conformance file holds: its modules are made and run, and everything is compared with
//! what it states.

use std::sync::Arc;

use vbc::asm::{self, assemble};
use vbc::diag::{Diagnostic, Errors, Place};
use vbc::format::{AlignedBytes, Limits, WriteOptions, write};
use vbc::isa::decode;
use vbc::lift;
use vbc::link::{Input, Program, link, load};
use vbc::module::{Kind, Module, SymbolRow};
use vbc::text::print;
use vbc::verify::{Options, Verified, open};

use super::case::{Case, End, ExpectedError, ExpectedPlace, Run};
use super::engines::{Engine, Observation, Outcome, Setup};
use super::literal;
use crate::evaluator::Value;

/// What a file has touched.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// Opcode numbers in its code.
    pub opcodes: Vec<u16>,
}

/// Checks a file on all engines.
///
/// # Errors
///
/// What does not hold, in a sentence or more.
pub fn check(case: &Case, engines: &[Engine]) -> Result<Touched, String> {
    let mut touched = Touched::default();
    let program = match build(case, &mut touched) {
        Ok(program) => program,
        Err(Failure::Errors(errors)) => {
            compare_errors(&case.errors, &errors.0)?;
            return Ok(touched);
        }
        Err(Failure::Broken(message)) => return Err(message),
    };
    if !case.errors.is_empty() {
        refused(case, &program)?;
        return Ok(touched);
    }
    run(case, &program, engines)?;
    Ok(touched)
}

/// The finished module of a file that is expected to run, with the opcode numbers in its code.
pub fn prepare(case: &Case) -> Option<(Verified, Touched)> {
    let mut touched = Touched::default();
    let module = build_module(case, &mut touched).ok()?;
    case.errors.is_empty().then_some((module, touched))
}

/// A file that is expected to run, for engines that are not among ours.
pub struct Runnable {
    /// What runs.
    pub program: Program,
    /// What it is given.
    pub setup: Setup,
    /// The calls.
    pub calls: Vec<(u32, Vec<Value>)>,
}

/// A file that is expected to run.
///
/// # Errors
///
/// When it cannot be built.
pub fn runnable(case: &Case) -> Result<Option<Runnable>, String> {
    if !case.errors.is_empty() {
        return Ok(None);
    }
    let program = match build(case, &mut Touched::default()) {
        Ok(program) => program,
        Err(Failure::Errors(errors)) => return Err(errors.to_string()),
        Err(Failure::Broken(message)) => return Err(message),
    };
    let calls = calls(case, program.module())?;
    let setup = setup(case);
    Ok(Some(Runnable {
        program,
        setup,
        calls,
    }))
}

/// Whether a file holds on one engine when `module` is what became of it.
///
/// # Errors
///
/// What does not hold.
pub fn holds(case: &Case, module: Verified, engine: Engine) -> Result<(), String> {
    let program = load("program", module).map_err(|errors| errors.to_string())?;
    run(case, &program, &[engine])
}

/// Why there is no program.
#[derive(Debug)]
enum Failure {
    /// The tools would report it.
    Errors(Errors),
    /// Something is wrong with the tools, or with the file.
    Broken(String),
}

impl From<Errors> for Failure {
    fn from(errors: Errors) -> Failure {
        Failure::Errors(errors)
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Failure {
        Failure::Broken(message)
    }
}

/// What the tools report about a file that is wrong; none when it can be loaded.
pub fn diagnostics(case: &Case) -> Option<Vec<Diagnostic>> {
    match build(case, &mut Touched::default()) {
        Err(Failure::Errors(Errors(found))) => Some(found),
        _ => None,
    }
}

fn limits(case: &Case) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for (name, value) in &case.limits {
        if !limits.set(name, *value) {
            return Err(format!("there is no limit `{name}`"));
        }
    }
    Ok(limits)
}

/// Assembles, patches, reads, verifies, links and loads. Round trips are checked on the way.
fn build(case: &Case, touched: &mut Touched) -> Result<Program, Failure> {
    Ok(load("program", build_module(case, touched)?)?)
}

/// All of that but loading.
fn build_module(case: &Case, touched: &mut Touched) -> Result<Verified, Failure> {
    let limits = limits(case)?;
    let mut modules = Vec::new();
    let mut errors = Vec::new();
    for (name, source) in &case.sources {
        match translate(name, source, &limits) {
            Ok(module) => modules.push((name.clone(), module)),
            Err(Errors(more)) => errors.extend(more),
        }
    }
    if !errors.is_empty() {
        return Err(Errors(errors).into());
    }
    let mut verified = Vec::new();
    let last = modules.len().saturating_sub(1);
    for (n, (name, module)) in modules.iter().enumerate() {
        collect_opcodes(module, touched);
        let options = WriteOptions {
            zstd: case.zstd,
            ..WriteOptions::default()
        };
        let mut bytes = write(module, &options);
        if n == last && case.is_patched() {
            for patch in &case.patches {
                patch.apply(&mut bytes)?;
            }
        } else if case.limits.is_empty() && !case.zstd {
            round_trips(name, &bytes)?;
        }
        let module = read(name, &bytes, &limits)?;
        collect_opcodes(&module, touched);
        verified.push((name.clone(), module));
    }
    if verified.len() > 1 {
        let input = |(name, module): (String, Verified)| Input {
            name: Arc::from(name),
            module,
        };
        let inputs: Vec<Input> = verified.into_iter().map(input).collect();
        let module = link(&inputs, &limits)?;
        let bytes = write(&module, &WriteOptions::default());
        round_trips("linked", &bytes)?;
        Ok(read("linked", &bytes, &limits)?)
    } else {
        Ok(verified.remove(0).1)
    }
}

/// A source as a module: WebAssembly's text form is lifted, VITBC's assembled.
fn translate(name: &str, source: &str, limits: &Limits) -> Result<Module, Errors> {
    if name.ends_with(".wat") {
        let options = lift::Options {
            threads: 1,
            limits: limits.clone(),
            ..lift::Options::default()
        };
        return lift::lift_any(name, source.as_bytes(), &options).map(|lifted| lifted.module);
    }
    let options = asm::Options {
        limits: limits.clone(),
        ..asm::Options::default()
    };
    assemble(source.as_bytes(), name, &options)
}

fn read(name: &str, bytes: &[u8], limits: &Limits) -> Result<Verified, Errors> {
    let options = Options {
        threads: 1,
        limits: limits.clone(),
        ..Options::default()
    };
    open(name, Arc::new(AlignedBytes::from(bytes)), &options)
}

fn collect_opcodes(module: &Module, touched: &mut Touched) {
    let mut at = 0;
    while let Ok(inst) = decode(&module.code, at) {
        touched.opcodes.push(inst.form.number());
        at += inst.words.len();
    }
}

/// Binary to text to binary yields the same bytes; so do the stripped and the compressed module.
pub fn round_trips(name: &str, bytes: &[u8]) -> Result<(), String> {
    let limits = Limits::default();
    let module = read(name, bytes, &limits).map_err(|errors| format!("{name}: {errors}"))?;
    same_text(name, &module, bytes)?;
    let stripped = WriteOptions {
        strip_debug: true,
        ..WriteOptions::default()
    };
    let stripped = write(&module, &stripped);
    let module =
        read(name, &stripped, &limits).map_err(|errors| format!("{name}, stripped: {errors}"))?;
    same_text(&format!("{name}, stripped"), &module, &stripped)?;
    let options = WriteOptions {
        zstd: true,
        ..WriteOptions::default()
    };
    let module = read(name, bytes, &limits).map_err(|errors| format!("{name}: {errors}"))?;
    let compressed = write(&module, &options);
    let module = read(name, &compressed, &limits)
        .map_err(|errors| format!("{name}, compressed: {errors}"))?;
    if write(&module, &WriteOptions::default()) != bytes {
        return Err(format!(
            "{name}: compressing and expanding changes the module"
        ));
    }
    Ok(())
}

fn same_text(name: &str, module: &Module, bytes: &[u8]) -> Result<(), String> {
    let mut text = Vec::new();
    print(module, &mut text).map_err(|error| format!("{name}: {error}"))?;
    let again = assemble(&text, name, &asm::Options::default());
    let shown = || String::from_utf8_lossy(&text).into_owned();
    let again = again.map_err(|errors| {
        format!(
            "{name}: canonical text does not assemble: {errors}\n{}",
            shown()
        )
    })?;
    if write(&again, &WriteOptions::default()) != bytes {
        return Err(format!(
            "{name}: text assembles to other bytes:\n{}",
            shown()
        ));
    }
    Ok(())
}

fn compare_errors(expected: &[ExpectedError], found: &[Diagnostic]) -> Result<(), String> {
    let holds = expected.len() == found.len()
        && expected.iter().zip(found).all(|(expected, found)| {
            let place = match (expected.place, &found.place) {
                (None, _) => true,
                (Some(ExpectedPlace::Text(line, column)), Place::Text(place)) => {
                    (line, column) == (place.line, place.column)
                }
                (Some(ExpectedPlace::Offset(offset)), Place::Binary(place)) => {
                    Some(offset) == place.offset
                }
                _ => false,
            };
            expected.code == found.code.id && place
        });
    if holds {
        return Ok(());
    }
    let describe = |error: &Diagnostic| match &error.place {
        Place::Text(place) => format!("{error} at {}:{}", place.line, place.column),
        Place::Binary(place) => format!("{error} at {:?}", place.offset),
        _ => error.to_string(),
    };
    let found: Vec<String> = found.iter().map(describe).collect();
    let found = found.join("; ");
    Err(format!("expected {expected:?}, found: {found}"))
}

/// The interpreter must refuse the program with the expected codes.
fn refused(case: &Case, program: &Program) -> Result<(), String> {
    let engines = Engine::all();
    let observation = engines[1].run(program, &setup(case), &[]);
    let expected: Vec<String> = case.errors.iter().map(|error| error.code.clone()).collect();
    match observation.ends.first() {
        Some(Outcome::Refused(codes)) if *codes == expected => Ok(()),
        other => Err(format!("expected {expected:?}, found {other:?}")),
    }
}

fn setup(case: &Case) -> Setup {
    let variable = |text: &String| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.as_bytes().to_vec(), value.as_bytes().to_vec())
    };
    Setup {
        stdin: case.stdin.clone(),
        args: case
            .args
            .iter()
            .map(|arg| arg.as_bytes().to_vec())
            .collect(),
        env: case.env.iter().map(variable).collect(),
        fuel: case.fuel.or(case.bound),
        pages: case.pages,
        plain_support: false,
    }
}

/// The function that `--invoke` would call: an export, else a global symbol.
pub fn function(module: &Module, name: &str) -> Option<u32> {
    let is_func = |kind: Option<Kind>| kind == Some(Kind::Func);
    let export = module
        .exports
        .iter()
        .find(|row| is_func(row.kind()) && module.strings.get(row.name) == name);
    let symbol = || {
        module.symbols.iter().find(|row| {
            is_func(row.kind())
                && row.flags & SymbolRow::LOCAL == 0
                && module.strings.get(row.name) == name
        })
    };
    export
        .map(|row| row.index)
        .or_else(|| symbol().map(|row| row.index))
}

/// The calls of a file, typed.
fn calls(case: &Case, module: &Module) -> Result<Vec<(u32, Vec<Value>)>, String> {
    let spaces = module.spaces();
    if case.runs.is_empty() {
        let entry = module.entry.ok_or("there is nothing to run")?;
        return Ok(vec![(entry, Vec::new())]);
    }
    let call = |run: &Run| {
        let at = |message: String| format!("line {}: {message}", run.line);
        let index = function(module, &run.function)
            .ok_or_else(|| at(format!("no function `{}`", run.function)))?;
        let ty = spaces.func_type(module, index);
        let ty = ty.and_then(|ty| module.types.func(ty));
        let params = &ty
            .ok_or_else(|| at("a function without a type".into()))?
            .params;
        if params.len() != run.args.len() {
            return Err(at(format!("{} parameters", params.len())));
        }
        let args = params.iter().zip(&run.args);
        let args: Result<Vec<Value>, String> =
            args.map(|(&ty, arg)| literal::value(ty, arg)).collect();
        Ok((index, args.map_err(at)?))
    };
    case.runs.iter().map(call).collect()
}

/// Runs the program on every engine and compares the results.
fn run(case: &Case, program: &Program, engines: &[Engine]) -> Result<(), String> {
    let calls = calls(case, program.module())?;
    // Fuel is per run: each one then has an instance of its own.
    let groups: Vec<&[(u32, Vec<Value>)]> = match case.fuel {
        Some(_) => calls.chunks(1).collect(),
        None => vec![&calls],
    };
    let setup = setup(case);
    let mut judge: Option<Vec<Observation>> = None;
    let mut interpreted: Option<Vec<Observation>> = None;
    for engine in engines {
        let mut prepared = engine.prepare(program);
        let observe = |group: &&[(u32, Vec<Value>)]| prepared.run(&setup, group);
        let observations: Vec<Observation> = groups.iter().map(observe).collect();
        let at = |message| format!("{}: {message}", engine.name());
        if program.module().is_managed() && !engine.runs_managed() {
            refuses(&observations).map_err(at)?;
            continue;
        }
        expect(case, &observations).map_err(at)?;
        let Some(judge) = &judge else {
            judge = Some(observations);
            continue;
        };
        for (mine, judge) in observations.iter().zip(judge) {
            if let Some(difference) = mine.difference(judge) {
                return Err(format!("{}: {difference}", engine.name()));
            }
        }
        let interpreted = interpreted.get_or_insert_with(|| observations.clone());
        for (mine, other) in observations.iter().zip(interpreted) {
            if let Some(difference) = mine.other_calls(other) {
                return Err(format!("{}: {difference}", engine.name()));
            }
        }
    }
    Ok(())
}

/// An engine that has no managed heap says so.
fn refuses(observations: &[Observation]) -> Result<(), String> {
    let refusal = Outcome::Refused(vec!["R0015".to_owned()]);
    match observations
        .iter()
        .find(|one| one.ends != [refusal.clone()])
    {
        Some(other) => Err(format!("the program ends with {:?}", other.ends)),
        None => Ok(()),
    }
}

/// Compares an engine's observations with what the file states.
fn expect(case: &Case, observations: &[Observation]) -> Result<(), String> {
    if case.runs.is_empty() {
        let expected = case.end.clone().unwrap_or(End::Returns(Vec::new()));
        // The entry may return a number, which `exit` states.
        let end = match observations[0].ends.last() {
            Some(Outcome::Returned(values)) => match values[..] {
                [Value::I32(code)] => Outcome::Exited(code),
                [Value::I64(code)] => Outcome::Exited(code as i32),
                _ => Outcome::Returned(Vec::new()),
            },
            Some(other) => other.clone(),
            None => Outcome::Broken("nothing ran".into()),
        };
        if !ends_as(&end, &expected) {
            return Err(format!(
                "the program ends with {end:?}, expected {expected:?}"
            ));
        }
    } else {
        let ends = observations.iter().flat_map(|observation| {
            let started = observation.ends[0] == Outcome::Returned(Vec::new());
            &observation.ends[usize::from(started)..]
        });
        let ends: Vec<&Outcome> = ends.collect();
        for (n, run) in case.runs.iter().enumerate() {
            match ends.get(n) {
                Some(end) if ends_as(end, &run.end) => {}
                end => {
                    let function = &run.function;
                    let line = run.line;
                    let expected = &run.end;
                    return Err(format!(
                        "line {line}: {function} ends with {end:?}, expected {expected:?}"
                    ));
                }
            }
        }
    }
    let all = |part: fn(&Observation) -> &Vec<u8>| -> Vec<u8> {
        observations.iter().flat_map(part).copied().collect()
    };
    compare_output(
        "output",
        case.stdout.as_ref(),
        &all(|observation| &observation.stdout),
    )?;
    compare_output(
        "error output",
        case.stderr.as_ref(),
        &all(|observation| &observation.stderr),
    )?;
    match case.fuel_left {
        Some(left) if observations.last().and_then(|last| last.fuel_left) != Some(left) => {
            let found = observations.last().and_then(|last| last.fuel_left);
            Err(format!("{found:?} units of fuel are left, expected {left}"))
        }
        _ => Ok(()),
    }
}

/// A program whose file states nothing about output must not make any.
fn compare_output(what: &str, expected: Option<&Vec<u8>>, found: &[u8]) -> Result<(), String> {
    let expected = expected.map_or(&[][..], |bytes| bytes);
    if found == expected {
        return Ok(());
    }
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    Err(format!(
        "{what} \"{}\", expected \"{}\"",
        text(found),
        text(expected)
    ))
}

fn ends_as(end: &Outcome, expected: &End) -> bool {
    match (end, expected) {
        (Outcome::Returned(values), End::Returns(literals)) => {
            values.len() == literals.len()
                && values
                    .iter()
                    .zip(literals)
                    .all(|(&value, text)| literal::is(value, text))
        }
        (Outcome::Trapped(trap), End::Traps(expected)) => trap == expected,
        (Outcome::Exited(code), End::Exits(expected)) => code == expected,
        (Outcome::OutOfFuel, End::OutOfFuel) => true,
        _ => false,
    }
}
