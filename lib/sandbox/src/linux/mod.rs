//! Linux: Landlock, then seccomp, on the only thread.

mod calls;
mod files;

use std::fs::{self, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crate::{Access, Mode};

/// How often, and for how long each time, a thread that is about to end is waited for.
const PATIENCE: (u32, Duration) = (20_000, Duration::from_micros(50));

/// A descriptor that stands for a folder or a file. Nobody waits for the other end of a pipe.
pub(crate) fn place(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).custom_flags(libc::O_PATH).open(path)
}

/// Bounds the process; returns what is missing. Under [`Mode::Must`] nothing is begun where there are other threads.
pub(crate) fn enter(
    reachable: &[(OwnedFd, Access)],
    executable_memory: bool,
    mode: Mode,
) -> Vec<String> {
    let mut missing = Vec::new();
    let alone = is_alone();
    if let Err(reason) = &alone {
        missing.push(reason.clone());
        if mode == Mode::Must {
            return missing;
        }
    }
    // In this order: once seccomp rules, Landlock's calls are out. So a thread that has got the filter from the one that
    // began it has got the files' bounds with it.
    if let Err(reason) = files::bound(reachable) {
        missing.push(format!("no Landlock: {reason}"));
    }
    if let Err(reason) = calls::bound(executable_memory, alone.is_err()) {
        missing.push(format!("no seccomp: {reason}"));
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
