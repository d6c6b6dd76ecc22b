//! Native functions: programs that call C, on every engine that does.

mod embedded;
mod generated;
mod kept;

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vbc_tests::needs::there_are_for;
use vbc_tests::{program, project, scratch, there_are};

/// What runs programs that call C: tools, and an executable that is linked with the libraries.
const ENGINES: &[&str] = &["vbc-run", "vbc-jit", EXECUTABLE];

const EXECUTABLE: &str = "an executable";

/// Has a text run with flags.
fn run(engine: &str, flags: &[&str], source: &str) -> Output {
    run_in(engine, flags, source, &[])
}

/// The same with variables of the environment.
fn run_in(engine: &str, flags: &[&str], source: &str, environment: &[(&str, &str)]) -> Output {
    let folder = scratch();
    let path = folder.path().join("main.vitasm");
    std::fs::write(&path, source).expect("a text");
    let mut command = match engine {
        EXECUTABLE => executable(folder.path(), flags),
        tool => {
            let mut command = Command::new(program(tool));
            command.args(flags).arg(&path);
            command
        }
    };
    command.envs(environment.iter().copied());
    command.output().expect("it runs")
}

/// An executable of the text in a folder, with what the flags of tools mean for it.
fn executable(folder: &Path, flags: &[&str]) -> Command {
    let mut aot = Command::new(program("vbc-aot"));
    aot.arg(folder.join("main.vitasm"));
    aot.arg("-o").arg(folder.join("main.o"));
    let mut command = Command::new(folder.join("main"));
    let words: Vec<&str> = flags.iter().flat_map(|flag| flag.splitn(2, '=')).collect();
    let mut words = words.into_iter();
    while let Some(flag) = words.next() {
        match flag {
            "--native-any" => {}
            "--sandbox" => drop(command.env("VBC_SANDBOX", "1")),
            "--native" => {
                if let Some((name, path)) = words.next().and_then(|word| word.split_once('=')) {
                    let link = folder.join(name);
                    std::os::unix::fs::symlink(path, link).expect("a link");
                }
            }
            "--fuel" | "--timeout" => {
                aot.arg("--metered");
                let name = flag.replace("--", "VBC_").to_uppercase();
                command.env(name, words.next().expect("a limit"));
            }
            other => panic!("{other} means nothing for an executable"),
        }
    }
    let mut link = Command::new(program("vbc-link"));
    link.arg("--exe").arg(folder.join("main.o"));
    link.arg("-L").arg(folder);
    link.arg("-o").arg(folder.join("main"));
    for mut step in [aot, link] {
        let output = step.output().expect("the tool runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
    }
    command.env("LD_LIBRARY_PATH", folder);
    command
}

/// What a program prints on every engine.
fn check(flags: &[&str], source: &str, expected: &str) {
    for tool in ENGINES {
        let output = run(tool, flags, source);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{tool}: {error}");
        assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{tool}");
    }
}

/// What a program that does not end well says on every engine, and its exit code. What is refused with exit code 1 is so
/// by tools.
fn check_error(flags: &[&str], source: &str, code: i32, expected: &[&str]) {
    for tool in ENGINES {
        if code == 1 && *tool == EXECUTABLE {
            continue;
        }
        let output = run(tool, flags, source);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{tool}: {error}");
        for part in expected {
            assert!(
                error.contains(part),
                "{tool}: {part:?} is missing in {error}"
            );
        }
    }
}

/// Compiles a library of C.
fn library(folder: &Path, name: &str, source: &str) -> PathBuf {
    let (c, path) = (folder.join(format!("{name}.c")), folder.join(name));
    std::fs::write(&c, source).expect("a source");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"])
        .arg(&path)
        .arg(&c);
    let output = cc.output().expect("a C compiler");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    path
}

/// The flag that permits a library of the test's own.
fn permit(name: &str, path: &Path) -> String {
    format!("--native={name}={}", path.display())
}

const LIBC: &[&str] = &["--native", "libc.so.6"];

/// An example's text.
fn example(name: &str) -> String {
    let path = project()
        .join("examples/ffi")
        .join(format!("{name}.vitasm"));
    std::fs::read_to_string(path).expect("an example")
}

#[test]
fn printf_and_sqrt() {
    let both = ["--native", "libc.so.6", "--native", "libm.so.6"];
    check(&both, &example("sqrt"), "sqrt = 1.414\n");
    check(&["--native-any"], &example("sqrt"), "sqrt = 1.414\n");
}

#[test]
fn qsort_calls_a_function_of_the_program() {
    check(LIBC, &example("sort"), "-3\n0\n1\n5\n7\n9\n");
}

#[test]
fn zlib() {
    let text =
        "once more, and once more, and once more, and once more, and once more, and once more\n";
    let expected = format!("0\n1\n0\n{text}");
    check(&["--native", "libz.so.1"], &example("zlib"), &expected);
}

/// What `vbc-bind` writes from a header, in front of a program that uses it: the constants, the functions and a struct.
#[test]
fn declarations_from_headers_are_enough() {
    if !there_are(&["cc", "/usr/include/zlib.h"]) {
        return;
    }
    let folder = scratch();
    let header = folder.path().join("all.h");
    std::fs::write(&header, "#include <stdlib.h>\n#include <zlib.h>\n").expect("a header");
    let bind = |library: &str, names: &[&str]| {
        let mut bind = Command::new(program("vbc-bind"));
        bind.arg(&header).args(["--lib", library]).args(names);
        let output = bind.output().expect("the tool runs");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        String::from_utf8(output.stdout).expect("a text")
    };
    let zlib = bind("libz.so.1", &["crc32", "zlibVersion", "--const", "Z_OK"]);
    let libc = bind("libc.so.6", &["div", "labs"]);
    let source = format!(
        r#"{zlib}{libc}.data text = "123456789"
MAIN
  LOAD_CONST seed, 0
  DATA_ADDR p, text
  LOAD_CONST.i32 n, 9
  CALL crc32, seed, p, n -> crc
  PRINT crc
  CALL zlibVersion -> version
  REF_IS_NULL none, version
  PRINT none
  LOAD_CONST.i32 x, 17
  LOAD_CONST.i32 y, 5
  CALL div, x, y -> quotient, rest
  PRINT quotient
  PRINT rest
  LOAD_CONST z, -5
  CALL labs, z -> z
  PRINT z
  GLOBAL_GET ok, Z_OK
  PRINT ok
END
"#
    );
    let both = ["--native", "libz.so.1", "--native", "libc.so.6"];
    // The check value of the CRC that zlib computes, from the catalogue of CRCs.
    check(
        &both,
        &source,
        &format!("{}\n0\n3\n2\n5\n0\n", 0xcbf4_3926_u32),
    );
}

#[test]
fn sqlite() {
    let expected = "0\n0\nLyon: 522250\nNice: 342669\n0\n1\nno such column: mayor\n0\n";
    let both = ["--native", "libsqlite3.so.0", "--native", "libc.so.6"];
    check(&both, &example("sqlite"), expected);
}

/// The moment is 01:46:40 on 9 September 2001, UTC; the zone of the environment is an hour ahead.
#[test]
fn the_time_zone_of_the_environment() {
    for tool in ENGINES {
        let output = run_in(tool, LIBC, &example("timezone"), &[("TZ", "ABC-1")]);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert_eq!(printed, "2\n46\n3600\n", "{tool}");
    }
}

/// Libraries that are not written in C export functions in its way.
#[test]
fn libraries_of_rust_and_cpp() {
    let folder = scratch();
    let source = r#"
.import func "native:words.so" "count_words(str)u64" as count_words(addr) -> i64
.data text = "one two  three\0"
MAIN
  DATA_ADDR p, text
  CALL count_words, p -> n
  PRINT n
END
"#;
    let rust = folder.path().join("words.rs");
    let text = "#[unsafe(no_mangle)]\npub unsafe extern \"C\" fn count_words(text: *const std::ffi::c_char) -> u64 {\n    \
        let text = unsafe { std::ffi::CStr::from_ptr(text) };\n    text.to_string_lossy().split_whitespace().count() as u64\n}\n";
    std::fs::write(&rust, text).expect("a source");
    let path = folder.path().join("words.so");
    let mut rustc = Command::new("rustc");
    rustc.args(["--edition", "2024", "--crate-type", "cdylib", "-o"]);
    let status = rustc.arg(&path).arg(&rust).status();
    assert!(status.expect("a Rust compiler").success());
    check(&[&permit("words.so", &path)], source, "3\n");
    let cpp = folder.path().join("words.cpp");
    let text = "#include <sstream>\n#include <string>\n#include <cstdint>\n\
        extern \"C\" uint64_t count_words(const char *text) {\n\
        std::istringstream words(text); std::string word; uint64_t n = 0; while (words >> word) n++; return n; }\n";
    std::fs::write(&cpp, text).expect("a source");
    let path = folder.path().join("words_cpp.so");
    let mut cc = Command::new("c++");
    let status = cc
        .args(["-shared", "-fPIC", "-o"])
        .arg(&path)
        .arg(&cpp)
        .status();
    assert!(status.expect("a C++ compiler").success());
    check(&[&permit("words.so", &path)], source, "3\n");
}

/// What was written before the call comes before what C writes.
#[test]
fn output_before_a_call_comes_first() {
    let source = r#"
.import func "native:libc.so.6" "write(i32,buf[#2],u64)i64" as c_write(i32, addr, i64) -> i64
.data text = "two\n"
MAIN
  PRINT "one"
  LOAD_CONST.i32 fd, 1
  DATA_ADDR p, text
  LOAD_CONST n, 4
  CALL c_write, fd, p, n -> n
  PRINT n
END
"#;
    check(LIBC, source, "one\ntwo\n4\n");
}

/// The parts of a program that sorts with a comparison that does not return.
fn sorting(compare: &str) -> String {
    format!(
        r#"
.import func "native:libc.so.6" "qsort(buf,u64,u64,fn(ptr,ptr)i32)" as c_qsort(addr, i64, i64, funcref)
.import func "vbc1:exit" as exit(i32)
.data values align 4 = i32 5, i32 3, i32 9
FUNC compare(x: ptr, y: ptr) -> i32
  PRINT "compare"
  LOAD_CONST.i32 d, 0
{compare}
  RETURN d
END
MAIN
  DATA_ADDR p, values
  LOAD_CONST n, 3
  LOAD_CONST size, 4
  REF_FUNC f, compare
  CALL c_qsort, p, n, size, f
  PRINT "not reached"
END
"#
    )
}

/// A trap in a function that C has called is raised when C returns, and no such function runs until then.
#[test]
fn a_trap_does_not_cross_c() {
    let source = sorting("  DIV.i32 d, d, d");
    let calls = [
        "trap: integer divide by zero\n  at compare, instruction ",
        "  at c_qsort, native function\n  at main, instruction 4",
    ];
    check_error(LIBC, &source, 134, &calls);
    for tool in ENGINES {
        assert_eq!(run(tool, LIBC, &source).stdout, b"compare\n", "{tool}");
    }
}

#[test]
fn an_exit_does_not_cross_c() {
    let source = sorting("  LOAD_CONST.i32 e, 7\n  CALL exit, e");
    check_error(LIBC, &source, 7, &[]);
    let limited = ["--native", "libc.so.6", "--fuel", "100000"];
    let endless = sorting("again:\n  JUMP again");
    check_error(&limited, &endless, 124, &["out of fuel"]);
}

/// C and the program call each other until there is no more stack.
#[test]
fn recursion_through_c_ends_with_a_trap() {
    let source = r#"
.import func "native:libc.so.6" "bsearch(ptr,buf,u64,u64,fn(ptr,ptr)i32)ptr" as c_bsearch(ptr, addr, i64, i64, funcref) -> ptr
.data values align 4 = i32 5, i32 3, i32 9
FUNC compare(x: ptr, y: ptr) -> i32
  CALL go
  LOAD_CONST.i32 d, 0
  RETURN d
END
FUNC go()
  .reg q: ptr
  REF_NULL q
  DATA_ADDR p, values
  LOAD_CONST n, 3
  LOAD_CONST size, 4
  REF_FUNC f, compare
  CALL c_bsearch, q, p, n, size, f -> r
  RETURN
END
MAIN
  CALL go
END
"#;
    let calls = [
        "trap: call stack exhausted",
        "at c_bsearch, native function",
    ];
    check_error(LIBC, source, 134, &calls);
}

#[test]
fn what_is_not_permitted_or_not_there_is_named() {
    let source = |library: &str, symbol: &str| {
        format!(
            ".import func \"native:{library}\" \"{symbol}(f64)f64\" as f(f64) -> f64\nMAIN\n  LOAD_CONST x, 1.0\n  CALL f, x -> y\nEND\n"
        )
    };
    let sqrt = source("libm.so.6", "sqrt");
    let denied = [
        "error[R0016]",
        "`libm.so.6`",
        "allow it with `--native libm.so.6`",
    ];
    check_error(&[], &sqrt, 1, &denied);
    check_error(LIBC, &sqrt, 1, &denied);
    let missing = source("libnothing.so.7", "sqrt");
    let words = [
        "error[R0017]",
        "cannot open the library `libnothing.so.7`",
        "No such file",
    ];
    check_error(&["--native-any"], &missing, 1, &words);
    let absent = source("libm.so.6", "squareroot");
    let words = ["error[R0018]", "`libm.so.6` has no function `squareroot`"];
    check_error(&["--native", "libm.so.6"], &absent, 1, &words);
    let folder = scratch();
    let other = folder.path().join("other.so");
    std::fs::write(&other, "no library".repeat(10)).expect("a file");
    let words = ["error[R0017]", "invalid ELF header"];
    check_error(&[&permit("libm.so.6", &other)], &sqrt, 1, &words);
    let cc = "aarch64-linux-gnu-gcc";
    if there_are_for("aarch64", &[cc]) {
        let source = folder.path().join("foreign.c");
        std::fs::write(&source, "double sqrt(double x) { return x; }\n").expect("a source");
        let foreign = folder.path().join("foreign.so");
        let mut cc = Command::new(cc);
        let made = cc
            .args(["-shared", "-fPIC", "-o"])
            .arg(&foreign)
            .arg(&source)
            .status();
        assert!(made.expect("a compiler").success());
        // What the system says of it depends on its version.
        let words = ["error[R0017]", "cannot open the library `libm.so.6`: "];
        check_error(&[&permit("libm.so.6", &foreign)], &sqrt, 1, &words);
    }
    let words = ["error[R0017]", "contains a folder"];
    check_error(&["--native", "/lib/libm.so.6"], &sqrt, 1, &words);
}

/// No tool of this build says so.
#[test]
fn builds_without_native_functions_say_so() {
    let refusal = vbc::host::not_built("the tool");
    let words = "error[R0019]: this build of the tool cannot call native functions";
    assert_eq!(refusal.to_string(), words);
    let help = refusal.help.as_deref().unwrap_or_default();
    assert!(help.contains("the cargo feature `ffi`"), "{help}");
}

/// Without a permission there is no way to C, by any import that there is.
#[test]
fn nothing_is_reachable_without_permission() {
    let pointers = [
        ("native_read", "(ptr, i64, addr, addr)"),
        ("native_write", "(ptr, i64, addr, addr)"),
        ("native_strlen", "(ptr) -> i64"),
        ("native_ptr_at", "(ptr, i64) -> ptr"),
    ];
    for (name, ty) in pointers {
        let source = format!(".import func \"vbc1:{name}\" as f{ty}\nMAIN\nEND\n");
        check_error(&[], &source, 1, &["error[R0001]", name]);
        for tool in ["vbc-run", "vbc-jit"] {
            let output = run(tool, &["--native-any"], &source);
            assert!(output.status.success(), "{tool}: {output:?}");
        }
    }
}

#[test]
fn buffers_lie_inside_memory() {
    let source = |parameter: &str, address: &str, length: i64| {
        format!(
            r#"
.import func "native:libc.so.6" "strnlen({parameter},u64)u64" as f(addr, i64) -> i64
.memory i64 1 max 1
.data text = "hello\0"
MAIN
  LOAD_CONST p, {address}
  LOAD_CONST n, {length}
  CALL f, p, n -> n
  PRINT n
END
"#
        )
    };
    let end = "65536";
    let trap = [
        "trap: out of bounds memory access",
        "at main, instruction 2",
    ];
    check(LIBC, &source("buf[#1]", "1024", 100), "5\n");
    check(LIBC, &source("buf", "1024", 3), "3\n");
    check(LIBC, &source("str", "1024", 100), "5\n");
    check(LIBC, &source("buf", end, 0), "0\n");
    check(LIBC, &source("buf[#1]", end, 0), "0\n");
    check(LIBC, &source("buf[65536]", "0", 0), "0\n");
    check_error(LIBC, &source("buf[#1]", end, 1), 134, &trap);
    check_error(LIBC, &source("buf[#1]", "1024", 64_513), 134, &trap);
    check_error(LIBC, &source("buf[#1]", "1024", -1), 134, &trap);
    check_error(LIBC, &source("buf[64513]", "1024", 0), 134, &trap);
    check_error(LIBC, &source("buf", "65537", 0), 134, &trap);
    check_error(LIBC, &source("buf", "-1", 0), 134, &trap);
    check_error(LIBC, &source("str", end, 0), 134, &trap);
    check_error(LIBC, &source("str", "-1", 0), 134, &trap);
}

/// `errno`, null pointers, a text that a function returns.
#[test]
fn errno_and_pointers() {
    let source = r#"
.import func "native:libc.so.6" "fopen(str,str)ptr+errno" as c_fopen(addr, addr) -> (ptr, i32)
.import func "native:libc.so.6" "strerror(i32)ptr" as c_strerror(i32) -> ptr
.import func "vbc1:native_strlen" as native_strlen(ptr) -> i64
.import func "vbc1:native_read" as native_read(ptr, i64, addr, addr)
.import func "vbc1:write" as host_write(i32, addr, addr) -> i32
.data name = "/nothing/here\0"
.data mode = "r\0"
.data room size 100
MAIN
  DATA_ADDR p, name
  DATA_ADDR q, mode
  CALL c_fopen, p, q -> file, error
  REF_IS_NULL none, file
  PRINT none
  CALL c_strerror, error -> text
  REF_IS_NULL none, text
  PRINT none
  CALL native_strlen, text -> n
  DATA_ADDR p, room
  LOAD_CONST zero, 0
  CALL native_read, text, zero, p, n
  LOAD_CONST.i32 out, 1
  CALL host_write, out, p, n -> _
END
"#;
    check(LIBC, source, "1\n0\nNo such file or directory");
    let null = r#"
.import func "native:libc.so.6" "strerror(i32)ptr" as c_strerror(i32) -> ptr
.import func "vbc1:native_strlen" as native_strlen(ptr) -> i64
MAIN
  .reg p: ptr
  REF_NULL p
  CALL native_strlen, p -> n
END
"#;
    check_error(
        LIBC,
        null,
        134,
        &["trap: host fault", "at main, instruction 1"],
    );
}

#[test]
fn pointers_and_bytes_behind_pointers() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "behind.so",
        "#include <stdint.h>\nstruct list { int32_t value; struct list *next; };\n\
         static struct list last = { 7, 0 }, first = { 5, &last };\nvoid *list(void) { return &first; }\n",
    );
    let source = r#"
