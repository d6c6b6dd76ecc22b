//! From findings to diagnostics of a binary file: byte offsets, names, text, source lines.

use std::sync::Arc;

use super::finding::{Finding, Site};
use super::{Options, Rejected, Verified, verify};
use crate::diag::{BinaryPlace, Diagnostic, Errors, Note, Place, Severity};
use crate::format::section::{CODE, Tag};
use crate::format::{Container, read_sections};
use crate::isa::decode;
use crate::module::{Definition, Kind, Lines, Module, NameSpace, SharedBytes};
use crate::text::{FunctionText, ModuleText, Style};

/// Longer text of an instruction is cut.
const MOST_TEXT: usize = 160;

/// Reads and verifies a file. `name` is its name for messages.
///
/// # Errors
///
/// Everything that is wrong with its container, or else with what is in it, in file order.
pub fn open(name: &str, bytes: SharedBytes, options: &Options) -> Result<Verified, Errors> {
    let container = Container::open(&Arc::from(name), bytes, &options.limits)
        .map_err(|fault| Errors(vec![*fault]))?;
    let (module, faults) = read_sections(&container, &options.limits);
    if !faults.is_empty() {
        return Err(Errors(faults));
    }
    Verified::new(module, options)
        .map_err(|Rejected { module, findings }| Errors(locate(&findings, &module, &container)))
}

/// Verifies the module of a container that was read without faults.
pub fn verify_container(
    module: &Module,
    container: &Container,
    options: &Options,
) -> Vec<Diagnostic> {
    let findings = verify(module, options);
    if findings.is_empty() {
        return Vec::new();
    }
    locate(&findings, module, container)
}

/// The findings of the verifier about `module`, which was read from `container`, as diagnostics.
pub fn locate(findings: &[Finding], module: &Module, container: &Container) -> Vec<Diagnostic> {
    let names = ModuleText::new(module);
    let mut locator = Locator {
        module,
        container,
        names: &names,
        function: None,
        offsets: Vec::new(),
    };
    findings
        .iter()
        .map(|finding| locator.diagnostic(finding))
        .collect()
}

struct Locator<'a> {
    module: &'a Module,
    container: &'a Container,
    names: &'a ModuleText<'a>,
    /// The function of the last finding, by number of its definition.
    function: Option<(usize, FunctionText<'a>)>,
    /// Sections that have been asked for.
    offsets: Vec<(Tag, Option<SectionPlace>)>,
}

/// Where a section lies in the file.
#[derive(Clone, Copy)]
struct SectionPlace {
    offset: u64,
    /// Bytes of a row; 0 for a compressed section, inside which there are no offsets.
    row: u64,
}

impl Locator<'_> {
    fn diagnostic(&mut self, finding: &Finding) -> Diagnostic {
        Diagnostic {
            code: finding.code,
            severity: Severity::Error,
            message: finding.message.clone(),
            place: self.place(&finding.site),
            label: finding.label.clone(),
            notes: finding
                .notes
                .iter()
                .map(|(message, site)| Note {
                    message: message.clone(),
                    place: self.place(site),
                })
                .collect(),
            help: finding.help.clone(),
        }
    }

    fn place(&mut self, site: &Site) -> Place {
        let mut place = BinaryPlace {
            file: self.container.name.clone(),
            ..BinaryPlace::default()
        };
        match *site {
            Site::Header { offset } => place.offset = Some(offset.into()),
            Site::Row { section, row } => {
                place.section = Some(section);
                place.offset = self.section(section).map(|at| match at.row {
                    0 => at.offset,
                    bytes => at.offset + 8 + bytes * u64::from(row),
                });
                place.function = self.function_of_row(section, row);
            }
            Site::Code {
                function,
                instruction,
                word,
                ..
            } => {
                place.section = Some(CODE);
                place.instruction = Some(instruction);
                place.function = Some(self.function_name(function));
                self.code_place(&mut place, function, word);
            }
        }
        Place::Binary(Box::new(place))
    }

    /// Offset, text and source line of an instruction.
    fn code_place(&mut self, place: &mut BinaryPlace, function: u32, word: u32) {
        let Some(Definition::Defined(defined)) = self.names.spaces.get(Kind::Func, function) else {
            return;
        };
        let row = self.module.functions[defined];
        place.offset = self.section(CODE).map(|at| match at.row {
            0 => at.offset,
            _ => at.offset + 8 * (row.code + u64::from(word)),
        });
        let code = self.module.function_code(defined);
        if let Ok(inst) = decode(code, word as usize) {
            let mut text = String::new();
            let (_, function) = match self.function.take() {
                Some(same) if same.0 == defined => self.function.insert(same),
                _ => self
                    .function
                    .insert((defined, FunctionText::new(self.names, defined))),
            };
            function.push_instruction(&mut text, &inst, word as usize, Style::default());
            if text.len() > MOST_TEXT {
                text.truncate(text.floor_char_boundary(MOST_TEXT));
                text.push_str(" ...");
            }
            place.text = Some(text);
        }
        let Some(debug) = &self.module.debug else {
            return;
        };
        let program = self.module.line_program(function);
        let source = Lines::new(program, row.words, debug.files.len()).place_at(word.into());
        place.source = source.and_then(|source| {
            let file = debug.files.get(source.file as usize)?;
            Some((debug.strings.get(file.name).to_owned(), source.line))
        });
    }

    /// A row of FUNC is a function, which has a name.
    fn function_of_row(&self, section: Tag, row: u32) -> Option<String> {
        (section == crate::format::section::FUNC).then(|| {
            let index = self.names.spaces.index_of(Kind::Func, row as usize);
            self.function_name(index)
        })
    }

    /// The name of a defined function.
    fn function_name(&self, index: u32) -> String {
        match self.module.definition_name(NameSpace::Func, index) {
            Some(name) => name.to_owned(),
            None => format!("#{index}"),
        }
    }

    fn section(&mut self, tag: Tag) -> Option<SectionPlace> {
        if let Some(&(_, place)) = self.offsets.iter().find(|(known, _)| *known == tag) {
            return place;
        }
        let place = self.find_section(tag);
        self.offsets.push((tag, place));
        place
    }

    fn find_section(&self, tag: Tag) -> Option<SectionPlace> {
        let entries = &self.container.entries;
        let index = entries.iter().position(|entry| entry.tag == tag)?;
        let section = self.container.section(index).ok()?;
        let row = match (section.in_file, section.content().first_chunk::<4>()) {
            (true, Some(&row_size)) => u32::from_le_bytes(row_size).into(),
            _ => 0,
        };
        Some(SectionPlace {
            offset: section.offset,
            // What is at the beginning of CODE is not a row size; any number but 0 will do.
            row: if tag == CODE {
                section.in_file.into()
            } else {
                row
            },
        })
    }
}
