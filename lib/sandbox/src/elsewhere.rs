//! Systems and processors that have nothing of the kind, or for which it was not written.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use crate::{Access, Mode};

/// A descriptor that stands for a folder.
pub(crate) fn place(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// What is missing: everything.
pub(crate) fn enter(_: &[(OwnedFd, Access)], _: bool, _: Mode) -> Vec<String> {
    vec!["only Linux on x86-64, aarch64 and riscv64 has one".into()]
}
