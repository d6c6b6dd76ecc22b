//! Instructions that grow memory and tables or move much at once. Bounds are checked before
//! anything is paid, and paid before anything moves.

use std::ops::Range;

use super::guest::Guest;
use super::meter::Stop;
use super::{Table, reference};
use crate::isa::Trap;

type Done = Result<(), Stop>;

/// Bytes that a bulk operation moves between two looks at the clock.
const PIECE: usize = 16 << 20;

/// The range of `count` from `start`, when it lies within `len`.
fn range(start: u64, count: u64, len: usize) -> Option<Range<usize>> {
    let end = start.checked_add(count).filter(|&end| end <= len as u64)?;
    Some(start as usize..end as usize)
}

/// A size in the width of an index type, or -1.
fn index(is_64: bool, size: Option<u64>) -> u64 {
    let size = size.unwrap_or(u64::MAX);
    if is_64 { size } else { u64::from(size as u32) }
}

// `paid` says that moving costs fuel.
impl Guest {
    fn bytes(&mut self) -> &mut [u8] {
        match &mut self.instance.memory {
            Some(memory) => memory.bytes_mut(),
            None => &mut [],
        }
    }

    fn memory_range(&mut self, start: u64, count: u64) -> Result<Range<usize>, Trap> {
        range(start, count, self.bytes().len()).ok_or(Trap::MemoryOutOfBounds)
    }

    /// Pays for `bytes`.
    fn pay(&mut self, paid: bool, bytes: u64) -> Done {
        if paid {
            self.meter.charge_bulk(bytes)
        } else {
            Ok(())
        }
    }

    /// MEMORY_GROW: the result as a register holds it.
    pub(crate) fn memory_grow(&mut self, pages: u64) -> u64 {
        match self.instance.memory.as_mut() {
            Some(memory) => {
                let before = memory.grow(pages);
                index(memory.is_64(), before)
            }
            // There is none: it has no pages and cannot get any.
            None => index(true, (pages == 0).then_some(0)),
        }
    }

    /// MEMORY_COPY.
    pub(crate) fn memory_copy(&mut self, to: u64, from: u64, count: u64, paid: bool) -> Done {
        let target = self.memory_range(to, count)?;
        let source = self.memory_range(from, count)?;
        self.pay(paid, count)?;
        if source.len() <= PIECE {
            self.bytes().copy_within(source, target.start);
        } else if target.start <= source.start {
            for at in (0..source.len()).step_by(PIECE) {
                let part = PIECE.min(source.len() - at);
                let from = source.start + at;
                self.bytes()
                    .copy_within(from..from + part, target.start + at);
                self.meter.check_time()?;
            }
        } else {
            for end in (0..source.len()).rev().step_by(PIECE) {
                let start = (end + 1).saturating_sub(PIECE);
                let from = source.start + start..source.start + end + 1;
                self.bytes().copy_within(from, target.start + start);
                self.meter.check_time()?;
            }
        }
        Ok(())
    }

    /// MEMORY_FILL.
    pub(crate) fn memory_fill(&mut self, to: u64, byte: u8, count: u64, paid: bool) -> Done {
        let target = self.memory_range(to, count)?;
        self.pay(paid, count)?;
        for at in target.clone().step_by(PIECE) {
            let end = target.end.min(at + PIECE);
            self.bytes()[at..end].fill(byte);
            if end < target.end {
                self.meter.check_time()?;
            }
        }
        Ok(())
    }

    /// MEMORY_INIT; `row` is the number of the defined data row.
    pub(crate) fn memory_init(
        &mut self,
        row: usize,
        to: u64,
        from: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.memory_range(to, count)?;
        let program = self.program.clone();
        let content = match self.instance.dropped_data.get(row) {
            Some(false) => program.module.data_content(row),
            _ => &[],
        };
        let source = range(from, count, content.len()).ok_or(Trap::MemoryOutOfBounds)?;
        self.pay(paid, count)?;
        self.bytes()[target].copy_from_slice(&content[source]);
        Ok(())
    }

    /// DATA_DROP; `row` is the number of the defined data row.
    pub(crate) fn data_drop(&mut self, row: usize) {
        if let Some(dropped) = self.instance.dropped_data.get_mut(row) {
            *dropped = true;
        }
    }

    /// The table with that index. The verifier checked that it exists.
    fn table(&mut self, table: u32) -> Result<&mut Table, Trap> {
        let tables = &mut self.instance.tables;
        tables.get_mut(table as usize).ok_or(Trap::TableOutOfBounds)
    }

    fn table_range(&mut self, table: u32, start: u64, count: u64) -> Result<Range<usize>, Trap> {
        let len = self.table(table)?.len();
        range(start, count, len).ok_or(Trap::TableOutOfBounds)
    }

    /// TABLE_SET.
    pub(crate) fn table_set(&mut self, table: u32, index: u64, element: u64) -> Result<(), Trap> {
        let elements = self.table(table)?.elements_mut();
        let place = usize::try_from(index)
            .ok()
            .and_then(|index| elements.get_mut(index))
            .ok_or(Trap::TableOutOfBounds)?;
        *place = element;
        Ok(())
    }

    /// TABLE_GROW: the result as a register holds it.
    pub(crate) fn table_grow(&mut self, table: u32, element: u64, count: u64) -> u64 {
        let room = self.instance.table_room(&self.limits);
        match self.table(table) {
            Ok(table) => {
                let before = (count <= room)
                    .then(|| table.grow(count, element))
                    .flatten();
                index(table.is_64(), before)
            }
            Err(_) => u64::MAX,
        }
    }

    /// TABLE_FILL.
    pub(crate) fn table_fill(
        &mut self,
        table: u32,
        to: u64,
        element: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.table_range(table, to, count)?;
        self.pay(paid, count * 8)?;
        self.table(table)?.elements_mut()[target].fill(element);
        Ok(())
    }

    /// TABLE_COPY, from the second table to the first.
    pub(crate) fn table_copy(
        &mut self,
        tables: (u32, u32),
        to: u64,
        from: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.table_range(tables.0, to, count)?;
        let source = self.table_range(tables.1, from, count)?;
        self.pay(paid, count * 8)?;
        if tables.0 == tables.1 {
            let elements = self.table(tables.0)?.elements_mut();
            elements.copy_within(source, target.start);
        } else {
            let both = [tables.0 as usize, tables.1 as usize];
            if let Ok([to, from]) = self.instance.tables.get_disjoint_mut(both) {
                to.elements_mut()[target].copy_from_slice(&from.elements()[source]);
            }
        }
        Ok(())
    }

    /// TABLE_INIT.
    pub(crate) fn table_init(
        &mut self,
        (table, segment): (u32, u32),
        to: u64,
        from: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.table_range(table, to, count)?;
        let program = self.program.clone();
        let items = match self.instance.dropped_elements.get(segment as usize) {
            Some(false) => program.module.element_items(segment as usize),
            _ => &[],
        };
        let source = range(from, count, items.len()).ok_or(Trap::TableOutOfBounds)?;
        self.pay(paid, count * 8)?;
        let elements = &mut self.table(table)?.elements_mut()[target];
        for (place, &item) in elements.iter_mut().zip(&items[source]) {
            *place = reference(item);
        }
        Ok(())
    }

    /// ELEM_DROP.
    pub(crate) fn elem_drop(&mut self, segment: u32) {
        let dropped = &mut self.instance.dropped_elements;
        if let Some(dropped) = dropped.get_mut(segment as usize) {
            *dropped = true;
        }
    }
}
