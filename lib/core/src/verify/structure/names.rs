//! EXPT and SYMS: what a module is known by.

use super::super::finding::Site;
use super::*;
use crate::format::section::{EXPT, IMPT, SYMS};
use crate::module::host::is_host;
use crate::module::strings::ByName;
use crate::module::support::PREFIX;
use crate::module::{Binding, NONE, SymbolRow};

pub(super) fn exports(context: &Context, report: &mut Report) {
    let module = context.module;
    let mut first = ByName::default();
    for (row, export) in module.exports.iter().enumerate() {
        must_be_zero(report, EXPT, row, "the reserved field", export.flags.into());
        match export.kind() {
            None => {
                report.row(
                    &V0104,
                    EXPT,
                    row,
                    format!("there is no kind {}", export.kind),
                );
            }
            Some(Kind::Data) => {
                report.row(&V0104, EXPT, row, "a data row cannot be exported");
            }
            Some(kind) => {
                let count = count(context, kind);
                index_exists(report, EXPT, row, kind.word(), export.index, count);
            }
        }
        if !index_exists(
            report,
            EXPT,
            row,
            "string (name)",
            export.name,
            module.strings.len(),
        ) {
            continue;
        }
        let name = module.strings.get(export.name);
        if let Some(&earlier) = first.get(name) {
            let site = Site::Row {
                section: EXPT,
                row: earlier,
            };
            report
                .row(
                    &V0128,
                    EXPT,
                    row,
                    format!("the name `{name}` is exported twice"),
                )
                .note("first here", site);
            continue;
        }
        first.insert(name, row as u32);
        if let Some((part, _)) = name.split_once(':')
            // It would satisfy the import of a host function.
            && is_host(part)
        {
            let message = format!("`{name}` is exported, but names with `{part}:` are the host's");
            report.row(&V0115, EXPT, row, message);
        }
    }
}

pub(super) fn symbols(context: &Context, report: &mut Report) {
    let module = context.module;
    let imports = module.imports.iter().enumerate();
    let undefined: ByName<'_, _> = imports
        .filter(|(_, import)| import.module == NONE)
        .map(|(row, import)| (module.strings.get(import.name), row as u32))
        .collect();
    let mut first = ByName::default();
    first.reserve(module.symbols.len());
    let mut last = None;
    for (row, symbol) in module.symbols.iter().enumerate() {
        let place = (symbol.kind, symbol.index);
        if last.is_some_and(|last| last >= place) {
            let message = match last == Some(place) {
                true => "the definition has a symbol already",
                false => "the row is not in order of kind and index",
            };
            report.row(&V0129, SYMS, row, message);
        }
        last = Some(place);
        definition(context, row, symbol, report);
        flags(row, symbol, report);
        if !index_exists(
            report,
            SYMS,
            row,
            "string (name)",
            symbol.name,
            module.strings.len(),
        ) {
            continue;
        }
        let name = module.strings.get(symbol.name);
        if name.is_empty() {
            report.row(&V0110, SYMS, row, "the name is empty");
            continue;
        }
        if name.starts_with(PREFIX) && !context.support {
            report
                .row(
                    &V0133,
                    SYMS,
                    row,
                    format!("`{name}` is defined, but its name is reserved"),
                )
                .help("names that begin with `vbc.` are support routines, which loading adds");
        }
        if symbol.binding() == Binding::Local {
            continue;
        }
        if let Some(&import) = undefined.get(name) {
            let site = Site::Row {
                section: IMPT,
                row: import,
            };
            report
                .row(
                    &V0132,
                    SYMS,
                    row,
                    format!("`{name}` is defined and undefined at once"),
                )
                .note("an undefined symbol here", site);
        } else if let Some(&earlier) = first.get(name) {
            let site = Site::Row {
                section: SYMS,
                row: earlier,
            };
            report
                .row(
                    &V0131,
                    SYMS,
                    row,
                    format!("the symbol `{name}` is defined twice"),
                )
                .note("first here", site);
        } else {
            first.insert(name, row as u32);
        }
    }
}

/// What a symbol names must be defined here.
fn definition(context: &Context, row: usize, symbol: &SymbolRow, report: &mut Report) {
    let Some(kind) = symbol.kind() else {
        report.row(
            &V0104,
            SYMS,
            row,
            format!("there is no kind {}", symbol.kind),
        );
        return;
    };
    let count = count(context, kind);
    if index_exists(report, SYMS, row, kind.word(), symbol.index, count)
        && symbol.index < context.spaces.imported(kind)
    {
        let message = format!(
            "{} {} is an import or undefined, only definitions have symbols",
            kind.word(),
            symbol.index
        );
        report.row(&V0130, SYMS, row, message);
    }
}

fn flags(row: usize, symbol: &SymbolRow, report: &mut Report) {
    let known = SymbolRow::LOCAL | SymbolRow::WEAK | SymbolRow::HIDDEN;
    must_be_zero(
        report,
        SYMS,
        row,
        "the part of the flags that has no meaning",
        (symbol.flags & !known).into(),
    );
    let both = SymbolRow::LOCAL | SymbolRow::WEAK;
    if symbol.flags & both == both {
        report.row(&V0134, SYMS, row, "the symbol is both local and weak");
    }
}
