#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what rules do not name is a fault of the test"
)]

use std::fmt::Write;

use super::*;
use crate::fusions::Fusion;
use crate::predecode::predecode;
use crate::random::Random;
use crate::{Config, Dispatch, Interpreter};
use vbc_core::isa::{SyntaxOperand, Trap, Ty, ValType};
use vbc_runtime::engine::{Engine, find_function};
use vbc_runtime::host::Host;
use vbc_runtime::{Outcome, Value};

#[test]
fn rules_are_found_by_their_instructions() {
    for rule in RULES {
        for &first in rule.firsts {
            assert!(any(first), "{rule:?}");
            for &second in rule.seconds {
                let constant = rule.shape.begins_with_constant();
                let mut found = rules(first, constant, second);
                assert!(found.any(|one| std::ptr::eq(one, rule)), "{rule:?}");
            }
        }
    }
    assert!(!any(Op::Jump));
    assert!(rules(Op::Move, false, Op::Jump).next().is_none());
    assert!(rules(Op::Jump, false, Op::Move).next().is_none());
}

/// The cells that rules make are those whose column names a fusion; that of two bytes moved at once is one
/// instruction's.
#[test]
fn every_fused_cell_has_a_rule() {
    for &cell in Cell::ALL {
        let made = RULES.iter().any(|rule| rule.cell == Some(cell));
        let fused = cell.columns().fusion.filter(|&one| one != Fusion::Bulk);
        let paid = format!("{cell:?}").ends_with("Paid");
        assert_eq!(made, fused.is_some() && !paid, "{cell:?}");
    }
}

/// Registers of each type that instructions name.
const REGISTERS: u64 = 2;
/// Pairs of functions for each two instructions of a rule.
const TRIALS: usize = 300;
const TYPES: [ValType; 4] = [ValType::I32, ValType::I64, ValType::F32, ValType::F64];

/// Makes programs in which rules apply, and the same programs with branches into the middle, where none does.
struct Maker {
    random: Random,
    /// The type of addresses.
    address: ValType,
    text: String,
}

impl Maker {
    fn below(&mut self, limit: u64) -> u64 {
        self.random.next() % limit
    }

    fn register(&mut self, ty: ValType) -> String {
        format!("{ty}_{}", self.below(REGISTERS))
    }

    fn operand(&mut self, op: Op, operand: SyntaxOperand) -> String {
        match operand {
            SyntaxOperand::Dst(ty, _) | SyntaxOperand::Src(ty, _) => {
                let ty = match ty {
                    Ty::Is(ty) => ty,
                    Ty::Any | Ty::Result => ValType::I64,
                    _ => panic!("{op:?} has {ty:?}"),
                };
                self.register(ty)
            }
            SyntaxOperand::Imm(..) => {
                const SOME: [i64; 8] = [1, -1, 2, 3, 31, 200, -40_000, 1 << 30];
                SOME[self.below(8) as usize].to_string()
            }
            SyntaxOperand::Address { .. } => {
                const SOME: [&str; 4] = ["", "", " + 8", " + 70000"];
                let offset = SOME[self.below(4) as usize];
                format!("[{}{offset}]", self.register(self.address))
            }
            SyntaxOperand::Label(_) => "taken".to_owned(),
            _ => panic!("{op:?} has {operand:?}"),
        }
    }

    /// An instruction with random operands; with or without a constant, where that is given.
    fn instruction(&mut self, op: Op, constant: Option<bool>) -> String {
        let is_constant = |operand| matches!(operand, SyntaxOperand::Imm(..));
        let forms: Vec<_> = (op.forms().iter().map(|form| form.syntax()))
            .filter(|form| {
                let has = form.iter().any(|one| is_constant(one.syntax));
                constant.is_none_or(|wanted| wanted == has)
            })
            .collect();
        let form = forms[self.below(forms.len() as u64) as usize];
        let operands: Vec<_> = (form.iter())
            .map(|one| self.operand(op, one.syntax))
            .collect();
        format!("{} {}", op.info().full_mnemonic(), operands.join(", "))
    }

    /// Two functions with the same instructions; that which begins with branches to all but the first is called `b`.
    fn functions(&mut self, number: usize, instructions: &[String], results: &[ValType]) {
        let registers = || {
            TYPES
                .iter()
                .flat_map(|ty| (0..REGISTERS).map(move |n| (ty, n)))
        };
        let params: String = registers()
            .map(|(ty, n)| format!("{ty}_{n}: {ty}, "))
            .collect();
        let all: Vec<String> = registers().map(|(ty, n)| format!("{ty}_{n}")).collect();
        for name in ["a", "b"] {
            let text = &mut self.text;
            let result = |ty: &ValType| ty.to_string();
            let types: Vec<String> = results.iter().map(result).collect();
            let _ = writeln!(
                text,
                "FUNC {name}{number}({params}skip: i32) -> ({})",
                types.join(", ")
            );
            text.push_str("  .reg place: i32\n");
            for at in 1..instructions.len() {
                if name == "b" {
                    let _ = writeln!(text, "  IF.i32 skip, at{at}");
                }
            }
            for (at, instruction) in instructions.iter().enumerate() {
                let _ = writeln!(text, "at{at}:\n  {instruction}");
            }
            if results.len() > 1 {
                for (label, place) in [("on", 0), ("taken", 1)] {
                    let _ = writeln!(text, "{label}:\n  LOAD_CONST.i32 place, {place}");
                    let _ = writeln!(text, "  RETURN {}, place", all.join(", "));
                }
            }
            text.push_str("END\n");
        }
    }

