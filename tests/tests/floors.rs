//! The library is a house: its crates stand on floors, and so do the modules of a crate that has parts, and nothing
//! knows what is not below it.

use std::collections::BTreeSet;
use std::fs;

use vbc_tests::{files, program, project, tools};

/// The crates of the library by their folders, from the ground up. Those of one floor do not know each other.
const CRATES: &[&[&str]] = &[
    &["lib/core", "lib/support"],
    &[
        "lib/linker",
        "lib/cli",
        "lib/lifter",
        "lib/bind",
        "lib/sandbox",
    ],
    &["lib/runtime", "lib/dump"],
    &["lib/ffi"],
    &["lib/interpreter", "lib/native", "lib/wasm", "lib/runner"],
    &["lib", "lib/rt"],
];

/// The modules of crates that have parts, from the ground up; `*` is every module and item that is not named.
const PARTS: &[(&str, &[&[&str]])] = &[
    (
        "lib/core",
        &[
            &["isa", "storage", "descriptors", "glob", "interrupt"],
            &["cfg", "diag"],
            &["module"],
            &["format", "text"],
            &["verify", "dwarf"],
            &["asm"],
            &["open"],
        ],
    ),
    ("lib/runtime", &[&["*"], &["host"], &["guest"], &["engine"]]),
    (
        "lib/native",
        &[&["*"], &["codegen"], &["jit", "aot"], &["exe"]],
    ),
];

/// Source without comments and without items for its tests, which may use whatever there is.
fn without_tests(source: &str) -> String {
    let mut code = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test") {
            // An item of the file ends with its first line or with a brace where that began.
            let item = lines.find(|line| !line.starts_with("#["));
            if item.is_some_and(|item| item.ends_with('{')) {
                lines.find(|line| line.starts_with('}'));
            }
            continue;
        }
        code.push(line.split("//").next().unwrap_or(line));
    }
    code.join("\n")
}

