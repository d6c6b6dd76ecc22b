//! Waiting: `poll_oneoff`.

use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use rustix::io::ioctl_fionread;

use super::super::waiting::is_ready;
use super::super::{Readiness, Wait};
use super::abi::{record, rights, subclockflags};
use super::call::{Call, Done, Stop, u16_of, u32_of, u64_of};
use super::errno::Errno;
use super::process::Clock;
use super::table::{Object, OpenFile, Stream};

/// Bytes of the records `subscription` and `event`.
const SUBSCRIPTION: u32 = 48;
const EVENT: u32 = 32;

/// Subscriptions of one call at most.
const MOST: u32 = 4096;

/// What a program waits for.
struct Subscription {
    userdata: u64,
    /// The number of its kind, which is that of its event.
    kind: u8,
    wish: Wish,
}

enum Wish {
    Clock {
        id: u32,
        timeout: u64,
        flags: u16,
    },
    Descriptor {
        fd: u32,
        readiness: Readiness,
    },
    /// A kind that does not exist.
    Unknown,
}

impl Subscription {
    fn of(bytes: &[u8]) -> Subscription {
        let at = |place: usize| bytes.get(place..).unwrap_or_default();
        let kind = at(8).first().copied().unwrap_or(0);
        let descriptor = |readiness| Wish::Descriptor {
            fd: u32_of(at(16)),
            readiness,
        };
        Subscription {
            userdata: u64_of(at(0)),
            kind,
            wish: match kind {
                0 => Wish::Clock {
                    id: u32_of(at(16)),
                    timeout: u64_of(at(24)),
                    flags: u16_of(at(40)),
                },
                1 => descriptor(Readiness::Read),
                2 => descriptor(Readiness::Write),
                _ => Wish::Unknown,
            },
        }
    }

    fn event(&self, result: Result<u64, Errno>) -> [u8; EVENT as usize] {
        let (errno, bytes) = match result {
            Ok(bytes) => (0, bytes),
            Err(errno) => (errno as u16, 0),
        };
        record(&[
            (0, &self.userdata.to_le_bytes()),
            (8, &errno.to_le_bytes()),
            (10, &[self.kind]),
            (16, &bytes.to_le_bytes()),
        ])
    }
}

/// The state of a subscription when the call is made, or made again.
enum State {
    /// Its event has come, or never can.
    Settled(Result<u64, Errno>),
    /// It comes when this much time has passed from now on.
    After(Duration),
    /// It comes when the system reports it.
    Watched(Readiness),
}

pub(super) fn poll_oneoff(call: &mut Call<'_, '_>) -> Done {
    let (list, events, count, result) = (call.int(0), call.int(1), call.int(2), call.int(3));
    if count == 0 || count > MOST {
        return Err(Errno::Inval.into());
    }
    let bytes = call.bytes(list, count * SUBSCRIPTION)?;
    let subscriptions: Vec<Subscription> = bytes
        .chunks_exact(SUBSCRIPTION as usize)
        .map(Subscription::of)
        .collect();
    call.check(events, count * EVENT)?;
    call.check(result, 4)?;
    let waited = call.host.began.map(|began| began.elapsed());
    let mut states = Vec::with_capacity(subscriptions.len());
    for subscription in &subscriptions {
        states.push(state(call, &subscription.wish, waited.unwrap_or_default()));
    }
    if waited.is_some() || !any_settled(&states) {
        wait(call, &subscriptions, &mut states)?;
    }
    let mut place = events;
    for (subscription, state) in subscriptions.iter().zip(states) {
        if let State::Settled(result) = state {
            call.put(place, &subscription.event(result))?;
            place += EVENT;
        }
    }
    call.put_u32(result, (place - events) / EVENT)?;
    Ok(())
}

fn any_settled(states: &[State]) -> bool {
    let mut states = states.iter();
    states.any(|state| matches!(state, State::Settled(_)))
}

/// `waited` is for how long the call has waited before this attempt.
fn state(call: &mut Call<'_, '_>, wish: &Wish, waited: Duration) -> State {
    match *wish {
        Wish::Unknown => State::Settled(Err(Errno::Inval)),
        Wish::Clock { id, timeout, flags } => match Clock::numbered(id) {
            Err(errno) => State::Settled(Err(errno)),
            Ok(_) if flags & !subclockflags::ALL != 0 => State::Settled(Err(Errno::Inval)),
            // Nobody can wait for work that is not done meanwhile.
            Ok(Clock::Processor) => State::Settled(Err(Errno::NotSup)),
            Ok(clock) => {
                let timeout = Duration::from_nanos(timeout);
                let passed = match flags & subclockflags::ABSTIME {
                    0 => waited,
                    _ => Duration::from_nanos(clock.now(call)),
                };
                match timeout.saturating_sub(passed) {
                    Duration::ZERO => State::Settled(Ok(0)),
                    left => State::After(left),
                }
            }
        },
        Wish::Descriptor { fd, readiness } => match descriptor_state(call, fd, readiness) {
            Ok(state) => state,
            Err(errno) => State::Settled(Err(errno)),
        },
    }
}

