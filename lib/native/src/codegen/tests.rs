//! What code looks like.

use super::{Options, Plan, Shown};
use vbc_linker::{Program, load};

fn program(text: &str) -> Program {
    let module =
        vbc_core::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}"));
    load("test", module).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Lets `f` use a plan for the program.
fn with_plan<T>(program: &Program, options: &Options, f: impl FnOnce(&Plan<'_>) -> T) -> T {
    let spaces = program.module().spaces();
    let imported = spaces.imported(vbc_core::module::Kind::Func);
    let plan = Plan::new(program, &spaces, options, |index| index < imported);
    f(&plan.unwrap_or_else(|errors| panic!("{errors}")))
}

fn clif(text: &str, options: &Options) -> String {
    with_plan(&program(text), options, |plan| {
        plan.show(0, Shown::Clif)
            .unwrap_or_else(|errors| panic!("{errors}"))
    })
}

/// The optimised blocks: the name of each, and what is in it.
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

/// A function whose registers live in the frame, with `body` at its end, and how often that loads from the frame.
fn loads_in_the_frame(body: &str) -> usize {
    let mut text = String::from("FUNC f(n) -> i64\n");
    for n in 0..3000 {
        text += &format!("  LOAD_CONST r{n}, {n}\n  IF n, l{n}\nl{n}:\n");
    }
    text += body;
    text += "  RETURN n\nEND\n";
    let clif = clif(&text, &Options::default());
    assert!(clif.contains("explicit_slot 24008"));
    let (translated, _) = clif.split_once("; optimised").expect("both forms");
    let lines = translated.lines().rev();
    let last = lines.take_while(|line| !line.trim_start().starts_with("block"));
    last.filter(|line| line.contains("= load.")).count()
}

#[test]
fn large_functions_keep_registers_in_the_frame() {
    assert_eq!(loads_in_the_frame(""), 1);
}

#[test]
fn registers_live_in_the_frame_where_switches_have_many_targets() {
    let frames = |targets: u32| {
        let labels: Vec<String> = (0..targets).map(|n| format!("l{n}")).collect();
        let mut text = format!(
            "FUNC f(n) -> i64\n  SWITCH n, {}, else l0\n",
            labels.join(", ")
        );
        for label in labels {
            text += &format!("{label}:\n  ADD n, n, 1\n");
        }
        text += "  RETURN n\nEND\n";
        let clif = clif(&text, &Options::default());
        clif.matches("explicit_slot").count()
    };
    // With the default target, as in docs/codegen.md.
    assert_eq!((frames(4095), frames(4096)), (0, 2));
}

#[test]
fn unreachable_blocks_of_large_functions_are_left_out() {
    let mut text = String::from("FUNC f(n) -> i64\n  JUMP on\n");
    for n in 0..5000 {
        text += &format!("  ADD n, n, {n}\n  IF n, out\n");
    }
    text += "on:\n  IF n, out\n  RETURN n\nout:\n  RETURN n\nEND\n";
    let clif = clif(&text, &Options::default());
    let (translated, _) = clif.split_once("; optimised").expect("both forms");
    assert_eq!(translated.matches("iadd").count(), 0);
    assert_eq!(translated.matches("return").count(), 2);
}

/// With a copy of it where it is jumped to, nothing leads to the block that a loop begins with.
#[test]
fn blocks_that_are_only_jumped_back_to_stay_in_large_functions() {
    let mut text = String::from("FUNC f(n) -> i64\n  JUMP on\n");
    text += "head:\n  ADD n, n, 77\n  IF n, out\n  MUL n, n, 3\n  JUMP head\non:\n";
    for n in 0..5000 {
        text += &format!("  ADD n, n, 1\n  IF n, l{n}\nl{n}:\n");
    }
    text += "  JUMP head\nout:\n  RETURN n\nEND\n";
    let clif = clif(&text, &Options::default());
    let (translated, _) = clif.split_once("; optimised").expect("both forms");
    assert_eq!(translated.matches("iconst.i64 77").count(), 1);
}

/// They are never needed at the same time.
#[test]
fn small_functions_share_the_frame_of_a_large_one() {
    let mut text = String::from("FUNC f(n) -> i64\n");
    for n in 0..3000 {
        text += &format!("  LOAD_CONST r{n}, {n}\n  IF n, l{n}\nl{n}:\n");
    }
    text += &"  CALL g, n -> n\n".repeat(20);
    text += "  RETURN n\nEND\nFUNC g(a) -> i64\n  ADD b, a, 1\n  RETURN b\nEND\n";
    let clif = clif(&text, &Options::default());
    let (translated, _) = clif.split_once("; optimised").expect("both forms");
    assert!(!translated.contains("call"), "g was not translated into f");
    assert!(translated.contains("explicit_slot 24024"));
    assert_eq!(translated.matches("explicit_slot").count(), 1);
}

#[test]
fn what_was_read_or_written_just_now_is_not_loaded_from_the_frame() {
    // `n` is read once, `r1` was written.
    assert_eq!(loads_in_the_frame("  ADD r1, n, n\n  ADD n, r1, n\n"), 1);
    // After a call it would have to be kept in the frame, once more for each call.
    assert_eq!(
        loads_in_the_frame("  ADD r1, n, n\n  CALL f, r1 -> r2\n  ADD n, r1, r2\n"),
        2
    );
    // `n` is far away; what lies between reads nothing that was not written just now.
    let between = "  ADD r1, r1, 1\n".repeat(8);
    assert_eq!(
        loads_in_the_frame(&format!("  MOVE r1, n\n{between}")),
        2,
        "at the beginning and by RETURN"
    );
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

/// A function for each instruction that computes something from registers, and for what else there is with floats.
#[cfg(feature = "aot")]
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "these classes have no operands of other roles"
)]
fn computations() -> String {
    use vbc_core::isa::{Class, Op, Role, Ty, ValType};
    let mut text = String::from(".memory i64 1\n");
    let computes = |op: &Op| {
        matches!(
            op.info().class,
            Class::Unary | Class::Binary | Class::Compare
        )
    };
    for op in Op::ALL.iter().filter(|op| computes(op)) {
        let operands = op.forms()[0].operands;
        let types = operands.iter().map(|operand| match operand.role {
            Role::Dst(Ty::Is(ty)) | Role::Src(Ty::Is(ty)) => ty,
            _ => panic!("{op:?} has an operand of another kind: {operand:?}"),
        });
        let (result, params): (Vec<ValType>, Vec<ValType>) = {
            let types: Vec<ValType> = types.collect();
            (types[..1].to_vec(), types[1..].to_vec())
        };
        let names = ["x", "y"].iter().zip(&params);
        let typed: Vec<String> = names.map(|(name, ty)| format!("{name}: {ty}")).collect();
        text += &format!(
            "FUNC op_{op:?}({}) -> {}\n  {} d, {}\n  RETURN d\nEND\n",
            typed.join(", "),
            result[0],
            op.info().full_mnemonic(),
            ["x", "y"][..params.len()].join(", "),
        );
    }
    for ty in ["f32", "f64"] {
        text += &format!(
            "FUNC others_{ty}(p, c: i32, x: {ty}) -> {ty}\n  LOAD_CONST.{ty} y, 2.5\n  SELECT x, c, x, y\n  \
             LOAD.{ty} y, [p + 8]\n  ADD x, x, y\n  STORE.{ty} [p + 16], x\n  RETURN x\nEND\n"
        );
    }
    text
}

