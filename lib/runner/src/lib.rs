//! What the tools share that run a program: their flags, and how a run goes.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod ends;
mod native;
mod report;
mod show;
mod watch;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use vbc_cli::{Access, Operand, Session, Stop, exit, tell, unreadable};
use vbc_core::diag::codes::runtime::{R0007, R0013};
use vbc_core::diag::{Diagnostic, Errors, Place, system_reason};
use vbc_core::isa::ValType;
use vbc_core::module::native::not_repeatable;
use vbc_core::storage;
use vbc_linker as link;
use vbc_runtime::engine::{Engine, Loaded, RunError};
use vbc_runtime::heap::{Collector, UnknownCollector};
use vbc_runtime::host::{Folder, GivenFolder, Host, Input, Services, ServicesConfig};
use vbc_runtime::units::{duration, size, stack_size};
use vbc_runtime::{Limits, Names, Value};
use vbc_sandbox::{Mode, Sandbox};

use ends::{limit_words, trap_words};
use report::{Report, ReportFile};
use watch::Watch;

/// The collector that a user names.
fn collector(word: &str) -> Result<Collector, String> {
    word.parse()
        .map_err(|error: UnknownCollector| error.to_string())
}

/// Bytes that a tool may have for its own work beyond those of --max-memory.
const OWN_MEMORY: u64 = 256 << 20;

/// What is reported when the time is up.
const OUT_OF_TIME: &str = "the program ran out of time";

/// The flags that say what is run and what it is given.
#[derive(Args, Debug)]
pub struct Program {
    /// The module, .vitbc or .vitasm, and the arguments of the program, or of the function of
    /// --invoke; - or none is standard input, and the program's own input is then empty
    #[arg(value_name = "FILE [ARGS]", trailing_var_arg = true)]
    words: Vec<OsString>,

    /// Call this function instead of the entry, with arguments of its types, and print its results
    #[arg(long, value_name = "FUNCTION")]
    invoke: Option<String>,

    /// Let the program read this file as its standard input
    #[arg(long, value_name = "FILE")]
    stdin: Option<PathBuf>,

    /// Give the program this folder with all that is in it, under the name after ::, or else as it
    /// is written here
    #[arg(long, value_name = "HOST[::GUEST]", value_parser = OsStringValueParser::new().try_map(|word| GivenFolder::parse(word.into_vec())))]
    dir: Vec<GivenFolder>,

    /// Give the program an environment variable: NAME=VALUE, or NAME with the value that it has here
    #[arg(long, value_name = "NAME[=VALUE]")]
    env: Vec<OsString>,

    /// Give the program all environment variables
    #[arg(long)]
    inherit_env: bool,

    /// Let the program call functions of this C library, which it names so, and which is where the
    /// system finds it or at PATH; they can do whatever this process can do
    #[arg(long, value_name = "LIB[=PATH]", help_heading = "Native functions")]
    native: Vec<OsString>,

    /// Let the program call functions of any C library
    #[arg(long, help_heading = "Native functions")]
    native_any: bool,

    /// Stop with exit code 124 after so many units of fuel: taken backward branches, calls, and
    /// pieces of 4 KiB moved at once
    #[arg(long, value_name = "N", help_heading = "Limits")]
    fuel: Option<u64>,

    /// Stop with exit code 124 after this time, such as 500ms, 10s or 2m; seconds without a unit
    #[arg(long, value_name = "TIME", value_parser = duration, help_heading = "Limits")]
    timeout: Option<Duration>,

    /// Let memory and tables together grow to this size at most, such as 64M or 2G; an element of a
    /// table counts 8 bytes
    #[arg(long, value_name = "BYTES", value_parser = size, help_heading = "Limits")]
    max_memory: Option<u64>,

    /// Use a call stack of this size; deeper recursion traps
    #[arg(long, value_name = "BYTES", value_parser = stack_size, help_heading = "Limits")]
    max_stack: Option<u64>,

