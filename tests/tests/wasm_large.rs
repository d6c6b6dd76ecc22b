//! Functions that are hard to express in WebAssembly: control flow of every kind, and much of everything. They are
//! valid, and in wasmtime they do what they do on our own engines.

use std::fmt::Write as _;

use vbc::wasm::{Options, WasmBackend};
use vbc_tests::conformance::{self, Runnable, Setup};
use vbc_tests::evaluator::Value;
use vbc_tests::generate::Random;
use vbc_tests::webassembly::{Host, agrees as agrees_in, command};

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
    let compared = agrees_in(Host::Wasmtime, &runnable);
    let compared = compared.unwrap_or_else(|difference| panic!("{difference}"));
    assert!(compared, "it can be compared");
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
        agrees(&tangle(3 + seed % 17, seed), &[0, 1, 0x1234_5678_9abc, -1]);
    }
    agrees(&tangle(100, 1), &[7, -3]);
    agrees(&tangle(1_000, 1), &[7, -3]);
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

/// A function with `count` registers, all of which live through a loop.
fn registers(count: u32) -> String {
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
}

#[test]
fn many_registers() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    agrees(&registers(300), &[3, 9]);
    agrees(&registers(5_000), &[3]);
}

/// A function with `count` blocks that follow each other, in loops of ten.
fn blocks(count: u32) -> String {
    let mut text = String::from("FUNC run(n)\n  LOAD_CONST s, 1\n  LOAD_CONST t, 0\n");
    for block in 0..count {
        if block % 10 == 0 {
            let _ = writeln!(text, "  ADD t, n, 3\nloop{}:", block / 10);
        }
        let _ = writeln!(
            text,
            "  MUL s, s, 31\n  AND u, s, {}\n  IF_NE u, 1, skip{block}\n  XOR s, s, {block}\nskip{block}:",
            block % 7 + 1
        );
        if block % 10 == 9 {
            let _ = writeln!(text, "  SUB t, t, 1\n  IF_GT t, 0, loop{}", block / 10);
        }
    }
    text.push_str("  RETURN s\nEND\n");
    text
}

#[test]
fn many_blocks() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    agrees(&blocks(10_000), &[0, 2, -9]);
}

/// Loops in loops.
fn nested_loops(depth: u32) -> String {
    let mut text = String::from("FUNC run(n)\n  LOAD_CONST s, 0\n");
    for depth in 0..depth {
        let _ = writeln!(text, "loop{depth}:\n  ADD s, s, 1");
    }
    for depth in (0..depth).rev() {
        let _ = writeln!(text, "  SUB n, n, 1\n  IF_GT n, {depth}, loop{depth}");
    }
    text.push_str("  RETURN s\nEND\n");
    text
}

/// Branches in branches.
fn nested_branches(depth: u32) -> String {
    let mut text = String::from("FUNC run(n)\n  LOAD_CONST s, 0\n");
    for depth in 0..depth {
        let _ = writeln!(text, "  IF_LT n, {depth}, else{depth}\n  ADD s, s, n");
    }
    for depth in (0..depth).rev() {
        let _ = writeln!(
            text,
            "  JUMP join{depth}\nelse{depth}:\n  SUB s, s, {depth}\njoin{depth}:\n  XOR s, s, {depth}"
        );
    }
    text.push_str("  RETURN s\nEND\n");
    text
}

#[test]
fn deep_nesting() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    agrees(&nested_loops(300), &[1, 700, 2_000]);
    agrees(&nested_loops(2_000), &[1, 2_100]);
    agrees(&nested_branches(500), &[-1, 5, 250, 4_000]);
    agrees(&nested_branches(1_000), &[-1, 5, 2_500]);
    // Deeper ones take wasmtime minutes, so they are only made and validated.
    for text in [nested_loops(20_000), nested_branches(20_000)] {
        command("text", text.as_bytes(), Options::default());
    }

    // One expression of 3,000 operations.
    let mut text = String::from("FUNC run(n)\n  ADD e0, n, 1\n");
    for depth in 1..3_000 {
        let _ = writeln!(text, "  XOR e{depth}, e{}, n", depth - 1);
    }
    text.push_str("  RETURN e2999\nEND\n");
    agrees(&text, &[0, 77]);
}

/// A SWITCH of a type with `count` targets, `different` of them different.
fn switch(ty: &str, count: u32, different: u32) -> String {
    let mut text = String::from("FUNC run(n)\n");
    match ty {
        "i32" => text.push_str("  WRAP.i32.i64 i, n\n  SWITCH i"),
        _ => text.push_str("  SWITCH n"),
    }
    for target in 0..count {
        let _ = write!(text, ", c{}", target * 7 % different);
    }
    text.push_str(", else none\n");
    for target in 0..different {
        let _ = writeln!(text, "c{target}:\n  LOAD_CONST r, {target}\n  RETURN r");
    }
    text.push_str("none:\n  LOAD_CONST r, -5\n  RETURN r\nEND\n");
    text
}

