//! References as objects and registers hold them.

use std::fmt;

/// A reference to an object of a heap, a small integer, or null. It stays what it is only until its heap collects:
/// what is held across an allocation has to be among the [roots](super::Roots).
///
/// 32 bits: 0 is null; odd values are integers of 31 bits, shifted left by one; others are the distance of an object
/// from the heap's base in units of 4 bytes. Objects begin at multiples of 8 bytes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Ref(u32);

impl Ref {
    /// The reference to nothing.
    pub const NULL: Ref = Ref(0);

    /// Bytes that a reference takes in an object, and what it counts an object's place in.
    pub const SIZE: u64 = 4;

    /// The low 31 bits of an integer.
    pub const fn from_i31(value: i32) -> Ref {
        Ref((value as u32) << 1 | 1)
    }

    /// The reference that the low half of a register is.
    pub const fn from_slot(slot: u64) -> Ref {
        Ref(slot as u32)
    }

    /// As a register holds it: zero-extended.
    pub const fn to_slot(self) -> u64 {
        self.0 as u64
    }

    /// The object that begins `offset` bytes from the heap's base: a multiple of 8 below 16 GiB.
    pub(super) const fn from_offset(offset: u64) -> Ref {
        Ref((offset / Ref::SIZE) as u32)
    }

    /// Whether it is the reference to nothing.
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Whether it is an integer of 31 bits.
    pub const fn is_i31(self) -> bool {
        self.0 & 1 != 0
    }

    /// The integer of 31 bits, sign-extended; of other references not a number that means anything.
    pub const fn i31_signed(self) -> i32 {
        self.0 as i32 >> 1
    }

    /// The integer of 31 bits, zero-extended; of other references not a number that means anything.
    pub const fn i31_unsigned(self) -> u32 {
        self.0 >> 1
    }

    /// Where the object begins, in bytes from the heap's base; none for null and integers.
    pub const fn offset(self) -> Option<u64> {
        match self.is_null() || self.is_i31() {
            true => None,
            false => Some(self.0 as u64 * Ref::SIZE),
        }
    }
}

impl fmt::Debug for Ref {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.offset() {
            Some(offset) => write!(f, "Ref({offset:#x})"),
            None if self.is_null() => f.write_str("null"),
            None => write!(f, "i31({})", self.i31_signed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_integers_have_31_bits() {
        let most = (1 << 30) - 1;
        for (value, signed, unsigned) in [
            (0, 0, 0),
            (-1, -1, 0x7fff_ffff),
            (most, most, most as u32),
            (most + 1, -most - 1, 1 << 30),
            (-most - 1, -most - 1, 1 << 30),
            (i32::MIN, 0, 0),
            (i32::MAX, -1, 0x7fff_ffff),
        ] {
            let it = Ref::from_i31(value);
            assert_eq!((it.i31_signed(), it.i31_unsigned()), (signed, unsigned));
            assert!(it.is_i31() && !it.is_null() && it.offset().is_none());
            assert_eq!(Ref::from_slot(it.to_slot()), it);
            assert_eq!(it.to_slot() >> 32, 0);
        }
        assert_eq!(format!("{:?}", Ref::from_i31(-3)), "i31(-3)");
    }

    #[test]
    fn objects_are_found_by_their_place() {
        for offset in [65_536, 65_544, (16 << 30) - 8] {
            let object = Ref::from_slot(offset / 4);
            assert_eq!(object.offset(), Some(offset));
            assert_eq!(object.to_slot(), offset / 4);
            assert!(!object.is_i31() && !object.is_null());
        }
        assert_eq!((Ref::NULL.to_slot(), Ref::NULL.offset()), (0, None));
        assert_eq!(Ref::from_slot(7 << 32), Ref::NULL);
        assert_eq!(Ref::default(), Ref::NULL);
    }
}
