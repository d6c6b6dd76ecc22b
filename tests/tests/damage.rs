//! Support code whose data rows and blocks the program has written over: every routine comes to an
//! end within the bounds of `docs/support.md`, which the evaluator counts, and the engines do the
//! same as the evaluator.
//!
//! `VBC_DAMAGES` is how many programs, `VBC_SEED` where the seeds begin.

use vbc::asm::assemble;
use vbc::isa::ValType;
use vbc::link::{Program, load};
use vbc::verify::{Options, Verified};
use vbc_tests::conformance::{Engine, Observation, Outcome, Setup, function};
use vbc_tests::evaluator::Value;
use vbc_tests::generate::Random;
use vbc_tests::number_from_environment;

const TYPES: [&str; 4] = ["i32", "i64", "f32", "f64"];

/// Calls of a program.
const CALLS: usize = 40;

/// Pages of memory that there are at most.
const PAGES: u64 = 4;

/// Each routine in a function of its own, and what it takes to damage memory.
fn program(addr: &str) -> Program {
    let mut text = format!(
        ".memory {addr} 1 max {PAGES}
.extern vbc.write_bytes(addr, addr)
FUNC store(p: addr, v: i64)
  .export
  STORE [p], v
END
FUNC fill(p: addr, n: addr, byte: i32)
  .export
  MEMORY_FILL p, byte, n
END
FUNC alloc(n: addr) -> addr
  .export
  ALLOC p, n
  RETURN p
END
FUNC free(p: addr)
  .export
  FREE p
END
FUNC write_bytes(p: addr, n: addr)
  .export
  CALL vbc.write_bytes, p, n
END
"
    );
    for ty in TYPES {
        text += &format!(
            ".extern vbc.format_{ty}({ty}, addr) -> addr
.extern vbc.parse_{ty}(addr, addr) -> ({ty}, i32)
FUNC format_{ty}(v: {ty}, p: addr) -> addr
  .export
  CALL vbc.format_{ty}, v, p -> n
  RETURN n
END
FUNC parse_{ty}(p: addr, n: addr) -> ({ty}, i32)
  .export
  CALL vbc.parse_{ty}, p, n -> v, ok
  RETURN v, ok
END
FUNC print_{ty}(v: {ty})
  .export
  PRINT v
END
"
        );
    }
    let module = assemble(text.as_bytes(), "damage.vitasm", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}"));
    let module = Verified::new(module, &Options::default()).expect("the program is valid");
    load("damage.vitasm", module).expect("the program loads")
}

/// Makes random calls.
struct Script<'p> {
    program: &'p Program,
    random: Random,
    /// Address and size of the rows of support code.
    rows: Vec<(u64, u64)>,
    calls: Vec<(u32, Vec<Value>)>,
}

