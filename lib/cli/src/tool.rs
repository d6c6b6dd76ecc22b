//! From `main` to the exit code: flags, help, version, man page, completions.

#![allow(unsafe_code, reason = "a signal is ignored")]

use std::ffi::{OsStr, OsString};
use std::io::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::builder::StyledStr;
use clap::error::ErrorKind;
use clap::{ColorChoice as ClapColor, Command, Parser};

use super::color::ColorChoice;
use super::exit;
use super::flags::Common;
use super::json::diagnostic_line;
use super::manual;
use super::output::{Destination, Output};
use super::render::render;
use super::session::{Session, Stop, tell};
use super::version;
use vbc_core::diag::codes::cli::{C0012, C0014, C0018};
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::storage::{End, set_end};

/// A row of the table that `--limits` prints: name, value, what is counted.
pub type Limit = (&'static str, u64, &'static str);

/// A command-line tool.
///
/// The struct with the tool's flags implements it; `main` is then one line:
///
/// ```no_run
/// use clap::Parser;
/// use vbc_cli::{Access, Common, Operand, Session, Stop, TextOutput, Tool, exit};
/// use std::io::Write;
///
/// /// Counts the bytes of a file
/// #[derive(Parser)]
/// #[command(name = "vbc-count")]
/// struct Count {
///     /// File to read; - or none is standard input
///     #[arg(value_name = "FILE", default_value = "-")]
///     file: Operand,
///     #[command(flatten)]
///     output: TextOutput,
///     #[command(flatten)]
///     common: Common,
/// }
///
/// impl Tool for Count {
///     const EXAMPLES: vbc_cli::Examples = &[("Count a module", "vbc-count main.vitbc")];
///
///     fn common(&self) -> &Common {
///         &self.common
///     }
///
///     fn run(self, session: &mut Session) -> Result<u8, Stop> {
///         let input = session.read(&self.file, Access::Copy)?;
///         let mut output = session.text_output(&self.output)?;
///         writeln!(output, "{}", input.bytes.len())?;
///         output.finish()?;
///         Ok(exit::YES)
///     }
/// }
///
/// fn main() -> std::process::ExitCode {
///     vbc_cli::run::<Count>()
/// }
/// ```
pub trait Tool: Parser {
    /// What `--help` shows as examples: what it does, and the command.
    const EXAMPLES: Examples;

    /// What `--help` shows as exit codes.
    const EXIT_CODES: &'static [exit::Row] = exit::TOOL;

    /// Whether a word `@FILE` stands for the words in a file.
    const RESPONSE_FILES: bool = false;

    /// The limits that `--limits` prints; those of modules unless the tool has others too.
    fn limits(session: &Session) -> Vec<Limit> {
        session.limits().table()
    }

    /// The common flags among the tool's own.
    fn common(&self) -> &Common;

    /// Does the work and returns the exit code. Errors that it returns are reported for it.
    ///
    /// # Errors
    ///
    /// Whatever ends the work early.
    fn run(self, session: &mut Session) -> Result<u8, Stop>;
}

/// Pairs of what an example does and its command line.
pub type Examples = &'static [(&'static str, &'static str)];

/// Runs a tool on the arguments of the process.
pub fn run<T: Tool>() -> ExitCode {
    let command = command::<T>();
    let arguments: Vec<OsString> = std::env::args_os().collect();
    announce_panics(command.get_name(), asks_for_json(&arguments));
    // A file that may not become longer is an error of writing like others.
    // SAFETY: nothing of ours is called by it.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
    ExitCode::from(guarded(|| dispatch::<T>(command, arguments)))
}

/// Turns a panic, about which the hook has spoken, into an exit code. Whatever the work held is
/// dropped on the way here, temporary files too.
fn guarded(work: impl FnOnce() -> u8) -> u8 {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(exit::INTERNAL)
}

/// The command line of a tool with everything that is the same for all: version, examples, exit codes.
pub fn command<T: Tool>() -> Command {
    let command = T::command();
    // Help shows the tool's name however the file was called.
    let name = command.get_name().to_owned();
    command
        .bin_name(name)
        .version(version::SHORT.as_str())
        .long_version(version::LONG.as_str())
        .after_long_help(manual::after_help::<T>())
}

