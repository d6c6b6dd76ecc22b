//! What is to be bound: names, patterns and flags, looked up among what the headers declare.

use std::collections::HashSet;

use vbc_core::diag::codes::bind::{B0004, B0005, B0011, B0012};
use vbc_core::diag::suggest::Suggester;
use vbc_core::diag::{Code, Diagnostic, Place};
use vbc_core::glob;

use crate::Request;
use crate::declarations::{Declarations, Function, Tag};
use crate::pattern::{Types, is_glob, is_identifier, usual_name};

/// A function that is to be bound.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// What it is called in VITBC.
    pub name: String,
    /// What it is called in C.
    pub function: String,
    /// What was written of its signature.
    pub types: Option<Types>,
    /// Whether its name was written, so that it has to be there.
    pub is_named: bool,
}

/// A constant that is to be bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// What it is called in C.
    pub name: String,
    /// Whether its name was written, so that it has to be there.
    pub is_named: bool,
}

/// Looks things up, and collects what is wrong.
#[derive(Debug)]
pub struct Selector<'a> {
    /// What the headers declare.
    pub declared: &'a Declarations,
    /// The header, for messages.
    pub place: Place,
    /// What is wrong so far.
    pub errors: Vec<Diagnostic>,
    suggester: Suggester,
}

impl<'a> Selector<'a> {
    /// Looks things up among what is declared.
    pub fn new(declared: &'a Declarations, place: Place) -> Selector<'a> {
        Selector {
            declared,
            place,
            errors: Vec::new(),
            suggester: Suggester::default(),
        }
    }

    fn report(&mut self, code: &'static Code, message: String, help: Option<String>) {
        let error = Diagnostic::error(code, self.place.clone(), message);
        self.errors.push(match help {
            Some(help) => error.with_help(help),
            None => error,
        });
    }

    /// The functions that operands and `--all` choose, in their order.
    pub fn functions(&mut self, request: &'a Request) -> Vec<Chosen> {
        let mut chosen = Vec::new();
        let mut taken = HashSet::new();
        for pattern in &request.functions {
            if !is_glob(&pattern.function) {
                taken.insert(pattern.function.as_str());
            }
        }
        for pattern in &request.functions {
            if !is_glob(&pattern.function) {
                let name = pattern.name.as_ref().unwrap_or(&pattern.function);
                chosen.push(Chosen {
                    name: name.clone(),
                    function: pattern.function.clone(),
                    types: pattern.types.clone(),
                    is_named: true,
                });
                continue;
            }
            let glob = &pattern.function;
            let count = self.take(&mut chosen, &mut taken, |one| is_match(glob, &one.name));
            if count == 0 {
                self.report(&B0011, format!("no function matches `{glob}`"), None);
            }
        }
        if request.all {
            let own = self.header(request);
            let is_own = |one: &Function| Some(one.file) == own && !is_reserved(&one.name);
            let count = self.take(&mut chosen, &mut taken, is_own);
            if count == 0 {
                let help = self.where_functions_are();
                let message = "the header itself declares no function".to_owned();
                self.report(&B0011, message, help);
            }
        }
        for suffix in &request.from {
            let declared = self.declared;
            let count = self.take(&mut chosen, &mut taken, |one| {
                declared.is_file(one.file, suffix) && !is_reserved(&one.name)
            });
            if count == 0 {
                let message = format!("no header `{suffix}` declares a function");
                let help = self.where_functions_are();
                self.report(&B0011, message, help);
            }
        }
        let mut names = HashSet::new();
        for one in &chosen {
            if !names.insert(&one.name) {
                let message = format!("two functions would be called `{}`", one.name);
                let help = format!("give one of them a name: NAME={}", one.function);
                self.report(&B0012, message, Some(help));
            }
        }
        chosen
    }

    /// The file that the header is, the last that is included: one that has been included before may not be read again.
    fn header(&self, request: &Request) -> Option<usize> {
        let declared = self.declared;
        let own = declared.headers.get(&request.includes.len()).copied();
        let name = request.header.to_string_lossy();
        own.or_else(|| (0..declared.files.len()).find(|file| declared.is_file(*file, &name)))
    }

    /// Takes the functions that are meant; how many there are, chosen before or not.
    fn take(
        &self,
        chosen: &mut Vec<Chosen>,
        taken: &mut HashSet<&'a str>,
        is_meant: impl Fn(&Function) -> bool,
    ) -> usize {
        let meant = self.declared.functions.iter().filter(|one| is_meant(one));
        let mut count = 0;
        for function in meant {
            count += 1;
            if taken.insert(&function.name) {
                chosen.push(Chosen {
                    name: function.name.clone(),
                    function: function.name.clone(),
                    types: None,
                    is_named: false,
                });
            }
        }
        count
    }

    /// Where to look for functions: the headers that declare most of them.
    fn where_functions_are(&self) -> Option<String> {
        let mut counts = vec![0_usize; self.declared.files.len()];
        for function in &self.declared.functions {
            if let Some(count) = counts.get_mut(function.file) {
                *count += 1;
            }
        }
        let most = (0..counts.len()).max_by_key(|file| (counts[*file], usize::MAX - file))?;
        let path = &self.declared.files[most];
        (counts[most] > 0).then(|| format!("`{path}` declares most; --from takes what it declares"))
    }

    /// The constants that flags name, each once.
    pub fn constants(&mut self, request: &Request) -> Vec<Constant> {
        let mut constants: Vec<Constant> = Vec::new();
        let mut taken = HashSet::new();
        let declared = self.declared;
        let macros = declared.macros.iter();
        let macros = macros.filter(|one| one.is_of_file && one.has_body && !one.has_parameters);
        let candidates = macros.map(|one| &one.name).chain(&declared.enumerators);
        for pattern in &request.constants {
            if !is_glob(pattern) {
                if taken.insert(pattern.clone()) {
                    constants.push(Constant {
                        name: pattern.clone(),
                        is_named: true,
                    });
                }
                continue;
            }
            let mut matched = false;
            for name in candidates.clone() {
                if is_match(pattern, name) {
                    matched = true;
                    if taken.insert(name.clone()) {
                        constants.push(Constant {
                            name: name.clone(),
                            is_named: false,
                        });
                    }
                }
            }
            if !matched {
                let message = format!("no macro and no enumerator matches `{pattern}`");
                self.report(&B0004, message, None);
            }
        }
        constants
    }

    /// How C writes the types that flags name: `struct tm` for `tm`, where that is not a type by itself.
    pub fn types(&mut self, names: &[String], tags: &[Tag]) -> Vec<(String, String)> {
        let mut types = Vec::new();
        for name in names {
            let own = name.rsplit(' ').next().unwrap_or_default();
            let tag = self.declared.tags.get(own).filter(|tag| tags.contains(tag));
            let with_tag = tag.map(|tag| format!("{} {own}", tag.word()));
            let written = match own == name && self.declared.types.contains(own) {
                true => Some(name.clone()),
                false => with_tag.filter(|with_tag| own == name || with_tag == name),
            };
            match written {
                Some(written) => types.push((own.to_owned(), written)),
                None => {
                    let known = self.declared.tags.iter();
                    let known = known.filter(|(_, tag)| tags.contains(tag));
                    let known = known.map(|(name, _)| name).chain(&self.declared.types);
                    let help = self.suggester.help(own, known.map(String::as_str));
                    let words: Vec<&str> = tags.iter().map(|tag| tag.word()).collect();
                    let message = format!("there is no {} `{own}`", words.join(" or "));
                    self.report(&B0004, message, help);
                }
            }
        }
        types
    }

    /// What a name is that the compiler does not take for a function, for this reason.
    pub fn no_function(&mut self, name: &str, said: &str) {
        if self.declared.function(name).is_some() {
            let message = format!("the C compiler refuses `{name}`: {said}");
            return self.report(&B0005, message, None);
        }
        let is_type = self.declared.types.contains(name);
        match (self.macro_kind(name), self.is_enumerator(name), is_type) {
            (Some(kind), ..) => {
                let message = format!("`{name}` is a {kind}, not a function");
                self.report(&B0005, message, None);
            }
            (None, true, _) => {
                let help = Some("--const takes it".to_owned());
                self.report(
                    &B0005,
                    format!("`{name}` is an enumerator, not a function"),
                    help,
                );
            }
            (None, false, true) => {
                self.report(&B0005, format!("`{name}` is a type, not a function"), None);
            }
            (None, false, false) => {
                let known = self.declared.functions.iter().map(|one| one.name.as_str());
                let help = self.suggester.help(name, known);
                self.report(&B0004, format!("no function `{name}` is declared"), help);
            }
        }
    }

    /// A name that the compiler knows, and that is no function's.
    pub fn other_than_function(&mut self, name: &str) {
        let message = format!("`{name}` is a variable, not a function");
        self.report(&B0005, message, None);
    }

    /// What a name is that the compiler does not take for a constant, for this reason.
    pub fn no_constant(&mut self, name: &str, said: &str) {
        let other = match self.macro_kind(name) {
            Some(kind) => (kind != "macro").then_some(kind),
            None if self.declared.function(name).is_some() => Some("function"),
            None if self.declared.types.contains(name) => Some("type"),
            None => None,
        };
        if let Some(other) = other {
            let message = format!("`{name}` is a {other}, not a constant");
            return self.report(&B0005, message, None);
        }
        if self.macro_kind(name).is_some() || self.is_enumerator(name) {
            let message = format!("`{name}` is not a constant: {said}");
            return self.report(&B0005, message, None);
        }
        let macros = self.declared.macros.iter().map(|one| one.name.as_str());
        let known = macros.chain(self.declared.enumerators.iter().map(String::as_str));
        let help = self.suggester.help(name, known);
        let message = format!("no macro and no enumerator `{name}` is declared");
        self.report(&B0004, message, help);
    }

    /// A type that is not what a flag asks for.
    pub fn wrong_type(&mut self, message: String) {
        self.report(&B0005, message, None);
    }

    /// Different structs or unions that would have the same names in the text.
    pub fn two_structs(&mut self, name: &str) {
        let message = format!("two structs would be called `{name}`");
        let help = "bind one of them into a text of its own, with --prefix".to_owned();
        self.report(&B0012, message, Some(help));
    }

    /// A name that the compiler does not take for a type's, for this reason.
    pub fn no_type(&mut self, written: &str, said: &str) {
        let message = format!("there is no type `{written}`: {said}");
        self.report(&B0004, message, None);
    }

    /// The patterns of a flag each mean one of these functions.
    pub fn check_flag(&mut self, flag: &str, patterns: &[String], chosen: &[Chosen]) {
        for pattern in patterns {
            let known = || chosen.iter().map(|one| one.function.as_str());
            if !known().any(|name| glob::matches(pattern, name)) {
                let help = self.suggester.help(pattern, known());
                let message = format!(
                    "{flag} {pattern}: there is no such function among those that are bound"
                );
                self.report(&B0004, message, help);
            }
        }
    }

    /// The types of a flag are among those that pointers point to.
    pub fn check_rule(
        &mut self,
        flag: &str,
        names: &[String],
        met: &HashSet<String>,
        pointees: &HashSet<String>,
    ) {
        let mut known: Vec<&str> = pointees.iter().map(String::as_str).collect();
        known.sort_unstable();
        for name in names.iter().filter(|name| !met.contains(&usual_name(name))) {
            let usual = usual_name(name);
            let help = self.suggester.help(&usual, known.iter().copied());
            let message = format!("{flag} {name}: no parameter points to such a type");
            self.report(&B0004, message, help);
        }
    }

    fn is_enumerator(&self, name: &str) -> bool {
        self.declared.enumerators.iter().any(|one| one == name)
    }

    fn macro_kind(&self, name: &str) -> Option<&'static str> {
        let found = self.declared.macros.iter().find(|one| one.name == name)?;
        Some(match found.has_parameters {
            true => "macro with parameters",
            false => "macro",
        })
    }
}

/// Whether a name is the compiler's and its library's own.
fn is_reserved(name: &str) -> bool {
    name.starts_with("__")
}

/// Whether a pattern means a name; those that are reserved it means only if it begins like them.
fn is_match(pattern: &str, name: &str) -> bool {
    glob::matches(pattern, name) && (!is_reserved(name) || is_reserved(pattern))
}

/// Whether a word can be given to `--const`.
pub fn is_constant(word: &str) -> bool {
    is_identifier(&word.replace(['*', '?'], "_"))
}

/// Whether a word can be given to `--struct`, `--enum`, `--ptr` and `--buf`: words of C with spaces between them.
pub fn is_type(word: &str) -> bool {
    word.split(' ').all(is_identifier)
}
