//! What the files are that are linked.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use object::read::archive::ArchiveFile;
use object::{Architecture, File, FileKind, Object, ObjectSection, ObjectSymbol};

use super::error;
use crate::image::{IMAGE_SYMBOL, NATIVES_SECTION};
use vbc_core::diag::codes::aot::N0002;
use vbc_core::diag::{Diagnostic, Errors, system_reason};

/// A processor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ElfMachine(Architecture);

impl ElfMachine {
    /// The name that flags use.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "there is code for these only"
    )]
    pub(super) fn name(self) -> &'static str {
        match self.0 {
            Architecture::X86_64 => "x86_64",
            Architecture::Aarch64 => "aarch64",
            Architecture::Riscv64 => "riscv64",
            _ => "another machine",
        }
    }

    pub(super) fn is_host(self) -> bool {
        self.name() == std::env::consts::ARCH
    }

    /// The folder of its runtime library.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "there is code for these only"
    )]
    pub(super) fn triple(self) -> &'static str {
        match self.0 {
            Architecture::Aarch64 => "aarch64-unknown-linux-gnu",
            Architecture::Riscv64 => "riscv64gc-unknown-linux-gnu",
            _ => "x86_64-unknown-linux-gnu",
        }
    }
}

/// Symbols of an object or a library.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    defined: HashSet<String>,
    undefined: Vec<String>,
    /// The native functions of a program: library and symbol.
    natives: Vec<(String, String)>,
}

/// What a file holds.
#[derive(Debug)]
pub(super) enum Content {
    /// Objects: one, or those of a library.
    Objects(ElfMachine, Symbols),
    /// Something for the C compiler to understand.
    Other,
}

/// A file that is linked.
#[derive(Debug)]
pub(super) struct InputFile {
    pub(super) path: PathBuf,
    pub(super) content: Content,
}

/// Code that a file cannot be read.
fn unreadable(path: &Path, reason: &std::io::Error) -> Diagnostic {
    let code = &vbc_core::diag::codes::runtime::R0010;
    error(
        code,
        path,
        format!("cannot be read: {}", system_reason(reason)),
    )
}

fn broken(path: &Path) -> Errors {
    error(&N0002, path, "the object or library is damaged").into()
}

impl InputFile {
    /// Looks into a file.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other objects are the C compiler's matter"
    )]
    pub(super) fn read(path: &Path) -> Result<InputFile, Errors> {
        let bytes = fs::read(path).map_err(|reason| unreadable(path, &reason))?;
        if bytes.starts_with(b"VITBC\0") {
            let message = "a VITBC module, not an object";
            let error = error(&N0002, path, message);
            return Err(error.with_help("compile it with vbc-aot first").into());
        }
        let content = match FileKind::parse(&*bytes) {
            Ok(FileKind::Elf64) => {
                let file = File::parse(&*bytes).map_err(|_| broken(path))?;
                match file.kind() {
                    object::ObjectKind::Relocatable => {
                        let mut symbols = Symbols::default();
                        symbols.add(&file);
                        symbols.natives = natives(&file);
                        Content::Objects(ElfMachine(file.architecture()), symbols)
                    }
                    _ => Content::Other,
                }
            }
            Ok(FileKind::Archive) => archive(&bytes).ok_or_else(|| broken(path))?,
            _ => Content::Other,
        };
        Ok(InputFile {
            path: path.to_owned(),
            content,
        })
    }

    /// Something that only the C compiler can find.
    pub(super) fn unknown(path: &Path) -> InputFile {
        InputFile {
            path: path.to_owned(),
            content: Content::Other,
        }
    }

    fn symbols(&self) -> Option<&Symbols> {
        match &self.content {
            Content::Objects(_, symbols) => Some(symbols),
            Content::Other => None,
        }
    }

    /// Whether it is an object of `vbc-aot`.
    pub(super) fn is_program(&self) -> bool {
        self.defines(IMAGE_SYMBOL)
    }

    /// Whether it defines a symbol that other files see.
    pub(super) fn defines(&self, name: &str) -> bool {
        let symbols = self.symbols();
        symbols.is_some_and(|symbols| symbols.defined.contains(name))
    }

    /// The symbols that it needs.
    pub(super) fn undefined(&self) -> impl Iterator<Item = &str> {
        let symbols = self.symbols().into_iter();
        symbols.flat_map(|symbols| symbols.undefined.iter().map(|name| &**name))
    }

    /// The native functions of a program: library and symbol.
    pub(super) fn natives(&self) -> &[(String, String)] {
        self.symbols().map_or(&[], |symbols| &symbols.natives)
    }

    /// The symbols that it defines and that begin with `prefix`.
    pub(super) fn defined_with(&self, prefix: &str) -> Option<&str> {
        let mut names = self.symbols()?.defined.iter();
        names
            .find(|name| name.starts_with(prefix))
            .map(|name| &**name)
    }

    pub(super) fn known_machine(&self) -> Option<ElfMachine> {
        match self.content {
            Content::Objects(machine, _) => Some(machine),
            Content::Other => None,
        }
    }

    /// The machine of an object.
    pub(super) fn machine(&self) -> ElfMachine {
        self.known_machine()
            .unwrap_or(ElfMachine(Architecture::Unknown))
    }
}

impl Symbols {
    fn add(&mut self, file: &File<'_>) {
        for symbol in file.symbols().filter(ObjectSymbol::is_global) {
            let Ok(name) = symbol.name() else { continue };
            match symbol.is_undefined() {
                true => self.undefined.push(name.to_owned()),
                false => drop(self.defined.insert(name.to_owned())),
            }
        }
    }
}

/// What the section of native functions names.
fn natives(file: &File<'_>) -> Vec<(String, String)> {
    let section = file.section_by_name(NATIVES_SECTION);
    let bytes = section.and_then(|section| section.data().ok());
    let mut names = bytes.unwrap_or_default().split(|&byte| byte == 0);
    let mut name = || Some(String::from_utf8_lossy(names.next()?).into_owned());
    std::iter::from_fn(|| Some((name()?, name()?))).collect()
}

/// The symbols of a library: those of its index, or else of all members. The machine is the first
/// member's that has one.
fn archive(bytes: &[u8]) -> Option<Content> {
    let archive = ArchiveFile::parse(bytes).ok()?;
    let mut symbols = Symbols::default();
    let mut machine = None;
    let mut whole = true;
    if let Some(index) = archive.symbols().ok().flatten() {
        whole = false;
        for symbol in index {
            let name = symbol.ok()?.name().to_vec();
            symbols.defined.insert(String::from_utf8(name).ok()?);
        }
    }
    for member in archive.members() {
        let Ok(data) = member.ok()?.data(bytes) else {
            continue;
        };
        let Ok(file) = File::parse(data) else {
            continue;
        };
        machine = machine.or(Some(ElfMachine(file.architecture())));
        if !whole {
            break;
        }
        symbols.add(&file);
    }
    Some(match machine {
        Some(machine) => Content::Objects(machine, symbols),
        None => Content::Other,
    })
}
