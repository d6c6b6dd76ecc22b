//! Line programs: which source place each instruction comes from (`docs/format.md`, DLIN).

use std::fmt;

use super::Module;

/// A place in a source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinePlace {
    /// Index in the table of files.
    pub file: u32,
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1; 0 when it is unknown.
    pub column: u32,
}

/// One entry of a line program. It holds from its word on, up to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineEntry {
    /// Word of the function's code.
    pub word: u64,
    /// The place; none when it is unknown.
    pub place: Option<LinePlace>,
    /// Where the entry begins in the line program, in bytes.
    pub offset: usize,
}

/// What is wrong with a line program; nothing after it can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineFault {
    /// Where the faulty entry begins in the line program, in bytes.
    pub offset: usize,
    /// Why, in a few words.
    pub reason: &'static str,
}

impl fmt::Display for LineFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)
    }
}

impl std::error::Error for LineFault {}

const LINE: u64 = 1;
const COLUMN: u64 = 2;
const FILE: u64 = 4;
/// Lines, columns and files are below this.
const END: i64 = 1 << 31;

/// Reads a line program entry by entry; stops after the first fault.
#[derive(Clone, Debug)]
pub struct Lines<'a> {
    program: &'a [u8],
    at: usize,
    words: u64,
    files: u64,
    word: u64,
    place: LinePlace,
    failed: bool,
}

impl<'a> Lines<'a> {
    /// The entries of `program`, of a function of `words` words in a module with `files` source files.
    pub fn new(program: &'a [u8], words: u64, files: usize) -> Self {
        Lines {
            program,
            at: 0,
            words,
            files: files as u64,
            word: 0,
            place: LinePlace {
                file: 0,
                line: 1,
                column: 0,
            },
            failed: false,
        }
    }

    /// The place of the instruction at `word`, as far as the program can be read.
    pub fn place_at(self, word: u64) -> Option<LinePlace> {
        self.map_while(Result::ok)
            .take_while(|entry| entry.word <= word)
            .last()?
            .place
    }

    fn unsigned(&mut self) -> Result<u64, &'static str> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err("a number has more than 64 bits");
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                if byte == 0 && shift > 0 {
                    return Err("a number is longer than it must be");
                }
                return Ok(value);
            }
        }
        Err("a number has more than 10 bytes")
    }

    fn signed(&mut self) -> Result<i64, &'static str> {
        let mut value = 0_i64;
        let mut before = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            if shift == 63 && byte != 0 && byte != 0x7f {
                return Err("a number has more than 64 bits");
            }
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let redundant =
                    (byte == 0 && before & 0x40 == 0) || (byte == 0x7f && before & 0x40 != 0);
                if shift > 0 && redundant {
                    return Err("a number is longer than it must be");
                }
                let unused = 57_i32.saturating_sub(shift).max(0);
                return Ok(value << unused >> unused);
            }
            before = byte;
        }
        Err("a number has more than 10 bytes")
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        let byte = self.program.get(self.at).copied();
        self.at += 1;
        byte.ok_or("the program ends inside an entry")
    }

    fn entry(&mut self, offset: usize) -> Result<LineEntry, &'static str> {
        let head = self.unsigned()?;
        if head >> 3 == 0 && offset > 0 {
            return Err("an entry is for the same word as the one before");
        }
        self.word = self
            .word
            .checked_add(head >> 3)
            .filter(|&word| word < self.words)
            .ok_or("an entry's word lies outside the function")?;
        if head & LINE != 0 {
            let line = i64::from(self.place.line).checked_add(self.signed()?);
            let line = line.filter(|line| (1..END).contains(line));
            self.place.line = line.ok_or("a line is not in 1 .. 2^31 - 1")? as u32;
        }
        if head & COLUMN != 0 {
            let column = self.unsigned()?;
            if column >= END as u64 {
                return Err("a column is not below 2^31");
            }
            self.place.column = column as u32;
        }
        if head & FILE != 0 {
            self.place.file = u32::try_from(self.unsigned()?).unwrap_or(u32::MAX);
        }
        let known = head & (LINE | COLUMN | FILE) != 0;
        if known && u64::from(self.place.file) >= self.files {
            return Err("there is no such file");
        }
        Ok(LineEntry {
            word: self.word,
            place: known.then_some(self.place),
            offset,
        })
    }
}

impl Iterator for Lines<'_> {
    type Item = Result<LineEntry, LineFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed || self.at >= self.program.len() {
            return None;
        }
        let offset = self.at;
        let entry = self.entry(offset);
        self.failed = entry.is_err();
        Some(entry.map_err(|reason| LineFault { offset, reason }))
    }
}

/// Writes a line program.
#[derive(Clone, Debug, Default)]
pub struct LinesWriter {
    program: Vec<u8>,
    word: u64,
    /// The place that the reader's state holds.
    state: Option<LinePlace>,
    /// What holds at the last entry's word; none before the first entry.
    holds: Option<Option<LinePlace>>,
}

