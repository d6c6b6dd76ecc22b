//! The linker as a whole: programs taken apart and linked again, the same bytes for any number of
//! threads, maps that keep their schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use vbc::diag::Errors;
use vbc::format::{AlignedBytes, Limits, WriteOptions, write};
use vbc::link::{Archive, Input, Options, Source, link_with, load, select};
use vbc::module::{Kind, Module, SharedBytes, SymbolRow};
use vbc::verify::{Verified, verify};
use vbc_tests::conformance::{Engine, File, Setup, files, holds, in_parallel, prepare};
use vbc_tests::schema::Schema;
use vbc_tests::split::split;
use vbc_tests::{files as sources, fuzz, number_from_environment, program, project, scratch};

fn open(name: &str, bytes: &[u8]) -> Result<Input, Errors> {
    let module = vbc::open(
        name,
        Arc::new(AlignedBytes::from(bytes)),
        &Limits::default(),
    )?;
    let name = Arc::from(name);
    Ok(Input { name, module })
}

/// Programs of several functions none of which can live apart: each is an initialiser, or uses an element
/// segment or a passive data row, which only its own object can name (`split` explains why).
const ONE_OBJECT: &[&str] = &[];

fn link_objects(objects: &[Vec<u8>], options: &Options) -> Result<Verified, String> {
    let inputs: Result<Vec<Input>, Errors> = objects
        .iter()
        .enumerate()
        .map(|(number, bytes)| open(&format!("part{number}"), bytes))
        .collect();
    let linked = inputs.and_then(|inputs| link_with(&inputs, options));
    Ok(linked.map_err(|errors| errors.to_string())?.module)
}

/// The places where the functions of a module begin, sorted.
fn places(module: &Module) -> Vec<Option<(String, u32)>> {
    let spaces = module.spaces();
    let functions = 0..module.functions.len();
    let places =
        functions.map(|defined| module.source_place(spaces.index_of(Kind::Func, defined), 0));
    let mut places: Vec<_> = places.collect();
    places.sort();
    places
}

/// Links a conformance program in some way, with dead code and without, and checks that it still holds on
/// every engine.
fn still_holds(
    file: &File,
    module: &Module,
    link: impl Fn(&Options) -> Result<Verified, String>,
) -> Result<(), String> {
    for gc in [false, true] {
        let at = |message: String| format!("{}, gc {gc}: {message}", file.path);
        let options = Options {
            gc: Some(gc),
            exports: called_symbols(file, module),
            ..Options::default()
        };
        let linked = link(&options).map_err(at)?;
        is_valid(&linked).map_err(at)?;
        if !gc && places(module) != places(&linked) {
            return Err(at("the functions come from other lines".to_owned()));
        }
        for engine in Engine::all() {
            holds(&file.case, linked.clone(), engine)
                .map_err(|message| at(format!("{}: {message}", engine.name())))?;
        }
    }
    Ok(())
}

/// The linker itself does not look at code that it has put together, except where debug assertions are on.
fn is_valid(module: &Module) -> Result<(), String> {
    match verify(module, &Default::default()).first() {
        None => Ok(()),
        Some(finding) => Err(format!("the result is not valid: {}", finding.message)),
    }
}

/// The symbols that a file's calls name and that are not exported: hidden ones would be local, and unneeded
/// ones left out.
fn called_symbols(file: &File, module: &Module) -> Vec<(String, String)> {
    let is_symbol = |name: &String| {
        let mut symbols = module.symbols.iter();
        symbols.any(|row| row.flags & SymbolRow::LOCAL == 0 && module.strings.get(row.name) == name)
    };
    let is_export = |name: &String| {
        let mut exports = module.exports.iter();
        exports.any(|row| module.strings.get(row.name) == name)
    };
    let called = file.case.runs.iter().map(|run| run.function.clone());
    let called: BTreeSet<String> = called
        .filter(|name| is_symbol(name) && !is_export(name))
        .collect();
    called
        .into_iter()
        .map(|name| (name.clone(), name))
        .collect()
}

