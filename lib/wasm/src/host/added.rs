//! What is added to a program for its host functions, and what of that needs what else.

use wasm_encoder::ValType as Wasm;
use wasm_encoder::ValType::{I32, I64};

use crate::glue::Layout;
use crate::wasi::Wasi;
use vbc_core::isa::Trap;

/// Functions and globals that are added, by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Added {
    Write,
    Read,
    ArgCount,
    ArgLen,
    ArgGet,
    EnvGet,
    Exit,
    ClockWall,
    ClockMono,
    Random,
    /// Traps unless a range lies in the memory.
    Check,
    /// Ends the program because output cannot be written.
    OutputFailed,
    /// Copies the program's bytes to the buffer.
    ToBuffer,
    /// Copies bytes from WASI's memory to the program's.
    FromWasi,
    /// The list of arguments in WASI's memory, or 0.
    Arguments,
    /// The list of variables, or 0.
    Variables,
    /// The address of one argument, or 0.
    Argument,
    /// The length of text that ends with a zero byte.
    Length,
    /// Multiplies and traps on overflow.
    Multiply,
    /// Raises a trap; whether it says so first.
    Raise(Trap, bool),
    /// Runs the program: `_start`.
    Start,
    /// Runs the initialisers.
    Initialise,
}

/// Globals that are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum State {
    Arguments,
    ArgumentCount,
    Variables,
    VariableCount,
    Clock,
    Random,
}

impl State {
    /// Its type and first value.
    pub fn first(self, seed: u64) -> (Wasm, i64) {
        match self {
            State::Clock => (I64, 0),
            State::Random => (I64, seed as i64),
            State::Arguments | State::ArgumentCount | State::Variables | State::VariableCount => {
                (I32, 0)
            }
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            State::Arguments => "vbc.arguments",
            State::ArgumentCount => "vbc.argument_count",
            State::Variables => "vbc.variables",
            State::VariableCount => "vbc.variable_count",
            State::Clock => "vbc.clock",
            State::Random => "vbc.random",
        }
    }
}

impl Added {
    /// The function of `vbc1` with this name.
    pub fn host(name: &str) -> Option<Added> {
        Some(match name {
            "write" => Added::Write,
            "read" => Added::Read,
            "arg_count" => Added::ArgCount,
            "arg_len" => Added::ArgLen,
            "arg_get" => Added::ArgGet,
            "env_get" => Added::EnvGet,
            "exit" => Added::Exit,
            "clock_wall" => Added::ClockWall,
            "clock_mono" => Added::ClockMono,
            "random" => Added::Random,
            _ => return None,
        })
    }

    /// Whether it never calls a function of WASI.
    pub fn is_silent(self) -> bool {
        matches!(
            self,
            Added::Raise(_, false) | Added::Multiply | Added::Start | Added::Initialise
        )
    }

    /// Its name for debuggers.
    pub fn name(self) -> String {
        let name = match self {
            Added::Write => "vbc1:write",
            Added::Read => "vbc1:read",
            Added::ArgCount => "vbc1:arg_count",
            Added::ArgLen => "vbc1:arg_len",
            Added::ArgGet => "vbc1:arg_get",
            Added::EnvGet => "vbc1:env_get",
            Added::Exit => "vbc1:exit",
            Added::ClockWall => "vbc1:clock_wall",
            Added::ClockMono => "vbc1:clock_mono",
            Added::Random => "vbc1:random",
            Added::Check => "vbc.check",
            Added::OutputFailed => "vbc.output_failed",
            Added::ToBuffer => "vbc.to_buffer",
            Added::FromWasi => "vbc.from_wasi",
            Added::Arguments => "vbc.arguments",
            Added::Variables => "vbc.variables",
            Added::Argument => "vbc.argument",
            Added::Length => "vbc.length",
            Added::Multiply => "vbc.multiply",
            Added::Raise(trap, _) => return format!("trap:{}", trap.word()),
            Added::Start => "_start",
            Added::Initialise => "_initialize",
        };
        name.to_owned()
    }

