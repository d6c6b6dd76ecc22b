use vbc_core::isa::Op;
use vbc_core::isa::decode::Value::{Imm, Label, Reg};
use vbc_runtime::Value;
use vbc_runtime::engine::Engine;
use vbc_runtime::host::Host;

use super::*;
use crate::superinstructions::SUPERINSTRUCTIONS;
use crate::tests::{function, i64s, program};
use crate::{Config, Dispatch, Interpreter};

fn parse(text: &str) -> Profile {
    text.parse().unwrap()
}

/// What the program records that runs a loop `rounds` times.
fn record(rounds: i64, dispatch: Dispatch) -> Profile {
    let code = function(
        0,
        2,
        &[
            // The head of the loop, which no cell runs into.
            (Op::AddI64, &[Reg(1), Reg(0), Reg(0)]),
            (Op::MulI64, &[Reg(2), Reg(1), Reg(0)]),
            // The second operand is the product: it changes places with the first.
            (Op::XorI64, &[Reg(2), Reg(0), Reg(2)]),
            // One cell.
            (Op::SubI64, &[Reg(0), Reg(0), Imm(1)]),
            (Op::IfNeI64, &[Reg(0), Imm(0), Label(-4)]),
            (Op::NotI64, &[Reg(1), Reg(2)]),
            (Op::Return, &[Reg(2)]),
        ],
    );
    let config = Config {
        dispatch: Some(dispatch),
        recorded: true,
        ..Config::default()
    };
    let program = program(&[i64s(1, 1)], vec![code]);
    let mut interpreter = Interpreter::new(program, Host::default(), config).unwrap();
    interpreter.start().unwrap();
    interpreter.invoke(0, &[Value::I64(rounds)]);
    interpreter.profile().unwrap()
}

#[test]
fn counts_are_exact() {
    for dispatch in [Dispatch::Match, Dispatch::best()] {
        let profile = record(5, dispatch);
        assert_eq!(
            profile.to_string(),
            "5 AddI64 MulI64 b\n5 MulI64 Xor b\n5 Xor CountNeI64Imm\n1 CountNeI64Imm NotI64\n1 NotI64 Return1\n"
        );
    }
}

#[test]
fn profiles_are_read_as_they_are_written() {
    let profile = record(3, Dispatch::Match);
    assert_eq!(parse(&profile.to_string()), profile);
}

#[test]
fn profiles_are_added() {
    let mut both = parse("7 AddI64 MulI64 b\n1 Xor Return1 a");
    both.add(&parse("2 AddI64 MulI64 b\n3 AddI64 MulI64"));
    let sum = parse("9 AddI64 MulI64 b\n1 Xor Return1 a\n3 AddI64 MulI64");
    assert_eq!(both, sum);
}

#[test]
fn what_is_no_profile_is_refused() {
    for (text, error) in [
        ("7 AddI64 MulI64 b\n7", "line 2: a count and two cells"),
        ("x AddI64 MulI64", "line 1: `x` is no count"),
        ("7 AddI64 Mul", "line 1: there is no cell `Mul`"),
        ("7 AddI64 MulI64 e", "line 1: there is no operand ` e`"),
        ("7 Call0 MulI64", "line 1: these cannot be joined"),
        ("7 AddI64 Poll", "line 1: these cannot be joined"),
        ("7 AddI64 IfNePaid", "line 1: these cannot be joined"),
        ("7 AddI64 Or b\n8 AddI64 Or b", "line 2: a second count"),
    ] {
        assert_eq!(text.parse::<Profile>(), Err(error.into()), "{text}");
    }
}

/// Whatever the order of the lines; of equally frequent ones, the first in the list of cells.
#[test]
fn the_most_frequent_are_chosen() {
    let lines = [
        "10 Xor Return1 a",
        "40 Load32 AddI32 b",
        "20 AddI32 Store32",
        "20 AddI32 Store32 a",
        "20 AddI32 Load32 b",
        "30 If Const32",
    ];
    let mut reversed = lines;
    reversed.reverse();
    for lines in [lines, reversed] {
        let profile = parse(&lines.join("\n"));
        let chosen = |most| data_file(&profile.choose(most));
        let body = |most| {
            let text = chosen(most);
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(body(0), [""; 0]);
        assert_eq!(body(1), ["Load32 AddI32 b"]);
        assert_eq!(body(2), ["If Const32", "Load32 AddI32 b"]);
        assert_eq!(
            body(4),
            [
                "If Const32",
                "Load32 AddI32 b",
                "AddI32 Load32 b",
                "AddI32 Store32 a",
            ]
        );
        assert_eq!(body(100).len(), 6);
    }
}

/// The data file is what the choosing program writes for what is in it, and holds only what can be joined.
#[test]
fn the_data_file_is_in_order() {
    let mut all = Vec::new();
    for &(first, seconds) in SUPERINSTRUCTIONS {
        for &(second, forwarded) in seconds {
            let one = Superinstruction::new(first, second, forwarded);
            assert!(one.is_possible(), "{one}");
            let taken = second.columns().forwardable.contains(&forwarded);
            assert!(taken || forwarded == Forwarded::Nothing, "{one}");
            all.push(one);
        }
    }
    assert!(all.is_sorted() && all.windows(2).all(|two| two[0] != two[1]));
    assert_eq!(data_file(&all), include_str!("../../superinstructions.txt"));
}
