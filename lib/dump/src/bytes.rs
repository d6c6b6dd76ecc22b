//! The map of a file: every byte once, with what it means.

use std::io;

use super::code::{CodeView, stretches};
use super::fields::{self, Field, Show};
use super::image::{Named, Part};
use super::json::Json;
use super::sink::{Sink, put, put_hex};
use vbc_cli::escape;
use vbc_core::format::section::*;
use vbc_core::format::{ENTRY_BYTES, HEADER_BYTES};
use vbc_core::module::{FieldType, Kind, NONE, StorageType};

/// Bytes of one line.
const LINE: usize = 16;

/// How the map is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lines of offset, bytes, meaning.
    Text,
    /// Items of a JSON array that is open.
    Json(Json),
    /// JSON objects, one on each line, for the file with this number.
    Lines,
}

/// Writes the map.
pub fn map(sink: &mut Sink<'_>, image: &Named<'_>, form: Form) -> io::Result<()> {
    let mut map = Map {
        sink,
        image,
        form,
        at: 0,
        end: 0,
    };
    map.header()?;
    for (index, part) in image.sections.iter().enumerate() {
        if image.container.is_usable(index) {
            map.gap(part.entry.offset)?;
            map.end = (part.entry.offset + part.entry.stored) as usize;
            map.section(part)?;
            map.rest("not understood")?;
        }
    }
    map.gap(image.bytes().len() as u64)
}

struct Map<'m, 'w> {
    sink: &'m mut Sink<'w>,
    image: &'m Named<'m>,
    form: Form,
    /// The next byte; it only grows, which is why each byte is shown once.
    at: usize,
    /// Spans end here.
    end: usize,
}

