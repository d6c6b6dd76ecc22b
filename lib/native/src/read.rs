//! Reads the image of a program that was compiled to an object file.

#![allow(unsafe_code, reason = "an object's tables are read in place")]

use std::ops::Range;
use std::sync::Arc;

use bytemuck::Pod;

use super::context::{Entry, Site};
use super::image::{
    ABI, CallRow, ExportRow, FunctionRow, Image, ImportRow, InlinedRow, MAGIC, Name, PointRow,
    STACK_END, Table, TrapRow, TypeRow, UnitRow, flag,
};
use super::map::{Add, CodePiece};
use vbc_core::isa::{FuncType, Trap, ValType};
use vbc_core::module::{self, Kind, Module, NONE, SharedBytes, Slice, StringsBuilder, Types};
use vbc_linker::Program;
use vbc_runtime::FramePlace;

/// An image that is a part of the process.
#[derive(Clone, Copy)]
pub(super) struct Reader {
    image: &'static Image,
}

impl Reader {
    /// None when it is not an image of this version.
    pub(super) fn new(image: &'static Image) -> Option<Reader> {
        let fits = image.head.magic == MAGIC && image.head.abi == ABI;
        fits.then_some(Reader { image })
    }

    /// Whether a bit of the flags is set.
    pub(super) fn has(&self, flag: u32) -> bool {
        self.image.head.flags & flag != 0
    }

