//! `.data` and its items.

use super::super::lexer::TokenKind;
use super::super::number;
use super::super::tree::{Chunk, Data, DataPlace, Flag, Item, Operand, OperandKind};
use super::{DATA_ITEM, Parsed, Parser, Skip, Span};
use crate::diag::codes::text::*;
use crate::isa::ValType;

/// What an integer literal of `bits` bits means: its two's complement, or none when it is out of
/// range.
pub fn int_bits(operand: &Operand, bits: u32) -> Option<u64> {
    if operand.flag == Flag::Huge {
        return None;
    }
    let mask = u64::MAX >> (64 - bits);
    match operand.negative {
        false => (operand.value <= mask).then_some(operand.value),
        true => (operand.value <= 1 << (bits - 1)).then_some(operand.value.wrapping_neg() & mask),
    }
}

/// The bits of a float literal, or an integer literal taken as one; none when it is not a number of
/// the type.
pub fn float_bits(operand: &Operand, text: &str, ty: ValType) -> Option<u64> {
    let written = operand.span.of(text);
    let plain = written.trim_start_matches(['+', '-']).trim_start();
    let bits = match (operand.kind, operand.flag) {
        (OperandKind::Int, Flag::Other) => {
            let value = u32::try_from(operand.value).ok()?;
            match ty {
                ValType::F32 => u64::from((value as f32).to_bits()),
                ValType::I32 | ValType::I64 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
                    f64::from(value).to_bits()
                }
            }
        }
        _ => number::parse_special(plain, ty).or_else(|| number::parse_float(plain, ty))?,
    };
    Some(match operand.negative {
        true => number::negate_float(bits, ty),
        false => bits,
    })
}

