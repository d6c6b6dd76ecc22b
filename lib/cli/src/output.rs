//! Writing results: standard output, files replaced in one step, devices.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::descriptors;
use super::progress::{self, Held};
use super::replace::{self, Replacement};
use vbc_core::diag::codes::cli::C0009;
use vbc_core::diag::{Diagnostic, Errors, Place, system_reason};

/// Bytes collected before they are written.
const BUFFER: usize = 64 << 10;

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Standard output.
    Stdout,
    /// A file, or a device or pipe with a name.
    File(PathBuf),
}

impl From<std::ffi::OsString> for Destination {
    /// `-` is standard output; every other word, `./-` too, names a file.
    fn from(word: std::ffi::OsString) -> Self {
        if word == "-" {
            Destination::Stdout
        } else {
            Destination::File(word.into())
        }
    }
}

impl Destination {
    /// What the target is called in messages.
    pub fn name(&self) -> Arc<str> {
        match self {
            Destination::Stdout => "<stdout>".into(),
            Destination::File(path) => path.to_string_lossy().into(),
        }
    }
}

/// An open output, buffered.
///
/// A file becomes visible under its name only in [`finish`](Output::finish);
/// dropped before, it leaves nothing behind, and a file that was there before
/// stays as it was. What is not a regular file is written directly, and so is what a path like
/// `/dev/stdout` stands for, from its present position.
///
/// The errors of its [`Write`] are [`WriteError`]s inside [`io::Error`]s, so
/// that `?` turns them into a full report where a tool ends.
#[derive(Debug)]
pub struct Output {
    writer: BufWriter<File>,
    name: Arc<str>,
    replace: Option<Replacement>,
    is_terminal: bool,
    /// What is written to a terminal is not mixed with progress.
    alone: Option<Held>,
}

/// Which output could not be written, and why.
#[derive(Debug)]
pub struct WriteError {
    name: Arc<str>,
    reason: String,
    /// Whether the reader of a pipe has gone away.
    pub closed_pipe: bool,
}

impl WriteError {
    fn wrap(name: &Arc<str>, error: &io::Error) -> io::Error {
        let closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        io::Error::new(
            error.kind(),
            WriteError {
                name: name.clone(),
                reason: system_reason(error),
                closed_pipe,
            },
        )
    }

    /// The error as a diagnostic, `C0009`.
    pub fn diagnostic(&self) -> Diagnostic {
        cannot_write(&self.name, &self.reason)
    }
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot write {}: {}", self.name, self.reason)
    }
}

impl std::error::Error for WriteError {}

fn cannot_write(name: &Arc<str>, reason: &str) -> Diagnostic {
    Diagnostic::error(
        &C0009,
        Place::File(name.clone()),
        format!("cannot write the output: {reason}"),
    )
}

impl Output {
    /// Opens a target for writing.
    ///
    /// # Errors
    ///
    /// `C0009` with the system's reason.
    pub fn create(target: &Destination) -> Result<Output, Errors> {
        Output::opened(target, replace::open)
    }

    /// Opens a target for writing where files cannot be made or renamed later: a file has its name from now on, and what
    /// was in it before is gone when the output is finished.
    ///
    /// # Errors
    ///
    /// `C0009` with the system's reason.
    pub fn create_in_place(target: &Destination) -> Result<Output, Errors> {
        Output::opened(target, replace::open_in_place)
    }

    fn opened(
        target: &Destination,
        open: impl FnOnce(&Path) -> io::Result<(File, Option<Replacement>)>,
    ) -> Result<Output, Errors> {
        let name = target.name();
        let opened = match target {
            // The standard library's standard output hides a full disk at exit and flushes after
            // each line.
            Destination::Stdout => {
                descriptors::duplicate(libc::STDOUT_FILENO).map(|file| (file, None))
            }
            Destination::File(path) => open(path),
        };
        let (file, replace) =
            opened.map_err(|error| cannot_write(&name, &system_reason(&error)))?;
        Ok(Output {
            is_terminal: file.is_terminal(),
            writer: BufWriter::with_capacity(BUFFER, file),
            name,
            replace,
            alone: None,
        })
    }

    /// From the first byte on, a terminal is the output's alone.
    fn begin(&mut self) {
        if self.is_terminal && self.alone.is_none() {
            self.alone = Some(progress::hold());
        }
    }

    /// Whether what is written goes to a terminal.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Lets everybody who may read a file execute it. What is not a separate file stays as it is.
    ///
    /// # Errors
    ///
    /// A [`WriteError`].
    pub fn make_executable(&self) -> io::Result<()> {
        if self.replace.is_none() {
            return Ok(());
        }
        let file = self.writer.get_ref();
        let done = file.metadata().and_then(|metadata| {
            let mut permissions = metadata.permissions();
            let mode = permissions.mode();
            permissions.set_mode(mode | (mode & 0o444) >> 2);
            file.set_permissions(permissions)
        });
        done.map_err(|error| WriteError::wrap(&self.name, &error))
    }

