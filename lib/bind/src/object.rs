//! What the compiler has made: symbols, data and debug sections of an ELF object.

use std::collections::HashMap;

use object::{
    Architecture, File, Object as _, ObjectSection, ObjectSymbol, RelocationKind, RelocationTarget,
    Section, SectionIndex, SymbolIndex,
};

use vbc_core::diag::codes::bind::{B0006, B0007};

use crate::{Failure, failure};

/// An object for a machine that has native functions.
#[derive(Debug)]
pub struct Object<'d> {
    file: File<'d>,
    symbols: HashMap<&'d str, SymbolIndex>,
}

/// A datum.
#[derive(Clone, Copy, Debug)]
struct Place {
    section: SectionIndex,
    address: u64,
    size: u64,
}

/// What an address in the data will be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// That of a symbol of another object.
    Symbol(String),
    /// That of something in this one.
    Here,
}

impl<'d> Object<'d> {
    /// Looks into an object.
    ///
    /// # Errors
    ///
    /// B0006, B0007.
    pub fn read(bytes: &'d [u8]) -> Result<Object<'d>, Failure> {
        let other = || failure(&B0006, "the compiler has not written an ELF object");
        let file = File::parse(bytes).map_err(|_| other())?;
        let symbols = file.symbols().filter_map(|symbol| {
            let name = symbol.name().ok()?;
            Some((name, symbol.index()))
        });
        let symbols = symbols.collect();
        let object = Object { file, symbols };
        match object.machine() {
            Some(_) => Ok(object),
            None => {
                let architecture = format!("{:?}", object.file.architecture());
                let message = format!(
                    "the compiler writes objects for {} with {}-bit addresses{}",
                    architecture.to_lowercase(),
                    if object.file.is_64() { 64 } else { 32 },
                    match object.file.is_little_endian() {
                        true => "",
                        false => " and the big end first",
                    }
                );
                Err(failure(&B0007, message))
            }
        }
    }

    /// The processor, as flags call it, if it has native functions.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "native functions are there for these only"
    )]
    pub fn machine(&self) -> Option<&'static str> {
        if !self.file.is_64() || !self.file.is_little_endian() {
            return None;
        }
        match self.file.architecture() {
            Architecture::X86_64 => Some("x86_64"),
            Architecture::Aarch64 => Some("aarch64"),
            Architecture::Riscv64 => Some("riscv64"),
            _ => None,
        }
    }

    fn place(&self, name: &str) -> Option<Place> {
        let symbol = self.file.symbol_by_index(*self.symbols.get(name)?).ok()?;
        Some(Place {
            section: symbol.section_index()?,
            address: symbol.address(),
            size: symbol.size(),
        })
    }

    fn section(&self, place: Place) -> Option<Section<'d, '_>> {
        self.file.section_by_index(place.section).ok()
    }

    /// The bytes of a datum; those of one without a value are zeros.
    pub fn datum(&self, name: &str) -> Option<Vec<u8>> {
        let place = self.place(name)?;
        let size = usize::try_from(place.size).ok()?;
        let section = self.section(place)?;
        let end = place.address.checked_add(place.size)?;
        if end > section.size() {
            return None;
        }
        let bytes = section.data().ok()?;
        if bytes.is_empty() {
            // Nothing is larger than a header's text would make it, unless the header means harm.
            return (size <= 1 << 20).then(|| vec![0; size]);
        }
        let start = usize::try_from(place.address).ok()?;
        Some(bytes.get(start..start.checked_add(size)?)?.to_vec())
    }

    /// What the first address in a datum is to be; none where it has no address.
    pub fn address(&self, name: &str) -> Option<Target> {
        let place = self.place(name)?;
        let within = place.address..place.address.checked_add(place.size)?;
        let section = self.section(place)?;
        let mut relocations = section.relocations();
        let (_, relocation) = relocations.find(|(offset, _)| within.contains(offset))?;
        let RelocationTarget::Symbol(symbol) = relocation.target() else {
            return Some(Target::Here);
        };
        let symbol = self.file.symbol_by_index(symbol).ok()?;
        Some(match symbol.is_undefined() {
            true => Target::Symbol(symbol.name().ok()?.to_owned()),
            false => Target::Here,
        })
    }

    /// A section as a linker that puts everything to address 0 would leave it; nothing if it is missing.
    pub fn relocated(&self, name: &str) -> Vec<u8> {
        let Some(section) = self.file.section_by_name(name) else {
            return Vec::new();
        };
        let mut bytes = section.data().unwrap_or_default().to_vec();
        for (offset, relocation) in section.relocations() {
            // Others are differences of places in the code, which nobody reads here.
            if relocation.kind() != RelocationKind::Absolute {
                continue;
            }
            let address = match relocation.target() {
                RelocationTarget::Symbol(symbol) => {
                    let symbol = self.file.symbol_by_index(symbol);
                    symbol.map_or(0, |symbol| symbol.address())
                }
                _ => 0,
            };
            let width = usize::from(relocation.size() / 8);
            let field = usize::try_from(offset)
                .ok()
                .and_then(|start| bytes.get_mut(start..start.checked_add(width)?));
            let Some(field) = field.filter(|field| field.len() <= 8) else {
                continue;
            };
            let mut value = address.wrapping_add_signed(relocation.addend());
            if relocation.has_implicit_addend() {
                let mut old = [0; 8];
                old[..field.len()].copy_from_slice(field);
                value = value.wrapping_add(u64::from_le_bytes(old));
            }
            field.copy_from_slice(&value.to_le_bytes()[..width]);
        }
        bytes
    }
}
