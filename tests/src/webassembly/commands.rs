//! Commands: programs that are started and come to an end.

use std::fs;
use std::path::Path;

use vbc::verify::Verified;
use vbc::wasm::{Options, WasmBackend};

use super::{Host, Instance};
use crate::conformance::{Outcome, Setup};
use crate::project;

/// Makes a command from a text, or from WebAssembly.
///
/// # Panics
///
/// When that is not possible.
pub fn command(name: &str, bytes: &[u8], options: Options) -> Vec<u8> {
    let module = match bytes.starts_with(b"\0asm") {
        true => {
            let module = vbc::lift::lift(name, bytes, &Default::default());
            Verified::new(module.expect(name), &Default::default()).expect(name)
        }
        false => vbc::asm::assemble_verified(bytes, name, &Default::default()).expect(name),
    };
    let backend = WasmBackend::with_options(options);
    backend.compile_verified(name, module).expect(name)
}

/// What a command writes, and its exit code.
///
/// # Panics
///
/// When it ends in another way.
pub fn start(
    host: Host,
    wasm: &[u8],
    setup: &Setup,
    folder: Option<(&Path, &str)>,
) -> (String, String, i32) {
    let (mut instance, end) = match folder {
        Some(folder) => Instance::with_folder(host, wasm, setup, folder),
        None => Instance::new(host, wasm, setup),
    };
    let end = match end {
        Outcome::Returned(_) => instance.start(),
        other => other,
    };
    let observation = instance.close();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let (stdout, stderr) = (text(observation.stdout), text(observation.stderr));
    match end {
        Outcome::Returned(_) => (stdout, stderr, 0),
        Outcome::Exited(code) => (stdout, stderr, code),
        other => panic!("{host:?}: {other:?}: {stderr}"),
    }
}

/// A file of the C programs.
///
/// # Panics
///
/// When there is no such file.
pub fn corpus(name: &str) -> Vec<u8> {
    fs::read(project().join("tests/corpus").join(name)).expect(name)
}

/// What a program is given that gets these arguments.
pub fn given(args: &[&str]) -> Setup {
    let args = ["program"].iter().chain(args);
    Setup {
        args: args.map(|arg| arg.as_bytes().to_vec()).collect(),
        ..Setup::default()
    }
}