/// The names after `crate::` in a source, those in braces included.
fn names(source: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
        text.trim_start().chars().take_while(is_part).collect()
    };
    let mut found = BTreeSet::new();
    for (at, mark) in source.match_indices("crate::") {
        let rest = &source[at + mark.len()..];
        let Some(inner) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (at, c) in inner.char_indices() {
            if start && depth == 0 {
                found.insert(word(&inner[at..]));
            }
            start = c == ',' || start && c.is_whitespace();
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    found.remove("");
    found
}

/// The floor of a name; that of everything which is not named where there is one.
fn floor(floors: &[&[&str]], name: &str) -> Option<usize> {
    let of = |name: &str| floors.iter().position(|floor| floor.contains(&name));
    of(name).or_else(|| of("*"))
}

/// What a file of module `own` knows that is not below it.
fn upward(floors: &[&[&str]], own: &str, source: &str) -> Vec<String> {
    let mine = floor(floors, own).unwrap_or_else(|| panic!("{own} has no floor"));
    let known = names(&without_tests(source)).into_iter();
    let is_upward = |name: &String| match floor(floors, name) {
        Some(other) => other > mine || other == mine && name != own && floors[mine] != ["*"],
        None => true,
    };
    known.filter(is_upward).collect()
}

#[test]
fn no_module_knows_one_above_it() {
    let mut wrong = Vec::new();
    for (folder, floors) in PARTS {
        let root = project().join(folder).join("src");
        let mut seen = BTreeSet::new();
        for file in files(&root, "rs") {
            let inner = file.strip_prefix(&root).expect("below it");
            let first = inner.iter().next().expect("a name");
            let own = first.to_str().expect("UTF-8").trim_end_matches(".rs");
            let is_test = inner.ends_with("tests.rs") || inner.iter().any(|part| part == "tests");
            if own == "lib" || is_test {
                continue;
            }
            seen.insert(own.to_owned());
            let source = fs::read_to_string(&file).expect("readable");
            let upward = upward(floors, own, &source);
            let shown = file.display();
            wrong.extend(upward.iter().map(|part| format!("{shown} knows {part}")));
        }
        let named = floors.iter().copied().flatten();
        for name in named.filter(|name| **name != "*") {
            assert!(seen.contains(*name), "there is no {folder}/src/{name}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The lines of a section of a manifest.
fn section<'m>(manifest: &'m str, name: &str) -> &'m str {
    let mut sections = manifest.split("\n[");
    let lines = sections.find_map(|section| section.strip_prefix(name)?.strip_prefix("]\n"));
    lines.unwrap_or_default()
}

/// Those of our crates that a manifest names as dependencies of the crate.
fn dependencies(manifest: &str) -> Vec<&str> {
    let lines = section(manifest, "dependencies").lines();
    let names = lines.filter_map(|line| line.split_once(" = "));
    names
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("vbc"))
        .collect()
}

/// The features of a manifest that bring no dependency of others.
fn bare_features(manifest: &str) -> Vec<&str> {
    let features = section(manifest, "features").split_inclusive("]\n");
    let bare = features.filter(|feature| !feature.contains("\"dep:"));
    bare.filter_map(|feature| feature.rsplit_once(" = ["))
        .filter_map(|(before, _)| before.lines().next_back())
        .collect()
}

fn manifest(folder: &str) -> String {
    let path = project().join(folder).join("Cargo.toml");
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What a crate boundary can keep apart is not a feature: the features of the library's parts bring dependencies,
/// except for the two that choose an engine and measure it, and the list of those that are on by default.
#[test]
fn features_bring_dependencies() {
    for folder in CRATES.iter().copied().flatten().filter(|&&f| f != "lib") {
        let manifest = manifest(folder);
        let mut bare = bare_features(&manifest);
        bare.retain(|name| !["default", "portable", "measuring"].contains(name));
        assert!(bare.is_empty(), "{folder}: {bare:?}");
    }
    let made_up = "[features]\n# One.\none = [\"dep:x\"]\n# Two.\ntwo = [\n    \"one\",\n]\nthree = []\n\n[dependencies]\n";
    assert_eq!(bare_features(&format!("\n{made_up}")), ["two", "three"]);
}

#[test]
fn no_crate_knows_one_above_it() {
    let mut below: Vec<String> = Vec::new();
    for floor in CRATES {
        let mut names = Vec::new();
        for folder in *floor {
            let manifest = manifest(folder);
            for known in dependencies(&manifest) {
                assert!(
                    below.iter().any(|name| name == known),
                    "{folder} knows {known}"
                );
            }
            let name = manifest
                .lines()
                .find_map(|line| line.strip_prefix("name = "));
            names.push(name.expect("a name").trim_matches('"').to_owned());
        }
        below.extend(names);
    }
    let workspace = manifest("");
    let listed = workspace
        .lines()
        .find(|line| line.starts_with("members = "))
        .expect("members");
    let members = listed
        .split('"')
        .filter(|word| *word == "lib" || word.starts_with("lib/"));
    let members: BTreeSet<&str> = members.collect();
    assert_eq!(members, CRATES.iter().copied().flatten().copied().collect());
}

/// A program holds what it uses, whatever was built beside it: nothing of the compiler where it does not depend on it.
#[test]
fn only_what_compiles_holds_a_compiler() {
    let holds = |tool: &str| {
        let bytes = fs::read(program(tool)).expect("readable");
        String::from_utf8_lossy(&bytes).contains("cranelift")
    };
    for tool in tools() {
        let path = project().join("tools").join(&tool).join("Cargo.toml");
        let manifest = fs::read_to_string(path).expect("readable");
        if !dependencies(&manifest).contains(&"vbc-native") {
            assert!(!holds(&tool), "{tool}");
        }
    }
    assert!(holds("vbc-jit"));
}

#[test]
fn an_arrow_upward_is_seen() {
    let core = PARTS[0].1;
    let up = |source: &str| upward(core, "format", source);
    assert_eq!(up("use crate::verify::Finding;"), ["verify"]);
    assert_eq!(up("let x = crate::text::print(y);"), ["text"]);
    assert_eq!(
        up("use crate::{\n    asm,\n    module::{Kind, Module},\n    verify,\n};"),
        ["asm", "verify"]
    );
    assert_eq!(up("use crate::nowhere::X;"), ["nowhere"]);
    assert!(up("use crate::{module::Module, isa::{Op, ValType}};\n// crate::verify\n").is_empty());
    assert!(
        up("use crate::module::Module;\n#[cfg(test)]\nmod tests {\n    use crate::asm;\n}")
            .is_empty()
    );
    let after = "#[cfg(test)]\nmod tests {\n    use crate::asm;\n}\n\nuse crate::verify::Finding;";
    assert_eq!(up(after), ["verify"]);
    assert_eq!(
        up("#[cfg(test)]\nmod tests;\nuse crate::verify::Finding;"),
        ["verify"]
    );

    let runtime = PARTS[1].1;
    assert_eq!(
        upward(runtime, "memory", "use crate::host::Host;"),
        ["host"]
    );
    assert!(upward(runtime, "memory", "use crate::meter::Stop;").is_empty());
    assert!(upward(runtime, "host", "use crate::{Memory, Value};").is_empty());

    let manifest = "[package]\nname = \"vbc-x\"\n\n[dependencies]\nvbc-y = { workspace = true }\nlibc = \"1\"\n\n[dev-dependencies]\nvbc-z = \"1\"\n";
    assert_eq!(dependencies(manifest), ["vbc-y"]);
}
