//! What the fuzz targets of `fuzz/` do with their input. The ordinary tests do the same with the
//! corpus that is kept.

use std::sync::Arc;

use vbc::format::legacy::Legacy;
use vbc::format::{AlignedBytes, Container, Limits, WriteOptions, read_sections, write};
use vbc::link::{self, Archive, Input, Source, link_with, select};
use vbc::module::canonical::is_canonical;
use vbc::module::{Module, SharedBytes};
use vbc::verify::{Options, Verified};

use crate::conformance::patch::reseal;
use crate::hostile::{dump_all, read, run_it, text_through_all_tools};
use crate::smith;

/// A fuzz target. It panics when something is wrong.
pub type FuzzTarget = fn(&[u8]);

/// All targets by their names, which are also those of the folders of their corpora.
pub const TARGETS: &[(&str, FuzzTarget)] = &[
    ("container", container),
    ("verifier", verifier),
    ("text", text),
    ("dump", dump),
    ("interpreter", interpreter),
    ("lift", lift),
    ("lift_smith", lift_smith),
    ("link", link),
];

/// Reads and verifies the bytes as they are.
pub fn container(data: &[u8]) {
    if let Some(legacy) = Legacy::parse(data) {
        let _ = legacy.crc(data);
    }
    let _ = read(data);
}

/// Reads and verifies them with the right CRCs, so that all that matters is what they contain.
pub fn verifier(data: &[u8]) {
    let file = sealed(data);
    let read = read(&file).is_ok();
    assert!(!read || module(&file).is_some(), "verified in one way only");
}

/// Assembles them as text, and sends the result through everything.
pub fn text(data: &[u8]) {
    expect(text_through_all_tools(data));
}

/// Dumps them, valid or not.
pub fn dump(data: &[u8]) {
    expect(dump_all(&sealed(data)));
}

/// Runs them on every engine if they are valid.
pub fn interpreter(data: &[u8]) {
    if let Some(module) = module(&sealed(data)) {
        expect(run_it(module));
    }
}

/// Lifts them as WebAssembly, and runs the result.
pub fn lift(data: &[u8]) {
    if let Ok(module) = smith::lift(data) {
        run_lifted(module);
    }
}

/// Lifts the WebAssembly module that they decide, which must succeed, and runs the result.
pub fn lift_smith(data: &[u8]) {
    if let Some(wasm) = smith::module(data, None) {
        let lifted = smith::lift(&wasm);
        run_lifted(lifted.unwrap_or_else(|errors| panic!("{errors}")));
    }
}

/// Reads them as an archive, and links its members: all of them in several ways, and those that are
/// taken by a program which wants everything that the index names. The result is valid.
pub fn link(data: &[u8]) {
    let limits = Limits::default();
    let bytes: SharedBytes = Arc::new(AlignedBytes::from(data));
    let Ok(archive) = Archive::read("fuzz.a", bytes) else {
        return;
    };
    let members = (0..archive.len()).filter_map(|member| archive.member(member));
    let inputs: Vec<Input> = members
        .enumerate()
        .filter_map(|(number, (_, bytes))| {
            Some(Input {
                name: Arc::from(format!("member{number}")),
                module: module(&sealed(bytes))?,
            })
        })
        .collect();
    let options = link_options(&inputs);
    for options in &options {
        match link_with(&inputs, options) {
            Ok(linked) => {
                let bytes = write(&linked.module, &WriteOptions::default());
                let again = read(&bytes).unwrap_or_else(|errors| panic!("linked: {errors}"));
                assert!(is_canonical(&again), "what was linked is not canonical");
            }
            // Other codes would mean that the linker has made something invalid from valid inputs.
            Err(errors) => {
                let mut codes = errors.0.iter().map(|error| error.code.id);
                assert!(codes.all(|code| code.starts_with('L')), "{errors}");
            }
        }
    }
    let Ok(names) = archive.definitions(&limits) else {
        return;
    };
    let options = link::Options {
        keep: names.into_iter().map(|(name, _)| name).collect(),
        ..options.into_iter().next().unwrap_or_default()
    };
    if let Ok((inputs, _)) = select(vec![Source::Archive(archive)], &options) {
        let _ = link_with(&inputs, &options);
    }
}

/// Several ways to link: as a program and as an object, with flags that name what the inputs define.
fn link_options(inputs: &[Input]) -> Vec<link::Options> {
    let names = inputs.iter().flat_map(|input| {
        let module = &input.module;
        module
            .symbols
            .iter()
            .map(|row| module.strings.get(row.name).to_owned())
    });
    let names: Vec<String> = names.take(8).collect();
    let plain = link::Options {
        threads: 1,
        ..link::Options::default()
    };
    vec![
        plain.clone(),
        link::Options {
            relocatable: true,
            export_all: true,
            map: true,
            trace: names.clone(),
            ..plain.clone()
        },
        link::Options {
            gc: Some(true),
            allow_undefined: true,
            entry: names.first().cloned(),
            strip: link::Strip::All,
            why_live: names.clone(),
            ..plain.clone()
        },
        link::Options {
            gc: Some(true),
            keep: names.clone(),
            imports: names
                .iter()
                .map(|name| ("m".to_owned(), name.clone()))
                .collect(),
            exports: names
                .last()
                .map(|name| (name.clone(), "e".to_owned()))
                .into_iter()
                .collect(),
            ..plain
        },
    ]
}

/// A lifted module is valid, and runs alike on every engine.
fn run_lifted(module: Module) {
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    let verified = Verified::new(module, &options);
    let verified = verified.unwrap_or_else(|rejected| panic!("lifted, but not valid: {rejected}"));
    expect(run_it(verified));
}

/// The module if it is valid, whatever its header states about the highest opcode: that field
/// would refuse most changes of the code.
fn module(file: &[u8]) -> Option<Verified> {
    let limits = Limits::default();
    let bytes = Arc::new(AlignedBytes::from(file));
    let container = Container::open(&Arc::from("fuzz"), bytes, &limits).ok()?;
    let (mut module, faults) = read_sections(&container, &limits);
    module.highest_opcode = None;
    if !faults.is_empty() {
        return None;
    }
    let options = Options {
        threads: 1,
        ..Options::default()
    };
    Verified::new(module, &options).ok()
}

fn sealed(data: &[u8]) -> Vec<u8> {
    let mut file = data.to_vec();
    reseal(&mut file);
    file
}

fn expect<T>(result: Result<T, String>) {
    if let Err(error) = result {
        panic!("{error}");
    }
}