/// A function of C's must not run on a program's stack, and what a program computes must not depend on whose library it
/// is linked with.
#[test]
#[cfg(feature = "aot")]
fn code_that_computes_calls_nothing() {
    let program = program(&computations());
    let functions = program.support_from() as usize;
    assert!(functions > 100, "{functions}");
    for (arch, optimise) in super::Arch::ALL.into_iter().flat_map(|arch| {
        [
            (arch, super::Optimise::None),
            (arch, super::Optimise::Speed),
        ]
    }) {
        let options = Options {
            optimise,
            target: Some(super::Target {
                arch,
                cpu: Vec::new(),
            }),
            ..Options::default()
        };
        with_plan(&program, &options, |plan| {
            let compiled = plan
                .compile(&[])
                .unwrap_or_else(|errors| panic!("{errors}"));
            let made = compiled.functions.iter().take(functions);
            assert!(made.clone().all(Option::is_some), "{arch:?}");
            for artifact in made.flatten() {
                let calls = (artifact.relocs.len(), artifact.call_sites.len());
                assert_eq!(calls, (0, 0), "{arch:?}: {artifact:?}");
            }
        });
    }
}

#[test]
fn calls_share_the_room_for_their_results() {
    let mut text = String::new();
    let mut calls = String::new();
    for results in 5..40 {
        let (types, values) = (vec!["i64"; results], vec!["x"; results]);
        text += &format!(
            "FUNC f{results}(x) -> ({})\n  RETURN {}\nEND\n",
            types.join(", "),
            values.join(", ")
        );
        calls += &format!(
            "  CALL f{results}, x -> {}\n",
            vec!["_"; results].join(", ")
        );
    }
    let text = format!("FUNC f(x)\n{calls}  RETURN\nEND\n{text}");
    let clif = clif(
        &text,
        &Options {
            inline: false,
            ..Options::default()
        },
    );
    let rooms = clif.lines().filter(|line| line.contains("= explicit_slot"));
    // Before and after the optimisations.
    let rooms: Vec<&str> = rooms.map(str::trim).collect();
    assert_eq!(rooms.len(), 2, "{rooms:?}");
    assert!(
        rooms[0].contains(&format!("explicit_slot {}", 35 * 8)),
        "{rooms:?}"
    );
}

