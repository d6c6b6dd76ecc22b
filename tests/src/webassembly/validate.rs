//! What V8 and wabt have against modules (`tests/wasm/validate.mjs`).

use serde_json::Value as Json;

use super::workers::Process;
use super::{Host, hex};
use crate::project;

/// Both of them, in a process.
pub struct Validators {
    process: Process,
}

/// What they report about a module: nothing, or what is wrong.
#[derive(Debug)]
pub struct Verdicts {
    /// V8 of Node.
    pub v8: Option<String>,
    /// wabt.
    pub wabt: Option<String>,
}

impl Validators {
    /// Starts the process.
    pub fn start() -> Validators {
        let script = project().join("tests/wasm/validate.mjs");
        let process = Process::start(Host::node().arg(script));
        Validators { process }
    }

    /// What they report about a module.
    pub fn judge(&mut self, wasm: &[u8]) -> Verdicts {
        let mut answer = self.process.ask(&hex(wasm));
        let message = |said: Json| said.as_str().map(str::to_owned);
        Verdicts {
            v8: message(answer["v8"].take()),
            wabt: message(answer["wabt"].take()),
        }
    }
}
