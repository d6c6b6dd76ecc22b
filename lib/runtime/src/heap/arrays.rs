//! Arrays: single elements, and many at a time.

use vbc_core::isa::Trap;

use super::access::signed;
use super::header::{SECOND, THIRD};
use super::{Heap, Kind, Ref, Storage, broken};

/// An element of an array, or the first of some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element {
    /// The array.
    pub array: Ref,
    /// A type that the array has, by number.
    pub number: u32,
    /// The index of the element.
    pub index: u32,
}

/// Elements as bytes.
struct Place {
    /// Where they begin, in bytes from the heap's base.
    at: u64,
    /// How many bytes they are.
    length: u64,
    /// What each is.
    storage: Storage,
}

impl Heap {
    /// The number of elements of an array.
    ///
    /// # Errors
    ///
    /// Null reference.
    pub fn array_len(&self, array: Ref) -> Result<u32, Trap> {
        if array.is_null() {
            return Err(Trap::NullReference);
        }
        debug_assert_eq!(self.kind_of(array), Some(Kind::Array), "{array:?}");
        let at = array.offset().ok_or_else(broken)?;
        self.space.word(at + SECOND).ok_or_else(broken)
    }

    /// What an element is, as a register holds it: zero-extended, `i8` and `i16` too.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access.
    pub fn get_element(&self, element: Element) -> Result<u64, Trap> {
        let place = self.place(element, 1)?;
        self.load(place.at, place.storage)
    }

    /// The same, but an `i8` or `i16` is sign-extended to an `i32`.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access.
    pub fn get_element_signed(&self, element: Element) -> Result<u64, Trap> {
        let place = self.place(element, 1)?;
        Ok(signed(self.load(place.at, place.storage)?, place.storage))
    }

    /// Stores what a register holds in an element. What is beyond the element's size is cut off.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access.
    pub fn set_element(&mut self, element: Element, value: u64) -> Result<(), Trap> {
        let place = self.place(element, 1)?;
        self.store(element.array, place.at, place.storage, value)
    }

    /// Stores what a register holds in `count` elements.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access, when not all are there.
    pub fn array_fill(&mut self, first: Element, value: u64, count: u32) -> Result<(), Trap> {
        let Place {
            at,
            length,
            storage,
        } = self.place(first, count)?;
        self.before_store(first.array, at..at + length, storage);
        let bytes = self.space.bytes_mut(at, length).ok_or_else(broken)?;
        let value = value.to_le_bytes();
        match storage.size() as usize {
            1 => bytes.fill(value[0]),
            size => {
                let elements = bytes.chunks_exact_mut(size);
                elements.for_each(|element| element.copy_from_slice(&value[..size]));
            }
        }
        Ok(())
    }

    /// Copies `count` elements as if by way of a buffer. Both arrays have elements of one size.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access, when not all are there.
    pub fn array_copy(&mut self, to: Element, from: Element, count: u32) -> Result<(), Trap> {
        if to.array.is_null() || from.array.is_null() {
            return Err(Trap::NullReference);
        }
        let (target, source) = (self.place(to, count)?, self.place(from, count)?);
        if target.length != source.length {
            return Err(broken());
        }
        let places = target.at..target.at + target.length;
        self.before_store(to.array, places, target.storage);
        let copied = self.space.copy_within(target.at, source.at, target.length);
        copied.ok_or_else(broken)
    }

    /// Fills as many elements as `bytes` are, which follow one another as in data: little-endian. They are numbers.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access, when not all are there.
    pub fn array_init_bytes(&mut self, first: Element, bytes: &[u8]) -> Result<(), Trap> {
        let element = self.field_of(first.number, 0).ok_or_else(broken)?;
        let count = bytes.len() as u64 >> element.storage.shift();
        let count = u32::try_from(count).map_err(|_| Trap::ArrayOutOfBounds)?;
        let elements = self.array_bytes_mut(first, count)?;
        let (whole, _) = bytes.split_at_checked(elements.len()).ok_or_else(broken)?;
        elements.copy_from_slice(whole);
        Ok(())
    }

    /// `count` elements that are numbers, as their bytes.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access, when not all are there.
    pub fn array_bytes(&self, first: Element, count: u32) -> Result<&[u8], Trap> {
        let place = self.numbers(first, count)?;
        self.space.bytes(place.at, place.length).ok_or_else(broken)
    }

    /// The same, to be written.
    ///
    /// # Errors
    ///
    /// Null reference; out of bounds array access, when not all are there.
    pub fn array_bytes_mut(&mut self, first: Element, count: u32) -> Result<&mut [u8], Trap> {
        let place = self.numbers(first, count)?;
        let bytes = self.space.bytes_mut(place.at, place.length);
        bytes.ok_or_else(broken)
    }

    /// Where `count` elements are that are numbers.
    fn numbers(&self, first: Element, count: u32) -> Result<Place, Trap> {
        let place = self.place(first, count)?;
        if place.storage == Storage::Ref {
            return Err(broken());
        }
        Ok(place)
    }

    /// Where `count` elements are.
    fn place(&self, first: Element, count: u32) -> Result<Place, Trap> {
        let at = self.object(first.array, first.number)?;
        let length = self.array_len(first.array)?;
        let index = u64::from(first.index);
        if index + u64::from(count) > u64::from(length) {
            return Err(Trap::ArrayOutOfBounds);
        }
        let storage = self.field_of(first.number, 0).ok_or_else(broken)?.storage;
        Ok(Place {
            at: at + THIRD + (index << storage.shift()),
            length: u64::from(count) << storage.shift(),
            storage,
        })
    }
}
