//! Modules made by hand, and random words.

use super::*;
use crate::isa::decode::Value::{self, *};
use crate::isa::{DISCARD, Form, FuncType, HeapType, Op, RefType, ValType, encode};
use crate::module::{CompositeType, FieldType, FunctionRow, RegisterRun, StorageType, SubType};

/// A module with one function of type `params -> results` with unzeroed registers of the types
/// `registers`.
fn module(
    params: &[ValType],
    results: &[ValType],
    registers: &[ValType],
    code: &[(Op, &[Value])],
) -> Module {
    let mut words = Vec::new();
    for (op, values) in code {
        encode(*op, values, &mut words);
    }
    of_words(params, results, registers, words)
}

fn of_words(
    params: &[ValType],
    results: &[ValType],
    registers: &[ValType],
    words: Vec<u64>,
) -> Module {
    let runs: Vec<_> = registers
        .iter()
        .map(|&ty| RegisterRun {
            count: 1,
            ty: ty.word(),
            flags: 0,
        })
        .collect();
    Module {
        types: [FuncType::new(params, results)].into_iter().collect(),
        functions: vec![FunctionRow {
            runs: runs.len() as u32,
            words: words.len() as u64,
            ..FunctionRow::default()
        }]
        .into(),
        register_runs: runs.into(),
        code: words.into(),
        ..Module::default()
    }
}

fn ids(module: &Module) -> Vec<&'static str> {
    let findings = verify(module, &Options::default());
    findings.iter().map(|finding| finding.code.id).collect()
}

const I64: ValType = ValType::I64;

#[test]
fn operands_are_counted_as_people_do() {
    let wrong = module(
        &[I64, ValType::F64],
        &[],
        &[I64],
        &[(Op::AddI64, &[Reg(2), Reg(0), Reg(1)]), (Op::Return, &[])],
    );
    let findings = verify(&wrong, &Options::default());
    assert_eq!(findings.len(), 1);
    assert_eq!(
        findings[0].message,
        "operand 2 of ADD.i64 has type f64, expected i64"
    );
    assert_eq!(
        findings[0].site,
        Site::Code {
            function: 0,
            instruction: 0,
            word: 0,
            operand: Some(OperandSite {
                index: 2,
                element: 0
            })
        }
    );
}

#[test]
fn assignment_on_every_path() {
    let diamond = |second: (Op, &[Value])| {
        module(
            &[I64],
            &[I64],
            &[I64],
            &[
                (Op::IfI64, &[Reg(0), Label(3)]),
                (Op::ConstI64, &[Reg(1), Imm(1)]),
                (Op::Jump, &[Label(2)]),
                second,
                (Op::Return, &[Reg(1)]),
            ],
        )
    };
    assert_eq!(ids(&diamond((Op::ConstI64, &[Reg(1), Imm(2)]))), [""; 0]);
    assert_eq!(ids(&diamond((Op::ConstI64, &[Reg(0), Imm(2)]))), ["V0168"]);
}

/// The body of the loop comes before its condition and is reached only backwards.
#[test]
fn loops_entered_in_the_middle() {
    let rotated = |first: u16| {
        module(
            &[I64],
            &[],
            &[I64, I64],
            &[
                (Op::ConstI64, &[Reg(first), Imm(1)]),
                (Op::Jump, &[Label(2)]),
                (Op::AddI64, &[Reg(0), Reg(0), Reg(1)]),
                (Op::IfI64, &[Reg(0), Label(-1)]),
                (Op::Return, &[]),
            ],
        )
    };
    assert_eq!(ids(&rotated(1)), [""; 0]);
    assert_eq!(ids(&rotated(2)), ["V0168"]);
}

/// A chain of blocks each of which jumps to the one before it: walks in code order would be
/// quadratic, so this needs the worklist.
#[test]
fn blocks_in_reverse_order() {
    let chain = |assigned: u16| {
        let mut words = Vec::new();
        encode(Op::ConstI64, &[Reg(assigned), Imm(1)], &mut words);
        encode(Op::Jump, &[Label(1000)], &mut words);
        encode(Op::AddI64, &[Reg(0), Reg(1), Reg(1)], &mut words);
        encode(Op::Return, &[], &mut words);
        // Each goes one block back; the last is where the chain begins.
        for _ in 0..999 {
            encode(Op::IfI64, &[Reg(0), Label(-2)], &mut words);
            encode(Op::Return, &[], &mut words);
        }
        words[1] = 0;
        let last = words.len() as i32 - 2;
        let mut jump = Vec::new();
        encode(Op::Jump, &[Label(last - 1)], &mut jump);
        words[1] = jump[0];
        // The first of the chain goes to the addition.
        of_words(&[I64], &[], &[I64, I64], words)
    };
    assert_eq!(ids(&chain(1)), [""; 0]);
    assert_eq!(ids(&chain(2)), ["V0168"]);
}

#[test]
fn unreachable_code_may_read_anything() {
    let dead = module(
        &[],
        &[],
        &[I64],
        &[
            (Op::Return, &[]),
            (Op::AddI64, &[Reg(0), Reg(0), Reg(0)]),
            (Op::Return, &[]),
        ],
    );
    assert_eq!(ids(&dead), [""; 0]);
}

