//! Traps as signals.

#![allow(unsafe_code, reason = "signals are handled")]

use std::cell::Cell;
use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr;
use std::sync::OnceLock;

use super::machine::NativeMachine;
use super::stack::Stack;

/// The signals by which processors refuse an instruction or an access.
const SIGNALS: [i32; 5] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGILL,
    libc::SIGFPE,
    libc::SIGTRAP,
];

/// What handled the signals before.
static BEFORE: OnceLock<[libc::sigaction; SIGNALS.len()]> = OnceLock::new();

thread_local! {
    /// The machine whose code this thread is running.
    static RUNNING: Cell<*mut NativeMachine> = const { Cell::new(ptr::null_mut()) };

    /// The stack for handlers of signals that the thread got here, if it had none.
    static HANDLER_STACK: Option<HandlerStack> = HandlerStack::install();
}

/// While it lives, this thread is running code of a machine.
pub(super) struct Running {
    before: *mut NativeMachine,
}

impl Running {
    pub(super) fn new(machine: *mut NativeMachine) -> Running {
        install();
        // A thread that ends already goes without, which costs handlers room on the program's stack.
        let _ = HANDLER_STACK.try_with(|_| ());
        Running {
            before: RUNNING.replace(machine),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        RUNNING.set(self.before);
    }
}

/// A stack for a thread's handlers of signals. Without, those of traps would run on the program's stack, below its limit.
struct HandlerStack {
    stack: ManuallyDrop<Stack>,
}

impl HandlerStack {
    /// Gives this thread one, unless it has one or the system refuses.
    fn install() -> Option<HandlerStack> {
        if present()?.ss_flags & libc::SS_DISABLE == 0 {
            return None;
        }
        // Below the limit, it has the room that handlers have on a program's stack.
        let handlers = HandlerStack {
            stack: ManuallyDrop::new(Stack::new(0).ok()?),
        };
        let range = handlers.stack.range();
        let wanted = libc::stack_t {
            ss_sp: range.start as *mut libc::c_void,
            ss_flags: 0,
            ss_size: range.len(),
        };
        // SAFETY: nobody else uses the stack, which stays until the thread has another one, or none.
        let status = unsafe { libc::sigaltstack(&raw const wanted, ptr::null_mut()) };
        (status == 0).then_some(handlers)
    }
}

impl Drop for HandlerStack {
    fn drop(&mut self) {
        let own = self.stack.range().start;
        let is_own = |present: libc::stack_t| {
            present.ss_sp as usize == own && present.ss_flags & libc::SS_DISABLE == 0
        };
        if present().is_none_or(is_own) {
            let none = libc::stack_t {
                ss_sp: ptr::null_mut(),
                ss_flags: libc::SS_DISABLE,
                ss_size: 0,
            };
            // SAFETY: the thread ends, and has no stack for handlers as in the beginning.
            let status = unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) };
            if status != 0 {
                // A handler ends the thread, and runs there.
                return;
            }
        }
        // SAFETY: it is dropped once, here.
        unsafe { ManuallyDrop::drop(&mut self.stack) }
    }
}

/// The stack that this thread has for handlers of signals.
fn present() -> Option<libc::stack_t> {
    let mut present = MaybeUninit::uninit();
    // SAFETY: changes nothing, and is read only once the system has filled it.
    unsafe {
        let status = libc::sigaltstack(ptr::null(), present.as_mut_ptr());
        (status == 0).then(|| present.assume_init())
    }
}

/// Installs the handler, once for the process.
fn install() {
    BEFORE.get_or_init(|| {
        SIGNALS.map(|signal| {
            let mut before = MaybeUninit::<libc::sigaction>::zeroed();
            // SAFETY: a zeroed structure is a valid one.
            let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            // SAFETY: both structures are valid; the handler is safe to run at any time. A signal
            // that cannot be handled is left as it is.
            unsafe {
                // A thread's stack for handlers may have no room for two: others wait until this one is left.
                libc::sigfillset(&raw mut action.sa_mask);
                for fault in SIGNALS {
                    libc::sigdelset(&raw mut action.sa_mask, fault);
                }
                libc::sigaction(signal, &raw const action, before.as_mut_ptr());
                before.assume_init()
            }
        })
    });
}

/// Takes the signal if it is a trap of code that this thread is running; otherwise passes it on.
extern "C" fn handle(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let machine = RUNNING.get();
    // SAFETY: the machine lives while the thread runs its code, and the system passes the thread's
    // registers.
    unsafe {
        if !machine.is_null() && take(machine, signal, &mut *context.cast()) {
            return;
        }
        pass_on(signal, info, context);
    }
}

