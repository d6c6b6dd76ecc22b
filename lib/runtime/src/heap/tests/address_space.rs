//! What of a region is accessible, and how large it is where address space is small.

#![allow(unsafe_code, reason = "the process bounds itself")]

use std::process::Command;

use super::*;
use vbc_core::isa::Trap;

const NULL_AREA: u64 = 65_536;

/// What may be done at an address, as Linux writes it.
fn permissions(address: usize) -> String {
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    let line = maps.lines().find(|line| {
        let (start, rest) = line.split_once('-').unwrap();
        let (end, _) = rest.split_once(' ').unwrap();
        let number = |text| usize::from_str_radix(text, 16).unwrap();
        (number(start)..number(end)).contains(&address)
    });
    let line = line.expect("the address is reserved");
    line.split(' ').nth(1).unwrap().to_owned()
}

#[test]
fn only_what_is_needed_is_accessible() {
    let mut heap = heap_with(sizes(), 1 << 30);
    let base = heap.base() as usize;
    let start = base + NULL_AREA as usize;
    assert_eq!(permissions(start), "---p");
    heap.alloc_struct(0, &mut ()).unwrap();
    let committed = 1 << 20;
    let last = base + (heap.region() + heap.region() / 4 - 1) as usize;
    for (address, expected) in [
        (base, "---p"),
        (start - 1, "---p"),
        (start, "rw-p"),
        (start + committed - 1, "rw-p"),
        (start + committed, "---p"),
        (last, "---p"),
    ] {
        assert_eq!(permissions(address), expected, "{:#x}", address - base);
    }
}

/// The next two tests: what one does in a process of its own, for the other.
const IN_CHILD: &str = "VBC_TEST_SMALL_ADDRESS_SPACE";

#[test]
fn regions_are_halved_where_address_space_is_small() {
    let run = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "heap::tests::address_space::in_small_address_space",
        ])
        .args(["--nocapture", "--test-threads", "1"])
        .env(IN_CHILD, "1")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&run.stdout);
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}{errors}");
    assert!(
        said.contains("regions: 1073741824, 268435456, none"),
        "{said}"
    );
}

#[test]
fn in_small_address_space() {
    if std::env::var_os(IN_CHILD).is_none() {
        return;
    }
    let table = Arc::new(sizes());
    memory_is_refused(&mut Heap::new(table.clone(), &HeapOptions::default()).unwrap());
    let region = |more: u64| {
        // The first number is that of pages in use.
        let sizes = std::fs::read_to_string("/proc/self/statm").unwrap();
        let pages: u64 = sizes.split(' ').next().unwrap().parse().unwrap();
        // SAFETY: asks for a number.
        let page = unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64;
        bound_address_space(pages * page + more);
        let heap = Heap::new(table.clone(), &HeapOptions::default());
        heap.ok().map_or("none".to_owned(), |mut heap| {
            assert!(heap.alloc_struct(1, &mut ()).is_ok());
            // More than the region has is as much as it has.
            let length = (heap.region() / 8) as u32;
            let refused = heap.alloc_array(3, length, &mut ());
            assert_eq!(refused, Err(Trap::HeapExhausted));
            heap.region().to_string()
        })
    };
    let regions = [2_u64 << 30, 400 << 20, 200 << 20].map(region);
    println!("regions: {}", regions.join(", "));
}

/// A heap whose region is large enough, on a system that gives no memory.
fn memory_is_refused(heap: &mut Heap) {
    let array = |heap: &mut Heap| heap.alloc_array(2, 1 << 20, &mut ());
    assert!(array(heap).is_ok());
    // With 0, Linux looks at the hard limit.
    bound_memory(65_536);
    // What is accessible already may go on.
    let before = heap.statistics();
    assert!(heap.alloc_struct(1, &mut ()).is_ok());
    assert_eq!(array(heap), Err(Trap::HeapExhausted));
    assert_eq!(heap.statistics().peak_committed, before.peak_committed);
    assert_eq!(heap.statistics().objects, before.objects + 1);
    bound_memory(libc::RLIM_INFINITY);
    assert!(array(heap).is_ok());
    assert_eq!(heap.verify(), Ok(()));
}

fn bound_address_space(bytes: u64) {
    // SAFETY: bounds this process, which is there for that.
    let status = unsafe { libc::setrlimit(libc::RLIMIT_AS, &soft(bytes)) };
    assert_eq!(status, 0);
}

fn bound_memory(bytes: u64) {
    // SAFETY: as above.
    let status = unsafe { libc::setrlimit(libc::RLIMIT_DATA, &soft(bytes)) };
    assert_eq!(status, 0);
}

/// A bound that can be lifted again.
fn soft(bytes: u64) -> libc::rlimit {
    libc::rlimit {
        rlim_cur: bytes,
        rlim_max: libc::RLIM_INFINITY,
    }
}
