//! A process in the sandbox that does what a test wants to see: loads a library of C, or asks for memory.
//!
//! `vbc-confined [--free | --try] [--thread] [--write FOLDER]... ([--libraries FOLDER] --load LIBRARY FUNCTION | --memory | --wait)`

#![allow(unsafe_code, reason = "a library of C is loaded")]

use std::ffi::{CString, OsString};
use std::fs::File;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use vbc::sandbox::{Access, Mode, Sandbox};

/// What the command line asks for.
#[derive(Default)]
struct Wishes {
    /// No sandbox at all, to see what the same code does then.
    free: bool,
    /// What there is of it, where the system lacks something.
    lenient: bool,
    /// Another thread is there before.
    thread: bool,
    write: Vec<PathBuf>,
    libraries: Vec<PathBuf>,
    load: Option<(OsString, OsString)>,
    memory: bool,
    /// It says that it is ready, and waits for input.
    wait: bool,
}

fn wishes() -> Option<Wishes> {
    let mut wishes = Wishes::default();
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        match word.to_str()? {
            "--free" => wishes.free = true,
            "--try" => wishes.lenient = true,
            "--thread" => wishes.thread = true,
            "--memory" => wishes.memory = true,
            "--wait" => wishes.wait = true,
            "--write" => wishes.write.push(words.next()?.into()),
            "--libraries" => wishes.libraries.push(words.next()?.into()),
            "--load" => wishes.load = Some((words.next()?, words.next()?)),
            _ => return None,
        }
    }
    Some(wishes)
}

/// Bounds the process; prints what is missing.
fn enter(wishes: &Wishes) -> Result<(), String> {
    let mut sandbox = Sandbox::new();
    for folder in &wishes.write {
        let kept = File::open(folder).and_then(|open| sandbox.reach(open, Access::Write));
        kept.map_err(|error| error.to_string())?;
    }
    if wishes.load.is_some() {
        for folder in &wishes.libraries {
            let kept = File::open(folder).and_then(|open| sandbox.reach(open, Access::Read));
            kept.map_err(|error| error.to_string())?;
        }
        let loaded = sandbox.load_libraries();
        loaded.map_err(|error| error.to_string())?;
    }
    let mode = if wishes.lenient {
        Mode::Try
    } else {
        Mode::Must
    };
    let entered = sandbox.enter(mode).map_err(|error| error.to_string())?;
    println!("sandbox: {entered}");
    Ok(())
}

fn load(library: &OsString, function: &OsString) -> Result<(), String> {
    let text = |word: &OsString| CString::new(word.clone().into_vec()).map_err(|e| e.to_string());
    let (library, function) = (text(library)?, text(function)?);
    // SAFETY: both are strings of C's, and the function takes nothing and returns nothing.
    unsafe {
        let loaded = libc::dlopen(library.as_ptr(), libc::RTLD_NOW);
        if loaded.is_null() {
            let reason = std::ffi::CStr::from_ptr(libc::dlerror());
            return Err(reason.to_string_lossy().into_owned());
        }
        let found = libc::dlsym(loaded, function.as_ptr());
        if found.is_null() {
            return Err("no such function".into());
        }
        let function: extern "C" fn() = std::mem::transmute(found);
        function();
    }
    Ok(())
}

/// Prints whether memory can be had that can be executed, from the start and later.
fn memory() {
    let map = |protection| {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: new memory of the system's.
        unsafe { libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0) }
    };
    let shown = |works: bool| if works { "yes" } else { "no" };
    let data = libc::PROT_READ | libc::PROT_WRITE;
    let at_once = map(data | libc::PROT_EXEC) != libc::MAP_FAILED;
    let plain = map(data);
    // SAFETY: nothing is there that could be executed or lost.
    let (later, keyed) = unsafe {
        let code = libc::PROT_READ | libc::PROT_EXEC;
        (
            libc::mprotect(plain, 4096, code) == 0,
            libc::syscall(libc::SYS_pkey_mprotect, plain, 4096, code, -1) == 0,
        )
    };
    let (plain, at_once) = (shown(plain != libc::MAP_FAILED), shown(at_once));
    let (later, keyed) = (shown(later), shown(keyed));
    println!("data {plain}, code {at_once}, made code {later}, with a key {keyed}");
}

fn run() -> Result<(), String> {
    let wishes = wishes().ok_or("the command line is wrong")?;
    if wishes.thread {
        thread::spawn(|| {
            loop {
                thread::park();
            }
        });
    }
    if !wishes.free {
        enter(&wishes)?;
    }
    if wishes.memory {
        memory();
    }
    if wishes.wait {
        println!("ready");
        let mut line = String::new();
        std::io::stdin()
            .read_line(&mut line)
            .map_err(|error| error.to_string())?;
    }
    match &wishes.load {
        Some((library, function)) => load(library, function),
        None => Ok(()),
    }
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("{reason}");
            ExitCode::FAILURE
        }
    }
}
