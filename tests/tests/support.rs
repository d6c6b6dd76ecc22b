//! The support code against Rust's own formatting and parsing, and native code against the
//! support code: `docs/support.md` states that all are the same.
//!
//! `VBC_NUMBERS` is how many values of each type are compared, with a tenth as many texts of each;
//! `VBC_NUMBERS=10000000` is the full count.

use std::sync::{Arc, Mutex};

use vbc::asm::assemble;
use vbc::engine::Engine;
use vbc::host::{Host, HostOutcome};
use vbc::interp::{Config, Interpreter};
use vbc::isa::{FuncType, Trap, ValType};
use vbc::link::load;
use vbc::runtime::{Limits, Outcome, Value};
use vbc::verify::{Options, Verified};
use vbc_tests::generate::Random;
use vbc_tests::{number_from_environment, numbers};

const TYPES: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];

/// Formats what `test:next` returns, parses that again, and shows both to `test:check`; then
/// parses the texts that `test:text` writes.
fn driver(ty: ValType, addr: ValType) -> String {
    let value = match ty {
        ValType::I32 => "WRAP v, bits",
        ValType::I64 => "MOVE v, bits",
        ValType::F32 => "WRAP w, bits\nREINTERPRET v, w",
        _ => "REINTERPRET v, bits",
    };
    let bits = match ty {
        ValType::I32 => "EXTEND_U back, u",
        ValType::I64 => "MOVE back, u",
        ValType::F32 => "REINTERPRET w2, u\nEXTEND_U back, w2",
        _ => "REINTERPRET back, u",
    };
    format!(
        "
.memory {addr} 1
.import func \"test:next\" as next() -> i64
.import func \"test:check\" as check(i64, addr, addr, i64, i32)
.import func \"test:text\" as text(addr) -> addr
.import func \"test:parsed\" as parsed(i64, i32)
.extern \"vbc.format_{ty}\"({ty}, addr) -> addr
.extern \"vbc.parse_{ty}\"(addr, addr) -> ({ty}, i32)
.data buffer size 64
.data long size 8000
FUNC numbers(n: i64)
  .export
again:
  CALL next -> bits
  {value}
  DATA_ADDR p, buffer
  CALL \"vbc.format_{ty}\", v, p -> length
  CALL \"vbc.parse_{ty}\", p, length -> u, ok
  {bits}
  CALL check, bits, p, length, back, ok
  SUB n, n, 1
  IF_GT n, 0, again
END
FUNC texts(n: i64)
  .export
again:
  DATA_ADDR p, long
  CALL text, p -> length
  CALL \"vbc.parse_{ty}\", p, length -> u, ok
  {bits}
  CALL parsed, back, ok
  SUB n, n, 1
  IF_GT n, 0, again
END
"
    )
}

fn interpreter(text: &str, host: Host, config: Config) -> Interpreter {
    let module = assemble(text.as_bytes(), "driver", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}"));
    let module = Verified::new(module, &Options::default()).expect("the driver is valid");
    let program = load("driver", module).expect("the driver loads");
    let mut interpreter = Interpreter::new(program, host, config).expect("the host is complete");
    interpreter.start().expect("there are no initialisers");
    interpreter
}

fn invoke(interpreter: &mut Interpreter, name: &str, argument: Value) -> Outcome {
    let module = interpreter.program().module();
    let mut exports = module.exports.iter();
    let export = exports.find(|row| module.strings.get(row.name) == name);
    let index = export.expect("an export").index;
    interpreter.invoke(index, &[argument])
}

/// An integer argument as bits.
fn bits(value: Option<Value>) -> u64 {
    match value {
        Some(Value::I32(value)) => u64::from(value as u32),
        Some(Value::I64(value)) => value as u64,
        other => panic!("{other:?} is no integer"),
    }
}

fn is_nan(ty: ValType, bits: u64) -> bool {
    match ty {
        ValType::F32 => f32::from_bits(bits as u32).is_nan(),
        ValType::F64 => f64::from_bits(bits).is_nan(),
        _ => false,
    }
}

