//! One cell for several instructions that stand one behind the other in a block.
//!
//! A fused cell writes every register that its instructions write, in their order, so that nothing
//! has to be known about what is read later. Where more than the first of its instructions can
//! trap, each has a place of its own in the cell.

use super::Predecoder;
use super::lower::constant;
use crate::cell::Cell;
use crate::fusions::Fusion;
use vbc_core::isa::{Effects, Inst, Op, ValType};

impl<'a> Predecoder<'a> {
    /// Makes one cell for `first` and what stands behind it, when there is one. Gives the number
    /// of words that it covers.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others are not part of a fusion"
    )]
    pub(super) fn fuse(&mut self, first: &Inst<'a>) -> Option<usize> {
        let second = self.following(self.at + first.words.len())?;
        let both = first.words.len() + second.words.len();
        match (first.op, first.constant()) {
            (Op::Move, _) => {
                if second.op != Op::Move || !self.facts.uses(Fusion::Moves) {
                    return None;
                }
                let (d, s) = (second.dst(), second.src(0));
                self.emit(Cell::MoveTwo, first.dst(), first.src(0), d, s);
                Some(both)
            }
            (Op::ConstI32 | Op::ConstI64, Some(value)) => {
                self.returns(first, &second)?;
                let cell = match first.op {
                    Op::ConstI32 => Cell::ReturnConst32,
                    _ => Cell::ReturnConst64,
                };
                let value = i32::try_from(value).ok()?;
                self.emit_cd(cell, 0, 0, value as u32);
                Some(both)
            }
            (Op::AddI32 | Op::AddI64, None) => match self.indexed(first) {
                Some(words) => Some(words),
                None if self.stride(first, &second).is_some() => Some(both),
                None => {
                    self.returns(first, &second)?;
                    let cell = match first.op {
                        Op::AddI32 => Cell::ReturnAddI32,
                        _ => Cell::ReturnAddI64,
                    };
                    self.emit(cell, 0, first.src(0), first.src(1), 0);
                    Some(both)
                }
            },
            (Op::ShlI32 | Op::ShlI64, Some(_)) => match self.indexed(first) {
                Some(words) => Some(words),
                None => {
                    self.shift(first, &second)?;
                    Some(both)
                }
            },
            (Op::RotrI32 | Op::RotrI64, Some(_)) => {
                self.shift(first, &second)?;
                Some(both)
            }
            (Op::ShrUI32 | Op::ShrUI64, Some(_)) => {
                self.shift(first, &second)
                    .or_else(|| self.constants(first, &second))?;
                Some(both)
            }
            (Op::MulI32 | Op::MulI64, Some(_)) => {
                self.constants(first, &second)?;
                Some(both)
            }
            (Op::AddI32 | Op::AddI64 | Op::SubI32 | Op::SubI64, Some(_)) => {
                self.counting(first).or_else(|| self.near(first, &second))
            }
            (Op::MulF64 | Op::MulI32 | Op::MulI64 | Op::AddF64 | Op::SubF64, None) => {
                self.arithmetic(first, &second)?;
                Some(both)
            }
            _ => None,
        }
    }

    /// Makes the cell of a counting register and a branch, when `first` is the addition of one.
    /// Gives the number of words that it covers.
    pub(super) fn counting(&mut self, first: &Inst<'a>) -> Option<usize> {
        if !self.facts.uses(Fusion::Count) {
            return None;
        }
        let adds = matches!(first.op, Op::AddI32 | Op::AddI64 | Op::SubI32 | Op::SubI64);
        first.constant().filter(|_| adds)?;
        let second = self.following(self.at + first.words.len())?;
        self.count(first, &second)?;
        Some(first.words.len() + second.words.len())
    }

    /// The instruction at `word`, when no branch leads there.
    fn following(&self, word: usize) -> Option<Inst<'a>> {
        if self.is_target(word) {
            return None;
        }
        self.decode(word)
    }

    /// Whether `second` returns what `first` computes.
    fn returns(&self, first: &Inst<'a>, second: &Inst<'a>) -> Option<()> {
        if !self.facts.uses(Fusion::Returns) {
            return None;
        }
        (second.op == Op::Return && second.srcs().next() == Some(first.dst())).then_some(())
    }

    /// A register that counts and the branch that compares it: the end of most loops.
    fn count(&mut self, first: &Inst<'a>, second: &Inst<'a>) -> Option<()> {
        let register = first.dst();
        if first.src(0) != register {
            return None;
        }
        let subtracts = matches!(first.op, Op::SubI32 | Op::SubI64);
        let step = constant(first);
        let step = if subtracts { step.wrapping_neg() } else { step };
        let step = i16::try_from(step).ok()?;
        let is_64 = matches!(first.op, Op::AddI64 | Op::SubI64);
        let from = self.at + first.words.len();
        if let Some((cell, limit)) = count_cell(second, register, is_64) {
            self.emit_branch(cell, register, limit, from, second.distance());
            self.cells.push(u64::from(step as u16));
            return Some(());
        }
        let with_constant = match (second.op, is_64) {
            (Op::IfLtI32, false) => Cell::CountLtI32Imm,
            (Op::IfLeI32, false) => Cell::CountLeI32Imm,
            (Op::IfGtI32, false) => Cell::CountGtI32Imm,
            (Op::IfGeI32, false) => Cell::CountGeI32Imm,
            (Op::IfNeI32 | Op::IfI32, false) => Cell::CountNeI32Imm,
            (Op::IfLtI64, true) => Cell::CountLtI64Imm,
            (Op::IfLeI64, true) => Cell::CountLeI64Imm,
            (Op::IfGtI64, true) => Cell::CountGtI64Imm,
            (Op::IfGeI64, true) => Cell::CountGeI64Imm,
            (Op::IfNeI64 | Op::IfI64, true) => Cell::CountNeI64Imm,
            _ => return None,
        };
        let mut sources = second.srcs();
        if (sources.next(), sources.next()) != (Some(register), None) {
            return None;
        }
        // A test for zero has no constant.
        let value = constant(second);
        self.emit_branch(
            with_constant,
            register,
            step as u16,
            from,
            second.distance(),
        );
        self.cells.push(value as u64);
        Some(())
    }

    /// A register that is advanced by another, and the branch that compares it.
    fn stride(&mut self, first: &Inst<'a>, second: &Inst<'a>) -> Option<()> {
        if !self.facts.uses(Fusion::Count) {
            return None;
        }
        let register = first.dst();
        let step = match two_sources(first)? {
            (x, step) if x == register => step,
            (step, y) if y == register => step,
            _ => return None,
        };
        let cell = match (first.op, second.op) {
            (Op::AddI32, Op::IfLtI32) => Cell::StrideLtI32,
            (Op::AddI64, Op::IfLtI64) => Cell::StrideLtI64,
            _ => return None,
        };
        let (counted, limit) = two_sources(second)?;
        if counted != register || limit == register {
            return None;
        }
        let from = self.at + first.words.len();
        self.emit_branch(cell, register, limit, from, second.distance());
        self.cells.push(u64::from(step));
        Some(())
    }

    /// The register that `second`, whose operands may change places, combines with what `first`
    /// computes.
    fn other(&self, first: &Inst<'a>, second: &Inst<'a>) -> Option<u16> {
        match two_sources(second)? {
            (other, part) | (part, other) if part == first.dst() => Some(other),
            _ => None,
        }
    }

    /// An arithmetic operation on the result of another.
    fn arithmetic(&mut self, first: &Inst<'a>, second: &Inst<'a>) -> Option<()> {
        if !self.facts.uses(Fusion::Arithmetic) {
            return None;
        }
        let is_float = matches!(first.op, Op::MulF64 | Op::AddF64 | Op::SubF64);
        if self.facts.canonical_nans && is_float {
            return None;
        }
        let cell = match (first.op, second.op) {
            (Op::MulF64, Op::AddF64) => Cell::MulAddF64,
            (Op::MulF64, Op::SubF64) if second.src(1) == first.dst() => Cell::MulSubF64,
            (Op::MulF64, Op::SubF64) => Cell::MulRevSubF64,
            (Op::MulF64, Op::MulF64) => Cell::MulMulF64,
            (Op::AddF64, Op::AddF64) => Cell::AddAddF64,
            (Op::AddF64, Op::MulF64) => Cell::AddMulF64,
            (Op::SubF64, Op::AddF64) => Cell::SubAddF64,
            (Op::SubF64, Op::MulF64) => Cell::SubMulF64,
            (Op::MulI32, Op::AddI32) => Cell::MulAddI32,
            (Op::MulI64, Op::AddI64) => Cell::MulAddI64,
            _ => return None,
        };
        let other = self.other(first, second)?;
        let word = u64::from(second.dst()) | u64::from(other) << 16;
        self.emit_wide(cell, first.dst(), first.src(0), first.src(1), 0, word);
        self.hands_over(second.dst());
        Some(())
    }

    /// A shift by a constant, and what is done with its result.
    fn shift(&mut self, first: &Inst<'a>, second: &Inst<'a>) -> Option<()> {
        if !self.facts.uses(Fusion::Arithmetic) {
            return None;
        }
        let cell = match (first.op, second.op) {
            (Op::ShlI32, Op::AddI32) => Cell::ShlAddI32,
            (Op::ShlI32, Op::OrI32) => Cell::ShlOrI32,
            (Op::ShlI32, Op::XorI32) => Cell::ShlXorI32,
            (Op::ShlI64, Op::AddI64) => Cell::ShlAddI64,
            (Op::ShlI64, Op::OrI64) => Cell::ShlOrI64,
            (Op::ShlI64, Op::XorI64) => Cell::ShlXorI64,
            (Op::ShrUI32, Op::AddI32) => Cell::ShrUAddI32,
            (Op::ShrUI32, Op::OrI32) => Cell::ShrUOrI32,
            (Op::ShrUI32, Op::XorI32) => Cell::ShrUXorI32,
            (Op::ShrUI64, Op::AddI64) => Cell::ShrUAddI64,
            (Op::ShrUI64, Op::OrI64) => Cell::ShrUOrI64,
            (Op::ShrUI64, Op::XorI64) => Cell::ShrUXorI64,
            (Op::RotrI32, Op::XorI32) => Cell::RotrXorI32,
            (Op::RotrI64, Op::XorI64) => Cell::RotrXorI64,
            _ => return None,
        };
        let other = self.other(first, second)?;
        let is_32 = matches!(first.op, Op::ShlI32 | Op::ShrUI32 | Op::RotrI32);
        let count = constant(first) as u16 & if is_32 { 31 } else { 63 };
        let word = u64::from(second.dst()) | u64::from(other) << 16;
        self.emit_wide(cell, first.dst(), first.src(0), count, 0, word);
        self.hands_over(second.dst());
        Some(())
    }

    /// Two operations with constants: random numbers, fields of bits.
    fn constants(&mut self, first: &Inst<'a>, second: &Inst<'a>) -> Option<()> {
        if !self.facts.uses(Fusion::Arithmetic) {
            return None;
        }
        let cell = match (first.op, second.op) {
            (Op::MulI32, Op::AddI32) => Cell::MulAddImmI32,
            (Op::MulI64, Op::AddI64) => Cell::MulAddImmI64,
            (Op::ShrUI32, Op::AndI32) => Cell::ShrUAndImmI32,
            (Op::ShrUI64, Op::AndI64) => Cell::ShrUAndImmI64,
            _ => return None,
        };
        if second.src(0) != first.dst() {
            return None;
        }
        let one = i32::try_from(constant(first)).ok()?;
        let other = i32::try_from(second.constant()?).ok()?;
        self.emit_cd(cell, first.dst(), first.src(0), one as u32);
        self.cells
            .push(u64::from(second.dst()) | u64::from(other as u32) << 32);
        self.hands_over(second.dst());
        Some(())
    }

    /// An address that is computed from a base and a constant, and the access to it. What
    /// compilers write as an offset is an addition where the sum could wrap.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others do not access memory"
    )]
    fn near(&mut self, first: &Inst<'a>, second: &Inst<'a>) -> Option<usize> {
        if !self.facts.uses(Fusion::Near) {
            return None;
        }
        if !matches!(first.op, Op::AddI32 | Op::SubI32)
            || self.facts.guest.program.module().address_type() != ValType::I32
        {
            return None;
        }
        let cell = near_cell(second)?;
        let (accessed, address) = (second.accessed(), first.dst());
        // A store reads its value before the cell writes the address.
        if second.src(0) != address || stores(second) && accessed == address {
            return None;
        }
        let value = constant(first);
        let distance = i16::try_from(match first.op {
            Op::AddI32 => value,
            _ => value.wrapping_neg(),
        })
        .ok()?;
        self.place(self.at + first.words.len());
        self.emit(cell, accessed, first.src(0), address, distance as u16);
        Some(first.words.len() + second.words.len())
    }

    /// An address that is computed from a base and an index, and the access to it: SHL, ADD,
    /// LOAD or STORE, or without the shift.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "others do not access memory"
    )]
    fn indexed(&mut self, first: &Inst<'a>) -> Option<usize> {
        if !self.facts.uses(Fusion::Indexed) {
            return None;
        }
        let (shift, shifted, index, sum) = match first.op {
            Op::ShlI32 | Op::ShlI64 => {
                let sum = self.following(self.at + first.words.len())?;
                (constant(first) as u16, first.dst(), first.src(0), sum)
            }
            // Without a shift, the index is its own shifted value, and the register that would
            // take it is one of the predecoder's.
            _ => (0, self.scratch, first.src(1), *first),
        };
        let with_shift = first.op != sum.op;
        let narrow = match (first.op, sum.op) {
            (Op::ShlI32 | Op::AddI32, Op::AddI32) => true,
            (Op::ShlI64 | Op::AddI64, Op::AddI64) => false,
            _ => return None,
        };
        if narrow != (self.facts.guest.program.module().address_type() == ValType::I32) {
            return None;
        }
        let (x, y) = two_sources(&sum)?;
        let base = match with_shift {
            true if y == shifted => x,
            true if x == shifted => y,
            true => return None,
            false => x,
        };
        // The cell reads base and index before it writes anything.
        if with_shift && base == shifted {
            return None;
        }
        let last_at = self.at + first.words.len() * usize::from(with_shift) + sum.words.len();
        let last = self.following(last_at)?;
        let cell = indexed_cell(last.op, narrow)?;
        let (accessed, address) = (last.accessed(), sum.dst());
        if last.src(0) != address {
            return None;
        }
        let offset = u32::try_from(last.offset()).ok()?;
        // A store reads its value before the cell writes the addresses.
        if stores(&last) && (accessed == address || with_shift && accessed == shifted) {
            return None;
        }
        self.place(last_at);
        let width = if narrow { 31 } else { 63 };
        let word = u64::from(offset) | u64::from(shift & width) << 32 | u64::from(shifted) << 48;
        self.emit_wide(cell, accessed, base, index, address, word);
        Some(last_at + last.words.len() - self.at)
    }
}