    /// The rows of a table.
    pub(super) fn rows<T: Pod>(&self, table: Table) -> &'static [T] {
        let place = &self.image.tables[table as usize];
        if place.rows == 0 {
            return &[];
        }
        // SAFETY: the object's tables have this many rows of the type that belongs to the table, aligned to 8
        // bytes, and stay as they are for the life of the process.
        unsafe { std::slice::from_raw_parts(place.address.cast(), place.rows as usize) }
    }

    /// By imported function: the address of a native one, or 0. Before them lies the address of what calls them.
    pub(super) fn natives(&self) -> Option<(usize, &'static [usize])> {
        let (first, rest) = self.rows::<usize>(Table::Natives).split_first()?;
        Some((*first, rest))
    }

    fn text(&self) -> *const u8 {
        self.image.tables[Table::Text as usize].address
    }

    /// Where code lies; none for [`NONE`].
    pub(super) fn code(&self, offset: u32) -> Option<*const u8> {
        (offset != NONE).then(|| self.text().wrapping_add(offset as usize))
    }

    fn name(&self, name: Name) -> &'static str {
        let all: &'static [u8] = self.rows(Table::Strings);
        let start = name.offset as usize;
        let bytes = all.get(start..start + name.length as usize);
        bytes
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// By function: code and type.
    pub(super) fn entries(&self) -> Box<[Entry]> {
        let rows: &[FunctionRow] = self.rows(Table::Functions);
        rows.iter()
            .map(|row| Entry {
                // No reference to a function without code exists.
                code: self.code(row.code).unwrap_or(std::ptr::null()),
                ty: row.ty.into(),
            })
            .collect()
    }

    /// The index of an exported function.
    pub(super) fn find(&self, name: &str) -> Option<u32> {
        let rows: &[ExportRow] = self.rows(Table::Exports);
        let found = rows
            .iter()
            .find(|row| row.kind == Kind::Func as u32 && self.name(row.name) == name);
        found.map(|row| row.index)
    }

    /// Names of the processor features that the code needs.
    pub(super) fn features(&self) -> impl Iterator<Item = &'static str> {
        let bytes = self.rows(Table::Features);
        let names = std::str::from_utf8(bytes).unwrap_or_default();
        names.split(',').filter(|name| !name.is_empty())
    }

    /// The program, without its code.
    pub(super) fn program(&self) -> Program {
        let mut strings = StringsBuilder::default();
        let imports: &[ImportRow] = self.rows(Table::Imports);
        let imports: Vec<module::ImportRow> = imports
            .iter()
            .map(|row| module::ImportRow {
                kind: Kind::Func as u32,
                module: strings.intern(self.name(row.module)),
                name: strings.intern(self.name(row.name)),
                ty: row.ty,
                ..module::ImportRow::default()
            })
            .collect();
        let functions: &[FunctionRow] = self.rows(Table::Functions);
        let defined = functions.get(imports.len()..).unwrap_or_default().iter();
        let functions: Vec<module::FunctionRow> = defined
            .map(|row| module::FunctionRow {
                ty: row.ty,
                ..module::FunctionRow::default()
            })
            .collect();
        let data: Slice<module::DataRow> = self.slice(Table::Data);
        let entry = self.image.head.entry;
        let addresses = data.iter().map(|row| row.address).collect();
        let module = Module {
            entry: (entry != NONE).then_some(entry),
            types: self.types(),
            imports: imports.into(),
            memories: self.slice(Table::Memories),
            tables: self.slice(Table::Tables),
            globals: self.slice(Table::Globals),
            functions: functions.into(),
            initialisers: self.slice(Table::Initialisers),
            elements: self.slice(Table::Elements),
            element_items: self.slice(Table::Items),
            data,
            data_bytes: self.slice(Table::Bytes),
            strings: strings.finish(),
            ..Module::default()
        };
        // SAFETY: whoever vouches for the image vouches for the program that it was made from.
        unsafe { Program::from_parts(module, self.image.head.support_from, addresses) }
    }

    /// A table as a module has it.
    fn slice<T: Pod>(&self, table: Table) -> Slice<T> {
        let rows: &'static [T] = self.rows(table);
        let bytes: &'static [u8] = bytemuck::cast_slice(rows);
        let shared: SharedBytes = Arc::new(bytes);
        Slice::shared(&shared, 0..bytes.len()).unwrap_or_default()
    }

    fn types(&self) -> Types {
        let codes: &[u8] = self.rows(Table::ValueTypes);
        let rows: &[TypeRow] = self.rows(Table::Types);
        let list = |first: u32, count: u32| {
            let codes = codes.get(first as usize..).unwrap_or_default();
            let codes = codes.iter().take(count as usize);
            codes.filter_map(|&code| ValType::of_class(code)).collect()
        };
        rows.iter()
            .map(|row| FuncType {
                params: list(row.first, row.params),
                results: list(row.first + row.params, row.results),
            })
            .collect()
    }

    /// The entry trampoline of a type.
    pub(super) fn trampoline(&self, ty: u32) -> Option<*const u8> {
        let rows: &[TypeRow] = self.rows(Table::Types);
        // Of equal types only one has it.
        let row = rows.get(ty as usize)?;
        self.code(row.entry)
    }

    /// The unit in which an address lies, the one after it, and the offset in the unit.
    fn unit(&self, address: usize) -> Option<(&'static UnitRow, &'static UnitRow, u32)> {
        let offset = address.checked_sub(self.text() as usize)?;
        let offset = u32::try_from(offset).ok()?;
        let units: &'static [UnitRow] = self.rows(Table::Units);
        let next = units.partition_point(|unit| unit.start <= offset);
        let unit = units.get(next.checked_sub(1)?)?;
        let next = units.get(next)?;
        (offset < unit.end).then(|| (unit, next, offset - unit.start))
    }

    fn trap(&self, address: usize) -> Option<(&'static TrapRow, &'static UnitRow)> {
        let (unit, next, offset) = self.unit(address)?;
        let rows: &'static [TrapRow] = self.rows(Table::Traps);
        let rows = rows.get(unit.first_trap as usize..next.first_trap as usize)?;
        let at = rows.binary_search_by_key(&offset, |row| row.offset).ok()?;
        Some((rows.get(at)?, unit))
    }

    /// Adds the calls that are at a place of a unit.
    fn add(&self, unit: &'static UnitRow, place: u32, add: Add<'_>) {
        let units: &'static [UnitRow] = self.rows(Table::Units);
        let at = units.partition_point(|one| one.start <= unit.start);
        let end = units.get(at).map_or(0, |next| next.first_inlined);
        let rows: &'static [InlinedRow] = self.rows(Table::Inlined);
        let rows = rows.get(unit.first_inlined as usize..end as usize);
        let rows = rows.unwrap_or_default();
        let mut next = Some(place);
        while let Some(place) = next {
            let at = rows.partition_point(|row| row.first <= place);
            match at.checked_sub(1).and_then(|at| rows.get(at)) {
                Some(row) => {
                    add(row.function, (place - row.first) as usize);
                    next = Some(row.call);
                }
                None => {
                    add(unit.function, place as usize);
                    next = None;
                }
            }
        }
    }
}

