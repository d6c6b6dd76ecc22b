//! How much a heap takes, and from where.

#![allow(unsafe_code, reason = "what native code does is done here")]

use super::*;
use crate::heap::{Collector, Ref, Statistics};
use vbc_core::isa::Trap;

const NULL_AREA: u64 = 65_536;

#[test]
fn the_last_byte_can_be_used_and_no_more() {
    // Not a multiple of a page, of a step, or of 8.
    for max in [3 * (1 << 20) + 45, 1 << 20, 40, 5] {
        let mut heap = heap_with(sizes(), max);
        let mut objects = 0;
        let refused = loop {
            match heap.alloc_struct(1, &mut ()) {
                Ok(object) => heap.set_field(object, 1, 0, u64::MAX).unwrap(),
                Err(trap) => break trap,
            }
            objects += 1;
        };
        assert_eq!((refused, objects), (Trap::HeapExhausted, max / 16));
        // There may be 8 bytes left.
        let small = heap.alloc_struct(0, &mut ());
        assert_eq!(small.is_ok(), max % 16 >= 8);
        assert_eq!(heap.alloc_struct(0, &mut ()), Err(Trap::HeapExhausted));
        assert_eq!(heap.alloc_array(2, 0, &mut ()), Err(Trap::HeapExhausted));
        let Statistics {
            bytes,
            objects: counted,
            peak_committed,
        } = heap.statistics();
        assert_eq!(bytes, max / 8 * 8);
        assert_eq!(counted, objects + u64::from(small.is_ok()));
        assert!(bytes <= peak_committed && peak_committed <= max);
        assert_eq!(heap.verify(), Ok(()));
    }
    let mut heap = heap_with(sizes(), 0);
    assert_eq!(heap.alloc_extern(1, &mut ()), Err(Trap::HeapExhausted));
    assert_eq!(heap.statistics(), Statistics::default());
}

#[test]
fn a_large_array_takes_what_it_needs() {
    let max = 64 << 20;
    let mut heap = heap_with(sizes(), max);
    let length = (40 << 20) / 8;
    let large = heap.alloc_array(3, length, &mut ()).unwrap();
    assert_eq!(
        heap.alloc_array(3, length, &mut ()),
        Err(Trap::HeapExhausted)
    );
    // What was refused took nothing.
    let small = heap.alloc_array(2, 3, &mut ()).unwrap();
    assert_eq!(heap.statistics().bytes, (40 << 20) + 8 + 16);
    let distance = small.offset().unwrap() - large.offset().unwrap();
    assert_eq!(distance, (40 << 20) + 8);
    assert_eq!(heap.array_len(large), Ok(length));
    // Exactly the rest.
    let rest = max - heap.statistics().bytes - 8;
    assert_eq!(
        heap.alloc_array(2, rest as u32 + 1, &mut ()),
        Err(Trap::HeapExhausted)
    );
    assert!(heap.alloc_array(2, rest as u32, &mut ()).is_ok());
    assert_eq!(heap.statistics().bytes, max);
    assert_eq!(heap.verify(), Ok(()));
}

#[test]
fn arrays_beyond_two_gib_are_refused() {
    let mut heap = heap_with(sizes(), 1 << 20);
    let too_large = Err(Trap::AllocationTooLarge);
    for (number, length) in [
        (2, 1 << 31),
        (2, (1 << 31) - 7),
        (2, u32::MAX),
        (3, 1 << 28),
        (3, u32::MAX),
    ] {
        assert_eq!(heap.alloc_array(number, length, &mut ()), too_large);
    }
    // What has exactly 2 GiB would be another matter.
    for (number, length) in [(2, (1 << 31) - 8), (3, (1 << 28) - 1)] {
        let refused = heap.alloc_array(number, length, &mut ());
        assert_eq!(refused, Err(Trap::HeapExhausted));
    }
    assert_eq!(heap.statistics(), Statistics::default());
}

#[test]
fn native_code_allocates_by_itself() {
    let mut heap = Box::new(heap_with(sizes(), 1 << 20));
    let pair = heap.alloc_pair();
    let first = heap.alloc_struct(1, &mut ()).unwrap();
    let moved = *heap;
    assert_eq!(moved.alloc_pair(), pair);
    let mut heap = moved;
    // SAFETY: the pair lives as long as the heap, which does nothing meanwhile, and there is room.
    let inline = unsafe {
        let object = (*pair).next;
        assert!(object + 4 <= (*pair).end);
        (*pair).next = object + 4;
        let address = heap.base().add(object as usize * 4);
        address.cast::<u32>().write(1 | 1 << 12);
        address.add(8).cast::<u64>().write(77);
        Ref::from_slot(object)
    };
    let last = heap.alloc_struct(1, &mut ()).unwrap();
    assert_eq!(heap.get_field(inline, 1, 0), Ok(77));
    assert_eq!(heap.get_field(last, 1, 0), Ok(0));
    let places = [first, inline, last].map(|object| object.offset().unwrap());
    assert_eq!(places, [0, 16, 32].map(|at| NULL_AREA + at));
    assert_eq!((heap.statistics().objects, heap.verify()), (3, Ok(())));
}

#[test]
fn collectors_have_names() {
    assert_eq!("none".parse(), Ok(Collector::None));
    assert_eq!(Collector::default().to_string(), "none");
    for word in ["", "None", "gen"] {
        let error = word.parse::<Collector>().unwrap_err().to_string();
        assert_eq!(error, format!("`{word}` is no collector; there is `none`"));
    }
    assert_eq!(HeapOptions::default().max_heap, 4 << 30);
}

#[test]
fn arrays_take_whole_multiples_of_eight() {
    let mut heap = heap_with(sizes(), 1 << 20);
    for (length, size) in [(0, 8), (1, 16), (8, 16), (9, 24), (16, 24), (17, 32)] {
        let array = heap.alloc_array(2, length, &mut ()).unwrap();
        let next = heap.alloc_array(3, 0, &mut ()).unwrap();
        assert_eq!(heap.array_len(array), Ok(length));
        let distance = next.offset().unwrap() - array.offset().unwrap();
        assert_eq!(distance, size);
    }
}

#[test]
fn heaps_move_between_threads() {
    let mut heap = heap_with(sizes(), 1 << 20);
    let object = heap.alloc_struct(1, &mut ()).unwrap();
    let other = std::thread::spawn(move || {
        heap.set_field(object, 1, 0, 9).unwrap();
        heap
    });
    assert_eq!(other.join().unwrap().get_field(object, 1, 0), Ok(9));
}
