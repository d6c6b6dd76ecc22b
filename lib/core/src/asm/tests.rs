use super::*;
use crate::isa::Op;
use crate::isa::decode::decode;

fn module(text: &str) -> Module {
    match assemble(text.as_bytes(), "test.vitasm", &Options::default()) {
        Ok(module) => module,
        Err(errors) => panic!("{errors}\n{text}"),
    }
}

/// Line, column, code and message of each error.
fn errors(text: &str) -> Vec<String> {
    let errors = assemble(text.as_bytes(), "test.vitasm", &Options::default());
    let errors = errors.expect_err("the text is wrong");
    let show = |error: &Diagnostic| match &error.place {
        Place::Text(place) => format!(
            "{}:{} {} {}",
            place.line, place.column, error.code.id, error.message
        ),
        other @ (Place::Nowhere | Place::File(_) | Place::Binary(_)) => {
            format!("{other:?} {} {}", error.code.id, error.message)
        }
    };
    errors.0.iter().map(show).collect()
}

fn ops(module: &Module, defined: usize) -> Vec<Op> {
    let code = module.function_code(defined);
    let mut ops = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let inst = decode(code, at).expect("an instruction");
        ops.push(inst.op);
        at += inst.words.len();
    }
    ops
}

fn print(module: &Module) -> String {
    let mut out = Vec::new();
    crate::text::print(module, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

/// Text, module, text, module: the second module is the first, and so is the one without debug
/// information.
fn round_trip(text: &str) {
    for strip_debug in [false, true] {
        let options = Options {
            strip_debug,
            ..Options::default()
        };
        let first = assemble(text.as_bytes(), "test.vitasm", &options);
        let first = first.unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        assert!(crate::module::canonical::is_canonical(&first));
        let printed = print(&first);
        let second = assemble(printed.as_bytes(), "other.vitasm", &Options::default());
        let second = second.unwrap_or_else(|errors| panic!("{errors}\n{printed}"));
        assert_eq!(print(&second), printed);
        assert_eq!(second, first, "{printed}");
    }
}

const ADD: &str = "FUNC add(x, y)
  LOAD_ARG r1, x
  LOAD_ARG r2, y
  ADD r3, r1, r2
  RETURN r3
END

MAIN
  LOAD_CONST r0, 2
  LOAD_CONST r1, 3
  CALL add, r0, r1
  PRINT r0
END
";

#[test]
fn the_first_program() {
    let module = module(ADD);
    assert_eq!(
        ops(&module, 0),
        [Op::Move, Op::Move, Op::AddI64, Op::Return]
    );
    assert_eq!(
        ops(&module, 1),
        [Op::ConstI64, Op::ConstI64, Op::Call, Op::Call, Op::Return]
    );
    assert_eq!(module.entry, Some(2));
    round_trip(ADD);
}

/// Every text of the project that is meant to be right.
fn texts(folder: &str) -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut texts = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "vitasm")
            {
                let text = std::fs::read_to_string(&path).expect("text");
                texts.push((path.display().to_string(), text));
            }
        }
    }
    texts.sort();
    texts
}

#[test]
fn the_projects_texts_assemble_and_print() {
    let mut count = 0;
    for folder in ["../../examples", "../../tests/conformance"] {
        for (_, text) in texts(folder) {
            // Wrong on purpose, broken afterwards, or several texts in one file.
            let other = [";; error", ";; patch", ";; ---"];
            if !other.iter().any(|mark| text.contains(mark)) {
                round_trip(&text);
                count += 1;
            }
        }
    }
    assert!(count > 100);
}

