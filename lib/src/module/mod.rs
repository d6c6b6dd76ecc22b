//! A module in memory.
//!
//! Its tables hold the same rows as a file's (see `docs/format.md`), so that reading one
//! copies next to nothing. [`crate::format`] reads and writes it.

pub mod renumber;
pub mod rows;
mod slice;
mod spaces;
mod strings;
pub mod support;

pub use rows::*;
pub use slice::{SharedBytes, Slice};
pub use spaces::{Definition, Spaces};
pub use strings::{Strings, StringsBuilder};

use crate::isa::FuncType;

/// A program or an object: an object has undefined symbols.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Module {
    /// Name of the program that made it, at most 16 bytes.
    pub producer: String,
    /// Function index of the entry.
    pub entry: Option<u32>,
    /// Function types.
    pub types: Vec<FuncType>,
    /// Imports and undefined symbols. In the index space of each kind they come first.
    pub imports: Slice<ImportRow>,
    /// Defined memories, at most one together with imported ones.
    pub memories: Slice<MemoryRow>,
    /// Defined tables.
    pub tables: Slice<TableRow>,
    /// Defined globals.
    pub globals: Slice<GlobalRow>,
    /// The names that imports, exports and symbols use.
    pub strings: Strings,
    /// Defined functions.
    pub functions: Slice<FunctionRow>,
    /// The registers of all functions.
    pub register_runs: Slice<RegisterRun>,
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
    /// The code of defined function number `defined` (imports not counted).
    pub fn function_code(&self, defined: usize) -> &[u64] {
        let row = &self.functions[defined];
        &self.code[row.code as usize..(row.code + row.words) as usize]
    }

    /// The register runs of defined function number `defined`.
    pub fn function_runs(&self, defined: usize) -> &[RegisterRun] {
        let row = &self.functions[defined];
        &self.register_runs[row.first_run as usize..][..row.runs as usize]
    }

    /// The items of element segment `index`.
    pub fn element_items(&self, index: usize) -> &[u32] {
        let row = &self.elements[index];
        &self.element_items[row.first as usize..][..row.count as usize]
    }

    /// The bytes of defined data row number `defined`, without its trailing zeros.
    pub fn data_content(&self, defined: usize) -> &[u8] {
        let row = &self.data[defined];
        &self.data_bytes[row.offset as usize..][..row.length as usize]
    }

    /// The index spaces, imports first.
    pub fn spaces(&self) -> Spaces {
        Spaces::new(self)
    }
}