impl Script<'_> {
    fn call(&mut self, name: &str, args: Vec<Value>) {
        let function = function(self.program.module(), name);
        self.calls.push((function.expect("it is exported"), args));
    }

    fn address(&self, value: u64) -> Value {
        match self.program.module().address_type() {
            ValType::I32 => Value::I32(value as i32),
            _ => Value::I64(value as i64),
        }
    }

    /// A place in a row of support code.
    fn in_rows(&mut self) -> u64 {
        let (start, size) = self.rows[self.random.below(self.rows.len() as u64) as usize];
        let place = start + self.random.below(size);
        if self.random.once_in(4) {
            place
        } else {
            place & !7
        }
    }

    /// A place of a block, or of what comes before one.
    fn in_blocks(&mut self) -> u64 {
        (1 << 16) + self.random.below(40) * 16 + self.random.below(2) * 8
    }

    fn place(&mut self) -> u64 {
        match self.random.below(8) {
            0 => self.random.below(PAGES << 16),
            1..4 => self.in_blocks(),
            _ => self.in_rows(),
        }
    }

    /// What is written over something.
    fn word(&mut self) -> u64 {
        match self.random.below(8) {
            0 => 0,
            1 => u64::MAX,
            2 => 1 << self.random.below(64),
            3 => self.random.below(1 << 12),
            4 => self.in_rows(),
            5 => self.random.bits(),
            _ => self.in_blocks() & !15,
        }
    }

    fn damage(&mut self) {
        if self.random.once_in(3) {
            let (p, n) = (self.place(), self.random.below(12_000));
            let bytes = [0, 0xff, b'0', b'9', b'.', 1];
            let byte = bytes[self.random.below(bytes.len() as u64) as usize];
            let args = vec![self.address(p), self.address(n), Value::I32(byte.into())];
            self.call("fill", args);
        } else {
            let (p, v) = (self.place(), self.word());
            self.call("store", vec![self.address(p), Value::I64(v as i64)]);
        }
    }

    /// Writes the text of a number somewhere, in the rows among others, and reads it.
    fn parse(&mut self, ty: &str) {
        let p = self.place();
        let mut n = self.random.below(60);
        if self.random.once_in(4) {
            n = self.random.below(2_000);
            let digit = b'0' + self.random.below(10) as u8;
            let args = vec![self.address(p), self.address(n), Value::I32(digit.into())];
            self.call("fill", args);
        }
        for at in 0..self.random.below(6) {
            let bytes = [(); 8].map(|()| {
                let letters = b"0123456789012345678901234567890.e-";
                letters[self.random.below(letters.len() as u64) as usize]
            });
            let word = Value::I64(i64::from_le_bytes(bytes));
            self.call("store", vec![self.address(p + at * 8), word]);
        }
        let args = vec![self.address(p), self.address(n)];
        self.call(&format!("parse_{ty}"), args);
    }

    fn use_something(&mut self) {
        let ty = TYPES[self.random.below(4) as usize];
        let bits = self.random.bits() >> self.random.below(64);
        let value = match ty {
            "i32" => Value::I32(bits as i32),
            "i64" => Value::I64(bits as i64),
            "f32" => Value::F32(bits as u32),
            _ => Value::F64(bits),
        };
        match self.random.below(8) {
            0..3 => {
                let n = match self.random.below(4) {
                    0 => self.random.below(1 << 17),
                    _ => self.random.below(600),
                };
                self.call("alloc", vec![self.address(n)]);
            }
            3 => {
                let p = self.in_blocks();
                self.call("free", vec![self.address(p)]);
            }
            4 => self.call(&format!("print_{ty}"), vec![value]),
            5 => {
                let p = self.place();
                let args = vec![value, self.address(p)];
                self.call(&format!("format_{ty}"), args);
            }
            6 => {
                let (p, n) = (self.place(), self.random.below(100));
                self.call("write_bytes", vec![self.address(p), self.address(n)]);
            }
            _ => self.parse(ty),
        }
    }
}

fn script(program: &Program, seed: u64) -> Vec<(u32, Vec<Value>)> {
    let first = program.support_data_from() as usize;
    let rows = program.module().data.iter().zip(program.data_addresses());
    let rows = rows
        .skip(first)
        .map(|(row, &address)| (address, row.size))
        .collect();
    let mut script = Script {
        program,
        random: Random::new(seed),
        rows,
        calls: Vec::new(),
    };
    for _ in 0..script.random.below(10) {
        script.use_something();
    }
    while script.calls.len() < CALLS {
        if script.random.once_in(3) {
            script.damage();
        } else {
            script.use_something();
        }
    }
    script.calls
}

fn broken(observation: &Observation) -> Option<&Outcome> {
    let mut ends = observation.ends.iter();
    ends.find(|end| matches!(end, Outcome::Broken(_)))
}

#[test]
fn damaged_support_code_comes_to_an_end() {
    let count = number_from_environment("VBC_DAMAGES", 2_000);
    let first = number_from_environment("VBC_SEED", 1);
    let engines = Engine::all();
    for addr in ["i32", "i64"] {
        let program = program(addr);
        let prepare = || engines.iter().map(|engine| engine.prepare(&program));
        let mut plain: Vec<_> = prepare().collect();
        let mut native: Vec<_> = prepare().collect();
        for seed in first..first + count {
            let calls = script(&program, seed);
            let setup = Setup {
                fuel: Some(1_000),
                pages: Some(PAGES),
                plain_support: true,
                ..Setup::default()
            };
            let judge = plain[0].run(&setup, &calls);
            if let Some(fault) = broken(&judge) {
                panic!("{addr}, seed {seed}: {fault:?}");
            }
            let with_native = Setup {
                plain_support: false,
                ..setup.clone()
            };
            let chosen = Engine::for_seed(seed);
            for (plain, native) in plain.iter_mut().zip(&mut native).skip(1) {
                if !chosen.contains(&plain.engine) {
                    continue;
                }
                let name = plain.engine.name();
                if let Some(difference) = plain.run(&setup, &calls).difference(&judge) {
                    panic!("{addr}, seed {seed} on {name}: {difference}");
                }
                // What routines return is then not specified, but they end.
                if let Some(fault) = broken(&native.run(&with_native, &calls)) {
                    panic!("{addr}, seed {seed} on {name}, native code: {fault:?}");
                }
            }
        }
    }
}
