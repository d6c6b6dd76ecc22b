//! Index spaces: for each kind the imports come first, then the definitions.

use super::rows::{Kind, SymbolRow};
use super::{ImportRow, Module};

/// What an index of some kind refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Definition {
    /// The import row with this number.
    Import(usize),
    /// The defined row with this number.
    Defined(usize),
}

/// The index spaces of a module: which import rows each kind has, and how many definitions
/// follow.
#[derive(Clone, Debug, Default)]
pub struct Spaces {
    imports: [Vec<u32>; Kind::ALL.len()],
    defined: [u32; Kind::ALL.len()],
}

impl Spaces {
    pub(super) fn new(module: &Module) -> Spaces {
        let mut spaces = Spaces {
            imports: Default::default(),
            defined: [
                module.functions.len() as u32,
                module.tables.len() as u32,
                module.memories.len() as u32,
                module.globals.len() as u32,
                module.data.len() as u32,
                module.tags.len() as u32,
            ],
        };
        for (row, import) in module.imports.iter().enumerate() {
            if let Some(kind) = import.kind() {
                spaces.imports[kind as usize].push(row as u32);
            }
        }
        spaces
    }

    /// The number of imports of a kind, which is the index of its first definition.
    pub fn imported(&self, kind: Kind) -> u32 {
        self.imports[kind as usize].len() as u32
    }

    /// The number of indexes of a kind.
    pub fn count(&self, kind: Kind) -> u32 {
        self.imported(kind)
            .saturating_add(self.defined[kind as usize])
    }

    /// What `index` of `kind` is; none when there is no such index.
    pub fn get(&self, kind: Kind, index: u32) -> Option<Definition> {
        let imports = &self.imports[kind as usize];
        match imports.get(index as usize) {
            Some(&row) => Some(Definition::Import(row as usize)),
            None => {
                let defined = index - imports.len() as u32;
                (defined < self.defined[kind as usize])
                    .then_some(Definition::Defined(defined as usize))
            }
        }
    }

    /// The index of definition number `defined` of a kind.
    pub fn index_of(&self, kind: Kind, defined: usize) -> u32 {
        self.imported(kind) + defined as u32
    }

    /// The import row with `index`, when it is an import.
    pub fn import<'m>(&self, module: &'m Module, kind: Kind, index: u32) -> Option<&'m ImportRow> {
        let &row = self.imports[kind as usize].get(index as usize)?;
        module.imports.get(row as usize)
    }

    /// The type index of a function.
    pub fn func_type(&self, module: &Module, index: u32) -> Option<u32> {
        match self.get(Kind::Func, index)? {
            Definition::Import(row) => Some(module.imports[row].ty),
            Definition::Defined(row) => Some(module.functions[row].ty),
        }
    }
}

impl Module {
    /// The symbol of a definition, by kind and index; symbols are sorted, so this is a binary
    /// search.
    pub fn symbol(&self, kind: Kind, index: u32) -> Option<&SymbolRow> {
        let at = self
            .symbols
            .binary_search_by_key(&(kind as u32, index), |row| (row.kind, row.index))
            .ok()?;
        self.symbols.get(at)
    }
}
