//! The collector that frees nothing.

use std::ops::Range;

use vbc_core::isa::Trap;

use super::Ref;
use super::collector::{Policy, Roots};
use super::space::Space;

/// Objects follow one another until the heap is full. So it can be walked from the first to the last.
#[derive(Debug)]
pub(super) struct Bump;

impl Policy for Bump {
    fn allocate(&mut self, space: &mut Space, size: u64, _: &mut dyn Roots) -> Result<Ref, Trap> {
        let used = space.used();
        space
            .commit(used.end - used.start + size)
            .and_then(|()| space.bump(size))
            .ok_or(Trap::HeapExhausted)
    }

    /// No object is born unlogged, and nothing makes it so.
    fn log(&mut self, _: &mut Space, _: Ref, _: Range<u64>) {}
}
