//! Operands that name functions: `z_compress=compress(_,_,buf[#3])`.

use std::iter::Peekable;
use std::str::Chars;

use vbc_core::module::native::{CParam, CType, Callback, DEPTH, Extent, Scalar, VALUES};

/// A function, or several, and what its signature is to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// What it is called in VITBC, if not as in C.
    pub name: Option<String>,
    /// The name in C, or a pattern with `*` and `?`.
    pub function: String,
    /// What was written of the signature; none where there is no list.
    pub types: Option<Types>,
}

/// What was written of a signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Types {
    /// The first parameters; none for what the headers say.
    pub parameters: Vec<Option<CParam>>,
    /// The arguments after `...`, if that was written.
    pub variadic: Option<Vec<CParam>>,
    /// The result, if it was written.
    pub result: Option<CType>,
}

/// Whether a name stands for all that match.
pub fn is_glob(name: &str) -> bool {
    name.contains(['*', '?'])
}

/// Whether a name is one of C's, an identifier.
pub fn is_identifier(name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    name.chars().all(is_part) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
}

/// One name for an integer's type, which C can write in several ways, and compilers do: `long unsigned int`. Others stay
/// as they are.
pub fn usual_name(name: &str) -> String {
    let (mut sign, mut long, mut short, mut is_char) = ("", 0, "", false);
    for word in name.split(' ') {
        match word {
            "unsigned" | "signed" => sign = word,
            "long" => long += 1,
            "short" => short = word,
            "char" => is_char = true,
            "int" => {}
            _ => return name.to_owned(),
        }
    }
    let width = match (is_char, short, long) {
        (true, ..) => "char",
        (false, "", 0) => "int",
        (false, "", 1) => "long",
        (false, "", _) => "long long",
        (false, ..) => "short",
    };
    match sign {
        "unsigned" => format!("unsigned {width}"),
        // A plain one is a type of its own.
        "signed" if is_char => "signed char".to_owned(),
        _ => width.to_owned(),
    }
}

impl Pattern {
    /// Reads an operand.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(word: &str) -> Result<Pattern, String> {
        let (head, list) = match word.find('(') {
            Some(at) => (&word[..at], Some(&word[at..])),
            None => (word, None),
        };
        let (name, function) = match head.split_once('=') {
            Some((name, function)) => (Some(name), function),
            None => (None, head),
        };
        let plain = function.replace(['*', '?'], "_");
        if !is_identifier(&plain) {
            return Err(format!("`{function}` is not the name of a function"));
        }
        if is_glob(function) && (name.is_some() || list.is_some()) {
            return Err("a name and a signature are those of one function".to_owned());
        }
        if name == Some("") {
            return Err("there is no name before the equals sign".to_owned());
        }
        let types = list.map(|list| {
            let mut reader = Reader {
                rest: list.chars().peekable(),
                in_callback: false,
            };
            reader.types()
        });
        Ok(Pattern {
            name: name.map(str::to_owned),
            function: function.to_owned(),
            types: types.transpose()?,
        })
    }
}

struct Reader<'t> {
    rest: Peekable<Chars<'t>>,
    /// Inside the parentheses of `fn`, where there is no other.
    in_callback: bool,
}

