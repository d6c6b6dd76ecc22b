//! Random programs on all engines, judged by the slow evaluator.
//!
//! `VBC_PROGRAMS` is how many programs, `VBC_SEED` where the seeds begin.

use vbc::format::{WriteOptions, read_bytes, write};
use vbc::link::{Program, load};
use vbc::module::Kind;
use vbc::verify::{Options, Verified};
use vbc_tests::conformance::{Engine, Outcome, Setup};
use vbc_tests::generate::{Generated, generate, generate_managed};
use vbc_tests::number_from_environment;

/// Units for each call.
const FUEL: u64 = 3_000;

/// The same for programs that print: a call of a support routine costs one unit whatever it does.
const PRINTING_FUEL: u64 = 100;

/// The program of a generated module, by way of a file and the verifier.
fn program(generated: &Generated, seed: u64) -> Program {
    let bytes = write(&generated.module, &WriteOptions::default());
    let module = read_bytes(&bytes).unwrap_or_else(|errors| panic!("seed {seed}: {errors}"));
    let module = Verified::new(module, &Options::default());
    let module = module.unwrap_or_else(|rejected| panic!("seed {seed}: {rejected}"));
    load("generated", module).unwrap_or_else(|errors| panic!("seed {seed}: {errors}"))
}

/// Writes a program to a file, to be looked at.
fn keep(generated: &Generated, seed: u64) -> String {
    let path = std::env::temp_dir().join(format!("generated-{seed}.vitbc"));
    let bytes = write(&generated.module, &WriteOptions::default());
    match std::fs::write(&path, bytes) {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("cannot be kept: {error}"),
    }
}

#[test]
fn engines_agree() {
    let count = number_from_environment("VBC_PROGRAMS", 3_000);
    agree(count, generate, |_| true);
}

/// The same with managed objects, on the engines that run them.
#[test]
fn engines_agree_on_objects() {
    let count = number_from_environment("VBC_OBJECT_PROGRAMS", 3_000);
    agree(count, generate_managed, Engine::runs_managed);
}

fn agree(count: u64, generate: fn(u64) -> Generated, runs: fn(Engine) -> bool) {
    let first = number_from_environment("VBC_SEED", 1);
    for seed in first..first + count {
        let generated = generate(seed);
        let prints = !generated.module.imports.is_empty();
        let setup = Setup {
            fuel: Some(if prints { PRINTING_FUEL } else { FUEL }),
            // Objects take their room from that of memory: as much as the fuel can fill.
            pages: Some(if generated.module.is_managed() {
                1024
            } else {
                64
            }),
            // These programs read and write anywhere, what support code keeps in memory included.
            plain_support: true,
            ..Setup::default()
        };
        let program = program(&generated, seed);
        let mut engines: Vec<_> = Engine::for_seed(seed)
            .iter()
            .filter(|one| runs(**one))
            .map(|one| one.prepare(&program))
            .collect();
        let exports = &program.module().exports;
        for call in &generated.calls {
            let name = |name| program.module().strings.get(name) == call.name;
            let export = exports.iter().find(|row| name(row.name));
            let export = export.expect("every function is exported");
            assert_eq!(export.kind(), Some(Kind::Func));
            let calls = [(export.index, call.args.clone())];
            let judge = engines[0].run(&setup, &calls);
            if let Some(Outcome::Broken(fault)) = judge.ends.last() {
                panic!("seed {seed}, {}: {fault}", call.name);
            }
            let mut interpreted = None;
            for engine in &mut engines[1..] {
                let observation = engine.run(&setup, &calls);
                let interpreted = interpreted.get_or_insert_with(|| observation.clone());
                let difference = observation.difference(&judge);
                let calls = observation.other_calls(interpreted);
                if let Some(difference) = difference.or(calls) {
                    let (name, engine) = (&call.name, engine.engine.name());
                    let kept = keep(&generated, seed);
                    panic!("seed {seed} ({kept}), {name} on {engine}: {difference}");
                }
            }
        }
    }
    println!(
        "{count} programs from seed {first}, {} engines",
        Engine::all().len()
    );
}
