//! The same work for many things, on the threads of the current pool where the build has one.
//!
//! Results come in the order of the things, so nothing depends on the number of threads.

/// What `work` makes of each item.
#[cfg(feature = "archives")]
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
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
pub(super) fn map<T, R>(items: &[T], work: impl Fn(usize, &T) -> R) -> Vec<R> {
    let items = items.iter().enumerate();
    items.map(|(number, item)| work(number, item)).collect()
}
