//! What is known about a descriptor or a file, and its times.

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cap_fs_ext::{DirExt, SystemTimeSpec};
use cap_std::fs::{FileTypeExt, Metadata, MetadataExt};
use cap_std::time;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, UTIME_OMIT};

use super::abi::{FdStat, FileStat, FileType, fdflags, rights};
use super::call::{Call, Done};
use super::errno::Errno;
use super::table::{Descriptor, Object};

/// By what number a program knows a file.
#[derive(Default)]
pub(super) struct Inodes {
    /// In a run that can be repeated, numbers count the files that the program has met.
    met: Option<HashMap<Identity, u64>>,
}

/// What tells two files of the system apart. It uses the number of one that is gone again.
#[derive(PartialEq, Eq, Hash)]
struct Identity {
    device: u64,
    number: u64,
    birth: Option<SystemTime>,
}

impl Inodes {
    /// Numbers that are the same each time.
    pub(super) fn numbering() -> Inodes {
        Inodes {
            met: Some(HashMap::new()),
        }
    }

    pub(super) fn is_numbering(&self) -> bool {
        self.met.is_some()
    }

    pub(super) fn number(&mut self, metadata: &Metadata) -> u64 {
        match &mut self.met {
            None => metadata.ino(),
            Some(met) => {
                let next = met.len() as u64 + 1;
                let identity = Identity {
                    device: metadata.dev(),
                    number: metadata.ino(),
                    birth: metadata.created().ok().map(|time| time.into_std()),
                };
                *met.entry(identity).or_insert(next)
            }
        }
    }

    /// The record for a file. In a run that can be repeated, what differs between systems is left
    /// out: device and times, sizes and links of folders.
    pub(super) fn stat(&mut self, metadata: &Metadata) -> FileStat {
        let filetype = file_type(metadata.file_type());
        let stat = FileStat {
            inode: self.number(metadata),
            filetype,
            ..FileStat::default()
        };
        let is_folder = filetype == FileType::Directory;
        match self.is_numbering() {
            true => FileStat {
                links: if is_folder { 1 } else { metadata.nlink() },
                size: if is_folder { 0 } else { metadata.size() },
                ..stat
            },
            false => FileStat {
                device: metadata.dev(),
                links: metadata.nlink(),
                size: metadata.size(),
                times: [
                    nanoseconds(metadata.atime(), metadata.atime_nsec()),
                    nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
                    nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
                ],
                ..stat
            },
        }
    }
}

/// Nanoseconds since 1970; times before are 0.
fn nanoseconds(seconds: i64, nanoseconds: i64) -> u64 {
    let whole = i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    u64::try_from(whole.max(0)).unwrap_or(u64::MAX)
}

pub(super) fn file_type(ty: cap_std::fs::FileType) -> FileType {
    match ty {
        ty if ty.is_file() => FileType::RegularFile,
        ty if ty.is_dir() => FileType::Directory,
        ty if ty.is_symlink() => FileType::SymbolicLink,
        ty if ty.is_char_device() => FileType::CharacterDevice,
        ty if ty.is_block_device() => FileType::BlockDevice,
        ty if ty.is_socket() => FileType::SocketStream,
        _ => FileType::Unknown,
    }
}

/// The type of what a descriptor stands for. A stream is a device if it is a terminal.
fn type_of(call: &Call<'_, '_>, descriptor: &Descriptor) -> FileType {
    match &descriptor.object {
        Object::Stream(stream) if call.host.services.is_terminal(*stream as usize) => {
            FileType::CharacterDevice
        }
        Object::Stream(_) => FileType::Unknown,
        Object::File(file) => file.filetype,
        Object::Folder(_) => FileType::Directory,
    }
}

pub(super) fn fd_fdstat_get(call: &mut Call<'_, '_>) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    let stat = FdStat {
        filetype: type_of(call, descriptor),
        flags: descriptor.flags,
        base: descriptor.rights,
        inheriting: descriptor.inheriting,
    };
    call.put(call.int(1), &stat.bytes())?;
    Ok(())
}

/// The flags that cannot be changed once a file is open.
const LASTING: u32 = fdflags::SYNC | fdflags::DSYNC | fdflags::RSYNC;

pub(super) fn fd_fdstat_set_flags(call: &mut Call<'_, '_>) -> Done {
    let (fd, flags) = (call.int(0), call.int(1));
    let descriptor = call.context.table.get_mut(fd)?;
    descriptor.need(rights::FD_FDSTAT_SET_FLAGS)?;
    if flags & !fdflags::ALL != 0 || (flags ^ descriptor.flags) & LASTING != 0 {
        return Err(Errno::Inval.into());
    }
    match &descriptor.object {
        Object::File(open) => {
            let mut system = rustix::fs::fcntl_getfl(&open.file).map_err(std::io::Error::from)?;
            let append = flags & fdflags::APPEND != 0;
            system.set(rustix::fs::OFlags::APPEND, append);
            rustix::fs::fcntl_setfl(&open.file, system).map_err(std::io::Error::from)?;
        }
        // Nothing is appended to a folder, and a stream always is.
        _ if flags & fdflags::APPEND != 0 => return Err(Errno::Inval.into()),
        Object::Stream(_) | Object::Folder(_) => {}
    }
    descriptor.flags = flags;
    Ok(())
}

