//! Measures the verifier on made-up modules, in one thread:
//!
//!     cargo run --release -p vbc --example verify_throughput [MB] [ROUNDS]
//!
//! `typical` resembles what a compiler makes from ordinary functions: loops, calls, loads and
//! stores, temporaries that live in one block, variables that live longer. `random` takes every
//! instruction of the op table equally often. Each line shows the best of the rounds and the
//! median. `VBC_BENCH_ONLY=typical` and the like select one, for a profiler; `VBC_BENCH_WRITE=FILE`
//! writes the module for other tools to measure.

use std::sync::Arc;
use std::time::Instant;

use vbc::format::{AlignedBytes, Container, Limits, WriteOptions, read_sections, write};
use vbc::isa::decode::Value::{self, *};
use vbc::isa::{Effects, Form, FuncType, IndexSpace, Op, Role, Ty, ValType, encode, encode_form};
use vbc::module::{FunctionRow, MemoryRow, Module, NO_MAX, RegisterRun, SharedBytes};
use vbc::verify::{Options, verify};

struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// Parameters, then registers of each type in runs of this many.
const RUN: u16 = 24;
const TYPES: [ValType; 4] = [ValType::I64, ValType::I32, ValType::F64, ValType::F32];

fn register(random: &mut Random, ty: ValType) -> u16 {
    let run = TYPES.iter().position(|&other| other == ty).unwrap_or(0) as u16;
    2 + run * RUN + random.below(RUN.into()) as u16
}

/// Sets everything, so that all that follows is assigned.
fn set_variables(code: &mut Vec<u64>) {
    for register in 0..RUN {
        encode(Op::ConstI64, &[Reg(2 + register), Imm(1)], code);
        encode(Op::ConstI32, &[Reg(2 + RUN + register), Imm(1)], code);
        encode(Op::Move, &[Reg(2 + 2 * RUN + register), Reg(1)], code);
        encode(Op::ConstF32, &[Reg(2 + 3 * RUN + register), Imm(1)], code);
    }
}

fn typical(random: &mut Random, code: &mut Vec<u64>, functions: u32) {
    let start = code.len();
    set_variables(code);
    let mut loops = vec![code.len()];
    for _ in 0..200 {
        let i64s: [u16; 3] = std::array::from_fn(|_| register(random, ValType::I64));
        let i32s: [u16; 3] = std::array::from_fn(|_| register(random, ValType::I32));
        let f64s: [u16; 3] = std::array::from_fn(|_| register(random, ValType::F64));
        let r3 = |r: [u16; 3]| [Reg(r[0]), Reg(r[1]), Reg(r[2])];
        match random.below(20) {
            0..4 => encode(Op::AddI64, &r3(i64s), code),
            4..6 => encode(Op::AddI32, &[Reg(i32s[0]), Reg(i32s[1]), Imm(7)], code),
            6..8 => encode(Op::MulF64, &r3(f64s), code),
            8..10 => encode(Op::LoadI64, &[Reg(i64s[0]), Reg(i64s[1]), Offset(16)], code),
            10 => encode(Op::StoreF64, &[Reg(i64s[0]), Offset(8), Reg(f64s[0])], code),
            11 => encode(Op::StoreI32, &[Reg(i64s[0]), Offset(8), Reg(i32s[0])], code),
            12 => encode(Op::ConstI64, &[Reg(i64s[0]), Imm(100)], code),
            13 => encode(Op::Move, &[Reg(i64s[0]), Reg(i64s[1])], code),
            14 => encode(Op::LtI64, &[Reg(i32s[0]), Reg(i64s[1]), Reg(i64s[2])], code),
            15 => {
                // A conditional branch over the next instruction.
                encode(Op::IfI32, &[Reg(i32s[0]), Label(2)], code);
                encode(Op::AddI64, &r3(i64s), code);
            }
            16 => {
                encode(Op::IfLtI64, &[Reg(i64s[0]), Reg(i64s[1]), Label(3)], code);
                encode(Op::MulI64, &r3(i64s), code);
            }
            17 => {
                let callee = random.below(functions.into()) as u32;
                let (args, results) = ([i64s[0], f64s[0]], [i64s[1]]);
                encode(
                    Op::Call,
                    &[Index(callee), Regs(&args), Regs(&results)],
                    code,
                );
            }
            18 if loops.len() < 5 => loops.push(code.len()),
            _ => {
                if let Some(head) = loops.pop() {
                    let back = head as i64 - code.len() as i64;
                    encode(Op::IfNotI64, &[Reg(i64s[0]), Label(back as i32)], code);
                    loops.push(head);
                    if loops.len() > 1 {
                        loops.pop();
                    }
                }
            }
        }
    }
    debug_assert!(code.len() > start);
    encode(Op::Return, &[Reg(2)], code);
}

