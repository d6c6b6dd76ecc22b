//! Native code: from a program's functions to artifacts, with Cranelift. `docs/codegen.md` describes
//! the code, `crate::jit` runs it.

#![cfg_attr(not(feature = "aot"), allow(dead_code, reason = "objects need more"))]

mod abi;
mod artifact;
mod calls;
mod compute;
mod context;
mod direct;
mod effort;
#[cfg(feature = "flags")]
mod flags;
mod flow;
mod frame;
mod instruction;
mod memory;
mod platform;
mod relocate;
mod round;
mod stubs;
mod target;
#[cfg(test)]
mod tests;
mod translate;
mod unit;

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use cranelift_codegen::ir;
use cranelift_codegen::isa::{CallConv, OwnedTargetIsa, TargetFrontendConfig, TargetIsa};
use rayon::prelude::*;

#[cfg(feature = "aot")]
pub(crate) use artifact::External;
pub(crate) use artifact::{Artifact, Symbol};
pub(crate) use context::trap_of;
pub use effort::LARGEST_OPTIMISED;
#[cfg(feature = "flags")]
pub use flags::CodeFlags;
pub(crate) use relocate::apply;
pub use target::{Arch, Target};
pub(crate) use unit::{Made, Unit};

use effort::Effort;
use unit::{Scratch, Times, cannot_compile};

use vbc_core::diag::Errors;
use vbc_core::isa::{FuncType, IndexSpace, ManagedOp, Op, ValType, decode};
use vbc_core::module::native::{Prototype, callback_types, imports, prototype};
use vbc_core::module::renumber::indexes;
use vbc_core::module::{Definition, Kind, NONE, RegisterRun, Spaces};
use vbc_linker::Program;

/// Instructions that native code does not support.
pub const UNSUPPORTED: &[Op] = ManagedOp::ALL;

/// The default of [`Options::table_copies`].
pub const TABLE_COPIES: u64 = 1 << 16;

/// Bytes of an element in the copy of a table.
pub const TABLE_COPY: u64 = 16;

/// How hard the compiler tries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimise {
    /// Hardly: for the shortest time to compile. Functions whose optimisation would take more than linear time, and all
    /// larger than [`LARGEST_OPTIMISED`], are always compiled like this.
    None,
    /// For fast code.
    #[default]
    Speed,
    /// For fast code, and small where that costs little.
    Size,
}

/// What compiled code is like.
#[derive(Clone, Debug)]
pub struct Options {
    /// How hard the compiler tries.
    pub optimise: Optimise,
    /// Traps are instructions that the processor refuses, and a signal handler takes them. Without, code
    /// tests and calls.
    pub signals: bool,
    /// Memory has guard pages, which make most checks of addresses unnecessary. Only with signals.
    pub guard_pages: bool,
    /// NaNs that arithmetic makes are all the same.
    pub canonical_nans: bool,
    /// Fuel or time is limited, so that code must count.
    pub metered: bool,
    /// Time is limited, so that loops of support code look at the clock.
    pub timed: bool,
    /// Small functions are translated into their callers.
    pub inline: bool,
    /// Registers live in the frame, as they do in the largest functions, whatever the function.
    pub registers_in_frame: bool,
    /// Elements of all tables together of which there may be a copy for indirect calls, where the
    /// table never changes. A copy has [`TABLE_COPY`] bytes an element.
    pub table_copies: u64,
    /// Have Cranelift check what it is given and what it makes from it.
    pub verify: bool,
    /// Threads that compile; none for as many as there are processors.
    pub threads: Option<usize>,
    /// What an object file is for; none for code in this process.
    pub target: Option<Target>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            optimise: Optimise::Speed,
            signals: cfg!(unix),
            // A store that meets the end of memory must not write a part of itself, which x86-64
            // promises.
            guard_pages: cfg!(all(unix, target_arch = "x86_64")),
            canonical_nans: false,
            metered: false,
            timed: false,
            inline: true,
            registers_in_frame: false,
            table_copies: TABLE_COPIES,
            verify: cfg!(debug_assertions),
            threads: None,
            target: None,
        }
    }
}

/// What compiling took and produced.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Functions that were compiled, stubs included.
    pub functions: usize,
    /// Instructions of Cranelift's representation, before it was optimised.
    pub instructions: usize,
    /// Bytes of machine code.
    pub bytes: usize,
    /// The functions that were not optimised, by their indexes: that would have taken too long.
    pub not_optimised: Vec<u32>,
    /// Time from the bytecode to Cranelift's representation, of all threads together.
    pub translating: Duration,
    /// Time from there to machine code, of all threads together.
    pub compiling: Duration,
    /// Time for both as it passed.
    pub elapsed: Duration,
}

