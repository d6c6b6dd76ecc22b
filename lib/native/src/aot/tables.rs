//! The tables of an image: everything about the program but its code.

use std::collections::HashMap;

use bytemuck::Pod;

use super::text::{Piece, Text};
use super::too_large;
use crate::codegen::{Artifact, Plan, Unit, trap_of};
use crate::image::{
    CallRow, ExportRow, FunctionRow, ImportRow, InlinedRow, Name, PointRow, STACK_END, Table,
    TrapRow, TypeRow, UnitRow,
};
use vbc_core::diag::Errors;
use vbc_core::isa::{FuncType, decode};
use vbc_core::module::native::library;
use vbc_core::module::{
    DataKind, DataRow, Definition, GlobalRow, InitKind, Kind, Lines, Module, NONE, NameSpace,
    Spaces,
};
use vbc_linker::Program;

/// All tables but the text, as they will lie in memory.
pub(super) struct Tables {
    pub(super) flags: u32,
    pub(super) entry: u32,
    pub(super) support_from: u32,
    /// By [`Table`]: the bytes, and the number of rows.
    pub(super) parts: Vec<(Vec<u8>, u64)>,
    /// By imported function: library and symbol of a native one. Nothing when there are none.
    pub(super) natives: Vec<Option<(String, String)>>,
}

/// Names without repetition.
#[derive(Default)]
struct Strings {
    bytes: Vec<u8>,
    known: HashMap<String, Name>,
}

impl Strings {
    fn add(&mut self, string: &str) -> Name {
        if let Some(&name) = self.known.get(string) {
            return name;
        }
        let name = Name {
            offset: self.bytes.len() as u32,
            length: string.len() as u32,
        };
        self.bytes.extend_from_slice(string.as_bytes());
        self.known.insert(string.to_owned(), name);
        name
    }
}

impl Tables {
    /// # Errors
    ///
    /// R0011 when a table is too large.
    pub(super) fn new(
        program: &Program,
        spaces: &Spaces,
        exports: &[(String, u32)],
        plan: &Plan<'_>,
        text: &Text,
        flags: u32,
    ) -> Result<Tables, Errors> {
        let module = program.module();
        let mut tables = Tables {
            flags,
            entry: module.entry.unwrap_or(NONE),
            support_from: program.support_from(),
            parts: vec![(Vec::new(), 0); Table::COUNT],
            natives: natives(plan, module, spaces),
        };
        let mut strings = Strings::default();
        let places = Places::new(text);
        let code = CodeMap::new(program, spaces, text);

        tables.types(module, &places);
        tables.imports(module, spaces, &places, &mut strings);
        tables.functions(program, spaces, &places, &code, &mut strings);
        tables.put(Table::Memories, &module.memories);
        tables.put(Table::Tables, &module.tables);
        tables.put(Table::Globals, &globals(program));
        tables.put(Table::Elements, &module.elements);
        tables.put(Table::Items, &module.element_items);
        tables.data(program);
        tables.put(Table::Initialisers, &module.initialisers);
        let exports: Vec<ExportRow> = exports
            .iter()
            .map(|(name, index)| ExportRow {
                name: strings.add(name),
                kind: Kind::Func as u32,
                index: *index,
            })
            .collect();
        tables.put(Table::Exports, &exports);
        let constant = plan.constant_tables().iter();
        let constant: Vec<u32> = constant
            .map(|len| len.map_or(NONE, |len| len as u32))
            .collect();
        tables.put(Table::ConstantTables, &constant);
        tables.put(Table::Units, &code.units);
        tables.put(Table::Traps, &code.traps);
        tables.put(Table::Calls, &code.calls);
        tables.put(Table::Inlined, &code.inlined);
        tables.put(Table::Points, &code.points);
        let files = module.debug.as_ref().map_or(Vec::new(), |debug| {
            let files = debug.files.iter();
            files
                .map(|row| strings.add(debug.strings.get(row.name)))
                .collect()
        });
        tables.put(Table::Files, &files);
        tables.put(Table::Features, features(plan).as_bytes());
        tables.put(Table::Strings, &strings.bytes);
        let sizes = tables.parts.iter().map(|(bytes, _)| bytes.len());
        match sizes.max() {
            Some(most) if u32::try_from(most).is_err() => Err(too_large("tables")),
            _ => Ok(tables),
        }
    }

    fn put<T: Pod>(&mut self, table: Table, rows: &[T]) {
        let bytes = bytemuck::cast_slice(rows).to_vec();
        self.parts[table as usize] = (bytes, rows.len() as u64);
    }

