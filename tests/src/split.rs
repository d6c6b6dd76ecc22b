//! Takes a module apart: one object for each function, and one for everything else. Linking them again yields a program
//! that does the same.

use vbc::format::{WriteOptions, write};
use vbc::isa::IndexSpace;
use vbc::module::canonical::canonicalise;
use vbc::module::renumber::{IndexMap, indexes, renumber};
use vbc::module::{
    DataKind, Debug, DebugNameRow, Definition, FunctionRow, GlobalRow, ImportRow, Kind, LineRow,
    Module, NONE, NameSpace, Spaces, StringsBuilder, SymbolRow,
};

/// The objects, as files. The first one holds everything but functions, and those that cannot live apart:
/// initialisers, and users of what has no symbol (element segments, passive data).
///
/// # Errors
///
/// When what was made cannot be brought into canonical form.
pub fn split(module: &Module) -> Result<Vec<Vec<u8>>, String> {
    let splitter = Splitter {
        module,
        spaces: module.spaces(),
    };
    let stays: Vec<bool> = (0..module.functions.len())
        .map(|function| splitter.stays(function))
        .collect();
    let mut objects = vec![splitter.rest(&stays)];
    for function in (0..stays.len()).filter(|&function| !stays[function]) {
        objects.push(splitter.alone(function));
    }
    objects
        .into_iter()
        .map(|mut object| {
            canonicalise(&mut object).map_err(|bad| format!("bad code at {}", bad.word))?;
            Ok(write(&object, &WriteOptions::default()))
        })
        .collect()
}

struct Splitter<'m> {
    module: &'m Module,
    spaces: Spaces,
}

/// An object while it grows.
struct Object {
    module: Module,
    strings: StringsBuilder,
    /// The new index of each old one, by kind.
    map: [Vec<u32>; Kind::ALL.len()],
}

