//! C programs, compiled to WebAssembly, lifted and run by the tools: what they print and how they end.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use vbc_tests::machine::MachineKind;
use vbc_tests::ways::{Surroundings, Way, in_silence};
use vbc_tests::{program, project, scratch};

fn corpus(name: &str) -> PathBuf {
    project().join("tests/corpus").join(name)
}

/// A lifted program, with the ways to run it.
struct Lifted {
    ways: Vec<Way>,
    /// What the ways need.
    _folder: TempDir,
}

impl Lifted {
    fn new(name: &str) -> Lifted {
        let folder = scratch();
        let module = folder.path().join(format!("{name}.vitbc"));
        let mut lift = Command::new(program("vbc-lift"));
        in_silence(
            lift.arg(corpus(&format!("{name}.wasm")))
                .arg("-o")
                .arg(&module),
        );
        Lifted {
            ways: Way::all(&module),
            _folder: folder,
        }
    }

    /// Runs the program in each way, with nothing to read; it must end with `code` and print `expected`.
    fn expect(&self, args: &[&str], code: i32, expected: &str) {
        for way in &self.ways {
            let mut command = way.command(Surroundings::default());
            let done = command.args(args).stdin(Stdio::null()).output();
            let done = done.expect("the program starts");
            let text = String::from_utf8_lossy(&done.stdout);
            assert_eq!(text, expected, "{command:?}: {done:?}");
            assert_eq!(done.status.code(), Some(code), "{command:?}: {done:?}");
            assert!(done.stderr.is_empty(), "{command:?}: {done:?}");
        }
    }
}

/// What `vbc-lift NAME.wasm | vbc-run FLAGS -`, or what runs it instead, comes to in `folder`.
fn lift_and_run(folder: &Path, mut run: Command, name: &str, flags: &[&OsStr]) -> Output {
    let mut lift = Command::new(program("vbc-lift"))
        .arg(corpus(&format!("{name}.wasm")))
        .stdout(Stdio::piped())
        .spawn()
        .expect("vbc-lift starts");
    run.current_dir(folder)
        .args(flags)
        .arg("-")
        .stdin(lift.stdout.take().expect("a pipe"));
    let done = run.output().expect("vbc-run runs");
    let lifted = lift.wait().expect("vbc-lift ends");
    assert!(lifted.success(), "{name}: {done:?}");
    done
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
        Lifted::new(name).expect(args, 0, &expected);
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
    let wordcount = Lifted::new("wordcount");
    for way in &wordcount.ways {
        let mut child = way
            .command(Surroundings::default())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        stdin.write_all(text.as_bytes()).expect("it reads");
        drop(stdin);
        let done = child.wait_with_output().expect("the program ends");
        let (way, counts) = (way.name(), String::from_utf8_lossy(&done.stdout));
        assert_eq!(counts, "3 4 21\n", "{way}: {done:?}");
        assert!(done.status.success(), "{way}: {done:?}");
    }
    // The module comes from standard input, the program's input from a file, or there is nothing to read.
    let folder = scratch();
    fs::write(folder.path().join("input"), text).expect("a file");
    let given = ["--stdin", "input"].map(OsStr::new);
    for run in MachineKind::all().iter().filter_map(|kind| kind.command()) {
        let done = lift_and_run(folder.path(), run, "wordcount", &given);
        assert_eq!(
            String::from_utf8_lossy(&done.stdout),
            "3 4 21\n",
            "{done:?}"
        );
    }
    for run in MachineKind::all().iter().filter_map(|kind| kind.command()) {
        let done = lift_and_run(folder.path(), run, "wordcount", &[]);
        assert_eq!(String::from_utf8_lossy(&done.stdout), "0 0 0\n", "{done:?}");
    }
    wordcount.expect(&[], 0, "0 0 0\n");
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
    let mut dir = folder.path().as_os_str().to_owned();
    dir.push("::/data");
    let given = Surroundings {
        folders: &[dir],
        ..Surroundings::default()
    };
    let lines = format!(
        "{:08x} 200000 /data/large\n{:08x} 9 /data/small\n",
        adler(&large),
        adler(&small)
    );
    for way in Lifted::new("filesum").ways.iter() {
        let run = |given, args: &[&str]| {
            let mut command = way.command(given);
            command.current_dir(folder.path()).args(args);
            command.output().expect("the program starts")
        };
        let done = run(given, &["/data/large", "/data/small"]);
        assert_eq!(String::from_utf8_lossy(&done.stdout), lines, "{done:?}");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        let done = run(given, &["/data/large", "/data/missing", "/data/small"]);
        assert_eq!(String::from_utf8_lossy(&done.stdout), lines, "{done:?}");
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        let message = String::from_utf8_lossy(&done.stderr);
        assert!(message.starts_with("/data/missing: "), "{done:?}");
        // Nothing was given, so nothing can be read.
        let done = run(Surroundings::default(), &["large"]);
        assert_eq!(done.status.code(), Some(3), "{done:?}");
        assert!(done.stdout.is_empty(), "{done:?}");
    }
}

#[test]
fn folders_are_changed_where_that_is_allowed() {
    for way in Lifted::new("filetour").ways.iter() {
        let outer = scratch();
        let inner = outer.path().join("inner");
        fs::create_dir(&inner).expect("a folder");
        let mut dir = inner.as_os_str().to_owned();
        dir.push("::/d");
        let given = Surroundings {
            folders: &[dir],
            variables: &["TOUR"],
        };
        let mut command = way.command(given);
        command.current_dir(outer.path()).env("TOUR", "x").arg("/d");
        let done = command.output().expect("the program starts");
        let expected = "at 50: ine 7\nsize 8894\nentry b.txt\noutside: refused\nTOUR=x\n";
        assert_eq!(String::from_utf8_lossy(&done.stdout), expected, "{done:?}");
        assert_eq!(done.status.code(), Some(0), "{done:?}");
        assert!(!outer.path().join("outside.txt").exists());
        let left = fs::read_dir(&inner).expect("the folder is there").count();
        assert_eq!(left, 0, "everything was removed again");
    }
}
