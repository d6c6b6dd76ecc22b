//! Linear memory, and the stack of the interpreter: address space that is reserved at once and
//! used piece by piece.

#![allow(unsafe_code, reason = "address space is reserved and given out")]

use std::io;
use std::ptr;

/// Bytes in a page of linear memory.
pub const PAGE: u64 = 65_536;

/// Anonymous zero pages. Nothing is used until it is touched; the first `usable` bytes may be.
#[derive(Debug)]
pub struct Reservation {
    base: *mut u8,
    reserved: usize,
    usable: usize,
}

// SAFETY: the mapping belongs to the value alone; nothing about it is bound to a thread.
unsafe impl Send for Reservation {}

impl Reservation {
    /// Reserves `bytes` of address space, none of it usable.
    ///
    /// # Errors
    ///
    /// The system's when it has no such range left.
    pub fn new(bytes: usize) -> io::Result<Reservation> {
        if bytes == 0 {
            return Ok(Reservation {
                base: ptr::dangling_mut(),
                reserved: 0,
                usable: 0,
            });
        }
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: asks for a fresh range of the system's choice; no existing memory is affected.
        let base = unsafe { libc::mmap(ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Reservation {
            base: base.cast(),
            reserved: bytes,
            usable: 0,
        })
    }

    /// `bytes` of address space, all usable but the lowest page: a stack that grows down.
    ///
    /// # Errors
    ///
    /// The system's when it has no such range left.
    pub fn downwards(bytes: usize) -> io::Result<Reservation> {
        /// No system that is supported has larger pages.
        const LOWEST: usize = 65_536;
        let mut all = Reservation::new(bytes + LOWEST)?;
        all.extend(bytes + LOWEST)?;
        // SAFETY: the range lies in our own mapping, which nothing uses yet.
        let status = unsafe { libc::mprotect(all.base.cast(), LOWEST, libc::PROT_NONE) };
        if status != 0 {
            return Err(io::Error::last_os_error());
        }
        all.avoid_huge_pages();
        Ok(all)
    }

    /// The first `bytes`, and the rest.
    pub fn split(self, bytes: usize) -> (Reservation, Reservation) {
        let whole = std::mem::ManuallyDrop::new(self);
        let usable = whole.usable.min(bytes);
        let first = Reservation {
            base: whole.base,
            reserved: bytes,
            usable,
        };
        let rest = Reservation {
            base: whole.base.wrapping_add(bytes),
            reserved: whole.reserved - bytes,
            usable: whole.usable - usable,
        };
        (first, rest)
    }

    /// Makes the first `bytes` usable.
    ///
    /// # Errors
    ///
    /// When they are more than what is reserved, or the system refuses.
    pub fn extend(&mut self, bytes: usize) -> io::Result<()> {
        if bytes <= self.usable {
            return Ok(());
        }
        if bytes > self.reserved {
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        // SAFETY: the range lies in our own mapping.
        let status =
            unsafe { libc::mprotect(self.base.cast(), bytes, libc::PROT_READ | libc::PROT_WRITE) };
        if status != 0 {
            return Err(io::Error::last_os_error());
        }
        self.usable = bytes;
        Ok(())
    }

    /// Asks for small pages, where touching a byte must not cost a huge one.
    pub fn avoid_huge_pages(&mut self) {
        #[cfg(target_os = "linux")]
        // SAFETY: advice about our own mapping; what it holds is not changed. A system that does not
        // know the advice is as good.
        unsafe {
            libc::madvise(self.base.cast(), self.reserved, libc::MADV_NOHUGEPAGE);
        }
    }

    /// The first byte. Valid for the bytes that are usable.
    pub fn base(&self) -> *mut u8 {
        self.base
    }

    /// The size in bytes, usable or not.
    pub fn reserved(&self) -> usize {
        self.reserved
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        if self.reserved != 0 {
            // SAFETY: our own mapping, to which no pointer is used after this.
            unsafe { libc::munmap(self.base.cast(), self.reserved) };
        }
    }
}

/// The largest piece of address space that a memory reserves ahead of its need.
const RESERVE_AHEAD: u64 = 1 << 32;

/// Bytes behind the largest memory that nobody can use, where guard pages are wanted. An access
/// whose base lies in the memory, or for 32-bit addresses anywhere, and whose offset and width do not
/// exceed this, meets them instead of something else's memory.
pub const GUARD: u64 = 32 << 20;

/// A program's memory. Its address changes only when it grows beyond what was reserved.
#[derive(Debug)]
pub struct Memory {
    pages: Reservation,
    bytes: u64,
    limit: u64,
    is_64: bool,
    /// Bytes at the end of the reservation that stay unusable.
    guard: usize,
}

impl Memory {
    /// A memory of `min` pages that grows up to `max` pages and at most `max_bytes` bytes.
    ///
    /// # Errors
    ///
    /// When the initial size is beyond `max_bytes`, or the system refuses.
    pub fn new(is_64: bool, min: u64, max: u64, max_bytes: u64) -> io::Result<Memory> {
        Memory::reserve(is_64, min, max, max_bytes, false)
    }

    /// The same. When `guarded`, [`GUARD`] bytes behind it stay unusable, and so does everything
    /// that 32-bit addresses can reach.
    pub fn reserve(
        is_64: bool,
        min: u64,
        max: u64,
        max_bytes: u64,
        guarded: bool,
    ) -> io::Result<Memory> {
        let most = if is_64 { 1 << 47 } else { 1 << 32 };
        let limit = max
            .saturating_mul(PAGE)
            .min(max_bytes / PAGE * PAGE)
            .min(most);
        let bytes = min.checked_mul(PAGE).filter(|&bytes| bytes <= limit);
        let bytes = bytes.ok_or(io::ErrorKind::OutOfMemory)?;
        let guard = to_usize(if guarded { GUARD } else { 0 })?;
        let mut pages = if guarded && !is_64 {
            Reservation::new(to_usize(1 << 32)? + guard)?
        } else {
            Reservation::new(to_usize(limit.min(RESERVE_AHEAD.max(bytes)))? + guard)
                .or_else(|_| Reservation::new(to_usize(bytes)? + guard))?
        };
        pages.extend(to_usize(bytes)?)?;
        Ok(Memory {
            pages,
            bytes,
            limit,
            is_64,
            guard,
        })
    }

    /// Whether the system has so much address space to give that guard pages can be had.
    pub fn can_be_guarded() -> bool {
        Memory::reserve(false, 0, 0, 0, true).is_ok()
    }

    /// Whether addresses are `i64`.
    pub fn is_64(&self) -> bool {
        self.is_64
    }

    /// The size in bytes.
    pub fn len(&self) -> u64 {
        self.bytes
    }

    /// Whether the size is zero.
    pub fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// The size in pages.
    pub fn pages(&self) -> u64 {
        self.bytes / PAGE
    }

    /// The first byte, valid for [`Memory::len`] bytes until the memory grows.
    pub fn base(&self) -> *mut u8 {
        self.pages.base()
    }

    /// Grows by `delta` pages of zeros. Gives the former size in pages; none when a limit or the
    /// system forbids it.
    pub fn grow(&mut self, delta: u64) -> Option<u64> {
        let before = self.pages();
        let bytes = before.checked_add(delta)?.checked_mul(PAGE)?;
        if bytes > self.limit {
            return None;
        }
        let wanted = to_usize(bytes).ok()?;
        if wanted > self.pages.reserved() - self.guard {
            self.relocate(wanted)?;
        }
        self.pages.extend(wanted).ok()?;
        self.bytes = bytes;
        Some(before)
    }

    /// Moves to a reservation of at least `wanted` bytes.
    fn relocate(&mut self, wanted: usize) -> Option<()> {
        let ahead = to_usize(self.limit.min(wanted as u64 * 2)).ok()?;
        let mut pages = Reservation::new(ahead + self.guard)
            .or_else(|_| Reservation::new(wanted + self.guard))
            .ok()?;
        pages.extend(wanted).ok()?;
        // SAFETY: both ranges are usable for the present size and belong to different mappings.
        unsafe {
            ptr::copy_nonoverlapping(self.pages.base(), pages.base(), self.bytes as usize);
        }
        self.pages = pages;
        Some(())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: that many bytes are usable, zero or written, and borrowed with the memory.
        unsafe { std::slice::from_raw_parts(self.pages.base(), self.bytes as usize) }
    }

    /// The bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`, borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.pages.base(), self.bytes as usize) }
    }

    /// The `length` bytes from `address`; none when they do not all lie inside.
    pub fn slice(&self, address: u64, length: u64) -> Option<&[u8]> {
        let end = address.checked_add(length)?;
        self.bytes()
            .get(usize::try_from(address).ok()?..usize::try_from(end).ok()?)
    }

    /// The `length` bytes from `address`, to be written; none when they do not all lie inside.
    pub fn slice_mut(&mut self, address: u64, length: u64) -> Option<&mut [u8]> {
        let end = address.checked_add(length)?;
        self.bytes_mut()
            .get_mut(usize::try_from(address).ok()?..usize::try_from(end).ok()?)
    }
}

fn to_usize(bytes: u64) -> io::Result<usize> {
    usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_up_to_its_maximum() {
        let mut memory = Memory::new(true, 1, 3, u64::MAX).unwrap();
        memory.bytes_mut()[65_535] = 7;
        assert_eq!(memory.grow(2), Some(1));
        assert_eq!(memory.grow(1), None);
        assert_eq!(memory.grow(u64::MAX), None);
        assert_eq!((memory.pages(), memory.bytes()[65_535]), (3, 7));
        assert!(memory.slice(3 * PAGE - 1, 1).is_some());
        assert!(memory.slice(3 * PAGE - 1, 2).is_none());
        assert!(memory.slice(u64::MAX, 2).is_none());
    }

    #[test]
    fn the_limit_in_bytes_holds() {
        let mut memory = Memory::new(false, 1, u64::MAX, 2 * PAGE + 5).unwrap();
        assert_eq!(memory.grow(1), Some(1));
        assert_eq!(memory.grow(1), None);
        assert!(Memory::new(false, 3, 10, 2 * PAGE).is_err());
    }

    #[test]
    fn moves_when_it_outgrows_the_reservation() {
        let mut memory = Memory::new(true, 1, u64::MAX, 1 << 40).unwrap();
        memory.bytes_mut()[100] = 9;
        let pages = (1 << 32) / PAGE;
        assert_eq!(memory.grow(pages), Some(1));
        assert_eq!(memory.bytes()[100], 9);
        assert_eq!(memory.bytes()[(1 << 32) + 10], 0);
    }
}