impl CodePiece for Reader {
    fn range(&self) -> Range<usize> {
        let text = &self.image.tables[Table::Text as usize];
        let start = text.address as usize;
        start..start + text.rows as usize
    }

    fn trap_at(&self, address: usize) -> Option<(Trap, bool)> {
        let (row, _) = self.trap(address)?;
        match row.kind {
            STACK_END => Some((Trap::CallStackExhausted, true)),
            kind => Some((Trap::from_code(kind as u16)?, false)),
        }
    }

    fn at_trap(&self, address: usize, is_fault: bool, add: Add<'_>) {
        let Some((row, unit)) = self.trap(address) else {
            return;
        };
        let place = if is_fault { row.access } else { row.place };
        if place != NONE {
            self.add(unit, place, add);
        }
    }

    fn at_call(&self, address: usize, add: Add<'_>) {
        // The address after the call may belong to the next unit.
        let Some((unit, next, offset)) = self.unit(address.wrapping_sub(1)) else {
            return;
        };
        let rows: &'static [CallRow] = self.rows(Table::Calls);
        let rows = rows.get(unit.first_call as usize..next.first_call as usize);
        let rows = rows.unwrap_or_default();
        if let Ok(at) = rows.binary_search_by_key(&(offset + 1), |row| row.offset) {
            self.add(unit, rows[at].place, add);
        }
    }

    fn at_site(&self, site: Site, add: Add<'_>) -> bool {
        let (function, place) = site.parts();
        let functions: &[FunctionRow] = self.rows(Table::Functions);
        let start = functions.get(function as usize).map(|row| row.code);
        let units: &'static [UnitRow] = self.rows(Table::Units);
        let at = units.binary_search_by_key(&start.unwrap_or(NONE), |unit| unit.start);
        let unit = at.ok().and_then(|at| units.get(at));
        if let Some(unit) = unit {
            self.add(unit, place, add);
        }
        unit.is_some()
    }
}

impl Reader {
    /// The instruction at `word` of function `function`, for a report.
    pub(super) fn describe(&self, function: u32, word: usize) -> FramePlace {
        let functions: &[FunctionRow] = self.rows(Table::Functions);
        let row = functions.get(function as usize).copied();
        let row = row.unwrap_or_default();
        let points: &[PointRow] = self.rows(Table::Points);
        let first = row.first_point as usize;
        let points = points.get(first..first + row.points as usize);
        let points = points.unwrap_or_default();
        let point = points
            .binary_search_by_key(&(word as u32), |point| point.word)
            .ok()
            .and_then(|at| points.get(at));
        let files: &[Name] = self.rows(Table::Files);
        let imports: &[ImportRow] = self.rows(Table::Imports);
        let is_imported = (function as usize) < imports.len();
        FramePlace {
            function,
            name: self.name(row.name).to_owned(),
            instruction: (!is_imported).then(|| point.map_or(0, |point| point.instruction)),
            source: point.and_then(|point| {
                let file = files.get(point.file as usize)?;
                Some((self.name(*file).to_owned(), point.line))
            }),
        }
    }
}

/// What a reader tells about the code's needs.
impl Reader {
    pub(super) fn signals(&self) -> bool {
        self.has(flag::SIGNALS)
    }

    /// By table: the number of entries that code expects in a copy.
    pub(super) fn constant_tables(&self) -> impl Iterator<Item = Option<usize>> {
        let rows: &'static [u32] = self.rows(Table::ConstantTables);
        rows.iter()
            .map(|&len| (len != NONE).then_some(len as usize))
    }
}
