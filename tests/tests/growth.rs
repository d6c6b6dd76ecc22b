//! No tool needs more than 2.3 times the instructions for twice the input, whatever the input is like.
//!
//! The ordinary run takes one step for each tool. `VBC_GROWTH=1` takes four for each tool and shape, from 1 to 16
//! times the size, and then compares the largest function that the limits allow with one of a sixteenth of its
//! length; `VBC_TOOLS` and `VBC_SHAPES` limit it to names with that in them. The result is a table.

use std::env;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use vbc_tests::growth::{Counter, Shape, Tool};
use vbc_tests::there_are;

/// What twice as much may cost.
const DOUBLE: f64 = 2.3;

/// Costs below this are not told apart: starting takes up to this many instructions more or less, and so does another
/// page of memory.
const FLOOR: u64 = 500_000;

/// What an instruction of the largest function may cost, compared with one of a middling function.
const LARGEST: f64 = 2.0;

/// Shapes of functions for which Cranelift takes quadratic time, most of it in its better register allocator;
/// docs/performance.md states where exactly, as far as it is known. They are compiled that way up to the bounds of
/// docs/codegen.md, which end that; until then, twice as much may cost [`DOUBLE_QUADRATIC`] times as much.
const QUADRATIC: [&str; 8] = [
    "straight",
    "targets of a SWITCH",
    "registers through a loop",
    "long lives",
    "loops one after another",
    "loops with two entries",
    "jumps from anywhere",
    "exchanged registers",
];
const DOUBLE_QUADRATIC: f64 = 4.5;

/// What twice as much of a shape may cost a tool.
fn most(row: &Row) -> f64 {
    let compiles = ["vbc-jit", "vbc-aot"].contains(&row.tool);
    match compiles && QUADRATIC.contains(&row.shape) {
        true => DOUBLE_QUADRATIC,
        false => DOUBLE,
    }
}

fn is_full() -> bool {
    env::var_os("VBC_GROWTH").is_some_and(|value| value == "1")
}

/// Whether there is something to count with. Counts tell something about the programs that users
/// run.
fn can_count() -> bool {
    (is_full() || !cfg!(debug_assertions)) && there_are(&["valgrind"])
}

fn is_chosen(variable: &str, name: &str) -> bool {
    let chosen = env::var(variable).unwrap_or_default();
    let mut parts = chosen.split(',').filter(|part| !part.is_empty());
    chosen.is_empty() || parts.any(|part| name.contains(part))
}

/// A row of the table.
struct Row {
    order: usize,
    tool: &'static str,
    shape: &'static str,
    costs: Vec<u64>,
}

impl Row {
    fn steps(&self) -> impl Iterator<Item = f64> {
        let costs = self.costs.iter().map(|&cost| cost.max(FLOOR) as f64);
        costs
            .clone()
            .zip(costs.skip(1))
            .map(|(once, twice)| twice / once)
    }
}

/// Does all jobs, on as many threads as there are processors, prints a row for each as soon as it is known, and returns
/// them in order.
fn rows(
    jobs: &[(Tool, Option<&Shape>)],
    cost: impl Fn(Tool, Option<&Shape>) -> Vec<u64> + Sync,
) -> Vec<Row> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let order = next.fetch_add(1, Ordering::Relaxed);
            let Some(&(tool, shape)) = jobs.get(order) else {
                return;
            };
            let row = Row {
                order,
                tool: tool.name(),
                shape: shape.map_or("objects", |shape| shape.name),
                costs: cost(tool, shape),
            };
            // At once, so that hours are not lost when a later one fails.
            print(&row);
            done.lock().expect("no panic").push(row);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        (0..threads).for_each(|_| {
            scope.spawn(work);
        })
    });
    let mut rows = done.into_inner().expect("no panic");
    rows.sort_by_key(|row| row.order);
    rows
}

