//! The debug information of the result.

use std::collections::HashMap;

use vbc_core::module::{
    Debug, DebugNameRow, FileRow, Kind, LinePlace, LineRow, Lines, LinesWriter, NONE, NameSpace,
    StringsBuilder,
};

use super::assign_indexes::NewIndexes;
use super::object::Object;

/// Puts the debug information of the inputs together.
pub(super) struct DebugMerger<'o> {
    numbers: &'o NewIndexes,
    strings: StringsBuilder,
    debug: Debug,
    /// By type: the input whose names its fields have.
    fields: HashMap<u32, usize>,
    /// One file that several inputs have becomes one.
    files: HashMap<FileKey, u32>,
}

/// Path and embedded source of a file.
type FileKey = (u32, Option<Box<[u8]>>);

impl<'o> DebugMerger<'o> {
    pub fn new(numbers: &'o NewIndexes) -> Self {
        DebugMerger {
            numbers,
            strings: StringsBuilder::default(),
            debug: Debug::default(),
            fields: HashMap::new(),
            files: HashMap::new(),
        }
    }

    /// Adds what an input knows of the things that are in the result.
    pub fn add(&mut self, number: usize, object: &Object<'_>) {
        let Some(debug) = &object.module.debug else {
            return;
        };
        for row in debug.names.iter() {
            if let Some(row) = self.name(number, object, row) {
                let is_field = row.space == NameSpace::Field as u32;
                if is_field && *self.fields.entry(row.owner).or_insert(number) != number {
                    continue;
                }
                let name = self.strings.intern(debug.strings.get(row.name));
                self.debug.names.to_mut().push(DebugNameRow { name, ..row });
            }
        }
        let files: Vec<u32> = debug
            .files
            .iter()
            .map(|row| self.file(debug, row))
            .collect();
        for row in debug.lines.iter() {
            self.lines(number, object, debug, row, &files);
        }
    }

    /// The row with the result's numbers; none when its thing is not in the result.
    fn name(&self, number: usize, object: &Object<'_>, row: &DebugNameRow) -> Option<DebugNameRow> {
        let kept = |kind: Kind, index: u32| {
            let imported = object.spaces.imported(kind);
            let defined = index.checked_sub(imported);
            let own = defined.is_none_or(|defined| object.keeps(kind, defined as usize));
            let new = self.numbers.get(number, kind, index);
            (own && new != NONE).then_some(new)
        };
        let ty = |index: u32| Some(object.new_type(index)).filter(|&new| new != NONE);
        let mut row = *row;
        match NameSpace::from_code(row.space)? {
            NameSpace::Register => row.owner = kept(Kind::Func, row.owner)?,
            NameSpace::Elem => {
                let new = self.numbers.element(number, row.index);
                row.index = (new != NONE).then_some(new)?;
            }
            space @ (NameSpace::Func
            | NameSpace::Table
            | NameSpace::Memory
            | NameSpace::Global
            | NameSpace::Data
            | NameSpace::Tag) => row.index = kept(space.kind()?, row.index)?,
            NameSpace::Type => row.index = ty(row.index)?,
            NameSpace::Field => row.owner = ty(row.owner)?,
        }
        Some(row)
    }

    /// The result's number of a file of an input.
    fn file(&mut self, debug: &Debug, row: &FileRow) -> u32 {
        let name = self.strings.intern(debug.strings.get(row.name));
        let source = (row.flags & FileRow::EMBEDDED != 0).then(|| {
            let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
            let text = debug.sources.get(start..).unwrap_or_default();
            let length = usize::try_from(row.length).unwrap_or(usize::MAX);
            text.get(..length).unwrap_or_default()
        });
        let next = self.debug.files.len() as u32;
        let key = (name, source.map(Box::from));
        let index = *self.files.entry(key).or_insert(next);
        if index == next {
            let sources = self.debug.sources.to_mut();
            let (offset, text) = match source {
                Some(text) => (sources.len() as u64, text),
                None => (0, &[][..]),
            };
            sources.extend_from_slice(text);
            self.debug.files.to_mut().push(FileRow {
                name,
                flags: row.flags,
                offset,
                length: text.len() as u64,
            });
        }
        index
    }

    /// Adds the line program of a function; `files` are the new numbers of the input's files.
    fn lines(
        &mut self,
        number: usize,
        object: &Object<'_>,
        debug: &Debug,
        row: &LineRow,
        files: &[u32],
    ) {
        let imported = object.spaces.imported(Kind::Func);
        let defined = row.function.checked_sub(imported).map(|at| at as usize);
        let Some(defined) = defined.filter(|&defined| object.keeps(Kind::Func, defined)) else {
            return;
        };
        let Some(function) = object.module.functions.get(defined) else {
            return;
        };
        let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
        let program = debug.line_programs.get(start..).unwrap_or_default();
        let program = program.get(..row.length as usize).unwrap_or_default();
        let unchanged = files.iter().enumerate().all(|(i, &new)| new == i as u32);
        let rewritten = match unchanged {
            true => None,
            false => {
                let mut writer = LinesWriter::default();
                let lines = Lines::new(program, function.words, files.len());
                for entry in lines.map_while(Result::ok) {
                    let place = entry.place.map(|place| LinePlace {
                        file: files.get(place.file as usize).copied().unwrap_or(NONE),
                        ..place
                    });
                    writer.add(entry.word, place);
                }
                Some(writer.finish())
            }
        };
        let program = rewritten.as_deref().unwrap_or(program);
        if program.is_empty() {
            return;
        }
        let pool = self.debug.line_programs.to_mut();
        self.debug.lines.to_mut().push(LineRow {
            function: self.numbers.get(number, Kind::Func, row.function),
            length: program.len() as u32,
            offset: pool.len() as u64,
        });
        pool.extend_from_slice(program);
    }

    /// What has been put together; none when there is nothing. Names are sorted, line programs
    /// are in the order of the functions, because the inputs' functions are.
    pub fn finish(mut self) -> Option<Debug> {
        let key = |row: &DebugNameRow| (row.space, row.owner, row.index);
        let names = self.debug.names.to_mut();
        // Of several names for one import or type, the first input's.
        names.sort_by_key(key);
        names.dedup_by_key(|row| key(row));
        self.debug.strings = self.strings.finish();
        let debug = self.debug;
        let empty = debug.names.is_empty() && debug.files.is_empty() && debug.lines.is_empty();
        (!empty).then_some(debug)
    }
}
