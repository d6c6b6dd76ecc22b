//! `docs/engines.md`: what works on which engine.

use std::fmt::Write;

use vbc::isa::{GROUPS, Op};

/// What comes before the table.
const HEAD: &str = include_str!("engines.md");

/// An engine: its name, and the instructions that it does not have.
const ENGINES: [(&str, &[Op]); 4] = [
    ("interpreter (`vbc-run`)", vbc::interp::UNSUPPORTED),
    ("code in memory (`vbc-jit`)", vbc::jit::UNSUPPORTED),
    ("executables (`vbc-aot`)", vbc::codegen::UNSUPPORTED),
    ("WebAssembly (`vbc-wasm`)", vbc::wasm::UNSUPPORTED),
];

/// The page.
pub fn page() -> String {
    let mut out = HEAD.to_owned();
    let mut line = |cells: &[String]| {
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    };
    let mut head = vec!["instructions".to_owned(), "number".to_owned()];
    head.extend(ENGINES.map(|(name, _)| name.to_owned()));
    line(&head);
    line(&vec!["---".to_owned(); head.len()]);
    for group in GROUPS {
        let ops = Op::ALL
            .iter()
            .filter(|op| group.numbers.contains(&op.forms()[0].number));
        let mut cells = vec![group.title.to_owned(), ops.clone().count().to_string()];
        cells.extend(ENGINES.map(|(_, unsupported)| {
            let missing: Vec<&str> = ops
                .clone()
                .filter(|op| unsupported.contains(op))
                .map(|op| op.info().mnemonic)
                .collect();
            match missing.is_empty() {
                true => "all".to_owned(),
                false if missing.len() == ops.clone().count() => "none".to_owned(),
                false => format!("all but {}", missing.join(", ")),
            }
        }));
        line(&cells);
    }
    out
}
