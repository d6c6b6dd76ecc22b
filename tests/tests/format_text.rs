//! Every text of the project, laid out: the same module, the same comments, and nothing left to do.

use std::path::Path;

use vbc::asm::{self, assemble};
use vbc::format::{WriteOptions, write};
use vbc::text::format;
use vbc_tests::{files, project};

/// The module without what records lines and columns; none when the text has errors.
fn module(text: &str) -> Option<Vec<u8>> {
    let module = assemble(text.as_bytes(), "text.vitasm", &asm::Options::default()).ok()?;
    let options = WriteOptions {
        strip_debug: true,
        zstd: false,
    };
    Some(write(&module, &options))
}

/// The comments of a text, told apart from strings by hand.
fn comments(text: &str) -> Vec<String> {
    let comment = |line: &str| {
        let mut quote = None;
        let mut escaped = false;
        for (at, c) in line.char_indices() {
            match (quote, c) {
                (None, ';') => return Some(line[at..].trim_end().to_owned()),
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), _) if c == open && !escaped => quote = None,
                _ => {}
            }
            escaped = quote.is_some() && c == '\\' && !escaped;
        }
        None
    };
    text.lines().filter_map(comment).collect()
}

fn texts(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for part in ["examples", "tests", "lib", "docs", "fuzz"] {
        found.extend(files(&folder.join(part), "vitasm"));
    }
    found
}

#[test]
fn every_text_keeps_its_module_and_its_comments() {
    let (mut assembled, mut kept) = (0, 0);
    for path in texts(&project()) {
        let bytes = std::fs::read(&path).expect("it can be read");
        // Some are damaged on purpose.
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        let laid_out = format(&text);
        let name = path.display();
        assert_eq!(format(&laid_out), laid_out, "{name}: twice");
        let before = module(&text);
        assert!(module(&laid_out) == before, "{name}: another module");
        // Where quotes are not closed it is not clear what is a comment.
        if before.is_some() {
            let written = comments(&text);
            assert_eq!(comments(&laid_out), written, "{name}");
            (assembled, kept) = (assembled + 1, kept + written.len());
        }
    }
    println!("{assembled} texts with {kept} comments");
    assert!(assembled > 100 && kept > 1_000, "{assembled}, {kept}");
}
