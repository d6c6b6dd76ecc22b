//! What the conformance files cannot reach of native code in memory.

#![allow(unsafe_code, reason = "a child process faults")]

use vbc::jit::{CraneliftBackend, Options};
use vbc::runtime::Value;
use vbc::{Module, RunError, Vm};

fn module(text: &str) -> Module {
    let module = vbc::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
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
                    assert_eq!(report.frames[0].instruction, Some(0));
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(call(-7, 2), Ok(vec![Value::I64(-3)]));
    }
}

fn vm(text: &str, options: Options) -> Vm {
    let mut vm = Vm::new().with_native_code(options);
    vm.load(module(text))
        .unwrap_or_else(|errors| panic!("{errors}"));
    vm
}

fn report(result: Result<Vec<Value>, RunError>) -> vbc::runtime::TrapReport {
    match result {
        Err(RunError::Trapped(report)) => *report,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_stack_ends_and_the_program_can_be_called_again() {
    let text = "FUNC down(n) -> i64\n  IF n, more\n  RETURN n\nmore:\n  SUB n, n, 1\n  CALL down, n -> m\n  ADD m, m, 1\n  RETURN m\nEND\n";
    for options in both() {
        let mut vm = vm(text, options);
        for _ in 0..3 {
            let deep = report(vm.invoke("down", &[Value::I64(1 << 40)]));
            assert_eq!(deep.trap, vbc::isa::Trap::CallStackExhausted);
            assert!(deep.omitted > 10_000, "{}", deep.omitted);
            assert_eq!(deep.frames.len(), 51);
            assert!(deep.frames.iter().all(|frame| frame.instruction == Some(3)));
            assert_eq!(
                vm.invoke("down", &[Value::I64(1000)]),
                Ok(vec![Value::I64(1000)])
            );
        }
    }
}

#[test]
fn traps_inside_functions_that_were_inlined_show_every_call() {
    let text = "FUNC inner(x) -> i64\n  LOAD_CONST a, 1\n  DIV a, a, x\n  RETURN a\nEND\n\
        FUNC middle(x) -> i64\n  ADD x, x, 0\n  CALL inner, x -> x\n  RETURN x\nEND\n\
        FUNC outer(x) -> i64\n  CALL middle, x -> x\n  ADD x, x, 1\n  RETURN x\nEND\n";
    for options in both() {
        let mut native = vm(text, options);
        let native = report(native.invoke("outer", &[Value::I64(0)]));
        let mut interpreted = Vm::new();
        interpreted.load(module(text)).unwrap();
        let interpreted = report(interpreted.invoke("outer", &[Value::I64(0)]));
        assert_eq!(native, interpreted);
        assert_eq!(native.frames.len(), 3);
    }
}

#[test]
fn many_parameters_and_results() {
    let names = |letter: char| {
        (0..40)
            .map(|n| format!("{letter}{n}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let types = ["i64"; 40].join(", ");
    let text = format!(
        "FUNC turn({}) -> ({types})\n  RETURN {}\nEND\n\
         FUNC twice({}) -> ({types})\n  CALL turn, {} -> {}\n  TAIL_CALL turn, {}\nEND\n",
        names('a'),
        (0..40)
            .rev()
            .map(|n| format!("a{n}"))
            .collect::<Vec<_>>()
            .join(", "),
        names('a'),
        names('a'),
        names('b'),
        names('b'),
    );
    let args: Vec<Value> = (0..40).map(Value::I64).collect();
    for options in both() {
        for inline in [true, false] {
            let options = Options {
                inline,
                ..options.clone()
            };
            assert_eq!(vm(&text, options).invoke("twice", &args), Ok(args.clone()));
        }
    }
}

#[test]
fn a_panic_of_a_host_function_passes_through() {
    use vbc::host::{HostCall, HostOutcome};
    use vbc::isa::FuncType;
    let mut vm = Vm::new().with_native_code(Options::default());
    let fail = Box::new(|_: &mut HostCall<'_>| -> HostOutcome { panic!("on purpose") });
    vm.define("env", "fail", FuncType::default(), fail);
    let text = ".import func \"env:fail\" as fail()\nFUNC f()\n  CALL fail\n  RETURN\nEND\n";
    vm.load(module(text))
        .unwrap_or_else(|errors| panic!("{errors}"));
    let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| vm.invoke("f", &[])));
    let panic = caught.expect_err("the panic goes on");
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
}

/// Where even the arguments have no room, nothing has run when the call traps.
#[test]
fn arguments_have_room_on_the_stack() {
    let names: Vec<String> = (0..1000).map(|n| format!("a{n}")).collect();
    let text = format!(
        "FUNC last({}) -> i64\n  RETURN a999\nEND\n",
        names.join(", ")
    );
    let args: Vec<Value> = (0..1000).map(Value::I64).collect();
    for options in both() {
        for (max_stack, traps) in [(4 << 10, true), (64 << 10, false)] {
            let limits = vbc::runtime::Limits {
                max_stack,
                ..Default::default()
            };
            let mut vm = Vm::new()
                .with_native_code(options.clone())
                .with_limits(limits);
            vm.load(module(&text))
                .unwrap_or_else(|errors| panic!("{errors}"));
            let called = vm.invoke("last", &args);
            match traps {
                true => {
                    let report = report(called);
                    assert_eq!(report.trap, vbc::isa::Trap::CallStackExhausted);
                    assert_eq!(report.frames, []);
                }
                false => assert_eq!(called, Ok(vec![Value::I64(999)])),
            }
        }
    }
}

/// A fault that does not belong to compiled code ends the process as it would have without the
/// handler.
#[test]
#[cfg(target_os = "linux")]
fn other_faults_stay_crashes() {
    let mut vm = vm(
        "FUNC f() -> i64\n  LOAD_CONST x, 1\n  RETURN x\nEND\n",
        Options::default(),
    );
    assert_eq!(vm.invoke("f", &[]), Ok(vec![Value::I64(1)]));
    // SAFETY: the child does nothing but fault.
    unsafe {
        let child = libc::fork();
        if child == 0 {
            std::ptr::read_volatile(std::ptr::without_provenance::<u8>(8));
            libc::_exit(0);
        }
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        assert!(libc::WIFSIGNALED(status));
        assert_eq!(libc::WTERMSIG(status), libc::SIGSEGV);
    }
}
