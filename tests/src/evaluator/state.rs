//! What instructions read and write besides registers: memory, tables, globals, segments.

use vbc::isa::{Trap, ValType};
use vbc::link::Program;
use vbc::module::{AddressRow, DataKind, ElementMode, InitKind, Kind, Module, NO_MAX, NONE};

use super::value::Value;

/// Bytes of a page.
pub const PAGE: u64 = 65_536;

/// Bytes that an element of a table counts, for limits and fuel.
pub const ELEMENT: u64 = 8;

/// The linear memory.
#[derive(Clone, Debug)]
pub struct Memory {
    /// `i32` or `i64`.
    pub index_type: ValType,
    /// Contents.
    pub bytes: Vec<u8>,
    /// Largest size in pages: the declared one, or what the evaluator has room for.
    max: u64,
}

/// A table.
#[derive(Clone, Debug)]
pub struct Table {
    /// `funcref` or `externref`.
    pub elem: ValType,
    /// `i32` or `i64`.
    pub index_type: ValType,
    /// Elements.
    pub items: Vec<Value>,
    /// Largest number of elements.
    max: u64,
}

/// The state of a module while it runs.
#[derive(Clone, Debug)]
pub struct State {
    /// The memory, if the module has one.
    pub memory: Option<Memory>,
    /// Tables.
    pub tables: Vec<Table>,
    /// Globals.
    pub globals: Vec<Value>,
    /// Address of each data row; none for passive ones.
    pub addresses: Vec<Option<u64>>,
    /// Bytes that memory and all tables together may have.
    most_bytes: u64,
    /// Which data rows DATA_DROP has emptied.
    pub dropped_data: Vec<bool>,
    /// Which element segments are empty: active and declarative ones are from the start.
    pub dropped_elements: Vec<bool>,
}

/// What the evaluator cannot run, because a reader or the verifier should have refused it.
pub type Fault = String;

fn type_of(code: u32) -> Result<ValType, Fault> {
    ValType::from_word(code).ok_or_else(|| format!("type {code:#x}"))
}

impl State {
    /// The state before anything is copied: memory and tables of their first size.
    pub fn new(program: &Program, max_pages: u64) -> Result<State, Fault> {
        let module = program.module();
        if let Some(import) = module
            .imports
            .iter()
            .find(|row| row.kind() != Some(Kind::Func))
        {
            return Err(format!("import of kind {}", import.kind));
        }
        let addresses = module.data.iter().zip(program.data_addresses());
        let addresses = addresses.map(|(row, &address)| match row.kind()? {
            DataKind::Passive => None,
            _ => Some(address),
        });
        let addresses = addresses.collect();
        let memory = match module.memories.first() {
            Some(row) if row.min > max_pages => return Err(format!("{} pages", row.min)),
            Some(row) => {
                let index_type = type_of(row.index_type)?;
                let limit = match index_type {
                    ValType::I32 => 65_536,
                    _ => 1 << 48,
                };
                Some(Memory {
                    index_type,
                    bytes: vec![0; (row.min * PAGE) as usize],
                    max: row.max.min(limit).min(max_pages),
                })
            }
            None => None,
        };
        let mut state = State {
            memory,
            tables: Vec::new(),
            most_bytes: max_pages * PAGE,
            globals: Vec::new(),
            addresses,
            dropped_data: vec![false; module.data.len()],
            dropped_elements: vec![false; module.elements.len()],
        };
        for row in module.tables.iter() {
            let elem = type_of(row.elem)?;
            let index_type = type_of(row.index_type)?;
            let limit = match index_type {
                ValType::I32 => u64::from(u32::MAX),
                _ => NO_MAX,
            };
            if row.min > state.room() / ELEMENT {
                return Err(format!("{} elements", row.min));
            }
            state.tables.push(Table {
                elem,
                index_type,
                items: vec![Value::zero_of(&module.types, elem); row.min as usize],
                max: row.max.min(limit),
            });
        }
        state.initialise_globals(module)?;
        Ok(state)
    }

    fn initialise_globals(&mut self, module: &Module) -> Result<(), Fault> {
        for row in module.globals.iter() {
            let ty = type_of(row.ty)?;
            let value = match InitKind::from_code(row.init) {
                Some(InitKind::Const) => {
                    Value::number(ty, row.value).ok_or("a reference constant")?
                }
                Some(InitKind::Null) => Value::zero_of(&module.types, ty),
                Some(InitKind::Func) => Value::FuncRef(Some(row.index)),
                Some(InitKind::Data) => {
                    let address = self.address(row.index)?.wrapping_add(row.value);
                    Value::number(ty, address).ok_or("an address in a reference")?
                }
                None => return Err(format!("initial value of kind {}", row.init)),
            };
            self.globals.push(value);
        }
        Ok(())
    }

