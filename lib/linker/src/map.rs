//! The map of a link: what the result holds and where it comes from.

use std::sync::Arc;

use vbc_core::module::{ElementMode, Kind, Module, NONE};

use super::assign_indexes::NewIndexes;
use super::object::Object;
use super::queries::Named;

/// What the result holds, by kind and index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    /// The inputs, in their order.
    pub inputs: Vec<Arc<str>>,
    /// Imports and undefined symbols.
    pub imports: Vec<MapImport>,
    /// Definitions, by kind in the order of indexes; element segments last.
    pub rows: Vec<MapRow>,
}

/// An import or undefined symbol of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapImport {
    /// Its kind.
    pub kind: &'static str,
    /// Its index among its kind.
    pub index: u32,
    /// `module:name`, or the undefined symbol.
    pub name: String,
    /// The first input that has it.
    pub input: Arc<str>,
}

/// A definition of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapRow {
    /// What it is and where it comes from.
    pub what: Named,
    /// Its index among its kind, imports counted.
    pub index: u32,
    /// Functions: bytes of code. Data: bytes in memory. Tables: elements, memories: pages, at the start.
    /// Segments: items. Globals and tags: none.
    pub size: Option<u64>,
    /// Data: the alignment.
    pub align: Option<u32>,
}

/// Describes the result.
pub(super) fn describe(
    objects: &[Object<'_>],
    numbers: &NewIndexes,
    imports: &[(usize, String)],
    module: &Module,
) -> Map {
    let mut map = Map {
        inputs: objects.iter().map(|object| object.name.clone()).collect(),
        ..Map::default()
    };
    let mut next = [0; Kind::ALL.len()];
    for (row, (object, name)) in module.imports.iter().zip(imports) {
        let Some(kind) = row.kind() else { continue };
        map.imports.push(MapImport {
            kind: kind.word(),
            index: next[kind as usize],
            name: name.clone(),
            input: objects[*object].name.clone(),
        });
        next[kind as usize] += 1;
    }
    let mut has_memory = false;
    for kind in Kind::ALL {
        for (number, object) in objects.iter().enumerate() {
            for defined in 0..object.defined(kind) {
                let index = numbers.get(number, kind, object.spaces.index_of(kind, defined));
                let joined = kind == Kind::Memory && std::mem::replace(&mut has_memory, true);
                if !object.keeps(kind, defined) || index == NONE || joined {
                    continue;
                }
                map.rows.push(MapRow {
                    what: Named::definition(object, kind, defined),
                    index,
                    size: size(object.module, kind, defined, module),
                    align: data_alignment(object, kind, defined),
                });
            }
        }
    }
    for (number, object) in objects.iter().enumerate() {
        for (segment, row) in object.module.elements.iter().enumerate() {
            let index = numbers.element(number, segment as u32);
            if index == NONE || ElementMode::from_code(row.mode).is_none() {
                continue;
            }
            map.rows.push(MapRow {
                what: Named::element(object, segment),
                index,
                size: Some(row.count.into()),
                align: None,
            });
        }
    }
    map
}

fn size(from: &Module, kind: Kind, defined: usize, result: &Module) -> Option<u64> {
    match kind {
        Kind::Func => from.functions.get(defined).map(|row| row.words * 8),
        Kind::Table => from.tables.get(defined).map(|row| row.min),
        Kind::Memory => result.memories.first().map(|row| row.min),
        Kind::Global | Kind::Tag => None,
        Kind::Data => from.data.get(defined).map(|row| row.size),
    }
}

fn data_alignment(object: &Object<'_>, kind: Kind, defined: usize) -> Option<u32> {
    let row = object.module.data.get(defined);
    let row = row.filter(|_| kind == Kind::Data)?;
    Some(object.alignment(defined, row.align))
}
