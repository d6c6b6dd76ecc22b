//! Which cells are joined with the one before: a *superinstruction* does what both do, and hands the result of the
//! first to the second without a detour through the register, which is written nevertheless. It is the first cell with
//! the superinstruction's handler, followed by the second without the word for its handler.
//!
//! The list has a row for each first cell. After each second cell comes which of its operands is
//! the first one's result; `Nothing` serves for all operands.

use super::cell::Cell;
use super::columns::ResultIn;
use super::machine::Forwarded;

// `for_each_superinstruction` hands the list to a macro. `build.rs` makes it from `superinstructions.txt`.
include!(concat!(env!("OUT_DIR"), "/superinstructions.rs"));

#[cfg(all(vbc_tail, not(debug_assertions), not(miri)))]
pub(super) use for_each_superinstruction;

macro_rules! superinstruction_list {
    ($($first:ident { $($second:ident $forwarded:ident,)* })*) => {
        /// The list.
        pub(super) static SUPERINSTRUCTIONS: &[(Cell, &[(Cell, Forwarded)])] =
            &[$((Cell::$first, &[$((Cell::$second, Forwarded::$forwarded)),*])),*];
    };
}

for_each_superinstruction!(superinstruction_list);

/// By cell: its row in the list, plus one.
static ROWS: [u16; Cell::ALL.len()] = {
    let mut rows = [0; Cell::ALL.len()];
    let mut row = 0;
    while row < SUPERINSTRUCTIONS.len() {
        rows[SUPERINSTRUCTIONS[row].0 as usize] = row as u16 + 1;
        row += 1;
    }
    rows
};

/// Row and column of a superinstruction in the list.
pub(super) fn find(first: Cell, second: Cell, forwarded: Forwarded) -> Option<(usize, usize)> {
    let row = usize::from(ROWS[first as usize]).checked_sub(1)?;
    let same = |&one: &(Cell, Forwarded)| one == (second, forwarded);
    let column = SUPERINSTRUCTIONS[row].1.iter().position(same)?;
    Some((row, column))
}

/// The register in which a cell with these operands leaves what it hands over. For cells that
/// combine two instructions, whoever makes them knows it.
pub(super) fn result(cell: Cell, a: u16, c: u16) -> Option<u16> {
    match cell.columns().result {
        ResultIn::A => Some(a),
        ResultIn::C => Some(c),
        ResultIn::Nothing | ResultIn::Last => None,
    }
}

#[cfg(test)]
mod tests;
