//! What debuggers read: files, lines, functions.

use std::collections::HashMap;

use gimli_write::constants as dw;
use gimli_write::write::{
    AttributeValue, DwarfUnit, FileId, LineProgram, LineString, Range, RangeList, Sections,
    UnitEntryId,
};
use gimli_write::{Encoding, Format, LineEncoding};

use super::object::failed;
use super::sections::{Relocated, in_text};
use super::text::{Piece, Text};
use crate::codegen::Unit;
use crate::diag::Errors;
use crate::link::Program;
use crate::module::{Definition, Kind, LineEntry, LinePlace, Lines, Module, NameSpace, Spaces};

/// The debug sections of an object.
pub(super) fn sections(program: &Program, text: &Text) -> Result<Sections<Relocated>, Errors> {
    let encoding = Encoding {
        format: Format::Dwarf32,
        version: 4,
        address_size: 8,
    };
    let module = program.module();
    let spaces = module.spaces();
    let mut unit = DwarfUnit::new(encoding);
    let files = begin(&mut unit, module, encoding, text);
    let mut writer = Describer {
        unit: &mut unit,
        module,
        spaces: &spaces,
        files,
        lines: HashMap::new(),
        inlined: HashMap::new(),
    };
    for piece in &text.pieces {
        if let Unit::Function(index) = piece.unit {
            writer.function(index, piece);
        }
    }
    let mut sections = Sections::new(Relocated::default());
    unit.write(&mut sections)
        .map_err(|error| failed(&error.to_string()))?;
    Ok(sections)
}

/// Describes the unit; gives the files.
fn begin(unit: &mut DwarfUnit, module: &Module, encoding: Encoding, text: &Text) -> Vec<FileId> {
    let names: Vec<&str> = module.debug.as_ref().map_or(Vec::new(), |debug| {
        let files = debug.files.iter();
        files.map(|row| debug.strings.get(row.name)).collect()
    });
    let string = |text: &str| LineString::String(text.replace('\0', "").into_bytes());
    let first = names.first().copied().unwrap_or("<module>");
    let lines = LineEncoding::default();
    unit.unit.line_program =
        LineProgram::new(encoding, lines, string("."), None, string(first), None);
    let folder = unit.unit.line_program.default_directory();
    let files = names
        .iter()
        .map(|name| match name.is_empty() {
            true => unit
                .unit
                .line_program
                .add_file(string("<unknown>"), folder, None),
            false => unit.unit.line_program.add_file(string(name), folder, None),
        })
        .collect();
    let producer = concat!("vbc-aot ", env!("CARGO_PKG_VERSION"));
    let root = unit.unit.root();
    let mut set = |name, value| unit.unit.get_mut(root).set(name, value);
    set(dw::DW_AT_producer, AttributeValue::String(producer.into()));
    // The only language without rules of its own that debuggers know.
    set(
        dw::DW_AT_language,
        AttributeValue::Language(dw::DW_LANG_Mips_Assembler),
    );
    set(
        dw::DW_AT_name,
        AttributeValue::String(first.replace('\0', "").into_bytes()),
    );
    set(dw::DW_AT_comp_dir, AttributeValue::String(b".".to_vec()));
    set(dw::DW_AT_low_pc, AttributeValue::Address(in_text(0)));
    set(
        dw::DW_AT_high_pc,
        AttributeValue::Udata(text.bytes.len() as u64),
    );
    files
}

/// Describes functions, one after another.
struct Describer<'a> {
    unit: &'a mut DwarfUnit,
    module: &'a Module,
    spaces: &'a Spaces,
    files: Vec<FileId>,
    /// By function: its line program, read.
    lines: HashMap<u32, Vec<LineEntry>>,
    /// By function: what all its copies in other functions have in common.
    inlined: HashMap<u32, UnitEntryId>,
}

