//! The code of one function.

use super::super::canonical::push_run;
use super::super::lines::LinePlace;
use super::super::rows::RegisterRun;
use super::error::{CallSite, Fault};
use super::{Arg, File, Func, Label, Reg, Table, TypeId};
use crate::isa::{Field, FuncType, Op, Trap, ValType};

/// Registers are numbered below this; the highest u16 stands for a dropped result.
const REGISTERS: usize = u16::MAX as usize;

/// A branch whose distance is filled in when all labels are known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fixup {
    /// First word of the branch.
    pub at: u32,
    /// Where the distance lies; [`Field::List`] for target number `lane` of a SWITCH.
    pub field: Field,
    pub lane: u32,
    pub label: Label,
}

/// Collects registers and instructions of a function.
///
/// Registers have one type for the whole function and are numbered in the order in which they
/// are made, after the parameters. Mistakes (a mnemonic that does not exist, operands that an
/// instruction does not take, a label that is bound never or twice) are reported when the module is
/// finished, with the function and the instruction; types are the verifier's business.
#[derive(Clone, Debug, Default)]
pub struct FunctionBuilder {
    params: Vec<ValType>,
    results: Vec<ValType>,
    pub(super) types: Vec<ValType>,
    pub(super) runs: Vec<RegisterRun>,
    pub(super) names: Vec<(u16, Box<str>)>,
    pub(super) code: Vec<u64>,
    /// The word that each label is before, `u32::MAX` until it is bound.
    pub(super) labels: Vec<u32>,
    pub(super) fixups: Vec<Fixup>,
    /// From which word on which place holds.
    pub(super) lines: Vec<(u32, Option<LinePlace>)>,
    pub(super) count: u32,
    /// The last instruction does not continue.
    pub(super) ends: bool,
    pub(super) calls: Vec<CallSite>,
    /// What went wrong first, for [`super::ModuleBuilder::finish`] to report.
    pub(super) fault: Option<Fault>,
}

impl FunctionBuilder {
    /// A function with these parameter and result types.
    pub fn new(params: &[ValType], results: &[ValType]) -> Self {
        FunctionBuilder {
            params: params.to_vec(),
            results: results.to_vec(),
            types: params.to_vec(),
            ..FunctionBuilder::default()
        }
    }

    /// The function's type.
    pub fn func_type(&self) -> FuncType {
        FuncType::new(&self.params, &self.results)
    }

    /// Parameter number `index`.
    pub fn param(&self, index: u16) -> Reg {
        Reg(index)
    }

    /// The register with number `number`, if there is one.
    pub fn nth(&self, number: u16) -> Option<Reg> {
        (usize::from(number) < self.types.len()).then_some(Reg(number))
    }

    /// The number of words of code so far.
    pub fn words(&self) -> usize {
        self.code.len()
    }

    /// A new register.
    pub fn reg(&mut self, ty: ValType) -> Reg {
        self.new_reg(ty, 0)
    }

    /// A new register that is zero (null) at entry; others must be written before they are read.
    pub fn zeroed_reg(&mut self, ty: ValType) -> Reg {
        self.new_reg(ty, RegisterRun::ZEROED)
    }

    fn new_reg(&mut self, ty: ValType, flags: u16) -> Reg {
        if self.types.len() >= REGISTERS {
            self.fault.get_or_insert(Fault::TooLarge);
            return Reg(0);
        }
        self.types.push(ty);
        let run = RegisterRun {
            count: 1,
            ty: ty.word(),
            flags,
        };
        push_run(&mut self.runs, 0, run);
        Reg(self.types.len() as u16 - 1)
    }

    /// The type of a register; none for one of another function.
    pub fn reg_type(&self, reg: Reg) -> Option<ValType> {
        self.types.get(usize::from(reg.0)).copied()
    }

    /// The number of registers so far, parameters included.
    pub fn reg_count(&self) -> usize {
        self.types.len()
    }

    /// Names a register for debuggers and listings.
    pub fn name(&mut self, reg: Reg, name: &str) {
        self.names.push((reg.0, name.into()));
    }

    /// A label for branches, which is bound to a place later.
    pub fn label(&mut self) -> Label {
        self.labels.push(u32::MAX);
        Label(self.labels.len() as u32 - 1)
    }

    /// Binds a label to the next instruction. A label is bound once.
    pub fn bind(&mut self, label: Label) {
        let at = self.code.len() as u32;
        if let Some(place) = self.labels.get_mut(label.0 as usize) {
            if *place != u32::MAX {
                self.fault.get_or_insert(Fault::BoundTwice(label));
            }
            *place = at;
        }
    }