/// What became of a conformance file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checked {
    /// It states that something is wrong with it, so there is no program.
    Refused,
    /// It has one function, or none.
    Small,
    /// It does the same as before.
    Same,
}

/// Checks all conformance files that are programs.
fn all_hold(check: impl Fn(&File, &Verified) -> Result<Checked, String> + Sync) {
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let mut files = files();
    files.retain(|file| file.path.contains(&part));
    let results = in_parallel(&files, |file| match prepare(&file.case) {
        Some((module, _)) => check(file, &module),
        None if file.case.errors.is_empty() => Err(format!("{} is no program", file.path)),
        None => Ok(Checked::Refused),
    });
    let failures: Vec<&String> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
    let count = |what| results.iter().filter(|&result| *result == Ok(what)).count();
    let (same, small, refused) = (
        count(Checked::Same),
        count(Checked::Small),
        count(Checked::Refused),
    );
    println!(
        "{same} programs; {small} files with one function, {refused} that must be refused, of {}",
        files.len()
    );
    assert_eq!(same + small + refused, files.len());
    assert!(!part.is_empty() || same > 100);
}

/// Every conformance program of several functions does the same when it is taken apart into one object
/// for each function and linked again.
#[test]
fn programs_taken_apart_do_the_same() {
    all_hold(|file, module| {
        if module.functions.len() < 2 {
            return Ok(Checked::Small);
        }
        let objects = split(module)?;
        let whole = ONE_OBJECT.iter().any(|name| file.path.ends_with(name));
        if whole != (objects.len() == 1) {
            return Err(format!("{}: {} objects", file.path, objects.len()));
        }
        still_holds(file, module, |options| link_objects(&objects, options)).map(|()| Checked::Same)
    });
}

/// Linking a program with nothing changes nothing that it does.
#[test]
fn programs_linked_with_nothing_do_the_same() {
    all_hold(|file, module| {
        let input = Input {
            name: Arc::from("alone"),
            module: module.clone(),
        };
        let link = |options: &Options| {
            let linked = link_with(std::slice::from_ref(&input), options);
            Ok(linked.map_err(|errors| errors.to_string())?.module)
        };
        still_holds(file, module, link).map(|()| Checked::Same)
    });
}

/// Examples that have one function.
const SMALL_EXAMPLES: [&str; 2] = ["hello.vitasm", "primes.vitasm"];

/// Calls the functions of `examples/embed`, in place of the program in C.
const EMBEDDING: &str = "
.extern add(f64)
.extern summary() -> (f64, f64)
.extern ratio(i32, i32) -> i32
FUNC report(x: f64) -> i64
  .export \"env:report\"
  PRINT x
  LOAD_CONST r, 0
  RETURN r
END
MAIN
  LOAD_CONST.f64 x, 2.5
  CALL add, x
  LOAD_CONST.f64 x, -1.0
  CALL add, x
  LOAD_CONST.f64 x, 7.0
  CALL add, x
  CALL summary -> mean, variance
  PRINT mean
  PRINT variance
  LOAD_CONST.i32 a, 17
  LOAD_CONST.i32 b, 5
  CALL ratio, a, b -> c
  PRINT c
END
";

