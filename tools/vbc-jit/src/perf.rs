//! The file in which profilers look for the names of code that was made at run time.

use std::io::Write;
use std::path::PathBuf;

use vbc::cli::{Output, Stop, Target, escape};
use vbc::jit::NativeInstance;
use vbc::module::NameSpace;

/// Writes a line for each function: address, length, name.
pub fn write(native: &NativeInstance) -> Result<(), Stop> {
    let path = format!("/tmp/perf-{}.map", std::process::id());
    let mut output = Output::create(&Target::File(PathBuf::from(path)))?;
    let module = native.program().module();
    for (function, start, length) in native.code_ranges() {
        let name = module.display_name(NameSpace::Func, function);
        writeln!(output, "{start:x} {length:x} {}", escape(&name))?;
    }
    output.finish()?;
    Ok(())
}
