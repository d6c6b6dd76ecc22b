//! From WebAssembly to VITBC.
//!
//! [`lift`] turns a finished WebAssembly module into a module that does exactly the same.
//! `docs/lift.md` describes what becomes of each part, and what is refused.

// Whoever adds an instruction, a role, a type or a kind is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod bodies;
mod body;
mod constant;
mod layout;
mod lines;
mod names;
mod source;
mod start;
#[cfg(all(test, feature = "wat"))]
mod tests;
#[cfg(feature = "wat")]
mod text;
mod unsupported;

use std::sync::Arc;

use wasmparser::Parser;

use vbc_core::diag::{Diagnostic, Errors, Place, TextPlace};
use vbc_core::format::Limits;
use vbc_core::module::builder::ModuleBuilder;
use vbc_core::module::map_prefix;
use vbc_core::module::{Module, REGISTERS};

use body::{BodyError, Environment};
use layout::{Entities, Fault};
use lines::Lines;
use source::{Source, Unread};
use unsupported::Diagnoser;
use vbc_core::diag::codes::lift::{W0001, W0004, W0005, W0006, W0007, W0008};

/// What `producer` in the result contains.
const PRODUCER: &str = concat!("vbc-lift ", env!("CARGO_PKG_VERSION"));

/// How to lift.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Leaves out names, files and lines.
    pub strip_debug: bool,
    /// Replacements of the beginning of source files' names; the last one that applies is used.
    pub file_prefix_maps: Vec<(String, String)>,
    /// Threads to use; 0 stands for as many as there are processors.
    pub threads: usize,
    /// Limits that the result must keep.
    pub limits: Limits,
}

impl Options {
    /// A source file's name with the beginning replaced.
    fn map_file(&self, file: &str) -> String {
        map_prefix(file, &self.file_prefix_maps)
    }
}

/// The result of lifting.
#[derive(Clone, Debug)]
pub struct Lifted {
    /// The module, in canonical form.
    pub module: Module,
    /// What the user should know.
    pub warnings: Vec<Diagnostic>,
}

/// Lifts the binary WebAssembly module `bytes`, which is called `name` in messages.
///
/// ```
/// // (module (func (export "answer") (result i32) i32.const 42))
/// let wasm = b"\0asm\x01\0\0\0\x01\x05\x01\x60\0\x01\x7f\x03\x02\x01\0\
///     \x07\x0a\x01\x06answer\0\0\x0a\x06\x01\x04\0\x41\x2a\x0b";
/// let module = vbc_lifter::lift("answer.wasm", wasm, &Default::default())?;
/// assert_eq!(module.exports.len(), 1);
/// # Ok::<(), vbc_core::diag::Errors>(())
/// ```
///
/// # Errors
///
/// When the module is not valid, or uses what is not supported: W0001 to W0008.
pub fn lift(name: &str, bytes: &[u8], options: &Options) -> Result<Module, Errors> {
    lift_binary(name, bytes, options, None).map(|lifted| lifted.module)
}

/// Like [`lift`], for either form of WebAssembly and with warnings.
///
/// # Errors
///
/// As [`lift`], and W0009 for a text.
#[cfg(feature = "wat")]
pub fn lift_any(name: &str, bytes: &[u8], options: &Options) -> Result<Lifted, Errors> {
    match text::assemble(name, bytes)? {
        Some(binary) => lift_binary(name, &binary, options, Some(bytes)),
        None => lift_binary(name, bytes, options, None),
    }
}

/// Lifts a binary module; `text` is what it was assembled from, to which errors then point.
fn lift_binary(
    name: &str,
    bytes: &[u8],
    options: &Options,
    text: Option<&[u8]>,
) -> Result<Lifted, Errors> {
    let refuser = Diagnoser {
        file: Arc::from(name),
        bytes,
    };
    if !Parser::is_core_wasm(bytes) && !looks_cut(bytes) {
        return Err(not_a_module(&refuser).into());
    }
    let source = Source::read(bytes).map_err(|unread| match unread {
        Unread::Invalid(error) => refuser.explain(&error),
        Unread::Object(section, offset) => {
            let message = format!("section `{section}`: this is an object, not a finished module");
            refuser.at(&W0006, offset, message)
        }
    })?;
    let mut builder = ModuleBuilder::new();
    builder.producer(PRODUCER);
    let (mut entities, starter) =
        Entities::lay_out(&source, &mut builder).map_err(|fault| refused(&refuser, fault))?;
    let mut lines = Lines::default();
    if !options.strip_debug {
        if let Some(names) = source.names.clone() {
            names::apply(names, &mut entities, &mut builder);
        }
        let result = entities.name_exports(&source, &mut builder);
        result.map_err(|error| refuser.explain(&error))?;
        lines = Lines::read(&source, options, &mut builder);
    }
    let warnings = lines.warning(&refuser.file);
    let start = source.start;
    let places = match (text, options.strip_debug) {
        (Some(_), true) => &Lines::read(&source, options, &mut ModuleBuilder::new()),
        _ => &lines,
    };
    let in_text = |error| match text {
        Some(text) => source_place(error, text, places),
        None => error,
    };
    lift_bodies(source, &entities, &lines, options, &mut builder)
        .map_err(|fault| in_text(body_refused(&refuser, fault)))?;
    let start = start.and_then(|index| entities.functions.get(index as usize));
    starter.finish(
        start.map(|info| info.func),
        !options.strip_debug,
        &mut builder,
    );
    let module = builder.finish();
    let module = module.map_err(|error| too_large(&refuser, error.to_string()))?;
    Ok(Lifted {
        module,
        warnings: warnings.into_iter().collect(),
    })
}

