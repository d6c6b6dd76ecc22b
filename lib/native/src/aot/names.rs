//! What functions are called in C.

use std::collections::HashMap;
use std::fmt::Write;

use vbc_core::diag::codes::aot::N0001;
use vbc_core::diag::{Diagnostic, Errors, Place};
use vbc_core::module::host::is_host;
use vbc_core::module::native::library;
use vbc_core::module::{ImportRow, Kind, Module, Spaces};
use vbc_linker::Program;

/// The names in C of what a program exports and imports.
pub(super) struct CNames {
    /// Name in C, name in the program, function index; in the program's order.
    pub(super) exports: Vec<(String, String, u32)>,
    /// The same for imports that the runtime does not provide.
    pub(super) imports: Vec<(String, String, u32)>,
}

/// Whether the runtime provides an import, or calls it by itself.
pub(super) fn is_runtimes(module: &Module, row: &ImportRow) -> bool {
    let from = module.strings.get(row.module);
    is_host(from) || library(from).is_some()
}

/// A name with everything that C does not allow replaced.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => plain.push(byte.into()),
            // Writing to a string does not fail.
            _ => drop(write!(plain, "_{byte:02x}")),
        }
    }
    plain
}

impl CNames {
    /// # Errors
    ///
    /// N0001 when two are the same.
    pub(super) fn new(
        program: &Program,
        spaces: &Spaces,
        exports: &[(String, u32)],
    ) -> Result<CNames, Errors> {
        let module = program.module();
        let exports = exports
            .iter()
            .map(|(name, index)| (format!("vbc_{}", plain(name)), name.clone(), *index));
        let imported = 0..spaces.imported(Kind::Func);
        let mut imports: Vec<(String, String, u32)> = Vec::new();
        for index in imported {
            let row = spaces.import(module, Kind::Func, index);
            if let Some(row) = row.filter(|row| !is_runtimes(module, row)) {
                let (from, name) = (module.strings.get(row.module), module.strings.get(row.name));
                let mut in_c = format!("{}__{}", plain(from), plain(name));
                // A name in C cannot begin with a digit.
                if in_c.starts_with(|first: char| first.is_ascii_digit()) {
                    in_c.insert(0, '_');
                }
                imports.push((in_c, format!("{from}:{name}"), index));
            }
        }
        let names = CNames {
            exports: exports.collect(),
            imports,
        };
        names.check()?;
        Ok(names)
    }

    fn check(&self) -> Result<(), Errors> {
        let mut seen: HashMap<&str, &str> = HashMap::new();
        let mut errors = Vec::new();
        let imports = self.imports.iter().map(|(in_c, name, _)| (in_c, name));
        let exports = self.exports.iter().map(|(in_c, name, _)| (in_c, name));
        for (in_c, name) in imports.chain(exports) {
            match seen.insert(in_c, name) {
                // A program may import the same function twice.
                Some(other) if other != name => {
                    let message = format!("`{other}` and `{name}` are both `{in_c}` in C");
                    errors.push(Diagnostic::error(&N0001, Place::Nowhere, message));
                }
                _ => {}
            }
        }
        match errors.is_empty() {
            true => Ok(()),
            false => Err(Errors(errors)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn names_are_identifiers() {
        assert_eq!(plain("add_2"), "add_2");
        assert_eq!(plain("std::vec<é>"), "std_3a_3avec_3c_c3_a9_3e");
    }
}
