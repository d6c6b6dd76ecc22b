//! Tools that are interrupted leave nothing behind.

#![allow(unsafe_code, reason = "the system is called")]

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use vbc::interrupt::Unfinished;
use vbc_tests::{program, scratch};

const SIGNALS: [i32; 3] = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP];

/// A command that the signals end, even where whoever runs the tests ignores one, as `nohup` does.
fn interruptible(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    let reset = || {
        for signal in SIGNALS {
            // SAFETY: only the disposition of a signal is changed.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: `signal` may be called between fork and exec.
    unsafe { command.pre_exec(reset) };
    command
}

fn names(folder: &Path) -> Vec<OsString> {
    let entries = fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<OsString> = names.collect();
    names.sort();
    names
}

fn signal(child: &Child, signal: i32) {
    // SAFETY: the child has not been waited for.
    unsafe { libc::kill(child.id() as i32, signal) };
}

/// A text with this many instructions.
fn long_text(count: usize) -> String {
    let instructions: String = (0..count)
        .map(|n| format!("  LOAD_CONST r{}, {n}\n", n % 50))
        .collect();
    format!("FUNC f()\n{instructions}  RETURN\nEND\n")
}

/// Interrupts a command after ever longer times, until it comes to its end before that. `check` looks each time.
fn interrupt_at_all_times(command: impl Fn() -> Command, check: impl Fn(ExitStatus)) {
    let mut interrupted = 0;
    let mut wait = Duration::ZERO;
    for which in SIGNALS.into_iter().cycle() {
        let mut child = command().spawn().expect("the tool starts");
        sleep(wait);
        signal(&child, which);
        let status = child.wait().expect("the tool ends");
        check(status);
        match status.code() {
            None => interrupted += 1,
            Some(code) => {
                assert_eq!(code, 0);
                // At first it may be done before it is looked at.
                if wait > Duration::from_millis(2) {
                    break;
                }
            }
        }
        wait += Duration::from_micros(300) + wait / 8;
    }
    assert!(interrupted > 0);
}

#[test]
fn a_new_file_is_there_as_a_whole_or_not_at_all() {
    let folder = scratch();
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let source = folder.path().join("long.vitasm");
    fs::write(&source, long_text(20_000)).expect("a file");
    let dump = || {
        let _ = fs::remove_file(out.join("listing"));
        let mut command = interruptible(program("vbc-dump"));
        command.args(["--json".as_ref(), source.as_os_str(), "-o".as_ref()]);
        command.arg(out.join("listing"));
        command
    };
    let check = |status: ExitStatus| {
        let found = names(&out);
        match status.success() {
            true => assert_eq!(found, ["listing"]),
            // It may have been ended after its last step.
            false => assert!(found.is_empty() || found == ["listing"], "{found:?}"),
        }
        if !found.is_empty() {
            let text = fs::read_to_string(out.join("listing")).expect("a file");
            assert!(text.trim_end().ends_with('}'));
        }
    };
    interrupt_at_all_times(dump, check);
}

#[test]
fn a_file_that_is_replaced_is_the_old_one_or_the_new_one() {
    let folder = scratch();
    let out = folder.path().join("out");
    fs::create_dir(&out).expect("a folder");
    let source = folder.path().join("short.vitasm");
    fs::write(&source, long_text(10)).expect("a file");
    let made = out.join("module");
    let assemble = || {
        fs::write(&made, "old").expect("a file");
        let mut command = interruptible(program("vbc-as"));
        command.arg(&source).arg("-o").arg(&made);
        command
    };
    let check = |_| {
        assert_eq!(names(&out), ["module"]);
        let bytes = fs::read(&made).expect("a file");
        assert!(bytes == b"old" || bytes.starts_with(b"VITBC\0"));
    };
    interrupt_at_all_times(assemble, check);
}

/// A C compiler that preprocesses, and else writes something, starts something, and is not done soon.
const SLOW_COMPILER: &str = "#!/bin/sh
for word; do
  case $word in -E) exit 0 ;; esac
done
while [ \"$1\" != -o ]; do shift; done
echo half > \"$2\"
sleep 1000 &
echo $$ $! > \"$NOTES\"
wait
";

fn is_running(process: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/stat"));
    // One that has ended and that nobody has waited for yet is a zombie.
    status.is_ok_and(|status| !status.contains(") Z "))
}

/// A tool in `folder` starts the slow compiler `./slow` and is interrupted: all ends, and the folders `out` and
/// `temporary` are empty then.
fn the_compiler_ends_too(tool: &str, arguments: &[&str], folder: &Path) {
    let inside = |name: &str| folder.join(name);
    for name in ["out", "temporary"] {
        fs::create_dir(inside(name)).expect("a folder");
    }
    fs::write(inside("slow"), SLOW_COMPILER).expect("a file");
    fs::set_permissions(inside("slow"), fs::Permissions::from_mode(0o755)).expect("a file of ours");
    for which in SIGNALS {
        let mut child = interruptible(program(tool))
            .current_dir(folder)
            .args(arguments)
            .env("NOTES", inside("notes"))
            .env("TMPDIR", inside("temporary"))
            .stderr(Stdio::null())
            .spawn()
            .expect("the tool starts");
        let start = Instant::now();
        let notes = loop {
            let notes = fs::read_to_string(inside("notes")).unwrap_or_default();
            if notes.ends_with('\n') {
                break notes;
            }
            assert!(
                start.elapsed().as_secs() < 60,
                "the compiler does not start"
            );
            sleep(Duration::from_millis(5));
        };
        signal(&child, which);
        let status = child.wait().expect("the tool ends");
        assert_eq!(status.signal(), Some(which));
        for process in notes.split_whitespace() {
            let start = Instant::now();
            while is_running(process) {
                assert!(start.elapsed().as_secs() < 60, "{process} goes on");
                sleep(Duration::from_millis(5));
            }
        }
        assert!(names(&inside("out")).is_empty());
        assert!(names(&inside("temporary")).is_empty());
        fs::remove_file(inside("notes")).expect("a file");
    }
}

#[test]
fn the_c_compiler_ends_with_the_linker() {
    let folder = scratch();
    let source = folder.path().join("main.vitasm");
    fs::write(source, "MAIN\n  PRINT \"x\"\nEND\n").expect("a file");
    let done = Command::new(program("vbc-aot"))
        .current_dir(folder.path())
        .args(["main.vitasm", "-o", "main.o"])
        .status();
    assert!(done.expect("vbc-aot starts").success());
    let link = ["--exe", "main.o", "-o", "out/main", "--cc", "./slow"];
    the_compiler_ends_too("vbc-link", &link, folder.path());
}

#[test]
fn the_c_compiler_ends_with_the_binder() {
    let folder = scratch();
    fs::write(folder.path().join("x.h"), "int f(void);\n").expect("a file");
    let bind = ["x.h", "--lib", "l", "f", "-o", "out/x", "--cc", "./slow"];
    the_compiler_ends_too("vbc-bind", &bind, folder.path());
}

/// The variable by which the test below tells itself which file is not finished.
const UNFINISHED: &str = "VBC_TEST_UNFINISHED";

#[test]
fn a_file_that_has_a_name_goes_with_its_process() {
    if let Some(path) = env::var_os(UNFINISHED) {
        let _unfinished = Unfinished::new(path.into());
        println!("ready");
        sleep(Duration::from_secs(60));
        return;
    }
    let folder = scratch();
    let (file, empty) = (folder.path().join("half"), folder.path().join("folder"));
    for which in SIGNALS {
        fs::write(&file, "half").expect("a file");
        fs::create_dir(&empty).expect("a folder");
        for path in [&file, &empty] {
            let mut child = interruptible(env::current_exe().expect("the test's own path"))
                .args(["--exact", "a_file_that_has_a_name_goes_with_its_process"])
                .arg("--nocapture")
                .env(UNFINISHED, path)
                .stdout(Stdio::piped())
                .spawn()
                .expect("the test starts");
            let output = BufReader::new(child.stdout.take().expect("a pipe"));
            let mut lines = output.lines().map_while(Result::ok);
            assert!(lines.any(|line| line.ends_with("ready")));
            signal(&child, which);
            assert_eq!(child.wait().expect("it ends").signal(), Some(which));
        }
        assert!(names(folder.path()).is_empty());
    }
}

#[test]
fn signals_that_are_ignored_stay_ignored() {
    let folder = scratch();
    let script =
        "trap '' HUP; vbc-as main.vitasm -o out/main & tool=$!; kill -HUP $tool; wait $tool";
    fs::create_dir(folder.path().join("out")).expect("a folder");
    fs::write(folder.path().join("main.vitasm"), long_text(20_000)).expect("a file");
    let tool = program("vbc-as");
    let done = Command::new("/bin/sh")
        .current_dir(folder.path())
        .args(["-c", script])
        .env("PATH", tool.parent().expect("a folder"))
        .status();
    assert_eq!(done.expect("a shell").code(), Some(0));
    assert_eq!(names(&folder.path().join("out")), ["main"]);
}
