//! Which stores a collector is told of.

use std::ops::Range;
use std::sync::{Arc, Mutex};

use vbc_core::isa::Trap;

use super::*;
use crate::heap::collector::{Policy, Roots};
use crate::heap::none::Bump;
use crate::heap::space::Space;
use crate::heap::{Element, Ref};

type Log = Arc<Mutex<Vec<(Ref, Range<u64>)>>>;

/// Notes what it is told.
#[derive(Debug)]
struct Notes(Log);

impl Policy for Notes {
    fn allocate(
        &mut self,
        space: &mut Space,
        size: u64,
        roots: &mut dyn Roots,
    ) -> Result<Ref, Trap> {
        Bump.allocate(space, size, roots)
    }

    fn log(&mut self, _: &mut Space, object: Ref, slots: Range<u64>) {
        self.0.lock().unwrap().push((object, slots));
    }
}

/// Sets the bit for which the barrier looks.
fn make_unlogged(heap: &mut Heap, object: Ref) {
    let at = object.offset().unwrap();
    let header = heap.space.word(at).unwrap() | 8;
    heap.space.write(at, header.to_le_bytes()).unwrap();
}

#[test]
fn stores_of_references_into_unlogged_objects_are_noted() {
    let types = [
        structure(&[I32, any(), to(HeapType::Func)], None),
        array(any()),
        array(I64),
    ];
    let mut heap = heap(types);
    let log = Log::default();
    heap.policy = Box::new(Notes(log.clone()));
    let object = heap.alloc_struct(0, &mut ()).unwrap();
    let [array, numbers] = [1, 2].map(|number| heap.alloc_array(number, 8, &mut ()).unwrap());
    let at = |number, array, index| Element {
        array,
        number,
        index,
    };
    let store_all = |heap: &mut Heap| {
        for field in 0..3 {
            heap.set_field(object, 0, field, 0).unwrap();
        }
        heap.set_element(at(1, array, 3), 1).unwrap();
        heap.array_fill(at(1, array, 2), 1, 4).unwrap();
        heap.array_copy(at(1, array, 0), at(1, array, 5), 3)
            .unwrap();
        heap.set_element(at(2, numbers, 3), 1).unwrap();
        heap.array_fill(at(2, numbers, 0), 1, 8).unwrap();
        heap.barrier(object, object.offset().unwrap() + 8);
    };
    // New objects are not unlogged.
    store_all(&mut heap);
    assert_eq!(*log.lock().unwrap(), []);
    for it in [object, array, numbers] {
        make_unlogged(&mut heap, it);
    }
    store_all(&mut heap);
    let [field, elements] = [object, array].map(|it| it.offset().unwrap() + 8);
    let expected = [
        (object, field..field + 4),
        (array, elements + 12..elements + 16),
        (array, elements + 8..elements + 24),
        (array, elements..elements + 12),
        (object, field..field + 4),
    ];
    assert_eq!(*log.lock().unwrap(), expected);
    // The bounds come first.
    let refused = heap.array_fill(at(1, array, 2), 1, 7);
    assert_eq!(refused, Err(Trap::ArrayOutOfBounds));
    assert_eq!(log.lock().unwrap().len(), expected.len());
}
