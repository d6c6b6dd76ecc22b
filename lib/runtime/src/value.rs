//! Values as an embedder sees them.

use std::fmt;

use vbc_core::isa::{HeapType, ValType};

use crate::heap::Ref;

/// A typed value: an argument, a result, the contents of a register or global.
#[derive(Clone, Copy, Debug)]
pub enum Value {
    /// A 32-bit integer.
    I32(i32),
    /// A 64-bit integer.
    I64(i64),
    /// A binary32 number.
    F32(f32),
    /// A binary64 number.
    F64(f64),
    /// A function by its index, or null.
    FuncRef(Option<u32>),
    /// Something of the embedder's by its number, or null.
    ExternRef(Option<u32>),
    /// A pointer of a native library's.
    Ptr(Pointer),
    /// A reference of the program's to something on its heap, or null.
    Managed(Managed),
}

/// What an embedder sees of a managed reference: not which object it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Managed {
    /// Null.
    Null,
    /// A small integer: 31 bits, sign-extended.
    I31(i32),
    /// An object. It cannot be given back to the program.
    Object,
}

/// An address that a native library knows what to do with, or null. It shows as `ptr` or `null`, so that nothing that
/// is printed depends on where the system has put the library.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Pointer(u64);

impl Pointer {
    /// The pointer to nothing.
    pub const NULL: Pointer = Pointer(0);

    /// A pointer by its address; 0 is null.
    pub const fn from_address(address: u64) -> Pointer {
        Pointer(address)
    }

    /// The address, 0 for null.
    pub const fn address(self) -> u64 {
        self.0
    }

    /// Whether it points to nothing.
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_null() { "null" } else { "ptr" })
    }
}

impl fmt::Debug for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Value {
    /// The value's type.
    pub fn ty(&self) -> ValType {
        match self {
            Value::I32(_) => ValType::I32,
            Value::I64(_) => ValType::I64,
            Value::F32(_) => ValType::F32,
            Value::F64(_) => ValType::F64,
            Value::FuncRef(_) => ValType::FUNCREF,
            Value::ExternRef(_) => ValType::EXTERNREF,
            Value::Ptr(_) => ValType::Ptr,
            Value::Managed(_) => ValType::ANYREF,
        }
    }

    /// Whether it is a null reference.
    pub fn is_null_reference(&self) -> bool {
        matches!(
            self,
            Value::FuncRef(None) | Value::ExternRef(None) | Value::Managed(Managed::Null)
        )
    }

    /// Whether a host function may return the value as one of type `ty`.
    pub(crate) fn suits(&self, ty: ValType) -> bool {
        match (ty, self) {
            (ValType::Ref(ty), Value::ExternRef(Some(_))) => ty.heap() == HeapType::Extern,
            (ValType::Ref(ty), Value::Managed(Managed::I31(_))) => {
                matches!(ty.heap(), HeapType::Any | HeapType::Eq | HeapType::I31)
            }
            (ValType::Ref(ty), Value::Managed(Managed::Null)) => {
                ty.is_nullable() && ty.is_managed()
            }
            (_, Value::Managed(Managed::Object)) => false,
            _ => self.ty() == ty,
        }
    }

    /// The value as a register holds it: 32-bit types zero-extended, null as 0, a reference as
    /// its number plus one.
    #[doc(hidden)]
    pub fn to_slot(self) -> u64 {
        match self {
            Value::I32(value) => u64::from(value as u32),
            Value::I64(value) => value as u64,
            Value::F32(value) => u64::from(value.to_bits()),
            Value::F64(value) => value.to_bits(),
            Value::FuncRef(reference) | Value::ExternRef(reference) => {
                reference.map_or(0, |number| u64::from(number) + 1)
            }
            Value::Ptr(pointer) => pointer.address(),
            Value::Managed(Managed::I31(value)) => Ref::from_i31(value).to_slot(),
            Value::Managed(Managed::Null | Managed::Object) => 0,
        }
    }

    /// The value of type `ty` that a register holds as `slot`, in a program without managed objects; in one with them,
    /// of a type that is not `externref`, where the slot is a box, and not a reference to a function of a declared type.
    #[doc(hidden)]
    pub fn from_slot(ty: ValType, slot: u64) -> Value {
        let reference = || slot.checked_sub(1).map(|number| number as u32);
        match ty {
            ValType::I32 => Value::I32(slot as i32),
            ValType::I64 => Value::I64(slot as i64),
            ValType::F32 => Value::F32(f32::from_bits(slot as u32)),
            ValType::F64 => Value::F64(f64::from_bits(slot)),
            ValType::Ref(ty) => match ty.heap() {
                HeapType::Func | HeapType::NoFunc => Value::FuncRef(reference()),
                HeapType::Extern | HeapType::NoExtern => Value::ExternRef(reference()),
                HeapType::Any
                | HeapType::Eq
                | HeapType::I31
                | HeapType::Struct
                | HeapType::Array
                | HeapType::None
                | HeapType::Exn
                | HeapType::NoExn
                | HeapType::Defined(_) => Value::Managed(match Ref::from_slot(slot) {
                    null if null.is_null() => Managed::Null,
                    small if small.is_i31() => Managed::I31(small.i31_signed()),
                    _ => Managed::Object,
                }),
            },
            ValType::Ptr => Value::Ptr(Pointer(slot)),
        }
    }

