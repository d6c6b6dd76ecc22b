//! Native functions: imports from a module `native:LIB`, whose names are C signatures (`docs/ffi.md`).

use std::fmt::{self, Write};

use super::{ImportRow, Module, NONE};
use crate::diag::codes::runtime::R0020;
use crate::diag::{Diagnostic, Place};
use crate::isa::{FuncType, ValType};

/// What the modules of native functions begin with; the name of the library follows.
pub const PREFIX: &str = "native:";

/// How deep structs may lie in structs.
const DEPTH: usize = 16;

/// The most values that a signature may take or return, structs counted by their fields.
const VALUES: usize = 1_000;

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

macro_rules! scalars {
    ($($name:ident $word:literal $c:literal $ty:ident)*) => {
        /// A type of numbers or pointers in C.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Scalar {
            $(#[doc = concat!("`", $c, "`")] $name,)*
        }

        impl Scalar {
            /// All, in the order of the documentation.
            const ALL: &[Scalar] = &[$(Scalar::$name),*];

            /// As a signature writes it.
            const fn word(self) -> &'static str {
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
    /// What C passes after `...` instead of this type, if it is another one.
    const fn promoted(self) -> Option<Scalar> {
        match self {
            Scalar::I8 | Scalar::U8 | Scalar::I16 | Scalar::U16 | Scalar::Bool => Some(Scalar::I32),
            Scalar::F32 => Some(Scalar::F64),
            Scalar::I32 | Scalar::U32 | Scalar::I64 | Scalar::U64 | Scalar::F64 | Scalar::Ptr => {
                None
            }
        }
    }

    /// Whether it is an integer that can say how long a buffer is.
    const fn is_integer(self) -> bool {
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

impl fmt::Display for CType {
    /// As C writes the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CType::Scalar(scalar) => f.write_str(scalar.c_name()),
            CType::Struct(fields) => {
                f.write_str("struct { ")?;
                fields.iter().try_for_each(|field| write!(f, "{field}; "))?;
                f.write_char('}')
            }
        }
    }
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
    /// The types of VITBC for it, where addresses have type `address`.
    fn val_types(&self, address: ValType) -> Vec<ValType> {
        match self {
            CParam::Value(ty) => val_types([ty]),
            CParam::Buffer(_) | CParam::Text => vec![address],
            CParam::Callback(_) => vec![ValType::FUNCREF],
        }
    }
}

impl fmt::Display for CParam {
    /// As C writes the type.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CParam::Value(ty) => fmt::Display::fmt(ty, f),
            CParam::Buffer(_) => f.write_str("void *"),
            CParam::Text => f.write_str("const char *"),
            CParam::Callback(callback) => {
                write_result(f, callback.result.as_ref())?;
                f.write_str("(*)")?;
                write_params(f, &callback.params)
            }
        }
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
    /// Reads the name of an import.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn parse(name: &str) -> Result<Prototype, PrototypeFault> {
        Parser { name, at: 0 }.prototype()
    }

    /// The type that the import has where addresses have type `address`.
    pub fn func_type(&self, address: ValType) -> FuncType {
        let params = self.params.iter();
        let params: Vec<_> = params.flat_map(|param| param.val_types(address)).collect();
        let mut results = val_types(&self.result);
        results.extend(self.has_errno.then_some(ValType::I32));
        FuncType::new(&params, &results)
    }
}

impl fmt::Display for Prototype {
    /// As a declaration in C, without names of parameters; the types of what is passed after `...` are a comment.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_result(f, self.result.as_ref())?;
        f.write_str(&self.symbol)?;
        let Some(fixed) = self.fixed else {
            return write_params(f, &self.params);
        };
        let (fixed, rest) = self.params.split_at(fixed);
        f.write_char('(')?;
        fixed.iter().try_for_each(|param| write!(f, "{param}, "))?;
        f.write_str("...)")?;
        let rest: Vec<_> = rest.iter().map(CParam::to_string).collect();
        match rest.is_empty() {
            true => Ok(()),
            false => write!(f, " /* {} */", rest.join(", ")),
        }
    }
}

/// A result, with a space unless what follows is set apart anyway.
fn write_result(f: &mut fmt::Formatter<'_>, result: Option<&CType>) -> fmt::Result {
    match result {
        None => f.write_str("void "),
        Some(CType::Scalar(Scalar::Ptr)) => f.write_str("void *"),
        Some(ty) => write!(f, "{ty} "),
    }
}

fn write_params<T: fmt::Display>(f: &mut fmt::Formatter<'_>, params: &[T]) -> fmt::Result {
    let params: Vec<_> = params.iter().map(T::to_string).collect();
    match params.is_empty() {
        true => f.write_str("(void)"),
        false => write!(f, "({})", params.join(", ")),
    }
}

