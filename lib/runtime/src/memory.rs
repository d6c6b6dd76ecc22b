//! Linear memory, and the stack of the interpreter: address space that is reserved at once and
//! used piece by piece.

#![allow(unsafe_code, reason = "address space is reserved and given out")]

use std::io;
use std::ptr;

use vbc_core::module::PAGE;

/// Anonymous zero pages. Nothing is used until it is touched; the first `usable` bytes may be.
#[derive(Debug)]
pub struct Reservation {
    base: *mut u8,
    reserved: usize,
    usable: usize,
    /// It is never given back.
    is_kept: bool,
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
                is_kept: false,
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
            is_kept: false,
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
            is_kept: whole.is_kept,
        };
        let rest = Reservation {
            base: whole.base.wrapping_add(bytes),
            reserved: whole.reserved - bytes,
            usable: whole.usable - usable,
            is_kept: whole.is_kept,
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
        if self.reserved != 0 && !self.is_kept {
            // SAFETY: our own mapping, to which no pointer is used after this.
            unsafe { libc::munmap(self.base.cast(), self.reserved) };
        }
    }
}

/// The largest piece of address space that a memory reserves ahead of its need.
const RESERVE_AHEAD: u64 = 1 << 32;

/// Bytes after the largest memory that nobody can use, where guard pages are wanted. An access
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
    /// Whether its bytes can be borrowed.
    lends: bool,
    /// How many calls there are that rely on its place.
    pins: u32,
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

    /// The same. When `guarded`, [`GUARD`] bytes after it stay unusable, and so does everything
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
            lends: true,
            pins: 0,
        })
    }

    /// Whether the system can provide enough address space for guard pages.
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

    /// Grows by `delta` pages of zeros. Returns the former size in pages; none when a limit or the
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

    /// Keeps the memory where it is, until [`Memory::unpin`] has been called as often: growing that would have to move
    /// it fails.
    pub(crate) fn pin(&mut self) {
        self.pins += 1;
    }

    /// Ends what [`Memory::pin`] began.
    pub(crate) fn unpin(&mut self) {
        self.pins -= 1;
    }

    /// Never gives back the place where the memory is, because somebody whom nobody waits for uses it.
    pub(crate) fn keep(&mut self) {
        self.pages.is_kept = true;
    }

    /// Moves to a reservation of at least `wanted` bytes; none while it is pinned.
    fn relocate(&mut self, wanted: usize) -> Option<()> {
        if self.pins > 0 {
            return None;
        }
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

    /// Refuses all slices from now on, as a memory has to that others write to at the same time.
    #[doc(hidden)]
    pub fn refuse_borrows(&mut self) {
        self.lends = false;
    }

    /// The `length` bytes from `address` as places in it; none when they do not all lie inside.
    fn range(&self, address: u64, length: u64) -> Option<(*mut u8, usize)> {
        let end = address.checked_add(length)?;
        let (at, length) = (
            usize::try_from(address).ok()?,
            usize::try_from(length).ok()?,
        );
        (end <= self.bytes).then(|| (self.pages.base().wrapping_add(at), length))
    }

    /// Whether the `length` bytes from `address` all lie inside.
    pub fn holds(&self, address: u64, length: u64) -> bool {
        self.range(address, length).is_some()
    }

    /// The place of the `length` bytes from `address`; none when they do not all lie inside. It is valid until the
    /// memory grows.
    pub fn place(&self, address: u64, length: u64) -> Option<*mut u8> {
        Some(self.range(address, length)?.0)
    }

    /// Copies the bytes from `address` into a buffer; none when they do not all lie inside.
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> Option<()> {
        let (from, length) = self.range(address, buffer.len() as u64)?;
        // SAFETY: that many bytes are usable there, and no buffer lies in them while they are not borrowed.
        unsafe { ptr::copy_nonoverlapping(from, buffer.as_mut_ptr(), length) };
        Some(())
    }

    /// Copies bytes to `address`; none when their place does not lie inside.
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Option<()> {
        let (to, length) = self.range(address, bytes.len() as u64)?;
        // SAFETY: as for `read`.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, length) };
        Some(())
    }

    /// Fills the `length` bytes from `address`; none when they do not all lie inside.
    pub fn fill(&mut self, address: u64, byte: u8, length: u64) -> Option<()> {
        let (to, length) = self.range(address, length)?;
        // SAFETY: that many bytes are usable there.
        unsafe { ptr::write_bytes(to, byte, length) };
        Some(())
    }

    /// Moves `length` bytes as if by way of a buffer; none when not all lie inside.
    pub fn copy_within(&mut self, to: u64, from: u64, length: u64) -> Option<()> {
        let ((to, length), (from, _)) = (self.range(to, length)?, self.range(from, length)?);
        // SAFETY: that many bytes are usable at both places.
        unsafe { ptr::copy(from, to, length) };
        Some(())
    }

    /// The `length` bytes from `address`; none when they do not all lie inside, or the memory lends no bytes, so that
    /// they have to be copied.
    pub fn borrow(&self, address: u64, length: u64) -> Option<&[u8]> {
        let (from, length) = self.range(address, length).filter(|_| self.lends)?;
        // SAFETY: that many bytes are usable there, zero or written, and borrowed with the memory.
        Some(unsafe { std::slice::from_raw_parts(from, length) })
    }

    /// The same, to be written.
    pub fn borrow_mut(&mut self, address: u64, length: u64) -> Option<&mut [u8]> {
        let (to, length) = self.range(address, length).filter(|_| self.lends)?;
        // SAFETY: as for `borrow`, borrowed exclusively.
        Some(unsafe { std::slice::from_raw_parts_mut(to, length) })
    }

    /// A copy of all bytes.
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes as usize];
        // They all lie inside.
        let _ = self.read(0, &mut bytes);
        bytes
    }
}