fn dispatch<T: Tool>(command: Command, arguments: Vec<OsString>) -> u8 {
    let command = command.color(clap_color(&arguments));
    let text_flag = command
        .get_arguments()
        .any(|argument| argument.get_short() == Some('t'));
    let name = command.get_name().to_owned();
    let json = asks_for_json(&arguments);
    let arguments = match T::RESPONSE_FILES {
        true => match super::response::expand(arguments) {
            Ok(arguments) => arguments,
            Err(errors) => {
                let common = Common {
                    json,
                    ..Common::default()
                };
                let mut session = Session::new(&name, common, false);
                return session.end(Err(errors.into()));
            }
        },
        false => arguments,
    };
    let parsed = command
        .clone()
        .try_get_matches_from(arguments)
        .and_then(|mut matches| {
            T::from_arg_matches_mut(&mut matches)
                .map_err(|error| error.format(&mut command.clone()))
        });
    let tool = match parsed {
        Ok(tool) => tool,
        Err(error) => return print_clap(&name, &command, &error, json),
    };
    set_last_words(tool.common().json);
    let mut session = Session::new(&name, tool.common().clone(), text_flag);
    let result = match informative::<T>(&session, tool.common(), &command) {
        Some(Ok(text)) => print(&text),
        Some(Err(errors)) => {
            session.report_all(&errors);
            Err(Stop::Exit(exit::USAGE))
        }
        None => tool.run(&mut session),
    };
    if let Err(Stop::Usage(message)) = result {
        let error = command.clone().error(ErrorKind::ArgumentConflict, message);
        return print_clap(&name, &command, &error, json);
    }
    session.end(result)
}

/// The text of a flag that only prints something, if one was given.
fn informative<T: Tool>(
    session: &Session,
    common: &Common,
    command: &Command,
) -> Option<Result<Vec<u8>, Errors>> {
    if let Some(code) = &common.explain {
        return Some(manual::explain(code).map(String::into_bytes));
    }
    if common.limits {
        return Some(Ok(manual::limits(&T::limits(session)).into_bytes()));
    }
    common
        .generate
        .map(|what| Ok(manual::generate::<T>(command.clone(), what)))
}

fn print(text: &[u8]) -> Result<u8, Stop> {
    let mut output = Output::create(&Destination::Stdout)?;
    output.write_all(text)?;
    output.finish()?;
    Ok(exit::YES)
}

/// Prints help, version or an error of the command line.
fn print_clap(name: &str, command: &Command, error: &clap::Error, json: bool) -> u8 {
    let coloured = |terminal| match command.get_color() {
        ClapColor::Always => true,
        ClapColor::Never => false,
        ClapColor::Auto => ColorChoice::Auto.resolve(terminal),
    };
    let text = |text: StyledStr, terminal| {
        if coloured(terminal) {
            text.ansi().to_string()
        } else {
            text.to_string()
        }
    };
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let shown = text(error.render(), io::IsTerminal::is_terminal(&io::stdout()));
        return Session::new(name, Common::default(), false).end(print(shown.as_bytes()));
    }
    if json {
        tell(&diagnostic_line(&usage_error(&error.render().to_string())));
        return exit::USAGE;
    }
    tell(&text(
        error.render(),
        io::IsTerminal::is_terminal(&io::stderr()),
    ));
    exit::USAGE
}

/// What clap reports about a command line: `error: ` and what is wrong, then tips and the usage.
fn usage_error(text: &str) -> Diagnostic {
    let text = text.trim().strip_prefix("error: ").unwrap_or(text.trim());
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let joined = |text: &str| {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let lines = lines.iter().filter(|line| !line.is_empty());
        lines.copied().collect::<Vec<_>>().join(" ")
    };
    let diagnostic = Diagnostic::error(&C0018, Place::Nowhere, joined(message));
    match rest.is_empty() {
        true => diagnostic,
        false => diagnostic.with_help(joined(rest)),
    }
}

/// Whether a command line that need not be understood asks for JSON.
fn asks_for_json(arguments: &[OsString]) -> bool {
    let words = arguments.iter().skip(1);
    words
        .take_while(|word| *word != "--")
        .any(|word| word == "--json")
}

/// The colour of help and usage errors, which are printed before flags are known.
fn clap_color(arguments: &[OsString]) -> ClapColor {
    let mut choice = ClapColor::Auto;
    let mut words = arguments
        .iter()
        .skip(1)
        .map(OsString::as_os_str)
        .take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        let value = if word == "--color" {
            words.next()
        } else {
            word.to_str()
                .and_then(|w| w.strip_prefix("--color="))
                .map(OsStr::new)
        };
        match value.and_then(OsStr::to_str) {
            Some("always") => choice = ClapColor::Always,
            Some("never") => choice = ClapColor::Never,
            _ => {}
        }
    }
    choice
}

/// Makes a panic one plain sentence. The last line of defence: no input should ever get here.
fn announce_panics(name: &str, json: bool) {
    let name = name.to_owned();
    std::panic::set_hook(Box::new(move |panic| {
        let payload = panic.payload();
        let words = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map(|at| (at.file(), at.line()));
        let diagnostic = internal_error(&name, place, words.unwrap_or("no message"));
        tell(&match json {
            true => diagnostic_line(&diagnostic),
            false => render(&diagnostic, super::Palette::default()),
        });
    }));
}