    /// Let managed objects take this much at most, such as 64M or 2G, and no more than --max-memory
    /// leaves
    #[arg(long, value_name = "BYTES", value_parser = size, help_heading = "Limits")]
    max_heap: Option<u64>,

    /// How room is made for managed objects: none frees nothing
    #[arg(long, value_name = "COLLECTOR", value_parser = collector, help_heading = "Limits")]
    gc: Option<Collector>,

    /// Have the Linux kernel bound the whole process as well: no files but those of --dir, no network,
    /// no other programs; with try, as far as the kernel can
    #[arg(long, value_name = "try", num_args = 0..=1, require_equals = true, default_missing_value = "1", value_parser = Mode::parse, help_heading = "Limits")]
    sandbox: Option<Mode>,

    /// Start the random numbers with this number, so that they are the same each time
    #[arg(long, value_name = "N", help_heading = "Repeatable runs")]
    seed: Option<u64>,

    /// Make runs the same bit for bit: clocks count, random numbers start with 0 unless --seed says
    /// otherwise, all NaNs are the same, files have no times
    #[arg(long, help_heading = "Repeatable runs")]
    deterministic: bool,

    /// Show the names of functions in backtraces as the module has them, not as sources of Rust and
    /// C++ have them
    #[arg(long, help_heading = "Looking inside")]
    no_demangle: bool,

    /// Write to a file, as JSON, how the run ended
    #[arg(long, value_name = "FILE", help_heading = "Looking inside")]
    report: Option<PathBuf>,
}

/// What a program is given, and the bounds that it keeps.
pub struct Given {
    /// Host functions and services.
    pub host: Host,
    /// The bounds of the run.
    pub limits: Limits,
    /// Whether NaNs from arithmetic are all the same.
    pub canonical_nans: bool,
}

/// What a tool does besides running the program.
pub trait Runner {
    /// What runs the program.
    type Engine: Engine;

    /// What is done before the program begins, in a word for a progress line.
    fn work(&self) -> &'static str;

    /// Loads the program into the engine.
    ///
    /// # Errors
    ///
    /// What keeps it from being run here.
    fn load(&mut self, program: link::Program, given: Given) -> Result<Self::Engine, Errors>;

    /// The program has been loaded. An exit code ends it here.
    ///
    /// # Errors
    ///
    /// What keeps the tool from going on.
    fn loaded(
        &mut self,
        _session: &Session,
        _loaded: &mut Loaded<Self::Engine>,
    ) -> Result<Option<u8>, Stop> {
        Ok(None)
    }

    /// The program is about to begin.
    fn begins(&mut self) {}

    /// The program has come to an end.
    fn ended(&mut self) {}

    /// Everything about the end has been reported.
    fn finished(&mut self, _session: &Session, _engine: &mut Self::Engine) {}
}

/// What goes along with a run: its time, and what is reported about it.
struct Course {
    deadline: Option<Instant>,
    watch: Option<Watch>,
    report: Report,
    file: Option<ReportFile>,
}

impl Course {
    /// From now on the process ends soon after its time is up, whatever it does.
    fn watch(&mut self, session: &Session) {
        self.watch = self.deadline.map(|deadline| {
            let words = limit_words(session, OUT_OF_TIME, "time");
            Watch::start(deadline, words, self.file.clone())
        });
    }

    /// The run has ended, with this exit code.
    fn ended(&self, code: u8) {
        if let Some(watch) = &self.watch {
            watch.ended(code);
        }
    }
}

impl Program {
    /// Runs the program, and returns the exit code.
    ///
    /// # Errors
    ///
    /// What keeps it from being run, or its output from being written.
    pub fn run(&self, session: &mut Session, runner: &mut impl Runner) -> Result<u8, Stop> {
        let mut course = Course {
            deadline: self
                .timeout
                .and_then(|time| Instant::now().checked_add(time)),
            watch: None,
            report: Report::default(),
            file: self.report.clone().map(ReportFile::Named),
        };
        course.watch(session);
        if let Some(most) = self.max_memory {
            storage::set_limit(most.saturating_add(OWN_MEMORY));
        }
        let result = self.run_module(session, runner, &mut course);
        course.ended(match &result {
            Ok(code) | Err(Stop::Exit(code)) => *code,
            Err(Stop::Usage(_)) => exit::USAGE,
            Err(Stop::ClosedPipe) => exit::YES,
            Err(Stop::Errors(_)) => exit::NO,
        });
        if let Err(Stop::Errors(errors)) = &result {
            course.report.invalid(errors);
        }
        if let Some(file) = &course.file {
            course.report.write(file)?;
        }
        result
    }