#[test]
fn huge_switches() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    agrees(
        &switch("i64", 20_000, 400),
        &[0, 1, 19_999, 20_000, 1 << 32, -1],
    );
    agrees(&switch("i64", 64_999, 30), &[0, 64_998, 64_999, 1 << 32]);
    agrees(&switch("i32", 65_000, 30), &[0, 64_999, 65_000, -1]);
    let ends = [0, 64_999, 65_000, 65_001, 129_999, 130_000, 130_001, -1];
    agrees(&switch("i64", 130_000, 400), &ends);
    // Twice as long as V8 takes them, it takes wasmtime half a minute.
    command(
        "text",
        switch("i32", 200_000, 400).as_bytes(),
        Options::default(),
    );
}

/// Registers that live one after another, each read twice, some of them through blocks and around loops; the arithmetic
/// needs locals of its own.
fn short_lives(count: u32) -> String {
    let mut text = String::from("FUNC run(n)\n  MOVE r0, n\n  XOR r1, n, 77\n");
    for register in 2..count {
        let op = if register % 9 == 0 { "ADD_CHK" } else { "SUB" };
        let (before, one) = (register - 1, register - 2);
        let _ = writeln!(text, "  {op} r{register}, r{before}, r{one}");
        let _ = match register % 100 {
            30 => writeln!(text, "  LOAD_CONST i, 2\nl{register}:"),
            60 => writeln!(
                text,
                "  SUB i, i, 1\n  MOVE r{}, r{register}\n  IF_GT i, 0, l{}",
                register - 30,
                register - 30
            ),
            0 => writeln!(text, "  IF_EQ r{register}, 7, out"),
            _ => Ok(()),
        };
    }
    let last = count - 1;
    let _ = writeln!(
        text,
        "  RETURN r{last}\nout:\n  LOAD_CONST i, -1\n  RETURN i\nEND"
    );
    text
}

/// Registers that hold something at different times share locals, so that there may be as many as VITBC has.
#[test]
fn registers_share_locals() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    agrees(&short_lives(2_000), &[0, 1, -3_000, 1 << 61]);
    // More take wasmtime long, so they are only made and validated.
    for count in [2_000, 49_990] {
        let wasm = command("text", short_lives(count).as_bytes(), Options::default());
        let locals = most_locals(&wasm);
        assert!(locals < 20, "{locals} locals");
    }
}

/// Zeroed registers are zero, whatever else their locals are; results of calls and registers of every type share.
#[test]
fn shared_locals_hold_what_they_should() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let mut text = String::from(
        "FUNC pair(n) -> (i64, f64)\n  TO_FLOAT.f64.i64 f, n\n  ADD n, n, 1\n  RETURN n, f\nEND\n
FUNC run(n)\n  .reg z0: i64 zeroed\n  .reg z1: i64 zeroed\n  .reg zf: f64 zeroed\n  LOAD_CONST s, 0\n  LOAD_CONST k, 4\nagain:\n",
    );
    for at in 0..150 {
        let _ = writeln!(
            text,
            "  CALL pair, n -> a{at}, f{at}\n  IF_LT a{at}, {at}, skip{at}\n  ADD s, s, a{at}\n  TO_INT.i64.f64 t{at}, f{at}\n  XOR s, s, t{at}\nskip{at}:\n  MUL s, s, 3"
        );
    }
    text.push_str(
        "  IF_GT k, 2, later\n  ADD s, s, z0\n  ADD z0, s, 1\nlater:\n  SUB k, k, 1\n  IF_GT k, 0, again
  ADD s, s, z1\n  TO_INT.i64.f64 w, zf\n  ADD s, s, w\n  RETURN s\nEND\n",
    );
    agrees(&text, &[0, 3, 100, 1_000, -5]);
    let wasm = command("text", text.as_bytes(), Options::default());
    let locals = most_locals(&wasm);
    assert!(locals < 20, "{locals} locals");
}

/// What the beginning of a loop reads must outlive what its end keeps in between.
#[test]
fn loops_keep_what_they_begin_with() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let body = |text: &mut String, name: &str| {
        for at in 0..150 {
            let _ = writeln!(
                text,
                "  MUL {name}{at}, s, {}\n  XOR s, s, {name}{at}\n  ADD s, s, {name}{at}",
                at + 3
            );
        }
    };
    let mut text = String::from(
        "FUNC run(n)\n  MUL x, n, 7\n  MUL y, n, 5\n  LOAD_CONST s, 1\nouter:\n  ADD s, s, x\n  AND m, n, 3\ninner:\n  ADD s, s, y\n",
    );
    body(&mut text, "t");
    text.push_str("  SUB m, m, 1\n  IF_GT m, 0, inner\n");
    body(&mut text, "u");
    text.push_str("  SUB n, n, 1\n  IF_GT n, 0, outer\n  RETURN s\nEND\n");
    agrees(&text, &[1, 2, 9]);
    let wasm = command("text", text.as_bytes(), Options::default());
    let locals = most_locals(&wasm);
    assert!(locals < 20, "{locals} locals");
}

/// The most locals of a function, parameters apart.
fn most_locals(wasm: &[u8]) -> u32 {
    let mut most = 0;
    for payload in wasmparser::Parser::new(0).parse_all(wasm) {
        if let wasmparser::Payload::CodeSectionEntry(body) = payload.expect("a section") {
            let locals = body.get_locals_reader().expect("locals");
            let counts = locals.into_iter().map(|run| run.expect("a run").0);
            most = most.max(counts.sum());
        }
    }
    most
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
