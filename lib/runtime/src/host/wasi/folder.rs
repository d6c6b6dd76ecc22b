//! Folders that are given to a program.

use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::Dir;

/// A folder that a program may use, and nothing outside of it.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// use vbc_runtime::host::{Folder, Host};
///
/// let mut host = Host::default();
/// host.give(Folder::open(folder.path(), "/data")?);
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

/// The system's descriptor of the folder.
impl AsFd for Folder {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

/// A folder and the name under which a program is to know it.
#[derive(Clone, Debug)]
pub struct GivenFolder {
    /// Where it is.
    pub path: PathBuf,
    /// What the program calls it.
    pub name: Vec<u8>,
}

impl GivenFolder {
    /// Reads `HOST[::GUEST]`.
    ///
    /// # Errors
    ///
    /// When one of them is empty.
    pub fn parse(whole: Vec<u8>) -> Result<GivenFolder, String> {
        let colons = whole.windows(2).position(|pair| pair == b"::");
        let (path, name) = match colons {
            Some(at) => (whole[..at].to_vec(), whole[at + 2..].to_vec()),
            None => (whole.clone(), whole),
        };
        if path.is_empty() || name.is_empty() {
            return Err("a folder and its name cannot be empty".into());
        }
        Ok(GivenFolder {
            path: OsString::from_vec(path).into(),
            name,
        })
    }
}
