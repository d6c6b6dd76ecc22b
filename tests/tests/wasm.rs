//! Programs as WebAssembly in wasmtime: they do what they do on our own engines.
//!
//! `VBC_FILES=part` runs only the conformance files with `part` in their path.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use vbc::isa::Trap;
use vbc::verify::Verified;
use vbc::wasm::{Options, WasmBackend};
use vbc_tests::conformance::{
    self, Engine, Observation, Outcome, Runnable, Setup, files, in_parallel, runnable,
};
use vbc_tests::evaluator::Value;
use vbc_tests::generate::{Random, generate};
use vbc_tests::smith;
use vbc_tests::wasmtime::{self, Instance};
use vbc_tests::{files as sources, number_from_environment, program, project, scratch};

/// What WebAssembly's engines do not tell, made the same: which function a reference is, which of two things is
/// outside of a table, and exit codes that WASI does not have.
fn alike(mut observation: Observation) -> Observation {
    let hide = |value: &mut Value| {
        if let Value::FuncRef(Some(function)) = value {
            *function = 0;
        }
    };
    for end in &mut observation.ends {
        match end {
            Outcome::Returned(values) => values.iter_mut().for_each(hide),
            Outcome::Trapped(trap) if *trap == Trap::UndefinedElement => {
                *trap = Trap::TableOutOfBounds;
            }
            Outcome::Exited(code) => *code = (*code & 255).min(125),
            _ => {}
        }
    }
    observation.globals.iter_mut().for_each(hide);
    observation.fuel_left = None;
    observation
}

/// How to make WebAssembly of the program, and what that is called.
fn ways(program: &Runnable) -> Vec<(&'static str, Options)> {
    let mut ways = vec![("wasm", Options::default())];
    match program.program.module().address_type() {
        vbc::isa::ValType::I64 => {
            ways.push(("one memory", single_memory()));
        }
        _ => ways.push(("mem64", with_mem64())),
    }
    ways
}

