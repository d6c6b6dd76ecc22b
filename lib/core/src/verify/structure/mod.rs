//! Structure: what the rows of a module's tables must be, alone and together.
//!
//! Each file checks some sections in the order in which they appear in a file.

mod counts;
mod data;
mod debug;
mod functions;
mod imports;
mod names;
mod state;
mod types;

pub(crate) use types::type_fault;

use super::context::{Context, index_type};
use super::finding::Report;
use crate::diag::codes::format::{V0007, V0017, V0020, V0022};
use crate::diag::codes::verify::*;
use crate::format::section::{self, Tag};
use crate::isa::{FuncType, ValType};
use crate::module::{Kind, Module, NO_MAX, Strings};

/// The sections that come before the code.
pub(super) fn before_code(context: &Context, report: &mut Report) {
    functions::entry(context, report);
    counts::check(context, report);
    types::check(context, report);
    imports::check(context, report);
    state::memories(context, report);
    state::tables(context, report);
    state::globals(context, report);
    types::tags(context, report);
    functions::check(context, report);
    functions::handlers(context, report);
    functions::initialisers(context, report);
    state::elements(context, report);
}

/// The sections after it.
pub(super) fn after_code(context: &Context, report: &mut Report) {
    data::rows(context, report);
    data::addresses(context, report);
    names::exports(context, report);
    names::symbols(context, report);
    debug::check(context, report);
}

/// Whether every row owns its part of its pool. The reader has seen to that for files; for a module
/// that a program made it is checked here, because nothing can be looked at otherwise.
pub(super) fn pools_are_sound(module: &Module, report: &mut Report) -> bool {
    fn owned(parts: impl Iterator<Item = (u64, u64)>, pool: usize) -> Option<usize> {
        let mut end = 0;
        let mut rows = 0;
        for (row, (first, count)) in parts.enumerate() {
            if first != end || count > pool as u64 - end {
                return Some(row);
            }
            end += count;
            rows = row + 1;
        }
        (end != pool as u64).then_some(rows)
    }
    let strings = |strings: &Strings| {
        let parts = strings.rows.iter();
        owned(
            parts.map(|row| (row.offset.into(), row.length.into())),
            strings.bytes.len(),
        )
    };
    let functions = module.functions.iter();
    let elements = module.elements.iter();
    let data = module.data.iter();
    let runs = functions
        .clone()
        .map(|row| (row.first_run.into(), row.runs.into()));
    let handlers = functions
        .clone()
        .map(|row| (row.first_handler.into(), row.handlers.into()));
    let mut pools = vec![
        (section::STRS, strings(&module.strings)),
        (section::FUNC, owned(runs, module.register_runs.len())),
        (
            section::FUNC,
            owned(
                functions.map(|row| (row.code, row.words)),
                module.code.len(),
            ),
        ),
        (
            section::FUNC,
            module.functions.iter().position(|row| row.words == 0),
        ),
        (section::FUNC, owned(handlers, module.handlers.len())),
        (
            section::ELEM,
            owned(
                elements.map(|row| (row.first, row.count.into())),
                module.element_items.len(),
            ),
        ),
        (
            section::DATA,
            owned(
                data.map(|row| (row.offset, row.length)),
                module.data_bytes.len(),
            ),
        ),
    ];
    if let Some(debug) = &module.debug {
        let files = debug.files.iter();
        let lines = debug.lines.iter();
        pools.push((section::DSTR, strings(&debug.strings)));
        let parts = files.filter(|row| row.flags & crate::module::FileRow::EMBEDDED != 0);
        pools.push((
            section::DFIL,
            owned(
                parts.map(|row| (row.offset, row.length)),
                debug.sources.len(),
            ),
        ));
        pools.push((
            section::DLIN,
            owned(
                lines.map(|row| (row.offset, row.length.into())),
                debug.line_programs.len(),
            ),
        ));
    }
    let before = report.findings.len();
    for (tag, wrong) in pools {
        if let Some(row) = wrong {
            let message = format!(
                "the parts of the pool that rows of {} own do not follow one another from end to end",
                section::tag_text(tag)
            );
            report.row(&V0020, tag, row, message);
        }
    }
    report.findings.len() == before
}

