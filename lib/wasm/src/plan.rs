//! Which functions, imports and globals the result has, and where.

use std::collections::HashMap;

use wasm_encoder::ValType as Wasm;

use super::Options;
use super::emitter::Layout;
use super::environment::{NONE, Uses, wasm_type};
use super::host::{Index, State, Synthetic};
use super::wasi::{self, Wasi};
use vbc_core::isa::{Trap, ValType};
use vbc_core::module::{ImportRow, Kind, Module, Spaces};

/// The module whose functions become code of the result.
pub(super) use vbc_core::module::host::VBC1 as HOST;

/// A function that is imported.
pub(super) enum ImportedFunction {
    /// The import in this row of the program.
    Row(usize),
    /// A function of WASI that the program does not import itself, and its type.
    Wasi(Wasi, u32),
}

/// How the program begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StartKind {
    /// `_start` is this function of the program.
    Entry(u32),
    /// `_start` runs the initialisers and the entry.
    Start,
    /// `_initialize` runs the initialisers.
    Initialise,
    /// The engine runs the initialisers, if there are any, when it makes the instance.
    Instance,
}

/// Everything that is decided before code is made.
pub(super) struct Plan {
    pub layout: Layout,
    pub beginning: StartKind,
    /// Imported functions, in order.
    pub imports: Vec<ImportedFunction>,
    /// Functions that are added after the program's, in order.
    pub added: Vec<Synthetic>,
    /// Their types.
    pub added_types: Vec<u32>,
    /// Globals that are added after the program's.
    pub state: Vec<State>,
    /// The function for each function index of the program.
    pub functions: Vec<u32>,
    /// The function of the result that is the program's first.
    pub first_defined: u32,
    /// The number of globals of the program.
    globals: u32,
    /// Whether a memory called `memory` is needed by what runs the program.
    pub exports_memory: bool,
    /// Function types, the program's first.
    pub types: Vec<(Vec<Wasm>, Vec<Wasm>)>,
    wasi: HashMap<Wasi, u32>,
}

impl Plan {
    /// For a program whose code has these `uses`.
    pub fn new(module: &Module, spaces: &Spaces, uses: &Uses, options: &Options) -> Plan {
        let beginning = beginning(module, spaces, options);
        let mut added = Vec::new();
        for row in module.imports.iter().filter(|row| is_host(module, row)) {
            added.extend(Synthetic::host(module.strings.get(row.name)));
        }
        let checked = uses.checked && !uses.traps.contains(&Trap::IntegerOverflow);
        added.extend(checked.then_some(Synthetic::Raise(Trap::IntegerOverflow, false)));
        added.extend(uses.multiply.then_some(Synthetic::Multiply));
        let said = uses.traps.iter().filter(|&&trap| trap != Trap::Unreachable);
        added.extend(said.map(|&trap| Synthetic::Raise(trap, true)));
        match beginning {
            StartKind::Start => added.push(Synthetic::Start),
            StartKind::Initialise => added.push(Synthetic::Initialise),
            StartKind::Instance if module.initialisers.len() > 1 => {
                added.push(Synthetic::Initialise)
            }
            StartKind::Instance | StartKind::Entry(_) => {}
        }
        let exits = beginning == StartKind::Start && entry_result(module, spaces).is_some();
        // Hosts ask for a memory even where a call does not use it.
        let calls_wasi = exits || !added.iter().all(|added| added.is_silent());
        let layout = layout(module, calls_wasi, options);
        let imports_wasi = module
            .imports
            .iter()
            .any(|row| module.strings.get(row.module) == wasi::MODULE);
        let mut plan = Plan {
            layout,
            beginning,
            imports: Vec::new(),
            added,
            added_types: Vec::new(),
            state: Vec::new(),
            functions: Vec::new(),
            first_defined: 0,
            globals: spaces.count(Kind::Global),
            exports_memory: calls_wasi || imports_wasi,
            types: signatures(module),
            wasi: HashMap::new(),
        };
        plan.complete(module, exits.then_some(Wasi::ProcExit), options);
        plan.type_functions();
        plan.number(module, spaces);
        plan
    }