impl<'m> Map<'m, '_> {
    /// One or more bytes with one meaning, cut at the end of the section.
    fn span(&mut self, size: u64, meaning: impl FnOnce(&mut String, &[u8])) -> io::Result<()> {
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        let end = self.at.saturating_add(size).min(self.end);
        let image = self.image;
        let bytes = &image.bytes()[self.at.min(end)..end];
        if bytes.is_empty() {
            return Ok(());
        }
        match self.form {
            Form::Text => {
                let mut meaning = Some(meaning);
                for (number, line) in bytes.chunks(LINE).enumerate() {
                    let out = &mut self.sink.text;
                    put_hex(out, (self.at + number * LINE) as u64, 8);
                    out.push(' ');
                    for &byte in line {
                        out.push(' ');
                        put_hex(out, byte.into(), 2);
                    }
                    if let Some(meaning) = meaning.take() {
                        for _ in line.len()..LINE {
                            out.push_str("   ");
                        }
                        out.push_str("  ");
                        meaning(out, bytes);
                    }
                    out.push('\n');
                    self.sink.spill()?;
                }
            }
            Form::Json(mut json) => {
                self.node(&mut json, bytes, meaning)?;
                self.form = Form::Json(json);
            }
            Form::Lines => {
                self.node(&mut Json::default(), bytes, meaning)?;
                self.sink.text.push('\n');
            }
        }
        self.at = end;
        self.sink.spill()
    }

    fn node(
        &mut self,
        json: &mut Json,
        bytes: &[u8],
        meaning: impl FnOnce(&mut String, &[u8]),
    ) -> io::Result<()> {
        let out = &mut self.sink.text;
        json.open(out, '{');
        if self.form == Form::Lines {
            json.key(out, "schema");
            json.string(out, super::nodes::SCHEMA);
            json.key(out, "record");
            json.string(out, "bytes");
        }
        json.key(out, "offset");
        json.number(out, self.at as u64);
        json.key(out, "size");
        json.number(out, bytes.len() as u64);
        json.key(out, "meaning");
        let mut text = String::new();
        meaning(&mut text, bytes);
        json.string(out, &text);
        json.key(out, "hex");
        json.raw(out, "\"");
        for piece in bytes.chunks(4096) {
            for &byte in piece {
                put_hex(&mut self.sink.text, byte.into(), 2);
            }
            self.sink.spill()?;
        }
        self.sink.text.push('"');
        json.close(&mut self.sink.text, '}');
        Ok(())
    }

    fn rest(&mut self, meaning: &str) -> io::Result<()> {
        self.span(u64::MAX, |out, _| out.push_str(meaning))
    }

    /// The bytes up to `next`, which are in no section.
    fn gap(&mut self, next: u64) -> io::Result<()> {
        self.end = next as usize;
        let padding = self.end - self.at.min(self.end) < 8;
        self.rest(if padding { "padding" } else { "in no section" })
    }

    fn header(&mut self) -> io::Result<()> {
        self.end = HEADER_BYTES;
        for field in fields::HEADER {
            self.span(field.1, |out, bytes| {
                put!(out, "header: {} ", field.0);
                match field.0 {
                    "magic" => out.push_str("\"VITBC\\0\""),
                    "producer" => put!(out, "\"{}\"", escape(&image_producer(bytes))),
                    _ => value(out, None, *field, bytes),
                }
            })?;
        }
        for (index, part) in self.image.sections.iter().enumerate() {
            self.end += ENTRY_BYTES;
            for field in fields::ENTRY {
                self.span(field.1, |out, bytes| {
                    put!(out, "section {index}: {} ", field.0);
                    match field.0 {
                        "tag" => out.push_str(&escape(&tag_text(part.entry.tag))),
                        _ => value(out, None, *field, bytes),
                    }
                })?;
            }
        }
        Ok(())
    }

    fn section(&mut self, part: &Part) -> io::Result<()> {
        let tag = tag_text(part.entry.tag);
        let tag = escape(&tag);
        if part.compressed() {
            return self.rest(&format!("{tag}: compressed"));
        }
        if part.entry.tag == CODE {
            return self.code();
        }
        let fields = fields::row(part.entry.tag);
        if fields.is_empty() {
            return self.rest(&format!("{tag}: a section that this version does not know"));
        }
        self.span(4, |out, bytes| {
            put!(out, "{tag}: row size {}", number(bytes));
        })?;
        self.span(4, |out, bytes| put!(out, "{tag}: rows {}", number(bytes)))?;
        let image = self.image;
        for row in 0..part.rows {
            let row_end = part.entry.offset + 8 + (row + 1) * part.row_size;
            for field in fields {
                let left = row_end.saturating_sub(self.at as u64);
                self.span(field.1.min(left), |out, bytes| {
                    put!(out, "{tag} {row}: {} ", field.0);
                    value(out, Some(image), *field, bytes);
                })?;
            }
            let left = row_end.saturating_sub(self.at as u64);
            self.span(left, |out, _| put!(out, "{tag} {row}: of a later version"))?;
        }
        self.pool(part.entry.tag)
    }

    fn pool(&mut self, tag: Tag) -> io::Result<()> {
        let module = &self.image.module;
        let debug = module.debug.as_ref();
        match tag {
            TYPE => {
                for (index, ty) in module.types.iter().enumerate() {
                    let kind = ty.composite.kind();
                    for (at, word) in ty.composite.words().enumerate() {
                        self.span(4, |out, _| {
                            put!(out, "TYPE {index}: {kind}, type word {at}, ");
                            put_type_word(out, word);
                        })?;
                    }
                }
            }
            STRS | DSTR => {
                let strings = match tag {
                    STRS => Some(&module.strings),
                    _ => debug.map(|debug| &debug.strings),
                };
                for (index, string) in strings.into_iter().flat_map(|s| s.iter()).enumerate() {
                    self.span(string.len() as u64, |out, _| {
                        put!(out, "{} {index}: \"{}\"", tag_text(tag), escape(string));
                    })?;
                }
            }
            ELEM => {
                for segment in 0..module.elements.len() {
                    for (item, &function) in module.element_items(segment).iter().enumerate() {
                        self.span(4, |out, _| match function {
                            NONE => put!(out, "ELEM {segment}: item {item}, null"),
                            _ => put!(out, "ELEM {segment}: item {item}, function {function}"),
                        })?;
                    }
                }
            }
            DATA => {
                for (index, row) in module.data.iter().enumerate() {
                    self.span(row.length, |out, _| put!(out, "DATA {index}: bytes"))?;
                }
            }
            DFIL => {
                for (index, file) in debug.iter().flat_map(|d| d.files.iter()).enumerate() {
                    self.span(file.length, |out, _| put!(out, "DFIL {index}: source"))?;
                }
            }
            DLIN => self.line_programs()?,
            _ => {}
        }
        Ok(())
    }

    fn line_programs(&mut self) -> io::Result<()> {
        let Some(debug) = self.image.module.debug.as_ref() else {
            return Ok(());
        };
        for row in debug.lines.iter() {
            let lines = self.image.lines(row);
            let mut offset = 0;
            let mut entries = lines.map_while(Result::ok).peekable();
            while let Some(entry) = entries.next() {
                let next = entries.peek().map_or(row.length as usize, |e| e.offset);
                offset = next;
                let function = row.function;
                self.span((next - entry.offset) as u64, |out, _| {
                    put!(out, "DLIN: function {function}, word {}: ", entry.word);
                    match entry.place {
                        None => out.push_str("unknown"),
                        Some(place) => put!(
                            out,
                            "file {} line {} column {}",
                            place.file,
                            place.line,
                            place.column
                        ),
                    }
                })?;
            }
            let left = (row.length as usize).saturating_sub(offset);
            self.span(left as u64, |out, _| out.push_str("DLIN: not understood"))?;
        }
        Ok(())
    }

    fn code(&mut self) -> io::Result<()> {
        let image = self.image;
        for stretch in stretches(image) {
            let code = CodeView::new(image, stretch);
            for (at, item) in code.walk() {
                let size = item.words().len() as u64 * 8;
                self.span(size, |out, _| {
                    match stretch.function() {
                        Some(function) => put!(out, "CODE: function {function}, word {at}: "),
                        None => put!(out, "CODE: word {at}: "),
                    }
                    code.item(out, at, item);
                })?;
            }
        }
        Ok(())
    }
}

