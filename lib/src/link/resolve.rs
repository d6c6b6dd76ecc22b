//! Which definition each name means.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Place};
use crate::isa::FuncType;
use crate::module::{Binding, Definition, ExportRow, ImportRow, Kind, NONE, SymbolRow, support};

use super::object::{Object, Thing};
use super::{Undefined, codes};

/// Modules whose imports only the host provides.
const HOST_MODULES: [&str; 2] = ["vbc1", "wasi_snapshot_preview1"];

/// What an import row of an input means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Nothing in the result needs it.
    Unused,
    /// The import row of the result with this number.
    Import(usize),
    /// Definition `defined` of `kind` in `object`.
    Defined {
        object: usize,
        kind: Kind,
        defined: usize,
    },
}

/// An import or undefined symbol of the result.
pub(super) struct Wanted {
    /// Kind, flags and types are the result's; module and name are string indexes of `object`.
    pub row: ImportRow,
    /// The first input that has it.
    pub object: usize,
    /// Its type, which satisfies every input that has it.
    pub thing: Thing,
}

/// A symbol that other inputs may mean, and where it is.
#[derive(Clone, Copy)]
struct Symbol {
    object: usize,
    row: SymbolRow,
}

/// Names on their way to definitions.
pub(super) struct Resolver<'o, 'a> {
    pub objects: &'o mut [Object<'a>],
    pub types: &'o [FuncType],
    symbols: HashMap<&'a str, Symbol>,
    replaced: Vec<(usize, Kind, usize, &'a str)>,
    exports: HashMap<&'a str, (usize, ExportRow)>,
    /// The result's imports by module, name and, for a host's, kind and type.
    known: HashMap<(Option<&'a str>, &'a str, Option<Thing>), usize>,
    /// The result's imports and undefined symbols.
    pub imports: Vec<Wanted>,
    /// For each input and each of its import rows, what it means.
    pub targets: Vec<Vec<Target>>,
    pub errors: Vec<Diagnostic>,
}

