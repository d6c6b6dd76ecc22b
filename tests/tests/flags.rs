//! What holds for the flags of every tool: help, man page, completions, version.

use std::process::Command;

use vbc_tests::schema::Schema;
use vbc_tests::{program, scratch, tools};

fn output(tool: &str, arguments: &[&str]) -> String {
    let output = Command::new(program(tool))
        .args(arguments)
        .output()
        .expect("the tool starts");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{tool} {arguments:?}");
    assert!(output.stderr.is_empty(), "{tool} {arguments:?}");
    assert!(text.ends_with('\n'), "{tool} {arguments:?}: {text}");
    text
}

#[test]
fn every_flag_has_help() {
    for tool in tools() {
        // In the completions for fish each flag is one line, with its help after -d.
        let completions = output(&tool, &["--generate", "fish"]);
        let flags: Vec<&str> = completions
            .lines()
            .filter(|line| line.starts_with(&format!("complete -c {tool} ")))
            .collect();
        assert!(flags.len() > 10, "{tool}: {completions}");
        for flag in flags {
            let help = flag.split_once(" -d '").map_or("", |(_, help)| help);
            let first = help.chars().next().unwrap_or(' ');
            assert!(
                first.is_uppercase(),
                "{tool}: help is missing or begins small: {flag}"
            );
            assert!(
                !help.contains(".'"),
                "{tool}: help ends with a full stop: {flag}"
            );
        }
        let help = output(&tool, &["--help"]);
        for heading in [
            "Usage:",
            "Options:",
            "Common options:",
            "Examples:",
            "Exit codes:",
        ] {
            assert!(help.contains(heading), "{tool} --help lacks {heading}");
        }
        assert!(
            help.contains(&format!("      {tool} ")),
            "{tool} --help has no example of itself"
        );
        for line in help.lines() {
            assert!(
                line.chars().count() <= 100,
                "{tool} --help has a long line: {line}"
            );
        }
        let short = output(&tool, &["-h"]);
        assert!(
            short.lines().count() < help.lines().count(),
            "{tool} -h is no shorter"
        );
    }
}

#[test]
fn man_pages_and_completions_are_generated() {
    for tool in tools() {
        let page = output(&tool, &["--generate", "man"]);
        for part in [
            format!(".TH {tool} 1"),
            ".SH OPTIONS".into(),
            ".SH EXIT STATUS".into(),
            ".SH EXAMPLES".into(),
            "error\\-limit".into(),
        ] {
            assert!(page.contains(&part), "man page of {tool} lacks {part}");
        }
        assert!(
            output(&tool, &["--generate", "bash"]).contains(&format!("-o default {tool}\n")),
            "{tool}"
        );
        assert!(
            output(&tool, &["--generate", "zsh"]).starts_with(&format!("#compdef {tool}\n")),
            "{tool}"
        );
        let powershell = output(&tool, &["--generate", "powershell"]);
        assert!(
            powershell.contains(&format!("-CommandName '{tool}'")),
            "{tool}"
        );
    }
}

#[test]
fn versions_name_the_tool_and_the_format() {
    for tool in tools() {
        let expected = format!("{tool} {}", env!("CARGO_PKG_VERSION"));
        let short = output(&tool, &["-V"]);
        assert!(
            short.starts_with(&expected) && short.lines().count() == 1,
            "{short}"
        );
        let long = output(&tool, &["--version"]);
        assert!(
            long.starts_with(&expected) && long.contains("VITBC version 3"),
            "{long}"
        );
    }
}

/// Lines of standard error under `--json`.
fn diagnostics(tool: &str, arguments: &[&str]) -> Vec<serde_json::Value> {
    said(tool, arguments, &[1])
}

/// The same of a run that ends with one of `codes`.
fn said(tool: &str, arguments: &[&str], codes: &[i32]) -> Vec<serde_json::Value> {
    let output = Command::new(program(tool))
        .args(arguments)
        .output()
        .expect("the tool starts");
    let code = output.status.code().unwrap_or(-1);
    assert!(codes.contains(&code), "{tool} {arguments:?}: {code}");
    let text = String::from_utf8(output.stderr).expect("text");
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{tool}: {e}: {line}")))
        .collect()
}

#[test]
fn json_diagnostics_keep_their_schema() {
    let schema = Schema::of_project("vbc-diagnostic-1");
    let folder = scratch();
    let path = folder.path().join("bad.vitasm");
    let text = "FUNC f(a: f64)\n  ADD r1, a, \u{202e}\n  RETURN r9\nEND\nFUNC f()\n  RETURN\nEND\nMAIN\n  JUMP x\nEND\n";
    std::fs::write(&path, text).expect("a file");
    let bad = path.to_str().expect("a name");
    for tool in tools() {
        for file in ["missing", "/", bad] {
            for limit in ["0", "1"] {
                let mut words = vec!["--json", "--error-limit", limit, file];
                if tool == "vbc-bind" {
                    words.extend(["--all", "--lib", "libx.so"]);
                }
                let lines = diagnostics(&tool, &words);
                assert!(!lines.is_empty(), "{tool} {file}");
                for line in &lines {
                    assert_eq!(schema.check(line), Ok(()), "{tool} {file}: {line}");
                }
                if file == bad {
                    let last = &lines[lines.len() - 1];
                    let cut = last["schema"] == "vbc-diagnostic-summary/1";
                    // Of WebAssembly only the first error is looked for, and a C compiler's are one.
                    let several = !["vbc-lift", "vbc-bind"].contains(&tool.as_str());
                    assert_eq!(cut, several && limit == "1", "{tool}: {last}");
                }
            }
        }
    }
}

/// Everything else that is reported under --json follows its schema, too.
#[test]
fn json_messages_keep_their_schema() {
    let schema = Schema::of_project("vbc-message-1");
    let folder = scratch();
    let path = folder.path().join("trap.vitasm");
    let text = "FUNC f()\n  TRAP unreachable\nEND\nMAIN\n  CALL f\nEND\n";
    std::fs::write(&path, text).expect("a file");
    let file = path.to_str().expect("a name");
    for flags in [
        &["--json"][..],
        &["--json", "-v"],
        &["--json", "--fuel", "0"],
    ] {
        for tool in ["vbc-run", "vbc-jit"] {
            let lines = said(tool, &[flags, &[file]].concat(), &[124, 134]);
            assert!(!lines.is_empty(), "{tool} {flags:?}");
            for line in &lines {
                assert_eq!(schema.check(line), Ok(()), "{tool} {flags:?}: {line}");
            }
        }
    }
}

#[test]
fn errors_of_the_command_line_are_json_too() {
    let schema = Schema::of_project("vbc-diagnostic-1");
    for tool in tools() {
        for flags in [
            &["--json", "--no-such-flag"][..],
            &["--jobs", "0", "--json"],
        ] {
            let lines = said(&tool, flags, &[2]);
            let [line] = &lines[..] else {
                panic!("{tool}: {lines:?}");
            };
            assert_eq!(schema.check(line), Ok(()), "{tool}: {line}");
            let text = |key: &str| line[key].as_str().unwrap_or_default();
            let shown = format!("{}[{}]", text("severity"), text("code"));
            assert_eq!(shown, "error[C0018]", "{tool}: {line}");
            assert!(!text("message").contains("error:"), "{tool}: {line}");
        }
    }
}
