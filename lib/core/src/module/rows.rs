//! The rows of a module's tables, laid out as they lie in a file (`docs/format.md`).
//!
//! Fields hold raw numbers. Reading a file checks them, so that the accessors which return
//! enumerations can be relied on for every module that [`crate::format`] has read; a row that a
//! program filled in by hand is checked when the module is verified.

use bytemuck::{Pod, Zeroable};

use crate::isa::{IndexSpace, RefType, ValType};

/// In index fields: there is none.
pub const NONE: u32 = u32::MAX;

/// In maximum fields: no maximum.
pub const NO_MAX: u64 = u64::MAX;

/// What can be imported, exported and named by a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Kind {
    /// A function.
    Func = 0,
    /// A table.
    Table = 1,
    /// A memory.
    Memory = 2,
    /// A global.
    Global = 3,
    /// A data row. It can be undefined and have a symbol, but not be exported.
    Data = 4,
    /// A tag of exceptions.
    Tag = 5,
}

impl Kind {
    /// All kinds, by ascending code.
    pub const ALL: [Kind; 6] = [
        Kind::Func,
        Kind::Table,
        Kind::Memory,
        Kind::Global,
        Kind::Data,
        Kind::Tag,
    ];

    /// The kind with code `code`.
    pub fn from_code(code: u32) -> Option<Kind> {
        Kind::ALL.get(code as usize).copied()
    }

    /// The kind's word in the text form and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Func => "func",
            Kind::Table => "table",
            Kind::Memory => "memory",
            Kind::Global => "global",
            Kind::Data => "data",
            Kind::Tag => "tag",
        }
    }
}

/// An import (two-part name) or an undefined symbol (one-part name).
///
/// Of the type fields a kind uses: Func and Tag `ty` (type index); Table `ty` (element type's word),
/// `index_type`, `min`, `max`; Memory `index_type`, `min`, `max`; Global `ty` (type's word) and
/// [`ImportRow::MUTABLE`] in `flags`; Data none. The others are zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ImportRow {
    /// [`Kind`].
    pub kind: u32,
    /// String index of the first part of an import's name; [`NONE`] for an undefined symbol.
    pub module: u32,
    /// String index of the second part, or of the symbol's name.
    pub name: u32,
    /// See above.
    pub ty: u32,
    /// [`ImportRow::MUTABLE`], [`ImportRow::WEAK`].
    pub flags: u32,
    /// Word of the index type, for tables and memories.
    pub index_type: u32,
    /// Smallest size in elements or pages.
    pub min: u64,
    /// Largest size, [`NO_MAX`] for none; zero for other kinds.
    pub max: u64,
}

impl ImportRow {
    /// The global is mutable.
    pub const MUTABLE: u32 = 1;
    /// The undefined symbol may stay undefined only where nothing refers to it.
    pub const WEAK: u32 = 2;

    /// What is imported.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_code(self.kind)
    }
}

/// Bytes of a page of memory.
pub const PAGE: u64 = 65_536;

/// The most pages that a memory with an index type can have.
pub const fn most_pages(index_type: ValType) -> u64 {
    match index_type {
        ValType::I32 => 1 << 16,
        ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => 1 << 48,
    }
}

/// A memory. Sizes are in pages of 64 KiB.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MemoryRow {
    /// Word of the index type, `i32` or `i64`.
    pub index_type: u32,
    /// Zero.
    pub flags: u32,
    /// Initial size.
    pub min: u64,
    /// Largest size, [`NO_MAX`] for none.
    pub max: u64,
}

/// A table; its elements are null at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct TableRow {
    /// Word of the element type.
    pub elem: u32,
    /// Word of the index type, `i32` or `i64`.
    pub index_type: u32,
    /// Initial number of elements.
    pub min: u64,
    /// Largest number, [`NO_MAX`] for none.
    pub max: u64,
}

/// How a global gets its first value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum InitKind {
    /// The bits in `value`.
    Const = 0,
    /// The null reference.
    Null = 1,
    /// A reference to function `index`.
    Func = 2,
    /// The address of data `index` plus `value`.
    Data = 3,
}

impl InitKind {
    /// The kind with code `code`.
    pub fn from_code(code: u32) -> Option<InitKind> {
        [
            InitKind::Const,
            InitKind::Null,
            InitKind::Func,
            InitKind::Data,
        ]
        .get(code as usize)
        .copied()
    }
}

/// A global.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct GlobalRow {
    /// Word of the type.
    pub ty: u32,
    /// [`GlobalRow::MUTABLE`].
    pub flags: u32,
    /// [`InitKind`].
    pub init: u32,
    /// Function or data index, where `init` uses one, else zero.
    pub index: u32,
    /// Constant's bits (32-bit types zero-extended) or addend (two's complement), else zero.
    pub value: u64,
}

