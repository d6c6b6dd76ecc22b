//! The container: header, section table, CRCs, padding, compression. What is inside the
//! sections is the business of [`super::reader`].

use std::io::Read;
use std::ops::Range;
use std::sync::Arc;

use super::header::{self, ENTRY_BYTES, Entry, HEADER_BYTES, Header, MAGIC};
use super::kind::{Kind, kind};
use super::legacy::Legacy;
use super::section::{self, Tag};
use crate::diag::codes::format::*;
use crate::diag::{BinaryPlace, Code, Diagnostic, Place, Severity, counted};
use crate::isa::Form;
use crate::module::SharedBytes;
use crate::module::{DRAFT, Limits, MANAGED, VERSION};

/// Bytes whose first lies at an address that is a multiple of 8.
#[derive(Clone, Debug, Default)]
pub struct AlignedBytes {
    words: Vec<u64>,
    length: usize,
}

impl AlignedBytes {
    /// Room for `length` bytes, all zero.
    pub fn zeroed(length: usize) -> Self {
        AlignedBytes {
            words: vec![0; length.div_ceil(8)],
            length,
        }
    }

    /// The bytes, to be written.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut bytemuck::cast_slice_mut(&mut self.words)[..self.length]
    }
}

impl AsRef<[u8]> for AlignedBytes {
    fn as_ref(&self) -> &[u8] {
        &bytemuck::cast_slice(&self.words)[..self.length]
    }
}

impl From<&[u8]> for AlignedBytes {
    fn from(bytes: &[u8]) -> Self {
        let mut aligned = AlignedBytes::zeroed(bytes.len());
        aligned.bytes_mut().copy_from_slice(bytes);
        aligned
    }
}

/// A file whose header could be read.
pub struct Container {
    /// The file's name as the user gave it.
    pub name: Arc<str>,
    /// The whole file.
    pub bytes: SharedBytes,
    /// The header.
    pub header: Header,
    /// The section table.
    pub entries: Vec<Entry>,
    /// What is wrong with header, table and padding; in file order.
    pub faults: Vec<Diagnostic>,
    usable: Vec<bool>,
}

/// The bytes of a section, expanded if they were compressed.
pub struct Section {
    /// The tag.
    pub tag: Tag,
    /// Where the bytes lie.
    pub bytes: SharedBytes,
    /// Where in `bytes`.
    pub range: Range<usize>,
    /// Offset of the section in the file.
    pub offset: u64,
    /// Whether `range` is where the bytes lie in the file.
    pub in_file: bool,
    /// What is wrong with them: the CRC does not match.
    pub fault: Option<Diagnostic>,
}

impl Section {
    /// The bytes.
    pub fn content(&self) -> &[u8] {
        (*self.bytes)
            .as_ref()
            .get(self.range.clone())
            .unwrap_or_default()
    }
}

impl Container {
    /// Reads header and section table.
    ///
    /// # Errors
    ///
    /// When the input is not a file of this version at all: V0001, V0002, V0004, V0005, V0024,
    /// V0025.
    /// Lesser faults are in [`Container::faults`].
    pub fn open(
        name: &Arc<str>,
        bytes: SharedBytes,
        limits: &Limits,
    ) -> Result<Container, Box<Diagnostic>> {
        let header = check_beginning(name, (*bytes).as_ref())?;
        let mut container = Container {
            name: name.clone(),
            bytes,
            header,
            entries: Vec::new(),
            faults: Vec::new(),
            usable: Vec::new(),
        };
        container.check_header(limits)?;
        container.check_version()?;
        container.check_entries(limits);
        container.check_padding();
        // What a damaged header and table wrongly claim is of no interest: one error is enough.
        if container.faults.iter().any(|fault| fault.code == &V0006) {
            container.faults.retain(|fault| fault.code == &V0006);
        }
        Ok(container)
    }

    fn file(&self) -> &[u8] {
        (*self.bytes).as_ref()
    }

    fn fault(
        &mut self,
        code: &'static Code,
        offset: u64,
        tag: Option<Tag>,
        message: impl Into<String>,
    ) {
        self.faults
            .push(fault(&self.name, code, offset, tag, message));
    }

