//! Reading and writing the parts of objects.

use std::ops::Range;

use vbc_core::isa::Trap;

use super::header::{SECOND, THIRD};
use super::{Field, Heap, Kind, Ref, Storage, broken};

impl Heap {
    /// The type number of an object; none for null and small integers.
    pub fn type_of(&self, object: Ref) -> Option<u32> {
        self.header(object).map(|header| header.number())
    }

    /// What an object is; none for null and small integers.
    pub fn kind_of(&self, object: Ref) -> Option<Kind> {
        let row = self.types.get(self.type_of(object)?)?;
        Some(row.kind)
    }

    /// Whether a reference is to an object of a type, by number, or of a subtype. Null and small integers are not.
    pub fn is_instance(&self, object: Ref, number: u32) -> bool {
        let own = self.type_of(object);
        own.is_some_and(|own| own == number || self.types.is_subtype(own, number))
    }

    /// What a field of a struct or exception holds, as a register would: zero-extended, `i8` and `i16` too.
    ///
    /// `number` is a type that the object has, and `field` the field's index in it.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn get_field(&self, object: Ref, number: u32, field: u32) -> Result<u64, Trap> {
        let (at, storage) = self.field(object, number, field)?;
        self.load(at, storage)
    }

    /// The same, but an `i8` or `i16` is sign-extended to an `i32`.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn get_field_signed(&self, object: Ref, number: u32, field: u32) -> Result<u64, Trap> {
        let (at, storage) = self.field(object, number, field)?;
        Ok(signed(self.load(at, storage)?, storage))
    }

    /// Stores what a register holds in a field; see [`Heap::get_field`]. What is beyond the field's size is cut off.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn set_field(
        &mut self,
        object: Ref,
        number: u32,
        field: u32,
        value: u64,
    ) -> Result<(), Trap> {
        let (at, storage) = self.field(object, number, field)?;
        self.store(object, at, storage, value)
    }

    /// The tag of an exception, by its index.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn exception_tag(&self, exception: Ref) -> Result<u32, Trap> {
        let at = self.exception(exception)? + SECOND;
        self.space.word(at).ok_or_else(broken)
    }

    /// Where an exception was thrown, as whoever has thrown it writes such a place.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn exception_origin(&self, exception: Ref) -> Result<u64, Trap> {
        self.load(self.exception(exception)? + THIRD, Storage::I64)
    }

    /// Notes where an exception is thrown.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn set_exception_origin(&mut self, exception: Ref, origin: u64) -> Result<(), Trap> {
        let at = self.exception(exception)? + THIRD;
        self.store(exception, at, Storage::I64, origin)
    }

    /// The value of the host's that a reference is to the box of; none for null, small integers and other objects.
    pub fn extern_value(&self, object: Ref) -> Option<u64> {
        let own = self.type_of(object)?;
        let value = object.offset()? + THIRD;
        let value = || self.space.read(value).map(u64::from_le_bytes);
        (own == self.types.extern_box()).then(value).flatten()
    }

    /// Where an object of a type begins.
    pub(super) fn object(&self, object: Ref, number: u32) -> Result<u64, Trap> {
        if object.is_null() {
            return Err(Trap::NullReference);
        }
        debug_assert!(
            self.is_instance(object, number),
            "{object:?} has another type than {number}"
        );
        object.offset().ok_or_else(broken)
    }

    /// Where a field of an object is.
    fn field(&self, object: Ref, number: u32, field: u32) -> Result<(u64, Storage), Trap> {
        let at = self.object(object, number)?;
        let Field { offset, storage } = self.field_of(number, field).ok_or_else(broken)?;
        Ok((at + u64::from(offset), storage))
    }

    /// A field of a type.
    pub(super) fn field_of(&self, number: u32, field: u32) -> Option<Field> {
        let row = self.types.get(number)?;
        self.types.fields_of(row).get(field as usize).copied()
    }

    /// Where an exception begins.
    fn exception(&self, exception: Ref) -> Result<u64, Trap> {
        if exception.is_null() {
            return Err(Trap::NullReference);
        }
        let is_one = self.kind_of(exception) == Some(Kind::Exception);
        let at = exception.offset().filter(|_| is_one);
        at.ok_or_else(broken)
    }

    /// What is stored somewhere, zero-extended.
    pub(super) fn load(&self, at: u64, storage: Storage) -> Result<u64, Trap> {
        let space = &self.space;
        let value = match storage.shift() {
            0 => space.read(at).map(|it| u8::from_le_bytes(it).into()),
            1 => space.read(at).map(|it| u16::from_le_bytes(it).into()),
            2 => space.read(at).map(|it| u32::from_le_bytes(it).into()),
            _ => space.read(at).map(u64::from_le_bytes),
        };
        value.ok_or_else(broken)
    }

    /// Stores the low part of a slot in an object.
    pub(super) fn store(
        &mut self,
        object: Ref,
        at: u64,
        storage: Storage,
        value: u64,
    ) -> Result<(), Trap> {
        self.before_store(object, at..at + storage.size(), storage);
        let space = &mut self.space;
        let stored = match storage.shift() {
            0 => space.write(at, (value as u8).to_le_bytes()),
            1 => space.write(at, (value as u16).to_le_bytes()),
            2 => space.write(at, (value as u32).to_le_bytes()),
            _ => space.write(at, value.to_le_bytes()),
        };
        stored.ok_or_else(broken)
    }

    /// What has to be done before something is stored in an object, where that is references.
    pub(super) fn before_store(&mut self, object: Ref, places: Range<u64>, storage: Storage) {
        if storage == Storage::Ref {
            self.barrier_for(object, places);
        }
    }
}

/// An `i8` or `i16` that is zero-extended, as an `i32` that is sign-extended; other values as they are.
pub(super) fn signed(value: u64, storage: Storage) -> u64 {
    let extended = match storage {
        Storage::I8 => i32::from(value as i8),
        Storage::I16 => i32::from(value as i16),
        Storage::I32
        | Storage::I64
        | Storage::F32
        | Storage::F64
        | Storage::Func
        | Storage::Ref => return value,
    };
    u64::from(extended as u32)
}