    /// States where in the source the next instructions come from: line from 1, column from 1 or 0.
    pub fn place(&mut self, file: File, line: u32, column: u32) {
        self.line_entry(Some(LinePlace {
            file: file.0,
            line,
            column,
        }));
    }

    /// States that the next instructions have no place in the source.
    pub fn no_place(&mut self) {
        self.line_entry(None);
    }

    fn line_entry(&mut self, place: Option<LinePlace>) {
        let word = self.code.len() as u32;
        match self.lines.last_mut() {
            Some(last) if last.0 == word => last.1 = place,
            Some(last) if last.1 == place => {}
            _ => self.lines.push((word, place)),
        }
    }

    /// The number of instructions so far.
    pub fn instructions(&self) -> u32 {
        self.count
    }

    /// Whether control can reach what would be appended next: there is no instruction, the last one
    /// continues, or a label is bound here.
    pub fn is_open(&self) -> bool {
        let here = self.code.len() as u32;
        !self.ends || self.labels.contains(&here)
    }

    /// Appends the instruction with this mnemonic (in capitals, with or without types after it:
    /// `ADD`, `LOAD8_U.i32`). Without types those of source registers decide, then those of the
    /// destination; constants take the narrowest form.
    pub fn op(&mut self, mnemonic: &str, args: &[Arg<'_>]) {
        self.emit_named(mnemonic, args);
    }

    /// `d` becomes an integer.
    pub fn constant(&mut self, d: Reg, value: i64) {
        let op = match self.reg_type(d) {
            Some(ValType::I32) => Op::ConstI32,
            _ => Op::ConstI64,
        };
        self.emit(op, &[d.into(), Arg::Imm(value)]);
    }

    /// `d` becomes a number; `d` is f64.
    pub fn constant_f64(&mut self, d: Reg, value: f64) {
        let bits = value.to_bits() as i64;
        self.emit(Op::ConstF64, &[d.into(), Arg::Imm(bits)]);
    }

    /// `d` becomes a number; `d` is f32.
    pub fn constant_f32(&mut self, d: Reg, value: f32) {
        let bits = i64::from(value.to_bits());
        self.emit(Op::ConstF32, &[d.into(), Arg::Imm(bits)]);
    }

    /// `d` becomes `s`.
    pub fn copy(&mut self, d: Reg, s: Reg) {
        self.emit(Op::Move, &[d.into(), s.into()]);
    }

    /// Continues at `target`.
    pub fn jump(&mut self, target: Label) {
        self.emit(Op::Jump, &[target.into()]);
    }

    /// Continues at `target` when `cond`, i32 or i64, is not zero.
    pub fn branch_if(&mut self, cond: Reg, target: Label) {
        self.op("IF", &[cond.into(), target.into()]);
    }

    /// Continues at `target` when `cond`, i32 or i64, is zero.
    pub fn branch_if_not(&mut self, cond: Reg, target: Label) {
        self.op("IF_NOT", &[cond.into(), target.into()]);
    }

    /// Continues at target number `index`, or at `default` when there are not that many.
    pub fn switch(&mut self, index: Reg, targets: &[Label], default: Label) {
        let all: Vec<Label> = targets.iter().copied().chain([default]).collect();
        self.op("SWITCH", &[index.into(), Arg::Targets(&all)]);
    }

    /// Calls a function.
    pub fn call(&mut self, callee: Func, args: &[Reg], results: &[Reg]) {
        self.emit(
            Op::Call,
            &[callee.into(), Arg::Regs(args), Arg::Regs(results)],
        );
    }

    /// Calls element `index` of `table`, which must be of type `ty`.
    pub fn call_indirect(
        &mut self,
        table: Table,
        index: Reg,
        ty: TypeId,
        args: &[Reg],
        results: &[Reg],
    ) {
        let args = [
            table.into(),
            index.into(),
            ty.into(),
            Arg::Regs(args),
            Arg::Regs(results),
        ];
        self.emit(Op::CallIndirect, &args);
    }

    /// Leaves the function and calls another one in its place.
    pub fn tail_call(&mut self, callee: Func, args: &[Reg]) {
        self.emit(Op::TailCall, &[callee.into(), Arg::Regs(args)]);
    }

    /// Leaves the function with results.
    pub fn ret(&mut self, values: &[Reg]) {
        match values {
            [] => self.emit(Op::Return, &[]),
            [value] => self.emit(Op::Return, &[(*value).into()]),
            many => self.emit(Op::Return, &[Arg::Regs(many)]),
        };
    }

    /// Stops the program.
    pub fn trap(&mut self, kind: Trap) {
        self.emit(Op::Trap, &[Arg::Trap(kind)]);
    }
}
