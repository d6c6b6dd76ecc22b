//! The same work for many things, on the threads of the current pool where the build has one.
//!
//! Results come in the order of the things, so nothing depends on the number of threads.

/// What `work` makes of each item.
#[cfg(feature = "archives")]
pub(super) fn map<'i, T: Sync, R: Send>(
    items: &'i [T],
    work: impl Fn(usize, &'i T) -> R + Sync,
) -> Vec<R> {
    use rayon::prelude::*;
    match items.len() {
        0 | 1 => items.iter().map(|item| work(0, item)).collect(),
        _ => items
            .par_iter()
            .enumerate()
            .map(|(number, item)| work(number, item))
            .collect(),
    }
}

/// What `work` makes of each item.
#[cfg(not(feature = "archives"))]
pub(super) fn map<'i, T, R>(items: &'i [T], work: impl Fn(usize, &'i T) -> R) -> Vec<R> {
    let items = items.iter().enumerate();
    items.map(|(number, item)| work(number, item)).collect()
}

/// Both results.
#[cfg(feature = "archives")]
pub(super) fn both<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(one, other)
}

/// Both results.
#[cfg(not(feature = "archives"))]
pub(super) fn both<A, B>(one: impl FnOnce() -> A, other: impl FnOnce() -> B) -> (A, B) {
    (one(), other())
}
