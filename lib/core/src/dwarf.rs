//! What debuggers read, for every form of code: files, lines, functions.

use std::collections::HashMap;

use gimli_write::constants as dw;
use gimli_write::write::{
    Address, AttributeValue, DwarfUnit, FileId, LineProgram, LineString, UnitEntryId,
};
use gimli_write::{Encoding, Format, LineEncoding};

use crate::module::{Definition, Kind, LineEntry, LinePlace, Lines, Module, NameSpace, Spaces};

/// A unit that describes the functions of a module, one after another.
pub struct Describer<'a> {
    /// What has been described.
    pub unit: DwarfUnit,
    module: &'a Module,
    spaces: &'a Spaces,
    files: Vec<FileId>,
    /// By function: its line program, read.
    lines: HashMap<u32, Vec<LineEntry>>,
}

impl<'a> Describer<'a> {
    /// Begins a unit whose code is the `length` bytes from `low` on, at addresses of `address_size` bytes.
    pub fn new(
        module: &'a Module,
        spaces: &'a Spaces,
        producer: &str,
        address_size: u8,
        (low, length): (Address, u64),
    ) -> Describer<'a> {
        let encoding = Encoding {
            format: Format::Dwarf32,
            version: 4,
            address_size,
        };
        let names: Vec<&str> = module.debug.as_ref().map_or(Vec::new(), |debug| {
            let files = debug.files.iter();
            files.map(|row| debug.strings.get(row.name)).collect()
        });
        let string = |text: &str| LineString::String(text.replace('\0', "").into_bytes());
        let first = names.first().copied().unwrap_or("<module>");
        let mut unit = DwarfUnit::new(encoding);
        let lines = LineEncoding::default();
        let mut program = LineProgram::new(encoding, lines, string("."), None, string(first), None);
        let folder = program.default_directory();
        let files = names
            .iter()
            .map(|name| match name.is_empty() {
                true => program.add_file(string("<unknown>"), folder, None),
                false => program.add_file(string(name), folder, None),
            })
            .collect();
        unit.unit.line_program = program;
        let mut describer = Describer {
            unit,
            module,
            spaces,
            files,
            lines: HashMap::new(),
        };
        let root = describer.unit.unit.root();
        let text = |text: &str| AttributeValue::String(text.replace('\0', "").into_bytes());
        let producer = format!("{producer} {}", env!("CARGO_PKG_VERSION"));
        describer.set(root, dw::DW_AT_producer, text(&producer));
        // The only language without rules of its own that debuggers know.
        let language = AttributeValue::Language(dw::DW_LANG_Mips_Assembler);
        describer.set(root, dw::DW_AT_language, language);
        describer.set(root, dw::DW_AT_name, text(first));
        describer.set(root, dw::DW_AT_comp_dir, text("."));
        describer.range(root, low, length);
        describer
    }

    /// Describes a function and its range. `rows` are the places in it where code of an instruction begins, ascending:
    /// offset, and the function and word of the instruction.
    pub fn function(
        &mut self,
        index: u32,
        (low, length): (Address, u64),
        rows: impl Iterator<Item = (u64, u32, u32)>,
    ) -> UnitEntryId {
        let entry = self.subprogram(index);
        self.range(entry, low, length);
        let rows = self.rows(index, rows);
        if rows.is_empty() {
            return entry;
        }
        let program = &mut self.unit.unit.line_program;
        program.begin_sequence(Some(low));
        for (offset, place) in rows {
            let Some(&file) = self.files.get(place.file as usize) else {
                continue;
            };
            let row = program.row();
            row.address_offset = offset;
            row.file = file;
            row.line = place.line.into();
            program.generate_row();
        }
        program.end_sequence(length);
        entry
    }

    /// Sets an attribute.
    pub fn set(&mut self, entry: UnitEntryId, name: dw::DwAt, value: AttributeValue) {
        self.unit.unit.get_mut(entry).set(name, value);
    }

    /// Sets the range of an entry that has only one.
    pub fn range(&mut self, entry: UnitEntryId, low: Address, length: u64) {
        self.set(entry, dw::DW_AT_low_pc, AttributeValue::Address(low));
        self.set(entry, dw::DW_AT_high_pc, AttributeValue::Udata(length));
    }

    /// An entry with the name of a function, and the place where it begins.
    pub fn subprogram(&mut self, index: u32) -> UnitEntryId {
        let root = self.unit.unit.root();
        let entry = self.unit.unit.add(root, dw::DW_TAG_subprogram);
        let name = self
            .spaces
            .display_name(self.module, NameSpace::Func, index);
        let name = AttributeValue::String(name.replace('\0', "").into_bytes());
        self.set(entry, dw::DW_AT_name, name);
        if let Some(place) = self.line_of(index, 0) {
            self.place(entry, (dw::DW_AT_decl_file, dw::DW_AT_decl_line), place);
        }
        entry
    }

    /// Sets the two attributes that name a place.
    pub fn place(&mut self, entry: UnitEntryId, names: (dw::DwAt, dw::DwAt), place: LinePlace) {
        if let Some(&file) = self.files.get(place.file as usize) {
            self.set(entry, names.0, AttributeValue::FileIndex(Some(file)));
            self.set(entry, names.1, AttributeValue::Udata(place.line.into()));
        }
    }

    /// Offset and place of every point where a line begins. The first is at 0, and is the line of the
    /// function's first instruction.
    fn rows(
        &mut self,
        index: u32,
        places: impl Iterator<Item = (u64, u32, u32)>,
    ) -> Vec<(u64, LinePlace)> {
        let mut rows: Vec<(u64, LinePlace)> = Vec::new();
        if let Some(first) = self.line_of(index, 0) {
            rows.push((0, first));
        }
        for (start, function, word) in places {
            let Some(line) = self.line_of(function, word) else {
                continue;
            };
            match rows.last_mut() {
                Some((_, last)) if (last.file, last.line) == (line.file, line.line) => {}
                Some(last) if last.0 == start && start != 0 => *last = (start, line),
                _ => rows.push((start, line)),
            }
        }
        rows
    }

    /// The source place of an instruction.
    pub fn line_of(&mut self, function: u32, word: u32) -> Option<LinePlace> {
        let (module, spaces) = (self.module, self.spaces);
        let entries = self
            .lines
            .entry(function)
            .or_insert_with(|| line_entries(module, spaces, function));
        let at = entries.partition_point(|entry| entry.word <= u64::from(word));
        entries.get(at.checked_sub(1)?)?.place
    }
}

fn line_entries(module: &Module, spaces: &Spaces, function: u32) -> Vec<LineEntry> {
    let Some(Definition::Defined(defined)) = spaces.get(Kind::Func, function) else {
        return Vec::new();
    };
    let words = module.function_code(defined).len() as u64;
    let files = module.debug.as_ref().map_or(0, |debug| debug.files.len());
    Lines::new(module.line_program(function), words, files)
        .map_while(Result::ok)
        .collect()
}
