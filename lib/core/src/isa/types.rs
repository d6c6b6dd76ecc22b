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
    /// A pointer of a native library's, or null. Programs cannot look into it.
    Ptr,
}

/// What a reference refers to, and whether it may be null. As in WebAssembly 3.0.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefType(u32);

/// What a reference refers to: everything of a kind, or what has a declared type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HeapType {
    /// Functions.
    Func,
    /// What is the host's.
    Extern,
    /// All managed objects, and small integers.
    Any,
    /// What can be compared.
    Eq,
    /// Integers of 31 bits that are references.
    I31,
    /// Structs.
    Struct,
    /// Arrays.
    Array,
    /// Nothing of [`HeapType::Any`].
    None,
    /// Nothing of [`HeapType::Func`].
    NoFunc,
    /// Nothing of [`HeapType::Extern`].
    NoExtern,
    /// Exceptions.
    Exn,
    /// Nothing of [`HeapType::Exn`].
    NoExn,
    /// What has the type with this index.
    Defined(u32),
}

/// The abstract heap types: kind in a type word, name after `ref`, name of the reference that may be null.
const ABSTRACT: [(HeapType, u32, &str, &str); 12] = [
    (HeapType::Func, 5, "func", "funcref"),
    (HeapType::Extern, 6, "extern", "externref"),
    (HeapType::Any, 16, "any", "anyref"),
    (HeapType::Eq, 17, "eq", "eqref"),
    (HeapType::I31, 18, "i31", "i31ref"),
    (HeapType::Struct, 19, "struct", "structref"),
    (HeapType::Array, 20, "array", "arrayref"),
    (HeapType::None, 21, "none", "nullref"),
    (HeapType::NoFunc, 22, "nofunc", "nullfuncref"),
    (HeapType::NoExtern, 23, "noextern", "nullexternref"),
    (HeapType::Exn, 24, "exn", "exnref"),
    (HeapType::NoExn, 25, "noexn", "nullexnref"),
];

/// By kind: the abstract heap type, if it is one.
static BY_KIND: [Option<HeapType>; 26] = {
    let mut by_kind = [None; 26];
    let mut at = 0;
    while at < ABSTRACT.len() {
        by_kind[ABSTRACT[at].1 as usize] = Some(ABSTRACT[at].0);
        at += 1;
    }
    by_kind
};

/// The abstract heap type of a kind in a type word.
#[inline]
fn abstract_heap(kind: u32) -> Option<HeapType> {
    BY_KIND.get(kind as usize).copied().flatten()
}

/// In a type word: the field may be changed.
pub const MUTABLE_FIELD: u32 = 1 << 29;
/// In a type word: the reference is not null.
const NOT_NULL: u32 = 1 << 30;
/// In a type word: the low bits are the index of a type.
const DEFINED: u32 = 1 << 31;
/// In a type word: the kind, or the index of a type.
const KIND: u32 = MUTABLE_FIELD - 1;

impl HeapType {
    /// The abstract heap type with a name, as in `ref null any`.
    pub fn named(name: &str) -> Option<HeapType> {
        let row = ABSTRACT.iter().find(|row| row.2 == name)?;
        Some(row.0)
    }

    /// The name of an abstract heap type.
    pub fn name(self) -> Option<&'static str> {
        let row = ABSTRACT.iter().find(|row| row.0 == self)?;
        Some(row.2)
    }
}

impl RefType {
    /// Reference to a function, or null.
    pub const FUNC: RefType = RefType(5);
    /// Reference to something of the host's, or null.
    pub const EXTERN: RefType = RefType(6);
    /// Reference to a managed object, to a small integer, or null.
    pub const ANY: RefType = RefType(16);
    /// What can be compared, or null.
    pub const EQ: RefType = RefType(17);
    /// Small integer, or null.
    pub const I31: RefType = RefType(18);
    /// Reference to an array of any type, or null.
    pub const ARRAY: RefType = RefType(20);
    /// Type indexes in type words lie below this (`2^29`).
    pub const INDEXES: u32 = KIND + 1;

    /// The type of references to `heap`, which may be null only if `nullable`.
    ///
    /// Of a type's index only the low 29 bits count.
    pub fn new(nullable: bool, heap: HeapType) -> RefType {
        let word = match (heap, ABSTRACT.iter().find(|row| row.0 == heap)) {
            (HeapType::Defined(index), _) => DEFINED | index & KIND,
            (_, row) => row.map_or(0, |row| row.1),
        };
        RefType(if nullable { word } else { word | NOT_NULL })
    }

    /// Whether null is among the values.
    pub const fn is_nullable(self) -> bool {
        self.0 & NOT_NULL == 0
    }

