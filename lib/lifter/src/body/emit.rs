//! From the intermediate form, with registers, to VITBC code.

use super::color::Colors;
use super::copies::{Copy, Sequencer};
use super::ir::{Block, EdgeId, Inst, Ir, Kind, List, Term, Value};
use super::layout::Schedule;
use super::{BodyError, Environment};
use vbc_core::isa::{Effects, FuncType, Op, Trap, ValType};
use vbc_core::module;
use vbc_core::module::builder::{Arg, FunctionBuilder, Label, Reg};

/// The most registers of a function.
const REGISTERS: usize = module::REGISTERS as usize;

/// The most unzeroed registers times blocks of a function.
const TRACKED: usize = module::ASSIGNMENT as usize;

pub(super) struct Emitter<'a> {
    pub env: &'a Environment<'a>,
    pub ir: &'a Ir,
    pub uses: &'a [u32],
    pub schedule: &'a Schedule,
    pub colors: &'a Colors,
}

/// A function being written.
struct Writer<'a> {
    input: &'a Emitter<'a>,
    code: FunctionBuilder,
    /// For each block its label, where it has been named.
    labels: Vec<Option<Label>>,
    /// For each block the one that stands for it: its own number, or where it only jumps to.
    stands_for: Vec<Block>,
    sequencer: Sequencer,
    copies: Vec<Copy>,
    constants: Vec<(u32, Value)>,
    /// For each type the register that circles of copies use.
    spare: [Option<Reg>; 7],
    /// Edges with copies that get code of their own, where control does not fall through.
    detours: Vec<(Label, EdgeId)>,
    /// For each block its place among the blocks, counted from the end.
    left: Vec<u32>,
    /// Whether control reaches what is written next.
    falls: bool,
    offset: u64,
}

impl Emitter<'_> {
    /// Writes the function.
    ///
    /// # Errors
    ///
    /// [`BodyError::Registers`] when it needs too many.
    pub fn emit(&self, ty: &FuncType) -> Result<FunctionBuilder, BodyError> {
        let count = ty.params.len() + self.colors.types.len();
        if count + 7 > REGISTERS {
            return Err(BodyError::Registers(count));
        }
        let mut code = FunctionBuilder::new(&ty.params, &ty.results);
        // Every edge may become a block.
        let blocks = self.ir.blocks.len() + 2 * self.ir.edges.len();
        let zeroed = count.saturating_mul(blocks) > TRACKED;
        for (&ty, &is_home) in self.colors.types.iter().zip(&self.colors.homes) {
            match zeroed || is_home {
                true => code.zeroed_reg(ty),
                false => code.reg(ty),
            };
        }
        let mut writer = Writer {
            input: self,
            code,
            labels: vec![None; self.ir.blocks.len()],
            stands_for: (0..self.ir.blocks.len() as u32).map(Block).collect(),
            sequencer: Sequencer::default(),
            copies: Vec::new(),
            constants: Vec::new(),
            spare: [None; 7],
            detours: Vec::new(),
            left: vec![0; self.ir.blocks.len()],
            falls: true,
            offset: u64::MAX,
        };
        writer.thread_jumps();
        writer.blocks();
        Ok(writer.code)
    }
}