    fn types(&mut self, module: &Module, places: &Places) {
        let mut codes: Vec<u8> = Vec::new();
        let mut rows = Vec::with_capacity(module.types.len());
        // No program that is compiled has other types.
        for ty in module.types.funcs() {
            rows.push(TypeRow {
                first: codes.len() as u32,
                params: ty.params.len() as u32,
                results: ty.results.len() as u32,
                entry: places.entries.get(ty).copied().unwrap_or(NONE),
            });
            codes.extend(ty.params.iter().chain(&*ty.results).map(|&ty| ty.class()));
        }
        self.put(Table::Types, &rows);
        self.put(Table::ValueTypes, &codes);
    }

    fn imports(
        &mut self,
        module: &Module,
        spaces: &Spaces,
        places: &Places,
        strings: &mut Strings,
    ) {
        let imported = 0..spaces.imported(Kind::Func);
        let rows: Vec<ImportRow> = imported
            .filter_map(|index| {
                let row = spaces.import(module, Kind::Func, index)?;
                Some(ImportRow {
                    module: strings.add(module.strings.get(row.module)),
                    name: strings.add(module.strings.get(row.name)),
                    ty: row.ty,
                    adapter: places.adapters.get(&index).copied().unwrap_or(NONE),
                })
            })
            .collect();
        self.put(Table::Imports, &rows);
    }

    fn functions(
        &mut self,
        program: &Program,
        spaces: &Spaces,
        places: &Places,
        code: &CodeMap,
        strings: &mut Strings,
    ) {
        let module = program.module();
        let types = program.canonical_types();
        let rows: Vec<FunctionRow> = (0..spaces.count(Kind::Func))
            .map(|index| {
                let ty = spaces.func_type(module, index).unwrap_or(0);
                let range = code.ranges.get(index as usize).copied();
                let (first_point, points) = range.unwrap_or_default();
                FunctionRow {
                    code: places.functions.get(&index).copied().unwrap_or(NONE),
                    ty: types.get(ty as usize).copied().unwrap_or(0),
                    name: strings.add(&spaces.display_name(module, NameSpace::Func, index)),
                    first_point,
                    points,
                }
            })
            .collect();
        self.put(Table::Functions, &rows);
    }

    fn data(&mut self, program: &Program) {
        let module = program.module();
        let mut bytes = Vec::new();
        let mut rows = Vec::with_capacity(module.data.len());
        for (defined, row) in module.data.iter().enumerate() {
            let content = program.data_with_addresses(defined);
            let address = match row.kind() {
                Some(DataKind::Passive) => 0,
                _ => program.address_of_data(defined),
            };
            rows.push(DataRow {
                kind: match row.kind() {
                    Some(DataKind::Passive) => DataKind::Passive,
                    _ => DataKind::Fixed,
                } as u32,
                address,
                offset: bytes.len() as u64,
                length: content.len() as u64,
                ..*row
            });
            bytes.extend_from_slice(&content);
        }
        self.put(Table::Data, &rows);
        self.put(Table::Bytes, &bytes);
    }
}

/// Globals with their first values as constants.
fn globals(program: &Program) -> Vec<GlobalRow> {
    let values = vbc_runtime::first_globals(program);
    let rows = program.module().globals.iter().zip(values);
    rows.map(|(row, value)| GlobalRow {
        init: InitKind::Const as u32,
        index: 0,
        value,
        ..*row
    })
    .collect()
}

/// By imported function: library and symbol of a native one.
fn natives(plan: &Plan<'_>, module: &Module, spaces: &Spaces) -> Vec<Option<(String, String)>> {
    let imported = 0..spaces.imported(Kind::Func);
    let all: Vec<_> = imported
        .map(|index| {
            let row = spaces.import(module, Kind::Func, index)?;
            let library = library(module.strings.get(row.module))?;
            Some((
                library.to_owned(),
                plan.prototype(index)?.symbol.to_string(),
            ))
        })
        .collect();
    match all.iter().any(Option::is_some) {
        true => all,
        false => Vec::new(),
    }
}

/// What the code needs of the processor.
fn features(plan: &Plan<'_>) -> String {
    let flags = plan.isa().isa_flags();
    let on = flags.iter().filter(|value| value.as_bool() == Some(true));
    let names: Vec<&str> = on
        .filter_map(|value| value.name.strip_prefix("has_"))
        .collect();
    names.join(",")
}

/// Where code that others refer to lies in the text.
#[derive(Default)]
struct Places {
    functions: HashMap<u32, u32>,
    adapters: HashMap<u32, u32>,
    entries: HashMap<FuncType, u32>,
}

