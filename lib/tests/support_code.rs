//! Native code in place of support routines does what they do.

use std::io;
use std::sync::{Arc, Mutex};

use vbc::engine::Engine;
use vbc::host::{Host, Services, ServicesConfig};
use vbc::interp::{Config, Interpreter};
use vbc::isa::ValType;
use vbc::link::{Program, load};
use vbc::runtime::{Outcome, Value};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

const TYPES: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];

/// Every routine that has native code, each in a function of its own.
fn program(addr: &str) -> Program {
    let mut text = format!(".memory {addr} 1\n");
    for ty in TYPES {
        text += &format!(
            ".extern vbc.format_{ty}({ty}, addr) -> addr\n\
             .extern vbc.parse_{ty}(addr, addr) -> ({ty}, i32)\n\
             FUNC format_{ty}(v: {ty}, p: addr) -> addr\n\
               CALL vbc.format_{ty}, v, p -> n\n  RETURN n\nEND\n\
             FUNC parse_{ty}(p: addr, n: addr) -> ({ty}, i32)\n\
               CALL vbc.parse_{ty}, p, n -> v, ok\n  RETURN v, ok\nEND\n\
             FUNC print_{ty}(v: {ty})\n  PRINT v\n  WRITE v\n  RETURN\nEND\n"
        );
    }
    text += ".extern vbc.write_bytes(addr, addr)\n\
             FUNC write_bytes(p: addr, n: addr)\n  CALL vbc.write_bytes, p, n\nEND\n\
             FUNC print_references(x: externref)\n\
               REF_FUNC f, write_bytes\n  PRINT f\n  WRITE f\n  PRINT x\n  WRITE x\n\
               .reg g: funcref\n  REF_NULL g\n  PRINT g\n  RETURN\nEND\n";
    let module = vbc::asm::assemble(text.as_bytes(), "support.vitasm", &Default::default());
    let module = vbc::verify::Verified::new(module.unwrap(), &Default::default());
    load("support", module.unwrap()).unwrap()
}

/// The same program twice: with native code, and as it is written.
struct Both {
    interpreters: [Interpreter; 2],
    outputs: [Sink; 2],
    program: Program,
}

impl Both {
    fn new(addr: &str) -> Both {
        let program = program(addr);
        let outputs = [Sink::default(), Sink::default()];
        let interpreters = [false, true].map(|plain_support| {
            let services = Services::new(ServicesConfig {
                output: vbc::host::Sink::Writer(Box::new(
                    outputs[usize::from(plain_support)].clone(),
                )),
                ..ServicesConfig::default()
            });
            let config = Config {
                plain_support,
                ..Config::default()
            };
            let made = Interpreter::new(program.clone(), Host::new(services), config);
            let mut interpreter = made.unwrap();
            interpreter.start().unwrap();
            interpreter
        });
        Both {
            interpreters,
            outputs,
            program,
        }
    }

    /// Calls a function on both; they must end alike and leave the same bytes at 100 to 200.
    fn call(&mut self, name: &str, args: &[Value]) -> Outcome {
        let module = self.program.module();
        let named = |index: &u32| module.display_name(vbc::module::NameSpace::Func, *index) == name;
        let function = (0..module.spaces().count(vbc::module::Kind::Func)).find(named);
        let function = function.unwrap();
        let [native, plain] = &mut self.interpreters;
        let (mine, judge) = (native.invoke(function, args), plain.invoke(function, args));
        match (&mine, &judge) {
            (Outcome::Trapped(mine), Outcome::Trapped(judge)) => {
                assert_eq!(mine.trap, judge.trap, "{name} {args:?}");
            }
            _ => {
                assert_eq!(mine, judge, "{name} {args:?}");
                let part = |interpreter: &Interpreter| {
                    interpreter.memory().unwrap().to_vec()[100..200].to_vec()
                };
                assert_eq!(part(native), part(plain), "{name} {args:?}");
            }
        }
        mine
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        for interpreter in &mut self.interpreters {
            let mut memory = interpreter.memory_mut().unwrap();
            memory.write(at as u64, bytes).unwrap();
        }
    }
}

fn addr(both: &Both, value: u64) -> Value {
    match both.program.module().address_type() {
        ValType::I32 => Value::I32(value as i32),
        ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
            Value::I64(value as i64)
        }
    }
}

/// The next number of xorshift64* (Vigna, 2016).
fn next(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_f491_4f6c_dd1d)
}

