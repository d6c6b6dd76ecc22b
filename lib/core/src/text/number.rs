//! Reading numbers and quoted strings; `literal.rs` writes them.

use crate::isa::ValType;

/// Reads an integer literal without its sign; none when it is not one. Values beyond 64 bits
/// are [`u128::MAX`].
pub fn parse_int(text: &str) -> Option<u128> {
    let bytes = text.as_bytes();
    let (radix, digits) = match bytes {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', b'o' | b'O', rest @ ..] => (8, rest),
        [b'0', b'b' | b'B', rest @ ..] => (2, rest),
        all => (10, all),
    };
    let mut value: u128 = 0;
    let mut digit_before = false;
    for &byte in digits {
        if byte == b'_' {
            if !digit_before {
                return None;
            }
            digit_before = false;
            continue;
        }
        let digit = u128::from(char::from(byte).to_digit(radix)?);
        digit_before = true;
        if value >> 64 == 0 {
            value = value * u128::from(radix) + digit;
        }
    }
    if !digit_before {
        return None;
    }
    Some(if value >> 64 == 0 { value } else { u128::MAX })
}

/// Whether a number is written as a float: with a point, an exponent, or in hexadecimal with `p`.
pub fn is_float(text: &str) -> bool {
    match text.as_bytes() {
        [b'0', b'x' | b'X', rest @ ..] => {
            rest.iter().any(|byte| matches!(byte, b'p' | b'P' | b'.'))
        }
        [b'0', b'o' | b'O' | b'b' | b'B', ..] => false,
        all => all.iter().any(|byte| matches!(byte, b'.' | b'e' | b'E')),
    }
}

/// A floating-point type: the widths that a rounding needs.
#[derive(Clone, Copy, Debug)]
struct Format {
    /// Bits of the fraction that are stored.
    fraction: u32,
    /// Exponent of the smallest normal number.
    min_exponent: i64,
    /// Exponent of the largest number.
    max_exponent: i64,
}

impl Format {
    fn of(ty: ValType) -> Format {
        match ty {
            ValType::F32 => Format {
                fraction: 23,
                min_exponent: -126,
                max_exponent: 127,
            },
            ValType::I32 | ValType::I64 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => Format {
                fraction: 52,
                min_exponent: -1022,
                max_exponent: 1023,
            },
        }
    }

    fn infinity(self) -> u64 {
        ((self.max_exponent - self.min_exponent + 2) as u64) << self.fraction
    }

    fn sign(self) -> u64 {
        if self.fraction == 23 {
            1 << 31
        } else {
            1 << 63
        }
    }

    /// The bits of `mantissa` x 2^`exponent`, rounded to nearest, ties to even. `sticky` means that
    /// the mantissa has further bits below its lowest.
    fn round(self, mantissa: u64, exponent: i64, sticky: bool) -> u64 {
        if mantissa == 0 {
            return 0;
        }
        let top = 63 - i64::from(mantissa.leading_zeros());
        if exponent + top > 1 - self.min_exponent {
            return self.infinity();
        }
        // The exponent of the lowest bit that is kept.
        let lowest = (exponent + top).max(self.min_exponent) - i64::from(self.fraction);
        let shift = lowest - exponent;
        let kept = match shift {
            ..=0 => mantissa << -shift,
            1..=64 => {
                let value = u128::from(mantissa) << 64 >> shift;
                let (whole, rest) = ((value >> 64) as u64, value as u64);
                let half = 1 << 63;
                let up = rest > half || rest == half && (sticky || whole & 1 == 1);
                whole + u64::from(up)
            }
            _ => 0,
        };
        // A carry out of the fraction moves into the exponent by itself.
        let bits = kept
            + (((lowest + i64::from(self.fraction) - self.min_exponent) as u64) << self.fraction);
        bits.min(self.infinity())
    }
}

/// Reads a number literal without its sign as a float of type `ty`, f32 or f64, rounded to nearest;
/// returns its bits. An integer literal is allowed. None when it is not a number.
pub fn parse_float(text: &str, ty: ValType) -> Option<u64> {
    if matches!(
        text.as_bytes(),
        [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]
    ) {
        return match is_float(text) {
            true => parse_hex_float(text.get(2..)?, ty),
            false => {
                let value = u64::try_from(parse_int(text)?).ok()?;
                Some(Format::of(ty).round(value, 0, false))
            }
        };
    }
    if !well_separated(text) {
        return None;
    }
    let mut plain = String::new();
    let text = match text.contains('_') {
        true => {
            plain.extend(text.chars().filter(|&c| c != '_'));
            &plain
        }
        false => text,
    };
    let simple =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
    let starts = text.as_bytes().first().is_some_and(u8::is_ascii_digit);
    if !starts || !text.bytes().all(simple) {
        return None;
    }
    match ty {
        ValType::F32 => text.parse::<f32>().ok().map(|value| value.to_bits().into()),
        ValType::I32 | ValType::I64 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
            text.parse::<f64>().ok().map(f64::to_bits)
        }
    }
}

