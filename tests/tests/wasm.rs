//! Programs as WebAssembly: random ones in wasmtime and in V8, large ones, control flow of every kind, and back again. What
//! `wasm_hosts.rs` runs in all hosts is not repeated here.

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use vbc::verify::Verified;
use vbc::wasm::{Options, WasmBackend};
use vbc_tests::conformance::{self, Runnable, Setup, in_parallel};
use vbc_tests::evaluator::Value;
use vbc_tests::generate::{Random, generate};
use vbc_tests::smith;
use vbc_tests::webassembly::{Host, agrees, command, single_memory};
use vbc_tests::{number_from_environment, program, project, scratch};

fn check(runnable: &Runnable) -> Result<(), String> {
    agrees(Host::Wasmtime, runnable).map(|_| ())
}

/// Units of fuel for each call of a generated program; what needs more is not compared.
const FUEL: u64 = 3_000;

/// Random programs: modules of WebAssembly, lifted, and our own that use every row of the op table.
#[test]
fn random_programs_agree() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let count = number_from_environment("VBC_PROGRAMS", 400);
    let first = number_from_environment("VBC_SEED", 1);
    let seeds: Vec<u64> = (first..first + count).collect();
    let checked = in_parallel(&seeds, |&seed| {
        let mut done = 0;
        for runnable in [lifted(seed), generated(seed)].into_iter().flatten() {
            check(&runnable).unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
            if Host::Javascript.is_there() {
                let agrees = agrees(Host::Javascript, &runnable);
                agrees.unwrap_or_else(|difference| panic!("seed {seed}, V8: {difference}"));
            }
            done += 1;
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
    let call = generated.calls.into_iter().find_map(|call| {
        let function = conformance::function(program.module(), &call.name)?;
        Some((function, call.args))
    });
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

/// Assembles a text whose function `run` is called with numbers, and compares.
fn does_the_same(text: &str, calls: &[i64]) {
    let module = vbc::asm::assemble_verified(text.as_bytes(), "text", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}"));
    let program = vbc::link::load("text", module).expect("it can be loaded");
    let run = conformance::function(program.module(), "run").expect("the function");
    let calls = calls.iter().map(|&number| (run, vec![Value::I64(number)]));
    let runnable = Runnable {
        calls: calls.collect(),
        program,
        setup: Setup::default(),
    };
    check(&runnable).unwrap_or_else(|difference| panic!("{difference}"));
}

/// Blocks that go anywhere: loops with any number of entries, nested in every way, some of them reached by SWITCH only.
/// The path depends on the argument, and is noted.
fn tangle(blocks: u64, seed: u64) -> String {
    let mut random = Random::new(seed);
    let mut text =
        String::from("FUNC run(key)\n  LOAD_CONST steps, 3000\n  LOAD_CONST trace, 1\n  JUMP b0\n");
    for block in 0..blocks {
        let mut target = || random.below(blocks);
        let [a, b, c, d] = [target(), target(), target(), target()];
        let _ = writeln!(
            text,
            "b{block}:\n  SUB steps, steps, 1\n  IF_LE steps, 0, done\n  MUL trace, trace, 31\n  XOR trace, trace, {block}\n  ROTR key, key, 3\n  ADD key, key, trace"
        );
        let _ = match block % 3 {
            0 => writeln!(
                text,
                "  AND t, key, 3\n  SWITCH t, b{a}, b{b}, b{c}, else b{d}"
            ),
            1 => writeln!(text, "  AND t, key, 1\n  IF t, b{a}\n  JUMP b{b}"),
            // Goes on at the next block.
            _ if block + 1 < blocks => writeln!(text, "  IF_LT key, trace, b{a}"),
            _ => writeln!(text, "  JUMP b{a}"),
        };
    }
    text.push_str("done:\n  RETURN trace\nEND\n");
    text
}

#[test]
fn any_control_flow() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    for seed in 0..25 {
        does_the_same(&tangle(3 + seed % 17, seed), &[0, 1, 0x1234_5678_9abc, -1]);
    }
    does_the_same(&tangle(100, 1), &[7, -3]);
    // As one dispatch with thousands of entries it takes engines minutes, so it is only made and validated.
    command("tangle", tangle(10_000, 1).as_bytes(), Options::default());
    // Two loops with two entries, side by side in a loop with one.
    does_the_same(
        "FUNC run(n)
  LOAD_CONST s, 0
outer:
  SUB n, n, 1
  IF_LE n, 0, done
  AND t, n, 1
  IF t, middle
first:
  SUB n, n, 1
  ADD s, s, n
middle:
  IF_LE n, 0, done
  MUL s, s, 3
  AND t, s, 4
  IF_EQ t, 4, first
  AND t, n, 2
  IF t, third
second:
  XOR s, s, n
third:
  SUB n, n, 1
  IF_LE n, 0, done
  ADD s, s, 7
  AND t, s, 8
  IF_EQ t, 8, second
  JUMP outer
done:
  RETURN s
END
",
        &[0, 1, 50],
    );
}

#[test]
fn large_functions() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    // Registers, all of which live through a loop. Engines are slow with very many, so 5,000 are only made and validated.
    let registers = |count: u32| {
        let mut text = String::from("FUNC run(n)\n");
        for register in 0..count {
            let _ = writeln!(text, "  ADD r{register}, n, {register}");
        }
        text.push_str("again:\n");
        for register in 0..count {
            let next = (register + 1) % count;
            let _ = writeln!(text, "  XOR r{register}, r{next}, r{register}");
        }
        text.push_str("  SUB n, n, 1\n  IF_GT n, 0, again\n  RETURN r17\nEND\n");
        text
    };
    does_the_same(&registers(300), &[3, 9]);
    command("registers", registers(5_000).as_bytes(), Options::default());

    // Loops in loops, 300 deep.
    let mut text = String::from("FUNC run(n)\n  LOAD_CONST s, 0\n");
    for depth in 0..300 {
        let _ = writeln!(text, "loop{depth}:\n  ADD s, s, 1");
    }
    for depth in (0..300).rev() {
        let _ = writeln!(text, "  SUB n, n, 1\n  IF_GT n, {depth}, loop{depth}");
    }
    text.push_str("  RETURN s\nEND\n");
    does_the_same(&text, &[1, 700, 2_000]);

    // Branches in branches, 500 deep.
    let mut text = String::from("FUNC run(n)\n  LOAD_CONST s, 0\n");
    for depth in 0..500 {
        let _ = writeln!(text, "  IF_LT n, {depth}, else{depth}\n  ADD s, s, n");
    }
    for depth in (0..500).rev() {
        let _ = writeln!(
            text,
            "  JUMP join{depth}\nelse{depth}:\n  SUB s, s, {depth}\njoin{depth}:\n  XOR s, s, {depth}"
        );
    }
    text.push_str("  RETURN s\nEND\n");
    does_the_same(&text, &[-1, 5, 250, 4_000]);

    // A SWITCH with 20,000 targets, 400 of them different, by a number of 64 bits.
    let mut text = String::from("FUNC run(n)\n  SWITCH n");
    for target in 0..20_000 {
        let _ = write!(text, ", c{}", target * 7 % 400);
    }
    text.push_str(", else none\n");
    for target in 0..400 {
        let _ = writeln!(text, "c{target}:\n  LOAD_CONST r, {target}\n  RETURN r");
    }
    text.push_str("none:\n  LOAD_CONST r, -5\n  RETURN r\nEND\n");
    does_the_same(&text, &[0, 1, 19_999, 20_000, 1 << 32, -1]);

    // One expression of 3,000 operations.
    let mut text = String::from("FUNC run(n)\n  ADD e0, n, 1\n");
    for depth in 1..3_000 {
        let _ = writeln!(text, "  XOR e{depth}, e{}, n", depth - 1);
    }
    text.push_str("  RETURN e2999\nEND\n");
    does_the_same(&text, &[0, 77]);
}

#[test]
fn what_webassembly_has_no_room_for() {
    let refused = |text: &str, expected: &str| {
        let module = vbc::asm::assemble(text.as_bytes(), "text", &Default::default());
        let refused = WasmBackend::new().compile(&module.expect("a module"));
        let message = refused.expect_err(expected).to_string();
        assert!(message.starts_with(expected), "{message}");
    };
    let mut text = String::from("FUNC run(n)\n");
    for _ in 0..320_000 {
        text.push_str("  ADD_CHK n, n, n\n");
    }
    text.push_str("  RETURN n\nEND\n");
    refused(&text, "error[W0101]");
    let message = vbc::wasm::print(b"no module")
        .expect_err("no module")
        .to_string();
    assert!(message.starts_with("error[W0103]"), "{message}");
}
