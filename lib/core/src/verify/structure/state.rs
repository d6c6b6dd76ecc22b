//! MEMS, TABL, GLOB and ELEM: the state of a program.

use super::*;
use crate::format::section::{ELEM, GLOB, MEMS, TABL};
use crate::module::{
    DataKind, ElementMode, ElementRow, GlobalRow, InitKind, NONE, NameSpace, most_pages,
};

pub(super) fn memories(context: &Context, report: &mut Report) {
    for (row, memory) in context.module.memories.iter().enumerate() {
        must_be_zero(report, MEMS, row, "the reserved field", memory.flags.into());
        let size = Size {
            index_type: memory.index_type,
            min: memory.min,
            max: memory.max,
        };
        size.check(report, MEMS, row, "the memory", most_pages);
    }
    last_within(
        context,
        Kind::Memory,
        MEMS,
        context.module.memories.len(),
        report,
    );
}

pub(super) fn tables(context: &Context, report: &mut Report) {
    for (row, table) in context.module.tables.iter().enumerate() {
        table_type(context, report, TABL, row, table.elem);
        let size = Size {
            index_type: table.index_type,
            min: table.min,
            max: table.max,
        };
        size.check(report, TABL, row, "the table", Size::elements);
        let limit = context.limits.table_elements;
        within(
            report,
            TABL,
            row,
            "the minimum of the table",
            table.min,
            limit,
        );
    }
    last_within(
        context,
        Kind::Table,
        TABL,
        context.module.tables.len(),
        report,
    );
}

/// The type of a table's elements, which are null at first.
pub(super) fn table_type(
    context: &Context,
    report: &mut Report,
    section: Tag,
    row: usize,
    word: u32,
) {
    let ty = reference_type(context, report, section, row, "the table", word);
    if let Some(ty) = ty.filter(|ty| !ty.has_default()) {
        let ty = context.module.type_text(ty);
        let message = format!("the table has type {ty}, which has no null");
        report
            .row(&V0106, section, row, message)
            .help("elements are null until they are written");
    }
}

/// The limit on the number of memories or tables, imports counted.
fn last_within(context: &Context, kind: Kind, section: Tag, defined: usize, report: &mut Report) {
    let (limit, what) = match kind {
        Kind::Memory => (context.limits.memories, "the number of memories"),
        Kind::Func | Kind::Table | Kind::Global | Kind::Data | Kind::Tag => {
            (context.limits.tables, "the number of tables")
        }
    };
    if defined > 0 {
        let found = count(context, kind) as u64;
        within(report, section, defined - 1, what, found, limit);
    }
}

pub(super) fn globals(context: &Context, report: &mut Report) {
    for (row, global) in context.module.globals.iter().enumerate() {
        must_be_zero(
            report,
            GLOB,
            row,
            "the part of the flags that has no meaning",
            (global.flags & !GlobalRow::MUTABLE).into(),
        );
        let ty = type_exists(context, report, GLOB, row, "the global", global.ty);
        if global.init == GlobalRow::SET_BY_INITIALISER {
            let message = "a first value that an initialiser sets is reserved for a later version";
            report.row(&V0176, GLOB, row, message);
            continue;
        }
        let Some(init) = InitKind::from_code(global.init) else {
            let message = format!("there is no initial value of kind {}", global.init);
            report.row(&V0104, GLOB, row, message);
            continue;
        };
        first_value(context, row, global, init, ty, report);
    }
}

