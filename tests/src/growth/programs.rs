//! Programs of one shape each, as text, that grow with a number.
//!
//! Everything in a program can be many: functions, types, symbols, rows, registers, blocks, targets. Each shape has
//! many of one thing, in an arrangement that is hard for whoever goes through it.

use std::fmt::Write as _;

use super::{Shape, TYPES, number_in};
use crate::generate::Random;

/// Programs that have much of one thing outside of their functions, or many functions. Their sizes result in about 50
/// KB of text.
pub const PROGRAMS: &[Shape] = &[
    Shape {
        name: "functions",
        size: 400,
        most: 0,
        write: functions,
    },
    Shape {
        name: "data",
        size: 1_000,
        most: 0,
        write: data,
    },
    Shape {
        name: "addresses in data",
        size: 1_000,
        most: 0,
        write: addresses,
    },
    Shape {
        name: "globals",
        size: 1_000,
        most: 0,
        write: globals,
    },
    Shape {
        name: "undefined symbols",
        size: 400,
        most: 0,
        write: undefined,
    },
    Shape {
        name: "types",
        size: 400,
        most: 0,
        write: types,
    },
    Shape {
        name: "element segments",
        size: 1_000,
        most: 0,
        write: elements,
    },
    Shape {
        name: "long names",
        size: 200,
        most: 0,
        write: long_names,
    },
    Shape {
        name: "arguments",
        size: 60,
        most: 0,
        write: arguments,
    },
    Shape {
        name: "texts",
        size: 500,
        most: 0,
        write: texts,
    },
    Shape {
        name: "one data row",
        size: 32_000,
        most: 0,
        write: one_row,
    },
    Shape {
        name: "exports",
        size: 400,
        most: 0,
        write: exports,
    },
    Shape {
        name: "zeros",
        size: 1_000,
        most: 0,
        write: zeros,
    },
];

/// Programs with one function, or one and another that it calls; `most` is where it has as many words or registers as
/// the limits allow.
pub const FUNCTIONS: &[Shape] = &[
    Shape {
        name: "straight",
        size: 2_000,
        most: 12_000_000,
        write: straight,
    },
    Shape {
        name: "loops in loops",
        size: 500,
        most: 4_000_000,
        write: loops_in_loops,
    },
    Shape {
        name: "branches in branches",
        size: 500,
        most: 2_000_000,
        write: branches_in_branches,
    },
    Shape {
        name: "targets of a SWITCH",
        size: 1_000,
        // As many as a line of text may name.
        most: 1_600_000,
        write: targets,
    },
    Shape {
        name: "SWITCHes",
        size: 400,
        most: 1_800_000,
        write: switches,
    },
    Shape {
        name: "calls",
        size: 2_000,
        most: 7_000_000,
        write: calls,
    },
    Shape {
        name: "registers through a loop",
        size: 500,
        most: 49_990,
        write: registers,
    },
    Shape {
        name: "short lives",
        size: 500,
        most: 49_990,
        write: short_lives,
    },
    Shape {
        name: "long lives",
        size: 400,
        most: 49_990,
        write: long_lives,
    },
    Shape {
        name: "loops one after another",
        size: 500,
        most: 2_000_000,
        write: loops,
    },
    Shape {
        name: "loops with two entries",
        size: 400,
        most: 2_000_000,
        write: two_entries,
    },
    Shape {
        name: "jumps from anywhere",
        size: 400,
        most: 2_000_000,
        write: tangle,
    },
    Shape {
        name: "exchanged registers",
        size: 300,
        most: 49_990,
        write: exchange,
    },
    Shape {
        name: "constants",
        size: 2_000,
        most: 4_000_000,
        write: constants,
    },
];

const MAIN: &str = "MAIN\n  PRINT \"done\"\nEND\n";

/// A function `run` with this code, which `MAIN` calls.
fn run(code: &str) -> String {
    format!(
        "FUNC run(n)\n  .reg s: i64 zeroed\n{code}  RETURN s\nEND\nMAIN\n  LOAD_CONST x, 2\n  CALL run, x -> y\n  PRINT y\nEND\n"
    )
}

fn repeat(count: u64, mut line: impl FnMut(&mut String, u64)) -> String {
    let mut text = String::new();
    (0..count).for_each(|number| line(&mut text, number));
    text
}

macro_rules! add {
    ($text:expr, $($arg:tt)*) => {
        let _ = writeln!($text, $($arg)*);
    };
}

fn functions(n: u64) -> String {
    repeat(n, |text, i| {
        let (factor, next) = (i % 89 + 2, (i * 11 + 3) % n);
        add!(
            text,
            "FUNC f{i}(a, b)\n  MUL c, a, {factor}\n  ADD c, c, b\n  IF_LT c, 9, skip\n  XOR b, b, c\nskip:"
        );
        add!(text, "  CALL f{next}, c, b -> d\n  RETURN d\nEND");
    }) + MAIN
}

