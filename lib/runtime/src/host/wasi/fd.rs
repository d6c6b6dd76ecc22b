//! Calls on descriptors: reading, writing, positions.

use std::borrow::Cow;
use std::io::{self, IoSlice};
use std::num::NonZeroU64;
use std::os::fd::AsRawFd;

use rustix::fs::{Advice, FallocateFlags, SeekFrom};

use super::super::memory::{PORTION, parts};
use super::super::waiting::is_ready;
use super::super::{self as host, GuestMemory, Readiness, Wait};
use super::abi::{fdflags, rights};
use super::call::{Call, Done, Stop};
use super::errno::Errno;
use super::table::{Object, OpenFile, Stream};

pub(super) fn fd_close(call: &mut Call<'_, '_>) -> Done {
    call.context.table.remove(call.int(0))?;
    Ok(())
}

pub(super) fn fd_renumber(call: &mut Call<'_, '_>) -> Done {
    call.context.table.renumber(call.int(0), call.int(1))?;
    Ok(())
}

/// The name of a folder that was given to the program.
fn given_name(call: &Call<'_, '_>) -> Result<Vec<u8>, Errno> {
    match &call.context.table.get(call.int(0))?.object {
        Object::Folder(folder) => folder.given.clone().ok_or(Errno::BadF),
        Object::Stream(_) | Object::File(_) => Err(Errno::BadF),
    }
}

pub(super) fn fd_prestat_get(call: &mut Call<'_, '_>) -> Done {
    let name = given_name(call)?;
    // The tag 0 is that of a folder, the only thing that is given so.
    let record = (name.len() as u64) << 32;
    call.put_u64(call.int(1), record)?;
    Ok(())
}

pub(super) fn fd_prestat_dir_name(call: &mut Call<'_, '_>) -> Done {
    let name = given_name(call)?;
    if name.len() > call.int(2) as usize {
        return Err(Errno::NameTooLong.into());
    }
    call.put(call.int(1), &name)?;
    Ok(())
}

pub(super) fn fd_read(call: &mut Call<'_, '_>) -> Done {
    read(call, 3, None)
}

pub(super) fn fd_pread(call: &mut Call<'_, '_>) -> Done {
    let offset = call.long(3);
    read(call, 4, Some(offset))
}

/// Reads from the position or from `offset`, and puts the number of bytes at argument `result`.
fn read(call: &mut Call<'_, '_>, result: usize, offset: Option<u64>) -> Done {
    let fd = call.int(0);
    let descriptor = call.context.table.get(fd)?;
    if offset.is_some() {
        call.context.table.file(fd, 0, Errno::SPipe)?;
    }
    descriptor.need(rights::FD_READ)?;
    let result = call.int(result);
    call.check(result, 4)?;
    let pieces = pieces(call)?;
    let descriptor = call.context.table.get(fd)?;
    let waits = descriptor.flags & fdflags::NONBLOCK == 0;
    let mut count = 0;
    // `PORTION` bytes are paid for together.
    let portions = pieces.into_iter().flat_map(|range| parts(range, PORTION));
    for (pointer, length) in portions {
        let services = &mut *call.host.services;
        let at = offset.map(|offset| offset.saturating_add(count.into()));
        let mut goes_on = false;
        let done = call.host.memory.fill(pointer, length, |buffer| {
            match &descriptor.object {
                // What may have to be waited for is read once.
                Object::Stream(_) if !waits && !services.is_input_ready() => {
                    Err(Errno::Again.into())
                }
                Object::Stream(_) => services.read_input(buffer)?.map_err(Stop::from),
                Object::File(open) => {
                    goes_on = open.is_regular();
                    open.read(buffer, at, waits, services.reluctant)
                }
                Object::Folder(_) => Err(Errno::BadF.into()),
            }
        });
        match done {
            Ok(got) => {
                call.host.fuel.pay(got as u64)?;
                count += got as u32;
                if got < length as usize || !goes_on {
                    break;
                }
            }
            // What was read before counts.
            Err(Stop::Errno(_)) if count > 0 => break,
            Err(stop) => return Err(stop),
        }
    }
    call.put_u32(result, count)?;
    Ok(())
}