.import func "native:behind.so" "list()ptr" as list() -> ptr
.import func "vbc1:native_read" as native_read(ptr, i64, addr, addr)
.import func "vbc1:native_write" as native_write(ptr, i64, addr, addr)
.import func "vbc1:native_ptr_at" as native_ptr_at(ptr, i64) -> ptr
.data room align 4 size 4
MAIN
  CALL list -> p
  LOAD_CONST zero, 0
  LOAD_CONST next, 8
  LOAD_CONST four, 4
  DATA_ADDR q, room
loop:
  CALL native_read, p, zero, q, four
  LOAD.i32 v, [q]
  PRINT v
  CALL native_ptr_at, p, next -> p
  REF_IS_NULL end, p
  IF_NOT end, loop
  CALL list -> p
  LOAD_CONST.i32 v, 11
  STORE.i32 [q], v
  CALL native_write, p, zero, q, four
  LOAD_CONST.i32 v, 0
  STORE.i32 [q], v
  CALL native_read, p, zero, q, four
  LOAD.i32 v, [q]
  PRINT v
END
"#;
    check(&[&permit("behind.so", &path)], source, "5\n7\n11\n");
}

/// A fault in C ends the process as it would a C program, with the name of the function.
#[test]
fn a_fault_in_c_is_named() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "faults.so",
        "#include <signal.h>\nvoid *nowhere(void) { return (void *)8; }\n\
         int read_at(int *p) { return *p; }\nint divide(int x, int y) { return x / y; }\n\
         int call(int (*f)(int)) { return f(0) + *(volatile int *)8; }\n",
    );
    let source = |call: &str| {
        format!(
            r#"
.import func "native:faults.so" "nowhere()ptr" as nowhere() -> ptr
.import func "native:faults.so" "read_at(ptr)i32" as read_at(ptr) -> i32
.import func "native:faults.so" "divide(i32,i32)i32" as divide(i32, i32) -> i32
.import func "native:faults.so" "call(fn(i32)i32)i32" as call(funcref) -> i32
.import func "native:libc.so.6" "strlen(str)i64" as length(addr) -> i64
FUNC same(x: i32) -> i32
  RETURN x
END
MAIN
  PRINT "begun"
  CALL nowhere -> p
  LOAD_CONST.i32 zero, 0
  LOAD_CONST nothing, 0
  REF_FUNC f, same
  {call} -> n
END
"#
        )
    };
    let permitted = permit("faults.so", &path);
    for (call, signal, words) in [
        (
            "CALL read_at, p",
            11,
            "`read_at` of `faults.so` has been stopped by SIGSEGV",
        ),
        (
            "CALL divide, zero, zero",
            8,
            "`divide` of `faults.so` has been stopped by SIGFPE",
        ),
        (
            // Null is NULL.
            "CALL length, nothing",
            11,
            "`strlen` of `libc.so.6` has been stopped by SIGSEGV",
        ),
        (
            "CALL call, f",
            11,
            "`call` of `faults.so` has been stopped by SIGSEGV",
        ),
    ] {
        for tool in ENGINES {
            let flags = [&permitted, "--native", "libc.so.6"];
            let output = run(tool, &flags, &source(call));
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(error.contains(words), "{tool}: {error}");
            assert_eq!(output.status.signal(), Some(signal), "{tool}");
            assert_eq!(output.stdout, b"begun\n", "{tool}");
        }
    }
}

