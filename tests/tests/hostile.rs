//! Damaged modules and texts, through everything that the tools do.
//!
//! `VBC_FLIPS` is the number of random flips of each module, `VBC_TEXTS` the number of changed
//! texts, `VBC_STEP` the distance of the bits that are flipped in small modules.

#![allow(unsafe_code, reason = "its allocator counts")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use vbc::asm::{self, assemble};
use vbc::format::{WriteOptions, write};
use vbc::module::native::Prototype;
use vbc_tests::conformance::in_parallel;
use vbc_tests::generate::Random;
use vbc_tests::hostile::{
    Fate, flip, flip_resealed, mutate_text, read, text_through_all_tools, through_all_tools,
};
use vbc_tests::{number_from_environment, project};

/// Counts the bytes that are allocated: no input may make the tools ask for much.
struct Counting;

static USED: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

/// Bytes that all tests of this file together may use at a time.
const MOST: usize = 1 << 30;

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        PEAK.fetch_max(used, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn text(path: &str) -> Vec<u8> {
    fs::read(project().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn module(path: &str, strip_debug: bool) -> Vec<u8> {
    let module = assemble(&text(path), path, &asm::Options::default());
    let module = module.unwrap_or_else(|errors| panic!("{path}: {errors}"));
    let options = WriteOptions {
        strip_debug,
        zstd: false,
    };
    write(&module, &options)
}

/// Modules that have little in common.
const LARGE: [&str; 9] = [
    "examples/sha256.vitasm",
    "examples/nbody.vitasm",
    "tests/conformance/tables/bulk.vitasm",
    "tests/conformance/data/items.vitasm",
    "tests/conformance/symbols/kinds.vitasm",
    "tests/conformance/managed/structs.vitasm",
    "tests/conformance/managed/array-bulk.vitasm",
    "tests/compat/v3-draft2.vitasm",
    "examples/ffi/sqlite.vitasm",
];

const SMALL: [&str; 8] = [
    "examples/add.vitasm",
    "tests/conformance/control/switch.vitasm",
    "tests/conformance/globals/all.vitasm",
    "tests/conformance/calls/indirect.vitasm",
    "tests/conformance/types/names.vitasm",
    "tests/conformance/types/subtyping.vitasm",
    "tests/conformance/managed/references.vitasm",
    "examples/ffi/sqrt.vitasm",
];

/// Fails with all that went wrong, or reports what became of the inputs.
fn report(what: &str, results: Vec<Result<Fate, String>>) {
    let accepted = results.iter().filter(|fate| **fate == Ok(Fate::Accepted));
    println!(
        "{what}: {} inputs, {} of them valid",
        results.len(),
        accepted.count()
    );
    let failures: Vec<&String> = results
        .iter()
        .filter_map(|fate| fate.as_ref().err())
        .collect();
    let shown: Vec<&str> = failures.iter().take(5).map(|text| text.as_str()).collect();
    assert!(
        failures.is_empty(),
        "{} failures: {}",
        failures.len(),
        shown.join("\n")
    );
    let peak = PEAK.load(Ordering::Relaxed);
    assert!(peak < MOST, "{peak} bytes were allocated at a time");
}

fn random_bits(file: &[u8], seed: u64, count: u64) -> Vec<u64> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| random.below(file.len() as u64 * 8))
        .collect()
}

#[test]
fn every_random_flip_is_detected() {
    let count = number_from_environment("VBC_FLIPS", 10_000);
    for (n, path) in LARGE.iter().enumerate() {
        let file = module(path, false);
        assert!(read(&file).is_ok(), "{path} is valid");
        let bits = random_bits(&file, n as u64, count);
        let accepted = in_parallel(&bits, |&bit| read(&flip(&file, bit)).is_ok());
        let accepted = accepted.iter().filter(|accepted| **accepted).count();
        assert_eq!(accepted, 0, "of {count} flips of {path}");
        println!("{path}: {count} flips, 0 accepted");
    }
}

#[test]
fn every_flip_of_small_modules_is_detected() {
    for path in SMALL {
        let file = module(path, true);
        for bit in 0..file.len() as u64 * 8 {
            assert!(read(&flip(&file, bit)).is_err(), "{path}, bit {bit}");
        }
        println!("{path}: {} flips, 0 accepted", file.len() * 8);
    }
}

#[test]
fn random_flips_with_right_crcs_are_harmless() {
    let count = number_from_environment("VBC_FLIPS", 10_000) / 20;
    for (n, path) in LARGE.iter().enumerate() {
        let file = module(path, n % 2 == 0);
        let bits = random_bits(&file, 100 + n as u64, count);
        let fates = in_parallel(&bits, |&bit| match flip_resealed(&file, bit) {
            Some(damaged) => {
                through_all_tools(&damaged).map_err(|error| format!("bit {bit}: {error}"))
            }
            None => Ok(Fate::Refused),
        });
        report(path, fates);
    }
}

#[test]
fn flips_of_small_modules_with_right_crcs_are_harmless() {
    let step = number_from_environment("VBC_STEP", 17);
    for path in SMALL {
        let file = module(path, true);
        let bits: Vec<u64> = (0..file.len() as u64 * 8).step_by(step as usize).collect();
        let fates = in_parallel(&bits, |&bit| match flip_resealed(&file, bit) {
            Some(damaged) => {
                through_all_tools(&damaged).map_err(|error| format!("bit {bit}: {error}"))
            }
            None => Ok(Fate::Refused),
        });
        report(path, fates);
    }
}

#[test]
fn changed_texts_are_harmless() {
    let count = number_from_environment("VBC_TEXTS", 200);
    for (n, path) in LARGE.iter().chain(&SMALL).enumerate() {
        let original = text(path);
        let seeds: Vec<u64> = (0..count).map(|seed| seed + n as u64 * 1_000_000).collect();
        let fates = in_parallel(&seeds, |&seed| {
            let changed = mutate_text(&original, &mut Random::new(seed));
            text_through_all_tools(&changed).map_err(|error| format!("seed {seed}: {error}"))
        });
        report(path, fates);
    }
}

/// Signatures of native functions with all that there is in them.
const SIGNATURES: [&str; 8] = [
    "sqrt(f64)f64",
    "printf(str,...,i32,f64,ptr)i32",
    "qsort(buf,u64,u64,fn(ptr,ptr)i32)",
    "!read(i32,buf[#2],u64)i64+errno",
    "mix(i8,u8,i16,u16,bool,f32,{i8,{f64,ptr}}){f32,f32}",
    "div(i32,i32){i32,i32}+errno",
    "each(fn({i32,f64},i8)ptr,buf[16],str)",
    "f(buf[18446744073709551615],{u8,u8,u8},fn()f64)u16",
];

/// A signature with some characters changed, left out or put in.
fn change_signature(signature: &str, random: &mut Random) -> String {
    let parts = "!(){}[]#,.+ fnbufstrptri8u16f64bool019\u{e9}\\\"".chars();
    let parts: Vec<char> = parts.collect();
    let mut characters: Vec<char> = signature.chars().collect();
    for _ in 0..random.between(1, 3) {
        let at = random.below(characters.len() as u64 + 1) as usize;
        let part = random.pick(&parts);
        match random.below(4) {
            0 if at < characters.len() => drop(characters.remove(at)),
            1 if at < characters.len() => characters[at] = part,
            2 => {
                // A part of it once more, which nests what nests.
                let more: Vec<char> = characters[at..].iter().take(12).copied().collect();
                characters.splice(at..at, more);
            }
            _ => characters.insert(at, part),
        }
    }
    characters.into_iter().collect()
}

/// Each is refused, or goes through all tools; most get to the verifier, and some are signatures.
#[test]
fn changed_signatures_are_harmless() {
    let count = number_from_environment("VBC_TEXTS", 200) * 10;
    let seeds: Vec<u64> = (0..count).collect();
    let fates = in_parallel(&seeds, |&seed| {
        let mut random = Random::new(seed);
        let original = SIGNATURES[seed as usize % SIGNATURES.len()];
        let signature = change_signature(original, &mut random);
        let ty = match Prototype::parse(&signature) {
            Ok(prototype) => prototype.text_type().to_string(),
            Err(_) => "(f64) -> f64".to_owned(),
        };
        let quoted = signature.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!(
            ".import func \"native:l.so\" \"{quoted}\" as f{ty}\n.memory i64 1\nMAIN\n  REF_FUNC g, f\n  REF_IS_NULL n, g\n  PRINT n\nEND\n"
        );
        text_through_all_tools(text.as_bytes())
            .map_err(|error| format!("seed {seed}, `{signature}`: {error}"))
    });
    let valid = fates.iter().filter(|fate| **fate == Ok(Fate::Accepted));
    let valid = valid.count();
    assert!(
        valid * 20 > seeds.len(),
        "{valid} of {} were signatures",
        seeds.len()
    );
    report("signatures", fates);
}
