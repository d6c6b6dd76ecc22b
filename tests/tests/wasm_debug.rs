//! What debuggers and backtraces show of programs that `vbc-wasm -g` has made.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use vbc_tests::webassembly::Host;
use vbc_tests::{program, project, scratch, there_are};

const TRAPS: &str = "\
FUNC inner(x) -> i64
  LOAD_CONST a, 1
  DIV a, a, x
  RETURN a
END
FUNC middle(x) -> i64
  ADD x, x, 7
  SUB x, x, 7
  CALL inner, x -> x
  ADD x, x, 1
  RETURN x
END
MAIN -> i64
  LOAD_CONST zero, 0
  PRINT \"before\"
  CALL middle, zero -> zero
  RETURN zero
END
";

/// Runs a tool in a folder; it must succeed.
fn run(folder: &Path, tool: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program(tool));
    let done = command.current_dir(folder).args(args).output();
    let done = done.expect("the tool starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{tool} {args:?}: {said}");
    done
}

/// What wasmtime reports when a program traps.
fn backtrace(folder: &Path, file: &str) -> String {
    let done = Command::new("python3")
        .arg(project().join("tests/wasm/command.py"))
        .args(["run", file])
        .current_dir(folder)
        .env("PYTHONPATH", Host::Wasmtime.place())
        .env("WASMTIME_BACKTRACE_DETAILS", "1")
        .output()
        .expect("python3 starts");
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// The lines of `file` in a backtrace, innermost first.
fn lines(backtrace: &str, file: &str) -> Vec<u32> {
    let place = format!("at ./{file}:");
    let places = backtrace
        .lines()
        .filter_map(|line| line.trim().strip_prefix(&place)?.split(':').next());
    places.map(|line| line.parse().expect("a line")).collect()
}

#[test]
fn backtraces_have_lines() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    fs::write(folder.join("traps.vitasm"), TRAPS).expect("written");
    let narrow = format!(".memory i32 1\n{TRAPS}");
    fs::write(folder.join("narrow.vitasm"), narrow).expect("written");
    let ways: [(&str, &[&str], [u32; 3]); 5] = [
        ("traps", &[], [3, 9, 16]),
        ("traps", &["--single-memory"], [3, 9, 16]),
        ("traps", &["--deterministic"], [3, 9, 16]),
        ("narrow", &[], [4, 10, 17]),
        ("narrow", &["--mem64"], [4, 10, 17]),
    ];
    for (name, flags, expected) in ways {
        let source = format!("{name}.vitasm");
        let args = [&["-g", source.as_str(), "-o", "out.wasm"], flags].concat();
        run(folder, "vbc-wasm", &args);
        let text = backtrace(folder, "out.wasm");
        assert_eq!(lines(&text, &source), expected, "{name} {flags:?}: {text}");
        let kind = text.contains("integer divide by zero") && text.contains("inner");
        assert!(kind, "{text}");
    }
    // Without -g there are names only.
    run(folder, "vbc-wasm", &["traps.vitasm", "-o", "out.wasm"]);
    let text = backtrace(folder, "out.wasm");
    assert!(
        text.contains("inner") && !text.contains("traps.vitasm"),
        "{text}"
    );
}