fn check(runnable: &Runnable) -> Result<(), String> {
    let Runnable {
        program,
        setup,
        calls,
    } = runnable;
    let judge = Engine::all()[1].run(program, setup, calls);
    if judge.ends.contains(&Outcome::OutOfFuel) {
        return Ok(());
    }
    let judge = alike(judge);
    for (way, options) in ways(runnable) {
        let single = way != "wasm";
        // A single memory has at least one page, which a program without any would notice.
        if single && program.module().memories.iter().any(|row| row.min == 0) {
            continue;
        }
        let mut found = alike(wasmtime::run(program, options, setup, calls));
        // Arguments and variables lie behind what the program knows of its memory, and there is at least a page.
        let moves = judge.memory.is_empty() || !setup.args.is_empty() || !setup.env.is_empty();
        if moves {
            found.memory.truncate(judge.memory.len());
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
    Ok(())
}

#[test]
fn every_conformance_file_holds() {
    if !wasmtime::is_there() {
        return;
    }
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let mut files = files();
    files.retain(|file| file.path.contains(&part));
    let results = in_parallel(&files, |file| match runnable(&file.case)? {
        Some(runnable) => check(&runnable).map(|()| true),
        None => Ok(false),
    });
    let mut ran = 0;
    let mut failures = Vec::new();
    for (file, result) in files.iter().zip(results) {
        match result {
            Ok(done) => ran += usize::from(done),
            Err(message) => failures.push(format!("{}: {message}", file.path)),
        }
    }
    println!("{ran} files in wasmtime");
    assert!(
        failures.is_empty(),
        "{} of {ran}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Units of fuel for each call of a generated program; what needs more is not compared.
const FUEL: u64 = 3_000;

/// Random programs: modules of WebAssembly, lifted, and our own that use every row of the op table.
#[test]
fn random_programs_agree() {
    if !wasmtime::is_there() {
        return;
    }
    let count = number_from_environment("VBC_PROGRAMS", 400);
    let first = number_from_environment("VBC_SEED", 1);
    let seeds: Vec<u64> = (first..first + count).collect();
    let checked = in_parallel(&seeds, |&seed| {
        let mut done = 0;
        for runnable in [lifted(seed), generated(seed)].into_iter().flatten() {
            check(&runnable).unwrap_or_else(|difference| panic!("seed {seed}: {difference}"));
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

/// Makes a command of a program.
fn command(name: &str, bytes: &[u8], options: Options) -> Vec<u8> {
    let module = match bytes.starts_with(b"\0asm") {
        true => {
            let module = vbc::lift::lift(name, bytes, &Default::default());
            Verified::new(module.expect(name), &Default::default()).expect(name)
        }
        false => vbc::asm::assemble_verified(bytes, name, &Default::default()).expect(name),
    };
    let backend = WasmBackend::with_options(options);
    backend.compile_verified(name, module).expect(name)
}

/// What a command writes, and how it ends.
fn start(wasm: &[u8], setup: &Setup, folder: Option<(&Path, &str)>) -> (String, String, Outcome) {
    let (mut instance, end) = Instance::with_folder(wasm, setup, folder);
    let end = match end {
        Outcome::Returned(_) => instance.start(),
        other => other,
    };
    let observation = instance.close();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (text(observation.stdout), text(observation.stderr), end)
}

fn single_memory() -> Options {
    Options {
        single_memory: true,
        ..Options::default()
    }
}

fn with_mem64() -> Options {
    Options {
        mem64: true,
        ..Options::default()
    }
}

fn corpus(name: &str) -> Vec<u8> {
    fs::read(project().join("tests/corpus").join(name)).expect(name)
}

fn given(args: &[&str]) -> Setup {
    let args = ["program"].iter().chain(args);
    Setup {
        args: args.map(|arg| arg.as_bytes().to_vec()).collect(),
        ..Setup::default()
    }
}

#[test]
fn every_program_of_the_corpus_computes() {
    if !wasmtime::is_there() {
        return;
    }
    let size = if cfg!(debug_assertions) {
        "tiny"
    } else {
        "small"
    };
    let sizes: serde_json::Value = serde_json::from_slice(&corpus("sizes.json")).expect("JSON");
    let sizes = sizes.as_object().expect("an object");
    for (name, sizes) in sizes {
        let expected = String::from_utf8(corpus(&format!("{name}.{size}.out"))).expect("text");
        let argument = sizes[size].to_string();
        let args = [argument.as_str()];
        let setup = given(if name == "hello" { &[] } else { &args });
        for options in [Options::default(), with_mem64()] {
            let wasm = command(name, &corpus(&format!("{name}.wasm")), options);
            let (stdout, stderr, end) = start(&wasm, &setup, None);
            assert_eq!(
                (stdout, stderr),
                (expected.clone(), String::new()),
                "{name}"
            );
            assert!(
                matches!(end, Outcome::Returned(_) | Outcome::Exited(0)),
                "{name}: {end:?}"
            );
        }
    }
}

#[test]
fn files_variables_and_input_reach_the_program() {
    if !wasmtime::is_there() {
        return;
    }
    let folder = scratch();
    fs::write(folder.path().join("small"), b"Wikipedia").expect("a file");
    for options in [Options::default(), with_mem64()] {
        let wasm = command("filesum", &corpus("filesum.wasm"), options.clone());
        let setup = given(&["/data/small", "/data/missing"]);
        let (stdout, stderr, end) = start(&wasm, &setup, Some((folder.path(), "/data")));
        assert_eq!(
            stdout, "11e60398 9 /data/small\n",
            "the published example of Adler-32"
        );
        assert!(stderr.starts_with("/data/missing: "), "{stderr}");
        assert_eq!(end, Outcome::Exited(3));

        let inner = scratch();
        let wasm = command("filetour", &corpus("filetour.wasm"), options.clone());
        let setup = Setup {
            env: vec![(b"TOUR".to_vec(), b"x".to_vec())],
            ..given(&["/d"])
        };
        let (stdout, ..) = start(&wasm, &setup, Some((inner.path(), "/d")));
        let expected = "at 50: ine 7\nsize 8894\nentry b.txt\noutside: refused\nTOUR=x\n";
        assert_eq!(stdout, expected);

        let wasm = command("wordcount", &corpus("wordcount.wasm"), options);
        let setup = Setup {
            stdin: b"one two\n  three\n\nfour".to_vec(),
            ..given(&[])
        };
        assert_eq!(start(&wasm, &setup, None).0, "3 4 21\n");
    }
}

#[test]
fn every_example_does_what_the_interpreter_does() {
    if !wasmtime::is_there() {
        return;
    }
    let folder = scratch();
    for path in sources(&project().join("examples"), "vitasm") {
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        // Those in folders are parts of programs.
        if path.parent() != Some(&project().join("examples")) {
            continue;
        }
        let text = fs::read(&path).expect(&name);
        let input: Vec<u8> = (0..200_000_u32)
            .map(|n| b"ab \ncd"[(n.wrapping_mul(n) % 7) as usize % 6])
            .collect();
        fs::write(folder.path().join("input"), &input).expect("a file");
        let args: &[&str] = if name == "files" { &["/d/input"] } else { &[] };
        let setup = Setup {
            stdin: input,
            ..given(args)
        };
        let ours = Command::new(program("vbc-run"))
            .arg(format!("--dir={}::/d", folder.path().display()))
            .arg(&path)
            .args(args)
            .stdin(File::open(folder.path().join("input")).expect("the file"))
            .output()
            .expect("vbc-run runs");
        for options in [Options::default(), single_memory()] {
            let wasm = command(&name, &text, options);
            let (stdout, stderr, end) = start(&wasm, &setup, Some((folder.path(), "/d")));
            let code = match end {
                Outcome::Returned(_) => 0,
                Outcome::Exited(code) => code,
                other => panic!("{name}: {other:?}"),
            };
            // The entries of a folder come in any order.
            let lines = |text: &str| {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                if name == "files" {
                    lines.sort_unstable();
                }
                lines
            };
            assert_eq!(
                lines(&stdout),
                lines(&String::from_utf8_lossy(&ours.stdout)),
                "{name}"
            );
            assert_eq!(stderr, String::from_utf8_lossy(&ours.stderr), "{name}");
            assert_eq!(Some(code), ours.status.code(), "{name}");
        }
    }
}

/// A number that the entry gives, or `exit`, is the exit code, as far as WASI has it.
#[test]
fn exit_codes() {
    if !wasmtime::is_there() {
        return;
    }
    let codes = [
        (0, 0),
        (1, 1),
        (125, 125),
        (126, 125),
        (255, 125),
        (256, 0),
        (-1, 125),
        (300, 44),
    ];
    for (code, expected) in codes {
        let returns = format!("MAIN -> i64\n  LOAD_CONST x, {code}\n  RETURN x\nEND\n");
        let exits = format!(
            ".import func \"vbc1:exit\" as exit(i32)\nMAIN\n  LOAD_CONST.i32 x, {code}\n  CALL exit, x\nEND\n"
        );
        for text in [returns, exits] {
            let wasm = command("exit.vitasm", text.as_bytes(), Options::default());
            let (_, _, end) = start(&wasm, &Setup::default(), None);
            let found = match end {
                Outcome::Returned(_) => 0,
                Outcome::Exited(code) => code,
                other => panic!("{other:?}"),
            };
            assert_eq!(found, expected, "{text}");
        }
    }
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
fn agrees(text: &str, calls: &[i64]) {
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
    if !wasmtime::is_there() {
        return;
    }
    for seed in 0..25 {
        agrees(&tangle(3 + seed % 17, seed), &[0, 1, 0x1234_5678_9abc, -1]);
    }
    agrees(&tangle(100, 1), &[7, -3]);
    // As one dispatch with thousands of entries it takes engines minutes, so it is only made and validated.
    command("tangle", tangle(10_000, 1).as_bytes(), Options::default());
    // Two loops with two entries, side by side in a loop with one.
    agrees(
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
    if !wasmtime::is_there() {
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
    agrees(&registers(300), &[3, 9]);
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
    agrees(&text, &[1, 700, 2_000]);

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
    agrees(&text, &[-1, 5, 250, 4_000]);

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
    agrees(&text, &[0, 1, 19_999, 20_000, 1 << 32, -1]);

    // One expression of 3,000 operations.
    let mut text = String::from("FUNC run(n)\n  ADD e0, n, 1\n");
    for depth in 1..3_000 {
        let _ = writeln!(text, "  XOR e{depth}, e{}, n", depth - 1);
    }
    text.push_str("  RETURN e2999\nEND\n");
    agrees(&text, &[0, 77]);
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
