//! Predecoded code, and how calls and whoever walks frames find it.

/// What a call needs to know of a function.
#[derive(Debug)]
#[repr(C)]
pub(super) struct FuncEntry {
    /// The first cell. Until the function has been predecoded, one that does that.
    pub(super) code: *const u64,
    /// Registers of the frame, with those that the predecoder added.
    pub(super) slots: u32,
    /// The first type index whose type is equal to the function's.
    pub(super) ty: u32,
}

/// The cells of a function. They never move, and CALL cells patch themselves.
#[derive(Debug)]
pub(super) struct FunctionCells {
    words: *mut [u64],
    /// Function index.
    pub(super) function: u32,
    /// Registers of the frame, with those that the predecoder added.
    pub(super) slots: u32,
}

impl FunctionCells {
    pub(super) fn new(words: Vec<u64>, function: u32, slots: u32) -> FunctionCells {
        FunctionCells {
            words: Box::into_raw(words.into_boxed_slice()),
            function,
            slots,
        }
    }

    pub(super) fn start(&self) -> *mut u64 {
        self.words.cast()
    }

    /// The distance of `ip` from the start in words, when it points into (or just after) the
    /// cells.
    pub(super) fn offset_of(&self, ip: *const u64) -> Option<usize> {
        let bytes = (ip as usize).checked_sub(self.start() as usize)?;
        (bytes / 8 <= self.words.len()).then_some(bytes / 8)
    }
}

impl Drop for FunctionCells {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`; the machine that ran it is gone.
        drop(unsafe { Box::from_raw(self.words) });
    }
}

// SAFETY: the cells belong to the value alone.
unsafe impl Send for FunctionCells {}

/// All predecoded code of an instance, sorted by address for those who look for it.
#[derive(Debug, Default)]
pub(super) struct CodeRanges {
    all: Vec<FunctionCells>,
    /// Whether some code has been added since it was sorted.
    grown: bool,
}

impl CodeRanges {
    /// Adds code, which is nowhere among the rest. Predecoding does not wait for the order.
    pub(super) fn add(&mut self, code: FunctionCells) {
        self.all.push(code);
        self.grown = true;
    }

    /// The ranges in their order.
    pub(super) fn sorted(&mut self) -> Sorted<'_> {
        if std::mem::take(&mut self.grown) {
            self.all.sort_by_key(|code| code.start() as usize);
        }
        Sorted(&self.all)
    }

    /// The code of a function; none when it has not been predecoded.
    pub(super) fn of(&self, function: u32) -> Option<&FunctionCells> {
        self.all.iter().find(|code| code.function == function)
    }
}

/// Code by ascending address.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sorted<'c>(&'c [FunctionCells]);

impl<'c> Sorted<'c> {
    /// The code into which `ip` points, and the distance from its start in words; none for stubs.
    pub(super) fn find(self, ip: *const u64) -> Option<(&'c FunctionCells, usize)> {
        let after = self
            .0
            .partition_point(|code| code.start() as usize <= ip as usize);
        let code = &self.0[after.checked_sub(1)?];
        Some((code, code.offset_of(ip)?))
    }
}

/// The place of something, as cells hold it.
pub(super) fn address<T>(place: *const T) -> u64 {
    place.expose_provenance() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_found_by_any_of_its_words() {
        let mut ranges = CodeRanges::default();
        assert!(ranges.sorted().find(std::ptr::null()).is_none());
        let starts: Vec<*mut u64> = (0..100)
            .map(|function| {
                let code = FunctionCells::new(vec![0; 1 + function as usize % 7], function, 0);
                let start = code.start();
                ranges.add(code);
                start
            })
            .collect();
        let sorted = ranges.sorted();
        let found = |ip: *mut u64| sorted.find(ip).map(|(code, at)| (code.function, at));
        for (function, &start) in (0..).zip(&starts) {
            let words = 1 + function as usize % 7;
            for at in 0..words {
                assert_eq!(found(start.wrapping_add(at)), Some((function, at)));
            }
            // A record of a call may point right after the last cell.
            assert_eq!(found(start.wrapping_add(words)), Some((function, words)));
        }
        assert_eq!(found(std::ptr::dangling_mut()), None);
        let last = starts.iter().max().expect("there are some");
        assert_eq!(found(last.wrapping_add(100)), None);
        for (function, start) in (0..).zip(starts) {
            assert_eq!(ranges.of(function).map(FunctionCells::start), Some(start));
        }
        assert!(ranges.of(100).is_none());
    }
}
