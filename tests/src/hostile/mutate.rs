//! Ways to damage a file.

use vbc::format::{ENTRY_BYTES, HEADER_BYTES};

use crate::conformance::patch::reseal;
use crate::generate::Random;

/// The file with bit number `bit` changed.
pub fn flip(file: &[u8], bit: u64) -> Vec<u8> {
    let mut damaged = file.to_vec();
    damaged[(bit / 8) as usize] ^= 1 << (bit % 8);
    damaged
}

/// The same with every CRC computed anew; none when the bit belongs to a CRC.
pub fn flip_resealed(file: &[u8], bit: u64) -> Option<Vec<u8>> {
    let at = (bit / 8) as usize;
    let sections = usize::from(u16::from_le_bytes([file[50], file[51]]));
    let in_header = (56..60).contains(&at);
    let table = HEADER_BYTES..HEADER_BYTES + sections * ENTRY_BYTES;
    let in_table = table.contains(&at) && (32..36).contains(&((at - HEADER_BYTES) % ENTRY_BYTES));
    if in_header || in_table {
        return None;
    }
    let mut damaged = flip(file, bit);
    reseal(&mut damaged);
    Some(damaged)
}

/// A text with a few changes: bytes, words and lines are replaced, doubled, exchanged, left out.
pub fn mutate_text(text: &[u8], random: &mut Random) -> Vec<u8> {
    let mut bytes = text.to_vec();
    for _ in 0..random.between(1, 4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len() as u64) as usize;
        match random.below(7) {
            0 => bytes[at] = random.bits() as u8,
            1 => bytes[at] = random.pick(b"\"#%-+:,.()[]_0x9\n ;=\\"),
            2 => {
                bytes.remove(at);
            }
            3 => bytes.insert(at, random.pick(b"\"#%-+:,.()[]_0x9\n ;=\\e")),
            4 => {
                let (word, other) = (word_at(&bytes, at), random.below(bytes.len() as u64));
                let copy = bytes[word].to_vec();
                let target = word_at(&bytes, other as usize);
                bytes.splice(target, copy);
            }
            5 => {
                let line = line_at(&bytes, at);
                bytes.drain(line);
            }
            _ => {
                let line = bytes[line_at(&bytes, at)].to_vec();
                let other = random.below(bytes.len() as u64) as usize;
                let target = line_at(&bytes, other).start;
                bytes.splice(target..target, line);
            }
        }
    }
    bytes
}

fn stretch(bytes: &[u8], at: usize, inside: impl Fn(u8) -> bool) -> std::ops::Range<usize> {
    let start = bytes[..at].iter().rposition(|&byte| !inside(byte));
    let end = bytes[at..].iter().position(|&byte| !inside(byte));
    let start = start.map_or(0, |at| at + 1);
    start..end.map_or(bytes.len(), |end| at + end)
}

fn word_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    stretch(bytes, at, |byte| {
        byte.is_ascii_alphanumeric() || byte == b'_'
    })
}

fn line_at(bytes: &[u8], at: usize) -> std::ops::Range<usize> {
    let line = stretch(bytes, at, |byte| byte != b'\n');
    line.start..(line.end + 1).min(bytes.len()).max(at)
}