/// Bits of all sizes, and those around powers of two and ten.
fn samples(count: usize) -> Vec<u64> {
    let mut samples = vec![0, 1, 9, 10, u64::MAX, 1 << 63, 1 << 31, u64::from(u32::MAX)];
    let interesting = [
        0.0,
        -0.0,
        1.0,
        0.1,
        1e15,
        1e16,
        1e-4,
        1e-5,
        5e-324,
        f64::MAX,
        123.456,
    ];
    for value in interesting
        .into_iter()
        .chain([f64::INFINITY, f64::NAN, -f64::NAN])
    {
        samples.extend([value.to_bits(), (-value).to_bits()]);
        samples.push(u64::from((value as f32).to_bits()));
    }
    let mut state = 1;
    for n in 0..count {
        samples.push(next(&mut state) >> (n % 64));
    }
    samples
}

fn formats_and_reads_back(addr_type: &str) {
    let mut both = Both::new(addr_type);
    for bits in samples(3_000) {
        for ty in TYPES {
            let value = Value::from_slot(ty, bits);
            let place = addr(&both, 100);
            let end = both.call(&format!("format_{ty}"), &[value, place]);
            let Outcome::Finished(results) = end else {
                panic!("{end:?}");
            };
            let end = both.call(&format!("parse_{ty}"), &[place, results[0]]);
            let Outcome::Finished(results) = end else {
                panic!("{end:?}");
            };
            assert_eq!(results[0].to_string(), value.to_string());
            assert_eq!(results[1], Value::I32(1));
        }
    }
}

#[test]
fn native_code_formats_and_reads_as_vitbc_does() {
    formats_and_reads_back("i64");
    formats_and_reads_back("i32");
}

#[test]
fn native_code_reads_any_text_as_vitbc_does() {
    let texts = [
        "",
        "+",
        "-",
        ".",
        "1.",
        ".5",
        "+.5e3",
        "1e",
        "1e+",
        "1e5",
        "1E-5",
        "e5",
        "inf",
        "-INF",
        "Infinity",
        "nan",
        "-NaN",
        "+nan",
        " 1",
        "1 ",
        "1_0",
        "0x10",
        "00012",
        "-0",
        "+0",
        "2147483648",
        "-2147483648",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775809",
        "1e400",
        "1e-400",
        "\u{e9}",
        "99999999999999999999999999",
        "179769313486231580793728971405303415079934132710037826936173778980444",
        "0.000000000000000000000000000000000000000000000000000000000000000000000000000000000000000001",
        "2.4703282292062328e-324",
        "16777217",
        "9007199254740993",
        "1..2",
        "1.2.3",
        "--1",
        "+-1",
        "infinit",
    ];
    let mut both = Both::new("i64");
    for text in texts {
        both.put(100, text.as_bytes());
        for ty in TYPES {
            let args = [Value::I64(100), Value::I64(text.len() as i64)];
            both.call(&format!("parse_{ty}"), &args);
        }
    }
    both.call("parse_f32", &[Value::I64(-1), Value::I64(0)]);
    both.put(100, b"\xff\xfe1");
    both.call("parse_i64", &[Value::I64(100), Value::I64(3)]);
}

#[test]
fn native_code_traps_as_vitbc_does() {
    let mut both = Both::new("i64");
    for (address, traps) in [(65_530, true), (65_536, true), (-1, true), (65_500, false)] {
        let place = Value::I64(address);
        let end = both.call("format_i64", &[Value::I64(-123_456_789), place]);
        assert_eq!(matches!(end, Outcome::Trapped(_)), traps, "{address}");
        let end = both.call("parse_f64", &[place, Value::I64(30)]);
        assert_eq!(matches!(end, Outcome::Trapped(_)), traps, "{address}");
        let end = both.call("write_bytes", &[place, Value::I64(30)]);
        assert_eq!(matches!(end, Outcome::Trapped(_)), traps, "{address}");
    }
}

#[test]
fn native_code_prints_as_vitbc_does() {
    let mut both = Both::new("i64");
    for bits in samples(200) {
        for ty in TYPES {
            both.call(&format!("print_{ty}"), &[Value::from_slot(ty, bits)]);
        }
    }
    both.put(300, b"some bytes\n");
    both.call("write_bytes", &[Value::I64(300), Value::I64(11)]);
    both.call("write_bytes", &[Value::I64(300), Value::I64(0)]);
    both.call("print_references", &[Value::ExternRef(Some(7))]);
    both.call("print_references", &[Value::ExternRef(None)]);
    for interpreter in &mut both.interpreters {
        interpreter.host().services.flush().unwrap();
    }
    let [native, plain] = both.outputs.map(|sink| sink.0.lock().unwrap().clone());
    assert_eq!(
        String::from_utf8(native).unwrap(),
        String::from_utf8(plain).unwrap()
    );
}
