//! One run of a tool: what was asked for, what has been reported.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use super::color::{Palette, Style};
use super::descriptors;
use super::exit;
use super::flags::{BinaryOutput, Common, TextOutput};
use super::input::{self, Access, Input, Operand};
use super::json;
use super::output::{Output, WriteError};
use super::progress::{self, Progress};
use super::render::render;
use vbc_core::diag::codes::cli::{C0005, C0009, C0010};
use vbc_core::diag::{Diagnostic, Errors, Place, Severity, system_reason};
use vbc_core::format::{self, Limits, WriteOptions};
use vbc_core::module::Module;
use vbc_core::verify::Verified;

/// Why a tool stops before its end.
///
/// Everything that can go wrong turns into one by `?`.
#[derive(Debug)]
pub enum Stop {
    /// Errors that are still to be reported; exit code 1.
    Errors(Errors),
    /// Everything has been reported; the exit code.
    Exit(u8),
    /// Flags or operands that do not go together in a way that their definitions cannot express;
    /// exit code 2.
    Usage(String),
    /// Whoever read standard output has gone away, which is not an error.
    ClosedPipe,
}

impl From<Diagnostic> for Stop {
    fn from(diagnostic: Diagnostic) -> Self {
        Stop::Errors(diagnostic.into())
    }
}

impl From<Errors> for Stop {
    fn from(errors: Errors) -> Self {
        Stop::Errors(errors)
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        match error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<WriteError>())
        {
            Some(WriteError {
                closed_pipe: true, ..
            }) => Stop::ClosedPipe,
            Some(failed) => failed.diagnostic().into(),
            None => Diagnostic::error(&C0009, Place::Nowhere, system_reason(&error)).into(),
        }
    }
}

/// One run of a tool.
#[derive(Debug)]
pub struct Session {
    name: String,
    common: Common,
    /// Whether the tool has a `-t` that produces text instead of binary.
    text_flag: bool,
    palette: Palette,
    limits: Limits,
    stdin_taken: bool,
    errors: usize,
    warnings: usize,
    omitted: usize,
    /// Hashes of the diagnostics so far.
    seen: HashSet<u64>,
    hasher: RandomState,
    started: Instant,
}

impl Session {
    pub(super) fn new(name: &str, common: Common, text_flag: bool) -> Self {
        let palette = Palette::new(common.color.resolve(io::stderr().is_terminal()));
        let mut limits = Limits::default();
        for (name, value) in &common.limit {
            limits.set(name, *value);
        }
        Session {
            name: name.to_owned(),
            common,
            text_flag,
            palette,
            limits,
            stdin_taken: false,
            errors: 0,
            warnings: 0,
            omitted: 0,
            seen: HashSet::new(),
            hasher: RandomState::new(),
            started: Instant::now(),
        }
    }

    /// The name of the tool, `vbc-verify`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether `--json` was given.
    pub fn json(&self) -> bool {
        self.common.json
    }

    /// How often `-v` was given.
    pub fn verbosity(&self) -> u8 {
        self.common.verbose
    }

