//! Fields, types, exceptions and boxes.

use super::*;
use crate::heap::{Element, Kind, Ref};
use vbc_core::isa::{FuncType, Trap};

/// For each storage: what is stored, and what is read, zero-extended and sign-extended.
fn values() -> [(StorageType, u64, u64, u64); 12] {
    let (all, many) = (u64::MAX, 0x8123_4567_89ab_cdef);
    [
        (I8, all, 0xff, 0xffff_ffff),
        (I8, 0x17f, 0x7f, 0x7f),
        (I16, many, 0xcdef, 0xffff_cdef),
        (I16, 0x1_7fff, 0x7fff, 0x7fff),
        (I32, many, 0x89ab_cdef, 0x89ab_cdef),
        (I64, many, many, many),
        (F32, 0xff80_0001, 0xff80_0001, 0xff80_0001),
        (
            F64,
            0x7ff0_0000_0000_0001,
            0x7ff0_0000_0000_0001,
            0x7ff0_0000_0000_0001,
        ),
        (to(HeapType::Func), 0xffff_ffff, 0xffff_ffff, 0xffff_ffff),
        (any(), 0x8000_0001, 0x8000_0001, 0x8000_0001),
        (to(HeapType::Extern), 3, 3, 3),
        (to(HeapType::NoExn), 0, 0, 0),
    ]
}

#[test]
fn every_storage_is_read_back() {
    for (storage, stored, zeroed, signed) in values() {
        let mut heap = heap([structure(&[storage, I8, storage], None), array(storage)]);
        let object = heap.alloc_struct(0, &mut ()).unwrap();
        let array = heap.alloc_array(1, 3, &mut ()).unwrap();
        let at = |index| Element {
            array,
            number: 1,
            index,
        };
        for place in [0, 2] {
            assert_eq!(heap.get_field(object, 0, place), Ok(0));
            heap.set_field(object, 0, place, stored).unwrap();
            assert_eq!(heap.get_field(object, 0, place), Ok(zeroed));
            assert_eq!(heap.get_field_signed(object, 0, place), Ok(signed));
            assert_eq!(heap.get_element(at(place)), Ok(0));
            heap.set_element(at(place), stored).unwrap();
            assert_eq!(heap.get_element(at(place)), Ok(zeroed));
            assert_eq!(heap.get_element_signed(at(place)), Ok(signed));
        }
        assert_eq!(heap.get_element(at(1)), Ok(0), "{storage:?}");
        assert_eq!(heap.get_field(object, 0, 1), Ok(0), "{storage:?}");
        assert_eq!(heap.verify(), Ok(()));
    }
}

#[test]
fn fields_do_not_touch_each_other() {
    let fields: Vec<StorageType> = values().iter().map(|value| value.0).collect();
    let mut heap = heap([structure(&fields, None)]);
    let objects = [(); 3].map(|()| heap.alloc_struct(0, &mut ()).unwrap());
    let middle = objects[1];
    for (index, (_, stored, ..)) in values().into_iter().enumerate() {
        heap.set_field(middle, 0, index as u32, stored).unwrap();
    }
    for (index, (.., zeroed, _)) in values().into_iter().enumerate() {
        let index = index as u32;
        assert_eq!(heap.get_field(middle, 0, index), Ok(zeroed));
        assert_eq!(heap.get_field(objects[0], 0, index), Ok(0));
        assert_eq!(heap.get_field(objects[2], 0, index), Ok(0));
    }
    assert_eq!(objects.map(|object| heap.type_of(object)), [Some(0); 3]);
}

#[test]
fn a_subtype_is_used_by_its_super() {
    let types = [
        structure(&[I8, I64], None),
        structure(&[I8, I64, I8], Some(0)),
    ];
    let mut heap = heap(types);
    let object = heap.alloc_struct(1, &mut ()).unwrap();
    heap.set_field(object, 1, 2, 3).unwrap();
    heap.set_field(object, 0, 1, u64::MAX).unwrap();
    heap.set_field(object, 0, 0, 7).unwrap();
    let fields = [0, 1, 2].map(|field| heap.get_field(object, 1, field).unwrap());
    assert_eq!(fields, [7, u64::MAX, 3]);
}

#[test]
fn casts_see_the_whole_line_of_supers() {
    // A line of 64 types, and beside each but the first one that has the same super.
    let mut types = vec![structure(&[], None)];
    for depth in 1..64_u32 {
        let above = Some(2 * depth - 2);
        types.push(structure(&[I32], above));
        types.push(structure(&[], above));
        // The line goes on at even indexes.
        assert_eq!(types.len() as u32 - 1, 2 * depth);
    }
    let mut heap = heap(types);
    for own in 0..64 {
        let object = heap.alloc_struct(2 * own, &mut ()).unwrap();
        assert_eq!(heap.type_of(object), Some(2 * own));
        for of in 0..64 {
            assert_eq!(heap.is_instance(object, 2 * of), of <= own, "{own} {of}");
            let beside = (2 * of).checked_sub(1);
            assert!(beside.is_none_or(|beside| !heap.is_instance(object, beside)));
        }
    }
}

