//! Where the bytes go: by section and by function.

use std::io;

use super::code::{CodeView, Stretch};
use super::image::Named;
use super::sink::{Sink, put};
use vbc_cli::escape;
use vbc_core::format::section::tag_text;
use vbc_core::format::{ENTRY_BYTES, HEADER_BYTES};
use vbc_core::isa::walk::Walk;
use vbc_core::module::NameSpace;

/// The size of a function.
pub struct FunctionSize {
    /// Which.
    pub stretch: Stretch,
    /// Words of its code.
    pub words: u64,
    /// Instructions.
    pub instructions: u64,
}

/// The sizes of functions, largest first.
pub fn functions(image: &Named<'_>, stretches: impl Iterator<Item = Stretch>) -> Vec<FunctionSize> {
    let mut sizes: Vec<_> = stretches
        .map(|stretch| {
            let words = CodeView::words_of(image, stretch);
            FunctionSize {
                stretch,
                words: words.len() as u64,
                instructions: Walk::new(words).count() as u64,
            }
        })
        .collect();
    sizes.sort_by_key(|size| std::cmp::Reverse(size.words));
    sizes
}

/// Bytes that are in no section.
pub fn overhead(image: &Named<'_>) -> (u64, u64) {
    let table = (HEADER_BYTES + image.sections.len() * ENTRY_BYTES) as u64;
    let stored = image
        .sections
        .iter()
        .map(|part| part.entry.stored)
        .fold(0, u64::saturating_add);
    let rest = (image.bytes().len() as u64).saturating_sub(table.saturating_add(stored));
    (table, rest)
}

/// Writes both tables.
pub fn text(
    sink: &mut Sink<'_>,
    image: &Named<'_>,
    stretches: impl Iterator<Item = Stretch>,
) -> io::Result<()> {
    let total = image.bytes().len().max(1) as f64;
    let percent = |bytes: u64| bytes as f64 * 100.0 / total;
    let (table, padding) = overhead(image);
    sink.text
        .push_str("sizes by section\n       bytes  of file  section\n");
    put!(
        sink.text,
        "  {table:10}  {:6.1}%  header and section table\n",
        percent(table)
    );
    for part in &image.sections {
        let tag = tag_text(part.entry.tag);
        let stored = part.entry.stored;
        put!(
            sink.text,
            "  {stored:10}  {:6.1}%  {}",
            percent(stored),
            escape(&tag)
        );
        if part.compressed() {
            put!(sink.text, " (compressed, {} expanded)", part.entry.raw);
        }
        sink.text.push('\n');
        sink.spill()?;
    }
    put!(
        sink.text,
        "  {padding:10}  {:6.1}%  padding\n",
        percent(padding)
    );
    sink.text
        .push_str("sizes by function\n       bytes  of file  instructions  function\n");
    for size in functions(image, stretches) {
        let bytes = size.words * 8;
        put!(
            sink.text,
            "  {bytes:10}  {:6.1}%  {:12}  ",
            percent(bytes),
            size.instructions
        );
        match size.stretch {
            Stretch::Function(_, index) => {
                image.put_reference(&mut sink.text, NameSpace::Func, index);
            }
            Stretch::Orphan => sink.text.push_str("(code of no function)"),
        }
        sink.text.push('\n');
        sink.spill()?;
    }
    Ok(())
}
