//! The tables of a module as text: one line a row.

use std::io;

use super::image::Named;
use super::sink::{Sink, put, put_hex, put_name};
use super::summary::{put_limits, put_memory, put_type_word};
use vbc_cli::escape;
use vbc_core::diag::counted;
use vbc_core::isa::ValType;
use vbc_core::module::native::{self, Prototype};
use vbc_core::module::*;
use vbc_core::text::float_text;

/// Element items and static addresses shown on one line.
const ITEMS_A_LINE: usize = 8;

/// For a native function, its library and its declaration in C.
pub fn native(module: &Module, row: &ImportRow) -> Option<(String, String)> {
    if row.module == NONE || row.kind() != Some(Kind::Func) {
        return None;
    }
    let library = native::library(module.strings.get(row.module))?;
    let prototype = Prototype::parse(module.strings.get(row.name)).ok()?;
    Some((escape(library).into_owned(), prototype.in_c().to_string()))
}

/// Writes the imports and undefined symbols.
pub fn imports(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    sink.text.push_str("imports and undefined symbols\n");
    let module = &image.module;
    let mut next = [0_u32; Kind::ALL.len()];
    for row in module.imports.iter() {
        let out = &mut sink.text;
        let Some(kind) = row.kind() else {
            put!(out, "  kind {} is not known\n", row.kind);
            continue;
        };
        let index = next[kind as usize];
        next[kind as usize] += 1;
        put!(out, "  {:6} #{index:<4}  ", kind.word());
        if row.module != NONE {
            put_string(out, &module.strings, row.module);
            out.push(':');
        }
        put_string(out, &module.strings, row.name);
        match kind {
            Kind::Func | Kind::Tag => {
                out.push(' ');
                image.put_type(out, row.ty);
                if let Some((library, prototype)) = native(module, row) {
                    put!(out, "\n            {library}: {prototype}");
                }
            }
            Kind::Table => {
                out.push_str(": ");
                put_type_word(out, image, row.ty);
                put_index_type(out, image, row.index_type);
                put_limits(out, row.min, row.max, "elements");
            }
            Kind::Memory => {
                out.push_str(": ");
                put_type_word(out, image, row.index_type);
                put_limits(out, row.min, row.max, "pages");
            }
            Kind::Global => {
                out.push_str(": ");
                out.push_str(if row.flags & ImportRow::MUTABLE != 0 {
                    "mut "
                } else {
                    ""
                });
                put_type_word(out, image, row.ty);
            }
            Kind::Data => {}
        }
        if row.module == NONE {
            out.push_str(if row.flags & ImportRow::WEAK != 0 {
                ", undefined, weak"
            } else {
                ", undefined"
            });
        }
        out.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// Writes the exports.
pub fn exports(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    sink.text.push_str("exports\n");
    for row in image.module.exports.iter() {
        let out = &mut sink.text;
        put_kind(out, row.kind(), row.index);
        put_string(out, &image.module.strings, row.name);
        out.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// Writes the symbols, defined ones and then undefined ones.
pub fn symbols(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    sink.text.push_str("symbols\n");
    let module = &image.module;
    for row in module.symbols.iter() {
        let out = &mut sink.text;
        put_kind(out, row.kind(), row.index);
        put!(
            out,
            "{:6}  {:7}  ",
            binding_word(row.binding()),
            if row.flags & SymbolRow::HIDDEN != 0 {
                "hidden"
            } else {
                "default"
            }
        );
        put_string(out, &module.strings, row.name);
        out.push('\n');
        sink.spill()?;
    }
    for row in module.imports.iter().filter(|row| row.module == NONE) {
        let out = &mut sink.text;
        put!(out, "  {:6} -      ", row.kind().map_or("?", Kind::word));
        let weak = row.flags & ImportRow::WEAK != 0;
        put!(
            out,
            "{:6}  {:7}  ",
            if weak { "weak" } else { "global" },
            "undef"
        );
        put_string(out, &module.strings, row.name);
        out.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// The word for a binding.
pub fn binding_word(binding: Binding) -> &'static str {
    match binding {
        Binding::Local => "local",
        Binding::Global => "global",
        Binding::Weak => "weak",
    }
}

/// Writes the names of STRS, and of DSTR.
pub fn strings(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    let debug = image.module.debug.as_ref().map(|debug| &debug.strings);
    let both = [
        ("strings", Some(&image.module.strings)),
        ("debug strings", debug),
    ];
    for (title, strings) in both {
        let Some(strings) = strings else { continue };
        put!(sink.text, "{title}\n");
        for (index, string) in strings.iter().enumerate() {
            put!(sink.text, "  {index:5}  {}\n", escape(string));
            sink.spill()?;
        }
    }
    Ok(())
}

/// Writes types, memories, tables, globals, tags, element segments and initialisers.
pub fn definitions(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    let module = &image.module;
    sink.text.push_str("types\n");
    for (index, ty) in module.types.iter().enumerate() {
        let (out, index) = (&mut sink.text, index as u32);
        put!(out, "  #{index:<4}  ");
        match ty.func() {
            Some(_) if module.types.is_signature(index) => image.put_type(out, index),
            _ => {
                let mut text = String::new();
                image.names.push_sub_type(&mut text, index, ty);
                match module.debug_name(NameSpace::Type, 0, index) {
                    Some(_) => image.put_reference(out, NameSpace::Type, index),
                    None => text = text.trim_start().to_owned(),
                }
                out.push_str(&text);
            }
        }
        if !ty.starts_group {
            out.push_str(", of the group before");
        }
        out.push('\n');
        sink.spill()?;
    }
    sink.text.push_str("memories\n");
    for index in 0..image.spaces.count(Kind::Memory) {
        put!(sink.text, "  #{index:<4}  ");
        put_memory(&mut sink.text, image, index);
        sink.text.push('\n');
        sink.spill()?;
    }
    sink.text.push_str("tables\n");
    for (number, row) in module.tables.iter().enumerate() {
        let out = &mut sink.text;
        put_reference(
            out,
            image,
            NameSpace::Table,
            image.spaces.index_of(Kind::Table, number),
        );
        put_type_word(out, image, row.elem);
        put_index_type(out, image, row.index_type);
        put_limits(out, row.min, row.max, "elements");
        out.push('\n');
        sink.spill()?;
    }
    sink.text.push_str("globals\n");
    for (number, row) in module.globals.iter().enumerate() {
        let out = &mut sink.text;
        put_reference(
            out,
            image,
            NameSpace::Global,
            image.spaces.index_of(Kind::Global, number),
        );
        out.push_str(if row.flags & GlobalRow::MUTABLE != 0 {
            "mut "
        } else {
            ""
        });
        put_type_word(out, image, row.ty);
        out.push_str(" = ");
        put_global_value(out, image, row);
        out.push('\n');
        sink.spill()?;
    }
    if !module.tags.is_empty() {
        sink.text.push_str("tags\n");
    }
    for (number, row) in module.tags.iter().enumerate() {
        let out = &mut sink.text;
        let index = image.spaces.index_of(Kind::Tag, number);
        put_reference(out, image, NameSpace::Tag, index);
        image.put_type(out, row.ty);
        out.push('\n');
        sink.spill()?;
    }
    sink.text.push_str("element segments\n");
    for (number, row) in module.elements.iter().enumerate() {
        element(sink, image, number, row)?;
    }
    sink.text.push_str("initialisers\n");
    for &function in module.initialisers.iter() {
        sink.text.push_str("  ");
        image.put_reference(&mut sink.text, NameSpace::Func, function);
        sink.text.push('\n');
        sink.spill()?;
    }
    Ok(())
}

fn element(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    number: usize,
    row: &ElementRow,
) -> io::Result<()> {
    let out = &mut sink.text;
    put_reference(out, image, NameSpace::Elem, number as u32);
    put_type_word(out, image, row.elem);
    match ElementMode::from_code(row.mode) {
        Some(ElementMode::Passive) => out.push_str(", passive"),
        Some(ElementMode::Declarative) => out.push_str(", declarative"),
        Some(ElementMode::Active) => {
            out.push_str(", at ");
            image.put_reference(out, NameSpace::Table, row.table);
            put!(out, " + {}", row.offset);
        }
        None => put!(out, ", mode {}", row.mode),
    }
    put!(out, ", {}\n", counted(row.count.into(), "item"));
    for items in image.module.element_items(number).chunks(ITEMS_A_LINE) {
        sink.text.push_str("        ");
        for (at, &item) in items.iter().enumerate() {
            sink.text.push_str(if at > 0 { ", " } else { "" });
            match item {
                NONE => sink.text.push_str("null"),
                _ => image.put_reference(&mut sink.text, NameSpace::Func, item),
            }
        }
        sink.text.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// Appends the first value of a global in the syntax of the text form.
pub fn put_global_value(out: &mut String, image: &Named<'_>, row: &GlobalRow) {
    match (InitKind::from_code(row.init), ValType::from_word(row.ty)) {
        (Some(InitKind::Const), Some(ty)) => put_constant(out, ty, row.value),
        (Some(InitKind::Null), _) => out.push_str("null"),
        (Some(InitKind::Func), _) => {
            out.push_str("func ");
            image.put_reference(out, NameSpace::Func, row.index);
        }
        (Some(InitKind::Data), _) => {
            out.push_str("data ");
            image.put_reference(out, NameSpace::Data, row.index);
            match row.value as i64 {
                0 => {}
                addend if addend < 0 => put!(out, " - {}", addend.unsigned_abs()),
                addend => put!(out, " + {addend}"),
            }
        }
        (Some(InitKind::Const), None) | (None, _) => put!(out, "{:#x}", row.value),
    }
}

/// Appends a constant by its bits, in the syntax of the text form.
pub fn put_constant(out: &mut String, ty: ValType, bits: u64) {
    match ty {
        ValType::I32 => put!(out, "{}", bits as i32),
        ValType::I64 => put!(out, "{}", bits as i64),
        ValType::F32 | ValType::F64 => out.push_str(&float_text(ty, bits)),
        ValType::Ref(_) | ValType::Ptr => put!(out, "{bits:#x}"),
    }
}

/// Writes the data rows in hexadecimal, and the static addresses in them.
pub fn data(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    let module = &image.module;
    sink.text.push_str("data\n");
    let mut addresses = module.addresses.iter().peekable();
    for (number, row) in module.data.iter().enumerate() {
        let index = image.spaces.index_of(Kind::Data, number);
        let out = &mut sink.text;
        put_reference(out, image, NameSpace::Data, index);
        match row.kind() {
            Some(DataKind::Placed) => put!(out, "placed, align {}", row.align),
            Some(DataKind::Fixed) => put!(out, "fixed at {:#x}", row.address),
            Some(DataKind::Passive) => out.push_str("passive"),
            None => put!(out, "kind {}", row.kind),
        }
        put!(out, ", {}", counted(row.size, "byte"));
        if row.flags & DataRow::READ_ONLY != 0 {
            out.push_str(", readonly");
        }
        out.push('\n');
        for (line, bytes) in module.data_content(number).chunks(16).enumerate() {
            hex_line(&mut sink.text, line as u64 * 16, bytes);
            sink.spill()?;
        }
        if row.size > row.length {
            put!(sink.text, "    {} zero bytes\n", row.size - row.length);
        }
        while let Some(address) = addresses.next_if(|address| address.data <= index) {
            let out = &mut sink.text;
            put!(out, "    at {:#x}: address of ", address.offset);
            image.put_reference(out, NameSpace::Data, address.target);
            put!(
                out,
                " {} {}\n",
                if address.addend < 0 { '-' } else { '+' },
                address.addend.unsigned_abs()
            );
            sink.spill()?;
        }
    }
    Ok(())
}

fn hex_line(out: &mut String, at: u64, bytes: &[u8]) {
    out.push_str("    ");
    put_hex(out, at, 8);
    out.push(' ');
    for &byte in bytes {
        out.push(' ');
        put_hex(out, byte.into(), 2);
    }
    for _ in bytes.len()..16 {
        out.push_str("   ");
    }
    out.push_str("  ");
    for &byte in bytes {
        let printable = byte.is_ascii_graphic() || byte == b' ';
        out.push(if printable { char::from(byte) } else { '.' });
    }
    let end = out.trim_end().len();
    out.truncate(end);
    out.push('\n');
}

fn put_kind(out: &mut String, kind: Option<Kind>, index: u32) {
    put!(out, "  {:6} #{index:<4}  ", kind.map_or("?", Kind::word));
}

fn put_reference(out: &mut String, image: &Named<'_>, space: NameSpace, index: u32) {
    put!(out, "  #{index:<4}  ");
    if image.name(space, index).is_some() {
        image.put_reference(out, space, index);
        out.push_str(": ");
    }
}

fn put_string(out: &mut String, strings: &Strings, index: u32) {
    match strings.rows.get(index as usize) {
        Some(_) => put_name(out, strings.get(index), index),
        None => put!(out, "string #{index}"),
    }
}

fn put_index_type(out: &mut String, image: &Named<'_>, code: u32) {
    if ValType::from_word(code) != Some(ValType::I32) {
        out.push_str(" indexed by ");
        put_type_word(out, image, code);
    }
}
