//! `vbc-as`: text to module.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use vbc_cli::{Access, BinaryOutput, Common, Examples, Input, Operand, Session, Stop, Tool, exit};
use vbc_core::asm::Options;
use vbc_core::diag::codes::text::A0033;
use vbc_core::diag::{Diagnostic, Place};
use vbc_core::format::is_binary;
use vbc_core::module::canonical::canonicalise;

/// Assembles VITBC text (.vitasm) to a module (.vitbc)
///
/// All errors of the text are reported, types included, in the order of their places. A module is
/// accepted in place of a text and written again, compressed or stripped as the flags say.
#[derive(Parser)]
#[command(name = "vbc-as")]
struct Assemble {
    /// Text to assemble; - or none is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    file: Operand,

    /// Only report errors; write nothing
    #[arg(long, conflicts_with_all = ["canonical", "format", "output"])]
    check: bool,

    /// Write the text itself, laid out: indentation, spaces, case, columns; comments stay
    #[arg(long, conflicts_with_all = ["canonical", "zstd", "strip_debug", "embed_source"])]
    format: bool,

    /// Write the canonical text of the module instead of the module
    #[arg(long, conflicts_with = "zstd")]
    canonical: bool,

    /// Compress sections with zstd where that makes them smaller
    #[arg(long)]
    zstd: bool,

    /// Keep names, files and lines for debuggers, which is the default
    #[arg(short = 'g', long = "debug", overrides_with = "strip_debug")]
    debug: bool,

    /// Leave out names, files and lines
    #[arg(long, overrides_with = "debug")]
    strip_debug: bool,

    /// Put the text itself into the module
    #[arg(long, conflicts_with = "strip_debug")]
    embed_source: bool,

    /// Record file names that begin with OLD as if they began with NEW; may be repeated, the last that applies counts
    #[arg(long, value_name = "OLD=NEW", value_parser = vbc_cli::prefix_map)]
    file_prefix_map: Vec<(String, String)>,

    #[command(flatten)]
    output: BinaryOutput,

    #[command(flatten)]
    common: Common,
}

impl Tool for Assemble {
    const EXAMPLES: Examples = &[
        ("Assemble a text", "vbc-as main.vitasm -o main.vitbc"),
        ("Look for errors only", "vbc-as --check main.vitasm"),
        (
            "Assemble for release: small and the same wherever it is built",
            "vbc-as --strip-debug --zstd main.vitasm -o main.vitbc",
        ),
        (
            "Lay a text out, in place",
            "vbc-as --format main.vitasm -o main.vitasm",
        ),
        (
            "Show what a text means, with everything written out",
            "vbc-as --canonical main.vitasm",
        ),
    ];

    fn common(&self) -> &Common {
        &self.common
    }

    fn run(self, session: &mut Session) -> Result<u8, Stop> {
        let _progress = session.working("assembling");
        let input = session.read(&self.file, Access::Copy)?;
        let options = Options {
            strip_debug: self.strip_debug,
            embed_source: self.embed_source,
            file_prefix_maps: self.file_prefix_map.clone(),
            limits: session.limits().clone(),
            ..Options::default()
        };
        let length = input.bytes.as_bytes().len();
        let mut module =
            vbc_core::open_with(&input.name, input.bytes.clone(), &options)?.into_inner();
        if self.strip_debug {
            module.strip_debug();
        }
        // Code that has been verified can be walked.
        let _ = canonicalise(&mut module);
        let words = module.code.len();
        session.say(
            1,
            format_args!("{length} bytes of input, {words} words of code"),
        );
        if self.check {
            return Ok(exit::YES);
        }
        if self.format || self.canonical {
            let flags = vbc_cli::TextOutput {
                output: self.output.output.clone(),
            };
            let text = match self.format {
                true => Some(text(&input)?),
                false => None,
            };
            let mut output = session.text_output(&flags)?;
            match text {
                Some(text) => output.write_all(vbc_core::text::format(text).as_bytes())?,
                None => vbc_core::text::print(&module, &mut output)?,
            }
            output.finish()?;
            return Ok(exit::YES);
        }
        session.write_module(&module, &self.output, self.zstd)?;
        Ok(exit::YES)
    }
}

#[global_allocator]
static ALLOCATOR: vbc_core::storage::Allocator = vbc_core::storage::Allocator;

/// The input as the text that it must be to be laid out.
fn text(input: &Input) -> Result<&str, Stop> {
    let bytes = input.bytes.as_bytes();
    if is_binary(bytes) {
        let place = Place::File(input.name.clone());
        let message = "this is a module, not a text that could be laid out";
        return Err(Diagnostic::error(&A0033, place, message)
            .with_help("--canonical writes its text")
            .into());
    }
    // It has been assembled, so it is UTF-8.
    Ok(std::str::from_utf8(bytes).unwrap_or_default())
}

fn main() -> ExitCode {
    vbc_cli::run::<Assemble>()
}
