//! Showing what is in a file: whatever can be read of it, however broken the rest is.
//!
//! `docs/dump.md` describes the views for users. Every view writes text row by row, so that the
//! memory needed does not depend on the size of the output, and the size of the output stays in
//! proportion to that of the file.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod blocks;
mod bytes;
mod cfg;
mod code;
mod disasm;
mod fields;
mod image;
mod json;
mod legacy;
mod nodes;
mod select;
mod sink;
mod sizes;
mod source;
mod summary;
mod tables;
#[cfg(test)]
mod tests;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

pub use disasm::Listing;
pub use select::Selector;

use code::Stretch;
use image::{Image, Named};
use sink::Sink;
use vbc_core::asm;
use vbc_core::diag::codes::dump::C0030;
use vbc_core::diag::codes::format::V0006;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::format::legacy::Legacy;
use vbc_core::format::{AlignedBytes, Kind, Limits, WriteOptions, kind, write};
use vbc_core::module::SharedBytes;

/// A part of what can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// A few lines about the file.
    Summary,
    /// Header and section table.
    Headers,
    /// Types, memories, tables, globals, tags, element segments, initialisers.
    Definitions,
    /// Imports and undefined symbols.
    Imports,
    /// Exports.
    Exports,
    /// Symbols.
    Symbols,
    /// Names.
    Strings,
    /// Disassembly.
    Code,
    /// Data rows in hexadecimal.
    Data,
    /// Line tables.
    Lines,
    /// Sizes by section and by function.
    Sizes,
    /// Control-flow graphs in the language of Graphviz.
    Cfg,
    /// Canonical text.
    Text,
    /// Every byte of the file.
    Bytes,
}

impl View {
    /// Those that show everything once, in the order in which they are shown.
    pub const ALL: &'static [View] = &[
        View::Headers,
        View::Definitions,
        View::Imports,
        View::Exports,
        View::Symbols,
        View::Strings,
        View::Code,
        View::Data,
        View::Lines,
        View::Sizes,
    ];
}

/// Some views.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Views(pub Vec<View>);

impl Views {
    fn has(&self, view: View) -> bool {
        self.0.contains(&view)
    }
}

/// The forms of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonForm {
    /// One document for each file, on one line.
    Document,
    /// One record a line.
    Lines,
}

/// What to show, and how.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What to show, in this order.
    pub views: Views,
    /// JSON instead of text.
    pub json: Option<JsonForm>,
    /// Only these functions; all when it is empty.
    pub only: Vec<Selector>,
    /// What is shown beside the code.
    pub listing: Listing,
    /// Folders below which source files are read, besides the current one.
    pub source_dirs: Vec<PathBuf>,
    /// The limits that files must keep.
    pub limits: Limits,
}

/// Shows a file, binary or text, whose name in messages is `name`. A text is shown as the binary
/// that it assembles to. What is wrong is returned, in file order, after everything that could be
/// read has been shown.
///
/// # Errors
///
/// When `out` cannot be written.
pub fn dump(
    name: &Arc<str>,
    bytes: SharedBytes,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<Vec<Diagnostic>> {
    let bytes = match binary(name, bytes, &options.limits) {
        Ok(bytes) => bytes,
        Err(errors) => return Ok(errors.0),
    };
    let mut sink = Sink::new(out);
    let file = (*bytes).as_ref();
    if let Some(legacy) = Legacy::parse(file) {
        let fault = legacy.check(name, file);
        // Bytes that have neither old layout are not shown as if they had one.
        if fault.as_ref().is_none_or(|fault| fault.code != &V0006) {
            match options.json {
                Some(form) => nodes::legacy(&mut sink, form, name, &legacy, file)?,
                None => legacy::text(&mut sink, &legacy, file, &fault)?,
            }
            sink.flush()?;
        }
        return Ok(fault.into_iter().collect());
    }
    let image = match Image::open(name, bytes.clone(), &options.limits) {
        Ok(image) => image,
        Err(fault) => return Ok(vec![*fault]),
    };
    let mut faults = image.faults.clone();
    let stretches = selected(&image, &options.only, &mut faults);
    let image = Named::new(&image);
    match options.json {
        Some(form) => nodes::write(&mut sink, form, &image, &options.views, &stretches)?,
        None => {
            for &view in &options.views.0 {
                show(&mut sink, &image, view, &stretches, options, &mut faults)?;
            }
        }
    }
    sink.flush()?;
    Ok(faults)
}

/// The file as a binary one.
fn binary(name: &Arc<str>, bytes: SharedBytes, limits: &Limits) -> Result<SharedBytes, Errors> {
    let file = (*bytes).as_ref();
    match kind(name, file).map_err(|fault| Errors(vec![*fault]))? {
        Kind::Binary => Ok(bytes),
        Kind::Text => {
            let options = asm::Options {
                limits: limits.clone(),
                ..asm::Options::default()
            };
            let module = asm::assemble(file, name, &options)?;
            let file = write(&module, &WriteOptions::default());
            Ok(Arc::new(AlignedBytes::from(&file[..])))
        }
    }
}

fn show(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    view: View,
    stretches: &[Stretch],
    options: &Options,
    faults: &mut Vec<Diagnostic>,
) -> io::Result<()> {
    let stretches = stretches.iter().copied();
    match view {
        View::Summary => summary::text(sink, image),
        View::Headers => summary::headers(sink, image),
        View::Definitions => tables::definitions(sink, image),
        View::Imports => tables::imports(sink, image),
        View::Exports => tables::exports(sink, image),
        View::Symbols => tables::symbols(sink, image),
        View::Strings => tables::strings(sink, image),
        View::Code => disasm::text(sink, image, stretches, options, faults),
        View::Data => tables::data(sink, image),
        View::Lines => disasm::lines(sink, image, stretches),
        View::Sizes => sizes::text(sink, image, stretches),
        View::Cfg => cfg::graph(sink, image, stretches),
        View::Text => {
            sink.flush()?;
            vbc_core::text::print(&image.module, sink.out())
        }
        View::Bytes => bytes::map(sink, image, bytes::Form::Text),
    }
}

/// The stretches of code that `only` selects.
fn selected(image: &Image, only: &[Selector], faults: &mut Vec<Diagnostic>) -> Vec<Stretch> {
    let all = code::stretches(image);
    if only.is_empty() {
        return all.collect();
    }
    let mut found = vec![false; only.len()];
    let selected = all
        .filter(|stretch| {
            let Stretch::Function(defined, _) = *stretch else {
                return false;
            };
            let mut any = false;
            for (selector, found) in only.iter().zip(&mut found) {
                if selector.matches(image, defined) {
                    (*found, any) = (true, true);
                }
            }
            any
        })
        .collect();
    for (selector, _) in only.iter().zip(&found).filter(|(_, found)| !**found) {
        let place = Place::File(image.container.name.clone());
        let message = format!("no function is {selector}");
        faults.push(Diagnostic::error(&C0030, place, message).with_help(
            "--symbols lists the names; * stands for any characters, #N is an index, @N an offset in the file",
        ));
    }
    selected
}