    /// The limits that input must keep.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Threads to use: `-j`, or as many as there are processors.
    pub fn threads(&self) -> usize {
        match self.common.jobs {
            Some(jobs) => usize::from(jobs),
            None => std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// The colours of standard output, for a tool that prints text there.
    pub fn palette(&self) -> Palette {
        Palette::new(self.common.color.resolve(io::stdout().is_terminal()))
    }

    /// Errors reported so far, shown or not.
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Prints a diagnostic on standard error, unless there were too many before, or the same has
    /// been reported for the same place.
    pub fn report(&mut self, diagnostic: &Diagnostic) {
        if !self.seen.insert(self.hasher.hash_one(diagnostic)) {
            return;
        }
        match diagnostic.severity {
            Severity::Warning if self.common.quiet => return,
            Severity::Warning => self.warnings += 1,
            Severity::Error => self.errors += 1,
        }
        let limit = self.common.error_limit;
        let shown = self.errors + self.warnings - self.omitted - 1;
        if limit != 0 && shown >= limit {
            self.omitted += 1;
            return;
        }
        if self.common.json {
            tell(&json::diagnostic_line(diagnostic));
        } else {
            let gap = if shown > 0 { "\n" } else { "" };
            tell(&format!("{gap}{}", render(diagnostic, self.palette)));
        }
    }

    /// Prints several diagnostics in their order.
    pub fn report_all(&mut self, errors: &Errors) {
        for diagnostic in &errors.0 {
            self.report(diagnostic);
        }
    }

    /// Reports how many diagnostics `--error-limit` left out.
    pub(super) fn report_omitted(&self) {
        if self.omitted == 0 {
            return;
        }
        if self.common.json {
            tell(&json::summary_line(
                self.errors,
                self.warnings,
                self.omitted,
            ));
        } else {
            let (count, s) = (self.omitted, if self.omitted == 1 { "" } else { "s" });
            let word = self.palette.paint(Style::Note, "note");
            tell(&format!(
                "\n{word}: {count} more diagnostic{s} not shown; --error-limit 0 shows all\n"
            ));
        }
    }

    /// Prints something on standard error if `-v` was given at least `level` times.
    ///
    /// The words must be the tool's own; names from files go through [`escape`](super::escape()).
    pub fn say(&self, level: u8, words: impl fmt::Display) {
        if self.common.verbose >= level {
            let seconds = self.started.elapsed().as_secs_f64();
            match self.common.json {
                true => self.tell(&format!("{seconds:.3} s: {words}\n")),
                false => self.tell(&format!("{}: {seconds:.3} s: {words}\n", self.name)),
            }
        }
    }

    /// Prints what a flag asks for on standard error: as it is, or under `--json` each line of it
    /// as an object.
    pub fn tell(&self, text: &str) {
        match self.common.json {
            true => tell(&json::message_lines(&self.name, text)),
            false => tell(text),
        }
    }

    /// The time since the tool began.
    pub fn elapsed(&self) -> std::time::Duration {
        self.started.elapsed()
    }

    /// A progress line for work whose end nobody can foretell: it shows the time.
    pub fn working(&self, label: &'static str) -> Progress {
        self.progress(label, 0)
    }

    /// A progress line for work of `total` units of any kind.
    pub fn progress(&self, label: &'static str, total: u64) -> Progress {
        let visible = !self.common.quiet && !self.common.json && io::stderr().is_terminal();
        Progress::new(label, total, visible)
    }

    /// Reads an operand whole; standard input only once.
    ///
    /// # Errors
    ///
    /// One of the codes `C0001` to `C0008`.
    pub fn read(&mut self, operand: &Operand, access: Access) -> Result<Input, Errors> {
        if *operand == Operand::Stdin {
            if self.stdin_taken {
                let place = Place::File(Arc::from("<stdin>"));
                let message = "standard input is named twice";
                return Err(Diagnostic::error(&C0005, place, message).into());
            }
            self.stdin_taken = true;
            // Somebody may be typing what comes through the pipe.
            let _held = progress::hold();
            return input::read(operand, access, &self.limits);
        }
        input::read(operand, access, &self.limits)
    }

    /// Opens the output of a tool whose result is text.
    ///
    /// # Errors
    ///
    /// `C0009`.
    pub fn text_output(&self, flags: &TextOutput) -> Result<Output, Errors> {
        Output::create(&flags.destination())
    }

    /// Opens the output of a tool whose result is binary, which a terminal gets only by `--force`.
    ///
    /// # Errors
    ///
    /// `C0009`, `C0010`.
    pub fn binary_output(&self, flags: &BinaryOutput) -> Result<Output, Errors> {
        let target = flags.destination();
        let output = Output::create(&target)?;
        if output.is_terminal() && !flags.force {
            let text = if self.text_flag {
                ", print text with -t"
            } else {
                ""
            };
            let help = format!(
                "write to a file with -o FILE{text}, connect a pipe, or insist with --force"
            );
            let place = Place::File(target.name());
            return Err(Diagnostic::error(
                &C0010,
                place,
                "the output is binary, and this is a terminal",
            )
            .with_help(help)
            .into());
        }
        Ok(output)
    }

    /// Writes a module, with its sections compressed if `zstd` is set.
    ///
    /// # Errors
    ///
    /// Those of [`Session::binary_output`] and of writing.
    pub fn write_module(
        &self,
        module: &Module,
        flags: &BinaryOutput,
        zstd: bool,
    ) -> Result<(), Stop> {
        let highest = format::highest_opcode(&module.code);
        self.write_pieces(module, highest, flags, zstd)
    }

    /// Writes a module to where the flags specify. What has been verified need not be looked at
    /// again.
    ///
    /// # Errors
    ///
    /// As [`Session::write_module`].
    pub fn write_verified(
        &self,
        module: &Verified,
        flags: &BinaryOutput,
        zstd: bool,
    ) -> Result<(), Stop> {
        let highest = module.highest_opcode;
        let highest = highest.unwrap_or_else(|| format::highest_opcode(&module.code));
        self.write_pieces(module, highest, flags, zstd)
    }

    fn write_pieces(
        &self,
        module: &Module,
        highest: u16,
        flags: &BinaryOutput,
        zstd: bool,
    ) -> Result<(), Stop> {
        // A terminal is refused before the work of writing.
        let mut output = self.binary_output(flags)?;
        let options = WriteOptions {
            zstd,
            ..WriteOptions::default()
        };
        let pieces = format::pieces(module, &options, highest);
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        self.say(1, format_args!("{bytes} bytes of output"));
        for piece in &pieces {
            output.write_all(piece)?;
        }
        output.finish()?;
        Ok(())
    }

    /// Ends the run: reports what is left and returns the exit code.
    pub(super) fn end(&mut self, result: Result<u8, Stop>) -> u8 {
        let code = match result {
            Ok(code) | Err(Stop::Exit(code)) => code,
            Err(Stop::ClosedPipe) => exit::YES,
            Err(Stop::Usage(_)) => exit::USAGE,
            Err(Stop::Errors(errors)) => {
                self.report_all(&errors);
                exit::NO
            }
        };
        self.report_omitted();
        // However the tool took it, an error that was shown is not a yes, nor is a message that could not be
        // written.
        if code == exit::YES && (self.errors > 0 || UNTOLD.load(Ordering::Relaxed)) {
            exit::NO
        } else {
            code
        }
    }
}

/// Writes to standard error in one piece; `eprintln!` would panic where that is closed or full. If it fails there is
/// nobody left to tell, but the exit code of [`run`](super::run) is not 0 then.
pub fn tell(text: &str) {
    // One message after the other, past the standard library, which reports nothing when a descriptor is not open for
    // writing.
    let write = || {
        let _lock = io::stderr().lock();
        descriptors::write_all(libc::STDERR_FILENO, text.as_bytes())
    };
    let told = progress::without_line(write);
    if told.is_err_and(|error| error.kind() != io::ErrorKind::BrokenPipe) {
        UNTOLD.store(true, Ordering::Relaxed);
    }
}

/// Whether a message could not be written, though somebody may have wanted to read it.
static UNTOLD: AtomicBool = AtomicBool::new(false);

#[cfg(test)]
mod tests {
    use super::*;
    use vbc_core::diag::codes::cli::C0001;

    fn session(limit: usize, quiet: bool) -> Session {
        Session::new(
            "t",
            Common {
                error_limit: limit,
                quiet,
                json: true,
                ..Common::default()
            },
            false,
        )
    }

    fn error() -> Diagnostic {
        Diagnostic::error(&C0001, Place::Nowhere, "m")
    }

    #[test]
    fn the_limit_counts_what_it_leaves_out() {
        for (limit, omitted) in [(0, 0), (1, 4), (5, 0), (6, 0), (2, 3)] {
            let mut session = session(limit, false);
            for n in 0..4 {
                session.report(&Diagnostic::error(&C0001, Place::Nowhere, n.to_string()));
            }
            session.report(&error().warning());
            session.report(&error().warning());
            assert_eq!(
                (session.errors, session.warnings, session.omitted),
                (4, 1, omitted),
                "limit {limit}"
            );
        }
    }

    #[test]
    fn exit_codes() {
        assert_eq!(session(0, false).end(Ok(7)), 7);
        assert_eq!(session(0, false).end(Err(Stop::Exit(124))), 124);
        assert_eq!(session(0, false).end(Err(Stop::ClosedPipe)), exit::YES);
        assert_eq!(session(0, false).end(Err(error().into())), exit::NO);
        let mut reported = session(0, false);
        reported.report(&error());
        assert_eq!(reported.end(Ok(exit::YES)), exit::NO);
        let mut warned = session(0, true);
        warned.report(&error().warning());
        assert_eq!(warned.end(Ok(exit::YES)), exit::YES);
        assert_eq!(warned.warnings, 0, "-q");
    }

    #[test]
    fn standard_input_is_read_once() {
        let mut session = session(0, false);
        session.stdin_taken = true;
        assert_eq!(
            session.read(&Operand::Stdin, Access::Copy).unwrap_err().0[0]
                .code
                .id,
            "C0005"
        );
    }

    #[test]
    fn system_errors_become_diagnostics() {
        let Stop::Errors(errors) = Stop::from(io::Error::from_raw_os_error(28)) else {
            panic!()
        };
        assert_eq!(errors.0[0].message, "No space left on device");
    }
}
