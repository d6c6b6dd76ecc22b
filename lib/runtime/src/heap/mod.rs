//! The managed heap: structs, arrays, exceptions, and boxes of the host's values (`docs/heap.md`).
//!
//! A heap belongs to one instance. What its objects look like, how they are allocated and what is done before a
//! reference is stored is the same for every collector, so that code does not depend on which one runs.
//!
//! All operations are safe: a null reference and an index that is not in the array are traps, before anything is
//! written. What else they rely on, verified code guarantees: that an object has the type that is named, and a type the
//! field. Where that does not hold, debug assertions fail; without them, the operation reads or writes other objects of
//! the heap at worst, or is refused with the trap for null references.
//!
//! ```
//! use std::sync::Arc;
//!
//! use vbc_core::isa::{Trap, ValType};
//! use vbc_core::module::{CompositeType, FieldType, StorageType, SubType, Types};
//! use vbc_runtime::heap::{Element, Heap, HeapOptions, TypeTable};
//!
//! let byte = FieldType { storage: StorageType::I8, is_mutable: true };
//! let bytes = SubType::new(CompositeType::Array(byte), None, true);
//! let types: Types = [bytes].into_iter().collect();
//! let table = TypeTable::new(&types, &types.identities(), &[])?;
//! let mut heap = Heap::new(Arc::new(table), &HeapOptions::default())?;
//!
//! let number = heap.types().number(0);
//! let array = heap.alloc_array(number, 5, &mut ()).unwrap();
//! let first = Element { array, number, index: 0 };
//! heap.array_init_bytes(first, b"hello").unwrap();
//! assert_eq!(heap.get_element(Element { index: 4, ..first }), Ok(b'o'.into()));
//! assert_eq!(heap.array_fill(first, 0, 6), Err(Trap::ArrayOutOfBounds));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod arrays;
mod collector;
mod header;
mod layout;
mod none;
mod reference;
mod space;
#[cfg(test)]
mod tests;
mod verify;

pub use arrays::Element;
pub use collector::{Collector, Roots, UnknownCollector};
pub use layout::{Field, Kind, Storage, TooManyTypes, TypeRow, TypeTable};
pub use reference::Ref;
pub use space::AllocPair;
pub use verify::{Defect, Fault, Statistics};

use std::io;
use std::ops::Range;
use std::sync::Arc;

use vbc_core::isa::Trap;

use collector::Policy;
use header::{Header, SECOND, THIRD};
use space::Space;

/// Bounds of a heap, and how it makes room.
#[derive(Clone, Debug)]
pub struct HeapOptions {
    /// How it makes room.
    pub collector: Collector,
    /// Bytes that objects may take, headers and padding included. What is more than the region has counts as that.
    pub max_heap: u64,
}

impl HeapOptions {
    /// The default of [`HeapOptions::max_heap`].
    pub const DEFAULT_HEAP: u64 = 4 << 30;
}

impl Default for HeapOptions {
    /// 4 GiB, and nothing is freed.
    fn default() -> HeapOptions {
        HeapOptions {
            collector: Collector::default(),
            max_heap: HeapOptions::DEFAULT_HEAP,
        }
    }
}

/// The objects of an instance.
#[derive(Debug)]
pub struct Heap {
    space: Space,
    types: Arc<TypeTable>,
    policy: Box<dyn Policy>,
}

impl Heap {
    /// The size in bytes beyond which an object is large: code does not allocate it by itself, by way of [`AllocPair`].
    pub const LARGE: u64 = 8 << 10;

    /// The most bytes that an array takes, its header and length included.
    pub const LARGEST_ARRAY: u64 = 2 << 30;

    /// A heap without objects, for those of the types in a table.
    ///
    /// # Errors
    ///
    /// The system's when it has no 320 MiB of address space left.
    pub fn new(types: Arc<TypeTable>, options: &HeapOptions) -> io::Result<Heap> {
        Ok(Heap {
            space: Space::new(options.max_heap)?,
            types,
            policy: options.collector.policy(),
        })
    }

    /// Lets objects take no more than `bytes`, and no more than [`HeapOptions::max_heap`], from now on. Those that are
    /// there stay.
    pub fn limit(&mut self, bytes: u64) {
        self.space.limit(bytes);
    }

    /// The types of the objects.
    pub fn types(&self) -> &Arc<TypeTable> {
        &self.types
    }

    /// The address that references count from. It stays the same as long as the heap is there.
    pub fn base(&self) -> *mut u8 {
        self.space.base()
    }

    /// How many bytes from the base on references can lead to: 16 GiB, or less where the system does not have as much.
    pub fn region(&self) -> u64 {
        self.space.region()
    }

