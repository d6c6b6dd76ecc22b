//! The numbers and records of WASI, as they lie in a program's memory.

/// What kind of thing a descriptor or a folder entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum FileType {
    Unknown = 0,
    CharacterDevice = 2,
}

/// What may be done with a descriptor: a bit for each kind of call.
pub(super) mod rights {
    pub(in super::super) const FD_READ: u64 = 1 << 1;
    pub(in super::super) const FD_WRITE: u64 = 1 << 6;
    pub(in super::super) const FD_FILESTAT_GET: u64 = 1 << 21;
    pub(in super::super) const POLL_FD_READWRITE: u64 = 1 << 27;
}

/// The record `fdstat`.
pub(super) struct FdStat {
    pub(super) filetype: FileType,
    pub(super) flags: u16,
    pub(super) base: u64,
    pub(super) inheriting: u64,
}

impl FdStat {
    pub(super) const SIZE: u32 = 24;

    pub(super) fn bytes(&self) -> [u8; FdStat::SIZE as usize] {
        let mut record = [0; FdStat::SIZE as usize];
        record[0] = self.filetype as u8;
        record[2..4].copy_from_slice(&self.flags.to_le_bytes());
        record[8..16].copy_from_slice(&self.base.to_le_bytes());
        record[16..24].copy_from_slice(&self.inheriting.to_le_bytes());
        record
    }
}

/// The record `filestat`.
#[derive(Default)]
pub(super) struct FileStat {
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) filetype: u8,
    pub(super) links: u64,
    pub(super) size: u64,
    /// Nanoseconds since 1970 of the last access, change of the contents, change of the file.
    pub(super) times: [u64; 3],
}

impl FileStat {
    pub(super) const SIZE: u32 = 64;

    pub(super) fn bytes(&self) -> [u8; FileStat::SIZE as usize] {
        let [accessed, modified, changed] = self.times;
        let kind = u64::from(self.filetype);
        let fields = [
            self.device,
            self.inode,
            kind,
            self.links,
            self.size,
            accessed,
            modified,
            changed,
        ];
        let mut record = [0; FileStat::SIZE as usize];
        for (place, field) in record.chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        record
    }
}
