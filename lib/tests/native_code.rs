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

/// An address on the stack of whoever calls.
#[inline(never)]
fn here() -> usize {
    let local = 0_u8;
    std::hint::black_box(&raw const local) as usize
}

/// A machine whose program has a function `down`, which calls itself as often as it is told and then `env:touch`, and
/// `trap`, which calls `env:refuse`. `touch` notes where its stack stands.
fn touching(native: Option<Options>) -> (Vm, std::sync::Arc<std::sync::atomic::AtomicUsize>) {
    use std::sync::atomic::Ordering::Relaxed;
    use vbc::host::{HostCall, HostOutcome};
    use vbc::isa::{FuncType, Trap, ValType};
    let touched = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
    let mut vm = match native {
        Some(options) => Vm::new().with_native_code(options),
        None => Vm::new(),
    };
    let note = touched.clone();
    let ty = FuncType {
        params: [ValType::I64].into(),
        results: [ValType::I64].into(),
    };
    let touch = move |call: &mut HostCall<'_>| {
        note.store(here(), Relaxed);
        let n = call.arg(0).unwrap_or(Value::I64(-1));
        call.set_result(0, n);
        HostOutcome::Done
    };
    vm.define("env", "touch", ty, Box::new(touch));
    let refuse = |_: &mut HostCall<'_>| Trap::Assertion.into();
    vm.define("env", "refuse", FuncType::default(), Box::new(refuse));
    let text = ".import func \"env:touch\" as touch(i64) -> i64\n.import func \"env:refuse\" as refuse()\n\
        FUNC down(n) -> i64\n  IF n, more\n  CALL touch, n -> n\n  RETURN n\n\
        more:\n  SUB n, n, 1\n  CALL down, n -> m\n  ADD m, m, 1\n  RETURN m\nEND\n\
        FUNC trap(n) -> i64\n  IF n, more\n  CALL refuse\n  RETURN n\n\
        more:\n  SUB n, n, 1\n  CALL trap, n -> m\n  ADD m, m, 1\n  RETURN m\nEND\n\
        FUNC alone(n) -> i64\n  IF n, more\n  DIV n, n, n\n\
        more:\n  SUB n, n, 1\n  CALL alone, n -> m\n  ADD m, m, 1\n  RETURN m\nEND\n";
    vm.load(module(text))
        .unwrap_or_else(|errors| panic!("{errors}"));
    (vm, touched)
}

/// Whatever a program does with its own stack, functions of the host have that of the thread.
#[test]
fn host_functions_run_on_the_stack_of_the_thread() {
    use std::sync::atomic::Ordering::Relaxed;
    for options in both() {
        let (mut vm, touched) = touching(Some(options));
        for n in [0, 1, 10_000, 0] {
            assert_eq!(vm.invoke("down", &[Value::I64(n)]), Ok(vec![Value::I64(n)]));
            let (caller, called) = (here(), touched.swap(0, Relaxed));
            assert!(
                (caller - (128 << 10)..caller + (16 << 10)).contains(&called),
                "{called:#x} is far from {caller:#x}"
            );
        }
    }
}

#[test]
fn traps_of_host_functions_show_all_calls() {
    let (mut interpreted, _) = touching(None);
    for options in both() {
        let (mut native, _) = touching(Some(options));
        for n in [0, 1, 7, 1000] {
            let args = [Value::I64(n)];
            let expected = report(interpreted.invoke("trap", &args));
            assert_eq!(expected.trap, vbc::isa::Trap::Assertion);
            assert_eq!(report(native.invoke("trap", &args)), expected);
        }
    }
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

/// A program needs hardly anything of the thread's stack, and its host functions are not called where that ends.
#[test]
fn a_thread_with_little_stack_traps_where_it_calls_the_host() {
    use vbc::isa::Trap;
    // Compiling needs more than these threads have.
    for options in both() {
        for (stack, traps) in [(64 << 10, true), (160 << 10, true), (1 << 20, false)] {
            let (mut vm, _) = touching(Some(options.clone()));
            // Also makes the entry trampoline.
            assert_eq!(vm.invoke("down", &[Value::I64(3)]), Ok(vec![Value::I64(3)]));
            let thread = std::thread::Builder::new().stack_size(stack);
            let running = thread.spawn(move || {
                if stack == 64 << 10 {
                    // Not even the runtime has room.
                    let alone = report(vm.invoke("alone", &[Value::I64(0)]));
                    assert_eq!(
                        (alone.trap, alone.frames),
                        (Trap::CallStackExhausted, vec![])
                    );
                    return;
                }
                for n in [0, 5, 1 << 40] {
                    let alone = report(vm.invoke("alone", &[Value::I64(n)]));
                    let expected = match n {
                        0..1000 => Trap::IntegerDivideByZero,
                        _ => Trap::CallStackExhausted,
                    };
                    assert_eq!(alone.trap, expected);
                }
                let called = vm.invoke("down", &[Value::I64(3)]);
                match traps {
                    true => {
                        let report = report(called);
                        assert_eq!(report.trap, Trap::CallStackExhausted);
                        assert_eq!(report.frames[0].instruction, Some(1));
                        assert_eq!(report.frames.len() + report.omitted, 4);
                    }
                    false => assert_eq!(called, Ok(vec![Value::I64(3)])),
                }
            });
            let ended = running.expect("a thread").join();
            ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
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