/// A program in which `number` selects which of its divisions is one by zero: in trees, branches, loops with one entry
/// and with two, and arms of a SWITCH.
fn divisions(number: usize) -> String {
    let text = "FUNC run(n, one)
  LOAD_CONST s, 0
  @
  IF_NE n, 1, small
  @
  JUMP both
small:
  @
both:
  @
  LOAD_CONST i, 3
again:
  @
  SUB i, i, 1
  AND t, i, 1
  IF t, odd
  @
  JUMP join
odd:
  @
join:
  @
  IF_GT i, 0, again
  LOAD_CONST i, 0
next:
  SWITCH i, first, second, else last
first:
  @
  JUMP on
second:
  @
  JUMP on
last:
  @
on:
  ADD i, i, 1
  IF_LT i, 3, next
  IF_GT s, 1000, inside
outside:
  @
  ADD i, i, 1
inside:
  @
  IF_LT i, 6, outside
  @
  MUL w, q, 3
  ADD s, s, w
  RETURN s
END
MAIN
  LOAD_CONST n, NUMBER
  LOAD_CONST one, 1
  CALL run, n, one -> s
  PRINT s
END
";
    let mut result = String::new();
    let mut count = 0;
    for line in text.lines() {
        if line.trim() == "@" {
            let division =
                format!("  SUB d, n, {count}\n  REM q, one, d\n  XOR s, s, q\n  ADD s, s, 1\n");
            result.push_str(&division);
            count += 1;
        } else {
            result.push_str(&line.replace("NUMBER", &number.to_string()));
            result.push('\n');
        }
    }
    result
}

#[test]
fn every_instruction_keeps_its_line() {
    if !Host::Wasmtime.is_there() {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let count = divisions(0).matches("REM").count();
    assert_eq!(count, 14);
    for number in 0..count {
        let text = divisions(number);
        let is_it = |(_, line): &(usize, &str)| *line == format!("  SUB d, n, {number}");
        let at = text.lines().enumerate().find(is_it).expect("the line").0;
        // The division follows, and lines count from 1.
        let expected = [at as u32 + 2, text.lines().count() as u32 - 2];
        fs::write(folder.join("d.vitasm"), &text).expect("written");
        let args = ["-g", "--single-memory", "d.vitasm", "-o", "d.wasm"];
        run(folder, "vbc-wasm", &args);
        let shown = backtrace(folder, "d.wasm");
        assert_eq!(lines(&shown, "d.vitasm"), expected, "{number}: {shown}");
        // Another reader of the same lines.
        run(folder, "vbc-lift", &["d.wasm", "-o", "d.vitbc"]);
        let again = Command::new(program("vbc-run"))
            .arg(folder.join("d.vitbc"))
            .output()
            .expect("vbc-run starts");
        let again = String::from_utf8_lossy(&again.stderr).into_owned();
        let place = format!("d.vitasm:{}", expected[0]);
        assert!(again.contains(&place), "{number}: {again}");
    }
}

/// gdb, with wasmtime's help, stops at lines and shows the lines of all calls.
#[test]
fn gdb_stops_at_lines() {
    if !there_are(&["gdb"]) || !Host::Wasmtime.is_there() {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    fs::write(folder.join("traps.vitasm"), TRAPS).expect("written");
    run(
        folder,
        "vbc-wasm",
        &["-g", "traps.vitasm", "-o", "traps.wasm"],
    );
    // gdb wants the program itself, where `python3` may be a script.
    let python = Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .expect("python3 starts");
    let python = String::from_utf8(python.stdout).expect("text");
    let done = Command::new("gdb")
        .args(["-batch", "-nx", "-ex", "set breakpoint pending on"])
        .args([
            "-ex",
            "break traps.vitasm:8",
            "-ex",
            "break inner",
            "-ex",
            "run",
        ])
        .args(["-ex", "continue", "-ex", "bt 3", "--args", python.trim()])
        .arg(project().join("tests/wasm/command.py"))
        .args(["debug", "traps.wasm"])
        .current_dir(folder)
        .env("PYTHONPATH", Host::Wasmtime.place())
        .output()
        .expect("gdb starts");
    let text = String::from_utf8_lossy(&done.stdout);
    let has = |part: &str| assert!(text.contains(part), "no {part:?} in\n{text}");
    has("middle () at traps.vitasm:8\n8\t  SUB x, x, 7");
    has("inner () at traps.vitasm:3\n3\t  DIV a, a, x");
    has("#0  inner () at traps.vitasm:3\n#1  ");
    has(" in middle () at traps.vitasm:9\n#2  ");
    has(" in main () at traps.vitasm:16\n");
}
