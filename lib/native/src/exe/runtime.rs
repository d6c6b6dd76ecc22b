//! The runtime library: where it is, and whether it fits.

use std::env;
use std::path::{Path, PathBuf};

use super::error;
use super::files::{ElfMachine, InputFile};
use crate::image::ABI_PREFIX;
use vbc_core::diag::codes::aot::{N0004, N0005, N0008};
use vbc_core::diag::{Diagnostic, Errors, Place};

/// The library's file name.
const FILE: &str = "libvbcrt.a";

/// Finds it: where the caller names it, where VBC_RUNTIME names it, beside the program, or where it is installed.
///
/// # Errors
///
/// N0004 when it is in none of these places.
pub(super) fn find(given: Option<&Path>, machine: ElfMachine) -> Result<PathBuf, Errors> {
    if let Some(path) = given {
        return Ok(path.to_owned());
    }
    if let Some(path) = env::var_os("VBC_RUNTIME").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let program = env::current_exe().ok();
    let folder = program.as_deref().and_then(Path::parent);
    let mut places: Vec<PathBuf> = Vec::new();
    if let Some(folder) = folder {
        // The one for this machine lies beside the program.
        if machine.is_host() {
            places.push(folder.join(FILE));
        }
        if let Some(above) = folder.parent() {
            places.push(above.join("lib/vbc").join(machine.triple()).join(FILE));
        }
    }
    let found = places.iter().find(|path| path.is_file()).cloned();
    found.ok_or_else(|| {
        let tried: Vec<String> = places
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let message = format!("there is no runtime library for {}", machine.name());
        Diagnostic::error(&N0004, Place::Nowhere, message)
            .with_help(format!(
                "say where it is with --runtime or VBC_RUNTIME; it was looked for as {}",
                tried.join(" and ")
            ))
            .into()
    })
}

/// Asks that library and program are of one version and for one machine.
///
/// # Errors
///
/// N0005 and N0008.
pub(super) fn check(runtime: &Path, program: &InputFile) -> Result<(), Errors> {
    let library = InputFile::read(runtime)?;
    let (of_library, of_program) = (library.known_machine(), program.machine());
    if let Some(machine) = of_library.filter(|machine| *machine != of_program) {
        let message = format!(
            "the runtime library is for {}, the program for {}",
            machine.name(),
            of_program.name()
        );
        return Err(error(&N0008, runtime, message).into());
    }
    let version = |name: &str| name.strip_prefix(ABI_PREFIX).map(str::to_owned);
    let has = library.defined_with(ABI_PREFIX).and_then(version);
    let wanted = program.undefined().find_map(version);
    if has.is_some() && has == wanted {
        return Ok(());
    }
    let said = |version: Option<String>| match version {
        Some(version) => format!("version {version}"),
        None => "no version".to_owned(),
    };
    let message = format!(
        "the runtime library has {} of the interface, the program was compiled for {}",
        said(has),
        said(wanted)
    );
    let error = error(&N0005, runtime, message);
    Err(error
        .with_help("use vbc-aot and the runtime library of one version")
        .into())
}
