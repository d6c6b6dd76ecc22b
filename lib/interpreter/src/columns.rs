//! What is known of a cell besides what it computes: columns of the table whose rows are the cells.
//!
//! Most of it follows from the function that the list names for the cell, and is stated here once for each function;
//! the rest from the function's arguments and what is in brackets. `tests.rs` compares the columns with what the
//! functions do. Which cells are joined to superinstructions is data of its own ([`super::superinstructions`]).

use super::fusions::Fusion;
use super::machine::Forwarded;

/// Where a cell leaves what the next one may take over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ResultIn {
    /// Nowhere: it stores, branches or leaves.
    Nothing,
    /// In its register `a`.
    A,
    /// In its register `c`.
    C,
    /// In a register that only its maker knows, since it does what two instructions do.
    Last,
}

/// When a cell pays fuel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fuel {
    /// Never.
    Free,
    /// One unit before it calls, or branches backward.
    Unit,
    /// Where its operand `d` is set, for what it moves.
    Moved,
}

/// The columns of a cell.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "tests compare what cells do with all of them")
)]
pub(super) struct Columns {
    /// The number of words, that of the handler included; lists of registers and tables of targets follow them.
    pub(super) words: u8,
    /// Where the result is.
    pub(super) result: ResultIn,
    /// The operands that can be the result of the cell before.
    pub(super) forwardable: &'static [Forwarded],
    /// Whether `c:d` is the distance of a branch.
    pub(super) branches: bool,
    /// Whether it may trap.
    pub(super) traps: bool,
    /// When it pays.
    pub(super) fuel: Fuel,
    /// Whether the engine may be left or another function run before it has ended, so that every live register must be
    /// in its home slot: calls, where fuel or the clock is looked at, where somebody watches. A loop's head is one by
    /// the backward branches that lead there and pay.
    pub(super) safepoint: bool,
    /// The first of two operands that can change places, which lie side by side.
    pub(super) exchanges: Forwarded,
    /// The way of making fewer cells that results in it; none where a single instruction does.
    pub(super) fusion: Option<Fusion>,
}

impl Columns {
    const fn new(words: u8, result: ResultIn) -> Columns {
        Columns {
            words,
            result,
            forwardable: &[],
            branches: false,
            traps: false,
            fuel: Fuel::Free,
            safepoint: false,
            exchanges: Forwarded::Nothing,
            fusion: None,
        }
    }

    const fn forwarding(self, forwardable: &'static [Forwarded]) -> Columns {
        Columns {
            forwardable,
            ..self
        }
    }

    const fn branching(self) -> Columns {
        Columns {
            branches: true,
            ..self
        }
    }

    const fn trapping(self) -> Columns {
        Columns {
            traps: true,
            ..self
        }
    }

    const fn moving(self) -> Columns {
        Columns {
            fuel: Fuel::Moved,
            ..self
        }
    }

    const fn safepoint(self) -> Columns {
        Columns {
            safepoint: true,
            ..self
        }
    }

    const fn fused(self, fusion: Fusion) -> Columns {
        Columns {
            fusion: Some(fusion),
            ..self
        }
    }

    pub(super) const fn exchanging(self, exchanges: Forwarded) -> Columns {
        Columns { exchanges, ..self }
    }

    /// Of the cell whose function has these arguments: the first of them is whether it pays, of all functions that can.
    /// Where it does, the engine may be left.
    pub(super) const fn with(self, arguments: &str) -> Columns {
        match arguments.as_bytes() {
            [b't', b'r', b'u', b'e', ..] => Columns {
                fuel: Fuel::Unit,
                ..self.safepoint()
            },
            _ => self,
        }
    }
}

/// The columns of the cells that a function is named for.
#[expect(
    non_upper_case_globals,
    reason = "the list finds them by the names of functions"
)]
pub(super) mod of {
    use super::Columns;
    use super::Forwarded;
    use super::Fusion::{Arithmetic, Bulk, Count, Indexed, Moves, Near, Returns};
    use super::ResultIn::{A, C, Last, Nothing};

    macro_rules! columns {
        ($($($function:ident)+ = $columns:expr;)*) => {
            $($(pub(in super::super) const $function: Columns = $columns;)+)*
        };
    }

    const FORWARDS_A: &[Forwarded] = &[Forwarded::A];
    const FORWARDS_B: &[Forwarded] = &[Forwarded::B];
    const FORWARDS_AB: &[Forwarded] = &[Forwarded::A, Forwarded::B];
    const FORWARDS_AC: &[Forwarded] = &[Forwarded::A, Forwarded::C];
    const FORWARDS_C: &[Forwarded] = &[Forwarded::C];
    const FORWARDS_BC: &[Forwarded] = &[Forwarded::B, Forwarded::C];
    const FORWARDS_BCD: &[Forwarded] = &[Forwarded::B, Forwarded::C, Forwarded::D];

