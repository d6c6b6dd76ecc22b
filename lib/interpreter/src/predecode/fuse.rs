//! One cell for several instructions that follow one another in a block, by [`rules`].
//!
//! A fused cell writes every register that its instructions write, in their order, so that nothing
//! has to be known about what is read later. Where more than the first of its instructions can
//! trap, each has a place of its own in the cell.

use super::Predecoder;
use super::lower::constant;
use super::rules::{self, Rule, Shape, Side};
use crate::cell::Cell;
use vbc_core::isa::{Effects, Inst, Op, ValType};

/// Two instructions, one after the other.
#[derive(Clone, Copy)]
struct Both<'i, 'a> {
    first: &'i Inst<'a>,
    second: &'i Inst<'a>,
}

impl Both<'_, '_> {
    fn words(self) -> usize {
        self.first.words.len() + self.second.words.len()
    }

    /// The operand of the second besides the first one's result, which is on a side of it.
    fn other(self, side: Side) -> Option<u16> {
        side.other(self.first.dst(), two_sources(self.second)?)
    }

    /// The same, when it is another register.
    fn another(self, side: Side) -> Option<u16> {
        let register = self.first.dst();
        self.other(side).filter(|&other| other != register)
    }

    /// The register that the second one writes, and another that it reads.
    fn result_and(self, other: u16) -> u64 {
        u64::from(self.second.dst()) | u64::from(other) << 16
    }

    fn returns(self) -> bool {
        self.second.srcs().next() == Some(self.first.dst())
    }

    /// By how much the first one advances its own register.
    fn counts(self) -> Option<i16> {
        (self.first.src(0) == self.first.dst()).then(|| step(self.first))?
    }
}

impl<'a> Predecoder<'a> {
    /// Makes one cell for `first` and what follows it, when there is one. Returns the number
    /// of words that it covers.
    pub(super) fn fuse(&mut self, first: &Inst<'a>) -> Option<usize> {
        if !rules::any(first.op) {
            return None;
        }
        let second = &self.following(self.at + first.words.len())?;
        let both = Both { first, second };
        let constant = first.constant().is_some();
        rules::rules(first.op, constant, second.op).find_map(|rule| self.apply(rule, both))
    }

    /// Makes the cell of a rule, when the operands are as it wants them. Returns the number of words that it covers.
    fn apply(&mut self, rule: &Rule, both: Both<'_, 'a>) -> Option<usize> {
        let Some(cell) = rule.cell else {
            return self.scaled(both);
        };
        if !self.makes(cell) {
            return None;
        }
        match rule.shape {
            Shape::Moves => self.moves(cell, both),
            Shape::ReturnConstant => self.return_constant(cell, both)?,
            Shape::ReturnBinary => self.return_binary(cell, both)?,
            Shape::Count(side) => self.count(cell, side, both)?,
            Shape::CountConstant => self.count_constant(cell, both)?,
            Shape::Stride => self.stride(cell, both)?,
            Shape::Integers(side) => self.binary_then(cell, side, both)?,
            Shape::Floats(side) => self.floats(cell, side, both)?,
            Shape::Shift => self.shift(cell, both)?,
            Shape::Constants => self.constants(cell, both)?,
            Shape::Near => self.near(cell, both)?,
            Shape::Indexed => self.indexed(cell, both)?,
            Shape::Scaled => return self.scaled(both),
        }
        Some(both.words())
    }

    /// Whether the fusion that makes the cell is used.
    fn makes(&self, cell: Cell) -> bool {
        let fusion = cell.columns().fusion;
        fusion.is_some_and(|fusion| self.facts.uses(fusion))
    }

