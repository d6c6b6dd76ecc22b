//! Runs programs as `vbc-run` and `vbc-jit` do, on a host that makes it hard for its functions.

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use vbc::cli::{self, Common, Examples, Session, Stop, Tool, exit};
use vbc::diag::Errors;
use vbc::engine::Engine;
use vbc::host::Trial;
use vbc::interp::{self, Dispatch, Interpreter};
use vbc::jit::{self, NativeInstance};
use vbc::link;
use vbc::runner::{Given, Program, Runner};

/// Runs a program on a host that makes it hard for its functions
#[derive(Parser)]
#[command(name = "vbc-trial")]
struct Run {
    #[command(flatten)]
    program: Program,

    /// What runs it
    #[arg(long, value_enum, default_value = "match")]
    engine: Kind,

    #[command(flatten)]
    common: Common,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// The portable engine of the interpreter
    Match,
    /// The other one, where this build has it
    Tail,
    /// Native code
    Native,
}

impl Tool for Run {
    const EXAMPLES: Examples = &[("Run a program", "vbc-trial main.vitbc")];
    const EXIT_CODES: &'static [exit::Row] = exit::RUNNER;

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        match self.engine {
            Kind::Match => self.program.run(session, &mut Load(interpreted("match"))),
            Kind::Tail => self.program.run(session, &mut Load(interpreted("tail"))),
            Kind::Native => self.program.run(session, &mut Load(native)),
        }
    }
}

fn interpreted(
    engine: &'static str,
) -> impl FnMut(link::Program, Given) -> Result<Interpreter, Errors> {
    move |program, given| {
        let config = interp::Config {
            limits: given.limits,
            canonical_nans: given.canonical_nans,
            dispatch: Dispatch::named(engine),
            ..interp::Config::default()
        };
        Interpreter::new(program, given.host, config)
    }
}

fn native(program: link::Program, given: Given) -> Result<NativeInstance, Errors> {
    let config = jit::Config {
        options: jit::Options {
            canonical_nans: given.canonical_nans,
            ..jit::Options::default()
        },
        limits: given.limits,
        plain_support: false,
    };
    NativeInstance::new(program, given.host, config)
}

/// Loads a program into an engine.
struct Load<F>(F);

impl<E: Engine, F: FnMut(link::Program, Given) -> Result<E, Errors>> Runner for Load<F> {
    type Engine = E;

    fn work(&self) -> &'static str {
        "loading"
    }

    fn load(&mut self, program: link::Program, mut given: Given) -> Result<E, Errors> {
        given.host.trial = Trial {
            blocks: true,
            copies: true,
        };
        (self.0)(program, given)
    }
}

fn main() -> ExitCode {
    cli::run::<Run>()
}
