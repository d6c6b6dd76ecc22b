//! Data rows and string literals.

use crate::diag::codes::text::*;
use crate::isa::IndexSpace;
use crate::module::builder::{Data, Placement};
use crate::text::Span;
use crate::text::tree::{self, Chunk, DataPlace};

use super::Assembler;

/// How many zeros each byte of text may ask to be stored; [`FREE_ZEROS`] in any case.
const ZEROS_PER_BYTE: u64 = 1000;
const FREE_ZEROS: u64 = 1 << 20;

impl Assembler<'_> {
    /// A row with its content; addresses in it are filled in when all rows are declared.
    pub(super) fn data(&mut self, data: &tree::Data) -> Data {
        let mut content = Vec::new();
        let mut size: u64 = 0;
        let placed = matches!(data.place, DataPlace::Placed { .. });
        for (i, chunk) in data.chunks.iter().enumerate() {
            match *chunk {
                Chunk::Bytes { start, end } => {
                    content.extend_from_slice(&self.tree.data[start..end]);
                }
                Chunk::Zeros(count, _) if placed && i + 1 == data.chunks.len() => {
                    size = size.saturating_add(count);
                }
                Chunk::Zeros(count, span) => {
                    if self.may_store(count, span) {
                        content.resize(content.len() + count as usize, 0);
                    }
                }
                Chunk::Address(..) => content.resize(content.len() + self.addr.address_bytes(), 0),
            }
        }
        size = size.saturating_add(content.len() as u64);
        let placement = match data.place {
            DataPlace::Placed {
                align,
                size: stated,
            } => {
                if let Some((stated, span)) = stated
                    && stated < size
                {
                    let message = format!("the row has {size} bytes, more than its size");
                    self.report.error(&A0020, span, message);
                }
                let size = stated.map_or(size, |(stated, _)| stated.max(size));
                Placement::Placed { align, size }
            }
            DataPlace::Fixed(address) => Placement::Fixed(address),
            DataPlace::Passive => Placement::Passive,
        };
        self.module.data(placement, data.read_only, &content)
    }

    /// Whether that many more zeros may be stored.
    fn may_store(&mut self, count: u64, span: Span) -> bool {
        let most = FREE_ZEROS.max(self.text.len() as u64 * ZEROS_PER_BYTE);
        let stored = self.zeros.saturating_add(count);
        if stored > most {
            let message =
                format!("the text asks for {stored} zeros to be stored, more than {most}");
            self.report.error(&A0030, span, message);
            return false;
        }
        self.zeros = stored;
        true
    }

    /// The static addresses in a row.
    pub(super) fn addresses(&mut self, data: &tree::Data) {
        let Some(&row) = self.rows.get(self.filled.1) else {
            return;
        };
        self.filled.1 += 1;
        let mut offset = 0;
        for chunk in &data.chunks {
            match *chunk {
                Chunk::Bytes { start, end } => offset += (end - start) as u64,
                Chunk::Zeros(count, _) => offset += count,
                Chunk::Address(name, addend) => {
                    if let Some(target) = self.resolve(IndexSpace::Data, name) {
                        self.module
                            .data_address(row, offset, Data(target.handle), addend);
                        self.sites.addresses.push((row.0, offset, name.span));
                    }
                    offset += self.addr.address_bytes() as u64;
                }
            }
        }
    }

    /// The row that holds the bytes of a string literal; equal literals share one.
    pub(super) fn string_row(&mut self, bytes: Vec<u8>, span: Span) -> Data {
        if let Some(&row) = self.strings.get(&bytes) {
            return row;
        }
        let placement = Placement::Placed { align: 1, size: 0 };
        let row = self.module.data(placement, true, &bytes);
        self.sites.data.push(span);
        self.strings.insert(bytes, row);
        row
    }
}