#[test]
fn what_is_no_object_has_no_type() {
    let mut heap = heap([structure(&[], None)]);
    let object = heap.alloc_struct(0, &mut ()).unwrap();
    assert_eq!(heap.kind_of(object), Some(Kind::Struct));
    // Null, small integers, and what leads out of the heap.
    let wrong = [
        0,
        1,
        u64::from(u32::MAX),
        2,
        16_382,
        u64::from(u32::MAX) - 1,
    ];
    for slot in wrong {
        let reference = Ref::from_slot(slot);
        assert_eq!(heap.type_of(reference), None, "{slot}");
        assert_eq!(heap.kind_of(reference), None);
        assert_eq!(heap.extern_value(reference), None);
        assert!(!heap.is_instance(reference, 0));
    }
    assert!(!heap.is_instance(object, 5) && heap.extern_value(object).is_none());
}

#[test]
#[cfg_attr(debug_assertions, should_panic(expected = "has another type than 0"))]
fn a_reference_to_no_object_stays_inside() {
    let mut heap = heap([structure(&[I64], None)]);
    let last = heap.alloc_struct(0, &mut ()).unwrap().to_slot();
    for slot in [u64::from(u32::MAX) - 1, 2, last + (1 << 20)] {
        let reference = Ref::from_slot(slot);
        let refused = Err(Trap::NullReference);
        assert_eq!(heap.get_field(reference, 0, 0), refused);
        assert_eq!(heap.set_field(reference, 0, 0, 1), Err(Trap::NullReference));
    }
}

#[test]
fn null_has_no_parts() {
    let mut heap = heap([structure(&[I32], None)]);
    let null = Err(Trap::NullReference);
    assert_eq!(heap.get_field(Ref::NULL, 0, 0), null);
    assert_eq!(heap.get_field_signed(Ref::NULL, 0, 0), null);
    assert_eq!(heap.set_field(Ref::NULL, 0, 0, 1), Err(Trap::NullReference));
    assert_eq!(heap.exception_tag(Ref::NULL), Err(Trap::NullReference));
    assert_eq!(heap.exception_origin(Ref::NULL), null);
    let noted = heap.set_exception_origin(Ref::NULL, 1);
    assert_eq!(noted, Err(Trap::NullReference));
}

#[test]
fn exceptions_hold_values() {
    let values = [ValType::I64, ValType::EXTERNREF];
    let types = [FuncType::default(), FuncType::new(&values, &[])];
    let mut heap = heap_with(table(types.map(SubType::from), &[0, 1, 0]), 1 << 20);
    let [first, second, third] = [0, 1, 2].map(|tag| heap.alloc_exception(tag, &mut ()).unwrap());
    let number = heap.types().exception(1);
    heap.set_field(second, number, 0, u64::MAX).unwrap();
    heap.set_field(second, number, 1, first.to_slot()).unwrap();
    heap.set_exception_origin(second, 1 << 40).unwrap();
    for (exception, tag) in [(first, 0), (second, 1), (third, 2)] {
        assert_eq!(heap.exception_tag(exception), Ok(tag));
        assert_eq!(heap.kind_of(exception), Some(Kind::Exception));
        let number = heap.types().exception(tag);
        assert_eq!(heap.type_of(exception), Some(number));
    }
    assert_eq!(heap.exception_origin(first), Ok(0));
    assert_eq!(heap.exception_origin(second), Ok(1 << 40));
    assert_eq!(heap.get_field(second, number, 0), Ok(u64::MAX));
    assert_eq!(heap.get_field(second, number, 1), Ok(first.to_slot()));
    assert_eq!(heap.verify(), Ok(()));
}

#[test]
fn boxes_hold_what_the_host_gave() {
    let mut heap = heap([array(any())]);
    let boxes = [0, 7, u64::MAX].map(|value| heap.alloc_extern(value, &mut ()).unwrap());
    let values = boxes.map(|it| heap.extern_value(it));
    assert_eq!(values, [Some(0), Some(7), Some(u64::MAX)]);
    assert_eq!(heap.kind_of(boxes[0]), Some(Kind::Box));
    assert!(boxes[0] != boxes[1] && !heap.is_instance(boxes[0], 0));
}
