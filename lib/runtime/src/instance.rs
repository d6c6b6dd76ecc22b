//! The state of a program: memory, tables, globals, segments.

use std::sync::Arc;

use super::table::ELEMENT;
use super::{Limits, Memory, Meter, Stop, Table};
use crate::heap::{Heap, TypeTable};
use vbc_core::diag::codes::runtime::{R0003, R0004, R0022};
use vbc_core::diag::{Diagnostic, Place, counted, system_reason};
use vbc_core::isa::{Trap, ValType};
use vbc_core::module::{ElementMode, InitKind, NONE};
use vbc_linker::Program;

/// What a program's instructions read and write besides registers.
#[derive(Debug)]
pub struct Instance {
    /// The memory, if the program has one.
    pub memory: Option<Memory>,
    /// By table index.
    pub tables: Box<[Table]>,
    /// By global index: the value as a slot holds it.
    pub globals: Box<[u64]>,
    /// The managed heap, if the program has managed objects.
    pub heap: Option<Heap>,
    /// By segment: whether it has been dropped.
    pub dropped_elements: Box<[bool]>,
    /// By data row: whether it has been dropped. Only passive ones are ever read.
    pub dropped_data: Box<[bool]>,
}

impl Instance {
    /// The state at the start: memory and tables of their first sizes, globals with their first
    /// values, and a heap if there are types for it. Segments are not copied yet. Memory has guard
    /// pages when `guarded`.
    ///
    /// # Errors
    ///
    /// R0003 or R0004 when memory or a table does not fit the limits, R0022 when there is no address space for a heap.
    pub fn new(
        program: &Program,
        heap_types: Option<&Arc<TypeTable>>,
        limits: &Limits,
        guarded: bool,
    ) -> Result<Instance, Box<Diagnostic>> {
        let module = program.module();
        let memory = match module.memories.first() {
            Some(row) => {
                let is_64 = row.index_type == ValType::I64.word();
                let memory = Memory::reserve(is_64, row.min, row.max, limits.max_memory, guarded);
                Some(memory.map_err(|error| {
                    let message = format!(
                        "the program needs {} of memory from the start: {error}",
                        counted(row.min, "page")
                    );
                    let error = Diagnostic::error(&R0003, Place::Nowhere, message);
                    Box::new(error.with_help("allow more with --max-memory"))
                })?)
            }
            None => None,
        };
        let used = memory.as_ref().map_or(0, Memory::len);
        let mut left = limits.max_memory.saturating_sub(used) / ELEMENT;
        let mut tables = Vec::new();
        for (index, row) in module.tables.iter().enumerate() {
            let is_64 = row.index_type == ValType::I64.word();
            let table = Table::new(is_64, row.min, row.max, left).ok_or_else(|| {
                let message = format!(
                    "table {index} needs {} from the start, which is beyond the limit",
                    counted(row.min, "element")
                );
                let error = Diagnostic::error(&R0004, Place::Nowhere, message);
                Box::new(error.with_help("allow more with --max-memory"))
            })?;
            left -= table.len() as u64;
            tables.push(table);
        }
        let heap = match heap_types {
            Some(types) => Some(Heap::new(types.clone(), &limits.heap).map_err(|error| {
                let reason = system_reason(&error);
                let message = format!("the heap cannot be reserved: {reason}");
                Box::new(Diagnostic::error(&R0022, Place::Nowhere, message))
            })?),
            None => None,
        };
        let mut instance = Instance {
            memory,
            heap,
            tables: tables.into(),
            globals: globals(program),
            dropped_elements: vec![false; module.elements.len()].into(),
            dropped_data: vec![false; module.data.len()].into(),
        };
        instance.limit_heap(limits);
        Ok(instance)
    }

    /// Lets the heap take what memory and tables leave of the limit for them.
    pub fn limit_heap(&mut self, limits: &Limits) {
        let room = self.room(limits);
        if let Some(heap) = &mut self.heap {
            heap.limit(room);
        }
    }

    /// Copies active segments to tables and data rows to memory, in order.
    ///
    /// # Errors
    ///
    /// What does not fit traps; the clock is looked at before each of them.
    pub fn fill(&mut self, program: &Program, meter: &Meter) -> Result<(), Stop> {
        let module = program.module();
        for (index, row) in module.elements.iter().enumerate() {
            if row.mode == ElementMode::Passive as u32 {
                continue;
            }
            self.dropped_elements[index] = true;
            if row.mode == ElementMode::Active as u32 {
                meter.check_time()?;
                let table = self.tables.get_mut(row.table as usize);
                let table = table.ok_or(Trap::TableOutOfBounds)?.elements_mut();
                let target = range(row.offset, u64::from(row.count))
                    .and_then(|range| table.get_mut(range))
                    .ok_or(Trap::TableOutOfBounds)?;
                for (slot, &item) in target.iter_mut().zip(module.element_items(index)) {
                    *slot = reference(item);
                }
            }
        }
        let Some(memory) = &mut self.memory else {
            return Ok(());
        };
        for defined in 0..module.data.len() {
            meter.check_time()?;
            program.write_row(defined, memory.len(), |address, bytes| {
                // It lies inside, or the row would have trapped.
                let _ = memory.write(address, bytes);
            })?;
        }
        Ok(())
    }

    /// The bytes by which memory and tables together may still grow.
    pub fn room(&self, limits: &Limits) -> u64 {
        let memory = self.memory.as_ref().map_or(0, Memory::len);
        let elements: usize = self.tables.iter().map(Table::len).sum();
        let used = memory.saturating_add(elements as u64 * ELEMENT);
        limits.max_memory.saturating_sub(used)
    }
}

/// A function index of an element segment as a register holds the reference.
pub fn reference(item: u32) -> u64 {
    if item == NONE { 0 } else { u64::from(item) + 1 }
}

fn range(start: u64, count: u64) -> Option<std::ops::Range<usize>> {
    let end = start.checked_add(count)?;
    Some(usize::try_from(start).ok()?..usize::try_from(end).ok()?)
}

/// The first values of all globals.
pub fn globals(program: &Program) -> Box<[u64]> {
    let first_value = |row: &vbc_core::module::GlobalRow| match InitKind::from_code(row.init) {
        Some(InitKind::Func) => u64::from(row.index) + 1,
        Some(InitKind::Data) => {
            let address = program.data_addresses().get(row.index as usize);
            let address = address.copied().unwrap_or(0).wrapping_add(row.value);
            if row.ty == ValType::I64.word() {
                address
            } else {
                u64::from(address as u32)
            }
        }
        Some(InitKind::Const) => row.value,
        Some(InitKind::Null) | None => 0,
    };
    program.module().globals.iter().map(first_value).collect()
}
