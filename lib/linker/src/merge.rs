//! The rows, code and bytes of the result.

use std::collections::HashSet;
use std::sync::Mutex;

use vbc_core::diag::Diagnostic;
use vbc_core::module::canonical::sort_symbols;
use vbc_core::module::huge_pages::zeroed_words;
use vbc_core::module::renumber::{IndexMap, RenumberError, renumber};
use vbc_core::module::strings::ByName;
use vbc_core::module::{
    AddressRow, DataKind, DataRow, ElementMode, ElementRow, ExportRow, FunctionRow, GlobalRow,
    ImportRow, InitKind, Kind, MemoryRow, Module, NONE, RegisterRun, StringsBuilder, SymbolRow,
    TableRow, TagRow, Types,
};

use vbc_core::diag::codes::verify::V0103;

use super::assign_indexes::NewIndexes;
use super::debug::DebugMerger;
use super::object::Object;
use super::parallel;
use super::resolve::Wanted;
use super::roots::Roots;
use vbc_core::diag::codes::link as codes;

/// Exports by name: kind, index, and the first input that has it.
type Exports<'n> = ByName<'n, (Kind, u32, usize)>;

/// A data row at a fixed address.
#[derive(Clone, Copy)]
struct Fixed<'a> {
    /// The number of its input.
    object: usize,
    defined: usize,
    row: &'a DataRow,
}

impl Fixed<'_> {
    /// The address after its last byte; an end beyond 64 bits is beyond every memory.
    fn end(&self) -> u64 {
        self.row.address.saturating_add(self.row.size)
    }

    /// Its name, if it has one, and its first and last address.
    fn describe(&self, object: &Object<'_>) -> String {
        let index = object.spaces.index_of(Kind::Data, self.defined);
        let name = object.module.symbol(Kind::Data, index);
        let name = name.map_or_else(String::new, |symbol| {
            format!(" `{}`", object.module.strings.get(symbol.name))
        });
        let (first, last) = (self.row.address, self.end() - 1);
        format!("data{name} at {first:#x} to {last:#x}")
    }

    fn overlap(&self, other: &Fixed<'_>, objects: &[Object<'_>]) -> Diagnostic {
        let (here, there) = (&objects[self.object], &objects[other.object]);
        let message = format!("{} overlap those of another input", self.describe(here));
        let note = format!("{} are here", other.describe(there));
        Diagnostic::error(&codes::L0019, here.file(), message).with_note(note, there.file())
    }
}

/// Puts the inputs together.
pub(super) struct Merger<'o, 'a> {
    pub objects: &'o [Object<'a>],
    pub numbers: &'o NewIndexes,
    pub errors: Vec<Diagnostic>,
    /// Hidden symbols stay hidden, for the result will be linked again.
    pub keep_hidden: bool,
    strings: StringsBuilder,
    module: Module,
}

