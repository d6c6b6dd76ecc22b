//! Calls of C.

use std::ffi::{CStr, CString, c_void};
use std::mem::MaybeUninit;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Instant;

use libffi::middle::{Cif, Type};
use libffi::raw;
use libloading::os::unix::Library;

use crate::callback::Instance;
use crate::fault;
use crate::layout::{Layout, extended, ffi_type, value};
#[cfg(target_arch = "x86_64")]
use crate::registers::Registers;
use crate::slots::{FEW, Slots};
use crate::stack;
use vbc_core::isa::{FuncType, Trap};
use vbc_core::module::native::{CParam, CType, Callback, Extent, Prototype, Scalar};
use vbc_runtime::Stop;
use vbc_runtime::host::{NativeCall, NativeCaller, NativeFunction, text};

/// A native function with what is known of it once and for all.
pub(crate) struct Function {
    code: Arc<Code>,
    is_blocking: bool,
    params: Box<[Param]>,
    /// Words of room for structs that are arguments.
    struct_words: usize,
    result: Option<Layout>,
    /// Whether it only takes a few numbers and pointers, and returns at most one: nothing needs to be prepared.
    is_plain: bool,
    /// The registers for the arguments, when libffi is not needed.
    #[cfg(target_arch = "x86_64")]
    registers: Option<Registers>,
    instance: Arc<Instance>,
}

/// What is called.
pub(crate) struct Code {
    /// The library stays open as long as its function may be called; none when the process is linked with it.
    _library: Option<Arc<Library>>,
    /// Its name and that of the library, for messages.
    words: CString,
    address: usize,
    cif: Cif,
    has_errno: bool,
}

// SAFETY: the description of a function is only read after it has been made, and libffi changes nothing in it.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

/// How an argument gets to C.
enum Param {
    /// C finds it in the slot itself.
    Slot,
    /// What is true is 1.
    Bool,
    /// So many slots are put together.
    Struct(Layout),
    /// The address of so many bytes in the program's memory.
    Buffer(Length),
    /// The address of a text in the program's memory.
    Text,
    /// A function of the program.
    Callback(Callback),
}

/// How long a buffer is.
enum Length {
    Unknown,
    Bytes(u64),
    /// What slot with this number says, as this type.
    Slot(usize, Scalar),
}

impl Code {
    /// Has C called, when the thread knows which function it is in. Returns what `errno` is then.
    fn watched(&self, call: impl FnOnce()) -> i32 {
        fault::during(Some(&self.words), || {
            if !self.has_errno {
                call();
                return 0;
            }
            // SAFETY: `errno` is the thread's own.
            unsafe {
                *libc::__errno_location() = 0;
                call();
                *libc::__errno_location()
            }
        })
    }

    /// Calls C with pointers to its arguments. Returns what `errno` is then.
    ///
    /// # Safety
    ///
    /// The pointers lead to arguments of the types of the signature, and `result` to room for the result.
    unsafe fn invoke(&self, pointers: *mut *mut c_void, result: *mut c_void) -> i32 {
        self.watched(|| {
            // SAFETY: whoever permitted the library vouches for the function; the rest is as the caller promises.
            unsafe {
                let code = std::mem::transmute::<usize, unsafe extern "C" fn()>(self.address);
                raw::ffi_call(self.cif.as_raw_ptr(), Some(code), result, pointers);
            }
        })
    }
}

