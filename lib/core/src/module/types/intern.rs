//! Types of several modules put together, each once.

use super::identity::{Identity, Shapes};
use super::{SubType, Types};

/// Types among which no two are the same.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct TypeInterner {
    types: Types,
    shapes: Shapes,
}

impl TypeInterner {
    /// Adds those of a module's types that are new. Returns the new index of each of them.
    pub fn add(&mut self, types: &Types) -> Vec<u32> {
        let mut new = Vec::with_capacity(types.len());
        for group in types.groups() {
            let (start, rows) = (group.start as u32, &types.rows[group]);
            let TypeInterner { types, shapes } = self;
            let first = shapes.first(rows, start, &new, || append(types, rows, start, &new));
            new.extend(first..first + rows.len() as u32);
        }
        new
    }

    /// The types, and which are subtypes of which.
    pub fn finish(self) -> (Types, Identity) {
        let identity = Identity::of_distinct(&self.types);
        (self.types, identity)
    }
}

/// Appends a group that begins at `start` among types whose new indexes are `new`; returns its first index.
fn append(types: &mut Types, rows: &[SubType], start: u32, new: &[u32]) -> u32 {
    let first = types.len() as u32;
    for ty in rows {
        // Places in the group stay what they are.
        let moved = |index: u32| match new.get(index as usize) {
            Some(&new) => new,
            None => index.wrapping_sub(start).wrapping_add(first),
        };
        types.push(ty.renumbered(moved));
    }
    first
}
