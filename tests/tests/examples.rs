//! The examples do what they claim to do. What they should write was computed by other means: by
//! `sha256sum` and `wc`, or by a few lines of another language for the rest.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use vbc_tests::needs::{there_are, there_are_for};
use vbc_tests::ways::{Surroundings, Way, in_silence};
use vbc_tests::{files, program, project, scratch};

/// Runs a command with some input; `wc` aligns its columns for pipes only, so it is a pipe.
fn run(command: &mut Command, input: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_owned();
    // A program that does not read its input closes the pipe, which is not a failure.
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().expect("the program ends");
    writer.join().expect("the writer ends");
    output
}

fn example(name: &str) -> PathBuf {
    project().join("examples").join(format!("{name}.vitasm"))
}

/// An example, assembled and verified, with the ways to run it.
struct Example {
    source: PathBuf,
    ways: Vec<Way>,
    /// What the ways need.
    _folder: TempDir,
}

impl Example {
    fn new(name: &str) -> Example {
        let folder = scratch();
        let module = folder.path().join("example.vitbc");
        let source = example(name);
        let mut assemble = Command::new(program("vbc-as"));
        in_silence(assemble.arg(&source).arg("-o").arg(&module));
        in_silence(Command::new(program("vbc-verify")).arg(&module));
        Example {
            source,
            ways: Way::all(&module),
            _folder: folder,
        }
    }

    /// Commands that run the text itself, and the module in each way.
    fn commands(&self, given: Surroundings<'_>) -> Vec<Command> {
        let mut text = Command::new(program("vbc-run"));
        for folder in given.folders {
            text.arg("--dir").arg(folder);
        }
        text.arg(&self.source);
        let ways = self.ways.iter().map(|way| way.command(given));
        std::iter::once(text).chain(ways).collect()
    }

    /// What the program writes, which must be the same in all ways.
    fn output(&self, input: &[u8]) -> Vec<u8> {
        let mut outputs = Vec::new();
        for command in &mut self.commands(Surroundings::default()) {
            let done = run(command, input);
            assert_eq!(done.status.code(), Some(0), "{command:?}: {done:?}");
            assert!(done.stderr.is_empty(), "{command:?}: {done:?}");
            outputs.push(done.stdout);
            assert_eq!(outputs.first(), outputs.last(), "text, and {command:?}");
        }
        outputs.swap_remove(0)
    }
}

fn text_of(name: &str) -> String {
    String::from_utf8(Example::new(name).output(b"")).expect("text")
}

/// Inputs around the sizes of blocks and buffers.
fn inputs() -> Vec<Vec<u8>> {
    let mut inputs = vec![
        b"".to_vec(),
        b"abc".to_vec(),
        b"one two\n three\t\r\n\x0b\x0cx\n".to_vec(),
    ];
    for length in [55, 56, 63, 64, 65, 65_535, 65_536, 65_537, 200_000] {
        let byte = |i: usize| [b'a', b' ', b'\n', b'z', 0xff, 0][i * i % 7 % 6];
        inputs.push((0..length).map(byte).collect());
    }
    inputs
}

