//! What crates of others we take: from the registry only, under licences that go with ours, and none that is known to be
//! unmaintained.

use std::process::Command;

use serde_json::Value;
use vbc_tests::project;

/// What a licence expression may come down to.
const LICENCES: &[&str] = &[
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "Unicode-3.0",
    "Zlib",
];

/// The same for what only the fuzz targets are linked with, which nobody is given.
const OF_FUZZING: &[&str] = &["NCSA"];

/// Crates that the RustSec database calls unmaintained, with the number of the advisory: those that are widespread enough
/// for a dependency to bring one along. `cargo deny check advisories` knows them all, but has to fetch its database from
/// where not every machine can reach.
const UNMAINTAINED: &[(&str, &str)] = &[
    ("adler", "RUSTSEC-2025-0056"),
    ("ansi_term", "RUSTSEC-2021-0139"),
    ("async-std", "RUSTSEC-2025-0052"),
    ("atty", "RUSTSEC-2024-0375"),
    ("backoff", "RUSTSEC-2025-0012"),
    ("bincode", "RUSTSEC-2025-0141"),
    ("derivative", "RUSTSEC-2024-0388"),
    ("dotenv", "RUSTSEC-2021-0141"),
    ("failure", "RUSTSEC-2020-0036"),
    ("fxhash", "RUSTSEC-2025-0057"),
    ("instant", "RUSTSEC-2024-0384"),
    ("mach", "RUSTSEC-2020-0168"),
    ("memmap", "RUSTSEC-2020-0077"),
    ("net2", "RUSTSEC-2020-0016"),
    ("number_prefix", "RUSTSEC-2025-0119"),
    ("paste", "RUSTSEC-2024-0436"),
    ("proc-macro-error", "RUSTSEC-2024-0370"),
    ("serde_cbor", "RUSTSEC-2021-0127"),
    ("stdweb", "RUSTSEC-2020-0056"),
    ("tempdir", "RUSTSEC-2018-0017"),
    ("term", "RUSTSEC-2018-0015"),
    ("wee_alloc", "RUSTSEC-2022-0054"),
    ("yaml-rust", "RUSTSEC-2024-0320"),
];

/// Whether somebody who keeps to `allowed` licences may take what an SPDX expression offers. A slash means `OR`, as in
/// older manifests.
fn permits(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any_of(&words, &mut at, allowed) && at == words.len()
}

/// `a OR b`: `AND` binds more tightly.
fn any_of(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut permitted = all_of(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        permitted |= all_of(words, at, allowed);
    }
    permitted
}

fn all_of(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let mut permitted = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        permitted &= one(words, at, allowed);
    }
    permitted
}

fn one(words: &[&str], at: &mut usize, allowed: &[&str]) -> bool {
    let word = words.get(*at).copied().unwrap_or("");
    *at += 1;
    if word == "(" {
        let permitted = any_of(words, at, allowed);
        *at += 1;
        return permitted;
    }
    if words.get(*at) == Some(&"WITH") {
        let exception = words.get(*at + 1).copied().unwrap_or("");
        *at += 2;
        return allowed.contains(&&*format!("{word} WITH {exception}"));
    }
    allowed.contains(&word)
}

/// What is wrong with a package of `cargo metadata`'s, if anything.
fn complaint(package: &Value, allowed: &[&str]) -> Option<String> {
    let text = |key: &str| package[key].as_str().unwrap_or("");
    let (name, version, licence) = (text("name"), text("version"), text("license"));
    if package["source"].is_null() {
        return (licence != "MIT")
            .then(|| format!("{name} is ours, but its licence is `{licence}`"));
    }
    if !text("source").starts_with("registry+") {
        return Some(format!("{name} {version} is not from the registry"));
    }
    if let Some((_, advisory)) = UNMAINTAINED.iter().find(|(other, _)| *other == name) {
        return Some(format!("{name} {version} is unmaintained: {advisory}"));
    }
    let permitted = permits(licence, allowed);
    (!permitted).then(|| format!("{name} {version} has licence `{licence}`"))
}

/// The packages that the workspace of a manifest is made of, for whatever target.
fn packages(manifest: &str) -> Vec<Value> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--manifest-path",
        ])
        .arg(project().join(manifest))
        .output()
        .expect("cargo can be run");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{manifest}: {errors}");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let packages = metadata["packages"].as_array().cloned();
    packages.expect("there are packages")
}

#[test]
fn dependencies_can_be_taken() {
    let fuzzing = [LICENCES, OF_FUZZING].concat();
    for (manifest, allowed) in [("Cargo.toml", LICENCES), ("fuzz/Cargo.toml", &fuzzing)] {
        let packages = packages(manifest);
        assert!(packages.len() > 100, "{manifest}: {}", packages.len());
        let complaints: Vec<String> = packages
            .iter()
            .filter_map(|package| complaint(package, allowed))
            .collect();
        assert!(complaints.is_empty(), "{manifest}: {complaints:#?}");
    }
}

#[test]
fn what_cannot_be_taken_is_seen() {
    for (expression, permitted) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("", false),
        ("MIT OR GPL-3.0-only", true),
        ("MIT AND GPL-3.0-only", false),
        ("MIT/Apache-2.0", true),
        ("GPL-2.0/LGPL-2.1", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-2.0 WITH Classpath-exception-2.0 OR Zlib", true),
        ("MIT WITH LLVM-exception", false),
        ("(MIT OR GPL-3.0-only) AND Unicode-3.0", true),
        ("(MIT OR Zlib) AND GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT AND MPL-2.0", false),
        ("MIT OR Zlib AND MPL-2.0", true),
        ("MIT MIT", false),
    ] {
        assert_eq!(permits(expression, LICENCES), permitted, "{expression}");
    }
    let package = |name: &str, source: Value, licence: &str| serde_json::json!({"name": name, "version": "1.0.0", "source": source, "license": licence});
    let registry = || Value::from("registry+index");
    let complain = |package: Value| complaint(&package, LICENCES);
    assert_eq!(
        complain(package("libc", registry(), "MIT OR Apache-2.0")),
        None
    );
    assert_eq!(complain(package("vbc", Value::Null, "MIT")), None);
    for (package, expected) in [
        (
            package("atty", registry(), "MIT"),
            "atty 1.0.0 is unmaintained: RUSTSEC-2024-0375",
        ),
        (
            package("x", Value::from("git+somewhere"), "MIT"),
            "x 1.0.0 is not from the registry",
        ),
        (
            package("x", registry(), "MPL-2.0"),
            "x 1.0.0 has licence `MPL-2.0`",
        ),
        (
            package("vbc-new", Value::Null, ""),
            "vbc-new is ours, but its licence is ``",
        ),
    ] {
        assert_eq!(complain(package).as_deref(), Some(expected));
    }
}
