//! What is added to a program for its host functions, and what of that needs what else.

use wasm_encoder::ValType as Wasm;
use wasm_encoder::ValType::{I32, I64};

use crate::emitter::Layout;
use crate::wasi::Wasi;
use vbc_core::isa::Trap;

/// Functions and globals that are added, by what they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Synthetic {
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
    /// Raises a trap; whether it reports it first.
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

impl Synthetic {
    /// The function of `vbc1` with this name.
    pub fn host(name: &str) -> Option<Synthetic> {
        Some(match name {
            "write" => Synthetic::Write,
            "read" => Synthetic::Read,
            "arg_count" => Synthetic::ArgCount,
            "arg_len" => Synthetic::ArgLen,
            "arg_get" => Synthetic::ArgGet,
            "env_get" => Synthetic::EnvGet,
            "exit" => Synthetic::Exit,
            "clock_wall" => Synthetic::ClockWall,
            "clock_mono" => Synthetic::ClockMono,
            "random" => Synthetic::Random,
            _ => return None,
        })
    }

    /// Whether it never calls a function of WASI.
    pub fn is_silent(self) -> bool {
        matches!(
            self,
            Synthetic::Raise(_, false)
                | Synthetic::Multiply
                | Synthetic::Start
                | Synthetic::Initialise
        )
    }

    /// Its name for debuggers.
    pub fn name(self) -> String {
        let name = match self {
            Synthetic::Write => "vbc1:write",
            Synthetic::Read => "vbc1:read",
            Synthetic::ArgCount => "vbc1:arg_count",
            Synthetic::ArgLen => "vbc1:arg_len",
            Synthetic::ArgGet => "vbc1:arg_get",
            Synthetic::EnvGet => "vbc1:env_get",
            Synthetic::Exit => "vbc1:exit",
            Synthetic::ClockWall => "vbc1:clock_wall",
            Synthetic::ClockMono => "vbc1:clock_mono",
            Synthetic::Random => "vbc1:random",
            Synthetic::Check => "vbc.check",
            Synthetic::OutputFailed => "vbc.output_failed",
            Synthetic::ToBuffer => "vbc.to_buffer",
            Synthetic::FromWasi => "vbc.from_wasi",
            Synthetic::Arguments => "vbc.arguments",
            Synthetic::Variables => "vbc.variables",
            Synthetic::Argument => "vbc.argument",
            Synthetic::Length => "vbc.length",
            Synthetic::Multiply => "vbc.multiply",
            Synthetic::Raise(trap, _) => return format!("trap:{}", trap.word()),
            Synthetic::Start => "_start",
            Synthetic::Initialise => "_initialize",
        };
        name.to_owned()
    }

    /// Its parameters and results.
    pub fn signature(self, layout: Layout) -> (Vec<Wasm>, Vec<Wasm>) {
        let addr = layout.addr();
        match self {
            Synthetic::Write => (vec![I32, addr, addr], vec![I32]),
            Synthetic::Read => (vec![I32, addr, addr], vec![addr]),
            Synthetic::ArgCount => (vec![], vec![addr]),
            Synthetic::ArgLen => (vec![addr], vec![addr]),
            Synthetic::ArgGet => (vec![addr; 3], vec![addr]),
            Synthetic::EnvGet => (vec![addr; 4], vec![addr]),
            Synthetic::Exit | Synthetic::OutputFailed => (vec![I32], vec![]),
            Synthetic::ClockWall | Synthetic::ClockMono => (vec![], vec![I64]),
            Synthetic::Random | Synthetic::Check => (vec![addr; 2], vec![]),
            Synthetic::ToBuffer => (vec![addr, I32], vec![]),
            Synthetic::FromWasi => (vec![addr, I32, I32], vec![]),
            Synthetic::Arguments | Synthetic::Variables => (vec![], vec![I32]),
            Synthetic::Argument => (vec![addr], vec![I32]),
            Synthetic::Length => (vec![I32], vec![I32]),
            Synthetic::Multiply => (vec![I64; 2], vec![I64]),
            Synthetic::Raise(..) | Synthetic::Start | Synthetic::Initialise => (vec![], vec![]),
        }
    }

    /// The functions of our own, of WASI and the globals that it uses itself.
    pub fn needs(
        self,
        layout: Layout,
        deterministic: bool,
    ) -> (Vec<Synthetic>, Vec<Wasi>, Vec<State>) {
        let mut added = Vec::new();
        let mut wasi = Vec::new();
        let mut state = Vec::new();
        match self {
            Synthetic::Write => {
                added.extend([Synthetic::Check, Synthetic::OutputFailed]);
                added.extend(match layout.two {
                    true => Some(Synthetic::ToBuffer),
                    false => high(layout),
                });
                wasi.push(Wasi::FdWrite);
            }
            Synthetic::Read => {
                added.push(Synthetic::Check);
                added.extend(match layout.two {
                    true => Some(Synthetic::FromWasi),
                    false => high(layout),
                });
                wasi.push(Wasi::FdRead);
            }
            Synthetic::ArgCount => {
                added.push(Synthetic::Arguments);
                state.push(State::ArgumentCount);
            }
            Synthetic::ArgLen => added.extend([Synthetic::Argument, Synthetic::Length]),
            Synthetic::ArgGet => {
                added.extend([
                    Synthetic::Argument,
                    Synthetic::Length,
                    Synthetic::Check,
                    Synthetic::FromWasi,
                ]);
            }
            Synthetic::EnvGet => {
                added.extend([
                    Synthetic::Variables,
                    Synthetic::Length,
                    Synthetic::Check,
                    Synthetic::FromWasi,
                ]);
                state.push(State::VariableCount);
            }
            Synthetic::Exit | Synthetic::OutputFailed => wasi.push(Wasi::ProcExit),
            Synthetic::ClockWall | Synthetic::ClockMono => match deterministic {
                true => state.push(State::Clock),
                false => wasi.push(Wasi::ClockTimeGet),
            },
            Synthetic::Random => {
                added.push(Synthetic::Check);
                if deterministic {
                    state.push(State::Random);
                } else {
                    added.push(Synthetic::Raise(Trap::HostFault, true));
                    added.extend(layout.two.then_some(Synthetic::FromWasi));
                    wasi.push(Wasi::RandomGet);
                }
            }
            Synthetic::Arguments => {
                wasi.extend([Wasi::ArgsSizesGet, Wasi::ArgsGet]);
                state.extend([State::Arguments, State::ArgumentCount]);
            }
            Synthetic::Variables => {
                wasi.extend([Wasi::EnvironSizesGet, Wasi::EnvironGet]);
                state.extend([State::Variables, State::VariableCount]);
            }
            Synthetic::Argument => {
                added.push(Synthetic::Arguments);
                state.push(State::ArgumentCount);
            }
            Synthetic::Raise(_, true) => wasi.push(Wasi::FdWrite),
            Synthetic::Multiply => added.push(Synthetic::Raise(Trap::IntegerOverflow, false)),
            Synthetic::Check
            | Synthetic::ToBuffer
            | Synthetic::FromWasi
            | Synthetic::Length
            | Synthetic::Raise(_, false)
            | Synthetic::Start
            | Synthetic::Initialise => {}
        }
        (added, wasi, state)
    }
}

/// What is needed where the program may have addresses that WASI cannot name.
fn high(layout: Layout) -> Option<Synthetic> {
    layout
        .addresses_are_64
        .then_some(Synthetic::Raise(Trap::HostFault, true))
}