/// Prepares what is reported when there is no storage left, for then there is none to report it
/// with.
fn set_last_words(json: bool) {
    let words = |message: &str, help: Option<&str>| {
        let diagnostic = Diagnostic::error(&C0014, Place::Nowhere, message);
        let diagnostic = match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        };
        match json {
            true => super::diagnostic_line(&diagnostic),
            false => render(&diagnostic, super::Palette::default()),
        }
    };
    let system = words("out of memory: the system has no more to give", None);
    let limit = words(
        "out of memory: reading, verifying and compiling need more than --max-memory allows",
        Some("allow more with --max-memory"),
    );
    set_end(End {
        system: system.into(),
        limit: limit.into(),
        tidy_up: vbc_core::interrupt::tidy_up,
    });
}

fn internal_error(name: &str, place: Option<(&str, u32)>, words: &str) -> Diagnostic {
    let place = place.map_or(String::new(), |(file, line)| format!(" at {file}:{line}"));
    let message = format!(
        "internal error of {name} {}{place}: {words}",
        *version::SHORT
    );
    Diagnostic::error(&C0012, Place::Nowhere, message)
        .with_help("this is a bug in the tool; please report this message together with the input")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Parser)]
    #[command(name = "vbc-test")]
    struct Flags {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        output: super::super::BinaryOutput,
    }

    impl Tool for Flags {
        const EXAMPLES: Examples = &[("Do it", "vbc-test x")];

        fn common(&self) -> &Common {
            &self.common
        }

        fn run(self, _: &mut Session) -> Result<u8, Stop> {
            if self.output.destination() != Destination::Stdout {
                return Err(Stop::Usage("not to a file".into()));
            }
            Ok(if self.common.quiet { 1 } else { 0 })
        }
    }

    fn dispatched(arguments: &[&str]) -> u8 {
        dispatch::<Flags>(
            command::<Flags>(),
            arguments.iter().map(OsString::from).collect(),
        )
    }

    #[test]
    fn the_definitions_are_sound() {
        command::<Flags>().debug_assert();
    }

    #[test]
    fn exit_codes_of_the_command_line() {
        assert_eq!(dispatched(&["t"]), 0);
        assert_eq!(dispatched(&["t", "-q"]), 1);
        assert_eq!(dispatched(&["t", "--no-such-flag"]), 2);
        assert_eq!(dispatched(&["t", "--color", "sometimes"]), 2);
        assert_eq!(dispatched(&["t", "--jobs", "0"]), 2);
        assert_eq!(dispatched(&["t", "-o", "x"]), 2);
        assert_eq!(dispatched(&["t", "--explain", "Z9999"]), 2);
        assert_eq!(dispatched(&["t", "--limit", "registers=3"]), 0);
        assert_eq!(dispatched(&["t", "--limit", "nothing=3"]), 2);
        assert_eq!(dispatched(&["t", "--limit", "registers=50001"]), 2);
    }

    #[test]
    fn long_help_ends_with_examples_and_exit_codes() {
        let help = command::<Flags>().render_long_help().to_string();
        assert!(
            help.contains("Examples:\n  Do it:\n      vbc-test x\n\nExit codes:\n    0  done"),
            "{help}"
        );
        assert!(
            !command::<Flags>()
                .render_help()
                .to_string()
                .contains("Examples")
        );
    }

    #[test]
    fn colour_is_known_before_parsing() {
        let color =
            |words: &[&str]| clap_color(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(color(&["t", "--color", "never", "-x"]), ClapColor::Never);
        assert_eq!(color(&["t", "--color=always"]), ClapColor::Always);
        assert_eq!(color(&["t", "--", "--color=always"]), ClapColor::Auto);
    }

    #[test]
    fn every_form_is_generated() {
        use crate::Generated;
        for what in [
            Generated::Man,
            Generated::Bash,
            Generated::Zsh,
            Generated::Fish,
            Generated::Powershell,
        ] {
            let text =
                String::from_utf8(manual::generate::<Flags>(command::<Flags>(), what)).unwrap();
            assert!(
                text.contains("error-limit") || text.contains("error\\-limit"),
                "{what:?}: {text}"
            );
        }
    }

    #[test]
    fn a_panic_is_an_exit_code_and_a_sentence() {
        assert_eq!(guarded(|| 3), 3);
        // `resume_unwind` is a panic without the hook's words.
        assert_eq!(
            guarded(|| std::panic::resume_unwind(Box::new(1))),
            exit::INTERNAL
        );
        let shown = internal_error("vbc-test", Some(("x.rs", 7)), "index\nout").to_string();
        let start = format!(
            "error[C0012]: internal error of vbc-test {}",
            *version::SHORT
        );
        assert_eq!(shown, format!("{start} at x.rs:7: index\nout"));
    }
}
