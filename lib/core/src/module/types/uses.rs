//! Where rows other than those of TYPE name types.

use crate::isa::ValType;
use crate::isa::walk::{Item, Walk};
use crate::module::{ImportRow, Kind, Module, NameSpace};

/// How a row names a type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeUse {
    /// By its index.
    Index(u32),
    /// By a type word, in which there may be an index.
    Word(u32),
}

impl TypeUse {
    /// The index or word where types have the indexes that `map` returns.
    pub fn renumbered(self, map: impl Fn(u32) -> u32) -> u32 {
        match self {
            TypeUse::Index(index) => map(index),
            TypeUse::Word(word) => match ValType::from_word(word) {
                Some(ty) => ty.renumbered(map).word(),
                None => word,
            },
        }
    }
}

impl ImportRow {
    /// How `ty` names a type; none for kinds that have none.
    #[doc(hidden)]
    pub fn type_use(&self) -> Option<TypeUse> {
        match self.kind()? {
            Kind::Func | Kind::Tag => Some(TypeUse::Index(self.ty)),
            Kind::Table | Kind::Global => Some(TypeUse::Word(self.ty)),
            Kind::Memory | Kind::Data => None,
        }
    }

    /// Gives the type that the row names the index that `map` returns.
    #[doc(hidden)]
    pub fn renumber_type(&mut self, map: impl Fn(u32) -> u32) {
        if let Some(ty) = self.type_use() {
            self.ty = ty.renumbered(map);
        }
    }
}

impl Module {
    /// The types that rows name, in the order in which canonical form numbers types.
    pub(crate) fn type_uses(&self) -> impl Iterator<Item = TypeUse> {
        let imports = self.imports.iter().filter_map(ImportRow::type_use);
        imports
            .chain(self.tables.iter().map(|row| TypeUse::Word(row.elem)))
            .chain(self.globals.iter().map(|row| TypeUse::Word(row.ty)))
            .chain(self.tags.iter().map(|row| TypeUse::Index(row.ty)))
            .chain(self.functions.iter().map(|row| TypeUse::Index(row.ty)))
            .chain(self.register_runs.iter().map(|row| TypeUse::Word(row.ty)))
            .chain(self.elements.iter().map(|row| TypeUse::Word(row.elem)))
    }

    /// The type words among [`Self::type_uses`].
    pub(crate) fn type_words(&self) -> impl Iterator<Item = u32> {
        self.type_uses().filter_map(|ty| match ty {
            TypeUse::Index(_) => None,
            TypeUse::Word(word) => Some(word),
        })
    }

    /// The declared types that instructions name as reference types, as casts do.
    pub(crate) fn cast_types(&self) -> Vec<u32> {
        let mut found = Vec::new();
        if !self.is_managed() {
            return found;
        }
        for (_, item) in Walk::new(&self.code) {
            if let Item::Inst(inst) = item
                && let Some(ty) = inst.ref_type()
            {
                found.extend(ty.defined());
            }
        }
        found
    }

    /// Gives the types of all rows but those of TYPE the indexes that `map` returns, in debug names too.
    pub(crate) fn renumber_types(&mut self, map: impl Fn(u32) -> u32) {
        let word = |word: &mut u32| *word = TypeUse::Word(*word).renumbered(&map);
        let imports = self.imports.to_mut();
        imports.iter_mut().for_each(|row| row.renumber_type(&map));
        for row in self.tables.to_mut() {
            word(&mut row.elem);
        }
        for row in self.globals.to_mut() {
            word(&mut row.ty);
        }
        for row in self.tags.to_mut() {
            row.ty = map(row.ty);
        }
        for row in self.functions.to_mut() {
            row.ty = map(row.ty);
        }
        for row in self.register_runs.to_mut() {
            word(&mut row.ty);
        }
        for row in self.elements.to_mut() {
            word(&mut row.elem);
        }
        let debug = self.debug.iter_mut();
        for row in debug.flat_map(|debug| debug.names.to_mut()) {
            match NameSpace::from_code(row.space) {
                Some(NameSpace::Type) => row.index = map(row.index),
                Some(NameSpace::Field) => row.owner = map(row.owner),
                _ => {}
            }
        }
    }
}
