//! Where the parts of objects are, by type.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::ops::Range;

use vbc_core::isa::{HeapType, RefType, ValType};
use vbc_core::module::{CompositeType, FieldType, Identity, StorageType, SubType, Types};

use super::header::{PAYLOAD, SECOND, THIRD};

/// How a value lies in an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Storage {
    /// The low 8 bits of an i32.
    I8,
    /// The low 16 bits of an i32.
    I16,
    /// An i32.
    I32,
    /// An i64.
    I64,
    /// An f32.
    F32,
    /// An f64.
    F64,
    /// A function: its index plus one, or 0. It is not an object.
    Func,
    /// A [`Ref`](super::Ref), which collectors follow.
    Ref,
}

impl Storage {
    /// The size in bytes as a power of two: 0 to 3. Values are aligned to it.
    pub const fn shift(self) -> u8 {
        match self {
            Storage::I8 => 0,
            Storage::I16 => 1,
            Storage::I32 | Storage::F32 | Storage::Func | Storage::Ref => 2,
            Storage::I64 | Storage::F64 => 3,
        }
    }

    /// The size in bytes.
    pub const fn size(self) -> u64 {
        1 << self.shift()
    }

    /// How a field is stored. Fields cannot be pointers, but a tag's values are laid out in the same way.
    fn of(field: StorageType, types: &Types) -> Storage {
        match field {
            StorageType::I8 => Storage::I8,
            StorageType::I16 => Storage::I16,
            StorageType::Value(ValType::I32) => Storage::I32,
            StorageType::Value(ValType::I64 | ValType::Ptr) => Storage::I64,
            StorageType::Value(ValType::F32) => Storage::F32,
            StorageType::Value(ValType::F64) => Storage::F64,
            StorageType::Value(ValType::Ref(ty)) => match is_func(ty, types) {
                true => Storage::Func,
                false => Storage::Ref,
            },
        }
    }
}

/// Whether references of a type are to functions.
fn is_func(ty: RefType, types: &Types) -> bool {
    match ty.heap() {
        HeapType::Func | HeapType::NoFunc => true,
        HeapType::Defined(index) => types.func(index).is_some(),
        HeapType::Extern
        | HeapType::Any
        | HeapType::Eq
        | HeapType::I31
        | HeapType::Struct
        | HeapType::Array
        | HeapType::None
        | HeapType::NoExtern
        | HeapType::Exn
        | HeapType::NoExn => false,
    }
}

/// A field of a struct, a value of an exception, or the elements of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Field {
    /// Bytes from the object's start: at least 4, less than 2^17. Of elements, to the first of them.
    pub offset: u32,
    /// How it is stored.
    pub storage: Storage,
}

/// What objects of a type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// There are no such objects: the type is that of functions.
    Func,
    /// A struct.
    Struct,
    /// An array.
    Array,
    /// An exception.
    Exception,
    /// A value of the host's.
    Box,
}

/// What is known of a type. Native code reads it.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct TypeRow {
    /// What its objects are.
    pub kind: Kind,
    /// Of arrays, the size of an element in bytes as a power of two: 0 to 3.
    pub element_shift: u8,
    /// Bytes of an object, a multiple of 8; of an array without elements, 8.
    pub size: u32,
    /// Its place in an order in which the subtypes of each type follow it.
    pub position: u32,
    /// How many types there are from that place on that are the type itself, or its subtypes.
    pub subtypes: u32,
    /// Its fields in the list of all fields.
    fields: Part,
    /// Its part of the list of places of traced fields.
    traced: Part,
}

/// Neighbours in a list.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
struct Part {
    first: u32,
    count: u32,
}

impl Part {
    fn new(range: Range<usize>) -> Result<Part, TooManyTypes> {
        let number = |at| u32::try_from(at).map_err(|_| TooManyTypes);
        Ok(Part {
            first: number(range.start)?,
            count: number(range.len())?,
        })
    }

    fn of<T>(self, list: &[T]) -> &[T] {
        let first = self.first as usize;
        &list[first..first + self.count as usize]
    }
}

impl TypeRow {
    /// The bytes of an array with `length` elements.
    pub(super) fn array_size(&self, length: u32) -> u64 {
        let elements = u64::from(length) << self.element_shift;
        (u64::from(self.size) + elements).next_multiple_of(8)
    }
}