pub(crate) fn to_usize(bytes: u64) -> io::Result<usize> {
    usize::try_from(bytes).map_err(|_| io::ErrorKind::OutOfMemory.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte(memory: &Memory, address: u64) -> u8 {
        let mut byte = [0];
        memory.read(address, &mut byte).unwrap();
        byte[0]
    }

    #[test]
    fn nothing_outside_is_touched() {
        let mut memory = Memory::new(true, 1, 1, u64::MAX).unwrap();
        assert_eq!(memory.write(PAGE - 3, b"end"), Some(()));
        assert_eq!(memory.copy_within(1, PAGE - 3, 3), Some(()));
        assert_eq!(memory.fill(2, b'x', 1), Some(()));
        assert_eq!(memory.borrow(0, 5), Some(&b"\0exd\0"[..]));
        for (address, length) in [(PAGE - 2, 3), (PAGE + 1, 0), (u64::MAX, 1), (1, u64::MAX)] {
            assert!(!memory.holds(address, length) && memory.place(address, length).is_none());
            assert!(memory.borrow(address, length).is_none());
            assert!(memory.borrow_mut(address, length).is_none());
            assert!(memory.fill(address, 1, length).is_none());
            assert!(memory.copy_within(address, 0, length).is_none());
            assert!(memory.copy_within(0, address, length).is_none());
        }
        assert!(memory.write(PAGE - 2, b"end").is_none());
        assert!(memory.read(PAGE - 2, &mut [0; 3]).is_none());
    }

    #[test]
    fn a_memory_can_refuse_to_lend_its_bytes() {
        let mut memory = Memory::new(true, 1, 1, u64::MAX).unwrap();
        memory.refuse_borrows();
        assert!(memory.borrow(0, 1).is_none() && memory.borrow_mut(0, 1).is_none());
        assert_eq!(memory.write(5, b"text"), Some(()));
        assert_eq!(memory.to_vec()[4..10], *b"\0text\0");
    }

    #[test]
    fn grows_up_to_its_maximum() {
        let mut memory = Memory::new(true, 1, 3, u64::MAX).unwrap();
        memory.write(65_535, &[7]).unwrap();
        assert_eq!(memory.grow(2), Some(1));
        assert_eq!(memory.grow(1), None);
        assert_eq!(memory.grow(u64::MAX), None);
        assert_eq!((memory.pages(), byte(&memory, 65_535)), (3, 7));
        assert!(memory.holds(3 * PAGE - 1, 1) && memory.holds(3 * PAGE, 0));
        assert!(!memory.holds(3 * PAGE - 1, 2) && !memory.holds(u64::MAX, 2));
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
        memory.write(100, &[9]).unwrap();
        let pages = (1 << 32) / PAGE;
        assert_eq!(memory.grow(pages), Some(1));
        assert_eq!(byte(&memory, 100), 9);
        assert_eq!(byte(&memory, (1 << 32) + 10), 0);
    }
}
