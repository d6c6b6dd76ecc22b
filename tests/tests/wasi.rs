//! WASI preview 1: scripts of calls, ways out of a folder, hostile arguments, time limits.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use vbc::interp::Dispatch;
use vbc_tests::conformance::Outcome;
use vbc_tests::flags;
use vbc_tests::wasi::{FUNCTIONS, Script, imports, script};
use vbc_tests::webassembly::{Host, in_javascript, tree};
use vbc_tests::{files, program, project, scratch};

/// What runs a program.
#[derive(Clone, Debug)]
struct Runner {
    name: String,
    program: PathBuf,
    flags: Vec<&'static str>,
}

impl Runner {
    fn new(name: String, program: PathBuf, flags: &[&'static str]) -> Runner {
        Runner {
            name,
            program,
            flags: flags.to_vec(),
        }
    }

    /// The engine that every build has.
    fn first() -> Runner {
        Runner::new("match".into(), program("vbc-run"), &["--engine", "match"])
    }

    /// The tools with the engines of this build, and the same engines on a host that blocks every call once.
    fn all() -> Vec<Runner> {
        let there = |name: &&str| Dispatch::named(name).is_some();
        let engines = ["match", "tail"].into_iter().filter(there);
        let tool =
            |name: &'static str| Runner::new(name.into(), program("vbc-run"), &["--engine", name]);
        let mut all: Vec<Runner> = engines.clone().map(tool).collect();
        all.push(Runner::new("native".into(), program("vbc-jit"), &[]));
        all.extend(engines.chain(["native"]).map(Runner::on_trial));
        all
    }

    /// The tools in the kernel's sandbox, where programs see no difference.
    #[cfg(target_os = "linux")]
    fn bounded() -> Vec<Runner> {
        let tool = |name| {
            let flags = &[vbc_tests::sandbox::flag()];
            Runner::new(format!("{name} in a sandbox"), program(name), flags)
        };
        ["vbc-run", "vbc-jit"].map(tool).into()
    }

    #[cfg(not(target_os = "linux"))]
    fn bounded() -> Vec<Runner> {
        Vec::new()
    }

    fn on_trial(engine: &'static str) -> Runner {
        let program = env!("CARGO_BIN_EXE_vbc-trial").into();
        Runner::new(format!("{engine} on trial"), program, &["--engine", engine])
    }

    /// The command that runs a program in a folder.
    fn command(&self, top: &Path) -> Command {
        let mut command = Command::new(&self.program);
        command.current_dir(top).args(&self.flags);
        command
    }
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
    symlink("box", top.join("boxlink")).expect("a link");
    let made = Command::new("mkfifo").arg(inside.join("pipe")).status();
    assert!(made.expect("mkfifo").success());
}

/// Checks that what is outside is as it was made.
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
    assert_eq!(
        around,
        ["box", "boxlink", "outside", "secret.txt"],
        "{context}"
    );
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
    runner: &Runner,
    flags: &[String],
    text: &str,
    args: &[String],
    stdin: &[u8],
) -> Output {
    fs::write(top.join("script.vitasm"), text).expect("the program");
    let mut child = runner
        .command(top)
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
fn problems(script: &Script, stdout: &[u8], stderr: &str, code: Option<i32>) -> Vec<String> {
    let mut problems = Vec::new();
    if !stderr.is_empty() {
        problems.push(format!("standard error: {stderr}"));
    }
    let mut rest = stdout;
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
    if code != Some(script.exit) {
        problems.push(format!("exit code {code:?}, not {}", script.exit));
    }
    if stdout.windows(6).any(|bytes| bytes == b"secret") {
        problems.push("a secret has been read".into());
    }
    problems
}

/// The scripts by name: those in files, and the one of all flags.
fn sources() -> Vec<(String, String)> {
    let files = files(&project().join("tests/wasi"), "calls");
    assert!(files.len() >= 10);
    let name = |path: &Path| {
        path.file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned()
    };
    let read = |path: &Path| fs::read_to_string(path).expect("a script");
    let files = files.iter().map(|path| (name(path), read(path)));
    files
        .chain([("flags".to_owned(), flags::script())])
        .collect()
}

#[test]
fn scripts() {
    let mut runners = Runner::all();
    runners.extend(Runner::bounded());
    let mut wrong = Vec::new();
    for (name, source) in sources() {
        let mut script = script(&source).unwrap_or_else(|e| panic!("{name}: {e}"));
        let limit = ["--timeout", "60s"].map(str::to_owned);
        script.flags.extend(limit);
        for runner in &runners {
            let context = format!("{name} on {}", runner.name);
            let folder = scratch();
            let top = folder.path();
            fill(top);
            let output = run(
                top,
                runner,
                &script.flags,
                &script.text,
                &script.args,
                &script.stdin,
            );
            let stderr = String::from_utf8_lossy(&output.stderr);
            for problem in problems(&script, &output.stdout, &stderr, output.status.code()) {
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

/// The scripts about things that only a system has: pipes, devices, and how a folder is given; and about
/// `--deterministic`, which is not for them.
const OF_SYSTEMS: [&str; 5] = ["deterministic", "full", "given", "pipe", "proc"];

#[test]
fn scripts_with_our_javascript() {
    if !Host::Javascript.is_there() {
        return;
    }
    let folder = scratch();
    let top = folder.path();
    fill(top);
    let mut wrong = Vec::new();
    for (name, source) in sources() {
        if OF_SYSTEMS.contains(&&*name) {
            continue;
        }
        let script = script(&source).expect("a script");
        let (instance, end) = in_javascript(
            top,
            &script.flags,
            &script.text,
            &script.args,
            &script.stdin,
        );
        let code = match end {
            Outcome::Returned(_) => Some(0),
            Outcome::Exited(code) => Some(code),
            other => panic!("{name}: {other:?}"),
        };
        let tree = instance.tree();
        let output = instance.close();
        let stderr = String::from_utf8_lossy(&output.stderr);
        for problem in problems(&script, &output.stdout, &stderr, code) {
            wrong.push(format!("{name}: {problem}"));
        }
        for (file, text) in &script.files {
            if &tree::file(&tree, &format!("box/{file}")) != text {
                wrong.push(format!("{name}: {file} is not as it should be"));
            }
        }
        // Nothing outside has been touched, as there is nothing through which it could be.
        for secret in ["secret.txt", "outside/secret.txt"] {
            let found = tree::file(&tree, secret);
            assert_eq!(found.as_deref(), Some(&b"secret\n"[..]), "{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn hostile_arguments_do_no_harm_to_our_javascript() {
    if !Host::Javascript.is_there() {
        return;
    }
    let folder = scratch();
    let top = folder.path();
    fill(top);
    let flags = ["--dir", "box", "--dir", "box/sub"].map(str::to_owned);
    for (n, (name, params)) in FUNCTIONS.iter().enumerate() {
        let text = hostile(name, params, n as u64);
        let (instance, end) = in_javascript(top, &flags, &text, &[], b"input");
        let said = instance.close().stderr;
        let exited = *name == "proc_exit" && matches!(end, Outcome::Exited(_));
        assert!(
            exited || end == Outcome::Returned(Vec::new()),
            "{name}: {end:?}"
        );
        assert_eq!(String::from_utf8_lossy(&said), "", "{name}");
    }
}

/// Runs a program text in a folder that `fill` has made. Its input stays open.
fn run_waiting(
    runner: &Runner,
    text: &str,
    flags: &[&str],
    input: &[u8],
) -> (Option<i32>, Vec<u8>) {
    let folder = scratch();
    let top = folder.path();
    fill(top);
    fs::write(top.join("waits.vitasm"), text).expect("the program");
    let mut child = runner
        .command(top)
        .args(["--dir", "box"])
        .args(flags)
        .arg("waits.vitasm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("vbc-run starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input).expect("the pipe has room");
    let mut output = Vec::new();
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_to_end(&mut output).expect("output");
    let status = child.wait().expect("vbc-run ends");
    drop(stdin);
    (status.code(), output)
}

/// A program of which these lines are a script.
fn lines(source: &str) -> String {
    script(source).expect("a script").text
}

#[test]
fn time_limits_end_what_waits() {
    let sleep = lines("store64 sub+24 3600000000000\npoll_oneoff &sub &ev 1 &n = ok");
    let input = lines("fd_read 0 in:1 &n = ok");
    let polled = lines("store8 sub+8 1\npoll_oneoff &sub &ev 1 &n = ok");
    let open = "path_open 3 0 \"pipe\" 0 ALL 0 0 &fd = ok\n";
    let pipe = lines(&format!("{open}fd_read 4 in:1 &n = ok"));
    let read_only = open.replace("ALL", "READ");
    let unopened = lines(&format!("{read_only}fd_read 4 in:1 &n = ok"));
    let written = "fd_write 4 &list 1 &n = ok\n".repeat(40);
    let full = lines(&format!("{open}store32 list+4 16384\n{written}"));
    let programs = [sleep, input, polled, pipe, unopened, full];
    for runner in [Runner::first(), Runner::on_trial("native")] {
        for (n, text) in programs.iter().enumerate() {
            let context = format!("program {n} on {}", runner.name);
            let (code, output) = run_waiting(&runner, text, &["--timeout", "300ms"], b"");
            assert_eq!(code, Some(124), "{context}");
            // What was written before is not lost: the calls that came back.
            let done = output.iter().filter(|&&byte| byte == b'\n').count();
            assert_eq!(done, [0, 0, 0, 1, 1, 5][n], "{context}");
        }
    }
}

#[test]
fn time_limits_end_output_that_nobody_reads() {
    let folder = scratch();
    let text = "MAIN\nagain:\n  PRINT \"many words\"\n  JUMP again\nEND\n";
    fs::write(folder.path().join("prints.vitasm"), text).expect("the program");
    let mut child = Runner::first()
        .command(folder.path())
        .args(["--timeout", "300ms", "prints.vitasm"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("vbc-run starts");
    let unread = child.stdout.take();
    let mut message = String::new();
    let mut stderr = child.stderr.take().expect("a pipe");
    stderr.read_to_string(&mut message).expect("a message");
    assert_eq!(message, "vbc-run: the program ran out of time\n");
    assert_eq!(child.wait().expect("vbc-run ends").code(), Some(124));
    drop(unread);
}

/// Writes much at once, in every way.
const TALKER: &str = r#"
.import func "vbc1:write" as write(i32, addr, addr) -> i32
.memory i32 8
.data text size 200000
.data list align 4 = addr text, i32 70000, addr text, i32 150000
.data number align 8 size 8
MAIN
  .reg n, size, first, second, place: i32
  DATA_ADDR base, text
  DATA_ADDR pieces, list
  DATA_ADDR result, number
  LOAD_CONST n, 0
  LOAD_CONST size, 200000
  LOAD_CONST.i32 out, 1
  LOAD_CONST.i32 err, 2
  LOAD_CONST.i32 two, 2
fill:
  ADD place, base, n
  STORE8.i32 [place], n
  ADD n, n, 1
  IF_LT_U n, size, fill
  CALL write, out, base, size -> first
  CALL fd_write, out, pieces, two, result -> second
  OR first, first, second
  CALL fd_write, err, pieces, two, result -> second
  OR first, first, second
  CALL write, err, base, size -> second
  OR first, first, second
  PRINT first
END
"#;

/// Reads to the end, but slowly.
fn read_slowly(mut from: impl Read) -> Vec<u8> {
    let mut all = Vec::new();
    let mut piece = [0; 5000];
    loop {
        std::thread::sleep(std::time::Duration::from_micros(500));
        match from.read(&mut piece).expect("output") {
            0 => return all,
            count => all.extend(&piece[..count]),
        }
    }
}

#[test]
fn output_that_is_read_slowly_arrives_once_and_whole() {
    let text: Vec<u8> = (0..200_000u32).map(|n| n as u8).collect();
    let pieces = [&text[..70_000], &text[..150_000]].concat();
    let (stdout, stderr) = (
        [&text, &pieces, &b"0\n"[..]].concat(),
        [pieces, text].concat(),
    );
    let folder = scratch();
    let program = imports() + TALKER;
    fs::write(folder.path().join("talks.vitasm"), program).expect("the program");
    for runner in [
        Runner::first(),
        Runner::on_trial("match"),
        Runner::on_trial("native"),
    ] {
        for limit in [&[][..], &["--timeout", "60s"]] {
            let mut child = runner
                .command(folder.path())
                .args(limit)
                .arg("talks.vitasm")
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("it starts");
            let errors = child.stderr.take().expect("a pipe");
            let errors = std::thread::spawn(|| read_slowly(errors));
            let written = read_slowly(child.stdout.take().expect("a pipe"));
            let name = &runner.name;
            assert!(written == stdout, "{name}: standard output");
            assert!(
                errors.join().expect("read") == stderr,
                "{name}: standard error"
            );
            assert!(child.wait().expect("it ends").success(), "{name}");
        }
    }
}

#[test]
fn input_that_was_read_ahead_is_there_at_once() {
    let poll = "store8 sub+8 1\npoll_oneoff &sub &ev 1 &n = ok ev+16.u64=2\n";
    let text = lines(&format!(
        "fd_read 0 in:1 &n = ok\n{poll}fd_read 0 in:1,5 &n = ok n=1\nfd_read 0 in:5 &n = ok n=1"
    ));
    for runner in [Runner::first(), Runner::on_trial("match")] {
        let (code, output) = run_waiting(&runner, &text, &["--timeout", "20s"], b"abc");
        assert_eq!(
            (code, &output[..]),
            (Some(0), &b"0\n0\n2\n0\n1\n0\n1\n"[..])
        );
    }
}

/// Opens a file in a folder, again and again, until that has succeeded and been refused often
/// enough; writes what it reads, and makes and removes a file there.
const RACER: &str = r#"
.extern vbc.write_bytes(addr, addr)
.memory i32 1
.data path = "swap/secret.txt"
.data fresh = "swap/fresh"
.data buffer size 64
.data piece align 4 = addr buffer, i32 64
.data number align 8 size 8
MAIN
  .reg opened, refused, file, count: i32
  DATA_ADDR name, path
  DATA_ADDR made, fresh
  DATA_ADDR text, buffer
  DATA_ADDR list, piece
  DATA_ADDR result, number
  LOAD_CONST.i32 folder, 3
  LOAD_CONST.i32 none, 0
  LOAD_CONST.i32 one, 1
  LOAD_CONST.i32 length, 15
  LOAD_CONST.i32 shorter, 10
  LOAD_CONST.i64 rights, 2
  LOAD_CONST.i64 write, 64
  LOAD_CONST.i64 inherited, 0
  LOAD_CONST opened, 0
  LOAD_CONST refused, 0
again:
  CALL path_open, folder, one, made, shorter, one, write, inherited, none, result -> errno
  IF errno, reading
  LOAD.i32 file, [result]
  CALL fd_write, file, list, one, result -> errno
  CALL fd_close, file -> errno
reading:
  CALL path_unlink_file, folder, made, shorter -> errno
  CALL path_open, folder, one, name, length, none, rights, inherited, none, result -> errno
  IF_EQ errno, 63, refuse
  IF errno, again
  LOAD.i32 file, [result]
  CALL fd_read, file, list, one, result -> errno
  LOAD.i32 count, [result]
  CALL vbc.write_bytes, text, count
  CALL fd_close, file -> errno
  ADD opened, opened, 1
  JUMP enough
refuse:
  ADD refused, refused, 1
enough:
  IF_LT opened, 200, again
  IF_LT refused, 200, again
END
"#;

#[test]
fn a_folder_that_becomes_a_link_meanwhile_leads_nowhere() {
    let folder = scratch();
    let top = folder.path();
    fill(top);
    let inside = top.join("box");
    fs::create_dir(inside.join("swap")).expect("a folder");
    fs::write(inside.join("swap/secret.txt"), "decoy\n").expect("a file");
    symlink("../outside", inside.join("link")).expect("a link");
    // A missing program is reported before a thread waits for its end.
    program("vbc-run");
    let ended = AtomicBool::new(false);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            let name = |name: &str| inside.join(name);
            while !ended.load(Ordering::Relaxed) {
                for (from, to) in [
                    ("swap", "real"),
                    ("link", "swap"),
                    ("swap", "link"),
                    ("real", "swap"),
                ] {
                    fs::rename(name(from), name(to)).expect("renamed");
                    std::thread::yield_now();
                }
            }
        });
        let text = imports() + RACER;
        let flags = ["--dir", "box", "--timeout", "60s"].map(str::to_owned);
        let output = run(top, &Runner::first(), &flags, &text, &[], b"");
        ended.store(true, Ordering::Relaxed);
        output
    });
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.lines().count() >= 200);
    assert!(text.lines().all(|line| line == "decoy"), "{text}");
    check_outside(top, "after the race");
}

/// A program that calls one function often with arguments from the edges of everything, and checks
/// that it returns an error number each time.
fn hostile(name: &str, params: &str, seed: u64) -> String {
    const INTS: &[u32] = &[
        0,
        1,
        2,
        3,
        4,
        5,
        8,
        16,
        64,
        100,
        1024,
        4096,
        0xfff8,
        0xffff,
        0x1_0000,
        0x7fff_ffff,
        0x8000_0000,
        0xffff_fff8,
        0xffff_ffff,
    ];
    const LONGS: &[u64] = &[0, 1, 2, 100, 0xffff, 1 << 63, (1 << 63) - 1, u64::MAX];
    let mut state = seed;
    let mut pick = |count: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % count
    };
    let mut text = imports();
    // Pieces of memory, paths, and bytes that are nothing of the kind.
    text.push_str(
        ".memory i32 1\n.data a at 64 = hex \"00 00 00 00 ff ff ff ff 40 00 00 00 08 00 00 00\"\n",
    );
    text.push_str(
        ".data b at 100 = \"sub/inner.txt\"\n.data c at 4096 = hex \"ff ff ff ff ff ff ff ff\"\n",
    );
    text.push_str(".data e at 1 = \"sub\"\nMAIN\n  .reg status: i32\n");
    for (n, ty) in params.chars().enumerate() {
        let ty = if ty == 'i' { "i32" } else { "i64" };
        let _ = writeln!(text, "  .reg p{n}: {ty}");
    }
    // A file under number 5.
    text.push_str(
        "  .reg z, five, name, length: i32\n  .reg all, nothing: i64\n  LOAD_CONST z, 0\n  LOAD_CONST five, 3\n  LOAD_CONST name, 100\n",
    );
    text.push_str(
        "  LOAD_CONST length, 13\n  LOAD_CONST all, -1\n  LOAD_CONST nothing, 0\n  CALL path_open, five, z, name, length, z, all, nothing, z, name -> status\n",
    );
    text.push_str("  IF status, wrong\n  LOAD_CONST name, 100\n  LOAD.i32 five, [name]\n  IF_NE five, 5, wrong\n");
    for _ in 0..300 {
        for (n, ty) in params.chars().enumerate() {
            let value = match ty {
                'i' => INTS[pick(INTS.len())].to_string(),
                _ => LONGS[pick(LONGS.len())].to_string(),
            };
            let _ = writeln!(text, "  LOAD_CONST p{n}, {value}");
        }
        let list: String = (0..params.len()).map(|n| format!(", p{n}")).collect();
        if name == "proc_exit" {
            let _ = writeln!(text, "  CALL proc_exit{list}");
            continue;
        }
        let _ = writeln!(text, "  CALL {name}{list} -> status");
        text.push_str("  IF_GT_U status, 76, wrong\n");
    }
    text.push_str("  RETURN\nwrong:\n  TRAP assertion_failed\nEND\n");
    text
}

#[test]
fn hostile_arguments_do_no_harm() {
    let runners = [Runner::first(), Runner::on_trial("match")];
    let functions = FUNCTIONS.iter().enumerate();
    let each = |function| runners.iter().map(move |runner| (function, runner));
    for ((n, (name, params)), runner) in functions.flat_map(each) {
        let folder = scratch();
        let top = folder.path();
        fill(top);
        let flags = [
            "--dir",
            "box",
            "--dir",
            "box/sub",
            "--max-memory",
            "1M",
            "--timeout",
            "10s",
        ];
        let flags = flags.map(str::to_owned);
        let output = run(
            top,
            runner,
            &flags,
            &hostile(name, params, n as u64),
            &[],
            b"input",
        );
        let said = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code();
        // Some of what is waited for never comes.
        let waited = *name == "poll_oneoff" && code == Some(124);
        let exited = *name == "proc_exit" && said.is_empty();
        assert!(
            waited || exited || (code == Some(0) && said.is_empty()),
            "{name}: {code:?} {said}"
        );
        check_outside(top, name);
    }
}
