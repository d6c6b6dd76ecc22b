//! The sections of the result.

use rayon::prelude::*;
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataCountSection, DataSection, ElementSection, Elements,
    EntityType, ExportKind, ExportSection, Function, FunctionSection, GlobalSection, GlobalType,
    ImportSection, MemorySection, MemoryType, Module as Encoder, RefType, Section, StartSection,
    TableSection, TableType, TypeSection, ValType as Wasm,
};

use super::dwarf;
use super::emitter::{Emitter, PROGRAM};
use super::environment::{Environment, Uses, ref_type, wasm_type};
use super::function::{self, Compiled};
use super::host::{self, Index, Synthetic};
use super::names;
use super::plan::{ImportedFunction, Plan, StartKind, entry_result};
use super::segments::Segments;
use super::wasi::{self, Wasi};
use super::{Fault, Options};
use vbc_core::isa::ValType;
use vbc_core::module::{
    ElementMode, GlobalRow, InitKind, Kind, Module, NO_MAX, NONE as NO_FUNCTION, most_pages,
};
use vbc_linker::Program;

/// Makes the result.
pub(super) fn encode(program: &Program, options: &Options) -> Result<Vec<u8>, Fault> {
    let module = program.module();
    let spaces = module.spaces();
    let uses = Uses::find(module);
    let plan = Plan::new(module, &spaces, &uses, options);
    let segments = Segments::new(program);
    let env = Environment {
        program,
        module,
        functions: plan.functions.clone(),
        segments: segments.numbers.clone(),
        traps: plan.traps(module),
        multiply: plan.index(module).added(Synthetic::Multiply),
        addresses_are_64: plan.layout.addresses_are_64,
        memory_is_64: plan.layout.memory_is_64,
        canonical_nans: options.deterministic,
        share_locals: options.share_locals,
        debug: options.debug,
        spaces,
    };
    let bodies = compile(&env, options)?;
    let has_memory = uses.memory || plan.exports_memory || module_has_memory(module);
    let sections = Sections {
        env: &env,
        plan: &plan,
        uses: &uses,
        options,
        has_memory,
    };
    let mut result = Encoder::new();
    result.section(&sections.types());
    add(&mut result, sections.imports());
    add(&mut result, sections.functions());
    add(&mut result, sections.tables());
    add(&mut result, sections.memories());
    add(&mut result, sections.globals());
    add(&mut result, sections.exports()?);
    if let Some(function_index) = sections.start() {
        result.section(&StartSection { function_index });
    }
    add(&mut result, sections.elements());
    if uses.segments {
        result.section(&DataCountSection {
            count: segments.count(),
        });
    }
    add(&mut result, sections.code(&bodies));
    add(&mut result, sections.data(&segments));
    if !options.strip {
        result.section(&names::section(&env, &plan, &bodies, has_memory));
    }
    if options.debug {
        for (name, data) in dwarf::sections(&env, &plan, &bodies)? {
            let data = data.into();
            result.section(&CustomSection {
                name: name.into(),
                data,
            });
        }
    }
    Ok(result.finish())
}

/// A section and the number of things in it; an empty one is left out.
fn add<S: Section>(result: &mut Encoder, (section, count): (S, u32)) {
    if count > 0 {
        result.section(&section);
    }
}

fn module_has_memory(module: &Module) -> bool {
    let mut imports = module.imports.iter();
    !module.memories.is_empty() || imports.any(|row| row.kind() == Some(Kind::Memory))
}

/// All functions, on as many threads as `options` allows.
fn compile(env: &Environment<'_>, options: &Options) -> Result<Vec<Compiled>, Fault> {
    let count = env.module.functions.len();
    let one = |defined: usize| {
        function::compile(env, defined).map_err(|fault| {
            let index = env.spaces.index_of(Kind::Func, defined);
            Fault::TooLarge(index, fault)
        })
    };
    if options.threads == 1 {
        return (0..count).map(one).collect();
    }
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build();
    let results: Vec<Result<Compiled, Fault>> = match pool {
        Ok(pool) => pool.install(|| (0..count).into_par_iter().map(one).collect()),
        // Where no threads are available, one will do.
        Err(_) => (0..count).map(one).collect(),
    };
    // The first fault in the order of functions, whatever the threads did.
    results.into_iter().collect()
}

struct Sections<'a, 'p> {
    env: &'a Environment<'p>,
    plan: &'a Plan,
    uses: &'a Uses,
    options: &'a Options,
    has_memory: bool,
}

impl Sections<'_, '_> {
    fn types(&self) -> TypeSection {
        let mut types = TypeSection::new();
        for (params, results) in &self.plan.types {
            types
                .ty()
                .function(params.iter().copied(), results.iter().copied());
        }
        types
    }

