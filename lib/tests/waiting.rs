//! Host functions that have to wait.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use vbc::host::{Host, HostFunction, HostOutcome, Trial, Wait, Waker};
use vbc::isa::{FuncType, Trap, ValType::I64};
use vbc::runtime::{Limits, Value};
use vbc::{RunError, Vm};

const PROGRAM: &str = r#"
.import func "test:wait" as wait(i64) -> i64
FUNC call(x: i64) -> i64
  .export "call"
  CALL wait, x -> y
  RETURN y
END
"#;

/// Calls the function with 5.
fn call(function: HostFunction, limits: Limits, trial: Trial) -> Result<Vec<Value>, RunError> {
    let mut host = Host::default();
    host.trial = trial;
    let ty = FuncType::new(&[I64], &[I64]);
    host.define("test", "wait", ty, function);
    let module = vbc::asm::assemble(PROGRAM.as_bytes(), "waits.vitasm", &Default::default());
    let mut vm = Vm::new().with_host(host).with_limits(limits);
    vm.load(module.expect("it is right"))?;
    vm.invoke("call", &[Value::I64(5)])
}

fn trials() -> [Trial; 2] {
    let blocks = Trial {
        blocks: true,
        ..Trial::default()
    };
    [Trial::default(), blocks]
}

#[test]
fn somebody_outside_ends_a_wait() {
    for trial in trials() {
        let waker = Waker::new().expect("a waker");
        let (sender, answers) = mpsc::channel();
        let (asked, questions) = mpsc::channel::<i64>();
        let other = thread::spawn({
            let waker = waker.clone();
            move || {
                let question = questions.recv().expect("a question");
                sender.send(question * 2).expect("somebody listens");
                waker.wake();
            }
        });
        let function: HostFunction = Box::new(move |call| {
            if call.progress() == 0 {
                let Some(Value::I64(question)) = call.arg(0) else {
                    return Trap::HostFault.into();
                };
                asked.send(question).expect("somebody listens");
                call.set_progress(1);
            }
            match answers.try_recv() {
                Ok(answer) => {
                    call.set_result(0, Value::I64(answer));
                    HostOutcome::Done
                }
                Err(_) => Wait::for_waker(waker.clone()).into(),
            }
        });
        let done = call(function, Limits::default(), trial);
        assert_eq!(done, Ok(vec![Value::I64(10)]));
        other.join().expect("it ends");
    }
}

#[test]
fn the_time_limit_holds_in_a_wait() {
    let limits = Limits {
        timeout: Some(Duration::from_millis(50)),
        ..Limits::default()
    };
    let waker = Waker::new().expect("a waker");
    let forever: HostFunction = Box::new(move |_| Wait::for_waker(waker.clone()).into());
    let done = call(forever, limits.clone(), Trial::default());
    assert_eq!(done, Err(RunError::TimedOut));
    let again: HostFunction = Box::new(|_| Wait::until(Instant::now()).into());
    assert_eq!(
        call(again, limits, Trial::default()),
        Err(RunError::TimedOut)
    );
}

#[test]
fn a_wait_for_nothing_traps() {
    let function: HostFunction = Box::new(|_| Wait::default().into());
    let done = call(function, Limits::default(), Trial::default());
    assert!(matches!(done, Err(RunError::Trapped(report)) if report.trap == Trap::HostFault));
}

#[test]
fn what_is_paid_is_paid_once_and_results_are_lost() {
    for trial in trials() {
        // A unit for the call, and two for the 9,000 bytes that it pays for in each attempt.
        for (fuel, enough) in [(3, true), (2, false)] {
            let limits = Limits {
                fuel: Some(fuel),
                ..Limits::default()
            };
            let function: HostFunction = Box::new(|call| {
                for _ in 0..3 {
                    if let Err(outcome) = call.pay(3_000) {
                        return outcome;
                    }
                }
                let before = call.progress();
                if before < 3 {
                    call.set_result(0, Value::I64(7));
                    call.set_progress(before + 1);
                    return Wait::until(Instant::now()).into();
                }
                HostOutcome::Done
            });
            let done = call(function, limits, trial);
            let expected = enough.then(|| vec![Value::I64(0)]);
            assert_eq!(done, expected.ok_or(RunError::OutOfFuel));
        }
    }
}

/// How often a function does its work that looks once and blocks after it, for a moment that has passed when the wait
/// has ended.
fn halves(trial: Trial) -> i64 {
    let count = Arc::new(AtomicI64::new(0));
    let seen = count.clone();
    let mut moment = None;
    let function: HostFunction = Box::new(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        let moment = *moment.get_or_insert_with(|| Instant::now() + Duration::from_millis(50));
        match Instant::now() < moment {
            true => Wait::until(moment).into(),
            false => HostOutcome::Done,
        }
    });
    call(function, Limits::default(), trial).expect("it ends");
    seen.load(Ordering::Relaxed)
}

#[test]
fn a_trial_shows_that_a_function_does_half_its_work_again() {
    assert_eq!(trials().map(halves), [2, 3]);
}