impl Splitter<'_> {
    fn index(&self, kind: Kind, defined: usize) -> u32 {
        self.spaces.index_of(kind, defined)
    }

    /// Whether a function must stay with the rest.
    fn stays(&self, function: usize) -> bool {
        let module = self.module;
        let index = self.index(Kind::Func, function);
        let mut stays = module.initialisers.contains(&index);
        indexes(module.function_code(function), |space, index, _| {
            let passive = || {
                let defined = self.spaces.get(Kind::Data, index);
                match defined {
                    Some(Definition::Defined(row)) => {
                        module.data[row].kind() == Some(DataKind::Passive)
                    }
                    _ => false,
                }
            };
            stays |= space == IndexSpace::Elem || space == IndexSpace::Data && passive();
        });
        stays
    }

    /// The name by which objects refer to a definition, and its symbol's flags.
    fn symbol(&self, kind: Kind, defined: usize) -> (String, u32) {
        let index = self.index(kind, defined);
        match self.module.symbol(kind, index) {
            Some(row) if row.flags & SymbolRow::LOCAL == 0 => {
                (self.module.strings.get(row.name).to_owned(), row.flags)
            }
            _ => (format!("split {} {index}", kind.word()), SymbolRow::HIDDEN),
        }
    }

    fn start(&self) -> Object {
        let count = |kind| vec![NONE; self.spaces.count(kind) as usize];
        Object {
            module: Module {
                types: self.module.types.clone(),
                producer: "split".into(),
                ..Module::default()
            },
            strings: StringsBuilder::default(),
            map: Kind::ALL.map(count),
        }
    }

    /// Adds an import row for something of the module, an import or a definition of it.
    fn import(
        &self,
        object: &mut Object,
        kind: Kind,
        index: u32,
        next: &mut [u32; Kind::ALL.len()],
    ) {
        let strings = &self.module.strings;
        let row = match self.spaces.get(kind, index) {
            Some(Definition::Import(row)) => {
                let row = self.module.imports[row];
                ImportRow {
                    module: match row.module {
                        NONE => NONE,
                        name => object.strings.intern(strings.get(name)),
                    },
                    name: object.strings.intern(strings.get(row.name)),
                    ..row
                }
            }
            Some(Definition::Defined(defined)) => {
                let (name, _) = self.symbol(kind, defined);
                ImportRow {
                    module: NONE,
                    name: object.strings.intern(&name),
                    ..self.declaration(kind, defined)
                }
            }
            None => return,
        };
        object.module.imports.to_mut().push(row);
        object.map[kind as usize][index as usize] = next[kind as usize];
        next[kind as usize] += 1;
    }

    /// What an undefined symbol states about a definition.
    fn declaration(&self, kind: Kind, defined: usize) -> ImportRow {
        let module = self.module;
        let row = ImportRow {
            kind: kind as u32,
            ..ImportRow::default()
        };
        match kind {
            Kind::Func => ImportRow {
                ty: module.functions[defined].ty,
                ..row
            },
            Kind::Table => {
                let table = module.tables[defined];
                ImportRow {
                    ty: table.elem,
                    index_type: table.index_type,
                    min: table.min,
                    max: table.max,
                    ..row
                }
            }
            Kind::Memory => {
                let memory = module.memories[defined];
                ImportRow {
                    index_type: memory.index_type,
                    min: memory.min,
                    max: memory.max,
                    ..row
                }
            }
            Kind::Global => {
                let global = module.globals[defined];
                ImportRow {
                    ty: global.ty,
                    flags: match global.flags & GlobalRow::MUTABLE {
                        0 => 0,
                        _ => ImportRow::MUTABLE,
                    },
                    ..row
                }
            }
            Kind::Tag => ImportRow {
                ty: module.tags[defined].ty,
                ..row
            },
            Kind::Data => row,
        }
    }

    /// Adds the functions with their symbols, code and debug information; all they refer to has its new
    /// index already, except themselves.
    fn functions(&self, object: &mut Object, functions: &[usize]) {
        let first = object.module.imports.iter();
        let first = first.filter(|row| row.kind() == Some(Kind::Func)).count();
        for (n, &function) in functions.iter().enumerate() {
            let old = self.index(Kind::Func, function) as usize;
            object.map[Kind::Func as usize][old] = (first + n) as u32;
        }
        let mut map = IndexMap::default();
        // The memory is number 0 everywhere, also where loading provides it.
        for kind in [Kind::Func, Kind::Table, Kind::Global, Kind::Data] {
            map.set(kind, object.map[kind as usize].clone());
        }
        for &function in functions {
            let mut code = self.module.function_code(function).to_vec();
            renumber(&mut code, &map).expect("everything has an index");
            let row = self.module.functions[function];
            let words = object.module.code.to_mut();
            let runs = object.module.register_runs.to_mut();
            object.module.functions.to_mut().push(FunctionRow {
                first_run: runs.len() as u32,
                code: words.len() as u64,
                ..row
            });
            words.extend(code);
            runs.extend_from_slice(self.module.function_runs(function));
            self.define(object, Kind::Func, function);
        }
        self.debug(object, functions);
    }

    /// Adds the symbol of a definition that has its new index.
    fn define(&self, object: &mut Object, kind: Kind, defined: usize) {
        let passive =
            kind == Kind::Data && self.module.data[defined].kind() == Some(DataKind::Passive);
        let (name, flags) = self.symbol(kind, defined);
        let old = self.index(kind, defined);
        if passive && self.module.symbol(kind, old).is_none() {
            return;
        }
        let name = object.strings.intern(&name);
        object.module.symbols.to_mut().push(SymbolRow {
            name,
            kind: kind as u32,
            index: object.map[kind as usize][old as usize],
            flags,
        });
    }

    fn debug(&self, object: &mut Object, functions: &[usize]) {
        let Some(debug) = &self.module.debug else {
            return;
        };
        let map = &object.map[Kind::Func as usize];
        let new = |function: u32| map.get(function as usize).copied();
        let own: Vec<u32> = functions
            .iter()
            .map(|&function| self.index(Kind::Func, function))
            .collect();
        let names = debug
            .names
            .iter()
            .filter(|row| row.space == NameSpace::Register as u32 && own.contains(&row.owner));
        let names: Vec<DebugNameRow> = names
            .filter_map(|row| {
                let owner = new(row.owner)?;
                Some(DebugNameRow { owner, ..*row })
            })
            .collect();
        let lines = debug.lines.iter().filter(|row| own.contains(&row.function));
        let lines: Vec<LineRow> = lines
            .filter_map(|row| {
                let function = new(row.function)?;
                Some(LineRow { function, ..*row })
            })
            .collect();
        object.module.debug = Some(Debug {
            names: names.into(),
            lines: lines.into(),
            ..debug.clone()
        });
    }

    /// An object with one function.
    fn alone(&self, function: usize) -> Module {
        let mut object = self.start();
        let own = self.index(Kind::Func, function);
        let mut used: Vec<(Kind, u32)> = Vec::new();
        indexes(self.module.function_code(function), |space, index, _| {
            let kind = Kind::ALL
                .into_iter()
                .find(|&kind| IndexSpace::from(kind) == space);
            if let Some(kind) = kind
                && kind != Kind::Memory
                && (kind, index) != (Kind::Func, own)
            {
                used.push((kind, index));
            }
        });
        if self.spaces.count(Kind::Memory) > 0 {
            used.push((Kind::Memory, 0));
        }
        used.sort();
        used.dedup();
        let mut next = [0; Kind::ALL.len()];
        for (kind, index) in used {
            self.import(&mut object, kind, index, &mut next);
        }
        self.functions(&mut object, &[function]);
        object.module.strings = object.strings.finish();
        object.module
    }

    /// Everything else, with the functions that stay.
    fn rest(&self, stays: &[bool]) -> Module {
        let module = self.module;
        let mut object = self.start();
        let mut next = [0; Kind::ALL.len()];
        let mut old = [0; Kind::ALL.len()];
        for row in module.imports.iter() {
            let kind = row.kind().expect("a kind");
            self.import(&mut object, kind, old[kind as usize], &mut next);
            old[kind as usize] += 1;
        }
        for (function, _) in stays.iter().enumerate().filter(|(_, stays)| !**stays) {
            let index = self.index(Kind::Func, function);
            self.import(&mut object, Kind::Func, index, &mut next);
        }
        for kind in [Kind::Table, Kind::Memory, Kind::Global, Kind::Data] {
            // No definition of another module is among the imports, so these keep their indexes.
            object.map[kind as usize] = (0..self.spaces.count(kind)).collect();
        }
        object.module.memories = module.memories.clone();
        object.module.tables = module.tables.clone();
        object.module.data = module.data.clone();
        object.module.data_bytes = module.data_bytes.clone();
        object.module.addresses = module.addresses.clone();
        object.module.elements = module.elements.clone();
        let staying: Vec<usize> = (0..stays.len()).filter(|&n| stays[n]).collect();
        self.functions(&mut object, &staying);
        for kind in [Kind::Table, Kind::Memory, Kind::Global, Kind::Data] {
            for defined in 0..(self.spaces.count(kind) - self.spaces.imported(kind)) as usize {
                self.define(&mut object, kind, defined);
            }
        }
        let functions = object.map[Kind::Func as usize].clone();
        let new = |function: u32| functions.get(function as usize).copied().unwrap_or(NONE);
        object.module.entry = module.entry.map(new);
        let initialisers = module.initialisers.iter().map(|&function| new(function));
        object.module.initialisers = initialisers.collect::<Vec<u32>>().into();
        let items = module.element_items.iter().map(|&item| new(item));
        object.module.element_items = items.collect::<Vec<u32>>().into();
        let mut globals = module.globals.to_vec();
        for global in &mut globals {
            if global.init == vbc::module::InitKind::Func as u32 {
                global.index = new(global.index);
            }
        }
        object.module.globals = globals.into();
        let mut exports = module.exports.to_vec();
        for export in &mut exports {
            export.name = object.strings.intern(module.strings.get(export.name));
            if export.kind() == Some(Kind::Func) {
                export.index = new(export.index);
            }
        }
        object.module.exports = exports.into();
        object.module.strings = object.strings.finish();
        object.module
    }
}
