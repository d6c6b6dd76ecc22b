//! The limits on counts. A file that exceeds one has not been read at all; a module that a program
//! made could be written, but not read again.

use super::*;
use crate::format::section::*;
use crate::module::CompositeType;

pub(super) fn check(context: &Context, report: &mut Report) {
    let (module, limits) = (context.module, context.limits);
    let debug = module.debug.as_ref();
    for (section, rows, limit) in [
        (TYPE, module.types.len(), limits.types),
        (TAGS, module.tags.len(), limits.types),
        (IMPT, module.imports.len(), limits.rows),
        (GLOB, module.globals.len(), limits.rows),
        (FUNC, module.functions.len(), limits.rows),
        (INIT, module.initialisers.len(), limits.initialisers),
        (ELEM, module.elements.len(), limits.rows),
        (DATA, module.data.len(), limits.rows),
        (EXPT, module.exports.len(), limits.rows),
        (SYMS, module.symbols.len(), limits.rows),
        (
            DFIL,
            debug.map_or(0, |debug| debug.files.len()),
            limits.files,
        ),
    ] {
        let row = usize::try_from(limit).unwrap_or(usize::MAX);
        within(
            report,
            section,
            row,
            "the number of rows",
            rows as u64,
            limit,
        );
    }
    for (row, ty) in module.types.iter().enumerate() {
        let (most, what, limit) = match &ty.composite {
            CompositeType::Func(ty) => {
                let most = ty.params.len().max(ty.results.len());
                (most, "the number of parameters or results", limits.values)
            }
            composite @ (CompositeType::Struct(_) | CompositeType::Array(_)) => {
                let most = composite.fields().len();
                (most, "the number of fields", limits.fields)
            }
        };
        within(report, TYPE, row, what, most as u64, limit);
    }
    let items = module.element_items.len() as u64;
    if items > limits.element_items {
        let last = module.elements.len().saturating_sub(1);
        within(
            report,
            ELEM,
            last,
            "the number of items of all segments",
            items,
            limits.element_items,
        );
    }
    let debug_strings = debug.map(|debug| (DSTR, &debug.strings));
    for (section, strings) in [(STRS, &module.strings)].into_iter().chain(debug_strings) {
        for (row, string) in strings.rows.iter().enumerate() {
            let length = string.length.into();
            within(
                report,
                section,
                row,
                "the length of the string",
                length,
                limits.string_bytes,
            );
        }
    }
}
