//! Where the parts of objects are that all of a kind have.

/// Bytes from an object's start to its length, if it is an array, its tag, if it is an exception, and the first of its
/// fields, if it is a struct.
pub(super) const SECOND: u64 = 4;
/// Bytes from an object's start to the elements of an array, the origin of an exception, and the value in a box.
pub(super) const THIRD: u64 = 8;
/// Bytes from an object's start to the values of an exception.
pub(super) const PAYLOAD: u64 = 16;
