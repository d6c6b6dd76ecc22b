//! Records and their fields.

use std::io;

use super::{Nodes, SCHEMA, SHORT_NAME};
use crate::JsonForm;
use crate::image::{Extent, Named};
use crate::json::Json;
use vbc_core::isa::ValType;
use vbc_core::module::*;

impl Nodes<'_, '_> {
    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.json.key(&mut self.sink.text, key);
        self.json.number(&mut self.sink.text, value);
    }

    pub(super) fn string(&mut self, key: &str, value: &str) {
        self.json.key(&mut self.sink.text, key);
        self.json.string(&mut self.sink.text, value);
    }

    pub(super) fn raw(&mut self, key: &str, value: &str) {
        self.json.key(&mut self.sink.text, key);
        self.json.raw(&mut self.sink.text, value);
    }

    pub(super) fn boolean(&mut self, key: &str, value: bool) {
        self.raw(key, if value { "true" } else { "false" });
    }

    pub(super) fn optional(&mut self, key: &str, value: Option<u64>) {
        match value {
            Some(value) => self.number(key, value),
            None => self.raw(key, "null"),
        }
    }

    pub(super) fn open(&mut self, key: &str, bracket: char) {
        self.json.key(&mut self.sink.text, key);
        self.json.open(&mut self.sink.text, bracket);
    }

    pub(super) fn close(&mut self, bracket: char) {
        self.json.close(&mut self.sink.text, bracket);
    }

    pub(super) fn extent(&mut self, extent: Extent) {
        self.number("offset", extent.offset);
        self.number("size", extent.size);
    }

    /// Begins a list of nodes; among records they simply follow one another.
    pub(super) fn list(&mut self, key: &str) {
        if self.form == JsonForm::Document {
            self.open(key, '[');
        }
    }

    pub(super) fn end_list(&mut self) {
        if self.form == JsonForm::Document {
            self.close(']');
        }
    }

    pub(super) fn begin(&mut self, record: &str, extent: Extent) {
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

    pub(super) fn end(&mut self) -> io::Result<()> {
        self.close('}');
        if self.form == JsonForm::Lines {
            self.sink.text.push('\n');
        }
        self.sink.spill()
    }

    /// A string by its index, and itself if it is short.
    pub(super) fn name(&mut self, key: &str, strings: &Strings, index: u32) {
        self.number(&format!("{key}_index"), index.into());
        if (index as usize) < strings.len() && strings.get(index).len() <= SHORT_NAME {
            self.string(key, strings.get(index));
        }
    }

    /// What something is called, if it has a short name.
    pub(super) fn reference(&mut self, key: &str, image: &Named<'_>, space: NameSpace, index: u32) {
        if let Some(name) = image.name(space, index).filter(|n| n.len() <= SHORT_NAME) {
            self.string(key, &name);
        }
    }

    pub(super) fn value_type(&mut self, key: &str, code: u32) {
        match ValType::from_word(code) {
            Some(ty) => self.string(key, &ty.to_string()),
            None => self.raw(key, "null"),
        }
    }

    pub(super) fn kind(&mut self, kind: Option<Kind>) {
        match kind {
            Some(kind) => self.string("kind", kind.word()),
            None => self.raw("kind", "null"),
        }
    }

    pub(super) fn limits(&mut self, min: u64, max: u64) {
        self.number("min", min);
        self.optional("max", (max != NO_MAX).then_some(max));
    }

    pub(super) fn hex(&mut self, key: &str, bytes: &[u8]) -> io::Result<()> {
        self.raw(key, "\"");
        for piece in bytes.chunks(4096) {
            for &byte in piece {
                crate::sink::put_hex(&mut self.sink.text, byte.into(), 2);
            }
            self.sink.spill()?;
        }
        self.sink.text.push('"');
        Ok(())
    }
}