    /// The address of the numbers by which code allocates, which stays the same as long as the heap is there. Code may
    /// write them while nothing else uses the heap.
    pub fn alloc_pair(&self) -> *mut AllocPair {
        self.space.pair()
    }

    /// A new struct of a type, by number, with zeros and null in its fields.
    ///
    /// # Errors
    ///
    /// Heap exhausted.
    pub fn alloc_struct(&mut self, number: u32, roots: &mut dyn Roots) -> Result<Ref, Trap> {
        let row = self.row(number, Kind::Struct)?;
        self.allocate(number, row.size.into(), roots)
    }

    /// A new array of a type, by number, of `length` zeros or nulls.
    ///
    /// # Errors
    ///
    /// Allocation too large, when that were more than [`Heap::LARGEST_ARRAY`] bytes; heap exhausted.
    pub fn alloc_array(
        &mut self,
        number: u32,
        length: u32,
        roots: &mut dyn Roots,
    ) -> Result<Ref, Trap> {
        let size = self.array_size(number, length)?;
        let array = self.allocate(number, size, roots)?;
        self.write(array, SECOND, length.to_le_bytes())?;
        Ok(array)
    }

    /// The bytes that an array of a type, by number, takes.
    ///
    /// # Errors
    ///
    /// Allocation too large, when they were more than [`Heap::LARGEST_ARRAY`].
    pub fn array_size(&self, number: u32, length: u32) -> Result<u64, Trap> {
        let size = self.row(number, Kind::Array)?.array_size(length);
        match size <= Heap::LARGEST_ARRAY {
            true => Ok(size),
            false => Err(Trap::AllocationTooLarge),
        }
    }

    /// A new exception with a tag, by its index, with zeros and null as values and 0 as origin.
    ///
    /// # Errors
    ///
    /// Heap exhausted.
    pub fn alloc_exception(&mut self, tag: u32, roots: &mut dyn Roots) -> Result<Ref, Trap> {
        let number = self.types.exception(tag);
        let row = self.row(number, Kind::Exception)?;
        let exception = self.allocate(number, row.size.into(), roots)?;
        self.write(exception, SECOND, tag.to_le_bytes())?;
        Ok(exception)
    }

    /// A new box with a value of the host's.
    ///
    /// # Errors
    ///
    /// Heap exhausted.
    pub fn alloc_extern(&mut self, value: u64, roots: &mut dyn Roots) -> Result<Ref, Trap> {
        let number = self.types.extern_box();
        let row = self.row(number, Kind::Box)?;
        let object = self.allocate(number, row.size.into(), roots)?;
        self.write(object, THIRD, value.to_le_bytes())?;
        Ok(object)
    }

    /// What has to be done before a reference is stored in an object that is not new, `slot` bytes from the base.
    /// [`Heap::set_field`] and its like do it by themselves.
    pub fn barrier(&mut self, object: Ref, slot: u64) {
        self.barrier_for(object, slot..slot + Ref::SIZE);
    }

    /// The same for all references in a range.
    fn barrier_for(&mut self, object: Ref, slots: Range<u64>) {
        if self.header(object).is_some_and(Header::is_unlogged) {
            self.policy.log(&mut self.space, object, slots);
        }
    }

    /// The row of a type whose objects are of a kind.
    fn row(&self, number: u32, kind: Kind) -> Result<TypeRow, Trap> {
        let row = self.types.get(number).filter(|row| row.kind == kind);
        row.copied().ok_or_else(broken)
    }

    /// A new object with a header, and zeros in the rest of its `size` bytes, a multiple of 8.
    fn allocate(&mut self, number: u32, size: u64, roots: &mut dyn Roots) -> Result<Ref, Trap> {
        let small = size <= Heap::LARGE;
        let next = small.then(|| self.space.bump(size)).flatten();
        let object = match next {
            Some(object) => object,
            None => self.policy.allocate(&mut self.space, size, roots)?,
        };
        self.write(object, 0, Header::new(number).0.to_le_bytes())?;
        Ok(object)
    }

    /// Writes a part of an object that has just been allocated.
    fn write<const N: usize>(&mut self, object: Ref, at: u64, bytes: [u8; N]) -> Result<(), Trap> {
        let place = object.offset().ok_or_else(broken)? + at;
        self.space.write(place, bytes).ok_or_else(broken)
    }

    /// The header of an object; none for null, small integers, and what leads out of the heap.
    fn header(&self, object: Ref) -> Option<Header> {
        Some(Header(self.space.word(object.offset()?)?))
    }
}

/// The trap for a reference to what is no object of the type that is named, which verified code does not have.
#[cold]
fn broken() -> Trap {
    debug_assert!(false, "no such object of this type is in the heap");
    Trap::NullReference
}
