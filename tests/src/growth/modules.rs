//! WebAssembly modules with one function of one shape, as text, that grow with a number.

use std::fmt::Write as _;

use super::Shape;

/// All shapes. Their sizes result in bodies of about 20 KB; `most` is where WebAssembly's limit for a body is reached,
/// or VITBC's for registers.
pub const MODULES: &[Shape] = &[
    Shape {
        name: "straight",
        size: 1_000,
        most: 280_000,
        write: straight,
    },
    Shape {
        name: "blocks that are left",
        size: 1_000,
        most: 350_000,
        write: left,
    },
    Shape {
        name: "branches out of blocks",
        size: 1_000,
        most: 360_000,
        write: out,
    },
    Shape {
        name: "loops in loops",
        size: 500,
        most: 340_000,
        write: loops_in_loops,
    },
    Shape {
        name: "ifs in ifs",
        size: 500,
        most: 300_000,
        write: ifs_in_ifs,
    },
    Shape {
        name: "targets of a br_table",
        size: 1_000,
        most: 500_000,
        write: targets,
    },
    Shape {
        name: "br_tables in blocks",
        size: 500,
        most: 290_000,
        write: tables,
    },
    Shape {
        name: "a br_table with one target",
        size: 4_000,
        most: 480_000,
        write: one_target,
    },
    Shape {
        name: "long lives",
        size: 500,
        most: 49_000,
        write: long_lives,
    },
    Shape {
        name: "locals that meet",
        size: 500,
        most: 380_000,
        write: meeting,
    },
    Shape {
        name: "locals through a loop",
        size: 500,
        most: 49_000,
        write: through_a_loop,
    },
    Shape {
        name: "exchanged locals",
        size: 500,
        most: 49_000,
        write: exchange,
    },
    Shape {
        name: "loops that change nothing",
        size: 500,
        most: 360_000,
        write: idle_loops,
    },
    Shape {
        name: "constants in loops",
        size: 400,
        most: 300_000,
        write: constants,
    },
    Shape {
        name: "a state machine",
        size: 500,
        most: 165_000,
        write: machine,
    },
    Shape {
        name: "operands",
        size: 2_000,
        most: 45_000,
        write: operands,
    },
    Shape {
        name: "calls",
        size: 1_000,
        most: 1_200_000,
        write: calls,
    },
];

macro_rules! add {
    ($text:expr, $($arg:tt)*) => {
        let _ = writeln!($text, $($arg)*);
    };
}

fn repeat(count: u64, mut line: impl FnMut(&mut String, u64)) -> String {
    let mut text = String::new();
    (0..count).for_each(|number| line(&mut text, number));
    text
}

/// A module whose function has `locals` locals besides its parameter and its sum, `$n` and `$s`.
fn module(locals: u64, code: &str) -> String {
    let locals = " i32".repeat(locals as usize);
    format!(
        "(module (memory 1)\n(func $g (param i32) (result i32) local.get 0)\n(func (export \"run\") (param $n i32) (result i32) (local $s i32) (local{locals})\n{code}local.get $s))\n"
    )
}

/// The number of a local of [`module`].
fn local(number: u64) -> u64 {
    number + 2
}

fn straight(n: u64) -> String {
    module(
        1,
        &repeat(n, |text, i| {
            add!(
                text,
                "(local.set $s (i32.xor (i32.mul (local.get $s) (i32.const {})) (i32.load offset={} (local.get $n))))",
                i % 99 + 3,
                i % 50 * 4
            );
            add!(
                text,
                "(if (i32.gt_u (local.get $s) (i32.const {})) (then (local.set 2 (local.get $s))))",
                i % 61
            );
        }),
    )
}