/// In the kernel's sandbox, libraries are loaded and called, and reach no file that was not given: neither when they are
/// called nor when they are loaded.
#[test]
fn the_sandbox_holds_libraries() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "curious.so",
        "#include <errno.h>\n#include <fcntl.h>\n#include <sys/socket.h>\n#include <unistd.h>\n\
         static int attempt(void) { errno = 0; int fd = open(\"/etc/passwd\", O_RDONLY); return fd < 0 ? errno : 0; }\n\
         static int early = -1;\n__attribute__((constructor)) static void load(void) { early = attempt(); }\n\
         int at_load(void) { return early; }\nint at_call(void) { return attempt(); }\n\
         int network(void) { errno = 0; return socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0; }\n\
         int process(void) { pid_t child = fork(); if (child == 0) _exit(0); return child < 0 ? errno : 0; }\n",
    );
    let mut source = String::new();
    let names = ["at_load", "at_call", "network", "process"];
    for name in names {
        let import =
            format!(".import func \"native:curious.so\" \"{name}()i32\" as {name}() -> i32\n");
        source.push_str(&import);
    }
    source.push_str("MAIN\n");
    for name in names {
        source.push_str(&format!("  CALL {name} -> n\n  PRINT n\n"));
    }
    source.push_str("END\n");
    let permitted = permit("curious.so", &path);
    check(&[&permitted], &source, "0\n0\n0\n0\n");
    // EACCES and EPERM. The system has loaded an executable's libraries before there is a sandbox.
    for tool in ENGINES {
        let output = run(tool, &[&permitted, "--sandbox"], &source);
        let expected: &[u8] = match *tool {
            EXECUTABLE => b"0\n13\n1\n1\n",
            _ => b"13\n13\n1\n1\n",
        };
        assert_eq!(output.stdout, expected, "{tool}: {output:?}");
    }
    let sandbox = ["--sandbox", "--native", "libc.so.6"];
    check(&sandbox, &example("sort"), "-3\n0\n1\n5\n7\n9\n");
    let libraries = ["--sandbox", "--native", "libz.so.1"];
    let text =
        "once more, and once more, and once more, and once more, and once more, and once more\n";
    check(&libraries, &example("zlib"), &format!("0\n1\n0\n{text}"));
}

