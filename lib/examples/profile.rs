//! Records how often the interpreter's cells run one after the other, and chooses superinstructions from that:
//!
//!     cargo run -p xtask -- --profile record PROFILE
//!     cargo run -p xtask -- --profile choose PROFILE COUNT
//!
//! which start this with
//!
//!     profile record PROGRAMS PROFILE
//!     profile choose PROFILE COUNT DATA
//!
//! PROGRAMS has a line for each run: the file (WebAssembly or VITBC), folders that it is given as `dir=HOST::GUEST`,
//! and its arguments.

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use vbc::engine::Engine;
use vbc::format::{AlignedBytes, Limits};
use vbc::host::{Folder, GivenFolder, Host, Services, ServicesConfig, Sink};
use vbc::interp::{Config, Interpreter, Profile, data_file};
use vbc::lift::lift;
use vbc::link::Program;
use vbc::runtime::Outcome;
use vbc::verify::Verified;

/// The program in a file.
fn load(path: &str) -> Result<Program, String> {
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let module = if bytes.starts_with(b"\0asm") {
        let module =
            lift(path, &bytes, &Default::default()).map_err(|errors| errors.to_string())?;
        Verified::new(module, &Default::default()).map_err(|rejected| rejected.to_string())?
    } else {
        let bytes = Arc::new(AlignedBytes::from(bytes.as_slice()));
        vbc::open(path, bytes, &Limits::default()).map_err(|errors| errors.to_string())?
    };
    vbc::link::load(path, module).map_err(|errors| errors.to_string())
}

/// What a program may use, from what follows its file in a line of the list.
fn host<'a>(name: &str, words: impl Iterator<Item = &'a str>) -> Result<Host, String> {
    let mut args = vec![name.into()];
    let mut folders = Vec::new();
    for word in words {
        match word.strip_prefix("dir=") {
            Some(folder) => folders.push(GivenFolder::parse(folder.into())?),
            None => args.push(word.into()),
        }
    }
    let mut host = Host::new(Services::new(ServicesConfig {
        args,
        output: Sink::Writer(Box::new(std::io::sink())),
        seed: Some(1),
        fixed_clock: true,
        ..ServicesConfig::default()
    }));
    for folder in folders {
        let opened = Folder::open(&folder.path, folder.name);
        host.give(opened.map_err(|error| format!("{}: {error}", folder.path.display()))?);
    }
    Ok(host)
}

/// Runs the program of a line.
fn run(line: &str) -> Result<Profile, String> {
    let mut words = line.split_whitespace();
    let path = words.next().ok_or("no file")?;
    let name = Path::new(path).file_stem().unwrap_or_default();
    let host = host(&name.to_string_lossy(), words)?;
    let program = load(path)?;
    let entry = program.module().entry.ok_or("it has no entry")?;
    let config = Config {
        recorded: true,
        ..Config::default()
    };
    let interpreter = Interpreter::new(program, host, config);
    let mut interpreter = interpreter.map_err(|errors| errors.to_string())?;
    interpreter
        .start()
        .map_err(|outcome| format!("{outcome:?}"))?;
    match interpreter.invoke(entry, &[]) {
        Outcome::Finished(_) | Outcome::Exited(0) => {}
        other => return Err(format!("{other:?}")),
    }
    interpreter
        .profile()
        .ok_or_else(|| "nothing was recorded".into())
}

fn record(programs: &str, to: &str) -> Result<(), String> {
    let list = fs::read_to_string(programs).map_err(|error| format!("{programs}: {error}"))?;
    let mut profile = Profile::default();
    for line in list.lines().filter(|line| !line.starts_with('#')) {
        eprintln!("{line}");
        profile.add(&run(line).map_err(|error| format!("{line}: {error}"))?);
    }
    fs::write(to, profile.to_string()).map_err(|error| format!("{to}: {error}"))
}

fn choose(from: &str, count: &str, to: &str) -> Result<(), String> {
    let count = count
        .parse()
        .map_err(|_| format!("`{count}` is no number"))?;
    let profile = fs::read_to_string(from).map_err(|error| format!("{from}: {error}"))?;
    let profile: Profile = profile
        .parse()
        .map_err(|error| format!("{from}: {error}"))?;
    let data = data_file(&profile.choose(count));
    fs::write(to, data).map_err(|error| format!("{to}: {error}"))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words[..] {
        ["record", programs, profile] => record(programs, profile),
        ["choose", profile, count, data] => choose(profile, count, data),
        _ => {
            Err("usage: profile record PROGRAMS PROFILE | profile choose PROFILE COUNT DATA".into())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("profile: {message}");
            ExitCode::FAILURE
        }
    }
}
