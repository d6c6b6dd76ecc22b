//! The descriptors of a program.

use cap_std::fs::{Dir, File};

use super::abi::{FileType, rights};
use super::errno::Errno;
use super::folder::Folder;
use super::listing::Listing;

/// A standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Input,
    Output,
    Error,
}

impl Stream {
    /// The standard streams in the order of their descriptors.
    const ALL: [Stream; 3] = [Stream::Input, Stream::Output, Stream::Error];

    fn rights(self) -> u64 {
        let way = match self {
            Stream::Input => rights::FD_READ,
            Stream::Output | Stream::Error => rights::FD_WRITE,
        };
        way | rights::OF_STREAM
    }
}

/// A file, or anything else that is not a folder. The system's descriptor never blocks; a program
/// that wants to wait is made to wait by the event loop.
pub(super) struct OpenFile {
    pub(super) file: File,
    pub(super) filetype: FileType,
}

impl OpenFile {
    /// Whether it has a position and never has to be waited for.
    pub(super) fn is_regular(&self) -> bool {
        self.filetype == FileType::RegularFile
    }
}

/// A folder.
pub(super) struct OpenFolder {
    pub(super) dir: Dir,
    /// Under which name it was given to the program, if it was.
    pub(super) given: Option<Vec<u8>>,
    /// What is read by a sequence of `fd_readdir`.
    pub(super) listing: Option<Listing>,
}

/// What a descriptor stands for.
pub(super) enum Object {
    Stream(Stream),
    File(OpenFile),
    Folder(OpenFolder),
}

/// An open descriptor.
pub(super) struct Descriptor {
    pub(super) object: Object,
    pub(super) rights: u64,
    /// The rights that what is opened in this folder may get.
    pub(super) inheriting: u64,
    /// The flags that the program sees.
    pub(super) flags: u32,
}

impl Descriptor {
    /// Makes sure that all of these rights are there. Reading and writing are refused as by a
    /// system whose file is not open for it, everything else by WASI's own number.
    pub(super) fn need(&self, needed: u64) -> Result<(), Errno> {
        match needed & !self.rights {
            0 => Ok(()),
            missing if missing & (rights::FD_READ | rights::FD_WRITE) != 0 => Err(Errno::BadF),
            _ => Err(Errno::NotCapable),
        }
    }
}

/// All descriptors by number.
pub(super) struct Table {
    slots: Vec<Option<Descriptor>>,
}

impl Default for Table {
    fn default() -> Table {
        let stream = |stream: Stream| {
            Some(Descriptor {
                object: Object::Stream(stream),
                rights: stream.rights(),
                inheriting: 0,
                flags: 0,
            })
        };
        Table {
            slots: Stream::ALL.map(stream).into(),
        }
    }
}

impl Table {
    /// Adds a folder that is given to the program.
    pub(super) fn give(&mut self, folder: Folder) {
        self.slots.push(Some(Descriptor {
            object: Object::Folder(OpenFolder {
                dir: folder.dir,
                given: Some(folder.name),
                listing: None,
            }),
            rights: rights::OF_FOLDER,
            inheriting: rights::OF_FOLDER | rights::OF_FILE,
            flags: 0,
        }));
    }

    pub(super) fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
        let slot = self.slots.get(number as usize);
        slot.and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Result<&mut Descriptor, Errno> {
        let slot = self.slots.get_mut(number as usize);
        slot.and_then(Option::as_mut).ok_or(Errno::BadF)
    }

    /// A file on which a call of this right is possible. Folders are not files; `of_stream` is what
    /// the call returns for a standard stream.
    pub(super) fn file(
        &self,
        number: u32,
        right: u64,
        of_stream: Errno,
    ) -> Result<&OpenFile, Errno> {
        let descriptor = self.get(number)?;
        match &descriptor.object {
            Object::Stream(_) => Err(of_stream),
            Object::Folder(_) => Err(Errno::BadF),
            Object::File(file) => descriptor.need(right).map(|()| file),
        }
    }

    /// A folder in which a call of these rights is possible.
    pub(super) fn folder(&self, number: u32, rights: u64) -> Result<&OpenFolder, Errno> {
        let descriptor = self.get(number)?;
        match &descriptor.object {
            Object::Folder(folder) => descriptor.need(rights).map(|()| folder),
            Object::Stream(_) | Object::File(_) => Err(Errno::NotDir),
        }
    }

    /// Adds a descriptor under the lowest number that is free.
    pub(super) fn add(&mut self, descriptor: Descriptor) -> Result<u32, Errno> {
        let free = self.slots.iter().position(Option::is_none);
        let number = free.unwrap_or(self.slots.len());
        let fd = u32::try_from(number).map_err(|_| Errno::MFile)?;
        match self.slots.get_mut(number) {
            Some(slot) => *slot = Some(descriptor),
            None => self.slots.push(Some(descriptor)),
        }
        Ok(fd)
    }

    /// Takes a descriptor out.
    pub(super) fn remove(&mut self, number: u32) -> Result<Descriptor, Errno> {
        let slot = self.slots.get_mut(number as usize);
        slot.and_then(Option::take).ok_or(Errno::BadF)
    }

    /// Moves a descriptor over another one, which is closed.
    pub(super) fn renumber(&mut self, from: u32, to: u32) -> Result<(), Errno> {
        self.get(from)?;
        self.get(to)?;
        if from != to {
            let moved = self.remove(from)?;
            *self.get_mut(to)? = moved;
        }
        Ok(())
    }
}
