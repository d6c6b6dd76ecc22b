//! The one way by which host functions reach a program's memory.

use crate::Memory;
use vbc_core::isa::Trap;

/// A program's memory during a host call. Every access is checked; a program without memory has one
/// of size zero.
pub struct GuestMemory<'a> {
    memory: Option<&'a mut Memory>,
}

impl<'a> GuestMemory<'a> {
    pub(super) fn new(memory: Option<&'a mut Memory>) -> GuestMemory<'a> {
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

    /// The `length` bytes from `address`.
    ///
    /// # Errors
    ///
    /// Out of bounds memory access, when they do not all lie inside.
    pub fn read(&self, address: u64, length: u64) -> Result<&[u8], Trap> {
        match &self.memory {
            Some(memory) => memory.slice(address, length),
            None => empty(address, length).then_some(&[][..]),
        }
        .ok_or(Trap::MemoryOutOfBounds)
    }

    /// The `length` bytes from `address`, to be written.
    ///
    /// # Errors
    ///
    /// Out of bounds memory access, when they do not all lie inside.
    pub fn write(&mut self, address: u64, length: u64) -> Result<&mut [u8], Trap> {
        match &mut self.memory {
            Some(memory) => memory.slice_mut(address, length),
            None => empty(address, length).then_some(&mut [][..]),
        }
        .ok_or(Trap::MemoryOutOfBounds)
    }
}

fn empty(address: u64, length: u64) -> bool {
    address == 0 && length == 0
}
