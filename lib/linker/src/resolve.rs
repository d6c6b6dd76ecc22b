//! Which definition each name means.

use std::collections::HashMap;

use vbc_core::diag::Diagnostic;
use vbc_core::module::host::is_host;
use vbc_core::module::strings::ByName;
use vbc_core::module::{Binding, Definition, ExportRow, ImportRow, Kind, NONE, SymbolRow, support};

use super::names::{Names, Symbol};
use super::object::{Object, Thing};
use super::options::Options;
use super::parallel;
use super::report::{self, Mismatch};
use super::types::Joined;

/// The module of the imports that undefined symbols become, as other linkers call it.
const ANY_MODULE: &str = "env";

/// What an import row of an input means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolution {
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
    /// The number of its row there.
    pub number: usize,
    /// Its type, which satisfies every input that has it.
    pub thing: Thing,
    /// The module of an undefined symbol that a flag makes an import.
    pub import_from: Option<String>,
}

/// A definition: input, kind, number among the definitions of that kind.
pub(super) type Def = (usize, Kind, usize);

/// Names on their way to definitions.
pub(super) struct Resolver<'o, 'a> {
    pub objects: &'o mut [Object<'a>],
    pub types: &'o Joined,
    /// Global and weak symbols by name: the definition that the name means.
    pub symbols: Names<'a>,
    replaced: Vec<(Def, By<'a>)>,
    exports: ByName<'a, (usize, ExportRow)>,
    /// The result's imports by module, name and, for a host's, kind and type.
    known: HashMap<(Option<&'a str>, &'a str, Option<Thing>), usize>,
    /// The result's imports and undefined symbols.
    pub imports: Vec<Wanted>,
    /// For each input and each of its import rows, what it means.
    pub targets: Vec<Vec<Resolution>>,
    /// Names that are defined several times, with all definitions.
    duplicates: report::Grouped<'a, (usize, SymbolRow)>,
    /// Definitions and uses that do not match.
    mismatches: Vec<Mismatch>,
    pub errors: Vec<Diagnostic>,
}

/// What takes the place of a definition that is left out.
#[derive(Clone, Copy)]
enum By<'a> {
    /// What the name means.
    Name(&'a str),
    /// A definition.
    Def(Def),
}

