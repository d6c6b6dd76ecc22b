//! Source lines from DWARF.
//!
//! In WebAssembly, DWARF counts code addresses from the beginning of the contents of the code
//! section. Whatever is wrong with it costs lines, never the module.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use gimli::{
    ColumnType, Dwarf, EndianSlice, Error, LineProgramHeader, LineRow, LittleEndian, SectionId,
    Unit,
};

use super::Options;
use super::body::Place;
use super::source::Source;
use vbc_core::diag::codes::lift::W0010;
use vbc_core::diag::{Diagnostic, Place as DiagnosticPlace};
use vbc_core::module::builder::{File, ModuleBuilder};

type Bytes<'a> = EndianSlice<'a, LittleEndian>;

/// Lines and columns end here.
const END: u64 = 1 << 31;

/// Which place holds from an address on.
#[derive(Clone, Copy, Debug)]
struct Entry {
    address: u32,
    place: Option<Place>,
}

/// The line table of a module.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// Where addresses are counted from, in bytes of the file.
    base: u64,
    /// By ascending address.
    entries: Vec<Entry>,
    fault: Option<Error>,
}

impl Lines {
    /// Whether no line is known.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The place of the code at an offset of the file.
    pub(super) fn at(&self, offset: u64) -> Option<Place> {
        let address = u32::try_from(offset.checked_sub(self.base)?).ok()?;
        let behind = self
            .entries
            .partition_point(|entry| entry.address <= address);
        self.entries.get(behind.checked_sub(1)?)?.place
    }

    /// What there is to report about faults.
    pub(super) fn warning(&self, file: &Arc<str>) -> Option<Diagnostic> {
        let error = self.fault?;
        let message = format!("the debug information cannot be read, lines are missing: {error}");
        let place = DiagnosticPlace::File(file.clone());
        Some(Diagnostic::error(&W0010, place, message).warning())
    }

    /// Reads the debug sections of `source`; files become files of the module.
    pub(super) fn read(source: &Source<'_>, options: &Options, to: &mut ModuleBuilder) -> Lines {
        let mut reader = Reader {
            options,
            to,
            files: HashMap::new(),
            end: source.code.end - source.code.start,
            sequences: Vec::new(),
            rows: Vec::new(),
        };
        let fault = reader.sections(&source.debug).err();
        Lines {
            base: source.code.start,
            entries: reader.finish(),
            fault,
        }
    }
}

struct Reader<'r> {
    options: &'r Options,
    to: &'r mut ModuleBuilder,
    files: HashMap<Vec<u8>, File>,
    end: u64,
    /// Runs of rows with ascending addresses: first address, first row, end.
    sequences: Vec<(u32, usize, usize)>,
    rows: Vec<Entry>,
}

impl Reader<'_> {
    fn sections(&mut self, sections: &[(&str, &[u8])]) -> Result<(), Error> {
        let load = |id: SectionId| {
            let section = sections.iter().find(|(name, _)| *name == id.name());
            let bytes = section.map_or(&[][..], |&(_, bytes)| bytes);
            Ok::<_, Error>(EndianSlice::new(bytes, LittleEndian))
        };
        let dwarf = Dwarf::load(load)?;
        let mut units = dwarf.units();
        let mut seen = HashSet::new();
        let mut fault = None;
        while let Some(header) = units.next()? {
            let result = dwarf
                .unit(header)
                .and_then(|unit| self.unit(&dwarf, &unit, &mut seen));
            if let Err(error) = result {
                fault.get_or_insert(error);
            }
        }
        fault.map_or(Ok(()), Err)
    }

    fn unit(
        &mut self,
        dwarf: &Dwarf<Bytes<'_>>,
        unit: &Unit<Bytes<'_>>,
        seen: &mut HashSet<usize>,
    ) -> Result<(), Error> {
        let Some(program) = unit.line_program.clone() else {
            return Ok(());
        };
        // Units may share a program.
        if !seen.insert(program.header().offset().0) {
            return Ok(());
        }
        let mut files: HashMap<u64, Option<File>> = HashMap::new();
        let mut start = self.rows.len();
        let mut rows = program.rows();
        while let Some((header, row)) = rows.next_row()? {
            let address = row.address();
            let file = row.file_index();
            let file = *files
                .entry(file)
                .or_insert_with(|| self.file(dwarf, unit, header, file));
            let place = file
                .filter(|_| !row.end_sequence())
                .and_then(|file| place(file, row));
            self.rows.push(Entry {
                address: u32::try_from(address).unwrap_or(u32::MAX),
                place,
            });
            if row.end_sequence() {
                self.close(start);
                start = self.rows.len();
            }
        }
        self.rows.truncate(start);
        Ok(())
    }

    /// Ends the sequence of rows from `start` on; one outside the code is dropped.
    fn close(&mut self, start: usize) {
        let rows = &self.rows[start..];
        let inside = |entry: &Entry| {
            // At 0 lies the number of functions; linkers put there what they removed.
            (1..=self.end).contains(&u64::from(entry.address))
        };
        match rows {
            [first, .., last]
                if inside(first)
                    && inside(last)
                    && rows.is_sorted_by_key(|entry| entry.address) =>
            {
                self.sequences.push((first.address, start, self.rows.len()));
            }
            _ => self.rows.truncate(start),
        }
    }

    /// All rows by ascending address. Where sequences overlap, the one that begins later holds.
    fn finish(mut self) -> Vec<Entry> {
        self.sequences.sort();
        let mut entries: Vec<Entry> = Vec::with_capacity(self.rows.len());
        for &(address, start, end) in &self.sequences {
            while entries.last().is_some_and(|last| last.address >= address) {
                entries.pop();
            }
            for &entry in &self.rows[start..end] {
                match entries.last_mut() {
                    // Of rows for one address the last one counts.
                    Some(last) if last.address == entry.address => *last = entry,
                    Some(last) if last.place == entry.place => {}
                    _ => entries.push(entry),
                }
            }
        }
        entries
    }

    fn file(
        &mut self,
        dwarf: &Dwarf<Bytes<'_>>,
        unit: &Unit<Bytes<'_>>,
        header: &LineProgramHeader<Bytes<'_>>,
        index: u64,
    ) -> Option<File> {
        let entry = header.file(index)?;
        let mut path: Vec<u8> = Vec::new();
        let mut join = |part: &[u8]| {
            if part == b"." {
                return;
            }
            if part.starts_with(b"/") {
                path.clear();
            } else if !path.is_empty() && !path.ends_with(b"/") {
                path.push(b'/');
            }
            path.extend_from_slice(part);
        };
        if let Some(folder) = unit.comp_dir {
            join(folder.slice());
        }
        if let Some(folder) = entry.directory(header)
            && let Ok(folder) = dwarf.attr_string(unit, folder)
        {
            join(folder.slice());
        }
        join(dwarf.attr_string(unit, entry.path_name()).ok()?.slice());
        if let Some(&file) = self.files.get(&path) {
            return Some(file);
        }
        let name = String::from_utf8_lossy(&path);
        let name = self.options.map_file(&name);
        let file = self.to.file(&name);
        self.files.insert(path, file);
        Some(file)
    }
}

fn place(file: File, row: &LineRow) -> Option<Place> {
    let line = row.line()?.get();
    let column = match row.column() {
        ColumnType::LeftEdge => 0,
        ColumnType::Column(column) => column.get(),
    };
    (line < END).then_some(Place {
        file,
        line: line as u32,
        column: if column < END { column as u32 } else { 0 },
    })
}
