//! Native functions: imports from a module `native:LIB`, whose names are C signatures (`docs/ffi.md`).

use super::{ImportRow, Module, NONE};
use crate::diag::codes::runtime::R0020;
use crate::diag::{Diagnostic, Place};
use crate::isa::{FuncType, ValType};

mod layout;
mod parser;
#[cfg(test)]
mod tests;
mod writer;

pub use layout::Layout;

/// What the modules of native functions begin with; the name of the library follows.
pub const PREFIX: &str = "native:";

/// How deep structs may lie in structs.
pub const DEPTH: usize = 16;

/// The most values that a signature may take or return, structs counted by their fields.
pub const VALUES: usize = 1_000;

/// The library that a module of an import names, if it is one of native functions.
pub fn library(module: &str) -> Option<&str> {
    module.strip_prefix(PREFIX)
}

/// The native functions that a module imports: their libraries and C signatures.
pub fn imports(module: &Module) -> impl Iterator<Item = (&str, &str)> {
    let rows = module.imports.iter().filter(|row| row.module != NONE);
    rows.filter_map(|row| {
        let library = library(module.strings.get(row.module))?;
        Some((library, module.strings.get(row.name)))
    })
}

/// The C signature of an import, when it is a native function. Verified modules have no wrong ones.
pub fn prototype(module: &Module, import: &ImportRow) -> Option<Prototype> {
    library(module.strings.get(import.module))?;
    Prototype::parse(module.strings.get(import.name)).ok()
}

/// The types of the functions that a module may give to native ones.
pub fn callback_types(module: &Module) -> Vec<FuncType> {
    let mut types = Vec::new();
    for (_, name) in imports(module) {
        let Ok(prototype) = Prototype::parse(name) else {
            continue;
        };
        for param in prototype.params {
            if let CParam::Callback(callback) = param
                && let ty = callback.func_type()
                && !types.contains(&ty)
            {
                types.push(ty);
            }
        }
    }
    types
}

/// The first of them in words, for what cannot call any.
pub fn first_import(module: &Module) -> Option<String> {
    let (library, name) = imports(module).next()?;
    let symbol = name.split('(').next().unwrap_or(name);
    Some(format!("`{symbol}` of `{library}`"))
}

/// The warning that runs of a program may differ from each other in spite of `--deterministic`, when it calls any.
pub fn not_repeatable(module: &Module) -> Option<Diagnostic> {
    let function = first_import(module)?;
    let message =
        format!("the run may differ from the next: it calls native functions, such as {function}");
    Some(Diagnostic::error(&R0020, Place::Nowhere, message).warning())
}

/// What is wrong with the name of a library, if anything is.
pub fn library_fault(library: &str) -> Option<&'static str> {
    if library.is_empty() {
        Some("the library has no name")
    } else if library.contains('/') {
        Some("the library's name contains a folder")
    } else if library.contains(|c: char| c.is_control()) {
        Some("the library's name contains a control character")
    } else {
        None
    }
}

/// Whether a signature can have this symbol: a C identifier, with `$` among its letters.
pub fn is_symbol(symbol: &str) -> bool {
    !symbol.is_empty()
        && !symbol.starts_with(|c: char| c.is_ascii_digit())
        && symbol.chars().all(is_symbol_part)
}

const fn is_symbol_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

macro_rules! scalars {
    ($($name:ident $word:literal $c:literal $ty:ident)*) => {
        /// A type of numbers or pointers in C.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Scalar {
            $(#[doc = concat!("`", $c, "`")] $name,)*
        }

        impl Scalar {
            /// All, in the order of the documentation.
            pub const ALL: &[Scalar] = &[$(Scalar::$name),*];

            /// As a signature writes it.
            pub const fn word(self) -> &'static str {
                match self { $(Scalar::$name => $word,)* }
            }

            /// As C writes it.
            const fn c_name(self) -> &'static str {
                match self { $(Scalar::$name => $c,)* }
            }

            /// As VITBC has it.
            pub const fn val_type(self) -> ValType {
                match self { $(Scalar::$name => ValType::$ty,)* }
            }
        }
    };
}

scalars! {
    I8 "i8" "int8_t" I32
    U8 "u8" "uint8_t" I32
    I16 "i16" "int16_t" I32
    U16 "u16" "uint16_t" I32
    I32 "i32" "int32_t" I32
    U32 "u32" "uint32_t" I32
    Bool "bool" "_Bool" I32
    I64 "i64" "int64_t" I64
    U64 "u64" "uint64_t" I64
    F32 "f32" "float" F32
    F64 "f64" "double" F64
    Ptr "ptr" "void *" Ptr
}

impl Scalar {
    /// The one that a signature writes like this.
    pub fn named(word: &str) -> Option<Scalar> {
        Scalar::ALL.iter().copied().find(|one| one.word() == word)
    }

    /// The integer of so many bytes.
    pub const fn integer(bytes: u64, is_signed: bool) -> Option<Scalar> {
        match (bytes, is_signed) {
            (1, true) => Some(Scalar::I8),
            (1, false) => Some(Scalar::U8),
            (2, true) => Some(Scalar::I16),
            (2, false) => Some(Scalar::U16),
            (4, true) => Some(Scalar::I32),
            (4, false) => Some(Scalar::U32),
            (8, true) => Some(Scalar::I64),
            (8, false) => Some(Scalar::U64),
            _ => None,
        }
    }

