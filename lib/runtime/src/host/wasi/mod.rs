//! WASI preview 1, the module `wasi_snapshot_preview1`. `docs/wasi.md` is its description.

mod abi;
mod call;
mod errno;
mod fd;
mod folder;
mod listing;
mod path;
mod place;
mod poll;
mod process;
mod socket;
mod status;
mod table;

pub use folder::{Folder, GivenFolder};

use super::{HostCall, HostOutcome};
use call::{Call, Done, Stop};
use status::Inodes;
use table::Table;
use vbc_core::isa::{FuncType, ValType};

/// The name of the module.
pub(super) use vbc_core::module::host::WASI as MODULE;

/// What a program has opened.
#[derive(Default)]
pub(super) struct Context {
    table: Table,
    inodes: Inodes,
}

impl Context {
    /// Adds a folder that is given to the program.
    pub(super) fn give(&mut self, folder: Folder) {
        self.table.give(folder);
    }

    /// Prepares for a run, which may have to be the same each time.
    pub(super) fn begin(&mut self, is_fixed: bool) {
        if is_fixed {
            self.inodes = Inodes::numbering();
        }
    }
}

/// A function: sets its results in memory, and returns 0 or an error number.
type Function = fn(&mut Call<'_, '_>) -> Done;

/// A function with its parameters: `i` stands for i32, `l` for i64.
pub(super) struct Row {
    name: &'static str,
    params: &'static str,
    function: Function,
}

/// All functions, in the order of the specification.
const ROWS: &[Row] = &[
    row("args_get", "ii", process::args_get),
    row("args_sizes_get", "ii", process::args_sizes_get),
    row("environ_get", "ii", process::environ_get),
    row("environ_sizes_get", "ii", process::environ_sizes_get),
    row("clock_res_get", "ii", process::clock_res_get),
    row("clock_time_get", "ili", process::clock_time_get),
    row("fd_advise", "illi", fd::fd_advise),
    row("fd_allocate", "ill", fd::fd_allocate),
    row("fd_close", "i", fd::fd_close),
    row("fd_datasync", "i", fd::fd_datasync),
    row("fd_fdstat_get", "ii", status::fd_fdstat_get),
    row("fd_fdstat_set_flags", "ii", status::fd_fdstat_set_flags),
    row("fd_fdstat_set_rights", "ill", status::fd_fdstat_set_rights),
    row("fd_filestat_get", "ii", status::fd_filestat_get),
    row("fd_filestat_set_size", "il", status::fd_filestat_set_size),
    row(
        "fd_filestat_set_times",
        "illi",
        status::fd_filestat_set_times,
    ),
    row("fd_pread", "iiili", fd::fd_pread),
    row("fd_prestat_get", "ii", fd::fd_prestat_get),
    row("fd_prestat_dir_name", "iii", fd::fd_prestat_dir_name),
    row("fd_pwrite", "iiili", fd::fd_pwrite),
    row("fd_read", "iiii", fd::fd_read),
    row("fd_readdir", "iiili", listing::fd_readdir),
    row("fd_renumber", "ii", fd::fd_renumber),
    row("fd_seek", "ilii", fd::fd_seek),
    row("fd_sync", "i", fd::fd_sync),
    row("fd_tell", "ii", fd::fd_tell),
    row("fd_write", "iiii", fd::fd_write),
    row("path_create_directory", "iii", path::path_create_directory),
    row("path_filestat_get", "iiiii", path::path_filestat_get),
    row(
        "path_filestat_set_times",
        "iiiilli",
        path::path_filestat_set_times,
    ),
    row("path_link", "iiiiiii", path::path_link),
    row("path_open", "iiiiillii", path::path_open),
    row("path_readlink", "iiiiii", path::path_readlink),
    row("path_remove_directory", "iii", path::path_remove_directory),
    row("path_rename", "iiiiii", path::path_rename),
    row("path_symlink", "iiiii", path::path_symlink),
    row("path_unlink_file", "iii", path::path_unlink_file),
    row("poll_oneoff", "iiii", poll::poll_oneoff),
    row("proc_exit", "i", process::proc_exit),
    row("proc_raise", "i", process::proc_raise),
    row("sched_yield", "", process::sched_yield),
    row("random_get", "ii", process::random_get),
    row("sock_accept", "iii", socket::sock_accept),
    row("sock_recv", "iiiiii", socket::sock_recv),
    row("sock_send", "iiiii", socket::sock_send),
    row("sock_shutdown", "ii", socket::sock_shutdown),
];

const fn row(name: &'static str, params: &'static str, function: Function) -> Row {
    Row {
        name,
        params,
        function,
    }
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
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
pub(super) fn call(
    context: &mut Context,
    row: &Row,
    host: &mut HostCall<'_>,
) -> Result<(), HostOutcome> {
    let errno = match (row.function)(&mut Call { context, host }) {
        Ok(()) => 0,
        Err(Stop::Errno(errno)) => errno as u64,
        Err(Stop::Outcome(outcome)) => return Err(outcome),
    };
    host.set_number(errno);
    Ok(())
}
