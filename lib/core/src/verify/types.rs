//! One pass over the code of a function: instructions, their operands' types, branch targets.

use super::assignment;
use super::checks::{
    A, B, C, Check, Checks, Class, ENDS, LABEL_BC, LABEL_W1, LISTS, STOPS, TARGETS, W1A, W1B,
};
use super::context::Context;
use super::finding::{Finding, OperandSite, Report, Site};
use super::operands;
use super::quick;
use crate::diag::codes::verify::*;
use crate::isa::decode::length;
use crate::isa::{DISCARD, DecodeError, FuncType, RESERVED, Role, ValType, decode};
use crate::module::{Kind, Surroundings, Types};

/// The class of the type of every register; 0 where the function has no such register.
pub(super) type RegisterTypes = [u8; 1 << 16];

/// A function whose code is being checked.
pub(super) struct Frame<'c, 'm> {
    pub context: &'c Context<'m>,
    /// Function index.
    pub function: u32,
    pub ty: &'m FuncType,
    pub code: &'m [u64],
    pub types: &'c RegisterTypes,
    /// The type words of registers whose class does not determine the type.
    words: &'c [u32],
    /// The number of registers, parameters counted.
    pub registers: u32,
}

impl<'m> Surroundings<'m> for Frame<'_, 'm> {
    fn types(&self) -> &'m Types {
        &self.context.module.types
    }

    fn function_type(&self, function: u32) -> Option<u32> {
        self.context.func_type_index(function)
    }

    fn own_type(&self) -> Option<&'m FuncType> {
        Some(self.ty)
    }

    fn register_type(&self, register: u16) -> Option<ValType> {
        match self.types[usize::from(register)] {
            ValType::MANAGED_CLASS => ValType::from_word(*self.words.get(usize::from(register))?),
            class => ValType::of_class(class),
        }
    }
}

impl Frame<'_, '_> {
    /// A place in the function. The instruction's number is filled in when all findings are known.
    pub fn site(&self, word: usize, operand: Option<OperandSite>) -> Site {
        Site::Code {
            function: self.function,
            instruction: 0,
            word: word as u32,
            operand,
        }
    }
}

/// Checks functions one after another, keeping its buffers.
pub(super) struct Worker<'c, 'm> {
    context: &'c Context<'m>,
    checks: &'static Checks,
    types: Box<RegisterTypes>,
    /// See [`Frame::words`]; as many as the function has registers, or none.
    words: Vec<u32>,
    /// Marks words that are not the first of their instruction.
    inner: Vec<u64>,
    /// Marks branch targets.
    targets: Vec<u64>,
    assignment: assignment::Buffers,
    /// The highest opcode number so far; none when some code could not be followed.
    pub highest: Option<u16>,
}

/// What the pass has found out about a function's flow of control.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    /// Every instruction and branch could be followed.
    Known,
    /// Not all could; nothing more is reported about paths.
    Unclear,
}

impl<'c, 'm> Worker<'c, 'm> {
    pub fn new(context: &'c Context<'m>) -> Self {
        Worker {
            context,
            checks: Checks::of(context.address),
            types: Box::new([0; 1 << 16]),
            words: Vec::new(),
            inner: Vec::new(),
            targets: Vec::new(),
            assignment: assignment::Buffers::default(),
            highest: Some(0),
        }
    }

    /// Checks defined function number `defined`. Nothing is reported about the code of a function
    /// whose rows are wrong.
    pub fn function(&mut self, defined: usize, report: &mut Report) {
        let module = self.context.module;
        let row = &module.functions[defined];
        let Some(ty) = module.types.func(row.ty) else {
            self.highest = None;
            return;
        };
        let Some(registers) = self.fill_types(defined, ty) else {
            self.highest = None;
            return;
        };
        let code = module.function_code(defined);
        let first_finding = report.findings.len();
        let words = code.len().div_ceil(64);
        for bits in [&mut self.inner, &mut self.targets] {
            bits.clear();
            bits.resize(words, 0);
        }
        let frame = Frame {
            context: self.context,
            function: self.context.spaces.index_of(Kind::Func, defined),
            ty,
            code,
            types: &self.types,
            words: &self.words,
            registers,
        };
        let mut pass = Pass {
            frame: &frame,
            checks: self.checks,
            inner: &mut self.inner,
            targets: &mut self.targets,
            flow: Flow::Known,
            highest: 0,
        };
        pass.run(report);
        let highest = pass.highest;
        let known = pass.flow == Flow::Known;
        self.highest = self
            .highest
            .filter(|_| known)
            .map(|before| before.max(highest));
        if known {
            let runs = module.function_runs(defined);
            let buffers = &mut self.assignment;
            assignment::check(&frame, self.checks, &self.targets, runs, buffers, report);
        }
        settle(&mut report.findings[first_finding..], code);
        self.types[..registers as usize].fill(0);
    }