/// The frame of an entry trampoline is made before the stack's limit is looked at, so it is bounded, which compiling
/// asserts.
#[test]
#[cfg(feature = "aot")]
fn the_largest_signatures_fit_into_stubs() {
    let all = |form: &str, types: &[&str]| {
        let types = types.iter().cycle();
        let all = (0..1000).zip(types).map(|(n, ty)| {
            let form = form.replace('#', &format!("p{n}"));
            form.replace('@', ty)
        });
        all.collect::<Vec<_>>().join(", ")
    };
    let kinds: [&[&str]; 4] = [
        &["i64"],
        &["f64"],
        &["i32", "f32"],
        &["f64", "f64", "i64", "f32", "i32"],
    ];
    let mut text = String::new();
    for (n, kind) in kinds.iter().enumerate() {
        let results = kinds[(n + 1) % kinds.len()];
        text += &format!(
            ".import func \"c:wide{n}\" as wide{n}({}) -> ({results})\n\
             FUNC f{n}({}) -> ({results})\n  TAIL_CALL wide{n}, {}\nEND\n",
            all("@", kind),
            all("#: @", kind),
            all("#", kind),
            results = all("@", results),
        );
    }
    let program = program(&text);
    for optimise in [super::Optimise::None, super::Optimise::Speed] {
        for arch in super::Arch::ALL {
            let options = Options {
                optimise,
                signals: false,
                guard_pages: false,
                target: Some(super::Target {
                    arch,
                    cpu: Vec::new(),
                }),
                ..Options::default()
            };
            with_plan(&program, &options, |plan| {
                let types: Vec<_> = program.module().types.funcs().cloned().collect();
                let mut units = plan.units(&types);
                for n in 0..kinds.len() as u32 {
                    units.push(super::Unit::Adapter(n));
                    units.push(super::Unit::Export(n + kinds.len() as u32));
                }
                plan.compile_units(units)
                    .unwrap_or_else(|errors| panic!("{errors}"));
            });
        }
    }
}

