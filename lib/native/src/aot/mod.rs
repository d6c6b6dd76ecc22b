//! Native objects: compiles a program to an object file. `docs/abi.md` describes what is in it.
//!
//! ```
//! let text = "MAIN -> i64\n  LOAD_CONST a, 40\n  ADD a, a, 2\n  RETURN a\nEND\n";
//! # let folder = tempfile::tempdir().unwrap();
//! # let path = folder.path().join("main.vitasm");
//! # std::fs::write(&path, text).unwrap();
//! use vbc_native::aot;
//! use vbc_native::codegen::{Arch, Target};
//!
//! let module = vbc_core::module::Module::load(&path)?;
//! let target = Target { arch: Arch::Riscv64, cpu: Vec::new() };
//! let object = aot::Compiler::new(target).compile_module(&module)?;
//! assert_eq!(object.bytes[..4], *b"\x7fELF");
//! # Ok::<(), vbc_core::diag::Errors>(())
//! ```

mod dwarf;
mod header;
mod names;
mod object;
mod sections;
mod tables;
mod text;
mod unwind;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::codegen::{Arch, Options, Plan, Shown, Stats, Target, Unit};
use crate::image::flag;
use vbc_core::diag::codes::aot::N0010;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::isa::FuncType;
use vbc_core::module::host::is_host;
use vbc_core::module::native::{Prototype, imports, library, prototype};
use vbc_core::module::{Kind, Module, Spaces, SymbolRow};
use vbc_core::verify::Verified;
use vbc_linker::{Program, load};
use vbc_runtime::host::{Host, NativeFunction, NativeLibraries, NativeSurroundings, not_permitted};

use names::CNames;
use tables::Tables;
use text::Text;

/// Compiles programs to object files.
#[derive(Clone, Debug)]
pub struct Compiler {
    options: Options,
    debug: bool,
    all_symbols: bool,
    deterministic: bool,
    entries: Vec<FuncType>,
}

/// An object file.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its bytes: ELF.
    pub bytes: Vec<u8>,
    /// A C header for it.
    pub header: String,
    /// What compiling took and produced.
    pub stats: Stats,
}

impl Compiler {
    /// A compiler that makes fast code for a target.
    pub fn new(target: Target) -> Compiler {
        let guard_pages = target.arch == Arch::X86_64;
        let options = Options {
            target: Some(target),
            signals: true,
            guard_pages,
            ..Options::default()
        };
        Compiler {
            options,
            debug: false,
            all_symbols: false,
            deterministic: false,
            entries: Vec::new(),
        }
    }

    /// Changes what code is like. The target stays, and so does the rule that only x86-64 has guard
    /// pages.
    pub fn with_options(mut self, change: impl FnOnce(&mut Options)) -> Compiler {
        let target = self.options.target.clone();
        change(&mut self.options);
        let x86 = target
            .as_ref()
            .is_some_and(|target| target.arch == Arch::X86_64);
        self.options.guard_pages &= x86 && self.options.signals;
        self.options.target = target;
        self
    }

    /// Adds files, lines and functions for debuggers.
    pub fn with_debug(mut self) -> Compiler {
        self.debug = true;
        self
    }

    /// Gives every function that has a global symbol an entry point for C, not only exported ones.
    pub fn with_all_symbols(mut self) -> Compiler {
        self.all_symbols = true;
        self
    }

    /// Lets the runtime also call functions of these types, by their index.
    pub fn with_entries(mut self, types: impl IntoIterator<Item = FuncType>) -> Compiler {
        self.entries = types.into_iter().collect();
        self
    }

    /// Makes NaNs, clock and random numbers the same in every run.
    pub fn deterministic(mut self) -> Compiler {
        self.deterministic = true;
        self.options.canonical_nans = true;
        self
    }

    /// Verifies and compiles a module, which is a finished program.
    ///
    /// # Errors
    ///
    /// Whatever the verifier finds; what keeps it from being run; what the code generator refuses.
    pub fn compile_module(&self, module: &Module) -> Result<Object, Errors> {
        let module = Verified::new(module.clone(), &Default::default())
            .map_err(|rejected| rejected.into_errors(&Arc::from("<module>")))?;
        self.compile(&load("<module>", module)?)
    }

    /// Compiles a program.
    ///
    /// # Errors
    ///
    /// Imports that no host can provide; N0001 and N0010; what the code generator refuses.
    pub fn compile(&self, program: &Program) -> Result<Object, Errors> {
        self.with_plan(program, |plan, spaces| {
            let exports = self.exports(program);
            let names = CNames::new(program, spaces, &exports)?;
            let units = self.units(plan, program, spaces, &exports);
            let made = plan.compile_units(units)?;
            let mut stats = Stats::default();
            made.iter().for_each(|made| stats.count(made));
            let text = Text::new(plan.isa(), made)?;
            let flags = self.flags();
            let tables = Tables::new(program, spaces, &exports, plan, &text, flags)?;
            let bytes = object::write(plan, program, &names, &text, &tables, self.debug)?;
            Ok(Object {
                bytes,
                header: header::header(program, &names),
                stats,
            })
        })
    }

