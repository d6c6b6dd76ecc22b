//! What is tidied up when a signal ends the process: names of files that are not finished, and a child that writes one.
//!
//! Nothing is installed before there is something to tidy up, and a signal that is ignored, or that somebody else
//! handles, is left alone.

#![allow(unsafe_code, reason = "signals are handled")]

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicU32, Ordering::SeqCst};

use libc::{c_char, c_int};

/// The signals by which processes are ended and that they can do something about.
const SIGNALS: [c_int; 5] = [
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGTERM,
    libc::SIGXCPU,
];

/// Names that are kept at a time; no tool has that many outputs.
const NAMES: usize = 16;

/// Files and empty folders that are removed, the last one first. No name is ever freed, since the handler may be
/// reading it.
static UNFINISHED: [AtomicPtr<c_char>; NAMES] = [const { AtomicPtr::new(ptr::null_mut()) }; NAMES];
/// The process group that is ended first; 0 for none.
static CHILD: AtomicI32 = AtomicI32::new(0);
/// While this is not 0, a signal waits.
static HOLDS: AtomicU32 = AtomicU32::new(0);
/// The signal that waits; 0 for none.
static WAITING: AtomicI32 = AtomicI32::new(0);

/// How often a child is asked whether it has ended, and the nanoseconds in between.
const PATIENCE: (u32, i64) = (100, 20_000_000);

fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        for signal in SIGNALS {
            // SAFETY: the structures are plain data, for which zeros are good; the handler does only what handlers may.
            unsafe {
                let mut old: libc::sigaction = std::mem::zeroed();
                libc::sigaction(signal, ptr::null(), &raw mut old);
                if old.sa_sigaction == libc::SIG_DFL {
                    let mut new: libc::sigaction = std::mem::zeroed();
                    new.sa_sigaction = handle as *const () as usize;
                    new.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
                    libc::sigaction(signal, &raw const new, ptr::null_mut());
                }
            }
        }
    });
}

extern "C" fn handle(signal: c_int) {
    // Stored first: whoever gives up the last hold looks for it afterwards.
    WAITING.store(signal, SeqCst);
    if HOLDS.load(SeqCst) == 0 {
        end();
    }
}

/// Ends the child and removes what is not finished, for whoever leaves the process without running destructors. Calls
/// nothing that a handler of signals may not.
pub fn tidy_up() {
    end_child();
    for name in UNFINISHED.iter().rev() {
        let name = name.load(SeqCst);
        if !name.is_null() {
            // SAFETY: a string that is never freed. What is not a file may be a folder.
            unsafe {
                if libc::unlink(name) != 0 {
                    libc::rmdir(name);
                }
            }
        }
    }
}

/// Tidies up and dies of the signal that waits.
fn end() {
    let signal = WAITING.load(SeqCst);
    tidy_up();
    // SAFETY: this is how one dies of a signal after having handled it.
    unsafe {
        libc::signal(signal, libc::SIG_DFL);
        libc::raise(signal);
    }
}

/// Ends the child with all that it has started, and waits for it, so that it writes nothing any more.
fn end_child() {
    let child = CHILD.swap(0, SeqCst);
    if child == 0 {
        return;
    }
    let (times, nanoseconds) = PATIENCE;
    let pause = libc::timespec {
        tv_sec: 0,
        tv_nsec: nanoseconds,
    };
    // SAFETY: the group is that of a child that has not been waited for.
    unsafe {
        libc::kill(-child, libc::SIGTERM);
        for _ in 0..times {
            if libc::waitpid(child, ptr::null_mut(), libc::WNOHANG) != 0 {
                break;
            }
            libc::nanosleep(&raw const pause, ptr::null_mut());
        }
        libc::kill(-child, libc::SIGKILL);
    }
}

/// While it lives, signals wait: for steps that belong together.
pub struct Hold(());

impl Hold {
    /// Makes signals wait from now on.
    #[expect(
        clippy::new_without_default,
        reason = "what it is made for happens when it is made"
    )]
    pub fn new() -> Hold {
        install();
        HOLDS.fetch_add(1, SeqCst);
        Hold(())
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        if HOLDS.fetch_sub(1, SeqCst) == 1 && WAITING.load(SeqCst) != 0 {
            end();
        }
    }
}

/// A file, or a folder that will be empty by then, that disappears with this value, or when a signal ends the process.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
    slot: Option<usize>,
}

impl Unfinished {
    /// Takes care of `path`, which nobody else uses, from now on.
    pub fn new(path: PathBuf) -> Unfinished {
        install();
        let name = CString::new(path.as_os_str().as_bytes()).unwrap_or_default();
        let name = name.into_raw();
        let takes = |place: &AtomicPtr<c_char>| {
            let taken = place.compare_exchange(ptr::null_mut(), name, SeqCst, SeqCst);
            taken.is_ok()
        };
        let slot = UNFINISHED.iter().position(takes);
        Unfinished { path, slot }
    }

    /// What it is called.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// It is finished, or has another name.
    pub fn finished(mut self) {
        self.path = PathBuf::new();
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.path.as_os_str().is_empty() && std::fs::remove_file(&self.path).is_err() {
            // Nothing better can be done if this fails too.
            let _ = std::fs::remove_dir(&self.path);
        }
        if let Some(place) = self.slot.and_then(|slot| UNFINISHED.get(slot)) {
            place.store(ptr::null_mut(), SeqCst);
        }
    }
}

/// A new folder of this process's own for temporary files; `name` is how its name begins.
///
/// # Errors
///
/// The system's.
pub fn temporary_folder(name: &str) -> std::io::Result<Unfinished> {
    use std::os::unix::ffi::OsStringExt;

    let template = std::env::temp_dir().join(format!("{name}.XXXXXX"));
    let mut template = template.into_os_string().into_vec();
    template.push(0);
    let _hold = Hold::new();
    // SAFETY: a string of C's that may be changed, and ends in six X.
    if unsafe { libc::mkdtemp(template.as_mut_ptr().cast()) }.is_null() {
        return Err(std::io::Error::last_os_error());
    }
    template.pop();
    Ok(Unfinished::new(
        std::ffi::OsString::from_vec(template).into(),
    ))
}

/// Runs a command to its end; a signal that ends this process ends it and all that it has started first.
///
/// # Errors
///
/// The system's.
pub fn output_of(command: &mut std::process::Command) -> std::io::Result<std::process::Output> {
    use std::os::unix::process::CommandExt;
    use std::process::Stdio;

    let hold = Hold::new();
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    CHILD.store(child.id() as i32, SeqCst);
    drop(hold);
    let output = child.wait_with_output();
    CHILD.store(0, SeqCst);
    output
}
