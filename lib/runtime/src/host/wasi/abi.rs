//! The numbers and records of WASI, as they lie in a program's memory.

/// What kind of thing a descriptor or a folder entry is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
    #[default]
    Unknown = 0,
    BlockDevice = 1,
    CharacterDevice = 2,
    Directory = 3,
    RegularFile = 4,
    SocketStream = 6,
    SymbolicLink = 7,
}

/// What may be done with a descriptor: a bit for each kind of call.
pub(super) mod rights {
    macro_rules! rights {
        ($($name:ident = $bit:literal),* $(,)?) => {
            $(pub(in super::super) const $name: u64 = 1 << $bit;)*
        };
    }

    rights! {
        FD_DATASYNC = 0,
        FD_READ = 1,
        FD_SEEK = 2,
        FD_FDSTAT_SET_FLAGS = 3,
        FD_SYNC = 4,
        FD_TELL = 5,
        FD_WRITE = 6,
        FD_ADVISE = 7,
        FD_ALLOCATE = 8,
        PATH_CREATE_DIRECTORY = 9,
        PATH_CREATE_FILE = 10,
        PATH_LINK_SOURCE = 11,
        PATH_LINK_TARGET = 12,
        PATH_OPEN = 13,
        FD_READDIR = 14,
        PATH_READLINK = 15,
        PATH_RENAME_SOURCE = 16,
        PATH_RENAME_TARGET = 17,
        PATH_FILESTAT_GET = 18,
        PATH_FILESTAT_SET_SIZE = 19,
        PATH_FILESTAT_SET_TIMES = 20,
        FD_FILESTAT_GET = 21,
        FD_FILESTAT_SET_SIZE = 22,
        FD_FILESTAT_SET_TIMES = 23,
        PATH_SYMLINK = 24,
        PATH_REMOVE_DIRECTORY = 25,
        PATH_UNLINK_FILE = 26,
        POLL_FD_READWRITE = 27,
    }

    /// What there is to do with standard input and output.
    pub(in super::super) const OF_STREAM: u64 =
        FD_FDSTAT_SET_FLAGS | FD_FILESTAT_GET | POLL_FD_READWRITE;

    /// Those that only files with a position have.
    pub(in super::super) const OF_POSITION: u64 =
        FD_SEEK | FD_TELL | FD_ADVISE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE;

    /// Those that change the contents of a file.
    pub(in super::super) const OF_CONTENTS: u64 = FD_WRITE | FD_ALLOCATE | FD_FILESTAT_SET_SIZE;

    pub(in super::super) const OF_FILE: u64 = OF_STREAM
        | OF_POSITION
        | FD_READ
        | FD_WRITE
        | FD_SYNC
        | FD_DATASYNC
        | FD_FILESTAT_SET_TIMES;

    pub(in super::super) const OF_FOLDER: u64 = FD_FDSTAT_SET_FLAGS
        | FD_SYNC
        | FD_DATASYNC
        | FD_READDIR
        | FD_FILESTAT_GET
        | FD_FILESTAT_SET_TIMES
        | PATH_CREATE_DIRECTORY
        | PATH_CREATE_FILE
        | PATH_LINK_SOURCE
        | PATH_LINK_TARGET
        | PATH_OPEN
        | PATH_READLINK
        | PATH_RENAME_SOURCE
        | PATH_RENAME_TARGET
        | PATH_FILESTAT_GET
        | PATH_FILESTAT_SET_SIZE
        | PATH_FILESTAT_SET_TIMES
        | PATH_SYMLINK
        | PATH_REMOVE_DIRECTORY
        | PATH_UNLINK_FILE;
}

/// Flags of a descriptor.
pub(super) mod fdflags {
    pub(in super::super) const APPEND: u32 = 1 << 0;
    pub(in super::super) const DSYNC: u32 = 1 << 1;
    pub(in super::super) const NONBLOCK: u32 = 1 << 2;
    pub(in super::super) const RSYNC: u32 = 1 << 3;
    pub(in super::super) const SYNC: u32 = 1 << 4;
    pub(in super::super) const ALL: u32 = (1 << 5) - 1;
}

/// Flags of `path_open`.
pub(super) mod oflags {
    pub(in super::super) const CREAT: u32 = 1 << 0;
    pub(in super::super) const DIRECTORY: u32 = 1 << 1;
    pub(in super::super) const EXCL: u32 = 1 << 2;
    pub(in super::super) const TRUNC: u32 = 1 << 3;
    pub(in super::super) const ALL: u32 = (1 << 4) - 1;
}

/// Flags of a clock that `poll_oneoff` waits for.
pub(super) mod subclockflags {
    pub(in super::super) const ABSTIME: u16 = 1 << 0;
    pub(in super::super) const ALL: u16 = ABSTIME;
}

/// The flags that calls on sockets know.
pub(super) mod socket_flags {
    /// `sock_recv`: peek, wait for all.
    pub(in super::super) const RECEIVE: u32 = (1 << 2) - 1;
    /// `sock_send`: none.
    pub(in super::super) const SEND: u32 = 0;
    /// `sock_shutdown`: reading, writing.
    pub(in super::super) const SHUTDOWN: u32 = (1 << 2) - 1;
}

/// Signals have numbers below this.
pub(super) const SIGNALS: u32 = 31;

/// Puts fields of a record, lowest byte first, at their places.
pub(super) fn record<const SIZE: usize>(fields: &[(usize, &[u8])]) -> [u8; SIZE] {
    let mut record = [0; SIZE];
    for &(at, bytes) in fields {
        for (place, &byte) in record.iter_mut().skip(at).zip(bytes) {
            *place = byte;
        }
    }
    record
}

/// The record `fdstat`.
pub(super) struct FdStat {
    pub(super) filetype: FileType,
    pub(super) flags: u32,
    pub(super) base: u64,
    pub(super) inheriting: u64,
}

impl FdStat {
    pub(super) fn bytes(&self) -> [u8; 24] {
        record(&[
            (0, &[self.filetype as u8]),
            (2, &(self.flags as u16).to_le_bytes()),
            (8, &self.base.to_le_bytes()),
            (16, &self.inheriting.to_le_bytes()),
        ])
    }
}

/// The record `filestat`.
#[derive(Default)]
pub(super) struct FileStat {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) filetype: FileType,
    pub(super) links: u64,
    pub(super) size: u64,
    /// Nanoseconds since 1970 of the last access, change of the contents, change of the file.
    pub(super) times: [u64; 3],
}

impl FileStat {
    pub(super) const SIZE: u32 = 64;

    pub(super) fn bytes(&self) -> [u8; FileStat::SIZE as usize] {
        let [accessed, modified, changed] = self.times.map(u64::to_le_bytes);
        record(&[
            (0, &self.device.to_le_bytes()),
            (8, &self.inode.to_le_bytes()),
            (16, &[self.filetype as u8]),
            (24, &self.links.to_le_bytes()),
            (32, &self.size.to_le_bytes()),
            (40, &accessed),
            (48, &modified),
            (56, &changed),
        ])
    }
}
