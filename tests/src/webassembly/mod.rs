//! Programs as WebAssembly, in workers that answer requests: wasmtime in Python (`tests/wasm/engine.py`), V8 in Node
//! (`tests/wasm/node.mjs`) with Node's own WASI and with our JavaScript (`lib/js`), and a page in Chromium.

use std::cell::RefCell;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Value as Json, json};
use vbc::isa::Trap;

use crate::conformance::{Observation, Outcome, Setup};
use crate::evaluator::Value;

mod commands;
mod compare;
mod exports;
mod folders;
mod host;
pub mod programs;
pub mod tree;
mod validate;
mod workers;

pub use commands::{command, corpus, given, start};
pub use compare::{agrees, agrees_also, further_ways, mem64, outputs, single_memory, translatable};
pub use folders::in_javascript;
pub use host::Host;
pub use validate::{Validators, Verdicts};
use workers::{Worker, worker};

/// Asks the worker of this thread for a host.
pub fn ask(host: Host, request: &Json) -> Json {
    worker(host).borrow_mut().ask(&request.to_string())
}

/// An instance of a module.
pub struct Instance {
    worker: Rc<RefCell<Worker>>,
    id: u64,
}

impl Instance {
    /// Makes an instance; returns how that ended.
    pub fn new(host: Host, wasm: &[u8], setup: &Setup) -> (Instance, Outcome) {
        Instance::open(host, request(host, wasm, setup))
    }

    /// Like [`Instance::new`], for a program that is given a folder under a name.
    pub fn with_folder(
        host: Host,
        wasm: &[u8],
        setup: &Setup,
        (folder, name): (&Path, &str),
    ) -> (Instance, Outcome) {
        let mut request = request(host, wasm, setup);
        match host {
            // What happens there stays there.
            Host::Javascript | Host::Chromium => {
                request["tree"] = tree::of(folder);
                request["given"] = json!([[name, ""]]);
            }
            _ => request["folder"] = json!([folder, name]),
        }
        Instance::open(host, request)
    }

    /// Makes an instance as a request specifies.
    pub fn open(host: Host, request: Json) -> (Instance, Outcome) {
        let worker = worker(host);
        let answer = worker.borrow_mut().ask(&request.to_string());
        let end = outcome(&answer["end"]);
        let id = answer["id"].as_u64().expect("an instance");
        (Instance { worker, id }, end)
    }

    fn ask(&self, request: &Json) -> Json {
        self.worker.borrow_mut().ask(&request.to_string())
    }

    /// Calls a function of the program by its index.
    pub fn call(&mut self, function: u32, args: &[Value]) -> Outcome {
        let args: Vec<Json> = args.iter().map(to_json).collect();
        let request = json!({"call": format!("func#{function}"), "id": self.id, "args": args});
        outcome(&self.ask(&request)["end"])
    }

    /// The value of a global of the program.
    pub fn global(&self, global: u32) -> Option<Value> {
        let answer = self.ask(&json!({"global": format!("global#{global}"), "id": self.id}));
        answer.get("value").map(from_json)
    }

    /// Calls `_start`.
    pub fn start(&mut self) -> Outcome {
        let request = json!({"start": self.id});
        outcome(&self.ask(&request)["end"])
    }

    /// What the folder holds that the program was given.
    pub fn tree(&self) -> Json {
        self.ask(&json!({"state": self.id}))["tree"].take()
    }

