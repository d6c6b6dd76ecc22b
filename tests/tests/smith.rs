//! Random WebAssembly modules on our engines, lifted, and as they are on another interpreter, `wasmi`.
//!
//! `VBC_SMITH` is how many modules, `VBC_SEED` where the seeds begin. A module on which the two differ is left in the
//! folder for temporary files, so that a third engine can be asked.

use std::collections::BTreeMap;

use vbc::isa::Trap;
use vbc::runtime::Value;
use vbc_tests::conformance::in_parallel;
use vbc_tests::growth::{MODULES, binary};
use vbc_tests::machine::MachineKind;
use vbc_tests::number_from_environment;
use vbc_tests::smith::{
    Call, EXTERNAL, End, IMPORTS, Run, call_all, calls, entropy, imported, lift, module, program,
};
use wasmi::errors::{ErrorKind, InstantiationError, MemoryError};
use wasmi::{Linker, Module, Nullable, Store, TrapCode, Val};

/// How wasmi's modules are run.
fn wasmi_engine() -> wasmi::Engine {
    let mut config = wasmi::Config::default();
    config.wasm_memory64(true).wasm_extended_const(true);
    config.wasm_tail_call(true).wasm_multi_memory(false);
    wasmi::Engine::new(&config)
}

/// The same calls as [`call_all`] makes, on wasmi.
fn judge(engine: &wasmi::Engine, wasm: &[u8], calls: &[Call]) -> Run {
    let parsed = Module::new(engine, wasm).expect("wasmi accepts the module");
    let mut store = Store::new(engine, ());
    let mut linker = Linker::new(engine);
    for import in parsed.imports() {
        let ty = import.ty().func().expect("functions are imported").clone();
        let name = import.name().to_owned();
        let defined = linker.func_new(
            import.module(),
            import.name(),
            ty,
            move |_, args, results| {
                let values: Vec<Value> = args.iter().map(value).collect();
                for (at, given) in imported(&name, &values).iter().enumerate() {
                    results[at] = match given {
                        // The one function that returns a reference returns what it was given.
                        Value::ExternRef(_) => args[at].clone(),
                        number => val(number).expect("a number"),
                    };
                }
                Ok(())
            },
        );
        // A module may import a function twice.
        drop(defined);
    }
    let instance = match linker.instantiate_and_start(&mut store, &parsed) {
        Ok(instance) => instance,
        Err(error) => {
            return Run {
                start: Some(trap(&error).unwrap_or_else(|| panic!("no trap: {error:?}"))),
                ends: Vec::new(),
                globals: BTreeMap::new(),
                memory: Vec::new(),
            };
        }
    };
    let mut ends = Vec::new();
    for call in calls {
        let function = instance.get_func(&store, &call.name);
        let function = function.expect("the function is exported");
        let args: Vec<Val> = call
            .args
            .iter()
            .map(|arg| argument(&mut store, arg))
            .collect();
        let ty = function.ty(&store);
        let mut results: Vec<Val> = ty
            .results()
            .iter()
            .map(|&ty| Val::default_for_ty(ty))
            .collect();
        ends.push(match function.call(&mut store, &args, &mut results) {
            Ok(()) => End::Returned(results.iter().map(value).collect()),
            Err(error) => match trap(&error) {
                Some(trap) => End::Trapped(trap),
                None => End::Other(error.to_string()),
            },
        });
    }
    let exports: Vec<_> = instance.exports(&store).collect();
    let mut globals = BTreeMap::new();
    let mut memory = Vec::new();
    for export in exports {
        let name = export.name().to_owned();
        if let Some(global) = export.clone().into_global() {
            globals.insert(name, value(&global.get(&store)));
        } else if let Some(exported) = export.into_memory() {
            memory = exported.data(&store).to_vec();
        }
    }
    Run {
        start: None,
        ends,
        globals,
        memory,
    }
}

fn val(value: &Value) -> Option<Val> {
    Some(match *value {
        Value::I32(value) => Val::I32(value),
        Value::I64(value) => Val::I64(value),
        Value::F32(value) => Val::F32(wasmi::F32::from_bits(value.to_bits())),
        Value::F64(value) => Val::F64(wasmi::F64::from_bits(value.to_bits())),
        Value::FuncRef(None) => Val::FuncRef(Nullable::Null),
        Value::ExternRef(None) => Val::ExternRef(Nullable::Null),
        Value::FuncRef(Some(_)) | Value::ExternRef(Some(_)) | Value::Ptr(_) | Value::Managed(_) => {
            return None;
        }
    })
}

fn argument(store: &mut Store<()>, value: &Value) -> Val {
    let external = || wasmi::ExternRef::new(store, EXTERNAL).into();
    val(value).unwrap_or_else(external)
}

/// A value as our engines show it.
fn value(val: &Val) -> Value {
    match val {
        Val::I32(value) => Value::I32(*value),
        Val::I64(value) => Value::I64(*value),
        Val::F32(value) => Value::F32(f32::from_bits(value.to_bits())),
        Val::F64(value) => Value::F64(f64::from_bits(value.to_bits())),
        Val::FuncRef(reference) => Value::FuncRef((!reference.is_null()).then_some(0)),
        Val::ExternRef(reference) => Value::ExternRef((!reference.is_null()).then_some(EXTERNAL)),
        Val::V128(_) => unreachable!("SIMD is switched off"),
    }
}