impl Function {
    pub(crate) fn new(
        (library, words): (Option<Arc<Library>>, CString),
        address: usize,
        prototype: &Prototype,
        instance: Arc<Instance>,
    ) -> Function {
        let types = prototype.params.iter().map(|param| match param {
            CParam::Value(ty) => ffi_type(ty),
            CParam::Buffer(_) | CParam::Text | CParam::Callback(_) => Type::pointer(),
        });
        let result = prototype.result.as_ref().map_or_else(Type::void, ffi_type);
        let cif = match prototype.fixed {
            Some(fixed) => Cif::new_variadic(types, fixed, result),
            None => Cif::new(types, result),
        };
        let params: Box<[Param]> = prototype
            .params
            .iter()
            .map(|param| match param {
                CParam::Value(CType::Scalar(Scalar::Bool)) => Param::Bool,
                CParam::Value(CType::Scalar(_)) => Param::Slot,
                CParam::Value(ty @ CType::Struct(_)) => Param::Struct(Layout::of(ty)),
                CParam::Buffer(extent) => Param::Buffer(length(prototype, *extent)),
                CParam::Text => Param::Text,
                CParam::Callback(callback) => Param::Callback(callback.clone()),
            })
            .collect();
        let room = |param: &Param| match param {
            Param::Struct(layout) => layout.words(),
            Param::Slot | Param::Bool | Param::Buffer(_) | Param::Text | Param::Callback(_) => 0,
        };
        Function {
            code: Arc::new(Code {
                _library: library,
                words,
                address,
                cif,
                has_errno: prototype.has_errno,
            }),
            is_blocking: prototype.is_blocking,
            struct_words: params.iter().map(room).sum(),
            is_plain: params.len() <= FEW
                && params.iter().all(|param| matches!(param, Param::Slot))
                && !matches!(prototype.result, Some(CType::Struct(_)))
                && !prototype.is_blocking,
            #[cfg(target_arch = "x86_64")]
            registers: Registers::of(prototype),
            params,
            result: prototype.result.as_ref().map(Layout::of),
            instance,
        }
    }

    /// What C gets for each argument, in `converted` where it is not the slot itself.
    fn convert(
        &self,
        args: &[u64],
        program: &mut dyn NativeCaller,
        room: &mut Room<'_>,
    ) -> Result<(), Trap> {
        let (mut at, mut word) = (0, 0);
        for (n, param) in self.params.iter().enumerate() {
            let slot = args
                .get(at..)
                .and_then(<[u64]>::first)
                .copied()
                .unwrap_or(0);
            let (slots, pointer) = match param {
                Param::Slot => (1, (&raw const args[at]).cast_mut()),
                Param::Struct(layout) => {
                    let to = &raw mut room.structs[word];
                    // SAFETY: there is room for all structs, one after the other.
                    unsafe { layout.write(&args[at..], to.cast()) };
                    word += layout.words();
                    (layout.slots(), to)
                }
                Param::Bool | Param::Buffer(_) | Param::Text | Param::Callback(_) => {
                    room.converted[n] = match param {
                        Param::Buffer(length) => buffer(program, slot, length, args)?,
                        Param::Text => {
                            // SAFETY: the memory is the program's, which waits.
                            let text = unsafe { text(program.memory(), slot) };
                            text.ok_or(Trap::MemoryOutOfBounds)?
                        }
                        Param::Callback(callback) => {
                            let has_type = |index, ty: &FuncType| program.has_type(index, ty);
                            self.given(callback, slot, &has_type)?
                        }
                        Param::Bool | Param::Slot | Param::Struct(_) => value(Scalar::Bool, slot),
                    };
                    (1, &raw mut room.converted[n])
                }
            };
            room.pointers[n] = pointer.cast();
            at += slots;
        }
        Ok(())
    }

    /// Calls a function that is plain.
    fn call_plain(
        &self,
        args: &[u64],
        results: &mut [u64],
        program: &mut dyn NativeCaller,
    ) -> Result<(), Stop> {
        #[cfg(target_arch = "x86_64")]
        if let Some(registers) = &self.registers {
            let (mut result, mut errno) = (0, 0);
            self.instance.during(program, || {
                let code = &self.code;
                // SAFETY: whoever permitted the library vouches for the function.
                errno = code.watched(|| unsafe { result = registers.call(code.address, args) });
            })?;
            self.set_results(&[result], errno, results);
            return Ok(());
        }
        let mut pointers = [const { MaybeUninit::<*mut c_void>::uninit() }; FEW];
        for (pointer, arg) in pointers.iter_mut().zip(args) {
            pointer.write(std::ptr::from_ref(arg).cast_mut().cast());
        }
        let (mut result, mut errno) = ([0_u64; 1], 0);
        self.instance.during(program, || {
            // SAFETY: each argument is in its slot, and there is room for the result.
            errno = unsafe {
                self.code
                    .invoke(pointers.as_mut_ptr().cast(), result.as_mut_ptr().cast())
            };
        })?;
        self.set_results(&result, errno, results);
        Ok(())
    }

