//! Native functions in programs of others: permitted by the host, on threads of their own.

use std::thread;

use super::library;
use vbc::ffi::{Libraries, Permissions};
use vbc::host::{Host, Services};

use vbc::{Module, RunError, Trap, Value, Vm};
use vbc_tests::scratch;

const PROGRAM: &str = r#"
.import func "native:twice.so" "twice(i32)i32" as c_twice(i32) -> i32
.import func "native:twice.so" "each(fn(i32)i32,i32)i32" as c_each(funcref, i32) -> i32
FUNC twice(x: i32) -> i32
  CALL c_twice, x -> x
  RETURN x
END
FUNC same(x: i32) -> i32
  RETURN x
END
FUNC each(x: i32) -> i32
  REF_FUNC f, same
  CALL c_each, f, x -> x
  RETURN x
END
"#;

/// A machine with the program, interpreted or compiled, which may call the library.
fn machine(is_native: bool) -> (tempfile::TempDir, Vm) {
    let folder = scratch();
    let source = "int twice(int x) { return 2 * x; }\n\
        int each(int (*f)(int), int n) { int sum = 0; for (int k = 0; k < n; k++) sum += f(k); return sum; }\n";
    let path = library(folder.path(), "twice.so", source);
    let mut host = Host::new(Services::new(Default::default()));
    let permissions = Permissions {
        any: false,
        libraries: [("twice.so".to_owned(), Some(path))].into(),
    };
    host.permit(Box::new(Libraries::new(permissions)));
    let file = folder.path().join("program.vitasm");
    std::fs::write(&file, PROGRAM).expect("a text");
    let module = Module::load(&file).unwrap_or_else(|errors| panic!("{errors}"));
    let mut vm = Vm::new().with_host(host);
    if is_native {
        vm = vm.with_native_code(vbc::jit::Options::default());
    }
    vm.load(module).unwrap_or_else(|errors| panic!("{errors}"));
    (folder, vm)
}

/// Calls of C need 256 KiB of the thread's stack: with less they trap, also where code calls C itself.
#[test]
fn short_stacks_end_with_a_trap() {
    for is_native in [false, true] {
        for (bytes, is_enough) in [(200 << 10, false), (2 << 20, true)] {
            for (name, expected) in [("twice", 14), ("each", 21)] {
                let (_folder, mut vm) = machine(is_native);
                let run = move || vm.invoke(name, &[Value::I32(7)]);
                let thread = thread::Builder::new().stack_size(bytes).spawn(run);
                let done = thread.expect("a thread").join().expect("no panic");
                match done {
                    Ok(values) if is_enough => assert_eq!(values, [Value::I32(expected)]),
                    Err(RunError::Trapped(report)) if !is_enough => {
                        assert_eq!(report.trap, Trap::CallStackExhausted, "{name}");
                    }
                    other => panic!("{name}, {bytes} bytes, native: {is_native}: {other:?}"),
                }
            }
        }
    }
}

/// A machine may be used by one thread after the other: C calls back on the one that runs it.
#[test]
fn machines_go_from_thread_to_thread() {
    for is_native in [false, true] {
        let (_folder, mut vm) = machine(is_native);
        for _ in 0..3 {
            let run = move || {
                let values = vm.invoke("each", &[Value::I32(7)]);
                (vm, values)
            };
            let (back, values) = thread::spawn(run).join().expect("no panic");
            vm = back;
            assert_eq!(values.expect("it returns"), [Value::I32(21)]);
        }
    }
}
