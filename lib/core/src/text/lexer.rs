//! From characters to tokens.

use super::Span;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A bare name, mnemonic or keyword.
    Word,
    /// `.word`.
    Directive,
    /// A name or bytes in double quotes.
    Quoted,
    /// A character in single quotes.
    Char,
    /// An integer or floating-point literal, without its sign.
    Number,
    /// `%n`.
    Register,
    /// `#n`.
    Index,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `=`
    Equals,
    /// `->`
    Arrow,
    /// `..` in a range of registers.
    Dots,
    /// The end of a line.
    Newline,
    /// The end of the text.
    End,
    /// A quoted token that the line's end cuts off.
    Unterminated,
    /// A character that begins no token.
    Stray,
}

impl TokenKind {
    /// What messages call it.
    pub fn describe(self) -> &'static str {
        match self {
            TokenKind::Word => "a word",
            TokenKind::Directive => "a directive",
            TokenKind::Quoted => "a quoted name",
            TokenKind::Char => "a character",
            TokenKind::Number => "a number",
            TokenKind::Register => "a register",
            TokenKind::Index => "an index",
            TokenKind::Comma => "`,`",
            TokenKind::Colon => "`:`",
            TokenKind::Open => "`(`",
            TokenKind::Close => "`)`",
            TokenKind::OpenBracket => "`[`",
            TokenKind::CloseBracket => "`]`",
            TokenKind::Plus => "`+`",
            TokenKind::Minus => "`-`",
            TokenKind::Equals => "`=`",
            TokenKind::Arrow => "`->`",
            TokenKind::Dots => "`..`",
            TokenKind::Newline => "the end of the line",
            TokenKind::End => "the end of the text",
            TokenKind::Unterminated => "a quote without its end",
            TokenKind::Stray => "a stray character",
        }
    }
}

/// A token and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where, in bytes of the text.
    pub span: Span,
}

/// Splits a text into tokens, one at a time.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a str,
    at: usize,
}

const OTHER: u8 = 0;
const START: u8 = 1;
const DIGIT: u8 = 2;
const DOT: u8 = 3;
const SPACE: u8 = 4;
const HIGH: u8 = 5;

/// By byte: what it is at the beginning of a token.
static CLASS: [u8; 256] = {
    let mut class = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        class[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'@' | b'?' | b'!' | b'/' => START,
            b'0'..=b'9' => DIGIT,
            b'.' => DOT,
            b' ' | b'\t' => SPACE,
            0x80..=0xff => HIGH,
            _ => OTHER,
        };
        byte += 1;
    }
    class
};

impl<'a> Lexer<'a> {
    /// The tokens of `text` from byte `at` on, which begins a token.
    pub fn new(text: &'a str, at: usize) -> Self {
        Lexer { text, at }
    }

