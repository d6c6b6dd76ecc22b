//! The flags of the tools that compile: what their code is to be like.

use clap::{Args, ValueEnum};

use super::{Optimise, Options};

/// The flags.
#[derive(Args, Clone, Copy, Debug)]
pub struct CodeFlags {
    /// How hard to try for fast code
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "speed",
        help_heading = "Code"
    )]
    opt: Level,

    /// Find traps by tests in the code instead of signals, and leave the process's signals alone
    #[arg(long, help_heading = "Code")]
    no_signals: bool,

    /// Check every address instead of surrounding memory with unusable pages
    #[arg(long, help_heading = "Code")]
    no_guard_pages: bool,
}

/// What `--opt` chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Compile fast
    None,
    /// Make fast code
    Speed,
    /// Make small code where that costs little
    Size,
}

impl CodeFlags {
    /// Sets options as the flags specify.
    pub fn apply(self, options: &mut Options) {
        options.optimise = match self.opt {
            Level::None => Optimise::None,
            Level::Speed => Optimise::Speed,
            Level::Size => Optimise::Size,
        };
        options.signals &= !self.no_signals;
        options.guard_pages &= !self.no_guard_pages;
    }
}
