//! Where the conformance files are.

use std::fs;
use std::path::{Path, PathBuf};

use super::Case;
use crate::project;

/// A file, read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path from the project's top folder.
    pub path: String,
    /// What it contains.
    pub case: Case,
}

/// All conformance files: those of `tests/conformance` and the examples of diagnostics, sorted.
///
/// # Panics
///
/// When one cannot be read or has a directive that is not understood.
pub fn files() -> Vec<File> {
    let mut paths = Vec::new();
    for folder in ["tests/conformance", "lib/core/diagnostics"] {
        collect(&project().join(folder), &mut paths);
    }
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> File {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    let short = path.strip_prefix(project()).unwrap_or(path);
    let short = short.to_string_lossy().into_owned();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let case = Case::parse(&name, &text);
    let case = case.unwrap_or_else(|message| panic!("{short}: {message}"));
    File { path: short, case }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "vitasm" || extension == "wat")
        {
            paths.push(path);
        }
    }
}

/// Does `work` on all items, several at a time, and returns the results in order.
pub fn in_parallel<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = std::sync::atomic::AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let take = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            match items.get(at) {
                Some(item) => done.push((at, work(item))),
                None => return done,
            }
        }
    };
    let mut all: Vec<(usize, R)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(take)).collect();
        let done = workers
            .into_iter()
            .map(|worker| worker.join().expect("a worker panicked"));
        done.flatten().collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, result)| result).collect()
}
