//! The canonical form of a module (`docs/format.md`, section 5).
//!
//! Everything that writes modules writes this form, so that equal programs are equal files. What
//! concerns the layout of the file is the writer's business; here it is the rows.

use crate::isa::IndexSpace;
use crate::isa::decode::length;

use super::renumber::{IndexMap, indexes, renumber};
use super::{
    Debug, DebugNameRow, Definition, FileRow, Kind, LineEntry, LinePlace, LineRow, Lines,
    LinesWriter, Module, NONE, NameSpace, RegisterRun, Spaces, Strings, StringsBuilder, SymbolRow,
    TypeOrder, rows,
};

/// The code of some function is not a sequence of instructions, or refers to a type that is not
/// there. The module has not been changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadCode {
    /// The word in the module's code.
    pub word: usize,
}

/// Brings `module` into canonical form. What the program does stays the same.
///
/// # Errors
///
/// When code cannot be walked; see [`BadCode`].
pub fn canonicalise(module: &mut Module) -> Result<(), BadCode> {
    sort_types(module)?;
    canonicalise_rows(module, Repeats::Possible);
    Ok(())
}

/// Whether a pool of strings may have a string twice.
#[derive(Clone, Copy, PartialEq, Eq)]
#[doc(hidden)]
pub enum Repeats {
    /// It may.
    Possible,
    /// A [`StringsBuilder`] has made it.
    None,
}

/// Like [`canonicalise`], for a module whose types are in their order, so that its code need not be walked.
#[doc(hidden)]
pub fn canonicalise_rows(module: &mut Module, repeats: Repeats) {
    sort_rows(module);
    sort_strings(module, repeats);
    merge_runs(module);
    cover_addresses(module);
    canonicalise_debug(module, repeats);
}

/// Whether [`canonicalise`] would change nothing.
pub fn is_canonical(module: &Module) -> bool {
    let mut copy = module.clone();
    canonicalise(&mut copy).is_ok() && copy == *module
}

/// Groups of types without repetition, in the order of first use by rows and code.
fn sort_types(module: &mut Module) -> Result<(), BadCode> {
    let Some(mut order) = TypeOrder::new(&module.types) else {
        return Ok(());
    };
    module.type_uses().for_each(|ty| order.seen_use(ty));
    let mut bad = None;
    let end = indexes(&module.code, |space, index, at| {
        if space == IndexSpace::Type && !order.seen(index) {
            bad.get_or_insert(at);
        }
    });
    if let Some(word) = bad.or((end < module.code.len()).then_some(end)) {
        return Err(BadCode { word });
    }
    let Some((sorted, new)) = order.finish() else {
        return Ok(());
    };
    module.types = sorted;
    module.renumber_types(|index| new.get(index as usize).copied().unwrap_or(index));
    let mut map = IndexMap::default();
    map.set(IndexSpace::Type, new);
    // Every instruction and type index has been seen above.
    renumber(module.code.to_mut(), &map).map_err(|_| BadCode { word: 0 })
}

fn sort_rows(module: &mut Module) {
    let strings = &module.strings;
    let key = |row: &super::ExportRow| (row.kind, row.index, strings.get(row.name));
    if !module.exports.is_sorted_by_key(key) {
        module.exports.to_mut().sort_by(|a, b| key(a).cmp(&key(b)));
    }
    sort_symbols(module);
    if !module
        .addresses
        .is_sorted_by_key(|row| (row.data, row.offset))
    {
        module
            .addresses
            .to_mut()
            .sort_by_key(|row| (row.data, row.offset));
    }
}

/// Symbols in the order in which [`Module::symbol`] searches.
#[doc(hidden)]
pub fn sort_symbols(module: &mut Module) {
    let key = |row: &SymbolRow| (row.kind, row.index);
    if !module.symbols.is_sorted_by_key(key) {
        module.symbols.to_mut().sort_by_key(key);
    }
}

/// Gives strings new indexes in the order in which they are asked for.
struct StringOrder<'a> {
    old: &'a Strings,
    repeats: Repeats,
    new: Vec<u32>,
    sorted: StringsBuilder,
}

impl<'a> StringOrder<'a> {
    fn new(old: &'a Strings, repeats: Repeats) -> Self {
        StringOrder {
            old,
            repeats,
            new: vec![NONE; old.len()],
            sorted: StringsBuilder::default(),
        }
    }

