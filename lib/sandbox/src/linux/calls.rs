//! seccomp: which system calls there are. `docs/cli.md` has the list in words.

use std::collections::BTreeMap;

use libc::{c_int, c_long};
use seccompiler::{
    BackendError, BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp,
    SeccompCondition, SeccompFilter, SeccompRule, sock_filter,
};
use vbc_core::diag::system_reason;

/// Calls that are there whatever their arguments.
const FREE: &[c_long] = &[
    // Memory.
    libc::SYS_brk,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_msync,
    // Descriptors.
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_preadv,
    libc::SYS_preadv2,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_pwritev,
    libc::SYS_pwritev2,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_getdents64,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_fallocate,
    libc::SYS_ftruncate,
    libc::SYS_fadvise64,
    libc::SYS_flock,
    libc::SYS_close,
    libc::SYS_close_range,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_pipe2,
    // Paths, over which Landlock rules.
    libc::SYS_openat,
    libc::SYS_openat2,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_readlinkat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_utimensat,
    libc::SYS_getcwd,
    // Waiting and time. What waits is begun again after a stop.
    libc::SYS_ppoll,
    libc::SYS_pselect6,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_gettimeofday,
    libc::SYS_restart_syscall,
    // Threads and signals.
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_membarrier,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // What the process is.
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_uname,
    libc::SYS_sysinfo,
    libc::SYS_getrusage,
    libc::SYS_getcpu,
    libc::SYS_getrandom,
];

/// Older forms of the same, which newer processors do not have.
#[cfg(target_arch = "x86_64")]
const OLDER: &[c_long] = &[
    libc::SYS_dup2,
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_mkdir,
    libc::SYS_rmdir,
    libc::SYS_unlink,
    libc::SYS_rename,
    libc::SYS_renameat,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_readlink,
    libc::SYS_stat,
    libc::SYS_lstat,
    libc::SYS_access,
    libc::SYS_poll,
    libc::SYS_select,
    libc::SYS_time,
];
#[cfg(target_arch = "aarch64")]
const OLDER: &[c_long] = &[libc::SYS_renameat];
/// On this processor the system is asked to make new code visible, and what the processor can do.
#[cfg(target_arch = "riscv64")]
const OLDER: &[c_long] = &[
    258, // riscv_hwprobe
    259, // riscv_flush_icache
];

/// What `fcntl` may be asked for: flags, duplicates and locks, but no signals for others.
const CONTROLS: &[c_int] = &[
    libc::F_DUPFD,
    libc::F_DUPFD_CLOEXEC,
    libc::F_GETFD,
    libc::F_SETFD,
    libc::F_GETFL,
    libc::F_SETFL,
    libc::F_GETLK,
    libc::F_SETLK,
    libc::F_SETLKW,
];

/// What `ioctl` may be asked for. A terminal must not be typed into.
const REQUESTS: &[libc::Ioctl] = &[
    libc::FIONREAD,
    libc::FIONBIO,
    libc::FIOCLEX,
    libc::FIONCLEX,
    libc::TCGETS,
    libc::TCGETS2,
    libc::TIOCGWINSZ,
];

/// Flags of `clone` that make something other than a thread.
const NEW_SPACES: c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET;

/// From this on, advice about memory is for those who may break it (`MADV_HWPOISON`).
const HARMFUL_ADVICE: u64 = 100;

/// Bounds this thread, and those that it starts; others that are there already only where that is wanted.
pub(super) fn bound(executable_memory: bool, others: bool) -> Result<(), String> {
    let program = program(executable_memory).map_err(|error| error.to_string())?;
    let done = match others {
        true => seccompiler::apply_filter_all_threads(&program),
        false => seccompiler::apply_filter(&program),
    };
    done.map_err(|error| match &error {
        Error::Prctl(reason) | Error::Seccomp(reason) => match reason.raw_os_error() {
            Some(libc::ENOSYS | libc::EINVAL) => "the kernel does not have it".into(),
            _ => system_reason(reason),
        },
        other => other.to_string(),
    })
}

