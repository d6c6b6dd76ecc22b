//! Changes to a binary that no assembler makes.

use vbc::format::{ENTRY_BYTES, HEADER_BYTES, seal};

use super::case::number;

/// One change.
#[derive(Clone, Debug)]
pub enum Patch {
    /// Bytes are replaced.
    Write {
        /// `HEAD` for the whole file, else a section.
        tag: [u8; 4],
        /// Offset in the file or section. It may lie after the section's end, in its padding.
        offset: u64,
        /// The new bytes.
        bytes: Vec<u8>,
        /// Whether the CRCs are made right again.
        seal: bool,
    },
    /// The file is cut to a length.
    Truncate(u64),
    /// Bytes are added at the end.
    Append(Vec<u8>),
}

impl Patch {
    /// Reads the value of a `patch`, `patch-raw`, `truncate` or `append` directive.
    pub fn parse(key: &str, value: &str) -> Result<Patch, String> {
        match key {
            "truncate" => return Ok(Patch::Truncate(number(value)?)),
            "append" => {
                let bytes = value
                    .split_whitespace()
                    .map(|byte| u8::from_str_radix(byte, 16));
                let bytes = bytes.collect::<Result<_, _>>();
                return Ok(Patch::Append(bytes.map_err(|error| error.to_string())?));
            }
            _ => {}
        }
        let mut words = value.split_whitespace();
        let mut word = || words.next().ok_or("patch: TAG+OFFSET WIDTH VALUE");
        let (tag, offset) = word()?.split_once('+').ok_or("TAG+OFFSET")?;
        let width = match word()? {
            "u8" => 1,
            "u16" => 2,
            "u32" => 4,
            "u64" => 8,
            other => return Err(format!("width {other}")),
        };
        let new = word()?;
        let new = match new.strip_prefix('-') {
            Some(digits) => number(digits)?.wrapping_neg(),
            None => number(new)?,
        };
        Ok(Patch::Write {
            tag: tag
                .as_bytes()
                .try_into()
                .map_err(|_| "a tag has four characters")?,
            offset: number(offset)?,
            bytes: new.to_le_bytes()[..width].to_vec(),
            seal: key == "patch",
        })
    }

    /// Changes `file`.
    pub fn apply(&self, file: &mut Vec<u8>) -> Result<(), String> {
        match self {
            Patch::Truncate(length) => file.truncate(*length as usize),
            Patch::Append(bytes) => file.extend_from_slice(bytes),
            Patch::Write {
                tag,
                offset,
                bytes,
                seal,
            } => {
                let start = if tag == b"HEAD" {
                    0
                } else {
                    entry_offset(file, *tag).ok_or_else(|| format!("there is no {tag:?}"))?
                };
                let at = (start + offset) as usize;
                file.get_mut(at..at + bytes.len())
                    .ok_or("the patch lies outside the file")?
                    .copy_from_slice(bytes);
                if *seal {
                    reseal(file);
                }
            }
        }
        Ok(())
    }
}

fn read(file: &[u8], at: usize, width: usize) -> Option<u64> {
    let mut bytes = [0; 8];
    bytes[..width].copy_from_slice(file.get(at..at + width)?);
    Some(u64::from_le_bytes(bytes))
}

/// Where the row of each section begins, as far as there are rows.
fn entries(file: &[u8]) -> impl Iterator<Item = usize> + use<'_> {
    let count = read(file, 50, 2).unwrap_or(0) as usize;
    (0..count)
        .map(|index| HEADER_BYTES + index * ENTRY_BYTES)
        .take_while(|at| at + ENTRY_BYTES <= file.len())
}

fn entry_offset(file: &[u8], tag: [u8; 4]) -> Option<u64> {
    let at = entries(file).find(|&at| file[at..at + 4] == tag)?;
    read(file, at + 8, 8)
}

/// Computes every CRC anew, as far as the section table can be followed.
pub fn reseal(file: &mut [u8]) {
    let sections: Vec<usize> = entries(file).collect();
    for at in sections {
        let place = read(file, at + 8, 8).zip(read(file, at + 16, 8));
        let range = place.and_then(|(offset, length)| {
            let end = offset.checked_add(length)?;
            Some(usize::try_from(offset).ok()?..usize::try_from(end).ok()?)
        });
        if let Some(stored) = range.and_then(|range| file.get(range)) {
            let crc = crc32fast::hash(stored);
            file[at + 32..at + 36].copy_from_slice(&crc.to_le_bytes());
        }
    }
    seal(file);
}
