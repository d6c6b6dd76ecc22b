//! Calls on descriptors.

use super::super::HostOutcome;
use super::abi::{FdStat, FileStat, rights};
use super::call::{Call, Done, Stop};
use super::errno::Errno;
use super::table::{Object, Stream, stream_type};

pub(super) fn fd_close(call: &mut Call<'_, '_>) -> Done {
    call.context.table.remove(call.int(0))?;
    Ok(())
}

pub(super) fn fd_fdstat_get(call: &mut Call<'_, '_>) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    let filetype = match descriptor.object {
        Object::Stream(stream) => stream_type(call.host.services.is_terminal(stream as usize)),
    };
    let stat = FdStat {
        filetype,
        flags: 0,
        base: descriptor.rights,
        inheriting: descriptor.inheriting,
    };
    call.put(call.int(1), &stat.bytes())?;
    Ok(())
}

pub(super) fn fd_filestat_get(call: &mut Call<'_, '_>) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    if !descriptor.has(rights::FD_FILESTAT_GET) {
        return Err(Errno::NotCapable.into());
    }
    let stat = match descriptor.object {
        Object::Stream(stream) => FileStat {
            filetype: stream_type(call.host.services.is_terminal(stream as usize)) as u8,
            ..FileStat::default()
        },
    };
    call.put(call.int(1), &stat.bytes())?;
    Ok(())
}

/// A descriptor that is no folder given to the program.
pub(super) fn fd_prestat_get(call: &mut Call<'_, '_>) -> Done {
    call.context.table.get(call.int(0))?;
    Err(Errno::BadF.into())
}

pub(super) fn fd_read(call: &mut Call<'_, '_>) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    if !descriptor.has(rights::FD_READ) {
        return Err(Errno::BadF.into());
    }
    let result = call.int(3);
    call.check(result, 4)?;
    let pieces = call.pieces(call.int(1), call.int(2))?;
    // A stream is waited for once, so only the first piece can be filled.
    let count = match pieces.first() {
        Some(&(pointer, length)) => read_input(call, pointer, length)?,
        None => 0,
    };
    call.put_u32(result, count)?;
    Ok(())
}

fn read_input(call: &mut Call<'_, '_>, pointer: u32, length: u32) -> Result<u32, Stop> {
    let buffer = call.host.memory.write(pointer.into(), length.into());
    let buffer = buffer.map_err(|_| Errno::Fault)?;
    match call.host.services.read_input(buffer) {
        Some(Ok(count)) => Ok(count as u32),
        Some(Err(error)) => Err(error.into()),
        None => Err(Stop::Outcome(HostOutcome::TimedOut)),
    }
}

pub(super) fn fd_write(call: &mut Call<'_, '_>) -> Done {
    let descriptor = call.context.table.get(call.int(0))?;
    if !descriptor.has(rights::FD_WRITE) {
        return Err(Errno::BadF.into());
    }
    let Object::Stream(stream) = descriptor.object;
    let result = call.int(3);
    call.check(result, 4)?;
    let pieces = call.pieces(call.int(1), call.int(2))?;
    let mut count = 0;
    for (pointer, length) in pieces {
        let bytes = call.host.memory.read(pointer.into(), length.into());
        let bytes = bytes.map_err(|_| Errno::Fault)?;
        match stream {
            Stream::Error => call.host.services.write_error(bytes),
            _ if !call.host.services.write_output(bytes) => {
                return Err(Stop::Outcome(HostOutcome::OutputFailed));
            }
            _ => {}
        }
        count += length;
    }
    call.put_u32(result, count)?;
    Ok(())
}

/// Streams have no position.
pub(super) fn fd_seek(call: &mut Call<'_, '_>) -> Done {
    call.context.table.get(call.int(0))?;
    Err(Errno::SPipe.into())
}
