//! Operands of an instruction by what they are, whatever its form and wherever they lie.
//!
//! Of several operands with a role, the first in the order of the text form is number 0. An operand that the
//! instruction does not have reads as 0; the caller knows the instruction.

use super::decode::Value;
use super::{IndexSpace, Inst, Operand, RefType, Role, ValType};

/// The second operand of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhs {
    /// A register.
    Register(u16),
    /// A constant; see [`Inst::constant`].
    Constant(i64),
}

impl Inst<'_> {
    /// The operand that is number `n` of those for which `is` holds.
    #[inline]
    fn nth(&self, n: usize, is: impl Fn(Role) -> bool) -> Option<&'static Operand> {
        let operands = self.operands().iter();
        operands.filter(|operand| is(operand.role)).nth(n)
    }

    /// The bits of that operand, zero-extended.
    #[inline]
    fn bits(&self, n: usize, is: impl Fn(Role) -> bool) -> u64 {
        let found = self.nth(n, is);
        debug_assert!(found.is_some(), "{} has no such operand", self.form);
        found.map_or(0, |operand| self.field(operand.field))
    }

    /// The register that is written.
    #[inline]
    pub fn dst(&self) -> u16 {
        self.bits(0, |role| matches!(role, Role::Dst(_))) as u16
    }

    /// The register of an access to memory, of which the address is the first that is read: written by a load, read by
    /// a store.
    #[inline]
    pub fn accessed(&self) -> u16 {
        match self.nth(0, |role| matches!(role, Role::Dst(_))) {
            Some(_) => self.dst(),
            None => self.src(1),
        }
    }

    /// The registers that are read, those of lists excepted.
    #[inline]
    pub fn srcs(&self) -> impl Iterator<Item = u16> + '_ {
        let operands = self.operands().iter();
        let sources = operands.filter(|operand| matches!(operand.role, Role::Src(_)));
        sources.map(|operand| self.field(operand.field) as u16)
    }

    /// Register number `n` of those that are read.
    #[inline]
    pub fn src(&self, n: usize) -> u16 {
        self.bits(n, |role| matches!(role, Role::Src(_))) as u16
    }

    /// The constant of forms that have one; integers are sign-extended, floats are their bits.
    #[inline]
    pub fn constant(&self) -> Option<i64> {
        let found = self.nth(0, |role| matches!(role, Role::Imm(_)))?;
        let Value::Imm(value) = self.value(found) else {
            return None;
        };
        Some(value)
    }

    /// The second operand of an operation or a comparison, whose first is a register.
    #[inline]
    pub fn rhs(&self) -> Rhs {
        match self.constant() {
            Some(value) => Rhs::Constant(value),
            None => Rhs::Register(self.src(1)),
        }
    }

    /// The registers that a RETURN returns, for a function with `results` results.
    #[inline]
    pub fn returned(&self, results: usize) -> impl Iterator<Item = u16> + '_ {
        self.srcs()
            .chain(self.registers().iter().copied())
            .take(results)
    }

    /// What is added to the address of an access.
    #[inline]
    pub fn offset(&self) -> u64 {
        self.bits(0, |role| matches!(role, Role::Offset))
    }

    /// What is added to the address of a data row; 0 in forms that add nothing.
    #[inline]
    pub fn addend(&self) -> i64 {
        let found = self.nth(0, |role| matches!(role, Role::Addend));
        found.map_or(0, |operand| self.field(operand.field) as i64)
    }

    /// The distance of a branch in words from the instruction's first one.
    #[inline]
    pub fn distance(&self) -> i32 {
        self.bits(0, |role| matches!(role, Role::Label)) as i32
    }

    /// The code of a trap kind.
    #[inline]
    pub fn trap_kind(&self) -> u16 {
        self.bits(0, |role| matches!(role, Role::TrapKind)) as u16
    }

    /// The reference type that is named. Its index is not checked; none where the word means none, or none is named.
    #[inline]
    pub fn ref_type(&self) -> Option<RefType> {
        let operand = self.nth(0, |role| matches!(role, Role::RefType))?;
        let word = self.field(operand.field) as u32;
        match ValType::from_word(word)? {
            ValType::Ref(ty) => Some(ty),
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => None,
        }
    }

    /// The number of a field.
    #[inline]
    pub fn field_number(&self) -> u16 {
        self.bits(0, |role| matches!(role, Role::Field)) as u16
    }

    /// The number of arguments that the instruction states.
    #[inline]
    pub fn count(&self) -> u32 {
        self.bits(0, |role| matches!(role, Role::Count)) as u32
    }

    /// Index number `n` of those in a space.
    #[inline]
    pub fn index(&self, space: IndexSpace, n: usize) -> u32 {
        self.bits(
            n,
            |role| matches!(role, Role::Index(of) if of as u8 == space as u8),
        ) as u32
    }

    /// The index of a function.
    #[inline]
    pub fn func(&self) -> u32 {
        self.index(IndexSpace::Func, 0)
    }

    /// The index of a type.
    #[inline]
    pub fn type_index(&self) -> u32 {
        self.index(IndexSpace::Type, 0)
    }

    /// The index of a global.
    #[inline]
    pub fn global(&self) -> u32 {
        self.index(IndexSpace::Global, 0)
    }

    /// The index of table number `n`.
    #[inline]
    pub fn table(&self, n: usize) -> u32 {
        self.index(IndexSpace::Table, n)
    }

    /// The index of a data row.
    #[inline]
    pub fn data(&self) -> u32 {
        self.index(IndexSpace::Data, 0)
    }

    /// The index of an element segment.
    #[inline]
    pub fn elem(&self) -> u32 {
        self.index(IndexSpace::Elem, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode::decode;
    use super::*;
    use crate::isa::{Op, encode};

    fn with<T>(op: Op, values: &[Value<'_>], look: impl Fn(Inst<'_>) -> T) -> T {
        let mut code = Vec::new();
        encode(op, values, &mut code);
        look(decode(&code, 0).expect("an instruction"))
    }

    #[test]
    fn operands_by_role() {
        use Value::{Addend, Imm, Index, Label, Offset, Reg, TrapKind};
        let select = [Reg(1), Reg(2), Reg(3), Reg(4)];
        let read = with(Op::Select, &select, |i| {
            (i.dst(), i.src(0), i.src(1), i.src(2))
        });
        assert_eq!(read, (1, 2, 3, 4));
        let store = [Reg(7), Offset(1 << 40), Reg(8), Index(0)];
        let read = with(Op::StoreI64, &store, |i| (i.src(0), i.src(1), i.offset()));
        assert_eq!(read, (7, 8, 1 << 40));
        assert_eq!(with(Op::StoreI64, &store, |i| i.accessed()), 8);
        let load = [Reg(7), Reg(8), Offset(1)];
        assert_eq!(with(Op::LoadI64, &load, |i| i.accessed()), 7);
        let read = with(Op::Select, &select, |i| i.srcs().collect::<Vec<_>>());
        assert_eq!(read, [2, 3, 4]);
        let branch = [Reg(5), Imm(-6), Label(-7)];
        let read = with(Op::IfLtI64, &branch, |i| {
            (i.src(0), i.constant(), i.distance())
        });
        assert_eq!(read, (5, Some(-6), -7));
        let plain = [Reg(1), Reg(2), Reg(3)];
        assert_eq!(with(Op::AddI64, &plain, |i| i.constant()), None);
        let copy = [Index(8), Index(9), Reg(1), Reg(2), Reg(3)];
        assert_eq!(
            with(Op::TableCopy, &copy, |i| (i.table(0), i.table(1))),
            (8, 9)
        );
        let init = [Index(8), Index(9), Reg(1), Reg(2), Reg(3)];
        assert_eq!(
            with(Op::TableInit, &init, |i| (i.table(0), i.elem())),
            (8, 9)
        );
        let address = [Reg(1), Index(4), Addend(-5)];
        let read = with(Op::DataAddr, &address, |i| (i.data(), i.addend()));
        assert_eq!(read, (4, -5));
        assert_eq!(with(Op::DataAddr, &address[..2], |i| i.addend()), 0);
        assert_eq!(with(Op::RefFunc, &[Reg(1), Index(2)], |i| i.func()), 2);
        assert_eq!(with(Op::GlobalSet, &[Index(3), Reg(1)], |i| i.global()), 3);
        assert_eq!(with(Op::Trap, &[TrapKind(4)], |i| i.trap_kind()), 4);
        let all: Value<'_> = Value::Regs(&[]);
        let call = [Index(6), Reg(1), Index(5), all, all];
        let read = with(Op::CallIndirect, &call, |i| {
            (i.table(0), i.src(0), i.type_index())
        });
        assert_eq!(read, (6, 1, 5));
    }
}
