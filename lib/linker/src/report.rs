//! Errors about names, one for each symbol, with the places of both sides.

use std::cell::Cell;
use std::collections::HashMap;
use std::hash::Hash;

use vbc_core::diag::suggest::Suggester;
use vbc_core::diag::{BinaryPlace, Diagnostic, Place};
use vbc_core::isa::IndexSpace;
use vbc_core::module::renumber::indexes;
use vbc_core::module::{Binding, ImportRow, Kind, NONE, NameSpace, SymbolRow, support};

use super::Undefined;
use super::object::{Object, Thing};
use super::resolve::{Resolution, Resolver};
use super::types::Joined;
use vbc_core::diag::codes::link as codes;

/// Further places that an error shows; the rest is counted.
const MOST_NOTES: usize = 3;

/// Words of code that are searched for places in all; beyond that, an error names only the file.
const SEARCHED: usize = 1 << 26;

/// Names for which a similar one is looked for.
const MOST_GUESSES: usize = 100;

/// Values by name, in the order in which the names came up.
pub(super) struct Grouped<'a, T> {
    groups: Vec<(&'a str, Vec<T>)>,
    index: HashMap<&'a str, usize>,
}

impl<T> Default for Grouped<'_, T> {
    fn default() -> Self {
        Grouped {
            groups: Vec::new(),
            index: HashMap::new(),
        }
    }
}

impl<'a, T> Grouped<'a, T> {
    /// Adds `next` to the group of `name`, which begins with `first`.
    pub fn add(&mut self, name: &'a str, first: T, next: T) {
        let groups = &mut self.groups;
        let at = *self.index.entry(name).or_insert_with(|| {
            groups.push((name, vec![first]));
            groups.len() - 1
        });
        groups[at].1.push(next);
    }
}

/// Where in an input something is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum At {
    /// The input as a whole.
    File,
    /// A definition.
    Definition(Kind, u32),
    /// Where an import row is used.
    Import(usize),
}

/// A definition and a use that do not match.
pub(super) struct Mismatch {
    pub name: String,
    /// Input and place of the definition.
    pub definition: (usize, At),
    pub defined: Thing,
    /// Input and place of the use.
    pub user: (usize, At),
    pub wanted: Thing,
}

/// Looks up places, within a budget.
struct Places<'o, 'a> {
    objects: &'o [Object<'a>],
    left: Cell<usize>,
}

impl<'o, 'a> Places<'o, 'a> {
    fn new(objects: &'o [Object<'a>]) -> Self {
        Places {
            objects,
            left: Cell::new(SEARCHED),
        }
    }

    /// The places that `at` stands for: one, or for an import row each function that uses it.
    fn all(&self, (object, at): (usize, At)) -> Vec<Place> {
        let object = &self.objects[object];
        match at {
            At::File => vec![object.file()],
            At::Definition(kind, index) => vec![object.place(kind, index)],
            At::Import(row) => self.uses(object, row),
        }
    }

    fn first(&self, at: (usize, At)) -> Place {
        self.all(at).into_iter().next().unwrap_or_default()
    }

    /// Each function of an input that uses an import row, with the first line that does; the file
    /// where no code does.
    fn uses(&self, object: &Object<'_>, row: usize) -> Vec<Place> {
        let module = object.module;
        let words = module.code.len();
        let wanted = module.imports.get(row).and_then(ImportRow::kind);
        let (Some(kind), true) = (wanted, words <= self.left.get()) else {
            return vec![object.file()];
        };
        self.left.set(self.left.get() - words);
        let before = module.imports.iter().take(row);
        let index = before.filter(|row| row.kind() == Some(kind)).count() as u32;
        let mut places = Vec::new();
        for defined in 0..module.functions.len() {
            let mut found = None;
            indexes(module.function_code(defined), |space, used, word| {
                if (space, used) == (IndexSpace::from(kind), index) {
                    found.get_or_insert(word);
                }
            });
            if let Some(word) = found {
                let function = object.spaces.index_of(Kind::Func, defined);
                places.push(Place::Binary(Box::new(BinaryPlace {
                    file: object.name.clone(),
                    function: Some(module.display_name(NameSpace::Func, function)),
                    source: module.source_place(function, word as u64),
                    ..BinaryPlace::default()
                })));
            }
        }
        if places.is_empty() {
            places.push(object.file());
        }
        places
    }
}