/// Compares `count` values and a tenth as many texts.
fn compare(ty: ValType, addr: ValType, plain_support: bool, count: u64) {
    let seed = 1000 + u64::from(ty.word());
    let current = Arc::new(Mutex::new((0, String::new())));
    let mut host = Host::default();

    let mut values = numbers::values(ty, seed);
    host.define(
        "test",
        "next",
        FuncType::new(&[], &[ValType::I64]),
        Box::new(move |call| {
            let next = values.next().expect("without end");
            call.set_result(0, Value::I64(next as i64));
            HostOutcome::Done
        }),
    );
    host.define(
        "test",
        "check",
        FuncType::new(&[ValType::I64, addr, addr, ValType::I64, ValType::I32], &[]),
        Box::new(move |call| {
            let [value, p, length, back, ok] = [0, 1, 2, 3, 4].map(|n| bits(call.arg(n)));
            let text = call.memory.bytes(p, length).expect("inside the memory");
            let expected = numbers::text(ty, value);
            assert_eq!(String::from_utf8_lossy(&text), expected, "{ty} {value:#x}");
            let same = back == value || is_nan(ty, value) && is_nan(ty, back);
            assert!(same && ok == 1, "{expected} reads back as {back:#x}, {ok}");
            HostOutcome::Done
        }),
    );

    let mut texts = numbers::texts(ty, seed);
    let shown = current.clone();
    host.define(
        "test",
        "text",
        FuncType::new(&[addr], &[addr]),
        Box::new(move |call| {
            let text = texts.next().expect("without end");
            let length = text.len() as u64;
            let written = call.memory.write(bits(call.arg(0)), text.as_bytes());
            written.expect("room");
            call.set_result(
                0,
                match addr {
                    ValType::I32 => Value::I32(length as i32),
                    _ => Value::I64(length as i64),
                },
            );
            let mut shown = shown.lock().expect("one thread");
            shown.0 += 1;
            shown.1 = text;
            HostOutcome::Done
        }),
    );
    host.define(
        "test",
        "parsed",
        FuncType::new(&[ValType::I64, ValType::I32], &[]),
        Box::new(move |call| {
            let (number, text) = &*current.lock().expect("one thread");
            let (value, ok) = (bits(call.arg(0)), bits(call.arg(1)));
            let expected = numbers::parse(ty, text);
            assert_eq!(
                (value, ok),
                (expected.unwrap_or(0), u64::from(expected.is_some())),
                "{ty} text {number}: {text}"
            );
            HostOutcome::Done
        }),
    );

    let config = Config {
        plain_support,
        ..Config::default()
    };
    let mut interpreter = interpreter(&driver(ty, addr), host, config);
    for (name, n) in [("numbers", count), ("texts", count.div_ceil(10))] {
        let outcome = invoke(&mut interpreter, name, Value::I64(n as i64));
        assert_eq!(outcome, Outcome::Finished(Vec::new()));
    }
}

fn count() -> u64 {
    number_from_environment("VBC_NUMBERS", 100_000)
}

#[test]
fn support_code_agrees_with_rust() {
    for ty in TYPES {
        compare(ty, ValType::I64, true, count());
    }
}

#[test]
fn support_code_for_narrow_addresses_agrees_with_rust() {
    for ty in TYPES {
        compare(ty, ValType::I32, true, count().div_ceil(4));
    }
}

#[test]
fn native_code_agrees_with_rust() {
    for ty in TYPES {
        for addr in [ValType::I32, ValType::I64] {
            compare(ty, addr, false, count().div_ceil(4));
        }
    }
}

/// An instance with at most 16 MiB of memory in which `alloc` and `free` can be called.
struct Allocator {
    interpreter: Interpreter,
    addr: ValType,
}

impl Allocator {
    fn new(addr: ValType) -> Allocator {
        let narrow = match addr {
            ValType::I32 => "MOVE fill, p",
            _ => "WRAP fill, p",
        };
        let text = format!(
            "
.memory {addr} 1
FUNC alloc(n: addr) -> addr
  .export
  ALLOC p, n
  IF_EQ p, 0, failed
  {narrow}
  SHR_U fill, fill, 4
  MEMORY_FILL p, fill, n
failed:
  RETURN p
END
FUNC free(p: addr) -> addr
  .export
  FREE p
  RETURN p
END
FUNC grow(n: addr) -> addr
  .export
  MEMORY_GROW p, n
  RETURN p
END
"
        );
        let limits = Limits {
            max_memory: 16 << 20,
            ..Limits::default()
        };
        let config = Config {
            limits,
            ..Config::default()
        };
        Allocator {
            interpreter: interpreter(&text, Host::default(), config),
            addr,
        }
    }

