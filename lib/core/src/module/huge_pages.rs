//! Large buffers.

#![allow(unsafe_code, reason = "the system is advised")]

/// This many words, all zero.
///
/// The system is asked to give a large buffer large pages: getting it in pages of 4 KiB, one fault after the other,
/// takes longer than filling it.
pub fn zeroed_words(count: usize) -> Vec<u64> {
    let mut words = vec![0; count];
    ask_for_large_pages(&mut words);
    words
}

#[cfg(target_os = "linux")]
fn ask_for_large_pages(words: &mut [u64]) {
    /// The bytes from which a buffer has room for some large pages.
    const LARGE: usize = 4 << 20;
    /// A multiple of the size of pages, wherever this is built for.
    const PAGE: usize = 64 << 10;

    let range = words.as_mut_ptr_range();
    let start = (range.start as usize).next_multiple_of(PAGE);
    let end = range.end as usize / PAGE * PAGE;
    if end.saturating_sub(start) >= LARGE {
        let bytes = end - start;
        // SAFETY: the pages lie in the buffer, which is ours alone, and this advice changes nothing in them. Whether
        // the system follows it does not matter.
        unsafe { libc::madvise(start as *mut libc::c_void, bytes, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn ask_for_large_pages(_words: &mut [u64]) {}