impl LinesWriter {
    /// States that `place` holds from `word` on. Words ascend; a place that holds already adds
    /// nothing.
    pub fn add(&mut self, word: u64, place: Option<LinePlace>) {
        // Before the first entry nothing is known.
        if self.holds.unwrap_or(None) == place {
            return;
        }
        let before = self.state.unwrap_or(LinePlace {
            file: 0,
            line: 1,
            column: 0,
        });
        let mut bits = 0;
        if let Some(place) = place {
            bits |= if place.line != before.line { LINE } else { 0 };
            bits |= if place.column != before.column {
                COLUMN
            } else {
                0
            };
            bits |= if place.file != before.file { FILE } else { 0 };
            // The place is known again and the same: some bit must be set.
            bits |= if bits == 0 { LINE } else { 0 };
            self.state = Some(place);
        }
        unsigned(&mut self.program, (word - self.word) << 3 | bits);
        if let Some(place) = place {
            if bits & LINE != 0 {
                signed(
                    &mut self.program,
                    i64::from(place.line) - i64::from(before.line),
                );
            }
            if bits & COLUMN != 0 {
                unsigned(&mut self.program, place.column.into());
            }
            if bits & FILE != 0 {
                unsigned(&mut self.program, place.file.into());
            }
        }
        self.word = word;
        self.holds = Some(place);
    }

    /// The program; empty when no place is known, and the function then has no row.
    pub fn finish(self) -> Vec<u8> {
        self.program
    }
}

impl Module {
    /// The line program of the function with index `function`; empty when it has none.
    pub fn line_program(&self, function: u32) -> &[u8] {
        let row = self.debug.as_ref().and_then(|debug| {
            let row = debug
                .lines
                .binary_search_by_key(&function, |row| row.function);
            let row = debug.lines.get(row.ok()?)?;
            let start = usize::try_from(row.offset).ok()?;
            debug.line_programs.get(start..)?.get(..row.length as usize)
        });
        row.unwrap_or_default()
    }
}

fn unsigned(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn signed(out: &mut Vec<u8>, mut value: i64) {
    while !(-0x40..0x40).contains(&value) {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8 & 0x7f);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(file: u32, line: u32, column: u32) -> Option<LinePlace> {
        Some(LinePlace { file, line, column })
    }

    #[test]
    fn what_is_written_reads_back() {
        let wanted = [
            (0, place(0, 1, 0)),
            (2, place(0, 200, 7)),
            (3, None),
            (5, place(0, 200, 7)),
            (900, place(3, 1, 0)),
            (901, place(3, 2_147_483_647, 2_147_483_647)),
            (902, place(3, 1, 2_147_483_647)),
        ];
        let mut writer = LinesWriter::default();
        for (word, place) in wanted {
            writer.add(word, place);
            writer.add(word + 1, place);
        }
        let program = writer.finish();
        let read: Vec<_> = Lines::new(&program, 903, 4)
            .map(|entry| entry.map(|entry| (entry.word, entry.place)))
            .collect::<Result<_, _>>()
            .unwrap();
        assert_eq!(read, wanted);
        let lines = Lines::new(&program, 903, 4);
        assert_eq!(lines.clone().place_at(1), place(0, 1, 0));
        assert_eq!(lines.clone().place_at(4), None);
        assert_eq!(lines.place_at(u64::MAX), wanted[6].1);
    }

    #[test]
    fn faults() {
        for (program, reason) in [
            (&[0x80][..], "the program ends inside an entry"),
            (&[0x01], "the program ends inside an entry"),
            (&[0x81, 0x00], "a number is longer than it must be"),
            (&[0x01, 0x80, 0x00], "a number is longer than it must be"),
            (&[0x01, 0xff, 0x7f], "a number is longer than it must be"),
            (&[0xff; 11], "a number has more than 64 bits"),
            (&[0x50], "an entry's word lies outside the function"),
            (&[0x01, 0x7f], "a line is not in 1 .. 2^31 - 1"),
            (&[0x04, 0x02], "there is no such file"),
            (
                &[0x01, 0x00, 0x01, 0x00],
                "an entry is for the same word as the one before",
            ),
        ] {
            let last = Lines::new(program, 10, 2).last().unwrap();
            assert_eq!(last.unwrap_err().reason, reason, "{program:?}");
        }
    }

    #[test]
    fn nothing_known_is_nothing_written() {
        let mut writer = LinesWriter::default();
        writer.add(0, None);
        assert!(writer.finish().is_empty());
    }

    #[test]
    fn extreme_numbers() {
        for value in [i64::MIN, -65, -64, 0, 63, 64, i64::MAX] {
            let mut bytes = Vec::new();
            signed(&mut bytes, value);
            assert_eq!(Lines::new(&bytes, 1, 1).signed(), Ok(value));
        }
    }
}
