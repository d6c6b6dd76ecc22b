//! The conformance files as one executable, which takes from libraries what the system's linker provides. The other
//! tests put objects into memory themselves.
#![cfg(all(target_arch = "x86_64", target_os = "linux"))]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use vbc::aot::Compiler;
use vbc::codegen::{Arch, Target};
use vbc::link::Program;
use vbc_native::image::IMAGE_SYMBOL;
use vbc_tests::conformance::{Engine, Observation, Outcome, Runnable, Setup};
use vbc_tests::conformance::{files, in_parallel, runnable};
use vbc_tests::evaluator::Value;
use vbc_tests::{program, programs, project, scratch, there_are};

/// A file whose program is in the executable.
struct Linked {
    path: String,
    runnable: Runnable,
    judge: Observation,
    object: Vec<u8>,
}

/// The slot of a value.
fn slot(value: Value) -> u64 {
    match value {
        Value::I32(x) => u64::from(x as u32),
        Value::I64(x) => x as u64,
        Value::F32(bits) => u64::from(bits),
        Value::F64(bits) | Value::Ptr(bits) => bits,
        Value::FuncRef(reference) | Value::ExternRef(reference) => {
            reference.map_or(0, |index| u64::from(index) + 1)
        }
        Value::Extern(_) | Value::Any(_) => unreachable!("no test gives objects to a program"),
    }
}

/// Whether an executable has by itself what the file gives its program, and no host has to be asked.
fn is_plain(runnable: &Runnable) -> bool {
    let Setup {
        stdin,
        args,
        env,
        fuel,
        pages,
        plain_support,
    } = &runnable.setup;
    let nothing = stdin.is_empty() && args.is_empty() && env.is_empty();
    nothing && fuel.is_none() && pages.is_none() && !plain_support
}

/// Judges a file and compiles it; nothing when it is not one for an executable.
fn prepare(path: &str, runnable: Runnable) -> Option<Linked> {
    if !is_plain(&runnable) {
        return None;
    }
    let judge = Engine::Evaluator.run(&runnable.program, &runnable.setup, &runnable.calls);
    let told = |end: &Outcome| !matches!(end, Outcome::Broken(_) | Outcome::Refused(_));
    let object = compile(&runnable.program)?;
    judge.ends.iter().all(told).then(|| Linked {
        path: path.to_owned(),
        runnable,
        judge,
        object,
    })
}

/// An object with a way into every function, for processors of all ages.
fn compile(program: &Program) -> Option<Vec<u8>> {
    let target = Target {
        arch: Arch::X86_64,
        cpu: Vec::new(),
    };
    let compiler = Compiler::new(target)
        .with_entries(program.module().types.funcs().cloned())
        .with_options(|options| options.threads = Some(1));
    Some(compiler.compile(program).ok()?.bytes)
}

/// Gives the image of a program the name that `images` has for it.
fn rename(object: &mut [u8], n: usize) {
    let name = |text: &str| [b"\0", text.as_bytes(), b"\0"].concat();
    let (old, new) = (name(IMAGE_SYMBOL), name(&image(n)));
    assert_eq!(old.len(), new.len());
    let mut places = object.windows(old.len()).enumerate();
    let (at, _) = places
        .find(|(_, bytes)| *bytes == old)
        .expect("it has a name");
    object[at..at + new.len()].copy_from_slice(&new);
}

fn image(n: usize) -> String {
    format!("vbcrt_i{n:04}")
}

