//! What a module's indexes stand for, resolved for the checks of its code.

use std::collections::HashSet;

use super::Options;
use crate::format::Limits;
use crate::isa::{FuncType, HeapType, RefType, ValType};
use crate::module::{
    DataKind, Definition, GlobalRow, Identity, ImportRow, Kind, Module, NameSpace, Spaces, Types,
};

/// A global, as instructions see it. The type is none where its row is wrong, which has been
/// reported there.
#[derive(Clone, Copy)]
pub(super) struct Global {
    pub ty: Option<ValType>,
    pub mutable: bool,
    pub defined: bool,
}

/// A table, as instructions see it. Types are none where its row is wrong.
#[derive(Clone, Copy)]
pub(super) struct Table {
    pub elem: Option<ValType>,
    pub index: Option<ValType>,
}

/// A module with its index spaces.
pub(super) struct Context<'m> {
    pub module: &'m Module,
    pub spaces: Spaces,
    /// Which types are the same and which are subtypes.
    pub identity: Identity,
    pub limits: &'m Limits,
    /// The module may define support routines.
    pub support: bool,
    /// The memory's index type, `i64` when there is no memory.
    pub address: ValType,
    initialisers: HashSet<u32>,
    /// The type index of each function: calls ask for it more often than there are functions.
    function_types: Vec<u32>,
    classes: Classes,
}

/// In [`Classes`]: a type that no class of a register is enough for.
const UNDECIDED: u8 = u8::MAX;

/// The classes of the types of parameters and results, side by side: what calls compare their
/// registers with.
struct Classes {
    bytes: Vec<u8>,
    /// For each type of functions where its part of the bytes begins and where its results begin, and
    /// the end of all.
    bounds: Vec<(u32, u32)>,
}

impl Classes {
    fn of(types: &Types) -> Classes {
        let mut classes = Classes {
            bytes: Vec::new(),
            bounds: Vec::with_capacity(types.len() + 1),
        };
        let class = |ty: &ValType| match ty.is_managed() {
            true => UNDECIDED,
            false => ty.class(),
        };
        for ty in types {
            let (params, results) = match ty.func() {
                Some(ty) => (&*ty.params, &*ty.results),
                None => (&[][..], &[][..]),
            };
            let start = classes.bytes.len() as u32;
            classes.bytes.extend(params.iter().map(class));
            classes.bounds.push((start, classes.bytes.len() as u32));
            classes.bytes.extend(results.iter().map(class));
        }
        let end = classes.bytes.len() as u32;
        classes.bounds.push((end, end));
        classes
    }
}

