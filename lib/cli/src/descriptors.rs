//! Files by the number or name of a descriptor that is already open.

#![allow(unsafe_code, reason = "the system is called")]

use std::fs::{self, File};
use std::io;
use std::os::fd::{FromRawFd, RawFd};
use std::path::Path;

use vbc_core::descriptors::check_open;

/// Another descriptor for what descriptor `number` is open for, with the same position.
pub(super) fn duplicate(number: RawFd) -> io::Result<File> {
    check_open(number)?;
    // SAFETY: a number that is not open is an error.
    match unsafe { libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3) } {
        -1 => Err(io::Error::last_os_error()),
        // SAFETY: it is new, and nobody else's.
        new => Ok(unsafe { File::from_raw_fd(new) }),
    }
}

/// Writes all bytes to a standard descriptor.
pub(super) fn write_all(number: RawFd, bytes: &[u8]) -> io::Result<()> {
    let mut left = bytes;
    while !left.is_empty() {
        check_open(number)?;
        // SAFETY: the bytes live as long as the call, which reads that many of them.
        let count = unsafe { libc::write(number, left.as_ptr().cast(), left.len()) };
        match usize::try_from(count) {
            Ok(count) => left = left.get(count..).unwrap_or_default(),
            Err(_) => match io::Error::last_os_error() {
                error if error.kind() == io::ErrorKind::Interrupted => {}
                error => return Err(error),
            },
        }
    }
    Ok(())
}

/// The number of the descriptor of this process that a path names, as `/dev/fd/3` and `/proc/self/fd/3` do.
pub(super) fn named_by(path: &Path) -> Option<RawFd> {
    let name = path.file_name()?.to_str()?;
    if !name.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number = name.parse().ok()?;
    let folder = fs::canonicalize(path.parent()?).ok()?;
    let is = |other: &str| fs::canonicalize(other).is_ok_and(|other| other == folder);
    let of_thread = || {
        let threads = fs::canonicalize("/proc/self/task");
        folder.ends_with("fd") && threads.is_ok_and(|threads| folder.starts_with(threads))
    };
    (is("/proc/self/fd") || is("/dev/fd") || of_thread()).then_some(number)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn names_of_descriptors() {
        let process = std::process::id();
        for (path, number) in [
            ("/dev/fd/7", Some(7)),
            ("/proc/self/fd/1", Some(1)),
            ("/proc/thread-self/fd/1", Some(1)),
            (&format!("/proc/{process}/fd/12"), Some(12)),
            (&format!("/proc/self/task/{process}/fd/2"), Some(2)),
            ("/proc/self/../self/fd/0", Some(0)),
            ("/proc/1/fd/1", None),
            ("/proc/self/fd/+1", None),
            ("/proc/self/fd", None),
            ("/dev/null", None),
            ("/tmp/1", None),
            ("1", None),
        ] {
            assert_eq!(named_by(Path::new(path)), number, "{path}");
        }
    }

    #[test]
    fn a_duplicate_shares_the_position() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"one ").unwrap();
        duplicate(file.as_raw_fd())
            .unwrap()
            .write_all(b"two ")
            .unwrap();
        file.write_all(b"three").unwrap();
        assert_eq!(file.metadata().unwrap().len(), 13);
        let closed = duplicate(1_000_000).unwrap_err();
        assert_eq!(closed.raw_os_error(), Some(libc::EBADF));
    }
}
