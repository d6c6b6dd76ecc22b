//! Programs built word by word, run on every engine of the build.

use std::time::Duration;

use super::*;
use vbc_core::isa::decode::Value as Operand;
use vbc_core::isa::{Form, FuncType, Op, ValType, encode, encode_form};
use vbc_core::module::{FunctionRow, MemoryRow, Module, NO_MAX, RegisterRun, TableRow};
use vbc_runtime::PAGE;

use Operand::{Imm, Index, Label, Reg, Regs};

/// A function: type, number of further i64 registers, instructions.
pub(super) struct Function {
    ty: u32,
    registers: u16,
    code: Vec<u64>,
}

pub(super) fn function(ty: u32, registers: u16, code: &[(Op, &[Operand<'_>])]) -> Function {
    let mut words = Vec::new();
    for (op, values) in code {
        encode(*op, values, &mut words);
    }
    Function {
        ty,
        registers,
        code: words,
    }
}

pub(super) fn program(types: &[FuncType], functions: Vec<Function>) -> Program {
    load(module(types, functions))
}

/// The same with a table of references to functions.
pub(super) fn program_with_table(types: &[FuncType], functions: Vec<Function>) -> Program {
    let mut module = module(types, functions);
    module.tables.to_mut().push(TableRow {
        elem: ValType::FUNCREF.word(),
        index_type: ValType::I64.word(),
        min: 4,
        max: NO_MAX,
    });
    load(module)
}

fn load(module: Module) -> Program {
    let module = vbc_core::verify::Verified::new(module, &Default::default()).unwrap();
    vbc_linker::load("test", module).unwrap()
}

fn module(types: &[FuncType], functions: Vec<Function>) -> Module {
    let mut module = Module {
        types: types.iter().cloned().collect(),
        ..Module::default()
    };
    for function in functions {
        let first_run = module.register_runs.len() as u32;
        let runs = u32::from(function.registers > 0);
        if runs > 0 {
            module.register_runs.to_mut().push(RegisterRun {
                count: function.registers,
                ty: ValType::I64.word(),
                flags: 0,
            });
        }
        let row = FunctionRow {
            ty: function.ty,
            flags: 0,
            first_run,
            runs,
            code: module.code.len() as u64,
            words: function.code.len() as u64,
            ..FunctionRow::default()
        };
        module.functions.to_mut().push(row);
        module.code.to_mut().extend(function.code);
    }
    module.memories.to_mut().push(MemoryRow {
        index_type: ValType::I64.word(),
        flags: 0,
        min: 1,
        max: NO_MAX,
    });
    module
}

fn engines() -> Vec<Dispatch> {
    [Dispatch::Match, Dispatch::best()].to_vec()
}

pub(super) fn i64s(params: usize, results: usize) -> FuncType {
    FuncType::new(&vec![ValType::I64; params], &vec![ValType::I64; results])
}

fn run(program: &Program, limits: &Limits, args: &[Value]) -> Outcome {
    let outcomes: Vec<Outcome> = engines()
        .into_iter()
        .map(|engine| {
            let config = Config {
                dispatch: Some(engine),
                limits: limits.clone(),
                ..Config::default()
            };
            let interpreter = Interpreter::new(program.clone(), Host::default(), config);
            let mut interpreter = interpreter.unwrap();
            interpreter.start().unwrap();
            interpreter.invoke(0, args)
        })
        .collect();
    assert_eq!(outcomes[0], outcomes[1]);
    outcomes.into_iter().next().unwrap()
}

fn fib() -> Program {
    let code = function(
        0,
        3,
        &[
            (Op::IfLtI64, &[Reg(0), Imm(2), Label(10)]),
            (Op::SubI64, &[Reg(1), Reg(0), Imm(1)]),
            (Op::Call, &[Index(0), Regs(&[1]), Regs(&[2])]),
            (Op::SubI64, &[Reg(1), Reg(0), Imm(2)]),
            (Op::Call, &[Index(0), Regs(&[1]), Regs(&[3])]),
            (Op::AddI64, &[Reg(2), Reg(2), Reg(3)]),
            (Op::Return, &[Reg(2)]),
            (Op::Return, &[Reg(0)]),
        ],
    );
    program(&[i64s(1, 1)], vec![code])
}

#[test]
fn calls_itself() {
    let outcome = run(&fib(), &Limits::default(), &[Value::I64(20)]);
    assert_eq!(outcome, Outcome::Finished(vec![Value::I64(6765)]));
}

#[test]
fn fuel_is_counted_exactly() {
    // fib(10) makes 176 calls after the first.
    let limits = |fuel| Limits {
        fuel: Some(fuel),
        ..Limits::default()
    };
    let args = [Value::I64(10)];
    assert_eq!(
        run(&fib(), &limits(176), &args),
        Outcome::Finished(vec![Value::I64(55)])
    );
    assert_eq!(run(&fib(), &limits(175), &args), Outcome::OutOfFuel);
}

#[test]
fn endless_recursion_traps() {
    let code = function(
        0,
        1,
        &[
            (Op::Call, &[Index(0), Regs(&[0]), Regs(&[1])]),
            (Op::Return, &[Reg(1)]),
        ],
    );
    let program = program(&[i64s(1, 1)], vec![code]);
    let Outcome::Trapped(report) = run(&program, &Limits::default(), &[Value::I64(1)]) else {
        panic!("it must trap");
    };
    assert_eq!(report.trap, Trap::CallStackExhausted);
    assert!(report.omitted > 10_000);
    assert_eq!(report.frames[0].instruction, Some(0));
}

#[test]
fn endless_loops_end_by_time_and_fuel() {
    let code = function(0, 0, &[(Op::Jump, &[Label(0)])]);
    let program = program(&[i64s(0, 0)], vec![code]);
    let timed = Limits {
        timeout: Some(Duration::from_millis(20)),
        ..Limits::default()
    };
    assert_eq!(run(&program, &timed, &[]), Outcome::TimedOut);
    let fueled = Limits {
        fuel: Some(100_000),
        ..Limits::default()
    };
    assert_eq!(run(&program, &fueled, &[]), Outcome::OutOfFuel);
}

#[test]
fn several_results_and_arguments() {
    // f(a, b, c, d, e) = (e, a, 7, b) ; main(x) = f(x, 1, 2, 3, 4) as one number
    let rotate = function(
        1,
        1,
        &[
            (Op::ConstI64, &[Reg(5), Imm(7)]),
            (Op::Return, &[Regs(&[4, 0, 5, 1])]),
        ],
    );
    let main = function(
        0,
        8,
        &[
            (Op::ConstI64, &[Reg(1), Imm(1)]),
            (Op::ConstI64, &[Reg(2), Imm(2)]),
            (Op::ConstI64, &[Reg(3), Imm(3)]),
            (Op::ConstI64, &[Reg(4), Imm(4)]),
            (
                Op::Call,
                &[
                    Index(1),
                    Regs(&[0, 1, 2, 3, 4]),
                    Regs(&[5, 6, vbc_core::isa::DISCARD, 7]),
                ],
            ),
            (Op::MulI64, &[Reg(8), Reg(5), Imm(10)]),
            (Op::AddI64, &[Reg(8), Reg(8), Reg(6)]),
            (Op::MulI64, &[Reg(8), Reg(8), Imm(10)]),
            (Op::AddI64, &[Reg(8), Reg(8), Reg(7)]),
            (Op::Return, &[Reg(8)]),
        ],
    );
    let program = program(&[i64s(1, 1), i64s(5, 4)], vec![main, rotate]);
    let outcome = run(&program, &Limits::default(), &[Value::I64(9)]);
    assert_eq!(outcome, Outcome::Finished(vec![Value::I64(491)]));
}

#[test]
fn tail_calls_need_no_stack() {
    // down(n) = n == 0 ? 42 : down(n - 1)
    let code = function(
        0,
        1,
        &[
            (Op::IfEqI64, &[Reg(0), Imm(0), Label(5)]),
            (Op::SubI64, &[Reg(1), Reg(0), Imm(1)]),
            (Op::TailCall, &[Index(0), Regs(&[1])]),
            (Op::ConstI64, &[Reg(1), Imm(42)]),
            (Op::Return, &[Reg(1)]),
        ],
    );
    let program = program(&[i64s(1, 1)], vec![code]);
    let outcome = run(&program, &Limits::default(), &[Value::I64(1_000_000)]);
    assert_eq!(outcome, Outcome::Finished(vec![Value::I64(42)]));
}

#[test]
fn memory_is_bounded_and_grows() {
    // main(a) = { store64 [a] = a; grow 1; load64 [a + 0] }
    let code = function(
        0,
        2,
        &[
            (Op::StoreI64, &[Reg(0), Operand::Offset(0), Reg(0)]),
            (Op::ConstI64, &[Reg(1), Imm(1)]),
            (Op::MemoryGrow, &[Reg(2), Reg(1), Index(0)]),
            (Op::LoadI64, &[Reg(1), Reg(0), Operand::Offset(0)]),
            (Op::Return, &[Reg(1)]),
        ],
    );
    let program = program(&[i64s(1, 1)], vec![code]);
    let last = 65_536 - 8;
    assert_eq!(
        run(&program, &Limits::default(), &[Value::I64(last)]),
        Outcome::Finished(vec![Value::I64(last)])
    );
    for address in [last + 1, -1, i64::MAX] {
        let outcome = run(&program, &Limits::default(), &[Value::I64(address)]);
        let Outcome::Trapped(report) = outcome else {
            panic!("{address} must trap");
        };
        assert_eq!(report.trap, Trap::MemoryOutOfBounds);
        assert_eq!(report.frames[0].instruction, Some(0));
    }
}

#[test]
fn release_builds_have_the_tail_engine() {
    if cfg!(all(vbc_tail, not(debug_assertions))) {
        assert_ne!(Dispatch::best(), Dispatch::Match);
        assert_eq!(Dispatch::named("tail"), Some(Dispatch::best()));
    }
    assert_eq!(Dispatch::named("match"), Some(Dispatch::Match));
}

/// An instruction on the first registers of its types: those of each type are consecutive.
fn sample(form: Form) -> Option<Vec<Operand<'static>>> {
    use vbc_core::isa::{IndexSpace, Role, Ty};
    let register = |ty| {
        let at = ValType::PLAIN.iter().position(|&known| known == ty)?;
        Some(at as u16 * 2)
    };
    form.info()
        .operands
        .iter()
        .map(|operand| match operand.role {
            // Sources are 3, or what was computed from that; nothing traps.
            Role::Dst(Ty::Is(ty)) => Some(Reg(register(ty)? + 1)),
            Role::Src(Ty::Is(ty)) => Some(Reg(register(ty)?)),
            Role::Dst(Ty::Any) => Some(Reg(register(ValType::I64)? + 1)),
            Role::Src(Ty::Any) => Some(Reg(register(ValType::I64)?)),
            Role::Dst(Ty::Addr) => Some(Reg(register(ValType::I64)? + 1)),
            Role::Src(Ty::Addr) => Some(Reg(register(ValType::I64)?)),
            Role::Imm(_) => Some(Imm(2)),
            Role::Offset => Some(Operand::Offset(8)),
            Role::Index(IndexSpace::Memory) => Some(Index(0)),
            Role::Dst(_) | Role::Src(_) | Role::Addend | Role::Label | Role::Targets => None,
            Role::Index(_)
            | Role::TrapKind
            | Role::RefType
            | Role::Field
            | Role::Count
            | Role::Args(_)
            | Role::Results(_) => None,
        })
        .collect()
}

/// A loop over every instruction that the function can hold, `rounds` times.
fn everything(rounds: i64) -> (Program, usize) {
    let mut code = Vec::new();
    let mut held = 0;
    // A wide constant that fits a narrower form is not valid.
    for form in Form::all().filter(|form| form.info().narrower().is_none()) {
        let op = form.op();
        let ends = op.info().effects.has(vbc_core::isa::Effects::ENDS);
        if ends || matches!(op, Op::MemoryGrow | Op::ConstI64) {
            continue;
        }
        if let Some(values) = sample(form) {
            encode_form(form, &values, &mut code);
            held += 1;
        }
    }
    // Register 2 is the i64 source, 12 the counter.
    let mut start = Vec::new();
    encode(Op::ConstI32, &[Reg(0), Imm(3)], &mut start);
    encode(Op::ConstI64, &[Reg(2), Imm(3)], &mut start);
    encode(Op::ToFloatF32I32, &[Reg(4), Reg(0)], &mut start);
    encode(Op::ToFloatF64I32, &[Reg(6), Reg(0)], &mut start);
    encode(Op::RefNull, &[Reg(8)], &mut start);
    encode(Op::RefNull, &[Reg(10)], &mut start);
    encode(Op::ConstI64, &[Reg(12), Imm(0)], &mut start);
    let length = code.len() as i32;
    encode(Op::AddI64, &[Reg(12), Reg(12), Imm(1)], &mut code);
    let back = Label(-length - 1);
    let body = [Reg(12), Imm(rounds), back];
    encode(Op::IfLtI64, &body, &mut code);
    encode(Op::Return, &[], &mut code);
    start.extend(code);
    let mut module = Module {
        types: [i64s(0, 0)].into_iter().collect(),
        ..Module::default()
    };
    for ty in ValType::PLAIN.into_iter().chain([ValType::I64]) {
        let count = if module.register_runs.len() < 6 { 2 } else { 1 };
        module.register_runs.to_mut().push(RegisterRun {
            count,
            ty: ty.word(),
            flags: 0,
        });
    }
    module.functions.to_mut().push(FunctionRow {
        runs: 7,
        words: start.len() as u64,
        ..FunctionRow::default()
    });
    module.code = start.into();
    module.memories.to_mut().push(MemoryRow {
        index_type: ValType::I64.word(),
        flags: 0,
        min: 1,
        max: NO_MAX,
    });
    let module = vbc_core::verify::Verified::new(module, &Default::default()).unwrap();
    (vbc_linker::load("test", module).unwrap(), held)
}

#[test]
fn handlers_need_no_native_stack() {
    let rounds = if cfg!(debug_assertions) { 100 } else { 100_000 };
    let (program, held) = everything(rounds);
    assert!(held > 200, "{held}");
    for engine in engines() {
        let config = Config {
            dispatch: Some(engine),
            ..Config::default()
        };
        let mut interpreter = Interpreter::new(program.clone(), Host::default(), config).unwrap();
        // A handler that really called the next one would need sixteen bytes each time.
        let thread = std::thread::Builder::new().stack_size(64 << 10);
        let run = thread.spawn(move || interpreter.invoke(0, &[])).unwrap();
        assert_eq!(run.join().unwrap(), Outcome::Finished(Vec::new()));
    }
}

/// A program that reads a number with so many digits that it takes longer than `timeout`, and does
/// nothing after that which would notice the end of its time.
fn reads_for_long(timeout: Option<Duration>, engine: Dispatch, plain_support: bool) -> Outcome {
    const DIGITS: usize = 64 << 20;
    let text = format!(
        ".memory i64 {}
         .extern vbc.parse_i64(addr, addr) -> (i64, i32)
         FUNC main() -> i32
           LOAD_CONST p, {PAGE}
           LOAD_CONST n, {DIGITS}
           CALL vbc.parse_i64, p, n -> v, ok
           RETURN ok
         END",
        DIGITS as u64 / PAGE + 1
    );
    let module = vbc_core::asm::assemble(text.as_bytes(), "long.vitasm", &Default::default());
    let module = vbc_core::verify::Verified::new(module.unwrap(), &Default::default()).unwrap();
    let program = vbc_linker::load("long.vitasm", module).unwrap();
    let config = Config {
        limits: Limits {
            timeout,
            fuel: Some(1),
            ..Limits::default()
        },
        dispatch: Some(engine),
        plain_support,
        ..Config::default()
    };
    let mut interpreter = Interpreter::new(program, Host::default(), config).unwrap();
    interpreter.start().unwrap();
    let mut memory = interpreter.memory_mut().unwrap();
    let rest = memory.len() - PAGE;
    memory.borrow_mut(PAGE, rest).unwrap().fill(b'0');
    interpreter.invoke(0, &[])
}

#[test]
fn support_routines_notice_the_end_of_the_time() {
    for engine in engines() {
        for plain in [false, true] {
            let timeout = Some(Duration::from_millis(150));
            let outcome = reads_for_long(timeout, engine, plain);
            assert_eq!(outcome, Outcome::TimedOut, "{engine:?}, {plain}");
        }
        // With time enough it is a number.
        let outcome = reads_for_long(None, engine, false);
        assert_eq!(outcome, Outcome::Finished(vec![Value::I32(1)]));
    }
}

#[test]
fn long_texts_are_read_as_written_when_time_is_limited() {
    // More digits than native code takes then, and a value at the end.
    let text = ".memory i64 40
        .extern vbc.parse_i64(addr, addr) -> (i64, i32)
        FUNC main(p: i64, n: i64) -> (i64, i32)
          CALL vbc.parse_i64, p, n -> v, ok
          CALL vbc.parse_i64, p, n -> v, ok
          RETURN v, ok
        END";
    let module = vbc_core::asm::assemble(text.as_bytes(), "long.vitasm", &Default::default());
    let module = vbc_core::verify::Verified::new(module.unwrap(), &Default::default()).unwrap();
    let program = vbc_linker::load("long.vitasm", module).unwrap();
    for engine in engines() {
        let config = Config {
            limits: Limits {
                timeout: Some(Duration::from_secs(3_600)),
                ..Limits::default()
            },
            dispatch: Some(engine),
            ..Config::default()
        };
        let mut interpreter = Interpreter::new(program.clone(), Host::default(), config).unwrap();
        interpreter.start().unwrap();
        let mut memory = interpreter.memory_mut().unwrap();
        let digits = memory.borrow_mut(1 << 16, 37 << 16).unwrap();
        digits.fill(b'0');
        let count = digits.len();
        digits[count - 3..].copy_from_slice(b"123");
        let length = Value::I64(count as i64);
        let outcome = interpreter.invoke(0, &[Value::I64(1 << 16), length]);
        let read = vec![Value::I64(123), Value::I32(1)];
        assert_eq!(outcome, Outcome::Finished(read));
        let outcome = interpreter.invoke(0, &[Value::I64(1 << 16), Value::I64(1 << 40)]);
        let Outcome::Trapped(report) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(report.trap, Trap::MemoryOutOfBounds);
        assert_eq!(report.frames[0].instruction, Some(0));
        assert_eq!(report.frames.len(), 1);
    }
}

/// An observed interpreter of a program in text, on each engine.
fn observed(text: &str) -> Vec<Interpreter> {
    let module =
        vbc_core::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}"));
    let program = vbc_linker::load("test", module).unwrap();
    let make = |dispatch| {
        let config = Config {
            dispatch: Some(dispatch),
            observer: Some(Observer::new()),
            ..Config::default()
        };
        Interpreter::new(program.clone(), Host::default(), config).unwrap()
    };
    engines().into_iter().map(make).collect()
}

/// Index of the function with that name.
fn index(interpreter: &Interpreter, name: &str) -> u32 {
    let program = &interpreter.machine.guest.bound.program;
    vbc_runtime::engine::find_function(program, name).unwrap()
}

fn walk(interpreter: &mut Interpreter) -> Vec<Frame> {
    let vm = &mut *interpreter.machine;
    frames(&mut vm.code, &vm.natives, vm.saved, &vm.stack).collect()
}

#[test]
fn frames_are_those_of_the_active_calls() {
    let text = "\
FUNC deep(n: i64) -> i64
  IF_EQ.i64 n, 0, bottom
  SUB n, n, 1
  CALL deep, n -> n
  RETURN n
bottom:
  TRAP unreachable
END
MAIN -> i64
  LOAD_CONST r, 3
  CALL deep, r -> r
  RETURN r
END
";
    for mut interpreter in observed(text) {
        let (main, deep) = (index(&interpreter, "main"), index(&interpreter, "deep"));
        assert_eq!(walk(&mut interpreter).len(), 0);
        let outcome = interpreter.invoke(main, &[]);
        assert!(matches!(outcome, Outcome::Trapped(_)), "{outcome:?}");
        let frames = walk(&mut interpreter);
        let functions: Vec<u32> = frames.iter().map(|frame| frame.function).collect();
        assert_eq!(functions, [deep, deep, deep, deep, main]);
        assert!(frames.is_sorted_by(|inner, outer| inner.fp > outer.fp));
        // All calls of `deep` are at the same cell, except for the innermost.
        assert_eq!(frames[1].at, frames[3].at);
        assert_ne!(frames[0].at, frames[1].at);
        let snapshot = interpreter.snapshot().unwrap();
        assert_eq!(snapshot.registers, [("n".to_owned(), Some(Value::I64(0)))]);
        let calls: Vec<&str> = snapshot.calls.iter().map(|call| &*call.0).collect();
        assert_eq!(calls, ["deep", "deep", "deep", "deep", "main"]);
    }
}

#[test]
fn a_tail_call_that_traps_shows_its_caller() {
    let text = "\
.table t: funcref 1
FUNC gone(x: i64) -> i64
  .reg i: i32
  LOAD_CONST i, 0
  LOAD_CONST x, 77
  TAIL_CALL_INDIRECT t, i, (i64 -> i64), x
END
MAIN -> i64
  LOAD_CONST r, 3
  CALL gone, r -> r
  RETURN r
END
";
    for mut interpreter in observed(text) {
        let main = index(&interpreter, "main");
        let outcome = interpreter.invoke(main, &[]);
        assert!(matches!(outcome, Outcome::Trapped(_)), "{outcome:?}");
        let snapshot = interpreter.snapshot().unwrap();
        assert_eq!(snapshot.function, "main");
        assert_eq!(snapshot.registers, [("r".to_owned(), Some(Value::I64(3)))]);
    }
}

#[test]
fn references_among_other_registers() {
    let text = "\
.table t: externref 2
FUNC pass(a: externref, x: i64, f: funcref) -> (funcref, i64, externref)
  .reg r: externref zeroed
  .reg n: i64
  .reg s: funcref
  .reg m: i64 zeroed
  .reg i: i32
  REF_IS_NULL i, r
  IF i, empty
  TRAP unreachable
empty:
  MOVE r, a
  MOVE s, f
  LOAD_CONST n, 5
  ADD n, n, x
  ADD n, n, m
  LOAD_CONST i, 1
  TABLE_SET t, i, r
  TABLE_GET r, t, i
  IF_EQ.i64 n, 5, stop
  RETURN s, n, r
stop:
  TRAP unreachable
END
FUNC twice(a: externref, x: i64, f: funcref) -> (externref, i64, funcref)
  .reg g: funcref
  .reg y: i64
  .reg b: externref
  CALL pass, a, x, f -> g, y, b
  CALL pass, b, y, g -> g, y, b
  CALL pass, b, y, g -> _, y, _
  RETURN b, y, g
END
";
    for mut interpreter in observed(text) {
        let (pass, twice) = (index(&interpreter, "pass"), index(&interpreter, "twice"));
        let (a, f) = (Value::ExternRef(Some(70)), Value::FuncRef(Some(1)));
        let outcome = interpreter.invoke(twice, &[a, Value::I64(3), f]);
        assert_eq!(outcome, Outcome::Finished(vec![a, Value::I64(18), f]));
        let outcome = interpreter.invoke(pass, &[a, Value::I64(0), f]);
        assert!(matches!(outcome, Outcome::Trapped(_)), "{outcome:?}");
        let registers = interpreter.snapshot().unwrap().registers;
        let held = |name: &str| registers.iter().find(|one| one.0 == name).unwrap().1;
        assert_eq!(
            (held("a"), held("f"), held("r"), held("s")),
            (Some(a), Some(f), Some(a), Some(f))
        );
        let numbers = ["x", "n", "m"].map(held);
        assert_eq!(numbers, [0, 5, 0].map(|n| Some(Value::I64(n))));
        assert_eq!(held("i"), Some(Value::I32(1)));
    }
}
