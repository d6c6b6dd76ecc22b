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

/// The optimised blocks: the name of each, and what stands in it.
fn optimised(text: &str) -> Vec<(String, String)> {
    let clif = clif(text, &Options::default());
    let (_, optimised) = clif.split_once("; optimised").expect("both forms");
    let mut blocks: Vec<(String, String)> = Vec::new();
    for line in optimised.lines().map(str::trim) {
        let name: String = line
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect();
        if line.starts_with("block") {
            blocks.push((name, String::new()));
        } else if let Some((_, body)) = blocks.last_mut() {
            body.push_str(line);
            body.push('\n');
        }
    }
    blocks
}

/// Cranelift moves invariants out of loops only when its passes meet the blocks in the right order, see
/// `docs/codegen.md`.
#[test]
fn invariants_leave_loops_that_test_at_the_top() {
    let blocks = optimised(
        "FUNC f(n, a, b) -> i64\n  LOAD_CONST i, 0\n  LOAD_CONST s, 0\ntop:\n  IF_GE i, n, done\n  \
         MUL k, a, b\n  ADD s, s, k\n  ADD i, i, 1\n  JUMP top\ndone:\n  RETURN s\nEND\n",
    );
    let leads_to_itself = |(name, body): &&(String, String)| {
        let mut words = body.split(|c: char| !c.is_ascii_alphanumeric());
        words.any(|word| word == name)
    };
    let loops: Vec<_> = blocks.iter().filter(leads_to_itself).collect();
    // The loop is one block that decides at its end.
    assert_eq!(loops.len(), 1, "{blocks:#?}");
    assert!(!loops[0].1.contains("imul"), "{}", loops[0].1);
    let with = blocks.iter().filter(|(_, body)| body.contains("imul"));
    assert_eq!(with.count(), 1, "{blocks:#?}");
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

#[test]
fn copies_of_tables_have_a_limit_together() {
    let text = ".table a: funcref 40000\n.table b: funcref 40000\n.table c: funcref 20000\n\
        FUNC f(i: i32)\nCALL_INDIRECT c, i, (i32), i\nEND";
    let copied = |table_copies| {
        let options = Options {
            table_copies,
            ..Options::default()
        };
        with_plan(&program(text), &options, |plan| {
            plan.constant_tables.clone()
        })
    };
    let some = |sizes: [usize; 3]| sizes.map(|size| (size > 0).then_some(size)).to_vec();
    assert_eq!(
        copied(super::TABLE_COPIES).to_vec(),
        some([40_000, 0, 20_000])
    );
    assert_eq!(copied(20_000).to_vec(), some([0, 0, 20_000]));
    assert_eq!(copied(0).to_vec(), some([0, 0, 0]));
}