/// The kind of wasmi's trap. It has one kind for what is outside a table, whoever reads it.
fn trap(error: &wasmi::Error) -> Option<Trap> {
    let code = match error.kind() {
        // What does not fit at instantiation is a trap to us.
        ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. }) => {
            TrapCode::TableOutOfBounds
        }
        ErrorKind::Memory(MemoryError::OutOfBoundsAccess) => TrapCode::MemoryOutOfBounds,
        kind => kind.as_trap_code()?,
    };
    Some(match code {
        TrapCode::UnreachableCodeReached => Trap::Unreachable,
        TrapCode::MemoryOutOfBounds => Trap::MemoryOutOfBounds,
        TrapCode::TableOutOfBounds => Trap::TableOutOfBounds,
        TrapCode::IndirectCallToNull => Trap::UninitializedElement,
        TrapCode::IntegerDivisionByZero => Trap::IntegerDivideByZero,
        TrapCode::IntegerOverflow => Trap::IntegerOverflow,
        TrapCode::BadConversionToInteger => Trap::InvalidConversion,
        TrapCode::StackOverflow => Trap::CallStackExhausted,
        TrapCode::BadSignature => Trap::IndirectCallType,
        _ => return None,
    })
}

/// Our result with what wasmi does not tell apart made the same.
fn as_judged(mut run: Run) -> Run {
    let same = |trap: &mut Trap| {
        if *trap == Trap::UndefinedElement {
            *trap = Trap::TableOutOfBounds;
        }
    };
    run.start.iter_mut().for_each(same);
    for end in &mut run.ends {
        if let End::Trapped(trap) = end {
            same(trap);
        }
    }
    if run.start.is_some() {
        run.globals.clear();
        run.memory.clear();
    }
    run
}

/// What became of the modules.
#[derive(Default)]
struct Counts {
    modules: u64,
    calls: u64,
    returned: u64,
    traps: BTreeMap<&'static str, u64>,
}

fn check(seed: u64, imports: &[u8], engine: &wasmi::Engine) -> Counts {
    let mut counts = Counts::default();
    let Some(wasm) = module(&entropy(seed), Some(imports)) else {
        return counts;
    };
    let lifted = lift(&wasm).unwrap_or_else(|errors| panic!("seed {seed}: {errors}"));
    let program = program(lifted);
    let calls = calls(&program, seed);
    let judged = judge(engine, &wasm, &calls);
    for kind in MachineKind::all() {
        // Most are enough for most.
        if kind.is_special() && !seed.is_multiple_of(16) {
            continue;
        }
        let name = kind.name();
        let run = as_judged(call_all(&program, &calls, kind));
        if run != judged {
            let path = std::env::temp_dir().join(format!("smith-{seed}.wasm"));
            std::fs::write(&path, &wasm).expect("the module can be written");
            println!("seed {seed}: {}", path.display());
        }
        for ((call, ours), theirs) in calls.iter().zip(&run.ends).zip(&judged.ends) {
            assert!(
                ours == theirs,
                "seed {seed}, {name}: {call:?}: {ours:?}, not {theirs:?}"
            );
        }
        assert_eq!(run.start, judged.start, "seed {seed}, {name}: start");
        assert_eq!(run.ends.len(), judged.ends.len(), "seed {seed}, {name}");
        assert_eq!(run.globals, judged.globals, "seed {seed}, {name}: globals");
        assert!(run.memory == judged.memory, "seed {seed}, {name}: memory");
    }
    counts.modules = 1;
    counts.calls = judged.ends.len() as u64;
    let starts = judged.start.iter();
    let traps = judged.ends.iter().filter_map(|end| match end {
        End::Trapped(trap) => Some(trap),
        _ => None,
    });
    for trap in starts.chain(traps) {
        *counts.traps.entry(trap.message()).or_default() += 1;
    }
    let returned = judged
        .ends
        .iter()
        .filter(|end| matches!(end, End::Returned(_)));
    counts.returned = returned.count() as u64;
    counts
}

#[test]
fn lifted_modules_do_what_they_did() {
    let count = number_from_environment("VBC_SMITH", 300);
    let first = number_from_environment("VBC_SEED", 1);
    let imports = wast::parser::ParseBuffer::new(IMPORTS).expect("tokens");
    let mut imports: wast::Wat<'_> = wast::parser::parse(&imports).expect("a module");
    let imports = imports.encode().expect("a module");
    let engine = wasmi_engine();
    let seeds: Vec<u64> = (first..first + count).collect();
    let mut all = Counts::default();
    for counts in in_parallel(&seeds, |&seed| check(seed, &imports, &engine)) {
        all.modules += counts.modules;
        all.calls += counts.calls;
        all.returned += counts.returned;
        for (trap, count) in counts.traps {
            *all.traps.entry(trap).or_default() += count;
        }
    }
    println!(
        "{count} seeds from {first}: {} modules agree; {} calls, of which {} returned; traps: {:?}",
        all.modules, all.calls, all.returned, all.traps
    );
    assert!(all.modules * 2 > count, "most seeds give a module");
}

/// Functions so large that passes over them give up being exact.
#[test]
fn lifted_large_functions_do_what_they_did() {
    let engine = wasmi_engine();
    let shapes: Vec<_> = MODULES.iter().collect();
    in_parallel(&shapes, |shape| {
        let wasm = binary(&(shape.write)(shape.size * 4));
        let program = program(lift(&wasm).unwrap_or_else(|errors| panic!("{errors}")));
        let calls = [2, 3, 250].map(|number| Call {
            name: "run".to_owned(),
            args: vec![Value::I32(number)],
        });
        let run = as_judged(call_all(&program, &calls, MachineKind::all()[0]));
        assert_eq!(
            run.ends,
            judge(&engine, &wasm, &calls).ends,
            "{}",
            shape.name
        );
    });
}
