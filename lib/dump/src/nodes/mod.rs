//! The same as JSON: one document a file, or one record a line.
//!
//! `docs/schema/vbc-dump-1.schema.json` describes what is written here.

mod debug;
mod definitions;
mod functions;
mod record;

use std::io;

use super::code::Stretch;
use super::image::{Extent, Named, Part};
use super::json::Json;
use super::sink::Sink;
use super::summary::{canonical, flag_words};
use super::{JsonForm, View, Views};
use vbc_core::format::HEADER_BYTES;
use vbc_core::format::legacy::Legacy;
use vbc_core::format::section::{self, tag_text};
use vbc_core::module::*;

/// What every document and every record starts with.
pub const SCHEMA: &str = "vbc-dump/1";

/// Names up to this many bytes are repeated where they are referred to; others only in the list of
/// strings, so that the output stays in proportion to the input.
const SHORT_NAME: usize = 1000;

/// Writes the framing of a file of version 2.
pub fn legacy(
    sink: &mut Sink<'_>,
    form: JsonForm,
    name: &str,
    legacy: &Legacy,
    bytes: &[u8],
) -> io::Result<()> {
    let mut nodes = Nodes {
        sink,
        json: Json::default(),
        form,
    };
    nodes.head(name, bytes.len() as u64);
    super::legacy::json(&mut nodes.json, &mut nodes.sink.text, legacy, bytes);
    nodes.json.close(&mut nodes.sink.text, '}');
    nodes.sink.text.push('\n');
    nodes.sink.spill()
}

/// Writes the views of a file.
pub fn write(
    sink: &mut Sink<'_>,
    form: JsonForm,
    image: &Named<'_>,
    views: &Views,
    stretches: &[Stretch],
) -> io::Result<()> {
    let mut nodes = Nodes {
        sink,
        json: Json::default(),
        form,
    };
    nodes.file(image)?;
    if views.has(View::Headers) || views.has(View::Sizes) {
        nodes.sections(image)?;
    }
    if views.has(View::Definitions) {
        nodes.types(image)?;
    }
    if views.has(View::Imports) {
        nodes.imports(image)?;
    }
    if views.has(View::Definitions) {
        nodes.memories_and_tables(image)?;
        nodes.globals(image)?;
        nodes.tags(image)?;
        nodes.elements(image)?;
        nodes.initialisers(image)?;
    }
    if views.has(View::Strings) {
        nodes.strings(
            image,
            "strings",
            "string",
            section::STRS,
            Some(&image.module.strings),
        )?;
    }
    let code = views.has(View::Code);
    if code || views.has(View::Sizes) || views.has(View::Cfg) {
        nodes.functions(image, stretches, code, views.has(View::Cfg))?;
    }
    if views.has(View::Data) {
        nodes.data(image)?;
    }
    if views.has(View::Exports) {
        nodes.exports(image)?;
    }
    if views.has(View::Symbols) {
        nodes.symbols(image)?;
        nodes.debug_names(image)?;
    }
    if views.has(View::Strings) {
        let debug = image.module.debug.as_ref().map(|debug| &debug.strings);
        nodes.strings(image, "debug_strings", "debug_string", section::DSTR, debug)?;
    }
    if views.has(View::Lines) {
        nodes.files(image)?;
        nodes.lines(image, stretches)?;
    }
    if views.has(View::Text) {
        nodes.text(image)?;
    }
    if views.has(View::Bytes) {
        nodes.bytes(image)?;
    }
    nodes.errors(image)?;
    if form == JsonForm::Document {
        nodes.json.close(&mut nodes.sink.text, '}');
        nodes.sink.text.push('\n');
    }
    nodes.sink.spill()
}

struct Nodes<'n, 'w> {
    sink: &'n mut Sink<'w>,
    json: Json,
    form: JsonForm,
}

impl Nodes<'_, '_> {
    /// The fields that files of every version have; leaves the object open.
    fn head(&mut self, name: &str, size: u64) {
        self.json.open(&mut self.sink.text, '{');
        self.string("schema", SCHEMA);
        if self.form == JsonForm::Lines {
            self.string("record", "file");
        }
        self.string("file", name);
        self.number("offset", 0);
        self.number("size", size);
    }

    fn file(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.head(&image.container.name, image.bytes().len() as u64);
        self.string("format", "vitbc-3");
        match canonical(image) {
            Some(answer) => self.boolean("canonical", answer),
            None => self.raw("canonical", "null"),
        }
        let header = &image.container.header;
        self.open("header", '{');
        self.extent(Extent {
            offset: 0,
            size: HEADER_BYTES as u64,
        });
        self.number("version", header.version.into());
        self.number("draft", header.draft.into());
        self.number("reader", header.reader.into());
        self.string("producer", &header.producer_text());
        self.string("features", &format!("{:#x}", header.features));
        self.number("file_length", header.file_length);
        self.number("highest_opcode", header.highest_opcode.into());
        self.number("sections", header.sections.into());
        self.optional(
            "entry",
            (header.entry != NONE).then_some(header.entry.into()),
        );
        self.number("crc", header.crc.into());
        self.close('}');
        if header.entry != NONE {
            self.reference("entry", image, NameSpace::Func, header.entry);
        }
        if self.form == JsonForm::Lines {
            self.close('}');
            self.sink.text.push('\n');
        }
        self.sink.spill()
    }

    fn sections(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("sections");
        for (index, part) in image.sections.iter().enumerate() {
            self.begin(
                "section",
                Extent {
                    offset: part.entry.offset,
                    size: part.entry.stored,
                },
            );
            self.number("index", index as u64);
            self.section(part);
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn section(&mut self, part: &Part) {
        let entry = &part.entry;
        self.string("tag", &tag_text(entry.tag));
        self.number("expanded", entry.raw);
        self.open("flags", '[');
        for word in flag_words(entry.flags) {
            self.json.string(&mut self.sink.text, word);
        }
        self.close(']');
        self.number("crc", entry.crc.into());
        self.string("state", part.state());
        if part.row_size > 0 {
            self.number("row_size", part.row_size);
            self.number("rows", part.rows);
        }
    }
}
