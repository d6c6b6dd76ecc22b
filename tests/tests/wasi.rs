//! WASI preview 1: scripts of calls, ways out of a folder, hostile arguments, time limits.

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use vbc::interp::Engine;
use vbc_tests::wasi::{Script, script};
use vbc_tests::{files, program, project, scratch};

/// The engines of this build.
fn engines() -> Vec<&'static str> {
    let there = |name: &&str| Engine::named(name).is_some();
    ["match", "tail"].into_iter().filter(there).collect()
}

/// A folder `box` with things in it, and some outside that nobody must reach.
fn fill(top: &Path) {
    let inside = top.join("box");
    for folder in ["box/sub/deep", "outside/empty"] {
        fs::create_dir_all(top.join(folder)).expect("a folder");
    }
    for (name, text) in [
        ("box/hello.txt", "hello, world\n"),
        ("box/empty.txt", ""),
        ("box/sub/inner.txt", "inner\n"),
        ("secret.txt", "secret\n"),
        ("outside/secret.txt", "secret\n"),
    ] {
        fs::write(top.join(name), text).expect("a file");
    }
    let secret = top.join("secret.txt");
    for (target, name) in [
        ("hello.txt", "to_hello"),
        ("sub", "to_sub"),
        ("nowhere", "dangling"),
        ("loop", "loop"),
        ("../secret.txt", "out_file"),
        (secret.to_str().expect("text"), "out_abs"),
        ("../outside", "out_dir"),
        ("../outside/new", "out_new"),
        ("..", "up"),
        ("sub/../../secret.txt", "via"),
        ("sub/../out_file", "chain"),
    ] {
        symlink(target, inside.join(name)).expect("a link");
    }
    symlink("secret.txt", top.join("outside/link")).expect("a link");
    let made = Command::new("mkfifo").arg(inside.join("pipe")).status();
    assert!(made.expect("mkfifo").success());
}

/// Makes sure that what is outside is as it was made.
fn check_outside(top: &Path, context: &str) {
    let names = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| {
                entry
                    .expect("an entry")
                    .file_name()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(
        names(&top.join("outside")),
        ["empty", "link", "secret.txt"],
        "{context}"
    );
    let around: Vec<String> = names(top)
        .into_iter()
        .filter(|name| !name.ends_with(".vitasm"))
        .collect();
    assert_eq!(around, ["box", "outside", "secret.txt"], "{context}");
    for secret in ["secret.txt", "outside/secret.txt"] {
        let path = top.join(secret);
        assert_eq!(fs::read(&path).expect("a file"), b"secret\n", "{context}");
        let metadata = path.metadata().expect("a file");
        let age = metadata.modified().expect("a time").elapsed();
        assert!(age.is_ok_and(|age| age.as_secs() < 3600), "{context}");
    }
}

/// Runs a program text in a folder. It must come to an end in reasonable time.
fn run(
    top: &Path,
    engine: &str,
    flags: &[String],
    text: &str,
    args: &[String],
    stdin: &[u8],
) -> Output {
    fs::write(top.join("script.vitasm"), text).expect("the program");
    let mut child = Command::new(program("vbc-run"))
        .current_dir(top)
        .args(["--engine", engine, "--timeout", "60s"])
        .args(flags)
        .arg("script.vitasm")
        .args(args)
        .env("SECRET", "secret")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vbc-run starts");
    let mut input = child.stdin.take().expect("a pipe");
    // A program that does not read closes the pipe.
    let _ = input.write_all(stdin);
    drop(input);
    child.wait_with_output().expect("vbc-run ends")
}

/// What of the output is not as it should be.
fn problems(script: &Script, output: &Output) -> Vec<String> {
    let mut problems = Vec::new();
    let said = String::from_utf8_lossy(&output.stderr);
    if !said.is_empty() {
        problems.push(format!("standard error: {said}"));
    }
    let mut rest = &output.stdout[..];
    for (line, expected) in &script.expected {
        let lines = expected.iter().filter(|&&byte| byte == b'\n').count();
        let mut ends = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let end = ends.nth(lines - 1).map_or(rest.len(), |(at, _)| at + 1);
        let (got, behind) = rest.split_at(end);
        if got != expected {
            let (expected, got) = (expected.escape_ascii(), got.escape_ascii());
            problems.push(format!("line {line}: expected {expected}, got {got}"));
        }
        rest = behind;
    }
    if !rest.is_empty() {
        problems.push(format!("more output: {}", rest.escape_ascii()));
    }
    if output.status.code() != Some(script.exit) {
        problems.push(format!("{}, not {}", output.status, script.exit));
    }
    if output.stdout.windows(6).any(|bytes| bytes == b"secret") {
        problems.push("a secret has been read".into());
    }
    problems
}

#[test]
fn scripts() {
    let all = files(&project().join("tests/wasi"), "calls");
    assert!(all.len() >= 10);
    let mut wrong = Vec::new();
    for path in all {
        let source = fs::read_to_string(&path).expect("a script");
        let script = script(&source).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        for engine in engines() {
            let context = format!("{} on {engine}", path.display());
            let folder = scratch();
            let top = folder.path();
            fill(top);
            let output = run(
                top,
                engine,
                &script.flags,
                &script.text,
                &script.args,
                &script.stdin,
            );
            for problem in problems(&script, &output) {
                wrong.push(format!("{context}: {problem}"));
            }
            check_outside(top, &context);
            for (name, text) in &script.files {
                let found = fs::read(top.join("box").join(name)).ok();
                if &found != text {
                    wrong.push(format!("{context}: {name} is not as it should be"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
