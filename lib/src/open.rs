//! A module from the bytes of a file, in either form.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use crate::asm::{self, assemble_verified};
use crate::diag::{Diagnostic, Errors, Place, system_reason};
use crate::format::{self, AlignedBytes, Kind, Limits};
use crate::module::{Module, SharedBytes};
use crate::runtime::codes::R0010;
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

/// As [`open`], with a say in how a text is assembled.
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
pub(crate) fn open_file(path: &Path) -> Result<Verified, Errors> {
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
}
