//! Executables and objects as other programs see them: the system's linker, debuggers, C, processors that
//! are not this one. What objects compute is tested with the other engines.
//!
//! A test whose programs the system lacks reports that and passes, unless `VBC_ALL=1` asks for all of them.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use vbc_tests::needs::{there_are, there_are_for};
use vbc_tests::{program, programs, project, scratch};

/// Runs a command in a folder; it must succeed. Returns its output, which is text.
fn run<I: AsRef<OsStr>>(folder: &Path, command: impl AsRef<OsStr>, args: &[I]) -> String {
    let done = output(folder, command, args);
    assert!(
        done.status.success(),
        "{args:?}: {}",
        shown(&done),
        args = args.iter().map(|arg| arg.as_ref()).collect::<Vec<_>>()
    );
    String::from_utf8(done.stdout).expect("text")
}

fn output<I: AsRef<OsStr>>(folder: &Path, command: impl AsRef<OsStr>, args: &[I]) -> Output {
    let mut command = Command::new(command);
    command.current_dir(folder).args(args);
    command.output().expect("the program starts")
}

fn shown(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{}\n{}{}",
        output.status,
        text(&output.stdout),
        text(&output.stderr)
    )
}

fn example(name: &str) -> PathBuf {
    project().join("examples").join(format!("{name}.vitasm"))
}

/// The runtime library of the profile that is tested.
fn library() -> PathBuf {
    program("vbc-link");
    programs().join("libvbcrt.a")
}

const TRAPS: &str = "\
FUNC inner(x) -> i64
  LOAD_CONST a, 1
  DIV a, a, x
  RETURN a
END
FUNC middle(x) -> i64
  ADD x, x, 0
  CALL inner, x -> x
  ADD x, x, 1
  RETURN x
END
MAIN -> i64
  LOAD_CONST zero, 0
  PRINT \"before\"
  CALL middle, zero -> zero
  RETURN zero
END
";

