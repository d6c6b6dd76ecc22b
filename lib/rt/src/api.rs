//! What C calls. `include/vbcrt.h` describes what each function does.

use std::ffi::{CStr, c_char, c_int};
use std::io::Write;
use std::time::Duration;

use vbc_core::storage::tell_within;
use vbc_native::image::Image;

use crate::program::{Instance, Process, status};

unsafe extern "C" {
    /// The program that this library is linked with.
    static vbcrt_image: Image;
}

/// The time that a last message may take, when time is limited.
const PATIENCE: Duration = Duration::from_secs(1);

fn tell(text: &str) {
    if std::env::var_os("VBC_TIMEOUT").is_some() {
        return tell_within(text, PATIENCE);
    }
    // Nobody is left to tell when this fails.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Runs the program of the object; what its `main` calls.
///
/// # Safety
///
/// The arguments are those of C's `main`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_main(argc: c_int, argv: *const *const c_char) -> c_int {
    // SAFETY: a program that writes into a closed pipe, or more than a file may hold, is told so.
    unsafe {
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
    }
    vbc_core::descriptors::occupy_closed();
    // SAFETY: as the caller promises; the image is that of the object.
    let instance = match unsafe { Instance::new(&vbcrt_image, argc, argv, Process::Own) } {
        Ok(instance) => Box::into_raw(instance),
        Err((message, code)) => {
            tell(&message);
            return code;
        }
    };
    // SAFETY: the instance is used here only.
    unsafe {
        if vbcrt_run(instance) != status::OK {
            tell(&(*instance).message.to_string_lossy());
        }
        let code = (*instance).exit_code;
        vbcrt_free(instance);
        code
    }
}

/// # Safety
///
/// The image is one that this library is linked with; `argc` strings lie at `argv`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_new(
    image: &'static Image,
    argc: c_int,
    argv: *const *const c_char,
) -> *mut Instance {
    // SAFETY: as the caller promises.
    match unsafe { Instance::new(image, argc, argv, Process::Foreign) } {
        Ok(instance) => Box::into_raw(instance),
        Err((message, _)) => {
            tell(&message);
            std::ptr::null_mut()
        }
    }
}

/// # Safety
///
/// The instance, if it is one, runs nothing and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_free(instance: *mut Instance) {
    if !instance.is_null() {
        // SAFETY: as the caller promises.
        drop(unsafe { Box::from_raw(instance) });
    }
}

/// # Safety
///
/// There are as many slots as the function has parameters and results; the instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_call(
    instance: *mut Instance,
    function: u32,
    args: *const u64,
    results: *mut u64,
) -> c_int {
    // SAFETY: as the caller promises. While the program runs, only its own functions of C's use the
    // instance, and those only read.
    unsafe {
        let object = &(*instance).object;
        let callable = object.is_callable(function);
        if (*instance).running.replace(true) {
            return status::INVALID;
        }
        let ended = match callable {
            true => {
                let object = &raw mut (*instance).object;
                Some(vbc_native::ObjectInstance::invoke_slots(
                    object, function, args, results,
                ))
            }
            false => None,
        };
        (*instance).running.set(false);
        match ended {
            Some(ended) => (*instance).note(ended),
            None => status::INVALID,
        }
    }
}

/// # Safety
///
/// The instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_run(instance: *mut Instance) -> c_int {
    // SAFETY: as the caller promises; the entry has no parameters and at most one result.
    unsafe {
        let object = &(*instance).object;
        let Some(entry) = object.program().module().entry else {
            return status::INVALID;
        };
        let mut slot = 0;
        match vbcrt_call(instance, entry, std::ptr::null(), &raw mut slot) {
            status::OK => {
                // An i32, an i64, or nothing, which leaves 0.
                (*instance).exit_code = slot as c_int & 0xff;
                status::OK
            }
            status::EXIT => status::OK,
            other => other,
        }
    }
}

/// # Safety
///
/// The instance is one, the name a string of C's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_find(instance: *const Instance, name: *const c_char) -> i64 {
    // SAFETY: as the caller promises.
    let (name, object) = unsafe { (CStr::from_ptr(name), &(*instance).object) };
    let found = name.to_str().ok().and_then(|name| object.find(name));
    found.map_or(-1, i64::from)
}

/// # Safety
///
/// The instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_message(instance: *const Instance) -> *const c_char {
    // SAFETY: as the caller promises.
    let message = unsafe { &(*instance).message };
    message.as_ptr()
}

/// # Safety
///
/// The instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_exit_code(instance: *const Instance) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { (*instance).exit_code }
}

/// # Safety
///
/// The instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_exit(instance: *mut Instance, code: c_int) -> c_int {
    // SAFETY: as the caller promises. The machine reads it when the function returns.
    unsafe { (*instance).object.set_exit_code(code) };
    status::EXIT
}

/// # Safety
///
/// The instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_memory(
    instance: *const Instance,
    address: u64,
    length: u64,
) -> *mut u8 {
    // SAFETY: as the caller promises.
    let object = unsafe { &(*instance).object };
    let memory = object.memory();
    let place = memory.and_then(|memory| memory.place(address, length));
    place.unwrap_or(std::ptr::null_mut())
}

/// # Safety
///
/// The instance is one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn vbcrt_memory_size(instance: *const Instance) -> u64 {
    // SAFETY: as the caller promises.
    let object = unsafe { &(*instance).object };
    let memory = object.memory();
    memory.map_or(0, |memory| memory.len())
}
