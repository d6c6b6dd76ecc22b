//! The types that a module declares (`docs/format.md`, TYPE): functions, structs and arrays, in groups.

mod identity;
mod intern;
mod order;
mod uses;

pub use identity::{Identity, TypeFault};
#[doc(hidden)]
pub use intern::TypeInterner;
#[doc(hidden)]
pub use order::TypeOrder;
#[doc(hidden)]
pub use uses::TypeUse;

use std::ops::Range;

use crate::isa::{FuncType, HeapType, MUTABLE_FIELD, RefType, ValType};

/// A declared type. WebAssembly calls it a subtype.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubType {
    /// What values of the type are.
    pub composite: CompositeType,
    /// Whether no other type can have it as its super.
    pub is_final: bool,
    /// The index of the type whose subtype it is declared to be.
    pub supertype: Option<u32>,
    /// Whether a group of types that may refer to each other begins with it.
    pub starts_group: bool,
}

/// What values of a declared type are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CompositeType {
    /// A function.
    Func(FuncType),
    /// A struct with these fields, at most 10,000.
    Struct(Box<[FieldType]>),
    /// An array of such elements.
    Array(FieldType),
}

/// A field of a struct, or the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldType {
    /// What it holds.
    pub storage: StorageType,
    /// Whether it may be changed.
    pub is_mutable: bool,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StorageType {
    /// The low 8 bits of an i32.
    I8,
    /// The low 16 bits of an i32.
    I16,
    /// A value.
    Value(ValType),
}

impl StorageType {
    const I8_WORD: u32 = 9;
    const I16_WORD: u32 = 10;

    /// The type word, without the bit of fields that may be changed.
    pub fn word(self) -> u32 {
        match self {
            StorageType::I8 => StorageType::I8_WORD,
            StorageType::I16 => StorageType::I16_WORD,
            StorageType::Value(ty) => ty.word(),
        }
    }

    /// The type in words, with what `name` calls a declared type: `i8`, `ref null point`.
    pub fn text(self, name: impl Fn(u32) -> String) -> String {
        match self {
            StorageType::I8 => "i8".to_owned(),
            StorageType::I16 => "i16".to_owned(),
            StorageType::Value(ty) => ty.text(name),
        }
    }
}

impl FieldType {
    /// The type word.
    pub fn word(self) -> u32 {
        let mutable = if self.is_mutable { MUTABLE_FIELD } else { 0 };
        self.storage.word() | mutable
    }

    /// The field that a type word means; see [`ValType::from_word`].
    pub fn from_word(word: u32) -> Option<FieldType> {
        let storage = match word & !MUTABLE_FIELD {
            StorageType::I8_WORD => StorageType::I8,
            StorageType::I16_WORD => StorageType::I16,
            other => StorageType::Value(ValType::from_word(other)?),
        };
        Some(FieldType {
            storage,
            is_mutable: word & MUTABLE_FIELD != 0,
        })
    }

    /// The type that its values have in registers: `i32` for packed ones.
    pub const fn unpacked(self) -> ValType {
        match self.storage {
            StorageType::I8 | StorageType::I16 => ValType::I32,
            StorageType::Value(ty) => ty,
        }
    }

    /// Whether it holds the low bits of an i32, so that reading it has to say how they are extended.
    pub const fn is_packed(self) -> bool {
        match self.storage {
            StorageType::I8 | StorageType::I16 => true,
            StorageType::Value(_) => false,
        }
    }

    fn map(&mut self, mut each: impl FnMut(&mut ValType)) {
        if let StorageType::Value(ty) = &mut self.storage {
            each(ty);
        }
    }
}

impl CompositeType {
    /// The code of functions in the rows of TYPE.
    pub(crate) const FUNC: u32 = 0;
    /// The code of structs.
    pub(crate) const STRUCT: u32 = 1;
    /// The code of arrays.
    pub(crate) const ARRAY: u32 = 2;

    /// What its row of TYPE states about it: the code, and the counts `a` and `b`, whose sum is the number of its type
    /// words.
    pub(crate) fn header(&self) -> (u32, usize, usize) {
        match self {
            CompositeType::Func(ty) => (Self::FUNC, ty.params.len(), ty.results.len()),
            CompositeType::Struct(fields) => (Self::STRUCT, fields.len(), 0),
            CompositeType::Array(_) => (Self::ARRAY, 1, 0),
        }
    }

