//! Programs that are given folders, with our JavaScript, which has them in memory.

use std::path::Path;

use super::{Host, Instance, command, request, tree};
use crate::conformance::{Outcome, Setup};

/// A program text with our JavaScript, given the folder `top` in memory as `flags` specify.
pub fn in_javascript(
    top: &Path,
    flags: &[String],
    text: &str,
    args: &[String],
    stdin: &[u8],
) -> (Instance, Outcome) {
    let args = ["script.vitasm"]
        .into_iter()
        .chain(args.iter().map(String::as_str));
    let mut setup = Setup {
        stdin: stdin.to_vec(),
        args: args.map(|arg| arg.as_bytes().to_vec()).collect(),
        ..Setup::default()
    };
    let mut given = Vec::new();
    for flag in flags.chunks(2) {
        let [flag, value] = flag else {
            panic!("{flag:?} has no value");
        };
        if flag == "--dir" {
            let (host, guest) = value.split_once("::").unwrap_or((value, value));
            given.push([guest, host]);
        } else {
            assert_eq!(flag, "--env");
            let (name, value) = value.split_once('=').expect("a value");
            setup.env.push((name.into(), value.into()));
        }
    }
    let wasm = command("script.vitasm", text.as_bytes(), Default::default());
    let mut request = request(Host::Javascript, &wasm, &setup);
    request["tree"] = tree::of(top);
    request["given"] = given.into();
    // Nobody waits for hours.
    request["impatient"] = true.into();
    let (mut instance, end) = Instance::open(Host::Javascript, request);
    assert_eq!(end, Outcome::Returned(Vec::new()));
    let end = instance.start();
    (instance, end)
}
