//! IMPT: imports and undefined symbols.

use super::super::finding::Site;
use super::*;
use crate::format::section::IMPT;
use crate::module::native::{self, Prototype};
use crate::module::strings::ByName;
use crate::module::support::{PREFIX, routine};
use crate::module::{ImportRow, NONE, most_pages};

pub(super) fn check(context: &Context, report: &mut Report) {
    let mut undefined = ByName::default();
    for (row, import) in context.module.imports.iter().enumerate() {
        let Some(kind) = import.kind() else {
            let message = format!("there is no kind {}", import.kind);
            report.row(&V0104, IMPT, row, message);
            continue;
        };
        fields(context, row, import, kind, report);
        let Some(name) = names(context, row, import, report) else {
            continue;
        };
        if import.module != NONE {
            native_function(context, row, import, name, report);
            continue;
        }
        if let Some(&first) = undefined.get(name) {
            report
                .row(
                    &V0112,
                    IMPT,
                    row,
                    format!("the undefined symbol `{name}` appears twice"),
                )
                .note(
                    "first here",
                    Site::Row {
                        section: IMPT,
                        row: first,
                    },
                );
            continue;
        }
        undefined.insert(name, row as u32);
        if name.starts_with(PREFIX) {
            support(context, row, import, name, report);
        }
    }
    let tables = count(context, Kind::Table);
    let memories = count(context, Kind::Memory);
    let limits = context.limits;
    for (kind, found, limit, what) in [
        (Kind::Table, tables, limits.tables, "the number of tables"),
        (
            Kind::Memory,
            memories,
            limits.memories,
            "the number of memories",
        ),
    ] {
        // Reported at the last row that makes it too many, which is an import here.
        if context.spaces.imported(kind) as usize == found && found as u64 > limit {
            let imports = context.module.imports.iter();
            let last = imports.rev().position(|row| row.kind() == Some(kind));
            let row = context.module.imports.len() - 1 - last.unwrap_or(0);
            within(report, IMPT, row, what, found as u64, limit);
        }
    }
}

/// The name, if both its parts exist and it is not empty.
fn names<'m>(
    context: &Context<'m>,
    row: usize,
    import: &ImportRow,
    report: &mut Report,
) -> Option<&'m str> {
    let strings = &context.module.strings;
    let count = strings.len();
    let module = import.module == NONE
        || index_exists(report, IMPT, row, "string (module)", import.module, count);
    let name = index_exists(report, IMPT, row, "string (name)", import.name, count);
    if !module || !name {
        return None;
    }
    let name = strings.get(import.name);
    // WebAssembly modules may import under an empty name.
    if name.is_empty() && import.module == NONE {
        report.row(&V0110, IMPT, row, "the name is empty");
        return None;
    }
    Some(name)
}

/// What a kind uses must be right, and what it does not use zero.
fn fields(context: &Context, row: usize, import: &ImportRow, kind: Kind, report: &mut Report) {
    let allowed = match kind {
        Kind::Global => ImportRow::MUTABLE | ImportRow::WEAK,
        Kind::Func | Kind::Table | Kind::Memory | Kind::Data | Kind::Tag => ImportRow::WEAK,
    };
    must_be_zero(
        report,
        IMPT,
        row,
        "the part of the flags that has no meaning",
        (import.flags & !allowed).into(),
    );
    let size = Size {
        index_type: import.index_type,
        min: import.min,
        max: import.max,
    };
    match kind {
        Kind::Func => {
            function_type(context, report, IMPT, row, import.ty);
        }
        Kind::Table => {
            state::table_type(context, report, IMPT, row, import.ty);
            size.check(report, IMPT, row, "the table", Size::elements);
            let limit = context.limits.table_elements;
            within(
                report,
                IMPT,
                row,
                "the minimum of the table",
                import.min,
                limit,
            );
        }
        Kind::Memory => size.check(report, IMPT, row, "the memory", most_pages),
        Kind::Global => {
            type_exists(context, report, IMPT, row, "the global", import.ty);
        }
        Kind::Tag => types::tag_type(context, report, IMPT, row, import.ty),
        Kind::Data => {}
    }
    if matches!(kind, Kind::Memory | Kind::Data) {
        must_be_zero(report, IMPT, row, "the type", import.ty.into());
    }
    if !matches!(kind, Kind::Table | Kind::Memory) {
        must_be_zero(
            report,
            IMPT,
            row,
            "the index type",
            import.index_type.into(),
        );
        must_be_zero(report, IMPT, row, "the minimum", import.min);
        must_be_zero(report, IMPT, row, "the maximum", import.max);
    }
    if import.module != NONE {
        if kind == Kind::Data {
            report
                .row(
                    &V0111,
                    IMPT,
                    row,
                    "a data row cannot be imported from the host",
                )
                .help("leave it undefined (`.extern data`), so that another object defines it");
        } else if import.flags & ImportRow::WEAK != 0 {
            report.row(
                &V0111,
                IMPT,
                row,
                "an import cannot be weak, only an undefined symbol can",
            );
        }
    }
}