/// Links all objects with the program that runs them.
fn link(folder: &Path, linked: &mut [Linked]) {
    let mut table = String::from("struct vbcrt_image;\n");
    let mut names = String::new();
    let mut objects = String::new();
    for (n, one) in linked.iter_mut().enumerate() {
        rename(&mut one.object, n);
        fs::write(folder.join(format!("{n}.o")), &one.object).expect("written");
        let image = image(n);
        let _ = writeln!(table, "extern const struct vbcrt_image {image};");
        let _ = write!(names, "&{image}, ");
        let _ = writeln!(objects, "{n}.o");
    }
    let _ = writeln!(
        table,
        "const struct vbcrt_image *const images[] = {{{names}}};"
    );
    fs::write(folder.join("images.c"), table).expect("written");
    fs::write(folder.join("objects"), objects).expect("written");
    program("vbc-link");
    let done = Command::new("cc")
        .current_dir(folder)
        .arg(format!("-I{}", project().join("lib/rt/include").display()))
        .args(["images.c", "@objects"])
        .arg(project().join("tests/cross/linked.c"))
        .arg(programs().join("libvbcrt.a"))
        // Functions that several programs export are called by their numbers only.
        .args(["-Wl,-z,muldefs", "-Wl,--gc-sections"])
        .arg(format!("-Wl,--defsym={IMAGE_SYMBOL}={}", image(0)))
        .args(["-lm", "-lpthread", "-ldl", "-o", "all"])
        .output()
        .expect("cc starts");
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

/// What the executable is told to do.
fn orders(linked: &[Linked]) -> String {
    let mut orders = String::new();
    for (n, one) in linked.iter().enumerate() {
        let module = one.runnable.program.module();
        let spaces = module.spaces();
        let _ = writeln!(orders, "new {n}");
        if matches!(one.judge.ends.first(), Some(Outcome::Returned(_))) {
            for (function, args) in &one.runnable.calls {
                let ty = spaces.func_type(module, *function).expect("a type");
                let results = module.types.func(ty).expect("of functions").results.len();
                let _ = write!(orders, "call {function:x} {results:x}");
                for &arg in args {
                    let _ = write!(orders, " {:x}", slot(arg));
                }
                orders.push('\n');
            }
            orders.push_str("free\n");
        }
    }
    orders
}

/// Whether an answer is the expected one. Where the judge has the NaN that it makes, any quiet one will do.
fn agrees(found: &str, expected: &str) -> bool {
    let (mut found, mut expected) = (found.split(' '), expected.split(' '));
    loop {
        let same = match (found.next(), expected.next()) {
            (Some(found), Some("7fc00000")) => is_quiet(found, 0x7fc0_0000, 0xffff_ffff),
            (Some(found), Some("7ff8000000000000")) => {
                is_quiet(found, 0x7ff8_0000_0000_0000, u64::MAX)
            }
            (None, None) => return true,
            (found, expected) => found == expected,
        };
        if !same {
            return false;
        }
    }
}

/// Whether the bits are those of a quiet NaN, whose exponent and highest bit are `quiet`.
fn is_quiet(bits: &str, quiet: u64, all: u64) -> bool {
    u64::from_str_radix(bits, 16).is_ok_and(|bits| bits & quiet == quiet && bits <= all)
}

/// What the executable is to answer for each end but the first, which is that of the initialisers.
fn answer(end: &Outcome) -> String {
    match end {
        Outcome::Returned(values) => {
            let mut text = String::from("0");
            for &value in values {
                let _ = write!(text, " {:x}", slot(value));
            }
            text
        }
        Outcome::Trapped(trap) => format!("1 trap: {}", trap.message()),
        Outcome::Exited(code) => format!("2 {code:x}"),
        other => format!("{other:?}"),
    }
}

#[test]
fn conformance_files_hold_in_a_linked_executable() {
    if !there_are(&["cc"]) {
        return;
    }
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let mut files = files();
    files.retain(|file| file.path.contains(&part));
    let prepared = in_parallel(&files, |file| {
        let runnable =
            runnable(&file.case).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        prepare(&file.path, runnable?)
    });
    let mut linked: Vec<Linked> = prepared.into_iter().flatten().collect();
    assert!(!linked.is_empty());
    let folder = scratch();
    let folder = folder.path();
    link(folder, &mut linked);
    fs::write(folder.join("orders"), orders(&linked)).expect("written");
    let status = Command::new(folder.join("all"))
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("it starts");
    let answers = fs::read_to_string(folder.join("answers")).expect("answers");
    let mut answers = answers.lines();
    let mut failures = Vec::new();
    for (n, one) in linked.iter().enumerate() {
        let started = matches!(one.judge.ends.first(), Some(Outcome::Returned(_)));
        let first = if started { "new" } else { "none" };
        let expected = std::iter::once(first.to_owned());
        let expected: Vec<String> = expected
            .chain(one.judge.ends.iter().skip(1).map(answer))
            .collect();
        let found: Vec<&str> = answers.by_ref().take(expected.len()).collect();
        let same = found.len() == expected.len()
            && found
                .iter()
                .zip(&expected)
                .all(|(found, expected)| agrees(found, expected));
        if !same {
            failures.push(format!("{}: {found:?}, expected {expected:?}", one.path));
        }
        let printed = fs::read(folder.join(format!("out-{n}"))).unwrap_or_default();
        if printed != one.judge.stdout {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            failures.push(format!(
                "{}: prints {:?}, expected {:?}",
                one.path,
                text(&printed),
                text(&one.judge.stdout)
            ));
        }
    }
    println!("{} files in one executable", linked.len());
    assert!(failures.is_empty(), "{status}\n{}", failures.join("\n"));
    assert!(status.success(), "{status}");
}
