//! Calls on paths. A path never leads out of the folder of the descriptor that it starts from:
//! `cap-std` resolves it so that neither `..` nor a symbolic link nor a change from outside
//! during the call can make it.

use std::io;
use std::os::unix::ffi::OsStrExt;

use cap_fs_ext::{DirExt, FollowSymlinks, OpenOptionsFollowExt, OpenOptionsSyncExt};
use cap_std::fs::{Dir, File, OpenOptions, OpenOptionsExt};
#[cfg(target_os = "linux")]
use rustix::fs::{AtFlags, Timestamps};

use super::abi::{FileStat, FileType, fdflags, oflags, rights};
use super::call::{Call, Done, Stop};
use super::errno::Errno;
use super::place::{Place, wants_folder};
use super::status::{NewTime, file_type, new_times};
use super::table::{Descriptor, Object, OpenFile, OpenFolder};

/// Bytes of a path at most, as on Linux.
const LONGEST: usize = 4095;

/// The path whose pointer is argument `at`, and whose length is the next.
fn path(call: &mut Call<'_, '_>, at: usize) -> Result<String, Stop> {
    let bytes = {
        let (pointer, length) = (call.int(at), call.int(at + 1));
        call.bytes(pointer, length)?
    };
    if bytes.len() > LONGEST {
        return Err(Errno::NameTooLong.into());
    }
    let path = str::from_utf8(&bytes).map_err(|_| Errno::IlSeq)?;
    match path.contains('\0') {
        true => Err(Errno::Inval.into()),
        false => Ok(path.to_owned()),
    }
}

/// The folder of the descriptor in argument `at`.
fn folder<'c>(call: &'c Call<'_, '_>, at: usize, right: u64) -> Result<&'c Dir, Errno> {
    let folder = call.context.table.folder(call.int(at), right)?;
    Ok(&folder.dir)
}

/// Whether flags of a lookup request that a symbolic link at the end is followed.
fn follows(flags: u32) -> Result<bool, Errno> {
    match flags {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Errno::Inval),
    }
}

pub(super) fn path_create_directory(call: &mut Call<'_, '_>) -> Done {
    let path = path(call, 1)?;
    let dir = folder(call, 0, rights::PATH_CREATE_DIRECTORY)?;
    let place = Place::find(dir, &path)?;
    let (dir, name) = place.name(Errno::Exist, Errno::Exist)?;
    dir.create_dir(name)?;
    Ok(())
}

pub(super) fn path_filestat_get(call: &mut Call<'_, '_>) -> Done {
    let follows = follows(call.int(1))?;
    let (path, result) = (path(call, 2)?, call.int(4));
    let dir = folder(call, 0, rights::PATH_FILESTAT_GET)?;
    call.check(result, FileStat::SIZE)?;
    let metadata = match follows || wants_folder(&path) {
        true => dir.metadata(path)?,
        false => dir.symlink_metadata(path)?,
    };
    let stat = call.context.inodes.stat(&metadata);
    call.put(result, &stat.bytes())?;
    Ok(())
}

pub(super) fn path_filestat_set_times(call: &mut Call<'_, '_>) -> Done {
    let follows = follows(call.int(1))?;
    let path = path(call, 2)?;
    let times = new_times(call, 4)?;
    let dir = folder(call, 0, rights::PATH_FILESTAT_SET_TIMES)?;
    match follows || wants_folder(&path) {
        true => set_times(dir, &path, times)?,
        false => {
            let [accessed, modified] = times.map(NewTime::specification);
            dir.set_symlink_times(path, accessed, modified)?;
        }
    }
    Ok(())
}

/// Sets the times of what a path leads to, without opening it for reading or writing: that would wait for the other
/// end of a pipe.
#[cfg(target_os = "linux")]
fn set_times(dir: &Dir, path: &str, times: [NewTime; 2]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(libc::O_PATH);
    let found = dir.open_with(path, &options)?;
    let [last_access, last_modification] = times.map(NewTime::timespec);
    let times = Timestamps {
        last_access,
        last_modification,
    };
    Ok(rustix::fs::utimensat(
        found,
        "",
        &times,
        AtFlags::EMPTY_PATH,
    )?)
}

