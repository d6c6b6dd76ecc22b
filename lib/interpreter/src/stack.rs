//! The stack: frames grow up from its start, records of calls grow down from its end, so that one
//! comparison finds both overflows.

use std::io;

use super::machine::CallInfo;
use vbc_runtime::Reservation;

/// One contiguous reservation, whose pages the system provides when they are touched.
#[derive(Debug)]
pub(super) struct Stack {
    pages: Reservation,
}

impl Stack {
    /// Below this there would be no room for the outermost frame.
    const LEAST: u64 = 4096;

    pub(super) fn new(bytes: u64) -> io::Result<Stack> {
        let bytes = bytes.max(Stack::LEAST) / 16 * 16;
        let bytes = usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let mut pages = Reservation::new(bytes)?;
        pages.extend(bytes)?;
        pages.avoid_huge_pages();
        Ok(Stack { pages })
    }

    /// Where the outermost frame begins.
    pub(super) fn bottom(&self) -> *mut u64 {
        self.pages.base().cast()
    }

    /// Just above the outermost call's record.
    pub(super) fn top(&self) -> *mut CallInfo {
        self.pages.base().wrapping_add(self.pages.reserved()).cast()
    }
}
