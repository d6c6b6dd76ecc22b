//! What things are called: by symbols, import names and debug names.

use super::rows::{DebugNameRow, Kind, NONE, NameSpace};
use super::{Module, Spaces};
use crate::isa::{FuncType, ValType};

impl NameSpace {
    /// The kind whose index space this is; none for what has no kind.
    pub fn kind(self) -> Option<Kind> {
        Kind::ALL
            .into_iter()
            .find(|&kind| NameSpace::of_kind(kind) == self)
    }
}

impl Module {
    /// The debug name of something; `owner` is the function of a register, else 0. Debug names are
    /// sorted, so this is a binary search.
    pub fn debug_name(&self, space: NameSpace, owner: u32, index: u32) -> Option<&str> {
        let debug = self.debug.as_ref()?;
        let key = (space as u32, owner, index);
        let at = debug
            .names
            .binary_search_by_key(&key, |row: &DebugNameRow| (row.space, row.owner, row.index))
            .ok()?;
        Some(debug.strings.get(debug.names.get(at)?.name))
    }

    /// The symbol of a definition, or else its debug name.
    pub fn definition_name(&self, space: NameSpace, index: u32) -> Option<&str> {
        let symbol = space.kind().and_then(|kind| self.symbol(kind, index));
        match symbol {
            Some(symbol) => Some(self.strings.get(symbol.name)),
            None => self.debug_name(space, 0, index),
        }
    }

    /// Like [`Spaces::display_name`], for a single question.
    pub fn display_name(&self, space: NameSpace, index: u32) -> String {
        self.spaces().display_name(self, space, index)
    }

    /// What messages call a register of a function: its debug name, else `%number`.
    pub fn register_display_name(&self, function: u32, register: u16) -> String {
        match self.debug_name(NameSpace::Register, function, register.into()) {
            Some(name) => name.to_owned(),
            None => format!("%{register}"),
        }
    }
}

impl Module {
    /// What messages call a declared type: its debug name, else the signature that it is, else `#index`.
    pub fn type_name(&self, index: u32) -> String {
        if let Some(name) = self.debug_name(NameSpace::Type, 0, index) {
            return name.to_owned();
        }
        let signature = self
            .types
            .func(index)
            .filter(|_| self.types.is_signature(index));
        signature.map_or_else(|| format!("#{index}"), FuncType::to_string)
    }

    /// What messages call a type: `i64`, `ref null point`.
    pub fn type_text(&self, ty: ValType) -> String {
        ty.text(|index| self.type_name(index))
    }

    /// What messages call a type of functions: `(i64, ref point) -> i64`.
    pub fn func_text(&self, ty: &FuncType) -> String {
        ty.text(|index| self.type_name(index))
    }
}

impl Spaces {
    /// What messages call something that an index refers to: its symbol, else its debug name,
    /// else the name by which it is imported (`module:name`, or an undefined symbol's name), else
    /// `#index`.
    pub fn display_name(&self, module: &Module, space: NameSpace, index: u32) -> String {
        if let Some(name) = module.definition_name(space, index) {
            return name.to_owned();
        }
        if let Some(kind) = space.kind()
            && let Some(row) = self.import(module, kind, index)
        {
            let name = module.strings.get(row.name);
            return match row.module {
                NONE => name.to_owned(),
                part => format!("{}:{name}", module.strings.get(part)),
            };
        }
        format!("#{index}")
    }
}
