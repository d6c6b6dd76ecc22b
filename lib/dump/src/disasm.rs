//! Disassembly, with source lines beside it if wanted; the line table by itself.

use std::io;

use super::Options;
use super::code::{CodeView, Stretch};
use super::image::Named;
use super::sink::{Sink, put, put_hex, put_number};
use super::source::Sources;
use super::summary::put_type_word;
use vbc_core::diag::Diagnostic;
use vbc_core::isa::walk::Item;
use vbc_core::module::{NameSpace, RegisterRun};

/// What is shown beside the instructions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The words in hexadecimal.
    pub words: bool,
    /// Source lines.
    pub source: bool,
}

/// Writes the code. What source files were not read goes to `faults`, as warnings.
pub fn text(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    stretches: impl Iterator<Item = Stretch>,
    options: &Options,
    faults: &mut Vec<Diagnostic>,
) -> io::Result<()> {
    let listing = options.listing;
    let mut sources = Sources::new(&options.source_dirs);
    for stretch in stretches {
        let code = CodeView::new(image, stretch);
        head(sink, image, &code)?;
        let mut lines = match stretch.function().and_then(|index| image.line_row(index)) {
            Some(row) if listing.source => Some(image.lines(row)),
            _ => None,
        };
        let mut next = lines.as_mut().and_then(|lines| lines.next()?.ok());
        let mut labels = code.text.labels().iter().copied().enumerate().peekable();
        for (number, (at, item)) in code.walk().enumerate() {
            while let Some(entry) = next.filter(|entry| entry.word <= at as u64) {
                sources.line(sink, image, &entry);
                next = lines.as_mut().and_then(|lines| lines.next()?.ok());
            }
            if let Some((label, _)) = labels.next_if(|(_, word)| *word as usize == at) {
                sink.text.push('L');
                put_number(&mut sink.text, label as u64);
                sink.text.push_str(":\n");
            }
            row(sink, &code, (number, at), item, listing.words)?;
        }
        sink.text.push_str("END\n\n");
    }
    faults.extend(sources.refused);
    sink.spill()
}

/// The line that begins a function, and its registers.
fn head(sink: &mut Sink<'_>, image: &Named<'_>, code: &CodeView<'_>) -> io::Result<()> {
    let out = &mut sink.text;
    let Stretch::Function(defined, index) = code.stretch else {
        out.push_str("; the functions cannot be read; this is all code\n");
        return Ok(());
    };
    let module = &image.module;
    let extent = code.extent(0, code.words.len());
    put!(
        out,
        "; function #{index} at {:#x}, {} bytes\nFUNC ",
        extent.offset,
        extent.size
    );
    image.put_reference(out, NameSpace::Func, index);
    let ty = module.functions.get(defined).map_or(0, |row| row.ty);
    match module.types.func(ty) {
        Some(ty) if ty.params.len() <= 32 && ty.results.len() <= 32 => {
            out.push('(');
            for (number, ty) in ty.params.iter().enumerate() {
                out.push_str(if number > 0 { ", " } else { "" });
                code.text.push_register(out, number as u16);
                out.push_str(": ");
                image.names.push_val_type(out, *ty);
            }
            out.push(')');
            if !ty.results.is_empty() {
                out.push_str(" -> ");
                image.names.push_results(out, &ty.results);
            }
        }
        _ => put!(out, " type #{ty}"),
    }
    out.push('\n');
    let mut first = module.types.func(ty).map_or(0, |ty| ty.params.len());
    for run in module.function_runs(defined) {
        let out = &mut sink.text;
        out.push_str("  .reg ");
        registers(out, code, first, run.count.into());
        first += usize::from(run.count);
        out.push_str(": ");
        put_type_word(out, image, run.ty);
        if run.flags & RegisterRun::ZEROED != 0 {
            out.push_str(" zeroed");
        }
        out.push('\n');
        sink.spill()?;
    }
    Ok(())
}

/// The registers of a run: by name as long as they are few or have names.
fn registers(out: &mut String, code: &CodeView<'_>, first: usize, count: usize) {
    let (mut number, end) = (first, first + count);
    let mut separator = "";
    while number < end {
        let named = code.text.next_named(number).unwrap_or(end);
        out.push_str(separator);
        separator = ", ";
        if named > number {
            let last = named.min(end) - 1;
            match last - number {
                0 => put!(out, "%{number}"),
                _ => put!(out, "%{number}..%{last}"),
            }
            number = last + 1;
        } else {
            code.text
                .push_register(out, u16::try_from(number).unwrap_or(u16::MAX));
            number += 1;
        }
    }
}

/// An instruction by its number in the function, which is what errors and backtraces call it by, and its word.
fn row(
    sink: &mut Sink<'_>,
    code: &CodeView<'_>,
    (number, at): (usize, usize),
    item: Item<'_>,
    words: bool,
) -> io::Result<()> {
    let out = &mut sink.text;
    out.push_str("  ");
    put_hex(out, code.extent(at, 0).offset, 8);
    out.push_str("  ");
    let start = out.len();
    put_number(out, number as u64);
    for _ in out.len() - start..5 {
        out.push(' ');
    }
    if words {
        out.push(' ');
        fields(out, item.words()[0]);
    }
    out.push_str("  ");
    code.item(out, at, item);
    out.push('\n');
    if words {
        for &word in &item.words()[1..] {
            sink.text.push_str("                   ");
            fields(&mut sink.text, word);
            sink.text.push('\n');
            sink.spill()?;
        }
    }
    sink.spill()
}

/// The fields of a word, lowest first.
fn fields(out: &mut String, word: u64) {
    for shift in [0, 16, 32, 48] {
        if shift > 0 {
            out.push(' ');
        }
        put_hex(out, word >> shift & 0xffff, 4);
    }
}

/// Writes the line table of each function.
pub fn lines(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    stretches: impl Iterator<Item = Stretch>,
) -> io::Result<()> {
    sink.text.push_str("lines\n");
    for stretch in stretches {
        let Some(row) = stretch.function().and_then(|index| image.line_row(index)) else {
            continue;
        };
        let code = CodeView::new(image, stretch);
        sink.text.push_str("  ");
        image.put_reference(&mut sink.text, NameSpace::Func, row.function);
        sink.text.push('\n');
        for entry in image.lines(row) {
            let out = &mut sink.text;
            match entry {
                Ok(entry) => {
                    put!(
                        out,
                        "    {:08x}  word {:<6}",
                        code.extent(entry.word as usize, 0).offset,
                        entry.word
                    );
                    match entry.place {
                        Some(place) => put!(
                            out,
                            "  file {}  line {}  column {}\n",
                            place.file,
                            place.line,
                            place.column
                        ),
                        None => out.push_str("  unknown\n"),
                    }
                }
                Err(fault) => put!(out, "    byte {}: {fault}\n", fault.offset),
            }
            sink.spill()?;
        }
    }
    Ok(())
}
