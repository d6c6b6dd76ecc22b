//! The same as JSON: one document a file, or one record a line.
//!
//! `docs/schema/vbc-dump-1.schema.json` describes what is written here.

use std::io;

use super::blocks::{Why, blocks};
use super::bytes;
use super::code::{Code, Stretch};
use super::image::{Extent, Named, Part};
use super::json::{Json, quote_part};
use super::sink::{Sink, put_number};
use super::summary::{canonical, flag_words};
use super::tables::{binding_word, put_constant, put_global_value};
use super::{JsonForm, View, Views};
use crate::cli::diagnostic_line;
use crate::format::HEADER_BYTES;
use crate::format::legacy::Legacy;
use crate::format::section::{self, Tag, tag_text};
use crate::isa::decode::Value;
use crate::isa::walk::{Item, targets};
use crate::isa::{DISCARD, Inst, Operand, Role, Trap, ValType};
use crate::module::*;

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
    fn number(&mut self, key: &str, value: u64) {
        self.json.key(&mut self.sink.text, key);
        self.json.number(&mut self.sink.text, value);
    }

    fn string(&mut self, key: &str, value: &str) {
        self.json.key(&mut self.sink.text, key);
        self.json.string(&mut self.sink.text, value);
    }

    fn raw(&mut self, key: &str, value: &str) {
        self.json.key(&mut self.sink.text, key);
        self.json.raw(&mut self.sink.text, value);
    }

    fn boolean(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    fn optional(&mut self, key: &str, value: Option<u64>) {
        match value {
            Some(value) => self.number(key, value),
            None => self.raw(key, "null"),
        }
    }

    fn open(&mut self, key: &str, bracket: char) {
        self.json.key(&mut self.sink.text, key);
        self.json.open(&mut self.sink.text, bracket);
    }

    fn close(&mut self, bracket: char) {
        self.json.close(&mut self.sink.text, bracket);
    }

    fn extent(&mut self, extent: Extent) {
        self.number("offset", extent.offset);
        self.number("size", extent.size);
    }

    /// Begins a list of nodes; among records they simply follow one another.
    fn list(&mut self, key: &str) {
        if self.form == JsonForm::Document {
            self.open(key, '[');
        }
    }

    fn end_list(&mut self) {
        if self.form == JsonForm::Document {
            self.close(']');
        }
    }

    fn begin(&mut self, record: &str, extent: Extent) {
        if self.form == JsonForm::Lines {
            self.json = Json::default();
        }
        self.json.open(&mut self.sink.text, '{');
        if self.form == JsonForm::Lines {
            self.string("schema", SCHEMA);
            self.string("record", record);
        }
        self.extent(extent);
    }

    fn end(&mut self) -> io::Result<()> {
        self.close('}');
        if self.form == JsonForm::Lines {
            self.sink.text.push('\n');
        }
        self.sink.spill()
    }

    /// A string by its index, and itself if it is short.
    fn name(&mut self, key: &str, strings: &Strings, index: u32) {
        self.number(&format!("{key}_index"), index.into());
        if (index as usize) < strings.len() && strings.get(index).len() <= SHORT_NAME {
            self.string(key, strings.get(index));
        }
    }

    /// What something is called, if it has a short name.
    fn reference(&mut self, key: &str, image: &Named<'_>, space: NameSpace, index: u32) {
        if let Some(name) = image.name(space, index).filter(|n| n.len() <= SHORT_NAME) {
            self.string(key, &name);
        }
    }

    fn value_type(&mut self, key: &str, code: u32) {
        match val_type(code) {
            Some(ty) => self.string(key, ty.name()),
            None => self.raw(key, "null"),
        }
    }

    fn kind(&mut self, kind: Option<Kind>) {
        match kind {
            Some(kind) => self.string("kind", kind.word()),
            None => self.raw("kind", "null"),
        }
    }

    fn limits(&mut self, min: u64, max: u64) {
        self.number("min", min);
        self.optional("max", (max != NO_MAX).then_some(max));
    }

    fn hex(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.raw(key, "\"");
        for piece in bytes.chunks(4096) {
            for &byte in piece {
                super::sink::put_hex(&mut self.sink.text, byte.into(), 2);
            }
            self.sink.spill()?;
        }
        self.sink.text.push('"');
        Ok(())
    }

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

    fn types(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("types");
        for (index, ty) in image.module.types.iter().enumerate() {
            self.begin("type", image.row(section::TYPE, index));
            self.number("index", index as u64);
            for (key, types) in [("params", &ty.params), ("results", &ty.results)] {
                self.open(key, '[');
                for ty in types.iter() {
                    self.json.string(&mut self.sink.text, ty.name());
                }
                self.close(']');
            }
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn imports(&mut self, image: &Named<'_>) -> io::Result<()> {
        let module = &image.module;
        let mut next = [0_u64; 5];
        self.list("imports");
        for (number, row) in module.imports.iter().enumerate() {
            self.begin("import", image.row(section::IMPT, number));
            self.kind(row.kind());
            if let Some(kind) = row.kind() {
                self.number("index", next[kind as usize]);
                next[kind as usize] += 1;
            }
            self.boolean("undefined", row.module == NONE);
            if row.module != NONE {
                self.name("module", &module.strings, row.module);
            }
            self.name("name", &module.strings, row.name);
            match row.kind() {
                Some(Kind::Func) => self.number("type_index", row.ty.into()),
                Some(Kind::Table) => {
                    self.value_type("type", row.ty);
                    self.value_type("index_type", row.index_type);
                    self.limits(row.min, row.max);
                }
                Some(Kind::Memory) => {
                    self.value_type("index_type", row.index_type);
                    self.limits(row.min, row.max);
                }
                Some(Kind::Global) => {
                    self.value_type("type", row.ty);
                    self.boolean("mutable", row.flags & ImportRow::MUTABLE != 0);
                }
                Some(Kind::Data) | None => {}
            }
            if row.module == NONE {
                self.boolean("weak", row.flags & ImportRow::WEAK != 0);
            }
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn memories_and_tables(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("memories");
        for (number, row) in image.module.memories.iter().enumerate() {
            self.begin("memory", image.row(section::MEMS, number));
            self.defined(image, Kind::Memory, NameSpace::Memory, number);
            self.value_type("index_type", row.index_type);
            self.limits(row.min, row.max);
            self.end()?;
        }
        self.end_list();
        self.list("tables");
        for (number, row) in image.module.tables.iter().enumerate() {
            self.begin("table", image.row(section::TABL, number));
            self.defined(image, Kind::Table, NameSpace::Table, number);
            self.value_type("type", row.elem);
            self.value_type("index_type", row.index_type);
            self.limits(row.min, row.max);
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn defined(&mut self, image: &Named<'_>, kind: Kind, space: NameSpace, number: usize) {
        let index = image.spaces.index_of(kind, number);
        self.number("index", index.into());
        self.reference("name", image, space, index);
    }

    fn globals(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("globals");
        for (number, row) in image.module.globals.iter().enumerate() {
            self.begin("global", image.row(section::GLOB, number));
            self.defined(image, Kind::Global, NameSpace::Global, number);
            self.value_type("type", row.ty);
            self.boolean("mutable", row.flags & GlobalRow::MUTABLE != 0);
            let mut value = String::new();
            put_global_value(&mut value, image, row);
            self.string("value", &value);
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn elements(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("elements");
        for (number, row) in image.module.elements.iter().enumerate() {
            self.begin("element", image.row(section::ELEM, number));
            self.number("index", number as u64);
            self.reference("name", image, NameSpace::Elem, number as u32);
            match ElementMode::from_code(row.mode) {
                Some(ElementMode::Passive) => self.string("mode", "passive"),
                Some(ElementMode::Active) => self.string("mode", "active"),
                Some(ElementMode::Declarative) => self.string("mode", "declarative"),
                None => self.raw("mode", "null"),
            }
            self.value_type("type", row.elem);
            self.number("table", row.table.into());
            self.number("start", row.offset);
            self.open("items", '[');
            for &item in image.module.element_items(number) {
                match item {
                    NONE => self.json.raw(&mut self.sink.text, "null"),
                    _ => self.json.number(&mut self.sink.text, item.into()),
                }
                self.sink.spill()?;
            }
            self.close(']');
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn initialisers(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("initialisers");
        for (number, &function) in image.module.initialisers.iter().enumerate() {
            self.begin("initialiser", image.row(section::INIT, number));
            self.number("function", function.into());
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn strings(
        &mut self,
        image: &Named<'_>,
        key: &str,
        record: &str,
        tag: Tag,
        strings: Option<&Strings>,
    ) -> io::Result<()> {
        self.list(key);
        if let Some(strings) = strings {
            for (index, (row, string)) in strings.rows.iter().zip(strings.iter()).enumerate() {
                self.begin(
                    record,
                    image.pool(tag, row.offset.into(), row.length.into()),
                );
                self.number("index", index as u64);
                self.string("value", string);
                self.end()?;
            }
        }
        self.end_list();
        Ok(())
    }

    fn functions(
        &mut self,
        image: &Named<'_>,
        stretches: &[Stretch],
        instructions: bool,
        graph: bool,
    ) -> io::Result<()> {
        self.list("functions");
        for &stretch in stretches {
            let code = Code::new(image, stretch);
            self.begin(
                "function",
                match stretch {
                    Stretch::Function(defined, _) => image.row(section::FUNC, defined),
                    Stretch::Orphan => Extent::default(),
                },
            );
            self.function(image, &code)?;
            if graph {
                self.graph(&code)?;
            }
            if self.form == JsonForm::Lines {
                self.end()?;
            }
            if instructions {
                self.list("instructions");
                for (at, item) in code.walk() {
                    self.begin("instruction", code.extent(at, item.words().len()));
                    if self.form == JsonForm::Lines {
                        self.optional("function", stretch.function().map(u64::from));
                    }
                    self.instruction(image, &code, at, item)?;
                    self.end()?;
                }
                self.end_list();
            }
            if self.form == JsonForm::Document {
                self.end()?;
            }
        }
        self.end_list();
        Ok(())
    }

    fn function(&mut self, image: &Named<'_>, code: &Code<'_>) -> io::Result<()> {
        if let Stretch::Function(defined, index) = code.stretch {
            self.number("index", index.into());
            self.reference("name", image, NameSpace::Func, index);
            if let Some(row) = image.module.functions.get(defined) {
                self.number("type_index", row.ty.into());
            }
            let mut first = code.text.params.len() as u64;
            self.number("parameters", first);
            self.open("registers", '[');
            for run in image.module.function_runs(defined) {
                self.json.open(&mut self.sink.text, '{');
                self.number("first", first);
                self.number("count", run.count.into());
                self.value_type("type", run.ty.into());
                self.boolean("zeroed", run.flags & RegisterRun::ZEROED != 0);
                self.close('}');
                first += u64::from(run.count);
                self.sink.spill()?;
            }
            self.close(']');
        }
        self.open("code", '{');
        self.extent(code.extent(0, code.words.len()));
        self.number("words", code.words.len() as u64);
        self.number("instructions", code.walk().count() as u64);
        self.close('}');
        Ok(())
    }

    fn graph(&mut self, code: &Code<'_>) -> io::Result<()> {
        self.open("blocks", '[');
        for block in blocks(code.words, code.text.labels()) {
            self.json.open(&mut self.sink.text, '{');
            self.extent(code.extent(block.start as usize, (block.end - block.start) as usize));
            self.number("word", block.start.into());
            self.number("words", (block.end - block.start).into());
            self.open("edges", '[');
            for edge in &block.edges {
                self.json.open(&mut self.sink.text, '{');
                self.number("to", edge.to.into());
                match edge.why {
                    Why::Next => self.string("when", "next"),
                    Why::Taken => self.string("when", "taken"),
                    Why::Default => self.string("when", "default"),
                    Why::Case(case) => {
                        self.string("when", "case");
                        self.number("case", case.into());
                    }
                }
                self.close('}');
                self.sink.spill()?;
            }
            self.close(']');
            self.close('}');
            self.sink.spill()?;
        }
        self.close(']');
        Ok(())
    }

    fn instruction(
        &mut self,
        image: &Named<'_>,
        code: &Code<'_>,
        at: usize,
        item: Item<'_>,
    ) -> io::Result<()> {
        self.number("word", at as u64);
        if let Some(label) = code.text.label_at(at) {
            self.string("label", &format!("L{label}"));
        }
        self.number("opcode", item.words()[0] & 0xffff);
        let mut text = String::new();
        code.item(&mut text, at, item);
        match item {
            Item::Inst(inst) => {
                self.string("mnemonic", inst.info().mnemonic);
                self.open("types", '[');
                for ty in inst.info().suffix {
                    self.json.string(&mut self.sink.text, ty.name());
                }
                self.close(']');
                self.string("text", &text);
                self.open("operands", '[');
                for operand in inst.info().operands {
                    self.json.open(&mut self.sink.text, '{');
                    self.operand(image, code, at, &inst, operand)?;
                    self.close('}');
                }
                self.close(']');
            }
            Item::Words(words) => {
                self.raw("mnemonic", "null");
                self.string("text", &text);
                self.hex("hex", bytemuck::cast_slice(words))?;
            }
        }
        Ok(())
    }

    fn operand(
        &mut self,
        image: &Named<'_>,
        code: &Code<'_>,
        at: usize,
        inst: &Inst<'_>,
        operand: &Operand,
    ) -> io::Result<()> {
        self.string("name", operand.name);
        self.string("role", operand.role.word());
        match (operand.role, inst.value(operand.role, operand.field)) {
            (_, Value::Reg(register)) => self.number("register", register.into()),
            (role, Value::Imm(value)) => {
                let ty = match role {
                    Role::Imm(ty) => ty,
                    _ => ValType::I64,
                };
                let mut text = String::new();
                put_constant(&mut text, ty, value as u64);
                self.string("type", ty.name());
                self.string("value", &text);
            }
            (_, Value::Offset(offset)) => self.string("value", &offset.to_string()),
            (_, Value::Addend(addend)) => self.string("value", &addend.to_string()),
            (_, Value::Label(distance)) => {
                let target = at as i64 + i64::from(distance);
                self.raw("target", &target.to_string());
            }
            (_, Value::Targets(_)) => {
                self.open("targets", '[');
                for target in targets(*inst, at) {
                    self.json.raw(&mut self.sink.text, "");
                    if target < 0 {
                        self.sink.text.push('-');
                    }
                    put_number(&mut self.sink.text, target.unsigned_abs());
                    self.sink.spill()?;
                }
                self.close(']');
            }
            (_, Value::TrapKind(kind)) => match Trap::from_code(kind) {
                Some(trap) => self.string("trap", trap.word()),
                None => self.number("code", kind.into()),
            },
            (role, Value::Regs(all)) => {
                let (results, list) = match role {
                    Role::Results(signature) => (true, code.text.split(inst, signature).1),
                    Role::Args(signature) => (false, code.text.split(inst, signature).0),
                    _ => (false, all),
                };
                self.open("registers", '[');
                for &register in list {
                    match register {
                        DISCARD if results => self.json.raw(&mut self.sink.text, "null"),
                        _ => self.json.number(&mut self.sink.text, register.into()),
                    }
                    self.sink.spill()?;
                }
                self.close(']');
            }
            (role, Value::Index(index)) => {
                self.number("index", index.into());
                if let Some(space) = space_of(role) {
                    self.reference("refers_to", image, space, index);
                }
            }
        }
        Ok(())
    }

    fn data(&mut self, image: &Named<'_>) -> io::Result<()> {
        let module = &image.module;
        self.list("data");
        for (number, row) in module.data.iter().enumerate() {
            self.begin("data", image.row(section::DATA, number));
            self.defined(image, Kind::Data, NameSpace::Data, number);
            match row.kind() {
                Some(DataKind::Placed) => {
                    self.string("kind", "placed");
                    self.number("align", row.align.into());
                }
                Some(DataKind::Fixed) => {
                    self.string("kind", "fixed");
                    self.number("address", row.address);
                }
                Some(DataKind::Passive) => self.string("kind", "passive"),
                None => self.raw("kind", "null"),
            }
            self.boolean("readonly", row.flags & DataRow::READ_ONLY != 0);
            self.number("memory_size", row.size);
            self.open("bytes", '{');
            self.extent(image.pool(section::DATA, row.offset, row.length));
            self.hex("hex", module.data_content(number))?;
            self.close('}');
            self.end()?;
        }
        self.end_list();
        self.list("addresses");
        for (number, row) in module.addresses.iter().enumerate() {
            self.begin("address", image.row(section::ADDR, number));
            self.number("data", row.data.into());
            self.number("at", row.offset);
            self.number("target", row.target.into());
            self.string("addend", &row.addend.to_string());
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn exports(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("exports");
        for (number, row) in image.module.exports.iter().enumerate() {
            self.begin("export", image.row(section::EXPT, number));
            self.name("name", &image.module.strings, row.name);
            self.kind(row.kind());
            self.number("index", row.index.into());
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn symbols(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("symbols");
        for (number, row) in image.module.symbols.iter().enumerate() {
            self.begin("symbol", image.row(section::SYMS, number));
            self.name("name", &image.module.strings, row.name);
            self.kind(row.kind());
            self.number("index", row.index.into());
            self.string("binding", binding_word(row.binding()));
            self.boolean("hidden", row.flags & SymbolRow::HIDDEN != 0);
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn debug_names(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("debug_names");
        if let Some(debug) = &image.module.debug {
            for (number, row) in debug.names.iter().enumerate() {
                self.begin("debug_name", image.row(section::DNAM, number));
                self.name("name", &debug.strings, row.name);
                let space = NameSpace::from_code(row.space);
                match (space.and_then(NameSpace::kind), space) {
                    (Some(kind), _) => self.string("space", kind.word()),
                    (_, Some(NameSpace::Elem)) => self.string("space", "elem"),
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

    fn files(&mut self, image: &Named<'_>) -> io::Result<()> {
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

    fn lines(&mut self, image: &Named<'_>, stretches: &[Stretch]) -> io::Result<()> {
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

    fn text(&mut self, image: &Named<'_>) -> io::Result<()> {
        if self.form == JsonForm::Lines {
            let all = Extent {
                offset: 0,
                size: image.bytes().len() as u64,
            };
            self.begin("text", all);
        }
        self.raw("text", "\"");
        crate::text::print(&image.module, &mut Quoted(self.sink))?;
        self.sink.text.push('"');
        if self.form == JsonForm::Lines {
            self.end()?;
        }
        Ok(())
    }

    fn bytes(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("bytes");
        let form = match self.form {
            JsonForm::Document => bytes::Form::Json(self.json),
            JsonForm::Lines => bytes::Form::Lines,
        };
        bytes::map(self.sink, image, form)?;
        self.end_list();
        Ok(())
    }

    fn errors(&mut self, image: &Named<'_>) -> io::Result<()> {
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

/// The index space of what an operand names.
pub fn space_of(role: Role) -> Option<NameSpace> {
    match role {
        Role::Func => Some(NameSpace::Func),
        Role::Global => Some(NameSpace::Global),
        Role::Table => Some(NameSpace::Table),
        Role::Memory => Some(NameSpace::Memory),
        Role::Data => Some(NameSpace::Data),
        Role::Elem => Some(NameSpace::Elem),
        _ => None,
    }
}