/// The examples as programs, with their names: each file by itself, those in folders linked together.
fn examples() -> Vec<(String, Verified)> {
    let folder = project().join("examples");
    let read = |path: &Path| {
        let text = fs::read(path).expect("an example");
        open(&path.to_string_lossy(), &text).expect("a valid example")
    };
    let all = sources(&folder, "vitasm");
    let alone = all.iter().filter(|path| path.parent() == Some(&folder));
    let mut programs: Vec<(String, Verified)> = alone
        .map(|path| {
            let name = path.file_name().expect("a name").to_string_lossy();
            (name.into_owned(), read(path).module)
        })
        .collect();
    let embedding = open("embedding.vitasm", EMBEDDING.as_bytes()).expect("a valid text");
    for (name, more) in [("linking", None), ("embed", Some(embedding))] {
        let parts = all
            .iter()
            .filter(|path| path.starts_with(folder.join(name)));
        let inputs: Vec<Input> = parts.map(|path| read(path)).chain(more).collect();
        let linked = link_with(&inputs, &Options::default()).expect("they can be linked");
        programs.push((name.to_owned(), linked.module));
    }
    // Those of ffi/ need libraries of the system.
    let known = ["", "linking", "embed", "ffi"].map(|name| folder.join(name));
    let is_known = |path: &PathBuf| known.iter().any(|known| path.parent() == Some(known));
    assert!(all.iter().all(is_known), "a folder is missing here");
    programs
}

/// Every example does the same when it is taken apart into one object for each function and linked again.
#[test]
fn examples_taken_apart_do_the_same() {
    let setup = Setup {
        stdin: b"some words\nto count and to sum up\n".to_vec(),
        ..Setup::default()
    };
    let mut small = Vec::new();
    for (name, module) in examples() {
        if module.functions.len() < 2 {
            small.push(name);
            continue;
        }
        // The judge is too slow for some of them.
        let engines = &Engine::all()[1..];
        let objects = split(&module).expect("it can be taken apart");
        assert_eq!(objects.len(), module.functions.len() + 1, "{name}");
        let linked = link_objects(&objects, &Options::default()).expect("it can be linked");
        let run = |engine: Engine, module: Verified| {
            let program = load("example", module).expect("it can be loaded");
            let entry = program.module().entry.expect("an entry");
            engine.run(&program, &setup, &[(entry, Vec::new())])
        };
        let before = run(engines[0], module);
        for &engine in engines {
            let after = run(engine, linked.clone());
            let at = format!("{name} on {}", engine.name());
            assert_eq!(before.ends, after.ends, "{at}");
            assert_eq!(before.stdout, after.stdout, "{at}");
        }
    }
    assert_eq!(small, SMALL_EXAMPLES);
}

fn run(tool: &str, folder: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(program(tool))
        .current_dir(folder)
        .args(arguments)
        .output();
    output.expect("the tool starts")
}

/// A program of 200 objects that call each other, with literals, globals and data, some in archives.
fn many_objects(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for n in 0..200 {
        let other = (n * 7 + 3) % 200;
        let head = match n {
            0 => "MAIN\n".to_owned(),
            _ => format!("FUNC f{n}()\n"),
        };
        let callee = match other {
            0 => 1,
            other => other,
        };
        let text = format!(
            ".extern f{callee}()\n.extern data d{other}\n.extern global g{other}: mut i64\n\
             .global g{n}: mut i64 = {n}\n.data d{n} align 8 = i64 {n}, addr d{other}\n\
             FUNC g() -> i64\n  .local\n  GLOBAL_GET x, g{other}\n  RETURN x\nEND\n\
             FUNC weak()\n  .weak\nEND\n\
             {head}  CALL g -> x\n  DATA_ADDR p, d{other}\n  LOAD.i64 y, [p]\n  ADD x, x, y\n  \
             WRITE \"literal {}\"\n  GLOBAL_SET g{n}, x\n  IF_GE x, 100000, last\n  CALL f{callee}\n\
             last:\nEND\n",
            n % 10
        );
        // Within one text a symbol is defined or undefined.
        let text = match other == n || callee == n {
            true => format!("FUNC f{n}()\nEND\n.data d{n} = i64 1\n.global g{n}: mut i64\n"),
            false => text,
        };
        let name = format!("o{n}.vitasm");
        fs::write(folder.join(&name), text).expect("a text");
        names.push(name);
    }
    let archived: Vec<String> = names.split_off(120);
    let mut arguments = vec!["--archive", "-o", "libmany.a"];
    arguments.extend(archived.iter().map(String::as_str));
    let done = run("vbc-link", folder, &arguments);
    assert!(done.status.success(), "{done:?}");
    names.insert(60, "libmany.a".to_owned());
    names
}

