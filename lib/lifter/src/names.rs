//! The name section. Names are for people: one that cannot be kept is left out.

use wasmparser::{BinaryReader, Name, NameMap, NameSectionReader};

use super::layout::Entities;
use vbc_core::module::builder::ModuleBuilder;

/// The longest name that a module may hold, in bytes.
const LONGEST: usize = 100_000;

/// Whether a string of the module can have these characters.
fn is_possible(name: &str) -> bool {
    name.len() <= LONGEST
}

/// Gives functions, tables, memories, globals and segments their debug names. What is wrong with the section ends it.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "there is no room for other names"
)]
pub(super) fn apply(section: BinaryReader<'_>, entities: &mut Entities, to: &mut ModuleBuilder) {
    for part in NameSectionReader::new(section) {
        let Ok(part) = part else { return };
        match part {
            Name::Function(map) => each(map, |index, name| {
                if let Some(function) = entities.functions.get(index) {
                    to.debug_name(function.func, name);
                    entities.named[index] = true;
                }
            }),
            Name::Table(map) => each(map, |index, name| {
                if let Some(info) = entities.tables.get(index) {
                    to.debug_name(info.table, name);
                }
            }),
            Name::Memory(map) => each(map, |index, name| {
                if let Some(&memory) = entities.memories.get(index) {
                    to.debug_name(memory, name);
                }
            }),
            Name::Global(map) => each(map, |index, name| {
                if let Some(&(global, _)) = entities.globals.get(index) {
                    to.debug_name(global, name);
                }
            }),
            Name::Element(map) => each(map, |index, name| {
                if let Some(&elem) = entities.elements.get(index) {
                    to.elem_name(elem, name);
                }
            }),
            Name::Data(map) => each(map, |index, name| {
                if let Some(&data) = entities.segments.get(index) {
                    to.debug_name(data, name);
                }
            }),
            _ => {}
        }
    }
}

fn each(map: NameMap<'_>, mut take: impl FnMut(usize, &str)) {
    for naming in map {
        let Ok(naming) = naming else { return };
        if !naming.name.is_empty() && is_possible(naming.name) {
            take(naming.index as usize, naming.name);
        }
    }
}

/// The name of a function, for a message about a module that is not lifted.
pub(super) fn of_function(section: BinaryReader<'_>, index: u32) -> Option<String> {
    let mut found = None;
    for part in NameSectionReader::new(section) {
        if let Name::Function(map) = part.ok()? {
            each(map, |at, name| {
                if at == index as usize {
                    found = Some(name.to_owned());
                }
            });
        }
    }
    found
}
