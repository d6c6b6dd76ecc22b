//! What the verifier finds.

use super::*;
use crate::heap::{Defect, Element, Fault, Ref, Statistics};
use vbc_core::isa::FuncType;

/// Objects of each kind, in this order.
struct Objects {
    structure: Ref,
    references: Ref,
    bytes: Ref,
    exception: Ref,
    last: Ref,
}

const FUNC: u32 = 0;
const STRUCT: u32 = 1;
const REFERENCES: u32 = 2;
const BYTES: u32 = 3;
/// The same type as [`STRUCT`].
const AGAIN: u32 = 4;

fn objects() -> (Heap, Objects) {
    let types = [
        SubType::from(FuncType::new(&[ValType::EXTERNREF], &[])),
        structure(&[to(HeapType::Func), any()], None),
        array(any()),
        array(I8),
        structure(&[to(HeapType::Func), any()], None),
    ];
    let mut heap = heap_with(table(types, &[FUNC, FUNC]), 1 << 20);
    let objects = Objects {
        structure: heap.alloc_struct(STRUCT, &mut ()).unwrap(),
        references: heap.alloc_array(REFERENCES, 3, &mut ()).unwrap(),
        bytes: heap.alloc_array(BYTES, 3, &mut ()).unwrap(),
        exception: heap.alloc_exception(0, &mut ()).unwrap(),
        last: heap.alloc_extern(5, &mut ()).unwrap(),
    };
    let slot = |reference: Ref| reference.to_slot();
    let (it, last) = (objects.structure, objects.last);
    heap.set_field(it, STRUCT, 1, slot(last)).unwrap();
    // A number like any other.
    heap.set_field(it, STRUCT, 0, 2).unwrap();
    let at = |index| Element {
        array: objects.references,
        number: REFERENCES,
        index,
    };
    heap.set_element(at(0), slot(it)).unwrap();
    heap.set_element(at(1), slot(Ref::from_i31(-1))).unwrap();
    let number = heap.types().exception(0);
    heap.set_field(objects.exception, number, 0, slot(objects.bytes))
        .unwrap();
    (heap, objects)
}

/// What is found when a word of an object is another.
fn found(object: Ref, heap: &mut Heap, at: u64, word: u32) -> Option<Defect> {
    let start = object.offset().unwrap();
    let before = heap.space.word(start + at).unwrap();
    heap.space.write(start + at, word.to_le_bytes()).unwrap();
    let fault = heap.verify().err();
    heap.space.write(start + at, before.to_le_bytes()).unwrap();
    assert_eq!(heap.verify(), Ok(()));
    fault.map(|fault| {
        assert_eq!(fault.object, start);
        fault.defect
    })
}

#[test]
fn a_heap_that_is_right_is_found_right() {
    let (heap, objects) = objects();
    assert_eq!(heap.verify(), Ok(()));
    let statistics = heap.statistics();
    let expected = Statistics {
        bytes: 16 + 24 + 16 + 24 + 16,
        objects: 5,
        peak_committed: 1 << 20,
    };
    assert_eq!(statistics, expected);
    let places = [
        objects.structure,
        objects.references,
        objects.bytes,
        objects.exception,
        objects.last,
    ];
    let start = objects.structure.offset().unwrap();
    let places = places.map(|object| object.offset().unwrap() - start);
    assert_eq!(places, [0, 16, 40, 56, 80]);
    assert_eq!(heap_with(table([], &[]), 0).verify(), Ok(()));
}

#[test]
fn broken_headers_are_found() {
    let (mut heap, objects) = objects();
    let heap = &mut heap;
    let header = |number: u32| 1 | number << 12;
    for object in [objects.structure, objects.exception, objects.last] {
        let own = heap.type_of(object).unwrap();
        // Not a header; marked, unlogged, counted.
        for word in [
            0,
            header(own) & !1,
            header(own) | 2,
            header(own) | 8,
            header(own) | 1 << 11,
        ] {
            assert_eq!(found(object, heap, 0, word), Some(Defect::Header(word)));
        }
        // No type, functions, a type that another stands for.
        for number in [heap.types().rows().len() as u32, (1 << 20) - 1, FUNC, AGAIN] {
            let defect = found(object, heap, 0, header(number));
            assert_eq!(defect, Some(Defect::Type(number)));
        }
    }
    let tag = found(objects.exception, heap, 4, 1);
    assert_eq!(tag, Some(Defect::Tag(1)));
}

#[test]
fn broken_lengths_are_found() {
    let (mut heap, objects) = objects();
    let heap = &mut heap;
    // From the array to the end there are 56 bytes.
    let longest = found(objects.bytes, heap, 4, 49);
    assert_eq!(longest, Some(Defect::Size(64)));
    let longest = found(objects.references, heap, 4, u32::MAX);
    assert_eq!(longest, Some(Defect::Size((16 << 30) + 8)));
    // One that ends inside another object: what follows is no header.
    let start = objects.bytes.offset().unwrap();
    heap.space.write(start + 4, 11_u32.to_le_bytes()).unwrap();
    let fault = heap.verify().unwrap_err();
    assert_eq!(fault.object, start + 24);
    assert_eq!(heap.statistics().objects, 3);
}

#[test]
fn broken_references_are_found() {
    let (mut heap, objects) = objects();
    let heap = &mut heap;
    let last = objects.last.to_slot() as u32;
    let wrong = [
        2,
        16_382,
        // Inside an object.
        objects.references.to_slot() as u32 + 2,
        last + 2,
        // Behind the last object: still accessible, not any more, not in the region.
        last + 4,
        last + (1 << 20),
        u32::MAX - 1,
    ];
    let places = [
        (objects.structure, 8),
        (objects.references, 8),
        (objects.references, 16),
        (objects.exception, 16),
    ];
    for word in wrong {
        let reference = Ref::from_slot(word.into());
        for (object, at) in places {
            let defect = found(object, heap, at, word);
            assert_eq!(defect, Some(Defect::Reference(at, reference)));
        }
        // Numbers of functions, and what is no reference.
        assert_eq!(found(objects.structure, heap, 4, word), None);
        assert_eq!(found(objects.bytes, heap, 8, word), None);
        assert_eq!(found(objects.last, heap, 8, word), None);
    }
    for right in [0, 1, u32::MAX, last, objects.structure.to_slot() as u32] {
        for (object, at) in places {
            assert_eq!(found(object, heap, at, right), None);
        }
    }
}

#[test]
fn faults_are_put_into_words() {
    let text = |defect| {
        let object = 65_552;
        Fault { object, defect }.to_string()
    };
    let reference = Ref::from_slot(2);
    for (defect, said) in [
        (Defect::Header(2), "0x00000002 is no header"),
        (Defect::Type(7), "no object has type 7"),
        (Defect::Size(64), "its 64 bytes are more than are allocated"),
        (Defect::Tag(1), "1 is not the tag of its type"),
        (
            Defect::Reference(8, reference),
            "Ref(0x8) at byte 8 leads to no object",
        ),
    ] {
        assert_eq!(text(defect), format!("object at 0x10010: {said}"));
    }
}