/// 100 links on 1, 2 and 8 threads produce the same bytes.
#[test]
fn links_are_repeatable() {
    let folder = scratch();
    let names = many_objects(folder.path());
    let mut first: Option<Output> = None;
    for round in 0..100 {
        let threads = ["1", "2", "8"][round % 3];
        let mut arguments = vec!["-j", threads, "--keep", "g7", "--map", "map"];
        arguments.extend(names.iter().map(String::as_str));
        let done = run("vbc-link", folder.path(), &arguments);
        assert!(done.status.success(), "{done:?}");
        assert!(done.stdout.len() > 10_000);
        let map = fs::read(folder.path().join("map")).expect("a map");
        let done = Output {
            stderr: map,
            ..done
        };
        match &first {
            None => first = Some(done),
            Some(first) => assert_eq!(*first, done, "link {round} on {threads} threads"),
        }
    }
}

#[test]
fn maps_keep_their_schema() {
    let folder = scratch();
    let names: Vec<PathBuf> = sources(&project().join("examples/linking"), "vitasm");
    let names: Vec<&str> = names.iter().filter_map(|path| path.to_str()).collect();
    let [cube, gcd, list, main, root, show] = names[..] else {
        panic!("{names:?}")
    };
    let done = run(
        "vbc-link",
        folder.path(),
        &["--archive", cube, gcd, root, "-o", "libnumbers.a"],
    );
    assert!(done.status.success(), "{done:?}");
    let flags = ["--map-json", "map.json", "--keep", "cube", "-o", "x.vitbc"];
    let inputs = [main, list, show, "libnumbers.a"];
    let done = run("vbc-link", folder.path(), &[&flags[..], &inputs].concat());
    assert!(done.status.success(), "{done:?}");
    let text = fs::read_to_string(folder.path().join("map.json")).expect("a map");
    let map = serde_json::from_str(&text).expect("JSON");
    assert_eq!(Schema::of_project("vbc-link-map-1").check(&map), Ok(()));
}

/// Every single-bit flip of an archive with an index: as it is, a member that is taken is refused or the
/// index is, or the same members are taken; with the CRCs of members made right, what is linked is valid.
#[test]
fn damaged_archives_do_no_harm() {
    let archive = fs::read(project().join("fuzz/corpus/link/numbers.a")).expect("the archive");
    let step = number_from_environment("VBC_STEP", 7) as usize;
    let flips: Vec<usize> = (0..archive.len() * 8).step_by(step.max(1)).collect();
    let refused = in_parallel(&flips, |&bit| {
        let mut damaged = archive.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        fuzz::link(&damaged);
        let bytes: SharedBytes = Arc::new(AlignedBytes::from(&damaged[..]));
        let main =
            b".extern gcd(i64, i64) -> i64\nMAIN\n  LOAD_CONST a, 6\n  CALL gcd, a, a\nEND\n";
        let main = open("main.vitasm", main).expect("a valid text");
        let options = Options::default();
        let linked = Archive::read("damaged.a", bytes).and_then(|archive| {
            let sources = vec![Source::Module(Box::new(main)), Source::Archive(archive)];
            let (inputs, _) = select(sources, &options)?;
            link_with(&inputs, &options)
        });
        match linked {
            Ok(linked) => {
                assert_eq!(is_valid(&linked.module), Ok(()), "bit {bit}");
                false
            }
            Err(Errors(errors)) => {
                assert!(!errors.is_empty(), "bit {bit}");
                true
            }
        }
    });
    let refused = refused.into_iter().filter(|refused| *refused).count();
    println!("{refused} of {} flips are refused", flips.len());
    assert!(refused * 2 > flips.len() && refused < flips.len());
}

