//! The parts of the library stand on floors, and no part knows one that is not below it.

use std::collections::{BTreeSet, HashMap};
use std::fs;

use vbc_tests::{files, project};

/// The top-level modules of the library, from the ground up. Those of one floor do not know each other.
const FLOORS: &[&[&str]] = &[
    &["isa", "storage", "support", "descriptors", "interrupt"],
    &["diag"],
    &["module"],
    &["format", "text"],
    &["verify", "dwarf"],
    &["asm"],
    &["open"],
    &["link", "cli"],
    &["runtime", "dump"],
    &["host"],
    &["guest"],
    &["engine"],
    &["native", "interp", "lift", "wasm", "runner"],
    &["codegen"],
    &["jit", "aot"],
    &["vm", "exe"],
];

/// The crates of the library: folder, name in sources, and the part that it is. Where it is none, its parts are the
/// modules of its root.
const CRATES: &[(&str, &str, Option<&str>)] = &[
    ("lib/core/src", "vbc_core", None),
    ("lib/support/src", "vbc_support", Some("support")),
    ("lib/linker/src", "vbc_linker", Some("link")),
    ("lib/cli/src", "vbc_cli", Some("cli")),
    ("lib/dump/src", "vbc_inspect", Some("dump")),
    ("lib/lifter/src", "vbc_lifter", Some("lift")),
    ("lib/runtime/src", "vbc_runtime", None),
    ("lib/interpreter/src", "vbc_interpreter", Some("interp")),
    ("lib/wasm/src", "vbc_lowering", Some("wasm")),
    ("lib/native/src", "vbc_native", None),
    ("lib/runner/src", "vbc_runner", Some("runner")),
    ("lib/src", "vbc", None),
];

/// Where the items of the root come from that parts of the library use by these names.
const ITEMS: &[(&str, &str)] = &[
    ("Vm", "vm"),
    ("RunError", "engine"),
    ("Module", "module"),
    ("open_file", "open"),
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

/// The parts and items of the library that a source names, those in braces included. `is_part` says that its crate is one
/// part, and names only itself by `crate::`.
fn names(source: &str, is_part: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (_, name, part) in CRATES {
        let mark = format!("{name}::");
        match part {
            Some(part) if source.contains(&mark) => found.extend([(*part).to_owned()]),
            Some(_) => {}
            None => found.extend(names_behind(source, &mark)),
        }
    }
    if !is_part {
        found.extend(names_behind(source, "crate::"));
    }
    found
}

fn names_behind(source: &str, mark: &str) -> BTreeSet<String> {
    let word = |text: &str| -> String {
        let is_part = |c: &char| c.is_alphanumeric() || *c == '_';
        text.trim_start().chars().take_while(is_part).collect()
    };
    let mut found = BTreeSet::new();
    for (at, mark) in source.match_indices(mark) {
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

/// What a file of part `own` knows that is not below it.
fn upward(own: &str, source: &str) -> Vec<String> {
    let floors: HashMap<&str, usize> = (FLOORS.iter().enumerate())
        .flat_map(|(floor, parts)| parts.iter().map(move |part| (*part, floor)))
        .collect();
    let part = |name: &String| {
        let item = ITEMS.iter().find(|(item, _)| item == name);
        item.map_or(name.clone(), |(_, part)| (*part).to_owned())
    };
    let is_upward = |name: &String| {
        let floor = floors.get(name.as_str());
        name != own && floor.is_none_or(|floor| *floor >= floors[own])
    };
    let is_part = CRATES.iter().any(|(_, _, part)| *part == Some(own));
    let known = names(&without_tests(source), is_part);
    let known: BTreeSet<String> = known.iter().map(part).collect();
    known.into_iter().filter(is_upward).collect()
}

#[test]
fn no_part_knows_one_above_it() {
    let mut seen = BTreeSet::new();
    let mut wrong = Vec::new();
    let sources = CRATES.iter().flat_map(|(folder, _, part)| {
        let root = project().join(folder);
        let below = files(&root, "rs").into_iter();
        below.map(move |file| (root.clone(), file, *part))
    });
    for (root, file, part) in sources {
        let inner = file.strip_prefix(&root).expect("below it");
        let first = inner.iter().next().expect("a name");
        let module = first.to_str().expect("UTF-8").trim_end_matches(".rs");
        let own = part.unwrap_or(module);
        let is_test = inner.ends_with("tests.rs") || inner.iter().any(|part| part == "tests");
        if own == "lib" || is_test {
            continue;
        }
        seen.insert(own.to_owned());
        assert!(
            FLOORS.iter().any(|parts| parts.contains(&own)),
            "{own} has no floor"
        );
        let source = fs::read_to_string(&file).expect("readable");
        let upward = upward(own, &source);
        wrong.extend(
            upward
                .iter()
                .map(|part| format!("{} knows {part}", inner.display())),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let listed = FLOORS
        .iter()
        .copied()
        .flatten()
        .map(|part| (*part).to_owned());
    assert_eq!(seen, listed.collect());
}

#[test]
fn an_arrow_upward_is_seen() {
    let up = |source: &str| upward("format", source);
    assert_eq!(up("use crate::verify::Finding;"), ["verify"]);
    assert_eq!(up("let x = crate::text::print(y);"), ["text"]);
    assert_eq!(
        up("use crate::{\n    Vm,\n    module::{Kind, Module},\n    link,\n};"),
        ["link", "vm"]
    );
    assert_eq!(up("use crate::nowhere::X;"), ["nowhere"]);
    assert!(up("use crate::{Module, isa::{Op, ValType}};\n// crate::verify\n").is_empty());
    assert!(
        up("use crate::module::Module;\n#[cfg(test)]\nmod tests {\n    use crate::asm;\n}")
            .is_empty()
    );
    let behind = "#[cfg(test)]\nmod tests {\n    use crate::asm;\n}\n\nuse crate::verify::Finding;";
    assert_eq!(up(behind), ["verify"]);
    assert_eq!(
        up("#[cfg(test)]\nmod tests;\nuse crate::verify::Finding;"),
        ["verify"]
    );
}