    fn imports(&self) -> (ImportSection, u32) {
        let module = self.env.module;
        let mut section = ImportSection::new();
        for import in &self.plan.imports {
            match import {
                ImportedFunction::Row(row) => {
                    let row = &module.imports[*row];
                    let from = module.strings.get(row.module);
                    section.import(
                        from,
                        module.strings.get(row.name),
                        EntityType::Function(row.ty),
                    );
                }
                ImportedFunction::Wasi(wasi, ty) => {
                    section.import(wasi::MODULE, wasi.signature().0, EntityType::Function(*ty));
                }
            }
        }
        for row in module.imports.iter() {
            let ty = match row.kind() {
                Some(Kind::Table) => {
                    EntityType::Table(table_type(row.ty, row.index_type, row.min, row.max))
                }
                Some(Kind::Memory) => EntityType::Memory(self.memory_type(row.min, row.max)),
                Some(Kind::Global) => {
                    let mutable = row.flags & vbc_core::module::ImportRow::MUTABLE != 0;
                    EntityType::Global(global_type(row.ty, mutable))
                }
                _ => continue,
            };
            section.import(
                module.strings.get(row.module),
                module.strings.get(row.name),
                ty,
            );
        }
        let count = section.len();
        (section, count)
    }

    fn functions(&self) -> (FunctionSection, u32) {
        let mut section = FunctionSection::new();
        for row in self.env.module.functions.iter() {
            section.function(row.ty);
        }
        for &ty in &self.plan.added_types {
            section.function(ty);
        }
        let count = section.len();
        (section, count)
    }

    fn tables(&self) -> (TableSection, u32) {
        let mut section = TableSection::new();
        for row in self.env.module.tables.iter() {
            section.table(table_type(row.elem, row.index_type, row.min, row.max));
        }
        let count = section.len();
        (section, count)
    }

    fn memory_type(&self, min: u64, max: u64) -> MemoryType {
        let memory64 = self.plan.layout.memory_is_64;
        // A memory with i32 addresses has no more pages than they reach, whatever it is made from.
        let most = match self.plan.layout.addresses_are_64 {
            true => max,
            false => max.min(most_pages(ValType::I32)),
        };
        let maximum = (max != NO_MAX || self.env.widens()).then_some(most);
        MemoryType {
            minimum: min,
            maximum,
            memory64,
            shared: false,
            page_size_log2: None,
        }
    }

