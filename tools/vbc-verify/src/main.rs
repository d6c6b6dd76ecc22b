//! `vbc-verify`: checks modules and says nothing when they are valid.

mod check;

use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use clap::Parser;
use vbc_cli::{
    Access, BinaryOutput, Common, Examples, Input, Operand, Session, Stop, Tool, exit,
    expand_folders,
};
use vbc_core::diag::{Diagnostic, Errors};
use vbc_core::verify::Options;

use check::{Depth, Outcome};

/// Files are read and checked in groups of this many for each thread.
const FILES_AT_ONCE: usize = 8;

/// Checks VITBC modules: CRC, structure, types, definite assignment
///
/// Valid input gives no output and exit code 0. All errors of all files are reported, in the order
/// of the files and of the places in them.
#[derive(Parser)]
#[command(name = "vbc-verify")]
struct Verify {
    /// Modules to check; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<Operand>,

    /// Check the CRCs and the framing only, also of the old layouts called version 2
    #[arg(long, conflicts_with = "structure")]
    crc_only: bool,

    /// Check all but the code
    #[arg(long)]
    structure: bool,

    /// Check the .vitbc and .vitasm files in folders
    #[arg(short, long)]
    recursive: bool,

    /// Pass a valid module through to standard output; nothing of one that is not
    #[arg(long, conflicts_with_all = ["recursive", "crc_only", "structure"])]
    tee: bool,

    /// Let --tee write a binary module even to a terminal
    #[arg(long, requires = "tee")]
    force: bool,

    #[command(flatten)]
    common: Common,
}

impl Tool for Verify {
    const EXAMPLES: Examples = &[
        ("Check a module", "vbc-verify main.vitbc"),
        ("Check all modules in a folder", "vbc-verify -r build/"),
        (
            "Run a module only if it is valid",
            "vbc-verify --tee main.vitbc | vbc-run -",
        ),
        ("Look for damage, quickly", "vbc-verify --crc-only *.vitbc"),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let operands = Operand::or_stdin(&self.files);
        if self.tee && operands.len() > 1 {
            let message = "--tee passes one module through, but several are named";
            return Err(Stop::Usage(message.into()));
        }
        let depth = match (self.crc_only, self.structure) {
            (true, _) => Depth::Crc,
            (_, true) => Depth::Structure,
            _ => Depth::Full,
        };
        if self.tee {
            return tee(&operands[0], depth, self.force, session);
        }
        let (operands, unreadable) = if self.recursive {
            expand_folders(operands, &["vitbc", "vitasm"])
        } else {
            (operands.to_vec(), Vec::new())
        };
        for diagnostic in &unreadable {
            session.report(diagnostic);
        }
        check_all(&operands, depth, session);
        Ok(exit::YES)
    }
}

fn options(session: &Session, threads: usize) -> Options {
    Options {
        threads,
        limits: session.limits().clone(),
        ..Options::default()
    }
}

/// Checks one module and writes it to standard output if it is valid.
fn tee(operand: &Operand, depth: Depth, force: bool, session: &mut Session) -> Result<u8, Stop> {
    let _progress = session.working("verifying");
    // A copy: what goes out is what was checked.
    let input = session.read(operand, Access::Copy)?;
    let outcome = check::check(&input, depth, &options(session, session.threads()));
    let valid = outcome.is_valid();
    report(&input.name.clone(), outcome, session);
    if !valid {
        return Ok(exit::NO);
    }
    let flags = BinaryOutput {
        output: None,
        force: force || !vbc_core::format::is_binary(input.bytes.as_bytes()),
    };
    let mut output = session.binary_output(&flags)?;
    output.write_all(input.bytes.as_bytes())?;
    output.finish()?;
    Ok(exit::YES)
}

/// Checks files in order: one at a time on all threads, or many at a time on one thread each.
fn check_all(operands: &[Operand], depth: Depth, session: &mut Session) {
    let threads = session.threads();
    let progress = session.progress("verifying", operands.len() as u64);
    let group = if operands.len() < 2 * threads {
        1
    } else {
        threads * FILES_AT_ONCE
    };
    for operands in operands.chunks(group) {
        let inputs: Vec<_> = operands
            .iter()
            .map(|operand| session.read(operand, Access::View))
            .collect();
        let options = options(session, if operands.len() == 1 { threads } else { 1 });
        let outcomes = check_group(&inputs, depth, &options, threads);
        for ((operand, input), outcome) in operands.iter().zip(inputs).zip(outcomes) {
            match (input, outcome) {
                (Ok(_), Some(outcome)) => report(&operand.name(), outcome, session),
                (Err(errors), _) => session.report_all(&errors),
                (Ok(_), None) => {}
            }
            progress.advance(1);
        }
    }
}

/// The outcomes of the inputs that could be read, in their order.
fn check_group(
    inputs: &[Result<Input, Errors>],
    depth: Depth,
    options: &Options,
    threads: usize,
) -> Vec<Option<Outcome>> {
    let one = |input: &Result<Input, Errors>| {
        let input = input.as_ref().ok()?;
        Some(check::check(input, depth, options))
    };
    if inputs.len() == 1 || threads == 1 {
        return inputs.iter().map(one).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(input) = inputs.get(number) else {
                return done;
            };
            done.push((number, one(input)));
        }
    };
    let mut outcomes: Vec<_> = inputs.iter().map(|_| None).collect();
    thread::scope(|scope| {
        let workers: Vec<_> = (1..threads.min(inputs.len()))
            // Where no more threads are available, those that there are do the work.
            .filter_map(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut done = work();
        for worker in workers {
            match worker.join() {
                Ok(others) => done.extend(others),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        for (number, outcome) in done {
            outcomes[number] = outcome;
        }
    });
    outcomes
}

fn report(name: &Arc<str>, outcome: Outcome, session: &mut Session) {
    let Outcome {
        diagnostics,
        phases,
    } = outcome;
    for (phase, bytes, time) in phases {
        let seconds = time.as_secs_f64();
        let speed = bytes as f64 / 1e6 / seconds.max(1e-9);
        session.say(
            1,
            format_args!(
                "{}: {phase}: {:.3} ms, {speed:.0} MB/s",
                vbc_cli::escape(name),
                seconds * 1e3
            ),
        );
    }
    diagnostics
        .iter()
        .for_each(|diagnostic: &Diagnostic| session.report(diagnostic));
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Verify>()
}
