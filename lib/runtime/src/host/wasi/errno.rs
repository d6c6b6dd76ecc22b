//! The error numbers of WASI.

use std::io;

macro_rules! errnos {
    ($($name:ident = $number:literal),* $(,)?) => {
        /// Why a function did not do what it was asked to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(super) enum Errno {
            $($name = $number,)*
        }
    };
}

// Those that this host returns; the numbers are WASI's.
errnos! {
    TooBig = 1,
    Access = 2,
    Again = 6,
    BadF = 8,
    Busy = 10,
    DQuot = 19,
    Exist = 20,
    Fault = 21,
    FBig = 22,
    IlSeq = 25,
    Intr = 27,
    Inval = 28,
    Io = 29,
    IsDir = 31,
    Loop = 32,
    MFile = 33,
    MLink = 34,
    NameTooLong = 37,
    NFile = 41,
    NoDev = 43,
    NoEnt = 44,
    NoMem = 48,
    NoSpc = 51,
    NoSys = 52,
    NotDir = 54,
    NotEmpty = 55,
    NotSock = 57,
    NotSup = 58,
    NoTty = 59,
    NxIo = 60,
    Overflow = 61,
    Perm = 63,
    Pipe = 64,
    Range = 68,
    RoFs = 69,
    SPipe = 70,
    Stale = 72,
    TxtBsy = 74,
    XDev = 75,
    NotCapable = 76,
}

impl From<io::Error> for Errno {
    #[expect(clippy::wildcard_enum_match_arm, reason = "other reasons are EIO")]
    fn from(error: io::Error) -> Errno {
        match error.raw_os_error() {
            Some(number) => of_system(number),
            // What the standard library and cap-std find out without asking the system.
            None => match error.kind() {
                io::ErrorKind::NotFound => Errno::NoEnt,
                // This is how cap-std reports that a path leads out of its folder.
                io::ErrorKind::PermissionDenied => Errno::Perm,
                io::ErrorKind::AlreadyExists => Errno::Exist,
                io::ErrorKind::InvalidInput => Errno::Inval,
                io::ErrorKind::Interrupted => Errno::Intr,
                io::ErrorKind::WouldBlock => Errno::Again,
                io::ErrorKind::Unsupported => Errno::NotSup,
                _ => Errno::Io,
            },
        }
    }
}

/// The number for an error of the system's.
fn of_system(number: i32) -> Errno {
    match number {
        libc::E2BIG => Errno::TooBig,
        libc::EACCES => Errno::Access,
        libc::EAGAIN => Errno::Again,
        libc::EBADF => Errno::BadF,
        libc::EBUSY => Errno::Busy,
        libc::EDQUOT => Errno::DQuot,
        libc::EEXIST => Errno::Exist,
        libc::EFAULT => Errno::Fault,
        libc::EFBIG => Errno::FBig,
        libc::EILSEQ => Errno::IlSeq,
        libc::EINTR => Errno::Intr,
        libc::EINVAL => Errno::Inval,
        libc::EISDIR => Errno::IsDir,
        libc::ELOOP => Errno::Loop,
        libc::EMFILE => Errno::MFile,
        libc::EMLINK => Errno::MLink,
        libc::ENAMETOOLONG => Errno::NameTooLong,
        libc::ENFILE => Errno::NFile,
        libc::ENODEV => Errno::NoDev,
        libc::ENOENT => Errno::NoEnt,
        libc::ENOMEM => Errno::NoMem,
        libc::ENOSPC => Errno::NoSpc,
        libc::ENOSYS => Errno::NoSys,
        libc::ENOTDIR => Errno::NotDir,
        libc::ENOTEMPTY => Errno::NotEmpty,
        libc::ENOTSUP => Errno::NotSup,
        libc::ENOTTY => Errno::NoTty,
        libc::ENXIO => Errno::NxIo,
        libc::EOVERFLOW => Errno::Overflow,
        libc::EPERM => Errno::Perm,
        libc::EPIPE => Errno::Pipe,
        libc::ERANGE => Errno::Range,
        libc::EROFS => Errno::RoFs,
        libc::ESPIPE => Errno::SPipe,
        libc::ESTALE => Errno::Stale,
        libc::ETXTBSY => Errno::TxtBsy,
        libc::EXDEV => Errno::XDev,
        _ => Errno::Io,
    }
}