    fn renew(&mut self, index: &mut u32) {
        if let Some(new) = self.new.get_mut(*index as usize) {
            if *new == NONE {
                let string = self.old.get(*index);
                *new = match self.repeats {
                    Repeats::Possible => self.sorted.intern(string),
                    Repeats::None => self.sorted.append(string),
                };
            }
            *index = *new;
        }
    }
}

/// Strings without repetition, in the order of first use by imports, exports and symbols.
fn sort_strings(module: &mut Module, repeats: Repeats) {
    let mut order = StringOrder::new(&module.strings, repeats);
    for row in module.imports.to_mut() {
        order.renew(&mut row.module);
        order.renew(&mut row.name);
    }
    for row in module.exports.to_mut() {
        order.renew(&mut row.name);
    }
    for row in module.symbols.to_mut() {
        order.renew(&mut row.name);
    }
    let sorted = order.sorted.finish();
    module.strings = sorted;
}

/// Register runs as long as possible.
fn merge_runs(module: &mut Module) {
    let mut merged: Vec<RegisterRun> = Vec::with_capacity(module.register_runs.len());
    let mut functions = std::mem::take(&mut module.functions);
    for row in functions.to_mut() {
        let old = (row.first_run as usize, row.runs as usize);
        let start = merged.len();
        let runs = module.register_runs.get(old.0..).unwrap_or_default();
        for &run in runs.iter().take(old.1) {
            push_run(&mut merged, start, run);
        }
        row.first_run = start as u32;
        row.runs = (merged.len() - start) as u32;
    }
    module.functions = functions;
    module.register_runs = merged.into();
}

/// Appends a run to those of a function, which begin at `start`, joining it with the last one where it
/// can be.
pub(super) fn push_run(runs: &mut Vec<RegisterRun>, start: usize, mut run: RegisterRun) {
    if run.count == 0 {
        return;
    }
    if runs.len() > start
        && let Some(last) = runs.last_mut()
        && (last.ty, last.flags) == (run.ty, run.flags)
    {
        let taken = run.count.min(u16::MAX - last.count);
        last.count += taken;
        run.count -= taken;
    }
    if run.count > 0 {
        runs.push(run);
    }
}

/// The bytes of a row reach to the end of its last static address.
fn cover_addresses(module: &mut Module) {
    let width = module.address_type().address_bytes() as u64;
    let imported = module.spaces().imported(Kind::Data);
    let mut needed = vec![0; module.data.len()];
    for address in module.addresses.iter() {
        let row = address.data.checked_sub(imported);
        if let Some(needed) = row.and_then(|row| needed.get_mut(row as usize)) {
            *needed = address.offset.saturating_add(width).max(*needed);
        }
    }
    let rows = module.data.iter().zip(&needed);
    // A place outside its row is the verifier's to refuse.
    let short = |row: &rows::DataRow, needed: u64| needed > row.length && needed <= row.size;
    if !rows.clone().any(|(row, &needed)| short(row, needed)) {
        return;
    }
    let mut bytes = Vec::with_capacity(module.data_bytes.len());
    let mut data = module.data.to_vec();
    for (i, row) in data.iter_mut().enumerate() {
        let content = module.data_content(i);
        row.offset = bytes.len() as u64;
        bytes.extend_from_slice(content);
        if short(row, needed[i]) {
            bytes.resize(bytes.len() + (needed[i] - row.length) as usize, 0);
            row.length = needed[i];
        }
    }
    module.data = data.into();
    module.data_bytes = bytes.into();
}

fn canonicalise_debug(module: &mut Module, repeats: Repeats) {
    let Some(mut debug) = module.debug.take() else {
        return;
    };
    sort_names(module, &mut debug);
    let mut order = StringOrder::new(&debug.strings, repeats);
    for row in debug.names.to_mut() {
        order.renew(&mut row.name);
    }
    for row in debug.files.to_mut() {
        order.renew(&mut row.name);
    }
    let sorted = order.sorted.finish();
    debug.strings = sorted;
    sort_sources(&mut debug);
    sort_lines(module, &mut debug);
    if !(debug.names.is_empty() && debug.files.is_empty() && debug.lines.is_empty()) {
        module.debug = Some(debug);
    }
}

