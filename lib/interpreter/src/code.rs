//! Predecoded code and how calls find it.

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
pub(super) struct Code {
    words: *mut [u64],
    /// Function index.
    pub(super) function: u32,
    /// Registers of the frame, with those that the predecoder added.
    pub(super) slots: u32,
}

impl Code {
    pub(super) fn new(words: Vec<u64>, function: u32, slots: u32) -> Code {
        Code {
            words: Box::into_raw(words.into_boxed_slice()),
            function,
            slots,
        }
    }

    pub(super) fn start(&self) -> *mut u64 {
        self.words.cast()
    }

    /// The distance of `ip` from the start in words, when it points into (or just behind) the
    /// cells.
    pub(super) fn offset_of(&self, ip: *const u64) -> Option<usize> {
        let bytes = (ip as usize).checked_sub(self.start() as usize)?;
        (bytes / 8 <= self.words.len()).then_some(bytes / 8)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`; the machine that ran it is gone.
        drop(unsafe { Box::from_raw(self.words) });
    }
}

// SAFETY: the cells belong to the value alone.
unsafe impl Send for Code {}

/// The place of something, as cells hold it.
pub(super) fn address<T>(place: *const T) -> u64 {
    place.expose_provenance() as u64
}
