//! How much of its stack a thread has left.

use std::cell::Cell;
use std::mem::MaybeUninit;

/// What a call of C is left at least: C does not look how far its stack reaches.
const HEADROOM: usize = 256 << 10;

thread_local! {
    /// The lowest address of the thread's stack; 0 when nobody has asked yet.
    static LOWEST: Cell<usize> = const { Cell::new(0) };
}

/// Whether the stack has room for a call of C.
pub(crate) fn has_room() -> bool {
    let here = 0_u8;
    let here = std::ptr::from_ref(&here) as usize;
    let lowest = LOWEST.with(|lowest| {
        if lowest.get() == 0 {
            // What the system does not tell is taken for enough.
            lowest.set(lowest_address().unwrap_or(1));
        }
        lowest.get()
    });
    here > lowest.saturating_add(HEADROOM)
}

/// Where the calling thread's stack ends.
fn lowest_address() -> Option<usize> {
    let mut attributes = MaybeUninit::uninit();
    let (mut address, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are filled before they are read, and given back.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let found = libc::pthread_attr_getstack(attributes.as_ptr(), &mut address, &mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        (found == 0).then_some(address as usize)
    }
}
