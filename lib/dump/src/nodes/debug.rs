//! Names, files and lines, and what stands for the whole file: its text, its bytes, its errors.

use std::io;

use super::{Nodes, SCHEMA};
use crate::JsonForm;
use crate::bytes;
use crate::code::Stretch;
use crate::image::{Extent, Named};
use crate::json::{Json, quote_part};
use crate::sink::Sink;
use vbc_cli::diagnostic_line;
use vbc_core::format::section::{self};
use vbc_core::module::*;

impl Nodes<'_, '_> {
    pub(super) fn debug_names(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("debug_names");
        if let Some(debug) = &image.module.debug {
            for (number, row) in debug.names.iter().enumerate() {
                self.begin("debug_name", image.row(section::DNAM, number));
                self.name("name", &debug.strings, row.name);
                let space = NameSpace::from_code(row.space);
                match (space.and_then(NameSpace::kind), space) {
                    (Some(kind), _) => self.string("space", kind.word()),
                    (_, Some(NameSpace::Elem)) => self.string("space", "elem"),
                    (_, Some(NameSpace::Type)) => self.string("space", "type"),
                    (_, Some(NameSpace::Field)) => {
                        self.string("space", "field");
                        self.number("type", row.owner.into());
                    }
                    (_, Some(_)) => {
                        self.string("space", "register");
                        self.number("function", row.owner.into());
                    }
                    (_, None) => self.raw("space", "null"),
                }
                self.number("index", row.index.into());
                self.end()?;
            }
        }
        self.end_list();
        Ok(())
    }

    pub(super) fn files(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("files");
        if let Some(debug) = &image.module.debug {
            for (number, row) in debug.files.iter().enumerate() {
                self.begin("file_name", image.row(section::DFIL, number));
                self.number("index", number as u64);
                self.name("path", &debug.strings, row.name);
                self.boolean("embedded", row.flags & FileRow::EMBEDDED != 0);
                self.end()?;
            }
        }
        self.end_list();
        Ok(())
    }

    pub(super) fn lines(&mut self, image: &Named<'_>, stretches: &[Stretch]) -> io::Result<()> {
        self.list("lines");
        for stretch in stretches {
            let Some(row) = stretch.function().and_then(|index| image.line_row(index)) else {
                continue;
            };
            let mut entries = image.lines(row).map_while(Result::ok).peekable();
            while let Some(entry) = entries.next() {
                let end = entries
                    .peek()
                    .map_or(row.length as usize, |next| next.offset);
                let at = row.offset.saturating_add(entry.offset as u64);
                let size = (end - entry.offset) as u64;
                self.begin("line", image.pool(section::DLIN, at, size));
                self.number("function", row.function.into());
                self.number("word", entry.word);
                self.optional("file", entry.place.map(|place| place.file.into()));
                if let Some(place) = entry.place {
                    self.number("line", place.line.into());
                    self.number("column", place.column.into());
                }
                self.end()?;
            }
        }
        self.end_list();
        Ok(())
    }

    pub(super) fn text(&mut self, image: &Named<'_>) -> io::Result<()> {
        if self.form == JsonForm::Lines {
            let all = Extent {
                offset: 0,
                size: image.bytes().len() as u64,
            };
            self.begin("text", all);
        }
        self.raw("text", "\"");
        vbc_core::text::print(&image.module, &mut Quoted(self.sink))?;
        self.sink.text.push('"');
        if self.form == JsonForm::Lines {
            self.end()?;
        }
        Ok(())
    }

    pub(super) fn bytes(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("bytes");
        let form = match self.form {
            JsonForm::Document => bytes::Form::Json(self.json),
            JsonForm::Lines => bytes::Form::Lines,
        };
        bytes::map(self.sink, image, form)?;
        self.end_list();
        Ok(())
    }

    pub(super) fn errors(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("errors");
        for fault in &image.faults {
            let line = diagnostic_line(fault);
            match self.form {
                JsonForm::Document => self.json.raw(&mut self.sink.text, line.trim_end()),
                JsonForm::Lines => {
                    self.json = Json::default();
                    self.json.open(&mut self.sink.text, '{');
                    self.string("schema", SCHEMA);
                    self.string("record", "error");
                    self.raw("error", line.trim_end());
                    self.close('}');
                    self.sink.text.push('\n');
                }
            }
            self.sink.spill()?;
        }
        self.end_list();
        Ok(())
    }
}

/// Takes text and writes it as a part of a JSON string.
struct Quoted<'s, 'w>(&'s mut Sink<'w>);

impl io::Write for Quoted<'_, '_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Whoever writes here writes whole strings.
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        quote_part(&mut self.0.text, text);
        self.0.spill()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
