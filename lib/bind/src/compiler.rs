//! Asking the C compiler.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use vbc_core::diag::codes::bind::{B0001, B0002};
use vbc_core::diag::{Diagnostic, Place, system_reason};
use vbc_core::interrupt::{Unfinished, output_of, temporary_folder};

use crate::Failure;

/// What errors in the file itself, and not in a header, are said to be in.
pub const FILE: &str = "<vbc-bind>";

/// A C compiler.
#[derive(Clone, Debug)]
pub struct Compiler {
    /// The program, and flags that it always gets.
    pub command: Vec<OsString>,
    /// Further flags.
    pub flags: Vec<OsString>,
}

/// A folder of our own with a C file, and what is made of it.
#[derive(Debug)]
pub struct Workshop<'c> {
    compiler: &'c Compiler,
    // Dropped in this order: files before their folder.
    object: Unfinished,
    source: Unfinished,
    folder: Unfinished,
    /// How often the compiler has been started.
    pub runs: usize,
}

/// What a compiler makes of a file, or what it says against it.
pub type Outcome = Result<Vec<u8>, String>;

impl Workshop<'_> {
    /// Makes the folder.
    ///
    /// # Errors
    ///
    /// B0002 with the system's reason.
    pub fn open(compiler: &Compiler) -> Result<Workshop<'_>, Failure> {
        let folder = temporary_folder("vbc-bind").map_err(|reason| no_room(&reason))?;
        let inside = |name: &str| Unfinished::new(folder.path().join(name));
        Ok(Workshop {
            compiler,
            object: inside("bindings.o"),
            source: inside("bindings.c"),
            folder,
            runs: 0,
        })
    }

    /// The file after preprocessing, with the macros that it defines.
    ///
    /// # Errors
    ///
    /// B0001, B0002.
    pub fn preprocess(&mut self, source: &[u8]) -> Result<Outcome, Failure> {
        self.run(source, &["-E", "-dD", "-w"], false)
    }

    /// The object of the file, with debug information.
    ///
    /// # Errors
    ///
    /// B0001, B0002.
    pub fn compile(&mut self, source: &[u8]) -> Result<Outcome, Failure> {
        // The last flags are against others that would put data or debug information elsewhere.
        let flags = ["-g", "-c", "-w", "-O0", "-fno-lto", "-gz=none"];
        self.run(source, &flags, true)
    }

    fn run(&mut self, source: &[u8], flags: &[&str], to_file: bool) -> Result<Outcome, Failure> {
        fs::write(self.source.path(), source).map_err(|reason| no_room(&reason))?;
        let (program, always) = self
            .compiler
            .command
            .split_first()
            .map_or((OsString::from("cc"), &[][..]), |(program, always)| {
                (program.clone(), always)
            });
        let mut command = Command::new(&program);
        command.args(always).args(&self.compiler.flags).args(flags);
        command.args(["-x", "c"]).arg(self.source.path());
        if to_file {
            command.arg("-o").arg(self.object.path());
        }
        // Errors are recognised by this word, in English.
        command.env("LC_ALL", "C").env_remove("LANGUAGE");
        self.runs += 1;
        let done = output_of(&mut command).map_err(|reason| {
            let message = format!("cannot start the C compiler: {}", system_reason(&reason));
            let place = Place::File(Path::new(&program).to_string_lossy().into());
            let failed = Diagnostic::error(&B0001, place, message);
            Failure::Diagnostics(
                failed
                    .with_help("name one with --cc, or in the variable CC")
                    .into(),
            )
        })?;
        if !done.status.success() {
            let said = String::from_utf8_lossy(&done.stderr);
            let said = errors(&said);
            return Ok(Err(match said.is_empty() {
                true => done.status.to_string(),
                false => said,
            }));
        }
        if !to_file {
            return Ok(Ok(done.stdout));
        }
        let made = fs::read(self.object.path());
        Ok(made.map_err(|reason| format!("no object is there: {}", system_reason(&reason))))
    }
}

impl Drop for Workshop<'_> {
    fn drop(&mut self) {
        // Flags may have had other files put beside the object; the folder is not empty then.
        let _ = fs::remove_dir_all(self.folder.path());
    }
}

fn no_room(reason: &io::Error) -> Failure {
    let message = format!(
        "cannot write a file for the C compiler: {}",
        system_reason(reason)
    );
    let place = Place::File(std::env::temp_dir().to_string_lossy().into());
    Failure::Diagnostics(Diagnostic::error(&B0002, place, message).into())
}

/// The errors among what a compiler has said, without the lines of source below them; all lines if there are none.
fn errors(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let errors: Vec<&str> = lines().filter(|line| line.contains("error: ")).collect();
    match errors.is_empty() {
        true => lines().collect::<Vec<_>>().join("; "),
        false => errors.join("; "),
    }
}

/// The words of the variable `CC`: a program and flags for it.
pub fn words(variable: &OsStr) -> Vec<OsString> {
    let words = variable.as_bytes().split(u8::is_ascii_whitespace);
    let words = words.filter(|word| !word.is_empty());
    words
        .map(|word| OsStr::from_bytes(word).to_owned())
        .collect()
}

/// The first error about a line of the file itself, without its place.
pub fn first_error(said: &str) -> &str {
    let first = said.split("; ").next().unwrap_or_default();
    first
        .split_once("error: ")
        .map_or(first, |(_, message)| message)
}

/// How a header is included, if it can be: a file that is there as seen from the current folder by its path, any other
/// by its name.
pub fn include(header: &Path) -> io::Result<Option<Vec<u8>>> {
    let path: PathBuf = match header.is_file() {
        true => std::path::absolute(header)?,
        false => header.to_owned(),
    };
    let name = path.as_os_str().as_bytes();
    let has = |byte| name.contains(&byte);
    let (open, close) = match (has(b'"'), has(b'>')) {
        _ if has(b'\n') || has(b'\r') => return Ok(None),
        (false, _) => (b'"', b'"'),
        (true, false) => (b'<', b'>'),
        (true, true) => return Ok(None),
    };
    Ok(Some([&[open], name, &[close]].concat()))
}
