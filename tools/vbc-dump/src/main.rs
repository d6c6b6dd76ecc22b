//! Shows what is in a module.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use vbc_cli::{Access, Common, Operand, Session, Stop, TextOutput, Tool, escape, exit};
use vbc_inspect::{JsonForm, Listing, Options, Selector, View, Views, dump};

const VIEWS: &str = "What to show (a summary if nothing is named; everything under --json)";
const CODE: &str = "Code";

/// Shows what is in a VITBC module, whatever can be read of it
#[derive(Parser)]
#[command(name = "vbc-dump")]
struct Dump {
    /// Files to show; - or none is standard input
    #[arg(value_name = "FILE")]
    files: Vec<Operand>,

    /// Everything but graphs, text and bytes
    #[arg(short, long, help_heading = VIEWS)]
    all: bool,

    /// Header and section table
    #[arg(long, help_heading = VIEWS)]
    headers: bool,

    /// Types, memories, tables, globals, tags, element segments and initialisers
    #[arg(long, help_heading = VIEWS)]
    definitions: bool,

    /// Imports and undefined symbols
    #[arg(long, help_heading = VIEWS)]
    imports: bool,

    /// Exports
    #[arg(long, help_heading = VIEWS)]
    exports: bool,

    /// Symbols
    #[arg(long, help_heading = VIEWS)]
    symbols: bool,

    /// Names
    #[arg(long, help_heading = VIEWS)]
    strings: bool,

    /// Instructions of all functions, or of those of --only
    #[arg(short, long, help_heading = VIEWS)]
    disassemble: bool,

    /// Data rows in hexadecimal
    #[arg(long, help_heading = VIEWS)]
    data: bool,

    /// Line tables
    #[arg(short, long, help_heading = VIEWS)]
    lines: bool,

    /// Sizes by section and by function
    #[arg(long, help_heading = VIEWS)]
    sizes: bool,

    /// Control-flow graphs for Graphviz
    #[arg(long, help_heading = VIEWS)]
    cfg: bool,

    /// The whole module as text, which assembles to the same bytes
    #[arg(long, help_heading = VIEWS)]
    text: bool,

    /// Every byte of the file with its meaning
    #[arg(long, help_heading = VIEWS)]
    bytes: bool,

    /// Only functions with this name (* and ? are wildcards), index (#3), or byte of the file (@0x1a8); may be repeated; shows instructions unless something else is named
    #[arg(long, help_heading = CODE, value_name = "WHICH", value_parser = Selector::parse)]
    only: Vec<Selector>,

    /// Source lines between the instructions, from the module, or from the files that it names, if
    /// they lie below the current folder
    #[arg(short = 'S', long, help_heading = CODE)]
    source: bool,

    /// Read source files below this folder too; may be repeated
    #[arg(long, value_name = "DIR", help_heading = CODE)]
    source_dir: Vec<PathBuf>,

    /// The words of each instruction in hexadecimal
    #[arg(long, help_heading = CODE)]
    words: bool,

    /// Print JSON, one record a line, for very large files
    #[arg(long)]
    jsonl: bool,

    #[command(flatten)]
    output: TextOutput,

    #[command(flatten)]
    common: Common,
}

impl Dump {
    /// What to show, in order.
    fn views(&self) -> Views {
        let named = [
            (self.headers, View::Headers),
            (self.definitions, View::Definitions),
            (self.imports, View::Imports),
            (self.exports, View::Exports),
            (self.symbols, View::Symbols),
            (self.strings, View::Strings),
            (self.disassemble || self.source || self.words, View::Code),
            (self.data, View::Data),
            (self.lines, View::Lines),
            (self.sizes, View::Sizes),
            (self.cfg, View::Cfg),
            (self.text, View::Text),
            (self.bytes, View::Bytes),
        ];
        let wanted = named
            .into_iter()
            .filter(|(wanted, view)| *wanted || self.all && View::ALL.contains(view))
            .map(|(_, view)| view);
        let mut views: Vec<View> = wanted.collect();
        if views.is_empty() {
            views = match (self.only.is_empty(), self.common.json || self.jsonl) {
                (false, _) => vec![View::Code],
                (true, true) => View::ALL.to_vec(),
                (true, false) => vec![View::Summary],
            };
        }
        Views(views)
    }

    fn options(&self, session: &Session) -> Options {
        Options {
            views: self.views(),
            json: match (self.jsonl, self.common.json) {
                (true, _) => Some(JsonForm::Lines),
                (false, true) => Some(JsonForm::Document),
                (false, false) => None,
            },
            only: self.only.clone(),
            listing: Listing {
                words: self.words,
                source: self.source,
            },
            source_dirs: self.source_dir.clone(),
            limits: session.limits().clone(),
        }
    }
}

impl Tool for Dump {
    const EXAMPLES: vbc_cli::Examples = &[
        ("What is in a file", "vbc-dump main.vitbc"),
        (
            "Instructions of some functions",
            "vbc-dump --only 'sort*' main.vitbc",
        ),
        ("Instructions with their source", "vbc-dump -S main.vitbc"),
        (
            "Text that assembles to the same file",
            "vbc-dump --text main.vitbc | vbc-as - -o same.vitbc",
        ),
        (
            "The first function, for a program",
            "vbc-dump --json main.vitbc | jq .functions[0]",
        ),
        (
            "A picture of the control flow",
            "vbc-dump --cfg --only main main.vitbc | dot -Tsvg -o main.svg",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let options = self.options(session);
        let mut output = session.text_output(&self.output)?;
        let files = Operand::or_stdin(&self.files);
        let mut done = 0;
        let _progress = session.working("dumping");
        for file in files {
            let input = match session.read(file, Access::View) {
                Ok(input) => input,
                Err(errors) => {
                    session.report_all(&errors);
                    continue;
                }
            };
            if files.len() > 1 && options.json.is_none() {
                let gap = if done > 0 { "\n" } else { "" };
                writeln!(output, "{gap}==> {} <==", escape(&input.name))?;
            }
            done += 1;
            let faults = dump(&input.name, input.bytes, &options, &mut output)?;
            for fault in &faults {
                session.report(fault);
            }
        }
        if done == 0 {
            // Nothing was seen, so nothing takes the place of a file that is there.
            return Err(Stop::Exit(exit::NO));
        }
        output.finish()?;
        Ok(exit::YES)
    }
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

fn main() -> ExitCode {
    vbc_cli::run::<Dump>()
}
