//! Functions of the program that C calls.

use std::any::Any;
use std::cell::Cell;
use std::collections::HashMap;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use libffi::low::{self, CodePtr};
use libffi::middle::{Cif, Type};
use libffi::raw;

use crate::fault;
use crate::layout::{Layout, ffi_type, value};
use crate::slots::Slots;
use vbc_core::isa::{FuncType, Trap};
use vbc_core::module::native::Callback;
use vbc_runtime::Stop;
use vbc_runtime::host::{NativeCaller, NativePlace, NativeSurroundings};

/// A call of a native function that has not returned.
pub(crate) struct Active<'a> {
    program: &'a mut dyn NativeCaller,
    /// Why the program does not go on. Functions of the program do nothing from then on.
    stop: Option<Stop>,
    /// A panic in a function of an embedder's.
    panic: Option<Box<dyn Any + Send>>,
}

/// What the libraries of a program have been given: functions of the program, and who is to run them.
#[derive(Default)]
pub(crate) struct Instance {
    /// The innermost call of a native function, and the thread that made it; 0 when there is none.
    active: AtomicPtr<c_void>,
    thread: AtomicUsize,
    closures: Mutex<HashMap<(u32, Callback), Closure>>,
}

thread_local! {
    /// Its address is a number of the thread, not 0.
    static HERE: Cell<u8> = const { Cell::new(0) };
}

fn this_thread() -> usize {
    HERE.with(|here| std::ptr::from_ref(here) as usize)
}

impl Instance {
    /// Has `call` made, during which the program's functions are run by `program`.
    pub(crate) fn during(
        &self,
        program: &mut dyn NativeCaller,
        call: impl FnOnce(),
    ) -> Result<(), Stop> {
        let mut active = Active {
            program,
            stop: None,
            panic: None,
        };
        let inner = self.note((&raw mut active).cast(), this_thread());
        call();
        drop(inner);
        if let Some(panic) = active.panic {
            std::panic::resume_unwind(panic);
        }
        active.stop.map_or(Ok(()), Err)
    }

    /// Notes a call and its thread, as long as the result lives.
    fn note(&self, active: *mut c_void, thread: usize) -> Inner<'_> {
        // Only the thread that is in a call writes, so that nothing needs to be exchanged, which would take as long as
        // all the rest. Others read which thread it is.
        let outer = Inner {
            instance: self,
            active: self.active.load(Ordering::Relaxed),
            thread: self.thread.load(Ordering::Relaxed),
        };
        self.active.store(active, Ordering::Relaxed);
        self.thread.store(thread, Ordering::Relaxed);
        outer
    }

    /// The address by which C calls function `function` of a program; `has_type` tells whether it has a type.
    ///
    /// # Errors
    ///
    /// A trap when the function is of another type, or the system has no room for code.
    pub(crate) fn closure(
        self: &Arc<Self>,
        function: u32,
        callback: &Callback,
        has_type: &dyn Fn(u32, &FuncType) -> bool,
    ) -> Result<usize, Trap> {
        let mut closures = self.closures.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (function, callback.clone());
        if let Some(closure) = closures.get(&key) {
            return Ok(closure.code);
        }
        if !has_type(function, &callback.func_type()) {
            return Err(Trap::IndirectCallType);
        }
        let closure = Closure::new(function, callback, Arc::as_ptr(self));
        let closure = closure.ok_or(Trap::HostFault)?;
        let code = closure.code;
        closures.insert(key, closure);
        Ok(code)
    }
}

/// A call in another one, which is the innermost again when this is dropped, also by a panic.
struct Inner<'i> {
    instance: &'i Instance,
    /// The other.
    active: *mut c_void,
    thread: usize,
}

impl Drop for Inner<'_> {
    fn drop(&mut self) {
        self.instance.thread.store(self.thread, Ordering::Relaxed);
        self.instance.active.store(self.active, Ordering::Relaxed);
    }
}

impl NativeSurroundings for Instance {
    unsafe fn during(
        &self,
        program: &mut dyn NativeCaller,
        place: *const NativePlace,
        run: &mut dyn FnMut(),
    ) {
        let _place = fault::Called::by_address(place);
        // The program has been told.
        let _ = Instance::during(self, program, run);
    }
}

