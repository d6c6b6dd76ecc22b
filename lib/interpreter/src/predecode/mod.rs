//! From a verified function's words to cells.
//!
//! One pass marks branch targets, a second one makes cells, in the same order, so that a branch is
//! backward among cells exactly when it is backward among words. Making the cells of a function
//! again gives the same layout: places of traps are found that way, and no map has to be kept.

mod fuse;
mod lower;

use super::cell::Cell;
use super::code::{FuncEntry, address};
use super::dispatch::Dispatch;
use super::fusions::Fusion;
use super::machine::Takes;
use super::pairs;
use vbc_core::cfg::{WordSet, branch_targets};
use vbc_core::isa::{self, DISCARD, FuncType, Inst, Op, Role};
use vbc_core::module::{Definition, Kind, RegisterRun};
use vbc_runtime::guest::Guest;

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
    /// The program and what it runs on: cells hold the addresses of its globals and tables.
    pub(super) guest: &'a Guest,
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
    /// Ways of making fewer cells that are not used.
    pub(super) without: &'a [Fusion],
}

impl Facts<'_> {
    /// Whether a call of the function can go straight to its code.
    pub(super) fn is_ready(&self, function: u32) -> bool {
        let stub = &raw const self.stubs[function as usize * 2];
        self.guest.is_host(function) || self.functions[function as usize].code != stub
    }

    /// Whether fewer cells are made in this way.
    fn uses(&self, fusion: Fusion) -> bool {
        !self.without.contains(&fusion)
    }
}

/// Makes the cells of function `function`, which is a defined one.
pub(super) fn predecode(facts: Facts<'_>, function: u32, with_places: bool) -> Predecoded {
    let guest = facts.guest;
    let module = guest.program.module();
    let defined = match guest.spaces.get(Kind::Func, function) {
        Some(Definition::Defined(defined)) => defined,
        _ => return Predecoded::empty(),
    };
    let row = &module.functions[defined];
    let code = module.function_code(defined);
    let Some(ty) = module.types.get(row.ty as usize) else {
        return Predecoded::empty();
    };
    let runs = module.function_runs(defined);
    let registers = ty.params.len() + runs.iter().map(|run| usize::from(run.count)).sum::<usize>();
    let is_support = guest.is_support(function);
    let mut predecoder = Predecoder {
        facts,
        code,
        function,
        ty,
        paid: guest.meter.is_limited() && !is_support,
        watched: guest.meter.is_limited() || !facts.uses(Fusion::Bulk),
        observed: facts.observed && !is_support,
        cells: Vec::with_capacity(code.len() * 2 + 4),
        starts: vec![0; code.len()],
        fixups: Vec::new(),
        targets: branch_targets(code, |_| true),
        loops: match is_support && guest.meter.deadline().is_some() {
            true => branch_targets(code, |distance| distance <= 0),
            false => WordSet::default(),
        },
        scratch: registers as u16,
        window: registers as u16 + 1,
        out: 0,
        at: 0,
        start: 0,
        last: None,
        copies: code.len() / 2 + 64,
        pending: None,
        places: Vec::new(),
        with_places,
    };
    if !predecoder.observed {
        predecoder.mark_copies();
    }
    predecoder.prologue(ty.params.len(), runs);
    predecoder.body();
    predecoder.resolve();
    Predecoded {
        slots: u32::from(predecoder.window) + predecoder.out as u32,
        cells: predecoder.cells,
        places: predecoder.places,
    }
}

/// The cell of a direct call with `copied` arguments.
pub(super) fn call_cell(copied: usize, paid: bool) -> Cell {
    let cell = match copied {
        0 => Cell::Call0,
        1 => Cell::Call1,
        _ => Cell::Call2,
    };
    if paid { cell.paid() } else { cell }
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
    /// A register of the predecoder's own, behind the function's.
    scratch: u16,
    /// The first register of callees.
    window: u16,
    /// How many arguments lie there at most.
    out: usize,
    /// The word of the present instruction.
    at: usize,
    /// Where the last cell starts: its operands stand behind that word.
    start: usize,
    /// The cell that the next one can be joined with.
    last: Option<Last>,
    /// How many instructions may still be made a second time, at jumps to them.
    copies: usize,
    /// The word of an instruction that has no cell yet.
    pending: Option<usize>,
    places: Vec<(usize, usize)>,
    with_places: bool,
}

/// A cell behind which nothing stands yet.
struct Last {
    start: usize,
    cell: Cell,
    /// The register that has what it hands over.
    result: Option<u16>,
}

impl<'a> Predecoder<'a> {
    fn prologue(&mut self, params: usize, runs: &[RegisterRun]) {
        if self.observed {
            self.observe(super::observe::ENTER);
        }
        let mut first = params;
        for run in runs {
            if run.flags & RegisterRun::ZEROED != 0 {
                self.emit_cd(Cell::Zero, first as u16, 0, u32::from(run.count));
            }
            first += usize::from(run.count);
        }
    }

