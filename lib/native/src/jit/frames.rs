//! Frames of any size and shape without signals, where nothing but code keeps programs inside their stack; and the ways
//! to the host.
//!
//! `VBC_FRAMES` is how many, `VBC_SEED` where the seeds begin.

#![allow(unsafe_code, reason = "it looks at the memory below a stack")]

use std::fmt::Write as _;
use std::sync::Arc;

use super::{Config, NativeInstance, Optimise, Options};
use crate::{FRAME_AHEAD, Stack};
use vbc_core::isa::Trap;
use vbc_linker::load;
use vbc_runtime::engine::Engine;
use vbc_runtime::host::{Host, HostCall, HostOutcome};
use vbc_runtime::{Limits, Outcome, Reservation, Value};

/// Bytes below the stack that are looked at, besides those below the program's limit.
const BELOW: usize = 64 << 20;

/// Bytes that a call of the runtime puts there: return address, and what its thunk keeps.
const THUNK: usize = 32;

/// Bytes of the stack that a program may use.
const STACK: usize = 256 << 10;

/// What they are before.
const PATTERN: u64 = 0x5bd1_e995_9e37_79b9;

/// Numbers that depend on nothing but the seed.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % n as u64) as usize
    }

    /// Mostly a small number, sometimes the largest.
    fn size(&mut self, most: usize) -> usize {
        match self.below(8) {
            0 => most,
            1..4 => 1 + self.below(most),
            _ => 1 + self.below(most.min(40)),
        }
    }
}

fn names(letter: char, count: usize) -> String {
    let names: Vec<String> = (0..count).map(|n| format!("{letter}{n}")).collect();
    names.join(", ")
}

/// A program whose `down` calls itself for ever, in a frame of any size.
fn program(random: &mut Random) -> String {
    let mut text = String::new();
    let params = random.size(1000);
    // The allocator that goes through the code once gives each value that a join makes its own place: many joins
    // make a frame of megabytes.
    let deep = random.below(4) == 0;
    let registers = match random.below(12) {
        _ if deep => 100 + random.below(200),
        0 => random.size(50_000 - 2_000),
        _ => random.size(300),
    };
    let callees: Vec<usize> = (0..random.below(6)).map(|_| random.size(1000)).collect();
    for (n, &results) in callees.iter().enumerate() {
        // Long enough that it is not translated into its caller.
        let types = vec!["i64"; results].join(", ");
        let values = vec!["z"; results].join(", ");
        let _ = write!(
            text,
            "FUNC many{n}(a) -> ({types})\n  .reg z: i64\n  LOAD_CONST z, {}\n  ADD z, z, a\n  MUL z, z, a\n  \
             JUMP l0\nl0:\n  JUMP l1\nl1:\n  JUMP l2\nl2:\n  RETURN {values}\nEND\n",
            0x1111_1111_1111_1111_i64
        );
    }
    let _ = write!(
        text,
        "FUNC wide({}) -> i64\n  CALL down, {} -> a0\n  RETURN a0\nEND\n",
        names('a', 1000),
        names('a', params)
    );
    let _ = writeln!(text, "FUNC down({}) -> i64", names('p', params));
    // Zeroed registers are alive from the beginning, the others from where they are set.
    let zeroed = if random.below(2) == 0 { " zeroed" } else { "" };
    let _ = writeln!(text, "  .reg {}: i64{zeroed}", names('r', registers));
    let _ = writeln!(text, "  .reg t: i64\n  .reg f: f64 zeroed");
    for n in 0..registers {
        let _ = writeln!(text, "  LOAD_CONST r{n}, {}", 0x7777_7777_0000_0000 + n);
    }
    // Joins at which registers differ, and a loop through which they live.
    let (joins, changes) = match deep {
        true => (500 + random.below(1000), 200),
        false => (random.below(20), 40),
    };
    for block in 0..joins {
        let _ = writeln!(text, "  IF p0, join{block}");
        for _ in 0..random.below(changes) {
            let (to, from) = (random.below(registers), random.below(registers));
            let _ = writeln!(text, "  ADD r{to}, r{to}, r{from}");
        }
        let _ = writeln!(text, "join{block}:");
    }
    let _ = writeln!(text, "  LOAD_CONST t, 2\nagain:\n  SUB t, t, 1");
    for _ in 0..random.below(100) {
        let (to, from) = (random.below(registers), random.below(registers));
        let _ = writeln!(text, "  XOR r{to}, r{to}, r{from}\n  TO_FLOAT f, r{to}");
    }
    let _ = writeln!(text, "  IF t, again");
    for (n, &results) in callees.iter().enumerate() {
        let given: Vec<String> = (0..results)
            .map(|_| match random.below(3) {
                0 => format!("r{}", random.below(registers)),
                _ => "_".into(),
            })
            .collect();
        // The same register cannot be given two results.
        let mut seen = std::collections::HashSet::new();
        let given: Vec<String> = given
            .into_iter()
            .map(|name| match name == "_" || seen.insert(name.clone()) {
                true => name,
                false => "_".into(),
            })
            .collect();
        let _ = writeln!(text, "  CALL many{n}, p0 -> {}", given.join(", "));
    }
    if random.below(4) == 0 {
        let args: Vec<String> = (0..1000)
            .map(|_| format!("r{}", random.below(registers)))
            .collect();
        let _ = writeln!(text, "  TAIL_CALL wide, {}\nEND", args.join(", "));
        return text;
    }
    let _ = writeln!(text, "  CALL down, {} -> t", names('p', params));
    for n in 0..registers.min(2000) {
        let _ = writeln!(text, "  ADD t, t, r{n}");
    }
    let _ = writeln!(text, "  RETURN t\nEND");
    text
}