fn descriptor_state(
    call: &mut Call<'_, '_>,
    fd: u32,
    readiness: Readiness,
) -> Result<State, Errno> {
    let descriptor = call.context.table.get(fd)?;
    let way = match readiness {
        Readiness::Read => rights::FD_READ,
        Readiness::Write => rights::FD_WRITE,
    };
    descriptor.need(way | rights::POLL_FD_READWRITE)?;
    match &descriptor.object {
        Object::Folder(_) => Err(Errno::BadF),
        Object::File(open) if open.is_regular() => Ok(State::Settled(Ok(left(open, readiness)))),
        Object::File(_) => Ok(State::Watched(readiness)),
        // Output is taken at any time, and then waits here.
        Object::Stream(Stream::Output | Stream::Error) => Ok(State::Settled(Ok(1))),
        Object::Stream(Stream::Input) => match call.host.services.is_input_ready() {
            true => Ok(State::Settled(Ok(call.host.services.input_size()))),
            false => Ok(State::Watched(readiness)),
        },
    }
}

/// The bytes between the position and the end of a file, or that a pipe holds.
fn left(open: &OpenFile, readiness: Readiness) -> u64 {
    match readiness {
        Readiness::Write => 1,
        Readiness::Read if open.is_regular() => {
            let size = open.file.metadata().map_or(0, |metadata| metadata.len());
            size.saturating_sub(rustix::fs::tell(&open.file).unwrap_or(0))
        }
        Readiness::Read => ioctl_fionread(&open.file).unwrap_or(0),
    }
}

/// Settles all that have come. Where none has, the call has to wait for the first.
fn wait(
    call: &mut Call<'_, '_>,
    subscriptions: &[Subscription],
    states: &mut [State],
) -> Result<(), Stop> {
    // Whoever waits wants to have been heard.
    call.services().write_buffered()?;
    let first = states.iter().filter_map(|state| match state {
        State::After(left) => Some(*left),
        State::Settled(_) | State::Watched(_) => None,
    });
    let first = first.min();
    let passed = call.services().pass_time(first).then_some(first).flatten();
    if !call.host.services.reluctant || passed.is_some() {
        settle(call, subscriptions, states, passed);
    }
    if any_settled(states) {
        return Ok(());
    }
    let now = Instant::now();
    call.host.began.get_or_insert(now);
    let mut wait = Wait {
        until: first.and_then(|left| now.checked_add(left)),
        ..Wait::default()
    };
    for (subscription, state) in subscriptions.iter().zip(states.iter()) {
        if let (State::Watched(readiness), Wish::Descriptor { fd, .. }) =
            (state, &subscription.wish)
        {
            let fd = match &call.context.table.get(*fd)?.object {
                Object::File(open) => open.file.as_raw_fd(),
                Object::Stream(_) | Object::Folder(_) => libc::STDIN_FILENO,
            };
            wait.fds.push((fd, *readiness));
        }
    }
    Err(Stop::Outcome(wait.into()))
}

/// Settles what has come, or comes when the time in `passed` is over, if any is.
fn settle(
    call: &mut Call<'_, '_>,
    subscriptions: &[Subscription],
    states: &mut [State],
    passed: Option<Duration>,
) {
    for (subscription, state) in subscriptions.iter().zip(states) {
        match (&*state, &subscription.wish) {
            (State::After(left), _) if passed.is_some_and(|passed| *left <= passed) => {
                *state = State::Settled(Ok(0));
            }
            (&State::Watched(readiness), &Wish::Descriptor { fd, .. }) => {
                if let Some(bytes) = ready_bytes(call, fd, readiness) {
                    *state = State::Settled(Ok(bytes));
                }
            }
            _ => {}
        }
    }
}

/// How much can be read from or written to a descriptor that is ready.
fn ready_bytes(call: &Call<'_, '_>, fd: u32, readiness: Readiness) -> Option<u64> {
    let services = &call.host.services;
    match &call.context.table.get(fd).ok()?.object {
        Object::File(open) => is_ready(&open.file, readiness).then(|| left(open, readiness)),
        Object::Stream(_) | Object::Folder(_) => {
            services.is_input_ready().then(|| services.input_size())
        }
    }
}
