//! Which computations may change places.

use vbc_core::isa::{self, OpInfo};

/// What evaluating a tree may do, as far as the order of evaluation matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effects(u8);

impl Effects {
    const READS_MEMORY: u8 = 1;
    const WRITES_MEMORY: u8 = 1 << 1;
    const READS_STATE: u8 = 1 << 2;
    const WRITES_STATE: u8 = 1 << 3;
    /// May trap because an address lies outside the memory.
    const ACCESS_TRAP: u8 = 1 << 4;
    /// May trap in another way.
    const OTHER_TRAP: u8 = 1 << 5;
    const CALLS: u8 = 1 << 6;

    /// Of one instruction.
    pub fn of(row: &OpInfo) -> Effects {
        use isa::Effects as E;
        let mut bits = 0;
        let mut note = |effect, bit| {
            if row.effects.has(effect) {
                bits |= bit;
            }
        };
        note(E::READS_MEM, Self::READS_MEMORY);
        note(E::WRITES_MEM, Self::WRITES_MEMORY);
        note(E::READS_STATE, Self::READS_STATE);
        note(E::WRITES_STATE, Self::WRITES_STATE);
        note(E::CALLS, Self::CALLS);
        let in_memory = row.effects.has(E::READS_MEM) || row.effects.has(E::WRITES_MEM);
        match in_memory {
            true => note(E::TRAPS, Self::ACCESS_TRAP),
            false => note(E::TRAPS, Self::OTHER_TRAP),
        }
        Effects(bits)
    }

    /// Both together.
    pub fn and(self, other: Effects) -> Effects {
        Effects(self.0 | other.0)
    }

    /// Whether leaving the computation out would be noticed.
    pub fn is_needed(self) -> bool {
        self.0 & !(Self::READS_MEMORY | Self::READS_STATE) != 0
    }

    /// Whether nobody can tell which of the two was evaluated first. Traps of one kind may change
    /// places with each other, but not with anything that is seen after a trap.
    pub fn commutes(self, other: Effects) -> bool {
        !self.blocks(other) && !other.blocks(self)
    }

    fn blocks(self, other: Effects) -> bool {
        let has = |bits| self.0 & bits != 0;
        let meets = |bits| other.0 & bits != 0;
        let traps = Self::ACCESS_TRAP | Self::OTHER_TRAP;
        let writes = Self::WRITES_MEMORY | Self::WRITES_STATE;
        (has(Self::CALLS) && other.0 != 0)
            || (has(Self::WRITES_MEMORY) && meets(Self::READS_MEMORY | Self::WRITES_MEMORY))
            || (has(Self::WRITES_STATE) && meets(Self::READS_STATE | Self::WRITES_STATE))
            || (has(traps) && meets(writes))
            || (has(Self::OTHER_TRAP) && meets(traps))
    }
}

#[cfg(test)]
mod tests {
    use super::Effects;
    use vbc_core::isa::Op;

    fn commute(a: Op, b: Op) -> bool {
        let of = |op: Op| Effects::of(op.info());
        assert_eq!(of(a).commutes(of(b)), of(b).commutes(of(a)));
        of(a).commutes(of(b))
    }

    #[test]
    fn what_may_change_places() {
        assert!(commute(Op::LoadI32, Op::LoadF64));
        assert!(commute(Op::LoadI32, Op::AddI32));
        assert!(commute(Op::GlobalGet, Op::StoreI32));
        assert!(commute(Op::AddI32, Op::Call));
        assert!(!commute(Op::LoadI32, Op::StoreI32));
        assert!(!commute(Op::LoadI32, Op::Call));
        assert!(!commute(Op::LoadI32, Op::DivI32));
        assert!(!commute(Op::DivI32, Op::DivI32));
        assert!(!commute(Op::DivI32, Op::GlobalSet));
        assert!(!commute(Op::GlobalGet, Op::GlobalSet));
        assert!(!commute(Op::MemorySize, Op::MemoryGrow));
        assert!(!commute(Op::StoreI32, Op::StoreI32));
    }
}
