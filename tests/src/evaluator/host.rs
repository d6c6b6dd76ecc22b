//! The evaluator's own host functions.

use vbc::module::Kind;

use super::value::Value;
use super::{Evaluator, Stop};

/// What a program was given, and what it has written.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// Bytes that the program can read.
    pub stdin: Vec<u8>,
    /// Arguments, the program's name not among them.
    pub args: Vec<Vec<u8>>,
    /// Bytes written to standard output.
    pub stdout: Vec<u8>,
    /// Bytes written to standard error.
    pub stderr: Vec<u8>,
}

impl Evaluator<'_> {
    /// Calls an imported function.
    pub(super) fn call_host(&mut self, function: u32, _args: &[Value]) -> Result<Vec<Value>, Stop> {
        let import = self.spaces.import(self.module, Kind::Func, function);
        let row = import.ok_or_else(|| format!("function {function} is not imported"))?;
        let name = self.module.strings.get(row.name);
        Err(Stop::Fault(format!("host function {name}")))
    }
}
