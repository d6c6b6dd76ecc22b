//! The hosts that WebAssembly is tested in.

use std::path::PathBuf;
use std::process::Command;

use crate::needs::{fetched, there_are, there_are_for};
use crate::project;

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
    /// All that are there, except for the browser.
    pub fn outside_a_browser() -> Vec<Host> {
        let mut hosts = vec![Host::Wasmtime, Host::Node, Host::Javascript];
        hosts.retain(|host| host.is_there_for(&format!("{host:?}")));
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

    /// Whether it is there; the test that asks does nothing without.
    pub fn is_there(self) -> bool {
        there_are(self.programs()) && self.is_fetched(None)
    }

    /// Whether it is there; the test that asks leaves out the part of that name without.
    pub fn is_there_for(self, part: &str) -> bool {
        there_are_for(part, self.programs()) && self.is_fetched(Some(part))
    }

    /// What the system must have.
    fn programs(self) -> &'static [&'static str] {
        match self {
            Host::Wasmtime => &["python3"],
            Host::Node | Host::Javascript => &[],
            Host::Chromium => &["chromium", "chromedriver", "python3"],
        }
    }

    fn is_fetched(self, part: Option<&str>) -> bool {
        self == Host::Chromium || fetched(part, &self.place(), "tests/wasm/fetch.sh")
    }
}
