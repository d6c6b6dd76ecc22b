//! Looking at all objects: whether they are what they should be, and how many they are.

use std::fmt;

use super::header::{Header, SECOND, THIRD};
use super::{Heap, Kind, Ref, TypeRow};

/// What is wrong with a heap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where the object begins, in bytes from the heap's base.
    pub object: u64,
    /// What is wrong with it.
    pub defect: Defect,
}

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// This is no header, or a state that its collector does not give objects.
    Header(u32),
    /// There are no objects with this type number.
    Type(u32),
    /// It would take this many bytes, more than are allocated from its start on.
    Size(u64),
    /// An exception has this tag, which is not that of its type.
    Tag(u32),
    /// So many bytes from its start there is this reference, which leads to no object.
    Reference(u64, Ref),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "object at {:#x}: ", self.object)?;
        match self.defect {
            Defect::Header(word) => write!(f, "{word:#010x} is no header"),
            Defect::Type(number) => write!(f, "no object has type {number}"),
            Defect::Size(size) => write!(f, "its {size} bytes are more than are allocated"),
            Defect::Tag(tag) => write!(f, "{tag} is not the tag of its type"),
            Defect::Reference(at, to) => write!(f, "{to:?} at byte {at} leads to no object"),
        }
    }
}

impl std::error::Error for Fault {}

/// How full a heap is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Bytes that have been allocated, headers and padding included.
    pub bytes: u64,
    /// Objects that have been allocated.
    pub objects: u64,
    /// The most bytes that were accessible at a time.
    pub peak_committed: u64,
}

/// An object that is found by walking.
struct Found {
    at: u64,
    number: u32,
    row: TypeRow,
    size: u64,
}

impl Heap {
    /// Looks whether all objects are what the layout says. It takes time in proportion to the heap.
    ///
    /// # Errors
    ///
    /// The first fault, in the order of objects. One that says where the next object begins comes before those of
    /// references.
    pub fn verify(&self) -> Result<(), Fault> {
        let used = self.space.used();
        // By 8 bytes: whether an object begins there.
        let mut starts = vec![0_u64; ((used.end - used.start) / 512 + 1) as usize];
        let bit = |at: u64| {
            let place = (at - used.start) / 8;
            ((place / 64) as usize, 1 << (place % 64))
        };
        for found in self.walk() {
            let (word, mask) = bit(found?.at);
            starts[word] |= mask;
        }
        let is_object = |at: u64| {
            let (word, mask) = bit(at);
            starts[word] & mask != 0
        };
        for found in self.walk() {
            let found = found?;
            self.verify_contents(&found, |reference| match reference.offset() {
                Some(at) => used.contains(&at) && is_object(at),
                None => true,
            })?;
        }
        Ok(())
    }

    fn verify_contents(
        &self,
        found: &Found,
        is_reference: impl Fn(Ref) -> bool,
    ) -> Result<(), Fault> {
        let fault = |defect| Fault {
            object: found.at,
            defect,
        };
        let word = |offset: u64| self.space.word(found.at + offset).unwrap_or(0);
        let traced = self.types.traced_of(&found.row);
        let check = |offset: u64| {
            let reference = Ref::from_slot(word(offset).into());
            match is_reference(reference) {
                true => Ok(()),
                false => Err(fault(Defect::Reference(offset, reference))),
            }
        };
        match found.row.kind {
            Kind::Array if !traced.is_empty() => {
                let mut elements = 0..u64::from(word(SECOND));
                elements.try_for_each(|index| check(THIRD + index * Ref::SIZE))
            }
            Kind::Exception if self.types.exception(word(SECOND)) != found.number => {
                Err(fault(Defect::Tag(word(SECOND))))
            }
            Kind::Struct | Kind::Exception => {
                let mut offsets = traced.iter();
                offsets.try_for_each(|&offset| check(offset.into()))
            }
            Kind::Array | Kind::Box | Kind::Func => Ok(()),
        }
    }

    /// How full the heap is. Allocation counts nothing, so that it takes no time; the objects are counted here, which
    /// takes time in proportion to the heap.
    pub fn statistics(&self) -> Statistics {
        let used = self.space.used();
        Statistics {
            bytes: used.end - used.start,
            objects: self.walk().take_while(Result::is_ok).count() as u64,
            peak_committed: self.space.committed(),
        }
    }

    /// All objects in ascending order, up to the first whose end is not known.
    fn walk(&self) -> impl Iterator<Item = Result<Found, Fault>> {
        let mut next = self.space.used();
        std::iter::from_fn(move || {
            if next.is_empty() {
                return None;
            }
            let found = self.find(next.start, next.end);
            next.start = match &found {
                Ok(found) => found.at + found.size,
                Err(_) => next.end,
            };
            Some(found)
        })
    }

    /// The object that begins at a place, and ends not after `end`.
    fn find(&self, at: u64, end: u64) -> Result<Found, Fault> {
        let fault = |defect| Fault { object: at, defect };
        let header = Header(self.space.word(at).unwrap_or(0));
        if !header.is_new() {
            return Err(fault(Defect::Header(header.0)));
        }
        let number = header.number();
        let row = self.types.get(number).copied();
        let row = row.filter(|row| row.kind != Kind::Func && self.types.number(number) == number);
        let row = row.ok_or_else(|| fault(Defect::Type(number)))?;
        let size = match row.kind {
            Kind::Array => row.array_size(self.space.word(at + SECOND).unwrap_or(u32::MAX)),
            Kind::Func | Kind::Struct | Kind::Exception | Kind::Box => row.size.into(),
        };
        match size <= end - at {
            true => Ok(Found {
                at,
                number,
                row,
                size,
            }),
            false => Err(fault(Defect::Size(size))),
        }
    }
}