    /// The type of the same references without null.
    #[must_use]
    pub const fn not_null(self) -> RefType {
        RefType(self.0 | NOT_NULL)
    }

    /// What it refers to.
    pub fn heap(self) -> HeapType {
        match self.defined() {
            Some(index) => HeapType::Defined(index),
            None => abstract_heap(self.0 & KIND).unwrap_or(HeapType::None),
        }
    }

    /// The index of the type that it refers to, if it is a declared one.
    pub const fn defined(self) -> Option<u32> {
        if self.0 & DEFINED != 0 {
            Some(self.0 & KIND)
        } else {
            None
        }
    }

    /// Whether values of the type need a managed heap: all but those of `funcref` and `externref`.
    pub const fn is_managed(self) -> bool {
        self.0 != RefType::FUNC.0 && self.0 != RefType::EXTERN.0
    }

    /// The two types of references of modules without managed ones; none for the others.
    pub const fn plain(self) -> Option<PlainRef> {
        match self {
            RefType::FUNC => Some(PlainRef::Func),
            RefType::EXTERN => Some(PlainRef::Extern),
            _ => None,
        }
    }
}

impl fmt::Display for RefType {
    /// As the text form writes it: `funcref`, `ref any`, `ref null #3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = ABSTRACT.iter().find(|row| row.0 == self.heap());
        let null = if self.is_nullable() { "null " } else { "" };
        match (row, self.heap()) {
            (Some(row), _) if self.is_nullable() => f.pad(row.3),
            (Some(row), _) => f.pad(&format!("ref {}", row.2)),
            (None, _) => f.pad(&format!("ref {null}#{}", self.0 & KIND)),
        }
    }
}

impl fmt::Debug for RefType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The references that there are without managed objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PlainRef {
    /// `funcref`
    Func,
    /// `externref`
    Extern,
}

impl ValType {
    /// [`RefType::FUNC`].
    pub const FUNCREF: ValType = ValType::Ref(RefType::FUNC);
    /// [`RefType::EXTERN`].
    pub const EXTERNREF: ValType = ValType::Ref(RefType::EXTERN);
    /// [`RefType::ANY`].
    pub const ANYREF: ValType = ValType::Ref(RefType::ANY);
    /// [`RefType::EQ`].
    pub const EQREF: ValType = ValType::Ref(RefType::EQ);
    /// [`RefType::I31`].
    pub const I31REF: ValType = ValType::Ref(RefType::I31);
    /// Small integer: [`RefType::I31`] without null.
    pub const I31: ValType = ValType::Ref(RefType::I31.not_null());
    /// [`RefType::ARRAY`].
    pub const ARRAYREF: ValType = ValType::Ref(RefType::ARRAY);

    /// The types of modules without managed objects and native functions, by ascending type word.
    pub const PLAIN: [ValType; 6] = [
        ValType::I32,
        ValType::I64,
        ValType::F32,
        ValType::F64,
        ValType::FUNCREF,
        ValType::EXTERNREF,
    ];

    /// The type that a type word means. Whether there is a type with the index in it is not checked. None for kinds
    /// that are not known or only those of fields, and for bits without a meaning.
    pub fn from_word(word: u32) -> Option<ValType> {
        match word {
            1 => Some(ValType::I32),
            2 => Some(ValType::I64),
            3 => Some(ValType::F32),
            4 => Some(ValType::F64),
            8 => Some(ValType::Ptr),
            _ if word & MUTABLE_FIELD != 0 => None,
            _ if word & DEFINED != 0 => Some(ValType::Ref(RefType(word))),
            _ => {
                let known = abstract_heap(word & !NOT_NULL);
                known.map(|_| ValType::Ref(RefType(word)))
            }
        }
    }

    /// The type word (`docs/format.md`, section 2).
    #[inline]
    pub const fn word(self) -> u32 {
        match self {
            ValType::I32 => 1,
            ValType::I64 => 2,
            ValType::F32 => 3,
            ValType::F64 => 4,
            ValType::Ptr => 8,
            ValType::Ref(RefType(word)) => word,
        }
    }

    /// [`ValType::MANAGED_CLASS`] for references to managed objects, [`ValType::word`] for all other types: a byte that
    /// tells apart what engines and quick checks have to.
    #[inline]
    pub const fn class(self) -> u8 {
        match self {
            ValType::Ref(ty) if ty.is_managed() => ValType::MANAGED_CLASS,
            ValType::I32
            | ValType::I64
            | ValType::F32
            | ValType::F64
            | ValType::Ref(_)
            | ValType::Ptr => self.word() as u8,
        }
    }

    /// The [`ValType::class`] of references other than `funcref` and `externref`.
    pub const MANAGED_CLASS: u8 = 7;

