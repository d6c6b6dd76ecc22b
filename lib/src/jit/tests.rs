//! What the conformance files cannot reach.

use super::{CraneliftBackend, Options};
use crate::runtime::Value;
use crate::{Module, RunError};

fn module(text: &str) -> Module {
    let module = crate::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
    module
        .unwrap_or_else(|errors| panic!("{errors}"))
        .into_inner()
}

fn both() -> [Options; 2] {
    let signals = Options::default();
    let calls = Options {
        signals: false,
        ..Options::default()
    };
    [signals, calls]
}

#[test]
fn a_program_computes_and_can_be_called_again() {
    let module = module("FUNC divide(x, y)\n  DIV d, x, y\n  RETURN d\nEND\n");
    for options in both() {
        let compiled = CraneliftBackend::new(options)
            .compile_module(&module)
            .unwrap();
        let call = |x: i64, y: i64| compiled.run_entry("divide", &[x.into(), y.into()]);
        assert_eq!(call(7, 2), Ok(vec![Value::I64(3)]));
        for (x, y, message) in [
            (1, 0, "integer divide by zero"),
            (i64::MIN, -1, "integer overflow"),
        ] {
            match call(x, y) {
                Err(RunError::Trapped(report)) => {
                    assert_eq!(report.trap.message(), message);
                    assert_eq!(report.frames.len(), 1);
                    assert_eq!(report.frames[0].name, "divide");
                    assert_eq!(report.frames[0].instruction, 0);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(call(-7, 2), Ok(vec![Value::I64(-3)]));
    }
}
