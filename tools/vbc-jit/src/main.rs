//! `vbc-jit`: compiles a program to native code in memory and runs it.

mod perf;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use vbc_cli::{Common, Destination, Examples, Output, Session, Stop, Tool, exit};
use vbc_core::diag::Errors;
use vbc_core::module::{Kind, NameSpace};
use vbc_native::codegen::CodeFlags;
use vbc_native::jit::{Config, NativeInstance, Options, Shown, Stats};
use vbc_runner::{Given, Program, Runner};
use vbc_runtime::engine::{Engine, Loaded};

/// Compiles a VITBC program to native code and runs it
///
/// Programs behave as under vbc-run. The program gets standard input, output and error, and its
/// arguments; everything else by the flags below. Everything after the module is the program's.
#[derive(Parser)]
#[command(name = "vbc-jit")]
struct Jit {
    #[command(flatten)]
    program: Program,

    /// Print compiled functions instead of running the program
    #[arg(long, value_name = "FORM", value_enum, help_heading = "Looking inside")]
    emit: Option<Emit>,

    /// Print this function only
    #[arg(
        long,
        value_name = "FUNCTION",
        requires = "emit",
        help_heading = "Looking inside"
    )]
    only: Option<String>,

    /// Print what compiling took and gave to standard error
    #[arg(long, help_heading = "Looking inside")]
    stats: bool,

    /// Tell profilers such as perf where each function lies, in /tmp/perf-PID.map
    #[arg(long, conflicts_with = "sandbox", help_heading = "Looking inside")]
    perf_map: bool,

    /// Tell gdb where each function lies
    #[arg(long, help_heading = "Looking inside")]
    gdb: bool,

    #[command(flatten)]
    code: CodeFlags,

    #[command(flatten)]
    common: Common,
}

/// What `--emit` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Emit {
    /// Cranelift's representation, as translated and as optimised
    Clif,
    /// Machine code
    Asm,
}

impl Tool for Jit {
    const EXAMPLES: Examples = &[
        ("Run a program", "vbc-jit main.vitbc"),
        (
            "Call a function and print its result",
            "vbc-jit --invoke add add.vitasm 2 -3",
        ),
        (
            "Run something that is not trusted",
            "vbc-jit --sandbox --timeout 10s --max-memory 64M main.vitbc",
        ),
        (
            "See the machine code of a function",
            "vbc-jit --emit asm --only main main.vitbc",
        ),
        ("See how long compiling takes", "vbc-jit --stats main.vitbc"),
    ];

    const EXIT_CODES: &'static [exit::Row] = exit::RUNNER;

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        vbc_core::storage::keep_freed_memory();
        self.program.run(session, &mut Compiler { flags: &self })
    }
}

/// Has the program compiled as the flags specify.
struct Compiler<'a> {
    flags: &'a Jit,
}

impl Runner for Compiler<'_> {
    type Engine = NativeInstance;

    fn work(&self) -> &'static str {
        "compiling"
    }

    fn load(
        &mut self,
        program: vbc_linker::Program,
        given: Given,
    ) -> Result<NativeInstance, Errors> {
        let flags = self.flags;
        let mut options = Options {
            threads: flags.common.jobs.map(usize::from),
            canonical_nans: given.canonical_nans,
            ..Options::default()
        };
        flags.code.apply(&mut options);
        let config = Config {
            options,
            limits: given.limits,
            plain_support: false,
        };
        NativeInstance::new(program, given.host, config)
    }

    fn loaded(
        &mut self,
        session: &Session,
        loaded: &mut Loaded<NativeInstance>,
    ) -> Result<Option<u8>, Stop> {
        let native = loaded.engine_mut();
        if self.flags.stats {
            session.tell(&describe(native.stats()));
        }
        if self.flags.perf_map {
            perf::write(native)?;
        }
        if self.flags.gdb {
            native.tell_debugger();
        }
        let Some(form) = self.flags.emit else {
            return Ok(None);
        };
        let functions = match &self.flags.only {
            Some(name) => vec![loaded.function(name)?],
            None => own_functions(loaded.engine().program()),
        };
        let mut output = Output::create(&Destination::Stdout)?;
        let native = loaded.engine_mut();
        for function in functions {
            let module = native.program().module();
            let name = module.display_name(NameSpace::Func, function);
            let shown = match form {
                Emit::Clif => Shown::Clif,
                Emit::Asm => Shown::Assembly,
            };
            let text = native.show(function, shown)?;
            writeln!(output, "; {}\n{text}", vbc_cli::escape(&name))?;
        }
        output.finish()?;
        Ok(Some(exit::YES))
    }
}

/// The functions that the program defines itself.
fn own_functions(program: &vbc_linker::Program) -> Vec<u32> {
    let first = program.module().spaces().imported(Kind::Func);
    (first..program.support_from()).collect()
}

fn describe(stats: &Stats) -> String {
    let milliseconds = |time: std::time::Duration| time.as_secs_f64() * 1e3;
    format!(
        "{:>10} functions\n{:>10} not optimised\n{:>10} IR instructions\n{:>10} bytes of code\n{:>10.3} ms translating\n{:>10.3} ms compiling\n{:>10.3} ms in all\n",
        stats.functions,
        stats.not_optimised.len(),
        stats.instructions,
        stats.bytes,
        milliseconds(stats.translating),
        milliseconds(stats.compiling),
        milliseconds(stats.elapsed),
    )
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Jit>()
}
