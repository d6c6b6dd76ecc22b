//! Calls on paths that end in slashes and dots, and what the system itself makes of them: the judge of
//! `path_*` is Linux, which is asked by the same calls on the same files.

#![allow(unsafe_code, reason = "the system is called")]

use std::ffi::CString;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;

use crate::wasi::imports;

/// What is at the beginning of a path. All but `missing` exist; `pipe` only where wanted.
const NAMES: &[&str] = &[
    "file",
    "folder",
    "full",
    "full/inner",
    "to_file",
    "to_folder",
    "to_full",
    "to_file_slash",
    "to_folder_slash",
    "dangling",
    "loop",
    "missing",
    "pipe",
    ".",
];

/// What follows it.
const ENDS: &[&str] = &["", "/", "//", "/.", "/..", "/x"];

/// First and second paths of calls that take two.
const FIRST: &[&str] = &[
    "file",
    "folder",
    "full",
    "full/inner",
    "to_file",
    "to_folder",
    "dangling",
    "missing",
];
const FIRST_ENDS: &[&str] = &["", "/", "/.", "/.."];
const SECOND: &[&str] = &[
    "new",
    "new/",
    "new/.",
    "file",
    "file/",
    "folder",
    "folder/",
    "folder/.",
    "folder/..",
    "full",
    "full/new",
    "to_file/",
    "to_folder",
    "to_folder/",
    "to_folder/new",
    "dangling/",
    "missing/new",
    "file/new",
    ".",
];

/// A call, with the flags that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// `path_create_directory`.
    CreateDirectory,
    /// `path_remove_directory`.
    RemoveDirectory,
    /// `path_unlink_file`.
    Unlink,
    /// `path_filestat_get`, following links at the end or not.
    Stat(bool),
    /// `path_filestat_set_times`, following links at the end or not.
    SetTimes(bool),
    /// `path_readlink`.
    ReadLink,
    /// `path_symlink`, to `file`.
    Symlink,
    /// `path_link`.
    Link,
    /// `path_rename`.
    Rename,
    /// `path_open`, following links at the end or not, with these `oflags`, for writing or reading.
    Open(bool, u32, bool),
}

/// Bits of `oflags`.
const CREAT: u32 = 1;
const DIRECTORY: u32 = 2;
const EXCL: u32 = 4;
const TRUNC: u32 = 8;

/// The time that is set, in seconds since 1970.
const STAMP: u32 = 1_000_000_000;

/// A call on paths.
#[derive(Clone, Debug)]
pub struct Case {
    /// What is done.
    pub act: Act,
    /// With what.
    pub path: String,
    /// And with what else.
    pub second: Option<&'static str>,
}

/// All calls on all paths. Where there are no pipes, those on pipes are left out.
pub fn cases(with_pipes: bool) -> Vec<Case> {
    let mut single = vec![
        Act::CreateDirectory,
        Act::RemoveDirectory,
        Act::Unlink,
        Act::ReadLink,
        Act::Symlink,
    ];
    for follows in [false, true] {
        single.extend([Act::Stat(follows), Act::SetTimes(follows)]);
        for (oflags, writes) in [
            (0, false),
            (0, true),
            (CREAT, true),
            (CREAT | EXCL, true),
            (DIRECTORY, false),
            (TRUNC, false),
        ] {
            single.push(Act::Open(follows, oflags, writes));
        }
    }
    let mut cases = Vec::new();
    for name in NAMES {
        if *name == "pipe" && !with_pipes {
            continue;
        }
        for end in ENDS {
            let path = format!("{name}{end}");
            cases.extend(single.iter().map(|&act| Case {
                act,
                path: path.clone(),
                second: None,
            }));
        }
    }
    for name in FIRST {
        for end in FIRST_ENDS {
            for act in [Act::Link, Act::Rename] {
                cases.extend(SECOND.iter().map(|&second| Case {
                    act,
                    path: format!("{name}{end}"),
                    second: Some(second),
                }));
            }
        }
    }
    cases
}

/// Makes the files of one case.
pub fn fill(folder: &Path, with_pipe: bool) {
    let inside = |name: &str| folder.join(name);
    for name in ["folder", "full"] {
        fs::create_dir_all(inside(name)).expect("a folder");
    }
    for name in ["file", "full/inner"] {
        fs::write(inside(name), "text").expect("a file");
    }
    for (target, name) in [
        ("file", "to_file"),
        ("folder", "to_folder"),
        ("full", "to_full"),
        ("file/", "to_file_slash"),
        ("folder/", "to_folder_slash"),
        ("nothing", "dangling"),
        ("loop", "loop"),
    ] {
        symlink(target, inside(name)).expect("a link");
    }
    if with_pipe {
        let path = CString::new(inside("pipe").as_os_str().as_bytes()).expect("a path");
        // SAFETY: the path is a string of C's.
        assert_eq!(unsafe { libc::mkfifo(path.as_ptr(), 0o600) }, 0);
    }
}

