//! A module in memory.
//!
//! Its tables hold the same rows as a file's (see `docs/format.md`), so that reading one
//! copies next to nothing. [`crate::format`] reads and writes it.

pub mod builder;
pub mod canonical;
pub mod host;
#[doc(hidden)]
pub mod huge_pages;
mod limits;
mod lines;
mod lists;
mod names;
pub mod native;
#[doc(hidden)]
pub mod references;
pub mod renumber;
pub mod rows;
mod slice;
mod source;
mod spaces;
#[doc(hidden)]
pub mod strings;
pub mod support;
mod types;

pub use limits::{ASSIGNMENT, Limits, REGISTERS};
pub use lines::{LineEntry, LineFault, LinePlace, Lines, LinesWriter};
pub use lists::{ListTypes, Lists, Surroundings};
pub use rows::*;
pub use slice::{SharedBytes, Slice};
#[doc(hidden)]
pub use source::map_prefix;
pub use spaces::{Definition, Spaces};
pub use strings::{Strings, StringsBuilder};
pub use types::{CompositeType, FieldType, Identity, StorageType, SubType, TypeFault, Types};
#[doc(hidden)]
pub use types::{TypeInterner, TypeOrder, TypeUse};

use crate::isa::ValType;
use crate::isa::walk::Walk;

/// The version that this library reads and writes.
pub const VERSION: u16 = 3;
/// The draft of the version, 0 from release 1.0 on.
pub const DRAFT: u16 = 2;
/// Feature bit: types of managed objects, tags, handlers, references other than `funcref` and `externref`, or
/// instructions with opcodes from 0x400 to 0x6ff.
pub const MANAGED: u64 = 1;
/// The opcode numbers of instructions of managed objects, exceptions and tasks.
const MANAGED_CODE: std::ops::RangeInclusive<u16> = 0x400..=0x6ff;

/// A program or an object: an object has undefined symbols.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Name of the program that made it, at most 16 bytes.
    pub producer: String,
    /// Function index of the entry.
    pub entry: Option<u32>,
    /// Types.
    pub types: Types,
    /// Imports and undefined symbols. In the index space of each kind they come first.
    pub imports: Slice<ImportRow>,
    /// Defined memories, at most one together with imported ones.
    pub memories: Slice<MemoryRow>,
    /// Defined tables.
    pub tables: Slice<TableRow>,
    /// Defined globals.
    pub globals: Slice<GlobalRow>,
    /// Defined tags of exceptions.
    pub tags: Slice<TagRow>,
    /// The names that imports, exports and symbols use.
    pub strings: Strings,
    /// Defined functions.
    pub functions: Slice<FunctionRow>,
    /// The registers of all functions.
    pub register_runs: Slice<RegisterRun>,
    /// The exception handlers of all functions.
    pub handlers: Slice<HandlerRow>,
    /// Function indexes of the initialisers, in the order in which they run.
    pub initialisers: Slice<u32>,
    /// Element segments.
    pub elements: Slice<ElementRow>,
    /// The items of all element segments.
    pub element_items: Slice<u32>,
    /// The code of all functions.
    pub code: Slice<u64>,
    /// Defined data rows.
    pub data: Slice<DataRow>,
    /// The bytes of all data rows.
    pub data_bytes: Slice<u8>,
    /// Static addresses inside data rows, sorted by data and offset.
    pub addresses: Slice<AddressRow>,
    /// Exports.
    pub exports: Slice<ExportRow>,
    /// Symbols, sorted by kind and index.
    pub symbols: Slice<SymbolRow>,
    /// Debug information.
    pub debug: Option<Debug>,
    /// The highest opcode number, as the header of the file that was read states it.
    pub highest_opcode: Option<u16>,
    /// The feature bits, as the header of the file that was read states them.
    pub features: Option<u64>,
    /// Sections that this version does not know and may ignore.
    pub unknown: Vec<UnknownSection>,
}

/// Names, files and lines: nothing that changes what a program does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Debug {
    /// The strings that the other tables here use.
    pub strings: Strings,
    /// Names of what has no symbol, and of registers.
    pub names: Slice<DebugNameRow>,
    /// Source files.
    pub files: Slice<FileRow>,
    /// Embedded source texts.
    pub sources: Slice<u8>,
    /// Where each function's line program lies.
    pub lines: Slice<LineRow>,
    /// The line programs (see `docs/format.md`).
    pub line_programs: Slice<u8>,
}

/// A section with a tag that this version does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct UnknownSection {
    /// The tag.
    pub tag: [u8; 4],
    /// Whether it goes when debug information is stripped.
    pub debug: bool,
    /// Its bytes, uncompressed.
    pub bytes: Slice<u8>,
}