    /// Marks where jumps lead that stand behind copies of short blocks, so that a cell begins there.
    fn mark_copies(&mut self) {
        let mut at = 0;
        while let Some(inst) = self.decode(at) {
            if inst.op == Op::Jump
                && let target = at.wrapping_add_signed(inst.distance() as isize)
                && let Some((_, behind, true)) = self.short_block(target)
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

    /// Makes the cells of the present instruction, and of those behind it that share one with it.
    /// Gives the number of words that they cover.
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

    /// Says that the cells from here on belong to the instruction at `word`.
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
            // Otherwise it may have become the second half of a pair.
            debug_assert!(self.is_target(fixup.target), "word {}", fixup.target);
            let target = self.starts.get(fixup.target).copied().unwrap_or(0);
            let distance = (i64::from(target) - fixup.cell as i64) * 8;
            let word = &mut self.cells[fixup.half / 2];
            let shift = fixup.half % 2 * 32;
            *word &= !(0xffff_ffff << shift);
            *word |= u64::from(distance as i32 as u32) << shift;
        }
    }

    /// Whether the word is led to by a branch, so that its instruction must begin a cell.
    fn is_target(&self, word: usize) -> bool {
        self.targets.contains(word)
    }

    /// A cell, or the second half of a pair with the last one.
    fn emit(&mut self, cell: Cell, mut a: u16, mut b: u16, mut c: u16, d: u16) {
        if let Some(last) = &self.last {
            let words = self.cells.len() - last.start;
            debug_assert!(words >= last.cell.columns().words.into(), "{:?}", last.cell);
        }
        let joined = self.join(cell, &mut a, &mut b, &mut c, d);
        if !joined {
            self.cells.push(self.facts.dispatch.word(cell));
        }
        let start = self.cells.len() - 1;
        self.cells
            .push(u64::from(a) | u64::from(b) << 16 | u64::from(c) << 32 | u64::from(d) << 48);
        self.last = (!joined && !self.observed).then_some(Last {
            start,
            cell,
            result: pairs::result(cell, a, c),
        });
        if let Some(word) = self.pending.take()
            && self.with_places
        {
            self.places.push((start, word));
        }
        self.start = start;
    }

    /// Makes the last cell a pair with `cell`, when there is one. Operands may change places.
    fn join(&mut self, cell: Cell, a: &mut u16, b: &mut u16, c: &mut u16, d: u16) -> bool {
        let Some(Last {
            start,
            cell: first,
            result,
        }) = self.last
        else {
            return false;
        };
        if !self.facts.uses(Fusion::Pairs) {
            return false;
        }
        let mut takes = Takes::Nothing;
        if let Some(result) = result {
            match cell.columns().exchanges {
                Takes::A if *b == result => std::mem::swap(a, b),
                Takes::B if *c == result => std::mem::swap(b, c),
                Takes::Nothing | Takes::A | Takes::B | Takes::C | Takes::D => {}
            }
            let operands = [
                (Takes::A, *a),
                (Takes::B, *b),
                (Takes::C, *c),
                (Takes::D, d),
            ];
            let handed = |&(takes, register): &(Takes, u16)| {
                register == result && pairs::find(first, cell, takes).is_some()
            };
            takes = operands.into_iter().find(handed).map_or(takes, |one| one.0);
        }
        let place = pairs::find(first, cell, takes);
        let Some(word) = place.and_then(|place| self.facts.dispatch.pair_word(place)) else {
            return false;
        };
        self.cells[start] = word;
        true
    }

    /// Says that the last cell hands over what register `result` has.
    fn hands_over(&mut self, result: u16) {
        if let Some(last) = &mut self.last {
            last.result = Some(result);
        }
    }

    fn emit_cd(&mut self, cell: Cell, a: u16, b: u16, cd: u32) {
        self.emit(cell, a, b, cd as u16, (cd >> 16) as u16)
    }

    fn emit_wide(&mut self, cell: Cell, a: u16, b: u16, c: u16, d: u16, word: u64) {
        self.emit(cell, a, b, c, d);
        self.cells.push(word);
    }

    /// A cell with its distance in `c:d`, for a branch over `distance` words. Backward ones cost
    /// fuel.
    fn emit_branch(&mut self, cell: Cell, a: u16, b: u16, from: usize, distance: i32) {
        let cell = if self.paid && distance <= 0 {
            cell.paid()
        } else {
            cell
        };
        debug_assert!(cell.columns().branches, "{cell:?}");
        self.emit(cell, a, b, 0, 0);
        let start = self.start;
        self.fixups.push(Fixup {
            cell: start,
            half: (start + 1) * 2 + 1,
            target: from.wrapping_add_signed(distance as isize),
        });
    }

    /// Register numbers, four to a word.
    fn emit_list(&mut self, registers: impl Iterator<Item = u16>) {
        for (lane, register) in registers.enumerate() {
            if lane % 4 == 0 {
                self.cells.push(0);
            }
            if let Some(word) = self.cells.last_mut() {
                *word |= u64::from(register) << (lane % 4 * 16);
            }
        }
    }

