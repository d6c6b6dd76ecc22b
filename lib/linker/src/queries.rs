//! What a link can tell about its result, besides the result itself.

use std::sync::Arc;

use vbc_core::module::{Binding, ImportRow, Kind, NameSpace, SymbolRow};

use super::object::Object;
use super::resolve::{Resolution, Resolver};

/// Something that an input defines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `func`, `table`, `memory`, `global`, `data` or `elem`.
    pub kind: &'static str,
    /// Its symbol, its debug name, or `#index` of the input.
    pub name: String,
    /// The input.
    pub input: Arc<str>,
}

impl Named {
    pub(super) fn definition(object: &Object<'_>, kind: Kind, defined: usize) -> Named {
        let space = NameSpace::of_kind(kind);
        let index = object.spaces.index_of(kind, defined);
        Named {
            kind: kind.word(),
            name: object.spaces.display_name(object.module, space, index),
            input: object.name.clone(),
        }
    }

    pub(super) fn element(object: &Object<'_>, segment: usize) -> Named {
        let spaces = &object.spaces;
        Named {
            kind: "elem",
            name: spaces.display_name(object.module, NameSpace::Elem, segment as u32),
            input: object.name.clone(),
        }
    }
}

/// Why a symbol is in the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhyLive {
    /// The symbol that was asked about.
    pub symbol: String,
    /// Its definition, what needs that, what needs that, and so on. Empty when nothing defines it.
    pub chain: Vec<Named>,
    /// Why the last one is needed, `is the entry`; none when nothing needs it.
    pub root: Option<String>,
}

/// What an input has to do with a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Traced {
    /// The symbol.
    pub symbol: String,
    /// The input.
    pub input: Arc<str>,
    /// What it does: `defines it as weak func (i64) -> i64`.
    pub what: String,
}

/// What each input has to do with a symbol, in the order of the inputs.
pub(super) fn trace(resolver: &Resolver<'_, '_>, symbol: &str) -> Vec<Traced> {
    let mut found = Vec::new();
    for (number, object) in resolver.objects.iter().enumerate() {
        let module = object.module;
        let mut add = |what: String| {
            found.push(Traced {
                symbol: symbol.to_owned(),
                input: object.name.clone(),
                what,
            });
        };
        for row in module.symbols.iter() {
            let Some(kind) = row.kind() else { continue };
            let imported = object.spaces.imported(kind);
            let defined = row.index.checked_sub(imported).map(|at| at as usize);
            let Some(defined) = defined.filter(|_| module.strings.get(row.name) == symbol) else {
                continue;
            };
            let binding = match row.binding() {
                Binding::Local => "local ",
                Binding::Weak => "weak ",
                Binding::Global => "",
            };
            let hidden = match row.flags & SymbolRow::HIDDEN {
                0 => "",
                _ => "hidden ",
            };
            let thing = object.definition(kind, defined).describe(resolver.types);
            let fate = match object.keeps(kind, defined) {
                true => "",
                false => ", which another definition replaces",
            };
            add(format!("defines it as {binding}{hidden}{thing}{fate}"));
        }
        for (row, import) in module.imports.iter().enumerate() {
            if object.import_name(import) != symbol {
                continue;
            }
            let thing = object.wanted(import).describe(resolver.types);
            let weak = match import.flags & ImportRow::WEAK {
                0 => "",
                _ => "weakly ",
            };
            let from = match resolver.targets.get(number).and_then(|rows| rows.get(row)) {
                Some(&Resolution::Defined { object, .. }) => {
                    format!(" of {}", resolver.objects[object].name)
                }
                _ => String::new(),
            };
            add(format!("uses it {weak}as {thing}{from}"));
        }
        for row in module.exports.iter() {
            if module.strings.get(row.name) == symbol {
                add("exports it".to_owned());
            }
        }
    }
    found
}