    /// What is left at the end; what the program reports about its traps is not in its error
    /// output.
    pub fn close(self) -> Observation {
        let request = json!({"state": self.id});
        let answer = self.ask(&request);
        let bytes = |name: &str| unhex(answer[name].as_str().unwrap_or_default());
        let mut memory = bytes("memory");
        memory.resize(answer["size"].as_u64().unwrap_or(0) as usize, 0);
        let globals = answer["globals"].as_array().cloned().unwrap_or_default();
        Observation {
            ends: Vec::new(),
            stdout: bytes("stdout"),
            stderr: without_traps(&bytes("stderr")),
            memory,
            globals: globals.iter().map(from_json).collect(),
            fuel_left: None,
            reports: Vec::new(),
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.ask(&json!({"drop": self.id}));
    }
}

/// The request for an instance of a module.
pub fn request(host: Host, wasm: &[u8], setup: &Setup) -> Json {
    let hex = |bytes: &Vec<u8>| hex(bytes);
    let env: Vec<[String; 2]> = setup
        .env
        .iter()
        .map(|(name, value)| [hex(name), hex(value)])
        .collect();
    let mut request = json!({
        "open": self::hex(wasm),
        "stdin": hex(&setup.stdin),
        "args": setup.args.iter().map(hex).collect::<Vec<_>>(),
        "env": env,
    });
    if host != Host::Wasmtime {
        // JavaScript cannot tell.
        request["types"] = exports::types(wasm);
    }
    if setup.fuel.is_some() {
        // What ends with little fuel on our engines ends soon here.
        request["fuel"] = 100_000_000.into();
    }
    if let Some(pages) = setup.pages {
        request["pages"] = pages.into();
    }
    request
}

/// Error output without the lines that tell which trap was raised.
fn without_traps(bytes: &[u8]) -> Vec<u8> {
    let is_trap = |line: &&[u8]| Trap::ALL.iter().any(|&trap| *line == said(trap).as_bytes());
    let lines = bytes.split_inclusive(|&byte| byte == b'\n');
    lines
        .filter(|line| !is_trap(line))
        .flatten()
        .copied()
        .collect()
}

/// The line that tells which trap was raised.
fn said(trap: Trap) -> String {
    format!("trap: {trap}\n")
}

fn outcome(end: &Json) -> Outcome {
    match end[0].as_str() {
        Some("returned") => {
            let values = end[1].as_array().cloned().unwrap_or_default();
            Outcome::Returned(values.iter().map(from_json).collect())
        }
        Some("exited") => Outcome::Exited(end[1].as_i64().unwrap_or(-1) as i32),
        Some("trapped") => {
            // What a program reports counts, because WebAssembly does not have all kinds.
            let message = end[2].as_str().and_then(|line| line.strip_prefix("trap: "));
            let word = end[1].as_str().unwrap_or_default();
            let is_it =
                |trap: &Trap| message.map_or(trap.word() == word, |text| trap.message() == text);
            match Trap::ALL.iter().find(|trap| is_it(trap)) {
                Some(trap) => Outcome::Trapped(*trap),
                None => Outcome::Broken(end.to_string()),
            }
        }
        _ => Outcome::Broken(end.to_string()),
    }
}

fn to_json(value: &Value) -> Json {
    match *value {
        Value::I32(x) => json!(["i32", x as u32]),
        Value::I64(x) => json!(["i64", x as u64]),
        Value::F32(bits) => json!(["f32", bits]),
        Value::F64(bits) => json!(["f64", bits]),
        Value::FuncRef(reference) => json!(["funcref", reference]),
        Value::ExternRef(reference) => json!(["externref", reference]),
        Value::Extern(_) | Value::Any(_) => unreachable!("no test gives objects to a program"),
        Value::Ptr(address) => json!(["i64", address]),
    }
}

fn from_json(value: &Json) -> Value {
    let bits = value[1].as_u64();
    let number = bits.unwrap_or(0);
    match value[0].as_str() {
        Some("i32") => Value::I32(number as i32),
        Some("i64") => Value::I64(number as i64),
        Some("f32") => Value::F32(number as u32),
        Some("f64") => Value::F64(number),
        // Which function it is cannot be told.
        Some("funcref") => Value::FuncRef(bits.map(|_| 0)),
        _ => Value::ExternRef(bits.map(|number| number as u32)),
    }
}

/// Bytes as hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble)]);
    bytes
        .iter()
        .flat_map(|&byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}
