//! Definite assignment: no register is read that some path reaches before it is written.
//!
//! The pass walks the code in order with the set of registers that may be unassigned. Each branch
//! adds the set to that of its target; where a target is met, its set is taken up. A branch
//! backwards to a target whose set it does not enlarge needs nothing more, and that is so for
//! every loop that is entered at its head: one walk is enough. Otherwise the walk is repeated from
//! the lowest target that has changed, and when that has been tried a few times the sets are
//! computed block by block with a worklist, for 64 registers at a time, which is linear in
//! registers times edges whatever the code looks like.
//!
//! Only registers that are neither parameters nor zeroed take part: each has a *slot*, from 1;
//! slot 0 stands for all others and is never in a set.

use std::collections::HashSet;

use super::checks::{
    Check, Checks, Class, ENDS, LABEL_BC, LABEL_W1, LISTS, STOPS, TARGETS, W1A, W1B, WRITES,
};
use super::finding::{Finding, OperandSite, Report};
use super::operands;
use super::types::Frame;
use crate::cfg::Blocks;
use crate::diag::codes::verify::*;
use crate::isa::{Form, Inst, Role, Signature, decode};
use crate::module::{Lists, RegisterRun, Surroundings};

/// After this many times the function's length, the walks are given up for the worklist.
const WALKS: usize = 4;

/// Words of a set with room for every slot. Of a function's sets only as many are used as it has
/// slots for.
const SET_WORDS: usize = (1 << 16) / 64;

/// Slots whose registers may be unassigned.
type Set = [u64; SET_WORDS];

/// What the pass keeps from one function to the next.
pub(super) struct Buffers {
    /// The slot of each register.
    slots: Box<[u16; 1 << 16]>,
    /// The current set.
    now: Box<Set>,
    /// The sets at branch targets, in the order of the targets.
    at_targets: Vec<u64>,
    /// Number of targets before each group of 64 words.
    ranks: Vec<u32>,
}

impl Default for Buffers {
    fn default() -> Self {
        Buffers {
            slots: Box::new([0; 1 << 16]),
            now: Box::new([0; SET_WORDS]),
            at_targets: Vec::new(),
            ranks: Vec::new(),
        }
    }
}

/// Checks a function whose instructions and branches are known to be sound. `targets` marks the
/// words that are branch targets.
pub(super) fn check(
    frame: &Frame,
    checks: &Checks,
    targets: &[u64],
    runs: &[RegisterRun],
    buffers: &mut Buffers,
    report: &mut Report,
) {
    let is_tracked = |run: &&RegisterRun| run.flags & RegisterRun::ZEROED == 0;
    let tracked: u64 = runs
        .iter()
        .filter(is_tracked)
        .map(|run| u64::from(run.count))
        .sum();
    if tracked == 0 {
        return;
    }
    let limit = frame.context.limits.assignment;
    if tracked * frame.code.len() as u64 > limit {
        let blocks = Blocks::new(frame.code).len() as u64;
        if tracked * blocks > limit {
            let message = format!(
                "{tracked} unzeroed registers times {blocks} basic blocks is more than {limit}"
            );
            report
                .add(Finding::new(&V0169, frame.site(0, None), message))
                .help("declare registers `zeroed`, or split the function");
            return;
        }
    }
    fill_slots(frame, runs, &mut buffers.slots[..]);
    let mut walk = Walk::new(frame, checks, targets, tracked as usize, buffers);
    if walk.reach_fixed_point() {
        let mut reads = Vec::new();
        walk.collect(&mut reads);
        let written = walk.written_registers();
        report_reads(frame, reads, &written, report);
    }
    buffers.slots[..frame.registers as usize].fill(0);
}

fn fill_slots(frame: &Frame, runs: &[RegisterRun], slots: &mut [u16]) {
    let (mut register, mut slot) = (frame.ty.params.len(), 1);
    for run in runs {
        let end = register + usize::from(run.count);
        if run.flags & RegisterRun::ZEROED == 0 {
            for place in &mut slots[register..end] {
                *place = slot;
                slot += 1;
            }
        }
        register = end;
    }
}

/// The number of words of an instruction.
#[inline(always)]
fn length(check: &Check, first: u64) -> usize {
    let words = usize::from(check.words);
    if check.flags & (LISTS | TARGETS) == 0 {
        words
    } else if check.has(LISTS) {
        words + usize::from((first >> 16) as u16)
    } else {
        words + (first >> 32) as usize / 2 + 1
    }
}

