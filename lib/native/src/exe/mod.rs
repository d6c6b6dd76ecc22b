//! From an object of `vbc-aot` to an executable, by way of the system's C compiler.

mod files;
mod runtime;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use vbc_core::diag::codes::aot::{N0002, N0003, N0006, N0007, N0008, N0009, N0011};
use vbc_core::diag::{Code, Diagnostic, Errors, Place, system_reason};
use vbc_core::interrupt::{Hold, Unfinished, output_of};
use vbc_linker::Strip;

use files::{Content, ElfMachine, InputFile};

/// What to link, and how.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// One object of `vbc-aot`, objects and libraries of other compilers, and `-lNAME`, in their order.
    pub words: Vec<OsString>,
    /// Where the C compiler looks for libraries first.
    pub folders: Vec<PathBuf>,
    /// The executable.
    pub output: PathBuf,
    /// The C compiler; none for the system's, or the target's cross compiler.
    pub cc: Option<OsString>,
    /// Whether the executable needs no shared libraries.
    pub is_static: bool,
    /// The processor that the object must be for, `riscv64`; none for whatever it is for.
    pub target: Option<String>,
    /// The runtime library; none to look for it.
    pub runtime: Option<PathBuf>,
    /// What is left out of the executable.
    pub strip: Strip,
}

fn error(code: &'static Code, path: &Path, message: impl Into<String>) -> Diagnostic {
    let place = Place::File(path.to_string_lossy().into());
    Diagnostic::error(code, place, message.into())
}

/// Links an executable.
///
/// # Errors
///
/// N0002 to N0009, and N0011.
pub fn link(request: &Request) -> Result<(), Errors> {
    let files: Vec<InputFile> = request
        .words
        .iter()
        .map(|word| match is_library(word) {
            true => Ok(InputFile::unknown(word.as_ref())),
            false => InputFile::read(word.as_ref()),
        })
        .collect::<Result<_, _>>()?;
    let program = program(&files)?;
    check_machine(request, &files, program)?;
    check_imports(&files, program)?;
    let machine = program.machine();
    let runtime = runtime::find(request.runtime.as_deref(), machine)?;
    runtime::check(&runtime, program)?;
    let libraries = libraries(request, &files, program)?;
    run(request, machine, &runtime, &libraries)
}

/// The one object of `vbc-aot`.
fn program(files: &[InputFile]) -> Result<&InputFile, Errors> {
    let mut programs = files.iter().filter(|file| file.is_program());
    let Some(program) = programs.next() else {
        let place = files
            .first()
            .map_or(Path::new("<nothing>"), |file| &file.path);
        let message = "none of the files is an object of vbc-aot";
        return Err(error(&N0002, place, message).into());
    };
    if let Some(second) = programs.next() {
        let message = format!(
            "a second object of vbc-aot; `{}` is the first",
            program.path.display()
        );
        let error = error(&N0003, &second.path, message);
        return Err(error
            .with_help("link the modules before compiling them")
            .into());
    }
    if !files.iter().any(|file| file.defines("main")) {
        let message = "the program has no entry, and no other object a main function";
        return Err(error(&N0009, &program.path, message).into());
    }
    Ok(program)
}

/// All files are for the machine that was asked for.
fn check_machine(
    request: &Request,
    files: &[InputFile],
    program: &InputFile,
) -> Result<(), Errors> {
    let machine = program.machine();
    let wanted = request.target.as_deref();
    if let Some(wanted) = wanted.filter(|wanted| *wanted != machine.name()) {
        let message = format!("the object is for {}, not for {wanted}", machine.name());
        return Err(error(&N0008, &program.path, message).into());
    }
    for file in files {
        if let Some(other) = file.known_machine().filter(|other| *other != machine) {
            let message = format!(
                "the file is for {}, the program for {}",
                other.name(),
                machine.name()
            );
            return Err(error(&N0008, &file.path, message).into());
        }
    }
    Ok(())
}

/// Each import of the program is defined somewhere, as far as all files can be looked into.
fn check_imports(files: &[InputFile], program: &InputFile) -> Result<(), Errors> {
    if files
        .iter()
        .any(|file| matches!(file.content, Content::Other))
    {
        return Ok(());
    }
    let missing = program
        .undefined()
        // Imports have two underscores; the others are the runtime's and the mathematical library's.
        .filter(|name| name.contains("__"))
        .filter(|name| !program.natives().iter().any(|(_, symbol)| symbol == name))
        .filter(|name| !files.iter().any(|file| file.defines(name)));
    let errors: Vec<Diagnostic> = missing
        .map(|name| {
            let message = format!("nothing defines `{name}`, which the program imports");
            error(&N0006, &program.path, message)
        })
        .collect();
    match errors.is_empty() {
        true => Ok(()),
        false => Err(Errors(errors)),
    }
}

