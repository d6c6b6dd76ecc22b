//! Files that appear under their name, or replace what had it, in one step.

#![allow(unsafe_code, reason = "the system is called")]

use std::ffi::{CString, OsString};
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Seek};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::descriptors;
use vbc_core::interrupt::{Hold, Unfinished};

/// Symbolic links followed before giving up, as many as Linux follows.
const LINKS: usize = 40;
/// Names tried for the temporary file.
const ATTEMPTS: u32 = 100;

/// What is still to be done with a file when everything has been written.
#[derive(Debug)]
pub(super) enum Replacement {
    /// It is on its way to its name.
    Name {
        path: PathBuf,
        /// What it is called so far; nothing where the system has files without a name.
        temporary: Option<Unfinished>,
    },
    /// It has its name, and behind what was written may be more from before.
    InPlace,
}

impl Replacement {
    /// Gives `file` its name, or its length.
    pub(super) fn finish(self, mut file: &File) -> io::Result<()> {
        match self {
            Replacement::Name {
                path,
                temporary: Some(temporary),
            } => {
                // A signal between the two would remove a name that is another's by then.
                let _hold = Hold::new();
                fs::rename(temporary.path(), &path)?;
                temporary.finished();
                Ok(())
            }
            Replacement::Name {
                path,
                temporary: None,
            } => give_name(file, &path),
            Replacement::InPlace => file.set_len(file.stream_position()?),
        }
    }
}

/// Gives a file without a name this one, whatever had it.
fn give_name(file: &File, path: &Path) -> io::Result<()> {
    match link(file, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        done => return done,
    }
    // A name that is taken is only taken over by renaming. Nobody sees the file under both names.
    let _hold = Hold::new();
    let temporary = beside(path, |temporary| link(file, temporary))?.0;
    fs::rename(temporary.path(), path)?;
    temporary.finished();
    Ok(())
}

/// The name of an open file below `/proc`.
fn name_in_proc(file: &File) -> PathBuf {
    format!("/proc/self/fd/{}", file.as_raw_fd()).into()
}

