//! Laying a text out: indentation, spaces, case and columns. Words and comments stay as they are.
//!
//! `docs/text.md` section 7 is the specification. The layout depends on tokens alone, so that it
//! changes no meaning, whatever the text contains.

use super::lexer::{Lexer, Token, TokenKind};

/// Spaces before what is in a function.
const INDENT: usize = 2;
/// Spaces before a line that continues a statement, more than before its first.
const CONTINUED: usize = 4;
/// Spaces at least between a statement and the comment after it.
const GAP: usize = 2;
/// Statements longer than this, in characters, do not push the comments of their neighbours out.
const LONGEST: usize = 48;

/// Lays `text` out. What is laid out already comes out unchanged.
///
/// ```
/// # use vbc_core as vbc;
/// let text = "func f(x)\nadd  y,x , 1   ; one more\nret: RETURN y\nend\n";
/// let laid_out = "FUNC f(x)\n  ADD y, x, 1  ; one more\nret: RETURN y\nEND\n";
/// assert_eq!(vbc::text::format(text), laid_out);
/// ```
pub fn format(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = Vec::new();
    let mut state = State::default();
    for line in text.lines() {
        let line = state.line(line);
        let blank = |line: &Line| line.code.is_empty() && line.comment.is_none();
        // No empty lines at the beginning, and never two together.
        if blank(&line) && lines.last().is_none_or(blank) {
            continue;
        }
        lines.push(line);
    }
    while lines
        .pop_if(|line| line.code.is_empty() && line.comment.is_none())
        .is_some()
    {}
    write(&lines)
}

/// A line, taken apart.
#[derive(Debug)]
struct Line {
    /// The statement or a part of it, laid out and indented; empty where there is none.
    code: String,
    /// With its `;`, without spaces at its end.
    comment: Option<String>,
    /// The comment belongs to the column of comments after statements.
    trailing: bool,
    /// Spaces before a comment that is alone on its line.
    indent: usize,
}

/// What the lines so far imply for the next.
#[derive(Debug, Default)]
struct State {
    in_function: bool,
    /// The statement of the line before continues.
    continues: bool,
    /// The column, in characters, of the comment after the statement of the line before.
    column: Option<usize>,
}

impl State {
    fn line(&mut self, line: &str) -> Line {
        let tokens = tokens(line);
        let end = tokens.last().map_or(0, |token| token.span.end as usize);
        // What the lexer passes over at the end of a line is a comment.
        let rest = line[end..].trim();
        let comment = rest.starts_with(';').then(|| rest.to_owned());
        let column = comment.as_ref().map(|_| {
            let at = end + line[end..].find(';').unwrap_or(0);
            line[..at]
                .chars()
                .map(|c| if c == '\t' { 4 } else { 1 })
                .sum()
        });
        if tokens.is_empty() {
            // A comment below one that follows a statement continues it.
            let trailing = column.is_some() && column == self.column;
            if !trailing {
                self.column = None;
            }
            let inside = self.in_function || self.continues;
            return Line {
                code: String::new(),
                comment,
                trailing,
                indent: if inside { INDENT } else { 0 },
            };
        }
        self.column = column;
        let indent = self.indent(line, &tokens);
        let code = format!("{:indent$}{}", "", self.statement(line, &tokens));
        self.continues = tokens
            .last()
            .is_some_and(|last| last.kind == TokenKind::Comma);
        let trailing = comment.is_some();
        Line {
            code,
            comment,
            trailing,
            indent: 0,
        }
    }

    /// Spaces before the statement, and whether it is in a function.
    fn indent(&mut self, line: &str, tokens: &[Token]) -> usize {
        let inside = if self.in_function { INDENT } else { 0 };
        if self.continues {
            return inside + CONTINUED;
        }
        if is_label(tokens) {
            return 0;
        }
        let first = tokens[0];
        let word = first.span.of(line);
        let is =
            |keyword: &str| first.kind == TokenKind::Word && word.eq_ignore_ascii_case(keyword);
        if is("END") {
            self.in_function = false;
            return 0;
        }
        if is("FUNC") || is("MAIN") {
            self.in_function = true;
            return 0;
        }
        inside
    }

    /// The tokens of a line with the spaces that belong between them.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "other tokens open and close nothing"
    )]
    fn statement(&self, line: &str, tokens: &[Token]) -> String {
        let mut out = String::with_capacity(line.len() + 8);
        let mut brackets = 0_usize;
        let first_word = match () {
            () if self.continues => None,
            // A statement may follow a label.
            () if is_label(tokens) => Some(2),
            () => Some(0),
        };
        for (at, token) in tokens.iter().enumerate() {
            let text = token.span.of(line);
            if at > 0 && has_space(line, tokens, at, brackets) {
                out.push(' ');
            }
            match token.kind {
                TokenKind::OpenBracket => brackets += 1,
                TokenKind::CloseBracket => brackets = brackets.saturating_sub(1),
                _ => {}
            }
            if first_word == Some(at) && token.kind == TokenKind::Word {
                // The types after a mnemonic are written in lower case.
                let (mnemonic, types) = text.split_at(text.find('.').unwrap_or(text.len()));
                out.push_str(&mnemonic.to_ascii_uppercase());
                out.push_str(types);
            } else {
                out.push_str(text);
            }
        }
        out
    }
}

fn tokens(line: &str) -> Vec<Token> {
    let mut lexer = Lexer::new(line, 0);
    let next = || {
        let token = lexer.token();
        // A carriage return that ends no line is a stray character.
        (token.kind != TokenKind::End).then_some(token)
    };
    std::iter::from_fn(next).collect()
}

