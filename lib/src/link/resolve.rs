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
    /// Nothing in the result needs it, or it has not been resolved.
    Unused,
    /// It is being resolved.
    Open,
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
        self.targets = self
            .objects
            .iter()
            .map(|object| vec![Target::Unused; object.module.imports.len()])
            .collect();
        for object in 0..self.objects.len() {
            for row in 0..self.targets[object].len() {
                if self.objects[object].keeps_import(row) {
                    self.resolve(object, row);
                }
            }
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

    /// Finds out what import row `row` of an input means.
    ///
    /// An export may pass an import on, which another input's export satisfies, and so on: all
    /// rows on the way mean the same.
    fn resolve(&mut self, object: usize, row: usize) {
        let mut way = vec![(object, row)];
        let mut at = (object, row);
        let target = loop {
            match self.targets[at.0][at.1] {
                Target::Unused => self.targets[at.0][at.1] = Target::Open,
                known => break known,
            }
            match self.step(at.0, at.1) {
                Some((object, kind, Definition::Defined(defined))) => {
                    break Target::Defined {
                        object,
                        kind,
                        defined,
                    };
                }
                // Round in a circle nothing is defined, and the host is asked.
                Some((object, _, Definition::Import(row)))
                    if self.targets[object][row] != Target::Open =>
                {
                    at = (object, row);
                    way.push(at);
                }
                _ => break self.import(at.0, at.1),
            }
        };
        for (object, row) in way {
            if self.targets[object][row] == Target::Open {
                // An import is what it is declared as.
                if (object, row) != at || !matches!(target, Target::Import(_)) {
                    self.check(object, row, target);
                }
                self.targets[object][row] = target;
            }
        }
    }

    /// What the name of an import row leads to: the input, the kind and the thing itself.
    fn step(&self, object: usize, row: usize) -> Option<(usize, Kind, Definition)> {
        let object = &self.objects[object];
        let row = &object.module.imports[row];
        let name = object.import_name(row);
        let (definer, kind, index) = match row.module {
            NONE => {
                let symbol = self.symbols.get(name.as_str())?;
                (symbol.object, symbol.row.kind()?, symbol.row.index)
            }
            _ => {
                let (object, export) = self.exports.get(name.as_str())?;
                (*object, export.kind()?, export.index)
            }
        };
        let definition = self.objects[definer].spaces.get(kind, index)?;
        Some((definer, kind, definition))
    }

    /// Whether what an import row means is of its kind and type.
    fn check(&mut self, object: usize, row: usize, target: Target) {
        let user = &self.objects[object];
        let row = &user.module.imports[row];
        let wanted = user.wanted(row);
        let (thing, place) = match target {
            Target::Unused | Target::Open => return,
            Target::Import(at) => {
                let import = &self.imports[at];
                (import.thing, self.objects[import.object].file())
            }
            Target::Defined {
                object,
                kind,
                defined,
            } => {
                let definer = &self.objects[object];
                let index = definer.spaces.index_of(kind, defined);
                (
                    definer.definition(kind, defined),
                    definer.place(kind, index),
                )
            }
        };
        // Whether the one memory satisfies everyone is seen when it has been made.
        let memories = matches!(thing, Thing::Memory { .. }) && row.kind() == Some(Kind::Memory);
        if !memories && !thing.satisfies(&wanted) {
            let (name, user) = (user.import_name(row), user.file());
            self.mismatch(&name, (thing, place), (wanted, user));
        }
    }

    /// The row stays an import or undefined symbol; equal ones become one.
    fn import(&mut self, object: usize, row: usize) -> Target {
        let module = self.objects[object].module;
        let row = &module.imports[row];
        let wanted = self.objects[object].wanted(row);
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