    /// Checks that this reader knows the file's version. A version is believed only if the header's
    /// CRC confirms it; the CRC keeps its place in every version.
    fn check_version(&mut self) -> Result<(), Box<Diagnostic>> {
        let header = &self.header;
        let known = header.version == VERSION && header.draft == DRAFT && header.reader <= VERSION;
        if known || self.faults.iter().any(|fault| fault.code == &V0006) {
            return Ok(());
        }
        let message = format!(
            "the file is version {} draft {} for readers of version {}, written by `{}`; this reader supports version {} draft {}",
            header.version,
            header.draft,
            header.reader,
            header.producer_text(),
            VERSION,
            DRAFT
        );
        let help = "assemble its source again with these tools, or use the version of the tools that wrote it";
        Err(Box::new(
            fault(&self.name, &V0004, 6, None, message).with_help(help),
        ))
    }

    fn check_header(&mut self, limits: &Limits) -> Result<(), Box<Diagnostic>> {
        let length = self.file().len() as u64;
        let table_end = HEADER_BYTES + usize::from(self.header.sections) * ENTRY_BYTES;
        if self.file().len() < table_end {
            return Err(Box::new(fault(
                &self.name,
                &V0002,
                length,
                None,
                format!("the file ends at byte {length}, inside its section table"),
            )));
        }
        if header::table_crc(self.file(), table_end) != self.header.crc {
            let message = format!(
                "the CRC32 of header and section table is {:08x}, the header says {:08x}",
                header::table_crc(self.file(), table_end),
                self.header.crc
            );
            self.fault(&V0006, header::CRC_AT as u64, None, message);
        } else if length < self.header.file_length {
            let message = format!(
                "the file has {length} bytes of the {} that its header states",
                self.header.file_length
            );
            self.fault(&V0002, length, None, message);
        } else if length > self.header.file_length {
            let message = format!(
                "the end of the module is followed by {}",
                counted(length - self.header.file_length, "byte")
            );
            self.fault(&V0003, self.header.file_length, None, message);
        }
        if length > limits.file_bytes {
            let message = over("the file", length, "bytes", limits.file_bytes);
            self.fault(&V0017, 40, None, message);
        }
        if u64::from(self.header.sections) > limits.sections {
            let message = over(
                "the file",
                self.header.sections.into(),
                "sections",
                limits.sections,
            );
            self.fault(&V0017, 50, None, message);
        }
        self.check_header_fields();
        self.entries = self.file()[HEADER_BYTES..table_end]
            .chunks_exact(ENTRY_BYTES)
            .map(Entry::parse)
            .collect();
        Ok(())
    }

    fn check_header_fields(&mut self) {
        if !self.header.reserved_zero {
            self.fault(
                &V0007,
                12,
                None,
                "a reserved field of the header is not zero",
            );
        }
        if self.header.features & !MANAGED != 0 {
            let message = format!(
                "the file asks for features {:#x}; this reader knows {MANAGED:#x}",
                self.header.features
            );
            self.fault(&V0008, 32, None, message);
        }
        let producer = self.header.producer;
        let end = producer.iter().position(|&byte| byte == 0).unwrap_or(16);
        if std::str::from_utf8(&producer[..end]).is_err()
            || producer[end..].iter().any(|&byte| byte != 0)
        {
            self.fault(
                &V0009,
                16,
                None,
                "the producer is not UTF-8 text padded with zero bytes",
            );
        }
        let known = Form::all().next_back().map_or(0, Form::number);
        if self.header.highest_opcode > known {
            let message = format!(
                "the code uses opcode {:#05x}, the highest that this reader knows is {known:#05x}",
                self.header.highest_opcode
            );
            self.fault(&V0023, 48, None, message);
        }
    }