struct Walk<'a, 'c, 'm> {
    frame: &'a Frame<'c, 'm>,
    checks: &'a Checks,
    targets: &'a [u64],
    slots: &'a [u16; 1 << 16],
    now: &'a mut Set,
    at_targets: &'a mut Vec<u64>,
    ranks: &'a mut Vec<u32>,
    tracked: usize,
    /// Words of a set.
    width: usize,
    /// The lowest target already passed whose set has grown since.
    restart: Option<usize>,
    /// Some read may be of an unassigned register.
    suspicious: bool,
}

/// A register that is read where it may be unassigned.
struct Read {
    word: usize,
    operand: OperandSite,
    register: u16,
}

impl<'a, 'c, 'm> Walk<'a, 'c, 'm> {
    fn new(
        frame: &'a Frame<'c, 'm>,
        checks: &'a Checks,
        targets: &'a [u64],
        tracked: usize,
        buffers: &'a mut Buffers,
    ) -> Self {
        let width = (tracked + 1).div_ceil(64);
        let mut count = 0;
        buffers.ranks.clear();
        for bits in targets {
            buffers.ranks.push(count);
            count += bits.count_ones();
        }
        buffers.at_targets.clear();
        buffers.at_targets.resize(count as usize * width, 0);
        Walk {
            frame,
            checks,
            targets,
            slots: &buffers.slots,
            now: &mut buffers.now,
            at_targets: &mut buffers.at_targets,
            ranks: &mut buffers.ranks,
            tracked,
            width,
            restart: None,
            suspicious: false,
        }
    }

    /// Computes the sets at all targets; whether some read may be of an unassigned register.
    fn reach_fixed_point(&mut self) -> bool {
        self.all_unassigned();
        self.walk(0);
        let mut steps = self.frame.code.len();
        while let Some(start) = self.restart.take() {
            steps += self.frame.code.len() - start;
            if steps > WALKS * self.frame.code.len() {
                self.worklist();
                return true;
            }
            self.now[..self.width].fill(0);
            self.walk(start);
        }
        self.suspicious
    }

    /// The set at entry.
    fn all_unassigned(&mut self) {
        let used = self.tracked + 1;
        self.now[..self.width].fill(u64::MAX);
        if !used.is_multiple_of(64) {
            self.now[self.width - 1] &= u64::MAX >> (64 - used % 64);
        }
        self.now[0] &= !1;
    }

    fn is_target(&self, word: usize) -> bool {
        self.targets[word / 64] >> (word % 64) & 1 != 0
    }

    /// Where the set of the target at `word` begins.
    fn set_of(&self, word: usize) -> usize {
        let before = self.targets[word / 64] & !(u64::MAX << (word % 64));
        (self.ranks[word / 64] + before.count_ones()) as usize * self.width
    }

    /// Takes up the set of the target at `word`, and adds to it what falls through to it.
    fn enter(&mut self, word: usize) {
        let start = self.set_of(word);
        let set = &mut self.at_targets[start..start + self.width];
        for (now, at_target) in self.now.iter_mut().zip(set) {
            *at_target |= *now;
            *now = *at_target;
        }
    }

    /// Adds the current set to that of the target at `word`.
    fn branch(&mut self, from: usize, distance: i32) {
        let to = (from as i64 + i64::from(distance)) as usize;
        let start = self.set_of(to);
        let set = &mut self.at_targets[start..start + self.width];
        let mut grown = 0;
        for (now, at_target) in self.now.iter().zip(set) {
            grown |= now & !*at_target;
            *at_target |= now;
        }
        if grown != 0 && to <= from && self.restart.is_none_or(|restart| to < restart) {
            self.restart = Some(to);
        }
    }

    #[inline(always)]
    fn unassigned(&self, register: u16) -> bool {
        let slot = self.slots[usize::from(register)];
        self.now[usize::from(slot / 64)] >> (slot % 64) & 1 != 0
    }

    #[inline(always)]
    fn assign(&mut self, register: u16) {
        let slot = self.slots[usize::from(register)];
        self.now[usize::from(slot / 64)] &= !(1 << (slot % 64));
    }