#[cfg(not(target_os = "linux"))]
fn set_times(dir: &Dir, path: &str, times: [NewTime; 2]) -> io::Result<()> {
    let [accessed, modified] = times.map(NewTime::specification);
    dir.set_times(path, accessed, modified)
}

pub(super) fn path_link(call: &mut Call<'_, '_>) -> Done {
    // A link to what a symbolic link leads to cannot be made without a race.
    if call.int(1) != 0 {
        return Err(Errno::Inval.into());
    }
    let (old, new) = (path(call, 2)?, path(call, 5)?);
    let from = folder(call, 0, rights::PATH_LINK_SOURCE)?;
    let to = folder(call, 4, rights::PATH_LINK_TARGET)?;
    if wants_folder(&old) {
        let source = from.open_dir(&old)?;
        let place = Place::find(to, &new)?;
        let (to, new) = place.for_file()?;
        // Folders have only one name, which the system reports when everything else is in order.
        source.hard_link(".", to, new)?;
        return Ok(());
    }
    let source = Place::find(from, &old)?;
    source.is_folder()?;
    let place = Place::find(to, &new)?;
    let (to, new) = place.for_file()?;
    from.hard_link(&old, to, new)?;
    Ok(())
}

/// What `path_open` was asked for.
struct Request {
    path: String,
    follows: bool,
    oflags: u32,
    base: u64,
    inheriting: u64,
    flags: u32,
}

impl Request {
    fn of(call: &mut Call<'_, '_>) -> Result<Request, Stop> {
        let known = rights::OF_FILE | rights::OF_FOLDER;
        let request = Request {
            follows: follows(call.int(1))?,
            path: path(call, 2)?,
            oflags: call.int(4),
            base: call.long(5) & known,
            inheriting: call.long(6) & known,
            flags: call.int(7),
        };
        let folder_made = oflags::DIRECTORY | oflags::CREAT;
        if request.oflags & !oflags::ALL != 0
            || request.flags & !fdflags::ALL != 0
            || request.oflags & folder_made == folder_made
        {
            return Err(Errno::Inval.into());
        }
        Ok(request)
    }

    fn wants(&self, oflag: u32) -> bool {
        self.oflags & oflag != 0
    }

    /// The rights that the folder must have.
    fn needed(&self) -> u64 {
        let creating = match self.wants(oflags::CREAT) {
            true => rights::PATH_CREATE_FILE,
            false => 0,
        };
        let truncating = match self.wants(oflags::TRUNC) {
            true => rights::PATH_FILESTAT_SET_SIZE,
            false => 0,
        };
        rights::PATH_OPEN | creating | truncating
    }

    /// Opens the file. The system must never wait, for the other end of a pipe for example.
    fn open(&self, dir: &Dir) -> io::Result<File> {
        let writes = self.base & rights::FD_WRITE != 0 || self.wants(oflags::TRUNC);
        let reads = self.base & rights::FD_READ != 0 || !writes;
        let mut system = libc::O_NOCTTY;
        for (wanted, flag) in [
            (self.wants(oflags::CREAT), libc::O_CREAT),
            (self.wants(oflags::EXCL), libc::O_EXCL),
            (self.wants(oflags::TRUNC), libc::O_TRUNC),
            (self.wants(oflags::DIRECTORY), libc::O_DIRECTORY),
            (self.flags & fdflags::APPEND != 0, libc::O_APPEND),
        ] {
            if wanted {
                system |= flag;
            }
        }
        let mut options = OpenOptions::new();
        options
            .read(reads)
            .write(writes)
            .custom_flags(system)
            .nonblock(true)
            .sync(self.flags & fdflags::SYNC != 0)
            .dsync(self.flags & fdflags::DSYNC != 0)
            .rsync(self.flags & fdflags::RSYNC != 0)
            .follow(match self.follows {
                true => FollowSymlinks::Yes,
                false => FollowSymlinks::No,
            });
        dir.open_with(&self.path, &options)
    }

