//! The example of linking: three assembled files and an archive of three more become a program that does
//! the same wherever programs run, and everything that the linker tells about it is true.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use vbc::diag::Errors;
use vbc::format::{AlignedBytes, Limits};
use vbc::module::{Kind, Module, NameSpace};
use vbc_tests::conformance::Setup;
use vbc_tests::machine::MachineKind;
use vbc_tests::needs::{there_are, there_are_for};
use vbc_tests::webassembly::{Host, start};
use vbc_tests::{program, project, scratch};

/// The list is 12 30 42 -18 66: each is a multiple of 6, and 7488, the sum of their squares, lies between 86
/// and 87 squared.
const EXPECTED: &str = "common divisor: 6\nlength: 86\n";

/// The files that are linked, in their order; the members of the archive come last.
const INPUTS: [&str; 4] = ["main.vitbc", "list.vitbc", "show.vitbc", "libnumbers.a"];

fn run(folder: &Path, mut command: Command, arguments: &[&str]) -> Output {
    let done = command.current_dir(folder).args(arguments).output();
    let done = done.expect("the program starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{command:?}: {said}");
    done
}

fn tool(folder: &Path, name: &str, arguments: &[&str]) -> Output {
    run(folder, Command::new(program(name)), arguments)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

/// Assembles the parts of the example, puts three of them into an archive, and links: with these flags, to
/// `all.vitbc`.
fn link(folder: &Path, flags: &[&str]) -> Output {
    for part in ["main", "list", "show", "gcd", "root", "cube"] {
        let source = project().join(format!("examples/linking/{part}.vitasm"));
        fs::copy(source, folder.join(format!("{part}.vitasm"))).expect("a copy");
        let (from, to) = (format!("{part}.vitasm"), format!("{part}.vitbc"));
        tool(folder, "vbc-as", &[&from, "-o", &to]);
    }
    let members = ["gcd.vitbc", "root.vitbc", "cube.vitbc"];
    let archive = [&["--archive", "-o", "libnumbers.a"], &members[..]].concat();
    tool(folder, "vbc-link", &archive);
    let arguments = [&INPUTS[..], &["-o", "all.vitbc"], flags].concat();
    tool(folder, "vbc-link", &arguments)
}

fn module(path: &Path) -> Module {
    let bytes = fs::read(path).expect("a module");
    let bytes = Arc::new(AlignedBytes::from(&bytes[..]));
    let module: Result<_, Errors> = vbc::open("all.vitbc", bytes, &Limits::default());
    module.expect("what was linked is valid").into_inner()
}

/// The program writes the same on both engines of the interpreter, as code in memory of every kind, as an
/// executable, and as WebAssembly with 64-bit memory in another engine.
#[test]
fn it_runs_everywhere() {
    let folder = scratch();
    let folder = folder.path();
    link(folder, &[]);
    for kind in MachineKind::all() {
        let Some(command) = kind.command() else {
            continue;
        };
        let done = run(folder, command, &["all.vitbc"]);
        assert_eq!(text(done.stdout), EXPECTED, "{}", kind.name());
    }
    if there_are_for("executable", &["cc"]) {
        tool(folder, "vbc-aot", &["all.vitbc", "-o", "all.o"]);
        tool(folder, "vbc-link", &["--exe", "all.o", "-o", "all"]);
        let done = run(folder, Command::new(folder.join("all")), &[]);
        assert_eq!(text(done.stdout), EXPECTED, "executable");
    }
    tool(folder, "vbc-wasm", &["all.vitbc", "-o", "all.wasm"]);
    let wasm = fs::read(folder.join("all.wasm")).expect("a module");
    for host in Host::outside_a_browser() {
        let (stdout, _, code) = start(host, &wasm, &Setup::default(), None);
        assert_eq!((&*stdout, code), (EXPECTED, 0), "{host:?}");
    }
}

/// What `--print-gc`, `--why-live` and `--map` report, checked against the module itself.
#[test]
fn what_is_told_is_true() {
    let folder = scratch();
    let folder = folder.path();
    let flags = ["--print-gc", "--why-live", "magnitude", "--map", "map"];
    let told = text(link(folder, &flags).stderr);
    assert_eq!(
        told,
        "left out: func `last` of list.vitbc\n\
         why live: func `magnitude` of libnumbers.a(root.vitbc)\n  \
           is needed by func `gcd` of libnumbers.a(gcd.vitbc)\n  \
           is needed by func `main` of main.vitbc\n  \
           which is the entry\n"
    );

    let module = module(&folder.join("all.vitbc"));
    let map = fs::read_to_string(folder.join("map")).expect("a map");
    let part = |head: &str| -> Vec<Vec<String>> {
        let after = map.split_once(head).expect(head).1;
        let lines = after.lines().skip(1).take_while(|line| !line.is_empty());
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect();
        lines.map(words).collect()
    };
    let inputs = part("Inputs");
    let names: Vec<&str> = inputs.iter().map(|line| &*line[0]).collect();
    let members = ["libnumbers.a(gcd.vitbc):", "libnumbers.a(root.vitbc):"];
    assert_eq!(names, [&INPUTS[..3], &members].concat());

    // Every function, with its index, its bytes of code, its name, and the file that its first line is in.
    let rows = part("Definitions");
    let functions: Vec<&Vec<String>> = rows.iter().filter(|row| row[0] == "func").collect();
    let spaces = module.spaces();
    assert_eq!(functions.len(), module.functions.len());
    for (defined, row) in functions.into_iter().enumerate() {
        let index = spaces.index_of(Kind::Func, defined);
        let (file, _) = module.source_place(index, 0).expect("lines");
        let file = file.replace(".vitasm", ".vitbc");
        let origin = match INPUTS.contains(&&*file) {
            true => format!("({file})"),
            false => format!("(libnumbers.a({file}))"),
        };
        let bytes = module.functions[defined].words * 8;
        let name = module.display_name(NameSpace::Func, index);
        let expected = [
            "func",
            &index.to_string(),
            &bytes.to_string(),
            &name,
            &origin,
        ];
        assert_eq!(*row, expected);
    }
    let data: Vec<&Vec<String>> = rows.iter().filter(|row| row[0] == "data").collect();
    assert_eq!(data.len(), module.data.len());
    for (row, data) in data.into_iter().zip(module.data.iter()) {
        let expected = [data.size.to_string(), data.align.to_string()];
        assert_eq!(row[2..4], expected);
    }
    assert_eq!(part("Left out"), [["func", "last", "(list.vitbc)"]]);
}

/// Unpacked in an empty folder, what `--reproduce` writes links to the same bytes: assembled files and
/// archives as well as texts, whose lines name files.
#[test]
fn it_can_be_reproduced() {
    if !there_are(&["tar"]) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    link(folder, &["--reproduce", "again.tar"]);
    let texts = [
        "main.vitasm",
        "./list.vitasm",
        "sub/../show.vitasm",
        "libnumbers.a",
    ];
    fs::create_dir(folder.join("sub")).expect("a folder");
    let flags = ["-o", "texts.vitbc", "--reproduce", "texts.tar"];
    tool(folder, "vbc-link", &[&texts[..], &flags].concat());
    for (archive, result) in [("again", "all.vitbc"), ("texts", "texts.vitbc")] {
        let empty = scratch();
        let packed = folder.join(format!("{archive}.tar"));
        let packed = packed.to_string_lossy();
        run(empty.path(), Command::new("tar"), &["xf", &packed]);
        let inside = empty.path().join(archive);
        tool(&inside, "vbc-link", &["@response.txt"]);
        let again = fs::read(inside.join(result)).expect("the result");
        let first = fs::read(folder.join(result)).expect("the result");
        assert!(again == first, "{archive}: other bytes");
    }
}
