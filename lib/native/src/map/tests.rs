use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::time::Duration;

use super::*;

/// A function at any addresses, each of which may trap and has the place that it is from the start.
struct Fake {
    range: Range<usize>,
    function: u32,
}

impl Fake {
    fn new(start: usize, len: usize, function: u32) -> Arc<Fake> {
        let range = start..start + len;
        Arc::new(Fake { range, function })
    }
}

impl CodePiece for Fake {
    fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    fn trap_at(&self, address: usize) -> Option<(Trap, bool)> {
        assert!(self.range.contains(&address));
        Some((Trap::Unreachable, false))
    }

    fn at_trap(&self, address: usize, _: bool, add: Add<'_>) {
        add(self.function, address - self.range.start);
    }

    fn at_call(&self, address: usize, add: Add<'_>) {
        add(self.function, address - self.range.start);
    }

    fn at_site(&self, site: Site, add: Add<'_>) -> bool {
        let (function, place) = site.parts();
        if function == self.function {
            add(function, place as usize);
        }
        function == self.function
    }
}

fn trap(map: &CodeMap, address: usize) -> Option<(u32, usize)> {
    let mut found = None;
    map.at_trap(address, false, &mut |function, word| {
        found = Some((function, word))
    });
    assert_eq!(found.is_some(), map.trap_at(address).is_some());
    found
}

fn call(map: &CodeMap, address: usize) -> Option<(u32, usize)> {
    let mut found = None;
    map.at_call(address, &mut |function, word| {
        found = Some((function, word))
    });
    found
}

fn site(map: &CodeMap, function: u64) -> Option<(u32, usize)> {
    let mut found = None;
    map.at_site(Site(function << 32 | 7), &mut |function, word| {
        found = Some((function, word))
    });
    found
}

#[test]
fn a_piece_is_found_from_when_it_was_added() {
    let map = CodeMap::new(Fake::new(1000, 100, 1));
    let both = |address| (trap(&map, address), call(&map, address));
    assert_eq!(both(1100), (None, Some((1, 100))));
    assert_eq!(site(&map, 2), None);
    // Right after the first, and one before it.
    map.add(Fake::new(1100, 50, 2));
    map.add(Fake::new(500, 1, 3));
    assert_eq!(both(1099), (Some((1, 99)), Some((1, 99))));
    assert_eq!(both(1100), (Some((2, 0)), Some((1, 100))));
    assert_eq!(both(1101), (Some((2, 1)), Some((2, 1))));
    assert_eq!(both(1150), (None, Some((2, 50))));
    assert_eq!(both(1151), (None, None));
    assert_eq!(both(1000), (Some((1, 0)), None));
    assert_eq!(both(500), (Some((3, 0)), None));
    assert_eq!(both(501), (None, Some((3, 1))));
    for nowhere in [0, 1, 499, 502, 999, usize::MAX] {
        assert_eq!(both(nowhere), (None, None), "{nowhere}");
    }
    let sites = [1, 2, 3, 4].map(|function| site(&map, function));
    assert_eq!(sites, [Some((1, 7)), Some((2, 7)), Some((3, 7)), None]);
}

/// Numbers below `count`, each once, in no order.
fn shuffled(count: usize) -> impl Iterator<Item = usize> {
    assert!(count.is_power_of_two());
    (0..count).map(move |n| n.wrapping_mul(0x9e37_79b1).wrapping_add(77) % count)
}

#[test]
fn pieces_in_any_order_are_found_in_few_runs() {
    const COUNT: usize = 1 << 12;
    let map = CodeMap::new(Fake::new(1, 9, u32::MAX));
    for (added, n) in shuffled(COUNT).enumerate() {
        map.add(Fake::new(100 + n * 10, 9, n as u32));
        let runs = map.read(|runs| runs.iter().map(|run| run.len()).collect::<Vec<_>>());
        assert!(
            runs.is_sorted_by(|longer, shorter| longer > shorter),
            "{runs:?}"
        );
        assert!(runs.len() <= 2 + (added + 1).ilog2() as usize, "{runs:?}");
    }
    for n in 0..COUNT {
        let start = 100 + n * 10;
        assert_eq!(trap(&map, start), Some((n as u32, 0)));
        assert_eq!(trap(&map, start + 8), Some((n as u32, 8)));
        assert_eq!(trap(&map, start + 9), None);
    }
}

