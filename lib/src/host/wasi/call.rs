//! A call of a WASI function: its arguments, and the program's memory as WASI sees it.

use super::super::{HostCall, HostOutcome, Services};
use super::Context;
use super::errno::Errno;

/// Why a function ends before its end.
pub(super) enum Stop {
    /// It gives this number.
    Errno(Errno),
    /// The program does not go on after it.
    Outcome(HostOutcome),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Errno(errno)
    }
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Stop {
        Stop::Errno(error.into())
    }
}

/// What a function comes to.
pub(super) type Done = Result<(), Stop>;

/// A call. Pointers and sizes are 32 bits wide, whatever the index type of the memory is.
pub(super) struct Call<'c, 'h> {
    pub(super) context: &'c mut Context,
    pub(super) host: &'c mut HostCall<'h>,
}

impl Call<'_, '_> {
    /// Argument `n`, an i32.
    pub(super) fn int(&self, n: usize) -> u32 {
        self.host.number(n) as u32
    }

    /// Argument `n`, an i64.
    pub(super) fn long(&self, n: usize) -> u64 {
        self.host.number(n)
    }

    pub(super) fn services(&mut self) -> &mut Services {
        self.host.services
    }

    /// The `length` bytes from `pointer`.
    pub(super) fn bytes(&self, pointer: u32, length: u32) -> Result<&[u8], Errno> {
        let bytes = self.host.memory.read(pointer.into(), length.into());
        bytes.map_err(|_| Errno::Fault)
    }

    /// The `length` bytes from `pointer`, to be written.
    pub(super) fn bytes_mut(&mut self, pointer: u32, length: u32) -> Result<&mut [u8], Errno> {
        let bytes = self.host.memory.write(pointer.into(), length.into());
        bytes.map_err(|_| Errno::Fault)
    }

    /// Makes sure that a result can be put there, before the call has an effect.
    pub(super) fn check(&self, pointer: u32, length: u32) -> Result<(), Errno> {
        self.bytes(pointer, length).map(|_| ())
    }

    /// Puts a record into memory.
    pub(super) fn put(&mut self, pointer: u32, record: &[u8]) -> Result<(), Errno> {
        let length = u32::try_from(record.len()).map_err(|_| Errno::Overflow)?;
        self.bytes_mut(pointer, length)?.copy_from_slice(record);
        Ok(())
    }

    pub(super) fn put_u32(&mut self, pointer: u32, number: u32) -> Result<(), Errno> {
        self.put(pointer, &number.to_le_bytes())
    }

    pub(super) fn put_u64(&mut self, pointer: u32, number: u64) -> Result<(), Errno> {
        self.put(pointer, &number.to_le_bytes())
    }

    /// Copies the pieces of memory that a list of `count` pointers and lengths names. Reading it
    /// once keeps a list that is itself overwritten by the call from changing under it.
    pub(super) fn pieces(&self, pointer: u32, count: u32) -> Result<Vec<(u32, u32)>, Errno> {
        if count > MOST_PIECES {
            return Err(Errno::Inval);
        }
        let list = self.bytes(pointer, count * 8)?;
        let mut total = 0u32;
        let mut pieces = Vec::with_capacity(count as usize);
        for piece in list.chunks_exact(8) {
            let (start, length) = piece.split_at(4);
            let (start, length) = (u32_of(start), u32_of(length));
            total = total.checked_add(length).ok_or(Errno::Inval)?;
            self.check(start, length)?;
            if length > 0 {
                pieces.push((start, length));
            }
        }
        Ok(pieces)
    }
}

/// Pieces of memory that one call takes at most: `IOV_MAX` of wasi-libc and of Linux.
const MOST_PIECES: u32 = 1024;

/// The first bytes as a number, the lowest first; missing ones count as zero.
pub(super) fn u64_of(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().take(8).rev();
    digits.fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The first four bytes as a number.
pub(super) fn u32_of(bytes: &[u8]) -> u32 {
    u64_of(bytes) as u32
}
