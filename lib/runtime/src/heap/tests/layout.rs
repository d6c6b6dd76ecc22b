//! Where fields are, and what the table of types says.

use std::mem::{offset_of, size_of};

use super::*;
use crate::heap::{Kind, Storage, TooManyTypes, TypeRow};
use vbc_core::isa::FuncType;

/// Where the fields of a type are, and the size of its objects.
fn places(table: &TypeTable, number: u32) -> (Vec<u32>, u32) {
    let row = table.get(number).unwrap();
    let fields = table.fields_of(row).iter();
    (fields.map(|field| field.offset).collect(), row.size)
}

#[test]
fn fields_fill_gaps_of_their_own_type() {
    for (fields, expected, size) in [
        (&[][..], &[][..], 8),
        (&[I8], &[4], 8),
        (&[I32], &[4], 8),
        (&[I64], &[8], 16),
        (&[I64, I32], &[8, 4], 16),
        (&[I64, I64, I8, I16, I8], &[8, 16, 4, 6, 5], 24),
        (&[I8, I64, I16, I32], &[4, 8, 6, 16], 24),
        (&[F32, F64, any(), any()], &[4, 8, 16, 20], 24),
        (&[I8, I32, F64, I16, I8], &[4, 8, 16, 6, 5], 24),
    ] {
        let found = places(&table([structure(fields, None)], &[]), 0);
        assert_eq!(found, (expected.to_vec(), size), "{fields:?}");
    }
    // What documentation shows: the super's gap stays free.
    let above = [I8, I64, I16, I32];
    let below = [&above[..], &[I32, I8]].concat();
    let table = table([structure(&above, None), structure(&below, Some(0))], &[]);
    assert_eq!(places(&table, 1), (vec![4, 8, 6, 16, 20, 24], 32));
}

#[test]
fn every_field_is_at_the_first_free_place() {
    /// Places by looking at every byte, and the end of the last one.
    fn naive(fields: &[(StorageType, usize)], start: usize, places: &mut Vec<u32>) -> usize {
        let (mut taken, mut end) = ([false; 128], start);
        for &(_, size) in fields {
            let mut candidates = (start..).filter(|at| at % size == 0);
            let free = |&at: &usize| !taken[at..at + size].contains(&true);
            let at = candidates.find(free).unwrap();
            taken[at..at + size].fill(true);
            places.push(at as u32);
            end = end.max(at + size);
        }
        end
    }
    const KINDS: [(StorageType, usize); 4] = [(I8, 1), (I16, 2), (I32, 4), (I64, 8)];
    // All structs of six fields, as such and with the last three in a subtype.
    for code in 0..4_usize.pow(6) {
        let fields: Vec<_> = (0..6).map(|i| KINDS[code >> (2 * i) & 3]).collect();
        let storages: Vec<_> = fields.iter().map(|field| field.0).collect();
        let types = [
            structure(&storages, None),
            structure(&storages[..3], None),
            structure(&storages, Some(1)),
        ];
        let table = table(types, &[]);
        let mut whole = Vec::new();
        let end = naive(&fields, 4, &mut whole).next_multiple_of(8);
        assert_eq!(places(&table, 0), (whole, end as u32), "{storages:?}");
        let mut parts = Vec::new();
        let end = naive(&fields[..3], 4, &mut parts);
        let end = naive(&fields[3..], end, &mut parts).next_multiple_of(8);
        assert_eq!(places(&table, 2), (parts, end as u32), "{storages:?}");
    }
}