    /// The type with a class, where there is only one.
    pub const fn of_class(class: u8) -> Option<ValType> {
        match class {
            1..=6 => Some(ValType::PLAIN[class as usize - 1]),
            8 => Some(ValType::Ptr),
            _ => None,
        }
    }

    /// The type that the text form calls by one word: `i32`, `funcref`, `anyref`.
    pub fn named(name: &str) -> Option<ValType> {
        let numbers = ValType::PLAIN.iter().copied().filter(|ty| !ty.is_ref());
        let abstracts = ABSTRACT.iter().map(|row| RefType(row.1));
        let mut all = numbers
            .chain([ValType::Ptr])
            .chain(abstracts.map(ValType::Ref));
        all.find(|ty| ty.name() == Some(name))
    }

    /// The one word by which the text form calls the type; none for references that are not null or to a declared type.
    pub fn name(self) -> Option<&'static str> {
        match self {
            ValType::I32 => Some("i32"),
            ValType::I64 => Some("i64"),
            ValType::F32 => Some("f32"),
            ValType::F64 => Some("f64"),
            ValType::Ptr => Some("ptr"),
            ValType::Ref(ty) => {
                let row = ABSTRACT.iter().find(|row| row.1 == ty.0)?;
                Some(row.3)
            }
        }
    }

    /// The bytes that a static address takes in data where this is the memory's index type.
    pub const fn address_bytes(self) -> usize {
        match self {
            ValType::I32 => 4,
            ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => 8,
        }
    }

    /// Whether values of the type are references.
    pub const fn is_ref(self) -> bool {
        match self {
            ValType::Ref(_) => true,
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => false,
        }
    }

    /// Whether values of the type can be compared with null: those of references and of `ptr`.
    pub const fn is_ref_or_ptr(self) -> bool {
        match self {
            ValType::Ref(_) | ValType::Ptr => true,
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 => false,
        }
    }

    /// The index of the declared type that values of the type are references to, if it is such a type.
    pub const fn defined(self) -> Option<u32> {
        match self {
            ValType::Ref(ty) => ty.defined(),
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => None,
        }
    }

    /// The type in words, with what `name` calls a declared type: `i64`, `ref null point`.
    pub fn text(self, name: impl Fn(u32) -> String) -> String {
        match (self, self.defined()) {
            (ValType::Ref(ty), Some(index)) if ty.is_nullable() => {
                format!("ref null {}", name(index))
            }
            (_, Some(index)) => format!("ref {}", name(index)),
            (_, None) => self.to_string(),
        }
    }

    /// Whether null, or zero, is among the values.
    pub const fn has_default(self) -> bool {
        match self {
            ValType::Ref(ty) => ty.is_nullable(),
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => true,
        }
    }

    /// Whether values of the type need a managed heap.
    pub const fn is_managed(self) -> bool {
        match self {
            ValType::Ref(ty) => ty.is_managed(),
            ValType::I32 | ValType::I64 | ValType::F32 | ValType::F64 | ValType::Ptr => false,
        }
    }
}

impl fmt::Display for ValType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValType::Ref(ty) => fmt::Display::fmt(ty, f),
            ValType::I32 => f.pad("i32"),
            ValType::I64 => f.pad("i64"),
            ValType::F32 => f.pad("f32"),
            ValType::F64 => f.pad("f64"),
            ValType::Ptr => f.pad("ptr"),
        }
    }
}

/// The type of a function: what it takes and what it returns.
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

    /// The type in words, with what `name` calls declared types: `(i64, ref point) -> i64`.
    pub fn text(&self, name: impl Fn(u32) -> String) -> String {
        let list = |types: &[ValType]| {
            let types: Vec<_> = types.iter().map(|ty| ty.text(&name)).collect();
            types.join(", ")
        };
        let params = list(&self.params);
        match &*self.results {
            [] => format!("({params})"),
            [one] => format!("({params}) -> {}", one.text(&name)),
            many => format!("({params}) -> ({})", list(many)),
        }
    }
}

impl fmt::Display for FuncType {
    /// As the text form writes a signature: `(i64, i64) -> i64`; a declared type by its index.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(|index| format!("#{index}")))
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
    12 NullReference null_reference "null reference" "Null was used where a reference to something is needed.";
    13 CastFailure cast_failure "cast failure" "A reference does not have the type that it was cast to.";
    14 ArrayOutOfBounds out_of_bounds_array_access "out of bounds array access" "An access reached outside an array.";
    15 AllocationTooLarge allocation_too_large "allocation too large" "An array was to have more than 2 GiB.";
    16 HeapExhausted heap_exhausted "heap exhausted" "The heap has no room left for a new object.";
    17 UninitializedGlobal uninitialized_global "uninitialized global" "A global was read before its initialiser had set it.";
}

impl fmt::Display for Trap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.message())
    }
}