/// An import from a native library is a function with the type that its C signature says.
fn native_function(
    context: &Context,
    row: usize,
    import: &ImportRow,
    name: &str,
    report: &mut Report,
) {
    let module = context.module.strings.get(import.module);
    let Some(library) = native::library(module) else {
        return;
    };
    if import.kind() != Some(Kind::Func) {
        let word = import.kind().map_or("", Kind::word);
        let message = format!("a {word} cannot be imported from a native library");
        report.row(&V0111, IMPT, row, message);
        return;
    }
    if let Some(fault) = native::library_fault(library) {
        report
            .row(&V0179, IMPT, row, format!("{fault}: `{module}`"))
            .help("write the name by which the system finds it, such as `native:libm.so.6`");
        return;
    }
    match Prototype::parse(name) {
        Err(fault) => {
            let message = format!(
                "`{name}` is not a C signature: {} at byte {}",
                fault.message, fault.at
            );
            report
                .row(&V0179, IMPT, row, message)
                .help("a signature is like `pow(f64,f64)f64`; docs/ffi.md lists the types");
        }
        Ok(prototype) => {
            let wanted = prototype.func_type(context.address);
            if let Some(ty) = context.module.types.func(import.ty)
                && *ty != wanted
            {
                let ty = context.module.func_text(ty);
                let message = format!(
                    "`{name}` is declared as {ty}, but its C signature is that of {wanted}"
                );
                report
                    .row(&V0180, IMPT, row, message)
                    .help(format!("declare it as {wanted}, or change the signature"));
            }
        }
    }
}

/// An undefined symbol with a reserved name is a support routine of the type in the table.
fn support(context: &Context, row: usize, import: &ImportRow, name: &str, report: &mut Report) {
    let Some(routine) = routine(name) else {
        report
            .row(
                &V0113,
                IMPT,
                row,
                format!("there is no support routine `{name}`"),
            )
            .help("names that begin with `vbc.` are reserved for support routines");
        return;
    };
    let wanted = routine.func_type(context.address);
    let help = format!("declare `.extern \"{name}\"{wanted}`");
    if import.kind() != Some(Kind::Func) {
        let word = import.kind().map_or("", Kind::word);
        let message = format!("the support routine `{name}` is declared as a {word}");
        report.row(&V0114, IMPT, row, message).help(help);
    } else if import.flags & ImportRow::WEAK != 0 {
        let message = format!("the support routine `{name}` is declared weak");
        report.row(&V0114, IMPT, row, message).help(help);
    } else if let Some(ty) = context.module.types.func(import.ty)
        && *ty != wanted
    {
        let ty = context.module.func_text(ty);
        let message =
            format!("the support routine `{name}` is declared as {ty}, but it is {wanted}");
        report.row(&V0114, IMPT, row, message).help(help);
    }
}