/// In the sandbox, libraries are found where the dynamic linker looks for them: where its variable says, with an empty
/// item for the current folder, and nowhere else.
#[test]
fn the_sandbox_leaves_the_search_path() {
    let (folder, elsewhere) = (scratch(), scratch());
    library(folder.path(), "found.so", "int found(void) { return 5; }\n");
    let text = ".import func \"native:found.so\" \"found()i32\" as found() -> i32\n\
        MAIN\n  CALL found -> n\n  PRINT n\nEND\n";
    let main = elsewhere.path().join("main.vitasm");
    std::fs::write(&main, text).expect("a text");
    let here = folder.path().display();
    // Nobody has the other end of this pipe.
    let pipe = elsewhere.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo").success());
    for tool in ["vbc-run", "vbc-jit"] {
        for (value, is_found) in [
            (format!("{}:{here}", pipe.display()), true),
            (format!("/nowhere:{here}"), true),
            ("/nowhere:".to_owned(), true),
            ("/nowhere".to_owned(), false),
        ] {
            let mut command = Command::new("timeout");
            command.args(["-s", "KILL", "60"]).arg(program(tool));
            command
                .args(["--native", "found.so", "--sandbox"])
                .arg(&main);
            command
                .current_dir(folder.path())
                .env("LD_LIBRARY_PATH", &value);
            let output = command.output().expect("the tool runs");
            let error = String::from_utf8_lossy(&output.stderr);
            assert_eq!(
                output.status.success(),
                is_found,
                "{tool}, {value}: {error}"
            );
            assert_eq!(
                output.stdout,
                if is_found { &b"5\n"[..] } else { b"" },
                "{tool}"
            );
            assert!(is_found || error.contains("R0017"), "{tool}: {error}");
        }
    }
}

