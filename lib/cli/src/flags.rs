//! The flags that tools have in common; a tool flattens these structs into its own.

use clap::Args;

use super::color::ColorChoice;
use super::output::Destination;
use vbc_core::format::Limits;

const COMMON: &str = "Common options";

/// Flags of every tool.
#[derive(Args, Clone, Debug, Default)]
pub struct Common {
    /// Print errors only: no warnings, no progress
    #[arg(short, long, help_heading = COMMON, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Say on standard error what is done, and how long it takes; repeat for more
    #[arg(short, long, help_heading = COMMON, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// When to use colour
    #[arg(long, help_heading = COMMON, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,

    /// Print diagnostics as JSON, one object a line; the result too where the tool has a JSON form
    #[arg(long, help_heading = COMMON)]
    pub json: bool,

    /// Threads to use; as many as there are processors by default
    #[arg(short, long = "jobs", alias = "threads", help_heading = COMMON, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Stop printing after this many errors; 0 prints all
    #[arg(long, help_heading = COMMON, value_name = "N", default_value_t = 20)]
    pub error_limit: usize,

    /// Explain a diagnostic code such as V0137, with an example, and exit
    #[arg(long, help_heading = COMMON, value_name = "CODE")]
    pub explain: Option<String>,

    /// Print the limits that input must keep, and exit
    #[arg(long, help_heading = COMMON)]
    pub limits: bool,

    /// Lower one of the limits, for tests
    #[arg(long, hide = true, value_name = "NAME=N", value_parser = lowered)]
    pub limit: Vec<(String, u64)>,

    /// Print the man page or the completions for a shell, and exit
    #[arg(long, help_heading = COMMON, value_name = "WHAT", value_enum)]
    pub generate: Option<Generated>,
}

/// Reads the value of `--limit`: a name of the table that `--limits` prints, and a lower value.
fn lowered(word: &str) -> Result<(String, u64), String> {
    let (name, value) = word.split_once('=').ok_or("not of the form NAME=N")?;
    let value = value.parse().map_err(|_| "not a number")?;
    let table = Limits::default().table();
    let (_, highest, _) = table
        .iter()
        .find(|row| row.0 == name)
        .ok_or("there is no such limit; --limits prints them")?;
    if value > *highest {
        return Err(format!(
            "limits can only be lowered, and this one is {highest}"
        ));
    }
    Ok((name.to_owned(), value))
}

/// Reads the value of `--file-prefix-map`.
///
/// # Errors
///
/// When there is no equals sign.
pub fn prefix_map(word: &str) -> Result<(String, String), String> {
    let (old, new) = word.split_once('=').ok_or("not of the form OLD=NEW")?;
    Ok((old.to_owned(), new.to_owned()))
}

/// What `--generate` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Generated {
    /// The man page, in roff
    Man,
    /// Completions for bash
    Bash,
    /// Completions for zsh
    Zsh,
    /// Completions for fish
    Fish,
    /// Completions for PowerShell
    Powershell,
}

/// `-o` of a tool whose result is text.
#[derive(Args, Clone, Debug, Default)]
pub struct TextOutput {
    /// Write the result to a file, which is replaced at once or not at all; - is standard output, the default
    #[arg(short, long, value_name = "FILE", value_parser = clap::value_parser!(Destination))]
    pub output: Option<Destination>,
}

/// `-o` and `--force` of a tool whose result is binary.
#[derive(Args, Clone, Debug, Default)]
pub struct BinaryOutput {
    /// Write the result to a file, which is replaced at once or not at all; - is standard output, the default
    #[arg(short, long, value_name = "FILE", value_parser = clap::value_parser!(Destination))]
    pub output: Option<Destination>,

    /// Write binary output even to a terminal
    #[arg(long)]
    pub force: bool,
}

impl TextOutput {
    /// Where the result goes.
    pub fn destination(&self) -> Destination {
        self.output.clone().unwrap_or(Destination::Stdout)
    }
}

impl BinaryOutput {
    /// Where the result goes.
    pub fn destination(&self) -> Destination {
        self.output.clone().unwrap_or(Destination::Stdout)
    }
}