#[test]
fn results_may_be_dropped_but_not_arguments() {
    let call = |arg: u16, result: u16| {
        module(
            &[I64],
            &[I64],
            &[],
            &[
                (Op::Call, &[Index(0), Regs(&[arg]), Regs(&[result])]),
                (Op::Return, &[Reg(0)]),
            ],
        )
    };
    assert_eq!(ids(&call(0, DISCARD)), [""; 0]);
    assert_eq!(ids(&call(DISCARD, 0)), ["V0156"]);
}

#[test]
fn threads_change_nothing() {
    let mut words = Vec::new();
    encode(Op::AddI64, &[Reg(0), Reg(0), Reg(1)], &mut words);
    for _ in 0..200 {
        encode(Op::AddI64, &[Reg(0), Reg(0), Reg(0)], &mut words);
    }
    encode(Op::Return, &[], &mut words);
    let mut many = of_words(&[I64, ValType::F64], &[], &[], words.clone());
    let rows = many.functions.to_mut();
    let code = many.code.to_mut();
    for _ in 1..2000 {
        rows.push(FunctionRow {
            code: code.len() as u64,
            ..rows[0]
        });
        code.extend_from_slice(&words);
    }
    let of = |threads, most| {
        verify(
            &many,
            &Options {
                threads,
                most,
                ..Options::default()
            },
        )
    };
    let one = of(1, 10_000);
    assert_eq!(one.len(), 2000);
    assert_eq!(one, of(3, 10_000));
    assert_eq!(one[..7], of(3, 7));
    assert_eq!(one[..7], of(1, 7));
}

/// The quick checks accept exactly what the rows of the op table accept.
#[test]
fn quick_checks_agree_with_rows() {
    let numbers = [
        ValType::I32,
        I64,
        ValType::F32,
        ValType::F64,
        ValType::FUNCREF,
    ];
    let mut module = of_words(&numbers, &[], &[], vec![0x00c]);
    module
        .types
        .push(FuncType::new(&[I64], &[ValType::I32]).into());
    quick_checks_agree(&module, &[0, 1, 2, 3, 4, 5]);
}

/// The same with references and objects.
#[test]
fn quick_checks_agree_with_rows_about_objects() {
    let reference =
        |nullable, index| ValType::Ref(RefType::new(nullable, HeapType::Defined(index)));
    let field = |storage, is_mutable| FieldType {
        storage,
        is_mutable,
    };
    let value = StorageType::Value;
    let registers = [
        ValType::I32,
        I64,
        ValType::ANYREF,
        ValType::EXTERNREF,
        ValType::FUNCREF,
        reference(true, 1),
        reference(false, 1),
        reference(false, 2),
        reference(true, 3),
        reference(false, 4),
        reference(true, 5),
    ];
    let mut module = of_words(&registers, &[], &[], vec![0x00c]);
    let point = [
        field(value(ValType::I32), true),
        field(StorageType::I8, true),
        field(value(reference(true, 1)), true),
        field(value(I64), false),
    ];
    let longer = [&point[..], &[field(value(ValType::ANYREF), false)]].concat();
    for ty in [
        SubType::new(CompositeType::Struct(point.into()), None, false),
        SubType::new(CompositeType::Struct(longer.into()), Some(1), true),
        SubType::new(
            CompositeType::Array(field(StorageType::I16, false)),
            None,
            true,
        ),
        SubType::new(
            CompositeType::Array(field(value(reference(true, 1)), true)),
            None,
            true,
        ),
        FuncType::new(&[reference(true, 1)], &[reference(false, 2)]).into(),
    ] {
        module.types.push(ty);
    }
    let mut words: Vec<u64> = registers.iter().map(|ty| ty.word().into()).collect();
    words.extend(0..6);
    quick_checks_agree(&module, &words);
}

/// Compares the two for random words, which are put together of these numbers.
fn quick_checks_agree(context_module: &Module, numbers: &[u64]) {
    let options = Options::default();
    let context = Context::new(context_module, &options);
    let registers = context_module.types.func(0).map_or(0, |ty| ty.params.len()) as u64;
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = move || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let (mut accepted, mut refused) = (0, 0);
    for round in 0..200_000 {
        let form = Form::all().nth(round % Form::COUNT).expect("a form");
        // Small numbers, so that registers and indexes often exist.
        let mut word = || (0..4).fold(0, |word, _| (word << 16) | (next() % (registers + 1)));
        let first = (word() & !0xffff) | u64::from(form.number());
        let mut words = vec![first, word(), word(), word()];
        if next() % 4 == 0 {
            words[1] = next() << 32 >> (next() % 64);
        }
        if next() % 2 == 0 {
            let mut number = || numbers[(next() % numbers.len() as u64) as usize];
            words[1] = number() | number() << 32;
        }
        if next() % 3 > 0 {
            let (zero0, zero1) = form.info().unused_bits();
            words[0] &= !zero0;
            words[1] &= !zero1;
        }
        if let Some((quick, slow)) = types::quick_and_slow(&context, &words) {
            assert_eq!(quick, slow, "{form} {words:x?}");
            accepted += usize::from(quick);
            refused += usize::from(!quick);
        }
    }
    assert!(accepted > 1_000 && refused > 10_000, "{accepted} {refused}");
}