/// What is known of the whole program before any function is translated.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// By table: whether some instruction makes it larger.
    grows: Box<[bool]>,
    /// By table: whether some instruction changes it.
    changes: Box<[bool]>,
}

/// Everything that translating a function needs besides its code.
pub(crate) struct Plan<'p> {
    program: &'p Program,
    spaces: &'p Spaces,
    options: &'p Options,
    isa: OwnedTargetIsa,
    /// The same for functions that are too large for what `isa` does with them.
    large_isa: OwnedTargetIsa,
    memory_is_64: bool,
    /// Whether the processor rounds floats to integers.
    rounds: bool,
    facts: Facts,
    /// See [`constant_tables`].
    constant_tables: Box<[Option<usize>]>,
    /// By function index: whether the host runs it.
    hosted: Vec<bool>,
    /// By imported function: its C signature, when it is a native one. Nothing when there are none.
    prototypes: Box<[Option<Prototype>]>,
    /// When the time for compiling and running is up.
    deadline: Option<Instant>,
}

/// What compiled code of a program consists of.
pub(crate) struct Compiled {
    /// By function index; none where nothing can call the function.
    pub(crate) functions: Vec<Option<Artifact>>,
    /// By table: the number of its elements, when code goes by a copy of their entries.
    pub(crate) constant_tables: Box<[Option<usize>]>,
    /// Entry trampolines of these types.
    pub(crate) entries: Vec<(FuncType, Artifact)>,
    pub(crate) stats: Stats,
}

impl Stats {
    /// Counts a unit in.
    pub(crate) fn count(&mut self, made: &Made) {
        self.functions += 1;
        self.instructions += made.artifact.instructions;
        self.bytes += made.artifact.bytes.len();
        if let (Unit::Function(index), true) = (&made.unit, made.artifact.effort != Effort::Full) {
            self.not_optimised.push(*index);
        }
        self.translating += made.times.translating;
        self.compiling += made.times.compiling;
    }
}

/// A form in which a compiled function can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Cranelift's representation, before and after its optimisations.
    Clif,
    /// Machine code.
    Assembly,
}

/// The threads that compile when nothing is specified; none where the system provides none.
static THREADS: LazyLock<Option<rayon::ThreadPool>> =
    LazyLock::new(|| rayon::ThreadPoolBuilder::new().build().ok());

