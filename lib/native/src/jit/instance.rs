//! An instance of a compiled program.

#![allow(unsafe_code, reason = "compiled code is entered")]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::CompiledModule;
use super::code::CodeMemory;
use crate::codegen::{Artifact, Options, Plan, Shown, Stats, TABLE_COPY};
use crate::{CodeMap, Entry, NativeMachine, Stack};
use vbc_core::diag::codes::runtime::{R0009, R0011};
use vbc_core::diag::{Diagnostic, Errors, Place, system_reason};
use vbc_core::isa::{FuncType, Trap};
use vbc_linker::Program;
use vbc_runtime::engine::Engine;
use vbc_runtime::guest::{BoundProgram, Guest, NativeRoutines};
use vbc_runtime::host::Host;
use vbc_runtime::{Limits, Memory, Meter, Outcome, PAGE, Value};

/// How a program is compiled and run.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// What code is like. Whether it is metered follows from the limits.
    pub options: Options,
    /// Bounds.
    pub limits: Limits,
    /// Runs support routines as they are written in VITBC, without native code in their place.
    pub plain_support: bool,
}

/// Compiled code in memory.
pub(super) struct LoadedCode {
    code: Arc<CodeMemory>,
    /// All code: that, and what is made later.
    map: Arc<CodeMap>,
    /// By function index: the artifact that it is.
    places: Vec<Option<usize>>,
    /// By type: the artifact that is its entry trampoline.
    entries: HashMap<FuncType, usize>,
    /// Entry trampolines that were not made with the code.
    trampolines: Mutex<HashMap<FuncType, Arc<CodeMemory>>>,
    /// By function index: whether the host runs it.
    hosted: Vec<bool>,
    /// By table: the number of its elements, when code goes by a copy of their entries.
    constant_tables: Box<[Option<usize>]>,
    options: Options,
    pub(super) stats: Stats,
}

/// An instance of a program as native code.
pub struct NativeInstance {
    machine: Box<NativeMachine>,
    loaded: Arc<LoadedCode>,
}

/// Compiles a program and puts it into memory, if that takes no longer than until `deadline`.
pub(super) fn compile(
    bound: &BoundProgram,
    options: &Options,
    deadline: Option<Instant>,
) -> Result<LoadedCode, Errors> {
    let mut options = options.clone();
    // Code that runs here may use all that this processor has.
    options.target = None;
    options.guard_pages = options.guard_pages && options.signals && Memory::can_be_guarded();
    let plan = plan(bound, &options)?.with_deadline(deadline);
    let compiled = plan.compile(&[])?;
    let mut artifacts: Vec<Artifact> = Vec::new();
    let mut functions = Vec::new();
    let mut places = vec![None; compiled.functions.len()];
    for (index, artifact) in compiled.functions.into_iter().enumerate() {
        if let Some(artifact) = artifact {
            places[index] = Some(artifacts.len());
            artifacts.push(artifact);
            functions.push(index as u32);
        }
    }
    let mut entries = HashMap::new();
    for (ty, artifact) in compiled.entries {
        entries.insert(ty, artifacts.len());
        artifacts.push(artifact);
    }
    let code = CodeMemory::new(artifacts, &places, functions).map_err(|error| no_room(&error))?;
    drop(plan);
    let code = Arc::new(code);
    Ok(LoadedCode {
        map: Arc::new(CodeMap::new(code.clone())),
        code,
        places,
        entries,
        trampolines: Mutex::default(),
        hosted: bound.hosted().collect(),
        constant_tables: compiled.constant_tables,
        options,
        stats: compiled.stats,
    })
}

/// What code is made from.
fn plan<'a>(bound: &'a BoundProgram, options: &'a Options) -> Result<Plan<'a>, Errors> {
    let is_host = |index| bound.is_host(index);
    Plan::new(&bound.program, &bound.spaces, options, is_host)
}

/// The elements of tables of which there may be copies besides memory and tables as they are at the start.
fn room_for_copies(program: &Program, limits: &Limits) -> u64 {
    let module = program.module();
    let memories = module.memories.iter();
    let pages = memories.fold(0, |sum: u64, row| sum.saturating_add(row.min));
    let tables = module.tables.iter();
    let elements = tables.fold(0, |sum: u64, row| sum.saturating_add(row.min));
    let used = pages
        .saturating_mul(PAGE)
        .saturating_add(elements.saturating_mul(8));
    limits.max_memory.saturating_sub(used) / TABLE_COPY
}

fn no_room(error: &std::io::Error) -> Errors {
    let reason = system_reason(error);
    let message = format!("there is no room for code: {reason}");
    Diagnostic::error(&R0011, Place::Nowhere, message).into()
}

impl NativeInstance {
    /// Compiles `program` and makes an instance of it. Nothing runs yet.
    ///
    /// # Errors
    ///
    /// Imports that `host` does not provide; memory, tables or stack beyond the limits; what the code
    /// generator refuses.
    pub fn new(program: Program, host: Host, config: Config) -> Result<NativeInstance, Errors> {
        NativeInstance::with_code(Arc::new(program), host, config, None)
    }

