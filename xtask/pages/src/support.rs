//! The support code, assembled for both index types.

use std::path::Path;

use vbc::asm::{Options, assemble};
use vbc::diag::Errors;
use vbc::format::{WriteOptions, write};
use vbc::module::canonical::canonicalise;
use vbc::module::support::{PREFIX, routine};
use vbc::module::{Kind, Module, StringsBuilder, SymbolRow};

/// The sources besides the table of powers, which is generated too.
const SOURCES: [&str; 4] = [
    "alloc.vitasm",
    "format.vitasm",
    "parse.vitasm",
    "write.vitasm",
];

/// The bytes of `support32.vitbc` or `support64.vitbc`, from the sources in `folder`.
pub fn image(folder: &Path, width: u32, powers: &str) -> Result<Vec<u8>, String> {
    let mut text = String::new();
    for name in [format!("addr{width}.vitasm")]
        .iter()
        .map(String::as_str)
        .chain(SOURCES)
    {
        let path = folder.join(name);
        let source = std::fs::read_to_string(&path);
        text += &source.map_err(|error| format!("{}: {error}", path.display()))?;
        text.push('\n');
    }
    text += powers;
    let options = Options {
        strip_debug: true,
        ..Options::default()
    };
    let name = format!("support{width}.vitasm");
    let mut module = assemble(text.as_bytes(), &name, &options).map_err(listed)?;
    name_routines(&mut module);
    canonicalise(&mut module).map_err(|bad| format!("code cannot be walked: {bad:?}"))?;
    Ok(write(&module, &WriteOptions::default()))
}

fn listed(errors: Errors) -> String {
    let lines = errors
        .0
        .iter()
        .map(|error| format!("{:?}\n{error}\n", error.place));
    lines.collect()
}

/// Gives the routines the names by which programs call them, takes all other symbols away, and
/// the declaration of the memory, which is the program's.
fn name_routines(module: &mut Module) {
    let mut strings = StringsBuilder::default();
    let mut symbols = Vec::new();
    for row in module.symbols.iter() {
        let name = format!("{PREFIX}{}", module.strings.get(row.name));
        if row.kind() == Some(Kind::Func) && routine(&name).is_some() {
            symbols.push(SymbolRow {
                name: strings.intern(&name),
                ..*row
            });
        }
    }
    let imports = module.imports.to_mut();
    imports.retain(|row| row.kind() != Some(Kind::Memory));
    for row in imports {
        row.module = strings.intern(module.strings.get(row.module));
        row.name = strings.intern(module.strings.get(row.name));
    }
    module.symbols = symbols.into();
    module.strings = strings.finish();
    module.debug = None;
}
