//! The hosts that WebAssembly is tested in.

use std::path::PathBuf;
use std::process::Command;

use crate::{fetched, project, there_are};

/// What runs WebAssembly, and offers it WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// wasmtime.
    Wasmtime,
    /// V8, with `node:wasi`.
    Node,
    /// V8 in Node, with our JavaScript.
    Javascript,
    /// Chromium, with our JavaScript.
    Chromium,
}

impl Host {
    /// All that are there, but for the browser.
    pub fn outside_a_browser() -> Vec<Host> {
        let mut hosts = vec![Host::Wasmtime, Host::Node, Host::Javascript];
        hosts.retain(|host| host.is_there());
        hosts
    }

    /// Where `tests/wasm/fetch.sh` puts what is run.
    pub fn place(self) -> PathBuf {
        project().join(match self {
            Host::Wasmtime => "target/python",
            _ => "target/node",
        })
    }

    /// Starts Node.
    pub(super) fn node() -> Command {
        // Its WASI is called experimental, in a warning.
        let mut command = Command::new(Host::Node.place().join("bin/node"));
        command.arg("--no-warnings");
        command
    }

    /// Whether it is there.
    pub fn is_there(self) -> bool {
        match self {
            Host::Chromium => there_are(&["chromium", "chromedriver", "python3"]),
            _ => fetched(&self.place(), "tests/wasm/fetch.sh"),
        }
    }
}