/// Whether every `_` is between two digits.
fn well_separated(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at))
            .is_some_and(u8::is_ascii_alphanumeric)
    };
    bytes
        .iter()
        .enumerate()
        .all(|(i, &byte)| byte != b'_' || digit(i.checked_sub(1)) && digit(Some(i + 1)))
}

fn parse_hex_float(text: &str, ty: ValType) -> Option<u64> {
    if !well_separated(text) {
        return None;
    }
    let (digits, exponent) = text.split_once(['p', 'P']).unwrap_or((text, "0"));
    let exponent: String = exponent.chars().filter(|&c| c != '_').collect();
    let exponent = match exponent.parse::<i64>() {
        Ok(exponent) => exponent.clamp(-1 << 40, 1 << 40),
        // Digits only, but beyond 64 bits: far outside every type.
        Err(_)
            if exponent
                .trim_start_matches(['+', '-'])
                .bytes()
                .all(|b| b.is_ascii_digit())
                && exponent.ends_with(|c: char| c.is_ascii_digit()) =>
        {
            if exponent.starts_with('-') {
                -1 << 40
            } else {
                1 << 40
            }
        }
        Err(_) => return None,
    };
    let (mut mantissa, mut scale, mut sticky) = (0_u64, 0_i64, false);
    let (mut point, mut any) = (false, false);
    for c in digits.chars() {
        if c == '.' && !point {
            point = true;
            continue;
        }
        if c == '_' {
            continue;
        }
        let digit = u64::from(c.to_digit(16)?);
        any = true;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
            scale -= if point { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            scale += if point { 0 } else { 4 };
        }
    }
    any.then(|| Format::of(ty).round(mantissa, exponent + scale, sticky))
}

/// The bits of `inf`, `nan` or `nan:0x...` of type `ty`, without its sign; none for another word or a payload that
/// the type does not have.
pub fn parse_special(text: &str, ty: ValType) -> Option<u64> {
    let format = Format::of(ty);
    let infinity = format.infinity();
    match text {
        "inf" => Some(infinity),
        "nan" => Some(infinity | 1 << (format.fraction - 1)),
        _ => {
            let digits = text.strip_prefix("nan:")?;
            let payload = u64::try_from(parse_int(digits)?).ok()?;
            (digits.starts_with("0x") && payload != 0 && payload >> format.fraction == 0)
                .then_some(infinity | payload)
        }
    }
}

/// The same number with the opposite sign.
pub fn negate_float(bits: u64, ty: ValType) -> u64 {
    bits ^ Format::of(ty).sign()
}

/// What is wrong inside quotes, and where, in bytes from the opening quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadQuote {
    /// Where.
    pub at: usize,
    /// The length of the faulty part in bytes.
    pub length: usize,
    /// What.
    pub reason: &'static str,
}