    /// Takes the results from where C has left them.
    fn set_results(&self, result: &[u64], errno: i32, results: &mut [u64]) {
        let scalar = self.result.as_ref().and_then(Layout::scalar);
        let values = match (&self.result, scalar, &mut *results) {
            (None, ..) => 0,
            (_, Some(scalar), [slot, ..]) => {
                *slot = extended(scalar, result[0]);
                1
            }
            (Some(layout), ..) => {
                // SAFETY: there are as many words as the result has.
                unsafe { layout.read(result.as_ptr().cast(), results) };
                layout.slots()
            }
        };
        if self.code.has_errno
            && let Some(slot) = results.get_mut(values)
        {
            *slot = u64::from(errno as u32);
        }
    }

    /// Has another thread make the call, and waits for it, but not longer than the program has time.
    fn call_elsewhere(
        &self,
        args: &[u64],
        results: &mut [u64],
        program: &mut dyn NativeCaller,
    ) -> Result<(), Stop> {
        let count = self.params.len();
        let words = self.result.as_ref().map_or(0, Layout::words).max(4);
        let mut job = Job {
            args: args.into(),
            pointers: vec![std::ptr::null_mut(); count].into(),
            converted: vec![0; count].into(),
            structs: vec![0; self.struct_words].into(),
            result: vec![0; words].into(),
            errno: 0,
        };
        let mut room = Room {
            pointers: &mut job.pointers,
            converted: &mut job.converted,
            structs: &mut job.structs,
        };
        self.convert(&job.args, program, &mut room)?;
        let (done, wait) = mpsc::sync_channel(1);
        let code = self.code.clone();
        let work = move || {
            let mut job = job;
            let (pointers, result) = (job.pointers.as_mut_ptr(), job.result.as_mut_ptr());
            // SAFETY: the pointers lead to what the job owns, or into memory of the program that stays where it is.
            job.errno = unsafe { code.invoke(pointers, result.cast()) };
            // Nobody may be waiting any more.
            let _ = done.send(job);
        };
        let thread = std::thread::Builder::new().name("native call".to_owned());
        thread.spawn(work).map_err(|_| Trap::HostFault)?;
        let finished = match program.deadline() {
            None => wait.recv().ok(),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                match wait.recv_timeout(left) {
                    Err(RecvTimeoutError::Timeout) => {
                        program.keep_memory();
                        return Err(Stop::TimedOut);
                    }
                    finished => finished.ok(),
                }
            }
        };
        let job = finished.ok_or(Trap::HostFault)?;
        self.set_results(&job.result, job.errno, results);
        Ok(())
    }

    /// The address of code that calls a function of the program.
    fn given(
        &self,
        callback: &Callback,
        slot: u64,
        has_type: &dyn Fn(u32, &FuncType) -> bool,
    ) -> Result<u64, Trap> {
        let Some(function) = slot.checked_sub(1) else {
            return Ok(0);
        };
        let code = self.instance.closure(function as u32, callback, has_type)?;
        Ok(code as u64)
    }
}

/// Where arguments are put that C cannot find in slots.
struct Room<'a> {
    pointers: &'a mut [*mut c_void],
    converted: &'a mut [u64],
    structs: &'a mut [u64],
}

/// A call that another thread makes.
struct Job {
    args: Box<[u64]>,
    /// Into the others, and into the program's memory.
    pointers: Box<[*mut c_void]>,
    converted: Box<[u64]>,
    structs: Box<[u64]>,
    result: Box<[u64]>,
    errno: i32,
}

// SAFETY: what the pointers lead to moves with them, or stays where it is and is used by one thread at a time.
unsafe impl Send for Job {}

impl NativeFunction for Function {
    fn address(&self) -> usize {
        self.code.address
    }

    fn name(&self) -> &CStr {
        &self.code.words
    }

