//! Name spaces of a module: what is declared, and what a reference means.

use crate::diag::codes::text::*;
use crate::isa::{IndexSpace, ValType};
use crate::module::NONE;
use crate::module::builder::TypeId;
use crate::text::Span;
use crate::text::interner::Sym;
use crate::text::tree::Name;

use super::Assembler;

/// What is known of something without its definition.
#[derive(Clone, Copy, Debug)]
pub(super) enum Detail {
    /// A function, a name for a type; none when its type could not be read.
    Type(Option<TypeId>),
    /// A table's element and index type.
    Table(ValType, ValType),
    /// A global's type.
    Global(ValType),
    /// Nothing more.
    None,
}

/// Something that has been declared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub sym: Sym,
    pub span: Span,
    /// The builder's handle.
    pub handle: u32,
    pub detail: Detail,
    /// Others have the same name.
    pub repeated: bool,
    /// A reference has been complained about; there is no such thing.
    pub unknown: bool,
}

/// One name space.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By name, the first entry with it.
    by_sym: Vec<u32>,
    pub entries: Vec<Entry>,
    /// Entries in the order of their indexes in the file, as far as the text defines them.
    pub order: Vec<u32>,
}

impl Names {
    pub fn find(&self, sym: Sym) -> Option<&Entry> {
        let &entry = self.by_sym.get(sym.index())?;
        self.entries.get(entry as usize)
    }

    pub fn add(&mut self, entry: Entry) -> u32 {
        let number = self.entries.len() as u32;
        self.entries.push(entry);
        if entry.sym.is_some() {
            let at = entry.sym.index();
            if self.by_sym.len() <= at {
                self.by_sym.resize(at + 1, NONE);
            }
            if self.by_sym[at] == NONE {
                self.by_sym[at] = number;
            }
        }
        number
    }
}

/// All name spaces.
#[derive(Debug, Default)]
pub(super) struct Spaces([Names; IndexSpace::ALL.len()]);

impl Spaces {
    pub fn get(&self, space: IndexSpace) -> &Names {
        &self.0[space as usize]
    }

    pub fn get_mut(&mut self, space: IndexSpace) -> &mut Names {
        &mut self.0[space as usize]
    }
}

