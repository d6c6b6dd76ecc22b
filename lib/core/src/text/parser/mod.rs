//! From tokens to the tree.
//!
//! After an error the rest of the statement is skipped, so that nothing is complained about
//! twice.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a token that is none of those that may stand at a place is an error, whatever it is"
)]

mod data;
mod directive;
mod function;
mod operand;
mod types;

pub use data::{float_bits, int_bits};
pub use types::type_word;

use super::Span;
use super::interner::Sym;
use super::lexer::{Lexer, Token, TokenKind};
use super::number;
use super::report::Report;
use super::tree::{Item, Name, Quoted, Tree, Type};
use crate::diag::codes::text::*;
use crate::module::Limits;

/// A statement could not be read; the error has been reported.
#[derive(Clone, Copy, Debug)]
struct Skip;

type Parsed<T> = Result<T, Skip>;

/// What is expected in a data row.
const DATA_ITEM: &str =
    "a data item: \"bytes\", `i8`, `i16`, `i32`, `i64`, `f32`, `f64`, `addr`, `zero` or `hex`";

/// What is expected after a statement.
const END_OF_LINE: &str = "the end of the line";
const END_OF_HEAD: &str = "`->` or the end of the line";
const OFFSET: &str = "an offset";

/// Reads `text`, which begins at its first character (a byte order mark is skipped).
pub fn parse(text: &str, limits: &Limits, report: &mut Report) -> Tree {
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut parser = Parser::new(text, start, limits, report);
    parser.file();
    parser.tree
}

/// What to report where a comment of another language begins, which is `#`, `//` or `/*`.
pub fn comment_help(text: &str) -> Option<String> {
    let comment = ["#", "//", "/*"].iter().any(|mark| text.starts_with(mark));
    comment.then(|| "comments begin with `;`".to_owned())
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    /// The token that comes next.
    token: Token,
    /// Where the token before it ends.
    last_end: u32,
    /// The line of the next token, from 1.
    line: u32,
    line_start: u32,
    limits: &'a Limits,
    report: &'a mut Report,
    tree: Tree,
    /// What each name means as the first word of a statement.
    words: Vec<FirstWord>,
    /// The types of a group that has begun with `.rec`, and where.
    group: Option<(Span, Vec<Type>)>,
    /// A statement outside functions has been complained about, and nothing else came since.
    outside: bool,
}

