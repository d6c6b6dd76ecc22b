//! Arrays: bounds, and many elements at a time.

use super::*;
use crate::heap::{Element, Ref};
use vbc_core::isa::Trap;

const BOUNDS: Trap = Trap::ArrayOutOfBounds;

fn element(array: Ref, index: u32) -> Element {
    Element {
        array,
        number: 0,
        index,
    }
}

/// A heap with an array of such elements, which count from 1.
fn counting(storage: StorageType, length: u32) -> (Heap, Ref) {
    let mut heap = heap([array(storage)]);
    let array = heap.alloc_array(0, length, &mut ()).unwrap();
    for index in 0..length {
        let value = u64::from(index) + 1;
        heap.set_element(element(array, index), value).unwrap();
    }
    (heap, array)
}

fn contents(heap: &Heap, array: Ref) -> Vec<u64> {
    let all = 0..heap.array_len(array).unwrap();
    all.map(|index| heap.get_element(element(array, index)).unwrap())
        .collect()
}

#[test]
fn nothing_outside_is_touched() {
    for storage in [I8, I16, I32, I64, to(HeapType::Func)] {
        let (mut heap, array) = counting(storage, 5);
        let other = heap.alloc_array(0, 5, &mut ()).unwrap();
        let end = u32::MAX;
        for (index, count) in [
            (5, 1),
            (6, 0),
            (4, 2),
            (0, 6),
            (end, 1),
            (end, end),
            (1, end),
        ] {
            let at = element(array, index);
            assert_eq!(heap.array_fill(at, 99, count), Err(BOUNDS));
            assert_eq!(heap.array_bytes(at, count), Err(BOUNDS));
            assert_eq!(heap.array_bytes_mut(at, count), Err(BOUNDS));
            let start = element(other, 0);
            assert_eq!(heap.array_copy(at, start, count), Err(BOUNDS));
            assert_eq!(heap.array_copy(start, at, count), Err(BOUNDS));
        }
        for index in [5, end] {
            let at = element(array, index);
            assert_eq!(heap.get_element(at), Err(BOUNDS));
            assert_eq!(heap.get_element_signed(at), Err(BOUNDS));
            assert_eq!(heap.set_element(at, 99), Err(BOUNDS));
        }
        let bytes = vec![9; 3 << heap.types().get(0).unwrap().element_shift];
        let refused = heap.array_init_bytes(element(array, 3), &bytes);
        assert_eq!(refused, Err(BOUNDS));
        // No elements are there at the end.
        let end = element(array, 5);
        assert_eq!(heap.array_fill(end, 99, 0), Ok(()));
        assert_eq!(heap.array_copy(end, end, 0), Ok(()));
        assert_eq!(heap.array_bytes(end, 0), Ok(&[][..]));
        assert_eq!(contents(&heap, array), [1, 2, 3, 4, 5]);
        assert_eq!(contents(&heap, other), [0; 5]);
        assert_eq!(heap.verify(), Ok(()));
    }
}

#[test]
fn null_has_no_elements() {
    let (mut heap, array) = counting(I32, 1);
    let (null, it) = (element(Ref::NULL, 0), element(array, 0));
    let trap = Trap::NullReference;
    assert_eq!(heap.array_len(Ref::NULL), Err(trap));
    assert_eq!(heap.get_element(null), Err(trap));
    assert_eq!(heap.get_element_signed(null), Err(trap));
    assert_eq!(heap.set_element(null, 1), Err(trap));
    assert_eq!(heap.array_fill(null, 1, 0), Err(trap));
    assert_eq!(heap.array_copy(null, it, 0), Err(trap));
    assert_eq!(heap.array_copy(it, null, 0), Err(trap));
    // Null comes before bounds, in either place.
    assert_eq!(heap.array_copy(element(array, 9), null, 1), Err(trap));
    assert_eq!(heap.array_init_bytes(null, &[]), Err(trap));
    assert_eq!(heap.array_bytes(null, 0), Err(trap));
    assert_eq!(heap.array_bytes_mut(null, 0), Err(trap));
}

#[test]
fn elements_are_filled() {
    /// Odd, so that references are small integers.
    const VALUE: u64 = 0x8123_4567_89ab_cdef;
    for storage in [I8, I16, I32, F64, any()] {
        let (mut heap, array) = counting(storage, 6);
        heap.array_fill(element(array, 1), VALUE, 4).unwrap();
        let bits = 8 << heap.types().get(0).unwrap().element_shift;
        let value = VALUE & (u64::MAX >> (64 - bits));
        let filled = [1, value, value, value, value, 6];
        assert_eq!(contents(&heap, array), filled, "{storage:?}");
    }
}

#[test]
fn elements_are_copied_as_by_way_of_a_buffer() {
    for storage in [I8, I16, I32, I64, any()] {
        for (to, from, count) in [
            (0, 3, 5),
            (3, 0, 5),
            (2, 2, 4),
            (0, 7, 1),
            (0, 0, 8),
            (5, 1, 0),
        ] {
            let (mut heap, array) = counting(storage, 8);
            let mut expected: Vec<u64> = (1..=8).collect();
            expected.copy_within(from..from + count, to);
            let (to, from) = (element(array, to as u32), element(array, from as u32));
            heap.array_copy(to, from, count as u32).unwrap();
            assert_eq!(contents(&heap, array), expected, "{storage:?}");
        }
    }
    let (mut heap, from) = counting(I32, 4);
    let to = heap.alloc_array(0, 6, &mut ()).unwrap();
    heap.array_copy(element(to, 2), element(from, 1), 3)
        .unwrap();
    assert_eq!(contents(&heap, to), [0, 0, 2, 3, 4, 0]);
}

#[test]
fn numbers_are_bytes() {
    let (mut heap, array) = counting(I32, 4);
    heap.array_init_bytes(element(array, 1), &[0xff, 0, 0, 0x80, 7, 0, 0, 0])
        .unwrap();
    assert_eq!(contents(&heap, array), [1, 0x8000_00ff, 7, 4]);
    let bytes = heap.array_bytes(element(array, 2), 2);
    assert_eq!(bytes, Ok(&[7, 0, 0, 0, 4, 0, 0, 0][..]));
    let bytes = heap.array_bytes_mut(element(array, 3), 1).unwrap();
    bytes.copy_from_slice(b"four");
    let four = u64::from(u32::from_le_bytes(*b"four"));
    assert_eq!(contents(&heap, array), [1, 0x8000_00ff, 7, four]);
}

#[test]
#[cfg_attr(
    debug_assertions,
    should_panic(expected = "no such object of this type")
)]
fn references_are_not_bytes() {
    let (mut heap, array) = counting(any(), 2);
    let refused = heap.array_init_bytes(element(array, 0), &[1; 8]);
    assert_eq!(refused, Err(Trap::NullReference));
    assert!(heap.array_bytes_mut(element(array, 0), 2).is_err());
    assert_eq!(contents(&heap, array), [1, 2]);
}