/// An archive as BSD's `ar` writes it: long names before the bytes of members, and an index called `__.SYMDEF` that
/// tells for each symbol where the header of its member is.
fn bsd_archive(members: &[(&str, Vec<u8>)], symbols: &[(&str, usize)]) -> Vec<u8> {
    let header = |name: &str, length: usize| {
        format!(
            "{name:<16}{:<12}{:<6}{:<6}{:<8}{length:<10}`\n",
            0, 0, 0, 644
        )
        .into_bytes()
    };
    let mut bodies = Vec::new();
    for (name, bytes) in members {
        // The bytes are to lie at a multiple of eight.
        let padded = format!("{name}\0\0\0\0\0\0\0\0");
        let name = &padded[..(name.len() + 4).next_multiple_of(8) - 4];
        let length = name.len() + bytes.len();
        let mut body = header(&format!("#1/{}", name.len()), length);
        body.extend_from_slice(name.as_bytes());
        body.extend_from_slice(bytes);
        body.resize(body.len().next_multiple_of(2), b'\n');
        bodies.push(body);
    }
    let strings: String = symbols
        .iter()
        .map(|(name, _)| format!("{name}\0"))
        .collect();
    let index_length = (8 + 8 * symbols.len() + strings.len()).next_multiple_of(2);
    let first = 8 + 60 + index_length;
    let mut index = (8 * symbols.len() as u32).to_le_bytes().to_vec();
    let mut name_at = 0;
    for (name, member) in symbols {
        let member_at = first + bodies[..*member].iter().map(Vec::len).sum::<usize>();
        index.extend_from_slice(&(name_at as u32).to_le_bytes());
        index.extend_from_slice(&(member_at as u32).to_le_bytes());
        name_at += name.len() + 1;
    }
    index.extend_from_slice(&(strings.len() as u32).to_le_bytes());
    index.extend_from_slice(strings.as_bytes());
    index.resize(index_length, 0);
    let head = header("__.SYMDEF", index.len());
    [&b"!<arch>\n"[..], &head, &index, &bodies.concat()].concat()
}

/// A program that needs `two`, linked with an archive: the members that it takes.
fn link_with_archive(archive: &[u8]) -> Result<Vec<String>, Vec<&'static str>> {
    let main = b".extern two() -> i64\nMAIN -> i64\n  CALL two -> x\n  RETURN x\nEND\n";
    let main = open("main.vitasm", main).expect("a valid text");
    let bytes: SharedBytes = Arc::new(AlignedBytes::from(archive));
    let options = Options::default();
    let linked = Archive::read("libx.a", bytes).and_then(|archive| {
        let sources = vec![Source::Module(Box::new(main)), Source::Archive(archive)];
        let (inputs, taken) = select(sources, &options)?;
        link_with(&inputs, &options)?;
        Ok(taken.iter().map(|taken| taken.member.to_string()).collect())
    });
    linked.map_err(|errors| errors.0.iter().map(|error| error.code.id).collect())
}

#[test]
fn archives_of_bsd_are_read() {
    let function = |name: &str, number: u32| {
        let text = format!("FUNC {name}() -> i64\n  LOAD_CONST x, {number}\n  RETURN x\nEND\n");
        let input = open(&format!("{name}.vitasm"), text.as_bytes()).expect("a valid text");
        write(&input.module, &WriteOptions::default())
    };
    let long = "a_name_that_does_not_fit_into_a_header.vitbc";
    let members = [("b.vitbc", function("one", 1)), (long, function("two", 2))];
    let link = |symbols: &[(&str, usize)]| link_with_archive(&bsd_archive(&members, symbols));
    assert_eq!(
        link(&[("one", 0), ("two", 1)]),
        Ok(vec![format!("libx.a({long})")])
    );
    // The index is what is believed.
    assert_eq!(link(&[("one", 0)]), Err(vec!["L0002"]));
    assert_eq!(link(&[("one", 0), ("two", 0)]), Err(vec!["L0014"]));
}
