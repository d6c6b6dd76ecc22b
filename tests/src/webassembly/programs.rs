//! Programs that must do in every host what they do on our own engines.

use std::fs::{self, File};
use std::process::Command;

use serde_json::{Map, json};
use vbc::wasm::Options;

use super::{
    Host, agrees, ask, command, corpus, given, hex, mem64, single_memory, start, translatable,
};
use crate::conformance::{Setup, files, in_parallel};
use crate::{files as sources, program, project, scratch};

/// One conformance file of every `every`; `VBC_FILES=part` limits it to those with `part` in their
/// path.
///
/// # Panics
///
/// When one does not hold.
pub fn conformance(host: Host, every: usize) {
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let mut files = files();
    files.retain(|file| file.path.contains(&part));
    let files: Vec<_> = files.into_iter().step_by(every).collect();
    let results = in_parallel(&files, |file| match translatable(&file.case)? {
        Some(runnable) => agrees(host, &runnable).map(Some),
        None => Ok(None),
    });
    let (mut ran, mut skipped) = (0, 0);
    let mut failures = Vec::new();
    for (file, result) in files.iter().zip(results) {
        match result {
            Ok(Some(done)) => {
                ran += usize::from(done);
                skipped += usize::from(!done);
            }
            Ok(None) => {}
            Err(message) => failures.push(format!("{}: {message}", file.path)),
        }
    }
    println!("{host:?}: {ran} files, and {skipped} that cannot be compared");
    assert!(
        failures.is_empty(),
        "{} of {ran}:\n{}",
        failures.len(),
        failures.join("\n")
    );
    assert!(skipped < 10 || !part.is_empty(), "{skipped} of {ran}");
}

/// The C programs of the corpus, with `tiny` or `small` input.
///
/// # Panics
///
/// When one computes something else.
pub fn c_programs(host: Host, size: &str) {
    let sizes: serde_json::Value = serde_json::from_slice(&corpus("sizes.json")).expect("JSON");
    let sizes = sizes.as_object().expect("an object");
    for (name, sizes) in sizes {
        let expected = String::from_utf8(corpus(&format!("{name}.{size}.out"))).expect("text");
        let argument = sizes[size].to_string();
        let args = [argument.as_str()];
        let setup = given(if name == "hello" { &[] } else { &args });
        for options in [Options::default(), mem64()] {
            let wasm = command(name, &corpus(&format!("{name}.wasm")), options);
            let found = start(host, &wasm, &setup, None);
            let expected = (expected.clone(), String::new(), 0);
            assert_eq!(found, expected, "{name}, {host:?}");
        }
    }
}

/// C programs that use files, variables and input.
///
/// # Panics
///
/// When one does something else.
pub fn system_programs(host: Host) {
    let folder = scratch();
    fs::write(folder.path().join("small"), b"Wikipedia").expect("a file");
    for options in [Options::default(), mem64()] {
        let wasm = command("filesum", &corpus("filesum.wasm"), options.clone());
        let setup = given(&["/data/small", "/data/missing"]);
        let (stdout, stderr, code) = start(host, &wasm, &setup, Some((folder.path(), "/data")));
        assert_eq!(
            stdout, "11e60398 9 /data/small\n",
            "the published example of Adler-32"
        );
        assert!(stderr.starts_with("/data/missing: "), "{stderr}");
        assert_eq!(code, 3, "{host:?}");

        let inner = scratch();
        let wasm = command("filetour", &corpus("filetour.wasm"), options.clone());
        let setup = Setup {
            env: vec![(b"TOUR".to_vec(), b"x".to_vec())],
            ..given(&["/d"])
        };
        let (stdout, ..) = start(host, &wasm, &setup, Some((inner.path(), "/d")));
        let expected = "at 50: ine 7\nsize 8894\nentry b.txt\noutside: refused\nTOUR=x\n";
        assert_eq!(stdout, expected, "{host:?}");

        let wasm = command("wordcount", &corpus("wordcount.wasm"), options);
        let setup = Setup {
            stdin: b"one two\n  three\n\nfour".to_vec(),
            ..given(&[])
        };
        assert_eq!(start(host, &wasm, &setup, None).0, "3 4 21\n", "{host:?}");
    }
}

