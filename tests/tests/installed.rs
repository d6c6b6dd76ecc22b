//! The programs as they are installed: what is in them, and what is put beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use vbc_tests::{program, project, scratch};

/// Installs tools by themselves, as a user does. Builds of other features lie side by side in the folder for building;
/// the programs that the last one made are those that later tests run.
fn install(prefix: &Path, tools: &[&str]) -> String {
    let done = Command::new(program("xtask"))
        .arg("--install")
        .arg(prefix)
        .args(tools)
        .output()
        .expect("xtask starts");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    said
}

fn holds(bytes: &[u8], text: &str) -> bool {
    let text = text.as_bytes();
    bytes.windows(text.len()).any(|window| window == text)
}

/// A tool holds what its own work needs, whatever the others need; and all that belongs to it is there.
#[test]
#[cfg_attr(debug_assertions, ignore = "builds in the release profile")]
fn tools_are_installed_by_themselves() {
    let folder = scratch();
    let prefix = folder.path();
    let said = install(prefix, &["vbc-run", "vbc-verify"]);
    assert!(!said.contains("warning"), "{said}");
    // Bytes, a good quarter above what they have.
    for (tool, most, foreign) in [
        (
            "vbc-run",
            6_500_000,
            &["cranelift", "wasm_encoder", "wasmparser"][..],
        ),
        (
            "vbc-verify",
            5_000_000,
            &["cranelift", "wasm_encoder", "wasmparser", "cap_std"],
        ),
    ] {
        let bytes = fs::read(prefix.join("bin").join(tool)).expect("the program");
        println!("{tool}: {} bytes", bytes.len());
        assert!(bytes.len() < most, "{tool} has {} bytes", bytes.len());
        for name in foreign {
            assert!(!holds(&bytes, name), "{tool} contains {name}");
        }
        // What it should contain is found in the same way.
        assert!(holds(&bytes, "vbc"));
        for (place, begins) in [
            (format!("share/man/man1/{tool}.1"), ".ie".to_owned()),
            (
                format!("share/bash-completion/completions/{tool}"),
                format!("_{}() {{", tool.replace('-', "__")),
            ),
            (
                format!("share/zsh/site-functions/_{tool}"),
                format!("#compdef {tool}\n"),
            ),
            (
                format!("share/fish/vendor_completions.d/{tool}.fish"),
                format!("complete -c {tool} "),
            ),
            (
                format!("share/vbc/powershell/{tool}.ps1"),
                "\nusing namespace System.Management.Automation".to_owned(),
            ),
        ] {
            let text = fs::read_to_string(prefix.join(&place)).expect(&place);
            assert!(text.starts_with(&begins), "{place}: {text:.80}");
            assert!(
                text.contains("error-limit") || text.contains("error\\-limit"),
                "{place}"
            );
        }
    }
    // What only other tools need.
    assert!(!prefix.join("lib").exists() && !prefix.join("share/vbc/js").exists());
}

#[test]
fn an_unknown_tool_is_not_installed() {
    let folder = scratch();
    let done = Command::new(program("xtask"))
        .arg("--install")
        .arg(folder.path())
        .arg("vbc-cook")
        .output()
        .expect("xtask starts");
    assert!(!done.status.success());
    let said = String::from_utf8_lossy(&done.stderr);
    assert_eq!(said, "there is no tool vbc-cook\n");
}

/// The features of each package, where a tool is built by itself; `None` is the whole workspace.
fn features(tool: Option<&str>) -> BTreeMap<String, String> {
    let mut command = Command::new("cargo");
    command.args([
        "tree",
        "--locked",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "none",
    ]);
    command
        .args(["--format", "{p}: {f}"])
        .current_dir(project());
    match tool {
        Some(tool) => command.args(["--package", tool]),
        None => command.arg("--workspace"),
    };
    let done = command.output().expect("cargo starts");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    let text = String::from_utf8_lossy(&done.stdout);
    let lines = text.lines().filter_map(|line| line.split_once(": "));
    let pairs = lines.map(|(package, features)| {
        let features = features.trim_end_matches("(*)").trim_end();
        (package.to_owned(), features.to_owned())
    });
    pairs.collect()
}

/// Building Cranelift takes longer than everything else: where two builds ask different features of it, or of its
/// dependencies, it is built twice.
#[test]
fn cranelift_is_built_once() {
    let tree = Command::new("cargo")
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal,no-proc-macro",
            "--prefix",
            "none",
        ])
        .args(["--format", "{p}", "--package", "cranelift-codegen"])
        .current_dir(project())
        .output()
        .expect("cargo starts");
    let below = String::from_utf8(tree.stdout).expect("text");
    let below: BTreeSet<&str> = below
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    assert!(
        below
            .iter()
            .any(|package| package.starts_with("regalloc2 ")),
        "{below:?}"
    );
    let builds = [Some("vbc-jit"), Some("vbc-aot")].map(features);
    for package in below {
        let [first, second] = builds.each_ref().map(|build| build.get(package));
        assert!(first.is_some(), "{package}");
        assert_eq!(first, second, "{package}");
    }
}
