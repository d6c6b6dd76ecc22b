//! An instance of a program that was compiled to an object file.

#![allow(unsafe_code, reason = "compiled code is entered")]

use std::ptr::NonNull;
use std::sync::Arc;

use super::image::{Image, ImportRow, Table, flag};
use super::machine::{Adapter, NativeMachine};
use super::map::CodeMap;
use super::read::Reader;
use super::stack::Stack;
use vbc_core::diag::codes::runtime::{R0003, R0009, R0012};
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::{FuncType, Trap};
use vbc_core::module::native::prototype;
use vbc_core::module::{Kind, Spaces};
use vbc_linker::Program;
use vbc_runtime::guest::{Guest, NativeRoutines, initialise};
use vbc_runtime::host::{Host, NativeLibraries};
use vbc_runtime::{Limits, Memory, Outcome, Value};

/// An instance of a program whose code is a part of the process.
pub struct ObjectInstance {
    machine: Box<NativeMachine>,
    reader: Reader,
}

fn refused(message: impl Into<String>) -> Errors {
    Diagnostic::error(&R0012, Place::Nowhere, message.into()).into()
}

impl ObjectInstance {
    /// Makes an instance. Nothing runs yet.
    ///
    /// # Errors
    ///
    /// R0012 when the object does not fit this processor, this library or `limits`; imports that `host` does
    /// not provide; memory, tables or stack beyond the limits.
    ///
    /// # Safety
    ///
    /// `image` is that of an object of `vbc-aot`, whose sections lie where its relocations specify.
    pub unsafe fn new(
        image: &'static Image,
        mut host: Host,
        limits: Limits,
    ) -> Result<ObjectInstance, Errors> {
        let reader = Reader::new(image)
            .ok_or_else(|| refused("the object was made for another version of the runtime"))?;
        if let Some(feature) = reader.features().find(|feature| !has_feature(feature)) {
            let message = format!("the program was compiled for processors with {feature}");
            return Err(refused(message));
        }
        if (limits.fuel.is_some() || limits.timeout.is_some()) && !reader.has(flag::METERED) {
            return Err(refused(
                "the program was compiled without --metered, so that neither fuel nor time can be limited",
            ));
        }
        let guarded = reader.has(flag::GUARD_PAGES);
        if guarded && !Memory::can_be_guarded() {
            let message = "the system has no room for the guard pages that the program needs";
            let error = Diagnostic::error(&R0003, Place::Nowhere, message);
            let help = "compile it with --no-guard-pages, or allow more address space";
            return Err(error.with_help(help).into());
        }
        let program = reader.program();
        let adapters = adapters(&reader, &program, &mut host);
        let max_stack = limits.max_stack;
        // Everything that can be called is in the object.
        let guest = Guest::new(
            Arc::new(program),
            host,
            limits,
            NativeRoutines::None,
            guarded,
        )?;
        let stack = Stack::new(max_stack).map_err(|error| {
            let message = format!("the stack cannot be reserved: {error}");
            Diagnostic::error(&R0009, Place::Nowhere, message)
        })?;
        let tables = reader.constant_tables();
        let code = Arc::new(CodeMap::new(Arc::new(reader)));
        let (image, entries) = (Some(reader), reader.entries());
        let signals = reader.signals();
        let mut machine = NativeMachine::new(guest, stack, code, image, entries, tables, signals);
        machine.foreign().adapters = adapters;
        machine.set_callbacks(|_, ty| reader.trampoline(ty));
        Ok(ObjectInstance { machine, reader })
    }

    /// The native functions that an object is linked with, for its host; none when it has none.
    ///
    /// # Errors
    ///
    /// R0019 when the runtime library calls none.
    ///
    /// # Safety
    ///
    /// `image` is that of an object of `vbc-aot`, which is linked with the runtime library.
    pub unsafe fn natives(
        image: &'static Image,
    ) -> Option<Result<Box<dyn NativeLibraries>, Errors>> {
        type Make = fn(Vec<(String, usize)>) -> Result<Box<dyn NativeLibraries>, Errors>;
        let reader = Reader::new(image)?;
        let (make, addresses) = reader.natives()?;
        // SAFETY: as the caller promises, it is the function of this version of the library.
        let make = unsafe { std::mem::transmute::<usize, Make>(make) };
        let program = reader.program();
        let module = program.module();
        let named = module.imports.iter().zip(addresses);
        let symbols = named.filter_map(|(row, &address)| {
            let prototype = prototype(module, row)?;
            Some((prototype.symbol.into(), address))
        });
        Some(make(symbols.collect()))
    }

    /// What functions of C's get as their instance.
    pub fn set_foreign_instance(&mut self, instance: NonNull<()>) {
        self.machine.foreign().instance = Some(instance);
    }

    /// The code with which a function of C's ends the program.
    pub fn set_exit_code(&mut self, code: i32) {
        self.machine.foreign().exit_code = code;
    }

    /// Whether the object was made for runs that are the same each time.
    pub fn is_deterministic(image: &'static Image) -> bool {
        Reader::new(image).is_some_and(|reader| reader.has(flag::DETERMINISTIC))
    }

    /// Fills memory and tables, and runs the initialisers. Once, before anything is invoked.
    ///
    /// # Errors
    ///
    /// How it ended, when it did not finish.
    pub fn start(&mut self) -> Result<(), Outcome> {
        self.machine.fill()?;
        let program = self.machine.guest.bound.program.clone();
        initialise(&program, |function| self.invoke(function, &[]))
    }