/// The registers that an operation on two of them reads.
fn two_sources(inst: &Inst<'_>) -> Option<(u16, u16)> {
    let mut sources = inst.srcs();
    Some((sources.next()?, sources.next()?))
}

/// The cell of an addition to `register` and the comparison `inst` with another one, and that one.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others are not compared and branched on"
)]
fn count_cell(inst: &Inst<'_>, register: u16, is_64: bool) -> Option<(Cell, u16)> {
    let (x, y) = two_sources(inst)?;
    let counts_first = x == register && y != register;
    let counts_second = y == register && x != register;
    let (narrow, wide) = match inst.op {
        Op::IfLtI32 | Op::IfLtI64 if counts_first => (Cell::CountLtI32, Cell::CountLtI64),
        Op::IfGtI32 | Op::IfGtI64 if counts_second => (Cell::CountLtI32, Cell::CountLtI64),
        Op::IfLeI32 | Op::IfLeI64 if counts_first => (Cell::CountLeI32, Cell::CountLeI64),
        Op::IfGeI32 | Op::IfGeI64 if counts_second => (Cell::CountLeI32, Cell::CountLeI64),
        Op::IfLtUI32 | Op::IfLtUI64 if counts_first => (Cell::CountLtUI32, Cell::CountLtUI64),
        Op::IfGtUI32 | Op::IfGtUI64 if counts_second => (Cell::CountLtUI32, Cell::CountLtUI64),
        Op::IfNeI32 | Op::IfNeI64 if counts_first || counts_second => {
            (Cell::CountNeI32, Cell::CountNeI64)
        }
        _ => return None,
    };
    let limit = if counts_first { y } else { x };
    Some((if is_64 { wide } else { narrow }, limit))
}