impl<'p> Plan<'p> {
    /// Prepares to compile `program` for this machine. `is_host` tells which functions the host
    /// runs.
    ///
    /// # Errors
    ///
    /// R0011 when there is no code generator for this machine.
    pub(crate) fn new(
        program: &'p Program,
        spaces: &'p Spaces,
        options: &'p Options,
        is_host: impl Fn(u32) -> bool,
    ) -> Result<Plan<'p>, Errors> {
        program.without_managed()?;
        let hosted = (0..spaces.count(Kind::Func)).map(is_host).collect();
        let facts = facts(program);
        let isa = target::isa(options, options.optimise);
        let isa = isa.map_err(|reason| cannot_compile(&reason))?;
        Ok(Plan {
            program,
            spaces,
            options,
            rounds: round::has_instructions(&*isa),
            isa,
            large_isa: target::isa(options, Optimise::None)
                .map_err(|reason| cannot_compile(&reason))?,
            memory_is_64: program.module().address_type() == ValType::I64,
            constant_tables: constant_tables(program, &facts, options.table_copies),
            facts,
            hosted,
            prototypes: prototypes(program, spaces),
            deadline: None,
        })
    }

    /// Compiles no function after `deadline`.
    pub(crate) fn with_deadline(mut self, deadline: Option<Instant>) -> Plan<'p> {
        self.deadline = deadline;
        self
    }

    /// The code generator.
    pub(crate) fn isa(&self) -> &dyn TargetIsa {
        &*self.isa
    }

    /// The instruction set that an object is for.
    #[cfg(feature = "aot")]
    pub(crate) fn arch(&self) -> Option<Arch> {
        self.options.target.as_ref().map(|target| target.arch)
    }

    fn target(&self) -> TargetFrontendConfig {
        self.isa.frontend_config()
    }

    /// The platform's calling convention.
    fn platform(&self) -> CallConv {
        self.isa.default_call_conv()
    }

    /// Whether the processor notes that arithmetic has overflowed.
    fn has_flags(&self) -> bool {
        self.isa.name() != Arch::Riscv64.name()
    }

    fn guarded(&self) -> bool {
        self.options.guard_pages && self.options.signals
    }

    /// Type, code and register runs of function `function`, when the program defines it.
    fn defined(&self, function: u32) -> Option<(&'p FuncType, &'p [u64], &'p [RegisterRun])> {
        let Some(Definition::Defined(defined)) = self.spaces.get(Kind::Func, function) else {
            return None;
        };
        let program = self.program;
        let module = program.module();
        let ty = module.types.func(module.functions[defined].ty)?;
        Some((
            ty,
            module.function_code(defined),
            module.function_runs(defined),
        ))
    }

    fn type_of(&self, ty: u32) -> &'p FuncType {
        static NONE: std::sync::LazyLock<FuncType> = std::sync::LazyLock::new(FuncType::default);
        let program = self.program;
        program.module().types.func(ty).unwrap_or(&NONE)
    }

    fn function_type(&self, function: u32) -> &'p FuncType {
        let ty = self.spaces.func_type(self.program.module(), function);
        self.type_of(ty.unwrap_or(u32::MAX))
    }

    /// The C signature of function `index`, when it is a native one.
    pub(crate) fn prototype(&self, index: u32) -> Option<&Prototype> {
        self.prototypes.get(index as usize)?.as_ref()
    }

    fn grows(&self, table: u32) -> bool {
        self.facts
            .grows
            .get(table as usize)
            .copied()
            .unwrap_or(true)
    }

    /// By table: the number of its elements, when code goes by a copy of their entries.
    #[cfg(feature = "aot")]
    pub(crate) fn constant_tables(&self) -> &[Option<usize>] {
        &self.constant_tables
    }

    /// The number of elements of a table that never changes.
    fn constant_table(&self, table: u32) -> Option<usize> {
        self.constant_tables.get(table as usize).copied().flatten()
    }

    fn global_type(&self, global: u32) -> ir::Type {
        let row = self.program.module().globals.get(global as usize);
        let ty = row.and_then(|row| ValType::from_word(row.ty));
        translate::clif(ty.unwrap_or(ValType::I64))
    }

    /// Whether anything in the function costs fuel.
    fn is_paid(&self, function: u32) -> bool {
        self.options.metered && function < self.program.support_from()
    }

    /// Whether the loops of the function look at the clock without costing fuel.
    fn polls(&self, function: u32) -> bool {
        self.options.timed && function >= self.program.support_from()
    }

    /// The parts of a function that is small enough to be translated into its callers.
    fn inlinable(&self, function: u32) -> Option<(&'p FuncType, &'p [u64], &'p [RegisterRun])> {
        /// Words of code.
        const SMALL: usize = 8;
        let wanted = self.options.inline && self.options.optimise != Optimise::None;
        let hosted = self.hosted.get(function as usize) != Some(&false);
        if !wanted || hosted || self.polls(function) {
            return None;
        }
        self.defined(function)
            .filter(|(_, code, _)| code.len() <= SMALL)
    }

    /// Words of other functions' code that may be translated into a function of this many words.
    fn inline_budget(&self, words: usize) -> usize {
        (words / 4).clamp(64, 1 << 14)
    }

    /// Compiles everything that can run, and entry trampolines for the initialisers, the entry and
    /// `types`.
    ///
    /// # Errors
    ///
    /// R0011 when Cranelift refuses a function, R0013 when the time is up.
    pub(crate) fn compile(&self, types: &[FuncType]) -> Result<Compiled, Errors> {
        let start = Instant::now();
        let made = self.compile_units(self.units(types))?;
        let mut compiled = Compiled {
            functions: vec![None; self.spaces.count(Kind::Func) as usize],
            constant_tables: self.constant_tables.clone(),
            entries: Vec::new(),
            stats: Stats::default(),
        };
        for made in made {
            compiled.stats.count(&made);
            let artifact = made.artifact;
            match made.unit {
                Unit::Function(index) | Unit::Host(index) => {
                    compiled.functions[index as usize] = Some(artifact);
                }
                Unit::Entry(ty) => compiled.entries.push((ty, artifact)),
                Unit::Export(_) | Unit::Adapter(_) | Unit::Main => {}
            }
        }
        compiled.stats.elapsed = start.elapsed();
        Ok(compiled)
    }

    /// Compiles units, in parallel; they come out in their order.
    ///
    /// # Errors
    ///
    /// R0011 when Cranelift refuses one, R0013 when the time is up.
    pub(crate) fn compile_units(&self, units: Vec<Unit>) -> Result<Vec<Made>, Errors> {
        let parallel = units.len() > 3 && self.options.threads != Some(1);
        let one_by_one = || {
            let mut scratch = Scratch::default();
            let units = units.iter();
            units.map(|unit| self.unit(unit, &mut scratch)).collect()
        };
        let made: Vec<Result<(Artifact, Times), Errors>> = if parallel {
            let all = || {
                let units = units.par_iter();
                units
                    .map_init(Scratch::default, |scratch, unit| self.unit(unit, scratch))
                    .collect()
            };
            match self.options.threads {
                Some(threads) => {
                    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
                    let pool = pool.map_err(|error| cannot_compile(&error.to_string()))?;
                    pool.install(all)
                }
                None => match &*THREADS {
                    Some(pool) => pool.install(all),
                    None => one_by_one(),
                },
            }
        } else {
            one_by_one()
        };
        let made = units.into_iter().zip(made);
        made.map(|(unit, made)| {
            let (artifact, times) = made?;
            Ok(Made {
                unit,
                artifact,
                times,
            })
        })
        .collect()
    }

    /// Compiles the entry trampoline of a type.
    ///
    /// # Errors
    ///
    /// R0011 when Cranelift refuses it.
    pub(crate) fn entry(&self, ty: &FuncType) -> Result<Artifact, Errors> {
        let unit = Unit::Entry(ty.clone());
        let (artifact, _) = self.unit(&unit, &mut Scratch::default())?;
        Ok(artifact)
    }

    /// What has to be compiled: the program's functions, the support code that they need, and the
    /// host functions that are called.
    pub(crate) fn units(&self, types: &[FuncType]) -> Vec<Unit> {
        let module = self.program.module();
        let count = self.spaces.count(Kind::Func);
        let mut needed = vec![false; count as usize];
        let imported = self.spaces.imported(Kind::Func);
        let mut open: Vec<u32> = (imported..self.program.support_from().min(count)).collect();
        let items = module.element_items.iter().copied();
        let referred = module.globals.iter().map(|row| row.index);
        open.extend(
            items
                .chain(referred)
                .filter(|&index| index != NONE && index < count),
        );
        while let Some(function) = open.pop() {
            if std::mem::replace(&mut needed[function as usize], true)
                || self.hosted[function as usize]
            {
                continue;
            }
            if let Some((_, code, _)) = self.defined(function) {
                indexes(code, |space, index, _| {
                    if matches!(space, IndexSpace::Func) && index < count {
                        open.push(index);
                    }
                });
            }
        }
        let mut units: Vec<Unit> = (0..count)
            .filter(|&index| needed[index as usize])
            .map(|index| match self.hosted[index as usize] {
                true => Unit::Host(index),
                false => Unit::Function(index),
            })
            .collect();
        let outermost = module.initialisers.iter().copied().chain(module.entry);
        let mut entries: Vec<&FuncType> =
            outermost.map(|index| self.function_type(index)).collect();
        entries.extend(types);
        let callbacks = callback_types(module);
        entries.extend(&callbacks);
        let mut seen: Vec<&FuncType> = Vec::new();
        for ty in entries {
            if !seen.contains(&ty) {
                seen.push(ty);
                units.push(Unit::Entry(ty.clone()));
            }
        }
        units
    }
}

