//! `vbc-run`: runs a program with the interpreter.

mod show;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use vbc_cli::{Common, Examples, Session, Stop, Tool, exit};
use vbc_core::diag::Errors;
use vbc_interpreter::{Config, Dispatch, Interpreter, Observer};
use vbc_runner::{Given, Program, Runner};

/// Runs a VITBC program
///
/// The program gets standard input, output and error, and its arguments; everything else by the
/// flags below. Everything after the module is the program's.
#[derive(Parser)]
#[command(name = "vbc-run")]
struct Run {
    #[command(flatten)]
    program: Program,

    /// Write every instruction that is executed with its values to standard error
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "Looking inside")]
    log: Option<Log>,

    /// Print the registers of the last call, the active calls and the memory to standard error
    #[arg(long, help_heading = "Looking inside")]
    dump_vm: bool,

    /// Count instructions by opcode and function, and print the counts to standard error
    #[arg(long, help_heading = "Looking inside")]
    stats: bool,

    /// Choose the engine, for tests
    #[arg(long, value_name = "NAME", value_parser = engine, hide = true)]
    engine: Option<Dispatch>,

    #[command(flatten)]
    common: Common,
}

/// What `--log` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Log {
    /// Instructions as text
    Trace,
    /// Instructions as JSON objects, one a line
    #[value(name = "trace=json")]
    TraceJson,
}

impl Tool for Run {
    const EXAMPLES: Examples = &[
        ("Run a program", "vbc-run main.vitbc"),
        ("Run a text, with arguments", "vbc-run main.vitasm one two"),
        (
            "Call a function and print its result",
            "vbc-run --invoke add add.vitasm 2 -3",
        ),
        (
            "Run what was made by other tools",
            "vbc-as main.vitasm | vbc-run -",
        ),
        (
            "Give a program a folder, which it knows as /data",
            "vbc-run --dir ./files::/data main.vitbc",
        ),
        (
            "Run something that is not trusted",
            "vbc-run --sandbox --timeout 10s --max-memory 64M main.vitbc",
        ),
        ("See every step", "vbc-run --log trace main.vitbc"),
    ];

    const EXIT_CODES: &'static [exit::Row] = exit::RUNNER;

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let mut watcher = Watcher { run: &self };
        self.program.run(session, &mut watcher)
    }
}

/// Shows what the flags ask for.
struct Watcher<'a> {
    run: &'a Run,
}

impl Runner for Watcher<'_> {
    type Engine = Interpreter;

    fn work(&self) -> &'static str {
        "loading"
    }

    fn load(&mut self, program: vbc_linker::Program, given: Given) -> Result<Interpreter, Errors> {
        let config = Config {
            limits: given.limits,
            canonical_nans: given.canonical_nans,
            dispatch: self.run.engine,
            observer: self.run.observer(),
            ..Config::default()
        };
        Interpreter::new(program, given.host, config)
    }

    fn begins(&mut self) {
        if self.run.log() == Some(Log::Trace) {
            vbc_cli::tell("VM Start\n");
        }
    }

    fn ended(&mut self) {
        if self.run.log() == Some(Log::Trace) {
            vbc_cli::tell("VM End\n");
        }
    }

    fn finished(&mut self, session: &Session, interpreter: &mut Interpreter) {
        show::inside(session, interpreter, self.run.dump_vm, self.run.stats);
    }
}

impl Run {
    /// What `--log` writes. Under `--json` that is JSON too.
    fn log(&self) -> Option<Log> {
        match self.log {
            Some(Log::Trace) if self.common.json => Some(Log::TraceJson),
            log => log,
        }
    }

    fn observer(&self) -> Option<Observer> {
        if self.log.is_none() && !self.dump_vm && !self.stats {
            return None;
        }
        let mut observer = Observer::new();
        if self.stats {
            observer = observer.with_counts();
        }
        match self.log() {
            Some(Log::Trace) => observer = observer.with_tracer(Box::new(show::trace_text)),
            Some(Log::TraceJson) => observer = observer.with_tracer(Box::new(show::trace_json)),
            None => {}
        }
        Some(observer)
    }
}

fn engine(word: &str) -> Result<Dispatch, String> {
    Dispatch::named(word).ok_or_else(|| "this build has no such engine".into())
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Run>()
}