pub(super) fn fd_fdstat_set_rights(call: &mut Call<'_, '_>) -> Done {
    let known = rights::OF_FILE | rights::OF_FOLDER;
    let (base, inheriting) = (call.long(1) & known, call.long(2) & known);
    let descriptor = call.context.table.get_mut(call.host.number(0) as u32)?;
    if base & !descriptor.rights != 0 || inheriting & !descriptor.inheriting != 0 {
        return Err(Errno::NotCapable.into());
    }
    descriptor.rights = base;
    descriptor.inheriting = inheriting;
    Ok(())
}

pub(super) fn fd_filestat_get(call: &mut Call<'_, '_>) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    descriptor.need(rights::FD_FILESTAT_GET)?;
    let metadata = match &descriptor.object {
        Object::Stream(_) => {
            let filetype = type_of(call, descriptor);
            let stat = FileStat {
                filetype,
                ..FileStat::default()
            };
            call.put(call.int(1), &stat.bytes())?;
            return Ok(());
        }
        Object::File(open) => open.file.metadata()?,
        Object::Folder(folder) => folder.dir.dir_metadata()?,
    };
    let stat = call.context.inodes.stat(&metadata);
    call.put(call.int(1), &stat.bytes())?;
    Ok(())
}

pub(super) fn fd_filestat_set_size(call: &mut Call<'_, '_>) -> Done {
    let table = &call.context.table;
    let open = table.file(call.int(0), rights::FD_FILESTAT_SET_SIZE, Errno::Inval)?;
    if !open.is_regular() || i64::try_from(call.long(1)).is_err() {
        return Err(Errno::Inval.into());
    }
    open.file.set_len(call.long(1))?;
    Ok(())
}

/// A time that is to be set.
#[derive(Clone, Copy)]
pub(super) enum NewTime {
    Unchanged,
    Now,
    At(u64),
}

impl NewTime {
    /// What the two flags of a time and its argument specify.
    fn of(set: bool, now: bool, time: u64) -> Result<NewTime, Errno> {
        match (set, now) {
            (false, false) => Ok(NewTime::Unchanged),
            (true, false) => Ok(NewTime::At(time)),
            (false, true) => Ok(NewTime::Now),
            (true, true) => Err(Errno::Inval),
        }
    }

    pub(super) fn specification(self) -> Option<SystemTimeSpec> {
        match self {
            NewTime::Unchanged => None,
            NewTime::Now => Some(SystemTimeSpec::SymbolicNow),
            NewTime::At(time) => {
                let time = UNIX_EPOCH + Duration::from_nanos(time);
                Some(SystemTimeSpec::Absolute(time::SystemTime::from_std(time)))
            }
        }
    }

    pub(super) fn timespec(self) -> Timespec {
        let (tv_sec, tv_nsec) = match self {
            NewTime::Unchanged => (0, UTIME_OMIT),
            NewTime::Now => (0, UTIME_NOW),
            NewTime::At(time) => ((time / 1_000_000_000) as i64, (time % 1_000_000_000) as _),
        };
        Timespec { tv_sec, tv_nsec }
    }
}

/// The times of access and change in arguments `at` and `at + 1` with the flags after them.
pub(super) fn new_times(call: &Call<'_, '_>, at: usize) -> Result<[NewTime; 2], Errno> {
    let flags = call.int(at + 2);
    if flags >> 4 != 0 {
        return Err(Errno::Inval);
    }
    let is_set = |bit: u32| flags >> bit & 1 != 0;
    Ok([
        NewTime::of(is_set(0), is_set(1), call.long(at))?,
        NewTime::of(is_set(2), is_set(3), call.long(at + 1))?,
    ])
}

pub(super) fn fd_filestat_set_times(call: &mut Call<'_, '_>) -> Done {
    let [accessed, modified] = new_times(call, 1)?;
    let descriptor = call.context.table.get(call.int(0))?;
    match &descriptor.object {
        Object::Stream(_) => return Err(Errno::Inval.into()),
        Object::File(open) => {
            descriptor.need(rights::FD_FILESTAT_SET_TIMES)?;
            let times = Timestamps {
                last_access: accessed.timespec(),
                last_modification: modified.timespec(),
            };
            rustix::fs::futimens(&open.file, &times).map_err(std::io::Error::from)?;
        }
        Object::Folder(folder) => {
            descriptor.need(rights::FD_FILESTAT_SET_TIMES)?;
            // The system's descriptor may be one through which nothing can be changed.
            let dir = &folder.dir;
            dir.set_times(".", accessed.specification(), modified.specification())?;
        }
    }
    Ok(())
}
