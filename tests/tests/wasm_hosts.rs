//! Programs as WebAssembly in wasmtime, and in V8 with Node's WASI and with our JavaScript: they do what they do on our
//! own engines. `web.rs` asks a browser.
//!
//! `VBC_FILES=part` runs only the conformance files with `part` in their path.

use std::cell::RefCell;
use std::fs;

use vbc::wasm::Options;
use vbc_tests::conformance::{files, in_parallel};
use vbc_tests::webassembly::{
    Host, Validators, Verdicts, command, mem64, outputs, programs, single_memory, translatable,
};
use vbc_tests::{files as sources, project};

fn conformance(host: Host) {
    if host.is_there() {
        programs::conformance(host, 1);
    }
}

#[test]
fn every_conformance_file_holds_in_wasmtime() {
    conformance(Host::Wasmtime);
}

#[test]
fn every_conformance_file_holds_in_node() {
    conformance(Host::Node);
}

#[test]
fn every_conformance_file_holds_with_our_javascript() {
    conformance(Host::Javascript);
}

#[test]
fn every_program_of_the_corpus_computes() {
    let size = match cfg!(debug_assertions) {
        true => "tiny",
        false => "small",
    };
    for host in Host::outside_a_browser() {
        programs::c_programs(host, size);
        programs::system_programs(host);
    }
}

#[test]
fn every_example_does_what_the_interpreter_does() {
    Host::outside_a_browser()
        .into_iter()
        .for_each(programs::examples);
}

#[test]
fn exit_codes() {
    Host::outside_a_browser()
        .into_iter()
        .for_each(programs::exit_codes);
}

#[test]
fn our_javascript_is_what_is_documented() {
    if Host::Javascript.is_there() {
        programs::javascript(Host::Javascript);
    }
}

thread_local! {
    static VALIDATORS: RefCell<Validators> = RefCell::new(Validators::start());
}

/// wasmparser has accepted it when it was made.
fn check_validity(name: &str, wasm: &[u8]) {
    let Verdicts { v8, wabt } = VALIDATORS.with_borrow_mut(|validators| validators.judge(wasm));
    assert_eq!(v8, None, "{name}: V8");
    assert_eq!(wabt, None, "{name}: wabt");
}

#[test]
fn everything_made_of_conformance_files_is_valid() {
    if !Host::Node.is_there() {
        return;
    }
    let counts = in_parallel(&files(), |file| {
        let Some(runnable) = translatable(&file.case).ok().flatten() else {
            return 0;
        };
        let outputs = outputs(&runnable.program);
        for (way, wasm) in &outputs {
            let wasm = wasm.as_ref().expect(&file.path);
            check_validity(&format!("{}, {way}", file.path), wasm);
        }
        outputs.len()
    });
    let count: usize = counts.iter().sum();
    println!("{count} modules are valid");
    assert!(count > 500);
}

#[test]
fn everything_made_of_programs_is_valid() {
    if !Host::Node.is_there() {
        return;
    }
    let sources = |folder: &str, extension: &str| sources(&project().join(folder), extension);
    let examples = sources("examples", "vitasm")
        .into_iter()
        .filter(|path| path.parent() == Some(&project().join("examples")));
    let mut count = 0;
    for path in examples.chain(sources("tests/corpus", "wasm")) {
        let name = path.display().to_string();
        let source = fs::read(&path).expect(&name);
        for mut options in [Options::default(), single_memory(), mem64()] {
            for reactor in [false, true] {
                options.reactor = reactor;
                check_validity(&name, &command(&name, &source, options.clone()));
                count += 1;
            }
        }
    }
    assert!(count > 100, "{count}");
}