impl Module {
    // What does not lie where its row claims, which reading and verifying refuse, is empty here.

    /// The code of defined function number `defined` (imports not counted).
    pub fn function_code(&self, defined: usize) -> &[u64] {
        let part = self.functions.get(defined).and_then(|row| {
            let start = usize::try_from(row.code).ok()?;
            self.code
                .get(start..start.checked_add(usize::try_from(row.words).ok()?)?)
        });
        part.unwrap_or_default()
    }

    /// The register runs of defined function number `defined`.
    pub fn function_runs(&self, defined: usize) -> &[RegisterRun] {
        let part = self.functions.get(defined).and_then(|row| {
            let start = row.first_run as usize;
            self.register_runs.get(start..start + row.runs as usize)
        });
        part.unwrap_or_default()
    }

    /// The registers of defined function number `defined`, parameters first: the type of each, and whether it has a
    /// value at entry. A type that is not known, which verifying refuses, counts as i64.
    pub fn registers(&self, defined: usize) -> impl Iterator<Item = (ValType, bool)> {
        let row = self.functions.get(defined);
        let ty = row.and_then(|row| self.types.func(row.ty));
        let params = ty.map_or(&[][..], |ty| &*ty.params);
        let runs = self.function_runs(defined).iter().flat_map(|run| {
            let ty = ValType::from_word(run.ty).unwrap_or(ValType::I64);
            let has_value = run.flags & RegisterRun::ZEROED != 0;
            std::iter::repeat_n((ty, has_value), run.count.into())
        });
        params.iter().map(|&ty| (ty, true)).chain(runs)
    }

    /// The items of element segment `index`.
    pub fn element_items(&self, index: usize) -> &[u32] {
        let part = self.elements.get(index).and_then(|row| {
            let start = usize::try_from(row.first).ok()?;
            self.element_items
                .get(start..start.checked_add(row.count as usize)?)
        });
        part.unwrap_or_default()
    }

    /// The bytes of defined data row number `defined`, without its trailing zeros.
    pub fn data_content(&self, defined: usize) -> &[u8] {
        let part = self.data.get(defined).and_then(|row| {
            let start = usize::try_from(row.offset).ok()?;
            self.data_bytes
                .get(start..start.checked_add(usize::try_from(row.length).ok()?)?)
        });
        part.unwrap_or_default()
    }

    /// The index type of the memory, imported or defined; `i64` where there is none.
    pub fn address_type(&self) -> ValType {
        let imported = self
            .imports
            .iter()
            .find(|row| row.kind() == Some(Kind::Memory));
        let code = match imported {
            Some(row) => Some(row.index_type),
            None => self.memories.first().map(|row| row.index_type),
        };
        match code.and_then(ValType::from_word) {
            Some(ValType::I32) => ValType::I32,
            _ => ValType::I64,
        }
    }

    /// Whether it has anything that only [`MANAGED`] modules may have.
    pub fn is_managed(&self) -> bool {
        let plain = ValType::EXTERNREF.word();
        let managed =
            |word| word > plain && ValType::from_word(word).is_some_and(ValType::is_managed);
        !self.tags.is_empty()
            || !self.handlers.is_empty()
            || self.imports.iter().any(|row| row.kind() == Some(Kind::Tag))
            || self.types.are_managed()
            || self.type_words().any(managed)
            || self.has_managed_code()
    }

    /// Whether there are instructions of references and objects. Some of them are possible without managed types.
    fn has_managed_code(&self) -> bool {
        let first = *MANAGED_CODE.start();
        if self.highest_opcode.is_some_and(|highest| highest < first) {
            return false;
        }
        Walk::new(&self.code).any(|(_, item)| MANAGED_CODE.contains(&(item.words()[0] as u16)))
    }

    /// Leaves out names, files, lines and every unknown section that is flagged as debug information.
    pub fn strip_debug(&mut self) {
        self.debug = None;
        self.unknown.retain(|section| !section.debug);
    }

    /// Whether the rows that are found by binary search are in the order that `docs/format.md`
    /// specifies: symbols, static addresses, debug names, line programs. Verified modules are, and
    /// whoever makes a module out of others has to see to it.
    #[doc(hidden)]
    pub fn is_in_order(&self) -> bool {
        let debug = self.debug.as_ref().is_none_or(|debug| {
            let names = &debug.names;
            names.is_sorted_by_key(|row| (row.space, row.owner, row.index))
                && debug.lines.is_sorted_by_key(|row| row.function)
        });
        self.symbols.is_sorted_by_key(|row| (row.kind, row.index))
            && (self.addresses).is_sorted_by_key(|row| (row.data, row.offset))
            && debug
    }

    /// The index spaces, imports first.
    pub fn spaces(&self) -> Spaces {
        Spaces::new(self)
    }
}
