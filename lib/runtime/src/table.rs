//! Tables of references.

#![allow(unsafe_code, reason = "compiled code reads elements by their address")]

use vbc_core::storage::fallible;

/// Bytes of an element of a table, for fuel and limits.
pub const ELEMENT: u64 = 8;

/// A table. Elements are references as registers hold them: 0 is null, others a number plus one.
///
/// Its fields are read by compiled and predecoded code, hence the fixed layout.
#[derive(Debug)]
#[repr(C)]
pub struct Table {
    elements: *const u64,
    len: usize,
    storage: Vec<u64>,
    max: u64,
    is_64: bool,
}

// SAFETY: `elements` points into `storage`, which the table owns.
unsafe impl Send for Table {}

impl Table {
    /// A table of `min` null elements that grows up to `max`; none when `min` is more than
    /// `limit` elements.
    pub fn new(is_64: bool, min: u64, max: u64, limit: u64) -> Option<Table> {
        let most = if is_64 { u64::MAX } else { u64::from(u32::MAX) };
        let max = max.min(limit).min(most);
        let storage = zeros(usize::try_from(min).ok().filter(|_| min <= max)?)?;
        Some(Table {
            elements: storage.as_ptr(),
            len: storage.len(),
            storage,
            max,
            is_64,
        })
    }

    /// Whether indexes are `i64`.
    pub fn is_64(&self) -> bool {
        self.is_64
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Element `index`.
    #[inline(always)]
    pub fn get(&self, index: u64) -> Option<u64> {
        if index < self.len as u64 {
            // SAFETY: `elements` and `len` always describe `storage`.
            Some(unsafe { *self.elements.add(index as usize) })
        } else {
            None
        }
    }

    /// The elements.
    pub fn elements(&self) -> &[u64] {
        &self.storage
    }

    /// The elements, to be written.
    pub fn elements_mut(&mut self) -> &mut [u64] {
        &mut self.storage
    }

    /// Whether the limits of the table let it take `delta` more elements.
    pub fn may_grow(&self, delta: u64) -> bool {
        let after = (self.len as u64).checked_add(delta);
        after.is_some_and(|after| after <= self.max)
    }

    /// Makes room for `delta` elements, which the limits allow. False when there is no storage.
    pub fn reserve(&mut self, delta: u64) -> bool {
        // As the vector would, but never beyond what the table may have.
        let most = self.max.max(self.len as u64) - self.len as u64;
        let ahead = usize::try_from(delta.max(self.len as u64).min(most));
        let Ok(ahead) = ahead else { return false };
        let reserved = fallible(|| {
            self.storage.capacity() - self.len >= delta as usize
                || self.storage.try_reserve_exact(ahead).is_ok()
                || self.storage.try_reserve_exact(delta as usize).is_ok()
        });
        self.elements = self.storage.as_ptr();
        reserved
    }

    /// Appends elements, for which there is room.
    pub fn append(&mut self, count: usize, element: u64) {
        self.storage.resize(self.len + count, element);
        self.elements = self.storage.as_ptr();
        self.len = self.storage.len();
    }
}

/// Zeros whose pages the system provides when they are touched.
fn zeros(count: usize) -> Option<Vec<u64>> {
    // `vec!` asks for zeroed storage at once, but cannot fail; the reservation sees first
    // whether there is room.
    let mut probe: Vec<u64> = Vec::new();
    fallible(|| probe.try_reserve_exact(count)).ok()?;
    drop(probe);
    Some(vec![0; count])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_within_its_limits() {
        let mut table = Table::new(false, 2, 5, 100).unwrap();
        assert!(table.may_grow(3) && !table.may_grow(4) && !table.may_grow(u64::MAX));
        assert!(table.reserve(3));
        table.append(3, 9);
        assert!(!table.may_grow(1) && table.may_grow(0));
        assert_eq!(
            (table.get(1), table.get(4), table.get(5)),
            (Some(0), Some(9), None)
        );
        assert!(Table::new(true, 101, u64::MAX, 100).is_none());
    }
}