/// The pieces of memory that arguments 1 and 2 name.
fn pieces(call: &mut Call<'_, '_>) -> Result<Vec<(u64, u64)>, Stop> {
    let (list, count) = (call.int(1), call.int(2));
    call.pieces(list, count)
}

pub(super) fn fd_write(call: &mut Call<'_, '_>) -> Done {
    write(call, 3, None)
}

pub(super) fn fd_pwrite(call: &mut Call<'_, '_>) -> Done {
    let offset = call.long(3);
    write(call, 4, Some(offset))
}

/// Writes at the position or at `offset`, and puts the number of bytes at argument `result`.
fn write(call: &mut Call<'_, '_>, result: usize, offset: Option<u64>) -> Done {
    let fd = call.int(0);
    let descriptor = call.context.table.get(fd)?;
    if offset.is_some() {
        call.context.table.file(fd, 0, Errno::SPipe)?;
    }
    descriptor.need(rights::FD_WRITE)?;
    let result = call.int(result);
    call.check(result, 4)?;
    let pieces = pieces(call)?;
    let descriptor = call.context.table.get(fd)?;
    let total: u64 = pieces.iter().map(|&(_, length)| length).sum();
    call.host.fuel.pay(total)?;
    let count = match &descriptor.object {
        Object::Stream(stream) => {
            let stream = match stream {
                Stream::Error => host::Stream::Error,
                Stream::Input | Stream::Output => host::Stream::Output,
            };
            call.host.write_stream(stream, pieces.into_iter())?;
            total
        }
        Object::File(open) => {
            let waits = descriptor.flags & fdflags::NONBLOCK == 0;
            let bytes = bytes(&call.host.memory, &pieces)?;
            let slices: Vec<IoSlice<'_>> = bytes.iter().map(|part| IoSlice::new(part)).collect();
            open.write(&slices, offset, waits, call.host.services.reluctant)? as u64
        }
        Object::Folder(_) => return Err(Errno::BadF.into()),
    };
    call.put_u32(result, count as u32)?;
    Ok(())
}

/// The bytes of pieces of memory that have been checked; those that are copied are so few that the write may have to
/// be a short one.
fn bytes<'m>(
    memory: &'m GuestMemory<'_>,
    pieces: &[(u64, u64)],
) -> Result<Vec<Cow<'m, [u8]>>, Errno> {
    let mut left = memory.most_at_once();
    let piece = |&(pointer, length): &(u64, u64)| {
        let length = length.min(left);
        left -= length;
        memory.bytes(pointer, length).map_err(|_| Errno::NoMem)
    };
    pieces.iter().map(piece).collect()
}

impl OpenFile {
    fn read(
        &self,
        buffer: &mut [u8],
        offset: Option<u64>,
        waits: bool,
        reluctant: bool,
    ) -> Result<usize, Stop> {
        self.attempt(Readiness::Read, waits, reluctant, || match offset {
            None => rustix::io::read(&self.file, &mut *buffer),
            Some(offset) => rustix::io::pread(&self.file, &mut *buffer, offset),
        })
    }

