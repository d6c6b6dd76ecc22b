//! Values as the evaluator keeps them: with their type, floats as bits.

use std::fmt;

use vbc::isa::{HeapType, ValType};
use vbc::module::Types;

/// A value with its type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// An `i32`.
    I32(i32),
    /// An `i64`.
    I64(i64),
    /// The bits of an `f32`.
    F32(u32),
    /// The bits of an `f64`.
    F64(u64),
    /// A function index, or null.
    FuncRef(Option<u32>),
    /// Something of the host's by number, or null.
    ExternRef(Option<u32>),
    /// What came from the heap and is the host's now.
    Extern(Any),
    /// A small integer, an object, or null.
    Any(Option<Any>),
    /// A pointer by its address, 0 for null.
    Ptr(u64),
}

/// What there is in the hierarchy of `anyref`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Any {
    /// A small integer: its 31 bits.
    I31(u32),
    /// An object.
    Object {
        /// Where it lies on the heap.
        at: u32,
        /// Its type.
        ty: u32,
    },
    /// Something of the host's by number.
    Host(u32),
}

impl Value {
    /// What an embedder sees of any object.
    pub const OBJECT: Value = Value::Any(Some(Any::Object { at: 0, ty: 0 }));

    /// The value as an embedder sees it, who cannot tell one object from another.
    #[must_use]
    pub fn seen(self) -> Value {
        match self {
            Value::Extern(_) | Value::Any(Some(Any::Object { .. } | Any::Host(_))) => Value::OBJECT,
            other => other,
        }
    }

    /// Whether it is a reference that is null.
    pub fn is_null(self) -> bool {
        matches!(
            self,
            Value::FuncRef(None) | Value::ExternRef(None) | Value::Any(None) | Value::Ptr(0)
        )
    }

    /// The low 8 bits of an i32.
    pub(super) fn low_byte(self) -> u8 {
        match self {
            Value::I32(x) => x as u8,
            _ => 0,
        }
    }

    /// The type; of references that of all in their hierarchy.
    pub fn ty(self) -> ValType {
        match self {
            Value::I32(_) => ValType::I32,
            Value::I64(_) => ValType::I64,
            Value::F32(_) => ValType::F32,
            Value::F64(_) => ValType::F64,
            Value::FuncRef(_) => ValType::FUNCREF,
            Value::ExternRef(_) | Value::Extern(_) => ValType::EXTERNREF,
            Value::Any(_) => ValType::ANYREF,
            Value::Ptr(_) => ValType::Ptr,
        }
    }

    /// Zero or null, of a type that is not a reference to a declared one of functions.
    pub fn zero(ty: ValType) -> Value {
        Value::zero_of(&Types::default(), ty)
    }

    /// Zero or null. Which null it is, a declared type may say.
    pub fn zero_of(types: &Types, ty: ValType) -> Value {
        match ty {
            ValType::I32 => Value::I32(0),
            ValType::I64 => Value::I64(0),
            ValType::F32 => Value::F32(0),
            ValType::F64 => Value::F64(0),
            ValType::Ref(ty) => match ty.heap() {
                HeapType::Func | HeapType::NoFunc => Value::FuncRef(None),
                HeapType::Extern | HeapType::NoExtern => Value::ExternRef(None),
                HeapType::Defined(index) if types.func(index).is_some() => Value::FuncRef(None),
                _ => Value::Any(None),
            },
            ValType::Ptr => Value::Ptr(0),
        }
    }

    /// A number from its bits, 32-bit types in the low half; none for references.
    pub fn number(ty: ValType, bits: u64) -> Option<Value> {
        Some(match ty {
            ValType::I32 => Value::I32(bits as i32),
            ValType::I64 => Value::I64(bits as i64),
            ValType::F32 => Value::F32(bits as u32),
            ValType::F64 => Value::F64(bits),
            ValType::Ref(_) | ValType::Ptr => return None,
        })
    }

    /// Whether it is a NaN.
    pub fn is_nan(self) -> bool {
        match self {
            Value::F32(bits) => bits & 0x7fff_ffff > 0x7f80_0000,
            Value::F64(bits) => bits & (u64::MAX >> 1) > 0x7ff0_0000_0000_0000,
            _ => false,
        }
    }

    /// The value itself, any NaN as the positive quiet one without payload.
    pub fn canonical(self) -> Value {
        match self {
            Value::F32(_) if self.is_nan() => Value::F32(0x7fc0_0000),
            Value::F64(_) if self.is_nan() => Value::F64(0x7ff8_0000_0000_0000),
            other => other,
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Value::I32(x) => write!(f, "{x}"),
            Value::I64(x) => write!(f, "{x}"),
            Value::F32(bits) if self.is_nan() => write!(f, "nan:{:#x}", bits & 0x7f_ffff),
            Value::F64(bits) if self.is_nan() => {
                write!(f, "nan:{:#x}", bits & 0xf_ffff_ffff_ffff)
            }
            Value::F32(bits) => write!(f, "{:?}", f32::from_bits(bits)),
            Value::F64(bits) => write!(f, "{:?}", f64::from_bits(bits)),
            _ if self.is_null() => f.write_str("null"),
            Value::FuncRef(_) => f.write_str("funcref"),
            Value::ExternRef(_) | Value::Extern(_) => f.write_str("externref"),
            Value::Any(Some(Any::I31(bits))) => write!(f, "i31 {}", (bits << 1) as i32 >> 1),
            Value::Any(_) => f.write_str("object"),
            Value::Ptr(_) => f.write_str("ptr"),
        }
    }
}