impl GlobalRow {
    /// GLOBAL_SET is allowed everywhere.
    pub const MUTABLE: u32 = 1;
    /// In `init`: an initialiser sets it. Reserved in this draft.
    pub const SET_BY_INITIALISER: u32 = 4;
}

/// A tag: what exceptions with it carry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct TagRow {
    /// Type index, of functions without results.
    pub ty: u32,
    /// Zero.
    pub flags: u32,
}

/// A string of a pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct StringRow {
    /// Where it begins, in bytes of the pool.
    pub offset: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// A defined function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct FunctionRow {
    /// Type index.
    pub ty: u32,
    /// Zero.
    pub flags: u32,
    /// The first of its register runs; each function's runs follow those of the one before.
    pub first_run: u32,
    /// The number of its register runs.
    pub runs: u32,
    /// The first word of its code; each function's code follows that of the one before.
    pub code: u64,
    /// The number of words of its code, at least 1.
    pub words: u64,
    /// The first of its exception handlers; each function's handlers follow those of the one before.
    pub first_handler: u32,
    /// The number of its exception handlers.
    pub handlers: u32,
}

/// An exception handler. Reserved in this draft. Words are counted from the function's first one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct HandlerRow {
    /// The first word of the region.
    pub start: u32,
    /// The word after it.
    pub end: u32,
    /// Where exceptions go that are thrown in it.
    pub handler: u32,
    /// Zero.
    pub flags: u32,
}

/// A number of consecutive registers of one type. Registers begin after the parameters, which
/// are the function's first registers and are not described by runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct RegisterRun {
    /// How many, at least 1.
    pub count: u16,
    /// [`RegisterRun::ZEROED`].
    pub flags: u16,
    /// Word of the type.
    pub ty: u32,
}

impl RegisterRun {
    /// The registers are zero (null) at entry; others are unassigned.
    pub const ZEROED: u16 = 1;
}

/// What becomes of an element segment at instantiation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum ElementMode {
    /// TABLE_INIT reads it.
    Passive = 0,
    /// Copied to a table, then dropped.
    Active = 1,
    /// Only declares that its functions may be referred to.
    Declarative = 2,
}

impl ElementMode {
    /// The mode with code `code`.
    pub fn from_code(code: u32) -> Option<ElementMode> {
        [
            ElementMode::Passive,
            ElementMode::Active,
            ElementMode::Declarative,
        ]
        .get(code as usize)
        .copied()
    }
}

/// An element segment. Its items are function indexes, [`NONE`] for null.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ElementRow {
    /// [`ElementMode`].
    pub mode: u32,
    /// Word of the element type.
    pub elem: u32,
    /// Table index of an active segment, else zero.
    pub table: u32,
    /// The number of items.
    pub count: u32,
    /// The first item; each segment's items follow those of the one before.
    pub first: u64,
    /// Where an active segment goes, else zero.
    pub offset: u64,
}

impl ElementRow {
    /// In `mode`: initialisers set the items. Reserved in this draft.
    pub const COMPUTED: u32 = 3;
}

/// Where a data row lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum DataKind {
    /// At an address that loading assigns.
    Placed = 0,
    /// At the address in the row.
    Fixed = 1,
    /// Nowhere; MEMORY_INIT reads it.
    Passive = 2,
}

impl DataKind {
    /// The kind with code `code`.
    pub fn from_code(code: u32) -> Option<DataKind> {
        [DataKind::Placed, DataKind::Fixed, DataKind::Passive]
            .get(code as usize)
            .copied()
    }
}

/// A data row: bytes, then zeros up to `size`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct DataRow {
    /// [`DataKind`].
    pub kind: u32,
    /// Alignment in bytes, a power of two from 1 to 65,536; 1 unless placed.
    pub align: u32,
    /// [`DataRow::READ_ONLY`].
    pub flags: u32,
    /// Memory index; 0 unless fixed.
    pub memory: u32,
    /// Size in memory in bytes; equal to `length` unless placed.
    pub size: u64,
    /// Address of a fixed row, else zero.
    pub address: u64,
    /// Where its bytes begin in the pool; each row's bytes follow those of the one before.
    pub offset: u64,
    /// The number of its bytes, at most `size`.
    pub length: u64,
}

impl DataRow {
    /// The program promises not to write it. Nothing enforces that; a linker may merge equal rows.
    pub const READ_ONLY: u32 = 1;

    /// Where it lies.
    pub fn kind(&self) -> Option<DataKind> {
        DataKind::from_code(self.kind)
    }
}

/// A static address inside a data row: written there at loading, in the width of the memory's
/// index type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct AddressRow {
    /// Data index of the (defined) row that holds the address.
    pub data: u32,
    /// Data index of what it is the address of.
    pub target: u32,
    /// Where in the row, in bytes.
    pub offset: u64,
    /// Added to the target's address.
    pub addend: i64,
}