impl Describer<'_> {
    /// Describes a function: name, range, lines, and what has been translated into it.
    fn function(&mut self, index: u32, piece: &Piece) {
        let length = piece.artifact.bytes.len() as u64;
        let entry = self.subprogram(index);
        let low = AttributeValue::Address(in_text(piece.start));
        self.set(entry, dw::DW_AT_low_pc, low);
        self.set(entry, dw::DW_AT_high_pc, AttributeValue::Udata(length));
        self.copies(entry, index, piece);
        let rows = self.rows(index, piece);
        if rows.is_empty() {
            return;
        }
        let program = &mut self.unit.unit.line_program;
        program.begin_sequence(Some(in_text(piece.start)));
        for (offset, file, line) in rows {
            let Some(&file) = self.files.get(file as usize) else {
                continue;
            };
            let row = program.row();
            row.address_offset = offset.into();
            row.file = file;
            row.line = line.into();
            program.generate_row();
        }
        program.end_sequence(length);
    }

    fn set(&mut self, entry: UnitEntryId, name: dw::DwAt, value: AttributeValue) {
        self.unit.unit.get_mut(entry).set(name, value);
    }

    /// An entry with the name of a function, and the place where it begins.
    fn subprogram(&mut self, index: u32) -> UnitEntryId {
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

    fn place(&mut self, entry: UnitEntryId, names: (dw::DwAt, dw::DwAt), place: LinePlace) {
        if let Some(&file) = self.files.get(place.file as usize) {
            self.set(entry, names.0, AttributeValue::FileIndex(Some(file)));
            self.set(entry, names.1, AttributeValue::Udata(place.line.into()));
        }
    }

    /// Describes the copies of other functions in one.
    fn copies(&mut self, outer: UnitEntryId, own: u32, piece: &Piece) {
        let artifact = &piece.artifact;
        if artifact.inlined.is_empty() {
            return;
        }
        let copy_at = |place: u32| {
            let behind = artifact.inlined.partition_point(|copy| copy.first <= place);
            behind.checked_sub(1)
        };
        // Each piece of code belongs to a copy and to those around it.
        let mut ranges: Vec<Vec<(u32, u32)>> = vec![Vec::new(); artifact.inlined.len()];
        for &(start, end, place) in &artifact.places {
            let mut next = copy_at(place);
            while let Some(n) = next {
                match ranges[n].last_mut() {
                    Some(last) if last.1 == start => last.1 = end,
                    _ => ranges[n].push((start, end)),
                }
                next = copy_at(artifact.inlined[n].call);
            }
        }
        let mut entries: Vec<UnitEntryId> = Vec::with_capacity(ranges.len());
        for (copy, ranges) in artifact.inlined.iter().zip(ranges) {
            let parent = copy_at(copy.call).and_then(|n| entries.get(n).copied());
            let parent = parent.unwrap_or(outer);
            let origin = self.origin(copy.function);
            let entry = self.unit.unit.add(parent, dw::DW_TAG_inlined_subroutine);
            entries.push(entry);
            let origin = AttributeValue::UnitRef(origin);
            self.set(entry, dw::DW_AT_abstract_origin, origin);
            let (function, word, _) = artifact.place(own, copy.call);
            if let Some(place) = self.line_of(function, word) {
                self.place(entry, (dw::DW_AT_call_file, dw::DW_AT_call_line), place);
            }
            self.ranges(entry, piece.start, &ranges);
        }
    }

    /// What all copies of a function have in common.
    fn origin(&mut self, function: u32) -> UnitEntryId {
        if let Some(&known) = self.inlined.get(&function) {
            return known;
        }
        let entry = self.subprogram(function);
        let inlined = AttributeValue::Inline(dw::DW_INL_inlined);
        self.set(entry, dw::DW_AT_inline, inlined);
        self.inlined.insert(function, entry);
        entry
    }

    fn ranges(&mut self, entry: UnitEntryId, base: u32, ranges: &[(u32, u32)]) {
        match ranges {
            [] => {}
            &[(start, end)] => {
                let low = AttributeValue::Address(in_text(base + start));
                self.set(entry, dw::DW_AT_low_pc, low);
                let length = AttributeValue::Udata((end - start).into());
                self.set(entry, dw::DW_AT_high_pc, length);
            }
            several => {
                let several = several.iter().map(|&(start, end)| Range::StartEnd {
                    begin: in_text(base + start),
                    end: in_text(base + end),
                });
                let list = self.unit.unit.ranges.add(RangeList(several.collect()));
                self.set(entry, dw::DW_AT_ranges, AttributeValue::RangeListRef(list));
            }
        }
    }

    /// Offset in the function, file and line of every place where a line begins. The first is at 0, and is
    /// the line of the function's first instruction.
    fn rows(&mut self, index: u32, piece: &Piece) -> Vec<(u32, u32, u32)> {
        let mut rows: Vec<(u32, u32, u32)> = Vec::new();
        if let Some(first) = self.line_of(index, 0) {
            rows.push((0, first.file, first.line));
        }
        for &(start, _, place) in &piece.artifact.places {
            let (function, word, _) = piece.artifact.place(index, place);
            let Some(line) = self.line_of(function, word) else {
                continue;
            };
            match rows.last_mut() {
                Some(last) if (last.1, last.2) == (line.file, line.line) => {}
                Some(last) if last.0 == start && start != 0 => {
                    *last = (start, line.file, line.line);
                }
                _ => rows.push((start, line.file, line.line)),
            }
        }
        rows
    }

    /// The source place of an instruction.
    fn line_of(&mut self, function: u32, word: u32) -> Option<LinePlace> {
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