    fn check_entries(&mut self, limits: &Limits) {
        let mut end = (HEADER_BYTES + self.entries.len() * ENTRY_BYTES) as u64;
        let mut expanded = 0_u64;
        let mut last_known = None;
        for index in 0..self.entries.len() {
            let at = (HEADER_BYTES + index * ENTRY_BYTES) as u64;
            let entry = self.entries[index].clone();
            let place = |code, message: String| (code, at, Some(entry.tag), message);
            let before = self.faults.len();
            let tag = section::tag_text(entry.tag);
            let mut found = Vec::new();
            if let Some(message) = entry_fault(&entry) {
                found.push(place(&V0010, message));
            }
            match section::known(entry.tag) {
                Some((order, _)) => {
                    if last_known.is_some_and(|last| order <= last) {
                        found.push(place(
                            &V0014,
                            format!("section {tag} is repeated or out of order"),
                        ));
                    }
                    last_known = last_known.max(Some(order));
                    if section::RESERVED.contains(&entry.tag) {
                        found.push(place(
                            &V0015,
                            format!("section {tag} is reserved for a later version"),
                        ));
                    }
                }
                None if entry.flags & section::IGNORABLE == 0 => found.push(place(
                    &V0015,
                    format!(
                        "section {tag} is not known to this reader and not flagged as ignorable"
                    ),
                )),
                None => {}
            }
            let length = self.file().len() as u64;
            let section_end = entry
                .offset
                .checked_add(entry.stored)
                .filter(|&end| end <= length);
            // What lies after the end of a truncated file has been reported as missing.
            let cut_off = section_end.is_none()
                && length < self.header.file_length
                && entry.offset.saturating_add(entry.stored) <= self.header.file_length;
            let misplaced = !entry.offset.is_multiple_of(8) || entry.offset < end;
            if misplaced || section_end.is_none() && !cut_off {
                let message = format!(
                    "section {tag} lies at {}, length {}: not at a multiple of 8 between byte {end} and the end, {length}",
                    entry.offset, entry.stored
                );
                found.push(place(&V0011, message));
            }
            expanded = expanded.saturating_add(entry.raw);
            if entry.raw > limits.most_expanded(entry.stored) || expanded > limits.file_bytes {
                let message = format!(
                    "section {tag} of {} bytes expands to {}; the limit is {} times, {} bytes in all",
                    entry.stored, entry.raw, limits.expansion, limits.file_bytes
                );
                found.push(place(&V0017, message));
            }
            for (code, offset, tag, message) in found {
                self.fault(code, offset, tag, message);
            }
            end = section_end.unwrap_or(end).max(end);
            self.usable.push(self.faults.len() == before && !cut_off);
        }
    }

    fn check_padding(&mut self) {
        if self.usable.contains(&false) {
            return;
        }
        let mut end = HEADER_BYTES + self.entries.len() * ENTRY_BYTES;
        let mut found = Vec::new();
        for entry in &self.entries {
            let gap = &self.file()[end..entry.offset as usize];
            if let Some(at) = gap.iter().position(|&byte| byte != 0) {
                found.push((end + at, entry.tag));
            }
            end = (entry.offset + entry.stored) as usize;
        }
        for (at, tag) in found {
            let message = format!(
                "a byte of the padding before section {} is not zero",
                section::tag_text(tag)
            );
            self.fault(&V0012, at as u64, None, message);
        }
        // What follows the last section is beyond the stated length (V0003), or the length is wrong.
        if end as u64 != self.header.file_length && self.faults.is_empty() {
            let message = format!(
                "the header states {} bytes, the last section ends at {end}",
                self.header.file_length
            );
            self.fault(&V0003, end as u64, None, message);
        }
    }

    /// Whether the row of the section table can be relied on.
    pub fn is_usable(&self, index: usize) -> bool {
        self.usable.get(index).copied().unwrap_or(false)
    }

    /// The bytes of section number `index`, checked against their CRC and expanded. A wrong CRC is
    /// noted in the result; the bytes are returned all the same, for inspection.
    ///
    /// # Errors
    ///
    /// V0011 when the row is not usable, V0016 when the bytes cannot be expanded.
    pub fn section(&self, index: usize) -> Result<Section, Box<Diagnostic>> {
        let entry = &self.entries[index];
        let tag = section::tag_text(entry.tag);
        let fail = |code, message| {
            Box::new(fault(
                &self.name,
                code,
                entry.offset,
                Some(entry.tag),
                message,
            ))
        };
        if !self.is_usable(index) {
            return Err(fail(&V0011, format!("section {tag} cannot be reached")));
        }
        let range = entry.offset as usize..(entry.offset + entry.stored) as usize;
        let stored = &self.file()[range.clone()];
        let crc = crc32fast::hash(stored);
        let crc_fault = (crc != entry.crc).then(|| {
            let message = format!(
                "the CRC32 of section {tag} is {crc:08x}, its row says {:08x}",
                entry.crc
            );
            *fail(&V0013, message)
        });
        let (bytes, range, in_file) = if entry.flags & section::COMPRESSED != 0 {
            if let Some(fault) = crc_fault {
                return Err(Box::new(fault));
            }
            let raw = expand(stored, entry.raw)
                .map_err(|why| fail(&V0016, format!("section {tag}: {why}")))?;
            let length = raw.as_ref().len();
            (Arc::new(raw) as SharedBytes, 0..length, false)
        } else {
            (self.bytes.clone(), range, true)
        };
        Ok(Section {
            tag: entry.tag,
            bytes,
            range,
            offset: entry.offset,
            in_file,
            fault: crc_fault,
        })
    }
}