/// Debug names sorted, one for each thing, none for what has a symbol, is an undefined one, or is
/// not there.
fn sort_names(module: &Module, debug: &mut Debug) {
    let key = |row: &DebugNameRow| (row.space, row.owner, row.index);
    let strings = &debug.strings;
    let names = debug.names.to_mut();
    if !names.is_sorted_by_key(key) {
        names.sort_by_key(key);
    }
    names.dedup_by_key(|row| key(row));
    let spaces = module.spaces();
    let mut last = (NONE, 0);
    names.retain(|row| {
        if strings.get(row.name).is_empty() {
            return false;
        }
        let Some(space) = NameSpace::from_code(row.space) else {
            return false;
        };
        if let Some(kind) = space.kind() {
            let import = spaces.import(module, kind, row.index);
            let undefined = import.is_some_and(|import| import.module == NONE);
            return row.index < spaces.count(kind)
                && !undefined
                && module.symbol(kind, row.index).is_none();
        }
        match space {
            NameSpace::Elem => (row.index as usize) < module.elements.len(),
            NameSpace::Type => (row.index as usize) < module.types.len(),
            NameSpace::Field => {
                let ty = module.types.get(row.owner);
                ty.is_some_and(|ty| (row.index as usize) < ty.composite.named_fields())
            }
            // Those of kinds are above.
            NameSpace::Func
            | NameSpace::Table
            | NameSpace::Memory
            | NameSpace::Global
            | NameSpace::Data
            | NameSpace::Tag
            | NameSpace::Register => {
                if last.0 != row.owner {
                    last = (row.owner, register_count(module, &spaces, row.owner));
                }
                row.index < last.1
            }
        }
    });
}

fn register_count(module: &Module, spaces: &Spaces, function: u32) -> u32 {
    let Some(Definition::Defined(defined)) = spaces.get(Kind::Func, function) else {
        return 0;
    };
    let row = module.functions.get(defined);
    let params = row.and_then(|row| module.types.func(row.ty));
    let params = params.map_or(0, |ty| ty.params.len() as u32);
    let runs = module.function_runs(defined).iter();
    runs.fold(params, |sum, run| sum.saturating_add(run.count.into()))
}

/// Embedded sources one after another.
fn sort_sources(debug: &mut Debug) {
    let mut sources = Vec::with_capacity(debug.sources.len());
    let mut files = debug.files.to_vec();
    for row in &mut files {
        let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
        let text = debug.sources.get(start..).unwrap_or_default();
        let text = text.get(..row.length as usize).unwrap_or_default();
        if row.flags & FileRow::EMBEDDED == 0 {
            (row.offset, row.length) = (0, 0);
            continue;
        }
        (row.offset, row.length) = (sources.len() as u64, text.len() as u64);
        sources.extend_from_slice(text);
    }
    debug.files = files.into();
    debug.sources = sources.into();
}

/// A line program whose entries are for the first words of instructions. One for another word
/// holds from the next instruction on, unless one follows that is for that.
fn on_instructions(code: &[u64], entries: impl Iterator<Item = LineEntry>) -> Vec<u8> {
    let mut writer = LinesWriter::default();
    let mut pending: Option<(usize, Option<LinePlace>)> = None;
    let mut start = 0;
    for entry in entries {
        while (start as u64) < entry.word
            && let Some(&first) = code.get(start)
        {
            start += length(first).unwrap_or(1);
        }
        if let Some((word, place)) = pending
            && word != start
        {
            writer.add(word as u64, place);
        }
        pending = Some((start, entry.place));
    }
    if let Some((word, place)) = pending
        && word < code.len()
    {
        writer.add(word as u64, place);
    }
    writer.finish()
}

/// Line programs of ascending functions, without needless entries. One that cannot be read ends
/// where the fault is.
fn sort_lines(module: &Module, debug: &mut Debug) {
    let mut programs: Vec<u8> = Vec::with_capacity(debug.line_programs.len());
    let mut order: Vec<LineRow> = debug.lines.to_vec();
    order.sort_by_key(|row| row.function);
    order.dedup_by_key(|row| row.function);
    let mut rows = Vec::with_capacity(order.len());
    let imported = module.spaces().imported(Kind::Func);
    for row in order {
        let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
        let program = debug.line_programs.get(start..).unwrap_or_default();
        let program = program.get(..row.length as usize).unwrap_or(program);
        let defined = row.function.checked_sub(imported);
        let words = defined.and_then(|defined| module.functions.get(defined as usize));
        let words = words.map_or(0, |function| function.words);
        let code = defined.map_or(&[][..], |defined| module.function_code(defined as usize));
        let entries = Lines::new(program, words, debug.files.len());
        let program = on_instructions(code, entries.map_while(Result::ok));
        if !program.is_empty() {
            rows.push(LineRow {
                function: row.function,
                length: program.len() as u32,
                offset: programs.len() as u64,
            });
            programs.extend_from_slice(&program);
        }
    }
    debug.lines = rows.into();
    debug.line_programs = programs.into();
}
