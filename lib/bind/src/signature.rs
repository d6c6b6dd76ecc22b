//! Signatures of native functions, as `docs/ffi.md` specifies them: what imports are called.

use std::fmt::{self, Write};

/// How deep structs may lie in one another.
pub const DEPTH: usize = 16;
/// Parameters, and results, that a function may have in VITBC.
pub const VALUES: usize = 1000;

/// The C type of a parameter, a result or a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `i8` to `u64`.
    Int {
        /// 8, 16, 32 or 64.
        bits: u8,
        /// Whether it has a sign.
        signed: bool,
    },
    /// `bool`.
    Bool,
    /// `f32`.
    F32,
    /// `f64`.
    F64,
    /// `ptr`: a pointer that the program does not look into.
    Ptr,
    /// `buf`: a pointer to memory of the program.
    Buf(Extent),
    /// `str`: a pointer to a text in memory of the program.
    Str,
    /// `fn(..)..`: a pointer to a function of the program.
    Fn(Box<Callback>),
    /// `{..}`: a struct by value.
    Struct(Vec<Type>),
}

/// What is checked of a `buf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The address.
    Open,
    /// So many bytes.
    Bytes(u64),
    /// As many bytes as the argument of this number says.
    Argument(u32),
}

/// The type of a function that C calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    /// What it takes.
    pub parameters: Vec<Type>,
    /// What it returns.
    pub result: Option<Type>,
}

/// The whole of what an import is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Whether other tasks go on while it is called.
    pub blocking: bool,
    /// What linkers call it.
    pub symbol: String,
    /// Its own parameters.
    pub parameters: Vec<Type>,
    /// For a variadic function: what this import passes after them.
    pub variadic: Option<Vec<Type>>,
    /// What it returns.
    pub result: Option<Type>,
    /// Whether `errno` is one more result.
    pub errno: bool,
}

impl Type {
    /// Whether it is an integer, as the length of a `buf` has to be.
    pub fn is_integer(&self) -> bool {
        matches!(self, Type::Int { .. })
    }

    /// Whether it can be in a struct and in a callback: a number, or `ptr`.
    pub fn is_plain(&self) -> bool {
        match self {
            Type::Int { .. } | Type::Bool | Type::F32 | Type::F64 | Type::Ptr => true,
            Type::Buf(_) | Type::Str | Type::Fn(_) | Type::Struct(_) => false,
        }
    }

    /// Whether C passes it after `...` as it is.
    pub fn is_promoted(&self) -> bool {
        match self {
            Type::Int { bits, .. } => *bits >= 32,
            Type::Bool | Type::F32 => false,
            Type::F64 | Type::Ptr | Type::Buf(_) | Type::Str | Type::Fn(_) | Type::Struct(_) => {
                true
            }
        }
    }

    /// Appends the types of the VITBC values that stand for it.
    fn push_values(&self, values: &mut Vec<&'static str>) {
        match self {
            Type::Int { bits: 64, .. } => values.push("i64"),
            Type::Int { .. } | Type::Bool => values.push("i32"),
            Type::F32 => values.push("f32"),
            Type::F64 => values.push("f64"),
            Type::Ptr => values.push("ptr"),
            Type::Buf(_) | Type::Str => values.push("addr"),
            Type::Fn(_) => values.push("funcref"),
            Type::Struct(fields) => fields.iter().for_each(|field| field.push_values(values)),
        }
    }
}

impl Signature {
    /// The arguments of a call: its own parameters, and what follows them.
    pub fn arguments(&self) -> impl Iterator<Item = &Type> {
        let more = self.variadic.iter().flatten();
        self.parameters.iter().chain(more)
    }

    /// The types of the parameters in VITBC.
    pub fn parameter_values(&self) -> Vec<&'static str> {
        let mut values = Vec::new();
        self.arguments().for_each(|ty| ty.push_values(&mut values));
        values
    }

    /// The types of the results in VITBC.
    pub fn result_values(&self) -> Vec<&'static str> {
        let mut values = Vec::new();
        if let Some(result) = &self.result {
            result.push_values(&mut values);
        }
        if self.errno {
            values.push("i32");
        }
        values
    }
}

/// Writes types with commas between them.
fn list<'t>(f: &mut fmt::Formatter<'_>, types: impl Iterator<Item = &'t Type>) -> fmt::Result {
    for (at, ty) in types.enumerate() {
        if at > 0 {
            f.write_char(',')?;
        }
        write!(f, "{ty}")?;
    }
    Ok(())
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::Int { bits, signed } => write!(f, "{}{bits}", if *signed { 'i' } else { 'u' }),
            Type::Bool => f.write_str("bool"),
            Type::F32 => f.write_str("f32"),
            Type::F64 => f.write_str("f64"),
            Type::Ptr => f.write_str("ptr"),
            Type::Buf(Extent::Open) => f.write_str("buf"),
            Type::Buf(Extent::Bytes(count)) => write!(f, "buf[{count}]"),
            Type::Buf(Extent::Argument(number)) => write!(f, "buf[#{number}]"),
            Type::Str => f.write_str("str"),
            Type::Fn(callback) => {
                f.write_str("fn(")?;
                list(f, callback.parameters.iter())?;
                f.write_char(')')?;
                match &callback.result {
                    Some(result) => write!(f, "{result}"),
                    None => Ok(()),
                }
            }
            Type::Struct(fields) => {
                f.write_char('{')?;
                list(f, fields.iter())?;
                f.write_char('}')
            }
        }
    }
}

impl fmt::Display for Signature {
    /// The import's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.blocking {
            f.write_char('!')?;
        }
        write!(f, "{}(", self.symbol)?;
        list(f, self.parameters.iter())?;
        if let Some(more) = &self.variadic {
            f.write_str(",...")?;
            if !more.is_empty() {
                f.write_char(',')?;
                list(f, more.iter())?;
            }
        }
        f.write_char(')')?;
        if let Some(result) = &self.result {
            write!(f, "{result}")?;
        }
        match self.errno {
            true => f.write_str("+errno"),
            false => Ok(()),
        }
    }
}

/// Whether `symbol` can be written in an import's name.
pub fn is_symbol(symbol: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$';
    symbol.bytes().all(is_part)
        && !symbol.starts_with(|c: char| c.is_ascii_digit())
        && !symbol.is_empty()
}
