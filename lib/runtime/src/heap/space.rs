//! The bytes of a heap: what is reserved, what of it is accessible, and where the next object goes.

#![allow(unsafe_code, reason = "address space is reserved and given out")]

use std::io;
use std::ptr::NonNull;

use super::Ref;
use crate::memory::{Reservation, to_usize};

/// Bytes from the base on that are never accessible, so that fields of a null reference fault.
const START: u64 = 65_536;
/// The size of a region, where the system lets it be.
const LARGEST: u64 = 16 << 30;
/// The smallest region.
const SMALLEST: u64 = 256 << 20;
/// How many guards, which are never accessible, would make a region.
const GUARDS: u64 = 4;
/// Bytes that become accessible at a time, unless more are needed.
const STEP: u64 = 1 << 20;

/// Where the next object goes. Native code reads and writes it at its address, which stays the same as long as the heap
/// is there. Both numbers count like references: in units of 4 bytes from the heap's base.
#[derive(Debug)]
#[repr(C)]
pub struct AllocPair {
    /// The next object, as a reference.
    pub next: u64,
    /// The end of the bytes that are there for new objects, all of them zero from `next` on.
    pub end: u64,
}

/// A region of address space, of which a part is accessible.
#[derive(Debug)]
pub(super) struct Space {
    /// The bytes before the first object.
    null: Reservation,
    /// All others, the guard included.
    objects: Reservation,
    pair: NonNull<AllocPair>,
    region: u64,
    /// Bytes from [`START`] on that may become accessible.
    max: u64,
    /// The same as far as whoever made the space has said: the limit may be lower for a time.
    most: u64,
    /// Bytes from [`START`] on that are accessible.
    committed: u64,
}

// SAFETY: the region and the pair belong to the value alone; nothing about them is bound to a thread.
unsafe impl Send for Space {}

impl Space {
    /// A region of which at most `max` bytes become accessible.
    pub fn new(max: u64) -> io::Result<Space> {
        let mut region = LARGEST;
        let reservation = loop {
            match to_usize(region + region / GUARDS).and_then(Reservation::new) {
                Ok(reservation) => break reservation,
                Err(error) if region <= SMALLEST => return Err(error),
                Err(_) => region /= 2,
            }
        };
        let (null, objects) = reservation.split(START as usize);
        let start = START / Ref::SIZE;
        let pair = Box::new(AllocPair {
            next: start,
            end: start,
        });
        Ok(Space {
            null,
            objects,
            pair: NonNull::from(Box::leak(pair)),
            region,
            max: max.min(region - START),
            most: max.min(region - START),
            committed: 0,
        })
    }

    /// The address that references count from.
    pub fn base(&self) -> *mut u8 {
        self.null.base()
    }

    /// The size of the region in bytes, without the guard.
    pub fn region(&self) -> u64 {
        self.region
    }

    /// Lets no more than `bytes` become accessible, and no more than at the beginning. What is accessible stays so.
    pub fn limit(&mut self, bytes: u64) {
        self.max = self.most.min(bytes);
    }

    /// Bytes that are accessible.
    pub fn committed(&self) -> u64 {
        self.committed
    }

    /// The address of the pair.
    pub fn pair(&self) -> *mut AllocPair {
        self.pair.as_ptr()
    }

    /// Where the first object is, in bytes from the base, and where the next one would be.
    pub fn used(&self) -> std::ops::Range<u64> {
        // SAFETY: the pair belongs to the space; who else writes to it does not run at the same time.
        let next = unsafe { (*self.pair()).next };
        START..next * Ref::SIZE
    }

    /// Takes the next `size` bytes, a multiple of 8, from those that are there for new objects.
    pub fn bump(&mut self, size: u64) -> Option<Ref> {
        // SAFETY: as in `used`.
        let pair = unsafe { &mut *self.pair() };
        let after = pair.next + size / Ref::SIZE;
        if after > pair.end {
            return None;
        }
        let object = Ref::from_offset(pair.next * Ref::SIZE);
        pair.next = after;
        Some(object)
    }

    /// Makes at least `bytes` bytes accessible for new objects, in all, with those before; none when that is more than
    /// there may be, or the system has none.
    pub fn commit(&mut self, bytes: u64) -> Option<()> {
        let wanted = bytes.checked_next_multiple_of(STEP)?.min(self.max);
        if wanted < bytes {
            return None;
        }
        let wanted = wanted.max(self.committed);
        self.objects.extend(to_usize(wanted).ok()?).ok()?;
        self.committed = wanted;
        // SAFETY: as in `used`.
        unsafe { (*self.pair()).end = (START + wanted) / Ref::SIZE };
        Some(())
    }

    /// Where the `length` bytes that begin `offset` bytes from the base are among those that are accessible; none when
    /// they are not.
    fn range(&self, offset: u64, length: u64) -> Option<std::ops::Range<usize>> {
        let start = offset.checked_sub(START)?;
        let end = start
            .checked_add(length)
            .filter(|&end| end <= self.committed)?;
        Some(start as usize..end as usize)
    }

    /// The `length` bytes that begin `offset` bytes from the base; none when not all are accessible.
    pub fn bytes(&self, offset: u64, length: u64) -> Option<&[u8]> {
        let range = self.range(offset, length)?;
        let from = self.objects.base().wrapping_add(range.start);
        // SAFETY: they are accessible, zero or written, and borrowed with the space.
        Some(unsafe { std::slice::from_raw_parts(from, range.len()) })
    }

    /// The same, to be written.
    pub fn bytes_mut(&mut self, offset: u64, length: u64) -> Option<&mut [u8]> {
        let range = self.range(offset, length)?;
        let from = self.objects.base().wrapping_add(range.start);
        // SAFETY: as for `bytes`, borrowed exclusively.
        Some(unsafe { std::slice::from_raw_parts_mut(from, range.len()) })
    }

    /// Moves `length` bytes as if by way of a buffer; none when not all are accessible.
    pub fn copy_within(&mut self, to: u64, from: u64, length: u64) -> Option<()> {
        let (to, from) = (self.range(to, length)?, self.range(from, length)?);
        let all = self.bytes_mut(START, self.committed)?;
        all.copy_within(from, to.start);
        Some(())
    }

    /// As many bytes as an array has, from `offset` bytes after the base on.
    pub fn read<const N: usize>(&self, offset: u64) -> Option<[u8; N]> {
        self.bytes(offset, N as u64)?.try_into().ok()
    }

    /// Writes bytes `offset` bytes after the base.
    pub fn write<const N: usize>(&mut self, offset: u64, bytes: [u8; N]) -> Option<()> {
        self.bytes_mut(offset, N as u64)?.copy_from_slice(&bytes);
        Some(())
    }

    /// The 32 bits that are `offset` bytes after the base.
    pub fn word(&self, offset: u64) -> Option<u32> {
        Some(u32::from_le_bytes(self.read(offset)?))
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        // SAFETY: it was a box, which is used no more.
        drop(unsafe { Box::from_raw(self.pair()) });
    }
}
