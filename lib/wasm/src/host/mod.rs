//! The functions of module `vbc1` in terms of WASI preview 1 (`docs/wasm.md`, section 4).

mod added;
mod arguments;
mod bytes;
mod chance;
mod ends;
mod streams;

use wasm_encoder::{Function, ValType as Wasm};

pub(super) use added::{Added, State};
pub(super) use ends::exit_code;

use super::glue::{Layout, Writer};
use super::wasi::Wasi;

/// Where the functions and globals are that the bodies refer to.
pub(super) trait Index {
    /// A function of our own.
    fn added(&self, added: Added) -> u32;
    /// A function of WASI.
    fn wasi(&self, wasi: Wasi) -> u32;
    /// A global.
    fn state(&self, state: State) -> u32;
}

/// The body of an added function, `_start` and `_initialize` excepted.
pub(super) fn body(
    added: Added,
    layout: Layout,
    deterministic: bool,
    index: &dyn Index,
) -> Function {
    let host = Host { layout, index };
    match added {
        Added::Write => host.write(),
        Added::Read => host.read(),
        Added::ArgCount => host.arg_count(),
        Added::ArgLen => host.arg_len(),
        Added::ArgGet => host.arg_get(),
        Added::EnvGet => host.env_get(),
        Added::Exit => host.exit(),
        Added::ClockWall | Added::ClockMono if deterministic => host.fixed_clock(),
        Added::ClockWall => host.clock(0),
        Added::ClockMono => host.clock(1),
        Added::Random if deterministic => host.fixed_random(),
        Added::Random => host.random(),
        Added::Check => host.check(),
        Added::OutputFailed => host.output_failed(),
        Added::ToBuffer => host.copy_to_buffer(),
        Added::FromWasi => host.copy_from_wasi(),
        Added::Arguments => host.list(
            [Wasi::ArgsSizesGet, Wasi::ArgsGet],
            [State::Arguments, State::ArgumentCount],
        ),
        Added::Variables => host.list(
            [Wasi::EnvironSizesGet, Wasi::EnvironGet],
            [State::Variables, State::VariableCount],
        ),
        Added::Argument => host.argument(),
        Added::Length => host.length(),
        Added::Multiply => host.multiply(),
        Added::Raise(trap, says_so) => host.raise(trap, says_so),
        Added::Start | Added::Initialise => Function::new([]),
    }
}

struct Host<'i> {
    layout: Layout,
    index: &'i dyn Index,
}

impl Host<'_> {
    fn writer(&self, locals: &[Wasm]) -> Writer {
        Writer::new(self.layout, locals)
    }
}
