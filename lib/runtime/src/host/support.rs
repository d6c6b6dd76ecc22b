//! Native code in place of support routines: the same results, memory contents and traps
//! (`docs/support.md`), in less time. The allocator stays what it is in VITBC.

use std::borrow::Cow;
use std::io::Write;

use super::vbc1::{Done, Function};
use super::{HostCall, Native, Stream, vbc1};
use crate::Value;
use vbc_core::isa::ValType;

/// The native code for the routine called `name`, if there is any.
pub(super) fn find(name: &str) -> Option<Native> {
    let (verb, ty) = name.strip_prefix("vbc.")?.split_once('_')?;
    let function: Function = match verb {
        "write" if ty == "bytes" => write_bytes,
        "print" => print,
        "write" => write,
        "format" => format,
        "parse" => parse,
        _ => return None,
    };
    // The time that reading takes depends on the text; the others' texts are short, or written at
    // once.
    let length = (verb == "parse").then_some(1);
    Some(Native { function, length })
}

/// The longest text of a number, with a newline and some room.
const LONGEST: usize = 32;

/// The text of argument 0, and a newline if wanted.
fn text(call: &HostCall<'_>, newline: bool) -> ([u8; LONGEST], usize) {
    let mut buffer = [0; LONGEST];
    let mut rest = &mut buffer[..];
    // No text of a value is longer than the buffer.
    let _ = match call.arg(0) {
        Some(value) if newline => writeln!(rest, "{value}"),
        Some(value) => write!(rest, "{value}"),
        None => Ok(()),
    };
    let length = LONGEST - rest.len();
    (buffer, length)
}

fn output(call: &mut HostCall<'_>, newline: bool) -> Done {
    let (buffer, length) = text(call, newline);
    call.services
        .write(Stream::Output, &buffer[..length], &mut call.done)
}

fn print(call: &mut HostCall<'_>) -> Done {
    output(call, true)
}

fn write(call: &mut HostCall<'_>) -> Done {
    output(call, false)
}

fn write_bytes(call: &mut HostCall<'_>) -> Done {
    // As `vbc1:write`, which the routine calls.
    vbc1::write_range(call, Stream::Output, (call.number(0), call.number(1)))
}

fn format(call: &mut HostCall<'_>) -> Done {
    let (buffer, length) = text(call, false);
    call.memory.write(call.number(1), &buffer[..length])?;
    call.set_number(length as u64);
    Ok(())
}

fn parse(call: &mut HostCall<'_>) -> Done {
    let (address, length) = (call.number(0), call.number(1));
    // No text is nowhere, so it does not matter where.
    let bytes = match length {
        0 => Cow::Borrowed(&[][..]),
        _ => call.memory.bytes(address, length)?,
    };
    let text = std::str::from_utf8(&bytes).ok();
    let value = match call.ty.results.first() {
        Some(ValType::I32) => text.and_then(|text| text.parse().ok().map(Value::I32)),
        Some(ValType::I64) => text.and_then(|text| text.parse().ok().map(Value::I64)),
        Some(ValType::F32) => text.and_then(|text| text.parse().ok().map(Value::F32)),
        _ => text.and_then(|text| text.parse().ok().map(Value::F64)),
    };
    drop(bytes);
    // Without a number both results stay zero.
    if let Some(value) = value {
        call.set_result(0, value);
        call.set_result(1, Value::I32(1));
    }
    Ok(())
}