    /// Its parameters and results.
    pub fn signature(self, layout: Layout) -> (Vec<Wasm>, Vec<Wasm>) {
        let addr = layout.addr();
        match self {
            Added::Write => (vec![I32, addr, addr], vec![I32]),
            Added::Read => (vec![I32, addr, addr], vec![addr]),
            Added::ArgCount => (vec![], vec![addr]),
            Added::ArgLen => (vec![addr], vec![addr]),
            Added::ArgGet => (vec![addr; 3], vec![addr]),
            Added::EnvGet => (vec![addr; 4], vec![addr]),
            Added::Exit | Added::OutputFailed => (vec![I32], vec![]),
            Added::ClockWall | Added::ClockMono => (vec![], vec![I64]),
            Added::Random | Added::Check => (vec![addr; 2], vec![]),
            Added::ToBuffer => (vec![addr, I32], vec![]),
            Added::FromWasi => (vec![addr, I32, I32], vec![]),
            Added::Arguments | Added::Variables => (vec![], vec![I32]),
            Added::Argument => (vec![addr], vec![I32]),
            Added::Length => (vec![I32], vec![I32]),
            Added::Multiply => (vec![I64; 2], vec![I64]),
            Added::Raise(..) | Added::Start | Added::Initialise => (vec![], vec![]),
        }
    }

    /// The functions of our own, of WASI and the globals that it uses itself.
    pub fn needs(self, layout: Layout, deterministic: bool) -> (Vec<Added>, Vec<Wasi>, Vec<State>) {
        let mut added = Vec::new();
        let mut wasi = Vec::new();
        let mut state = Vec::new();
        match self {
            Added::Write => {
                added.extend([Added::Check, Added::OutputFailed]);
                added.extend(match layout.two {
                    true => Some(Added::ToBuffer),
                    false => high(layout),
                });
                wasi.push(Wasi::FdWrite);
            }
            Added::Read => {
                added.push(Added::Check);
                added.extend(match layout.two {
                    true => Some(Added::FromWasi),
                    false => high(layout),
                });
                wasi.push(Wasi::FdRead);
            }
            Added::ArgCount => {
                added.push(Added::Arguments);
                state.push(State::ArgumentCount);
            }
            Added::ArgLen => added.extend([Added::Argument, Added::Length]),
            Added::ArgGet => {
                added.extend([
                    Added::Argument,
                    Added::Length,
                    Added::Check,
                    Added::FromWasi,
                ]);
            }
            Added::EnvGet => {
                added.extend([
                    Added::Variables,
                    Added::Length,
                    Added::Check,
                    Added::FromWasi,
                ]);
                state.push(State::VariableCount);
            }
            Added::Exit | Added::OutputFailed => wasi.push(Wasi::ProcExit),
            Added::ClockWall | Added::ClockMono => match deterministic {
                true => state.push(State::Clock),
                false => wasi.push(Wasi::ClockTimeGet),
            },
            Added::Random => {
                added.push(Added::Check);
                if deterministic {
                    state.push(State::Random);
                } else {
                    added.push(Added::Raise(Trap::HostFault, true));
                    added.extend(layout.two.then_some(Added::FromWasi));
                    wasi.push(Wasi::RandomGet);
                }
            }
            Added::Arguments => {
                wasi.extend([Wasi::ArgsSizesGet, Wasi::ArgsGet]);
                state.extend([State::Arguments, State::ArgumentCount]);
            }
            Added::Variables => {
                wasi.extend([Wasi::EnvironSizesGet, Wasi::EnvironGet]);
                state.extend([State::Variables, State::VariableCount]);
            }
            Added::Argument => {
                added.push(Added::Arguments);
                state.push(State::ArgumentCount);
            }
            Added::Raise(_, true) => wasi.push(Wasi::FdWrite),
            Added::Multiply => added.push(Added::Raise(Trap::IntegerOverflow, false)),
            Added::Check
            | Added::ToBuffer
            | Added::FromWasi
            | Added::Length
            | Added::Raise(_, false)
            | Added::Start
            | Added::Initialise => {}
        }
        (added, wasi, state)
    }
}

/// What is needed where the program may have addresses that WASI cannot name.
fn high(layout: Layout) -> Option<Added> {
    layout
        .addresses_are_64
        .then_some(Added::Raise(Trap::HostFault, true))
}
