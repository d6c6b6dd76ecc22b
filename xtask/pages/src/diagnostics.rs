//! `docs/diagnostics.md`, from the registers of codes.

use std::fmt::Write;

use vbc::cli::{Palette, render};
use vbc::diag::{ALL, Code};
use vbc_tests::conformance::{Case, diagnostics};

const HEAD: &str = "# Diagnostics

<!-- Generated from the registers of codes in lib/core/src/diag by `cargo run -p xtask -- --write`; do not edit. -->

Every error and warning has a code, which never changes its meaning; any tool prints with `--explain CODE` what this page says about it. A **V** code says that a binary module is wrong (below V0100 its container,
from there its structure and types), **A** that a text is wrong, **W** that WebAssembly cannot be lifted, **L** that linking fails, **R** that a program cannot be run, **N** that no native object or executable can be made, **B** that no bindings can be written for a C header, **C** that the command line or a file is at fault. An example is a
conformance file ([tests/README.md](../tests/README.md)): the comments at its beginning say what is found where, and, for a binary module, which bytes are changed after it was assembled; those of **W** codes are WebAssembly's text form. Below it is what the tools then report.
";

/// The page.
pub fn page() -> String {
    let mut codes: Vec<&Code> = ALL.iter().flat_map(|codes| codes.iter()).copied().collect();
    codes.sort_by_key(|code| (letter(code), code.id));
    let mut page = HEAD.to_owned();
    for code in codes {
        let _ = write!(
            page,
            "\n## {}: {}\n\n{}\n",
            code.id, code.title, code.explanation
        );
        if !code.example.is_empty() {
            page.push('\n');
            block(&mut page, code.example);
            for found in output(code) {
                page.push('\n');
                block(&mut page, &found);
            }
        }
    }
    page
}

/// Appends text as an indented block.
fn block(page: &mut String, text: &str) {
    for line in text.lines() {
        page.push_str(if line.is_empty() { "" } else { "    " });
        page.push_str(line);
        page.push('\n');
    }
}

/// What the tools report about a code's example, as far as it is reported before a program runs.
fn output(code: &Code) -> Vec<String> {
    let extension = if code.id.starts_with('W') {
        "wat"
    } else {
        "vitasm"
    };
    let name = format!("{}.{extension}", code.id);
    let Ok(case) = Case::parse(&name, code.example) else {
        return Vec::new();
    };
    let found = diagnostics(&case).unwrap_or_default();
    found
        .iter()
        .map(|diagnostic| render(diagnostic, Palette::default()))
        .collect()
}

/// The place of a code's letter in the order in which a module meets the tools.
fn letter(code: &Code) -> Option<usize> {
    "VAWLRNBC".find(&code.id[..1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_on_the_page_once() {
        let page = page();
        for code in ALL.iter().flat_map(|codes| codes.iter()) {
            let heading = format!("\n## {}: ", code.id);
            assert_eq!(page.matches(&heading).count(), 1, "{}", code.id);
            assert!(letter(code).is_some(), "{}", code.id);
        }
    }
}
