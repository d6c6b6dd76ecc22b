//! Reads signatures.

use super::{
    CParam, CType, Callback, DEPTH, Extent, Prototype, PrototypeFault, Scalar, VALUES, is_symbol,
    is_symbol_part,
};
use crate::isa::{FuncType, ValType};

/// Reads the name of an import.
///
/// # Errors
///
/// The first thing that is wrong.
pub fn parse(name: &str) -> Result<Prototype, PrototypeFault> {
    Parser { name, at: 0 }.prototype()
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

    /// Letters, digits, `_` and `$`; may be empty.
    fn word(&mut self) -> &'n str {
        let rest = self.rest();
        let end = rest.find(|c| !is_symbol_part(c)).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn prototype(mut self) -> Parsed<Prototype> {
        let is_blocking = self.eat("!");
        let start = self.at;
        let symbol = self.word();
        if !is_symbol(symbol) {
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
                if fixed.is_some()
                    && let Some(wider) = param.promoted()
                {
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
                Some(param) if param.is_integer() => {}
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
        match Scalar::named(word) {
            Some(scalar) => Ok(CType::Scalar(scalar)),
            None if ["str", "buf", "fn"].contains(&word) => self.fault_at(
                start,
                format!("`{word}` is for parameters of the function itself only"),
            ),
            None if word.is_empty() => self.fault_at(start, "expected a C type"),
            None => self.fault_at(start, format!("`{word}` is not a C type")),
        }
    }
}