impl<'o, 'a> Resolver<'o, 'a> {
    pub fn new(objects: &'o mut [Object<'a>], types: &'o [FuncType]) -> Self {
        Resolver {
            objects,
            types,
            symbols: HashMap::new(),
            replaced: Vec::new(),
            exports: HashMap::new(),
            known: HashMap::new(),
            imports: Vec::new(),
            targets: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Resolves every import row of every input.
    pub fn run(&mut self) {
        self.collect_symbols();
        self.collect_exports();
        for object in 0..self.objects.len() {
            let module = self.objects[object].module;
            let targets = module
                .imports
                .iter()
                .enumerate()
                .map(|(at, row)| match self.objects[object].keeps_import(at) {
                    true => self.resolve(object, row),
                    false => Target::Unused,
                })
                .collect();
            self.targets.push(targets);
        }
    }

    /// Global and weak symbols by name. A weak definition that another replaces is left out.
    fn collect_symbols(&mut self) {
        for object in 0..self.objects.len() {
            let module = self.objects[object].module;
            for row in module.symbols.iter() {
                if row.binding() == Binding::Local {
                    continue;
                }
                let new = Symbol { object, row: *row };
                let name = module.strings.get(row.name);
                match self.symbols.get(name).copied() {
                    None => {
                        self.symbols.insert(name, new);
                    }
                    Some(old) => self.meet(name, old, new),
                }
            }
        }
    }

    /// Two inputs define `name`.
    fn meet(&mut self, name: &'a str, old: Symbol, new: Symbol) {
        let is_memory = |symbol: &Symbol| symbol.row.kind() == Some(Kind::Memory);
        if is_memory(&old) && is_memory(&new) {
            // The two become one.
            return;
        }
        let weak = |symbol: &Symbol| symbol.row.binding() == Binding::Weak;
        let (winner, loser) = match (weak(&old), weak(&new)) {
            (false, false) => {
                let place = self.objects[new.object].symbol_place(&new.row);
                let first = self.objects[old.object].symbol_place(&old.row);
                self.errors.push(
                    Diagnostic::error(&codes::L0001, place, format!("`{name}` is defined twice"))
                        .with_note("the first definition is here", first),
                );
                return;
            }
            (true, false) => (new, old),
            _ => (old, new),
        };
        self.symbols.insert(name, winner);
        let (Some(defined), Some(replaced)) = (self.thing(&winner), self.thing(&loser)) else {
            return;
        };
        if !defined.satisfies(&replaced) {
            let place = self.objects[winner.object].symbol_place(&winner.row);
            let user = self.objects[loser.object].symbol_place(&loser.row);
            self.mismatch(name, (defined, place), (replaced, user));
        }
        if let Some(kind) = loser.row.kind() {
            let object = &mut self.objects[loser.object];
            let defined = (loser.row.index - object.spaces.imported(kind)) as usize;
            object.drop(kind, defined);
            self.replaced.push((loser.object, kind, defined, name));
        }
    }

    /// The weak definitions that were left out, each with the one that replaces it: input, kind
    /// and number.
    pub fn replacements(&self) -> impl Iterator<Item = [(usize, Kind, usize); 2]> {
        self.replaced
            .iter()
            .filter_map(|&(object, kind, defined, name)| {
                let winner = self.symbols.get(name)?;
                let imported = self.objects[winner.object].spaces.imported(kind);
                let by = winner.row.index.checked_sub(imported)?;
                Some([(object, kind, defined), (winner.object, kind, by as usize)])
            })
    }

    fn thing(&self, symbol: &Symbol) -> Option<Thing> {
        let object = &self.objects[symbol.object];
        let kind = symbol.row.kind()?;
        match object.spaces.get(kind, symbol.row.index)? {
            Definition::Defined(defined) => Some(object.definition(kind, defined)),
            Definition::Import(_) => None,
        }
    }

    /// Exports by name, for imports of `module:name`.
    fn collect_exports(&mut self) {
        for (number, object) in self.objects.iter().enumerate() {
            for row in object.module.exports.iter() {
                let name = object.module.strings.get(row.name);
                let host = name
                    .split_once(':')
                    .is_some_and(|(module, _)| HOST_MODULES.contains(&module));
                if !host {
                    self.exports.entry(name).or_insert((number, *row));
                }
            }
        }
    }

    /// What import row `row` of an input means.
    fn resolve(&mut self, object: usize, row: &ImportRow) -> Target {
        let wanted = self.objects[object].wanted(row);
        let name = self.objects[object].import_name(row);
        let Some((definer, kind, index)) = self.definition(row, &name) else {
            return self.import(object, row, wanted);
        };
        let Some(Definition::Defined(defined)) = self.objects[definer].spaces.get(kind, index)
        else {
            return self.import(object, row, wanted);
        };
        let thing = self.objects[definer].definition(kind, defined);
        // Whether the one memory satisfies all is seen when it is made.
        if kind != Kind::Memory && !thing.satisfies(&wanted) || row.kind() != Some(kind) {
            let place = self.objects[definer].place(kind, index);
            let user = self.objects[object].file();
            self.mismatch(&name, (thing, place), (wanted, user));
        }
        Target::Defined {
            object: definer,
            kind,
            defined,
        }
    }

    /// Input, kind and index of the definition that an import row's name means.
    fn definition(&self, row: &ImportRow, name: &str) -> Option<(usize, Kind, u32)> {
        if row.module == NONE {
            let symbol = self.symbols.get(name)?;
            return Some((symbol.object, symbol.row.kind()?, symbol.row.index));
        }
        // An export may pass an import on, which another input's export satisfies, and so on.
        let mut name = name.to_owned();
        for _ in 0..self.exports.len() {
            let &(object, export) = self.exports.get(name.as_str())?;
            let (kind, index) = (export.kind()?, export.index);
            let exporter = &self.objects[object];
            let passed_on = match exporter.spaces.get(kind, index)? {
                Definition::Defined(_) => return Some((object, kind, index)),
                Definition::Import(import) => &exporter.module.imports[import],
            };
            name = exporter.import_name(passed_on);
            if passed_on.module == NONE {
                let symbol = self.symbols.get(name.as_str())?;
                return Some((symbol.object, symbol.row.kind()?, symbol.row.index));
            }
        }
        None
    }

    /// The row stays an import or undefined symbol; equal ones become one.
    fn import(&mut self, object: usize, row: &ImportRow, wanted: Thing) -> Target {
        let module = self.objects[object].module;
        let name = module.strings.get(row.name);
        // A host may provide functions of several types under one name; a symbol is one thing.
        let by_type = matches!(wanted, Thing::Func(_) | Thing::Global { .. });
        let key = match row.module {
            NONE => (None, name, None),
            module_name => (
                Some(module.strings.get(module_name)),
                name,
                by_type.then_some(wanted),
            ),
        };
        // Within one input, the rows are as its author wrote them.
        let known = self.known.get(&key).copied();
        match known.filter(|&at| self.imports[at].object != object || row.module == NONE) {
            Some(at) => {
                self.join(at, object, row, wanted);
                Target::Import(at)
            }
            None => {
                let at = self.imports.len();
                self.known.entry(key).or_insert(at);
                self.imports.push(Wanted {
                    row: with_type(row, &wanted),
                    object,
                    thing: wanted,
                });
                Target::Import(at)
            }
        }
    }

    /// Another input has import `at` too.
    fn join(&mut self, at: usize, object: usize, row: &ImportRow, wanted: Thing) {
        let known = &mut self.imports[at];
        match known.thing.both(&wanted) {
            Some(both) => {
                known.thing = both;
                // One use that is not weak makes the symbol required.
                let weak = known.row.flags & row.flags & ImportRow::WEAK;
                known.row = with_type(&known.row, &both);
                known.row.flags = known.row.flags & !ImportRow::WEAK | weak;
            }
            None => {
                let name = self.objects[object].import_name(row);
                let first = &self.objects[known.object];
                let message = format!(
                    "`{name}` is declared as {}, but as {} in another input",
                    wanted.describe(self.types),
                    known.thing.describe(self.types)
                );
                let place = self.objects[object].file();
                self.errors.push(
                    Diagnostic::error(&codes::L0004, place, message)
                        .with_note("the first declaration is here", first.file()),
                );
            }
        }
    }

    fn mismatch(&mut self, name: &str, definition: (Thing, Place), user: (Thing, Place)) {
        let message = format!(
            "`{name}` is used as {}, but its definition is {}",
            user.0.describe(self.types),
            definition.0.describe(self.types)
        );
        self.errors.push(
            Diagnostic::error(&codes::L0003, user.1, message)
                .with_note("the definition is here", definition.1),
        );
    }

    /// Reports every undefined symbol that the result may not have.
    pub fn check_undefined(&mut self, allowed: Undefined) {
        let mut errors = Vec::new();
        for wanted in &self.imports {
            let object = &self.objects[wanted.object];
            let name = object.module.strings.get(wanted.row.name);
            let fine = match allowed {
                Undefined::All => true,
                Undefined::Support => {
                    wanted.row.flags & ImportRow::WEAK != 0 || support::routine(name).is_some()
                }
                Undefined::None => false,
            };
            if wanted.row.module == NONE && !fine {
                let what = wanted.thing.describe(self.types);
                let message = format!("`{name}` ({what}) is not defined");
                let error = Diagnostic::error(&codes::L0002, object.file(), message);
                errors.push(error.with_help("link the object that defines it"));
            }
        }
        self.errors.append(&mut errors);
    }
}

/// The row with the types of `thing`.
fn with_type(row: &ImportRow, thing: &Thing) -> ImportRow {
    let mut row = *row;
    match *thing {
        Thing::Func(ty) => row.ty = ty,
        Thing::Table { min, max, .. } | Thing::Memory { min, max, .. } => {
            (row.min, row.max) = (min, max);
        }
        Thing::Global { .. } | Thing::Data { .. } => {}
    }
    row
}
