//! The inputs of linking, and what they state about a thing that is defined or used.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use vbc_core::diag::{BinaryPlace, Place};
use vbc_core::isa::{IndexSpace, ValType};
use vbc_core::module::references::References;
use vbc_core::module::renumber::indexes;
use vbc_core::module::{
    DataKind, GlobalRow, Identity, ImportRow, Kind, Module, NO_MAX, NONE, NameSpace, Spaces,
    SymbolRow, TypeUse,
};
use vbc_core::verify::Verified;

use super::types::Joined;

/// One input, by the name that messages call it.
#[derive(Clone, Debug)]
pub struct Input {
    /// The file's name as the user gave it, `<stdin>` for standard input.
    pub name: Arc<str>,
    /// What it is.
    pub module: Verified,
}

/// An input while it is linked.
pub(super) struct Object<'a> {
    pub name: Arc<str>,
    pub module: &'a Module,
    pub spaces: Spaces,
    /// By kind: which definitions go into the result. None for all of them.
    kept: [Option<Vec<bool>>; Kind::ALL.len()],
    /// Which import rows are needed. None for all of them.
    imports: Option<Vec<bool>>,
    /// Which element segments go into the result. None for all of them.
    elements: Option<Vec<bool>>,
    /// Alignments of data rows that are greater than their own.
    alignments: HashMap<usize, u32>,
    /// It is support code: it uses the memory that the program has.
    pub is_support: bool,
    /// New index of each of its types.
    pub types: Vec<u32>,
    /// What its code refers to; none where that is not asked for more than once.
    pub references: Option<References>,
}

impl<'a> Object<'a> {
    pub fn new(name: Arc<str>, module: &'a Module) -> Self {
        debug_assert!(module.is_in_order(), "rows of {name} are not in order");
        Object {
            name,
            module,
            spaces: module.spaces(),
            kept: Default::default(),
            imports: None,
            elements: None,
            alignments: HashMap::new(),
            is_support: false,
            types: Vec::new(),
            references: None,
        }
    }

    /// Like [`Object::new`], with a list of what the code refers to.
    pub fn with_references(name: Arc<str>, module: &'a Module) -> Self {
        let functions = 0..module.functions.len();
        let code = functions.map(|defined| module.function_code(defined));
        Object {
            references: References::find(code),
            ..Object::new(name, module)
        }
    }

    /// Calls `each` with everything that the code of a function refers to, in order.
    pub fn refers_to(&self, defined: usize, mut each: impl FnMut(IndexSpace, u32)) {
        match &self.references {
            Some(references) => references
                .of(defined)
                .for_each(|(space, index)| each(space, index)),
            None => {
                let code = self.module.function_code(defined);
                indexes(code, |space, index, _| each(space, index));
            }
        }
    }

    /// The number of its definitions of a kind.
    pub fn defined(&self, kind: Kind) -> usize {
        (self.spaces.count(kind) - self.spaces.imported(kind)) as usize
    }

    /// Whether definition number `defined` goes into the result.
    pub fn keeps(&self, kind: Kind, defined: usize) -> bool {
        match &self.kept[kind as usize] {
            None => true,
            Some(kept) => kept.get(defined).copied().unwrap_or(false),
        }
    }