#[test]
fn functions_are_not_traced() {
    let func = SubType::from(FuncType::default());
    let fields = [
        to(HeapType::Func),
        to(HeapType::NoFunc),
        to(HeapType::Defined(0)),
        any(),
        to(HeapType::Extern),
        to(HeapType::Exn),
        to(HeapType::Defined(1)),
        to(HeapType::None),
        to(HeapType::NoExtern),
        to(HeapType::NoExn),
        to(HeapType::I31),
        I32,
    ];
    let types = [
        func,
        structure(&[], None),
        structure(&fields, None),
        array(any()),
        array(to(HeapType::Func)),
    ];
    let table = table(types, &[]);
    let traced = |number| table.traced_of(table.get(number).unwrap());
    assert_eq!(traced(2), [16, 20, 24, 28, 32, 36, 40, 44]);
    assert_eq!(
        (traced(1), traced(3), traced(4)),
        (&[][..], &[8][..], &[][..])
    );
    let fields = table.fields_of(table.get(2).unwrap());
    assert!(
        fields[..3]
            .iter()
            .all(|field| field.storage == Storage::Func)
    );
    assert!(
        fields[3..11]
            .iter()
            .all(|field| field.storage == Storage::Ref)
    );
    assert_eq!(fields[11].storage, Storage::I32);
}

#[test]
fn rows_are_what_native_code_reads() {
    assert_eq!(size_of::<TypeRow>(), 32);
    assert_eq!((Kind::Func as u8, Kind::Box as u8), (0, 4));
    assert_eq!(offset_of!(TypeRow, kind), 0);
    assert_eq!(offset_of!(TypeRow, element_shift), 1);
    assert_eq!(offset_of!(TypeRow, size), 4);
    assert_eq!(offset_of!(TypeRow, position), 8);
    assert_eq!(offset_of!(TypeRow, subtypes), 12);
    let values = [ValType::I64, ValType::EXTERNREF, ValType::F32];
    let types = [
        SubType::from(FuncType::new(&values, &[])),
        structure(&[], None),
        array(I64),
        array(I8),
    ];
    let table = table(types, &[0]);
    let row = |number: u32| *table.get(number).unwrap();
    let kinds: Vec<Kind> = table.rows().iter().map(|row| row.kind).collect();
    let (array, exception) = (Kind::Array, Kind::Exception);
    assert_eq!(
        kinds,
        [Kind::Func, Kind::Struct, array, array, exception, Kind::Box]
    );
    assert_eq!((row(2).size, row(2).element_shift), (8, 3));
    assert_eq!((row(3).size, row(3).element_shift), (8, 0));
    assert_eq!((table.exception(0), table.extern_box()), (4, 5));
    assert_eq!(places(&table, 4), (vec![16, 24, 28], 32));
    assert_eq!(table.traced_of(&row(4)), [24]);
    assert_eq!(places(&table, 5), (vec![8], 16));
    assert!(table.get(6).is_none());
}

#[test]
fn equal_types_are_one() {
    let types = [
        structure(&[I32], None),
        structure(&[I64], None),
        structure(&[I32], None),
        structure(&[I32, I8], Some(2)),
    ];
    let table = table(types, &[]);
    let numbers: Vec<u32> = (0..4).map(|index| table.number(index)).collect();
    assert_eq!(numbers, [0, 1, 0, 3]);
    assert_eq!(places(&table, 2), places(&table, 0));
    assert!(table.is_subtype(3, 0) && !table.is_subtype(3, 1) && !table.is_subtype(0, 3));
    assert_eq!(places(&table, 3), (vec![4, 8], 16));
}

#[test]
fn more_types_than_a_header_can_name_are_refused() {
    let params = [ValType::EXTERNREF; 1000];
    let types: Types = [FuncType::new(&params, &[])].into_iter().collect();
    let identity = types.identities();
    let tags = vec![0; TypeTable::ROWS - 1];
    let refused = TypeTable::new(&types, &identity, &tags).unwrap_err();
    assert_eq!(refused, TooManyTypes);
    assert_eq!(refused.to_string(), "more than 1048576 types and tags");
    let table = TypeTable::new(&types, &identity, &tags[1..]).unwrap();
    assert_eq!(table.extern_box() as usize, TypeTable::ROWS - 1);
    // A million exceptions of a thousand values have one list of fields.
    let [first, last] = [0, tags.len() as u32 - 2].map(|tag| table.exception(tag));
    let fields = |number| table.fields_of(table.get(number).unwrap());
    assert_eq!(fields(last).len(), 1000);
    assert!(std::ptr::eq(fields(first), fields(last)));
    assert!(table.is_subtype(last, last) && !table.is_subtype(last, first));
}
