//! Native functions: what opens libraries and calls C stands above this crate; what it needs of a program is here.

#![allow(unsafe_code, reason = "calling C is a promise about it")]

use std::ffi::{CStr, c_char};
use std::sync::Arc;
use std::time::Instant;

use crate::Stop;
use vbc_core::diag::codes::runtime::{R0016, R0019};
use vbc_core::diag::{Diagnostic, Place};
use vbc_core::isa::{FuncType, Trap};
use vbc_core::module::native::Prototype;

/// What finds native functions.
pub trait NativeLibraries: Send {
    /// Finds a function of a library, which it opens unless it is open.
    ///
    /// # Errors
    ///
    /// R0016 to R0018: the library is not permitted or cannot be opened, or does not have the symbol.
    fn find(
        &mut self,
        library: &str,
        prototype: &Prototype,
    ) -> Result<Arc<dyn NativeFunction>, Box<Diagnostic>>;

    /// What code that calls the functions by their addresses runs in; none where there are no addresses.
    fn surroundings(&self) -> Option<Arc<dyn NativeSurroundings>>;
}

/// What code must run in that calls native functions by their addresses.
pub trait NativeSurroundings: Send + Sync {
    /// Has such code run. Functions of the program that the native ones call are run by `program`; code notes at `place`
    /// where it is. What made one of the program's functions stop is told to `program` only.
    ///
    /// # Safety
    ///
    /// `place` stays as long as this lasts.
    unsafe fn during(
        &self,
        program: &mut dyn NativeCaller,
        place: *const NativePlace,
        run: &mut dyn FnMut(),
    );
}

/// The native function that code has called by its address, as code writes it.
#[derive(Debug)]
#[repr(C)]
pub struct NativePlace {
    /// Where the program's stack ended when it was left for the function; not more than
    /// [`NativePlace::STOPPED`] when the program is in none.
    pub frame: usize,
    /// Its number among the imported functions.
    pub function: u64,
    /// By imported function: what messages call it; null for what is not native.
    pub names: *const *const c_char,
}

impl NativePlace {
    /// The `frame` that tells code not to go on when the function returns.
    pub const STOPPED: usize = 1;
}

/// A native function.
pub trait NativeFunction: Send + Sync {
    /// Where it is, for code that calls it itself, inside of [`NativeSurroundings::during`].
    fn address(&self) -> usize;

    /// What messages call it.
    fn name(&self) -> &CStr;

    /// The address by which C calls the function of the program in `slot`, which is passed for parameter `param` of the C
    /// signature; null for null. `has_type` tells whether a function of the program has a type.
    ///
    /// # Errors
    ///
    /// A trap when the function is not of the parameter's type, or the system has no room for code.
    fn callback(
        &self,
        param: usize,
        slot: u64,
        has_type: &dyn Fn(u32, &FuncType) -> bool,
    ) -> Result<u64, Trap>;

    /// Calls it.
    ///
    /// # Errors
    ///
    /// A trap where an argument is not what its type demands; why the program does not go on, where a function of the
    /// program that the native one has called says so.
    ///
    /// # Safety
    ///
    /// The function is what its prototype says, and whatever it does with its arguments is sound.
    unsafe fn call(&self, call: NativeCall<'_>) -> Result<(), Stop>;
}

/// A call of a native function.
pub struct NativeCall<'a> {
    /// The arguments, as registers hold them.
    pub args: &'a [u64],
    /// The results, to be set.
    pub results: &'a mut [u64],
    /// What the function may be given of the program.
    pub program: &'a mut dyn NativeCaller,
}

/// The program that a native function is called by.
pub trait NativeCaller {
    /// The first byte of the program's memory and its size. It stays where it is as long as the call lasts, and may
    /// grow.
    fn memory(&mut self) -> (*mut u8, u64);

    /// When the program's time is up, if ever.
    fn deadline(&self) -> Option<Instant>;

    /// Leaves the program's memory mapped for ever: a function that nobody waits for any more may use it.
    fn keep_memory(&mut self);

    /// Whether function `index` is of a type.
    fn has_type(&self, index: u32, ty: &FuncType) -> bool;

    /// Calls function `index` with arguments and results of its type, as registers hold them.
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    fn enter(&mut self, index: u32, args: &[u64], results: &mut [u64]) -> Result<(), Stop>;
}

/// Enters the program again from a native function that it has called.
pub trait Reenter {
    /// As [`NativeCaller::enter`].
    ///
    /// # Errors
    ///
    /// Why the program does not go on.
    fn reenter(&mut self, index: u32, args: &[u64], results: &mut [u64]) -> Result<(), Stop>;
}

/// The program calls functions of a library that nobody has permitted.
pub fn not_permitted(library: &str) -> Diagnostic {
    let message = format!("the program calls native functions of `{library}`");
    let help =
        format!("if it may do whatever this process may, allow it with `--native {library}`");
    Diagnostic::error(&R0016, Place::Nowhere, message).with_help(help)
}

/// The tool or the library that runs the program was built without native functions.
pub fn not_built(what: &str) -> Diagnostic {
    let message = format!("this build of {what} cannot call native functions");
    let help = "build it with the cargo feature `ffi`, which is one of the default features";
    Diagnostic::error(&R0019, Place::Nowhere, message).with_help(help)
}

/// The address in the process of a text in memory with this first byte and size; null for address 0, none when no zero
/// byte of the memory ends it.
///
/// # Safety
///
/// So many bytes lie there, which nobody writes meanwhile.
pub unsafe fn text((base, size): (*mut u8, u64), address: u64) -> Option<u64> {
    if address == 0 {
        return Some(0);
    }
    let room = size.checked_sub(address)?;
    let start = base.wrapping_add(address as usize);
    // SAFETY: as the caller promises.
    let end = unsafe { libc::memchr(start.cast(), 0, room as usize) };
    (!end.is_null()).then_some(start as u64)
}
