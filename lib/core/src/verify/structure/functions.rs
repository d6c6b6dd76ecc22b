//! The entry, FUNC, REGS and INIT.

use super::super::finding::{Finding, Site};
use super::*;
use crate::format::ENTRY_AT;
use crate::format::section::{FUNC, HNDL, INIT, REGS};
use crate::isa::FuncType;
use crate::module::{Definition, NameSpace, RegisterRun};

pub(super) fn entry(context: &Context, report: &mut Report) {
    let Some(entry) = context.module.entry else {
        return;
    };
    let Some(definition) = context.spaces.get(Kind::Func, entry) else {
        let count = count(context, Kind::Func);
        let message = format!("the entry is function {entry}, the number of functions is {count}");
        let site = Site::Header { offset: ENTRY_AT };
        report.add(Finding::new(&V0100, site, message));
        return;
    };
    let Some(ty) = context.func_type(entry) else {
        return;
    };
    let fits = ty.params.is_empty() && matches!(&*ty.results, [] | [ValType::I32] | [ValType::I64]);
    if fits {
        return;
    }
    let name = context.name(NameSpace::Func, entry);
    let ty = context.module.func_text(ty);
    let message = format!("the entry `{name}` has type {ty}");
    let site = match definition {
        Definition::Import(row) => Site::Row {
            section: crate::format::section::IMPT,
            row: row as u32,
        },
        Definition::Defined(row) => Site::Row {
            section: FUNC,
            row: row as u32,
        },
    };
    report
        .add(Finding::new(&V0101, site, message))
        .help("an entry has type () -> (), () -> i32 or () -> i64");
}

pub(super) fn check(context: &Context, report: &mut Report) {
    let module = context.module;
    for (row, function) in module.functions.iter().enumerate() {
        must_be_zero(
            report,
            FUNC,
            row,
            "the reserved field",
            function.flags.into(),
        );
        let ty = function_type(context, report, FUNC, row, function.ty);
        within(
            report,
            FUNC,
            row,
            "the number of words of the function",
            function.words,
            context.limits.function_words,
        );
        let params = ty.map_or(0, |ty| ty.params.len() as u64);
        let runs = module.function_runs(row).iter();
        let registers = params + runs.map(|run| u64::from(run.count)).sum::<u64>();
        within(
            report,
            FUNC,
            row,
            "the number of registers of the function",
            registers,
            context.limits.registers,
        );
    }
    for (row, run) in module.register_runs.iter().enumerate() {
        if run.count == 0 {
            report.row(&V0135, REGS, row, "the run has no registers");
        }
        let ty = type_exists(context, report, REGS, row, "the run", run.ty);
        if let Some(ty) = ty
            && run.flags & RegisterRun::ZEROED != 0
            && !ty.has_default()
        {
            let ty = module.type_text(ty);
            let message = format!("the registers are zeroed, but {ty} has no null");
            report.row(&V0170, REGS, row, message);
        }
        must_be_zero(
            report,
            REGS,
            row,
            "the part of the flags that has no meaning",
            (run.flags & !RegisterRun::ZEROED).into(),
        );
    }
}

pub(super) fn handlers(context: &Context, report: &mut Report) {
    if !context.module.handlers.is_empty() {
        let message = "exception handlers are reserved for a later version";
        report.row(&V0176, HNDL, 0, message);
    }
}

pub(super) fn initialisers(context: &Context, report: &mut Report) {
    let none = FuncType::default();
    for (row, &function) in context.module.initialisers.iter().enumerate() {
        let functions = count(context, Kind::Func);
        if !index_exists(report, INIT, row, "function", function, functions) {
            continue;
        }
        if let Some(ty) = context.func_type(function)
            && *ty != none
        {
            let name = context.name(NameSpace::Func, function);
            let ty = context.module.func_text(ty);
            let message = format!("the initialiser `{name}` has type {ty}, expected ()");
            report.row(&V0119, INIT, row, message);
        }
    }
}
