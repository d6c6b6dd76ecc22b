//! The functions of module `vbc1` in terms of WASI preview 1 (`docs/wasm.md`, section 4).

mod arguments;
mod clock_random;
mod exit;
mod marshal;
mod streams;
mod synthetic;
mod traps;

use wasm_encoder::{Function, ValType as Wasm};

pub(super) use exit::exit_code;
pub(super) use synthetic::{State, Synthetic};

use super::emitter::{Emitter, Layout};
use super::wasi::Wasi;

/// Where the functions and globals are that the bodies refer to.
pub(super) trait Index {
    /// A function of our own.
    fn added(&self, added: Synthetic) -> u32;
    /// A function of WASI.
    fn wasi(&self, wasi: Wasi) -> u32;
    /// A global.
    fn state(&self, state: State) -> u32;
}

/// The body of an added function, `_start` and `_initialize` excepted.
pub(super) fn body(
    added: Synthetic,
    layout: Layout,
    deterministic: bool,
    index: &dyn Index,
) -> Function {
    let host = Host { layout, index };
    match added {
        Synthetic::Write => host.write(),
        Synthetic::Read => host.read(),
        Synthetic::ArgCount => host.arg_count(),
        Synthetic::ArgLen => host.arg_len(),
        Synthetic::ArgGet => host.arg_get(),
        Synthetic::EnvGet => host.env_get(),
        Synthetic::Exit => host.exit(),
        Synthetic::ClockWall | Synthetic::ClockMono if deterministic => host.fixed_clock(),
        Synthetic::ClockWall => host.clock(0),
        Synthetic::ClockMono => host.clock(1),
        Synthetic::Random if deterministic => host.fixed_random(),
        Synthetic::Random => host.random(),
        Synthetic::Check => host.check(),
        Synthetic::OutputFailed => host.output_failed(),
        Synthetic::ToBuffer => host.copy_to_buffer(),
        Synthetic::FromWasi => host.copy_from_wasi(),
        Synthetic::Arguments => host.list(
            [Wasi::ArgsSizesGet, Wasi::ArgsGet],
            [State::Arguments, State::ArgumentCount],
        ),
        Synthetic::Variables => host.list(
            [Wasi::EnvironSizesGet, Wasi::EnvironGet],
            [State::Variables, State::VariableCount],
        ),
        Synthetic::Argument => host.argument(),
        Synthetic::Length => host.length(),
        Synthetic::Multiply => host.multiply(),
        Synthetic::Raise(trap, says_so) => host.raise(trap, says_so),
        Synthetic::Start | Synthetic::Initialise => Function::new([]),
    }
}

struct Host<'i> {
    layout: Layout,
    index: &'i dyn Index,
}

impl Host<'_> {
    fn writer(&self, locals: &[Wasm]) -> Emitter {
        Emitter::new(self.layout, locals)
    }
}
