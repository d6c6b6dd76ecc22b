//! Which instructions, one after the other in a block, become one cell.
//!
//! A rule names the first instruction and the second one, `|` between alternatives; the *shape*, which specifies what
//! their operands must be and how the cell has them; and the cell. The first two rules for the same instructions count,
//! in their order.

use crate::cell::Cell;
use vbc_core::isa::Op;

/// Which operand of the second instruction is the first one's result.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    First,
    Second,
    Either,
}

impl Side {
    /// The other one of the operands `x` and `y`, when `register` is on this side.
    pub(super) fn other(self, register: u16, (x, y): (u16, u16)) -> Option<u16> {
        match self {
            Side::Second | Side::Either if y == register => Some(x),
            Side::First | Side::Either if x == register => Some(y),
            Side::First | Side::Second | Side::Either => None,
        }
    }
}

/// What the operands of instructions must be that become one cell, and how it has them.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Two moves.
    Moves,
    /// A constant, and its return.
    ReturnConstant,
    /// An operation on two registers, and the return of its result.
    ReturnBinary,
    /// A register that counts by a constant and the branch that compares it with another register: the end of most
    /// loops.
    Count(Side),
    /// The same with a constant, or zero, to compare with.
    CountConstant,
    /// A register that is advanced by another, and the branch that compares it with a third.
    Stride,
    /// An operation on integers, and another on its result.
    Integers(Side),
    /// The same with floats, where NaNs need not be canonical.
    Floats(Side),
    /// A shift by a constant, and an operation on its result and a register.
    Shift,
    /// Two operations with constants: random numbers, fields of bits.
    Constants,
    /// An address that is computed from a base and a constant, and the access to it. What compilers write as an offset
    /// is an addition where the sum could wrap.
    Near,
    /// An address that is computed from a base and an index, and the access to it.
    Indexed,
    /// A shifted index, and an addition that with the access after it makes an indexed access.
    Scaled,
}

impl Shape {
    /// Whether the first instruction has a constant.
    const fn begins_with_constant(self) -> bool {
        match self {
            Shape::ReturnConstant
            | Shape::Count(_)
            | Shape::CountConstant
            | Shape::Shift
            | Shape::Constants
            | Shape::Near
            | Shape::Scaled => true,
            Shape::Moves
            | Shape::ReturnBinary
            | Shape::Stride
            | Shape::Integers(_)
            | Shape::Floats(_)
            | Shape::Indexed => false,
        }
    }
}

/// What instructions become.
#[derive(Debug)]
pub(super) struct Rule {
    firsts: &'static [Op],
    seconds: &'static [Op],
    pub(super) shape: Shape,
    /// None of [`Shape::Scaled`], where that for the addition and the access has it.
    pub(super) cell: Option<Cell>,
}

macro_rules! rules {
    ($($($first:ident)|+, $($second:ident)|+ => $shape:ident $(($side:ident))? $($cell:ident)?;)*) => {
        const RULES: &[Rule] = &[$(Rule {
            firsts: &[$(Op::$first),+],
            seconds: &[$(Op::$second),+],
            shape: Shape::$shape $((Side::$side))?,
            cell: rules!(@ $($cell)?),
        }),*];
    };
    (@ $cell:ident) => { Some(Cell::$cell) };
    (@) => { None };
}

