//! Instructions that grow memory and tables or move much at once. Bounds are checked before
//! anything is paid, and paid before anything moves.

use std::ops::Range;

use super::{BoundProgram, Guest};
use crate::{ELEMENT, Meter, PAGE, Stop, Table, reference};
use vbc_core::isa::Trap;

type Done = Result<(), Stop>;

/// Bytes that a bulk operation moves between two looks at the clock.
pub(super) const PIECE: usize = 16 << 20;

/// Elements that are moved between two looks at the clock.
const ELEMENTS: usize = PIECE / ELEMENT as usize;

/// Calls `each` with the parts of a range of `len`, at most `part` long, and looks at the clock
/// after each where there are several.
pub(super) fn in_parts(
    meter: &Meter,
    len: usize,
    part: usize,
    backwards: bool,
    mut each: impl FnMut(Range<usize>),
) -> Done {
    let count = len.div_ceil(part);
    for n in 0..count {
        let n = if backwards { count - 1 - n } else { n };
        each(n * part..len.min((n + 1) * part));
        if count > 1 {
            meter.check_time()?;
        }
    }
    Ok(())
}

/// Moves `source` to `to` in parts, as if by way of a buffer. `copy` moves one part in this way.
pub(super) fn move_within(
    meter: &Meter,
    source: Range<usize>,
    to: usize,
    part: usize,
    mut copy: impl FnMut(Range<usize>, usize),
) -> Done {
    // Whichever end a part must not overwrite before it has been read comes first.
    let backwards = to > source.start;
    in_parts(meter, source.len(), part, backwards, |at| {
        copy(
            source.start + at.start..source.start + at.end,
            to + at.start,
        );
    })
}

/// The range of `count` from `start`, when it lies within `len`.
pub(super) fn range(start: u64, count: u64, len: usize) -> Option<Range<usize>> {
    let end = start.checked_add(count).filter(|&end| end <= len as u64)?;
    Some(start as usize..end as usize)
}

/// A size in the width of an index type, or -1.
fn index(is_64: bool, size: Option<u64>) -> u64 {
    let size = size.unwrap_or(u64::MAX);
    if is_64 { size } else { u64::from(size as u32) }
}

// `paid` means that moving costs fuel.
impl Guest {
    /// Makes sure that a range lies inside the memory. Without one, the empty range at 0 does.
    pub(super) fn check_memory(&self, start: u64, count: u64) -> Result<(), Trap> {
        let holds = match &self.thread.instance.memory {
            Some(memory) => memory.holds(start, count),
            None => start == 0 && count == 0,
        };
        if holds {
            Ok(())
        } else {
            Err(Trap::MemoryOutOfBounds)
        }
    }

    /// Pays for `bytes`.
    pub(super) fn pay(&mut self, paid: bool, bytes: u64) -> Done {
        if paid {
            self.thread.meter.charge_bulk(bytes)
        } else {
            Ok(())
        }
    }

