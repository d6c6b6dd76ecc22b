//! New indexes: imports first, then the definitions in the order of the inputs.

use vbc_core::diag::Diagnostic;
use vbc_core::format::Limits;
use vbc_core::isa::IndexSpace;
use vbc_core::module::renumber::IndexMap;
use vbc_core::module::{Kind, NONE};

use super::object::Object;
use super::parallel;
use super::resolve::{Def, Resolution, Resolver};
use vbc_core::diag::codes::link as codes;

/// For each input, from its indexes to those of the result.
pub(super) struct NewIndexes {
    /// By input and kind; [`NONE`] for what is left out.
    tables: Vec<[Vec<u32>; Kind::ALL.len()]>,
    /// By input: the index of each element segment, [`NONE`] for what is left out.
    elements: Vec<Vec<u32>>,
}

impl NewIndexes {
    /// Numbers everything that goes into the result. Too many rows of a kind are an error, which goes
    /// to the resolver's.
    pub fn new(resolver: &mut Resolver<'_, '_>, limits: &Limits) -> NewIndexes {
        let mut numbers = NewIndexes {
            tables: Vec::with_capacity(resolver.objects.len()),
            elements: Vec::with_capacity(resolver.objects.len()),
        };
        numbers.definitions(resolver, limits);
        for (lost, by) in resolver.replacements() {
            let new = numbers.defined(resolver.objects, by);
            numbers.set(resolver.objects, lost, new);
        }
        numbers.imports(resolver);
        numbers
    }

    fn definitions(&mut self, resolver: &mut Resolver<'_, '_>, limits: &Limits) {
        let mut next = [0_u32; Kind::ALL.len()];
        for wanted in &resolver.imports {
            if let Some(kind) = wanted.row.kind() {
                next[kind as usize] += 1;
            }
        }
        let first_memory = next[Kind::Memory as usize];
        let mut element = 0_u32;
        for object in resolver.objects.iter() {
            let mut tables: [Vec<u32>; Kind::ALL.len()] = Default::default();
            for kind in Kind::ALL {
                let imported = object.spaces.imported(kind) as usize;
                let table = &mut tables[kind as usize];
                table.resize(imported, NONE);
                for defined in 0..object.defined(kind) {
                    if kind == Kind::Memory {
                        table.push(first_memory);
                    } else if object.keeps(kind, defined) {
                        table.push(next[kind as usize]);
                        next[kind as usize] = next[kind as usize].saturating_add(1);
                    } else {
                        table.push(NONE);
                    }
                }
            }
            self.tables.push(tables);
            let segments = (0..object.module.elements.len()).map(|segment| {
                if !object.keeps_element(segment) {
                    return NONE;
                }
                element = element.saturating_add(1);
                element - 1
            });
            self.elements.push(segments.collect());
        }
        for kind in Kind::ALL {
            let limit = match kind {
                Kind::Table => limits.tables,
                Kind::Func | Kind::Memory | Kind::Global | Kind::Data | Kind::Tag => limits.rows,
            };
            if u64::from(next[kind as usize]) > limit {
                resolver.errors.push(too_many(kind.word(), limit));
            }
        }
        if u64::from(element) > limits.rows {
            let error = too_many("element segment", limits.rows);
            resolver.errors.push(error);
        }
    }

    fn imports(&mut self, resolver: &Resolver<'_, '_>) {
        // The index of each import of the result.
        let mut next = [0_u32; Kind::ALL.len()];
        let indexes: Vec<u32> = resolver
            .imports
            .iter()
            .map(|wanted| match wanted.row.kind() {
                Some(kind) => {
                    next[kind as usize] += 1;
                    next[kind as usize] - 1
                }
                None => NONE,
            })
            .collect();
        let objects: &[Object<'_>] = resolver.objects;
        let imported = parallel::map(&resolver.targets, |number, targets| {
            let mut imported: [Vec<u32>; Kind::ALL.len()] = Default::default();
            for (row, target) in objects[number].module.imports.iter().zip(targets) {
                let Some(kind) = row.kind() else { continue };
                imported[kind as usize].push(match *target {
                    Resolution::Unused | Resolution::Open => NONE,
                    Resolution::Import(import) => indexes[import],
                    Resolution::Defined {
                        object,
                        kind,
                        defined,
                    } => self.defined(objects, (object, kind, defined)),
                });
            }
            imported
        });
        for (tables, imported) in self.tables.iter_mut().zip(imported) {
            for (table, imported) in tables.iter_mut().zip(imported) {
                table[..imported.len()].copy_from_slice(&imported);
            }
        }
    }

    /// The new index of definition number `defined` of a kind in an input.
    fn defined(&self, objects: &[Object<'_>], (object, kind, defined): Def) -> u32 {
        let index = objects[object].spaces.imported(kind) as usize + defined;
        let table = &self.tables[object][kind as usize];
        table.get(index).copied().unwrap_or(NONE)
    }

    fn set(&mut self, objects: &[Object<'_>], lost: Def, new: u32) {
        let (object, kind, defined) = lost;
        let index = objects[object].spaces.imported(kind) as usize + defined;
        if let Some(entry) = self.tables[object][kind as usize].get_mut(index) {
            *entry = new;
        }
    }

    /// The new index of `index` of a kind in an input, [`NONE`] when it is left out.
    pub fn get(&self, object: usize, kind: Kind, index: u32) -> u32 {
        let table = &self.tables[object][kind as usize];
        table.get(index as usize).copied().unwrap_or(NONE)
    }

    /// The new index of an element segment of an input, [`NONE`] when it is left out.
    pub fn element(&self, object: usize, index: u32) -> u32 {
        let table = &self.elements[object];
        table.get(index as usize).copied().unwrap_or(NONE)
    }

    /// What happens to the indexes in the code of an input. Spaces that stay as they are have no
    /// table, so that code which does not change is not walked.
    pub fn map(&self, number: usize, object: &Object<'_>) -> IndexMap {
        let mut map = IndexMap::default();
        let unchanged = |table: &[u32]| table.iter().enumerate().all(|(i, &new)| new == i as u32);
        for &space in IndexSpace::ALL {
            let of_kind = |kind: Kind| &self.tables[number][kind as usize];
            let table = match space {
                IndexSpace::Func => of_kind(Kind::Func),
                IndexSpace::Table => of_kind(Kind::Table),
                // Support code has no memory row: it uses the program's, number 0.
                IndexSpace::Memory => of_kind(Kind::Memory),
                IndexSpace::Global => of_kind(Kind::Global),
                IndexSpace::Data => of_kind(Kind::Data),
                IndexSpace::Tag => of_kind(Kind::Tag),
                IndexSpace::Type => &object.types,
                IndexSpace::Elem => &self.elements[number],
            };
            if !unchanged(table) {
                map.set(space, table.clone());
            }
        }
        map
    }
}

/// The error that the result has more rows than a module may have.
pub(super) fn too_many(what: &str, limit: u64) -> Diagnostic {
    Diagnostic::error(
        &codes::L0011,
        vbc_core::diag::Place::Nowhere,
        format!("the result has more than {limit} rows of kind {what}"),
    )
}
