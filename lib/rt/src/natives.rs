//! Native functions of the libraries with which a program has been linked.

use vbc_core::diag::Errors;
use vbc_runtime::host::NativeLibraries;

/// What calls functions of C, by their symbols and addresses. Objects with native functions refer to it, so that other
/// executables do without.
// SAFETY: the name is reserved for this. Object and library are of one version, which the linker has checked.
#[unsafe(no_mangle)]
pub fn vbcrt_natives(symbols: Vec<(String, usize)>) -> Result<Box<dyn NativeLibraries>, Errors> {
    made(symbols)
}

#[cfg(feature = "ffi")]
fn made(symbols: Vec<(String, usize)>) -> Result<Box<dyn NativeLibraries>, Errors> {
    Ok(Box::new(vbc_ffi::Linked::new(symbols)))
}

#[cfg(not(feature = "ffi"))]
fn made(_: Vec<(String, usize)>) -> Result<Box<dyn NativeLibraries>, Errors> {
    Err(vbc_runtime::host::not_built("the runtime library").into())
}
