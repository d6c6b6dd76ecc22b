//! `--sandbox`: what the kernel keeps a process from, whatever is in it, and what must go on all the same.

#![cfg(all(
    target_os = "linux",
    any(
        target_arch = "x86_64",
        target_arch = "aarch64",
        target_arch = "riscv64"
    )
))]
#![allow(unsafe_code, reason = "the system is called")]

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use vbc_tests::needs::there_are;
use vbc_tests::sandbox::{Part, flag, is_complete, value};
use vbc_tests::{files, program, programs, project, scratch};

const CONFINED: &str = env!("CARGO_BIN_EXE_vbc-confined");

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Runs a command in a folder, without input.
fn output(folder: &Path, command: &mut Command) -> Output {
    let command = command.current_dir(folder).stdin(Stdio::null());
    command.output().expect("the program starts")
}

/// The same for a command that must succeed. Returns its standard output.
fn succeed(folder: &Path, command: &mut Command) -> String {
    let done = output(folder, command);
    let shown = format!("{}\n{}", text(&done.stdout), text(&done.stderr));
    assert!(
        done.status.success(),
        "{command:?}: {}\n{shown}",
        done.status
    );
    text(&done.stdout)
}

fn tool<I: AsRef<OsStr>>(name: &str, args: &[I]) -> Command {
    let mut command = Command::new(program(name));
    command.args(args);
    command
}

/// An attempt of `sandbox/hostile.c`.
struct Attempt {
    when: String,
    kind: String,
    name: String,
    error: i32,
}

/// Folders `inside`, `second` and `outside`, and the library in a folder of its own.
struct Scene(tempfile::TempDir);

impl Scene {
    fn new() -> Scene {
        let folder = scratch();
        let top = folder.path();
        for name in ["inside", "second", "outside", "lib"] {
            fs::create_dir(top.join(name)).expect("a folder");
        }
        fs::write(top.join("inside/file"), "inside\n").expect("a file");
        symlink("../outside/secret", top.join("inside/to_secret")).expect("a link");
        for (name, contents) in [("secret", "secret\n"), ("spare", "spare\n"), ("doomed", "")] {
            fs::write(top.join("outside").join(name), contents).expect("a file");
        }
        let mut command = Command::new("cc");
        command.args(["-shared", "-fPIC", "-O1", "-pthread", "-Wall", "-Wextra"]);
        command.args(["-Werror", "-o", "lib/hostile.so"]);
        succeed(top, command.arg(project().join("tests/sandbox/hostile.c")));
        Scene(folder)
    }

    fn top(&self) -> &Path {
        self.0.path()
    }

    /// The process that loads the library and calls a function of it.
    fn command(&self, flags: &[&str], function: &str) -> Command {
        let path = |name: &str| self.top().join(name);
        let mut command = Command::new(CONFINED);
        command.args(flags);
        for given in ["inside", "second"] {
            command.arg("--write").arg(path(given));
        }
        command.arg("--libraries").arg(path("lib"));
        command
            .arg("--load")
            .arg(path("lib/hostile.so"))
            .arg(function);
        for (variable, name) in [
            ("OUTSIDE", "outside"),
            ("INSIDE", "inside"),
            ("SECOND", "second"),
        ] {
            command.env(variable, path(name));
        }
        command.env("PARENT", std::process::id().to_string());
        command
    }

    /// What it attempts, and what becomes of it; and what it says about the sandbox.
    fn attempts(&self, command: &mut Command) -> (String, Vec<Attempt>) {
        let said = succeed(self.top(), command);
        let (first, rest) = match said.strip_prefix("sandbox: ") {
            Some(rest) => rest.split_once('\n').expect("a line"),
            None => ("", &*said),
        };
        let attempt = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            let [when, kind, name, error] = words[..] else {
                panic!("{line}");
            };
            let [when, kind, name] = [when, kind, name].map(str::to_owned);
            let error = error.parse().expect("a number");
            Attempt {
                when,
                kind,
                name,
                error,
            }
        };
        let attempts: Vec<Attempt> = rest.lines().map(attempt).collect();
        let times = |when: &str| attempts.iter().filter(|one| one.when == when).count();
        assert!(times("constructor") > 70, "{said}");
        assert_eq!(times("call"), times("constructor"));
        assert_eq!(times("thread"), times("constructor"));
        (first.to_owned(), attempts)
    }

    /// Nothing outside has changed.
    fn check_outside(&self) {
        let outside = self.top().join("outside");
        let entries = fs::read_dir(&outside).expect("a folder");
        let names: BTreeSet<String> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        assert_eq!(
            Vec::from_iter(names),
            ["doomed", "secret", "spare"].map(str::to_owned)
        );
        for (name, contents) in [("secret", "secret\n"), ("spare", "spare\n")] {
            let found = fs::read_to_string(outside.join(name)).expect("a file");
            assert_eq!(found, contents);
        }
        let inside = fs::read_to_string(self.top().join("inside/file"));
        assert_eq!(inside.expect("a file"), "inside\n");
    }
}