    /// Enters the types of a function's registers and returns their number; none, with nothing
    /// entered, when there are too many or a type is not known, which has been reported.
    fn fill_types(&mut self, defined: usize, ty: &FuncType) -> Option<u32> {
        let module = self.context.module;
        let runs = module.function_runs(defined);
        let limit = self.context.limits.registers;
        let mut count = ty.params.len() as u64;
        for run in runs {
            ValType::from_word(run.ty)?;
            count += u64::from(run.count);
        }
        // DISCARD is not a register, whatever the limit.
        if count > limit || count > u64::from(DISCARD) {
            return None;
        }
        self.words.clear();
        let params = ty.params.iter().map(|&ty| (1, ty));
        let runs = runs.iter().filter_map(|run| {
            let ty = ValType::from_word(run.ty)?;
            Some((usize::from(run.count), ty))
        });
        let mut next = 0;
        for (length, ty) in params.chain(runs) {
            let end = next + length;
            self.types[next..end].fill(ty.class());
            if ty.is_managed() {
                self.words.resize(count as usize, 0);
                self.words[next..end].fill(ty.word());
            }
            next = end;
        }
        Some(count as u32)
    }
}

/// Puts a function's findings in order and gives them their instruction numbers.
fn settle(findings: &mut [Finding], code: &[u64]) {
    findings.sort_by_key(Finding::order_in_function);
    let (mut at, mut number) = (0, 0);
    for finding in findings {
        if let Site::Code {
            word, instruction, ..
        } = &mut finding.site
        {
            while at < *word as usize {
                let Some(words) = code.get(at).and_then(|&first| length(first)) else {
                    break;
                };
                at += words;
                number += 1;
            }
            *instruction = number;
        }
    }
}

/// Whether a register of a fixed type in the first word has another one.
#[inline(always)]
fn mismatch(types: &RegisterTypes, check: &Check, first: u64) -> bool {
    let ty = |at: usize| {
        let register = (first >> (16 + 16 * at)) as u16;
        (types[usize::from(register)] ^ check.expect[at]) & check.mask[at]
    };
    ty(A) | ty(B) | ty(C) != 0
}

struct Pass<'a, 'c, 'm> {
    frame: &'a Frame<'c, 'm>,
    checks: &'static Checks,
    inner: &'a mut [u64],
    targets: &'a mut [u64],
    flow: Flow,
    highest: u16,
}