/// A field that must be zero, or has bits without a meaning.
fn must_be_zero(report: &mut Report, section: Tag, row: usize, what: &str, value: u64) {
    if value != 0 {
        report.row(
            &V0007,
            section,
            row,
            format!("{what} is {value:#x}, not zero"),
        );
    }
}

/// An index of something that must exist.
fn index_exists(
    report: &mut Report,
    section: Tag,
    row: usize,
    what: &str,
    index: u32,
    count: usize,
) -> bool {
    let exists = (index as usize) < count;
    if !exists {
        let message = match count {
            0 => format!("{what} {index} does not exist: there is none"),
            1 => format!("{what} {index} does not exist: there is only number 0"),
            _ => format!(
                "{what} {index} does not exist: there are 0 to {}",
                count - 1
            ),
        };
        report.row(&V0103, section, row, message);
    }
    exists
}

/// The type that a type word means, if there is such a type.
fn type_exists(
    context: &Context,
    report: &mut Report,
    section: Tag,
    row: usize,
    what: &str,
    word: u32,
) -> Option<ValType> {
    let Some(ty) = ValType::from_word(word) else {
        let message = format!("{what} has type {word:#x}, which is not known");
        report
            .row(&V0022, section, row, message)
            .help("docs/format.md, section 2, lists the types; 7 (v128) is reserved");
        return None;
    };
    let types = context.module.types.len();
    let exists = |index| index_exists(report, section, row, "type", index, types);
    ty.defined().is_none_or(exists).then_some(ty)
}

fn reference_type(
    context: &Context,
    report: &mut Report,
    section: Tag,
    row: usize,
    what: &str,
    word: u32,
) -> Option<ValType> {
    let ty = type_exists(context, report, section, row, what, word)?;
    if !ty.is_ref() {
        let message = format!("{what} has type {ty}, expected a reference");
        report.row(&V0106, section, row, message);
    }
    Some(ty).filter(|ty| ty.is_ref())
}

/// The type of functions with an index, if there is such a type and it is one of functions.
fn function_type<'m>(
    context: &Context<'m>,
    report: &mut Report,
    section: Tag,
    row: usize,
    index: u32,
) -> Option<&'m FuncType> {
    let types = &context.module.types;
    if !index_exists(report, section, row, "type", index, types.len()) {
        return None;
    }
    let ty = types.func(index);
    if ty.is_none() {
        report.row(&V0177, section, row, context.not_of(index, "functions"));
    }
    ty
}

/// Sizes of a table or memory.
struct Size {
    index_type: u32,
    min: u64,
    max: u64,
}

impl Size {
    /// Checks the index type, and minimum and maximum against each other and `most`, which returns
    /// the greatest value allowed for an index type.
    fn check(
        &self,
        report: &mut Report,
        section: Tag,
        row: usize,
        what: &str,
        most: impl Fn(ValType) -> u64,
    ) {
        let Some(index) = index_type(self.index_type) else {
            let message = format!(
                "{what} has index type code {}, expected 1 (i32) or 2 (i64)",
                self.index_type
            );
            report.row(&V0105, section, row, message);
            return;
        };
        let most = most(index);
        let stated_max = (self.max != NO_MAX).then_some(self.max);
        let message = if self.min > most {
            format!(
                "{what} has a minimum of {}; with index type {index} at most {most} is possible",
                self.min
            )
        } else if stated_max.is_some_and(|max| max > most) {
            format!(
                "{what} has a maximum of {}; with index type {index} at most {most} is possible",
                self.max
            )
        } else if stated_max.is_some_and(|max| self.min > max) {
            format!(
                "{what} has a minimum of {} and a maximum of {}",
                self.min, self.max
            )
        } else {
            return;
        };
        report.row(&V0107, section, row, message);
    }

    /// Elements of a table.
    fn elements(index: ValType) -> u64 {
        match index {
            ValType::I32 => u32::MAX.into(),
            ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => u64::MAX,
        }
    }
}

/// A count or size beyond its limit.
fn within(
    report: &mut Report,
    section: Tag,
    row: usize,
    what: &str,
    value: u64,
    limit: u64,
) -> bool {
    if value > limit {
        let message = format!("{what} is {value}, the limit is {limit}");
        report.row(&V0017, section, row, message);
    }
    value <= limit
}

/// The number of indexes of a kind.
fn count(context: &Context, kind: Kind) -> usize {
    context.spaces.count(kind) as usize
}