    /// The next token.
    #[inline]
    pub fn token(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match CLASS[usize::from(byte)] {
                SPACE => self.at += 1,
                START => return self.word(TokenKind::Word),
                DIGIT => return self.number(),
                DOT => return self.directive(),
                HIGH => return self.high(),
                _ if byte == b';' => self.comment(),
                _ => return self.punctuation(byte),
            }
        }
        self.simple(TokenKind::End, 0)
    }

    fn simple(&mut self, kind: TokenKind, length: usize) -> Token {
        let start = self.at;
        self.at += length;
        Token {
            kind,
            span: Span::new(start, self.at),
        }
    }

    fn comment(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        let end = rest.iter().position(|&byte| byte == b'\n');
        let mut length = end.unwrap_or(rest.len());
        // The CR of a line end is not part of the comment.
        if end.is_some() && length > 0 && rest[length - 1] == b'\r' {
            length -= 1;
        }
        self.at += length;
    }

    /// A word whose first character has been seen to begin one.
    fn word(&mut self, kind: TokenKind) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.at;
        loop {
            match bytes.get(self.at).map(|&byte| CLASS[usize::from(byte)]) {
                Some(START | DIGIT | DOT) => self.at += 1,
                Some(HIGH) => match self.text[self.at..].chars().next() {
                    Some(c) if c.is_alphanumeric() => self.at += c.len_utf8(),
                    _ => break,
                },
                _ => break,
            }
        }
        Token {
            kind,
            span: Span::new(start, self.at),
        }
    }

    fn high(&mut self) -> Token {
        match self.text[self.at..].chars().next() {
            Some(c) if c.is_alphanumeric() => self.word(TokenKind::Word),
            Some(c) => self.simple(TokenKind::Stray, c.len_utf8()),
            None => self.simple(TokenKind::End, 0),
        }
    }

    fn directive(&mut self) -> Token {
        match self.text.as_bytes().get(self.at + 1) {
            Some(b'.') => self.simple(TokenKind::Dots, 2),
            Some(&next) if matches!(CLASS[usize::from(next)], START | HIGH) => {
                let start = self.at;
                self.at += 1;
                let word = self.word(TokenKind::Directive);
                Token {
                    kind: TokenKind::Directive,
                    span: Span::new(start, word.span.end as usize),
                }
            }
            _ => self.simple(TokenKind::Stray, 1),
        }
    }

    /// Everything that may belong to a number; whether it does is seen when it is read.
    fn number(&mut self) -> Token {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let hex = bytes[start..].starts_with(b"0x") || bytes[start..].starts_with(b"0X");
        while let Some(&byte) = bytes.get(self.at) {
            let sign_follows = matches!(bytes.get(self.at + 1), Some(b'+' | b'-'));
            let exponent = match byte {
                b'e' | b'E' => !hex && sign_follows,
                b'p' | b'P' => hex && sign_follows,
                _ => false,
            };
            // Two points are a range of registers.
            let range = byte == b'.' && bytes.get(self.at + 1) == Some(&b'.');
            if exponent {
                self.at += 2;
            } else if !range && (byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.')) {
                self.at += 1;
            } else {
                break;
            }
        }
        Token {
            kind: TokenKind::Number,
            span: Span::new(start, self.at),
        }
    }

    fn punctuation(&mut self, byte: u8) -> Token {
        let next = self.text.as_bytes().get(self.at + 1);
        match byte {
            b',' => self.simple(TokenKind::Comma, 1),
            b'\n' => self.simple(TokenKind::Newline, 1),
            b'\r' if next == Some(&b'\n') => self.simple(TokenKind::Newline, 2),
            b'[' => self.simple(TokenKind::OpenBracket, 1),
            b']' => self.simple(TokenKind::CloseBracket, 1),
            b':' => self.simple(TokenKind::Colon, 1),
            b'-' if next == Some(&b'>') => self.simple(TokenKind::Arrow, 2),
            b'-' => self.simple(TokenKind::Minus, 1),
            b'+' => self.simple(TokenKind::Plus, 1),
            b'(' => self.simple(TokenKind::Open, 1),
            b')' => self.simple(TokenKind::Close, 1),
            b'=' => self.simple(TokenKind::Equals, 1),
            b'"' => self.quoted(b'"', TokenKind::Quoted),
            b'\'' => self.quoted(b'\'', TokenKind::Char),
            b'%' => self.numbered(TokenKind::Register),
            b'#' => self.numbered(TokenKind::Index),
            _ => self.simple(TokenKind::Stray, 1),
        }
    }

    /// `%n` or `#n`.
    fn numbered(&mut self, kind: TokenKind) -> Token {
        let rest = &self.text.as_bytes()[self.at + 1..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        match digits {
            0 => self.simple(TokenKind::Stray, 1),
            _ => self.simple(kind, 1 + digits),
        }
    }

    fn quoted(&mut self, quote: u8, kind: TokenKind) -> Token {
        let bytes = self.text.as_bytes();
        let mut length = 1;
        loop {
            match bytes.get(self.at + length) {
                None | Some(b'\n') => return self.simple(TokenKind::Unterminated, length),
                Some(b'\\') if !matches!(bytes.get(self.at + length + 1), None | Some(b'\n')) => {
                    length += 2;
                }
                Some(&byte) => {
                    length += 1;
                    if byte == quote {
                        return self.simple(kind, length);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(TokenKind, &str)> {
        let mut lexer = Lexer::new(text, 0);
        std::iter::from_fn(|| {
            let token = lexer.token();
            (token.kind != TokenKind::End).then(|| (token.kind, token.span.of(text)))
        })
        .collect()
    }

    #[test]
    fn tokens() {
        use TokenKind::*;
        assert_eq!(
            kinds("ADD.i64 r1, %2, -0x1p-3 ; c\r\n.reg é: [a+8]->#7\n"),
            [
                (Word, "ADD.i64"),
                (Word, "r1"),
                (Comma, ","),
                (Register, "%2"),
                (Comma, ","),
                (Minus, "-"),
                (Number, "0x1p-3"),
                (Newline, "\r\n"),
                (Directive, ".reg"),
                (Word, "é"),
                (Colon, ":"),
                (OpenBracket, "["),
                (Word, "a"),
                (Plus, "+"),
                (Number, "8"),
                (CloseBracket, "]"),
                (Arrow, "->"),
                (Index, "#7"),
                (Newline, "\n"),
            ]
        );
        assert_eq!(
            kinds("%2..%9 1e-5 0x1e-5 \"a\\\"b\" 'x' \"a\n% é„"),
            [
                (Register, "%2"),
                (Dots, ".."),
                (Register, "%9"),
                (Number, "1e-5"),
                (Number, "0x1e"),
                (Minus, "-"),
                (Number, "5"),
                (Quoted, "\"a\\\"b\""),
                (Char, "'x'"),
                (Unterminated, "\"a"),
                (Newline, "\n"),
                (Stray, "%"),
                (Word, "é"),
                (Stray, "„"),
            ]
        );
    }
}