/// The example of each code has exactly the errors that it announces.
#[test]
fn examples_of_the_codes() {
    for code in crate::diag::codes::text::CODES {
        // What needs a lowered limit is seen by the conformance tests.
        if code.example.is_empty() || code.example.contains(";; limit:") {
            continue;
        }
        let announced = code.example.lines().filter_map(|line| {
            let (code, place) = line.strip_prefix(";; error[")?.split_once("] ")?;
            Some(format!("{place} {code}"))
        });
        let announced: Vec<String> = announced.collect();
        let found = errors(code.example);
        let short: Vec<String> = found
            .iter()
            .map(|error| error.split(' ').take(2).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(short, announced, "{}: {found:?}", code.id);
        assert!(announced.iter().all(|error| error.ends_with(code.id)));
    }
}

/// Names that need quotes or numbers, every form of every directive, all kinds of constants.
#[test]
fn every_form() {
    round_trip(include_str!("every_form.vitasm"));
}

/// A module that is not canonical becomes so, and then survives text.
#[test]
fn explicit_debug_information() {
    let text = "\
.module producer=\"by hand\" entry=none debug=explicit
.file 0 \"a.vit\"
.source 0 \"first\\n\", \"second\\n\\xff\\n\"
.file 1 \"\"
.source 1 \"\"
.file 2 \"c\"

FUNC f(x)
  .loc 2 7 3
  .loc none
  MOVE y, x
  .loc 1 5
  MOVE y, x
  .loc 1 5
  MOVE y, x
  .loc none
  MOVE y, x
  .loc 1 5
  MOVE y, x
  .loc 0 2147483647 2147483647
END
";
    round_trip(text);
    let module = module(text);
    let places: Vec<_> = crate::module::Lines::new(module.line_program(0), 6, 3)
        .map(|entry| entry.expect("a good entry"))
        .map(|entry| (entry.word, entry.place.map(|place| place.line)))
        .collect();
    assert_eq!(
        places,
        [
            (1, Some(5)),
            (3, None),
            (4, Some(5)),
            (5, Some(2_147_483_647))
        ]
    );
}

#[test]
fn lists_go_on_after_a_comma() {
    let mut names = String::new();
    for i in 0..3000 {
        names += &format!("a_rather_long_register_name_number_{i},\n    ");
    }
    round_trip(&format!("FUNC g(x)\n  .reg {names} last: i64\nEND\n"));
    let module = module(&format!("FUNC g(x)\n  .reg {names} last: i64\nEND\n"));
    let longest = print(&module).lines().map(str::len).max();
    assert!(longest.is_some_and(|longest| longest < 5000));
}

/// None of these errors has a second one in its wake.
#[test]
fn errors_stand_alone() {
    for (text, expected) in [
        ("MAIN\n  PRNT r0\n  PRINT r0\nEND\n", "2:3 A0008"),
        ("MAIN\n  ADD x, y, 1\n  ADD x, y, x\nEND\n", "2:10 A0014"),
        ("MAIN\n  CALL no, -> x\n  PRINT x\nEND\n", "2:12 A0006"),
        (
            "MAIN\n  CALL no -> x\n  PRINT x\n  CALL no\nEND\n",
            "2:8 A0013",
        ),
        ("MAIN\n  IF z, out\nout:\nEND\n", "2:6 A0014"),
        (
            "FUNC f(x\n  RETURN x\nEND\nMAIN\n  LOAD_CONST r0, 1\n  CALL f, r0\n  PRINT r0\nEND\n",
            "1:9 A0006",
        ),
        (
            "FUNC f() -> i64\n  LOAD_CONST x, 1\n  RETURN q\nEND\n",
            "3:10 A0014",
        ),
        ("FUNC f() -> i64\n  JUMP nowhere\nEND\n", "2:8 A0015"),
        (
            ".memory i64 1\n.memory i64 2\nMAIN\n  MEMORY_SIZE n\n  PRINT n\nEND\n",
            "2:1 A0028",
        ),
        (
            "MAIN\n  LOAD_CONST.i32 x, 99999999999\n  ADD x, x, 1\n  PRINT x\nEND\n",
            "2:21 A0020",
        ),
        (
            "FUNC f()\nEND\nFUNC f()\nEND\nMAIN\n  CALL f\nEND\n",
            "3:6 A0012",
        ),
        ("FUNC f() -> i64\nEND\n", "1:6 A0023"),
        ("FUNC f() -> i64\n  LOAD_CONST x, 1\nEND\n", "2:3 V0153"),
    ] {
        let found = errors(text);
        let first = found.first().map_or("", String::as_str);
        assert!(
            first.starts_with(expected) && found.len() == 1,
            "{found:#?}\n{text}"
        );
    }
}

#[test]
fn types_are_inferred() {
    let text = "\
FUNC f(i: i32, j: i64, x: f32, y: f64)
  .reg d: i32
  ADD a, i, i
  ADD b, y, y
  LOAD_CONST c, 1
  LOAD_CONST d, 1
  LOAD_CONST e, 1.0
  LOAD_CONST e, 1
  LOAD_CONST n, null
  TO_FLOAT g, i
  TO_INT.i32 h, y
  TO_INT k, x
  LOAD8 l, [j]
  LOAD8 d, [j + 1]
  LT m, y, y
  IF_EQ j, 5, end
  SELECT o, m, x, x
  MOVE p, n
end:
END
";
    use Op::*;
    assert_eq!(
        ops(&module(text), 0),
        [
            AddI32,
            AddF64,
            ConstI64,
            ConstI32,
            ConstF64,
            ConstF64,
            RefNull,
            ToFloatF64I32,
            ToIntI32F64,
            ToIntI64F32,
            Load8I64,
            Load8I32,
            LtF64,
            IfEqI64,
            Select,
            Move,
            Return
        ]
    );
    round_trip(text);
}

/// What a text may ask for without its bytes is bounded.
#[test]
fn hostile_texts_stay_small() {
    let big = module(".data x size 1099511627776\n.data y = zero 1099511627776\n");
    assert_eq!((big.data_bytes.len(), big.data[1].size), (0, 1 << 40));
    assert!(errors(".data x passive = zero 1099511627776\n")[0].contains("A0030"));
    assert!(errors(".data x = zero 2000000000, i8 1\n")[0].contains("A0030"));
    assert!(errors("FUNC f()\n.reg %0..%4000000000: i64\nEND\n")[0].contains("A0026"));
    let mut lines = "ADD\n".repeat(300_000);
    lines.insert_str(0, "MAIN\n");
    assert!(errors(&lines).len() <= 100_001);
    let one_line = format!("MAIN\n {}\nEND\n", "^ ".repeat(500_000));
    assert_eq!(errors(&one_line).len(), 1);
}

#[test]
fn text_that_is_none() {
    let bad = assemble(
        b"MAIN\n  PRINT \"\xc3\xa9\xff\"\nEND\n",
        "t",
        &Options::default(),
    );
    let Err(Errors(bad)) = bad else { panic!() };
    let Place::Text(place) = &bad[0].place else {
        panic!()
    };
    assert_eq!((bad[0].code.id, place.line, place.column), ("A0001", 2, 11));
    let mut options = Options::default();
    options.limits.set("line_bytes", 10);
    let long = assemble(b"MAIN\n  PRINT \"too long\"\nEND", "t", &options);
    assert_eq!(long.expect_err("too long").0[0].code.id, "A0002");
    options.limits.set("text_bytes", 10);
    let long = assemble(b"MAIN\n  PRINT \"too long\"\nEND", "t", &options);
    assert_eq!(long.expect_err("too long").0[0].code.id, "A0002");
    round_trip("\u{feff}MAIN\r\nEND\r\n");
    assert!(module("").functions.is_empty());
}

#[test]
fn exports_in_any_order_are_printed() {
    // Only canonical modules have them in order.
    let text = ".global g: i64 = 1 .export \"g\"\nFUNC f()\n.export \"a\"\n.export \"b\"\nEND\nFUNC h()\n.export \"c\"\nEND";
    let mut module = assemble(text.as_bytes(), "a.vitasm", &Default::default()).unwrap();
    let mut rows = module.exports.to_vec();
    assert_eq!(rows.len(), 4);
    let mut printed = |rows: &[crate::module::ExportRow]| {
        module.exports = rows.to_vec().into();
        let mut out = Vec::new();
        crate::text::print(&module, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    let (sorted, count) = (printed(&rows), |text: &str| text.matches(".export").count());
    rows.reverse();
    assert_eq!((count(&sorted), count(&printed(&rows))), (4, 4));
}
