//! Canonical text of a whole module (`docs/text.md` section 6).

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use super::instruction::{FunctionText, Style, push_addend};
use super::literal::{float_text, push_quoted};
use super::names::{ModuleText, push_name};
use crate::isa::{ValType, decode};
use crate::module::*;
use crate::module::{DRAFT, VERSION};

/// Output is handed over in pieces of about this size in bytes.
const PIECE: usize = 64 << 10;
/// Bytes of data on one line.
const DATA_LINE: usize = 48;
/// Runs of zeros from this length on are written as `zero N`.
const ZERO_RUN: usize = 16;
/// At most this many: a text may not ask for much more than it has bytes (`docs/text.md`, section
/// 4).
const ZERO_ITEM: usize = 4096;
/// References of a list on one line.
const LIST_LINE: usize = 8;
/// Longer lists of registers and parameters are continued on the next line, after about this many bytes.
const LONG_LINE: usize = 4096;

/// Writes the canonical text of a module. Assembling the text of a module in canonical form yields
/// the module's bytes again; code that no verifier would accept is shown as far as it goes.
///
/// # Errors
///
/// Those of `out`.
pub fn print(module: &Module, out: &mut dyn io::Write) -> io::Result<()> {
    let text = ModuleText::new(module);
    let mut printer = Printer {
        text: &text,
        module,
        exports: exports_by_definition(module),
        out,
        buffer: String::with_capacity(2 * PIECE),
    };
    printer.header()?;
    printer.types()?;
    printer.imports()?;
    printer.definitions()?;
    for defined in 0..module.functions.len() {
        printer.function(&FunctionText::new(&text, defined), defined)?;
    }
    printer.flush()
}

/// The exports in the order in which they are searched. A module need not be canonical.
fn exports_by_definition(module: &Module) -> Cow<'_, [ExportRow]> {
    let key = |row: &ExportRow| (row.kind, row.index);
    if module.exports.is_sorted_by_key(key) {
        return Cow::Borrowed(&module.exports);
    }
    let mut rows = module.exports.to_vec();
    rows.sort_by_key(key);
    Cow::Owned(rows)
}

struct Printer<'a> {
    text: &'a ModuleText<'a>,
    module: &'a Module,
    /// Sorted by kind and index.
    exports: Cow<'a, [ExportRow]>,
    out: &'a mut dyn io::Write,
    buffer: String,
}