fn straight(n: u64) -> String {
    run(&repeat(n / 4, |text, i| {
        let (step, limit) = (i % 700, i % 61);
        add!(
            text,
            "  ADD s, s, {step}\n  XOR t, s, n\n  IF_GT t, {limit}, l{i}\n  MUL s, t, s\nl{i}:"
        );
    }))
}

fn loops_in_loops(n: u64) -> String {
    let begins = repeat(n, |text, i| {
        add!(text, "loop{i}:\n  ADD s, s, {}", i % 5);
    });
    // None of them repeats when it is called with 2.
    let ends = repeat(n, |text, i| {
        let number = n - 1 - i;
        add!(
            text,
            "  SUB n, n, 1\n  IF_GT n, {}, loop{number}",
            number + 1_000_000
        );
    });
    run(&(begins + &ends))
}

fn branches_in_branches(n: u64) -> String {
    let begins = repeat(n, |text, i| {
        add!(text, "  IF_LT n, {i}, else{i}\n  ADD s, s, n");
    });
    let ends = repeat(n, |text, i| {
        let number = n - 1 - i;
        add!(
            text,
            "  JUMP join{number}\nelse{number}:\n  SUB s, s, 3\njoin{number}:\n  XOR s, s, 5"
        );
    });
    run(&(begins + &ends))
}

fn data(n: u64) -> String {
    repeat(n, |text, i| {
        add!(text, ".data d{i} align 4 = i32 {i} {}, \"row\"", i + 7);
    }) + MAIN
}

fn addresses(n: u64) -> String {
    repeat(n, |text, i| {
        let (one, other) = ((i * 5 + 2) % n, (i + 1) % n);
        add!(text, ".data d{i} align 8 = addr d{one}, addr d{other} + 8");
    }) + MAIN
}

fn globals(n: u64) -> String {
    repeat(n, |text, i| {
        add!(text, ".global g{i}: mut i64 .export = {i}");
    }) + MAIN
}

fn undefined(n: u64) -> String {
    let declared = repeat(n, |text, i| {
        add!(text, ".extern e{i}(i64) -> i64");
    });
    declared
        + &repeat(n, |text, i| {
            add!(text, "FUNC u{i}(a)\n  CALL e{i}, a -> b\n  RETURN b\nEND");
        })
        + MAIN
}

fn types(n: u64) -> String {
    repeat(n, |text, i| {
        let types = number_in(i, TYPES.len() as u64);
        let params: Vec<String> = (types.iter().enumerate())
            .map(|(at, &ty)| format!("p{at}: {}", TYPES[ty as usize]))
            .collect();
        add!(
            text,
            "FUNC f{i}({}) -> ()\n  RETURN\nEND",
            params.join(", ")
        );
    }) + MAIN
}

fn targets(n: u64) -> String {
    let cases: Vec<String> = (0..n).map(|i| format!("c{i}")).collect();
    let blocks = repeat(n, |text, i| {
        add!(text, "c{i}:\n  ADD s, s, {}", i % 50);
    });
    run(&format!(
        "  SWITCH n, {}, else out\n{blocks}out:\n",
        cases.join(", ")
    ))
}

fn switches(n: u64) -> String {
    let mut random = Random::new(2);
    let blocks = repeat(n, |text, i| {
        let cases: Vec<String> = (0..8).map(|_| format!("b{}", random.below(n))).collect();
        add!(
            text,
            "b{i}:\n  ADD s, s, n\n  IF_GT s, 90, out\n  SWITCH s, {}, else b{}",
            cases.join(", "),
            random.below(n)
        );
    });
    run(&(blocks + "out:\n"))
}

fn elements(n: u64) -> String {
    let rows = repeat(n, |text, i| {
        add!(text, ".elem e{i} funcref at t + {i} = f");
    });
    format!("FUNC f(a)\n  RETURN a\nEND\n.table t: funcref {n}\n{rows}{MAIN}")
}

fn calls(n: u64) -> String {
    let calls = repeat(n, |text, _| {
        add!(text, "  CALL g, s -> s");
    });
    format!("FUNC g(a)\n  ADD a, a, 1\n  RETURN a\nEND\n{}", run(&calls))
}

fn registers(n: u64) -> String {
    let sets = repeat(n, |text, i| {
        add!(text, "  ADD r{i}, n, {}", i % 1_000);
    });
    let changes = repeat(n, |text, i| {
        add!(text, "  XOR r{i}, r{}, r{i}", (i + 1) % n);
    });
    run(&format!(
        "{sets}again:\n{changes}  SUB n, n, 1\n  IF_GT n, 0, again\n  MOVE s, r0\n"
    ))
}

fn long_names(n: u64) -> String {
    let long = "a_name".repeat(30);
    repeat(n, |text, i| {
        add!(text, "FUNC {long}{i}(a)\n  RETURN a\nEND");
    }) + MAIN
}

