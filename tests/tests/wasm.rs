//! Programs as WebAssembly: random ones in wasmtime and in V8, and back again. What `wasm_hosts.rs` runs in all hosts
//! is not repeated here, except in ways of making it that are not for all hosts.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use vbc::verify::Verified;
use vbc::wasm::Options;
use vbc_tests::conformance::{self, Runnable, Setup, files, in_parallel};
use vbc_tests::generate::generate;
use vbc_tests::smith;
use vbc_tests::webassembly::{
    Host, agrees, agrees_also, command, further_ways, single_memory, translatable,
};
use vbc_tests::{number_from_environment, program, project, scratch};

#[test]
fn conformance_files_hold_in_further_ways() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let files = files();
    let results = in_parallel(&files, |file| match translatable(&file.case)? {
        Some(runnable) => agrees_also(Host::Wasmtime, &runnable, &further_ways()),
        None => Ok(false),
    });
    let mut ran = 0;
    for (file, result) in files.iter().zip(results) {
        let compared = result.unwrap_or_else(|message| panic!("{}: {message}", file.path));
        ran += u32::from(compared);
    }
    println!("{ran} files");
    assert!(ran > 200, "{ran}");
}

/// Units of fuel for each call of a generated program; what needs more is not compared.
const FUEL: u64 = 3_000;

/// One program in this many is made in further ways, too.
const FURTHER: u64 = 4;

/// Random programs: modules of WebAssembly, lifted, and our own that use every row of the op table.
#[test]
fn random_programs_agree() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let is_v8_there = Host::Javascript.is_there_for("V8");
    let count = number_from_environment("VBC_PROGRAMS", 400);
    let first = number_from_environment("VBC_SEED", 1);
    let seeds: Vec<u64> = (first..first + count).collect();
    let checked = in_parallel(&seeds, |&seed| {
        let mut done = 0;
        for runnable in [lifted(seed), generated(seed)].into_iter().flatten() {
            let further = match seed % FURTHER {
                0 => &further_ways()[..],
                _ => &[],
            };
            let compared = agrees_also(Host::Wasmtime, &runnable, further);
            let compared =
                compared.unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
            if is_v8_there {
                let agrees = agrees(Host::Javascript, &runnable);
                agrees.unwrap_or_else(|difference| panic!("seed {seed}, V8: {difference}"));
            }
            done += u32::from(compared);
        }
        done
    });
    println!(
        "{} programs of {count} seeds from {first}",
        checked.iter().sum::<u32>()
    );
}

fn lifted(seed: u64) -> Option<Runnable> {
    let wasm = smith::module(&smith::entropy(seed), None)?;
    let program = smith::program(smith::lift(&wasm).expect("it can be lifted"));
    let function = |name: &str| conformance::function(program.module(), name);
    let calls = smith::calls(&program, seed).into_iter().filter_map(|call| {
        let args = call.args.into_iter().map(conformance::from_engine);
        Some((function(&call.name)?, args.collect()))
    });
    let calls = calls.collect();
    Some(Runnable {
        program,
        setup: Setup::default(),
        calls,
    })
}

fn generated(seed: u64) -> Option<Runnable> {
    let generated = generate(seed);
    let module = Verified::new(generated.module, &Default::default()).expect("it is valid");
    let program = vbc::link::load("generated", module).expect("it can be loaded");
    let setup = Setup {
        fuel: Some(FUEL),
        pages: Some(64),
        // These programs read and write anywhere, what support code keeps in memory included.
        plain_support: true,
        ..Setup::default()
    };
    let calls = generated.calls.into_iter().filter_map(|call| {
        let function = conformance::function(program.module(), &call.name)?;
        Some((function, call.args))
    });
    let calls: Vec<_> = calls.collect();
    let call = calls.get(seed as usize % calls.len().max(1)).cloned();
    Some(Runnable {
        calls: call.into_iter().collect(),
        program,
        setup,
    })
}

/// What has one memory can be lifted again, and then does the same.
#[test]
fn there_and_back() {
    for name in ["fib", "mandelbrot", "primes", "quicksort", "wc", "sha256"] {
        let path = project().join("examples").join(format!("{name}.vitasm"));
        let text = fs::read(&path).expect(name);
        let wasm = command(name, &text, single_memory());
        let folder = scratch();
        let lifted = folder.path().join("lifted.vitbc");
        let module = vbc::lift::lift(name, &wasm, &Default::default()).expect(name);
        fs::write(&lifted, vbc::format::write(&module, &Default::default())).expect("a file");
        let run = |module: &Path| {
            let mut child = Command::new(program("vbc-run"))
                .arg(module)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .expect("vbc-run starts");
            let mut stdin = child.stdin.take().expect("a pipe");
            // A program that does not read its input closes the pipe, which is not a failure.
            let _ = stdin.write_all(b"There and\nback again\n");
            drop(stdin);
            let done = child.wait_with_output().expect("vbc-run ends");
            (done.stdout, done.status.code())
        };
        assert_eq!(run(&lifted), run(&path), "{name}");
    }
    let hello = fs::read(project().join("examples/hello.vitasm")).expect("the example");
    let wasm = command("hello", &hello, Options::default());
    let refused = vbc::lift::lift("hello", &wasm, &Default::default()).expect_err("two memories");
    assert_eq!(refused.0[0].code.id, "W0004");
    assert!(refused.to_string().contains("memor"), "{refused}");
}
