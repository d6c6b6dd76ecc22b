//! Words as numbers: every name of a text is stored and compared once.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// A name; equal names have equal numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sym(pub u32);

impl Sym {
    /// No name.
    pub const NONE: Sym = Sym(u32::MAX);

    /// Whether there is a name.
    pub fn is_some(self) -> bool {
        self != Sym::NONE
    }

    /// The number, for tables with an entry for each name.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An open-addressed table of names.
#[derive(Debug)]
pub struct Interner {
    bytes: String,
    /// Where each name ends in `bytes`; it begins where the one before ends.
    ends: Vec<u32>,
    hashes: Vec<u32>,
    /// Name numbers; `u32::MAX` marks a free place. The size is a power of two.
    table: Vec<u32>,
    /// Chosen anew in each run, so that no text can be written whose names collide.
    seed: [u64; 2],
}

impl Default for Interner {
    fn default() -> Self {
        let state = RandomState::new();
        Interner {
            bytes: String::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
            table: vec![u32::MAX; 1024],
            seed: [state.hash_one(0_u64), state.hash_one(1_u64) | 1],
        }
    }
}

impl Interner {
    /// The number of `name`.
    pub fn intern(&mut self, name: &str) -> Sym {
        let hash = self.hash(name.as_bytes());
        let mask = self.table.len() - 1;
        let mut at = hash as usize & mask;
        loop {
            match self.table[at] {
                u32::MAX => break,
                other if self.hashes[other as usize] == hash && self.get(Sym(other)) == name => {
                    return Sym(other);
                }
                _ => at = (at + 1) & mask,
            }
        }
        let sym = self.ends.len() as u32;
        self.bytes.push_str(name);
        self.ends.push(self.bytes.len() as u32);
        self.hashes.push(hash);
        self.table[at] = sym;
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        Sym(sym)
    }

    /// The name with number `sym`; empty for [`Sym::NONE`].
    pub fn get(&self, sym: Sym) -> &str {
        let Some(&end) = self.ends.get(sym.index()) else {
            return "";
        };
        let start = match sym.index() {
            0 => 0,
            index => self.ends[index - 1],
        };
        &self.bytes[start as usize..end as usize]
    }

    /// The number of names.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn grow(&mut self) {
        let mask = self.table.len() * 2 - 1;
        let mut table = vec![u32::MAX; mask + 1];
        for (sym, &hash) in self.hashes.iter().enumerate() {
            let mut at = hash as usize & mask;
            while table[at] != u32::MAX {
                at = (at + 1) & mask;
            }
            table[at] = sym as u32;
        }
        self.table = table;
    }

    /// A folded multiplication for every eight bytes.
    fn hash(&self, bytes: &[u8]) -> u32 {
        let fold = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        };
        let mut hash = self.seed[0] ^ bytes.len() as u64;
        let mut chunks = bytes.chunks_exact(8);
        for chunk in &mut chunks {
            let mut word = [0; 8];
            word.copy_from_slice(chunk);
            hash = fold(hash ^ u64::from_le_bytes(word), self.seed[1]);
        }
        let mut last = 0;
        for &byte in chunks.remainder() {
            last = last << 8 | u64::from(byte);
        }
        hash = fold(hash ^ last, self.seed[1]);
        (hash ^ hash >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_have_equal_numbers() {
        let mut names = Interner::default();
        let syms: Vec<Sym> = (0..10_000)
            .map(|i| names.intern(&format!("name{i}")))
            .collect();
        for (i, &sym) in syms.iter().enumerate() {
            let name = format!("name{i}");
            assert_eq!(names.intern(&name), sym);
            assert_eq!(names.get(sym), name);
        }
        assert_eq!(names.len(), 10_000);
        assert_eq!(names.get(Sym::NONE), "");
        let empty = names.intern("");
        assert_eq!(names.intern(""), empty);
    }
}
