//! `vbc-link`: makes one module of several.

mod archive;
mod dependencies;
mod executable;
mod inputs;
mod map;
mod queries;
mod reproduce;
mod stats;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use vbc_cli::{BinaryOutput, Common, Destination, Examples, Session, Stop, Tool, exit};
use vbc_core::diag::{Diagnostic, Errors, Place, counted};
use vbc_linker::{Options, Strip, link_with, select};

use inputs::{Operands, Read};

/// Links VITBC modules into one
///
/// With an entry among the inputs the result is a program, in which every symbol must be defined.
/// Without one it is an object or a library, which can be linked further. Support routines (vbc.*)
/// stay undefined: whoever runs or translates a program adds them. Members of archives are taken as
/// they are needed, wherever the archive stands. A word @FILE stands for the words in a file.
#[derive(Parser)]
#[command(name = "vbc-link")]
struct Link {
    #[command(flatten)]
    operands: Operands,

    #[command(flatten)]
    output: BinaryOutput,

    /// Look for libraries of -l in a folder; may be repeated
    #[arg(short = 'L', long, value_name = "DIR")]
    library_path: Vec<PathBuf>,

    /// Make an archive of the inputs, with an index of what they define
    #[arg(long, conflicts_with_all = ["relocatable", "entry", "export", "map"])]
    archive: bool,

    /// Link to an object, which may keep undefined symbols, even if there is an entry
    #[arg(short, long)]
    relocatable: bool,

    /// Make a function the entry, whatever entry the inputs have
    #[arg(long, value_name = "SYMBOL")]
    entry: Option<String>,

    /// Export a symbol, under its own name or another; may be repeated
    #[arg(long, value_name = "SYMBOL[=NAME]", value_parser = export)]
    export: Vec<(String, String)>,

    /// Export every function, table, memory, global and tag that is neither local nor hidden
    #[arg(long)]
    export_all: bool,

    /// Make undefined functions, globals, tables and tags imports of the module env
    #[arg(long)]
    allow_undefined: bool,

    /// Make an undefined symbol NAME the import MODULE:NAME; may be repeated
    #[arg(long, value_name = "MODULE:NAME", value_parser = import)]
    import: Vec<(String, String)>,

    /// Leave out what nothing needs; the default for a program
    #[arg(long, overrides_with = "no_gc_sections")]
    gc_sections: bool,

    /// Keep what nothing needs
    #[arg(long, overrides_with = "gc_sections")]
    no_gc_sections: bool,

    /// Keep a symbol and what it needs; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    keep: Vec<String>,

    /// Say on standard error what is left out because nothing needs it
    #[arg(long)]
    print_gc: bool,

    /// Say on standard error why a symbol is in the result; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    why_live: Vec<String>,

    /// Say on standard error which inputs define and use a symbol; may be repeated
    #[arg(long, value_name = "SYMBOL")]
    trace_symbol: Vec<String>,

    /// Leave debug information out
    #[arg(long)]
    strip_debug: bool,

    /// Leave debug information and the symbols of definitions out
    #[arg(long, conflicts_with = "relocatable")]
    strip_all: bool,

    /// Compress the sections with zstd
    #[arg(long)]
    zstd: bool,

    /// Write a map of the result: what it holds, where it comes from, what was left out
    #[arg(long, value_name = "FILE", value_parser = clap::value_parser!(Destination))]
    map: Option<Destination>,

    /// Write the map as JSON
    #[arg(long, value_name = "FILE", value_parser = clap::value_parser!(Destination))]
    map_json: Option<Destination>,

    /// Write the files that were read as a rule for make
    #[arg(long, value_name = "FILE", value_parser = clap::value_parser!(Destination))]
    dependency_file: Option<Destination>,

    /// Write everything that was read to a tar archive, with a response file that repeats the link
    #[arg(long, value_name = "FILE", value_parser = clap::value_parser!(Destination))]
    reproduce: Option<Destination>,

    /// Say on standard error how large everything is, and how long each pass takes
    #[arg(long)]
    stats: bool,

    #[command(flatten)]
    executable: executable::Flags,

    #[command(flatten)]
    common: Common,
}

/// Reads the value of `--export`.
fn export(word: &str) -> Result<(String, String), String> {
    let (symbol, name) = word.split_once('=').unwrap_or((word, word));
    match symbol.is_empty() || name.is_empty() {
        true => Err("not of the form SYMBOL or SYMBOL=NAME".to_owned()),
        false => Ok((symbol.to_owned(), name.to_owned())),
    }
}