impl Places {
    fn new(text: &Text) -> Places {
        let mut places = Places::default();
        for piece in &text.pieces {
            match &piece.unit {
                Unit::Function(index) | Unit::Host(index) => {
                    places.functions.insert(*index, piece.start);
                }
                Unit::Adapter(index) => {
                    places.adapters.insert(*index, piece.start);
                }
                Unit::Entry(ty) => {
                    places.entries.insert(ty.clone(), piece.start);
                }
                Unit::Export(_) | Unit::Main => {}
            }
        }
        places
    }
}

/// From places in the text to instructions.
#[derive(Default)]
struct CodeMap {
    units: Vec<UnitRow>,
    traps: Vec<TrapRow>,
    calls: Vec<CallRow>,
    inlined: Vec<InlinedRow>,
    points: Vec<PointRow>,
    /// By function index: first point and number of points.
    ranges: Vec<(u32, u32)>,
}

impl CodeMap {
    fn new(program: &Program, spaces: &Spaces, text: &Text) -> CodeMap {
        let mut map = CodeMap::default();
        let count = spaces.count(Kind::Func) as usize;
        // By function: the words that can appear in a report.
        let mut words: Vec<Vec<u32>> = vec![Vec::new(); count];
        for piece in &text.pieces {
            map.piece(piece, &mut words);
        }
        map.units.push(UnitRow::last(
            map.traps.len(),
            map.calls.len(),
            map.inlined.len(),
        ));
        for (function, mut words) in words.into_iter().enumerate() {
            words.sort_unstable();
            words.dedup();
            let first = map.points.len() as u32;
            map.ranges.push((first, words.len() as u32));
            map.points(program, spaces, function as u32, &words);
        }
        map
    }

    fn piece(&mut self, piece: &Piece, words: &mut [Vec<u32>]) {
        let artifact = &piece.artifact;
        let own = match piece.unit {
            Unit::Function(index) => index,
            Unit::Host(_) | Unit::Entry(_) | Unit::Export(_) | Unit::Adapter(_) | Unit::Main => {
                NONE
            }
        };
        self.units.push(UnitRow {
            start: piece.start,
            end: piece.start + artifact.bytes.len() as u32,
            function: own,
            first_trap: self.traps.len() as u32,
            first_call: self.calls.len() as u32,
            first_inlined: self.inlined.len() as u32,
        });
        let mut note = |place: u32| note(artifact, own, place, words);
        for &(offset, code) in &artifact.traps {
            let (trap, in_prologue) = trap_of(code);
            let place = artifact.place_at(offset);
            let access = artifact.access_at(offset).or(place);
            place.into_iter().chain(access).for_each(&mut note);
            self.traps.push(TrapRow {
                offset,
                place: place.unwrap_or(NONE),
                access: access.unwrap_or(NONE),
                kind: match in_prologue {
                    true => STACK_END,
                    false => trap as u32,
                },
            });
        }
        for &offset in &artifact.call_sites {
            // The address after the call may belong to the next instruction.
            if let Some(place) = artifact.place_at(offset.saturating_sub(1)) {
                note(place);
                self.calls.push(CallRow { offset, place });
            }
        }
        self.inlined
            .extend(artifact.inlined.iter().map(|range| InlinedRow {
                first: range.first,
                function: range.function,
                call: range.call,
            }));
    }

    /// The points of a function, whose words ascend.
    fn points(&mut self, program: &Program, spaces: &Spaces, function: u32, words: &[u32]) {
        let module = program.module();
        let Some(Definition::Defined(defined)) = spaces.get(Kind::Func, function) else {
            return;
        };
        let code = module.function_code(defined);
        let files = module.debug.as_ref().map_or(0, |debug| debug.files.len());
        let lines = module.line_program(function);
        let mut lines = Lines::new(lines, code.len() as u64, files)
            .map_while(Result::ok)
            .peekable();
        let mut line = None;
        let (mut at, mut number) = (0, 0);
        for &word in words {
            while at < word as usize
                && let Ok(inst) = decode(code, at)
            {
                at += inst.words.len();
                number += 1;
            }
            while let Some(entry) = lines.next_if(|entry| entry.word <= u64::from(word)) {
                line = entry.place;
            }
            self.points.push(PointRow {
                word,
                instruction: number,
                file: line.map_or(NONE, |line| line.file),
                line: line.map_or(0, |line| line.line),
            });
        }
    }
}

/// Notes the instruction at a place, and the calls into which it was translated.
fn note(artifact: &Artifact, own: u32, place: u32, words: &mut [Vec<u32>]) {
    let mut next = Some(place);
    while let Some(place) = next {
        let (function, word, call) = artifact.place(own, place);
        if let Some(words) = words.get_mut(function as usize) {
            words.push(word);
        }
        next = call;
    }
}
