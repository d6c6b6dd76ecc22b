//! A call of a WASI function: its arguments, and the program's memory as WASI sees it.

use std::borrow::Cow;

use super::super::{HostCall, HostOutcome, Services};
use super::Context;
use super::errno::Errno;
use vbc_core::isa::Trap;

/// Why a function ends before its end.
pub(super) enum Stop {
    /// It returns this number.
    Errno(Errno),
    /// The program ends, or the call has to wait.
    Outcome(HostOutcome),
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Stop {
        Stop::Errno(errno)
    }
}

impl From<HostOutcome> for Stop {
    fn from(outcome: HostOutcome) -> Stop {
        Stop::Outcome(outcome)
    }
}

impl From<Trap> for Stop {
    fn from(trap: Trap) -> Stop {
        Stop::Outcome(trap.into())
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

    /// The `length` bytes from `pointer`. The call pays for them.
    pub(super) fn bytes(&mut self, pointer: u32, length: u32) -> Result<Cow<'_, [u8]>, Stop> {
        let bytes = self.host.memory.bytes(pointer.into(), length.into());
        let bytes = bytes.map_err(|_| Errno::Fault)?;
        self.host.fuel.pay(length.into())?;
        Ok(bytes)
    }

    /// Makes sure that a result can be put there, before the call has an effect.
    pub(super) fn check(&self, pointer: u32, length: u32) -> Result<(), Errno> {
        let checked = self.host.memory.check(pointer.into(), length.into());
        checked.map_err(|_| Errno::Fault)
    }

    /// Puts a record into memory. The call pays for it.
    pub(super) fn put(&mut self, pointer: u32, record: &[u8]) -> Done {
        let (pointer, length) = (pointer.into(), record.len() as u64);
        let memory = &mut self.host.memory;
        memory.check(pointer, length).map_err(|_| Errno::Fault)?;
        self.host.fuel.pay(length)?;
        memory.write(pointer, record).map_err(|_| Errno::Fault)?;
        Ok(())
    }

    pub(super) fn put_u32(&mut self, pointer: u32, number: u32) -> Done {
        self.put(pointer, &number.to_le_bytes())
    }

    pub(super) fn put_u64(&mut self, pointer: u32, number: u64) -> Done {
        self.put(pointer, &number.to_le_bytes())
    }

    /// Copies the pieces of memory that a list of `count` pointers and lengths names. Reading it
    /// once keeps a list that is itself overwritten by the call from changing under it.
    pub(super) fn pieces(&mut self, pointer: u32, count: u32) -> Result<Vec<(u64, u64)>, Stop> {
        if count > MOST_PIECES {
            return Err(Errno::Inval.into());
        }
        let list = self.bytes(pointer, count * 8)?.into_owned();
        let mut total = 0u32;
        let mut pieces = Vec::with_capacity(count as usize);
        for piece in list.chunks_exact(8) {
            let (start, length) = piece.split_at(4);
            let (start, length) = (u32_of(start), u32_of(length));
            total = total.checked_add(length).ok_or(Errno::Inval)?;
            self.check(start, length)?;
            if length > 0 {
                pieces.push((start.into(), length.into()));
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

/// The first two bytes as a number.
pub(super) fn u16_of(bytes: &[u8]) -> u16 {
    u64_of(bytes) as u16
}

/// The first four bytes as a number.
pub(super) fn u32_of(bytes: &[u8]) -> u32 {
    u64_of(bytes) as u32
}
