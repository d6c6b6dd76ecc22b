//! A file as the views see it: whatever could be read, and where it lies.

use std::ops::Deref;
use std::sync::Arc;

use super::sink::put;
use vbc_core::diag::Diagnostic;
use vbc_core::format::section::{self, Tag};
use vbc_core::format::{Container, Entry, Limits, Section, read_sections};
use vbc_core::module::{
    Definition, Kind, LineRow, Lines, Module, NONE, NameSpace, SharedBytes, Spaces,
};
use vbc_core::text::ModuleText;

/// A file that was opened.
pub struct Image {
    /// Header, section table, bytes.
    pub container: Container,
    /// What could be read.
    pub module: Module,
    /// Its index spaces.
    pub spaces: Spaces,
    /// Everything that is wrong, in file order.
    pub faults: Vec<Diagnostic>,
    /// The sections, in the order of the section table.
    pub sections: Vec<Part>,
}

/// Names and function types that are longer than this are cut where they are referred to. One name
/// can be referred to by any number of instructions, and the output stays in proportion to the
/// file.
const LONGEST: usize = 100;

/// A file and the names of everything in it.
pub struct Named<'i> {
    /// The file.
    pub image: &'i Image,
    /// The names.
    pub names: ModuleText<'i>,
}

impl<'i> Named<'i> {
    /// Collects the names.
    pub fn new(image: &'i Image) -> Self {
        Named {
            image,
            names: ModuleText::with_longest(&image.module, LONGEST),
        }
    }

    /// Appends a function type; only its number when it is long or not there.
    pub fn put_type(&self, out: &mut String, index: u32) {
        match self.module.types.func(index) {
            Some(ty) if ty.params.len() + ty.results.len() <= LONGEST => {
                out.push('(');
                self.names.push_val_types(out, &ty.params);
                out.push(')');
                if !ty.results.is_empty() {
                    out.push_str(" -> ");
                    self.names.push_results(out, &ty.results);
                }
            }
            _ => put!(out, "type #{index}"),
        }
    }

    /// Appends a reference to something.
    pub fn put_reference(&self, out: &mut String, space: NameSpace, index: u32) {
        self.names.push_reference(out, space, index);
    }
}

impl Deref for Named<'_> {
    type Target = Image;

    fn deref(&self) -> &Image {
        self.image
    }
}

/// A section, as far as it could be reached.
pub struct Part {
    /// Its row of the section table.
    pub entry: Entry,
    /// Its bytes; none when they cannot be reached or expanded.
    pub content: Option<Section>,
    /// Size of a row of its table in bytes, 0 when it is not a table.
    pub row_size: u64,
    /// Number of rows, 0 when they do not lie in the section.
    pub rows: u64,
}

impl Part {
    /// What can be told about the section in a word.
    pub fn state(&self) -> &'static str {
        match &self.content {
            None => "unreadable",
            Some(content) if content.fault.is_some() => "damaged",
            Some(_) => "ok",
        }
    }

    /// Whether the section is compressed.
    pub fn compressed(&self) -> bool {
        self.entry.flags & section::COMPRESSED != 0
    }

    /// Length of its bytes, expanded.
    pub fn length(&self) -> u64 {
        self.content
            .as_ref()
            .map_or(0, |content| content.content().len() as u64)
    }

    /// Where the pool after the table begins, in bytes of the section.
    pub fn pool(&self) -> u64 {
        8 + self.row_size * self.rows
    }
}

/// A range of bytes. In a section that is compressed, it is one of its expanded bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub size: u64,
}

impl Image {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// When it has no header of this version; see [`Container::open`].
    pub fn open(
        name: &Arc<str>,
        bytes: SharedBytes,
        limits: &Limits,
    ) -> Result<Image, Box<Diagnostic>> {
        let container = Container::open(name, bytes, limits)?;
        let (module, faults) = read_sections(&container, limits);
        let sections = (0..container.entries.len())
            .map(|index| part(&container, index))
            .collect();
        Ok(Image {
            spaces: module.spaces(),
            container,
            module,
            faults,
            sections,
        })
    }

