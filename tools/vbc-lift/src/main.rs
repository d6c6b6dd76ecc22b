//! `vbc-lift`: WebAssembly to module.

use std::process::ExitCode;

use clap::Parser;
use vbc_cli::{Access, BinaryOutput, Common, Examples, Operand, Session, Stop, Tool, exit};
use vbc_lifter::{Options, lift_any};

/// Turns a WebAssembly module (.wasm or .wat) into a VITBC program (.vitbc)
///
/// WebAssembly 2.0 without SIMD, and tail calls, extended constant expressions and 64-bit memories. What
/// the program does stays exactly the same. Names, exports, imports and source lines carry over.
#[derive(Parser)]
#[command(name = "vbc-lift")]
struct Lift {
    /// WebAssembly module to lift; - or none is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: Operand,

    /// Compress sections with zstd where that makes them smaller
    #[arg(long)]
    zstd: bool,

    /// Keep names, files and lines for debuggers, which is the default
    #[arg(short = 'g', long = "debug", overrides_with = "strip_debug")]
    debug: bool,

    /// Leave out names, files and lines
    #[arg(long, overrides_with = "debug")]
    strip_debug: bool,

    /// Record file names that begin with OLD as if they began with NEW; may be repeated, the last that applies counts
    #[arg(long, value_name = "OLD=NEW", value_parser = vbc_cli::prefix_map)]
    file_prefix_map: Vec<(String, String)>,

    #[command(flatten)]
    output: BinaryOutput,

    #[command(flatten)]
    common: Common,
}

impl Tool for Lift {
    const EXAMPLES: Examples = &[
        ("Lift a program", "vbc-lift main.wasm -o main.vitbc"),
        ("Run a program", "vbc-lift main.wasm | vbc-run -"),
        (
            "See what a text means",
            "vbc-lift main.wat | vbc-dump --code -",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let _progress = session.working("lifting");
        let input = session.read(&self.file, Access::Copy)?;
        let bytes = input.bytes.as_bytes();
        let options = Options {
            strip_debug: self.strip_debug,
            file_prefix_maps: self.file_prefix_map.clone(),
            threads: session.threads(),
            limits: session.limits().clone(),
        };
        let lifted = lift_any(&input.name, bytes, &options)?;
        for warning in &lifted.warnings {
            session.report(warning);
        }
        let module = lifted.module;
        session.say(
            1,
            format_args!(
                "{} bytes of input, {} functions, {} words of code",
                bytes.len(),
                module.functions.len(),
                module.code.len()
            ),
        );
        drop(input);
        session.write_module(&module, &self.output, self.zstd)?;
        Ok(exit::YES)
    }
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Lift>()
}
