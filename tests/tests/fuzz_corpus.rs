//! The corpus of the fuzz targets, and what fuzzing has found, once more.

use std::fs;
use std::time::{Duration, Instant};

use vbc_tests::fuzz::TARGETS;
use vbc_tests::project;

/// No file takes a tenth of this, even on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

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
            let start = Instant::now();
            target(&fs::read(&file).expect("a file of the corpus"));
            let time = start.elapsed();
            assert!(time < PATIENCE, "{}: {time:?}", file.display());
        }
    }
}
