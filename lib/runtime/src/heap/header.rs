//! The first word of each object, and where its parts are.

/// The word is a header, and not the reference to where the object has been moved.
const OBJECT: u32 = 1;
/// The barrier must act before a reference is stored into the object.
const UNLOGGED: u32 = 1 << 3;
/// What belongs to collectors: marked, pinned, unlogged, and the count.
const STATE: u32 = 0xffe;
/// Where the type number begins.
const NUMBER: u32 = 12;

/// Bytes from an object's start to its length, if it is an array, its tag, if it is an exception, and the first of its
/// fields, if it is a struct.
pub(super) const SECOND: u64 = 4;
/// Bytes from an object's start to the elements of an array, the origin of an exception, and the value in a box.
pub(super) const THIRD: u64 = 8;
/// Bytes from an object's start to the values of an exception.
pub(super) const PAYLOAD: u64 = 16;

/// A header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header(pub u32);

impl Header {
    /// That of a new object.
    pub fn new(number: u32) -> Header {
        Header(OBJECT | number << NUMBER)
    }

    /// The number of the object's type.
    pub fn number(self) -> u32 {
        self.0 >> NUMBER
    }

    /// Whether the barrier must act.
    pub fn is_unlogged(self) -> bool {
        self.0 & UNLOGGED != 0
    }

    /// Whether it is a header, and no collector has noted anything in it.
    pub fn is_new(self) -> bool {
        self.0 & (OBJECT | STATE) == OBJECT
    }
}
