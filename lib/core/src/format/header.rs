//! The header and the section table.

use super::section::Tag;

/// The first six bytes of every VITBC file.
pub const MAGIC: [u8; 6] = *b"VITBC\0";
/// Length of the header in bytes.
pub const HEADER_BYTES: usize = 64;
/// Length of a row of the section table in bytes.
pub const ENTRY_BYTES: usize = 40;
/// Where the header's CRC lies.
pub(super) const CRC_AT: usize = 56;

/// Offset of the highest opcode number.
pub const HIGHEST_OPCODE_AT: u32 = 48;
/// Offset of the feature bits.
pub const FEATURES_AT: u32 = 32;
/// Offset of the entry.
pub const ENTRY_AT: u32 = 52;

/// The header's fields as they are in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Version.
    pub version: u16,
    /// Draft of the version.
    pub draft: u16,
    /// The lowest version that a reader must know.
    pub reader: u16,
    /// Producer, padded with zero bytes.
    pub producer: [u8; 16],
    /// Feature bits.
    pub features: u64,
    /// File length in bytes.
    pub file_length: u64,
    /// Highest opcode number in the code.
    pub highest_opcode: u16,
    /// Number of sections.
    pub sections: u16,
    /// Entry function index.
    pub entry: u32,
    /// CRC32 of header and section table.
    pub crc: u32,
    /// Whether all reserved bytes are zero.
    pub reserved_zero: bool,
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

impl Header {
    /// The header at the beginning of `bytes`; none when they are fewer than 64.
    pub fn parse(bytes: &[u8]) -> Option<Header> {
        let bytes = bytes.get(..HEADER_BYTES)?;
        let mut producer = [0; 16];
        producer.copy_from_slice(&bytes[16..32]);
        Some(Header {
            version: u16_at(bytes, 6),
            draft: u16_at(bytes, 8),
            reader: u16_at(bytes, 10),
            producer,
            features: u64_at(bytes, FEATURES_AT as usize),
            file_length: u64_at(bytes, 40),
            highest_opcode: u16_at(bytes, HIGHEST_OPCODE_AT as usize),
            sections: u16_at(bytes, 50),
            entry: u32_at(bytes, ENTRY_AT as usize),
            crc: u32_at(bytes, CRC_AT),
            reserved_zero: u32_at(bytes, 12) == 0 && u32_at(bytes, 60) == 0,
        })
    }

    /// The header's bytes.
    pub fn bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..6].copy_from_slice(&MAGIC);
        bytes[6..8].copy_from_slice(&self.version.to_le_bytes());
        bytes[8..10].copy_from_slice(&self.draft.to_le_bytes());
        bytes[10..12].copy_from_slice(&self.reader.to_le_bytes());
        bytes[16..32].copy_from_slice(&self.producer);
        bytes[32..40].copy_from_slice(&self.features.to_le_bytes());
        bytes[40..48].copy_from_slice(&self.file_length.to_le_bytes());
        bytes[48..50].copy_from_slice(&self.highest_opcode.to_le_bytes());
        bytes[50..52].copy_from_slice(&self.sections.to_le_bytes());
        bytes[52..56].copy_from_slice(&self.entry.to_le_bytes());
        bytes[CRC_AT..60].copy_from_slice(&self.crc.to_le_bytes());
        bytes
    }

    /// The producer as text, as far as it is text.
    pub fn producer_text(&self) -> String {
        let end = self
            .producer
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |last| last + 1);
        String::from_utf8_lossy(&self.producer[..end]).into_owned()
    }
}

/// A row of the section table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Tag.
    pub tag: Tag,
    /// Flags, see [`super::section`].
    pub flags: u32,
    /// Where the section begins in the file.
    pub offset: u64,
    /// Its length in the file in bytes.
    pub stored: u64,
    /// Its length after expansion in bytes.
    pub raw: u64,
    /// CRC32 of the stored bytes.
    pub crc: u32,
    /// The reserved field.
    pub reserved: u32,
}

impl Entry {
    pub(super) fn parse(bytes: &[u8]) -> Entry {
        Entry {
            tag: [bytes[0], bytes[1], bytes[2], bytes[3]],
            flags: u32_at(bytes, 4),
            offset: u64_at(bytes, 8),
            stored: u64_at(bytes, 16),
            raw: u64_at(bytes, 24),
            crc: u32_at(bytes, 32),
            reserved: u32_at(bytes, 36),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.tag);
        out.extend_from_slice(&self.flags.to_le_bytes());
        out.extend_from_slice(&self.offset.to_le_bytes());
        out.extend_from_slice(&self.stored.to_le_bytes());
        out.extend_from_slice(&self.raw.to_le_bytes());
        out.extend_from_slice(&self.crc.to_le_bytes());
        out.extend_from_slice(&self.reserved.to_le_bytes());
    }
}

/// The CRC32 of header and section table, the CRC field itself taken as zero.
pub(super) fn table_crc(bytes: &[u8], table_end: usize) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&bytes[..CRC_AT]);
    hasher.update(&[0; 4]);
    hasher.update(&bytes[CRC_AT + 4..table_end]);
    hasher.finalize()
}
