//! Each instruction's cells, when it stands alone.

use super::Predecoder;
use crate::cell::Cell;
use crate::code::address;
use crate::fusions::Fusion;
use vbc_core::isa::{Effects, Inst, Op, Role, ValType};
use vbc_core::module::Kind;

/// The constant of an instruction that has one.
pub(super) fn constant(inst: &Inst<'_>) -> i64 {
    inst.constant().unwrap_or(0)
}

/// Two indexes in one word.
fn two_indexes(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

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
    /// The register that is written, and one or two that are read.
    fn same(&mut self, cell: Cell, inst: &Inst<'a>) {
        let mut sources = inst.srcs();
        let x = sources.next().unwrap_or(0);
        self.emit(cell, inst.dst(), x, sources.next().unwrap_or(0), 0);
    }

    /// The sources change places: greater-than is less-than the other way round.
    fn swapped(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit(cell, inst.dst(), inst.src(1), inst.src(0), 0);
    }

    /// The second source is a constant. Where it is too wide for `cell`, it is put into a register
    /// for `plain`.
    fn immediate(&mut self, cell: Cell, plain: Cell, inst: &Inst<'a>) {
        let value = constant(inst);
        match i32::try_from(value) {
            Ok(value) => self.emit_cd(cell, inst.dst(), inst.src(0), value as u32),
            Err(_) => {
                let scratch = self.scratch;
                self.emit_wide(Cell::ConstWide, scratch, 0, 0, 0, value as u64);
                self.emit(plain, inst.dst(), inst.src(0), scratch, 0);
            }
        }
    }

    /// As [`Predecoder::immediate`], with `cell` for a narrow and `wide` for a wide constant.
    fn immediate_wide(&mut self, cell: Cell, wide: Cell, value: i64, inst: &Inst<'a>) {
        match i32::try_from(value) {
            Ok(value) => self.emit_cd(cell, inst.dst(), inst.src(0), value as u32),
            Err(_) => self.emit_wide(wide, inst.dst(), inst.src(0), 0, 0, value as u64),
        }
    }

    /// Greater than, or at least, a constant too wide for `cell`: the plain comparison with
    /// exchanged sources.
    fn immediate_swapped(&mut self, cell: Cell, plain: Cell, inst: &Inst<'a>) {
        let value = constant(inst);
        match i32::try_from(value) {
            Ok(value) => self.emit_cd(cell, inst.dst(), inst.src(0), value as u32),
            Err(_) => {
                let scratch = self.scratch;
                self.emit_wide(Cell::ConstWide, scratch, 0, 0, 0, value as u64);
                self.emit(plain, inst.dst(), scratch, inst.src(0), 0);
            }
        }
    }

    /// Floating-point arithmetic, whose NaNs may have to be made canonical.
    fn float(&mut self, cell: Cell, canonical: Cell, inst: &Inst<'a>) {
        self.same(cell, inst);
        if self.facts.canonical_nans {
            self.emit(canonical, inst.dst(), inst.dst(), 0, 0);
        }
    }

    fn access(&mut self, cell: Cell, inst: &Inst<'a>) {
        let (accessed, address) = (inst.accessed(), inst.src(0));
        let offset = inst.offset();
        match u32::try_from(offset) {
            Ok(offset) => self.emit_cd(cell, accessed, address, offset),
            Err(_) => {
                let scratch = self.scratch;
                self.emit_wide(Cell::FarAddress, scratch, address, 0, 0, offset);
                self.emit_cd(cell, accessed, scratch, 0);
            }
        }
    }

    fn compare(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit_branch(cell, inst.src(0), inst.src(1), self.at, inst.distance());
    }

    fn compare_swapped(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit_branch(cell, inst.src(1), inst.src(0), self.at, inst.distance());
    }

    /// Compares with a constant as an `i64` register holds it.
    fn compare_64(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit_branch(cell, inst.src(0), 0, self.at, inst.distance());
        self.cells.push(constant(inst) as u64);
    }

    /// Compares with a constant as an `i32` register holds it.
    fn compare_32(&mut self, cell: Cell, inst: &Inst<'a>) {
        self.emit_branch(cell, inst.src(0), 0, self.at, inst.distance());
        self.cells.push(u64::from(constant(inst) as u32));
    }

    fn global(&mut self, cell: Cell, register: u16, inst: &Inst<'a>) {
        let place = &raw const self.facts.guest.instance.globals[inst.global() as usize];
        self.emit_wide(cell, register, 0, 0, 0, address(place));
    }

    /// A constant in a 64-bit register.
    fn constant_64(&mut self, register: u16, value: u64) {
        match i32::try_from(value as i64) {
            Ok(value) => self.emit_cd(Cell::Const64, register, 0, value as u32),
            Err(_) => self.emit_wide(Cell::ConstWide, register, 0, 0, 0, value),
        }
    }

    fn data_address(&mut self, inst: &Inst<'a>) {
        let row = inst.data() as usize;
        let address = self.facts.guest.program.data_addresses().get(row).copied();
        let address = address.unwrap_or(0).wrapping_add_signed(inst.addend());
        let narrow = self.facts.guest.program.module().address_type() == ValType::I32;
        let address = if narrow {
            address & 0xffff_ffff
        } else {
            address
        };
        self.constant_64(inst.dst(), address);
    }

    /// A bulk operation on the three registers that are read: `d` says whether it costs fuel.
    fn bulk(&mut self, cell: Cell, inst: &Inst<'a>) {
        let paid = u16::from(self.paid);
        self.emit(cell, inst.src(0), inst.src(1), inst.src(2), paid);
    }

    fn bulk_wide(&mut self, cell: Cell, inst: &Inst<'a>, word: u64) {
        self.bulk(cell, inst);
        self.cells.push(word);
    }

    /// The number of a data row among the defined ones.
    fn defined_data(&self, index: u32) -> u64 {
        u64::from(index - self.facts.guest.spaces.imported(Kind::Data))
    }

    /// A jump to a few instructions that end in a branch or return is these instructions, and a
    /// jump behind them where they go on: the end of a loop, to which the arms of its body jump,
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
            false => self.short_block(target),
        };
        let Some((count, end, goes_on)) = behind else {
            return self.emit_branch(Cell::Jump, 0, 0, self.at, distance);
        };
        self.copies -= count;
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
    /// behind them, and whether control can get there. None when they are too many, or calls.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "a block that ends otherwise is not copied"
    )]
    pub(super) fn short_block(&self, word: usize) -> Option<(usize, usize, bool)> {
        /// The most instructions that a jump is replaced by.
        const LONGEST: usize = 5;
        let mut at = word;
        for count in 1..=LONGEST.min(self.copies) {
            let inst = self.decode(at)?;
            let end = at + inst.words.len();
            let branches = |role| {
                inst.info()
                    .operands
                    .iter()
                    .any(|operand| operand.role == role)
            };
            match inst.op {
                Op::Jump | Op::Return | Op::Return1 => return Some((count, end, false)),
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

    /// Makes the cells of `inst`.
    pub(super) fn lower(&mut self, inst: &Inst<'a>) {
        match inst.op {
            Op::Jump => self.jump(inst.distance()),
            Op::IfI32 | Op::IfI64 => {
                self.emit_branch(Cell::If, inst.src(0), 0, self.at, inst.distance());
            }
            Op::IfNotI32 | Op::IfNotI64 => {
                self.emit_branch(Cell::IfNot, inst.src(0), 0, self.at, inst.distance());
            }
            Op::SwitchI32 | Op::SwitchI64 => self.emit_switch(inst),
            Op::Call => self.emit_call(inst),
            Op::CallIndirect => self.emit_call_indirect(inst),
            Op::TailCall => self.emit_tail_call(inst),
            Op::TailCallIndirect => self.emit_tail_call_indirect(inst),
            Op::Return => self.emit(Cell::Return0, 0, 0, 0, 0),
            Op::Return1 => self.emit(Cell::Return1, inst.src(0), 0, 0, 0),
            Op::ReturnN => {
                let count = self.ty.results.len();
                self.emit(Cell::ReturnN, count as u16, 0, 0, 0);
                self.emit_list(inst.registers()[..count].iter().copied());
            }
            Op::Trap => self.emit(Cell::Trap, inst.trap_kind(), 0, 0, 0),

            Op::ConstI32 | Op::ConstF32 => {
                self.emit_cd(Cell::Const32, inst.dst(), 0, constant(inst) as u32);
            }
            Op::ConstI64 | Op::ConstI64W | Op::ConstF64 => {
                self.constant_64(inst.dst(), constant(inst) as u64);
            }
            Op::Move => self.same(Cell::Move, inst),
            Op::Select => {
                let (x, y) = (inst.src(1), inst.src(2));
                self.emit(Cell::Select, inst.dst(), x, y, inst.src(0));
            }
            Op::RefNull => self.constant_64(inst.dst(), 0),
            Op::RefFunc => self.constant_64(inst.dst(), u64::from(inst.func()) + 1),
            Op::RefIsNull => self.same(Cell::IsZero, inst),
            Op::DataAddr | Op::DataAddrW => self.data_address(inst),
            Op::GlobalGet => self.global(Cell::GlobalGet, inst.dst(), inst),
            Op::GlobalSet => self.global(Cell::GlobalSet, inst.src(0), inst),

            Op::TableGet => {
                let table = self.table_address(inst.table(0));
                self.emit_wide(Cell::TableGet, inst.dst(), inst.src(0), 0, 0, table);
            }
            Op::TableSet => {
                let (index, value) = (inst.src(0), inst.src(1));
                self.emit_wide(Cell::TableSet, index, value, 0, 0, inst.table(0).into());
            }
            Op::TableSize => {
                self.emit_wide(Cell::TableSize, inst.dst(), 0, 0, 0, inst.table(0).into());
            }
            Op::TableGrow => {
                let (d, s, n) = (inst.dst(), inst.src(0), inst.src(1));
                let table = inst.table(0).into();
                self.emit_wide(Cell::TableGrow, d, s, n, u16::from(self.paid), table);
            }
            Op::TableFill => self.bulk_wide(Cell::TableFill, inst, inst.table(0).into()),
            Op::TableCopy => {
                let tables = two_indexes(inst.table(0), inst.table(1));
                self.bulk_wide(Cell::TableCopy, inst, tables);
            }
            Op::TableInit => {
                let both = two_indexes(inst.table(0), inst.elem());
                self.bulk_wide(Cell::TableInit, inst, both);
            }
            Op::ElemDrop => self.emit_wide(Cell::ElemDrop, 0, 0, 0, 0, inst.elem().into()),
            Op::MemorySize => self.emit(Cell::MemorySize, inst.dst(), 0, 0, 0),
            Op::MemoryGrow => self.same(Cell::MemoryGrow, inst),
            Op::MemoryCopy if self.watched => self.bulk(Cell::MemoryCopyWatched, inst),
            Op::MemoryCopy => self.bulk(Cell::MemoryCopy, inst),
            Op::MemoryFill if self.watched => self.bulk(Cell::MemoryFillWatched, inst),
            Op::MemoryFill => self.bulk(Cell::MemoryFill, inst),
            Op::MemoryInit => {
                let row = self.defined_data(inst.data());
                self.bulk_wide(Cell::MemoryInit, inst, row);
            }
            Op::DataDrop => {
                let row = self.defined_data(inst.data());
                self.emit_wide(Cell::DataDrop, 0, 0, 0, 0, row);
            }

            Op::LoadI32
            | Op::LoadI32W
            | Op::LoadF32
            | Op::LoadF32W
            | Op::Load32UI64
            | Op::Load32UI64W => self.access(Cell::Load32, inst),
            Op::LoadI64 | Op::LoadI64W | Op::LoadF64 | Op::LoadF64W => {
                self.access(Cell::Load64, inst)
            }
            Op::Load8I32 | Op::Load8I32W => self.access(Cell::Load8I32, inst),
            Op::Load8I64 | Op::Load8I64W => self.access(Cell::Load8I64, inst),
            Op::Load8UI32 | Op::Load8UI32W | Op::Load8UI64 | Op::Load8UI64W => {
                self.access(Cell::Load8U, inst)
            }
            Op::Load16I32 | Op::Load16I32W => self.access(Cell::Load16I32, inst),
            Op::Load16I64 | Op::Load16I64W => self.access(Cell::Load16I64, inst),
            Op::Load16UI32 | Op::Load16UI32W | Op::Load16UI64 | Op::Load16UI64W => {
                self.access(Cell::Load16U, inst)
            }
            Op::Load32I64 | Op::Load32I64W => self.access(Cell::Load32I64, inst),
            Op::Store8I32 | Op::Store8I32W | Op::Store8I64 | Op::Store8I64W => {
                self.access(Cell::Store8, inst)
            }
            Op::Store16I32 | Op::Store16I32W | Op::Store16I64 | Op::Store16I64W => {
                self.access(Cell::Store16, inst)
            }
            Op::StoreI32
            | Op::StoreI32W
            | Op::StoreF32
            | Op::StoreF32W
            | Op::Store32I64
            | Op::Store32I64W => self.access(Cell::Store32, inst),
            Op::StoreI64 | Op::StoreI64W | Op::StoreF64 | Op::StoreF64W => {
                self.access(Cell::Store64, inst)
            }

            Op::AddI32 => self.same(Cell::AddI32, inst),
            Op::AddI32I | Op::AddI32W => self.immediate(Cell::AddI32Imm, Cell::AddI32, inst),
            Op::SubI32 => self.same(Cell::SubI32, inst),
            Op::SubI32I | Op::SubI32W => {
                let value = (constant(inst) as i32).wrapping_neg();
                self.emit_cd(Cell::AddI32Imm, inst.dst(), inst.src(0), value as u32);
            }
            Op::MulI32 => self.same(Cell::MulI32, inst),
            Op::MulI32I | Op::MulI32W => self.immediate(Cell::MulI32Imm, Cell::MulI32, inst),
            Op::DivI32 => self.same(Cell::DivI32, inst),
            Op::DivI32I | Op::DivI32W => self.immediate(Cell::DivI32Imm, Cell::DivI32, inst),
            Op::DivUI32 => self.same(Cell::DivUI32, inst),
            Op::DivUI32I | Op::DivUI32W => self.immediate(Cell::DivUI32Imm, Cell::DivUI32, inst),
            Op::RemI32 => self.same(Cell::RemI32, inst),
            Op::RemI32I | Op::RemI32W => self.immediate(Cell::RemI32Imm, Cell::RemI32, inst),
            Op::RemUI32 => self.same(Cell::RemUI32, inst),
            Op::RemUI32I | Op::RemUI32W => self.immediate(Cell::RemUI32Imm, Cell::RemUI32, inst),
            Op::ShlI32 => self.same(Cell::ShlI32, inst),
            Op::ShlI32I | Op::ShlI32W => self.immediate(Cell::ShlI32Imm, Cell::ShlI32, inst),
            Op::ShrI32 => self.same(Cell::ShrI32, inst),
            Op::ShrI32I | Op::ShrI32W => self.immediate(Cell::ShrI32Imm, Cell::ShrI32, inst),
            Op::ShrUI32 => self.same(Cell::ShrUI32, inst),
            Op::ShrUI32I | Op::ShrUI32W => self.immediate(Cell::ShrUI32Imm, Cell::ShrUI32, inst),
            Op::RotlI32 => self.same(Cell::RotlI32, inst),
            Op::RotlI32I | Op::RotlI32W => self.immediate(Cell::RotlI32Imm, Cell::RotlI32, inst),
            Op::RotrI32 => self.same(Cell::RotrI32, inst),
            Op::RotrI32I | Op::RotrI32W => self.immediate(Cell::RotrI32Imm, Cell::RotrI32, inst),
            Op::AddChkI32 => self.same(Cell::AddChkI32, inst),
            Op::AddChkI32I | Op::AddChkI32W => {
                self.immediate(Cell::AddChkI32Imm, Cell::AddChkI32, inst)
            }
            Op::SubChkI32 => self.same(Cell::SubChkI32, inst),
            Op::SubChkI32I | Op::SubChkI32W => {
                self.immediate(Cell::SubChkI32Imm, Cell::SubChkI32, inst)
            }
            Op::MulChkI32 => self.same(Cell::MulChkI32, inst),
            Op::MulChkI32I | Op::MulChkI32W => {
                self.immediate(Cell::MulChkI32Imm, Cell::MulChkI32, inst)
            }
            Op::AddI64 => self.same(Cell::AddI64, inst),
            Op::AddI64I | Op::AddI64W => {
                self.immediate_wide(Cell::AddI64Imm, Cell::AddI64Wide, constant(inst), inst);
            }
            Op::SubI64 => self.same(Cell::SubI64, inst),
            // Subtracting a constant is adding its negation, wrapping.
            Op::SubI64I | Op::SubI64W => {
                let value = constant(inst).wrapping_neg();
                self.immediate_wide(Cell::AddI64Imm, Cell::AddI64Wide, value, inst);
            }
            Op::MulI64 => self.same(Cell::MulI64, inst),
            Op::MulI64I | Op::MulI64W => {
                self.immediate_wide(Cell::MulI64Imm, Cell::MulI64Wide, constant(inst), inst);
            }
            Op::DivI64 => self.same(Cell::DivI64, inst),
            Op::DivI64I | Op::DivI64W => self.immediate(Cell::DivI64Imm, Cell::DivI64, inst),
            Op::DivUI64 => self.same(Cell::DivUI64, inst),
            Op::DivUI64I | Op::DivUI64W => self.immediate(Cell::DivUI64Imm, Cell::DivUI64, inst),
            Op::RemI64 => self.same(Cell::RemI64, inst),
            Op::RemI64I | Op::RemI64W => self.immediate(Cell::RemI64Imm, Cell::RemI64, inst),
            Op::RemUI64 => self.same(Cell::RemUI64, inst),
            Op::RemUI64I | Op::RemUI64W => self.immediate(Cell::RemUI64Imm, Cell::RemUI64, inst),
            Op::ShlI64 => self.same(Cell::ShlI64, inst),
            Op::ShlI64I | Op::ShlI64W => self.immediate(Cell::ShlI64Imm, Cell::ShlI64, inst),
            Op::ShrI64 => self.same(Cell::ShrI64, inst),
            Op::ShrI64I | Op::ShrI64W => self.immediate(Cell::ShrI64Imm, Cell::ShrI64, inst),
            Op::ShrUI64 => self.same(Cell::ShrUI64, inst),
            Op::ShrUI64I | Op::ShrUI64W => self.immediate(Cell::ShrUI64Imm, Cell::ShrUI64, inst),
            Op::RotlI64 => self.same(Cell::RotlI64, inst),
            Op::RotlI64I | Op::RotlI64W => self.immediate(Cell::RotlI64Imm, Cell::RotlI64, inst),
            Op::RotrI64 => self.same(Cell::RotrI64, inst),
            Op::RotrI64I | Op::RotrI64W => self.immediate(Cell::RotrI64Imm, Cell::RotrI64, inst),
            Op::AddChkI64 => self.same(Cell::AddChkI64, inst),
            Op::AddChkI64I | Op::AddChkI64W => {
                self.immediate(Cell::AddChkI64Imm, Cell::AddChkI64, inst)
            }
            Op::SubChkI64 => self.same(Cell::SubChkI64, inst),
            Op::SubChkI64I | Op::SubChkI64W => {
                self.immediate(Cell::SubChkI64Imm, Cell::SubChkI64, inst)
            }
            Op::MulChkI64 => self.same(Cell::MulChkI64, inst),
            Op::MulChkI64I | Op::MulChkI64W => {
                self.immediate(Cell::MulChkI64Imm, Cell::MulChkI64, inst)
            }
            Op::AndI32 | Op::AndI64 => self.same(Cell::And, inst),
            Op::AndI32I | Op::AndI32W => self.immediate(Cell::AndI32Imm, Cell::And, inst),
            Op::AndI64I | Op::AndI64W => {
                self.immediate_wide(Cell::AndI64Imm, Cell::AndI64Wide, constant(inst), inst);
            }
            Op::OrI32 | Op::OrI64 => self.same(Cell::Or, inst),
            Op::OrI32I | Op::OrI32W => self.immediate(Cell::OrI32Imm, Cell::Or, inst),
            Op::OrI64I | Op::OrI64W => self.immediate(Cell::OrI64Imm, Cell::Or, inst),
            Op::XorI32 | Op::XorI64 => self.same(Cell::Xor, inst),
            Op::XorI32I | Op::XorI32W => self.immediate(Cell::XorI32Imm, Cell::Xor, inst),
            Op::XorI64I | Op::XorI64W => self.immediate(Cell::XorI64Imm, Cell::Xor, inst),

            Op::EqI32 | Op::EqI64 => self.same(Cell::Eq, inst),
            Op::EqI32I | Op::EqI32W => self.immediate(Cell::EqI32Imm, Cell::Eq, inst),
            Op::EqI64I | Op::EqI64W => self.immediate(Cell::EqI64Imm, Cell::Eq, inst),
            Op::NeI32 | Op::NeI64 => self.same(Cell::Ne, inst),
            Op::NeI32I | Op::NeI32W => self.immediate(Cell::NeI32Imm, Cell::Ne, inst),
            Op::NeI64I | Op::NeI64W => self.immediate(Cell::NeI64Imm, Cell::Ne, inst),
            Op::LtI32 => self.same(Cell::LtI32, inst),
            Op::LtI32I | Op::LtI32W => self.immediate(Cell::LtI32Imm, Cell::LtI32, inst),
            Op::LtI64 => self.same(Cell::LtI64, inst),
            Op::LtI64I | Op::LtI64W => self.immediate(Cell::LtI64Imm, Cell::LtI64, inst),
            Op::LtUI32 | Op::LtUI64 => self.same(Cell::LtU, inst),
            Op::LtUI32I | Op::LtUI32W => self.immediate(Cell::LtUI32Imm, Cell::LtU, inst),
            Op::LtUI64I | Op::LtUI64W => self.immediate(Cell::LtUI64Imm, Cell::LtU, inst),
            Op::LeI32 => self.same(Cell::LeI32, inst),
            Op::LeI32I | Op::LeI32W => self.immediate(Cell::LeI32Imm, Cell::LeI32, inst),
            Op::LeI64 => self.same(Cell::LeI64, inst),
            Op::LeI64I | Op::LeI64W => self.immediate(Cell::LeI64Imm, Cell::LeI64, inst),
            Op::LeUI32 | Op::LeUI64 => self.same(Cell::LeU, inst),
            Op::LeUI32I | Op::LeUI32W => self.immediate(Cell::LeUI32Imm, Cell::LeU, inst),
            Op::LeUI64I | Op::LeUI64W => self.immediate(Cell::LeUI64Imm, Cell::LeU, inst),
            Op::GtI32 => self.swapped(Cell::LtI32, inst),
            Op::GtI32I | Op::GtI32W => self.immediate_swapped(Cell::GtI32Imm, Cell::LtI32, inst),
            Op::GtI64 => self.swapped(Cell::LtI64, inst),
            Op::GtI64I | Op::GtI64W => self.immediate_swapped(Cell::GtI64Imm, Cell::LtI64, inst),
            Op::GtUI32 | Op::GtUI64 => self.swapped(Cell::LtU, inst),
            Op::GtUI32I | Op::GtUI32W => self.immediate_swapped(Cell::GtUI32Imm, Cell::LtU, inst),
            Op::GtUI64I | Op::GtUI64W => self.immediate_swapped(Cell::GtUI64Imm, Cell::LtU, inst),
            Op::GeI32 => self.swapped(Cell::LeI32, inst),
            Op::GeI32I | Op::GeI32W => self.immediate_swapped(Cell::GeI32Imm, Cell::LeI32, inst),
            Op::GeI64 => self.swapped(Cell::LeI64, inst),
            Op::GeI64I | Op::GeI64W => self.immediate_swapped(Cell::GeI64Imm, Cell::LeI64, inst),
            Op::GeUI32 | Op::GeUI64 => self.swapped(Cell::LeU, inst),
            Op::GeUI32I | Op::GeUI32W => self.immediate_swapped(Cell::GeUI32Imm, Cell::LeU, inst),
            Op::GeUI64I | Op::GeUI64W => self.immediate_swapped(Cell::GeUI64Imm, Cell::LeU, inst),

            Op::NotI32 => self.same(Cell::NotI32, inst),
            Op::NotI64 => self.same(Cell::NotI64, inst),
            Op::NegI32 => self.same(Cell::NegI32, inst),
            Op::NegI64 => self.same(Cell::NegI64, inst),
            Op::ClzI32 => self.same(Cell::ClzI32, inst),
            Op::ClzI64 => self.same(Cell::ClzI64, inst),
            Op::CtzI32 => self.same(Cell::CtzI32, inst),
            Op::CtzI64 => self.same(Cell::CtzI64, inst),
            Op::PopcntI32 | Op::PopcntI64 => self.same(Cell::Popcnt, inst),
            Op::Extend8I32 => self.same(Cell::Extend8I32, inst),
            Op::Extend8I64 => self.same(Cell::Extend8I64, inst),
            Op::Extend16I32 => self.same(Cell::Extend16I32, inst),
            Op::Extend16I64 => self.same(Cell::Extend16I64, inst),
            Op::Extend32I64 => self.same(Cell::Extend32I64, inst),

            Op::IfEqI32 | Op::IfEqI64 => self.compare(Cell::IfEq, inst),
            Op::IfEqI32I => self.compare_32(Cell::IfEqImm, inst),
            Op::IfEqI64I => self.compare_64(Cell::IfEqImm, inst),
            Op::IfNeI32 | Op::IfNeI64 => self.compare(Cell::IfNe, inst),
            Op::IfNeI32I => self.compare_32(Cell::IfNeImm, inst),
            Op::IfNeI64I => self.compare_64(Cell::IfNeImm, inst),
            Op::IfLtI32 => self.compare(Cell::IfLtI32, inst),
            Op::IfLtI64 => self.compare(Cell::IfLtI64, inst),
            Op::IfLtUI32 | Op::IfLtUI64 => self.compare(Cell::IfLtU, inst),
            Op::IfLeI32 => self.compare(Cell::IfLeI32, inst),
            Op::IfLeI64 => self.compare(Cell::IfLeI64, inst),
            Op::IfLeUI32 | Op::IfLeUI64 => self.compare(Cell::IfLeU, inst),
            Op::IfGtI32 => self.compare_swapped(Cell::IfLtI32, inst),
            Op::IfGtI64 => self.compare_swapped(Cell::IfLtI64, inst),
            Op::IfGtUI32 | Op::IfGtUI64 => self.compare_swapped(Cell::IfLtU, inst),
            Op::IfGeI32 => self.compare_swapped(Cell::IfLeI32, inst),
            Op::IfGeI64 => self.compare_swapped(Cell::IfLeI64, inst),
            Op::IfGeUI32 | Op::IfGeUI64 => self.compare_swapped(Cell::IfLeU, inst),
            Op::IfLtI32I => self.compare_32(Cell::IfLtI32Imm, inst),
            Op::IfLtI64I => self.compare_64(Cell::IfLtI64Imm, inst),
            Op::IfLtUI32I => self.compare_32(Cell::IfLtUImm, inst),
            Op::IfLtUI64I => self.compare_64(Cell::IfLtUImm, inst),
            Op::IfLeI32I => self.compare_32(Cell::IfLeI32Imm, inst),
            Op::IfLeI64I => self.compare_64(Cell::IfLeI64Imm, inst),
            Op::IfLeUI32I => self.compare_32(Cell::IfLeUImm, inst),
            Op::IfLeUI64I => self.compare_64(Cell::IfLeUImm, inst),
            Op::IfGtI32I => self.compare_32(Cell::IfGtI32Imm, inst),
            Op::IfGtI64I => self.compare_64(Cell::IfGtI64Imm, inst),
            Op::IfGtUI32I => self.compare_32(Cell::IfGtUImm, inst),
            Op::IfGtUI64I => self.compare_64(Cell::IfGtUImm, inst),
            Op::IfGeI32I => self.compare_32(Cell::IfGeI32Imm, inst),
            Op::IfGeI64I => self.compare_64(Cell::IfGeI64Imm, inst),
            Op::IfGeUI32I => self.compare_32(Cell::IfGeUImm, inst),
            Op::IfGeUI64I => self.compare_64(Cell::IfGeUImm, inst),

            Op::AddF32 => self.float(Cell::AddF32, Cell::CanonicalF32, inst),
            Op::SubF32 => self.float(Cell::SubF32, Cell::CanonicalF32, inst),
            Op::MulF32 => self.float(Cell::MulF32, Cell::CanonicalF32, inst),
            Op::DivF32 => self.float(Cell::DivF32, Cell::CanonicalF32, inst),
            Op::MinF32 => self.float(Cell::MinF32, Cell::CanonicalF32, inst),
            Op::MaxF32 => self.float(Cell::MaxF32, Cell::CanonicalF32, inst),
            Op::SqrtF32 => self.float(Cell::SqrtF32, Cell::CanonicalF32, inst),
            Op::CeilF32 => self.float(Cell::CeilF32, Cell::CanonicalF32, inst),
            Op::FloorF32 => self.float(Cell::FloorF32, Cell::CanonicalF32, inst),
            Op::TruncF32 => self.float(Cell::TruncF32, Cell::CanonicalF32, inst),
            Op::NearestF32 => self.float(Cell::NearestF32, Cell::CanonicalF32, inst),
            Op::CopysignF32 => self.same(Cell::CopysignF32, inst),
            Op::NegF32 => self.same(Cell::NegF32, inst),
            Op::AbsF32 => self.same(Cell::AbsF32, inst),
            Op::EqF32 => self.same(Cell::EqF32, inst),
            Op::NeF32 => self.same(Cell::NeF32, inst),
            Op::LtF32 => self.same(Cell::LtF32, inst),
            Op::LeF32 => self.same(Cell::LeF32, inst),
            Op::GtF32 => self.swapped(Cell::LtF32, inst),
            Op::GeF32 => self.swapped(Cell::LeF32, inst),
            Op::AddF64 => self.float(Cell::AddF64, Cell::CanonicalF64, inst),
            Op::SubF64 => self.float(Cell::SubF64, Cell::CanonicalF64, inst),
            Op::MulF64 => self.float(Cell::MulF64, Cell::CanonicalF64, inst),
            Op::DivF64 => self.float(Cell::DivF64, Cell::CanonicalF64, inst),
            Op::MinF64 => self.float(Cell::MinF64, Cell::CanonicalF64, inst),
            Op::MaxF64 => self.float(Cell::MaxF64, Cell::CanonicalF64, inst),
            Op::SqrtF64 => self.float(Cell::SqrtF64, Cell::CanonicalF64, inst),
            Op::CeilF64 => self.float(Cell::CeilF64, Cell::CanonicalF64, inst),
            Op::FloorF64 => self.float(Cell::FloorF64, Cell::CanonicalF64, inst),
            Op::TruncF64 => self.float(Cell::TruncF64, Cell::CanonicalF64, inst),
            Op::NearestF64 => self.float(Cell::NearestF64, Cell::CanonicalF64, inst),
            Op::CopysignF64 => self.same(Cell::CopysignF64, inst),
            Op::NegF64 => self.same(Cell::NegF64, inst),
            Op::AbsF64 => self.same(Cell::AbsF64, inst),
            Op::EqF64 => self.same(Cell::EqF64, inst),
            Op::NeF64 => self.same(Cell::NeF64, inst),
            Op::LtF64 => self.same(Cell::LtF64, inst),
            Op::LeF64 => self.same(Cell::LeF64, inst),
            Op::GtF64 => self.swapped(Cell::LtF64, inst),
            Op::GeF64 => self.swapped(Cell::LeF64, inst),

            Op::WrapI32I64 => self.same(Cell::WrapI32I64, inst),
            // Sign-extension from 32 bits does not care what lies above them.
            Op::ExtendI64I32 => self.same(Cell::Extend32I64, inst),
            // Registers hold 32-bit types zero-extended, and floats as their bits.
            Op::ExtendUI64I32
            | Op::ReinterpretI32F32
            | Op::ReinterpretI64F64
            | Op::ReinterpretF32I32
            | Op::ReinterpretF64I64 => self.same(Cell::Move, inst),
            Op::ToIntI32F32 => self.same(Cell::ToIntI32F32, inst),
            Op::ToIntSatI32F32 => self.same(Cell::ToIntSatI32F32, inst),
            Op::ToIntUI32F32 => self.same(Cell::ToIntUI32F32, inst),
            Op::ToIntSatUI32F32 => self.same(Cell::ToIntSatUI32F32, inst),
            Op::ToIntI32F64 => self.same(Cell::ToIntI32F64, inst),
            Op::ToIntSatI32F64 => self.same(Cell::ToIntSatI32F64, inst),
            Op::ToIntUI32F64 => self.same(Cell::ToIntUI32F64, inst),
            Op::ToIntSatUI32F64 => self.same(Cell::ToIntSatUI32F64, inst),
            Op::ToIntI64F32 => self.same(Cell::ToIntI64F32, inst),
            Op::ToIntSatI64F32 => self.same(Cell::ToIntSatI64F32, inst),
            Op::ToIntUI64F32 => self.same(Cell::ToIntUI64F32, inst),
            Op::ToIntSatUI64F32 => self.same(Cell::ToIntSatUI64F32, inst),
            Op::ToIntI64F64 => self.same(Cell::ToIntI64F64, inst),
            Op::ToIntSatI64F64 => self.same(Cell::ToIntSatI64F64, inst),
            Op::ToIntUI64F64 => self.same(Cell::ToIntUI64F64, inst),
            Op::ToIntSatUI64F64 => self.same(Cell::ToIntSatUI64F64, inst),
            Op::ToFloatF32I32 => self.same(Cell::ToFloatF32I32, inst),
            Op::ToFloatUF32I32 => self.same(Cell::ToFloatUF32I32, inst),
            Op::ToFloatF32I64 => self.same(Cell::ToFloatF32I64, inst),
            Op::ToFloatUF32I64 => self.same(Cell::ToFloatUF32I64, inst),
            Op::ToFloatF64I32 => self.same(Cell::ToFloatF64I32, inst),
            Op::ToFloatUF64I32 => self.same(Cell::ToFloatUF64I32, inst),
            Op::ToFloatF64I64 => self.same(Cell::ToFloatF64I64, inst),
            Op::ToFloatUF64I64 => self.same(Cell::ToFloatUF64I64, inst),
            Op::PromoteF64F32 => self.float(Cell::PromoteF64F32, Cell::CanonicalF64, inst),
            Op::DemoteF32F64 => self.float(Cell::DemoteF32F64, Cell::CanonicalF32, inst),
        }
    }
}