    /// Adds what the added functions use.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "nothing else has two forms of which one is enough"
    )]
    fn complete(&mut self, module: &Module, exit: Option<Wasi>, options: &Options) {
        for (row, import) in module.imports.iter().enumerate() {
            if import.kind() == Some(Kind::Func) && !is_host(module, import) {
                self.imports.push(ImportedFunction::Row(row));
            }
        }
        let mut wanted: Vec<Wasi> = exit.into_iter().collect();
        let mut at = 0;
        while let Some(&added) = self.added.get(at) {
            let (functions, wasi, state) = added.needs(self.layout, options.deterministic);
            self.added.extend(functions);
            wanted.extend(wasi);
            self.state.extend(state);
            at += 1;
        }
        self.added.sort_unstable();
        self.added.dedup();
        // A trap that one of them reports is reported by all.
        let said: Vec<Trap> = (self.added.iter())
            .filter_map(|added| match added {
                Synthetic::Raise(trap, true) => Some(*trap),
                _ => None,
            })
            .collect();
        self.added
            .retain(|added| !matches!(added, Synthetic::Raise(trap, false) if said.contains(trap)));
        self.state.sort_unstable();
        self.state.dedup();
        wanted.sort_unstable();
        wanted.dedup();
        for wasi in wanted {
            let position = self.position_of(module, wasi);
            let position = position.unwrap_or_else(|| {
                self.imports.push(ImportedFunction::Wasi(wasi, NONE));
                self.imports.len() - 1
            });
            self.wasi.insert(wasi, position as u32);
        }
    }

    /// Gives the functions that are added their types.
    fn type_functions(&mut self) {
        for at in 0..self.imports.len() {
            if let ImportedFunction::Wasi(wasi, _) = self.imports[at] {
                let (_, params, results) = wasi.signature();
                let ty = self.ty(params, results);
                self.imports[at] = ImportedFunction::Wasi(wasi, ty);
            }
        }
        for at in 0..self.added.len() {
            let (params, results) = self.added[at].signature(self.layout);
            let ty = self.ty(&params, &results);
            self.added_types.push(ty);
        }
    }

    /// The program's own import of a function of WASI.
    fn position_of(&self, module: &Module, wasi: Wasi) -> Option<usize> {
        let (name, params, results) = wasi.signature();
        self.imports.iter().position(|import| match import {
            ImportedFunction::Row(row) => {
                let row = &module.imports[*row];
                let ty = module.types.func(row.ty).map(wasm_signature);
                module.strings.get(row.module) == wasi::MODULE
                    && module.strings.get(row.name) == name
                    && ty.is_some_and(|(p, r)| p == params && r == results)
            }
            ImportedFunction::Wasi(..) => false,
        })
    }

    fn number(&mut self, module: &Module, spaces: &Spaces) {
        let imported = self.imports.len() as u32;
        self.first_defined = imported;
        let mut next = 0;
        for row in module
            .imports
            .iter()
            .filter(|row| row.kind() == Some(Kind::Func))
        {
            let function = match Synthetic::host(module.strings.get(row.name)) {
                Some(added) if is_host(module, row) => self.index_of(added, module),
                _ => {
                    next += 1;
                    next - 1
                }
            };
            self.functions.push(function);
        }
        let defined = spaces.count(Kind::Func) - spaces.imported(Kind::Func);
        self.functions.extend(imported..imported + defined);
    }

    fn index_of(&self, added: Synthetic, module: &Module) -> u32 {
        match self.added.binary_search(&added) {
            Ok(at) => self.imports.len() as u32 + module.functions.len() as u32 + at as u32,
            Err(_) => NONE,
        }
    }

    /// The index of a function type, which is added if it is new.
    fn ty(&mut self, params: &[Wasm], results: &[Wasm]) -> u32 {
        let known = self
            .types
            .iter()
            .position(|(p, r)| p == params && r == results);
        let index = known.unwrap_or_else(|| {
            self.types.push((params.to_vec(), results.to_vec()));
            self.types.len() - 1
        });
        index as u32
    }

    /// The functions that raise traps, by the trap's code.
    pub fn traps(&self, module: &Module) -> Vec<u32> {
        let one = |&trap: &Trap| {
            let said = self.index_of(Synthetic::Raise(trap, true), module);
            match said {
                NONE => self.index_of(Synthetic::Raise(trap, false), module),
                said => said,
            }
        };
        Trap::ALL.iter().map(one).collect()
    }

    /// What the bodies of the added functions refer to.
    pub fn index<'p>(&'p self, module: &'p Module) -> impl Index + 'p {
        Places { plan: self, module }
    }
}

