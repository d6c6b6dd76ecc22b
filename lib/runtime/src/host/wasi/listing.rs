//! What is in a folder: `fd_readdir`.

use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirEntryExt;

use super::abi::{FileType, record, rights};
use super::call::{Call, Done};
use super::errno::Errno;
use super::status::{Inodes, file_type};
use super::table::{Object, OpenFolder};

/// The entries of a folder at one moment. A cookie is a place in it, so that it stays good while
/// files come and go.
pub(super) struct Listing {
    entries: Vec<Entry>,
}

struct Entry {
    name: Vec<u8>,
    inode: u64,
    filetype: FileType,
}

impl Listing {
    /// Reads the folder: itself, what is above it, then all names in the order of their bytes.
    fn read(folder: &OpenFolder, inodes: &mut Inodes) -> Result<Listing, Errno> {
        let own = inodes.number(&folder.dir.dir_metadata()?);
        // What is above a folder is none of the program's business, not even its number.
        let mut entries: Vec<Entry> = [".", ".."]
            .map(|name| Entry {
                name: name.into(),
                inode: own,
                filetype: FileType::Directory,
            })
            .into();
        let mut found = Vec::new();
        for entry in folder.dir.entries()? {
            found.push(entry?);
        }
        found.sort_by_cached_key(|entry| entry.file_name());
        for entry in found {
            let inode = match inodes.is_numbering() {
                // One that goes away now is left out.
                true => match entry.metadata() {
                    Ok(metadata) => inodes.number(&metadata),
                    Err(_) => continue,
                },
                false => entry.ino(),
            };
            entries.push(Entry {
                name: entry.file_name().as_bytes().to_vec(),
                inode,
                filetype: entry.file_type().map_or(FileType::Unknown, file_type),
            });
        }
        Ok(Listing { entries })
    }
}

/// Bytes of the record `dirent` in front of each name.
const HEADER: usize = 24;

pub(super) fn fd_readdir(call: &mut Call<'_, '_>) -> Done {
    let (buffer, length, result) = (call.int(1), call.int(2), call.int(4));
    let cookie = call.long(3);
    let descriptor = call.context.table.get_mut(call.host.number(0) as u32)?;
    let Object::Folder(folder) = &mut descriptor.object else {
        return Err(Errno::NotDir.into());
    };
    if descriptor.rights & rights::FD_READDIR == 0 {
        return Err(Errno::NotCapable.into());
    }
    let memory = &mut call.host.memory;
    memory.check(result.into(), 4).map_err(fault)?;
    memory.check(buffer.into(), length.into()).map_err(fault)?;
    if cookie == 0 || folder.listing.is_none() {
        folder.listing = Some(Listing::read(folder, &mut call.context.inodes)?);
    }
    let mut paid = 0;
    let entries = folder.listing.iter().flat_map(|listing| &listing.entries);
    let skipped = usize::try_from(cookie).unwrap_or(usize::MAX);
    let mut used = 0;
    for (n, entry) in entries.enumerate().skip(skipped) {
        let header: [u8; HEADER] = record(&[
            (0, &(n as u64 + 1).to_le_bytes()),
            (8, &entry.inode.to_le_bytes()),
            (16, &(entry.name.len() as u32).to_le_bytes()),
            (20, &[entry.filetype as u8]),
        ]);
        for bytes in [&header[..], &entry.name] {
            let part = &bytes[..bytes.len().min((length - used) as usize)];
            memory.write((buffer + used).into(), part).map_err(fault)?;
            used += part.len() as u32;
        }
        call.host.fuel.pay((used - paid).into())?;
        paid = used;
        if used == length {
            break;
        }
    }
    call.put_u32(result, used)?;
    Ok(())
}

fn fault(_: vbc_core::isa::Trap) -> Errno {
    Errno::Fault
}