/// What is in a folder: for each path in it the kind and the contents; on a system, also the number of names of a
/// file and whether the time is `STAMP`.
pub fn contents(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending = vec![folder.to_owned()];
    while let Some(path) = pending.pop() {
        let metadata = path.symlink_metadata().expect("an entry");
        let name = path.strip_prefix(folder).expect("a path in it").display();
        let kind = metadata.file_type();
        let what = if kind.is_symlink() {
            let target = fs::read_link(&path).expect("a link");
            format!("link to {}", target.display())
        } else if kind.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder");
            pending.extend(entries.map(|entry| entry.expect("an entry").path()));
            "folder".to_owned()
        } else if kind.is_file() {
            let text = fs::read(&path).expect("a file");
            format!("file {}, {} names", text.escape_ascii(), metadata.nlink())
        } else {
            "pipe".to_owned()
        };
        let stamped = if metadata.mtime() == i64::from(STAMP) {
            ", stamped"
        } else {
            ""
        };
        found.push(format!("{name}: {what}{stamped}"));
    }
    found.sort();
    found
}

/// WASI's numbers of the system's errors.
fn errno(error: &io::Error) -> u32 {
    let number = error.raw_os_error().expect("an error of the system's");
    match number {
        libc::EBUSY => 10,
        libc::EEXIST => 20,
        libc::EINVAL => 28,
        libc::EISDIR => 31,
        libc::ELOOP => 32,
        libc::ENOENT => 44,
        libc::ENOTDIR => 54,
        libc::ENOTEMPTY => 55,
        libc::ENXIO => 60,
        libc::EPERM => 63,
        _ => panic!("{error}"),
    }
}

/// WASI's number for the type of a file.
fn file_type(mode: libc::mode_t) -> u32 {
    match mode & libc::S_IFMT {
        libc::S_IFDIR => 3,
        libc::S_IFREG => 4,
        libc::S_IFLNK => 7,
        libc::S_IFIFO => 0,
        other => panic!("a file of type {other:o}"),
    }
}

/// What a call comes to as a number: the error, or 1000 and more. A type or length that it returns is added to that.
type Answer = u32;

/// An answer that is not an error.
const GOOD: Answer = 1000;

/// Asks the system: the call on the files below `folder`.
pub fn ask_system(folder: &Path, case: &Case) -> Answer {
    let folder = fs::File::open(folder).expect("a folder");
    let folder = folder.as_raw_fd();
    let c = |path: &str| CString::new(path).expect("a path");
    let (path, second) = (c(&case.path), c(case.second.unwrap_or_default()));
    let (path, second) = (path.as_ptr(), second.as_ptr());
    let nofollow = |follows: bool, flag| if follows { 0 } else { flag };
    // SAFETY: the paths are strings of C's, and every other pointer leads to as much room as the call takes.
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        let mut given = 0;
        let done = match case.act {
            Act::CreateDirectory => libc::mkdirat(folder, path, 0o777),
            Act::RemoveDirectory => libc::unlinkat(folder, path, libc::AT_REMOVEDIR),
            Act::Unlink => libc::unlinkat(folder, path, 0),
            Act::Stat(follows) => {
                let flags = nofollow(follows, libc::AT_SYMLINK_NOFOLLOW);
                let done = libc::fstatat(folder, path, &raw mut stat, flags);
                if done == 0 {
                    given = file_type(stat.st_mode);
                }
                done
            }
            Act::SetTimes(follows) => {
                let time = libc::timespec {
                    tv_sec: STAMP.into(),
                    tv_nsec: 0,
                };
                let flags = nofollow(follows, libc::AT_SYMLINK_NOFOLLOW);
                libc::utimensat(folder, path, [time; 2].as_ptr(), flags)
            }
            Act::ReadLink => {
                let mut room = [0u8; 64];
                let length = libc::readlinkat(folder, path, room.as_mut_ptr().cast(), room.len());
                given = u32::try_from(length).unwrap_or(0);
                length.min(0) as i32
            }
            Act::Symlink => libc::symlinkat(c"file".as_ptr(), folder, path),
            Act::Link => libc::linkat(folder, path, folder, second, 0),
            Act::Rename => libc::renameat(folder, path, folder, second),
            Act::Open(follows, oflags, writes) => {
                // To cut a file it must be open for writing.
                let mut flags = match (writes, oflags & TRUNC != 0) {
                    (false, false) => libc::O_RDONLY,
                    (false, true) => libc::O_RDWR,
                    (true, _) => libc::O_WRONLY,
                };
                for (bit, flag) in [
                    (CREAT, libc::O_CREAT),
                    (DIRECTORY, libc::O_DIRECTORY),
                    (EXCL, libc::O_EXCL),
                    (TRUNC, libc::O_TRUNC),
                ] {
                    flags |= if oflags & bit != 0 { flag } else { 0 };
                }
                flags |= nofollow(follows, libc::O_NOFOLLOW) | libc::O_NONBLOCK | libc::O_CLOEXEC;
                let opened = libc::openat(folder, path, flags, 0o666);
                if opened >= 0 {
                    libc::fstat(opened, &raw mut stat);
                    given = file_type(stat.st_mode);
                    libc::close(opened);
                }
                opened.min(0)
            }
        };
        match done {
            0 => GOOD + given,
            _ => errno(&io::Error::last_os_error()),
        }
    }
}