    fn call(&mut self, name: &str, argument: u64) -> Result<u64, Trap> {
        let argument = match self.addr {
            ValType::I32 => Value::I32(argument as i32),
            _ => Value::I64(argument as i64),
        };
        match invoke(&mut self.interpreter, name, argument) {
            Outcome::Finished(values) => Ok(bits(values.first().copied())),
            Outcome::Trapped(report) => Err(report.trap),
            other => panic!("{other:?}"),
        }
    }

    /// Whether a block holds what `alloc` filled it with.
    fn is_intact(&self, p: u64, n: u64) -> bool {
        let memory = self.interpreter.memory().expect("there is a memory");
        let block = memory.borrow(p, n).expect("inside the memory");
        block.iter().all(|&byte| byte == (p >> 4) as u8)
    }
}

#[test]
fn allocated_blocks_keep_apart() {
    for addr in [ValType::I32, ValType::I64] {
        let mut allocator = Allocator::new(addr);
        let mut random = Random::new(7);
        let mut live: Vec<(u64, u64)> = Vec::new();
        let mut failed = 0;
        for _ in 0..8_000 {
            if !live.is_empty() && random.below(100) < 45 {
                let (p, n) = live.swap_remove(random.below(live.len() as u64) as usize);
                assert!(allocator.is_intact(p, n), "{p:#x}");
                allocator.call("free", p).expect("it is allocated");
                continue;
            }
            if random.once_in(500) {
                let _ = allocator.call("grow", 1);
            }
            let n = match random.below(4) {
                0 => random.below(200_000),
                1 => 1 << random.below(17),
                _ => random.below(300),
            };
            let p = allocator.call("alloc", n).expect("it does not trap");
            if p == 0 {
                failed += 1;
                continue;
            }
            assert!(p.is_multiple_of(16) && p >= 1 << 16, "{p:#x}");
            let apart = |&(q, m): &(u64, u64)| p != q && (p + n <= q || q + m <= p);
            assert!(live.iter().all(apart), "{p:#x}");
            live.push((p, n));
        }
        assert!(failed > 0, "the memory was never full");
        for (p, _) in live {
            allocator.call("free", p).expect("it is allocated");
        }
        // Everything has been joined again: most of the memory is one block.
        let p = allocator.call("alloc", 8 << 20).expect("it does not trap");
        assert_ne!(p, 0);
    }
}

#[test]
fn what_cannot_be_allocated_or_freed() {
    for (addr, sizes) in [
        (
            ValType::I32,
            [0xffff_ffff, 0xe000_0001, 0xe000_0000, 17 << 20],
        ),
        (ValType::I64, [u64::MAX, 1 << 63, 1 << 47, 17 << 20]),
    ] {
        let mut allocator = Allocator::new(addr);
        for size in sizes {
            assert_eq!(allocator.call("alloc", size), Ok(0), "{size:#x}");
        }
        assert_eq!(allocator.call("free", 0), Ok(0));
        let one = allocator.call("alloc", 0).expect("an address");
        let two = allocator.call("alloc", 0).expect("an address");
        assert!(one != 0 && two != 0 && one != two);
        assert_eq!(allocator.call("free", one), Ok(one));
        assert_eq!(allocator.call("free", one), Err(Trap::Assertion));
        assert_eq!(allocator.call("free", two + 8), Err(Trap::Assertion));
        assert_eq!(
            allocator.call("free", 1 << 30),
            Err(Trap::MemoryOutOfBounds)
        );
        // The allocator goes on after that.
        assert_eq!(allocator.call("free", two), Ok(two));
        assert_ne!(allocator.call("alloc", 100), Ok(0));
    }
}
