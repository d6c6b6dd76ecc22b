//! What a module defines besides functions.

use std::io;

use super::Nodes;
use crate::image::Named;
use crate::tables::{binding_word, native, put_global_value};
use vbc_core::format::section::{self, Tag};
use vbc_core::module::*;

impl Nodes<'_, '_> {
    pub(super) fn types(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("types");
        for (index, ty) in image.module.types.iter().enumerate() {
            self.begin("type", image.row(section::TYPE, index));
            self.number("index", index as u64);
            self.string("kind", ty.composite.kind());
            self.boolean("final", ty.is_final);
            self.boolean("starts_group", ty.starts_group);
            self.optional("super", ty.supertype.map(u64::from));
            match &ty.composite {
                CompositeType::Func(ty) => {
                    for (key, types) in [("params", &ty.params), ("results", &ty.results)] {
                        self.open(key, '[');
                        for ty in types.iter() {
                            self.json.string(&mut self.sink.text, &ty.to_string());
                        }
                        self.close(']');
                    }
                }
                composite @ (CompositeType::Struct(_) | CompositeType::Array(_)) => {
                    self.fields(image, index as u32, composite.fields())?;
                }
            }
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    fn fields(&mut self, image: &Named<'_>, ty: u32, fields: &[FieldType]) -> io::Result<()> {
        self.open("fields", '[');
        for (number, field) in fields.iter().enumerate() {
            self.json.open(&mut self.sink.text, '{');
            let name = image.module.debug_name(NameSpace::Field, ty, number as u32);
            if let Some(name) = name {
                self.string("name", name);
            }
            let ty = field.storage.text(|index| format!("#{index}"));
            self.string("type", &ty);
            self.boolean("mutable", field.is_mutable);
            self.close('}');
            self.sink.spill()?;
        }
        self.close(']');
        Ok(())
    }

    pub(super) fn tags(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("tags");
        for (number, row) in image.module.tags.iter().enumerate() {
            self.begin("tag", image.row(section::TAGS, number));
            self.defined(image, Kind::Tag, NameSpace::Tag, number);
            self.number("type_index", row.ty.into());
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    pub(super) fn imports(&mut self, image: &Named<'_>) -> io::Result<()> {
        let module = &image.module;
        let mut next = [0_u64; Kind::ALL.len()];
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
                Some(Kind::Func | Kind::Tag) => {
                    self.number("type_index", row.ty.into());
                    if let Some((library, prototype)) = native(module, row) {
                        self.string("library", &library);
                        self.string("prototype", &prototype);
                    }
                }
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

    pub(super) fn memories_and_tables(&mut self, image: &Named<'_>) -> io::Result<()> {
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

    pub(super) fn defined(
        &mut self,
        image: &Named<'_>,
        kind: Kind,
        space: NameSpace,
        number: usize,
    ) {
        let index = image.spaces.index_of(kind, number);
        self.number("index", index.into());
        self.reference("name", image, space, index);
    }

    pub(super) fn globals(&mut self, image: &Named<'_>) -> io::Result<()> {
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

    pub(super) fn elements(&mut self, image: &Named<'_>) -> io::Result<()> {
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

    pub(super) fn initialisers(&mut self, image: &Named<'_>) -> io::Result<()> {
        self.list("initialisers");
        for (number, &function) in image.module.initialisers.iter().enumerate() {
            self.begin("initialiser", image.row(section::INIT, number));
            self.number("function", function.into());
            self.end()?;
        }
        self.end_list();
        Ok(())
    }

    pub(super) fn strings(
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

    pub(super) fn data(&mut self, image: &Named<'_>) -> io::Result<()> {
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

    pub(super) fn exports(&mut self, image: &Named<'_>) -> io::Result<()> {
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

    pub(super) fn symbols(&mut self, image: &Named<'_>) -> io::Result<()> {
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
}