/// Why there is no [`TypeTable`]: a header cannot tell so many types and tags apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyTypes;

impl fmt::Display for TooManyTypes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = TypeTable::ROWS;
        write!(f, "more than {most} types and tags")
    }
}

impl std::error::Error for TooManyTypes {}

/// The types of a program's objects, by the number in their headers: the declared types by index, then exceptions by
/// tag, then boxes of the host's values. Made once for a program.
#[derive(Debug)]
pub struct TypeTable {
    rows: Vec<TypeRow>,
    fields: Vec<Field>,
    /// Bytes from an object's start to each reference that collectors follow.
    traced: Vec<u32>,
    /// By declared type: the first that is the same.
    firsts: Box<[u32]>,
}

impl TypeTable {
    /// How many rows there can be: as many as the number in a header tells apart.
    pub const ROWS: usize = 1 << 20;

    /// The table for a program's types, which have been verified, and its tags: for each, the index of the type of
    /// functions whose parameters are what an exception holds.
    ///
    /// # Errors
    ///
    /// When the types, the tags and the boxes are more than [`TypeTable::ROWS`].
    pub fn new(
        types: &Types,
        identity: &Identity,
        tags: &[u32],
    ) -> Result<TypeTable, TooManyTypes> {
        let count = types.len() + tags.len() + 1;
        if count > TypeTable::ROWS {
            return Err(TooManyTypes);
        }
        let mut table = TypeTable {
            rows: Vec::with_capacity(count),
            fields: Vec::new(),
            traced: Vec::new(),
            firsts: identity.firsts().into(),
        };
        for (index, ty) in types.iter().enumerate() {
            let first = table.number(index as u32) as usize;
            match table.rows.get(first) {
                Some(&row) => table.rows.push(row),
                None => table.declare(ty, types, identity)?,
            }
        }
        // By type: the first tag's row, whose fields all others share, for there may be many.
        let mut known = HashMap::new();
        for &ty in tags {
            let position = table.rows.len() as u32;
            match known.entry(table.number(ty)) {
                Entry::Occupied(first) => {
                    let row: TypeRow = table.rows[*first.get()];
                    table.rows.push(TypeRow { position, ..row });
                }
                Entry::Vacant(place) => {
                    place.insert(table.rows.len());
                    let values = types.func(ty).map_or(&[][..], |ty| &ty.params);
                    let own = values.iter().map(|&ty| StorageType::Value(ty));
                    let own = own.map(|ty| Storage::of(ty, types));
                    table.push_placed(Kind::Exception, PAYLOAD, &[], own, None)?;
                }
            }
        }
        let value = Field {
            offset: THIRD as u32,
            storage: Storage::I64,
        };
        table.push(Kind::Box, THIRD + 8, [value], None)?;
        Ok(table)
    }

    /// Appends the row of a declared type.
    fn declare(
        &mut self,
        ty: &SubType,
        types: &Types,
        identity: &Identity,
    ) -> Result<(), TooManyTypes> {
        let storage = |field: &FieldType| Storage::of(field.storage, types);
        let subtypes = identity.subtypes(self.rows.len() as u32);
        let order = Some((subtypes.start, subtypes.len() as u32));
        match &ty.composite {
            CompositeType::Func(_) => self.push(Kind::Func, 0, [], order),
            CompositeType::Struct(fields) => {
                let above = ty.supertype.and_then(|of| self.rows.get(of as usize));
                let above = above.map_or(Vec::new(), |row| self.fields_of(row).to_vec());
                let own = fields.iter().skip(above.len()).map(storage);
                self.push_placed(Kind::Struct, SECOND, &above, own, order)
            }
            CompositeType::Array(element) => {
                let element = Field {
                    offset: THIRD as u32,
                    storage: storage(element),
                };
                self.push(Kind::Array, THIRD, [element], order)
            }
        }
    }

    /// Appends the row of a type that has some fields already, and others that need a place at or after byte `start`.
    fn push_placed(
        &mut self,
        kind: Kind,
        start: u64,
        above: &[Field],
        own: impl Iterator<Item = Storage>,
        order: Option<(u32, u32)>,
    ) -> Result<(), TooManyTypes> {
        let ends = above
            .iter()
            .map(|field| u64::from(field.offset) + field.storage.size());
        let mut free = Free::from(ends.max().unwrap_or(start));
        let own: Vec<Field> = own.map(|storage| free.place(storage)).collect();
        let fields = above.iter().copied().chain(own);
        self.push(kind, free.end.next_multiple_of(8), fields, order)
    }