/// Code that C can call, which calls a function of the program.
struct Closure {
    closure: *mut low::ffi_closure,
    code: usize,
    /// The code knows where it lies.
    _target: Box<Target>,
}

// SAFETY: nothing about closures is bound to a thread.
unsafe impl Send for Closure {}

/// What a closure calls.
struct Target {
    instance: *const Instance,
    function: u32,
    cif: Cif,
    params: Box<[Layout]>,
    /// Slots of all parameters.
    slots: usize,
    result: Option<Layout>,
}

impl Closure {
    fn new(function: u32, callback: &Callback, instance: *const Instance) -> Option<Closure> {
        let result = callback.result.as_ref().map_or_else(Type::void, ffi_type);
        let params: Box<[Layout]> = callback.params.iter().map(Layout::of).collect();
        let target = Box::new(Target {
            instance,
            function,
            cif: Cif::new(callback.params.iter().map(ffi_type), result),
            slots: params.iter().map(Layout::slots).sum(),
            params,
            result: callback.result.as_ref().map(Layout::of),
        });
        let (closure, code) = low::try_closure_alloc()?;
        let data = std::ptr::from_ref(&*target).cast_mut().cast();
        // SAFETY: the closure is new; what it refers to lives as long as it does.
        let status = unsafe {
            raw::ffi_prep_closure_loc(
                closure,
                target.cif.as_raw_ptr(),
                Some(called),
                data,
                code.as_mut_ptr(),
            )
        };
        let made = Closure {
            closure,
            code: CodePtr::as_ptr(code) as usize,
            _target: target,
        };
        (status == raw::ffi_status_FFI_OK).then_some(made)
    }
}

impl Drop for Closure {
    fn drop(&mut self) {
        // SAFETY: nobody calls it any more: the program and its libraries are gone.
        unsafe { low::closure_free(self.closure) };
    }
}

/// What C calls.
unsafe extern "C" fn called(
    _cif: *mut raw::ffi_cif,
    result: *mut c_void,
    args: *mut *mut c_void,
    data: *mut c_void,
) {
    // SAFETY: the closure was made with a target that lives as long as it does, in an instance that does, too.
    let (target, instance) = unsafe {
        let target = &*data.cast::<Target>();
        (target, &*target.instance)
    };
    if instance.thread.load(Ordering::Relaxed) != this_thread() {
        let message: &[u8] = b"error: a native library has called a function of the program from a thread of its own, or while \
            the program was not calling the library; the process ends\n";
        // SAFETY: the bytes are a constant's. Nothing else can be done than to end: there is no program to go on with.
        unsafe {
            libc::write(2, message.as_ptr().cast(), message.len());
            libc::abort();
        }
    }
    let active = instance.active.load(Ordering::Relaxed).cast::<Active<'_>>();
    // SAFETY: it belongs to a call that this thread has made and that has not returned; whoever made it does not use it
    // meanwhile.
    let active = unsafe { &mut *active };
    let values = target.result.as_ref().map_or(0, Layout::slots);
    let mut results = Slots::new(values);
    let results = results.all();
    if active.stop.is_none() && active.panic.is_none() {
        let mut slots = Slots::new(target.slots);
        let slots = slots.all();
        let mut at = 0;
        for (n, layout) in target.params.iter().enumerate() {
            let end = at + layout.slots();
            // SAFETY: libffi has put an argument of the type there.
            unsafe { layout.read((*args.add(n)).cast(), &mut slots[at..end]) };
            at = end;
        }
        let program = &mut *active.program;
        let entered = catch_unwind(AssertUnwindSafe(|| {
            fault::during(None, || program.enter(target.function, slots, results))
        }));
        match entered {
            Ok(Ok(())) => {}
            Ok(Err(stop)) => {
                active.stop = Some(stop);
                results.fill(0);
            }
            Err(panic) => {
                active.panic = Some(panic);
                results.fill(0);
            }
        }
    }
    if let Some(layout) = &target.result {
        let result: *mut u8 = result.cast();
        // SAFETY: libffi has room for a result of the type, and for a word where that is narrower. Narrow integers are
        // extended there.
        unsafe {
            match (layout.scalar(), &*results) {
                (Some(scalar), &[slot]) => {
                    result.cast::<u64>().write_unaligned(value(scalar, slot));
                }
                _ => layout.write(results, result),
            }
        }
    }
}
