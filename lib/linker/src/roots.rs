//! Where a program begins: its entry, its exports and what flags keep.

use std::collections::HashSet;

use vbc_core::diag::suggest::Suggester;
use vbc_core::diag::{Diagnostic, Place};
use vbc_core::isa::ValType;
use vbc_core::module::{Binding, Definition, Kind, SymbolRow};

use super::names::Symbol;
use super::object::Thing;
use super::options::Options;
use super::report::global_names;
use super::resolve::{Def, Resolver};
use vbc_core::diag::codes::link as codes;

/// What the flags name.
#[derive(Default)]
pub(super) struct Roots {
    /// The entry that a flag names: input and function index there.
    pub entry: Option<(usize, u32)>,
    /// Exports by flags: name, input, kind and index there.
    pub exports: Vec<(String, usize, Kind, u32)>,
    /// Symbols to keep.
    pub keep: Vec<(String, Def)>,
}

/// Finds what the flags name. Errors go to the resolver's.
pub(super) fn find(resolver: &mut Resolver<'_, '_>, options: &Options) -> Roots {
    let mut roots = Roots::default();
    let mut errors = Vec::new();
    let mut suggest = Suggester::default();
    if let Some(name) = &options.entry
        && let Some(symbol) = look_up(resolver, "--entry", name, &mut errors, &mut suggest)
    {
        match entry_fault(resolver, name, &symbol) {
            None => roots.entry = Some((symbol.object, symbol.row.index)),
            Some(error) => errors.push(error),
        }
    }
    for (name, exported) in &options.exports {
        let Some(symbol) = look_up(resolver, "--export", name, &mut errors, &mut suggest) else {
            continue;
        };
        match symbol.row.kind() {
            Some(kind) if kind != Kind::Data => {
                let row = (exported.clone(), symbol.object, kind, symbol.row.index);
                roots.exports.push(row);
            }
            _ => {
                let message = format!("--export: `{name}` is data, which cannot be exported");
                errors.push(unusable(resolver, &symbol, message));
            }
        }
    }
    if options.export_all {
        export_all(resolver, &mut roots);
    }
    for name in &options.keep {
        if let Some(symbol) = look_up(resolver, "--keep", name, &mut errors, &mut suggest)
            && let Some(def) = resolver.definition_of(&symbol)
        {
            roots.keep.push((name.clone(), def));
        }
    }
    resolver.errors.append(&mut errors);
    roots
}

fn look_up(
    resolver: &Resolver<'_, '_>,
    flag: &str,
    name: &str,
    errors: &mut Vec<Diagnostic>,
    suggest: &mut Suggester,
) -> Option<Symbol> {
    if let Some(symbol) = resolver.symbols.get(name) {
        return Some(*symbol);
    }
    let message = format!("{flag}: no input defines a symbol `{name}`");
    let error = Diagnostic::error(&codes::L0015, Place::Nowhere, message);
    let names = global_names(resolver.objects, None);
    errors.push(match suggest.help(name, names) {
        Some(help) => error.with_help(help),
        None => error,
    });
    None
}

fn unusable(resolver: &Resolver<'_, '_>, symbol: &Symbol, message: String) -> Diagnostic {
    let place = resolver.objects[symbol.object].symbol_place(&symbol.row);
    Diagnostic::error(&codes::L0016, place, message)
}

/// What is wrong with a symbol as the entry.
fn entry_fault(resolver: &Resolver<'_, '_>, name: &str, symbol: &Symbol) -> Option<Diagnostic> {
    let object = &resolver.objects[symbol.object];
    let thing = match object.spaces.get(symbol.row.kind()?, symbol.row.index)? {
        Definition::Defined(defined) => object.definition(symbol.row.kind()?, defined),
        Definition::Import(_) => return None,
    };
    let fits = match thing {
        Thing::Func(ty) => resolver.types.types.func(ty).is_some_and(|ty| {
            let result = &ty.results[..];
            ty.params.is_empty() && matches!(result, [] | [ValType::I32 | ValType::I64])
        }),
        Thing::Table { .. }
        | Thing::Memory { .. }
        | Thing::Global { .. }
        | Thing::Data { .. }
        | Thing::Tag(_) => false,
    };
    let what = thing.describe(resolver.types);
    let message = format!("--entry: `{name}` is {what}, which cannot be the entry");
    let error = unusable(resolver, symbol, message)
        .with_help("an entry has no parameters and gives nothing, i32 or i64");
    (!fits).then_some(error)
}

/// Exports every symbol that outlives linking, in the order of the inputs.
fn export_all(resolver: &Resolver<'_, '_>, roots: &mut Roots) {
    let mut seen_names: HashSet<String> = roots
        .exports
        .iter()
        .map(|(name, ..)| name.clone())
        .collect();
    for (object, input) in resolver.objects.iter().enumerate() {
        for row in input.module.symbols.iter() {
            let Some(kind) = row.kind() else { continue };
            let imported = input.spaces.imported(kind);
            let seen = row.binding() != Binding::Local && row.flags & SymbolRow::HIDDEN == 0;
            let kept = row
                .index
                .checked_sub(imported)
                .is_some_and(|defined| input.keeps(kind, defined as usize));
            let name = input.module.strings.get(row.name);
            if kind != Kind::Data && seen && kept && seen_names.insert(name.to_owned()) {
                roots
                    .exports
                    .push((name.to_owned(), object, kind, row.index));
            }
        }
    }
}
