//! Tells a debugger the names of compiled functions, by gdb's interface for code that is made at run
//! time: an object file in memory with a symbol for each function.

#![allow(unsafe_code, reason = "debuggers read a list that C links")]

use std::ptr;
use std::sync::Mutex;

use vbc_core::module::NameSpace;

use super::instance::NativeInstance;
use vbc_runtime::engine::Engine;

/// An object file that the debugger reads; the list of them is its to walk.
#[repr(C)]
struct Entry {
    next: *mut Entry,
    previous: *mut Entry,
    file: *const u8,
    size: u64,
}

/// Where the debugger begins to read.
#[repr(C)]
struct Descriptor {
    version: u32,
    action: u32,
    relevant: *mut Entry,
    first: *mut Entry,
}

/// The entry has been added.
const REGISTER: u32 = 1;

// SAFETY: the debugger looks for these two names; nothing else has them.
#[unsafe(no_mangle)]
static mut __jit_debug_descriptor: Descriptor = Descriptor {
    version: 1,
    action: 0,
    relevant: ptr::null_mut(),
    first: ptr::null_mut(),
};

/// The debugger stops here to read the descriptor.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn __jit_debug_register_code() {
    // Not to be taken for a function that does nothing.
    // SAFETY: there are no instructions in it.
    unsafe { core::arch::asm!("", options(nomem, nostack, preserves_flags)) }
}

/// Held while the list is changed.
static LIST: Mutex<()> = Mutex::new(());

impl NativeInstance {
    /// Tells a debugger that is attached to the process, or will be, where each function lies. What it
    /// is told stays valid for the process's whole life and is never freed.
    pub fn tell_debugger(&self) {
        let file: &'static [u8] = self.object().leak();
        let entry = Box::leak(Box::new(Entry {
            next: ptr::null_mut(),
            previous: ptr::null_mut(),
            file: file.as_ptr(),
            size: file.len() as u64,
        }));
        let Ok(_held) = LIST.lock() else { return };
        // SAFETY: only this function uses the descriptor, under the lock; the debugger reads it
        // while the process is stopped.
        unsafe {
            let descriptor = &raw mut __jit_debug_descriptor;
            entry.next = (*descriptor).first;
            if let Some(first) = (*descriptor).first.as_mut() {
                first.previous = entry;
            }
            (*descriptor).first = entry;
            (*descriptor).relevant = entry;
            (*descriptor).action = REGISTER;
        }
        __jit_debug_register_code();
    }

    /// A relocatable ELF file with a section at the code's place and the symbols in it.
    fn object(&self) -> Vec<u8> {
        let module = self.program().module();
        let ranges: Vec<(u32, usize, usize)> = self.code_ranges().collect();
        let base = ranges.first().map_or(0, |&(_, start, _)| start as u64);
        let end = ranges
            .last()
            .map_or(0, |&(_, start, len)| (start + len) as u64);
        let mut names = vec![0_u8];
        let mut symbols = vec![0_u8; SYMBOL];
        for (function, start, length) in ranges {
            let name = module.display_name(NameSpace::Func, function);
            // Name, then STB_LOCAL and STT_FUNC, then section 1.
            symbols.extend((names.len() as u32).to_le_bytes());
            symbols.extend([2, 0, 1, 0]);
            symbols.extend((start as u64 - base).to_le_bytes());
            symbols.extend((length as u64).to_le_bytes());
            names.extend(name.bytes().filter(|&byte| byte != 0));
            names.push(0);
        }
        let count = (symbols.len() / SYMBOL) as u32;
        let mut file = header();
        let symbols_at = file.len() as u64;
        file.extend(&symbols);
        let names_at = file.len() as u64;
        file.extend(&names);
        let sections_at = file.len() as u64;
        file.extend(SECTION_NAMES);
        file.resize(file.len().next_multiple_of(8), 0);
        let headers_at = file.len() as u64;
        let section =
            |name: u32, kind: u32, flags: u64, address: u64, at: u64, size: u64| Section {
                name,
                kind,
                flags,
                address,
                at,
                size,
                link: 0,
                info: 0,
                entry: 0,
            };
        for section in [
            section(0, 0, 0, 0, 0, 0),
            // SHT_NOBITS; it is allocated and executable.
            section(1, 8, 2 | 4, base, 0, end - base),
            Section {
                link: 3,
                info: count,
                entry: SYMBOL as u64,
                ..section(7, 2, 0, 0, symbols_at, symbols.len() as u64)
            },
            section(15, 3, 0, 0, names_at, names.len() as u64),
            section(23, 3, 0, 0, sections_at, SECTION_NAMES.len() as u64),
        ] {
            section.write(&mut file);
        }
        file[HEADERS_AT..HEADERS_AT + 8].copy_from_slice(&headers_at.to_le_bytes());
        file
    }
}

/// Bytes of a symbol.
const SYMBOL: usize = 24;

/// The names of the sections.
const SECTION_NAMES: &[u8] = b"\0.text\0.symtab\0.strtab\0.shstrtab\0";

/// Where the file's header has the offset of the section headers.
const HEADERS_AT: usize = 40;

/// A section header.
struct Section {
    name: u32,
    kind: u32,
    flags: u64,
    address: u64,
    at: u64,
    size: u64,
    link: u32,
    info: u32,
    entry: u64,
}

impl Section {
    fn write(&self, file: &mut Vec<u8>) {
        file.extend(self.name.to_le_bytes());
        file.extend(self.kind.to_le_bytes());
        for word in [self.flags, self.address, self.at, self.size] {
            file.extend(word.to_le_bytes());
        }
        file.extend(self.link.to_le_bytes());
        file.extend(self.info.to_le_bytes());
        for word in [8, self.entry] {
            file.extend(word.to_le_bytes());
        }
    }
}

/// The header of a relocatable file for this machine, without the offset of its section headers.
fn header() -> Vec<u8> {
    let machine: u16 = match () {
        () if cfg!(target_arch = "x86_64") => 62,
        () if cfg!(target_arch = "aarch64") => 183,
        () => 243,
    };
    let mut header = b"\x7fELF\x02\x01\x01".to_vec();
    header.resize(16, 0);
    header.extend(1_u16.to_le_bytes());
    header.extend(machine.to_le_bytes());
    header.extend(1_u32.to_le_bytes());
    // Entry, program headers, section headers; flags.
    header.resize(header.len() + 3 * 8 + 4, 0);
    for half in [64_u16, 0, 0, 64, 5, 4] {
        header.extend(half.to_le_bytes());
    }
    header
}
