//! What this system has of what `--sandbox` needs, and how the tests ask for it.

#![allow(unsafe_code, reason = "the system is asked")]

use crate::needs::skipped;

/// What a kernel may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What bounds files.
    Landlock,
    /// What bounds system calls.
    Seccomp,
}

impl Part {
    /// Whether this kernel has it.
    pub fn is_there(self) -> bool {
        let none = std::ptr::null::<u8>();
        // SAFETY: both calls only ask: for a version, and whether a call can be refused (`SECCOMP_RET_ERRNO`).
        unsafe {
            match self {
                Part::Landlock => libc::syscall(libc::SYS_landlock_create_ruleset, none, 0, 1) > 0,
                Part::Seccomp => {
                    let action = libc::SECCOMP_RET_ERRNO;
                    libc::syscall(libc::SYS_seccomp, 2, 0, &raw const action) == 0
                }
            }
        }
    }

    /// How messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Part::Landlock => "Landlock",
            Part::Seccomp => "seccomp",
        }
    }
}

/// Notes for the table of the tests what the kernel lacks. Whether everything is there.
pub fn is_complete() -> bool {
    let parts = [Part::Landlock, Part::Seccomp];
    let missing: Vec<&str> = parts
        .into_iter()
        .filter(|part| !part.is_there())
        .map(Part::name)
        .collect();
    if !missing.is_empty() {
        let why = format!("the kernel has no {}", missing.join(" and no "));
        skipped(Some("the sandbox"), &why);
    }
    missing.is_empty()
}

/// The flag for a sandbox: as much of one as this kernel has.
pub fn flag() -> &'static str {
    match is_complete() {
        true => "--sandbox",
        false => "--sandbox=try",
    }
}

/// The same for executables, the value of `VBC_SANDBOX`.
pub fn value() -> &'static str {
    match is_complete() {
        true => "1",
        false => "try",
    }
}