struct Places<'p> {
    plan: &'p Plan,
    module: &'p Module,
}

impl Index for Places<'_> {
    fn added(&self, added: Synthetic) -> u32 {
        match (self.plan.index_of(added, self.module), added) {
            (NONE, Synthetic::Raise(trap, false)) => self
                .plan
                .index_of(Synthetic::Raise(trap, true), self.module),
            (index, _) => index,
        }
    }

    fn wasi(&self, wasi: Wasi) -> u32 {
        self.plan.wasi.get(&wasi).copied().unwrap_or(NONE)
    }

    fn state(&self, state: State) -> u32 {
        let at = self.plan.state.binary_search(&state).unwrap_or_default();
        self.plan.globals + at as u32
    }
}

/// Whether an import is of the module `vbc1`.
pub(super) fn is_host(module: &Module, row: &ImportRow) -> bool {
    row.kind() == Some(Kind::Func) && module.strings.get(row.module) == HOST
}

/// The type of the number that the entry returns.
pub(super) fn entry_result(module: &Module, spaces: &Spaces) -> Option<ValType> {
    let ty = spaces.func_type(module, module.entry?)?;
    module.types.func(ty)?.results.first().copied()
}

fn beginning(module: &Module, spaces: &Spaces, options: &Options) -> StartKind {
    let exports = |name: &str| {
        let mut exports = module.exports.iter();
        exports.any(|row| module.strings.get(row.name) == name)
    };
    match module.entry {
        _ if options.reactor && exports("_initialize") => StartKind::Instance,
        _ if options.reactor => StartKind::Initialise,
        None => StartKind::Instance,
        Some(entry) => {
            let plain = module.initialisers.is_empty() && entry_result(module, spaces).is_none();
            match plain {
                true => StartKind::Entry(entry),
                false => StartKind::Start,
            }
        }
    }
}

fn layout(module: &Module, calls_wasi: bool, options: &Options) -> Layout {
    let addresses_are_64 = module.address_type() == ValType::I64;
    let imported = module
        .imports
        .iter()
        .any(|row| row.kind() == Some(Kind::Memory));
    let from_wasi = module
        .imports
        .iter()
        .any(|row| module.strings.get(row.module) == wasi::MODULE);
    let named = module
        .exports
        .iter()
        .any(|row| row.kind() == Some(Kind::Memory) && module.strings.get(row.name) == "memory");
    Layout {
        two: calls_wasi && addresses_are_64 && !options.single_memory && !from_wasi && !named,
        addresses_are_64,
        memory_is_64: addresses_are_64 || (options.mem64 && !imported),
    }
}

/// The types of functions; no program that is lowered has others.
fn signatures(module: &Module) -> Vec<(Vec<Wasm>, Vec<Wasm>)> {
    module.types.funcs().map(wasm_signature).collect()
}

fn wasm_signature(ty: &vbc_core::isa::FuncType) -> (Vec<Wasm>, Vec<Wasm>) {
    let types = |list: &[ValType]| list.iter().map(|&ty| wasm_type(ty)).collect();
    (types(&ty.params), types(&ty.results))
}
