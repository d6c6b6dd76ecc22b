//! C programs, compiled to WebAssembly, lifted and run by the tools: what they print and how they end.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use vbc_tests::machine::MachineKind;
use vbc_tests::{program, project, scratch};

fn corpus(name: &str) -> PathBuf {
    project().join("tests/corpus").join(name)
}

/// What `vbc-lift NAME.wasm | vbc-run FLAGS - ARGS`, or what runs it instead, comes to in `folder`.
fn lift_and_run(
    folder: &Path,
    kind: MachineKind,
    name: &str,
    flags: &[&OsStr],
    args: &[&str],
) -> Output {
    let mut lift = Command::new(program("vbc-lift"))
        .arg(corpus(&format!("{name}.wasm")))
        .stdout(Stdio::piped())
        .spawn()
        .expect("vbc-lift starts");
    let run = kind
        .command()
        .current_dir(folder)
        .args(flags)
        .arg("-")
        .args(args)
        .stdin(lift.stdout.take().expect("a pipe"))
        .output()
        .expect("vbc-run runs");
    let lifted = lift.wait().expect("vbc-lift ends");
    assert!(lifted.success(), "{name}: {run:?}");
    run
}

/// Runs a program on each engine; all must end with `code` and print `expected`.
fn expect(name: &str, flags: &[&str], args: &[&str], code: i32, expected: &str) {
    let folder = scratch();
    for kind in MachineKind::all() {
        let engine = kind.name();
        let flags: Vec<&OsStr> = flags.iter().map(OsStr::new).collect();
        let done = lift_and_run(folder.path(), kind, name, &flags, args);
        assert_eq!(
            String::from_utf8_lossy(&done.stdout),
            expected,
            "{name} {args:?} on {engine}: {done:?}"
        );
        assert_eq!(
            done.status.code(),
            Some(code),
            "{name} on {engine}: {done:?}"
        );
        assert!(done.stderr.is_empty(), "{name} on {engine}: {done:?}");
    }
}

/// Runs all programs that compute, with their arguments of a size.
fn compute(size: &str) {
    let sizes = fs::read_to_string(corpus("sizes.json")).expect("sizes.json");
    let sizes: serde_json::Value = serde_json::from_str(&sizes).expect("JSON");
    let sizes = sizes.as_object().expect("an object");
    assert!(sizes.len() >= 10);
    for (name, sizes) in sizes {
        let expected = fs::read_to_string(corpus(&format!("{name}.{size}.out"))).expect(name);
        let argument = sizes[size].to_string();
        let args = [argument.as_str()];
        let args = if name == "hello" { &[][..] } else { &args[..] };
        expect(name, &[], args, 0, &expected);
    }
}

#[test]
fn programs_compute_what_they_should() {
    compute("tiny");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes a minute without optimisation")]
fn programs_compute_more() {
    compute("small");
}

#[test]
fn standard_input_is_read() {
    let text = "one two\n  three\n\nfour";
    let folder = scratch();
    let lifted = folder.path().join("wordcount.vitbc");
    let done = Command::new(program("vbc-lift"))
        .arg(corpus("wordcount.wasm"))
        .arg("-o")
        .arg(&lifted)
        .status();
    assert!(done.expect("vbc-lift runs").success());
    fs::write(folder.path().join("input"), text).expect("a file");
    for kind in MachineKind::all() {
        let mut child = kind
            .command()
            .arg(&lifted)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("vbc-run starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(text.as_bytes()).expect("it reads");
        drop(stdin);
        let done = child.wait_with_output().expect("vbc-run ends");
        assert_eq!(
            String::from_utf8_lossy(&done.stdout),
            "3 4 21\n",
            "{done:?}"
        );
        assert!(done.status.success(), "{done:?}");

        // The module comes from standard input, the program's input from a file.
        let flags = ["--stdin", "input"].map(OsStr::new);
        let done = lift_and_run(folder.path(), kind, "wordcount", &flags, &[]);
        assert_eq!(
            String::from_utf8_lossy(&done.stdout),
            "3 4 21\n",
            "{done:?}"
        );
    }
    // Without it there is nothing to read.
    expect("wordcount", &[], &[], 0, "0 0 0\n");
}

/// Adler-32 of RFC 1950, by its definition.
fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    for &byte in bytes {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

#[test]
fn files_are_read_where_that_is_allowed() {
    let folder = scratch();
    let large: Vec<u8> = (0..200_000u64).map(|n| ((n * n) >> 7) as u8).collect();
    let small = b"Wikipedia".to_vec();
    fs::write(folder.path().join("large"), &large).expect("a file");
    fs::write(folder.path().join("small"), &small).expect("a file");
    assert_eq!(adler(&small), 0x11e6_0398, "the published example");
    let dir = format!("{}::/data", folder.path().display());
    let lines = format!(
        "{:08x} 200000 /data/large\n{:08x} 9 /data/small\n",
        adler(&large),
        adler(&small)
    );
    for kind in MachineKind::all() {
        let flags = ["--dir", &dir].map(OsStr::new);
        let run = |args: &[&str]| lift_and_run(folder.path(), kind, "filesum", &flags, args);
        let done = run(&["/data/large", "/data/small"]);
        assert_eq!(String::from_utf8_lossy(&done.stdout), lines, "{done:?}");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        let done = run(&["/data/large", "/data/missing", "/data/small"]);
        assert_eq!(String::from_utf8_lossy(&done.stdout), lines, "{done:?}");
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        let message = String::from_utf8_lossy(&done.stderr);
        assert!(message.starts_with("/data/missing: "), "{done:?}");
        // Nothing was given, so nothing can be read.
        let done = lift_and_run(folder.path(), kind, "filesum", &[], &["large"]);
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        assert!(done.stdout.is_empty(), "{done:?}");
    }
}

#[test]
fn folders_are_changed_where_that_is_allowed() {
    for kind in MachineKind::all() {
        let outer = scratch();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).expect("a folder");
        let dir = format!("{}::/d", inner.display());
        let flags = ["--dir", &dir, "--env", "TOUR=x"].map(OsStr::new);
        let done = lift_and_run(outer.path(), kind, "filetour", &flags, &["/d"]);
        let expected = "at 50: ine 7\nsize 8894\nentry b.txt\noutside: refused\nTOUR=x\n";
        assert_eq!(String::from_utf8_lossy(&done.stdout), expected, "{done:?}");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        assert!(!outer.path().join("outside.txt").exists());
        let left = fs::read_dir(&inner).expect("the folder is there").count();
        assert_eq!(left, 0, "everything was removed again");
    }
}