    /// Writes what is still buffered and gives a file its name.
    ///
    /// # Errors
    ///
    /// A [`WriteError`]; the file then does not exist, or is what it was before.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()?;
        if let Some(replacement) = self.replace.take() {
            replacement
                .finish(self.writer.get_ref())
                .map_err(|error| WriteError::wrap(&self.name, &error))?;
        }
        Ok(())
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begin();
        self.writer
            .write(bytes)
            .map_err(|error| WriteError::wrap(&self.name, &error))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.begin();
        self.writer
            .write_all(bytes)
            .map_err(|error| WriteError::wrap(&self.name, &error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer
            .flush()
            .map_err(|error| WriteError::wrap(&self.name, &error))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn write(path: &Path, bytes: &[u8]) {
        let mut output = Output::create(&Destination::File(path.to_owned())).unwrap();
        output.write_all(bytes).unwrap();
        output.finish().unwrap();
    }

    #[test]
    fn a_new_file_appears_at_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let mut output = Output::create(&Destination::File(path.clone())).unwrap();
        output.write_all(b"abc").unwrap();
        assert!(!path.exists());
        output.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        assert_eq!(names(folder.path()), ["x"]);

        let plain = folder.path().join("plain");
        fs::write(&plain, "").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain), "the umask decides");
    }

    #[test]
    fn an_unfinished_output_leaves_the_good_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "good").unwrap();
        let mut output = Output::create(&Destination::File(path.clone())).unwrap();
        output.write_all(&[0; 2 * BUFFER]).unwrap();
        drop(output);
        assert_eq!(fs::read(&path).unwrap(), b"good");
        assert_eq!(names(folder.path()), ["x"]);
    }

    #[test]
    fn a_replaced_file_keeps_permissions_and_links() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::write(&real, "old").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o751)).unwrap();
        symlink("real", &link).unwrap();
        write(&link, b"new");
        assert_eq!(fs::read(&real).unwrap(), b"new");
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(
            fs::metadata(&real).unwrap().permissions().mode() & 0o777,
            0o751
        );

        let dangling = folder.path().join("dangling");
        symlink("made", &dangling).unwrap();
        write(&dangling, b"x");
        assert_eq!(fs::read(folder.path().join("made")).unwrap(), b"x");

        symlink("circle", folder.path().join("circle")).unwrap();
        assert!(Output::create(&Destination::File(folder.path().join("circle"))).is_err());
    }

    #[test]
    fn a_file_in_place_has_its_name_before_and_nothing_old_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("x"), folder.path().join("y"));
        let open = |path: &Path| Output::create_in_place(&Destination::File(path.into()));
        let mut output = open(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        output.write_all(b"longer").unwrap();
        output.finish().unwrap();
        fs::hard_link(&path, &link).unwrap();
        let mut output = open(&path).unwrap();
        output.write_all(b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"longer");
        output.finish().unwrap();
        assert_eq!(fs::read(&link).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["x", "y"]);

        let mut device = open(Path::new("/dev/null")).unwrap();
        device.write_all(b"x").unwrap();
        device.finish().unwrap();
        assert!(open(folder.path()).is_err());
    }

    #[test]
    fn devices_are_written_directly() {
        let mut output = Output::create(&Destination::File("/dev/full".into())).unwrap();
        output.write_all(b"x").unwrap();
        let error = output.finish().unwrap_err();
        let error = error
            .get_ref()
            .unwrap()
            .downcast_ref::<WriteError>()
            .unwrap();
        assert!(!error.closed_pipe);
        assert_eq!(
            error.diagnostic().message,
            "cannot write the output: No space left on device"
        );
        assert!(!fs::metadata("/dev/full").unwrap().is_file());
        write(Path::new("/dev/null"), b"x");
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn impossible_targets_have_reasons() {
        let folder = tempfile::tempdir().unwrap();
        let message = |path: &Path| {
            Output::create(&Destination::File(path.to_owned()))
                .unwrap_err()
                .0
                .remove(0)
                .message
        };
        assert_eq!(
            message(&folder.path().join("no/x")),
            "cannot write the output: No such file or directory"
        );
        assert_eq!(
            message(folder.path()),
            "cannot write the output: Is a directory"
        );
        let long = folder.path().join("a".repeat(255));
        write(&long, b"x");
        assert_eq!(fs::read(long).unwrap(), b"x");
    }
}
