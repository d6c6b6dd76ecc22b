//! Symbols by name: which definition each name means.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use vbc_core::module::SymbolRow;

use super::object::Thing;

/// A symbol that other inputs may mean, and where it is.
#[derive(Clone, Copy)]
pub(super) struct Symbol {
    /// The input.
    pub object: usize,
    /// Its row there.
    pub row: SymbolRow,
    /// What it defines; none for the symbol of an import.
    pub thing: Option<Thing>,
}

/// A table of symbols with open addressing.
///
/// Looking up a name that is far away in memory takes as long as hundreds of instructions. So names are looked up
/// many at once, step by step for all of them: a processor waits for several places at a time when none
/// of them depends on another.
#[derive(Default)]
pub(super) struct Names<'a> {
    entries: Vec<(&'a str, Symbol)>,
    /// Empty, or a power of two, at most half full.
    slots: Vec<Slot>,
    /// Names come from files, so what their places depend on differs from run to run.
    hashes: RandomState,
}

/// A part of the hash, and one more than the number of an entry; zero for an empty slot.
#[derive(Clone, Copy, Default)]
struct Slot {
    hash: u32,
    entry: u32,
}

impl<'a> Names<'a> {
    /// Makes room for this many symbols in all.
    pub fn reserve(&mut self, symbols: usize) {
        let slots = (symbols * 2).next_power_of_two().max(16);
        if slots > self.slots.len() {
            self.slots = vec![Slot::default(); slots];
            for entry in 0..self.entries.len() {
                let hash = self.hashes.hash_one(self.entries[entry].0);
                self.put(hash, entry);
            }
        }
    }

    /// The symbol of a name.
    pub fn get(&self, name: &str) -> Option<&Symbol> {
        let slot = self.first(self.hashes.hash_one(name))?;
        self.entry(slot, name).map(|entry| &self.entries[entry].1)
    }

    /// The symbol of a name that has one already; none for a new one, which means `symbol` from now on.
    pub fn enter(&mut self, name: &'a str, symbol: Symbol) -> Option<&mut Symbol> {
        if self.entries.len() * 2 >= self.slots.len() {
            self.reserve(self.entries.len() * 2);
        }
        let hash = self.hashes.hash_one(name);
        let found = self.first(hash);
        if let Some(entry) = found.and_then(|slot| self.entry(slot, name)) {
            return self.entries.get_mut(entry).map(|(_, symbol)| symbol);
        }
        self.entries.push((name, symbol));
        self.put(hash, self.entries.len() - 1);
        None
    }

    /// Gives another symbol to a name that is known.
    pub fn replace(&mut self, name: &'a str, symbol: Symbol) {
        if let Some(old) = self.enter(name, symbol) {
            *old = symbol;
        }
    }

    /// The symbols of many names.
    pub fn get_all(&self, names: &[&str]) -> Vec<Option<&Symbol>> {
        let slots: Vec<Option<usize>> = names
            .iter()
            .map(|name| self.first(self.hashes.hash_one(name)))
            .collect();
        let names = names.iter().zip(slots);
        names
            .map(|(name, slot)| {
                let entry = self.entry(slot?, name)?;
                Some(&self.entries[entry].1)
            })
            .collect()
    }

    fn put(&mut self, hash: u64, entry: usize) {
        let mask = self.slots.len() - 1;
        let mut slot = hash as usize & mask;
        while self.slots[slot].entry != 0 {
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = Slot {
            hash: (hash >> 32) as u32,
            entry: entry as u32 + 1,
        };
    }

    /// The first slot with this hash; what it stands for may have another name.
    fn first(&self, hash: u64) -> Option<usize> {
        let mask = self.slots.len().checked_sub(1)?;
        let mut slot = hash as usize & mask;
        loop {
            let found = self.slots[slot];
            if found.entry == 0 {
                return None;
            }
            if found.hash == (hash >> 32) as u32 {
                return Some(slot);
            }
            slot = (slot + 1) & mask;
        }
    }

    /// The entry of a name, from the first slot with its hash on.
    fn entry(&self, first: usize, name: &str) -> Option<usize> {
        let mask = self.slots.len() - 1;
        let mut slot = first;
        loop {
            let entry = (self.slots[slot].entry as usize).checked_sub(1)?;
            if self.entries[entry].0 == name {
                return Some(entry);
            }
            slot = (slot + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn symbol(object: usize) -> Symbol {
        Symbol {
            object,
            row: SymbolRow::default(),
            thing: None,
        }
    }

    #[test]
    fn every_name_is_found_again() {
        let texts: Vec<String> = (0..5000).map(|n| format!("name{n}")).collect();
        let mut names = Names::default();
        assert!(names.get("name0").is_none());
        assert!(names.get_all(&["name0"])[0].is_none());
        for (number, text) in texts.iter().enumerate() {
            assert!(names.enter(text, symbol(number)).is_none());
            assert_eq!(
                names.enter(text, symbol(0)).map(|old| old.object),
                Some(number)
            );
        }
        names.replace("name7", symbol(70));
        let mut asked: Vec<&str> = texts.iter().map(String::as_str).collect();
        asked.push("nobody");
        let found = names.get_all(&asked);
        for (number, found) in found.iter().enumerate().take(texts.len()) {
            let expected = if number == 7 { 70 } else { number };
            assert_eq!(found.map(|symbol| symbol.object), Some(expected));
            assert_eq!(
                names.get(asked[number]).map(|one| one.object),
                Some(expected)
            );
        }
        assert!(found[texts.len()].is_none());
    }
}