/// What a first word begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FirstWord {
    Unknown,
    Func,
    Main,
    End,
    Return,
    Other,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, start: usize, limits: &'a Limits, report: &'a mut Report) -> Self {
        let mut lexer = Lexer::new(text, start);
        let token = lexer.token();
        Parser {
            text,
            lexer,
            token,
            last_end: start as u32,
            line: 1,
            line_start: start as u32,
            limits,
            report,
            tree: Tree::default(),
            words: Vec::new(),
            group: None,
            outside: false,
        }
    }

    fn file(&mut self) {
        loop {
            match self.token.kind {
                TokenKind::End => {
                    self.open_group();
                    return self.check_line(self.token.span.end);
                }
                TokenKind::Newline => self.newline(),
                _ => {
                    if self.token.kind != TokenKind::Directive {
                        self.open_group();
                    }
                    if self.statement().is_err() {
                        self.skip_line();
                    }
                }
            }
        }
    }

    /// Ends a group of types that has no `.end`, which is an error.
    fn open_group(&mut self) {
        if let Some((span, types)) = self.group.take() {
            let message = "the group of types that begins here has no `.end`";
            self.report.error(&A0006, span, message);
            self.tree.items.push(Item::Types(types));
        }
    }

    /// One statement outside functions; for FUNC all up to END.
    fn statement(&mut self) -> Parsed<()> {
        match self.token.kind {
            TokenKind::Directive => {
                self.outside = false;
                self.directive()?;
                self.end_of_statement()
            }
            TokenKind::Word => match self.first_word() {
                FirstWord::Func => {
                    self.outside = false;
                    self.function(false);
                    Ok(())
                }
                FirstWord::Main => {
                    self.outside = false;
                    self.function(true);
                    Ok(())
                }
                FirstWord::End => {
                    let span = self.token.span;
                    if !std::mem::replace(&mut self.outside, false) {
                        self.report
                            .error(&A0009, span, "END without a function")
                            .help("a function begins with `FUNC NAME(...)` or `MAIN`");
                    }
                    Err(Skip)
                }
                FirstWord::Unknown | FirstWord::Return | FirstWord::Other => self.misplaced(),
            },
            _ => self.misplaced(),
        }
    }

    /// Something that belongs in a function. Of several lines only the first is an error.
    fn misplaced(&mut self) -> Parsed<()> {
        if !std::mem::replace(&mut self.outside, true) {
            let what = match self.token.kind {
                TokenKind::Word if comment_help(self.word()).is_some() => {
                    return self.unexpected("a directive, FUNC or MAIN");
                }
                TokenKind::Word => "an instruction or label outside a function",
                _ => return self.unexpected("a directive, FUNC or MAIN"),
            };
            self.report
                .error(&A0009, self.token.span, what)
                .help("a function begins with `FUNC NAME(...)` or `MAIN` and ends with `END`");
        }
        Err(Skip)
    }

    fn advance(&mut self) -> Token {
        let token = self.token;
        self.last_end = token.span.end;
        self.token = self.lexer.token();
        token
    }

    /// Goes to the next line. The next token is a line end.
    fn newline(&mut self) {
        let end = self.token.span.end;
        self.advance();
        self.check_line(end);
        self.line += 1;
        self.line_start = end;
    }

    /// The line that ends at `end` may be too long.
    fn check_line(&mut self, end: u32) {
        let length = u64::from(end - self.line_start);
        if length > self.limits.line_bytes {
            let span = Span::new(self.line_start as usize, self.line_start as usize + 1);
            let most = self.limits.line_bytes;
            let message = format!("the line has {length} bytes, more than {most}");
            self.report.error(&A0002, span, message);
        }
    }

    /// Skips to the end of the line. Continuation lines of a broken statement are skipped with it.
    fn skip_line(&mut self) {
        loop {
            match self.token.kind {
                TokenKind::End | TokenKind::Newline => return,
                TokenKind::Comma => {
                    self.advance();
                    if self.token.kind == TokenKind::Newline {
                        self.newline();
                    }
                }
                _ => {
                    self.advance();
                }
            }
        }
    }

    fn end_of_statement(&mut self) -> Parsed<()> {
        match self.token.kind {
            TokenKind::Newline | TokenKind::End => Ok(()),
            _ => self.unexpected(END_OF_LINE),
        }
    }

    /// Reports the next token, which is none of those that may appear here.
    fn unexpected<T>(&mut self, expected: &str) -> Parsed<T> {
        let Token { kind, span } = self.token;
        match kind {
            TokenKind::Stray => {
                let c = span.of(self.text).chars().next().unwrap_or(' ');
                let message = format!("the character {} means nothing here", show_char(c));
                let help = match c {
                    '{' | '}' => Some("a function ends with END; there are no braces".to_owned()),
                    _ => comment_help(span.of(self.text)),
                };
                self.report.error(&A0003, span, message).maybe_help(help);
            }
            TokenKind::Unterminated => {
                self.report
                    .error(&A0004, span, "the quote is not closed")
                    .help(
                        "a quote ends on its line; longer ones are split and separated by commas",
                    );
            }
            _ if comment_help(&self.text[span.start as usize..]).is_some() => {
                let mark = match self.text[span.start as usize..].starts_with('#') {
                    true => "#",
                    false => span.of(self.text).get(..2).unwrap_or("/"),
                };
                let message = format!("`{mark}` does not begin a comment");
                let help = comment_help(mark);
                let error = self.report.error(&A0006, self.visible(span), message);
                error.maybe_help(help);
            }
            _ => {
                let found = match kind {
                    TokenKind::Word | TokenKind::Directive => {
                        let word: String = span.of(self.text).chars().take(60).collect();
                        format!("`{word}`")
                    }
                    other => other.describe().to_owned(),
                };
                let message = format!("expected {expected}, found {found}");
                let help = match (expected, kind) {
                    (END_OF_LINE | "an operand", TokenKind::Equals) => {
                        Some("instructions begin with their name: `LOAD_CONST x, 3`, `ADD z, x, y`")
                    }
                    (END_OF_LINE, TokenKind::Open) => {
                        Some("operands have no parentheses: `CALL f, x, y -> z`")
                    }
                    (
                        END_OF_LINE,
                        TokenKind::Word
                        | TokenKind::Number
                        | TokenKind::Char
                        | TokenKind::Quoted
                        | TokenKind::Register
                        | TokenKind::OpenBracket,
                    ) => Some("operands are separated by commas"),
                    (END_OF_HEAD, TokenKind::Colon) => {
                        Some("results follow `->`: `FUNC f(x) -> i32`")
                    }
                    (OFFSET, TokenKind::Word | TokenKind::Register) => Some(
                        "an offset is a number; with two registers, `ADD t, p, i` and then `[t]`",
                    ),
                    (DATA_ITEM, TokenKind::Number) => {
                        Some("numbers of one type follow each other without commas: `i64 1 2 3`")
                    }
                    _ => None,
                };
                let error = self.report.error(&A0006, self.visible(span), message);
                error.maybe_help(help.map(str::to_owned));
            }
        }
        Err(Skip)
    }

    /// A span to point at: the end of a line is after what was read last.
    fn visible(&self, span: Span) -> Span {
        match self.token.kind {
            TokenKind::Newline | TokenKind::End => {
                Span::new(self.last_end as usize, self.last_end as usize)
            }
            _ => span,
        }
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.token.kind == kind;
        if found {
            self.advance();
        }
        found
    }

    fn expect(&mut self, kind: TokenKind) -> Parsed<Span> {
        if self.token.kind == kind {
            return Ok(self.advance().span);
        }
        self.unexpected(kind.describe())
    }

    /// The text of the next token, if it is a word.
    fn word(&self) -> &'a str {
        match self.token.kind {
            TokenKind::Word => self.token.span.of(self.text),
            _ => "",
        }
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.word() == word;
        if found {
            self.advance();
        }
        found
    }

    /// A comma; the list then continues, on the next line if this one ends.
    fn eat_comma(&mut self) -> bool {
        if !self.eat(TokenKind::Comma) {
            return false;
        }
        while self.token.kind == TokenKind::Newline {
            self.newline();
        }
        true
    }

    fn first_word(&mut self) -> FirstWord {
        let text = self.word();
        let sym = self.tree.names.intern(text);
        self.classify(sym, text)
    }

    fn classify(&mut self, sym: Sym, text: &str) -> FirstWord {
        if self.words.len() <= sym.index() {
            self.words.resize(sym.index() + 1, FirstWord::Unknown);
        }
        let class = &mut self.words[sym.index()];
        if *class == FirstWord::Unknown {
            *class = match text {
                _ if text.eq_ignore_ascii_case("FUNC") => FirstWord::Func,
                _ if text.eq_ignore_ascii_case("MAIN") => FirstWord::Main,
                _ if text.eq_ignore_ascii_case("END") => FirstWord::End,
                _ if text.eq_ignore_ascii_case("RETURN") => FirstWord::Return,
                _ => FirstWord::Other,
            };
        }
        *class
    }

    /// A bare or quoted name, `NAME#n` or `#n`. A bare `_` is not a name.
    fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.token;
        let sym = match token.kind {
            TokenKind::Word => {
                self.advance();
                match token.span.of(self.text) {
                    "_" => Sym::NONE,
                    word => self.tree.names.intern(word),
                }
            }
            TokenKind::Quoted => {
                self.advance();
                self.quoted_name(token.span)?
            }
            TokenKind::Index => Sym::NONE,
            _ => return self.unexpected(what),
        };
        let mut name = Name {
            sym,
            index: None,
            span: token.span,
        };
        if self.token.kind == TokenKind::Index {
            let index = self.token;
            name.index = Some(self.numbered(index.span)?);
            self.advance();
            name.span = name.span.to(index.span);
        }
        Ok(name)
    }

    /// The name that a quoted token stands for.
    fn quoted_name(&mut self, span: Span) -> Parsed<Sym> {
        let bytes = self.unquote(span)?;
        let Ok(name) = String::from_utf8(bytes) else {
            self.report
                .error(&A0032, span, "a name must be UTF-8")
                .help("in names `\\x` stands for characters below 80; others are `\\u{...}`");
            return Err(Skip);
        };
        Ok(self.tree.names.intern(&name))
    }

    /// A name in quotes.
    fn quoted(&mut self, what: &str) -> Parsed<Quoted> {
        let span = self.token.span;
        if self.token.kind != TokenKind::Quoted {
            return self.unexpected(what);
        }
        self.advance();
        let sym = self.quoted_name(span)?;
        Ok(Quoted { sym, span })
    }

    /// The bytes inside a quoted token.
    fn unquote(&mut self, span: Span) -> Parsed<Vec<u8>> {
        number::unquote(span.of(self.text)).map_err(|bad| {
            let start = span.start as usize + bad.at;
            let place = Span::new(start, start + bad.length);
            self.report.error(&A0004, place, bad.reason);
            Skip
        })
    }

    /// The number after `#` or `%`.
    fn numbered(&mut self, span: Span) -> Parsed<u32> {
        let digits = span.of(self.text).get(1..).unwrap_or_default();
        match digits.parse::<u32>() {
            Ok(number) if number < u32::MAX => Ok(number),
            _ => {
                self.report
                    .error(&A0005, span, "the number is too large for an index");
                Err(Skip)
            }
        }
    }

    /// An integer without a sign, at most `max`.
    fn unsigned(&mut self, what: &str, max: u64) -> Parsed<(u64, Span)> {
        let span = self.token.span;
        if self.token.kind != TokenKind::Number {
            return self.unexpected(what);
        }
        self.advance();
        let Some(value) = number::parse_int(span.of(self.text)) else {
            return self.bad_number(span);
        };
        match u64::try_from(value) {
            Ok(value) if value <= max => Ok((value, span)),
            _ => {
                let message = format!("{what} may be at most {max}");
                self.report.error(&A0020, span, message);
                Err(Skip)
            }
        }
    }

    fn bad_number<T>(&mut self, span: Span) -> Parsed<T> {
        let word: String = span.of(self.text).chars().take(60).collect();
        let message = format!("`{word}` is not a number");
        self.report.error(&A0005, span, message);
        Err(Skip)
    }
}

/// A character as messages show it.
fn show_char(c: char) -> String {
    match c.is_control() || c.is_whitespace() {
        true => format!("U+{:04X}", u32::from(c)),
        false => format!("`{c}`"),
    }
}