impl Reader<'_> {
    fn types(&mut self) -> Result<Types, String> {
        let mut types = Types::default();
        self.expect('(')?;
        if !self.take(')') {
            loop {
                if self.peek() == Some('.') {
                    types.variadic = Some(self.variadic()?);
                    break;
                }
                types.parameters.push(match self.take('_') {
                    true => None,
                    false => Some(self.any(0)?),
                });
                if !self.take(',') {
                    self.expect(')')?;
                    break;
                }
            }
        }
        if self.peek().is_some() {
            types.result = Some(self.value(0, "a function cannot return")?);
        }
        match self.peek() {
            None => Ok(types),
            Some(c) => Err(format!("`{c}` follows the signature")),
        }
    }

    /// From `...` to the end of the list.
    fn variadic(&mut self) -> Result<Vec<CParam>, String> {
        for _ in 0..3 {
            self.expect('.')?;
        }
        let mut types = Vec::new();
        while self.take(',') {
            let ty = self.any(0)?;
            if let Some(instead) = ty.promoted() {
                return Err(format!("C passes no `{ty}` after `...`, but `{instead}`"));
            }
            types.push(ty);
        }
        self.expect(')')?;
        Ok(types)
    }

    /// A type of values; `depth` structs are around it. Other types are refused in these words.
    fn value(&mut self, depth: usize, refusal: &str) -> Result<CType, String> {
        match self.any(depth)? {
            CParam::Value(ty) => Ok(ty),
            ty => Err(format!("{refusal} `{ty}`")),
        }
    }

    /// A type; `depth` structs are around it.
    fn any(&mut self, depth: usize) -> Result<CParam, String> {
        if self.take('{') {
            return Ok(CParam::Value(self.fields(depth + 1)?));
        }
        let word = self.word();
        match word.as_str() {
            "str" => Ok(CParam::Text),
            "buf" => Ok(CParam::Buffer(self.extent()?)),
            "fn" => Ok(CParam::Callback(self.callback()?)),
            "" => Err(match self.peek() {
                Some(c) => format!("a type is expected, not `{c}`"),
                None => "a type is missing at the end".to_owned(),
            }),
            _ => match Scalar::named(&word) {
                Some(scalar) => Ok(CParam::Value(CType::Scalar(scalar))),
                None => Err(format!("there is no type `{word}`")),
            },
        }
    }

    /// After the brace of a struct.
    fn fields(&mut self, depth: usize) -> Result<CType, String> {
        if depth > DEPTH {
            return Err(format!("structs are more than {DEPTH} deep"));
        }
        let mut fields = Vec::new();
        loop {
            fields.push(self.value(depth, "a struct has no field of type")?);
            if !self.take(',') {
                self.expect('}')?;
                return Ok(CType::Struct(fields.into()));
            }
        }
    }

    /// After `buf`.
    fn extent(&mut self) -> Result<Extent, String> {
        if !self.take('[') {
            return Ok(Extent::Unknown);
        }
        let is_argument = self.take('#');
        let digits = self.word();
        let extent = match is_argument {
            true => digits.parse().map(Extent::Argument),
            false => digits.parse().map(Extent::Bytes),
        };
        self.expect(']')?;
        extent.map_err(|_| format!("`{digits}` is not a number"))
    }

    /// After `fn`.
    fn callback(&mut self) -> Result<Callback, String> {
        if self.in_callback {
            return Err("a callback does not take callbacks".to_owned());
        }
        self.expect('(')?;
        self.in_callback = true;
        let mut params = Vec::new();
        if !self.take(')') {
            loop {
                params.push(self.value(0, "a callback does not take")?);
                if !self.take(',') {
                    self.expect(')')?;
                    break;
                }
            }
        }
        // A result begins with a letter or a brace, and what follows a callback with neither.
        let begins = |c: char| c.is_ascii_alphanumeric() || c == '{';
        let result = match self.peek().is_some_and(begins) {
            true => Some(self.value(0, "a callback does not return")?),
            false => None,
        };
        self.in_callback = false;
        let params = params.into();
        let callback = Callback { params, result };
        match callback.is_within_bounds() {
            true => Ok(callback),
            false => Err(format!(
                "a callback has no more than {VALUES} parameters or results"
            )),
        }
    }

    fn word(&mut self) -> String {
        self.skip_spaces();
        let mut word = String::new();
        while let Some(c) = self.rest.next_if(char::is_ascii_alphanumeric) {
            word.push(c);
        }
        word
    }

    fn skip_spaces(&mut self) {
        while self.rest.next_if_eq(&' ').is_some() {}
    }

    fn peek(&mut self) -> Option<char> {
        self.skip_spaces();
        self.rest.peek().copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        self.skip_spaces();
        self.rest.next_if_eq(&wanted).is_some()
    }

    fn expect(&mut self, wanted: char) -> Result<(), String> {
        match self.take(wanted) {
            true => Ok(()),
            false => Err(match self.peek() {
                Some(c) => format!("`{wanted}` is expected, not `{c}`"),
                None => format!("`{wanted}` is missing at the end"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(word: &str) -> Types {
        let pattern = Pattern::parse(word).unwrap_or_else(|error| panic!("{word}: {error}"));
        pattern.types.unwrap_or_else(|| panic!("{word}: no list"))
    }

    /// The types as they are written again.
    fn shown(types: &[CParam]) -> Vec<String> {
        types.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn names() {
        let plain = Pattern::parse("compress").unwrap();
        assert_eq!((plain.function.as_str(), plain.name), ("compress", None));
        assert_eq!(plain.types, None);
        let named = Pattern::parse("p=printf(...)").unwrap();
        assert_eq!(named.name.as_deref(), Some("p"));
        assert_eq!(named.types.unwrap().variadic, Some(Vec::new()));
        assert_eq!(Pattern::parse("gz*").unwrap().function, "gz*");
        assert_eq!(Pattern::parse("größe$1").unwrap().function, "größe$1");
        for (word, error) in [
            ("", "`` is not the name of a function"),
            ("1x", "`1x` is not the name of a function"),
            ("a b", "`a b` is not the name of a function"),
            ("!f", "`!f` is not the name of a function"),
            ("=f", "there is no name before the equals sign"),
            ("x=f*", "a name and a signature are those of one function"),
            (
                "f*(i32)",
                "a name and a signature are those of one function",
            ),
        ] {
            assert_eq!(Pattern::parse(word), Err(error.to_owned()), "{word}");
        }
    }

    #[test]
    fn every_type_is_read_and_written() {
        for list in [
            "i8,u8,i16,u16,i32,u32,i64,u64,bool,f32,f64,ptr,str",
            "buf,buf[16],buf[#3]",
            "fn(),fn(ptr,ptr)i32,fn({f64,i32},u8){i8,{f32}},fn(){ptr},fn()f32,i32",
            "{i32},{f32,{ptr,{u8}},i64}",
        ] {
            let parsed = types(&format!("f({list})")).parameters;
            let parsed: Vec<CParam> = parsed.into_iter().map(Option::unwrap).collect();
            assert_eq!(shown(&parsed).join(","), list);
        }
        let spaced = types("f( _ , buf[ #2 ] , ... , f64 ) {i32, f64}");
        assert_eq!(spaced.parameters[0], None);
        assert_eq!(spaced.parameters.len(), 2);
        assert_eq!(
            spaced.variadic.as_deref().map(shown),
            Some(vec!["f64".to_owned()])
        );
        assert_eq!(
            spaced.result.map(|ty| ty.to_string()).as_deref(),
            Some("{i32,f64}")
        );
        assert_eq!(types("f()"), Types::default());
    }

    #[test]
    fn integers_have_one_name() {
        for (name, usual) in [
            ("int", "int"),
            ("signed", "int"),
            ("unsigned", "unsigned int"),
            ("long unsigned int", "unsigned long"),
            ("unsigned long", "unsigned long"),
            ("long int", "long"),
            ("int long signed long", "long long"),
            ("long long unsigned int", "unsigned long long"),
            ("short unsigned int", "unsigned short"),
            ("short", "short"),
            ("char", "char"),
            ("signed char", "signed char"),
            ("unsigned char", "unsigned char"),
            ("long double", "long double"),
            ("struct tm", "struct tm"),
            ("size_t", "size_t"),
        ] {
            assert_eq!(usual_name(name), usual, "{name}");
        }
    }

    #[test]
    fn what_is_no_signature() {
        let deep = |depth| format!("f({}i32{})", "{".repeat(depth), "}".repeat(depth));
        assert!(Pattern::parse(&deep(DEPTH)).is_ok());
        let many = |count| format!("f(fn({}i32))", "i32,".repeat(count - 1));
        assert!(Pattern::parse(&many(VALUES)).is_ok());
        for (word, error) in [
            ("f(", "a type is missing at the end"),
            ("f(i32", "`)` is missing at the end"),
            ("f(i32,)", "a type is expected, not `)`"),
            ("f(int)", "there is no type `int`"),
            ("f(i32;u8)", "`)` is expected, not `;`"),
            ("f(..)", "`.` is expected, not `)`"),
            ("f(...,u8)", "C passes no `u8` after `...`, but `i32`"),
            ("f(...,i16)", "C passes no `i16` after `...`, but `i32`"),
            ("f(...,bool)", "C passes no `bool` after `...`, but `i32`"),
            ("f(...,f32)", "C passes no `f32` after `...`, but `f64`"),
            ("f(...,_)", "a type is expected, not `_`"),
            ("f(...,i32,...)", "a type is expected, not `.`"),
            ("f()buf", "a function cannot return `buf`"),
            ("f()fn()", "a function cannot return `fn()`"),
            ("f()i32+errno", "`+` follows the signature"),
            ("f(buf[x])", "`x` is not a number"),
            ("f(buf[#-1])", "`]` is expected, not `-`"),
            (
                "f(buf[99999999999999999999])",
                "`99999999999999999999` is not a number",
            ),
            ("f({})", "a type is expected, not `}`"),
            ("f({str})", "a struct has no field of type `str`"),
            ("f(fn(buf))", "a callback does not take `buf`"),
            ("f(fn(fn()))", "a callback does not take callbacks"),
            ("f(fn()str)", "a callback does not return `str`"),
            (&deep(DEPTH + 1), "structs are more than 16 deep"),
            (
                &many(VALUES + 1),
                "a callback has no more than 1000 parameters or results",
            ),
        ] {
            assert_eq!(Pattern::parse(word), Err(error.to_owned()), "{word}");
        }
    }
}