    /// Walks the code from `start` on.
    fn walk(&mut self, start: usize) {
        let (code, checks, slots) = (self.frame.code, self.checks, self.slots);
        let mut suspicious = 0;
        let mut at = start;
        while at < code.len() {
            if self.is_target(at) {
                self.enter(at);
            }
            let first = code[at];
            let check = checks.get(first);
            let slot = |field: usize| slots[usize::from((first >> (16 + 16 * field)) as u16)];
            let reads = u64::from(check.reads);
            let now = &mut *self.now;
            let unassigned = |slot: u16| now[usize::from(slot / 64)] >> (slot % 64);
            suspicious |= unassigned(slot(0)) & reads
                | unassigned(slot(1)) & (reads >> 1)
                | unassigned(slot(2)) & (reads >> 2);
            if check.words == 1 && check.flags & !WRITES == 0 {
                let written = slot(0);
                let bit = u64::from(check.flags / WRITES) << (written % 64);
                now[usize::from(written / 64)] &= !bit;
                at += 1;
                continue;
            }
            let next = at + length(check, first);
            if check.reads >> W1A != 0 {
                let second = code[at + 1];
                let reads = |at: usize| check.reads >> at & 1 != 0;
                self.suspicious |= reads(W1A) && self.unassigned(second as u16)
                    || reads(W1B) && self.unassigned((second >> 16) as u16);
            }
            if check.has(LISTS) {
                let (args, results) = lists(self.frame, check, &code[at..next]);
                for &register in args {
                    self.suspicious |= self.unassigned(register);
                }
                for &register in results {
                    self.assign(register);
                }
            }
            // A branch that writes does so where control does not branch.
            if check.has(ENDS) {
                self.end_block(at, check);
            }
            if check.has(WRITES) {
                self.assign((first >> 16) as u16);
            }
            at = next;
        }
        self.suspicious |= suspicious & 1 != 0;
    }

    fn end_block(&mut self, at: usize, check: &Check) {
        let code = self.frame.code;
        if check.has(LABEL_BC) {
            self.branch(at, (code[at] >> 32) as i32);
        } else if check.has(LABEL_W1) {
            self.branch(at, code[at + 1] as i32);
        } else if check.has(TARGETS) {
            for target in switch_targets(code, at) {
                self.branch(at, (target as i64 - at as i64) as i32);
            }
        }
        if check.has(STOPS) {
            self.now[..self.width].fill(0);
        }
    }

    /// Walks once more with the final sets and lists the reads that are at fault, the first one of
    /// each register.
    fn collect(&mut self, reads: &mut Vec<Read>) {
        let code = self.frame.code;
        let mut seen = HashSet::new();
        self.all_unassigned();
        let mut at = 0;
        while let Ok(inst) = decode(code, at) {
            if self.is_target(at) {
                self.enter(at);
            }
            for_each_read(self.frame, &inst, |operand, register| {
                if self.unassigned(register) && seen.insert(register) {
                    reads.push(Read {
                        word: at,
                        operand,
                        register,
                    });
                }
            });
            let check = self.checks.get(code[at]);
            for_each_write(self.frame, check, inst.words, |register| {
                self.assign(register)
            });
            if check.has(STOPS) {
                self.now[..self.width].fill(0);
            }
            at += inst.words.len();
        }
    }

    fn written_registers(&self) -> HashSet<u16> {
        let code = self.frame.code;
        let mut written = HashSet::new();
        let mut at = 0;
        while at < code.len() {
            let check = self.checks.get(code[at]);
            let next = at + length(check, code[at]);
            for_each_write(self.frame, check, &code[at..next], |register| {
                written.insert(register);
            });
            at = next;
        }
        written
    }

    /// Computes the sets at all targets block by block, 64 slots at a time.
    fn worklist(&mut self) {
        let blocks = Blocks::new(self.frame.code);
        let (written, written_last) = self.written_by(&blocks);
        let mut entry = vec![0_u64; blocks.len()];
        let mut queue = Vec::new();
        self.all_unassigned();
        for slice in 0..self.width {
            entry.fill(0);
            entry[0] = self.now[slice];
            queue.push(0);
            while let Some(block) = queue.pop() {
                let mut leaving =
                    entry[block as usize] & !written[block as usize * self.width + slice];
                let successors = blocks.successors.of(block);
                for (at, &next) in successors.iter().enumerate() {
                    // The next block is the last of them.
                    let last = usize::from(written_last[block as usize]);
                    if at + 1 == successors.len() && last / 64 == slice {
                        leaving &= !(1 << (last % 64));
                    }
                    if leaving & !entry[next as usize] != 0 {
                        entry[next as usize] |= leaving;
                        queue.push(next);
                    }
                }
            }
            for (start, &set) in blocks.leaders().iter().zip(&entry) {
                if self.is_target(start) {
                    let place = self.set_of(start) + slice;
                    self.at_targets[place] = set;
                }
            }
        }
    }