/// Functions that make one call each and write its answer.
const CALLS: &str = r#"
.memory i32 1
.data room align 8 size 64
.data count align 4 size 4

FUNC answer(status: i32, given: i32)
  IF status, wrong
  ADD status, given, 1000
wrong:
  PRINT status
END

FUNC create_directory(path: i32, length: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  CALL path_create_directory, box, path, length -> status
  CALL answer, status, none
END

FUNC remove_directory(path: i32, length: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  CALL path_remove_directory, box, path, length -> status
  CALL answer, status, none
END

FUNC unlink(path: i32, length: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  CALL path_unlink_file, box, path, length -> status
  CALL answer, status, none
END

FUNC stat(path: i32, length: i32, follow: i32)
  LOAD_CONST.i32 box, 3
  DATA_ADDR place, room
  CALL path_filestat_get, box, follow, path, length, place -> status
  LOAD8_U.i32 type, [place + 16]
  CALL answer, status, type
END

FUNC set_times(path: i32, length: i32, follow: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  LOAD_CONST.i32 both, 5
  LOAD_CONST.i64 time, STAMP000000000
  CALL path_filestat_set_times, box, follow, path, length, time, time, both -> status
  CALL answer, status, none
END

FUNC read_link(path: i32, length: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 size, 64
  DATA_ADDR place, room
  DATA_ADDR written, count
  CALL path_readlink, box, path, length, place, size, written -> status
  LOAD.i32 given, [written]
  CALL answer, status, given
END

.data target = "file"
FUNC symlink(path: i32, length: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  LOAD_CONST.i32 size, 4
  DATA_ADDR place, target
  CALL path_symlink, place, size, box, path, length -> status
  CALL answer, status, none
END

FUNC link(path: i32, length: i32, second: i32, size: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  CALL path_link, box, none, path, length, box, second, size -> status
  CALL answer, status, none
END

FUNC rename(path: i32, length: i32, second: i32, size: i32)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  CALL path_rename, box, path, length, box, second, size -> status
  CALL answer, status, none
END

FUNC open(path: i32, length: i32, follow: i32, oflags: i32, rights: i64)
  LOAD_CONST.i32 box, 3
  LOAD_CONST.i32 none, 0
  LOAD_CONST.i64 inherited, 0
  LOAD_CONST.i32 type, 0
  DATA_ADDR place, room
  CALL path_open, box, follow, path, length, oflags, rights, inherited, none, place -> status
  IF status, closed
  LOAD.i32 fd, [place]
  CALL fd_filestat_get, fd, place -> none
  LOAD8_U.i32 type, [place + 16]
  CALL fd_close, fd -> none
closed:
  CALL answer, status, type
END

"#;

/// `FD_READ` or `FD_WRITE`, and `FD_FILESTAT_GET`.
fn rights(writes: bool) -> u64 {
    (if writes { 1 << 6 } else { 1 << 1 }) | 1 << 21
}

/// A program that makes all the calls, each in the folder of its number below the first one that it is given,
/// and writes their answers, one on each line.
pub fn program(cases: &[Case]) -> String {
    let mut text = imports() + &CALLS.replace("STAMP", &STAMP.to_string());
    let mut code = String::new();
    for (n, case) in cases.iter().enumerate() {
        let mut arguments = String::new();
        let mut give = |register: &str, instruction: String| {
            let _ = writeln!(code, "  {instruction}");
            let _ = write!(arguments, ", {register}");
        };
        let paths = [Some(case.path.as_str()), case.second];
        for (which, path) in paths.into_iter().flatten().enumerate() {
            let path = format!("{n}/{path}");
            let _ = writeln!(text, ".data path{n}_{which} = \"{path}\"");
            give(
                &format!("p{which}"),
                format!("DATA_ADDR p{which}, path{n}_{which}"),
            );
            let length = path.len();
            give(
                &format!("l{which}"),
                format!("LOAD_CONST.i32 l{which}, {length}"),
            );
        }
        let mut follow = |follows: bool| {
            let follows = u8::from(follows);
            give("follow", format!("LOAD_CONST.i32 follow, {follows}"));
        };
        let name = match case.act {
            Act::CreateDirectory => "create_directory",
            Act::RemoveDirectory => "remove_directory",
            Act::Unlink => "unlink",
            Act::Stat(follows) => {
                follow(follows);
                "stat"
            }
            Act::SetTimes(follows) => {
                follow(follows);
                "set_times"
            }
            Act::ReadLink => "read_link",
            Act::Symlink => "symlink",
            Act::Link => "link",
            Act::Rename => "rename",
            Act::Open(follows, oflags, writes) => {
                follow(follows);
                give("oflags", format!("LOAD_CONST.i32 oflags, {oflags}"));
                let rights = rights(writes);
                give("rights", format!("LOAD_CONST.i64 rights, {rights}"));
                "open"
            }
        };
        let _ = writeln!(code, "  CALL {name}{arguments}");
    }
    let _ = write!(text, "MAIN\n{code}END\n");
    text
}