    /// Shows a function as Cranelift's representation or as machine code.
    ///
    /// # Errors
    ///
    /// R0011 when the code generator refuses it.
    pub fn show(&self, program: &Program, function: u32, shown: Shown) -> Result<String, Errors> {
        self.with_plan(program, |plan, _| plan.show(function, shown))
    }

    fn with_plan<T>(
        &self,
        program: &Program,
        f: impl FnOnce(&Plan<'_>, &Spaces) -> Result<T, Errors>,
    ) -> Result<T, Errors> {
        check_imports(program.module())?;
        let spaces = program.module().spaces();
        // Support code comes along, so that the runtime need not have it.
        let is_host = |index| index < spaces.imported(Kind::Func);
        let plan = Plan::new(program, &spaces, &self.options, is_host)?;
        f(&plan, &spaces)
    }

    /// Everything to compile, in the order in which it will lie in the text.
    fn units(
        &self,
        plan: &Plan<'_>,
        program: &Program,
        spaces: &Spaces,
        exports: &[(String, u32)],
    ) -> Vec<Unit> {
        let module = program.module();
        let mut types = self.entries.clone();
        types.extend(exports.iter().filter_map(|&(_, index)| {
            let ty = spaces.func_type(module, index)?;
            module.types.func(ty).cloned()
        }));
        let mut units = plan.units(&types);
        let foreign = (0..spaces.imported(Kind::Func)).filter(|&index| {
            let row = spaces.import(module, Kind::Func, index);
            row.is_some_and(|row| !names::is_runtimes(module, row))
        });
        units.extend(foreign.map(Unit::Adapter));
        let exported: BTreeSet<u32> = exports.iter().map(|&(_, index)| index).collect();
        units.extend(exported.into_iter().map(Unit::Export));
        if module.entry.is_some() {
            units.push(Unit::Main);
        }
        units
    }

    fn flags(&self) -> u32 {
        [
            (self.options.signals, flag::SIGNALS),
            (self.options.guard_pages, flag::GUARD_PAGES),
            (self.options.metered, flag::METERED),
            (self.deterministic, flag::DETERMINISTIC),
        ]
        .into_iter()
        .filter_map(|(wanted, flag)| wanted.then_some(flag))
        .sum()
    }

    /// Name and index of every function that C can call.
    fn exports(&self, program: &Program) -> Vec<(String, u32)> {
        let module = program.module();
        let is_func = |kind: u32| kind == Kind::Func as u32;
        let exported = module.exports.iter().filter(|row| is_func(row.kind));
        let mut all: Vec<(String, u32)> = exported
            .map(|row| (module.strings.get(row.name).to_owned(), row.index))
            .collect();
        if self.all_symbols {
            let symbols = module.symbols.iter().filter(|row| {
                is_func(row.kind)
                    && row.flags & SymbolRow::LOCAL == 0
                    && row.index < program.support_from()
            });
            for row in symbols {
                let name = module.strings.get(row.name);
                if !all.iter().any(|(known, _)| known == name) {
                    all.push((name.to_owned(), row.index));
                }
            }
        }
        all
    }
}

/// Imports that the runtime and C can provide: functions; those of the runtime's modules must exist.
fn check_imports(module: &Module) -> Result<(), Errors> {
    check_natives(module)?;
    let mut known = module.clone();
    let strings = &module.strings;
    let reserved = |part: u32| is_host(strings.get(part));
    let foreign =
        |row: &vbc_core::module::ImportRow| row.kind() == Some(Kind::Func) && !reserved(row.module);
    known.imports = module
        .imports
        .iter()
        .filter(|row| !foreign(row))
        .copied()
        .collect::<Vec<_>>()
        .into();
    let mut host = Host::default();
    if imports(module).next().is_some() {
        host.permit(Box::new(Unlinked));
    }
    host.resolve(&known)
}

/// Linkers find a symbol in one library, whichever that is.
fn check_natives(module: &Module) -> Result<(), Errors> {
    let mut libraries: BTreeMap<Box<str>, &str> = BTreeMap::new();
    for row in module.imports.iter() {
        let Some(prototype) = prototype(module, row) else {
            continue;
        };
        let from = library(module.strings.get(row.module)).unwrap_or_default();
        let symbol = prototype.symbol;
        if let Some(other) = libraries.insert(symbol.clone(), from)
            && other != from
        {
            let message = format!("`{symbol}` is imported from `{other}` and from `{from}`");
            let error = Diagnostic::error(&N0010, Place::Nowhere, message);
            return Err(error
                .with_help("vbc-run and vbc-jit keep libraries apart")
                .into());
        }
    }
    Ok(())
}

/// Libraries that a program will be linked with.
struct Unlinked;

impl NativeLibraries for Unlinked {
    fn find(
        &mut self,
        library: &str,
        _: &Prototype,
    ) -> Result<Arc<dyn NativeFunction>, Box<Diagnostic>> {
        // Linkers find functions; nobody looks for one here.
        Err(not_permitted(library).into())
    }

    fn surroundings(&self) -> Option<Arc<dyn NativeSurroundings>> {
        None
    }
}

/// The error that something does not fit into 32 bits.
fn too_large(what: &str) -> Errors {
    object::failed(&format!("more than 4 GiB of {what}"))
}