type Parsed<T> = Result<T, PrototypeFault>;

/// Reads a name from its beginning.
struct Parser<'n> {
    name: &'n str,
    at: usize,
}

impl<'n> Parser<'n> {
    fn rest(&self) -> &'n str {
        &self.name[self.at..]
    }

    fn fault<T>(&self, message: impl Into<String>) -> Parsed<T> {
        self.fault_at(self.at, message)
    }

    fn fault_at<T>(&self, at: usize, message: impl Into<String>) -> Parsed<T> {
        let message = message.into();
        Err(PrototypeFault { at, message })
    }

    fn eat(&mut self, token: &str) -> bool {
        let is_there = self.rest().starts_with(token);
        self.at += if is_there { token.len() } else { 0 };
        is_there
    }

    fn expect(&mut self, token: &str) -> Parsed<()> {
        match self.eat(token) {
            true => Ok(()),
            false => self.fault(format!("expected `{token}`")),
        }
    }

    /// Letters, digits and `_`; may be empty.
    fn word(&mut self) -> &'n str {
        let rest = self.rest();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn prototype(mut self) -> Parsed<Prototype> {
        let is_blocking = self.eat("!");
        let start = self.at;
        let symbol = self.word();
        if symbol.is_empty() || symbol.starts_with(|c: char| c.is_ascii_digit()) {
            return self.fault_at(start, "expected the name of a C function");
        }
        self.expect("(")?;
        let (params, fixed) = self.params()?;
        let result = match self.rest() {
            "" => None,
            rest if rest.starts_with('+') => None,
            _ => Some(self.result()?),
        };
        let has_errno = self.eat("+errno");
        if !self.rest().is_empty() {
            return self.fault("expected the end of the signature");
        }
        let prototype = Prototype {
            symbol: symbol.into(),
            is_blocking,
            params: params.into(),
            fixed,
            result,
            has_errno,
        };
        self.within(&prototype.func_type(ValType::I64))?;
        let is_callback = |param: &CParam| matches!(param, CParam::Callback(_));
        if is_blocking && prototype.params.iter().any(is_callback) {
            let message = "a function on a thread of its own (`!`) cannot be given functions";
            return self.fault_at(0, message);
        }
        Ok(prototype)
    }

    /// Types of functions have bounds.
    fn within(&self, ty: &FuncType) -> Parsed<()> {
        for (count, what) in [
            (ty.params.len(), "arguments"),
            (ty.results.len(), "results"),
        ] {
            if count > VALUES {
                return self.fault(format!("{count} {what} are more than {VALUES}"));
            }
        }
        Ok(())
    }

    /// What follows the opening parenthesis, and how many parameters precede `...`.
    fn params(&mut self) -> Parsed<(Vec<CParam>, Option<usize>)> {
        let (mut params, mut fixed) = (Vec::new(), None);
        // Where lengths of buffers are named, and by which argument they are given.
        let mut lengths = Vec::new();
        if self.eat(")") {
            return Ok((params, fixed));
        }
        loop {
            let start = self.at;
            if self.eat("...") {
                match fixed {
                    Some(_) => return self.fault_at(start, "`...` appears twice"),
                    None if params.is_empty() => {
                        return self.fault_at(start, "a parameter must precede `...`");
                    }
                    None => fixed = Some(params.len()),
                }
            } else {
                let param = self.param(&mut lengths)?;
                if let CParam::Value(CType::Scalar(scalar)) = &param
                    && fixed.is_some()
                    && let Some(wider) = scalar.promoted()
                {
                    let wider = wider.word();
                    let message = format!("after `...` C passes {wider} instead of this type");
                    return self.fault_at(start, message);
                }
                params.push(param);
            }
            if self.eat(")") {
                break;
            }
            self.expect(",")
                .or_else(|_| self.fault("expected `,` or `)`"))?;
        }
        for (at, argument) in lengths {
            match params.get(argument) {
                Some(CParam::Value(CType::Scalar(scalar))) if scalar.is_integer() => {}
                Some(_) => {
                    let message = format!("argument {argument} is not an integer");
                    return self.fault_at(at, message);
                }
                None => {
                    let message =
                        format!("there is no argument {argument}; they are counted from 0");
                    return self.fault_at(at, message);
                }
            }
        }
        Ok((params, fixed))
    }

    fn param(&mut self, lengths: &mut Vec<(usize, usize)>) -> Parsed<CParam> {
        let start = self.at;
        match self.word() {
            "str" => Ok(CParam::Text),
            "buf" => Ok(CParam::Buffer(self.extent(lengths)?)),
            "fn" => Ok(CParam::Callback(self.callback()?)),
            _ => {
                self.at = start;
                Ok(CParam::Value(self.value(DEPTH)?))
            }
        }
    }

    /// What follows `buf`.
    fn extent(&mut self, lengths: &mut Vec<(usize, usize)>) -> Parsed<Extent> {
        if !self.eat("[") {
            return Ok(Extent::Unknown);
        }
        let start = self.at;
        let is_argument = self.eat("#");
        let digits = self.word();
        let number = match digits.bytes().all(|c| c.is_ascii_digit()) {
            true => digits.parse::<u64>().ok(),
            false => None,
        };
        let Some(number) = number else {
            return self.fault_at(start, "expected a number of bytes, or `#` and an argument");
        };
        self.expect("]")?;
        if !is_argument {
            return Ok(Extent::Bytes(number));
        }
        let argument = usize::try_from(number).unwrap_or(usize::MAX);
        lengths.push((start, argument));
        Ok(Extent::Argument(argument))
    }

    /// What follows `fn`.
    fn callback(&mut self) -> Parsed<Callback> {
        self.expect("(")?;
        let mut params = Vec::new();
        while !self.eat(")") {
            if !params.is_empty() {
                self.expect(",")
                    .or_else(|_| self.fault("expected `,` or `)`"))?;
            }
            params.push(self.value(DEPTH)?);
        }
        let result = match self.rest().chars().next() {
            Some(',' | ')') | None => None,
            Some(_) => Some(self.value(DEPTH)?),
        };
        let callback = Callback {
            params: params.into(),
            result,
        };
        self.within(&callback.func_type())?;
        Ok(callback)
    }

    fn result(&mut self) -> Parsed<CType> {
        let start = self.at;
        if ["str", "buf", "fn"].contains(&self.word()) {
            return self.fault_at(start, "a pointer that a function returns is `ptr`");
        }
        self.at = start;
        self.value(DEPTH)
    }

    /// A type of values; structs in it may lie `depth` deep.
    fn value(&mut self, depth: usize) -> Parsed<CType> {
        let start = self.at;
        if self.eat("{") {
            if depth == 0 {
                return self.fault_at(start, format!("structs lie more than {DEPTH} deep"));
            }
            let mut fields = vec![self.value(depth - 1)?];
            while !self.eat("}") {
                self.expect(",")
                    .or_else(|_| self.fault("expected `,` or `}`"))?;
                fields.push(self.value(depth - 1)?);
            }
            return Ok(CType::Struct(fields.into()));
        }
        let word = self.word();
        match Scalar::ALL.iter().find(|scalar| scalar.word() == word) {
            Some(&scalar) => Ok(CType::Scalar(scalar)),
            None if ["str", "buf", "fn"].contains(&word) => self.fault_at(
                start,
                format!("`{word}` is for parameters of the function itself only"),
            ),
            None if word.is_empty() => self.fault_at(start, "expected a C type"),
            None => self.fault_at(start, format!("`{word}` is not a C type")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(name: &str) -> Prototype {
        Prototype::parse(name).expect(name)
    }

    #[test]
    fn signatures_have_their_types() {
        for (name, ty) in [
            ("f()", "()"),
            ("sqrt(f64)f64", "(f64) -> f64"),
            ("printf(str,...,i32,f64)i32", "(i64, i32, f64) -> i32"),
            (
                "f(i8,u8,i16,u16,i32,u32,bool)bool",
                "(i32, i32, i32, i32, i32, i32, i32) -> i32",
            ),
            (
                "f(i64,u64,f32,f64,ptr)u64",
                "(i64, i64, f32, f64, ptr) -> i64",
            ),
            (
                "!read(i32,buf[#2],u64)i64+errno",
                "(i32, i64, i64) -> (i64, i32)",
            ),
            ("f(buf,buf[16])+errno", "(i64, i64) -> i32"),
            (
                "qsort(buf,u64,u64,fn(ptr,ptr)i32)",
                "(i64, i64, i64, funcref)",
            ),
            ("atexit(fn())i32", "(funcref) -> i32"),
            ("div(i32,i32){i32,i32}", "(i32, i32) -> (i32, i32)"),
            ("f({f64,{i32,ptr}},i32)ptr", "(f64, i32, ptr, i32) -> ptr"),
        ] {
            assert_eq!(
                parsed(name).func_type(ValType::I64).to_string(),
                ty,
                "{name}"
            );
        }
        let narrow = parsed("puts(str)i32").func_type(ValType::I32);
        assert_eq!(narrow.to_string(), "(i32) -> i32");
    }

    #[test]
    fn prototypes_are_written_as_c_has_them() {
        for (name, c) in [
            ("f()", "void f(void)"),
            ("sqrt(f64)f64", "double sqrt(double)"),
            (
                "printf(str,...,i32,f64)i32",
                "int32_t printf(const char *, ...) /* int32_t, double */",
            ),
            ("printf(str,...)i32", "int32_t printf(const char *, ...)"),
            (
                "qsort(buf,u64,u64,fn(ptr,ptr)i32)",
                "void qsort(void *, uint64_t, uint64_t, int32_t (*)(void *, void *))",
            ),
            (
                "f({f32,{i8,bool}})ptr",
                "void *f(struct { float; struct { int8_t; _Bool; }; })",
            ),
        ] {
            assert_eq!(parsed(name).to_string(), c, "{name}");
        }
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let deep = format!("f({}i32{})", "{".repeat(17), "}".repeat(17));
        let many = format!("f({}i32)", "i32,".repeat(1_000));
        for (name, at, message) in [
            ("", 0, "expected the name of a C function"),
            ("!", 1, "expected the name of a C function"),
            ("1f()", 0, "expected the name of a C function"),
            ("f", 1, "expected `(`"),
            ("f(", 2, "expected a C type"),
            ("f(i32", 5, "expected `,` or `)`"),
            ("f(i32,)", 6, "expected a C type"),
            ("f(int)", 2, "`int` is not a C type"),
            ("f (i32)", 1, "expected `(`"),
            ("f(i32) i32", 6, "expected a C type"),
            ("f()i32 ", 6, "expected the end of the signature"),
            ("f()i32+errn", 6, "expected the end of the signature"),
            ("f()str", 3, "a pointer that a function returns is `ptr`"),
            ("f()buf[3]", 3, "a pointer that a function returns is `ptr`"),
            ("f(...)", 2, "a parameter must precede `...`"),
            ("f(i32,...,...)", 10, "`...` appears twice"),
            (
                "f(i32,...,f32)",
                10,
                "after `...` C passes f64 instead of this type",
            ),
            (
                "f(i32,...,u8)",
                10,
                "after `...` C passes i32 instead of this type",
            ),
            ("f({})", 3, "expected a C type"),
            ("f({i32)", 6, "expected `,` or `}`"),
            (
                "f({buf})",
                3,
                "`buf` is for parameters of the function itself only",
            ),
            (
                "f(fn(str))",
                5,
                "`str` is for parameters of the function itself only",
            ),
            ("f(fn)", 4, "expected `(`"),
            ("f(fn(i32)", 9, "expected `,` or `)`"),
            ("f(fn(i32,...))", 9, "expected a C type"),
            (
                "f(buf[)",
                6,
                "expected a number of bytes, or `#` and an argument",
            ),
            (
                "f(buf[-1])",
                6,
                "expected a number of bytes, or `#` and an argument",
            ),
            (
                "f(buf[18446744073709551616])",
                6,
                "expected a number of bytes, or `#` and an argument",
            ),
            ("f(buf[3)", 7, "expected `]`"),
            (
                "f(buf[#1])",
                6,
                "there is no argument 1; they are counted from 0",
            ),
            ("f(buf[#1],f64)", 6, "argument 1 is not an integer"),
            ("f(buf[#0])", 6, "argument 0 is not an integer"),
            (&deep, 18, "structs lie more than 16 deep"),
            (&many, many.len(), "1001 arguments are more than 1000"),
            ("größe()", 2, "expected `(`"),
            (
                "!f(fn())",
                0,
                "a function on a thread of its own (`!`) cannot be given functions",
            ),
        ] {
            let fault = Prototype::parse(name).expect_err(name);
            assert_eq!((fault.at, &*fault.message), (at, message), "{name}");
        }
    }

    #[test]
    fn no_name_makes_the_parser_panic() {
        // Every prefix of a signature with everything in it, and each with one byte exchanged.
        let whole =
            "!f_1(buf[16],buf[#4],str,fn({i8,{u16}},ptr)f32,u64,...,f64,{i32,ptr}){f32,f64}+errno";
        for end in 0..=whole.len() {
            let _ = Prototype::parse(&whole[..end]);
        }
        for at in 0..whole.len() {
            for other in "!(){}[]#.,+0aé ".chars() {
                let mut changed: Vec<char> = whole.chars().collect();
                changed[at] = other;
                let _ = Prototype::parse(&changed.iter().collect::<String>());
            }
        }
    }
}
