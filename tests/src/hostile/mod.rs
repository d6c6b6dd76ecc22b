//! Hostile input: damaged modules and texts, sent through everything that the tools do.

mod mutate;

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use vbc::asm::{self, assemble};
use vbc::diag::Errors;
use vbc::dump::{self, JsonForm, View, Views, dump};
use vbc::format::{AlignedBytes, Limits, WriteOptions, write};
use vbc::isa::Trap;
use vbc::link::{Input, link, load};
use vbc::module::Module;
use vbc::text::print;
use vbc::verify::{Options, Verified, open};

use crate::conformance::{Engine, Outcome, Setup};
use crate::evaluator::Value;

pub use mutate::{flip, flip_resealed, mutate_text};

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The tools report what is wrong with it.
    Refused,
    /// It is valid, and everything that was done with it went well.
    Accepted,
}

/// Fuel for a run of a damaged module.
const FUEL: u64 = 20_000;

/// Most pages of memory for a run of a damaged module.
const PAGES: u64 = 64;

/// No input may take longer, even in a build without optimisation on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does everything that the tools do with a file.
///
/// # Errors
///
/// What should not have happened: a panic, a run beyond its limits, engines that do not agree, text
/// that does not assemble.
pub fn through_all_tools(bytes: &[u8]) -> Result<Fate, String> {
    guarded(|| {
        dump_all(bytes)?;
        let Ok(module) = read(bytes) else {
            return Ok(Fate::Refused);
        };
        link_it(&module)?;
        print_it(&module)?;
        run_it(module)?;
        Ok(Fate::Accepted)
    })
}

/// Assembles a text, and does everything with the result.
///
/// # Errors
///
/// As [`through_all_tools`].
pub fn text_through_all_tools(text: &[u8]) -> Result<Fate, String> {
    guarded(
        || match assemble(text, "hostile.vitasm", &asm::Options::default()) {
            Err(Errors(errors)) if errors.is_empty() => Err("refused without a reason".to_owned()),
            Err(_) => Ok(Fate::Refused),
            Ok(module) => {
                let bytes = write(&module, &WriteOptions::default());
                if let Err(errors) = read(&bytes) {
                    return Err(format!("what was assembled is not valid: {errors}"));
                }
                through_all_tools(&bytes)
            }
        },
    )
}

fn guarded(work: impl FnOnce() -> Result<Fate, String>) -> Result<Fate, String> {
    let start = Instant::now();
    let result = catch_unwind(AssertUnwindSafe(work));
    if start.elapsed() > PATIENCE {
        return Err(format!("it took {:?}", start.elapsed()));
    }
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", text.unwrap_or("?")))
    })
}

/// Reads and verifies.
///
/// # Errors
///
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Verified, Errors> {
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let result = open(
        "hostile.vitbc",
        Arc::new(AlignedBytes::from(bytes)),
        &options,
    );
    if let Err(Errors(errors)) = &result {
        assert!(!errors.is_empty(), "refused without a reason");
    }
    result
}

/// Counts what is written to it.
struct Counter(u64);

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Dumps a file in every way.
///
/// # Errors
///
/// When that produces more output than such a file can justify.
pub fn dump_all(bytes: &[u8]) -> Result<(), String> {
    let mut views = View::ALL.to_vec();
    views.extend([View::Summary, View::Cfg, View::Text, View::Bytes]);
    for json in [None, Some(JsonForm::Document), Some(JsonForm::Lines)] {
        let options = dump::Options {
            views: Views(views.clone()),
            json,
            ..dump::Options::default()
        };
        let mut out = Counter(0);
        let shared = Arc::new(AlignedBytes::from(bytes));
        dump(&Arc::from("hostile.vitbc"), shared, &options, &mut out)
            .map_err(|error| error.to_string())?;
        // Linear in the input, with room for compressed sections.
        let most = 1_000_000 + 1_000 * bytes.len() as u64;
        if out.0 > most {
            return Err(format!("{} bytes of dump for {}", out.0, bytes.len()));
        }
    }
    Ok(())
}

fn link_it(module: &Verified) -> Result<(), String> {
    let other = assemble(
        b"FUNC other()\nEND\n",
        "other.vitasm",
        &asm::Options::default(),
    );
    let other = other.map_err(|errors| errors.to_string())?;
    let other = Verified::new(other, &Options::default()).map_err(|error| error.to_string())?;
    let input = |name: &str, module| Input {
        name: Arc::from(name),
        module,
    };
    let inputs = [input("other", other), input("hostile", module.clone())];
    if let Ok(linked) = link(&inputs, &Limits::default()) {
        let bytes = write(&linked, &WriteOptions::default());
        read(&bytes).map_err(|errors| format!("what was linked is not valid: {errors}"))?;
    }
    Ok(())
}

/// The text of a valid module assembles, and the result has the same text.
fn print_it(module: &Module) -> Result<(), String> {
    let text = |module: &Module| {
        let mut text = Vec::new();
        print(module, &mut text).map_err(|error| error.to_string())?;
        Ok::<_, String>(text)
    };
    let first = text(module)?;
    let again = assemble(&first, "hostile.vitasm", &asm::Options::default());
    let again = again.map_err(|errors| {
        let shown = String::from_utf8_lossy(&first).into_owned();
        format!("canonical text does not assemble: {errors}\n{shown}")
    })?;
    let second = text(&again)?;
    let third = assemble(&second, "hostile.vitasm", &asm::Options::default());
    let third = third.map_err(|errors| errors.to_string())?;
    if text(&third)? != second {
        return Err("canonical text is not its own canonical text".to_owned());
    }
    Ok(())
}

/// Runs some functions of a module on every engine.
///
/// # Errors
///
/// When the engines do not agree, or need more memory than they may.
pub fn run_it(module: Verified) -> Result<(), String> {
    let Ok(program) = load("hostile", module) else {
        return Ok(());
    };
    let setup = Setup {
        stdin: b"some input\nto read\n".to_vec(),
        fuel: Some(FUEL),
        pages: Some(PAGES),
        ..Setup::default()
    };
    let module = program.module();
    let spaces = module.spaces();
    let first = spaces.imported(vbc::module::Kind::Func);
    let functions = module.entry.into_iter().chain(first..first + 2);
    for function in functions {
        let ty = spaces.func_type(module, function);
        let Some(ty) = ty.and_then(|ty| module.types.func(ty)) else {
            continue;
        };
        // Support routines that nothing of the program's calls need have no code of their own.
        if !(first..program.support_from()).contains(&function) {
            continue;
        }
        let args = ty.params.iter().map(|&ty| Value::zero(ty)).collect();
        let calls = [(function, args)];
        let mut judge = None;
        for engine in Engine::all() {
            let observation = engine.run(&program, &setup, &calls);
            if observation.memory.len() as u64 > PAGES * 65_536 {
                return Err(format!("{} bytes of memory", observation.memory.len()));
            }
            let own = |end: &Outcome| {
                // Where the stack ends, and what does not fit from the start, is each engine's own.
                matches!(end, Outcome::Refused(_) | Outcome::Broken(_))
                    || *end == Outcome::Trapped(Trap::CallStackExhausted)
            };
            let Some(judge) = &judge else {
                judge = Some(observation);
                continue;
            };
            let judge: &crate::conformance::Observation = judge;
            if observation.ends.iter().chain(&judge.ends).any(own) {
                continue;
            }
            if let Some(difference) = observation.difference(judge) {
                return Err(format!(
                    "function {function}, {}: {difference}",
                    engine.name()
                ));
            }
        }
    }
    Ok(())
}
