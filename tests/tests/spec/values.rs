//! Arguments and expected results of assertions.

use vbc::isa::Trap;
use vbc::runtime::Value;
use wast::core::{AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore};
use wast::{WastArg, WastRet};

/// The values that an assertion passes; none when one is of a type that VITBC does not have.
pub fn arguments(args: &[WastArg<'_>]) -> Option<Vec<Value>> {
    args.iter().map(argument).collect()
}

fn argument(arg: &WastArg<'_>) -> Option<Value> {
    let WastArg::Core(arg) = arg else {
        return None;
    };
    match arg {
        WastArgCore::I32(value) => Some(Value::I32(*value)),
        WastArgCore::I64(value) => Some(Value::I64(*value)),
        WastArgCore::F32(value) => Some(Value::F32(f32::from_bits(value.bits))),
        WastArgCore::F64(value) => Some(Value::F64(f64::from_bits(value.bits))),
        WastArgCore::RefNull(heap) => null(heap),
        WastArgCore::RefExtern(number) => Some(Value::ExternRef(Some(*number))),
        WastArgCore::V128(_) | WastArgCore::RefHost(_) => None,
    }
}

fn null(heap: &HeapType<'_>) -> Option<Value> {
    let HeapType::Abstract { shared: false, ty } = heap else {
        return None;
    };
    match ty {
        AbstractHeapType::Func | AbstractHeapType::NoFunc => Some(Value::FuncRef(None)),
        AbstractHeapType::Extern | AbstractHeapType::NoExtern => Some(Value::ExternRef(None)),
        _ => None,
    }
}

/// Whether all results are what is expected of them.
pub fn match_all(expected: &[WastRet<'_>], results: &[Value]) -> bool {
    let matches = |(expected, result): (&WastRet<'_>, &Value)| match expected {
        WastRet::Core(expected) => matches_one(expected, result),
        _ => false,
    };
    expected.len() == results.len() && expected.iter().zip(results).all(matches)
}

fn matches_one(expected: &WastRetCore<'_>, result: &Value) -> bool {
    match (expected, result) {
        (WastRetCore::I32(expected), Value::I32(value)) => expected == value,
        (WastRetCore::I64(expected), Value::I64(value)) => expected == value,
        (WastRetCore::F32(expected), Value::F32(value)) => match expected {
            NanPattern::CanonicalNan => value.to_bits() & 0x7fff_ffff == 0x7fc0_0000,
            NanPattern::ArithmeticNan => value.to_bits() & 0x7fc0_0000 == 0x7fc0_0000,
            NanPattern::Value(expected) => expected.bits == value.to_bits(),
        },
        (WastRetCore::F64(expected), Value::F64(value)) => {
            let quiet = 0x7ff8_0000_0000_0000;
            match expected {
                NanPattern::CanonicalNan => value.to_bits() & (u64::MAX >> 1) == quiet,
                NanPattern::ArithmeticNan => value.to_bits() & quiet == quiet,
                NanPattern::Value(expected) => expected.bits == value.to_bits(),
            }
        }
        (WastRetCore::RefNull(None), value) => {
            matches!(value, Value::FuncRef(None) | Value::ExternRef(None))
        }
        (WastRetCore::RefNull(Some(heap)), value) => null(heap).is_some_and(|null| null == *value),
        (WastRetCore::RefExtern(None), Value::ExternRef(value)) => value.is_some(),
        (WastRetCore::RefExtern(number), Value::ExternRef(value)) => number == value,
        (WastRetCore::RefFunc(_), Value::FuncRef(value)) => value.is_some(),
        (WastRetCore::Either(cases), value) => cases.iter().any(|case| matches_one(case, value)),
        _ => false,
    }
}

/// Whether `trap` is what the suite calls `message`. The suite adds detail to some messages and
/// shortens others, so that one must be the beginning of the other.
pub fn is_trap(trap: Trap, message: &str) -> bool {
    let ours = trap.message();
    ours.starts_with(message) || message.starts_with(ours)
}