    /// Values of all registers: small numbers, addresses some of which lie outside memory, any numbers.
    fn arguments(&mut self) -> Vec<Value> {
        let mut values = Vec::new();
        for ty in TYPES {
            for _ in 0..REGISTERS {
                let number = match self.below(5) {
                    0 => self.random.next() as i64,
                    1 => 65_536 - self.below(12) as i64,
                    2 => self.below(4) as i64,
                    _ => self.below(400) as i64,
                };
                values.push(match ty {
                    ValType::I32 => Value::I32(number as i32),
                    ValType::I64 => Value::I64(number),
                    ValType::F32 => Value::F32((number % 1000) as f32 / 4.0),
                    ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
                        Value::F64((number % 1000) as f64 / 4.0)
                    }
                });
            }
        }
        values.push(Value::I32(0));
        values
    }
}

/// What a run came to: results, or trap and the number of the instruction, from the first that was made.
fn ended(outcome: Outcome, before: u32) -> Result<Vec<Value>, (Trap, u32)> {
    match outcome {
        Outcome::Finished(values) => Ok(values),
        Outcome::Trapped(report) => {
            let instruction = report.frames[0].instruction.expect("the program's own");
            Err((report.trap, instruction - before))
        }
        other => panic!("{other:?}"),
    }
}

/// Runs both functions of each trial, and returns in how many of them the rule made its cell.
fn compare(maker: &mut Maker, cell: Cell, middle: u32) -> usize {
    let text = std::mem::take(&mut maker.text);
    let module =
        vbc_core::asm::assemble_verified(text.as_bytes(), "test.vitasm", &Default::default());
    let module = module.unwrap_or_else(|errors| panic!("{errors}\n{text}"));
    let program = vbc_linker::load("test", module).unwrap();
    let config = Config {
        dispatch: Some(Dispatch::Match),
        ..Config::default()
    };
    let mut interpreter = Interpreter::new(program.clone(), Host::default(), config).unwrap();
    interpreter.start().unwrap();
    let content: Vec<u8> = (0..65_536_u32).map(|n| (n * 31 % 251) as u8).collect();
    let mut made = 0;
    for trial in 0..TRIALS {
        let arguments = maker.arguments();
        let mut run = |name: &str, before: u32| {
            let function = find_function(&program, &format!("{name}{trial}")).unwrap();
            let mut memory = interpreter.memory_mut().unwrap();
            memory.write(0, &content).unwrap();
            let outcome = ended(interpreter.invoke(function, &arguments), before);
            let cells = predecode(interpreter.machine.facts(), function, false).cells;
            let memory = interpreter.memory().unwrap().to_vec();
            (cells[0] == cell as u64, outcome, memory)
        };
        let (fused, outcome, memory) = run("a", 0);
        let (unfused, expected, left) = run("b", middle);
        assert!(!unfused);
        let functions = || text.split("FUNC ").nth(trial * 2 + 1).unwrap().to_owned();
        assert_eq!(
            outcome,
            expected,
            "{cell:?}, {arguments:?}: {}",
            functions()
        );
        assert!(memory == left, "{cell:?}, {arguments:?}: {}", functions());
        made += usize::from(fused);
    }
    made
}

/// The instructions that a rule joins, all of them, and the cell that they become.
fn cases() -> Vec<(Vec<Op>, Cell, &'static Rule)> {
    let both = |rule: &Rule| -> Vec<Vec<Op>> {
        let firsts = rule.firsts.iter();
        let pair = |&first| rule.seconds.iter().map(move |&second| vec![first, second]);
        firsts.flat_map(pair).collect()
    };
    let mut cases = Vec::new();
    for rule in RULES {
        for ops in both(rule) {
            if let Some(cell) = rule.cell {
                cases.push((ops, cell, rule));
                continue;
            }
            // The sum and the access have a rule of their own.
            let indexed = RULES
                .iter()
                .filter(|one| matches!(one.shape, Shape::Indexed));
            for one in indexed.filter(|one| one.firsts.contains(&ops[1])) {
                for &access in one.seconds {
                    let cell = one.cell.expect("one for the access");
                    cases.push((vec![ops[0], ops[1], access], cell, rule));
                }
            }
        }
    }
    cases
}

/// Each rule, for all its instructions: the cell does what they do one after the other, whatever their operands are,
/// and is made for some.
#[test]
fn cells_do_what_their_instructions_do() {
    let mut random = Random(1);
    for (ops, cell, rule) in cases() {
        let ty = ops[0].info().suffix.first().copied();
        let ty = ty.unwrap_or(ValType::I64);
        let address = match ty {
            ValType::I32 => ValType::I32,
            _ => ValType::I64,
        };
        let mut results = TYPES.map(|ty| [ty; REGISTERS as usize]).concat();
        results.push(ValType::I32);
        if ops[1] == Op::Return {
            results = vec![ty];
        }
        let text = format!(".memory {address} 1 max 1\n");
        let mut maker = Maker {
            random,
            address,
            text,
        };
        for trial in 0..TRIALS {
            let constant = rule.shape.begins_with_constant();
            let mut instructions = vec![maker.instruction(ops[0], Some(constant))];
            for &op in &ops[1..] {
                instructions.push(match op {
                    Op::Return => format!("RETURN {}", maker.register(ty)),
                    _ => maker.instruction(op, None),
                });
            }
            maker.functions(trial, &instructions, &results);
        }
        let made = compare(&mut maker, cell, ops.len() as u32 - 1);
        assert!(made > 0, "{ops:?}: {rule:?}");
        random = maker.random;
    }
}