/// Gives a file without a name a first one, which nothing has.
fn link(file: &File, path: &Path) -> io::Result<()> {
    let text = |path: &Path| CString::new(path.as_os_str().as_bytes()).map_err(io::Error::from);
    let (from, to) = (text(&name_in_proc(file))?, text(path)?);
    // SAFETY: both are strings of C's.
    let done = unsafe {
        libc::linkat(
            libc::AT_FDCWD,
            from.as_ptr(),
            libc::AT_FDCWD,
            to.as_ptr(),
            libc::AT_SYMLINK_FOLLOW,
        )
    };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Opens what `path` names: directly if it is there and not a regular file, otherwise as a new file that is to replace
/// it.
pub(super) fn open(path: &Path) -> io::Result<(File, Option<Replacement>)> {
    let path = match follow_links(path)? {
        Followed::Path(path) => path,
        Followed::Descriptor(number) => return Ok((descriptors::duplicate(number)?, None)),
    };
    let existing = match fs::metadata(&path) {
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if let Some(metadata) = &existing {
        // What is below `/proc` cannot be exchanged, whatever it looks like.
        let directly = !metadata.is_file() || path.starts_with("/proc");
        let probe = OpenOptions::new()
            .write(true)
            .truncate(directly)
            .open(&path);
        match probe {
            Ok(file) if directly => return Ok((file, None)),
            Err(error) if directly => return Err(error),
            // A file that may not be written may not be replaced either, though its folder would allow it.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(error),
            _ => {}
        }
    }
    let permissions = existing.map(|metadata| metadata.permissions());
    let (file, temporary) = create(&path, permissions)?;
    Ok((file, Some(Replacement::Name { path, temporary })))
}

/// Opens what `path` names, or makes it, to be written from its beginning. What is not a regular file, or open already,
/// is written as it is by [`open`].
pub(super) fn open_in_place(path: &Path) -> io::Result<(File, Option<Replacement>)> {
    let path = match follow_links(path)? {
        Followed::Path(path) => path,
        Followed::Descriptor(number) => return Ok((descriptors::duplicate(number)?, None)),
    };
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create(true)
        .truncate(false)
        .open(path)?;
    let is_regular = file.metadata()?.is_file();
    Ok((file, is_regular.then_some(Replacement::InPlace)))
}

/// Creates the new file: without a name where the system can, otherwise with one in the folder of
/// `path`.
fn create(path: &Path, permissions: Option<Permissions>) -> io::Result<(File, Option<Unfinished>)> {
    if path.file_name().is_none() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let (file, temporary) = match create_unnamed(path) {
        Some(file) => (file, None),
        None => {
            // The name is known to the handler of signals as soon as there is a file.
            let _hold = Hold::new();
            let (temporary, file) = beside(path, create_new)?;
            (file, Some(temporary))
        }
    };
    if let Some(permissions) = permissions {
        file.set_permissions(permissions)?;
    }
    Ok((file, temporary))
}

/// A file without a name, with the permissions that the umask leaves, on the file system where `path` lies. None where
/// the file system or the system has no such thing; why does not matter, since another file is tried then.
#[cfg(target_os = "linux")]
fn create_unnamed(path: &Path) -> Option<File> {
    let folder = match path.parent()? {
        folder if folder.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let file = OpenOptions::new()
        .write(true)
        .custom_flags(libc::O_TMPFILE)
        .mode(0o666)
        .open(folder)
        .ok()?;
    // It gets its name by way of `/proc`, which need not be there.
    name_in_proc(&file).metadata().is_ok().then_some(file)
}

#[cfg(not(target_os = "linux"))]
fn create_unnamed(_: &Path) -> Option<File> {
    None
}

/// A new file of this name, with the permissions that the umask leaves.
fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o666).open(path)
}

/// Makes something under a name of its own in the folder of `path`.
fn beside<T>(path: &Path, make: impl Fn(&Path) -> io::Result<T>) -> io::Result<(Unfinished, T)> {
    let name = path.file_name().unwrap_or_default();
    let mut last = io::ErrorKind::AlreadyExists.into();
    for attempt in 0..ATTEMPTS {
        let mut temporary = OsString::from(".");
        // Names may have 255 bytes; what is cut only makes the temporary name less telling.
        let shortened = &name.as_encoded_bytes()[..name.len().min(100)];
        temporary.push(String::from_utf8_lossy(shortened).as_ref());
        temporary.push(format!(".{}-{attempt}.tmp", std::process::id()));
        let temporary = path.with_file_name(temporary);
        match make(&temporary) {
            Ok(made) => return Ok((Unfinished::new(temporary), made)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => last = error,
            Err(error) => return Err(error),
        }
    }
    Err(last)
}

/// What symbolic links lead to.
enum Followed {
    /// A path that is not a link, or leads nowhere.
    Path(PathBuf),
    /// An open descriptor of this process.
    Descriptor(i32),
}

/// Follows symbolic links, so that replacing a file keeps the links to it. Those that stand for open files are not
/// followed: what they name need not exist as a path, and is open already.
fn follow_links(path: &Path) -> io::Result<Followed> {
    let mut path = path.to_owned();
    for _ in 0..LINKS {
        if let Some(number) = descriptors::named_by(&path) {
            return Ok(Followed::Descriptor(number));
        }
        if path.starts_with("/proc") {
            return Ok(Followed::Path(path));
        }
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => return Ok(Followed::Path(path)),
        }
    }
    Err(io::Error::other("too many levels of symbolic links"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn files_without_a_name_and_with_one_get_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        for (text, old) in [("one", None), ("two", Some("one"))] {
            for unnamed in [true, false] {
                match old {
                    Some(old) => fs::write(&path, old).unwrap(),
                    None => drop(fs::remove_file(&path)),
                }
                let (mut file, temporary) = match unnamed {
                    true => match create_unnamed(&path) {
                        Some(file) => (file, None),
                        None => continue,
                    },
                    false => {
                        let (temporary, file) = beside(&path, create_new).unwrap();
                        (file, Some(temporary))
                    }
                };
                file.write_all(text.as_bytes()).unwrap();
                assert_eq!(fs::read_to_string(&path).ok().as_deref(), old);
                let replacement = Replacement::Name {
                    path: path.clone(),
                    temporary,
                };
                replacement.finish(&file).unwrap();
                assert_eq!(fs::read_to_string(&path).unwrap(), text);
                assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
            }
        }
    }

    #[test]
    fn a_name_that_is_not_needed_any_more_goes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        let (temporary, _) = beside(&path, create_new).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(temporary);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
