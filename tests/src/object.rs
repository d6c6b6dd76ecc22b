//! Object files of `vbc-aot` put into memory as a linker and the system would, so that thousands of them
//! can be run without linking each.

#![allow(unsafe_code, reason = "an object is loaded by hand")]

use std::collections::HashMap;

use object::elf::{R_X86_64_64, R_X86_64_PC32, R_X86_64_PLT32};
use object::{
    File, Object, ObjectSection, ObjectSymbol, RelocationFlags, RelocationTarget, SectionFlags,
    SectionIndex, SymbolSection,
};
use vbc_native::image::{ABI_SYMBOL, IMAGE_SYMBOL, Image};

/// Sections of an object at their places. What refers to them must not outlive it.
pub struct Loaded {
    base: *mut u8,
    bytes: usize,
    image: usize,
}

/// Why an object cannot be put into memory.
#[derive(Debug)]
pub enum Fault {
    /// These symbols are not defined.
    Undefined(Vec<String>),
    /// Something is wrong with the object.
    Broken(String),
}

impl From<object::Error> for Fault {
    fn from(error: object::Error) -> Fault {
        Fault::Broken(error.to_string())
    }
}

/// What the runtime library and C define, as far as tests call it.
fn outside(name: &str) -> Option<usize> {
    extern "C" fn never() -> ! {
        // The tests enter code by its trampolines only.
        std::process::abort()
    }
    static CHECK: u8 = 1;
    Some(match name {
        ABI_SYMBOL => &raw const CHECK as usize,
        "vbcrt_main" | "vbcrt_call" => never as *const () as usize,
        _ => return None,
    })
}

/// Bytes of a jump to any address: `jmp [rip]`, then the address.
const JUMP: usize = 16;

impl Loaded {
    /// Puts an x86-64 object into memory.
    ///
    /// # Errors
    ///
    /// Symbols that nothing defines, and everything that no object of `vbc-aot` has.
    ///
    /// # Panics
    ///
    /// When the system has no memory.
    pub fn new(bytes: &[u8]) -> Result<Loaded, Fault> {
        let file = File::parse(bytes)?;
        let jumps = jumps(&file)?;
        let mut size = jumps.len() * JUMP;
        let mut places: HashMap<SectionIndex, usize> = HashMap::new();
        for section in file.sections() {
            if is_loaded(&section) {
                size = size.next_multiple_of(section.align().max(1) as usize);
                places.insert(section.index(), size);
                size += section.size() as usize;
            }
        }
        let mut loaded = Loaded::reserve(size);
        loaded.fill(&file, &places, &jumps)?;
        let image = file.symbol_by_name(IMAGE_SYMBOL);
        let image = image.and_then(|symbol| Some((symbol.section_index()?, symbol.address())));
        let (section, at) = image.ok_or(Fault::Broken("no image".into()))?;
        loaded.image = loaded.base as usize + places[&section] + at as usize;
        Ok(loaded)
    }

    /// The image.
    ///
    /// # Safety
    ///
    /// Whoever uses it does so no longer than `self` lives.
    pub unsafe fn image(&self) -> &'static Image {
        // SAFETY: the object's image lies there, relocated.
        unsafe { &*(self.image as *const Image) }
    }

    fn reserve(bytes: usize) -> Loaded {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        let all = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        // SAFETY: asks for a fresh range of the system's choice.
        let base = unsafe { libc::mmap(std::ptr::null_mut(), bytes, all, flags, -1, 0) };
        assert_ne!(base, libc::MAP_FAILED, "no memory for an object");
        Loaded {
            base: base.cast(),
            bytes,
            image: 0,
        }
    }

    fn fill(
        &mut self,
        file: &File<'_>,
        places: &HashMap<SectionIndex, usize>,
        jumps: &HashMap<String, usize>,
    ) -> Result<(), Fault> {
        let base = self.base as usize;
        // SAFETY: this many bytes are mapped, and nobody else knows them yet.
        let memory = unsafe { std::slice::from_raw_parts_mut(self.base, self.bytes) };
        for (name, &at) in jumps {
            let target = outside(name).unwrap_or(0);
            memory[at..at + 6].copy_from_slice(&[0xff, 0x25, 0, 0, 0, 0]);
            memory[at + 6..at + 14].copy_from_slice(&target.to_le_bytes());
        }
        for section in file.sections() {
            let Some(&start) = places.get(&section.index()) else {
                continue;
            };
            let content = section.data()?;
            memory[start..start + content.len()].copy_from_slice(content);
            for (offset, relocation) in section.relocations() {
                let RelocationTarget::Symbol(symbol) = relocation.target() else {
                    return Err(Fault::Broken("a relocation without a symbol".into()));
                };
                let RelocationFlags::Elf { r_type } = relocation.flags() else {
                    return Err(Fault::Broken("no ELF relocation".into()));
                };
                let symbol = file.symbol_by_index(symbol)?;
                let target = match symbol.section() {
                    SymbolSection::Section(section) => {
                        base + places[&section] + symbol.address() as usize
                    }
                    _ if r_type == R_X86_64_64 => outside(symbol.name()?).unwrap_or(0),
                    _ => base + jumps[symbol.name()?],
                };
                let at = start + offset as usize;
                let value = (target as i64).wrapping_add(relocation.addend());
                let relative = value.wrapping_sub((base + at) as i64);
                match r_type {
                    R_X86_64_64 => memory[at..at + 8].copy_from_slice(&value.to_le_bytes()),
                    R_X86_64_PC32 | R_X86_64_PLT32 => {
                        let relative = i32::try_from(relative);
                        let relative = relative.map_err(|_| Fault::Broken("too far".into()))?;
                        memory[at..at + 4].copy_from_slice(&relative.to_le_bytes());
                    }
                    other => return Err(Fault::Broken(format!("relocation {other:?}"))),
                }
            }
        }
        Ok(())
    }
}

impl Drop for Loaded {
    fn drop(&mut self) {
        // SAFETY: our own mapping; nobody uses it any more.
        unsafe { libc::munmap(self.base.cast(), self.bytes) };
    }
}

fn is_loaded(section: &object::Section<'_, '_>) -> bool {
    match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags.contains(object::elf::SHF_ALLOC),
        _ => false,
    }
}

/// A place for a jump to each symbol that the object does not define.
fn jumps(file: &File<'_>) -> Result<HashMap<String, usize>, Fault> {
    let mut jumps = HashMap::new();
    let mut undefined = Vec::new();
    for symbol in file.symbols().filter(ObjectSymbol::is_undefined) {
        let name = symbol.name()?.to_owned();
        if name.is_empty() {
            continue;
        }
        match outside(&name) {
            Some(_) => {
                let at = jumps.len() * JUMP;
                jumps.insert(name, at);
            }
            None => undefined.push(name),
        }
    }
    match undefined.is_empty() {
        true => Ok(jumps),
        false => Err(Fault::Undefined(undefined)),
    }
}
