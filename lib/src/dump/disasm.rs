//! Disassembly, with source lines beside it if wanted; the line table by itself.

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};

use super::code::{Code, Stretch};
use super::image::Named;
use super::sink::{Sink, put, put_hex, put_name, put_number};
use super::summary::put_type_code;
use crate::cli::escape;
use crate::isa::walk::Item;
use crate::module::{FileRow, LineEntry, NameSpace, RegisterRun};

/// What stands beside the instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The words in hexadecimal.
    pub words: bool,
    /// Source lines.
    pub source: bool,
}

/// Writes the code.
pub fn text(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    stretches: impl Iterator<Item = Stretch>,
    listing: Listing,
) -> io::Result<()> {
    let mut sources = Sources::default();
    for stretch in stretches {
        let code = Code::new(image, stretch);
        head(sink, image, &code)?;
        let mut lines = match stretch.function().and_then(|index| image.line_row(index)) {
            Some(row) if listing.source => Some(image.lines(row)),
            _ => None,
        };
        let mut next = lines.as_mut().and_then(|lines| lines.next()?.ok());
        let mut labels = code.text.labels().iter().copied().enumerate().peekable();
        for (at, item) in code.walk() {
            while let Some(entry) = next.filter(|entry| entry.word <= at as u64) {
                sources.line(sink, image, &entry);
                next = lines.as_mut().and_then(|lines| lines.next()?.ok());
            }
            if let Some((label, _)) = labels.next_if(|(_, word)| *word as usize == at) {
                sink.text.push('L');
                put_number(&mut sink.text, label as u64);
                sink.text.push_str(":\n");
            }
            row(sink, &code, at, item, listing.words)?;
        }
        sink.text.push_str("END\n\n");
    }
    sink.spill()
}