/// An instance of a program, and its function `down`.
fn instance(text: &str, host: Host, options: Options) -> (NativeInstance, u32) {
    let module =
        vbc_core::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let program = load("test", module).unwrap_or_else(|errors| panic!("{errors}"));
    let index = super::find_function(&program, "down").expect("it is there");
    let config = Config {
        options,
        limits: Limits::default(),
        plain_support: false,
    };
    let instance = NativeInstance::with_code(Arc::new(program), host, config, None);
    let instance = instance.unwrap_or_else(|errors| panic!("{errors}"));
    (instance, index)
}

/// Runs a program on a stack above patterned pages, and returns how it ended.
fn run(text: &str, options: Options, stack: &mut Stack) -> Outcome {
    let (mut instance, index) = instance(text, Host::default(), options);
    let params = instance.guest().bound.function_type(index);
    let params = params.map_or(0, |ty| ty.params.len());
    instance.swap_stack(stack);
    let outcome = instance.invoke(index, &vec![Value::I64(1); params]);
    instance.swap_stack(stack);
    outcome
}

/// Memory that nothing may write: from below the stack up to `end`, which is below its limit.
fn pattern(below: &mut Reservation, end: usize) -> &mut [u64] {
    let start = below.base();
    // SAFETY: all this is mapped, since the stack lies directly above, and nothing uses it while no code runs.
    unsafe { std::slice::from_raw_parts_mut(start.cast(), (end - start as usize) / 8) }
}

/// How many bytes below the end of the pattern have been written.
fn written(pattern: &[u64]) -> Option<usize> {
    let changed = pattern.iter().rposition(|&word| word != PATTERN);
    changed.map(|at| (pattern.len() - at) * 8)
}

/// No frame reaches further down than what a program may use, but for the part of it that is made before that is looked
/// at.
#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "any other outcome is wrong")]
fn no_frame_reaches_below_the_stack() {
    let number = |name, default: u64| match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text}")),
        Err(_) => default,
    };
    let first = number("VBC_SEED", 1);
    let (mut stack, mut below) = Stack::above(BELOW, STACK).expect("there is room");
    let end = stack.limit() - FRAME_AHEAD as usize - THUNK;
    pattern(&mut below, end).fill(PATTERN);
    for seed in first..first + number("VBC_FRAMES", 24) {
        let mut random = Random(seed);
        let text = program(&mut random);
        let options = Options {
            signals: false,
            guard_pages: false,
            optimise: [Optimise::None, Optimise::Speed][random.below(2)],
            metered: false,
            // What it finds is not the subject, and it takes most of the time.
            verify: false,
            threads: Some(1),
            ..Options::default()
        };
        let kind = options.optimise;
        match run(&text, options, &mut stack) {
            Outcome::Trapped(report) => {
                assert_eq!(report.trap, Trap::CallStackExhausted, "seed {seed}");
            }
            other => panic!("seed {seed}: {other:?}"),
        }
        if let Some(distance) = written(pattern(&mut below, end)) {
            panic!("seed {seed}, {kind:?}: wrote {distance} bytes too far down");
        }
    }
}

