//! Literals and quoted strings in directives.

use vbc::isa::ValType;

use crate::evaluator::{Any, Value};

/// The bytes of a quoted string, with the escapes of the text form.
pub fn quoted(text: &str) -> Result<Vec<u8>, String> {
    let inner = text
        .trim()
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .ok_or_else(|| format!("`{text}` is not quoted"))?;
    let mut bytes = Vec::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            bytes.extend(c.to_string().bytes());
            continue;
        }
        match rest.next() {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('0') => bytes.push(0),
            Some('x') => {
                let digits: String = rest.by_ref().take(2).collect();
                let byte = u8::from_str_radix(&digits, 16);
                bytes.push(byte.map_err(|_| format!("\\x{digits}"))?);
            }
            Some(c @ ('\\' | '"' | '\'')) => bytes.push(c as u8),
            other => return Err(format!("escape {other:?}")),
        }
    }
    Ok(bytes)
}

/// Quoted strings, one after another.
pub fn words(text: &str) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest
            .char_indices()
            .skip(1)
            .find(|&(at, c)| c == '"' && !rest[..at].ends_with('\\'))
            .map(|(at, _)| at + 1)
            .ok_or("a quote is missing")?;
        let bytes = quoted(&rest[..end])?;
        found.push(String::from_utf8(bytes).map_err(|error| error.to_string())?);
        rest = rest[end..].trim_start();
    }
    Ok(found)
}

/// The value of a literal of type `ty`. References can only be null, and managed ones `i31 N`.
pub fn value(ty: ValType, text: &str) -> Result<Value, String> {
    let wrong = || format!("`{text}` is no {ty}");
    match ty {
        ValType::I32 => integer(text, 32).map(|x| Value::I32(x as i32)),
        ValType::I64 => integer(text, 64).map(Value::I64),
        ValType::F32 => Some(match nan(text) {
            Some((negative, payload)) => {
                let sign = u32::from(negative) << 31;
                Value::F32(0x7f80_0000 | sign | payload.map_or(1 << 22, |bits| bits as u32))
            }
            None => Value::F32(text.parse::<f32>().map_err(|_| wrong())?.to_bits()),
        }),
        ValType::F64 => Some(match nan(text) {
            Some((negative, payload)) => {
                let sign = u64::from(negative) << 63;
                Value::F64(0x7ff0_0000_0000_0000 | sign | payload.unwrap_or(1 << 51))
            }
            None => Value::F64(text.parse::<f64>().map_err(|_| wrong())?.to_bits()),
        }),
        ValType::Ref(reference) if reference.is_managed() && text.starts_with("i31 ") => {
            integer(&text[4..], 31).map(|x| Value::Any(Some(Any::I31(x as u32 & 0x7fff_ffff))))
        }
        ValType::Ref(_) | ValType::Ptr => (text == "null").then(|| Value::zero(ty)),
    }
    .ok_or_else(wrong)
}

/// Whether `value` is what the literal states: `nan` is any NaN, `funcref`, `externref` and `object` any reference
/// that is not null, `i31 N` an integer of 31 bits, everything else is exact.
pub fn is(value: Value, text: &str) -> bool {
    match (value, text) {
        (Value::F32(_) | Value::F64(_), "nan") => value.is_nan(),
        (Value::FuncRef(Some(_)), "funcref") | (Value::ExternRef(Some(_)), "externref") => true,
        (Value::Any(Some(_)), _) => value.to_string() == text,
        _ => self::value(value.ty(), text) == Ok(value),
    }
}

fn integer(text: &str, width: u32) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let magnitude = match digits.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16),
        None => digits.parse(),
    };
    let x = magnitude.ok()? * if negative { -1 } else { 1 };
    let fits = -(1 << (width - 1)) <= x && x < 1 << width;
    fits.then_some(x as i64)
}

/// Sign and payload of `nan` and `nan:0x...`.
fn nan(text: &str) -> Option<(bool, Option<u64>)> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    match text.strip_prefix("nan:0x") {
        Some(digits) => Some((negative, Some(u64::from_str_radix(digits, 16).ok()?))),
        None => (text == "nan").then_some((negative, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_exact() {
        assert!(is(Value::I32(-1), "0xffffffff") && is(Value::I32(-1), "-1"));
        assert!(!is(Value::I64(-1), "1") && !is(Value::I32(0), "4294967296"));
        assert!(is(Value::F64(0), "0.0") && !is(Value::F64(0), "-0.0"));
        assert!(is(Value::F32(0x7f80_0001), "nan") && is(Value::F32(0x7f80_0001), "nan:0x1"));
        assert!(!is(Value::F32(0xff80_0001), "nan:0x1") && !is(Value::F32(0x7f80_0000), "nan"));
        assert!(is(Value::FuncRef(None), "null") && is(Value::FuncRef(Some(3)), "funcref"));
    }

    #[test]
    fn strings_have_escapes() {
        assert_eq!(quoted(r#""a\n\x41\"""#).unwrap(), b"a\nA\"");
        assert_eq!(words(r#""a b" "c""#).unwrap(), ["a b", "c"]);
    }
}
