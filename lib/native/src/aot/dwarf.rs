//! What debuggers read of an object: files, lines, functions, and what has been translated into them.

use std::collections::HashMap;

use gimli_write::constants as dw;
use gimli_write::write::{AttributeValue, Range, RangeList, Sections, UnitEntryId};

use super::object::failed;
use super::sections::{Relocated, in_text};
use super::text::{Piece, Text};
use crate::codegen::Unit;
use vbc_core::diag::Errors;
use vbc_core::dwarf::Describer;
use vbc_linker::Program;

/// The debug sections of an object.
pub(super) fn sections(program: &Program, text: &Text) -> Result<Sections<Relocated>, Errors> {
    let module = program.module();
    let spaces = module.spaces();
    let all = (in_text(0), text.bytes.len() as u64);
    let mut writer = Writer {
        all: Describer::new(module, &spaces, "vbc-aot", 8, all),
        inlined: HashMap::new(),
    };
    for piece in &text.pieces {
        if let Unit::Function(index) = piece.unit {
            writer.function(index, piece);
        }
    }
    let mut sections = Sections::new(Relocated::default());
    let unit = &mut writer.all.unit;
    unit.write(&mut sections)
        .map_err(|error| failed(&error.to_string()))?;
    Ok(sections)
}

/// Describes functions, one after another.
struct Writer<'a> {
    all: Describer<'a>,
    /// By function: what all its copies in other functions have in common.
    inlined: HashMap<u32, UnitEntryId>,
}

impl Writer<'_> {
    /// Describes a function: name, range, lines, and what has been translated into it.
    fn function(&mut self, index: u32, piece: &Piece) {
        let length = piece.artifact.bytes.len() as u64;
        let rows = piece.artifact.places.iter().map(|&(start, _, place)| {
            let (function, word, _) = piece.artifact.place(index, place);
            (start.into(), function, word)
        });
        let range = (in_text(piece.start), length);
        let entry = self.all.function(index, range, rows);
        self.copies(entry, index, piece);
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
            let entry = self
                .all
                .unit
                .unit
                .add(parent, dw::DW_TAG_inlined_subroutine);
            entries.push(entry);
            let origin = AttributeValue::UnitRef(origin);
            self.all.set(entry, dw::DW_AT_abstract_origin, origin);
            let (function, word, _) = artifact.place(own, copy.call);
            if let Some(place) = self.all.line_of(function, word) {
                self.all
                    .place(entry, (dw::DW_AT_call_file, dw::DW_AT_call_line), place);
            }
            self.ranges(entry, piece.start, &ranges);
        }
    }

    /// What all copies of a function have in common.
    fn origin(&mut self, function: u32) -> UnitEntryId {
        if let Some(&known) = self.inlined.get(&function) {
            return known;
        }
        let entry = self.all.subprogram(function);
        let inlined = AttributeValue::Inline(dw::DW_INL_inlined);
        self.all.set(entry, dw::DW_AT_inline, inlined);
        self.inlined.insert(function, entry);
        entry
    }

    fn ranges(&mut self, entry: UnitEntryId, base: u32, ranges: &[(u32, u32)]) {
        match ranges {
            [] => {}
            &[(start, end)] => {
                let length = (end - start).into();
                self.all.range(entry, in_text(base + start), length);
            }
            several => {
                let several = several.iter().map(|&(start, end)| Range::StartEnd {
                    begin: in_text(base + start),
                    end: in_text(base + end),
                });
                let list = self.all.unit.unit.ranges.add(RangeList(several.collect()));
                self.all
                    .set(entry, dw::DW_AT_ranges, AttributeValue::RangeListRef(list));
            }
        }
    }
}
