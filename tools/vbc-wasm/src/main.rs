//! `vbc-wasm`: program to WebAssembly.

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use vbc_cli::{Access, BinaryOutput, Common, Examples, Operand, Output, Session, Stop, Tool, exit};
use vbc_lowering::{Options, WasmBackend, print};

/// Turns a VITBC program into a WebAssembly module
///
/// The result runs on engines that support 64-bit memories (wasmtime, Node 24, browsers) and uses WASI
/// preview 1 for what the program asks of its host. A program with a 32-bit memory keeps it.
#[derive(Parser)]
#[command(name = "vbc-wasm")]
struct Wasm {
    /// Program, binary or text; - or none is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: Operand,

    /// What to write: the binary form or the text form
    #[arg(long, value_name = "FORM", default_value = "wasm")]
    emit: Form,

    /// Make a library, whose _initialize the host calls first, instead of a command
    #[arg(long)]
    reactor: bool,

    /// Use the program's own memory for WASI, too, for engines that have only one
    #[arg(long)]
    single_memory: bool,

    /// Leave functions of C libraries to the host, as imports in which pointers are 64-bit integers
    #[arg(long)]
    keep_native: bool,

    /// Give a program with a 32-bit memory a 64-bit one
    #[arg(long)]
    mem64: bool,

    /// Make clocks, randomness and NaNs the same in every run
    #[arg(long)]
    deterministic: bool,

    /// Where deterministic random numbers begin
    #[arg(
        long,
        value_name = "N",
        default_value = "0",
        requires = "deterministic"
    )]
    seed: u64,

    /// Add files, lines and functions for debuggers
    #[arg(short = 'g', long, conflicts_with = "strip")]
    debug: bool,

    /// Leave out names
    #[arg(long)]
    strip: bool,

    #[command(flatten)]
    output: BinaryOutput,

    #[command(flatten)]
    common: Common,
}

/// The forms of WebAssembly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Binary, `.wasm`
    Wasm,
    /// Text, `.wat`
    Wat,
}

impl Tool for Wasm {
    const EXAMPLES: Examples = &[
        (
            "Translate a program and run it",
            "vbc-wasm main.vitbc > main.wasm && wasmtime main.wasm",
        ),
        (
            "See what becomes of a program",
            "vbc-wasm --emit wat main.vitasm",
        ),
        (
            "Make a library for JavaScript",
            "vbc-wasm --reactor lib.vitbc -o lib.wasm",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let _progress = session.working("translating");
        let input = session.read(&self.file, Access::Copy)?;
        let module = vbc_core::open(&input.name, input.bytes, session.limits())?;
        let options = Options {
            reactor: self.reactor,
            single_memory: self.single_memory,
            keep_native: self.keep_native,
            mem64: self.mem64,
            deterministic: self.deterministic,
            seed: self.seed,
            strip: self.strip,
            debug: self.debug,
            threads: session.threads(),
            ..Options::default()
        };
        let wasm = WasmBackend::with_options(options).compile_verified(&input.name, module)?;
        session.say(1, format_args!("{} bytes of WebAssembly", wasm.len()));
        let (mut output, bytes) = match self.emit {
            Form::Wasm => (session.binary_output(&self.output)?, wasm),
            Form::Wat => {
                let text = print(&wasm)?;
                (
                    Output::create(&self.output.destination())?,
                    text.into_bytes(),
                )
            }
        };
        output.write_all(&bytes)?;
        output.finish()?;
        Ok(exit::YES)
    }
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Wasm>()
}
