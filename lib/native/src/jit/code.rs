//! Code in memory.

#![allow(unsafe_code, reason = "memory becomes executable")]

use std::io;
use std::ops::Range;

use crate::codegen::{Artifact, Symbol, apply, trap_of};
use crate::{Add, CodePiece, Site};
use vbc_core::isa::Trap;

/// Artifacts at their places in memory, where they can be run and nothing can write them.
#[derive(Debug)]
pub(super) struct CodeMemory {
    base: *mut u8,
    bytes: usize,
    /// Where each artifact begins, ascending, and which one it is.
    starts: Vec<(usize, usize)>,
    artifacts: Vec<Artifact>,
    /// By artifact: the function that it is.
    functions: Vec<u32>,
}

// SAFETY: the mapping belongs to the value, and nobody writes it once it has been made.
unsafe impl Send for CodeMemory {}
// SAFETY: as above.
unsafe impl Sync for CodeMemory {}

impl CodeMemory {
    /// Puts artifacts into memory. `places[n]` is the artifact that function `n` is, `functions[n]` the
    /// function that artifact `n` is, as far as it is one.
    ///
    /// # Errors
    ///
    /// The system's when it has no room; a relocation that does not reach.
    pub(super) fn new(
        artifacts: Vec<Artifact>,
        places: &[Option<usize>],
        functions: Vec<u32>,
    ) -> io::Result<CodeMemory> {
        let mut bytes = 0_usize;
        let offsets: Vec<usize> = artifacts
            .iter()
            .map(|artifact| {
                let at = bytes.next_multiple_of(artifact.align as usize);
                bytes = at + artifact.bytes.len();
                at
            })
            .collect();
        let bytes = bytes.max(1);
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: asks for a fresh range of the system's choice.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), bytes, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let mut code = CodeMemory {
            base: base.cast(),
            bytes,
            starts: offsets.iter().copied().zip(0..).collect(),
            artifacts,
            functions,
        };
        code.fill(&offsets, places)?;
        // SAFETY: the range is our own mapping.
        let status = unsafe { libc::mprotect(base, bytes, libc::PROT_READ | libc::PROT_EXEC) };
        if status != 0 {
            return Err(io::Error::last_os_error());
        }
        code.publish();
        Ok(code)
    }

    /// Copies all bytes and resolves all relocations.
    fn fill(&mut self, offsets: &[usize], places: &[Option<usize>]) -> io::Result<()> {
        // SAFETY: this many bytes are mapped, writable, and nobody else knows them yet.
        let all = unsafe { std::slice::from_raw_parts_mut(self.base, self.bytes) };
        for (artifact, &offset) in self.artifacts.iter().zip(offsets) {
            let there = &mut all[offset..offset + artifact.bytes.len()];
            there.copy_from_slice(&artifact.bytes);
            for reloc in &artifact.relocs {
                let target = match reloc.symbol {
                    Symbol::Own(at) => self.base as usize + offset + at as usize,
                    Symbol::External(_) => return Err(unreachable_target()),
                    Symbol::Function(function) => {
                        let place = places.get(function as usize).copied().flatten();
                        let place = place.ok_or_else(unreachable_target)?;
                        self.base as usize + offsets[place]
                    }
                };
                let at = self.base as usize + offset + reloc.offset as usize;
                let value = (target as i64).wrapping_add(reloc.addend);
                let place = there.get_mut(reloc.offset as usize..);
                let place = place.ok_or_else(unreachable_target)?;
                apply(reloc.kind, place, value, at as i64).ok_or_else(unreachable_target)?;
            }
        }
        Ok(())
    }

    /// Makes processors see the new code that keep instructions apart from data.
    fn publish(&self) {
        #[cfg(not(any(target_arch = "x86_64", target_arch = "x86")))]
        {
            unsafe extern "C" {
                fn __clear_cache(start: *mut u8, end: *mut u8);
            }
            // SAFETY: the range is our own mapping.
            unsafe { __clear_cache(self.base, self.base.add(self.bytes)) };
        }
    }

    /// Where artifact `n` begins.
    pub(super) fn start(&self, n: usize) -> *const u8 {
        let offset = self.starts.get(n).map_or(0, |&(offset, _)| offset);
        self.base.wrapping_add(offset)
    }

    /// The artifact in which `address` lies, and the offset in it.
    pub(super) fn find(&self, address: usize) -> Option<(usize, u32)> {
        let offset = address.checked_sub(self.base as usize)?;
        let at = self.starts.partition_point(|&(start, _)| start <= offset);
        let &(start, n) = self.starts.get(at.checked_sub(1)?)?;
        let inside = offset - start;
        (inside < self.artifacts.get(n)?.bytes.len()).then_some((n, inside as u32))
    }

    /// Artifact `n`.
    pub(super) fn artifact(&self, n: usize) -> &Artifact {
        &self.artifacts[n]
    }

    /// Each function's index.
    pub(super) fn functions(&self) -> &[u32] {
        &self.functions
    }

    /// The artifact in which an address lies, and the place that its code comes from.
    fn place(&self, address: usize) -> Option<(usize, u32)> {
        let (n, offset) = self.find(address)?;
        Some((n, self.artifacts[n].place_at(offset)?))
    }

    fn own(&self, n: usize) -> u32 {
        self.functions.get(n).copied().unwrap_or(u32::MAX)
    }

    /// Adds the call that is at a place of an artifact, and those into which its function was
    /// translated.
    fn add(&self, n: usize, place: u32, add: Add<'_>) {
        let mut next = Some(place);
        while let Some(place) = next {
            let (function, word, call) = self.artifacts[n].place(self.own(n), place);
            add(function, word as usize);
            next = call;
        }
    }
}

impl CodePiece for CodeMemory {
    fn range(&self) -> Range<usize> {
        let base = self.base as usize;
        base..base + self.bytes
    }

    fn trap_at(&self, address: usize) -> Option<(Trap, bool)> {
        let (n, offset) = self.find(address)?;
        let traps = &self.artifacts[n].traps;
        let at = traps.binary_search_by_key(&offset, |&(at, _)| at).ok()?;
        Some(trap_of(traps[at].1))
    }

    fn at_trap(&self, address: usize, is_fault: bool, add: Add<'_>) {
        let found = self.find(address).and_then(|(n, offset)| {
            let artifact = &self.artifacts[n];
            let place = match is_fault {
                true => artifact.access_at(offset),
                false => artifact.place_at(offset),
            };
            Some((n, place?))
        });
        if let Some((n, place)) = found {
            self.add(n, place, add);
        }
    }

    fn at_call(&self, address: usize, add: Add<'_>) {
        // The address after the call may belong to the next instruction.
        if let Some((n, place)) = self.place(address.wrapping_sub(1)) {
            self.add(n, place, add);
        }
    }

    fn at_site(&self, site: Site, add: Add<'_>) -> bool {
        let (function, place) = site.parts();
        let found = self.functions.iter().position(|&one| one == function);
        if let Some(n) = found {
            self.add(n, place, add);
        }
        found.is_some()
    }
}

impl Drop for CodeMemory {
    fn drop(&mut self) {
        // SAFETY: our own mapping; whoever runs the code keeps the value.
        unsafe { libc::munmap(self.base.cast(), self.bytes) };
    }
}

fn unreachable_target() -> io::Error {
    io::Error::other("code refers to something that cannot be reached")
}
