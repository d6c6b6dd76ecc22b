//! What preprocessed C declares: the names of functions and types, and where they are.
//!
//! What a declaration means is the compiler's business. This only finds out which names to ask it about, what might
//! have been meant by one that it does not know, and how a declaration was written. A name that it misses can still be
//! asked for; one that it takes for something else is refused by the compiler.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::preprocessed::{Macro, Preprocessed, Token};

/// Declarators in parentheses in one another that are looked into.
const NESTED: usize = 100;

/// Words that are neither the name of a type that was declared nor that of a function.
const KEYWORDS: &[&str] = &[
    "_Accum",
    "_Bool",
    "_Complex",
    "_Decimal128",
    "_Decimal32",
    "_Decimal64",
    "_Float128",
    "_Float16",
    "_Float32",
    "_Float32x",
    "_Float64",
    "_Float64x",
    "_Fract",
    "_Imaginary",
    "_Noreturn",
    "_Sat",
    "_Thread_local",
    "__complex__",
    "__const",
    "__float128",
    "__float80",
    "__inline",
    "__inline__",
    "__int128",
    "__restrict",
    "__restrict__",
    "__signed__",
    "__thread",
    "__volatile__",
    "auto",
    "bool",
    "char",
    "const",
    "constexpr",
    "double",
    "enum",
    "extern",
    "float",
    "inline",
    "int",
    "long",
    "register",
    "restrict",
    "short",
    "signed",
    "static",
    "struct",
    "thread_local",
    "typedef",
    "union",
    "unsigned",
    "void",
    "volatile",
];

/// Words with parentheses behind them that are a type.
const TYPES: &[&str] = &[
    "_Atomic",
    "_BitInt",
    "__typeof",
    "__typeof__",
    "__typeof_unqual__",
    "typeof",
    "typeof_unqual",
];

/// Words that say nothing about a declaration's name or type, with the parentheses behind them.
const ATTRIBUTES: &[&str] = &[
    "_Alignas",
    "__alignas",
    "__asm",
    "__asm__",
    "__attribute",
    "__attribute__",
    "__declspec",
    "alignas",
    "asm",
];

/// Words that are left out where a declaration is shown.
const SILENT: &[&str] = &[
    "_Noreturn",
    "__inline",
    "__inline__",
    "__restrict",
    "__restrict__",
    "extern",
    "inline",
    "restrict",
    "static",
];

/// A function's declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// The declaration without what says nothing about its type; none where it declares several things.
    pub text: Option<String>,
    /// The number of the file that it is in.
    pub file: usize,
}

/// What a name after `struct`, `union` or `enum` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A struct.
    Struct,
    /// A union.
    Union,
    /// An enum.
    Enum,
}

impl Tag {
    /// The word of C's.
    pub fn word(self) -> &'static str {
        match self {
            Tag::Struct => "struct",
            Tag::Union => "union",
            Tag::Enum => "enum",
        }
    }
}

/// What a preprocessed text declares.
#[derive(Debug, Default)]
pub struct Declarations {
    /// In order; a function may be declared several times.
    pub functions: Vec<Function>,
    /// The names of types by `typedef`.
    pub types: BTreeSet<String>,
    /// Structs, unions and enums.
    pub tags: BTreeMap<String, Tag>,
    /// All enumerators, in order.
    pub enumerators: Vec<String>,
    /// The macros that are defined in the end, in order.
    pub macros: Vec<Macro>,
    /// The paths of files, as the compiler calls them.
    pub files: Vec<String>,
    /// By number of the header: the file that it is.
    pub headers: BTreeMap<usize, usize>,
    /// By name: the function's first declaration.
    by_name: HashMap<String, usize>,
}

impl Declarations {
    /// Reads a preprocessed text.
    pub fn read(text: &str) -> Declarations {
        let read = Preprocessed::read(text);
        let code = Code::new(&read.tokens);
        let mut declarations = Declarations {
            macros: read.macros,
            files: read.files,
            headers: read.headers,
            ..Declarations::default()
        };
        code.tags(&mut declarations);
        code.declarations(&mut declarations);
        for (at, function) in declarations.functions.iter().enumerate() {
            let name = function.name.clone();
            declarations.by_name.entry(name).or_insert(at);
        }
        declarations
    }