    /// The same with code that has been made, when that is what `config` and `host` ask for.
    pub(super) fn with_code(
        program: Arc<Program>,
        mut host: Host,
        config: Config,
        made: Option<&Arc<LoadedCode>>,
    ) -> Result<NativeInstance, Errors> {
        let Config {
            mut options,
            limits,
            plain_support,
        } = config;
        options.timed = limits.timeout.is_some();
        options.metered = options.timed || limits.fuel.is_some();
        options.table_copies = options.table_copies.min(room_for_copies(&program, &limits));
        let routines = match (plain_support, options.timed) {
            (true, _) => NativeRoutines::None,
            (false, true) => NativeRoutines::Short,
            (false, false) => NativeRoutines::All,
        };
        // An unknown import is to be told before anything is compiled.
        let bound = BoundProgram::new(program, &mut host, routines)?;
        let fitting = made.filter(|made| {
            (made.options.metered, made.options.timed) == (options.metered, options.timed)
                && made.options.table_copies <= options.table_copies
                && made.hosted.iter().copied().eq(bound.hosted())
        });
        // The time runs while code is made.
        let meter = Meter::new(&limits);
        let loaded = match fitting {
            Some(loaded) => loaded.clone(),
            None => {
                let deadline = meter.deadline();
                Arc::new(compile(&bound, &options, deadline)?)
            }
        };
        let guarded = loaded.options.guard_pages;
        let max_stack = limits.max_stack;
        let guest = Guest::of(bound, host, limits, meter, guarded)?;
        let stack = Stack::new(max_stack).map_err(|error| {
            let reason = system_reason(&error);
            let message = format!("the stack cannot be reserved: {reason}");
            Diagnostic::error(&R0009, Place::Nowhere, message)
        })?;
        Ok(NativeInstance {
            machine: machine(guest, stack, &loaded),
            loaded,
        })
    }

    /// The entry trampoline of a type.
    fn trampoline(&self, ty: &FuncType) -> Result<*const u8, Errors> {
        let loaded = &self.loaded;
        if let Some(&n) = loaded.entries.get(ty) {
            return Ok(loaded.code.start(n));
        }
        let made = loaded.trampolines.lock();
        let mut made = made.unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = made.get(ty) {
            return Ok(code.start(0));
        }
        let artifact = self.with_plan(|plan| plan.entry(ty))?;
        let code =
            CodeMemory::new(vec![artifact], &[], Vec::new()).map_err(|error| no_room(&error))?;
        let code = Arc::new(code);
        loaded.map.add(code.clone());
        let start = code.start(0);
        made.insert(ty.clone(), code);
        Ok(start)
    }

    fn with_plan<T>(&self, f: impl FnOnce(&Plan<'_>) -> Result<T, Errors>) -> Result<T, Errors> {
        f(&plan(&self.machine.guest.bound, &self.loaded.options)?)
    }

    /// Shows a function as Cranelift's representation or as machine code.
    ///
    /// # Errors
    ///
    /// R0011 when the code generator refuses it.
    pub fn show(&self, function: u32, shown: Shown) -> Result<String, Errors> {
        self.with_plan(|plan| plan.show(function, shown))
    }

    /// The code, from which more instances can be made.
    pub fn compiled(&self) -> CompiledModule {
        CompiledModule {
            program: self.machine.guest.bound.program.clone(),
            options: self.loaded.options.clone(),
            compiled: self.loaded.clone(),
        }
    }

    /// What compiling took and produced.
    pub fn stats(&self) -> &Stats {
        &self.loaded.stats
    }

    /// Each compiled function with the address and the number of bytes of its code, by address.
    pub fn code_ranges(&self) -> impl Iterator<Item = (u32, usize, usize)> + '_ {
        self.loaded
            .code
            .functions()
            .iter()
            .enumerate()
            .map(|(n, &function)| {
                let code = &self.loaded.code;
                (
                    function,
                    code.start(n) as usize,
                    code.artifact(n).bytes.len(),
                )
            })
    }

    /// Lets code run on another stack.
    #[cfg(test)]
    pub(super) fn swap_stack(&mut self, other: &mut Stack) {
        self.machine.swap_stack(other);
    }
}

impl Engine for NativeInstance {
    fn makes_code() -> bool {
        true
    }

    fn guest(&self) -> &Guest {
        &self.machine.guest
    }

    unsafe fn guest_mut(&mut self) -> &mut Guest {
        &mut self.machine.guest
    }

    fn fill(&mut self) -> Result<(), Outcome> {
        self.machine.fill()
    }

