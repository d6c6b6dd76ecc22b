//! Native functions (`docs/ffi.md`): opens the libraries that were permitted, and calls C by way of libffi.

#![allow(
    unsafe_code,
    reason = "C is called, and calls back, with what the program says"
)]
// Whoever adds a type that C has is told every place that must know of it.
#![deny(clippy::wildcard_enum_match_arm)]

mod call;
mod callback;
mod fault;
mod layout;
#[cfg(target_arch = "x86_64")]
mod registers;
mod slots;
mod stack;

use std::collections::HashMap;
use std::ffi::{CString, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use call::Function;
use callback::Instance;
use vbc_core::diag::codes::runtime::{R0017, R0018};
use vbc_core::diag::{Diagnostic, Place};
use vbc_core::module::native::Prototype;
use vbc_runtime::host::{NativeFunction, NativeLibraries, NativeSurroundings, not_permitted};

/// Which libraries a program may call.
#[derive(Clone, Debug, Default)]
pub struct Permissions {
    /// All that it names, each where the system finds it.
    pub any: bool,
    /// Some by their names, with the files in which they are where the system is not to look for them.
    pub libraries: HashMap<String, Option<PathBuf>>,
}

/// The libraries of one program. What they export stays loaded as long as the program may call it.
pub struct Libraries {
    permissions: Permissions,
    open: HashMap<String, Arc<Library>>,
    instance: Arc<Instance>,
}

impl Libraries {
    /// Libraries of which none is open yet.
    pub fn new(permissions: Permissions) -> Libraries {
        Libraries {
            permissions,
            open: HashMap::new(),
            instance: Arc::default(),
        }
    }

    fn open(&mut self, name: &str) -> Result<Arc<Library>, Box<Diagnostic>> {
        if let Some(library) = self.open.get(name) {
            return Ok(library.clone());
        }
        let file: OsString = match self.permissions.libraries.get(name) {
            Some(Some(path)) => path_of_file(path),
            Some(None) => name.into(),
            None if self.permissions.any => name.into(),
            None => return Err(not_permitted(name).into()),
        };
        // SAFETY: whoever permitted the library vouches for what happens when it is loaded.
        let opened = unsafe { Library::open(Some(&file), RTLD_NOW | RTLD_LOCAL) };
        let library = opened.map_err(|error| {
            let message = format!("cannot open the library `{name}`: {}", reason(&error));
            let help = format!("`--native {name}=PATH` says where it is");
            Diagnostic::error(&R0017, Place::Nowhere, message).with_help(help)
        })?;
        let library = Arc::new(library);
        self.open.insert(name.to_owned(), library.clone());
        Ok(library)
    }
}

/// A function that has been found.
fn function(
    library: &str,
    opened: Option<Arc<Library>>,
    address: usize,
    prototype: &Prototype,
    instance: Arc<Instance>,
) -> Arc<dyn NativeFunction> {
    fault::watch();
    let words = format!("the native function `{}` of `{library}`", prototype.symbol);
    let words = CString::new(words).unwrap_or_default();
    Arc::new(Function::new((opened, words), address, prototype, instance))
}

/// The libraries with which a program has been linked.
#[derive(Default)]
pub struct Linked {
    /// The address of each symbol; which library has it, the linker has found out.
    symbols: HashMap<String, usize>,
    instance: Arc<Instance>,
}

impl Linked {
    /// Libraries that have these symbols at these addresses.
    pub fn new(symbols: impl IntoIterator<Item = (String, usize)>) -> Linked {
        Linked {
            symbols: symbols.into_iter().collect(),
            instance: Arc::default(),
        }
    }
}

impl NativeLibraries for Linked {
    fn find(
        &mut self,
        library: &str,
        prototype: &Prototype,
    ) -> Result<Arc<dyn NativeFunction>, Box<Diagnostic>> {
        let symbol = &*prototype.symbol;
        let address = self.symbols.get(symbol).copied().filter(|&at| at != 0);
        let address = address.ok_or_else(|| no_function(library, symbol))?;
        let instance = self.instance.clone();
        Ok(function(library, None, address, prototype, instance))
    }

    fn surroundings(&self) -> Option<Arc<dyn NativeSurroundings>> {
        Some(self.instance.clone())
    }
}

fn no_function(library: &str, symbol: &str) -> Box<Diagnostic> {
    let message = format!("the library `{library}` has no function `{symbol}`");
    Diagnostic::error(&R0018, Place::Nowhere, message).into()
}

/// The file as the dynamic linker has to be given it: what has no folder would be looked for where the system's
/// libraries are.
fn path_of_file(path: &Path) -> OsString {
    Path::new(".").join(path).into()
}

/// What the system says, without what this library says before it.
fn reason(error: &libloading::Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

impl NativeLibraries for Libraries {
    fn find(
        &mut self,
        library: &str,
        prototype: &Prototype,
    ) -> Result<Arc<dyn NativeFunction>, Box<Diagnostic>> {
        let opened = self.open(library)?;
        let symbol = &*prototype.symbol;
        // SAFETY: only the address is used here.
        let address = unsafe { opened.get::<*const ()>(symbol.as_bytes()) };
        let address = match address {
            Ok(address) => *address as usize,
            Err(_) => 0,
        };
        if address == 0 {
            return Err(no_function(library, symbol));
        }
        let instance = self.instance.clone();
        Ok(function(
            library,
            Some(opened),
            address,
            prototype,
            instance,
        ))
    }

    fn surroundings(&self) -> Option<Arc<dyn NativeSurroundings>> {
        Some(self.instance.clone())
    }
}
