//! The one memory of the result.

use vbc_core::diag::{Diagnostic, Place};
use vbc_core::isa::decode::decode;
use vbc_core::isa::{Form, Operand, Role, Ty, ValType};
use vbc_core::module::support::{self, Slot};
use vbc_core::module::{InitKind, Kind, MemoryRow, Module, NONE};

use super::object::Thing;
use super::resolve::{Resolution, Resolver};
use vbc_core::diag::codes::link as codes;

/// The memory that the inputs' definitions become, if there are any.
///
/// It has the largest of their minimums and the smallest of their maximums. Errors go to the
/// resolver's.
pub(super) fn merge(resolver: &mut Resolver<'_, '_>) -> Option<MemoryRow> {
    let merged = merge_definitions(resolver);
    one_memory(resolver, merged.is_some());
    if let Some(row) = merged {
        check_uses(resolver, &row);
    }
    check_index_types(resolver, merged.as_ref());
    merged
}

fn merge_definitions(resolver: &mut Resolver<'_, '_>) -> Option<MemoryRow> {
    let mut merged: Option<(MemoryRow, usize)> = None;
    for (number, object) in resolver.objects.iter().enumerate() {
        let Some(&row) = object.module.memories.first() else {
            continue;
        };
        let Some((so_far, first)) = &mut merged else {
            merged = Some((row, number));
            continue;
        };
        let joined = MemoryRow {
            min: so_far.min.max(row.min),
            max: so_far.max.min(row.max),
            ..*so_far
        };
        if row.index_type == so_far.index_type && joined.min <= joined.max {
            *so_far = joined;
            continue;
        }
        let thing = |row: &MemoryRow| Thing::Memory {
            index: row.index_type,
            min: row.min,
            max: row.max,
        };
        let message = format!(
            "{} cannot be joined with {}",
            thing(&row).describe(resolver.types),
            thing(so_far).describe(resolver.types)
        );
        resolver.errors.push(
            Diagnostic::error(&codes::L0007, object.file(), message)
                .with_note("the other is here", resolver.objects[*first].file()),
        );
    }
    merged.map(|(row, _)| row)
}

/// A memory that stays imported or undefined must be the only one.
fn one_memory(resolver: &mut Resolver<'_, '_>, defined: bool) {
    let mut memories = resolver
        .imports
        .iter()
        .filter(|wanted| wanted.row.kind() == Some(Kind::Memory));
    let first: Option<Place> = match defined {
        true => {
            let mut definers = resolver.objects.iter();
            let definer = definers.find(|object| !object.module.memories.is_empty());
            definer.map(|object| object.file())
        }
        false => memories
            .next()
            .map(|wanted| resolver.objects[wanted.object].file()),
    };
    let Some(first) = first else { return };
    let mut errors = Vec::new();
    for wanted in memories {
        let object = &resolver.objects[wanted.object];
        let name = object.import_name(&wanted.row);
        let how = match wanted.row.module {
            NONE => "undefined",
            _ => "imported",
        };
        let message = format!("memory `{name}` is {how} and would be a second memory");
        errors.push(
            Diagnostic::error(&codes::L0007, object.file(), message)
                .with_note("the first memory is here", first.clone()),
        );
    }
    resolver.errors.append(&mut errors);
}

/// Whether every input that uses the defined memory gets what it asks for.
fn check_uses(resolver: &mut Resolver<'_, '_>, row: &MemoryRow) {
    let thing = Thing::Memory {
        index: row.index_type,
        min: row.min,
        max: row.max,
    };
    let mut errors = Vec::new();
    for (object, targets) in resolver.objects.iter().zip(&resolver.targets) {
        for (import, target) in object.module.imports.iter().zip(targets) {
            let memory = matches!(
                target,
                Resolution::Defined {
                    kind: Kind::Memory,
                    ..
                }
            );
            let wanted = object.wanted(import);
            if memory
                && import.kind() == Some(Kind::Memory)
                && !thing.satisfies(&wanted, &resolver.types.identity)
            {
                let message = format!(
                    "`{}` is used as {}, but its definition is {}",
                    object.import_name(import),
                    wanted.describe(resolver.types),
                    thing.describe(resolver.types)
                );
                errors.push(Diagnostic::error(&codes::L0003, object.file(), message));
            }
        }
    }
    resolver.errors.append(&mut errors);
}

/// An input without a memory was made for addresses of type i64.
fn check_index_types(resolver: &mut Resolver<'_, '_>, merged: Option<&MemoryRow>) {
    let imported = || {
        let rows = resolver.imports.iter().map(|wanted| &wanted.row);
        let mut memories = rows.filter(|row| row.kind() == Some(Kind::Memory));
        memories.next().map(|row| row.index_type)
    };
    let index_type = merged.map(|row| row.index_type).or_else(imported);
    if index_type != Some(ValType::I32.word()) {
        return;
    }
    for object in resolver.objects.iter() {
        let has_memory = object.spaces.count(Kind::Memory) > 0;
        if !has_memory && !object.is_support && uses_addresses(object.module) {
            let message =
                "this input uses addresses of type i64, but the memory has index type i32";
            resolver.errors.push(
                Diagnostic::error(&codes::L0010, object.file(), message)
                    .with_help("declare the memory in it: `.extern memory NAME: i32 0`"),
            );
        }
    }
}

/// Whether anything in the module has the memory's index type.
fn uses_addresses(module: &Module) -> bool {
    let has_addr = |slots: &[Slot]| slots.contains(&Slot::Addr);
    let routine = module.imports.iter().any(|row| {
        row.module == NONE
            && support::routine(module.strings.get(row.name))
                .is_some_and(|routine| has_addr(routine.params) || has_addr(routine.results))
    });
    let global = |init| InitKind::from_code(init) == Some(InitKind::Data);
    routine
        || !module.addresses.is_empty()
        || module.globals.iter().any(|row| global(row.init))
        || code_uses_addresses(&module.code)
}

fn code_uses_addresses(code: &[u64]) -> bool {
    let is_address =
        |operand: &Operand| matches!(operand.role, Role::Src(Ty::Addr) | Role::Dst(Ty::Addr));
    let uses: Vec<bool> = Form::all()
        .map(|form| form.info().operands.iter().any(is_address))
        .collect();
    let mut at = 0;
    while let Ok(inst) = decode(code, at) {
        if uses[inst.form.index()] {
            return true;
        }
        at += inst.words.len();
    }
    false
}