/// A library under two names is one library of the system's.
#[test]
fn two_names_of_a_library_lead_to_one() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "counter.so",
        "static int count;\nint next(void) { return ++count; }\n",
    );
    let source = r#"
.import func "native:one.so" "next()i32" as one() -> i32
.import func "native:two.so" "next()i32" as two() -> i32
MAIN
  CALL one -> n
  CALL two -> n
  CALL one -> n
  PRINT n
END
"#;
    let flags = [permit("one.so", &path), permit("two.so", &path)];
    for tool in ["vbc-run", "vbc-jit"] {
        let output = run(tool, &[&flags[0], &flags[1]], source);
        assert_eq!(output.stdout, b"3\n", "{tool}: {output:?}");
    }
    // A linker would find both in the first one.
    let file = folder.path().join("main.vitasm");
    std::fs::write(&file, source).expect("a text");
    let mut aot = Command::new(program("vbc-aot"));
    let output = aot.arg(&file).output().expect("the tool runs");
    let error = String::from_utf8_lossy(&output.stderr);
    let words = "error[N0010]: `next` is imported from `one.so` and from `two.so`";
    assert!(error.contains(words), "{error}");
}

/// C calls a function as the signature says, so one of another type is not given to it.
#[test]
fn a_callback_has_the_type_that_c_calls() {
    let source = |function: &str| {
        format!(
            r#"
.import func "native:libc.so.6" "qsort(buf,u64,u64,fn(ptr,ptr)i32)" as c_qsort(addr, i64, i64, funcref)
FUNC same(left: ptr, right: ptr) -> i32
  REF_IS_NULL n, left
  LOAD_CONST.i32 zero, 0
  AND n, n, zero
  RETURN n
END
FUNC fewer(left: ptr) -> i32
  REF_IS_NULL n, left
  RETURN n
END
FUNC none(left: ptr, right: ptr)
  RETURN
END
FUNC other(left: i64, right: i64) -> i32
  LOAD_CONST.i32 n, 0
  RETURN n
END
.memory i64 1
MAIN
  LOAD_CONST.i64 p, 64
  LOAD_CONST.i64 n, 2
  LOAD_CONST.i64 size, 4
  REF_FUNC f, {function}
  CALL c_qsort, p, n, size, f
  PRINT n
END
"#
        )
    };
    check(LIBC, &source("same"), "2\n");
    for function in ["fewer", "none", "other"] {
        let parts = &["indirect call type mismatch", "at main"];
        check_error(LIBC, &source(function), 134, parts);
    }
}

