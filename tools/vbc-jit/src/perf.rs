//! The file in which profilers look for the names of code that was made at run time.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};

use vbc_cli::{Stop, escape};
use vbc_core::diag::codes::cli::C0009;
use vbc_core::diag::{Diagnostic, Errors, Place, system_reason};
use vbc_core::module::NameSpace;
use vbc_native::jit::NativeInstance;
use vbc_runtime::engine::Engine;

/// Writes a line for each function: address, length, name.
///
/// Everybody may make files in the folder where profilers look. What has the name already, a link most of all, is
/// somebody else's, and refused.
pub fn write(native: &NativeInstance) -> Result<(), Stop> {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    fill(&path, native).map_err(|error| refused(&path, &error).into())
}

fn fill(path: &str, native: &NativeInstance) -> io::Result<()> {
    // The file is made by this call, or the call fails; links are not followed.
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut output = BufWriter::new(file);
    let module = native.program().module();
    let written = native
        .code_ranges()
        .try_for_each(|(function, start, length)| {
            let name = module.display_name(NameSpace::Func, function);
            writeln!(output, "{start:x} {length:x} {}", escape(&name))
        });
    written.and_then(|()| output.flush()).inspect_err(|_| {
        // Nothing better can be done if this fails too.
        let _ = std::fs::remove_file(path);
    })
}

fn refused(path: &str, error: &io::Error) -> Errors {
    let reason = system_reason(error);
    let message = format!("cannot write the output: {reason}");
    let diagnostic = Diagnostic::error(&C0009, Place::File(path.into()), message);
    match error.kind() {
        io::ErrorKind::AlreadyExists => diagnostic
            .with_help(
                "--perf-map writes no file and follows no link that is there already: remove it",
            )
            .into(),
        _ => diagnostic.into(),
    }
}
