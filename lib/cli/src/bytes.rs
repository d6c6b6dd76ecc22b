//! The bytes of an input file, aligned for readers of 64-bit words.

#![allow(unsafe_code, reason = "a file is mapped into memory")]

use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::sync::Arc;

use memmap2::Mmap;

use vbc_core::format::AlignedBytes;

/// First allocation where the length is not known beforehand, in bytes.
const FIRST: usize = 64 << 10;

/// Bytes that start at a multiple of eight in memory.
#[derive(Debug)]
pub struct Bytes(Storage);

#[derive(Debug)]
enum Storage {
    /// As read, where the allocator happened to align them, which it does in practice.
    Aligned(Vec<u8>),
    Copied(AlignedBytes),
    Mapped(Mmap),
    /// A part of a buffer for several files: the number of its first word, and its length in bytes.
    Part(Arc<Vec<u64>>, usize, usize),
}

/// Why a stream was not read to its end.
#[derive(Debug)]
pub(super) enum ReadError {
    /// The system's reason.
    Io(io::Error),
    /// There were more bytes than allowed.
    TooLarge,
}

impl Bytes {
    /// The bytes, 8-byte aligned.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Storage::Aligned(bytes) => bytes,
            Storage::Copied(bytes) => bytes.as_ref(),
            Storage::Mapped(map) => map,
            Storage::Part(words, start, length) => {
                let words = words.get(*start..).unwrap_or_default();
                bytemuck::cast_slice(words)
                    .get(..*length)
                    .unwrap_or_default()
            }
        }
    }

    /// The `length` bytes that begin at word number `start`.
    pub(super) fn part(words: &Arc<Vec<u64>>, start: usize, length: usize) -> Bytes {
        Bytes(Storage::Part(words.clone(), start, length))
    }

    /// Whether the bytes are a view of the file, which another process may change, and not a copy.
    pub fn is_mapped(&self) -> bool {
        matches!(self.0, Storage::Mapped(_))
    }

    /// Reads to the end, or until there are more than `limit` bytes.
    ///
    /// `expected` is the length that the stream will probably have; it saves
    /// reallocation and need not be true, but must have been checked against what
    /// may be allocated.
    pub(super) fn read(stream: impl Read, expected: usize, limit: u64) -> Result<Bytes, ReadError> {
        // One byte more than expected, so that the end is seen without growing. What is
        // allocated and not filled is never touched, and so costs no memory.
        let first = if expected == 0 {
            FIRST
        } else {
            expected.saturating_add(1)
        };
        let mut bytes = Vec::with_capacity(first);
        let mut stream = stream.take(limit.saturating_add(1));
        stream.read_to_end(&mut bytes).map_err(ReadError::Io)?;
        if bytes.len() as u64 > limit {
            return Err(ReadError::TooLarge);
        }
        Ok(Bytes::from(bytes))
    }

    /// Maps a regular file that is not empty.
    ///
    /// For tools that only look at the file, once: its contents may change under
    /// them, and truncating it ends the process by a signal. Whoever executes
    /// code or trusts what was checked reads a copy instead.
    pub(super) fn map(file: &File) -> io::Result<Bytes> {
        // SAFETY: the map is private and read-only, and nothing but `as_bytes` exposes it. Another process may still
        // change the file meanwhile. The readers of this crate are right for any bytes, index with bounds checks, and
        // never read a value a second time in place of one that they checked; callers do not execute what they read
        // here.
        let map = unsafe { Mmap::map(file)? };
        Ok(Bytes(Storage::Mapped(map)))
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.as_ptr().cast::<u64>().is_aligned() {
            return Bytes(Storage::Aligned(bytes));
        }
        Bytes(Storage::Copied(AlignedBytes::from(&bytes[..])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Yields one byte at a time, and an interruption before each.
    struct Trickle(usize, bool);

    impl Read for Trickle {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 = !self.1;
            if self.1 {
                return Err(io::ErrorKind::Interrupted.into());
            }
            if self.0 == 0 {
                return Ok(0);
            }
            self.0 -= 1;
            out[0] = self.0 as u8;
            Ok(1)
        }
    }

    #[test]
    fn reads_all_whatever_was_expected() {
        for expected in [0, 1, 7, 8, 20, 100, 1000] {
            let bytes = Bytes::read(Trickle(100, false), expected, 100).unwrap();
            assert_eq!(bytes.len(), 100);
            assert!(bytes.iter().rev().copied().eq(0..100));
            assert_eq!(bytes.as_ptr() as usize % 8, 0);
        }
    }

    #[test]
    fn stops_at_the_limit() {
        assert!(matches!(
            Bytes::read(io::repeat(0), 0, 1000),
            Err(ReadError::TooLarge)
        ));
        assert!(matches!(
            Bytes::read(Trickle(101, false), 0, 100),
            Err(ReadError::TooLarge)
        ));
    }

    #[test]
    fn bytes_are_aligned_and_exact() {
        for length in 0..20 {
            // An empty vector's address is 1.
            let contents: Vec<u8> = (0..length).collect();
            let bytes = Bytes::from(contents.clone());
            assert_eq!(&*bytes, contents);
            assert!(bytes.as_ptr().cast::<u64>().is_aligned());
        }
    }
}