/// The parts of the C library, and by what flags the C compiler finds its static ones.
const OF_C: [(&str, &str); 5] = [
    ("libc.so.6", "-lc"),
    ("libm.so.6", "-lm"),
    ("libpthread.so.0", "-lpthread"),
    ("libdl.so.2", "-ldl"),
    ("librt.so.1", "-lrt"),
];

/// The flags for the libraries of native functions that are not among the files already.
fn libraries(
    request: &Request,
    files: &[InputFile],
    program: &InputFile,
) -> Result<Vec<String>, Errors> {
    let mut seen = BTreeSet::new();
    let (mut flags, mut errors) = (Vec::new(), Vec::new());
    for (library, symbol) in program.natives() {
        let is_given = files
            .iter()
            .any(|file| file.path.file_name() == Some(library.as_ref()) || file.defines(symbol));
        if is_given || !seen.insert(library) {
            continue;
        }
        let of_c = OF_C.iter().find(|(name, _)| name == library);
        match (request.is_static, of_c) {
            // Exactly this file, whichever version the system links by default.
            (false, _) => flags.push(format!("-l:{library}")),
            (true, Some((_, flag))) => flags.push((*flag).to_owned()),
            (true, None) => {
                let message = format!(
                    "no archive has `{symbol}`, and a static executable has no `{library}`"
                );
                let error = error(&N0011, &program.path, message);
                errors.push(error.with_help("give the library's archive beside the object"));
            }
        }
    }
    match errors.is_empty() {
        true => Ok(flags),
        false => Err(Errors(errors)),
    }
}

/// Runs the C compiler; the output appears when all is done. Its messages are shown only when it fails:
/// linkers warn of functions of the C library that static executables should not use, and that the
/// runtime library never calls.
fn run(
    request: &Request,
    machine: ElfMachine,
    runtime: &Path,
    libraries: &[String],
) -> Result<(), Errors> {
    let cc = match &request.cc {
        Some(cc) => cc.clone(),
        None if machine.is_host() => "cc".into(),
        None => format!("{}-linux-gnu-gcc", machine.name()).into(),
    };
    let temporary = Unfinished::new(temporary(&request.output));
    let mut command = Command::new(&cc);
    for folder in &request.folders {
        command.arg("-L").arg(folder);
    }
    command.args(request.words.iter().map(plain));
    // The runtime library has some functions of mathematics, too, and who comes first is taken.
    command.args(libraries);
    command.arg(runtime);
    command.args(["-lm", "-lpthread", "-ldl", "-Wl,--gc-sections"]);
    if request.is_static {
        command.arg("-static");
    }
    match request.strip {
        Strip::Nothing => {}
        Strip::Debug => drop(command.arg("-Wl,--strip-debug")),
        Strip::All => drop(command.arg("-s")),
    }
    command.arg("-o").arg(temporary.path());
    let shown = Path::new(&cc);
    let done = output_of(&mut command).map_err(|reason| {
        let message = format!("cannot run the C compiler: {}", system_reason(&reason));
        error(&N0007, shown, message)
    })?;
    let said = String::from_utf8_lossy(&done.stderr);
    if !done.status.success() {
        let message = format!("the C compiler failed: {}", done.status);
        let failed = error(&N0007, shown, message);
        // One line, as all help is.
        let lines: Vec<&str> = said.lines().map(str::trim).collect();
        return Err(match said.trim().is_empty() {
            true => failed,
            false => failed.with_help(format!("it said: {}", lines.join("; "))),
        }
        .into());
    }
    let _hold = Hold::new();
    fs::rename(temporary.path(), &request.output).map_err(|reason: io::Error| {
        let message = format!("cannot write the output: {}", system_reason(&reason));
        error(&N0007, &request.output, message)
    })?;
    temporary.finished();
    Ok(())
}

fn is_library(word: &OsString) -> bool {
    word.to_string_lossy().starts_with("-l")
}

/// A file's name that no compiler takes for a flag.
fn plain(word: &OsString) -> PathBuf {
    match word.to_string_lossy().starts_with('-') && !is_library(word) {
        true => Path::new(".").join(word),
        false => word.into(),
    }
}

/// A name beside the output.
fn temporary(output: &Path) -> PathBuf {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let id = std::process::id();
    output.with_file_name(format!(".{name}.{id}.tmp"))
}
