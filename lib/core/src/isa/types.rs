//! Value types, function types and trap kinds.

use std::fmt;

/// The static type of a register, parameter, result, global or table element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ValType {
    /// 32-bit integer; signedness belongs to the instruction.
    I32,
    /// 64-bit integer.
    I64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
    /// A reference.
    Ref(RefType),
}

/// The type of references: what they may refer to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefType(u8);

impl RefType {
    /// Nullable reference to a function, opaque.
    pub const FUNC: RefType = RefType(5);
    /// Nullable reference to something of the host's, opaque.
    pub const EXTERN: RefType = RefType(6);

    /// The hierarchy that the type belongs to.
    pub const fn top(self) -> Top {
        match self.0 {
            5 => Top::Func,
            _ => Top::Extern,
        }
    }

    /// The type's name in the text form: `funcref`.
    pub const fn name(self) -> &'static str {
        match self.top() {
            Top::Func => "funcref",
            Top::Extern => "externref",
        }
    }
}

/// The hierarchies of reference types. No value belongs to two of them but null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Top {
    /// References to functions.
    Func,
    /// References to what is the host's.
    Extern,
}

impl ValType {
    /// [`RefType::FUNC`].
    pub const FUNCREF: ValType = ValType::Ref(RefType::FUNC);
    /// [`RefType::EXTERN`].
    pub const EXTERNREF: ValType = ValType::Ref(RefType::EXTERN);

    /// All types, by ascending code.
    pub const ALL: [ValType; 6] = [
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::FUNCREF,
        ValType::EXTERNREF,
    ];

    /// The type with code `code`, if there is one. Codes 7 (`v128`) and 8 (`ptr`) are reserved.
    pub const fn from_code(code: u8) -> Option<ValType> {
        match code {
            1..=6 => Some(ValType::ALL[code as usize - 1]),
            _ => None,
        }
    }

    /// The type's code in a file.
    #[inline]
    pub const fn code(self) -> u8 {
        match self {
            ValType::I32 => 1,
            ValType::I64 => 2,
            ValType::F32 => 3,
            ValType::F64 => 4,
            ValType::Ref(RefType(code)) => code,
        }
    }

    /// The code as rows hold it.
    pub const fn word(self) -> u32 {
        self.code() as u32
    }

    /// The type's name in the text form: `i32`, `funcref`.
    pub const fn name(self) -> &'static str {
        match self {
            ValType::I32 => "i32",
            ValType::I64 => "i64",
            ValType::F32 => "f32",
            ValType::F64 => "f64",
            ValType::Ref(ty) => ty.name(),
        }
    }

    /// The bytes that a static address takes in data where this is the memory's index type.
    pub const fn address_bytes(self) -> usize {
        match self {
            ValType::I32 => 4,
            ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) => 8,
        }
    }

    /// Whether values of the type are references.
    pub const fn is_ref(self) -> bool {
        match self {
            ValType::Ref(_) => true,
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => false,
        }
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The type of a function: what it takes and what it gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct FuncType {
    /// Parameter types, at most 1,000.
    pub params: Box<[ValType]>,
    /// Result types, at most 1,000.
    pub results: Box<[ValType]>,
}

impl FuncType {
    /// A type from slices.
    pub fn new(params: &[ValType], results: &[ValType]) -> Self {
        FuncType {
            params: params.into(),
            results: results.into(),
        }
    }
}

impl fmt::Display for FuncType {
    /// As the text form writes a signature: `(i64, i64) -> i64`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, types: &[ValType]| {
            for (i, ty) in types.iter().enumerate() {
                if i > 0 {
                    f.write_str(", ")?;
                }
                f.write_str(ty.name())?;
            }
            Ok(())
        };
        f.write_str("(")?;
        list(f, &self.params)?;
        f.write_str(")")?;
        match &*self.results {
            [] => Ok(()),
            [one] => write!(f, " -> {one}"),
            many => {
                f.write_str(" -> (")?;
                list(f, many)?;
                f.write_str(")")
            }
        }
    }
}

macro_rules! traps {
    ($($code:literal $name:ident $word:ident $message:literal $doc:literal;)*) => {
        /// Why a program was stopped. The messages are WebAssembly's where it has the trap.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u16)]
        pub enum Trap {
            $(#[doc = $doc] $name = $code,)*
        }

        impl Trap {
            /// All kinds, by ascending code.
            pub const ALL: &[Trap] = &[$(Trap::$name),*];

            /// The kind with code `code`, as TRAP encodes it.
            pub const fn from_code(code: u16) -> Option<Trap> {
                match code {
                    $($code => Some(Trap::$name),)*
                    _ => None,
                }
            }

            /// The word that names the kind in the text form.
            pub const fn word(self) -> &'static str {
                match self { $(Trap::$name => stringify!($word),)* }
            }

            /// The message that a user sees.
            pub const fn message(self) -> &'static str {
                match self { $(Trap::$name => $message,)* }
            }
        }
    };
}

traps! {
    0 Unreachable unreachable "unreachable" "The program executed TRAP unreachable.";
    1 IntegerDivideByZero integer_divide_by_zero "integer divide by zero" "An integer was divided by zero.";
    2 IntegerOverflow integer_overflow "integer overflow" "A result does not fit its integer type.";
    3 InvalidConversion invalid_conversion_to_integer "invalid conversion to integer" "NaN was converted to an integer.";
    4 MemoryOutOfBounds out_of_bounds_memory_access "out of bounds memory access" "An access reached outside the memory.";
    5 TableOutOfBounds out_of_bounds_table_access "out of bounds table access" "An access reached outside a table.";
    6 UndefinedElement undefined_element "undefined element" "An indirect call's index lies outside the table.";
    7 UninitializedElement uninitialized_element "uninitialized element" "An indirect call met a null reference.";
    8 IndirectCallType indirect_call_type_mismatch "indirect call type mismatch" "An indirect call met a function of another type.";
    9 CallStackExhausted call_stack_exhausted "call stack exhausted" "Calls are nested too deeply, or a frame is too large.";
    10 HostFault host_fault "host fault" "A host function refused its arguments.";
    11 Assertion assertion_failed "assertion failed" "The program found itself in a state that it forbids.";
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.message())
    }
}
