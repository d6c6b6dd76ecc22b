//! Checking one input.

use std::time::{Duration, Instant};

use vbc_cli::Input;
use vbc_core::asm;
use vbc_core::diag::Diagnostic;
use vbc_core::format::legacy::Legacy;
use vbc_core::format::{self, Container, Kind, read_sections};
use vbc_core::module::SharedBytes;
use vbc_core::verify::{Options, verify_container};

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Framing and CRCs.
    Crc,
    /// That, and all but the code.
    Structure,
    /// Everything.
    Full,
}

/// What has resulted from it.
#[derive(Debug, Default)]
pub struct Outcome {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// What was done, on how many bytes, in what time.
    pub phases: Vec<(&'static str, usize, Duration)>,
}

impl Outcome {
    fn of(diagnostics: Vec<Diagnostic>) -> Outcome {
        Outcome {
            diagnostics,
            phases: Vec::new(),
        }
    }

    /// Whether there is no error.
    pub fn is_valid(&self) -> bool {
        self.diagnostics
            .iter()
            .all(|diagnostic| diagnostic.severity != vbc_core::diag::Severity::Error)
    }
}

/// Checks a module in either form.
pub fn check(input: &Input, depth: Depth, options: &Options) -> Outcome {
    let bytes = input.bytes.as_bytes();
    match format::kind(&input.name, bytes) {
        Err(diagnostic) => Outcome::of(vec![*diagnostic]),
        Ok(Kind::Text) => text(input, depth, options),
        Ok(Kind::Binary) => match Legacy::parse(bytes) {
            Some(legacy) if depth == Depth::Crc => {
                Outcome::of(legacy.check(&input.name, bytes).into_iter().collect())
            }
            _ => binary(input, depth, options),
        },
    }
}

/// A text is valid when it can be assembled, which checks everything. It has no CRC.
fn text(input: &Input, depth: Depth, options: &Options) -> Outcome {
    if depth == Depth::Crc {
        return Outcome::default();
    }
    let started = Instant::now();
    let bytes = input.bytes.as_bytes();
    let assembling = asm::Options {
        limits: options.limits.clone(),
        ..asm::Options::default()
    };
    let assembled = asm::assemble(bytes, &input.name, &assembling);
    let mut outcome = Outcome::of(assembled.err().map_or(Vec::new(), |errors| errors.0));
    outcome
        .phases
        .push(("text", bytes.len(), started.elapsed()));
    outcome
}

fn binary(input: &Input, depth: Depth, options: &Options) -> Outcome {
    let started = Instant::now();
    let length = input.bytes.as_bytes().len();
    let bytes: SharedBytes = input.bytes.clone();
    let container = match Container::open(&input.name, bytes, &options.limits) {
        Ok(container) => container,
        Err(fault) => return Outcome::of(vec![*fault]),
    };
    let (module, faults) = read_sections(&container, &options.limits);
    let mut outcome = Outcome::of(faults);
    outcome
        .phases
        .push(("crc and framing", length, started.elapsed()));
    if depth == Depth::Crc || !outcome.diagnostics.is_empty() {
        return outcome;
    }
    let started = Instant::now();
    let structure = Options {
        code: false,
        ..options.clone()
    };
    if depth == Depth::Structure {
        outcome.diagnostics = verify_container(&module, &container, &structure);
        outcome
            .phases
            .push(("structure", length, started.elapsed()));
    } else {
        outcome.diagnostics = verify_container(&module, &container, options);
        outcome
            .phases
            .push(("structure and code", length, started.elapsed()));
    }
    outcome
}