/// Makes the thread continue where traps are reported, if it is at a trap.
///
/// # Safety
///
/// The machine is the one whose code the thread was running.
unsafe fn take(machine: *mut NativeMachine, signal: i32, thread: &mut libc::ucontext_t) -> bool {
    let registers = Registers::of(thread);
    // SAFETY: the map of a running machine stays, and whoever adds to it meanwhile does not disturb readers.
    let code = unsafe { &*(*machine).code };
    let Some((trap, in_prologue)) = code.trap_at(registers.pc) else {
        return false;
    };
    let place = if in_prologue { 0 } else { registers.pc };
    let fault = usize::from(matches!(signal, libc::SIGSEGV | libc::SIGBUS));
    let args = [machine as usize, trap as usize, place, registers.fp, fault];
    // SAFETY: as above.
    let sp = unsafe { (*machine).context.host.sp };
    call(
        thread,
        NativeMachine::trapped as *const () as usize,
        sp,
        args,
    );
    true
}

struct Registers {
    pc: usize,
    fp: usize,
}

#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
impl Registers {
    fn of(thread: &libc::ucontext_t) -> Registers {
        let get = |register: i32| thread.uc_mcontext.gregs[register as usize] as usize;
        Registers {
            pc: get(libc::REG_RIP),
            fp: get(libc::REG_RBP),
        }
    }
}

/// Makes the thread continue as if it had called `function` where its stack stands at `sp`.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn call(thread: &mut libc::ucontext_t, function: usize, sp: usize, args: [usize; 5]) {
    let mut set = |register: i32, value: usize| {
        thread.uc_mcontext.gregs[register as usize] = value as i64;
    };
    set(libc::REG_RIP, function);
    // As after a call, which puts the return address there.
    set(libc::REG_RSP, sp - 8);
    let registers = [
        libc::REG_RDI,
        libc::REG_RSI,
        libc::REG_RDX,
        libc::REG_RCX,
        libc::REG_R8,
    ];
    for (register, value) in registers.into_iter().zip(args) {
        set(register, value);
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
impl Registers {
    fn of(thread: &libc::ucontext_t) -> Registers {
        let machine = &thread.uc_mcontext;
        Registers {
            pc: machine.pc as usize,
            fp: machine.regs[29] as usize,
        }
    }
}

#[cfg(all(target_os = "linux", target_arch = "aarch64"))]
fn call(thread: &mut libc::ucontext_t, function: usize, sp: usize, args: [usize; 5]) {
    let machine = &mut thread.uc_mcontext;
    machine.pc = function as u64;
    machine.sp = sp as u64;
    for (register, value) in machine.regs.iter_mut().zip(args) {
        *register = value as u64;
    }
}

#[cfg(all(target_os = "linux", target_arch = "riscv64"))]
impl Registers {
    fn of(thread: &libc::ucontext_t) -> Registers {
        let all = &thread.uc_mcontext.__gregs;
        Registers {
            pc: all[0] as usize,
            fp: all[8] as usize,
        }
    }
}

#[cfg(all(target_os = "linux", target_arch = "riscv64"))]
fn call(thread: &mut libc::ucontext_t, function: usize, sp: usize, args: [usize; 5]) {
    let all = &mut thread.uc_mcontext.__gregs;
    all[0] = function as _;
    all[2] = sp as _;
    for (register, value) in all[10..].iter_mut().zip(args) {
        *register = value as _;
    }
}

/// Does what would have happened without this handler.
///
/// # Safety
///
/// The arguments are those of a handler.
unsafe fn pass_on(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    let at = SIGNALS.iter().position(|&known| known == signal);
    let before = at.and_then(|at| BEFORE.get()?.get(at));
    let handler = before.map_or(libc::SIG_DFL, |before| before.sa_sigaction);
    // SAFETY: what was installed before is called as it asked to be, with the signals that it has been given.
    unsafe {
        let interrupted: *mut libc::ucontext_t = context.cast();
        libc::pthread_sigmask(
            libc::SIG_SETMASK,
            &raw const (*interrupted).uc_sigmask,
            ptr::null_mut(),
        );
        if let Some(before) = before {
            libc::pthread_sigmask(libc::SIG_BLOCK, &raw const before.sa_mask, ptr::null_mut());
        }
        match (handler, before) {
            (libc::SIG_IGN, _) => {}
            (libc::SIG_DFL, _) | (_, None) => {
                // The instruction is run again, and the system ends the process.
                let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
                action.sa_sigaction = libc::SIG_DFL;
                libc::sigaction(signal, &raw const action, ptr::null_mut());
            }
            (_, Some(before)) if before.sa_flags & libc::SA_SIGINFO != 0 => {
                type Handler = extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void);
                std::mem::transmute::<usize, Handler>(handler)(signal, info, context);
            }
            (_, Some(_)) => std::mem::transmute::<usize, extern "C" fn(i32)>(handler)(signal),
        }
    }
}
