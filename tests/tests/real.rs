//! Large modules that others have made: Yosys by the tools, QuickJS and SQLite by the library.
//!
//! `tests/real/fetch.sh` fetches them; without it these tests are skipped, and report that. What they should print was
//! recorded on another engine (`tests/real/reference.py`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use vbc::Vm;
use vbc::asm::assemble_verified;
use vbc::host::{GuestMemory, HostOutcome};
use vbc::isa::ValType;
use vbc::link::{Input, link};
use vbc::module::Kind;
use vbc::runtime::{Pointer, Value};
use vbc::verify::{Options, Verified};
use vbc_tests::machine::MachineKind;
use vbc_tests::ways::{Surroundings, Way, in_silence};
use vbc_tests::{needs, program, project, scratch};

fn expected(name: &str) -> String {
    job(&format!("{name}.out"))
}

fn job(name: &str) -> String {
    let path = project().join("tests/real").join(name);
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A module that has been fetched.
fn fetched(name: &str) -> Option<PathBuf> {
    let path = project().join("target/real").join(name);
    needs::fetched(None, &path, "tests/real/fetch.sh").then_some(path)
}

/// The engines that users get without asking for another one.
fn kinds() -> impl Iterator<Item = MachineKind> {
    MachineKind::all()
        .into_iter()
        .filter(|kind| !kind.is_special())
}

/// 19 MB of code, by lift, verify and run: logic synthesis with files.
#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes without optimisation")]
fn yosys_synthesises() {
    let Some(wasm) = fetched("yosys.wasm") else {
        return;
    };
    let folder = scratch();
    let lifted = folder.path().join("yosys.vitbc");
    let mut lift = Command::new(program("vbc-lift"));
    in_silence(lift.arg(&wasm).arg("-o").arg(&lifted));
    in_silence(Command::new(program("vbc-verify")).arg(&lifted));
    let share = project().join("target/real/yosys-share");
    let script = job("yosys.script");
    let kinds: Vec<MachineKind> = MachineKind::with_objects()
        .into_iter()
        .filter(|kind| !kind.is_special())
        .collect();
    for way in Way::of(&kinds, &lifted) {
        let name = way.name();
        let work = folder.path().join(name);
        fs::create_dir(&work).expect("a folder");
        fs::write(work.join("counter.v"), job("counter.v")).expect("a file");
        let mount = |host: &Path, guest: &str| {
            let mut folder = host.as_os_str().to_owned();
            folder.push(guest);
            folder
        };
        let given = Surroundings {
            folders: &[mount(&work, "::/job"), mount(&share, "::/share")],
            ..Surroundings::default()
        };
        in_silence(way.command(given).args(["-q", "-p", script.trim()]));
        let read = |file| fs::read_to_string(work.join(file)).expect("a result");
        let result = read("out.blif") + &read("stat.txt");
        assert!(result == expected("yosys"), "{name}: {result}");
    }
}

/// A module whose functions the test calls. What it imports from `env` does nothing and returns 0, or for system calls
/// an error.
struct Instance {
    vm: Vm,
}

impl Instance {
    fn new(path: &Path, kind: MachineKind) -> Instance {
        let wasm = fs::read(path).expect("the module can be read");
        let name = path.to_string_lossy();
        let module = vbc::lift::lift(&name, &wasm, &Default::default());
        let module = module.unwrap_or_else(|errors| panic!("{errors}"));
        let verified = Verified::new(module, &Options::default());
        let verified = verified.unwrap_or_else(|rejected| panic!("{rejected}"));
        let module = with_memory(verified);
        let mut vm = match kind {
            MachineKind::Interpreter(engine) => Vm::new().with_dispatch(engine),
            MachineKind::Native(native) => Vm::new().with_native_code(native.options()),
            MachineKind::Object(_) => unreachable!("these modules call functions of the test's"),
        };
        for import in module.imports.iter() {
            let from = module.strings.get(import.module);
            let Some(ty) = module.types.func(import.ty) else {
                continue;
            };
            if from == "env" && import.kind() == Some(Kind::Func) {
                let name = module.strings.get(import.name);
                let system = name.starts_with("__syscall");
                let results = ty.results.to_vec();
                let function = move |call: &mut vbc::host::HostCall<'_>| {
                    for (n, &ty) in results.iter().enumerate() {
                        call.set_result(n, if system { ENOSYS } else { zero(ty) });
                    }
                    HostOutcome::Done
                };
                vm.define(from, name, ty.clone(), Box::new(function));
            }
        }
        let loaded = vm.load_verified(&name, module);
        loaded.unwrap_or_else(|errors| panic!("{errors}"));
        Instance { vm }
    }

    fn call(&mut self, name: &str, args: &[Value]) -> Vec<Value> {
        let result = self.vm.invoke(name, args);
        result.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Calls a function with one i32 result.
    fn get(&mut self, name: &str, args: &[Value]) -> i32 {
        match self.call(name, args)[..] {
            [Value::I32(result)] => result,
            ref other => panic!("{name}: {other:?}"),
        }
    }

    fn memory(&mut self) -> GuestMemory<'_> {
        let memory = self.vm.memory_mut();
        memory.expect("it has a memory")
    }

    /// Puts a text with a zero byte after it into memory of the program's own.
    fn put(&mut self, text: &str) -> Value {
        let size = text.len() as i32 + 1;
        let at = self.get("malloc", &[Value::I32(size)]);
        let bytes = [text.as_bytes(), &[0]].concat();
        let written = self.memory().write(u64::from(at as u32), &bytes);
        written.expect("room");
        Value::I32(at)
    }

    /// The text that ends with a zero byte at an address.
    fn text(&mut self, at: i32) -> String {
        let memory = self.memory();
        let start = u64::from(at as u32);
        let bytes = memory.bytes(start, memory.len() - start);
        let bytes = bytes.expect("inside the memory");
        let end = bytes.iter().position(|&byte| byte == 0);
        String::from_utf8_lossy(&bytes[..end.expect("an end")]).into_owned()
    }

    fn word(&mut self, at: i32) -> Value {
        let mut bytes = [0; 4];
        let read = self.memory().read(u64::from(at as u32), &mut bytes);
        read.expect("inside the memory");
        Value::I32(i32::from_le_bytes(bytes))
    }
}

