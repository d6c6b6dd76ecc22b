//! The examples do what they say. What they should write was computed by other means: by
//! `sha256sum` and `wc`, or by a few lines of another language for the rest.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use vbc_tests::machine::MachineKind;
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

/// Assembles and verifies a text, then runs the text itself, and the module on each engine, which must agree.
fn output_of(source: &Path, input: &[u8]) -> Vec<u8> {
    let folder = scratch();
    let module = folder.path().join("example.vitbc");
    for command in [
        Command::new(program("vbc-as"))
            .arg(source)
            .arg("-o")
            .arg(&module),
        Command::new(program("vbc-verify")).arg(&module),
    ] {
        let done = run(command, b"");
        assert!(done.status.success(), "{command:?}: {done:?}");
        assert!(done.stdout.is_empty() && done.stderr.is_empty(), "{done:?}");
    }
    let mut commands = vec![Command::new(program("vbc-run"))];
    commands[0].arg(source);
    commands.extend(MachineKind::all().into_iter().map(|kind| {
        let mut command = kind.command();
        command.arg(&module);
        command
    }));
    let outputs: Vec<Vec<u8>> = commands
        .iter_mut()
        .map(|command| {
            let done = run(command, input);
            assert_eq!(done.status.code(), Some(0), "{command:?}: {done:?}");
            assert!(done.stderr.is_empty(), "{command:?}: {done:?}");
            done.stdout
        })
        .collect();
    for (command, output) in commands.iter().zip(&outputs) {
        assert_eq!(outputs[0], *output, "text, and {command:?}");
    }
    outputs[0].clone()
}

fn text_of(name: &str) -> String {
    String::from_utf8(output_of(&example(name), b"")).expect("text")
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
    let run = |given: bool| {
        let mut command = Command::new(program("vbc-run"));
        if given {
            command.arg("--dir").arg(folder.path());
        }
        run(command.arg(example("files")), b"")
    };
    for _ in 0..2 {
        let done = run(true);
        let expected = "one line\nand another\n.\n..\nnote.txt\nother\n";
        assert_eq!(String::from_utf8_lossy(&done.stdout), expected);
        let note = std::fs::read(folder.path().join("note.txt"));
        assert_eq!(note.expect("the note"), b"one line\nand another\n");
    }
    // Without the folder, descriptor 3 is not open.
    let done = run(false);
    assert_eq!(String::from_utf8_lossy(&done.stdout), "error number 8\n");
    assert_eq!(done.status.code(), Some(1));
}

#[test]
fn mandelbrot() {
    let picture = output_of(&example("mandelbrot"), b"");
    assert!(picture.starts_with(b"P6\n240 160\n255\n"));
    assert_eq!(picture.len(), 15 + 240 * 160 * 3);
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
    for input in inputs() {
        let expected = run(&mut Command::new("sha256sum"), &input).stdout;
        let own = output_of(&example("sha256"), &input);
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
    for input in inputs() {
        let expected = run(Command::new("wc").env("LC_ALL", "C"), &input).stdout;
        let own = output_of(&example("wc"), &input);
        assert_eq!(
            String::from_utf8_lossy(&own),
            String::from_utf8_lossy(&expected),
            "{} bytes",
            input.len()
        );
    }
}
