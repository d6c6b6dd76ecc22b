//! Pools of strings that rows refer to by index.

use std::collections::HashMap;

use super::rows::StringRow;
use super::slice::Slice;

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
        self.rows
            .get(index as usize)
            .and_then(|row| {
                let start = row.offset as usize;
                self.bytes.get(start..start + row.length as usize)
            })
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }

    /// All strings in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len() as u32).map(|index| self.get(index))
    }
}

/// Collects strings without repetition.
#[derive(Clone, Debug, Default)]
pub struct StringsBuilder {
    strings: Strings,
    index: HashMap<String, u32>,
}

impl StringsBuilder {
    /// The index of `string`, which is added if it is new.
    pub fn intern(&mut self, string: &str) -> u32 {
        if let Some(&index) = self.index.get(string) {
            return index;
        }
        let index = self.strings.len() as u32;
        let bytes = self.strings.bytes.to_mut();
        let row = StringRow {
            offset: bytes.len() as u32,
            length: string.len() as u32,
        };
        bytes.extend_from_slice(string.as_bytes());
        self.strings.rows.to_mut().push(row);
        self.index.insert(string.to_owned(), index);
        index
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
