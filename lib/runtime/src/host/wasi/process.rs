//! Arguments, environment, clocks, randomness, the end of the program.

use super::super::HostOutcome;
use super::abi::SIGNALS;
use super::call::{Call, Done, Stop};
use super::errno::Errno;

/// Puts the number of strings and the size of all of them, with a zero byte each, into the places
/// of the first two arguments.
fn put_sizes(call: &mut Call<'_, '_>, strings: &[Vec<u8>]) -> Done {
    let (count_at, size_at) = (call.int(0), call.int(1));
    let size: usize = strings.iter().map(|string| string.len() + 1).sum();
    let size = u32::try_from(size).map_err(|_| Errno::Overflow)?;
    let count = u32::try_from(strings.len()).map_err(|_| Errno::Overflow)?;
    call.put_u32(count_at, count)?;
    call.put_u32(size_at, size)?;
    Ok(())
}

/// Puts the strings into the buffer of the second argument, and pointers to them into that of the
/// first.
fn put_strings(call: &mut Call<'_, '_>, strings: &[Vec<u8>]) -> Done {
    let (mut pointer_at, mut text_at) = (call.int(0), call.int(1));
    for string in strings {
        call.put_u32(pointer_at, text_at)?;
        call.put(text_at, string)?;
        let end = u32::try_from(string.len()).ok();
        let end = end.and_then(|length| text_at.checked_add(length));
        let end = end.ok_or(Errno::Fault)?;
        call.put(end, &[0])?;
        text_at = end.checked_add(1).ok_or(Errno::Fault)?;
        pointer_at = pointer_at.checked_add(4).ok_or(Errno::Fault)?;
    }
    Ok(())
}

pub(super) fn args_sizes_get(call: &mut Call<'_, '_>) -> Done {
    let args = call.services().args.clone();
    put_sizes(call, &args)
}

pub(super) fn args_get(call: &mut Call<'_, '_>) -> Done {
    let args = call.services().args.clone();
    put_strings(call, &args)
}

/// `NAME=VALUE` for each variable. Of several with one name the first counts, as for `vbc1`.
fn environment(call: &mut Call<'_, '_>) -> Vec<Vec<u8>> {
    let mut seen = std::collections::HashSet::new();
    let variables = call.services().env.iter();
    variables
        .filter(|(name, _)| seen.insert(name))
        .map(|(name, value)| [name.as_slice(), b"=", value].concat())
        .collect()
}

pub(super) fn environ_sizes_get(call: &mut Call<'_, '_>) -> Done {
    let environment = environment(call);
    put_sizes(call, &environment)
}

pub(super) fn environ_get(call: &mut Call<'_, '_>) -> Done {
    let environment = environment(call);
    put_strings(call, &environment)
}

/// The clocks of WASI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clock {
    Wall,
    Monotonic,
    /// The time for which processors have worked; there is one thread.
    Processor,
}

impl Clock {
    pub(super) fn numbered(number: u32) -> Result<Clock, Errno> {
        match number {
            0 => Ok(Clock::Wall),
            1 => Ok(Clock::Monotonic),
            2 | 3 => Ok(Clock::Processor),
            _ => Err(Errno::Inval),
        }
    }

    /// Nanoseconds. Times before 1970 are 0.
    pub(super) fn now(self, call: &mut Call<'_, '_>) -> u64 {
        let now = match self {
            Clock::Wall => call.services().wall_clock(),
            Clock::Monotonic => call.services().monotonic_clock(),
            Clock::Processor => call.services().processor_clock(),
        };
        u64::try_from(now).unwrap_or(0)
    }
}

pub(super) fn clock_res_get(call: &mut Call<'_, '_>) -> Done {
    Clock::numbered(call.int(0))?;
    let step = call.services().clock_step();
    call.put_u64(call.int(1), step)?;
    Ok(())
}

pub(super) fn clock_time_get(call: &mut Call<'_, '_>) -> Done {
    let clock = Clock::numbered(call.int(0))?;
    let place = call.int(2);
    call.check(place, 8)?;
    let now = clock.now(call);
    call.put_u64(place, now)?;
    Ok(())
}

pub(super) fn random_get(call: &mut Call<'_, '_>) -> Done {
    let (pointer, length) = (call.int(0), call.int(1));
    call.check(pointer, length)?;
    match call.host.fill_random(pointer.into(), length.into())? {
        true => Ok(()),
        false => Err(Errno::Io.into()),
    }
}

pub(super) fn proc_exit(call: &mut Call<'_, '_>) -> Done {
    Err(Stop::Outcome(HostOutcome::Exit(call.int(0) as i32)))
}

/// Signals make no sense here.
pub(super) fn proc_raise(call: &mut Call<'_, '_>) -> Done {
    match call.int(0) {
        SIGNALS.. => Err(Errno::Inval.into()),
        _ => Err(Errno::NotSup.into()),
    }
}

pub(super) fn sched_yield(_: &mut Call<'_, '_>) -> Done {
    std::thread::yield_now();
    Ok(())
}
