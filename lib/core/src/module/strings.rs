//! Pools of strings that rows refer to by index.

use std::collections::HashMap;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::rows::{NONE, StringRow};
use super::slice::Slice;

/// Things by name. Names come from files, so what their places depend on differs from run to run; nothing is
/// ever taken out in their order.
pub type ByName<'n, T> = HashMap<&'n str, T, RandomState>;

/// A pool of UTF-8 strings.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Strings {
    /// Where each string lies.
    pub rows: Slice<StringRow>,
    /// The bytes of all of them.
    pub bytes: Slice<u8>,
}

impl Strings {
    /// The number of strings.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The string with index `index`, empty when there is none or it is not UTF-8 (which
    /// no module that was read or verified contains).
    pub fn get(&self, index: u32) -> &str {
        std::str::from_utf8(self.bytes_of(index)).unwrap_or_default()
    }

    /// The bytes of the string with index `index`, empty when there is none.
    pub fn bytes_of(&self, index: u32) -> &[u8] {
        let row = self.rows.get(index as usize);
        let bytes = row.and_then(|row| {
            let start = row.offset as usize;
            self.bytes.get(start..start + row.length as usize)
        });
        bytes.unwrap_or_default()
    }

    /// All strings in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|index| self.get(index))
    }
}

/// Collects strings without repetition.
///
/// A table of indexes with open addressing: no string is stored twice, and none is allocated by itself.
#[derive(Clone, Debug, Default)]
pub struct StringsBuilder {
    strings: Strings,
    /// Indexes of strings, [`NONE`] where there is none. Empty, or a power of two, at most half full.
    slots: Vec<u32>,
    hashes: RandomState,
}

impl StringsBuilder {
    /// The index of `string`, which is added if it is new.
    pub fn intern(&mut self, string: &str) -> u32 {
        if self.strings.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = self.slot(string.as_bytes());
        if self.slots[slot] != NONE {
            return self.slots[slot];
        }
        let index = self.append(string);
        self.slots[slot] = index;
        index
    }

    /// Adds a string that is certainly new; [`StringsBuilder::intern`] need not find it.
    #[doc(hidden)]
    pub fn append(&mut self, string: &str) -> u32 {
        let index = self.strings.len() as u32;
        let bytes = self.strings.bytes.to_mut();
        let row = StringRow {
            offset: bytes.len() as u32,
            length: string.len() as u32,
        };
        bytes.extend_from_slice(string.as_bytes());
        self.strings.rows.to_mut().push(row);
        index
    }

    /// Makes room for this many strings.
    #[doc(hidden)]
    pub fn reserve(&mut self, strings: usize) {
        let slots = (strings * 2 + 2).next_power_of_two();
        if slots > self.slots.len() {
            self.grow_to(slots);
        }
    }

    /// Where the index of `string` is, or may be put.
    fn slot(&self, string: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = self.hashes.hash_one(string) as usize & mask;
        while self.slots[slot] != NONE && self.bytes(self.slots[slot]) != string {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn bytes(&self, index: u32) -> &[u8] {
        let row = self.strings.rows[index as usize];
        let start = row.offset as usize;
        &self.strings.bytes[start..start + row.length as usize]
    }

    fn grow(&mut self) {
        self.grow_to((self.slots.len() * 2).max(16));
    }

    fn grow_to(&mut self, slots: usize) {
        self.slots = vec![NONE; slots];
        for index in 0..self.strings.len() as u32 {
            let slot = self.slot(self.bytes(index));
            self.slots[slot] = index;
        }
    }

    /// The string with index `index`.
    pub fn get(&self, index: u32) -> &str {
        self.strings.get(index)
    }

    /// The pool.
    pub fn finish(self) -> Strings {
        self.strings
    }
}
