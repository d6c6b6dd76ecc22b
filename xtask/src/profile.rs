//! Recording how often the interpreter's cells run one after the other, and choosing superinstructions from that.

use std::fs;
use std::path::Path;
use std::process::Command;

/// What is run, one line each.
const PROGRAMS: &str = "tests/real/profile.txt";
/// What Yosys works on, and where.
const JOB: &str = "target/profile/job";
/// Where the choice goes.
const DATA: &str = "lib/interpreter/superinstructions.txt";

fn status(name: &str, command: &mut Command) -> Result<(), String> {
    let status = command.status();
    let status = status.map_err(|error| format!("{name}: {error}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(format!("{name}: {status}")),
    }
}

/// Starts the example of the library that does it, in a build of its own: others count nothing.
fn example(project: &Path, words: &[&str]) -> Result<(), String> {
    let build = ["run", "--quiet", "--release", "--package", "vbc"];
    let what = [
        "--features",
        "measuring,wasi,lift",
        "--example",
        "profile",
        "--",
    ];
    let mut cargo = Command::new("cargo");
    cargo
        .current_dir(project)
        .args(build)
        .args(what)
        .args(words);
    status("profile", &mut cargo)
}

/// Writes what is counted while the programs run to the file `profile`, after fetching those that are missing.
pub fn record(project: &Path, profile: &str) -> Result<(), String> {
    status(
        "fetch.sh",
        Command::new("tests/real/fetch.sh").current_dir(project),
    )?;
    let job = project.join(JOB);
    fs::create_dir_all(&job).map_err(|error| format!("{JOB}: {error}"))?;
    for name in ["counter.v", "yosys.script"] {
        let copied = fs::copy(project.join("tests/real").join(name), job.join(name));
        copied.map_err(|error| format!("{name}: {error}"))?;
    }
    example(project, &["record", PROGRAMS, profile])
}

/// Makes the `count` most frequent ones of the file `profile` the interpreter's superinstructions.
pub fn choose(project: &Path, profile: &str, count: &str) -> Result<(), String> {
    example(project, &["choose", profile, count, DATA])
}