    fn invoke(&mut self, index: u32, args: &[Value]) -> Outcome {
        let Some(ty) = self.machine.guest.bound.callable(index, args) else {
            return Outcome::trapped(Trap::HostFault);
        };
        let Some(place) = self.loaded.places.get(index as usize).copied().flatten() else {
            return Outcome::trapped(Trap::HostFault);
        };
        let Ok(trampoline) = self.trampoline(&ty) else {
            return Outcome::trapped(Trap::HostFault);
        };
        let args: Vec<u64> = args.iter().map(|arg| arg.to_slot()).collect();
        let mut results = vec![0_u64; ty.results.len()];
        let code = self.loaded.code.start(place);
        let machine = &raw mut *self.machine;
        // SAFETY: the trampoline is that of the function's type, and so are the slots.
        let ended = unsafe {
            let (args, results) = (args.as_ptr(), results.as_mut_ptr());
            NativeMachine::run(machine, trampoline, code, args, results)
        };
        if let Err(outcome) = ended {
            return outcome;
        }
        let values = ty.results.iter().zip(results);
        Outcome::Finished(
            values
                .map(|(&ty, slot)| Value::from_slot(ty, slot))
                .collect(),
        )
    }
}

fn machine(guest: Guest, stack: Stack, loaded: &LoadedCode) -> Box<NativeMachine> {
    let entries: Box<[Entry]> = loaded
        .places
        .iter()
        .enumerate()
        .map(|(index, place)| Entry {
            // No reference to a function without code exists.
            code: place.map_or(std::ptr::null(), |place| loaded.code.start(place)),
            ty: guest.bound.canonical_type(index as u32).into(),
        })
        .collect();
    let constant_tables = loaded.constant_tables.iter().copied();
    let code = loaded.map.clone();
    let signals = loaded.options.signals;
    let mut machine =
        NativeMachine::new(guest, stack, code, None, entries, constant_tables, signals);
    machine.set_callbacks(|ty, _| {
        let entry = loaded.entries.get(ty)?;
        Some(loaded.code.start(*entry))
    });
    machine
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jit::CraneliftBackend;
    use vbc_core::isa::ValType;
    use vbc_runtime::host::{HostCall, HostOutcome};

    const PROGRAM: &str = "MAIN\n  RETURN\nEND\n\
        FUNC double(x: f64) -> f64\n  ADD x, x, x\n  RETURN x\nEND\n\
        FUNC broken(x: f64) -> f64\n  TRAP unreachable\nEND\n";

    #[test]
    fn what_is_made_later_is_in_the_map_of_all_instances() {
        let text = PROGRAM.as_bytes();
        let module = vbc_core::asm::assemble_verified(text, "test.vitasm", &Default::default());
        let module = module.unwrap_or_else(|errors| panic!("{errors}"));
        let compiled = CraneliftBackend::new_default().compile_module(&module);
        let compiled = compiled.unwrap_or_else(|errors| panic!("{errors}"));
        let make = || compiled.instantiate(Host::default(), Limits::default(), false);
        let mut instances = [make(), make()].map(|made| made.unwrap_or_else(|e| panic!("{e}")));
        let index = |name| compiled.function(name).expect("it is there");
        let map = compiled.compiled.map.clone();
        assert_eq!(map.pieces(), 1);
        for instance in &mut instances {
            let doubled = instance.invoke(index("double"), &[Value::F64(1.5)]);
            assert_eq!(doubled, Outcome::Finished(vec![Value::F64(3.0)]));
            assert_eq!(map.pieces(), 2);
            let broken = instance.invoke(index("broken"), &[Value::F64(1.5)]);
            let Outcome::Trapped(report) = broken else {
                panic!("{broken:?}");
            };
            let frames: Vec<&str> = report.frames.iter().map(|frame| &*frame.name).collect();
            assert_eq!((report.trap, frames), (Trap::Unreachable, vec!["broken"]));
        }
        assert_eq!(map.pieces(), 2);
    }

    /// An embedder's function wins over the library of its name, which need not be there, also where code would call C
    /// itself.
    #[test]
    fn an_embedder_defines_native_functions() {
        let text = ".import func \"native:l.so\" \"twice(i32)i32\" as twice(i32) -> i32\n\
            FUNC go(x: i32) -> i32\n  CALL twice, x -> x\n  RETURN x\nEND\n";
        let module =
            vbc_core::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
        let module = module.unwrap_or_else(|errors| panic!("{errors}"));
        let program = vbc_linker::load("test", module).unwrap_or_else(|errors| panic!("{errors}"));
        let mut host = Host::default();
        let ty = FuncType::new(&[ValType::I32], &[ValType::I32]);
        let twice = |call: &mut HostCall<'_>| {
            if let Some(Value::I32(x)) = call.arg(0) {
                call.set_result(0, Value::I32(2 * x));
            }
            HostOutcome::Done
        };
        host.define("native:l.so", "twice(i32)i32", ty, Box::new(twice));
        let made = NativeInstance::new(program, host, Config::default());
        let mut instance = made.unwrap_or_else(|errors| panic!("{errors}"));
        let done = instance.invoke(1, &[Value::I32(21)]);
        assert_eq!(done, Outcome::Finished(vec![Value::I32(42)]));
    }
}