/// Each block can be left for one that ends much later.
fn left(n: u64) -> String {
    let begins = "block\n".repeat(n as usize);
    let ends = repeat(n, |text, i| {
        let far = (n - 1 - i).min(i % 97 * (n / 100));
        add!(
            text,
            "(br_if {far} (i32.eq (local.get $n) (i32.const {i})))\nend\n(local.set $s (i32.add (local.get $s) (local.get $n)))"
        );
    });
    module(0, &(begins + &ends))
}

/// Branches one after another, each out of one block more; so each block's end can be reached from far away.
fn out(n: u64) -> String {
    let branches = repeat(n, |text, i| {
        add!(text, "(br_if {i} (i32.eq (local.get $n) (i32.const {i})))");
    });
    let end = "end\n(local.set $s (i32.add (local.get $s) (local.get $n)))\n";
    let begins = "block\n".repeat(n as usize);
    module(0, &(begins + &branches + &end.repeat(n as usize)))
}

fn loops_in_loops(n: u64) -> String {
    let begins = repeat(n, |text, i| {
        add!(
            text,
            "loop\n(local.set $s (i32.add (local.get $s) (i32.const {})))",
            i % 7 + 1
        );
    });
    let ends = repeat(n, |text, i| {
        add!(
            text,
            "(br_if 0 (i32.lt_u (local.get $s) (i32.const {i})))\nend"
        );
    });
    module(0, &(begins + &ends))
}

fn ifs_in_ifs(n: u64) -> String {
    let begins = repeat(n, |text, i| {
        add!(
            text,
            "(local.get $n) (i32.const {i}) i32.lt_s if\n(local.set $s (i32.add (local.get $s) (local.get $n)))"
        );
    });
    let ends = repeat(n, |text, _| {
        add!(
            text,
            "else\n(local.set $s (i32.sub (local.get $s) (i32.const 3)))\nend"
        );
    });
    module(0, &(begins + &ends))
}

fn targets(n: u64) -> String {
    let depths: Vec<String> = (0..n).map(|i| i.to_string()).collect();
    let ends = repeat(n, |text, i| {
        add!(
            text,
            "end\n(local.set $s (i32.add (local.get $s) (i32.const {i})))"
        );
    });
    let table = format!("(br_table {} (local.get $n))\n", depths.join(" "));
    module(0, &("block\n".repeat(n as usize) + &table + &ends))
}

/// In each of many blocks a table that leaves some of them.
fn tables(n: u64) -> String {
    let begins = repeat(n, |text, i| {
        add!(text, "block");
        if i >= 4 {
            add!(
                text,
                "(br_if 0 (local.get $s)) (if (i32.eq (local.get $n) (i32.const {i})) (then (br_table 1 {} 3 (local.get $n))))",
                i / 2
            );
        }
    });
    module(0, &(begins + &"end\n".repeat(n as usize)))
}

/// Every target is the same block, where many locals meet.
fn one_target(n: u64) -> String {
    let sets = repeat(n / 10, |text, i| {
        add!(text, "(local.set {} (i32.const {i}))", local(i));
    });
    let table = format!(
        "(br_table {}1 0 (local.get $n))\nend end\n",
        "0 ".repeat(n as usize)
    );
    let gets = repeat(n / 10, |text, i| {
        add!(
            text,
            "(local.set $s (i32.xor (local.get $s) (local.get {})))",
            local(i)
        );
    });
    module(
        n / 10,
        &format!("block block (br_if 0 (local.get $n))\n{sets}{table}{gets}"),
    )
}

/// Values that are computed before many blocks and needed after them.
fn long_lives(n: u64) -> String {
    let sets = repeat(n, |text, i| {
        add!(
            text,
            "(local.set {} (i32.mul (local.get $n) (i32.const {})))",
            local(i),
            i + 3
        );
    });
    let blocks = repeat(n, |text, i| {
        add!(
            text,
            "(if (i32.eq (local.get $s) (i32.const {i})) (then (local.set $s (i32.const 5))))"
        );
    });
    let gets = repeat(n, |text, i| {
        add!(
            text,
            "(local.set $s (i32.xor (local.get $s) (local.get {})))",
            local(i)
        );
    });
    module(n, &(sets + &blocks + &gets))
}

