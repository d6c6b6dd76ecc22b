//! The two older layouts that call themselves version 2 (`docs/format.md` section 6). Their
//! framing is read for inspection; their code is never interpreted.

use super::header::{MAGIC, u16_at, u32_at, u64_at};
use super::section::Tag;

/// A file of version 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// Layout (a): tagged sections.
    Tagged {
        /// Tag, offset of the payload and its length in bytes, in file order.
        sections: Vec<(Tag, u64, u64)>,
        /// The CRC32 that the file states, if it has one.
        stated: Option<u32>,
        /// Where the CRC's section begins, or where the file stops making sense.
        end: u64,
        /// Why the framing ends there, when it is not the end of the file.
        fault: Option<&'static str>,
    },
    /// Layout (b): counts and a trailer.
    Counted {
        /// Flags.
        flags: u32,
        /// Entry, -1 for none.
        entry: i64,
        /// Integers, floats, strings, data blobs, instructions.
        counts: [u32; 5],
        /// The CRC32 that the file states, if its trailer is there.
        stated: Option<u32>,
        /// Where the CRC begins, or the end of the file.
        end: u64,
    },
}

/// What the counts of layout (b) count.
pub const COUNTED: [&str; 5] = [
    "integers",
    "floats",
    "strings",
    "data blobs",
    "instructions",
];

const COUNTED_HEADER: usize = 6 + 4 + 4 + 8 + 5 * 4;
const TRAILER: &[u8] = b"VEND\0\0";

impl Legacy {
    /// The framing of a version 2 file; none when `bytes` are not one.
    pub fn parse(bytes: &[u8]) -> Option<Legacy> {
        if !bytes.starts_with(&MAGIC) || bytes.len() < 8 || u16_at(bytes, 6) != 2 {
            return None;
        }
        if bytes.get(8..10) == Some(&[0, 0]) && bytes.len() >= COUNTED_HEADER {
            return Some(Legacy::counted(bytes));
        }
        Some(Legacy::tagged(bytes))
    }

    fn tagged(bytes: &[u8]) -> Legacy {
        let mut sections = Vec::new();
        let mut at = 8;
        let mut stated = None;
        let mut fault = None;
        while at < bytes.len() {
            if bytes.len() - at < 8 {
                fault = Some("the file ends inside a section's head");
                break;
            }
            let tag = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            let length = u32_at(bytes, at + 4);
            if tag == *b"CRCC" {
                stated = Some(length);
                if bytes.len() != at + 8 {
                    fault = Some("bytes follow the CRC");
                }
                break;
            }
            let start = at + 8;
            let Some(next) = start
                .checked_add(length as usize)
                .filter(|&next| next <= bytes.len())
            else {
                fault = Some("a section reaches beyond the end of the file");
                break;
            };
            sections.push((tag, start as u64, u64::from(length)));
            at = next;
        }
        Legacy::Tagged {
            sections,
            stated,
            end: at as u64,
            fault,
        }
    }

    fn counted(bytes: &[u8]) -> Legacy {
        let trailer = bytes.len() >= COUNTED_HEADER + 10 && bytes.ends_with(TRAILER);
        let end = if trailer {
            bytes.len() - 10
        } else {
            bytes.len()
        };
        Legacy::Counted {
            flags: u32_at(bytes, 10),
            entry: u64_at(bytes, 14) as i64,
            counts: std::array::from_fn(|i| u32_at(bytes, 22 + 4 * i)),
            stated: trailer.then(|| u32_at(bytes, end)),
            end: end as u64,
        }
    }

    /// A few words for messages.
    pub fn description(&self) -> &'static str {
        match self {
            Legacy::Tagged { .. } => " (tagged sections)",
            Legacy::Counted { .. } => " (counts and trailer)",
        }
    }

    /// The CRC32 that the file states and the one that its bytes have; none when it states none.
    pub fn crc(&self, bytes: &[u8]) -> Option<(u32, u32)> {
        let (Legacy::Tagged { stated, end, .. } | Legacy::Counted { stated, end, .. }) = self;
        let covered = bytes.get(6..*end as usize)?;
        stated.map(|stated| (stated, crc32fast::hash(covered)))
    }
}
