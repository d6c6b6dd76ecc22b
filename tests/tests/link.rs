//! The linker as a whole: programs taken apart and linked again, the same bytes for any number of
//! threads, maps that keep their schema.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use vbc::diag::Errors;
use vbc::format::{AlignedBytes, Limits};
use vbc::link::{Archive, Input, Options, Source, link_with, load, select};
use vbc::module::{Kind, Module, SharedBytes, SymbolRow};
use vbc::verify::Verified;
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

/// Takes a module apart and links it again.
fn again(module: &Module, options: &Options) -> Result<Verified, String> {
    let objects = split(module)?;
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

/// Checks all conformance files that can be run, most of which `check` takes.
fn all_hold(check: impl Fn(&File, &Verified) -> Result<bool, String> + Sync) {
    let part = std::env::var("VBC_FILES").unwrap_or_default();
    let mut files = files();
    files.retain(|file| file.path.contains(&part));
    let results = in_parallel(&files, |file| match prepare(&file.case) {
        Some((module, _)) => check(file, &module),
        None => Ok(false),
    });
    let failures: Vec<&String> = results
        .iter()
        .filter_map(|result| result.as_ref().err())
        .collect();
    assert!(failures.is_empty(), "{failures:#?}");
    let checked = results.iter().filter(|result| **result == Ok(true)).count();
    println!("{checked} of {} files", files.len());
    assert!(!part.is_empty() || checked > 100);
}

/// Every conformance program of several functions does the same when it is taken apart into one object
/// for each function and linked again.
#[test]
fn programs_taken_apart_do_the_same() {
    all_hold(|file, module| match module.functions.len() {
        0 | 1 => Ok(false),
        _ => still_holds(file, module, |options| again(module, options)).map(|()| true),
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
        still_holds(file, module, link).map(|()| true)
    });
}

#[test]
fn examples_taken_apart_do_the_same() {
    let setup = Setup {
        stdin: b"some words\nto count and to sum up\n".to_vec(),
        ..Setup::default()
    };
    let mut taken_apart = 0;
    for path in sources(&project().join("examples"), "vitasm") {
        let text = fs::read(&path).expect("an example");
        let input = open(&path.to_string_lossy(), &text).expect("a valid example");
        let (functions, Some(entry)) = (input.module.functions.len(), input.module.entry) else {
            continue;
        };
        // What needs others to be linked, or folders, is tested elsewhere.
        let Ok(program) = load("example", input.module.clone()) else {
            continue;
        };
        if functions < 2 {
            continue;
        }
        let entry = program.module().entry.unwrap_or(entry);
        // The judge is too slow for some of them.
        let engines = &Engine::all()[1..];
        let before = engines[0].run(&program, &setup, &[(entry, Vec::new())]);
        let linked = again(&input.module, &Options::default()).expect("it can be linked");
        let program = load("example", linked).expect("it can be loaded");
        let entry = program.module().entry.expect("an entry");
        for engine in engines {
            let after = engine.run(&program, &setup, &[(entry, Vec::new())]);
            let at = format!("{} on {}", path.display(), engine.name());
            assert_eq!(before.ends, after.ends, "{at}");
            assert_eq!(before.stdout, after.stdout, "{at}");
        }
        taken_apart += 1;
    }
    assert!(taken_apart >= 3, "{taken_apart}");
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

/// 100 links on 1, 2 and 8 threads give the same bytes.
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
            Ok(_) => false,
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
