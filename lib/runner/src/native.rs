//! The permission to call native functions.

use std::ffi::OsString;

#[cfg(feature = "ffi")]
use vbc_core::diag::Diagnostic;
use vbc_core::diag::Errors;
use vbc_runtime::host::Host;
use vbc_sandbox::Sandbox;

/// Permits what the flags `--native` and `--native-any` do.
///
/// # Errors
///
/// The library of a flag has no name that a program could write.
#[cfg(feature = "ffi")]
pub(crate) fn permit(host: &mut Host, named: &[OsString], any: bool) -> Result<(), Errors> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use vbc_core::diag::Place;
    use vbc_core::diag::codes::runtime::R0017;
    use vbc_core::module::native::library_fault;
    use vbc_ffi::{Libraries, Permissions};

    if named.is_empty() && !any {
        return Ok(());
    }
    let mut permissions = Permissions {
        any,
        ..Permissions::default()
    };
    for word in named {
        let bytes = word.as_bytes();
        let (name, path) = match bytes.iter().position(|&byte| byte == b'=') {
            Some(at) => (&bytes[..at], Some(bytes[at + 1..].to_vec())),
            None => (bytes, None),
        };
        let name = String::from_utf8_lossy(name).into_owned();
        if let Some(fault) = library_fault(&name) {
            let message = format!("{fault}: `{name}`");
            let help = "write --native LIB=PATH, LIB as the program names the library";
            let error = Diagnostic::error(&R0017, Place::Nowhere, message);
            return Err(error.with_help(help).into());
        }
        let path = path.map(|path| OsString::from_vec(path).into());
        permissions.libraries.insert(name, path);
    }
    host.permit(Box::new(Libraries::new(permissions)));
    Ok(())
}

/// Lets the libraries that the flags permit be loaded in the sandbox.
///
/// # Errors
///
/// The folder of a library cannot be opened.
#[cfg(feature = "ffi")]
pub(crate) fn let_load(sandbox: &mut Sandbox, named: &[OsString], any: bool) -> Result<(), Errors> {
    use std::fs::File;
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    use std::path::{Path, PathBuf};
    use vbc_core::diag::codes::runtime::R0017;
    use vbc_core::diag::{Place, system_reason};
    use vbc_sandbox::Access;

    if named.is_empty() && !any {
        return Ok(());
    }
    for word in named {
        let mut parts = word.as_bytes().splitn(2, |&byte| byte == b'=');
        let Some(path) = parts.nth(1) else { continue };
        let path = PathBuf::from(OsString::from_vec(path.to_vec()));
        let folder = Path::new(".").join(path.parent().unwrap_or(Path::new("")));
        let open = File::open(&folder).and_then(|open| sandbox.reach(open, Access::Read));
        open.map_err(|error| {
            let reason = system_reason(&error);
            let message = format!("cannot open `{}`: {reason}", folder.display());
            Diagnostic::error(&R0017, Place::Nowhere, message)
        })?;
    }
    sandbox.load_libraries().map_err(|error| {
        let message = format!(
            "cannot open the system's libraries: {}",
            system_reason(&error)
        );
        Diagnostic::error(&R0017, Place::Nowhere, message).into()
    })
}

/// There are no libraries.
///
/// # Errors
///
/// None.
#[cfg(not(feature = "ffi"))]
pub(crate) fn let_load(_: &mut Sandbox, _: &[OsString], _: bool) -> Result<(), Errors> {
    Ok(())
}

/// Refuses the flags `--native` and `--native-any`.
///
/// # Errors
///
/// R0019, when there is one of them.
#[cfg(not(feature = "ffi"))]
pub(crate) fn permit(_host: &mut Host, named: &[OsString], any: bool) -> Result<(), Errors> {
    match named.is_empty() && !any {
        true => Ok(()),
        false => Err(vbc_runtime::host::not_built("the tool").into()),
    }
}