    /// The definitions of a kind that go into the result, each with its number.
    pub fn kept<'s, T>(
        &'s self,
        kind: Kind,
        rows: &'s [T],
    ) -> impl Iterator<Item = (usize, &'s T)> {
        let rows = rows.iter().enumerate();
        rows.filter(move |&(defined, _)| self.keeps(kind, defined))
    }

    /// Leaves a definition out of the result.
    pub fn drop(&mut self, kind: Kind, defined: usize) {
        let count = self.defined(kind);
        let kept = self.kept[kind as usize].get_or_insert_with(|| vec![true; count]);
        if let Some(kept) = kept.get_mut(defined) {
            *kept = false;
        }
    }

    /// Sets which definitions of a kind go into the result.
    pub fn keep_only(&mut self, kind: Kind, kept: Vec<bool>) {
        self.kept[kind as usize] = Some(kept);
    }

    /// Whether import row `row` is needed.
    pub fn keeps_import(&self, row: usize) -> bool {
        match &self.imports {
            None => true,
            Some(kept) => kept.get(row).copied().unwrap_or(false),
        }
    }

    /// Sets which import rows are needed.
    pub fn keep_imports(&mut self, kept: Vec<bool>) {
        self.imports = Some(kept);
    }

    /// Whether an element segment goes into the result.
    pub fn keeps_element(&self, segment: usize) -> bool {
        match &self.elements {
            None => true,
            Some(kept) => kept.get(segment).copied().unwrap_or(false),
        }
    }

    /// Leaves an element segment out of the result.
    pub fn drop_element(&mut self, segment: usize) {
        let count = self.module.elements.len();
        let kept = self.elements.get_or_insert_with(|| vec![true; count]);
        if let Some(kept) = kept.get_mut(segment) {
            *kept = false;
        }
    }

    /// Gives a data row at least an alignment.
    pub fn raise_alignment(&mut self, defined: usize, align: u32) {
        let raised = self.alignments.entry(defined).or_insert(align);
        *raised = (*raised).max(align);
    }

    /// The alignment of a data row of the result.
    pub fn alignment(&self, defined: usize, own: u32) -> u32 {
        let raised = self.alignments.get(&defined).copied();
        raised.map_or(own, |raised| raised.max(own))
    }

    /// The name of an import row: `module:name`, or an undefined symbol's name.
    pub fn import_name(&self, row: &ImportRow) -> String {
        let name = self.module.strings.get(row.name);
        match row.module {
            NONE => name.to_owned(),
            module => format!("{}:{name}", self.module.strings.get(module)),
        }
    }

    /// What an import row asks for.
    pub fn wanted(&self, row: &ImportRow) -> Thing {
        match row.kind() {
            Some(Kind::Func) | None => Thing::Func(self.new_type(row.ty)),
            Some(Kind::Tag) => Thing::Tag(self.new_type(row.ty)),
            Some(Kind::Table) => Thing::Table {
                elem: self.new_word(row.ty),
                index: row.index_type,
                min: row.min,
                max: row.max,
            },
            Some(Kind::Memory) => Thing::Memory {
                index: row.index_type,
                min: row.min,
                max: row.max,
            },
            Some(Kind::Global) => Thing::Global {
                ty: self.new_word(row.ty),
                mutable: row.flags & ImportRow::MUTABLE != 0,
            },
            Some(Kind::Data) => Thing::Data { passive: false },
        }
    }

    /// What definition number `defined` of a kind is.
    pub fn definition(&self, kind: Kind, defined: usize) -> Thing {
        let module = self.module;
        match kind {
            Kind::Func => Thing::Func(self.new_type(module.functions[defined].ty)),
            Kind::Table => {
                let row = &module.tables[defined];
                Thing::Table {
                    elem: self.new_word(row.elem),
                    index: row.index_type,
                    min: row.min,
                    max: row.max,
                }
            }
            Kind::Memory => {
                let row = &module.memories[defined];
                Thing::Memory {
                    index: row.index_type,
                    min: row.min,
                    max: row.max,
                }
            }
            Kind::Global => {
                let row = &module.globals[defined];
                Thing::Global {
                    ty: self.new_word(row.ty),
                    mutable: row.flags & GlobalRow::MUTABLE != 0,
                }
            }
            Kind::Tag => Thing::Tag(self.new_type(module.tags[defined].ty)),
            Kind::Data => Thing::Data {
                passive: module.data[defined].kind() == Some(DataKind::Passive),
            },
        }
    }

    /// The number in the result of one of its types.
    pub fn new_type(&self, ty: u32) -> u32 {
        self.types.get(ty as usize).copied().unwrap_or(NONE)
    }

    /// The type word in the result for one of its own.
    pub fn new_word(&self, word: u32) -> u32 {
        TypeUse::Word(word).renumbered(|index| self.new_type(index))
    }

    /// The place of a definition: its file, and for a function its name and first source line.
    pub fn place(&self, kind: Kind, index: u32) -> Place {
        let function = (kind == Kind::Func).then_some(index);
        Place::Binary(Box::new(BinaryPlace {
            file: self.name.clone(),
            function: function.map(|index| self.module.display_name(NameSpace::Func, index)),
            source: function.and_then(|index| self.module.source_place(index, 0)),
            ..BinaryPlace::default()
        }))
    }

    /// The place of a symbol.
    pub fn symbol_place(&self, symbol: &SymbolRow) -> Place {
        match symbol.kind() {
            Some(kind) => self.place(kind, symbol.index),
            None => self.file(),
        }
    }

    /// The input as a whole.
    pub fn file(&self) -> Place {
        Place::File(self.name.clone())
    }
}

