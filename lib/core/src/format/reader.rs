//! From the sections of a container to a [`Module`].
//!
//! What is checked here is what makes a module safe to look at: rows lie in their sections, own
//! their parts of the pools, and names are text. What rows mean together is checked by
//! [`crate::verify`].

use std::mem::size_of;
use std::sync::Arc;

use bytemuck::Pod;

use super::container::{Container, Section, fault, over};
use super::section::*;
use super::type_row::TypeRow;
use crate::diag::codes::format::*;
use crate::diag::{Code, Diagnostic, counted};
use crate::module::Limits;
use crate::module::*;

/// Reads all sections. The module holds what could be read; the faults, the container's own first,
/// are in file order. Without faults the module is what the file contains, as far as its framing
/// goes.
pub fn read_sections(container: &Container, limits: &Limits) -> (Module, Vec<Diagnostic>) {
    let header = &container.header;
    let mut reader = Reader {
        name: container.name.clone(),
        limits,
        module: Module {
            producer: header.producer_text(),
            entry: (header.entry != NONE).then_some(header.entry),
            highest_opcode: Some(header.highest_opcode),
            features: Some(header.features),
            ..Module::default()
        },
        faults: container.faults.clone(),
    };
    for (index, entry) in container.entries.iter().enumerate() {
        // An unusable row is among the container's faults already.
        if !container.is_usable(index) {
            continue;
        }
        match container.section(index) {
            Ok(section) => {
                reader.faults.extend(section.fault.clone());
                reader.section(&section, entry.flags);
            }
            Err(fault) => reader.faults.push(*fault),
        }
    }
    reader.check_ranges();
    (reader.module, reader.faults)
}

struct Reader<'a> {
    name: Arc<str>,
    limits: &'a Limits,
    module: Module,
    faults: Vec<Diagnostic>,
}

/// A table and the rest of its section.
struct Table<T> {
    rows: Slice<T>,
    /// Where the pool begins in the section.
    pool: usize,
}

