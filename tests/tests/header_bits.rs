//! Every bit of a file's first 64 bytes, flipped, through every tool as it is run: each reports
//! that the file is damaged, and none is misled by what the damaged bytes claim, another version or
//! an old layout.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use vbc_tests::conformance::in_parallel;
use vbc_tests::{program, project, scratch};

/// The bits that are flipped.
const BITS: usize = 64 * 8;

/// What may be reported about a file with one wrong bit: it is not a module, cut short, has bytes
/// after its end, or a CRC is wrong. None of these gives advice that rests on the damaged bytes.
const DAMAGE: [&str; 5] = ["V0001", "V0002", "V0003", "V0006", "V0013"];

/// Writes each variant of `file` into `folder`.
fn variants(folder: &Path, file: &[u8]) -> Vec<PathBuf> {
    (0..BITS.min(file.len() * 8))
        .map(|bit| {
            let mut damaged = file.to_vec();
            damaged[bit / 8] ^= 1 << (bit % 8);
            let path = folder.join(format!("bit{bit}.vitbc"));
            fs::write(&path, damaged).expect("it can be written");
            path
        })
        .collect()
}

fn run(tool: &str, arguments: &[&str], file: &Path) -> Output {
    let mut command = Command::new(program(tool));
    command.args(arguments).arg(file).stdin(Stdio::null());
    command.output().expect("it starts")
}

/// The codes of the diagnostics that a tool printed.
fn codes(text: &str) -> Vec<&str> {
    let starts = ["error[", "warning["];
    let lines = text.lines();
    let codes = lines.filter_map(|line| {
        let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
        rest.split_once(']').map(|(code, _)| code)
    });
    codes.collect()
}

/// What is wrong with how a tool took a damaged file.
fn fault(tool: &str, output: &Output, allowed: &[&str]) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let codes = codes(&said);
    let right = output.status.code() == Some(1)
        && !codes.is_empty()
        && codes.iter().all(|code| allowed.contains(code));
    (!right).then(|| format!("{tool}: {}: {said}", output.status))
}

/// Sends the variants of a file through tools with arguments of theirs.
fn check(file: &[u8], tools: &[(&str, &[&str])], allowed: &[&str]) {
    let folder = scratch();
    let paths = variants(folder.path(), file);
    let found = in_parallel(&paths, |path| {
        let faults = tools.iter().filter_map(|(tool, arguments)| {
            let fault = fault(tool, &run(tool, arguments, path), allowed)?;
            Some(format!("{}: {fault}", path.display()))
        });
        faults.collect::<Vec<_>>()
    });
    let found: Vec<String> = found.into_iter().flatten().collect();
    let shown = &found[..found.len().min(5)];
    assert!(found.is_empty(), "{}: {}", found.len(), shown.join("\n"));
}

#[test]
fn a_flipped_bit_of_the_header_is_damage_to_every_tool() {
    let module = fs::read(project().join("tests/compat/v3-draft2.vitbc")).expect("it is there");
    let tools: &[(&str, &[&str])] = &[
        ("vbc-dump", &[]),
        ("vbc-dump", &["--all"]),
        ("vbc-verify", &[]),
        ("vbc-verify", &["--crc-only"]),
        ("vbc-run", &[]),
        ("vbc-jit", &[]),
        ("vbc-aot", &["-o", "/dev/null"]),
        ("vbc-wasm", &["-o", "/dev/null"]),
        ("vbc-link", &["-o", "/dev/null"]),
        ("vbc-as", &["-o", "/dev/null"]),
    ];
    check(&module, tools, &DAMAGE);
    // For vbc-lift it is not WebAssembly, with or without a flipped bit.
    let lift: &[(&str, &[&str])] = &[("vbc-lift", &["-o", "/dev/null"])];
    check(&module, lift, &["W0001", "W0003"]);
}

#[test]
fn a_flipped_bit_of_an_old_layout_is_damage() {
    let tools: &[(&str, &[&str])] = &[
        ("vbc-dump", &[]),
        ("vbc-verify", &[]),
        ("vbc-verify", &["--crc-only"]),
        ("vbc-run", &[]),
    ];
    for name in ["v2-tagged.vitbc", "v2-counted.vitbc"] {
        let file = fs::read(project().join("tests/compat").join(name)).expect("it is there");
        check(&file, tools, &DAMAGE);
    }
}
