//! Operands of instructions.

use super::super::lexer::TokenKind;
use super::super::number;
use super::super::tree::{Flag, Operand, OperandKind, Signature, WrittenType};
use super::{OFFSET, Parsed, Parser, Skip};
use crate::diag::codes::text::*;

impl Parser<'_> {
    /// All operands up to the end of the statement; returns their number.
    pub(super) fn operands(&mut self) -> Parsed<()> {
        if matches!(self.token.kind, TokenKind::Newline | TokenKind::End) {
            return Ok(());
        }
        let mut comma = false;
        loop {
            if self.token.kind == TokenKind::Arrow && !comma {
                self.arrow();
            }
            if self.word() == "else" {
                self.else_operand()?;
            } else {
                self.operand()?;
            }
            comma = self.eat_comma();
            if !comma && self.token.kind != TokenKind::Arrow {
                return self.end_of_statement();
            }
        }
    }

    fn arrow(&mut self) {
        let span = self.advance().span;
        self.tree
            .operands
            .push(Operand::new(OperandKind::Arrow, span));
    }

    /// `else L`, or something that is called `else`.
    fn else_operand(&mut self) -> Parsed<()> {
        let span = self.token.span;
        let saved = (self.lexer.clone(), self.token, self.last_end);
        self.advance();
        if matches!(self.token.kind, TokenKind::Word | TokenKind::Quoted) {
            self.tree
                .operands
                .push(Operand::new(OperandKind::Else, span));
        } else {
            (self.lexer, self.token, self.last_end) = saved;
        }
        self.operand()
    }

    fn push(&mut self, operand: Operand) -> Parsed<()> {
        self.tree.operands.push(operand);
        Ok(())
    }

    fn operand(&mut self) -> Parsed<()> {
        let operand = match self.token.kind {
            TokenKind::Word if self.word() == "ref" && self.is_type_ahead() => {
                let start = self.token.span;
                let ty = self.val_type()?;
                let mut operand = Operand::new(OperandKind::Type, start);
                operand.span.end = self.last_end;
                operand.index = self.tree.types.len() as u32;
                self.tree.types.push(ty);
                operand
            }
            TokenKind::Word | TokenKind::Quoted | TokenKind::Index => self.reference()?,
            TokenKind::Register => self.register()?,
            TokenKind::Number | TokenKind::Plus | TokenKind::Minus | TokenKind::Char => {
                self.number()?
            }
            TokenKind::OpenBracket => return self.address(),
            TokenKind::Open => {
                let start = self.token.span;
                let signature = self.signature()?;
                let mut operand = Operand::new(OperandKind::Signature, start);
                operand.span.end = self.last_end;
                operand.index = self.tree.signatures.len() as u32;
                self.tree.signatures.push(signature);
                operand
            }
            _ => return self.unexpected("an operand"),
        };
        self.push(operand)
    }

    /// Whether `ref` is followed by what makes a type of it, and is not a name by itself.
    fn is_type_ahead(&self) -> bool {
        let next = self.lexer.clone().token();
        match next.kind {
            TokenKind::Word | TokenKind::Quoted => true,
            // `ref#3` is the name with an index, `ref #3` the type.
            TokenKind::Index => next.span.start > self.token.span.end,
            _ => false,
        }
    }

    /// `%n`.
    fn register(&mut self) -> Parsed<Operand> {
        let span = self.token.span;
        let mut operand = Operand::new(OperandKind::Register, span);
        operand.index = self.numbered(span)?;
        self.advance();
        Ok(operand)
    }

    /// A name, quoted or not, with index and addend.
    fn reference(&mut self) -> Parsed<Operand> {
        let token = self.token;
        let mut operand = Operand::new(OperandKind::Word, token.span);
        match token.kind {
            TokenKind::Word => {
                self.advance();
                let word = token.span.of(self.text);
                operand.sym = self.tree.names.intern(word);
                if word == "nan" && self.token.kind == TokenKind::Colon {
                    return self.payload(operand);
                }
            }
            TokenKind::Quoted => {
                self.advance();
                operand.kind = OperandKind::Quoted;
            }
            _ => operand.kind = OperandKind::Index,
        }
        if self.token.kind == TokenKind::Index {
            let span = self.token.span;
            operand.index = self.numbered(span)?;
            operand.span = operand.span.to(span);
            self.advance();
        }
        if matches!(self.token.kind, TokenKind::Plus | TokenKind::Minus) {
            let start = self.token.span;
            operand.value = self.addend()? as u64;
            operand.flag = Flag::Addend;
            operand.span = operand.span.to(start);
            operand.span.end = self.last_end;
        }
        Ok(operand)
    }

    /// `nan:0x...`, with the colon next.
    fn payload(&mut self, mut operand: Operand) -> Parsed<Operand> {
        self.advance();
        if self.token.kind != TokenKind::Number {
            return self.unexpected("the payload of a NaN");
        }
        let span = self.advance().span;
        operand.kind = OperandKind::Float;
        operand.span = operand.span.to(span);
        Ok(operand)
    }

    /// `+ N` or `- N` after a name.
    pub(super) fn addend(&mut self) -> Parsed<i64> {
        let negative = self.advance().kind == TokenKind::Minus;
        let (value, span) = self.unsigned("the number added to an address", 1 << 63)?;
        let value = i128::from(value);
        match i64::try_from(if negative { -value } else { value }) {
            Ok(value) => Ok(value),
            Err(_) => {
                let message = "the number added to an address has more than 64 bits";
                self.report.error(&A0020, span, message);
                Err(Skip)
            }
        }
    }

    /// A literal with its sign.
    pub(super) fn number(&mut self) -> Parsed<Operand> {
        let sign = self.token;
        let signed = matches!(sign.kind, TokenKind::Plus | TokenKind::Minus);
        if signed {
            self.advance();
        }
        let token = self.token;
        let text = token.span.of(self.text);
        let mut operand = Operand::new(OperandKind::Int, sign.span.to(token.span));
        operand.negative = sign.kind == TokenKind::Minus;
        match token.kind {
            TokenKind::Number if number::is_float(text) => {
                self.advance();
                operand.kind = OperandKind::Float;
            }
            TokenKind::Number => {
                self.advance();
                let Some(value) = number::parse_int(text) else {
                    return self.bad_number(token.span);
                };
                match u64::try_from(value) {
                    Ok(value) => operand.value = value,
                    Err(_) => operand.flag = Flag::Huge,
                }
            }
            TokenKind::Char if !signed => {
                self.advance();
                operand.flag = Flag::Other;
                operand.value = self.char_value(token.span)?;
            }
            TokenKind::Word if signed && matches!(text, "inf" | "nan") => {
                self.advance();
                operand.kind = OperandKind::Float;
                if text == "nan" && self.token.kind == TokenKind::Colon {
                    return self.payload(operand);
                }
            }
            _ => return self.unexpected("a number"),
        }
        Ok(operand)
    }

    /// `'c'`.
    fn char_value(&mut self, span: super::Span) -> Parsed<u64> {
        let bytes = self.unquote(span)?;
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let mut chars = text.chars();
            if let (Some(c), None) = (chars.next(), chars.next()) {
                return Ok(u32::from(c).into());
            }
        } else if let [byte] = bytes[..] {
            return Ok(byte.into());
        }
        let message = "single quotes hold exactly one character";
        self.report
            .error(&A0004, span, message)
            .help("strings stand in double quotes");
        Err(Skip)
    }

    /// `[base + offset]` or `[base - offset]`: two operands, the address and its base.
    fn address(&mut self) -> Parsed<()> {
        let start = self.advance().span;
        let base = match self.token.kind {
            TokenKind::Register => self.register()?,
            TokenKind::Word | TokenKind::Quoted => {
                let token = self.advance();
                let mut base = Operand::new(OperandKind::Quoted, token.span);
                if token.kind == TokenKind::Word {
                    base.kind = OperandKind::Word;
                    base.sym = self.tree.names.intern(token.span.of(self.text));
                }
                if self.token.kind == TokenKind::Index {
                    let span = self.token.span;
                    base.index = self.numbered(span)?;
                    base.span = base.span.to(span);
                    self.advance();
                }
                base
            }
            _ => return self.unexpected("the register that holds the address"),
        };
        let mut address = Operand::new(OperandKind::Address, start);
        if self.eat(TokenKind::Minus) {
            address.negative = true;
            address.value = self.unsigned(OFFSET, i64::MAX as u64)?.0;
        } else if self.eat(TokenKind::Plus) {
            address.value = self.unsigned(OFFSET, u64::MAX)?.0;
        }
        let end = self.expect(TokenKind::CloseBracket)?;
        address.span = start.to(end);
        self.push(address)?;
        self.push(base)
    }

    /// `(i64, i64 -> i64)`.
    pub(super) fn signature(&mut self) -> Parsed<Signature> {
        self.expect(TokenKind::Open)?;
        let mut signature = Signature::default();
        self.types(&mut signature.params, TokenKind::Arrow)?;
        if self.eat(TokenKind::Arrow) {
            self.types(&mut signature.results, TokenKind::Close)?;
        }
        self.expect(TokenKind::Close)?;
        Ok(signature)
    }

    /// Types separated by commas, none when `)` or `end` follows.
    fn types(&mut self, types: &mut Vec<WrittenType>, end: TokenKind) -> Parsed<()> {
        if self.token.kind == TokenKind::Close || self.token.kind == end {
            return Ok(());
        }
        loop {
            types.push(self.val_type()?);
            if !self.eat_comma() {
                return Ok(());
            }
        }
    }

    /// `-> TYPE` or `-> (TYPES)`; none when there is no arrow.
    pub(super) fn results(&mut self) -> Parsed<Option<Vec<WrittenType>>> {
        if !self.eat(TokenKind::Arrow) {
            return Ok(None);
        }
        let mut results = Vec::new();
        if self.eat(TokenKind::Open) {
            self.types(&mut results, TokenKind::Close)?;
            self.expect(TokenKind::Close)?;
        } else {
            results.push(self.val_type()?);
        }
        Ok(Some(results))
    }

    /// `(TYPES) [-> RESULTS]`, as imports write it.
    pub(super) fn import_signature(&mut self) -> Parsed<Signature> {
        self.expect(TokenKind::Open)?;
        let mut params = Vec::new();
        self.types(&mut params, TokenKind::Close)?;
        self.expect(TokenKind::Close)?;
        let results = self.results()?.unwrap_or_default();
        Ok(Signature { params, results })
    }
}