    fn callback(
        &self,
        param: usize,
        slot: u64,
        has_type: &dyn Fn(u32, &FuncType) -> bool,
    ) -> Result<u64, Trap> {
        match self.params.get(param) {
            Some(Param::Callback(callback)) => self.given(callback, slot, has_type),
            Some(Param::Slot | Param::Bool | Param::Struct(_) | Param::Buffer(_) | Param::Text)
            | None => Err(Trap::HostFault),
        }
    }

    unsafe fn call(&self, call: NativeCall<'_>) -> Result<(), Stop> {
        let NativeCall {
            args,
            results,
            program,
        } = call;
        if self.is_plain && stack::has_room() {
            return self.call_plain(args, results, program);
        }
        if self.is_blocking {
            return self.call_elsewhere(args, results, program);
        }
        if !stack::has_room() {
            return Err(Trap::CallStackExhausted.into());
        }
        let count = self.params.len();
        let (mut pointers, mut more_pointers) = ([std::ptr::null_mut(); FEW], Vec::new());
        let pointers = match count <= FEW {
            true => &mut pointers[..count],
            false => {
                more_pointers.resize(count, std::ptr::null_mut());
                &mut more_pointers[..]
            }
        };
        let (mut converted, mut structs) = (Slots::new(count), Slots::new(self.struct_words));
        let mut room = Room {
            pointers,
            converted: converted.all(),
            structs: structs.all(),
        };
        self.convert(args, program, &mut room)?;
        // libffi writes a whole word at least.
        let words = self.result.as_ref().map_or(0, Layout::words).max(4);
        let mut result = Slots::new(words);
        let result = result.all();
        let mut errno = 0;
        let pointers = room.pointers.as_mut_ptr();
        self.instance.during(program, || {
            // SAFETY: the pointers are those of the arguments, and there is room for the result.
            errno = unsafe { self.code.invoke(pointers, result.as_mut_ptr().cast()) };
        })?;
        self.set_results(result, errno, results);
        Ok(())
    }
}

/// How long a buffer is, by the slots of the program.
fn length(prototype: &Prototype, extent: Extent) -> Length {
    let argument = match extent {
        Extent::Unknown => return Length::Unknown,
        Extent::Bytes(count) => return Length::Bytes(count),
        Extent::Argument(argument) => argument,
    };
    let before = prototype.params[..argument].iter();
    let slots = before.map(|param| match param {
        CParam::Value(ty) => Layout::of(ty).slots(),
        CParam::Buffer(_) | CParam::Text | CParam::Callback(_) => 1,
    });
    match &prototype.params[argument] {
        CParam::Value(CType::Scalar(scalar)) => Length::Slot(slots.sum(), *scalar),
        // The signature has been read by a parser that refuses all others.
        CParam::Value(CType::Struct(_))
        | CParam::Buffer(_)
        | CParam::Text
        | CParam::Callback(_) => Length::Unknown,
    }
}

/// The address in the process of a buffer of the program's.
fn buffer(
    program: &mut dyn NativeCaller,
    address: u64,
    length: &Length,
    args: &[u64],
) -> Result<u64, Trap> {
    if address == 0 {
        return Ok(0);
    }
    let length = match *length {
        Length::Unknown => 0,
        Length::Bytes(count) => count,
        Length::Slot(slot, scalar) => unsigned(scalar, args[slot]),
    };
    let (base, size) = program.memory();
    let end = address.checked_add(length).filter(|&end| end <= size);
    end.ok_or(Trap::MemoryOutOfBounds)?;
    Ok(base as u64 + address)
}

/// An integer of C's as an unsigned number.
fn unsigned(scalar: Scalar, slot: u64) -> u64 {
    match scalar {
        Scalar::I8 => slot & 0xff,
        Scalar::I16 => slot & 0xffff,
        Scalar::U8
        | Scalar::U16
        | Scalar::I32
        | Scalar::U32
        | Scalar::I64
        | Scalar::U64
        | Scalar::Bool
        | Scalar::F32
        | Scalar::F64
        | Scalar::Ptr => extended(scalar, slot),
    }
}
