//! The corpus of the fuzz targets, and what fuzzing has found, once more.

use std::fs;

use vbc_tests::fuzz::TARGETS;
use vbc_tests::project;

#[test]
fn the_corpus_is_harmless() {
    for (name, target) in TARGETS {
        let folder = project().join("fuzz/corpus").join(name);
        let mut files: Vec<_> = fs::read_dir(&folder)
            .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort();
        assert!(!files.is_empty(), "{} is empty", folder.display());
        for file in files {
            println!("{}", file.display());
            target(&fs::read(&file).expect("a file of the corpus"));
        }
    }
}