/// Executables do what `vbc-run` does: output, messages, exit code.
#[test]
fn executables_agree_with_the_interpreter() {
    if !there_are(&["cc"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    fs::write(folder.join("traps.vitasm"), TRAPS).expect("written");
    let deep = "FUNC down(n) -> i64\n  IF n, more\n  RETURN n\nmore:\n  SUB n, n, 1\n  CALL down, n -> m\n  ADD m, m, 1\n  RETURN m\nEND\n\
        MAIN\n  LOAD_CONST n, 1000000000\n  CALL down, n -> n\n  PRINT n\nEND\n";
    fs::write(folder.join("deep.vitasm"), deep).expect("written");
    let names = [
        "add",
        "fib",
        "hello",
        "mandelbrot",
        "nbody",
        "primes",
        "quicksort",
    ];
    let mut sources: Vec<PathBuf> = names.into_iter().map(example).collect();
    sources.extend([folder.join("traps.vitasm"), folder.join("deep.vitasm")]);
    for source in &sources {
        let name = source
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let object = format!("{name}.o");
        run(
            folder,
            program("vbc-aot"),
            &[source.as_os_str(), "-o".as_ref(), object.as_ref()],
        );
        run(
            folder,
            program("vbc-link"),
            &["--exe", &object, "-o", &name],
        );
        let executable = output(folder, folder.join(&name), &[""; 0]);
        let interpreted = output(folder, program("vbc-run"), &[source]);
        assert_eq!(
            executable.status.code(),
            interpreted.status.code(),
            "{name}"
        );
        assert_eq!(executable.stdout, interpreted.stdout, "{name}");
        let text = |bytes: &[u8], by: &str| {
            let text = String::from_utf8_lossy(bytes).replace(&format!("{by}: "), "");
            // How many calls fit onto the stack is each engine's own.
            text.lines()
                .filter(|line| !line.contains("more calls"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            text(&executable.stderr, &name),
            text(&interpreted.stderr, "vbc-run"),
            "{name}"
        );
    }
}

/// `cc` links by hand, too, and the result needs no relocations in its code.
#[test]
fn the_c_compiler_links_in_every_way() {
    if !there_are(&["cc", "readelf"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let library = library();
    let library = library.to_str().expect("UTF-8");
    run(
        folder,
        program("vbc-aot"),
        &[
            example("primes").as_os_str(),
            "-o".as_ref(),
            "primes.o".as_ref(),
        ],
    );
    let mut outputs = Vec::new();
    for flags in [&["-pie"][..], &["-no-pie"], &["-static"], &["-static-pie"]] {
        let mut args = vec![
            "primes.o",
            library,
            "-lm",
            "-Wl,--gc-sections",
            "-o",
            "primes",
        ];
        args.extend(flags);
        run(folder, "cc", &args);
        outputs.push(run(folder, folder.join("primes"), &[""; 0]));
        let headers = run(folder, "readelf", &["-d", "-l", "-W", "primes"]);
        assert!(!headers.contains("TEXTREL"), "{headers}");
        assert!(
            headers.contains("GNU_STACK") && !headers.contains("RWE"),
            "{headers}"
        );
    }
    outputs.dedup();
    assert_eq!(outputs.len(), 1);
}

/// The example that embeds a module into a C program.
#[test]
fn c_calls_a_module() {
    if !there_are(&["cc"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    for name in ["statistics.vitasm", "embed.c"] {
        let from = project().join("examples/embed").join(name);
        fs::copy(from, folder.join(name)).expect("copied");
    }
    let include = project().join("lib/rt/include");
    let include = format!("-I{}", include.display());
    run(
        folder,
        program("vbc-aot"),
        &[
            "statistics.vitasm",
            "-o",
            "statistics.o",
            "--header",
            "statistics.h",
        ],
    );
    run(
        folder,
        "cc",
        &["-Wall", "-Wextra", "-Werror", &include, "-c", "embed.c"],
    );
    run(
        folder,
        program("vbc-link"),
        &["--exe", "statistics.o", "embed.o", "-o", "embed"],
    );
    let text = run(folder, folder.join("embed"), &[""; 0]);
    assert_eq!(
        text,
        "new maximum 2\nnew maximum 4\nnew maximum 5\nnew maximum 7\nnew maximum 9\nmean 5, variance 4, after 5 reports\n\
         it begins with 2 and 4\nembed: trap: integer divide by zero\n  at ratio, instruction 0 (statistics.vitasm:54)\n7 / 2 is 3\n"
    );
}

/// A debugger stops at a line and shows the lines of all calls; addresses lead to lines.
#[test]
fn debuggers_find_lines() {
    if !there_are(&["cc", "gdb", "addr2line", "nm"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    fs::write(folder.join("traps.vitasm"), TRAPS).expect("written");
    run(
        folder,
        program("vbc-aot"),
        &["-g", "--opt", "none", "traps.vitasm", "-o", "traps.o"],
    );
    run(
        folder,
        program("vbc-link"),
        &["--exe", "traps.o", "-o", "traps"],
    );
    let script = [
        "-batch",
        "-nx",
        "-ex",
        "break traps.vitasm:3",
        "-ex",
        "run",
        "-ex",
        "bt 3",
        "./traps",
    ];
    let text = run(folder, "gdb", &script);
    let has = |part: &str| assert!(text.contains(part), "no {part:?} in\n{text}");
    has("inner () at traps.vitasm:3\n3\t  DIV a, a, x");
    has("#0  inner () at traps.vitasm:3\n#1  ");
    has(" in middle () at traps.vitasm:8\n#2  ");
    has(" in main () at traps.vitasm:15\n");
    let symbols = run(folder, "nm", &["traps"]);
    let inner = symbols
        .lines()
        .find_map(|line| line.strip_suffix(" t inner"))
        .expect("a symbol");
    let place = run(folder, "addr2line", &["-f", "-e", "traps", inner]);
    assert_eq!(place, "inner\n./traps.vitasm:2\n");
}

/// A function of C's runs on another stack than the program's calls that have led to it, and a debugger shows all of them.
#[test]
fn debuggers_find_the_program_behind_c() {
    if !there_are(&["cc", "gdb"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let program_text = TRAPS
        .replace(
            "  LOAD_CONST a, 1\n  DIV a, a, x\n",
            "  CALL twice, x -> a\n",
        )
        .replace(
            "FUNC inner",
            ".import func \"c:twice\" as twice(i64) -> i64\nFUNC inner",
        );
    fs::write(folder.join("calls.vitasm"), program_text).expect("written");
    let twice = "#include \"vbcrt.h\"\nvbcrt_status c__twice(vbcrt_instance *from, int64_t x, int64_t *result) {\n\
        (void)from;\n*result = x * 2;\nreturn VBCRT_OK;\n}\n";
    fs::write(folder.join("twice.c"), twice).expect("written");
    run(
        folder,
        program("vbc-aot"),
        &["-g", "--opt", "none", "calls.vitasm", "-o", "calls.o"],
    );
    let include = format!("-I{}", project().join("lib/rt/include").display());
    run(folder, "cc", &["-g", &include, "-c", "twice.c"]);
    run(
        folder,
        program("vbc-link"),
        &["--exe", "calls.o", "twice.o", "-o", "calls"],
    );
    let script = [
        "-batch",
        "-nx",
        "-ex",
        "break c__twice",
        "-ex",
        "run",
        "-ex",
        "bt",
        "./calls",
    ];
    let text = run(folder, "gdb", &script);
    let mut lines = text.lines();
    for part in [
        "#0  c__twice (",
        " in inner () at calls.vitasm:3",
        " in middle () at calls.vitasm:8",
        " in main () at calls.vitasm:15",
    ] {
        assert!(
            lines.any(|line| line.contains(part)),
            "no {part:?} in\n{text}"
        );
    }
}

/// Prints results of all kinds in every order, and what checked arithmetic returns close to its limits.
fn numbers() -> String {
    let kinds = ["i32", "i64", "f32", "f64"];
    let (mut functions, mut main) = (String::new(), String::from("MAIN\n"));
    for mix in 0..256 {
        let types = [0, 2, 4, 6].map(|shift| kinds[mix >> shift & 3]);
        let number = |n: usize| match types[n].starts_with('f') {
            true => format!("{}.5", mix * 10 + n),
            false => format!("-{}", mix * 10 + n),
        };
        functions += &format!("FUNC mix{mix}() -> ({})\n", types.join(", "));
        main += &format!(
            "  .reg {}\n",
            [0, 1, 2, 3]
                .map(|n| format!("m{mix}_{n}: {}", types[n]))
                .join("\n  .reg ")
        );
        for (n, ty) in types.iter().enumerate() {
            functions += &format!("  LOAD_CONST.{ty} r{n}, {}\n", number(n));
        }
        functions += "  RETURN r0, r1, r2, r3\nEND\n";
        let results = [0, 1, 2, 3].map(|n| format!("m{mix}_{n}"));
        main += &format!("  CALL mix{mix} -> {}\n", results.join(", "));
        for result in results {
            main += &format!("  PRINT {result}\n");
        }
    }
    for (n, (ty, operation, x, y)) in FITS.iter().enumerate() {
        main += &format!(
            "  LOAD_CONST.{ty} x{n}, {x}\n  LOAD_CONST.{ty} y{n}, {y}\n  {operation}.{ty} x{n}, x{n}, y{n}\n  PRINT x{n}\n"
        );
    }
    functions + &main + "END\n"
}

/// Checked operations that do not overflow, but nearly.
const FITS: [(&str, &str, i64, i64); 14] = [
    ("i32", "ADD_CHK", 2_147_483_646, 1),
    ("i32", "ADD_CHK", -2_147_483_647, -1),
    ("i32", "ADD_CHK", -2_147_483_648, 2_147_483_647),
    ("i32", "SUB_CHK", -2_147_483_647, 1),
    ("i32", "SUB_CHK", -1, -2_147_483_648),
    ("i32", "MUL_CHK", 65_536, -32_768),
    ("i32", "MUL_CHK", 46_340, 46_340),
    ("i64", "ADD_CHK", i64::MAX - 1, 1),
    ("i64", "ADD_CHK", i64::MIN, i64::MAX),
    ("i64", "SUB_CHK", i64::MIN + 1, 1),
    ("i64", "SUB_CHK", -1, i64::MIN),
    ("i64", "MUL_CHK", 1 << 32, -(1 << 31)),
    ("i64", "MUL_CHK", 3_037_000_499, 3_037_000_499),
    ("i64", "MUL_CHK", -1, i64::MAX),
];

/// Checked operations that overflow.
const OVERFLOWS: [&str; 10] = [
    "  LOAD_CONST.i32 x, 2147483647\n  ADD_CHK.i32 x, x, 1",
    "  LOAD_CONST.i32 x, -2147483648\n  LOAD_CONST.i32 y, -1\n  ADD_CHK.i32 x, x, y",
    "  LOAD_CONST.i32 x, -2147483648\n  SUB_CHK.i32 x, x, 1",
    "  LOAD_CONST.i32 x, 0\n  LOAD_CONST.i32 y, -2147483648\n  SUB_CHK.i32 x, x, y",
    "  LOAD_CONST.i32 x, 46341\n  MUL_CHK.i32 x, x, x",
    "  LOAD_CONST.i64 x, 9223372036854775807\n  ADD_CHK.i64 x, x, 1",
    "  LOAD_CONST.i64 x, -9223372036854775808\n  SUB_CHK.i64 x, x, 1",
    "  LOAD_CONST.i64 x, 0\n  LOAD_CONST.i64 y, -9223372036854775808\n  SUB_CHK.i64 x, x, y",
    "  LOAD_CONST.i64 x, 3037000500\n  MUL_CHK.i64 x, x, x",
    "  LOAD_CONST.i64 x, -9223372036854775808\n  LOAD_CONST.i64 y, -1\n  MUL_CHK.i64 x, x, y",
];

/// Programs for other processors, with a runtime in C, under an emulator.
#[test]
fn other_processors() {
    let folder = scratch();
    let folder = folder.path();
    fs::write(folder.join("traps.vitasm"), TRAPS).expect("written");
    fs::write(folder.join("numbers.vitasm"), numbers()).expect("written");
    let names = [
        "hello",
        "fib",
        "nbody",
        "mandelbrot",
        "primes",
        "quicksort",
        "add",
    ];
    for target in ["aarch64", "riscv64"] {
        let cc = format!("{target}-linux-gnu-gcc");
        let emulator = format!("qemu-{target}");
        let library = format!("/usr/{target}-linux-gnu/lib/libc.so");
        if !there_are_for(target, &[&cc, &emulator, &library]) {
            continue;
        }
        let source = project().join("tests/cross/runtime.c");
        let source = source.to_str().expect("UTF-8");
        run(
            folder,
            &cc,
            &[
                "-O1",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-c",
                source,
                "-o",
                "runtime.o",
            ],
        );
        let compile = |source: &Path, flags: &[&str]| {
            let mut args = vec![
                source.as_os_str(),
                "--target".as_ref(),
                target.as_ref(),
                "-o".as_ref(),
                "x.o".as_ref(),
            ];
            args.extend(flags.iter().map(OsStr::new));
            run(folder, program("vbc-aot"), &args);
            // Position-independent, so that linker and loader have to bear every relocation.
            let link = [
                "x.o",
                "runtime.o",
                "-lm",
                "-pie",
                "-Wl,--fatal-warnings",
                "-o",
                "x",
            ];
            run(folder, &cc, &link);
            let libraries = format!("/usr/{target}-linux-gnu");
            output(folder, &emulator, &["-L", &libraries, "./x"])
        };
        for name in names {
            let source = example(name);
            let expected = output(folder, program("vbc-run"), &[&source]).stdout;
            for flags in [&["-g"][..], &["--opt", "none"]] {
                let done = compile(&source, flags);
                assert!(
                    done.status.success(),
                    "{name} for {target}: {}",
                    shown(&done)
                );
                assert!(done.stdout == expected, "{name} for {target}");
            }
        }
        let source = folder.join("numbers.vitasm");
        let expected = output(folder, program("vbc-run"), &[&source]).stdout;
        for flags in [&["--opt", "speed"][..], &["--opt", "none"]] {
            let done = compile(&source, flags);
            assert!(done.status.success(), "{target}: {}", shown(&done));
            assert!(done.stdout == expected, "{target}: {}", shown(&done));
        }
        for (n, operation) in OVERFLOWS.iter().enumerate() {
            let text = format!("MAIN\n{operation}\n  TRAP unreachable\nEND\n");
            let source = folder.join(format!("overflow{n}.vitasm"));
            fs::write(&source, text).expect("written");
            let done = compile(&source, &[]);
            let error = String::from_utf8_lossy(&done.stderr);
            let message = "program: trap: integer overflow\n";
            assert!(error.starts_with(message), "{target}, {operation}: {error}");
        }
        for flags in [&["-g"][..], &["--no-signals"]] {
            let done = compile(&folder.join("traps.vitasm"), flags);
            assert_eq!(done.status.code(), Some(134), "{}", shown(&done));
            assert_eq!(done.stdout, b"before\n");
            let source = folder.join("traps.vitasm");
            let source = source.display();
            let expected = format!(
                "program: trap: integer divide by zero\n  at inner, instruction 1 ({source}:3)\n  at middle, instruction 1 ({source}:8)\n  at main, instruction 4 ({source}:15)\n"
            );
            assert_eq!(String::from_utf8_lossy(&done.stderr), expected, "{target}");
        }
    }
}

/// A thousand copies of `form`, each with its number in place of `#`.
fn thousand(form: &str) -> String {
    let all: Vec<String> = (0..1000)
        .map(|n| form.replace('#', &n.to_string()))
        .collect();
    all.join(", ")
}

/// A program whose function `down` calls itself as often as it is told and then calls C, and the one function of C's
/// that has a thousand parameters and results: it turns them round.
fn stacks() -> (String, String) {
    let mut program = format!(
        ".import func \"c:touch\" as touch(i64) -> i64\n.import func \"c:refuse\" as refuse()\n\
         .import func \"c:wide\" as wide({types}) -> ({types})\n\
         FUNC down(n, kind) -> i64\n  .export\n  IF n, more\n  SWITCH kind, out, touches, turns, else refuses\n\
         touches:\n  CALL touch, n -> n\n  RETURN n\nturns:\n  CALL turn, n -> n\n  RETURN n\n\
         refuses:\n  CALL refuse\nout:\n  RETURN n\nmore:\n  SUB n, n, 1\n  CALL down, n, kind -> m\n  ADD m, m, 1\n  RETURN m\nEND\n\
         FUNC divide(x) -> i64\n  .export\n  LOAD_CONST a, 100\n  DIV a, a, x\n  RETURN a\nEND\n\
         FUNC turn(p) -> i64\n",
        types = thousand("i64")
    );
    for n in 0..1000 {
        program += &format!("  ADD r{n}, p, {n}\n");
    }
    program += &format!(
        "  CALL wide, {} -> {}\n  LOAD_CONST sum, 0\n",
        thousand("r#"),
        thousand("s#")
    );
    for n in 0..1000 {
        program += &format!("  SUB s{n}, s{n}, p\n  MUL s{n}, s{n}, {n}\n  ADD sum, sum, s{n}\n");
    }
    // The sum of (999 - n) * n.
    program += "  IF_EQ sum, 166167000, right\n  TRAP unreachable\nright:\n  ADD p, p, 1\n  RETURN p\nEND\n";
    let mut wide = format!(
        "#include \"vbcrt.h\"\nvbcrt_status c__wide(vbcrt_instance *from, {}, {}) {{\n  (void)from;\n",
        thousand("int64_t a#"),
        thousand("int64_t *r#")
    );
    for n in 0..1000 {
        wide += &format!("  *r{n} = a{};\n", 999 - n);
    }
    wide += "  return VBCRT_OK;\n}\n";
    (program, wide)
}

/// Host functions are called where hardly anything is left of the program's stack, or of the thread's: each call works or
/// traps.
#[test]
fn stacks_end_with_a_trap() {
    let folder = scratch();
    let folder = folder.path();
    let (program_text, wide) = stacks();
    fs::write(folder.join("stacks.vitasm"), program_text).expect("written");
    fs::write(folder.join("wide.c"), wide).expect("written");
    let cross = project().join("tests/cross");
    let include = format!("-I{}", project().join("lib/rt/include").display());
    let runtime = cross.join("runtime.c").display().to_string();
    let library = library().display().to_string();
    let own = std::env::consts::ARCH;
    // With the runtime library, and with the one in C.
    let mut ways = vec![(own, library.as_str()), (own, runtime.as_str())];
    ways.extend(["aarch64", "riscv64"].map(|target| (target, runtime.as_str())));
    for (target, runtime) in ways {
        let (cc, emulator) = match target == own {
            true => ("cc".to_owned(), None),
            false => (
                format!("{target}-linux-gnu-gcc"),
                Some(format!("qemu-{target}")),
            ),
        };
        let needed = match &emulator {
            None => there_are_for(target, &[&cc]),
            Some(emulator) => {
                let library = format!("/usr/{target}-linux-gnu/lib/libc.so");
                there_are_for(target, &[&cc, emulator, &library])
            }
        };
        if !needed {
            continue;
        }
        for (traps, flags) in [
            ("signals", &["--opt", "speed"][..]),
            ("calls", &["--no-signals", "--opt", "none"]),
        ] {
            let mut compile = vec!["stacks.vitasm", "--target", target, "-o", "stacks.o"];
            compile.extend(flags);
            run(folder, program("vbc-aot"), &compile);
            let main = cross.join("stacks.c").display().to_string();
            let link = [
                "-Wall",
                "-Wextra",
                "-Werror",
                "-O1",
                &include,
                &main,
                "wide.c",
                "stacks.o",
                runtime,
                "-lm",
                "-pie",
                "-Wl,--gc-sections",
                "-o",
                "stacks",
            ];
            run(folder, &cc, &link);
            let libraries = format!("/usr/{target}-linux-gnu");
            let done = match &emulator {
                None => output(folder, folder.join("stacks"), &[traps]),
                Some(emulator) => output(folder, emulator, &["-L", &libraries, "./stacks", traps]),
            };
            let what = format!("{target}, {runtime}, {flags:?}");
            assert!(done.status.success(), "{what}: {}", shown(&done));
            assert_eq!(done.stdout, b"done\n", "{what}");
        }
    }
}

/// The same bytes for any number of threads, for every target, with all that an object can hold.
#[test]
fn objects_do_not_depend_on_threads() {
    let folder = scratch();
    let folder = folder.path();
    let sources = [
        example("sha256"),
        example("mandelbrot"),
        project().join("examples/embed/statistics.vitasm"),
    ];
    for source in &sources {
        for target in ["x86_64", "aarch64", "riscv64"] {
            let objects = ["1", "2", "7"].map(|jobs| {
                let args = [
                    source.as_os_str(),
                    "-g".as_ref(),
                    "--target".as_ref(),
                    target.as_ref(),
                    "-j".as_ref(),
                    jobs.as_ref(),
                    "-o".as_ref(),
                    "x.o".as_ref(),
                ];
                run(folder, program("vbc-aot"), &args);
                fs::read(folder.join("x.o")).expect("an object")
            });
            assert!(
                objects.windows(2).all(|pair| pair[0] == pair[1]),
                "{source:?} for {target}"
            );
        }
    }
}

/// An executable takes no arithmetic from the libraries that it is linked with: theirs may differ from ours.
#[test]
fn executables_take_no_arithmetic_from_libraries() {
    if !there_are(&["cc", "nm"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    let mut text = String::from("MAIN\n");
    for ty in ["f32", "f64"] {
        text += &format!("  .reg x{ty}, y{ty}: {ty}\n  LOAD_CONST x{ty}, 2.5\n");
        for op in ["CEIL", "FLOOR", "TRUNC", "NEAREST", "SQRT"] {
            text += &format!("  {op} y{ty}, x{ty}\n  PRINT y{ty}\n");
        }
    }
    text += "END\n";
    fs::write(folder.join("round.vitasm"), text).expect("written");
    run(
        folder,
        program("vbc-aot"),
        &["--opt", "none", "round.vitasm", "-o", "round.o"],
    );
    run(
        folder,
        program("vbc-link"),
        &["--exe", "round.o", "-o", "round"],
    );
    let printed = run(folder, folder.join("round"), &[""; 0]);
    let sqrt = ["1.5811388\n", "1.5811388300841898\n"];
    assert_eq!(
        printed,
        sqrt.map(|sqrt| format!("3.0\n2.0\n2.0\n2.0\n{sqrt}"))
            .concat()
    );
    // The object's own, and what of the system's libraries its own code and the runtime's name.
    let undefined = run(folder, "nm", &["-u", "round.o"]);
    let mut undefined: Vec<&str> = undefined
        .split_whitespace()
        .filter(|&word| word != "U")
        .collect();
    undefined.sort_unstable();
    assert_eq!(undefined, ["vbcrt_abi_4", "vbcrt_main"]);
    let all = run(folder, "nm", &["round"]);
    let arithmetic = [
        "acos",
        "asin",
        "atan",
        "atan2",
        "cbrt",
        "ceil",
        "copysign",
        "cos",
        "exp",
        "exp2",
        "fabs",
        "floor",
        "fma",
        "fmax",
        "fmin",
        "fmod",
        "hypot",
        "ldexp",
        "log",
        "log10",
        "log2",
        "nearbyint",
        "pow",
        "remainder",
        "rint",
        "round",
        "roundeven",
        "sin",
        "sqrt",
        "tan",
        "trunc",
    ];
    let taken: Vec<&str> = all
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .filter(|name| {
            let name = name.split('@').next().unwrap_or(name);
            arithmetic
                .iter()
                .any(|one| name == *one || name.strip_suffix('f') == Some(one))
        })
        .collect();
    assert!(taken.is_empty(), "{taken:?}");
}