fn is_label(tokens: &[Token]) -> bool {
    let name = matches!(tokens[0].kind, TokenKind::Word | TokenKind::Quoted);
    name && tokens
        .get(1)
        .is_some_and(|token| token.kind == TokenKind::Colon)
}

/// Whether there is a space before token number `at`. Where it makes no difference to the eye, it
/// is as it was.
fn has_space(line: &str, tokens: &[Token], at: usize, brackets: usize) -> bool {
    use TokenKind::{
        Arrow, Close, CloseBracket, Colon, Comma, Minus, Number, Open, OpenBracket, Plus, Stray,
        Unterminated,
    };
    let (before, this) = (tokens[at - 1], tokens[at]);
    let written = before.span.end < this.span.start;
    // `nan:0x1` is one literal.
    let payload = |colon: usize| {
        colon > 0
            && tokens[colon - 1].span.of(line) == "nan"
            && tokens
                .get(colon + 1)
                .is_some_and(|next| next.kind == Number)
    };
    match (before.kind, this.kind) {
        (Stray | Unterminated, _) | (_, Stray | Unterminated) => written,
        (_, Comma | Close | CloseBracket) => false,
        (Open, Arrow) => false,
        (Arrow, _) | (_, Arrow) => true,
        (Comma, _) => true,
        (Open | OpenBracket, _) => false,
        (Colon, _) => !payload(at - 1),
        (_, Colon) => false,
        (Plus | Minus, _) | (_, Plus | Minus) if brackets > 0 => true,
        _ => written,
    }
}

/// Puts the lines together, with the comments after neighbouring statements in one column.
fn write(lines: &[Line]) -> String {
    let mut out = String::new();
    let mut at = 0;
    while at < lines.len() {
        let run = lines[at..].iter().take_while(|line| line.trailing).count();
        let width = |line: &Line| line.code.chars().count();
        let fitting = lines[at..at + run].iter().map(width);
        let column = fitting.filter(|&width| width <= LONGEST).max().unwrap_or(0) + GAP;
        for line in &lines[at..at + run.max(1)] {
            out.push_str(&line.code);
            if let Some(comment) = &line.comment {
                let spaces = match line.trailing {
                    true => column.saturating_sub(width(line)).max(GAP),
                    false => line.indent,
                };
                out.extend(std::iter::repeat_n(' ', spaces));
                out.push_str(comment);
            }
            out.push('\n');
        }
        at += run.max(1);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::format;

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        assert_eq!(format(text), expected);
        assert_eq!(format(expected), expected, "once more");
    }

    #[test]
    fn statements_are_indented_and_spaced() {
        becomes(
            "\u{feff}\r\n\r\n.global  g : mut i64=5\r\nFunc f (x :i64 ,y)->(i64,i64)\r\n.reg a,b:f64 zeroed\r\nloop :add.i64 a,b ,-5\r\n\tstore [ a+8 ],b\n\n\n load b , [a -8]\ncall_indirect t,a,(i64,i64->i64) , a->b , _\nload_const c,nan:0x1\nif c,loop\nend\n\n\n",
            ".global g: mut i64=5\nFUNC f (x: i64, y) -> (i64, i64)\n  .reg a, b: f64 zeroed\nloop: ADD.i64 a, b, -5\n  STORE [a + 8], b\n\n  LOAD b, [a - 8]\n  CALL_INDIRECT t, a, (i64, i64 -> i64), a -> b, _\n  LOAD_CONST c, nan:0x1\n  IF c, loop\nEND\n",
        );
        becomes(".type t (->)\n", ".type t (->)\n");
        becomes("", "");
        becomes(" ;only", ";only\n");
    }

    #[test]
    fn comments_stay_and_share_a_column() {
        becomes(
            "; head\n   ;;run: x\nMAIN ; begins\n; about the first\n  add a,b,c ; one\n  ADD a, b, 12345;two  \n\n  PRINT \"a ; b\" ; three\n            ; goes on\nEND\n",
            "; head\n;;run: x\nMAIN  ; begins\n  ; about the first\n  ADD a, b, c      ; one\n  ADD a, b, 12345  ;two\n\n  PRINT \"a ; b\"  ; three\n  ; goes on\nEND\n",
        );
        // What is below a comment in its column continues it.
        becomes(
            "MAIN\n  add a,b,c    ; one\n               ; two\n  ; three\nEND\n",
            "MAIN\n  ADD a, b, c  ; one\n               ; two\n  ; three\nEND\n",
        );
        let long = "x".repeat(60);
        becomes(
            &format!("MAIN\n PRINT \"{long}\" ; far\n PRINT a ; near\nEND\n"),
            &format!("MAIN\n  PRINT \"{long}\"  ; far\n  PRINT a  ; near\nEND\n"),
        );
    }

    #[test]
    fn continued_lines_are_indented_further() {
        becomes(
            "MAIN\nSWITCH x, a, ; one\nb,\n; between\nelse c\nEND\n.data d = \"a\",\n\"b\"\n",
            "MAIN\n  SWITCH x, a,  ; one\n      b,\n  ; between\n      else c\nEND\n.data d = \"a\",\n    \"b\"\n",
        );
    }

    #[test]
    fn what_is_no_text_is_left_alone() {
        for text in [
            "(module)\n",
            "a € b ? \"x\n",
            "x: y: z\n",
            "-> - > + [ [\n",
            "'a 'b'\n",
        ] {
            let once = format(text);
            assert_eq!(format(&once), once, "{text}");
        }
    }
}
