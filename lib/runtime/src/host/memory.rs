//! The one way by which anyone but a program reaches its memory.

use std::borrow::Cow;

use crate::Memory;
use vbc_core::isa::Trap;
use vbc_core::storage::fallible;

/// A program's memory while the program does not run: during a call of the host's, or between calls of the embedder's.
/// Every access is checked; a program without memory has one of size zero.
///
/// Bytes are copied, or borrowed where the memory lends them. One that other threads write to at the same time could
/// not, so whoever borrows must be able to do without.
pub struct GuestMemory<'a> {
    memory: Option<&'a mut Memory>,
}

impl<'a> GuestMemory<'a> {
    pub(crate) fn new(memory: Option<&'a mut Memory>) -> GuestMemory<'a> {
        GuestMemory { memory }
    }

    /// The size in bytes.
    pub fn len(&self) -> u64 {
        self.memory.as_ref().map_or(0, |memory| memory.len())
    }

    /// Whether the size is zero.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes sure that the `length` bytes from `address` all lie inside.
    ///
    /// # Errors
    ///
    /// Out of bounds memory access, when they do not.
    pub fn check(&self, address: u64, length: u64) -> Result<(), Trap> {
        let holds = match &self.memory {
            Some(memory) => memory.holds(address, length),
            None => address == 0 && length == 0,
        };
        if holds {
            Ok(())
        } else {
            Err(Trap::MemoryOutOfBounds)
        }
    }

    /// Copies the bytes from `address` into a buffer.
    ///
    /// # Errors
    ///
    /// As for [`GuestMemory::check`].
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), Trap> {
        self.check(address, buffer.len() as u64)?;
        let read = self
            .memory
            .as_ref()
            .map(|memory| memory.read(address, buffer));
        read.unwrap_or(Some(())).ok_or(Trap::MemoryOutOfBounds)
    }

    /// Copies bytes to `address`.
    ///
    /// # Errors
    ///
    /// As for [`GuestMemory::check`].
    pub fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), Trap> {
        self.check(address, bytes.len() as u64)?;
        let written = self
            .memory
            .as_mut()
            .map(|memory| memory.write(address, bytes));
        written.unwrap_or(Some(())).ok_or(Trap::MemoryOutOfBounds)
    }

    /// The `length` bytes from `address`, if they lie inside and the memory lends them.
    pub fn borrow(&self, address: u64, length: u64) -> Option<&[u8]> {
        match &self.memory {
            Some(memory) => memory.borrow(address, length),
            None => self.check(address, length).ok().map(|()| &[][..]),
        }
    }

    /// The same, to be written.
    pub fn borrow_mut(&mut self, address: u64, length: u64) -> Option<&mut [u8]> {
        let empty = self.check(address, length).ok().map(|()| &mut [][..]);
        match &mut self.memory {
            Some(memory) => memory.borrow_mut(address, length),
            None => empty,
        }
    }

    /// Bytes that one call may ask for, so that copies stay small.
    #[cfg(feature = "wasi")]
    pub(super) fn most_at_once(&self) -> u64 {
        match self.borrow(0, 0) {
            Some(_) => u64::MAX,
            None => PORTION,
        }
    }

    /// The `length` bytes from `address`, borrowed or else copied.
    ///
    /// # Errors
    ///
    /// As for [`GuestMemory::check`]; host fault, where there is no room for a copy.
    pub fn bytes(&self, address: u64, length: u64) -> Result<Cow<'_, [u8]>, Trap> {
        if let Some(bytes) = self.borrow(address, length) {
            return Ok(Cow::Borrowed(bytes));
        }
        self.check(address, length)?;
        let mut copy = room(length).ok_or(Trap::HostFault)?;
        self.read(address, &mut copy)?;
        Ok(Cow::Owned(copy))
    }

    /// Has the `length` bytes from `address` filled from their beginning, in place, or else at most [`PORTION`] of them
    /// in a buffer. `fill` returns how many it has filled, or why not; only they are changed.
    ///
    /// # Errors
    ///
    /// As for [`GuestMemory::bytes`], and `fill`'s.
    pub(super) fn fill<E: From<Trap>>(
        &mut self,
        address: u64,
        length: u64,
        fill: impl FnOnce(&mut [u8]) -> Result<usize, E>,
    ) -> Result<usize, E> {
        // Asked twice, for a borrow that is returned lasts to the end, taken or not.
        if self.borrow(address, length).is_some()
            && let Some(bytes) = self.borrow_mut(address, length)
        {
            return fill(bytes);
        }
        self.check(address, length)?;
        let mut buffer = room(length.min(PORTION)).ok_or(Trap::HostFault)?;
        let count = fill(&mut buffer)?;
        self.write(address, &buffer[..count.min(buffer.len())])?;
        Ok(count)
    }
}

/// Bytes that are worked on between two looks at the clock.
pub(super) const PIECE: u64 = 1 << 20;

/// Bytes that are read, or copied where a memory does not lend its own, at a time.
pub(super) const PORTION: u64 = 16 << 20;

/// The parts of a range of memory.
pub(super) fn parts((start, length): (u64, u64), most: u64) -> impl Iterator<Item = (u64, u64)> {
    let places = (0..length).step_by(most as usize);
    places.map(move |at| (start + at, most.min(length - at)))
}

/// A buffer for a copy.
fn room(length: u64) -> Option<Vec<u8>> {
    let length = usize::try_from(length).ok()?;
    let mut buffer = Vec::new();
    fallible(|| buffer.try_reserve_exact(length)).ok()?;
    buffer.resize(length, 0);
    Some(buffer)
}