/// The filter.
fn program(executable_memory: bool) -> Result<BpfProgram, BackendError> {
    let filter = SeccompFilter::new(
        rules(executable_memory)?,
        SeccompAction::Errno(libc::EPERM as u32),
        SeccompAction::Allow,
        std::env::consts::ARCH.try_into()?,
    )?;
    let mut program = without_clone3();
    program.append(&mut filter.try_into()?);
    Ok(program)
}

/// C libraries that find no `clone3` use `clone`, whose flags can be seen here. Its number is the same on all
/// processors, so this may come before the filter looks which one it is.
fn without_clone3() -> BpfProgram {
    /// Loads a word of the call's description: `BPF_LD | BPF_W | BPF_ABS`.
    const LOAD: u16 = 0x20;
    /// Goes on in one of two places: `BPF_JMP | BPF_JEQ | BPF_K`.
    const COMPARE: u16 = 0x15;
    /// Ends with an answer: `BPF_RET | BPF_K`.
    const ANSWER: u16 = 0x06;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    vec![
        step(LOAD, 0, 0, 0),
        step(COMPARE, 0, 1, libc::SYS_clone3 as u32),
        step(
            ANSWER,
            0,
            0,
            SeccompAction::Errno(libc::ENOSYS as u32).into(),
        ),
    ]
}

/// The calls, each with what it may be asked for: one of several rules, or anything where there is none.
fn rules(executable_memory: bool) -> Result<BTreeMap<i64, Vec<SeccompRule>>, BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
    for call in FREE.iter().chain(OLDER) {
        rules.insert(*call, Vec::new());
    }
    // Nothing changes the number of a process that cannot fork.
    let own = u64::from(std::process::id());
    let mut bounded = vec![
        (libc::SYS_madvise, vec![vec![less(2, HARMFUL_ADVICE)?]]),
        (libc::SYS_kill, vec![vec![equal(0, own)?]]),
        (libc::SYS_tgkill, vec![vec![equal(0, own)?]]),
        (
            libc::SYS_prctl,
            vec![vec![equal(0, libc::PR_SET_NAME as u64)?]],
        ),
        // Its own limits, and no new ones.
        (
            libc::SYS_prlimit64,
            vec![vec![equal(0, 0)?, no_pointer(2)?]],
        ),
        (
            libc::SYS_clone,
            vec![vec![bits(
                0,
                libc::CLONE_THREAD | NEW_SPACES,
                libc::CLONE_THREAD,
            )?]],
        ),
    ];
    for call in [libc::SYS_mmap, libc::SYS_mprotect] {
        let bound = match executable_memory {
            true => Vec::new(),
            false => vec![vec![bits(2, libc::PROT_EXEC, 0)?]],
        };
        bounded.push((call, bound));
    }
    let controls = CONTROLS.iter().map(|&control| control as u32);
    bounded.push((libc::SYS_fcntl, one_of(controls)?));
    // C libraries have different types for it.
    let requests = REQUESTS.iter().map(|&request| request as u32);
    bounded.push((libc::SYS_ioctl, one_of(requests)?));
    for (call, conditions) in bounded {
        let each = conditions.into_iter().map(SeccompRule::new);
        rules.insert(call, each.collect::<Result<_, _>>()?);
    }
    Ok(rules)
}

/// A rule for each value of the second argument.
fn one_of(values: impl Iterator<Item = u32>) -> Result<Vec<Vec<SeccompCondition>>, BackendError> {
    values
        .map(|value| Ok(vec![equal(1, value.into())?]))
        .collect()
}

type Condition = Result<SeccompCondition, BackendError>;

/// The low half of an argument is this number: those that are compared are ints in C.
fn equal(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value)
}

fn less(argument: u8, value: u64) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Lt, value)
}

/// Of these bits of an argument, those are set.
fn bits(argument: u8, mask: c_int, set: c_int) -> Condition {
    let mask = SeccompCmpOp::MaskedEq(u64::from(mask as u32));
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, mask, set as u64)
}

fn no_pointer(argument: u8) -> Condition {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)
}
