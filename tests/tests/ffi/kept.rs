//! Functions of the program that C has kept, and calls while the program is in a function that is given none: code
//! calls such functions by their addresses.

use std::path::PathBuf;

use super::{ENGINES, check, check_error, library, permit, run};
use vbc_tests::scratch;

/// A library that keeps a function and calls it, with the flag that permits it.
fn keeper() -> (tempfile::TempDir, String) {
    let folder = scratch();
    let source = r#"
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>
static int32_t (*kept)(int32_t);
void keep(int32_t (*f)(int32_t)) { kept = f; }
int32_t use(int32_t x) { return kept(x) + 1; }
int32_t use_twice(int32_t x) { return kept(x) + kept(x + 1); }
void say(int32_t x) { char line[16]; write(1, line, snprintf(line, sizeof line, "C %d\n", x)); }
"#;
    let path: PathBuf = library(folder.path(), "keeper.so", source);
    let flag = permit("keeper.so", &path);
    (folder, flag)
}

/// A program whose kept function has this body, and which then does `main`.
fn program(body: &str, main: &str) -> String {
    format!(
        r#"
.import func "native:keeper.so" "keep(fn(i32)i32)" as c_keep(funcref)
.import func "native:keeper.so" "use(i32)i32" as c_use(i32) -> i32
.import func "native:keeper.so" "use_twice(i32)i32" as c_use_twice(i32) -> i32
.import func "native:keeper.so" "say(i32)" as c_say(i32)
.import func "vbc1:exit" as exit(i32)
.memory i64 1 max 100
FUNC called(x: i32) -> i32
  LOAD_CONST.i32 one, 1
  LOAD_CONST.i32 zero, 0
{body}
  RETURN x
END
MAIN
  REF_FUNC f, called
  CALL c_keep, f
  LOAD_CONST.i32 x, 5
{main}
END
"#
    )
}

/// What the backtrace of a division by zero lists on every engine, without places in the source.
fn check_calls(flag: &str, source: &str, expected: &[&str]) {
    for tool in ENGINES {
        let output = run(tool, &[flag], source);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(134), "{tool}: {error}");
        assert!(
            error.contains("trap: integer divide by zero"),
            "{tool}: {error}"
        );
        let calls = error
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("at "));
        let calls = calls.map(|call| call.split(" (").next().unwrap_or(call));
        assert_eq!(calls.collect::<Vec<_>>(), expected, "{tool}");
    }
}

#[test]
fn kept_functions_are_called() {
    let (_folder, flag) = keeper();
    let source = program("  ADD x, x, x", "  CALL c_use, x -> x\n  PRINT x");
    check(&[&flag], &source, "11\n");
    // Each calls the other ten times.
    let deep = "  IF_EQ x, zero, end\n  SUB x, x, one\n  CALL c_use, x -> x\nend:";
    let source = program(deep, "  CALL c_use, x -> x\n  PRINT x");
    check(&[&flag], &source, "6\n");
}

/// Output comes in the order in which it is written, on both sides.
#[test]
fn output_is_in_order() {
    let (_folder, flag) = keeper();
    let main =
        "  PRINT \"before\"\n  CALL c_say, x\n  CALL c_use, x -> x\n  CALL c_say, x\n  PRINT x";
    let body = "  CALL c_say, zero\n  PRINT \"inside\"\n  CALL c_say, one\n  PRINT \"end\"";
    let source = program(body, main);
    check(
        &[&flag],
        &source,
        "before\nC 5\nC 0\ninside\nC 1\nend\nC 6\n6\n",
    );
}

#[test]
fn what_stops_them_stops_the_program_behind_c() {
    let (_folder, flag) = keeper();
    let main = "  CALL c_use_twice, x -> x\n  PRINT \"not reached\"";
    let trap = program("  PRINT \"called\"\n  DIV x, x, zero", main);
    check_calls(
        &flag,
        &trap,
        &[
            "called, instruction 5",
            "c_use_twice, native function",
            "main, instruction 3",
        ],
    );
    let exit = program(
        "  PRINT \"called\"\n  LOAD_CONST.i32 e, 7\n  CALL exit, e",
        main,
    );
    check_error(&[&flag], &exit, 7, &[]);
    let endless = program("  PRINT \"called\"\nagain:\n  JUMP again", main);
    check_error(&[&flag, "--fuel", "10000"], &endless, 124, &["out of fuel"]);
    check_error(
        &[&flag, "--timeout", "300ms"],
        &endless,
        124,
        &["out of time"],
    );
    for tool in ENGINES {
        for source in [&trap, &exit] {
            assert_eq!(run(tool, &[&flag], source).stdout, b"called\n", "{tool}");
        }
    }
}

/// A trap several calls of C deep shows all of them.
#[test]
fn backtraces_show_all_calls() {
    let (_folder, flag) = keeper();
    let body = "  DIV y, one, x\n  SUB x, x, one\n  CALL c_use, x -> x";
    let source = program(body, "  LOAD_CONST.i32 x, 1\n  CALL c_use, x -> x");
    check_calls(
        &flag,
        &source,
        &[
            "called, instruction 2",
            "c_use, native function",
            "called, instruction 4",
            "c_use, native function",
            "main, instruction 4",
        ],
    );
}

#[test]
fn recursion_ends_with_a_trap() {
    let (_folder, flag) = keeper();
    let source = program("  CALL c_use, x -> x", "  CALL c_use, x -> x");
    let calls = [
        "trap: call stack exhausted",
        "at c_use, native function",
        "at main, instruction 3",
    ];
    check_error(&[&flag], &source, 134, &calls);
}

/// Memory that grows meanwhile is there when C returns.
#[test]
fn memory_grows_meanwhile() {
    let (_folder, flag) = keeper();
    let body = "  LOAD_CONST pages, 9\n  MEMORY_GROW before, pages\n  LOAD_CONST p, 600000\n  STORE.i32 [p], x";
    let main = "  CALL c_use, x -> y\n  LOAD_CONST p, 600000\n  LOAD.i32 z, [p]\n  PRINT z";
    check(&[&flag], &program(body, main), "5\n");
}
