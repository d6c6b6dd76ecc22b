//! The two older layouts that call themselves version 2 (`docs/format.md` section 6). Their
//! framing is read for inspection; their code is never interpreted.

use std::sync::Arc;

use super::container::fault;
use super::header::{MAGIC, u16_at, u32_at, u64_at};
use super::section::{Tag, is_tag};
use crate::diag::codes::format::{V0002, V0003, V0006, V0013};
use crate::diag::{Code, Diagnostic};

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
        fault: Option<FramingFault>,
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

/// Why the framing of layout (a) ends before the file does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FramingFault {
    /// The file ends inside the head of a section.
    Head,
    /// What should be a tag is not one.
    Tag,
    /// A section reaches beyond the end of the file.
    Length,
    /// Bytes follow the CRC.
    Trailing,
}

impl FramingFault {
    fn describe(self) -> (&'static Code, &'static str) {
        match self {
            FramingFault::Head => (&V0002, "the file ends inside a section's head"),
            FramingFault::Tag => (
                &V0006,
                "the file says version 2, but its bytes have neither layout of that version: it is damaged",
            ),
            FramingFault::Length => (&V0002, "a section reaches beyond the end of the file"),
            FramingFault::Trailing => (&V0003, "bytes follow the CRC"),
        }
    }
}

/// The tags that layout (a) is known to have.
const KNOWN_TAGS: [Tag; 6] = [*b"INTS", *b"FLTS", *b"STRS", *b"DATA", *b"CODE", *b"NAME"];

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
                fault = Some(FramingFault::Head);
                break;
            }
            let tag = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
            let length = u32_at(bytes, at + 4);
            if tag == *b"CRCC" {
                stated = Some(length);
                if bytes.len() != at + 8 {
                    fault = Some(FramingFault::Trailing);
                }
                break;
            }
            if !is_tag(tag) {
                fault = Some(FramingFault::Tag);
                break;
            }
            let start = at + 8;
            let Some(next) = start
                .checked_add(length as usize)
                .filter(|&next| next <= bytes.len())
            else {
                fault = Some(FramingFault::Length);
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

    /// What keeps the file from being what its version claims; none when its CRC confirms it. A
    /// version field alone proves nothing: one flipped bit makes it 2. A file of layout (a) without
    /// a CRC is believed, with a warning, if it has sections and all of them are known.
    pub fn check(&self, name: &Arc<str>, bytes: &[u8]) -> Option<Diagnostic> {
        let (Legacy::Tagged { end, .. } | Legacy::Counted { end, .. }) = *self;
        let at = |code, offset, message: &str| Some(fault(name, code, offset, None, message));
        match self {
            Legacy::Tagged {
                fault: Some(fault), ..
            } => {
                let (code, message) = fault.describe();
                return at(code, end, message);
            }
            Legacy::Counted { stated: None, .. } => {
                let message = "the file says version 2, but lacks the trailer with that version's CRC: it is damaged or cut short";
                return at(&V0002, end, message);
            }
            Legacy::Tagged { .. } | Legacy::Counted { .. } => {}
        }
        if let Some((stated, crc)) = self.crc(bytes) {
            let message = format!("the CRC32 of the file is {crc:08x}, it says {stated:08x}");
            return (stated != crc).then(|| fault(name, &V0013, end, None, message));
        }
        let known = match self {
            Legacy::Tagged { sections, .. } => {
                !sections.is_empty() && sections.iter().all(|(tag, ..)| KNOWN_TAGS.contains(tag))
            }
            Legacy::Counted { .. } => false,
        };
        if !known {
            let message = "the file says version 2, but neither a CRC nor a known section confirms it: it is damaged";
            return at(&V0006, 6, message);
        }
        let message = "the file has no CRC, so that nothing was checked";
        at(&V0013, end, message).map(Diagnostic::warning)
    }
}
