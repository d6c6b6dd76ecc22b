//! Sections whose contents refer to other places, as gimli writes them.

use std::collections::HashMap;

use gimli_write::write::{
    Address, EndianVec, RelocateWriter, Relocation, RelocationTarget, Sections,
};
use gimli_write::{LittleEndian, SectionId};
use object::SectionKind;
use object::elf::RelocationType;
use object::write::{self as elf, Object, RelocationFlags, SymbolId};

use super::object::{Relocations, failed};
use vbc_core::diag::Errors;

/// The text, as gimli's addresses name it.
pub(super) const TEXT: usize = 0;

/// The place at `offset` in the text.
pub(super) fn in_text(offset: u32) -> Address {
    Address::Symbol {
        symbol: TEXT,
        addend: offset.into(),
    }
}

/// A section with the places in it that refer to others.
#[derive(Clone)]
pub(super) struct Relocated {
    writer: EndianVec<LittleEndian>,
    relocations: Vec<Relocation>,
}

impl Default for Relocated {
    fn default() -> Relocated {
        Relocated {
            writer: EndianVec::new(LittleEndian),
            relocations: Vec::new(),
        }
    }
}

impl RelocateWriter for Relocated {
    type Writer = EndianVec<LittleEndian>;

    fn writer(&self) -> &Self::Writer {
        &self.writer
    }

    fn writer_mut(&mut self) -> &mut Self::Writer {
        &mut self.writer
    }

    fn relocate(&mut self, relocation: Relocation) {
        self.relocations.push(relocation);
    }
}

/// Puts a section into the object.
pub(super) fn put(
    object: &mut Object<'_>,
    (name, kind): (&str, SectionKind),
    section: Relocated,
    kinds: &Relocations,
    target: impl Fn(RelocationTarget) -> Option<SymbolId>,
) -> Result<elf::SectionId, Errors> {
    let id = object.add_section(Vec::new(), name.as_bytes().to_vec(), kind);
    object.append_section_data(id, section.writer.slice(), 8);
    for relocation in section.relocations {
        let relative = relocation.eh_pe.is_some();
        let r_type = match (relocation.size, relative) {
            (4, true) => kinds.relative32,
            (8, false) => kinds.absolute64,
            _ => kinds.absolute32,
        };
        let symbol = target(relocation.target).ok_or_else(|| failed("a debug section"))?;
        relocate(object, id, &relocation, symbol, r_type)?;
    }
    Ok(id)
}

/// Adds a relocation to a section.
fn relocate(
    object: &mut Object<'_>,
    section: elf::SectionId,
    relocation: &Relocation,
    symbol: SymbolId,
    r_type: RelocationType,
) -> Result<(), Errors> {
    let relocation = elf::Relocation {
        offset: relocation.offset as u64,
        symbol,
        addend: relocation.addend,
        flags: RelocationFlags::Elf { r_type },
    };
    let added = object.add_relocation(section, relocation);
    added.map_err(|error| failed(&error.to_string()))
}

/// Puts debug sections, which refer to each other, into the object.
pub(super) fn put_all(
    object: &mut Object<'_>,
    mut sections: Sections<Relocated>,
    kinds: &Relocations,
    text: SymbolId,
) -> Result<(), Errors> {
    let mut filled: Vec<(SectionId, Relocated)> = Vec::new();
    let _: Result<(), ()> = sections.for_each_mut(|id, section| {
        if !section.writer.slice().is_empty() {
            filled.push((id, std::mem::take(section)));
        }
        Ok(())
    });
    // All exist before any refers to another.
    let mut symbols = HashMap::new();
    let mut ids = Vec::new();
    for (id, _) in &filled {
        let name = id.name().as_bytes().to_vec();
        let section = object.add_section(Vec::new(), name, SectionKind::Debug);
        symbols.insert(*id, object.section_symbol(section));
        ids.push(section);
    }
    for (section, (_, content)) in ids.into_iter().zip(filled) {
        object.append_section_data(section, content.writer.slice(), 1);
        for relocation in content.relocations {
            let symbol = match relocation.target {
                RelocationTarget::Symbol(_) => text,
                RelocationTarget::Section(id) => *symbols
                    .get(&id)
                    .ok_or_else(|| failed("a debug section is missing"))?,
            };
            let r_type = match relocation.size {
                8 => kinds.absolute64,
                _ => kinds.absolute32,
            };
            relocate(object, section, &relocation, symbol, r_type)?;
        }
    }
    Ok(())
}