/// The examples, against `vbc-run`.
///
/// # Panics
///
/// When one does something else.
pub fn examples(host: Host) {
    let folder = scratch();
    for path in sources(&project().join("examples"), "vitasm") {
        // Those in folders are parts of programs.
        if path.parent() != Some(&project().join("examples")) {
            continue;
        }
        let name = path.file_stem().expect("a name").to_string_lossy();
        let text = fs::read(&path).expect(&name);
        let input: Vec<u8> = (0..200_000_u32)
            .map(|n| b"ab \ncd"[(n.wrapping_mul(n) % 7) as usize % 6])
            .collect();
        fs::write(folder.path().join("input"), &input).expect("a file");
        let args: &[&str] = if name == "files" { &["/d/input"] } else { &[] };
        let setup = Setup {
            stdin: input,
            ..given(args)
        };
        let ours = Command::new(program("vbc-run"))
            .arg(format!("--dir={}::/d", folder.path().display()))
            .arg(&path)
            .args(args)
            .stdin(File::open(folder.path().join("input")).expect("the file"))
            .output()
            .expect("vbc-run runs");
        // The entries of a folder come in any order, and some hosts do not list the folder itself.
        let lines = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            if name == "files" {
                lines.retain(|line| line != "." && line != "..");
                lines.sort_unstable();
            }
            lines
        };
        let expected = (
            lines(&String::from_utf8_lossy(&ours.stdout)),
            String::from_utf8_lossy(&ours.stderr).into_owned(),
            ours.status.code().expect("a code"),
        );
        for options in [Options::default(), single_memory()] {
            let wasm = command(&name, &text, options);
            let (stdout, stderr, code) = start(host, &wasm, &setup, Some((folder.path(), "/d")));
            assert_eq!((lines(&stdout), stderr, code), expected, "{name}, {host:?}");
        }
    }
}

/// A number that the entry returns, or `exit`, is the exit code, as far as WASI has it.
///
/// # Panics
///
/// When it is not.
pub fn exit_codes(host: Host) {
    let codes = [
        (0, 0),
        (1, 1),
        (125, 125),
        (126, 125),
        (255, 125),
        (256, 0),
        (-1, 125),
        (300, 44),
    ];
    for (code, expected) in codes {
        let returns = format!("MAIN -> i64\n  LOAD_CONST x, {code}\n  RETURN x\nEND\n");
        let exits = format!(
            ".import func \"vbc1:exit\" as exit(i32)\nMAIN\n  LOAD_CONST.i32 x, {code}\n  CALL exit, x\nEND\n"
        );
        for text in [returns, exits] {
            let wasm = command("exit.vitasm", text.as_bytes(), Options::default());
            let (_, _, found) = start(host, &wasm, &Setup::default(), None);
            assert_eq!(found, expected, "{host:?}: {text}");
        }
    }
}

/// A library with an initialiser.
const LIBRARY: &str = "
.import func \"vbc1:arg_count\" as arg_count() -> i64
.import func \"vbc1:exit\" as exit(i32)
FUNC arguments() -> i64
  .export
  CALL arg_count -> n
  RETURN n
END
FUNC leave(code: i32)
  .export
  CALL exit, code
END
FUNC ready()
  PRINT \"ready\"
END
.init ready
";

const TRAP: &str = "MAIN\n  PRINT \"before\"\n  TRAP assertion_failed\nEND\n";

/// What our JavaScript offers to others (`tests/wasm/api.mjs`).
///
/// # Panics
///
/// When something is not as the documentation states.
pub fn javascript(host: Host) {
    let example = |name: &str| {
        let path = project().join("examples").join(format!("{name}.vitasm"));
        fs::read_to_string(path).expect(name)
    };
    let reactor = Options {
        reactor: true,
        ..Options::default()
    };
    let mut programs = Map::new();
    for (name, text, options) in [
        ("wc", example("wc"), Options::default()),
        ("files", example("files"), Options::default()),
        ("trap", TRAP.to_owned(), Options::default()),
        ("library", LIBRARY.to_owned(), reactor),
    ] {
        let wasm = command(name, text.as_bytes(), options);
        programs.insert(name.to_owned(), hex(&wasm).into());
    }
    let answer = ask(host, &json!({"api": programs}));
    assert_eq!(answer, json!({"failures": []}), "{answer:#}");
}