/// Reads the value of `--import`.
fn import(word: &str) -> Result<(String, String), String> {
    let (module, name) = word.split_once(':').ok_or("not of the form MODULE:NAME")?;
    match name.is_empty() {
        true => Err("not of the form MODULE:NAME".to_owned()),
        false => Ok((module.to_owned(), name.to_owned())),
    }
}

impl Tool for Link {
    const RESPONSE_FILES: bool = true;

    const EXAMPLES: Examples = &[
        (
            "Link a program of two modules",
            "vbc-link main.vitbc list.vitbc -o program.vitbc",
        ),
        (
            "Assemble, link with a library, and run",
            "vbc-as main.vitasm | vbc-link - mathlib.vitbc | vbc-run -",
        ),
        (
            "Make an archive, and link with it",
            "vbc-link --archive sin.vitbc cos.vitbc -o libmath.a && \\\n      vbc-link main.vitbc -L . -l math -o program.vitbc",
        ),
        (
            "See why a function is in the program",
            "vbc-link main.vitbc libmath.a --why-live cos -o program.vitbc",
        ),
        (
            "Make an executable of an object that vbc-aot has compiled, and a library of C's",
            "vbc-link --exe main.o libx.a -o main",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let _progress = session.working("linking");
        if self.executable.exe {
            return self.make_executable(session);
        }
        // The result of a link does not depend on the number of threads.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(session.threads());
        let pool = pool.build().map_err(std::io::Error::other)?;
        pool.install(|| self.link(session))
    }
}

impl Link {
    /// Links objects of compilers instead of modules.
    fn make_executable(&self, session: &Session) -> Result<u8, Stop> {
        let strip = self.strip();
        let (operands, folders) = (&self.operands, &self.library_path);
        let output = self.output.destination();
        self.executable
            .link(session, operands, folders, output, strip)
    }

    fn link(self, session: &mut Session) -> Result<u8, Stop> {
        let opened = inputs::read(&self.operands, &self.library_path, session);
        let read: Vec<&Read> = opened.iter().filter_map(|one| one.read.as_ref()).collect();
        if let Some(target) = &self.reproduce {
            reproduce::write(target, &self, &read, session.limits())?;
        }
        if let Some(target) = &self.dependency_file {
            dependencies::write(target, &self.output.destination(), &read)?;
        }
        let bytes = read.iter().map(|read| read.length()).sum();
        let sources = inputs::sources(opened, session)?;
        if self.archive {
            archive::write(sources, &self.output, session)?;
            return Ok(exit::YES);
        }
        let options = self.options(session);
        let (inputs, taken) = select(sources, &options)?;
        let count = counted(inputs.len() as u64, "module");
        session.say(1, format_args!("{count} linked together"));
        let linked = link_with(&inputs, &options)?;
        queries::trace(session, &linked, &taken, &self.trace_symbol);
        if self.print_gc {
            queries::left_out(session, &linked);
        }
        queries::why_live(session, &linked);
        if let Some(target) = &self.map {
            map::write_text(target, &linked, &taken)?;
        }
        if let Some(target) = &self.map_json {
            map::write_json(target, &linked, &taken)?;
        }
        session.write_verified(&linked.module, &self.output, self.zstd)?;
        if self.stats {
            stats::tell_all(session, &inputs, bytes, &linked);
        }
        // The process ends, and the system takes its memory faster in one piece than bit by bit.
        std::mem::forget((inputs, linked));
        Ok(exit::YES)
    }

    fn strip(&self) -> Strip {
        match (self.strip_all, self.strip_debug) {
            (true, _) => Strip::All,
            (_, true) => Strip::Debug,
            _ => Strip::Nothing,
        }
    }

    fn options(&self, session: &Session) -> Options {
        Options {
            limits: session.limits().clone(),
            threads: session.threads(),
            relocatable: self.relocatable,
            entry: self.entry.clone(),
            exports: self.export.clone(),
            export_all: self.export_all,
            allow_undefined: self.allow_undefined,
            imports: self.import.clone(),
            gc: match (self.gc_sections, self.no_gc_sections) {
                (true, _) => Some(true),
                (_, true) => Some(false),
                _ => None,
            },
            keep: self.keep.clone(),
            strip: self.strip(),
            trace: self.trace_symbol.clone(),
            why_live: self.why_live.clone(),
            map: self.map.is_some() || self.map_json.is_some(),
        }
    }
}

/// An error about a library or a file by name.
fn about(code: &'static vbc_core::diag::Code, name: &str, message: String) -> Errors {
    Diagnostic::error(code, Place::File(name.into()), message).into()
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Link>()
}
