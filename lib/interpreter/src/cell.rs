//! The cells' numbers and names.

use super::columns::{self, Columns, Fuel};
use super::list::for_each_cell;
use super::machine::Forwarded;

macro_rules! cell_enum {
    (fast { $($fast:ident = $f:ident $(::<$($_g:tt),+>)? ($($arg:expr),*) $([$exchanges:ident])?,)* }
     slow { $($slow:ident = $_s:ident,)* }) => {
        /// What a cell does; the number is in word 0 of cells of the portable engine.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(super) enum Cell {
            $($fast,)*
            $($slow,)*
        }

        impl Cell {
            /// How many are inlined into the engines; they come first.
            #[cfg(any(test, feature = "measuring"))]
            const INLINED: usize = [$(stringify!($fast)),*].len();

            pub(super) const ALL: &[Cell] = &[$(Cell::$fast,)* $(Cell::$slow),*];
        }

        /// By cell.
        static COLUMNS: [Columns; Cell::ALL.len()] = [
            $(columns::of::$f.with(stringify!($($arg),*)) $(.exchanging(Forwarded::$exchanges))?,)*
            $(columns::of::$_s,)*
        ];
    };
}

for_each_cell!(cell_enum);

impl Cell {
    /// What is known of it besides what it computes.
    pub(super) fn columns(self) -> &'static Columns {
        &COLUMNS[self as usize]
    }

    /// Whether it is called instead of being inlined into the engines.
    #[cfg(any(test, feature = "measuring"))]
    pub(super) fn is_called(self) -> bool {
        self as usize >= Cell::INLINED
    }

    /// The cell that does the same and costs fuel. Only for cells that come before such a cell in
    /// the list.
    pub(super) fn paid(self) -> Cell {
        let paid = Cell::ALL[self as usize + 1];
        debug_assert_eq!(paid.columns().fuel, Fuel::Unit, "{self:?}");
        paid
    }

    /// The cell with number `number`. Word 0 of a cell of the portable engine is always one.
    #[inline(always)]
    pub(super) fn from_number(number: u64) -> Cell {
        debug_assert!((number as usize) < Cell::ALL.len());
        // SAFETY: the predecoder writes only numbers of cells.
        unsafe { std::mem::transmute::<u16, Cell>(number as u16) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paid_cells_follow_their_free_ones() {
        let mut count = 0;
        for two in Cell::ALL.windows(2) {
            let [free, paid] = two.try_into().unwrap();
            let pays = paid.columns().fuel == Fuel::Unit;
            assert_eq!(pays, format!("{paid:?}").ends_with("Paid"), "{paid:?}");
            if pays {
                assert_eq!(format!("{free:?}Paid"), format!("{paid:?}"));
                assert_eq!(free.paid(), paid);
                count += 1;
            }
        }
        assert!(count > 50);
    }

    #[test]
    fn numbers_lead_back_to_cells() {
        for &cell in Cell::ALL {
            assert_eq!(Cell::from_number(cell as u64), cell);
        }
    }
}
