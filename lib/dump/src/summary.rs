//! What a file is, in a few lines; its header and section table in full.

use std::io;

use super::image::Named;
use super::sink::{Sink, put, put_name};
use vbc_cli::escape;
use vbc_core::diag::counted;
use vbc_core::format::section::{self, tag_text};
use vbc_core::format::{WriteOptions, write};
use vbc_core::isa::ValType;
use vbc_core::module::canonical::is_canonical;
use vbc_core::module::{Kind, NO_MAX, NONE, NameSpace};

/// Whether the file is in canonical form; none when it has faults, and the question has no answer.
pub fn canonical(image: &Named<'_>) -> Option<bool> {
    if !image.faults.is_empty() {
        return None;
    }
    // The rows, and then the layout of the file.
    Some(
        is_canonical(&image.module)
            && write(&image.module, &WriteOptions::default()) == image.bytes(),
    )
}

/// Writes the summary.
pub fn text(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    let module = &image.module;
    let header = &image.container.header;
    let out = &mut sink.text;
    put!(
        out,
        "format      VITBC version {} draft {}",
        header.version,
        header.draft
    );
    match canonical(image) {
        Some(true) => out.push_str(", canonical\n"),
        Some(false) => out.push_str(", not canonical\n"),
        None => out.push_str(", with errors\n"),
    }
    put!(out, "size        {} bytes\n", image.bytes().len());
    put!(out, "producer    {}\n", escape(&header.producer_text()));
    out.push_str("entry       ");
    match header.entry {
        NONE => out.push_str("none"),
        entry => image.put_reference(out, NameSpace::Func, entry),
    }
    out.push('\n');
    let undefined = module
        .imports
        .iter()
        .filter(|row| row.module == NONE)
        .count();
    let words: u64 = module.code.len() as u64;
    for (count, what) in [
        (module.functions.len(), "functions"),
        (module.types.len(), "types"),
        (module.imports.len() - undefined, "imports"),
        (undefined, "undefined"),
        (module.exports.len(), "exports"),
        (module.symbols.len(), "symbols"),
        (module.globals.len(), "globals"),
        (module.tables.len(), "tables"),
        (module.tags.len(), "tags"),
        (module.elements.len(), "elements"),
        (module.data.len(), "data rows"),
        (module.initialisers.len(), "init"),
    ] {
        if count > 0 {
            put!(out, "{what:12}{count}\n");
        }
    }
    put!(out, "code        {} bytes\n", words * 8);
    let data = module
        .data
        .iter()
        .map(|row| row.size)
        .fold(0, u64::saturating_add);
    if !module.data.is_empty() {
        put!(
            out,
            "data        {data} bytes in memory, {} in the file\n",
            module.data_bytes.len()
        );
    }
    for index in 0..image.spaces.count(Kind::Memory) {
        out.push_str("memory      ");
        put_memory(out, image, index);
        out.push('\n');
    }
    out.push_str("debug       ");
    match &module.debug {
        None => out.push_str("none\n"),
        Some(debug) => put!(
            out,
            "{}, {}, lines of {}\n",
            counted(debug.names.len() as u64, "name"),
            counted(debug.files.len() as u64, "source file"),
            counted(debug.lines.len() as u64, "function")
        ),
    }
    out.push_str("sections   ");
    for part in &image.sections {
        put!(sink.text, " {}", escape(&tag_text(part.entry.tag)));
        match part.state() {
            "ok" if part.compressed() => sink.text.push_str("(compressed)"),
            "ok" => {}
            state => put!(sink.text, "({state})"),
        }
        sink.spill()?;
    }
    sink.text.push('\n');
    Ok(())
}

/// Appends the type of a memory.
pub fn put_memory(out: &mut String, image: &Named<'_>, index: u32) {
    let module = &image.module;
    let imported = image.spaces.import(module, Kind::Memory, index);
    let (ty, min, max) = match imported {
        Some(row) => (row.index_type, row.min, row.max),
        None => match module
            .memories
            .get((index - image.spaces.imported(Kind::Memory)) as usize)
        {
            Some(row) => (row.index_type, row.min, row.max),
            None => return,
        },
    };
    put_type_word(out, image, ty);
    put_limits(out, min, max, "pages");
    if imported.is_some() {
        out.push_str(", imported");
    }
}

/// Appends the type that a type word means.
pub fn put_type_word(out: &mut String, image: &Named<'_>, word: u32) {
    match ValType::from_word(word) {
        Some(ty) => image.names.push_val_type(out, ty),
        None => put!(out, "type-{word:#x}"),
    }
}

/// Appends a minimum and a maximum.
pub fn put_limits(out: &mut String, min: u64, max: u64, unit: &str) {
    put!(out, ", {min}");
    match max {
        NO_MAX => out.push_str(" or more"),
        max if max != min => put!(out, " to {max}"),
        _ => {}
    }
    put!(out, " {unit}");
}

/// Writes header and section table.
pub fn headers(sink: &mut Sink<'_>, image: &Named<'_>) -> io::Result<()> {
    let header = &image.container.header;
    let out = &mut sink.text;
    out.push_str("header\n");
    put!(out, "  version           {}\n", header.version);
    put!(out, "  draft             {}\n", header.draft);
    put!(out, "  reader version    {}\n", header.reader);
    put!(
        out,
        "  producer          {}\n",
        escape(&header.producer_text())
    );
    put!(out, "  features          {:#x}\n", header.features);
    put!(out, "  file length       {}\n", header.file_length);
    put!(out, "  highest opcode    {:#05x}\n", header.highest_opcode);
    put!(out, "  sections          {}\n", header.sections);
    match header.entry {
        NONE => out.push_str("  entry             none\n"),
        entry => {
            put!(out, "  entry             {entry}, ");
            let name = image.name(NameSpace::Func, entry).unwrap_or_default();
            put_name(out, &name, entry);
            out.push('\n');
        }
    }
    put!(out, "  CRC32             {:08x}\n", header.crc);
    out.push_str(
        "sections\n   #  tag       offset      stored    expanded  CRC32     state       flags\n",
    );
    for (index, part) in image.sections.iter().enumerate() {
        let entry = &part.entry;
        let tag = tag_text(entry.tag);
        put!(
            sink.text,
            "  {index:2}  {:4}  {:#010x}  {:10}  {:10}  {:08x}  {:10}",
            escape(&tag),
            entry.offset,
            entry.stored,
            entry.raw,
            entry.crc,
            part.state()
        );
        for word in flag_words(entry.flags) {
            put!(sink.text, "  {word}");
        }
        let end = sink.text.trim_end().len();
        sink.text.truncate(end);
        sink.text.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// The words for a section's flags.
pub fn flag_words(flags: u32) -> impl Iterator<Item = &'static str> {
    [
        (section::COMPRESSED, "compressed"),
        (section::IGNORABLE, "ignorable"),
        (section::DEBUG, "debug"),
    ]
    .into_iter()
    .filter(move |(flag, _)| flags & flag != 0)
    .map(|(_, word)| word)
}
