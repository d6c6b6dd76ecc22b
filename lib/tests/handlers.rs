//! Handlers of signals that interrupt native code where its stack ends. They run on the program's stack when whoever has
//! installed them did not ask for another one.
#![cfg(target_os = "linux")]
#![allow(unsafe_code, reason = "signals are sent and handled")]

use std::mem::{MaybeUninit, zeroed};
use std::ops::Range;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use vbc::Vm;
use vbc::host::{HostCall, HostOutcome};
use vbc::isa::{FuncType, Trap};
use vbc::jit::Options;
use vbc::runtime::Value;

/// How often the handler has run on the thread's own stack, and on another one.
static RUNS: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Where the stack of the thread that is interrupted begins and ends.
static OWN: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];

/// Uses as much stack as a profiler that walks frames.
extern "C" fn handle(_: i32) {
    let mut frames = [0_u8; 8 << 10];
    for frame in frames.iter_mut().step_by(64) {
        // SAFETY: the place is one of the array's.
        unsafe { ptr::write_volatile(frame, 1) }
    }
    let here = frames.as_ptr() as usize;
    let [start, end] = [&OWN[0], &OWN[1]].map(|end| end.load(Relaxed));
    RUNS[usize::from(!(start..end).contains(&here))].fetch_add(1, Relaxed);
}

/// The stack of this thread.
fn own_stack() -> Range<usize> {
    let mut attributes = MaybeUninit::uninit();
    let (mut start, mut bytes) = (ptr::null_mut(), 0);
    // SAFETY: the attributes are used once the system has filled them.
    unsafe {
        let status = libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr());
        assert_eq!(status, 0);
        libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut start, &raw mut bytes);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
    }
    start as usize..start as usize + bytes
}

/// A timer that sends this thread `SIGPROF` every 100 microseconds. (`setitimer` would send it to any thread, and not as
/// often.)
struct Profiler {
    timer: libc::timer_t,
}

impl Profiler {
    fn start() -> Profiler {
        let own = own_stack();
        OWN[0].store(own.start, Relaxed);
        OWN[1].store(own.end, Relaxed);
        // SAFETY: all structures are valid where they are zero; the handler uses nothing but its stack and atomics.
        unsafe {
            let mut action: libc::sigaction = zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_RESTART;
            assert_eq!(
                libc::sigaction(libc::SIGPROF, &raw const action, ptr::null_mut()),
                0
            );
            let mut event: libc::sigevent = zeroed();
            event.sigev_notify = libc::SIGEV_THREAD_ID;
            event.sigev_signo = libc::SIGPROF;
            event.sigev_notify_thread_id = libc::gettid();
            let mut timer = ptr::null_mut();
            let status = libc::timer_create(libc::CLOCK_MONOTONIC, &raw mut event, &raw mut timer);
            assert_eq!(status, 0);
            let mut often: libc::itimerspec = zeroed();
            often.it_interval.tv_nsec = 100_000;
            often.it_value.tv_nsec = 100_000;
            assert_eq!(
                libc::timer_settime(timer, 0, &raw const often, ptr::null_mut()),
                0
            );
            Profiler { timer }
        }
    }
}

impl Drop for Profiler {
    fn drop(&mut self) {
        // SAFETY: the timer is there. A signal that it has sent already finds the handler.
        unsafe { libc::timer_delete(self.timer) };
    }
}

const PROGRAM: &str = "\
.import func \"env:touch\" as touch()
FUNC down(n) -> i64
  IF n, more
  CALL touch
  RETURN n
more:
  SUB n, n, 1
  CALL down, n -> m
  ADD m, m, 1
  RETURN m
END
; Stays a while where the stack ends.
FUNC bottom(n, turns) -> i64
  IF n, more
again:
  SUB turns, turns, 1
  CALL touch
  IF turns, again
  RETURN n
more:
  SUB n, n, 1
  CALL bottom, n, turns -> m
  ADD m, m, 1
  RETURN m
END
";

#[test]
fn signals_arrive_where_the_stack_ends() {
    for signals in [true, false] {
        let options = Options {
            signals,
            ..Options::default()
        };
        let mut vm = Vm::new().with_native_code(options);
        let touch = |_: &mut HostCall<'_>| HostOutcome::Done;
        vm.define("env", "touch", FuncType::default(), Box::new(touch));
        let module =
            vbc::asm::assemble_verified(PROGRAM.as_bytes(), "test.vitasm", &Default::default());
        let module = module.unwrap_or_else(|errors| panic!("{errors}"));
        vm.load(module.into_inner())
            .unwrap_or_else(|errors| panic!("{errors}"));
        // Whether `bottom` gets that deep.
        let mut reaches = |depth: i64, turns: i64| {
            let bottom = vm.invoke("bottom", &[Value::I64(depth), Value::I64(turns)]);
            match bottom {
                Ok(values) => assert_eq!(values, [Value::I64(depth)]),
                Err(vbc::RunError::Trapped(report)) => {
                    assert_eq!(report.trap, Trap::CallStackExhausted);
                    return false;
                }
                Err(other) => panic!("{other}"),
            }
            true
        };
        let (mut deepest, mut beyond) = (1, 1 << 30);
        while deepest + 1 < beyond {
            let middle = (deepest + beyond) / 2;
            match reaches(middle, 1) {
                true => deepest = middle,
                false => beyond = middle,
            }
        }
        let profiler = Profiler::start();
        let before = RUNS[1].load(Relaxed);
        let enough = || RUNS[1].load(Relaxed) >= before + 500;
        let tries = (0..100_000).take_while(|_| !enough());
        for n in tries {
            // Loops at the end of the stack, and calls up to it and beyond.
            assert!(reaches(deepest, 10_000));
            assert!(!reaches(deepest + 1 + n % 50, 1));
        }
        drop(profiler);
        assert!(enough(), "{RUNS:?}");
    }
    assert!(RUNS[0].load(Relaxed) > 0, "{RUNS:?}");
}
