//! Lifts the files of `tests/lift`, compares the code with what is written in them, and runs it on
//! every engine.
//!
//! `BLESS=1` rewrites the code; look at the difference before you commit it.

use std::fs;
use std::path::Path;

use vbc::lift::{Options, lift_any};
use vbc::text::print;
use vbc_tests::conformance::{Case, Engine, check};
use vbc_tests::{blessing, project};

/// Begins a line of expected code.
const CODE: &str = ";; |";

#[test]
fn bodies_become_the_code_in_the_files() {
    let folder = project().join("tests/lift");
    let entries = fs::read_dir(&folder).expect("tests/lift");
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ext| ext == "wat"));
    paths.sort();
    assert!(!paths.is_empty(), "no file in tests/lift");
    let failures: Vec<String> = paths
        .iter()
        .filter_map(|path| {
            file(path)
                .err()
                .map(|why| format!("{}: {why}", path.display()))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn file(path: &Path) -> Result<(), String> {
    let source = fs::read_to_string(path).map_err(|error| error.to_string())?;
    let name = path.display().to_string();
    let lifted = lift_any(&name, source.as_bytes(), &Options::default())
        .map_err(|errors| format!("{errors:?}"))?;
    let mut text = Vec::new();
    print(&lifted.module, &mut text).map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&text).into_owned();
    compare(path, &source, &code(&text))?;
    let case = Case::parse(&name, &source)?;
    let runs = source.lines().filter(|line| line.starts_with(";; run:"));
    assert_eq!(case.runs.len(), runs.count());
    check(&case, &Engine::all()).map(|_| ())
}

/// The functions of a module's text, without the lines of the source.
fn code(text: &str) -> Vec<&str> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in text.lines() {
        inside |= line.starts_with("FUNC");
        if inside && !line.trim_start().starts_with(".loc ") {
            lines.push(line);
        }
        inside &= line != "END";
    }
    lines
}

fn compare(path: &Path, source: &str, code: &[&str]) -> Result<(), String> {
    let written = source.lines().filter_map(|line| line.strip_prefix(CODE));
    let written: Vec<&str> = written
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .collect();
    if written == code {
        return Ok(());
    }
    if !blessing() {
        let first = written.iter().zip(code).position(|(a, b)| a != b);
        let at = first.unwrap_or(written.len().min(code.len()));
        let (old, new) = (written.get(at), code.get(at));
        return Err(format!(
            "line {} of the code is {new:?}, not {old:?}\nBLESS=1 rewrites the code",
            at + 1
        ));
    }
    let rest = source.lines().filter(|line| !line.starts_with(CODE));
    let mut text: String = rest.map(|line| format!("{line}\n")).collect();
    text.extend(code.iter().map(|line| format!("{CODE} {line}\n")));
    fs::write(path, text).map_err(|error| error.to_string())
}

/// Many locals in many nested loops would make as many phis as both multiplied; then locals
/// have registers of their own.
#[test]
fn deep_loops_with_many_locals_stay_linear() {
    let (locals, depth) = (3_000, 500);
    let declared = " i32".repeat(locals);
    let begun = "loop ".repeat(depth);
    let set: String = (0..locals)
        .map(|local| format!("(local.set {local} (i32.add (local.get {local}) (i32.const 2)))\n"))
        .collect();
    let ended = "local.get 2999 i32.const 6 i32.lt_s br_if 0 end ".repeat(depth);
    let source = format!(
        "(module (func (export \"deep\") (param i32) (result i32) (local {declared})\n\
         {begun}\n{set}\n{ended}\nlocal.get 0 local.get 1 i32.add))"
    );
    let lifted = lift_any("deep.wat", source.as_bytes(), &Options::default()).expect("lifts");
    let mut text = Vec::new();
    print(&lifted.module, &mut text).expect("prints");
    let text = String::from_utf8_lossy(&text).into_owned();
    assert!(text.contains("zeroed"), "no register is zeroed");
    let case = Case::parse("deep", &format!("{text}\n;; run: deep(5) == 17\n")).expect("a case");
    check(&case, &Engine::all()).map(|_| ()).expect("runs");
}
