//! What code looks like.

use super::{Options, Plan, Shown};
use crate::link::{Program, load};
use crate::runtime::canonical_types;

fn program(text: &str) -> Program {
    let module = crate::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}"));
    load("test", module).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Lets `f` use a plan for the program.
fn with_plan<T>(program: &Program, options: &Options, f: impl FnOnce(&Plan<'_>) -> T) -> T {
    let spaces = program.module.spaces();
    let types = canonical_types(&program.module.types);
    let imported = spaces.imported(crate::module::Kind::Func);
    let plan = Plan::new(program, &spaces, &types, options, |index| index < imported);
    f(&plan.unwrap_or_else(|errors| panic!("{errors}")))
}

fn clif(text: &str, options: &Options) -> String {
    with_plan(&program(text), options, |plan| {
        plan.show(0, Shown::Clif)
            .unwrap_or_else(|errors| panic!("{errors}"))
    })
}

/// The optimised blocks, each from its name on.
fn optimised(text: &str) -> Vec<String> {
    let clif = clif(text, &Options::default());
    let (_, optimised) = clif.split_once("; optimised").expect("both forms");
    optimised
        .split("\nblock")
        .skip(1)
        .map(str::to_owned)
        .collect()
}

fn name(block: &str) -> String {
    let digits = block.chars().take_while(char::is_ascii_digit);
    format!("block{}", digits.collect::<String>())
}

/// Cranelift moves invariants out of loops only when its passes meet the blocks in the right order, see
/// `docs/codegen.md`.
#[test]
fn invariants_leave_loops_that_test_at_the_top() {
    let blocks = optimised(
        "FUNC f(n, a, b) -> i64\n  LOAD_CONST i, 0\n  LOAD_CONST s, 0\ntop:\n  IF_GE i, n, done\n  \
         MUL k, a, b\n  ADD s, s, k\n  ADD i, i, 1\n  JUMP top\ndone:\n  RETURN s\nEND\n",
    );
    let own = |block: &&String| {
        let (_, body) = block.split_once('\n').unwrap_or_default();
        let name = name(block);
        let mut ends = body
            .match_indices(&name)
            .map(|(at, _)| body[at + name.len()..].chars().next());
        ends.any(|next| next.is_none_or(|next| !next.is_ascii_digit()))
    };
    let loops: Vec<&String> = blocks.iter().filter(own).collect();
    assert_eq!(
        loops.len(),
        1,
        "the loop is one block that decides at its end: {blocks:#?}"
    );
    assert!(!loops[0].contains("imul"), "{}", loops[0]);
    assert_eq!(
        blocks.iter().filter(|block| block.contains("imul")).count(),
        1
    );
}

#[test]
fn nothing_is_counted_without_limits() {
    let text = "FUNC f(n) -> i64\ntop:\n  SUB n, n, 1\n  IF n, top\n  RETURN n\nEND\n";
    let free = clif(text, &Options::default());
    let metered = Options {
        metered: true,
        ..Options::default()
    };
    assert!(!free.contains("store"), "{free}");
    assert!(clif(text, &metered).contains("store"));
}

#[test]
fn large_functions_keep_registers_in_the_frame() {
    let mut text = String::from("FUNC f(n) -> i64\n");
    for n in 0..3000 {
        text += &format!("  LOAD_CONST r{n}, {n}\n  IF n, l{n}\nl{n}:\n");
    }
    text += "  RETURN n\nEND\n";
    assert!(clif(&text, &Options::default()).contains("explicit_slot 24008"));
}

#[test]
fn code_does_not_depend_on_the_number_of_threads() {
    let mut text = String::new();
    for n in 0..20 {
        let next = (n + 7) % 20;
        text += &format!(
            "FUNC f{n}(x) -> i64\n  IF x, more\n  RETURN x\nmore:\n  SUB x, x, {n}\n  CALL f{next}, x -> x\n  MUL x, x, x\n  RETURN x\nEND\n"
        );
    }
    let program = program(&text);
    let bytes = |threads| {
        let options = Options {
            threads: Some(threads),
            ..Options::default()
        };
        with_plan(&program, &options, |plan| {
            let compiled = plan
                .compile(&[])
                .unwrap_or_else(|errors| panic!("{errors}"));
            let functions = compiled.functions.into_iter().flatten();
            functions.map(|artifact| artifact.bytes).collect::<Vec<_>>()
        })
    };
    assert_eq!(bytes(1), bytes(3));
}