    /// The function of this name where it is declared first.
    pub fn function(&self, name: &str) -> Option<&Function> {
        self.functions.get(*self.by_name.get(name)?)
    }

    /// Whether a file's path ends in `suffix`, part by part.
    pub fn is_file(&self, file: usize, suffix: &str) -> bool {
        let path = self.files.get(file).map_or("", String::as_str);
        let suffix = suffix.trim_start_matches("./");
        path.strip_suffix(suffix)
            .is_some_and(|before| before.is_empty() || before.ends_with('/'))
    }
}

/// Tokens whose brackets are known.
struct Code<'t> {
    tokens: Vec<Token<'t>>,
    /// By bracket that opens: the one that closes.
    closing: HashMap<usize, usize>,
}

impl<'t> Code<'t> {
    /// Takes out attributes and assembler names.
    fn new(all: &[Token<'t>]) -> Code<'t> {
        let closing = brackets(all);
        let mut tokens = Vec::with_capacity(all.len());
        let mut at = 0;
        while let Some(token) = all.get(at) {
            let next = all.get(at + 1).map_or("", |next| next.text);
            let after = |bracket| closing.get(&bracket).map(|end| end + 1);
            let skipped = match token.text {
                word if ATTRIBUTES.contains(&word) && next == "(" => after(at + 1),
                "[" if next == "[" => after(at),
                "__extension__" => Some(at + 1),
                _ => None,
            };
            at = skipped.unwrap_or_else(|| {
                tokens.push(*token);
                at + 1
            });
        }
        let closing = brackets(&tokens);
        Code { tokens, closing }
    }

    fn text(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.text)
    }

    /// The token after a bracket that opens, and all up to its partner.
    fn after(&self, bracket: usize) -> usize {
        self.closing.get(&bracket).map_or(bracket, |end| *end) + 1
    }

    /// Finds structs, unions, enums and enumerators.
    fn tags(&self, to: &mut Declarations) {
        for at in 0..self.tokens.len() {
            let tag = match self.text(at) {
                "struct" => Tag::Struct,
                "union" => Tag::Union,
                "enum" => Tag::Enum,
                _ => continue,
            };
            let mut open = at + 1;
            if let Some(name) = self.tokens.get(open).filter(|name| name.is_word()) {
                to.tags.entry(name.text.to_owned()).or_insert(tag);
                open += 1;
            }
            if tag != Tag::Enum {
                continue;
            }
            // The type of an enum.
            let is_of_type = |token: &Token<'_>| token.text == ":" || token.is_word();
            while self.tokens.get(open).is_some_and(is_of_type) {
                open += 1;
            }
            if self.text(open) == "{"
                && let Some(&end) = self.closing.get(&open)
            {
                self.enumerators(open, end, to);
            }
        }
    }

    fn enumerators(&self, open: usize, end: usize, to: &mut Declarations) {
        let mut at = open + 1;
        while at < end {
            let name = self.tokens[at];
            if name.is_word() {
                to.enumerators.push(name.text.to_owned());
            }
            while at < end && self.text(at) != "," {
                at = self.after(at);
            }
            at += 1;
        }
    }

    /// Finds functions and the names of types.
    fn declarations(&self, to: &mut Declarations) {
        let (mut start, mut at) = (0, 0);
        while at < self.tokens.len() {
            match self.text(at) {
                ";" => {
                    self.declaration(start, at, to);
                    at += 1;
                    start = at;
                }
                // A function's body, and not the contents of a struct or a list of values.
                "{" if at > start && self.text(at - 1) == ")" => {
                    self.declaration(start, at, to);
                    at = self.after(at);
                    start = at;
                }
                "}" | ")" | "]" => {
                    at += 1;
                    start = at;
                }
                _ => at = self.after(at),
            }
        }
    }

    /// A declaration: the tokens from `start` up to `end`.
    fn declaration(&self, start: usize, end: usize, to: &mut Declarations) {
        let first = self.text(start);
        if first == "_Static_assert" || first == "static_assert" {
            return;
        }
        let mut parts = Vec::new();
        let (mut at, mut from, mut is_type) = (start, start, false);
        while at < end {
            is_type |= self.text(at) == "typedef";
            if self.text(at) == "," {
                parts.push((from, at));
                from = at + 1;
            }
            at = self.after(at);
        }
        parts.push((from, end));
        for &(from, to_) in &parts {
            match self.declarator(from, to_, NESTED) {
                Some((name, _)) if is_type => {
                    to.types.insert(self.text(name).to_owned());
                }
                Some((name, true)) => to.functions.push(Function {
                    name: self.text(name).to_owned(),
                    text: (parts.len() == 1).then(|| self.shown(start, end)),
                    file: self.tokens[name].file,
                }),
                _ => {}
            }
        }
    }

    /// The name that is declared between `start` and `end`, and whether it is a function's.
    fn declarator(&self, start: usize, end: usize, nested: usize) -> Option<(usize, bool)> {
        // The last word so far that may be the name.
        let mut name = None;
        let mut at = start;
        while at < end {
            let token = &self.tokens[at];
            match token.text {
                "struct" | "union" | "enum" => {
                    name = None;
                    at += 1;
                    if !self.tokens.get(at).is_some_and(Token::is_word) {
                        continue;
                    }
                }
                word if TYPES.contains(&word) => {
                    name = None;
                    if self.text(at + 1) == "(" {
                        at = self.after(at + 1);
                        continue;
                    }
                }
                "=" | ":" => break,
                "[" if name.is_some() => break,
                "(" => {
                    let after = self.after(at);
                    let has_parameters = self.text(after) == "(" && after < end;
                    let inner = self.text(at + 1);
                    let is_alone = after == at + 3 && self.tokens[at + 1].is_word();
                    match name {
                        Some(name)
                            if inner != "*" && inner != "^" && !(is_alone && has_parameters) =>
                        {
                            return Some((name, true));
                        }
                        _ if nested == 0 => return None,
                        _ => {}
                    }
                    let found = self.declarator(at + 1, after.saturating_sub(1), nested - 1);
                    let (name, is_function) = found?;
                    // `int (f)(void)` is a function, `int (*f)(void)` a pointer.
                    let is_function = is_function || inner != "*" && inner != "^" && has_parameters;
                    return Some((name, is_function));
                }
                _ if token.is_word() && !KEYWORDS.contains(&token.text) => name = Some(at),
                _ => name = None,
            }
            at = self.after(at);
        }
        name.map(|name| (name, false))
    }

    /// The declaration in one line, spaced as C usually is.
    fn shown(&self, start: usize, end: usize) -> String {
        let mut text = String::new();
        let mut before = "";
        let mut at = start;
        while at < end {
            let token = &self.tokens[at];
            if SILENT.contains(&token.text) {
                at += 1;
                continue;
            }
            let next = self.text(at + 1);
            let joined = match (before, token.text) {
                ("", _) | ("(" | "[" | "*", _) | (_, ")" | "," | "[" | "]" | ";") => true,
                (")", "(") => true,
                (_, "(") => next != "*" && !KEYWORDS.contains(&before),
                _ => false,
            };
            if !joined {
                text.push(' ');
            }
            text.push_str(token.text);
            before = token.text;
            // The contents of a struct would be longer than the rest.
            at = match token.text {
                "{" => {
                    text.push_str(" .. }");
                    before = "}";
                    self.after(at)
                }
                _ => at + 1,
            };
        }
        text
    }
}

/// By bracket that opens: the one that closes. Those without a partner are left out.
fn brackets(tokens: &[Token<'_>]) -> HashMap<usize, usize> {
    let mut open: Vec<(usize, &str)> = Vec::new();
    let mut closing = HashMap::new();
    for (at, token) in tokens.iter().enumerate() {
        let partner = match token.text {
            "(" => ")",
            "[" => "]",
            "{" => "}",
            ")" | "]" | "}" => {
                if let Some((start, _)) = open.pop_if(|(_, partner)| *partner == token.text) {
                    closing.insert(start, at);
                }
                continue;
            }
            _ => continue,
        };
        open.push((at, partner));
    }
    closing
}

#[cfg(test)]
mod tests;