impl Parser<'_> {
    /// `.data NAME [align N] [size N] [at N] [passive] [readonly] [attributes] [= ITEMS] [attributes]`.
    pub(super) fn data(&mut self) -> Parsed<Item> {
        let name = self.name("the row's name")?;
        let (mut align, mut size) = (None, None);
        let (mut fixed, mut passive, mut read_only) = (None, false, false);
        loop {
            let at = self.token.span;
            match self.word() {
                "align" => {
                    self.advance();
                    align = Some((self.alignment()?, at));
                }
                "size" => {
                    self.advance();
                    size = Some(self.unsigned("the size of a row", self.limits.data_bytes)?);
                }
                "at" => {
                    self.advance();
                    fixed = Some(self.unsigned("an address", u64::MAX)?.0);
                }
                "passive" => {
                    self.advance();
                    passive = true;
                }
                "readonly" => {
                    self.advance();
                    read_only = true;
                }
                _ => break,
            }
            let placed = align.is_some() || size.is_some();
            if u8::from(placed) + u8::from(passive) + u8::from(fixed.is_some()) > 1 {
                self.report
                    .error(&A0031, at, "a data row cannot be both")
                    .help("a row is placed (`align`, `size`), fixed (`at`) or `passive`");
                return Err(Skip);
            }
        }
        let place = match (fixed, passive) {
            (Some(address), _) => DataPlace::Fixed(address),
            (None, true) => DataPlace::Passive,
            (None, false) => DataPlace::Placed {
                align: align.map_or(1, |(align, _)| align),
                size,
            },
        };
        let mut attributes = Vec::new();
        self.attributes(&mut attributes)?;
        let mut chunks = Vec::new();
        if self.eat(TokenKind::Equals) {
            self.items(&mut chunks)?;
            self.attributes(&mut attributes)?;
        }
        Ok(Item::Data(Data {
            name,
            place,
            read_only,
            chunks,
            attributes,
        }))
    }

    fn alignment(&mut self) -> Parsed<u32> {
        let (align, span) = self.unsigned("an alignment", 65536)?;
        if !align.is_power_of_two() {
            self.report
                .error(&A0020, span, "an alignment is a power of two");
            return Err(Skip);
        }
        Ok(align as u32)
    }

    /// Items separated by commas.
    fn items(&mut self, chunks: &mut Vec<Chunk>) -> Parsed<()> {
        loop {
            let start = self.tree.data.len();
            match self.item()? {
                Some(chunk) => chunks.push(chunk),
                None => match chunks.last_mut() {
                    Some(Chunk::Bytes { end, .. }) if *end == start => *end = self.tree.data.len(),
                    _ => chunks.push(Chunk::Bytes {
                        start,
                        end: self.tree.data.len(),
                    }),
                },
            }
            if !self.eat_comma() {
                return Ok(());
            }
        }
    }

    /// One item; bytes go to the tree's data, others are returned.
    fn item(&mut self) -> Parsed<Option<Chunk>> {
        let span = self.token.span;
        if self.token.kind == TokenKind::Quoted {
            self.advance();
            let bytes = self.unquote(span)?;
            self.tree.data.extend_from_slice(&bytes);
            return Ok(None);
        }
        let (bits, ty) = match self.word() {
            "i8" => (8, ValType::I64),
            "i16" => (16, ValType::I64),
            "i32" => (32, ValType::I64),
            "i64" => (64, ValType::I64),
            "f32" => (32, ValType::F32),
            "f64" => (64, ValType::F64),
            "addr" => {
                self.advance();
                let (name, addend) = self.place()?;
                return Ok(Some(Chunk::Address(name, addend)));
            }
            "zero" => {
                self.advance();
                let (count, at) = self.unsigned("a number of zeros", self.limits.data_bytes)?;
                return Ok(Some(Chunk::Zeros(count, at)));
            }
            "hex" => {
                self.advance();
                self.hex()?;
                return Ok(None);
            }
            _ => {
                return self.unexpected(DATA_ITEM);
            }
        };
        self.advance();
        loop {
            let operand = self.literal()?;
            let value = match ty {
                ValType::I64 if operand.kind == OperandKind::Int => int_bits(&operand, bits),
                ValType::I64 => None,
                ValType::I32 | ValType::F32 | ValType::F64 | ValType::Ref(_) | ValType::Ptr => {
                    float_bits(&operand, self.text, ty)
                }
            };
            let Some(value) = value else {
                return self.bad_value(operand, span);
            };
            let bytes = value.to_le_bytes();
            self.tree
                .data
                .extend_from_slice(&bytes[..bits as usize / 8]);
            let more = matches!(
                self.token.kind,
                TokenKind::Number | TokenKind::Plus | TokenKind::Minus | TokenKind::Char
            ) || matches!(self.word(), "true" | "false" | "inf" | "nan");
            if !more {
                return Ok(None);
            }
        }
    }

    fn bad_value<T>(&mut self, operand: Operand, ty: Span) -> Parsed<T> {
        let ty = ty.of(self.text);
        self.report.error(
            &A0020,
            operand.span,
            format!("this is not a value of type {ty}"),
        );
        Err(Skip)
    }

    /// `"00 ff"` after `hex`.
    fn hex(&mut self) -> Parsed<()> {
        let span = self.token.span;
        if self.token.kind != TokenKind::Quoted {
            return self.unexpected("hexadecimal bytes in quotes");
        }
        self.advance();
        let mut high = None;
        for (at, byte) in span.of(self.text).bytes().enumerate() {
            let digit = char::from(byte).to_digit(16);
            match (digit, high) {
                (None, None) if matches!(byte, b' ' | b'"') => {}
                (Some(digit), None) => high = Some(digit),
                (Some(digit), Some(first)) => {
                    self.tree.data.push((first << 4 | digit) as u8);
                    high = None;
                }
                (None, _) => {
                    let at = span.start as usize + at;
                    let message = "`hex` holds pairs of hexadecimal digits";
                    self.report.error(&A0005, Span::new(at, at + 1), message);
                    return Err(Skip);
                }
            }
        }
        Ok(())
    }

    /// Strings and `hex` strings separated by commas, joined.
    pub(super) fn strings(&mut self, what: &str) -> Parsed<Vec<u8>> {
        let mut bytes = Vec::new();
        loop {
            let span = self.token.span;
            if self.token.kind == TokenKind::Quoted {
                self.advance();
                bytes.append(&mut self.unquote(span)?);
            } else if self.eat_word("hex") {
                let start = self.tree.data.len();
                self.hex()?;
                bytes.extend(self.tree.data.drain(start..));
            } else {
                return self.unexpected(what);
            }
            if !self.eat_comma() {
                return Ok(bytes);
            }
        }
    }
}
