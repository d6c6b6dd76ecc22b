//! Linking and loading, on texts that are assembled for it.

use std::sync::{Arc, Mutex};

use vbc::asm::assemble;
use vbc::diag::Place;
use vbc::engine::Engine;
use vbc::format::Limits;
use vbc::host::{Host, HostOutcome};
use vbc::interp::{Config, Interpreter};
use vbc::isa::{FuncType, Trap, ValType};
use vbc::link::{Input, Program, link, load};
use vbc::module::{Kind, NO_MAX, NameSpace};
use vbc::runtime::{Outcome, Value};
use vbc::verify::{Options, Verified};

fn verified(name: &str, text: &str) -> Verified {
    let module = assemble(text.as_bytes(), name, &Default::default())
        .unwrap_or_else(|errors| panic!("{name}: {errors}"));
    Verified::new(module, &Options::default()).unwrap()
}

fn inputs(texts: &[&str]) -> Vec<Input> {
    let names = ["a.vitasm", "b.vitasm", "c.vitasm"];
    let texts = names.iter().zip(texts);
    texts
        .map(|(name, text)| Input {
            name: Arc::from(*name),
            module: verified(name, text),
        })
        .collect()
}

fn linked(texts: &[&str]) -> Verified {
    link(&inputs(texts), &Limits::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The codes of the errors that linking returns.
fn errors(texts: &[&str]) -> Vec<&'static str> {
    match link(&inputs(texts), &Limits::default()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.0.iter().map(|error| error.code.id).collect(),
    }
}

fn loaded(texts: &[&str]) -> Program {
    load("test", linked(texts)).unwrap_or_else(|errors| panic!("{errors}"))
}

/// Runs the exported function `name`, with a host whose `test:seen` notes numbers.
fn run(program: &Program, name: &str) -> (Outcome, Vec<i64>) {
    let module = program.module();
    let mut exports = module.exports.iter();
    let export = exports.find(|row| module.strings.get(row.name) == name);
    let index = export.expect("an export of that name").index;
    let seen = Arc::new(Mutex::new(Vec::new()));
    let mut host = Host::default();
    let noted = seen.clone();
    host.define(
        "test",
        "seen",
        FuncType::new(&[ValType::I64], &[]),
        Box::new(move |call| {
            if let Some(Value::I64(number)) = call.arg(0) {
                noted.lock().unwrap().push(number);
            }
            HostOutcome::Done
        }),
    );
    let mut interpreter = Interpreter::new(program.clone(), host, Config::default()).unwrap();
    interpreter.start().unwrap();
    let outcome = interpreter.invoke(index, &[]);
    let seen = seen.lock().unwrap().clone();
    (outcome, seen)
}

fn finished(value: i64) -> Outcome {
    Outcome::Finished(vec![Value::I64(value)])
}

const EVERYTHING_A: &str = "
.import func \"test:seen\" as seen(i64)
.extern twice(i64) -> i64
.extern global counter: mut i64
.extern data letters
.extern table handlers: funcref 2
.type number (i64 -> i64)
.table own: funcref 4
.global first: i64 = 11
.data before = i8 1 2 3
.data pointer align 8 = addr letters + 1
.elem mine funcref at own + 1 = twice, null
.init start_a
FUNC start_a()
  LOAD_CONST one, 1
  CALL seen, one
  GLOBAL_SET counter, one
END
FUNC run() -> i64
  .export
  GLOBAL_GET x, counter
  CALL twice, x -> x
  GLOBAL_GET y, first
  ADD x, x, y
  DATA_ADDR p, pointer
  LOAD.i64 p, [p]
  LOAD8_U.i64 b, [p]
  ADD x, x, b
  LOAD_CONST.i32 i, 1
  CALL_INDIRECT own, i, number, x -> x
  LOAD_CONST.i32 i, 0
  CALL_INDIRECT handlers, i, number, x -> x
  RETURN x
END
";

const EVERYTHING_B: &str = "
.import func \"test:seen\" as seen(i64)
.global hidden_one: i64 = 1000 .local
.global counter: mut i64
.data letters = \"abc\"
.table handlers: funcref 2
.elem mine funcref at handlers + 0 = thrice
.init start_b
FUNC start_b()
  GLOBAL_GET x, counter
  ADD x, x, 1
  GLOBAL_SET counter, x
  CALL seen, x
END
FUNC twice(x: i64) -> i64
  ADD x, x, x
  RETURN x
END
FUNC thrice(x: i64) -> i64
  .local
  MUL x, x, 3
  GLOBAL_GET k, hidden_one
  ADD x, x, k
  RETURN x
END
";

#[test]
fn everything_finds_its_place() {
    // ((2 * 2 + 11 + 'b') * 2) * 3 + 1000
    let expected = (4 + 11 + 98) * 2 * 3 + 1000;
    for texts in [[EVERYTHING_A, EVERYTHING_B], [EVERYTHING_B, EVERYTHING_A]] {
        let (outcome, seen) = run(&loaded(&texts), "run");
        // Initialisers run in the order of the inputs.
        let first_is_a = texts[0] == EVERYTHING_A;
        let counter = if first_is_a { 2 } else { 1 };
        assert_eq!(outcome, finished(expected + (counter - 2) * 12));
        assert_eq!(seen, if first_is_a { [1, 2] } else { [1, 1] });
    }
}

#[test]
fn linking_in_steps_is_the_same() {
    let third = "FUNC other()\nEND";
    let all = linked(&[EVERYTHING_A, EVERYTHING_B, third]);
    let step = Input {
        name: Arc::from("ab"),
        module: linked(&[EVERYTHING_A, EVERYTHING_B]),
    };
    let last = inputs(&["", "", third]).remove(2);
    let stepwise = link(&[step, last], &Limits::default()).unwrap();
    assert_eq!(*all, *stepwise);
}

#[test]
fn one_input_stays_as_it_is() {
    let mut alone = linked(&[EVERYTHING_B]).into_inner();
    alone.producer = inputs(&[EVERYTHING_B])[0].module.producer.clone();
    alone.highest_opcode = None;
    assert_eq!(alone, *inputs(&[EVERYTHING_B])[0].module);
}

#[test]
fn examples_fail_as_they_say() {
    let mut seen = 0;
    for code in vbc::diag::codes::link::CODES
        .iter()
        .filter(|code| !code.example.is_empty())
    {
        let (first, _) = code.example.split_once('\n').unwrap();
        assert_eq!(first, format!(";; error[{}]", code.id));
        let mut texts = vec![String::new()];
        let mut limits = Limits::default();
        for line in code.example.lines() {
            if let Some((name, value)) = line
                .strip_prefix(";; limit: ")
                .and_then(|limit| limit.split_once(' '))
            {
                assert!(limits.set(name, value.parse().unwrap()));
            }
            match line.strip_prefix(";; --- ") {
                Some(_) => texts.push(String::new()),
                None => *texts.last_mut().unwrap() += &format!("{line}\n"),
            }
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let result = match link(&inputs(&texts), &limits) {
            Ok(module) => load("test", module).map(|_| ()),
            Err(errors) => Err(errors),
        };
        let ids: Vec<_> = result
            .unwrap_err()
            .0
            .iter()
            .map(|error| error.code.id)
            .collect();
        assert_eq!(ids, [code.id]);
        seen += 1;
    }
    assert_eq!(seen, 12);
}

#[test]
fn errors_name_both_places() {
    let errors = link(
        &inputs(&["FUNC f()\nEND\n", "\nFUNC f()\nEND\n"]),
        &Limits::default(),
    )
    .unwrap_err();
    let [error] = errors.0.as_slice() else {
        panic!("{errors}")
    };
    let Place::Binary(second) = &error.place else {
        panic!("{error:?}")
    };
    let Place::Binary(first) = &error.notes[0].place else {
        panic!("{error:?}")
    };
    assert_eq!(&*second.file, "b.vitasm");
    assert_eq!(second.function.as_deref(), Some("f"));
    assert_eq!(first.source, Some(("a.vitasm".to_owned(), 2)));
    assert_eq!(second.source, Some(("b.vitasm".to_owned(), 3)));
}

#[test]
fn weak_definitions_give_way() {
    let user = "
.extern f() -> i64
FUNC run() -> i64
  .export
  CALL f -> x
  RETURN x
END";
    let weak = |n| format!("FUNC f() -> i64\n.weak\nLOAD_CONST x, {n}\nRETURN x\nEND");
    let strong = weak(3).replace(".weak\n", "");
    for (one, other, expected) in [
        (&weak(1), &strong, 3),
        (&strong, &weak(1), 3),
        (&weak(1), &weak(2), 1),
    ] {
        let program = loaded(&[user, one, other]);
        assert_eq!(run(&program, "run").0, finished(expected));
        assert_eq!(program.module().functions.len(), 2);
    }
    // Whoever is in the same input means the other definition too.
    let both = format!(
        "{}\nFUNC run() -> i64\n.export\nCALL f -> x\nRETURN x\nEND",
        weak(1)
    );
    assert_eq!(run(&loaded(&[&both, &strong]), "run").0, finished(3));
    let other_type = "FUNC f() -> f64\nLOAD_CONST x, 1.0\nRETURN x\nEND";
    assert_eq!(errors(&[&weak(1), other_type]), ["L0003"]);
}

#[test]
fn absent_weak_symbols_are_null() {
    let text = "
.extern f(i64) -> i64 .weak
.extern data d .weak
.table t: funcref 1
.global g: funcref = func f
.elem e funcref at t + 0 = f
FUNC run() -> i64
  .export
  REF_FUNC r, f
  REF_IS_NULL a, r
  GLOBAL_GET r, g
  REF_IS_NULL b, r
  LOAD_CONST.i32 i, 0
  TABLE_GET r, t, i
  REF_IS_NULL c, r
  ADD a, a, b
  ADD a, a, c
  EXTEND sum, a
  DATA_ADDR p, d
  MUL p, p, 100
  ADD sum, sum, p
  DATA_ADDR p, d + 7
  MUL p, p, 10
  ADD sum, sum, p
  RETURN sum
END
FUNC call() -> i64
  .export
  LOAD_CONST x, 1
  CALL f, x -> x
  RETURN x
END";
    let program = loaded(&[text]);
    assert_eq!(run(&program, "run").0, finished(73));
    let (Outcome::Trapped(report), _) = run(&program, "call") else {
        panic!("no trap")
    };
    assert_eq!(report.trap, Trap::UninitializedElement);
    let global = ".extern global g: i64 .weak\nFUNC f()\nGLOBAL_GET x, g\nEND";
    let errors = load("test", linked(&[global])).unwrap_err();
    assert_eq!(errors.0[0].code.id, "L0002");
}

#[test]
fn exports_satisfy_imports() {
    let user = "
.import func \"lib:f\" as f() -> i64
FUNC run() -> i64
  .export
  CALL f -> x
  RETURN x
END";
    let direct = "FUNC g() -> i64\n.export \"lib:f\"\nLOAD_CONST x, 7\nRETURN x\nEND";
    assert_eq!(run(&loaded(&[user, direct]), "run").0, finished(7));
    // An export may pass an import on.
    let passing = ".import func \"other:h\" as h() -> i64\n.export func h \"lib:f\"";
    let last = direct.replace("lib:f", "other:h");
    assert_eq!(run(&loaded(&[user, passing, &last]), "run").0, finished(7));
    let unresolved = linked(&[user, passing]);
    let names: Vec<_> = unresolved
        .imports
        .iter()
        .map(|row| unresolved.strings.get(row.name))
        .collect();
    assert_eq!(names, ["h"]);
    // Where imports lead round in a circle, the host is asked.
    let circle = ".import func \"lib:f\" as h() -> i64\n.export func h \"other:h\"";
    let circled = linked(&[user, passing, circle]);
    assert_eq!(circled.imports.len(), 1);
    let other = direct.replace("i64", "f64").replace("7", "7.0");
    assert_eq!(errors(&[user, &other]), ["L0003"]);
}

#[test]
fn imports_become_one() {
    let one = ".import func \"m:f\" as f(i64)\nFUNC a()\nLOAD_CONST x, 1\nCALL f, x\nEND";
    let two = ".import func \"m:f\" as h(i64)\nFUNC b()\nLOAD_CONST x, 1\nCALL h, x\nEND";
    let three = ".import func \"m:f\" as k(f64)\nFUNC c()\nLOAD_CONST x, 1.0\nCALL k, x\nEND";
    assert_eq!(linked(&[one, two, three]).imports.len(), 2);
}

#[test]
fn only_objects_keep_undefined_symbols() {
    let object = ".extern f()\nFUNC g()\nCALL f\nEND";
    assert_eq!(linked(&[object]).imports.len(), 1);
    assert_eq!(errors(&[object, "MAIN\nEND"]), ["L0002"]);
    let local = "FUNC f()\n.local\nEND\nMAIN\nEND";
    assert_eq!(errors(&[object, local]), ["L0002"]);
    let weak = ".extern f() .weak\nMAIN\nCALL f\nEND";
    assert_eq!(linked(&[weak]).imports.len(), 1);
    assert_eq!(
        linked(&["MAIN\nLOAD_CONST r1, 1\nPRINT r1\nEND"])
            .imports
            .len(),
        1
    );
}

#[test]
fn hidden_symbols_are_seen_once() {
    let hidden = "FUNC f()\n.hidden\nEND";
    let user = ".extern f()\nFUNC g()\nCALL f\nEND";
    let both = linked(&[hidden, user]);
    assert!(both.imports.is_empty());
    let step = Input {
        name: Arc::from("both"),
        module: both,
    };
    let mut all = vec![step];
    all.extend(inputs(&[
        user.replace("g()", "h()").as_str(),
        "FUNC f()\nEND",
    ]));
    let result = link(&all, &Limits::default()).unwrap();
    assert_eq!(result.functions.len(), 4);
}

#[test]
fn memories_become_one() {
    let module = linked(&[
        ".memory m: i64 2 max 100",
        ".memory i64 5",
        ".extern memory m: i64 1\nFUNC f() -> i64\nMEMORY_SIZE x\nRETURN x\nEND",
    ]);
    let rows: Vec<_> = module
        .memories
        .iter()
        .map(|row| (row.min, row.max))
        .collect();
    assert_eq!(rows, [(5, 100)]);
    let one = ".memory m: i64 2 max 4";
    assert_eq!(errors(&[one, ".memory i64 5"]), ["L0007"]);
    assert_eq!(
        errors(&[one, ".import memory \"host:m\": i64 1"]),
        ["L0007"]
    );
    assert_eq!(errors(&[one, ".extern memory other: i64 1"]), ["L0007"]);
    assert_eq!(errors(&[one, ".extern memory m: i64 3"]), ["L0003"]);
    assert_eq!(errors(&[one, ".extern memory m: i64 1 max 3"]), ["L0003"]);
    let host = ".import memory \"host:m\": i64 1";
    let larger = host.replace("1", "3 max 9");
    let module = linked(&[host, &larger]);
    let rows: Vec<_> = module
        .imports
        .iter()
        .map(|row| (row.min, row.max))
        .collect();
    assert_eq!(rows, [(3, 9)]);
}

#[test]
fn debug_information_is_merged() {
    let one = "FUNC f()\n  LOAD_CONST x, 1\nEND";
    let two = "\n\nFUNC g()\n  LOAD_CONST y, 1\nEND\nFUNC h()\n.nosymbol\nEND";
    let module = linked(&[one, two]);
    assert_eq!(module.register_display_name(0, 0), "x");
    assert_eq!(module.register_display_name(1, 0), "y");
    assert_eq!(module.display_name(NameSpace::Func, 2), "h");
    assert_eq!(module.source_place(0, 0), Some(("a.vitasm".to_owned(), 2)));
    assert_eq!(module.source_place(1, 0), Some(("b.vitasm".to_owned(), 4)));
}

#[test]
fn placed_rows_lie_from_1024() {
    let program = loaded(&[
        ".data a = i8 1\n.data b align 16 size 100000 = i8 2 3\n.data c passive = i8 4",
        ".extern data b\n.data d align 4 = addr b - 4, i8 5",
    ]);
    assert_eq!(program.data_addresses(), [1024, 1040, 0, 101_040]);
    let memory = program.module().memories[0];
    assert_eq!((memory.min, memory.max), (2, NO_MAX));
    let mut bytes = vec![0; 2 << 16];
    program.write_data(&mut bytes).unwrap();
    assert_eq!((bytes[1024], &bytes[1040..1043]), (1, &[2, 3, 0][..]));
    assert_eq!(bytes[101_040..101_049], [0x0c, 4, 0, 0, 0, 0, 0, 0, 5]);
}

#[test]
fn static_addresses_have_the_width_of_the_index_type() {
    let program = loaded(&[".memory i32 0\n.data a = addr a - 1025, i8 9"]);
    let mut bytes = vec![0; 1 << 16];
    program.write_data(&mut bytes).unwrap();
    assert_eq!(bytes[1024..1029], [255, 255, 255, 255, 9]);
}

#[test]
fn support_data_lie_behind_the_memory_of_a_module_with_fixed_rows() {
    let text = |max| {
        format!(
            ".memory i32 3 max {max}\n.data a at 2000 = i8 1\nMAIN\nLOAD_CONST r1, 1\nPRINT r1\nEND"
        )
    };
    let program = loaded(&[&text(4)]);
    assert_eq!(program.data_addresses()[0], 2000);
    assert!(
        program.data_addresses()[1..]
            .iter()
            .all(|&at| at >= 3 << 16)
    );
    assert!(program.data_addresses().len() > 1);
    assert_eq!(program.module().memories[0].min, 4);
    let errors = load("test", linked(&[&text(3)])).unwrap_err();
    assert_eq!(errors.0[0].code.id, "L0009");
}

#[test]
fn fixed_rows_outside_the_memory_trap() {
    let program = loaded(&[".memory i64 1\n.data a at 0 = i8 1\n.data b at 65535 = i8 2 3"]);
    let mut bytes = vec![0; 1 << 16];
    assert_eq!(program.write_data(&mut bytes), Err(Trap::MemoryOutOfBounds));
    assert_eq!((bytes[0], bytes[65535]), (1, 0));
}

#[test]
fn a_memory_that_loading_provides_holds_fixed_rows() {
    let program = loaded(&[".data a at 70000 = i64 77"]);
    assert_eq!(program.module().memories[0].min, 2);
    let printing = ".data a at 70000 = i64 77\nMAIN\nLOAD_CONST r1, 1\nPRINT r1\nEND";
    let program = loaded(&[printing]);
    assert_eq!(program.module().memories[0].min, 3);
    assert_eq!(program.data_addresses()[1], 2 << 16);
    let far = ".data a at 0xffffffffffffffff = i8 1";
    assert_eq!(
        load("test", linked(&[far])).unwrap_err().0[0].code.id,
        "L0009"
    );
}

#[test]
fn what_needs_no_memory_gets_none() {
    let program = loaded(&["FUNC f()\nEND\n.data a passive = i8 1"]);
    assert!(program.module().memories.is_empty());
    assert_eq!(program.support_from(), 1);
}

#[test]
fn only_needed_support_code_is_added() {
    let print = loaded(&["MAIN\nLOAD_CONST r1, 5\nPRINT r1\nEND"]);
    let float = loaded(&["MAIN\nLOAD_CONST r1, 5.0\nPRINT r1\nEND"]);
    let alloc = loaded(&["MAIN\nLOAD_CONST r1, 5\nALLOC r2, r1\nFREE r2\nEND"]);
    let size = |program: &Program| program.module().data_bytes.len();
    assert!(size(&print) < 100 && size(&float) > 10_000);
    assert_eq!(print.module().imports.len(), 1);
    // The allocator writes nothing.
    assert!(alloc.module().imports.is_empty());
    let routines = |program: &Program| -> Vec<&str> {
        let count = program.module().spaces().count(Kind::Func);
        let names = (program.support_from()..count).filter_map(|at| program.routine(at));
        names.map(|routine| routine.name).collect()
    };
    assert_eq!(routines(&alloc), ["vbc.alloc", "vbc.free"]);
    assert!(routines(&print).contains(&"vbc.print_i64"));
    assert_eq!(print.routine(0), None);
}

#[test]
fn support_code_keeps_its_names_behind_symbols_of_data() {
    // Symbols are in order of kind and index: those of support functions come before those of
    // the program's data, though its object comes after.
    let text =
        "FUNC f()\nEND\nMAIN\nLOAD_CONST r1, 5\nPRINT r1\nEND\n.data a = i8 1\n.data b = i8 2";
    let program = load("test", verified("a.vitasm", text)).unwrap();
    let (module, count) = (
        program.module(),
        program.module().spaces().count(Kind::Func),
    );
    assert!(module.is_in_order());
    let functions = program.support_from()..count;
    let named = functions.filter_map(|function| module.symbol(Kind::Func, function));
    let named: Vec<&str> = named.map(|row| module.strings.get(row.name)).collect();
    assert_eq!(
        named,
        ["vbc.format_i64", "vbc.write_bytes", "vbc.print_i64"]
    );
    let routines = (program.support_from()..count).filter_map(|at| program.routine(at));
    let routines: Vec<&str> = routines.map(|routine| routine.name).collect();
    assert_eq!(routines, named);
}

#[test]
fn absent_symbols_of_two_kinds_are_in_order() {
    let text = ".extern data a .weak\n.extern f() .weak\n.extern data b .weak\n\
        FUNC g() -> i64\n.export\nDATA_ADDR r1, a\nDATA_ADDR r2, b\n\
        ADD r1, r1, r2\nRETURN r1\nEND\nMAIN\nCALL f\nEND";
    let program = load("test", verified("a.vitasm", text)).unwrap();
    assert!(program.module().is_in_order());
    assert_eq!(run(&program, "g").0, finished(0));
}

#[test]
fn limits_hold_for_the_result() {
    let mut limits = Limits::default();
    limits.set("rows", 3);
    let two = "FUNC a()\n.local\nEND\nFUNC b()\n.local\nEND";
    let errors = link(&inputs(&[two, two]), &limits).unwrap_err();
    assert_eq!(errors.0[0].code.id, "L0011");
}