    fn memories(&self) -> (MemorySection, u32) {
        let module = self.env.module;
        let mut section = MemorySection::new();
        // What runs the program writes into a single memory, which has at least a page then.
        let least = u64::from(self.plan.exports_memory && !self.plan.layout.two);
        for row in module.memories.iter() {
            section.memory(self.memory_type(row.min.max(least.min(row.max)), row.max));
        }
        if self.has_memory && !module_has_memory(module) {
            section.memory(self.memory_type(least, least));
        }
        if self.plan.layout.two {
            section.memory(MemoryType {
                minimum: 1,
                maximum: None,
                memory64: false,
                shared: false,
                page_size_log2: None,
            });
        }
        let count = section.len();
        (section, count)
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "state is of type i32 or i64"
    )]
    fn globals(&self) -> (GlobalSection, u32) {
        let env = self.env;
        let mut section = GlobalSection::new();
        for (index, row) in (env.spaces.imported(Kind::Global)..).zip(env.module.globals.iter()) {
            let mutable =
                row.flags & GlobalRow::MUTABLE != 0 || self.uses.set.binary_search(&index).is_ok();
            section.global(global_type(row.ty, mutable), &self.first_value(row));
        }
        for state in &self.plan.state {
            let (ty, value) = state.first(self.options.seed);
            let value = match ty {
                Wasm::I64 => ConstExpr::i64_const(value),
                _ => ConstExpr::i32_const(value as i32),
            };
            let ty = GlobalType {
                val_type: ty,
                mutable: true,
                shared: false,
            };
            section.global(ty, &value);
        }
        let count = section.len();
        (section, count)
    }

    fn first_value(&self, row: &GlobalRow) -> ConstExpr {
        let number = |value: u64| match ValType::from_word(row.ty) {
            Some(ValType::I32) => ConstExpr::i32_const(value as i32),
            Some(ValType::F32) => ConstExpr::f32_const(wasm_encoder::Ieee32::new(value as u32)),
            Some(ValType::F64) => ConstExpr::f64_const(wasm_encoder::Ieee64::new(value)),
            _ => ConstExpr::i64_const(value as i64),
        };
        match InitKind::from_code(row.init) {
            Some(InitKind::Func) => ConstExpr::ref_func(self.env.functions[row.index as usize]),
            Some(InitKind::Null) if row.ty != ValType::Ptr.word() => null(row.ty),
            Some(InitKind::Data) => {
                let address = self.env.program.data_addresses().get(row.index as usize);
                number(address.copied().unwrap_or(0).wrapping_add(row.value))
            }
            _ => number(row.value),
        }
    }

    fn exports(&self) -> Result<(ExportSection, u32), Fault> {
        let (env, plan) = (self.env, self.plan);
        let module = env.module;
        let mut section = ExportSection::new();
        let io = plan.layout.io();
        let start = match plan.beginning {
            StartKind::Entry(entry) => Some(env.functions[entry as usize]),
            StartKind::Start => Some(plan.index(module).added(Synthetic::Start)),
            StartKind::Initialise | StartKind::Instance => None,
        };
        let mut has_memory = false;
        let mut has_start = false;
        for row in module.exports.iter() {
            let name = module.strings.get(row.name);
            let (kind, index) = match row.kind() {
                Some(Kind::Func) => (ExportKind::Func, env.functions[row.index as usize]),
                Some(Kind::Table) => (ExportKind::Table, row.index),
                Some(Kind::Memory) => (ExportKind::Memory, row.index),
                _ => (ExportKind::Global, row.index),
            };
            if name == "memory" && plan.exports_memory {
                if kind != ExportKind::Memory {
                    return Err(Fault::Export("memory"));
                }
                has_memory = true;
            }
            if name == "_start" && self.options.reactor {
                continue;
            }
            if name == "_start"
                && let Some(start) = start
            {
                if row.kind() != Some(Kind::Func) || Some(row.index) != module.entry {
                    return Err(Fault::Export("_start"));
                }
                has_start = true;
                section.export(name, ExportKind::Func, start);
                continue;
            }
            section.export(name, kind, index);
        }
        if let Some(start) = start.filter(|_| !has_start) {
            section.export("_start", ExportKind::Func, start);
        }
        if plan.beginning == StartKind::Initialise {
            let function = plan.index(module).added(Synthetic::Initialise);
            section.export("_initialize", ExportKind::Func, function);
        }
        if plan.exports_memory && !has_memory {
            section.export("memory", ExportKind::Memory, io);
        }
        if self.options.export_all {
            self.export_all(&mut section);
        }
        let count = section.len();
        Ok((section, count))
    }

    fn export_all(&self, section: &mut ExportSection) {
        let env = self.env;
        for (index, &function) in env.functions.iter().enumerate() {
            section.export(&format!("func#{index}"), ExportKind::Func, function);
        }
        for global in 0..env.spaces.count(Kind::Global) {
            section.export(&format!("global#{global}"), ExportKind::Global, global);
        }
        if self.has_memory {
            section.export("memory#0", ExportKind::Memory, PROGRAM);
        }
    }

    fn start(&self) -> Option<u32> {
        let module = self.env.module;
        match (self.plan.beginning, &module.initialisers[..]) {
            (StartKind::Instance, [one]) => Some(self.env.functions[*one as usize]),
            (StartKind::Instance, [_, _, ..]) => {
                Some(self.plan.index(module).added(Synthetic::Initialise))
            }
            _ => None,
        }
    }

    fn elements(&self) -> (ElementSection, u32) {
        let (env, module) = (self.env, self.env.module);
        let mut section = ElementSection::new();
        for (index, row) in module.elements.iter().enumerate() {
            let items = module.element_items(index);
            let ty = reference(row.elem);
            let plain = ty == RefType::FUNCREF && !items.contains(&NO_FUNCTION);
            let functions: Vec<u32>;
            let expressions: Vec<ConstExpr>;
            let elements = if plain {
                functions = items
                    .iter()
                    .map(|&item| env.functions[item as usize])
                    .collect();
                Elements::Functions((&functions).into())
            } else {
                let item = |&item: &u32| match item {
                    NO_FUNCTION => null(row.elem),
                    function => ConstExpr::ref_func(env.functions[function as usize]),
                };
                expressions = items.iter().map(item).collect();
                Elements::Expressions(ty, (&expressions).into())
            };
            match ElementMode::from_code(row.mode) {
                Some(ElementMode::Active) => {
                    let offset = match self.table_is_64(row.table) {
                        true => ConstExpr::i64_const(row.offset as i64),
                        false => ConstExpr::i32_const(row.offset as i32),
                    };
                    // Table 0 with functions has the shortest form.
                    let table = (row.table != 0 || !plain).then_some(row.table);
                    section.active(table, &offset, elements);
                }
                Some(ElementMode::Passive) => {
                    section.passive(elements);
                }
                _ => {
                    section.declared(elements);
                }
            }
        }
        self.declare(&mut section);
        let count = section.len();
        (section, count)
    }

    /// Functions that code refers to must be named somewhere outside of code.
    fn declare(&self, section: &mut ElementSection) {
        let (env, module) = (self.env, self.env.module);
        let mut named: Vec<u32> = module.element_items.to_vec();
        let exports = module.exports.iter();
        named.extend(
            exports
                .filter(|row| row.kind() == Some(Kind::Func))
                .map(|row| row.index),
        );
        named.sort_unstable();
        let missing: Vec<u32> = (self.uses.referred.iter())
            .filter(|&function| named.binary_search(function).is_err())
            .map(|&function| env.functions[function as usize])
            .collect();
        if !missing.is_empty() {
            section.declared(Elements::Functions((&missing).into()));
        }
    }

    fn table_is_64(&self, table: u32) -> bool {
        let (env, module) = (self.env, self.env.module);
        let index_type = match env.spaces.get(Kind::Table, table) {
            Some(vbc_core::module::Definition::Import(row)) => module.imports[row].index_type,
            Some(vbc_core::module::Definition::Defined(row)) => module.tables[row].index_type,
            None => 0,
        };
        index_type == ValType::I64.word()
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the others are bodies of one form"
    )]
    fn code(&self, bodies: &[Compiled]) -> (CodeSection, u32) {
        let mut section = CodeSection::new();
        for body in bodies {
            section.raw(&body.bytes);
        }
        let index = self.plan.index(self.env.module);
        for &added in &self.plan.added {
            section.function(&match added {
                Synthetic::Start => self.start_body(),
                Synthetic::Initialise => self.initialise_body(),
                _ => host::body(added, self.plan.layout, self.options.deterministic, &index),
            });
        }
        let count = section.len();
        (section, count)
    }

    fn initialise(&self, w: &mut Emitter) {
        for &function in self.env.module.initialisers.iter() {
            w.put().call(self.env.functions[function as usize]);
        }
    }

    fn initialise_body(&self) -> Function {
        let mut w = Emitter::new(self.plan.layout, &[]);
        self.initialise(&mut w);
        w.finish()
    }

    /// Initialisers, then the entry; its number, if it is not 0, becomes the exit code.
    fn start_body(&self) -> Function {
        let module = self.env.module;
        let mut w = Emitter::new(self.plan.layout, &[Wasm::I32]);
        self.initialise(&mut w);
        if let Some(entry) = module.entry {
            w.put().call(self.env.functions[entry as usize]);
        }
        if let Some(ty) = entry_result(module, &self.env.spaces) {
            if ty == ValType::I64 {
                w.put().i32_wrap_i64();
            }
            let exit = self.plan.index(module).wasi(Wasi::ProcExit);
            w.put().local_set(0);
            host::exit_code(&mut w, 0);
            w.put().local_tee(0).if_(wasm_encoder::BlockType::Empty);
            w.put().local_get(0).call(exit).unreachable().end();
        }
        w.finish()
    }

    fn data(&self, segments: &Segments) -> (DataSection, u32) {
        let mut section = DataSection::new();
        for (place, bytes) in &segments.list {
            match place {
                Some(address) => {
                    let offset = match self.plan.layout.memory_is_64 {
                        true => ConstExpr::i64_const(*address as i64),
                        false => ConstExpr::i32_const(*address as i32),
                    };
                    section.active(PROGRAM, &offset, bytes.iter().copied());
                }
                None => {
                    section.passive(bytes.iter().copied());
                }
            }
        }
        let count = section.len();
        (section, count)
    }
}

/// The type of references with a code.
fn reference(code: u32) -> RefType {
    vbc_core::module::ref_type(code).map_or(RefType::FUNCREF, ref_type)
}

/// Null of the type with a code.
fn null(code: u32) -> ConstExpr {
    ConstExpr::ref_null(reference(code).heap_type)
}

fn table_type(elem: u32, index_type: u32, min: u64, max: u64) -> TableType {
    TableType {
        element_type: reference(elem),
        table64: index_type == ValType::I64.word(),
        minimum: min,
        maximum: (max != NO_MAX).then_some(max),
        shared: false,
    }
}

fn global_type(ty: u32, mutable: bool) -> GlobalType {
    GlobalType {
        val_type: ValType::from_word(ty).map_or(Wasm::I32, wasm_type),
        mutable,
        shared: false,
    }
}
