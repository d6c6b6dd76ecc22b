//! Has the Linux kernel bound the process that a program runs in: its files by Landlock, its system calls by seccomp.
//!
//! A second wall. What a program may do is decided by the verifier, the engines and the host functions; this bounds
//! what a fault in these, or code of others in the process, could do beyond. `docs/cli.md`, section 8, is its
//! specification.
//!
//! ```no_run
//! use vbc_sandbox::{Access, Mode, Sandbox};
//!
//! let mut sandbox = Sandbox::new();
//! sandbox.reach(std::fs::File::open("data")?, Access::Write)?;
//! sandbox.enter(Mode::Must)?;
//! // From here on the process has nothing but what it has open, and the folder.
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
#[path = "linux/mod.rs"]
mod system;
#[cfg(not(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
)))]
#[path = "elsewhere.rs"]
mod system;

use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use vbc_core::diag::codes::runtime::R0021;
use vbc_core::diag::{Diagnostic, Errors, Place};

/// Where the system's dynamic linker finds libraries, and its list of them. What a system does not have is left out.
const SYSTEM_LIBRARIES: &[&str] = &[
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ld.so.cache",
];

/// What may be done beneath a folder, or to a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Files are opened for reading, folders are listed.
    Read,
    /// The same, and everything is written, made, removed, renamed and linked. Nothing is executed.
    Write,
}

/// What becomes of the process where the kernel cannot bound it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It must not go on.
    Must,
    /// It goes on, bounded as far as the kernel can.
    Try,
}

impl Mode {
    /// Reads how a user writes it: `1`, or `try`.
    ///
    /// # Errors
    ///
    /// What is wrong with any other word.
    pub fn parse(word: &str) -> Result<Mode, String> {
        match word {
            "1" => Ok(Mode::Must),
            "try" => Ok(Mode::Try),
            _ => Err("neither `1` nor `try`".into()),
        }
    }
}

/// What a process is to keep. Without more it is what it has open.
#[derive(Debug, Default)]
pub struct Sandbox {
    reachable: Vec<(OwnedFd, Access)>,
    executable_memory: bool,
}

/// What bounds the process from now on.
#[derive(Debug)]
pub struct Entered {
    /// What the kernel could not do, in words; empty when everything is in place. Only [`Mode::Try`] leaves something
    /// here.
    pub missing: Vec<String>,
}

impl fmt::Display for Entered {
    /// `complete`, or what is missing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.missing.is_empty() {
            true => f.write_str("complete"),
            false => f.write_str(&self.missing.join("; ")),
        }
    }
}

impl Sandbox {
    /// A sandbox in which nothing can be opened but `/dev/urandom`.
    pub fn new() -> Sandbox {
        Sandbox::default()
    }

    /// Keeps an open folder, with all that is beneath it, or an open file.
    ///
    /// # Errors
    ///
    /// When there are no more descriptors.
    pub fn reach(&mut self, what: impl AsFd, access: Access) -> io::Result<()> {
        let descriptor = what.as_fd().try_clone_to_owned()?;
        self.reachable.push((descriptor, access));
        Ok(())
    }

    /// Lets libraries of C be loaded from where the dynamic linker looks for them, which are the system's folders and
    /// those of `LD_LIBRARY_PATH`: files there can be read, and memory can be executed. Others have to be kept by
    /// [`reach`](Sandbox::reach).
    ///
    /// # Errors
    ///
    /// When there are no more descriptors.
    pub fn load_libraries(&mut self) -> io::Result<()> {
        let named = std::env::var_os("LD_LIBRARY_PATH").unwrap_or_default();
        let system = SYSTEM_LIBRARIES.iter().map(Path::new);
        for path in system.chain(search_path(&named)) {
            // The dynamic linker passes over what is not there or not for it, too.
            if let Ok(found) = system::place(path) {
                self.reach(found, Access::Read)?;
            }
        }
        self.allow_executable_memory();
        Ok(())
    }

    /// Lets the process make memory that it can execute, as compilers must.
    pub fn allow_executable_memory(&mut self) {
        self.executable_memory = true;
    }

    /// Bounds the process, for good.
    ///
    /// The thread that calls it must be the only one: those that it starts later are bounded with it, others could not
    /// be. What is open stays open.
    ///
    /// # Errors
    ///
    /// `R0021` where something is missing and the mode is [`Mode::Must`]. The process may be bounded in part by then,
    /// and should end.
    pub fn enter(self, mode: Mode) -> Result<Entered, Errors> {
        let missing = system::enter(&self.reachable, self.executable_memory, mode);
        match mode {
            Mode::Must if !missing.is_empty() => Err(refusal(&missing.join("; "))),
            Mode::Must | Mode::Try => Ok(Entered { missing }),
        }
    }
}

/// The folders that a value of `LD_LIBRARY_PATH` names, as the dynamic linker of the GNU C library reads it: semicolons
/// separate them as well, and what is empty is the current folder. Without a value there are none.
fn search_path(value: &OsStr) -> impl Iterator<Item = &Path> {
    let folders = value.as_bytes().split(|byte| matches!(byte, b':' | b';'));
    let folders = folders.filter(|_| !value.is_empty());
    folders.map(|folder| match folder {
        [] => Path::new("."),
        folder => Path::new(OsStr::from_bytes(folder)),
    })
}

/// The error, `R0021`, of a process that must be bounded and cannot be, and why.
pub fn refusal(reason: &str) -> Errors {
    let message = format!("there is no sandbox: {reason}");
    let help = "--sandbox=try, VBC_SANDBOX=try for executables, goes on with what there is";
    let diagnostic = Diagnostic::error(&R0021, Place::Nowhere, message);
    diagnostic.with_help(help).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_path_is_read_as_the_dynamic_linker_does() {
        for (value, folders) in [
            ("", &[][..]),
            ("/a", &["/a"]),
            ("/a:b c;/d", &["/a", "b c", "/d"]),
            (":/a", &[".", "/a"]),
            ("/a:", &["/a", "."]),
        ] {
            let found: Vec<&Path> = search_path(OsStr::new(value)).collect();
            let expected: Vec<&Path> = folders.iter().map(Path::new).collect();
            assert_eq!(found, expected, "{value}");
        }
    }
}