    /// What is left of a data row, by its number among the defined ones: nothing where it has been dropped.
    pub(super) fn passive_data<'b>(&self, bound: &'b BoundProgram, row: usize) -> &'b [u8] {
        match self.thread.instance.dropped_data.get(row) {
            Some(false) => bound.program.module().data_content(row),
            Some(true) | None => &[],
        }
    }

    /// What is left of a segment: nothing where it has been dropped.
    pub(super) fn passive_items<'b>(&self, bound: &'b BoundProgram, segment: u32) -> &'b [u32] {
        match self.thread.instance.dropped_elements.get(segment as usize) {
            Some(false) => bound.program.module().element_items(segment as usize),
            Some(true) | None => &[],
        }
    }

    /// MEMORY_GROW: the result as a register holds it.
    pub fn memory_grow(&mut self, pages: u64) -> u64 {
        let room = self.thread.instance.room(&self.shared.limits) / PAGE;
        match self.thread.instance.memory.as_mut() {
            Some(memory) => {
                let before = (pages <= room).then(|| memory.grow(pages)).flatten();
                let before = index(memory.is_64(), before);
                self.thread.instance.limit_heap(&self.shared.limits);
                before
            }
            // There is none: it has no pages and cannot get any.
            None => index(true, (pages == 0).then_some(0)),
        }
    }

    /// MEMORY_COPY.
    pub fn memory_copy(&mut self, to: u64, from: u64, count: u64, paid: bool) -> Done {
        self.check_memory(to, count)?;
        self.check_memory(from, count)?;
        self.pay(paid, count)?;
        let Some(memory) = &mut self.thread.instance.memory else {
            return Ok(());
        };
        let source = from as usize..(from + count) as usize;
        move_within(
            &self.thread.meter,
            source,
            to as usize,
            PIECE,
            |part, to| {
                // All of it lies inside.
                let _ = memory.copy_within(to as u64, part.start as u64, part.len() as u64);
            },
        )
    }

    /// MEMORY_FILL.
    pub fn memory_fill(&mut self, to: u64, byte: u8, count: u64, paid: bool) -> Done {
        self.check_memory(to, count)?;
        self.pay(paid, count)?;
        let Some(memory) = &mut self.thread.instance.memory else {
            return Ok(());
        };
        in_parts(&self.thread.meter, count as usize, PIECE, false, |at| {
            // All of it lies inside.
            let _ = memory.fill(to + at.start as u64, byte, at.len() as u64);
        })
    }

    /// MEMORY_INIT; `row` is the number of the defined data row.
    pub fn memory_init(&mut self, row: usize, to: u64, from: u64, count: u64, paid: bool) -> Done {
        self.check_memory(to, count)?;
        let bound = self.bound.clone();
        let content = self.passive_data(&bound, row);
        let source = range(from, count, content.len()).ok_or(Trap::MemoryOutOfBounds)?;
        self.pay(paid, count)?;
        let Some(memory) = &mut self.thread.instance.memory else {
            return Ok(());
        };
        let content = &content[source];
        in_parts(&self.thread.meter, content.len(), PIECE, false, |at| {
            // All of it lies inside.
            let _ = memory.write(to + at.start as u64, &content[at]);
        })
    }

    /// DATA_DROP; `row` is the number of the defined data row.
    pub fn data_drop(&mut self, row: usize) {
        if let Some(dropped) = self.thread.instance.dropped_data.get_mut(row) {
            *dropped = true;
        }
    }

    /// The table with that index. The verifier checked that it exists.
    fn table(&mut self, table: u32) -> Result<&mut Table, Trap> {
        let tables = &mut self.thread.instance.tables;
        tables.get_mut(table as usize).ok_or(Trap::TableOutOfBounds)
    }

    /// What is moved, and what is looked at meanwhile.
    fn table_and_meter(&mut self, table: u32) -> Result<(&mut Table, &Meter), Trap> {
        let tables = &mut self.thread.instance.tables;
        let table = tables.get_mut(table as usize);
        Ok((table.ok_or(Trap::TableOutOfBounds)?, &self.thread.meter))
    }

    fn table_range(&mut self, table: u32, start: u64, count: u64) -> Result<Range<usize>, Trap> {
        let len = self.table(table)?.len();
        range(start, count, len).ok_or(Trap::TableOutOfBounds)
    }

    /// TABLE_SET.
    pub fn table_set(&mut self, table: u32, index: u64, element: u64) -> Result<(), Trap> {
        let elements = self.table(table)?.elements_mut();
        let place = usize::try_from(index)
            .ok()
            .and_then(|index| elements.get_mut(index))
            .ok_or(Trap::TableOutOfBounds)?;
        *place = element;
        Ok(())
    }

    /// TABLE_GROW: the result as a register holds it. What cannot grow so far costs nothing.
    pub fn table_grow(
        &mut self,
        table: u32,
        element: u64,
        count: u64,
        paid: bool,
    ) -> Result<u64, Stop> {
        let room = self.thread.instance.room(&self.shared.limits) / ELEMENT;
        let (len, is_64) = match self.table(table) {
            Ok(table) if count <= room && table.may_grow(count) => (table.len(), table.is_64()),
            Ok(table) => return Ok(index(table.is_64(), None)),
            Err(_) => return Ok(u64::MAX),
        };
        self.pay(paid, count * ELEMENT)?;
        let grown = &mut self.thread.instance.tables[table as usize];
        if !grown.reserve(count) {
            return Ok(index(is_64, None));
        }
        in_parts(&self.thread.meter, count as usize, ELEMENTS, false, |at| {
            grown.append(at.len(), element);
        })?;
        self.thread.instance.limit_heap(&self.shared.limits);
        Ok(index(is_64, Some(len as u64)))
    }

    /// TABLE_FILL.
    pub fn table_fill(
        &mut self,
        table: u32,
        to: u64,
        element: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.table_range(table, to, count)?;
        self.pay(paid, count * ELEMENT)?;
        let (table, meter) = self.table_and_meter(table)?;
        let elements = &mut table.elements_mut()[target];
        in_parts(meter, elements.len(), ELEMENTS, false, |at| {
            elements[at].fill(element);
        })
    }

    /// TABLE_COPY, from the second table to the first.
    pub fn table_copy(
        &mut self,
        tables: (u32, u32),
        to: u64,
        from: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.table_range(tables.0, to, count)?;
        let source = self.table_range(tables.1, from, count)?;
        self.pay(paid, count * ELEMENT)?;
        if tables.0 == tables.1 {
            let (table, meter) = self.table_and_meter(tables.0)?;
            let elements = table.elements_mut();
            return move_within(meter, source, target.start, ELEMENTS, |part, to| {
                elements.copy_within(part, to);
            });
        }
        let both = [tables.0 as usize, tables.1 as usize];
        let Ok([to, from]) = self.thread.instance.tables.get_disjoint_mut(both) else {
            return Ok(());
        };
        let (to, from) = (&mut to.elements_mut()[target], &from.elements()[source]);
        in_parts(&self.thread.meter, to.len(), ELEMENTS, false, |at| {
            to[at.clone()].copy_from_slice(&from[at]);
        })
    }

    /// TABLE_INIT.
    pub fn table_init(
        &mut self,
        (table, segment): (u32, u32),
        to: u64,
        from: u64,
        count: u64,
        paid: bool,
    ) -> Done {
        let target = self.table_range(table, to, count)?;
        let bound = self.bound.clone();
        let items = self.passive_items(&bound, segment);
        let source = range(from, count, items.len()).ok_or(Trap::TableOutOfBounds)?;
        self.pay(paid, count * ELEMENT)?;
        let (table, meter) = self.table_and_meter(table)?;
        let (elements, items) = (&mut table.elements_mut()[target], &items[source]);
        in_parts(meter, elements.len(), ELEMENTS, false, |at| {
            let items = &items[at.clone()];
            for (place, &item) in elements[at].iter_mut().zip(items) {
                *place = reference(item);
            }
        })
    }

    /// ELEM_DROP.
    pub fn elem_drop(&mut self, segment: u32) {
        let dropped = &mut self.thread.instance.dropped_elements;
        if let Some(dropped) = dropped.get_mut(segment as usize) {
            *dropped = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use std::time::Duration;

    fn meter(timeout: Option<Duration>) -> Meter {
        Meter::new(&Limits {
            timeout,
            ..Limits::default()
        })
    }

    #[test]
    fn parts_are_moved_as_by_way_of_a_buffer() {
        for (from, to, count) in [(0, 3, 10), (3, 0, 10), (0, 3, 3), (5, 5, 4), (2, 9, 0)] {
            let mut moved: Vec<u8> = (0..16).collect();
            let mut expected = moved.clone();
            expected.copy_within(from..from + count, to);
            for part in [1, 2, 3, 7, 100] {
                let mut moved = std::mem::replace(&mut moved, (0..16).collect());
                let done = move_within(&meter(None), from..from + count, to, part, |part, to| {
                    moved.copy_within(part, to);
                });
                assert_eq!(
                    (done, &moved),
                    (Ok(()), &expected),
                    "{from} {to} {count} {part}"
                );
            }
        }
    }

    #[test]
    fn the_clock_is_looked_at_between_parts() {
        let late = meter(Some(Duration::ZERO));
        let mut moved = 0;
        let done = in_parts(&late, 10, 4, false, |part| moved += part.len());
        assert_eq!((done, moved), (Err(Stop::TimedOut), 4));
        // What is short was paid for, which looked at the clock.
        assert_eq!(in_parts(&late, 4, 4, false, |_| ()), Ok(()));
    }
}