    /// What C passes after `...` instead of this type, if it is another one.
    pub const fn promoted(self) -> Option<Scalar> {
        match self {
            Scalar::I8 | Scalar::U8 | Scalar::I16 | Scalar::U16 | Scalar::Bool => Some(Scalar::I32),
            Scalar::F32 => Some(Scalar::F64),
            Scalar::I32 | Scalar::U32 | Scalar::I64 | Scalar::U64 | Scalar::F64 | Scalar::Ptr => {
                None
            }
        }
    }

    /// Whether it is an integer that can say how long a buffer is.
    pub const fn is_integer(self) -> bool {
        match self {
            Scalar::I8
            | Scalar::U8
            | Scalar::I16
            | Scalar::U16
            | Scalar::I32
            | Scalar::U32
            | Scalar::I64
            | Scalar::U64 => true,
            Scalar::Bool | Scalar::F32 | Scalar::F64 | Scalar::Ptr => false,
        }
    }
}

/// A type of values in C that are passed and returned as they are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CType {
    /// A number or a pointer.
    Scalar(Scalar),
    /// A struct, by value.
    Struct(Box<[CType]>),
}

impl CType {
    /// Appends its numbers and pointers, those of a struct in order.
    pub fn flatten(&self, scalars: &mut Vec<Scalar>) {
        match self {
            CType::Scalar(scalar) => scalars.push(*scalar),
            CType::Struct(fields) => fields.iter().for_each(|field| field.flatten(scalars)),
        }
    }
}

fn is_within_bounds(ty: &FuncType) -> bool {
    ty.params.len() <= VALUES && ty.results.len() <= VALUES
}

/// The types of VITBC for values of these types.
fn val_types<'t>(types: impl IntoIterator<Item = &'t CType>) -> Vec<ValType> {
    let mut scalars = Vec::new();
    types.into_iter().for_each(|ty| ty.flatten(&mut scalars));
    scalars.into_iter().map(Scalar::val_type).collect()
}

/// What has to lie in the program's memory where an address is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Nobody says.
    Unknown,
    /// So many bytes.
    Bytes(u64),
    /// As many bytes as the argument with this number says.
    Argument(usize),
}

/// The type of a function of the program that a native function is given.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Callback {
    /// What it takes.
    pub params: Box<[CType]>,
    /// What it returns.
    pub result: Option<CType>,
}

impl Callback {
    /// The type that the program's function has.
    pub fn func_type(&self) -> FuncType {
        FuncType::new(&val_types(&self.params), &val_types(&self.result))
    }

    /// Whether it takes and returns no more than functions may.
    pub fn is_within_bounds(&self) -> bool {
        is_within_bounds(&self.func_type())
    }
}

/// A parameter of a native function.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CParam {
    /// A value.
    Value(CType),
    /// The address of a buffer in the program's memory, 0 for `NULL`.
    Buffer(Extent),
    /// The address of a text in the program's memory that a zero byte ends, 0 for `NULL`.
    Text,
    /// A function of the program, null for `NULL`.
    Callback(Callback),
}

impl CParam {
    /// The types of VITBC for it; none for that of addresses.
    fn val_types(&self) -> Vec<Option<ValType>> {
        match self {
            CParam::Value(ty) => val_types([ty]).into_iter().map(Some).collect(),
            CParam::Buffer(_) | CParam::Text => vec![None],
            CParam::Callback(_) => vec![Some(ValType::FUNCREF)],
        }
    }

    /// What C passes after `...` instead of this type, if it is another one.
    pub fn promoted(&self) -> Option<Scalar> {
        match self {
            CParam::Value(CType::Scalar(scalar)) => scalar.promoted(),
            CParam::Value(CType::Struct(_))
            | CParam::Buffer(_)
            | CParam::Text
            | CParam::Callback(_) => None,
        }
    }

    /// Whether it is an integer, which can say how long a buffer is.
    pub const fn is_integer(&self) -> bool {
        matches!(self, CParam::Value(CType::Scalar(scalar)) if scalar.is_integer())
    }
}

/// A native function as its import's name declares it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Prototype {
    /// The C symbol.
    pub symbol: Box<str>,
    /// Whether it may wait, and so runs on a thread of its own (`!`).
    pub is_blocking: bool,
    /// What it takes, what follows `...` included.
    pub params: Box<[CParam]>,
    /// For a variadic function, how many parameters precede `...`.
    pub fixed: Option<usize>,
    /// What it returns.
    pub result: Option<CType>,
    /// Whether the value of `errno` is one more result.
    pub has_errno: bool,
}

/// What keeps a name from being a C signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrototypeFault {
    /// Where in the name, in bytes.
    pub at: usize,
    /// What is wrong there.
    pub message: String,
}

impl Prototype {
    /// Reads the name of an import, as [`Display`](std::fmt::Display) writes it.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn parse(name: &str) -> Result<Prototype, PrototypeFault> {
        parser::parse(name)
    }

    /// The type that the import has where addresses have type `address`.
    pub fn func_type(&self, address: ValType) -> FuncType {
        let params = self.val_params().map(|ty| ty.unwrap_or(address));
        FuncType::new(&params.collect::<Vec<_>>(), &self.val_results())
    }

    /// Whether it takes and returns no more than functions may.
    pub fn is_within_bounds(&self) -> bool {
        is_within_bounds(&self.func_type(ValType::I64))
    }

    /// The types of VITBC for what it takes; none for that of addresses.
    fn val_params(&self) -> impl Iterator<Item = Option<ValType>> {
        self.params.iter().flat_map(CParam::val_types)
    }

    fn val_results(&self) -> Vec<ValType> {
        let mut results = val_types(&self.result);
        results.extend(self.has_errno.then_some(ValType::I32));
        results
    }
}
