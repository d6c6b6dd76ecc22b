//! Measures what each way of making fewer cells gains, on programs that vbc-lift made:
//!
//!     cargo run --release -p vbc --features measuring,wasi --example fusions ROUNDS FILE:ARGUMENT...
//!
//! Each program runs with all of them and without each, interleaved, in this process. What is
//! printed is by how much the program is slower without it (the minimum of the rounds, loading left
//! out).

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use vbc::engine::Engine;
use vbc::format::{AlignedBytes, Limits};
use vbc::host::{Host, Services, ServicesConfig, Sink};
use vbc::interp::{Config, Fusion, Interpreter};
use vbc::link::Program;
use vbc::module::SharedBytes;

/// Seconds of one run.
fn time(program: &Program, argument: &str, without: &[Fusion]) -> Result<f64, String> {
    let services = ServicesConfig {
        args: vec![b"program".to_vec(), argument.as_bytes().to_vec()],
        output: Sink::Writer(Box::new(std::io::sink())),
        ..ServicesConfig::default()
    };
    let config = Config {
        without: without.to_vec(),
        ..Config::default()
    };
    let host = Host::new(Services::new(services));
    let mut interpreter =
        Interpreter::new(program.clone(), host, config).map_err(|errors| format!("{errors:?}"))?;
    let entry = program.module().entry.ok_or("it has no entry")?;
    interpreter
        .start()
        .map_err(|outcome| format!("{outcome:?}"))?;
    let start = Instant::now();
    interpreter.invoke(entry, &[]);
    Ok(start.elapsed().as_secs_f64())
}

fn load(path: &str) -> Result<Program, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let bytes: SharedBytes = Arc::new(AlignedBytes::from(bytes.as_slice()));
    let module = vbc::open(path, bytes, &Limits::default());
    let program = module.and_then(|module| vbc::link::load(path, module));
    program.map_err(|errors| format!("{path}: {errors:?}"))
}

/// Characters of the column of a fusion.
fn width(fusion: Fusion) -> usize {
    format!("{fusion:?}").len().max(10)
}

/// Characters of all columns; the last one is that of all fusions.
fn widths() -> impl Iterator<Item = usize> {
    let columns = Fusion::ALL.iter().map(|&fusion| width(fusion));
    columns.chain([10])
}

fn measure() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize = arguments
        .next()
        .and_then(|rounds| rounds.parse().ok())
        .ok_or("how many rounds?")?;
    let mut variants: Vec<Vec<Fusion>> = vec![Vec::new()];
    variants.extend(Fusion::ALL.iter().map(|&fusion| vec![fusion]));
    variants.push(Fusion::ALL.to_vec());
    print!("{:<12}", "");
    for &fusion in Fusion::ALL {
        let width = width(fusion);
        print!(" {:>width$}", format!("{fusion:?}"));
    }
    println!(" {:>10}", "all");
    let mut logarithms = vec![0.0; variants.len()];
    let mut programs = 0;
    for program in arguments {
        let (path, argument) = program.split_once(':').unwrap_or((&program, ""));
        let loaded = load(path)?;
        let mut best = vec![f64::INFINITY; variants.len()];
        for _ in 0..rounds {
            for (variant, best) in variants.iter().zip(&mut best) {
                *best = best.min(time(&loaded, argument, variant)?);
            }
        }
        let name = Path::new(path).file_stem().unwrap_or_default();
        print!("{:<12}", name.to_string_lossy());
        let slower = logarithms.iter_mut().zip(&best).skip(1);
        for ((logarithm, time), width) in slower.zip(widths()) {
            *logarithm += (time / best[0]).ln();
            print!(" {:>width$.2}", time / best[0]);
        }
        println!();
        programs += 1;
    }
    print!("{:<12}", "geo. mean");
    for (logarithm, width) in logarithms.iter().skip(1).zip(widths()) {
        print!(" {:>width$.2}", (logarithm / f64::from(programs)).exp());
    }
    println!();
    Ok(())
}

fn main() -> ExitCode {
    match measure() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("fusions: {message}");
            ExitCode::FAILURE
        }
    }
}