impl Reader<'_> {
    fn fault(
        &mut self,
        code: &'static Code,
        section: &Section,
        at: usize,
        message: impl Into<String>,
    ) {
        // Offsets inside compressed sections are not offsets in the file: point at the section.
        let offset = if section.in_file {
            section.offset + at as u64
        } else {
            section.offset
        };
        self.faults
            .push(fault(&self.name, code, offset, Some(section.tag), message));
    }

    fn section(&mut self, section: &Section, flags: u32) {
        match section.tag {
            TYPE => self.types(section),
            IMPT => self.module.imports = self.rows(section),
            MEMS => self.module.memories = self.rows(section),
            TABL => self.module.tables = self.rows(section),
            GLOB => self.module.globals = self.rows(section),
            TAGS => self.module.tags = self.rows(section),
            STRS => self.module.strings = self.strings(section),
            FUNC => self.module.functions = self.rows(section),
            REGS => self.module.register_runs = self.rows(section),
            HNDL => self.module.handlers = self.rows(section),
            INIT => self.module.initialisers = self.rows(section),
            ELEM => self.elements(section),
            CODE => self.code(section),
            DATA => self.data(section),
            ADDR => self.module.addresses = self.rows(section),
            EXPT => self.module.exports = self.rows(section),
            SYMS => self.module.symbols = self.rows(section),
            DSTR => self.debug().strings = self.strings(section),
            DNAM => self.debug().names = self.rows(section),
            DFIL => self.files(section),
            DLIN => self.lines(section),
            tag => self.module.unknown.push(UnknownSection {
                tag,
                debug: flags & DEBUG != 0,
                bytes: Slice::shared(&section.bytes, section.range.clone()).unwrap_or_default(),
            }),
        }
    }

    fn debug(&mut self) -> &mut Debug {
        self.module.debug.get_or_insert_default()
    }

    /// The rows of a section that has no pool.
    fn rows<T: Pod>(&mut self, section: &Section) -> Slice<T> {
        let Some(table) = self.table::<T>(section) else {
            return Slice::default();
        };
        if table.pool != section.content().len() {
            let message = format!(
                "the table in section {} is followed by {}",
                tag_text(section.tag),
                counted((section.content().len() - table.pool) as u64, "byte")
            );
            self.fault(&V0018, section, table.pool, message);
        }
        table.rows
    }

    fn table<T: Pod>(&mut self, section: &Section) -> Option<Table<T>> {
        let content = section.content();
        let tag = tag_text(section.tag);
        if content.len() < 8 {
            self.fault(
                &V0018,
                section,
                0,
                format!("section {tag} is too short for a table"),
            );
            return None;
        }
        let row_size = super::header::u32_at(content, 0) as usize;
        let count = super::header::u32_at(content, 4) as usize;
        let limit = match section.tag {
            TABL => self.limits.tables,
            INIT => self.limits.initialisers,
            DFIL => self.limits.files,
            // Runs and names belong to functions and are bounded by the bytes that are there.
            REGS | HNDL | DNAM | DSTR | DLIN | STRS | ADDR => u64::from(u32::MAX),
            TYPE | TAGS => self.limits.types,
            _ => self.limits.rows,
        };
        if count as u64 > limit {
            self.fault(
                &V0017,
                section,
                4,
                over(&format!("section {tag}"), count as u64, "rows", limit),
            );
            return None;
        }
        let size = size_of::<T>();
        let end = row_size
            .checked_mul(count)
            .and_then(|bytes| bytes.checked_add(8));
        let Some(end) = end
            .filter(|&end| end <= content.len() && row_size >= size && row_size.is_multiple_of(4))
        else {
            let message = format!(
                "section {tag} of {} bytes states {count} rows of {row_size} bytes; rows of this version have {size}",
                content.len()
            );
            self.fault(&V0018, section, 0, message);
            return None;
        };
        let start = section.range.start;
        let rows = if row_size == size {
            Slice::shared(&section.bytes, start + 8..start + end)
        } else {
            None
        };
        let rows = match rows {
            Some(rows) => rows,
            None => self.long_rows(section, row_size, end)?,
        };
        Some(Table { rows, pool: end })
    }

    /// Copies rows that are longer than this version's.
    fn long_rows<T: Pod>(
        &mut self,
        section: &Section,
        row_size: usize,
        end: usize,
    ) -> Option<Slice<T>> {
        let mut rows = Vec::new();
        for (number, row) in section.content()[8..end].chunks_exact(row_size).enumerate() {
            let (known, later) = row.split_at(size_of::<T>());
            if later.iter().any(|&byte| byte != 0) {
                let message = format!(
                    "row {number} of section {} has fields of a later version",
                    tag_text(section.tag)
                );
                self.fault(
                    &V0019,
                    section,
                    8 + number * row_size + size_of::<T>(),
                    message,
                );
                return None;
            }
            rows.push(bytemuck::pod_read_unaligned(known));
        }
        Some(rows.into())
    }

    /// Checks that the parts which rows own follow one another through a pool of `length` items.
    fn owned(
        &mut self,
        section: &Section,
        what: &str,
        length: u64,
        parts: impl Iterator<Item = (u64, u64)>,
    ) -> bool {
        let mut end = 0_u64;
        for (number, (first, count)) in parts.enumerate() {
            let next = end.checked_add(count).filter(|&next| next <= length);
            match next {
                Some(next) if first == end => end = next,
                _ => {
                    let message = format!(
                        "row {number} of section {} owns {count} {what} from {first}; they begin at {end} and the pool has {length}",
                        tag_text(section.tag)
                    );
                    self.fault(&V0020, section, 8, message);
                    return false;
                }
            }
        }
        if end != length {
            let message = format!(
                "the last {} {what} of section {} belong to no row",
                length - end,
                tag_text(section.tag)
            );
            self.fault(&V0020, section, 8, message);
            return false;
        }
        true
    }

    fn types(&mut self, section: &Section) {
        let Some(table) = self.table::<TypeRow>(section) else {
            return;
        };
        let pool = &section.content()[table.pool..];
        if !pool.len().is_multiple_of(size_of::<u32>()) {
            let message = "the type words of section TYPE are not a whole number";
            return self.fault(&V0018, section, table.pool, message);
        }
        let words = pool.chunks_exact(size_of::<u32>());
        let pool: Vec<u32> = words.map(bytemuck::pod_read_unaligned).collect();
        let parts = table.rows.iter();
        let parts = parts.map(|row| (row.first.into(), row.words() as u64));
        if !self.owned(section, "type words", pool.len() as u64, parts) {
            return;
        }
        let mut types = Vec::with_capacity(table.rows.len());
        for (number, row) in table.rows.iter().enumerate() {
            let at = 8 + number * size_of::<TypeRow>();
            if let Some((field, code, message)) = row.fault(number, self.limits) {
                self.fault(code, section, at + field, message);
            }
            let first = row.first as usize;
            let words = &pool[first..first + row.words()];
            match row.read(words) {
                Ok(ty) => types.push(ty),
                Err(wrong) => {
                    let at = table.pool + (first + wrong) * size_of::<u32>();
                    let message = format!(
                        "word {wrong} of type {number} is {:#x}, which is no type there",
                        words[wrong]
                    );
                    return self.fault(&V0022, section, at, message);
                }
            }
        }
        self.module.types = types.into_iter().collect();
    }

    fn strings(&mut self, section: &Section) -> Strings {
        let Some(table) = self.table::<StringRow>(section) else {
            return Strings::default();
        };
        let pool = &section.content()[table.pool..];
        let parts = table
            .rows
            .iter()
            .map(|row| (row.offset.into(), row.length.into()));
        if !self.owned(section, "bytes", pool.len() as u64, parts) {
            return Strings::default();
        }
        for (number, row) in table.rows.iter().enumerate() {
            let at = table.pool + row.offset as usize;
            if u64::from(row.length) > self.limits.string_bytes {
                let message = over(
                    &format!("string {number}"),
                    row.length.into(),
                    "bytes",
                    self.limits.string_bytes,
                );
                self.fault(&V0017, section, at, message);
                return Strings::default();
            }
            let bytes = &pool[row.offset as usize..][..row.length as usize];
            if std::str::from_utf8(bytes).is_err() {
                self.fault(&V0021, section, at, format!("string {number} is not UTF-8"));
                return Strings::default();
            }
        }
        let start = section.range.start + table.pool;
        Strings {
            rows: table.rows,
            bytes: Slice::shared(&section.bytes, start..section.range.end).unwrap_or_default(),
        }
    }

    fn elements(&mut self, section: &Section) {
        let Some(table) = self.table::<ElementRow>(section) else {
            return;
        };
        let pool = &section.content()[table.pool..];
        let count = pool.len() as u64 / 4;
        if count > self.limits.element_items {
            self.fault(
                &V0017,
                section,
                table.pool,
                over(
                    "the module",
                    count,
                    "element items",
                    self.limits.element_items,
                ),
            );
            return;
        }
        if !pool.len().is_multiple_of(4) {
            self.fault(
                &V0018,
                section,
                table.pool,
                "the items of section ELEM are not a whole number",
            );
            return;
        }
        let parts = table.rows.iter().map(|row| (row.first, row.count.into()));
        if !self.owned(section, "items", count, parts) {
            return;
        }
        let start = section.range.start + table.pool;
        self.module.element_items =
            Slice::shared(&section.bytes, start..section.range.end).unwrap_or_default();
        self.module.elements = table.rows;
    }

    fn code(&mut self, section: &Section) {
        match Slice::shared(&section.bytes, section.range.clone()) {
            Some(code) => self.module.code = code,
            None => self.fault(
                &V0018,
                section,
                0,
                "section CODE is not a whole number of words",
            ),
        }
    }

    fn data(&mut self, section: &Section) {
        let Some(table) = self.table::<DataRow>(section) else {
            return;
        };
        let length = section.content().len() - table.pool;
        let parts = table.rows.iter().map(|row| (row.offset, row.length));
        if !self.owned(section, "bytes", length as u64, parts) {
            return;
        }
        let start = section.range.start + table.pool;
        self.module.data_bytes =
            Slice::shared(&section.bytes, start..section.range.end).unwrap_or_default();
        self.module.data = table.rows;
    }

    fn files(&mut self, section: &Section) {
        let Some(table) = self.table::<FileRow>(section) else {
            return;
        };
        let length = section.content().len() - table.pool;
        let embedded = table
            .rows
            .iter()
            .filter(|row| row.flags & FileRow::EMBEDDED != 0);
        let parts: Vec<_> = embedded.map(|row| (row.offset, row.length)).collect();
        if !self.owned(section, "source bytes", length as u64, parts.into_iter()) {
            return;
        }
        let start = section.range.start + table.pool;
        let sources = Slice::shared(&section.bytes, start..section.range.end).unwrap_or_default();
        let debug = self.debug();
        debug.sources = sources;
        debug.files = table.rows;
    }

    fn lines(&mut self, section: &Section) {
        let Some(table) = self.table::<LineRow>(section) else {
            return;
        };
        let length = section.content().len() - table.pool;
        let parts = table.rows.iter().map(|row| (row.offset, row.length.into()));
        if !self.owned(section, "bytes", length as u64, parts) {
            return;
        }
        let start = section.range.start + table.pool;
        let programs = Slice::shared(&section.bytes, start..section.range.end).unwrap_or_default();
        let debug = self.debug();
        debug.line_programs = programs;
        debug.lines = table.rows;
    }

    /// Functions own their runs and their code; the three sections are checked together. Where a
    /// section is missing because it was broken, the functions go too, and nothing more is
    /// reported.
    fn check_ranges(&mut self) {
        let broken = !self.faults.is_empty();
        let runs = self.module.register_runs.len() as u64;
        let words = self.module.code.len() as u64;
        let handlers = self.module.handlers.len() as u64;
        let (mut next_run, mut next_word, mut next_handler) = (0_u64, 0_u64, 0_u64);
        let mut wrong = None;
        for (number, row) in self.module.functions.iter().enumerate() {
            let end_run = next_run + u64::from(row.runs);
            let end_word = next_word.saturating_add(row.words);
            let end_handler = next_handler + u64::from(row.handlers);
            if u64::from(row.first_run) != next_run
                || row.code != next_word
                || row.words == 0
                || end_run > runs
                || end_word > words
                || u64::from(row.first_handler) != next_handler
                || end_handler > handlers
            {
                wrong = Some(format!(
                    "function row {number} owns {} words from {}, {} register runs from {} and {} handlers from {}; they begin at {next_word} of {words}, {next_run} of {runs} and {next_handler} of {handlers}",
                    row.words, row.code, row.runs, row.first_run, row.handlers, row.first_handler
                ));
                break;
            }
            (next_run, next_word, next_handler) = (end_run, end_word, end_handler);
        }
        if wrong.is_none() && (next_run, next_word, next_handler) != (runs, words, handlers) {
            let message = "section CODE, REGS or HNDL is longer than what the functions own";
            wrong = Some(message.into());
        }
        if let Some(message) = wrong {
            if !broken {
                self.faults.push(fault(
                    &self.name,
                    &V0020,
                    super::header::HEADER_BYTES as u64,
                    Some(FUNC),
                    message,
                ));
            }
            self.module.functions = Slice::default();
            self.module.register_runs = Slice::default();
            self.module.handlers = Slice::default();
        }
    }
}
