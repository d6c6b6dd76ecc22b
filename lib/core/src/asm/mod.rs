//! The assembler: from the tree of a text to a module.
//!
//! First everything that has a name is declared, because names may be used before they are
//! defined; then functions are lowered one after another, instruction by instruction. What an
//! instruction means beyond its form is checked by the verifier, whose findings are shown at the
//! operands in the text.

mod data;
mod declare;
mod destinations;
mod function;
mod infer;
mod instruction;
mod managed;
mod names;
mod operand;
mod pseudo;
mod span_map;
mod synonyms;
#[cfg(test)]
mod tests;
mod types;

use std::collections::HashMap;

use crate::diag::codes::text::*;
use crate::diag::{Diagnostic, Errors, Place, TextPlace};
use crate::format::{self, Limits};
use crate::isa::ValType;
use crate::module::builder::{Data, File, Func, ModuleBuilder};
use crate::module::{Module, map_prefix};
use crate::text::Span;
use crate::text::interner::{Interner, Sym};
use crate::text::parser::parse;
use crate::text::report::{ErrorAt, Report};
use crate::text::tree::{DebugMode, Item, Tree};
use crate::verify::{self, Rejected, Verified};

use function::Body;
use infer::Mnemonics;
use names::Spaces;
use span_map::SpanMap;

/// How to assemble.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Leaves out all debug information, whatever the text has.
    pub strip_debug: bool,
    /// Puts the text itself into the module, unless the text states its debug information itself.
    pub embed_source: bool,
    /// Replacements of the beginning of the file's name as debug information records it; the last
    /// one that applies is used.
    pub file_prefix_maps: Vec<(String, String)>,
    /// Whether the text may define support routines (`vbc.*`). A user's never may.
    pub support: bool,
    /// Limits on the text and the module.
    pub limits: Limits,
}

/// Assembles `source`, the contents of the file called `file`.
///
/// ```
/// # use vbc_core as vbc;
/// let text = b"MAIN\n  PRINT \"hello\"\nEND\n";
/// let module = vbc::asm::assemble(text, "hello.vitasm", &Default::default())?;
/// assert_eq!(module.entry, Some(1));
/// # Ok::<(), vbc::diag::Errors>(())
/// ```
///
/// # Errors
///
/// Everything that is wrong with the text, in its order, types included.
pub fn assemble(source: &[u8], file: &str, options: &Options) -> Result<Module, Errors> {
    assemble_verified(source, file, options).map(Verified::into_inner)
}

/// Like [`assemble`]; types have been checked by the verifier on the way, which makes it a verified module.
///
/// # Errors
///
/// As [`assemble`].
pub fn assemble_verified(source: &[u8], file: &str, options: &Options) -> Result<Verified, Errors> {
    let text = read_text(source, file, &options.limits)?;
    let mut report = Report::default();
    let tree = parse(text, &options.limits, &mut report);
    let mut assembler = Assembler::new(text, file, tree, report, options);
    assembler.declare();
    assembler.functions();
    assembler.finish(file)
}

impl Options {
    /// The verifier's options for modules that obey these.
    pub(crate) fn verifying(&self) -> verify::Options {
        verify::Options {
            support: self.support,
            limits: self.limits.clone(),
            ..verify::Options::default()
        }
    }
}

/// The text, if it is one.
fn read_text<'a>(source: &'a [u8], file: &str, limits: &Limits) -> Result<&'a str, Errors> {
    if source.len() as u64 > limits.text_bytes {
        let message = format!(
            "the text has {} bytes, more than {}",
            source.len(),
            limits.text_bytes
        );
        let place = Place::File(file.into());
        return Err(Diagnostic::error(&A0002, place, message).into());
    }
    std::str::from_utf8(source).map_err(|error| {
        let good = &source[..error.valid_up_to()];
        let line_start = good
            .iter()
            .rposition(|&byte| byte == b'\n')
            .map_or(0, |at| at + 1);
        let line = good.iter().filter(|&&byte| byte == b'\n').count() + 1;
        let before = String::from_utf8_lossy(&good[line_start..]);
        let rest = &source[line_start..];
        let end = rest
            .iter()
            .position(|&byte| byte == b'\n')
            .unwrap_or(rest.len());
        let place = Place::Text(TextPlace {
            file: file.into(),
            line: line as u32,
            column: before.chars().count() as u32 + 1,
            length: 1,
            source: String::from_utf8_lossy(&rest[..end])
                .trim_end_matches('\r')
                .into(),
        });
        let byte = source.get(error.valid_up_to()).copied().unwrap_or(0);
        let message = format!("byte {byte:#04x} is not part of a UTF-8 character");
        Errors::from(Diagnostic::error(&A0001, place, message))
    })
}