    /// The module.
    fn module(&self) -> Operand {
        match self.words.first() {
            Some(word) => Operand::from(word.clone()),
            None => Operand::Stdin,
        }
    }

    /// What follows the module; a first `--` only separates.
    fn args(&self) -> &[OsString] {
        match self.words.get(1..).unwrap_or_default() {
            [first, rest @ ..] if first == "--" => rest,
            words => words,
        }
    }

    fn run_module<R: Runner>(
        &self,
        session: &mut Session,
        runner: &mut R,
        course: &mut Course,
    ) -> Result<u8, Stop> {
        let mut progress = session.working(runner.work());
        let input = session.read(&self.module(), Access::Copy)?;
        let (host, sandbox) = self.host(&input.name)?;
        if let Some((mode, sandbox)) = self.sandbox.zip(sandbox) {
            drop(progress);
            self.enter::<R>(session, mode, sandbox, course)?;
            progress = session.working(runner.work());
        }
        let bytes = input.bytes.clone();
        let module = vbc_core::open(&input.name, bytes, session.limits())?;
        session.say(1, "module read and verified");
        if self.deterministic
            && let Some(warning) = not_repeatable(&module)
        {
            session.report(&warning);
        }
        let given = Given {
            host,
            limits: self.limits(course.deadline),
            canonical_nans: self.deterministic,
        };
        let program = link::load(&input.name, module);
        let mut loaded = match program.and_then(|program| runner.load(program, given)) {
            Ok(engine) => Loaded::new(engine),
            Err(errors) if errors.0.iter().any(|error| error.code.id == R0013.id) => {
                return self.end(session, &Err(RunError::TimedOut), course);
            }
            Err(errors) => return Err(errors.into()),
        };
        session.say(1, "program loaded");
        // From here on the terminal is the program's.
        drop(progress);
        if let Some(code) = runner.loaded(session, &mut loaded)? {
            course.report.exited(code.into(), &[]);
            return Ok(code);
        }
        let ended = self.call(&mut loaded, runner);
        session.say(1, "program ended");
        runner.ended();
        let code = self.end(session, &ended, course)?;
        runner.finished(session, loaded.engine_mut());
        Ok(code)
    }

    /// Runs the entry, or the function of `--invoke`. Returns the exit code and the results to
    /// print.
    fn call<R: Runner>(
        &self,
        loaded: &mut Loaded<R::Engine>,
        runner: &mut R,
    ) -> Result<(i32, Vec<Value>), RunError> {
        let Some(name) = &self.invoke else {
            if loaded.has_entry() {
                runner.begins();
            }
            return loaded.run().map(|code| (code, Vec::new()));
        };
        let function = loaded.function(name)?;
        let ty = loaded.engine().function_type(function);
        let types = ty.map(|ty| ty.params.to_vec()).unwrap_or_default();
        let args = arguments(name, &types, self.args())?;
        runner.begins();
        match loaded.invoke(name, &args) {
            Ok(results) => Ok((0, results)),
            Err(RunError::Exited(code)) => Ok((code, Vec::new())),
            Err(error) => Err(error),
        }
    }

