//! Native code where the system does not want any, or there is no time to make it.
#![allow(unsafe_code, reason = "the system is called")]
#![cfg(target_os = "linux")]

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The error codes that a program meets which asks for what is not allowed here.
const REFUSED: u32 = libc::EACCES as u32;

/// Lets this process and those that it becomes never make memory executable that was not mapped so, as
/// hardened systems do.
fn forbid_new_code() -> io::Result<()> {
    let step = |code: u32, jt: u8, jf: u8, k: u32| libc::sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let load = |at: u32| step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, at);
    // The number of the call, and its third argument.
    let (number, protection) = (0, 16 + 2 * 8);
    let equal = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    let has = libc::BPF_JMP | libc::BPF_JSET | libc::BPF_K;
    let end = |k| step(libc::BPF_RET | libc::BPF_K, 0, 0, k);
    let mut steps = [
        load(number),
        step(equal, 0, 3, libc::SYS_mprotect as u32),
        load(protection),
        step(has, 0, 1, libc::PROT_EXEC as u32),
        end(libc::SECCOMP_RET_ERRNO | REFUSED),
        end(libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog {
        len: steps.len() as u16,
        filter: steps.as_mut_ptr(),
    };
    // SAFETY: the program and its steps outlive the calls.
    let refused = unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
            ) != 0
    };
    match refused {
        true => Err(io::Error::last_os_error()),
        false => Ok(()),
    }
}

#[test]
fn a_system_that_forbids_new_code_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.vitasm");
    fs::write(&path, "MAIN\n  LOAD_CONST a, 5\n  PRINT a\nEND\n").expect("it can be written");
    let run = |tool: &str| {
        let mut command = Command::new(vbc_tests::program(tool));
        command.arg(&path);
        // SAFETY: makes two system calls and allocates nothing.
        unsafe { command.pre_exec(forbid_new_code) };
        let output = command.output().expect("it runs");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let expected = "error[R0011]: there is no room for code: Permission denied\n";
    assert_eq!(run("vbc-run"), (Some(0), "5\n".into(), String::new()));
    assert_eq!(run("vbc-jit"), (Some(1), String::new(), expected.into()));
}

#[test]
fn compiling_ends_with_the_time() {
    use vbc::runtime::Limits;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("main.vitasm");
    fs::write(&path, "MAIN\nEND\n").expect("it can be written");
    let limits = Limits {
        timeout: Some(std::time::Duration::ZERO),
        ..Limits::default()
    };
    let mut vm = vbc::Vm::new()
        .with_limits(limits)
        .with_native_code(vbc::jit::Options::default());
    let errors = vm.load_file(&path).expect_err("there is no time");
    let expected = "error[R0013]: the time was up before the program had been compiled";
    assert_eq!(errors.to_string(), expected);
}

/// Everybody may put files and links where profilers look.
#[test]
fn the_file_for_profilers_is_new() {
    let folder = tempfile::tempdir().expect("a folder");
    let main = folder.path().join("main.vitasm");
    fs::write(&main, "MAIN\n  LOAD_CONST a, 5\n  PRINT a\nEND\n").expect("it can be written");
    let jit = vbc_tests::program("vbc-jit");
    let run = |before: &str| {
        // The shell becomes the tool, and keeps its number.
        let script = format!(
            "map=/tmp/perf-$$.map; echo $map > map; {before} && exec \"$JIT\" --perf-map main.vitasm"
        );
        let mut command = Command::new("sh");
        command.args(["-c", &script]).env("JIT", &jit);
        let output = command
            .current_dir(folder.path())
            .output()
            .expect("sh starts");
        let map = fs::read_to_string(folder.path().join("map")).expect("its name");
        let map = map.trim().to_owned();
        let error = String::from_utf8(output.stderr).expect("text");
        (output.status.code(), error.replace(&map, "MAP"), map)
    };
    let victim = folder.path().join("victim");
    fs::write(&victim, "precious").expect("it can be written");
    let message = "error[C0009]: cannot write the output: File exists\n  --> MAP\n";
    for before in [
        "ln -s \"$PWD/victim\" $map",
        "ln -s \"$PWD/none\" $map",
        "echo old > $map",
    ] {
        let (code, error, map) = run(before);
        let there = fs::symlink_metadata(&map).expect("it stays");
        let is_old =
            !there.is_symlink() && fs::read_to_string(&map).is_ok_and(|old| old == "old\n");
        assert!(there.is_symlink() || is_old, "{before}");
        fs::remove_file(&map).expect("it can be removed");
        assert_eq!(code, Some(1), "{before}");
        assert!(error.starts_with(message), "{error}");
        assert!(error.contains("--perf-map"), "{error}");
        assert!(!folder.path().join("none").exists());
        assert_eq!(fs::read_to_string(&victim).expect("it stays"), "precious");
    }
    let (code, error, map) = run("true");
    assert_eq!((code, &*error), (Some(0), ""));
    let text = fs::read_to_string(&map).expect("it is there");
    fs::remove_file(&map).expect("it can be removed");
    assert!(text.lines().any(|line| line.ends_with(" main")), "{text}");
}