/// The effort for function `run` of a program.
fn effort(text: &str) -> super::Effort {
    with_plan(&program(text), &Options::default(), |plan| {
        let (artifact, _) = plan
            .unit(&super::Unit::Function(0), &mut Default::default())
            .unwrap_or_else(|errors| panic!("{errors}"));
        artifact.effort
    })
}

/// Loops in loops, of which each counts.
fn loops(depth: usize) -> String {
    let mut text = String::from("FUNC run(n)\n  .reg s: i64 zeroed\n");
    for n in 0..depth {
        text += &format!("top{n}:\n  ADD s, s, 1\n");
    }
    for n in (0..depth).rev() {
        text += &format!("  SUB n, n, 1\n  IF_GT n, {}, top{n}\n", 1_000_000 + n);
    }
    text + "  RETURN s\nEND\n"
}

/// Branches in branches: what is added up on the way is computed again on each path out.
fn branches(depth: usize) -> String {
    let mut text = String::from("FUNC run(n)\n  .reg s: i64 zeroed\n");
    for n in 0..depth {
        text += &format!("  IF_LT n, {n}, other{n}\n  ADD s, s, n\n");
    }
    for n in (0..depth).rev() {
        text += &format!("  JUMP join{n}\nother{n}:\n  SUB s, s, 3\njoin{n}:\n  XOR s, s, 5\n");
    }
    text + "  RETURN s\nEND\n"
}

/// Registers that all live around a loop.
fn around(registers: usize) -> String {
    let mut text = String::from("FUNC run(n)\n");
    for r in 0..registers {
        text += &format!("  ADD r{r}, n, {r}\n");
    }
    text += "again:\n";
    for r in 0..registers {
        text += &format!("  XOR r{r}, r{}, r{r}\n", (r + 1) % registers);
    }
    text + "  SUB n, n, 1\n  IF_GT n, 0, again\n  RETURN r0\nEND\n"
}

/// A SWITCH to as many places, one after the other.
fn cases(targets: usize) -> String {
    let names: Vec<String> = (0..targets).map(|n| format!("c{n}")).collect();
    let mut text = format!(
        "FUNC run(n)\n  .reg s: i64 zeroed\n  SWITCH n, {}, else out\n",
        names.join(", ")
    );
    for name in names {
        text += &format!("{name}:\n  ADD s, s, n\n");
    }
    text + "out:\n  RETURN s\nEND\n"
}

/// Registers that change in the innermost of loops in loops, and so have another value in each.
fn joined(depth: usize, registers: usize) -> String {
    let mut text = String::from("FUNC run(n)\n");
    for r in 0..registers {
        text += &format!("  ADD r{r}, n, {r}\n");
    }
    for n in 0..depth {
        text += &format!("top{n}:\n");
        text += &format!("  ADD r{0}, r{0}, 1\n", n % registers);
    }
    for r in 0..registers {
        text += &format!("  XOR r{r}, r{}, r{r}\n", (r + 1) % registers);
    }
    for n in (0..depth).rev() {
        text += &format!("  SUB n, n, 1\n  IF_GT n, {n}, top{n}\n");
    }
    text + "  RETURN r0\nEND\n"
}

/// Functions for which Cranelift needs more than linear time are compiled with less effort; those that people
/// write are not.
#[test]
fn effort_depends_on_the_shape() {
    use super::Effort;
    for (name, shape, cheap) in [
        ("loops", loops as fn(usize) -> String, Effort::Little),
        ("branches", branches, Effort::Least),
        ("around", around, Effort::Little),
    ] {
        assert_eq!(effort(&shape(40)), Effort::Full, "{name}");
        assert_eq!(effort(&shape(1200)), cheap, "{name}");
    }
    assert_eq!(effort(&cases(1000)), Effort::Full);
    assert_eq!(effort(&cases(5000)), Effort::Little);
    assert_eq!(effort(&joined(20, 20)), Effort::Full);
    assert_eq!(effort(&joined(900, 900)), Effort::Least);
}