impl<'o, 'a> Merger<'o, 'a> {
    pub fn new(objects: &'o [Object<'a>], numbers: &'o NewIndexes) -> Self {
        Merger {
            objects,
            numbers,
            errors: Vec::new(),
            keep_hidden: false,
            strings: StringsBuilder::default(),
            module: Module::default(),
        }
    }

    /// The result, not yet in canonical form, but with all rows in the order in which they are
    /// searched.
    pub fn run(
        mut self,
        imports: &[Wanted],
        types: Types,
        memory: Option<MemoryRow>,
        roots: &Roots,
    ) -> Result<Module, Vec<Diagnostic>> {
        self.module.types = types;
        self.module.memories = Vec::from_iter(memory).into();
        self.imports(imports);
        self.entry(roots);
        self.one_data_kind();
        self.fixed_data_apart();
        let (objects, numbers) = (self.objects, self.numbers);
        let (code, ()) = parallel::both(|| JoinedCode::of(objects, numbers), || self.rows(roots));
        self.errors.extend(code.errors);
        self.module.code = code.words.into();
        self.module.highest_opcode = code.highest;
        self.module.strings = self.strings.finish();
        // They came by input; everything else is in order because indexes are given by input too.
        sort_symbols(&mut self.module);
        debug_assert!(
            self.module.is_in_order(),
            "rows of the result are not in order"
        );
        match self.errors.is_empty() {
            true => Ok(self.module),
            false => Err(self.errors),
        }
    }

    /// Everything but code.
    fn rows(&mut self, roots: &Roots) {
        let symbols = self
            .objects
            .iter()
            .map(|object| object.module.symbols.len());
        self.strings.reserve(symbols.sum());
        let mut next_word = 0;
        let mut exports = ByName::default();
        let mut debug = DebugMerger::new(self.numbers);
        for (number, object) in self.objects.iter().enumerate() {
            self.tables(number, object);
            self.globals(number, object);
            self.tags(object);
            self.functions(object, &mut next_word);
            self.data(number, object);
            self.elements(number, object);
            self.exports(number, object, &mut exports);
            self.symbols(number, object);
            let initialisers = object.module.initialisers.iter();
            let initialisers =
                initialisers.map(|&index| self.numbers.get(number, Kind::Func, index));
            self.module.initialisers.to_mut().extend(initialisers);
            debug.add(number, object);
        }
        self.named_exports(roots, &mut exports);
        self.module.debug = debug.finish();
    }

    fn string(&mut self, object: &Object<'_>, index: u32) -> u32 {
        self.strings.intern(object.module.strings.get(index))
    }

    fn imports(&mut self, imports: &[Wanted]) {
        let mut rows = Vec::with_capacity(imports.len());
        for wanted in imports {
            let object = &self.objects[wanted.object];
            rows.push(ImportRow {
                module: match (&wanted.import_from, wanted.row.module) {
                    (Some(module), _) => self.strings.intern(module),
                    (None, NONE) => NONE,
                    (None, module) => self.string(object, module),
                },
                name: self.string(object, wanted.row.name),
                ..wanted.row
            });
        }
        self.module.imports = rows.into();
    }

    fn entry(&mut self, roots: &Roots) {
        if let Some((object, index)) = roots.entry {
            self.module.entry = Some(self.numbers.get(object, Kind::Func, index));
            return;
        }
        let mut first: Option<(&Object<'_>, u32)> = None;
        for (number, object) in self.objects.iter().enumerate() {
            let Some(index) = object.module.entry else {
                continue;
            };
            let new = self.numbers.get(number, Kind::Func, index);
            let Some((other, entry)) = first else {
                first = Some((object, index));
                self.module.entry = Some(new);
                continue;
            };
            if self.module.entry != Some(new) {
                let place = object.place(Kind::Func, index);
                self.errors.push(
                    Diagnostic::error(&codes::L0006, place, "this input has an entry too")
                        .with_note("the first entry is here", other.place(Kind::Func, entry)),
                );
            }
        }
    }

    /// Rows at fixed addresses and rows that loading places do not go together.
    fn one_data_kind(&mut self) {
        let with = |kind: DataKind| {
            let mut program = self.objects.iter().filter(|object| !object.is_support);
            program.find(|object| {
                object
                    .module
                    .data
                    .iter()
                    .any(|row| row.kind() == Some(kind))
            })
        };
        if let (Some(placed), Some(fixed)) = (with(DataKind::Placed), with(DataKind::Fixed)) {
            let message = "this input has data rows at fixed addresses";
            self.errors.push(
                Diagnostic::error(&codes::L0008, fixed.file(), message)
                    .with_note("rows that loading places are here", placed.file()),
            );
        }
    }

    /// No two inputs that each take the memory for their own write to the same addresses: whichever row came last would
    /// overwrite the other. An input that uses another's memory may, as in WebAssembly.
    fn fixed_data_apart(&mut self) {
        let mut rows: Vec<Fixed<'_>> = Vec::new();
        let objects = self.objects.iter().enumerate();
        for (number, object) in objects.filter(|(_, object)| !object.module.memories.is_empty()) {
            let defined = object.module.data.iter().enumerate();
            let fixed = defined.filter(|(_, row)| row.kind() == Some(DataKind::Fixed));
            let kept =
                fixed.filter(|&(defined, row)| row.size > 0 && object.keeps(Kind::Data, defined));
            rows.extend(kept.map(|(defined, row)| Fixed {
                object: number,
                defined,
                row,
            }));
        }
        rows.sort_by_key(|fixed| (fixed.row.address, fixed.object, fixed.defined));
        // Of the rows so far the one that reaches farthest, and the one that does so of all other inputs'.
        let mut farthest: [Option<&Fixed<'_>>; 2] = [None, None];
        let mut report = HashSet::new();
        for fixed in &rows {
            let others = farthest.into_iter().flatten();
            let mut others = others.filter(|other| other.object != fixed.object);
            let overlapped = others.find(|other| other.end() > fixed.row.address);
            if let Some(other) = overlapped
                && report.insert((other.object, fixed.object))
            {
                self.errors.push(fixed.overlap(other, self.objects));
            }
            let [first, second] = farthest;
            let reaches = |other: Option<&Fixed<'_>>| other.is_none_or(|it| fixed.end() > it.end());
            if first.is_some_and(|first| first.object == fixed.object) {
                if reaches(first) {
                    farthest[0] = Some(fixed);
                }
            } else if reaches(first) {
                farthest = [Some(fixed), first];
            } else if reaches(second) {
                farthest[1] = Some(fixed);
            }
        }
    }

    fn tables(&mut self, _number: usize, object: &Object<'_>) {
        let rows = object.module.tables.iter().enumerate();
        let kept = rows.filter(|&(defined, _)| object.keeps(Kind::Table, defined));
        let tables = self.module.tables.to_mut();
        tables.extend(kept.map(|(_, row)| TableRow {
            elem: object.new_word(row.elem),
            ..*row
        }));
    }

    fn globals(&mut self, number: usize, object: &Object<'_>) {
        for (defined, &row) in object.module.globals.iter().enumerate() {
            if !object.keeps(Kind::Global, defined) {
                continue;
            }
            let index = match InitKind::from_code(row.init) {
                Some(InitKind::Func) => self.numbers.get(number, Kind::Func, row.index),
                Some(InitKind::Data) => self.numbers.get(number, Kind::Data, row.index),
                _ => row.index,
            };
            let globals = self.module.globals.to_mut();
            let ty = object.new_word(row.ty);
            globals.push(GlobalRow { index, ty, ..row });
        }
    }

    fn tags(&mut self, object: &Object<'_>) {
        let kept = object.kept(Kind::Tag, &object.module.tags);
        let tags = self.module.tags.to_mut();
        tags.extend(kept.map(|(_, row)| TagRow {
            ty: object.new_type(row.ty),
            ..*row
        }));
    }

    /// The rows of functions; their code is put together by [`JoinedCode::of`].
    fn functions(&mut self, object: &Object<'_>, next_word: &mut u64) {
        let from = object.module;
        let functions = self.module.functions.to_mut();
        let runs = self.module.register_runs.to_mut();
        for (defined, row) in from.functions.iter().enumerate() {
            if !object.keeps(Kind::Func, defined) {
                continue;
            }
            functions.push(FunctionRow {
                ty: object.new_type(row.ty),
                first_run: runs.len() as u32,
                code: *next_word,
                ..*row
            });
            *next_word += row.words;
            let own = from.function_runs(defined).iter();
            runs.extend(own.map(|run| RegisterRun {
                ty: object.new_word(run.ty),
                ..*run
            }));
        }
    }

    fn data(&mut self, number: usize, object: &Object<'_>) {
        for (defined, row) in object.module.data.iter().enumerate() {
            if object.keeps(Kind::Data, defined) {
                let bytes = self.module.data_bytes.to_mut();
                let offset = bytes.len() as u64;
                bytes.extend_from_slice(object.module.data_content(defined));
                let align = object.alignment(defined, row.align);
                self.module.data.to_mut().push(DataRow {
                    offset,
                    align,
                    ..*row
                });
            }
        }
        let imported = object.spaces.imported(Kind::Data);
        for row in object.module.addresses.iter() {
            // An address in a row that is left out goes with it.
            let holder = row.data.checked_sub(imported);
            if holder.is_some_and(|defined| object.keeps(Kind::Data, defined as usize)) {
                let addresses = self.module.addresses.to_mut();
                addresses.push(AddressRow {
                    data: self.numbers.get(number, Kind::Data, row.data),
                    target: self.numbers.get(number, Kind::Data, row.target),
                    ..*row
                });
            }
        }
    }

    fn elements(&mut self, number: usize, object: &Object<'_>) {
        for (segment, row) in object.module.elements.iter().enumerate() {
            if !object.keeps_element(segment) {
                continue;
            }
            let first = self.module.element_items.len() as u64;
            let items = object.module.element_items(segment).iter();
            let items = items.map(|&item| match item {
                NONE => NONE,
                function => self.numbers.get(number, Kind::Func, function),
            });
            self.module.element_items.to_mut().extend(items);
            let table = match ElementMode::from_code(row.mode) {
                Some(ElementMode::Active) => self.numbers.get(number, Kind::Table, row.table),
                _ => row.table,
            };
            self.module.elements.to_mut().push(ElementRow {
                elem: object.new_word(row.elem),
                table,
                first,
                ..*row
            });
        }
    }

    /// Exports of one thing under one name become one.
    fn exports<'s>(&mut self, number: usize, object: &Object<'a>, seen: &mut Exports<'s>)
    where
        'a: 's,
    {
        for row in object.module.exports.iter() {
            let Some(kind) = row.kind() else { continue };
            let name = object.module.strings.get(row.name);
            self.export(name, number, (kind, row.index), seen);
        }
    }

    /// Exports that flags ask for.
    fn named_exports<'r: 's, 's>(&mut self, roots: &'r Roots, seen: &mut Exports<'s>) {
        for (name, number, kind, index) in &roots.exports {
            self.export(name, *number, (*kind, *index), seen);
        }
    }

    fn export<'n>(
        &mut self,
        name: &'n str,
        number: usize,
        (kind, own): (Kind, u32),
        seen: &mut Exports<'n>,
    ) {
        let index = self.numbers.get(number, kind, own);
        match seen.get(name) {
            Some(&(there, other, _)) if (there, other) == (kind, index) => {}
            Some(&(.., first)) => {
                let first = self.objects[first].file();
                let place = self.objects[number].place(kind, own);
                let message = format!("the export `{name}` is already another input's");
                self.errors.push(
                    Diagnostic::error(&codes::L0005, place, message)
                        .with_note("the first export is in this input", first),
                );
            }
            None => {
                seen.insert(name, (kind, index, number));
                let name = self.strings.intern(name);
                self.module.exports.to_mut().push(ExportRow {
                    name,
                    kind: kind as u32,
                    index,
                    flags: 0,
                });
            }
        }
    }

    /// The symbols of what goes into the result. A hidden one is seen no further than here.
    fn symbols(&mut self, number: usize, object: &Object<'_>) {
        for row in object.module.symbols.iter() {
            let Some(kind) = row.kind() else { continue };
            let imported = object.spaces.imported(kind);
            let kept = row.index.checked_sub(imported).is_some_and(|defined| {
                object.keeps(kind, defined as usize)
                    && (kind != Kind::Memory || !self.memory_has_symbol())
            });
            if !kept {
                continue;
            }
            let flags = match row.flags & SymbolRow::HIDDEN {
                0 => row.flags,
                _ if self.keep_hidden => row.flags,
                _ => SymbolRow::LOCAL,
            };
            let name = self.string(object, row.name);
            let index = self.numbers.get(number, kind, row.index);
            self.module.symbols.to_mut().push(SymbolRow {
                name,
                index,
                flags,
                ..*row
            });
        }
    }

    fn memory_has_symbol(&self) -> bool {
        let symbols = self.module.symbols.iter();
        symbols.rev().any(|row| row.kind == Kind::Memory as u32)
    }
}