impl Printer<'_> {
    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.buffer.as_bytes())?;
        self.buffer.clear();
        Ok(())
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.buffer.push('\n');
        if self.buffer.len() >= PIECE {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn header(&mut self) -> io::Result<()> {
        let _ = write!(
            self.buffer,
            ".module version={VERSION} draft={DRAFT} producer="
        );
        push_quoted(&mut self.buffer, self.module.producer.as_bytes());
        self.buffer.push_str(" entry=");
        match self.module.entry {
            Some(entry) => self
                .text
                .push_reference(&mut self.buffer, NameSpace::Func, entry),
            None => self.buffer.push_str("none"),
        }
        let Some(debug) = &self.module.debug else {
            self.buffer.push_str(" debug=none");
            return self.end_line();
        };
        self.buffer.push_str(" debug=explicit");
        self.end_line()?;
        for (number, row) in debug.files.iter().enumerate() {
            let _ = write!(self.buffer, ".file {number} ");
            push_quoted(&mut self.buffer, debug.strings.get(row.name).as_bytes());
            self.end_line()?;
            if row.flags & FileRow::EMBEDDED != 0 {
                let source = usize::try_from(row.offset)
                    .ok()
                    .zip(usize::try_from(row.length).ok())
                    .and_then(|(start, length)| {
                        debug.sources.get(start..start.checked_add(length)?)
                    });
                let _ = write!(self.buffer, ".source {number} ");
                self.source_text(source.unwrap_or_default())?;
                self.end_line()?;
            }
        }
        Ok(())
    }

    /// A string for each line, the empty one for no text.
    fn source_text(&mut self, text: &[u8]) -> io::Result<()> {
        let mut separator = "";
        for line in text.split_inclusive(|&byte| byte == b'\n') {
            for part in line.chunks(PIECE) {
                self.separate(&mut separator)?;
                push_quoted(&mut self.buffer, part);
            }
        }
        if text.is_empty() {
            self.buffer.push_str("\"\"");
        }
        Ok(())
    }

    fn imports(&mut self) -> io::Result<()> {
        let mut next = [0_u32; Kind::ALL.len()];
        for row in self.module.imports.iter() {
            let Some(kind) = row.kind() else { continue };
            let index = next[kind as usize];
            next[kind as usize] += 1;
            if row.module == NONE {
                let _ = write!(self.buffer, ".extern {} ", kind.word());
                push_name(&mut self.buffer, self.module.strings.get(row.name));
                self.push_index(kind, index);
            } else {
                let _ = write!(self.buffer, ".import {} ", kind.word());
                let (first, second) = (
                    self.module.strings.get(row.module),
                    self.module.strings.get(row.name),
                );
                if first.contains(':') {
                    push_quoted(&mut self.buffer, first.as_bytes());
                    self.buffer.push(' ');
                    push_quoted(&mut self.buffer, second.as_bytes());
                } else {
                    push_quoted(&mut self.buffer, format!("{first}:{second}").as_bytes());
                }
                if let Some(name) = self.module.debug_name(name_space(kind), 0, index) {
                    self.buffer.push_str(" as ");
                    push_name(&mut self.buffer, name);
                }
                self.push_index(kind, index);
            }
            self.import_type(row, kind);
            if row.flags & ImportRow::WEAK != 0 {
                self.buffer.push_str(" .weak");
            }
            self.end_line()?;
        }
        Ok(())
    }

    /// The index after the name of an import, if others have the name too.
    fn push_index(&mut self, kind: Kind, index: u32) {
        if self.text.is_repeated(name_space(kind), index) {
            let _ = write!(self.buffer, "#{index}");
        }
    }

    fn import_type(&mut self, row: &ImportRow, kind: Kind) {
        match kind {
            Kind::Func | Kind::Tag => {
                self.type_of(row.ty, "");
                self.signature(row.ty);
            }
            Kind::Global => {
                let mutable = if row.flags & ImportRow::MUTABLE != 0 {
                    "mut "
                } else {
                    ""
                };
                let _ = write!(self.buffer, ": {mutable}");
                self.text.push_type_word(&mut self.buffer, row.ty);
            }
            Kind::Table => {
                self.buffer.push_str(": ");
                let table = TableRow {
                    elem: row.ty,
                    index_type: row.index_type,
                    min: row.min,
                    max: row.max,
                };
                push_table(&mut self.buffer, self.text, &table);
            }
            Kind::Memory => {
                self.buffer.push_str(": ");
                push_memory(&mut self.buffer, row.index_type, row.min, row.max);
            }
            Kind::Data => {}
        }
    }

    /// The types that signatures cannot express, or that are referred to.
    fn types(&mut self) -> io::Result<()> {
        let types = &self.module.types;
        let mut group = false;
        for (at, &index) in self.text.declared.iter().enumerate() {
            let Some(ty) = types.get(index) else { continue };
            let next = types.get(index + 1);
            let continues = next.is_some_and(|next| !next.starts_group);
            if !group && continues {
                self.buffer.push_str(".rec");
                self.end_line()?;
                group = true;
            }
            self.buffer.push_str(".type ");
            self.text
                .push_reference(&mut self.buffer, NameSpace::Type, index);
            self.text.push_sub_type(&mut self.buffer, index, ty);
            self.end_line()?;
            let last = at + 1 == self.text.declared.len();
            if group && (!continues || last) {
                self.buffer.push_str(".end");
                self.end_line()?;
                group = false;
            }
        }
        Ok(())
    }

    /// `: NAME`, where a signature does not determine the type of a function or tag, and `after`
    /// it.
    fn type_of(&mut self, ty: u32, after: &str) {
        if !self.module.types.is_signature(ty) {
            self.buffer.push_str(": ");
            self.text
                .push_reference(&mut self.buffer, NameSpace::Type, ty);
            self.buffer.push_str(after);
        }
    }

    /// `(i64) -> i64`.
    fn signature(&mut self, ty: u32) {
        let Some(ty) = self.module.types.func(ty) else {
            return self.buffer.push_str("()");
        };
        self.buffer.push('(');
        self.text.push_val_types(&mut self.buffer, &ty.params);
        self.buffer.push(')');
        if !ty.results.is_empty() {
            self.buffer.push_str(" -> ");
            self.text.push_results(&mut self.buffer, &ty.results);
        }
    }

    fn definitions(&mut self) -> io::Result<()> {
        for (defined, row) in self.module.memories.iter().enumerate() {
            let index = self.text.spaces.index_of(Kind::Memory, defined);
            self.buffer.push_str(".memory ");
            self.text
                .push_reference(&mut self.buffer, NameSpace::Memory, index);
            self.buffer.push_str(": ");
            push_memory(&mut self.buffer, row.index_type, row.min, row.max);
            self.attributes(Kind::Memory, index, " ");
            self.end_line()?;
        }
        for (defined, row) in self.module.tables.iter().enumerate() {
            let index = self.text.spaces.index_of(Kind::Table, defined);
            self.buffer.push_str(".table ");
            self.text
                .push_reference(&mut self.buffer, NameSpace::Table, index);
            self.buffer.push_str(": ");
            push_table(&mut self.buffer, self.text, row);
            self.attributes(Kind::Table, index, " ");
            self.end_line()?;
        }
        for (defined, row) in self.module.globals.iter().enumerate() {
            self.global(self.text.spaces.index_of(Kind::Global, defined), row);
            self.end_line()?;
        }
        for (defined, row) in self.module.tags.iter().enumerate() {
            let index = self.text.spaces.index_of(Kind::Tag, defined);
            self.buffer.push_str(".tag ");
            self.text
                .push_reference(&mut self.buffer, NameSpace::Tag, index);
            self.type_of(row.ty, " ");
            self.signature(row.ty);
            self.attributes(Kind::Tag, index, " ");
            self.end_line()?;
        }
        let mut addresses = 0;
        for defined in 0..self.module.data.len() {
            self.data(defined, &mut addresses)?;
        }
        for index in 0..self.module.elements.len() {
            self.element(index)?;
        }
        for functions in self.module.initialisers.chunks(LIST_LINE) {
            for (i, &function) in functions.iter().enumerate() {
                self.buffer.push_str(if i > 0 { ", " } else { ".init " });
                self.text
                    .push_reference(&mut self.buffer, NameSpace::Func, function);
            }
            self.end_line()?;
        }
        self.import_exports()?;
        self.unknown_sections()
    }

    fn unknown_sections(&mut self) -> io::Result<()> {
        for section in &self.module.unknown {
            let tag = String::from_utf8_lossy(&section.tag);
            let debug = if section.debug { " debug" } else { "" };
            let _ = write!(self.buffer, ".section \"{tag}\"{debug}");
            let mut separator = " = ";
            for bytes in section.bytes.chunks(DATA_LINE) {
                self.separate(&mut separator)?;
                self.hex(bytes);
            }
            self.end_line()?;
        }
        Ok(())
    }

    fn hex(&mut self, bytes: &[u8]) {
        self.buffer.push_str("hex \"");
        for (i, byte) in bytes.iter().enumerate() {
            let space = if i > 0 { " " } else { "" };
            let _ = write!(self.buffer, "{space}{byte:02x}");
        }
        self.buffer.push('"');
    }

    /// Exports of imports, which have no definition to appear with.
    fn import_exports(&mut self) -> io::Result<()> {
        for export in self.module.exports.iter() {
            let Some(kind) = export.kind() else { continue };
            if !matches!(
                self.text.spaces.get(kind, export.index),
                Some(Definition::Import(_))
            ) {
                continue;
            }
            let _ = write!(self.buffer, ".export {} ", kind.word());
            self.text
                .push_reference(&mut self.buffer, name_space(kind), export.index);
            self.buffer.push(' ');
            push_quoted(
                &mut self.buffer,
                self.module.strings.get(export.name).as_bytes(),
            );
            self.end_line()?;
        }
        Ok(())
    }

    /// What is needed to express a definition's symbol and exports, each after `before`.
    fn attributes(&mut self, kind: Kind, index: u32, before: &str) {
        let first = self
            .exports
            .partition_point(|row| (row.kind, row.index) < (kind as u32, index));
        let own = self.exports[first..]
            .iter()
            .take_while(|row| (row.kind, row.index) == (kind as u32, index));
        for export in own {
            let _ = write!(self.buffer, "{before}.export ");
            push_quoted(
                &mut self.buffer,
                self.module.strings.get(export.name).as_bytes(),
            );
        }
        match self.module.symbol(kind, index) {
            Some(symbol) => {
                match symbol.binding() {
                    Binding::Global => {}
                    Binding::Local => {
                        let _ = write!(self.buffer, "{before}.local");
                    }
                    Binding::Weak => {
                        let _ = write!(self.buffer, "{before}.weak");
                    }
                }
                if symbol.flags & SymbolRow::HIDDEN != 0 {
                    let _ = write!(self.buffer, "{before}.hidden");
                }
            }
            None if self.module.debug_name(name_space(kind), 0, index).is_some() => {
                let _ = write!(self.buffer, "{before}.nosymbol");
            }
            None => {}
        }
    }

    fn global(&mut self, index: u32, row: &GlobalRow) {
        let out = &mut self.buffer;
        out.push_str(".global ");
        self.text.push_reference(out, NameSpace::Global, index);
        let mutable = if row.flags & GlobalRow::MUTABLE != 0 {
            "mut "
        } else {
            ""
        };
        let _ = write!(out, ": {mutable}");
        self.text.push_type_word(out, row.ty);
        out.push_str(" = ");
        match InitKind::from_code(row.init) {
            Some(InitKind::Null) => out.push_str("null"),
            Some(InitKind::Func) => {
                out.push_str("func ");
                self.text.push_reference(out, NameSpace::Func, row.index);
            }
            Some(InitKind::Data) => {
                out.push_str("data ");
                self.text.push_reference(out, NameSpace::Data, row.index);
                push_addend(out, row.value as i64);
            }
            Some(InitKind::Const) | None => match ValType::from_word(row.ty) {
                Some(ty @ (ValType::F32 | ValType::F64)) => {
                    out.push_str(&float_text(ty, row.value))
                }
                Some(ValType::I32) => {
                    let _ = write!(out, "{}", row.value as i32);
                }
                _ => {
                    let _ = write!(out, "{}", row.value as i64);
                }
            },
        }
        self.attributes(Kind::Global, index, " ");
    }

    fn data(&mut self, defined: usize, addresses: &mut usize) -> io::Result<()> {
        let row = &self.module.data[defined];
        let index = self.text.spaces.index_of(Kind::Data, defined);
        self.buffer.push_str(".data ");
        self.text
            .push_reference(&mut self.buffer, NameSpace::Data, index);
        match row.kind() {
            Some(DataKind::Fixed) => {
                let _ = write!(self.buffer, " at {}", row.address);
            }
            Some(DataKind::Passive) => self.buffer.push_str(" passive"),
            Some(DataKind::Placed) | None => {
                if row.align != 1 {
                    let _ = write!(self.buffer, " align {}", row.align);
                }
                if row.size != row.length {
                    let _ = write!(self.buffer, " size {}", row.size);
                }
            }
        }
        if row.flags & DataRow::READ_ONLY != 0 {
            self.buffer.push_str(" readonly");
        }
        let first = *addresses;
        while self
            .module
            .addresses
            .get(*addresses)
            .is_some_and(|address| address.data <= index)
        {
            *addresses += 1;
        }
        let own = first..*addresses;
        self.data_items(defined, own)?;
        self.attributes(Kind::Data, index, " ");
        self.end_line()
    }

    fn data_items(&mut self, defined: usize, addresses: std::ops::Range<usize>) -> io::Result<()> {
        let content = self.module.data_content(defined);
        let index_type = self.module.address_type();
        let width = if index_type == ValType::I32 { 4 } else { 8 };
        let mut separator = " = ";
        let mut at = 0;
        for address in addresses {
            let row = self.module.addresses[address];
            let start = usize::try_from(row.offset)
                .unwrap_or(content.len())
                .clamp(at, content.len());
            self.bytes(&content[at..start], &mut separator, false)?;
            self.separate(&mut separator)?;
            self.buffer.push_str("addr ");
            self.text
                .push_reference(&mut self.buffer, NameSpace::Data, row.target);
            push_addend(&mut self.buffer, row.addend);
            at = (start + width).min(content.len());
        }
        let placed = self.module.data[defined].kind() == Some(DataKind::Placed);
        self.bytes(&content[at..], &mut separator, placed)
    }

    fn separate(&mut self, separator: &mut &str) -> io::Result<()> {
        self.buffer.push_str(separator);
        if *separator == ",\n  " && self.buffer.len() >= PIECE {
            self.flush()?;
        }
        *separator = ",\n  ";
        Ok(())
    }

    /// Bytes as strings, hexadecimal and runs of zeros. Zeros at the end of a placed row are written out: `zero`
    /// there would not store them.
    fn bytes(&mut self, mut bytes: &[u8], separator: &mut &str, at_end: bool) -> io::Result<()> {
        let zeros_at_end = bytes.iter().rev().take_while(|&&byte| byte == 0).count();
        while !bytes.is_empty() {
            let next = &bytes[..bytes.len().min(ZERO_ITEM)];
            let zeros = next.iter().take_while(|&&byte| byte == 0).count();
            if zeros >= ZERO_RUN && !(at_end && bytes.len() <= zeros_at_end) {
                self.separate(separator)?;
                let _ = write!(self.buffer, "zero {zeros}");
                bytes = &bytes[zeros..];
                continue;
            }
            let limit = bytes.len().min(DATA_LINE);
            let text = bytes[..limit]
                .iter()
                .take_while(|&&byte| is_texty(byte))
                .count();
            self.separate(separator)?;
            if text >= 4 || text == bytes.len() {
                push_quoted(&mut self.buffer, &bytes[..text]);
                bytes = &bytes[text..];
                continue;
            }
            // Up to where text or a run of zeros may begin.
            let end = (text + 1..limit)
                .find(|&i| {
                    bytes[i..limit].len() >= 8 && bytes[i..i + 8].iter().all(|&byte| is_texty(byte))
                })
                .unwrap_or(limit);
            let end = (1..end).find(|&i| is_zero_run(&bytes[i..])).unwrap_or(end);
            self.hex(&bytes[..end]);
            bytes = &bytes[end..];
        }
        Ok(())
    }

    fn element(&mut self, index: usize) -> io::Result<()> {
        let row = &self.module.elements[index];
        self.buffer.push_str(".elem ");
        self.text
            .push_reference(&mut self.buffer, NameSpace::Elem, index as u32);
        self.buffer.push(' ');
        self.text.push_type_word(&mut self.buffer, row.elem);
        match ElementMode::from_code(row.mode) {
            Some(ElementMode::Active) => {
                self.buffer.push_str(" at ");
                self.text
                    .push_reference(&mut self.buffer, NameSpace::Table, row.table);
                let _ = write!(self.buffer, " + {}", row.offset);
            }
            Some(ElementMode::Declarative) => self.buffer.push_str(" declare"),
            Some(ElementMode::Passive) | None => self.buffer.push_str(" passive"),
        }
        for (i, &item) in self.module.element_items(index).iter().enumerate() {
            self.buffer.push_str(match i {
                0 => " = ",
                _ if i % LIST_LINE == 0 => ",\n  ",
                _ => ", ",
            });
            match item {
                NONE => self.buffer.push_str("null"),
                function => self
                    .text
                    .push_reference(&mut self.buffer, NameSpace::Func, function),
            }
            if self.buffer.len() >= PIECE {
                self.flush()?;
            }
        }
        self.end_line()
    }

    fn function(&mut self, function: &FunctionText<'_>, defined: usize) -> io::Result<()> {
        self.end_line()?;
        self.buffer.push_str("FUNC ");
        function
            .module
            .push_reference(&mut self.buffer, NameSpace::Func, function.index);
        self.type_of(self.module.functions[defined].ty, " ");
        self.buffer.push('(');
        let mut start = self.buffer.len();
        for (i, ty) in function.params.iter().enumerate() {
            self.buffer.push_str(if i > 0 { ", " } else { "" });
            self.break_long(&mut start)?;
            function.push_parameter(&mut self.buffer, i as u16);
            self.buffer.push_str(": ");
            self.text.push_val_type(&mut self.buffer, *ty);
        }
        self.buffer.push_str(") -> ");
        self.text.push_results(&mut self.buffer, function.results());
        self.attributes(Kind::Func, function.index, "\n  ");
        self.end_line()?;
        self.registers(function, defined)?;
        self.code(function)?;
        self.buffer.push_str("END");
        self.end_line()
    }

    /// Goes to the next line in a list, after a comma, when this one has become long.
    fn break_long(&mut self, start: &mut usize) -> io::Result<()> {
        if self.buffer.len() - *start > LONG_LINE {
            // The space after the comma.
            self.buffer.pop();
            self.end_line()?;
            self.buffer.push_str("    ");
            *start = self.buffer.len();
        }
        Ok(())
    }

    fn registers(&mut self, function: &FunctionText<'_>, defined: usize) -> io::Result<()> {
        let mut first = function.params.len();
        for run in self.module.function_runs(defined) {
            let end = first + usize::from(run.count);
            self.buffer.push_str("  .reg ");
            let mut start = self.buffer.len();
            let mut at = first;
            while at < end {
                self.buffer.push_str(if at > first { ", " } else { "" });
                self.break_long(&mut start)?;
                let unnamed = function.next_named(at).unwrap_or(end).min(end) - at;
                if unnamed >= 2 {
                    let _ = write!(self.buffer, "%{at}..%{}", at + unnamed - 1);
                    at += unnamed;
                } else {
                    function.push_register(&mut self.buffer, at.min(usize::from(u16::MAX)) as u16);
                    at += 1;
                }
            }
            let zeroed = if run.flags & RegisterRun::ZEROED != 0 {
                " zeroed"
            } else {
                ""
            };
            self.buffer.push_str(": ");
            self.text.push_type_word(&mut self.buffer, run.ty);
            self.buffer.push_str(zeroed);
            self.end_line()?;
            first = end;
        }
        Ok(())
    }

    fn code(&mut self, function: &FunctionText<'_>) -> io::Result<()> {
        let code = function.code;
        let files = self
            .module
            .debug
            .as_ref()
            .map_or(0, |debug| debug.files.len());
        let mut lines = Lines::new(
            self.module.line_program(function.index),
            code.len() as u64,
            files,
        )
        .map_while(Result::ok)
        .peekable();
        let mut at = 0;
        while at < code.len() {
            while let Some(entry) = lines.next_if(|entry| entry.word <= at as u64) {
                match entry.place {
                    None => self.buffer.push_str("  .loc none"),
                    Some(place) => {
                        let _ = write!(self.buffer, "  .loc {} {}", place.file, place.line);
                        if place.column != 0 {
                            let _ = write!(self.buffer, " {}", place.column);
                        }
                    }
                }
                self.end_line()?;
            }
            if let Some(label) = function.label_at(at) {
                let _ = writeln!(self.buffer, "L{label}:");
            }
            self.buffer.push_str("  ");
            match decode(code, at) {
                Ok(inst) => {
                    function.push_instruction(&mut self.buffer, &inst, at, Style::default());
                    at += inst.words.len();
                }
                Err(_) => {
                    let words = decode::length(code[at]).unwrap_or(1).min(code.len() - at);
                    self.buffer.push_str("; not an instruction:");
                    for word in &code[at..at + words.min(8)] {
                        let _ = write!(self.buffer, " {word:#018x}");
                    }
                    at += words;
                }
            }
            self.end_line()?;
        }
        Ok(())
    }
}

fn is_texty(byte: u8) -> bool {
    matches!(byte, b' '..=b'~' | b'\n' | b'\t')
}

fn is_zero_run(bytes: &[u8]) -> bool {
    bytes.len() >= ZERO_RUN && bytes[..ZERO_RUN].iter().all(|&byte| byte == 0)
}

fn name_space(kind: Kind) -> NameSpace {
    NameSpace::of_kind(kind)
}

fn push_memory(out: &mut String, index_type: u32, min: u64, max: u64) {
    let index_type = ValType::from_word(index_type).unwrap_or(ValType::I64);
    let _ = write!(out, "{index_type} {min}");
    if max != NO_MAX {
        let _ = write!(out, " max {max}");
    }
}

fn push_table(out: &mut String, text: &ModuleText<'_>, row: &TableRow) {
    text.push_type_word(out, row.elem);
    let _ = write!(out, " {}", row.min);
    if row.max != NO_MAX {
        let _ = write!(out, " max {}", row.max);
    }
    if row.index_type == ValType::I64.word() {
        out.push_str(" index i64");
    }
}
