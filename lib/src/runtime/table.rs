//! Tables of references.

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
    pub(crate) fn new(is_64: bool, min: u64, max: u64, limit: u64) -> Option<Table> {
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
    pub(crate) fn is_64(&self) -> bool {
        self.is_64
    }

    /// The number of elements.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Element `index`.
    #[inline(always)]
    pub(crate) fn get(&self, index: u64) -> Option<u64> {
        if index < self.len as u64 {
            // SAFETY: `elements` and `len` always describe `storage`.
            Some(unsafe { *self.elements.add(index as usize) })
        } else {
            None
        }
    }

    /// The elements.
    pub(crate) fn elements(&self) -> &[u64] {
        &self.storage
    }

    /// The elements, to be written.
    pub(crate) fn elements_mut(&mut self) -> &mut [u64] {
        &mut self.storage
    }

    /// Appends `delta` elements. Gives the former number; none when a limit or lack of storage
    /// forbids it.
    pub(crate) fn grow(&mut self, delta: u64, element: u64) -> Option<u64> {
        let before = self.len as u64;
        let after = before
            .checked_add(delta)
            .filter(|&after| after <= self.max)?;
        let after = usize::try_from(after).ok()?;
        self.storage.try_reserve(after - self.len).ok()?;
        self.storage.resize(after, element);
        self.elements = self.storage.as_ptr();
        self.len = after;
        Some(before)
    }
}

/// Zeros whose pages the system provides when they are touched.
fn zeros(count: usize) -> Option<Vec<u64>> {
    // `vec!` asks for zeroed storage at once, but cannot fail; the reservation sees first
    // whether there is room.
    let mut probe: Vec<u64> = Vec::new();
    probe.try_reserve_exact(count).ok()?;
    drop(probe);
    Some(vec![0; count])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_within_its_limits() {
        let mut table = Table::new(false, 2, 5, 100).unwrap();
        assert_eq!(table.grow(3, 9), Some(2));
        assert_eq!(table.grow(1, 9), None);
        assert_eq!(
            (table.get(1), table.get(4), table.get(5)),
            (Some(0), Some(9), None)
        );
        assert!(Table::new(true, 101, u64::MAX, 100).is_none());
    }
}