    /// Reports how it ended, and returns the exit code.
    fn end(
        &self,
        session: &mut Session,
        ended: &Result<(i32, Vec<Value>), RunError>,
        course: &mut Course,
    ) -> Result<u8, Stop> {
        course.ended(exit_code(ended));
        let report = &mut course.report;
        match ended {
            Ok((code, results)) => {
                report.exited(*code, results);
                show::results(results)?;
                Ok(*code as u8)
            }
            Err(RunError::Exited(code)) => {
                report.exited(*code, &[]);
                Ok(*code as u8)
            }
            Err(RunError::Invalid(errors)) => Err(Stop::Errors(errors.clone())),
            Err(RunError::Trapped(trap)) => {
                report.trapped(trap);
                let names = match self.no_demangle {
                    true => Names::Raw,
                    false => Names::Demangled,
                };
                tell(&trap_words(session, trap, names));
                Ok(exit::TRAP)
            }
            Err(RunError::OutOfFuel) => {
                report.limit("fuel");
                tell(&limit_words(session, "the program ran out of fuel", "fuel"));
                Ok(exit::LIMIT)
            }
            Err(RunError::TimedOut) => {
                report.limit("time");
                tell(&limit_words(session, OUT_OF_TIME, "time"));
                Ok(exit::LIMIT)
            }
            Err(RunError::OutputFailed(failure)) => {
                if failure.closed {
                    return Err(Stop::ClosedPipe);
                }
                let message = format!("cannot write the output: {}", failure.reason);
                let place = Place::File("<stdout>".into());
                Err(Diagnostic::error(&vbc_core::diag::codes::cli::C0009, place, message).into())
            }
        }
    }

    /// The bounds of the run; what has been done so far has taken its part of the time.
    fn limits(&self, deadline: Option<Instant>) -> Limits {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        let mut limits = Limits {
            fuel: self.fuel,
            timeout: deadline.map(left),
            ..Limits::default()
        };
        limits.max_memory = self.max_memory.unwrap_or(limits.max_memory);
        limits.max_stack = self.max_stack.unwrap_or(limits.max_stack);
        limits.heap.max_heap = self.max_heap.unwrap_or(limits.heap.max_heap);
        limits.heap.collector = self.gc.unwrap_or(limits.heap.collector);
        limits
    }

    /// What the program is given, and the sandbox that leaves it these folders where one is wanted.
    fn host(&self, name: &str) -> Result<(Host, Option<Sandbox>), Errors> {
        let mut host = Host::new(Services::new(self.services(name)?));
        let mut sandbox = self.sandbox.map(|_| Sandbox::new());
        for given in &self.dir {
            let folder = Folder::open(&given.path, given.name.clone());
            let folder = folder.map_err(|error| no_folder(given, &error))?;
            if let Some(sandbox) = &mut sandbox {
                let kept = sandbox.reach(&folder, vbc_sandbox::Access::Write);
                kept.map_err(|error| no_folder(given, &error))?;
            }
            host.give(folder);
        }
        native::permit(&mut host, &self.native, self.native_any)?;
        if let Some(sandbox) = &mut sandbox {
            native::let_load(sandbox, &self.native, self.native_any)?;
        }
        Ok((host, sandbox))
    }

    /// Has the kernel bound the process, in which there is no thread but this one: another one could not be bounded.
    /// So the time is watched by a new thread afterwards. The report's file is opened while that is possible.
    fn enter<R: Runner>(
        &self,
        session: &Session,
        mode: Mode,
        mut sandbox: Sandbox,
        course: &mut Course,
    ) -> Result<(), Stop> {
        if let Some(file) = &mut course.file {
            file.open()?;
        }
        if let Some(watch) = course.watch.take() {
            watch.stop();
        }
        if R::Engine::makes_code() {
            sandbox.allow_executable_memory();
        }
        let entered = sandbox.enter(mode);
        course.watch(session);
        session.say(1, format_args!("sandbox: {}", entered?));
        Ok(())
    }