/// "Function not implemented", as system calls report it.
const ENOSYS: Value = Value::I32(-38);

fn zero(ty: ValType) -> Value {
    match ty {
        ValType::I32 => Value::I32(0),
        ValType::I64 => Value::I64(0),
        ValType::F32 => Value::F32(0.0),
        ValType::F64 => Value::F64(0.0),
        ValType::Ref(_) => Value::from_slot(ty, 0),
        ValType::Ptr => Value::Ptr(Pointer::NULL),
    }
}

/// The module linked with one that has the memory that it imports, if it does.
fn with_memory(module: Verified) -> Verified {
    let mut imports = module.imports.iter();
    let Some(row) = imports.find(|row| row.kind() == Some(Kind::Memory)) else {
        return module;
    };
    let name = module.strings.get(row.name);
    let (min, max) = (row.min, row.max);
    let text = format!(".memory \"env:{name}\": i32 {min} max {max} .export\n");
    let memory = assemble_verified(text.as_bytes(), "memory.vitasm", &Default::default());
    let memory = memory.unwrap_or_else(|errors| panic!("{errors}"));
    let input = |name: &str, module| Input {
        name: Arc::from(name),
        module,
    };
    let inputs = [input("memory", memory), input("module", module)];
    link(&inputs, &Default::default()).unwrap_or_else(|errors| panic!("{errors}"))
}

#[test]
fn quickjs_evaluates() {
    let Some(wasm) = fetched("quickjs.wasm") else {
        return;
    };
    let source = job("job.js");
    for kind in kinds() {
        let name = kind.name();
        let mut js = Instance::new(&wasm, kind);
        js.call("_initialize", &[]);
        let runtime = js.get("JS_NewRuntime", &[]);
        let context = Value::I32(js.get("JS_NewContext", &[Value::I32(runtime)]));
        let (code, file) = (js.put(&source), js.put("job.js"));
        let length = Value::I32(source.len() as i32);
        let value = js.call("JS_Eval", &[context, code, length, file, Value::I32(0)]);
        let args = [context, Value::I32(0), value[0], Value::I32(0)];
        let at = js.get("JS_ToCStringLen2", &args);
        let result = js.text(at) + "\n";
        assert!(result == expected("quickjs"), "{name}: {result}");
    }
}

#[test]
fn sqlite_answers() {
    let Some(wasm) = fetched("sqlite.wasm") else {
        return;
    };
    for kind in kinds() {
        let name = kind.name();
        let result = queries(&wasm, kind, &job("job.sql"));
        assert!(result == expected("sqlite"), "{name}: {result}");
    }
}

/// What statements answer, one on each line, in a database in memory: rows, or what is wrong.
fn queries(wasm: &Path, kind: MachineKind, source: &str) -> String {
    const ROW: i32 = 100;
    const DONE: i32 = 101;
    let mut db = Instance::new(wasm, kind);
    db.call("__wasm_call_ctors", &[]);
    let cell = db.get("malloc", &[Value::I32(8)]);
    let file = db.put(":memory:");
    assert_eq!(db.get("sqlite3_open", &[file, Value::I32(cell)]), 0);
    let handle = db.word(cell);
    let mut answers = String::new();
    for statement in source.lines() {
        let statement = db.put(statement);
        let args = [
            handle,
            statement,
            Value::I32(-1),
            Value::I32(cell),
            Value::I32(0),
        ];
        let mut code = db.get("sqlite3_prepare_v2", &args);
        if code == 0 {
            let query = db.word(cell);
            loop {
                code = db.get("sqlite3_step", &[query]);
                if code != ROW {
                    break;
                }
                let columns = db.get("sqlite3_column_count", &[query]);
                let cells: Vec<String> = (0..columns)
                    .map(|column| {
                        let at = db.get("sqlite3_column_text", &[query, Value::I32(column)]);
                        if at == 0 {
                            "NULL".to_owned()
                        } else {
                            db.text(at)
                        }
                    })
                    .collect();
                answers += &(cells.join("|") + "\n");
            }
            db.call("sqlite3_finalize", &[query]);
        }
        if code != 0 && code != DONE {
            let at = db.get("sqlite3_errmsg", &[handle]);
            answers += &format!("error {code}: {}\n", db.text(at));
        }
    }
    answers
}