/// What is wrong where these parts of the sandbox are in place.
fn surprises(attempts: &[Attempt], landlock: bool, seccomp: bool) -> Vec<String> {
    let refused_path = [libc::EACCES, libc::EXDEV];
    let expected = |one: &Attempt| match &*one.kind {
        "path" if landlock => refused_path.contains(&one.error),
        "path" => one.error == 0 || one.error == libc::EOPNOTSUPP,
        "clone3" if seccomp => one.error == libc::ENOSYS,
        "call" | "signal" | "root" if seccomp => one.error == libc::EPERM,
        "signal" => one.error == 0 || landlock && one.error == libc::EPERM,
        // What only some may do tells nothing where nothing keeps them from it.
        "root" => true,
        "clone3" => one.error == 0,
        "call" => one.error != libc::EPERM,
        "may" => one.error == 0,
        kind => panic!("{kind}"),
    };
    let shown = |one: &Attempt| {
        let error = std::io::Error::from_raw_os_error(one.error);
        format!("{} ({}), {}: {error}", one.name, one.kind, one.when)
    };
    let wrong = attempts.iter().filter(|one| !expected(one));
    wrong.map(shown).collect()
}

/// A hostile library gets out by none of the ways that we could think of, neither when it is loaded nor later, on no
/// thread; and what it may do works.
#[test]
fn hostile_code_stays_inside() {
    if !there_are(&["cc"]) {
        return;
    }
    let scene = Scene::new();
    let mode: &[&str] = match is_complete() {
        true => &[],
        false => &["--try"],
    };
    let (landlock, seccomp) = (Part::Landlock.is_there(), Part::Seccomp.is_there());
    let (said, attempts) = scene.attempts(&mut scene.command(mode, "hostile_call"));
    assert_eq!(said == "complete", landlock && seccomp, "{said}");
    let wrong = surprises(&attempts, landlock, seccomp);
    assert!(wrong.is_empty(), "{wrong:#?}");
    if landlock && seccomp {
        scene.check_outside();
    }
}