/// Adds the first of some places as notes, and the number of the others.
fn with_places(mut error: Diagnostic, what: &str, places: &[Place]) -> Diagnostic {
    for place in places.iter().take(MOST_NOTES) {
        error = error.with_note(what, place.clone());
    }
    match places.len().saturating_sub(MOST_NOTES) {
        0 => error,
        more => error.with_note(format!("and {more} more"), Place::Nowhere),
    }
}

/// One error for each name that is defined several times.
pub(super) fn duplicates(
    objects: &[Object<'_>],
    duplicates: &Grouped<'_, (usize, SymbolRow)>,
    errors: &mut Vec<Diagnostic>,
) {
    for (name, definitions) in &duplicates.groups {
        let mut places = definitions
            .iter()
            .map(|(object, row)| objects[*object].symbol_place(row));
        let (Some(first), Some(second)) = (places.next(), places.next()) else {
            continue;
        };
        let message = match definitions.len() {
            2 => format!("`{name}` is defined twice"),
            count => format!("`{name}` is defined {count} times"),
        };
        let error = Diagnostic::error(&codes::L0001, second, message)
            .with_note("the first definition is here", first);
        let rest: Vec<Place> = places.collect();
        errors.push(with_places(error, "it is defined here too", &rest));
    }
}

/// One error for each name and each type that it is used as and does not have.
pub(super) fn mismatches(
    objects: &[Object<'_>],
    types: &Joined,
    mismatches: &[Mismatch],
    errors: &mut Vec<Diagnostic>,
) {
    let places = Places::new(objects);
    let key = |one: &Mismatch| (one.name.clone(), one.definition, one.defined, one.wanted);
    for group in group_by(mismatches, key) {
        let Some((first, others)) = group.split_first() else {
            continue;
        };
        let message = format!(
            "`{}` is used as {}, but its definition is {}",
            first.name,
            first.wanted.describe(types),
            first.defined.describe(types)
        );
        let mut users = places.all(first.user);
        users.extend(others.iter().flat_map(|other| places.all(other.user)));
        let error = Diagnostic::error(&codes::L0003, users.remove(0), message)
            .with_note("the definition is here", places.first(first.definition));
        errors.push(with_places(error, "it is used so here too", &users));
    }
}

/// The items with equal keys together, in the order in which the keys first come up.
fn group_by<T, K: Hash + Eq>(items: &[T], key: impl Fn(&T) -> K) -> Vec<Vec<&T>> {
    let mut groups: Vec<Vec<&T>> = Vec::new();
    let mut index = HashMap::new();
    for item in items {
        let at = *index.entry(key(item)).or_insert(groups.len());
        match groups.get_mut(at) {
            Some(group) => group.push(item),
            None => groups.push(vec![item]),
        }
    }
    groups
}

/// The error that two inputs declare an undefined symbol differently.
pub(super) fn conflict(
    objects: &[Object<'_>],
    types: &Joined,
    name: &str,
    first: (usize, At, Thing),
    second: (usize, At, Thing),
) -> Diagnostic {
    let places = Places::new(objects);
    let message = format!(
        "`{name}` is declared as {}, but as {} in another input",
        second.2.describe(types),
        first.2.describe(types)
    );
    Diagnostic::error(&codes::L0004, places.first((second.0, second.1)), message).with_note(
        "the first declaration is used here",
        places.first((first.0, first.1)),
    )
}

/// One error for each undefined symbol that the result may not have.
pub(super) fn undefined(resolver: &mut Resolver<'_, '_>, allowed: Undefined) {
    let refused: Vec<usize> = (0..resolver.imports.len())
        .filter(|&at| is_refused(resolver, at, allowed))
        .collect();
    if refused.is_empty() {
        return;
    }
    let mut users: HashMap<usize, Vec<(usize, At)>> =
        refused.iter().map(|&at| (at, Vec::new())).collect();
    for (object, targets) in resolver.targets.iter().enumerate() {
        for (row, target) in targets.iter().enumerate() {
            if let Resolution::Import(at) = target
                && let Some(users) = users.get_mut(at)
            {
                users.push((object, At::Import(row)));
            }
        }
    }
    let objects: &[Object<'_>] = resolver.objects;
    let places = Places::new(objects);
    let mut errors = Vec::new();
    let mut suggest = Suggester::default();
    for (number, at) in refused.iter().enumerate() {
        let wanted = &resolver.imports[*at];
        let name = objects[wanted.object].module.strings.get(wanted.row.name);
        let users = users.remove(at).unwrap_or_default();
        let users: Vec<Place> = users.iter().flat_map(|&user| places.all(user)).collect();
        let Some((first, others)) = users.split_first() else {
            continue;
        };
        let what = wanted.thing.describe(resolver.types);
        let message = format!("`{name}` ({what}) is not defined");
        let error = Diagnostic::error(&codes::L0002, first.clone(), message);
        let error = with_places(error, "it is used here too", others);
        let kind = wanted.row.kind();
        errors.push(match number < MOST_GUESSES {
            true => with_guess(error, objects, name, kind, &mut suggest),
            false => error,
        });
    }
    resolver.errors.append(&mut errors);
}

fn is_refused(resolver: &Resolver<'_, '_>, at: usize, allowed: Undefined) -> bool {
    let wanted = &resolver.imports[at];
    let strings = &resolver.objects[wanted.object].module.strings;
    let undefined = wanted.row.module == NONE && wanted.import_from.is_none();
    undefined
        && match allowed {
            Undefined::All => false,
            Undefined::Support => {
                wanted.row.flags & ImportRow::WEAK == 0
                    && support::routine(strings.get(wanted.row.name)).is_none()
            }
            Undefined::None => true,
        }
}

/// What may have been meant by an undefined name: a local symbol, an export, or a symbol that is spelled alike.
fn with_guess(
    error: Diagnostic,
    objects: &[Object<'_>],
    name: &str,
    kind: Option<Kind>,
    suggest: &mut Suggester,
) -> Diagnostic {
    for object in objects {
        let mut symbols = object.module.symbols.iter();
        let strings = &object.module.strings;
        let local = |row: &&SymbolRow| {
            row.binding() == Binding::Local && row.kind() == kind && strings.get(row.name) == name
        };
        if let Some(row) = symbols.find(local) {
            let place = object.symbol_place(row);
            return error
                .with_note("a symbol of this name is local here", place)
                .with_help("make it global, so that other inputs see it");
        }
    }
    for object in objects {
        let strings = &object.module.strings;
        let mut exports = object.module.exports.iter();
        let same = exports.find(|row| row.kind() == kind && strings.get(row.name) == name);
        if let Some((kind, row)) = kind.zip(same) {
            let symbol = object.module.symbol(kind, row.index);
            let help = match symbol.filter(|symbol| symbol.binding() != Binding::Local) {
                Some(symbol) => format!("its symbol is `{}`", strings.get(symbol.name)),
                None => {
                    "give it a global symbol of this name where it is made; an export is found by an import only, \
                     as `MODULE:NAME`"
                        .to_owned()
                }
            };
            return error
                .with_note(
                    "it is exported here, but an export is not a symbol",
                    object.file(),
                )
                .with_help(help);
        }
    }
    match suggest.help(name, global_names(objects, kind)) {
        Some(help) => error.with_help(help),
        None => error.with_help("link the object that defines it"),
    }
}

/// The names of the symbols of a kind (none: of all kinds) that other inputs see, in order.
pub(super) fn global_names<'o>(
    objects: &'o [Object<'_>],
    kind: Option<Kind>,
) -> impl Iterator<Item = &'o str> {
    objects.iter().flat_map(move |object| {
        let symbols = object.module.symbols.iter();
        symbols
            .filter(move |row| {
                row.binding() != Binding::Local && (kind.is_none() || row.kind() == kind)
            })
            .map(|row| object.module.strings.get(row.name))
    })
}