/// What a call of the host uses of the stack lies above the limit, where `down` calls itself ever deeper before it
/// makes one with hardly any parameters, or with as many as there can be.
#[test]
#[expect(clippy::wildcard_enum_match_arm, reason = "any other outcome is wrong")]
fn ways_to_the_host_keep_to_the_stack() {
    let types = vec!["i64"; 1000].join(", ");
    let text = format!(
        ".import func \"env:touch\" as touch(i64) -> i64\n.import func \"env:turn\" as turn({types}) -> ({types})\n\
         FUNC down(n, wide) -> i64\n  IF n, more\n  IF wide, turns\n  CALL touch, n -> n\n  RETURN n\n\
         turns:\n  CALL all, n -> n\n  RETURN n\n\
         more:\n  SUB n, n, 1\n  CALL down, n, wide -> m\n  ADD m, m, 1\n  RETURN m\nEND\n\
         FUNC all(n) -> i64\n  ADD m, n, 1\n  CALL turn, {} -> {}\n  SUB n, r0, r999\n  RETURN n\nEND\n",
        vec!["n"; 999].join(", ") + ", m",
        names('r', 1000),
    );
    let (mut stack, mut below) = Stack::above(64 << 10, STACK).expect("there is room");
    let limit = stack.limit();
    for signals in [true, false] {
        for optimise in [Optimise::None, Optimise::Speed] {
            let mut host = Host::default();
            let words = |count| vec![vbc_core::isa::ValType::I64; count].into();
            let of = |count| vbc_core::isa::FuncType {
                params: words(count),
                results: words(count),
            };
            let turn = |count: usize| {
                move |call: &mut HostCall<'_>| {
                    for n in 0..count {
                        let value = call.arg(count - 1 - n).expect("it is there");
                        call.set_result(n, value);
                    }
                    HostOutcome::Done
                }
            };
            host.define("env", "touch", of(1), Box::new(turn(1)));
            host.define("env", "turn", of(1000), Box::new(turn(1000)));
            let options = Options {
                signals,
                guard_pages: false,
                optimise,
                threads: Some(1),
                ..Options::default()
            };
            let (mut instance, down) = instance(&text, host, options);
            instance.swap_stack(&mut stack);
            // Where traps are signals, no frame is made before it is known to fit.
            let ahead = if signals { 0 } else { FRAME_AHEAD as usize };
            let end = limit - ahead - THUNK;
            pattern(&mut below, end).fill(PATTERN);
            for wide in [0, 1] {
                let what = format!("signals: {signals}, {optimise:?}, wide: {wide}");
                let mut call = |n: i64| {
                    let outcome = instance.invoke(down, &[Value::I64(n), Value::I64(wide)]);
                    let too_far = written(pattern(&mut below, end));
                    assert_eq!(too_far, None, "{what}, {n}");
                    match outcome {
                        Outcome::Finished(values) => assert_eq!(values, [Value::I64(n + wide)]),
                        Outcome::Trapped(report) => {
                            assert_eq!(report.trap, Trap::CallStackExhausted, "{what}");
                            return false;
                        }
                        other => panic!("{what}: {other:?}"),
                    }
                    true
                };
                // Wide calls take up to a third of the stack.
                let first = (1..)
                    .map(|n| n * 1000)
                    .find(|&n| !call(n))
                    .expect("it ends");
                let works = (first - 1000..first).take_while(|&n| call(n)).count();
                assert!((1..1000).contains(&works), "{what}: {works}");
                let mut deeper = (first..first + 3000).step_by(10);
                assert!(deeper.all(|n| !call(n)), "{what}");
            }
            instance.swap_stack(&mut stack);
        }
    }
}