/// Without a sandbox the same attempts succeed, or fail for other reasons: the test above is one.
#[test]
fn the_attempts_are_real() {
    if !there_are(&["cc"]) {
        return;
    }
    let scene = Scene::new();
    let (said, attempts) = scene.attempts(&mut scene.command(&["--free"], "hostile_call"));
    assert_eq!(said, "");
    let wrong = surprises(&attempts, false, false);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Calls by the numbers of the 32-bit processor would mean other calls.
#[cfg(target_arch = "x86_64")]
#[test]
fn narrow_calls_end_the_process() {
    if !there_are(&["cc"]) || !is_complete() {
        return;
    }
    let scene = Scene::new();
    let done = output(scene.top(), &mut scene.command(&[], "hostile_narrow"));
    assert_eq!(done.status.signal(), Some(libc::SIGSYS), "{done:?}");
}

#[test]
fn memory_is_executed_only_where_it_has_to_be() {
    let folder = scratch();
    let memory = |flags: &[&str]| {
        let mut command = Command::new(CONFINED);
        let said = succeed(folder.path(), command.args(flags).arg("--memory"));
        said.lines().next_back().expect("a line").to_owned()
    };
    let free = memory(&["--free"]);
    assert!(
        free.starts_with("data yes, code yes, made code yes, "),
        "{free}"
    );
    if is_complete() {
        let none = "data yes, code no, made code no, with a key no";
        assert_eq!(memory(&[]), none);
    }
}

/// A thread that is there before cannot be bounded by Landlock.
#[test]
fn a_process_with_other_threads_is_refused() {
    let folder = scratch();
    let confined = |flags: &[&str]| {
        let mut command = Command::new(CONFINED);
        output(folder.path(), command.args(flags).arg("--thread"))
    };
    let refused = confined(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused.stderr);
    assert_eq!(
        said,
        "error[R0021]: there is no sandbox: the process has other threads\n"
    );
    let tried = confined(&["--try"]);
    assert!(tried.status.success(), "{tried:?}");
    let said = text(&tried.stdout);
    assert!(
        said.starts_with("sandbox: the process has other threads"),
        "{said}"
    );
    if !Part::Seccomp.is_there() {
        return;
    }
    // Its system calls can be bounded, and are.
    let mut command = Command::new(CONFINED);
    command.args(["--try", "--thread", "--wait"]);
    let mut child = begun(folder.path(), &mut command);
    let bounds = bounds(&child);
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
    assert_eq!(bounds, [["NoNewPrivs: 1", "Seccomp: 2"]; 2]);
}

/// A program with this many functions, which several threads compile where they are many; it says that it has begun and
/// waits for input.
fn waiting(functions: usize) -> String {
    let mut source = String::from(
        ".import func \"vbc1:read\" as read(i32, addr, addr) -> addr\n.data buffer size 8\n",
    );
    for n in 0..functions {
        source += &format!("FUNC f{n}(x) -> i64\n");
        for _ in 0..40 {
            source += "  MUL x, x, 3\n  XOR x, x, 5\n";
        }
        source += "  RETURN x\nEND\n";
    }
    source += "MAIN\n  LOAD_CONST x, 1\n";
    for n in 0..functions {
        source += &format!("  CALL f{n}, x -> x\n");
    }
    source += "  PRINT \"ready\"\n  DATA_ADDR p, buffer\n  LOAD_CONST.i32 zero, 0\n  LOAD_CONST eight, 8\n  CALL read, zero, p, eight -> n\n  PRINT n\nEND\n";
    source
}

/// Starts a program of [`waiting`] and waits until it has begun.
fn begun(folder: &Path, command: &mut Command) -> Child {
    let pipes = command
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = pipes.spawn().expect("the program starts");
    let stdout = child.stdout.as_mut().expect("a pipe");
    let mut lines = BufReader::new(stdout).lines();
    assert!(lines.any(|line| line.expect("a line") == "ready"));
    child
}

/// The lines of the status of each thread that say what bounds it.
fn bounds(child: &Child) -> Vec<Vec<String>> {
    let threads = format!("/proc/{}/task", child.id());
    let threads = fs::read_dir(threads).expect("the process is there");
    threads
        .map(|thread| {
            let status = thread.expect("a thread").path().join("status");
            let status = fs::read_to_string(status).expect("the thread is there");
            let lines = status
                .lines()
                .filter(|line| line.starts_with("NoNewPrivs:") || line.starts_with("Seccomp:"));
            lines.map(|line| line.replace('\t', " ")).collect()
        })
        .collect()
}

/// Every thread has the filter. None is given it by another one, only by the thread that began it, and that one was
/// bounded by Landlock before: so every thread is bounded by it, too.
#[test]
fn every_thread_is_bounded() {
    if !is_complete() {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    fs::write(folder.join("waiting.vitasm"), waiting(60)).expect("written");
    let flags = ["--sandbox", "--timeout", "1h", "waiting.vitasm"];
    let mut commands = vec![
        (tool("vbc-run", &flags), 2),
        (tool("vbc-jit", &flags), 3),
        (tool("vbc-run", &[&flags[..1], &flags[3..]].concat()), 1),
    ];
    if there_are(&["cc"]) {
        let args = ["waiting.vitasm", "-o", "waiting.o"];
        succeed(folder, &mut tool("vbc-aot", &args));
        let args = ["--exe", "waiting.o", "-o", "waiting"];
        succeed(folder, &mut tool("vbc-link", &args));
        let mut executable = Command::new(folder.join("waiting"));
        executable.env("VBC_SANDBOX", "1");
        commands.push((executable, 1));
    }
    for (command, least) in &mut commands {
        let mut child = begun(folder, command);
        let bounds = bounds(&child);
        child
            .stdin
            .take()
            .expect("a pipe")
            .write_all(b"x")
            .expect("it reads");
        assert!(child.wait().expect("it ends").success(), "{command:?}");
        assert!(bounds.len() >= *least, "{command:?}: {bounds:?}");
        for thread in bounds {
            assert_eq!(thread, ["NoNewPrivs: 1", "Seccomp: 2"], "{command:?}");
        }
    }
    let mut child = begun(folder, &mut tool("vbc-run", &["waiting.vitasm"]));
    let free = bounds(&child);
    drop(child.stdin.take());
    assert!(child.wait().expect("it ends").success());
    let own = fs::read_to_string("/proc/self/status").expect("a status");
    let is_own = |line: &String| own.contains(&line.replace(' ', "\t"));
    assert!(free.concat().iter().all(is_own), "{free:?}");
}

/// Has a command run where a system call is not there, for this reason.
fn without(command: &mut Command, call: libc::c_long, reason: i32) {
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    let filter = [
        // Load the number; is it this one; refuse; allow.
        step(0x20, 0, 0, 0),
        step(0x15, 0, 1, call as u32),
        step(0x06, 0, 0, libc::SECCOMP_RET_ERRNO | reason as u32),
        step(0x06, 0, 0, libc::SECCOMP_RET_ALLOW),
    ];
    let install = move || {
        let program = libc::sock_fprog {
            len: 4,
            filter: filter.as_ptr().cast_mut(),
        };
        // SAFETY: the program is there while the system reads it.
        let done = unsafe {
            libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::syscall(libc::SYS_seccomp, 1, 0, &raw const program) == 0
        };
        match done {
            true => Ok(()),
            false => Err(std::io::Error::last_os_error()),
        }
    };
    // SAFETY: system calls may be made between fork and exec.
    unsafe { command.pre_exec(install) };
}

/// What a kernel lacks is an error, or goes without, as the user has said.
#[test]
fn what_the_kernel_lacks_is_said() {
    if !is_complete() {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let hello = project().join("examples/hello.vitasm");
    let hello = hello.to_str().expect("text");
    let greeting = succeed(folder, &mut tool("vbc-run", &[hello]));
    let mut executable = None;
    if there_are(&["cc"]) {
        succeed(folder, &mut tool("vbc-aot", &[hello, "-o", "hello.o"]));
        let args = ["--exe", "hello.o", "-o", "hello"];
        succeed(folder, &mut tool("vbc-link", &args));
        executable = Some(folder.join("hello"));
    }
    for (call, reason, words) in [
        (
            libc::SYS_landlock_create_ruleset,
            libc::ENOSYS,
            "no Landlock: the kernel does not have it",
        ),
        (
            libc::SYS_landlock_create_ruleset,
            libc::EOPNOTSUPP,
            "no Landlock: the kernel has been started without it",
        ),
        (
            libc::SYS_seccomp,
            libc::EINVAL,
            "no seccomp: the kernel does not have it",
        ),
        (
            libc::SYS_seccomp,
            libc::EACCES,
            "no seccomp: Permission denied",
        ),
    ] {
        for name in ["vbc-run", "vbc-jit"] {
            let mut must = tool(name, &["--sandbox", "--report", "report.json", hello]);
            without(&mut must, call, reason);
            let refused = output(folder, &mut must);
            assert_eq!(refused.status.code(), Some(1), "{name}: {words}");
            assert_eq!(
                text(&refused.stderr),
                format!(
                    "error[R0021]: there is no sandbox: {words}\n  = help: --sandbox=try, VBC_SANDBOX=try for executables, goes on with what there is\n"
                )
            );
            assert_eq!(text(&refused.stdout), "");
            let report = fs::read_to_string(folder.join("report.json")).expect("a report");
            assert!(report.contains("\"R0021\""), "{report}");

            let mut lenient = tool(name, &["--sandbox=try", "-v", hello]);
            without(&mut lenient, call, reason);
            let tried = output(folder, &mut lenient);
            assert_eq!(text(&tried.stdout), greeting, "{name}: {words}");
            let said = text(&tried.stderr);
            assert!(said.contains(&format!("s: sandbox: {words}\n")), "{said}");
        }
        let Some(executable) = &executable else {
            continue;
        };
        let mut must = Command::new(executable);
        must.env("VBC_SANDBOX", "1");
        without(&mut must, call, reason);
        let refused = output(folder, &mut must);
        assert_eq!(refused.status.code(), Some(1), "{words}");
        let expected = format!("error[R0021]: there is no sandbox: {words}\n");
        assert_eq!(text(&refused.stderr), expected);
        let mut lenient = Command::new(executable);
        lenient.env("VBC_SANDBOX", "try");
        without(&mut lenient, call, reason);
        assert_eq!(succeed(folder, &mut lenient), greeting);
    }
}

/// Where one part is missing, the other one does its work.
#[test]
fn half_a_sandbox_is_one() {
    if !there_are(&["cc"]) || !is_complete() {
        return;
    }
    for (call, landlock, seccomp) in [
        (libc::SYS_landlock_create_ruleset, false, true),
        (libc::SYS_seccomp, true, false),
    ] {
        let scene = Scene::new();
        let mut command = scene.command(&["--try"], "hostile_call");
        without(&mut command, call, libc::ENOSYS);
        let (said, attempts) = scene.attempts(&mut command);
        assert_ne!(said, "complete");
        let wrong = surprises(&attempts, landlock, seccomp);
        assert!(wrong.is_empty(), "{said}: {wrong:#?}");
    }
}

/// The examples do the same, on both engines and as executables.
#[test]
fn examples_do_the_same() {
    let folder = scratch();
    let folder = folder.path();
    let examples = files(&project().join("examples"), "vitasm");
    let examples = examples
        .iter()
        .filter(|path| path.parent() == Some(&project().join("examples")));
    let mut count = 0;
    for path in examples {
        count += 1;
        let path = path.to_str().expect("text");
        for name in ["vbc-run", "vbc-jit"] {
            let run = |flags: &[&str]| {
                let notes = folder.join("notes");
                let _ = fs::remove_dir_all(&notes);
                fs::create_dir(&notes).expect("a folder");
                let args = [flags, &["--dir", "notes", path]].concat();
                let done = output(folder, &mut tool(name, &args));
                (done.status.code(), text(&done.stdout), text(&done.stderr))
            };
            assert_eq!(run(&[flag()]), run(&[]), "{name} {path}");
        }
    }
    assert!(count >= 10);
}

/// An executable reaches its folders, and nothing else of the system's.
#[test]
fn executables_are_bounded() {
    if !there_are(&["cc"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let source = project().join("examples/files.vitasm");
    let source = source.to_str().expect("text");
    succeed(folder, &mut tool("vbc-aot", &[source, "-o", "files.o"]));
    let args = ["--exe", "files.o", "-o", "files"];
    succeed(folder, &mut tool("vbc-link", &args));
    let run = |sandbox: Option<&str>| {
        let notes = folder.join("notes");
        let _ = fs::remove_dir_all(&notes);
        fs::create_dir(&notes).expect("a folder");
        let mut command = Command::new(folder.join("files"));
        command.env("VBC_DIR", "notes");
        if let Some(word) = sandbox {
            command.env("VBC_SANDBOX", word);
        }
        let done = output(folder, &mut command);
        (done.status.code(), text(&done.stdout), text(&done.stderr))
    };
    assert_eq!(run(Some(value())), run(None));
    assert_eq!(run(Some("")), run(None));
    let wrong = run(Some("yes"));
    let message = "files: VBC_SANDBOX: neither `1` nor `try`\n";
    assert_eq!(wrong, (Some(2), String::new(), message.into()));

    // A library has begun a thread before `main`.
    let early = "#include <pthread.h>\n#include <unistd.h>\n\
        static void *rest(void *nothing) { for (;;) pause(); return nothing; }\n\
        __attribute__((constructor)) static void begin(void) {\n\
          pthread_t other;\n\
          pthread_create(&other, NULL, rest, NULL);\n\
        }\n";
    fs::write(folder.join("early.c"), early).expect("written");
    succeed(folder, Command::new("cc").args(["-c", "early.c"]));
    let args = ["--exe", "files.o", "early.o", "-o", "files"];
    succeed(folder, &mut tool("vbc-link", &args));
    let refused = run(Some("1"));
    let message = "error[R0021]: there is no sandbox: the process has other threads\n";
    assert_eq!(refused, (Some(1), String::new(), message.into()));
}

/// A C program's own process is not bounded by a program that it runs: that is an error, or nothing.
#[test]
fn the_process_of_a_c_program_is_left_alone() {
    if !there_are(&["cc"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let source = project().join("examples/hello.vitasm");
    let source = source.to_str().expect("text");
    succeed(folder, &mut tool("vbc-aot", &[source, "-o", "hello.o"]));
    let main = "#include <stdio.h>\n#include \"vbcrt.h\"\n\
        int main(int argc, const char **argv) {\n\
          vbcrt_instance *instance = vbcrt_new(&vbcrt_image, argc, argv);\n\
          if (!instance) return 3;\n\
          FILE *file = fopen(\"/etc/passwd\", \"r\");\n\
          return vbcrt_run(instance) == VBCRT_OK && file ? 0 : 4;\n\
        }\n";
    fs::write(folder.join("main.c"), main).expect("written");
    program("vbc-link");
    let mut command = Command::new("cc");
    command.args(["main.c", "hello.o", "-o", "embedder", "-I"]);
    command.arg(project().join("lib/rt/include"));
    command.arg(programs().join("libvbcrt.a")).arg("-lm");
    succeed(folder, &mut command);
    let run = |word: &str| {
        let mut command = Command::new(folder.join("embedder"));
        let done = output(folder, command.env("VBC_SANDBOX", word));
        (done.status.code(), text(&done.stderr))
    };
    let message = "error[R0021]: there is no sandbox: the process is not the program's own\n";
    assert_eq!(run("1"), (Some(3), message.into()));
    assert_eq!(run("try"), (Some(0), String::new()));
}

/// Ways to end, and what is written then.
#[test]
fn runs_end_as_they_do_without() {
    let folder = scratch();
    let folder = folder.path();
    for (name, source) in [
        (
            "divide",
            "FUNC inner(x) -> i64\n  LOAD_CONST a, 1\n  DIV a, a, x\n  RETURN a\nEND\nMAIN\n  LOAD_CONST x, 0\n  CALL inner, x -> y\nEND\n",
        ),
        ("loop", "MAIN\nagain:\n  JUMP again\nEND\n"),
        (
            "deep",
            "FUNC deep(n) -> i64\n  ADD n, n, 1\n  CALL deep, n -> m\n  RETURN m\nEND\nMAIN\n  LOAD_CONST n, 0\n  CALL deep, n -> m\nEND\n",
        ),
        (
            "grow",
            ".memory i64 1\nMAIN\n  LOAD_CONST n, 2000\n  MEMORY_GROW before, n\n  PRINT before\n  LOAD_CONST p, 131072000\n  STORE [p], n\n  LOAD v, [p]\n  PRINT v\n  LOAD_CONST far, 132000000\n  LOAD v, [far]\nEND\n",
        ),
        ("broken", "MAIN\n  ADD r0\nEND\n"),
    ] {
        fs::write(folder.join(format!("{name}.vitasm")), source).expect("written");
    }
    for name in ["vbc-run", "vbc-jit"] {
        for (args, code) in [
            (&["divide.vitasm"][..], 134),
            (&["--timeout", "50ms", "loop.vitasm"], 124),
            (&["--fuel", "1000", "loop.vitasm"], 124),
            (&["deep.vitasm"], 134),
            (&["grow.vitasm"], 134),
            (&["broken.vitasm"], 1),
            (&["missing.vitasm"], 1),
            (&["--dir", "missing", "divide.vitasm"], 1),
        ] {
            let run = |flags: &[&str]| {
                let _ = fs::remove_file(folder.join("report.json"));
                let report = ["--report", "report.json"];
                let args = [flags, &report[..], args].concat();
                let done = output(folder, &mut tool(name, &args));
                let report = fs::read_to_string(folder.join("report.json")).expect("a report");
                (
                    done.status.code(),
                    text(&done.stdout),
                    text(&done.stderr),
                    report,
                )
            };
            let bounded = run(&[flag()]);
            assert_eq!(bounded.0, Some(code), "{name} {args:?}: {bounded:?}");
            assert_eq!(bounded, run(&[]), "{name} {args:?}");
        }
    }
}

/// The report is written into the file that was there, and its input is what was opened before.
#[test]
fn the_report_is_written_in_place() {
    let folder = scratch();
    let folder = folder.path();
    let flag = flag();
    let old = "x".repeat(10_000);
    fs::write(folder.join("report.json"), old).expect("written");
    fs::hard_link(folder.join("report.json"), folder.join("link")).expect("a link");
    fs::write(folder.join("input"), "one two three\n").expect("written");
    let wc = project().join("examples/wc.vitasm");
    let wc = wc.to_str().expect("text");
    let report = ["--report", "report.json", "--stdin", "input", wc];
    let counted = succeed(
        folder,
        &mut tool("vbc-run", &[&[flag], &report[..]].concat()),
    );
    let free = succeed(folder, &mut tool("vbc-run", &["--stdin", "input", wc]));
    assert_eq!(counted, free);
    assert!(counted.contains('3'), "{counted}");
    let link = fs::read_to_string(folder.join("link")).expect("a report");
    let report = fs::read_to_string(folder.join("report.json")).expect("a report");
    assert_eq!(report, link);
    assert!(report.ends_with("\"code\": 0\n}\n"), "{report}");

    let nowhere = ["--report", "no/report.json", wc];
    let failed = output(
        folder,
        &mut tool("vbc-run", &[&[flag], &nowhere[..]].concat()),
    );
    assert_eq!(failed.status.code(), Some(1));
    let said = text(&failed.stderr);
    assert!(said.starts_with("error[C0009]: cannot write the output: No such file"));
    assert_eq!(text(&failed.stdout), "");
}

/// The time is watched before the sandbox is entered and after it.
#[test]
fn the_time_is_watched_on_both_sides() {
    if !there_are(&["timeout"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let late = |command: &mut Command| {
        let done = output(folder, command);
        assert_eq!(done.status.code(), Some(124), "{done:?}");
        let said = text(&done.stderr);
        assert!(said.ends_with("ran out of time\n"), "{said}");
        fs::read_to_string(folder.join("report.json")).expect("a report")
    };
    let flags = [flag(), "--timeout", "100ms", "--report", "report.json"];
    let report = "{\n  \"schema\": \"vbc-run-report/1\",\n  \"outcome\": \"limit\",\n  \"limit\": \"time\"\n}\n";

    fs::write(folder.join("reads.vitasm"), waiting(1)).expect("written");
    // Nobody writes into the pipes, that of the module first, then that of the program's input. In neither case does
    // anybody look at the clock; a program that does is among the ends above.
    for args in ["slow", "--stdin slow reads.vitasm"] {
        let tool = program("vbc-run");
        // Without `timeout`, a defect would have the test wait for ever.
        let command = format!(
            "rm -f slow; mkfifo slow && exec 3<>slow && exec timeout -s KILL 60 {} {} {args}",
            tool.display(),
            flags.join(" ")
        );
        let written = late(Command::new("sh").args(["-c", &command]));
        assert_eq!(written, report, "{args}");
    }
}

/// The names in a text that come after `mark`, made of small letters, digits and underscores.
fn names<'t>(text: &'t str, mark: &str) -> BTreeSet<&'t str> {
    let name = |rest: &'t str| {
        let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        rest.split(|c| !is_part(c)).next().unwrap_or_default()
    };
    let names = text.split(mark).skip(1).map(name);
    names.filter(|name| !name.is_empty()).collect()
}

/// The page lists the calls that the filter lets through, and no others.
#[test]
fn the_list_of_calls_is_documented() {
    let read = |path: &str| fs::read_to_string(project().join(path)).expect("a text");
    let source = read("lib/sandbox/src/linux/calls.rs");
    let mut calls = names(&source, "libc::SYS_");
    calls.extend(names(&source, ", // "));
    assert!(calls.remove("clone3"));
    let page = read("docs/cli.md");
    let list = page.split("**The list.**").nth(1).expect("a list");
    let list = list.split("**What it").next().expect("its end");
    let documented = names(list, "`");
    assert_eq!(documented, calls);
}
