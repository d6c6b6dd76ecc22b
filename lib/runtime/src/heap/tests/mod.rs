//! Tests, by subject, and the types that they use.

mod access;
#[cfg(target_os = "linux")]
mod address_space;
mod arrays;
mod barrier;
mod layout;
mod limits;
mod verify;

use std::sync::Arc;

use vbc_core::isa::{HeapType, RefType, ValType};
use vbc_core::module::{CompositeType, FieldType, StorageType, SubType, Types};

use super::{Heap, HeapOptions, TypeTable};

const I8: StorageType = StorageType::I8;
const I16: StorageType = StorageType::I16;
const I32: StorageType = StorageType::Value(ValType::I32);
const I64: StorageType = StorageType::Value(ValType::I64);
const F32: StorageType = StorageType::Value(ValType::F32);
const F64: StorageType = StorageType::Value(ValType::F64);

/// Fields of references to everything of an abstract type.
fn to(heap: HeapType) -> StorageType {
    StorageType::Value(ValType::Ref(RefType::new(true, heap)))
}

/// Fields of any object.
fn any() -> StorageType {
    to(HeapType::Any)
}

fn field(storage: StorageType) -> FieldType {
    FieldType {
        storage,
        is_mutable: true,
    }
}

/// An open struct.
fn structure(fields: &[StorageType], supertype: Option<u32>) -> SubType {
    let fields = fields.iter().copied().map(field).collect();
    SubType::new(CompositeType::Struct(fields), supertype, false)
}

fn array(element: StorageType) -> SubType {
    SubType::new(CompositeType::Array(field(element)), None, true)
}

fn table(types: impl IntoIterator<Item = SubType>, tags: &[u32]) -> TypeTable {
    let types: Types = types.into_iter().collect();
    let identity = types.identities();
    assert_eq!(identity.faults(&types), []);
    TypeTable::new(&types, &identity, tags).unwrap()
}

fn heap_with(table: TypeTable, max_heap: u64) -> Heap {
    let options = HeapOptions {
        max_heap,
        ..HeapOptions::default()
    };
    Heap::new(Arc::new(table), &options).unwrap()
}

/// A heap for objects of these types, with 16 MiB.
fn heap(types: impl IntoIterator<Item = SubType>) -> Heap {
    heap_with(table(types, &[]), 16 << 20)
}

/// Types of 8 and 16 bytes, and arrays of bytes and of i64.
fn sizes() -> TypeTable {
    let types = [
        structure(&[I32], None),
        structure(&[I64], None),
        array(I8),
        array(I64),
    ];
    table(types, &[])
}
