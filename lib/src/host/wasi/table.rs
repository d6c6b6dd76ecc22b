//! The descriptors of a program.

use super::abi::{FileType, rights};
use super::errno::Errno;

/// A standard stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    Input,
    Output,
    Error,
}

impl Stream {
    /// The standard streams in the order of their descriptors.
    pub(super) const ALL: [Stream; 3] = [Stream::Input, Stream::Output, Stream::Error];

    fn rights(self) -> u64 {
        let way = match self {
            Stream::Input => rights::FD_READ,
            Stream::Output | Stream::Error => rights::FD_WRITE,
        };
        way | rights::FD_FILESTAT_GET | rights::POLL_FD_READWRITE
    }
}

/// What a descriptor stands for.
pub(super) enum Object {
    Stream(Stream),
}

/// An open descriptor.
pub(super) struct Descriptor {
    pub(super) object: Object,
    pub(super) rights: u64,
    pub(super) inheriting: u64,
}

impl Descriptor {
    /// Whether all of these rights are there.
    pub(super) fn has(&self, rights: u64) -> bool {
        self.rights & rights == rights
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
            })
        };
        Table {
            slots: Stream::ALL.map(stream).into(),
        }
    }
}

impl Table {
    pub(super) fn get(&self, number: u32) -> Result<&Descriptor, Errno> {
        let slot = self.slots.get(number as usize);
        slot.and_then(Option::as_ref).ok_or(Errno::BadF)
    }

    /// Takes a descriptor out.
    pub(super) fn remove(&mut self, number: u32) -> Result<Descriptor, Errno> {
        let slot = self.slots.get_mut(number as usize);
        slot.and_then(Option::take).ok_or(Errno::BadF)
    }
}

/// The type by which a program tells a terminal.
pub(super) fn stream_type(is_terminal: bool) -> FileType {
    match is_terminal {
        true => FileType::CharacterDevice,
        false => FileType::Unknown,
    }
}