    /// The descriptor for what was opened, with those of the wanted rights that it can have.
    fn descriptor(&self, file: File) -> io::Result<Descriptor> {
        let filetype = file_type(file.metadata()?.file_type());
        if filetype == FileType::Directory {
            return Ok(Descriptor {
                object: Object::Folder(OpenFolder {
                    dir: Dir::from_std_file(file.into_std()),
                    given: None,
                    listing: None,
                }),
                rights: self.base & rights::OF_FOLDER,
                inheriting: self.inheriting,
                flags: self.flags,
            });
        }
        let mut possible = rights::OF_FILE;
        if filetype != FileType::RegularFile {
            possible &= !rights::OF_POSITION;
        }
        if self.base & rights::FD_WRITE == 0 {
            possible &= !rights::OF_CONTENTS;
        }
        Ok(Descriptor {
            object: Object::File(OpenFile { file, filetype }),
            rights: self.base & possible,
            inheriting: 0,
            flags: self.flags,
        })
    }
}

pub(super) fn path_open(call: &mut Call<'_, '_>) -> Done {
    let request = Request::of(call)?;
    let result = call.int(8);
    call.check(result, 4)?;
    let dir = folder(call, 0, request.needed())?;
    let inheriting = call.context.table.get(call.int(0))?.inheriting;
    if (request.base | request.inheriting) & !inheriting != 0 {
        return Err(Errno::NotCapable.into());
    }
    let descriptor = request.descriptor(request.open(dir)?)?;
    let fd = call.context.table.add(descriptor)?;
    call.put_u32(result, fd)?;
    Ok(())
}

pub(super) fn path_readlink(call: &mut Call<'_, '_>) -> Done {
    let (path, buffer, length, result) = (path(call, 1)?, call.int(3), call.int(4), call.int(5));
    call.check(buffer, length)?;
    call.check(result, 4)?;
    let target = folder(call, 0, rights::PATH_READLINK)?.read_link(path)?;
    let target = target.as_os_str().as_bytes();
    let target = target.get(..length as usize).unwrap_or(target);
    call.put(buffer, target)?;
    call.put_u32(result, target.len() as u32)?;
    Ok(())
}

pub(super) fn path_remove_directory(call: &mut Call<'_, '_>) -> Done {
    let path = path(call, 1)?;
    let dir = folder(call, 0, rights::PATH_REMOVE_DIRECTORY)?;
    let place = Place::find(dir, &path)?;
    let (dir, name) = place.name(Errno::Inval, Errno::NotEmpty)?;
    dir.remove_dir(name)?;
    Ok(())
}

pub(super) fn path_rename(call: &mut Call<'_, '_>) -> Done {
    let (old, new) = (path(call, 1)?, path(call, 4)?);
    let from = folder(call, 0, rights::PATH_RENAME_SOURCE)?;
    let to = folder(call, 3, rights::PATH_RENAME_TARGET)?;
    let (source, target) = (Place::find(from, &old)?, Place::find(to, &new)?);
    let (from, old) = source.name(Errno::Busy, Errno::Busy)?;
    let (to, new) = target.name(Errno::Busy, Errno::Busy)?;
    if (source.slash || target.slash) && !source.is_folder()? {
        return Err(Errno::NotDir.into());
    }
    from.rename(old, to, new)?;
    Ok(())
}

pub(super) fn path_symlink(call: &mut Call<'_, '_>) -> Done {
    let (target, new) = (path(call, 0)?, path(call, 3)?);
    let dir = folder(call, 2, rights::PATH_SYMLINK)?;
    let place = Place::find(dir, &new)?;
    let (dir, new) = place.for_file()?;
    DirExt::symlink(dir, target, new)?;
    Ok(())
}

pub(super) fn path_unlink_file(call: &mut Call<'_, '_>) -> Done {
    let path = path(call, 1)?;
    let dir = folder(call, 0, rights::PATH_UNLINK_FILE)?;
    let place = Place::find(dir, &path)?;
    let (dir, name) = place.name(Errno::IsDir, Errno::IsDir)?;
    if place.slash {
        return Err(match place.is_folder()? {
            true => Errno::IsDir.into(),
            false => Errno::NotDir.into(),
        });
    }
    dir.remove_file(name).map_err(Stop::from)
}