fn first_value(
    context: &Context,
    row: usize,
    global: &GlobalRow,
    init: InitKind,
    ty: Option<ValType>,
    report: &mut Report,
) {
    let wanted = |fits: bool, what: &str, report: &mut Report| {
        if let Some(ty) = ty
            && !fits
        {
            let ty = context.module.type_text(ty);
            let message = format!("the global has type {ty}, but its first value is {what}");
            report.row(&V0116, GLOB, row, message);
        }
    };
    let has_null = ty.is_some_and(ValType::is_ref_or_ptr);
    match init {
        InitKind::Const => {
            wanted(!has_null, "a number", report);
            if matches!(ty, Some(ValType::I32 | ValType::F32)) && global.value >> 32 != 0 {
                let message = format!(
                    "the first value {:#x} has more than the 32 bits of the global",
                    global.value
                );
                report.row(&V0117, GLOB, row, message);
            }
        }
        InitKind::Null => {
            let nullable = has_null && ty.is_some_and(ValType::has_default);
            wanted(nullable, "null", report);
        }
        InitKind::Func => {
            let functions = count(context, Kind::Func);
            index_exists(report, GLOB, row, "function", global.index, functions);
            let reference = context
                .reference_to(global.index)
                .unwrap_or(ValType::FUNCREF);
            let fits = ty.is_some_and(|ty| context.is_subtype(reference, ty));
            let what = format!("a {}", context.module.type_text(reference));
            wanted(fits, &what, report);
        }
        InitKind::Data => {
            let address = context.address;
            let what = format!("an address, which is {address}");
            wanted(ty == Some(address), &what, report);
            let rows = count(context, Kind::Data);
            if index_exists(report, GLOB, row, "data row", global.index, rows)
                && context.data_kind(global.index) == Some(Some(DataKind::Passive))
            {
                let name = context.name(NameSpace::Data, global.index);
                let message = format!("data row `{name}` is passive, it has no address");
                report.row(&V0118, GLOB, row, message);
            }
        }
    }
    if matches!(init, InitKind::Const | InitKind::Null) {
        must_be_zero(
            report,
            GLOB,
            row,
            "the index, which is not used,",
            global.index.into(),
        );
    }
    if matches!(init, InitKind::Null | InitKind::Func) {
        must_be_zero(
            report,
            GLOB,
            row,
            "the value, which is not used,",
            global.value,
        );
    }
}

pub(super) fn elements(context: &Context, report: &mut Report) {
    for (row, segment) in context.module.elements.iter().enumerate() {
        match ElementMode::from_code(segment.mode) {
            None if segment.mode == ElementRow::COMPUTED => {
                let message = "computed segments are reserved for a later version";
                report.row(&V0176, ELEM, row, message);
                continue;
            }
            None => {
                let message = format!("there is no mode {}", segment.mode);
                report.row(&V0104, ELEM, row, message);
            }
            Some(ElementMode::Active) => active(context, row, segment, report),
            Some(_) => {
                must_be_zero(
                    report,
                    ELEM,
                    row,
                    "the table, which is not used,",
                    segment.table.into(),
                );
                must_be_zero(
                    report,
                    ELEM,
                    row,
                    "the place, which is not used,",
                    segment.offset,
                );
            }
        }
        let ty = reference_type(context, report, ELEM, row, "the segment", segment.elem);
        if let Some(ty) = ty {
            items(context, row, ty, report);
        }
    }
}

/// One finding for each segment: the others are of the same kind.
fn items(context: &Context, row: usize, ty: ValType, report: &mut Report) {
    let functions = context.spaces.count(Kind::Func);
    let module = context.module;
    let fits = |item: u32| match item {
        NONE => ty.has_default(),
        _ if ty == ValType::FUNCREF => item < functions,
        _ => {
            let reference = context.reference_to(item);
            reference.is_some_and(|reference| context.is_subtype(reference, ty))
        }
    };
    let items = module.element_items(row);
    let Some(at) = items.iter().position(|&item| !fits(item)) else {
        return;
    };
    let ty = module.type_text(ty);
    let what = match items[at] {
        NONE => "null".to_owned(),
        item => {
            let what = format!("item {at}: function");
            if !index_exists(report, ELEM, row, &what, item, functions as usize) {
                return;
            }
            let reference = context.reference_to(item).unwrap_or(ValType::FUNCREF);
            format!("a {}", module.type_text(reference))
        }
    };
    let message = format!("item {at} is {what}, but the segment holds {ty}");
    report.row(&V0120, ELEM, row, message);
}

fn active(context: &Context, row: usize, segment: &ElementRow, report: &mut Report) {
    let tables = count(context, Kind::Table);
    if !index_exists(report, ELEM, row, "table", segment.table, tables) {
        return;
    }
    if let Some(table) = context.table(segment.table)
        && let (Some(holds), Some(ty)) = (table.elem, ValType::from_word(segment.elem))
        && ty.is_ref()
        && !context.is_subtype(ty, holds)
    {
        let (ty, holds) = (
            context.module.type_text(ty),
            context.module.type_text(holds),
        );
        let message = format!(
            "the segment holds {ty}, the table `{}` where it goes holds {holds}",
            context.name(NameSpace::Table, segment.table)
        );
        report.row(&V0121, ELEM, row, message);
    }
}