    /// Appends a row. Types that are not declared have no subtypes, and their place in the order is that in the table.
    fn push(
        &mut self,
        kind: Kind,
        size: u64,
        fields: impl IntoIterator<Item = Field>,
        order: Option<(u32, u32)>,
    ) -> Result<(), TooManyTypes> {
        let (first, first_traced) = (self.fields.len(), self.traced.len());
        self.fields.extend(fields);
        let own = &self.fields[first..];
        let traced = own.iter().filter(|field| field.storage == Storage::Ref);
        self.traced.extend(traced.map(|field| field.offset));
        let element_shift = match kind {
            Kind::Array => own.first().map_or(0, |element| element.storage.shift()),
            Kind::Func | Kind::Struct | Kind::Exception | Kind::Box => 0,
        };
        let (position, subtypes) = order.unwrap_or((self.rows.len() as u32, 1));
        self.rows.push(TypeRow {
            kind,
            element_shift,
            size: u32::try_from(size).map_err(|_| TooManyTypes)?,
            position,
            subtypes,
            fields: Part::new(first..self.fields.len())?,
            traced: Part::new(first_traced..self.traced.len())?,
        });
        Ok(())
    }

    /// The number that objects of a declared type have in their headers: the index of the first type that is the same.
    pub fn number(&self, index: u32) -> u32 {
        self.firsts.get(index as usize).copied().unwrap_or(index)
    }

    /// The number of exceptions with a tag.
    pub fn exception(&self, tag: u32) -> u32 {
        self.firsts.len() as u32 + tag
    }

    /// The number of boxes.
    pub fn extern_box(&self) -> u32 {
        self.rows.len() as u32 - 1
    }

    /// All rows, by type number.
    pub fn rows(&self) -> &[TypeRow] {
        &self.rows
    }

    /// The row of a type; none where there is no such type.
    pub fn get(&self, number: u32) -> Option<&TypeRow> {
        self.rows.get(number as usize)
    }

    /// The fields of a struct or an exception, the elements of an array, the value in a box.
    pub fn fields_of(&self, row: &TypeRow) -> &[Field] {
        row.fields.of(&self.fields)
    }

    /// Where in an object the references are that collectors follow, in bytes from its start; of an array, the first
    /// element, or nothing.
    pub fn traced_of(&self, row: &TypeRow) -> &[u32] {
        row.traced.of(&self.traced)
    }

    /// Whether objects of type `sub` are objects of type `of`, both by number.
    pub fn is_subtype(&self, sub: u32, of: u32) -> bool {
        match (self.get(sub), self.get(of)) {
            (Some(sub), Some(of)) => sub.position.wrapping_sub(of.position) < of.subtypes,
            _ => false,
        }
    }
}

/// Room for fields.
struct Free {
    /// Everything from here on is free.
    end: u64,
    /// What is free before, in ascending order: first byte, and the one after the last. There are never more than a
    /// few, since a gap is there only as long as nothing that came later fitted.
    gaps: Vec<(u64, u64)>,
}

impl Free {
    fn from(end: u64) -> Free {
        Free {
            end,
            gaps: Vec::new(),
        }
    }

    /// Takes the first place that is aligned.
    fn place(&mut self, storage: Storage) -> Field {
        let size = storage.size();
        let fits = |&(start, end): &(u64, u64)| start.next_multiple_of(size) + size <= end;
        let offset = match self.gaps.iter().position(fits) {
            Some(at) => {
                let (start, end) = self.gaps.remove(at);
                let offset = start.next_multiple_of(size);
                let rests = [(start, offset), (offset + size, end)];
                let rests = rests.into_iter().filter(|(start, end)| start < end);
                self.gaps.splice(at..at, rests);
                offset
            }
            None => {
                let offset = self.end.next_multiple_of(size);
                if self.end < offset {
                    self.gaps.push((self.end, offset));
                }
                self.end = offset + size;
                offset
            }
        };
        Field {
            offset: offset as u32,
            storage,
        }
    }
}
