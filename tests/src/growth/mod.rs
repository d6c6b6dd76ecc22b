//! What the tools cost, in instructions of the processor, for inputs that grow.
//!
//! Valgrind's callgrind counts them, so that the load of the machine does not matter.

mod declared;
mod modules;
mod programs;

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, OnceLock};

use tempfile::TempDir;

use crate::{program, scratch};
pub use declared::DECLARED;
pub use modules::MODULES;
pub use programs::{FUNCTIONS, PROGRAMS};

/// Inputs of one shape, which grow in proportion to a number.
#[derive(Clone, Copy)]
pub struct Shape {
    /// What there is much of.
    pub name: &'static str,
    /// A number that makes a small input.
    pub size: u64,
    /// The greatest one that the limits allow for one function, about; 0 where there are many functions.
    pub most: u64,
    /// The input's text.
    pub write: fn(u64) -> String,
}

/// The types of numbers, as the text form calls them.
const TYPES: [&str; 4] = ["i32", "i64", "f32", "f64"];

/// A number as digits, such that each number has digits of its own: 0, 1, .. , 00, 01, ..
fn number_in(mut number: u64, base: u64) -> Vec<u64> {
    let mut digits = Vec::new();
    loop {
        digits.push(number % base);
        number /= base;
        if number == 0 {
            return digits;
        }
        number -= 1;
    }
}

/// A tool, and what it is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// Assembles.
    As,
    /// Prints everything as text.
    Dump,
    /// Verifies.
    Verify,
    /// Loads and runs, which is short.
    Run,
    /// Lifts.
    Lift,
    /// Makes WebAssembly.
    Wasm,
    /// Links into an object again.
    Link,
    /// Compiles, and runs.
    Jit,
    /// Compiles.
    Aot,
}

impl Tool {
    /// All of them.
    pub const ALL: [Tool; 9] = [
        Tool::As,
        Tool::Dump,
        Tool::Verify,
        Tool::Run,
        Tool::Lift,
        Tool::Wasm,
        Tool::Link,
        Tool::Jit,
        Tool::Aot,
    ];

    /// Its program's name, and what it is told before the names of its inputs.
    fn command(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Tool::As => ("vbc-as", &["-o", "/dev/null"]),
            Tool::Dump => ("vbc-dump", &["--text", "-o", "/dev/null"]),
            Tool::Verify => ("vbc-verify", &[]),
            Tool::Run => ("vbc-run", &[]),
            Tool::Lift => ("vbc-lift", &["-o", "/dev/null"]),
            Tool::Wasm => ("vbc-wasm", &["-o", "/dev/null"]),
            Tool::Link => ("vbc-link", &["-r", "-o", "/dev/null"]),
            Tool::Jit => ("vbc-jit", &[]),
            Tool::Aot => ("vbc-aot", &["-o", "/dev/null"]),
        }
    }

    /// The name of its program.
    pub fn name(self) -> &'static str {
        self.command().0
    }

    /// The shapes of its inputs.
    pub fn shapes(self) -> Vec<&'static Shape> {
        // They want a program that is complete.
        let takes = |shape: &&Shape| shape.name != "undefined symbols";
        match self {
            Tool::Lift => MODULES.iter().collect(),
            Tool::Run | Tool::Jit | Tool::Aot | Tool::Wasm => {
                PROGRAMS.iter().chain(FUNCTIONS).filter(takes).collect()
            }
            Tool::As | Tool::Dump | Tool::Verify | Tool::Link => {
                PROGRAMS.iter().chain(FUNCTIONS).chain(DECLARED).collect()
            }
        }
    }

    /// The shapes of its inputs that are one function, and the greatest numbers for them.
    pub fn functions(self) -> Vec<(&'static Shape, u64)> {
        match self {
            Tool::Lift => MODULES.iter().map(|shape| (shape, shape.most)).collect(),
            // Nine bytes of WebAssembly for a word or more, of which there may be 7,654,321.
            Tool::Wasm => {
                let most = |shape: &Shape| match shape.most > 50_000 {
                    true => shape.most / 20,
                    false => shape.most,
                };
                FUNCTIONS.iter().map(|shape| (shape, most(shape))).collect()
            }
            _ => FUNCTIONS.iter().map(|shape| (shape, shape.most)).collect(),
        }
    }

    /// The least input, which costs what a start costs.
    fn least(self) -> Shape {
        let write: fn(u64) -> String = match self {
            Tool::Lift => |_| "(module)".to_owned(),
            _ => |_| "MAIN\n  PRINT \"done\"\nEND\n".to_owned(),
        };
        Shape {
            name: "least",
            size: 0,
            most: 0,
            write,
        }
    }
}

