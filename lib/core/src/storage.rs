//! The allocator of the tools and of executables: it counts what is asked for, keeps to a limit,
//! and ends the process with a sentence where there is no more.
//!
//! Stable Rust calls nobody when storage cannot be had: it aborts, which looks like a trap. A tool's
//! `main` therefore has
//!
//! ```
//! # use vbc_core as vbc;
//! #[global_allocator]
//! static ALLOCATOR: vbc::storage::Allocator = vbc::storage::Allocator;
//! ```

#![allow(unsafe_code, reason = "it is an allocator")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicIsize, Ordering};
use std::time::Duration;

/// The exit code of a process that has no storage left.
pub const OUT_OF_MEMORY: i32 = 71;

/// The system's allocator with a limit.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allocator;

/// No limit, and nothing is counted.
const NO_LIMIT: isize = isize::MAX;

/// Bytes that may be in use.
static MOST: AtomicIsize = AtomicIsize::new(NO_LIMIT);

/// Bytes in use, counted since there is a limit; what was there before it and is given back makes
/// it less than zero.
static USED: AtomicIsize = AtomicIsize::new(0);

/// What is done when there is no more.
static END: OnceLock<End> = OnceLock::new();

/// What the process does before it ends for want of storage, without asking for any.
pub struct End {
    /// What is written to standard error when the system has no more.
    pub system: Box<str>,
    /// What is written there when the limit is reached.
    pub limit: Box<str>,
    /// Called after that.
    pub tidy_up: fn(),
}

thread_local! {
    /// Whether this thread can do without what it asks for.
    static FALLIBLE: Cell<bool> = const { Cell::new(false) };
}

/// Sets what is done before the process ends. Only the first call counts.
pub fn set_end(end: End) {
    let _ = END.set(end);
}

/// Bounds what the process may have from [`Allocator`] from now on, in bytes.
pub fn set_limit(bytes: u64) {
    let most = isize::try_from(bytes).unwrap_or(NO_LIMIT);
    MOST.store(most, Ordering::Relaxed);
}

/// Calls `f`, which asks for storage and can do without it.
pub fn fallible<T>(f: impl FnOnce() -> T) -> T {
    let before = FALLIBLE.replace(true);
    let result = f();
    FALLIBLE.set(before);
    result
}

/// Writes to standard error, but does not wait longer than `patience` for whoever reads it.
pub fn tell_within(text: &str, patience: Duration) {
    /// This many bytes go into a pipe without waiting when `poll` reports that it can be written.
    const ATOMIC: usize = 4096;
    let end = std::time::Instant::now() + patience;
    for piece in text.as_bytes().chunks(ATOMIC) {
        let left = end.saturating_duration_since(std::time::Instant::now());
        let milliseconds = i32::try_from(left.as_millis()).unwrap_or(i32::MAX);
        let mut wanted = libc::pollfd {
            fd: libc::STDERR_FILENO,
            events: libc::POLLOUT,
            revents: 0,
        };
        // SAFETY: the system reads and writes that one structure, and reads that many bytes.
        unsafe {
            if libc::poll(&raw mut wanted, 1, milliseconds) <= 0 {
                return;
            }
            libc::write(libc::STDERR_FILENO, piece.as_ptr().cast(), piece.len());
        }
    }
}

/// Ends the process, as where the system has no more storage to give.
pub fn exhausted() -> ! {
    out_of_memory(false)
}

/// Leaves the process. Nothing may be asked for any more.
#[cold]
fn out_of_memory(by_limit: bool) -> ! {
    let end = END.get();
    let words = end.map_or("out of memory\n", |end| match by_limit {
        true => &*end.limit,
        false => &*end.system,
    });
    tell_within(words, Duration::from_secs(1));
    if let Some(end) = end {
        (end.tidy_up)();
    }
    // SAFETY: ends the process without running anything of it.
    unsafe { libc::_exit(OUT_OF_MEMORY) }
}

/// What is given where there is no storage.
#[cold]
fn refused(by_limit: bool) -> *mut u8 {
    if FALLIBLE.get() {
        return std::ptr::null_mut();
    }
    out_of_memory(by_limit)
}

/// Counts bytes in. False when the limit does not allow them.
fn count_in(bytes: usize) -> bool {
    let most = MOST.load(Ordering::Relaxed);
    if most == NO_LIMIT {
        return true;
    }
    // A layout has at most `isize::MAX` bytes.
    let bytes = bytes as isize;
    let before = USED.fetch_add(bytes, Ordering::Relaxed);
    let fits = before.checked_add(bytes).is_some_and(|used| used <= most);
    if !fits {
        USED.fetch_sub(bytes, Ordering::Relaxed);
    }
    fits
}

fn count_out(bytes: usize) {
    if MOST.load(Ordering::Relaxed) != NO_LIMIT {
        USED.fetch_sub(bytes as isize, Ordering::Relaxed);
    }
}

/// Counts bytes in and asks for them.
fn provide(bytes: usize, ask: impl FnOnce() -> *mut u8) -> *mut u8 {
    if !count_in(bytes) {
        return refused(true);
    }
    let place = ask();
    if place.is_null() {
        count_out(bytes);
        return refused(false);
    }
    place
}

// SAFETY: everything comes from the system's allocator, by the same layouts; counting does not
// allocate, and neither does a thread's flag, which needs no initialisation.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        provide(layout.size(), || unsafe { System.alloc(layout) })
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        provide(layout.size(), || unsafe { System.alloc_zeroed(layout) })
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) };
        count_out(layout.size());
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as the caller promises.
        let ask = || unsafe { System.realloc(place, layout, size) };
        let more = size.saturating_sub(layout.size());
        let place = provide(more, ask);
        if !place.is_null() {
            count_out(layout.size().saturating_sub(size));
        }
        place
    }
}

/// Makes the allocator keep what is freed, for tools that compile: what the compiler needs for a function it needs
/// again for the next one, and getting it back from the system each time takes a twentieth of the time.
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: sets two numbers of the allocator, which it may be told at any time.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 4 << 20);
        libc::mallopt(libc::M_TRIM_THRESHOLD, 64 << 20);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_without_is_refused() {
        // The tests' own allocator is another one, so that this limit is theirs alone.
        let layout = Layout::from_size_align(1 << 20, 8).unwrap();
        set_limit(3 << 20);
        // SAFETY: the layouts are those of the blocks, which are used for nothing.
        unsafe {
            let [a, b] = [0; 2].map(|_| Allocator.alloc(layout));
            assert!(!a.is_null() && !b.is_null());
            let b = fallible(|| Allocator.realloc(b, layout, 2 << 20));
            assert!(!b.is_null());
            let larger = Layout::from_size_align(2 << 20, 8).unwrap();
            assert!(fallible(|| Allocator.alloc(layout)).is_null());
            assert!(fallible(|| Allocator.realloc(b, larger, 4 << 20)).is_null());
            Allocator.dealloc(a, layout);
            let a = Allocator.alloc_zeroed(layout);
            assert!(!a.is_null());
            Allocator.dealloc(a, layout);
            Allocator.dealloc(b, larger);
        }
        assert_eq!(USED.load(Ordering::Relaxed), 0);
        MOST.store(NO_LIMIT, Ordering::Relaxed);
    }
}