    /// Calls function `index` with arguments of its parameters' types. After a trap or another end, it may
    /// be called again: memory and globals keep what was written.
    pub fn invoke(&mut self, index: u32, args: &[Value]) -> Outcome {
        let Some(ty) = self.machine.guest.bound.callable(index, args) else {
            return Outcome::trapped(Trap::HostFault);
        };
        let args: Vec<u64> = args.iter().map(|arg| arg.to_slot()).collect();
        let mut results = vec![0_u64; ty.results.len()];
        // SAFETY: there are as many slots as the type specifies.
        let ended = unsafe {
            ObjectInstance::invoke_slots(self, index, args.as_ptr(), results.as_mut_ptr())
        };
        match ended {
            Ok(()) => {
                let values = ty.results.iter().zip(results);
                let values = values.map(|(&ty, slot)| Value::from_slot(ty, slot));
                Outcome::Finished(values.collect())
            }
            Err(outcome) => outcome,
        }
    }

    /// The same with slots.
    ///
    /// # Errors
    ///
    /// How the call ended, when it did not return.
    ///
    /// # Safety
    ///
    /// `this` is an instance that runs nothing. There are as many slots as the function's type specifies; those of
    /// narrow arguments are zero above. Meanwhile, functions of C's may look at the memory.
    pub unsafe fn invoke_slots(
        this: *mut ObjectInstance,
        index: u32,
        args: *const u64,
        results: *mut u64,
    ) -> Result<(), Outcome> {
        // SAFETY: nothing else uses the instance yet.
        let this = unsafe { &mut *this };
        let (Some(code), Some(trampoline)) = (this.code(index), this.trampoline(index)) else {
            return Err(Outcome::trapped(Trap::HostFault));
        };
        let machine = &raw mut *this.machine;
        // SAFETY: code and trampoline are those of the function, the slots as the caller promises.
        unsafe { NativeMachine::run(machine, trampoline, code, args, results) }
    }

    fn code(&self, index: u32) -> Option<*const u8> {
        let rows: &[super::image::FunctionRow] = self.reader.rows(Table::Functions);
        self.reader.code(rows.get(index as usize)?.code)
    }

    fn trampoline(&self, index: u32) -> Option<*const u8> {
        let guest = &self.machine.guest;
        self.reader.trampoline(guest.bound.canonical_type(index))
    }

    /// Whether [`ObjectInstance::invoke_slots`] can call function `index`.
    pub fn is_callable(&self, index: u32) -> bool {
        self.code(index).is_some() && self.trampoline(index).is_some()
    }

    /// The index of an exported function.
    pub fn find(&self, name: &str) -> Option<u32> {
        self.reader.find(name)
    }

    /// The type of function `index`.
    pub fn function_type(&self, index: u32) -> Option<&FuncType> {
        self.machine.guest.bound.function_type(index)
    }

    /// The host functions and services.
    pub fn host(&mut self) -> &mut Host {
        &mut self.machine.guest.shared.host
    }

    /// The program, without its code.
    pub fn program(&self) -> &Program {
        &self.machine.guest.bound.program
    }

    /// The memory, if the program has one.
    pub fn memory(&self) -> Option<&Memory> {
        self.machine.guest.memory()
    }

    /// The value of global `index`.
    pub fn global(&self, index: u32) -> Option<Value> {
        self.machine.guest.global(index)
    }

    /// Units of fuel that are left; none without a limit.
    pub fn fuel_left(&self) -> Option<u64> {
        self.machine.guest.thread.meter.left()
    }
}

/// The ways to functions of C's. The host is told that they exist.
fn adapters(reader: &Reader, program: &Program, host: &mut Host) -> Box<[Option<Adapter>]> {
    let module = program.module();
    let spaces: Spaces = module.spaces();
    let rows: &[ImportRow] = reader.rows(Table::Imports);
    rows.iter()
        .enumerate()
        .map(|(index, row)| {
            let code = reader.code(row.adapter)?;
            let import = spaces.import(module, Kind::Func, index as u32)?;
            let ty = module.types.func(import.ty)?.clone();
            let strings = &module.strings;
            let (from, name) = (strings.get(import.module), strings.get(import.name));
            // Never called: the machine sees the adapter first.
            host.define(from, name, ty, Box::new(|_| Trap::HostFault.into()));
            // SAFETY: the object's adapters have this type.
            Some(unsafe { std::mem::transmute::<*const u8, Adapter>(code) })
        })
        .collect()
}

/// Whether this processor has a feature, by Cranelift's name for it.
fn has_feature(name: &str) -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::is_x86_feature_detected as has;
        match name {
            "cmpxchg16b" => has!("cmpxchg16b"),
            "sse3" => has!("sse3"),
            "ssse3" => has!("ssse3"),
            "sse41" => has!("sse4.1"),
            "sse42" => has!("sse4.2"),
            "avx" => has!("avx"),
            "avx2" => has!("avx2"),
            "fma" => has!("fma"),
            "avx_vnni" => has!("avxvnni"),
            "avx512vnni" => has!("avx512vnni"),
            "avx512bitalg" => has!("avx512bitalg"),
            "avx512dq" => has!("avx512dq"),
            "avx512vl" => has!("avx512vl"),
            "avx512vbmi" => has!("avx512vbmi"),
            "avx512f" => has!("avx512f"),
            "popcnt" => has!("popcnt"),
            "bmi1" => has!("bmi1"),
            "bmi2" => has!("bmi2"),
            "lzcnt" => has!("lzcnt"),
            _ => false,
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        // The first processors of the kind have what code uses unless more was asked for, which cannot be
        // found out without the system's help.
        let _ = name;
        true
    }
}
