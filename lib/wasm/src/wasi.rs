//! The functions of WASI preview 1 from which our own are made.

use wasm_encoder::ValType::{self as Wasm, I32, I64};

/// The module that they are imported from.
pub(super) use vbc_core::module::host::WASI as MODULE;

/// A function of WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Wasi {
    ArgsGet,
    ArgsSizesGet,
    ClockTimeGet,
    EnvironGet,
    EnvironSizesGet,
    FdRead,
    FdWrite,
    ProcExit,
    RandomGet,
}

impl Wasi {
    /// Its name, parameters and results.
    pub fn signature(self) -> (&'static str, &'static [Wasm], &'static [Wasm]) {
        match self {
            Wasi::ArgsGet => ("args_get", &[I32, I32], &[I32]),
            Wasi::ArgsSizesGet => ("args_sizes_get", &[I32, I32], &[I32]),
            Wasi::ClockTimeGet => ("clock_time_get", &[I32, I64, I32], &[I32]),
            Wasi::EnvironGet => ("environ_get", &[I32, I32], &[I32]),
            Wasi::EnvironSizesGet => ("environ_sizes_get", &[I32, I32], &[I32]),
            Wasi::FdRead => ("fd_read", &[I32, I32, I32, I32], &[I32]),
            Wasi::FdWrite => ("fd_write", &[I32, I32, I32, I32], &[I32]),
            Wasi::ProcExit => ("proc_exit", &[I32], &[]),
            Wasi::RandomGet => ("random_get", &[I32, I32], &[I32]),
        }
    }
}
