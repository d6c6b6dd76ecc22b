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
        other => format!("{other:?} {} {}", error.code.id, error.message),
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
        [Op::Move, Op::Move, Op::AddI64, Op::Return1]
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
    for folder in ["../examples", "../tests/conformance", "support"] {
        for (path, text) in texts(folder) {
            if text.contains(";; error") || text.contains(";; patch") || folder == "support" {
                continue;
            }
            println!("{path}");
            round_trip(&text);
            count += 1;
        }
    }
    assert!(count > 100);
}

/// The example of each code has exactly the errors that it announces.
#[test]
fn examples_of_the_codes() {
    for code in crate::text::codes::CODES {
        if code.example.is_empty() {
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