/// Functions that C keeps and calls in a later call, many of them, and with all types.
#[test]
fn callbacks_of_all_types() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "keeps.so",
        r#"
#include <stdint.h>
#include <stdbool.h>
struct pair { double x; int32_t y; };
typedef struct pair (*mixed)(int8_t, uint16_t, bool, float, struct pair, int64_t, void *);
static mixed kept;
void keep(mixed f) { kept = f; }
int64_t use(int8_t a) {
  struct pair given = { 2.5, -9 };
  struct pair got = kept(a, 65535, 1, 0.5f, given, INT64_MIN, 0);
  return (int64_t)(got.x * 1000) + got.y;
}
int32_t narrow(uint8_t (*f)(int8_t), int8_t x) { return f(x); }
int32_t truth(bool (*f)(int32_t), int32_t x) { return f(x) + 10; }
int64_t each(int64_t n, int64_t (*f)(int64_t)) {
  int64_t sum = 0;
  for (int64_t i = 0; i < n; i++) sum += f(i);
  return sum;
}
int null(void (*f)(void)) { return f == 0; }
"#,
    );
    let source = r#"
.import func "native:keeps.so" "keep(fn(i8,u16,bool,f32,{f64,i32},i64,ptr){f64,i32})" as keep(funcref)
.import func "native:keeps.so" "use(i8)i64" as use(i32) -> i64
.import func "native:keeps.so" "narrow(fn(i8)u8,i8)i32" as narrow(funcref, i32) -> i32
.import func "native:keeps.so" "truth(fn(i32)bool,i32)i32" as truth(funcref, i32) -> i32
.import func "native:keeps.so" "each(i64,fn(i64)i64)i64" as each(i64, funcref) -> i64
.import func "native:keeps.so" "null(fn())i32" as null(funcref) -> i32
FUNC mixed(a: i32, b: i32, c: i32, d: f32, x: f64, y: i32, e: i64, p: ptr) -> (f64, i32)
  PRINT a
  PRINT b
  PRINT c
  PRINT d
  PRINT x
  PRINT y
  PRINT e
  REF_IS_NULL n, p
  PRINT n
  LOAD_CONST one, 1.0
  ADD x, x, one
  SUB.i32 y, y, 1
  RETURN x, y