impl Assembler<'_> {
    /// Declares what the text defines under `name`. False when the name is taken, which is reported.
    pub(super) fn declare_name(
        &mut self,
        space: IndexSpace,
        name: Name,
        handle: u32,
        detail: Detail,
    ) -> bool {
        let names = self.spaces.get_mut(space);
        let first = names.find(name.sym).copied();
        let first = if name.sym.is_some() { first } else { None };
        let number = names.add(Entry {
            sym: name.sym,
            span: name.span,
            handle,
            detail,
            repeated: false,
            unknown: false,
        });
        let index = names.order.len() as u32;
        names.order.push(number);
        let taken = first.is_some() && name.index.is_none();
        if let Some(first) = first {
            let at = names.by_sym[name.sym.index()];
            if !taken {
                names.entries[at as usize].repeated = true;
            } else {
                let what = format!(
                    "{} `{}` is defined twice",
                    space.title(),
                    self.show_name(name.sym)
                );
                self.report
                    .error(&A0012, name.span, what)
                    .note("the first definition", first.span);
            }
        }
        if let Some(written) = name.index
            && written != index
        {
            let message = format!("this {} has index {index}, not {written}", space.title());
            self.report.error(&A0021, name.span, message);
        }
        !taken
    }

    pub(super) fn show_name(&self, sym: Sym) -> String {
        let name = self.names.get(sym);
        match name.char_indices().nth(60) {
            None => name.to_owned(),
            Some((end, _)) => format!("{}...", &name[..end]),
        }
    }

    /// What a reference refers to. None when that has been complained about.
    pub(super) fn resolve(&mut self, space: IndexSpace, name: Name) -> Option<Entry> {
        let names = self.spaces.get(space);
        let entry = match name.index {
            Some(index) => {
                let entry = names.order.get(index as usize);
                let entry = entry.and_then(|&entry| names.entries.get(entry as usize));
                match entry {
                    Some(entry) if !name.sym.is_some() || entry.sym == name.sym => Some(*entry),
                    _ => {
                        let message = match entry {
                            None => format!("there is no {} with index {index}", space.title()),
                            Some(_) => format!("{} {index} has another name", space.title()),
                        };
                        self.error(&A0021, name.span, message);
                        return None;
                    }
                }
            }
            None => names.find(name.sym).copied(),
        };
        let entry = match entry {
            Some(entry) => entry,
            None => match self.implicit(space, name) {
                Some(entry) => entry,
                None => {
                    self.unknown_name(space, name);
                    return None;
                }
            },
        };
        if entry.unknown {
            self.bad = true;
            return None;
        }
        if entry.repeated && name.index.is_none() {
            let what = format!(
                "several {}s are called `{}`",
                space.title(),
                self.show_name(name.sym)
            );
            self.error(&A0022, name.span, what)
                .help("say which one: `NAME#index`");
            return None;
        }
        Some(entry)
    }

    /// A support routine needs no declaration.
    fn implicit(&mut self, space: IndexSpace, name: Name) -> Option<Entry> {
        if space != IndexSpace::Func {
            return None;
        }
        let routine = crate::module::support::routine(self.names.get(name.sym))?;
        self.support_entry(routine.name)
    }

    fn unknown_name(&mut self, space: IndexSpace, name: Name) {
        let known = self.names.get(name.sym).to_owned();
        if space == IndexSpace::Func && known.starts_with(crate::module::support::PREFIX) {
            let routines = crate::module::support::ROUTINES.iter();
            let names = routines.map(|routine| routine.name);
            let help = self.report.suggest.help(&known, names);
            let message = format!("there is no support routine `{}`", self.show_name(name.sym));
            self.error(&A0027, name.span, message).maybe_help(help);
        } else {
            let entries = self.spaces.get(space).entries.iter();
            // What has been complained about is not what was meant.
            let candidates = entries
                .filter(|entry| !entry.unknown)
                .map(|entry| self.names.get(entry.sym));
            let near = self.report.suggest.help(&known, candidates);
            let help = near.or_else(|| declaration(space));
            let message = format!(
                "there is no {} `{}`",
                space.title(),
                self.show_name(name.sym)
            );
            self.error(&A0013, name.span, message).maybe_help(help);
        }
        if name.sym.is_some() {
            self.spaces.get_mut(space).add(Entry {
                sym: name.sym,
                span: name.span,
                handle: 0,
                detail: Detail::None,
                repeated: false,
                unknown: true,
            });
        }
    }
}

/// How something of another object or of the host is declared.
fn declaration(space: IndexSpace) -> Option<String> {
    let form = match space {
        IndexSpace::Func => ".extern NAME(i64) -> i64",
        IndexSpace::Global => ".extern global NAME: i64",
        IndexSpace::Table => ".extern table NAME: funcref 1",
        IndexSpace::Data => ".extern data NAME",
        IndexSpace::Tag => ".extern tag NAME(i64)",
        IndexSpace::Type => return Some("types are declared by `.type`".to_owned()),
        IndexSpace::Memory | IndexSpace::Elem => return None,
    };
    let host = match space {
        IndexSpace::Func => {
            "; a function of the host is imported: `.import func \"vbc1:exit\" as exit(i32)`"
        }
        IndexSpace::Table
        | IndexSpace::Memory
        | IndexSpace::Global
        | IndexSpace::Data
        | IndexSpace::Elem
        | IndexSpace::Tag
        | IndexSpace::Type => "",
    };
    Some(format!(
        "if another object defines it, declare it with its type: `{form}`{host}"
    ))
}
