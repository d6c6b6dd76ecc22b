//! DNAM, DFIL and DLIN: debug information.

use super::*;
use crate::format::section::{DFIL, DLIN, DNAM};
use crate::module::{Debug, DebugNameRow, Definition, FileRow, LineRow, Lines, NameSpace};

pub(super) fn check(context: &Context, report: &mut Report) {
    if let Some(debug) = &context.module.debug {
        names(context, debug, report);
        files(debug, report);
        lines(context, debug, report);
    }
}

fn names(context: &Context, debug: &Debug, report: &mut Report) {
    let mut last = None;
    // Names of registers come function by function; each function's are counted once.
    let mut registers = None;
    for (row, name) in debug.names.iter().enumerate() {
        let key = (name.space, name.owner, name.index);
        if last.is_some_and(|last| last >= key) {
            let message = match last == Some(key) {
                true => "the same thing is named twice",
                false => "the row is not in order of name space, function and index",
            };
            report.row(&V0138, DNAM, row, message);
        }
        last = Some(key);
        index_exists(
            report,
            DNAM,
            row,
            "debug string",
            name.name,
            debug.strings.len(),
        );
        let Some(space) = NameSpace::from_code(name.space) else {
            report.row(
                &V0104,
                DNAM,
                row,
                format!("there is no name space {}", name.space),
            );
            continue;
        };
        if space == NameSpace::Register {
            register(context, row, name, &mut registers, report);
            continue;
        }
        if space == NameSpace::Field {
            field(context, row, name, report);
            continue;
        }
        must_be_zero(
            report,
            DNAM,
            row,
            "the owner, which is not used,",
            name.owner.into(),
        );
        let count = context.count(space) as usize;
        let what = "what the row names, number";
        index_exists(report, DNAM, row, what, name.index, count);
    }
}

fn register(
    context: &Context,
    row: usize,
    name: &DebugNameRow,
    counted: &mut Option<(u32, usize)>,
    report: &mut Report,
) {
    let functions = count(context, Kind::Func);
    if !index_exists(report, DNAM, row, "function", name.owner, functions) {
        return;
    }
    let registers = match *counted {
        Some((owner, registers)) if owner == name.owner => registers,
        _ => count_registers(context, name.owner),
    };
    *counted = Some((name.owner, registers));
    index_exists(report, DNAM, row, "register", name.index, registers);
}

fn field(context: &Context, row: usize, name: &DebugNameRow, report: &mut Report) {
    let types = &context.module.types;
    if !index_exists(report, DNAM, row, "type", name.owner, types.len()) {
        return;
    }
    let fields = types
        .get(name.owner)
        .map_or(0, |ty| ty.composite.named_fields());
    index_exists(report, DNAM, row, "field", name.index, fields);
}

/// The number of registers of a function; an import has none.
fn count_registers(context: &Context, function: u32) -> usize {
    let Some(Definition::Defined(defined)) = context.spaces.get(Kind::Func, function) else {
        return 0;
    };
    let params = context.func_type(function).map_or(0, |ty| ty.params.len());
    let runs = context.module.function_runs(defined).iter();
    params + runs.map(|run| usize::from(run.count)).sum::<usize>()
}

fn files(debug: &Debug, report: &mut Report) {
    for (row, file) in debug.files.iter().enumerate() {
        index_exists(
            report,
            DFIL,
            row,
            "debug string",
            file.name,
            debug.strings.len(),
        );
        must_be_zero(
            report,
            DFIL,
            row,
            "the part of the flags that has no meaning",
            (file.flags & !FileRow::EMBEDDED).into(),
        );
        if file.flags & FileRow::EMBEDDED == 0 {
            must_be_zero(
                report,
                DFIL,
                row,
                "the offset, which is not used,",
                file.offset,
            );
            must_be_zero(
                report,
                DFIL,
                row,
                "the length, which is not used,",
                file.length,
            );
        }
    }
}

fn lines(context: &Context, debug: &Debug, report: &mut Report) {
    let mut last = None;
    for (row, line) in debug.lines.iter().enumerate() {
        if last.is_some_and(|last| last >= line.function) {
            report.row(&V0140, DLIN, row, "the row is not in order of functions");
        }
        last = Some(line.function);
        match context.spaces.get(Kind::Func, line.function) {
            Some(Definition::Defined(defined)) => {
                let words = context.module.functions[defined].words;
                program(debug, row, line, words, report);
            }
            Some(Definition::Import(_)) => {
                let message = format!("function {} has no code here", line.function);
                report.row(&V0140, DLIN, row, message);
            }
            None => {
                let functions = count(context, Kind::Func);
                index_exists(report, DLIN, row, "function", line.function, functions);
            }
        }
    }
}

fn program(debug: &Debug, row: usize, line: &LineRow, words: u64, report: &mut Report) {
    if line.length == 0 {
        report.row(&V0141, DLIN, row, "the line program is empty");
        return;
    }
    let program = &debug.line_programs[line.offset as usize..][..line.length as usize];
    let fault = Lines::new(program, words, debug.files.len()).find_map(Result::err);
    if let Some(fault) = fault {
        let message = format!("{fault}, at byte {} of the line program", fault.offset);
        report.row(&V0141, DLIN, row, message);
    }
}