rules! {
    Move, Move => Moves MoveTwo;

    ConstI32, Return => ReturnConstant ReturnConst32;
    ConstI64, Return => ReturnConstant ReturnConst64;
    AddI32, Return => ReturnBinary ReturnAddI32;
    AddI64, Return => ReturnBinary ReturnAddI64;

    AddI32 | SubI32, IfLtI32 => Count(First) CountLtI32;
    AddI32 | SubI32, IfGtI32 => Count(Second) CountLtI32;
    AddI32 | SubI32, IfLeI32 => Count(First) CountLeI32;
    AddI32 | SubI32, IfGeI32 => Count(Second) CountLeI32;
    AddI32 | SubI32, IfLtUI32 => Count(First) CountLtUI32;
    AddI32 | SubI32, IfGtUI32 => Count(Second) CountLtUI32;
    AddI32 | SubI32, IfNeI32 => Count(Either) CountNeI32;
    AddI32 | SubI32, IfLtI32 => CountConstant CountLtI32Imm;
    AddI32 | SubI32, IfLeI32 => CountConstant CountLeI32Imm;
    AddI32 | SubI32, IfGtI32 => CountConstant CountGtI32Imm;
    AddI32 | SubI32, IfGeI32 => CountConstant CountGeI32Imm;
    AddI32 | SubI32, IfNeI32 | IfI32 => CountConstant CountNeI32Imm;
    AddI64 | SubI64, IfLtI64 => Count(First) CountLtI64;
    AddI64 | SubI64, IfGtI64 => Count(Second) CountLtI64;
    AddI64 | SubI64, IfLeI64 => Count(First) CountLeI64;
    AddI64 | SubI64, IfGeI64 => Count(Second) CountLeI64;
    AddI64 | SubI64, IfLtUI64 => Count(First) CountLtUI64;
    AddI64 | SubI64, IfGtUI64 => Count(Second) CountLtUI64;
    AddI64 | SubI64, IfNeI64 => Count(Either) CountNeI64;
    AddI64 | SubI64, IfLtI64 => CountConstant CountLtI64Imm;
    AddI64 | SubI64, IfLeI64 => CountConstant CountLeI64Imm;
    AddI64 | SubI64, IfGtI64 => CountConstant CountGtI64Imm;
    AddI64 | SubI64, IfGeI64 => CountConstant CountGeI64Imm;
    AddI64 | SubI64, IfNeI64 | IfI64 => CountConstant CountNeI64Imm;
    AddI32, IfLtI32 => Stride StrideLtI32;
    AddI64, IfLtI64 => Stride StrideLtI64;

    MulF64, AddF64 => Floats(Either) MulAddF64;
    MulF64, SubF64 => Floats(Second) MulSubF64;
    MulF64, SubF64 => Floats(First) MulRevSubF64;
    MulF64, MulF64 => Floats(Either) MulMulF64;
    AddF64, AddF64 => Floats(Either) AddAddF64;
    AddF64, MulF64 => Floats(Either) AddMulF64;
    SubF64, AddF64 => Floats(Either) SubAddF64;
    SubF64, MulF64 => Floats(Either) SubMulF64;
    MulI32, AddI32 => Integers(Either) MulAddI32;
    MulI64, AddI64 => Integers(Either) MulAddI64;
    MulI32, AddI32 => Constants MulAddImmI32;
    MulI64, AddI64 => Constants MulAddImmI64;
    ShrUI32, AndI32 => Constants ShrUAndImmI32;
    ShrUI64, AndI64 => Constants ShrUAndImmI64;

    // An access is better than the address alone.
    ShlI32, AddI32 => Scaled;
    ShlI64, AddI64 => Scaled;
    ShlI32, AddI32 => Shift ShlAddI32;
    ShlI32, OrI32 => Shift ShlOrI32;
    ShlI32, XorI32 => Shift ShlXorI32;
    ShlI64, AddI64 => Shift ShlAddI64;
    ShlI64, OrI64 => Shift ShlOrI64;
    ShlI64, XorI64 => Shift ShlXorI64;
    ShrUI32, AddI32 => Shift ShrUAddI32;
    ShrUI32, OrI32 => Shift ShrUOrI32;
    ShrUI32, XorI32 => Shift ShrUXorI32;
    ShrUI64, AddI64 => Shift ShrUAddI64;
    ShrUI64, OrI64 => Shift ShrUOrI64;
    ShrUI64, XorI64 => Shift ShrUXorI64;
    RotrI32, XorI32 => Shift RotrXorI32;
    RotrI64, XorI64 => Shift RotrXorI64;

    AddI32 | SubI32, Load8UI32 | Load8UI64 => Near Near32Load8U;
    AddI32 | SubI32, Load16UI32 | Load16UI64 => Near Near32Load16U;
    AddI32 | SubI32, LoadI32 | LoadF32 | Load32UI64 => Near Near32Load32;
    AddI32 | SubI32, LoadI64 | LoadF64 => Near Near32Load64;
    AddI32 | SubI32, Store8I32 | Store8I64 => Near Near32Store8;
    AddI32 | SubI32, Store16I32 | Store16I64 => Near Near32Store16;
    AddI32 | SubI32, StoreI32 | StoreF32 | Store32I64 => Near Near32Store32;
    AddI32 | SubI32, StoreI64 | StoreF64 => Near Near32Store64;

    AddI32, Load8UI32 | Load8UI64 => Indexed Indexed32Load8U;
    AddI32, LoadI32 | LoadF32 | Load32UI64 => Indexed Indexed32Load32;
    AddI32, Load32I64 => Indexed Indexed32Load32I64;
    AddI32, LoadI64 | LoadF64 => Indexed Indexed32Load64;
    AddI32, Store8I32 | Store8I64 => Indexed Indexed32Store8;
    AddI32, StoreI32 | StoreF32 | Store32I64 => Indexed Indexed32Store32;
    AddI32, StoreI64 | StoreF64 => Indexed Indexed32Store64;
    AddI64, Load8UI32 | Load8UI64 => Indexed Indexed64Load8U;
    AddI64, LoadI32 | LoadF32 | Load32UI64 => Indexed Indexed64Load32;
    AddI64, Load32I64 => Indexed Indexed64Load32I64;
    AddI64, LoadI64 | LoadF64 => Indexed Indexed64Load64;
    AddI64, Store8I32 | Store8I64 => Indexed Indexed64Store8;
    AddI64, StoreI32 | StoreF32 | Store32I64 => Indexed Indexed64Store32;
    AddI64, StoreI64 | StoreF64 => Indexed Indexed64Store64;
}

