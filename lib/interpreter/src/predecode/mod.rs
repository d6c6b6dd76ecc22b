//! From a verified function's words to cells.
//!
//! One pass marks branch targets, a second one makes cells, in the same order, so that a branch is
//! backward among cells exactly when it is backward among words. Making the cells of a function
//! again yields the same layout: places of traps are found that way, and no map has to be kept.

mod emit;
mod fuse;
mod lower;
mod rules;

pub(super) use lower::call_cell;

use super::cell::Cell;
use super::code::FuncEntry;
use super::dispatch::Dispatch;
use super::fusions::Fusion;
use super::slots::Slots;
use vbc_core::cfg::{WordSet, branch_targets};
use vbc_core::isa::{self, FuncType, Inst, Op, Role, ValType};
use vbc_core::module::{Definition, Kind, RegisterRun, Surroundings, Types};
use vbc_runtime::guest::{BoundProgram, Thread};

/// The cells of a function.
pub(super) struct Predecoded {
    pub(super) cells: Vec<u64>,
    /// Registers of the frame.
    pub(super) slots: u32,
    /// Where each instruction's cells begin: offset in `cells`, word. Only when asked for.
    pub(super) places: Vec<(usize, usize)>,
}

/// What predecoding has to know of whatever will run the cells.
#[derive(Clone, Copy)]
pub(super) struct Facts<'a> {
    /// The program.
    pub(super) bound: &'a BoundProgram,
    /// Who runs it: cells hold the addresses of its globals and tables, so they are its own too.
    pub(super) thread: &'a Thread,
    /// By function index: cells of calls hold where the code is, or the address of the entry.
    pub(super) functions: &'a [FuncEntry],
    /// By function index, two words each: where an entry leads that has no code yet.
    pub(super) stubs: &'a [u64],
    /// How control goes from one cell to the next.
    pub(super) dispatch: Dispatch,
    /// Whether NaNs from arithmetic become the canonical one.
    pub(super) canonical_nans: bool,
    /// Whether somebody watches each instruction.
    pub(super) observed: bool,
    /// Whether adjacent cells are counted, and none joined.
    #[cfg(any(test, feature = "measuring"))]
    pub(super) recorded: bool,
    /// Ways of making fewer cells that are not used.
    pub(super) without: &'a [Fusion],
}

impl Facts<'_> {
    /// Whether a call of the function can go straight to its code.
    pub(super) fn is_ready(&self, function: u32) -> bool {
        let stub = &raw const self.stubs[function as usize * 2];
        self.bound.is_host(function) || self.functions[function as usize].code != stub
    }

    /// Whether fewer cells are made in this way.
    fn uses(&self, fusion: Fusion) -> bool {
        !self.without.contains(&fusion)
    }
}

/// Makes the cells of function `function`, which is a defined one.
pub(super) fn predecode(facts: Facts<'_>, function: u32, with_places: bool) -> Predecoded {
    let Facts { bound, thread, .. } = facts;
    let module = bound.program.module();
    let defined = match bound.spaces.get(Kind::Func, function) {
        Some(Definition::Defined(defined)) => defined,
        _ => return Predecoded::empty(),
    };
    let row = &module.functions[defined];
    let Some(ty) = module.types.func(row.ty) else {
        return Predecoded::empty();
    };
    let runs = module.function_runs(defined);
    let slots = Slots::new(&ty.params, runs);
    let code = &*slots.rename(module.function_code(defined));
    let is_support = bound.is_support(function);
    let mut predecoder = Predecoder {
        facts,
        code,
        function,
        ty,
        types: types_by_slot(bound, defined, &slots),
        paid: thread.meter.is_limited() && !is_support,
        watched: thread.meter.is_limited() || !facts.uses(Fusion::Bulk),
        observed: facts.observed && !is_support,
        cells: Vec::with_capacity(code.len() * 2 + 4),
        starts: vec![0; code.len()],
        fixups: Vec::new(),
        targets: branch_targets(code, |_| true),
        loops: match is_support && thread.meter.deadline().is_some() {
            true => branch_targets(code, |distance| distance <= 0),
            false => WordSet::default(),
        },
        scratch: slots.count(),
        window: slots.count() + 1,
        out: 0,
        at: 0,
        start: 0,
        last: None,
        duplications: code.len() / 2 + 64,
        pending: None,
        places: Vec::new(),
        with_places,
    };
    if !predecoder.observed {
        predecoder.mark_duplicated_tails();
    }
    predecoder.prologue(&slots, runs);
    predecoder.body();
    predecoder.resolve();
    Predecoded {
        slots: u32::from(predecoder.window) + predecoder.out as u32,
        cells: predecoder.cells,
        places: predecoder.places,
    }
}

/// The types of what a function's slots hold; none in a program without managed objects, where nobody asks.
fn types_by_slot(bound: &BoundProgram, defined: usize, slots: &Slots) -> Vec<ValType> {
    if bound.heap_types.is_none() {
        return Vec::new();
    }
    let mut types = vec![ValType::I64; slots.count().into()];
    let registers = bound.program.module().registers(defined);
    for (register, (ty, _)) in registers.enumerate() {
        types[usize::from(slots.of(register as u16))] = ty;
    }
    types
}

impl<'a> Surroundings<'a> for Predecoder<'a> {
    fn types(&self) -> &'a Types {
        &self.facts.bound.program.module().types
    }

    fn function_type(&self, function: u32) -> Option<u32> {
        let bound = self.facts.bound;
        bound.spaces.func_type(bound.program.module(), function)
    }

    fn own_type(&self) -> Option<&'a FuncType> {
        Some(self.ty)
    }

    /// By slot: instructions name slots here.
    fn register_type(&self, slot: u16) -> Option<ValType> {
        self.types.get(usize::from(slot)).copied()
    }
}