    /// Copies active element segments and data rows to where they belong.
    pub fn fill(&mut self, module: &Module) -> Result<Result<(), Trap>, Fault> {
        for (index, row) in module.elements.iter().enumerate() {
            match ElementMode::from_code(row.mode) {
                Some(ElementMode::Active) => {
                    let items = self.element_items(module, index)?;
                    let table = &mut self.tables[row.table as usize];
                    match table.slice(row.offset, items.len() as u64) {
                        Ok(place) => place.copy_from_slice(&items),
                        Err(trap) => return Ok(Err(trap)),
                    }
                    self.dropped_elements[index] = true;
                }
                Some(ElementMode::Declarative) => self.dropped_elements[index] = true,
                Some(ElementMode::Passive) => {}
                None => return Err(format!("element mode {}", row.mode)),
            }
        }
        // Each row with its static addresses, so that a later row covers an earlier one.
        let first = module.spaces().imported(Kind::Data) as usize;
        for (index, row) in module.data.iter().enumerate() {
            let Some(address) = self.addresses[index] else {
                continue;
            };
            let mut content = module.data_content(index).to_vec();
            content.resize(row.size as usize, 0);
            let of_row = |place: &&AddressRow| place.data as usize == first + index;
            for place in module.addresses.iter().filter(of_row) {
                let target = self
                    .address(place.target)?
                    .wrapping_add_signed(place.addend);
                let memory = self.memory.as_ref().ok_or("an address without a memory")?;
                let width = if memory.index_type == ValType::I32 {
                    4
                } else {
                    8
                };
                let at = place.offset as usize;
                content[at..at + width].copy_from_slice(&target.to_le_bytes()[..width]);
            }
            let memory = self.memory.as_mut().ok_or("data without a memory")?;
            match memory.slice(address.into(), content.len() as u64) {
                Ok(place) => place.copy_from_slice(&content),
                Err(trap) => return Ok(Err(trap)),
            }
        }
        Ok(Ok(()))
    }

    /// Bytes by which memory and all tables together may still grow.
    pub fn room(&self) -> u64 {
        let memory = self.memory.as_ref().map_or(0, |memory| memory.bytes.len());
        let elements: usize = self.tables.iter().map(|table| table.items.len()).sum();
        let used = memory as u64 + elements as u64 * ELEMENT;
        self.most_bytes.saturating_sub(used)
    }

    /// The address of data row `index`.
    pub fn address(&self, index: u32) -> Result<u64, Fault> {
        self.addresses
            .get(index as usize)
            .copied()
            .flatten()
            .ok_or_else(|| format!("data row {index} has no address"))
    }

    /// What an element segment holds now.
    pub fn element_items(&self, module: &Module, index: usize) -> Result<Vec<Value>, Fault> {
        if self.dropped_elements[index] {
            return Ok(Vec::new());
        }
        let ty = type_of(module.elements[index].elem)?;
        let item = |&item: &u32| match item {
            NONE => Value::zero_of(&module.types, ty),
            function => Value::FuncRef(Some(function)),
        };
        Ok(module.element_items(index).iter().map(item).collect())
    }

    /// What a passive data row holds now.
    pub fn passive_bytes<'m>(&self, module: &'m Module, index: usize) -> &'m [u8] {
        if self.dropped_data[index] {
            return &[];
        }
        module.data_content(index)
    }
}

impl Memory {
    /// The `length` bytes at `address`.
    pub fn slice(&mut self, address: u128, length: u64) -> Result<&mut [u8], Trap> {
        let end = address + u128::from(length);
        if end > self.bytes.len() as u128 {
            return Err(Trap::MemoryOutOfBounds);
        }
        Ok(&mut self.bytes[address as usize..end as usize])
    }

    /// Size in pages.
    pub fn pages(&self) -> u64 {
        self.bytes.len() as u64 / PAGE
    }

    /// Adds pages; returns the former size, or none when there is no room: `room` is the number of
    /// pages that memory and tables together may still take.
    pub fn grow(&mut self, pages: u64, room: u64) -> Option<u64> {
        let former = self.pages();
        let most = self.max.min(former.saturating_add(room));
        let size = former.checked_add(pages).filter(|&size| size <= most)?;
        self.bytes.resize((size * PAGE) as usize, 0);
        Some(former)
    }
}

impl Table {
    /// The `length` elements from `index`.
    pub fn slice(&mut self, index: u64, length: u64) -> Result<&mut [Value], Trap> {
        match index.checked_add(length) {
            Some(end) if end <= self.items.len() as u64 => {
                Ok(&mut self.items[index as usize..end as usize])
            }
            _ => Err(Trap::TableOutOfBounds),
        }
    }

    /// Whether the table can take this many more elements. `room` is the number of elements that
    /// memory and tables together may still take.
    pub fn may_grow(&self, count: u64, room: u64) -> bool {
        let former = self.items.len() as u64;
        let most = self.max.min(former.saturating_add(room));
        former.checked_add(count).is_some_and(|size| size <= most)
    }

    /// Appends elements; returns the former number, or none when [`Table::may_grow`] refuses.
    pub fn grow(&mut self, count: u64, value: Value, room: u64) -> Option<u64> {
        let former = self.items.len() as u64;
        if !self.may_grow(count, room) {
            return None;
        }
        self.items.resize((former + count) as usize, value);
        Some(former)
    }
}
