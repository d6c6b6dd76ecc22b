//! Folders that are given to a program.

use std::io;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// A folder that a program may use, and nothing outside of it.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use vbc::host::{Folder, Host};
///
/// let mut host = Host::default();
/// host.give(Folder::open(folder.path(), "/data")?);
/// let mut vm = vbc::Vm::new().with_host(host);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Folder {
    pub(super) dir: Dir,
    pub(super) name: Vec<u8>,
}

impl Folder {
    /// Opens the folder at `path`, which the program will know as `name`.
    ///
    /// # Errors
    ///
    /// The system's, when there is no such folder or it cannot be opened.
    pub fn open(path: &Path, name: impl Into<Vec<u8>>) -> io::Result<Folder> {
        let dir = Dir::open_ambient_dir(path, ambient_authority())?;
        Ok(Folder {
            dir,
            name: name.into(),
        })
    }
}