/// The cell of an access by an instruction without an offset, at an address that the one before it computes.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others do not access memory"
)]
fn near_cell(inst: &Inst<'_>) -> Option<Cell> {
    let cell = match inst.op {
        Op::Load8UI32 | Op::Load8UI64 => Cell::Near32Load8U,
        Op::Load16UI32 | Op::Load16UI64 => Cell::Near32Load16U,
        Op::LoadI32 | Op::LoadF32 | Op::Load32UI64 => Cell::Near32Load32,
        Op::LoadI64 | Op::LoadF64 => Cell::Near32Load64,
        Op::Store8I32 | Op::Store8I64 => Cell::Near32Store8,
        Op::Store16I32 | Op::Store16I64 => Cell::Near32Store16,
        Op::StoreI32 | Op::StoreF32 | Op::Store32I64 => Cell::Near32Store32,
        Op::StoreI64 | Op::StoreF64 => Cell::Near32Store64,
        _ => return None,
    };
    (inst.offset() == 0).then_some(cell)
}

/// Whether an access to memory stores.
fn stores(inst: &Inst<'_>) -> bool {
    inst.info().effects.has(Effects::WRITES_MEM)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "others do not access memory"
)]
fn indexed_cell(op: Op, narrow: bool) -> Option<Cell> {
    let (wide_cell, narrow_cell) = match op {
        Op::Load8UI32 | Op::Load8UI64 => (Cell::Indexed64Load8U, Cell::Indexed32Load8U),
        Op::LoadI32 | Op::LoadF32 | Op::Load32UI64 => {
            (Cell::Indexed64Load32, Cell::Indexed32Load32)
        }
        Op::Load32I64 => (Cell::Indexed64Load32I64, Cell::Indexed32Load32I64),
        Op::LoadI64 | Op::LoadF64 => (Cell::Indexed64Load64, Cell::Indexed32Load64),
        Op::Store8I32 | Op::Store8I64 => (Cell::Indexed64Store8, Cell::Indexed32Store8),
        Op::StoreI32 | Op::StoreF32 | Op::Store32I64 => {
            (Cell::Indexed64Store32, Cell::Indexed32Store32)
        }
        Op::StoreI64 | Op::StoreF64 => (Cell::Indexed64Store64, Cell::Indexed32Store64),
        _ => return None,
    };
    Some(if narrow { narrow_cell } else { wide_cell })
}
