//! What the user of the linker decides.

use vbc_core::format::Limits;

/// How to link.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The limits that inputs and result must keep.
    pub limits: Limits,
    /// Threads for verifying the result; 0 for as many as the machine has. The passes of linking use the
    /// current `rayon` pool.
    pub threads: usize,
    /// The result is an object, whatever entry it has: partial linking.
    pub relocatable: bool,
    /// The symbol that is the entry, whatever entry the inputs have.
    pub entry: Option<String>,
    /// Symbols to export, and the names to export them under.
    pub exports: Vec<(String, String)>,
    /// Export every symbol that is neither local nor hidden, data excepted.
    pub export_all: bool,
    /// Undefined functions, globals and tables become imports of module `env`.
    pub allow_undefined: bool,
    /// Undefined symbols that become imports: module and name.
    pub imports: Vec<(String, String)>,
    /// Leave out what nothing needs; none for the default, which is yes for a program.
    pub gc: Option<bool>,
    /// Symbols that are needed though nothing refers to them.
    pub keep: Vec<String>,
    /// What to leave out of the result.
    pub strip: Strip,
    /// Symbols for which to report who defines and uses them.
    pub trace: Vec<String>,
    /// Symbols for which to report why they are in the result.
    pub why_live: Vec<String>,
    /// Whether to describe the result, for a map.
    pub map: bool,
}

/// What to leave out of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strip {
    /// Nothing.
    #[default]
    Nothing,
    /// Debug information.
    Debug,
    /// Debug information and the symbols of definitions.
    All,
}