/// The line that begins a function, and its registers.
fn head(sink: &mut Sink<'_>, image: &Named<'_>, code: &Code<'_>) -> io::Result<()> {
    let out = &mut sink.text;
    let Stretch::Function(defined, index) = code.stretch else {
        out.push_str("; the functions cannot be read; this is all code\n");
        return Ok(());
    };
    let module = &image.module;
    let extent = code.extent(0, code.words.len());
    put!(
        out,
        "; function #{index} at {:#x}, {} bytes\nFUNC ",
        extent.offset,
        extent.size
    );
    image.put_reference(out, NameSpace::Func, index);
    let ty = module.functions.get(defined).map_or(0, |row| row.ty);
    match module.types.get(ty as usize) {
        Some(ty) if ty.params.len() <= 32 && ty.results.len() <= 32 => {
            out.push('(');
            for (number, ty) in ty.params.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                code.text.push_register(out, number as u16);
                put!(out, ": {ty}");
            }
            out.push(')');
            match &*ty.results {
                [] => {}
                [one] => put!(out, " -> {one}"),
                many => {
                    for (number, ty) in many.iter().enumerate() {
                        out.push_str(if number > 0 { ", " } else { " -> (" });
                        out.push_str(ty.name());
                    }
                    out.push(')');
                }
            }
        }
        _ => put!(out, " type #{ty}"),
    }
    out.push('\n');
    let mut first = module
        .types
        .get(ty as usize)
        .map_or(0, |ty| ty.params.len());
    for run in module.function_runs(defined) {
        let out = &mut sink.text;
        out.push_str("  .reg ");
        registers(out, code, first, run.count.into());
        first += usize::from(run.count);
        out.push_str(": ");
        put_type_code(out, run.ty.into());
        if run.flags & RegisterRun::ZEROED != 0 {
            out.push_str(" zeroed");
        }
        out.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// The registers of a run: by name as long as they are few or have names.
fn registers(out: &mut String, code: &Code<'_>, first: usize, count: usize) {
    let (mut number, end) = (first, first + count);
    let mut separator = "";
    while number < end {
        let named = code.text.next_named(number).unwrap_or(end);
        out.push_str(separator);
        separator = ", ";
        if named > number {
            let last = named.min(end) - 1;
            match last - number {
                0 => put!(out, "%{number}"),
                _ => put!(out, "%{number}..%{last}"),
            }
            number = last + 1;
        } else {
            code.text
                .push_register(out, u16::try_from(number).unwrap_or(u16::MAX));
            number += 1;
        }
    }
}

fn row(
    sink: &mut Sink<'_>,
    code: &Code<'_>,
    at: usize,
    item: Item<'_>,
    words: bool,
) -> io::Result<()> {
    let out = &mut sink.text;
    out.push_str("  ");
    put_hex(out, code.extent(at, 0).offset, 8);
    out.push_str("  ");
    let start = out.len();
    put_number(out, at as u64);
    for _ in out.len() - start..5 {
        out.push(' ');
    }
    if words {
        out.push(' ');
        fields(out, item.words()[0]);
    }
    out.push_str("  ");
    code.item(out, at, item);
    out.push('\n');
    if words {
        for &word in &item.words()[1..] {
            sink.text.push_str("                   ");
            fields(&mut sink.text, word);
            sink.text.push('\n');
            sink.spill()?;
        }
    }
    sink.spill()
}

/// The fields of a word, lowest first.
fn fields(out: &mut String, word: u64) {
    for shift in [0, 16, 32, 48] {
        if shift > 0 {
            out.push(' ');
        }
        put_hex(out, word >> shift & 0xffff, 4);
    }
}

/// Longest source line that is shown, in bytes.
const SHORT_LINE: usize = 200;
/// How much of source files is read in all, in bytes.
const MOST_SOURCE: u64 = 256 << 20;

/// Source texts: embedded ones, else files of the system by the names that the module gives.
#[derive(Default)]
struct Sources {
    files: HashMap<u32, Option<Source>>,
    last: Option<u32>,
    /// Bytes that were read.
    read: u64,
}

struct Source {
    text: String,
    /// Where each line begins.
    lines: Vec<usize>,
}

impl Source {
    fn new(bytes: &[u8]) -> Source {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let lines = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Source { text, lines }
    }

    fn line(&self, number: u32) -> Option<&str> {
        let start = *self.lines.get(number.checked_sub(1)? as usize)?;
        let end = self
            .lines
            .get(number as usize)
            .map_or(self.text.len(), |&next| next - 1);
        let line = &self.text[start..end];
        let line = line.strip_suffix('\r').unwrap_or(line);
        Some(&line[..line.floor_char_boundary(SHORT_LINE)])
    }
}

impl Sources {
    /// The comment that says where the following instructions come from.
    fn line(&mut self, sink: &mut Sink<'_>, image: &Named<'_>, entry: &LineEntry) {
        let Some(place) = entry.place else {
            sink.text.push_str("; no source place\n");
            return;
        };
        let out = &mut sink.text;
        if self.last != Some(place.file) {
            out.push_str("; ");
            put_name(out, image.file_path(place.file).unwrap_or(""), place.file);
            out.push('\n');
            self.last = Some(place.file);
        }
        let room = MOST_SOURCE.saturating_sub(self.read);
        let source = self.files.entry(place.file).or_insert_with(|| {
            let source = read(image, place.file, room);
            self.read += source.as_ref().map_or(0, |source| source.text.len() as u64);
            source
        });
        put!(out, "; {:5}", place.line);
        if let Some(line) = source.as_ref().and_then(|source| source.line(place.line)) {
            put!(out, " | {}", escape(line));
        }
        out.push('\n');
    }
}

/// The text of a source file, if there is one of at most `room` bytes.
fn read(image: &Named<'_>, file: u32, room: u64) -> Option<Source> {
    let debug = image.module.debug.as_ref()?;
    let row = debug.files.get(file as usize)?;
    if row.flags & FileRow::EMBEDDED != 0 {
        let start = usize::try_from(row.offset).ok()?;
        let end = start.checked_add(usize::try_from(row.length.min(room)).ok()?)?;
        return Some(Source::new(debug.sources.get(start..end)?));
    }
    let path = image.file_path(file)?;
    // A pipe or a device of that name is not opened: it might never end.
    let metadata = fs::metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > room {
        return None;
    }
    let mut bytes = Vec::new();
    let opened = fs::File::open(path).ok()?;
    opened.take(room).read_to_end(&mut bytes).ok()?;
    Some(Source::new(&bytes))
}

/// Writes the line table of each function.
pub fn lines(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    stretches: impl Iterator<Item = Stretch>,
) -> io::Result<()> {
    sink.text.push_str("lines\n");
    for stretch in stretches {
        let Some(row) = stretch.function().and_then(|index| image.line_row(index)) else {
            continue;
        };
        let code = Code::new(image, stretch);
        sink.text.push_str("  ");
        image.put_reference(&mut sink.text, NameSpace::Func, row.function);
        sink.text.push('\n');
        for entry in image.lines(row) {
            let out = &mut sink.text;
            match entry {
                Ok(entry) => {
                    put!(
                        out,
                        "    {:08x}  word {:<6}",
                        code.extent(entry.word as usize, 0).offset,
                        entry.word
                    );
                    match entry.place {
                        Some(place) => put!(
                            out,
                            "  file {}  line {}  column {}\n",
                            place.file,
                            place.line,
                            place.column
                        ),
                        None => out.push_str("  unknown\n"),
                    }
                }
                Err(fault) => put!(out, "    byte {}: {fault}\n", fault.offset),
            }
            sink.spill()?;
        }
    }
    Ok(())
}