/// By imported function: its C signature, when it is a native one; nothing when there are none.
fn prototypes(program: &Program, spaces: &Spaces) -> Box<[Option<Prototype>]> {
    let module = program.module();
    if imports(module).next().is_none() {
        return Box::default();
    }
    let imported = 0..spaces.imported(Kind::Func);
    imported
        .map(|index| prototype(module, spaces.import(module, Kind::Func, index)?))
        .collect()
}

/// Looks through all code.
fn facts(program: &Program) -> Facts {
    let module = program.module();
    let tables = module.tables.len();
    let mut grows = vec![false; tables];
    let mut changes = vec![false; tables];
    let functions = if tables == 0 {
        0
    } else {
        module.functions.len()
    };
    for defined in 0..functions {
        let code = module.function_code(defined);
        let mut at = 0;
        while let Ok(inst) = decode(code, at) {
            let writes = matches!(
                inst.op,
                Op::TableGrow | Op::TableSet | Op::TableFill | Op::TableCopy | Op::TableInit
            );
            if writes && let Some(changes) = changes.get_mut(inst.table(0) as usize) {
                *changes = true;
                grows[inst.table(0) as usize] |= inst.op == Op::TableGrow;
            }
            at += inst.words.len();
        }
    }
    Facts {
        grows: grows.into(),
        changes: changes.into(),
    }
}

/// By table: how many elements it has, when they never change once segments have been copied, so that
/// indirect calls can go by a copy of the functions' entries. The copies of all tables together have
/// at most `most` elements.
fn constant_tables(program: &Program, facts: &Facts, most: u64) -> Box<[Option<usize>]> {
    let mut left = most;
    let rows = program.module().tables.iter();
    rows.zip(&facts.changes)
        .map(|(row, &changes)| {
            if changes || row.min > left {
                return None;
            }
            left -= row.min;
            Some(row.min as usize)
        })
        .collect()
}
