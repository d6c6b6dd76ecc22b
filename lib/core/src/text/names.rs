//! What things are called in canonical text.

use std::collections::HashMap;
use std::fmt::Write;

use super::literal::push_quoted;
use super::types::declared_types;
use crate::module::{Module, NONE, NameSpace, Spaces};

/// Words that mean something where a name may appear, and are quoted when they are one.
const TAKEN: &[&str] = &["_", "inf", "nan", "true", "false", "null", "none", "else"];

/// Whether `name` can be written without quotes.
pub fn is_word(name: &str) -> bool {
    let part = |c: char| c == '_' || c == '.' || "$@?!/".contains(c) || c.is_alphanumeric();
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|c| c != '.' && !c.is_numeric() && part(c))
        && chars.all(part)
        && !TAKEN.contains(&name)
}

/// Appends `name` as the text form writes it, in quotes where it must be.
pub fn push_name(out: &mut String, name: &str) {
    if is_word(name) {
        out.push_str(name)
    } else {
        push_quoted(out, name.as_bytes())
    }
}

/// A module with the names of everything in it but registers.
pub struct ModuleText<'m> {
    /// The module.
    pub module: &'m Module,
    /// Its index spaces.
    pub spaces: Spaces,
    /// Longer names are cut, and longer function types shown by their index.
    pub(super) longest: usize,
    /// For each name space that has indexes of its own, the text of each reference.
    /// By code of the name space; those without are empty.
    references: [Vec<Box<str>>; NameSpace::ALL.len()],
    /// By type index, the names of its fields.
    pub(super) fields: Vec<Box<[Box<str>]>>,
    /// The types that the text declares by `.type`: the others are written as signatures.
    pub(super) declared: Vec<u32>,
}

impl<'m> ModuleText<'m> {
    /// Collects the names.
    pub fn new(module: &'m Module) -> Self {
        ModuleText::with_longest(module, usize::MAX)
    }

    /// Collects the names and cuts those of more than `longest` bytes, so that text with one name
    /// in many places stays in proportion to the module. It cannot be assembled then.
    pub fn with_longest(module: &'m Module, longest: usize) -> Self {
        let mut text = ModuleText {
            module,
            spaces: module.spaces(),
            longest,
            references: Default::default(),
            fields: Vec::new(),
            declared: declared_types(module),
        };
        text.fields = text.names_of_fields();
        text.references = NameSpace::ALL.map(|space| match space {
            NameSpace::Type => text.references_of_types(),
            NameSpace::Register | NameSpace::Field => Vec::new(),
            NameSpace::Func
            | NameSpace::Table
            | NameSpace::Memory
            | NameSpace::Global
            | NameSpace::Data
            | NameSpace::Elem
            | NameSpace::Tag => text.references_of(space),
        });
        text
    }

    /// A name, cut if it is too long.
    pub(super) fn cut(&self, name: &str) -> Box<str> {
        if name.len() <= self.longest {
            return name.into();
        }
        format!("{}...", &name[..name.floor_char_boundary(self.longest)]).into()
    }

    fn references_of(&self, space: NameSpace) -> Vec<Box<str>> {
        let count = match space.kind() {
            Some(kind) => self.spaces.count(kind),
            None => self.module.elements.len() as u32,
        };
        let mut texts: Vec<Option<Box<str>>> = Vec::with_capacity(count as usize);
        let mut joined = String::new();
        for index in 0..count {
            let name = bare_name(self.module, &self.spaces, space, index, &mut joined);
            let name = name.filter(|name| !name.is_empty());
            texts.push(name.map(|name| self.cut(name)));
        }
        unique(texts, |at| at as u32, '#')
    }

    /// Whether others in the name space have the same name, or there is none: a reference then
    /// has an index.
    pub(super) fn is_repeated(&self, space: NameSpace, index: u32) -> bool {
        let texts = self.references.get(space as usize);
        let text = texts.and_then(|texts| texts.get(index as usize));
        // Bare names have no `#`, and quoted ones end in their quote.
        text.is_some_and(|text| text.ends_with(&format!("#{index}")))
    }

    /// Appends a reference to something: `NAME`, `NAME#index` or `#index`.
    pub fn push_reference(&self, out: &mut String, space: NameSpace, index: u32) {
        match self
            .references
            .get(space as usize)
            .and_then(|texts| texts.get(index as usize))
        {
            Some(text) if !text.is_empty() => out.push_str(text),
            _ => {
                let _ = write!(out, "#{index}");
            }
        }
    }
}

/// The name of something before it is made unique: its symbol, its debug name, or that of its import.
fn bare_name<'m>(
    module: &'m Module,
    spaces: &Spaces,
    space: NameSpace,
    index: u32,
    joined: &'m mut String,
) -> Option<&'m str> {
    if let Some(kind) = space.kind() {
        if let Some(symbol) = module.symbol(kind, index) {
            return Some(module.strings.get(symbol.name));
        }
        if let Some(import) = spaces.import(module, kind, index) {
            if import.module == NONE {
                return Some(module.strings.get(import.name));
            }
            if let Some(name) = module.debug_name(space, 0, index) {
                return Some(name);
            }
            joined.clear();
            let _ = write!(
                joined,
                "{}:{}",
                module.strings.get(import.module),
                module.strings.get(import.name)
            );
            return Some(joined);
        }
    }
    module.debug_name(space, 0, index)
}

/// Turns names into references: `#number` after a name that occurs more than once, `mark` and the
/// number for a missing one.
pub(super) fn unique(
    names: Vec<Option<Box<str>>>,
    number: impl Fn(usize) -> u32,
    mark: char,
) -> Vec<Box<str>> {
    let mut seen: HashMap<&str, bool> = HashMap::with_capacity(names.len());
    for name in names.iter().flatten() {
        seen.entry(name)
            .and_modify(|repeated| *repeated = true)
            .or_insert(false);
    }
    let mut out = String::new();
    let mut texts = Vec::with_capacity(names.len());
    for (at, name) in names.iter().enumerate() {
        out.clear();
        let number = number(at);
        match name {
            Some(name) => {
                push_name(&mut out, name);
                if seen.get(&**name).copied().unwrap_or(false) {
                    let _ = write!(out, "#{number}");
                }
            }
            None => {
                let _ = write!(out, "{mark}{number}");
            }
        }
        texts.push(Box::from(out.as_str()));
    }
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for word in ["a", "r1", "vbc.print_i64", "été", "$x", "a/b", "_x", "@"] {
            assert!(is_word(word), "{word}");
        }
        for name in [
            "", "1a", ".a", "a b", "a:b", "_", "nan", "x-y", "a\"", "%0", "#1",
        ] {
            assert!(!is_word(name), "{name}");
        }
    }

    #[test]
    fn repeated_and_missing_names() {
        let names = ["a", "b", "a"].map(|name| Some(Box::from(name)));
        let texts = unique([names.to_vec(), vec![None]].concat(), |at| at as u32, '%');
        assert_eq!(
            texts.iter().map(|text| &**text).collect::<Vec<_>>(),
            ["a#0", "b", "a#2", "%3"]
        );
    }
}