fn number(bytes: &[u8]) -> u64 {
    let mut number = [0; 8];
    let size = bytes.len().min(8);
    number[..size].copy_from_slice(&bytes[..size]);
    u64::from_le_bytes(number)
}

/// A type word and what it means; `mut` where it has the bit of fields that may be changed.
fn put_type_word(out: &mut String, word: u32) {
    let number = match word < 32 {
        true => format!("{word}"),
        false => format!("{word:#x}"),
    };
    let Some(field) = FieldType::from_word(word) else {
        return put!(out, "{number} (unknown)");
    };
    let mutable = if field.is_mutable { "mut " } else { "" };
    match field.storage {
        StorageType::I8 => put!(out, "{number} ({mutable}i8)"),
        StorageType::I16 => put!(out, "{number} ({mutable}i16)"),
        StorageType::Value(ty) => put!(out, "{number} ({mutable}{ty})"),
    }
}

fn image_producer(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.trim_end_matches('\0').to_owned()
}

fn value(out: &mut String, image: Option<&Named<'_>>, field: Field, bytes: &[u8]) {
    let value = number(bytes);
    let all = u64::MAX >> (64 - 8 * field.1.clamp(1, 8));
    match field.2 {
        Show::Number => put!(out, "{value}"),
        Show::Optional if value == all => out.push_str("none"),
        Show::Optional => put!(out, "{value}"),
        Show::Signed => put!(out, "{}", value as i64),
        Show::Hex => put!(out, "{value:#x}"),
        Show::Type => put_type_word(out, value as u32),
        Show::Kind => match Kind::from_code(value as u32) {
            Some(kind) => put!(out, "{value} ({})", kind.word()),
            None => put!(out, "{value} (unknown)"),
        },
        Show::Text | Show::DebugText if value == all => out.push_str("none"),
        Show::Text | Show::DebugText => {
            put!(out, "{value}");
            let module = image.map(|image| &image.module);
            let strings = match field.2 {
                Show::Text => module.map(|module| &module.strings),
                Show::Number
                | Show::Optional
                | Show::Signed
                | Show::Type
                | Show::Kind
                | Show::DebugText
                | Show::Hex => module.and_then(|m| m.debug.as_ref()).map(|d| &d.strings),
            };
            if let Some(strings) = strings.filter(|strings| value < strings.len() as u64) {
                put!(out, " \"{}\"", escape(strings.get(value as u32)));
            }
        }
    }
}
