//! A module from the bytes of a file, in either form.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use crate::asm::{self, assemble_verified};
use crate::diag::codes::runtime::{R0010, R0014};
use crate::diag::{Diagnostic, Errors, Place, system_reason};
use crate::format::{self, AlignedBytes, Kind, Limits, WriteOptions};
use crate::module::{Module, SharedBytes};
use crate::verify::{self, Verified};

/// Reads a module that is binary or text, and verifies it. `name` is the file's name for messages.
///
/// The tables of a binary module lie in `bytes`, which nobody may change any more; their start
/// is aligned to 8 bytes, or they are copied.
///
/// # Errors
///
/// Everything that is wrong with the container or the text, or else with what is in it.
pub fn open(name: &str, bytes: SharedBytes, limits: &Limits) -> Result<Verified, Errors> {
    let options = asm::Options {
        limits: limits.clone(),
        ..asm::Options::default()
    };
    open_with(name, bytes, &options)
}

/// Like [`open`], with options for how a text is assembled.
///
/// # Errors
///
/// As [`open`].
pub fn open_with(
    name: &str,
    bytes: SharedBytes,
    options: &asm::Options,
) -> Result<Verified, Errors> {
    let shared: Arc<str> = Arc::from(name);
    let content: &[u8] = (*bytes).as_ref();
    match format::kind(&shared, content).map_err(|error| Errors(vec![*error]))? {
        Kind::Binary => verify::open(&shared, bytes, &options.verifying()),
        Kind::Text => assemble_verified(content, name, options),
    }
}

/// Reads and verifies a file.
pub fn open_file(path: &Path) -> Result<Verified, Errors> {
    let name = path.to_string_lossy();
    let bytes = fs::read(path).map_err(|error| {
        let place = Place::File(Arc::from(&*name));
        let reason = system_reason(&error);
        Diagnostic::error(&R0010, place, format!("cannot read the file: {reason}"))
    })?;
    let bytes = Arc::new(AlignedBytes::from(&bytes[..]));
    open(&name, bytes, &Limits::default())
}

impl Module {
    /// Reads a `.vitbc` or `.vitasm` file and verifies it.
    ///
    /// # Errors
    ///
    /// Whatever is wrong with the file.
    pub fn load(path: impl AsRef<Path>) -> Result<Module, Errors> {
        Ok(open_file(path.as_ref())?.into_inner())
    }

    /// Writes the module to a file, as `vbc-as` does, in one step: it goes to a temporary file in the
    /// same folder, which is renamed when it is complete, so that an error leaves what was there.
    /// Whether the module is valid is not checked; whoever reads the file does that.
    ///
    /// # Errors
    ///
    /// R0014 with the system's reason.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), Errors> {
        let path = path.as_ref();
        write_file(path, &format::write(self, &WriteOptions::default())).map_err(|error| {
            let place = Place::File(path.to_string_lossy().into());
            let reason = system_reason(&error);
            Diagnostic::error(&R0014, place, format!("cannot write the file: {reason}")).into()
        })
    }
}

/// Replaces a file in one step.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(hidden);
    let written = File::create_new(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // There may be none, and the first error is the one that matters.
        let _ = fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_module_can_be_loaded() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("m.vitbc");
        let module = asm::assemble(b"MAIN\nEND\n", "m.vitasm", &Default::default()).unwrap();
        module.save(&path).unwrap();
        module.save(&path).unwrap();
        let loaded = Module::load(&path).unwrap();
        assert_eq!(loaded.entry, module.entry);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        // A folder cannot be replaced; nothing is left behind.
        let errors = module
            .save(folder.path().join("no/such/folder"))
            .unwrap_err();
        assert_eq!(errors.0[0].code.id, "R0014");
        fs::create_dir(folder.path().join("taken")).unwrap();
        assert!(module.save(folder.path().join("taken")).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