fn check_beginning(name: &Arc<str>, bytes: &[u8]) -> Result<Header, Box<Diagnostic>> {
    let fail =
        |code, offset, message: String| Err(Box::new(fault(name, code, offset, None, message)));
    if !bytes.is_empty() && bytes.len() < MAGIC.len() && MAGIC.starts_with(bytes) {
        return fail(
            &V0002,
            bytes.len() as u64,
            "the file ends inside its first six bytes".into(),
        );
    }
    if kind(name, bytes)? == Kind::Text {
        return fail(&V0001, 0, "this is text, not a VITBC file".into());
    }
    if let Some(legacy) = Legacy::parse(bytes) {
        return Err(Box::new(old_layout(name, bytes, &legacy)));
    }
    let Some(header) = Header::parse(bytes) else {
        return fail(
            &V0002,
            bytes.len() as u64,
            format!("the file ends at byte {}, inside its header", bytes.len()),
        );
    };
    Ok(header)
}

/// Why a file of version 2 is refused. That it is one must be confirmed: a flipped bit of the
/// version field is damage, and advice about old layouts would lead astray.
fn old_layout(name: &Arc<str>, bytes: &[u8], legacy: &Legacy) -> Diagnostic {
    if let Some(damage) = legacy.check(name, bytes)
        && damage.severity == Severity::Error
    {
        return damage;
    }
    let message = format!(
        "the file has the old layout version 2{}, which cannot be executed",
        legacy.description()
    );
    fault(name, &V0005, 6, None, message)
        .with_help("compile its source again for version 3; vbc-dump shows its framing")
}

fn entry_fault(entry: &Entry) -> Option<String> {
    let tag = section::tag_text(entry.tag);
    if !section::is_tag(entry.tag) {
        return Some("the section's tag has characters other than letters, digits and `_`".into());
    }
    let all = section::COMPRESSED | section::IGNORABLE | section::DEBUG;
    if entry.flags & !all != 0 || entry.reserved != 0 {
        return Some(format!(
            "section {tag} has flags or a reserved field that this version does not define"
        ));
    }
    let wanted = match section::known(entry.tag) {
        Some((_, true)) => section::IGNORABLE | section::DEBUG,
        Some((_, false)) => 0,
        None => entry.flags & !section::COMPRESSED,
    };
    if entry.flags & !section::COMPRESSED != wanted {
        return Some(format!(
            "section {tag} is flagged {:#x}, which does not suit it",
            entry.flags
        ));
    }
    if entry.flags & section::COMPRESSED == 0 && entry.raw != entry.stored {
        return Some(format!(
            "section {tag} is not compressed, but its raw length {} differs from its stored length {}",
            entry.raw, entry.stored
        ));
    }
    None
}

fn expand(stored: &[u8], raw: u64) -> Result<AlignedBytes, String> {
    let frame = zstd::zstd_safe::find_frame_compressed_size(stored);
    if frame != Ok(stored.len()) {
        return Err("its bytes are not one zstd frame".into());
    }
    let length = usize::try_from(raw).map_err(|_| "it is too large for this machine".to_owned())?;
    let mut decoder = zstd::stream::read::Decoder::with_buffer(stored)
        .map_err(|error| error.to_string())?
        .single_frame();
    // The room grows as bytes come out, so that a lying raw length costs nothing.
    let mut bytes = Vec::new();
    let limit = raw.saturating_add(1);
    (&mut decoder)
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("zstd: {error}"))?;
    if bytes.len() != length {
        let more = if bytes.len() > length {
            "more"
        } else {
            "fewer"
        };
        return Err(format!(
            "it expands to {more} bytes than the {raw} that its row states"
        ));
    }
    Ok(AlignedBytes::from(&bytes[..]))
}

pub(super) fn over(what: &str, count: u64, unit: &str, limit: u64) -> String {
    format!("{what} has {count} {unit}, the limit is {limit}")
}

pub(super) fn fault(
    name: &Arc<str>,
    code: &'static Code,
    offset: u64,
    section: Option<Tag>,
    message: impl Into<String>,
) -> Diagnostic {
    let place = BinaryPlace {
        file: name.clone(),
        offset: Some(offset),
        section,
        ..BinaryPlace::default()
    };
    Diagnostic::error(code, Place::Binary(Box::new(place)), message)
}