impl<'m> Context<'m> {
    pub fn new(module: &'m Module, options: &'m Options) -> Context<'m> {
        let imports = module.imports.iter();
        let imports = imports.filter(|row| row.kind() == Some(Kind::Func));
        let functions = module.functions.iter().map(|row| row.ty);
        Context {
            function_types: imports.map(|row| row.ty).chain(functions).collect(),
            classes: Classes::of(&module.types),
            module,
            spaces: module.spaces(),
            identity: module.types.identities(),
            limits: &options.limits,
            support: options.support,
            address: module.address_type(),
            initialisers: module.initialisers.iter().copied().collect(),
        }
    }

    /// The type index of a function; none when there is no such function.
    pub fn func_type_index(&self, function: u32) -> Option<u32> {
        self.function_types.get(function as usize).copied()
    }

    /// The type of a function; none when there is no such function or its row names no type.
    pub fn func_type(&self, function: u32) -> Option<&'m FuncType> {
        self.module.types.func(self.func_type_index(function)?)
    }

    /// The type of references to a function, which are null only where it is weak and nothing defines it; none when
    /// there is no such function.
    pub fn reference_to(&self, function: u32) -> Option<ValType> {
        let ty = self.func_type_index(function)?;
        let import = self.spaces.import(self.module, Kind::Func, function);
        let weak = import.is_some_and(|import| import.flags & ImportRow::WEAK != 0);
        Some(ValType::Ref(RefType::new(weak, HeapType::Defined(ty))))
    }

    /// What is reported where a type has to be one of what `wanted` says and is not.
    pub fn not_of(&self, index: u32, wanted: &str) -> String {
        let ty = self.module.types.get(index);
        let plural = ty.map_or("", |ty| ty.composite.plural());
        let name = self.module.type_name(index);
        format!("type `{name}` is one of {plural}, not of {wanted}")
    }

    /// Whether every value of type `sub` is one of type `of`.
    pub fn is_subtype(&self, sub: ValType, of: ValType) -> bool {
        self.identity.is_subtype(sub, of)
    }

    /// The classes of the types of a function's parameters and results; none where there is no such type, and none of
    /// both where it is not one of functions, which has been reported.
    #[inline]
    pub fn signature(&self, function: u32) -> Option<(&[u8], &[u8])> {
        let ty = self.func_type_index(function)? as usize;
        let &(start, results) = self.classes.bounds.get(ty)?;
        let &(end, _) = self.classes.bounds.get(ty + 1)?;
        let whole = self.classes.bytes.get(start as usize..end as usize)?;
        whole.split_at_checked((results - start) as usize)
    }

    pub fn global(&self, index: u32) -> Option<Global> {
        Some(match self.spaces.get(Kind::Global, index)? {
            Definition::Import(row) => {
                let row = &self.module.imports[row];
                Global {
                    ty: ValType::from_word(row.ty),
                    mutable: row.flags & ImportRow::MUTABLE != 0,
                    defined: false,
                }
            }
            Definition::Defined(row) => {
                let row = &self.module.globals[row];
                Global {
                    ty: ValType::from_word(row.ty),
                    mutable: row.flags & GlobalRow::MUTABLE != 0,
                    defined: true,
                }
            }
        })
    }

    pub fn table(&self, index: u32) -> Option<Table> {
        let (elem, index) = match self.spaces.get(Kind::Table, index)? {
            Definition::Import(row) => {
                let row = &self.module.imports[row];
                (row.ty, row.index_type)
            }
            Definition::Defined(row) => {
                let row = &self.module.tables[row];
                (row.elem, row.index_type)
            }
        };
        Some(Table {
            elem: ValType::from_word(elem).filter(|ty| ty.is_ref()),
            index: index_type(index),
        })
    }

    /// The kind of a data row, none inside for an undefined one or a row with a wrong kind.
    pub fn data_kind(&self, index: u32) -> Option<Option<DataKind>> {
        Some(match self.spaces.get(Kind::Data, index)? {
            Definition::Import(_) => None,
            Definition::Defined(row) => self.module.data[row].kind(),
        })
    }

    pub fn is_initialiser(&self, function: u32) -> bool {
        self.initialisers.contains(&function)
    }

    /// What messages call something.
    pub fn name(&self, space: NameSpace, index: u32) -> String {
        self.spaces.display_name(self.module, space, index)
    }

    /// The number of a space's indexes, for the message that there is no such index.
    pub fn count(&self, space: NameSpace) -> u32 {
        match space {
            NameSpace::Func => self.spaces.count(Kind::Func),
            NameSpace::Table => self.spaces.count(Kind::Table),
            NameSpace::Memory => self.spaces.count(Kind::Memory),
            NameSpace::Global => self.spaces.count(Kind::Global),
            NameSpace::Data => self.spaces.count(Kind::Data),
            NameSpace::Elem => self.module.elements.len() as u32,
            NameSpace::Tag => self.spaces.count(Kind::Tag),
            NameSpace::Type => self.module.types.len() as u32,
            NameSpace::Register | NameSpace::Field => 0,
        }
    }
}

/// The type that the word of an index type's field means: `i32` or `i64`.
pub(super) fn index_type(code: u32) -> Option<ValType> {
    ValType::from_word(code).filter(|ty| matches!(ty, ValType::I32 | ValType::I64))
}