    /// Reads a value of type `ty` in the text form's syntax for numbers; `null` for a reference, and `i31 N` for one
    /// that a small integer may be.
    ///
    /// Integers are decimal or `0x` hexadecimal, in the signed or the unsigned range of the type;
    /// floats are what [`f64::from_str`](std::str::FromStr) accepts. None when `text` is neither, and for pointers, which
    /// nobody can write.
    pub fn parse(ty: ValType, text: &str) -> Option<Value> {
        match ty {
            ValType::I32 => {
                let value = parse_integer(text)?;
                (i128::from(i32::MIN)..=i128::from(u32::MAX))
                    .contains(&value)
                    .then_some(Value::I32(value as i32))
            }
            ValType::I64 => {
                let value = parse_integer(text)?;
                (i128::from(i64::MIN)..=i128::from(u64::MAX))
                    .contains(&value)
                    .then_some(Value::I64(value as i64))
            }
            ValType::F32 => text.parse().ok().map(Value::F32),
            ValType::F64 => text.parse().ok().map(Value::F64),
            ValType::Ref(reference) => match text.strip_prefix("i31 ") {
                Some(number) if reference.is_managed() => {
                    let value: i32 = number.parse().ok()?;
                    let fits = (value << 1) >> 1 == value;
                    fits.then_some(Value::Managed(Managed::I31(value)))
                }
                _ => (text == "null").then_some(Value::from_slot(ty, 0)),
            },
            ValType::Ptr => None,
        }
    }
}

/// Decimal or hexadecimal, with an optional sign, within 65 bits.
fn parse_integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hex) if !hex.starts_with(['+', '-']) => u64::from_str_radix(hex, 16),
        None if !digits.starts_with(['+', '-']) => digits.parse(),
        _ => return None,
    };
    let magnitude = i128::from(magnitude.ok()?);
    Some(if negative { -magnitude } else { magnitude })
}

impl fmt::Display for Value {
    /// The form in which PRINT writes the value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::I32(value) => write!(f, "{value}"),
            Value::I64(value) => write!(f, "{value}"),
            Value::F32(value) if value.is_nan() => f.write_str("nan"),
            Value::F64(value) if value.is_nan() => f.write_str("nan"),
            Value::F32(value) => write!(f, "{value:?}"),
            Value::F64(value) => write!(f, "{value:?}"),
            Value::FuncRef(None) | Value::ExternRef(None) => f.write_str("null"),
            Value::FuncRef(Some(_)) => f.write_str("funcref"),
            Value::ExternRef(Some(_)) => f.write_str("externref"),
            Value::Ptr(pointer) => fmt::Display::fmt(&pointer, f),
            Value::Managed(Managed::Null) => f.write_str("null"),
            Value::Managed(Managed::I31(value)) => write!(f, "i31 {value}"),
            Value::Managed(Managed::Object) => f.write_str("object"),
        }
    }
}

impl PartialEq for Value {
    /// Equal types and equal bits: a NaN equals itself, 0.0 differs from -0.0.
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Managed(one), Value::Managed(other)) => one == other,
            _ => self.ty() == other.ty() && self.to_slot() == other.to_slot(),
        }
    }
}

macro_rules! from {
    ($($ty:ty => $variant:ident),*) => {$(
        impl From<$ty> for Value {
            fn from(value: $ty) -> Value {
                Value::$variant(value)
            }
        }
    )*};
}

from!(i32 => I32, i64 => I64, f32 => F32, f64 => F64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_the_fixed_form() {
        let text = |value: Value| value.to_string();
        assert_eq!(text(Value::F64(1.0)), "1.0");
        assert_eq!(text(Value::F64(1e16)), "1e16");
        assert_eq!(text(Value::F64(-0.0)), "-0.0");
        assert_eq!(text(Value::F64(-f64::NAN)), "nan");
        assert_eq!(text(Value::F32(0.1)), "0.1");
        assert_eq!(text(Value::F64(f64::NEG_INFINITY)), "-inf");
        assert_eq!(text(Value::I32(-1)), "-1");
        assert_eq!(text(Value::FuncRef(Some(3))), "funcref");
        assert_eq!(text(Value::Ptr(Pointer(4096))), "ptr");
        assert_eq!(text(Value::Ptr(Pointer::NULL)), "null");
        assert_eq!(format!("{:?}", Value::Ptr(Pointer(4096))), "Ptr(ptr)");
    }

    #[test]
    fn arguments_are_read_within_their_type() {
        let parse = Value::parse;
        assert_eq!(parse(ValType::I32, "-3"), Some(Value::I32(-3)));
        assert_eq!(parse(ValType::I32, "4294967295"), Some(Value::I32(-1)));
        assert_eq!(parse(ValType::I32, "4294967296"), None);
        assert_eq!(
            parse(ValType::I64, "0xffffffffffffffff"),
            Some(Value::I64(-1))
        );
        assert_eq!(parse(ValType::I64, "--1"), None);
        assert_eq!(parse(ValType::I64, "1.5"), None);
        assert_eq!(parse(ValType::F64, "1"), Some(Value::F64(1.0)));
        assert_eq!(
            parse(ValType::EXTERNREF, "null"),
            Some(Value::ExternRef(None))
        );
    }

    #[test]
    fn slots_hold_every_type() {
        for value in [
            Value::I32(-1),
            Value::I64(i64::MIN),
            Value::F32(-0.0),
            Value::F64(1.5),
            Value::FuncRef(None),
            Value::FuncRef(Some(0)),
            Value::ExternRef(Some(7)),
            Value::Ptr(Pointer::NULL),
            Value::Ptr(Pointer(u64::MAX)),
        ] {
            assert_eq!(Value::from_slot(value.ty(), value.to_slot()), value);
        }
        assert_eq!(Value::I32(-1).to_slot(), 0xffff_ffff);
    }
}