#[test]
fn every_example_is_tested() {
    let tested = [
        "add",
        // That of embed/, which the tests of native objects give to a C program.
        "statistics",
        // Those of ffi/, which the tests of native functions run.
        "sort",
        "sqlite",
        "sqrt",
        "timezone",
        "zlib",
        "fib",
        "files",
        "hello",
        // Those of linking/, which the command-line files link.
        "cube",
        "gcd",
        "list",
        "main",
        "root",
        "show",
        "mandelbrot",
        "nbody",
        "primes",
        "quicksort",
        "sha256",
        "wc",
    ];
    let there: Vec<String> = files(&project().join("examples"), "vitasm")
        .iter()
        .map(|path| {
            path.file_stem()
                .expect("a name")
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(there, tested);
}

#[test]
fn add() {
    assert_eq!(text_of("add"), "5\n");
}

#[test]
fn add_traced() {
    let done = run(
        Command::new(program("vbc-run"))
            .args(["--log", "trace"])
            .arg(example("add")),
        b"",
    );
    assert_eq!(String::from_utf8_lossy(&done.stdout), "5\n");
    let expected = "VM Start
> LOAD_CONST r0, 2
> LOAD_CONST r1, 3
> CALL add
> LOAD_ARG r1, x (2)
> LOAD_ARG r2, y (3)
> ADD r3, r1, r2 (5)
> RETURN r3 (5)
> PRINT 5
VM End
";
    assert_eq!(String::from_utf8_lossy(&done.stderr), expected);
}

#[test]
fn hello() {
    assert_eq!(text_of("hello"), "Hello, world!\n");
}

#[test]
fn primes() {
    let is_prime = |n: &u32| (2..*n).all(|d| !n.is_multiple_of(d));
    let expected: String = (2..100)
        .filter(is_prime)
        .map(|n| format!("{n}\n"))
        .collect();
    assert_eq!(text_of("primes"), expected);
}

#[test]
fn fib() {
    assert_eq!(text_of("fib"), "196418\n");
    let done = run(
        Command::new(program("vbc-run"))
            .args(["--invoke", "fib"])
            .arg(example("fib"))
            .arg("20"),
        b"",
    );
    assert_eq!(String::from_utf8_lossy(&done.stdout), "6765\n");
}

#[test]
fn files_of_a_folder() {
    let folder = scratch();
    std::fs::write(folder.path().join("other"), "").expect("a file");
    let given = [folder.path().as_os_str().to_owned()];
    let given = Surroundings {
        folders: &given,
        ..Surroundings::default()
    };
    let example = Example::new("files");
    for mut command in example.commands(given) {
        let note = folder.path().join("note.txt");
        for _ in 0..2 {
            let done = run(&mut command, b"");
            let expected = "one line\nand another\n.\n..\nnote.txt\nother\n";
            let text = String::from_utf8_lossy(&done.stdout);
            assert_eq!(text, expected, "{command:?}");
            let note = std::fs::read(&note).expect("the note");
            assert_eq!(note, b"one line\nand another\n", "{command:?}");
        }
        std::fs::remove_file(note).expect("the note");
    }
    // Without the folder, descriptor 3 is not open.
    for mut command in example.commands(Surroundings::default()) {
        let done = run(&mut command, b"");
        let text = String::from_utf8_lossy(&done.stdout);
        assert_eq!(text, "error number 8\n", "{command:?}");
        assert_eq!(done.status.code(), Some(1), "{command:?}");
    }
}

#[test]
fn mandelbrot() {
    let picture = Example::new("mandelbrot").output(b"");
    assert!(picture.starts_with(b"P6\n240 160\n255\n"));
    assert_eq!(picture.len(), 15 + 240 * 160 * 3);
    if !there_are_for("checksum", &["sha256sum"]) {
        return;
    }
    let sum = run(&mut Command::new("sha256sum"), &picture);
    let expected = "d5d1457a58bf996e11308cf592083937e15ff237c7c8f670f39ea89ea9fe0b93  -\n";
    assert_eq!(String::from_utf8_lossy(&sum.stdout), expected);
}

#[test]
fn nbody() {
    assert_eq!(
        text_of("nbody"),
        "-0.16907516382852447\n-0.16908760523460614\n"
    );
}

#[test]
fn quicksort() {
    assert_eq!(text_of("quicksort"), "191970\n1069282969\n2147139625\n0\n");
}

#[test]
fn sha256() {
    if !there_are(&["sha256sum"]) {
        return;
    }
    let example = Example::new("sha256");
    for input in inputs() {
        let expected = run(&mut Command::new("sha256sum"), &input).stdout;
        let own = example.output(&input);
        assert_eq!(
            String::from_utf8_lossy(&own),
            String::from_utf8_lossy(&expected),
            "{} bytes",
            input.len()
        );
    }
}

#[test]
fn wc() {
    if !there_are(&["wc"]) {
        return;
    }
    let example = Example::new("wc");
    for input in inputs() {
        let expected = run(Command::new("wc").env("LC_ALL", "C"), &input).stdout;
        let own = example.output(&input);
        assert_eq!(
            String::from_utf8_lossy(&own),
            String::from_utf8_lossy(&expected),
            "{} bytes",
            input.len()
        );
    }
}
