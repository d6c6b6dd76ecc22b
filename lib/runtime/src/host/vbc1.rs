//! The functions of module `vbc1` (`docs/host.md`).

use super::{HostCall, HostOutcome, Stream, memory, pointer};
use vbc_core::isa::{FuncType, ValType};

/// What a function comes to: it is done, or ends with another outcome.
pub(super) type Done = Result<(), HostOutcome>;

/// Sets its results in the call.
pub(super) type Function = fn(&mut HostCall<'_>) -> Done;

/// The types of a function: `a` stands for the index type of memory, `i` for i32, `l` for i64, `p` for ptr.
struct Row {
    name: &'static str,
    params: &'static str,
    results: &'static str,
    function: Function,
}

const ROWS: &[Row] = &[
    row("write", "iaa", "i", write),
    row("read", "iaa", "a", read),
    row("arg_count", "", "a", arg_count),
    row("arg_len", "a", "a", arg_len),
    row("arg_get", "aaa", "a", arg_get),
    row("env_get", "aaaa", "a", env_get),
    row("exit", "i", "", exit),
    row("clock_wall", "", "l", clock_wall),
    row("clock_mono", "", "l", clock_mono),
    row("random", "aa", "", random),
];

/// What looks behind pointers of native libraries. Programs that are permitted to call any have these functions, too.
const POINTER_ROWS: &[Row] = &[
    row("native_read", "plaa", "", pointer::read),
    row("native_write", "plaa", "", pointer::write),
    row("native_strlen", "p", "l", pointer::strlen),
    row("native_ptr_at", "pl", "p", pointer::ptr_at),
];

const fn row(
    name: &'static str,
    params: &'static str,
    results: &'static str,
    function: Function,
) -> Row {
    Row {
        name,
        params,
        results,
        function,
    }
}

/// The names of all functions.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// The function called `name`, with its type where addresses are `addr`; where native functions are permitted, also
/// those that look behind pointers.
pub(super) fn find(
    name: &str,
    addr: ValType,
    is_native_permitted: bool,
) -> Option<(FuncType, Function)> {
    let more = if is_native_permitted {
        POINTER_ROWS
    } else {
        &[]
    };
    let row = ROWS.iter().chain(more).find(|row| row.name == name)?;
    let types = |letters: &str| {
        let ty = |letter| match letter {
            'a' => addr,
            'i' => ValType::I32,
            'p' => ValType::Ptr,
            _ => ValType::I64,
        };
        letters.chars().map(ty).collect()
    };
    let ty = FuncType {
        params: types(row.params),
        results: types(row.results),
    };
    Some((ty, row.function))
}

/// All ones: there is no such thing.
const ABSENT: u64 = u64::MAX;
/// Result of `write` for a stream that is not open for writing.
const NO_STREAM: u64 = 1;

fn write(call: &mut HostCall<'_>) -> Done {
    let stream = call.number(0);
    let range = (call.number(1), call.number(2));
    let stream = match stream {
        1 => Stream::Output,
        2 => Stream::Error,
        _ => {
            call.memory.check(range.0, range.1)?;
            call.set_number(NO_STREAM);
            return Ok(());
        }
    };
    write_range(call, stream, range)?;
    call.set_number(0);
    Ok(())
}

/// Writes a range of memory, and pays for it.
pub(super) fn write_range(
    call: &mut HostCall<'_>,
    stream: Stream,
    (address, length): (u64, u64),
) -> Done {
    // The path of nearly every call.
    if length <= memory::PIECE
        && let Some(bytes) = call.memory.borrow(address, length)
    {
        call.fuel.pay(length)?;
        return call.services.write(stream, bytes, &mut call.done);
    }
    call.memory.check(address, length)?;
    call.fuel.pay(length)?;
    call.write_stream(stream, std::iter::once((address, length)))
}

fn read(call: &mut HostCall<'_>) -> Done {
    let (stream, address, length) = (call.number(0), call.number(1), call.number(2));
    call.memory.check(address, length)?;
    let result = match stream {
        0 if length == 0 => 0,
        0 => {
            let services = &mut *call.services;
            let mut failed = false;
            let count = call.memory.fill(address, length, |buffer| {
                let done = services.read_input(buffer)?;
                failed = done.is_err();
                Ok::<_, HostOutcome>(done.unwrap_or(0))
            })?;
            call.fuel.pay(count as u64)?;
            if failed { ABSENT } else { count as u64 }
        }
        _ => ABSENT,
    };
    call.set_number(result);
    Ok(())
}

fn arg_count(call: &mut HostCall<'_>) -> Done {
    let count = call.services.args.len() as u64;
    call.set_number(count);
    Ok(())
}

/// Argument number `n` of the program.
fn program_arg<'c>(call: &'c HostCall<'_>, n: u64) -> Option<&'c [u8]> {
    let arg = call.services.args.get(usize::try_from(n).ok()?)?;
    Some(arg)
}

fn arg_len(call: &mut HostCall<'_>) -> Done {
    let length = program_arg(call, call.number(0)).map_or(ABSENT, |arg| arg.len() as u64);
    call.set_number(length);
    Ok(())
}

fn arg_get(call: &mut HostCall<'_>) -> Done {
    let value = program_arg(call, call.number(0)).map(<[u8]>::to_vec);
    give(call, value.as_deref(), 1)
}

fn env_get(call: &mut HostCall<'_>) -> Done {
    let name = call.memory.bytes(call.number(0), call.number(1))?;
    call.fuel.pay(name.len() as u64)?;
    let found = call.services.env.iter().find(|(key, _)| *key == *name);
    let value = found.map(|(_, value)| value.clone());
    drop(name);
    give(call, value.as_deref(), 2)
}

/// Writes as much of `value` as fits into the buffer in arguments `at` and `at + 1`; the result
/// is the length of all of it.
fn give(call: &mut HostCall<'_>, value: Option<&[u8]>, at: usize) -> Done {
    let (address, capacity) = (call.number(at), call.number(at + 1));
    call.memory.check(address, capacity)?;
    let Some(value) = value else {
        call.set_number(ABSENT);
        return Ok(());
    };
    let room = usize::try_from(capacity).unwrap_or(usize::MAX);
    let part = &value[..value.len().min(room)];
    call.fuel.pay(part.len() as u64)?;
    call.memory.write(address, part)?;
    call.set_number(value.len() as u64);
    Ok(())
}

fn exit(call: &mut HostCall<'_>) -> Done {
    Err(HostOutcome::Exit(call.number(0) as i32))
}

fn clock_wall(call: &mut HostCall<'_>) -> Done {
    let now = call.services.wall_clock();
    call.set_number(now as u64);
    Ok(())
}

fn clock_mono(call: &mut HostCall<'_>) -> Done {
    let now = call.services.monotonic_clock();
    call.set_number(now as u64);
    Ok(())
}

fn random(call: &mut HostCall<'_>) -> Done {
    match call.fill_random(call.number(0), call.number(1))? {
        true => Ok(()),
        false => Err(HostOutcome::Trap(vbc_core::isa::Trap::HostFault)),
    }
}