impl Pass<'_, '_, '_> {
    fn run(&mut self, report: &mut Report) {
        let (code, types, checks) = (self.frame.code, self.frame.types, self.checks);
        let (mut at, mut last, mut highest) = (0, 0, 0);
        while at < code.len() {
            last = at;
            let first = code[at];
            highest = highest.max(first as u16);
            let check = checks.get(first);
            let fine = first & check.zero[0] == 0 && !mismatch(types, check, first);
            let plain = check.class == Class::Plain && check.words == 1;
            if fine && plain && check.flags & (LABEL_BC | ENDS) == 0 {
                at += 1;
                continue;
            }
            match self.instruction(at, check, fine, report) {
                Some(next) => at = next,
                None => {
                    self.flow = Flow::Unclear;
                    self.misplaced_targets(report);
                    return;
                }
            }
        }
        self.highest = highest;
        self.misplaced_targets(report);
        if !self.checks.get(code[last]).has(STOPS) && length_known(code[last]) {
            self.flow = Flow::Unclear;
            let mnemonic = operands::mnemonic(code[last]);
            report
                .add(Finding::new(
                    &V0153,
                    self.frame.site(last, None),
                    format!("the function ends with {mnemonic}, after which control would run on"),
                ))
                .help("end every path with RETURN, JUMP, SWITCH, TRAP or a tail call");
        }
    }

    /// Any instruction but the simplest; returns where the next one begins, none when that cannot
    /// be known.
    fn instruction(
        &mut self,
        at: usize,
        check: &Check,
        fine: bool,
        report: &mut Report,
    ) -> Option<usize> {
        let code = self.frame.code;
        let first = code[at];
        let mut words = usize::from(check.words);
        if check.has(LISTS) {
            words += usize::from((first >> 16) as u16);
        } else if check.has(TARGETS) {
            words += (first >> 32) as usize / 2 + 1;
        }
        let next = at + words;
        if check.class == Class::None || next > code.len() {
            return self.no_instruction(at, report);
        }
        for word in at + 1..next {
            self.inner[word / 64] |= 1 << (word % 64);
        }
        if !(fine && self.rest_is_fine(check, &code[at..next])) {
            // What the quick check does not accept is read with the row itself, which finds the
            // words, or that all is well.
            let Ok(inst) = decode(code, at) else {
                return self.no_instruction(at, report);
            };
            if !operands::check(self.frame, at, &inst, report) {
                self.flow = Flow::Unclear;
            }
        }
        self.branches(at, check, report);
        Some(next)
    }

    /// Whether an instruction whose first word is fine is right as a whole; false also where that
    /// is not decided here.
    fn rest_is_fine(&self, check: &Check, words: &[u64]) -> bool {
        (check.words == 1 || self.second_word(check, words[1]))
            && match check.class {
                Class::Plain => true,
                Class::Same => self.same_types(check, words),
                Class::Call => self.call(words[0], &words[1..]),
                Class::Managed => quick::is_right(self.frame, words),
                Class::Row | Class::None => false,
            }
    }

    fn second_word(&self, check: &Check, second: u64) -> bool {
        let is_wrong = |at: usize| {
            let register = (second >> (16 * (at - W1A))) as u16;
            (self.frame.types[usize::from(register)] ^ check.expect[at]) & check.mask[at]
        };
        second & check.zero[1] == 0
            && is_wrong(W1A) | is_wrong(W1B) == 0
            && check.wide.accepts(second)
    }

    fn same_types(&self, check: &Check, words: &[u64]) -> bool {
        let ty = |at: usize| self.frame.types[usize::from((words[0] >> (16 + 16 * at)) as u16)];
        let wanted = ty(A);
        let are_same = (B..=C).all(|at| check.same >> at & 1 == 0 || ty(at) == wanted);
        if are_same && ValType::of_class(wanted).is_some() {
            return true;
        }
        let ty = |at: usize| {
            let register = (words[0] >> (16 + 16 * at)) as u16;
            self.frame.register_type(register)
        };
        let fits = |at: usize| match (ty(at), ty(A)) {
            (Some(source), Some(wanted)) => self.frame.context.is_subtype(source, wanted),
            _ => false,
        };
        (B..=C).all(|at| check.same >> at & 1 == 0 || fits(at))
    }

    fn call(&self, first: u64, list: &[u64]) -> bool {
        let Some((params, results)) = self.frame.context.signature((first >> 32) as u32) else {
            return false;
        };
        if list.len() != (params.len() + results.len()).div_ceil(4) {
            return false;
        }
        let lanes: &[u16] = bytemuck::cast_slice(list);
        let (args, rest) = lanes.split_at(params.len());
        let (outs, padding) = rest.split_at(results.len());
        let types = self.frame.types;
        let of = |register: u16| types[usize::from(register)];
        let args_fit = args.iter().zip(params).all(|(&r, &t)| of(r) == t);
        let mut pairs = outs.iter().zip(results);
        let results_fit = pairs.all(|(&r, &t)| r == DISCARD || of(r) == t);
        let fits = args_fit && results_fit || self.call_of_references(first, args, outs);
        fits && padding.iter().all(|&lane| lane == 0)
    }

    /// The same with types, for which classes are not enough.
    fn call_of_references(&self, first: u64, args: &[u16], outs: &[u16]) -> bool {
        let context = self.frame.context;
        let Some(ty) = context.func_type((first >> 32) as u32) else {
            return false;
        };
        let is = |register: u16, fits: &dyn Fn(ValType) -> bool| {
            self.frame.register_type(register).is_some_and(fits)
        };
        let mut args = args.iter().zip(&ty.params);
        let mut outs = outs.iter().zip(&ty.results);
        args.all(|(&r, &ty)| is(r, &|own| context.is_subtype(own, ty)))
            && outs.all(|(&r, &ty)| r == DISCARD || is(r, &|own| context.is_subtype(ty, own)))
    }

    /// Marks the targets of an instruction, or reports those outside the function.
    fn branches(&mut self, at: usize, check: &Check, report: &mut Report) {
        if check.flags & (LABEL_BC | LABEL_W1 | TARGETS) == 0 {
            return;
        }
        let code = self.frame.code;
        if check.has(LABEL_BC) {
            self.branch(at, (code[at] >> 32) as i32, 0, report);
        } else if check.has(LABEL_W1) {
            self.branch(at, code[at + 1] as i32, 0, report);
        } else if let Ok(inst) = decode(code, at) {
            for (element, &target) in inst.targets().iter().enumerate() {
                self.branch(at, target, element, report);
            }
        }
    }

    #[inline]
    fn branch(&mut self, at: usize, distance: i32, element: usize, report: &mut Report) {
        let target = at as i64 + i64::from(distance);
        if target >= 0 && target < self.frame.code.len() as i64 {
            let target = target as usize;
            self.targets[target / 64] |= 1 << (target % 64);
            return;
        }
        self.flow = Flow::Unclear;
        let Some(operand) = operands::label_site(self.frame.code[at], element) else {
            return;
        };
        report.add(Finding::new(
            &V0158,
            self.frame.site(at, Some(operand)),
            format!(
                "the branch goes to word {target}, outside the function, which has words 0 to {}",
                self.frame.code.len() - 1
            ),
        ));
    }

    /// Reports the branches into the middle of an instruction.
    fn misplaced_targets(&mut self, report: &mut Report) {
        let misplaced = |target: usize| self.inner[target / 64] >> (target % 64) & 1 != 0;
        if self
            .inner
            .iter()
            .zip(&*self.targets)
            .all(|(i, t)| i & t == 0)
        {
            return;
        }
        self.flow = Flow::Unclear;
        let code = self.frame.code;
        let mut at = 0;
        while let Ok(inst) = decode(code, at) {
            for (index, operand) in inst.operands().iter().enumerate() {
                let labels: &[i32] = match operand.role {
                    Role::Label => &[inst.field(operand.field) as i32],
                    Role::Targets => inst.targets(),
                    Role::Dst(_)
                    | Role::Src(_)
                    | Role::Imm(_)
                    | Role::Offset
                    | Role::Addend
                    | Role::Index(_)
                    | Role::TrapKind
                    | Role::RefType
                    | Role::Field
                    | Role::Count
                    | Role::Args(_)
                    | Role::Results(_) => continue,
                };
                for (element, &distance) in labels.iter().enumerate() {
                    let target = at as i64 + i64::from(distance);
                    if target < 0 || target >= code.len() as i64 || !misplaced(target as usize) {
                        continue;
                    }
                    let operand = OperandSite {
                        index: index as u8,
                        element: element as u32,
                    };
                    let message = format!(
                        "the branch goes to word {target}, which is not the first of an instruction"
                    );
                    let site = self.frame.site(at, Some(operand));
                    report.add(Finding::new(&V0159, site, message));
                }
            }
            at += inst.words.len();
        }
    }

    /// Reports that there is no instruction at `at`; returns where the next one begins, if that
    /// can be known.
    fn no_instruction(&mut self, at: usize, report: &mut Report) -> Option<usize> {
        self.flow = Flow::Unclear;
        let code = self.frame.code;
        let site = self.frame.site(at, None);
        match decode(code, at) {
            Err(DecodeError::Reserved(number, words)) => {
                let family = RESERVED.iter().find(|(range, _)| range.contains(&number));
                let message = format!(
                    "opcode {number:#05x} is reserved for a later version ({})",
                    family.map_or("", |(_, family)| family)
                );
                report.add(Finding::new(&V0151, site, message));
                let next = at + words?;
                for word in at + 1..next.min(code.len()) {
                    self.inner[word / 64] |= 1 << (word % 64);
                }
                (next <= code.len()).then_some(next)
            }
            Err(DecodeError::Truncated(form, words)) => {
                let message = format!(
                    "{} has {words} words, the function ends after {}",
                    form.op().info().full_mnemonic(),
                    code.len() - at
                );
                report.add(Finding::new(&V0152, site, message));
                None
            }
            _ => {
                let message = format!(
                    "there is no instruction with opcode {:#05x}",
                    code[at] as u16
                );
                report
                    .add(Finding::new(&V0150, site, message))
                    .help("where the next instruction begins is unknown: the rest of the function was not checked");
                None
            }
        }
    }
}