/// An export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ExportRow {
    /// String index of the name.
    pub name: u32,
    /// [`Kind`], never Data.
    pub kind: u32,
    /// Index in the kind's index space.
    pub index: u32,
    /// Zero.
    pub flags: u32,
}

impl ExportRow {
    /// What is exported.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_code(self.kind)
    }
}

/// How a symbol takes part in linking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binding {
    /// Seen only in its own object.
    Local,
    /// The one definition of its name.
    Global,
    /// A definition that a global one replaces.
    Weak,
}

/// The name of a definition. A definition has at most one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct SymbolRow {
    /// String index of the name.
    pub name: u32,
    /// [`Kind`].
    pub kind: u32,
    /// Index in the kind's index space; never an import.
    pub index: u32,
    /// [`SymbolRow::LOCAL`], [`SymbolRow::WEAK`] (not both), [`SymbolRow::HIDDEN`].
    pub flags: u32,
}

impl SymbolRow {
    /// Binding local; without this and WEAK the binding is global.
    pub const LOCAL: u32 = 1;
    /// Binding weak.
    pub const WEAK: u32 = 2;
    /// Visibility hidden: the name takes part in linking, but does not outlive it.
    pub const HIDDEN: u32 = 4;

    /// What has the name.
    pub fn kind(&self) -> Option<Kind> {
        Kind::from_code(self.kind)
    }

    /// The binding.
    pub fn binding(&self) -> Binding {
        match self.flags & (SymbolRow::LOCAL | SymbolRow::WEAK) {
            0 => Binding::Global,
            SymbolRow::WEAK => Binding::Weak,
            _ => Binding::Local,
        }
    }
}

macro_rules! name_spaces {
    ($($code:literal $name:ident $doc:literal;)*) => {
        /// What a debug name names.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u32)]
        pub enum NameSpace {
            $(#[doc = $doc] $name = $code,)*
        }

        impl NameSpace {
            /// All spaces, by ascending code.
            pub const ALL: [NameSpace; [$($code),*].len()] = [$(NameSpace::$name),*];

            /// The space with code `code`.
            pub const fn from_code(code: u32) -> Option<NameSpace> {
                match code {
                    $($code => Some(NameSpace::$name),)*
                    _ => None,
                }
            }
        }
    };
}

name_spaces! {
    0 Func "A function, imported ones included.";
    1 Table "A table.";
    2 Memory "A memory.";
    3 Global "A global.";
    4 Data "A data row.";
    5 Elem "An element segment.";
    6 Register "A register of function `owner`.";
    7 Tag "A tag.";
    8 Type "A type.";
    9 Field "A field of struct `owner`.";
}

impl NameSpace {
    /// The names of what an index in code counts.
    pub const fn of(space: IndexSpace) -> NameSpace {
        match space {
            IndexSpace::Func => NameSpace::Func,
            IndexSpace::Table => NameSpace::Table,
            IndexSpace::Memory => NameSpace::Memory,
            IndexSpace::Global => NameSpace::Global,
            IndexSpace::Data => NameSpace::Data,
            IndexSpace::Elem => NameSpace::Elem,
            IndexSpace::Type => NameSpace::Type,
            IndexSpace::Tag => NameSpace::Tag,
        }
    }

    /// The names of a kind.
    pub const fn of_kind(kind: Kind) -> NameSpace {
        match kind {
            Kind::Func => NameSpace::Func,
            Kind::Table => NameSpace::Table,
            Kind::Memory => NameSpace::Memory,
            Kind::Global => NameSpace::Global,
            Kind::Data => NameSpace::Data,
            Kind::Tag => NameSpace::Tag,
        }
    }
}

/// A debug name. Rows are sorted by space, owner and index, without repetition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub struct DebugNameRow {
    /// [`NameSpace`].
    pub space: u32,
    /// Function index for registers, type index for fields, else zero.
    pub owner: u32,
    /// Index in the space; a register's or field's number.
    pub index: u32,
    /// Debug string index.
    pub name: u32,
}

/// A source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct FileRow {
    /// Debug string index of the path.
    pub name: u32,
    /// [`FileRow::EMBEDDED`].
    pub flags: u32,
    /// Where the embedded source begins in the pool, else zero.
    pub offset: u64,
    /// The embedded source's length in bytes, else zero.
    pub length: u64,
}

impl FileRow {
    /// The source text lies in the pool.
    pub const EMBEDDED: u32 = 1;
}

/// Where the line program of a function lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct LineRow {
    /// Function index; rows are sorted by it, without repetition.
    pub function: u32,
    /// Length in bytes, at least 1.
    pub length: u32,
    /// Where it begins in the pool; each row's bytes follow those of the one before.
    pub offset: u64,
}

/// The reference type that a type word means.
pub fn ref_type(word: u32) -> Option<RefType> {
    match ValType::from_word(word)? {
        ValType::Ref(ty) => Some(ty),
        ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => None,
    }
}