    /// The word for what it is: `func`, `struct`, `array`.
    pub const fn kind(&self) -> &'static str {
        match self {
            CompositeType::Func(_) => "func",
            CompositeType::Struct(_) => "struct",
            CompositeType::Array(_) => "array",
        }
    }

    /// The type of functions that it is.
    pub const fn func(&self) -> Option<&FuncType> {
        match self {
            CompositeType::Func(ty) => Some(ty),
            CompositeType::Struct(_) | CompositeType::Array(_) => None,
        }
    }

    /// The word for several of what it is: `functions`, `structs`, `arrays`.
    pub const fn plural(&self) -> &'static str {
        match self {
            CompositeType::Func(_) => "functions",
            CompositeType::Struct(_) => "structs",
            CompositeType::Array(_) => "arrays",
        }
    }

    /// The abstract type of everything of this kind.
    pub const fn heap(&self) -> HeapType {
        match self {
            CompositeType::Func(_) => HeapType::Func,
            CompositeType::Struct(_) => HeapType::Struct,
            CompositeType::Array(_) => HeapType::Array,
        }
    }

    /// The fields of a struct, the one of an array, none of a function.
    pub fn fields(&self) -> &[FieldType] {
        match self {
            CompositeType::Func(_) => &[],
            CompositeType::Struct(fields) => fields,
            CompositeType::Array(element) => std::slice::from_ref(element),
        }
    }

    /// The number of fields that may have names: those of a struct.
    pub fn named_fields(&self) -> usize {
        match self {
            CompositeType::Struct(fields) => fields.len(),
            CompositeType::Func(_) | CompositeType::Array(_) => 0,
        }
    }

    /// Its type words, in the order of the file.
    pub fn words(&self) -> impl Iterator<Item = u32> {
        let (params, results) = match self {
            CompositeType::Func(ty) => (&*ty.params, &*ty.results),
            CompositeType::Struct(_) | CompositeType::Array(_) => (&[][..], &[][..]),
        };
        let values = params.iter().chain(results).map(|ty| ty.word());
        values.chain(self.fields().iter().map(|field| field.word()))
    }

    /// Changes all value types.
    fn map(&mut self, mut each: impl FnMut(&mut ValType)) {
        match self {
            CompositeType::Func(ty) => ty.params.iter_mut().chain(&mut ty.results).for_each(each),
            CompositeType::Struct(fields) => {
                fields.iter_mut().for_each(|field| field.map(&mut each))
            }
            CompositeType::Array(element) => element.map(each),
        }
    }
}

impl From<FuncType> for SubType {
    /// A final type of functions in a group of its own.
    fn from(ty: FuncType) -> SubType {
        SubType::new(CompositeType::Func(ty), None, true)
    }
}

impl SubType {
    /// A type in a group of its own.
    pub fn new(composite: CompositeType, supertype: Option<u32>, is_final: bool) -> SubType {
        SubType {
            composite,
            is_final,
            supertype,
            starts_group: true,
        }
    }

    /// The type of functions that it is.
    pub fn func(&self) -> Option<&FuncType> {
        self.composite.func()
    }

    /// The indexes of the types that it refers to, its super first.
    pub fn references(&self) -> impl Iterator<Item = u32> {
        let words = self.composite.words();
        let types = words.filter_map(|word| ValType::from_word(word & !MUTABLE_FIELD)?.defined());
        self.supertype.into_iter().chain(types)
    }

    /// The type with the indexes of other types changed.
    #[must_use]
    pub fn renumbered(&self, map: impl Fn(u32) -> u32) -> SubType {
        let mut new = self.clone();
        new.supertype = self.supertype.map(&map);
        new.composite.map(|ty| *ty = ty.renumbered(&map));
        new
    }
}