/// The error at its place in the text that the module was assembled from, if its lines tell.
fn source_place(mut error: Diagnostic, text: &[u8], lines: &Lines) -> Diagnostic {
    let Place::Binary(binary) = &error.place else {
        return error;
    };
    // What is wrong at the end of a function has the place of its last instruction.
    let place = binary.offset.and_then(|offset| {
        let before = || lines.at(offset.checked_sub(1)?);
        lines.at(offset).or_else(before)
    });
    let Some(place) = place else {
        return error;
    };
    let text = String::from_utf8_lossy(text);
    let Some(source) = text.lines().nth((place.line as usize).wrapping_sub(1)) else {
        return error;
    };
    let column = place.column.max(1);
    let before: String = source.chars().skip(column as usize - 1).collect();
    let word = before.find(|c: char| c.is_whitespace() || "();".contains(c));
    let length = before[..word.unwrap_or(before.len())].chars().count();
    let in_function = binary.function.clone();
    error.place = Place::Text(TextPlace {
        file: binary.file.clone(),
        line: place.line,
        column,
        length: length.max(1) as u32,
        source: source.into(),
    });
    match in_function {
        Some(name) => error.with_note(format!("in function `{name}`"), Place::Nowhere),
        None => error,
    }
}

fn lift_bodies(
    source: Source<'_>,
    entities: &Entities,
    lines: &Lines,
    options: &Options,
    builder: &mut ModuleBuilder,
) -> Result<(), bodies::Fault> {
    let at = |offset| lines.at(offset);
    let env = Environment {
        types: &entities.types,
        type_ids: &entities.type_ids,
        functions: &entities.functions,
        globals: &entities.globals,
        tables: &entities.tables,
        memory: entities.memory,
        elements: &entities.elements,
        data: &entities.data,
        lines: if lines.is_empty() { None } else { Some(&at) },
    };
    let imported = entities.functions.len() - source.bodies.len();
    bodies::lift_all(source.bodies, &env, imported, options.threads, builder)
}

/// Whether the bytes are the beginning of a module's header, and nothing more.
fn looks_cut(bytes: &[u8]) -> bool {
    !bytes.is_empty() && b"\0asm\x01\0\0\0".starts_with(bytes)
}

fn not_a_module(refuser: &Diagnoser<'_>) -> Diagnostic {
    let bytes = refuser.bytes;
    if Parser::is_component(bytes) {
        let message = "this is a component, not a plain WebAssembly module".to_owned();
        return refuser.at(&W0005, 0, message);
    }
    if bytes.starts_with(b"\0asm") {
        return refuser.explain_types();
    }
    if bytes.is_empty() {
        return refuser.at(&W0001, 0, "the file is empty".to_owned());
    }
    if vbc_core::format::is_binary(bytes) {
        let message = "this is a VITBC module already".to_owned();
        return refuser.at(&W0001, 0, message);
    }
    let message = "this is not WebAssembly, or its beginning is damaged".to_owned();
    refuser.at(&W0001, 0, message)
}

fn refused(refuser: &Diagnoser<'_>, fault: Fault) -> Diagnostic {
    match fault {
        Fault::Unreadable(error) => refuser.explain(&error),
        Fault::Type => refuser.explain_types(),
        Fault::Unsupported(what, offset) => refuser.unsupported(what, offset),
        Fault::Name(message, offset) => refuser.at(&W0008, offset, message),
    }
}

fn body_refused(refuser: &Diagnoser<'_>, fault: bodies::Fault) -> Diagnostic {
    match fault {
        bodies::Fault::Invalid(error) => refuser.explain(&error),
        bodies::Fault::Refused(offset, BodyError::Registers(count)) => {
            let limit = REGISTERS;
            let message =
                format!("the function needs {count} registers, and a function can have {limit}");
            refuser.at(&W0007, offset, message)
        }
        bodies::Fault::Refused(_, BodyError::Operator(offset, name)) => {
            let message = format!("not supported: {name}");
            refuser.at(&W0004, offset, message)
        }
        bodies::Fault::Refused(_, BodyError::Malformed(error)) => refuser.explain(&error),
        bodies::Fault::Threads => {
            too_large(refuser, "the system gives no threads; try -j 1".to_owned())
        }
    }
}

fn too_large(refuser: &Diagnoser<'_>, message: String) -> Diagnostic {
    Diagnostic::error(&W0007, Place::File(refuser.file.clone()), message)
}