fn arguments(n: u64) -> String {
    let params: Vec<String> = (0..n).map(|i| format!("a{i}")).collect();
    let args = vec!["n"; n as usize].join(", ");
    let calls = format!("  CALL g, {args} -> s\n").repeat(50);
    format!(
        "FUNC g({})\n  RETURN a0\nEND\n{}",
        params.join(", "),
        run(&calls)
    )
}

/// Registers that live one after another, each over three blocks.
fn short_lives(n: u64) -> String {
    let lives = repeat(n - 1, |text, i| {
        let next = i + 1;
        add!(
            text,
            "  ADD_CHK r{next}, r{i}, {}\n  IF_EQ r{next}, 7, skip{next}\n  XOR s, s, r{next}\nskip{next}:",
            i % 5
        );
    });
    // There may be more zeroed registers than others.
    let names: Vec<String> = (0..n).map(|i| format!("r{i}")).collect();
    run(&format!(
        "  .reg {}: i64 zeroed\n  MOVE r0, n\n{lives}",
        names.join(", ")
    ))
}

/// Registers that are set before as many blocks as there are of them, and read after.
fn long_lives(n: u64) -> String {
    let sets = repeat(n, |text, i| {
        add!(text, "  MUL r{i}, n, {}", i % 1_000);
    });
    let blocks = repeat(n, |text, i| {
        add!(
            text,
            "  ADD s, s, 3\n  IF_EQ s, {i}, skip{i}\n  XOR s, s, 5\nskip{i}:"
        );
    });
    let reads = repeat(n, |text, i| {
        add!(text, "  XOR s, s, r{i}");
    });
    let names: Vec<String> = (0..n).map(|i| format!("r{i}")).collect();
    run(&format!(
        "  .reg {}: i64 zeroed\n{sets}{blocks}{reads}",
        names.join(", ")
    ))
}

fn loops(n: u64) -> String {
    run(&repeat(n, |text, i| {
        add!(
            text,
            "  LOAD_CONST t, 2\nloop{i}:\n  MUL s, s, 31\n  ADD s, s, n\n  SUB t, t, 1\n  IF_GT t, 0, loop{i}"
        );
    }))
}

/// No structured language makes these.
fn two_entries(n: u64) -> String {
    run(&repeat(n, |text, i| {
        add!(
            text,
            "  IF_GT n, {i}, in{i}\nout{i}:\n  ADD s, s, 1\nin{i}:\n  MUL s, s, 3\n  SUB n, n, 1\n  IF_GT n, 0, out{i}"
        );
    }))
}

fn tangle(n: u64) -> String {
    let mut random = Random::new(1);
    let blocks = repeat(n, |text, i| {
        let [one, other] = [random.below(n), random.below(n)];
        add!(
            text,
            "b{i}:\n  ADD s, s, n\n  IF_GT s, 90, out\n  AND t, s, 3\n  IF_EQ t, 1, b{one}\n  JUMP b{other}"
        );
    });
    run(&(blocks + "out:\n"))
}

/// Every register becomes the next one, in each of three rounds.
fn exchange(n: u64) -> String {
    let names: Vec<String> = (0..n).map(|i| format!("r{i}")).collect();
    let moves = repeat(n - 1, |text, i| {
        add!(text, "  MOVE r{i}, r{}", i + 1);
    });
    let last = n - 1;
    run(&format!(
        "  .reg {}: i64 zeroed\nagain:\n  MOVE t, r0\n{moves}  ADD r{last}, t, n\n  SUB n, n, 1\n  IF_GT n, 0, again\n  MOVE s, r{last}\n",
        names.join(", ")
    ))
}

fn constants(n: u64) -> String {
    run(&repeat(n, |text, i| {
        let bits = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 1;
        add!(text, "  LOAD_CONST t, {bits}\n  XOR s, s, t");
    }))
}

fn texts(n: u64) -> String {
    let lines = repeat(n, |text, i| {
        add!(text, "  WRITE \"line {i}\\n\"");
    });
    format!("FUNC say() -> ()\n{lines}  RETURN\nEND\n{MAIN}")
}

fn one_row(n: u64) -> String {
    let numbers: Vec<String> = (0..n).map(|i| i.to_string()).collect();
    let rows: Vec<String> = numbers
        .chunks(50)
        .map(|some| format!("i64 {}", some.join(" ")))
        .collect();
    format!(".data d align 8 = {}\n{MAIN}", rows.join(", "))
}

/// Zeros that have to be stored, because something follows them.
fn zeros(n: u64) -> String {
    format!(".data d = zero {}, i8 1\n{MAIN}", n * 64)
}

fn exports(n: u64) -> String {
    repeat(n, |text, i| {
        add!(text, "FUNC f{i}(a)\n  ADD a, a, 1\n  RETURN a\nEND");
        add!(text, ".export func f{i} \"part{}:name{i}\"", i % 7);
    }) + MAIN
}