/// Blocks that are left from many places with many changed locals.
fn meeting(n: u64) -> String {
    let steps = repeat(n, |text, i| {
        add!(
            text,
            "(br_if 0 (i32.eq (local.get $n) (i32.const {i})))\n(local.set {} (i32.add (local.get $n) (i32.const {i})))",
            local(i % 200)
        );
    });
    let gets = repeat(200, |text, i| {
        add!(
            text,
            "(local.set $s (i32.xor (local.get $s) (local.get {})))",
            local(i)
        );
    });
    module(200, &format!("block\n{steps}end\n{gets}"))
}

fn through_a_loop(n: u64) -> String {
    let changes = repeat(n, |text, i| {
        add!(
            text,
            "(local.set {} (i32.add (local.get {}) (local.get $n)))",
            local(i),
            local((i + 1) % n)
        );
    });
    module(
        n,
        &format!(
            "loop\n{changes}(br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))\nend\n(local.set $s (local.get 2))\n"
        ),
    )
}

/// Every local becomes the next one.
fn exchange(n: u64) -> String {
    let moves = repeat(n - 1, |text, i| {
        add!(
            text,
            "(local.set {} (local.get {}))",
            local(i),
            local(i + 1)
        );
    });
    module(
        n,
        &format!(
            "loop\n(local.set $s (local.get 2))\n{moves}(local.set {} (local.get $s))\n(br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))\nend\n",
            local(n - 1)
        ),
    )
}

/// Loops one after another, with assignments that change nothing.
fn idle_loops(n: u64) -> String {
    module(
        1,
        &repeat(n, |text, i| {
            add!(
                text,
                "loop (local.set 2 (local.get 2)) (br_if 0 (i32.eq (local.tee $s (i32.add (local.get $s) (local.get 2))) (i32.const {})))\nend",
                i + 1
            );
        }),
    )
}

/// Constants that instructions must read from registers, in loops in loops.
fn constants(n: u64) -> String {
    let begins = repeat(n, |text, i| {
        add!(
            text,
            "loop\n(i32.store offset={} (local.get $n) (i32.const {i}))",
            i % 100 * 4
        );
    });
    let ends = repeat(n, |text, i| {
        add!(
            text,
            "(br_if 0 (i32.gt_u (local.get $s) (i32.const {i})))\nend"
        );
    });
    module(0, &(begins + &ends))
}

/// States each of which determines the one that follows, in a loop around a table: what compilers of grammars make.
fn machine(n: u64) -> String {
    let depths: Vec<String> = (0..n).map(|i| i.to_string()).collect();
    let states = repeat(n, |text, i| {
        let again = n - 1 - i;
        add!(
            text,
            "end\n(if (i32.eq (i32.load8_u (local.get $s)) (i32.const {})) (then (local.set $n (i32.const {})) (local.set 2 (i32.add (local.get 2) (i32.const {i}))) (br {})))",
            i % 60 + 32,
            (i * 7 + 1) % n,
            again + 1
        );
        add!(
            text,
            "(local.set $s (i32.add (local.get $s) (local.get 2)))"
        );
    });
    module(
        1,
        &format!(
            "loop\n{}(br_table {} (local.get $n))\n{states}end\n",
            "block\n".repeat(n as usize),
            depths.join(" ")
        ),
    )
}

/// A stack of many operands.
fn operands(n: u64) -> String {
    let pushes = repeat(n, |text, i| {
        add!(text, "(i32.load offset={} (local.get $n))", i % 1_000);
    });
    module(
        0,
        &format!(
            "{pushes}{}local.set $s\n",
            "i32.add\n".repeat(n as usize - 1)
        ),
    )
}

fn calls(n: u64) -> String {
    module(
        0,
        &"(local.set $s (call $g (local.get $s)))\n".repeat(n as usize),
    )
}