impl Predecoded {
    fn empty() -> Predecoded {
        Predecoded {
            cells: Vec::new(),
            slots: 0,
            places: Vec::new(),
        }
    }
}

/// A distance that is filled in when all cells exist.
struct Fixup {
    /// The cell that branches.
    cell: usize,
    /// Where the distance goes, in halves of words from the first cell.
    half: usize,
    /// The word that it leads to.
    target: usize,
}

struct Predecoder<'a> {
    facts: Facts<'a>,
    code: &'a [u64],
    function: u32,
    ty: &'a FuncType,
    /// The type of what each slot holds, in a program with managed objects.
    types: Vec<ValType>,
    /// Backward branches, calls and bulk operations cost fuel.
    paid: bool,
    /// Fuel or time is limited, if not for this function then for what it moves.
    watched: bool,
    /// Every instruction is shown to the observer, and none are fused.
    observed: bool,
    cells: Vec<u64>,
    /// By word: the offset of the cells that begin there.
    starts: Vec<u32>,
    fixups: Vec<Fixup>,
    targets: WordSet,
    /// Targets of backward branches, in support code that must notice the end of the time.
    loops: WordSet,
    /// A register of the predecoder's own, after the function's.
    scratch: u16,
    /// The first register of callees.
    window: u16,
    /// How many arguments lie there at most.
    out: usize,
    /// The word of the present instruction.
    at: usize,
    /// Where the last cell starts: its operands follow that word.
    start: usize,
    /// The cell that the next one can be joined with.
    last: Option<Last>,
    /// How many instructions may still be made a second time, at jumps to them.
    duplications: usize,
    /// The word of an instruction that has no cell yet.
    pending: Option<usize>,
    places: Vec<(usize, usize)>,
    with_places: bool,
}

/// A cell that nothing follows yet.
struct Last {
    start: usize,
    cell: Cell,
    /// The register that has what it hands over.
    result: Option<u16>,
}

impl<'a> Predecoder<'a> {
    fn prologue(&mut self, slots: &Slots, runs: &[RegisterRun]) {
        if self.observed {
            self.observe(super::observe::ENTER);
        }
        let mut first = self.ty.params.len() as u16;
        for run in runs {
            if run.flags & RegisterRun::ZEROED != 0 {
                let (start, count) = slots.of_run(first, run);
                self.emit_cd(Cell::Zero, start, 0, count.into());
            }
            first += run.count;
        }
    }

    /// Marks where jumps lead that come after duplicated tails, so that a cell begins there.
    fn mark_duplicated_tails(&mut self) {
        let mut at = 0;
        while let Some(inst) = self.decode(at) {
            if inst.op == Op::Jump
                && let target = at.wrapping_add_signed(inst.distance() as isize)
                && let Some((_, behind, true)) = self.duplicable_tail(target)
            {
                self.targets.insert(behind);
            }
            at += inst.words.len();
        }
    }

    fn body(&mut self) {
        while let Some(inst) = self.decode(self.at) {
            if self.is_target(self.at) {
                self.last = None;
            }
            self.starts[self.at] = self.cells.len() as u32;
            let words = if self.observed {
                self.observe(super::observe::BEFORE);
                self.lower(&inst);
                if writes(&inst) {
                    self.observe(super::observe::BEHIND);
                }
                inst.words.len()
            } else {
                if self.loops.contains(self.at) {
                    self.emit(Cell::Poll, 0, 0, 0, 0);
                }
                self.cells_of(&inst)
            };
            self.at += words;
        }
    }

    /// Makes the cells of the present instruction, and of those after it that share one with it.
    /// Returns the number of words that they cover.
    fn cells_of(&mut self, inst: &Inst<'a>) -> usize {
        self.place(self.at);
        match self.fuse(inst) {
            Some(words) => words,
            None => {
                self.lower(inst);
                inst.words.len()
            }
        }
    }

    /// The instruction at `word`.
    fn decode(&self, word: usize) -> Option<Inst<'a>> {
        isa::decode(self.code, word).ok()
    }

    /// Records that the cells from here on belong to the instruction at `word`.
    fn place(&mut self, word: usize) {
        self.pending = Some(word);
    }

    fn observe(&mut self, phase: u16) {
        self.place(self.at);
        self.emit_cd(Cell::Observe, phase, 0, self.at as u32);
        self.cells.push(u64::from(self.function));
    }

    /// Fills the distances in.
    fn resolve(&mut self) {
        for fixup in &self.fixups {
            // Otherwise it may have become the second half of a superinstruction.
            debug_assert!(self.is_target(fixup.target), "word {}", fixup.target);
            let target = self.starts.get(fixup.target).copied().unwrap_or(0);
            let distance = (i64::from(target) - fixup.cell as i64) * 8;
            let word = &mut self.cells[fixup.half / 2];
            let shift = fixup.half % 2 * 32;
            *word &= !(0xffff_ffff << shift);
            *word |= u64::from(distance as i32 as u32) << shift;
        }
    }

    /// Whether a branch leads to the word, so that its instruction must begin a cell.
    fn is_target(&self, word: usize) -> bool {
        self.targets.contains(word)
    }
}

/// Whether the instruction writes registers and goes on.
fn writes(inst: &Inst<'_>) -> bool {
    inst.operands()
        .iter()
        .any(|operand| matches!(operand.role, Role::Dst(_) | Role::Results(_)))
}
