//! Linux: Landlock, on the only thread.

mod files;

use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::thread;
use std::time::Duration;

use crate::{Access, Mode};

/// How often, and for how long each time, a thread that is about to end is waited for.
const PATIENCE: (u32, Duration) = (20_000, Duration::from_micros(50));

/// Bounds the process; returns what is missing. Under [`Mode::Must`] nothing is begun where there are other threads.
pub(crate) fn enter(
    reachable: &[(OwnedFd, Access)],
    _executable_memory: bool,
    mode: Mode,
) -> Vec<String> {
    let mut missing = Vec::new();
    if let Err(reason) = is_alone() {
        missing.push(reason);
        if mode == Mode::Must {
            return missing;
        }
    }
    if let Err(reason) = files::bound(reachable) {
        missing.push(format!("no Landlock: {reason}"));
    }
    missing
}

/// Makes sure that the process has no other thread. One that has been joined may not be gone yet.
fn is_alone() -> Result<(), String> {
    let (times, pause) = PATIENCE;
    for _ in 0..times {
        // A folder has a link for itself, one in the folder above, and one for each folder in it: one a thread.
        let threads =
            fs::metadata("/proc/self/task").map(|folder| folder.nlink().saturating_sub(2));
        match threads {
            Ok(1) => return Ok(()),
            Ok(_) => thread::sleep(pause),
            Err(_) => return Err("without /proc, threads cannot be counted".into()),
        }
    }
    Err("the process has other threads".into())
}
