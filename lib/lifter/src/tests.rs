use std::fmt::Write as _;

use super::*;
use vbc_core::diag::Severity;
use vbc_core::module::NameSpace;
use vbc_core::verify::{self, Verified};

/// A module with something in every section that can be lifted.
const ALL: &str = r#"(module $all
  (type $t (func (param i32) (result i32)))
  (import "env" "f" (func $imported (type $t)))
  (import "env" "g" (global $base i32))
  (memory (export "memory") 1 4)
  (table $table 4 8 funcref)
  (global $g (mut i32) (i32.add (global.get $base) (i32.const 1)))
  (global $constant i64 (i64.const -5))
  (elem (i32.const 1) $double)
  (elem (offset (global.get $base)) $double $imported)
  (elem $passive funcref (ref.null func) (ref.func $double))
  (data $data (i32.const 16) "hello")
  (data (offset (global.get $base)) "world")
  (start $start)
  (func $start (global.set $g (i32.const 3)))
  (func $double (export "double") (export "twice") (type $t) (param $x i32) (result i32)
    (i32.add (local.get $x) (local.get $x)))
  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_s (local.get 0) (local.get 1)))
  (func (export "_start")
    (drop (call $double (i32.load (i32.const 16))))
    (memory.init $data (i32.const 0) (i32.const 0) (i32.const 0))))"#;

fn binary(text: &str) -> Vec<u8> {
    text::assemble("all.wat", text.as_bytes())
        .unwrap()
        .expect("a text")
}

fn lifted(bytes: &[u8]) -> Result<Lifted, Errors> {
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    lift_binary("all.wasm", bytes, &options, None)
}

fn verified(module: Module) -> Verified {
    Verified::new(module, &verify::Options::default())
        .unwrap_or_else(|rejected| panic!("{rejected}"))
}

#[test]
fn what_is_lifted_is_valid_and_canonical() {
    let module = lifted(&binary(ALL)).unwrap().module;
    assert!(vbc_core::module::canonical::is_canonical(&module));
    assert_eq!(module.entry, Some(4));
    assert_eq!(module.initialisers.len(), 2);
    let name = |index| module.definition_name(NameSpace::Func, index);
    assert_eq!(name(2), Some("double"), "from the name section");
    assert_eq!(name(3), Some("divide"), "from the export");
    let place = module.source_place(3, 0).expect("lines");
    assert_eq!(place, ("all.wat".to_owned(), 19));
    verified(module);
}

#[test]
fn every_cut_and_flip_is_refused_or_valid() {
    let bytes = binary(ALL);
    for end in 0..bytes.len() {
        let _ = lifted(&bytes[..end]).map(|lifted| verified(lifted.module));
    }
    for at in 0..bytes.len() {
        for change in [0x01, 0x10, 0x80, 0xff] {
            let mut copy = bytes.clone();
            copy[at] ^= change;
            let _ = lifted(&copy).map(|lifted| verified(lifted.module));
        }
    }
}

#[test]
fn broken_debug_information_costs_lines_only() {
    let bytes = binary(ALL);
    let at = bytes
        .windows(11)
        .position(|window| window == b".debug_line")
        .expect("debug information");
    let whole = lifted(&bytes).unwrap().module;
    let mut warnings = 0;
    for at in at + 11..bytes.len() {
        let mut copy = bytes.clone();
        copy[at] ^= 0xff;
        // A change may hit the size of the next section, after which nothing can be read.
        let Ok(found) = lifted(&copy) else { continue };
        assert_eq!(found.module.code, whole.code);
        for warning in found.warnings {
            assert_eq!(
                (warning.severity, warning.code.id),
                (Severity::Warning, "W0010")
            );
            warnings += 1;
        }
        verified(found.module);
    }
    assert!(warnings > 0);
}

#[test]
fn threads_change_nothing() {
    let mut text = String::from("(module");
    for number in 0..40_000 {
        let _ = write!(
            text,
            "(func (export \"{number}\") (result i32) i32.const {number})"
        );
    }
    let bytes = binary(&(text + ")"));
    let with = |threads| {
        let options = Options {
            threads,
            ..Options::default()
        };
        lift("many.wasm", &bytes, &options).unwrap()
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn the_first_of_several_errors_is_reported() {
    let mut text = String::from("(module");
    for number in 0..20_000 {
        let ty = if number % 7_000 == 6_999 {
            "i64"
        } else {
            "i32"
        };
        let _ = write!(text, "(func (result i32) {ty}.const {number})");
    }
    let bytes = binary(&(text + ")"));
    for threads in [1, 4] {
        let options = Options {
            threads,
            ..Options::default()
        };
        let errors = lift("many.wasm", &bytes, &options).unwrap_err();
        let Place::Binary(place) = &errors.0[0].place else {
            panic!("{errors}")
        };
        assert_eq!(place.function.as_deref(), Some("#6999"));
    }
}

#[test]
fn long_initialisers_are_divided() {
    let mut text = String::from("(module (import \"env\" \"g\" (global $g i32))");
    for _ in 0..300_000 {
        text.push_str("(global i32 (global.get $g))");
    }
    let bytes = binary(&(text + ")"));
    let module = lifted(&bytes).unwrap().module;
    assert!(module.initialisers.len() > 1);
    verified(module);
}