/// Kind and type of something that can be defined and used. Types are those of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Thing {
    Func(u32),
    Table {
        elem: u32,
        index: u32,
        min: u64,
        max: u64,
    },
    Memory {
        index: u32,
        min: u64,
        max: u64,
    },
    Global {
        ty: u32,
        mutable: bool,
    },
    Data {
        passive: bool,
    },
    Tag(u32),
}

impl Thing {
    /// Whether a definition of this kind and type may be used as `wanted`: WebAssembly's import
    /// rules. Functions and immutable globals may have subtypes.
    pub fn satisfies(&self, wanted: &Thing, types: &Identity) -> bool {
        match (*self, *wanted) {
            (
                Thing::Table {
                    elem,
                    index,
                    min,
                    max,
                },
                Thing::Table {
                    elem: wanted_elem,
                    index: wanted_index,
                    min: wanted_min,
                    max: wanted_max,
                },
            ) => {
                (elem, index) == (wanted_elem, wanted_index)
                    && min >= wanted_min
                    && max <= wanted_max
            }
            (
                Thing::Memory { index, min, max },
                Thing::Memory {
                    index: wanted_index,
                    min: wanted_min,
                    max: wanted_max,
                },
            ) => index == wanted_index && min >= wanted_min && max <= wanted_max,
            (Thing::Data { passive }, Thing::Data { .. }) => !passive,
            (Thing::Func(ty), Thing::Func(wanted)) => types.is_declared_subtype(ty, wanted),
            (
                Thing::Global { ty, mutable: false },
                Thing::Global {
                    ty: wanted,
                    mutable: false,
                },
            ) => {
                let pair = ValType::from_word(ty).zip(ValType::from_word(wanted));
                pair.is_some_and(|(ty, wanted)| types.is_subtype(ty, wanted))
            }
            (mine, wanted) => mine == wanted,
        }
    }

    /// Whether a definition of this kind and type may take the place of another one: its input uses that as what
    /// it is, passive data too.
    pub fn replaces(&self, other: &Thing, types: &Identity) -> bool {
        match (self, other) {
            // Its initialisers may write what is immutable to others.
            (Thing::Data { .. }, Thing::Data { .. })
            | (Thing::Global { .. }, Thing::Global { .. }) => self == other,
            _ => self.satisfies(other, types),
        }
    }

    /// What satisfies both of two declarations of one thing, if anything can.
    pub fn both(&self, other: &Thing, types: &Identity) -> Option<Thing> {
        let mut joined = *self;
        match (&mut joined, *other) {
            (
                Thing::Table {
                    elem,
                    index,
                    min,
                    max,
                },
                Thing::Table {
                    elem: other_elem,
                    index: other_index,
                    min: other_min,
                    max: other_max,
                },
            ) if (*elem, *index) == (other_elem, other_index) => {
                *min = (*min).max(other_min);
                *max = (*max).min(other_max);
                (*min <= *max).then_some(joined)
            }
            (
                Thing::Memory { index, min, max },
                Thing::Memory {
                    index: other_index,
                    min: other_min,
                    max: other_max,
                },
            ) if *index == other_index => {
                *min = (*min).max(other_min);
                *max = (*max).min(other_max);
                (*min <= *max).then_some(joined)
            }
            _ if self.satisfies(other, types) => Some(joined),
            _ if other.satisfies(self, types) => Some(*other),
            _ => None,
        }
    }

    /// The thing in words, `func (i64) -> i64`. `types` are those of the result.
    pub fn describe(&self, types: &Joined) -> String {
        let name = |word: u32| match ValType::from_word(word) {
            Some(ty) => types.text(ty),
            None => "?".to_owned(),
        };
        match *self {
            Thing::Func(ty) => format!("func {}", types.func_text(ty)),
            Thing::Tag(ty) => format!("tag {}", types.func_text(ty)),
            Thing::Table {
                elem,
                index,
                min,
                max,
            } => format!(
                "table of {} {} index {}",
                name(elem),
                Range(min, max),
                name(index)
            ),
            Thing::Memory { index, min, max } => {
                format!("memory {} {}", name(index), Range(min, max))
            }
            Thing::Global { ty, mutable: false } => format!("global {}", name(ty)),
            Thing::Global { ty, mutable: true } => format!("global mut {}", name(ty)),
            Thing::Data { passive: false } => "data".to_owned(),
            Thing::Data { passive: true } => "passive data".to_owned(),
        }
    }
}

/// Minimum and maximum as the text form writes them.
struct Range(u64, u64);

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        match self.1 {
            NO_MAX => Ok(()),
            max => write!(f, " max {max}"),
        }
    }
}
