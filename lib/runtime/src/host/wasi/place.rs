//! The end of a path: the folder in which its last name lies, which `cap-std` opens and keeps inside, and that name.
//!
//! Calls that make, remove or rename something never follow the name that they work on, a slash after it or not; and
//! `cap-std` takes such a slash for a step into the folder. So the name is what the system is given, without a slash,
//! in a folder that is in hand, and what a slash means is decided here. The system is Linux; see `path_resolution(7)`.

use std::ops::Deref;

use cap_std::fs::Dir;

use super::errno::Errno;

/// Where something is made, removed or renamed.
pub(super) struct Place<'p> {
    folder: Parent<'p>,
    last: Last<'p>,
    /// Whether a slash follows the name: only a folder will do.
    pub(super) slash: bool,
}

/// The folder of a name: where the path starts, or further on.
enum Parent<'p> {
    Start(&'p Dir),
    Opened(Dir),
}

impl Deref for Parent<'_> {
    type Target = Dir;

    fn deref(&self) -> &Dir {
        match self {
            Parent::Start(dir) => dir,
            Parent::Opened(dir) => dir,
        }
    }
}

/// The last part of a path.
#[derive(Clone, Copy)]
enum Last<'p> {
    Name(&'p str),
    /// `.`: the folder itself, which is there.
    Itself,
    /// `..`: the folder above it, which is there, too.
    Above,
}

/// The last part of a path without slashes, what comes before it, and whether slashes follow it.
fn split(path: &str) -> (&str, &str, bool) {
    let trimmed = path.trim_end_matches('/');
    let start = trimmed.rfind('/').map_or(0, |slash| slash + 1);
    let (before, last) = trimmed.split_at(start);
    (before, last, trimmed.len() < path.len())
}

/// Whether a path leads to a folder or nowhere, because of how it ends. A link at the end of such a path is followed
/// by calls that only look.
pub(super) fn wants_folder(path: &str) -> bool {
    let (_, last, slash) = split(path);
    slash || last == "." || last == ".."
}

impl<'p> Place<'p> {
    /// Finds the end of a path that starts at `start`.
    pub(super) fn find(start: &'p Dir, path: &'p str) -> Result<Place<'p>, Errno> {
        let (before, last, slash) = split(path);
        let (folder, last) = match last {
            // Nothing but slashes, or nothing at all: an error.
            "" => (Parent::Opened(start.open_dir(path)?), Last::Itself),
            "." => (Parent::Opened(start.open_dir(path)?), Last::Itself),
            ".." => (Parent::Opened(start.open_dir(path)?), Last::Above),
            name if before.is_empty() => (Parent::Start(start), Last::Name(name)),
            name => (Parent::Opened(start.open_dir(before)?), Last::Name(name)),
        };
        Ok(Place {
            folder,
            last,
            slash,
        })
    }

    /// The folder and the name in it; `itself` and `above` are what the call returns for a path that ends in `.` and
    /// `..`.
    pub(super) fn name(&self, itself: Errno, above: Errno) -> Result<(&Dir, &'p str), Errno> {
        match self.last {
            Last::Name(name) => Ok((&self.folder, name)),
            Last::Itself => Err(itself),
            Last::Above => Err(above),
        }
    }

    /// The folder and the name in it, for something new that is not a folder.
    pub(super) fn for_file(&self) -> Result<(&Dir, &'p str), Errno> {
        let (folder, name) = self.name(Errno::Exist, Errno::Exist)?;
        if self.slash {
            folder.symlink_metadata(name)?;
            return Err(Errno::Exist);
        }
        Ok((folder, name))
    }

    /// Whether a folder is there; an error where nothing is.
    pub(super) fn is_folder(&self) -> Result<bool, Errno> {
        Ok(match self.last {
            Last::Name(name) => self.folder.symlink_metadata(name)?.is_dir(),
            Last::Itself | Last::Above => true,
        })
    }
}