impl ValType {
    /// The type with the index of the declared type that it refers to, if it does, changed.
    #[must_use]
    pub fn renumbered(self, map: impl Fn(u32) -> u32) -> ValType {
        match (self, self.defined()) {
            (ValType::Ref(ty), Some(index)) => {
                let heap = HeapType::Defined(map(index));
                ValType::Ref(RefType::new(ty.is_nullable(), heap))
            }
            _ => self,
        }
    }
}

/// The declared types of a module, by index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types {
    rows: Vec<SubType>,
}

impl Types {
    /// The number of types.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The type with an index.
    pub fn get(&self, index: u32) -> Option<&SubType> {
        self.rows.get(index as usize)
    }

    /// The type of functions with an index; none where there is no such type, or it is another kind of type.
    #[inline]
    pub fn func(&self, index: u32) -> Option<&FuncType> {
        self.rows.get(index as usize)?.func()
    }

    /// The types of functions among them.
    pub fn funcs(&self) -> impl Iterator<Item = &FuncType> {
        self.rows.iter().filter_map(SubType::func)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, SubType> {
        self.rows.iter()
    }

    /// Appends a type, which does not change what those before it are unless it continues their group.
    pub fn push(&mut self, ty: SubType) {
        self.rows.push(ty);
    }

    /// Whether a type is what a signature means: a final one of functions without super, in a group of its own, that
    /// does not refer to itself.
    pub fn is_signature(&self, index: u32) -> bool {
        let next = self.rows.get(index as usize + 1);
        let ends_group = next.is_none_or(|next| next.starts_group);
        self.get(index).is_some_and(|ty| {
            let alone = ty.starts_group && ends_group;
            let plain = alone && ty.is_final && ty.supertype.is_none() && ty.func().is_some();
            plain && ty.references().all(|other| other != index)
        })
    }

    /// For a reference the type of all references of its hierarchy, `funcref`, `externref`, `anyref` or `exnref`; other
    /// types as they are.
    pub fn hierarchy(&self, ty: ValType) -> ValType {
        let ValType::Ref(reference) = ty else {
            return ty;
        };
        let top = match reference.heap() {
            HeapType::Defined(index) if self.func(index).is_some() => HeapType::Func,
            HeapType::Func | HeapType::NoFunc => HeapType::Func,
            HeapType::Extern | HeapType::NoExtern => HeapType::Extern,
            HeapType::Exn | HeapType::NoExn => HeapType::Exn,
            HeapType::Any
            | HeapType::Eq
            | HeapType::I31
            | HeapType::Struct
            | HeapType::Array
            | HeapType::None
            | HeapType::Defined(_) => HeapType::Any,
        };
        ValType::Ref(RefType::new(true, top))
    }

    /// The groups, each as the indexes of its types.
    pub fn groups(&self) -> impl Iterator<Item = Range<usize>> {
        let mut start = 0;
        std::iter::from_fn(move || {
            self.rows.get(start)?;
            let rest = self.rows[start + 1..].iter();
            let more = rest.take_while(|ty| !ty.starts_group).count();
            let group = start..start + 1 + more;
            start = group.end;
            Some(group)
        })
    }

    /// Whether only modules with managed objects may have such types.
    pub fn are_managed(&self) -> bool {
        self.rows.iter().enumerate().any(|(index, ty)| {
            let mut values = ty
                .func()
                .into_iter()
                .flat_map(|ty| ty.params.iter().chain(&ty.results));
            !self.is_signature(index as u32) || values.any(|ty| ty.is_managed())
        })
    }

    /// Which of them are the same type, and which are subtypes of which.
    pub fn identities(&self) -> Identity {
        Identity::of(self)
    }
}

impl FromIterator<SubType> for Types {
    fn from_iter<I: IntoIterator<Item = SubType>>(types: I) -> Types {
        Types {
            rows: types.into_iter().collect(),
        }
    }
}

impl FromIterator<FuncType> for Types {
    fn from_iter<I: IntoIterator<Item = FuncType>>(types: I) -> Types {
        types.into_iter().map(SubType::from).collect()
    }
}

impl<'a> IntoIterator for &'a Types {
    type Item = &'a SubType;
    type IntoIter = std::slice::Iter<'a, SubType>;

    fn into_iter(self) -> Self::IntoIter {
        self.rows.iter()
    }
}
