//! Jumps, branches and returns.

use crate::cell::Cell;
use crate::fusions::Fusion;
use crate::predecode::Predecoder;
use vbc_core::isa::{ControlOp, Effects, Inst, Op, Rhs, Role, ValType};

/// Whether the instruction is a simple one that goes on at the next.
fn stays(inst: &Inst<'_>) -> bool {
    let leaves = [
        Effects::ENDS,
        Effects::CALLS,
        Effects::BULK,
        Effects::ALLOCATES,
    ];
    let has = |&effect| inst.info().effects.has(effect);
    inst.words.len() <= 2 && !leaves.iter().any(has)
}

impl<'a> Predecoder<'a> {
    /// Makes the cells of an instruction of the family.
    pub(super) fn control(&mut self, op: ControlOp, inst: &Inst<'a>) {
        match op {
            ControlOp::Jump => self.jump(inst.distance()),
            ControlOp::IfI32 | ControlOp::IfI64 => self.branch_if(Cell::If, inst),
            ControlOp::IfNotI32 | ControlOp::IfNotI64 => self.branch_if(Cell::IfNot, inst),
            ControlOp::SwitchI32 | ControlOp::SwitchI64 => self.emit_switch(inst),
            ControlOp::Call => self.emit_call(inst),
            ControlOp::CallIndirect => self.emit_call_indirect(inst),
            ControlOp::TailCall => self.emit_tail_call(inst),
            ControlOp::TailCallIndirect => self.emit_tail_call_indirect(inst),
            ControlOp::Return => self.emit_return(inst),
            ControlOp::Trap => self.emit(Cell::Trap, inst.trap_kind(), 0, 0, 0),
        }
    }

    /// A branch on a register that is or is not zero.
    fn branch_if(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit_branch(cell, inst.src(0), 0, self.at, inst.distance());
    }

    /// A branch on a comparison: `cell` for two registers, `immediate` where the second operand is a constant.
    pub(super) fn branch(&mut self, cell: Cell, immediate: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => {
                self.emit_branch(cell, inst.src(0), y, self.at, inst.distance());
            }
            Rhs::Constant(value) => self.branch_immediate(immediate, value, inst),
        }
    }

    /// Like [`Predecoder::branch`], with a `cell` that takes the operands the other way round.
    pub(super) fn branch_mirrored(&mut self, cell: Cell, immediate: Cell, inst: &Inst<'a>) {
        match inst.rhs() {
            Rhs::Register(y) => {
                self.emit_branch(cell, y, inst.src(0), self.at, inst.distance());
            }
            Rhs::Constant(value) => self.branch_immediate(immediate, value, inst),
        }
    }

    /// Compares with a constant as a register of its type holds it.
    fn branch_immediate(&mut self, cell: Cell, value: i64, inst: &Inst<'a>) {
        self.emit_branch(cell, inst.src(0), 0, self.at, inst.distance());
        self.cells.push(match inst.info().suffix {
            [ValType::I32] => u64::from(value as u32),
            _ => value as u64,
        });
    }

    /// A jump to a few instructions that end in a branch or return is these instructions, and a
    /// jump after them where they go on: the end of a loop, to which the arms of its body jump,
    /// needs no cell of its own then, and neither does the place from which an interpreter's loop
    /// dispatches. Where loops cost fuel or look at the clock, a jump backward stays one.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a block that ends otherwise is not copied"
    )]
    fn jump(&mut self, distance: i32) {
        let target = self.at.wrapping_add_signed(distance as isize);
        let is_watched = self.paid || !self.loops.is_empty();
        let stays =
            self.observed || is_watched && distance <= 0 || !self.facts.uses(Fusion::Copies);
        let behind = match stays {
            true => None,
            false => self.duplicable_tail(target),
        };
        let Some((count, end, goes_on)) = behind else {
            return self.emit_branch(Cell::Jump, 0, 0, self.at, distance);
        };
        self.duplications -= count;
        let here = std::mem::replace(&mut self.at, target);
        while self.at < end
            && let Some(inst) = self.decode(self.at)
        {
            self.at += match inst.op {
                Op::Jump => {
                    self.emit_branch(Cell::Jump, 0, 0, self.at, inst.distance());
                    inst.words.len()
                }
                _ => self.cells_of(&inst),
            };
        }
        let behind = self.at;
        self.at = here;
        if goes_on {
            self.emit_branch(Cell::Jump, 0, 0, here, behind.wrapping_sub(here) as i32);
        }
    }

    /// The few instructions at `word` up to the next branch or return: their number, the word
    /// after them, and whether control can get there. None when they are too many, or calls.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a block that ends otherwise is not copied"
    )]
    pub(in crate::predecode) fn duplicable_tail(
        &self,
        word: usize,
    ) -> Option<(usize, usize, bool)> {
        /// The most instructions that a jump is replaced by.
        const LONGEST: usize = 5;
        let mut at = word;
        for count in 1..=LONGEST.min(self.duplications) {
            let inst = self.decode(at)?;
            let end = at + inst.words.len();
            let branches = |role| inst.operands().iter().any(|operand| operand.role == role);
            match inst.op {
                Op::Jump => return Some((count, end, false)),
                Op::Return if self.ty.results.len() < 2 => return Some((count, end, false)),
                Op::SwitchI32 | Op::SwitchI64 => {
                    const MOST_TARGETS: usize = 64;
                    return (inst.targets().len() <= MOST_TARGETS && !self.paid)
                        .then_some((count, end, false));
                }
                _ if branches(Role::Label) => return Some((count, end, true)),
                _ if stays(&inst) => at = end,
                _ => return None,
            }
        }
        None
    }

    fn emit_return(&mut self, inst: &Inst<'a>) {
        match self.ty.results.len() {
            0 => self.emit(Cell::Return0, 0, 0, 0, 0),
            1 => self.emit(Cell::Return1, inst.src(0), 0, 0, 0),
            count => {
                self.emit(Cell::ReturnN, count as u16, 0, 0, 0);
                self.emit_list(inst.returned(count));
            }
        }
    }
}