    /// The slots that each block writes, one set after another; and the slot that its last instruction writes where
    /// that is a branch, and control does not branch; 0 for none.
    fn written_by(&self, blocks: &Blocks) -> (Vec<u64>, Vec<u16>) {
        let code = self.frame.code;
        let mut written = vec![0; blocks.len() * self.width];
        let mut written_last = vec![0; blocks.len()];
        for (block, set) in written.chunks_exact_mut(self.width).enumerate() {
            let words = blocks.range(block as u32);
            let mut at = words.start as usize;
            while at < words.end as usize {
                let check = self.checks.get(code[at]);
                let next = at + length(check, code[at]);
                for_each_write(self.frame, check, &code[at..next], |register| {
                    let slot = self.slots[usize::from(register)];
                    match check.has(ENDS) {
                        true => written_last[block] = slot,
                        false => set[usize::from(slot / 64)] |= 1 << (slot % 64),
                    }
                });
                at = next;
            }
        }
        (written, written_last)
    }
}

fn offset(at: usize, distance: i32) -> usize {
    (at as i64 + i64::from(distance)) as usize
}

/// The words to which the SWITCH at `at` may go, each once.
fn switch_targets(code: &[u64], at: usize) -> Vec<usize> {
    let Ok(inst) = decode(code, at) else {
        return Vec::new();
    };
    let mut targets: Vec<_> = inst
        .targets()
        .iter()
        .map(|&distance| offset(at, distance))
        .collect();
    targets.sort_unstable();
    targets.dedup();
    targets
}

/// The registers that an instruction's list reads, and those that it writes.
fn lists<'w>(frame: &Frame, check: &Check, words: &'w [u64]) -> (&'w [u16], &'w [u16]) {
    let Some(form) = Form::from_number(words[0] as u16) else {
        return (&[], &[]);
    };
    let op = form.op();
    let inst = Inst { op, form, words };
    let lists = match check.class {
        Class::Call => frame.signature(&inst, Signature::Callee).map(Lists::from),
        Class::Plain | Class::Same | Class::Managed | Class::Row | Class::None => {
            frame.lists(&inst)
        }
    };
    lists.map_or((&[], &[]), |lists| lists.divide(&inst))
}

fn for_each_write(frame: &Frame, check: &Check, words: &[u64], mut write: impl FnMut(u16)) {
    if check.has(LISTS) {
        for &register in lists(frame, check, words).1 {
            write(register);
        }
    }
    if check.has(WRITES) {
        write((words[0] >> 16) as u16);
    }
}

fn for_each_read(frame: &Frame, inst: &Inst, mut read: impl FnMut(OperandSite, u16)) {
    for (index, operand) in inst.operands().iter().enumerate() {
        let site = |element: usize| OperandSite {
            index: index as u8,
            element: element as u32,
        };
        match operand.role {
            Role::Src(_) => read(site(0), inst.field(operand.field) as u16),
            Role::Args(_) => {
                let check = Checks::of(frame.context.address).get(inst.words[0]);
                let (args, _) = lists(frame, check, inst.words);
                for (element, &register) in args.iter().enumerate() {
                    read(site(element), register);
                }
            }
            Role::Dst(_)
            | Role::Imm(_)
            | Role::Offset
            | Role::Addend
            | Role::Label
            | Role::Targets
            | Role::Index(_)
            | Role::TrapKind
            | Role::RefType
            | Role::Field
            | Role::Count
            | Role::Results(_) => {}
        }
    }
}

/// Reports reads of unassigned registers, but not at operands with which something else is wrong.
fn report_reads(frame: &Frame, reads: Vec<Read>, written: &HashSet<u16>, report: &mut Report) {
    let blamed: HashSet<_> = report
        .findings
        .iter()
        .filter_map(|finding| match finding.site {
            super::Site::Code {
                function,
                word,
                operand: Some(operand),
                ..
            } if function == frame.function => Some((word as usize, operand)),
            super::Site::Header { .. } | super::Site::Row { .. } | super::Site::Code { .. } => None,
        })
        .collect();
    for read in reads {
        if blamed.contains(&(read.word, read.operand)) {
            continue;
        }
        let module = frame.context.module;
        let name = module.register_display_name(frame.function, read.register);
        let message = if written.contains(&read.register) {
            format!("`{name}` is read here, but not every path to this point assigns it")
        } else {
            format!("`{name}` is read here, but never assigned")
        };
        let mnemonic = operands::mnemonic(frame.code[read.word]);
        report
            .add(Finding::new(
                &V0168,
                frame.site(read.word, Some(read.operand)),
                message,
            ))
            .label(format!("{mnemonic} reads `{name}`"))
            .help(format!(
                "assign `{name}` on every path, or declare it `zeroed`"
            ));
    }
}