/// The code of all inputs with its new indexes, each input's after that of the one before.
struct JoinedCode {
    words: Vec<u64>,
    /// The highest opcode number, if it is known.
    highest: Option<u16>,
    errors: Vec<Diagnostic>,
}

impl JoinedCode {
    fn of(objects: &[Object<'_>], numbers: &NewIndexes) -> JoinedCode {
        let lengths: Vec<usize> = objects.iter().map(kept_words).collect();
        let mut words = zeroed_words(lengths.iter().sum());
        let mut rest = &mut words[..];
        let mut parts = Vec::with_capacity(lengths.len());
        for length in lengths {
            let (part, behind) = rest.split_at_mut(length);
            // Each part is taken by the one thread that fills it.
            parts.push(Mutex::new(part));
            rest = behind;
        }
        let errors = parallel::map(&parts, |number, part| {
            let mut part = part.lock().ok()?;
            let object = &objects[number];
            let map = numbers.map(number, object);
            fill(&mut part, object, &map).err()?;
            Some(Diagnostic::error(
                &V0103,
                object.file(),
                "the code of this input refers to something that is not there",
            ))
        });
        let mut each = objects.iter().map(highest_opcode);
        JoinedCode {
            highest: each.try_fold(0, |most, one| Some(one?.max(most))),
            errors: errors.into_iter().flatten().collect(),
            words,
        }
    }
}

/// Puts the code of the functions of an input that go into the result into its part, with new indexes.
fn fill(part: &mut [u64], object: &Object<'_>, map: &IndexMap) -> Result<(), RenumberError> {
    let mut at = 0;
    for defined in 0..object.module.functions.len() {
        if !object.keeps(Kind::Func, defined) {
            continue;
        }
        let words = object.module.function_code(defined);
        let function = &mut part[at..at + words.len()];
        function.copy_from_slice(words);
        if let Some(references) = &object.references {
            references.renumber(defined, function, map)?;
        }
        at += words.len();
    }
    match &object.references {
        Some(_) => Ok(()),
        None => renumber(part, map),
    }
}

/// The highest opcode number in the functions of an input that go into the result, if it is known.
fn highest_opcode(object: &Object<'_>) -> Option<u16> {
    let references = object.references.as_ref()?;
    let functions = 0..object.module.functions.len();
    let kept = functions.filter(|&defined| object.keeps(Kind::Func, defined));
    Some(
        kept.map(|defined| references.highest(defined))
            .max()
            .unwrap_or(0),
    )
}

/// The words of code of the functions of an input that go into the result.
fn kept_words(object: &Object<'_>) -> usize {
    let functions = 0..object.module.functions.len();
    let kept = functions.filter(|&defined| object.keeps(Kind::Func, defined));
    kept.map(|defined| object.module.function_code(defined).len())
        .sum()
}
