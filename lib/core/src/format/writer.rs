//! From a [`Module`] to the bytes of a file.

use std::borrow::Cow;

use bytemuck::Pod;

use super::header::{self, CRC_AT, ENTRY_BYTES, Entry, HEADER_BYTES, Header};
use super::section::*;
use super::type_row::TypeRow;
use crate::isa::decode;
use crate::module::*;
use crate::module::{DRAFT, VERSION};

/// How to write a module.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// Compresses each section with zstd where that makes it smaller, and not by more than readers accept
    /// ([`Limits::expansion`]).
    pub zstd: bool,
    /// Leaves out debug sections, unknown ones flagged as such included.
    pub strip_debug: bool,
}

/// The compression level: fast to write, and within some percent of the smallest.
const ZSTD_LEVEL: i32 = 9;

/// The module as a file. A module in canonical form becomes a file in canonical form, unless it is
/// compressed.
pub fn write(module: &Module, options: &WriteOptions) -> Vec<u8> {
    pieces(module, options, highest_opcode(&module.code)).concat()
}

/// The file in pieces, which follow one another: what is large is not copied. `highest` is the module's
/// [`highest_opcode`].
pub fn pieces<'m>(module: &'m Module, options: &WriteOptions, highest: u16) -> Vec<Cow<'m, [u8]>> {
    let mut sections = contents(module);
    if options.strip_debug {
        sections.retain(|(_, flags, _)| flags & DEBUG == 0);
    }
    let mut length = HEADER_BYTES + sections.len() * ENTRY_BYTES;
    let mut pieces = vec![Cow::default()];
    let mut table = Vec::with_capacity(sections.len() * ENTRY_BYTES);
    for (tag, mut flags, raw) in sections {
        let raw_length = raw.len() as u64;
        let stored = match options.zstd.then(|| zstd::bulk::compress(&raw, ZSTD_LEVEL)) {
            Some(Ok(small))
                if small.len() < raw.len()
                    && raw_length <= Limits::default().most_expanded(small.len() as u64) =>
            {
                flags |= COMPRESSED;
                Cow::Owned(small)
            }
            _ => raw,
        };
        let offset = length.next_multiple_of(8);
        let entry = Entry {
            tag,
            flags,
            offset: offset as u64,
            stored: stored.len() as u64,
            raw: raw_length,
            crc: crc32fast::hash(&stored),
            reserved: 0,
        };
        entry.write(&mut table);
        pieces.push(Cow::Borrowed(&[0; 8][..offset - length]));
        length = offset + stored.len();
        pieces.push(stored);
    }
    if let Some(head) = pieces.first_mut() {
        *head = Cow::Owned(beginning(module, highest, length, &table));
    }
    pieces
}

/// Header and section table of a file with `length` bytes.
fn beginning(module: &Module, highest: u16, length: usize, table: &[u8]) -> Vec<u8> {
    let mut producer = [0; 16];
    let end = module.producer.floor_char_boundary(16);
    producer[..end].copy_from_slice(&module.producer.as_bytes()[..end]);
    let header = Header {
        version: VERSION,
        draft: DRAFT,
        reader: VERSION,
        producer,
        features: if module.is_managed() { MANAGED } else { 0 },
        file_length: length as u64,
        highest_opcode: highest,
        sections: (table.len() / ENTRY_BYTES) as u16,
        entry: module.entry.unwrap_or(NONE),
        crc: 0,
        reserved_zero: true,
    };
    let mut out = header.bytes().to_vec();
    out.extend_from_slice(table);
    seal(&mut out);
    out
}

/// Writes the CRC32 of header and section table into a file's header. The sections' CRCs are those
/// in the table. Does nothing to bytes that are too short for the table.
pub fn seal(file: &mut [u8]) {
    let Some(header) = Header::parse(file) else {
        return;
    };
    let end = HEADER_BYTES + usize::from(header.sections) * ENTRY_BYTES;
    if end <= file.len() {
        let crc = header::table_crc(file, end);
        file[CRC_AT..CRC_AT + 4].copy_from_slice(&crc.to_le_bytes());
    }
}

/// The highest opcode number in the code; words of unknown instructions are taken one by one.
pub fn highest_opcode(code: &[u64]) -> u16 {
    let mut highest = 0;
    let mut at = 0;
    while let Some(&first) = code.get(at) {
        highest = highest.max(first as u16);
        at += decode::length(first).unwrap_or(1);
    }
    highest
}

type Content<'a> = (Tag, u32, Cow<'a, [u8]>);

fn contents<'a>(module: &'a Module) -> Vec<Content<'a>> {
    let mut out: Vec<Content> = Vec::new();
    let mut put = |tag: Tag, bytes: Option<Cow<'a, [u8]>>| {
        let debug = known(tag).is_some_and(|(_, debug)| debug);
        let flags = if debug { IGNORABLE | DEBUG } else { 0 };
        if let Some(bytes) = bytes {
            out.push((tag, flags, bytes));
        }
    };
    put(TYPE, types(module));
    put(IMPT, table(&module.imports, &[]));
    put(MEMS, table(&module.memories, &[]));
    put(TABL, table(&module.tables, &[]));
    put(GLOB, table(&module.globals, &[]));
    put(TAGS, table(&module.tags, &[]));
    put(STRS, table(&module.strings.rows, &module.strings.bytes));
    put(FUNC, table(&module.functions, &[]));
    put(REGS, table(&module.register_runs, &[]));
    put(HNDL, table(&module.handlers, &[]));
    put(INIT, table(&module.initialisers, &[]));
    put(
        ELEM,
        table(
            &module.elements,
            bytemuck::cast_slice(&module.element_items),
        ),
    );
    let code: &[u8] = bytemuck::cast_slice(&module.code);
    put(CODE, (!code.is_empty()).then_some(Cow::Borrowed(code)));
    put(DATA, table(&module.data, &module.data_bytes));
    put(ADDR, table(&module.addresses, &[]));
    put(EXPT, table(&module.exports, &[]));
    put(SYMS, table(&module.symbols, &[]));
    if let Some(debug) = &module.debug {
        put(DSTR, table(&debug.strings.rows, &debug.strings.bytes));
        put(DNAM, table(&debug.names, &[]));
        put(DFIL, table(&debug.files, &debug.sources));
        put(DLIN, table(&debug.lines, &debug.line_programs));
    }
    for section in &module.unknown {
        let flags = if section.debug {
            IGNORABLE | DEBUG
        } else {
            IGNORABLE
        };
        out.push((section.tag, flags, Cow::Borrowed(&section.bytes)));
    }
    out
}

fn table<'a, T: Pod>(rows: &[T], pool: &[u8]) -> Option<Cow<'a, [u8]>> {
    if rows.is_empty() {
        return None;
    }
    let rows_bytes: &[u8] = bytemuck::cast_slice(rows);
    let mut bytes = Vec::with_capacity(8 + rows_bytes.len() + pool.len());
    bytes.extend_from_slice(&(size_of::<T>() as u32).to_le_bytes());
    bytes.extend_from_slice(&(rows.len() as u32).to_le_bytes());
    bytes.extend_from_slice(rows_bytes);
    bytes.extend_from_slice(pool);
    Some(Cow::Owned(bytes))
}

fn types<'a>(module: &Module) -> Option<Cow<'a, [u8]>> {
    let mut rows = Vec::with_capacity(module.types.len());
    let mut pool: Vec<u32> = Vec::new();
    for ty in &module.types {
        rows.push(TypeRow::of(ty, pool.len() as u32));
        pool.extend(ty.composite.words());
    }
    table(&rows, bytemuck::cast_slice(&pool))
}