fn print(row: &Row) {
    let steps: Vec<String> = row.steps().map(|step| format!("{step:.2}")).collect();
    let first = row.costs[0] as f64 / 1e6;
    println!(
        "| `{}` | {} | {first:.1} M | {} |",
        row.tool,
        row.shape,
        steps.join(" | ")
    );
}

#[test]
fn twice_the_input_takes_twice_the_instructions() {
    if !can_count() {
        return;
    }
    let full = is_full();
    // Types in groups with supers, and one more of each tool, which the other tests have shown to be hard.
    const DECLARED: &str = "types in groups, with 12 supers";
    let one = |tool: Tool| match tool {
        Tool::As => "addresses in data",
        Tool::Dump | Tool::Verify => "SWITCHes",
        Tool::Run => "branches in branches",
        Tool::Lift => "branches out of blocks",
        Tool::Wasm => "long lives",
        Tool::Link => "undefined symbols",
        Tool::Jit | Tool::Aot => "calls",
    };
    let mut jobs: Vec<(Tool, Option<&Shape>)> = Vec::new();
    for tool in Tool::ALL
        .into_iter()
        .filter(|tool| is_chosen("VBC_TOOLS", tool.name()))
    {
        let shapes = tool.shapes().into_iter();
        let wanted = |shape: &&Shape| match full {
            true => is_chosen("VBC_SHAPES", shape.name),
            false if shape.name == DECLARED => matches!(tool, Tool::Verify | Tool::Link),
            false => shape.name == one(tool),
        };
        jobs.extend(shapes.filter(wanted).map(|shape| (tool, Some(shape))));
        if tool == Tool::Link && is_chosen("VBC_SHAPES", "objects") {
            jobs.push((tool, None));
        }
    }
    assert!(!jobs.is_empty());
    let counter = Counter::default();
    let rows = rows(&jobs, |tool, shape| {
        let factors: &[u64] = if full { &[1, 2, 4, 8, 16] } else { &[2, 4] };
        let size = |factor: &u64| match shape {
            Some(shape) => counter.cost(tool, shape, shape.size * factor),
            None => counter.cost_of_objects(4 * factor),
        };
        factors.iter().map(size).collect()
    });
    let slow: Vec<String> = rows
        .iter()
        .filter(|row| row.steps().any(|step| step > most(row)))
        .map(|row| format!("{}: {}", row.tool, row.shape))
        .collect();
    assert!(
        slow.is_empty(),
        "more than {DOUBLE} times as much:\n{}",
        slow.join("\n")
    );
}

#[test]
fn the_largest_function_costs_no_more_an_instruction() {
    if !is_full() || !can_count() {
        return;
    }
    let mut jobs: Vec<(Tool, Option<&Shape>)> = Vec::new();
    // Native code takes up to 14 GiB, and valgrind hours, for each of these: tests/bench/largest.py measures it.
    for tool in Tool::ALL
        .into_iter()
        .filter(|tool| ![Tool::Jit, Tool::Aot].contains(tool))
        .filter(|tool| is_chosen("VBC_TOOLS", tool.name()))
    {
        let shapes = tool.functions().into_iter();
        let shapes = shapes.filter(|(shape, _)| is_chosen("VBC_SHAPES", shape.name));
        jobs.extend(shapes.map(|(shape, _)| (tool, Some(shape))));
    }
    let counter = Counter::default();
    let rows = rows(&jobs, |tool, shape| {
        let shape = shape.expect("a shape");
        let mut functions = tool.functions().into_iter();
        let most = functions
            .find(|(other, _)| other.name == shape.name)
            .map_or(0, |(_, most)| most);
        vec![
            counter.cost(tool, shape, most / 16),
            counter.cost(tool, shape, most),
        ]
    });
    let slow: Vec<String> = rows
        .iter()
        .filter(|row| row.steps().any(|step| step / 16.0 > LARGEST))
        .map(|row| format!("{}: {}", row.tool, row.shape))
        .collect();
    assert!(
        slow.is_empty(),
        "more than {LARGEST} times as much an instruction:\n{}",
        slow.join("\n")
    );
}