    /// The instruction at `word`, when no branch leads there.
    fn following(&self, word: usize) -> Option<Inst<'a>> {
        if self.is_target(word) {
            return None;
        }
        self.decode(word)
    }

    fn moves(&mut self, cell: Cell, Both { first, second }: Both<'_, 'a>) {
        let (d, s) = (second.dst(), second.src(0));
        self.emit(cell, first.dst(), first.src(0), d, s);
    }

    fn return_constant(&mut self, cell: Cell, both: Both<'_, 'a>) -> Option<()> {
        let value = i32::try_from(constant(both.first)).ok();
        self.emit_cd(cell, 0, 0, value.filter(|_| both.returns())? as u32);
        Some(())
    }

    fn return_binary(&mut self, cell: Cell, both: Both<'_, 'a>) -> Option<()> {
        let (x, y) = two_sources(both.first).filter(|_| both.returns())?;
        self.emit(cell, 0, x, y, 0);
        Some(())
    }

    fn count(&mut self, cell: Cell, side: Side, both: Both<'_, 'a>) -> Option<()> {
        let (step, limit) = (both.counts()?, both.another(side)?);
        self.branch_after(cell, limit, both);
        self.cells.push(u64::from(step as u16));
        Some(())
    }

    fn count_constant(&mut self, cell: Cell, both: Both<'_, 'a>) -> Option<()> {
        let step = both.counts()?;
        let mut sources = both.second.srcs();
        if (sources.next(), sources.next()) != (Some(both.first.dst()), None) {
            return None;
        }
        self.branch_after(cell, step as u16, both);
        // A test for zero has no constant.
        self.cells.push(constant(both.second) as u64);
        Some(())
    }

    fn stride(&mut self, cell: Cell, both: Both<'_, 'a>) -> Option<()> {
        let step = Side::Either.other(both.first.dst(), two_sources(both.first)?)?;
        let limit = both.another(Side::First)?;
        self.branch_after(cell, limit, both);
        self.cells.push(u64::from(step));
        Some(())
    }

    /// A cell that changes the first one's register and branches as the second one does.
    fn branch_after(&mut self, cell: Cell, operand: u16, Both { first, second }: Both<'_, 'a>) {
        let from = self.at + first.words.len();
        self.emit_branch(cell, first.dst(), operand, from, second.distance());
    }

    fn floats(&mut self, cell: Cell, side: Side, both: Both<'_, 'a>) -> Option<()> {
        match self.facts.canonical_nans {
            true => None,
            false => self.binary_then(cell, side, both),
        }
    }

    fn binary_then(&mut self, cell: Cell, side: Side, both: Both<'_, 'a>) -> Option<()> {
        let word = both.result_and(both.other(side)?);
        let first = both.first;
        self.emit_wide(cell, first.dst(), first.src(0), first.src(1), 0, word);
        self.forwards(both.second.dst());
        Some(())
    }

    fn shift(&mut self, cell: Cell, both: Both<'_, 'a>) -> Option<()> {
        let word = both.result_and(both.other(Side::Either)?);
        let first = both.first;
        self.emit_wide(cell, first.dst(), first.src(0), distance(first), 0, word);
        self.forwards(both.second.dst());
        Some(())
    }

    fn constants(&mut self, cell: Cell, Both { first, second }: Both<'_, 'a>) -> Option<()> {
        if second.src(0) != first.dst() {
            return None;
        }
        let one = i32::try_from(constant(first)).ok()?;
        let other = i32::try_from(second.constant()?).ok()?;
        self.emit_cd(cell, first.dst(), first.src(0), one as u32);
        self.cells
            .push(u64::from(second.dst()) | u64::from(other as u32) << 32);
        self.forwards(second.dst());
        Some(())
    }

    fn near(&mut self, cell: Cell, Both { first, second }: Both<'_, 'a>) -> Option<()> {
        let (accessed, address) = (second.accessed(), first.dst());
        // A store reads its value before the cell writes the address.
        let clash = stores(second) && accessed == address;
        if !self.computes_addresses(first)
            || second.src(0) != address
            || clash
            || second.offset() != 0
        {
            return None;
        }
        let distance = step(first)?;
        self.place(self.at + first.words.len());
        self.emit(cell, accessed, first.src(0), address, distance as u16);
        Some(())
    }

    /// Without a shift, the index is its own shifted value, and the register that would take it is one of the
    /// predecoder's.
    fn indexed(&mut self, cell: Cell, Both { first, second }: Both<'_, 'a>) -> Option<()> {
        let (base, index) = two_sources(first)?;
        let word = self.indexed_word(first, second, 0, self.scratch)?;
        self.place(self.at + first.words.len());
        self.emit_wide(cell, second.accessed(), base, index, first.dst(), word);
        Some(())
    }

    /// SHL, ADD, LOAD or STORE.
    fn scaled(&mut self, both: Both<'_, 'a>) -> Option<usize> {
        let (shift, sum) = (both.first, both.second);
        // The cell reads base and index before it writes anything.
        let base = both.another(Side::Either)?;
        let access = &self.following(self.at + both.words())?;
        let mut rules = rules::rules(sum.op, false, access.op);
        let cell = rules
            .find(|rule| matches!(rule.shape, Shape::Indexed))?
            .cell?;
        // A store reads its value before the cell writes the shifted index.
        if !self.makes(cell) || stores(access) && access.accessed() == shift.dst() {
            return None;
        }
        let word = self.indexed_word(sum, access, distance(shift), shift.dst())?;
        self.place(self.at + both.words());
        self.emit_wide(cell, access.accessed(), base, shift.src(0), sum.dst(), word);
        Some(both.words() + access.words.len())
    }

    /// The third word of an access at what `sum` computes: offset, shift, and the register of the shifted index.
    fn indexed_word(
        &self,
        sum: &Inst<'a>,
        access: &Inst<'a>,
        shift: u16,
        shifted: u16,
    ) -> Option<u64> {
        let address = sum.dst();
        // A store reads its value before the cell writes the address.
        let clash = stores(access) && access.accessed() == address;
        if !self.computes_addresses(sum) || access.src(0) != address || clash {
            return None;
        }
        let offset = u32::try_from(access.offset()).ok()?;
        Some(u64::from(offset) | u64::from(shift) << 32 | u64::from(shifted) << 48)
    }

    /// Whether the instruction computes numbers of the type that addresses have.
    fn computes_addresses(&self, inst: &Inst<'a>) -> bool {
        *inst.info().suffix == [self.facts.bound.program.module().address_type()]
    }
}

/// The registers that an operation on two of them reads.
fn two_sources(inst: &Inst<'_>) -> Option<(u16, u16)> {
    let mut sources = inst.srcs();
    Some((sources.next()?, sources.next()?))
}

/// What an addition of a constant adds, or a subtraction takes away, when it is small.
fn step(inst: &Inst<'_>) -> Option<i16> {
    let value = constant(inst);
    let subtracts = matches!(inst.op, Op::SubI32 | Op::SubI64);
    i16::try_from(if subtracts {
        value.wrapping_neg()
    } else {
        value
    })
    .ok()
}

/// By how much a shift by a constant shifts.
fn distance(inst: &Inst<'_>) -> u16 {
    let mask = match inst.info().suffix {
        [ValType::I32] => 31,
        _ => 63,
    };
    constant(inst) as u16 & mask
}

/// Whether an access to memory stores.
fn stores(inst: &Inst<'_>) -> bool {
    inst.info().effects.has(Effects::WRITES_MEM)
}
