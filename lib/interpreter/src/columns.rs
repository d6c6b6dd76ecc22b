//! What is known of a cell besides what it computes: columns of the table whose rows are the cells.
//!
//! Most of it follows from the function that the list names for the cell, and stands here once for each function.

use super::machine::Takes;

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

/// The columns of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    /// The number of words, that of the handler included; lists of registers and tables of targets follow them.
    pub(super) words: u8,
    /// Where the result is.
    pub(super) result: ResultIn,
    /// Whether `c:d` is the distance of a branch.
    pub(super) branches: bool,
    /// Whether it may trap.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "tests compare what cells do with it")
    )]
    pub(super) traps: bool,
    /// The first of two operands that can change places, which lie side by side.
    pub(super) exchanges: Takes,
}

impl Columns {
    const fn new(words: u8, result: ResultIn) -> Columns {
        Columns {
            words,
            result,
            branches: false,
            traps: false,
            exchanges: Takes::Nothing,
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

    pub(super) const fn exchanging(self, exchanges: Takes) -> Columns {
        Columns { exchanges, ..self }
    }

    /// Of cells that are called: nothing is made of them.
    pub(super) const CALLED: Columns = Columns::new(2, ResultIn::Nothing).trapping();
}

/// The columns of the cells that a function is named for.
#[expect(
    non_upper_case_globals,
    reason = "the list finds them by the names of functions"
)]
pub(super) mod of {
    use super::Columns;
    use super::ResultIn::{A, C, Last, Nothing};

    macro_rules! columns {
        ($($($function:ident)+ = $columns:expr;)*) => {
            $($(pub(in super::super) const $function: Columns = $columns;)+)*
        };
    }

    columns! {
        jump branch_if branch_if_not compare = Columns::new(2, Nothing).branching();
        compare_imm count count_imm stride = Columns::new(3, Nothing).branching();
        switch = Columns::new(2, Nothing);
        call tail_call = Columns::new(3, Nothing).trapping();
        call_indirect tail_call_indirect = Columns::new(4, Nothing).trapping();
        return_none return_one return_many = Columns::new(2, Nothing);
        return_constant return_binary = Columns::new(2, Nothing);
        trap = Columns::new(2, Nothing).trapping();
        constant unary binary binary_imm select memory_size = Columns::new(2, A);
        constant_wide binary_wide = Columns::new(3, A);
        unary_checked checked checked_imm = Columns::new(2, A).trapping();
        move_two = Columns::new(2, C);
        global_get = Columns::new(3, A);
        global_set = Columns::new(3, Nothing);
        table_get = Columns::new(3, A).trapping();
        far_address = Columns::new(3, A);
        zero = Columns::new(2, Nothing);
        memory_copy memory_fill = Columns::new(2, Nothing).trapping();
        load near_load = Columns::new(2, A).trapping();
        store near_store = Columns::new(2, Nothing).trapping();
        indexed_load = Columns::new(3, A).trapping();
        indexed_store = Columns::new(3, Nothing).trapping();
        pair shift_then constants = Columns::new(3, Last);
    }
}
