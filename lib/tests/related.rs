//! What rows of the op table state about other rows, against what the instructions compute.

use std::fmt::Write;

use vbc::Vm;
use vbc::isa::{Class, Op, ValType};
use vbc::runtime::Value;

/// Values of a type that tell instructions apart.
fn samples(ty: ValType) -> Vec<Value> {
    let integers = [0, 1, -1, 7, -7, 13, i64::MIN, i64::MAX, 0x5555_5555];
    let floats = [0.0, -0.0, 1.5, -2.25, f64::INFINITY, f64::NAN, 1e-300];
    match ty {
        // The least and the greatest integer are their low halves rotated into place.
        ValType::I32 => integers
            .map(|x| Value::I32((x as u64).rotate_left(32) as i32 ^ x as i32))
            .to_vec(),
        ValType::I64 => integers.map(Value::I64).to_vec(),
        ValType::F32 => floats.map(|x| Value::F32(x as f32)).to_vec(),
        ValType::F64 => floats.map(Value::F64).to_vec(),
        ValType::Ref(_) | ValType::Ptr => Vec::new(),
    }
}

/// Instructions that make a register from two of one type, with that type.
fn binary() -> impl Iterator<Item = (Op, ValType)> {
    Op::ALL.iter().filter_map(|&op| {
        let info = op.info();
        let is_binary = matches!(info.class, Class::Binary | Class::Compare);
        (is_binary && info.suffix.len() == 1).then(|| (op, info.suffix[0]))
    })
}

/// A machine with a function for each of these instructions, which is called like it.
fn machine() -> Vm {
    let mut text = String::new();
    for (op, ty) in binary() {
        let name = op.info().full_mnemonic();
        let result = match op.info().class {
            Class::Compare => ValType::I32,
            _ => ty,
        };
        let written = writeln!(
            text,
            "FUNC \"{name}\"(x: {ty}, y: {ty}) -> {result}\n  {name} d, x, y\n  RETURN d\nEND"
        );
        written.expect("there is room");
    }
    let module = vbc::asm::assemble(text.as_bytes(), "related.vitasm", &Default::default());
    let mut vm = Vm::new();
    vm.load(module.unwrap_or_else(|errors| panic!("{errors}")))
        .unwrap_or_else(|errors| panic!("{errors}"));
    vm
}

/// What an instruction makes of two values, by bits, or how it traps. NaNs are all alike: which one arithmetic makes is open.
fn apply(vm: &mut Vm, op: Op, x: &Value, y: &Value) -> String {
    match vm.invoke(&op.info().full_mnemonic(), &[*x, *y]) {
        Ok(results) => format!("{results:?}"),
        Err(error) => error.to_string().lines().next().unwrap_or("").to_owned(),
    }
}

/// The first pair of values for which `first` differs from `second` with its operands exchanged.
fn difference(vm: &mut Vm, first: Op, second: Op, ty: ValType) -> Option<String> {
    let values = samples(ty);
    for x in &values {
        for y in &values {
            let one = apply(vm, first, x, y);
            let other = apply(vm, second, y, x);
            if one != other {
                return Some(format!("{first:?} {x:?} {y:?}: {one}, {second:?}: {other}"));
            }
        }
    }
    None
}

#[test]
fn mirrored_instructions_compute_the_same() {
    let mut vm = machine();
    let mut mirrored = 0;
    for (op, ty) in binary() {
        if let Some(mirror) = op.mirrored() {
            assert_eq!(difference(&mut vm, op, mirror, ty), None);
            mirrored += 1;
        }
    }
    assert!(mirrored > 50, "{mirrored}");
}

/// Whoever adds a row and forgets that its operands can change places is told.
#[test]
fn what_is_not_mirrored_depends_on_the_order() {
    let mut vm = machine();
    for (op, ty) in binary().filter(|(op, _)| op.mirrored().is_none()) {
        let difference = difference(&mut vm, op, op, ty);
        assert!(
            difference.is_some(),
            "{op:?} commutes, but its row does not say so"
        );
    }
}

#[test]
fn inverse_comparisons_are_never_both_true() {
    let mut vm = machine();
    let mut inverted = 0;
    for (op, ty) in binary() {
        let Some(inverse) = op.inverse() else {
            continue;
        };
        inverted += 1;
        let values = samples(ty);
        for x in &values {
            for y in &values {
                let both = [op, inverse].map(|op| apply(&mut vm, op, x, y));
                let sorted = [both.iter().min(), both.iter().max()];
                assert_eq!(
                    sorted.map(|one| one.map(String::as_str)),
                    [Some("[I32(0)]"), Some("[I32(1)]")],
                    "{op:?} {x:?} {y:?}"
                );
            }
        }
    }
    assert!(inverted > 10, "{inverted}");
}
