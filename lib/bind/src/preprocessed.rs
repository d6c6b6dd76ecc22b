//! Preprocessed C: tokens, the files that they are in, and macros.

use std::collections::{BTreeMap, HashMap};

/// The word that stands between the headers: `struct vbc_mark_0;`.
pub const MARK: &str = "vbc_mark_";

/// A macro.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Macro {
    /// Its name.
    pub name: String,
    /// Whether it takes arguments.
    pub has_parameters: bool,
    /// Whether it stands for anything.
    pub has_body: bool,
    /// Whether a file defines it, and not the compiler or a flag.
    pub is_of_file: bool,
}

/// A word, a number, a literal or a character of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'t> {
    /// It.
    pub text: &'t str,
    /// The number of the file that it is in.
    pub file: usize,
}

impl Token<'_> {
    /// Whether it is a word: an identifier or a keyword.
    pub fn is_word(&self) -> bool {
        let first = self.text.chars().next();
        first.is_some_and(|c| c.is_alphabetic() || c == '_' || c == '$')
    }
}

/// A text that is taken apart.
#[derive(Debug, Default)]
pub struct Preprocessed<'t> {
    /// All tokens.
    pub tokens: Vec<Token<'t>>,
    /// The macros that are defined in the end, in order.
    pub macros: Vec<Macro>,
    /// The paths of files, as the compiler calls them.
    pub files: Vec<String>,
    /// By number of the header: the file that it is.
    pub headers: BTreeMap<usize, usize>,
}

impl<'t> Preprocessed<'t> {
    /// Reads what `-E -dD` has made of a file that has [`MARK`]s between the headers that it includes: where files begin
    /// and end, macros, and the tokens of all other lines.
    pub fn read(text: &'t str) -> Preprocessed<'t> {
        let mut read = Preprocessed::default();
        let mut files: HashMap<String, usize> = HashMap::new();
        let mut macros = Macros::default();
        // The files that are being read, the innermost last.
        let mut stack: Vec<usize> = Vec::new();
        let mut mark = None;
        for line in text.lines() {
            let file = stack.last().copied().unwrap_or_default();
            let Some(directive) = line.trim_start().strip_prefix('#') else {
                let before = read.tokens.len();
                tokenize(line, file, &mut read.tokens);
                mark = read.tokens[before..].iter().find_map(mark_number).or(mark);
                continue;
            };
            let directive = directive.trim_start();
            if let Some(definition) = directive.strip_prefix("define ") {
                // What the compiler and its flags define is in no file: `<built-in>`, `<command-line>`.
                let path = read.files.get(file);
                let is_of_file = path.is_some_and(|path| !path.starts_with('<') || stack.len() > 1);
                macros.define(definition, is_of_file);
            } else if let Some(name) = directive.strip_prefix("undef ") {
                macros.undefine(name.trim());
            } else if let Some((path, flags)) = line_marker(directive) {
                let file = *files.entry(path).or_insert_with_key(|path| {
                    read.files.push(path.clone());
                    read.files.len() - 1
                });
                let has = |flag| flags.split_whitespace().any(|word| word == flag);
                if has("1") {
                    if let (1, Some(mark)) = (stack.len(), mark) {
                        read.headers.entry(mark).or_insert(file);
                    }
                    stack.push(file);
                } else if has("2") {
                    stack.pop();
                } else if stack.len() <= 1 {
                    stack = vec![file];
                }
                // What is left is `#line`, which says where a header was made from: its text is still the header's.
            }
        }
        read.macros = macros.in_order.into_iter().flatten().collect();
        read
    }
}

/// The macros that are defined so far.
#[derive(Default)]
struct Macros<'t> {
    /// Those that are not defined any more are none.
    in_order: Vec<Option<Macro>>,
    places: HashMap<&'t str, usize>,
}

impl<'t> Macros<'t> {
    fn define(&mut self, definition: &'t str, is_of_file: bool) {
        let is_end = |c: char| c == '(' || c.is_whitespace();
        let name = definition.split(is_end).next().unwrap_or_default();
        self.undefine(name);
        self.places.insert(name, self.in_order.len());
        let rest = &definition[name.len()..];
        self.in_order.push(Some(Macro {
            name: name.to_owned(),
            has_parameters: rest.starts_with('('),
            has_body: !rest.trim().is_empty(),
            is_of_file,
        }));
    }

    fn undefine(&mut self, name: &str) {
        if let Some(place) = self.places.remove(name) {
            self.in_order[place] = None;
        }
    }
}

fn mark_number(token: &Token<'_>) -> Option<usize> {
    token.text.strip_prefix(MARK)?.parse().ok()
}

/// The path and the flags of `12 "path" 1 3`, which says where the next line is from.
fn line_marker(directive: &str) -> Option<(String, &str)> {
    let directive = directive.strip_prefix("line ").unwrap_or(directive);
    let (number, rest) = directive.split_once(' ')?;
    number.parse::<u64>().ok()?;
    let rest = rest.trim_start().strip_prefix('"')?;
    let mut path = Vec::new();
    let mut bytes = rest.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => return Some((String::from_utf8_lossy(&path).into_owned(), &rest[at + 1..])),
            b'\\' => {
                let (_, escaped) = bytes.next()?;
                path.push(match escaped {
                    b'0'..=b'7' => {
                        let digits = [escaped, bytes.next()?.1, bytes.next()?.1];
                        let number = digits.iter().fold(0, |number: u32, digit| {
                            number.wrapping_mul(8) + u32::from(digit.wrapping_sub(b'0'))
                        });
                        number as u8
                    }
                    _ => escaped,
                });
            }
            _ => path.push(byte),
        }
    }
    None
}

/// Appends the tokens of a line. Literals do not go beyond it.
fn tokenize<'t>(line: &'t str, file: usize, tokens: &mut Vec<Token<'t>>) {
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
            continue;
        } else if is_part(first) {
            // A number takes its point and the sign of its exponent along, which nobody looks at.
            let is_number = first.is_ascii_digit();
            let end = rest.find(|c: char| !(is_part(c) || is_number && c == '.'));
            end.unwrap_or(rest.len())
        } else if first == '"' || first == '\'' {
            literal_length(rest, first)
        } else if rest.starts_with("...") {
            3
        } else {
            first.len_utf8()
        };
        let (text, after) = rest.split_at(length);
        tokens.push(Token { text, file });
        rest = after;
    }
}

/// How many bytes a string or character at the beginning of `text` has, its quotes counted.
fn literal_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    text.len()
}
