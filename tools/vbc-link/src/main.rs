//! `vbc-link`: makes one module of several.

use std::process::ExitCode;

use clap::Parser;
use vbc::cli::{self, Access, BinaryOutput, Common, Examples, Operand, Session, Stop, Tool, exit};
use vbc::diag::Errors;
use vbc::link::{Input, link};

/// Links VITBC modules into one
///
/// With an entry among the inputs the result is a program, in which every symbol must be defined.
/// Without one it is an object, which can be linked further. Support routines (vbc.*) stay
/// undefined: whoever runs or translates a program adds them.
#[derive(Parser)]
#[command(name = "vbc-link")]
struct Link {
    /// Modules to link, binary or text; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<Operand>,

    #[command(flatten)]
    output: BinaryOutput,

    #[command(flatten)]
    common: Common,
}

impl Tool for Link {
    const EXAMPLES: Examples = &[
        (
            "Link a program of two modules",
            "vbc-link main.vitbc list.vitbc -o program.vitbc",
        ),
        (
            "Assemble, link with a library, and run",
            "vbc-as main.vitasm | vbc-link - mathlib.vitbc | vbc-run -",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let mut inputs = Vec::new();
        let mut faulty = false;
        for operand in Operand::or_stdin(&self.files) {
            match open(operand, session) {
                Ok(input) => inputs.push(input),
                Err(errors) => {
                    session.report_all(&errors);
                    faulty = true;
                }
            }
        }
        if faulty {
            return Err(Stop::Exit(exit::NO));
        }
        session.say(1, format_args!("read {} modules", inputs.len()));
        let module = link(&inputs, session.limits())?;
        session.say(
            1,
            format_args!("linked {} functions", module.functions.len()),
        );
        session.write_module(&module, &self.output, false)?;
        Ok(exit::YES)
    }
}

fn open(operand: &Operand, session: &mut Session) -> Result<Input, Errors> {
    let input = session.read(operand, Access::Copy)?;
    let module = vbc::open(&input.name, input.bytes, session.limits())?;
    Ok(Input {
        name: input.name,
        module,
    })
}

fn main() -> ExitCode {
    cli::run::<Link>()
}