/// Whether the word begins an instruction of this version, so that something can be reported about
/// what follows it.
fn length_known(first: u64) -> bool {
    crate::isa::Form::from_number(first as u16).is_some()
}

/// What the quick checks and the row decide about the instruction at the beginning of `code`, in a
/// function with the registers of the module's first; none where the quick checks leave it to the
/// row.
#[cfg(test)]
pub(super) fn quick_and_slow(context: &Context, code: &[u64]) -> Option<(bool, bool)> {
    let mut worker = Worker::new(context);
    let ty = context.module.types.func(0)?;
    let frame = Frame {
        context,
        function: 0,
        ty,
        code,
        registers: worker.fill_types(0, ty)?,
        types: &worker.types,
        words: &worker.words,
    };
    let pass = Pass {
        frame: &frame,
        checks: worker.checks,
        inner: &mut [],
        targets: &mut [],
        flow: Flow::Known,
        highest: 0,
    };
    let check = pass.checks.get(code[0]);
    let inst = decode(code, 0).ok()?;
    if check.class == Class::Row {
        return None;
    }
    let first_is_fine = code[0] & check.zero[0] == 0 && !mismatch(frame.types, check, code[0]);
    let quick = first_is_fine && pass.rest_is_fine(check, inst.words);
    let mut report = Report::new(10);
    operands::check(&frame, 0, &inst, &mut report);
    Some((quick, report.findings.is_empty()))
}