impl<'o, 'a> Resolver<'o, 'a> {
    pub fn new(objects: &'o mut [Object<'a>], types: &'o Joined) -> Self {
        Resolver {
            objects,
            types,
            symbols: Names::default(),
            replaced: Vec::new(),
            exports: ByName::default(),
            known: HashMap::new(),
            imports: Vec::new(),
            targets: Vec::new(),
            duplicates: report::Grouped::default(),
            mismatches: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Resolves every import row of every input.
    pub fn run(&mut self) {
        self.collect_symbols();
        self.collect_exports();
        // Most names lead to what they want, which can be seen for all inputs at once; the others are taken one
        // after another, because what they lead to depends on those before.
        let resolver: &Self = self;
        self.targets = parallel::map(&*resolver.objects, |number, _| {
            resolver.plain_targets(number)
        });
        for object in 0..self.objects.len() {
            for row in 0..self.targets[object].len() {
                let open = self.targets[object][row] == Resolution::Unused;
                if open && self.objects[object].keeps_import(row) {
                    self.resolve(object, row);
                }
            }
        }
        report::duplicates(self.objects, &self.duplicates, &mut self.errors);
        let mismatches = std::mem::take(&mut self.mismatches);
        report::mismatches(self.objects, self.types, &mismatches, &mut self.errors);
    }

    /// Global and weak symbols by name. A weak definition that another replaces is left out.
    fn collect_symbols(&mut self) {
        let symbols = self
            .objects
            .iter()
            .map(|object| object.module.symbols.len());
        self.symbols.reserve(symbols.sum());
        for object in 0..self.objects.len() {
            let module = self.objects[object].module;
            for row in module.symbols.iter() {
                if row.binding() == Binding::Local {
                    continue;
                }
                let new = Symbol {
                    object,
                    row: *row,
                    thing: self.thing(object, row),
                };
                let name = module.strings.get(row.name);
                if let Some(&mut old) = self.symbols.enter(name, new) {
                    self.meet(name, old, new);
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
                let place = |symbol: Symbol| (symbol.object, symbol.row);
                self.duplicates.add(name, place(old), place(new));
                return;
            }
            (true, false) => (new, old),
            _ => (old, new),
        };
        self.symbols.replace(name, winner);
        let (Some(defined), Some(replaced)) = (winner.thing, loser.thing) else {
            return;
        };
        if !defined.replaces(&replaced, &self.types.identity) {
            self.mismatches.push(Mismatch {
                name: name.to_owned(),
                definition: (winner.object, symbol_at(&winner.row)),
                defined,
                user: (loser.object, symbol_at(&loser.row)),
                wanted: replaced,
            });
        }
        if let Some(kind) = loser.row.kind() {
            let object = &mut self.objects[loser.object];
            let defined = (loser.row.index - object.spaces.imported(kind)) as usize;
            object.drop(kind, defined);
            let lost = (loser.object, kind, defined);
            self.replaced.push((lost, By::Name(name)));
        }
    }

    /// Leaves `lost` out of the result: whatever refers to it means `by`.
    pub fn replace(&mut self, lost: Def, by: Def) {
        self.objects[lost.0].drop(lost.1, lost.2);
        self.replaced.push((lost, By::Def(by)));
    }

    /// The definitions that were left out, each with the one that takes its place.
    pub fn replacements(&self) -> impl Iterator<Item = (Def, Def)> {
        self.replaced.iter().filter_map(|&(lost, by)| match by {
            By::Def(by) => Some((lost, by)),
            By::Name(name) => Some((lost, self.definition_of(self.symbols.get(name)?)?)),
        })
    }

    /// The definition that a symbol names.
    pub fn definition_of(&self, symbol: &Symbol) -> Option<Def> {
        let kind = symbol.row.kind()?;
        let imported = self.objects[symbol.object].spaces.imported(kind);
        let defined = symbol.row.index.checked_sub(imported)?;
        Some((symbol.object, kind, defined as usize))
    }

    /// What a symbol of an input defines.
    fn thing(&self, object: usize, row: &SymbolRow) -> Option<Thing> {
        let object = &self.objects[object];
        let kind = row.kind()?;
        match object.spaces.get(kind, row.index)? {
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
                    .is_some_and(|(module, _)| is_host(module));
                if !host {
                    self.exports.entry(name).or_insert((number, *row));
                }
            }
        }
    }

    /// The import rows of an input whose names lead to a definition that fits. The one memory is made later.
    fn plain_targets(&self, number: usize) -> Vec<Resolution> {
        let object = &self.objects[number];
        let (rows, strings) = (&object.module.imports[..], &object.module.strings);
        let names: Vec<&str> = rows.iter().map(|row| strings.get(row.name)).collect();
        let symbols = self.symbols.get_all(&names);
        let rows = rows.iter().enumerate().zip(symbols);
        let targets = rows.map(|((number, row), symbol)| {
            let symbol = symbol.filter(|_| row.module == NONE && object.keeps_import(number))?;
            let (definer, kind, defined) = self.definition_of(symbol)?;
            let fits = symbol
                .thing?
                .satisfies(&object.wanted(row), &self.types.identity);
            (fits && kind != Kind::Memory).then_some(Resolution::Defined {
                object: definer,
                kind,
                defined,
            })
        });
        targets
            .map(|target| target.unwrap_or(Resolution::Unused))
            .collect()
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
                Resolution::Unused => self.targets[at.0][at.1] = Resolution::Open,
                known @ (Resolution::Open | Resolution::Import(_) | Resolution::Defined { .. }) => {
                    break known;
                }
            }
            match self.step(at.0, at.1) {
                Some((object, kind, Definition::Defined(defined))) => {
                    break Resolution::Defined {
                        object,
                        kind,
                        defined,
                    };
                }
                // Where rows lead round in a circle nothing is defined, and the host is asked.
                Some((object, _, Definition::Import(row)))
                    if self.targets[object][row] != Resolution::Open =>
                {
                    at = (object, row);
                    way.push(at);
                }
                _ => break self.import(at.0, at.1),
            }
        };
        for (object, row) in way {
            if self.targets[object][row] == Resolution::Open {
                // An import is what it is declared as.
                if (object, row) != at || !matches!(target, Resolution::Import(_)) {
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
        let (definer, kind, index) = match row.module {
            NONE => {
                let symbol = self.symbols.get(object.module.strings.get(row.name))?;
                (symbol.object, symbol.row.kind()?, symbol.row.index)
            }
            _ if self.exports.is_empty() => return None,
            _ => {
                let name = object.import_name(row);
                let (object, export) = self.exports.get(name.as_str())?;
                (*object, export.kind()?, export.index)
            }
        };
        let definition = self.objects[definer].spaces.get(kind, index)?;
        Some((definer, kind, definition))
    }

    /// Whether what an import row means is of its kind and type.
    fn check(&mut self, object: usize, number: usize, target: Resolution) {
        let user = &self.objects[object];
        let row = &user.module.imports[number];
        let wanted = user.wanted(row);
        let (thing, definition) = match target {
            Resolution::Unused | Resolution::Open => return,
            Resolution::Import(at) => {
                let import = &self.imports[at];
                (import.thing, (import.object, report::At::File))
            }
            Resolution::Defined {
                object,
                kind,
                defined,
            } => {
                let definer = &self.objects[object];
                let index = definer.spaces.index_of(kind, defined);
                let at = report::At::Definition(kind, index);
                (definer.definition(kind, defined), (object, at))
            }
        };
        // Whether the one memory satisfies everyone is seen when it has been made.
        let memories = matches!(thing, Thing::Memory { .. }) && row.kind() == Some(Kind::Memory);
        if !memories && !thing.satisfies(&wanted, &self.types.identity) {
            self.mismatches.push(Mismatch {
                name: user.import_name(row),
                definition,
                defined: thing,
                user: (object, report::At::Import(number)),
                wanted,
            });
        }
    }

    /// The row stays an import or undefined symbol; equal ones become one.
    fn import(&mut self, object: usize, number: usize) -> Resolution {
        let module = self.objects[object].module;
        let row = &module.imports[number];
        let wanted = self.objects[object].wanted(row);
        let name = module.strings.get(row.name);
        // A host may provide functions of several types under one name; a symbol is one thing.
        let by_type = matches!(
            wanted,
            Thing::Func(_) | Thing::Global { .. } | Thing::Tag(_)
        );
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
                self.join(at, object, number, wanted);
                Resolution::Import(at)
            }
            None => {
                let at = self.imports.len();
                self.known.entry(key).or_insert(at);
                self.imports.push(Wanted {
                    row: with_type(row, &wanted),
                    object,
                    number,
                    thing: wanted,
                    import_from: None,
                });
                Resolution::Import(at)
            }
        }
    }