END
FUNC same(x: i32) -> i32
  RETURN x
END
FUNC square(x: i64) -> i64
  MUL x, x, x
  RETURN x
END
MAIN
  REF_FUNC f, mixed
  CALL keep, f
  LOAD_CONST.i32 a, -128
  CALL use, a -> r
  PRINT r
  REF_FUNC f, same
  LOAD_CONST.i32 x, -1
  CALL narrow, f, x -> n
  PRINT n
  LOAD_CONST.i32 x, 256
  CALL truth, f, x -> n
  PRINT n
  REF_FUNC f, square
  LOAD_CONST many, 5000
  CALL each, many, f -> r
  PRINT r
  REF_NULL f
  CALL null, f -> n
  PRINT n
END
"#;
    let expected =
        "-128\n65535\n1\n0.5\n2.5\n-9\n-9223372036854775808\n1\n3490\n255\n11\n41654167500\n1\n";
    check(&[&permit("keeps.so", &path)], source, expected);
}

/// From a thread of the library's own, and with no call in progress, a function of the program cannot run.
#[test]
fn a_call_from_another_thread_ends_the_process() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "thread.so",
        "#include <pthread.h>\nstatic void *run(void *f) { ((void (*)(void))f)(); return 0; }\n\
         void start(void (*f)(void)) { pthread_t t; pthread_create(&t, 0, run, (void *)f); pthread_join(t, 0); }\n",
    );
    let source = r#"