    columns! {
        jump = Columns::new(2, Nothing).branching();
        branch_if branch_if_not = Columns::new(2, Nothing).branching().forwarding(FORWARDS_A);
        compare = Columns::new(2, Nothing).branching().forwarding(FORWARDS_AB);
        compare_imm = Columns::new(3, Nothing).branching().forwarding(FORWARDS_A);
        count count_imm stride = Columns::new(3, Nothing).branching().fused(Count);
        switch = Columns::new(2, Nothing).forwarding(FORWARDS_A);
        call tail_call = Columns::new(3, Nothing).trapping().safepoint();
        call_indirect tail_call_indirect = Columns::new(4, Nothing).trapping().safepoint();
        return_none return_many = Columns::new(2, Nothing);
        return_one = Columns::new(2, Nothing).forwarding(FORWARDS_A);
        return_constant return_binary = Columns::new(2, Nothing).fused(Returns);
        trap = Columns::new(2, Nothing).trapping();
        constant memory_size = Columns::new(2, A);
        unary binary_imm = Columns::new(2, A).forwarding(FORWARDS_B);
        binary = Columns::new(2, A).forwarding(FORWARDS_BC);
        select = Columns::new(2, A).forwarding(FORWARDS_BCD);
        constant_wide = Columns::new(3, A);
        binary_wide = Columns::new(3, A).forwarding(FORWARDS_B);
        unary_checked checked_imm = Columns::new(2, A).trapping().forwarding(FORWARDS_B);
        checked = Columns::new(2, A).trapping().forwarding(FORWARDS_BC);
        move_two = Columns::new(2, C).forwarding(FORWARDS_B).fused(Moves);
        global_get far_address = Columns::new(3, A);
        global_set = Columns::new(3, Nothing).forwarding(FORWARDS_A);
        table_get = Columns::new(3, A).trapping();
        zero = Columns::new(2, Nothing);
        memory_copy memory_fill = Columns::new(2, Nothing).trapping().fused(Bulk);
        load = Columns::new(2, A).trapping().forwarding(FORWARDS_B);
        near_load = Columns::new(2, A).trapping().forwarding(FORWARDS_B).fused(Near);
        store = Columns::new(2, Nothing).trapping().forwarding(FORWARDS_AB);
        near_store = Columns::new(2, Nothing).trapping().forwarding(FORWARDS_AB).fused(Near);
        indexed_load = Columns::new(3, A).trapping().fused(Indexed);
        indexed_store = Columns::new(3, Nothing).trapping().forwarding(FORWARDS_A).fused(Indexed);
        binary_then = Columns::new(3, Last).forwarding(FORWARDS_BC).fused(Arithmetic);
        shift_then constants = Columns::new(3, Last).forwarding(FORWARDS_B).fused(Arithmetic);

        call_unready = Columns::new(3, Nothing).safepoint();
        predecode_function host_call native_call = Columns::new(2, Nothing).trapping().safepoint();
        poll = Columns::new(2, Nothing).safepoint();
        observe = Columns::new(3, Nothing).safepoint();
        finish memory_grow = Columns::new(2, Nothing);
        table_size elem_drop data_drop = Columns::new(3, Nothing);
        table_set = Columns::new(3, Nothing).trapping();
        table_grow = Columns::new(3, Nothing).moving();
        table_fill table_copy table_init memory_init = Columns::new(3, Nothing).trapping().moving();
        non_null = Columns::new(2, A).trapping().forwarding(FORWARDS_B);
        array_len field_load = Columns::new(2, A).trapping();
        field_store = Columns::new(2, Nothing).trapping().forwarding(FORWARDS_A);
        element_load = Columns::new(2, A).trapping().forwarding(FORWARDS_C);
        element_store = Columns::new(2, Nothing).trapping().forwarding(FORWARDS_AC);
        i31_get i31_get_u = Columns::new(2, Nothing).trapping();
        ref_test = Columns::new(3, Nothing);
        ref_cast struct_set array_set =
            Columns::new(3, Nothing).trapping();
        branch_on_null = Columns::new(3, Nothing).branching().safepoint();
        branch_on_cast_fail = Columns::new(4, Nothing).branching().safepoint();
        struct_new struct_new_default = Columns::new(3, Nothing).trapping().safepoint();
        array_new array_new_default array_new_fixed = Columns::new(3, Nothing).trapping().moving().safepoint();
        array_new_data array_new_elem = Columns::new(4, Nothing).trapping().moving().safepoint();
        array_fill array_copy array_init_data array_init_elem = Columns::new(4, Nothing).trapping().moving();
        array_to_memory memory_to_array = Columns::new(3, Nothing).trapping().moving();
        call_ref tail_call_ref = Columns::new(3, Nothing).trapping().safepoint();
        call_indirect_subtype tail_call_indirect_subtype =
            Columns::new(4, Nothing).trapping().safepoint();
        memory_copy_watched memory_fill_watched = Columns::new(2, Nothing).trapping().moving();
    }
}

#[cfg(test)]
mod tests;