/// Every instruction that has no index and ends no block, in random order, with a branch
/// now and then.
fn random(random: &mut Random, code: &mut Vec<u64>) {
    set_variables(code);
    for _ in 0..1000 {
        let number = random.below(Form::COUNT as u64) as usize;
        let form = Form::all().nth(number).expect("a form");
        let info = form.info();
        let mut any = None;
        let mut values: Vec<Value> = Vec::new();
        for operand in info.operands {
            values.push(match operand.role {
                Role::Dst(ty) | Role::Src(ty) => {
                    let ty = match ty {
                        Ty::Is(ty) if !ty.is_ref() => ty,
                        Ty::Any => *any.get_or_insert(TYPES[random.below(4) as usize]),
                        Ty::Addr => ValType::I64,
                        _ => break,
                    };
                    Reg(register(random, ty))
                }
                Role::Imm(ValType::I32) => Imm(100_000 + random.below(100) as i64),
                Role::Imm(_) => Imm(1 << 40),
                Role::Offset => Offset(1 << 20),
                Role::Label => Label(info.fixed_words() as i32),
                Role::Index(IndexSpace::Memory) => Index(0),
                _ => break,
            });
        }
        let complete = values.len() == info.operands.len() && !values.is_empty();
        if complete && !form.op().info().effects.has(Effects::STOPS) {
            encode_form(form, &values, code);
        }
    }
    encode(Op::Return, &[Reg(2)], code);
}

fn module(bytes: usize, fill: impl Fn(&mut Random, &mut Vec<u64>)) -> Module {
    let mut state = Random(0x2545_f491_4f6c_dd1d);
    let mut module = Module {
        types: [FuncType::new(
            &[ValType::I64, ValType::F64],
            &[ValType::I64],
        )]
        .into_iter()
        .collect(),
        memories: vec![MemoryRow {
            index_type: ValType::I64.word(),
            min: 1,
            max: NO_MAX,
            ..MemoryRow::default()
        }]
        .into(),
        ..Module::default()
    };
    let (rows, runs, code) = (
        module.functions.to_mut(),
        module.register_runs.to_mut(),
        module.code.to_mut(),
    );
    while code.len() * 8 < bytes {
        let start = code.len();
        fill(&mut state, code);
        rows.push(FunctionRow {
            first_run: runs.len() as u32,
            runs: TYPES.len() as u32,
            code: start as u64,
            words: (code.len() - start) as u64,
            ..FunctionRow::default()
        });
        runs.extend(TYPES.map(|ty| RegisterRun {
            count: RUN,
            ty: ty.word(),
            flags: 0,
        }));
    }
    module
}

fn measure(what: &str, rounds: usize, bytes: usize, mut work: impl FnMut()) {
    let mut times: Vec<_> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let speed = |time: f64| bytes as f64 / 1e6 / time;
    println!(
        "{what:<24} {:>8.0} MB/s best {:>8.0} median",
        speed(times[0]),
        speed(times[times.len() / 2])
    );
}

fn main() {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|word| word.parse().unwrap_or(0));
    let size = arguments.next().unwrap_or(32) * 1_000_000;
    let rounds = arguments.next().unwrap_or(9).max(1);
    let only = std::env::var("VBC_BENCH_ONLY").ok();
    let wanted = |name: &str| only.as_ref().is_none_or(|only| only == name);
    let limits = Limits::default();
    // Calls may name any function that will certainly exist.
    let functions = (size / 8 / 1000).max(1) as u32;
    let single = Options {
        threads: 1,
        ..Options::default()
    };
    for (name, module) in [
        (
            "typical",
            module(size, |r, code| typical(r, code, functions.min(100))),
        ),
        ("random", module(size, random)),
    ] {
        if !wanted(name) {
            continue;
        }
        let findings = verify(&module, &single);
        assert!(findings.is_empty(), "{:?}", findings[0]);
        measure(name, rounds, module.code.len() * 8, || {
            assert!(verify(&module, &single).is_empty());
        });
        let bytes = write(&module, &WriteOptions::default());
        let length = bytes.len();
        if let Some(path) = std::env::var_os("VBC_BENCH_WRITE") {
            std::fs::write(path, &bytes).expect("the file can be written");
        }
        let bytes: SharedBytes = Arc::new(AlignedBytes::from(&*bytes));
        measure(&format!("{name}, crc, structure"), rounds, length, || {
            let container = Container::open(&Arc::from("x"), bytes.clone(), &limits);
            let container = container.unwrap_or_else(|fault| panic!("{fault}"));
            let (module, faults) = read_sections(&container, &limits);
            let structure = Options {
                code: false,
                ..single.clone()
            };
            assert!(faults.is_empty() && verify(&module, &structure).is_empty());
        });
    }
}