    fn services(&self, name: &str) -> Result<ServicesConfig, Errors> {
        let input = match (&self.stdin, &self.module()) {
            (Some(path), _) => {
                let input = std::fs::File::open(path)
                    .map_err(|error| unreadable(&path.to_string_lossy().into(), &error))?;
                Input::Reader(Box::new(input))
            }
            // The module has taken it.
            (None, Operand::Stdin) => Input::Empty,
            (None, Operand::File(_)) => Input::Stdin,
        };
        let mut args = vec![name.as_bytes().to_vec()];
        if self.invoke.is_none() {
            args.extend(self.args().iter().map(|arg| arg.clone().into_vec()));
        }
        let seed = self.seed.or(self.deterministic.then_some(0));
        Ok(ServicesConfig {
            args,
            env: self.environment(),
            input,
            output_by_line: std::io::stdout().is_terminal(),
            seed,
            fixed_clock: self.deterministic,
            terminals: self.terminals(),
            ..ServicesConfig::default()
        })
    }

    /// Which standard streams are terminals. A run that can be repeated does not depend on it.
    fn terminals(&self) -> [bool; 3] {
        if self.deterministic {
            return [false; 3];
        }
        let input = self.stdin.is_none() && matches!(self.module(), Operand::File(_));
        [
            input && std::io::stdin().is_terminal(),
            std::io::stdout().is_terminal(),
            std::io::stderr().is_terminal(),
        ]
    }

    /// The variables of the program. Those that are named come first and so win.
    fn environment(&self) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut variables = Vec::new();
        for named in &self.env {
            let bytes = named.clone().into_vec();
            match bytes.iter().position(|&byte| byte == b'=') {
                Some(at) => variables.push((bytes[..at].to_vec(), bytes[at + 1..].to_vec())),
                None => {
                    if let Some(value) = std::env::var_os(named) {
                        variables.push((bytes, value.into_vec()));
                    }
                }
            }
        }
        // The last one of several with a name is the one that was meant.
        variables.reverse();
        if self.inherit_env {
            let all = std::env::vars_os();
            variables.extend(all.map(|(name, value)| (name.into_vec(), value.into_vec())));
        }
        variables
    }
}

/// The exit code that tells how a run ended.
fn exit_code(ended: &Result<(i32, Vec<Value>), RunError>) -> u8 {
    match ended {
        Ok((code, _)) | Err(RunError::Exited(code)) => *code as u8,
        Err(RunError::Trapped(_)) => exit::TRAP,
        Err(RunError::OutOfFuel | RunError::TimedOut) => exit::LIMIT,
        Err(RunError::OutputFailed(failure)) if failure.closed => exit::YES,
        Err(RunError::OutputFailed(_) | RunError::Invalid(_)) => exit::NO,
    }
}

fn no_folder(given: &GivenFolder, error: &std::io::Error) -> Diagnostic {
    let place = Place::File(given.path.to_string_lossy().into());
    if error.kind() == std::io::ErrorKind::NotFound {
        return Diagnostic::error(&vbc_core::diag::codes::cli::C0001, place, "no such folder");
    }
    let message = format!("cannot open the folder: {}", system_reason(error));
    Diagnostic::error(&vbc_core::diag::codes::cli::C0002, place, message)
}

/// The arguments of a function that is invoked, from words.
fn arguments(name: &str, types: &[ValType], words: &[OsString]) -> Result<Vec<Value>, Errors> {
    let wrong = |message: String| Errors::from(Diagnostic::error(&R0007, Place::Nowhere, message));
    if words.len() != types.len() {
        let (has, given) = (types.len(), words.len());
        let s = if has == 1 { "" } else { "s" };
        let message = format!("`{name}` has {has} parameter{s}, but {given} were given");
        return Err(wrong(message));
    }
    let pairs = types.iter().zip(words).enumerate();
    pairs
        .map(|(n, (&ty, word))| {
            let value = word.to_str().and_then(|word| Value::parse(ty, word));
            value.ok_or_else(|| {
                let n = n + 1;
                wrong(match ty {
                    ValType::Ptr => {
                        format!("argument {n} of `{name}` is ptr, which no word stands for")
                    }
                    ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) => {
                        let word = word.to_string_lossy();
                        format!("argument {n} of `{name}` is {ty}, not `{word}`")
                    }
                })
            })
        })
        .collect()
}