    fn write(
        &self,
        slices: &[IoSlice<'_>],
        offset: Option<u64>,
        waits: bool,
        reluctant: bool,
    ) -> Result<usize, Stop> {
        self.attempt(Readiness::Write, waits, reluctant, || match offset {
            None => rustix::io::writev(&self.file, slices),
            Some(offset) => rustix::io::pwritev(&self.file, slices, offset),
        })
    }

    /// Does what may have to wait. A pipe is waited for before the first attempt too, so that one which nobody has
    /// opened yet is not at its end.
    fn attempt(
        &self,
        readiness: Readiness,
        waits: bool,
        reluctant: bool,
        mut act: impl FnMut() -> rustix::io::Result<usize>,
    ) -> Result<usize, Stop> {
        let wait = || {
            Err(Stop::Outcome(
                Wait::for_fd(self.file.as_raw_fd(), readiness).into(),
            ))
        };
        let is_ready = || !reluctant && is_ready(&self.file, readiness);
        if waits && !self.is_regular() && !is_ready() {
            return wait();
        }
        loop {
            match act() {
                Err(rustix::io::Errno::INTR) => {}
                Err(rustix::io::Errno::AGAIN) if waits => return wait(),
                done => return done.map_err(|error| io::Error::from(error).into()),
            }
        }
    }
}

pub(super) fn fd_seek(call: &mut Call<'_, '_>) -> Done {
    let (offset, whence, result) = (call.long(1) as i64, call.int(2), call.int(3));
    let right = match (offset, whence) {
        // That only asks where it is.
        (0, 1) => rights::FD_TELL,
        _ => rights::FD_SEEK,
    };
    let open = call.context.table.file(call.int(0), 0, Errno::SPipe)?;
    if !open.is_regular() {
        return Err(Errno::SPipe.into());
    }
    call.context.table.file(call.int(0), right, Errno::SPipe)?;
    let to = match whence {
        0 => SeekFrom::Start(u64::try_from(offset).map_err(|_| Errno::Inval)?),
        1 => SeekFrom::Current(offset),
        2 => SeekFrom::End(offset),
        _ => return Err(Errno::Inval.into()),
    };
    call.check(result, 8)?;
    let position = rustix::fs::seek(&open.file, to).map_err(io::Error::from)?;
    call.put_u64(result, position)?;
    Ok(())
}

pub(super) fn fd_tell(call: &mut Call<'_, '_>) -> Done {
    let open = call.context.table.file(call.int(0), 0, Errno::SPipe)?;
    if !open.is_regular() {
        return Err(Errno::SPipe.into());
    }
    call.context
        .table
        .file(call.int(0), rights::FD_TELL, Errno::SPipe)?;
    let position = rustix::fs::tell(&open.file).map_err(io::Error::from)?;
    call.put_u64(call.int(1), position)?;
    Ok(())
}

pub(super) fn fd_advise(call: &mut Call<'_, '_>) -> Done {
    let table = &call.context.table;
    let open = table.file(call.int(0), rights::FD_ADVISE, Errno::SPipe)?;
    let advice = match call.int(3) {
        0 => Advice::Normal,
        1 => Advice::Sequential,
        2 => Advice::Random,
        3 => Advice::WillNeed,
        4 => Advice::DontNeed,
        5 => Advice::NoReuse,
        _ => return Err(Errno::Inval.into()),
    };
    let (offset, length) = (call.long(1), call.long(2));
    if [offset, length].iter().any(|&n| i64::try_from(n).is_err()) {
        return Err(Errno::Inval.into());
    }
    rustix::fs::fadvise(&open.file, offset, NonZeroU64::new(length), advice)
        .map_err(io::Error::from)?;
    Ok(())
}

pub(super) fn fd_allocate(call: &mut Call<'_, '_>) -> Done {
    let (offset, length) = (call.long(1), call.long(2));
    let table = &call.context.table;
    let open = table.file(call.int(0), rights::FD_ALLOCATE, Errno::SPipe)?;
    rustix::fs::fallocate(&open.file, FallocateFlags::empty(), offset, length)
        .map_err(io::Error::from)?;
    Ok(())
}

/// Makes sure that what was written reaches its device; all of it, or what is needed to read it.
fn sync(call: &mut Call<'_, '_>, right: u64) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    let done = match &descriptor.object {
        Object::Stream(_) => return Err(Errno::Inval.into()),
        Object::File(open) => {
            descriptor.need(right)?;
            match right {
                rights::FD_SYNC => open.file.sync_all(),
                _ => open.file.sync_data(),
            }
        }
        Object::Folder(folder) => {
            descriptor.need(right)?;
            // The system's descriptor of a folder may be one that cannot be synchronised itself.
            folder.dir.open(".").and_then(|file| file.sync_all())
        }
    };
    Ok(done?)
}

pub(super) fn fd_sync(call: &mut Call<'_, '_>) -> Done {
    sync(call, rights::FD_SYNC)
}

pub(super) fn fd_datasync(call: &mut Call<'_, '_>) -> Done {
    sync(call, rights::FD_DATASYNC)
}
