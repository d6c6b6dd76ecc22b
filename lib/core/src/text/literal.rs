//! How literals are written: quoted text and floating-point numbers.

use std::fmt::Write;

use crate::diag::is_hidden;
use crate::isa::ValType;

/// Appends `bytes` in quotes, with the escapes of the text form. Characters stay as they are as
/// far as the bytes are UTF-8; control characters and bytes that are not are escaped.
pub fn push_quoted(out: &mut String, bytes: &[u8]) {
    out.push('"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                '\0' => out.push_str("\\0"),
                c if is_hidden(c) => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out.push('"');
}

/// The number of type `ty` (f32 or f64) with the bits `bits`: the fewest digits that read back to
/// the same value, `inf`, `nan` for the canonical NaN, `nan:0x...` with its payload for any other.
pub fn float_text(ty: ValType, bits: u64) -> String {
    let (negative, payload, quiet, finite) = if ty == ValType::F32 {
        let value = f32::from_bits(bits as u32);
        (
            value.is_sign_negative(),
            bits & 0x7f_ffff,
            0x40_0000,
            (!value.is_nan()).then(|| format!("{value:?}")),
        )
    } else {
        let value = f64::from_bits(bits);
        (
            value.is_sign_negative(),
            bits & 0xf_ffff_ffff_ffff,
            0x8_0000_0000_0000,
            (!value.is_nan()).then(|| format!("{value:?}")),
        )
    };
    match finite {
        Some(text) => text,
        None => {
            let sign = if negative { "-" } else { "" };
            if payload == quiet {
                format!("{sign}nan")
            } else {
                format!("{sign}nan:{payload:#x}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        let f64_text = |value: f64| float_text(ValType::F64, value.to_bits());
        assert_eq!(f64_text(1.0), "1.0");
        assert_eq!(f64_text(1e16), "1e16");
        assert_eq!(f64_text(-0.0), "-0.0");
        assert_eq!(f64_text(f64::NEG_INFINITY), "-inf");
        assert_eq!(float_text(ValType::F64, 0x7ff8_0000_0000_0000), "nan");
        assert_eq!(float_text(ValType::F64, 0xfff0_0000_0000_0001), "-nan:0x1");
        assert_eq!(float_text(ValType::F32, 0x7fc0_0000), "nan");
        assert_eq!(float_text(ValType::F32, 0.1_f32.to_bits().into()), "0.1");
    }

    #[test]
    fn quotes() {
        let mut out = String::new();
        push_quoted(&mut out, b"a\"\\\n\x00\x1b\xff\xc3\xa9\xe2\x80\xae");
        assert_eq!(out, "\"a\\\"\\\\\\n\\0\\u{1b}\\xffé\\u{202e}\"");
    }
}
