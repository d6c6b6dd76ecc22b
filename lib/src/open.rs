//! A module from the bytes of a file, in either form.

use std::sync::Arc;

use crate::asm::{self, assemble};
use crate::diag::Errors;
use crate::format::{self, Kind, Limits};
use crate::module::SharedBytes;
use crate::verify::{self, Options, Verified};

/// Reads a module that is binary or text, and verifies it. `name` is the file's name for messages.
///
/// The tables of a binary module lie in `bytes`, which nobody may change any more; their start
/// is aligned to 8 bytes, or they are copied.
///
/// # Errors
///
/// Everything that is wrong with the container or the text, or else with what is in it.
pub fn open(name: &str, bytes: SharedBytes, limits: &Limits) -> Result<Verified, Errors> {
    let name: Arc<str> = Arc::from(name);
    let options = Options {
        limits: limits.clone(),
        ..Options::default()
    };
    let content: &[u8] = (*bytes).as_ref();
    match format::kind(&name, content).map_err(|error| Errors(vec![*error]))? {
        Kind::Binary => verify::open(&name, bytes, &options),
        Kind::Text => {
            let assembling = asm::Options {
                limits: limits.clone(),
                ..asm::Options::default()
            };
            let module = assemble(content, &name, &assembling)?;
            Verified::new(module, &options).map_err(|rejected| rejected.into_errors(&name))
        }
    }
}