    fn emit_results(&mut self, results: &[u16]) {
        let scratch = self.scratch;
        self.emit_list(results.iter().map(|&register| match register {
            DISCARD => scratch,
            register => register,
        }));
    }

    /// Puts the arguments from number `copied` on into the window; the call's own cell copies the
    /// others.
    fn emit_arguments(&mut self, arguments: &[u16], copied: usize) {
        self.out = self.out.max(arguments.len());
        let mut rest = arguments.iter().enumerate().skip(copied);
        while let Some((n, &argument)) = rest.next() {
            let slot = self.window + n as u16;
            match rest.next() {
                Some((_, &second)) => {
                    self.emit(Cell::MoveTwo, slot, argument, slot + 1, second);
                }
                None => self.emit(Cell::Move, slot, argument, 0, 0),
            }
        }
    }

    fn callee_type(&self, function: u32) -> &'a FuncType {
        static NO_TYPE: std::sync::LazyLock<FuncType> = std::sync::LazyLock::new(FuncType::default);
        let module = self.facts.guest.program.module();
        let ty = self.facts.guest.spaces.func_type(module, function);
        ty.and_then(|ty| module.types.get(ty as usize))
            .unwrap_or(&NO_TYPE)
    }

    fn emit_call(&mut self, inst: &Inst<'a>) {
        let function = inst.func();
        let ty = self.callee_type(function);
        let (arguments, rest) = inst.registers().split_at(ty.params.len());
        let copied = arguments.len().min(2);
        self.emit_arguments(arguments, copied);
        let argument = |n: usize| arguments.get(n).copied().unwrap_or(0);
        let entry = &self.facts.functions[function as usize];
        let (window, first, second) = (self.window, argument(0), argument(1));
        if self.facts.is_ready(function) {
            let cell = call_cell(copied, self.paid);
            let (slots, code) = (entry.slots as u16, address(entry.code));
            self.emit_wide(cell, window, first, second, slots, code);
        } else {
            let kind = copied as u16 | u16::from(self.paid) << 2;
            let cell = Cell::CallUnready;
            self.emit_wide(cell, window, first, second, kind, function.into());
        }
        self.emit_results(&rest[..ty.results.len()]);
    }

    fn table_address(&self, index: u32) -> u64 {
        address(&raw const self.facts.guest.instance.tables[index as usize])
    }

    fn emit_call_indirect(&mut self, inst: &Inst<'a>) {
        let (table, ty_index) = (inst.table(0), inst.type_index());
        let ty = &self.facts.guest.program.module().types[ty_index as usize];
        let (arguments, rest) = inst.registers().split_at(ty.params.len());
        self.emit_arguments(arguments, 0);
        let cell = self.paid_or(Cell::CallIndirect);
        let table = self.table_address(table);
        self.emit_wide(cell, self.window, inst.src(0), 0, 0, table);
        let canonical = self.facts.guest.canonical_types[ty_index as usize];
        self.cells.push(canonical.into());
        self.emit_results(&rest[..ty.results.len()]);
    }

    fn emit_tail_call(&mut self, inst: &Inst<'a>) {
        let function = inst.func();
        let count = self.callee_type(function).params.len();
        self.emit_arguments(&inst.registers()[..count], 0);
        let cell = self.paid_or(Cell::TailCall);
        self.emit_cd(cell, self.window, 0, count as u32);
        let entry = &raw const self.facts.functions[function as usize];
        self.cells.push(address(entry));
    }

    fn emit_tail_call_indirect(&mut self, inst: &Inst<'a>) {
        let (table, ty_index) = (inst.table(0), inst.type_index());
        let count = self.facts.guest.program.module().types[ty_index as usize]
            .params
            .len();
        self.emit_arguments(&inst.registers()[..count], 0);
        let cell = self.paid_or(Cell::TailCallIndirect);
        self.emit_cd(cell, self.window, inst.src(0), count as u32);
        let table = self.table_address(table);
        self.cells.push(table);
        let canonical = self.facts.guest.canonical_types[ty_index as usize];
        self.cells.push(canonical.into());
    }

    fn emit_switch(&mut self, inst: &Inst<'a>) {
        let targets = inst.targets();
        let cell = self.paid_or(Cell::Switch);
        self.emit_cd(cell, inst.src(0), 0, targets.len() as u32 - 1);
        let start = self.start;
        for (n, &distance) in targets.iter().enumerate() {
            if n % 2 == 0 {
                self.cells.push(0);
            }
            self.fixups.push(Fixup {
                cell: start,
                half: (start + 2) * 2 + n,
                target: self.at.wrapping_add_signed(distance as isize),
            });
        }
    }

    fn paid_or(&self, cell: Cell) -> Cell {
        if self.paid { cell.paid() } else { cell }
    }
}

/// Whether the instruction writes registers and goes on.
fn writes(inst: &Inst<'_>) -> bool {
    inst.operands()
        .iter()
        .any(|operand| matches!(operand.role, Role::Dst(_) | Role::Results(_)))
}