impl Writer<'_> {
    /// Finds the blocks that do nothing but jump forwards.
    fn thread_jumps(&mut self) {
        let input = self.input;
        for block in (1..input.ir.blocks.len() as u32).rev().map(Block) {
            if let Term::Jump(edge) = input.ir.block(block).term
                && input.schedule.of(block).is_empty()
                && input.ir.edge(edge).to > block
                && !self.find_copies(edge)
            {
                let to = self.stands_for[input.ir.edge(edge).to.index()];
                self.stands_for[block.index()] = to;
            }
        }
    }

    fn blocks(&mut self) {
        let input = self.input;
        let stays = |block: &Block| self.stands_for[block.index()] == *block;
        let order: Vec<Block> = input
            .schedule
            .blocks
            .iter()
            .copied()
            .filter(stays)
            .collect();
        for (&block, left) in order.iter().zip((0..order.len() as u32).rev()) {
            self.left[block.index()] = left;
        }
        let mut late = Vec::new();
        for (at, &block) in order.iter().enumerate() {
            let label = self.label_of(block);
            self.code.bind(label);
            self.instructions(block);
            let next = order.get(at + 1).copied().unwrap_or(Block::NONE);
            self.end(block, next);
            if !self.falls {
                self.write_detours(self.left[block.index()], &mut late);
            }
        }
        self.write_detours(0, &mut late);
        for (label, edge) in late {
            self.code.bind(label);
            self.follow(edge, Block::NONE);
        }
    }

    /// Writes the code of edges with copies. Those that would jump backwards from here, with `left` blocks to
    /// follow, are put off until all is written; so a path forwards stays one.
    fn write_detours(&mut self, left: u32, late: &mut Vec<(Label, EdgeId)>) {
        for (label, edge) in std::mem::take(&mut self.detours) {
            let to = self.stands_for[self.input.ir.edge(edge).to.index()];
            if self.left[to.index()] >= left {
                late.push((label, edge));
                continue;
            }
            self.code.bind(label);
            self.follow(edge, Block::NONE);
        }
    }

    /// Writes the instructions of a block, and the copies that come before its branch.
    fn instructions(&mut self, block: Block) {
        let values = self.input.schedule.of(block);
        let Some(early) = self.input.colors.early_in(block) else {
            for &value in values {
                self.instruction(value);
            }
            return;
        };
        let (before, after) = values.split_at(values.len() - usize::from(early.before_last));
        for &value in before {
            self.instruction(value);
        }
        self.collect_copies(early.edge);
        self.write_copies();
        for &value in after {
            self.instruction(value);
        }
    }

    fn label_of(&mut self, block: Block) -> Label {
        let block = self.stands_for[block.index()];
        let label = &mut self.labels[block.index()];
        *label.get_or_insert_with(|| self.code.label())
    }

    fn reg(&self, value: Value) -> Reg {
        let register = self.input.colors.register[value.index()];
        Reg(register as u16)
    }

    fn regs(&self, list: List) -> Vec<Reg> {
        let values = self.input.ir.list(list).iter();
        values.map(|&value| self.reg(Value(value))).collect()
    }

    /// Records where the instruction of `value` comes from.
    fn place(&mut self, value: Value) {
        let Some(lines) = self.input.env.lines else {
            return;
        };
        let Some(&offset) = self.input.ir.offsets.get(value.index()) else {
            return;
        };
        if offset != self.offset {
            self.offset = offset;
            match lines(offset) {
                Some(place) => self.code.place(place.file, place.line, place.column),
                None => self.code.no_place(),
            }
        }
    }

    fn constant(&mut self, to: u32, constant: Value) {
        let inst = self.input.ir.inst(constant);
        let (to, value) = (Reg(to as u16), Arg::Imm(inst.imm));
        match inst.ty {
            Some(ValType::I32) | None => self.code.emit(Op::ConstI32, &[to.into(), value]),
            Some(ValType::I64) => self.code.emit(Op::ConstI64, &[to.into(), value]),
            Some(ValType::F32) => self.code.emit(Op::ConstF32, &[to.into(), value]),
            Some(ValType::F64) => self.code.emit(Op::ConstF64, &[to.into(), value]),
            Some(_) => self.code.emit(Op::RefNull, &[to.into()]),
        }
    }

    fn instruction(&mut self, value: Value) {
        self.place(value);
        let inst = *self.input.ir.inst(value);
        match inst.kind {
            Kind::Load => {
                let register = self.input.colors.register[value.index()];
                self.constant(register, inst.x);
            }
            Kind::Imm => {
                let args = [
                    self.reg(value).into(),
                    self.reg(inst.x).into(),
                    Arg::Imm(inst.imm),
                ];
                self.code.emit(inst.op, &args);
            }
            Kind::List(list) => self.call(value, &inst, list),
            Kind::Set => {
                let to = self.input.colors.register[inst.y.index()];
                match self.input.ir.inst(inst.x).kind {
                    Kind::Const => self.constant(to, inst.x),
                    Kind::Param
                    | Kind::Load
                    | Kind::Phi
                    | Kind::Alias
                    | Kind::Home
                    | Kind::Set
                    | Kind::Result
                    | Kind::Op
                    | Kind::Imm
                    | Kind::List(_) => self.code.copy(Reg(to as u16), self.reg(inst.x)),
                }
            }
            Kind::Param
            | Kind::Const
            | Kind::Phi
            | Kind::Alias
            | Kind::Home
            | Kind::Result
            | Kind::Op => self.operation(value, &inst),
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "called with calls only")]
    fn call(&mut self, value: Value, inst: &Inst, list: List) {
        let input = self.input;
        let mut args = self.regs(list);
        let mut results = Vec::new();
        let mut next = value.index() + 1;
        while input
            .ir
            .insts
            .get(next)
            .is_some_and(|inst| inst.kind == Kind::Result)
        {
            results.push(match input.uses[next] {
                0 => Reg::DISCARD,
                _ => self.reg(Value(next as u32)),
            });
            next += 1;
        }
        let (first, second) = (inst.imm as u32 as usize, (inst.imm >> 32) as usize);
        match inst.op {
            Op::Call => self
                .code
                .call(input.env.functions[first].func, &args, &results),
            Op::TailCall => self.code.tail_call(input.env.functions[first].func, &args),
            _ => {
                let index = args.pop().unwrap_or(Reg::DISCARD);
                let table = input.env.tables[first].table;
                let ty = input.env.type_ids[second];
                if inst.op == Op::CallIndirect {
                    self.code.call_indirect(table, index, ty, &args, &results);
                } else {
                    let args = [table.into(), index.into(), ty.into(), Arg::Regs(&args)];
                    self.code.emit(Op::TailCallIndirect, &args);
                }
            }
        }
    }

    /// An instruction on registers, and what else it names.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the effects and operands of others say what they take"
    )]
    fn operation(&mut self, value: Value, inst: &Inst) {
        let env = self.input.env;
        let d = || Arg::Reg(self.reg(value));
        let [x, y, z] = [inst.x, inst.y, inst.z].map(|operand| match operand.is_some() {
            true => Arg::Reg(self.reg(operand)),
            false => Arg::Imm(0),
        });
        let effects = inst.op.info().effects;
        let (first, second) = (inst.imm as u32 as usize, (inst.imm >> 32) as u32 as usize);
        let address = || Arg::Address(self.reg(inst.x), inst.imm as u64);
        let args: &[Arg<'_>] = match inst.op {
            Op::GlobalGet => &[d(), env.globals[first].0.into()],
            Op::GlobalSet => &[env.globals[first].0.into(), x],
            Op::RefFunc => &[d(), env.functions[first].func.into()],
            Op::TableGet => &[d(), env.tables[first].table.into(), x],
            Op::TableSet => &[env.tables[first].table.into(), x, y],
            Op::TableSize => &[d(), env.tables[first].table.into()],
            Op::TableGrow => &[d(), env.tables[first].table.into(), x, y],
            Op::TableFill => &[env.tables[first].table.into(), x, y, z],
            Op::TableCopy => &[
                env.tables[first].table.into(),
                env.tables[second].table.into(),
                x,
                y,
                z,
            ],
            Op::TableInit => &[
                env.tables[first].table.into(),
                env.elements[second].into(),
                x,
                y,
                z,
            ],
            Op::ElemDrop => &[env.elements[first].into()],
            Op::DataDrop => &[env.data[first].into()],
            Op::MemoryInit => &[env.data[first].into(), x, y, z],
            Op::MemorySize => &[d()],
            Op::MemoryGrow => &[d(), x],
            Op::MemoryCopy | Op::MemoryFill => &[x, y, z],
            Op::Trap => &[Arg::Trap(Trap::Unreachable)],
            Op::Select => &[d(), x, y, z],
            _ if effects.has(Effects::READS_MEM) => &[d(), address()],
            _ if effects.has(Effects::WRITES_MEM) => &[address(), y],
            _ if inst.y.is_some() => &[d(), x, y],
            _ => &[d(), x],
        };
        self.code.emit(inst.op, args);
    }

    /// Collects what must be copied on an edge and has not been before. Returns whether there is
    /// anything.
    fn find_copies(&mut self, edge: EdgeId) -> bool {
        let early = self.input.colors.early_in(self.input.ir.edge(edge).from);
        if early.is_some_and(|early| early.edge == edge) {
            self.copies.clear();
            self.constants.clear();
            return false;
        }
        self.collect_copies(edge)
    }

    fn collect_copies(&mut self, edge: EdgeId) -> bool {
        let input = self.input;
        self.copies.clear();
        self.constants.clear();
        let edge = input.ir.edge(edge);
        for (phi, &arg) in input.ir.phis(edge.to).zip(input.ir.list(edge.args)) {
            if input.uses[phi.index()] == 0 {
                continue;
            }
            let to = input.colors.register[phi.index()];
            let arg = Value(arg);
            if input.ir.inst(arg).kind == Kind::Const {
                self.constants.push((to, arg));
                continue;
            }
            let from = input.colors.register[arg.index()];
            if from != to {
                self.copies.push(Copy { to, from });
            }
        }
        !self.copies.is_empty() || !self.constants.is_empty()
    }

    /// Writes the copies of an edge.
    fn copy(&mut self, edge: EdgeId) {
        if self.find_copies(edge) {
            self.write_copies();
        }
    }

    /// Writes the copies that were collected last.
    fn write_copies(&mut self) {
        let mut sequencer = std::mem::take(&mut self.sequencer);
        let copies = std::mem::take(&mut self.copies);
        let (code, spare) = (&mut self.code, &mut self.spare);
        let mut ordered = Vec::with_capacity(copies.len() + 1);
        let spare = |register: u32| {
            let ty = code.reg_type(Reg(register as u16)).unwrap_or(ValType::I32);
            let kept = spare[usize::from(ty.class())].get_or_insert_with(|| code.reg(ty));
            u32::from(kept.number())
        };
        sequencer.run(&copies, spare, |copy| ordered.push(copy));
        for copy in ordered {
            self.code.copy(Reg(copy.to as u16), Reg(copy.from as u16));
        }
        self.copies = copies;
        self.sequencer = sequencer;
        for at in 0..self.constants.len() {
            let (to, constant) = self.constants[at];
            self.constant(to, constant);
        }
    }

    /// Leads an edge to its block, which needs no jump when it is `next`.
    fn follow(&mut self, edge: EdgeId, next: Block) {
        self.copy(edge);
        let to = self.stands_for[self.input.ir.edge(edge).to.index()];
        self.falls = to == next;
        if self.falls {
            return;
        }
        match self.input.ir.block(to).term {
            Term::Return(values) if self.input.schedule.of(to).is_empty() => {
                let values = self.regs(values);
                self.code.ret(&values);
            }
            Term::Stop
            | Term::Return(_)
            | Term::Jump(_)
            | Term::Branch { .. }
            | Term::Switch { .. } => {
                let label = self.label_of(to);
                self.code.jump(label);
            }
        }
    }

    /// The label for a branch that takes an edge.
    fn target(&mut self, edge: EdgeId) -> Label {
        if self.find_copies(edge) {
            let label = self.code.label();
            self.detours.push((label, edge));
            return label;
        }
        self.label_of(self.input.ir.edge(edge).to)
    }

    fn end(&mut self, block: Block, next: Block) {
        self.falls = false;
        match self.input.ir.block(block).term {
            Term::Stop => {}
            Term::Return(values) => {
                let values = self.regs(values);
                self.code.ret(&values);
            }
            Term::Jump(edge) => self.follow(edge, next),
            Term::Branch {
                cond,
                negated,
                fused,
                then,
                other,
            } => self.branch([block, next], cond, negated, fused, [then, other]),
            Term::Switch {
                index,
                targets,
                first,
                count,
            } => {
                let edges = (first.0..first.0 + count).map(EdgeId);
                let known: Vec<Label> = edges.map(|edge| self.target(edge)).collect();
                let edges = self.input.ir.list(targets).iter();
                let labels: Vec<Label> = edges
                    .map(|&edge| known[(edge - first.0) as usize])
                    .collect();
                let index = self.reg(index);
                self.code
                    .emit(Op::SwitchI32, &[index.into(), Arg::Targets(&labels)]);
            }
        }
    }

    fn branch(
        &mut self,
        [block, next]: [Block; 2],
        cond: Value,
        negated: bool,
        fused: bool,
        [then, other]: [EdgeId; 2],
    ) {
        let to = |edge: EdgeId| self.stands_for[self.input.ir.edge(edge).to.index()];
        let (to_then, to_other) = (to(then), to(other));
        let (then_copies, other_copies) = (self.find_copies(then), self.find_copies(other));
        if to_then == to_other && !then_copies && !other_copies {
            self.follow(then, next);
            return;
        }
        // The edge that is taken by falling through is written after the branch.
        let swap = match (to_then == next, to_other == next) {
            (_, true) => false,
            (true, _) => true,
            // Copies need no detour when they follow the branch.
            _ if then_copies != other_copies => then_copies,
            // Neither follows; a loop is better repeated by the branch than by a jump after it.
            _ => to_other <= block && to_then > block,
        };
        let (taken, falls) = if swap { (other, then) } else { (then, other) };
        let label = self.target(taken);
        self.test(cond, negated != swap, fused, label);
        self.follow(falls, next);
    }

    /// Branches to `label` when `cond` is not zero, or, with `negated`, when it is.
    fn test(&mut self, cond: Value, negated: bool, fused: bool, label: Label) {
        let input = self.input;
        let inst = *input.ir.inst(cond);
        self.place(cond);
        let comparison = match negated {
            true => inst.op.inverse(),
            false => Some(inst.op),
        };
        if let Some(op) = comparison.and_then(Op::branch)
            && fused
        {
            let y = match inst.kind {
                Kind::Imm => Arg::Imm(inst.imm),
                Kind::Param
                | Kind::Const
                | Kind::Load
                | Kind::Phi
                | Kind::Alias
                | Kind::Home
                | Kind::Set
                | Kind::Result
                | Kind::Op
                | Kind::List(_) => self.reg(inst.y).into(),
            };
            self.code
                .emit(op, &[self.reg(inst.x).into(), y, label.into()]);
            return;
        }
        let op = match (inst.ty, negated) {
            (Some(ValType::I64), false) => Op::IfI64,
            (Some(ValType::I64), true) => Op::IfNotI64,
            (_, false) => Op::IfI32,
            (_, true) => Op::IfNotI32,
        };
        self.code.emit(op, &[self.reg(cond).into(), label.into()]);
    }
}
