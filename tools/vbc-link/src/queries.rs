//! What the linker prints on standard error when it is asked.

use std::fmt::Write;

use vbc_cli::{Session, escape};
use vbc_linker::{Linked, Named, Taken};

fn named(what: &Named) -> String {
    format!(
        "{} `{}` of {}",
        what.kind,
        escape(&what.name),
        escape(&what.input)
    )
}

/// `--print-gc`.
pub fn left_out(session: &Session, linked: &Linked) {
    let mut text = String::new();
    for what in &linked.left_out {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "left out: {}", named(what));
    }
    session.tell(&text);
}

/// `--why-live`.
pub fn why_live(session: &Session, linked: &Linked) {
    let mut text = String::new();
    for why in &linked.why_live {
        let symbol = escape(&why.symbol);
        let Some((first, rest)) = why.chain.split_first() else {
            let _ = writeln!(text, "why live: no input defines `{symbol}`");
            continue;
        };
        let _ = writeln!(text, "why live: {}", named(first));
        for by in rest {
            let _ = writeln!(text, "  is needed by {}", named(by));
        }
        let _ = match &why.root {
            Some(root) => writeln!(text, "  which {}", escape(root)),
            None => writeln!(text, "  is needed by nothing"),
        };
    }
    session.tell(&text);
}

/// `--trace-symbol`.
pub fn trace(session: &Session, linked: &Linked, taken: &[Taken], symbols: &[String]) {
    let mut text = String::new();
    for symbol in symbols {
        for one in taken.iter().filter(|taken| taken.symbol == *symbol) {
            let by = match &one.by {
                Some(by) => format!("which {} uses", escape(by)),
                None => "which a flag names".to_owned(),
            };
            let member = escape(&one.member);
            let _ = writeln!(
                text,
                "trace: {member} is taken for `{}`, {by}",
                escape(symbol)
            );
        }
        for one in linked.traced.iter().filter(|one| one.symbol == *symbol) {
            let input = escape(&one.input);
            let _ = writeln!(
                text,
                "trace: `{}`: {input} {}",
                escape(symbol),
                escape(&one.what)
            );
        }
    }
    session.tell(&text);
}