/// The state of assembling one text.
struct Assembler<'a> {
    text: &'a str,
    options: &'a Options,
    names: Interner,
    tree: Tree,
    report: Report,
    module: ModuleBuilder,
    spaces: Spaces,
    /// Index type of the memory.
    addr: ValType,
    debug: DebugMode,
    file: Option<File>,
    /// Source files that `.file` has named.
    files: Vec<File>,
    /// String literals, and the rows that hold them.
    strings: HashMap<Vec<u8>, Data>,
    /// Zeros stored so far because the text asked for them.
    zeros: u64,
    /// The defined functions and data rows, and how many of them have been filled in.
    functions: Vec<Func>,
    rows: Vec<Data>,
    filled: (usize, usize),
    /// For each global, whether its name is its own.
    global_named: Vec<bool>,
    /// By type and name, the numbers of fields.
    fields: HashMap<(u32, Sym), Vec<u32>>,
    /// Something about types has been complained about that the verifier would find again.
    types_are_wrong: bool,
    /// MAIN has been seen.
    main: bool,
    mnemonics: Mnemonics,
    body: Body,
    /// The function at hand has too many registers, which has been reported.
    too_many: bool,
    sites: SpanMap,
    /// Set when something about the statement at hand has been, or need not be, complained about.
    bad: bool,
}

impl<'a> Assembler<'a> {
    fn new(
        text: &'a str,
        file: &str,
        mut tree: Tree,
        report: Report,
        options: &'a Options,
    ) -> Self {
        let mut assembler = Assembler {
            text,
            options,
            names: std::mem::take(&mut tree.names),
            tree,
            report,
            module: ModuleBuilder::new(),
            spaces: Spaces::default(),
            addr: ValType::I64,
            debug: DebugMode::Text,
            file: None,
            files: Vec::new(),
            strings: HashMap::new(),
            zeros: 0,
            functions: Vec::new(),
            rows: Vec::new(),
            filled: (0, 0),
            global_named: Vec::new(),
            fields: HashMap::new(),
            types_are_wrong: false,
            main: false,
            mnemonics: Mnemonics::default(),
            too_many: false,
            body: Body::default(),
            sites: SpanMap::default(),
            bad: false,
        };
        assembler.module_line();
        if options.strip_debug {
            assembler.debug = DebugMode::None;
        }
        if assembler.debug == DebugMode::Text {
            let id = assembler
                .module
                .file(&map_prefix(file, &options.file_prefix_maps));
            assembler.file = Some(id);
            if options.embed_source {
                assembler.module.embed_source(id, text.as_bytes());
            }
        }
        assembler
    }

    /// Whether names of registers and of what has no symbol are kept.
    fn keeps_names(&self) -> bool {
        self.debug != DebugMode::None
    }

    fn error(
        &mut self,
        code: &'static crate::diag::Code,
        span: Span,
        message: impl Into<String>,
    ) -> ErrorAt<'_> {
        self.bad = true;
        self.report.error(code, span, message)
    }

    /// Source text as messages show it.
    fn shown(&self, span: Span) -> String {
        let text = span.of(self.text);
        match text.char_indices().nth(60) {
            None => text.to_owned(),
            Some((end, _)) => format!("{}...", &text[..end]),
        }
    }

    fn module_line(&mut self) {
        let mut seen = None;
        for (i, item) in self.tree.items.iter().enumerate() {
            let Item::Module(line) = item else { continue };
            if let Some(first) = seen {
                self.report
                    .error(&A0028, line.span, "a second `.module` line")
                    .note("the first one", first);
                continue;
            }
            seen = Some(line.span);
            if i > 0 {
                self.report
                    .error(&A0028, line.span, "`.module` is not the first statement");
            }
            let versions = [
                (line.version, "version", u64::from(format::VERSION)),
                (line.draft, "draft", u64::from(format::DRAFT)),
            ];
            for (written, what, ours) in versions {
                if let Some((number, span)) = written
                    && number != ours
                {
                    let message = format!("this is text of {what} {number}; supported is {ours}");
                    self.report
                        .error(&A0025, span, message)
                        .help("assemble it with the tools that printed it, or leave this part out");
                }
            }
            if let Some(producer) = line.producer {
                let name = self.names.get(producer.sym);
                if name.len() > 16 {
                    self.report
                        .error(&A0020, producer.span, "a producer has at most 16 bytes");
                }
                self.module.producer(name);
            }
            if let Some(debug) = line.debug {
                self.debug = debug;
            }
        }
    }

    fn finish(self, file: &str) -> Result<Verified, Errors> {
        let Assembler {
            text,
            options,
            names,
            tree,
            mut report,
            module,
            sites,
            types_are_wrong,
            ..
        } = self;
        match module.finish() {
            Ok(module) => match Verified::new(module, &options.verifying()) {
                Ok(verified) if report.is_empty() => return Ok(verified),
                Ok(_) => {}
                Err(_) if types_are_wrong => {}
                Err(Rejected { module, findings }) => {
                    let shower = span_map::Shower::new(text, &names, &tree, &module, &sites);
                    for finding in findings {
                        shower.show(finding, &mut report);
                    }
                }
            },
            Err(error) if report.is_empty() => {
                let whole = Span::new(0, 0);
                report.error(&A0026, whole, error.to_string());
            }
            // The errors reported already explain it.
            Err(_) => {}
        }
        Err(report.into_errors(text, file))
    }
}
