//! Slices that either own their elements or lie in the bytes of a file.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;

/// Bytes that several slices share: a file that was read, mapped or decompressed.
///
/// The start must be aligned to 8 bytes, or nothing but bytes can be taken from it.
pub type SharedBytes = Arc<dyn AsRef<[u8]> + Send + Sync>;

/// A slice of plain values, owned or lying in [`SharedBytes`].
///
/// Reading a module copies neither code nor rows; a builder or a linker owns what it makes.
#[derive(Clone)]
pub struct Slice<T> {
    inner: Inner<T>,
}

#[derive(Clone)]
enum Inner<T> {
    Owned(Vec<T>),
    Shared {
        bytes: SharedBytes,
        range: Range<usize>,
        of: PhantomData<T>,
    },
}

impl<T: Pod> Slice<T> {
    /// The elements that lie in `range` of `bytes`.
    ///
    /// None when the range does not lie in `bytes`, is not aligned for `T`, or is not a whole
    /// number of elements.
    pub fn shared(bytes: &SharedBytes, range: Range<usize>) -> Option<Self> {
        let part = (**bytes).as_ref().get(range.clone())?;
        bytemuck::try_cast_slice::<u8, T>(part).ok()?;
        Some(Slice {
            inner: Inner::Shared {
                bytes: bytes.clone(),
                range,
                of: PhantomData,
            },
        })
    }

    /// The elements as a vector that can grow; shared ones are copied first.
    pub fn to_mut(&mut self) -> &mut Vec<T> {
        if let Inner::Shared { .. } = self.inner {
            self.inner = Inner::Owned(self.to_vec());
        }
        match &mut self.inner {
            Inner::Owned(vec) => vec,
            Inner::Shared { .. } => unreachable!("made owned above"),
        }
    }
}

impl<T: Pod> Deref for Slice<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match &self.inner {
            Inner::Owned(vec) => vec,
            Inner::Shared { bytes, range, .. } => {
                // The constructor has seen that range and alignment fit; a mapped file keeps both.
                bytemuck::cast_slice(&(**bytes).as_ref()[range.clone()])
            }
        }
    }
}

impl<T> Default for Slice<T> {
    fn default() -> Self {
        Slice {
            inner: Inner::Owned(Vec::new()),
        }
    }
}

impl<T> From<Vec<T>> for Slice<T> {
    fn from(vec: Vec<T>) -> Self {
        Slice {
            inner: Inner::Owned(vec),
        }
    }
}

impl<T: Pod + PartialEq> PartialEq for Slice<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Pod + fmt::Debug> fmt::Debug for Slice<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