#[test]
fn a_list_lives_as_long_as_its_readers() {
    let first = Fake::new(10, 10, 0);
    let map = CodeMap::new(first.clone());
    let kept = || map.replaced.lock().unwrap().len();
    map.read(|runs| {
        map.add(Fake::new(20, 10, 1));
        map.add(Fake::new(30, 10, 2));
        assert_eq!(kept(), 2);
        assert_eq!((runs.len(), runs[0].len()), (1, 1));
    });
    assert_eq!(kept(), 2);
    map.add(Fake::new(40, 10, 3));
    assert_eq!(kept(), 0);
    assert!(Arc::strong_count(&first) > 1);
    drop(map);
    assert_eq!(Arc::strong_count(&first), 1);
}

#[test]
fn readers_find_what_was_added_while_more_is_added() {
    const COUNT: usize = 1 << 12;
    let map = CodeMap::new(Fake::new(1, 9, u32::MAX));
    let added = AtomicUsize::new(0);
    let order: Vec<usize> = shuffled(COUNT).collect();
    std::thread::scope(|scope| {
        for reader in 0..3 {
            let (map, added, order) = (&map, &added, &order);
            scope.spawn(move || {
                let mut at = reader;
                loop {
                    let there = added.load(SeqCst);
                    if there > 0 {
                        at = (at * 31 + 7) % there;
                        let start = 100 + order[at] * 10;
                        assert_eq!(trap(map, start + 3), Some((order[at] as u32, 3)));
                        assert_eq!(trap(map, start + 9), None);
                    }
                    if there == COUNT {
                        break;
                    }
                }
            });
        }
        for &n in &order {
            map.add(Fake::new(100 + n * 10, 9, n as u32));
            added.fetch_add(1, SeqCst);
        }
    });
}

/// The map that [`look_up`] looks into.
static SHOWN: AtomicPtr<CodeMap> = AtomicPtr::new(std::ptr::null_mut());
static FOUND: AtomicUsize = AtomicUsize::new(0);
static MISSED: AtomicUsize = AtomicUsize::new(0);

extern "C" fn look_up(_: i32) {
    // SAFETY: the map lives as long as the signals come.
    let map = unsafe { &*SHOWN.load(SeqCst) };
    let found = map.trap_at(5).is_some() && map.trap_at(50).is_none();
    if found { &FOUND } else { &MISSED }.fetch_add(1, SeqCst);
}

#[test]
fn a_handler_looks_up_while_its_own_thread_adds() {
    let map: &'static CodeMap = Box::leak(Box::new(CodeMap::new(Fake::new(1, 9, 0))));
    SHOWN.store(&raw const *map as *mut CodeMap, SeqCst);
    // SAFETY: the handler does nothing that could not be done at any moment.
    unsafe { libc::signal(libc::SIGUSR2, look_up as *const () as usize) };
    static STOP: AtomicBool = AtomicBool::new(false);
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        // SAFETY: it is the thread's own name.
        let _ = tell.send(unsafe { libc::pthread_self() });
        let mut n = 0;
        while !STOP.load(Relaxed) {
            map.add(Fake::new(100 + n * 10, 9, 1));
            n += 1;
        }
        let _ = tell.send(0);
    });
    let wait = || {
        told.recv_timeout(Duration::from_secs(60))
            .expect("nobody waits for ever")
    };
    let thread = wait();
    for sent in 1..=2000 {
        // SAFETY: the thread runs until it is told to stop.
        unsafe { libc::pthread_kill(thread, libc::SIGUSR2) };
        // Signals that wait are one.
        while FOUND.load(SeqCst) + MISSED.load(SeqCst) < sent {
            std::hint::spin_loop();
        }
    }
    STOP.store(true, Relaxed);
    wait();
    assert_eq!(MISSED.load(SeqCst), 0);
}