.import func "native:thread.so" "start(fn())" as start(funcref)
FUNC f()
  PRINT "not reached"
  RETURN
END
MAIN
  REF_FUNC g, f
  CALL start, g
END
"#;
    for tool in ENGINES {
        let output = run(tool, &[&permit("thread.so", &path)], source);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            error.contains("from a thread of its own"),
            "{tool}: {error}"
        );
        assert_eq!(
            (output.status.code(), &*output.stdout),
            (None, &b""[..]),
            "{tool}"
        );
    }
}

/// A function on a thread of its own does not hold up the end of the program's time.
#[test]
fn a_function_that_waits_is_waited_for() {
    let folder = scratch();
    let path = library(
        folder.path(),
        "waits.so",
        "#include <unistd.h>\n#include <string.h>\n\
         int slow(char *to, int milliseconds) { usleep(milliseconds * 1000); strcpy(to, \"done\"); return strlen(to); }\n",
    );
    let source = |milliseconds: u32| {
        format!(
            r#"
.import func "native:waits.so" "!slow(buf[8],i32)i32" as slow(addr, i32) -> i32
.data room size 8
MAIN
  DATA_ADDR p, room
  LOAD_CONST.i32 n, {milliseconds}
  CALL slow, p, n -> n
  PRINT n
  LOAD8_U.i32 n, [p]
  PRINT n
END
"#
        )
    };
    let permitted = permit("waits.so", &path);
    check(&[&permitted], &source(20), "4\n100\n");
    check(&[&permitted, "--timeout", "20s"], &source(20), "4\n100\n");
    let words = ["ran out of time"];
    check_error(
        &[&permitted, "--timeout", "300ms"],
        &source(60_000),
        124,
        &words,
    );
}

/// While C runs, memory does not move: growing it then works as far as there is room where it is.
#[test]
fn memory_grows_in_a_callback() {
    let source = r#"
.import func "native:libc.so.6" "qsort(buf,u64,u64,fn(ptr,ptr)i32)" as c_qsort(addr, i64, i64, funcref)
.memory i64 1 max 100
.data values align 4 = i32 5, i32 3
FUNC compare(x: ptr, y: ptr) -> i32
  LOAD_CONST n, 1
  MEMORY_GROW n, n
  PRINT n
  LOAD_CONST.i32 d, 1
  RETURN d
END
MAIN
  DATA_ADDR p, values
  LOAD_CONST n, 2
  LOAD_CONST size, 4
  REF_FUNC f, compare
  CALL c_qsort, p, n, size, f
  LOAD.i32 v, [p]
  PRINT v
  MEMORY_SIZE n
  PRINT n
  LOAD_CONST q, 131068
  LOAD.i32 v, [q]
  PRINT v
END
"#;
    check(LIBC, source, "1\n3\n2\n0\n");
}