/// What an input is made by: whether it is WebAssembly, the name of its shape, and its size.
type Input = (bool, &'static str, u64);

/// Inputs that have been made, and counts.
pub struct Counter {
    folder: TempDir,
    made: Mutex<HashMap<Input, Arc<OnceLock<PathBuf>>>>,
}

impl Default for Counter {
    fn default() -> Self {
        Counter {
            folder: scratch(),
            made: Mutex::default(),
        }
    }
}

impl Counter {
    /// The instructions that a tool needs for an input, less those for the least one.
    pub fn cost(&self, tool: Tool, shape: &Shape, number: u64) -> u64 {
        let least = self.count(tool, &[self.input(tool, &tool.least(), 0)]);
        let all = self.count(tool, &[self.input(tool, shape, number)]);
        all.saturating_sub(least).max(1)
    }

    /// The same for linking this many objects, which call each other.
    pub fn cost_of_objects(&self, number: u64) -> u64 {
        let object = |at: u64| {
            let text = object(at, number);
            let path = self.folder.path().join(format!("{number}-{at}.vitasm"));
            fs::write(&path, text).expect("the text");
            self.assembled(&path)
        };
        let objects: Vec<PathBuf> = (0..number).map(object).collect();
        let least = self.input(Tool::Link, &Tool::Link.least(), 0);
        let all = self.count(Tool::Link, &objects);
        all.saturating_sub(self.count(Tool::Link, &[least])).max(1)
    }

    fn count(&self, tool: Tool, inputs: &[PathBuf]) -> u64 {
        let (name, arguments) = tool.command();
        let mut command = Command::new("valgrind");
        command
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program(name))
            .args(["--threads", "1"])
            .args(arguments)
            .args(inputs)
            .stdin(Stdio::null());
        let done = command.output().expect("valgrind starts");
        let told = String::from_utf8_lossy(&done.stderr);
        // What becomes too large is refused when all the work is done.
        let is_refused = ["error[W0007]", "error[W0101]"]
            .iter()
            .any(|code| told.contains(code));
        assert!(done.status.success() || is_refused, "{command:?}: {told}");
        let mut lines = told.lines();
        let count = lines.find_map(|line| line.strip_prefix("==")?.split_once("Collected :"));
        let count = count.and_then(|(_, count)| count.trim().parse().ok());
        count.unwrap_or_else(|| panic!("{command:?} says no count: {told}"))
    }

    /// The file with an input for a tool.
    fn input(&self, tool: Tool, shape: &Shape, number: u64) -> PathBuf {
        let is_module = tool == Tool::Lift;
        let key = (is_module, shape.name, number);
        let place = self
            .made
            .lock()
            .expect("the inputs")
            .entry(key)
            .or_default()
            .clone();
        let text = place.get_or_init(|| self.write(is_module, shape, number));
        match tool {
            Tool::As => text.clone(),
            Tool::Lift => text.with_extension("wasm"),
            _ => text.with_extension("vitbc"),
        }
    }

    /// Writes an input in both forms.
    fn write(&self, is_module: bool, shape: &Shape, number: u64) -> PathBuf {
        let name = format!("{}-{number}", shape.name.replace(' ', "-"));
        let text = (shape.write)(number);
        if is_module {
            let path = self.folder.path().join(name).with_extension("wat");
            fs::write(path.with_extension("wasm"), binary(&text)).expect("the module");
            return path;
        }
        let path = self.folder.path().join(name).with_extension("vitasm");
        fs::write(&path, text).expect("the text");
        self.assembled(&path);
        path
    }

    fn assembled(&self, text: &Path) -> PathBuf {
        let binary = text.with_extension("vitbc");
        let mut command = Command::new(program("vbc-as"));
        let done = command.arg(text).arg("-o").arg(&binary).status();
        assert!(
            done.is_ok_and(|status| status.success()),
            "{}",
            text.display()
        );
        binary
    }
}

/// The binary form of a module in text form.
///
/// # Panics
///
/// If it is not a module.
pub fn binary(text: &str) -> Vec<u8> {
    let buffer = wast::parser::ParseBuffer::new(text).expect("words");
    let module = wast::parser::parse::<wast::Wat>(&buffer);
    module
        .and_then(|mut module| module.encode())
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Object number `at` of `number` ones: functions that call each other's, texts, exports, and functions that every
/// object defines and only one keeps.
fn object(at: u64, number: u64) -> String {
    let mut wanted = BTreeSet::new();
    let mut text = format!(".global g{at}: mut i64 = {at}\n");
    for function in 0..50 {
        let other = (at * 7 + function) % number;
        let name = format!("f{other}x{}", (function * 3 + 1) % 50);
        let _ = write!(
            text,
            "FUNC f{at}x{function}(a)\n  WRITE \"part {function}\\n\"\n  GLOBAL_GET b, g{at}\n  ADD a, a, b\n  CALL {name}, a -> b\n  RETURN b\nEND\n"
        );
        if other != at {
            wanted.insert(name);
        }
    }
    for shared in 0..10 {
        let _ = write!(
            text,
            "FUNC shared{shared}(a)\n  .weak\n  CALL helper{shared}, a -> b\n  RETURN b\nEND\nFUNC helper{shared}(a)\n  .local\n  RETURN a\nEND\n.export func f{at}x{shared} \"part{at}:name{shared}\"\n"
        );
    }
    let declared = wanted
        .iter()
        .map(|name| format!(".extern {name}(i64) -> i64\n"));
    declared.collect::<String>() + &text
}
