//! The program as it lies in an object file: what `vbc-aot` writes and the runtime reads.
//! `docs/abi.md` describes it for others.

#![allow(unsafe_code, reason = "objects hold addresses")]

use bytemuck::{Pod, Zeroable};

use vbc_core::module::NONE;

/// The version of everything between objects and the runtime.
pub const ABI: u32 = 4;

/// The symbol that only a runtime of this version defines.
pub const ABI_SYMBOL: &str = "vbcrt_abi_4";

/// What the names of all such symbols begin with.
pub const ABI_PREFIX: &str = "vbcrt_abi_";

/// The symbol of the image.
pub const IMAGE_SYMBOL: &str = "vbcrt_image";

/// The symbol of the runtime's function that calls native functions. Only objects that have such functions refer to it.
pub const NATIVES_SYMBOL: &str = "vbcrt_natives";

/// The section of an object that names its native functions: for each the library and the symbol, each ended by a zero
/// byte. Linkers leave it out of executables.
pub const NATIVES_SECTION: &str = ".vbc.natives";

/// The first four bytes of an image.
pub const MAGIC: u32 = u32::from_le_bytes(*b"VBCI");

/// Bits of [`Head::flags`].
pub mod flag {
    /// Traps are signals.
    pub const SIGNALS: u32 = 1;
    /// Memory must have guard pages.
    pub const GUARD_PAGES: u32 = 2;
    /// Code counts fuel and looks at the clock.
    pub const METERED: u32 = 4;
    /// Clock and random numbers are to be the same in every run.
    pub const DETERMINISTIC: u32 = 8;
}

/// The kind of a trap that is the end of the stack, in a prologue.
pub const STACK_END: u32 = 255;

/// The tables of an image, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Table {
    /// The code.
    Text,
    /// The bytes of all names.
    Strings,
    /// [`TypeRow`].
    Types,
    /// Codes of value types, a byte each.
    ValueTypes,
    /// [`ImportRow`].
    Imports,
    /// [`FunctionRow`].
    Functions,
    /// [`vbc_core::module::MemoryRow`].
    Memories,
    /// [`vbc_core::module::TableRow`].
    Tables,
    /// [`vbc_core::module::GlobalRow`].
    Globals,
    /// [`vbc_core::module::ElementRow`].
    Elements,
    /// Function indexes.
    Items,
    /// [`vbc_core::module::DataRow`].
    Data,
    /// The bytes of data rows.
    Bytes,
    /// Function indexes.
    Initialisers,
    /// [`ExportRow`].
    Exports,
    /// By table: the number of its elements, when code goes by a copy of their entries.
    ConstantTables,
    /// [`UnitRow`].
    Units,
    /// [`TrapRow`].
    Traps,
    /// [`CallRow`].
    Calls,
    /// [`InlinedRow`].
    Inlined,
    /// [`PointRow`].
    Points,
    /// Names of source files: [`Name`].
    Files,
    /// Names of processor features, separated by commas.
    Features,
    /// Addresses: that of [`NATIVES_SYMBOL`], then by imported function that of a native one, or 0. No rows where there
    /// is none.
    Natives,
}

impl Table {
    /// How many there are.
    pub const COUNT: usize = Table::Natives as usize + 1;
}

/// What an image begins with; the tables follow.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Head {
    /// [`MAGIC`].
    pub magic: u32,
    /// [`ABI`].
    pub abi: u32,
    /// Bits of [`flag`].
    pub flags: u32,
    /// Function index, or [`NONE`].
    pub entry: u32,
    /// Functions from this one on are support code.
    pub support_from: u32,
    /// Zero.
    pub reserved: u32,
    /// The address of the runtime's version symbol.
    pub check: u64,
}

/// Where a table lies.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Place {
    /// Its address.
    pub address: *const u8,
    /// The number of its rows.
    pub rows: u64,
}

/// A whole image in memory.
#[derive(Debug)]
#[repr(C)]
pub struct Image {
    /// What it begins with.
    pub head: Head,
    /// By [`Table`].
    pub tables: [Place; Table::COUNT],
}

// SAFETY: it lies in memory that nobody writes.
unsafe impl Sync for Image {}

/// A part of the strings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct Name {
    /// Where it begins.
    pub offset: u32,
    /// Its length in bytes.
    pub length: u32,
}

/// A function type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct TypeRow {
    /// The first of its value types, parameters and then results.
    pub first: u32,
    /// The number of parameters.
    pub params: u32,
    /// The number of results.
    pub results: u32,
    /// Where its entry trampoline lies in the text; [`NONE`] when there is none.
    pub entry: u32,
}

/// An imported function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ImportRow {
    /// The first part of its name.
    pub module: Name,
    /// The second part.
    pub name: Name,
    /// Type index.
    pub ty: u32,
    /// Where the adapter to its C function lies in the text; [`NONE`] for the runtime's own.
    pub adapter: u32,
}

/// A function, imported or defined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct FunctionRow {
    /// Where its code lies in the text; [`NONE`] when nothing can call it.
    pub code: u32,
    /// Type index; the first of equal ones.
    pub ty: u32,
    /// What messages call it.
    pub name: Name,
    /// The first of its points.
    pub first_point: u32,
    /// The number of its points.
    pub points: u32,
}

/// An export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ExportRow {
    /// Its name.
    pub name: Name,
    /// [`vbc_core::module::Kind`].
    pub kind: u32,
    /// Index in the kind's index space.
    pub index: u32,
}

/// A piece of code that was compiled at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct UnitRow {
    /// Where it begins in the text.
    pub start: u32,
    /// Where it ends.
    pub end: u32,
    /// The function that it is; [`NONE`] for what leads in and out.
    pub function: u32,
    /// The first of its rows among the traps.
    pub first_trap: u32,
    /// The first of its rows among the calls.
    pub first_call: u32,
    /// The first of its rows among the inlined ranges.
    pub first_inlined: u32,
}

impl UnitRow {
    /// The row after the last unit.
    pub fn last(traps: usize, calls: usize, inlined: usize) -> UnitRow {
        UnitRow {
            start: u32::MAX,
            end: u32::MAX,
            function: NONE,
            first_trap: traps as u32,
            first_call: calls as u32,
            first_inlined: inlined as u32,
        }
    }
}

/// An instruction that can trap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct TrapRow {
    /// Where it lies in its unit.
    pub offset: u32,
    /// The place in the bytecode; [`NONE`] when it is none.
    pub place: u32,
    /// The place of the access to memory, where the processor refused one: it may have been combined with a
    /// later instruction.
    pub access: u32,
    /// [`vbc_core::isa::Trap`], or [`STACK_END`].
    pub kind: u32,
}

/// A call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct CallRow {
    /// Where it returns to in its unit.
    pub offset: u32,
    /// The place in the bytecode.
    pub place: u32,
}

/// A function that was translated into another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct InlinedRow {
    /// The first place in it.
    pub first: u32,
    /// Its index.
    pub function: u32,
    /// The place of the call.
    pub call: u32,
}

/// What is known of an instruction that can appear in a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct PointRow {
    /// Its word in the function.
    pub word: u32,
    /// Its number in the function.
    pub instruction: u32,
    /// Number of its source file; [`NONE`] when it is unknown.
    pub file: u32,
    /// Its line.
    pub line: u32,
}