/// The bytes of a quoted string, quotes included in `text`.
///
/// # Errors
///
/// At the first invalid escape and the first control character.
pub fn unquote(text: &str) -> Result<Vec<u8>, BadQuote> {
    let mut out = Vec::with_capacity(text.len());
    let inner = text
        .get(1..text.len().saturating_sub(1))
        .unwrap_or_default();
    let mut chars = inner.char_indices();
    while let Some((at, c)) = chars.next() {
        let bad = |end: usize, reason| BadQuote {
            at: at + 1,
            length: end - at,
            reason,
        };
        if c.is_control() {
            return Err(bad(
                at + c.len_utf8(),
                "a control character must be written as an escape",
            ));
        }
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        let (next, escape) = chars.next().unwrap_or((at + 1, ' '));
        match escape {
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            '0' => out.push(0),
            '\\' | '"' | '\'' => out.push(escape as u8),
            'x' => {
                let digits = inner.get(next + 1..next + 3);
                let byte = digits
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                match byte {
                    Some(byte) => out.push(byte),
                    None => return Err(bad(next + 1, "`\\x` needs two hexadecimal digits")),
                }
                chars.nth(1);
            }
            'u' => {
                let digits = inner[next + 1..]
                    .strip_prefix('{')
                    .and_then(|rest| rest.split_once('}'))
                    .map(|(digits, _)| digits);
                let c = digits
                    .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
                    .and_then(|digits| u32::from_str_radix(digits, 16).ok())
                    .and_then(char::from_u32);
                let (Some(digits), Some(c)) = (digits, c) else {
                    return Err(bad(next + 1, "`\\u` needs a character's number in braces"));
                };
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                chars.nth(digits.len() + 1);
            }
            other => {
                return Err(bad(next + other.len_utf8(), "this escape does not exist"));
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::super::literal::{float_text, push_quoted};
    use super::*;
    use ValType::{F32, F64};

    #[test]
    fn integers() {
        assert_eq!(parse_int("1_000"), Some(1000));
        assert_eq!(parse_int("0xff_FF"), Some(65535));
        assert_eq!(parse_int("0b101"), Some(5));
        assert_eq!(parse_int("0o17"), Some(15));
        assert_eq!(parse_int("18446744073709551615"), Some(u64::MAX.into()));
        assert_eq!(parse_int("18446744073709551616"), Some(u128::MAX));
        assert_eq!(parse_int(&"9".repeat(1000)), Some(u128::MAX));
        for bad in ["", "_1", "1_", "1__0", "0x", "0x_1", "12a", "0b2"] {
            assert_eq!(parse_int(bad), None, "{bad}");
        }
    }

    /// Every value reads back to its own bits, and hexadecimal floats are rounded as decimal ones.
    #[test]
    fn floats_read_back() {
        let mut state = 1_u64;
        for i in 0..200_000_u64 {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let bits = match i {
                0 => 0,
                1 => 1,
                2 => f64::MAX.to_bits(),
                3 => f64::INFINITY.to_bits(),
                _ => state >> (state >> 58 & 7),
            };
            for (bits, ty) in [(bits, F64), (bits & 0xffff_ffff, F32)] {
                let text = float_text(ty, bits);
                let (negative, plain) = match text.strip_prefix('-') {
                    Some(plain) => (true, plain),
                    None => (false, text.as_str()),
                };
                let read = parse_special(plain, ty).or_else(|| parse_float(plain, ty));
                let read = read.map(|read| {
                    if negative {
                        negate_float(read, ty)
                    } else {
                        read
                    }
                });
                assert_eq!(read, Some(bits), "{text}");
            }
        }
    }

    #[test]
    fn hexadecimal_floats() {
        let f64 = |text| parse_float(text, F64).map(f64::from_bits);
        let f32 = |text| parse_float(text, F32).map(|bits| f32::from_bits(bits as u32));
        assert_eq!(f64("0x1p-1"), Some(0.5));
        assert_eq!(f64("0x1.8p1"), Some(3.0));
        assert_eq!(f64("0x1.fffffffffffff8p1023"), Some(f64::INFINITY));
        assert_eq!(f64("0x1.fffffffffffff7fp1023"), Some(f64::MAX));
        assert_eq!(f64("0x1p-1074"), Some(f64::from_bits(1)));
        assert_eq!(f64("0x1p-1075"), Some(0.0));
        assert_eq!(
            f64("0x1.0000000000000000000001p-1075"),
            Some(f64::from_bits(1))
        );
        assert_eq!(f64("0x1p99999999999999999999"), Some(f64::INFINITY));
        assert_eq!(f64("0x10"), Some(16.0));
        assert_eq!(f32("0x1.000001p0"), Some(1.0));
        assert_eq!(f32("0x1.0000011p0"), Some(f32::from_bits(0x3f80_0001)));
        assert_eq!(f32("0x1.000003p0"), Some(f32::from_bits(0x3f80_0002)));
        for bad in ["0x1p", "0x1p-", "0x.p1", "1.5f", "1e", "1_.5", "inf", "1p5"] {
            assert_eq!(f64(bad), None, "{bad}");
        }
        assert_eq!(f64("1_000.5"), Some(1000.5));
    }

    #[test]
    fn specials() {
        assert_eq!(parse_special("nan", F32), Some(0x7fc0_0000));
        assert_eq!(parse_special("nan:0x1", F64), Some(0x7ff0_0000_0000_0001));
        assert_eq!(parse_special("nan:0x0", F64), None);
        assert_eq!(parse_special("nan:0x800000", F32), None);
        assert_eq!(parse_special("nano", F64), None);
    }

    #[test]
    fn quotes() {
        assert_eq!(
            unquote(r#""a\n\x80\u{e9}\"é""#).as_deref(),
            Ok(&b"a\n\x80\xc3\xa9\"\xc3\xa9"[..])
        );
        assert_eq!(
            unquote(r#""a\q""#).map_err(|bad| (bad.at, bad.length)),
            Err((2, 2))
        );
        assert!(unquote(r#""\x8""#).is_err());
        assert!(unquote(r#""\u{110000}""#).is_err());
        assert!(unquote("\"\t\"").is_err());
        let bytes: Vec<u8> = (0..=255).chain("\u{202e}é".bytes()).collect();
        let mut out = String::new();
        push_quoted(&mut out, &bytes);
        assert_eq!(unquote(&out), Ok(bytes));
    }
}
