//! WASI preview 1, the module `wasi_snapshot_preview1`. `docs/wasi.md` is its description.

mod abi;
mod call;
mod errno;
mod fd;
mod process;
mod table;

use super::{HostCall, HostOutcome};
use crate::isa::{FuncType, ValType};
use call::{Call, Done, Stop};
use table::Table;

/// The name of the module.
pub(super) const MODULE: &str = "wasi_snapshot_preview1";

/// What a program has opened.
#[derive(Default)]
pub(super) struct Context {
    table: Table,
}

/// A function: sets its results in memory, and gives 0 or an error number.
type Function = fn(&mut Call<'_, '_>) -> Done;

/// A function with its parameters: `i` stands for i32, `l` for i64.
pub(super) struct Row {
    name: &'static str,
    params: &'static str,
    function: Function,
}

const ROWS: &[Row] = &[
    row("args_get", "ii", process::args_get),
    row("args_sizes_get", "ii", process::args_sizes_get),
    row("environ_get", "ii", process::environ_get),
    row("environ_sizes_get", "ii", process::environ_sizes_get),
    row("clock_res_get", "ii", process::clock_res_get),
    row("clock_time_get", "ili", process::clock_time_get),
    row("fd_close", "i", fd::fd_close),
    row("fd_fdstat_get", "ii", fd::fd_fdstat_get),
    row("fd_filestat_get", "ii", fd::fd_filestat_get),
    row("fd_prestat_get", "ii", fd::fd_prestat_get),
    row("fd_prestat_dir_name", "iii", fd::fd_prestat_get),
    row("fd_read", "iiii", fd::fd_read),
    row("fd_seek", "ilii", fd::fd_seek),
    row("fd_write", "iiii", fd::fd_write),
    row("proc_exit", "i", process::proc_exit),
    row("proc_raise", "i", process::proc_raise),
    row("sched_yield", "", process::sched_yield),
    row("random_get", "ii", process::random_get),
];

const fn row(name: &'static str, params: &'static str, function: Function) -> Row {
    Row {
        name,
        params,
        function,
    }
}

/// The function called `name`, with its type.
pub(super) fn find(name: &str) -> Option<(FuncType, &'static Row)> {
    let row = ROWS.iter().find(|row| row.name == name)?;
    let ty = |letter| match letter {
        'i' => ValType::I32,
        _ => ValType::I64,
    };
    let params: Vec<ValType> = row.params.chars().map(ty).collect();
    let results: &[ValType] = match name {
        // It does not come back.
        "proc_exit" => &[],
        _ => &[ValType::I32],
    };
    Some((FuncType::new(&params, results), row))
}

/// Calls a function.
pub(super) fn call(context: &mut Context, row: &Row, host: &mut HostCall<'_>) -> HostOutcome {
    let done = (row.function)(&mut Call { context, host });
    let errno = match done {
        Ok(()) => 0,
        Err(Stop::Errno(errno)) => errno as u64,
        Err(Stop::Outcome(outcome)) => return outcome,
    };
    host.set_number(errno);
    HostOutcome::Done
}
