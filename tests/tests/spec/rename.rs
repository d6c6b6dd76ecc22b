//! Names under which modules find each other.
//!
//! VITBC's linker satisfies an import `module:name` by an export of just that name, while in the
//! suite a module exports plain names and gets its own name later, by `register`. So exports of
//! modules that others import from are put under a name of the module's own, and the imports that
//! lead to it likewise, before the module is lifted.

use std::collections::HashMap;

use wasm_encoder::reencode::{Error, Reencode, RoundtripReencoder};
use wasm_encoder::{ExportSection, ImportSection, Module, RawSection};
use wasmparser::{Import, Parser, Payload, TypeRef};

/// The module with every export `x` called `own` followed by `x`, and with import modules called as in `imports` where
/// it knows them.
///
/// # Errors
///
/// When `wasm` is not a module.
pub fn rename(wasm: &[u8], own: &str, imports: &HashMap<String, String>) -> Result<Vec<u8>, Error> {
    let mut module = Module::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                let mut renamed = ImportSection::new();
                for import in section.into_imports() {
                    let import = import?;
                    let from = imports.get(import.module).map(String::as_str);
                    let ty = RoundtripReencoder.entity_type(import.ty)?;
                    renamed.import(from.unwrap_or(import.module), import.name, ty);
                }
                module.section(&renamed);
            }
            Payload::ExportSection(section) => {
                let mut renamed = ExportSection::new();
                for export in section {
                    let export = export?;
                    let kind = RoundtripReencoder.export_kind(export.kind)?;
                    let name = format!("{own}{}", export.name);
                    renamed.export(&name, kind, export.index);
                }
                module.section(&renamed);
            }
            other => {
                if let Some((id, range)) = other.as_section() {
                    let range = range.start as usize..range.end as usize;
                    let data = wasm.get(range).unwrap_or_default();
                    module.section(&RawSection { id, data });
                }
            }
        }
    }
    Ok(module.finish())
}

/// An import of a module.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The first part of its name.
    pub module: String,
    /// The second part.
    pub name: String,
    /// It is something that both sides can change: a table, a memory, a mutable global.
    pub shared: bool,
}

/// The imports of a module. Empty when `wasm` is not a module.
pub fn imports(wasm: &[u8]) -> Vec<Imported> {
    let mut found = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        let Ok(Payload::ImportSection(section)) = payload else {
            continue;
        };
        let imported = |import: Import<'_>| Imported {
            module: import.module.to_owned(),
            name: import.name.to_owned(),
            shared: match import.ty {
                TypeRef::Table(_) | TypeRef::Memory(_) => true,
                TypeRef::Global(ty) => ty.mutable,
                _ => false,
            },
        };
        found.extend(section.into_imports().flatten().map(imported));
    }
    found
}