    /// Another input has import `at` too.
    fn join(&mut self, at: usize, object: usize, number: usize, wanted: Thing) {
        let row = &self.objects[object].module.imports[number];
        let known = &mut self.imports[at];
        match known.thing.both(&wanted, &self.types.identity) {
            Some(both) => {
                known.thing = both;
                // One use that is not weak makes the symbol required.
                let weak = known.row.flags & row.flags & ImportRow::WEAK;
                known.row = with_type(&known.row, &both);
                known.row.flags = known.row.flags & !ImportRow::WEAK | weak;
            }
            None => {
                let name = self.objects[object].import_name(row);
                let first = (known.object, report::At::Import(known.number), known.thing);
                let second = (object, report::At::Import(number), wanted);
                let error = report::conflict(self.objects, self.types, &name, first, second);
                self.errors.push(error);
            }
        }
    }

    /// Leaves the imports out that `needed` does not take.
    pub fn retain_imports(&mut self, needed: impl Fn(usize) -> bool) {
        let mut kept = 0;
        let new: Vec<Resolution> = (0..self.imports.len())
            .map(|at| match needed(at) {
                true => {
                    kept += 1;
                    Resolution::Import(kept - 1)
                }
                false => Resolution::Unused,
            })
            .collect();
        for target in self.targets.iter_mut().flatten() {
            if let Resolution::Import(at) = *target {
                *target = new.get(at).copied().unwrap_or(Resolution::Unused);
            }
        }
        let mut at = 0;
        self.imports.retain(|_| {
            at += 1;
            needed(at - 1)
        });
    }

    /// Makes undefined symbols imports, as the flags specify.
    pub fn import_undefined(&mut self, options: &Options) {
        if !options.allow_undefined && options.imports.is_empty() {
            return;
        }
        for wanted in &mut self.imports {
            let name = self.objects[wanted.object]
                .module
                .strings
                .get(wanted.row.name);
            let importable = matches!(
                wanted.thing,
                Thing::Func(_) | Thing::Global { .. } | Thing::Table { .. } | Thing::Tag(_)
            );
            if wanted.row.module != NONE || !importable || support::routine(name).is_some() {
                continue;
            }
            let mut named = options.imports.iter().filter(|(_, wanted)| wanted == name);
            let weak = wanted.row.flags & ImportRow::WEAK != 0;
            wanted.import_from = match named.next() {
                Some((module, _)) => Some(module.clone()),
                None if options.allow_undefined && !weak => Some(ANY_MODULE.to_owned()),
                None => None,
            };
            if wanted.import_from.is_some() {
                wanted.row.flags &= !ImportRow::WEAK;
            }
        }
    }
}

fn symbol_at(row: &SymbolRow) -> report::At {
    match row.kind() {
        Some(kind) => report::At::Definition(kind, row.index),
        None => report::At::File,
    }
}

/// The row with the types of `thing`.
fn with_type(row: &ImportRow, thing: &Thing) -> ImportRow {
    let mut row = *row;
    match *thing {
        Thing::Func(ty) | Thing::Tag(ty) | Thing::Global { ty, .. } => row.ty = ty,
        Thing::Table { elem, min, max, .. } => {
            (row.ty, row.min, row.max) = (elem, min, max);
        }
        Thing::Memory { min, max, .. } => {
            (row.min, row.max) = (min, max);
        }
        Thing::Data { .. } => {}
    }
    row
}