const OPS: usize = Op::ALL.len();

/// The rules by what they are for. Numbers begin with 1; 0 is none.
struct Index {
    /// By first instruction, and whether it has a constant: the number of a table.
    tables: [[u8; 2]; OPS],
    /// By number of a table and second instruction: two rules.
    rules: [[[u8; 2]; OPS]; Index::TABLES],
}

impl Index {
    /// The number of first instructions that have rules; number 0 stays empty.
    const TABLES: usize = 26;

    const fn new() -> Index {
        let mut index = Index {
            tables: [[0; 2]; OPS],
            rules: [[[0; 2]; OPS]; Index::TABLES],
        };
        let (mut tables, mut rule) = (0, 0);
        while rule < RULES.len() {
            let Rule { firsts, shape, .. } = RULES[rule];
            let mut first = 0;
            while first < firsts.len() {
                let constant = shape.begins_with_constant() as usize;
                let table = &mut index.tables[firsts[first] as usize][constant];
                if *table == 0 {
                    tables += 1;
                    *table = tables;
                }
                let table = *table as usize;
                index.enter(table, rule);
                first += 1;
            }
            rule += 1;
        }
        index
    }

    const fn enter(&mut self, table: usize, rule: usize) {
        let seconds = RULES[rule].seconds;
        let mut second = 0;
        while second < seconds.len() {
            let both = &mut self.rules[table][seconds[second] as usize];
            let place = (both[0] != 0) as usize;
            assert!(both[place] == 0, "a third rule for the same instructions");
            both[place] = rule as u8 + 1;
            second += 1;
        }
    }
}

static INDEX: Index = Index::new();

/// Whether any rule begins with the instruction.
pub(super) fn any(first: Op) -> bool {
    INDEX.tables[first as usize] != [0, 0]
}

/// The rules for two instructions, the first of which has a constant or none.
pub(super) fn rules(first: Op, constant: bool, second: Op) -> impl Iterator<Item = &'static Rule> {
    let table = INDEX.tables[first as usize][usize::from(constant)];
    let both = INDEX.rules[usize::from(table)][second as usize];
    both.into_iter()
        .filter_map(|number| RULES.get(usize::from(number).wrapping_sub(1)))
}

#[cfg(test)]
mod tests;