    /// The whole file.
    pub fn bytes(&self) -> &[u8] {
        (*self.container.bytes).as_ref()
    }

    /// The first section with the tag.
    pub fn part(&self, tag: Tag) -> Option<&Part> {
        self.sections.iter().find(|part| part.entry.tag == tag)
    }

    /// Where `size` bytes at `at` of a section lie.
    pub fn extent(&self, tag: Tag, at: u64, size: u64) -> Extent {
        let offset = match self.part(tag) {
            Some(part) if !part.compressed() => part.entry.offset.saturating_add(at),
            _ => at,
        };
        Extent { offset, size }
    }

    /// Where a row of a table section lies.
    pub fn row(&self, tag: Tag, index: usize) -> Extent {
        let size = self.part(tag).map_or(0, |part| part.row_size);
        self.extent(tag, 8 + size * index as u64, size)
    }

    /// Where `size` bytes at `at` of a table section's pool lie.
    pub fn pool(&self, tag: Tag, at: u64, size: u64) -> Extent {
        let pool = self.part(tag).map_or(0, Part::pool);
        self.extent(tag, pool.saturating_add(at), size)
    }

    /// Where `words` words of the code lie from word `at` on.
    pub fn code(&self, at: u64, words: u64) -> Extent {
        self.extent(section::CODE, at.saturating_mul(8), words.saturating_mul(8))
    }

    /// What something is called, as it is in the file: by its symbol, its debug name, or the
    /// name by which it is imported.
    pub fn name(&self, space: NameSpace, index: u32) -> Option<String> {
        let module = &self.module;
        if let Some(symbol) = space.kind().and_then(|kind| module.symbol(kind, index)) {
            return Some(module.strings.get(symbol.name).to_owned());
        }
        if let Some(name) = module.debug_name(space, 0, index) {
            return Some(name.to_owned());
        }
        let row = self.spaces.import(module, space.kind()?, index)?;
        let name = module.strings.get(row.name);
        Some(match row.module {
            NONE => name.to_owned(),
            first => format!("{}:{name}", module.strings.get(first)),
        })
    }

    /// The index of defined function number `defined`.
    pub fn function_index(&self, defined: usize) -> u32 {
        self.spaces.index_of(Kind::Func, defined)
    }
}

fn part(container: &Container, index: usize) -> Part {
    let entry = container.entries[index].clone();
    let content = container.section(index).ok();
    let table = !matches!(entry.tag, section::CODE) && section::known(entry.tag).is_some();
    let mut part = Part {
        entry,
        content,
        row_size: 0,
        rows: 0,
    };
    let bytes = part.content.as_ref().map_or(&[][..], Section::content);
    if table && let Some(head) = bytes.first_chunk::<8>() {
        let size = u64::from(u32::from_le_bytes([head[0], head[1], head[2], head[3]]));
        let rows = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        // Rows without bytes could be as many as one likes.
        if size.max(1).saturating_mul(rows) <= bytes.len() as u64 - 8 {
            (part.row_size, part.rows) = (size, rows);
        }
    }
    part
}

impl Image {
    /// The line program of a row of DLIN.
    pub fn lines(&self, row: &LineRow) -> Lines<'_> {
        let Some(debug) = &self.module.debug else {
            return Lines::new(&[], 0, 0);
        };
        let start = usize::try_from(row.offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(row.length as usize);
        let program = debug.line_programs.get(start..end).unwrap_or_default();
        let words = match self.spaces.get(Kind::Func, row.function) {
            Some(Definition::Defined(defined)) => self.module.function_code(defined).len(),
            _ => 0,
        };
        Lines::new(program, words as u64, debug.files.len())
    }

    /// The row of DLIN for a function.
    pub fn line_row(&self, function: u32) -> Option<&LineRow> {
        let rows = &self.module.debug.as_ref()?.lines;
        let at = rows
            .binary_search_by_key(&function, |row| row.function)
            .ok()?;
        rows.get(at)
    }

    /// The path of a source file.
    pub fn file_path(&self, file: u32) -> Option<&str> {
        let debug = self.module.debug.as_ref()?;
        Some(debug.strings.get(debug.files.get(file as usize)?.name))
    }
}
