//! Types in canonical text.

use std::borrow::Cow;
use std::fmt::Write;

use super::names::{ModuleText, unique};
use crate::isa::{FuncType, HeapType, ValType};
use crate::module::{CompositeType, FieldType, Module, NameSpace, SubType};

/// The types that cannot be written as signatures, or have a name, or are referred to by others.
pub(super) fn declared_types(module: &Module) -> Vec<u32> {
    let types = &module.types;
    let mut declared: Vec<bool> = (0..types.len() as u32)
        .map(|index| {
            let name = module.debug_name(NameSpace::Type, 0, index);
            name.is_some() || !types.is_signature(index)
        })
        .collect();
    let rows = module.type_words();
    let rows = rows.filter_map(|word| ValType::from_word(word)?.defined());
    let casts = module.cast_types();
    let all = rows.chain(types.iter().flat_map(|ty| ty.references()));
    for index in all.chain(casts) {
        if let Some(declared) = declared.get_mut(index as usize) {
            *declared = true;
        }
    }
    let indexes = declared.iter().enumerate();
    indexes
        .filter_map(|(index, &is)| is.then_some(index as u32))
        .collect()
}

impl ModuleText<'_> {
    /// By type index, for those that the text declares.
    pub(super) fn references_of_types(&self) -> Vec<Box<str>> {
        let names = self.declared.iter().map(|&index| {
            let name = self.module.debug_name(NameSpace::Type, 0, index);
            let name = name.filter(|name| !name.is_empty());
            name.map(|name| self.cut(name))
        });
        let names: Vec<Option<Box<str>>> = names.collect();
        // Types are numbered as the text declares them; what is only shown has the numbers of the file.
        let number = |at: usize| match self.longest {
            usize::MAX => at as u32,
            _ => self.declared[at],
        };
        let texts = unique(names.clone(), number, '#');
        let mut references = vec![Box::default(); self.module.types.len()];
        for ((&index, text), name) in self.declared.iter().zip(texts).zip(names) {
            // After `ref` these words mean other types.
            let taken = name.filter(|name| HeapType::named(name).is_some());
            references[index as usize] = match taken {
                Some(name) => format!("\"{name}\"{}", &text[name.len()..]).into(),
                None => text,
            };
        }
        references
    }

    /// By type index, the names of fields.
    pub(super) fn names_of_fields(&self) -> Vec<Box<[Box<str>]>> {
        let types = (0..).zip(&self.module.types);
        let names = types.map(|(index, ty)| {
            let names = (0..ty.composite.named_fields() as u32).map(|field| {
                let name = self.module.debug_name(NameSpace::Field, index, field)?;
                (!name.is_empty()).then(|| self.cut(name))
            });
            unique(names.collect(), |at| at as u32, '#').into()
        });
        names.collect()
    }

    /// Appends a type: `i64`, `ref null NAME`.
    pub fn push_val_type(&self, out: &mut String, ty: ValType) {
        out.push_str(&ty.text(|index| self.type_reference(index)));
    }

    fn type_reference(&self, index: u32) -> String {
        let mut text = String::new();
        self.push_reference(&mut text, NameSpace::Type, index);
        text
    }

    /// Appends the type that a type word means, `?` where it means none.
    pub fn push_type_word(&self, out: &mut String, word: u32) {
        match ValType::from_word(word) {
            Some(ty) => self.push_val_type(out, ty),
            None => out.push('?'),
        }
    }

    /// Appends types, separated by commas.
    pub fn push_val_types(&self, out: &mut String, types: &[ValType]) {
        for (i, &ty) in types.iter().enumerate() {
            out.push_str(if i > 0 { ", " } else { "" });
            self.push_val_type(out, ty);
        }
    }

    /// Appends a type of functions: `(i64, i64 -> i64)`, `(->)`.
    pub fn push_arrow_signature(&self, out: &mut String, ty: &FuncType) {
        out.push('(');
        self.push_val_types(out, &ty.params);
        out.push_str(if ty.params.is_empty() { "->" } else { " ->" });
        out.push_str(if ty.results.is_empty() { "" } else { " " });
        self.push_val_types(out, &ty.results);
        out.push(')');
    }

    /// Appends results: `i64`, `(i64, f64)`, `()`.
    pub fn push_results(&self, out: &mut String, types: &[ValType]) {
        if let [one] = types {
            return self.push_val_type(out, *one);
        }
        out.push('(');
        self.push_val_types(out, types);
        out.push(')');
    }

    /// Appends what follows the name of a type in its declaration: ` (i64 -> i64)`, `: SUPER final struct (x: i64)`.
    pub fn push_sub_type(&self, out: &mut String, index: u32, ty: &SubType) {
        if let (true, Some(ty)) = (self.module.types.is_signature(index), ty.func()) {
            out.push(' ');
            return self.push_arrow_signature(out, ty);
        }
        if let Some(of) = ty.supertype {
            out.push_str(": ");
            self.push_reference(out, NameSpace::Type, of);
        }
        out.push_str(if ty.is_final { " final " } else { " " });
        out.push_str(ty.composite.kind());
        out.push(' ');
        match &ty.composite {
            CompositeType::Func(ty) => self.push_arrow_signature(out, ty),
            CompositeType::Struct(fields) => {
                let names = self.fields_of(index);
                out.push('(');
                for (i, (&field, name)) in fields.iter().zip(names).enumerate() {
                    out.push_str(if i > 0 { ", " } else { "" });
                    if !name.starts_with('#') {
                        let _ = write!(out, "{name}: ");
                    }
                    self.push_field(out, field);
                }
                out.push(')');
            }
            CompositeType::Array(element) => self.push_field(out, *element),
        }
    }

    /// The names of a type's fields: `NAME`, `NAME#number` where others have the same, `#number` without one.
    fn fields_of(&self, index: u32) -> &[Box<str>] {
        self.fields.get(index as usize).map_or(&[], |names| names)
    }

    /// A reference to a field of a type: its name, or its number where it has none.
    pub(super) fn field_name(&self, ty: Option<u32>, field: u32) -> Cow<'_, str> {
        let names = ty.map_or(&[][..], |ty| self.fields_of(ty));
        match names.get(field as usize) {
            Some(name) if !name.starts_with('#') => Cow::Borrowed(name),
            _ => field.to_string().into(),
        }
    }

    fn push_field(&self, out: &mut String, field: FieldType) {
        out.push_str(if field.is_mutable { "mut " } else { "" });
        out.push_str(&field.storage.text(|index| self.type_reference(index)));
    }
}
